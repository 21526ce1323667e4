package kubernetes

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// scalerCase is one autoscaler with its headroom.
type scalerCase struct {
	v       *view
	s       *Scaler
	a       Autoscaler
	missing bool // its target does not exist
}

func newScalerCase(v *view, s *Scaler) *scalerCase {
	c := &scalerCase{v: v, s: s}
	switch s.Target.Kind {
	case "Deployment", "StatefulSet", "ReplicaSet":
		c.missing = v.listed(strings.ToLower(s.Target.Kind)+"s", s.Namespace) && v.find(s.Target.Kind, s.Namespace, s.Target.Name) == none
	case "Rollout": // a cluster without the type has none either
		k := v.coverage("rollouts.argoproj.io")
		c.missing = (k == nil || k.State == CoverageOK || k.State == CoverageAbsent) && v.find("Rollout", s.Namespace, s.Target.Name) == none
	}
	c.a = v.autoscaler(s)
	return c
}

// The states of an autoscaler.
const (
	scaleOK    = "ok"
	scaleNear  = "near"
	scaleMax   = "max"
	scaleLimit = "limit"
	scaleFixed = "fixed"
	scaleFloor = "floor"
	scaleBlind = "blind"
	scaleOff   = "off"
)

// autoscaler computes the headroom of an autoscaler: what its driving metric
// asks for, and what its maximum leaves.
func (v *view) autoscaler(s *Scaler) Autoscaler {
	a := Autoscaler{
		Cluster: v.Info.Name,
		Ref:     ObjectRef{Kind: "HorizontalPodAutoscaler", Namespace: s.Namespace, Name: s.Name},
		Target:  ObjectRef{Kind: s.Target.Kind, Namespace: s.Namespace, Name: s.Target.Name},
		Min:     int(s.Min), Max: int(s.Max), Current: int(s.Current), Desired: int(s.Desired),
		Projected: int(s.Current), Headroom: max(0, int(s.Max)-int(s.Current)), Stale: v.stale, Entities: []string{},
	}
	driving := -1
	for i := range s.Metrics {
		m := &s.Metrics[i]
		k := Metric{Name: m.Name, Current: m.Current, Target: m.Target, Known: m.HasCurrent}
		if m.Percent {
			k.Unit = "%"
		}
		if m.HasCurrent && m.Target > 0 {
			k.Ratio = m.Current / m.Target
			if driving < 0 || k.Ratio > a.Metrics[driving].Ratio {
				driving = i
			}
		}
		a.Metrics = append(a.Metrics, k)
	}
	if driving >= 0 {
		m := a.Metrics[driving]
		a.Metric = &m
		if math.Abs(m.Ratio-1) > 0.1 {
			want := math.Ceil(float64(s.Current)*m.Ratio - 1e-9)
			a.Projected = max(int(min(want, 1_000_000)), int(s.Min))
		}
	}
	active, limited := condition(s.Conditions, "ScalingActive"), condition(s.Conditions, "ScalingLimited")
	isLimited := func(reason string) bool {
		return limited != nil && limited.Status == "True" && limited.Reason == reason
	}
	off := active != nil && active.Status == "False" && active.Reason == "ScalingDisabled"
	if w := v.find(s.Target.Kind, s.Namespace, s.Target.Name); w != none {
		if k, n := v.split(w); k == workloadKind && v.Workloads[n].Want == 0 {
			off = true
		}
	}
	share := func(n int) float64 { return float64(n) / float64(max(a.Max, 1)) }
	switch {
	case off:
		a.State = scaleOff
	case s.Max > 0 && s.Min == s.Max:
		a.State = scaleFixed
	case s.Max > 0 && s.Current >= s.Max && (isLimited("TooManyReplicas") || a.Projected > a.Max):
		a.State = scaleLimit
	case s.Max > 0 && s.Current >= s.Max:
		a.State = scaleMax
	case active != nil && active.Status == "False" && v.age(active.Since) > seconds(v.limit.StartGrace):
		a.State = scaleBlind
	case s.Max > 0 && s.Observed && (share(a.Current) >= v.limit.NearMax || share(a.Projected) >= v.limit.NearMax):
		a.State = scaleNear
	case s.Observed && s.Current == s.Min && isLimited("TooFewReplicas"):
		a.State = scaleFloor
	default:
		a.State = scaleOK
	}
	return a
}

// metricText says what a metric is and should be: "cpu at 96 % of 65 %".
func metricText(m *Metric) string {
	if m == nil {
		return "Its metric is not known."
	}
	n := func(f float64) string {
		s := strconv.FormatFloat(f, 'f', -1, 64)
		if f >= 100 || len(s) > 6 {
			s = strconv.FormatFloat(f, 'f', 1, 64)
			s = strings.TrimSuffix(s, ".0")
		}
		if m.Unit != "" {
			s += " " + m.Unit
		}
		return s
	}
	return fmt.Sprintf("%s is at %s, the target is %s.", m.Name, n(m.Current), n(m.Target))
}

func (c *scalerCase) describe() []string {
	return []string{c.v.kubectl(c.s.Namespace, "describe", "hpa", c.s.Name)}
}

// lasting returns the condition if it has had that status for longer than the grace.
func (c *scalerCase) lasting(typ, status string) *Condition {
	k := condition(c.s.Conditions, typ)
	if k == nil || k.Status != status || c.v.age(k.Since) <= seconds(c.v.limit.StartGrace) {
		return nil
	}
	return k
}

var scalerRules = []*Rule{
	{
		ID: "hpa-at-limit", Title: "An autoscaler is at its maximum and wants more", Severity: Error, Category: Capacity,
		Condition: "The current size is the maximum, and ScalingLimited=True/TooManyReplicas or the driving metric asks for more.",
		Why:       "More load does not get more replicas, so requests become slow or fail.",
		Fix:       "Raise maxReplicas or the requests, or look at how load is split between clusters.",
		Docs:      "https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/",
		scaler: func(c *scalerCase) *verdict {
			if c.a.State != scaleLimit {
				return nil
			}
			w := &verdict{title: fmt.Sprintf("At its maximum of %d and wants more", c.a.Max), text: metricText(c.a.Metric), commands: c.describe()}
			if c.a.Projected > c.a.Max {
				w.text += fmt.Sprintf(" At this load it would want %d.", c.a.Projected)
			}
			if k := condition(c.s.Conditions, "ScalingLimited"); k != nil && k.Status == "True" {
				w.since = k.Since
			}
			return w
		},
	},
	{
		ID: "hpa-at-max", Title: "An autoscaler is at its maximum", Severity: Warning, Category: Capacity,
		Condition: "The current size is the maximum, and the demand is met.",
		Why:       "There is no room left for more load.",
		Fix:       "Raise maxReplicas if more load may come.",
		scaler: func(c *scalerCase) *verdict {
			if c.a.State != scaleMax {
				return nil
			}
			return &verdict{title: fmt.Sprintf("At its maximum of %d, demand is met", c.a.Max), text: metricText(c.a.Metric)}
		},
	},
	{
		ID: "hpa-near-max", Title: "An autoscaler is near its maximum", Severity: Info, Category: Capacity,
		Condition: "The current or the projected size is at least 85 % of the maximum.",
		Why:       "Little room is left for more load.",
		Fix:       "Raise maxReplicas if more load may come.",
		scaler: func(c *scalerCase) *verdict {
			if c.a.State != scaleNear {
				return nil
			}
			return &verdict{title: fmt.Sprintf("%s left", plural(c.a.Headroom, "replica")), text: metricText(c.a.Metric)}
		},
	},
	{
		ID: "hpa-fixed", Title: "An autoscaler has a fixed size", Severity: Info, Category: State,
		Condition: "Minimum and maximum are the same.",
		Why:       "The autoscaler has nothing to do.",
		Fix:       "Nothing, if that is meant; else set the maximum above the minimum.",
		scaler: func(c *scalerCase) *verdict {
			if c.a.State != scaleFixed {
				return nil
			}
			return &verdict{title: fmt.Sprintf("Fixed size of %d", c.a.Max)}
		},
	},
	{
		ID: "hpa-inactive", Title: "An autoscaler cannot read its metric", Severity: Error, Category: Capacity,
		Condition: "ScalingActive=False for more than 5 min, with another reason than ScalingDisabled. The cause is no-requests or the reason.",
		Why:       "The size is frozen: more load does not get more replicas.",
		Fix:       "Set requests on every container (no-requests), or look at the metrics server and adapter.",
		scaler: func(c *scalerCase) *verdict {
			k := c.lasting("ScalingActive", "False")
			if k == nil || k.Reason == "ScalingDisabled" || c.missing {
				return nil
			}
			cause, text := k.Reason, "Its size is frozen. Look at the metrics server or adapter."
			if strings.Contains(k.Message, "missing request for") {
				cause, text = "no-requests", "Its size is frozen: a container has no request, so utilisation cannot be computed."
			}
			return &verdict{cause: cause, since: k.Since, title: "Autoscaler cannot read its metric", text: text, says: k.Message, commands: c.describe()}
		},
	},
	{
		ID: "hpa-disabled", Title: "An autoscaler is off", Severity: Info, Category: State,
		Condition: "ScalingActive=False with the reason ScalingDisabled.",
		Why:       "Its target is scaled to zero; it does nothing until somebody scales it up.",
		Fix:       "Nothing, if that is meant.",
		scaler: func(c *scalerCase) *verdict {
			k := condition(c.s.Conditions, "ScalingActive")
			if k == nil || k.Status != "False" || k.Reason != "ScalingDisabled" {
				return nil
			}
			return &verdict{since: k.Since, title: "Off while scaled to zero"}
		},
	},
	{
		ID: "hpa-cannot-scale", Title: "An autoscaler cannot change the size", Severity: Error, Category: Capacity,
		Condition: "AbleToScale=False for more than 5 min, and not because it waits between two changes.",
		Why:       "The size is frozen: more load does not get more replicas.",
		Fix:       "Describe the autoscaler; often the scale subresource or a permission is missing.",
		scaler: func(c *scalerCase) *verdict {
			k := c.lasting("AbleToScale", "False")
			if k == nil || strings.HasPrefix(strings.ToLower(k.Reason), "backoff") || c.missing {
				return nil
			}
			return &verdict{cause: k.Reason, since: k.Since, title: "Autoscaler cannot change the size", text: reasonText(k), says: k.Message, commands: c.describe()}
		},
	},
	{
		ID: "hpa-target-missing", Title: "The target of an autoscaler does not exist", Severity: Error, Category: Fault,
		Condition: "Objects of the kind of its target are listed, and the one it names is not there.",
		Why:       "It does nothing; perhaps the workload was renamed.",
		Fix:       "Correct scaleTargetRef, or delete the autoscaler.",
		scaler: func(c *scalerCase) *verdict {
			if !c.missing {
				return nil
			}
			w := &verdict{title: "Its target does not exist", text: fmt.Sprintf("There is no %s %s in namespace %s.", c.s.Target.Kind, c.s.Target.Name, c.s.Namespace),
				commands: []string{c.v.kubectl(c.s.Namespace, "get", "hpa", c.s.Name, "-o", "jsonpath={.spec.scaleTargetRef}")}}
			if k := condition(c.s.Conditions, "AbleToScale"); k != nil && k.Status == "False" {
				w.since = k.Since
			}
			return w
		},
	},
}
