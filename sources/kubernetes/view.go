package kubernetes

import (
	"strconv"
	"strings"
	"unsafe"
)

// kind numbers the sorts of objects of a snapshot.
type kind uint8

const (
	podKind kind = iota
	workloadKind
	replicaSetKind
	jobKind
	cronJobKind
	scalerKind
	serviceKind
	routeKind
	budgetKind
	claimKind
	quotaKind
	customKind
	kinds
)

// id numbers the objects of one snapshot over all kinds, in the order of kind
// and of the slices; none is no object.
type id int32

const none id = -1

// A view is a snapshot with the joins inside the cluster that rules and
// matching need. It is made once and only read after that.
type view struct {
	*Snapshot
	now   Time // the clock of the rules: when the snapshot was taken
	stale bool // findings are the last known ones
	gone  bool // too old: values are unknown
	limit *Thresholds

	base   [kinds + 1]id
	parent []id           // the controller, by object
	next   [][]id         // what belongs to an object, by object: children, autoscalers, services, ...
	role   []id           // by pod: the top of its owners that is in the snapshot; none if there is none
	pods   map[id][]int32 // of a role
	loose  map[looseRole][]int32
	byName map[nameKey]id

	podsByService   [][]int32 // living pods that a Service selects
	workByService   [][]int32 // workloads that a Service selects
	routesByService [][]id
	podsByClaim     [][]int32
	workByBudget    [][]int32 // workloads that a budget selects
	budgetsOf       map[id][]int32
	scalersOf       map[id][]int32
	usage           map[nameKey]int32 // by pod
	failed          []string          // objects on which a rule panicked
	hostOwners      map[[3]string][]string
	carried         map[string]bool // types whose objects are those of an earlier snapshot
	namespaces      map[string]bool // those in which an object was seen

	before *Snapshot // the snapshot of the build before; nil if there is none
}

// looseRole names the owner of pods whose owner is not in the snapshot.
type looseRole struct {
	kind, namespace, name string
}

type nameKey struct {
	kind, namespace, name string
}

// find returns the object of that name, or none.
func (v *view) find(kind, namespace, name string) id {
	if i, ok := v.byName[nameKey{kind, namespace, name}]; ok {
		return i
	}
	return none
}

// split returns what an id stands for.
func (v *view) split(i id) (kind, int) {
	k := podKind
	for k+1 < kinds && i >= v.base[k+1] {
		k++
	}
	return k, int(i - v.base[k])
}

// metaOf returns the metadata of an object.
func (v *view) metaOf(i id) *Meta {
	k, n := v.split(i)
	switch k {
	case podKind:
		return &v.Pods[n].Meta
	case workloadKind:
		return &v.Workloads[n].Meta
	case replicaSetKind:
		return &v.ReplicaSets[n].Meta
	case jobKind:
		return &v.Jobs[n].Meta
	case cronJobKind:
		return &v.CronJobs[n].Meta
	case scalerKind:
		return &v.Scalers[n].Meta
	case serviceKind:
		return &v.Services[n].Meta
	case routeKind:
		return &v.Routes[n].Meta
	case budgetKind:
		return &v.Budgets[n].Meta
	case claimKind:
		return &v.Claims[n].Meta
	case quotaKind:
		return &v.Quotas[n].Meta
	default:
		return &v.Customs[n].Meta
	}
}

// kindName returns the kind of an object as Kubernetes writes it.
func (v *view) kindName(i id) string {
	k, n := v.split(i)
	switch k {
	case workloadKind:
		return v.Workloads[n].Kind
	case routeKind:
		return v.Routes[n].Kind
	case customKind:
		return v.Customs[n].Kind
	}
	return [...]string{"Pod", "", "ReplicaSet", "Job", "CronJob", "HorizontalPodAutoscaler", "Service", "", "PodDisruptionBudget", "PersistentVolumeClaim", "ResourceQuota", ""}[k]
}

func (v *view) ref(i id) ObjectRef {
	m := v.metaOf(i)
	return ObjectRef{Kind: v.kindName(i), Namespace: m.Namespace, Name: m.Name}
}

// counts returns how many objects of each kind there are.
func (s *Snapshot) counts() [kinds]int {
	return [kinds]int{len(s.Pods), len(s.Workloads), len(s.ReplicaSets), len(s.Jobs), len(s.CronJobs), len(s.Scalers),
		len(s.Services), len(s.Routes), len(s.Budgets), len(s.Claims), len(s.Quotas), len(s.Customs)}
}

// newView joins the objects of a snapshot.
func newView(s *Snapshot, now Time, limit *Thresholds) *view {
	v := &view{Snapshot: s, now: now, limit: limit, byName: make(map[nameKey]id, s.objects()), pods: map[id][]int32{}, loose: map[looseRole][]int32{},
		namespaces: map[string]bool{}, budgetsOf: map[id][]int32{}, scalersOf: map[id][]int32{}, usage: make(map[nameKey]int32, len(s.Usage))}
	for i := range s.Coverage {
		if !s.Coverage[i].ObservedAt.IsZero() {
			if v.carried == nil {
				v.carried = map[string]bool{}
			}
			v.carried[s.Coverage[i].Type] = true
		}
	}
	total := id(0)
	for k, n := range s.counts() {
		v.base[k] = total
		total += id(n)
	}
	v.base[kinds] = total
	for i := id(0); i < total; i++ {
		m := v.metaOf(i)
		v.namespaces[m.Namespace] = true
		key := nameKey{v.kindName(i), m.Namespace, m.Name}
		if _, taken := v.byName[key]; !taken { // a custom kind may be called like a built-in one
			v.byName[key] = i
		}
	}
	v.parent = make([]id, total)
	v.next = make([][]id, total)
	for i := range s.Usage {
		v.usage[nameKey{"", s.Usage[i].Namespace, s.Usage[i].Name}] = int32(i)
	}
	v.owners(total)
	v.roles()
	v.selections()
	v.targets()
	return v
}

// owners finds the controller of every object.
func (v *view) owners(total id) {
	for i := id(0); i < total; i++ {
		v.parent[i] = none
		m := v.metaOf(i)
		o := m.Owner
		if o.Name == "" {
			continue
		}
		p := v.find(o.Kind, m.Namespace, o.Name)
		if p == none && o.Kind == "ReplicaSet" {
			p = v.ownerOfReplicaSet(m)
		}
		if p == none || p == i || !rises(v, i, p) {
			continue
		}
		v.parent[i] = p
		v.next[p] = append(v.next[p], i)
	}
}

// ownerOfReplicaSet guesses the Deployment or Rollout of a pod whose
// ReplicaSet is not in the snapshot: the ReplicaSet's name is that of its owner,
// a dash, and the hash that the pod carries as a label.
func (v *view) ownerOfReplicaSet(m *Meta) id {
	name, found := m.Owner.Name, false
	for _, key := range []string{"pod-template-hash", "rollouts-pod-template-hash"} {
		if h := m.Labels.value(key); h != "" {
			if name, found = strings.CutSuffix(m.Owner.Name, "-"+h); found {
				break
			}
		}
	}
	if !found {
		return none
	}
	if p := v.find("Deployment", m.Namespace, name); p != none {
		return p
	}
	return v.find("Rollout", m.Namespace, name)
}

// rises reports whether p may own i: ownership goes up one way, so that owners
// in a loop do no harm.
func rises(v *view, i, p id) bool {
	rank := func(i id) int {
		k, _ := v.split(i)
		switch k {
		case podKind:
			return 0
		case jobKind, replicaSetKind:
			return 1
		case cronJobKind, workloadKind:
			return 2
		case customKind:
			return 4
		default:
			return 3
		}
	}
	ri, rp := rank(i), rank(p)
	if rp == 3 { // nothing is owned by a Service, Ingress, ...
		return false
	}
	return ri == 3 || ri < rp
}

// roles finds for every pod the workload it belongs to.
func (v *view) roles() {
	v.role = make([]id, len(v.Pods))
	for n := range v.Pods {
		top := none
		for i := v.parent[id(n)]; i != none; i = v.parent[i] {
			if k, _ := v.split(i); k == customKind {
				break
			}
			top = i
		}
		v.role[n] = top
		switch {
		case top != none:
			v.pods[top] = append(v.pods[top], int32(n))
		case v.Pods[n].Owner.Name != "":
			k := v.looseRole(n)
			v.loose[k] = append(v.loose[k], int32(n))
		}
	}
}

// looseRole names what owns a pod whose owner is not in the snapshot; a
// ReplicaSet by the name of what it would belong to.
func (v *view) looseRole(pod int) looseRole {
	p := &v.Pods[pod]
	o := p.Owner
	if o.Kind == "ReplicaSet" {
		for _, key := range []string{"pod-template-hash", "rollouts-pod-template-hash"} {
			if h := p.Labels.value(key); h != "" {
				if name, ok := strings.CutSuffix(o.Name, "-"+h); ok {
					return looseRole{"Deployment", p.Namespace, name}
				}
			}
		}
	}
	return looseRole{o.Kind, p.Namespace, o.Name}
}

// roleRef returns the workload that an object of any kind belongs to.
func (v *view) podRole(n int) ObjectRef {
	if r := v.role[n]; r != none {
		return v.ref(r)
	}
	if v.Pods[n].Owner.Name != "" {
		l := v.looseRole(n)
		return ObjectRef{Kind: l.kind, Namespace: l.namespace, Name: l.name}
	}
	return ObjectRef{Kind: "Pod", Namespace: v.Pods[n].Namespace, Name: v.Pods[n].Name}
}

// A labelGroup is all pods (or workloads) of one namespace with one set of labels.
type labelGroup struct {
	namespace string
	labels    Labels
	members   []int32
}

// labelIndex finds the groups whose labels contain a selector.
type labelIndex struct {
	groups []labelGroup
	by     map[[3]string][]int32 // namespace, key, value
}

type groupKey struct {
	namespace string
	labels    *string
}

func newLabelIndex(n int, of func(int) (namespace string, labels Labels)) *labelIndex {
	x := &labelIndex{by: map[[3]string][]int32{}}
	seen := map[groupKey]int{}
	for i := range n {
		ns, l := of(i)
		if len(l) == 0 {
			continue
		}
		key := groupKey{ns, unsafe.SliceData(l)} // equal sets share their memory
		g, ok := seen[key]
		if !ok {
			g = len(x.groups)
			seen[key] = g
			x.groups = append(x.groups, labelGroup{namespace: ns, labels: l})
			for j := 0; j+1 < len(l); j += 2 {
				k := [3]string{ns, l[j], l[j+1]}
				x.by[k] = append(x.by[k], int32(g))
			}
		}
		x.groups[g].members = append(x.groups[g].members, int32(i))
	}
	return x
}

// contain returns the members whose labels contain the non-empty selector.
func (x *labelIndex) contain(namespace string, selector Labels, each func(int32)) {
	if len(selector) == 0 {
		return
	}
	var best []int32
	for j := 0; j+1 < len(selector); j += 2 {
		c := x.by[[3]string{namespace, selector[j], selector[j+1]}]
		if len(c) == 0 {
			return
		}
		if best == nil || len(c) < len(best) {
			best = c
		}
	}
	for _, g := range best {
		if x.groups[g].labels.contains(selector) {
			for _, m := range x.groups[g].members {
				each(m)
			}
		}
	}
}

// match returns the members that a selection of any form selects.
func (x *labelIndex) match(namespace string, s *Selection, each func(int32)) {
	if s == nil {
		return
	}
	if eq := s.equalities(); len(eq) > 0 {
		if len(eq)/2 == len(s.Requirements) {
			x.contain(namespace, eq, each)
			return
		}
		for _, g := range x.by[[3]string{namespace, eq[0], eq[1]}] {
			if s.matches(x.groups[g].labels) {
				for _, m := range x.groups[g].members {
					each(m)
				}
			}
		}
		return
	}
	for g := range x.groups {
		if x.groups[g].namespace == namespace && s.matches(x.groups[g].labels) {
			for _, m := range x.groups[g].members {
				each(m)
			}
		}
	}
}

// selections joins Services and budgets to pods and workloads.
func (v *view) selections() {
	pods := newLabelIndex(len(v.Pods), func(i int) (string, Labels) { return v.Pods[i].Namespace, v.Pods[i].Labels })
	works := newLabelIndex(len(v.Workloads), func(i int) (string, Labels) {
		return v.Workloads[i].Namespace, v.Workloads[i].Template.Labels
	})
	v.podsByService = make([][]int32, len(v.Services))
	v.workByService = make([][]int32, len(v.Services))
	for s := range v.Services {
		o := &v.Services[s]
		if o.External != "" {
			continue
		}
		sid := v.base[serviceKind] + id(s)
		works.contain(o.Namespace, o.Selector, func(w int32) {
			v.workByService[s] = append(v.workByService[s], w)
			wid := v.base[workloadKind] + id(w)
			v.next[wid] = append(v.next[wid], sid)
		})
		pods.contain(o.Namespace, o.Selector, func(p int32) {
			if ph := v.Pods[p].Phase; ph == "Succeeded" || ph == "Failed" {
				return
			}
			v.podsByService[s] = append(v.podsByService[s], p)
			if v.bare(int(p)) {
				v.next[p] = append(v.next[p], sid)
			}
		})
	}
	v.workByBudget = make([][]int32, len(v.Budgets))
	for b := range v.Budgets {
		o := &v.Budgets[b]
		if o.Selector == nil || len(o.Selector.Requirements) == 0 {
			continue
		}
		bid := v.base[budgetKind] + id(b)
		works.match(o.Namespace, o.Selector, func(w int32) {
			wid := v.base[workloadKind] + id(w)
			v.next[wid] = append(v.next[wid], bid)
			v.budgetsOf[wid] = append(v.budgetsOf[wid], int32(b))
			v.workByBudget[b] = append(v.workByBudget[b], w)
		})
		pods.match(o.Namespace, o.Selector, func(p int32) {
			if v.bare(int(p)) {
				v.next[p] = append(v.next[p], bid)
			}
		})
	}
}

// bare reports whether no workload of the snapshot stands behind a pod.
func (v *view) bare(pod int) bool {
	r := v.role[pod]
	if r == none {
		return true
	}
	k, _ := v.split(r)
	return k == replicaSetKind
}

// targets joins autoscalers, routes and claims.
func (v *view) targets() {
	for n := range v.Scalers {
		o := &v.Scalers[n]
		if t := v.find(o.Target.Kind, o.Namespace, o.Target.Name); t != none {
			v.next[t] = append(v.next[t], v.base[scalerKind]+id(n))
			v.scalersOf[t] = append(v.scalersOf[t], int32(n))
		}
	}
	for n := range v.Customs {
		o := &v.Customs[n]
		if o.Target.Name == "" {
			continue
		}
		if t := v.find(o.Target.Kind, o.Namespace, o.Target.Name); t != none && t != v.base[customKind]+id(n) {
			v.next[t] = append(v.next[t], v.base[customKind]+id(n))
		}
	}
	v.routesByService = make([][]id, len(v.Services))
	for n := range v.Routes {
		o := &v.Routes[n]
		rid := v.base[routeKind] + id(n)
		for i := range o.Rules {
			ns := o.Namespace
			if o.Rules[i].Namespace != "" {
				ns = o.Rules[i].Namespace
			}
			s := v.find("Service", ns, o.Rules[i].Service)
			if s == none {
				continue
			}
			at := int(s - v.base[serviceKind])
			if at < 0 || at >= len(v.Services) {
				continue
			}
			if l := v.routesByService[at]; len(l) == 0 || l[len(l)-1] != rid {
				v.routesByService[at] = append(v.routesByService[at], rid)
				v.next[s] = append(v.next[s], rid)
			}
		}
	}
	v.podsByClaim = make([][]int32, len(v.Claims))
	for n := range v.Pods {
		for _, c := range v.Pods[n].Claims {
			k := v.find("PersistentVolumeClaim", v.Pods[n].Namespace, c)
			if k == none {
				continue
			}
			at := int(k - v.base[claimKind])
			if l := v.podsByClaim[at]; len(l) == 0 || l[len(l)-1] != int32(n) {
				v.podsByClaim[at] = append(v.podsByClaim[at], int32(n))
				v.next[n] = append(v.next[n], k)
			}
		}
	}
	// Claims of a StatefulSet are called <template>-<set>-<ordinal>.
	for n := range v.Claims {
		o := &v.Claims[n]
		i := strings.LastIndexByte(o.Name, '-')
		if i < 0 {
			continue
		}
		if _, err := strconv.ParseUint(o.Name[i+1:], 10, 31); err != nil {
			continue
		}
		stem := o.Name[:i]
		for j := 0; j < len(stem); j++ {
			if stem[j] != '-' {
				continue
			}
			w := v.find("StatefulSet", o.Namespace, stem[j+1:])
			if w == none {
				continue
			}
			for _, t := range v.Workloads[w-v.base[workloadKind]].Template.Claims {
				if t == stem[:j] {
					v.next[w] = append(v.next[w], v.base[claimKind]+id(n))
				}
			}
		}
	}
}

// age is how many seconds ago a moment was; never negative, 0 if it is not known.
func (v *view) age(t Time) int64 {
	if t == 0 || t > v.now {
		return 0
	}
	return int64(v.now - t)
}

// closure calls each for every object that belongs to the roots, once, in no
// particular order. The mark of an object is set to stamp when it was seen.
func (v *view) closure(roots []id, mark []int32, stamp int32, each func(id)) {
	var stack []id
	push := func(i id) {
		if mark[i] != stamp {
			mark[i] = stamp
			stack = append(stack, i)
		}
	}
	for _, r := range roots {
		push(r)
		// A label on the pod template alone is enough: the parents come too.
		for p := v.parent[r]; p != none; p = v.parent[p] {
			if k, _ := v.split(p); k == customKind {
				break
			}
			push(p)
		}
	}
	for len(stack) > 0 {
		i := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		each(i)
		for _, n := range v.next[i] {
			push(n)
		}
	}
}
