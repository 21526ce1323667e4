package kubernetes

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/portolan-dev/portolan/sources/catalog"
)

// goldenCase is one input of the conformance suite.
type goldenCase struct {
	Description string    `json:"description"`
	Now         time.Time `json:"now"`
	Clusters    []struct {
		Name        string            `json:"name"`
		Environment string            `json:"environment"`
		Coverage    []Coverage        `json:"coverage"`
		Objects     []json.RawMessage `json:"objects"`
		Before      []json.RawMessage `json:"before"` // ours only: the objects ten minutes earlier
	} `json:"clusters"`
}

type goldenFinding struct {
	Cluster   string    `json:"cluster"`
	Rule      string    `json:"rule"`
	Severity  Severity  `json:"severity"`
	Ref       ObjectRef `json:"ref"`
	Container string    `json:"container"`
	Init      bool      `json:"init"`
	Cause     string    `json:"cause"`
}

func (g goldenFinding) String() string {
	return fmt.Sprintf("%s %s %s %s/%s/%s c=%q init=%v cause=%q", g.Cluster, g.Rule, g.Severity, g.Ref.Kind, g.Ref.Namespace, g.Ref.Name, g.Container, g.Init, g.Cause)
}

type golden struct {
	File     string          `json:"file"`
	Findings []goldenFinding `json:"findings"`
	Groups   []struct {
		Workload string                     `json:"workload"`
		Lead     string                     `json:"lead"`
		Because  []string                   `json:"because"`
		Clusters []string                   `json:"clusters"`
		Pods     map[string]json.RawMessage `json:"pods"`
	} `json:"groups"`
	Service []struct {
		Rule      string            `json:"rule"`
		Severity  Severity          `json:"severity"`
		Workload  string            `json:"workload"`
		Container string            `json:"container"`
		Majority  string            `json:"majority"`
		Outliers  map[string]string `json:"outliers"`
		Clusters  []string          `json:"clusters"`
	} `json:"service"`
	Headroom map[string]struct {
		Current, Max, Headroom, Projected int
		State                             string
	} `json:"headroom"`
	Health    map[string]Health `json:"health"`
	Forbidden []string          `json:"forbidden"`
	Overrules []struct {
		Type    string    `json:"type"`
		Ref     ObjectRef `json:"ref"`
		Cluster string    `json:"cluster"`
	} `json:"overrules"`
	Advice []string `json:"advice"` // ours only
}

func readLines[T any](t testing.TB, file string) []T {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var out []T
	sc := bufio.NewScanner(bytes.NewReader(data))
	sc.Buffer(nil, 1<<20)
	for sc.Scan() {
		if len(bytes.TrimSpace(sc.Bytes())) == 0 {
			continue
		}
		var v T
		if err := json.Unmarshal(sc.Bytes(), &v); err != nil {
			t.Fatalf("%s: %v in %s", file, err, sc.Bytes())
		}
		out = append(out, v)
	}
	return out
}

// claimLabel is put on every object of a golden case: they belong to one service.
const claimLabel = "portolan.test/claim"

func claimed(t testing.TB, raw json.RawMessage) json.RawMessage {
	t.Helper()
	var o map[string]any
	if err := json.Unmarshal(raw, &o); err != nil {
		t.Fatal(err)
	}
	meta, _ := o["metadata"].(map[string]any)
	labels, _ := meta["labels"].(map[string]any)
	if labels == nil {
		labels = map[string]any{}
		meta["labels"] = labels
	}
	labels[claimLabel] = "all"
	out, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func dumpOf(t testing.TB, info ClusterInfo, objects []json.RawMessage, now time.Time, coverage []Coverage) *Snapshot {
	t.Helper()
	fsys := fstest.MapFS{}
	for i, o := range objects {
		fsys[fmt.Sprintf("%04d.json", i)] = &fstest.MapFile{Data: o}
	}
	if len(coverage) > 0 {
		data, err := json.Marshal(map[string]any{"coverage": coverage})
		if err != nil {
			t.Fatal(err)
		}
		fsys["cluster.yaml"] = &fstest.MapFile{Data: data}
	}
	s, err := ReadDump(info, fsys, now)
	if err != nil {
		t.Fatal(err)
	}
	if s.Skipped > 0 {
		t.Errorf("skipped: %q", s.Problems)
	}
	return s
}

var everything = &catalog.Entity{
	Ref:         catalog.Ref{Kind: "Component", Namespace: "default", Name: "everything"},
	Annotations: map[string]string{selectorAnnotation: claimLabel + "=all"},
}

// joinCase evaluates a golden case and returns the fleet and all that could be
// published of it.
func joinCase(t testing.TB, c *goldenCase) (*Fleet, []byte) {
	t.Helper()
	var snaps, before []*Snapshot
	var published bytes.Buffer
	for _, k := range c.Clusters {
		info := ClusterInfo{Name: k.Name, Environment: k.Environment}
		claim := func(list []json.RawMessage) []json.RawMessage {
			out := make([]json.RawMessage, len(list))
			for i := range list {
				out[i] = claimed(t, list[i])
			}
			return out
		}
		s := dumpOf(t, info, claim(k.Objects), c.Now, k.Coverage)
		var file bytes.Buffer
		if err := WriteSnapshot(&file, s); err != nil {
			t.Fatal(err)
		}
		s, err := ReadSnapshot(&file) // what is written must do
		if err != nil {
			t.Fatal(err)
		}
		enc := json.NewEncoder(&published)
		enc.SetEscapeHTML(false)
		if err := writeRecords(enc, s); err != nil {
			t.Fatal(err)
		}
		snaps = append(snaps, s)
		if k.Before != nil {
			before = append(before, dumpOf(t, info, claim(k.Before), c.Now.Add(-10*time.Minute), k.Coverage))
		}
	}
	f := Join(&catalog.Catalog{Entities: []*catalog.Entity{everything}}, snaps, JoinOptions{Now: c.Now, Previous: before, Workers: 1})
	enc := json.NewEncoder(&published)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(f); err != nil {
		t.Fatal(err)
	}
	return f, published.Bytes()
}

func readCase(t testing.TB, file string) *goldenCase {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var c goldenCase
	if err := json.Unmarshal(data, &c); err != nil {
		t.Fatal(err)
	}
	return &c
}

func TestConformance(t *testing.T) { conform(t, sharedFile(t, "conformance", "kubernetes")) }

// TestOwnCases has the rules without a case in the conformance suite.
func TestOwnCases(t *testing.T) { conform(t, "testdata/cases") }

func conform(t *testing.T, dir string) {
	for _, want := range readLines[golden](t, filepath.Join(dir, "beyond.jsonl")) {
		t.Run(strings.TrimSuffix(want.File, ".json"), func(t *testing.T) {
			c := readCase(t, filepath.Join(dir, want.File))
			f, published := joinCase(t, c)
			compareCase(t, &want, f)
			for _, word := range append(want.Forbidden, "CANARY", "last-applied-configuration") {
				if i := bytes.Index(published, []byte(word)); i >= 0 {
					t.Errorf("published %q: …%s…", word, published[max(0, i-80):min(len(published), i+80)])
				}
			}
		})
	}
}

func compareCase(t *testing.T, want *golden, f *Fleet) {
	t.Helper()
	var got, exp []string
	for i := range f.Findings {
		x := &f.Findings[i]
		if x.Category == Advice {
			continue
		}
		got = append(got, goldenFinding{x.Cluster, x.Rule, x.Severity, x.Ref, x.Container, x.Init, x.Cause}.String())
		if x.Title == "" || x.Text == "" {
			t.Errorf("finding without words: %+v", x)
		}
	}
	for _, x := range want.Findings {
		exp = append(exp, x.String())
	}
	slices.Sort(got)
	slices.Sort(exp)
	if !slices.Equal(got, exp) {
		t.Errorf("findings:\n got %s\nwant %s", strings.Join(got, "\n     "), strings.Join(exp, "\n     "))
	}
	s := f.Service(everything.Ref.String())
	if s == nil {
		t.Fatal("no service")
	}
	name := func(r ObjectRef) string { return r.Kind + "/" + r.Namespace + "/" + r.Name }
	if want.Groups != nil {
		if len(s.Incidents) != len(want.Groups) {
			t.Errorf("incidents: got %d, want %d", len(s.Incidents), len(want.Groups))
		}
		for i, g := range want.Groups[:min(len(want.Groups), len(s.Incidents))] {
			in := s.Incidents[i]
			var because []string
			for _, b := range in.Because {
				because = append(because, b.Rule)
			}
			if name(in.Workload) != g.Workload || in.Lead.Rule != g.Lead || !slices.Equal(because, g.Because) || !slices.Equal(in.Clusters, g.Clusters) {
				t.Errorf("incident:\n got %s %s %q %q\nwant %s %s %q %q", name(in.Workload), in.Lead.Rule, because, in.Clusters, g.Workload, g.Lead, g.Because, g.Clusters)
			}
			for k, raw := range g.Pods {
				var pair [2]int
				var n int
				switch k {
				case "affected", "total":
					_ = json.Unmarshal(raw, &n)
					if have := map[string]int{"affected": in.Pods.Affected, "total": in.Pods.Total}[k]; have != n {
						t.Errorf("incident: pods %s: got %d, want %d", k, have, n)
					}
				default:
					_ = json.Unmarshal(raw, &pair)
					if have := in.ByCluster[k]; have != (PodCount{pair[0], pair[1]}) {
						t.Errorf("incident: pods in %s: got %+v, want %v", k, have, pair)
					}
				}
			}
			if in.Line == "" {
				t.Error("incident without a line")
			}
		}
	}
	if want.Service != nil {
		var got, exp []string
		for _, a := range s.Across {
			got = append(got, fmt.Sprint(a.Rule, a.Severity, name(a.Workload), a.Container, a.Majority, a.Outliers))
		}
		for _, a := range want.Service {
			exp = append(exp, fmt.Sprint(a.Rule, a.Severity, a.Workload, a.Container, a.Majority, a.Outliers))
		}
		slices.Sort(got)
		slices.Sort(exp)
		if !slices.Equal(got, exp) {
			t.Errorf("service:\n got %q\nwant %q", got, exp)
		}
	}
	for cluster, h := range want.Headroom {
		if cluster == "total" {
			if len(s.Scaling) != 1 || s.Scaling[0].Current != h.Current || s.Scaling[0].Max != h.Max || s.Scaling[0].Headroom != h.Headroom {
				t.Errorf("headroom: total: got %+v, want %+v", s.Scaling, h)
			}
			continue
		}
		i := slices.IndexFunc(s.Autoscalers, func(a Autoscaler) bool { return a.Cluster == cluster })
		if i < 0 {
			t.Errorf("headroom: nothing in %s", cluster)
			continue
		}
		if a := s.Autoscalers[i]; a.Current != h.Current || a.Max != h.Max || a.Headroom != h.Headroom || a.Projected != h.Projected || a.State != h.State {
			t.Errorf("headroom in %s: got %+v, want %+v", cluster, a, h)
		}
	}
	for object, h := range want.Health {
		got := healthOf(s, object)
		if got != h {
			t.Errorf("health of %s: got %q, want %q", object, got, h)
		}
	}
	if want.Advice != nil {
		var got []string
		for _, a := range s.Advice {
			got = append(got, a.Rule)
		}
		slices.Sort(got)
		if got = slices.Compact(got); !slices.Equal(got, want.Advice) {
			t.Errorf("advice: got %q, want %q", got, want.Advice)
		}
	}
}

func healthOf(s *Service, object string) Health {
	for _, w := range s.Workloads {
		if w.Cluster+"/"+w.Ref.Kind+"/"+w.Ref.Namespace+"/"+w.Ref.Name == object {
			return w.Health
		}
	}
	for _, c := range s.CronJobs {
		if c.Cluster+"/CronJob/"+c.Ref.Namespace+"/"+c.Ref.Name == object {
			return c.Health
		}
	}
	return ""
}

// TestBackstage checks that every error that Backstage reports and that is not
// wrong has one of our findings on the same object.
func TestBackstage(t *testing.T) {
	dir := sharedFile(t, "conformance", "kubernetes")
	ours := map[string][]string{
		"readiness-probe-taking-too-long": {"pod-not-ready"},
		"container-waiting":               {"image-pull-failed", "image-name-invalid", "container-config-error", "container-create-error", "container-crash-loop", "container-oom-killed", "container-waiting"},
		"containers-restarting":           {"container-crash-loop", "container-oom-killed", "container-create-error", "container-restarts"},
		"condition-message-present":       {"rollout-stuck", "workload-unavailable", "workload-degraded", "workload-condition"},
		"hpa-max-current-replicas":        {"hpa-at-limit", "hpa-at-max"},
	}
	type verdict struct {
		File   string `json:"file"`
		Errors []struct {
			Cluster string    `json:"cluster"`
			Type    string    `json:"type"`
			Ref     ObjectRef `json:"ref"`
		} `json:"errors"`
	}
	overruled := map[string]bool{}
	for _, g := range readLines[golden](t, filepath.Join(dir, "beyond.jsonl")) {
		for _, o := range g.Overrules {
			overruled[fmt.Sprint(g.File, o.Type, o.Ref)] = true
		}
	}
	for _, want := range readLines[verdict](t, filepath.Join(dir, "expected.jsonl")) {
		f, _ := joinCase(t, readCase(t, filepath.Join(dir, want.File)))
		for _, e := range want.Errors {
			if overruled[fmt.Sprint(want.File, e.Type, e.Ref)] {
				continue
			}
			if !slices.ContainsFunc(f.Findings, func(x Finding) bool {
				return x.Cluster == e.Cluster && x.Ref == e.Ref && slices.Contains(ours[e.Type], x.Rule)
			}) {
				t.Errorf("%s: %s on %+v in %s: we have no finding for it", want.File, e.Type, e.Ref, e.Cluster)
			}
		}
	}
}

func TestMatching(t *testing.T) {
	dir := sharedFile(t, "conformance", "kubernetes", "matching")
	var cases struct {
		World []struct {
			Name    string            `json:"name"`
			Objects []json.RawMessage `json:"objects"`
		} `json:"world"`
		Cases []struct {
			Case   string `json:"case"`
			Entity struct {
				Kind     string `json:"kind"`
				Metadata struct {
					Name        string            `json:"name"`
					Namespace   string            `json:"namespace"`
					Annotations map[string]string `json:"annotations"`
				} `json:"metadata"`
				Relations []struct {
					Type      string `json:"type"`
					TargetRef string `json:"targetRef"`
				} `json:"relations"`
			} `json:"entity"`
		} `json:"cases"`
	}
	data, err := os.ReadFile(filepath.Join(dir, "cases.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &cases); err != nil {
		t.Fatal(err)
	}
	type verdict struct {
		Case     string   `json:"case"`
		Objects  []string `json:"objects"`
		Problems []string `json:"problems"`
	}
	want := map[string]verdict{}
	for _, v := range readLines[verdict](t, filepath.Join(dir, "beyond.jsonl")) {
		want[v.Case] = v
	}
	var snaps []*Snapshot
	for _, w := range cases.World {
		snaps = append(snaps, dumpOf(t, ClusterInfo{Name: w.Name}, w.Objects, testNow, nil))
	}
	for _, c := range cases.Cases {
		e := &catalog.Entity{Ref: catalog.Ref{Kind: c.Entity.Kind, Namespace: c.Entity.Metadata.Namespace, Name: c.Entity.Metadata.Name}, Annotations: c.Entity.Metadata.Annotations}
		for _, r := range c.Entity.Relations {
			kind, rest, _ := strings.Cut(r.TargetRef, ":")
			ns, name, _ := strings.Cut(rest, "/")
			e.Relations = append(e.Relations, catalog.Relation{Type: r.Type, Target: catalog.Ref{Kind: kind, Namespace: ns, Name: name}})
		}
		cat := &catalog.Catalog{Entities: []*catalog.Entity{e}}
		s := Join(cat, snaps, JoinOptions{Now: testNow}).Service(e.Ref.String())
		objects, problems := []string{}, []string{}
		if s != nil {
			objects = s.Objects
			for _, p := range s.Problems {
				problems = append(problems, p.Code)
			}
		}
		w := want[c.Case]
		if !slices.Equal(objects, w.Objects) {
			t.Errorf("%s: objects:\n got %q\nwant %q", c.Case, objects, w.Objects)
		}
		if !slices.Equal(problems, append([]string{}, w.Problems...)) {
			t.Errorf("%s: problems: got %q, want %q", c.Case, problems, w.Problems)
		}
		if c.Case == "depends-on-cluster" {
			s := Join(cat, snaps, JoinOptions{Now: testNow, Relations: true}).Service(e.Ref.String())
			for _, o := range s.Objects {
				if !strings.HasPrefix(o, "us-1/") {
					t.Errorf("with Relations: got %s", o)
				}
			}
			if len(s.Objects) != 7 {
				t.Errorf("with Relations: got %d objects, want 7", len(s.Objects))
			}
		}
	}
}
