package kubernetes

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/portolan-dev/portolan/sources"
	"github.com/portolan-dev/portolan/sources/catalog"
)

// objects splits JSON objects that stand one to a line.
func objects(lines string) []json.RawMessage {
	var out []json.RawMessage
	for _, l := range strings.Split(strings.TrimSpace(lines), "\n") {
		out = append(out, json.RawMessage(strings.TrimSpace(l)))
	}
	return out
}

func TestClosure(t *testing.T) {
	s := dumpOf(t, ClusterInfo{Name: "a"}, objects(`
		{"apiVersion":"batch/v1","kind":"CronJob","metadata":{"name":"night","namespace":"n","labels":{"app":"x"}},"spec":{"schedule":"0 0 * * *"}}
		{"apiVersion":"batch/v1","kind":"Job","metadata":{"name":"night-1","namespace":"n","ownerReferences":[{"kind":"CronJob","name":"night","controller":true}]}}
		{"apiVersion":"v1","kind":"Pod","metadata":{"name":"night-1-p","namespace":"n","ownerReferences":[{"kind":"Job","name":"night-1","controller":true}]}}
		{"apiVersion":"apps/v1","kind":"StatefulSet","metadata":{"name":"db-main","namespace":"n","labels":{"app":"x"}},"spec":{"template":{"metadata":{"labels":{"db":"y"}}},"volumeClaimTemplates":[{"metadata":{"name":"data-x"}}]}}
		{"apiVersion":"v1","kind":"PersistentVolumeClaim","metadata":{"name":"data-x-db-main-0","namespace":"n"}}
		{"apiVersion":"v1","kind":"PersistentVolumeClaim","metadata":{"name":"other-db-main-0","namespace":"n"}}
		{"apiVersion":"v1","kind":"Pod","metadata":{"name":"db-main-0","namespace":"n","labels":{"db":"y"},"ownerReferences":[{"kind":"StatefulSet","name":"db-main","controller":true}]},"spec":{"volumes":[{"name":"v","persistentVolumeClaim":{"claimName":"shared"}}]}}
		{"apiVersion":"v1","kind":"PersistentVolumeClaim","metadata":{"name":"shared","namespace":"n"}}
		{"apiVersion":"v1","kind":"Service","metadata":{"name":"db","namespace":"n"},"spec":{"selector":{"db":"y"}}}
		{"apiVersion":"v1","kind":"Service","metadata":{"name":"everything","namespace":"n"},"spec":{}}
		{"apiVersion":"v1","kind":"Service","metadata":{"name":"db","namespace":"elsewhere"},"spec":{"selector":{"db":"y"}}}
		{"apiVersion":"policy/v1","kind":"PodDisruptionBudget","metadata":{"name":"db","namespace":"n"},"spec":{"selector":{"matchExpressions":[{"key":"db","operator":"In","values":["y","z"]}]}}}
		{"apiVersion":"policy/v1","kind":"PodDisruptionBudget","metadata":{"name":"all","namespace":"n"},"spec":{"selector":{}}}
		{"apiVersion":"v1","kind":"Pod","metadata":{"name":"bare","namespace":"n","labels":{"app":"x","bare":"yes"}}}
		{"apiVersion":"v1","kind":"Service","metadata":{"name":"bare","namespace":"n"},"spec":{"selector":{"bare":"yes"}}}
		{"apiVersion":"gateway.networking.k8s.io/v1","kind":"HTTPRoute","metadata":{"name":"r","namespace":"gw"},"spec":{"rules":[{"backendRefs":[{"name":"bare","namespace":"n","port":80}]}]}}
		{"apiVersion":"keda.sh/v1alpha1","kind":"ScaledObject","metadata":{"name":"so","namespace":"n"},"spec":{"scaleTargetRef":{"kind":"StatefulSet","name":"db-main"}}}
		{"apiVersion":"example.com/v1","kind":"Operator","metadata":{"name":"op","namespace":"n"},"status":{"phase":"Running"}}
		{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"child","namespace":"n","labels":{"app":"x"},"ownerReferences":[{"kind":"Operator","name":"op","controller":true}]}}
		{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"sibling","namespace":"n","ownerReferences":[{"kind":"Operator","name":"op","controller":true}]}}
	`), testNow, nil)
	cat := &catalog.Catalog{Entities: []*catalog.Entity{component("x", map[string]string{selectorAnnotation: "app=x"})}}
	got := Join(cat, []*Snapshot{s}, JoinOptions{Now: testNow}).Service("component:default/x")
	want := []string{
		"a/CronJob/n/night", "a/Deployment/n/child", "a/HTTPRoute/gw/r", "a/Job/n/night-1",
		"a/PersistentVolumeClaim/n/data-x-db-main-0", "a/PersistentVolumeClaim/n/shared",
		"a/Pod/n/bare", "a/Pod/n/db-main-0", "a/Pod/n/night-1-p", "a/PodDisruptionBudget/n/db",
		"a/ScaledObject/n/so", "a/Service/n/bare", "a/Service/n/db", "a/StatefulSet/n/db-main",
	}
	if !slices.Equal(got.Objects, want) {
		t.Errorf("objects:\n got %q\nwant %q", got.Objects, want)
	}
}

func TestRolesJoin(t *testing.T) {
	deployment := func(name, component string, ready int) string {
		return fmt.Sprintf(`{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":%q,"namespace":"n","creationTimestamp":"2026-01-01T00:00:00Z","labels":{"app":"x","app.kubernetes.io/component":%q}},"spec":{"replicas":2},"status":{"availableReplicas":%d,"readyReplicas":%d,"updatedReplicas":2,"replicas":2}}`, name, component, ready, ready)
	}
	join := func(a, b string) *Service {
		cat := &catalog.Catalog{Entities: []*catalog.Entity{component("x", map[string]string{selectorAnnotation: "app=x"})}}
		return Join(cat, []*Snapshot{dumpOf(t, ClusterInfo{Name: "a"}, objects(a), testNow, nil), dumpOf(t, ClusterInfo{Name: "b"}, objects(b), testNow, nil)}, JoinOptions{Now: testNow}).Service("component:default/x")
	}
	// One role that is down in one of two clusters is degraded; two roles, one of which is down, are down.
	if s := join(deployment("web-a", "web", 2), deployment("web-b", "web", 0)); s.Health != Degraded {
		t.Errorf("names differ, components agree: got %s, want degraded", s.Health)
	}
	if s := join(deployment("web", "", 2), deployment("web", "", 0)); s.Health != Degraded {
		t.Errorf("names agree: got %s, want degraded", s.Health)
	}
	if s := join(deployment("web-a", "web", 2), deployment("web-b", "api", 0)); s.Health != Down {
		t.Errorf("names and components differ: got %s, want down", s.Health)
	}
	if s := join(deployment("web-a", "web", 2)+"\n"+deployment("web-c", "web", 2), deployment("web-b", "web", 0)); s.Health != Down {
		t.Errorf("two of one component in a cluster: got %s, want down", s.Health)
	}
}

func TestEnvironments(t *testing.T) {
	d := objects(`{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web","namespace":"n","creationTimestamp":"2026-01-01T00:00:00Z","labels":{"app":"x"}},"spec":{"replicas":2},"status":{"availableReplicas":2,"updatedReplicas":2,"replicas":2}}`)
	bad := objects(`{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web","namespace":"n","creationTimestamp":"2026-01-01T00:00:00Z","labels":{"app":"x"}},"spec":{"replicas":2},"status":{"replicas":2}}`)
	cat := &catalog.Catalog{Entities: []*catalog.Entity{component("x", map[string]string{selectorAnnotation: "app=x"})}}
	s := Join(cat, []*Snapshot{
		dumpOf(t, ClusterInfo{Name: "lab", Environment: "staging"}, bad, testNow, nil),
		dumpOf(t, ClusterInfo{Name: "live", Environment: "production"}, d, testNow, nil),
	}, JoinOptions{Now: testNow}).Service("component:default/x")
	want := []EnvironmentHealth{{"production", Healthy}, {"staging", Down}}
	if s.Health != Healthy || !slices.Equal(s.Environments, want) {
		t.Errorf("got %s, %+v, want healthy, %+v", s.Health, s.Environments, want)
	}
}

func TestShared(t *testing.T) {
	pod := func(service, image string) string {
		return fmt.Sprintf(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"%[1]s-0","namespace":"n","labels":{"backstage.io/kubernetes-id":%[1]q}},"spec":{"containers":[{"name":"c","image":%[2]q}]},"status":{"phase":"Pending","containerStatuses":[{"name":"c","state":{"waiting":{"reason":"ErrImagePull","message":"429 Too Many Requests"}}}]}}`, service, image)
	}
	var cat catalog.Catalog
	var lines []string
	for i := range 4 {
		name := fmt.Sprintf("s%d", i)
		cat.Entities = append(cat.Entities, component(name, nil))
		image := "ghcr.example/x:1"
		if i == 3 {
			image = "other.example/x:1"
		}
		lines = append(lines, pod(name, image))
	}
	f := Join(&cat, []*Snapshot{dumpOf(t, ClusterInfo{Name: "a"}, objects(strings.Join(lines, "\n")), testNow, nil)}, JoinOptions{Now: testNow})
	if len(f.Shared) != 1 {
		t.Fatalf("got %+v, want one shared cause", f.Shared)
	}
	g := f.Shared[0]
	if g.Line != "registry ghcr.example: 3 services cannot pull images (rate limited)" || len(g.Services) != 3 || !slices.Equal(g.Clusters, []string{"a"}) {
		t.Errorf("got %+v", g)
	}
	if len(f.Incidents) != 4 {
		t.Errorf("got %d incidents, want one for each service", len(f.Incidents))
	}
}

func TestOrderOfIncidents(t *testing.T) {
	at := func(min int) *time.Time { v := testNow.Add(-time.Duration(min) * time.Minute); return &v }
	list := []Incident{
		{ID: "f", Severity: Warning},
		{ID: "e", Severity: Error, Environment: "staging", Pods: PodCount{Affected: 50}},
		{ID: "d", Severity: Error, Pods: PodCount{Affected: 1}, Since: at(60), Service: "b"},
		{ID: "c", Severity: Error, Pods: PodCount{Affected: 1}, Since: at(60), Service: "a"},
		{ID: "b2", Severity: Error, Pods: PodCount{Affected: 1}, Since: at(5)},
		{ID: "b", Severity: Error, Pods: PodCount{Affected: 9}, Since: at(90)},
		{ID: "a", Severity: Critical},
	}
	sortIncidents(list)
	var got []string
	for _, in := range list {
		got = append(got, in.ID)
	}
	if want := []string{"a", "b", "b2", "c", "d", "e", "f"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestAddresses(t *testing.T) {
	s := dumpOf(t, ClusterInfo{Name: "a"}, objects(`
		{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web","namespace":"n","labels":{"app":"x"}},"spec":{"template":{"metadata":{"labels":{"run":"web"}}}}}
		{"apiVersion":"v1","kind":"Service","metadata":{"name":"web","namespace":"n"},"spec":{"type":"LoadBalancer","selector":{"run":"web"},"ports":[{"port":443}]},"status":{"loadBalancer":{"ingress":[{"hostname":"lb.example.com"}]}}}
		{"apiVersion":"v1","kind":"Service","metadata":{"name":"other","namespace":"n"},"spec":{"selector":{"run":"other"}}}
		{"apiVersion":"v1","kind":"Service","metadata":{"name":"ext","namespace":"n","labels":{"app":"x"}},"spec":{"type":"ExternalName","externalName":"db.example.com"}}
		{"apiVersion":"networking.k8s.io/v1","kind":"Ingress","metadata":{"name":"i","namespace":"n"},"spec":{"tls":[{"hosts":["*.example.com"]}],"rules":[{"host":"shop.example.com","http":{"paths":[{"path":"/","backend":{"service":{"name":"web","port":{"number":443}}}},{"path":"/other","backend":{"service":{"name":"other","port":{"number":1}}}}]}}]}}
	`), testNow, nil)
	cat := &catalog.Catalog{Entities: []*catalog.Entity{component("x", map[string]string{selectorAnnotation: "app=x"})}}
	var got []string
	for _, a := range Join(cat, []*Snapshot{s}, JoinOptions{Now: testNow}).Service("component:default/x").Addresses {
		got = append(got, a.Kind+" "+a.URL)
	}
	want := []string{"ExternalName db.example.com", "Ingress https://shop.example.com/", "LoadBalancer lb.example.com:443"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q: a path that leads to another service is not its own", got, want)
	}
}

func TestOddOwners(t *testing.T) {
	s := dumpOf(t, ClusterInfo{Name: "a"}, objects(`
		{"apiVersion":"apps/v1","kind":"ReplicaSet","metadata":{"name":"r1","namespace":"n","labels":{"app":"x"},"ownerReferences":[{"kind":"ReplicaSet","name":"r2","controller":true}]}}
		{"apiVersion":"apps/v1","kind":"ReplicaSet","metadata":{"name":"r2","namespace":"n","ownerReferences":[{"kind":"ReplicaSet","name":"r1","controller":true}]}}
		{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p","namespace":"n","ownerReferences":[{"kind":"Pod","name":"p","controller":true}]}}
		{"apiVersion":"example.com/v1","kind":"Pod","metadata":{"name":"q","namespace":"n","labels":{"app":"x"},"ownerReferences":[{"kind":"Pod","name":"q","controller":true}]},"status":{"phase":"x"}}
	`), testNow, nil)
	cat := &catalog.Catalog{Entities: []*catalog.Entity{component("x", map[string]string{selectorAnnotation: "app=x"})}}
	f := Join(cat, []*Snapshot{s}, JoinOptions{Now: testNow})
	if got := f.Service("component:default/x").Objects; len(got) != 2 {
		t.Errorf("objects: got %q", got)
	}
	if len(f.Clusters[0].Problems) != 0 {
		t.Errorf("problems: got %q", f.Clusters[0].Problems)
	}
}

func TestRollUp(t *testing.T) {
	f := &Fleet{byRef: map[string]*Service{}}
	for name, h := range map[string]Health{"a": Healthy, "b": Degraded, "c": Down} {
		f.byRef["component:default/"+name] = &Service{Health: h, Want: 2, Ready: 1, Autoscalers: []Autoscaler{{State: scaleMax}}}
	}
	got := f.RollUp(nil, []string{"component:default/a", "component:default/b", "component:default/none"})
	if got.Health != Degraded || got.Services != 2 || got.Want != 4 || got.Ready != 2 || got.AtLimit != 2 || got.ByHealth[Healthy] != 1 {
		t.Errorf("got %+v", got)
	}
	if got := f.RollUp(nil, nil); got.Health != Unknown || got.Services != 0 {
		t.Errorf("of nothing: got %+v", got)
	}
	for lifecycle, want := range map[string]Health{"production": Down, "deprecated": Healthy} {
		repo := &sources.Repo{Name: "r", FS: fstest.MapFS{"catalog-info.yaml": {Data: []byte("apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: c}\nspec: {type: service, owner: t, lifecycle: " + lifecycle + "}\n")}}}
		cat := catalog.Link([]*catalog.Batch{catalog.Read(repo, catalog.ReadOptions{})}, catalog.LinkOptions{})
		got := f.RollUp(cat, []string{"component:default/a", "component:default/c"})
		if got.Health != want {
			t.Errorf("%s: got %s, want %s", lifecycle, got.Health, want)
		}
	}
}
