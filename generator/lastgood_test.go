package generator

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/portolan-dev/portolan/sources"
	"github.com/portolan-dev/portolan/sources/catalog"
	"github.com/portolan-dev/portolan/sources/repos"
)

func component(name, rest string) string {
	return "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata:\n  name: " + name + "\n" + rest +
		"spec:\n  type: service\n  lifecycle: production\n  owner: shop\n"
}

// What happens to the entities of a build when their files change: which are
// there, and which of them are shown as they were.
func TestLastGood(t *testing.T) {
	const api = "---\napiVersion: backstage.io/v1alpha1\nkind: API\nmetadata:\n  name: cart-api\nspec:\n  type: openapi\n  lifecycle: production\n  owner: shop\n  definition:\n    $text: ./openapi.yaml\n"
	const location = "apiVersion: backstage.io/v1alpha1\nkind: Location\nmetadata:\n  name: parts\nspec:\n  targets: [./parts/one.yaml]\n"
	two := component("cart", "") + "---\n" + component("basket", "")
	for name, c := range map[string]struct {
		before, after map[string]string // "" removes a file
		want          string            // refs in order; those that are stale with a star
	}{
		"a file that is no YAML":      {map[string]string{"catalog-info.yaml": two}, map[string]string{"catalog-info.yaml": "a:\n\tb: 1\n"}, "basket* cart*"},
		"a file that is no text":      {map[string]string{"catalog-info.yaml": two}, map[string]string{"catalog-info.yaml": "\xff\xfe\x00"}, "basket* cart*"},
		"one document of two":         {map[string]string{"catalog-info.yaml": two}, map[string]string{"catalog-info.yaml": component("cart", "") + "---\na: [\n"}, "basket* cart"},
		"an error in one entity":      {map[string]string{"catalog-info.yaml": two}, map[string]string{"catalog-info.yaml": component("cart", "  tags: [A B]\n")}, "cart*"},
		"a misspelt kind":             {map[string]string{"catalog-info.yaml": two}, map[string]string{"catalog-info.yaml": strings.Replace(two, "Component", "Compnent", 1)}, "basket cart*"},
		"a name with a space":         {map[string]string{"catalog-info.yaml": two}, map[string]string{"catalog-info.yaml": strings.Replace(two, "name: cart", "name: my cart", 1)}, "basket cart*"},
		"a file that is gone":         {map[string]string{"catalog-info.yaml": two}, map[string]string{"catalog-info.yaml": ""}, ""},
		"an entity that was removed":  {map[string]string{"catalog-info.yaml": two}, map[string]string{"catalog-info.yaml": component("cart", "")}, "cart"},
		"an entity that was renamed":  {map[string]string{"catalog-info.yaml": two}, map[string]string{"catalog-info.yaml": component("cart", "") + "---\n" + component("trolley", "")}, "cart trolley"},
		"an object of somebody else":  {map[string]string{"catalog-info.yaml": two}, map[string]string{"catalog-info.yaml": component("cart", "") + "---\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: x\n"}, "cart"},
		"an entity that moved":        {map[string]string{"catalog-info.yaml": two}, map[string]string{"catalog-info.yaml": "a: [\n", "b/catalog-info.yaml": component("cart", "")}, "basket* cart"},
		"a definition that is gone":   {map[string]string{"catalog-info.yaml": component("cart", "") + api, "openapi.yaml": "openapi: 3.1.0"}, map[string]string{"openapi.yaml": ""}, "cart-api* cart"},
		"a Location that is broken":   {map[string]string{"catalog-info.yaml": location, "parts/one.yaml": two}, map[string]string{"catalog-info.yaml": "a: [\n"}, "basket cart parts*"},
		"a Location and its file":     {map[string]string{"catalog-info.yaml": location, "parts/one.yaml": two}, map[string]string{"catalog-info.yaml": "a: [\n", "parts/one.yaml": component("cart", "") + "---\nb: [\n"}, "basket* cart parts*"},
		"a version of YAML is stated": {map[string]string{"catalog-info.yaml": component("cart", "") + "...\n%YAML 1.2\n---\n" + component("basket", "")}, map[string]string{"catalog-info.yaml": "a: [\n"}, "basket* cart*"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			opt := Options{
				Title: "Acme", Output: filepath.Join(dir, "public"), State: filepath.Join(dir, "state"),
				Base: dir, Repos: []repos.Spec{{Dir: "repos/*"}}, Clock: clock, Jobs: 1,
			}
			put := func(files map[string]string) {
				for name, text := range files {
					file := filepath.Join(dir, "repos/a", name)
					if text != "" {
						write(t, file, text)
					} else if err := os.Remove(file); err != nil {
						t.Fatal(err)
					}
				}
			}
			put(c.before)
			build(t, opt)
			put(c.after)
			// The third build has the last good state from the second.
			var r *Report
			for range 2 {
				r = build(t, opt)
				var got []string
				for _, e := range r.Portal.Catalog.Entities {
					s := e.Ref.Name
					if e.Stale != nil {
						s += "*"
						if e.Stale.Since != now || e.Stale.Reason == "" {
							t.Errorf("%s is stale since %s because of %q", s, e.Stale.Since, e.Stale.Reason)
						}
					}
					got = append(got, s)
				}
				if got := strings.Join(got, " "); got != c.want {
					t.Errorf("got %q, want %q\n%s", got, c.want, lines(r))
				}
			}
			if got, want := strings.Count(lines(r), "[stale-entity]"), strings.Count(c.want, "*"); got != want {
				t.Errorf("%d entities are reported as stale, want %d:\n%s", got, want, lines(r))
			}
			// Neither a build without a cache nor a check knows what was.
			check, err := New(opt).Check(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			opt.NoCache = true
			for what, r := range map[string]*Report{"check": check, "--no-cache": build(t, opt)} {
				for _, e := range r.Portal.Catalog.Entities {
					if e.Stale != nil {
						t.Errorf("%s: %s is stale", what, e.Ref)
					}
				}
			}
			opt.NoCache = false
			put(c.before)
			if r := build(t, opt); strings.Contains(lines(r), "[stale-entity]") {
				t.Errorf("after everything was mended:\n%s", lines(r))
			}
		})
	}
}

func TestStaleEntityPage(t *testing.T) {
	dir, opt := company(t)
	build(t, opt)
	write(t, filepath.Join(dir, "repos/cart/catalog-info.yaml"), "kind: [Component\n")
	r := build(t, opt)
	if !strings.Contains(lines(r), "warning: component:default/cart cannot be read since 2026-03-02 12:00 UTC and is shown as it was before: line ") {
		t.Errorf("no diagnostic says that cart is stale:\n%s", lines(r))
	}
	html := page(t, opt, "catalog/default/component/cart/index.html")
	for _, want := range []string{"Last known state, from before 2 Mar 2026, 12:00 UTC", "catalog-info.yaml cannot be read now: line "} {
		if !strings.Contains(html, want) {
			t.Errorf("the page of cart does not say %q", want)
		}
	}
}

func TestNameHosts(t *testing.T) {
	found := []*sources.Repo{
		{URL: "https://Git.Acme.example/shop/cart", Commit: "c0ffee"},
		{URL: "https://git.acme.example/shop/own", Host: "gitea"},
		{URL: "https://github.com/acme/cart"},
		{},
	}
	nameHosts(found, map[string]catalog.Host{"git.acme.example": catalog.GitLab})
	for i, want := range []string{"gitlab", "gitea", "", ""} {
		if found[i].Host != want {
			t.Errorf("%s: the host is %q, want %q", found[i].URL, found[i].Host, want)
		}
	}
}
