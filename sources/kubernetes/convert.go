package kubernetes

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv1 "k8s.io/api/autoscaling/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	networkingv1beta1 "k8s.io/api/networking/v1beta1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	metricsv1beta1 "k8s.io/metrics/pkg/apis/metrics/v1beta1"
)

const (
	revisionAnnotation  = "deployment.kubernetes.io/revision"
	rolloutRevision     = "rollout.argoproj.io/revision"
	restartedAnnotation = "kubectl.kubernetes.io/restartedAt"
	mirrorAnnotation    = "kubernetes.io/config.mirror"
)

// add reduces one object. What it does not name is not kept.
func (c *Collector) add(obj any) {
	switch o := obj.(type) {
	case *corev1.Pod:
		c.pod(o)
	case *corev1.Service:
		c.service(o)
	case *corev1.PersistentVolumeClaim:
		c.claim(o)
	case *corev1.ResourceQuota:
		c.quota(o)
	case *appsv1.Deployment:
		c.deployment(o)
	case *appsv1.StatefulSet:
		c.statefulSet(o)
	case *appsv1.DaemonSet:
		c.daemonSet(o)
	case *appsv1.ReplicaSet:
		c.replicaSet(&o.ObjectMeta, o.Status.Conditions)
	case *batchv1.Job:
		c.job(o)
	case *batchv1.CronJob:
		c.cronJob(o)
	case *autoscalingv2.HorizontalPodAutoscaler:
		c.scaler(o)
	case *autoscalingv1.HorizontalPodAutoscaler:
		c.scalerV1(o)
	case *networkingv1.Ingress:
		c.ingress(o)
	case *networkingv1beta1.Ingress:
		c.ingressV1beta1(o)
	case *policyv1.PodDisruptionBudget:
		c.budget(o)
	case *metricsv1beta1.PodMetrics:
		c.usage(o)
	case *metav1.PartialObjectMetadata:
		if o.Kind == "ReplicaSet" {
			c.replicaSet(&o.ObjectMeta, nil)
		}
	case *unstructured.Unstructured:
		c.unstructured(o)
	case *corev1.Secret, *corev1.ConfigMap, nil:
	case runtime.Object:
		if meta.IsListType(o) {
			_ = meta.EachListItem(o, func(item runtime.Object) error {
				c.add(item)
				return nil
			})
		}
	}
}

// meta reduces what all objects have; ok is false if the namespace is not wanted.
func (c *Collector) meta(o *metav1.ObjectMeta) (m Meta, ok bool) {
	if o.Name == "" || !c.info.keeps(o.Namespace) {
		return m, false
	}
	m = Meta{
		Namespace:  c.str(o.Namespace),
		Name:       c.str(o.Name),
		Created:    at(o.CreationTimestamp),
		Generation: o.Generation,
		Labels:     c.set(o.Labels),
		Finalizers: len(o.Finalizers) > 0,
	}
	if o.DeletionTimestamp != nil {
		m.Deleted = at(*o.DeletionTimestamp)
	}
	for i := range o.OwnerReferences {
		if r := &o.OwnerReferences[i]; r.Controller != nil && *r.Controller {
			m.Owner = Owner{Kind: c.str(r.Kind), Name: c.str(r.Name)}
			break
		}
	}
	return m, true
}

func at(t metav1.Time) Time { return moment(t.Time) }

func atp(t *metav1.Time) Time {
	if t == nil {
		return 0
	}
	return moment(t.Time)
}

// moment drops times that cannot be: before 1970 or after the year 9999.
func moment(t time.Time) Time {
	if t.IsZero() || t.Unix() <= 0 || t.Year() > 9999 {
		return 0
	}
	return Time(t.Unix())
}

func value(p *int32, otherwise int32) int32 {
	if p == nil {
		return otherwise
	}
	return *p
}

// count keeps counters inside what arithmetic on them can bear.
func count(n int32) int32 { return min(max(n, 0), 1_000_000) }

// saysWell are the types of conditions of which True is the good answer.
var saysWell = map[string]bool{
	"Available": true, "Progressing": true, "Ready": true, "ContainersReady": true, "Initialized": true, "PodScheduled": true,
	"AbleToScale": true, "ScalingActive": true, "Complete": true, "DisruptionAllowed": true,
}

func (c *Collector) message(s string) string {
	if s == "" {
		return ""
	}
	s = scrub(s)
	if have, ok := c.strings[s]; ok {
		return have
	}
	c.strings[s] = s
	return s
}

func (c *Collector) pod(o *corev1.Pod) {
	m, ok := c.meta(&o.ObjectMeta)
	if !ok {
		return
	}
	c.seen["pods"]++
	if len(c.snap.Pods) >= maxPods {
		if len(c.snap.Pods) == maxPods && c.seen["pods"] == maxPods+1 {
			c.problem("more than 200,000 pods: the rest is left out")
		}
		c.snap.Skipped++
		return
	}
	p := PodState{
		Meta:    m,
		Phase:   c.str(string(o.Status.Phase)),
		Reason:  c.str(o.Status.Reason),
		Started: atp(o.Status.StartTime),
		Restart: c.str(string(o.Spec.RestartPolicy)),
	}
	if o.Status.Phase == corev1.PodFailed {
		p.Message = c.message(o.Status.Message)
	}
	_, p.Mirror = o.Annotations[mirrorAnnotation]
	p.Conditions = c.podConditions(o)
	for i := range o.Spec.ReadinessGates {
		p.Gates = append(p.Gates, c.str(string(o.Spec.ReadinessGates[i].ConditionType)))
	}
	for i := range o.Spec.Volumes {
		v := &o.Spec.Volumes[i]
		switch {
		case v.PersistentVolumeClaim != nil:
			p.Claims = append(p.Claims, c.str(v.PersistentVolumeClaim.ClaimName))
		case v.Ephemeral != nil:
			p.Claims = append(p.Claims, c.str(o.Name+"-"+v.Name))
		}
	}
	p.Inits = c.containers(o.Spec.InitContainers, o.Status.InitContainerStatuses)
	p.Containers = c.containers(o.Spec.Containers, o.Status.ContainerStatuses)
	c.snap.Pods = append(c.snap.Pods, p)
}

// podConditions keeps those that say how a pod is: Ready always, the others only
// while they tell something that Ready does not.
func (c *Collector) podConditions(o *corev1.Pod) []Condition {
	ready, n := false, 0
	for i := range o.Status.Conditions {
		k := &o.Status.Conditions[i]
		ready = ready || k.Type == corev1.PodReady && k.Status == corev1.ConditionTrue
	}
	keep := func(k *corev1.PodCondition) bool {
		switch k.Type {
		case corev1.PodReady:
			return true
		case corev1.PodScheduled:
			return k.Status != corev1.ConditionTrue || o.Status.Phase == corev1.PodPending
		case corev1.ContainersReady:
			return !ready
		}
		return false
	}
	for i := range o.Status.Conditions {
		if keep(&o.Status.Conditions[i]) {
			n++
		}
	}
	if n == 0 {
		return nil
	}
	out := make([]Condition, 0, n)
	for i := range o.Status.Conditions {
		k := &o.Status.Conditions[i]
		if !keep(k) {
			continue
		}
		cond := Condition{Type: c.str(string(k.Type)), Status: c.str(string(k.Status)), Reason: c.str(k.Reason), Since: at(k.LastTransitionTime)}
		if k.Type == corev1.PodScheduled {
			cond.Message = c.message(k.Message)
		}
		out = append(out, cond)
	}
	return out
}

// containers lays specs and statuses side by side, in the order of the specs;
// statuses without a spec come after them.
func (c *Collector) containers(specs []corev1.Container, statuses []corev1.ContainerStatus) []Container {
	if len(specs)+len(statuses) == 0 {
		return nil
	}
	out := make([]Container, 0, max(len(specs), len(statuses)))
	byName := func(name string) *corev1.ContainerStatus {
		for i := range statuses {
			if statuses[i].Name == name {
				return &statuses[i]
			}
		}
		return nil
	}
	for i := range specs {
		k := Container{Spec: c.containerSpec(&specs[i])}
		if s := byName(specs[i].Name); s != nil {
			c.containerStatus(&k, s)
		}
		out = append(out, k)
	}
	if len(statuses) > len(specs) || len(statuses) > 0 && !covers(specs, statuses) {
		known := make(map[string]bool, len(specs))
		for i := range specs {
			known[specs[i].Name] = true
		}
		for i := range statuses {
			if s := &statuses[i]; !known[s.Name] {
				known[s.Name] = true
				k := Container{Spec: c.spec(&ContainerSpec{Name: c.str(s.Name), Image: c.str(s.Image)})}
				c.containerStatus(&k, s)
				out = append(out, k)
			}
		}
	}
	return out
}

func covers(specs []corev1.Container, statuses []corev1.ContainerStatus) bool {
	for i := range statuses {
		if !slices.ContainsFunc(specs, func(s corev1.Container) bool { return s.Name == statuses[i].Name }) {
			return false
		}
	}
	return true
}

func (c *Collector) containerSpec(o *corev1.Container) *ContainerSpec {
	s := &ContainerSpec{
		Name:       c.str(o.Name),
		Image:      c.str(o.Image),
		CPURequest: millis(o.Resources.Requests, corev1.ResourceCPU),
		CPULimit:   millis(o.Resources.Limits, corev1.ResourceCPU),
		MemRequest: units(o.Resources.Requests, corev1.ResourceMemory),
		MemLimit:   units(o.Resources.Limits, corev1.ResourceMemory),
		Readiness:  probe(o.ReadinessProbe),
		Startup:    probe(o.StartupProbe),
		Liveness:   o.LivenessProbe != nil,
		Sidecar:    o.RestartPolicy != nil && *o.RestartPolicy == corev1.ContainerRestartPolicyAlways,
	}
	for i := range o.Ports {
		if n := o.Ports[i].Name; n != "" {
			s.Ports = append(s.Ports, c.str(n))
		}
	}
	return c.spec(s)
}

func (c *Collector) containerStatus(k *Container, s *corev1.ContainerStatus) {
	k.Digest = c.str(digest(s.ImageID))
	k.Ready = s.Ready
	k.Started = s.Started != nil && *s.Started
	k.Restarts = count(s.RestartCount)
	k.State = c.state(&s.State)
	if last := c.state(&s.LastTerminationState); last != (ContainerState{}) {
		k.Last = &last
	}
}

func (c *Collector) state(s *corev1.ContainerState) ContainerState {
	switch {
	case s.Waiting != nil && s.Waiting.Reason == "CrashLoopBackOff": // its message says nothing that the counts do not
		return ContainerState{Kind: waiting, Reason: c.str(s.Waiting.Reason)}
	case s.Waiting != nil:
		return ContainerState{Kind: waiting, Reason: c.str(s.Waiting.Reason), Message: c.message(s.Waiting.Message)}
	case s.Running != nil:
		return ContainerState{Kind: running, Started: at(s.Running.StartedAt)}
	case s.Terminated != nil:
		t := s.Terminated
		return ContainerState{Kind: terminated, Reason: c.str(t.Reason), Exit: t.ExitCode, Signal: t.Signal, Started: at(t.StartedAt), Finished: at(t.FinishedAt)}
	}
	return ContainerState{}
}

// digest returns the first 12 digits of the sha256 in an image id such as
// docker-pullable://registry.example.com/app@sha256:0123..., or "".
func digest(id string) string {
	i := strings.LastIndex(id, "sha256:")
	if i < 0 {
		return ""
	}
	hex := id[i+len("sha256:"):]
	if len(hex) < 12 || strings.Trim(hex[:12], "0123456789abcdef") != "" {
		return ""
	}
	return hex[:12]
}

func millis(list corev1.ResourceList, name corev1.ResourceName) int64 {
	q, ok := list[name]
	if !ok {
		return 0
	}
	return bounded(q.MilliValue())
}

func units(list corev1.ResourceList, name corev1.ResourceName) int64 {
	q, ok := list[name]
	if !ok {
		return 0
	}
	return bounded(q.Value())
}

// bounded keeps amounts inside what sums of them can bear.
func bounded(n int64) int64 { return min(max(n, 0), 1<<50) }

func probe(p *corev1.Probe) *Probe {
	if p == nil {
		return nil
	}
	return &Probe{
		Delay:     min(max(p.InitialDelaySeconds, 0), 86_400),
		Period:    min(max(cmp.Or(p.PeriodSeconds, 10), 1), 86_400),
		Threshold: min(max(cmp.Or(p.FailureThreshold, 3), 1), 100_000),
	}
}

func (c *Collector) template(t *corev1.PodTemplateSpec) Template {
	out := Template{Labels: c.set(t.Labels)}
	for i := range t.Spec.Containers {
		out.Containers = append(out.Containers, c.containerSpec(&t.Spec.Containers[i]))
	}
	for i := range t.Spec.InitContainers { // sidecars count towards ports and requests
		if s := c.containerSpec(&t.Spec.InitContainers[i]); s.Sidecar {
			out.Containers = append(out.Containers, s)
		}
	}
	if r := t.Annotations[restartedAnnotation]; r != "" {
		if when, err := time.Parse(time.RFC3339, r); err == nil {
			out.Restarted = moment(when)
		}
	}
	return out
}

func revision(annotations map[string]string, key string) int64 {
	n, err := strconv.ParseInt(annotations[key], 10, 64)
	if err != nil || n < 0 {
		return 0
	}
	return n
}

func (c *Collector) deployment(o *appsv1.Deployment) {
	m, ok := c.meta(&o.ObjectMeta)
	if !ok {
		return
	}
	w := WorkloadState{
		Kind: "Deployment", Meta: m,
		Want:      count(value(o.Spec.Replicas, 1)),
		Replicas:  count(o.Status.Replicas),
		Updated:   count(o.Status.UpdatedReplicas),
		Ready:     count(o.Status.ReadyReplicas),
		Available: count(o.Status.AvailableReplicas),
		Observed:  o.Status.ObservedGeneration,
		Paused:    o.Spec.Paused,
		Strategy:  c.str(string(o.Spec.Strategy.Type)),
		Revision:  revision(o.Annotations, revisionAnnotation),
		Template:  c.template(&o.Spec.Template),
		Selector:  c.selection(o.Spec.Selector),
	}
	for i := range o.Status.Conditions {
		k := &o.Status.Conditions[i]
		w.Conditions = append(w.Conditions, c.condition(string(k.Type), string(k.Status), k.Reason, k.Message, k.LastTransitionTime, k.LastUpdateTime))
	}
	c.snap.Workloads = append(c.snap.Workloads, w)
}

// condition reduces a condition. What it says when all is well is not kept: no
// rule reads it, and it is most of what clusters say.
func (c *Collector) condition(typ, status, reason, message string, since, updated metav1.Time) Condition {
	if status == "True" && saysWell[typ] {
		message = ""
	}
	return Condition{Type: c.str(typ), Status: c.str(status), Reason: c.str(reason), Message: c.message(message), Since: at(since), Updated: at(updated)}
}

func (c *Collector) statefulSet(o *appsv1.StatefulSet) {
	m, ok := c.meta(&o.ObjectMeta)
	if !ok {
		return
	}
	w := WorkloadState{
		Kind: "StatefulSet", Meta: m,
		Want:        count(value(o.Spec.Replicas, 1)),
		Replicas:    count(o.Status.Replicas),
		Updated:     count(o.Status.UpdatedReplicas),
		Ready:       count(o.Status.ReadyReplicas),
		Available:   count(o.Status.AvailableReplicas),
		Observed:    o.Status.ObservedGeneration,
		Strategy:    c.str(string(o.Spec.UpdateStrategy.Type)),
		OldRevision: c.str(o.Status.CurrentRevision),
		NewRevision: c.str(o.Status.UpdateRevision),
		Template:    c.template(&o.Spec.Template),
		Selector:    c.selection(o.Spec.Selector),
	}
	if w.Available == 0 && w.Ready > 0 { // servers before 1.22 do not count availability
		w.Available = w.Ready
	}
	if r := o.Spec.UpdateStrategy.RollingUpdate; r != nil {
		w.Partition = count(value(r.Partition, 0))
	}
	for i := range o.Spec.VolumeClaimTemplates {
		w.Template.Claims = append(w.Template.Claims, c.str(o.Spec.VolumeClaimTemplates[i].Name))
	}
	for i := range o.Status.Conditions {
		k := &o.Status.Conditions[i]
		w.Conditions = append(w.Conditions, c.condition(string(k.Type), string(k.Status), k.Reason, k.Message, k.LastTransitionTime, metav1.Time{}))
	}
	c.snap.Workloads = append(c.snap.Workloads, w)
}

func (c *Collector) daemonSet(o *appsv1.DaemonSet) {
	m, ok := c.meta(&o.ObjectMeta)
	if !ok {
		return
	}
	w := WorkloadState{
		Kind: "DaemonSet", Meta: m,
		Want:         count(o.Status.DesiredNumberScheduled),
		Replicas:     count(o.Status.CurrentNumberScheduled),
		Updated:      count(o.Status.UpdatedNumberScheduled),
		Ready:        count(o.Status.NumberReady),
		Available:    count(o.Status.NumberAvailable),
		Misscheduled: count(o.Status.NumberMisscheduled),
		Observed:     o.Status.ObservedGeneration,
		Strategy:     c.str(string(o.Spec.UpdateStrategy.Type)),
		Template:     c.template(&o.Spec.Template),
		Selector:     c.selection(o.Spec.Selector),
	}
	for i := range o.Status.Conditions {
		k := &o.Status.Conditions[i]
		w.Conditions = append(w.Conditions, c.condition(string(k.Type), string(k.Status), k.Reason, k.Message, k.LastTransitionTime, metav1.Time{}))
	}
	c.snap.Workloads = append(c.snap.Workloads, w)
}

func (c *Collector) replicaSet(o *metav1.ObjectMeta, conditions []appsv1.ReplicaSetCondition) {
	m, ok := c.meta(o)
	if !ok {
		return
	}
	r := ReplicaSet{Meta: m, Revision: max(revision(o.Annotations, revisionAnnotation), revision(o.Annotations, rolloutRevision))}
	for i := range conditions {
		k := &conditions[i]
		r.Conditions = append(r.Conditions, c.condition(string(k.Type), string(k.Status), k.Reason, k.Message, k.LastTransitionTime, metav1.Time{}))
	}
	c.snap.ReplicaSets = append(c.snap.ReplicaSets, r)
}

func (c *Collector) job(o *batchv1.Job) {
	m, ok := c.meta(&o.ObjectMeta)
	if !ok {
		return
	}
	j := Job{
		Meta:      m,
		Suspended: o.Spec.Suspend != nil && *o.Spec.Suspend,
		Active:    count(o.Status.Active),
		Succeeded: count(o.Status.Succeeded),
		Failed:    count(o.Status.Failed),
		Started:   atp(o.Status.StartTime),
		Completed: atp(o.Status.CompletionTime),
		Template:  c.template(&o.Spec.Template),
	}
	for i := range o.Status.Conditions {
		k := &o.Status.Conditions[i]
		j.Conditions = append(j.Conditions, c.condition(string(k.Type), string(k.Status), k.Reason, k.Message, k.LastTransitionTime, metav1.Time{}))
	}
	c.snap.Jobs = append(c.snap.Jobs, j)
}

func (c *Collector) cronJob(o *batchv1.CronJob) {
	m, ok := c.meta(&o.ObjectMeta)
	if !ok {
		return
	}
	j := CronJobState{
		Meta:        m,
		Schedule:    c.str(o.Spec.Schedule),
		Suspended:   o.Spec.Suspend != nil && *o.Spec.Suspend,
		Policy:      c.str(string(o.Spec.ConcurrencyPolicy)),
		LastRun:     atp(o.Status.LastScheduleTime),
		LastSuccess: atp(o.Status.LastSuccessfulTime),
		Template:    c.template(&o.Spec.JobTemplate.Spec.Template),
	}
	if o.Spec.TimeZone != nil {
		j.Zone = c.str(*o.Spec.TimeZone)
	}
	if d := o.Spec.StartingDeadlineSeconds; d != nil {
		j.Deadline = min(max(*d, 0), 1<<31)
	}
	for i := range o.Status.Active {
		j.Active = append(j.Active, c.str(o.Status.Active[i].Name))
	}
	slices.Sort(j.Active)
	c.snap.CronJobs = append(c.snap.CronJobs, j)
}

func (c *Collector) scaler(o *autoscalingv2.HorizontalPodAutoscaler) {
	m, ok := c.meta(&o.ObjectMeta)
	if !ok {
		return
	}
	s := Scaler{
		Meta:      m,
		Target:    Owner{Kind: c.str(o.Spec.ScaleTargetRef.Kind), Name: c.str(o.Spec.ScaleTargetRef.Name)},
		Min:       count(value(o.Spec.MinReplicas, 1)),
		Max:       count(o.Spec.MaxReplicas),
		Current:   count(o.Status.CurrentReplicas),
		Desired:   count(o.Status.DesiredReplicas),
		LastScale: atp(o.Status.LastScaleTime),
	}
	s.Observed = s.Current > 0 || s.Desired > 0 || s.LastScale > 0 || len(o.Status.Conditions) > 0 || o.Status.ObservedGeneration != nil
	for i := range o.Spec.Metrics {
		if sm, ok := c.metric(&o.Spec.Metrics[i]); ok {
			current(&sm, o.Status.CurrentMetrics)
			s.Metrics = append(s.Metrics, sm)
		}
	}
	for i := range o.Status.Conditions {
		k := &o.Status.Conditions[i]
		s.Conditions = append(s.Conditions, c.condition(string(k.Type), string(k.Status), k.Reason, k.Message, k.LastTransitionTime, metav1.Time{}))
	}
	c.snap.Scalers = append(c.snap.Scalers, s)
}

func (c *Collector) metric(o *autoscalingv2.MetricSpec) (ScaleMetric, bool) {
	s := ScaleMetric{Type: c.str(string(o.Type))}
	var t *autoscalingv2.MetricTarget
	switch {
	case o.Resource != nil:
		s.Name, t = string(o.Resource.Name), &o.Resource.Target
	case o.ContainerResource != nil:
		s.Name, t = string(o.ContainerResource.Name), &o.ContainerResource.Target
	case o.Pods != nil:
		s.Name, t = o.Pods.Metric.Name, &o.Pods.Target
	case o.Object != nil:
		s.Name, t = o.Object.Metric.Name, &o.Object.Target
	case o.External != nil:
		s.Name, t = o.External.Metric.Name, &o.External.Target
	default:
		return s, false
	}
	s.Name = c.str(s.Name)
	switch {
	case t.AverageUtilization != nil:
		s.Percent, s.Target = true, float64(*t.AverageUtilization)
	case t.AverageValue != nil:
		s.Target = number(t.AverageValue)
	case t.Value != nil:
		s.Target = number(t.Value)
	}
	return s, true
}

// current fills in the value of the metric that the status reports.
func current(s *ScaleMetric, list []autoscalingv2.MetricStatus) {
	for i := range list {
		o := &list[i]
		var v *autoscalingv2.MetricValueStatus
		name := ""
		switch {
		case string(o.Type) != s.Type:
			continue
		case o.Resource != nil:
			name, v = string(o.Resource.Name), &o.Resource.Current
		case o.ContainerResource != nil:
			name, v = string(o.ContainerResource.Name), &o.ContainerResource.Current
		case o.Pods != nil:
			name, v = o.Pods.Metric.Name, &o.Pods.Current
		case o.Object != nil:
			name, v = o.Object.Metric.Name, &o.Object.Current
		case o.External != nil:
			name, v = o.External.Metric.Name, &o.External.Current
		}
		if v == nil || name != s.Name {
			continue
		}
		switch {
		case s.Percent && v.AverageUtilization != nil:
			s.Current, s.HasCurrent = float64(*v.AverageUtilization), true
		case !s.Percent && v.AverageValue != nil:
			s.Current, s.HasCurrent = number(v.AverageValue), true
		case !s.Percent && v.Value != nil:
			s.Current, s.HasCurrent = number(v.Value), true
		}
		return
	}
}

func number(q *resource.Quantity) float64 {
	f := q.AsApproximateFloat64()
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return 0
	}
	return f
}

func (c *Collector) scalerV1(o *autoscalingv1.HorizontalPodAutoscaler) {
	v2 := autoscalingv2.HorizontalPodAutoscaler{ObjectMeta: o.ObjectMeta}
	v2.Spec.ScaleTargetRef.Kind, v2.Spec.ScaleTargetRef.Name = o.Spec.ScaleTargetRef.Kind, o.Spec.ScaleTargetRef.Name
	v2.Spec.MinReplicas, v2.Spec.MaxReplicas = o.Spec.MinReplicas, o.Spec.MaxReplicas
	v2.Status.CurrentReplicas, v2.Status.DesiredReplicas = o.Status.CurrentReplicas, o.Status.DesiredReplicas
	v2.Status.LastScaleTime, v2.Status.ObservedGeneration = o.Status.LastScaleTime, o.Status.ObservedGeneration
	if t := o.Spec.TargetCPUUtilizationPercentage; t != nil {
		v2.Spec.Metrics = []autoscalingv2.MetricSpec{{Type: autoscalingv2.ResourceMetricSourceType, Resource: &autoscalingv2.ResourceMetricSource{
			Name: corev1.ResourceCPU, Target: autoscalingv2.MetricTarget{AverageUtilization: t}}}}
	}
	if now := o.Status.CurrentCPUUtilizationPercentage; now != nil {
		v2.Status.CurrentMetrics = []autoscalingv2.MetricStatus{{Type: autoscalingv2.ResourceMetricSourceType, Resource: &autoscalingv2.ResourceMetricStatus{
			Name: corev1.ResourceCPU, Current: autoscalingv2.MetricValueStatus{AverageUtilization: now}}}}
	}
	c.scaler(&v2)
}

func (c *Collector) service(o *corev1.Service) {
	m, ok := c.meta(&o.ObjectMeta)
	if !ok {
		return
	}
	s := ServiceState{
		Meta:     m,
		Type:     c.str(string(cmp.Or(o.Spec.Type, corev1.ServiceTypeClusterIP))),
		Selector: c.set(o.Spec.Selector),
	}
	if o.Spec.Type == corev1.ServiceTypeExternalName {
		s.External = c.str(o.Spec.ExternalName)
	}
	for i := range o.Spec.Ports {
		p := &o.Spec.Ports[i]
		s.Ports = append(s.Ports, ServicePort{Name: c.str(p.Name), Port: p.Port, TargetName: c.str(p.TargetPort.StrVal)})
	}
	for _, i := range o.Status.LoadBalancer.Ingress {
		if i.IP != "" || i.Hostname != "" {
			s.HasAddress = true
			s.Host = c.str(i.Hostname)
			break
		}
	}
	c.snap.Services = append(c.snap.Services, s)
}

func (c *Collector) ingress(o *networkingv1.Ingress) {
	m, ok := c.meta(&o.ObjectMeta)
	if !ok {
		return
	}
	r := Route{Kind: "Ingress", Meta: m}
	if o.Spec.IngressClassName != nil {
		r.Class = c.str(*o.Spec.IngressClassName)
	} else {
		r.Class = c.str(o.Annotations["kubernetes.io/ingress.class"])
	}
	var tls []string
	for i := range o.Spec.TLS {
		tls = append(tls, o.Spec.TLS[i].Hosts...)
		if len(o.Spec.TLS[i].Hosts) == 0 {
			tls = append(tls, "*")
		}
	}
	secure := func(host string) bool { return slices.Contains(tls, host) || matchesAny(tls, host) }
	backend := func(host, path string, b *networkingv1.IngressBackend) {
		rule := RouteRule{Host: c.str(host), Path: c.str(path), TLS: secure(host)}
		if b.Service != nil {
			rule.Service, rule.Port, rule.PortName = c.str(b.Service.Name), b.Service.Port.Number, c.str(b.Service.Port.Name)
		}
		r.Rules = append(r.Rules, rule)
	}
	if o.Spec.DefaultBackend != nil {
		backend("", "", o.Spec.DefaultBackend)
	}
	for i := range o.Spec.Rules {
		if o.Spec.Rules[i].HTTP == nil {
			continue
		}
		for j := range o.Spec.Rules[i].HTTP.Paths {
			p := &o.Spec.Rules[i].HTTP.Paths[j]
			backend(o.Spec.Rules[i].Host, p.Path, &p.Backend)
		}
	}
	for _, i := range o.Status.LoadBalancer.Ingress {
		r.HasAddress = r.HasAddress || i.IP != "" || i.Hostname != ""
	}
	c.snap.Routes = append(c.snap.Routes, r)
}

func (c *Collector) ingressV1beta1(o *networkingv1beta1.Ingress) {
	v1 := networkingv1.Ingress{ObjectMeta: o.ObjectMeta}
	v1.Spec.IngressClassName = o.Spec.IngressClassName
	backend := func(b *networkingv1beta1.IngressBackend) networkingv1.IngressBackend {
		if b.ServiceName == "" {
			return networkingv1.IngressBackend{}
		}
		return networkingv1.IngressBackend{Service: &networkingv1.IngressServiceBackend{
			Name: b.ServiceName, Port: networkingv1.ServiceBackendPort{Name: b.ServicePort.StrVal, Number: b.ServicePort.IntVal}}}
	}
	if o.Spec.Backend != nil {
		b := backend(o.Spec.Backend)
		v1.Spec.DefaultBackend = &b
	}
	for i := range o.Spec.TLS {
		v1.Spec.TLS = append(v1.Spec.TLS, networkingv1.IngressTLS{Hosts: o.Spec.TLS[i].Hosts})
	}
	for i := range o.Spec.Rules {
		r := networkingv1.IngressRule{Host: o.Spec.Rules[i].Host}
		if h := o.Spec.Rules[i].HTTP; h != nil {
			r.HTTP = &networkingv1.HTTPIngressRuleValue{}
			for j := range h.Paths {
				r.HTTP.Paths = append(r.HTTP.Paths, networkingv1.HTTPIngressPath{Path: h.Paths[j].Path, Backend: backend(&h.Paths[j].Backend)})
			}
		}
		v1.Spec.Rules = append(v1.Spec.Rules, r)
	}
	for _, i := range o.Status.LoadBalancer.Ingress {
		v1.Status.LoadBalancer.Ingress = append(v1.Status.LoadBalancer.Ingress, networkingv1.IngressLoadBalancerIngress{IP: i.IP, Hostname: i.Hostname})
	}
	c.ingress(&v1)
}

func (c *Collector) budget(o *policyv1.PodDisruptionBudget) {
	m, ok := c.meta(&o.ObjectMeta)
	if !ok {
		return
	}
	b := Budget{
		Meta:     m,
		Selector: c.selection(o.Spec.Selector),
		Expected: count(o.Status.ExpectedPods),
		Healthy:  count(o.Status.CurrentHealthy),
		Desired:  count(o.Status.DesiredHealthy),
		Allowed:  count(o.Status.DisruptionsAllowed),
	}
	for i := range o.Status.Conditions {
		k := &o.Status.Conditions[i]
		b.Conditions = append(b.Conditions, c.condition(k.Type, string(k.Status), k.Reason, k.Message, k.LastTransitionTime, metav1.Time{}))
	}
	b.Observed = o.Status.ObservedGeneration > 0 || len(b.Conditions) > 0 || b.Expected+b.Healthy+b.Desired+b.Allowed > 0
	c.snap.Budgets = append(c.snap.Budgets, b)
}

func (c *Collector) claim(o *corev1.PersistentVolumeClaim) {
	m, ok := c.meta(&o.ObjectMeta)
	if !ok {
		return
	}
	k := Claim{Meta: m, Phase: c.str(string(o.Status.Phase)), Size: units(o.Status.Capacity, corev1.ResourceStorage)}
	if k.Size == 0 {
		k.Size = units(o.Spec.Resources.Requests, corev1.ResourceStorage)
	}
	if o.Spec.StorageClassName != nil {
		k.Class = c.str(*o.Spec.StorageClassName)
	}
	c.snap.Claims = append(c.snap.Claims, k)
}

func (c *Collector) quota(o *corev1.ResourceQuota) {
	m, ok := c.meta(&o.ObjectMeta)
	if !ok {
		return
	}
	q := Quota{Meta: m}
	for name, hard := range o.Status.Hard {
		used := o.Status.Used[name]
		q.Items = append(q.Items, QuotaItem{Resource: c.str(string(name)), Hard: number(&hard), Used: number(&used)})
	}
	slices.SortFunc(q.Items, func(a, b QuotaItem) int { return cmp.Compare(a.Resource, b.Resource) })
	c.snap.Quotas = append(c.snap.Quotas, q)
}

func (c *Collector) usage(o *metricsv1beta1.PodMetrics) {
	if o.Name == "" || !c.info.keeps(o.Namespace) {
		return
	}
	u := Usage{Namespace: c.str(o.Namespace), Name: c.str(o.Name), At: at(o.Timestamp), Window: int64(o.Window.Seconds())}
	for i := range o.Containers {
		k := &o.Containers[i]
		u.Containers = append(u.Containers, ContainerUsage{Name: c.str(k.Name), CPU: millis(k.Usage, corev1.ResourceCPU), Mem: units(k.Usage, corev1.ResourceMemory)})
	}
	c.snap.Usage = append(c.snap.Usage, u)
}

// typed returns an empty object of a built-in kind, or nil. Versions that
// differ only in their name share one type.
func typed(gvk schema.GroupVersionKind) runtime.Object {
	switch gvk.Group {
	case "":
		switch gvk.Kind {
		case "Pod":
			return &corev1.Pod{}
		case "Service":
			return &corev1.Service{}
		case "PersistentVolumeClaim":
			return &corev1.PersistentVolumeClaim{}
		case "ResourceQuota":
			return &corev1.ResourceQuota{}
		}
	case "apps", "extensions":
		switch gvk.Kind {
		case "Deployment":
			return &appsv1.Deployment{}
		case "StatefulSet":
			return &appsv1.StatefulSet{}
		case "DaemonSet":
			return &appsv1.DaemonSet{}
		case "ReplicaSet":
			return &appsv1.ReplicaSet{}
		case "Ingress":
			return &networkingv1beta1.Ingress{}
		}
	case "batch":
		switch gvk.Kind {
		case "Job":
			return &batchv1.Job{}
		case "CronJob":
			return &batchv1.CronJob{}
		}
	case "autoscaling":
		if gvk.Kind == "HorizontalPodAutoscaler" {
			if gvk.Version == "v1" {
				return &autoscalingv1.HorizontalPodAutoscaler{}
			}
			return &autoscalingv2.HorizontalPodAutoscaler{}
		}
	case "networking.k8s.io":
		if gvk.Kind == "Ingress" {
			if gvk.Version == "v1" {
				return &networkingv1.Ingress{}
			}
			return &networkingv1beta1.Ingress{}
		}
	case "policy":
		if gvk.Kind == "PodDisruptionBudget" {
			return &policyv1.PodDisruptionBudget{}
		}
	case "metrics.k8s.io":
		if gvk.Kind == "PodMetrics" {
			return &metricsv1beta1.PodMetrics{}
		}
	}
	return nil
}
