package catalog

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/portolan-dev/portolan/sources"
)

// shared returns a path below the folder of third-party inputs, or skips.
func shared(t testing.TB, elem ...string) string {
	t.Helper()
	dir := os.Getenv("PORTOLAN_SHARED")
	if dir == "" {
		root, err := filepath.Abs(".")
		if err != nil {
			t.Fatal(err)
		}
		for {
			if _, err := os.Stat(filepath.Join(root, "go.mod")); err == nil {
				break
			}
			if root == filepath.Dir(root) {
				t.Fatal("no go.mod above this package")
			}
			root = filepath.Dir(root)
		}
		dir = filepath.Join(root, "..", "shared")
	}
	path := filepath.Join(append([]string{dir}, elem...)...)
	if _, err := os.Stat(path); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("the shared inputs are missing: %v", err)
		}
		t.Skipf("the shared inputs are missing: %v", err)
	}
	return path
}

// lines decodes a file with one JSON value a line.
func lines[T any](t *testing.T, path string) []T {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var out []T
	for line := range bytes.SplitSeq(bytes.TrimSpace(data), []byte("\n")) {
		var v T
		if err := json.Unmarshal(line, &v); err != nil {
			t.Fatalf("%s: %v: %s", path, err, line)
		}
		out = append(out, v)
	}
	return out
}

type expectation struct {
	File      string
	Doc       int
	Verdict   Verdict
	Class     Class
	Ref       string
	Relations []string
	Targets   []Target
	Entity    any
	Quirk     bool
}

// declared lists the relations that an entity declares, in both directions.
func declared(e *Entity) []string {
	set := map[string]bool{}
	for _, ed := range e.edges {
		set[e.ref+" "+ed.Type+" "+ed.key] = true
		set[ed.key+" "+ed.Reverse+" "+e.ref] = true
	}
	return slices.Sorted(maps.Keys(set))
}

// TestConformance compares every document with what Backstage's own packages
// made of it.
func TestConformance(t *testing.T) {
	dir := shared(t, "conformance", "catalog")
	inputs := os.DirFS(filepath.Join(dir, "inputs"))
	want := lines[expectation](t, filepath.Join(dir, "expected.jsonl"))

	// Files below real/<org>/<repo> are those of that repository; all others
	// belong to one made-up repository.
	files := map[string]map[string]bool{"": {}}
	for _, w := range want {
		p := strings.SplitN(w.File, "/", 4)
		repo := ""
		if p[0] == "real" {
			repo = strings.Join(p[:3], "/")
		}
		if files[repo] == nil {
			files[repo] = map[string]bool{}
		}
		files[repo][strings.TrimPrefix(w.File, repo+"/")] = true
	}
	got := map[string]Document{}
	for dir, names := range files {
		repo := &sources.Repo{Name: "example-org/example-repo", URL: "https://github.com/example-org/example-repo", Branch: "main", FS: inputs}
		if dir != "" {
			sub, err := fs.Sub(inputs, dir)
			if err != nil {
				t.Fatal(err)
			}
			name := strings.TrimPrefix(dir, "real/")
			repo = &sources.Repo{Name: name, URL: "https://github.com/" + name, Branch: "main", FS: sub}
		}
		b := Read(repo, ReadOptions{Files: slices.Sorted(maps.Keys(names))})
		for _, d := range b.Documents {
			if dir != "" {
				d.Path = dir + "/" + d.Path
			}
			got[fmt.Sprintf("%s#%d", d.Path, d.Index)] = d
		}
	}
	counted, right := 0, 0
	for _, w := range want {
		key := fmt.Sprintf("%s#%d", w.File, w.Doc)
		g, ok := got[key]
		if !ok {
			t.Errorf("%s: not read", key)
			continue
		}
		if w.Quirk {
			continue
		}
		if g.Verdict != w.Verdict {
			t.Errorf("%s: got %s %s, want %s %s", key, g.Verdict, g.Class, w.Verdict, w.Class)
			continue
		}
		if w.Verdict == Rejected {
			counted++
			if g.Class == w.Class {
				right++
			} else {
				t.Logf("%s: class %s, want %s", key, g.Class, w.Class)
			}
		}
		if g.Ref != w.Ref {
			t.Errorf("%s: ref %q, want %q", key, g.Ref, w.Ref)
		}
		if g.Entity == nil {
			continue
		}
		if d := declared(g.Entity); len(d)+len(w.Relations) > 0 && !slices.Equal(d, w.Relations) {
			t.Errorf("%s: relations\n got %q\nwant %q", key, d, w.Relations)
		}
		if !slices.Equal(g.Targets, w.Targets) {
			t.Errorf("%s: targets\n got %v\nwant %v", key, g.Targets, w.Targets)
		}
		var entity any
		if err := json.Unmarshal(g.Entity.AppendJSON(nil, false), &entity); err != nil {
			t.Errorf("%s: %v", key, err)
		} else if !reflect.DeepEqual(entity, w.Entity) {
			a, _ := json.Marshal(entity)
			b, _ := json.Marshal(w.Entity)
			t.Errorf("%s: entity\n got %s\nwant %s", key, a, b)
		}
	}
	if right*100 < counted*98 {
		t.Errorf("%d of %d rejected documents have the right class, want 98 %%", right, counted)
	}
	t.Logf("%d documents, class right in %d of %d rejected", len(want), right, counted)
}

func TestTableRefs(t *testing.T) {
	for _, w := range lines[struct {
		Ref                           string
		Context                       struct{ DefaultKind, DefaultNamespace string }
		OK                            bool
		Kind, Namespace, Name, String string
	}](t, shared(t, "conformance", "catalog", "tables", "refs.jsonl")) {
		got, err := ParseRef(w.Ref, w.Context.DefaultKind, w.Context.DefaultNamespace)
		if (err == nil) != w.OK || w.OK && (got != Ref{w.Kind, w.Namespace, w.Name} || got.String() != w.String) {
			t.Errorf("ParseRef(%q, %+v) = %+v %q, %v, want %+v", w.Ref, w.Context, got, got.String(), err, w)
		}
	}
}

func TestTableFormats(t *testing.T) {
	for _, w := range lines[map[string]any](t, shared(t, "conformance", "catalog", "tables", "formats.jsonl")) {
		v, ok := w["value"].(string)
		if !ok {
			continue
		}
		for name, valid := range map[string]func(string) bool{
			"name": validName, "namespace": validNamespace, "kind": validKind, "apiVersion": validAPIVersion,
			"labelKey": validKey, "labelValue": validLabelValue, "annotationKey": validKey, "tag": validTag,
		} {
			if got := valid(v); got != w[name].(bool) {
				t.Errorf("%s %q: valid = %v, want %v", name, v, got, w[name])
			}
		}
	}
}

func TestTableURLs(t *testing.T) {
	for _, w := range lines[struct {
		URL   string
		Valid bool
	}](t, shared(t, "conformance", "catalog", "tables", "urls.jsonl")) {
		if got := ValidURL(w.URL); got != w.Valid {
			t.Errorf("ValidURL(%q) = %v, want %v", w.URL, got, w.Valid)
		}
	}
}

func TestTableResolve(t *testing.T) {
	for _, w := range lines[struct {
		Base, URL string
		OK        bool
		Resolved  string
	}](t, shared(t, "conformance", "catalog", "tables", "resolve.jsonl")) {
		got, err := ResolveURL(w.URL, w.Base, nil)
		if (err == nil) != w.OK || w.OK && got != w.Resolved {
			t.Errorf("ResolveURL(%q, %q)\n got %q, %v\nwant %q, %v", w.URL, w.Base, got, err, w.Resolved, w.OK)
		}
	}
	for _, w := range lines[struct{ URL, Edit, Source string }](t, shared(t, "conformance", "catalog", "tables", "edit-urls.jsonl")) {
		if got := EditURL(w.URL, nil); got != w.Edit {
			t.Errorf("EditURL(%q) = %q, want %q", w.URL, got, w.Edit)
		}
		if got := SourceURL(w.URL, nil); got != w.Source {
			t.Errorf("SourceURL(%q) = %q, want %q", w.URL, got, w.Source)
		}
	}
}

func TestTableLocations(t *testing.T) {
	for _, w := range lines[struct {
		Ref          string
		OK           bool
		Type, Target string
	}](t, shared(t, "conformance", "catalog", "tables", "locations.jsonl")) {
		typ, target, err := ParseLocation(w.Ref)
		if (err == nil) != w.OK || w.OK && (typ != w.Type || target != w.Target) {
			t.Errorf("ParseLocation(%q) = %q, %q, %v, want %+v", w.Ref, typ, target, err, w)
		}
	}
}

func TestTableRules(t *testing.T) {
	type rule struct {
		Allow     []any
		Locations []struct{ Type, Exact, Pattern string }
	}
	for i, w := range lines[struct {
		Config string
		Rules  *struct {
			Rules     []rule
			Locations []struct {
				Type, Target string
				Rules        []rule
			}
		}
		Entity struct {
			Kind string
			Spec map[string]any
		}
		Location struct{ Type, Target string }
		Allowed  bool
	}](t, shared(t, "conformance", "catalog", "tables", "rules.jsonl")) {
		convert := func(r rule) PolicyRule {
			var out PolicyRule
			for _, a := range r.Allow {
				switch a := a.(type) {
				case string:
					out.Allow = append(out.Allow, AllowedKind{Kind: a})
				case map[string]any:
					k := AllowedKind{Kind: a["kind"].(string)}
					k.Type, _ = a["spec.type"].(string)
					out.Allow = append(out.Allow, k)
				}
			}
			for _, l := range r.Locations {
				out.Locations = append(out.Locations, PolicyLocation{l.Type, l.Exact, l.Pattern})
			}
			return out
		}
		p := BackstagePolicy()
		if w.Rules != nil {
			if w.Rules.Rules != nil {
				p = &Policy{}
				for _, r := range w.Rules.Rules {
					p.Rules = append(p.Rules, convert(r))
				}
			}
			for _, l := range w.Rules.Locations {
				for _, r := range l.Rules {
					c := convert(r)
					c.Locations = []PolicyLocation{{Type: l.Type, Exact: l.Target}}
					p.Rules = append(p.Rules, c)
				}
			}
		}
		specType, _ := w.Entity.Spec["type"].(string)
		if got := p.Allowed(w.Entity.Kind, specType, w.Location.Type, w.Location.Target); got != w.Allowed {
			t.Errorf("row %d, %s: %+v from %+v: allowed = %v, want %v", i+1, w.Config, w.Entity, w.Location, got, w.Allowed)
		}
	}
}
