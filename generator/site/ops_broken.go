package site

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/portolan-dev/portolan/sources/kubernetes"
)

// BrokenView is what is broken now, grouped by cause, cluster, team or system.
type BrokenView struct {
	Lede   string
	By     string // "cause", "cluster", "team", "system"
	Tabs   []Tab
	First  *Notice      // where to look first, if many share one cause
	Shared []SharedLine // one cause behind several services
	Matrix *CauseMatrix
	Onset  *Onset
	Teams  []TeamCount
	Groups []BrokenGroup
	Empty  *Empty
	Pager  *OpsPager
	Gone   []GoneRow
	Fleet  *FleetNames
}

// A SharedLine is one cause behind several services.
type SharedLine struct {
	Text     string
	Services []Link
	More     int
	Since    string // in a column whose head says UTC
}

// A CauseMatrix counts incidents by likely cause and cluster.
type CauseMatrix struct {
	Clusters []MatrixHead
	Broken   []CauseRow
	Total    CauseRow // of Broken
	Degraded []CauseRow
	Lost     bool // a cluster could not be read
}

// A MatrixHead is one column.
type MatrixHead struct {
	Link
	First bool // of a region
}

// A CauseRow is one cause.
type CauseRow struct {
	Cause string
	URL   string // where its group stands on the page
	Cells []CauseCell
	All   int
}

// A CauseCell counts in one cluster.
type CauseCell struct {
	N     int
	Class string // depth of its colour: h1 to h3, y1 to y3
	Label string
	Lost  bool // the cluster was not read: neither zero nor anything else
	First bool // of a region
}

// A BrokenGroup is all rows with one cause, cluster, team or system.
type BrokenGroup struct {
	ID     string
	Status Status
	Title  Link
	Count  string // "6 incidents in us-2, eu-3, ap-1"
	Why    string
	Rule   string // URL of the documentation of the rule
	Rows   []BrokenRow
	More   int    // rows that only the group's own page has
	All    string // URL of that page
}

// A BrokenRow is one incident.
type BrokenRow struct {
	Service   Link // leads to the incident on the service's page
	Role      string
	Owner     Link
	Status    Status
	Cause     string // of lists that are not by cause
	Says      string
	Verbatim  bool // Says is in the cluster's own words
	Pods      string
	Clusters  string
	Hoist     Hoist
	Since     time.Time
	Clock     string // Since in a column whose head says UTC
	LastKnown bool
}

// A GoneRow is an incident that went away within the last day.
type GoneRow struct {
	Service Link
	Line    string
	Cluster Link
	Lasted  string
	Clock   string // when it was gone, in a column whose head says UTC
}

// A TeamCount is a team with the state of its services.
type TeamCount struct {
	Team  Link
	Tally Tally
}

// An Onset is a histogram of when problems began.
type Onset struct {
	Label  string
	Count  string // "33 incidents, today"
	Bars   []OnsetBar
	Ticks  []OnsetTick
	HotX   int
	HotEnd bool // the label stands left of its x
	Hot    string
}

// An OnsetBar is one interval.
type OnsetBar struct {
	X, Y, Height int
	Hot          bool
}

// An OnsetTick is a time below the axis.
type OnsetTick struct {
	X    int
	Text string
	End  bool
}

// How many rows the pages about incidents list.
const (
	maxOpenRows  = 60 // of a page with groups
	maxGroupRows = 8  // of a group, where not all have room
	minGroupRows = 3
	maxListRows  = 50 // of the page of one group
	maxListPages = 20
	maxGoneRows  = 40
	maxShared    = 12
)

// rootCause returns the finding that explains an incident best. A workload
// that is down or a rollout that is stuck is what happened; why it happened
// stands with a pod.
func rootCause(inc kubernetes.Incident) kubernetes.Finding {
	switch inc.Lead.Rule {
	case "workload-unavailable", "workload-degraded", "rollout-stuck", "replica-create-failed", "service-no-ready-pods":
	default:
		return inc.Lead
	}
	best := -1
	for i, f := range inc.Because {
		if !strings.HasPrefix(f.Rule, "container-") && !strings.HasPrefix(f.Rule, "image-") && !strings.HasPrefix(f.Rule, "pod-") && f.Rule != "replica-create-failed" && f.Rule != "pvc-pending" {
			continue
		}
		if best < 0 || severityRank(f.Severity) < severityRank(inc.Because[best].Severity) {
			best = i
		}
	}
	if best < 0 {
		return inc.Lead
	}
	return inc.Because[best]
}

func severityRank(s kubernetes.Severity) int {
	return slices.Index([]kubernetes.Severity{kubernetes.Critical, kubernetes.Error, kubernetes.Warning, kubernetes.Info}, s)
}

// open returns the incidents that count: not last known, and not mere notices.
func (o *ops) open() (broken, degraded, lastKnown []kubernetes.Incident) {
	for _, inc := range o.fleet().Incidents {
		switch s := severityStatus(inc.Severity); {
		case s != Bad && s != Warn:
		case inc.LastKnown:
			lastKnown = append(lastKnown, inc)
		case s == Bad:
			broken = append(broken, inc)
		default:
			degraded = append(degraded, inc)
		}
	}
	return broken, degraded, lastKnown
}

// fleetTally counts all services by status: the numbers of the bar, of the home
// page and of the pages of what is broken.
func (o *ops) fleetTally() Tally {
	var t Tally
	for _, s := range o.fleet().Services {
		if runs(s) {
			t.add(StatusOf(s.Health))
		}
	}
	return t
}

// brokenPages returns the page of what is broken and its sisters.
func brokenPages(p *Portal) []Page {
	o := opsOf(p)
	broken, degraded, last := o.open()
	t := o.fleetTally()
	reached, all := o.reach()

	services := func(n int) string { return Num(n) + " " + Plural(n, "service") + " " + isAre(n) }
	lede := fmt.Sprintf("%s broken and %s degraded, with %s, in %s read at %s.", services(BrokenCount(p)), Num(t.Degraded), Count(len(broken)+len(degraded), "open incident"), clustersRead(reached, all), o.utc(o.readAt()))
	if reached < all {
		lede += fmt.Sprintf(" %s %s not counted.", Words(o.lostNames()), isAre(all-reached))
	}
	matrix := o.causeMatrix(broken, degraded)
	first := o.lookFirst(broken)
	shared := o.shared()
	onset := o.onset(broken)
	teams := o.brokenTeams()

	views := []struct{ by, text string }{{"cause", "By cause"}, {"cluster", "By cluster"}, {"team", "By team"}, {"system", "By system"}}
	url := func(by string) string {
		if by == "cause" {
			return "broken/"
		}
		return "broken/" + by + "/"
	}
	var pages []Page
	for _, view := range views {
		v := &BrokenView{Lede: lede, By: view.by, Fleet: o.names}
		for _, t := range views {
			v.Tabs = append(v.Tabs, Tab{Link: Link{Text: t.text, URL: url(t.by)}, Current: t.by == view.by})
		}
		if view.by == "cause" {
			v.First, v.Shared, v.Matrix, v.Onset, v.Teams, v.Gone = first, shared, matrix, onset, teams, o.gone()
		}
		switch {
		case all == 0:
			v.Empty, v.Lede = noClusters(), "No cluster is read, so nothing is known about what runs."
		case reached == 0:
			v.Lede = "No cluster answered: what is broken now is not known."
			v.Empty = &Empty{Icon: "unk", Title: "No cluster answered", Text: fmt.Sprintf("None of %s could be read in this build. What stands below is the last known state.", Count(all, "cluster")), Links: []Link{{Text: "Clusters", URL: "clusters/"}}}
		case len(broken)+len(degraded) == 0:
			v.Empty = &Empty{Icon: "ok", Title: "Nothing is broken", Text: fmt.Sprintf("%s, %s, read at %s.", clustersRead(reached, all), Count(t.Total(), "service"), o.utc(o.readAt())), Links: []Link{{Text: "Clusters", URL: "clusters/"}, {Text: "Scaling limits", URL: "scaling/"}}}
		}
		feed := ""
		if all > 0 {
			feed = "broken/"
		}
		title := "Broken now" + map[string]string{"cluster": ", by cluster", "team": ", by team", "system": ", by system"}[view.by]
		groups := o.brokenGroups(view.by, broken, degraded, last)
		shown, own := foldGroups(view.by, groups)
		for i, part := range shown {
			one := *v
			if i > 0 { // what stands above the groups is on the first page
				one.First, one.Shared, one.Matrix, one.Onset, one.Teams, one.Gone = nil, nil, nil, nil, nil, nil
			}
			one.Groups, one.Pager = part, pagerOf(url(view.by), i+1, len(shown))
			pages = append(pages, Page{
				URL: pageURL(url(view.by), i+1), Layout: "broken", Title: title, Description: v.Lede, Section: "broken", Style: "ops", Feed: feed, View: &one, Live: true, NoIndex: i > 0,
			})
		}
		for _, g := range own {
			rows, hidden := cut(g.Rows, maxListPages*maxListRows)
			chunks := parts(rows, maxListRows)
			for i, rows := range chunks {
				one := g
				one.Rows = rows
				if i == len(chunks)-1 && hidden > 0 {
					one.More, one.All = hidden, "api/kubernetes/incidents.json"
				}
				pages = append(pages, Page{
					URL: pageURL(g.All, i+1), Layout: "broken", Title: g.Title.Text + ": broken now", Description: g.Title.Text + ": " + g.Count + ".", Section: "broken", Style: "ops", Live: true, NoIndex: true,
					Crumbs: []Link{{Text: "Broken", URL: "broken/"}, {Text: view.text, URL: url(view.by)}, {Text: g.Title.Text}},
					View:   &BrokenView{Lede: g.Title.Text + ": " + g.Count + ".", By: view.by, Tabs: v.Tabs, Groups: []BrokenGroup{one}, Fleet: o.names, Pager: pagerOf(g.All, i+1, len(chunks))},
				})
			}
		}
	}
	return pages
}

// foldGroups bounds what the pages with groups list. The groups keep their
// order. Where not all rows have room, each group shows its first ones and has
// a page of its own, which own returns. Groups by cause stay on one page,
// because the table of causes leads to them.
func foldGroups(by string, groups []BrokenGroup) (pages [][]BrokenGroup, own []BrokenGroup) {
	rows := 0
	for _, g := range groups {
		rows += len(g.Rows)
	}
	most := rows
	if rows > maxOpenRows {
		most = min(maxGroupRows, max(minGroupRows, maxOpenRows/len(groups)))
		if by != "cause" {
			most = maxGroupRows
		}
	}
	var page []BrokenGroup
	n := 0
	for _, g := range groups {
		if len(g.Rows) > most {
			g.All = "broken/" + by + "/" + Segment(cmp.Or(strings.TrimPrefix(g.ID, by+"-"), "none")) + "/"
			own = append(own, g)
			g.More, g.Rows = len(g.Rows)-most, g.Rows[:most]
		}
		if by != "cause" && n > 0 && n+len(g.Rows) > maxOpenRows {
			pages, page, n = append(pages, page), nil, 0
		}
		page, n = append(page, g), n+len(g.Rows)
	}
	return append(pages, page), own
}

func clustersRead(reached, all int) string {
	if reached == all {
		return Count(all, "cluster")
	}
	return fmt.Sprintf("%s of %s", Num(reached), Count(all, "cluster"))
}

// causeMatrix counts incidents by likely cause and cluster.
func (o *ops) causeMatrix(broken, degraded []kubernetes.Incident) *CauseMatrix {
	if len(broken)+len(degraded) == 0 || len(o.clusters) == 0 {
		return nil
	}
	m := &CauseMatrix{Lost: len(o.lost()) > 0}
	for i, c := range o.clusters {
		m.Clusters = append(m.Clusters, MatrixHead{Link: o.clusterLink(c.Name), First: i > 0 && o.clusters[i-1].Region != c.Region})
	}
	m.Broken = o.causeRows(broken, "h")
	m.Degraded = o.causeRows(degraded, "y")
	m.Total = CauseRow{Cause: "All broken", Cells: o.causeCells(broken, "", "all broken")}
	m.Total.All = len(broken)
	return m
}

func (o *ops) causeRows(incidents []kubernetes.Incident, class string) []CauseRow {
	byRule := map[string][]kubernetes.Incident{}
	for _, inc := range incidents {
		rule := rootCause(inc).Rule
		byRule[rule] = append(byRule[rule], inc)
	}
	var rows []CauseRow
	for rule, list := range byRule {
		title := causeTitle(rule)
		rows = append(rows, CauseRow{Cause: title, URL: "#" + groupID("cause", rule), Cells: o.causeCells(list, class, title), All: len(list)})
	}
	slices.SortFunc(rows, func(a, b CauseRow) int { return cmp.Or(cmp.Compare(b.All, a.All), cmp.Compare(a.Cause, b.Cause)) })
	return rows
}

func (o *ops) causeCells(incidents []kubernetes.Incident, class, title string) []CauseCell {
	counts := make([]int, len(o.clusters))
	for _, inc := range incidents {
		for _, c := range slices.Compact(slices.Sorted(slices.Values(inc.Clusters))) {
			if i, ok := o.at[c]; ok {
				counts[i]++
			}
		}
	}
	cells := make([]CauseCell, len(counts))
	for i, n := range counts {
		c := CauseCell{N: n, First: i > 0 && o.clusters[i-1].Region != o.clusters[i].Region}
		c.Lost = !o.fresh(o.clusters[i].Name)
		if n > 0 && class != "" {
			depth := 1
			if n >= 4 {
				depth = 3
			} else if n >= 2 {
				depth = 2
			}
			c.Class = fmt.Sprintf("%s%d", class, depth)
		}
		c.Label = fmt.Sprintf("%d in %s: %s", n, o.title(o.clusters[i].Name), title)
		cells[i] = c
	}
	return cells
}

func groupID(by, key string) string {
	return by + "-" + strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '-', r == '.', r == '_':
			return r
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		default:
			return '-'
		}
	}, key)
}

// brokenGroups groups incidents by one of cause, cluster, team and system. An
// incident over two clusters stands in the group of each. Last known ones come
// last, in a group of their own.
func (o *ops) brokenGroups(by string, broken, degraded, last []kubernetes.Incident) []BrokenGroup {
	type bucket struct {
		key      string
		title    Link
		status   Status
		rule     string
		list     []kubernetes.Incident
		clusters []string
		worst    int // rank of the worst severity
		errors   int
	}
	index := map[string]int{}
	var buckets []bucket
	put := func(key string, title Link, rule string, inc kubernetes.Incident) {
		s := severityStatus(inc.Severity)
		if by == "cause" { // one cause may be an error here and a risk there
			key += "/" + string(s)
		}
		i, ok := index[key]
		if !ok {
			i = len(buckets)
			index[key] = i
			buckets = append(buckets, bucket{key: key, title: title, status: s, rule: rule, worst: severityRank(inc.Severity)})
		}
		b := &buckets[i]
		b.list = append(b.list, inc)
		b.clusters = append(b.clusters, inc.Clusters...)
		b.worst = min(b.worst, severityRank(inc.Severity))
		if s == Bad {
			b.status = Bad
			b.errors++
		}
	}
	for _, inc := range slices.Concat(broken, degraded) {
		switch by {
		case "cluster":
			for _, c := range slices.Compact(slices.Sorted(slices.Values(inc.Clusters))) {
				put(c, o.clusterLink(c), "", inc)
			}
		case "team", "system":
			none, find := Link{Text: "Without an owner"}, o.owner
			if by == "system" {
				none, find = Link{Text: "Without a system"}, o.system
			}
			refs := map[string]bool{}
			for _, e := range inc.Entities {
				refs[find(e)] = true
			}
			if len(refs) == 0 {
				refs[""] = true
			}
			for ref := range refs {
				if ref == "" {
					put("", none, "", inc)
				} else {
					put(ref, o.link(ref), "", inc)
				}
			}
		default:
			rule := rootCause(inc).Rule
			put(rule, Link{Text: causeTitle(rule)}, rule, inc)
		}
	}
	slices.SortStableFunc(buckets, func(a, b bucket) int {
		if by == "cluster" {
			return cmp.Compare(o.place(a.key), o.place(b.key))
		}
		return cmp.Or(
			cmp.Compare(statusRank(a.status), statusRank(b.status)),
			compareBool(a.key == "", b.key == ""),
			cmp.Compare(b.errors, a.errors),
			cmp.Compare(a.worst, b.worst),
			cmp.Compare(len(b.list), len(a.list)),
			cmp.Compare(a.title.Text, b.title.Text),
			cmp.Compare(a.key, b.key),
		)
	})
	if len(last) > 0 {
		b := bucket{key: "last-known", title: Link{Text: "Last known"}, status: Unk, list: last}
		for _, inc := range last {
			b.clusters = append(b.clusters, inc.Clusters...)
		}
		buckets = append(buckets, b)
	}
	var groups []BrokenGroup
	for _, b := range buckets {
		key, _, _ := strings.Cut(b.key, "/")
		if by != "cause" {
			key = b.key
		}
		g := BrokenGroup{ID: groupID(by, key), Status: b.status, Title: b.title, Rule: o.ruleURL(b.rule)}
		if by == "cause" && b.status == Warn && index[key+"/"+string(Bad)] != 0 {
			g.ID += "-degraded"
		}
		g.Count = Count(len(b.list), "incident")
		if by != "cluster" {
			if w := o.titles(b.clusters); len(w) > 0 {
				g.Count += " in " + listSome(w, 6)
			}
		}
		if r, ok := o.rules[b.rule]; ok {
			g.Why = r.Why
		}
		if b.key == "last-known" {
			g.Why = "Seen before these clusters were lost. Whether it is still so is not known, and it is counted nowhere."
		}
		slices.SortStableFunc(b.list, func(x, y kubernetes.Incident) int {
			return cmp.Compare(severityRank(x.Severity), severityRank(y.Severity))
		})
		for _, inc := range b.list {
			g.Rows = append(g.Rows, o.brokenRow(inc, by))
		}
		groups = append(groups, g)
	}
	seen := map[string]int{}
	for i := range groups {
		id := groups[i].ID
		if seen[id]++; seen[id] > 1 {
			groups[i].ID = fmt.Sprintf("%s-%d", id, seen[id])
		}
	}
	return groups
}

// listSome names the first words and counts the rest.
func listSome(words []string, n int) string {
	if len(words) <= n {
		return strings.Join(words, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(words[:n-1], ", "), len(words)-n+1)
}

func (o *ops) brokenRow(inc kubernetes.Incident, by string) BrokenRow {
	cause := rootCause(inc)
	r := BrokenRow{
		Status: severityStatus(inc.Severity), Since: moment(inc.Since), Clock: o.since(inc.Since),
		Clusters: listSome(o.titles(inc.Clusters), 4), LastKnown: inc.LastKnown,
	}
	if inc.LastKnown {
		r.Status = Unk
	}
	if by != "cause" || inc.LastKnown {
		r.Cause = causeTitle(cause.Rule)
	}
	switch {
	case cause.Says != "":
		// The scheduler adds what eviction could do, which says the same again.
		says, _, _ := strings.Cut(cause.Says, " preemption: ")
		r.Says, r.Verbatim = shortenEnd(says, 160), true
	case cause.Title != "":
		r.Says = cause.Title
	case inc.Lead.Title != "":
		r.Says = inc.Lead.Title
	default:
		r.Says = inc.Line
	}
	if inc.Pods.Total > 0 && inc.Pods.Affected > 0 {
		r.Pods = fmt.Sprintf("%d of %s", inc.Pods.Affected, Count(inc.Pods.Total, "pod"))
	}
	name := inc.Workload.Name
	if name == "" {
		name = inc.Lead.Ref.Name
	}
	ref := inc.Service
	if ref == "" && len(inc.Entities) > 0 {
		ref = inc.Entities[0]
	}
	if ref != "" {
		r.Service = o.serviceLink(ref)
		if r.Service.URL != "" {
			r.Service.URL += "#" + inc.ID
		}
		r.Owner = o.ownerLink(ref)
		r.Hoist = HoistOf(o.names, o.services[ref])
		if name != "" && name != r.Service.Text {
			r.Role = name
		}
	} else {
		r.Service = Link{Text: name}
		ns := inc.Workload.Namespace
		if ns == "" {
			ns = inc.Lead.Ref.Namespace
		}
		r.Role = strings.TrimSpace(ns + ", not in the catalog")
		if ns == "" {
			r.Role = "not in the catalog"
		}
	}
	return r
}

// brokenTeams counts the broken and degraded services of each owner, worst first.
func (o *ops) brokenTeams() []TeamCount {
	tallies := map[string]*Tally{}
	for _, s := range o.fleet().Services {
		st := StatusOf(s.Health)
		if st != Bad && st != Warn || !runs(s) {
			continue
		}
		owner := o.owner(s.Ref)
		if tallies[owner] == nil {
			tallies[owner] = &Tally{}
		}
		tallies[owner].add(st)
	}
	var out []TeamCount
	for ref, t := range tallies {
		team := Link{Text: "Without an owner"}
		if ref != "" {
			team = o.link(ref)
		}
		out = append(out, TeamCount{Team: team, Tally: *t})
	}
	slices.SortFunc(out, func(a, b TeamCount) int {
		return cmp.Or(a.Tally.compare(b.Tally), cmp.Compare(a.Team.Text, b.Team.Text), cmp.Compare(a.Team.URL, b.Team.URL))
	})
	return out
}

// How much must be shared before a page says where to look first: at least so
// many services, such a part of all broken ones, and begun within this time.
const (
	sharedServices = 5
	sharedPercent  = 30
	sharedWithin   = 15 * time.Minute
)

// lookFirst returns the note on a cluster or namespace that many broken
// services share, or nil. It names the numbers that it rests on.
func (o *ops) lookFirst(broken []kubernetes.Incident) *Notice {
	type event struct {
		service string
		at      time.Time
	}
	events := map[string][]event{} // by "cluster us-2" or "namespace ads"
	all := map[string]bool{}
	for _, inc := range broken {
		name := inc.Service
		if name == "" {
			continue
		}
		all[name] = true
		if inc.Since == nil {
			continue
		}
		for _, c := range inc.Clusters {
			events["cluster "+c] = append(events["cluster "+c], event{name, *inc.Since})
		}
		if ns := inc.Workload.Namespace; ns != "" {
			events["namespace "+ns] = append(events["namespace "+ns], event{name, *inc.Since})
		}
	}
	best, bestN := "", 0
	var from, to time.Time
	for _, factor := range slices.Sorted(mapKeys(events)) {
		list := events[factor]
		slices.SortFunc(list, func(a, b event) int { return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.service, b.service)) })
		for i := range list {
			services := map[string]bool{}
			end := list[i].at
			for _, e := range list[i:] {
				if e.at.Sub(list[i].at) > sharedWithin {
					break
				}
				services[e.service], end = true, e.at
			}
			if n := len(services); n >= sharedServices && n*100 >= len(all)*sharedPercent && n > bestN {
				best, bestN, from, to = factor, n, list[i].at, end
			}
		}
	}
	if best == "" {
		return nil
	}
	kind, name, _ := strings.Cut(best, " ")
	n := &Notice{Status: Bad}
	where := "namespace " + name
	if kind == "cluster" {
		where = o.title(name)
		n.Links = []Link{o.clusterLink(name)}
		n.Commands = []string{"kubectl --context " + shellQuote(name) + " get nodes"}
	}
	n.Title = "Look at " + where + " first"
	began := fmt.Sprintf("between %s and %s", o.utc(from), o.utc(to))
	if from.Equal(to) {
		began = "at " + o.utc(from)
	}
	n.Text = fmt.Sprintf("%d of %s with an error have it in %s, and it began %s.", bestN, Count(len(all), "service"), where, began)
	return n
}

func mapKeys[K comparable, V any](m map[K]V) func(func(K) bool) {
	return func(yield func(K) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// shellQuote quotes a name for a POSIX shell where it must be.
func shellQuote(s string) string {
	if s != "" && strings.IndexFunc(s, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./:@", r))
	}) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// shared returns the causes behind several services.
func (o *ops) shared() []SharedLine {
	var out []SharedLine
	for _, c := range o.fleet().Shared {
		l := SharedLine{Text: sharedTitle(c.Line), Since: o.since(c.Since)}
		if l.Text == "" {
			l.Text = fmt.Sprintf("%s: %s behind %s", c.Factor, strings.ToLower(causeTitle(c.Rule)), Count(len(c.Services), "service"))
		}
		services, more := cut(c.Services, 5)
		for _, ref := range services {
			l.Services = append(l.Services, o.serviceLink(ref))
		}
		l.More = more
		if out = append(out, l); len(out) == maxShared {
			break
		}
	}
	return out
}

// gone returns what went away within the last day, newest first.
func (o *ops) gone() []GoneRow {
	var out []GoneRow
	for _, r := range o.past.Resolved() {
		if len(out) == maxGoneRows {
			break
		}
		row := GoneRow{Line: r.Line, Cluster: o.clusterLink(r.Cluster), Lasted: ago(r.Resolved.Sub(r.First)), Clock: o.clock(r.Resolved)}
		if r.Service != "" {
			row.Service = o.serviceLink(r.Service)
		}
		// The line names the workload and ends in an age that is over.
		if i := strings.LastIndex(row.Line, " · since "); i > 0 {
			row.Line = row.Line[:i]
		}
		out = append(out, row)
	}
	return out
}

// onset returns the histogram of when the incidents of the last hours began,
// nil if fewer than three say when. One interval that holds a good part of
// them is hot.
func (o *ops) onset(broken []kubernetes.Incident) *Onset {
	const bars, pitch, height = 24, 13, 84
	end := o.readAt()
	var times []time.Time
	for _, inc := range broken {
		if inc.Since != nil && !inc.Since.After(end) {
			times = append(times, *inc.Since)
		}
	}
	if len(times) < 3 {
		return nil
	}
	step := 15 * time.Minute
	for _, s := range []time.Duration{15 * time.Minute, time.Hour, 6 * time.Hour} {
		step = s
		within := 0
		for _, t := range times {
			if end.Sub(t) < bars*s {
				within++
			}
		}
		if within*3 >= len(times)*2 {
			break
		}
	}
	start := end.Truncate(step).Add(step - bars*step)
	counts := make([]int, bars)
	inside, most, hot := 0, 0, 0
	for _, t := range times {
		if i := int(t.Sub(start) / step); !t.Before(start) && i < bars {
			counts[i]++
			inside++
		}
	}
	for i, n := range counts {
		if n > most {
			most, hot = n, i
		}
	}
	if inside == 0 {
		return nil
	}
	on := &Onset{Count: fmt.Sprintf("%s in the last %s", Count(inside, "incident"), ago(bars*step))}
	for i, n := range counts {
		if n == 0 {
			continue
		}
		h := max(6, n*height/most)
		b := OnsetBar{X: 1 + i*pitch, Y: 96 - h, Height: h}
		b.Hot = i == hot && n >= 3 && n*3 >= inside
		if b.Hot {
			on.Hot = fmt.Sprintf("%d from %s", n, o.tick(start.Add(time.Duration(i)*step), step))
			on.HotX, on.HotEnd = b.X, i > bars/2
			if on.HotEnd {
				on.HotX += 11
			}
		}
		on.Bars = append(on.Bars, b)
	}
	for _, i := range []int{0, 8, 16} {
		on.Ticks = append(on.Ticks, OnsetTick{X: i * pitch, Text: o.tick(start.Add(time.Duration(i)*step), step)})
	}
	on.Ticks = append(on.Ticks, OnsetTick{X: bars * pitch, Text: o.tick(end, step), End: true})
	on.Label = fmt.Sprintf("When problems began: %d of %d in the interval from %s", most, inside, o.tick(start.Add(time.Duration(hot)*step), step))
	return on
}

func (o *ops) tick(t time.Time, step time.Duration) string {
	if step >= 6*time.Hour {
		return t.UTC().Format("2 Jan")
	}
	return t.UTC().Format("15:04")
}

// sharedTitle returns the line of a shared cause as a title. A name at its
// start stays as it is.
func sharedTitle(line string) string {
	if word, _, _ := strings.Cut(line, " "); strings.HasSuffix(word, ":") {
		return line
	}
	return sentence(line)
}
