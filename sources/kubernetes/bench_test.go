package kubernetes

import (
	"bytes"
	"encoding/json"
	"fmt"
	"runtime"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/portolan-dev/portolan/sources/catalog"
)

func ptr[T any](v T) *T { return &v }

// syntheticPod is a pod of the usual size: two containers, probes, a dozen
// environment variables, annotations.
func syntheticPod(service, ns string, n int, crash bool) *corev1.Pod {
	rs := service + "-6d5f7c9b8"
	env := make([]corev1.EnvVar, 12)
	for i := range env {
		env[i] = corev1.EnvVar{Name: fmt.Sprintf("SETTING_%d", i), Value: "a value of ordinary length"}
	}
	c := func(name string) corev1.Container {
		return corev1.Container{
			Name: name, Image: "registry.example.com/" + service + "/" + name + ":1.4.2", Env: env, Args: []string{"--listen=:8080", "--log=info"},
			Ports: []corev1.ContainerPort{{Name: "http", ContainerPort: 8080}},
			Resources: corev1.ResourceRequirements{
				Requests: corev1.ResourceList{"cpu": resource.MustParse("250m"), "memory": resource.MustParse("256Mi")},
				Limits:   corev1.ResourceList{"memory": resource.MustParse("512Mi")},
			},
			ReadinessProbe: &corev1.Probe{PeriodSeconds: 10, FailureThreshold: 3},
		}
	}
	started := metav1.NewTime(testNow.Add(-48 * time.Hour))
	p := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Name: fmt.Sprintf("%s-%05d", rs, n), Namespace: ns, UID: "00000000-0000-4000-8000-000000000001", CreationTimestamp: started,
			Labels:          map[string]string{idLabel: service, "app": service, "pod-template-hash": "6d5f7c9b8"},
			Annotations:     map[string]string{"example.com/config": "0123456789abcdef", "prometheus.io/scrape": "true"},
			OwnerReferences: []metav1.OwnerReference{{Kind: "ReplicaSet", Name: rs, Controller: ptr(true)}},
		},
		Spec: corev1.PodSpec{Containers: []corev1.Container{c("app"), c("proxy")}, RestartPolicy: corev1.RestartPolicyAlways, NodeName: "node-a"},
		Status: corev1.PodStatus{Phase: corev1.PodRunning, StartTime: &started, Conditions: []corev1.PodCondition{
			{Type: corev1.PodScheduled, Status: corev1.ConditionTrue, LastTransitionTime: started},
			{Type: corev1.PodInitialized, Status: corev1.ConditionTrue, LastTransitionTime: started},
			{Type: corev1.ContainersReady, Status: corev1.ConditionTrue, LastTransitionTime: started},
			{Type: corev1.PodReady, Status: corev1.ConditionTrue, LastTransitionTime: started},
		}},
	}
	for _, k := range p.Spec.Containers {
		p.Status.ContainerStatuses = append(p.Status.ContainerStatuses, corev1.ContainerStatus{
			Name: k.Name, Image: k.Image, ImageID: k.Image + "@sha256:a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1", Ready: true, Started: ptr(true),
			State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: started}},
		})
	}
	if crash {
		s := &p.Status.ContainerStatuses[0]
		s.Ready, s.RestartCount = false, 17
		s.State = corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "CrashLoopBackOff", Message: "back-off 5m0s restarting failed container=app pod=" + p.Name}}
		s.LastTerminationState = corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: 1, Reason: "Error", FinishedAt: metav1.NewTime(testNow.Add(-3 * time.Minute))}}
		p.Status.Conditions[2].Status, p.Status.Conditions[3].Status = corev1.ConditionFalse, corev1.ConditionFalse
	}
	return p
}

// addService gives a collector everything of one service.
func addService(c *Collector, service, ns string, pods int, crash bool) {
	created := metav1.NewTime(testNow.Add(-400 * time.Hour))
	labels := map[string]string{idLabel: service, "app": service}
	m := func() metav1.ObjectMeta {
		return metav1.ObjectMeta{Name: service, Namespace: ns, Labels: labels, CreationTimestamp: created, Generation: 3}
	}
	first := syntheticPod(service, ns, 0, false)
	ready := int32(pods)
	if crash {
		ready = int32(pods / 2)
	}
	available := corev1.ConditionTrue
	if crash {
		available = corev1.ConditionFalse
	}
	c.Add(&appsv1.Deployment{ObjectMeta: m(), Spec: appsv1.DeploymentSpec{Replicas: ptr(int32(pods)), Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": service}},
		Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: labels}, Spec: first.Spec}},
		Status: appsv1.DeploymentStatus{ObservedGeneration: 3, Replicas: int32(pods), UpdatedReplicas: int32(pods), ReadyReplicas: ready, AvailableReplicas: ready,
			Conditions: []appsv1.DeploymentCondition{{Type: appsv1.DeploymentAvailable, Status: available, LastTransitionTime: created}}}})
	c.Add(&metav1.PartialObjectMetadata{TypeMeta: metav1.TypeMeta{Kind: "ReplicaSet"}, ObjectMeta: metav1.ObjectMeta{Name: service + "-6d5f7c9b8", Namespace: ns, CreationTimestamp: created, Labels: labels,
		OwnerReferences: []metav1.OwnerReference{{Kind: "Deployment", Name: service, Controller: ptr(true)}}}})
	c.Add(&autoscalingv2.HorizontalPodAutoscaler{ObjectMeta: m(), Spec: autoscalingv2.HorizontalPodAutoscalerSpec{MinReplicas: ptr(int32(2)), MaxReplicas: int32(pods + 5), ScaleTargetRef: autoscalingv2.CrossVersionObjectReference{Kind: "Deployment", Name: service}},
		Status: autoscalingv2.HorizontalPodAutoscalerStatus{CurrentReplicas: int32(pods), DesiredReplicas: int32(pods)}})
	c.Add(&corev1.Service{ObjectMeta: m(), Spec: corev1.ServiceSpec{Selector: map[string]string{"app": service}, Ports: []corev1.ServicePort{{Name: "http", Port: 80, TargetPort: intstr.FromString("http")}}}})
	c.Add(&networkingv1.Ingress{ObjectMeta: m(), Spec: networkingv1.IngressSpec{Rules: []networkingv1.IngressRule{{Host: service + ".example.com", IngressRuleValue: networkingv1.IngressRuleValue{HTTP: &networkingv1.HTTPIngressRuleValue{
		Paths: []networkingv1.HTTPIngressPath{{Path: "/", Backend: networkingv1.IngressBackend{Service: &networkingv1.IngressServiceBackend{Name: service, Port: networkingv1.ServiceBackendPort{Name: "http"}}}}}}}}}}})
	c.Add(&policyv1.PodDisruptionBudget{ObjectMeta: m(), Spec: policyv1.PodDisruptionBudgetSpec{Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": service}}},
		Status: policyv1.PodDisruptionBudgetStatus{ExpectedPods: int32(pods), CurrentHealthy: ready, DesiredHealthy: ready - 1, DisruptionsAllowed: 1}})
	for i := range pods {
		c.Add(syntheticPod(service, ns, i, crash && i%2 == 0))
	}
}

// syntheticWorld is the size that the product promises: services in up to
// seven clusters each, one placement in twenty broken.
func syntheticWorld(clusters, services, pods int) (*catalog.Catalog, []*Snapshot) {
	var collectors []*Collector
	for i := range clusters {
		c := NewCollector(ClusterInfo{Name: fmt.Sprintf("c-%02d", i), Region: fmt.Sprintf("r-%d", i%3)})
		c.SetTimes(testNow, 0)
		collectors = append(collectors, c)
	}
	cat := &catalog.Catalog{}
	placements := services * 4
	each := max(pods/placements, 1)
	left := pods
	for s := range services {
		name := fmt.Sprintf("service-%04d", s)
		cat.Entities = append(cat.Entities, &catalog.Entity{Ref: catalog.Ref{Kind: "Component", Namespace: "default", Name: name}, Annotations: map[string]string{idLabel: name}})
		for p := range min(1+s%7, clusters) {
			n := min(each, left)
			if s == services-1 {
				n = max(left, 1)
			}
			left -= n
			addService(collectors[(s+p*5)%clusters], name, fmt.Sprintf("team-%03d", s%280), max(n, 1), (s*7+p)%20 == 0)
			if s == services-1 {
				break
			}
		}
	}
	var snaps []*Snapshot
	for _, c := range collectors {
		snaps = append(snaps, c.Snapshot())
	}
	return cat, snaps
}

// BenchmarkCollect measures how fast decoded objects are reduced.
func BenchmarkCollect(b *testing.B) {
	pods := make([]*corev1.Pod, 200)
	for i := range pods {
		pods[i] = syntheticPod(fmt.Sprintf("service-%02d", i%40), "team", i, i%20 == 0)
	}
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		c := NewCollector(ClusterInfo{Name: "c"})
		for _, p := range pods {
			c.Add(p)
		}
		c.Snapshot()
		n += len(pods)
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "pods/s")
}

// BenchmarkDecode measures decoding and reducing what API servers send.
func BenchmarkDecode(b *testing.B) {
	list := &corev1.PodList{}
	for i := range 500 { // one page
		list.Items = append(list.Items, *syntheticPod(fmt.Sprintf("service-%02d", i%40), "team", i, i%20 == 0))
	}
	run := func(b *testing.B, data []byte, decode func([]byte, *corev1.PodList) error) {
		b.SetBytes(int64(len(data)))
		n := 0
		for b.Loop() {
			var page corev1.PodList
			if err := decode(data, &page); err != nil {
				b.Fatal(err)
			}
			c := NewCollector(ClusterInfo{Name: "c"})
			c.Add(&page)
			n += len(c.Snapshot().Pods)
		}
		b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "pods/s")
	}
	b.Run("protobuf", func(b *testing.B) {
		data, err := list.Marshal()
		if err != nil {
			b.Fatal(err)
		}
		run(b, data, func(data []byte, page *corev1.PodList) error { return page.Unmarshal(data) })
	})
	b.Run("json", func(b *testing.B) {
		data, err := json.Marshal(list)
		if err != nil {
			b.Fatal(err)
		}
		run(b, data, func(data []byte, page *corev1.PodList) error { return json.Unmarshal(data, page) })
	})
}

// BenchmarkJoin measures matching, rules, grouping and roll-up at full size.
func BenchmarkJoin(b *testing.B) {
	cat, snaps := syntheticWorld(14, 1600, 56_000)
	b.ReportAllocs()
	for b.Loop() {
		f := Join(cat, snaps, JoinOptions{Now: testNow})
		if len(f.Services) != 1600 || len(f.Findings) == 0 {
			b.Fatalf("%d services, %d findings", len(f.Services), len(f.Findings))
		}
	}
	pods := 0
	for _, s := range snaps {
		pods += len(s.Pods)
	}
	b.ReportMetric(float64(pods), "pods")
}

// BenchmarkSnapshotFile measures writing and reading one large cluster.
func BenchmarkSnapshotFile(b *testing.B) {
	_, snaps := syntheticWorld(1, 400, 10_000)
	var buf bytes.Buffer
	for b.Loop() {
		buf.Reset()
		if err := WriteSnapshot(&buf, snaps[0]); err != nil {
			b.Fatal(err)
		}
		if _, err := ReadSnapshot(bytes.NewReader(buf.Bytes())); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(buf.Len())/float64(len(snaps[0].Pods)), "bytes/pod")
}

// BenchmarkModelSize measures the memory of the compact model.
func BenchmarkModelSize(b *testing.B) {
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	for b.Loop() {
		before := heap()
		c := NewCollector(ClusterInfo{Name: "c"})
		for i := range 20_000 {
			c.Add(syntheticPod(fmt.Sprintf("service-%03d", i%500), "team", i, i%20 == 0))
		}
		s := c.Snapshot()
		b.ReportMetric(float64(heap()-before)/float64(len(s.Pods)), "heap-bytes/pod")
		runtime.KeepAlive(s)
	}
}

// BenchmarkHistory measures a build's work on a history of full size.
func BenchmarkHistory(b *testing.B) {
	cat, snaps := syntheticWorld(14, 1600, 2000)
	f := Join(cat, snaps, JoinOptions{Now: testNow})
	h := NewHistory()
	at := func(i int) *Fleet {
		g := *f
		g.Now = testNow.Add(time.Duration(i) * 15 * time.Minute)
		return &g
	}
	n := 0
	for ; n < 100; n++ {
		h.Add(at(n))
	}
	var file bytes.Buffer
	for b.Loop() {
		file.Reset()
		h.Add(at(n))
		n++
		if err := WriteHistory(&file, h); err != nil {
			b.Fatal(err)
		}
		var err error
		if h, err = ReadHistory(bytes.NewReader(file.Bytes())); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(file.Len()), "bytes")
	b.ReportMetric(float64(len(h.Scalers)), "autoscalers")
}
