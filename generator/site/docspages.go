package site

import (
	"cmp"
	"fmt"
	"html/template"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/portolan-dev/portolan/generator/markdown"
	"github.com/portolan-dev/portolan/sources/docs"
)

// DocsView is one page of docs.
type DocsView struct {
	Owner    Link   // the entity whose docs these are
	NavTitle string // "Pages of playback-session"
	Nav      []NavRow
	HideNav  bool

	Title  string        // empty: the body has its own
	Top    template.HTML // the body's own title, before Meta
	Meta   DocsMeta
	Body   template.HTML
	TOC    []TOCRow
	Prev   *Link
	Next   *Link
	Box    DocsMargin
	Failed bool // the page could not be rendered

	Contents []Link // the pages, where the docs have no start page of their own
}

// DocsMeta is the line under the title of a docs page.
type DocsMeta struct {
	Changed time.Time
	Author  string
	Minutes int // to read it
	Edit    string
	Status  string
	Tags    []string
}

// Any says that there is anything to show.
func (m DocsMeta) Any() bool {
	return !m.Changed.IsZero() || m.Minutes > 0 || m.Edit != "" || m.Status != "" || len(m.Tags) > 0
}

// A NavRow is one line of the navigation of docs: a heading, a page, or a link
// to another site.
type NavRow struct {
	Text     string
	URL      string
	External string
	Level    int // from 1
	Heading  bool
	Current  bool
	Closed   bool // leads into a section whose pages are not listed
}

// A TOCRow is one heading of the page.
type TOCRow struct {
	Text, ID string
	Level    int
}

// DocsMargin says whose docs these are and how the service is now.
type DocsMargin struct {
	Owner   Link // the team
	Status  Status
	Words   string
	URL     string // of what runs
	Hoist   Hoist
	Hoisted bool
}

// maxOpenNav is up to how many pages the navigation is shown as a whole.
const maxOpenNav = 30

// docsPages returns all pages of all docs.
func docsPages(p *Portal) []Page {
	m := newMaker(p)
	var pages []Page
	for _, ref := range sortedKeys(p.Docs) {
		pages = append(pages, m.tree(p.Docs[ref])...)
	}
	return pages
}

func (m *maker) tree(d *Docs) []Page {
	t := d.Tree
	if !d.any() {
		return nil
	}
	owner := Link{Text: t.Title, URL: DocsURL(t.Entity, ""), Icon: "doc"}
	var team Link
	margin := DocsMargin{}
	if e := m.get(t.Entity); e != nil {
		owner = linkTo(e)
		team = m.owner(e)
		if s := m.service(e); runs(s) {
			margin.URL = EntityURL(e.Ref) + "kubernetes/"
			margin.Status = StatusOf(s.Health)
			margin.Words = margin.Status.Word()
			if n := problems(s); n > 0 {
				margin.Words = Count(n, "problem")
			}
			margin.Hoist = m.hoist(e)
			margin.Hoisted = !margin.Hoist.Empty()
		}
	}
	margin.Owner = team
	titles := map[*docs.Page]string{}
	for _, p := range t.Pages {
		titles[p] = docTitle(d, p)
	}
	var inNav []*docs.Page
	for _, p := range t.Pages {
		if p.InNav {
			inNav = append(inNav, p)
		}
	}
	var pages []Page
	for _, p := range t.Pages {
		doc := d.Rendered[p]
		v := &DocsView{Owner: owner, NavTitle: "Pages of " + owner.Text, HideNav: p.HideNav, Box: margin}
		nav := navigation{tree: t, titles: titles, current: p, whole: len(t.Pages) <= maxOpenNav}
		v.Nav = nav.rows()
		m.fill(v, t, p, doc, titles[p])
		if i := slices.Index(inNav, p); i >= 0 {
			if i > 0 {
				v.Prev = &Link{Text: titles[inNav[i-1]], URL: DocsURL(t.Entity, inNav[i-1].URL)}
			}
			if i+1 < len(inNav) {
				v.Next = &Link{Text: titles[inNav[i+1]], URL: DocsURL(t.Entity, inNav[i+1].URL)}
			}
		}
		crumbs := []Link{sectionLink("docs"), {Text: owner.Text, URL: DocsURL(t.Entity, "")}}
		if p.URL != "" {
			crumbs = append(crumbs, nav.trail()...)
			crumbs = append(crumbs, Link{Text: titles[p]})
		} else {
			crumbs[1].URL = ""
		}
		description := p.Description
		if description == "" && doc != nil {
			description = doc.Lead
		}
		if description == "" {
			description = t.Description
		}
		title := titles[p]
		if p.URL != "" && title != owner.Text {
			title += " · " + owner.Text
		}
		pages = append(pages, Page{
			URL: DocsURL(t.Entity, p.URL), Layout: "docs", Title: title,
			Description: clip(strings.Join(strings.Fields(description), " "), 160),
			Section:     "docs", Crumbs: crumbs, Style: "docs", Edit: v.Meta.Edit, Entity: t.Entity.String(), View: v,
		})
	}
	if !slices.ContainsFunc(t.Pages, func(p *docs.Page) bool { return p.URL == "" }) {
		// Links lead to the start of docs, so there is one.
		nav := navigation{tree: t, titles: titles, whole: len(t.Pages) <= maxOpenNav}
		v := &DocsView{Owner: owner, NavTitle: "Pages of " + owner.Text, Nav: nav.rows(), Box: margin, Title: cmp.Or(t.Title, owner.Text)}
		for _, p := range t.Pages {
			v.Contents = append(v.Contents, Link{Text: titles[p], URL: DocsURL(t.Entity, p.URL)})
		}
		pages = append(pages, Page{
			URL: DocsURL(t.Entity, ""), Layout: "docs", Title: v.Title, Description: clip(strings.Join(strings.Fields(t.Description), " "), 160),
			Section: "docs", Crumbs: []Link{sectionLink("docs"), {Text: owner.Text}}, Style: "docs", Entity: t.Entity.String(), View: v,
		})
	}
	return pages
}

// fill fills in the text of a page and what is known about it.
func (m *maker) fill(v *DocsView, t *docs.Tree, p *docs.Page, doc *markdown.Document, title string) {
	v.Meta = DocsMeta{Edit: safeURL(t.EditURLOf(p)), Status: p.Status, Tags: p.Tags}
	if c := m.changed(t.Repo, path.Join(t.Dir, p.Path)); !c.Time.IsZero() {
		v.Meta.Changed, v.Meta.Author = c.Time.UTC(), c.Author
	}
	if doc == nil {
		v.Title, v.Failed = title, true
		return
	}
	words := 0
	for _, s := range doc.Sections {
		words += len(strings.Fields(s.Text))
	}
	if words >= 110 {
		v.Meta.Minutes = max(1, (words+110)/220)
	}
	v.Title, v.Top, v.Body = splitTitle(doc, title)
	if !p.HideTOC {
		v.TOC = contents(doc.Headings, doc.HasH1)
	}
}

// splitTitle parts a document behind its own level-1 heading, so that facts
// about the page can stand between; a document without one gets the title. A
// page has one level-1 heading: others that its author wrote become level 2.
func splitTitle(doc *markdown.Document, title string) (own string, top, body template.HTML) {
	html := string(doc.HTML)
	if doc.HasH1 {
		if head, rest, ok := strings.Cut(html, "</h1>"); ok {
			return "", template.HTML(head + "</h1>"), template.HTML(lowerTitles(rest))
		}
	}
	return title, "", template.HTML(lowerTitles(html))
}

// lowerTitles makes level-1 headings level 2. In sanitised HTML the text <h1 is
// always a tag.
func lowerTitles(html string) string {
	if !strings.Contains(html, "<h1") {
		return html
	}
	return strings.NewReplacer("<h1", "<h2", "</h1>", "</h2>").Replace(html)
}

// contents returns the headings of the second and third level, if there are at
// least two; first tells that the first one is the title.
func contents(headings []markdown.Heading, first bool) []TOCRow {
	var rows []TOCRow
	for i, h := range headings {
		if h.Level == 1 && !(i == 0 && first) {
			h.Level = 2
		}
		if h.Level == 2 || h.Level == 3 {
			rows = append(rows, TOCRow{Text: h.Text, ID: h.ID, Level: h.Level})
		}
	}
	if len(rows) < 2 {
		return nil
	}
	return rows
}

// docTitle returns what a page is called: by the nav or front matter, else by its
// first heading, else by its file.
func docTitle(d *Docs, p *docs.Page) string {
	if p.Title != "" {
		return p.Title
	}
	if doc := d.Rendered[p]; doc != nil && doc.Title != "" {
		return doc.Title
	}
	return docs.TitleOf(p)
}

// navigation makes the rows for one page of a tree: all pages if there are few,
// else only the branch that the page is on, so that the size of a page does not
// grow with the size of the tree.
type navigation struct {
	tree    *docs.Tree
	titles  map[*docs.Page]string
	current *docs.Page
	whole   bool
}

func (n *navigation) rows() []NavRow {
	return n.add(nil, n.tree.Nav, 1)
}

func (n *navigation) add(rows []NavRow, items []*docs.NavItem, level int) []NavRow {
	for _, it := range items {
		text := it.Title
		if text == "" && it.Page != nil {
			text = n.titles[it.Page]
		}
		if len(it.Items) == 0 {
			switch {
			case it.Page != nil:
				rows = append(rows, NavRow{Text: text, URL: DocsURL(n.tree.Entity, it.Page.URL), Level: level, Current: it.Page == n.current})
			case safeURL(it.URL) != "":
				rows = append(rows, NavRow{Text: text, External: safeURL(it.URL), Level: level})
			}
			continue
		}
		if n.whole || n.on(it) {
			row := NavRow{Text: text, Level: level, Heading: true}
			if it.Page != nil {
				row.URL, row.Current = DocsURL(n.tree.Entity, it.Page.URL), it.Page == n.current
			}
			rows = append(rows, row)
			rows = n.add(rows, it.Items, level+1)
			continue
		}
		if first := firstPage(it); first != nil {
			rows = append(rows, NavRow{Text: text, URL: DocsURL(n.tree.Entity, first.URL), Level: level, Closed: true})
		}
	}
	return rows
}

// on tells whether the current page is in the branch.
func (n *navigation) on(it *docs.NavItem) bool {
	if it.Page == n.current {
		return true
	}
	return slices.ContainsFunc(it.Items, n.on)
}

// trail returns the sections that the current page is in, outermost first.
func (n *navigation) trail() []Link {
	var trail []Link
	items := n.tree.Nav
	for {
		i := slices.IndexFunc(items, func(it *docs.NavItem) bool { return len(it.Items) > 0 && n.on(it) })
		if i < 0 || items[i].Page == n.current {
			return trail
		}
		l := Link{Text: items[i].Title}
		first := firstPage(items[i])
		if l.Text == "" && items[i].Page != nil {
			l.Text = n.titles[items[i].Page]
		}
		if first != nil && first != n.current {
			l.URL = DocsURL(n.tree.Entity, first.URL)
		}
		if l.Text != "" {
			trail = append(trail, l)
		}
		items = items[i].Items
	}
}

func firstPage(it *docs.NavItem) *docs.Page {
	if it.Page != nil {
		return it.Page
	}
	for _, sub := range it.Items {
		if p := firstPage(sub); p != nil {
			return p
		}
	}
	return nil
}

// DocsIndexView is the list of all docs.
type DocsIndexView struct {
	Total, Pages int
	Rows         []DocsIndexRow
	Pager        *Pager
	Empty        *Empty
	Changes      bool // the time of the last change is known for any
}

// A DocsIndexRow is one tree of docs.
type DocsIndexRow struct {
	Link    Link // to the docs
	Entity  Link // whose they are; without URL if it is a repo
	Owner   Link
	Text    string
	Pages   int
	Changed time.Time
}

// docsIndexPages returns the list of all docs.
func docsIndexPages(p *Portal) []Page {
	m := newMaker(p)
	var rows []DocsIndexRow
	total, changes := 0, false
	for _, ref := range sortedKeys(p.Docs) {
		d := p.Docs[ref]
		if d.Tree == nil || len(d.Tree.Pages) == 0 {
			continue
		}
		row := DocsIndexRow{Link: Link{Text: d.Tree.Title, URL: DocsURL(d.Tree.Entity, ""), Icon: "doc"}, Pages: len(d.Tree.Pages), Text: d.Tree.Description}
		if row.Link.Text == "" {
			row.Link.Text = shortRef(d.Tree.Entity)
		}
		if e := m.get(d.Tree.Entity); e != nil {
			row.Entity, row.Owner = linkTo(e), m.owner(e)
			if row.Text == "" {
				row.Text, _ = firstParagraph(e.Description)
			}
		}
		row.Text = clip(strings.Join(strings.Fields(row.Text), " "), 100)
		for _, page := range d.Tree.Pages {
			if c := m.changed(d.Tree.Repo, path.Join(d.Tree.Dir, page.Path)); c.Time.After(row.Changed) {
				row.Changed = c.Time.UTC()
			}
		}
		changes = changes || !row.Changed.IsZero()
		total += row.Pages
		rows = append(rows, row)
	}
	slices.SortStableFunc(rows, func(a, b DocsIndexRow) int {
		return strings.Compare(strings.ToLower(a.Link.Text), strings.ToLower(b.Link.Text))
	})
	var pages []Page
	for i, part := range chunks(rows, indexRows) {
		v := &DocsIndexView{Total: len(rows), Pages: total, Rows: part, Changes: changes, Pager: pager("docs/", i+1, len(rows), indexRows)}
		if len(rows) == 0 {
			v.Empty = &Empty{
				Icon: "doc", Title: "No docs yet", Text: "Add a docs folder with an mkdocs.yml beside a catalog file, and the annotation below to it; they appear with the next build.",
				Command: "backstage.io/techdocs-ref: dir:.", Links: []Link{{Text: "Catalog", URL: "catalog/"}},
			}
		}
		pages = append(pages, Page{
			URL: partURL("docs/", i+1), Layout: "docsindex", Title: partTitle("Docs", i+1),
			Description: fmt.Sprintf("%s in %s.", Count(total, "page"), Count(len(rows), "documentation site")),
			Section:     "docs", Style: "catalog", View: v,
		})
	}
	return pages
}

// ContentView is a page of the portal itself.
type ContentView struct {
	Title string
	Top   template.HTML
	Body  template.HTML
	TOC   []TOCRow
}

// contentPages returns the portal's own pages.
func contentPages(p *Portal) []Page {
	var pages []Page
	for _, c := range p.Pages {
		v := &ContentView{Title: c.Title}
		description := ""
		if c.Document != nil {
			v.Title, v.Top, v.Body = splitTitle(c.Document, c.Title)
			v.TOC = contents(c.Document.Headings, c.Document.HasH1)
			description = clip(strings.Join(strings.Fields(c.Document.Lead), " "), 160)
		}
		pages = append(pages, Page{
			URL: c.URL, Layout: "page", Title: c.Title, Description: description,
			Crumbs: []Link{{Text: "Home", URL: ""}, {Text: c.Title}}, Style: "docs", View: v,
		})
	}
	return pages
}
