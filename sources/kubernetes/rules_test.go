package kubernetes

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/portolan-dev/portolan/sources/catalog"
)

// TestRulesAreDocumented wants every rule to have its words and a case.
func TestRulesAreDocumented(t *testing.T) {
	seen := map[string]bool{"matches-nothing": true, "advice-label-only-on-pods": true} // TestMatchProblems, TestLabelOnlyOnPods
	dirs := []string{"testdata/cases", sharedFile(t, "conformance", "kubernetes")}
	for _, dir := range dirs {
		for _, g := range readLines[golden](t, filepath.Join(dir, "beyond.jsonl")) {
			for _, f := range g.Findings {
				seen[f.Rule] = true
			}
			for _, s := range g.Service {
				seen[s.Rule] = true
			}
			for _, a := range g.Advice {
				seen[a] = true
			}
		}
	}
	ids := map[string]bool{}
	for _, r := range Rules() {
		if r.ID == "" || r.Title == "" || r.Condition == "" || r.Why == "" || r.Fix == "" || r.Severity == "" || r.Category == "" {
			t.Errorf("rule %q has no full documentation: %+v", r.ID, r)
		}
		if ids[r.ID] {
			t.Errorf("rule %q is there twice", r.ID)
		}
		ids[r.ID] = true
		if !seen[r.ID] {
			t.Errorf("rule %q has no case", r.ID)
		}
	}
	for id := range seen {
		if !ids[id] {
			t.Errorf("a case names rule %q, which does not exist", id)
		}
	}
}

func component(name string, annotations map[string]string) *catalog.Entity {
	return &catalog.Entity{Ref: catalog.Ref{Kind: "Component", Namespace: "default", Name: name}, Annotations: annotations}
}

// ownCase returns the snapshots of one of our own cases.
func ownCase(t testing.TB, name string) (*goldenCase, []*Snapshot) {
	t.Helper()
	c := readCase(t, filepath.Join("testdata", "cases", name+".json"))
	var snaps []*Snapshot
	for _, k := range c.Clusters {
		snaps = append(snaps, dumpOf(t, ClusterInfo{Name: k.Name, Environment: k.Environment}, k.Objects, c.Now, k.Coverage))
	}
	return c, snaps
}

func TestMatchProblems(t *testing.T) {
	_, snaps := ownCase(t, "workloads/unavailable") // a Deployment and a pod with app=web in shop
	cat := &catalog.Catalog{Entities: []*catalog.Entity{
		component("nothing", map[string]string{idLabel: "web"}),
		component("broad", map[string]string{selectorAnnotation: "!gone"}),
		component("invalid", map[string]string{selectorAnnotation: "app in web"}),
		component("where", map[string]string{selectorAnnotation: "app=web", clusterAnnotation: "alpha, beta", namespaceAnnotation: "shop,shopp"}),
		component("twice", map[string]string{selectorAnnotation: "app=web"}),
		component("bystander", nil),
		{Ref: catalog.Ref{Kind: "API", Namespace: "default", Name: "web"}},
	}}
	f := Join(cat, snaps, JoinOptions{Now: testNow})
	for name, want := range map[string]string{
		"nothing": "", "broad": "selector-too-broad", "invalid": "invalid-selector",
		"where": "unknown-cluster unknown-namespace claimed-twice", "twice": "claimed-twice",
	} {
		s := f.Service("component:default/" + name)
		if s == nil {
			t.Errorf("%s: no service", name)
			continue
		}
		var got []string
		for _, p := range s.Problems {
			got = append(got, p.Code)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: problems: got %q, want %q", name, got, want)
		}
	}
	if f.Service("component:default/bystander") != nil || f.Service("api:default/web") != nil {
		t.Error("an entity without annotation and match has a service")
	}
	s := f.Service("component:default/nothing")
	if len(s.Across) != 1 || s.Across[0].Rule != "matches-nothing" || s.Health != Unknown || s.Searched.Labels != idLabel+"=web" || len(s.Searched.Near) != 1 {
		t.Errorf("nothing found: got %+v, %s, %+v", s.Across, s.Health, s.Searched)
	}
}

func TestAmbiguousName(t *testing.T) {
	raw := json.RawMessage(`{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"x","namespace":"shop","labels":{"backstage.io/kubernetes-id":"cart"}},"status":{"availableReplicas":1}}`)
	snaps := []*Snapshot{dumpOf(t, ClusterInfo{Name: "alpha"}, []json.RawMessage{raw}, testNow, nil)}
	a, b := component("cart", nil), component("cart", nil)
	b.Ref.Namespace = "other"
	f := Join(&catalog.Catalog{Entities: []*catalog.Entity{a, b}}, snaps, JoinOptions{Now: testNow})
	for _, e := range []*catalog.Entity{a, b} {
		s := f.Service(e.Ref.String())
		if s == nil || len(s.Problems) != 1 || s.Problems[0].Code != "ambiguous-name" {
			t.Errorf("%s: got %+v", e.Ref, s)
		}
	}
}

func TestFallbackLabels(t *testing.T) {
	raw := json.RawMessage(`{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"x","namespace":"shop","labels":{"app.kubernetes.io/name":"cart"}}}`)
	snaps := []*Snapshot{dumpOf(t, ClusterInfo{Name: "alpha"}, []json.RawMessage{raw}, testNow, nil)}
	cat := &catalog.Catalog{Entities: []*catalog.Entity{component("cart", nil)}}
	without := Join(cat, snaps, JoinOptions{Now: testNow})
	if s := without.Service("component:default/cart"); s != nil {
		t.Errorf("without the option: got %+v", s.Objects)
	}
	if u := without.Unclaimed; len(u) != 1 || !slices.Equal(u[0].Likely, []string{"component:default/cart"}) {
		t.Errorf("unclaimed: got %+v", u)
	}
	f := Join(cat, snaps, JoinOptions{Now: testNow, FallbackLabels: []string{"app", "app.kubernetes.io/name"}})
	if s := f.Service("component:default/cart"); s == nil || len(s.Objects) != 1 || s.Searched.Labels != "app.kubernetes.io/name=cart" {
		t.Errorf("with the option: got %+v", s)
	}
	if len(f.Unclaimed) != 0 {
		t.Errorf("unclaimed: got %+v", f.Unclaimed)
	}
}

func TestLabelOnlyOnPods(t *testing.T) {
	raw := json.RawMessage(`{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"x","namespace":"shop"},"spec":{"replicas":2,"template":{"metadata":{"labels":{"app":"cart"}},"spec":{"containers":[]}}},"status":{"availableReplicas":2,"replicas":2,"updatedReplicas":2}}`)
	snaps := []*Snapshot{dumpOf(t, ClusterInfo{Name: "alpha"}, []json.RawMessage{raw}, testNow, nil)}
	cat := &catalog.Catalog{Entities: []*catalog.Entity{component("cart", map[string]string{selectorAnnotation: "app=cart"})}}
	s := Join(cat, snaps, JoinOptions{Now: testNow}).Service("component:default/cart")
	if !slices.ContainsFunc(s.Advice, func(f Finding) bool { return f.Rule == "advice-label-only-on-pods" }) {
		t.Errorf("advice: got %+v", s.Advice)
	}
}

func TestIgnore(t *testing.T) {
	c, snaps := ownCase(t, "workloads/unavailable")
	for _, x := range []struct {
		annotation string
		shown      int
	}{
		{"container-crash-loop", 1},
		{"container-crash-loop,workload-unavailable", 0},
		{"container-crash-loop, workload-unavailable until=2026-03-02", 0},
		{"container-crash-loop,workload-unavailable until=2026-03-01", 2},
		{"no-such-rule", 2},
	} {
		e := component("web", map[string]string{selectorAnnotation: "app=web", "portolan.dev/k8s-ignore": x.annotation})
		f := Join(&catalog.Catalog{Entities: []*catalog.Entity{e}}, snaps, JoinOptions{Now: c.Now})
		s := f.Service("component:default/web")
		if len(s.Findings) != x.shown || len(s.Ignored) != 2-x.shown {
			t.Errorf("%q: got %d findings and %d ignored, want %d and %d", x.annotation, len(s.Findings), len(s.Ignored), x.shown, 2-x.shown)
		}
	}
}

func TestThresholds(t *testing.T) {
	c, snaps := ownCase(t, "workloads/unavailable-2m")
	cat := &catalog.Catalog{}
	if f := Join(cat, snaps, JoinOptions{Now: c.Now}); len(f.Findings) != 0 {
		t.Errorf("default: got %+v", f.Findings)
	}
	if f := Join(cat, snaps, JoinOptions{Now: c.Now, Thresholds: Thresholds{StartGrace: time.Minute}}); len(f.Findings) != 1 {
		t.Errorf("one minute of grace: got %+v", f.Findings)
	}
}

func TestStale(t *testing.T) {
	c, snaps := ownCase(t, "workloads/unavailable")
	good := *snaps[0]
	good.Info.Name = "beta"
	good.Pods, good.Workloads = nil, []WorkloadState{snaps[0].Workloads[0]}
	good.Workloads[0].Available, good.Workloads[0].Ready, good.Workloads[0].Conditions = 3, 3, nil
	cat := &catalog.Catalog{Entities: []*catalog.Entity{component("web", map[string]string{selectorAnnotation: "app=web"})}}
	join := func(age time.Duration) *Service {
		old, good, now := *snaps[0], good, c.Now.Add(age)
		good.TakenAt, good.Freshness.ObservedAt = now, now
		old.Freshness.State, old.Freshness.Reason = "stale", "connection refused"
		old.Freshness.ObservedAt = old.TakenAt
		f := Join(cat, []*Snapshot{&old, &good}, JoinOptions{Now: now})
		return f.Service("component:default/web")
	}
	s := join(3 * time.Hour)
	if s.Health != Healthy || s.Want != 3 || s.Ready != 3 || !s.Stale {
		t.Errorf("one of two clusters is stale: got %s, %d of %d", s.Health, s.Ready, s.Want)
	}
	if p := s.Placements[0]; p.Health != Unknown || p.LastHealth != Down || !p.Stale {
		t.Errorf("the stale cluster: got %+v", p)
	}
	for _, f := range s.Findings {
		if !f.LastKnown {
			t.Errorf("finding of a stale cluster is not marked: %+v", f)
		}
	}
	if !strings.Contains(s.Detail, "Not known in alpha") {
		t.Errorf("detail: got %q", s.Detail)
	}
	if s := join(26 * time.Hour); len(s.Findings) != 0 || !s.Placements[0].Expired || s.Placements[0].Version == "" {
		t.Errorf("after 26 hours: got findings %+v, placement %+v", s.Findings, s.Placements[0])
	}
	if s := join(40 * 24 * time.Hour); len(s.Placements) != 1 {
		t.Errorf("after 40 days: got %d placements, want 1", len(s.Placements))
	}
	f := Join(cat, []*Snapshot{{Info: ClusterInfo{Name: "dead"}}}, JoinOptions{Now: c.Now})
	if st := f.Clusters[0]; st.Freshness.State != "failed" {
		t.Errorf("a cluster without data: got %+v", st.Freshness)
	}
	if s := f.Service("component:default/web"); s.Health != Unknown {
		t.Errorf("service without any data: got %s", s.Health)
	}
}

func TestScheduleWords(t *testing.T) {
	for in, want := range map[string]string{
		"*/10 * * * *": "every 10 minutes", "* * * * *": "every minute", "15 * * * *": "every hour at minute 15", "30 2 * * *": "every day at 02:30 UTC",
		"0 6 * * 1-5": "Monday to Friday at 06:00 UTC", "0 3 * * 0": "every Sunday at 03:00 UTC", "0 */6 * * *": "every 6 hours at minute 0", "5 4 1 * *": "on day 1 of every month at 04:05 UTC",
		"@daily": "every day at 00:00 UTC", "1,2 3 * * *": "1,2 3 * * *", "nonsense": "nonsense",
	} {
		if got := scheduleWords(in, ""); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
	if got := scheduleWords("0 6 * * *", "Europe/Berlin"); got != "every day at 06:00 Europe/Berlin" {
		t.Errorf("with a zone: got %q", got)
	}
}

func TestLastDue(t *testing.T) {
	now := Time(testNow.Unix()) // a Monday, noon
	for _, x := range []struct{ schedule, zone, want string }{
		{"*/10 * * * *", "", "2026-03-02T12:00:00Z"},
		{"30 2 * * *", "", "2026-03-02T02:30:00Z"},
		{"0 13 * * *", "Europe/Berlin", "2026-03-02T12:00:00Z"},
		{"0 14 * * *", "Europe/Berlin", "2026-03-01T13:00:00Z"},
		{"CRON_TZ=Europe/Berlin 0 14 * * *", "", "2026-03-01T13:00:00Z"},
		{"0 0 * * 0", "", "2026-03-01T00:00:00Z"},
		{"0 0 29 2 *", "", "2024-02-29T00:00:00Z"},
		{"0 0 31 * *", "", "2026-01-31T00:00:00Z"},
		{"@hourly", "", "2026-03-02T12:00:00Z"},
		{"0 12 * * MON-FRI", "", "2026-03-02T12:00:00Z"},
		{"0 0 ? * *", "", "2026-03-02T00:00:00Z"},
		{"0 0 30 2 *", "", "1970-01-01T00:00:00Z"},
		{"@every 1h", "", "1970-01-01T00:00:00Z"},
		{"61 * * * *", "", "1970-01-01T00:00:00Z"},
		{"0 0 * * *", "Nowhere/Land", "1970-01-01T00:00:00Z"},
		{"", "", "1970-01-01T00:00:00Z"},
	} {
		if got := lastDue(x.schedule, x.zone, now).time().Format(time.RFC3339); got != x.want {
			t.Errorf("%q in %q: got %s, want %s", x.schedule, x.zone, got, x.want)
		}
	}
	// They are set back in Berlin on 25 October 2026 at 03:00: 02:30 comes twice.
	twice := Time(time.Date(2026, 10, 25, 0, 45, 0, 0, time.UTC).Unix())
	if got := lastDue("30 2 * * *", "Europe/Berlin", twice).time().Format(time.RFC3339); got != "2026-10-25T00:30:00Z" {
		t.Errorf("in the hour that comes twice: got %s", got)
	}
	// Clocks were set forward in Berlin on 29 March 2026 at 02:00.
	after := Time(time.Date(2026, 3, 29, 6, 0, 0, 0, time.UTC).Unix())
	if got := lastDue("30 4 * * *", "Europe/Berlin", after).time().Format(time.RFC3339); got != "2026-03-29T02:30:00Z" {
		t.Errorf("after the clocks changed: got %s", got)
	}
}

func TestScrub(t *testing.T) {
	for in, want := range map[string]string{
		`failed to start: exec: "/app/server --db=postgres://svc:CANARY@db:5432/x --api-token=CANARY": no such file`: `failed to start: exec: "/app/server …": no such file`,
		`dial https://user:CANARY@host/path?key=CANARY#CANARY failed`:                                                `dial https://host/path failed`,
		`password=CANARY and --token CANARY and apiKey: CANARY`:                                                      `password=[removed] and --token [removed] and apiKey: [removed]`,
		`secret "db-credentials" not found`:                                                                          `secret "db-credentials" not found`,
		`couldn't find key password in Secret shop/db`:                                                               `couldn't find key password in Secret shop/db`,
		`Authorization: Bearer CANARYCANARY`:                                                                         `Authorization: [removed]`,
		`token eyJhbGciOiJIUzI1NiJ9.CANARY.CANARY was refused`:                                                       `token [removed] was refused`,
		`key AKIACANARYCANARY12 found`:                                                                               `key [removed] found`,
		"a\x1b[31mb\u202ec\x00d\ne":                                                                                  `a[31mbcd e`,
		`image x@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef`:                            `image x@sha256:0123456789ab`,
		`blob Q0FOQVJZLVNFQ1JFVC0xMg0123456789abcdefABCDEF is bad`:                                                   `blob [removed] is bad`,
		`pods "playback-session-7d9f6c54b8-4kx7q" is forbidden: exceeded quota: compute`:                             `pods "playback-session-7d9f6c54b8-4kx7q" is forbidden: exceeded quota: compute`,
		"-----BEGIN RSA PRIVATE KEY-----\nCANARY\n-----END RSA PRIVATE KEY-----":                                     `[removed]`,
		`exec: "/app CANARY": stat /app CANARY: no such file or directory`:                                           `exec: "/app …": stat /app …: no such file or directory`,
		`exec: \"/app --x CANARY\": not found`:                                                                       `exec: \"/app …": not found`,
		`dial svc:CANARY@tcp(db:3306)/shop: refused`:                                                                 `dial [removed]@tcp(db:3306)/shop: refused`,
		`image web:1.4.2@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef not found`:          `image web:1.4.2@sha256:0123456789ab not found`,
		`{"password":"CANARY","user":"me"}`:                                                                          `{"password":"[removed]","user":"me"}`,
		`pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed`: `pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed`,
		`unauthorized: authentication required`: `unauthorized: authentication required`,
		`command 'curl -u me:CANARY' failed`:    `command 'curl …' failed`,
	} {
		if got := scrub(in); got != want {
			t.Errorf("%s:\n got %s\nwant %s", in, got, want)
		}
		if got := scrub(scrub(in)); strings.Contains(got, "CANARY") {
			t.Errorf("%s: a second time: got %s", in, got)
		}
	}
	if got := scrub(strings.Repeat("word ", 200)); len([]rune(got)) != maxMessage {
		t.Errorf("length: got %d, want %d", len([]rune(got)), maxMessage)
	}
}

func TestQuote(t *testing.T) {
	for in, want := range map[string]string{"web": "web", "": "''", "a b": "'a b'", "it's": `'it'\''s'`, "$(reboot)": "'$(reboot)'", "a;b": "'a;b'", "~root": "'~root'", "jsonpath={..image}": "'jsonpath={..image}'"} {
		if got := quote(in); got != want {
			t.Errorf("%q: got %s, want %s", in, got, want)
		}
	}
}

func TestWildcard(t *testing.T) {
	for _, x := range []struct {
		pattern, name string
		want          bool
	}{
		{"*", "", true}, {"shop*", "shop-eu", true}, {"*-eu", "shop-eu", true}, {"s*p*u", "shop-eu", true}, {"shop", "shops", false}, {"", "a", false}, {"a*b", "ab", true}, {"**", "x", true},
	} {
		if got := wildcard(x.pattern, x.name); got != x.want {
			t.Errorf("%q %q: got %v", x.pattern, x.name, got)
		}
	}
}

// TestHostile reads every hostile answer of an API server: none may stop the
// build, publish a secret, or leave a control character in what is published.
func TestHostile(t *testing.T) {
	dir := sharedFile(t, "hostile", "kubernetes")
	data, err := os.ReadFile(filepath.Join(dir, "MANIFEST.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(strings.TrimSpace(string(data)), "\n")[1:] {
		cols := strings.Split(line, "\t")
		name, expect := cols[0], cols[1]
		raw, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		s, err := ReadDump(ClusterInfo{Name: "alpha"}, singleFile{name, raw}, testNow)
		t.Logf("%s (%s): %v", name, expect, err)
		if err != nil {
			if !strings.Contains(expect, "source-error") {
				t.Errorf("%s: got error %v, want %s", name, err, expect)
			}
			if plain(err.Error()) != err.Error() {
				t.Errorf("%s: the error has control characters: %q", name, err)
			}
			continue
		}
		if expect == "source-error" {
			t.Errorf("%s: it is read as if it were whole, want %s", name, expect)
		}
		cat := &catalog.Catalog{Entities: []*catalog.Entity{
			component("svc", nil), component("payments", map[string]string{namespaceAnnotation: "payments"}), component("all", map[string]string{selectorAnnotation: "app"}),
		}}
		f := Join(cat, []*Snapshot{s}, JoinOptions{Now: testNow})
		published := publish(t, f, s)
		for _, word := range []string{"CANARY", "Q0FOQVJZ", "last-applied"} {
			if i := strings.Index(published, word); i >= 0 {
				t.Errorf("%s: published %q: …%s…", name, word, published[max(0, i-100):min(len(published), i+100)])
			}
		}
		if p := f.Service("component:default/payments"); p != nil && len(p.Objects) > 0 {
			t.Errorf("%s: an object of another namespace is attached: %q", name, p.Objects)
		}
		for _, fd := range f.Findings {
			for _, text := range []string{fd.Title, fd.Text, fd.Says, fd.Ref.Name, fd.Ref.Namespace, fd.Container, fd.Cause, strings.Join(fd.Commands, " ")} {
				if plain(text) != text {
					t.Errorf("%s: control characters in %q", name, text)
				}
			}
		}
	}
}

// publish returns everything that may leave the process.
func publish(t testing.TB, f *Fleet, snaps ...*Snapshot) string {
	t.Helper()
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(f); err != nil {
		t.Fatal(err)
	}
	for _, s := range snaps {
		if err := writeRecords(enc, s); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintln(&b, s.Problems)
	}
	return b.String()
}

func TestPublishedNamespaces(t *testing.T) {
	c, snaps := ownCase(t, "network/host-conflict") // namespaces shop and pay
	cat := &catalog.Catalog{Entities: []*catalog.Entity{component("web", map[string]string{selectorAnnotation: "app=web"})}}
	f := Join(cat, snaps, JoinOptions{Now: c.Now, Namespaces: []string{"sh*"}})
	for _, x := range f.Findings {
		if x.Ref.Namespace != "shop" {
			t.Errorf("finding in %s", x.Ref.Namespace)
		}
	}
	for _, o := range f.Service("component:default/web").Objects {
		if !strings.Contains(o, "/shop/") {
			t.Errorf("object %s", o)
		}
	}
	if len(f.Findings) != 1 {
		t.Errorf("got %d findings, want the one in shop", len(f.Findings))
	}
	c, snaps = ownCase(t, "pods/config-configmap-missing")
	if f := Join(cat, snaps, JoinOptions{Now: c.Now}); f.Findings[0].Says == "" {
		t.Error("the cluster says nothing")
	}
	if f := Join(cat, snaps, JoinOptions{Now: c.Now, HideMessages: true}); f.Findings[0].Says != "" {
		t.Errorf("with HideMessages: got %q", f.Findings[0].Says)
	}
}

func TestNamespacesOfACluster(t *testing.T) {
	c := readCase(t, filepath.Join("testdata", "cases", "network", "host-conflict.json"))
	s := dumpOf(t, ClusterInfo{Name: "alpha", Include: []string{"*"}, Exclude: []string{"pay"}}, c.Clusters[0].Objects, c.Now, nil)
	for _, x := range s.Services {
		if x.Namespace == "pay" {
			t.Error("an excluded namespace is in the snapshot")
		}
	}
	if len(s.Services) != 1 {
		t.Errorf("got %d services, want 1", len(s.Services))
	}
}

// TestPartial takes permissions away from a service that is well.
func TestPartial(t *testing.T) {
	c, snaps := ownCase(t, "advice/good") // a Deployment, a pod, a budget
	cat := &catalog.Catalog{Entities: []*catalog.Entity{component("web", map[string]string{selectorAnnotation: "app=web"})}}
	for typ, want := range map[string]Health{"": Healthy, "jobs": Healthy, "statefulsets": Healthy, "horizontalpodautoscalers": Healthy, "pods": Unknown} {
		s := *snaps[0]
		s.Coverage = slices.Clone(s.Coverage)
		for i := range s.Coverage {
			if s.Coverage[i].Type == typ {
				s.Coverage[i].State, s.Coverage[i].Rule = CoverageForbidden, "- {resources: ["+typ+"]}"
			}
		}
		if typ == "pods" {
			s.Pods = nil
		}
		got := Join(cat, []*Snapshot{&s}, JoinOptions{Now: c.Now}).Service("component:default/web")
		if got.Health != want || got.Partial != (typ != "") {
			t.Errorf("without %q: got %s, partial %v, want %s", typ, got.Health, got.Partial, want)
		}
		if typ != "" && (len(got.NotChecked) != 1 || got.NotChecked[0].Rule == "" || got.NotChecked[0].Why != "no permission") {
			t.Errorf("without %q: not checked: got %+v", typ, got.NotChecked)
		}
	}
	// Nothing is found and Deployments cannot be read: that is not "nothing is there".
	s := *snaps[0]
	s.Pods, s.Workloads, s.Budgets = nil, nil, nil
	s.Coverage = []Coverage{{Type: "deployments", State: CoverageForbidden}}
	got := Join(cat, []*Snapshot{&s}, JoinOptions{Now: c.Now}).Service("component:default/web")
	if got.Health != Unknown || !got.Partial || len(got.Across) != 0 {
		t.Errorf("nothing found, nothing readable: got %s, partial %v, %+v", got.Health, got.Partial, got.Across)
	}
}
