package site

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/portolan-dev/portolan/sources"
	"github.com/portolan-dev/portolan/sources/catalog"
	"github.com/portolan-dev/portolan/sources/diag"
	"github.com/portolan-dev/portolan/sources/kubernetes"
)

// ops answers the questions that all pages about running things ask of a
// portal. It is made once for a family of pages and only read afterwards.
type ops struct {
	p        *Portal
	names    *FleetNames
	clusters []*kubernetes.ClusterState
	at       map[string]int // cluster by name: its place in clusters
	entities map[string]*catalog.Entity
	services map[string]*kubernetes.Service
	rules    map[string]diag.Rule
	running  map[string]bool // rules about what runs

	past *kubernetes.History // never nil

	// namespaces holds the owner of each namespace, by canonical ref: of those
	// in which only services of one owner run.
	namespaces map[string]string
}

func opsOf(p *Portal) *ops {
	o := &ops{
		p:        p,
		names:    FleetNamesOf(p),
		at:       map[string]int{},
		entities: map[string]*catalog.Entity{},
		services: map[string]*kubernetes.Service{},
		rules:    map[string]diag.Rule{},
		running:  map[string]bool{},
	}
	if p.Catalog != nil {
		for _, e := range p.Catalog.Entities {
			o.entities[e.Ref.String()] = e
		}
	}
	if p.Fleet != nil {
		o.clusters = p.Fleet.Clusters
		for i, c := range o.clusters {
			o.at[c.Name] = i
		}
		for _, s := range p.Fleet.Services {
			o.services[s.Ref] = s
		}
	}
	if o.past = p.History; o.past == nil {
		o.past = kubernetes.NewHistory()
	}
	o.namespaces = o.namespaceOwners()
	for _, r := range kubernetes.Rules() {
		o.rules[r.ID] = diag.Rule{ID: r.ID, Severity: diagSeverity(r.Severity), Title: r.Title, Why: r.Why, Fix: r.Fix, Example: r.Condition}
		o.running[r.ID] = true
	}
	for _, r := range p.Rules {
		o.rules[r.ID] = r
	}
	return o
}

func (o *ops) namespaceOwners() map[string]string {
	owners := map[string]string{}
	for _, s := range o.fleet().Services {
		owner := o.owner(s.Ref)
		for _, w := range s.Workloads {
			if old, ok := owners[w.Ref.Namespace]; ok && old != owner {
				owners[w.Ref.Namespace] = ""
				continue
			}
			owners[w.Ref.Namespace] = owner
		}
	}
	return owners
}

// fleet returns the fleet; an empty one if no cluster is configured.
func (o *ops) fleet() *kubernetes.Fleet {
	if o.p.Fleet == nil {
		return &kubernetes.Fleet{}
	}
	return o.p.Fleet
}

// A Figure is one number of the row under the head of a page.
type Figure struct {
	Value  string // "199"
	Unit   string // small, behind the value: "/ 216", "%"
	Label  string // "pods ready"
	Status Status // Bad or Warn colours the value; others leave it as it is
	URL    string // where the number is told in full; or ""
}

// figure returns a count that takes the colour of status s unless it is zero.
func figure(n int, label string, s Status) Figure {
	f := Figure{Value: Num(n), Label: label}
	if n > 0 {
		f.Status = s
	}
	return f
}

// A Tab is one of several pages that show the same in different ways.
type Tab struct {
	Link
	Current bool
}

// A Notice is a sentence on a wash, for what a reader must know first.
type Notice struct {
	Status   Status
	Title    string
	Text     string
	Says     string // in the words of a machine
	Commands []string
	Links    []Link
}

// Moment returns the time, or the zero time for nil.
func moment(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}

// severityStatus returns how the severity of a finding is shown. A notice has
// the mark of something under way: it never changes a health.
func severityStatus(s kubernetes.Severity) Status {
	switch s {
	case kubernetes.Critical, kubernetes.Error:
		return Bad
	case kubernetes.Warning:
		return Warn
	default:
		return Run
	}
}

// diagSeverity returns the severity of a finding as one of a diagnostic.
func diagSeverity(s kubernetes.Severity) diag.Severity {
	switch severityStatus(s) {
	case Bad:
		return diag.Error
	case Warn:
		return diag.Warning
	default:
		return diag.Info
	}
}

// severityWord returns the word for the mark of a finding.
func severityWord(s kubernetes.Severity) string {
	switch severityStatus(s) {
	case Bad:
		return "Broken"
	case Warn:
		return "Degraded"
	default:
		return "Notice"
	}
}

// A Tally counts services by status.
type Tally struct {
	Broken, Degraded, Unknown, Rolling, Healthy, Off int
}

// add counts one service.
func (t *Tally) add(s Status) {
	switch s {
	case Bad:
		t.Broken++
	case Warn:
		t.Degraded++
	case Unk:
		t.Unknown++
	case Run:
		t.Rolling++
	case OK:
		t.Healthy++
	default:
		t.Off++
	}
}

// Total returns how many were counted.
func (t Tally) Total() int {
	return t.Broken + t.Degraded + t.Unknown + t.Rolling + t.Healthy + t.Off
}

// Status returns the worst status among those counted.
func (t Tally) Status() Status {
	switch {
	case t.Broken > 0:
		return Bad
	case t.Degraded > 0:
		return Warn
	case t.Unknown > 0:
		return Unk
	case t.Rolling > 0:
		return Run
	case t.Healthy > 0:
		return OK
	default:
		return Off
	}
}

// Words says what is not healthy: "1 broken, 2 degraded"; or how many are
// healthy when all are.
func (t Tally) Words() string {
	var parts []string
	for _, p := range []struct {
		n    int
		word string
	}{{t.Broken, "broken"}, {t.Degraded, "degraded"}, {t.Unknown, "unknown"}, {t.Rolling, "rolling out"}} {
		if p.n > 0 {
			parts = append(parts, Num(p.n)+" "+p.word)
		}
	}
	switch {
	case len(parts) > 0:
		return strings.Join(parts, ", ")
	case t.Healthy > 0:
		return Num(t.Healthy) + " healthy"
	case t.Off > 0:
		return "not running"
	default:
		return ""
	}
}

// compare orders tallies worst first.
func (t Tally) compare(u Tally) int {
	return cmp.Or(
		cmp.Compare(u.Broken, t.Broken),
		cmp.Compare(u.Degraded, t.Degraded),
		cmp.Compare(u.Unknown, t.Unknown),
		cmp.Compare(u.Rolling, t.Rolling),
	)
}

// tally counts the services of the entities with these canonical refs.
func (o *ops) tally(refs []string) Tally {
	var t Tally
	for _, ref := range refs {
		if s := o.services[ref]; s != nil && runs(s) {
			t.add(StatusOf(s.Health))
		}
	}
	return t
}

// runs tells whether anything was found for a service.
func runs(s *kubernetes.Service) bool {
	return s != nil && (len(s.Placements) > 0 || len(s.Workloads) > 0 || len(s.CronJobs) > 0)
}

// link returns an entity as a link, or as plain text if it is not in the catalog.
func (o *ops) link(ref string) Link {
	if e := o.entities[ref]; e != nil {
		return linkTo(e)
	}
	return Link{Text: refName(ref)}
}

// refName returns the name of a canonical ref, with its namespace unless that
// is the default one.
func refName(ref string) string {
	_, rest, ok := strings.Cut(ref, ":")
	if !ok {
		return ref
	}
	return strings.TrimPrefix(rest, "default/")
}

// related returns the first target of a relation that is in the catalog, else
// the first, or "".
func (o *ops) related(e *catalog.Entity, relation string, kinds ...string) string {
	first := ""
	if e == nil {
		return ""
	}
	for _, r := range e.Relations {
		if r.Type != relation || len(kinds) > 0 && !slices.Contains(kinds, strings.ToLower(r.Target.Kind)) {
			continue
		}
		ref := r.Target.String()
		if o.entities[ref] != nil {
			return ref
		}
		if first == "" {
			first = ref
		}
	}
	return first
}

// owner returns the canonical ref of the owner of the entity with that ref, or "".
func (o *ops) owner(ref string) string {
	return o.related(o.entities[ref], catalog.OwnedBy)
}

// system returns the canonical ref of the system of the entity with that ref, or "".
func (o *ops) system(ref string) string {
	return o.related(o.entities[ref], catalog.PartOf, "system")
}

// ownerLink returns the owner of an entity, or an empty link.
func (o *ops) ownerLink(ref string) Link {
	if owner := o.owner(ref); owner != "" {
		return o.link(owner)
	}
	return Link{}
}

// systemLink returns the system of an entity, or an empty link.
func (o *ops) systemLink(ref string) Link {
	if s := o.system(ref); s != "" {
		return o.link(s)
	}
	return Link{}
}

// clusterLink returns a cluster as a link.
func (o *ops) clusterLink(name string) Link {
	if i, ok := o.at[name]; ok {
		return Link{Text: o.names.Titles[i], URL: ClusterURL(name), Icon: "cluster"}
	}
	return Link{Text: name}
}

// title returns what people call a cluster.
func (o *ops) title(name string) string {
	if i, ok := o.at[name]; ok {
		return o.names.Titles[i]
	}
	return name
}

// titles returns what people call these clusters, in the order of the configuration.
func (o *ops) titles(names []string) []string {
	sorted := slices.Clone(names)
	slices.SortStableFunc(sorted, func(a, b string) int { return cmp.Or(cmp.Compare(o.place(a), o.place(b)), cmp.Compare(a, b)) })
	for i, n := range sorted {
		sorted[i] = o.title(n)
	}
	return slices.Compact(sorted)
}

func (o *ops) place(cluster string) int {
	if i, ok := o.at[cluster]; ok {
		return i
	}
	return len(o.clusters)
}

// fresh tells whether a cluster was read in this build.
func (o *ops) fresh(cluster string) bool {
	i, ok := o.at[cluster]
	return ok && o.clusters[i].Freshness.State == sources.Fresh
}

// reach counts the clusters that were read in this build, and all.
func (o *ops) reach() (reached, all int) {
	for _, c := range o.clusters {
		if c.Freshness.State == sources.Fresh {
			reached++
		}
	}
	return reached, len(o.clusters)
}

// lost returns the clusters that were not read in this build.
func (o *ops) lost() []*kubernetes.ClusterState {
	var out []*kubernetes.ClusterState
	for _, c := range o.clusters {
		if c.Freshness.State != sources.Fresh {
			out = append(out, c)
		}
	}
	return out
}

// lostNames returns what people call the clusters that were not read.
func (o *ops) lostNames() []string {
	var names []string
	for _, c := range o.lost() {
		names = append(names, o.title(c.Name))
	}
	return names
}

// readAt returns when the clusters were read: the newest time among the fresh
// ones, or the time of the build.
func (o *ops) readAt() time.Time {
	var t time.Time
	for _, c := range o.clusters {
		if c.Freshness.State == sources.Fresh && seen(c).After(t) {
			t = seen(c)
		}
	}
	if t.IsZero() {
		return o.p.Built
	}
	return t
}

// seen returns when a cluster was read last; zero if never.
func seen(c *kubernetes.ClusterState) time.Time {
	if !c.Freshness.ObservedAt.IsZero() {
		return c.Freshness.ObservedAt
	}
	return c.TakenAt
}

// utc writes a time as pages do in a sentence: the day only where it is not
// the day of the build.
func (o *ops) utc(t time.Time) string {
	t = t.UTC()
	if b := o.p.Built.UTC(); b.IsZero() || t.Format(time.DateOnly) != b.Format(time.DateOnly) {
		return t.Format("2 Jan 2006, 15:04") + " UTC"
	}
	return t.Format("15:04") + " UTC"
}

// clock writes a time in a column whose head says UTC.
func (o *ops) clock(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	t, b := t.UTC(), o.p.Built.UTC()
	switch {
	case t.Format(time.DateOnly) == b.Format(time.DateOnly):
		return t.Format("15:04")
	case t.Year() == b.Year():
		return t.Format("2 Jan")
	default:
		return t.Format("2 Jan 2006")
	}
}

// ago writes an age in two words: "23 min", "3 h", "12 d".
func ago(d time.Duration) string {
	switch {
	case d < time.Minute:
		return "under 1 min"
	case d < time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h", int(d.Hours()))
	default:
		return fmt.Sprintf("%s d", Num(int(d.Hours()/24)))
	}
}

// age returns the time between t and the build.
func (o *ops) age(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return ago(max(0, o.p.Built.Sub(t)))
}

// since writes when something began: "14:09", "2 Nov", or "" if that is unknown.
func (o *ops) since(t *time.Time) string {
	if t == nil || t.IsZero() {
		return ""
	}
	return o.clock(*t)
}

// took writes a duration: "3.8 s".
func took(d time.Duration) string {
	switch {
	case d <= 0:
		return ""
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	default:
		return strconv.FormatFloat(d.Seconds(), 'f', 1, 64) + " s"
	}
}

// percent returns part of whole in full percent; 0 if the whole is 0.
func percent(part, whole int64) int {
	if whole <= 0 {
		return 0
	}
	return int(math.Round(float64(part) * 100 / float64(whole)))
}

// short writes a number with at most one decimal.
func short(f float64) string {
	return strings.TrimSuffix(strconv.FormatFloat(f, 'f', 1, 64), ".0")
}

// A Use is a bar of how much of something is used, with a tick at the target.
// Lengths are those of its drawing.
type Use struct {
	Text  string // "96 %"
	Label string
	Width string
	Fill  string
	Tick  string // empty: no target
	Class string // b-fill, b-warn, b-bad
	Over  bool   // far over the target
}

const useWidth = 84

// useOf returns the bar of a share in percent. It runs to 150 % where there is
// a target, so that too much can be seen. A target of 0 is none.
func useOf(name string, now, target int) *Use {
	full := 100
	if target > 0 || now > 100 {
		full = 150
	}
	u := &Use{Text: fmt.Sprintf("%d %%", now), Width: strconv.Itoa(useWidth), Class: "b-fill"}
	u.Fill = short(float64(min(now, full)) * useWidth / float64(full))
	u.Label = fmt.Sprintf("%d percent of requested %s", now, name)
	if target > 0 {
		u.Tick = short(float64(min(target, full)) * useWidth / float64(full))
		u.Label += fmt.Sprintf(", target %d percent", target)
		switch {
		case now*4 > target*5:
			u.Class, u.Over = "b-bad", true
		case now > target:
			u.Class = "b-warn"
		}
	} else if now >= 100 {
		u.Class = "b-warn"
	}
	return u
}

// Pager leads from one part of a long list to the others.
type OpsPager struct {
	Pages []Tab
	Next  string // URL; empty on the last page
	Prev  string
}

// pageURL returns the address of part n, from 1, of a list.
func pageURL(base string, n int) string {
	if n == 1 {
		return base
	}
	return fmt.Sprintf("%spage/%d/", base, n)
}

// pagerOf returns the links on part n of all; nil if there is only one part.
func pagerOf(base string, n, all int) *OpsPager {
	if all < 2 {
		return nil
	}
	p := &OpsPager{}
	last := 0
	for i := 1; i <= all; i++ {
		if i > 2 && i < all && (i < n-1 || i > n+1) {
			continue
		}
		if i > last+1 {
			p.Pages = append(p.Pages, Tab{Link: Link{Text: "…"}})
		}
		p.Pages = append(p.Pages, Tab{Link: Link{Text: Num(i), URL: pageURL(base, i)}, Current: i == n})
		last = i
	}
	if n < all {
		p.Next = pageURL(base, n+1)
	}
	if n > 1 {
		p.Prev = pageURL(base, n-1)
	}
	return p
}

// parts cuts a list into parts of size n, with at least one part.
func parts[T any](list []T, n int) [][]T {
	if len(list) == 0 {
		return [][]T{nil}
	}
	return slices.Collect(slices.Chunk(list, n))
}

// ruleURL returns where a rule is documented, or "" if it is not.
func (o *ops) ruleURL(id string) string {
	if _, ok := o.rules[id]; !ok {
		return ""
	}
	return rulePage(id)
}

// cause returns a rule id as a heading: "container-crash-loop" is "Container
// crash loop". Ids are stable and short, and every rule has one.
func causeTitle(rule string) string {
	if t, ok := causeTitles[rule]; ok {
		return t
	}
	t := strings.ReplaceAll(rule, "-", " ")
	if t == "" {
		return "Unknown cause"
	}
	return strings.ToUpper(t[:1]) + t[1:]
}

// causeTitles holds headings for rules whose id does not say it well enough.
var causeTitles = map[string]string{
	"image-pull-failed":       "Image cannot be pulled",
	"image-name-invalid":      "Image name is not valid",
	"container-config-error":  "Secret or ConfigMap missing",
	"container-create-error":  "Container cannot be started",
	"container-oom-killed":    "Out of memory",
	"container-crash-loop":    "Crash at start",
	"container-exited":        "Container has exited",
	"container-restarts":      "Container restarts",
	"pod-not-ready":           "Readiness probe fails",
	"pod-readiness-gate":      "Held by a readiness gate",
	"pod-stuck-starting":      "Pods do not start",
	"pod-unschedulable":       "Pods cannot be placed",
	"pod-evicted":             "Pods evicted",
	"pod-failed":              "Pods failed",
	"pod-node-lost":           "Node does not report",
	"pod-stuck-terminating":   "Pods cannot be removed",
	"workload-unavailable":    "Nothing is running",
	"workload-degraded":       "Too few replicas",
	"rollout-stuck":           "Rollout stuck",
	"rollout-degraded":        "Rollout failed",
	"replica-create-failed":   "New pods are refused",
	"workload-condition":      "Workload reports a problem",
	"job-failed":              "Job failed",
	"cronjob-last-failed":     "Last scheduled run failed",
	"cronjob-never-succeeded": "Scheduled job never succeeded",
	"cronjob-missed":          "Scheduled run did not start",
	"cronjob-overrun":         "Scheduled runs are skipped",
	"hpa-at-limit":            "Autoscaler at its limit",
	"hpa-at-max":              "Autoscaler at its maximum",
	"hpa-near-max":            "Autoscaler near its maximum",
	"hpa-inactive":            "Autoscaler cannot read its metric",
	"hpa-cannot-scale":        "Autoscaler cannot scale",
	"hpa-target-missing":      "Autoscaler without target",
	"service-no-pods":         "Address without pods",
	"service-no-ready-pods":   "Address answers nothing",
	"service-port-mismatch":   "Port name does not exist",
	"lb-pending":              "No external address yet",
	"ingress-backend-missing": "Ingress leads nowhere",
	"ingress-port-missing":    "Ingress leads to no port",
	"ingress-no-address":      "Ingress not picked up",
	"route-not-accepted":      "Gateway refuses the route",
	"host-conflict":           "Two owners for one address",
	"pdb-blocks-drain":        "Budget blocks node drains",
	"pdb-exhausted":           "Budget used up",
	"quota-near-limit":        "Quota nearly used up",
	"pvc-pending":             "Volume not provided",
	"pvc-lost":                "Volume lost",
	"version-drift":           "Versions differ",
	"missing-in-cluster":      "Missing in a cluster",
	"load-imbalance":          "Load is uneven",
	"no-failover":             "No failover",
	"memory-near-limit":       "Memory near its limit",
	"matches-nothing":         "Matches nothing",
}
