package kubernetes

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"
)

// sharedFile returns a path below the folder of third-party test data.
func sharedFile(t testing.TB, name ...string) string {
	t.Helper()
	root := os.Getenv("PORTOLAN_SHARED")
	if root == "" {
		dir, err := os.Getwd()
		if err != nil {
			t.Fatal(err)
		}
		for {
			if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
				break
			}
			if filepath.Dir(dir) == dir {
				t.Fatal("no go.mod above the test")
			}
			dir = filepath.Dir(dir)
		}
		root = filepath.Join(dir, "..", "shared")
	}
	path := filepath.Join(append([]string{root}, name...)...)
	if _, err := os.Stat(path); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("%s is missing", path)
		}
		t.Skipf("%s is missing", path)
	}
	return path
}

var testNow = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func TestReadDump(t *testing.T) {
	fsys := fstest.MapFS{
		"pods.yaml": {Data: []byte(`apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: Pod
  metadata: {name: b, namespace: shop, labels: {app: web}}
- apiVersion: v1
  kind: Secret
  metadata: {name: s, namespace: shop}
  data: {k: Q0FOQVJZ}
- apiVersion: v1
  kind: Pod
  metadata: {name: bad, namespace: shop}
  spec: {containers: [{name: x, resources: {requests: {cpu: "lots"}}}]}
`)},
		"deep/er/many.yaml": {Data: []byte(`---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
--- # another
apiVersion: v1
kind: Secret
metadata: {name: s}
stringData: {password: CANARY}
---
apiVersion: extensions/v1beta1
kind: Ingress
metadata: {name: old, namespace: shop}
spec: {rules: [{host: a.example, http: {paths: [{path: /, backend: {serviceName: web, servicePort: 80}}]}}]}
`)},
		"typed.json":        {Data: []byte(`{"kind":"PodList","apiVersion":"v1","items":[{"metadata":{"name":"a","namespace":"shop"}}]}`)},
		"scalers.json":      {Data: []byte(`{"kind":"HorizontalPodAutoscaler","apiVersion":"autoscaling/v1","metadata":{"name":"h","namespace":"shop"},"spec":{"maxReplicas":4,"targetCPUUtilizationPercentage":70,"scaleTargetRef":{"kind":"Deployment","name":"web"}},"status":{"currentReplicas":2,"desiredReplicas":2,"currentCPUUtilizationPercentage":35}}`)},
		"widget.yaml":       {Data: []byte("apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: w, namespace: shop}\nstatus: {conditions: [{type: Ready, status: 'True'}]}\n")},
		"node.yaml":         {Data: []byte("apiVersion: v1\nkind: Node\nmetadata: {name: node-1}\n")},
		"cut-services.json": {Data: []byte(`{"kind":"ServiceList","apiVersion":"v1","items":[{"meta`)},
		"README.md":         {Data: []byte("no object")},
		"cluster.yaml":      {Data: []byte("takenAt: 2026-03-02T11:00:00Z\nversion: v1.33.2\nstale: connection refused\ncoverage:\n- {type: ingresses, state: partial, deniedNamespaces: [vault]}\n")},
	}
	s, err := ReadDump(ClusterInfo{Name: "lab"}, fsys, testNow)
	if err != nil {
		t.Fatal(err)
	}
	if got := len(s.Pods); got != 2 || s.Pods[0].Name != "a" || s.Pods[1].Name != "b" {
		t.Errorf("pods: got %d: %+v", got, s.Pods)
	}
	if len(s.Workloads) != 1 || len(s.Routes) != 1 || len(s.Scalers) != 1 || len(s.Customs) != 1 || len(s.Services) != 0 {
		t.Errorf("objects: got %d workloads, %d routes, %d scalers, %d customs, %d services", len(s.Workloads), len(s.Routes), len(s.Scalers), len(s.Customs), len(s.Services))
	}
	if r := s.Routes[0].Rules; len(r) != 1 || r[0].Service != "web" || r[0].Port != 80 {
		t.Errorf("old ingress: got %+v", r)
	}
	if m := s.Scalers[0].Metrics; len(m) != 1 || m[0].Current != 35 || m[0].Target != 70 || !m[0].Percent {
		t.Errorf("autoscaling/v1: got %+v", m)
	}
	if s.Skipped != 2 || len(s.Problems) != 2 {
		t.Errorf("skipped: got %d %q, want the pod and the cut file", s.Skipped, s.Problems)
	}
	if s.listed("services", "shop") || !s.listed("pods", "shop") || s.listed("ingresses", "vault") || !s.listed("ingresses", "shop") {
		t.Errorf("coverage: got %+v", s.Coverage)
	}
	if s.Freshness.State != "stale" || !s.TakenAt.Equal(testNow.Add(-time.Hour)) || s.Version != "v1.33.2" {
		t.Errorf("cluster.yaml: got %+v", s.Freshness)
	}

	var a, b bytes.Buffer
	if err := WriteSnapshot(&a, s); err != nil {
		t.Fatal(err)
	}
	back, err := ReadSnapshot(bytes.NewReader(a.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	if err := WriteSnapshot(&b, back); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(a.Bytes(), b.Bytes()) {
		t.Error("a snapshot that was read back is written differently")
	}
	want, _ := json.Marshal(s)
	got, _ := json.Marshal(back)
	if !bytes.Equal(got, want) || !reflect.DeepEqual(s.Workloads, back.Workloads) {
		t.Errorf("read back:\n%s\nwant:\n%s", got, want)
	}
	for n := 0; n < a.Len(); n += 7 {
		if _, err := ReadSnapshot(bytes.NewReader(a.Bytes()[:n])); err == nil {
			t.Fatalf("a file cut after %d of %d bytes is read without an error", n, a.Len())
		}
	}
}

func TestReadDumpFails(t *testing.T) {
	for name, data := range map[string]string{
		"cut":    `{"kind":"PodList","items":[`,
		"html":   "<!DOCTYPE html><title>Sign in</title>",
		"status": `{"kind":"Status","apiVersion":"v1","status":"Failure","message":"pods is forbidden","code":403}`,
	} {
		_, err := ReadDump(ClusterInfo{Name: "lab"}, fstest.MapFS{"x.json": {Data: []byte(data)}}, testNow)
		if err == nil || !strings.Contains(err.Error(), "x.json") {
			t.Errorf("%s: got error %v, want one that names x.json", name, err)
		}
	}
	if s, err := ReadDump(ClusterInfo{Name: "lab"}, fstest.MapFS{"x.json": {Data: []byte("null")}}, testNow); err != nil || s.objects() != 0 {
		t.Errorf("null: got %v, %v", s, err)
	}
}

// singleFile is a file system with one file.
type singleFile struct {
	name string
	data []byte
}

func (s singleFile) Open(name string) (fs.File, error) {
	return fstest.MapFS{s.name: {Data: s.data}}.Open(name)
}

func TestCarryOver(t *testing.T) {
	_, snaps := ownCase(t, "workloads/unavailable")
	last := snaps[0]
	now := *last
	now.TakenAt = last.TakenAt.Add(10 * time.Minute)
	now.Pods, now.Workloads = nil, nil
	now.Coverage = []Coverage{{Type: "pods", State: CoverageError, Reason: "500"}, {Type: "deployments", State: CoverageOK}}
	got := now.CarryOver(last)
	if len(got.Pods) != 1 || len(got.Workloads) != 0 {
		t.Errorf("got %d pods and %d workloads, want the pod of before and no workload", len(got.Pods), len(got.Workloads))
	}
	i := slices.IndexFunc(got.Coverage, func(c Coverage) bool { return c.Type == "pods" })
	if c := got.Coverage[i]; c.State != CoverageError || !c.ObservedAt.Equal(last.TakenAt) {
		t.Errorf("coverage: got %+v", c)
	}
	if len(now.Pods) != 0 || !now.Coverage[0].ObservedAt.IsZero() {
		t.Error("the snapshot itself was changed")
	}
	f := Join(nil, []*Snapshot{got}, JoinOptions{Now: now.TakenAt})
	if len(f.Findings) != 1 || !f.Findings[0].LastKnown {
		t.Errorf("findings: got %+v, want the last known one", f.Findings)
	}
	again := now
	again.TakenAt = now.TakenAt.Add(10 * time.Minute)
	if c := again.CarryOver(got).Coverage[i]; !c.ObservedAt.Equal(last.TakenAt) {
		t.Errorf("carried over twice: got %s, want %s", c.ObservedAt, last.TakenAt)
	}
	if now.CarryOver(nil) != &now || last.CarryOver(last) != last {
		t.Error("nothing to carry over, and yet a copy")
	}
}

// TestOldVersions reads objects of versions that old clusters serve.
func TestOldVersions(t *testing.T) {
	fsys := fstest.MapFS{"all.yaml": {Data: []byte(`
apiVersion: batch/v1beta1
kind: CronJob
metadata: {name: c, namespace: shop}
spec: {schedule: "0 * * * *", suspend: true}
---
apiVersion: autoscaling/v2beta2
kind: HorizontalPodAutoscaler
metadata: {name: h, namespace: shop}
spec: {maxReplicas: 3, scaleTargetRef: {kind: Deployment, name: web}, metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 70}}}]}
---
apiVersion: policy/v1beta1
kind: PodDisruptionBudget
metadata: {name: b, namespace: shop}
status: {expectedPods: 2, currentHealthy: 2, desiredHealthy: 1, disruptionsAllowed: 1}
---
apiVersion: extensions/v1beta1
kind: Deployment
metadata: {name: web, namespace: shop}
spec: {replicas: 2}
---
apiVersion: apps/v1beta2
kind: StatefulSet
metadata: {name: db, namespace: shop}
status: {readyReplicas: 1}
---
apiVersion: networking.k8s.io/v1beta1
kind: Ingress
metadata: {name: i, namespace: shop, annotations: {kubernetes.io/ingress.class: nginx}}
spec: {tls: [{hosts: [a.example]}], rules: [{host: a.example, http: {paths: [{backend: {serviceName: web, servicePort: http}}]}}]}
`)}}
	s, err := ReadDump(ClusterInfo{Name: "old"}, fsys, testNow)
	if err != nil || s.Skipped > 0 {
		t.Fatal(err, s.Problems)
	}
	if len(s.CronJobs) != 1 || !s.CronJobs[0].Suspended || len(s.Scalers) != 1 || s.Scalers[0].Metrics[0].Target != 70 || len(s.Budgets) != 1 || s.Budgets[0].Allowed != 1 {
		t.Errorf("got %+v %+v %+v", s.CronJobs, s.Scalers, s.Budgets)
	}
	if len(s.Workloads) != 2 || s.Workloads[0].Want != 2 || s.Workloads[1].Available != 1 {
		t.Errorf("workloads: got %+v", s.Workloads)
	}
	if r := s.Routes; len(r) != 1 || r[0].Class != "nginx" || r[0].Rules[0].PortName != "http" || !r[0].Rules[0].TLS {
		t.Errorf("ingress: got %+v", r)
	}
}

func TestCollectorIsSafeForConcurrentUse(t *testing.T) {
	want := NewCollector(ClusterInfo{Name: "c"})
	got := NewCollector(ClusterInfo{Name: "c"})
	var wg sync.WaitGroup
	for s := range 8 {
		name := fmt.Sprintf("service-%d", s)
		addService(want, name, "team", 20, s%2 == 0)
		wg.Go(func() { addService(got, name, "team", 20, s%2 == 0) })
	}
	wg.Wait()
	var a, b bytes.Buffer
	if err := errors.Join(WriteSnapshot(&a, want.Snapshot()), WriteSnapshot(&b, got.Snapshot())); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(a.Bytes(), b.Bytes()) {
		t.Error("objects that arrive in another order give another snapshot")
	}
}
