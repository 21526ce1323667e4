package kubernetes

import (
	"fmt"
	"slices"
	"strings"
)

// clustersOf returns the clusters of the parts for which is holds.
func (c *acrossCase) clustersOf(is func(*part) bool) []string {
	var out []string
	for _, p := range c.parts {
		if is(p) {
			out = append(out, p.m.state.Name)
		}
	}
	return out
}

// containersThat returns the names of the template's containers for which is holds, with the clusters.
func (c *acrossCase) containersThat(is func(*ContainerSpec) bool) []acrossVerdict {
	byName := map[string][]string{}
	var names []string
	for _, p := range c.parts {
		var list []*ContainerSpec
		if w := p.state(); w != nil && w.Want > 0 {
			list = w.Template.Containers
		}
		for _, s := range list {
			if is(s) {
				if byName[s.Name] == nil {
					names = append(names, s.Name)
				}
				byName[s.Name] = append(byName[s.Name], p.m.state.Name)
			}
		}
	}
	slices.Sort(names)
	var out []acrossVerdict
	for _, n := range names {
		out = append(out, acrossVerdict{Across: Across{Container: n, Clusters: byName[n]}})
	}
	return out
}

func (c *acrossCase) titled(list []acrossVerdict, format string) []acrossVerdict {
	for i := range list {
		list[i].Title = fmt.Sprintf(format, list[i].Container)
	}
	return list
}

func one(clusters []string) []acrossVerdict {
	if len(clusters) == 0 {
		return nil
	}
	return []acrossVerdict{{Across: Across{Clusters: clusters}}}
}

var adviceRules = []*Rule{
	{
		ID: "advice-no-requests", Title: "A container has no CPU or memory request", Severity: Info, Category: Advice,
		Condition: "A container of the template has no CPU request or no memory request.",
		Why:       "The scheduler places it blindly, and it is the first to be evicted.",
		Fix:       "Request what it usually uses.",
		advice: func(c *acrossCase) []acrossVerdict {
			return c.titled(c.containersThat(func(s *ContainerSpec) bool { return s.CPURequest == 0 || s.MemRequest == 0 }), "%s has no CPU or memory request")
		},
	},
	{
		ID: "advice-no-memory-limit", Title: "A container has no memory limit", Severity: Info, Category: Advice,
		Condition: "A container of the template has no memory limit.",
		Why:       "A leak takes its neighbours on the node down.",
		Fix:       "Set a limit above what it uses at most.",
		advice: func(c *acrossCase) []acrossVerdict {
			return c.titled(c.containersThat(func(s *ContainerSpec) bool { return s.MemLimit == 0 }), "%s has no memory limit")
		},
	},
	{
		ID: "advice-no-readiness-probe", Title: "A container has no readiness probe", Severity: Info, Category: Advice,
		Condition: "A container with named ports has no readiness probe.",
		Why:       "It gets traffic before it can serve, at every rollout.",
		Fix:       "Add a probe on the port that serves.",
		advice: func(c *acrossCase) []acrossVerdict {
			return c.titled(c.containersThat(func(s *ContainerSpec) bool { return s.Readiness == nil && len(s.Ports) > 0 && !s.Sidecar }), "%s has no readiness probe")
		},
	},
	{
		ID: "advice-mutable-tag", Title: "An image has a tag that can change", Severity: Info, Category: Advice,
		Condition: "An image has no tag, the tag latest, or the same tag with different digests.",
		Why:       "Nobody can say what runs, and a restart may bring another version.",
		Fix:       "Use a tag for each build, or a digest.",
		advice: func(c *acrossCase) []acrossVerdict {
			out := c.titled(c.containersThat(func(s *ContainerSpec) bool { return s.Image != "" && tag(s.Image) == "latest" }), "%s runs a tag that can change")
			digests := map[string]string{}
			var mixed []string
			for _, p := range c.parts {
				for _, n := range p.pods {
					for i := range p.m.v.Pods[n].Containers {
						k := &p.m.v.Pods[n].Containers[i]
						if k.Digest == "" || strings.Contains(k.Spec.Image, "@") {
							continue
						}
						key := k.Spec.Name + "\x00" + k.Spec.Image
						if d, ok := digests[key]; ok && d != k.Digest && !slices.Contains(mixed, k.Spec.Name) {
							mixed = append(mixed, k.Spec.Name)
						}
						digests[key] = k.Digest
					}
				}
			}
			slices.Sort(mixed)
			for _, n := range mixed {
				if !slices.ContainsFunc(out, func(a acrossVerdict) bool { return a.Container == n }) {
					out = append(out, acrossVerdict{Across: Across{Container: n, Title: n + " runs one tag with different content", Clusters: c.clustersOf(func(*part) bool { return true })}})
				}
			}
			return out
		},
	},
	{
		ID: "advice-single-replica", Title: "There is only one replica", Severity: Info, Category: Advice,
		Condition: "In production one pod is wanted and no autoscaler is there.",
		Why:       "Every restart, rollout and drain is an outage.",
		Fix:       "Run two or more.",
		advice: func(c *acrossCase) []acrossVerdict {
			if !production(c.env) {
				return nil
			}
			return one(c.clustersOf(func(p *part) bool {
				w := p.state()
				return w != nil && w.Kind != "DaemonSet" && w.Want == 1 && len(p.m.v.scalersOf[p.o]) == 0
			}))
		},
	},
	{
		ID: "advice-no-pdb", Title: "There is no disruption budget", Severity: Info, Category: Advice, Needs: []string{"poddisruptionbudgets"},
		Condition: "Two or more pods are wanted and no disruption budget selects them.",
		Why:       "A drain may take all pods at once.",
		Fix:       "Add a PodDisruptionBudget with maxUnavailable: 1.",
		advice: func(c *acrossCase) []acrossVerdict {
			return one(c.clustersOf(func(p *part) bool {
				w := p.state()
				return w != nil && w.Kind != "DaemonSet" && w.Want >= 2 && len(p.m.v.budgetsOf[p.o]) == 0 && p.m.v.listed("poddisruptionbudgets", w.Namespace)
			}))
		},
	},
	{
		ID: "advice-over-requested", Title: "Much more is requested than used", Severity: Info, Category: Advice,
		Condition: "Requests exceed usage with 15 % on top by at least 0.25 core or 250 MiB for each pod. Usage is one sample.",
		Why:       "Room in the cluster is paid for and not used.",
		Fix:       "Lower the requests after a look at the use over a week.",
		advice:    func(c *acrossCase) []acrossVerdict { return c.rightSize(false) },
	},
	{
		ID: "advice-under-requested", Title: "Much more is used than requested", Severity: Info, Category: Advice,
		Condition: "Usage exceeds requests by at least 0.25 core or 250 MiB for each pod. Usage is one sample.",
		Why:       "The pod depends on what its neighbours leave, and is evicted early.",
		Fix:       "Raise the requests after a look at the use over a week.",
		advice:    func(c *acrossCase) []acrossVerdict { return c.rightSize(true) },
	},
	{
		ID: "advice-unmanaged-pod", Title: "A pod has no controller", Severity: Info, Category: Advice,
		Condition: "A pod that runs has no owner.",
		Why:       "Nobody starts it again when its node goes.",
		Fix:       "Run it from a Deployment or Job.",
		advice: func(c *acrossCase) []acrossVerdict {
			if c.r.kind != "Pod" {
				return nil
			}
			return one(c.clustersOf(func(p *part) bool {
				return slices.ContainsFunc(p.pods, func(n int32) bool { return p.m.v.Pods[n].Phase == "Running" && !p.m.v.Pods[n].Mirror })
			}))
		},
	},
	{
		ID: "advice-hpa-on-limitless-cpu", Title: "An autoscaler follows a CPU without a request", Severity: Info, Category: Advice,
		Condition: "An autoscaler watches CPU utilisation, and a container of its target has no CPU request.",
		Why:       "Utilisation is a share of the request: without one the autoscaler is blind.",
		Fix:       "Set a CPU request on every container.",
		advice: func(c *acrossCase) []acrossVerdict {
			return one(c.clustersOf(func(p *part) bool {
				w := p.state()
				if w == nil || !slices.ContainsFunc(w.Template.Containers, func(s *ContainerSpec) bool { return s.CPURequest == 0 }) {
					return false
				}
				return slices.ContainsFunc(p.m.v.scalersOf[p.o], func(n int32) bool {
					return slices.ContainsFunc(p.m.v.Scalers[n].Metrics, func(m ScaleMetric) bool { return m.Type == "Resource" && m.Name == "cpu" && m.Percent })
				})
			}))
		},
	},
	{
		ID: "advice-label-only-on-pods", Title: "The label is only on the pods", Severity: Info, Category: Advice,
		Condition: "The label that the entity looks for is on the pod template and not on the workload.",
		Why:       "The workload is not found when it is scaled to zero by tools that look at its own labels.",
		Fix:       "Put the label on the workload too.",
		advice: func(c *acrossCase) []acrossVerdict {
			return one(c.clustersOf(func(p *part) bool {
				w := p.state()
				return w != nil && c.b.w.selection != nil && !c.b.w.selection.matches(w.Labels) && c.b.w.selection.matches(w.Template.Labels)
			}))
		},
	},
}

// The smallest differences for which right-sizing is worth a word, per pod.
const (
	sizeCPU = 250       // millicores
	sizeMem = 250 << 20 // bytes
)

// rightSize compares requests with the usage of the last sample. Resources that
// drive an autoscaler are left out: there the request is the yardstick.
func (c *acrossCase) rightSize(under bool) []acrossVerdict {
	var clusters []string
	var text string
	for _, p := range c.parts {
		v := p.m.v
		if p.state() == nil {
			continue
		}
		drives := map[string]bool{}
		for _, n := range v.scalersOf[p.o] {
			for _, m := range v.Scalers[n].Metrics {
				drives[m.Name] = true
			}
		}
		var cpuUse, cpuReq, memUse, memReq, pods int64
		for _, n := range p.pods {
			pod := &v.Pods[n]
			u, ok := v.usage[nameKey{"", pod.Namespace, pod.Name}]
			if !ok || pod.Phase != "Running" {
				continue
			}
			pods++
			for _, k := range v.Usage[u].Containers {
				cpuUse += k.CPU
				memUse += k.Mem
			}
			for i := range pod.Containers {
				cpuReq += pod.Containers[i].Spec.CPURequest
				memReq += pod.Containers[i].Spec.MemRequest
			}
		}
		if pods == 0 {
			continue
		}
		cpu, mem := (cpuUse-cpuReq)/pods, (memUse-memReq)/pods
		if !under {
			cpu, mem = (cpuReq-cpuUse*115/100)/pods, (memReq-memUse*115/100)/pods
		}
		hit := cpu >= sizeCPU && !drives["cpu"] && cpuReq > 0 || mem >= sizeMem && !drives["memory"] && memReq > 0
		if hit {
			clusters = append(clusters, p.m.state.Name)
			if text == "" {
				text = fmt.Sprintf("In %s each pod requests %d m CPU and %s, and uses %d m and %s (one sample).", p.m.state.Name, cpuReq/pods, bytesText(memReq/pods), cpuUse/pods, bytesText(memUse/pods))
			}
		}
	}
	if len(clusters) == 0 {
		return nil
	}
	return []acrossVerdict{{Across: Across{Clusters: clusters, Text: text}}}
}
