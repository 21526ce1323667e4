package kubernetes

import (
	"fmt"
	"strings"
)

// workloadCase is one workload with what its pods tell.
type workloadCase struct {
	v     *view
	o     id
	w     *WorkloadState
	pods  []int32
	stuck bool // its rollout is stuck
}

// unreadySince is the earliest moment at which a pod of the workload that is
// not ready became so, or 0.
func (c *workloadCase) unreadySince() Time {
	var t Time
	for _, n := range c.pods {
		p := &c.v.Pods[n]
		if p.Deleted > 0 {
			continue
		}
		s := p.unreadySince()
		if s == 0 && p.Phase == "Pending" {
			s = p.Created
		}
		if s > 0 && (t == 0 || s < t) {
			t = s
		}
	}
	return t
}

// since is how long the workload has been short of pods: for a Deployment when
// it became unavailable, for others when its first pod became unready, else as
// long as it exists.
func (c *workloadCase) since() Time {
	if k := condition(c.w.Conditions, "Available"); k != nil && c.w.Kind != "StatefulSet" && c.w.Kind != "DaemonSet" {
		if k.Status == "False" {
			return k.Since
		}
	}
	if t := c.unreadySince(); t > 0 {
		return t
	}
	return c.w.Created
}

// complete reports whether every wanted pod is of the newest revision.
func (w *WorkloadState) complete() bool {
	return w.observed() && w.Updated >= w.Want && w.Replicas <= w.Want
}

func (w *WorkloadState) observed() bool { return w.Observed == 0 || w.Observed >= w.Generation }

// rolling reports whether pods of a StatefulSet or DaemonSet are still to be
// replaced by its controller.
func (w *WorkloadState) rolling() bool {
	if w.Strategy == "OnDelete" {
		return false
	}
	switch w.Kind {
	case "StatefulSet":
		return w.NewRevision != "" && w.OldRevision != w.NewRevision && w.Updated < w.Want-w.Partition
	case "DaemonSet":
		return w.Updated < w.Want
	}
	return !w.complete()
}

func (c *workloadCase) podsCommand() string {
	words := []string{"get", "pods"}
	if s := c.w.Selector.text(); s != "" {
		words = append(words, "-l", s)
	}
	return c.v.kubectl(c.w.Namespace, words...)
}

// text writes a selection as kubectl reads it.
func (s *Selection) text() string {
	if s == nil {
		return ""
	}
	var parts []string
	for _, r := range s.Requirements {
		switch {
		case r.Op == "In" && len(r.Values) == 1:
			parts = append(parts, r.Key+"="+r.Values[0])
		case r.Op == "In":
			parts = append(parts, r.Key+" in ("+strings.Join(r.Values, ",")+")")
		case r.Op == "NotIn":
			parts = append(parts, r.Key+" notin ("+strings.Join(r.Values, ",")+")")
		case r.Op == "Exists":
			parts = append(parts, r.Key)
		case r.Op == "DoesNotExist":
			parts = append(parts, "!"+r.Key)
		}
	}
	return strings.Join(parts, ",")
}

// resourceName is how kubectl names a workload: deployment/web.
func resourceName(kind, name string) string {
	return strings.ToLower(kind) + "/" + name
}

func (w *WorkloadState) deadline() bool {
	k := condition(w.Conditions, "Progressing")
	return w.Kind == "Deployment" && k != nil && k.Status == "False" && k.Reason == "ProgressDeadlineExceeded"
}

var workloadRules = []*Rule{
	{
		ID: "workload-unavailable", Title: "Nothing of a workload is running", Severity: Critical, Category: Fault,
		Condition: "Pods are wanted and none is available, for more than 5 min or with a stuck rollout.",
		Why:       "Nobody is served by it in this cluster.",
		Fix:       "Open what explains it: the findings on its pods. If a new version brought it, roll back.",
		workload: func(c *workloadCase) *verdict {
			if c.w.Want <= 0 || c.w.Available > 0 {
				return nil
			}
			since := c.since()
			if c.v.age(since) <= seconds(c.v.limit.StartGrace) && !c.stuck {
				return nil
			}
			return &verdict{since: since, title: fmt.Sprintf("Nothing is running: 0 of %d", c.w.Want),
				text:     fmt.Sprintf("%d %s wanted and none is available.", c.w.Want, isAre(c.w.Want, "pod")),
				commands: []string{c.podsCommand(), c.v.kubectl(c.w.Namespace, "describe", resourceName(c.w.Kind, c.w.Name))}}
		},
	},
	{
		ID: "workload-degraded", Title: "Fewer pods than wanted are available", Severity: Error, Category: Fault,
		Condition: "Some but not all wanted pods are available. A Deployment with Available=False for more than 5 min: error; with a complete rollout and pods that have been unready for more than 5 min: warning. A StatefulSet or DaemonSet that does not roll, for more than 5 min: half or less: error, else warning.",
		Why:       "The rest carries the load; another failure may take the service down.",
		Fix:       "Open what explains it: the findings on its pods.",
		workload: func(c *workloadCase) *verdict {
			w := c.w
			if w.Want <= 0 || w.Available <= 0 || w.Available >= w.Want {
				return nil
			}
			severity, since, grace := Warning, c.since(), seconds(c.v.limit.StartGrace)
			switch w.Kind {
			case "StatefulSet", "DaemonSet":
				if w.rolling() || c.v.age(since) <= grace {
					return nil
				}
				if 2*w.Available <= w.Want {
					severity = Error
				}
			default:
				k := condition(w.Conditions, "Available")
				switch {
				case k != nil && k.Status == "False" && c.v.age(k.Since) > grace:
					severity = Error
				case k != nil && k.Status == "False":
					return nil
				case !w.complete():
					return nil
				default:
					// The pods tell how long; without them the numbers stand alone.
					if t := c.unreadySince(); t > 0 && c.v.age(t) <= grace {
						return nil
					}
					since = c.unreadySince()
				}
			}
			return &verdict{severity: severity, since: since, title: fmt.Sprintf("%d of %d available", w.Available, w.Want),
				text:     fmt.Sprintf("%d %s not available.", w.Want-w.Available, isAre(w.Want-w.Available, "pod")),
				commands: []string{c.podsCommand(), c.v.kubectl(w.Namespace, "describe", resourceName(w.Kind, w.Name))}}
		},
	},
	{
		ID: "rollout-stuck", Title: "A new version does not come up", Severity: Error, Category: Fault,
		Condition: "Deployment: Progressing=False with the reason ProgressDeadlineExceeded. StatefulSet with the strategy RollingUpdate: fewer pods than wanted have the new revision (partition considered), and one of them has an error.",
		Why:       "The old version may still serve, but nothing new gets through.",
		Fix:       "Find out why the new pods do not become ready, or go back to the version before.",
		Docs:      "https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#failed-deployment",
		workload: func(c *workloadCase) *verdict {
			if !c.stuck {
				return nil
			}
			w := &verdict{title: "New version does not come up", commands: []string{
				c.v.kubectl(c.w.Namespace, "rollout", "status", resourceName(c.w.Kind, c.w.Name)),
				c.v.kubectl(c.w.Namespace, "rollout", "undo", resourceName(c.w.Kind, c.w.Name)) + "  # goes back to the version before",
			}}
			if k := condition(c.w.Conditions, "Progressing"); k != nil && k.Status == "False" {
				w.since, w.says = k.Since, k.Message
			} else {
				w.since = c.unreadySince()
			}
			switch {
			case c.w.Available <= 0:
				w.text = fmt.Sprintf("%d of %d pods have the new version, and none serves.", c.w.Updated, c.w.Want)
			case c.w.Updated < c.w.Want:
				w.text = fmt.Sprintf("%d of %d pods have the new version; the old one still serves.", c.w.Updated, c.w.Want)
			default:
				w.text = fmt.Sprintf("The new pods do not become ready; %d of %d are available.", c.w.Available, c.w.Want)
			}
			return w
		},
	},
	{
		ID: "replica-create-failed", Title: "New pods are refused", Severity: Error, Category: Fault,
		Condition: "A Deployment or one of its ReplicaSets has ReplicaFailure=True. The cause is quota or admission where the message tells.",
		Why:       "The API server does not accept the pods, so the workload cannot grow or roll.",
		Fix:       "Raise the quota or ask for less; or look at what the admission policy objects to.",
		workload: func(c *workloadCase) *verdict {
			k := condition(c.w.Conditions, "ReplicaFailure")
			if k == nil || k.Status != "True" {
				k = c.replicaSetFailure()
			}
			if k == nil {
				return nil
			}
			cause, text := "", "The API server refuses them."
			m := strings.ToLower(k.Message)
			switch {
			case strings.Contains(m, "exceeded quota") || strings.Contains(m, "must specify limits") || strings.Contains(m, "failed quota"):
				cause, text = "quota", "The quota of the namespace does not allow them."
			case containsAny(m, "admission", "denied the request", "violates podsecurity", "denied by"):
				cause, text = "admission", "A policy of the cluster does not allow them."
			}
			w := &verdict{cause: cause, since: k.Since, title: "New pods are refused", text: text, says: k.Message,
				commands: []string{c.v.kubectl(c.w.Namespace, "describe", resourceName(c.w.Kind, c.w.Name))}}
			if cause == "quota" {
				w.commands = append(w.commands, c.v.kubectl(c.w.Namespace, "describe", "quota"))
			}
			return w
		},
	},
	{
		ID: "workload-condition", Title: "A condition of a workload is False", Severity: Warning, Category: Fault,
		Condition: "A condition that no other rule knows is False and has a message. The cause is its type.",
		Why:       "Some controller says that something about this workload is not as it should be.",
		Fix:       "Read the message and ask the controller that sets the condition.",
		workload: func(c *workloadCase) *verdict {
			if c.w.Kind == "Rollout" { // its conditions are False in ordinary states
				return nil
			}
			for i := range c.w.Conditions {
				k := &c.w.Conditions[i]
				if k.Status != "False" || k.Message == "" {
					continue
				}
				switch k.Type {
				case "ReplicaFailure":
					continue
				case "Available": // short of pods: other rules say so, unless numbers and condition disagree
					if c.w.Want <= 0 || c.w.Available < c.w.Want || c.v.age(k.Since) <= seconds(c.v.limit.StartGrace) {
						continue
					}
				case "Progressing":
					if c.w.deadline() || c.w.Paused {
						continue
					}
					if f := condition(c.w.Conditions, "ReplicaFailure"); f != nil && f.Status == "True" {
						continue
					}
				}
				return &verdict{cause: k.Type, since: k.Since, title: fmt.Sprintf("%s is False", k.Type), text: reasonText(k), says: k.Message,
					commands: []string{c.v.kubectl(c.w.Namespace, "describe", resourceName(c.w.Kind, c.w.Name))}}
			}
			return nil
		},
	},
	{
		ID: "rollout-paused", Title: "A rollout is paused", Severity: Info, Category: State,
		Condition: "spec.paused of a Deployment, or the phase Paused of a Rollout; a Rollout that has been paused for more than 24 h: warning.",
		Why:       "Changes do not get through until somebody resumes it.",
		Fix:       "Resume it when the pause has done its work.",
		workload: func(c *workloadCase) *verdict {
			w := &verdict{title: "Rollout is paused"}
			switch {
			case c.w.Kind == "Rollout" && c.w.Phase == "Paused":
				w.since = c.w.PausedSince
				if c.v.age(w.since) > seconds(c.v.limit.RestartWindow) {
					w.severity = Warning
				}
				w.text = "It waits for a decision."
				if c.w.Steps > 0 {
					w.text = fmt.Sprintf("It waits for a decision at step %d of %d.", min(c.w.Step+1, c.w.Steps), c.w.Steps)
				}
				w.commands = []string{c.v.kubectl(c.w.Namespace, "argo", "rollouts", "promote", c.w.Name)}
			case c.w.Kind == "Deployment" && c.w.Paused:
				if k := condition(c.w.Conditions, "Progressing"); k != nil && k.Reason == "DeploymentPaused" {
					w.since = k.Since
				}
				w.commands = []string{c.v.kubectl(c.w.Namespace, "rollout", "resume", resourceName(c.w.Kind, c.w.Name))}
			default:
				return nil
			}
			return w
		},
	},
	{
		ID: "scaled-to-zero", Title: "A workload is scaled to zero", Severity: Info, Category: State,
		Condition: "No pod is wanted.",
		Why:       "It is switched off on purpose: nothing runs, and nothing is broken.",
		Fix:       "Nothing, if that is meant.",
		workload: func(c *workloadCase) *verdict {
			if c.w.Want != 0 || c.w.Kind == "DaemonSet" {
				return nil
			}
			return &verdict{title: "Scaled to zero"}
		},
	},
	{
		ID: "spec-not-observed", Title: "The controller does not act on the last change", Severity: Warning, Category: Fault,
		Condition: "The generation is ahead of the observed one in two snapshots that are at least 5 min apart.",
		Why:       "What was deployed last has no effect.",
		Fix:       "Ask the owner of the cluster: the controller is down or overloaded.",
		workload: func(c *workloadCase) *verdict {
			old := c.v.before
			if c.w.observed() || old == nil || c.v.now-moment(old.TakenAt) < Time(seconds(c.v.limit.StartGrace)) {
				return nil
			}
			was := old.workload(c.w.Kind, c.w.Namespace, c.w.Name)
			if was == nil || was.observed() || was.Generation > c.w.Generation || was.Observed != c.w.Observed {
				return nil
			}
			return &verdict{since: moment(old.TakenAt), title: "The controller does not act on the last change",
				text: fmt.Sprintf("Generation %d was asked for, %d is the last that the controller has seen.", c.w.Generation, c.w.Observed)}
		},
	},
	{
		ID: "daemonset-no-nodes", Title: "No node matches a DaemonSet", Severity: Info, Category: State,
		Condition: "No node is to run it.",
		Why:       "Usually the node selector is wrong, or the nodes that it is for do not exist here.",
		Fix:       "Check nodeSelector and affinity.",
		workload: func(c *workloadCase) *verdict {
			if c.w.Kind != "DaemonSet" || c.w.Want != 0 {
				return nil
			}
			return &verdict{title: "No node matches", commands: []string{c.v.kubectl(c.w.Namespace, "describe", resourceName(c.w.Kind, c.w.Name))}}
		},
	},
	{
		ID: "daemonset-misscheduled", Title: "A DaemonSet runs where it should not", Severity: Info, Category: State,
		Condition: "Pods run on nodes that it is not for.",
		Why:       "Labels or taints of nodes were changed after the pods had started.",
		Fix:       "Nothing, usually; the pods can be deleted.",
		workload: func(c *workloadCase) *verdict {
			if c.w.Kind != "DaemonSet" || c.w.Misscheduled <= 0 {
				return nil
			}
			return &verdict{title: "Runs where it should not", text: fmt.Sprintf("%d %s on a node that it is not for.", c.w.Misscheduled, isAre(c.w.Misscheduled, "pod"))}
		},
	},
	{
		ID: "rollout-degraded", Title: "A rollout was aborted or has failed", Severity: Error, Category: Fault,
		Condition: "An Argo Rollout is aborted (cause aborted) or in the phase Degraded.",
		Why:       "The new version was taken back or does not come up.",
		Fix:       "Look at the analysis that failed, then retry or undo.",
		Docs:      "https://argo-rollouts.readthedocs.io/en/stable/generated/kubectl-argo-rollouts/kubectl-argo-rollouts_get_rollout/",
		workload: func(c *workloadCase) *verdict {
			if c.w.Kind != "Rollout" || !c.w.Aborted && c.w.Phase != "Degraded" {
				return nil
			}
			w := &verdict{title: "Rollout has failed", text: "The new version does not come up.", says: c.w.Message,
				commands: []string{"kubectl argo rollouts --context " + quote(c.v.Info.context()) + " -n " + quote(c.w.Namespace) + " get rollout " + quote(c.w.Name)}}
			if k := condition(c.w.Conditions, "Progressing"); k != nil && k.Status == "False" {
				w.since = k.Since
			}
			if c.w.Aborted {
				w.cause, w.title, w.text = "aborted", "Rollout was aborted", "It went back to the version before."
			}
			return w
		},
	},
}

func isAre[N ~int | ~int32](n N, word string) string {
	if n == 1 {
		return word + " is"
	}
	return word + "s are"
}

func reasonText(k *Condition) string {
	if k.Reason == "" {
		return "No reason is given."
	}
	return fmt.Sprintf("The reason is %s.", k.Reason)
}

// replicaSetFailure returns the failing condition of one of its ReplicaSets.
func (c *workloadCase) replicaSetFailure() *Condition {
	for _, o := range c.v.next[c.o] {
		if k, n := c.v.split(o); k == replicaSetKind && c.v.parent[o] == c.o {
			if f := condition(c.v.ReplicaSets[n].Conditions, "ReplicaFailure"); f != nil && f.Status == "True" {
				return f
			}
		}
	}
	return nil
}

// workload returns the workload of that name, or nil.
func (s *Snapshot) workload(kind, namespace, name string) *WorkloadState {
	for i := range s.Workloads {
		if w := &s.Workloads[i]; w.Name == name && w.Namespace == namespace && w.Kind == kind {
			return w
		}
	}
	return nil
}

// workload judges a workload. Its pods were judged before.
func (e *evaluation) workload(n int) {
	v := e.view
	o := v.base[workloadKind] + id(n)
	c := workloadCase{v: v, o: o, w: &v.Workloads[n], pods: v.pods[o]}
	c.stuck = c.w.deadline()
	if c.w.Kind == "StatefulSet" && c.w.Strategy != "OnDelete" && c.w.rolling() {
		for _, p := range c.pods {
			if v.Pods[p].Labels.value("controller-revision-hash") == c.w.NewRevision && e.bad[p] {
				c.stuck = true
			}
		}
	}
	if c.stuck {
		e.stuck[o] = true
	}
	for _, r := range workloadRules {
		e.report(r, o, r.workload(&c))
	}
}
