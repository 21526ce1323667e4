package render

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/portolan-dev/portolan/generator/site"
	"github.com/portolan-dev/portolan/themes"
)

func TestRelative(t *testing.T) {
	for _, c := range []struct{ page, target, want string }{
		{"", "catalog/", "catalog/"},
		{"", "", "./"},
		{"catalog/", "", "../"},
		{"catalog/", "catalog/", "./"},
		{"catalog/default/component/cart/", "catalog/default/component/cart/kubernetes/", "kubernetes/"},
		{"catalog/default/component/cart/", "catalog/default/component/carts/", "../carts/"},
		{"catalog/default/component/cart/", "assets/core.css", "../../../../assets/core.css"},
		{"docs/a/b/", "docs/a/", "../"},
		{"docs/a/b/", "docs/a/b/#top", "#top"},
		{"docs/a/b/", "docs/a/#top", "../#top"},
		{"docs/a/", "docs/a/?q=x", "./?q=x"},
		{"docs/a/", "docs/a/std::vec/", "./std::vec/"},
		{"404.html", "catalog/", "catalog/"},
	} {
		if got := Relative(c.page, c.target); got != c.want {
			t.Errorf("Relative(%q, %q) = %q, want %q", c.page, c.target, got, c.want)
		}
	}
}

func TestOverrides(t *testing.T) {
	own := fstest.MapFS{
		"templates/404.html": {Data: []byte(`{{define "main"}}<p id="own">{{.Title}}</p>{{end}}`)},
		"assets/custom.css":  {Data: []byte(`@layer util{body{color:red}}`)},
	}
	r, err := New(themes.Default(), Options{Overrides: own, Chrome: site.Chrome{Title: "Acme", BaseURL: "https://acme.example/portal/"}})
	if err != nil {
		t.Fatal(err)
	}
	html, err := r.Page(&site.Page{URL: "404.html", Layout: "404", Title: "<b>&"})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`<p id="own">&lt;b&gt;&amp;</p>`, `href="/portal/assets/custom.`, `href="/portal/catalog/"`} {
		if !strings.Contains(string(html), want) {
			t.Errorf("page lacks %s:\n%s", want, html)
		}
	}
}
