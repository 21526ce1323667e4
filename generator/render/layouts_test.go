package render

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/portolan-dev/portolan/generator/site"
	"github.com/portolan-dev/portolan/sources"
	"github.com/portolan-dev/portolan/sources/catalog"
	"github.com/portolan-dev/portolan/sources/kubernetes"
	"github.com/portolan-dev/portolan/themes"
)

// TestEmptyViews executes every layout that the sample uses with a view in
// which nothing is set.
func TestEmptyViews(t *testing.T) {
	p := samplePortal(t)
	r, err := New(themes.Default(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, page := range site.Pages(p) {
		if seen[page.Layout] || page.View == nil {
			continue
		}
		seen[page.Layout] = true
		view := reflect.New(reflect.Indirect(reflect.ValueOf(page.View)).Type()).Interface()
		if _, err := r.Page(&site.Page{URL: page.URL, Layout: page.Layout, Style: page.Style, View: view}); err != nil {
			t.Errorf("layout %s with an empty %T: %v", page.Layout, view, err)
		}
	}
	for _, want := range []string{"home", "catalog", "entity", "api", "definition", "dependencies", "docs", "docsindex", "apis", "search", "index", "page"} {
		if !seen[want] {
			t.Errorf("the sample has no page with layout %s", want)
		}
	}
}

// TestEmptyPortal renders the pages of a portal in which nothing was read.
func TestEmptyPortal(t *testing.T) {
	p := &site.Portal{Catalog: catalog.Link(nil, catalog.LinkOptions{})}
	out := renderSample(t, p)
	for _, url := range []string{"", "catalog/", "docs/", "apis/", "search/", "404.html"} {
		if out.pages[url] == nil {
			t.Errorf("no page %q", url)
		}
	}
	for url, page := range out.pages {
		out.check(t, url, page)
	}
}

// TestSameBytes renders the sample twice.
func TestSameBytes(t *testing.T) {
	a, b := renderSample(t, samplePortal(t)), renderSample(t, samplePortal(t))
	if len(a.pages) != len(b.pages) || len(a.files) != len(b.files) {
		t.Fatalf("%d pages and %d files, then %d and %d", len(a.pages), len(a.files), len(b.pages), len(b.files))
	}
	for url := range a.pages {
		if !bytes.Equal(a.pages[url], b.pages[url]) {
			t.Errorf("%s differs", url)
		}
	}
	for name := range a.files {
		if !bytes.Equal(a.files[name], b.files[name]) {
			t.Errorf("%s differs", name)
		}
	}
}

// evil is what an attacker writes wherever words can stand.
const evil = "\x1b[31m\u202e\x00" + `"><script>alert(1)</script><img src=x onerror=alert(1)>'` + "`" + `{{.}}`

// TestHostileText puts markup and bad addresses wherever words can stand.
func TestHostileText(t *testing.T) {
	var yaml strings.Builder
	for _, k := range []string{"Component/a", "Component/b", "API/x", "Group/g", "Location/l", "User/u", "System/s", "Resource/r"} {
		kind, name, _ := strings.Cut(k, "/")
		fmt.Fprintf(&yaml, "---\napiVersion: backstage.io/v1alpha1\nkind: %s\nmetadata: {name: %s}\nspec: {type: url, lifecycle: l, owner: g, definition: d, children: [], memberOf: [], target: https://x.example/y}\n", kind, name)
	}
	cat := catalog.Link([]*catalog.Batch{catalog.Read(&sources.Repo{Name: "repo", FS: fstest.MapFS{"catalog-info.yaml": {Data: []byte(yaml.String())}}}, catalog.ReadOptions{})}, catalog.LinkOptions{})
	if len(cat.Entities) != 8 {
		t.Fatalf("%d entities: %v", len(cat.Entities), cat.Diagnostics)
	}
	repo := &sources.Repo{Name: evil, URL: "javascript:alert(1)", Branch: evil, Freshness: sources.Freshness{State: sources.Stale, Reason: evil}}
	to := func(typ, kind, name string) catalog.Relation {
		return catalog.Relation{Type: typ, Target: catalog.Ref{Kind: kind, Namespace: "default", Name: name}}
	}
	for _, e := range cat.Entities {
		e.Title, e.Description, e.Type, e.Lifecycle, e.Tags, e.Definition = evil+e.Ref.Name, evil+"\n\n"+evil, evil, evil, []string{evil}, evil
		e.Links = []catalog.WebLink{{URL: "javascript:alert(1)", Title: evil}, {URL: "https://ok.example/?a=1&b=2", Title: "ok"}, {URL: "root:catalog/", Title: "root"}}
		e.Profile = catalog.Profile{Email: evil, Picture: "javascript:alert(1)"}
		e.Origin = catalog.Origin{Repo: repo, Path: evil, Pos: repoPos(7)}
	}
	a := cat.Lookup("component:default/a")
	a.Relations = append(a.Relations, to(catalog.DependsOn, "component", "b"), to(catalog.DependsOn, "component", `gone"><script>alert`), to(catalog.ProvidesAPI, "api", "x"), to(evil, "api", "x"))
	p := &site.Portal{Title: evil, BaseURL: "https://x.example/", Version: evil, Catalog: cat, Repos: []*sources.Repo{repo}}
	p.Fleet = &kubernetes.Fleet{
		Clusters: []*kubernetes.ClusterState{{Name: `c"><script>`, Region: evil, Title: evil}},
		Services: []*kubernetes.Service{{Ref: a.Ref.String(), Health: kubernetes.Down, Line: evil, Placements: []kubernetes.Placement{{Cluster: `c"><script>`, Health: kubernetes.Down}},
			Incidents: []kubernetes.Incident{{ID: `i"`, Severity: kubernetes.Critical, Line: evil, Lead: kubernetes.Finding{Title: evil}}}}},
		Shared: []kubernetes.SharedCause{{Line: evil, Factor: evil}},
	}
	out := renderSample(t, p)
	for url, page := range out.pages {
		out.check(t, url, page)
		for _, bad := range []string{"\x1b", "\x00", "\u202e", "<script>alert", "<img src=x", "javascript:alert(1)\""} {
			if i := bytes.Index(page, []byte(bad)); i >= 0 {
				t.Errorf("%s has %s: …%s…", url, bad, page[max(0, i-80):min(len(page), i+80)])
			}
		}
	}
	for name := range out.files {
		if strings.Contains(name, "..") || strings.HasPrefix(name, "/") {
			t.Errorf("file %q", name)
		}
	}
}

func TestClean(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"plain\n\ttext – Grüße, 日本語 “x”", "plain\n\ttext – Grüße, 日本語 “x”"},
		{"a\x1b[31mb\x00c\x7fd\u0085e\u009bf", "a[31mbcdef"},
		{"user\u202egnp.exe\u2066x\u2069", "usergnp.exex"},
		{"\xff\xfe bad", "\uFFFD bad"},
		{"é\u200f", "é\u200f"},
		{"carriage\r\nreturn", "carriage\nreturn"},
	} {
		if got := string(clean([]byte(c.in))); got != c.want {
			t.Errorf("clean(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

func TestHoist(t *testing.T) {
	fleet := func(n int) *site.FleetNames {
		f := &site.FleetNames{}
		for i := range n {
			f.Clusters = append(f.Clusters, fmt.Sprintf("c-%d", i+1))
			f.Titles = append(f.Titles, fmt.Sprintf("c-%d", i+1))
			f.Regions = append(f.Regions, fmt.Sprint(i/(n/3+1)))
		}
		return f
	}
	for _, c := range []struct {
		states string
		want   []string
		not    string
	}{
		{"ow-b", []string{`aria-label="1 broken (c-4), 1 degraded (c-2), 1 healthy"`, `<path class="bad"`, `<path class="off"`}, "run"},
		{"----", nil, "svg"},
		{strings.Repeat("o", 29) + "b", []string{`>1</text>`, "1 broken (c-30), 29 healthy"}, ""},
		{strings.Repeat("o", 49) + "u", []string{"1 unknown (c-50), 49 healthy"}, "<svg"},
	} {
		got := string(hoist(site.Hoist{Fleet: fleet(len(c.states)), States: c.states}))
		for _, w := range c.want {
			if !strings.Contains(got, w) {
				t.Errorf("hoist of %s lacks %s: %s", c.states, w, got)
			}
		}
		if c.not != "" && strings.Contains(got, c.not) {
			t.Errorf("hoist of %s has %s: %s", c.states, c.not, got)
		}
	}
}

// TestDrawings checks the numbers of the design's own example and that no
// input breaks a drawing.
func TestDrawings(t *testing.T) {
	got := string(bullet(site.Bullet{Now: 40, Wanted: 60, Min: 12, Max: 40, Scale: 66, Label: `40 "now"`}))
	for _, want := range []string{`<rect class="b-track" y="7" width="121.21" height="2"/>`, `<rect class="b-bad"`, `d="M181.82 1.5v13"`, `d="M121.21 0v16"`, `aria-label="40 &#34;now&#34;"`} {
		if !strings.Contains(got, want) {
			t.Errorf("bullet lacks %s: %s", want, got)
		}
	}
	if got := bullet(site.Bullet{}); got != "" {
		t.Errorf("empty bullet is %s", got)
	}
	if got := spark(site.Spark{Values: []float64{3}}); got != "" {
		t.Errorf("spark of one value is %s", got)
	}
	if got := string(spark(site.Spark{Values: []float64{2, 2, 2}, Limit: 4})); !strings.Contains(got, `class="lim"`) || strings.Contains(got, "NaN") {
		t.Errorf("spark is %s", got)
	}
	// At its limit all the time, the line is at the top, and half of it is in the middle.
	for _, c := range []struct {
		values []float64
		y      string
	}{{[]float64{20, 20, 20}, "M0 1.5L"}, {[]float64{10, 10, 10}, "M0 8.25L"}, {[]float64{0, 10, 20}, "M0 15L"}} {
		if got := string(spark(site.Spark{Values: c.values, Limit: 20})); !strings.Contains(got, c.y) {
			t.Errorf("spark of %v with limit 20 is %s, want %s in it", c.values, got, c.y)
		}
	}
}

func BenchmarkServicePage(b *testing.B) {
	benchmarkPage(b, "catalog/default/component/playback-session/")
}

func BenchmarkCatalogPage(b *testing.B) { benchmarkPage(b, "catalog/") }

func BenchmarkDocsPage(b *testing.B) {
	benchmarkPage(b, "docs/default/component/playback-session/concepts/handover/")
}

func benchmarkPage(b *testing.B, url string) {
	p := samplePortal(b)
	r, err := New(themes.Default(), Options{Chrome: site.ChromeOf(p)})
	if err != nil {
		b.Fatal(err)
	}
	var page *site.Page
	for _, x := range site.Pages(p) {
		if x.URL == url {
			page = &x
		}
	}
	if page == nil {
		b.Fatalf("no page %s", url)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := r.Page(page); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "pages/s")
}
