package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/portolan-dev/portolan/sources/diag"
)

// A fix is made only where its text stands as a whole.
func TestFixed(t *testing.T) {
	for _, c := range []struct {
		src       string
		line, col int
		old, by   string
		want      string
	}{
		{"kind: component\n", 1, 7, "component", "Component", "kind: Component\n"},
		{"\ufeffkind: component\r\nx: 1", 1, 7, "component", "Component", "\ufeffkind: Component\r\nx: 1"},
		{"# é\nä: component", 2, 4, "component", "Component", "# é\nä: Component"},
		{`kind: "component" # x`, 1, 7, "component", "Component", `kind: "Component" # x`},
		{`{kind: 'component'}`, 1, 8, "component", "Component", `{kind: 'Component'}`},
		{`{kind: component, x: 1}`, 1, 8, "component", "Component", `{kind: Component, x: 1}`},
		{"tags: go", 1, 7, "go", "[go]", "tags: [go]"},
		{`tags: "go"`, 1, 7, "go", "[go]", `tags: "go"`},
		{"kind: components", 1, 7, "component", "Component", "kind: components"},
		{"kind: *component", 1, 7, "component", "Component", "kind: *component"},
		{"kind: component", 9, 1, "component", "Component", "kind: component"},
		{"kind: component", 1, 99, "component", "Component", "kind: component"},
		{"kind: component", 1, 7, "", "Component", "kind: component"},
		{"kind: !!str component", 1, 7, "component", "Component", "kind: !!str component"},
	} {
		d := diag.Diagnostic{Pos: diag.Pos{Line: c.line, Column: c.col}, Fix: diag.Fix{Old: c.old, New: c.by}}
		got, done := fixed([]byte(c.src), []diag.Diagnostic{d, d}) // the second one finds its place taken
		if string(got) != c.want {
			t.Errorf("%q with %q for %q at %d:%d: got %q, want %q", c.src, c.by, c.old, c.line, c.col, got, c.want)
		}
		if want := c.src != c.want; len(done) == 1 != want {
			t.Errorf("%q: %d fixes are said to be made", c.src, len(done))
		}
	}
}

func TestFixFileStaysInside(t *testing.T) {
	dir := t.TempDir()
	inside, outside := filepath.Join(dir, "repo"), filepath.Join(dir, "outside.yaml")
	if err := os.Mkdir(inside, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, mode := range map[string]os.FileMode{outside: 0o644, filepath.Join(inside, "own.yaml"): 0o640} {
		if err := os.WriteFile(name, []byte("kind: group\n"), mode); err != nil {
			t.Fatal(err)
		}
	}
	fix := []diag.Diagnostic{{Pos: diag.Pos{Line: 1, Column: 7}, Fix: diag.Fix{Old: "group", New: "Group"}}}
	if done, err := fixFile(inside, "../outside.yaml", fix); err == nil || len(done) > 0 {
		t.Errorf("a path that leads out was written to: %d fixes, %v", len(done), err)
	}
	if err := os.Symlink("../outside.yaml", filepath.Join(inside, "link.yaml")); err == nil {
		if done, _ := fixFile(inside, "link.yaml", fix); len(done) > 0 {
			t.Error("a link that leads out was followed")
		}
	}
	if got, err := os.ReadFile(outside); err != nil || string(got) != "kind: group\n" {
		t.Errorf("outside.yaml is now %q (%v)", got, err)
	}
	if _, err := fixFile(inside, "own.yaml", fix); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(filepath.Join(inside, "own.yaml"))
	if err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("the mode of own.yaml is now %v (%v), want 0640", info.Mode(), err)
	}
	entries, err := os.ReadDir(inside)
	if err != nil || len(entries) > 2 {
		t.Errorf("files are left over: %v (%v)", entries, err)
	}
}
