package markdown

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/text"
)

// specDiffers are the examples that give something else, and why.
var specDiffers = map[int]string{
	226: "blanks before a line break stay, which no reader sees",
	608: "GitHub's extension makes a link of a bare address",
	611: "GitHub's extension makes a link of a bare address",
	612: "GitHub's extension makes a link of a bare address",
	635: "blanks before a line break stay, which no reader sees",
}

// All examples of the CommonMark specification, as the parser's module carries
// them, give what the specification says when the dialect is left out, except
// those named above. What is done to the result afterwards (highlighting,
// classes, the sanitiser) has tests of its own.
func TestCommonMarkSpec(t *testing.T) {
	dir, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}", "github.com/yuin/goldmark").Output()
	if err != nil {
		t.Fatalf("where is the parser's module: %v", err)
	}
	data, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(dir)), "_test", "spec.json"))
	if err != nil {
		t.Fatal(err)
	}
	var examples []struct {
		Example        int
		Section        string
		Markdown, HTML string
	}
	if err := json.Unmarshal(data, &examples); err != nil {
		t.Fatal(err)
	}
	if len(examples) < 600 {
		t.Fatalf("only %d examples", len(examples))
	}
	e := New(Options{})
	out := goldmark.New(goldmark.WithRendererOptions(html.WithUnsafe(), html.WithXHTML())).Renderer()
	for _, x := range examples {
		src := []byte(x.Markdown)
		pc := parser.NewContext()
		pc.Set(stateKey, newState(&Extensions{CommonMark: true}))
		tree := e.parser.Parse(text.NewReader(src), parser.WithContext(pc))
		var got bytes.Buffer
		if err := out.Render(&got, src, tree); err != nil {
			t.Fatal(err)
		}
		why, differs := specDiffers[x.Example]
		switch same := got.String() == x.HTML; {
		case same && differs:
			t.Errorf("example %d is named as different (%s), but is not", x.Example, why)
		case !same && !differs:
			t.Errorf("example %d (%s): %q\ngot  %q\nwant %q", x.Example, x.Section, x.Markdown, got.String(), x.HTML)
		}
	}
	t.Logf("%d examples, %d named differences", len(examples), len(specDiffers))
}
