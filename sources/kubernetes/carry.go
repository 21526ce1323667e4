package kubernetes

import (
	"slices"
	"strings"
)

// CarryOver returns s with the objects of those types that could not be read
// replaced by the ones of the last snapshot: old facts are better than none.
// Their coverage keeps its state and reason and says how old they are. s is
// returned as it is when nothing is to be carried over.
func (s *Snapshot) CarryOver(last *Snapshot) *Snapshot {
	if last == nil || last.Info.Name != s.Info.Name || !slices.ContainsFunc(s.Coverage, func(c Coverage) bool { return c.State == CoverageError }) {
		return s
	}
	out := *s
	out.Coverage = slices.Clone(s.Coverage)
	for i := range out.Coverage {
		c := &out.Coverage[i]
		if c.State != CoverageError {
			continue
		}
		at := slices.IndexFunc(last.Coverage, func(l Coverage) bool { return l.Type == c.Type })
		observed := last.TakenAt
		if at >= 0 {
			l := &last.Coverage[at]
			switch {
			case !l.ObservedAt.IsZero():
				observed = l.ObservedAt
			case l.State != CoverageOK && l.State != CoveragePartial && l.State != CoverageInconsistent:
				continue
			}
		}
		if out.take(c.Type, last) {
			c.ObservedAt = observed
		}
	}
	out.sort()
	return &out
}

// take replaces the objects of one type by those of another snapshot, and
// reports whether it knows the type.
func (s *Snapshot) take(typ string, from *Snapshot) bool {
	plural := func(kind string) string { return strings.ToLower(kind) + "s" }
	short, group, _ := strings.Cut(typ, ".")
	switch typ {
	case "pods":
		s.Pods = slices.Clone(from.Pods)
	case "pods.metrics.k8s.io":
		s.Usage = slices.Clone(from.Usage)
	case "replicasets":
		s.ReplicaSets = slices.Clone(from.ReplicaSets)
	case "jobs":
		s.Jobs = slices.Clone(from.Jobs)
	case "cronjobs":
		s.CronJobs = slices.Clone(from.CronJobs)
	case "horizontalpodautoscalers":
		s.Scalers = slices.Clone(from.Scalers)
	case "services":
		s.Services = slices.Clone(from.Services)
	case "poddisruptionbudgets":
		s.Budgets = slices.Clone(from.Budgets)
	case "persistentvolumeclaims":
		s.Claims = slices.Clone(from.Claims)
	case "resourcequotas":
		s.Quotas = slices.Clone(from.Quotas)
	case "ingresses", "httproutes.gateway.networking.k8s.io":
		kind := "Ingress"
		if short == "httproutes" {
			kind = "HTTPRoute"
		}
		s.Routes = exchange(s.Routes, from.Routes, func(r *Route) bool { return r.Kind == kind })
	case "deployments", "statefulsets", "daemonsets", "rollouts.argoproj.io":
		s.Workloads = exchange(s.Workloads, from.Workloads, func(w *WorkloadState) bool { return plural(w.Kind) == short })
	default:
		if group == "" {
			return false
		}
		s.Customs = exchange(s.Customs, from.Customs, func(c *Custom) bool { return c.Group == group && plural(c.Kind) == short })
	}
	return true
}

// exchange returns list with those for which is holds taken from another list.
func exchange[T any](list, from []T, is func(*T) bool) []T {
	out := make([]T, 0, len(list))
	for i := range list {
		if !is(&list[i]) {
			out = append(out, list[i])
		}
	}
	for i := range from {
		if is(&from[i]) {
			out = append(out, from[i])
		}
	}
	return out
}
