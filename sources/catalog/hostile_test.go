package catalog

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"unicode"

	"github.com/portolan-dev/portolan/sources"
	"github.com/portolan-dev/portolan/sources/diag"
)

// TestHostile reads every hostile descriptor beside a healthy repo and compares
// what is said about it with the manifest.
func TestHostile(t *testing.T) {
	dir := shared(t, "hostile", "catalog")
	manifest, err := os.ReadFile(filepath.Join(dir, "MANIFEST.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	healthy := &sources.Repo{Name: "healthy", FS: fstest.MapFS{"catalog-info.yaml": {Data: []byte(
		"apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: neighbour}\nspec: {type: service, lifecycle: production, owner: group:default/none}\n")}}}
	alone := Link([]*Batch{Read(healthy, ReadOptions{})}, LinkOptions{})
	for _, line := range strings.Split(strings.TrimSpace(string(manifest)), "\n")[1:] {
		f := strings.Split(line, "\t")
		file, expect := f[0], f[1]
		repo := &sources.Repo{Name: "hostile", FS: os.DirFS(dir)}
		b := Read(repo, ReadOptions{Files: []string{file}})
		c := Link([]*Batch{b, Read(healthy, ReadOptions{})}, LinkOptions{})
		count := map[diag.Severity]int{}
		for _, d := range c.Diagnostics {
			if !strings.HasPrefix(d.Pos.File, file) {
				continue
			}
			switch d.Rule {
			case "unknown-owner", "unknown-ref": // there is no team in these files
				continue
			}
			count[d.Severity]++
			if testing.Verbose() {
				t.Log(d)
			}
			if strings.ContainsFunc(d.String(), func(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) }) {
				t.Errorf("%s: a diagnostic holds control characters: %q", file, d.String())
			}
		}
		name := strings.TrimSuffix(file, ".yaml")
		bad := false
		switch file {
		case "name-index.yaml": // one of its names is the number 404, which Backstage refuses
			expect = "ok-or-entity-error"
		case "techdocs-ref.yaml", "selector-redos.yaml", "selector-all.yaml": // judged by the docs and by Kubernetes
			expect = "ok"
		}
		switch expect {
		case "ok":
			bad = count[diag.Error] > 0 || len(b.Entities) == 0
		case "ok-warn":
			bad = count[diag.Error]+count[diag.Warning] == 0
		case "entity-error":
			bad = count[diag.Error] == 0
		case "file-error":
			bad = count[diag.Error] == 0
		case "refused":
			bad = count[diag.Error]+count[diag.Warning] == 0
		}
		if bad {
			t.Errorf("%s: want %s (%s), got %d errors, %d warnings, %d entities", file, expect, f[2], count[diag.Error], count[diag.Warning], len(b.Entities))
		}
		if data, _ := os.ReadFile(filepath.Join(dir, file)); strings.Contains(string(data), "name: healthy-"+name) && expect != "file-error" {
			if c.Lookup("component:default/healthy-"+name) == nil {
				t.Errorf("%s: the healthy entity is lost", file)
			}
		}
		if e := c.Lookup("component:default/neighbour"); e == nil || string(e.AppendCatalogJSON(nil)) != string(alone.Entities[0].AppendCatalogJSON(nil)) {
			t.Errorf("%s: the neighbour is changed", file)
		}
		for _, e := range c.Entities {
			out := e.AppendCatalogJSON(nil)
			if !json.Valid(out) {
				t.Errorf("%s: %s is no JSON: %s", file, e.ref, out)
			}
			if strings.ContainsFunc(string(out), func(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) }) {
				t.Errorf("%s: the JSON of %s holds control characters", file, e.ref)
			}
			if strings.Contains(string(out), "CANARY-NEVER-PUBLISH") {
				t.Errorf("%s: a canary is published", file)
			}
		}
	}
}

// TestTraversal names paths that lead out of the repo in every place that can
// name a file.
func TestTraversal(t *testing.T) {
	root := t.TempDir()
	inside := filepath.Join(root, "a", "b", "repo")
	if err := os.MkdirAll(inside, 0o755); err != nil {
		t.Fatal(err)
	}
	secret := []byte("apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: canary}\nspec: {type: CANARY, lifecycle: x, owner: x}\n")
	for _, d := range []string{"", "a", "a/b"} {
		if err := os.WriteFile(filepath.Join(root, d, "secret.yaml"), secret, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	r, err := os.OpenRoot(inside)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for _, w := range lines[struct{ ID, Payload string }](t, shared(t, "hostile", "paths", "traversal.jsonl")) {
		p := strings.NewReplacer("{FILE}", "secret.yaml").Replace(w.Payload)
		q, _ := json.Marshal(p)
		src := "apiVersion: backstage.io/v1alpha1\nkind: Location\nmetadata: {name: l}\nspec: {targets: [" + string(q) + "]}\n---\n" +
			"apiVersion: backstage.io/v1alpha1\nkind: API\nmetadata: {name: a}\nspec: {type: x, lifecycle: x, owner: x, definition: {$text: " + string(q) + "}}\n"
		if err := os.WriteFile(filepath.Join(inside, "catalog-info.yaml"), []byte(src), 0o644); err != nil {
			t.Fatal(err)
		}
		for _, url := range []string{"", "https://github.com/o/repo", "https://gitlab.com/g/s/repo"} {
			b := Read(&sources.Repo{Name: "repo", URL: url, Branch: "main", FS: r.FS()}, ReadOptions{})
			for _, e := range b.Entities {
				if strings.Contains(string(e.AppendJSON(nil, false)), "CANARY") {
					t.Errorf("%s: %q read a file outside of the repo", w.ID, p)
				}
			}
			if len(b.Diagnostics) == 0 {
				t.Errorf("%s: nothing is said about %q", w.ID, p)
			}
		}
	}
}

// TestCorpus reads the descriptors of real repos, side by side as a build does.
// Every document becomes an entity, or its author is told why not.
func TestCorpus(t *testing.T) {
	dirs, err := filepath.Glob(filepath.Join(shared(t, "corpus", "repos"), "*"))
	if err != nil || len(dirs) == 0 {
		t.Fatalf("no repos: %v", err)
	}
	batches := make([]*Batch, len(dirs))
	var wg sync.WaitGroup
	for i, dir := range dirs {
		wg.Go(func() {
			name := strings.Replace(filepath.Base(dir), "__", "/", 1)
			batches[i] = Read(&sources.Repo{Name: name, Prefix: name, URL: "https://github.com/" + name, Branch: "main", FS: os.DirFS(dir)}, ReadOptions{})
		})
	}
	wg.Wait()
	documents := map[Verdict]int{}
	for _, b := range batches {
		for _, d := range b.Documents {
			documents[d.Verdict]++
			if d.Verdict != Rejected {
				continue
			}
			if !slices.ContainsFunc(b.Diagnostics, func(x diag.Diagnostic) bool {
				return x.Pos.File == d.File && x.Rule == string(d.Class) && x.Pos.Line >= d.Line && x.Hint != ""
			}) {
				t.Errorf("%s, document %d: nobody is told why it is rejected (%s)", d.File, d.Index, d.Class)
			}
		}
	}
	c := Link(batches, LinkOptions{})
	t.Logf("%d repos, documents: %v, %d entities, %d diagnostics", len(dirs), documents, len(c.Entities), len(c.Diagnostics))
	if documents[Accepted] < 100 || documents[Rejected] > documents[Accepted]/4 {
		t.Errorf("documents: %v", documents)
	}
	for _, e := range c.Entities {
		if e.Origin.Pos.Line == 0 || e.Origin.Location == "" || !json.Valid(e.AppendCatalogJSON(nil)) {
			t.Errorf("%s: incomplete: %+v", e.ref, e.Origin)
		}
		for _, r := range e.Relations {
			o := c.Get(r.Target)
			if o == nil {
				continue
			}
			if !slices.ContainsFunc(o.Relations, func(back Relation) bool { return back.Target == e.Ref }) {
				t.Errorf("%s %s %s has no way back", e.ref, r.Type, o.ref)
			}
		}
	}
}
