package site_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/portolan-dev/portolan/generator/site"
	"github.com/portolan-dev/portolan/sources"
	"github.com/portolan-dev/portolan/sources/catalog"
	"github.com/portolan-dev/portolan/sources/diag"
	"github.com/portolan-dev/portolan/sources/docs"
	"github.com/portolan-dev/portolan/sources/kubernetes"
)

// built is the time of the synthetic build.
var built = time.Date(2026, 11, 23, 14, 32, 0, 0, time.UTC)

func at(hour, minute int) *time.Time {
	t := time.Date(2026, 11, 23, hour, minute, 0, 0, time.UTC)
	return &t
}

// descriptors is the catalog of the synthetic portal.
const descriptors = `
apiVersion: backstage.io/v1alpha1
kind: Domain
metadata: {name: listening, description: "Everything a listener hears."}
spec: {owner: needle-drop}
---
apiVersion: backstage.io/v1alpha1
kind: System
metadata: {name: playback, description: "Everything between pressing play and hearing sound, except the bytes themselves."}
spec: {owner: needle-drop, domain: listening}
---
apiVersion: backstage.io/v1alpha1
kind: System
metadata: {name: queue, description: "What comes next."}
spec: {owner: open-signal, domain: listening}
---
apiVersion: backstage.io/v1alpha1
kind: System
metadata: {name: hollow}
spec: {owner: open-signal}
---
apiVersion: backstage.io/v1alpha1
kind: Group
metadata: {name: needle-drop, description: "Makes play mean play: sessions, queues and devices, on everything with a speaker."}
spec: {type: team, children: [], profile: {displayName: Needle Drop}}
---
apiVersion: backstage.io/v1alpha1
kind: Group
metadata: {name: open-signal}
spec: {type: team, children: []}
---
apiVersion: backstage.io/v1alpha1
kind: Group
metadata: {name: idle-hands}
spec: {type: team, children: []}
---
apiVersion: backstage.io/v1alpha1
kind: User
metadata: {name: odile.renard}
spec: {profile: {displayName: Odile Renard}, memberOf: [needle-drop]}
---
apiVersion: backstage.io/v1alpha1
kind: User
metadata: {name: iris.kaneko}
spec: {profile: {displayName: Iris Kaneko}, memberOf: [needle-drop]}
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata:
  name: playback-session
  description: Keeps one listening session alive while it moves between phone, desktop, car and speaker.
  tags: [go, grpc, realtime]
  annotations: {backstage.io/kubernetes-id: playback-session}
spec:
  type: service
  lifecycle: production
  owner: needle-drop
  system: playback
  providesApis: [playback-session-v3, session-events]
  consumesApis: [queue-v1]
  dependsOn: [resource:session-redis, resource:session-db, component:device-registry]
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: playback-gateway, description: "Terminates player connections and routes them to the nearest session.", annotations: {backstage.io/kubernetes-id: playback-gateway}}
spec: {type: service, lifecycle: production, owner: needle-drop, system: playback, consumesApis: [playback-session-v3], providesApis: [playback-gateway-v2]}
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: device-registry, description: "Knows every device a listener has signed in on.", annotations: {backstage.io/kubernetes-id: device-registry}}
spec: {type: service, lifecycle: production, owner: needle-drop, system: playback, dependsOn: [resource:device-db]}
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: cast-bridge, description: "Speaks to speakers, televisions and cars.", annotations: {backstage.io/kubernetes-id: cast-bridge}}
spec: {type: service, lifecycle: production, owner: open-signal, system: playback, consumesApis: [playback-session-v3]}
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: playback-telemetry, description: "Start-up time, stalls and skips, from every player.", annotations: {backstage.io/kubernetes-id: playback-telemetry}}
spec: {type: pipeline, lifecycle: production, owner: needle-drop, system: playback, consumesApis: [session-events]}
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: queue-store, description: "Keeps the queue.", annotations: {backstage.io/kubernetes-id: queue-store}}
spec: {type: service, lifecycle: production, owner: open-signal, system: queue, providesApis: [queue-v1], consumesApis: [session-events, playback-gateway-v2]}
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: lyrics-sync, description: "Words in time.", annotations: {backstage.io/kubernetes-label-selector: "app=lyrics,tier in (web)", backstage.io/kubernetes-namespace: lyrics}}
spec: {type: service, lifecycle: production, owner: open-signal}
---
apiVersion: backstage.io/v1alpha1
kind: API
metadata: {name: playback-session-v3}
spec: {type: openapi, lifecycle: production, owner: needle-drop, system: playback, definition: "openapi: 3.0.0"}
---
apiVersion: backstage.io/v1alpha1
kind: API
metadata: {name: playback-gateway-v2}
spec: {type: openapi, lifecycle: production, owner: needle-drop, system: playback, definition: "openapi: 3.0.0"}
---
apiVersion: backstage.io/v1alpha1
kind: API
metadata: {name: session-events}
spec: {type: asyncapi, lifecycle: production, owner: needle-drop, system: playback, definition: "asyncapi: 3.0.0"}
---
apiVersion: backstage.io/v1alpha1
kind: API
metadata: {name: queue-v1}
spec: {type: openapi, lifecycle: production, owner: open-signal, system: queue, definition: "openapi: 3.0.0"}
---
apiVersion: backstage.io/v1alpha1
kind: Resource
metadata: {name: session-redis}
spec: {type: Redis, owner: needle-drop, system: playback}
---
apiVersion: backstage.io/v1alpha1
kind: Resource
metadata: {name: session-db}
spec: {type: PostgreSQL 17, owner: needle-drop, system: playback}
---
apiVersion: backstage.io/v1alpha1
kind: Resource
metadata: {name: device-db}
spec: {type: PostgreSQL 17, owner: needle-drop, system: playback}
`

// repoOf returns a repo that holds one file.
func repoOf(name, file, content string) *sources.Repo {
	return &sources.Repo{
		Name: name, Prefix: "../repos/" + name, URL: "https://github.com/ondavia/" + name, Branch: "main", Commit: "0123456789abcdef",
		FS: fstest.MapFS{file: {Data: []byte(content)}}, Freshness: sources.Freshness{State: sources.Fresh, ObservedAt: built},
	}
}

// catalogOf reads descriptors into a catalog.
func catalogOf(t testing.TB, repo *sources.Repo) *catalog.Catalog {
	t.Helper()
	b := catalog.Read(repo, catalog.ReadOptions{})
	for _, d := range b.Diagnostics {
		if d.Severity == diag.Error {
			t.Fatalf("the fixture's catalog: %s", d)
		}
	}
	return catalog.Link([]*catalog.Batch{b}, catalog.LinkOptions{})
}

// emptyPortal has nothing in it.
func emptyPortal(t testing.TB) *site.Portal {
	return &site.Portal{Title: "Ondavia", Built: built, Catalog: catalog.Link(nil, catalog.LinkOptions{})}
}

// fullPortal has something on every page.
func fullPortal(t testing.TB) *site.Portal {
	t.Helper()
	repo := repoOf("listening", "catalog-info.yaml", descriptors)
	cat := catalogOf(t, repo)
	stale := repoOf("liner-notes", "catalog-info.yaml", "metadata:\n\tname: x\n")
	stale.Freshness = sources.Freshness{State: sources.Stale, ObservedAt: built.Add(-26 * time.Hour), Reason: "git fetch: connection refused"}
	p := &site.Portal{
		Title: "Ondavia", BaseURL: "https://portal.ondavia.example/", Version: "0.1", Built: built, Every: 15 * time.Minute,
		Catalog: cat, Repos: []*sources.Repo{repo, stale}, Fleet: fleet(cat), History: history(cat),
		Docs: map[string]*site.Docs{"component:default/playback-session": {Tree: &docs.Tree{
			Entity: catalog.Ref{Kind: "Component", Namespace: "default", Name: "playback-session"}, Title: "Session handover", Pages: []*docs.Page{{Path: "index.md"}},
		}}},
		Rules: []diag.Rule{
			{ID: "unknown-owner", Severity: diag.Error, Title: "Owner does not exist", Why: "Nobody is told when it breaks.", Fix: "Name a group of the catalog.", Example: "spec:\n  owner: royal-tea"},
			{ID: "yaml-tab", Severity: diag.Error, Title: "A tab where spaces are needed", Why: "YAML does not allow tabs for indentation.", Fix: "Use spaces."},
			{ID: "pod-unschedulable", Severity: diag.Error, Title: "No node for this pod", Why: "No node has room for what these pods request. New nodes are not coming: the node pool is at its limit, or nodes were lost.", Fix: "Lower the requests, or add nodes."},
			{ID: "container-crash-loop", Severity: diag.Error, Title: "A container crashes again and again", Why: "The container ends within seconds, again and again.", Fix: "Read its last log."},
			{ID: "hpa-at-limit", Severity: diag.Error, Title: "Autoscaler at its limit", Why: "More load will not get more replicas.", Fix: "Raise the maximum."},
		},
		Diagnostics: []diag.Diagnostic{
			{Pos: diag.Pos{File: "../repos/liner-notes/catalog-info.yaml", Line: 2, Column: 1}, Severity: diag.Error, Rule: "yaml-tab", Message: "a tab where spaces are needed", Repo: "liner-notes"},
			{Pos: diag.Pos{File: "../repos/listening/catalog-info.yaml", Line: 9, Column: 10}, Severity: diag.Error, Rule: "unknown-owner", Message: `group "royaltea" does not exist`, Hint: `did you mean "royal-tea"?`, Entity: "component:default/playback-session", Repo: "listening"},
			{Pos: diag.Pos{File: "../repos/listening/docs/semantics.md", Line: 88}, Severity: diag.Warning, Rule: "broken-link", Message: "../ops/rebalance.md does not exist", Entity: "component:default/queue-store", Repo: "listening"},
			{Pos: diag.Pos{File: "../repos/listening/catalog-info.yaml", Line: 6}, Severity: diag.Info, Rule: "unknown-annotation", Message: "nothing reads it", Repo: "listening"},
		},
	}
	return p
}

// history remembers six builds, the last of them this one. An incident in eu-1
// was there in the first two.
func history(cat *catalog.Catalog) *kubernetes.History {
	h := kubernetes.NewHistory()
	for i := range 6 {
		f := fleet(cat)
		f.Now = built.Add(time.Duration(i-5) * 30 * time.Minute)
		for _, s := range f.Services {
			for j := range s.Autoscalers {
				if a := &s.Autoscalers[j]; a.State != "limit" {
					a.Current -= (5 - i) % 3
				}
			}
		}
		if i < 2 {
			f.Incidents = append(f.Incidents, kubernetes.Incident{ID: "gone", Service: "component:default/device-registry", Clusters: []string{"eu-1"}, Line: "device-registry: app crashes again and again · 1 of 9 pods · eu-1 · since 11:40 (25 min)"})
		}
		h.Add(f)
	}
	return h
}

var clusterNames = []string{"eu-1", "eu-2", "eu-3", "eu-4", "eu-5", "us-1", "us-2", "us-3", "us-4", "us-5", "ap-1", "ap-2", "ap-3", "ap-4"}

func regionOf(cluster string) string {
	return map[string]string{"eu": "Europe", "us": "Americas", "ap": "Asia Pacific"}[cluster[:2]]
}

// fleet is fourteen clusters in three regions, one of them lost, with an
// incident in us-2.
func fleet(cat *catalog.Catalog) *kubernetes.Fleet {
	f := &kubernetes.Fleet{}
	lastSeen := *at(11, 5)
	for i, name := range clusterNames {
		c := &kubernetes.ClusterState{
			Name: name, Region: regionOf(name), Environment: "production", Version: "1.34.2",
			Freshness: sources.Freshness{State: sources.Fresh, ObservedAt: built.Add(-time.Minute)}, TakenAt: built.Add(-time.Minute), Took: time.Duration(2000+300*i) * time.Millisecond,
			Pods: 5912 - 100*i, PodsReady: 5890 - 100*i, Workloads: 1200 + i, ByHealth: map[kubernetes.Health]int{kubernetes.Healthy: 5},
			Coverage: []kubernetes.Coverage{{Type: "pods", State: "ok", Scope: "cluster", Count: 5912}, {Type: "deployments", State: "ok", Scope: "cluster", Count: 900}, {Type: "ingresses", State: "ok", Scope: "cluster", Count: 80}, {Type: "rollouts", State: "absent"}},
		}
		switch name {
		case "ap-3":
			c.Freshness = sources.Freshness{State: sources.Stale, ObservedAt: lastSeen, Reason: "dial tcp 10.83.0.10:443: i/o timeout"}
			c.TakenAt = lastSeen
		case "us-2":
			c.ByHealth = map[kubernetes.Health]int{kubernetes.Down: 2, kubernetes.Degraded: 1, kubernetes.Healthy: 2}
			c.AtLimit = 1
			c.Incidents = []kubernetes.Incident{{ID: "n1", Lead: kubernetes.Finding{Rule: "pod-node-lost", Severity: kubernetes.Error, Cluster: "us-2", Ref: kubernetes.ObjectRef{Kind: "Pod", Namespace: "kube-system", Name: "proxy-x"}, Title: "Its node does not report", Text: "Container states are frozen.", Says: "NodeStatusUnknown: Kubelet stopped posting node status", Commands: []string{"kubectl --context us-2 get nodes"}}, Severity: kubernetes.Error, Clusters: []string{"us-2"}, Since: at(14, 2)}}
		case "us-4":
			c.Coverage = append(c.Coverage, kubernetes.Coverage{Type: "horizontalpodautoscalers", State: "forbidden", Reason: "forbidden: cannot list", Rule: "apiGroups: [autoscaling]\nresources: [horizontalpodautoscalers]\nverbs: [get, list]"}, kubernetes.Coverage{Type: "cronjobs", State: "partial", Count: 4, DeniedNamespaces: []string{"royalties"}})
		case "us-1":
			c.ByHealth = map[kubernetes.Health]int{kubernetes.Degraded: 1, kubernetes.Healthy: 4}
			c.AtLimit = 1
		}
		f.Clusters = append(f.Clusters, c)
	}
	session := sessionService()
	f.Services = append(f.Services,
		service("component:default/cast-bridge", kubernetes.Progressing, clusterNames[:3], 6),
		service("component:default/device-registry", kubernetes.Healthy, clusterNames, 25),
		&kubernetes.Service{
			Ref: "component:default/lyrics-sync", Health: kubernetes.Unknown,
			Problems: []kubernetes.MatchProblem{{Code: "matches-nothing", Text: "no workload in 13 clusters carries these labels", Hint: "label the Deployment and its pods"}},
			Searched: kubernetes.Selector{Labels: "app=lyrics,tier in (web)", Namespaces: []string{"lyrics"}, Near: []string{"a Deployment lyrics without the label tier exists in lyrics/eu-1"}},
		},
		service("component:default/playback-gateway", kubernetes.Healthy, clusterNames, 108),
		session,
		service("component:default/playback-telemetry", kubernetes.Healthy, clusterNames[:10], 21),
		service("component:default/queue-store", kubernetes.Degraded, clusterNames, 27),
	)
	f.Services[4].CronJobs = []kubernetes.CronJob{
		{Cluster: "eu-1", Ref: kubernetes.ObjectRef{Kind: "CronJob", Namespace: "playback", Name: "session-sweeper"}, Schedule: "*/30 * * * *", Words: "every 30 minutes", LastSchedule: at(14, 30), LastSuccess: at(14, 30), Health: kubernetes.Healthy},
		{Cluster: "us-2", Ref: kubernetes.ObjectRef{Kind: "CronJob", Namespace: "playback", Name: "session-sweeper"}, Schedule: "*/30 * * * *", Words: "every 30 minutes", LastSchedule: at(14, 30), LastSuccess: at(9, 0), LastFailed: true, Health: kubernetes.Degraded},
	}
	give := func(inc kubernetes.Incident) {
		f.Incidents = append(f.Incidents, inc)
		for _, s := range f.Services {
			if s.Ref == inc.Service && s != session {
				s.Incidents = append(s.Incidents, inc)
			}
		}
	}
	f.Incidents = append(f.Incidents, session.Incidents...)
	for i, who := range []string{"queue-store", "cast-bridge", "device-registry", "playback-gateway"} {
		give(kubernetes.Incident{
			ID: fmt.Sprintf("place%d", i), Service: "component:default/" + who, Entities: []string{"component:default/" + who},
			Workload: kubernetes.ObjectRef{Kind: "Deployment", Namespace: "playback", Name: who},
			Lead:     kubernetes.Finding{Rule: "workload-degraded", Severity: kubernetes.Error, Cluster: "us-2", Title: "22 of 27 are available"},
			Because:  []kubernetes.Finding{{Rule: "pod-unschedulable", Severity: kubernetes.Error, Title: "No node for this pod", Says: "0/118 nodes are available: 96 Insufficient cpu, 22 node(s) were unschedulable", Commands: []string{"kubectl --context us-2 get nodes"}}},
			Severity: kubernetes.Error, Clusters: []string{"us-2", "eu-3"}[:1+i%2], Pods: kubernetes.PodCount{Affected: 5, Total: 27}, Since: at(14, 3+i), Line: who + ": cannot be placed",
		})
	}
	give(kubernetes.Incident{
		ID: "old", Service: "component:default/queue-store", Entities: []string{"component:default/queue-store"}, LastKnown: true,
		Lead: kubernetes.Finding{Rule: "container-oom-killed", Severity: kubernetes.Error, Title: "queue ran out of memory"}, Severity: kubernetes.Error, Clusters: []string{"ap-3"}, Since: at(10, 2),
	})
	give(kubernetes.Incident{
		ID: "anon", Workload: kubernetes.ObjectRef{Kind: "Deployment", Namespace: "ads", Name: "ad-decider"},
		Lead: kubernetes.Finding{Rule: "image-pull-failed", Severity: kubernetes.Error, Cause: "not-found", Title: "Image of app cannot be pulled", Says: "manifest unknown"}, Severity: kubernetes.Error, Clusters: []string{"eu-3"}, Since: at(11, 31),
	})
	f.Shared = []kubernetes.SharedCause{{Rule: "pod-unschedulable", Cause: "insufficient-cpu", Factor: "cluster us-2", Line: "us-2: 4 services cannot place pods (insufficient cpu)", Services: []string{"component:default/queue-store", "component:default/cast-bridge", "component:default/device-registry"}, Clusters: []string{"us-2"}, Since: at(14, 3)}}
	f.Unclaimed = []kubernetes.Workload{
		{Cluster: "eu-1", Ref: kubernetes.ObjectRef{Kind: "Deployment", Namespace: "lyrics", Name: "lyrics-sync"}, Health: kubernetes.Healthy, Want: 3, Ready: 3, CPURequest: 1500, MemRequest: 2 << 30, Labels: map[string]string{"app": "lyrics"}},
		{Cluster: "us-1", Ref: kubernetes.ObjectRef{Kind: "Deployment", Namespace: "lyrics", Name: "lyrics-sync"}, Health: kubernetes.Healthy, Want: 3, Ready: 3, CPURequest: 1500, MemRequest: 2 << 30, Labels: map[string]string{"app": "lyrics"}},
		{Cluster: "eu-1", Ref: kubernetes.ObjectRef{Kind: "StatefulSet", Namespace: "tools", Name: "on"}, Health: kubernetes.Down, Want: 1},
	}
	for _, s := range f.Services {
		f.Findings = append(f.Findings, s.Findings...)
	}
	return f
}

// service is one that runs alike in some clusters.
func service(ref string, health kubernetes.Health, clusters []string, ready int) *kubernetes.Service {
	s := &kubernetes.Service{Ref: ref, Health: health, Line: "Running 4.2.0 in " + fmt.Sprint(len(clusters)) + " clusters."}
	name := ref[strings.LastIndexByte(ref, '/')+1:]
	for _, c := range clusters {
		a := &kubernetes.Autoscaler{
			Cluster: c, Ref: kubernetes.ObjectRef{Kind: "HorizontalPodAutoscaler", Namespace: "playback", Name: name}, Target: kubernetes.ObjectRef{Kind: "Deployment", Namespace: "playback", Name: name},
			Min: 2, Max: ready + 4, Current: ready, Desired: ready, Projected: ready, Headroom: 4, State: "ok", Metric: &kubernetes.Metric{Name: "cpu", Unit: "%", Current: 52, Target: 65, Ratio: .8, Known: true}, Stale: c == "ap-3",
		}
		p := kubernetes.Placement{Cluster: c, Region: regionOf(c), Environment: "production", Health: kubernetes.Healthy, Ready: ready, Want: ready, Version: "4.2.0", LastDeploy: at(9, 10), ObservedAt: built.Add(-time.Minute), Autoscaler: a, Stale: c == "ap-3"}
		if p.Stale {
			p.ObservedAt = *at(11, 5)
		} else {
			s.Ready, s.Want = s.Ready+ready, s.Want+ready
		}
		if c == "us-2" && health == kubernetes.Degraded {
			p.Health = kubernetes.Degraded
		}
		if health == kubernetes.Progressing && c == "eu-2" {
			p.Health = kubernetes.Progressing
		}
		s.Placements = append(s.Placements, p)
		s.Autoscalers = append(s.Autoscalers, *a)
		s.Workloads = append(s.Workloads, kubernetes.Workload{Cluster: c, Ref: a.Target, Health: p.Health, Want: ready, Ready: ready, Version: "4.2.0", Entities: []string{ref}})
	}
	s.Versions = []kubernetes.VersionShare{{Version: "4.2.0", Pods: s.Ready, Clusters: clusters, Majority: true}}
	s.PodsTotal = s.Ready
	return s
}

// sessionService is the service of the design: well in nine clusters, broken in
// us-2, at its limit in us-1, lost in ap-3.
func sessionService() *kubernetes.Service {
	rows := []struct {
		cluster                             string
		ready, want, min, max, wanted, load int
		version                             string
		restarts                            int
	}{
		{"eu-1", 24, 24, 12, 60, 24, 58, "2026.46.3", 0}, {"eu-2", 22, 22, 12, 60, 22, 61, "2026.46.3", 0}, {"eu-3", 26, 26, 12, 60, 26, 63, "2026.46.3", 1},
		{"eu-4", 9, 9, 6, 30, 9, 52, "2026.46.3", 0}, {"eu-5", 8, 8, 6, 30, 8, 49, "2026.46.3", 0},
		{"us-1", 40, 40, 12, 40, 60, 96, "2026.46.3", 2}, {"us-2", 14, 31, 12, 60, 31, 88, "2026.47.1", 204}, {"us-4", 18, 18, 12, 60, 18, 60, "2026.46.3", 0}, {"us-5", 17, 17, 12, 60, 17, 57, "2026.46.3", 0},
		{"ap-1", 11, 11, 6, 30, 11, 66, "2026.46.3", 0}, {"ap-2", 10, 10, 6, 30, 10, 61, "2026.46.3", 0}, {"ap-3", 9, 9, 6, 30, 9, 58, "2026.46.1", 0},
	}
	ref := "component:default/playback-session"
	s := &kubernetes.Service{
		Ref: ref, Health: kubernetes.Down,
		Line:   "Healthy in 9 of 12 clusters. Broken in us-2, at its limit in us-1, and ap-3 has not answered since 11:05.",
		Detail: "199 of 216 reachable pods are ready. Listeners in us-2 are served by 14 pods of the previous version.",
		Deploys: []kubernetes.Deploy{
			{Workload: kubernetes.ObjectRef{Kind: "Deployment", Namespace: "playback", Name: "playback-session"}, At: *at(14, 5), Clusters: []string{"us-2"}},
			{Workload: kubernetes.ObjectRef{Kind: "Deployment", Namespace: "playback", Name: "playback-session"}, At: at(9, 0).AddDate(0, 0, -4), Clusters: clusterNames[:12]},
		},
		Ready: 199, Want: 216, Restarts: 207, LastDeploy: at(14, 5), PodsTotal: 216,
		Addresses:  []kubernetes.Address{{URL: "https://sessions.ondavia.example/", Kind: "Ingress", Clusters: []string{"eu-1", "us-1"}}, {URL: "javascript:alert(1)", Kind: "ExternalName", Clusters: []string{"eu-1"}}},
		Resources:  []kubernetes.Resource{{Ref: kubernetes.ObjectRef{Kind: "Service", Namespace: "playback", Name: "playback-session"}, Clusters: clusterNames[:12], Health: kubernetes.Healthy, State: "has endpoints"}, {Ref: kubernetes.ObjectRef{Kind: "PodDisruptionBudget", Namespace: "playback", Name: "playback-session"}, Clusters: clusterNames[:12], Health: kubernetes.Degraded, State: "blocks drains in 2"}},
		NotChecked: []kubernetes.NotChecked{{Cluster: "us-4", What: "HorizontalPodAutoscalers", Why: "The account may not list them.", Rule: "apiGroups: [autoscaling]\nresources: [horizontalpodautoscalers]\nverbs: [get, list]"}},
		Versions:   []kubernetes.VersionShare{{Version: "2026.47.1", Pods: 17, Clusters: []string{"us-2"}}, {Version: "2026.46.3", Pods: 199, Clusters: clusterNames[:11], Majority: true}, {Version: "2026.46.1", Pods: 9, Clusters: []string{"ap-3"}}},
	}
	for _, r := range rows {
		state := "ok"
		if r.wanted > r.max {
			state = "limit"
		}
		a := &kubernetes.Autoscaler{
			Cluster: r.cluster, Ref: kubernetes.ObjectRef{Kind: "HorizontalPodAutoscaler", Namespace: "playback", Name: "playback-session"}, Target: kubernetes.ObjectRef{Kind: "Deployment", Namespace: "playback", Name: "playback-session"},
			Min: r.min, Max: r.max, Current: r.want, Desired: r.want, Projected: r.wanted, Headroom: r.max - r.want, State: state,
			Metric: &kubernetes.Metric{Name: "cpu", Unit: "%", Current: float64(r.load), Target: 65, Ratio: float64(r.load) / 65, Known: true}, Stale: r.cluster == "ap-3",
		}
		p := kubernetes.Placement{
			Cluster: r.cluster, Region: regionOf(r.cluster), Environment: "production", Health: kubernetes.Healthy, ObservedAt: built.Add(-time.Minute),
			Ready: r.ready, Want: r.want, Version: r.version, Drifts: r.cluster == "us-2", Restarts: r.restarts, LastDeploy: at(14, 5), Autoscaler: a,
			CPUUse: int64(r.load * r.ready), CPURequest: int64(100 * r.ready), MemUse: int64(r.ready) << 29, MemRequest: int64(r.ready) << 30, UsageKnown: true, Stale: r.cluster == "ap-3",
		}
		switch r.cluster {
		case "us-2":
			p.Health = kubernetes.Down
		case "us-1":
			p.Health = kubernetes.Degraded
		case "ap-3":
			p.ObservedAt = *at(11, 5)
		}
		s.Placements = append(s.Placements, p)
		s.Autoscalers = append(s.Autoscalers, *a)
		s.Workloads = append(s.Workloads, kubernetes.Workload{Cluster: r.cluster, Ref: a.Target, Health: p.Health, Want: r.want, Ready: r.ready, Version: r.version, Restarts: r.restarts, Entities: []string{ref}})
	}
	s.Workloads = append(s.Workloads, kubernetes.Workload{Cluster: "eu-1", Ref: kubernetes.ObjectRef{Kind: "StatefulSet", Namespace: "playback", Name: "session-journal"}, Health: kubernetes.Healthy, Want: 3, Ready: 3, Version: "7.2"})
	for i, tail := range []string{"4kx7q", "9bn2d", "c8wvz", "fq5mt", "hj2lp", "k7r9s", "m2x4c", "p9d7z"} {
		s.Pods = append(s.Pods, kubernetes.Pod{Cluster: "us-2", Ref: kubernetes.ObjectRef{Kind: "Pod", Namespace: "playback", Name: "playback-session-7d9f6c54b8-" + tail}, Health: kubernetes.Down, State: "CrashLoopBackOff", Reason: "exit code 1", Restarts: 13 - i%3, Started: *at(14, 9+i), Version: "2026.47.1"})
	}
	s.Pods = append(s.Pods, kubernetes.Pod{Cluster: "eu-1", Ref: kubernetes.ObjectRef{Kind: "Pod", Namespace: "playback", Name: "playback-session-1"}, Health: kubernetes.Healthy, State: "Running", Ready: true, Started: *at(9, 9), Version: "2026.46.3"})
	s.Scaling = []kubernetes.Scaling{{Target: kubernetes.ObjectRef{Kind: "Deployment", Namespace: "playback", Name: "playback-session"}, Environment: "production", Clusters: 11, Current: 216, Max: 520, Headroom: 304, Failover: "yes", Largest: "us-1", Share: 1}}
	s.Across = []kubernetes.Across{{Rule: "version-drift", Severity: kubernetes.Warning, Workload: kubernetes.ObjectRef{Kind: "Deployment", Name: "playback-session"}, Title: "Other version in us-2", Text: "us-2 runs 2026.47.1, the others 2026.46.3."}}
	s.Ignored = []kubernetes.Finding{{Rule: "pdb-blocks-drain", Severity: kubernetes.Warning, Cluster: "eu-4", Ref: kubernetes.ObjectRef{Kind: "PodDisruptionBudget", Namespace: "playback", Name: "old"}, Title: "No node can ever be drained"}}
	s.Advice = []kubernetes.Finding{{Rule: "advice-no-pdb", Severity: kubernetes.Info, Category: kubernetes.Advice, Cluster: "eu-1", Ref: kubernetes.ObjectRef{Kind: "StatefulSet", Namespace: "playback", Name: "session-journal"}, Title: "No disruption budget", Text: "A drain may take all replicas at once."}}
	s.Incidents = []kubernetes.Incident{
		{
			ID: "crash", Service: ref, Entities: []string{ref}, Workload: kubernetes.ObjectRef{Kind: "Deployment", Namespace: "playback", Name: "playback-session"},
			Lead:     kubernetes.Finding{Rule: "rollout-stuck", Severity: kubernetes.Error, Cluster: "us-2", Title: "New version does not come up", Text: "Version 2026.47.1 stops before it serves. 14 pods of 2026.46.3 still serve.", Commands: []string{"kubectl --context us-2 -n playback rollout undo deploy/playback-session"}},
			Because:  []kubernetes.Finding{{Rule: "container-crash-loop", Severity: kubernetes.Error, Title: "app crashes again and again", Text: "It ends with exit code 1.", Says: "back-off 5m0s restarting failed container=app", Commands: []string{"kubectl --context us-2 -n playback logs deploy/playback-session -c app --previous --tail=40"}}},
			Severity: kubernetes.Error, Clusters: []string{"us-2"}, Pods: kubernetes.PodCount{Affected: 17, Total: 31}, ByCluster: map[string]kubernetes.PodCount{"us-2": {Affected: 17, Total: 31}}, Since: at(14, 9), Line: "playback-session: app crashes again and again (exit 1), 17 of 31 pods, us-2",
		},
		{
			ID: "limit", Service: ref, Entities: []string{ref}, Workload: kubernetes.ObjectRef{Kind: "Deployment", Namespace: "playback", Name: "playback-session"},
			Lead:     kubernetes.Finding{Rule: "hpa-at-limit", Severity: kubernetes.Warning, Category: kubernetes.Capacity, Cluster: "us-1", Title: "At its maximum of 40 and wants more", Text: "40 of 40 replicas run at 96 % of requested CPU; the target is 65 %.", Says: "ScalingLimited=True, TooManyReplicas", Commands: []string{"kubectl --context us-1 -n playback describe hpa playback-session"}, Docs: "https://kubernetes.io/docs/"},
			Severity: kubernetes.Warning, Clusters: []string{"us-1"}, Since: at(13, 47),
		},
		{
			ID: "pdb", Service: ref, Entities: []string{ref}, Lead: kubernetes.Finding{Rule: "pdb-exhausted", Severity: kubernetes.Info, Cluster: "eu-4", Ref: kubernetes.ObjectRef{Kind: "PodDisruptionBudget", Namespace: "playback", Name: "playback-session"}, Title: "Used up by unhealthy pods"},
			Severity: kubernetes.Info, Clusters: []string{"eu-4", "eu-5"},
		},
	}
	return s
}
