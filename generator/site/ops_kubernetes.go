package site

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/portolan-dev/portolan/sources/catalog"
	"github.com/portolan-dev/portolan/sources/kubernetes"
)

// KubernetesView is the page of what runs for one entity, in all clusters.
type KubernetesView struct {
	Head EntityHead

	Empty   *Empty // nothing was found; the rest but Searched, Match and NotChecked is empty
	Verdict Verdict
	Figures []Figure
	Notes   []Notice // clusters whose state here is the last known one

	Problems     []Problem
	ProblemCount string // "1 broken, 1 degraded, 1 notice"
	MoreProblems int    // beyond those listed

	Matrix *ClusterMatrix
	Roles  []RoleRow // only where there is more than one

	Scaling    []RoleScaling
	Versions   []VersionBar
	Deploys    []DeployRow
	DeployRate string // "2.5 in a week"; empty if too little is known
	Addresses  []AddressRow
	CronJobs   []CronJobRow
	Resources  []ResourceRow
	Pods       PodList
	Across     []AcrossRow
	Advice     []AdviceRow
	Ignored    []AdviceRow        // by annotation
	Environs   []EnvironmentState // only where there is more than one
	NotChecked []NotCheckedRow
	Match      []kubernetes.MatchProblem
	Searched   *Searched

	LeftOut string // "12 workloads and 3 addresses"; or ""
	Data    string // URL of the file that has them
}

// sentence returns s with a capital at its start.
func sentence(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	if n == 0 || r == utf8.RuneError {
		return s
	}
	return string(unicode.ToUpper(r)) + s[n:]
}

// A Verdict is the state in one sentence, with a second one for what matters next.
type Verdict struct {
	Status Status
	Text   string
	Detail string
}

// A Problem is one incident with the evidence and the next step.
type Problem struct {
	ID        string // anchor
	Status    Status
	Word      string // for the mark: Broken, Degraded, Notice
	Title     string
	Where     string // "us-2 17/31, pods of Deployment playback-session"
	Since     time.Time
	Text      string
	Cause     string // in words, where the title does not say it
	Because   []Because
	Says      string // the cluster's own words
	Commands  []Command
	Rule      string
	RuleURL   string // documentation of the rule, on this site
	Docs      Link   // documentation elsewhere: its URL is absolute
	LastKnown bool
	Services  []Link // whose it is; empty on the page of the service itself
}

// A Command is a line to copy and what it is for.
type Command struct {
	Label string // "Look", "Go back"
	Text  string
}

// A Because is one of the findings that an incident rests on.
type Because struct {
	Title string
	Text  string
	Says  string
}

// A ClusterMatrix is a service in all its clusters, by region.
type ClusterMatrix struct {
	Note    string // "every bar on one scale, 0 to 66 replicas"
	Groups  []ClusterGroup
	Absent  string // clusters it does not run in, in words
	CPU     bool   // any row has a figure for it
	Memory  bool
	Scales  bool // any row has an autoscaler
	Columns int  // of the table
}

// A ClusterGroup is a region, or a region of one environment.
type ClusterGroup struct {
	Name string
	Note string // "89 pods, 43 % of the fleet"
	Rows []ClusterRow
}

// A ClusterRow is a service in one cluster.
type ClusterRow struct {
	ID          string // the cluster's name: an anchor
	Cluster     Link
	Status      Status
	Word        string
	Ready, Want int
	Bullet      *Bullet
	Replicas    string // beside the bar: "24 of 60", "wants 60"
	Over        bool   // it wants more than it may have
	CPU, Memory *Use
	Version     string
	Drifts      bool
	Restarts    int
	LastDeploy  time.Time
	Stale       bool
	Seen        time.Time // only of stale rows: the others were read in this build
}

// A RoleRow is one workload of a service, laid side by side over clusters.
type RoleRow struct {
	Kind, Name  string
	Namespace   string
	Status      Status
	Clusters    int
	Ready, Want int
	Versions    string
	Restarts    int
}

// A VersionBar is the share of one version.
type VersionBar struct {
	Version  string
	Class    string // of its part of the bar
	X, Width string // in percent of the bar
	Pods     int
	Where    string // "us-2", "11 clusters"
	Majority bool
}

// A DeployRow is one deploy that the clusters still know of.
type DeployRow struct {
	Workload string
	At       time.Time
	Where    string
}

// An AddressRow is where a service can be reached.
type AddressRow struct {
	URL   string
	Web   bool // it can be opened in a browser
	Kind  string
	Where string
}

// A CronJobRow is one schedule in one cluster.
type CronJobRow struct {
	Service     Link // on pages over several services
	Owner       Link
	Cluster     Link
	Name        string
	Namespace   string
	Words       string
	Schedule    string
	Zone        string
	Status      Status
	State       string // "last run failed"
	LastRun     time.Time
	LastSuccess time.Time
}

// A ResourceRow is one object other than workloads, over all clusters.
type ResourceRow struct {
	Kind, Name string
	Clusters   int
	Where      string
	Status     Status
	State      string
}

// A PodList holds the pods that are not ready, then some that are.
type PodList struct {
	NotReady []PodRow
	More     []PodRow // not ready, beyond the first
	Ready    []PodRow
	Finished bool // some of Ready have done their work and ended
	Total    int
	Hidden   int // in the cluster but not listed here
}

// A PodRow is one pod.
type PodRow struct {
	Stem, Tail string // the name, cut before the part that differs
	Cluster    string
	Status     Status
	State      string
	Reason     string
	Restarts   int
	Started    time.Time
	Version    string
}

// An AcrossRow is something that only shows when clusters are laid side by side.
type AcrossRow struct {
	Status  Status
	Word    string
	Title   string
	Text    string
	Where   string
	RuleURL string
}

// An EnvironmentState is the health of a service in one environment.
type EnvironmentState struct {
	Name   string
	Status Status
}

// An AdviceRow is something that could be better and counts nowhere.
type AdviceRow struct {
	Title, Where, Text string
	RuleURL            string
}

// A NotCheckedRow is something that could not be looked at.
type NotCheckedRow struct {
	Cluster   Link
	What, Why string
	Rule      string // of RBAC, to add
}

// Searched says exactly what was looked for on behalf of an entity.
type Searched struct {
	Labels     string
	Namespaces string
	Clusters   string
	Read       string // "13 of 14 clusters, 14:32 UTC"
	Near       []string
}

// The annotations by which Backstage's descriptors name workloads.
const (
	annotationID        = "backstage.io/kubernetes-id"
	annotationSelector  = "backstage.io/kubernetes-label-selector"
	annotationNamespace = "backstage.io/kubernetes-namespace"
	annotationCluster   = "backstage.io/kubernetes-cluster"
)

// How much one page lists before it says that there is more.
const (
	maxProblems  = 25
	maxPodsFirst = 6
	maxPodsMore  = 40
	maxPodsReady = 40
	maxBecause   = 8
	maxCommands  = 4
	maxDeploys   = 8
	maxAdvice    = 30
	maxTableRows = 100
	maxRoles     = 60 // and other rows of one service
	maxParts     = 20 // versions, autoscalers, and what needs more than a line
)

// annotated tells whether an entity names workloads.
func annotated(e *catalog.Entity) bool {
	for _, a := range []string{annotationID, annotationSelector, annotationNamespace, annotationCluster} {
		if strings.TrimSpace(e.Annotations[a]) != "" {
			return true
		}
	}
	return false
}

// KubernetesURL returns the address of an entity's page of what runs for it.
func KubernetesURL(r catalog.Ref) string { return EntityURL(r) + "kubernetes/" }

// kubernetesPages returns one page for each entity that runs, or should.
func kubernetesPages(p *Portal) []Page {
	o := opsOf(p)
	if p.Catalog == nil {
		return nil
	}
	heads := newHeads(p)
	var pages []Page
	for _, e := range p.Catalog.Entities {
		s := o.services[e.Ref.String()]
		if !annotated(e) && !runs(s) && (s == nil || len(s.Problems)+len(s.Incidents) == 0) {
			continue
		}
		pages = append(pages, attempt(pageFor(e, KubernetesURL(e.Ref)), func() Page {
			head := heads.of(e, "kubernetes")
			v := o.kubernetesView(e, s)
			v.Head = head
			return Page{
				URL:         KubernetesURL(e.Ref),
				Layout:      "kubernetes",
				Title:       e.DisplayName() + " on Kubernetes",
				Description: v.summary(),
				Section:     head.Section,
				Crumbs:      head.Crumbs,
				Style:       "ops",
				Entity:      e.Ref.String(),
				View:        v,
			}
		}))
	}
	return pages
}

func (v *KubernetesView) summary() string {
	if v.Empty != nil {
		return v.Empty.Title
	}
	return v.Verdict.Text
}

func (o *ops) kubernetesView(e *catalog.Entity, s *kubernetes.Service) *KubernetesView {
	v := &KubernetesView{}
	if s != nil {
		for _, m := range s.Problems {
			v.Match = append(v.Match, kubernetes.MatchProblem{Code: m.Code, Text: sentence(m.Text), Hint: sentence(m.Hint)})
		}
		for _, n := range s.NotChecked {
			v.NotChecked = append(v.NotChecked, NotCheckedRow{
				Cluster: o.clusterLink(n.Cluster), What: sentence(n.What), Why: sentence(n.Why), Rule: n.Rule,
			})
		}
	}
	if !runs(s) && (s == nil || len(s.Incidents) == 0) {
		v.Empty = o.blank(e, s)
		v.Searched = o.searched(e, s)
		v.fold(e)
		return v
	}
	if len(s.Problems) > 0 {
		v.Searched = o.searched(e, s)
	}
	v.Verdict = o.verdict(s)
	v.Figures = o.serviceFigures(s)
	v.Notes = o.staleNotes(s)
	v.Problems, v.MoreProblems = o.problems(s.Incidents, maxProblems, false)
	v.ProblemCount = countProblems(s.Incidents)
	v.Matrix = o.matrix(s)
	v.Roles = o.roles(s)
	v.Scaling = o.roleScalings(s)
	v.Versions = o.versions(s)
	for _, d := range s.Deploys {
		if len(v.Deploys) == maxDeploys {
			break
		}
		v.Deploys = append(v.Deploys, DeployRow{Workload: d.Workload.Name, At: d.At, Where: o.where(d.Clusters)})
	}
	v.DeployRate = o.deployRate([]string{s.Ref})
	for _, a := range s.Addresses {
		v.Addresses = append(v.Addresses, AddressRow{
			URL: a.URL, Kind: a.Kind, Where: o.where(a.Clusters),
			Web: strings.HasPrefix(a.URL, "https://") || strings.HasPrefix(a.URL, "http://"),
		})
	}
	for _, c := range s.CronJobs {
		v.CronJobs = append(v.CronJobs, o.cronJob(c))
	}
	for _, r := range s.Resources {
		state := r.State
		if state == "" {
			state = StatusOf(r.Health).Word()
		}
		v.Resources = append(v.Resources, ResourceRow{
			Kind: r.Ref.Kind, Name: r.Ref.Name, Clusters: len(r.Clusters), Where: o.where(r.Clusters),
			Status: StatusOf(r.Health), State: state,
		})
	}
	v.Pods = o.pods(s)
	v.Advice, v.Ignored = o.advice(s.Advice), o.advice(s.Ignored)
	for _, a := range s.Across {
		row := AcrossRow{Status: severityStatus(a.Severity), Word: severityWord(a.Severity), Title: a.Title, Text: a.Text, Where: strings.TrimSpace(a.Workload.Kind + " " + a.Workload.Name), RuleURL: o.ruleURL(a.Rule)}
		if row.Title == "" {
			row.Title = causeTitle(a.Rule)
		}
		v.Across = append(v.Across, row)
	}
	v.fold(e)
	if len(s.Environments) > 1 {
		for _, e := range s.Environments {
			v.Environs = append(v.Environs, EnvironmentState{Name: cmp.Or(e.Name, "no environment"), Status: StatusOf(e.Health)})
		}
	}
	return v
}

// fold leaves what is beyond the bounds of a page to the data file.
func (v *KubernetesView) fold(e *catalog.Entity) {
	var words []string
	note := func(n int, noun string) {
		if n > 0 {
			words = append(words, Count(n, noun))
		}
	}
	n := 0
	v.Roles, n = cut(v.Roles, maxRoles)
	note(n, "workload")
	v.Scaling, n = cut(v.Scaling, maxParts)
	note(n, "autoscaled workload")
	v.Versions, n = cut(v.Versions, maxParts)
	note(n, "version")
	v.Addresses, n = cut(v.Addresses, maxRoles)
	note(n, "address")
	v.CronJobs, n = cut(v.CronJobs, maxRoles)
	note(n, "scheduled job")
	v.Resources, n = cut(v.Resources, maxRoles)
	note(n, "other resource")
	v.Across, n = cut(v.Across, maxParts)
	note(n, "difference")
	v.Match, n = cut(v.Match, maxParts)
	note(n, "match problem")
	v.NotChecked, n = cut(v.NotChecked, maxParts)
	note(n, "gap")
	v.LeftOut, v.Data = Words(words), serviceFile(e.Ref.String())
}

// verdict returns the headline of a service.
func (o *ops) verdict(s *kubernetes.Service) Verdict {
	v := Verdict{Status: StatusOf(s.Health), Text: s.Line, Detail: s.Detail}
	if v.Text == "" {
		var t Tally
		for _, p := range s.Placements {
			t.add(PlacementStatus(p))
		}
		v.Text = fmt.Sprintf("%s in %s: %s.", v.Status.Word(), Count(t.Total(), "cluster"), t.Words())
	}
	return v
}

// restarts and headroom are told in more than one place; each has one function.

func (o *ops) serviceFigures(s *kubernetes.Service) []Figure {
	if len(s.Workloads) == 0 && len(s.CronJobs) > 0 {
		return o.jobFigures(s)
	}
	pods := Figure{Value: Num(s.Ready), Unit: "/ " + Num(s.Want), Label: "pods ready"}
	switch {
	case s.Ready == 0 && s.Want > 0:
		pods.Status = Bad
	case s.Ready < s.Want:
		pods.Status = StatusOf(s.Health)
	}
	var fresh int
	for _, p := range s.Placements {
		if !p.Stale {
			fresh++
		}
	}
	clusters := Figure{Value: Num(fresh), Label: Plural(fresh, "cluster") + " read"}
	if fresh < len(s.Placements) {
		clusters.Unit = "/ " + Num(len(s.Placements))
		clusters.Label = "clusters read"
	}
	versions := Figure{Value: Num(len(s.Versions)), Label: Plural(len(s.Versions), "version") + " running"}
	restarts, recent := figure(s.Restarts, Plural(s.Restarts, "restart"), ""), 0
	for _, p := range s.Placements {
		if !p.Stale {
			recent += p.RecentStarts
		}
	}
	if recent > 0 {
		restarts.Label += fmt.Sprintf(", %s in 24 h", Count(recent, "container"))
	}
	f := []Figure{pods, clusters, versions, restarts}

	atLimit, all, allowed := 0, 0, 0
	for _, a := range s.Autoscalers {
		if a.Stale {
			continue
		}
		all++
		allowed += a.Max
		if atMaximum(a) {
			atLimit++
		}
	}
	if all > 0 {
		l := figure(atLimit, Plural(all, "autoscaler")+" at the limit", Warn)
		l.Unit = "of " + Num(all)
		f = append(f, l)
	} else {
		f = append(f, Figure{Value: "–", Label: "no autoscaler"})
	}
	if use, ok := cpuOfRequest(s); ok {
		f = append(f, Figure{Value: Num(use), Unit: "%", Label: "CPU of request"})
	} else if all > 0 {
		f = append(f, Figure{Value: Num(allowed), Label: "replicas allowed"})
	} else {
		f = append(f, Figure{Value: Num(len(s.Workloads)), Label: Plural(len(s.Workloads), "workload")})
	}
	return f
}

// jobFigures are those of a service that only runs on a schedule.
func (o *ops) jobFigures(s *kubernetes.Service) []Figure {
	var failed, running, suspended, fresh int
	var last time.Time
	for _, c := range s.CronJobs {
		row := o.cronJob(c)
		switch {
		case c.Stale:
			continue
		case c.Suspended:
			suspended++
		case row.Status == Bad || row.Status == Warn:
			failed++
		}
		if c.Running {
			running++
		}
		fresh++
		if row.LastSuccess.After(last) {
			last = row.LastSuccess
		}
	}
	f := []Figure{
		{Value: Num(len(s.CronJobs)), Label: "scheduled " + Plural(len(s.CronJobs), "job")},
		figure(failed, "failed or missed", Warn),
		{Value: Num(running), Label: "running"},
		{Value: Num(suspended), Label: "suspended"},
		{Value: Num(fresh), Unit: "/ " + Num(len(s.CronJobs)), Label: "read in this build"},
	}
	if !last.IsZero() {
		f = append(f, Figure{Value: last.UTC().Format("15:04"), Unit: "UTC", Label: "last success, " + last.UTC().Format("2 Jan 2006")})
	}
	return f
}

// deployRate returns how often these entities are deployed, over the last four
// weeks: "2.5"; "" if too little is known.
func (o *ops) deployRate(refs []string) string {
	rate, known := o.past.DeploysPerWeek(refs, deployWeeks)
	if known < 1 {
		return ""
	}
	return short(rate)
}

const deployWeeks = 4

// cpuOfRequest returns the share of the requested CPU that is used, in percent,
// over all fresh clusters where both are known.
func cpuOfRequest(s *kubernetes.Service) (int, bool) {
	var use, request int64
	for _, p := range s.Placements {
		if p.UsageKnown && !p.Stale && p.CPURequest > 0 {
			use, request = use+p.CPUUse, request+p.CPURequest
		}
	}
	return percent(use, request), request > 0
}

// staleNotes says which clusters show their last known state.
func (o *ops) staleNotes(s *kubernetes.Service) []Notice {
	var notes []Notice
	for _, p := range s.Placements {
		if !p.Stale {
			continue
		}
		n := Notice{Status: Unk, Title: o.title(p.Cluster) + " is shown as it was last seen", Links: []Link{o.clusterLink(p.Cluster)}}
		if !p.ObservedAt.IsZero() {
			n.Title = fmt.Sprintf("%s is shown as last seen on %s", o.title(p.Cluster), p.ObservedAt.UTC().Format("2 Jan 2006, 15:04")+" UTC")
		}
		n.Text = fmt.Sprintf("Nothing on this page proves that %s still run.", these(p.Ready, "pod"))
		if i, ok := o.at[p.Cluster]; ok && o.clusters[i].Freshness.Reason != "" {
			n.Says = o.clusters[i].Freshness.Reason
		}
		notes = append(notes, n)
	}
	return notes
}

func these(n int, noun string) string {
	if n == 1 {
		return "this " + noun
	}
	return "these " + Num(n) + " " + Plural(n, noun)
}

// countProblems says how many incidents there are of each sort.
func countProblems(incidents []kubernetes.Incident) string {
	var bad, warn, notice, last int
	for _, inc := range incidents {
		switch s := severityStatus(inc.Severity); {
		case inc.LastKnown:
			last++
		case s == Bad:
			bad++
		case s == Warn:
			warn++
		default:
			notice++
		}
	}
	var parts []string
	if bad > 0 {
		parts = append(parts, Num(bad)+" broken")
	}
	if warn > 0 {
		parts = append(parts, Num(warn)+" degraded")
	}
	if notice > 0 {
		parts = append(parts, Count(notice, "notice"))
	}
	if last > 0 {
		parts = append(parts, Num(last)+" last known")
	}
	return strings.Join(parts, ", ")
}

// problems returns incidents as they are shown, and how many are left out.
func (o *ops) problems(incidents []kubernetes.Incident, most int, named bool) ([]Problem, int) {
	var out []Problem
	for i, inc := range incidents {
		if i == most {
			return out, len(incidents) - most
		}
		out = append(out, o.problem(inc, named))
	}
	return out, 0
}

func (o *ops) problem(inc kubernetes.Incident, named bool) Problem {
	lead := inc.Lead
	p := Problem{
		ID:        inc.ID,
		Status:    severityStatus(inc.Severity),
		Word:      severityWord(inc.Severity),
		Title:     lead.Title,
		Where:     o.incidentWhere(inc),
		Since:     moment(inc.Since),
		Text:      lead.Text,
		Says:      lead.Says,
		Rule:      lead.Rule,
		RuleURL:   o.ruleURL(lead.Rule),
		LastKnown: inc.LastKnown,
	}
	if p.Title == "" {
		p.Title = causeTitle(lead.Rule)
	}
	for i, b := range inc.Because {
		if i == maxBecause {
			p.Because = append(p.Because, Because{Title: fmt.Sprintf("and %s", Count(len(inc.Because)-i, "other reason"))})
			break
		}
		title := b.Title
		if title == "" {
			title = causeTitle(b.Rule)
		}
		p.Because = append(p.Because, Because{Title: title, Text: b.Text, Says: b.Says})
	}
	if u, err := url.Parse(lead.Docs); err == nil && safeURL(lead.Docs) != "" {
		p.Docs = Link{Text: u.Host, URL: lead.Docs}
	}
	// The lead says that something is wrong; what to do next often stands with
	// the reasons.
	for _, f := range slices.Concat([]kubernetes.Finding{lead}, inc.Because) {
		for _, c := range f.Commands {
			if len(p.Commands) < maxCommands && !slices.ContainsFunc(p.Commands, func(x Command) bool { return x.Text == c }) {
				p.Commands = append(p.Commands, Command{Label: commandLabel(c), Text: c})
			}
		}
	}
	slices.SortStableFunc(p.Commands, func(a, b Command) int { return compareBool(a.Label != "Look", b.Label != "Look") })
	if named {
		for _, ref := range inc.Entities {
			p.Services = append(p.Services, o.link(ref))
		}
	}
	return p
}

// commandLabel says what a command is for. Those that change something come
// after those that only look.
func commandLabel(c string) string {
	switch {
	case strings.Contains(c, " rollout undo "):
		return "Go back"
	case strings.Contains(c, " rollout resume "):
		return "Go on"
	case strings.Contains(c, " get "), strings.Contains(c, " describe "), strings.Contains(c, " logs "), strings.Contains(c, " top "), strings.Contains(c, " events"), strings.Contains(c, " rollout status "), strings.Contains(c, " rollout history "):
		return "Look"
	default:
		return "Do"
	}
}

// incidentWhere says which object in which clusters an incident is about:
// "us-2 17/31, us-1 2/10: Deployment playback-session".
func (o *ops) incidentWhere(inc kubernetes.Incident) string {
	var places []string
	clusters := slices.Clone(inc.Clusters)
	slices.SortStableFunc(clusters, func(a, b string) int { return cmp.Or(cmp.Compare(o.place(a), o.place(b)), cmp.Compare(a, b)) })
	for _, c := range slices.Compact(clusters) {
		place := o.title(c)
		if n, ok := inc.ByCluster[c]; ok && n.Total > 0 && n.Affected > 0 {
			place = fmt.Sprintf("%s %d of %s", place, n.Affected, Count(n.Total, "pod"))
		}
		places = append(places, place)
	}
	if len(places) > 6 {
		places = append(places[:5], fmt.Sprintf("%d more clusters", len(places)-5))
	}
	where := strings.Join(places, ", ")
	ref := inc.Workload
	if ref.Name == "" {
		ref = inc.Lead.Ref
	}
	if ref.Name != "" {
		if where != "" {
			where += ", "
		}
		where += ref.Kind + " " + ref.Name
	}
	return where
}

// where names up to three clusters, or counts them.
func (o *ops) where(clusters []string) string {
	names := o.titles(clusters)
	if len(names) > 3 {
		return Count(len(names), "cluster")
	}
	return strings.Join(names, ", ")
}

// matrix lays the placements of a service side by side.
func (o *ops) matrix(s *kubernetes.Service) *ClusterMatrix {
	if len(s.Placements) == 0 {
		return nil
	}
	m := &ClusterMatrix{}
	scale, environments := 0, map[string]bool{}
	for _, p := range s.Placements {
		environments[p.Environment] = true
		scale = max(scale, p.Want, p.Ready)
		if a := p.Autoscaler; a != nil {
			m.Scales = true
			scale = max(scale, a.Max, a.Current, a.Projected)
		}
		m.CPU = m.CPU || cpuUse(p) != nil
		m.Memory = m.Memory || memoryUse(p) != nil
	}
	scale = max(1, scale+(scale+9)/10)
	if m.Scales {
		m.Note = fmt.Sprintf("every bar on one scale, 0 to %s replicas", Num(scale))
	}
	pods := 0
	for _, p := range s.Placements {
		if !p.Stale {
			pods += p.Ready
		}
	}
	index := map[string]int{}
	runsIn := map[string]bool{}
	ready := map[string]int{}
	for _, p := range s.Placements {
		runsIn[p.Cluster] = true
		name := p.Region
		if len(environments) > 1 && p.Environment != "" {
			name = strings.Trim(p.Environment+", "+p.Region, ", ")
		}
		i, ok := index[name]
		if !ok {
			i = len(m.Groups)
			index[name] = i
			m.Groups = append(m.Groups, ClusterGroup{Name: name})
		}
		if !p.Stale {
			ready[name] += p.Ready
		}
		m.Groups[i].Rows = append(m.Groups[i].Rows, o.clusterRow(p, float64(scale)))
	}
	for i := range m.Groups {
		g := &m.Groups[i]
		if !slices.ContainsFunc(g.Rows, func(r ClusterRow) bool { return !r.Stale }) {
			g.Note = "last known, not counted"
			continue
		}
		g.Note = Count(ready[g.Name], "pod")
		if pods > 0 && len(m.Groups) > 1 {
			g.Note += fmt.Sprintf(", %d %% of the fleet", percent(int64(ready[g.Name]), int64(pods)))
		}
	}
	var absent, unknown []string
	for _, c := range o.clusters {
		switch {
		case runsIn[c.Name]:
		case seen(c).IsZero():
			unknown = append(unknown, o.title(c.Name))
		default:
			absent = append(absent, o.title(c.Name))
		}
	}
	if len(absent) > 0 {
		m.Absent = "Does not run in " + Words(absent) + "."
	}
	if len(unknown) > 0 {
		m.Absent = strings.TrimSpace(m.Absent + " Not known for " + Words(unknown) + ", which could never be read.")
	}
	m.Columns = 6
	for _, b := range []bool{m.Scales, m.CPU, m.Memory} {
		if b {
			m.Columns++
		}
	}
	return m
}

func (o *ops) clusterRow(p kubernetes.Placement, scale float64) ClusterRow {
	r := ClusterRow{
		ID:         p.Cluster,
		Cluster:    o.clusterLink(p.Cluster),
		Status:     PlacementStatus(p),
		Ready:      p.Ready,
		Want:       p.Want,
		CPU:        cpuUse(p),
		Memory:     memoryUse(p),
		Version:    p.Version,
		Drifts:     p.Drifts,
		Restarts:   p.Restarts,
		LastDeploy: moment(p.LastDeploy),
		Stale:      p.Stale,
	}
	r.Word = r.Status.Word()
	if p.Stale {
		r.Word, r.Seen = "Unreachable", p.ObservedAt
	}
	if a := p.Autoscaler; a != nil {
		b := bulletOf(*a, scale)
		r.Bullet = &b
		r.Replicas, r.Over = replicasOf(*a)
	}
	return r
}

// cpuUse returns the bar of CPU used of what is requested; nil if either is unknown.
func cpuUse(p kubernetes.Placement) *Use {
	target := 0
	if a := p.Autoscaler; a != nil {
		for _, m := range append([]kubernetes.Metric{deref(a.Metric)}, a.Metrics...) {
			if m.Name == "cpu" && m.Unit == "%" && m.Known {
				target = int(m.Target)
				if !p.UsageKnown {
					return useOf("CPU", int(m.Current+.5), target)
				}
				break
			}
		}
	}
	if !p.UsageKnown || p.CPURequest <= 0 {
		return nil
	}
	return useOf("CPU", percent(p.CPUUse, p.CPURequest), target)
}

func deref(m *kubernetes.Metric) kubernetes.Metric {
	if m == nil {
		return kubernetes.Metric{}
	}
	return *m
}

func memoryUse(p kubernetes.Placement) *Use {
	if !p.UsageKnown || p.MemRequest <= 0 {
		return nil
	}
	return useOf("memory", percent(p.MemUse, p.MemRequest), 0)
}

// roles lays workloads of the same kind and name side by side. One role alone
// says nothing that the matrix does not.
func (o *ops) roles(s *kubernetes.Service) []RoleRow {
	type key struct{ kind, name string }
	index := map[key]int{}
	var rows []RoleRow
	versions := map[key][]string{}
	healths := map[key]kubernetes.Health{}
	for _, w := range s.Workloads {
		k := key{w.Ref.Kind, w.Ref.Name}
		i, ok := index[k]
		if !ok {
			i = len(rows)
			index[k] = i
			rows = append(rows, RoleRow{Kind: w.Ref.Kind, Name: w.Ref.Name, Namespace: w.Ref.Namespace})
			healths[k] = w.Health
		}
		r := &rows[i]
		r.Clusters++
		r.Restarts += w.Restarts
		if !w.Stale && o.fresh(w.Cluster) {
			r.Ready, r.Want = r.Ready+w.Ready, r.Want+w.Want
		}
		if healthRank(w.Health) < healthRank(healths[k]) {
			healths[k] = w.Health
		}
		if w.Version != "" && !slices.Contains(versions[k], w.Version) {
			versions[k] = append(versions[k], w.Version)
		}
	}
	if len(rows) < 2 {
		return nil
	}
	for k, i := range index {
		rows[i].Status = StatusOf(healths[k])
		slices.Sort(versions[k])
		rows[i].Versions = strings.Join(versions[k], ", ")
		if len(versions[k]) > 3 {
			rows[i].Versions = Count(len(versions[k]), "version")
		}
	}
	slices.SortStableFunc(rows, func(a, b RoleRow) int {
		return cmp.Or(cmp.Compare(statusRank(a.Status), statusRank(b.Status)), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name))
	})
	return rows
}

// healthRank orders healths, worst first.
func healthRank(h kubernetes.Health) int {
	return statusRank(StatusOf(h))
}

// statusRank orders statuses, worst first.
func statusRank(s Status) int {
	return slices.Index([]Status{Bad, Warn, Unk, Run, Off, OK}, s)
}

func (o *ops) versions(s *kubernetes.Service) []VersionBar {
	total := 0
	for _, v := range s.Versions {
		total += v.Pods
	}
	if len(s.Versions) == 0 || total == 0 {
		return nil
	}
	majority := slices.ContainsFunc(s.Versions, func(v kubernetes.VersionShare) bool { return v.Majority })
	var bars []VersionBar
	at := 0
	for _, v := range s.Versions {
		b := VersionBar{
			Version: v.Version, Pods: v.Pods, Where: o.where(v.Clusters), Majority: v.Majority, Class: "g-ac",
			X: short(float64(at) * 100 / float64(total)), Width: short(float64(v.Pods) * 100 / float64(total)),
		}
		if b.Version == "" {
			b.Version = "not known"
		}
		lost := len(v.Clusters) > 0 && !slices.ContainsFunc(v.Clusters, o.fresh)
		switch {
		case lost:
			b.Class, b.Where = "g-unk", b.Where+", last seen"
		case majority && !v.Majority && len(s.Versions) > 1:
			b.Class = "g-warn"
		}
		at += v.Pods
		bars = append(bars, b)
	}
	return bars
}

func (o *ops) cronJob(c kubernetes.CronJob) CronJobRow {
	r := CronJobRow{
		Cluster: o.clusterLink(c.Cluster), Name: c.Ref.Name, Namespace: c.Ref.Namespace,
		Words: c.Words, Schedule: c.Schedule, Zone: c.Zone,
		Status: StatusOf(c.Health), LastRun: moment(c.LastSchedule), LastSuccess: moment(c.LastSuccess),
	}
	switch {
	case c.Stale:
		r.Status, r.State = Unk, "last known"
	case c.Suspended:
		r.Status, r.State = Off, "suspended"
	case c.Running && !c.LastFailed:
		r.State = "running"
		if r.Status == OK || r.Status == Off {
			r.Status = Run
		}
	case c.LastFailed:
		r.State = "last run failed"
		if r.Status == OK || r.Status == Off {
			r.Status = Warn
		}
	case r.Status == OK && c.LastSuccess != nil:
		r.State = "last run succeeded"
	case r.Status == OK:
		r.State = "has not run yet"
		r.Status = Off
	default:
		r.State = strings.ToLower(r.Status.Word())
	}
	return r
}

func (o *ops) pods(s *kubernetes.Service) PodList {
	l := PodList{Total: max(s.PodsTotal, len(s.Pods))}
	shown := 0
	for _, p := range s.Pods {
		r := PodRow{
			Cluster: o.title(p.Cluster), Status: StatusOf(p.Health), State: p.State, Reason: p.Reason,
			Restarts: p.Restarts, Started: p.Started, Version: p.Version,
		}
		r.Stem, r.Tail = podName(p.Ref.Name)
		if r.State == "" {
			r.State = r.Status.Word()
		}
		if p.Stale || !o.fresh(p.Cluster) {
			r.Status = Unk
		}
		well := p.Ready || p.Health == kubernetes.Healthy // the latter has finished
		l.Finished = l.Finished || well && !p.Ready
		switch {
		case well && len(l.Ready) < maxPodsReady:
			l.Ready = append(l.Ready, r)
		case well:
			continue
		case len(l.NotReady) < maxPodsFirst:
			l.NotReady = append(l.NotReady, r)
		case len(l.More) < maxPodsMore:
			l.More = append(l.More, r)
		default:
			continue
		}
		shown++
	}
	l.Hidden = l.Total - shown
	return l
}

// podName cuts the name of a pod before its last two parts, which tell it from
// its siblings.
func podName(name string) (stem, tail string) {
	i := strings.LastIndexByte(name, '-')
	if i <= 0 {
		return "", name
	}
	if j := strings.LastIndexByte(name[:i], '-'); j > 0 {
		i = j
	}
	return name[:i+1], name[i+1:]
}

// advice returns what could be better, once for each rule and object over all
// clusters.
func (o *ops) advice(findings []kubernetes.Finding) []AdviceRow {
	type key struct{ rule, kind, name, container string }
	index := map[key]int{}
	var rows []AdviceRow
	var clusters [][]string
	for _, f := range findings {
		k := key{f.Rule, f.Ref.Kind, f.Ref.Name, f.Container}
		i, ok := index[k]
		if !ok {
			if len(rows) == maxAdvice {
				continue
			}
			i = len(rows)
			index[k] = i
			title := f.Title
			if title == "" {
				title = causeTitle(f.Rule)
			}
			rows = append(rows, AdviceRow{Title: title, Where: f.Ref.Kind + " " + f.Ref.Name, Text: f.Text, RuleURL: o.ruleURL(f.Rule)})
			clusters = append(clusters, nil)
		}
		clusters[i] = append(clusters[i], f.Cluster)
	}
	for i := range rows {
		if w := o.where(clusters[i]); w != "" {
			rows[i].Where += ", " + w
		}
	}
	return rows
}

// blank says that nothing was found for an entity, and what to do.
func (o *ops) blank(e *catalog.Entity, s *kubernetes.Service) *Empty {
	if len(o.clusters) == 0 {
		return &Empty{
			Icon: "cluster", Title: "No cluster is configured",
			Text:    "The entity names its workloads, but this portal reads no cluster. Name one in portolan.yaml under kubernetes.clusters.",
			Command: "kubernetes: {clusters: [{name: prod, context: prod}]}",
		}
	}
	reached, all := o.reach()
	b := &Empty{Icon: "cluster", Title: "Nothing in the clusters carries this name"}
	switch {
	case reached == 0:
		b.Icon, b.Title = "unk", "No cluster answered"
		b.Text = fmt.Sprintf("None of %s could be read, and nothing is known from before. What runs for this entity is unknown.", Count(all, "cluster"))
		b.Links = []Link{{Text: "Clusters", URL: "clusters/"}}
		return b
	case reached < all:
		b.Text = fmt.Sprintf("%d of %s were read and none has a workload that fits; %s did not answer.", reached, Count(all, "cluster"), Words(o.lostNames()))
	default:
		b.Text = fmt.Sprintf("%s %s read and none has a workload that fits.", Count(all, "cluster"), wasWere(all))
	}
	b.Text += " Label the workload and its pods as below, or set the annotation to the label you use."
	labels := ""
	if s != nil {
		labels = s.Searched.Labels
	}
	if labels == "" {
		labels = wantedLabels(e)
	}
	b.Command = labels
	return b
}

func wasWere(n int) string {
	if n == 1 {
		return "was"
	}
	return "were"
}

// wantedLabels returns the selector by Backstage's rule: the annotation with a
// selector, else kubernetes-id with the annotation's value or the name.
func wantedLabels(e *catalog.Entity) string {
	if s := strings.TrimSpace(e.Annotations[annotationSelector]); s != "" {
		return s
	}
	if id := strings.TrimSpace(e.Annotations[annotationID]); id != "" {
		return annotationID + "=" + id
	}
	return annotationID + "=" + e.Ref.Name
}

func (o *ops) searched(e *catalog.Entity, s *kubernetes.Service) *Searched {
	if len(o.clusters) == 0 {
		return nil
	}
	out := &Searched{Labels: wantedLabels(e), Namespaces: "all", Clusters: "all"}
	if n := strings.TrimSpace(e.Annotations[annotationNamespace]); n != "" {
		out.Namespaces = n
	}
	if c := strings.TrimSpace(e.Annotations[annotationCluster]); c != "" {
		out.Clusters = c
	}
	if s != nil {
		if s.Searched.Labels != "" {
			out.Labels = s.Searched.Labels
		}
		if len(s.Searched.Namespaces) > 0 {
			out.Namespaces = strings.Join(s.Searched.Namespaces, ", ")
		}
		if len(s.Searched.Clusters) > 0 {
			out.Clusters = strings.Join(o.titles(s.Searched.Clusters), ", ")
		}
		out.Near = s.Searched.Near
	}
	reached, all := o.reach()
	out.Read = fmt.Sprintf("%d of %s", reached, Count(all, "cluster"))
	return out
}
