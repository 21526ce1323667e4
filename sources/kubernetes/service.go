package kubernetes

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/portolan-dev/portolan/sources"
)

// maxObjects bounds the list of objects of one service, maxIncidents that of
// its incidents.
const (
	maxObjects   = 5000
	maxIncidents = 50
)

// member is the part of a service that is in one cluster.
type member struct {
	*clusterPart
	ids   []id
	roles []*part
}

func (m *member) has(o id) bool {
	_, ok := slices.BinarySearch(m.ids, o)
	return ok
}

// part is one workload of a service in one cluster.
type part struct {
	m    *member
	o    id // none if the workload is not in the snapshot
	ref  ObjectRef
	pods []int32
}

func (p *part) kind() kind {
	if p.o == none {
		return podKind
	}
	k, _ := p.m.v.split(p.o)
	return k
}

// state returns the workload, or nil if it is of another kind.
func (p *part) state() *WorkloadState {
	if p.kind() != workloadKind {
		return nil
	}
	return &p.m.v.Workloads[p.o-p.m.v.base[workloadKind]]
}

func (p *part) batch() bool {
	k := p.kind()
	return k == jobKind || k == cronJobKind || p.ref.Kind == "Job"
}

func (p *part) health() Health {
	if p.o != none {
		return p.m.j.workloadHealth(p.o)
	}
	return p.m.j.podsHealth(p.pods)
}

// role is one workload of a service over all clusters.
type role struct {
	kind, name string
	parts      []*part
}

func (r *role) batch() bool { return r.parts[0].batch() }

func (r *role) ref() ObjectRef {
	ref := r.parts[0].ref
	ref.Name = r.name
	return ref
}

// buildService lays what belongs to an entity side by side. It returns nil if
// nothing does and the entity does not say that something should.
func buildService(w *wish, index int32, clusters []*clusterPart, views []*view, o *JoinOptions) *Service {
	var members []*member
	for _, c := range clusters {
		if ids := c.attached[index]; len(ids) > 0 {
			m := &member{clusterPart: c, ids: ids}
			m.findRoles()
			members = append(members, m)
		}
	}
	if len(members) == 0 && !w.explicit {
		return nil
	}
	s := emptyService(w)
	s.Problems = append(s.Problems, w.problems...)
	s.Problems = append(s.Problems, w.scopeProblems(views)...)
	b := &builder{s: s, w: w, o: o, members: members, clusters: clusters, roles: joinRoles(members)}
	hide := ignored(w.e, moment(o.Now))
	for _, m := range members {
		for _, x := range m.ids {
			for _, f := range m.j.of[x] {
				fd := m.j.found[f]
				if hide[fd.Rule] {
					s.Ignored = append(s.Ignored, fd.Finding)
					continue
				}
				b.found = append(b.found, fd)
			}
		}
	}
	slices.SortStableFunc(b.found, func(a, c found) int { return compareFound(&a, &c) })
	for i := range b.found {
		s.Findings = append(s.Findings, b.found[i].Finding)
	}
	b.placements()
	b.workloads()
	b.deploys()
	b.autoscalers()
	b.versions()
	b.across(hide)
	b.addresses()
	b.resources()
	b.pods()
	b.notChecked()
	s.Incidents = incidents(s.Ref, b.found, b.total, o.Now)
	if len(s.Incidents) > maxIncidents {
		s.Incidents = s.Incidents[:maxIncidents]
	}
	b.health()
	if len(members) == 0 {
		s.Searched.Near = w.near(views)
		b.matchesNothing()
	}
	b.headline()
	for _, m := range members {
		for _, x := range m.ids {
			r := m.v.ref(x)
			s.Objects = append(s.Objects, m.state.Name+"/"+r.Kind+"/"+r.Namespace+"/"+r.Name)
		}
	}
	slices.Sort(s.Objects)
	if len(s.Objects) > maxObjects {
		s.Objects = s.Objects[:maxObjects]
	}
	return s
}

// emptyService is a service of which nothing is known.
func emptyService(w *wish) *Service {
	return &Service{
		Ref: w.ref, Deploys: []Deploy{}, Versions: []VersionShare{}, Placements: []Placement{}, Workloads: []Workload{}, Autoscalers: []Autoscaler{}, Scaling: []Scaling{},
		Findings: []Finding{}, Across: []Across{}, Advice: []Finding{}, Ignored: []Finding{}, Incidents: []Incident{}, Addresses: []Address{},
		CronJobs: []CronJob{}, Resources: []Resource{}, Pods: []Pod{}, NotChecked: []NotChecked{}, Problems: []MatchProblem{}, Objects: []string{},
		Searched: Selector{Labels: plain(w.labels), Namespaces: w.namespaces, Clusters: w.clusters},
	}
}

// builder is one service while it is put together.
type builder struct {
	s        *Service
	w        *wish
	o        *JoinOptions
	members  []*member
	clusters []*clusterPart
	roles    []*role
	found    []found
}

// findRoles finds the workloads among the objects.
func (m *member) findRoles() {
	v := m.v
	loose := map[looseRole]*part{}
	for _, x := range m.ids {
		k, n := v.split(x)
		switch k {
		case workloadKind, cronJobKind:
			m.roles = append(m.roles, &part{m: m, o: x, ref: v.ref(x), pods: v.pods[x]})
		case jobKind:
			if v.parent[x] == none {
				m.roles = append(m.roles, &part{m: m, o: x, ref: v.ref(x), pods: v.pods[x]})
			}
		case replicaSetKind:
			if v.parent[x] == none && len(v.pods[x]) > 0 {
				m.roles = append(m.roles, &part{m: m, o: x, ref: v.ref(x), pods: v.pods[x]})
			}
		case podKind:
			if v.role[n] != none {
				continue
			}
			l := looseRole{"Pod", v.Pods[n].Namespace, v.Pods[n].Name}
			if v.Pods[n].Owner.Name != "" {
				l = v.looseRole(n)
			}
			p := loose[l]
			if p == nil {
				p = &part{m: m, o: none, ref: ObjectRef{Kind: l.kind, Namespace: l.namespace, Name: l.name}}
				loose[l] = p
				m.roles = append(m.roles, p)
			}
			p.pods = append(p.pods, int32(n))
		}
	}
}

// joinRoles lays the workloads of all clusters side by side: those of one kind
// and name are one role; those whose names differ and whose component label
// agrees, one in each cluster, are too.
func joinRoles(members []*member) []*role {
	type key struct{ kind, name string }
	at := map[key]*role{}
	var all []*role
	for _, m := range members {
		for _, p := range m.roles {
			k := key{p.ref.Kind, p.ref.Name}
			r := at[k]
			if r == nil {
				r = &role{kind: p.ref.Kind, name: p.ref.Name}
				at[k] = r
				all = append(all, r)
			}
			r.parts = append(r.parts, p)
		}
	}
	if len(members) > 1 {
		all = joinByComponent(all)
	}
	slices.SortFunc(all, func(a, b *role) int {
		return cmp.Or(cmp.Compare(boolRank(!a.batch()), boolRank(!b.batch())), cmp.Compare(a.name, b.name), cmp.Compare(a.kind, b.kind))
	})
	return all
}

func joinByComponent(all []*role) []*role {
	type key struct{ kind, component string }
	groups := map[key][]*role{}
	for _, r := range all {
		if len(r.parts) != 1 || r.parts[0].o == none {
			continue // a name that several clusters share is a role of its own
		}
		if c := r.parts[0].m.v.metaOf(r.parts[0].o).Labels.value("app.kubernetes.io/component"); c != "" {
			k := key{r.kind, c}
			groups[k] = append(groups[k], r)
		}
	}
	gone := map[*role]bool{}
	for _, g := range groups {
		seen := map[string]bool{}
		single := len(g) > 1
		for _, r := range g {
			c := r.parts[0].m.state.Name
			single = single && !seen[c]
			seen[c] = true
		}
		if !single {
			continue
		}
		for _, r := range g[1:] {
			g[0].parts = append(g[0].parts, r.parts...)
			gone[r] = true
		}
	}
	return slices.DeleteFunc(all, func(r *role) bool { return gone[r] })
}

// main returns the role that a service is known by: the one with the entity's
// name, else the one with the most pods.
func (b *builder) main() *role {
	var best *role
	size := func(r *role) int {
		n := 0
		for _, p := range r.parts {
			n += len(p.pods)
			if w := p.state(); w != nil {
				n += int(w.Want)
			}
		}
		return n
	}
	for _, r := range b.roles {
		switch {
		case r.batch():
		case strings.EqualFold(r.name, b.w.e.Ref.Name):
			return r
		case best == nil || size(r) > size(best):
			best = r
		}
	}
	return best
}

// wanted returns the numbers of a part: pods wanted, ready, updated.
func (p *part) numbers() (want, ready, updated, available int) {
	if w := p.state(); w != nil {
		return int(w.Want), int(w.Ready), int(w.Updated), int(w.Available)
	}
	if p.batch() {
		return 0, 0, 0, 0
	}
	for _, n := range p.pods {
		pod := &p.m.v.Pods[n]
		if pod.Phase == "Succeeded" || pod.Phase == "Failed" || pod.Deleted > 0 {
			continue
		}
		want++
		updated++
		if conditionIs(pod.Conditions, "Ready", "True") {
			ready++
			available++
		}
	}
	return want, ready, updated, available
}

// lastDeploy is when the newest version came, and whether it was only a restart.
func (p *part) lastDeploy() (t Time, restart bool) {
	v := p.m.v
	w := p.state()
	if w == nil {
		return 0, false
	}
	newest := Time(0)
	rev := int64(-1)
	for _, c := range v.next[p.o] {
		if k, n := v.split(c); k == replicaSetKind {
			r := &v.ReplicaSets[n]
			if r.Revision > rev || r.Revision == rev && r.Created > newest {
				rev, newest = r.Revision, r.Created
			}
		}
	}
	switch w.Kind {
	case "Deployment":
		if k := condition(w.Conditions, "Progressing"); k != nil && k.Reason == "NewReplicaSetAvailable" {
			t = max(k.Updated, k.Since)
		}
		if t == 0 {
			t = newest
		}
	case "Rollout":
		t = newest
	default:
		for _, n := range p.pods {
			h := v.Pods[n].Labels.value("controller-revision-hash")
			if w.NewRevision == "" || h == "" || h == w.NewRevision {
				t = max(t, v.Pods[n].Created)
			}
		}
	}
	if r := w.Template.Restarted; r > 0 && t >= r && newest <= r+120 {
		restart = newest == 0 || newest >= r-5
	}
	return t, restart
}

// version is what a part runs: the version label of its template, else the tag
// of its main container's image.
func (p *part) version() string {
	v := p.m.v
	if w := p.state(); w != nil {
		if s := w.Template.Labels.value("app.kubernetes.io/version"); s != "" {
			return s
		}
		if c := mainContainer(w.Template.Containers, w.Name); c != nil {
			return tag(c.Image)
		}
		if s := w.Labels.value("app.kubernetes.io/version"); s != "" && len(p.pods) == 0 {
			return s
		}
	}
	switch k := p.kind(); k {
	case cronJobKind:
		j := &v.CronJobs[p.o-v.base[cronJobKind]]
		if c := mainContainer(j.Template.Containers, j.Name); c != nil {
			return tag(c.Image)
		}
	case jobKind:
		j := &v.Jobs[p.o-v.base[jobKind]]
		if c := mainContainer(j.Template.Containers, j.Name); c != nil {
			return tag(c.Image)
		}
	}
	counts := map[string]int{}
	for _, n := range p.pods {
		counts[v.Pods[n].version()]++
	}
	best := ""
	for s, n := range counts {
		if best == "" || n > counts[best] || n == counts[best] && s > best {
			best = s
		}
	}
	return best
}

func mainContainer(list []*ContainerSpec, name string) *ContainerSpec {
	for _, c := range list {
		if c.Name == name {
			return c
		}
	}
	if len(list) > 0 {
		return list[0]
	}
	return nil
}

// version is what a pod runs.
func (p *PodState) version() string {
	if s := p.Labels.value("app.kubernetes.io/version"); s != "" {
		return s
	}
	if len(p.Containers) == 0 {
		return ""
	}
	at := 0
	for i := range p.Containers {
		if n := p.Containers[i].Spec.Name; n == p.Owner.Name || strings.HasPrefix(p.Owner.Name, n+"-") {
			at = i
			break
		}
	}
	return tag(p.Containers[at].Spec.Image)
}

// tag returns the tag of an image, "latest" if it has none, or a short digest.
func tag(image string) string {
	name, digest, pinned := strings.Cut(image, "@")
	last := name[strings.LastIndexByte(name, '/')+1:]
	if _, t, ok := strings.Cut(last, ":"); ok && t != "" {
		return t
	}
	if pinned {
		if _, hex, ok := strings.Cut(digest, ":"); ok {
			return "sha256:" + hex[:min(12, len(hex))]
		}
	}
	if image == "" {
		return ""
	}
	return "latest"
}

// placements makes the rows of the cluster matrix.
func (b *builder) placements() {
	main := b.main()
	for _, m := range b.members {
		st := m.state
		p := Placement{Cluster: st.Name, Region: st.Region, Environment: st.Environment, Namespaces: []string{}, ObservedAt: st.Freshness.ObservedAt, Stale: !m.fresh(), Expired: st.Expired}
		var healths []Health
		for _, r := range m.roles {
			want, ready, updated, _ := r.numbers()
			p.Want += want
			p.Ready += ready
			p.Updated += updated
			h := r.health()
			if r.batch() && h == Down {
				h = Degraded
			}
			healths = append(healths, h)
			if t, _ := r.lastDeploy(); t > 0 && (p.LastDeploy == nil || t.time().After(*p.LastDeploy)) {
				p.LastDeploy = t.pointer()
			}
			if !slices.Contains(p.Namespaces, r.ref.Namespace) {
				p.Namespaces = append(p.Namespaces, r.ref.Namespace)
			}
			m.use(&p, r)
			if main != nil && r.ref.Kind == main.kind && (r.ref.Name == main.name || slices.Contains(main.parts, r)) {
				p.Version = r.version()
			}
		}
		slices.Sort(p.Namespaces)
		p.Health = placementHealth(healths)
		for i := range b.found {
			f := &b.found[i]
			if f.Cluster == st.Name && standalone(f.Ref.Kind) && severityRank(f.Severity) <= severityRank(Error) && (p.Health == Healthy || p.Health == Suspended || p.Health == Progressing) {
				p.Health = Degraded
			}
		}
		p.Partial = m.partial(p.Namespaces)
		if len(m.roles) == 0 && p.Health != Degraded && m.coreMissing(p.Namespaces) {
			p.Health = Unknown
		}
		if p.Health == Healthy && p.Want > 0 && m.missing("pods", p.Namespaces) {
			p.Health = Unknown // the numbers of a controller do not tell how its pods are
		}
		if p.Stale {
			p.LastHealth, p.Health = p.Health, Unknown
		}
		b.s.Placements = append(b.s.Placements, p)
	}
}

// placementHealth is the worst of the roles in one cluster, where a role that
// is switched off does not count beside others.
func placementHealth(list []Health) Health {
	if len(list) == 0 {
		return Healthy // objects without a workload, such as a Service
	}
	worst := Suspended
	for _, h := range list {
		if h == Suspended {
			continue
		}
		if worst == Suspended || rank(h) < rank(worst) {
			worst = h
		}
	}
	return worst
}

// coreTypes are those that a service may consist of: where one of them could not
// be read, having found nothing means nothing.
var coreTypes = []string{"pods", "deployments", "statefulsets", "daemonsets", "cronjobs", "jobs"}

func (c *clusterPart) coreMissing(namespaces []string) bool {
	for _, t := range coreTypes {
		if c.missing(t, namespaces) {
			return true
		}
	}
	return false
}

// partial reports whether a type that has rules could not be looked at.
func (c *clusterPart) partial(namespaces []string) bool {
	for _, t := range Types {
		if t != "pods.metrics.k8s.io" && c.missing(t, namespaces) {
			return true
		}
	}
	return false
}

// missing reports whether objects of the type may exist in one of the
// namespaces without being in the snapshot.
func (c *clusterPart) missing(typ string, namespaces []string) bool {
	if len(c.v.Coverage) == 0 {
		return false
	}
	for i := range c.v.Coverage {
		k := &c.v.Coverage[i]
		if k.Type != typ {
			continue
		}
		switch k.State {
		case CoverageOK, CoverageInconsistent, CoverageAbsent:
			return false
		case CoveragePartial:
			return slices.ContainsFunc(namespaces, func(n string) bool { return slices.Contains(k.DeniedNamespaces, n) })
		}
		return true
	}
	return true
}

// use adds requests, usage and restarts of a part to its placement.
func (m *member) use(p *Placement, r *part) {
	for _, n := range r.pods {
		pod := &m.v.Pods[n]
		for _, list := range [][]Container{pod.Inits, pod.Containers} {
			for i := range list {
				p.Restarts += int(list[i].Restarts)
				if l := list[i].last(); l.Finished > 0 && list[i].Restarts > 0 && m.v.age(l.Finished) <= seconds(m.v.limit.RestartWindow) {
					p.RecentStarts++
				}
			}
		}
		if pod.Phase != "Running" || r.batch() {
			continue
		}
		for i := range pod.Containers {
			spec := pod.Containers[i].Spec
			p.CPURequest += spec.CPURequest
			p.MemRequest += spec.MemRequest
			if spec.CPURequest == 0 {
				p.NoRequest++
			}
		}
		for i := range pod.Inits {
			if spec := pod.Inits[i].Spec; spec.Sidecar {
				p.CPURequest += spec.CPURequest
				p.MemRequest += spec.MemRequest
			}
		}
		if u, ok := m.v.usage[nameKey{"", pod.Namespace, pod.Name}]; ok {
			p.UsageKnown = true
			for _, k := range m.v.Usage[u].Containers {
				p.CPUUse += k.CPU
				p.MemUse += k.Mem
			}
		}
	}
}

// helpful are the labels by which somebody may recognise a workload.
var helpful = []string{"app.kubernetes.io/name", "app.kubernetes.io/instance", "app.kubernetes.io/version", "app.kubernetes.io/component", "app.kubernetes.io/part-of", idLabel, "app"}

// workload describes one workload of any kind.
func (c *clusterPart) workload(o id, p *part) Workload {
	v := c.v
	if p == nil {
		p = &part{m: &member{clusterPart: c}, o: o, ref: v.ref(o), pods: v.pods[o]}
	}
	w := Workload{Cluster: c.state.Name, Ref: p.ref, Health: p.health(), Version: p.version(), Images: []string{}, Entities: []string{}, Stale: !c.fresh()}
	w.Want, w.Ready, w.Updated, w.Available = p.numbers()
	var template []*ContainerSpec
	if o != none {
		m := v.metaOf(o)
		if m.Created > 0 {
			w.Created = m.Created.time()
		}
		w.Labels = map[string]string{}
		for _, k := range helpful {
			if s, ok := m.Labels.Get(k); ok {
				w.Labels[k] = s
			}
		}
		switch k, n := v.split(o); k {
		case workloadKind:
			template = v.Workloads[n].Template.Containers
		case cronJobKind:
			template = v.CronJobs[n].Template.Containers
		case jobKind:
			template = v.Jobs[n].Template.Containers
		}
	}
	for _, s := range template {
		if !slices.Contains(w.Images, s.Image) {
			w.Images = append(w.Images, s.Image)
		}
	}
	for _, n := range p.pods {
		pod := &v.Pods[n]
		for _, list := range [][]Container{pod.Inits, pod.Containers} {
			for i := range list {
				w.Restarts += int(list[i].Restarts)
			}
		}
		if template == nil {
			for i := range pod.Containers {
				if s := pod.Containers[i].Spec.Image; s != "" && !slices.Contains(w.Images, s) {
					w.Images = append(w.Images, s)
				}
			}
		}
		if pod.Phase == "Running" {
			for i := range pod.Containers {
				w.CPURequest += pod.Containers[i].Spec.CPURequest
				w.MemRequest += pod.Containers[i].Spec.MemRequest
			}
		}
	}
	t, restart := p.lastDeploy()
	w.LastDeploy, w.Restarted = t.pointer(), restart
	return w
}

func (b *builder) workloads() {
	for _, r := range b.roles {
		for _, p := range r.parts {
			w := p.m.workload(p.o, p)
			w.Entities = []string{b.s.Ref}
			if p.kind() != cronJobKind {
				b.s.Workloads = append(b.s.Workloads, w)
			}
			if p.m.fresh() {
				b.s.Want += w.Want
				b.s.Ready += w.Ready
				b.s.Restarts += w.Restarts
				if w.LastDeploy != nil && (b.s.LastDeploy == nil || w.LastDeploy.After(*b.s.LastDeploy)) {
					b.s.LastDeploy = w.LastDeploy
				}
			}
			if p.kind() == cronJobKind {
				b.cronJob(p)
			}
		}
	}
}

func (b *builder) cronJob(p *part) {
	v := p.m.v
	j := &v.CronJobs[p.o-v.base[cronJobKind]]
	b.s.CronJobs = append(b.s.CronJobs, CronJob{
		Cluster: p.m.state.Name, Ref: p.ref, Schedule: j.Schedule, Zone: j.Zone, Words: scheduleWords(j.Schedule, j.Zone), Suspended: j.Suspended,
		LastSchedule: j.LastRun.pointer(), LastSuccess: j.LastSuccess.pointer(), LastFailed: p.m.j.has(p.o, "cronjob-last-failed"),
		Health: p.health(), Version: p.version(), Running: len(j.Active) > 0, Stale: !p.m.fresh(),
	})
}

// autoscalers lists those of the service and, in each placement, the one with
// the least room.
func (b *builder) autoscalers() {
	for _, m := range b.members {
		for _, x := range m.ids {
			k, n := m.v.split(x)
			if k != scalerKind {
				continue
			}
			a := m.v.autoscaler(&m.v.Scalers[n])
			a.Environment, a.Region = m.state.Environment, m.state.Region
			a.Entities = []string{b.s.Ref}
			b.s.Autoscalers = append(b.s.Autoscalers, a)
			for i := range b.s.Placements {
				p := &b.s.Placements[i]
				if p.Cluster == m.state.Name && (p.Autoscaler == nil || tighter(&a, p.Autoscaler)) {
					p.Autoscaler = &a
				}
			}
		}
	}
	b.scaling()
}

func tighter(a, b *Autoscaler) bool {
	share := func(a *Autoscaler) float64 { return float64(max(a.Current, a.Projected)) / float64(max(a.Max, 1)) }
	return scaleRank(a.State) < scaleRank(b.State) || scaleRank(a.State) == scaleRank(b.State) && share(a) > share(b)
}

// scaleRank orders the states of autoscalers, the most pressing first.
func scaleRank(s string) int {
	return slices.Index([]string{scaleLimit, scaleMax, scaleBlind, scaleNear, scaleOK, scaleFloor, scaleFixed, scaleOff}, s)
}

// scaling sums autoscalers of one target over the fresh clusters of each environment.
func (b *builder) scaling() {
	type key struct{ env, kind, name string }
	groups := map[key][]*Autoscaler{}
	var order []key
	for i := range b.s.Autoscalers {
		a := &b.s.Autoscalers[i]
		if a.Stale {
			continue
		}
		k := key{a.Environment, a.Target.Kind, a.Target.Name}
		if groups[k] == nil {
			order = append(order, k)
		}
		groups[k] = append(groups[k], a)
	}
	for _, k := range order {
		t := Scaling{Target: groups[k][0].Target, Environment: k.env, Clusters: len(groups[k])}
		var largest *Autoscaler
		room, serving := 0, 0 // of those that are not switched off
		for _, a := range groups[k] {
			t.Current += a.Current
			t.Max += a.Max
			t.Headroom += a.Headroom
			if a.State == scaleOff {
				continue
			}
			serving++
			room += a.Max - a.Current
			if largest == nil || a.Current > largest.Current {
				largest = a
			}
		}
		if serving > 1 {
			t.Largest = largest.Cluster
			room -= largest.Max - largest.Current
			switch {
			case room >= largest.Current:
				t.Failover, t.Share = "yes", 1
			case room <= 0:
				t.Failover = "no"
			default:
				t.Failover, t.Share = "partly", float64(room)/float64(max(largest.Current, 1))
			}
		}
		b.s.Scaling = append(b.s.Scaling, t)
	}
}

// versions counts pods by version over the fresh clusters.
func (b *builder) versions() {
	main := b.main()
	if main == nil {
		return
	}
	at := map[string]int{}
	add := func(version, cluster string, pods int) {
		if version == "" || pods <= 0 {
			return
		}
		i, ok := at[version]
		if !ok {
			i = len(b.s.Versions)
			at[version] = i
			b.s.Versions = append(b.s.Versions, VersionShare{Version: version, Clusters: []string{}})
		}
		s := &b.s.Versions[i]
		s.Pods += pods
		if !slices.Contains(s.Clusters, cluster) {
			s.Clusters = append(s.Clusters, cluster)
		}
	}
	for _, p := range main.parts {
		if !p.m.fresh() {
			continue
		}
		counts := map[string]int{}
		for _, n := range p.pods {
			if pod := &p.m.v.Pods[n]; pod.Phase != "Succeeded" && pod.Phase != "Failed" && pod.Deleted == 0 {
				counts[pod.version()]++
			}
		}
		if len(counts) == 0 {
			if w := p.state(); w != nil {
				add(p.version(), p.m.state.Name, int(w.Want))
			}
			continue
		}
		keys := make([]string, 0, len(counts))
		for k := range counts {
			keys = append(keys, k)
		}
		slices.Sort(keys)
		for _, k := range keys {
			add(k, p.m.state.Name, counts[k])
		}
	}
	slices.SortStableFunc(b.s.Versions, func(x, y VersionShare) int {
		return cmp.Or(cmp.Compare(y.Pods, x.Pods), cmp.Compare(y.Version, x.Version))
	})
	if len(b.s.Versions) > 0 && (len(b.s.Versions) == 1 || b.s.Versions[0].Pods > b.s.Versions[1].Pods) {
		b.s.Versions[0].Majority = true
	}
}

// total counts the pods of a workload by cluster, for incidents.
func (b *builder) total(env string, r ObjectRef) map[string]int {
	out := map[string]int{}
	for _, m := range b.members {
		if m.state.Environment != env || !m.fresh() {
			continue
		}
		for _, p := range m.roles {
			if p.ref.Kind == r.Kind && p.ref.Name == r.Name {
				want, _, _, _ := p.numbers() // without permission for pods it is all that is known
				if n := max(m.v.living(p.pods), want); n > 0 {
					out[m.state.Name] += n
				}
			}
		}
	}
	return out
}

// addresses lists where the service can be reached.
func (b *builder) addresses() {
	type key struct{ url, kind string }
	at := map[key]int{}
	add := func(url, kind, cluster string) {
		k := key{url, kind}
		i, ok := at[k]
		if !ok {
			i = len(b.s.Addresses)
			at[k] = i
			b.s.Addresses = append(b.s.Addresses, Address{URL: url, Kind: kind, Clusters: []string{}})
		}
		if a := &b.s.Addresses[i]; !slices.Contains(a.Clusters, cluster) {
			a.Clusters = append(a.Clusters, cluster)
		}
	}
	for _, m := range b.members {
		for _, x := range m.ids {
			switch k, n := m.v.split(x); k {
			case routeKind:
				r := &m.v.Routes[n]
				for i := range r.Rules {
					rule := &r.Rules[i]
					ns := r.Namespace
					if rule.Namespace != "" {
						ns = rule.Namespace
					}
					s := m.v.find("Service", ns, rule.Service)
					if rule.Host == "" || s != none && !m.has(s) {
						continue // a path that leads to somebody else
					}
					scheme := "http://"
					if rule.TLS {
						scheme = "https://"
					}
					path := rule.Path
					if !strings.HasPrefix(path, "/") {
						path = "/" + path
					}
					add(scheme+rule.Host+path, r.Kind, m.state.Name)
				}
			case serviceKind:
				s := &m.v.Services[n]
				switch {
				case s.External != "":
					add(s.External, "ExternalName", m.state.Name)
				case s.Type == "LoadBalancer" && s.Host != "":
					for _, p := range s.Ports {
						add(fmt.Sprintf("%s:%d", s.Host, p.Port), "LoadBalancer", m.state.Name)
					}
				}
			}
		}
	}
	slices.SortStableFunc(b.s.Addresses, func(x, y Address) int { return cmp.Or(cmp.Compare(x.URL, y.URL), cmp.Compare(x.Kind, y.Kind)) })
}

// resources lays all other objects side by side, by kind and name.
func (b *builder) resources() {
	type key struct{ kind, namespace, name string }
	at := map[key]int{}
	for _, m := range b.members {
		for _, x := range m.ids {
			k, n := m.v.split(x)
			state := ""
			switch k {
			case serviceKind:
				s := &m.v.Services[n]
				switch {
				case s.External != "":
					state = "leads to " + s.External
				case len(s.Selector) == 0:
					state = "without a selector"
				default:
					ready := 0
					for _, p := range m.v.podsByService[n] {
						if conditionIs(m.v.Pods[p].Conditions, "Ready", "True") {
							ready++
						}
					}
					state = fmt.Sprintf("%d of %s ready", ready, plural(len(m.v.podsByService[n]), "pod"))
				}
			case routeKind:
				r := &m.v.Routes[n]
				state = "has an address"
				if !r.HasAddress {
					state = "has no address"
				}
			case budgetKind:
				d := &m.v.Budgets[n]
				state = fmt.Sprintf("allows %s", plural(d.Allowed, "disruption"))
			case claimKind:
				c := &m.v.Claims[n]
				state = strings.TrimSpace(c.Phase + " " + bytesText(c.Size))
				if c.Class != "" {
					state += ", class " + c.Class
				}
			case quotaKind, customKind:
				if k == customKind {
					state = m.v.Customs[n].Phase
					for _, typ := range []string{"Ready", "Available", "Programmed"} {
						if c := condition(m.v.Customs[n].Conditions, typ); c != nil && state == "" {
							state = map[string]string{"True": typ, "False": "not " + strings.ToLower(typ)}[c.Status]
						}
					}
				}
			default:
				continue
			}
			r := m.v.ref(x)
			h := m.j.objectHealth(x)
			for _, f := range m.j.of[x] {
				if severityRank(m.j.found[f].Severity) < severityRank(Info) {
					state = lower(m.j.found[f].Title)
					break
				}
			}
			i, ok := at[key{r.Kind, r.Namespace, r.Name}]
			if !ok {
				i = len(b.s.Resources)
				at[key{r.Kind, r.Namespace, r.Name}] = i
				b.s.Resources = append(b.s.Resources, Resource{Ref: r, Clusters: []string{}, Health: h, State: state})
			}
			res := &b.s.Resources[i]
			res.Clusters = append(res.Clusters, m.state.Name)
			if rank(h) < rank(res.Health) {
				res.Health, res.State = h, state+" in "+m.state.Name
			}
		}
	}
	slices.SortStableFunc(b.s.Resources, func(x, y Resource) int { return compareRefs(x.Ref, y.Ref) })
}

// pods lists those that are not ready first.
func (b *builder) pods() {
	for _, r := range b.roles {
		for _, p := range r.parts {
			for _, n := range p.pods {
				b.s.PodsTotal++
				b.s.Pods = append(b.s.Pods, p.m.pod(int(n), r))
			}
		}
	}
	slices.SortStableFunc(b.s.Pods, func(x, y Pod) int { return cmp.Compare(rank(x.Health), rank(y.Health)) })
	if len(b.s.Pods) > b.o.MaxPods {
		b.s.Pods = b.s.Pods[:b.o.MaxPods]
	}
}

func (m *member) pod(n int, r *role) Pod {
	p := &m.v.Pods[n]
	out := Pod{Cluster: m.state.Name, Ref: ObjectRef{Kind: "Pod", Namespace: p.Namespace, Name: p.Name}, Workload: r.ref(), Health: m.j.podHealth(n),
		State: p.Phase, Ready: conditionIs(p.Conditions, "Ready", "True"), Version: p.version(), Stale: !m.fresh()}
	if t := cmp.Or(p.Started, p.Created); t > 0 {
		out.Started = t.time()
	}
	for _, list := range [][]Container{p.Inits, p.Containers} {
		for i := range list {
			out.Restarts += int(list[i].Restarts)
			if list[i].State.Kind == waiting && list[i].State.Reason != "" && (out.State == p.Phase || out.State == "PodInitializing") {
				out.State = list[i].State.Reason
			}
		}
	}
	switch {
	case p.Deleted > 0:
		out.State = "Terminating"
	case p.Phase == "Failed" && p.Reason != "":
		out.State = p.Reason
	case p.Phase == "Pending" && conditionIs(p.Conditions, "PodScheduled", "False"):
		if k := condition(p.Conditions, "PodScheduled"); k.Reason != "" {
			out.State = k.Reason
		}
	}
	if fs := m.j.of[id(n)]; len(fs) > 0 {
		f := &m.j.found[fs[0]]
		out.Reason = causeWords(f.Cause)
		if out.Reason == "" || f.Cause == "unknown" {
			out.Reason = lower(f.Title)
		}
	}
	return out
}

// typeWords are the types as pages name them.
var typeWords = map[string]string{
	"pods": "Pods", "deployments": "Deployments", "statefulsets": "StatefulSets", "daemonsets": "DaemonSets", "replicasets": "ReplicaSets", "jobs": "Jobs", "cronjobs": "CronJobs",
	"horizontalpodautoscalers": "Autoscalers", "services": "Services", "ingresses": "Ingresses", "poddisruptionbudgets": "Disruption budgets",
	"persistentvolumeclaims": "Volume claims", "resourcequotas": "Quotas", "pods.metrics.k8s.io": "Usage",
}

// notChecked lists what could not be looked at where the service runs or may run.
func (b *builder) notChecked() {
	for _, c := range b.clusters {
		if !b.w.wantsCluster(c.state.Name) {
			continue
		}
		var m *member
		for _, x := range b.members {
			if x.clusterPart == c {
				m = x
			}
		}
		if !c.fresh() {
			if m != nil || b.w.explicit && c.state.Freshness.State == sources.Failed {
				b.s.Stale = true
				b.s.NotChecked = append(b.s.NotChecked, NotChecked{Cluster: c.state.Name, What: "everything", Why: c.lost()})
			}
			continue
		}
		namespaces := b.w.namespaces
		if m != nil {
			namespaces = b.placement(c.state.Name).Namespaces
		}
		for i := range c.v.Coverage {
			k := &c.v.Coverage[i]
			if k.State == CoverageSkipped || k.Type == "pods.metrics.k8s.io" || !c.missing(k.Type, namespaces) || m == nil && !slices.Contains(coreTypes, k.Type) {
				continue
			}
			n := NotChecked{Cluster: c.state.Name, What: cmp.Or(typeWords[k.Type], k.Type), Why: k.Reason, Rule: k.Rule}
			if n.Why == "" {
				n.Why = map[string]string{CoverageForbidden: "no permission", CoveragePartial: "no permission in some namespaces", CoverageError: "could not be read"}[k.State]
			}
			if !k.ObservedAt.IsZero() {
				n.Why += "; shown as last seen " + k.ObservedAt.UTC().Format("2 Jan 15:04 UTC")
			}
			b.s.NotChecked = append(b.s.NotChecked, n)
			b.s.Partial = true
		}
	}
	for i := range b.s.Placements {
		b.s.Partial = b.s.Partial || b.s.Placements[i].Partial
	}
}

func (b *builder) placement(cluster string) *Placement {
	for i := range b.s.Placements {
		if b.s.Placements[i].Cluster == cluster {
			return &b.s.Placements[i]
		}
	}
	return &Placement{}
}

// lost says since when and why a cluster does not answer.
func (c *clusterPart) lost() string {
	reason := cmp.Or(c.state.Freshness.Reason, "not reached")
	if c.state.Freshness.ObservedAt.IsZero() {
		return reason
	}
	return fmt.Sprintf("%s; last seen %s", reason, c.state.Freshness.ObservedAt.UTC().Format("2 Jan 15:04 UTC"))
}

// health rolls the roles up, by environment; the headline is production.
func (b *builder) health() {
	s := b.s
	var envs []string
	for i := range s.Placements {
		if e := s.Placements[i].Environment; !slices.Contains(envs, e) {
			envs = append(envs, e)
		}
	}
	slices.SortStableFunc(envs, func(x, y string) int { return cmp.Compare(boolRank(production(x)), boolRank(production(y))) })
	var prod, rest []Health
	for _, e := range envs {
		h := b.environment(e)
		s.Environments = append(s.Environments, EnvironmentHealth{Name: e, Health: h})
		if production(e) {
			prod = append(prod, h)
		} else {
			rest = append(rest, h)
		}
	}
	if len(prod) == 0 {
		prod = rest
	}
	s.Health = WorstHealth(prod...)
	if len(s.Environments) < 2 {
		s.Environments = nil
	}
}

func (b *builder) environment(env string) Health {
	var roles []Health
	partial, known := false, false
	for _, r := range b.roles {
		var list []Health
		for _, p := range r.parts {
			if p.m.state.Environment != env {
				continue
			}
			h := p.health()
			if !p.m.fresh() {
				h = Unknown
			}
			list = append(list, h)
		}
		if len(list) == 0 {
			continue
		}
		h := overClusters(list)
		if r.batch() && h == Down {
			h = Degraded
		}
		roles = append(roles, h)
	}
	health := Suspended
	for _, h := range roles {
		if h != Suspended && (health == Suspended || rank(h) < rank(health)) {
			health = h
		}
	}
	for i := range b.s.Placements {
		p := &b.s.Placements[i]
		if p.Environment != env {
			continue
		}
		known = known || !p.Stale
		partial = partial || p.Health == Unknown && !p.Stale
		if len(roles) == 0 && !p.Stale {
			health = Healthy
		}
	}
	if !known {
		return Unknown
	}
	if health == Healthy || health == Suspended && len(roles) == 0 || health == Progressing {
		for i := range b.found {
			f := &b.found[i]
			if f.env == env && !f.LastKnown && standalone(f.Ref.Kind) && severityRank(f.Severity) <= severityRank(Error) {
				return Degraded
			}
		}
	}
	if health == Healthy && partial {
		return Unknown
	}
	return health
}

// matchesNothing reports that an entity says it runs and nothing was found.
func (b *builder) matchesNothing() {
	s := b.s
	s.Health = Unknown
	if !b.w.explicit || b.w.none || !slices.ContainsFunc(b.clusters, func(c *clusterPart) bool {
		return c.fresh() && b.w.wantsCluster(c.state.Name) && !c.coreMissing(b.w.namespaces)
	}) {
		return
	}
	r := matchesNothingRule
	s.Across = append(s.Across, Across{Rule: r.ID, Severity: r.Severity, Workload: ObjectRef{}, Clusters: []string{}, Title: r.Title,
		Text: fmt.Sprintf("No object with %s was found.", s.Searched.Labels)})
}

// headline says the state of a service in one sentence, and the rest in a second.
func (b *builder) headline() {
	s := b.s
	var down, degraded, rolling, unknown, stale []string
	running := 0
	for i := range s.Placements {
		p := &s.Placements[i]
		switch p.Health {
		case Down:
			down = append(down, p.Cluster)
		case Degraded:
			degraded = append(degraded, p.Cluster)
		case Progressing:
			rolling = append(rolling, p.Cluster)
		case Unknown:
			if p.Stale {
				stale = append(stale, p.Cluster)
			} else {
				unknown = append(unknown, p.Cluster)
			}
		}
		if !p.Stale {
			running++
		}
	}
	pods := fmt.Sprintf("%d of %s ready", s.Ready, plural(s.Want, "pod"))
	where := plural(running, "cluster")
	switch {
	case len(s.Placements) == 0 && b.w.none && len(s.Problems) > 0:
		s.Line = "It cannot be looked for: " + s.Problems[0].Text + "."
	case len(s.Placements) == 0:
		s.Line = fmt.Sprintf("Nothing was found that carries %s.", s.Searched.Labels)
	case s.Health == Unknown && len(stale) > 0 && running == 0:
		s.Line = fmt.Sprintf("Its state is not known: %s.", cannotReach(stale))
	case s.Health == Unknown:
		s.Line = "Its state is not known: not everything could be looked at."
	case len(down) > 0:
		s.Line = fmt.Sprintf("Down in %s%s.", words(down), because(s))
	case len(degraded) > 0:
		s.Line = fmt.Sprintf("Degraded in %s%s.", words(degraded), because(s))
	case s.Health == Degraded || s.Health == Down:
		s.Line = fmt.Sprintf("Degraded%s.", because(s))
	case len(rolling) > 0:
		s.Line = fmt.Sprintf("Rolling out in %s, %s.", words(rolling), pods)
	case s.Health == Suspended && slices.ContainsFunc(s.Workloads, func(w Workload) bool { return w.Ref.Kind != "Job" && w.Want == 0 && !w.Created.IsZero() }):
		s.Line = fmt.Sprintf("Scaled to zero in %s.", where)
	case s.Health == Suspended && len(s.CronJobs) > 0:
		s.Line = fmt.Sprintf("Suspended in %s.", where)
	case s.Health == Suspended:
		s.Line = fmt.Sprintf("Nothing of it runs in %s.", where)
	case s.Want == 0 && len(s.CronJobs) > 0:
		s.Line = fmt.Sprintf("Runs on a schedule in %s.", where)
	case s.Want == 0:
		s.Line = fmt.Sprintf("Present in %s, without pods of its own.", where)
	case len(s.Versions) == 1:
		s.Line = fmt.Sprintf("Running %s in %s, %s.", s.Versions[0].Version, where, pods)
	default:
		s.Line = fmt.Sprintf("Running in %s, %s.", where, pods)
	}
	var more []string
	if len(down)+len(degraded) > 0 && s.Want > 0 {
		more = append(more, pods+" in "+plural(running, "reachable cluster")+".")
	}
	if len(s.Versions) > 1 {
		more = append(more, fmt.Sprintf("%d versions run.", len(s.Versions)))
	}
	if len(stale) > 0 && running > 0 {
		more = append(more, fmt.Sprintf("Not known in %s, which could not be reached.", words(stale)))
	}
	if len(unknown) > 0 && s.Health != Unknown {
		more = append(more, fmt.Sprintf("Not known in %s.", words(unknown)))
	}
	if s.Partial {
		more = append(more, "Not everything could be checked.")
	}
	if s.LastDeploy != nil {
		more = append(more, "Last deploy "+when(*s.LastDeploy, b.o.Now)+".")
	}
	s.Detail = strings.Join(more, " ")
}

func cannotReach(list []string) string {
	if len(list) == 1 {
		return list[0] + " could not be reached"
	}
	return words(list) + " could not be reached"
}

// because names the leading incident.
func because(s *Service) string {
	if len(s.Incidents) == 0 {
		return ""
	}
	in := &s.Incidents[0]
	if len(in.Because) > 0 && leadRank(in.Lead.Rule) < len(leadOrder) {
		return ": " + lower(in.Because[0].Title)
	}
	return ": " + lower(in.Lead.Title)
}

// words joins names as in a sentence, at most four of them.
func words(list []string) string {
	switch n := len(list); {
	case n == 0:
		return ""
	case n == 1:
		return list[0]
	case n <= 4:
		return strings.Join(list[:n-1], ", ") + " and " + list[n-1]
	default:
		return strings.Join(list[:3], ", ") + fmt.Sprintf(" and %d more clusters", n-3)
	}
}

// when says a moment as one would: today, yesterday, or the date.
func when(t, now time.Time) string {
	t, now = t.UTC(), now.UTC()
	day := func(t time.Time) int64 { return t.Unix() / 86400 }
	switch d := day(now) - day(t); {
	case d == 0:
		return "today " + t.Format("15:04") + " UTC"
	case d == 1:
		return "yesterday " + t.Format("15:04") + " UTC"
	case t.Year() == now.Year():
		return "on " + t.Format("2 January")
	}
	return "on " + t.Format("2 January 2006")
}

// deployWindow is how long one version may take to reach all clusters and
// still be one deploy; maxDeploys is how many are kept of one service.
const (
	deployWindow = 4 * time.Hour
	maxDeploys   = 100
)

// deploys reads past deploys from the ReplicaSets that are still there, and
// the last one of workloads without ReplicaSets.
func (b *builder) deploys() {
	type event struct {
		at      Time
		cluster string
	}
	for _, r := range b.roles {
		var events []event
		for _, p := range r.parts {
			if p.state() == nil || !p.m.fresh() {
				continue
			}
			n := len(events)
			for _, c := range p.m.v.next[p.o] {
				if k, i := p.m.v.split(c); k == replicaSetKind && p.m.v.ReplicaSets[i].Created > 0 {
					events = append(events, event{p.m.v.ReplicaSets[i].Created, p.m.state.Name})
				}
			}
			if len(events) == n {
				if t, _ := p.lastDeploy(); t > 0 {
					events = append(events, event{t, p.m.state.Name})
				}
			}
		}
		slices.SortFunc(events, func(x, y event) int { return cmp.Or(cmp.Compare(x.at, y.at), cmp.Compare(x.cluster, y.cluster)) })
		var open *Deploy
		var list []Deploy
		for _, e := range events {
			if open != nil && e.at.time().Sub(open.At) <= deployWindow && !slices.Contains(open.Clusters, e.cluster) {
				open.Clusters = append(open.Clusters, e.cluster)
				continue
			}
			list = append(list, Deploy{Workload: r.ref(), At: e.at.time(), Clusters: []string{e.cluster}})
			open = &list[len(list)-1]
		}
		b.s.Deploys = append(b.s.Deploys, list...)
	}
	slices.SortStableFunc(b.s.Deploys, func(x, y Deploy) int { return y.At.Compare(x.At) })
	if len(b.s.Deploys) > maxDeploys {
		b.s.Deploys = b.s.Deploys[:maxDeploys]
	}
}
