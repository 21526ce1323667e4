package kubernetes

import (
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// A Selection is a label selector: all requirements hold. One without
// requirements selects everything.
type Selection struct {
	Requirements []Requirement `json:"req,omitempty"`
}

// A Requirement is one term of a Selection.
type Requirement struct {
	Key    string   `json:"key"`
	Op     string   `json:"op"` // In, NotIn, Exists, DoesNotExist
	Values []string `json:"values,omitempty"`
}

// matches reports whether labels satisfy the selection.
func (s *Selection) matches(l Labels) bool {
	if s == nil {
		return false
	}
	for i := range s.Requirements {
		r := &s.Requirements[i]
		v, ok := l.Get(r.Key)
		switch r.Op {
		case "In":
			if !ok || !slices.Contains(r.Values, v) {
				return false
			}
		case "NotIn":
			if ok && slices.Contains(r.Values, v) {
				return false
			}
		case "Exists":
			if !ok {
				return false
			}
		case "DoesNotExist":
			if ok {
				return false
			}
		default:
			return false
		}
	}
	return true
}

// equalities returns the labels that the selection asks for with one value.
func (s *Selection) equalities() Labels {
	m := map[string]string{}
	for _, r := range s.Requirements {
		if r.Op == "In" && len(r.Values) == 1 {
			m[r.Key] = r.Values[0]
		}
	}
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	var l Labels
	for _, k := range keys {
		l = append(l, k, m[k])
	}
	return l
}

func (c *Collector) selection(o *metav1.LabelSelector) *Selection {
	if o == nil {
		return nil
	}
	s := &Selection{}
	for k, v := range o.MatchLabels {
		s.Requirements = append(s.Requirements, Requirement{Key: c.str(k), Op: "In", Values: []string{c.str(v)}})
	}
	slices.SortFunc(s.Requirements, func(a, b Requirement) int {
		if a.Key < b.Key {
			return -1
		}
		return 1
	})
	for i := range o.MatchExpressions {
		e := &o.MatchExpressions[i]
		s.Requirements = append(s.Requirements, Requirement{Key: c.str(e.Key), Op: c.str(string(e.Operator)), Values: c.strs(e.Values)})
	}
	return s
}
