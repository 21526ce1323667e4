package site

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/portolan-dev/portolan/generator/markdown"
	"github.com/portolan-dev/portolan/sources"
	"github.com/portolan-dev/portolan/sources/docs"
)

// withDocs adds docs to the portal: the files of one repo, read as those of the
// component of that name, each rendered as one paragraph.
func withDocs(t *testing.T, p *Portal, name string, files map[string]string) *Docs {
	t.Helper()
	fsys := fstest.MapFS{}
	for file, text := range files {
		fsys[file] = &fstest.MapFile{Data: []byte(text)}
	}
	e := p.Catalog.Lookup("component:default/" + name)
	if e == nil {
		t.Fatalf("no component %s", name)
	}
	d := &Docs{Tree: docs.Read(docs.Place{Repo: &sources.Repo{Name: name, FS: fsys}, Root: ".", Entity: e.Ref}), Rendered: map[*docs.Page]*markdown.Document{}}
	for _, page := range d.Tree.Pages {
		d.Rendered[page] = &markdown.Document{HTML: "<p>x</p>", Lead: "x", Sections: []markdown.Section{{Text: "x"}}}
	}
	if p.Docs == nil {
		p.Docs = map[string]*Docs{}
	}
	p.Docs[e.Ref.String()] = d
	return d
}

func pageAt(pages []Page, url string) *Page {
	if i := slices.IndexFunc(pages, func(p Page) bool { return p.URL == url }); i >= 0 {
		return &pages[i]
	}
	return nil
}

// What a page lists beside its text does not grow with the number of pages in
// its folder, and every page is in the list that has all.
func TestNavigationIsBounded(t *testing.T) {
	for _, n := range []int{60, 61, 500, 2000} {
		p := portalOf(t, entity("Component", "a", "type: service, lifecycle: l, owner: g"))
		files := map[string]string{"docs/index.md": "# A"}
		for i := range n {
			files[fmt.Sprintf("docs/flat/p%04d.md", i)] = "# P"
		}
		withDocs(t, p, "a", files)
		most, listed := 0, map[string]bool{}
		for _, page := range docsPages(p) {
			v, ok := page.View.(*DocsView)
			if !ok {
				t.Fatalf("%s has the view %T", page.URL, page.View)
			}
			most = max(most, len(v.Nav))
			for _, r := range v.All {
				listed[r.URL] = true
			}
			if strings.Contains(page.URL, "/flat/") {
				current := 0
				for _, r := range v.Nav {
					if r.Current {
						current++
					}
				}
				if current != 1 {
					t.Errorf("%d pages: the navigation of %s marks %d as current", n, page.URL, current)
				}
			}
		}
		if want := maxNavRows + 4; most > want {
			t.Errorf("%d pages: a page has %d rows of navigation, want at most %d", n, most, want)
		}
		if n > maxNavRows && len(listed) < n {
			t.Errorf("%d pages: %d of them are in the list of all", n, len(listed))
		}
	}
}

func TestDecisionLog(t *testing.T) {
	record := func(title, status string) string {
		return "# " + title + "\n\nDate: 2026-02-03\n\n## Status\n\n" + status + "\n"
	}
	p := portalOf(t, entity("Component", "a", "type: service, lifecycle: l, owner: g"))
	files := map[string]string{
		"docs/index.md": "# A", "docs/adr/0001-one.md": record("1. Use one", "Superseded by [2](0002-two.md)"), "docs/adr/0002-two.md": record("2. Use two", "Accepted"),
	}
	withDocs(t, p, "a", files)
	page := pageAt(docsPages(p), "docs/default/component/a/adr/")
	if page == nil {
		t.Fatal("no log at the address of the folder")
	}
	log := page.View.(*DocsView).Log
	if got, want := fmt.Sprint(len(log), log[0].Status, log[0].Class, log[0].Detail, log[1].Number, log[1].Link.Text, log[1].Status, log[1].Date), "2supersededwarnSuperseded by 20002Use twoaccepted2026-02-03"; strings.ReplaceAll(got, " ", "") != strings.ReplaceAll(want, " ", "") {
		t.Errorf("log %s, want %s", got, want)
	}
	v := newMaker(p).entityView(p.Catalog.Lookup("component:default/a"))
	if v.Docs == nil || v.Docs.Log == nil || v.Docs.Log.URL != page.URL || v.Docs.Log.Rows[0].Number != "0002" {
		t.Errorf("the entity shows %+v", v.Docs)
	}
	// A page that its author wrote for the folder stays.
	files["docs/adr/index.md"] = "# Decisions"
	withDocs(t, p, "a", files)
	pages := docsPages(p)
	if v := pageAt(pages, "docs/default/component/a/adr/"); v == nil || v.View.(*DocsView).Log != nil {
		t.Error("the author's page is gone")
	}
	if pageAt(pages, "docs/default/component/a/decision-log/") == nil {
		t.Error("no log beside the author's page")
	}
}

func TestRedirects(t *testing.T) {
	p := portalOf(t, entity("Component", "a", "type: service, lifecycle: l, owner: g"))
	withDocs(t, p, "a", map[string]string{
		"mkdocs.yml":    "site_name: A\nplugins:\n  - redirects:\n      redirect_maps:\n        old.md: guide/new.md\n        away.md: https://out.example/x\n",
		"docs/index.md": "# A", "docs/guide/new.md": "# New",
	})
	pages := docsPages(p)
	for url, want := range map[string]string{"docs/default/component/a/old/": "docs/default/component/a/guide/new/", "docs/default/component/a/away/": "https://out.example/x"} {
		page := pageAt(pages, url)
		if page == nil {
			t.Errorf("no page at %s", url)
			continue
		}
		if v := page.View.(*ContentView); v.Moved.URL+v.External != want || !page.NoIndex {
			t.Errorf("%s leads to %q and %q, want %s", url, v.Moved.URL, v.External, want)
		}
	}
	want := "/docs/default/component/a/away/ https://out.example/x 301\n/docs/default/component/a/old/ /docs/default/component/a/guide/new/ 301\n"
	if got := string(redirectsFile(p).Data); !strings.HasPrefix(got, want) {
		t.Errorf("_redirects is\n%swant it to begin with\n%s", got, want)
	}
}

// An entity shows the docs that its annotation names, from the page it names.
func TestDocsOfAnother(t *testing.T) {
	p := portalOf(t, entity("Component", "a", "type: service, lifecycle: l, owner: g")+`---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: b, annotations: {backstage.io/techdocs-entity: 'component:default/a', backstage.io/techdocs-entity-path: /guide/new/}}
spec: {type: service, lifecycle: l, owner: g}
`)
	withDocs(t, p, "a", map[string]string{"docs/index.md": "# A", "docs/guide/new.md": "---\nsearch: {exclude: true}\n---\n# New"})
	m := newMaker(p)
	v := m.entityView(p.Catalog.Lookup("component:default/b"))
	if want := "docs/default/component/a/guide/new/"; v.Docs == nil || v.Docs.URL != want {
		t.Errorf("docs of b are %+v, want %s", v.Docs, want)
	}
	for _, tab := range v.Head.Tabs {
		if tab.Text == "Docs" && tab.URL != "docs/default/component/a/guide/new/" {
			t.Errorf("the tab leads to %s", tab.URL)
		}
	}
	for _, d := range SearchDocs(p) {
		if strings.Contains(d.URL, "guide/new") {
			t.Errorf("%s is found, though its author asked that it is not", d.URL)
		}
	}
}
