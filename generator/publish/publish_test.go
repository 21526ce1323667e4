package publish

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func write(t *testing.T, output string, files map[string]string) Stats {
	t.Helper()
	s, err := Begin(output)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		if err := s.Write(name, []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	st, err := s.Commit()
	if err != nil {
		t.Fatal(err)
	}
	return st
}

func read(t *testing.T, output, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(output, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestCommitReplacesTheSite(t *testing.T) {
	out := filepath.Join(t.TempDir(), "public")
	write(t, out, map[string]string{Marker: "1", "index.html": "one", "old/index.html": "old"})
	before, err := os.Stat(filepath.Join(out, "index.html"))
	if err != nil {
		t.Fatal(err)
	}

	st := write(t, out, map[string]string{Marker: "2", "index.html": "one", "new/index.html": "new"})
	if want := (Stats{Files: 3, Bytes: 7, Written: 2, Unchanged: 1, Removed: 1}); st != want {
		t.Errorf("stats = %+v, want %+v", st, want)
	}
	after, err := os.Stat(filepath.Join(out, "index.html"))
	if err != nil {
		t.Fatal(err)
	}
	if !os.SameFile(before, after) {
		t.Error("an unchanged file was written again")
	}
	if got := read(t, out, "new/index.html"); got != "new" {
		t.Errorf("new/index.html = %q", got)
	}
	if _, err := os.Stat(filepath.Join(out, "old")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("old/ is still there: %v", err)
	}
	rest, err := os.ReadDir(filepath.Dir(out))
	if err != nil {
		t.Fatal(err)
	}
	if len(rest) != 1 {
		t.Errorf("beside the site there is something left: %v", rest)
	}
}

func TestAbortAndCrashLeaveTheOldSite(t *testing.T) {
	out := filepath.Join(t.TempDir(), "public")
	write(t, out, map[string]string{Marker: "1", "index.html": "one"})
	s, err := Begin(out)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Write("index.html", []byte("two")); err != nil {
		t.Fatal(err)
	}
	if got := read(t, out, "index.html"); got != "one" {
		t.Errorf("before Commit index.html = %q, want the old one", got)
	}
	// A crash here leaves the staging folder; the next Begin removes it.
	s, err = Begin(out)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Abort(); err != nil {
		t.Fatal(err)
	}
	if got := read(t, out, "index.html"); got != "one" {
		t.Errorf("after Abort index.html = %q, want the old one", got)
	}
}

func TestForeignFolderIsRefused(t *testing.T) {
	out := t.TempDir()
	if err := os.WriteFile(filepath.Join(out, "thesis.txt"), []byte("years of work"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Begin(out); !errors.Is(err, ErrForeign) {
		t.Errorf("Begin = %v, want ErrForeign", err)
	}
	if got := read(t, out, "thesis.txt"); got != "years of work" {
		t.Errorf("thesis.txt = %q", got)
	}
}

func TestPaths(t *testing.T) {
	s, err := Begin(filepath.Join(t.TempDir(), "public"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"", ".", "/etc/passwd", "../x", "a/../b", "a//b", "a\\b", "x.", "a /b", strings.Repeat("x", 256), "nul\x00"} {
		if err := s.Write(name, nil); err == nil {
			t.Errorf("Write(%q) succeeds", name)
		}
	}
	if err := s.Write("docs/Setup/index.html", nil); err != nil {
		t.Fatal(err)
	}
	if err := s.Write("docs/setup/index.html", nil); err == nil {
		t.Error("two paths that differ only in case were both written")
	}
}

func TestConcurrentWrites(t *testing.T) {
	out := filepath.Join(t.TempDir(), "public")
	s, err := Begin(out)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for i := range 100 {
		wg.Go(func() {
			name := filepath.ToSlash(filepath.Join("d", string(rune('a'+i%26)), strings.Repeat("x", 1+i/26)+".html"))
			if err := s.Write(name, []byte(name)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	st, err := s.Commit()
	if err != nil || st.Files != 100 {
		t.Fatalf("Commit = %+v, %v; want 100 files", st, err)
	}
}

func TestMinify(t *testing.T) {
	m := NewMinifier()
	for name, tt := range map[string]struct{ in, want string }{
		"a.html": {"<!doctype html>\n<p>  a   <b>b</b>\n\n<pre>  x\n  y</pre>", "<!doctype html><p>a <b>b</b></p><pre>  x\n  y</pre>"},
		"a.css":  {"a { color : red ; }\n", "a{color:red}"},
		"a.js":   {"const  a = 1 ;\n", "const a=1"},
		"a.json": {"{ }\n", "{ }\n"},
	} {
		got, err := m.Minify(name, []byte(tt.in))
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if name != "a.html" && string(got) != tt.want {
			t.Errorf("%s: got %q, want %q", name, got, tt.want)
		}
		if name == "a.html" && !strings.Contains(string(got), "<pre>  x\n  y</pre>") {
			t.Errorf("%s: preformatted text changed: %q", name, got)
		}
	}
}
