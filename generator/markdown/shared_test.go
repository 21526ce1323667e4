package markdown

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// shared returns a folder of the files that tests share. They are beside the
// repository, or where PORTOLAN_SHARED says. Where they are absent the test is
// skipped, except on CI.
func shared(t testing.TB, folder string) string {
	t.Helper()
	root := os.Getenv("PORTOLAN_SHARED")
	if root == "" {
		dir, err := os.Getwd()
		if err != nil {
			t.Fatal(err)
		}
		for {
			if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
				break
			}
			up := filepath.Dir(dir)
			if up == dir {
				t.Fatal("no go.mod above the working folder")
			}
			dir = up
		}
		root = filepath.Join(filepath.Dir(dir), "shared")
	}
	path := filepath.Join(root, folder)
	if _, err := os.Stat(path); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("%s is needed on CI: %v", path, err)
		}
		t.Skipf("the shared files are not there: %v", err)
	}
	return path
}

// A realPage is one Markdown file of the corpus, without its front matter.
type realPage struct {
	path   string // inside the corpus
	root   string // of its tree
	source []byte
}

// corpus returns every Markdown file of the corpus.
func corpus(t testing.TB) []realPage {
	t.Helper()
	root := shared(t, "corpus")
	var pages []realPage
	for _, part := range []string{"docs", "repos"} {
		trees, err := os.ReadDir(filepath.Join(root, part))
		if err != nil {
			t.Fatal(err)
		}
		for _, tree := range trees {
			base := filepath.Join(root, part, tree.Name())
			err := filepath.WalkDir(base, func(path string, d os.DirEntry, err error) error {
				if err != nil || d.IsDir() || !strings.HasSuffix(path, ".md") {
					return err
				}
				source, err := os.ReadFile(path)
				if err != nil {
					return err
				}
				if bytes.HasPrefix(source, []byte("---\n")) {
					if end := bytes.Index(source[4:], []byte("\n---\n")); end >= 0 {
						source = source[end+9:]
					}
				}
				rel, err := filepath.Rel(root, path)
				pages = append(pages, realPage{path: rel, root: base, source: source})
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	if len(pages) < 100 {
		t.Fatalf("the corpus has %d pages", len(pages))
	}
	return pages
}

// snippet reads files for --8<-- where mkdocs.yml of the tree would.
func (p realPage) snippet(name string) ([]byte, bool) {
	if strings.Contains(name, "..") {
		return nil, false
	}
	for _, base := range []string{"", "docs", "docs/snippets", "docs/versioned/snippets"} {
		if b, err := os.ReadFile(filepath.Join(p.root, base, filepath.FromSlash(name))); err == nil {
			return b, true
		}
	}
	return nil, false
}

func (p realPage) input() Input { return Input{Source: p.source, Path: p.path, Snippet: p.snippet} }
