package kubernetes

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/klauspost/compress/zstd"

	"github.com/portolan-dev/portolan/sources/catalog"
)

// allCases returns every golden case, ours and those of the conformance suite
// where it is there.
func allCases(t testing.TB) map[string]*goldenCase {
	t.Helper()
	out := map[string]*goldenCase{}
	for _, dir := range []string{"testdata/cases", sharedFile(t, "conformance", "kubernetes")} {
		for _, g := range readLines[golden](t, filepath.Join(dir, "beyond.jsonl")) {
			out[filepath.Base(dir)+"/"+g.File] = readCase(t, filepath.Join(dir, g.File))
		}
	}
	return out
}

// world puts the objects of all cases into one cluster, each case in a
// namespace of its own, with one entity for each.
func world(t testing.TB) (*catalog.Catalog, []json.RawMessage) {
	t.Helper()
	cases := allCases(t)
	names := make([]string, 0, len(cases))
	for n := range cases {
		names = append(names, n)
	}
	slices.Sort(names)
	cat := &catalog.Catalog{}
	var objects []json.RawMessage
	for i, n := range names {
		ns := fmt.Sprintf("case-%03d", i)
		seen := map[string]bool{}
		for _, c := range cases[n].Clusters[:1] {
			for _, raw := range c.Objects {
				var o map[string]any
				if err := json.Unmarshal(claimed(t, raw), &o); err != nil {
					t.Fatal(err)
				}
				m := o["metadata"].(map[string]any)
				m["namespace"] = ns
				key := fmt.Sprint(o["kind"], m["name"])
				if seen[key] {
					continue
				}
				seen[key] = true
				m["labels"].(map[string]any)[claimLabel] = ns
				out, err := json.Marshal(o)
				if err != nil {
					t.Fatal(err)
				}
				objects = append(objects, out)
			}
		}
		cat.Entities = append(cat.Entities, component(ns, map[string]string{selectorAnnotation: claimLabel + "=" + ns}))
	}
	return cat, objects
}

func fleetJSON(t testing.TB, f *Fleet) string {
	t.Helper()
	b, err := json.MarshalIndent(f, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// firstDifference shows where two texts part.
func firstDifference(a, b string) string {
	la, lb := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range min(len(la), len(lb)) {
		if la[i] != lb[i] {
			from := max(0, i-12)
			return strings.Join(la[from:min(i+3, len(la))], "\n") + "\n--- other ---\n" + strings.Join(lb[from:min(i+3, len(lb))], "\n")
		}
	}
	return "one is longer"
}

func TestOrderOfInputDoesNotMatter(t *testing.T) {
	cat, objects := world(t)
	half := slices.Clone(objects[:len(objects)/2])
	join := func(workers int) string {
		snaps := []*Snapshot{dumpOf(t, ClusterInfo{Name: "alpha"}, objects, testNow, nil), dumpOf(t, ClusterInfo{Name: "beta"}, half, testNow, nil)}
		return fleetJSON(t, Join(cat, snaps, JoinOptions{Now: testNow, Workers: workers}))
	}
	want := join(1)
	if i := strings.Index(want, ": null"); i >= 0 {
		t.Errorf("null in JSON: %s", want[max(0, i-200):i+10])
	}
	rng := rand.New(rand.NewPCG(1, 2))
	shuffle := func(list []json.RawMessage) {
		rng.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	}
	for range 3 {
		shuffle(objects)
		shuffle(half)
		if got := join(4); got != want {
			t.Fatalf("another order of input gives another fleet:\n%s", firstDifference(got, want))
		}
	}
}

func TestHealthyClusterChangesNothingElsewhere(t *testing.T) {
	cat, objects := world(t)
	alpha := dumpOf(t, ClusterInfo{Name: "alpha"}, objects, testNow, nil)
	_, healthy := ownCase(t, "advice/good")
	beta := healthy[0]
	beta.Info.Name = "beta"
	before := Join(cat, []*Snapshot{alpha}, JoinOptions{Now: testNow})
	after := Join(cat, []*Snapshot{alpha, beta}, JoinOptions{Now: testNow})
	a, b := fleetJSON(t, &Fleet{Incidents: before.Incidents, Findings: before.Findings}), fleetJSON(t, &Fleet{Incidents: after.Incidents, Findings: after.Findings})
	if a != b {
		t.Errorf("a healthy cluster changes the incidents of another:\n%s", firstDifference(a, b))
	}
}

// TestLessPermissionIsNotHealthier takes every type away from every case: what
// was not healthy must not look plainly healthy.
func TestLessPermissionIsNotHealthier(t *testing.T) {
	for name, c := range allCases(t) {
		full, _ := joinCase(t, c)
		s := full.Service(everything.Ref.String())
		if s.Health == Healthy || s.Health == Suspended || s.Health == Progressing {
			continue
		}
		for _, typ := range Types {
			less := *c
			less.Clusters = slices.Clone(c.Clusters)
			for i := range less.Clusters {
				k := &less.Clusters[i]
				k.Before = nil
				k.Coverage = append(slices.Clone(k.Coverage), Coverage{Type: typ, State: CoverageForbidden})
				k.Objects = slices.DeleteFunc(slices.Clone(k.Objects), func(raw json.RawMessage) bool {
					var o struct{ Kind string }
					_ = json.Unmarshal(raw, &o)
					return typeOf(o.Kind) == typ
				})
			}
			f, _ := joinCase(t, &less)
			s := f.Service(everything.Ref.String())
			if s.Health == Healthy && !s.Partial {
				t.Errorf("%s: without permission for %s it looks healthy: %s", name, typ, s.Line)
			}
		}
	}
}

// mutate changes a random value somewhere in an object.
func mutate(rng *rand.Rand, v any, depth int) any {
	odd := []any{nil, "", "x", "-1", -1, 0, 1, 1.5, 2147483647, -2147483648, true, false, []any{}, map[string]any{}, []any{nil}, "2026-03-02T12:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "True", "False", "Unknown", "100Gi", "n/a"}
	switch v := v.(type) {
	case map[string]any:
		if len(v) == 0 || depth > 0 && rng.IntN(12) == 0 {
			return odd[rng.IntN(len(odd))]
		}
		keys := make([]string, 0, len(v))
		for k := range v {
			keys = append(keys, k)
		}
		slices.Sort(keys)
		k := keys[rng.IntN(len(keys))]
		if depth > 0 && rng.IntN(20) == 0 {
			delete(v, k)
		} else {
			v[k] = mutate(rng, v[k], depth+1)
		}
		return v
	case []any:
		if len(v) == 0 || rng.IntN(12) == 0 {
			return odd[rng.IntN(len(odd))]
		}
		i := rng.IntN(len(v))
		if rng.IntN(10) == 0 {
			return append(v, v[i])
		}
		v[i] = mutate(rng, v[i], depth+1)
		return v
	}
	return odd[rng.IntN(len(odd))]
}

// TestRulesNeverFail judges objects of the right kinds with odd values in them.
func TestRulesNeverFail(t *testing.T) {
	cat, objects := world(t)
	rng := rand.New(rand.NewPCG(3, 4))
	for round := range 12 {
		fsys := fstest.MapFS{}
		for i, raw := range objects {
			var o map[string]any
			if err := json.Unmarshal(raw, &o); err != nil {
				t.Fatal(err)
			}
			for range 1 + rng.IntN(4) {
				mutate(rng, o, 0)
			}
			data, err := json.Marshal(o)
			if err != nil {
				t.Fatal(err)
			}
			fsys[fmt.Sprintf("%04d.json", i)] = &fstest.MapFile{Data: data}
		}
		s, err := ReadDump(ClusterInfo{Name: "alpha"}, fsys, testNow)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range s.Problems {
			if strings.Contains(p, "runtime error") {
				t.Errorf("round %d: %s", round, p)
			}
		}
		f := Join(cat, []*Snapshot{s}, JoinOptions{Now: testNow, Previous: []*Snapshot{s}})
		for _, p := range f.Clusters[0].Problems {
			if strings.Contains(p, "could not be judged") {
				t.Errorf("round %d: %s", round, p)
			}
		}
		if _, err := json.Marshal(f); err != nil {
			t.Errorf("round %d: %v", round, err)
		}
	}
}

func FuzzReadDump(f *testing.F) {
	for _, name := range []string{"workloads/unavailable", "scaling/external-metric", "network/route-backend", "batch/cronjob-overrun"} {
		data, err := os.ReadFile(filepath.Join("testdata", "cases", name+".json"))
		if err != nil {
			f.Fatal(err)
		}
		var c goldenCase
		if err := json.Unmarshal(data, &c); err != nil {
			f.Fatal(err)
		}
		for _, o := range c.Clusters[0].Objects {
			f.Add([]byte(o))
		}
	}
	f.Add([]byte("apiVersion: v1\nkind: List\nitems:\n- kind: Secret\n---\n- a\n"))
	f.Add([]byte(`{"kind":"PodList","items":[{},null,1,[{}]]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, name := range []string{"x.json", "x.yaml"} {
			s, err := ReadDump(ClusterInfo{Name: "alpha"}, singleFile{name, data}, testNow)
			if err != nil {
				continue
			}
			cat := &catalog.Catalog{Entities: []*catalog.Entity{component("web", map[string]string{selectorAnnotation: "app=web"})}}
			fleet := Join(cat, []*Snapshot{s}, JoinOptions{Now: testNow, Workers: 1})
			for _, p := range fleet.Clusters[0].Problems {
				if strings.Contains(p, "could not be judged") || strings.Contains(p, "runtime error") {
					t.Fatal(p)
				}
			}
			if _, err := json.Marshal(fleet); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// FuzzReadSnapshot reads snapshot files of strangers: nothing in them is trusted.
func FuzzReadSnapshot(f *testing.F) {
	c, snaps := ownCase(f, "network/no-ready-pods")
	var raw bytes.Buffer
	if err := writeRecords(json.NewEncoder(&raw), snaps[0]); err != nil {
		f.Fatal(err)
	}
	f.Add(raw.Bytes())
	f.Add([]byte(`{"format":"portolan-snapshot","number":1,"total":2,"info":{"name":"a"},"takenAt":"2026-03-02T12:00:00Z"}
{"pod":{"ns":"shop","name":"p","phase":"Running","labels":["app"],"containers":[{"restarts":-1,"last":{"kind":"terminated","finished":9223372036854775807}}],"cond":[{"type":"Ready","status":"False","since":-9223372036854775808}]}}
{"scaler":{"ns":"shop","name":"h","max":-1,"min":-2147483648,"current":2147483647,"metrics":[{"target":1e-300,"current":1e300,"hasCurrent":true}]}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var file bytes.Buffer
		zw, err := zstd.NewWriter(&file, zstd.WithEncoderConcurrency(1))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := zw.Write(data); err != nil {
			t.Fatal(err)
		}
		if err := zw.Close(); err != nil {
			t.Fatal(err)
		}
		s, err := ReadSnapshot(&file)
		if err != nil {
			return
		}
		cat := &catalog.Catalog{Entities: []*catalog.Entity{component("web", map[string]string{selectorAnnotation: "app"})}}
		fleet := Join(cat, []*Snapshot{s}, JoinOptions{Now: c.Now, Workers: 1})
		if _, err := json.Marshal(fleet); err != nil {
			t.Fatal(err)
		}
		if err := WriteSnapshot(&file, s); err != nil {
			t.Fatal(err)
		}
	})
}

func FuzzScrub(f *testing.F) {
	f.Add(`exec: "a b" password=x https://u:p@h/?q -----BEGIN X-----`)
	f.Fuzz(func(t *testing.T, s string) {
		out := scrub(s)
		if n := len([]rune(out)); n > maxMessage {
			t.Errorf("%q: %d characters", s, n)
		}
		if plain(out) != out {
			t.Errorf("%q: control characters in %q", s, out)
		}
	})
}

func FuzzParseSelector(f *testing.F) {
	f.Add("app in (a, b),!c,d!=e", "app")
	f.Fuzz(func(t *testing.T, s, value string) {
		sel, err := parseSelector(s)
		if err != nil {
			return
		}
		sel.matches(Labels{"app", value})
		sel.equalities()
	})
}
