package site

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"html/template"
	"slices"
	"strings"

	"github.com/portolan-dev/portolan/sources"
	"github.com/portolan-dev/portolan/sources/catalog"
	"github.com/portolan-dev/portolan/sources/kubernetes"
	"github.com/portolan-dev/portolan/sources/yamldoc"
)

// EntityView is the first page of an entity of any kind. Nil and empty parts
// are left out by the layout.
type EntityView struct {
	Head    EntityHead
	Notes   []Note
	Health  *HealthView
	Runs    *Empty // instead of Health: the kind of entity that could run does not
	More    template.HTML
	Graph   *Graph
	APIs    []APIRow
	APINote string // "3 provided, 4 consumed"
	Lists   []EntityList
	Steps   []Step
	Spec    template.HTML // of kinds that have no page of their own shape
	Targets []Link
	Bare    *Empty // nothing else is known of the entity

	About  []AboutRow
	Docs   *DocsBox
	NoDocs *Empty
	Links  []ExternalLink
	JSON   string // address of the entity for machines
	Badge  *Badge
}

// A Note is a sentence on a coloured ground.
type Note struct {
	Class string // ok, warn, bad, info or unk
	Icon  string
	Title string
	Text  string
	Link  Link
}

// HealthView is the state of an entity's service in each cluster.
type HealthView struct {
	Count string // "208 pods, 12 of 14 clusters"
	URL   string
	Mast  Mast
	Notes []Note // its incidents
	More  int    // incidents that are not shown
	Lost  string // which clusters show their last known state, in words; or ""
}

// An EntityList is a titled list of related entities.
type EntityList struct {
	ID    string
	Title string
	Rows  []EntityRow
	More  int // rows left out
	URL   string
}

// Total returns how many there are, shown or not.
func (l EntityList) Total() int { return len(l.Rows) + l.More }

// An EntityRow is one entity in a list.
type EntityRow struct {
	Link  Link
	Text  string
	Hoist Hoist
}

// An APIRow is one API in a table.
type APIRow struct {
	Link       Link
	Format     string // "OpenAPI 3.1"
	Role       string // provides or consumes
	Operations int
	Consumers  int
	Lifecycle  string
	Old        bool // deprecated
}

// A Step is one step of a template.
type Step struct{ Name, Action string }

// An AboutRow is one line of what is known of an entity.
type AboutRow struct {
	Name  string
	Links []Link
	Text  string
	URL   string // absolute; makes a link of Text
	Mono  bool
}

// DocsBox is the beginning of an entity's docs.
type DocsBox struct {
	URL   string
	Count int
	Pages []DocsBoxPage
	Log   *DecisionBox // the architecture decisions among them; nil if there are none
}

// A DocsBoxPage is one page in a DocsBox.
type DocsBoxPage struct{ Title, URL, Lead string }

// An ExternalLink leads out of the portal. An unsafe address is not followed
// but shown.
type ExternalLink struct {
	Text string
	URL  string // safe or empty
	Raw  string // as written
}

// entityPages returns the first page of every entity.
func entityPages(p *Portal) []Page {
	m := newMaker(p)
	var pages []Page
	for _, e := range m.entities() {
		if strings.EqualFold(e.Ref.Kind, "api") {
			continue // see apiPages
		}
		pages = append(pages, attempt(pageFor(e, EntityURL(e.Ref)), func() Page {
			v := m.entityView(e)
			style := "catalog"
			if v.Spec != "" || v.More != "" {
				style = "catalog docs" // for code and prose
			}
			return Page{
				URL: EntityURL(e.Ref), Layout: "entity", Title: nameOf(e),
				Description: describe(e), Section: v.Head.Section, Crumbs: v.Head.Crumbs,
				Style: style, Entity: e.Ref.String(), Edit: sourceURL(e), View: v,
			}
		}))
	}
	return pages
}

// describe returns one sentence about e for search results.
func describe(e *catalog.Entity) string {
	first, _ := firstParagraph(e.Description)
	first = strings.Join(strings.Fields(first), " ")
	if first == "" {
		return nameOf(e) + ", " + KindWord(e)
	}
	return clip(first, 160)
}

// clip shortens a text to at most n characters, at a word if there is one.
func clip(s string, n int) string {
	count, end := 0, len(s) // end: before the last character that has room
	for i := range s {
		if count == n-1 {
			end = i
		}
		if count++; count > n {
			cut := s[:end]
			if i := strings.LastIndexByte(cut, ' '); i > len(cut)/2 {
				cut = cut[:i]
			}
			return strings.TrimRight(cut, " ,.;:") + "…"
		}
	}
	return s
}

// maxMore bounds the rest of a description, in characters.
const maxMore = 50_000

// maxRows bounds lists on an entity's page; the catalog has all.
const maxRows = 50

func (m *maker) entityView(e *catalog.Entity) *EntityView {
	kind := strings.ToLower(e.Ref.Kind)
	v := &EntityView{Head: m.head(e, "overview"), Notes: m.notes(e)}
	if s := m.service(e); runs(s) {
		v.Health = m.health(e, s)
	} else if m.couldRun(e) {
		v.Runs = m.runsNowhere(e)
	}
	if _, more := ledeOf(e.Description); more != "" {
		v.More = m.text(clip(more, maxMore))
	}
	v.Graph = m.graph(e)
	v.APIs, v.APINote = m.apiRows(e)
	for _, l := range []struct{ id, title, relation, kind string }{
		{"systems", "Systems", catalog.HasPart, "system"},
		{"domains", "Domains", catalog.HasPart, "domain"},
		{"components", "Components", catalog.HasPart, "component"},
		{"system-apis", "APIs", catalog.HasPart, "api"},
		{"resources", "Resources", catalog.HasPart, "resource"},
		{"parts", "Other parts", catalog.HasPart, "*"},
		{"groups", "Groups", catalog.ParentOf, ""},
		{"members", "Members", catalog.HasMember, ""},
		{"memberships", "Member of", catalog.MemberOf, ""},
		{"owns", "Owns", catalog.OwnerOf, ""},
	} {
		if list := m.list(e, l.relation, l.kind); len(list.Rows) > 0 {
			list.ID, list.Title = l.id, l.title
			if l.relation == catalog.OwnerOf {
				list.URL = "catalog/?owner=" + queryEscape(nameOf(e))
			}
			v.Lists = append(v.Lists, list)
		}
	}
	if other := m.otherRelations(e); len(other.Rows) > 0 {
		v.Lists = append(v.Lists, other)
	}
	m.body(e, kind, v)
	if v.Health == nil && v.Runs == nil && v.Graph == nil && len(v.APIs) == 0 && len(v.Lists) == 0 && v.Spec == "" && len(v.Targets) == 0 && v.More == "" {
		v.Bare = &Empty{
			Icon: KindIcon(e), Title: "No relations yet",
			Text:    "Nothing in the catalog names it, and it names nothing. Say in " + baseName(e.Origin.Path) + " what it is part of or depends on.",
			Command: "dependsOn: [component:default/other]",
		}
	}
	v.About = m.about(e)
	if d := m.docs(e); d != nil {
		v.Docs = m.docsBox(e, d)
	} else if kind == "component" {
		v.NoDocs = &Empty{
			Icon: "doc", Title: "No docs yet",
			Text:    "Add a docs folder and the annotation below to " + baseName(e.Origin.Path) + "; the page appears with the next build.",
			Command: "backstage.io/techdocs-ref: dir:.",
		}
	}
	v.Links = outLinks(e)
	v.Badge = m.badgeOf(e)
	v.JSON = "api/catalog/entities/by-name/" + strings.ToLower(e.Ref.Kind+"/"+e.Ref.Namespace+"/"+e.Ref.Name)
	return v
}

// maxLinks bounds the links of an entity that its page lists.
const maxLinks = 50

// outLinks returns the links that an author gave an entity.
func outLinks(e *catalog.Entity) []ExternalLink {
	var out []ExternalLink
	for _, l := range e.Links[:min(len(e.Links), maxLinks)] {
		out = append(out, ExternalLink{Text: clip(cmp.Or(l.Title, l.URL), maxName), URL: safeURL(l.URL), Raw: l.URL})
	}
	return out
}

// notes returns what a reader must know before trusting the page.
func (m *maker) notes(e *catalog.Entity) []Note {
	var notes []Note
	if r := e.Origin.Repo; r != nil && (r.Freshness.State == sources.Stale || r.Freshness.State == sources.Failed) {
		n := Note{Class: "unk", Icon: "unk", Title: "Last known state of " + r.Name, Text: r.Freshness.Reason, Link: Link{Text: "Build report", URL: "build/"}}
		if at := r.Freshness.ObservedAt; !at.IsZero() {
			n.Title += ", read " + at.UTC().Format("2 Jan 2006, 15:04") + " UTC"
		}
		notes = append(notes, n)
	}
	if e.Stale != nil {
		notes = append(notes, Note{
			Class: "unk", Icon: "unk", Title: "Last known state, from before " + e.Stale.Since.UTC().Format("2 Jan 2006, 15:04") + " UTC",
			Text: e.Origin.Path + " cannot be read now: " + e.Stale.Reason + ".", Link: Link{Text: "Where, and what to do", URL: "build/"},
		})
	}
	errors := m.errors[e.Ref.String()]
	var gone []string
	for _, r := range e.Relations {
		if m.get(r.Target) == nil {
			gone = append(gone, shortRef(r.Target))
		}
	}
	slices.Sort(gone)
	gone = slices.Compact(gone)
	if errors == 0 && len(gone) == 0 {
		return notes
	}
	n := Note{Class: "warn", Icon: "warn", Title: Count(len(gone), "relation") + " to what is not in the catalog", Link: Link{Text: "Where, and what to do", URL: "build/"}}
	if errors > 0 {
		n.Class, n.Icon, n.Title = "bad", "bad", Count(errors, "error")+" in what describes it"
	}
	switch {
	case len(gone) > 5:
		n.Text = "Not in the catalog: " + strings.Join(gone[:5], ", ") + fmt.Sprintf(" and %d more.", len(gone)-5)
	case len(gone) > 0:
		n.Text = "Not in the catalog: " + Words(gone) + "."
	default:
		n.Text = "The page shows what could be read."
	}
	notes = append(notes, n)
	return notes
}

// maxNotes bounds the incidents on the overview; the Kubernetes page has all.
const maxNotes = 3

func (m *maker) health(e *catalog.Entity, s *kubernetes.Service) *HealthView {
	url := EntityURL(e.Ref) + "kubernetes/"
	h := &HealthView{URL: url, Mast: MastOf(m.names, s, url)}
	clusters := map[string]bool{}
	var lost []string
	for _, p := range s.Placements {
		clusters[p.Cluster] = true
		if !p.Stale {
			continue
		}
		text := p.Cluster
		if i := slices.Index(m.names.Clusters, p.Cluster); i >= 0 {
			text = m.names.Titles[i]
		}
		if !p.ObservedAt.IsZero() {
			text += ", seen " + p.ObservedAt.UTC().Format("2 Jan, 15:04") + " UTC"
		}
		lost = append(lost, text)
	}
	if len(lost) > 0 {
		h.Lost = "Last known state, because the cluster could not be read: " + strings.Join(lost, "; ") + "."
	}
	h.Count = fmt.Sprintf("%s, %d of %s", Count(s.Want, "pod"), len(clusters), Count(len(m.names.Clusters), "cluster"))
	for i := range s.Incidents {
		in := &s.Incidents[i]
		if in.Severity == kubernetes.Info {
			continue
		}
		if len(h.Notes) == maxNotes {
			h.More++
			continue
		}
		n := Note{Class: "warn", Icon: "warn", Title: in.Lead.Title, Text: said(e, in), Link: Link{Text: "Cause and next step", URL: url + "#" + in.ID}}
		if in.Severity == kubernetes.Critical || in.Severity == kubernetes.Error {
			n.Class, n.Icon = "bad", "bad"
		}
		if in.LastKnown {
			n.Class, n.Icon = "unk", "unk"
			n.Title += " (last known)"
		}
		h.Notes = append(h.Notes, n)
	}
	return h
}

// said returns what a note adds to the title of an incident: why, how much of
// it, where, and since when. It says no age, which would be another with each
// build.
func said(e *catalog.Entity, in *kubernetes.Incident) string {
	var parts []string
	if in.Workload.Name != "" && in.Workload.Name != e.Ref.Name {
		parts = append(parts, in.Workload.Name)
	}
	why := in.Lead.Text
	if cause := rootCause(*in); cause.Rule != in.Lead.Rule && cause.Title != "" {
		why = sentence(cause.Title)
	}
	if why = strings.TrimRight(clip(strings.Join(strings.Fields(why), " "), 160), "."); why != "" {
		parts = append(parts, why)
	}
	if in.Pods.Affected > 0 {
		parts = append(parts, fmt.Sprintf("%s of %s", Num(in.Pods.Affected), Count(in.Pods.Total, "pod")))
	}
	if len(in.Clusters) > 0 {
		parts = append(parts, listSome(in.Clusters, 5))
	}
	if in.Since != nil {
		parts = append(parts, "since "+in.Since.UTC().Format("2 Jan, 15:04")+" UTC")
	}
	return strings.Join(parts, " · ")
}

// couldRun tells whether a reader may ask where e runs: no library does.
func (m *maker) couldRun(e *catalog.Entity) bool {
	if m.p.Fleet == nil || len(m.names.Clusters) == 0 {
		return false
	}
	icon := KindIcon(e)
	return annotated(e) || strings.EqualFold(e.Ref.Kind, "component") && icon != "library" && icon != "doc"
}

// runsNowhere says why nothing is shown of a component in the clusters.
func (m *maker) runsNowhere(e *catalog.Entity) *Empty {
	read := 0
	for _, c := range m.p.Fleet.Clusters {
		if c.Freshness.State == sources.Fresh {
			read++
		}
	}
	were := "were"
	if read == 1 {
		were = "was"
	}
	if annotated(e) {
		return &Empty{
			Icon: "cluster", Title: "Nothing in the clusters matches its annotation",
			Text:  fmt.Sprintf("%s %s read and none has a workload that the annotation names.", Count(read, "cluster"), were),
			Links: []Link{{Text: "What was looked for", URL: EntityURL(e.Ref) + "kubernetes/"}},
		}
	}
	return &Empty{
		Icon: "cluster", Title: "Nothing in the clusters carries this name",
		Text:    fmt.Sprintf("%s %s read and none has a workload with the label below. Label the workload, or set the annotation to the label you use.", Count(read, "cluster"), were),
		Command: "backstage.io/kubernetes-id: " + e.Ref.Name,
	}
}

// list returns the targets of one relation as a list, those of one kind only
// unless it is empty; "*" are the kinds that have no list of their own.
func (m *maker) list(e *catalog.Entity, relation, kind string) EntityList {
	var l EntityList
	for _, r := range e.Related(relation) {
		k := strings.ToLower(r.Kind)
		switch kind {
		case "", k:
		case "*":
			if slices.Contains([]string{"system", "domain", "component", "api", "resource"}, k) {
				continue
			}
		default:
			continue
		}
		if len(l.Rows) == maxRows {
			l.More++
			continue
		}
		l.Rows = append(l.Rows, m.row(r))
	}
	return l
}

func (m *maker) row(r catalog.Ref) EntityRow {
	row := EntityRow{Link: m.link(r)}
	if e := m.get(r); e != nil {
		first, _ := firstParagraph(e.Description)
		row.Text = clip(strings.Join(strings.Fields(first), " "), 120)
		row.Hoist = m.hoist(e)
	}
	return row
}

// known are the relations that are shown somewhere else on the page.
var known = map[string]bool{
	catalog.OwnedBy: true, catalog.OwnerOf: true, catalog.PartOf: true, catalog.HasPart: true,
	catalog.ProvidesAPI: true, catalog.APIProvidedBy: true, catalog.ConsumesAPI: true, catalog.APIConsumedBy: true,
	catalog.DependsOn: true, catalog.DependencyOf: true, catalog.ChildOf: true, catalog.ParentOf: true,
	catalog.HasMember: true, catalog.MemberOf: true,
}

func (m *maker) otherRelations(e *catalog.Entity) EntityList {
	l := EntityList{ID: "other", Title: "Other relations"}
	for _, r := range e.Relations {
		if known[r.Type] {
			continue
		}
		if len(l.Rows) == maxRows {
			l.More++
			continue
		}
		l.Rows = append(l.Rows, EntityRow{Link: m.link(r.Target), Text: r.Type})
	}
	return l
}

// body fills in what only one kind has.
func (m *maker) body(e *catalog.Entity, kind string, v *EntityView) {
	if e.Object == nil {
		return
	}
	spec := e.Object.Get("spec")
	switch kind {
	case "component", "resource", "system", "domain", "group", "user":
	case "location":
		if t := spec.Get("target").Str(); t != "" {
			v.Targets = append(v.Targets, Link{Text: t, URL: safeURL(t)})
		}
		if list := spec.Get("targets"); list != nil {
			for _, n := range list.Items {
				if t := n.Str(); t != "" {
					v.Targets = append(v.Targets, Link{Text: t, URL: safeURL(t)})
				}
			}
		}
	case "template":
		if steps := spec.Get("steps"); steps != nil {
			for _, n := range steps.Items {
				v.Steps = append(v.Steps, Step{Name: cmp.Or(n.Get("name").Str(), n.Get("id").Str()), Action: n.Get("action").Str()})
			}
		}
		v.Spec = m.spec(spec)
	default:
		v.Spec = m.spec(spec)
	}
}

// maxSpec bounds the spec that is shown on a page, in bytes; the entity's JSON
// file has all of it.
const maxSpec = 64 << 10

// spec shows a spec as it will be found in the entity's JSON file.
func (m *maker) spec(n *yamldoc.Node) template.HTML {
	if n == nil || len(n.Fields) == 0 {
		return ""
	}
	raw, err := n.MarshalJSON()
	if err != nil {
		return ""
	}
	var out bytes.Buffer
	if err := json.Indent(&out, raw, "", "  "); err != nil || out.Len() > maxSpec {
		return ""
	}
	return m.code(out.String(), "json")
}

// about returns what the margin says of every entity.
func (m *maker) about(e *catalog.Entity) []AboutRow {
	var rows []AboutRow
	links := func(name, relation string) {
		if l := m.links(e, relation); len(l) > 0 && len(l) <= 8 {
			rows = append(rows, AboutRow{Name: name, Links: l})
		}
	}
	if e.Title != "" && e.Title != e.Ref.Name || e.Profile.DisplayName != "" {
		rows = append(rows, AboutRow{Name: "Name", Text: e.Ref.Name, Mono: true})
	}
	links("Owner", catalog.OwnedBy)
	links("Parent", catalog.ChildOf)
	if e.Profile.Email != "" {
		rows = append(rows, AboutRow{Name: "Mail", Text: e.Profile.Email, URL: safeURL("mailto:" + e.Profile.Email)})
	}
	rows = append(rows, AboutRow{Name: "Kind", Text: kindAndType(e)})
	if r := e.Origin.Repo; r != nil {
		rows = append(rows, AboutRow{Name: "Repository", Text: r.Name, URL: safeURL(r.URL)})
		file := AboutRow{Name: "Catalog file", Text: e.Origin.Path, URL: sourceURL(e)}
		if e.Origin.Pos.Line > 0 {
			file.Text += fmt.Sprintf(":%d", e.Origin.Pos.Line)
		}
		rows = append(rows, file)
		if t := m.changed(r, e.Origin.Path); !t.Time.IsZero() {
			text := t.Time.UTC().Format("2 Jan 2006")
			if t.Author != "" {
				text += " by " + t.Author
			}
			rows = append(rows, AboutRow{Name: "Changed", Text: text})
		}
	}
	rows = append(rows, AboutRow{Name: "Namespace", Text: e.Ref.Namespace, Mono: true})
	return rows
}

// kindAndType writes "Component, service".
func kindAndType(e *catalog.Entity) string {
	if e.Type == "" {
		return e.Ref.Kind
	}
	return e.Ref.Kind + ", " + e.Type
}

// changed returns the last change of a file, or a zero one.
func (m *maker) changed(r *sources.Repo, file string) sources.Change {
	if r == nil || r.History == nil || file == "" {
		return sources.Change{}
	}
	c, ok := r.History.LastChange(file)
	if !ok {
		return sources.Change{}
	}
	return c
}

// docsBox returns the beginning of the docs: the first pages of the navigation.
func (m *maker) docsBox(e *catalog.Entity, d *Docs) *DocsBox {
	b := &DocsBox{URL: m.docsStart(e, d), Count: len(d.Tree.Pages), Log: decisionBox(d)}
	for _, p := range d.Tree.Pages {
		if len(b.Pages) == 4 {
			break
		}
		row := DocsBoxPage{Title: docTitle(d, p), URL: DocsURL(d.Tree.Entity, p.URL), Lead: p.Description}
		if doc := d.Rendered[p]; doc != nil && row.Lead == "" {
			row.Lead = doc.Lead
		}
		row.Lead = clip(strings.Join(strings.Fields(row.Lead), " "), 80)
		b.Pages = append(b.Pages, row)
	}
	return b
}

// apiRows returns the APIs that e provides and consumes.
func (m *maker) apiRows(e *catalog.Entity) ([]APIRow, string) {
	var rows []APIRow
	count := map[string]int{}
	for _, r := range e.Relations {
		role := ""
		switch r.Type {
		case catalog.ProvidesAPI:
			role = "provides"
		case catalog.ConsumesAPI:
			role = "consumes"
		default:
			continue
		}
		count[role]++
		row := APIRow{Link: m.link(r.Target), Role: role}
		if api := m.get(r.Target); api != nil {
			row.Format, row.Operations = m.format(api)
			row.Consumers = len(api.Related(catalog.APIConsumedBy))
			row.Lifecycle = api.Lifecycle
			row.Old = strings.EqualFold(api.Lifecycle, "deprecated")
		}
		rows = append(rows, row)
	}
	slices.SortStableFunc(rows, func(a, b APIRow) int {
		return cmp.Or(-strings.Compare(a.Role, b.Role), strings.Compare(strings.ToLower(a.Link.Text), strings.ToLower(b.Link.Text)))
	})
	if len(rows) == 0 {
		return nil, ""
	}
	return rows, fmt.Sprintf("%d provided, %d consumed", count["provides"], count["consumes"])
}

func baseName(p string) string {
	if p == "" {
		return "catalog-info.yaml"
	}
	return p[strings.LastIndexByte(p, '/')+1:]
}
