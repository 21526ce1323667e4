package kubernetes

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// containerCase is one container of one pod.
type containerCase struct {
	v    *view
	p    *PodState
	k    *Container
	init bool // it is among the init containers
}

// verdict fills in what findings on containers share.
func (c *containerCase) verdict(cause, title, text string, since Time) *verdict {
	return &verdict{container: c.k.Spec.Name, init: c.init, cause: cause, title: title, text: text, since: since}
}

func (c *containerCase) describe() string {
	return c.v.kubectl(c.p.Namespace, "describe", "pod", c.p.Name)
}

func (c *containerCase) logs(more ...string) string {
	return c.v.kubectl(c.p.Namespace, append([]string{"logs", c.p.Name, "-c", c.k.Spec.Name}, more...)...)
}

func (c *containerCase) waits(reasons ...string) bool {
	return c.k.State.Kind == waiting && slices.Contains(reasons, c.k.State.Reason)
}

// ofJob reports whether a Job owns the pod.
func (p *PodState) ofJob() bool { return p.Owner.Kind == "Job" }

// waitingSince is when the container's present trouble began, as far as the
// pod tells: when the pod became unready, else the container's last end.
func (c *containerCase) waitingSince() Time {
	if t := c.p.unreadySince(); t > 0 {
		return t
	}
	return c.k.last().Finished
}

// unreadySince is when the pod became unready; 0 if it is ready or does not say.
func (p *PodState) unreadySince() Time {
	if r := condition(p.Conditions, "Ready"); r != nil && r.Status == "False" {
		return r.Since
	}
	return 0
}

var (
	imagePullReasons   = []string{"ErrImagePull", "ImagePullBackOff", "ErrImageNeverPull", "RegistryUnavailable", "ImageInspectError", "SignatureValidationFailed"}
	createErrorReasons = []string{"CreateContainerError", "RunContainerError", "PreCreateHookError", "PreStartHookError", "PostStartHookError", "StartError", "ContainerCannotRun"}

	code429 = regexp.MustCompile(`\b429\b`)
	code40x = regexp.MustCompile(`\b40[13]\b`)
	code404 = regexp.MustCompile(`\b404\b`)
)

func containsAny(s string, list ...string) bool {
	for _, x := range list {
		if strings.Contains(s, x) {
			return true
		}
	}
	return false
}

// pullCause reads the cause out of the message of a failed pull.
func pullCause(reason, message string) string {
	m := strings.ToLower(message)
	switch {
	case code429.MatchString(m) || containsAny(m, "toomanyrequests", "too many requests", "rate limit"):
		return "rate-limited"
	case code40x.MatchString(m) || containsAny(m, "denied", "unauthorized", "forbidden", "authentication required", "no basic auth", "insufficient_scope"):
		return "unauthorized"
	case code404.MatchString(m) || containsAny(m, "not found", "manifest unknown", "name unknown", "manifest_unknown", "does not exist", "no matching manifest"):
		return "not-found"
	case containsAny(m, "timeout", "timed out", "no such host", "deadline exceeded", "connection refused", "connection reset", "no route to host", "x509", "certificate", "tls:", "tls handshake", "server misbehaving", "network is unreachable", "dial tcp", "eof") || reason == "RegistryUnavailable":
		return "registry-unreachable"
	case reason == "ErrImageNeverPull":
		return "never-pull"
	}
	return "unknown"
}

// configCause reads the cause out of the message of an incomplete configuration.
func configCause(message string) string {
	m := strings.ToLower(message)
	switch {
	case strings.Contains(m, "find key") && strings.Contains(m, "configmap"):
		return "configmap-key-missing"
	case strings.Contains(m, "find key") && strings.Contains(m, "secret"):
		return "secret-key-missing"
	case containsAny(m, "runasnonroot", "run as root", "non-numeric user"):
		return "runs-as-root"
	case strings.Contains(m, "not found") && strings.Contains(m, "configmap"):
		return "configmap-missing"
	case strings.Contains(m, "not found") && strings.Contains(m, "secret"):
		return "secret-missing"
	}
	return "unknown"
}

func createCause(reason, message string) string {
	m := strings.ToLower(message)
	switch {
	case strings.HasSuffix(reason, "HookError"):
		return "hook-failed"
	case strings.Contains(m, "permission denied"):
		return "permission-denied"
	case containsAny(m, "executable file not found", "no such file or directory", "not found in $path"):
		return "executable-not-found"
	case strings.Contains(m, "hook"):
		return "hook-failed"
	}
	return ""
}

// exitCause names the way in which a container ended.
func exitCause(s *ContainerState) string {
	switch {
	case s.Kind != terminated:
		return ""
	case s.Reason == "OOMKilled":
		return "oom-killed"
	case s.Exit == 137:
		return "sigkill"
	case s.Exit == 139:
		return "segfault"
	}
	return fmt.Sprintf("exit-%d", s.Exit)
}

// exitWords says what an exit cause means.
func exitWords(cause string) string {
	switch cause {
	case "":
		return "How it ended is not known."
	case "exit-0":
		return "It ended by itself and without an error: the program does not keep running."
	case "exit-126", "exit-127":
		return "Its entrypoint cannot be run: the file is missing or not executable."
	case "sigkill":
		return "It was killed (exit code 137) and not for its memory: look at the liveness probe and the node."
	case "segfault":
		return "It crashed with a memory fault (exit code 139)."
	case "exit-143":
		return "It was asked to stop (exit code 143): look at the liveness probe."
	case "oom-killed":
		return "It needed more memory than its limit."
	}
	return "It ended with exit code " + strings.TrimPrefix(cause, "exit-") + "."
}

var containerRules = []*Rule{
	{
		ID: "image-pull-failed", Title: "An image cannot be pulled", Severity: Error, Category: Fault,
		Condition: "A container waits with the reason ErrImagePull, ImagePullBackOff, ErrImageNeverPull, RegistryUnavailable, ImageInspectError or SignatureValidationFailed. The cause is read from the message: rate-limited, unauthorized, not-found, registry-unreachable, never-pull or unknown.",
		Why:       "The container cannot start until its image is there.",
		Fix:       "Check that the tag exists (not-found), the pull secret (unauthorized), a mirror or higher limit (rate-limited), or the way to the registry (registry-unreachable).",
		Docs:      "https://kubernetes.io/docs/concepts/containers/images/#imagepullbackoff",
		container: func(c *containerCase) *verdict {
			if !c.waits(imagePullReasons...) {
				return nil
			}
			cause := pullCause(c.k.State.Reason, c.k.State.Message)
			text := map[string]string{
				"rate-limited":         "The registry limits how often it may be asked. Use a mirror or an account with a higher limit.",
				"unauthorized":         "The registry refuses access. Check the pull secret and whether the repository exists.",
				"not-found":            "The registry does not have this tag. Check the tag and that the build has pushed it.",
				"registry-unreachable": "The registry cannot be reached from the node. Check its name, the network and its certificate.",
				"never-pull":           "The pull policy is Never and the node does not have the image.",
				"unknown":              "The cluster does not say why.",
			}[cause]
			w := c.verdict(cause, fmt.Sprintf("Image of %s cannot be pulled", c.k.Spec.Name), fmt.Sprintf("Image %s: %s", c.k.Spec.Image, text), c.waitingSince())
			w.says, w.commands = c.k.State.Message, []string{c.describe()}
			return w
		},
	},
	{
		ID: "image-name-invalid", Title: "The name of an image is not valid", Severity: Error, Category: Fault,
		Condition: "A container waits with the reason InvalidImageName.",
		Why:       "The name is no legal reference of an image, so nothing can be pulled.",
		Fix:       "Look for upper case letters, blanks, or a variable that was not filled in.",
		Docs:      "https://kubernetes.io/docs/concepts/containers/images/#image-names",
		container: func(c *containerCase) *verdict {
			if !c.waits("InvalidImageName") {
				return nil
			}
			w := c.verdict("", fmt.Sprintf("Image name of %s is not valid", c.k.Spec.Name),
				fmt.Sprintf("%q is no legal reference of an image. Often it has upper case letters, or a variable was not filled in.", c.k.Spec.Image), c.waitingSince())
			w.says = c.k.State.Message
			w.commands = []string{c.v.kubectl(c.p.Namespace, "get", "pod", c.p.Name, "-o", "jsonpath={..image}")}
			return w
		},
	},
	{
		ID: "container-config-error", Title: "The configuration of a container is incomplete", Severity: Error, Category: Fault,
		Condition: "A container waits with the reason CreateContainerConfigError. The cause is read from the message: secret-missing, configmap-missing, secret-key-missing, configmap-key-missing, runs-as-root or unknown.",
		Why:       "The container is not created until what it refers to is there.",
		Fix:       "Create the missing Secret, ConfigMap or key, or correct the name. For runs-as-root set runAsUser or build the image with a numeric user.",
		Docs:      "https://kubernetes.io/docs/tasks/configure-pod-container/configure-pod-configmap/",
		container: func(c *containerCase) *verdict {
			if !c.waits("CreateContainerConfigError") {
				return nil
			}
			cause := configCause(c.k.State.Message)
			text := map[string]string{
				"secret-missing":        "A Secret that it refers to does not exist.",
				"configmap-missing":     "A ConfigMap that it refers to does not exist.",
				"secret-key-missing":    "A Secret does not have the key that it refers to.",
				"configmap-key-missing": "A ConfigMap does not have the key that it refers to.",
				"runs-as-root":          "It must not run as root and its image does. Set runAsUser.",
				"unknown":               "Something that it refers to is missing or not allowed.",
			}[cause]
			w := c.verdict(cause, fmt.Sprintf("Configuration of %s is incomplete", c.k.Spec.Name), text, c.waitingSince())
			w.says = c.k.State.Message
			w.commands = []string{c.describe()}
			if cause != "runs-as-root" {
				w.commands = append(w.commands, c.v.kubectl(c.p.Namespace, "get", "configmap,secret", "-o", "name"))
			}
			return w
		},
	},
	{
		ID: "container-create-error", Title: "A container cannot be started", Severity: Error, Category: Fault,
		Condition: "A container waits with the reason CreateContainerError, RunContainerError, PreCreateHookError, PreStartHookError, PostStartHookError, StartError or ContainerCannotRun. The cause is executable-not-found, permission-denied or hook-failed where the message tells.",
		Why:       "The runtime cannot start the program, so the pod does not run.",
		Fix:       "Check the command against the image, file permissions, mounts, and lifecycle hooks.",
		container: func(c *containerCase) *verdict {
			if !c.waits(createErrorReasons...) {
				return nil
			}
			cause := createCause(c.k.State.Reason, c.k.State.Message)
			text := map[string]string{
				"executable-not-found": "The program that it should run is not in the image.",
				"permission-denied":    "The program may not be run, or may not reach a file.",
				"hook-failed":          "A lifecycle hook failed.",
				"":                     "The container runtime refuses to start it.",
			}[cause]
			w := c.verdict(cause, fmt.Sprintf("%s cannot be started", c.k.Spec.Name), text, c.waitingSince())
			w.says, w.commands = c.k.State.Message, []string{c.describe()}
			return w
		},
	},
	{
		ID: "container-oom-killed", Title: "A container ran out of memory", Severity: Error, Category: Fault,
		Condition: "A container is in CrashLoopBackOff after OOMKilled (cause looping), is terminated with OOMKilled, or was so within 1 h: error. Within 24 h: warning. Older: nothing.",
		Why:       "It needed more memory than its limit and was killed; work in progress is lost.",
		Fix:       "Raise the limit, or bound what the program uses.",
		Docs:      "https://kubernetes.io/docs/tasks/configure-pod-container/assign-memory-resource/",
		container: func(c *containerCase) *verdict {
			severity, cause, when := Error, "", c.k.last().Finished
			switch {
			case c.waits("CrashLoopBackOff") && c.k.last().Reason == "OOMKilled":
				cause = "looping"
			case c.k.State.Kind == terminated && c.k.State.Reason == "OOMKilled":
				when = c.k.State.Finished
				if c.p.Phase == "Failed" && c.v.age(when) > seconds(c.v.limit.RestartWindow) {
					return nil // a leftover
				}
			case c.k.last().Kind == terminated && c.k.last().Reason == "OOMKilled" && when > 0 && c.v.age(when) <= seconds(c.v.limit.RecentRestart):
			case c.k.last().Kind == terminated && c.k.last().Reason == "OOMKilled" && when > 0 && c.v.age(when) <= seconds(c.v.limit.RestartWindow):
				severity = Warning
			default:
				return nil
			}
			title := fmt.Sprintf("%s ran out of memory", c.k.Spec.Name)
			if cause == "looping" {
				title = fmt.Sprintf("%s runs out of memory again and again", c.k.Spec.Name)
			}
			text := "It has no memory limit: the node ran out of memory."
			if c.k.Spec.MemLimit > 0 {
				text = fmt.Sprintf("Its limit is %s.", bytesText(c.k.Spec.MemLimit))
			}
			if u, ok := c.v.memory(c.p, c.k.Spec.Name); ok {
				text += fmt.Sprintf(" It was last seen using %s.", bytesText(u))
			}
			text += " Raise the limit or bound what the program uses."
			w := c.verdict(cause, title, text, when)
			w.severity = severity
			w.commands = []string{
				c.v.kubectl(c.p.Namespace, "top", "pod", c.p.Name, "--containers"),
				c.logs("--previous"),
			}
			return w
		},
	},
	{
		ID: "container-crash-loop", Title: "A container crashes again and again", Severity: Error, Category: Fault,
		Condition: "A container waits with the reason CrashLoopBackOff and did not run out of memory. The cause comes from its last exit: exit-0, exit-N, exit-126 or exit-127 (the entrypoint cannot run), sigkill (137), segfault (139), exit-143.",
		Why:       "It is started with ever longer pauses and does not serve in between.",
		Fix:       "Read the last lines of the run before. If a new version brought it, roll back.",
		Docs:      "https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#restart-policy",
		container: func(c *containerCase) *verdict {
			if !c.waits("CrashLoopBackOff") {
				return nil
			}
			cause := exitCause(c.k.last())
			w := c.verdict(cause, fmt.Sprintf("%s crashes again and again", c.k.Spec.Name),
				fmt.Sprintf("%s It was restarted %s.", exitWords(cause), plural(c.k.Restarts, "time")), c.waitingSince())
			w.commands = []string{c.logs("--previous", "--tail=200")}
			return w
		},
	},
	{
		ID: "container-exited", Title: "A container has just exited", Severity: Error, Category: Fault,
		Condition: "A container is terminated with an exit code other than 0, its pod is Running or Pending, and no Job owns the pod.",
		Why:       "It is between its exit and the next start; if it goes on, it will be a crash loop.",
		Fix:       "Read its last lines.",
		container: func(c *containerCase) *verdict {
			if c.k.State.Kind != terminated || c.k.State.Exit == 0 || c.p.ofJob() || c.p.Phase != "Running" && c.p.Phase != "Pending" {
				return nil
			}
			cause := exitCause(&c.k.State)
			w := c.verdict(cause, fmt.Sprintf("%s has just exited", c.k.Spec.Name), exitWords(cause), c.k.State.Finished)
			w.commands = []string{c.logs()}
			return w
		},
	},
	{
		ID: "container-waiting", Title: "A container is waiting", Severity: Warning, Category: Fault,
		Condition: "A container waits with a message and a reason that no other rule knows.",
		Why:       "Something keeps it from starting; the cluster's own words are all that is known.",
		Fix:       "Describe the pod and read its events.",
		container: func(c *containerCase) *verdict {
			if c.k.State.Kind != waiting || c.k.State.Message == "" {
				return nil
			}
			reason := c.k.State.Reason
			if reason == "" {
				reason = "no reason given"
			}
			w := c.verdict("", fmt.Sprintf("%s is waiting: %s", c.k.Spec.Name, reason), "The cluster gives a reason that is not among the known ones.", c.waitingSince())
			w.says, w.commands = c.k.State.Message, []string{c.describe()}
			return w
		},
	},
	{
		ID: "container-restarts", Title: "A container was restarted", Severity: Warning, Category: Fault,
		Condition: "A container runs, was restarted, and its last end was within 1 h: warning; within 24 h: info. Older or unknown: nothing.",
		Why:       "Each restart drops what was being served.",
		Fix:       "Read the last lines of the run before.",
		container: func(c *containerCase) *verdict {
			if c.k.State.Kind != running || c.k.Restarts <= 0 || c.k.last().Kind != terminated || c.k.last().Finished == 0 {
				return nil
			}
			age, severity := c.v.age(c.k.last().Finished), Warning
			switch {
			case age > seconds(c.v.limit.RestartWindow):
				return nil
			case age > seconds(c.v.limit.RecentRestart):
				severity = Info
			}
			cause := exitCause(c.k.last())
			w := c.verdict(cause, fmt.Sprintf("%s was restarted %s, last %s ago", c.k.Spec.Name, plural(c.k.Restarts, "time"), ago(age)), exitWords(cause), c.k.last().Finished)
			w.severity = severity
			w.commands = []string{c.logs("--previous")}
			return w
		},
	},
}

// memory returns what a container used in the last sample.
func (v *view) memory(p *PodState, container string) (int64, bool) {
	i, ok := v.usage[nameKey{"", p.Namespace, p.Name}]
	if !ok {
		return 0, false
	}
	for _, k := range v.Usage[i].Containers {
		if k.Name == container {
			return k.Mem, true
		}
	}
	return 0, false
}

// podCase is one pod, after its containers were judged.
type podCase struct {
	v      *view
	p      *PodState
	broken bool // a container has a finding of severity error
}

func (c *podCase) describe() []string {
	return []string{c.v.kubectl(c.p.Namespace, "describe", "pod", c.p.Name)}
}

// failedAt is when a Failed pod ended, as far as it tells.
func (p *PodState) failedAt() Time {
	var t Time
	for _, list := range [][]Container{p.Inits, p.Containers} {
		for i := range list {
			t = max(t, list[i].State.Finished)
		}
	}
	if t > 0 {
		return t
	}
	for i := range p.Conditions {
		t = max(t, p.Conditions[i].Since)
	}
	if t > 0 {
		return t
	}
	return max(p.Started, p.Created)
}

// scheduleCause reads why the scheduler finds no node; the first that occurs.
func scheduleCause(message string) string {
	m := strings.ToLower(message)
	switch {
	case strings.Contains(m, "unbound") || strings.Contains(m, "persistentvolumeclaim") && strings.Contains(m, "not found"):
		return "unbound-volume"
	case strings.Contains(m, "insufficient cpu"):
		return "insufficient-cpu"
	case strings.Contains(m, "insufficient memory"):
		return "insufficient-memory"
	case strings.Contains(m, "taint"):
		return "taint"
	case containsAny(m, "affinity", "node selector", "topology spread"):
		return "affinity"
	}
	return ""
}

var podRules = []*Rule{
	{
		ID: "pod-not-ready", Title: "A container runs but never became ready", Severity: Error, Category: Fault,
		Condition: "A pod runs with Ready=False, and a container that runs has been unready for longer than its startup and readiness probes need to give up (delay + period × threshold each; 5 min without probes).",
		Why:       "The pod gets no traffic.",
		Fix:       "Call the readiness endpoint, read the logs, and check what the program waits for.",
		Docs:      "https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/",
		pod: func(c *podCase) *verdict {
			ready := condition(c.p.Conditions, "Ready")
			if c.broken || c.p.Phase != "Running" || ready == nil || ready.Status != "False" {
				return nil
			}
			for j, list := range [][]Container{c.p.Inits, c.p.Containers} {
				for i := range list {
					k := &list[i]
					if k.State.Kind != running || k.Ready {
						continue
					}
					budget := seconds(c.v.limit.StartGrace)
					if k.Spec.Startup != nil || k.Spec.Readiness != nil {
						budget = k.Spec.Startup.budget() + k.Spec.Readiness.budget()
					}
					since := max(k.State.Started, ready.Since)
					if since == 0 || c.v.age(since) <= budget {
						continue
					}
					title := fmt.Sprintf("%s runs but is not ready", k.Spec.Name)
					if ready.Since <= k.State.Started+1 {
						title = fmt.Sprintf("%s runs but never became ready", k.Spec.Name)
					}
					return &verdict{
						container: k.Spec.Name, init: j == 0, since: since, title: title,
						text:     fmt.Sprintf("Its readiness probe has failed for %s; the pod gets no traffic.", ago(c.v.age(since))),
						commands: append(c.describe(), c.v.kubectl(c.p.Namespace, "logs", c.p.Name, "-c", k.Spec.Name)),
					}
				}
			}
			return nil
		},
	},
	{
		ID: "pod-readiness-gate", Title: "A pod is blocked by a readiness gate", Severity: Warning, Category: Fault,
		Condition: "All containers are ready and the pod is not, for more than 5 min.",
		Why:       "Something outside of the pod, usually the health check of a load balancer, has not passed it.",
		Fix:       "Look at the pod's conditions and at the controller that sets them.",
		pod: func(c *podCase) *verdict {
			ready := condition(c.p.Conditions, "Ready")
			if c.p.Phase != "Running" || ready == nil || ready.Status != "False" || !conditionIs(c.p.Conditions, "ContainersReady", "True") || c.v.age(ready.Since) <= seconds(c.v.limit.StartGrace) {
				return nil
			}
			text := "All containers are ready, but a readiness gate is not passed."
			if len(c.p.Gates) > 0 {
				text = fmt.Sprintf("All containers are ready, but the readiness gate %s is not passed.", strings.Join(c.p.Gates, ", "))
			}
			return &verdict{since: ready.Since, title: "Blocked by a readiness gate", text: text + " Usually this is the health check of a load balancer.",
				commands: []string{c.v.kubectl(c.p.Namespace, "get", "pod", c.p.Name, "-o", "jsonpath={.status.conditions}")}}
		},
	},
	{
		ID: "pod-stuck-starting", Title: "A pod does not start", Severity: Error, Category: Fault,
		Condition: "A pod is Pending, was scheduled more than 10 min ago, and no container has an error: with a running init container a warning (cause init-running), with containers that are still to be created an error (cause container-creating).",
		Why:       "The pod takes no part in serving.",
		Fix:       "Volumes that do not attach, a network sandbox that is not set up, or an init container that waits for something: the events of the pod tell.",
		pod: func(c *podCase) *verdict {
			scheduled := condition(c.p.Conditions, "PodScheduled")
			if c.broken || c.p.Phase != "Pending" || scheduled == nil || scheduled.Status != "True" || c.v.age(scheduled.Since) <= seconds(c.v.limit.StuckStarting) {
				return nil
			}
			for i := range c.p.Inits {
				if k := &c.p.Inits[i]; k.State.Kind == running && !k.Spec.Sidecar {
					return &verdict{severity: Warning, cause: "init-running", since: scheduled.Since, title: "Pod does not start",
						text:     fmt.Sprintf("Its init container %s has been running for %s: it waits for something that does not come.", k.Spec.Name, ago(c.v.age(k.State.Started))),
						commands: append(c.describe(), c.v.kubectl(c.p.Namespace, "logs", c.p.Name, "-c", k.Spec.Name))}
				}
			}
			creating, any := false, false
			for _, list := range [][]Container{c.p.Inits, c.p.Containers} {
				for i := range list {
					k := &list[i]
					any = any || k.State.Kind != ""
					creating = creating || k.State.Kind == waiting && (k.State.Reason == "ContainerCreating" || k.State.Reason == "PodInitializing")
				}
			}
			if any && !creating {
				return nil
			}
			return &verdict{cause: "container-creating", since: scheduled.Since, title: "Pod does not start",
				text:     fmt.Sprintf("It was given a node %s ago and its containers are still to be created: a volume or the network is not ready.", ago(c.v.age(scheduled.Since))),
				commands: c.describe()}
		},
	},
	{
		ID: "pod-unschedulable", Title: "There is no node for a pod", Severity: Error, Category: Fault,
		Condition: "A pod is Pending with PodScheduled=False and the reason Unschedulable, for at least 15 s: warning; for at least 5 min: error. The cause is the first of unbound-volume, insufficient-cpu, insufficient-memory, taint, affinity that the message has.",
		Why:       "The pod waits for a node that fits.",
		Fix:       "Ask for less, add nodes, or change taints, affinity and volumes.",
		Docs:      "https://kubernetes.io/docs/concepts/scheduling-eviction/",
		pod: func(c *podCase) *verdict {
			k := condition(c.p.Conditions, "PodScheduled")
			if c.p.Phase != "Pending" || k == nil || k.Status != "False" || k.Reason != "Unschedulable" {
				return nil
			}
			since := k.Since
			if since == 0 {
				since = c.p.Created
			}
			age, severity := c.v.age(since), Error
			switch {
			case age < seconds(c.v.limit.UnschedulableIn):
				return nil
			case age < seconds(c.v.limit.StartGrace):
				severity = Warning
			}
			cause := scheduleCause(k.Message)
			text := map[string]string{
				"unbound-volume":      "A volume that it needs is not provided.",
				"insufficient-cpu":    "No node has as much CPU free as it requests.",
				"insufficient-memory": "No node has as much memory free as it requests.",
				"taint":               "The nodes that are free have taints that it does not tolerate.",
				"affinity":            "No node fits its node selector, affinity or spread.",
				"":                    "No node fits.",
			}[cause]
			return &verdict{severity: severity, cause: cause, since: since, title: "No node for this pod", text: text, says: k.Message, commands: c.describe()}
		},
	},
	{
		ID: "pod-scheduling-gated", Title: "A pod is held by a scheduling gate", Severity: Info, Category: State,
		Condition: "PodScheduled=False with the reason SchedulingGated.",
		Why:       "It waits on purpose until a controller lifts the gate.",
		Fix:       "Nothing, unless it waits too long: then look at the controller that sets the gate.",
		pod: func(c *podCase) *verdict {
			k := condition(c.p.Conditions, "PodScheduled")
			if k == nil || k.Status != "False" || k.Reason != "SchedulingGated" {
				return nil
			}
			return &verdict{since: k.Since, title: "Held by a scheduling gate"}
		},
	},
	{
		ID: "pod-evicted", Title: "A pod was evicted from its node", Severity: Warning, Category: Fault,
		Condition: "A pod is Failed with the reason Evicted: within 24 h a warning, older an info.",
		Why:       "The node ran short of memory, disk or process ids, and this pod used more than it requested.",
		Fix:       "Raise the request, bound the use, or delete the leftover.",
		pod: func(c *podCase) *verdict {
			if c.p.Phase != "Failed" || c.p.Reason != "Evicted" {
				return nil
			}
			at, severity := c.p.failedAt(), Warning
			if c.v.age(at) > seconds(c.v.limit.RestartWindow) {
				severity = Info
			}
			return &verdict{severity: severity, since: at, title: "Evicted from its node", says: c.p.Message, commands: c.describe()}
		},
	},
	{
		ID: "pod-failed", Title: "A pod has failed", Severity: Error, Category: Fault,
		Condition: "A pod is Failed for another reason and no Job owns it: without a controller an error, with one a warning, after 24 h an info. The cause is node-shutdown, exit-N or the reason.",
		Why:       "Nobody restarts a pod without a controller; with one, a new pod takes its place and this one is a leftover.",
		Fix:       "Read its logs, then delete it or run it again.",
		pod: func(c *podCase) *verdict {
			if c.p.Phase != "Failed" || c.p.Reason == "Evicted" || c.p.Reason == "NodeLost" || c.p.ofJob() {
				return nil
			}
			w := &verdict{severity: Error, since: c.p.failedAt(), title: "Pod has failed", says: c.p.Message,
				commands: []string{c.v.kubectl(c.p.Namespace, "logs", c.p.Name)}}
			for j, list := range [][]Container{c.p.Inits, c.p.Containers} {
				for i := range list {
					if k := &list[i]; k.State.Kind == terminated && k.State.Exit != 0 && w.container == "" {
						w.container, w.init = k.Spec.Name, j == 0
						w.cause = fmt.Sprintf("exit-%d", k.State.Exit)
					}
				}
			}
			shutdown := c.p.Reason == "NodeShutdown" || c.p.Reason == "Shutdown" || c.p.Reason == "Terminated" || strings.Contains(strings.ToLower(c.p.Message), "node shutdown")
			switch {
			case shutdown:
				w.cause = "node-shutdown"
				w.text = "Its node was shut down."
			case w.cause != "":
				w.text = fmt.Sprintf("Container %s ended with exit code %s.", w.container, strings.TrimPrefix(w.cause, "exit-"))
			default:
				w.cause = c.p.Reason
				w.text = "It ended and does not start again."
			}
			if c.p.Owner.Name != "" {
				w.severity = Warning
				w.text += " Its controller replaces it; this one is a leftover."
			} else {
				w.text += " It has no controller, so nobody starts it again."
			}
			if c.v.age(w.since) > seconds(c.v.limit.RestartWindow) {
				w.severity = Info
			}
			return w
		},
	},
	{
		ID: "pod-node-lost", Title: "The node of a pod does not report", Severity: Error, Category: Fault,
		Condition: "Ready=Unknown, or the reason NodeLost.",
		Why:       "What the pod really does is not known; its container states are frozen.",
		Fix:       "Ask the owner of the cluster about the node.",
		pod: func(c *podCase) *verdict {
			ready := condition(c.p.Conditions, "Ready")
			if c.p.Reason != "NodeLost" && (ready == nil || ready.Status != "Unknown") {
				return nil
			}
			w := &verdict{title: "Its node does not report", text: "The states of its containers are those of before. Ask the owner of the cluster.", commands: c.describe()}
			if ready != nil {
				w.since = ready.Since
			}
			return w
		},
	},
	stuckTerminating,
}

var stuckTerminating = &Rule{
	ID: "pod-stuck-terminating", Title: "A pod cannot be removed", Severity: Warning, Category: Fault,
	Condition: "A pod's deletion time is more than 5 min in the past. The cause is finalizer when it has finalizers.",
	Why:       "Its node is gone, or a controller has not taken its finalizer away; a StatefulSet cannot start the next pod of that name.",
	Fix:       "Look at the finalizers and at the node.",
	pod: func(c *podCase) *verdict {
		if c.v.age(c.p.Deleted) <= seconds(c.v.limit.StuckDeleting) {
			return nil
		}
		w := &verdict{since: c.p.Deleted, title: "Cannot be removed", text: fmt.Sprintf("It should have been gone %s ago. Its node does not confirm that it has ended.", ago(c.v.age(c.p.Deleted))),
			commands: []string{c.v.kubectl(c.p.Namespace, "get", "pod", c.p.Name, "-o", "jsonpath={.metadata.finalizers}")}}
		if c.p.Finalizers {
			w.cause = "finalizer"
			w.text = fmt.Sprintf("It should have been gone %s ago. A finalizer holds it.", ago(c.v.age(c.p.Deleted)))
		}
		return w
	},
}

// pod judges the containers of a pod and then the pod.
func (e *evaluation) pod(n int) {
	v := e.view
	p := &v.Pods[n]
	if p.Deleted > 0 {
		e.report(stuckTerminating, id(n), stuckTerminating.pod(&podCase{v: v, p: p}))
		return
	}
	if p.Phase == "Succeeded" || p.Phase == "Failed" && p.ofJob() {
		return
	}
	c := podCase{v: v, p: p}
	for j, list := range [][]Container{p.Inits, p.Containers} {
		for i := range list {
			k := containerCase{v: v, p: p, k: &list[i], init: j == 0}
			for _, r := range containerRules {
				if w := r.container(&k); w != nil {
					e.report(r, id(n), w)
					if e.found[len(e.found)-1].Severity == Error {
						c.broken = true
					}
					break
				}
			}
		}
	}
	for _, r := range podRules {
		if r != stuckTerminating {
			e.report(r, id(n), r.pod(&c))
		}
	}
}

// image returns the image that a container is to run.
func (p *PodState) image(container string) string {
	for _, list := range [][]Container{p.Containers, p.Inits} {
		for i := range list {
			if list[i].Spec.Name == container {
				return list[i].Spec.Image
			}
		}
	}
	return ""
}

// pullCauses gives failed pulls whose message does not tell the cause that of
// another pod with the same image: the cluster shows the cause only for a
// moment, between two attempts.
func (e *evaluation) pullCauses() {
	known := map[string]*found{}
	image := func(f *found) string {
		_, n := e.view.split(f.object)
		return e.view.Pods[n].image(f.Container)
	}
	for i := range e.found {
		if f := &e.found[i]; f.Rule == "image-pull-failed" && f.Cause != "unknown" {
			if k := known[image(f)]; k == nil || f.Cause < k.Cause {
				known[image(f)] = f
			}
		}
	}
	for i := range e.found {
		if f := &e.found[i]; f.Rule == "image-pull-failed" && f.Cause == "unknown" && len(known) > 0 {
			if k := known[image(f)]; k != nil {
				f.Cause, f.Text = k.Cause, k.Text
			}
		}
	}
}
