package kubernetes

import "slices"

// rank orders healths, worst first.
func rank(h Health) int {
	switch h {
	case Down:
		return 0
	case Degraded:
		return 1
	case Unknown:
		return 2
	case Progressing:
		return 3
	case Suspended:
		return 4
	case Healthy:
		return 5
	}
	return 6
}

func severityRank(s Severity) int {
	switch s {
	case Critical:
		return 0
	case Error:
		return 1
	case Warning:
		return 2
	}
	return 3
}

// WorstHealth returns the worst of the states in the order in which lists are
// sorted, or Unknown if there is none.
func WorstHealth(list ...Health) Health {
	worst := Health("")
	for _, h := range list {
		if h != "" && (worst == "" || rank(h) < rank(worst)) {
			worst = h
		}
	}
	if worst == "" {
		return Unknown
	}
	return worst
}

// judgement is the findings of one cluster by object.
type judgement struct {
	*evaluation
	of map[id][]int32 // indexes into found
}

func (j *judgement) has(o id, rules ...string) bool {
	for _, f := range j.of[o] {
		if slices.Contains(rules, j.found[f].Rule) {
			return true
		}
	}
	return false
}

func (j *judgement) worst(o id) Severity {
	worst := Info
	for _, f := range j.of[o] {
		if severityRank(j.found[f].Severity) < severityRank(worst) {
			worst = j.found[f].Severity
		}
	}
	return worst
}

// podHealth is the state of one pod.
func (j *judgement) podHealth(n int) Health {
	p := &j.view.Pods[n]
	switch {
	case p.Phase == "Succeeded":
		return Healthy
	case p.Phase == "Failed":
		return Down
	case j.has(id(n), "pod-not-ready", "pod-readiness-gate") && p.Deleted == 0:
		return Degraded
	case p.Deleted > 0:
		return Progressing
	case j.bad[int32(n)]:
		if j.has(id(n), "container-oom-killed") && conditionIs(p.Conditions, "Ready", "True") {
			return Degraded
		}
		return Down
	case conditionIs(p.Conditions, "Ready", "True"):
		return Healthy
	case conditionIs(p.Conditions, "Ready", "Unknown"):
		return Down
	}
	return Progressing
}

// workloadHealth is the state of one workload in one cluster.
func (j *judgement) workloadHealth(o id) Health {
	k, n := j.view.split(o)
	switch k {
	case workloadKind:
		w := &j.view.Workloads[n]
		switch {
		case w.Want == 0:
			return Suspended
		case j.has(o, "workload-unavailable"):
			return Down
		case j.has(o, "rollout-stuck", "replica-create-failed", "workload-degraded", "rollout-degraded"):
			return Degraded
		case !w.observed() || w.Available < w.Want:
			return Progressing
		case w.Kind == "Rollout":
			if w.Phase == "Paused" || w.Phase == "Progressing" {
				return Progressing
			}
			return Healthy
		case w.Paused:
			return Healthy
		case w.rolling():
			return Progressing
		}
		return Healthy
	case jobKind:
		job := &j.view.Jobs[n]
		switch {
		case conditionIs(job.Conditions, "Failed", "True"):
			if j.worst(o) == Error {
				return Degraded
			}
			return Healthy
		case job.Suspended && !job.finished():
			return Suspended
		}
		return Healthy // done, or at work: that is no rollout
	case cronJobKind:
		c := &j.view.CronJobs[n]
		switch {
		case c.Suspended:
			return Suspended
		case j.has(o, "cronjob-last-failed"):
			return Degraded
		}
		return Healthy
	}
	return j.podsHealth(j.view.pods[o])
}

// podsHealth is the state of pods without a workload that tells more.
func (j *judgement) podsHealth(pods []int32) Health {
	counts := map[Health]int{}
	for _, p := range pods {
		if ph := j.view.Pods[p].Phase; ph == "Succeeded" || ph == "Failed" && j.view.Pods[p].Owner.Name != "" {
			continue // a leftover, which its controller has replaced
		}
		counts[j.podHealth(int(p))]++
	}
	switch {
	case len(counts) == 0:
		return Suspended
	case counts[Down]+counts[Degraded] > 0 && counts[Healthy]+counts[Progressing]+counts[Degraded] == 0:
		return Down
	case counts[Down]+counts[Degraded] > 0:
		return Degraded
	case counts[Progressing] > 0:
		return Progressing
	}
	return Healthy
}

// objectHealth is the state of any other object, by what was found on it.
func (j *judgement) objectHealth(o id) Health {
	switch j.worst(o) {
	case Critical, Error:
		return Down
	case Warning:
		return Degraded
	}
	return Healthy
}

// overClusters rolls the states of one role in several clusters up.
func overClusters(list []Health) Health {
	known := 0
	counts := map[Health]int{}
	for _, h := range list {
		if h != Unknown && h != "" {
			known++
		}
		counts[h]++
	}
	switch {
	case known == 0:
		return Unknown
	case counts[Down] == known:
		return Down
	case counts[Down]+counts[Degraded] > 0:
		return Degraded
	case counts[Progressing] > 0:
		return Progressing
	case counts[Healthy] > 0:
		return Healthy
	}
	return Suspended
}

// Standalone findings are those on other things than pods and workloads; one
// with an error makes a healthy service degraded.
func standalone(kind string) bool {
	switch kind {
	case "Pod", "Deployment", "StatefulSet", "DaemonSet", "Rollout", "ReplicaSet", "Job", "CronJob":
		return false
	}
	return true
}
