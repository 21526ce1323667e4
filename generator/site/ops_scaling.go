package site

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/portolan-dev/portolan/sources/kubernetes"
)

// ScalingView is one of the pages about autoscaling: how much further each
// autoscaler may go, which of them idle, which are uneven, and what has none.
type ScalingView struct {
	Title   string
	Lede    string
	Tabs    []Tab
	Figures []Figure
	Show    string // "headroom", "idle", "uneven", "none"
	Rows    []ScalingRow
	Empty   *Empty
	Pager   *OpsPager
	Fleet   *FleetNames
	CPU     bool // any row has a driving metric
	Past    bool // any row has a line of the last day
	Lost    string
}

// A ScalingRow is one service, or one workload of it, over all clusters.
type ScalingRow struct {
	N         int
	Service   Link
	Role      string // the workload, if it is not called like the service
	Owner     Link
	Tightest  Link // the cluster with the least headroom
	Status    Status
	Headroom  string // "none, wants +20", "10 %"
	Bullet    Bullet
	Replicas  string // "40 of 40"
	Metric    *Use
	MetricOf  string // "CPU", "requests_per_second"
	Past      *Spark // replicas in the last day; nil if too little is known
	Pinned    string // since when it is at its maximum: "3 d"
	Spread    *Spread
	Total     string // headroom over all clusters: "174 of 550"
	Note      string // what makes it uneven, or why it idles
	Want      int    // replicas, of those without an autoscaler
	Workloads int
}

// RoleScaling is one autoscaled workload of a service on the service's page.
type RoleScaling struct {
	Target   string // "Deployment playback-session"
	Rows     []AutoscalerRow
	Total    string // "174 of 550 replicas left"
	Failover string
	Note     string // uneven load
	Open     bool   // the rows are shown: the matrix does not have them
	Peaks    bool   // any row has a peak
}

// An AutoscalerRow is one autoscaler in one cluster.
type AutoscalerRow struct {
	Cluster  Link
	Status   Status
	State    string // in words
	Bullet   Bullet
	Replicas string
	Limits   string // "40, from 12 to 40"; where the bar stands elsewhere on the page
	Over     bool
	Metric   string // "cpu 96 % of 65 %"
	Wanted   int
	Peak     int // most replicas in 30 days; 0 if unknown
	Share    int // percent of the load
	Stale    bool
}

// A Spread shows how much of the limit is used in each cluster.
type Spread struct {
	Width int
	Label string
	Paths []SoundingPath // the grounds of full height, then the shares before them
}

const spreadHeight = 16

// atMaximum tells whether an autoscaler has no room left.
func atMaximum(a kubernetes.Autoscaler) bool {
	return a.State == "limit" || a.State == "max"
}

// AtLimitCount returns how many autoscalers of the fleet have no room left,
// wherever that number is told.
func AtLimitCount(p *Portal) int {
	n := 0
	if p.Fleet == nil {
		return 0
	}
	for _, s := range p.Fleet.Services {
		for _, a := range s.Autoscalers {
			if !a.Stale && atMaximum(a) {
				n++
			}
		}
	}
	return n
}

// autoscalerStatus returns how the state of an autoscaler is shown.
func autoscalerStatus(a kubernetes.Autoscaler) Status {
	if a.Stale {
		return Unk
	}
	switch a.State {
	case "limit", "blind":
		return Bad
	case "max", "near":
		return Warn
	case "off", "fixed":
		return Off
	default:
		return OK
	}
}

// autoscalerState returns the state in words.
func autoscalerState(a kubernetes.Autoscaler) string {
	switch a.State {
	case "limit":
		return "at the limit, wants more"
	case "max":
		return "at the maximum"
	case "near":
		return "near the maximum"
	case "fixed":
		return "fixed size"
	case "floor":
		return "at the minimum"
	case "blind":
		return "cannot read its metric"
	case "off":
		return "off"
	default:
		return "has room"
	}
}

// headroomWords says how much further an autoscaler may go.
func headroomWords(a kubernetes.Autoscaler) string {
	switch {
	case a.State == "off":
		return "off"
	case a.State == "fixed":
		return "fixed size"
	case a.State == "blind":
		return "metric unknown"
	case a.Projected > a.Max:
		return fmt.Sprintf("none, wants +%s", Num(a.Projected-a.Max))
	case a.Headroom <= 0:
		return "none"
	default:
		return fmt.Sprintf("%d %%", percent(int64(a.Headroom), int64(a.Max)))
	}
}

// bulletOf returns the bar of an autoscaler; a scale of 0 is one of its own.
func bulletOf(a kubernetes.Autoscaler, scale float64) Bullet {
	if a.State == "fixed" { // no limits between which it could move
		return Bullet{Now: float64(a.Current), Scale: scale, Label: Count(a.Current, "replica") + ", fixed"}
	}
	b := Bullet{Now: float64(a.Current), Wanted: float64(a.Projected), Min: float64(a.Min), Max: float64(a.Max), Scale: scale}
	b.Label = fmt.Sprintf("%s now, ", Count(a.Current, "replica"))
	if a.Projected > 0 {
		b.Label += fmt.Sprintf("%s wanted, ", Num(a.Projected))
	}
	b.Label += fmt.Sprintf("limits %s to %s", Num(a.Min), Num(a.Max))
	return b
}

// replicasOf returns the words beside a bar and whether more is wanted than allowed.
func replicasOf(a kubernetes.Autoscaler) (string, bool) {
	if a.Projected > a.Max && a.State != "off" && a.State != "blind" {
		return "wants " + Num(a.Projected), true
	}
	return fmt.Sprintf("%s of %s", Num(a.Current), Num(a.Max)), false
}

// metricUse returns the bar of the driving metric as a share of its target, and
// its name. Utilisation is shown as it is; other metrics as percent of target.
func metricUse(a kubernetes.Autoscaler) (*Use, string) {
	m := a.Metric
	if m == nil || !m.Known {
		return nil, ""
	}
	name := m.Name
	switch strings.ToLower(name) {
	case "cpu":
		name = "CPU"
	case "memory":
		name = "memory"
	}
	if m.Unit == "%" {
		u := useOf(name, int(math.Round(m.Current)), int(math.Round(m.Target)))
		return u, name
	}
	if m.Target <= 0 || math.IsNaN(m.Current) || math.IsInf(m.Current, 0) {
		return nil, name
	}
	u := useOf(name, int(math.Round(math.Min(m.Current/m.Target, 99)*100)), 100)
	u.Label = fmt.Sprintf("%s %s, target %s", name, short(m.Current), short(m.Target))
	u.Text = fmt.Sprintf("%s of %s", short(m.Current), short(m.Target))
	return u, name
}

func metricWords(a kubernetes.Autoscaler) string {
	m := a.Metric
	if m == nil {
		return ""
	}
	if !m.Known {
		return m.Name + " is not reported"
	}
	unit := ""
	if m.Unit == "%" {
		unit = " %"
	} else if m.Unit != "" {
		unit = " " + m.Unit
	}
	return fmt.Sprintf("%s %s%s, target %s%s", m.Name, short(m.Current), unit, short(m.Target), unit)
}

// failover answers whether the other clusters of an environment could carry the
// one with the most replicas; "" where there is only one.
func (o *ops) failover(s *kubernetes.Service, target kubernetes.ObjectRef) string {
	var answers []string
	for _, x := range s.Scaling {
		if x.Target.Kind != target.Kind || x.Target.Name != target.Name {
			continue
		}
		answer := ""
		switch x.Failover {
		case "yes":
			answer = fmt.Sprintf("The other clusters can carry all of %s", o.title(x.Largest))
		case "partly":
			answer = fmt.Sprintf("The other clusters can carry %d %% of %s", int(x.Share*100), o.title(x.Largest))
		case "no":
			answer = fmt.Sprintf("The other clusters cannot carry %s", o.title(x.Largest))
		default:
			continue
		}
		if x.Environment != "" && len(s.Environments) > 1 {
			answer += ", in " + x.Environment
		}
		answers = append(answers, answer+".")
	}
	return strings.Join(answers, " ")
}

// uneven says that one cluster is at its limit while another is half empty, or
// returns "".
func (o *ops) uneven(as []kubernetes.Autoscaler) string {
	var full, idle *kubernetes.Autoscaler
	for i := range as {
		a := &as[i]
		switch {
		case a.Stale:
		case atMaximum(*a):
			if full == nil || a.Projected-a.Max > full.Projected-full.Max {
				full = a
			}
		case a.State != "fixed" && a.State != "off" && a.State != "blind" && a.Max > 0 && a.Projected*2 <= a.Max:
			if idle == nil || a.Max-a.Projected > idle.Max-idle.Projected {
				idle = a
			}
		}
	}
	if full == nil || idle == nil {
		return ""
	}
	return fmt.Sprintf("%s is at its maximum of %s while %s needs %s of %s.", o.title(full.Cluster), Num(full.Max), o.title(idle.Cluster), Num(idle.Projected), Num(idle.Max))
}

// byTarget groups the autoscalers of a service by the workload they scale, each
// group in the order of the clusters.
func (o *ops) byTarget(as []kubernetes.Autoscaler) [][]kubernetes.Autoscaler {
	type key struct{ kind, name string }
	index := map[key]int{}
	var groups [][]kubernetes.Autoscaler
	for _, a := range as {
		k := key{a.Target.Kind, a.Target.Name}
		if k.name == "" {
			k = key{a.Ref.Kind, a.Ref.Name}
		}
		i, ok := index[k]
		if !ok {
			i = len(groups)
			index[k] = i
			groups = append(groups, nil)
		}
		groups[i] = append(groups[i], a)
	}
	for _, g := range groups {
		slices.SortStableFunc(g, func(a, b kubernetes.Autoscaler) int {
			return cmp.Or(cmp.Compare(o.place(a.Cluster), o.place(b.Cluster)), cmp.Compare(a.Cluster, b.Cluster), cmp.Compare(a.Ref.Namespace, b.Ref.Namespace))
		})
	}
	return groups
}

// totalHeadroom says how much is left over all fresh clusters.
func totalHeadroom(as []kubernetes.Autoscaler) string {
	left, most := 0, 0
	for _, a := range as {
		if !a.Stale {
			left, most = left+max(0, a.Headroom), most+a.Max
		}
	}
	if most == 0 {
		return ""
	}
	return fmt.Sprintf("%s of %s", Num(left), Num(most))
}

func (o *ops) roleScalings(s *kubernetes.Service) []RoleScaling {
	var out []RoleScaling
	groups := o.byTarget(s.Autoscalers)
	for _, group := range groups {
		target := group[0].Target
		if target.Name == "" {
			target = group[0].Ref
		}
		r := RoleScaling{Open: len(groups) > 1, Target: target.Kind + " " + target.Name, Failover: o.failover(s, target), Note: o.uneven(group)}
		if t := totalHeadroom(group); t != "" {
			r.Total = t + " replicas left"
		}
		running, scale := 0, 1
		for _, a := range group {
			scale = max(scale, a.Max, a.Current, a.Projected)
			if !a.Stale {
				running += a.Current
			}
		}
		for _, a := range group {
			row := AutoscalerRow{
				Cluster: o.clusterLink(a.Cluster), Status: autoscalerStatus(a), State: autoscalerState(a),
				Bullet: bulletOf(a, float64(scale)*1.1), Metric: metricWords(a), Wanted: a.Projected, Stale: a.Stale,
			}
			row.Replicas, row.Over = replicasOf(a)
			for _, d := range o.past.Autoscaler(a.Cluster, a.Ref).Days {
				row.Peak = max(row.Peak, d.Max)
			}
			r.Peaks = r.Peaks || row.Peak > 0
			row.Limits = fmt.Sprintf("%s, from %s to %s", Num(a.Current), Num(a.Min), Num(a.Max))
			if a.Stale {
				row.State = "last known"
			} else {
				row.Share = percent(int64(a.Current), int64(running))
			}
			r.Rows = append(r.Rows, row)
		}
		out = append(out, r)
	}
	return out
}

// spreadOf returns the columns of the use of the limit in each cluster.
func (o *ops) spreadOf(as []kubernetes.Autoscaler) *Spread {
	if len(o.clusters) == 0 || len(o.clusters) > 40 {
		return nil
	}
	s := &Spread{}
	gaps := 0
	var words []string
	classes := []string{"m", "b", "h", "x"}
	paths := map[string]*strings.Builder{}
	for _, class := range classes {
		paths[class] = &strings.Builder{}
	}
	for i, c := range o.clusters {
		if i > 0 && o.clusters[i-1].Region != c.Region {
			gaps++
		}
		x := 9*i + 5*gaps
		s.Width = x + 8
		for _, a := range as {
			if a.Cluster != c.Name || a.Max <= 0 {
				continue
			}
			fmt.Fprintf(paths["m"], "M%d 0h7v%dh-7z", x, spreadHeight)
			if a.Stale {
				break
			}
			share := math.Min(1, float64(a.Current)/float64(a.Max))
			class := "b"
			switch {
			case atMaximum(a):
				class = "x"
			case share >= .8:
				class = "h"
			}
			fmt.Fprintf(paths[class], "M%d %dv-%sh7V%dz", x, spreadHeight, short(share*spreadHeight), spreadHeight)
			words = append(words, fmt.Sprintf("%s %d %%", o.title(c.Name), int(math.Round(share*100))))
			break
		}
	}
	for _, class := range classes {
		if d := paths[class].String(); d != "" {
			s.Paths = append(s.Paths, SoundingPath{class, d})
		}
	}
	s.Label = "Share of the limit used: " + strings.Join(words, ", ")
	return s
}

// scalingPages returns the ranking and its sister pages.
func scalingPages(p *Portal) []Page {
	o := opsOf(p)
	var ranked, idle, lopsided, none []ScalingRow
	atLimit, near, with, floor := AtLimitCount(p), 0, 0, 0
	type entry struct {
		row ScalingRow
		a   kubernetes.Autoscaler
	}
	var entries []entry
	for _, s := range o.fleet().Services {
		scaled := map[kubernetes.ObjectRef]bool{}
		for _, group := range o.byTarget(s.Autoscalers) {
			for _, a := range group {
				scaled[kubernetes.ObjectRef{Kind: a.Target.Kind, Name: a.Target.Name}] = true
			}
			var fresh []kubernetes.Autoscaler
			for _, a := range group {
				if !a.Stale {
					fresh = append(fresh, a)
				}
			}
			if len(fresh) == 0 {
				continue
			}
			with++
			row, tightest := o.scalingRow(s, fresh)
			entries = append(entries, entry{row, tightest})
			if !atMaximum(tightest) && tightest.Max > 0 && tightest.Headroom*5 < tightest.Max && tightest.State != "off" && tightest.State != "fixed" {
				near++
			}
			if row.Note = o.uneven(fresh); row.Note != "" {
				lopsided = append(lopsided, row)
			}
			if idles(fresh) {
				floor++
				r := row
				running := 0
				for _, a := range fresh {
					running += a.Current
				}
				r.Want = running
				r.Note = fmt.Sprintf("%s in %s, all at the minimum", Count(running, "replica"), Count(len(fresh), "cluster"))
				idle = append(idle, r)
			}
		}
		if r, ok := o.unscaled(s, scaled); ok {
			none = append(none, r)
		}
	}
	slices.SortStableFunc(entries, func(a, b entry) int {
		return cmp.Or(
			cmp.Compare(scalingRank(a.a), scalingRank(b.a)),
			cmp.Compare(pressure(b.a), pressure(a.a)),
			cmp.Compare(b.a.Projected-b.a.Max, a.a.Projected-a.a.Max),
			cmp.Compare(a.row.Service.Text, b.row.Service.Text),
			cmp.Compare(a.row.Role, b.row.Role),
		)
	})
	for _, e := range entries {
		ranked = append(ranked, e.row)
	}
	byWant := func(a, b ScalingRow) int {
		return cmp.Or(cmp.Compare(b.Want, a.Want), cmp.Compare(a.Service.Text, b.Service.Text), cmp.Compare(a.Role, b.Role))
	}
	slices.SortStableFunc(idle, byWant)
	slices.SortStableFunc(none, byWant)

	figures := []Figure{
		figure(atLimit, "at the limit", Bad),
		figure(near, "under 20 % headroom", Warn),
		{Value: Num(with), Label: "with autoscaler"},
		{Value: Num(floor), Label: "idle at minimum", URL: "scaling/idle/"},
		{Value: Num(len(none)), Label: "without autoscaler", URL: "scaling/none/"},
	}
	reached, all := o.reach()
	lost := ""
	if reached < all {
		lost = fmt.Sprintf("%s did not answer and %s not counted.", Words(o.lostNames()), isAre(all-reached))
	}
	lists := []struct {
		show, text, lede string
		rows             []ScalingRow
		blank            Empty
	}{
		{"headroom", "Least headroom", "How much further each autoscaler may go. Headroom is what is left between replicas now and the maximum, in the tightest cluster.", ranked,
			Empty{Icon: "cluster", Title: "No service has an autoscaler", Text: o.checked("HorizontalPodAutoscalers of services")}},
		{"idle", "Idle at minimum", "Autoscalers that run at their minimum in every cluster and would not go further down. A lower minimum may do.", idle,
			Empty{Icon: "ok", Title: "No autoscaler idles", Text: o.checked(Count(with, "autoscaled workload"))}},
		{"uneven", "Uneven spread", "Services with one cluster at its maximum while another needs at most half of its own: the load could be spread, or the limits moved.", lopsided,
			Empty{Icon: "ok", Title: "Load is spread evenly enough", Text: o.checked(Count(with, "autoscaled workload"))}},
		{"none", "No autoscaler", "Services with a fixed number of replicas, largest first. They do not follow their load.", none,
			Empty{Icon: "ok", Title: "Every service has an autoscaler", Text: o.checked(Count(len(o.fleet().Services), "service"))}},
	}
	url := func(show string) string {
		if show == "headroom" {
			return "scaling/"
		}
		return "scaling/" + show + "/"
	}
	var pages []Page
	for _, l := range lists {
		chunks := parts(l.rows, 50)
		for i, rows := range chunks {
			v := &ScalingView{Title: "Scaling limits", Lede: l.lede, Show: l.show, Rows: rows, Figures: figures, Fleet: o.names, Lost: lost}
			for j := range rows {
				rows[j].N = i*50 + j + 1
				v.CPU = v.CPU || rows[j].Metric != nil
				v.Past = v.Past || rows[j].Past != nil
			}
			for _, t := range lists {
				v.Tabs = append(v.Tabs, Tab{Link: Link{Text: t.text, URL: url(t.show)}, Current: t.show == l.show})
			}
			if len(l.rows) == 0 {
				b := l.blank
				v.Empty = &b
				if all == 0 {
					v.Empty, v.Figures = noClusters(), nil
				}
			}
			v.Pager = pagerOf(url(l.show), i+1, len(chunks))
			page := Page{
				URL: pageURL(url(l.show), i+1), Layout: "scaling", Title: "Scaling limits: " + strings.ToLower(l.text), Description: l.lede,
				Section: "scaling", Style: "ops", View: v, Live: true, NoIndex: i > 0,
			}
			pages = append(pages, page)
		}
	}
	return pages
}

func isAre(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

// checked says what was looked at, so that an empty list is an answer.
func (o *ops) checked(what string) string {
	reached, all := o.reach()
	if all == 0 {
		return "No cluster is configured."
	}
	return fmt.Sprintf("Checked %s in %d of %s, read at %s.", what, reached, Count(all, "cluster"), o.utc(o.readAt()))
}

// noClusters is the state of all pages about clusters in a portal without any.
func noClusters() *Empty {
	return &Empty{
		Icon: "cluster", Title: "No cluster is configured",
		Text:    "Name the clusters in portolan.yaml under kubernetes.clusters; reading them needs only get and list, also in single namespaces. The command prints the smallest role.",
		Command: "portolan rbac",
	}
}

// scalingRow returns a service's row by its tightest cluster.
func (o *ops) scalingRow(s *kubernetes.Service, fresh []kubernetes.Autoscaler) (ScalingRow, kubernetes.Autoscaler) {
	tightest := slices.MinFunc(fresh, func(a, b kubernetes.Autoscaler) int {
		return cmp.Or(
			cmp.Compare(scalingRank(a), scalingRank(b)),
			cmp.Compare(pressure(b), pressure(a)),
			cmp.Compare(o.place(a.Cluster), o.place(b.Cluster)),
		)
	})
	r := ScalingRow{
		Service: o.serviceLink(s.Ref), Owner: o.ownerLink(s.Ref), Tightest: o.clusterLink(tightest.Cluster),
		Status: autoscalerStatus(tightest), Headroom: headroomWords(tightest),
		Bullet:   bulletOf(tightest, 1.5*float64(max(1, tightest.Max))),
		Replicas: fmt.Sprintf("%s of %s", Num(tightest.Current), Num(tightest.Max)),
		Spread:   o.spreadOf(fresh), Total: totalHeadroom(fresh),
	}
	if r.Status == OK && tightest.Headroom*5 < tightest.Max {
		r.Status = Warn
	}
	if tightest.Target.Name != "" && tightest.Target.Name != r.Service.Text {
		r.Role = tightest.Target.Name
	}
	r.Metric, r.MetricOf = metricUse(tightest)
	past := o.past.Autoscaler(tightest.Cluster, tightest.Ref)
	r.Past = sparkOf(past.Samples, tightest.Max)
	if past.PinnedSince != nil && atMaximum(tightest) {
		if d := o.p.Built.Sub(*past.PinnedSince); d >= time.Hour {
			r.Pinned = ago(d)
		}
	}
	return r, tightest
}

// sparkOf returns the line of the number of replicas, nil if there are too few
// samples for one.
func sparkOf(samples []kubernetes.ScaleSize, limit int) *Spark {
	if len(samples) < 3 {
		return nil
	}
	s := &Spark{Limit: float64(limit)}
	peak := 0
	for _, x := range samples {
		s.Values = append(s.Values, float64(x.Replicas))
		peak = max(peak, x.Replicas)
	}
	first, last := samples[0], samples[len(samples)-1]
	s.Label = fmt.Sprintf("%s: from %s to %s, peak %s, limit %s", ago(last.At.Sub(first.At)), Num(first.Replicas), Num(last.Replicas), Num(peak), Num(limit))
	return s
}

// serviceLink returns a service as a link to its Kubernetes page.
func (o *ops) serviceLink(ref string) Link {
	e := o.entities[ref]
	if e == nil {
		return Link{Text: refName(ref)}
	}
	l := linkTo(e)
	l.URL = KubernetesURL(e.Ref)
	return l
}

// scalingRank orders autoscalers: those at the limit first, those that cannot
// move last.
func scalingRank(a kubernetes.Autoscaler) int {
	switch a.State {
	case "limit":
		return 0
	case "max":
		return 1
	case "blind":
		return 2
	case "fixed", "off":
		return 4
	default:
		return 3
	}
}

// pressure returns the larger of what runs and what is wanted, as a share of
// the maximum.
func pressure(a kubernetes.Autoscaler) float64 {
	if a.Max <= 0 {
		return 0
	}
	return float64(max(a.Current, a.Projected)) / float64(a.Max)
}

// idles tells whether all autoscalers of a workload stay at their minimum.
func idles(as []kubernetes.Autoscaler) bool {
	for _, a := range as {
		if a.Current > a.Min || a.Projected > a.Min || a.Min == a.Max || a.State == "off" || a.State == "blind" {
			return false
		}
	}
	return true
}

// unscaled returns the row of a service's workloads that no autoscaler scales.
func (o *ops) unscaled(s *kubernetes.Service, scaled map[kubernetes.ObjectRef]bool) (ScalingRow, bool) {
	r := ScalingRow{Service: o.serviceLink(s.Ref), Owner: o.ownerLink(s.Ref), Status: StatusOf(s.Health)}
	seen := map[kubernetes.ObjectRef]bool{}
	clusters := map[string]bool{}
	for _, w := range s.Workloads {
		if w.Ref.Kind != "Deployment" && w.Ref.Kind != "StatefulSet" && w.Ref.Kind != "Rollout" || w.Want == 0 || !o.fresh(w.Cluster) {
			continue
		}
		role := kubernetes.ObjectRef{Kind: w.Ref.Kind, Name: w.Ref.Name}
		if scaled[role] {
			continue
		}
		seen[role], clusters[w.Cluster] = true, true
		r.Want += w.Want
	}
	r.Workloads = len(seen)
	r.Note = Count(len(clusters), "cluster")
	return r, len(seen) > 0
}
