package kubernetes

import (
	"cmp"
	"slices"
	"time"

	"github.com/portolan-dev/portolan/sources"
)

// A Snapshot is the state of one cluster at one time, reduced to the fields
// that rules and pages need. It holds no Secret, no ConfigMap, no environment
// variable, no command line, no address and no annotation beyond those that
// have a field below. It is immutable once it has been made.
//
// Every slice of objects is sorted by kind, namespace and name; no two objects
// of one slice share all three.
type Snapshot struct {
	Info      ClusterInfo       `json:"info"`
	TakenAt   time.Time         `json:"takenAt"`
	Took      time.Duration     `json:"took,omitempty"`
	Version   string            `json:"version,omitempty"` // of Kubernetes, such as v1.33.2
	Freshness sources.Freshness `json:"freshness"`
	Coverage  []Coverage        `json:"coverage,omitempty"` // by type; empty: every type was listed
	Skipped   int               `json:"skipped,omitempty"`  // objects that could not be read
	Problems  []string          `json:"problems,omitempty"` // what was skipped and why, capped

	Pods        []PodState      `json:"-"`
	Workloads   []WorkloadState `json:"-"` // Deployment, StatefulSet, DaemonSet, Rollout
	ReplicaSets []ReplicaSet    `json:"-"`
	Jobs        []Job           `json:"-"`
	CronJobs    []CronJobState  `json:"-"`
	Scalers     []Scaler        `json:"-"` // HorizontalPodAutoscaler
	Services    []ServiceState  `json:"-"`
	Routes      []Route         `json:"-"` // Ingress, HTTPRoute
	Budgets     []Budget        `json:"-"`
	Claims      []Claim         `json:"-"`
	Quotas      []Quota         `json:"-"`
	Customs     []Custom        `json:"-"`
	Usage       []Usage         `json:"-"` // metrics.k8s.io, by pod
}

// A Time is a moment in seconds since 1970. Zero means that it is not known.
type Time int64

// latest is the last moment that RFC 3339 can write.
const latest Time = 253402300799

func (t Time) time() time.Time { return time.Unix(int64(min(max(t, 0), latest)), 0).UTC() }

func (t Time) pointer() *time.Time {
	if t == 0 {
		return nil
	}
	v := t.time()
	return &v
}

// Labels are key and value in turn, sorted by key. Equal sets of one snapshot
// share their memory.
type Labels []string

// Get returns the value of a label and whether it is set.
func (l Labels) Get(key string) (string, bool) {
	for i := 0; i+1 < len(l); i += 2 {
		if l[i] == key {
			return l[i+1], true
		}
	}
	return "", false
}

func (l Labels) value(key string) string {
	v, _ := l.Get(key)
	return v
}

// contains reports whether every label of sub is in l with the same value.
func (l Labels) contains(sub Labels) bool {
	i := 0
	for s := 0; s+1 < len(sub); s += 2 {
		for i+1 < len(l) && l[i] < sub[s] {
			i += 2
		}
		if i+1 >= len(l) || l[i] != sub[s] || l[i+1] != sub[s+1] {
			return false
		}
	}
	return true
}

// Meta is what is kept of every object.
type Meta struct {
	Namespace  string `json:"ns,omitempty"`
	Name       string `json:"name"`
	Created    Time   `json:"created,omitempty"`
	Deleted    Time   `json:"deleted,omitempty"` // when it is to be gone
	Generation int64  `json:"gen,omitempty"`
	Owner      Owner  `json:"owner,omitzero"` // its controller
	Labels     Labels `json:"labels,omitempty"`
	Finalizers bool   `json:"finalizers,omitempty"`
}

// An Owner is the controller of an object, in the same namespace.
type Owner struct {
	Kind string `json:"kind"`
	Name string `json:"name"`
}

// A Condition is one of an object's status conditions.
type Condition struct {
	Type    string `json:"type"`
	Status  string `json:"status"`
	Reason  string `json:"reason,omitempty"`
	Message string `json:"message,omitempty"` // scrubbed
	Since   Time   `json:"since,omitempty"`   // last transition
	Updated Time   `json:"updated,omitempty"`
}

// condition returns the condition of that type, or nil.
func condition(cs []Condition, typ string) *Condition {
	for i := range cs {
		if cs[i].Type == typ {
			return &cs[i]
		}
	}
	return nil
}

func conditionIs(cs []Condition, typ, status string) bool {
	c := condition(cs, typ)
	return c != nil && c.Status == status
}

// PodState is one pod.
type PodState struct {
	Meta
	Phase      string      `json:"phase,omitempty"`
	Reason     string      `json:"reason,omitempty"`
	Message    string      `json:"message,omitempty"` // of a Failed pod, scrubbed
	Started    Time        `json:"started,omitempty"`
	Conditions []Condition `json:"cond,omitempty"`
	Inits      []Container `json:"inits,omitempty"`
	Containers []Container `json:"containers,omitempty"`
	Claims     []string    `json:"claims,omitempty"`
	Gates      []string    `json:"gates,omitempty"` // readiness gates
	Restart    string      `json:"restart,omitempty"`
	Mirror     bool        `json:"mirror,omitempty"`
}

// A Container is the state of one container beside what its spec asks for.
type Container struct {
	Spec     *ContainerSpec  `json:"spec"`             // never nil; shared between pods
	Digest   string          `json:"digest,omitempty"` // first 12 digits of the running image's sha256
	Ready    bool            `json:"ready,omitempty"`
	Started  bool            `json:"started,omitempty"`
	Restarts int32           `json:"restarts,omitempty"`
	State    ContainerState  `json:"state,omitzero"`
	Last     *ContainerState `json:"last,omitempty"` // the run before; nil if there was none
}

// last returns the run before, empty if there was none.
func (k *Container) last() *ContainerState {
	if k.Last == nil {
		return &ContainerState{}
	}
	return k.Last
}

// A ContainerState is one of waiting, running and terminated.
type ContainerState struct {
	Kind     string `json:"kind,omitempty"` // waiting, running, terminated, or empty
	Reason   string `json:"reason,omitempty"`
	Message  string `json:"message,omitempty"` // of waiting only, scrubbed
	Exit     int32  `json:"exit,omitempty"`
	Signal   int32  `json:"signal,omitempty"`
	Started  Time   `json:"started,omitempty"`
	Finished Time   `json:"finished,omitempty"`
}

// The kinds of container states.
const (
	waiting    = "waiting"
	running    = "running"
	terminated = "terminated"
)

// A ContainerSpec is what a container asks for. CPU is in millicores, memory
// in bytes; zero means not set.
type ContainerSpec struct {
	Name       string   `json:"name"`
	Image      string   `json:"image,omitempty"`
	CPURequest int64    `json:"cpuRequest,omitempty"`
	CPULimit   int64    `json:"cpuLimit,omitempty"`
	MemRequest int64    `json:"memRequest,omitempty"`
	MemLimit   int64    `json:"memLimit,omitempty"`
	Readiness  *Probe   `json:"readiness,omitempty"`
	Startup    *Probe   `json:"startup,omitempty"`
	Liveness   bool     `json:"liveness,omitempty"`
	Ports      []string `json:"ports,omitempty"`   // the named ones
	Sidecar    bool     `json:"sidecar,omitempty"` // an init container that stays
}

// A Probe is the time that a probe takes to give up: seconds and a count.
type Probe struct {
	Delay     int32 `json:"delay,omitempty"`
	Period    int32 `json:"period"`
	Threshold int32 `json:"threshold"`
}

func (p *Probe) budget() int64 {
	if p == nil {
		return 0
	}
	return int64(p.Delay) + int64(p.Period)*int64(p.Threshold)
}

// WorkloadState is a controller of pods that run for ever.
type WorkloadState struct {
	Kind string `json:"kind"` // Deployment, StatefulSet, DaemonSet, Rollout
	Meta
	Want         int32       `json:"want"`
	Replicas     int32       `json:"replicas,omitempty"`
	Updated      int32       `json:"updated,omitempty"`
	Ready        int32       `json:"ready,omitempty"`
	Available    int32       `json:"available,omitempty"`
	Misscheduled int32       `json:"misscheduled,omitempty"`
	Observed     int64       `json:"observed,omitempty"` // generation
	Paused       bool        `json:"paused,omitempty"`
	Strategy     string      `json:"strategy,omitempty"`
	Partition    int32       `json:"partition,omitempty"`
	OldRevision  string      `json:"oldRevision,omitempty"` // of a StatefulSet
	NewRevision  string      `json:"newRevision,omitempty"`
	Revision     int64       `json:"revision,omitempty"` // of a Deployment
	Conditions   []Condition `json:"cond,omitempty"`
	Template     Template    `json:"template"`
	Selector     *Selection  `json:"selector,omitempty"`

	// Of a Rollout.
	Phase       string `json:"phase,omitempty"`
	Message     string `json:"message,omitempty"` // scrubbed
	Aborted     bool   `json:"aborted,omitempty"`
	PausedSince Time   `json:"pausedSince,omitempty"`
	Step        int32  `json:"step,omitempty"`
	Steps       int32  `json:"steps,omitempty"`
}

// A Template is the pod template of a workload.
type Template struct {
	Labels     Labels           `json:"labels,omitempty"`
	Containers []*ContainerSpec `json:"containers,omitempty"`
	Restarted  Time             `json:"restarted,omitempty"` // by kubectl rollout restart
	Claims     []string         `json:"claims,omitempty"`    // names of claim templates
}

// A ReplicaSet is one revision of a Deployment or Rollout.
type ReplicaSet struct {
	Meta
	Revision   int64       `json:"revision,omitempty"`
	Conditions []Condition `json:"cond,omitempty"`
}

// A Job runs pods to completion.
type Job struct {
	Meta
	Suspended  bool        `json:"suspended,omitempty"`
	Active     int32       `json:"active,omitempty"`
	Succeeded  int32       `json:"succeeded,omitempty"`
	Failed     int32       `json:"failed,omitempty"`
	Started    Time        `json:"started,omitempty"`
	Completed  Time        `json:"completed,omitempty"`
	Conditions []Condition `json:"cond,omitempty"`
	Template   Template    `json:"template"`
}

// CronJobState is a schedule for Jobs.
type CronJobState struct {
	Meta
	Schedule    string   `json:"schedule"`
	Zone        string   `json:"zone,omitempty"`
	Suspended   bool     `json:"suspended,omitempty"`
	Policy      string   `json:"policy,omitempty"`
	Deadline    int64    `json:"deadline,omitempty"` // startingDeadlineSeconds
	LastRun     Time     `json:"lastRun,omitempty"`
	LastSuccess Time     `json:"lastSuccess,omitempty"`
	Active      []string `json:"active,omitempty"`
	Template    Template `json:"template"`
}

// A Scaler is a HorizontalPodAutoscaler.
type Scaler struct {
	Meta
	Target     Owner         `json:"target"`
	Min        int32         `json:"min"`
	Max        int32         `json:"max"`
	Current    int32         `json:"current"`
	Desired    int32         `json:"desired"`
	Observed   bool          `json:"observed,omitempty"` // the controller has written a status
	LastScale  Time          `json:"lastScale,omitempty"`
	Metrics    []ScaleMetric `json:"metrics,omitempty"`
	Conditions []Condition   `json:"cond,omitempty"`
}

// A ScaleMetric is one metric of a Scaler, in its own unit.
type ScaleMetric struct {
	Type       string  `json:"type"` // Resource, ContainerResource, Pods, Object, External
	Name       string  `json:"name"`
	Percent    bool    `json:"percent,omitempty"` // utilisation of the request
	Target     float64 `json:"target"`
	Current    float64 `json:"current"`
	HasCurrent bool    `json:"hasCurrent,omitempty"`
}

// ServiceState is a Service of Kubernetes.
type ServiceState struct {
	Meta
	Type       string        `json:"type,omitempty"`
	Ports      []ServicePort `json:"ports,omitempty"`
	Selector   Labels        `json:"selector,omitempty"`
	HasAddress bool          `json:"hasAddress,omitempty"`
	Host       string        `json:"host,omitempty"` // of the load balancer, when it is a name
	External   string        `json:"external,omitempty"`
}

// A ServicePort is one port of a Service.
type ServicePort struct {
	Name       string `json:"name,omitempty"`
	Port       int32  `json:"port"`
	TargetName string `json:"targetName,omitempty"` // when the target is a named port
}

// A Route is an Ingress or HTTPRoute.
type Route struct {
	Kind string `json:"kind"`
	Meta
	Class      string        `json:"class,omitempty"`
	Rules      []RouteRule   `json:"rules,omitempty"`
	HasAddress bool          `json:"hasAddress,omitempty"`
	Parents    []RouteParent `json:"parents,omitempty"` // of an HTTPRoute
}

// A RouteRule leads one host and path to one port of a Service.
type RouteRule struct {
	Host      string `json:"host,omitempty"`
	Path      string `json:"path,omitempty"`
	TLS       bool   `json:"tls,omitempty"`
	Service   string `json:"service,omitempty"`
	Namespace string `json:"ns,omitempty"` // of the Service, when it is another one
	Port      int32  `json:"port,omitempty"`
	PortName  string `json:"portName,omitempty"`
}

// A RouteParent is what one gateway says of an HTTPRoute.
type RouteParent struct {
	Name       string      `json:"name"`
	Conditions []Condition `json:"cond,omitempty"`
}

// A Budget is a PodDisruptionBudget.
type Budget struct {
	Meta
	Selector   *Selection  `json:"selector,omitempty"`
	Observed   bool        `json:"observed,omitempty"` // the controller has written a status
	Expected   int32       `json:"expected,omitempty"`
	Healthy    int32       `json:"healthy,omitempty"`
	Desired    int32       `json:"desired,omitempty"`
	Allowed    int32       `json:"allowed,omitempty"`
	Conditions []Condition `json:"cond,omitempty"`
}

// A Claim is a PersistentVolumeClaim.
type Claim struct {
	Meta
	Phase string `json:"phase,omitempty"`
	Class string `json:"class,omitempty"`
	Size  int64  `json:"size,omitempty"` // bytes
}

// A Quota is a ResourceQuota.
type Quota struct {
	Meta
	Items []QuotaItem `json:"items,omitempty"`
}

// A QuotaItem is one resource of a Quota, in its base unit.
type QuotaItem struct {
	Resource string  `json:"resource"`
	Hard     float64 `json:"hard"`
	Used     float64 `json:"used"`
}

// A Custom is an object of a kind that Portolan knows only by its conditions.
type Custom struct {
	Kind string `json:"kind"`
	Meta
	Group      string      `json:"group,omitempty"`
	Phase      string      `json:"phase,omitempty"`
	Target     Owner       `json:"target,omitzero"` // of a ScaledObject or VerticalPodAutoscaler
	Conditions []Condition `json:"cond,omitempty"`
}

// Usage is what the containers of one pod use, in one sample.
type Usage struct {
	Namespace  string           `json:"ns"`
	Name       string           `json:"name"`
	At         Time             `json:"at,omitempty"`
	Window     int64            `json:"window,omitempty"` // seconds
	Containers []ContainerUsage `json:"containers"`
}

// ContainerUsage is what one container uses: millicores and bytes.
type ContainerUsage struct {
	Name string `json:"name"`
	CPU  int64  `json:"cpu"`
	Mem  int64  `json:"mem"`
}

func compareMeta(a, b *Meta) int {
	return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
}

// sortUnique sorts objects by kind, namespace and name and keeps, of those
// that share all three, the one that was created last.
func sortUnique[T any](list []T, kind func(*T) string, meta func(*T) *Meta) []T {
	if len(list) == 0 {
		return nil
	}
	order := make([]int32, len(list)) // objects are large: they move once
	for i := range order {
		order[i] = int32(i)
	}
	same := func(a, b *T) int { return cmp.Or(cmp.Compare(kind(a), kind(b)), compareMeta(meta(a), meta(b))) }
	slices.SortFunc(order, func(i, j int32) int {
		a, b := &list[i], &list[j]
		return cmp.Or(same(a, b), cmp.Compare(meta(b).Created, meta(a).Created), cmp.Compare(i, j))
	})
	out := make([]T, 0, len(list))
	for n, i := range order {
		if n > 0 && same(&list[order[n-1]], &list[i]) == 0 {
			continue
		}
		out = append(out, list[i])
	}
	return slices.Clip(out)
}

// sort brings the objects into the order that Snapshot promises.
func (s *Snapshot) sort() {
	none := ""
	s.Pods = sortUnique(s.Pods, func(*PodState) string { return none }, func(o *PodState) *Meta { return &o.Meta })
	s.Workloads = sortUnique(s.Workloads, func(o *WorkloadState) string { return o.Kind }, func(o *WorkloadState) *Meta { return &o.Meta })
	s.ReplicaSets = sortUnique(s.ReplicaSets, func(*ReplicaSet) string { return none }, func(o *ReplicaSet) *Meta { return &o.Meta })
	s.Jobs = sortUnique(s.Jobs, func(*Job) string { return none }, func(o *Job) *Meta { return &o.Meta })
	s.CronJobs = sortUnique(s.CronJobs, func(*CronJobState) string { return none }, func(o *CronJobState) *Meta { return &o.Meta })
	s.Scalers = sortUnique(s.Scalers, func(*Scaler) string { return none }, func(o *Scaler) *Meta { return &o.Meta })
	s.Services = sortUnique(s.Services, func(*ServiceState) string { return none }, func(o *ServiceState) *Meta { return &o.Meta })
	s.Routes = sortUnique(s.Routes, func(o *Route) string { return o.Kind }, func(o *Route) *Meta { return &o.Meta })
	s.Budgets = sortUnique(s.Budgets, func(*Budget) string { return none }, func(o *Budget) *Meta { return &o.Meta })
	s.Claims = sortUnique(s.Claims, func(*Claim) string { return none }, func(o *Claim) *Meta { return &o.Meta })
	s.Quotas = sortUnique(s.Quotas, func(*Quota) string { return none }, func(o *Quota) *Meta { return &o.Meta })
	s.Customs = sortUnique(s.Customs, func(o *Custom) string { return o.Group + "/" + o.Kind }, func(o *Custom) *Meta { return &o.Meta })
	slices.SortStableFunc(s.Usage, func(a, b Usage) int {
		return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name), cmp.Compare(b.At, a.At))
	})
	s.Usage = slices.CompactFunc(s.Usage, func(a, b Usage) bool { return a.Namespace == b.Namespace && a.Name == b.Name })
	slices.SortFunc(s.Coverage, func(a, b Coverage) int { return cmp.Compare(a.Type, b.Type) })
}

// listed reports whether objects of the type in the namespace are known: one
// that is not in the snapshot does not exist.
func (s *Snapshot) listed(typ, namespace string) bool {
	if len(s.Coverage) == 0 {
		return true
	}
	c := s.coverage(typ)
	switch {
	case c == nil:
		return false
	case c.State == CoveragePartial:
		return !slices.Contains(c.DeniedNamespaces, namespace)
	}
	return c.State == CoverageOK || c.State == CoverageInconsistent
}

// coverage returns what is said of a type, or nil.
func (s *Snapshot) coverage(typ string) *Coverage {
	for i := range s.Coverage {
		if s.Coverage[i].Type == typ {
			return &s.Coverage[i]
		}
	}
	return nil
}

// The states of Coverage.
const (
	CoverageOK           = "ok"
	CoveragePartial      = "partial"      // some namespaces only
	CoverageInconsistent = "inconsistent" // whole, but not of one moment
	CoverageForbidden    = "forbidden"
	CoverageAbsent       = "absent" // the cluster does not have the type
	CoverageError        = "error"
	CoverageSkipped      = "skipped"
)

// Types are the plural names of the types that a snapshot can hold, in the
// order in which pages list their coverage. Those of custom resources are not
// among them.
var Types = []string{
	"pods", "deployments", "statefulsets", "daemonsets", "replicasets", "jobs", "cronjobs",
	"horizontalpodautoscalers", "services", "ingresses", "poddisruptionbudgets",
	"persistentvolumeclaims", "resourcequotas", "pods.metrics.k8s.io",
}
