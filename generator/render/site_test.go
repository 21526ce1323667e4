package render

import (
	"bytes"
	neturl "net/url"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/portolan-dev/portolan/generator/site"
	"github.com/portolan-dev/portolan/themes"
	"golang.org/x/net/html"
)

// rendered is the sample site: HTML by URL, and every file there is.
type rendered struct {
	pages map[string][]byte
	files map[string][]byte
}

func renderSample(t testing.TB, p *site.Portal) rendered {
	t.Helper()
	r, err := New(themes.Default(), Options{Chrome: site.ChromeOf(p)})
	if err != nil {
		t.Fatal(err)
	}
	out := rendered{map[string][]byte{}, map[string][]byte{}}
	pages := site.Pages(p)
	for i := range pages {
		page, err := r.Page(&pages[i])
		if err != nil {
			t.Fatal(err)
		}
		out.pages[pages[i].URL] = page
	}
	files, err := site.PageFiles(p, pages)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range append(files, r.Assets()...) {
		out.files[f.Path] = f.Data
	}
	return out
}

// TestSampleSite renders every page of the sample and looks at each: no id
// twice, one level-1 heading, every link inside the site leads to a page or
// file that exists, nothing that the content security policy forbids.
//
// With PORTOLAN_SAMPLE set to a folder, the site is written there to look at.
func TestSampleSite(t *testing.T) {
	p := samplePortal(t)
	out := renderSample(t, p)
	if dir := os.Getenv("PORTOLAN_SAMPLE"); dir != "" {
		out.write(t, dir)
	}
	for _, want := range []string{
		"", "404.html", "catalog/", "catalog/page/2/", "catalog/kind/service/", "catalog/kind/component/", "catalog/lifecycle/deprecated/", "catalog/tag/go/", "catalog/health/broken/",
		"catalog/default/component/playback-session/", "catalog/default/component/playback-session/dependencies/",
		"catalog/default/api/playback-session-v3/", "catalog/default/api/playback-session-v3/definition/", "catalog/default/location/more/", "catalog/default/user/mei.t/",
		"docs/", "docs/default/component/playback-session/", "docs/default/component/playback-session/concepts/handover/",
		"apis/", "search/", "search/index/p/", "handbook/",
	} {
		if out.pages[want] == nil {
			t.Errorf("no page %q", want)
		}
	}
	for url, page := range out.pages {
		out.check(t, url, page)
	}
}

// elsewhere tells whether a target is made by the build as a whole and not by
// package site.
func elsewhere(target string) bool {
	switch path.Base(target) {
	case "feed.atom", "feed.json":
		return true
	}
	return strings.HasPrefix(target, "api/") || strings.HasPrefix(target, "badges/")
}

func (out rendered) check(t *testing.T, url string, page []byte) {
	t.Helper()
	doc, err := html.Parse(bytes.NewReader(page))
	if err != nil {
		t.Fatalf("%s: %v", url, err)
	}
	ids := map[string]int{}
	h1 := 0
	var walk func(n *html.Node)
	var refs []string
	walk = func(n *html.Node) {
		if n.Type == html.ElementNode {
			if n.Data == "h1" {
				h1++
			}
			if n.Data == "script" && (n.FirstChild != nil || attr(n, "src") == "") {
				t.Errorf("%s: inline script", url)
			}
			if n.Data == "style" {
				t.Errorf("%s: inline style", url)
			}
			for _, a := range n.Attr {
				switch {
				case a.Key == "id":
					ids[a.Val]++
				case a.Key == "style", strings.HasPrefix(a.Key, "on"):
					t.Errorf("%s: attribute %s=%q", url, a.Key, a.Val)
				case a.Key == "href" || a.Key == "src" || a.Key == "action":
					refs = append(refs, a.Val)
				}
				if strings.Contains(a.Val, "root:") || strings.Contains(a.Val, "ZgotmplZ") {
					t.Errorf("%s: attribute %s=%q", url, a.Key, a.Val)
				}
			}
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c)
		}
	}
	walk(doc)
	for id, n := range ids {
		if n > 1 {
			t.Errorf("%s: id %q %d times", url, id, n)
		}
	}
	if h1 != 1 {
		t.Errorf("%s: %d level-1 headings", url, h1)
	}
	for _, ref := range refs {
		path, fragment, _ := strings.Cut(ref, "#")
		path, _, _ = strings.Cut(path, "?")
		switch {
		case strings.HasPrefix(ref, "#"):
			if fragment != "" && ids[fragment] == 0 {
				t.Errorf("%s: no element for %s", url, ref)
			}
			continue
		case strings.Contains(path, ":"):
			continue // leaves the site
		}
		path, err := neturl.PathUnescape(path)
		if err != nil {
			t.Errorf("%s: link %q: %v", url, ref, err)
		}
		target := resolve(url, path)
		if url == "404.html" {
			target = strings.TrimPrefix(strings.TrimPrefix(path, "/portal"), "/")
		}
		if target == "concepts/epochs.md" || strings.HasSuffix(target, ".md") {
			continue // the sample does not resolve links in Markdown
		}
		if out.pages[target] == nil && out.files[target] == nil && !elsewhere(target) {
			t.Errorf("%s: link %q leads to %q, which does not exist", url, ref, target)
		}
	}
}

// resolve returns where a relative link on a page leads, from the root.
func resolve(page, link string) string {
	dir := page[:strings.LastIndexByte(page, '/')+1]
	for {
		if rest, ok := strings.CutPrefix(link, "../"); ok {
			dir = strings.TrimSuffix(dir, "/")
			dir = dir[:strings.LastIndexByte(dir, '/')+1]
			link = rest
			continue
		}
		if rest, ok := strings.CutPrefix(link, "./"); ok {
			link = rest
			continue
		}
		return dir + link
	}
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func (out rendered) write(t *testing.T, dir string) {
	t.Helper()
	put := func(name string, data []byte) {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for url, page := range out.pages {
		if !strings.HasSuffix(url, ".html") {
			url += "index.html"
		}
		put(url, page)
	}
	for name, data := range out.files {
		put(name, data)
	}
}
