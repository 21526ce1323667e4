package docs

import (
	"bufio"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/portolan-dev/portolan/sources"
	"github.com/portolan-dev/portolan/sources/catalog"
)

// TestTraversal names files outside of the repo wherever a repo can name one.
func TestTraversal(t *testing.T) {
	f, err := os.Open(shared(t, "hostile", "paths", "traversal.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	const canary = "CANARY-NEVER-PUBLISH"
	base := t.TempDir()
	for name, text := range map[string]string{
		"outside/secret.md": canary, "secret.md": canary, "repo/mkdocs.yml": "site_name: X", "repo/docs/index.md": "# Home", "repo/docs/a/b.md": "# B",
	} {
		p := filepath.Join(base, name)
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	root, err := os.OpenRoot(filepath.Join(base, "repo"))
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	n := 0
	sc := bufio.NewScanner(f)
	sc.Buffer(nil, 1<<20)
	for sc.Scan() {
		var c struct{ ID, Payload string }
		if err := json.Unmarshal(sc.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		n++
		for _, file := range []string{"etc/passwd", "outside/secret.md", "secret.md"} {
			payload := strings.ReplaceAll(c.Payload, "{FILE}", file)
			quoted, err := json.Marshal(payload)
			if err != nil {
				t.Fatal(err)
			}
			config := "site_name: X\ndocs_dir: " + string(quoted) + "\n"
			for _, config := range []string{
				config,
				"site_name: X\nnav: [index.md, " + string(quoted) + ", {A: " + string(quoted) + "}]\nINHERIT: " + string(quoted) + "\nmarkdown_extensions: [pymdownx.snippets: {base_path: " + string(quoted) + "}]\n",
			} {
				r := &sources.Repo{Name: "repo", Prefix: "repo", FS: overlay{root.FS(), config}}
				tr := Read(Place{Repo: r, Root: ".", Entity: catalog.Ref{Kind: "component", Namespace: "default", Name: "x"}})
				for _, p := range tr.Pages {
					if strings.Contains(string(p.Source), canary) || strings.Contains(string(p.Source), "root:") {
						t.Errorf("%s: %q: page %s shows a file from outside", c.ID, payload, p.Path)
					}
				}
				if data, ok := tr.Snippet(payload); ok && (strings.Contains(string(data), canary) || strings.Contains(string(data), "root:")) {
					t.Errorf("%s: snippet %q shows a file from outside", c.ID, payload)
				}
				for _, from := range tr.Pages {
					to, ok := tr.Resolve(from, payload)
					if ok && to.Kind != ToExternal && (strings.HasPrefix(to.URL, "..") || strings.HasPrefix(to.URL, "/") || strings.HasPrefix(to.File, "..") || strings.Contains(to.URL, "/../")) {
						t.Errorf("%s: link %q leads to %+v", c.ID, payload, to)
					}
					if ok && to.Kind == ToExternal && !strings.HasPrefix(to.URL, "http") && !strings.HasPrefix(to.URL, "mailto:") {
						t.Errorf("%s: link %q leads to %s", c.ID, payload, to.URL)
					}
				}
			}
		}
	}
	if n < 370 {
		t.Errorf("only %d cases", n)
	}
}

// overlay is a file system with another mkdocs.yml.
type overlay struct {
	fs.FS
	config string
}

func (o overlay) ReadFile(name string) ([]byte, error) {
	if name == "mkdocs.yml" {
		return []byte(o.config), nil
	}
	return fs.ReadFile(o.FS, name)
}
