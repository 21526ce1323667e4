package site

import (
	"cmp"
	"fmt"
	"html/template"
	"slices"
	"strings"
	"time"

	"github.com/portolan-dev/portolan/sources"
	"github.com/portolan-dev/portolan/sources/kubernetes"
)

// HomeView is the first page: what needs attention, then everything else.
type HomeView struct {
	Title  string
	Search string // "Search 7,009 entities, 3,412 docs pages and 498 APIs"
	GoTo   []Link

	Top  template.HTML // of the portal's own text
	Body template.HTML

	Clusters  bool   // any is configured
	Attention string // "23 broken, 48 degraded"
	Shared    []Note
	Rows      []AttentionRow
	More      int
	Fine      *Empty // nothing is wrong
	Fleet     *FleetNames
	Regions   []FleetRegion
	FleetNote string

	Changes      []ChangeRow
	Kinds        []FacetItem
	KindIcons    []string
	Systems      []SystemRow
	SystemsTotal int
	Facts        []HomeFact
	Empty        *Empty // the catalog is empty
}

// An AttentionRow is one service that is not well.
type AttentionRow struct {
	Ref      string // canonical
	Link     Link
	Owner    Link
	OwnerRef string
	Status   Status
	Line     string
	Hoist    Hoist
	Since    time.Time
}

// A FleetRegion is a group of clusters on the home page.
type FleetRegion struct {
	Name  string
	Cells []FleetCell
}

// A FleetCell is one cluster: how many services it has and what is wrong with them.
type FleetCell struct {
	Name   string
	URL    string
	Status Status
	Count  int
	Text   string // "2 broken", "lost 11:05"
}

// A ChangeRow is one file that was changed lately.
type ChangeRow struct {
	Link   Link
	Text   string
	Author string
	Time   time.Time
}

// A SystemRow is one system with how many of its services are not well.
type SystemRow struct {
	Link   Link
	Status Status
	Text   string // "1 of 9"
}

// A HomeFact is one line about the freshness of the portal.
type HomeFact struct {
	Name   string
	Status Status // empty: no mark
	Text   string
	Link   Link
	Note   string
}

// The rows of the lists on the home page.
const (
	homeAttention = 8
	homeChanges   = 6
	homeSystems   = 7
)

func homePages(p *Portal) []Page {
	m := newMaker(p)
	v := m.home()
	description := "What needs attention at " + v.Title + " now"
	if p.Home != nil && p.Home.Lead != "" {
		description = clip(strings.Join(strings.Fields(p.Home.Lead), " "), 160)
	}
	style := "catalog"
	if v.Body != "" {
		style = "catalog docs"
	}
	return []Page{{URL: "", Layout: "home", Title: v.Title, Description: description, Style: style, View: v, Live: true}}
}

func (m *maker) home() *HomeView {
	p := m.p
	v := &HomeView{Title: cmp.Or(p.Title, "Portolan"), Fleet: m.names, Clusters: len(m.names.Clusters) > 0}
	docs := 0
	for _, d := range p.Docs {
		if d.Tree != nil {
			docs += len(d.Tree.Pages)
		}
	}
	apis := 0
	kinds, icons := map[string]int{}, map[string]string{}
	for _, e := range m.entities() {
		w := KindWord(e)
		kinds[w]++
		icons[w] = KindIcon(e)
		if strings.EqualFold(e.Ref.Kind, "api") {
			apis++
		}
	}
	parts := []string{Count(len(m.entities()), "entity")}
	if docs > 0 {
		parts = append(parts, Count(docs, "docs page"))
	}
	if apis > 0 {
		parts = append(parts, Count(apis, "API"))
	}
	v.Search = "Search " + Words(parts)
	if v.Clusters {
		v.GoTo = append(v.GoTo, Link{Text: "Broken now", URL: "broken/"}, Link{Text: "Scaling limits", URL: "scaling/"})
	}
	for _, c := range p.Pages {
		if len(v.GoTo) < 6 && !strings.Contains(strings.Trim(c.URL, "/"), "/") {
			v.GoTo = append(v.GoTo, Link{Text: c.Title, URL: c.URL})
		}
	}
	v.GoTo = append(v.GoTo, Link{Text: "Catalog", URL: "catalog/"}, Link{Text: "Build report", URL: "build/"})
	if p.Home != nil {
		title := ""
		title, v.Top, v.Body = splitTitle(p.Home, "")
		_ = title
	}
	if v.Clusters {
		m.attention(v)
		m.fleetCells(v)
	}
	v.Changes = m.changes()
	words := sortedKeys(kinds)
	slices.SortStableFunc(words, func(a, b string) int { return cmp.Compare(kinds[b], kinds[a]) })
	for _, w := range words {
		v.Kinds = append(v.Kinds, FacetItem{Text: capital(Plural(2, kindName(w))), URL: FacetURL("kind", w), Count: kinds[w]})
		v.KindIcons = append(v.KindIcons, icons[w])
	}
	if len(kinds) == 0 {
		v.Empty = emptyCatalog()
	}
	m.systemsWorstFirst(v)
	v.Facts = m.freshness(docs)
	return v
}

// attention fills in the services that are broken or degraded, worst first, the
// newest first among those.
func (m *maker) attention(v *HomeView) {
	broken, degraded := 0, 0
	var rows []AttentionRow
	for _, s := range m.p.Fleet.Services {
		st := StatusOf(s.Health)
		switch st {
		case Bad:
			broken++
		case Warn:
			degraded++
		default:
			continue
		}
		row := AttentionRow{Ref: s.Ref, Status: st, Line: s.Line, Hoist: HoistOf(m.names, s)}
		if e := m.lookup(s.Ref); e != nil {
			row.Link, row.Owner = linkTo(e), m.owner(e)
			row.Link.URL = EntityURL(e.Ref)
			if o := m.target(e, "ownedBy", ""); o != nil {
				row.OwnerRef = o.Ref.String()
			}
		} else {
			row.Link = Link{Text: s.Ref}
		}
		for i := range s.Incidents {
			in := &s.Incidents[i]
			if in.Severity == kubernetes.Info {
				continue
			}
			if row.Line == "" {
				row.Line = in.Line
			}
			if in.Since != nil && (row.Since.IsZero() || in.Since.Before(row.Since)) {
				row.Since = in.Since.UTC()
			}
			break // the worst one comes first
		}
		rows = append(rows, row)
	}
	slices.SortStableFunc(rows, func(a, b AttentionRow) int {
		return cmp.Or(compareBool(a.Status != Bad, b.Status != Bad), b.Since.Compare(a.Since), strings.Compare(a.Ref, b.Ref))
	})
	v.Rows = rows[:min(len(rows), homeAttention)]
	v.More = len(rows) - len(v.Rows)
	switch {
	case len(rows) > 0:
		v.Attention = fmt.Sprintf("%s broken, %s degraded", Num(broken), Num(degraded))
	default:
		reached := ChromeOf(m.p).Reached
		v.Fine = &Empty{Icon: "ok", Title: "Nothing is broken", Text: fmt.Sprintf("%s, %s, read at %s UTC.", Count(reached, "cluster"), Count(m.running(), "service"), m.p.Built.UTC().Format("15:04"))}
	}
	for _, c := range m.p.Fleet.Shared {
		if len(v.Shared) == 2 {
			break
		}
		n := Note{Class: "warn", Icon: "warn", Title: sharedTitle(c.Line), Text: "They share " + c.Factor + "; look there first.", Link: Link{Text: "Broken now", URL: "broken/"}}
		if name, ok := strings.CutPrefix(c.Factor, "cluster "); ok && slices.Contains(m.names.Clusters, name) {
			n.Link = Link{Text: name, URL: ClusterURL(name)}
			n.Text = "Look at the cluster first:"
		}
		v.Shared = append(v.Shared, n)
	}
}

// running counts the services that run anywhere.
func (m *maker) running() int {
	n := 0
	for _, s := range m.p.Fleet.Services {
		if runs(s) {
			n++
		}
	}
	return n
}

func (m *maker) fleetCells(v *HomeView) {
	regions := 0
	for i, c := range m.p.Fleet.Clusters {
		if i == 0 || c.Region != m.p.Fleet.Clusters[i-1].Region {
			v.Regions = append(v.Regions, FleetRegion{Name: c.Region})
			regions++
		}
		cell := FleetCell{Name: m.names.Titles[i], URL: ClusterURL(c.Name), Status: OK, Count: c.Services}
		broken, degraded := c.ByHealth[kubernetes.Down], c.ByHealth[kubernetes.Degraded]
		switch {
		case c.Freshness.State == sources.Failed:
			cell.Status, cell.Text = Unk, "not read"
		case c.Freshness.State == sources.Stale:
			cell.Status, cell.Text = Unk, "lost"
			if at := c.Freshness.ObservedAt; !at.IsZero() {
				cell.Text = "lost " + at.UTC().Format("15:04")
			}
		case broken > 0:
			cell.Status, cell.Text = Warn, Num(broken)+" broken"
			if broken >= 5 || broken*3 >= max(c.Services, 1) {
				cell.Status = Bad
			}
		case degraded > 0:
			cell.Text = Num(degraded) + " degr."
			if degraded*10 >= c.Services {
				cell.Status = Warn
			}
		default:
			cell.Text = "all well"
		}
		r := &v.Regions[len(v.Regions)-1]
		r.Cells = append(r.Cells, cell)
	}
	v.FleetNote = Count(len(m.names.Clusters), "cluster")
	if regions > 1 {
		v.FleetNote = fmt.Sprintf("%s in %d regions, services on each", Num(len(m.names.Clusters)), regions)
	}
}

// changes returns the newest changes of descriptors and docs.
func (m *maker) changes() []ChangeRow {
	var rows []ChangeRow
	for _, e := range m.entities() {
		if c := m.changed(e.Origin.Repo, e.Origin.Path); !c.Time.IsZero() {
			rows = append(rows, ChangeRow{Link: linkTo(e), Text: "catalog file", Author: c.Author, Time: c.Time.UTC()})
		}
	}
	for _, ref := range sortedKeys(m.p.Docs) {
		d := m.p.Docs[ref]
		if d.Tree == nil {
			continue
		}
		for _, p := range d.Tree.Pages {
			if c, ok := d.Tree.LastChange(p); ok && !c.Time.IsZero() {
				rows = append(rows, ChangeRow{Link: Link{Text: docTitle(d, p), URL: DocsURL(d.Tree.Entity, p.URL), Icon: "doc"}, Text: "docs of " + d.Tree.Title, Author: c.Author, Time: c.Time.UTC()})
			}
		}
	}
	slices.SortStableFunc(rows, func(a, b ChangeRow) int { return b.Time.Compare(a.Time) })
	return rows[:min(len(rows), homeChanges)]
}

// systemsWorstFirst fills in the systems with the most that is not well.
func (m *maker) systemsWorstFirst(v *HomeView) {
	type scored struct {
		row        SystemRow
		bad, warn  int
		components int
	}
	var list []scored
	for _, e := range m.entities() {
		if !strings.EqualFold(e.Ref.Kind, "system") {
			continue
		}
		s := scored{row: SystemRow{Link: linkTo(e)}}
		for _, r := range e.Related("hasPart") {
			if !strings.EqualFold(r.Kind, "component") {
				continue
			}
			s.components++
			part := m.get(r)
			if part == nil {
				continue
			}
			if run := m.service(part); runs(run) {
				switch StatusOf(run.Health) {
				case Bad:
					s.bad++
				case Warn:
					s.warn++
				case OK:
					s.row.Status = OK
				}
			}
		}
		switch {
		case s.bad > 0:
			s.row.Status, s.row.Text = Bad, fmt.Sprintf("%d of %d", s.bad, s.components)
		case s.warn > 0:
			s.row.Status, s.row.Text = Warn, fmt.Sprintf("%d of %d", s.warn, s.components)
		default:
			s.row.Text = Count(s.components, "component")
		}
		list = append(list, s)
	}
	slices.SortStableFunc(list, func(a, b scored) int {
		return cmp.Or(cmp.Compare(b.bad, a.bad), cmp.Compare(b.warn, a.warn), cmp.Compare(b.components, a.components))
	})
	v.SystemsTotal = len(list)
	for i := range min(len(list), homeSystems) {
		v.Systems = append(v.Systems, list[i].row)
	}
}

// freshness says how old what the portal shows is.
func (m *maker) freshness(docs int) []HomeFact {
	var facts []HomeFact
	p := m.p
	if len(m.names.Clusters) > 0 {
		c := ChromeOf(p)
		f := HomeFact{Name: "Clusters", Status: OK, Text: fmt.Sprintf("%d of %d", c.Reached, c.Clusters)}
		if c.Reached < c.Clusters {
			f.Status = Warn
			for i, cl := range p.Fleet.Clusters {
				if cl.Freshness.State != sources.Fresh {
					f.Note = m.names.Titles[i] + " never read"
					if at := cl.Freshness.ObservedAt; !at.IsZero() {
						f.Note = m.names.Titles[i] + " last seen " + at.UTC().Format("15:04")
					}
					break
				}
			}
		}
		facts = append(facts, f)
	}
	fresh := 0
	for _, r := range p.Repos {
		if r.Freshness.State == sources.Fresh || r.Freshness.State == "" {
			fresh++
		}
	}
	f := HomeFact{Name: "Repositories", Status: OK, Text: fmt.Sprintf("%s of %s", Num(fresh), Num(len(p.Repos)))}
	if fresh < len(p.Repos) {
		f.Status = Warn
	}
	facts = append(facts, f)
	if docs > 0 {
		facts = append(facts, HomeFact{Name: "Docs", Status: OK, Text: Count(docs, "page")})
	}
	errors, warnings := 0, 0
	for i := range p.Diagnostics {
		switch p.Diagnostics[i].Severity.String() {
		case "error":
			errors++
		case "warning":
			warnings++
		}
	}
	facts = append(facts, HomeFact{Name: "What was read", Link: Link{Text: Count(errors, "error") + ", " + Count(warnings, "warning"), URL: "build/"}})
	if !p.Built.IsZero() {
		facts = append(facts, HomeFact{Name: "This build", Text: p.Built.UTC().Format("2 Jan 2006, 15:04") + " UTC"})
		if p.Every > 0 {
			facts = append(facts, HomeFact{Name: "Next build", Text: p.Built.Add(p.Every).UTC().Format("15:04") + " UTC"})
		}
	}
	return facts
}
