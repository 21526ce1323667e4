package site

import (
	"cmp"
	"fmt"
	"html/template"
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

	Contents []Link        // the pages, where the docs have no start page of their own
	Log      []DecisionRow // on the page of decisions
	All      []NavRow      // on the list of all pages
	Pager    *Pager        // of All
}

// DocsMeta is the line under the title of a docs page.
type DocsMeta struct {
	Changed time.Time
	Author  string

	Commit, CommitURL string // of the last change: its short name, and where to read it; both may be empty

	Minutes int // to read it
	Edit    string
	Twin    string // the same as Markdown, from the root of the site; or ""
	Status  string
	Tags    []string
}

// Any says that there is anything to show.
func (m DocsMeta) Any() bool {
	return !m.Changed.IsZero() || m.Minutes > 0 || m.Edit != "" || m.Twin != "" || m.Status != "" || len(m.Tags) > 0
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

// docsPages returns all pages of all docs.
func docsPages(p *Portal) []Page {
	m := newMaker(p)
	var pages []Page
	for _, ref := range sortedKeys(p.Docs) {
		pages = append(pages, m.tree(p.Docs[ref])...)
	}
	return pages
}

// tree returns the pages of one tree of docs, all of them in time and size that
// grow with the tree and not with its square.
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
	var inNav []*docs.Page
	place := map[*docs.Page]int{} // in inNav
	for _, p := range t.Pages {
		titles[p] = docTitle(d, p)
		if p.InNav {
			place[p] = len(inNav)
			inNav = append(inNav, p)
		}
	}
	decided := map[*docs.Page]string{}
	for _, x := range t.Decisions {
		decided[x.Page] = x.Status
	}
	nav, twins := newNavigation(t, titles), Twins(t)
	view := func(current *docs.Page) *DocsView {
		return &DocsView{Owner: owner, NavTitle: "Pages of " + owner.Text, Nav: nav.rows(current), Box: margin}
	}
	page := func(url string, v *DocsView, title, description string, crumbs ...Link) Page {
		return Page{
			URL: DocsURL(t.Entity, url), Layout: "docs", Title: title, Description: clip(strings.Join(strings.Fields(description), " "), 160),
			Section: "docs", Crumbs: append([]Link{sectionLink("docs")}, crumbs...), Style: "docs", Edit: v.Meta.Edit, Entity: t.Entity.String(), View: v,
		}
	}
	var pages []Page
	for _, p := range t.Pages {
		doc := d.Rendered[p]
		v := view(p)
		v.HideNav = p.HideNav
		m.fill(v, t, p, doc, titles[p])
		v.Meta.Status = cmp.Or(v.Meta.Status, decided[p])
		if i, ok := place[p]; ok {
			if i > 0 {
				v.Prev = &Link{Text: titles[inNav[i-1]], URL: DocsURL(t.Entity, inNav[i-1].URL)}
			}
			if i+1 < len(inNav) {
				v.Next = &Link{Text: titles[inNav[i+1]], URL: DocsURL(t.Entity, inNav[i+1].URL)}
			}
		}
		crumbs := []Link{{Text: owner.Text}}
		title := titles[p]
		if p.URL != "" {
			crumbs[0].URL = DocsURL(t.Entity, "")
			crumbs = append(crumbs, nav.trail(p)...)
			crumbs = append(crumbs, Link{Text: titles[p]})
			if title != owner.Text {
				title += " · " + owner.Text
			}
		}
		description := p.Description
		if description == "" && doc != nil {
			description = doc.Lead
		}
		made := page(p.URL, v, title, cmp.Or(description, t.Description), crumbs...)
		if !m.p.NoTwins {
			made.Twin, v.Meta.Twin = twins[p], twins[p]
		}
		pages = append(pages, made)
	}
	if !slices.ContainsFunc(t.Pages, func(p *docs.Page) bool { return p.URL == "" }) {
		// Links lead to the start of docs, so there is one.
		v := view(nil)
		v.Title = cmp.Or(t.Title, owner.Text)
		for _, p := range t.Pages {
			v.Contents = append(v.Contents, Link{Text: titles[p], URL: DocsURL(t.Entity, p.URL)})
		}
		pages = append(pages, page("", v, v.Title, t.Description, Link{Text: owner.Text}))
	}
	start := Link{Text: owner.Text, URL: DocsURL(t.Entity, "")}
	if nav.log != "" {
		v := view(nil)
		v.Title, v.Log = "Decision log", decisionRows(d)
		about := fmt.Sprintf("%s of %s, with status and date.", Count(len(v.Log), "architecture decision"), owner.Text)
		pages = append(pages, page(nav.log, v, v.Title+" · "+owner.Text, about, start, Link{Text: v.Title}))
	}
	if nav.contents != "" {
		rows := nav.all
		for i, part := range chunks(rows, navPart) {
			v := view(nil)
			v.Title, v.All = "All pages", part
			v.Pager = pager(DocsURL(t.Entity, nav.contents), i+1, len(rows), navPart)
			pages = append(pages, page(partURL(nav.contents, i+1), v, partTitle(v.Title, i+1)+" · "+owner.Text, "All pages of the docs of "+owner.Text+".", start, Link{Text: v.Title}))
		}
	}
	return append(pages, movedPages(t, start)...)
}

// movedPages returns a page for each former address of a page, for hosts that
// do not read _redirects.
func movedPages(t *docs.Tree, start Link) []Page {
	var pages []Page
	for _, r := range redirects(t) {
		v := &ContentView{Title: "This page has moved"}
		if r.external {
			v.External = r.to
		} else {
			v.Moved = Link{Text: "Read it at its new address", URL: r.to}
		}
		pages = append(pages, Page{
			URL: r.from, Layout: "page", Title: v.Title, Section: "docs", Crumbs: []Link{sectionLink("docs"), start, {Text: v.Title}},
			Style: "docs", Entity: t.Entity.String(), View: v, NoIndex: true,
		})
	}
	return pages
}

// A redirect leads from a former address to the one that took its place.
type redirect struct {
	from, to string // from the root of the site; to may be on another host
	external bool
}

// redirects returns the redirects of docs, by former address.
func redirects(t *docs.Tree) []redirect {
	var out []redirect
	for _, from := range sortedKeys(t.Redirects) {
		r := redirect{from: DocsURL(t.Entity, docs.PageURL(from))}
		if p := t.Page(t.Redirects[from]); p != nil {
			r.to = DocsURL(t.Entity, p.URL)
		} else {
			r.to, r.external = safeURL(t.Redirects[from]), true
		}
		if r.to != "" && r.to != r.from {
			out = append(out, r)
		}
	}
	return out
}

// fill fills in the text of a page and what is known about it.
func (m *maker) fill(v *DocsView, t *docs.Tree, p *docs.Page, doc *markdown.Document, title string) {
	v.Meta = DocsMeta{Edit: safeURL(t.EditURLOf(p)), Status: p.Status, Tags: p.Tags}
	if c, ok := t.LastChange(p); ok && !c.Time.IsZero() {
		v.Meta.Changed, v.Meta.Author = c.Time.UTC(), c.Author
		v.Meta.Commit, v.Meta.CommitURL = c.Commit[:min(len(c.Commit), 7)], safeURL(t.Repo.CommitURL(c.Commit))
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

// navigation makes the rows for the pages of a tree: all pages if there are few,
// else only the branch that a page is on, and of a long level only what is near,
// so that the size of a page does not grow with the size of the tree.
type navigation struct {
	tree     *docs.Tree
	titles   map[*docs.Page]string
	whole    bool
	branch   map[*docs.Page][]*docs.NavItem // the items around each page, outermost first, its own last
	log      string                         // address of the log of decisions inside the docs, or ""
	logIn    *docs.NavItem                  // the section that the log stands in; nil: behind all
	contents string                         // address of the list of all pages; "" where no level is long
	all      []NavRow                       // of that list
	row      map[*docs.Page]int             // in all
}

// What stands in the navigation of a page.
const (
	maxOpenNav = 30   // up to how many pages it shows all
	maxNavRows = 60   // up to how many items it shows a level as a whole
	navAround  = 20   // how many are shown before and behind the current one of a longer level
	navPart    = 1000 // rows on a page of the list of all
)

func newNavigation(t *docs.Tree, titles map[*docs.Page]string) *navigation {
	n := &navigation{tree: t, titles: titles, whole: len(t.Pages) <= maxOpenNav, branch: map[*docs.Page][]*docs.NavItem{}, row: map[*docs.Page]int{}}
	if len(t.Decisions) > 0 {
		n.log = logURL(t)
	}
	long := n.index(nil, t.Nav)
	if n.log != "" {
		if chain := n.branch[t.Decisions[0].Page]; len(chain) > 1 {
			n.logIn = chain[len(chain)-2]
		}
	}
	if long {
		all := navShape{all: true}
		n.all = n.add(nil, t.Nav, 1, &all)
		n.contents = freeURL(t, "contents/", "all-pages/")
	}
	return n
}

// index fills in branch, and tells whether a level is long.
func (n *navigation) index(around, items []*docs.NavItem) bool {
	long := len(items) > maxNavRows
	for _, it := range items {
		chain := append(slices.Clip(around), it)
		if it.Page != nil && n.branch[it.Page] == nil {
			n.branch[it.Page] = chain
		}
		if n.index(chain, it.Items) {
			long = true
		}
	}
	return long
}

// A navShape says for which page rows are made.
type navShape struct {
	current *docs.Page
	open    map[*docs.NavItem]bool // what the page is in
	all     bool                   // every item, whatever their number
}

func (n *navigation) rows(current *docs.Page) []NavRow {
	s := &navShape{current: current, open: map[*docs.NavItem]bool{}}
	for _, it := range n.branch[current] {
		s.open[it] = true
	}
	rows := n.add(nil, n.tree.Nav, 1, s)
	if n.log != "" && n.logIn == nil {
		rows = append(rows, NavRow{Text: "Decision log", URL: DocsURL(n.tree.Entity, n.log), Level: 1})
	}
	return rows
}

// add appends the rows of one level and what is open below it.
func (n *navigation) add(rows []NavRow, items []*docs.NavItem, level int, s *navShape) []NavRow {
	if len(items) <= maxNavRows || s.all {
		for _, it := range items {
			rows = n.item(rows, it, level, s)
		}
		return rows
	}
	at := max(0, slices.IndexFunc(items, func(it *docs.NavItem) bool { return s.open[it] }))
	from, to := max(0, at-navAround), min(len(items), at+navAround+1)
	gap := func(left int) {
		if left > 0 {
			rows = append(rows, NavRow{Text: Num(left) + " more", URL: DocsURL(n.tree.Entity, partURL(n.contents, n.row[s.current]/navPart+1)), Level: level, Closed: true})
		}
	}
	if from > 0 {
		rows = n.item(rows, items[0], level, s)
		gap(from - 1)
	}
	for _, it := range items[from:to] {
		rows = n.item(rows, it, level, s)
	}
	if to < len(items) {
		gap(len(items) - to - 1)
		rows = n.item(rows, items[len(items)-1], level, s)
	}
	return rows
}

func (n *navigation) item(rows []NavRow, it *docs.NavItem, level int, s *navShape) []NavRow {
	text := it.Title
	if text == "" && it.Page != nil {
		text = n.titles[it.Page]
	}
	if s.all && it.Page != nil {
		n.row[it.Page] = len(rows)
	}
	if len(it.Items) == 0 {
		switch {
		case it.Page != nil:
			rows = append(rows, NavRow{Text: text, URL: DocsURL(n.tree.Entity, it.Page.URL), Level: level, Current: it.Page == s.current})
		case safeURL(it.URL) != "":
			rows = append(rows, NavRow{Text: text, External: safeURL(it.URL), Level: level})
		}
		return rows
	}
	if n.whole || s.all || s.open[it] {
		row := NavRow{Text: text, Level: level, Heading: true}
		if it.Page != nil {
			row.URL, row.Current = DocsURL(n.tree.Entity, it.Page.URL), it.Page == s.current
		}
		rows = append(rows, row)
		if it == n.logIn {
			rows = append(rows, NavRow{Text: "Decision log", URL: DocsURL(n.tree.Entity, n.log), Level: level + 1})
		}
		return n.add(rows, it.Items, level+1, s)
	}
	if first := firstPage(it); first != nil {
		rows = append(rows, NavRow{Text: text, URL: DocsURL(n.tree.Entity, first.URL), Level: level, Closed: true})
	}
	return rows
}

// trail returns the sections that a page is in, outermost first.
func (n *navigation) trail(current *docs.Page) []Link {
	var trail []Link
	for _, it := range n.branch[current] {
		if len(it.Items) == 0 || it.Page == current {
			break
		}
		l := Link{Text: it.Title}
		if l.Text == "" && it.Page != nil {
			l.Text = n.titles[it.Page]
		}
		if first := firstPage(it); first != nil && first != current {
			l.URL = DocsURL(n.tree.Entity, first.URL)
		}
		if l.Text != "" {
			trail = append(trail, l)
		}
	}
	return trail
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
			if c, ok := d.Tree.LastChange(page); ok && c.Time.After(row.Changed) {
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

	Moved    Link   // on a page that has moved: where to, or
	External string // its address on another site
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
