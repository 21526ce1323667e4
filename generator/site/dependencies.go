package site

import (
	"cmp"
	"slices"
	"strings"

	"github.com/portolan-dev/portolan/sources/catalog"
)

// DependenciesView is the list of what an entity uses and what uses it.
type DependenciesView struct {
	Head   EntityHead
	Users  []DependencyRow
	Uses   []DependencyRow
	Reach  []ReachRow // who is affected by it, directly or through others
	Total  int        // of those
	More   int        // not listed
	Teams  int        // that own them
	Graph  *Graph
	Answer string
}

// A DependencyRow is one direct neighbour.
type DependencyRow struct {
	Link, Owner Link
	Kind        string
	Through     string
	Hoist       Hoist
	Status      Status // empty: it does not run
}

// A ReachRow is one entity that is affected at a distance.
type ReachRow struct {
	Link, Owner Link
	Steps       int
}

// maxReach bounds the affected entities that are listed, maxVisited those that
// are counted.
const (
	maxReach   = 200
	maxVisited = 1000
)

// dependencyPages returns a page for each entity that uses others or is used.
func dependencyPages(p *Portal) []Page {
	m := newMaker(p)
	edges := map[string][]Edge{}
	for _, e := range m.entities() {
		if n := m.neighbours(e); len(n) > 0 {
			edges[e.Ref.String()] = n
		}
	}
	var pages []Page
	for _, e := range m.entities() {
		list := edges[e.Ref.String()]
		if len(list) == 0 {
			continue
		}
		v := &DependenciesView{Head: m.head(e, "dependencies"), Graph: m.graph(e)}
		v.Users, v.Uses = m.dependencyRows(list, false), m.dependencyRows(list, true)
		m.reach(e, edges, v)
		name := e.DisplayName()
		v.Answer = name + " uses " + Count(len(v.Uses), "other") + " and is used by " + Num(len(v.Users)) + "."
		if v.Total > len(v.Users) {
			v.Answer += " If it fails, up to " + Count(v.Total, "entity") + " of " + Count(v.Teams, "team") + " are affected."
		}
		pages = append(pages, Page{
			URL: EntityURL(e.Ref) + "dependencies/", Layout: "dependencies", Title: "Dependencies of " + name,
			Description: v.Answer, Section: v.Head.Section, Crumbs: m.crumbs(e, "Dependencies"),
			Style: "catalog", Entity: e.Ref.String(), View: v,
		})
	}
	return pages
}

func (m *maker) dependencyRows(edges []Edge, out bool) []DependencyRow {
	var rows []DependencyRow
	at := map[string]int{}
	for _, edge := range edges {
		if edge.Out != out {
			continue
		}
		through := edge.Label
		if through == "" {
			through = "depends on"
		}
		if i, ok := at[edge.Ref]; ok {
			rows[i].Through += ", " + through
			continue
		}
		row := DependencyRow{Link: edge.Link, Through: through, Status: edge.Status}
		if e := m.lookup(edge.Ref); e != nil {
			row.Owner, row.Kind, row.Hoist = m.owner(e), KindWord(e), m.hoist(e)
		} else {
			row.Kind, _, _ = strings.Cut(edge.Ref, ":")
		}
		at[edge.Ref] = len(rows)
		rows = append(rows, row)
	}
	return rows
}

// reach follows the users of e, breadth first.
func (m *maker) reach(e *catalog.Entity, edges map[string][]Edge, v *DependenciesView) {
	steps := map[string]int{e.Ref.String(): 0}
	queue := []string{e.Ref.String()}
	teams := map[string]bool{}
	var rows []ReachRow
	for len(queue) > 0 && len(steps) < maxVisited {
		ref := queue[0]
		queue = queue[1:]
		for _, edge := range edges[ref] {
			if edge.Out {
				continue
			}
			if _, ok := steps[edge.Ref]; ok {
				continue
			}
			steps[edge.Ref] = steps[ref] + 1
			queue = append(queue, edge.Ref)
			other := m.lookup(edge.Ref)
			if other == nil {
				continue
			}
			v.Total++
			owner := m.owner(other)
			if owner.Text != "" {
				teams[owner.Text] = true
			}
			if steps[edge.Ref] > 1 && len(rows) <= maxReach {
				rows = append(rows, ReachRow{Link: edge.Link, Owner: owner, Steps: steps[edge.Ref]})
			}
		}
	}
	slices.SortStableFunc(rows, func(a, b ReachRow) int {
		return cmp.Or(cmp.Compare(a.Steps, b.Steps), cmp.Compare(strings.ToLower(a.Link.Text), strings.ToLower(b.Link.Text)))
	})
	if len(rows) > maxReach {
		rows = rows[:maxReach]
	}
	direct := 0
	for _, s := range steps {
		if s == 1 {
			direct++
		}
	}
	v.Reach, v.Teams = rows, len(teams)
	v.More = max(0, v.Total-direct-len(rows))
}
