package site_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/portolan-dev/portolan/generator/render"
	"github.com/portolan-dev/portolan/generator/site"
	"github.com/portolan-dev/portolan/sources/apis"
	"github.com/portolan-dev/portolan/sources/catalog"
	"github.com/portolan-dev/portolan/sources/diag"
	"github.com/portolan-dev/portolan/sources/kubernetes"
	"github.com/portolan-dev/portolan/themes"
)

// worstDay is a large fleet in which one of five services is broken, and one
// service has far more of everything than any other.
func worstDay(t testing.TB) *site.Portal {
	t.Helper()
	p := largePortal(t, 1600)
	rules := kubernetes.Rules()
	broken := 0
	for i, s := range p.Fleet.Services {
		if i%5 != 0 || len(s.Placements) == 0 {
			continue
		}
		broken++
		s.Health = kubernetes.Down
		for j := range s.Placements {
			s.Placements[j].Health = []kubernetes.Health{kubernetes.Healthy, kubernetes.Down, kubernetes.Degraded, kubernetes.Healthy}[(i/5+j)%4]
		}
		name := s.Ref[strings.LastIndexByte(s.Ref, '/')+1:]
		inc := incident(i, name, s.Ref, rules[broken*7%23].ID, kubernetes.Error)
		s.Incidents = append(s.Incidents, inc)
		p.Fleet.Incidents = append(p.Fleet.Incidents, inc)
		p.Fleet.Shared = append(p.Fleet.Shared, kubernetes.SharedCause{Rule: inc.Lead.Rule, Factor: "cluster us-2", Line: "us-2: " + name, Services: []string{s.Ref}, Clusters: inc.Clusters, Since: inc.Since})
		p.Diagnostics = append(p.Diagnostics, diag.Diagnostic{Pos: diag.Pos{File: name + "/catalog-info.yaml", Line: 3}, Severity: diag.Error, Rule: "unknown-owner", Message: "group " + name + " does not exist", Entity: s.Ref})
	}
	big := p.Fleet.Services[len(p.Fleet.Services)-1]
	big.Health = kubernetes.Down
	for i := range 400 {
		name, c := fmt.Sprintf("part-%03d", i), clusterNames[i%len(clusterNames)]
		ref := func(kind string) kubernetes.ObjectRef {
			return kubernetes.ObjectRef{Kind: kind, Namespace: "playback", Name: name}
		}
		inc := incident(i, name, big.Ref, rules[i%23].ID, kubernetes.Error)
		inc.ID = "big-" + name
		big.Incidents = append(big.Incidents, inc)
		p.Fleet.Incidents = append(p.Fleet.Incidents, inc)
		big.Workloads = append(big.Workloads, kubernetes.Workload{Cluster: c, Ref: ref("Deployment"), Health: kubernetes.Down, Want: 3, Version: fmt.Sprintf("1.%d.0", i), Entities: []string{big.Ref}})
		big.Pods = append(big.Pods, kubernetes.Pod{Cluster: c, Ref: ref("Pod"), Health: kubernetes.Down, State: "CrashLoopBackOff", Reason: "exit code 1", Restarts: i, Started: *at(14, 9), Version: "1.0.0"})
		big.Versions = append(big.Versions, kubernetes.VersionShare{Version: fmt.Sprintf("1.%d.0", i), Pods: 3, Clusters: []string{c}})
		big.CronJobs = append(big.CronJobs, kubernetes.CronJob{Cluster: c, Ref: ref("CronJob"), Schedule: "*/30 * * * *", Words: "every 30 minutes", LastFailed: true, Health: kubernetes.Degraded})
		big.Addresses = append(big.Addresses, kubernetes.Address{URL: "https://" + name + ".example/", Kind: "Ingress", Clusters: []string{c}})
		big.Resources = append(big.Resources, kubernetes.Resource{Ref: ref("Service"), Clusters: []string{c}, Health: kubernetes.Healthy, State: "has endpoints"})
		big.NotChecked = append(big.NotChecked, kubernetes.NotChecked{Cluster: c, What: "Ingresses", Why: "The account may not list them in " + name + ".", Rule: "apiGroups: [networking.k8s.io]"})
		big.Across = append(big.Across, kubernetes.Across{Rule: "version-drift", Severity: kubernetes.Warning, Workload: ref("Deployment"), Title: "Other version of " + name, Text: "They differ."})
		big.Problems = append(big.Problems, kubernetes.MatchProblem{Code: "matches-nothing", Text: "no workload carries " + name, Hint: "label it"})
		big.Scaling = append(big.Scaling, kubernetes.Scaling{Target: ref("Deployment"), Environment: "production", Clusters: 1, Current: 3, Max: 7, Headroom: 4, Failover: "yes", Largest: c, Share: 1})
		big.Autoscalers = append(big.Autoscalers, kubernetes.Autoscaler{Cluster: c, Ref: ref("HorizontalPodAutoscaler"), Target: ref("Deployment"), Min: 2, Max: 7, Current: 3, Desired: 3, State: "limit"})
		big.Deploys = append(big.Deploys, kubernetes.Deploy{Workload: ref("Deployment"), At: *at(9, 0), Clusters: []string{c}})
		big.Advice = append(big.Advice, kubernetes.Finding{Rule: "advice-no-pdb", Severity: kubernetes.Info, Category: kubernetes.Advice, Cluster: c, Ref: ref("Deployment"), Title: "No disruption budget", Text: "A drain may take all replicas at once."})
		big.Ignored = append(big.Ignored, big.Advice[len(big.Advice)-1])
		p.Fleet.Unclaimed = append(p.Fleet.Unclaimed, kubernetes.Workload{Cluster: c, Ref: kubernetes.ObjectRef{Kind: "Deployment", Namespace: fmt.Sprintf("ns-%03d", i/3), Name: name}, Health: kubernetes.Healthy, Want: 3, Ready: 3})
	}
	big.Searched = kubernetes.Selector{Labels: "app=big", Namespaces: []string{"playback"}}
	for i := range 300 {
		p.Rules = append(p.Rules, diag.Rule{ID: fmt.Sprintf("rule-%d", i), Severity: diag.Warning, Title: "A rule of many words", Why: strings.Repeat("It matters. ", 10), Fix: strings.Repeat("Mend it. ", 10), Example: "a: b\nc: d\n"})
	}
	p.APIs = map[string]*apis.Definition{}
	repo := repoOf("wide", "catalog-info.yaml", "apiVersion: backstage.io/v1alpha1\nkind: API\nmetadata: {name: wide}\nspec: {type: openapi, lifecycle: production, owner: team-1, definition: \"x: y\"}\n")
	linked := catalog.Link([]*catalog.Batch{catalog.Read(repo, catalog.ReadOptions{})}, catalog.LinkOptions{})
	e := linked.Entities[0]
	e.Definition, e.Type = wideDefinition(), "openapi"
	p.Catalog.Entities = append(p.Catalog.Entities, e)
	p.APIs[e.Ref.String()] = apis.Parse(e)
	return p
}

func incident(i int, name, ref, rule string, severity kubernetes.Severity) kubernetes.Incident {
	since := built.Add(-time.Duration(i) * time.Minute)
	return kubernetes.Incident{
		ID: "i-" + name, Service: ref, Entities: []string{ref}, Workload: kubernetes.ObjectRef{Kind: "Deployment", Namespace: "playback", Name: name},
		Lead:     kubernetes.Finding{Rule: rule, Severity: severity, Cluster: "us-2", Title: name + " does not come up", Text: "It stops before it serves.", Says: fmt.Sprintf("0/118 nodes are available: %d Insufficient cpu, 22 node(s) were unschedulable", i), Commands: []string{"kubectl --context us-2 -n playback describe deploy/" + name}},
		Severity: severity, Clusters: clusterNames[i%5 : i%5+1+i%9], Pods: kubernetes.PodCount{Affected: 5, Total: 27}, Since: &since, Line: name + ": cannot be placed",
	}
}

// wideDefinition is an OpenAPI definition of 400 operations with 60 parameters
// and bodies of 200 fields.
func wideDefinition() string {
	var b strings.Builder
	b.WriteString("openapi: 3.0.3\ninfo: {title: Wide, version: 1.0.0}\npaths:\n")
	for i := range 400 {
		fmt.Fprintf(&b, "  /things/%d:\n    get:\n      operationId: thing%d\n      summary: Returns the thing of number %d\n      parameters:\n", i, i, i)
		for j := range 60 {
			fmt.Fprintf(&b, "      - {name: p%d, in: query, description: 'The parameter of number %d, which says how much.', schema: {type: string}}\n", j, j)
		}
		b.WriteString("      responses: {'200': {description: Fine, content: {application/json: {schema: {$ref: '#/components/schemas/Thing'}}}}}\n")
	}
	b.WriteString("components:\n  schemas:\n    Thing:\n      type: object\n      properties:\n")
	for j := range 200 {
		fmt.Fprintf(&b, "        f%d: {type: string, description: 'The field of number %d.'}\n", j, j)
	}
	return b.String()
}

// The most that a page may weigh, in bytes: as written, and as sent.
const (
	maxPage       = 200 << 10
	maxCompressed = 16 << 10
	references    = 2 // times as much for the pages of APIs, which readers search
)

// TestPageSizes renders the pages of the worst day: none grows without bound.
func TestPageSizes(t *testing.T) {
	p := worstDay(t)
	r, err := render.New(themes.Default(), render.Options{Chrome: site.ChromeOf(p)})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	seen := map[string]int{}
	for _, page := range site.Pages(p) {
		seen[page.Layout]++
		if seen[page.Layout] > 100 && page.Entity != p.Fleet.Services[len(p.Fleet.Services)-1].Ref {
			continue // many alike
		}
		data, err := r.Page(&page)
		if err != nil {
			t.Fatal(err)
		}
		n++
		var sent bytes.Buffer
		w, _ := gzip.NewWriterLevel(&sent, 9)
		_, _ = w.Write(data)
		_ = w.Close()
		times := 1
		if page.Layout == "api" {
			times = references
		}
		if len(data) > times*maxPage || sent.Len() > times*maxCompressed {
			t.Errorf("%s: %d kB, %d kB compressed", page.URL, len(data)>>10, sent.Len()>>10)
		}
	}
	if n < 500 {
		t.Errorf("%d pages were looked at", n)
	}
}
