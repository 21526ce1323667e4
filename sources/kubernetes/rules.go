package kubernetes

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// A Rule finds one sort of fault. Its condition, its documentation and what it
// reports stand together.
type Rule struct {
	ID        string   `json:"id"`
	Title     string   `json:"title"`    // what is wrong, for a heading
	Severity  Severity `json:"severity"` // the usual one; a finding may have another
	Category  Category `json:"category"`
	Condition string   `json:"condition"` // when it is reported, with the default thresholds
	Why       string   `json:"why"`       // what happens because of it
	Fix       string   `json:"fix"`       // what to do
	Docs      string   `json:"docs,omitempty"`
	Needs     []string `json:"needs,omitempty"` // types that must be listed; without them it is not evaluated

	// Exactly one of these is set: the check of one object of one kind.
	container func(*containerCase) *verdict
	pod       func(*podCase) *verdict
	workload  func(*workloadCase) *verdict
	job       func(*view, *Job) *verdict
	cronJob   func(*cronCase) *verdict
	scaler    func(*scalerCase) *verdict
	service   func(*view, int) *verdict
	route     func(*view, int) *verdict
	budget    func(*view, *Budget) *verdict
	claim     func(*view, int) *verdict
	quota     func(*view, *Quota) *verdict
	custom    func(*view, *Custom) *verdict
	across    func(*acrossCase) []acrossVerdict // one role of a service over clusters
	advice    func(*acrossCase) []acrossVerdict
}

// Thresholds are the times and shares from which on something counts as a
// fault. A zero field means the default.
type Thresholds struct {
	StartGrace      time.Duration // workloads and conditions; 5 min
	UnschedulableIn time.Duration // seen as a warning; 15 s
	StuckStarting   time.Duration // 10 min
	StuckDeleting   time.Duration // after the deletion time; 5 min
	RecentRestart   time.Duration // 1 h
	RestartWindow   time.Duration // 24 h
	FailedJob       time.Duration // stays an error; 7 days
	NearMax         float64       // of an autoscaler's maximum; 0.85
	LoadBalancer    time.Duration // until an address is there; 10 min
	CronLateness    time.Duration // 10 min
	QuotaShare      float64       // 0.9
	MemoryShare     float64       // of a container's limit; 0.9
	DriftGrace      time.Duration // after the majority was deployed; 6 h
}

func (t Thresholds) withDefaults() *Thresholds {
	d := func(p *time.Duration, v time.Duration) {
		if *p <= 0 {
			*p = v
		}
	}
	f := func(p *float64, v float64) {
		if *p <= 0 {
			*p = v
		}
	}
	d(&t.StartGrace, 5*time.Minute)
	d(&t.UnschedulableIn, 15*time.Second)
	d(&t.StuckStarting, 10*time.Minute)
	d(&t.StuckDeleting, 5*time.Minute)
	d(&t.RecentRestart, time.Hour)
	d(&t.RestartWindow, 24*time.Hour)
	d(&t.FailedJob, 7*24*time.Hour)
	d(&t.LoadBalancer, 10*time.Minute)
	d(&t.CronLateness, 10*time.Minute)
	d(&t.DriftGrace, 6*time.Hour)
	f(&t.NearMax, 0.85)
	f(&t.QuotaShare, 0.9)
	f(&t.MemoryShare, 0.9)
	return &t
}

func seconds(d time.Duration) int64 { return int64(d / time.Second) }

// A verdict is what a check found. Empty fields are filled in from the rule.
type verdict struct {
	severity  Severity
	container string
	init      bool
	cause     string
	since     Time
	title     string
	text      string
	says      string
	commands  []string
}

// found is a finding with what grouping needs.
type found struct {
	Finding
	object id
	role   id // of the workload; none if it has none in the snapshot
	env    string

	short    int    // pods that are missing, of findings on workloads
	registry string // host of the image, of findings on pulls
}

// rules holds every rule, in the order in which they are tried: of those for
// containers the first that finds something wins.
var rules = slices.Concat(containerRules, podRules, workloadRules, jobRules, cronJobRules, scalerRules, serviceRules, routeRules,
	budgetRules, claimRules, quotaRules, customRules, acrossRules, adviceRules)

// Rules returns every rule with its documentation, in the order of the manual.
func Rules() []Rule {
	out := make([]Rule, len(rules))
	for i, r := range rules {
		out[i] = *r
	}
	return out
}

// evaluate runs every rule of one cluster. An object on which a rule fails
// costs only itself.
func (v *view) evaluate() *evaluation {
	e := evaluation{view: v, bad: map[int32]bool{}, stuck: map[id]bool{}}
	for i := range v.Pods {
		e.guard(id(i), func() { e.pod(i) })
	}
	e.pullCauses()
	for i := range v.Workloads {
		e.guard(v.base[workloadKind]+id(i), func() { e.workload(i) })
	}
	for i := range v.Jobs {
		o := v.base[jobKind] + id(i)
		e.guard(o, func() {
			for _, r := range jobRules {
				e.report(r, o, r.job(v, &v.Jobs[i]))
			}
		})
	}
	jobs := v.jobsByCron()
	for i := range v.CronJobs {
		o := v.base[cronJobKind] + id(i)
		e.guard(o, func() {
			c := newCronCase(v, i, jobs[o])
			for _, r := range cronJobRules {
				e.report(r, o, r.cronJob(c))
			}
		})
	}
	for i := range v.Scalers {
		o := v.base[scalerKind] + id(i)
		e.guard(o, func() {
			c := newScalerCase(v, &v.Scalers[i])
			for _, r := range scalerRules {
				e.report(r, o, r.scaler(c))
			}
		})
	}
	for i := range v.Services {
		o := v.base[serviceKind] + id(i)
		e.guard(o, func() {
			for _, r := range serviceRules {
				if e.may(r, v.Services[i].Namespace) {
					e.report(r, o, r.service(v, i))
				}
			}
		})
	}
	for i := range v.Routes {
		o := v.base[routeKind] + id(i)
		e.guard(o, func() {
			for _, r := range routeRules {
				if e.may(r, v.Routes[i].Namespace) {
					e.report(r, o, r.route(v, i))
				}
			}
		})
	}
	for i := range v.Budgets {
		o := v.base[budgetKind] + id(i)
		e.guard(o, func() {
			for _, r := range budgetRules {
				e.report(r, o, r.budget(v, &v.Budgets[i]))
			}
		})
	}
	for i := range v.Claims {
		o := v.base[claimKind] + id(i)
		e.guard(o, func() {
			for _, r := range claimRules {
				if e.may(r, v.Claims[i].Namespace) {
					e.report(r, o, r.claim(v, i))
				}
			}
		})
	}
	for i := range v.Quotas {
		o := v.base[quotaKind] + id(i)
		e.guard(o, func() {
			for _, r := range quotaRules {
				e.report(r, o, r.quota(v, &v.Quotas[i]))
			}
		})
	}
	for i := range v.Customs {
		o := v.base[customKind] + id(i)
		e.guard(o, func() {
			for _, r := range customRules {
				e.report(r, o, r.custom(v, &v.Customs[i]))
			}
		})
	}
	return &e
}

// evaluation is the findings of one cluster.
type evaluation struct {
	view  *view
	found []found
	bad   map[int32]bool // pods with a finding of severity error
	stuck map[id]bool    // workloads with a stuck rollout
}

// may reports whether the types that a rule needs are listed in the namespace.
func (e *evaluation) may(r *Rule, namespace string) bool {
	for _, t := range r.Needs {
		if !e.view.listed(t, namespace) {
			return false
		}
	}
	return true
}

// guard keeps a rule that fails on an odd object from failing the build.
func (e *evaluation) guard(o id, do func()) {
	n := len(e.found)
	defer func() {
		if r := recover(); r != nil {
			e.found = e.found[:n]
			ref := e.view.ref(o)
			e.view.failed = append(e.view.failed, fmt.Sprintf("%s %s/%s could not be judged", ref.Kind, ref.Namespace, ref.Name))
		}
	}()
	do()
}

// report adds what a rule found on an object.
func (e *evaluation) report(r *Rule, o id, w *verdict) bool {
	if w == nil {
		return false
	}
	v := e.view
	f := found{object: o, role: none}
	f.Finding = Finding{
		Rule: r.ID, Severity: cmp.Or(w.severity, r.Severity), Category: r.Category,
		Cluster: v.Info.Name, Ref: v.ref(o), Container: w.container, Init: w.init, Cause: w.cause,
		Title: cmp.Or(w.title, r.Title), Text: w.text, Says: w.says, Commands: w.commands, Docs: r.Docs, LastKnown: v.stale || v.carried[typeOf(v.kindName(o))],
	}
	if w.since > 0 && w.since <= v.now {
		f.Since = w.since.pointer()
	}
	if f.Text == "" {
		f.Text = r.Why
	}
	if f.Commands == nil {
		f.Commands = []string{}
	}
	f.role, f.Workload = v.roleOf(o)
	f.env = v.Info.Environment
	switch k, n := v.split(o); {
	case k == workloadKind:
		f.short = int(max(0, v.Workloads[n].Want-v.Workloads[n].Available))
	case k == podKind && r.ID == "image-pull-failed":
		f.registry = registry(v.Pods[n].image(w.container))
	}
	e.found = append(e.found, f)
	if k, n := v.split(o); k == podKind && f.Severity == Error {
		e.bad[int32(n)] = true
	}
	return true
}

// roleOf returns the workload that an object belongs to: that of a pod, the
// target of an autoscaler, the one workload behind a Service.
func (v *view) roleOf(o id) (id, ObjectRef) {
	k, n := v.split(o)
	switch k {
	case podKind:
		return v.role[n], v.podRole(n)
	case workloadKind, cronJobKind:
		return o, v.ref(o)
	case replicaSetKind, jobKind:
		if p := v.parent[o]; p != none {
			return v.roleOf(p)
		}
		return o, v.ref(o)
	case scalerKind:
		t := v.Scalers[n].Target
		if r := v.find(t.Kind, v.Scalers[n].Namespace, t.Name); r != none {
			return r, v.ref(r)
		}
		return none, ObjectRef{Kind: t.Kind, Namespace: v.Scalers[n].Namespace, Name: t.Name}
	case serviceKind:
		if w := v.workByService[n]; len(w) == 1 {
			r := v.base[workloadKind] + id(w[0])
			return r, v.ref(r)
		}
		if pods := v.podsByService[n]; len(pods) > 0 && len(v.workByService[n]) == 0 {
			first := v.podRole(int(pods[0]))
			for _, p := range pods[1:] {
				if v.podRole(int(p)) != first {
					return none, ObjectRef{}
				}
			}
			return v.role[pods[0]], first
		}
	case budgetKind:
		if w := v.workByBudget[n]; len(w) == 1 { // under a budget of several it belongs to none of them
			r := v.base[workloadKind] + id(w[0])
			return r, v.ref(r)
		}
	case claimKind:
		for _, p := range v.podsByClaim[n] {
			return v.role[p], v.podRole(int(p))
		}
	case customKind:
		if t := v.Customs[n].Target; t.Name != "" {
			if r := v.find(t.Kind, v.Customs[n].Namespace, t.Name); r != none {
				return r, v.ref(r)
			}
		}
	}
	return none, ObjectRef{}
}

// kubectl returns a command for the cluster and namespace. Words are quoted
// where a shell would read them otherwise.
func (v *view) kubectl(namespace string, words ...string) string {
	var b strings.Builder
	b.WriteString("kubectl --context ")
	b.WriteString(quote(v.Info.context()))
	if namespace != "" {
		b.WriteString(" -n ")
		b.WriteString(quote(namespace))
	}
	for _, w := range words {
		b.WriteByte(' ')
		b.WriteString(quote(w))
	}
	return b.String()
}

// quote makes a word safe for a POSIX shell.
func quote(s string) string {
	if s != "" && !strings.HasPrefix(s, "~") && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./:@%+=,-") == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// ago says how long something has lasted, in the largest unit that fits.
func ago(seconds int64) string {
	switch {
	case seconds < 90:
		return plural(seconds, "second")
	case seconds < 90*60:
		return fmt.Sprintf("%d min", seconds/60)
	case seconds < 36*3600:
		return fmt.Sprintf("%d h", seconds/3600)
	default:
		return plural(seconds/86400, "day")
	}
}

func plural[N ~int | ~int32 | ~int64](n N, word string) string {
	if n == 1 {
		return fmt.Sprintf("1 %s", word)
	}
	return fmt.Sprintf("%d %ss", n, word)
}

// bytesText says an amount of memory as Kubernetes users write it.
func bytesText(n int64) string {
	switch {
	case n >= 1<<30 && n%(1<<30) == 0:
		return fmt.Sprintf("%d Gi", n>>30)
	case n >= 10<<30:
		return fmt.Sprintf("%.0f Gi", float64(n)/(1<<30))
	case n >= 1<<30:
		return fmt.Sprintf("%.1f Gi", float64(n)/(1<<30))
	case n >= 1<<20:
		return fmt.Sprintf("%d Mi", n>>20)
	default:
		return fmt.Sprintf("%d Ki", n>>10)
	}
}
