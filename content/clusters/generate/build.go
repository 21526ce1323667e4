package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/intstr"
	metricsv1beta1 "k8s.io/metrics/pkg/apis/metrics/v1beta1"
)

// now is the clock of the example: what SOURCE_DATE_EPOCH=1772452800 says.
var now = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// A cluster collects objects by type, in the plural as kubectl names it.
type cluster struct {
	name    string
	short   string // in names of nodes
	version string
	takenAt time.Time
	took    string
	stale   string           // why it could not be read since takenAt; "" if it can
	denied  []map[string]any // types that could not be listed as a whole

	objects map[string][]metav1.Object
	serial  int // of resource versions
	err     error
}

func newCluster(name, version string, takenAt time.Time) *cluster {
	return &cluster{name: name, short: strings.ReplaceAll(name, "-", ""), version: version, takenAt: takenAt,
		objects: map[string][]metav1.Object{}}
}

// files returns the content of the dump folder by file name.
func (c *cluster) files() (map[string][]byte, error) {
	if c.err != nil {
		return nil, c.err
	}
	out := map[string][]byte{}
	for plural, list := range c.objects {
		sort.SliceStable(list, func(i, j int) bool {
			if list[i].GetNamespace() != list[j].GetNamespace() {
				return list[i].GetNamespace() < list[j].GetNamespace()
			}
			return list[i].GetName() < list[j].GetName()
		})
		data, err := toYAML(map[string]any{
			"apiVersion": "v1", "kind": "List", "items": list,
			"metadata": map[string]any{"resourceVersion": ""},
		})
		if err != nil {
			return nil, err
		}
		out[plural+".yaml"] = data
	}
	info := map[string]any{"version": c.version, "takenAt": c.takenAt.Format(time.RFC3339)}
	if c.took != "" {
		info["took"] = c.took
	}
	if c.stale != "" {
		info["stale"] = c.stale
	}
	if len(c.denied) > 0 {
		info["coverage"] = c.denied
	}
	data, err := toYAML(info)
	if err != nil {
		return nil, err
	}
	out["cluster.yaml"] = append([]byte("# Written by `go run ./content/clusters/generate`.\n"), data...)
	return out, nil
}

// deny marks a type as not readable with the permissions that the dump was
// taken with.
func (c *cluster) deny(plural, group string) {
	c.denied = append(c.denied, map[string]any{"type": plural, "state": "forbidden", "reason": "no permission",
		"rule": fmt.Sprintf("{apiGroups: [%q], resources: [%s], verbs: [list]}", group, plural)})
}

func (c *cluster) add(plural string, o metav1.Object) {
	c.objects[plural] = append(c.objects[plural], o)
}

// object returns the metadata that every object has.
func (c *cluster) object(kind, namespace, name string, created time.Time, labels map[string]string) metav1.ObjectMeta {
	c.serial += 7
	return metav1.ObjectMeta{
		Name: name, Namespace: namespace,
		UID:               uid(c.name, kind, namespace, name),
		ResourceVersion:   strconv.Itoa(48210000 + c.serial),
		CreationTimestamp: metav1.NewTime(created),
		Labels:            labels,
	}
}

func sum(parts ...string) []byte {
	s := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return s[:]
}

func uid(parts ...string) types.UID {
	h := hex.EncodeToString(sum(parts...))
	return types.UID(h[:8] + "-" + h[8:12] + "-4" + h[13:16] + "-a" + h[17:20] + "-" + h[20:32])
}

// word returns n letters as Kubernetes uses them in generated names.
func word(n int, parts ...string) string {
	const letters = "bcdfghjklmnpqrstvwxz2456789"
	out := make([]byte, n)
	for i, b := range sum(parts...)[:n] {
		out[i] = letters[int(b)%len(letters)]
	}
	return string(out)
}

func digest(image string) string { return hex.EncodeToString(sum("image", image)) }

// canary returns a text that stands where real objects hold secrets. Nothing
// that is published may contain it.
func canary(where, name string) string { return "canary-" + where + "-" + word(12, where, name) }

func ptr[T any](v T) *T { return &v }

func stamp(t time.Time) metav1.Time { return metav1.NewTime(t) }

func quantity(s string) resource.Quantity { return resource.MustParse(s) }

func merge(maps ...map[string]string) map[string]string {
	out := map[string]string{}
	for _, m := range maps {
		for k, v := range m {
			out[k] = v
		}
	}
	return out
}

// An app is what all clusters have in common about one program.
type app struct {
	ns, name  string
	id        string // value of backstage.io/kubernetes-id; "-" for none, "" for the name
	part      string // app.kubernetes.io/part-of
	image     string // without the tag
	container string // "" is app
	port      int32  // 0: no port and no probes
	cpu, mem  string // requests of one pod
	limit     string // of memory
	cpuUse    int64  // millicores that one pod uses
	memUse    int64  // MiB
	secret    string // a Secret that it reads
	init      string // an init container that runs first; "" for none
	sidecar   string // a container that runs beside it, started first; "" for none
	strategy  appsv1.DeploymentStrategyType
	surge     string // maxUnavailable; "" is 25%
	created   time.Time
}

func (a app) containerName() string {
	if a.container == "" {
		return "app"
	}
	return a.container
}

func (a app) selector() map[string]string { return map[string]string{"app.kubernetes.io/name": a.name} }

// labels of the controller: only it carries the catalog's label.
func (a app) labels(version string) map[string]string {
	l := merge(a.selector(), map[string]string{"app.kubernetes.io/version": version, "app.kubernetes.io/managed-by": "Helm"})
	if a.part != "" {
		l["app.kubernetes.io/part-of"] = a.part
	}
	switch a.id {
	case "-":
	case "":
		l["backstage.io/kubernetes-id"] = a.name
	default:
		l["backstage.io/kubernetes-id"] = a.id
	}
	return l
}

func (a app) imageRef(version string) string { return a.image + ":" + version }

func (a app) podSpec(version, region string) corev1.PodSpec {
	ct := corev1.Container{
		Name: a.containerName(), Image: a.imageRef(version), ImagePullPolicy: corev1.PullIfNotPresent,
		Command: []string{"/app/" + a.name}, Args: []string{"--region=" + region, "--admin-token=" + canary("args", a.name)},
		Env: []corev1.EnvVar{{Name: "REGION", Value: region}, {Name: "LOG_LEVEL", Value: "info"}, {Name: "LICENSE", Value: canary("env", a.name)}},
		Resources: corev1.ResourceRequirements{
			Requests: corev1.ResourceList{"cpu": quantity(a.cpu), "memory": quantity(a.mem)},
		},
		TerminationMessagePath: "/dev/termination-log", TerminationMessagePolicy: corev1.TerminationMessageReadFile,
	}
	if a.limit != "" {
		ct.Resources.Limits = corev1.ResourceList{"memory": quantity(a.limit)}
	}
	if a.secret != "" {
		ct.Env = append(ct.Env, corev1.EnvVar{Name: "KEY", ValueFrom: &corev1.EnvVarSource{SecretKeyRef: &corev1.SecretKeySelector{
			LocalObjectReference: corev1.LocalObjectReference{Name: a.secret}, Key: "key"}}})
	}
	if a.port != 0 {
		ct.Ports = []corev1.ContainerPort{{Name: "http", ContainerPort: a.port, Protocol: corev1.ProtocolTCP}}
		probe := func(path string, period, failures int32) *corev1.Probe {
			return &corev1.Probe{
				ProbeHandler:   corev1.ProbeHandler{HTTPGet: &corev1.HTTPGetAction{Path: path, Port: intstr.FromString("http"), Scheme: corev1.URISchemeHTTP}},
				TimeoutSeconds: 1, PeriodSeconds: period, SuccessThreshold: 1, FailureThreshold: failures,
			}
		}
		ct.ReadinessProbe = probe("/ready", 5, 3)
		ct.LivenessProbe = probe("/alive", 10, 6)
	}
	return corev1.PodSpec{
		InitContainers: a.initContainers(version), Containers: []corev1.Container{ct}, RestartPolicy: corev1.RestartPolicyAlways,
		DNSPolicy: corev1.DNSClusterFirst, SchedulerName: "default-scheduler",
		SecurityContext:               &corev1.PodSecurityContext{RunAsNonRoot: ptr(true), RunAsUser: ptr(int64(65532))},
		ServiceAccountName:            a.name,
		TerminationGracePeriodSeconds: ptr(int64(30)),
	}
}

// initContainers returns the init container and the sidecar, which is an init
// container that is restarted for ever.
func (a app) initContainers(version string) []corev1.Container {
	var out []corev1.Container
	add := func(name, image string, policy *corev1.ContainerRestartPolicy) {
		out = append(out, corev1.Container{Name: name, Image: image, ImagePullPolicy: corev1.PullIfNotPresent, RestartPolicy: policy,
			Resources:              corev1.ResourceRequirements{Requests: corev1.ResourceList{"cpu": quantity("20m"), "memory": quantity("64Mi")}},
			TerminationMessagePath: "/dev/termination-log", TerminationMessagePolicy: corev1.TerminationMessageReadFile})
	}
	if a.sidecar != "" {
		add(a.sidecar, "registry.ondavia.example/base/"+a.sidecar+":2.8.1", ptr(corev1.ContainerRestartPolicyAlways))
	}
	if a.init != "" {
		add(a.init, a.imageRef(version), nil)
	}
	return out
}

// initStatuses returns the statuses of the init containers of a pod that runs.
func (c *cluster) initStatuses(p *corev1.Pod, born time.Time) []corev1.ContainerStatus {
	var out []corev1.ContainerStatus
	for _, ct := range p.Spec.InitContainers {
		s := corev1.ContainerStatus{Name: ct.Name, Image: ct.Image, ImageID: strings.Split(ct.Image, ":")[0] + "@sha256:" + digest(ct.Image),
			ContainerID: "containerd://" + hex.EncodeToString(sum(ct.Name, c.name, p.Name)), Ready: true}
		if ct.RestartPolicy != nil {
			s.Started = ptr(true)
			s.State.Running = &corev1.ContainerStateRunning{StartedAt: stamp(born.Add(2 * time.Second))}
		} else {
			s.Started = ptr(false)
			s.State.Terminated = &corev1.ContainerStateTerminated{Reason: "Completed", StartedAt: stamp(born.Add(2 * time.Second)), FinishedAt: stamp(born.Add(3 * time.Second)), ContainerID: s.ContainerID}
		}
		out = append(out, s)
	}
	return out
}

// A group is a number of pods that are in the same state.
type group struct {
	version string // "" is the version of the release
	count   int
	state   state
	born    time.Time // zero: with the deploy
}

// A release is one app in one cluster.
type release struct {
	version  string
	revision int
	deployed time.Time // when this version came
	want     int
	groups   []group
	stuck    time.Time // since when the rollout exceeds its deadline; zero: it does not
	rolling  bool      // in the middle of a rollout
	broken   time.Time // since when fewer pods than allowed are available
}

// ready is the usual release: n pods that do what they should.
func ready(version string, revision, n int, deployed time.Time) release {
	return release{version: version, revision: revision, deployed: deployed, want: n,
		groups: []group{{count: n, state: running}}}
}

// deployment adds a Deployment with its ReplicaSets, pods, usage and Service.
func (c *cluster) deployment(a app, r release) {
	d := &appsv1.Deployment{TypeMeta: metav1.TypeMeta{APIVersion: "apps/v1", Kind: "Deployment"},
		ObjectMeta: c.object("Deployment", a.ns, a.name, a.created, a.labels(r.version))}
	d.Generation = int64(r.revision + 11)
	d.Annotations = map[string]string{"deployment.kubernetes.io/revision": strconv.Itoa(r.revision), "meta.helm.sh/release-name": a.name, "meta.helm.sh/release-namespace": a.ns,
		"kubectl.kubernetes.io/last-applied-configuration": fmt.Sprintf(`{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":%q,"annotations":{"note":%q}}}`, a.name, canary("applied", a.name))}
	unavailable := intstr.FromString("25%")
	if a.surge != "" {
		unavailable = intstr.Parse(a.surge)
	}
	strategy := appsv1.DeploymentStrategy{Type: appsv1.RollingUpdateDeploymentStrategyType,
		RollingUpdate: &appsv1.RollingUpdateDeployment{MaxUnavailable: &unavailable, MaxSurge: ptr(intstr.FromString("25%"))}}
	if a.strategy != "" {
		strategy = appsv1.DeploymentStrategy{Type: a.strategy}
	}
	d.Spec = appsv1.DeploymentSpec{
		Replicas: ptr(int32(r.want)), Selector: &metav1.LabelSelector{MatchLabels: a.selector()}, Strategy: strategy,
		ProgressDeadlineSeconds: ptr(int32(600)), RevisionHistoryLimit: ptr(int32(3)),
		Template: corev1.PodTemplateSpec{
			ObjectMeta: metav1.ObjectMeta{Labels: merge(a.selector(), map[string]string{"app.kubernetes.io/version": r.version})},
			Spec:       a.podSpec(r.version, c.name),
		},
	}

	byVersion := map[string][]*corev1.Pod{}
	order := []string{r.version}
	var available, ready, total, updated int32
	for gi, g := range r.groups {
		v := g.version
		if v == "" {
			v = r.version
		} else if v != r.version {
			order = append(order, v)
		}
		born := g.born
		if born.IsZero() {
			born = r.deployed
		}
		hash := word(9, a.name, v)
		owner := metav1.OwnerReference{APIVersion: "apps/v1", Kind: "ReplicaSet", Name: a.name + "-" + hash, UID: uid(c.name, "ReplicaSet", a.ns, a.name+"-"+hash),
			Controller: ptr(true), BlockOwnerDeletion: ptr(true)}
		for i := range g.count {
			name := fmt.Sprintf("%s-%s-%s", a.name, hash, word(5, c.name, a.name, v, strconv.Itoa(gi*100+i)))
			labels := merge(a.selector(), map[string]string{"app.kubernetes.io/version": v, "pod-template-hash": hash})
			p := c.pod(a, v, name, labels, owner, born.Add(time.Duration(i*7+3)*time.Second), g.state)
			if p.Status.Phase == corev1.PodFailed || p.DeletionTimestamp != nil {
				continue // evicted and terminating pods are no longer counted
			}
			byVersion[v] = append(byVersion[v], p)
			total++
			if v == r.version {
				updated++
			}
			if podReady(p) {
				ready++
				available++
			}
		}
	}
	// The revision before stays at zero, as the history limit keeps it.
	if len(order) == 1 && r.revision > 1 {
		order = append(order, "previous")
	}
	seen := map[string]bool{}
	for i, v := range order {
		if seen[v] {
			continue
		}
		seen[v] = true
		c.replicaSet(a, controller("apps/v1", "Deployment", d), v, r, i, byVersion[v])
	}

	d.Status = appsv1.DeploymentStatus{ObservedGeneration: d.Generation, Replicas: total, UpdatedReplicas: updated,
		ReadyReplicas: ready, AvailableReplicas: available}
	if n := int32(r.want) - available; n > 0 {
		d.Status.UnavailableReplicas = n
	}
	hash := a.name + "-" + word(9, a.name, r.version)
	avail := appsv1.DeploymentCondition{Type: appsv1.DeploymentAvailable, Status: corev1.ConditionTrue, Reason: "MinimumReplicasAvailable",
		Message: "Deployment has minimum availability.", LastTransitionTime: stamp(a.created.Add(40 * time.Second)), LastUpdateTime: stamp(a.created.Add(40 * time.Second))}
	if !r.broken.IsZero() {
		avail.Status, avail.Reason, avail.Message = corev1.ConditionFalse, "MinimumReplicasUnavailable", "Deployment does not have minimum availability."
		avail.LastTransitionTime, avail.LastUpdateTime = stamp(r.broken), stamp(r.broken)
	}
	prog := appsv1.DeploymentCondition{Type: appsv1.DeploymentProgressing, Status: corev1.ConditionTrue, Reason: "NewReplicaSetAvailable",
		Message:            fmt.Sprintf("ReplicaSet %q has successfully progressed.", hash),
		LastTransitionTime: stamp(a.created), LastUpdateTime: stamp(r.deployed.Add(55 * time.Second))}
	switch {
	case !r.stuck.IsZero():
		prog.Status, prog.Reason = corev1.ConditionFalse, "ProgressDeadlineExceeded"
		prog.Message = fmt.Sprintf("ReplicaSet %q has timed out progressing.", hash)
		prog.LastTransitionTime, prog.LastUpdateTime = stamp(r.stuck), stamp(r.stuck)
	case r.rolling:
		prog.Reason, prog.Message = "ReplicaSetUpdated", fmt.Sprintf("ReplicaSet %q is progressing.", hash)
		prog.LastUpdateTime = stamp(r.deployed.Add(30 * time.Second))
	}
	d.Status.Conditions = []appsv1.DeploymentCondition{avail, prog}
	c.add("deployments", d)
	if a.port != 0 {
		c.service(a, a.name, a.selector(), corev1.ServiceTypeClusterIP)
	}
}

// controller returns the reference to an object that owns another.
func controller(apiVersion, kind string, o metav1.Object) metav1.OwnerReference {
	return metav1.OwnerReference{APIVersion: apiVersion, Kind: kind, Name: o.GetName(), UID: o.GetUID(), Controller: ptr(true), BlockOwnerDeletion: ptr(true)}
}

func (c *cluster) replicaSet(a app, owner metav1.OwnerReference, version string, r release, index int, pods []*corev1.Pod) {
	hash := word(9, a.name, version)
	created, revision := r.deployed, r.revision
	if index > 0 {
		created, revision = a.created.Add(r.deployed.Sub(a.created)/2), r.revision-index
	}
	rs := &appsv1.ReplicaSet{TypeMeta: metav1.TypeMeta{APIVersion: "apps/v1", Kind: "ReplicaSet"},
		ObjectMeta: c.object("ReplicaSet", a.ns, a.name+"-"+hash, created, merge(a.selector(), map[string]string{"pod-template-hash": hash}))}
	rs.Generation = 2
	rs.OwnerReferences = []metav1.OwnerReference{owner}
	rs.Annotations = map[string]string{"deployment.kubernetes.io/desired-replicas": strconv.Itoa(r.want), "deployment.kubernetes.io/revision": strconv.Itoa(revision)}
	tag := version
	if version == "previous" {
		tag = "0." + r.version
	}
	rs.Spec = appsv1.ReplicaSetSpec{Replicas: ptr(int32(len(pods))), Selector: &metav1.LabelSelector{MatchLabels: rs.Labels},
		Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: merge(rs.Labels, map[string]string{"app.kubernetes.io/version": tag})}, Spec: a.podSpec(tag, c.name)}}
	rs.Status = appsv1.ReplicaSetStatus{ObservedGeneration: 2, Replicas: int32(len(pods)), FullyLabeledReplicas: int32(len(pods))}
	for _, p := range pods {
		if podReady(p) {
			rs.Status.ReadyReplicas++
			rs.Status.AvailableReplicas++
		}
	}
	c.add("replicasets", rs)
}

// pod adds one pod in the given state, with its usage if it runs.
func (c *cluster) pod(a app, version, name string, labels map[string]string, owner metav1.OwnerReference, born time.Time, st state) *corev1.Pod {
	p := &corev1.Pod{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Pod"}, ObjectMeta: c.object("Pod", a.ns, name, born, labels), Spec: a.podSpec(version, c.name)}
	if owner.Kind != "" {
		p.OwnerReferences = []metav1.OwnerReference{owner}
		p.GenerateName = name[:strings.LastIndex(name, "-")+1]
	}
	h := sum(c.name, name)
	p.Spec.NodeName = fmt.Sprintf("n-%s-%03d", c.short, int(h[0])%90+1)
	p.Spec.Tolerations = []corev1.Toleration{{Key: "node.kubernetes.io/not-ready", Operator: corev1.TolerationOpExists, Effect: corev1.TaintEffectNoExecute, TolerationSeconds: ptr(int64(300))}}
	p.Status = corev1.PodStatus{Phase: corev1.PodRunning, QOSClass: corev1.PodQOSBurstable, StartTime: ptr(stamp(born)),
		HostIP: fmt.Sprintf("10.83.%d.%d", h[1], h[0]), PodIP: fmt.Sprintf("10.120.%d.%d", h[2], h[3])}
	image := a.imageRef(version)
	cs := corev1.ContainerStatus{Name: a.containerName(), Image: image, ImageID: strings.Split(image, ":")[0] + "@sha256:" + digest(image),
		ContainerID: "containerd://" + hex.EncodeToString(sum("container", c.name, name)), Ready: true, Started: ptr(true),
		State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: stamp(born.Add(4 * time.Second))}}}
	p.Status.ContainerStatuses = []corev1.ContainerStatus{cs}
	p.Status.InitContainerStatuses = c.initStatuses(p, born)
	set := func(t corev1.PodConditionType, s corev1.ConditionStatus, since time.Time, reason, message string) {
		for i := range p.Status.Conditions {
			if p.Status.Conditions[i].Type == t {
				p.Status.Conditions[i] = corev1.PodCondition{Type: t, Status: s, LastTransitionTime: stamp(since), Reason: reason, Message: message}
				return
			}
		}
		p.Status.Conditions = append(p.Status.Conditions, corev1.PodCondition{Type: t, Status: s, LastTransitionTime: stamp(since), Reason: reason, Message: message})
	}
	set("PodReadyToStartContainers", corev1.ConditionTrue, born.Add(2*time.Second), "", "")
	set(corev1.PodInitialized, corev1.ConditionTrue, born, "", "")
	set(corev1.PodReady, corev1.ConditionTrue, born.Add(9*time.Second), "", "")
	set(corev1.ContainersReady, corev1.ConditionTrue, born.Add(9*time.Second), "", "")
	set(corev1.PodScheduled, corev1.ConditionTrue, born, "", "")
	if st != nil {
		st(c, p, set)
	}
	c.add("pods", p)
	if s := p.Status.ContainerStatuses; len(s) == 1 && s[0].State.Running != nil && p.Status.Phase == corev1.PodRunning && p.Status.Reason == "" && a.cpuUse > 0 {
		jitter := int64(h[4]%21) - 10 // percent
		c.usage(a, name, labels, a.cpuUse*(100+jitter)/100, a.memUse*(100+jitter/3)/100)
	}
	return p
}

func (c *cluster) usage(a app, pod string, labels map[string]string, milli, mebi int64) {
	m := &metricsv1beta1.PodMetrics{TypeMeta: metav1.TypeMeta{APIVersion: "metrics.k8s.io/v1beta1", Kind: "PodMetrics"},
		ObjectMeta: metav1.ObjectMeta{Name: pod, Namespace: a.ns, CreationTimestamp: stamp(c.takenAt), Labels: labels},
		Timestamp:  stamp(c.takenAt.Add(-11 * time.Second)), Window: metav1.Duration{Duration: 15 * time.Second},
		Containers: []metricsv1beta1.ContainerMetrics{{Name: a.containerName(), Usage: corev1.ResourceList{
			"cpu": quantity(fmt.Sprintf("%dn", milli*1_000_000+417)), "memory": quantity(fmt.Sprintf("%dKi", mebi*1024+348))}}}}
	if a.sidecar != "" {
		m.Containers = append(m.Containers, metricsv1beta1.ContainerMetrics{Name: a.sidecar, Usage: corev1.ResourceList{"cpu": quantity("8213004n"), "memory": quantity("43120Ki")}})
	}
	c.add("pods.metrics.k8s.io", m)
}

func podReady(p *corev1.Pod) bool {
	for _, c := range p.Status.Conditions {
		if c.Type == corev1.PodReady {
			return c.Status == corev1.ConditionTrue
		}
	}
	return false
}

func (c *cluster) service(a app, name string, selector map[string]string, kind corev1.ServiceType) *corev1.Service {
	h := sum(c.name, "service", a.ns, name)
	s := &corev1.Service{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Service"}, ObjectMeta: c.object("Service", a.ns, name, a.created, a.selector())}
	s.Spec = corev1.ServiceSpec{Type: kind, Selector: selector, ClusterIP: fmt.Sprintf("10.96.%d.%d", h[0], h[1]), SessionAffinity: corev1.ServiceAffinityNone,
		IPFamilies: []corev1.IPFamily{corev1.IPv4Protocol}, IPFamilyPolicy: ptr(corev1.IPFamilyPolicySingleStack), InternalTrafficPolicy: ptr(corev1.ServiceInternalTrafficPolicyCluster),
		Ports: []corev1.ServicePort{{Name: "http", Port: 80, Protocol: corev1.ProtocolTCP, TargetPort: intstr.FromString("http")}}}
	s.Spec.ClusterIPs = []string{s.Spec.ClusterIP}
	if kind == corev1.ServiceTypeLoadBalancer {
		s.Spec.AllocateLoadBalancerNodePorts = ptr(true)
		s.Spec.ExternalTrafficPolicy = corev1.ServiceExternalTrafficPolicyLocal
		s.Spec.Ports[0].NodePort = 30000 + int32(h[2])*8
		s.Status.LoadBalancer.Ingress = []corev1.LoadBalancerIngress{{IP: fmt.Sprintf("198.51.100.%d", h[3]), IPMode: ptr(corev1.LoadBalancerIPModeVIP)}}
	}
	c.add("services", s)
	return s
}

func (c *cluster) ingress(a app, name, host, path, backend string) {
	in := &networkingv1.Ingress{TypeMeta: metav1.TypeMeta{APIVersion: "networking.k8s.io/v1", Kind: "Ingress"}, ObjectMeta: c.object("Ingress", a.ns, name, a.created, a.selector())}
	in.Generation = 2
	in.Spec = networkingv1.IngressSpec{IngressClassName: ptr("edge"), TLS: []networkingv1.IngressTLS{{Hosts: []string{host}, SecretName: host + "-tls"}},
		Rules: []networkingv1.IngressRule{{Host: host, IngressRuleValue: networkingv1.IngressRuleValue{HTTP: &networkingv1.HTTPIngressRuleValue{
			Paths: []networkingv1.HTTPIngressPath{{Path: path, PathType: ptr(networkingv1.PathTypePrefix), Backend: networkingv1.IngressBackend{
				Service: &networkingv1.IngressServiceBackend{Name: backend, Port: networkingv1.ServiceBackendPort{Name: "http"}}}}}}}}}}
	in.Status.LoadBalancer.Ingress = []networkingv1.IngressLoadBalancerIngress{{IP: fmt.Sprintf("198.51.100.%d", sum(c.name)[0])}}
	c.add("ingresses", in)
}

// budget adds a PodDisruptionBudget that wants min pods of healthy ones out of expected.
func (c *cluster) budget(a app, min, healthy, expected int) {
	b := &policyv1.PodDisruptionBudget{TypeMeta: metav1.TypeMeta{APIVersion: "policy/v1", Kind: "PodDisruptionBudget"}, ObjectMeta: c.object("PodDisruptionBudget", a.ns, a.name, a.created, a.selector())}
	b.Generation = 1
	b.Spec = policyv1.PodDisruptionBudgetSpec{MinAvailable: ptr(intstr.FromInt32(int32(min))), Selector: &metav1.LabelSelector{MatchLabels: a.selector()}}
	allowed := max(0, healthy-min)
	cond := metav1.Condition{Type: "DisruptionAllowed", Status: metav1.ConditionTrue, Reason: "SufficientPods", ObservedGeneration: 1, LastTransitionTime: stamp(a.created.Add(time.Minute))}
	if allowed == 0 {
		cond.Status, cond.Reason = metav1.ConditionFalse, "InsufficientPods"
	}
	b.Status = policyv1.PodDisruptionBudgetStatus{ObservedGeneration: 1, CurrentHealthy: int32(healthy), DesiredHealthy: int32(min), ExpectedPods: int32(expected), DisruptionsAllowed: int32(allowed), Conditions: []metav1.Condition{cond}}
	c.add("poddisruptionbudgets", b)
}

// noOwner is for pods that nobody manages.
var noOwner metav1.OwnerReference

// A scaler is one HorizontalPodAutoscaler with its situation.
type scaler struct {
	min, max, current, desired int
	cpu, target                int    // percent of the request
	rps, rpsTarget             string // requests per second and pod; "" for none
	limited                    string // reason of ScalingLimited=True
	blind                      string // message of FailedGetResourceMetric; "" for none
	disabled                   bool   // the target has no replicas
	missing                    bool   // the target does not exist
	since                      time.Time
	scaled                     time.Time // last time that the size changed
}

func (c *cluster) autoscaler(a app, s scaler) {
	h := &autoscalingv2.HorizontalPodAutoscaler{TypeMeta: metav1.TypeMeta{APIVersion: "autoscaling/v2", Kind: "HorizontalPodAutoscaler"},
		ObjectMeta: c.object("HorizontalPodAutoscaler", a.ns, a.name, a.created, a.selector())}
	h.Spec = autoscalingv2.HorizontalPodAutoscalerSpec{MinReplicas: ptr(int32(s.min)), MaxReplicas: int32(s.max),
		ScaleTargetRef: autoscalingv2.CrossVersionObjectReference{APIVersion: "apps/v1", Kind: "Deployment", Name: a.name},
		Metrics: []autoscalingv2.MetricSpec{{Type: autoscalingv2.ResourceMetricSourceType, Resource: &autoscalingv2.ResourceMetricSource{
			Name: corev1.ResourceCPU, Target: autoscalingv2.MetricTarget{Type: autoscalingv2.UtilizationMetricType, AverageUtilization: ptr(int32(s.target))}}}}}
	h.Status = autoscalingv2.HorizontalPodAutoscalerStatus{CurrentReplicas: int32(s.current), DesiredReplicas: int32(s.desired)}
	if !s.scaled.IsZero() {
		h.Status.LastScaleTime = ptr(stamp(s.scaled))
	}
	since := s.since
	if since.IsZero() {
		since = a.created.Add(time.Minute)
	}
	cond := func(t autoscalingv2.HorizontalPodAutoscalerConditionType, ok corev1.ConditionStatus, reason, message string, at time.Time) {
		h.Status.Conditions = append(h.Status.Conditions, autoscalingv2.HorizontalPodAutoscalerCondition{Type: t, Status: ok, Reason: reason, Message: message, LastTransitionTime: stamp(at)})
	}
	start := a.created.Add(time.Minute)
	if s.missing {
		cond(autoscalingv2.AbleToScale, corev1.ConditionFalse, "FailedGetScale", fmt.Sprintf("the HPA controller was unable to get the target's current scale: deployments.apps %q not found", a.name), since)
		c.add("horizontalpodautoscalers", h)
		return
	}
	cond(autoscalingv2.AbleToScale, corev1.ConditionTrue, "ReadyForNewScale", "recommended size matches current size", start)
	switch {
	case s.disabled:
		cond(autoscalingv2.ScalingActive, corev1.ConditionFalse, "ScalingDisabled", "scaling is disabled since the replica count of the target is zero", since)
	case s.blind != "":
		cond(autoscalingv2.ScalingActive, corev1.ConditionFalse, "FailedGetResourceMetric", "the HPA was unable to compute the replica count: "+s.blind, since)
	default:
		h.Status.CurrentMetrics = []autoscalingv2.MetricStatus{{Type: autoscalingv2.ResourceMetricSourceType, Resource: &autoscalingv2.ResourceMetricStatus{
			Name: corev1.ResourceCPU, Current: autoscalingv2.MetricValueStatus{AverageUtilization: ptr(int32(s.cpu)), AverageValue: ptr(quantity(fmt.Sprintf("%dm", a.cpuUse)))}}}}
		cond(autoscalingv2.ScalingActive, corev1.ConditionTrue, "ValidMetricFound", "the HPA was able to successfully calculate a replica count from cpu resource utilization (percentage of request)", start)
		if s.limited != "" {
			word := "maximum"
			if s.limited == "TooFewReplicas" {
				word = "minimum"
			}
			more := map[string]string{"maximum": "more", "minimum": "less"}[word]
			cond(autoscalingv2.ScalingLimited, corev1.ConditionTrue, s.limited, fmt.Sprintf("the desired replica count is %s than the %s replica count", more, word), since)
		} else {
			cond(autoscalingv2.ScalingLimited, corev1.ConditionFalse, "DesiredWithinRange", "the desired count is within the acceptable range", start)
		}
	}
	c.load(a, s)
	if s.rps != "" {
		name := autoscalingv2.MetricIdentifier{Name: "http_requests_per_second"}
		h.Spec.Metrics = append(h.Spec.Metrics, autoscalingv2.MetricSpec{Type: autoscalingv2.PodsMetricSourceType, Pods: &autoscalingv2.PodsMetricSource{
			Metric: name, Target: autoscalingv2.MetricTarget{Type: autoscalingv2.AverageValueMetricType, AverageValue: ptr(quantity(s.rpsTarget))}}})
		h.Status.CurrentMetrics = append(h.Status.CurrentMetrics, autoscalingv2.MetricStatus{Type: autoscalingv2.PodsMetricSourceType, Pods: &autoscalingv2.PodsMetricStatus{
			Metric: name, Current: autoscalingv2.MetricValueStatus{AverageValue: ptr(quantity(s.rps))}}})
	}
	c.add("horizontalpodautoscalers", h)
}

// load makes the usage of the pods fit what the autoscaler says it measured:
// as much as it says, or none at all.
func (c *cluster) load(a app, s scaler) {
	if s.blind != "" {
		c.objects["pods.metrics.k8s.io"] = slices.DeleteFunc(c.objects["pods.metrics.k8s.io"], func(o metav1.Object) bool {
			return o.GetNamespace() == a.ns && o.GetLabels()["app.kubernetes.io/name"] == a.name
		})
	}
	if s.cpu == 0 {
		return
	}
	request := quantity(a.cpu)
	for _, o := range c.objects["pods.metrics.k8s.io"] {
		m := o.(*metricsv1beta1.PodMetrics)
		if m.Namespace != a.ns || m.Labels["app.kubernetes.io/name"] != a.name {
			continue
		}
		jitter := int64(sum("load", c.name, m.Name)[0])%7 - 3 // percent
		milli := request.MilliValue() * (int64(s.cpu) + jitter) / 100
		m.Containers[0].Usage["cpu"] = quantity(fmt.Sprintf("%dn", milli*1_000_000+391))
	}
}

// statefulSet adds a StatefulSet with a headless Service, claims and pods.
// bad maps an ordinal to its state; its claim is Pending if pending names it.
func (c *cluster) statefulSet(a app, version string, n int, deployed time.Time, disk string, bad map[int]state, pending map[int]time.Time) {
	s := &appsv1.StatefulSet{TypeMeta: metav1.TypeMeta{APIVersion: "apps/v1", Kind: "StatefulSet"}, ObjectMeta: c.object("StatefulSet", a.ns, a.name, a.created, a.labels(version))}
	s.Generation = 5
	revision := a.name + "-" + word(10, a.name, version)
	spec := a.podSpec(version, c.name)
	spec.Containers[0].VolumeMounts = []corev1.VolumeMount{{Name: "data", MountPath: "/data"}}
	claim := corev1.PersistentVolumeClaimSpec{AccessModes: []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce}, StorageClassName: ptr("ssd"),
		Resources: corev1.VolumeResourceRequirements{Requests: corev1.ResourceList{"storage": quantity(disk)}}, VolumeMode: ptr(corev1.PersistentVolumeFilesystem)}
	s.Spec = appsv1.StatefulSetSpec{Replicas: ptr(int32(n)), ServiceName: a.name, Selector: &metav1.LabelSelector{MatchLabels: a.selector()},
		PodManagementPolicy: appsv1.OrderedReadyPodManagement, RevisionHistoryLimit: ptr(int32(10)),
		UpdateStrategy: appsv1.StatefulSetUpdateStrategy{Type: appsv1.RollingUpdateStatefulSetStrategyType, RollingUpdate: &appsv1.RollingUpdateStatefulSetStrategy{Partition: ptr(int32(0))}},
		Template:       corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: merge(a.selector(), map[string]string{"app.kubernetes.io/version": version})}, Spec: spec},
		VolumeClaimTemplates: []corev1.PersistentVolumeClaim{{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "PersistentVolumeClaim"},
			ObjectMeta: metav1.ObjectMeta{Name: "data"}, Spec: claim, Status: corev1.PersistentVolumeClaimStatus{Phase: corev1.ClaimPending}}}}
	owner := metav1.OwnerReference{APIVersion: "apps/v1", Kind: "StatefulSet", Name: a.name, UID: s.UID, Controller: ptr(true), BlockOwnerDeletion: ptr(true)}
	okay := int32(0)
	for i := range n {
		name := fmt.Sprintf("%s-%d", a.name, i)
		labels := merge(a.selector(), map[string]string{"app.kubernetes.io/version": version, "apps.kubernetes.io/pod-index": strconv.Itoa(i),
			"controller-revision-hash": revision, "statefulset.kubernetes.io/pod-name": name})
		born := deployed.Add(time.Duration(i) * 40 * time.Second)
		at, waits := pending[i]
		if waits {
			born = at
		}
		p := c.pod(a, version, name, labels, owner, born, bad[i])
		p.Spec.Hostname, p.Spec.Subdomain = name, a.name
		p.Spec.Volumes = []corev1.Volume{{Name: "data", VolumeSource: corev1.VolumeSource{PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: "data-" + name}}}}
		if podReady(p) {
			okay++
		}
		v := &corev1.PersistentVolumeClaim{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "PersistentVolumeClaim"}, ObjectMeta: c.object("PersistentVolumeClaim", a.ns, "data-"+name, born, a.selector()), Spec: claim}
		if waits {
			v.Status.Phase = corev1.ClaimPending
		} else {
			v.Spec.VolumeName = "pvc-" + string(v.UID)
			v.Status = corev1.PersistentVolumeClaimStatus{Phase: corev1.ClaimBound, AccessModes: claim.AccessModes, Capacity: corev1.ResourceList{"storage": quantity(disk)}}
		}
		c.add("persistentvolumeclaims", v)
	}
	s.Status = appsv1.StatefulSetStatus{ObservedGeneration: 5, Replicas: int32(n), ReadyReplicas: okay, AvailableReplicas: okay, CurrentReplicas: int32(n), UpdatedReplicas: int32(n),
		CurrentRevision: revision, UpdateRevision: revision, CollisionCount: ptr(int32(0))}
	c.add("statefulsets", s)
	svc := c.service(a, a.name, a.selector(), corev1.ServiceTypeClusterIP)
	svc.Spec.ClusterIP, svc.Spec.ClusterIPs = "None", []string{"None"}
}

// daemonSet adds a DaemonSet with a pod on each of n nodes.
func (c *cluster) daemonSet(a app, version string, n int, deployed time.Time, bad map[int]state) {
	s := &appsv1.DaemonSet{TypeMeta: metav1.TypeMeta{APIVersion: "apps/v1", Kind: "DaemonSet"}, ObjectMeta: c.object("DaemonSet", a.ns, a.name, a.created, a.labels(version))}
	s.Generation = 9
	s.Annotations = map[string]string{"deprecated.daemonset.template.generation": "9"}
	hash := word(9, a.name, version)
	s.Spec = appsv1.DaemonSetSpec{Selector: &metav1.LabelSelector{MatchLabels: a.selector()}, RevisionHistoryLimit: ptr(int32(10)),
		UpdateStrategy: appsv1.DaemonSetUpdateStrategy{Type: appsv1.RollingUpdateDaemonSetStrategyType, RollingUpdate: &appsv1.RollingUpdateDaemonSet{MaxUnavailable: ptr(intstr.FromInt32(1)), MaxSurge: ptr(intstr.FromInt32(0))}},
		Template:       corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: merge(a.selector(), map[string]string{"app.kubernetes.io/version": version})}, Spec: a.podSpec(version, c.name)}}
	owner := metav1.OwnerReference{APIVersion: "apps/v1", Kind: "DaemonSet", Name: a.name, UID: s.UID, Controller: ptr(true), BlockOwnerDeletion: ptr(true)}
	okay := int32(0)
	for i := range n {
		name := a.name + "-" + word(5, c.name, a.name, strconv.Itoa(i))
		p := c.pod(a, version, name, merge(a.selector(), map[string]string{"app.kubernetes.io/version": version, "controller-revision-hash": hash, "pod-template-generation": "9"}), owner, deployed.Add(time.Duration(i)*25*time.Second), bad[i])
		if podReady(p) {
			okay++
		}
	}
	s.Status = appsv1.DaemonSetStatus{ObservedGeneration: 9, CurrentNumberScheduled: int32(n), DesiredNumberScheduled: int32(n), UpdatedNumberScheduled: int32(n), NumberReady: okay, NumberAvailable: okay, NumberUnavailable: int32(n) - okay}
	c.add("daemonsets", s)
	if a.port != 0 {
		c.service(a, a.name, a.selector(), corev1.ServiceTypeClusterIP)
	}
}

// A run is one Job that a CronJob started.
type run struct {
	at     time.Time
	took   time.Duration
	failed bool
	active bool
}

func (c *cluster) cronJob(a app, version, schedule, zone string, policy batchv1.ConcurrencyPolicy, suspend bool, lastSchedule, lastSuccess time.Time, runs ...run) {
	j := &batchv1.CronJob{TypeMeta: metav1.TypeMeta{APIVersion: "batch/v1", Kind: "CronJob"}, ObjectMeta: c.object("CronJob", a.ns, a.name, a.created, a.labels(version))}
	j.Generation = 3
	j.Spec = batchv1.CronJobSpec{Schedule: schedule, ConcurrencyPolicy: policy, Suspend: ptr(suspend), SuccessfulJobsHistoryLimit: ptr(int32(3)), FailedJobsHistoryLimit: ptr(int32(1)),
		JobTemplate: batchv1.JobTemplateSpec{Spec: c.jobSpec(a, version, 2)}}
	if zone != "" {
		j.Spec.TimeZone = ptr(zone)
	}
	if !lastSchedule.IsZero() {
		j.Status.LastScheduleTime = ptr(stamp(lastSchedule))
	}
	if !lastSuccess.IsZero() {
		j.Status.LastSuccessfulTime = ptr(stamp(lastSuccess))
	}
	owner := &metav1.OwnerReference{APIVersion: "batch/v1", Kind: "CronJob", Name: a.name, UID: j.UID, Controller: ptr(true), BlockOwnerDeletion: ptr(true)}
	for _, r := range runs {
		name := fmt.Sprintf("%s-%d", a.name, r.at.Unix()/60)
		c.job(a, version, name, owner, r)
		if r.active {
			j.Status.Active = append(j.Status.Active, corev1.ObjectReference{APIVersion: "batch/v1", Kind: "Job", Namespace: a.ns, Name: name, UID: uid(c.name, "Job", a.ns, name)})
		}
	}
	c.add("cronjobs", j)
}

func (c *cluster) jobSpec(a app, version string, retries int32) batchv1.JobSpec {
	spec := a.podSpec(version, c.name)
	spec.RestartPolicy = corev1.RestartPolicyNever
	return batchv1.JobSpec{BackoffLimit: ptr(retries), Completions: ptr(int32(1)), Parallelism: ptr(int32(1)), CompletionMode: ptr(batchv1.NonIndexedCompletion), Suspend: ptr(false),
		Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: a.selector()}, Spec: spec}}
}

func (c *cluster) job(a app, version, name string, owner *metav1.OwnerReference, r run) {
	labels := merge(a.selector(), map[string]string{"batch.kubernetes.io/job-name": name, "job-name": name})
	meta := a.selector()
	if owner == nil {
		meta = a.labels(version)
	}
	j := &batchv1.Job{TypeMeta: metav1.TypeMeta{APIVersion: "batch/v1", Kind: "Job"}, ObjectMeta: c.object("Job", a.ns, name, r.at, meta), Spec: c.jobSpec(a, version, 2)}
	j.Generation = 1
	j.Spec.Selector = &metav1.LabelSelector{MatchLabels: map[string]string{"batch.kubernetes.io/controller-uid": string(j.UID)}}
	j.Spec.Template.Labels = merge(labels, map[string]string{"batch.kubernetes.io/controller-uid": string(j.UID)})
	if owner != nil {
		j.OwnerReferences = []metav1.OwnerReference{*owner}
	}
	j.Status.StartTime = ptr(stamp(r.at))
	podOwner := metav1.OwnerReference{APIVersion: "batch/v1", Kind: "Job", Name: name, UID: j.UID, Controller: ptr(true), BlockOwnerDeletion: ptr(true)}
	pods, st := 1, succeeded(r.at.Add(r.took))
	end := stamp(r.at.Add(r.took))
	switch {
	case r.active:
		j.Status.Active, j.Status.Ready = 1, ptr(int32(1))
		st = running
	case r.failed:
		pods, st = 3, failed(r.at.Add(r.took), 1)
		j.Status.Failed, j.Status.Ready = 3, ptr(int32(0))
		for _, t := range []batchv1.JobConditionType{batchv1.JobFailureTarget, batchv1.JobFailed} {
			j.Status.Conditions = append(j.Status.Conditions, batchv1.JobCondition{Type: t, Status: corev1.ConditionTrue, Reason: "BackoffLimitExceeded", Message: "Job has reached the specified backoff limit", LastProbeTime: end, LastTransitionTime: end})
		}
	default:
		j.Status.Succeeded, j.Status.Ready = 1, ptr(int32(0))
		j.Status.CompletionTime = &end
		for _, t := range []batchv1.JobConditionType{batchv1.JobSuccessCriteriaMet, batchv1.JobComplete} {
			j.Status.Conditions = append(j.Status.Conditions, batchv1.JobCondition{Type: t, Status: corev1.ConditionTrue, Reason: "CompletionsReached", Message: "Reached expected number of succeeded pods", LastProbeTime: end, LastTransitionTime: end})
		}
	}
	j.Status.UncountedTerminatedPods = &batchv1.UncountedTerminatedPods{}
	for i := range pods {
		p := c.pod(a, version, name+"-"+word(5, c.name, name, strconv.Itoa(i)), labels, podOwner, r.at.Add(time.Duration(i)*20*time.Second), st)
		p.Spec.RestartPolicy = corev1.RestartPolicyNever
	}
	c.add("jobs", j)
}

func (c *cluster) quota(ns string, hard, used map[string]string) {
	q := &corev1.ResourceQuota{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "ResourceQuota"}, ObjectMeta: c.object("ResourceQuota", ns, ns, now.AddDate(0, -14, 0), nil)}
	list := func(m map[string]string) corev1.ResourceList {
		out := corev1.ResourceList{}
		for k, v := range m {
			out[corev1.ResourceName(k)] = quantity(v)
		}
		return out
	}
	q.Spec.Hard, q.Status.Hard, q.Status.Used = list(hard), list(hard), list(used)
	c.add("resourcequotas", q)
}
