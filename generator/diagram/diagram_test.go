package diagram

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// texts returns the texts of a drawing, in order, and fails where it is not
// well-formed or holds anything but shapes and text.
func texts(t *testing.T, svg string) []string {
	t.Helper()
	allowed := map[string]bool{"svg": true, "g": true, "rect": true, "path": true, "circle": true, "text": true}
	attributes := regexp.MustCompile(`^(class|x|y|width|height|rx|r|cx|cy|d|viewBox|role|aria-label|text-anchor)$`)
	d := xml.NewDecoder(strings.NewReader(svg))
	var out []string
	inText := false
	for {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatalf("%v in\n%s", err, svg)
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			if !allowed[tok.Name.Local] {
				t.Errorf("element %s in a drawing", tok.Name.Local)
			}
			for _, a := range tok.Attr {
				if !attributes.MatchString(a.Name.Local) {
					t.Errorf("attribute %s in a drawing", a.Name.Local)
				}
				if strings.Contains(a.Value, "NaN") || strings.Contains(a.Value, "Inf") {
					t.Errorf("%s=%q", a.Name.Local, a.Value)
				}
			}
			inText = tok.Name.Local == "text"
		case xml.EndElement:
			inText = false
		case xml.CharData:
			if inText {
				out = append(out, string(tok))
			}
		}
	}
}

func TestRender(t *testing.T) {
	for _, c := range []struct{ name, source, want string }{
		{"chain", "graph TD\n A-->B-->C", "A|B|C"},
		{"one line", "graph LR; A[One] --> B(Two); B-.->C{Three?}", "One|Two|Three?"},
		{"labels", "flowchart LR\nA -- yes --> B\nA -->|no| C\nA == thick ==> D\nA -. dots .-> E", "yes|no|thick|dots|A|B|C|D|E"},
		{"many", "flowchart TB\nA & B --> C & D", "A|B|C|D"},
		{"shapes", "graph TD\na([s])\nb[[u]]\nc[(db)]\nd((o))\ne>f]\nf{{h}}\ng[/p/]\nh[\\q\\]\ni(((dd)))", "s|u|db|o|f|h|p|q|dd"},
		{"quotes", "graph TD\na[\"x (y) [z] #quot;&lt;b&gt;\"]", `x (y) [z] "<b>`},
		{"groups", "flowchart LR\nsubgraph one [First]\n direction TB\n a-->b\nend\nsubgraph two\n c\nend\none --> two\nb --> c", "First|two|a|b|c"},
		{"circle", "graph TD\nA-->B\nB-->A\nA-->A", "A|B"},
		{"looks", "graph TD\nA:::hot --> B\nclassDef hot fill:#f00\nstyle A fill:red\nlinkStyle 0 stroke:red\nclick A \"javascript:alert(1)\"", "A|B"},
		{"breaks", "graph TD\nA[one<br/>two\\nthree]", "one|two|three"},
		{"lines", "graph TD\nA[\"one\ntwo\"]-->B", "one|two|B"},
		{"title", "---\ntitle: My title\n---\n%% comment\n%%{init: {'theme':'dark'}}%%\ngraph TD\nA", "My title|A"},
		{"new shapes", "flowchart LR\nA@{ shape: cyl, label: \"Store\" } e1@--> B", "Store|B"},
		{"sequence", "sequenceDiagram\nparticipant A as Alice\nactor B\nA->>+B: Hello\nNote over A,B: both\nB-->>-A: Hi", "Hello|both|Hi|Alice|B"},
		{"frames", "sequenceDiagram\nautonumber\nloop each day\nA->>A: think\nend\nalt ok\nA-)B: x\nelse not ok\nA-xB: y\nend", "loop|each day|think|1|alt|ok|x|2|not ok|y|3|A|B"},
		{"states", "stateDiagram-v2\n[*] --> Still\nStill --> Moving : push\nstate Moving {\n direction LR\n [*] --> Fast\n}\nMoving --> [*]\nnote right of Still: rests", "Moving|push|Still|Fast|rests"},
		{"state words", "stateDiagram\nstate \"A long name\" as s1\ns1 --> s2\ns2 : described\nstate f <<fork>>\ns2 --> f", "A long name|described"},
	} {
		svg, ok := Render(c.source)
		if !ok {
			t.Errorf("%s: not drawn\n%s", c.name, c.source)
			continue
		}
		if got := strings.Join(texts(t, svg), "|"); got != c.want {
			t.Errorf("%s: texts\n got %s\nwant %s", c.name, got, c.want)
		}
		if again, _ := Render(c.source); again != svg {
			t.Errorf("%s: drawn differently the second time", c.name)
		}
	}
}

// What is not understood as a whole is not drawn.
func TestNotDrawn(t *testing.T) {
	many := "graph TD\n"
	for i := range maxNodes + 1 {
		many += fmt.Sprintf("n%d --> n%d\n", i, i+1)
	}
	for name, source := range map[string]string{
		"empty": "", "other kind": "pie title Pets\n\"Dogs\": 1", "no arrow": "graph TD\nA -> -> B", "open group": "graph TD\nsubgraph a\nb", "end too much": "graph TD\nA\nend",
		"direction": "graph SIDEWAYS\nA", "too many": many, "too long": "graph TD\nA[" + strings.Repeat("x", maxSource) + "]", "only a head": "graph TD",
		"else in a box": "sequenceDiagram\nbox x\nelse\nend", "open frame": "sequenceDiagram\nloop x\nA->>B: y", "own member": "graph TD\nsubgraph a\nb\nend\na --> b",
	} {
		if svg, ok := Render(source); ok {
			t.Errorf("%s is drawn: %s", name, svg)
		}
	}
}

// No text of a diagram becomes markup.
func TestTextStaysText(t *testing.T) {
	const bad = `<script>alert(1)</script>"onload="x' &lt;img src=x onerror=alert(1)&gt; #lt;b#gt;` + "\u202e\x07"
	for _, source := range []string{
		"graph TD\nA[\"x" + strings.ReplaceAll(bad, `"`, "'") + "\"] -->|" + strings.ReplaceAll(bad, `"`, "'") + "| B",
		"sequenceDiagram\ntitle " + bad + "\nparticipant A as " + bad + "\nA->>B: " + bad + "\nNote over A: " + bad,
		"stateDiagram-v2\nA --> B : " + bad + "\nA : " + bad,
		"---\ntitle: " + bad + "\n---\ngraph TD\nsubgraph s [" + strings.NewReplacer("[", "", "]", "", `"`, "").Replace(bad) + "]\nA\nend",
	} {
		svg, ok := Render(source)
		if !ok {
			t.Errorf("not drawn: %s", source)
			continue
		}
		texts(t, svg)
		if strings.Contains(svg, "<script") || strings.Contains(svg, "<img") || strings.ContainsAny(svg, "\u202e\x07") {
			t.Errorf("%s became\n%s", source, svg)
		}
	}
}

// Nodes do not lie on each other, and everything is inside of the drawing.
func TestLayout(t *testing.T) {
	source := "flowchart TB\nA-->B & C & D\nB-->E\nC-->E\nD-->F\nA-->F\nsubgraph g\n E-->G\n subgraph h\n  H-->I\n end\n G-->H\nend\nF-->I\nI-->A\n"
	for _, dir := range []string{"TB", "BT", "LR", "RL"} {
		_, lines := statements(source)
		g, ok := parseFlow(dir, lines[1:])
		if !ok {
			t.Fatal("not understood")
		}
		svg, _ := drawGraph(g, "")
		var w, h float64
		if _, err := fmt.Sscanf(svg[strings.Index(svg, `viewBox="0 0 `)+13:], "%f %f", &w, &h); err != nil {
			t.Fatal(err)
		}
		for i, a := range g.nodes {
			if a.x-a.w/2 < 0 || a.y-a.h/2 < 0 || a.x+a.w/2 > w || a.y+a.h/2 > h {
				t.Errorf("%s: %s is outside: %+v in %v × %v", dir, a.id, a, w, h)
			}
			for _, b := range g.nodes[:i] {
				if abs(a.x-b.x) < (a.w+b.w)/2 && abs(a.y-b.y) < (a.h+b.h)/2 {
					t.Errorf("%s: %s lies on %s", dir, a.id, b.id)
				}
			}
		}
	}
}

func abs(x float64) float64 {
	if x < 0 {
		return -x
	}
	return x
}

// TestCorpus draws the diagrams of real docs: those of the kinds that are drawn,
// all of them.
func TestCorpus(t *testing.T) {
	root := shared(t)
	fence := regexp.MustCompile("(?ms)^([ \t]*)```+ ?mermaid[^\n]*\n(.*?)^[ \t]*```")
	kinds := regexp.MustCompile(`(?m)^\s*(graph|flowchart|sequenceDiagram|stateDiagram)`)
	drawn, others := 0, 0
	err := filepath.WalkDir(filepath.Join(root, "corpus"), func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || filepath.Ext(name) != ".md" {
			return err
		}
		data, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		for _, m := range fence.FindAllSubmatch(data, -1) {
			var lines []string
			for _, l := range strings.Split(string(m[2]), "\n") {
				lines = append(lines, strings.TrimPrefix(l, string(m[1])))
			}
			source := strings.Join(lines, "\n")
			svg, ok := Render(source)
			switch {
			case ok:
				drawn++
				texts(t, svg)
			case kinds.MatchString(source):
				t.Errorf("%s: not drawn:\n%s", name, source)
			default:
				others++
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d drawn, %d of other kinds", drawn, others)
}

// shared returns the folder of material that other projects wrote.
func shared(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("PORTOLAN_SHARED")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared")
	}
	if _, err := os.Stat(dir); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("no shared material: %v", err)
		}
		t.Skip("no shared material in " + dir)
	}
	return dir
}

func FuzzRender(f *testing.F) {
	for _, s := range []string{"graph TD\nA-->B", "sequenceDiagram\nA->>B: x", "stateDiagram-v2\n[*] --> A", "flowchart LR\nsubgraph a\nb & c -- x --> d[(e)]\nend"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, source string) {
		if svg, ok := Render(source); ok {
			texts(t, svg)
		}
	})
}
