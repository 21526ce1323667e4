package site

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/portolan-dev/portolan/generator/markdown"
	"github.com/portolan-dev/portolan/sources"
	"github.com/portolan-dev/portolan/sources/catalog"
	"github.com/portolan-dev/portolan/sources/docs"
	"github.com/portolan-dev/portolan/sources/kubernetes"
)

// portalOf reads descriptors, separated by ---, of one repo.
func portalOf(t *testing.T, descriptors string) *Portal {
	t.Helper()
	repo := &sources.Repo{Name: "repo", FS: fstest.MapFS{"catalog-info.yaml": {Data: []byte(descriptors)}}}
	cat := catalog.Link([]*catalog.Batch{catalog.Read(repo, catalog.ReadOptions{})}, catalog.LinkOptions{})
	return &Portal{Title: "Test", BaseURL: "https://x.example/p/", Catalog: cat, Repos: []*sources.Repo{repo}}
}

// entity is one descriptor in short.
func entity(kind, name, spec string) string {
	return fmt.Sprintf("---\napiVersion: backstage.io/v1alpha1\nkind: %s\nmetadata: {name: %s}\nspec: {%s}\n", kind, name, spec)
}

func TestWords(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{Num(0), "0"}, {Num(999), "999"}, {Num(7009), "7,009"}, {Num(1234567), "1,234,567"}, {Num(-1200), "−1,200"},
		{Count(1, "entity"), "1 entity"}, {Count(2, "entity"), "2 entities"}, {Count(3, "library"), "3 libraries"}, {Count(0, "key"), "0 keys"},
		{Count(2, "API"), "2 APIs"}, {Count(2, "process"), "2 processes"}, {Count(2, "documentation"), "2 documentation"},
		{Words([]string{"a", "b", "c"}), "a, b and c"}, {Words(nil), ""}, {Words([]string{"a"}), "a"},
		{clip("one two three four", 12), "one two…"}, {clip("short", 12), "short"}, {clip("exactly five", 12), "exactly five"}, {clip("äöüäöü", 4), "äöü…"}, {clip("", 3), ""},
		{clean("a\x1bb\u202ec\nd"), "abc\nd"},
		{capital("data pipeline"), "Data pipeline"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

// A description of any length leaves the top of the page short.
func TestLede(t *testing.T) {
	for _, c := range []struct {
		in         string
		lede, more int // characters
	}{{"One sentence.", 13, 0}, {"One.\n\nTwo.", 4, 4}, {strings.Repeat("word ", 1000), maxLede, 4999}} {
		lede, more := ledeOf(strings.TrimSpace(c.in))
		if n := len([]rune(lede)); n > c.lede || n < c.lede-6 || len(more) != c.more {
			t.Errorf("ledeOf of %d characters: %d and %d, want %d and %d", len(c.in), n, len(more), c.lede, c.more)
		}
	}
}

func TestAddresses(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{EntityURL(catalog.Ref{Kind: "Component", Namespace: "Default", Name: "Cart_1.x"}), "catalog/default/component/cart_1.x/"},
		{DocsURL(catalog.Ref{Kind: "API", Namespace: "pay", Name: "x"}, "guide/"), "docs/pay/api/x/guide/"},
		{Segment("../../etc"), "..-..-etc"}, {Segment(".."), "_.."}, {Segment(""), "_"}, {Segment(`a\b?c#d`), "a-b-c-d"},
		{FacetURL("tag", "c++"), "catalog/tag/c++/"}, {FacetURL("lifecycle", "Production (EU)"), "catalog/lifecycle/production--eu-/"},
		{FacetURL("kind", "a/../b"), "catalog/kind/a-..-b/"}, {FacetURL("kind", ".."), "catalog/kind/_../"},
		{safeURL("javascript:alert(1)"), ""}, {safeURL("https:foo"), ""}, {safeURL(" https://a.example/x "), "https://a.example/x"}, {safeURL("mailto:a@b.example"), "mailto:a@b.example"}, {safeURL("//evil.example"), ""},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
	if long := FacetURL("tag", strings.Repeat("x", 500)); len(long) > 90 || long == FacetURL("tag", strings.Repeat("x", 501)) {
		t.Errorf("long value has the address %q", long)
	}
}

func TestListPager(t *testing.T) {
	if p := pager("apis/", 1, 100, 100); p != nil {
		t.Errorf("one part has a pager: %+v", p)
	}
	p := pager("catalog/", 10, 1000, 50)
	var got []string
	for _, i := range p.Items {
		got = append(got, fmt.Sprint(i.Number))
	}
	if want := "1 0 8 9 10 11 12 0 20"; strings.Join(got, " ") != want {
		t.Errorf("numbers %v, want %s", got, want)
	}
	if p.Prev != "catalog/page/9/" || p.Next != "catalog/page/11/" || p.Items[0].URL != "catalog/" {
		t.Errorf("links %q %q %q", p.Prev, p.Next, p.Items[0].URL)
	}
}

// Components are connected through the APIs they share, and what they name but
// does not exist stays visible.
func TestNeighbours(t *testing.T) {
	p := portalOf(t, entity("Component", "a", "type: service, lifecycle: l, owner: g, providesApis: [x], dependsOn: ['resource:db', 'component:gone']")+
		entity("Component", "b", "type: service, lifecycle: l, owner: g, consumesApis: [x], dependsOn: ['component:a']")+
		entity("Component", "c", "type: service, lifecycle: l, owner: g, consumesApis: [x, nowhere]")+
		entity("API", "x", "type: asyncapi, lifecycle: l, owner: g, definition: d")+
		entity("Resource", "db", "type: postgres, owner: g"))
	m := newMaker(p)
	show := func(ref string) []string {
		var out []string
		for _, e := range m.neighbours(m.lookup(ref)) {
			dir := "<"
			if e.Out {
				dir = ">"
			}
			link := ""
			if e.Link.URL == "" {
				link = " gone"
			}
			out = append(out, strings.TrimSpace(dir+e.Ref+" "+e.Style+" "+e.Label)+link)
		}
		return out
	}
	for ref, want := range map[string][]string{
		"component:default/a": {"<component:default/b", "<component:default/b ev x", "<component:default/c ev x", ">resource:default/db  resource", ">component:default/gone gone"},
		"component:default/b": {">component:default/a", ">component:default/a ev x"},
		"component:default/c": {">component:default/a ev x", ">api:default/nowhere api API gone"},
		"api:default/x":       {"<component:default/b api consumes", "<component:default/c api consumes", ">component:default/a api provides"},
		"resource:default/db": {"<component:default/a"},
	} {
		if got := show(ref); !slices.Equal(got, want) {
			t.Errorf("%s:\n got %q\nwant %q", ref, got, want)
		}
	}
	g := m.graph(m.lookup("component:default/a"))
	if g.LeftTitle != "Used by 2" || g.RightTitle != "Depends on 2" || !strings.Contains(g.Label, "Used by b and c.") {
		t.Errorf("graph: %+v", g)
	}
}

func TestReach(t *testing.T) {
	var b strings.Builder
	for i := range 5 {
		b.WriteString(entity("Component", fmt.Sprintf("c%d", i), fmt.Sprintf("type: service, lifecycle: l, owner: g%d, dependsOn: ['component:c%d']", i, (i+1)%5))) // a circle
	}
	p := portalOf(t, b.String())
	var v *DependenciesView
	for _, page := range dependencyPages(p) {
		if page.URL == "catalog/default/component/c0/dependencies/" {
			v = page.View.(*DependenciesView)
		}
	}
	if v == nil || v.Total != 4 || len(v.Reach) != 3 || v.Reach[2].Steps != 4 || v.More != 0 {
		t.Fatalf("view %+v", v)
	}
	if want := "c0 uses 1 other and is used by 1. If it fails, up to 4 entities of 4 teams are affected."; v.Answer != want {
		t.Errorf("answer %q, want %q", v.Answer, want)
	}
}

func TestSide(t *testing.T) {
	var nodes []GraphNode
	for i := range 12 {
		n := GraphNode{Text: fmt.Sprint(i), Status: OK}
		if i == 11 {
			n.Status = Bad
		}
		nodes = append(nodes, n)
	}
	shown, more := side(nodes)
	if len(shown) != maxSide-1 || more != 12-len(shown) || shown[0].Text != "11" {
		t.Errorf("shown %v, %d more", shown, more)
	}
}

// The navigation of a large tree opens only the branch of the page, that of a
// small one is open.
func TestNavigation(t *testing.T) {
	for _, n := range []int{3, 20} {
		tree := &docs.Tree{Entity: catalog.Ref{Kind: "component", Namespace: "default", Name: "a"}}
		titles := map[*docs.Page]string{}
		for s := range 3 {
			section := &docs.NavItem{Title: fmt.Sprintf("S%d", s)}
			for i := range n {
				page := &docs.Page{Path: fmt.Sprintf("s%d/p%d.md", s, i), URL: fmt.Sprintf("s%d/p%d/", s, i), InNav: true}
				titles[page] = page.Path
				tree.Pages = append(tree.Pages, page)
				section.Items = append(section.Items, &docs.NavItem{Page: page})
			}
			tree.Nav = append(tree.Nav, section)
		}
		tree.Nav = append(tree.Nav, &docs.NavItem{Title: "bad", URL: "javascript:alert(1)"}, &docs.NavItem{Title: "out", URL: "https://out.example/"})
		nav := newNavigation(tree, titles)
		rows := nav.rows(tree.Pages[n])
		closed, current, outside := 0, 0, 0
		for _, r := range rows {
			if r.Closed {
				closed++
			}
			if r.Current {
				current++
			}
			if r.External != "" {
				outside++
			}
		}
		want := 3*n + 3 + 1
		wantClosed := 0
		if n == 20 {
			want, wantClosed = 1+n+2+1, 2
		}
		if len(rows) != want || closed != wantClosed || current != 1 || outside != 1 {
			t.Errorf("%d pages each: %d rows, %d closed, %d current, %d outside; want %d rows, %d closed", n, len(rows), closed, current, outside, want, wantClosed)
		}
		if trail := nav.trail(tree.Pages[n]); len(trail) != 1 || trail[0].Text != "S1" {
			t.Errorf("trail %v", trail)
		}
	}
}

func TestSplitTitle(t *testing.T) {
	own, top, body := splitTitle(&markdown.Document{HasH1: true, HTML: `<h1 id="a">A</h1><p>x</p><h1 id="b">B</h1>`}, "T")
	if own != "" || top != `<h1 id="a">A</h1>` || body != `<p>x</p><h2 id="b">B</h2>` {
		t.Errorf("%q %q %q", own, top, body)
	}
	own, top, body = splitTitle(&markdown.Document{HTML: `<p>x</p><h1 id="b">B</h1>`}, "T")
	if own != "T" || top != "" || body != `<p>x</p><h2 id="b">B</h2>` {
		t.Errorf("%q %q %q", own, top, body)
	}
}

// The data of the catalog's script names every entity with everything a row
// shows.
func TestCatalogFile(t *testing.T) {
	p := portalOf(t, entity("Component", "b", "type: service, lifecycle: production, owner: g, system: s")+entity("Component", "a", "type: library, lifecycle: deprecated, owner: gone")+
		entity("Group", "g", "type: team, children: []")+entity("System", "s", "owner: g"))
	p.Fleet = &kubernetes.Fleet{
		Clusters: []*kubernetes.ClusterState{{Name: "eu", Region: "Europe"}, {Name: "us", Region: "America"}},
		Services: []*kubernetes.Service{{Ref: "component:default/b", Health: kubernetes.Down, Placements: []kubernetes.Placement{{Cluster: "us", Health: kubernetes.Down}}}},
	}
	f, err := catalogFile(p)
	if err != nil {
		t.Fatal(err)
	}
	var x catalogIndex
	if err := json.Unmarshal(f.Data, &x); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(x.Name, " "); got != "a b g s" {
		t.Fatalf("names %q", got)
	}
	row := func(i int) string {
		owner := "none"
		if o := x.Rows.Owner[i]; o >= 0 {
			owner = x.Owners[o][0] + " at " + x.Owners[o][1]
		}
		return fmt.Sprintf("%s %s, %s, %q, %c", x.Kinds[x.Rows.Kind[i]][1], x.Kinds[x.Rows.Kind[i]][2], owner, x.Hoists[x.Rows.Hoist[i]], x.Rows.Health[i])
	}
	for i, want := range []string{
		`library library, gone at , "", -`,
		`service service, g at catalog/default/group/g/, "-b", b`,
	} {
		if got := row(i); got != want {
			t.Errorf("row %d is %s, want %s", i, got, want)
		}
	}
}

func TestSitemap(t *testing.T) {
	p := &Portal{BaseURL: "https://x.example/p/"}
	pages := []Page{{URL: ""}, {URL: "a b/"}, {URL: "404.html", NoIndex: true}}
	files := sitemapFiles(p, pages)
	var set struct {
		URLs []struct {
			Loc string `xml:"loc"`
		} `xml:"url"`
	}
	if err := xml.Unmarshal(files[0].Data, &set); err != nil {
		t.Fatal(err)
	}
	if len(set.URLs) != 2 || set.URLs[0].Loc != "https://x.example/p/" || set.URLs[1].Loc != "https://x.example/p/a%20b/" {
		t.Errorf("sitemap %+v", set)
	}
	many := make([]Page, sitemapMost+1)
	for i := range many {
		many[i].URL = fmt.Sprintf("%d/", i)
	}
	files = sitemapFiles(p, many)
	if len(files) != 3 || files[2].Path != "sitemap.xml" || !strings.Contains(string(files[2].Data), "<loc>https://x.example/p/sitemap-2.xml</loc>") {
		t.Errorf("%d files", len(files))
	}
}

// A page of the portal's operator never takes the place of a page that others
// link to, and systems have the page of their own shape.
func TestWhoOwnsAnAddress(t *testing.T) {
	p := portalOf(t, entity("System", "s", "owner: g")+entity("Component", "a", "type: service, lifecycle: l, owner: g, system: s"))
	p.Pages = []ContentPage{{URL: "catalog/", Title: "Mine", Document: &markdown.Document{HTML: "<p>x</p>"}}, {URL: "mine/", Title: "Mine", Document: &markdown.Document{HTML: "<p>x</p>"}}}
	layouts := map[string]string{}
	for _, page := range Pages(p) {
		if _, twice := layouts[page.URL]; twice {
			t.Errorf("two pages at %q", page.URL)
		}
		layouts[page.URL] = page.Layout
	}
	for url, want := range map[string]string{"catalog/": "catalog", "mine/": "page", "catalog/default/system/s/": "system", "catalog/default/component/a/": "entity", "": "home"} {
		if layouts[url] != want {
			t.Errorf("%q has layout %q, want %q", url, layouts[url], want)
		}
	}
}
