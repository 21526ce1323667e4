package catalog

import (
	"cmp"
	"fmt"
	"maps"
	"math/bits"
	"slices"
	"strings"

	"github.com/portolan-dev/portolan/sources/diag"
)

// LinkOptions say how entities are put together. The zero value works.
type LinkOptions struct {
	// Known holds canonical refs of entities that exist elsewhere, such as in
	// a portal that is published already. References to them are no dangling
	// ones. It may be nil.
	Known map[string]bool
}

// A node is an entity while the catalog is linked.
type node struct {
	e    *Entity
	rels []rel
}

// A rel is a relation before it is sorted: the canonical ref of its target,
// and the target itself where it exists.
type rel struct {
	typ    string
	key    string
	target Ref
}

// Link puts the entities of all batches together: it decides which of several
// entities with one ref stays, adds every relation in both directions, and
// reports what only shows when everything is seen together. The batches are
// not changed and may be linked again.
//
// Of entities with the same ref the first stays: that of the earlier batch,
// then of the file that was read first. Within one file the document further
// down stays, as in Backstage, unless the names differ in case. One that can be
// read now stays before one that is stale: it has moved.
func Link(batches []*Batch, opt LinkOptions) *Catalog {
	total := 0
	for _, b := range batches {
		total += len(b.Entities)
	}
	l := &linker{opt: opt, index: make(map[string]int, total), nodes: make([]node, 0, total)}
	c := &Catalog{byRef: make(map[string]*Entity, total)}
	for _, b := range batches {
		c.Diagnostics = append(c.Diagnostics, b.Diagnostics...)
		for _, d := range b.Documents {
			if d.Verdict == Rejected && d.Ref != "" {
				if l.rejected == nil {
					l.rejected = map[string]string{}
				}
				if l.rejected[d.Ref] == "" {
					l.rejected[d.Ref] = fmt.Sprintf("%s:%d", d.File, d.Line)
				}
			}
		}
		for _, e := range b.Entities {
			if e.Stale == nil {
				l.add(e)
			}
		}
	}
	for _, b := range batches {
		for _, e := range b.Entities {
			if e.Stale != nil {
				l.addStale(e)
			}
		}
	}
	slices.SortFunc(l.nodes, func(a, b node) int { return strings.Compare(a.e.ref, b.e.ref) })
	for i := range l.nodes {
		l.index[l.nodes[i].e.ref] = i
	}
	l.relate()
	c.Entities = make([]*Entity, len(l.nodes))
	for i := range l.nodes {
		e := l.nodes[i].e
		c.Entities[i] = e
		c.byRef[e.ref] = e
	}
	l.c = c
	l.dangling()
	l.integrity()
	l.cycles()
	c.Diagnostics = diag.Sort(append(c.Diagnostics, l.diags...))
	return c
}

type linker struct {
	opt   LinkOptions
	c     *Catalog
	nodes []node
	index map[string]int // canonical ref -> position in nodes
	diags []diag.Diagnostic

	names    *names
	rejected map[string]string // canonical ref -> where a document of that name was rejected
}

// add takes an entity in, as a copy, unless its ref is taken.
func (l *linker) add(e *Entity) {
	if i, taken := l.index[e.ref]; taken {
		w := l.nodes[i].e
		if w.Origin.Repo == e.Origin.Repo && w.Origin.Path == e.Origin.Path && w.Origin.Doc == e.Origin.Doc {
			return // one document that two repos led to
		}
		if w.Ref == e.Ref && w.Origin.Repo == e.Origin.Repo && w.Origin.Path == e.Origin.Path {
			l.diags = append(l.diags, diag.Diagnostic{
				Pos: w.Origin.Pos, Severity: diag.Error, Rule: "overwritten-ref", Entity: e.ref, Repo: repoName(e),
				Message: fmt.Sprintf("%s is described again in line %d, and that description stays; this one is left out", e.ref, e.Origin.Pos.Line),
				Hint:    "remove one of them, or give it another name",
			})
			c := *e
			c.Relations = nil
			l.nodes[i].e = &c
			return
		}
		hint := "give one of them another name"
		if w.Ref != e.Ref {
			hint = fmt.Sprintf("names are compared without case, so this is %s as well; give one of them another name", w.Ref.Name)
		}
		l.diags = append(l.diags, diag.Diagnostic{
			Pos: e.Origin.Pos, Severity: diag.Error, Rule: "duplicate-ref", Entity: e.ref, Repo: repoName(e),
			Message: fmt.Sprintf("%s is taken by %s, which was read first and stays; this one is left out", e.ref, w.Origin.Pos), Hint: hint,
		})
		return
	}
	c := *e
	c.Relations = nil
	l.index[e.ref] = len(l.nodes)
	l.nodes = append(l.nodes, node{e: &c})
}

// addStale takes in an entity that cannot be read now, unless another is there.
func (l *linker) addStale(e *Entity) {
	if _, taken := l.index[e.ref]; taken {
		return
	}
	l.add(e)
	l.report(e, 0, 0, diag.Warning, "stale-entity",
		fmt.Sprintf("%s cannot be read since %s and is shown as it was before: %s", e.ref, e.Stale.Since.UTC().Format("2006-01-02 15:04 UTC"), e.Stale.Reason),
		"mend the file; an entity that is meant to go is removed from a file without errors")
}

func repoName(e *Entity) string {
	if e.Origin.Repo == nil {
		return ""
	}
	return e.Origin.Repo.Name
}

// relate gives every entity its relations in both directions.
func (l *linker) relate() {
	// Count first, so that every list is allocated once.
	counts := make([]int, len(l.nodes))
	for i := range l.nodes {
		for j := range l.nodes[i].e.edges {
			counts[i]++
			if t, ok := l.index[l.nodes[i].e.edges[j].key]; ok {
				counts[t]++
			}
		}
	}
	for i, n := range counts {
		if n > 0 {
			l.nodes[i].rels = make([]rel, 0, n)
		}
	}
	for i := range l.nodes {
		n := &l.nodes[i]
		for j := range n.e.edges {
			ed := &n.e.edges[j]
			target := ed.target
			if t, ok := l.index[ed.key]; ok {
				target = l.nodes[t].e.Ref
				l.nodes[t].rels = append(l.nodes[t].rels, rel{ed.Reverse, n.e.ref, n.e.Ref})
			}
			n.rels = append(n.rels, rel{ed.Type, ed.key, target})
		}
	}
	for i := range l.nodes {
		n := &l.nodes[i]
		slices.SortStableFunc(n.rels, func(a, b rel) int {
			return cmp.Or(strings.Compare(a.typ, b.typ), strings.Compare(a.key, b.key))
		})
		n.rels = slices.CompactFunc(n.rels, func(a, b rel) bool { return a.typ == b.typ && a.key == b.key })
		if len(n.rels) == 0 {
			continue
		}
		n.e.Relations = make([]Relation, len(n.rels))
		for j, r := range n.rels {
			n.e.Relations[j] = Relation{Type: r.typ, Target: r.target}
		}
	}
}

func (l *linker) report(e *Entity, line, column int, sev diag.Severity, rule, message, hint string) {
	pos := e.Origin.Pos
	if line > 0 {
		pos.Line, pos.Column = line, column
	}
	l.diags = append(l.diags, diag.Diagnostic{Pos: pos, Severity: sev, Rule: rule, Message: message, Hint: hint, Entity: e.ref, Repo: repoName(e)})
}

// dangling reports references to entities that are not there, and owners that
// cannot own.
func (l *linker) dangling() {
	groups, users := false, false
	for i := range l.nodes {
		switch l.nodes[i].e.Ref.Kind {
		case "Group":
			groups = true
		case "User":
			users = true
		}
	}
	for ref := range l.opt.Known {
		groups = groups || strings.HasPrefix(ref, "group:")
		users = users || strings.HasPrefix(ref, "user:")
	}
	for i := range l.nodes {
		e := l.nodes[i].e
		for j := range e.edges {
			ed := &e.edges[j]
			if _, ok := l.index[ed.key]; ok || l.opt.Known[ed.key] {
				if ed.Type == OwnedBy && !strings.EqualFold(ed.target.Kind, "Group") && !strings.EqualFold(ed.target.Kind, "User") {
					l.report(e, ed.line, ed.column, diag.Warning, "owner-kind",
						fmt.Sprintf("spec.%s: %s is the owner, but neither a group nor a user", ed.Field, ed.key), "name the team that answers for it")
				}
				continue
			}
			rule, sev := "unknown-ref", diag.Error
			if ed.Type == OwnedBy {
				rule = "unknown-owner"
			}
			hint := ""
			if at, ok := l.rejected[ed.key]; ok {
				hint = fmt.Sprintf("it is described in %s, but that document is rejected; mend it first", at)
			} else {
				hint = l.suggest(e, ed)
			}
			switch {
			case strings.EqualFold(ed.target.Kind, "Group") && !groups, strings.EqualFold(ed.target.Kind, "User") && !users:
				// Not one of them is known: the catalog has no people in it, and
				// nobody can tell a slip from a name that is right.
				sev = diag.Warning
				if hint == "" {
					hint = fmt.Sprintf("no %s is in the catalog yet: name the repository that describes them under sources", strings.ToLower(ed.target.Kind))
				}
			case hint == "" && rule == "unknown-owner":
				hint = "name a group of the catalog, or add the group"
			case hint == "":
				hint = fmt.Sprintf("add the %s to the catalog, or remove the reference", strings.ToLower(cut(ed.target.Kind)))
			}
			l.report(e, ed.line, ed.column, sev, rule,
				fmt.Sprintf("spec.%s: %s %q does not exist", ed.Field, strings.ToLower(cut(ed.target.Kind)), cut(shownRef(ed.target, e.Ref.Namespace))), hint)
			if ed.line > 0 && l.rejected[ed.key] == "" {
				l.diags[len(l.diags)-1].Fix = l.fix(e, ed)
			}
		}
	}
}

// shownRef names a target the way that its author sees it: without the
// namespace when it is that of the entity.
func shownRef(r Ref, namespace string) string {
	if strings.EqualFold(r.Namespace, namespace) {
		return r.Name
	}
	return r.Namespace + "/" + r.Name
}

// names finds the entity that an author may have meant. It is built when the
// first reference dangles.
type names struct {
	byName map[string][]*Entity        // lower-case name
	byKind map[string]map[int][]letter // lower-case kind -> length of the name
	cache  map[string]string           // canonical ref and namespace -> hint
	budget int                         // names that may still be compared in full, so that the work stays linear
	scan   int                         // names that may still be looked at
}

// A letter is an entity with the set of letters in its name.
type letter struct {
	set uint64
	e   *Entity
}

const (
	suggestBudget = 200_000
	scanBudget    = 300_000_000
)

// letters returns the set of letters of a name. Each slip changes at most two
// of its bits.
func letters(name string) uint64 {
	var set uint64
	for _, r := range name {
		set |= 1 << (uint32(r) * 37 % 61)
	}
	return set
}

func (l *linker) suggest(e *Entity, ed *edge) string {
	if l.names == nil {
		l.names = &names{byName: make(map[string][]*Entity, len(l.nodes)), byKind: map[string]map[int][]letter{}, cache: map[string]string{}, budget: suggestBudget, scan: scanBudget}
		for i := range l.nodes {
			l.names.add(l.nodes[i].e)
		}
		for _, ref := range slices.Sorted(maps.Keys(l.opt.Known)) {
			if r, err := ParseRef(ref, "", ""); err == nil && l.opt.Known[ref] {
				l.names.add(&Entity{Ref: r})
			}
		}
	}
	key := ed.key + " " + ed.Kind + " " + e.Ref.Namespace
	if h, ok := l.names.cache[key]; ok {
		return h
	}
	h := l.names.find(e, ed)
	l.names.cache[key] = h
	return h
}

// fix returns how a reference is written whose name is right and whose kind is
// wrong: one entity of the catalog has the name and may be meant, and is in the
// right namespace. One in another namespace may be something else.
func (l *linker) fix(e *Entity, ed *edge) diag.Fix {
	var only *Entity
	for _, o := range l.names.byName[lower(ed.target.Name)] {
		if !ed.mayMean(o) {
			continue
		}
		if only != nil {
			return diag.Fix{}
		}
		only = o
	}
	if only == nil || ed.text == "" || !strings.EqualFold(only.Ref.Namespace, ed.target.Namespace) {
		return diag.Fix{}
	}
	return diag.Fix{Old: ed.text, New: only.Ref.Short(ed.Kind, e.Ref.Namespace)}
}

// mayMean reports that an entity is of a kind that the reference is for.
func (ed *edge) mayMean(o *Entity) bool {
	if ed.Type == OwnedBy {
		return strings.EqualFold(o.Ref.Kind, "Group") || strings.EqualFold(o.Ref.Kind, "User")
	}
	return ed.Kind == "" || strings.EqualFold(o.Ref.Kind, ed.Kind)
}

func (n *names) add(e *Entity) {
	name, kind := lower(e.Ref.Name), lower(e.Ref.Kind)
	n.byName[name] = append(n.byName[name], e)
	if n.byKind[kind] == nil {
		n.byKind[kind] = map[int][]letter{}
	}
	size := len([]rune(name))
	n.byKind[kind][size] = append(n.byKind[kind][size], letter{letters(name), e})
}

func (n *names) find(e *Entity, ed *edge) string {
	name, kind := lower(ed.target.Name), lower(ed.target.Kind)
	mean := func(o *Entity) string {
		return fmt.Sprintf("did you mean %q?", o.Ref.Short(ed.Kind, e.Ref.Namespace))
	}
	// The right name in another namespace or of another kind.
	for _, o := range n.byName[name] {
		if lower(o.Ref.Kind) == kind {
			return mean(o)
		}
	}
	for _, o := range n.byName[name] {
		if ed.mayMean(o) {
			return mean(o)
		}
	}
	// An address of a person or of a team on a code host.
	if at := strings.IndexByte(name, '@'); at >= 0 {
		part := name[:at]
		if at == 0 {
			part = name[1:]
		}
		for _, o := range n.byName[part] {
			if ed.mayMean(o) {
				return mean(o)
			}
		}
		return "an owner is the name of a group or user of the catalog, such as my-team"
	}
	if strings.HasPrefix(ed.target.Namespace, "@") {
		for _, o := range n.byName[name] {
			if ed.mayMean(o) {
				return mean(o)
			}
		}
		return "an owner is the name of a group or user of the catalog, such as my-team"
	}
	if strings.ContainsAny(name, " \t\n") {
		return "a reference is the name of an entity, which has no spaces"
	}
	// A name that is nearly the same, of the same kind.
	size, set := len([]rune(name)), letters(name)
	slips := min(max(1, size/4), 3)
	var candidates []string
	for d := -slips; d <= slips && n.scan > 0; d++ {
		n.scan -= len(n.byKind[kind][size+d])
		for _, c := range n.byKind[kind][size+d] {
			if bits.OnesCount64(c.set^set) <= 2*slips {
				candidates = append(candidates, c.e.Ref.Name)
			}
		}
	}
	if len(candidates) == 0 || len(candidates) > n.budget {
		return ""
	}
	n.budget -= len(candidates)
	best := diag.Suggest(ed.target.Name, candidates)
	if best == "" {
		return ""
	}
	for _, o := range n.byName[lower(best)] {
		if lower(o.Ref.Kind) == kind {
			return mean(o)
		}
	}
	return ""
}

// integrity reports entities without an owner, and deprecated ones that others
// still use.
func (l *linker) integrity() {
	for i := range l.nodes {
		e := l.nodes[i].e
		switch e.Ref.Kind {
		case "User", "Group", "Location":
		default:
			if e.Owner == "" {
				l.report(e, 0, 0, diag.Info, "no-owner", e.ref+" has no owner", "add the field owner to spec, so that readers know whom to ask")
			}
		}
		for j := range e.edges {
			ed := &e.edges[j]
			if ed.Type != ConsumesAPI && ed.Type != DependsOn {
				continue
			}
			t, ok := l.index[ed.key]
			if !ok || !strings.EqualFold(l.nodes[t].e.Lifecycle, "deprecated") || strings.EqualFold(e.Lifecycle, "deprecated") {
				continue
			}
			l.report(e, ed.line, ed.column, diag.Info, "deprecated-in-use",
				fmt.Sprintf("spec.%s: %s is deprecated", ed.Field, ed.key), "move to what replaces it")
		}
	}
}

// cycles reports entities that are part of, child of or dependent on
// themselves, once for each circle.
func (l *linker) cycles() {
	for _, k := range []struct {
		typ, reverse, words string
		sev                 diag.Severity
	}{
		{PartOf, HasPart, "part of", diag.Warning},
		{ChildOf, ParentOf, "child of", diag.Warning},
		{DependsOn, DependencyOf, "dependent on", diag.Info},
	} {
		for _, circle := range l.circles(k.typ) {
			e := l.nodes[circle[0]].e
			sev := k.sev
			var names []string
			for _, i := range circle {
				names = append(names, l.nodes[i].e.ref)
			}
			message := fmt.Sprintf("%s is %s itself", e.ref, k.words)
			if len(circle) > 1 {
				shown := names
				if len(shown) > 8 {
					shown = append(slices.Clone(shown[:8]), "…")
				}
				message = fmt.Sprintf("%s is %s itself, through %s", e.ref, k.words, strings.Join(shown[1:], ", "))
			} else {
				sev = diag.Warning
			}
			line, column := l.edgePos(e, k.typ, k.reverse, circle)
			l.report(e, line, column, sev, "relation-cycle", message, "remove one of the references")
		}
	}
}

// edgePos returns the place of a reference of e to another member of a circle.
func (l *linker) edgePos(e *Entity, typ, reverse string, circle []int) (line, column int) {
	for j := range e.edges {
		ed := &e.edges[j]
		if ed.Type != typ && ed.Type != reverse {
			continue
		}
		if t, ok := l.index[ed.key]; ok && slices.Contains(circle, t) {
			return ed.line, ed.column
		}
	}
	return 0, 0
}

// circles returns the strongly connected components of a relation that hold a
// circle, each in order, by Tarjan's algorithm with a stack of its own.
func (l *linker) circles(typ string) [][]int {
	n := len(l.nodes)
	targets := func(i int) []rel {
		rels := l.nodes[i].rels
		from, _ := slices.BinarySearchFunc(rels, typ, func(r rel, t string) int { return strings.Compare(r.typ, t) })
		to := from
		for to < len(rels) && rels[to].typ == typ {
			to++
		}
		return rels[from:to]
	}
	order := make([]int32, n) // 0 is not seen
	low := make([]int32, n)
	onStack := make([]bool, n)
	var stack []int
	var out [][]int
	type frame struct{ v, next int }
	var calls []frame
	count := int32(0)
	for root := range n {
		if order[root] != 0 || len(targets(root)) == 0 {
			continue
		}
		calls = append(calls[:0], frame{v: root})
		for len(calls) > 0 {
			f := &calls[len(calls)-1]
			v := f.v
			if f.next == 0 {
				count++
				order[v], low[v] = count, count
				stack = append(stack, v)
				onStack[v] = true
			}
			ts := targets(v)
			descended := false
			for f.next < len(ts) {
				w, ok := l.index[ts[f.next].key]
				f.next++
				if !ok {
					continue
				}
				if order[w] == 0 {
					calls = append(calls, frame{v: w})
					descended = true
					break
				}
				if onStack[w] {
					low[v] = min(low[v], order[w])
				}
			}
			if descended {
				continue
			}
			calls = calls[:len(calls)-1]
			if len(calls) > 0 {
				p := calls[len(calls)-1].v
				low[p] = min(low[p], low[v])
			}
			if low[v] != order[v] {
				continue
			}
			var circle []int
			for {
				w := stack[len(stack)-1]
				stack = stack[:len(stack)-1]
				onStack[w] = false
				circle = append(circle, w)
				if w == v {
					break
				}
			}
			self := slices.ContainsFunc(ts, func(r rel) bool { return r.key == l.nodes[v].e.ref })
			if len(circle) > 1 || self {
				slices.Sort(circle)
				out = append(out, circle)
			}
		}
	}
	slices.SortFunc(out, func(a, b []int) int { return a[0] - b[0] })
	return out
}
