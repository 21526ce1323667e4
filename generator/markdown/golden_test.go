package markdown

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// goldenInput is the site that the files in testdata are pages of.
func goldenInput(name string, source []byte) Input {
	in := Input{
		Source: source,
		Path:   name,
		Resolve: func(target string, image bool) (string, bool) {
			if strings.HasPrefix(target, "nope") {
				return "", false
			}
			return "resolved/" + strings.TrimPrefix(target, "../"), true
		},
		Snippet: func(name string) ([]byte, bool) {
			s, ok := map[string]string{
				"hello.md":  "---\ntitle: x\n---\nHello from a *snippet*.\n",
				"conf.yaml": "a: 1\n# --8<-- [start:part]\nb: 2\n# --8<-- [end:part]\nc: 3\n",
				"loop.md":   "round\n\n--8<-- \"loop.md\"\n",
			}[name]
			return []byte(s), ok
		},
		Icon: func(name string) (string, bool) {
			if name == "material/account-circle" {
				return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" onload="x"><path d="M12 2z"/><script>x</script></svg>`, true
			}
			return "", false
		},
	}
	if name == "symbols.md" {
		in.Extensions = Extensions{SmartSymbols: true, Smarty: true, HardBreaks: true}
	}
	return in
}

// golden shows all of a document.
func golden(d *Document) []byte {
	var b bytes.Buffer
	b.WriteString(string(d.HTML))
	fmt.Fprintf(&b, "\n-- title --\n%q h1=%t lead=%q math=%t diagram=%t\n", d.Title, d.HasH1, d.Lead, d.HasMath, d.HasDiagram)
	b.WriteString("-- headings --\n")
	for _, h := range d.Headings {
		fmt.Fprintf(&b, "%d %s %q\n", h.Level, h.ID, h.Text)
	}
	b.WriteString("-- sections --\n")
	for _, s := range d.Sections {
		fmt.Fprintf(&b, "%s: %q\n", s.Heading.ID, s.Text)
	}
	b.WriteString("-- links --\n")
	for _, l := range d.Links {
		fmt.Fprintf(&b, "%d:%d %q -> %q image=%t external=%t broken=%t\n", l.Line, l.Column, l.Target, l.URL, l.Image, l.External, l.Broken)
	}
	fmt.Fprintf(&b, "-- ids --\n%s\n-- problems --\n", strings.Join(d.IDs, " "))
	for _, p := range d.Problems {
		fmt.Fprintf(&b, "%d:%d %s (%s) [%s]\n", p.Line, p.Column, p.Message, p.Hint, p.Rule)
	}
	return b.Bytes()
}

func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.md")
	if err != nil || len(files) == 0 {
		t.Fatal("no golden files", err)
	}
	e := New(Options{})
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			source, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			doc := e.Render(goldenInput(filepath.Base(file), source))
			for _, f := range pageFaults(string(doc.HTML)) {
				t.Error(f)
			}
			got := golden(doc)
			path := strings.TrimSuffix(file, ".md") + ".html"
			if *update {
				if err := os.WriteFile(path, got, 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("input\n%s\ngot\n%s\nwant\n%s", source, got, want)
			}
		})
	}
}
