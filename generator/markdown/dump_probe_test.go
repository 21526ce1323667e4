package markdown

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestDumpProbe(t *testing.T) {
	if os.Getenv("DUMP") == "" {
		t.Skip()
	}
	e := New(Options{})
	out := map[string]any{}
	filepath.WalkDir("/work/shared/corpus", func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".md") {
			return nil
		}
		src, _ := os.ReadFile(path)
		if bytes.HasPrefix(src, []byte("---\n")) {
			if i := bytes.Index(src[4:], []byte("\n---\n")); i > 0 {
				src = src[i+9:]
			}
		}
		doc := e.Render(Input{Source: src, Path: path})
		rel, _ := filepath.Rel("/work/shared/corpus", path)
		var heads [][]any
		for _, h := range doc.Headings {
			heads = append(heads, []any{h.Level, h.ID, h.Text})
		}
		out[rel] = map[string]any{"heads": heads, "html": doc.HTML}
		return nil
	})
	b, _ := json.Marshal(out)
	os.WriteFile("/tmp/ours.json", b, 0o644)
}
