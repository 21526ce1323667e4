package kubernetes

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unsafe"

	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/selection"

	"github.com/portolan-dev/portolan/sources/catalog"
)

// The annotations of an entity that say which objects are its own. They are
// Backstage's.
const (
	idLabel             = "backstage.io/kubernetes-id" // annotation of entities, label of objects
	selectorAnnotation  = "backstage.io/kubernetes-label-selector"
	namespaceAnnotation = "backstage.io/kubernetes-namespace"
	clusterAnnotation   = "backstage.io/kubernetes-cluster"
)

// ignoreAnnotations name rules whose findings an entity does not want to see
// among its own: "rule[,rule]", with "until=2026-03-01" an end.
var ignoreAnnotations = []string{"portolan.dev/k8s-ignore", "portolan/k8s-ignore", "portal/k8s-ignore"}

// wish is what one entity looks for.
type wish struct {
	e          *catalog.Entity
	ref        string
	selection  *Selection
	labels     string   // the selector as text
	namespaces []string // patterns; empty: all
	clusters   []string // patterns; nil: all
	none       bool     // it looks for nothing
	explicit   bool     // the entity says by annotation that it runs
	byName     bool     // nothing but its name is looked for
	problems   []MatchProblem
}

// wishOf reads the annotations of an entity.
func wishOf(e *catalog.Entity, opt *JoinOptions, cat *catalog.Catalog) wish {
	w := wish{e: e, ref: e.Ref.String()}
	id := strings.TrimSpace(e.Annotations[idLabel])
	sel := strings.TrimSpace(e.Annotations[selectorAnnotation])
	switch {
	case sel != "":
		w.explicit, w.labels = true, sel
		s, err := parseSelector(sel)
		switch {
		case err != nil:
			w.none = true
			w.problems = append(w.problems, MatchProblem{Code: "invalid-selector",
				Text: fmt.Sprintf("annotation %s: %q is no label selector", selectorAnnotation, cut(plain(sel), 200)), Hint: "write it as kubectl get -l takes it: app=cart,tier in (web, api)"})
		case !positive(s):
			w.none = true
			w.problems = append(w.problems, MatchProblem{Code: "selector-too-broad",
				Text: fmt.Sprintf("annotation %s: %q says only what objects must not have", selectorAnnotation, cut(plain(sel), 200)), Hint: "add a label that the objects do have"})
		default:
			w.selection = s
		}
	case id != "":
		w.explicit = true
		w.exact(idLabel, id)
	default:
		w.byName = true
		w.exact(idLabel, e.Ref.Name)
		switch strings.ToLower(e.Ref.Kind) {
		case "api", "group", "user", "location", "template", "system", "domain":
			// Such an entity often shares its name with the component that runs.
			w.none = true
		}
	}
	w.namespaces = list(e.Annotations[namespaceAnnotation])
	w.clusters = list(e.Annotations[clusterAnnotation])
	w.explicit = w.explicit || len(w.namespaces) > 0 || len(w.clusters) > 0
	if opt.Relations {
		w.clusters = relatedClusters(e, cat, w.clusters)
		w.none = w.none || len(w.clusters) == 0
	}
	return w
}

func (w *wish) exact(key, value string) {
	w.selection = &Selection{Requirements: []Requirement{{Key: key, Op: "In", Values: []string{value}}}}
	w.labels = key + "=" + value
}

// list splits a comma-separated annotation.
func list(s string) []string {
	var out []string
	for _, p := range strings.Split(s, ",") {
		if p = strings.TrimSpace(p); p != "" {
			out = append(out, p)
		}
	}
	return out
}

// relatedClusters limits clusters to those that the entity depends on:
// Resources of type kubernetes-cluster in its own namespace.
func relatedClusters(e *catalog.Entity, cat *catalog.Catalog, patterns []string) []string {
	out := []string{}
	for _, r := range e.Related(catalog.DependsOn) {
		if !strings.EqualFold(r.Kind, "resource") || !strings.EqualFold(r.Namespace, e.Ref.Namespace) {
			continue
		}
		if t := cat.Get(r); t != nil && t.Type != "kubernetes-cluster" {
			continue
		}
		if len(patterns) == 0 || matchesAny(patterns, r.Name) {
			out = append(out, r.Name)
		}
	}
	return out
}

func parseSelector(s string) (*Selection, error) {
	parsed, err := labels.Parse(s)
	if err != nil {
		return nil, err
	}
	reqs, _ := parsed.Requirements()
	out := &Selection{}
	for _, r := range reqs {
		k := Requirement{Key: r.Key(), Values: r.Values().List()}
		switch r.Operator() {
		case selection.Equals, selection.DoubleEquals, selection.In:
			k.Op = "In"
		case selection.NotEquals, selection.NotIn:
			k.Op = "NotIn"
		case selection.Exists:
			k.Op, k.Values = "Exists", nil
		case selection.DoesNotExist:
			k.Op, k.Values = "DoesNotExist", nil
		default:
			return nil, fmt.Errorf("operator %q is not for labels", r.Operator())
		}
		out.Requirements = append(out.Requirements, k)
	}
	return out, nil
}

// positive reports whether a selection asks for something that is there.
func positive(s *Selection) bool {
	return slices.ContainsFunc(s.Requirements, func(r Requirement) bool { return r.Op == "In" || r.Op == "Exists" })
}

// wants reports whether the entity looks in the cluster and namespace.
func (w *wish) wantsCluster(name string) bool {
	return !w.none && (w.clusters == nil || matchesAny(w.clusters, name))
}

func (w *wish) wantsNamespace(name string) bool {
	return len(w.namespaces) == 0 || matchesAny(w.namespaces, name)
}

// wishes finds the entities that look for a set of labels.
type wishes struct {
	list  []wish
	exact map[string]map[string][]int32 // key, value, wishes that need it
	scan  []int32                       // wishes without an exact requirement
}

func newWishes(all []wish) *wishes {
	x := &wishes{list: all, exact: map[string]map[string][]int32{}}
	for i := range all {
		w := &all[i]
		if w.none || w.selection == nil {
			continue
		}
		at := slices.IndexFunc(w.selection.Requirements, func(r Requirement) bool { return r.Op == "In" })
		if at < 0 {
			x.scan = append(x.scan, int32(i))
			continue
		}
		r := &w.selection.Requirements[at]
		if x.exact[r.Key] == nil {
			x.exact[r.Key] = map[string][]int32{}
		}
		for _, v := range r.Values {
			x.exact[r.Key][v] = append(x.exact[r.Key][v], int32(i))
		}
	}
	return x
}

// of returns the wishes that the labels satisfy, in order.
func (x *wishes) of(l Labels) []int32 {
	var out []int32
	for i := 0; i+1 < len(l); i += 2 {
		for _, w := range x.exact[l[i]][l[i+1]] {
			if x.list[w].selection.matches(l) {
				out = append(out, w)
			}
		}
	}
	for _, w := range x.scan {
		if x.list[w].selection.matches(l) {
			out = append(out, w)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// attach finds, for one cluster, the objects of every entity: roots by their
// labels, the rest by what belongs to them. The result is by wish, each sorted.
func (x *wishes) attach(v *view) map[int32][]id {
	roots := map[int32][]id{}
	memo := map[*string][]int32{}
	add := func(i id, namespace string, l Labels) {
		if len(l) == 0 {
			return
		}
		p := unsafe.SliceData(l)
		ws, ok := memo[p]
		if !ok {
			ws = x.of(l)
			memo[p] = ws
		}
		for _, w := range ws {
			if x.list[w].wantsNamespace(namespace) && x.list[w].wantsCluster(v.Info.Name) {
				if r := roots[w]; len(r) == 0 || r[len(r)-1] != i {
					roots[w] = append(roots[w], i)
				}
			}
		}
	}
	for i := id(0); i < v.base[kinds]; i++ {
		m := v.metaOf(i)
		add(i, m.Namespace, m.Labels)
	}
	for n := range v.Workloads {
		add(v.base[workloadKind]+id(n), v.Workloads[n].Namespace, v.Workloads[n].Template.Labels)
	}
	out := make(map[int32][]id, len(roots))
	mark := make([]int32, v.base[kinds])
	for w, r := range roots {
		var all []id
		v.closure(r, mark, w+1, func(i id) { all = append(all, i) })
		slices.Sort(all)
		out[w] = all
	}
	return out
}

// problemsOf returns what is wrong with the scope that an entity names.
func (w *wish) scopeProblems(views []*view) []MatchProblem {
	var out []MatchProblem
	for _, c := range w.clusters {
		if strings.Contains(c, "*") {
			continue
		}
		if !slices.ContainsFunc(views, func(v *view) bool { return v.Info.Name == c }) {
			names := make([]string, len(views))
			for i, v := range views {
				names[i] = v.Info.Name
			}
			out = append(out, MatchProblem{Code: "unknown-cluster", Text: fmt.Sprintf("there is no cluster %q", cut(plain(c), 100)), Hint: "clusters are " + strings.Join(names, ", ")})
		}
	}
	for _, n := range w.namespaces {
		if strings.Contains(n, "*") {
			continue
		}
		if !slices.ContainsFunc(views, func(v *view) bool { return w.wantsCluster(v.Info.Name) && v.namespaces[n] }) && len(views) > 0 {
			out = append(out, MatchProblem{Code: "unknown-namespace", Text: fmt.Sprintf("no object was seen in namespace %q", cut(plain(n), 100)), Hint: "it does not exist, is empty, or may not be read"})
		}
	}
	return out
}

// near says what an entity may have meant that found nothing: workloads with
// its name and without the label.
func (w *wish) near(views []*view) []string {
	names := []string{w.e.Ref.Name}
	if id := w.e.Annotations[idLabel]; id != "" && id != w.e.Ref.Name {
		names = append(names, id)
	}
	var out []string
	for _, v := range views {
		for i := range v.Workloads {
			o := &v.Workloads[i]
			if slices.Contains(names, o.Name) {
				out = append(out, fmt.Sprintf("a %s %s without the label exists in namespace %s of %s", o.Kind, o.Name, o.Namespace, v.Info.Name))
			}
			if len(out) == 5 {
				return out
			}
		}
	}
	return out
}

// ignored returns the rules that the entity does not want to see now.
func ignored(e *catalog.Entity, now Time) map[string]bool {
	out := map[string]bool{}
	for _, key := range ignoreAnnotations {
		text := e.Annotations[key]
		if text == "" {
			continue
		}
		var ids []string
		until := ""
		for _, p := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ';' || r == ' ' || r == '\t' || r == '\n' }) {
			if d, ok := strings.CutPrefix(p, "until="); ok {
				until = d
			} else {
				ids = append(ids, p)
			}
		}
		if until != "" && now.time().Format("2006-01-02") > until {
			continue
		}
		for _, i := range ids {
			out[i] = true
		}
	}
	return out
}

func compareRefs(a, b ObjectRef) int {
	return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
}
