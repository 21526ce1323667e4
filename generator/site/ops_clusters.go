package site

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/portolan-dev/portolan/sources"
	"github.com/portolan-dev/portolan/sources/kubernetes"
)

// ClustersView is the list of all clusters by region.
type ClustersView struct {
	Lede    string
	Figures []Figure
	Groups  []RegionGroup
	Notes   []Notice // clusters that were not read, with the reason
	Tabs    []Tab
	Empty   *Empty
}

// A RegionGroup is the clusters of one region.
type RegionGroup struct {
	ID   string
	Name string
	Note string
	Rows []ClusterLine
}

// A ClusterLine is one cluster in the list.
type ClusterLine struct {
	Cluster     Link
	Status      Status
	Word        string
	Environment string
	Services    int
	Tally       Tally
	Marks       *Marks
	Pods, Ready int
	Workloads   int
	AtLimit     int
	Version     string
	Coverage    string // "17 of 18 types"
	Gaps        bool   // something could not be read
	Insecure    bool
	Seen        time.Time
	Clock       string // Seen in a column whose head says UTC
	Known       bool   // it was read at least once
	Stale       bool
}

// Marks are counted signs: one for each broken, then each degraded service.
type Marks struct {
	Width     int
	Label     string
	Bad, Warn string // paths
	More      int    // beyond those drawn
}

// ClusterView is one cluster.
type ClusterView struct {
	Name     string
	Lede     string
	Facts    []Fact
	Figures  []Figure
	Note     *Notice   // it was not read
	Problems []Problem // of what no entity claims
	Hidden   int
	Incident []BrokenRow // of services
	MoreInc  int
	Systems  []Sounding
	Healthy  []Sounding // systems where all is well, beyond the first
	Broken   []StateLine
	More     int           // of Broken
	Gaps     []CoverageRow // what could not be read in full
	Coverage []CoverageRow // the rest
	Skipped  []string      // what was not understood, in words
	MoreSkip int
	AtLimit  []ScalingRow
	Unowned  []NamespaceLine
	Fleet    *FleetNames
}

// A Sounding is the services of one system in one cluster, a mark each.
type Sounding struct {
	System Link
	Marks  *SoundingMarks
	Tally  Tally
	Words  string
}

// SoundingMarks is a row of marks, worst first.
type SoundingMarks struct {
	Width int
	Label string
	Paths []SoundingPath
	More  int
}

// A SoundingPath is all marks of one status.
type SoundingPath struct {
	Class, D string
}

// A StateLine is a service with its owner.
type StateLine struct {
	Status  Status
	Service Link
	Owner   Link
}

// A CoverageRow says what could be listed of one type.
type CoverageRow struct {
	Type   string
	Status Status
	State  string // in words
	Count  int
	Known  bool // Count means something
	Scope  string
	Denied string // namespaces
	Reason string
	Rule   string // of RBAC, to add
}

// A NamespaceLine counts in one namespace.
type NamespaceLine struct {
	Namespace string
	Workloads int
}

// ListView is a plain list of the fleet: versions that differ, workloads that
// nobody claims, entities that run nowhere, scheduled jobs.
type ListView struct {
	Show    string // "drift", "unclaimed", "absent", "batch"
	Title   string
	Lede    string
	Tabs    []Tab
	Figures []Figure
	Empty   *Empty

	Drift     []DriftRow
	Unclaimed []UnclaimedGroup
	Absent    []AbsentRow
	Jobs      []CronJobRow
	Hidden    int
	Fleet     *FleetNames
	Pager     *OpsPager
}

// A DriftRow is a service with more than one version.
type DriftRow struct {
	Service  Link
	Owner    Link
	Versions []VersionBar
	Hoist    Hoist
}

// An UnclaimedGroup is the workloads of one namespace over all clusters.
type UnclaimedGroup struct {
	ID        string
	Namespace string
	Count     string
	Rows      []UnclaimedRow
	More      int
}

// An UnclaimedRow is one workload that no entity claims, over all clusters.
type UnclaimedRow struct {
	Kind, Name string
	Clusters   string
	Status     Status
	Ready      int
	Want       int
	Requests   string // "1.5 cores, 2.0 GiB"
	Guess      Link   // an entity that may be meant
	GuessWhy   string
	Labels     string // those that an entity could name
	Snippet    string // to paste
	SnippetFor string // where to
}

// An AbsentRow is an entity that should run and does not.
type AbsentRow struct {
	Entity Link
	Owner  Link
	Labels string // what was searched
	Why    string
	Hint   string
	Near   string
}

const (
	maxMarks       = 20
	maxSoundings   = 60
	maxStateLines  = 30
	maxClusterRows = 30
)

// clusterStatus returns how a cluster is shown: whether it was read comes
// before anything that runs in it.
func clusterStatus(c *kubernetes.ClusterState, t Tally) Status {
	switch {
	case c.Freshness.State != sources.Fresh:
		return Unk
	case t.Broken*20 >= t.Total() && t.Broken >= 5, t.Broken > 0 && t.Broken == t.Total():
		return Bad
	case t.Broken > 0:
		return Warn
	default:
		return OK
	}
}

// clusterTally counts the services of a cluster by their state there.
func clusterTally(c *kubernetes.ClusterState) Tally {
	var t Tally
	for h, n := range c.ByHealth {
		for range n {
			t.add(StatusOf(h))
		}
	}
	return t
}

// clusterPages returns the list of clusters, one page for each, and the lists of
// what is in them.
func clusterPages(p *Portal) []Page {
	o := opsOf(p)
	pages := []Page{attempt(Page{URL: "clusters/", Title: "Clusters"}, o.clustersPage)}
	for _, c := range o.clusters {
		pages = append(pages, attempt(Page{URL: ClusterURL(c.Name), Title: o.title(c.Name)}, func() Page { return o.clusterPage(c) }))
	}
	return append(pages, o.listPages()...)
}

func (o *ops) clustersPage() Page {
	v := &ClustersView{}
	reached, all := o.reach()
	page := Page{URL: "clusters/", Layout: "clusters", Title: "Clusters", Section: "clusters", Style: "ops", View: v, Live: true}
	v.Tabs = clusterTabs("")
	if all == 0 {
		v.Lede, v.Empty = "What runs in clusters is not part of this portal.", noClusters()
		page.Description = v.Lede
		return page
	}
	environments := map[string]bool{}
	for _, c := range o.clusters {
		environments[c.Environment] = true
	}
	regions := map[string]int{}
	pods, workloads := 0, 0
	versions := map[string]bool{}
	for _, c := range o.clusters {
		i, ok := regions[c.Region]
		if !ok {
			i = len(v.Groups)
			regions[c.Region] = i
			name := c.Region
			if name == "" {
				name = "No region"
			}
			v.Groups = append(v.Groups, RegionGroup{ID: groupID("region", c.Region), Name: name})
		}
		line := o.clusterLine(c)
		if len(environments) < 2 {
			line.Environment = ""
		}
		v.Groups[i].Rows = append(v.Groups[i].Rows, line)
		if line.Stale {
			v.Notes = append(v.Notes, o.lostNotice(c))
			continue
		}
		pods, workloads = pods+c.Pods, workloads+c.Workloads
		if c.Version != "" {
			versions[c.Version] = true
		}
	}
	for i := range v.Groups {
		g := &v.Groups[i]
		var t Tally
		services := 0
		for _, r := range g.Rows {
			if !r.Stale {
				t.Broken, t.Degraded, services = t.Broken+r.Tally.Broken, t.Degraded+r.Tally.Degraded, services+r.Ready
			}
		}
		g.Note = Count(len(g.Rows), "cluster") + ", " + Count(services, "pod") + " ready"
	}
	if len(v.Groups) == 1 && v.Groups[0].Name == "No region" {
		v.Groups[0].Name = ""
	}
	t := o.fleetTally()
	v.Lede = fmt.Sprintf("%s in %s %s %s. ", Count(all, "cluster"), Count(len(v.Groups), "region"), runWord(all), Count(t.Total(), "service"))
	switch {
	case reached == all && all == 1:
		v.Lede += "It answered"
	case reached == all:
		v.Lede += "All answered"
	default:
		v.Lede += fmt.Sprintf("%d answered", reached)
	}
	if reached > 0 {
		v.Lede += " at " + o.utc(o.readAt())
	}
	v.Lede += "."
	page.Description = v.Lede
	answered := Figure{Value: Num(reached), Unit: "/ " + Num(all), Label: "clusters answered"}
	if reached < all {
		answered.Status = Warn
	}
	broken := figure(BrokenCount(o.p), Plural(BrokenCount(o.p), "service")+" broken", Bad)
	broken.URL = "broken/"
	v.Figures = []Figure{
		answered,
		{Value: Num(pods), Label: "pods"},
		{Value: Num(workloads), Label: "workloads"},
		broken,
		figure(t.Degraded, "degraded", Warn),
		{Value: Num(len(versions)), Label: "Kubernetes " + Plural(len(versions), "version")},
	}
	return page
}

func runWord(n int) string {
	if n == 1 {
		return "runs"
	}
	return "run"
}

func (o *ops) clusterLine(c *kubernetes.ClusterState) ClusterLine {
	t := clusterTally(c)
	l := ClusterLine{
		Cluster: o.clusterLink(c.Name), Environment: c.Environment, Services: t.Total(), Tally: t,
		Status: clusterStatus(c, t), Pods: c.Pods, Ready: c.PodsReady, Workloads: c.Workloads, AtLimit: c.AtLimit,
		Version: c.Version, Insecure: c.Insecure, Seen: seen(c), Clock: o.clock(seen(c)),
		Known: !seen(c).IsZero(), Stale: c.Freshness.State != sources.Fresh,
	}
	l.Cluster.Icon = ""
	l.Word = clusterWord(l.Status, l.Known)
	l.Coverage, l.Gaps = coverage(c)
	if !l.Stale {
		l.Marks = marksOf(t)
	}
	return l
}

// clusterWord says the state of a cluster for those who do not see its mark.
func clusterWord(s Status, known bool) string {
	switch {
	case s == Unk && !known:
		return "Never read"
	case s == Unk:
		return "Unreachable"
	case s == Bad:
		return "Many services are broken"
	case s == Warn:
		return "Some services are broken"
	default:
		return "No service is broken"
	}
}

// coverage says how many of the types could be read in full.
func coverage(c *kubernetes.ClusterState) (string, bool) {
	read, all := 0, 0
	for _, t := range c.Coverage {
		switch t.State {
		case "absent", "skipped":
			continue
		case "ok":
			read++
		}
		all++
	}
	if all == 0 {
		return "–", false
	}
	return fmt.Sprintf("%d of %d", read, all), read < all
}

// marksOf draws one mark for each broken and degraded service of a cluster.
func marksOf(t Tally) *Marks {
	if t.Broken+t.Degraded == 0 {
		return nil
	}
	m := &Marks{Label: fmt.Sprintf("%d broken, %d degraded", t.Broken, t.Degraded)}
	x := 0
	var bad, warn strings.Builder
	broken := min(t.Broken, maxMarks)
	for range broken {
		fmt.Fprintf(&bad, "M%d 0h7l-2.4 7 2.4 7h-7l2.4-7z", x)
		x += 9
	}
	if broken > 0 && t.Degraded > 0 {
		x += 4
	}
	degraded := min(t.Degraded, maxMarks-broken)
	for range degraded {
		fmt.Fprintf(&warn, "M%d 13l3.5-12 3.5 12z", x)
		x += 9
	}
	m.Width, m.Bad, m.Warn = x, bad.String(), warn.String()
	m.More = t.Broken + t.Degraded - broken - degraded
	return m
}

// lostNotice says since when and why a cluster was not read.
func (o *ops) lostNotice(c *kubernetes.ClusterState) Notice {
	n := Notice{Status: Unk, Says: c.Freshness.Reason, Links: []Link{o.clusterLink(c.Name)}}
	if seen(c).IsZero() {
		n.Title = o.title(c.Name) + " could never be read"
		n.Text = "What runs there is not known, and it is counted nowhere."
		return n
	}
	n.Title = fmt.Sprintf("%s has not answered since %s", o.title(c.Name), o.utc(seen(c)))
	n.Text = fmt.Sprintf("That was %s before this build. Its services keep their last known state and are marked as unreachable everywhere.", o.age(seen(c)))
	if c.Expired {
		n.Text = fmt.Sprintf("That was %s before this build, too long to say anything about how its services are.", o.age(seen(c)))
	}
	return n
}

// inCluster is one service as it is in one cluster.
type inCluster struct {
	service *kubernetes.Service
	status  Status
}

// servicesIn returns the services of a cluster, worst first.
func (o *ops) servicesIn(cluster string) []inCluster {
	var out []inCluster
	for _, s := range o.fleet().Services {
		for _, p := range s.Placements {
			if p.Cluster == cluster {
				out = append(out, inCluster{s, PlacementStatus(p)})
				break
			}
		}
	}
	slices.SortStableFunc(out, func(a, b inCluster) int {
		return cmp.Or(cmp.Compare(statusRank(a.status), statusRank(b.status)), cmp.Compare(a.service.Ref, b.service.Ref))
	})
	return out
}

func (o *ops) clusterPage(c *kubernetes.ClusterState) Page {
	v := &ClusterView{Name: o.title(c.Name), Fleet: o.names}
	page := Page{
		URL: ClusterURL(c.Name), Layout: "cluster", Title: v.Name, Section: "clusters", Style: "ops", View: v, Live: true,
		Crumbs: []Link{{Text: "Clusters", URL: "clusters/"}},
	}
	if c.Region != "" {
		page.Crumbs = append(page.Crumbs, Link{Text: c.Region, URL: "clusters/#" + groupID("region", c.Region)})
	}
	page.Crumbs = append(page.Crumbs, Link{Text: v.Name})
	stale, known := c.Freshness.State != sources.Fresh, !seen(c).IsZero()
	services := o.servicesIn(c.Name)
	t := clusterTally(c)
	systems := map[string][]inCluster{}
	for _, s := range services {
		ref := o.system(s.service.Ref)
		systems[ref] = append(systems[ref], s)
	}

	switch {
	case !known:
		v.Lede = "It could never be read: what runs there is not known."
	case stale:
		v.Lede = fmt.Sprintf("Last read on %s UTC: %s of %s then. Whether they still run is not known.", seen(c).UTC().Format("2 Jan 2006, 15:04"), Count(t.Total(), "service"), Count(len(systems), "system"))
	default:
		v.Lede = fmt.Sprintf("%s of %s, %s.", Count(t.Total(), "service"), Count(len(systems), "system"), t.Words())
	}
	page.Description = v.Name + ": " + v.Lede
	fact := func(name, text string, mono bool) {
		if text != "" {
			v.Facts = append(v.Facts, Fact{Name: name, Text: text, Mono: mono})
		}
	}
	if v.Name != c.Name {
		fact("Name", c.Name, true)
	}
	fact("Region", c.Region, false)
	fact("Environment", c.Environment, false)
	fact("Kubernetes", c.Version, true)
	if known {
		fact("Seen", o.utc(seen(c)), false)
	}
	fact("Read in", took(c.Took), false)
	if text, gaps := coverage(c); len(c.Coverage) > 0 {
		if gaps {
			text += ", see below"
		}
		fact("Types read", text, false)
	}
	if c.Insecure {
		fact("Certificate", "not checked", false)
	}
	if c.Skipped > 0 {
		fact("Not understood", Count(c.Skipped, "object"), false)
	}
	if stale {
		n := o.lostNotice(c)
		n.Links = nil
		v.Note = &n
	}
	v.Gaps, v.Coverage = coverageRows(c)
	v.Skipped, v.MoreSkip = cut(c.Problems, 10)
	if !known {
		return page
	}
	ready := Figure{Value: Num(c.PodsReady), Unit: "/ " + Num(c.Pods), Label: "pods ready"}
	v.Figures = []Figure{
		figure(t.Broken, "broken", Bad), figure(t.Degraded, "degraded", Warn), {Value: Num(t.Healthy), Label: "healthy"},
		ready, {Value: Num(c.Workloads), Label: "workloads"}, figure(c.AtLimit, "autoscalers at the limit", Warn),
	}
	if stale {
		for i := range v.Figures {
			v.Figures[i].Status = ""
		}
		v.Figures[0] = Figure{Value: Num(t.Total()), Label: "services, last known"}
		v.Figures = slices.Delete(v.Figures, 1, 3)
	}

	// What nobody in the catalog owns is a problem of the cluster itself.
	var own []kubernetes.Incident
	for _, inc := range c.Incidents {
		if len(inc.Entities) == 0 && severityStatus(inc.Severity) != Run {
			own = append(own, inc)
		}
	}
	v.Problems, v.Hidden = o.problems(own, 10, false)
	for _, inc := range c.Incidents {
		if len(inc.Entities) == 0 || severityStatus(inc.Severity) == Run {
			continue
		}
		if len(v.Incident) == maxClusterRows {
			v.MoreInc++
			continue
		}
		v.Incident = append(v.Incident, o.brokenRow(inc, "cluster"))
	}

	refs := slices.Collect(mapKeys(systems))
	tallies := map[string]Tally{}
	for ref, list := range systems {
		var st Tally
		for _, s := range list {
			st.add(s.status)
		}
		tallies[ref] = st
	}
	slices.SortFunc(refs, func(a, b string) int {
		return cmp.Or(tallies[a].compare(tallies[b]), cmp.Compare(len(systems[b]), len(systems[a])), cmp.Compare(a, b))
	})
	for i, ref := range refs {
		s := o.sounding(ref, systems[ref], tallies[ref])
		if i < maxSoundings || tallies[ref].Broken+tallies[ref].Degraded > 0 {
			v.Systems = append(v.Systems, s)
		} else {
			v.Healthy = append(v.Healthy, s)
		}
	}
	for _, s := range services {
		if s.status != Bad && s.status != Warn {
			continue
		}
		if len(v.Broken) == maxStateLines {
			v.More++
			continue
		}
		v.Broken = append(v.Broken, StateLine{Status: s.status, Service: o.serviceLink(s.service.Ref), Owner: o.ownerLink(s.service.Ref)})
	}
	if !stale {
		for _, s := range services {
			var here []kubernetes.Autoscaler
			for _, a := range s.service.Autoscalers {
				if a.Cluster == c.Name && atMaximum(a) {
					here = append(here, a)
				}
			}
			if len(here) > 0 && len(v.AtLimit) < maxClusterRows {
				r, _ := o.scalingRow(s.service, here)
				v.AtLimit = append(v.AtLimit, r)
			}
		}
	}
	counts := map[string]int{}
	for _, w := range o.fleet().Unclaimed {
		if w.Cluster == c.Name {
			counts[w.Ref.Namespace]++
		}
	}
	for ns, n := range counts {
		v.Unowned = append(v.Unowned, NamespaceLine{ns, n})
	}
	slices.SortFunc(v.Unowned, func(a, b NamespaceLine) int {
		return cmp.Or(cmp.Compare(b.Workloads, a.Workloads), cmp.Compare(a.Namespace, b.Namespace))
	})
	if len(v.Unowned) > 10 {
		v.Unowned = v.Unowned[:10]
	}
	return page
}

// sounding draws the services of one system in one cluster.
func (o *ops) sounding(ref string, list []inCluster, t Tally) Sounding {
	s := Sounding{System: Link{Text: "Without a system"}, Tally: t}
	if ref != "" {
		s.System = o.link(ref)
	}
	s.Words = Num(t.Total())
	switch {
	case t.Broken > 0:
		s.Words = Num(t.Broken) + " broken"
	case t.Degraded > 0:
		s.Words = Num(t.Degraded) + " degraded"
	}
	m := &SoundingMarks{Label: fmt.Sprintf("%s: %s", Count(t.Total(), "service"), t.Words())}
	paths := map[Status]*strings.Builder{}
	x := 0
	const most = 30
	for i, e := range list {
		if i == most {
			m.More = len(list) - most
			break
		}
		b := paths[e.status]
		if b == nil {
			b = &strings.Builder{}
			paths[e.status] = b
		}
		switch e.status {
		case Bad:
			fmt.Fprintf(b, "M%s 0h7l-2.4 6 2.4 6h-7l2.4-6z", short(float64(x)+.5))
		case Warn:
			fmt.Fprintf(b, "M%d 11.5l3.5-11 3.5 11z", x)
		case Run:
			fmt.Fprintf(b, "M%d 1h2.3v10h-2.3zm4.2 0h2.3v10h-2.3z", x)
		case Unk:
			fmt.Fprintf(b, "M%s 3.1h5.8v5.8h-5.8zl5.8 5.8", short(float64(x)+.6))
		case Off:
			fmt.Fprintf(b, "M%s 5.2h1.6v1.6h-1.6z", short(float64(x)+2.7))
		default:
			fmt.Fprintf(b, "M%d 3h6v6h-6z", x)
		}
		x += 9
	}
	m.Width = x + 2
	for _, st := range []Status{Off, OK, Run, Unk, Warn, Bad} {
		if b := paths[st]; b != nil {
			m.Paths = append(m.Paths, SoundingPath{string(st), b.String()})
		}
	}
	s.Marks = m
	return s
}

// coverageRows says what could not be listed in full, worst first, and what could.
func coverageRows(c *kubernetes.ClusterState) (gaps, rest []CoverageRow) {
	for _, t := range c.Coverage {
		r := CoverageRow{Type: t.Type, Count: t.Count, Scope: t.Scope, Reason: t.Reason, Rule: strings.TrimSpace(t.Rule), Known: true}
		r.Denied = listSome(t.DeniedNamespaces, 8)
		switch t.State {
		case "ok":
			r.Status, r.State = OK, "read"
		case "partial":
			r.Status, r.State = Warn, "in part"
		case "forbidden":
			r.Status, r.State, r.Known = Bad, "not allowed", false
		case "absent":
			r.Status, r.State, r.Known = Off, "not installed", false
		case "skipped":
			r.Status, r.State, r.Known = Off, "not asked for", false
		default:
			r.Status, r.State, r.Known = Unk, "failed", false
		}
		if r.Status == OK || r.Status == Off {
			rest = append(rest, r)
		} else {
			gaps = append(gaps, r)
		}
	}
	for _, rows := range [][]CoverageRow{gaps, rest} {
		slices.SortStableFunc(rows, func(a, b CoverageRow) int {
			rank := func(s Status) int { return slices.Index([]Status{Bad, Unk, Warn, OK, Off}, s) }
			return cmp.Or(cmp.Compare(rank(a.Status), rank(b.Status)), cmp.Compare(a.Type, b.Type))
		})
	}
	return gaps, rest
}

// clusterListURL returns the address of a list of what is in the clusters. No
// cluster is called "-".
func clusterListURL(show string) string { return "clusters/-/" + show + "/" }

// clusterTabs are the pages about all clusters.
func clusterTabs(current string) []Tab {
	var tabs []Tab
	for _, t := range []struct{ show, text string }{{"", "Clusters"}, {"drift", "Versions"}, {"unclaimed", "Unclaimed"}, {"absent", "Not running"}, {"batch", "Scheduled jobs"}} {
		url := "clusters/"
		if t.show != "" {
			url = clusterListURL(t.show)
		}
		tabs = append(tabs, Tab{Link: Link{Text: t.text, URL: url}, Current: t.show == current})
	}
	return tabs
}

// listPages returns the lists of what is in the clusters.
func (o *ops) listPages() []Page {
	type list struct {
		show, text string
		fill       func(*ListView)
	}
	lists := []list{
		{"drift", "Versions that differ", o.drift},
		{"unclaimed", "Workloads without an entity", o.unclaimed},
		{"absent", "Entities that do not run", o.absent},
		{"batch", "Scheduled jobs", o.batch},
	}
	var pages []Page
	for _, l := range lists {
		v := &ListView{Show: l.show, Title: l.text, Fleet: o.names, Tabs: clusterTabs(l.show)}
		if len(o.clusters) == 0 {
			v.Lede, v.Empty = "What runs in clusters is not part of this portal.", noClusters()
		} else {
			l.fill(v)
		}
		pages = append(pages, Page{
			URL: clusterListURL(l.show), Layout: "ops-list", Title: l.text, Description: v.Lede, Section: "clusters",
			Crumbs: []Link{{Text: "Clusters", URL: "clusters/"}, {Text: l.text}}, Style: "ops", View: v, Live: true,
		})
	}
	return pages
}

func (o *ops) drift(v *ListView) {
	for _, s := range o.fleet().Services {
		drifts := slices.ContainsFunc(s.Placements, func(p kubernetes.Placement) bool { return p.Drifts && !p.Stale })
		if len(s.Versions) < 2 && !drifts {
			continue
		}
		r := DriftRow{Service: o.serviceLink(s.Ref), Owner: o.ownerLink(s.Ref), Versions: o.versions(s), Hoist: HoistOf(o.names, s)}
		if len(r.Versions) == 0 {
			continue
		}
		v.Drift = append(v.Drift, r)
	}
	slices.SortStableFunc(v.Drift, func(a, b DriftRow) int {
		return cmp.Or(cmp.Compare(len(b.Versions), len(a.Versions)), cmp.Compare(a.Service.Text, b.Service.Text))
	})
	v.Lede = fmt.Sprintf("%s %s more than one version at once.", Count(len(v.Drift), "service"), runWord(len(v.Drift)))
	v.Drift, v.Hidden = cut(v.Drift, maxTableRows)
	if len(v.Drift) == 0 {
		v.Empty = &Empty{Icon: "ok", Title: "Every service runs one version", Text: o.checked(Count(o.fleetTally().Total(), "service"))}
	}
}

// cut returns at most n of the list and how many are left out.
func cut[T any](list []T, n int) ([]T, int) {
	if len(list) <= n {
		return list, 0
	}
	return list[:n], len(list) - n
}

func (o *ops) unclaimed(v *ListView) {
	type key struct{ namespace, kind, name string }
	index := map[key]int{}
	type merged struct {
		key      key
		list     []kubernetes.Workload
		clusters []string
	}
	var all []merged
	for _, w := range o.fleet().Unclaimed {
		k := key{w.Ref.Namespace, w.Ref.Kind, w.Ref.Name}
		i, ok := index[k]
		if !ok {
			i = len(all)
			index[k] = i
			all = append(all, merged{key: k})
		}
		all[i].list = append(all[i].list, w)
		all[i].clusters = append(all[i].clusters, w.Cluster)
	}
	slices.SortStableFunc(all, func(a, b merged) int {
		return cmp.Or(cmp.Compare(a.key.namespace, b.key.namespace), cmp.Compare(a.key.name, b.key.name), cmp.Compare(a.key.kind, b.key.kind))
	})
	names := o.namesOfEntities()
	left := maxTableRows
	for _, m := range all {
		if n := len(v.Unclaimed); n == 0 || v.Unclaimed[n-1].Namespace != m.key.namespace {
			v.Unclaimed = append(v.Unclaimed, UnclaimedGroup{ID: groupID("ns", m.key.namespace), Namespace: m.key.namespace})
		}
		g := &v.Unclaimed[len(v.Unclaimed)-1]
		if left == 0 || len(g.Rows) == 40 {
			g.More++
			v.Hidden++
			continue
		}
		left--
		g.Rows = append(g.Rows, o.unclaimedRow(m.list, m.clusters, names))
	}
	for i := range v.Unclaimed {
		g := &v.Unclaimed[i]
		g.Count = Count(len(g.Rows)+g.More, "workload")
	}
	v.Lede = fmt.Sprintf("%s in %s %s claimed by no entity of the catalog. Each snippet makes one known.", Count(len(all), "workload"), Count(len(v.Unclaimed), "namespace"), isAre(len(all)))
	if len(all) == 0 {
		v.Lede = "Every workload belongs to an entity of the catalog."
		v.Empty = &Empty{Icon: "ok", Title: "No workload is without an entity", Text: o.checked("all workloads")}
	}
}

// namesOfEntities maps the names of components and resources to their refs.
func (o *ops) namesOfEntities() map[string][]string {
	names := map[string][]string{}
	for ref, e := range o.entities {
		switch strings.ToLower(e.Ref.Kind) {
		case "component", "resource":
			n := strings.ToLower(e.Ref.Name)
			names[n] = append(names[n], ref)
		}
	}
	for _, refs := range names {
		slices.Sort(refs)
	}
	return names
}

// guessLabels are the labels whose value is often the name of an entity.
var guessLabels = []string{annotationID, "app.kubernetes.io/name", "app.kubernetes.io/instance", "app.kubernetes.io/part-of", "app", "k8s-app"}

func (o *ops) unclaimedRow(list []kubernetes.Workload, clusters []string, names map[string][]string) UnclaimedRow {
	w := list[0]
	r := UnclaimedRow{Kind: w.Ref.Kind, Name: w.Ref.Name, Clusters: listSome(o.titles(clusters), 4), Status: OK}
	var cpu, memory int64
	for _, x := range list {
		st := StatusOf(x.Health)
		if !o.fresh(x.Cluster) {
			st = Unk
		} else {
			r.Ready, r.Want = r.Ready+x.Ready, r.Want+x.Want
		}
		if statusRank(st) < statusRank(r.Status) {
			r.Status = st
		}
		cpu, memory = cpu+x.CPURequest, memory+x.MemRequest
	}
	r.Requests = requests(cpu, memory)
	var labels []string
	for _, l := range guessLabels {
		if v := w.Labels[l]; v != "" {
			labels = append(labels, l+"="+v)
		}
	}
	r.Labels = strings.Join(labels, ", ")

	guess := func(value, why string) bool {
		refs := names[strings.ToLower(value)]
		if value == "" || len(refs) != 1 {
			return false
		}
		r.Guess, r.GuessWhy = o.link(refs[0]), why
		return true
	}
	found := guess(w.Ref.Name, "same name")
	for _, l := range guessLabels {
		if found {
			break
		}
		found = guess(w.Labels[l], "label "+l)
	}
	selector := ""
	for _, l := range guessLabels[1:] {
		if v := w.Labels[l]; v != "" && l != "app.kubernetes.io/part-of" {
			selector = l + "=" + v
			break
		}
	}
	switch {
	case found && selector != "":
		r.SnippetFor = "into metadata.annotations of the entity"
		r.Snippet = annotationSelector + ": " + yamlString(selector)
	case selector != "":
		r.SnippetFor = "as a descriptor"
		r.Snippet = descriptor(w.Ref.Name, annotationSelector, selector, w.Ref.Namespace, o.namespaceOwner(w.Ref.Namespace))
	case found:
		r.SnippetFor = "as a label of the workload and of its pods"
		name := r.Guess.Text
		if refs := names[strings.ToLower(w.Ref.Name)]; len(refs) == 1 {
			name = o.entities[refs[0]].Ref.Name
		}
		r.Snippet = annotationID + ": " + yamlString(name)
	default:
		r.SnippetFor = "as a descriptor, and the label as one of the workload and of its pods"
		r.Snippet = descriptor(w.Ref.Name, annotationID, w.Ref.Name, w.Ref.Namespace, o.namespaceOwner(w.Ref.Namespace))
	}
	return r
}

// descriptor returns the smallest descriptor that claims a workload.
func descriptor(name, annotation, value, namespace, owner string) string {
	return fmt.Sprintf(`apiVersion: backstage.io/v1alpha1
kind: Component
metadata:
  name: %s
  annotations:
    %s: %s
    %s: %s
spec:
  type: service
  lifecycle: production
  owner: %s`, yamlString(name), annotation, yamlString(value), annotationNamespace, yamlString(namespace), yamlString(owner))
}

// namespaceOwner returns who probably owns what runs in a namespace, as a
// descriptor names it.
func (o *ops) namespaceOwner(namespace string) string {
	if e := o.entities[o.namespaces[namespace]]; e != nil {
		return ownerName(e)
	}
	return "YOUR-TEAM"
}

// yamlString returns s as YAML writes it: plain where that is safe, else in
// double quotes.
func yamlString(s string) string {
	plain := s != ""
	for i, r := range s {
		ok := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || i > 0 && (r >= '0' && r <= '9' || strings.ContainsRune("-_./=", r))
		plain = plain && ok
	}
	switch strings.ToLower(s) {
	case "true", "false", "yes", "no", "on", "off", "null", "y", "n":
		plain = false
	}
	if plain {
		return s
	}
	return fmt.Sprintf("%q", s)
}

// requests writes CPU and memory: "1.5 cores, 2 GiB".
func requests(milli, bytes int64) string {
	var parts []string
	if milli > 0 {
		n := short(float64(milli) / 1000)
		word := "cores"
		if n == "1" {
			word = "core"
		}
		if milli < 100 {
			n, word = fmt.Sprint(milli), "millicores"
		}
		parts = append(parts, n+" "+word)
	}
	if bytes > 0 {
		parts = append(parts, size(bytes))
	}
	return strings.Join(parts, ", ")
}

func size(bytes int64) string {
	f, unit := float64(bytes), "B"
	for _, u := range []string{"KiB", "MiB", "GiB", "TiB"} {
		if f < 1024 {
			break
		}
		f, unit = f/1024, u
	}
	return short(f) + " " + unit
}

// absent lists the entities that name workloads and have none.
func (o *ops) absent(v *ListView) {
	total := 0
	if o.p.Catalog != nil {
		for _, e := range o.p.Catalog.Entities {
			s := o.services[e.Ref.String()]
			if !annotated(e) && (s == nil || len(s.Problems) == 0) {
				continue
			}
			total++
			if runs(s) {
				continue
			}
			r := AbsentRow{Entity: linkTo(e), Owner: o.ownerLink(e.Ref.String()), Labels: wantedLabels(e)}
			r.Entity.URL = KubernetesURL(e.Ref)
			if s != nil {
				if s.Searched.Labels != "" {
					r.Labels = s.Searched.Labels
				}
				if len(s.Problems) > 0 {
					r.Why, r.Hint = sentence(s.Problems[0].Text), sentence(s.Problems[0].Hint)
				}
				if len(s.Searched.Near) > 0 {
					r.Near = s.Searched.Near[0]
				}
			}
			if r.Why == "" {
				r.Why = "Nothing in the clusters that were read carries this label"
			}
			v.Absent = append(v.Absent, r)
		}
	}
	v.Lede = fmt.Sprintf("%s of %s that name workloads %s in no cluster that was read.", Num(len(v.Absent)), Count(total, "entity"), runWord(len(v.Absent)))
	if len(v.Absent) == 0 {
		v.Empty = &Empty{Icon: "ok", Title: "Every entity that names workloads has some", Text: o.checked(Count(total, "entity"))}
	}
	v.Absent, v.Hidden = cut(v.Absent, maxTableRows)
}

// batch lists the scheduled jobs of all services, failed ones first.
func (o *ops) batch(v *ListView) {
	failed := 0
	for _, s := range o.fleet().Services {
		for _, c := range s.CronJobs {
			r := o.cronJob(c)
			r.Service, r.Owner = o.serviceLink(s.Ref), o.ownerLink(s.Ref)
			if !o.fresh(c.Cluster) {
				r.Status = Unk
			} else if r.Status == Bad || r.Status == Warn {
				failed++
			}
			v.Jobs = append(v.Jobs, r)
		}
	}
	slices.SortStableFunc(v.Jobs, func(a, b CronJobRow) int {
		return cmp.Or(
			cmp.Compare(statusRank(a.Status), statusRank(b.Status)),
			a.LastSuccess.Compare(b.LastSuccess),
			cmp.Compare(a.Service.Text, b.Service.Text), cmp.Compare(a.Name, b.Name), cmp.Compare(o.place(a.Cluster.Text), o.place(b.Cluster.Text)),
		)
	})
	v.Lede = fmt.Sprintf("%s, %s with a failed or missed run.", Count(len(v.Jobs), "scheduled job"), Num(failed))
	if len(v.Jobs) == 0 {
		v.Lede = "No service has a scheduled job."
		v.Empty = &Empty{Icon: "pipeline", Title: "No scheduled jobs", Text: o.checked(Count(o.fleetTally().Total(), "service"))}
	}
	v.Jobs, v.Hidden = cut(v.Jobs, maxTableRows)
}
