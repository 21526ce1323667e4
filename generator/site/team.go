package site

import (
	"cmp"
	"fmt"
	"html/template"
	"slices"
	"strings"
	"time"

	"github.com/portolan-dev/portolan/sources/catalog"
	"github.com/portolan-dev/portolan/sources/diag"
	"github.com/portolan-dev/portolan/sources/kubernetes"
)

// TeamView is the page of a group: what of theirs needs attention, what they
// own, and who they are.
type TeamView struct {
	Head      EntityHead
	Figures   []Figure
	Attention Attention
	Services  []ServiceRow
	Others    []OwnedList // what else they own: websites, libraries, APIs, ...
	Docs      []Link
	MoreDocs  int
	People    []Person
	MoreNames int
	Children  []Link
	Parent    Link
	Neighbors []TeamNeighbor
	Unclaimed []NamespaceCount // workloads in namespaces where only they run
	Files     Link             // what the build found in their files; or empty
	Empty     *Empty           // they own nothing
	Fleet     *FleetNames
	Rest      EntityRest
}

// EntityRest is what the page of every entity says beside its own matter.
type EntityRest struct {
	Notes []Note
	More  template.HTML // of the description, behind its first paragraph
	Lists []EntityList  // relations that stand nowhere else on the page
	About []AboutRow
	Docs  *DocsBox
	Links []ExternalLink
	JSON  string // address of the entity for machines
}

// rest returns what the page of e says beside its own matter.
func (m *maker) rest(e *catalog.Entity) EntityRest {
	r := EntityRest{Notes: m.notes(e), About: m.about(e), Links: outLinks(e)}
	if _, more := ledeOf(e.Description); more != "" {
		r.More = m.text(clip(more, maxMore))
	}
	if l := m.list(e, catalog.HasPart, "*"); len(l.Rows) > 0 {
		l.ID, l.Title = "parts", "Other parts"
		r.Lists = append(r.Lists, l)
	}
	if l := m.otherRelations(e); len(l.Rows) > 0 {
		r.Lists = append(r.Lists, l)
	}
	if d := m.docs(e); d != nil {
		r.Docs = m.docsBox(e, d)
	}
	r.JSON = "api/catalog/entities/by-name/" + strings.ToLower(e.Ref.Kind+"/"+e.Ref.Namespace+"/"+e.Ref.Name)
	return r
}

// Attention is the services that are not well.
type Attention struct {
	Rows []TeamAttention
	More int
	All  string // URL of the whole list
	Calm string // instead of Rows, when there is nothing
}

// A NamespaceCount counts workloads in one namespace.
type NamespaceCount struct {
	Namespace Link
	Workloads int
}

// A TeamAttention is a service that is not well, with its worst problem.
type TeamAttention struct {
	Status  Status
	Service Link
	Text    string
	Hoist   Hoist
	Since   time.Time
}

// A ServiceRow is a component in a table of components.
type ServiceRow struct {
	Component Link
	Kind      string
	System    Link
	Owner     Link
	Lede      string
	Status    Status
	Hoist     Hoist
	Ready     string
	Headroom  string
	Tight     Status // of Headroom; empty: has room
	Restarts  string
	Days      *Spark // restarts on each of the last days; nil if too little is known
	Lifecycle string
}

// An OwnedList is a list of entities of one kind.
type OwnedList struct {
	Title string
	Items []OwnedItem
	Count int
	More  int
	All   string // URL of the whole list
}

// An OwnedItem is one entity with a few words.
type OwnedItem struct {
	Link
	Note   string
	Status Status // empty: nothing known to run
}

// A Person is a member of a group.
type Person struct {
	Link
	Initials string
	Note     string
}

// A TeamNeighbor is another group whose entities are joined to theirs.
type TeamNeighbor struct {
	Team      Link
	Through   string // systems, in words
	Relations int
}

// TeamsView is the list of all groups.
type TeamsView struct {
	Lede  string
	Rows  []TeamRow
	Empty *Empty
	Pager *OpsPager
	Runs  bool // clusters are configured
}

// A TeamRow is one group in the list.
type TeamRow struct {
	Team     Link
	Name     string // its name, if it is called otherwise
	Parent   Link
	Kind     string
	People   int
	Services int
	APIs     int
	Owned    int
	Tally    Tally
	Status   Status
	State    string
}

const (
	maxListed   = 12
	maxServices = 200
	maxPeople   = 24

	maxAttention = 15
)

// isService tells whether a component is something that runs and answers.
func isService(e *catalog.Entity) bool {
	if !strings.EqualFold(e.Ref.Kind, "component") {
		return false
	}
	switch kindIcon(e.Ref.Kind, e.Type) {
	case "library", "doc", "pipeline":
		return false
	}
	return true
}

// teamPages returns the list of groups and one page for each.
func teamPages(p *Portal) []Page {
	o := opsOf(p)
	heads := newHeads(p)
	owned := o.ownedBy()
	var pages []Page
	var groups []*catalog.Entity
	if p.Catalog != nil {
		groups = p.Catalog.OfKind("group")
	}
	found := map[string][]diag.Diagnostic{}
	for _, d := range p.Diagnostics {
		if d.Entity != "" {
			if owner := o.owner(d.Entity); owner != "" {
				found[owner] = append(found[owner], d)
			}
		}
	}
	follow := o.feedOwners()
	var rows []TeamRow
	for _, e := range groups {
		rows = append(rows, o.teamRow(e, owned[e.Ref.String()]))
		pages = append(pages, attempt(pageFor(e, EntityURL(e.Ref)), func() Page {
			v := o.teamView(e, owned[e.Ref.String()])
			if list := found[e.Ref.String()]; len(list) > 0 {
				v.Files = Link{Text: severityWords(list), URL: ownerPage(e.Ref)}
			}
			v.Head, v.Rest = heads.of(e, "overview"), heads.rest(e)
			feed := ""
			if len(o.clusters) > 0 && follow[e.Ref.String()] {
				feed = EntityURL(e.Ref)
			}
			return Page{
				URL: EntityURL(e.Ref), Layout: "team", Title: e.DisplayName(), Description: o.summary(e), Feed: feed,
				Section: v.Head.Section, Crumbs: v.Head.Crumbs, Style: "catalog ops", Entity: e.Ref.String(), View: v,
			}
		}))
	}
	return append(pages, o.teamsPages(rows)...)
}

// summary returns the first sentence of an entity for search results.
func (o *ops) summary(e *catalog.Entity) string {
	if e.Description != "" {
		return shortenEnd(strings.Join(strings.Fields(e.Description), " "), 200)
	}
	return fmt.Sprintf("The %s %s.", KindWord(e), e.DisplayName())
}

// ownedBy returns the entities of each owner, by canonical ref.
func (o *ops) ownedBy() map[string][]*catalog.Entity {
	owned := map[string][]*catalog.Entity{}
	if o.p.Catalog == nil {
		return owned
	}
	for _, e := range o.p.Catalog.Entities {
		for _, r := range e.Related(catalog.OwnedBy) {
			owned[r.String()] = append(owned[r.String()], e)
		}
	}
	return owned
}

func refsOf(list []*catalog.Entity) []string {
	out := make([]string, len(list))
	for i, e := range list {
		out[i] = e.Ref.String()
	}
	return out
}

func (o *ops) teamRow(e *catalog.Entity, owned []*catalog.Entity) TeamRow {
	r := TeamRow{Team: linkTo(e), Kind: e.Type, People: len(e.Related(catalog.HasMember)), Owned: len(owned), Tally: o.tally(refsOf(owned))}
	if r.Team.Text != e.Ref.Name {
		r.Name = e.Ref.Name
	}
	if parent := o.related(e, catalog.ChildOf); parent != "" {
		r.Parent = o.link(parent)
	}
	for _, x := range owned {
		switch {
		case isService(x):
			r.Services++
		case strings.EqualFold(x.Ref.Kind, "api"):
			r.APIs++
		}
	}
	if r.Tally.Total() > 0 {
		r.Status, r.State = r.Tally.Status(), r.Tally.Words()
	}
	return r
}

func (o *ops) teamsPages(rows []TeamRow) []Page {
	slices.SortStableFunc(rows, func(a, b TeamRow) int {
		return cmp.Or(cmp.Compare(strings.ToLower(a.Team.Text), strings.ToLower(b.Team.Text)), cmp.Compare(a.Team.URL, b.Team.URL))
	})
	chunks := parts(rows, 250)
	broken := 0
	for _, r := range rows {
		if r.Tally.Broken > 0 {
			broken++
		}
	}
	lede := Count(len(rows), "team")
	if broken > 0 {
		lede += fmt.Sprintf(", %s with something broken", Num(broken))
	} else if reached, _ := o.reach(); reached > 0 {
		lede += ", none with anything broken"
	}
	lede += "."
	var pages []Page
	for i, part := range chunks {
		v := &TeamsView{Lede: lede, Rows: part, Pager: pagerOf("teams/", i+1, len(chunks)), Runs: len(o.clusters) > 0}
		if len(rows) == 0 {
			v.Lede = "No group is in the catalog."
			v.Empty = &Empty{Icon: "team", Title: "No teams yet", Text: "Teams are entities of the kind Group. Describe them in a catalog-info.yaml; the owner of every entity then leads to its team.", Command: "kind: Group"}
		}
		pages = append(pages, Page{URL: pageURL("teams/", i+1), Layout: "teams", Title: "Teams", Description: v.Lede, Section: "teams", Style: "ops", View: v, Live: true, NoIndex: i > 0})
	}
	return pages
}

// teamView returns the page of a group.
func (o *ops) teamView(e *catalog.Entity, owned []*catalog.Entity) *TeamView {
	v := &TeamView{Fleet: o.names}
	t := o.tally(refsOf(owned))
	var services []*catalog.Entity
	others := map[string][]*catalog.Entity{}
	for _, x := range owned {
		switch kind := strings.ToLower(x.Ref.Kind); {
		case isService(x):
			services = append(services, x)
		case kind == "component":
			others[KindIcon(x)] = append(others[KindIcon(x)], x)
		default:
			others[kind] = append(others[kind], x)
		}
	}
	v.Figures = []Figure{
		figure(t.Broken, "broken", Bad), figure(t.Degraded, "degraded", Warn),
		{Value: Num(len(services)), Label: Plural(len(services), "service")},
		{Value: Num(len(others["pipeline"])), Label: Plural(len(others["pipeline"]), "pipeline")},
		{Value: Num(len(others["api"])), Label: Plural(len(others["api"]), "API")},
	}
	if rate := o.deployRate(refsOf(owned)); rate != "" {
		v.Figures = append(v.Figures, Figure{Value: rate, Label: "deploys in a week"})
	}
	if len(o.clusters) == 0 {
		v.Figures = v.Figures[2:]
	}
	v.Attention = o.attentionOf(owned, "Nothing of theirs")
	if len(v.Attention.Rows) > 0 {
		v.Attention.All = "broken/team/#" + groupID("team", e.Ref.String())
	}
	v.Unclaimed = o.unclaimedOf(e.Ref.String())
	for _, x := range services {
		if len(v.Services) == maxServices {
			break
		}
		v.Services = append(v.Services, o.serviceRow(x))
	}
	sortServices(v.Services)
	for _, k := range []struct{ key, title string }{
		{"pipeline", "Pipelines"}, {"api", "APIs"}, {"library", "Libraries"}, {"resource", "Resources"}, {"system", "Systems"}, {"domain", "Domains"}, {"doc", "Documentation"},
	} {
		if l, ok := o.ownedList(k.title, others[k.key]); ok {
			v.Others = append(v.Others, l)
		}
		delete(others, k.key)
	}
	for _, key := range slices.Sorted(mapKeys(others)) {
		if l, ok := o.ownedList(strings.ToUpper(key[:1])+key[1:], others[key]); ok {
			v.Others = append(v.Others, l)
		}
	}
	for _, x := range owned {
		d := o.p.Docs[x.Ref.String()]
		if d == nil || d.Tree == nil {
			continue
		}
		if len(v.Docs) == maxListed {
			v.MoreDocs++
			continue
		}
		title := d.Tree.Title
		if title == "" {
			title = x.DisplayName()
		}
		v.Docs = append(v.Docs, Link{Text: title, URL: DocsURL(d.Tree.Entity, ""), Icon: "doc"})
	}
	for _, r := range e.Related(catalog.HasMember) {
		ref := r.String()
		if len(v.People) == maxPeople {
			v.MoreNames++
			continue
		}
		person := Person{Link: o.link(ref)}
		person.Initials = initials(person.Text)
		v.People = append(v.People, person)
	}
	for _, r := range e.Related(catalog.ParentOf) {
		v.Children = append(v.Children, o.link(r.String()))
	}
	if parent := o.related(e, catalog.ChildOf); parent != "" {
		v.Parent = o.link(parent)
	}
	v.Neighbors = o.neighborTeams(e.Ref.String(), owned)
	if len(owned) == 0 {
		v.Figures = nil
		v.Empty = &Empty{Icon: "team", Title: "They own nothing yet", Text: "No entity of the catalog names this group as its owner. The owner stands in spec.owner of a descriptor.", Command: "owner: " + yamlString(ownerName(e))}
	}
	return v
}

// ownerName returns how a descriptor names the group.
func ownerName(e *catalog.Entity) string {
	if strings.EqualFold(e.Ref.Namespace, "default") {
		return e.Ref.Name
	}
	return "group:" + e.Ref.Namespace + "/" + e.Ref.Name
}

// attentionOf returns those of the entities whose services are not well, worst
// first.
func (o *ops) attentionOf(list []*catalog.Entity, who string) Attention {
	var a Attention
	for _, x := range list {
		if s := o.services[x.Ref.String()]; runs(s) {
			if st := StatusOf(s.Health); st == Bad || st == Warn {
				a.Rows = append(a.Rows, o.attention(x, s))
			}
		}
	}
	slices.SortStableFunc(a.Rows, func(a, b TeamAttention) int { return cmp.Compare(statusRank(a.Status), statusRank(b.Status)) })
	a.Rows, a.More = cut(a.Rows, maxAttention)
	if t := o.tally(refsOf(list)); len(a.Rows) == 0 && t.Total() > 0 {
		a.Calm = fmt.Sprintf("%s is broken or degraded: %s, %s.", who, Count(t.Total(), "service"), t.Words())
	}
	return a
}

// unclaimedOf counts the workloads without an entity in the namespaces where
// only services of that owner run.
func (o *ops) unclaimedOf(owner string) []NamespaceCount {
	counts := map[string]int{}
	seen := map[kubernetes.ObjectRef]bool{}
	for _, w := range o.fleet().Unclaimed {
		if o.namespaces[w.Ref.Namespace] == owner && !seen[w.Ref] {
			seen[w.Ref] = true
			counts[w.Ref.Namespace]++
		}
	}
	var out []NamespaceCount
	for _, ns := range slices.Sorted(mapKeys(counts)) {
		out = append(out, NamespaceCount{Namespace: Link{Text: ns, URL: clusterListURL("unclaimed") + "#" + groupID("ns", ns)}, Workloads: counts[ns]})
	}
	return out
}

func (o *ops) attention(e *catalog.Entity, s *kubernetes.Service) TeamAttention {
	r := TeamAttention{Status: StatusOf(s.Health), Service: linkTo(e), Text: s.Line, Hoist: HoistOf(o.names, s)}
	r.Service.URL = KubernetesURL(e.Ref)
	for _, inc := range s.Incidents {
		if inc.LastKnown {
			continue
		}
		r.Text = o.incidentWords(inc)
		r.Since = moment(inc.Since)
		break
	}
	return r
}

// incidentWords says an incident in one line that does not change with time.
func (o *ops) incidentWords(inc kubernetes.Incident) string {
	words := cmp.Or(inc.Lead.Title, causeTitle(inc.Lead.Rule))
	if cause := rootCause(inc); cause.Rule != inc.Lead.Rule && cause.Title != "" {
		words += ": " + cause.Title
	}
	if w := o.titles(inc.Clusters); len(w) > 0 {
		words += ", in " + listSome(w, 4)
	}
	return words
}

// serviceRow returns a component with its state.
func (o *ops) serviceRow(e *catalog.Entity) ServiceRow {
	ref := e.Ref.String()
	r := ServiceRow{Component: linkTo(e), Kind: KindWord(e), System: o.systemLink(ref), Owner: o.ownerLink(ref), Lifecycle: e.Lifecycle, Status: Off}
	first, _ := firstParagraph(e.Description)
	r.Lede = shortenEnd(strings.Join(strings.Fields(first), " "), 140)
	s := o.services[ref]
	if !runs(s) {
		return r
	}
	r.Status, r.Hoist = StatusOf(s.Health), HoistOf(o.names, s)
	if s.Want > 0 || s.Ready > 0 {
		r.Ready = fmt.Sprintf("%s / %s", Num(s.Ready), Num(s.Want))
	}
	if s.Restarts > 0 {
		r.Restarts = Num(s.Restarts)
	}
	if days := o.past.RestartsPerDay(ref); len(days) > 2 {
		r.Days = &Spark{Label: fmt.Sprintf("restarts on each of %s, %s on the last", Count(len(days), "day"), Num(days[len(days)-1]))}
		for _, n := range days {
			r.Days.Values = append(r.Days.Values, float64(n))
		}
	}
	var fresh []kubernetes.Autoscaler
	for _, a := range s.Autoscalers {
		if !a.Stale {
			fresh = append(fresh, a)
		}
	}
	if len(fresh) > 0 {
		row, tightest := o.scalingRow(s, fresh)
		r.Headroom = headroomWords(tightest)
		if row.Status == Bad || row.Status == Warn {
			r.Tight = row.Status
		}
	}
	return r
}

// sortServices puts services worst first, then by name.
func sortServices(rows []ServiceRow) {
	slices.SortStableFunc(rows, func(a, b ServiceRow) int {
		worst := func(s Status) int {
			if s == Bad || s == Warn {
				return statusRank(s)
			}
			return 9
		}
		return cmp.Or(cmp.Compare(worst(a.Status), worst(b.Status)), cmp.Compare(strings.ToLower(a.Component.Text), strings.ToLower(b.Component.Text)), cmp.Compare(a.Component.URL, b.Component.URL))
	})
}

func (o *ops) ownedList(title string, list []*catalog.Entity) (OwnedList, bool) {
	l := OwnedList{Title: title, Count: len(list)}
	for _, e := range list {
		if len(l.Items) == maxListed {
			l.More = len(list) - maxListed
			break
		}
		item := OwnedItem{Link: linkTo(e)}
		switch strings.ToLower(e.Ref.Kind) {
		case "api":
			item.Note = Count(len(e.Related(catalog.APIConsumedBy)), "consumer")
		default:
			item.Note = e.Type
		}
		if s := o.services[e.Ref.String()]; runs(s) {
			item.Status = StatusOf(s.Health)
			item.Note = strings.ToLower(item.Status.Word())
		}
		l.Items = append(l.Items, item)
	}
	return l, len(list) > 0
}

// initials returns the letters of an avatar: the first of the first and of the
// last word.
func initials(name string) string {
	words := strings.FieldsFunc(name, func(r rune) bool { return r == ' ' || r == '.' || r == '-' || r == '_' })
	var out []rune
	for i, w := range words {
		if i == 0 || i == len(words)-1 {
			out = append(out, []rune(strings.ToUpper(w))[0])
		}
	}
	return string(out)
}

// neighborTeams returns the groups whose entities theirs use or are used by,
// those with most relations first.
func (o *ops) neighborTeams(team string, owned []*catalog.Entity) []TeamNeighbor {
	counts := map[string]int{}
	through := map[string][]string{}
	for _, e := range owned {
		for _, r := range e.Relations {
			switch r.Type {
			case catalog.DependsOn, catalog.DependencyOf, catalog.ConsumesAPI, catalog.APIConsumedBy:
			default:
				continue
			}
			other := o.owner(r.Target.String())
			if other == "" || other == team {
				continue
			}
			counts[other]++
			if s := o.systemLink(r.Target.String()); s.Text != "" && !slices.Contains(through[other], s.Text) {
				through[other] = append(through[other], s.Text)
			}
		}
	}
	var out []TeamNeighbor
	for ref, n := range counts {
		slices.Sort(through[ref])
		out = append(out, TeamNeighbor{Team: o.link(ref), Through: listSome(through[ref], 3), Relations: n})
	}
	slices.SortFunc(out, func(a, b TeamNeighbor) int {
		return cmp.Or(cmp.Compare(b.Relations, a.Relations), cmp.Compare(a.Team.Text, b.Team.Text), cmp.Compare(a.Team.URL, b.Team.URL))
	})
	if len(out) > 8 {
		out = out[:8]
	}
	return out
}
