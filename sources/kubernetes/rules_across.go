package kubernetes

import (
	"fmt"
	"slices"
	"strings"
)

// acrossCase is one role of a service over the clusters of one environment.
type acrossCase struct {
	b     *builder
	r     *role
	env   string
	parts []*part // fresh ones
}

// acrossVerdict is what a check on a role found.
type acrossVerdict struct {
	Across
}

// across runs the rules that compare clusters.
func (b *builder) across(hide map[string]bool) {
	var envs []string
	for _, m := range b.members {
		if !slices.Contains(envs, m.state.Environment) {
			envs = append(envs, m.state.Environment)
		}
	}
	for _, env := range envs {
		for _, r := range b.roles {
			c := &acrossCase{b: b, r: r, env: env}
			for _, p := range r.parts {
				if p.m.state.Environment == env && p.m.fresh() {
					c.parts = append(c.parts, p)
				}
			}
			if len(c.parts) == 0 {
				continue
			}
			for _, rule := range acrossRules {
				if hide[rule.ID] || rule.across == nil {
					continue
				}
				for _, a := range rule.across(c) {
					a.Rule, a.Workload = rule.ID, r.ref()
					if a.Severity == "" {
						a.Severity = rule.Severity
					}
					if a.Title == "" {
						a.Title = rule.Title
					}
					if a.Text == "" {
						a.Text = rule.Why
					}
					if a.Clusters == nil {
						a.Clusters = []string{}
					}
					b.s.Across = append(b.s.Across, a.Across)
				}
			}
			for _, rule := range adviceRules {
				if hide[rule.ID] {
					continue
				}
				for _, a := range rule.advice(c) {
					f := Finding{Rule: rule.ID, Severity: rule.Severity, Category: Advice, Cluster: strings.Join(a.Clusters, ", "), Ref: r.ref(), Workload: r.ref(),
						Container: a.Container, Title: a.Title, Text: a.Text, Commands: []string{}, Entities: []string{b.s.Ref}}
					if f.Title == "" {
						f.Title = rule.Title
					}
					if f.Text == "" {
						f.Text = rule.Why
					}
					b.s.Advice = append(b.s.Advice, f)
				}
			}
		}
	}
}

func (c *acrossCase) workloads() []*part {
	var out []*part
	for _, p := range c.parts {
		if p.state() != nil {
			out = append(out, p)
		}
	}
	return out
}

// runs is what containers of one name run in one cluster.
type runs struct {
	part    *part
	digests string // sorted, or the tag if no digest is known
	version string
}

// runningOf returns the digests that the running containers of a name have.
func (p *part) runningOf(container string) (digests, version string) {
	var list []string
	known := false
	for _, n := range p.pods {
		pod := &p.m.v.Pods[n]
		if pod.Deleted > 0 || pod.Phase != "Running" {
			continue
		}
		for i := range pod.Containers {
			k := &pod.Containers[i]
			if k.Spec.Name != container || k.State.Kind != running {
				continue
			}
			d := k.Digest
			if d == "" {
				d = "tag " + tag(k.Spec.Image)
			}
			known = true
			if !slices.Contains(list, d) {
				list = append(list, d)
			}
			version = max(version, tag(k.Spec.Image))
		}
	}
	if !known {
		return "", ""
	}
	slices.Sort(list)
	return strings.Join(list, " "), version
}

var matchesNothingRule = &Rule{
	ID: "matches-nothing", Title: "Nothing was found in any cluster", Severity: Warning, Category: State,
	Condition: "An entity says by annotation that it runs on Kubernetes, and no fresh cluster has an object with its label.",
	Why:       "Its page cannot show how it is.",
	Fix:       "Put the label on the workload, or correct the annotation; the page names what was looked for.",
}

var acrossRules = []*Rule{
	{
		ID: "version-drift", Title: "Clusters run different versions", Severity: Warning, Category: State,
		Condition: "A container's running digest (its tag where the digest is not known) differs from that of most clusters of the environment. Only fresh clusters that want pods and do not roll out count, and the version of most has been there for more than 6 h; within 24 h an info.",
		Why:       "A rollout was forgotten or has failed there; users see different behaviour.",
		Fix:       "Roll the version out where it is missing, or say why it differs.",
		across: func(c *acrossCase) []acrossVerdict {
			var out []acrossVerdict
			var names []string
			parts := slices.DeleteFunc(c.workloads(), func(p *part) bool {
				w := p.state()
				return w.Want <= 0 || w.rolling() || w.deadline()
			})
			if len(parts) < 2 {
				return nil
			}
			for _, p := range parts {
				for _, s := range p.state().Template.Containers {
					if !slices.Contains(names, s.Name) {
						names = append(names, s.Name)
					}
				}
			}
			slices.Sort(names)
			for _, name := range names {
				if a, ok := c.drift(name, parts); ok {
					out = append(out, a)
				}
			}
			return out
		},
	},
	{
		ID: "missing-in-cluster", Title: "A workload is gone from a cluster", Severity: Warning, Category: State,
		Condition: "It is wanted in at least two thirds of the environment's clusters, is not in this one, and was there in the build before.",
		Why:       "It was deleted, or its label was lost.",
		Fix:       "Deploy it again, or take the cluster out of the plan.",
		across: func(c *acrossCase) []acrossVerdict {
			wanted, fresh := 0, 0
			for _, k := range c.b.clusters {
				if k.state.Environment == c.env && k.fresh() {
					fresh++
				}
			}
			for _, p := range c.workloads() {
				if p.state().Want > 0 {
					wanted++
				}
			}
			if fresh < 2 || 3*wanted < 2*fresh {
				return nil
			}
			var gone []string
			for _, k := range c.b.clusters {
				if k.state.Environment != c.env || !k.fresh() || k.v.before == nil || slices.ContainsFunc(c.parts, func(p *part) bool { return p.m.clusterPart == k }) {
					continue
				}
				for _, p := range c.workloads() {
					if k.v.before.workload(p.ref.Kind, p.ref.Namespace, p.ref.Name) != nil && k.v.listed(strings.ToLower(p.ref.Kind)+"s", p.ref.Namespace) &&
						k.v.workload(p.ref.Kind, p.ref.Namespace, p.ref.Name) == nil {
						gone = append(gone, k.state.Name)
						break
					}
				}
			}
			if len(gone) == 0 {
				return nil
			}
			return []acrossVerdict{{Across: Across{Clusters: gone, Title: fmt.Sprintf("%s is gone from %s", c.r.name, words(gone))}}}
		},
	},
	{
		ID: "load-imbalance", Title: "Load is split unevenly between clusters", Severity: Info, Category: Capacity,
		Condition: "An autoscaler is at its maximum in one cluster, while in another it would need half of its maximum or less.",
		Why:       "One cluster is short of room that another has.",
		Fix:       "Shift traffic, or raise the maximum where the load is.",
		across: func(c *acrossCase) []acrossVerdict {
			full, idle := c.scalers(func(a *Autoscaler) bool { return a.State == scaleLimit || a.State == scaleMax }), c.scalers(func(a *Autoscaler) bool {
				return a.State != scaleFixed && a.State != scaleOff && a.State != scaleBlind && a.Max > 0 && 2*a.Projected <= a.Max
			})
			if len(full) == 0 || len(idle) == 0 {
				return nil
			}
			return []acrossVerdict{{Across: Across{Clusters: full, Text: fmt.Sprintf("There is no room left in %s, while %s would need half or less of the maximum.", words(full), words(idle))}}}
		},
	},
	{
		ID: "no-failover", Title: "The other clusters cannot carry the largest one", Severity: Info, Category: Capacity,
		Condition: "In an environment with at least two clusters, the room of the others up to their maxima is smaller than what the largest cluster runs.",
		Why:       "When that cluster fails, its load does not fit elsewhere.",
		Fix:       "Raise the maxima.",
		across: func(c *acrossCase) []acrossVerdict {
			for _, t := range c.b.s.Scaling {
				if t.Environment == c.env && t.Target.Kind == c.r.kind && t.Target.Name == c.r.name && t.Failover != "" && t.Failover != "yes" {
					return []acrossVerdict{{Across: Across{Clusters: []string{t.Largest}, Text: fmt.Sprintf("If %s fails, %.0f %% of its replicas fit into the others.", t.Largest, 100*t.Share)}}}
				}
			}
			return nil
		},
	},
	{
		ID: "memory-near-limit", Title: "A container is near its memory limit", Severity: Warning, Category: Capacity,
		Condition: "It used at least 90 % of its limit in this sample and in the one of the build before.",
		Why:       "A little more and it is killed.",
		Fix:       "Raise the limit, or bound what the program uses.",
		across: func(c *acrossCase) []acrossVerdict {
			type hit struct {
				clusters []string
				share    float64
			}
			hits := map[string]*hit{}
			for _, p := range c.parts {
				v := p.m.v
				if v.before == nil {
					continue
				}
				for _, n := range p.pods {
					pod := &v.Pods[n]
					for i := range pod.Containers {
						s := pod.Containers[i].Spec
						now, ok := v.memory(pod, s.Name)
						if !ok || s.MemLimit <= 0 || float64(now) < v.limit.MemoryShare*float64(s.MemLimit) {
							continue
						}
						old, ok := v.before.usageOf(pod.Namespace, pod.Name, s.Name)
						if !ok || float64(old) < v.limit.MemoryShare*float64(s.MemLimit) {
							continue
						}
						h := hits[s.Name]
						if h == nil {
							h = &hit{}
							hits[s.Name] = h
						}
						h.share = max(h.share, float64(now)/float64(s.MemLimit))
						if !slices.Contains(h.clusters, p.m.state.Name) {
							h.clusters = append(h.clusters, p.m.state.Name)
						}
					}
				}
			}
			var names []string
			for n := range hits {
				names = append(names, n)
			}
			slices.Sort(names)
			var out []acrossVerdict
			for _, n := range names {
				out = append(out, acrossVerdict{Across: Across{Container: n, Clusters: hits[n].clusters, Title: fmt.Sprintf("%s is near its memory limit", n),
					Text: fmt.Sprintf("It uses up to %.0f %% of its limit in %s.", 100*hits[n].share, words(hits[n].clusters))}})
			}
			return out
		},
	},
	matchesNothingRule,
}

// usageOf returns the memory that a container used.
func (s *Snapshot) usageOf(namespace, pod, container string) (int64, bool) {
	i, ok := slices.BinarySearchFunc(s.Usage, pod, func(u Usage, name string) int {
		if c := strings.Compare(u.Namespace, namespace); c != 0 {
			return c
		}
		return strings.Compare(u.Name, name)
	})
	if !ok {
		return 0, false
	}
	for _, k := range s.Usage[i].Containers {
		if k.Name == container {
			return k.Mem, true
		}
	}
	return 0, false
}

// scalers returns the clusters in which an autoscaler of the role is so.
func (c *acrossCase) scalers(is func(*Autoscaler) bool) []string {
	var out []string
	for i := range c.b.s.Autoscalers {
		a := &c.b.s.Autoscalers[i]
		if !a.Stale && a.Environment == c.env && a.Target.Kind == c.r.kind && a.Target.Name == c.r.name && is(a) && !slices.Contains(out, a.Cluster) {
			out = append(out, a.Cluster)
		}
	}
	return out
}

// drift compares what containers of one name run.
func (c *acrossCase) drift(name string, parts []*part) (acrossVerdict, bool) {
	var list []runs
	count := map[string]int{}
	for _, p := range parts {
		d, v := p.runningOf(name)
		if d == "" {
			continue
		}
		list = append(list, runs{p, d, v})
		count[d]++
	}
	if len(count) < 2 {
		return acrossVerdict{}, false
	}
	best, second := "", 0
	for d, n := range count {
		if n > count[best] || n == count[best] && d < best {
			best = d
		}
	}
	for d, n := range count {
		if d != best {
			second = max(second, n)
		}
	}
	a := Across{Container: name, Outliers: map[string]string{}}
	tie := count[best] == second
	newest := Time(0)
	var clock Time
	for _, x := range list {
		clock = max(clock, x.part.m.v.now)
		if x.digests == best && !tie {
			a.Majority = x.version
			t, _ := x.part.lastDeploy()
			newest = max(newest, t)
			continue
		}
		if tie {
			t, _ := x.part.lastDeploy()
			newest = max(newest, t)
		}
	}
	for _, x := range list {
		if x.digests == best && !tie {
			continue
		}
		v := x.version
		if v == a.Majority { // the same tag with another content
			v += " (" + strings.TrimPrefix(strings.Fields(x.digests)[0], "tag ") + ")"
		}
		a.Outliers[x.part.m.state.Name] = v
		a.Clusters = append(a.Clusters, x.part.m.state.Name)
	}
	limit := parts[0].m.v.limit
	age := int64(clock - newest)
	switch {
	case newest > 0 && age <= seconds(limit.DriftGrace):
		return acrossVerdict{}, false
	case newest > 0 && age <= seconds(limit.RestartWindow):
		a.Severity = Info
	}
	if tie {
		a.Text = "As many clusters run one version as another."
	} else {
		a.Text = fmt.Sprintf("Most clusters run %s; %s differ.", a.Majority, words(a.Clusters))
		if len(a.Clusters) == 1 {
			a.Text = fmt.Sprintf("Most clusters run %s; %s runs %s.", a.Majority, a.Clusters[0], a.Outliers[a.Clusters[0]])
		}
		for i := range c.b.s.Placements {
			if p := &c.b.s.Placements[i]; slices.Contains(a.Clusters, p.Cluster) {
				p.Drifts = true
			}
		}
	}
	return acrossVerdict{Across: a}, true
}
