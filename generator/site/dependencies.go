package site

import (
	"cmp"
	"slices"
	"strings"
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
	maxReach   = 60
	maxVisited = 1000
)

// users is who uses whom, by the place of the entities in the catalog.
type users struct {
	m      *maker
	of     [][]int32 // the users of each entity
	owners []Link
	seen   []int32 // by which search an entity was seen last
	steps  []int32
	search int32
}

func (m *maker) users() *users {
	entities := m.entities()
	at := make(map[string]int32, len(entities))
	for i, e := range entities {
		at[e.Ref.String()] = int32(i)
	}
	u := &users{m: m, of: make([][]int32, len(entities)), owners: make([]Link, len(entities)), seen: make([]int32, len(entities)), steps: make([]int32, len(entities))}
	for i, e := range entities {
		u.owners[i] = m.owner(e)
		for _, edge := range m.neighbours(e) {
			if j, ok := at[edge.Ref]; ok && !edge.Out && !slices.Contains(u.of[i], j) {
				u.of[i] = append(u.of[i], j)
			}
		}
	}
	return u
}

// dependencyPages returns a page for each entity that uses others or is used.
func dependencyPages(p *Portal) []Page {
	m := newMaker(p)
	u := m.users()
	var pages []Page
	for i, e := range m.entities() {
		list := m.neighbours(e)
		if len(list) == 0 {
			continue
		}
		v := &DependenciesView{Head: m.head(e, "dependencies"), Graph: m.graph(e)}
		v.Users, v.Uses = m.dependencyRows(list, false), m.dependencyRows(list, true)
		u.reach(i, v)
		name := nameOf(e)
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

// reach follows the users of the entity at a place, breadth first.
func (u *users) reach(start int, v *DependenciesView) {
	entities := u.m.entities()
	u.search++
	u.seen[start], u.steps[start] = u.search, 0
	queue := []int32{int32(start)}
	teams := map[string]bool{}
	direct := 0
	for i := 0; i < len(queue) && len(queue) < maxVisited; i++ {
		at := queue[i]
		for _, next := range u.of[at] {
			if u.seen[next] == u.search {
				continue
			}
			u.seen[next], u.steps[next] = u.search, u.steps[at]+1
			queue = append(queue, next)
			v.Total++
			if o := u.owners[next]; o.Text != "" {
				teams[o.Text] = true
			}
			switch {
			case u.steps[next] == 1:
				direct++
			case len(v.Reach) < maxReach:
				v.Reach = append(v.Reach, ReachRow{Link: linkTo(entities[next]), Owner: u.owners[next], Steps: int(u.steps[next])})
			}
		}
	}
	slices.SortStableFunc(v.Reach, func(a, b ReachRow) int {
		return cmp.Or(cmp.Compare(a.Steps, b.Steps), cmp.Compare(strings.ToLower(a.Link.Text), strings.ToLower(b.Link.Text)))
	})
	v.Teams = len(teams)
	v.More = max(0, v.Total-direct-len(v.Reach))
}
