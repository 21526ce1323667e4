package site

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/portolan-dev/portolan/sources/catalog"
)

// catalogRows is how many entities a page of the catalog has.
const catalogRows = 50

// CatalogView is one static page of a list of entities.
type CatalogView struct {
	Title  string // "Catalog", "Services"
	Lede   string
	Total  int // entities in the catalog
	Match  int // in this list
	Noun   string
	Facets []Facet
	Chips  []Chip
	Rows   []CatalogRow
	Pager  *Pager
	Fleet  *FleetNames
	Health bool // any entity runs somewhere
	Empty  *Empty

	Facet   string // of the list, for the script; or ""
	Values  string // separated by commas
	Data    string // address of the data for the script
	Changes bool
}

// A Facet is one way to narrow the catalog.
type Facet struct {
	Name  string
	Title string
	Open  bool
	Find  bool // many values: the script offers a field to find one
	Items []FacetItem
}

// A FacetItem is one value of a facet.
type FacetItem struct {
	Text   string
	URL    string // page that shows them without script
	Count  int
	Status Status // of the facet health
}

// A Chip says which facet a list is narrowed by.
type Chip struct{ Text, URL string }

// A CatalogRow is one entity in a list.
type CatalogRow struct {
	Link, Owner, System Link
	Sub                 string // owner and system, where their columns have no room
	Kind                string
	Lifecycle           string
	Old                 bool
	Hoist               Hoist
	Changed             time.Time
}

// an item is one entity with everything that lists and facets need of it.
type item struct {
	row    CatalogRow
	e      *catalog.Entity
	word   string // kind word
	health Status
	owner  *catalog.Entity
	system *catalog.Entity
}

// items returns all entities in the order of lists: by name, then kind.
func (m *maker) items() []item {
	var out []item
	for _, e := range m.entities() {
		it := item{e: e, word: KindWord(e), health: Off}
		it.row = CatalogRow{Link: linkTo(e), Owner: m.owner(e), System: m.system(e), Kind: kindName(it.word), Lifecycle: e.Lifecycle, Hoist: m.hoist(e)}
		it.row.Old = strings.EqualFold(e.Lifecycle, "deprecated")
		it.row.Owner.Icon, it.row.System.Icon = "", ""
		var sub []string
		for _, l := range []Link{it.row.Owner, it.row.System} {
			if l.Text != "" {
				sub = append(sub, l.Text)
			}
		}
		it.row.Sub = strings.Join(sub, " · ")
		if s := m.service(e); runs(s) {
			it.health = StatusOf(s.Health)
		}
		it.owner, it.system = m.target(e, catalog.OwnedBy, ""), m.target(e, catalog.PartOf, "system")
		if c := m.changed(e.Origin.Repo, e.Origin.Path); !c.Time.IsZero() {
			it.row.Changed = c.Time.UTC()
		}
		out = append(out, it)
	}
	slices.SortStableFunc(out, func(a, b item) int {
		return cmp.Or(
			strings.Compare(strings.ToLower(a.row.Link.Text), strings.ToLower(b.row.Link.Text)),
			strings.Compare(a.word, b.word), strings.Compare(a.e.Ref.String(), b.e.Ref.String()))
	})
	return out
}

// target returns the first target of a relation that is in the catalog, or nil.
func (m *maker) target(e *catalog.Entity, relation, kind string) *catalog.Entity {
	for _, r := range e.Related(relation) {
		if kind == "" || strings.EqualFold(r.Kind, kind) {
			if t := m.get(r); t != nil {
				return t
			}
		}
	}
	return nil
}

// HealthWord is a status as the catalog's filter writes it.
func HealthWord(s Status) string { return strings.ToLower(s.Word()) }

// catalogData is where the script of the catalog finds every entity.
const catalogData = "catalog/entities.json"

// catalogPages returns the list of all entities and the lists of those that
// share a kind, health, lifecycle or tag.
func catalogPages(p *Portal) []Page {
	m := newMaker(p)
	items := m.items()
	facets := m.facets(items)
	changes, health := false, false
	for i := range items {
		changes = changes || !items[i].row.Changed.IsZero()
		health = health || !items[i].row.Hoist.Empty()
	}
	var pages []Page
	list := func(base, title, noun, facet, values string, chips []Chip, match []item) {
		for i, part := range chunks(match, catalogRows) {
			v := &CatalogView{
				Title: title, Noun: noun, Total: len(items), Match: len(match), Facets: facets, Chips: chips,
				Pager: pager(base, i+1, len(match), catalogRows), Fleet: m.names, Health: health,
				Facet: facet, Values: values, Data: catalogData, Changes: changes,
			}
			for _, it := range part {
				v.Rows = append(v.Rows, it.row)
			}
			if len(match) == 0 {
				v.Empty = emptyCatalog()
			}
			pages = append(pages, Page{
				URL: partURL(base, i+1), Layout: "catalog", Title: partTitle(title, i+1),
				Description: fmt.Sprintf("%s of %s.", Count(len(match), noun), Count(len(items), "entity")),
				Section:     "catalog", Style: "catalog", Script: "catalog", View: v,
			})
		}
	}
	list("catalog/", "Catalog", "entity", "", "", nil, items)

	type group struct {
		title, noun string
		values      []string
		items       []item
	}
	groups := map[string]*group{}
	add := func(facet, value, title, noun string, it item) {
		if value == "" {
			return
		}
		url := FacetURL(facet, value)
		g := groups[url]
		if g == nil {
			g = &group{title: title, noun: noun}
			groups[url] = g
		}
		if len(g.items) > 0 && g.items[len(g.items)-1].e == it.e {
			return // a component of a type that is called like a kind
		}
		g.items = append(g.items, it)
		v := value
		if facet == "kind" {
			v = it.word
		}
		if !slices.Contains(g.values, v) {
			g.values = append(g.values, v)
		}
	}
	for _, it := range items {
		kind := strings.ToLower(it.e.Ref.Kind)
		add("kind", it.word, capital(Plural(2, kindName(it.word))), kindName(it.word), it)
		add("kind", kind, capital(Plural(2, kindName(kind))), kindName(kind), it)
		if it.health != Off {
			w := HealthWord(it.health)
			add("health", w, capital(w), w+" entity", it)
		}
		add("lifecycle", it.e.Lifecycle, "Lifecycle "+it.e.Lifecycle, "entity", it)
		for _, t := range it.e.Tags {
			add("tag", t, "Tag "+t, "entity", it)
		}
	}
	for _, url := range sortedKeys(groups) {
		g := groups[url]
		facet := strings.Split(url, "/")[1]
		slices.Sort(g.values)
		chip := Chip{Text: facet + ": " + strings.Join(g.values, ", "), URL: "catalog/"}
		list(url, g.title, g.noun, facet, strings.Join(g.values, ","), []Chip{chip}, g.items)
	}
	return pages
}

func emptyCatalog() *Empty {
	return &Empty{
		Icon: "search", Title: "The catalog is empty", Text: "No entity was read. A catalog-info.yaml in one of the sources becomes a page here with the next build.",
		Links: []Link{{Text: "Build report", URL: "build/"}},
	}
}

// kindName writes a kind as people do within a sentence.
func kindName(word string) string {
	if word == "api" {
		return "API"
	}
	return strings.ReplaceAll(word, "-", " ")
}

func capital(s string) string {
	r := []rune(s)
	if len(r) == 0 {
		return s
	}
	return strings.ToUpper(string(r[:1])) + string(r[1:])
}

// The values of a facet that are listed without script, where there are many.
const (
	facetTop  = 8
	facetMore = 14
)

func (m *maker) facets(items []item) []Facet {
	type value struct {
		FacetItem
	}
	tally := func(list map[string]*value, text, url string, s Status) {
		if text == "" {
			return
		}
		v := list[text]
		if v == nil {
			v = &value{FacetItem{Text: text, URL: url, Status: s}}
			list[text] = v
		}
		v.Count++
	}
	kinds, healths, lifecycles := map[string]*value{}, map[string]*value{}, map[string]*value{}
	owners, systems, tags, clusters := map[string]*value{}, map[string]*value{}, map[string]*value{}, map[string]*value{}
	for _, it := range items {
		tally(kinds, it.word, FacetURL("kind", it.word), "")
		if it.health != Off {
			w := HealthWord(it.health)
			tally(healths, w, FacetURL("health", w), it.health)
		}
		tally(lifecycles, it.e.Lifecycle, FacetURL("lifecycle", it.e.Lifecycle), "")
		if it.owner != nil {
			tally(owners, nameOf(it.owner), EntityURL(it.owner.Ref), "")
		}
		if it.system != nil {
			tally(systems, nameOf(it.system), EntityURL(it.system.Ref), "")
		}
		for _, t := range it.e.Tags {
			tally(tags, t, FacetURL("tag", t), "")
		}
		for i := range len(it.row.Hoist.States) {
			if it.row.Hoist.States[i] != '-' && i < len(m.names.Clusters) {
				tally(clusters, m.names.Clusters[i], ClusterURL(m.names.Clusters[i]), "")
			}
		}
	}
	byCount := func(list map[string]*value) []FacetItem {
		var out []FacetItem
		for _, k := range sortedKeys(list) {
			out = append(out, list[k].FacetItem)
		}
		slices.SortStableFunc(out, func(a, b FacetItem) int { return cmp.Compare(b.Count, a.Count) })
		return out
	}
	var facets []Facet
	add := func(name, title string, open bool, list []FacetItem, most int) {
		if len(list) == 0 {
			return
		}
		f := Facet{Name: name, Title: title, Open: open, Find: len(list) > most}
		f.Items = list[:min(len(list), most)]
		facets = append(facets, f)
	}
	add("kind", "Kind", true, byCount(kinds), facetMore)
	rank := map[Status]int{Bad: 0, Warn: 1, Unk: 2, Run: 3, OK: 4, Off: 5}
	h := byCount(healths)
	slices.SortStableFunc(h, func(a, b FacetItem) int { return cmp.Compare(rank[a.Status], rank[b.Status]) })
	add("health", "Health", true, h, facetMore)
	add("lifecycle", "Lifecycle", true, byCount(lifecycles), facetTop)
	add("owner", "Owner", true, byCount(owners), facetTop)
	add("system", "System", true, byCount(systems), facetTop)
	add("tag", "Tag", true, byCount(tags), facetTop)
	var c []FacetItem
	for _, name := range m.names.Clusters {
		if v := clusters[name]; v != nil {
			c = append(c, v.FacetItem)
		}
	}
	add("cluster", "Cluster", false, c, 64)
	return facets
}

// catalogIndex is the data of the catalog's script: one column for each
// property, with the values in dictionaries.
type catalogIndex struct {
	Version    int         `json:"v"`
	Clusters   [][2]string `json:"clusters"` // name, region
	Namespaces []string    `json:"ns"`
	Kinds      [][3]string `json:"kind"`  // kind, word, icon
	Owners     [][2]string `json:"owner"` // text, address
	Systems    [][2]string `json:"system"`
	Lifecycles []string    `json:"lc"`
	Tags       []string    `json:"tag"`
	Hoists     []string    `json:"h"`

	Name   []string          `json:"n"`
	Titles map[string]string `json:"t,omitempty"` // by row, where the title is not the name
	Rows   struct {
		Namespace []int   `json:"ns"`
		Kind      []int   `json:"kind"`
		Owner     []int   `json:"owner"` // -1: none
		System    []int   `json:"system"`
		Lifecycle []int   `json:"lc"`
		Tags      [][]int `json:"tag"`
		Hoist     []int   `json:"h"`
		Health    string  `json:"health"` // one letter for each row
		Days      []int   `json:"days"`   // since 1970, of the last change; 0: unknown
	} `json:"rows"`
}

// dictionary numbers values in the order of their first use.
type dictionary[T comparable] struct {
	values []T
	at     map[T]int
}

func (d *dictionary[T]) index(v T) int {
	if d.at == nil {
		d.at = map[T]int{}
	}
	i, ok := d.at[v]
	if !ok {
		i = len(d.values)
		d.at[v] = i
		d.values = append(d.values, v)
	}
	return i
}

// catalogFile returns the data of the catalog's script.
func catalogFile(p *Portal) (File, error) {
	m := newMaker(p)
	x := catalogIndex{Version: 1, Clusters: [][2]string{}, Titles: map[string]string{}, Name: []string{}}
	for i, c := range m.names.Clusters {
		x.Clusters = append(x.Clusters, [2]string{c, m.names.Regions[i]})
	}
	var namespaces, lifecycles, tags, hoists dictionary[string]
	var kinds dictionary[[3]string]
	var owners, systems dictionary[[2]string]
	link := func(d *dictionary[[2]string], l Link) int {
		if l.Text == "" {
			return -1
		}
		return d.index([2]string{clean(l.Text), l.URL})
	}
	r := &x.Rows
	var health strings.Builder
	for i, it := range m.items() {
		x.Name = append(x.Name, it.e.Ref.Name)
		if t := it.row.Link.Text; t != it.e.Ref.Name {
			x.Titles[fmt.Sprint(i)] = clean(t)
		}
		r.Namespace = append(r.Namespace, namespaces.index(it.e.Ref.Namespace))
		r.Kind = append(r.Kind, kinds.index([3]string{strings.ToLower(it.e.Ref.Kind), clean(it.word), it.row.Link.Icon}))
		r.Owner = append(r.Owner, link(&owners, it.row.Owner))
		r.System = append(r.System, link(&systems, it.row.System))
		if it.e.Lifecycle == "" {
			r.Lifecycle = append(r.Lifecycle, -1)
		} else {
			r.Lifecycle = append(r.Lifecycle, lifecycles.index(clean(it.e.Lifecycle)))
		}
		set := []int{}
		for _, t := range it.e.Tags {
			set = append(set, tags.index(clean(t)))
		}
		r.Tags = append(r.Tags, set)
		r.Hoist = append(r.Hoist, hoists.index(it.row.Hoist.States))
		health.WriteByte(StateLetter(it.health))
		days := 0
		if t := it.row.Changed; !t.IsZero() {
			days = int(t.Unix() / (24 * 60 * 60))
		}
		r.Days = append(r.Days, days)
	}
	r.Health = health.String()
	x.Namespaces, x.Kinds, x.Owners, x.Systems = namespaces.values, kinds.values, owners.values, systems.values
	x.Lifecycles, x.Tags, x.Hoists = lifecycles.values, tags.values, hoists.values
	data, err := json.Marshal(x)
	if err != nil {
		return File{}, fmt.Errorf("%s: %w", catalogData, err)
	}
	return File{Path: catalogData, Data: append(data, '\n')}, nil
}
