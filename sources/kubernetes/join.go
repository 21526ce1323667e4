package kubernetes

import (
	"cmp"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/portolan-dev/portolan/sources"
	"github.com/portolan-dev/portolan/sources/catalog"
)

// JoinOptions says how snapshots become a fleet. The zero value works, except
// for Now.
type JoinOptions struct {
	// Now is the time of the build. It decides about ages; the rules of a
	// cluster use the time of its snapshot.
	Now time.Time

	// Thresholds of the rules; a zero field means the default.
	Thresholds Thresholds

	// FallbackLabels are labels, such as app.kubernetes.io/name, whose value is
	// compared with the name of an entity that found nothing otherwise.
	FallbackLabels []string

	// Relations limits each entity to the clusters that it depends on.
	Relations bool

	// StaleAfter is the age from which on a snapshot counts as stale although
	// it was read; the default is 6 h. MaxAge is the age from which on nothing
	// is known of a cluster any more; 24 h. DropAfter is the age from which on
	// its objects are left out; 30 days.
	StaleAfter, MaxAge, DropAfter time.Duration

	// Previous holds the snapshots of the build before. Rules that compare two
	// samples, and restarts in the last day, need them.
	Previous []*Snapshot

	// SystemNamespaces are patterns of namespaces whose workloads nobody has to
	// claim; the default is kube-*.
	SystemNamespaces []string

	// Namespaces are patterns of the namespaces that are published; objects of
	// others take part in the joins inside a cluster and are left out after.
	// Empty means all.
	Namespaces []string

	// HideMessages leaves out what clusters say in their own words.
	HideMessages bool

	// MaxPods bounds the pods that are listed of one service; 200.
	MaxPods int

	// Workers bounds the concurrency. The default is the number of CPUs.
	Workers int
}

func (o JoinOptions) withDefaults() *JoinOptions {
	o.StaleAfter = cmp.Or(o.StaleAfter, 6*time.Hour)
	o.MaxAge = cmp.Or(o.MaxAge, 24*time.Hour)
	o.DropAfter = cmp.Or(o.DropAfter, 30*24*time.Hour)
	o.MaxPods = cmp.Or(o.MaxPods, 200)
	if o.SystemNamespaces == nil {
		o.SystemNamespaces = []string{"kube-*"}
	}
	if o.Workers <= 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	o.Now = o.Now.UTC().Truncate(time.Second)
	return &o
}

// Join lays the snapshots of all clusters side by side, finds the objects of
// every entity, and judges them. The order of snapshots is that of the
// clusters on pages. It never fails: what is odd costs itself.
//
//	snapshots -> views (joins inside a cluster) -> findings
//	entities  -> objects by label and ownership -> services -> incidents, health
func Join(cat *catalog.Catalog, snapshots []*Snapshot, opt JoinOptions) *Fleet {
	o := opt.withDefaults()
	limit := opt.Thresholds.withDefaults()
	f := &Fleet{Now: o.Now, Clusters: []*ClusterState{}, Services: []*Service{}, Findings: []Finding{}, Incidents: []Incident{}, Unclaimed: []Workload{}, byRef: map[string]*Service{}}
	if cat == nil {
		cat = &catalog.Catalog{}
	}

	var clusters []*clusterPart
	for _, s := range snapshots {
		if s != nil {
			clusters = append(clusters, &clusterPart{state: clusterState(s, o), snap: s})
		}
	}
	wishes := readWishes(cat, o)
	each(len(clusters), o.Workers, func(i int) { clusters[i].tryRead(o, limit, wishes) })
	if len(o.FallbackLabels) > 0 {
		fallback(wishes, clusters, o)
	}
	views := make([]*view, len(clusters))
	for i, c := range clusters {
		views[i] = c.v
		c.claim(wishes)
	}

	services := make([]*Service, len(wishes.list))
	each(len(wishes.list), o.Workers, func(i int) {
		services[i] = tryService(&wishes.list[i], int32(i), clusters, views, o)
	})
	matchProblems(wishes, services, clusters)
	var all []found
	for _, c := range clusters {
		all = append(all, c.j.found...)
	}
	for _, s := range services {
		if s == nil {
			continue
		}
		f.Services = append(f.Services, s)
		f.byRef[s.Ref] = s
		f.Incidents = append(f.Incidents, s.Incidents...)
		for _, p := range s.Placements {
			for _, c := range clusters {
				if c.state.Name == p.Cluster {
					c.state.Services++
					c.state.ByHealth[p.Health]++
				}
			}
		}
	}
	slices.SortFunc(f.Services, func(a, b *Service) int { return cmp.Compare(a.Ref, b.Ref) })
	f.Incidents = append(mergeIncidents(f.Incidents), unclaimedIncidents(clusters, o.Now)...)
	sortIncidents(f.Incidents)
	f.Shared = shared(all)
	for i := range all {
		f.Findings = append(f.Findings, all[i].Finding)
	}
	slices.SortStableFunc(f.Findings, func(a, b Finding) int { return compareFindings(&a, &b) })
	names := map[string][]string{}
	for i := range wishes.list {
		if w := &wishes.list[i]; !w.none {
			names[w.e.Ref.Name] = append(names[w.e.Ref.Name], w.ref)
		}
	}
	for _, c := range clusters {
		c.finish(f, o, names)
		f.Clusters = append(f.Clusters, c.state)
	}
	return f
}

// each calls do for 0 to n-1 on at most workers goroutines and waits.
func each(n, workers int, do func(int)) {
	if workers <= 1 || n <= 1 {
		for i := range n {
			do(i)
		}
		return
	}
	var wg sync.WaitGroup
	next := make(chan int)
	for range min(workers, n) {
		wg.Go(func() {
			for i := range next {
				do(i)
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	wg.Wait()
}

// clusterPart is one cluster while it is joined.
type clusterPart struct {
	state    *ClusterState
	snap     *Snapshot
	v        *view
	j        *judgement
	attached map[int32][]id // by wish
	claims   [][]int32      // wishes by object
}

func (c *clusterPart) fresh() bool { return c.state.Freshness.State == sources.Fresh }

// clusterState says how far a snapshot can be trusted now.
func clusterState(s *Snapshot, o *JoinOptions) *ClusterState {
	st := &ClusterState{
		Name: s.Info.Name, Title: s.Info.title(), Region: s.Info.Region, Environment: s.Info.Environment,
		Freshness: s.Freshness, TakenAt: s.TakenAt, Took: s.Took, Version: s.Version, Insecure: s.Info.Insecure,
		Coverage: slices.Clone(s.Coverage), Skipped: s.Skipped, Problems: slices.Clone(s.Problems), ByHealth: map[Health]int{},
		Findings: []Finding{}, Incidents: []Incident{},
	}
	if st.Coverage == nil {
		st.Coverage = []Coverage{}
	}
	if st.Problems == nil {
		st.Problems = []string{}
	}
	age := o.Now.Sub(s.TakenAt)
	switch {
	case s.TakenAt.IsZero():
		st.Freshness.State = sources.Failed
		st.Expired = true
	case st.Freshness.State == sources.Failed:
		st.Freshness.State = sources.Stale
	case st.Freshness.State == "" || st.Freshness.State == sources.Fresh:
		st.Freshness.State = sources.Fresh
		if age > o.StaleAfter {
			st.Freshness.State = sources.Stale
			st.Freshness.Reason = fmt.Sprintf("the snapshot is %s old", ago(int64(age/time.Second)))
		}
	}
	if st.Freshness.ObservedAt.IsZero() {
		st.Freshness.ObservedAt = s.TakenAt
	}
	st.Expired = st.Expired || age > o.MaxAge
	return st
}

// tryRead reads a cluster; one whose data make that fail counts as unread, and
// the others are joined as if it had no data.
func (c *clusterPart) tryRead(o *JoinOptions, limit *Thresholds, w *wishes) {
	defer func() {
		if r := recover(); r != nil {
			c.state.Freshness = sources.Freshness{State: sources.Failed, ObservedAt: c.state.Freshness.ObservedAt, Reason: "its data cannot be joined"}
			c.state.Problems = append(c.state.Problems, scrub(fmt.Sprint("its data cannot be joined: ", r)))
			c.v = newView(&Snapshot{Info: c.snap.Info}, 0, limit)
			c.v.stale, c.v.gone = true, true
			c.j = &judgement{evaluation: c.v.evaluate(), of: map[id][]int32{}}
			c.attached = map[int32][]id{}
		}
	}()
	c.read(o, limit, w)
}

// tryService builds a service; one on which that fails says so and costs only itself.
func tryService(w *wish, index int32, clusters []*clusterPart, views []*view, o *JoinOptions) (s *Service) {
	defer func() {
		if r := recover(); r != nil {
			s = emptyService(w)
			s.Health, s.Line = Unknown, "What runs for it could not be put together."
			s.Problems = append(s.Problems, MatchProblem{Code: "not-joined", Text: scrub(fmt.Sprint(r))})
		}
	}()
	return buildService(w, index, clusters, views, o)
}

// read joins and judges one cluster and finds the objects of every entity.
func (c *clusterPart) read(o *JoinOptions, limit *Thresholds, w *wishes) {
	s := c.snap
	if s.TakenAt.IsZero() || o.Now.Sub(s.TakenAt) > o.DropAfter {
		s = &Snapshot{Info: s.Info, TakenAt: s.TakenAt, Freshness: s.Freshness, Coverage: s.Coverage}
	}
	now := moment(s.TakenAt)
	if s.TakenAt.After(o.Now) {
		now = moment(o.Now)
	}
	c.v = newView(s, now, limit)
	c.v.stale, c.v.gone = !c.fresh(), c.state.Expired
	for _, p := range o.Previous {
		if p != nil && p.Info.Name == s.Info.Name && p.TakenAt.Before(s.TakenAt) {
			c.v.before = p
		}
	}
	c.j = &judgement{evaluation: c.v.evaluate(), of: map[id][]int32{}}
	c.publish(o)
	slices.SortStableFunc(c.j.found, func(a, b found) int { return compareFound(&a, &b) })
	for i := range c.j.found {
		c.j.of[c.j.found[i].object] = append(c.j.of[c.j.found[i].object], int32(i))
	}
	if n := len(c.v.failed); n > 0 {
		c.state.Skipped += n
		slices.Sort(c.v.failed)
		c.state.Problems = append(c.state.Problems, c.v.failed[:min(n, maxProblems)]...)
	}
	c.attached = c.attach(w, o)
	c.state.Pods = len(s.Pods)
	for i := range s.Pods {
		if conditionIs(s.Pods[i].Conditions, "Ready", "True") {
			c.state.PodsReady++
		}
	}
	c.state.Workloads = len(s.Workloads) + len(s.CronJobs)
}

// attach finds the objects of every entity, without those that are not to be shown.
func (c *clusterPart) attach(w *wishes, o *JoinOptions) map[int32][]id {
	out := w.attach(c.v)
	if len(o.Namespaces) > 0 {
		for w, ids := range out {
			out[w] = slices.DeleteFunc(ids, func(i id) bool { return !matchesAny(o.Namespaces, c.v.metaOf(i).Namespace) })
		}
	}
	return out
}

// publish leaves out the findings that are not to be shown.
func (c *clusterPart) publish(o *JoinOptions) {
	if c.state.Expired { // what was wrong a day ago says nothing about now
		c.j.found = nil
	}
	if len(o.Namespaces) > 0 {
		c.j.found = slices.DeleteFunc(c.j.found, func(f found) bool { return !matchesAny(o.Namespaces, f.Ref.Namespace) })
	}
	if o.HideMessages {
		for i := range c.j.found {
			c.j.found[i].Says = ""
		}
	}
}

// hidden reports whether the namespace is not to be shown among those that
// nobody claims.
func (o *JoinOptions) hidden(namespace string) bool {
	return matchesAny(o.SystemNamespaces, namespace) || len(o.Namespaces) > 0 && !matchesAny(o.Namespaces, namespace)
}

// claim notes which entities own which objects and findings.
func (c *clusterPart) claim(w *wishes) {
	c.claims = make([][]int32, c.v.base[kinds])
	for i := range w.list {
		for _, o := range c.attached[int32(i)] {
			c.claims[o] = append(c.claims[o], int32(i))
		}
	}
	for i := range c.j.found {
		c.j.found[i].Entities = c.names(w, c.j.found[i].object)
	}
}

func (c *clusterPart) names(w *wishes, o id) []string {
	out := make([]string, 0, len(c.claims[o]))
	for _, i := range c.claims[o] {
		out = append(out, w.list[i].ref)
	}
	slices.Sort(out)
	return out
}

func readWishes(cat *catalog.Catalog, o *JoinOptions) *wishes {
	all := make([]wish, len(cat.Entities))
	for i, e := range cat.Entities {
		all[i] = wishOf(e, o, cat)
	}
	return newWishes(all)
}

// fallback looks for entities that found nothing by the configured labels,
// where exactly one entity has that name.
func fallback(w *wishes, clusters []*clusterPart, o *JoinOptions) {
	names := map[string]int{}
	for i := range w.list {
		if !w.list[i].none {
			names[w.list[i].e.Ref.Name]++
		}
	}
	var again []wish
	var index []int32
	for i := range w.list {
		x := w.list[i]
		found := slices.ContainsFunc(clusters, func(c *clusterPart) bool { return len(c.attached[int32(i)]) > 0 })
		if found || x.none || !x.byName || names[x.e.Ref.Name] != 1 {
			continue
		}
		for _, label := range o.FallbackLabels {
			y := x
			y.exact(label, x.e.Ref.Name)
			again = append(again, y)
			index = append(index, int32(i))
		}
	}
	second := newWishes(again)
	hits := make([]map[int32][]id, len(clusters))
	each(len(clusters), o.Workers, func(c int) { hits[c] = clusters[c].attach(second, o) })
	done := map[int32]bool{}
	for k, i := range index { // the first label that finds something counts
		if done[i] {
			continue
		}
		for c := range clusters {
			if ids := hits[c][int32(k)]; len(ids) > 0 {
				clusters[c].attached[i] = ids
				w.list[i].labels = again[k].labels
				done[i] = true
			}
		}
	}
}

// matchProblems adds what only shows when all services are seen together.
func matchProblems(w *wishes, services []*Service, clusters []*clusterPart) {
	byName := map[string][]int{}
	for i := range w.list {
		if services[i] != nil && w.list[i].byName && len(services[i].Objects) > 0 {
			byName[w.list[i].e.Ref.Name] = append(byName[w.list[i].e.Ref.Name], i)
		}
	}
	for name, list := range byName {
		if len(list) < 2 {
			continue
		}
		for _, i := range list {
			var others []string
			for _, j := range list {
				if j != i {
					others = append(others, w.list[j].ref)
				}
			}
			services[i].Problems = append(services[i].Problems, MatchProblem{Code: "ambiguous-name",
				Text: fmt.Sprintf("%s also looks for objects named %q", strings.Join(others, ", "), cut(plain(name), 100)),
				Hint: "give one of them the annotation " + idLabel})
		}
	}
	for i := range w.list {
		s := services[i]
		if s == nil {
			continue
		}
		others, example := claimedBy(w, int32(i), s, clusters)
		if len(others) > 0 {
			slices.Sort(others)
			s.Problems = append(s.Problems, MatchProblem{Code: "claimed-twice", Text: fmt.Sprintf("%s is also claimed by %s", example, strings.Join(others, ", "))})
		}
	}
}

// maxOthers is how many other entities a problem names.
const maxOthers = 10

// claimedBy returns the other entities that claim a workload of a service.
func claimedBy(w *wishes, i int32, s *Service, clusters []*clusterPart) (others []string, example string) {
	if slices.ContainsFunc(s.Problems, func(p MatchProblem) bool { return p.Code == "ambiguous-name" }) {
		return nil, ""
	}
	for _, c := range clusters {
		for _, o := range c.attached[i] {
			if k, _ := c.v.split(o); k != workloadKind && k != cronJobKind {
				continue
			}
			for _, j := range c.claims[o] {
				if j == i || slices.Contains(others, w.list[j].ref) {
					continue
				}
				if example == "" {
					r := c.v.ref(o)
					example = fmt.Sprintf("%s %s in %s", r.Kind, r.Name, c.state.Name)
				}
				if others = append(others, w.list[j].ref); len(others) == maxOthers {
					return others, example
				}
			}
		}
	}
	return others, example
}

// mergeIncidents keeps one of the incidents that several entities share.
func mergeIncidents(list []Incident) []Incident {
	type key struct{ kind, namespace, name, rule, cause, container, env, clusters string }
	at := map[key]int{}
	out := []Incident{}
	for _, in := range list {
		k := key{in.Workload.Kind, in.Workload.Namespace, in.Workload.Name, in.Lead.Rule, in.Lead.Cause, in.Lead.Container, in.Environment, strings.Join(in.Clusters, ",")}
		if i, ok := at[k]; ok && out[i].Lead.Ref == in.Lead.Ref {
			continue
		}
		at[k] = len(out)
		out = append(out, in)
	}
	return out
}

// unclaimedIncidents groups the findings on objects that no entity claims.
func unclaimedIncidents(clusters []*clusterPart, now time.Time) []Incident {
	var list []found
	for _, c := range clusters {
		for i := range c.j.found {
			if len(c.j.found[i].Entities) == 0 {
				list = append(list, c.j.found[i])
			}
		}
	}
	// Workloads of one name in two namespaces are not the same without an entity that says so.
	byNamespace := map[string][]found{}
	for _, f := range list {
		byNamespace[f.Ref.Namespace] = append(byNamespace[f.Ref.Namespace], f)
	}
	names := make([]string, 0, len(byNamespace))
	for n := range byNamespace {
		names = append(names, n)
	}
	slices.Sort(names)
	var out []Incident
	for _, n := range names {
		out = append(out, incidents("", byNamespace[n], func(env string, r ObjectRef) map[string]int {
			total := map[string]int{}
			for _, c := range clusters {
				if c.state.Environment == env && c.fresh() {
					if n := c.v.livingPods(r); n > 0 {
						total[c.state.Name] = n
					}
				}
			}
			return total
		}, now)...)
	}
	for i := range out {
		out[i].ID = anchor(out[i].ID + out[i].Workload.Namespace)
	}
	return out
}

// livingPods counts the pods of a workload that have not ended.
func (v *view) livingPods(r ObjectRef) int {
	o := v.find(r.Kind, r.Namespace, r.Name)
	pods := v.loose[looseRole{r.Kind, r.Namespace, r.Name}]
	if o != none {
		if k, n := v.split(o); k == podKind {
			pods = []int32{int32(n)}
		} else {
			pods = v.pods[o]
		}
	}
	return v.living(pods)
}

func (v *view) living(pods []int32) int {
	n := 0
	for _, p := range pods {
		if ph := v.Pods[p].Phase; ph != "Succeeded" && ph != "Failed" && v.Pods[p].Deleted == 0 {
			n++
		}
	}
	return n
}

// likely returns the entities that have the name of an unclaimed workload, or
// that its labels name.
func likely(w *Workload, names map[string][]string) []string {
	var out []string
	for _, n := range []string{w.Ref.Name, w.Labels["app.kubernetes.io/name"], w.Labels["app.kubernetes.io/instance"], w.Labels["app"], w.Labels["app.kubernetes.io/part-of"]} {
		for _, r := range names[n] {
			if n != "" && !slices.Contains(out, r) {
				out = append(out, r)
			}
		}
	}
	return out
}

// finish fills in what a cluster's page shows. names holds the entities by name.
func (c *clusterPart) finish(f *Fleet, o *JoinOptions, names map[string][]string) {
	unclaimed := func(x id) {
		w := c.workload(x, nil)
		w.Likely = likely(&w, names)
		f.Unclaimed = append(f.Unclaimed, w)
	}
	st := c.state
	for i := range c.j.found {
		st.Findings = append(st.Findings, c.j.found[i].Finding)
	}
	for i := range f.Incidents {
		if slices.Contains(f.Incidents[i].Clusters, st.Name) {
			st.Incidents = append(st.Incidents, f.Incidents[i])
		}
	}
	for i := range c.v.Scalers {
		switch c.v.autoscaler(&c.v.Scalers[i]).State {
		case scaleLimit, scaleMax:
			st.AtLimit++
		}
	}
	for i := range c.v.Workloads {
		w := c.v.base[workloadKind] + id(i)
		if len(c.claims[w]) == 0 && !o.hidden(c.v.Workloads[i].Namespace) {
			unclaimed(w)
		}
	}
	for i := range c.v.CronJobs {
		w := c.v.base[cronJobKind] + id(i)
		if len(c.claims[w]) == 0 && !o.hidden(c.v.CronJobs[i].Namespace) {
			unclaimed(w)
		}
	}
}
