package site_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/portolan-dev/portolan/generator/render"
	"github.com/portolan-dev/portolan/generator/site"
	"github.com/portolan-dev/portolan/themes"
)

// opsLayouts are the layouts of the pages about what runs.
var opsLayouts = []string{"kubernetes", "clusters", "cluster", "broken", "scaling", "build", "team", "teams", "system", "systems", "ops-list", "ops-rules"}

// rendered returns the HTML of all pages of p by URL.
func rendered(t testing.TB, p *site.Portal) map[string]string {
	t.Helper()
	r, err := render.New(themes.Default(), render.Options{Chrome: site.ChromeOf(p)})
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, page := range site.Pages(p) {
		html, err := r.Page(&page)
		if err != nil {
			t.Errorf("%s: %v", page.URL, err)
			continue
		}
		out[page.URL] = string(html)
	}
	if dir := os.Getenv("PORTOLAN_TEST_SITE"); dir != "" { // to look at
		for url, html := range out {
			name := filepath.Join(dir, filepath.FromSlash(url))
			if !strings.HasSuffix(url, ".html") {
				name = filepath.Join(name, "index.html")
			}
			if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(name, []byte(html), 0o666); err != nil {
				t.Fatal(err)
			}
		}
		for _, f := range r.Assets() {
			name := filepath.Join(dir, filepath.FromSlash(f.Path))
			if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(name, f.Data, 0o666); err != nil {
				t.Fatal(err)
			}
		}
	}
	return out
}

func TestOpsLayouts(t *testing.T) {
	for name, p := range map[string]*site.Portal{"empty": emptyPortal(t), "full": fullPortal(t)} {
		t.Run(name, func(t *testing.T) {
			rendered(t, p)
			seen := map[string]bool{}
			for _, page := range site.Pages(p) {
				seen[page.Layout] = true
			}
			if name == "empty" {
				return
			}
			for _, l := range opsLayouts {
				if !seen[l] {
					t.Errorf("no page of the full portal has the layout %q", l)
				}
			}
		})
	}
}
