package site

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/portolan-dev/portolan/sources/catalog"
)

// SystemView is the page of a system or a domain: the drawing of its parts, then
// the parts.
type SystemView struct {
	Head       EntityHead
	Domain     bool
	Figures    []Figure
	Attention  Attention
	Diagram    *Diagram
	Lines      []DiagramLine // instead of the drawing, where it would be too large
	TooLarge   int           // how many boxes it would have
	Components []ServiceRow
	MoreParts  int
	Systems    []SystemLine // of a domain
	Subdomains []Link
	Runs       bool // clusters are configured
	APIs       OwnedList
	Resources  OwnedList
	Users      []TeamNeighbor // systems that use it, or are used
	Empty      *Empty
	Fleet      *FleetNames
	Rest       EntityRest
}

// SystemsView is the list of all systems by domain.
type SystemsView struct {
	Lede   string
	Groups []SystemGroup
	Empty  *Empty
	Runs   bool
	Pager  *OpsPager
}

// A SystemGroup is the systems of one domain.
type SystemGroup struct {
	Domain Link
	Rows   []SystemLine
}

// A SystemLine is one system in a list.
type SystemLine struct {
	System     Link
	Owner      Link
	Lede       string
	Components int
	APIs       int
	Resources  int
	Tally      Tally
	Status     Status
	State      string
}

// partsOf returns the entities that are part of each system or domain.
func (o *ops) partsOf() map[string][]*catalog.Entity {
	out := map[string][]*catalog.Entity{}
	if o.p.Catalog == nil {
		return out
	}
	for _, e := range o.p.Catalog.Entities {
		for _, r := range e.Related(catalog.PartOf) {
			out[r.String()] = append(out[r.String()], e)
		}
	}
	return out
}

// systemPages returns the list of systems and one page for each system and domain.
func systemPages(p *Portal) []Page {
	o := opsOf(p)
	heads := newHeads(p)
	parts := o.partsOf()
	var pages []Page
	if p.Catalog != nil {
		for _, kind := range []string{"system", "domain"} {
			for _, e := range p.Catalog.OfKind(kind) {
				pages = append(pages, attempt(pageFor(e, EntityURL(e.Ref)), func() Page {
					v := o.systemView(e, parts)
					v.Head, v.Rest = heads.of(e, "overview"), heads.rest(e)
					return Page{
						URL: EntityURL(e.Ref), Layout: "system", Title: e.DisplayName(), Description: o.summary(e),
						Section: v.Head.Section, Crumbs: v.Head.Crumbs, Style: "catalog ops", Entity: e.Ref.String(), View: v,
					}
				}))
			}
		}
	}
	return append(pages, o.systemsPage(parts))
}

// running returns the refs of the entities and of everything that is part of
// them, down to the components of the systems of a domain.
func running(list []*catalog.Entity, parts map[string][]*catalog.Entity) []string {
	seen := map[string]bool{}
	var out []string
	var walk func([]*catalog.Entity)
	walk = func(list []*catalog.Entity) {
		for _, e := range list {
			ref := e.Ref.String()
			if seen[ref] {
				continue
			}
			seen[ref] = true
			out = append(out, ref)
			walk(parts[ref])
		}
	}
	walk(list)
	return out
}

func (o *ops) systemRow(e *catalog.Entity, parts map[string][]*catalog.Entity) SystemLine {
	ref := e.Ref.String()
	r := SystemLine{System: linkTo(e), Owner: o.ownerLink(ref)}
	first, _ := firstParagraph(e.Description)
	r.Lede = shortenEnd(strings.Join(strings.Fields(first), " "), 140)
	for _, x := range parts[ref] {
		switch strings.ToLower(x.Ref.Kind) {
		case "component":
			r.Components++
		case "api":
			r.APIs++
		case "resource":
			r.Resources++
		}
	}
	r.Tally = o.tally(running(parts[ref], parts))
	if r.Tally.Total() > 0 {
		r.Status, r.State = r.Tally.Status(), r.Tally.Words()
	}
	return r
}

func (o *ops) systemsPage(parts map[string][]*catalog.Entity) Page {
	v := &SystemsView{Runs: len(o.clusters) > 0}
	index := map[string]int{}
	systems, domains := 0, 0
	if o.p.Catalog != nil {
		for _, d := range o.p.Catalog.OfKind("domain") {
			domains++
			index[d.Ref.String()] = len(v.Groups)
			v.Groups = append(v.Groups, SystemGroup{Domain: linkTo(d)})
		}
		for _, e := range o.p.Catalog.OfKind("system") {
			systems++
			domain := o.related(e, catalog.PartOf, "domain")
			i, ok := index[domain]
			if !ok {
				i = len(v.Groups)
				index[domain] = i
				g := SystemGroup{Domain: Link{Text: "Without a domain"}}
				if domain != "" {
					g.Domain = o.link(domain)
				}
				v.Groups = append(v.Groups, g)
			}
			v.Groups[i].Rows = append(v.Groups[i].Rows, o.systemRow(e, parts))
		}
	}
	slices.SortStableFunc(v.Groups, func(a, b SystemGroup) int {
		return cmp.Or(compareBool(a.Domain.URL == "", b.Domain.URL == ""), cmp.Compare(strings.ToLower(a.Domain.Text), strings.ToLower(b.Domain.Text)), cmp.Compare(a.Domain.URL, b.Domain.URL))
	})
	for _, g := range v.Groups {
		slices.SortStableFunc(g.Rows, func(a, b SystemLine) int {
			return cmp.Or(cmp.Compare(strings.ToLower(a.System.Text), strings.ToLower(b.System.Text)), cmp.Compare(a.System.URL, b.System.URL))
		})
	}
	v.Lede = fmt.Sprintf("%s in %s.", Count(systems, "system"), Count(domains, "domain"))
	if systems+domains == 0 {
		v.Lede = "No system is in the catalog."
		v.Empty = &Empty{Icon: "system", Title: "No systems yet", Text: "A system groups components, APIs and resources that belong together. Describe it in a catalog-info.yaml and name it in spec.system of its parts.", Command: "kind: System"}
	}
	return Page{URL: "systems/", Layout: "systems", Title: "Systems", Description: v.Lede, Section: "systems", Style: "ops", View: v, Live: true}
}

// systemView returns the page of a system or domain.
func (o *ops) systemView(e *catalog.Entity, parts map[string][]*catalog.Entity) *SystemView {
	ref := e.Ref.String()
	v := &SystemView{Fleet: o.names, Runs: len(o.clusters) > 0, Domain: strings.EqualFold(e.Ref.Kind, "domain")}
	var components, list, apis, resources []*catalog.Entity
	for _, x := range parts[ref] {
		switch strings.ToLower(x.Ref.Kind) {
		case "component":
			components = append(components, x)
		case "api":
			apis = append(apis, x)
		case "resource":
			resources = append(resources, x)
		case "system":
			list = append(list, x)
		case "domain":
			v.Subdomains = append(v.Subdomains, linkTo(x))
		}
	}
	t := o.tally(running(parts[ref], parts))
	if t.Total() > 0 {
		v.Figures = []Figure{figure(t.Broken, "broken", Bad), figure(t.Degraded, "degraded", Warn), {Value: Num(t.Healthy), Label: "healthy"}}
		if t.Unknown > 0 {
			v.Figures = append(v.Figures, Figure{Value: Num(t.Unknown), Label: "unknown"})
		}
	}
	if len(v.Figures) > 0 && !v.Domain {
		v.Figures = append(v.Figures,
			Figure{Value: Num(len(components)), Label: Plural(len(components), "component")},
			Figure{Value: Num(len(apis)), Label: Plural(len(apis), "API")},
			Figure{Value: Num(len(resources)), Label: Plural(len(resources), "resource")})
	} else if len(v.Figures) > 0 {
		v.Figures = append(v.Figures, Figure{Value: Num(len(list)), Label: Plural(len(list), "system")})
	}
	for i, x := range components {
		if i == maxServices {
			v.MoreParts = len(components) - i
			break
		}
		v.Components = append(v.Components, o.serviceRow(x))
	}
	sortServices(v.Components)
	v.Attention = o.attentionOf(components, "Nothing of it")
	if len(v.Attention.Rows) > 0 {
		v.Attention.All = "broken/system/#" + groupID("system", ref)
	}
	for _, x := range list {
		v.Systems = append(v.Systems, o.systemRow(x, parts))
	}
	v.APIs, _ = o.ownedList("APIs", apis)
	v.Resources, _ = o.ownedList("Resources", resources)

	var nodes []graphNode
	var edges []graphEdge
	if v.Domain {
		nodes, edges = o.domainGraph(list, parts)
	} else {
		nodes, edges = o.systemGraph(ref, components, apis, resources)
	}
	word := "system "
	if v.Domain {
		word = "domain "
	}
	v.Diagram = drawGraph(word+e.DisplayName(), fmt.Sprintf("Parts of the %s%s and what they use", word, e.DisplayName()), nodes, edges)
	if v.Diagram == nil && len(edges) > 0 {
		for _, n := range nodes {
			if n.Side == 0 {
				v.TooLarge++
			}
		}
		v.Lines = linesOf(nodes, edges)
	}
	v.Users = o.neighborSystems(ref, slices.Concat(components, apis, resources))
	if len(parts[ref]) == 0 {
		field := "system: "
		if v.Domain {
			field = "domain: "
		}
		v.Empty = &Empty{Icon: strings.ToLower(e.Ref.Kind), Title: "It has no parts yet", Text: "No entity of the catalog says that it belongs here. That stands in spec of a descriptor.", Command: field + yamlString(ownerNameOf(e))}
	}
	return v
}

func ownerNameOf(e *catalog.Entity) string {
	if strings.EqualFold(e.Ref.Namespace, "default") {
		return e.Ref.Name
	}
	return e.Ref.Namespace + "/" + e.Ref.Name
}

// linesOf says edges in words, for those who do not see a drawing.
func linesOf(nodes []graphNode, edges []graphEdge) []DiagramLine {
	names := map[string]graphNode{}
	for _, n := range nodes {
		names[n.ID] = n
	}
	var out []DiagramLine
	for _, e := range edges {
		a, b := names[e.From], names[e.To]
		out = append(out, DiagramLine{From: Link{Text: a.Name, URL: a.URL}, To: Link{Text: b.Name, URL: b.URL}, Verb: e.Verb})
	}
	return out
}

// events tells whether an API is one of messages rather than calls.
func events(api *catalog.Entity) bool {
	switch strings.ToLower(api.Type) {
	case "asyncapi", "events", "kafka", "messaging":
		return true
	}
	return false
}

// systemGraph returns the parts of a system and the lines between them, and
// to the systems around it.
//
// An API of calls is a line from its consumer to its provider. An API of events
// is a box of its own: who writes it and who reads it do not know each other.
func (o *ops) systemGraph(system string, components, apis, resources []*catalog.Entity) ([]graphNode, []graphEdge) {
	inside := map[string]bool{}
	var nodes []graphNode
	add := func(e *catalog.Entity) {
		n := graphNode{ID: e.Ref.String(), Name: e.DisplayName(), URL: EntityURL(e.Ref), Icon: KindIcon(e)}
		if s := o.services[n.ID]; runs(s) {
			n.Status = StatusOf(s.Health)
		}
		inside[n.ID] = true
		nodes = append(nodes, n)
	}
	for _, e := range components {
		add(e)
	}
	for _, e := range resources {
		add(e)
	}
	providers := map[string][]string{} // of an API: the components inside that provide it
	boxed := map[string]bool{}         // APIs that are boxes
	for _, a := range apis {
		ref := a.Ref.String()
		for _, p := range a.Related(catalog.APIProvidedBy) {
			if inside[p.String()] {
				providers[ref] = append(providers[ref], p.String())
			}
		}
		if events(a) || len(providers[ref]) == 0 && len(a.Related(catalog.APIConsumedBy)) > 0 {
			boxed[ref] = true
			add(a)
		}
	}

	var edges []graphEdge
	type group struct {
		systems map[string]bool
		names   []string
	}
	users, used, readers := map[string]*group{}, map[string]*group{}, map[string]*group{}
	usedEdges := map[[2]string]string{}
	note := func(m map[string]*group, key, system, name string) {
		g := m[key]
		if g == nil {
			g = &group{systems: map[string]bool{}}
			m[key] = g
		}
		g.systems[system] = true
		if !slices.Contains(g.names, name) {
			g.names = append(g.names, name)
		}
	}
	systemOf := func(ref string) (key string, l Link) {
		if s := o.system(ref); s != "" {
			return s, o.link(s)
		}
		return ref, o.link(ref)
	}
	outward := func(from, target, kind string) {
		key, _ := systemOf(target)
		note(used, key, key, o.link(target).Text)
		if old, ok := usedEdges[[2]string{from, key}]; !ok || old == edgeOther {
			usedEdges[[2]string{from, key}] = kind
		}
	}
	// calls joins a consumer inside to whoever provides an API.
	calls := func(from, ref string) {
		api := o.entities[ref]
		switch {
		case boxed[ref]:
			if api != nil && events(api) {
				edges = append(edges, graphEdge{From: ref, To: from, Kind: edgeEvent, Verb: "is read by"})
			} else {
				edges = append(edges, graphEdge{From: from, To: ref, Kind: edgeAPI, Verb: "calls"})
			}
		case len(providers[ref]) > 0:
			for _, p := range providers[ref] {
				edges = append(edges, graphEdge{From: from, To: p, Kind: edgeAPI, Verb: "calls"})
			}
		default:
			kind := edgeAPI
			target := ref
			if api != nil {
				if events(api) {
					kind = edgeEvent
				}
				for _, p := range api.Related(catalog.APIProvidedBy) {
					if o.entities[p.String()] != nil {
						target = p.String()
						break
					}
				}
			}
			if inside[target] {
				edges = append(edges, graphEdge{From: from, To: target, Kind: kind, Verb: "calls"})
				return
			}
			outward(from, target, kind)
		}
	}
	for _, e := range slices.Concat(components, resources) {
		from := e.Ref.String()
		for _, r := range e.Relations {
			target := r.Target.String()
			switch r.Type {
			case catalog.DependsOn:
				switch {
				case target == from:
				case inside[target]:
					edges = append(edges, graphEdge{From: from, To: target, Kind: edgeOther, Verb: "depends on"})
				case strings.EqualFold(r.Target.Kind, "api"):
					calls(from, target)
				default:
					outward(from, target, edgeOther)
				}
			case catalog.DependencyOf:
				if !inside[target] {
					key, _ := systemOf(target)
					note(users, from, key, o.link(target).Text)
				}
			case catalog.ConsumesAPI:
				calls(from, target)
			case catalog.ProvidesAPI:
				if boxed[target] {
					edges = append(edges, graphEdge{From: from, To: target, Kind: edgeEvent, Verb: "writes"})
				}
			}
		}
	}
	for _, a := range apis {
		ref := a.Ref.String()
		for _, c := range a.Related(catalog.APIConsumedBy) {
			if inside[c.String()] {
				continue
			}
			key, l := systemOf(c.String())
			if key == system {
				continue
			}
			switch {
			case boxed[ref]:
				note(readers, ref, key, l.Text)
			default:
				for _, p := range providers[ref] {
					note(users, p, key, l.Text)
				}
			}
		}
	}

	groupName := func(g *group) string {
		var names []string
		for _, key := range slices.Sorted(mapKeys(g.systems)) {
			names = append(names, o.link(key).Text)
		}
		slices.Sort(names)
		return fit(names, 22)
	}
	only := func(g *group) string {
		if len(g.systems) == 1 {
			for key := range g.systems {
				return o.link(key).URL
			}
		}
		return ""
	}
	for _, ref := range slices.Sorted(mapKeys(used)) {
		g := used[ref]
		slices.Sort(g.names)
		l := o.link(ref)
		sub := fit(g.names, 26)
		if sub == l.Text {
			sub = ""
		}
		nodes = append(nodes, graphNode{ID: "used " + ref, Name: l.Text, Sub: sub, URL: l.URL, Side: 1})
	}
	pairs := slices.Collect(mapKeys(usedEdges))
	slices.SortFunc(pairs, func(a, b [2]string) int { return cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1])) })
	for _, p := range pairs {
		verb := "uses"
		if usedEdges[p] == edgeEvent {
			verb = "reads events of"
		}
		edges = append(edges, graphEdge{From: p[0], To: "used " + p[1], Kind: usedEdges[p], Verb: verb})
	}
	for _, ref := range slices.Sorted(mapKeys(readers)) {
		nodes = append(nodes, graphNode{ID: "readers " + ref, Name: groupName(readers[ref]), Sub: "read " + o.link(ref).Text, URL: only(readers[ref]), Side: 1})
		edges = append(edges, graphEdge{From: ref, To: "readers " + ref, Kind: edgeEvent, Verb: "is read by"})
	}
	for _, ref := range slices.Sorted(mapKeys(users)) {
		nodes = append(nodes, graphNode{ID: "users " + ref, Name: groupName(users[ref]), Sub: "use " + o.link(ref).Text, URL: only(users[ref]), Side: -1})
		edges = append(edges, graphEdge{From: "users " + ref, To: ref, Kind: edgeAPI, Verb: "use"})
	}
	return nodes, edges
}

// fit names as many as there is room for, in letters, and counts the rest; at
// least the first one.
func fit(names []string, room int) string {
	for n := len(names); n > 1; n-- {
		s := strings.Join(names[:n], ", ")
		if n < len(names) {
			s += fmt.Sprintf(", %d more", len(names)-n)
		}
		if utf8.RuneCountInString(s) <= room {
			return s
		}
	}
	if len(names) > 1 {
		more := fmt.Sprintf(", %d more", len(names)-1)
		return shortenEnd(names[0], room-len(more)) + more
	}
	return strings.Join(names, "")
}

// domainGraph returns the systems of a domain and which of them uses which.
func (o *ops) domainGraph(systems []*catalog.Entity, parts map[string][]*catalog.Entity) ([]graphNode, []graphEdge) {
	in := map[string]bool{}
	var nodes []graphNode
	for _, s := range systems {
		ref := s.Ref.String()
		in[ref] = true
		n := graphNode{ID: ref, Name: s.DisplayName(), URL: EntityURL(s.Ref), Icon: "system"}
		if t := o.tally(running(parts[ref], parts)); t.Total() > 0 {
			n.Status = t.Status()
		}
		nodes = append(nodes, n)
	}
	kinds := map[[2]string]string{}
	join := func(from, to, kind string) {
		if from == to || from == "" || to == "" || !in[from] || !in[to] {
			return
		}
		if old, ok := kinds[[2]string{from, to}]; !ok || old == edgeOther {
			kinds[[2]string{from, to}] = kind
		}
	}
	for _, s := range systems {
		ref := s.Ref.String()
		for _, e := range parts[ref] {
			for _, r := range e.Relations {
				target := o.system(r.Target.String())
				switch r.Type {
				case catalog.DependsOn:
					join(ref, target, edgeOther)
				case catalog.ConsumesAPI:
					kind := edgeAPI
					if api := o.entities[r.Target.String()]; api != nil && events(api) {
						kind = edgeEvent
					}
					join(ref, target, kind)
				}
			}
		}
	}
	pairs := slices.Collect(mapKeys(kinds))
	slices.SortFunc(pairs, func(a, b [2]string) int { return cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1])) })
	var edges []graphEdge
	for _, p := range pairs {
		edges = append(edges, graphEdge{From: p[0], To: p[1], Kind: kinds[p], Verb: "uses"})
	}
	return nodes, edges
}

// neighborSystems returns the other systems that a system's parts use or are
// used by.
func (o *ops) neighborSystems(system string, list []*catalog.Entity) []TeamNeighbor {
	counts := map[string]int{}
	for _, e := range list {
		for _, r := range e.Relations {
			switch r.Type {
			case catalog.DependsOn, catalog.DependencyOf, catalog.ConsumesAPI, catalog.APIConsumedBy:
				if other := o.system(r.Target.String()); other != "" && other != system {
					counts[other]++
				}
			}
		}
	}
	var out []TeamNeighbor
	for ref, n := range counts {
		out = append(out, TeamNeighbor{Team: o.link(ref), Relations: n})
	}
	slices.SortFunc(out, func(a, b TeamNeighbor) int {
		return cmp.Or(cmp.Compare(b.Relations, a.Relations), cmp.Compare(a.Team.Text, b.Team.Text), cmp.Compare(a.Team.URL, b.Team.URL))
	})
	if len(out) > 12 {
		out = out[:12]
	}
	return out
}
