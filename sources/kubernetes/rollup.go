package kubernetes

import (
	"strings"

	"github.com/portolan-dev/portolan/sources/catalog"
)

// A RollUp is the services of a system, a domain or a team, counted.
type RollUp struct {
	// Health is the worst of the services whose lifecycle is production, or
	// gives no other; of the others if there are none of those; unknown if
	// nothing runs at all.
	Health Health `json:"health"`

	Services  int            `json:"services"` // that run somewhere or should
	ByHealth  map[Health]int `json:"byHealth"` // those in production
	Others    map[Health]int `json:"others"`   // experimental and deprecated ones
	Ready     int            `json:"ready"`    // pods
	Want      int            `json:"want"`
	Incidents int            `json:"incidents"`
	AtLimit   int            `json:"atLimit"` // autoscalers
}

// RollUp counts the services of the entities with these refs. Entities that
// do not run on Kubernetes count for nothing.
func (f *Fleet) RollUp(cat *catalog.Catalog, refs []string) RollUp {
	r := RollUp{Health: Unknown, ByHealth: map[Health]int{}, Others: map[Health]int{}}
	worst := func(a, b Health) Health {
		if a == "" {
			return b
		}
		return WorstHealth(a, b)
	}
	var live, rest Health
	for _, ref := range refs {
		s := f.Service(ref)
		if s == nil {
			continue
		}
		r.Services++
		r.Ready += s.Ready
		r.Want += s.Want
		r.Incidents += len(s.Incidents)
		for i := range s.Autoscalers {
			if a := &s.Autoscalers[i]; a.State == scaleLimit || a.State == scaleMax {
				r.AtLimit++
			}
		}
		if lifecycle(cat, ref) {
			r.ByHealth[s.Health]++
			live = worst(live, s.Health)
		} else {
			r.Others[s.Health]++
			rest = worst(rest, s.Health)
		}
	}
	if live == "" {
		live = rest
	}
	if live != "" {
		r.Health = live
	}
	return r
}

// lifecycle reports whether an entity counts as being in production.
func lifecycle(cat *catalog.Catalog, ref string) bool {
	if cat == nil {
		return true
	}
	e := cat.Lookup(ref)
	if e == nil {
		return true
	}
	switch strings.ToLower(e.Lifecycle) {
	case "experimental", "deprecated", "development", "beta", "alpha":
		return false
	}
	return true
}
