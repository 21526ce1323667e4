package site

import (
	"cmp"
	"slices"
	"strings"

	"github.com/portolan-dev/portolan/sources/catalog"
)

// An Edge is one line from an entity to another that it uses or that uses it.
type Edge struct {
	Link   Link
	Ref    string // canonical
	Out    bool   // the entity needs the other; else the other needs it
	Style  string // "api", "ev" for events, or "" for all others
	Label  string // what connects them: the API, "resource", ...
	Status Status // how the other is; empty if it does not run
}

// neighbours returns who uses e and whom e uses, users first, each only once
// for each label. A component is connected with the consumers of the APIs it
// provides and with the providers of those it consumes.
func (m *maker) neighbours(e *catalog.Entity) []Edge { return m.edges[e.Ref.String()] }

func (m *maker) findNeighbours(e *catalog.Entity) []Edge {
	var edges []Edge
	seen := map[string]bool{}
	add := func(r catalog.Ref, out bool, style, label string) {
		ref := r.String()
		key := ref + "|" + style + "|" + label
		if out {
			key += "|out"
		}
		if ref == e.Ref.String() || seen[key] {
			return
		}
		seen[key] = true
		edge := Edge{Link: m.link(r), Ref: ref, Out: out, Style: style, Label: label}
		if other := m.get(r); other != nil {
			if s := m.service(other); s != nil {
				edge.Status = StatusOf(s.Health)
			}
		}
		edges = append(edges, edge)
	}
	through := func(r catalog.Ref, far string, out bool) {
		style, label := "api", shortRef(r)
		api := m.get(r)
		if api == nil {
			if out {
				add(r, true, style, "API")
			}
			return
		}
		if strings.EqualFold(api.Type, "asyncapi") {
			style = "ev"
		}
		others := api.Related(far)
		if len(others) == 0 && out {
			add(r, true, style, "API")
		}
		for _, o := range others {
			add(o, out, style, label)
		}
	}
	for _, r := range e.Relations {
		switch r.Type {
		case catalog.DependencyOf:
			add(r.Target, false, "", "")
		case catalog.DependsOn:
			label := ""
			if k := strings.ToLower(r.Target.Kind); k != "component" {
				label = k
			}
			add(r.Target, true, "", label)
		case catalog.ProvidesAPI:
			through(r.Target, catalog.APIConsumedBy, false)
		case catalog.ConsumesAPI:
			through(r.Target, catalog.APIProvidedBy, true)
		case catalog.APIConsumedBy:
			add(r.Target, false, "api", "consumes")
		case catalog.APIProvidedBy:
			add(r.Target, true, "api", "provides")
		}
	}
	slices.SortStableFunc(edges, func(a, b Edge) int {
		return cmp.Or(compareBool(a.Out, b.Out), cmp.Compare(strings.ToLower(a.Link.Text), strings.ToLower(b.Link.Text)), cmp.Compare(a.Ref, b.Ref), cmp.Compare(a.Label, b.Label))
	})
	return edges
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	default:
		return 1
	}
}
