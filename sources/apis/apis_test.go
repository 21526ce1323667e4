package apis

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/portolan-dev/portolan/sources"
	"github.com/portolan-dev/portolan/sources/catalog"
	"github.com/portolan-dev/portolan/sources/diag"
	"github.com/portolan-dev/portolan/sources/yamldoc"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// kinds says which type an entity with a definition of that name has.
func kindOf(name string) string {
	switch {
	case strings.HasPrefix(name, "asyncapi"):
		return "asyncapi"
	case strings.HasSuffix(name, ".graphql"):
		return "graphql"
	case strings.HasSuffix(name, ".proto"):
		return "grpc"
	case strings.HasSuffix(name, ".wsdl"):
		return "wsdl"
	}
	return "openapi"
}

// report renders what a reader found, without the text.
func (r *reader) dump() []byte {
	d := *r.def
	d.Text = ""
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(prune(d)); err != nil {
		return []byte(err.Error())
	}
	for _, p := range r.problems {
		fmt.Fprintf(&b, "%d:%d: %s: %s; %s [%s]\n", p.line, p.column, p.severity, p.message, p.hint, p.rule)
	}
	return b.Bytes()
}

// prune leaves out what is empty, so that golden files show what there is.
func prune(v any) any {
	data, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	var x any
	if err := json.Unmarshal(data, &x); err != nil {
		return err.Error()
	}
	var walk func(any) any
	walk = func(x any) any {
		switch x := x.(type) {
		case map[string]any:
			for k, v := range x {
				if v = walk(v); v == nil || v == "" || v == false {
					delete(x, k)
				} else {
					x[k] = v
				}
			}
		case []any:
			for i := range x {
				x[i] = walk(x[i])
			}
		}
		return x
	}
	return walk(x)
}

func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, f := range files {
		if strings.HasSuffix(f, ".golden") || filepath.Base(f) == "fuzz" {
			continue
		}
		n++
		t.Run(filepath.Base(f), func(t *testing.T) {
			src, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			got := read(kindOf(filepath.Base(f)), string(src)).dump()
			if again := read(kindOf(filepath.Base(f)), string(src)).dump(); !bytes.Equal(got, again) {
				t.Errorf("read(%s) differs from call to call", f)
			}
			golden := f + ".golden"
			if *update {
				if err := os.WriteFile(golden, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("read(%s) differs from %s; run with -update and look at the difference\ngot\n%s\nwant\n%s", f, golden, got, want)
			}
		})
	}
	if n == 0 {
		t.Fatal("there are no definitions in testdata")
	}
}

// hostile returns the folder of hostile definitions.
func hostile(t testing.TB) string {
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
			if filepath.Dir(root) == root {
				t.Fatal("no go.mod above the test")
			}
			root = filepath.Dir(root)
		}
		dir = filepath.Join(root, "..", "shared")
	}
	dir = filepath.Join(dir, "hostile", "api")
	if _, err := os.Stat(dir); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("no hostile definitions: %v", err)
		}
		t.Skipf("no hostile definitions: %v", err)
	}
	return dir
}

// TestHostile reads every definition of the shared collection and compares
// what is said with what its manifest expects.
func TestHostile(t *testing.T) {
	dir := hostile(t)
	manifest, err := os.ReadFile(filepath.Join(dir, "MANIFEST.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	for i, l := range strings.Split(strings.TrimSpace(string(manifest)), "\n") {
		if i == 0 {
			continue
		}
		cols := strings.Split(l, "\t")
		name, expect := cols[0], cols[1]
		t.Run(name, func(t *testing.T) {
			src, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil {
				t.Fatal(err)
			}
			r := read(kindOf(name), string(src))
			check(t, r)
			errors, warnings := 0, 0
			for _, p := range r.problems {
				switch p.severity {
				case diag.Error:
					errors++
				case diag.Warning:
					warnings++
				}
			}
			bad := false
			switch expect {
			case "ok":
				bad = errors+warnings > 0
			case "ok-warn", "refused":
				bad = errors > 0 || warnings == 0
			case "entity-error", "ok-or-entity-error":
				bad = errors == 0
			default:
				t.Fatalf("the manifest has a new word: %s", expect)
			}
			if bad {
				t.Errorf("%s: got %d errors and %d warnings, want %s: %v", name, errors, warnings, expect, r.problems)
			}
			for _, p := range r.problems {
				if expect == "refused" && p.rule != RuleRemoteRef {
					t.Errorf("%s: got rule %s, want %s", name, p.rule, RuleRemoteRef)
				}
			}
			if r.def.Text != string(src) {
				t.Errorf("%s: the text is not shown as written", name)
			}
		})
	}
}

// check tests what holds for every definition.
func check(t *testing.T, r *reader) {
	t.Helper()
	d := r.def
	ids := map[string]bool{}
	unique := func(id string) {
		if id == "" || ids[strings.ToLower(id)] || strings.ContainsAny(id, " <>\"'&#/") {
			t.Errorf("the anchor %q is empty, used twice, or no anchor", id)
		}
		ids[strings.ToLower(id)] = true
	}
	ops := 0
	fields := 0
	var walk func(f *Field, depth int)
	walk = func(f *Field, depth int) {
		fields++
		if depth > maxUnfold+1 {
			t.Errorf("the field %q is %d levels deep", f.Name, depth)
			return
		}
		for i := range f.Fields {
			walk(&f.Fields[i], depth+1)
		}
	}
	for _, g := range d.Groups {
		for i := range g.Operations {
			op := &g.Operations[i]
			ops++
			unique(op.ID)
			for j := range op.Parameters {
				walk(&op.Parameters[j], 0)
			}
			bodies := op.Responses
			if op.Request != nil {
				bodies = append(bodies, *op.Request)
			}
			for _, b := range bodies {
				if b.Schema != nil {
					walk(b.Schema, 0)
				}
				if len(b.Example) > exampleBytes+10 {
					t.Errorf("an example of %s is %d bytes long", op.ID, len(b.Example))
				}
			}
		}
	}
	for i := range d.Types {
		unique(d.Types[i].ID)
		for j := range d.Types[i].Fields {
			walk(&d.Types[i].Fields[j], 1)
		}
	}
	if ops > maxOperations || len(d.Types) > maxTypes || len(r.problems) > maxProblems+2 {
		t.Errorf("got %d operations, %d types and %d problems", ops, len(d.Types), len(r.problems))
	}
	lines := 1 + strings.Count(d.Text, "\n") + strings.Count(d.Text, "\r")
	for _, p := range r.problems {
		if p.line < 0 || p.line > lines || p.line > 0 && p.column < 1 || p.message == "" || p.rule == "" {
			t.Errorf("a problem without a place or message: %+v in %d lines", p, lines)
		}
	}
}

func TestLimits(t *testing.T) {
	var b strings.Builder
	b.WriteString("openapi: 3.0.3\ninfo: {title: T, version: '1'}\npaths:\n")
	for i := range maxOperations + 7 {
		fmt.Fprintf(&b, "  /p%d: {get: {responses: {}}}\n", i)
	}
	r := read("openapi", b.String())
	check(t, r)
	if n := len(r.def.Groups[0].Operations); n != maxOperations {
		t.Errorf("got %d operations, want %d", n, maxOperations)
	}
	if len(r.problems) != 1 || !strings.HasPrefix(r.problems[0].message, "7 operations beyond") {
		t.Errorf("got %v, want one problem that counts 7 operations", r.problems)
	}

	r = read("openapi", "openapi: 3.0.3\n#"+strings.Repeat("x", maxBytes))
	if len(r.problems) != 1 || r.problems[0].rule != RuleLimit || len(r.def.Groups) != 0 {
		t.Errorf("got %v for a text that is too long, want %s", r.problems, RuleLimit)
	}

	// Types that hold each other many times over do not multiply.
	b.Reset()
	b.WriteString("openapi: 3.0.3\ninfo: {title: T, version: '1'}\npaths:\n")
	for i := range 50 {
		fmt.Fprintf(&b, "  /p%d: {get: {responses: {'200': {description: d, content: {application/json: {schema: {$ref: '#/components/schemas/T0'}}}}}}}\n", i)
	}
	b.WriteString("components:\n  schemas:\n")
	for i := range 30 {
		fmt.Fprintf(&b, "    T%d: {type: object, properties: {", i)
		for j := range 20 {
			fmt.Fprintf(&b, "p%d: {$ref: '#/components/schemas/T%d'}, ", j, (i+1)%30)
		}
		b.WriteString("}}\n")
	}
	r = read("openapi", b.String())
	check(t, r)
	if r.unfolded > maxUnfolded+maxBody {
		t.Errorf("unfolded %d fields, want at most %d", r.unfolded, maxUnfolded)
	}
}

// TestMultiplied reads definitions of one megabyte that would be gigabytes if
// everything they repeat by reference were written out.
func TestMultiplied(t *testing.T) {
	properties := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "p%d: {type: string},\n  ", i)
		}
		return b.String()
	}
	paths := func(n int, item string) string {
		var b strings.Builder
		b.WriteString("openapi: 3.0.3\ninfo: {title: T, version: '1'}\npaths:\n")
		for i := range n {
			fmt.Fprintf(&b, "  /p%d: %s\n", i, item)
		}
		return b.String()
	}
	big := "components: {schemas: {Big: {type: object, properties: {" + properties(20_000) + "}}}}\n"
	var params, responses strings.Builder
	for i := range 5000 {
		fmt.Fprintf(&params, "{name: p%d, in: query, schema: {type: string}},\n  ", i)
		fmt.Fprintf(&responses, "'%d': {description: d},\n  ", i)
	}
	var options strings.Builder
	for i := range 5000 {
		fmt.Fprintf(&options, "{title: o%d}, ", i)
	}
	const ref = "{get: {responses: {'200': {description: d, content: {application/json: {schema: %s}}}}}}"
	for _, c := range []struct{ name, text string }{
		{"a wide type in every operation", paths(5000, fmt.Sprintf(ref, "{$ref: '#/components/schemas/Big'}")) + big},
		{"a wide type without its name", paths(5000, fmt.Sprintf(ref, "{allOf: [{$ref: '#/components/schemas/Big'}]}")) + big},
		{"one path item for all paths", paths(4000, "{$ref: '#/x-item'}") + "x-item: {parameters: [" + params.String() + "], get: {responses: {" + responses.String() + "}}}\n"},
		{"many options", paths(5000, fmt.Sprintf(ref, "{$ref: '#/components/schemas/Many'}")) + "components: {schemas: {Many: {oneOf: [" + options.String() + "]}}}\n"},
		{"GraphQL", "type Query {\n" + strings.Repeat("a: Big\n", 5000) + "}\ntype Big {\n" + strings.Repeat("f(x: Int): Big\n", 20_000) + "}\n"},
		{"protobuf", "syntax = \"proto3\";\nservice S {\n" + strings.Repeat("rpc R(M) returns (M);\n", 5000) + "}\nmessage M {\n" + strings.Repeat("M m = 1;\n", 20_000) + "}\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			kind := map[string]string{"GraphQL": "graphql", "protobuf": "grpc"}[c.name]
			if kind == "" {
				kind = "openapi"
			}
			r := read(kind, c.text)
			check(t, r)
			if r.count == 0 {
				t.Errorf("no operation could be read: %v", r.problems)
			}
			if r.unfolded > maxShown {
				t.Errorf("%d fields are shown, want at most %d", r.unfolded, maxShown)
			}
			limited := false
			for _, p := range r.problems {
				limited = limited || p.rule == RuleLimit
			}
			if !limited {
				t.Errorf("nothing is said about what is left out: %v", r.problems)
			}
		})
	}
}

func TestDetect(t *testing.T) {
	for _, c := range []struct{ kind, text, format, language string }{
		{"openapi", "openapi: 3.0.0", "openapi", "yaml"},
		{"openapi", `{"swagger": "2.0"}`, "openapi", "json"},
		{"openapi", "asyncapi: 2.0.0", "asyncapi", "yaml"},
		{"asyncapi", "openapi: 3.0.0", "openapi", "yaml"},
		{"OpenAPI", "openapi: 3.0.0", "openapi", "yaml"},
		{"rest", "# ours\nopenapi: '3.0.0'", "openapi", "yaml"},
		{"rest", "GET /a", "rest", ""},
		{"graphql", "type A", "graphql", "graphql"},
		{"grpc", "service S {}", "grpc", "protobuf"},
		{"trpc", "export type A", "trpc", "typescript"},
		{"wsdl", "<a/>", "wsdl", "xml"},
		{"mcp-server", "{}", "mcp-server", "json"},
		{"", "", "", ""},
	} {
		format := detect(c.kind, c.text)
		if lang := language(format, c.text); format != c.format || lang != c.language {
			t.Errorf("detect(%q, %q) = %q in %q, want %q in %q", c.kind, c.text, format, lang, c.format, c.language)
		}
	}
	r := read("openapi", "asyncapi: 2.0.0\ninfo: {title: T, version: '1'}\nchannels: {}\n")
	if len(r.problems) != 1 || r.problems[0].rule != RuleType {
		t.Errorf("got %v for an AsyncAPI text of type openapi, want %s", r.problems, RuleType)
	}
}

func TestAnchors(t *testing.T) {
	r := &reader{anchors: map[string]int{}}
	for _, c := range []struct{ in, want string }{
		{"listThings", "listThings"},
		{"listthings", "listthings-2"},
		{"list things!", "list-things"},
		{"main", "operation-main"},
		{"so12", "operation-so12"},
		{"<img src=x onerror=hx(1)>", "img-src-x-onerror-hx-1"},
		{"", "operation"},
		{"???", "operation-2"},
		{"händler_größe.v1", "händler_größe.v1"},
		{strings.Repeat("x", 200), strings.Repeat("x", 80)},
		{"__proto__", "__proto__"},
	} {
		if got := r.anchor(c.in); got != c.want {
			t.Errorf("anchor(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

func TestShell(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"/a/b-c", "/a/b-c"},
		{"", "''"},
		{"a b", "'a b'"},
		{"it's", `'it'\''s'`},
		{"$(rm -rf /)", "'$(rm -rf /)'"},
		{"`x`", "'`x`'"},
		{"a\nb", "'a\nb'"},
	} {
		if got := shell(c.in); got != c.want {
			t.Errorf("shell(%q) = %s, want %s", c.in, got, c.want)
		}
	}
}

func TestRules(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range Rules() {
		if seen[r.ID] || r.Title == "" || r.Why == "" || r.Fix == "" {
			t.Errorf("rule %q is there twice or not explained", r.ID)
		}
		seen[r.ID] = true
	}
	for _, id := range []string{RuleEmpty, RuleInvalid, RuleVersion, RuleType, RuleShape, RuleRef, RuleRemoteRef, RuleDuplicate, RuleLimit} {
		if !seen[id] {
			t.Errorf("rule %s is not documented", id)
		}
	}
}

// TestPlaces parses entities whose definition is a block in the descriptor, a
// file beside it, or neither.
func TestPlaces(t *testing.T) {
	const text = "openapi: 3.0.3\ninfo: {title: T, version: '1'}\npaths:\n\n  /a:\n    get: 5\n"
	const two = "kind: API\nspec:\n  definition:\n    $text: ./apis/a.yaml # ours\n"
	for _, c := range []struct {
		name       string
		descriptor string
		definition string
		node       *yamldoc.Node // of spec.definition
		want       string
	}{
		{"block", "kind: API\nspec:\n  type: openapi\n  definition: |\n    " + strings.ReplaceAll(strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n    "), "\n    \n", "\n\n") + "\n  owner: a\n", text,
			&yamldoc.Node{Kind: yamldoc.String, Line: 4, Column: 15}, "repo/x/catalog-info.yaml:10:9: warning: GET \"/a\" has to be a map [api-shape]"},
		{"file", two, text, &yamldoc.Node{Kind: yamldoc.String, Line: 4, Column: 5}, "repo/x/apis/a.yaml:6:5: warning: GET \"/a\" has to be a map [api-shape]"},
		{"other text", two, text + "#", &yamldoc.Node{Kind: yamldoc.String, Line: 4, Column: 5}, "repo/x/catalog-info.yaml:4:5: warning: line 6 of the definition: GET \"/a\" has to be a map [api-shape]"},
		{"quoted", "spec: {definition: \"...\"}", text, &yamldoc.Node{Kind: yamldoc.String, Line: 1, Column: 20}, "repo/x/catalog-info.yaml:1:20: warning: line 6 of the definition: GET \"/a\" has to be a map [api-shape]"},
		{"outside", "spec:\n  definition: {$text: ../../../etc/passwd}\n", text, &yamldoc.Node{Kind: yamldoc.String, Line: 2, Column: 15}, "repo/x/catalog-info.yaml:2:15: warning: line 6 of the definition: GET \"/a\" has to be a map [api-shape]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			repo := &sources.Repo{Name: "repo", Prefix: "repo", FS: fstest.MapFS{
				"x/catalog-info.yaml": {Data: []byte(c.descriptor)},
				"x/apis/a.yaml":       {Data: []byte(text)},
			}}
			e := &catalog.Entity{
				Ref: catalog.Ref{Kind: "API", Namespace: "default", Name: "a"}, Type: "openapi", Definition: c.definition,
				Object: &yamldoc.Node{Kind: yamldoc.Map, Fields: []yamldoc.Field{{Key: "spec", Value: &yamldoc.Node{Kind: yamldoc.Map, Fields: []yamldoc.Field{{Key: "definition", Value: c.node}}}}}},
				Origin: catalog.Origin{Repo: repo, Path: "x/catalog-info.yaml", Pos: diag.Pos{File: "repo/x/catalog-info.yaml", Line: 1, Column: 1}},
			}
			d := Parse(e)
			if len(d.Diagnostics) != 1 || d.Diagnostics[0].String() != c.want {
				t.Errorf("got %v, want %s", d.Diagnostics, c.want)
			}
			if d.Diagnostics[0].Entity != "api:default/a" || d.Diagnostics[0].Repo != "repo" {
				t.Errorf("got entity %q in repo %q", d.Diagnostics[0].Entity, d.Diagnostics[0].Repo)
			}
		})
	}
	// An entity without an origin, as tests of other packages make them.
	if d := Parse(&catalog.Entity{Type: "openapi", Definition: "- a"}); len(d.Diagnostics) != 1 {
		t.Errorf("got %v, want one diagnostic", d.Diagnostics)
	}
}

// TestPlacesInDescriptors reads real descriptors: places have to be those of
// the file that the author wrote.
func TestPlacesInDescriptors(t *testing.T) {
	const head = "apiVersion: backstage.io/v1alpha1\nkind: API\nmetadata:\n  name: a\nspec:\n  type: openapi\n  lifecycle: production\n  owner: team\n"
	const text = "openapi: 3.0.3\ninfo:\n  title: T\n  version: '1'\npaths:\n  /a:\n    get: 5\n"
	indented := "    " + strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n    ") + "\n"
	for _, c := range []struct{ name, definition, want string }{
		{"literal block", "  definition: |\n" + indented, "r/x/catalog-info.yaml:16:9"},
		{"literal block, stripped", "  definition: |-\n" + indented, "r/x/catalog-info.yaml:16:9"},
		{"literal block, comment", "  definition: | # ours\n\n" + indented, "r/x/catalog-info.yaml:17:9"},
		{"named file", "  definition:\n    $text: ./apis/a.yaml\n", "r/x/apis/a.yaml:7:5"},
		{"named file, flow", "  definition: {$text: apis/a.yaml}\n", "r/x/apis/a.yaml:7:5"},
		{"quoted", "  definition: \"openapi: 3.0.3\\ninfo: {title: T, version: '1'}\\npaths: {/a: {get: 5}}\"\n", "r/x/catalog-info.yaml:9:15"},
	} {
		t.Run(c.name, func(t *testing.T) {
			repo := &sources.Repo{Name: "r", Prefix: "r", FS: fstest.MapFS{
				"x/catalog-info.yaml": {Data: []byte(head + c.definition)},
				"x/apis/a.yaml":       {Data: []byte(text)},
			}}
			batch := catalog.Read(repo, catalog.ReadOptions{})
			if len(batch.Entities) != 1 {
				t.Fatalf("got %d entities: %v", len(batch.Entities), batch.Diagnostics)
			}
			d := Parse(batch.Entities[0])
			if len(d.Diagnostics) != 1 || d.Diagnostics[0].Pos.String() != c.want {
				t.Errorf("got %v, want one at %s", d.Diagnostics, c.want)
			}
		})
	}
}

func TestJSON(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{`{"openapi":"3.0.0","info":{"title":"T","version":"1"},"paths":{}}`, ""},
		{"{\n \"openapi\": \"3.0.0\",\n \"info\": {\"title\": \"T\"},\n \"paths\": {\"/ä\": {\"get\": 5}}}", `4:19: GET "/ä" has to be a map`},
		{`{"openapi":"3.0.0","openapi":"2.0","info":{}}`, `1:20: the key "openapi" appears twice; the first one is shown`},
		{`{"openapi":"3.0.0","info":{}`, "1:1: the definition begins like JSON, but ends too early"},
		{`{"openapi":"3.0.0","info":{"x":1e999}}`, `1:32: "1e999" is a number that JSON cannot hold`},
		{`{"openapi":"3.0.0","info":{},}`, "1:29: the definition begins like JSON, but is not: invalid character '}' looking for beginning of object key string"},
		{`{"openapi":"3.0.0","info":{}} {}`, "1:32: the definition begins like JSON, but is not: there is more text after its end"},
		{`{"openapi":"3.0.0","info":` + strings.Repeat("[", 2000) + strings.Repeat("]", 2000) + "}", "1:1027: the definition is nested deeper than 1000 levels"},
		{`{openapi: 3.0.0, info: {title: T}, paths: {/a: {get: 5}}}`, `1:49: GET "/a" has to be a map`},
		{"openapi: " + strings.Repeat("x", 300_000), "1:1: the definition has very long lines of YAML; it is shown as text"},
	} {
		r := read("openapi", c.text)
		var got []string
		for _, p := range r.problems {
			got = append(got, fmt.Sprintf("%d:%d: %s", p.line, p.column, p.message))
		}
		if strings.Join(got, "\n") != c.want {
			t.Errorf("read(%.100s): got %q, want %q", c.text, got, c.want)
		}
	}
}

func fuzz(f *testing.F, kind string, pattern string) {
	for _, p := range []string{"testdata/" + pattern, filepath.Join("..", "..", "..", "shared", "hostile", "api", pattern)} {
		files, err := filepath.Glob(p)
		if err != nil {
			f.Fatal(err)
		}
		for _, name := range files {
			if data, err := os.ReadFile(name); err == nil && len(data) < 20_000 && !strings.HasSuffix(name, ".golden") {
				f.Add(string(data))
			}
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 50_000 {
			return
		}
		r := read(kind, text)
		check(t, r)
	})
}

func FuzzOpenAPI(f *testing.F)  { fuzz(f, "openapi", "*.[jy]*") }
func FuzzAsyncAPI(f *testing.F) { fuzz(f, "asyncapi", "async*.yaml") }
func FuzzGraphQL(f *testing.F)  { fuzz(f, "graphql", "*.graphql") }
func FuzzProtobuf(f *testing.F) { fuzz(f, "grpc", "*.proto") }

// large returns an OpenAPI definition of about 5 MB: 2,400 operations on 1,200
// types that refer to each other.
func large() string {
	var b strings.Builder
	b.WriteString(`{"openapi":"3.0.3","info":{"title":"Large","version":"1"},"paths":{`)
	for i := range 1200 {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "\n"+`"/things%d/{id}":{`, i)
		for j, m := range []string{"get", "put"} {
			if j > 0 {
				b.WriteByte(',')
			}
			fmt.Fprintf(&b, `"%s":{"operationId":"%sThing%d","summary":"does it","tags":["t%d"],"description":"%s",
"parameters":[{"name":"id","in":"path","required":true,"schema":{"type":"string"}},{"name":"q","in":"query","schema":{"type":"integer","minimum":1,"maximum":100}}],
"responses":{"200":{"description":"ok","content":{"application/json":{"schema":{"$ref":"#/components/schemas/Thing%d"}}}},"404":{"description":"none"}}}`,
				m, m, i, i%40, strings.Repeat("long text ", 20), i)
		}
		b.WriteByte('}')
	}
	b.WriteString(`},"components":{"schemas":{`)
	for i := range 1200 {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "\n"+`"Thing%d":{"type":"object","description":"%s","required":["id","name"],"properties":{"id":{"type":"string"},"name":{"type":"string"},`, i, strings.Repeat("A thing that is. ", 8))
		for j := range 14 {
			fmt.Fprintf(&b, "\n"+`"p%d":{"type":"string","description":"%s","maxLength":40},`, j, strings.Repeat("property text ", 10))
		}
		fmt.Fprintf(&b, `"child":{"$ref":"#/components/schemas/Thing%d"},"list":{"type":"array","items":{"$ref":"#/components/schemas/Thing%d"}}}}`, (i*7+1)%1200, (i+1)%1200)
	}
	b.WriteString("}}}\n")
	return b.String()
}

func BenchmarkLarge(b *testing.B) { benchmark(b, large()) }

func BenchmarkLargeOneLine(b *testing.B) { benchmark(b, strings.ReplaceAll(large(), "\n", "")) }

func benchmark(b *testing.B, text string) {
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		r := read("openapi", text)
		if r.count != 2400 || len(r.def.Types) != 1200 || len(r.problems) != 0 {
			b.Fatalf("got %d operations, %d types, %v", r.count, len(r.def.Types), r.problems)
		}
	}
	b.ReportMetric(float64(len(text))/1e6, "MB")
}
