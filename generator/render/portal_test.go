package render

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/portolan-dev/portolan/generator/markdown"
	"github.com/portolan-dev/portolan/generator/site"
	"github.com/portolan-dev/portolan/sources"
	"github.com/portolan-dev/portolan/sources/apis"
	"github.com/portolan-dev/portolan/sources/catalog"
	"github.com/portolan-dev/portolan/sources/diag"
	"github.com/portolan-dev/portolan/sources/docs"
	"github.com/portolan-dev/portolan/sources/kubernetes"
)

var built = time.Date(2026, 11, 23, 14, 32, 0, 0, time.UTC)

// history says that every file was changed on a day that its name decides.
type history struct{}

func (history) LastChange(name string) (sources.Change, bool) {
	return sources.Change{Commit: "1f0c2a9b", Author: "Mei Tanaka", Time: built.Add(-time.Duration(len(name)*7) * time.Hour)}, true
}

// samplePortal is a portal of a music company with 14 clusters, every kind of
// entity, docs and APIs.
func samplePortal(t testing.TB) *site.Portal {
	t.Helper()
	repo := &sources.Repo{
		Name: "listening/playback-session", Prefix: "listening/playback-session", URL: "https://github.com/ondavia/playback-session",
		Branch: "main", FS: sampleFiles(), Freshness: sources.Freshness{State: sources.Fresh, ObservedAt: built}, History: history{},
	}
	repos := []*sources.Repo{repo}
	batch := catalog.Read(repo, catalog.ReadOptions{})
	cat := catalog.Link([]*catalog.Batch{batch}, catalog.LinkOptions{})
	if len(cat.Entities) < 20 {
		t.Fatalf("the sample has %d entities: %v", len(cat.Entities), cat.Diagnostics)
	}
	engine := markdown.New(markdown.Options{})
	p := &site.Portal{
		Title: "Ondavia engineering", BaseURL: "https://portal.ondavia.example/portal/", Version: "0.1", Built: built, Every: 15 * time.Minute,
		Catalog: cat, Docs: map[string]*site.Docs{}, APIs: map[string]*apis.Definition{}, Repos: repos, Markdown: engine,
		Diagnostics: cat.Diagnostics,
		Pages:       []site.ContentPage{{URL: "handbook/", Title: "Handbook", Document: engine.Render(markdown.Input{Source: []byte("# Handbook\n\nHow we work.\n\n## On call\n\nBe kind.\n\n## Releases\n\nOften.\n")})}},
	}
	places, _ := docs.Find(repos, cat)
	trees, err := docs.ReadAll(context.Background(), places, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, tree := range trees {
		d := &site.Docs{Tree: tree, Rendered: map[*docs.Page]*markdown.Document{}}
		for _, page := range tree.Pages {
			d.Rendered[page] = engine.Render(markdown.Input{Source: page.Body(), Path: page.Path})
		}
		p.Docs[tree.Entity.String()] = d
	}
	for _, e := range cat.OfKind("api") {
		p.APIs[e.Ref.String()] = apis.Parse(e)
	}
	p.Fleet = sampleFleet(cat)
	return p
}

// sampleFleet lets every service run in a fixed choice of 14 clusters.
func sampleFleet(cat *catalog.Catalog) *kubernetes.Fleet {
	f := &kubernetes.Fleet{}
	for _, c := range []struct {
		region, stem string
		n            int
	}{{"Europe", "eu", 5}, {"Americas", "us", 5}, {"Asia Pacific", "ap", 4}} {
		for i := range c.n {
			state := &kubernetes.ClusterState{
				Name: fmt.Sprintf("%s-%d", c.stem, i+1), Region: c.region, Services: 1250 + 7*i, ByHealth: map[kubernetes.Health]int{kubernetes.Down: i % 3, kubernetes.Degraded: 6},
				Freshness: sources.Freshness{State: sources.Fresh, ObservedAt: built}, TakenAt: built, Version: "v1.33.4",
			}
			if state.Name == "us-2" {
				state.ByHealth[kubernetes.Down] = 9
			}
			if state.Name == "ap-3" {
				state.Freshness = sources.Freshness{State: sources.Stale, ObservedAt: built.Add(-207 * time.Minute), Reason: "dial tcp: i/o timeout"}
			}
			f.Clusters = append(f.Clusters, state)
		}
	}
	n := 0
	for _, e := range cat.Entities {
		if !strings.EqualFold(e.Ref.Kind, "component") || e.Type != "service" {
			continue
		}
		n++
		bad := n%5 == 1 || e.Ref.Name == "playback-session"
		s := &kubernetes.Service{Ref: e.Ref.String(), Health: kubernetes.Healthy, Line: "Healthy in all clusters."}
		for i, c := range f.Clusters {
			if (i*7+n)%9 == 0 {
				continue
			}
			pl := kubernetes.Placement{Cluster: c.Name, Region: c.Region, Health: kubernetes.Healthy, Stale: c.Freshness.State != sources.Fresh, Ready: 8 + i, Want: 8 + i, Version: "2026.46.3"}
			switch {
			case bad && c.Name == "us-2":
				pl.Health, pl.Ready, s.Health = kubernetes.Down, 0, kubernetes.Down
			case bad && c.Name == "us-1":
				pl.Health = kubernetes.Degraded
			case n%7 == 3 && c.Name == "eu-2":
				pl.Health, s.Health = kubernetes.Degraded, kubernetes.Degraded
			case n == 4 && c.Name == "eu-4":
				pl.Health = kubernetes.Progressing
			}
			s.Ready += pl.Ready
			s.Want += pl.Want
			s.Placements = append(s.Placements, pl)
		}
		since := built.Add(-time.Duration(23+n) * time.Minute)
		if s.Health == kubernetes.Down {
			s.Line = "New version exits at start in us-2; a config key is missing"
			s.Incidents = append(s.Incidents, kubernetes.Incident{
				ID: fmt.Sprintf("p%d", n), Service: s.Ref, Severity: kubernetes.Critical, Clusters: []string{"us-2"}, Since: &since,
				Lead: kubernetes.Finding{Rule: "container-crash-loop", Title: "New version exits at start in us-2", Severity: kubernetes.Critical}, Line: "17 of 31 pods restart since 14:09; version 2026.47.1 exits with code 1.",
				Entities: []string{s.Ref}, Pods: kubernetes.PodCount{Affected: 17, Total: 31},
			})
		}
		if s.Health == kubernetes.Degraded || bad {
			if s.Health == kubernetes.Degraded {
				s.Line = "Autoscaler at its limit in eu-2"
			}
			s.Incidents = append(s.Incidents, kubernetes.Incident{
				ID: fmt.Sprintf("q%d", n), Service: s.Ref, Severity: kubernetes.Warning, Clusters: []string{"us-1"}, Since: &since,
				Lead: kubernetes.Finding{Rule: "hpa-at-limit", Title: "Autoscaler at its limit in us-1", Severity: kubernetes.Warning}, Line: "40 of 40 replicas at 96 % CPU, target 65 %. It would want 60.",
				Entities: []string{s.Ref}, Pods: kubernetes.PodCount{Total: 40},
			})
		}
		f.Services = append(f.Services, s)
		f.Incidents = append(f.Incidents, s.Incidents...)
	}
	f.Shared = []kubernetes.SharedCause{{
		Rule: "container-crash-loop", Factor: "cluster us-2", Line: "9 of 23 broken services are in us-2 and broke within 8 minutes",
		Clusters: []string{"us-2"}, Since: &built,
	}}
	return f
}

// sampleFiles are the files of one repo that describes everything.
func sampleFiles() fstest.MapFS {
	var b strings.Builder
	entity := func(kind, name, meta, spec string) {
		fmt.Fprintf(&b, "---\napiVersion: backstage.io/v1alpha1\nkind: %s\nmetadata:\n  name: %s\n%sspec:\n%s", kind, name, indent(meta, "  "), indent(spec, "  "))
	}
	entity("Domain", "listening", "title: Listening\ndescription: Everything that makes sound.\n", "owner: needle-drop\n")
	entity("System", "playback", "description: Everything between pressing play and hearing sound, except the bytes themselves.\n", "owner: needle-drop\ndomain: listening\n")
	entity("System", "ad-serving", "description: Advertisements.\n", "owner: velvet-hook\ndomain: listening\n")
	for _, g := range []string{"needle-drop", "velvet-hook", "edge-walkers"} {
		entity("Group", g, "description: A team that makes play mean play.\n", "type: team\nchildren: []\nprofile: {displayName: "+g+", email: "+g+"@ondavia.example}\n")
	}
	entity("User", "mei.t", "", "profile: {displayName: Mei Tanaka, email: mei@ondavia.example}\nmemberOf: [needle-drop]\n")
	entity("Component", "playback-session", `description: Keeps one listening session alive while it moves between phone, desktop, car and speaker.
annotations: {backstage.io/techdocs-ref: "dir:.", backstage.io/kubernetes-id: playback-session}
tags: [go, grpc, realtime]
links:
  - {url: "https://dash.ondavia.example/d/1", title: Dashboard}
  - {url: "https://logs.ondavia.example", title: Logs}
`, `type: service
lifecycle: production
owner: needle-drop
system: playback
providesApis: [playback-session-v3, session-events, playback-session-v2]
consumesApis: [queue-store-v1]
dependsOn: [component:queue-store, component:device-registry, component:stream-url-signer, resource:session-redis, component:consent-guard, resource:gone-db]
`)
	for i, n := range strings.Fields("playback-gateway cast-bridge car-head-unit web-player daily-mix-planner") {
		api := "playback-session-v3"
		if i == 4 {
			api = "session-events"
		}
		entity("Component", n, "description: It plays.\n", "type: "+map[bool]string{true: "website", false: "service"}[n == "web-player"]+"\nlifecycle: production\nowner: needle-drop\nsystem: playback\nconsumesApis: ["+api+"]\n")
	}
	for i, n := range strings.Fields("queue-store device-registry stream-url-signer consent-guard ad-decider lyrics-sync royalty-ledger checkout-tax abuse-aggregator abuse-api abuse-dispatcher abuse-enricher abuse-importer abuse-indexer abuse-ledger abuse-limiter abuse-mapper abuse-matcher abuse-planner abuse-projector abuse-registry abuse-relay abuse-router abuse-scheduler abuse-scorer abuse-store abuse-streamer abuse-viewer abuse-worker album-cache album-editor album-enricher album-exporter album-gateway album-guard album-importer album-indexer album-limiter album-mapper album-matcher album-planner album-projector album-registry album-resolver album-router") {
		entity("Component", n, "description: Part of the sample.\ntags: [rust]\n", fmt.Sprintf("type: service\nlifecycle: %s\nowner: %s\nsystem: %s\n",
			[]string{"production", "production", "experimental", "deprecated"}[i%4], []string{"edge-walkers", "velvet-hook", "needle-drop"}[i%3], []string{"playback", "ad-serving"}[i%2]))
	}
	entity("Component", "audio-sdk", "description: A library.\n", "type: library\nlifecycle: production\nowner: nobody-knows\n")
	entity("Resource", "session-redis", "description: Sessions in memory.\n", "type: redis\nowner: needle-drop\nsystem: playback\n")
	entity("API", "playback-session-v3", "title: Playback Session API\ndescription: Start, follow and move listening sessions.\n", "type: openapi\nlifecycle: production\nowner: needle-drop\nsystem: playback\ndefinition:\n  $text: ./openapi.yaml\n")
	entity("API", "session-events", "description: What happens to sessions.\n", "type: asyncapi\nlifecycle: production\nowner: needle-drop\nsystem: playback\ndefinition: |\n  asyncapi: 2.6.0\n  info: {title: Events, version: 1.0.0}\n  channels: {}\n")
	entity("API", "playback-session-v2", "", "type: grpc\nlifecycle: deprecated\nowner: needle-drop\ndefinition: |\n  syntax = \"proto3\";\n  service Sessions { rpc Get (Id) returns (Session); }\n  message Id { string id = 1; }\n  message Session { string id = 1; }\n")
	entity("API", "queue-store-v1", "", "type: something\nlifecycle: production\nowner: edge-walkers\ndefinition: plain words\n")
	entity("Location", "more", "", "type: url\ntargets: [https://github.com/ondavia/other/blob/main/catalog-info.yaml, ./does-not-exist.yaml]\n")
	return fstest.MapFS{
		"catalog-info.yaml":         {Data: []byte(b.String())},
		"openapi.yaml":              {Data: []byte(sampleOpenAPI)},
		"mkdocs.yml":                {Data: []byte("site_name: Playback session\nnav:\n  - Overview: index.md\n  - Concepts:\n    - Session handover: concepts/handover.md\n    - Sessions and epochs: concepts/epochs.md\n  - Operate:\n    - Runbook: operate/runbook.md\n")},
		"docs/index.md":             {Data: []byte("# Playback session\n\nKeeps one listening session alive.\n")},
		"docs/concepts/handover.md": {Data: []byte(sampleDoc)},
		"docs/concepts/epochs.md":   {Data: []byte("# Sessions and epochs\n\nEach handover raises the epoch.\n")},
		"docs/operate/runbook.md":   {Data: []byte("Without a title.\n\n## Alerts\n\nMany.\n\n## Rollback\n\nYes.\n")},
	}
}

func indent(s, by string) string {
	if s == "" {
		return ""
	}
	return by + strings.ReplaceAll(strings.TrimSuffix(s, "\n"), "\n", "\n"+by) + "\n"
}

const sampleOpenAPI = `openapi: 3.1.0
info: {title: Playback Session API, version: 3.8.0, description: "Sessions, **claims** and devices."}
servers: [{url: "https://sessions.ondavia.example/v3"}]
tags: [{name: Sessions, description: Running sessions.}, {name: Claims}]
paths:
  /sessions/{id}:
    get:
      operationId: getSession
      tags: [Sessions]
      summary: Get a session
      description: The state of one session as the owner last reported it.
      parameters:
        - {name: id, in: path, required: true, schema: {type: string}, description: The session.}
        - {name: fields, in: query, schema: {type: string}, description: Only these fields.}
      responses:
        "200": {description: The session., content: {application/json: {schema: {$ref: "#/components/schemas/Session"}, example: {id: ses_81kq, owner: phone-1, epoch: 7}}}}
        "404": {description: "No such session, or not yours."}
    delete:
      operationId: endSession
      tags: [Sessions]
      deprecated: true
      summary: End a session
      responses: {"204": {description: The session has ended.}}
  /sessions/{id}/claims:
    post:
      operationId: claimSession
      tags: [Claims]
      summary: Claim a session
      description: Asks for ownership of a running session. Answers when the old owner has let go, or after ` + "`release_wait`" + `.
      parameters:
        - {name: id, in: path, required: true, schema: {type: string}, description: The session to move.}
        - {name: Idempotency-Key, in: header, required: true, schema: {type: string, maxLength: 64}, description: The same key gives the same answer for 24 hours.}
      requestBody: {content: {application/json: {schema: {$ref: "#/components/schemas/Claim"}, example: {device: kitchen-2, epoch: 7}}}}
      responses:
        "201": {description: The device owns the session., content: {application/json: {schema: {$ref: "#/components/schemas/Session"}, example: {session: ses_81kq, owner: kitchen-2, epoch: 8}}}}
        "409": {description: Another device was faster. Read the session again.}
components:
  schemas:
    Session: {type: object, required: [id], properties: {id: {type: string}, owner: {type: string}, epoch: {type: integer}}}
    Claim: {type: object, required: [device, epoch], properties: {device: {type: string, description: The device that will play.}, epoch: {type: integer, minimum: 0}, position: {type: object, properties: {track: {type: string}, ms: {type: integer}}}}}
`

const sampleDoc = `# Session handover

A listener starts a song on the phone and walks up to a speaker. The music must move without a gap, and never play in two rooms.

Every session has one **owner**: the device that plays. See [epochs](epochs.md).

## What happens, step by step

1. The new device sends a claim with the last epoch it knows.
2. ` + "`playback-session`" + ` asks the old owner for its exact position.

!!! info "Positions are not wall-clock times"
    A position counts milliseconds of the track.

## Claim a session

Send the epoch you last saw.

=== "curl"

    ` + "```bash title=\"claim.sh\" hl_lines=\"2\"" + `
    curl -X POST https://sessions.ondavia.example/v3/sessions/$ID/claims \
      -H "Idempotency-Key: 5b0e9c"
    ` + "```" + `

=== "Go"

    ` + "```go" + `
    grant, err := sessions.Claim(ctx, id)
    ` + "```" + `

!!! warning "Do not retry a 409"
    A conflict means that another device was faster.

## When a party fails

### The old owner is silent

| Key | Default | Meaning |
| --- | --- | --- |
| ` + "`ttl`" + ` | none | A session without a heartbeat ends after this time. |

### A cluster is cut off

!!! danger "Never clear the epoch by hand"
    A lower epoch makes every device believe that it owns the session.

!!! tip
    ` + "`make handover`" + ` starts three fake devices.
`

func repoPos(line int) diag.Pos { return diag.Pos{File: "catalog-info.yaml", Line: line} }
