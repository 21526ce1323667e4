package markdown

import (
	"bytes"
	"regexp"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// headingParser also reads "#Heading" without a space, as Python-Markdown
// does. "#123" and "#!" stay text: the first is an issue, the second a script.
type headingParser struct{ parser.BlockParser }

func (h headingParser) Open(parent ast.Node, reader text.Reader, pc parser.Context) (ast.Node, parser.State) {
	node, state := h.BlockParser.Open(parent, reader, pc)
	stateOf(pc).limits.addBlocks(1)
	pos := pc.BlockOffset()
	if node != nil || pos != 0 || stateOf(pc).ext.CommonMark {
		return node, state
	}
	line, segment := reader.PeekLine()
	i := 0
	for i < len(line) && line[i] == '#' {
		i++
	}
	if i == 0 || i > 6 || i >= len(line) || util.IsSpace(line[i]) || line[i] == '!' || line[i] >= '0' && line[i] <= '9' {
		return nil, parser.NoChildren
	}
	body := bytes.TrimRight(bytes.TrimRight(line[i:], " \t\n"), "#")
	body = bytes.TrimRight(body, " \t")
	heading := ast.NewHeading(i)
	start := segment.Start + i - segment.Padding
	heading.Lines().Append(text.NewSegment(start, start+len(body)))
	reader.AdvanceToEOL()
	return heading, parser.NoChildren
}

// A mathBlock is TeX that stands alone: $$ ... $$, \[ ... \] or
// \begin{x} ... \end{x}.
type mathBlock struct {
	ast.BaseBlock
	closer string
	done   bool
}

var kindMathBlock = ast.NewNodeKind("MathBlock")

func (n *mathBlock) Kind() ast.NodeKind { return kindMathBlock }

func (n *mathBlock) IsRaw() bool { return true }

func (n *mathBlock) Dump(source []byte, level int) { ast.DumpHelper(n, source, level, nil, nil) }

var mathBegin = regexp.MustCompile(`^\\begin\{([a-z]+\*?)\}`)

// maxMathBlock is how many bytes a block of TeX may have.
const maxMathBlock = 8192

type mathBlockParser struct{}

func (mathBlockParser) Trigger() []byte { return []byte{'$', '\\'} }

func (mathBlockParser) Open(_ ast.Node, reader text.Reader, pc parser.Context) (ast.Node, parser.State) {
	line, seg := reader.PeekLine()
	pos := pc.BlockOffset()
	st := stateOf(pc)
	if pos < 0 || len(line)-pos < 3 || st.ext.CommonMark || st.ext.NoMath {
		return nil, parser.NoChildren
	}
	rest := line[pos:]
	n := &mathBlock{}
	skip := 2
	switch {
	case rest[0] == '$' && rest[1] == '$':
		n.closer = "$$"
	case rest[0] == '\\' && rest[1] == '[':
		n.closer = `\]`
	default:
		m := mathBegin.FindSubmatch(rest)
		if m == nil {
			return nil, parser.NoChildren
		}
		n.closer = `\end{` + string(m[1]) + "}"
		skip = len(m[0])
	}
	// The end must be there, before the next blank line, and at the end of its
	// line: otherwise this is text.
	src := reader.Source()
	from := seg.Start + pos - seg.Padding + skip
	window := src[from:min(len(src), from+maxMathBlock)]
	end := bytes.Index(window, []byte(n.closer))
	st.limits.add(len(window) / 16)
	if end < 0 {
		return nil, parser.NoChildren
	}
	for k, l := range bytes.Split(window[:end], []byte{'\n'}) {
		if k > 0 && util.IsBlank(l) && k < bytes.Count(window[:end], []byte{'\n'}) {
			return nil, parser.NoChildren
		}
	}
	after := window[end+len(n.closer):]
	if i := bytes.IndexByte(after, '\n'); i >= 0 {
		after = after[:i]
	}
	if !util.IsBlank(after) && !bytes.HasPrefix(bytes.TrimSpace(after), []byte("{")) {
		return nil, parser.NoChildren
	}
	n.Lines().Append(seg)
	n.done = bytes.Contains(rest[skip:], []byte(n.closer))
	reader.AdvanceToEOL()
	return n, parser.NoChildren
}

func (mathBlockParser) Continue(node ast.Node, reader text.Reader, _ parser.Context) parser.State {
	n := node.(*mathBlock)
	line, seg := reader.PeekLine()
	if n.done || util.IsBlank(line) {
		return parser.Close
	}
	n.Lines().Append(seg)
	n.done = bytes.Contains(line, []byte(n.closer))
	reader.AdvanceToEOL()
	return parser.Continue | parser.NoChildren
}

func (mathBlockParser) Close(ast.Node, text.Reader, parser.Context) {}
func (mathBlockParser) CanInterruptParagraph() bool                 { return true }
func (mathBlockParser) CanAcceptIndentedLine() bool                 { return false }

// tex returns what a block of TeX says, without its marks; an environment
// keeps its own.
func (n *mathBlock) tex(source []byte) string {
	s := strings.TrimSpace(string(n.Lines().Value(source)))
	if n.closer == "$$" || n.closer == `\]` {
		s = s[2:]
		if i := strings.Index(s, n.closer); i >= 0 {
			s = s[:i]
		}
	}
	return strings.TrimSpace(s)
}

// A genericBlock is "/// kind | title" of pymdownx.blocks or ":::{kind} title"
// of MyST and Docusaurus; it lasts until its end mark and becomes a note, a
// tab, a caption or nothing but its content.
var (
	slashBlock = regexp.MustCompile(`^(/{3,})[ ]*([a-z][a-z0-9-]*)[ ]*(?:\|[ ]*(.*?))?[ ]*\n?$`)
	colonBlock = regexp.MustCompile(`^(:{3,})[ ]*(?:\{([a-z][a-z0-9:-]*)\}|([a-z][a-z0-9-]*))[ ]*(.*?)[ ]*\n?$`)
)

// A fencedNote is a note between marks, of pymdownx.blocks or MyST.
type fencedNote struct {
	noteNode
	mark string // what ends it
	bare bool   // no note: only its content is shown
}

var kindFencedNote = ast.NewNodeKind("FencedNote")

func (n *fencedNote) Kind() ast.NodeKind { return kindFencedNote }

type fencedNoteParser struct{}

func (fencedNoteParser) Trigger() []byte { return []byte{'/', ':'} }

func (fencedNoteParser) Open(parent ast.Node, reader text.Reader, pc parser.Context) (ast.Node, parser.State) {
	line, seg := reader.PeekLine()
	pos := pc.BlockOffset()
	st := stateOf(pc)
	if pos < 0 || len(line)-pos < 5 || st.ext.CommonMark {
		return nil, parser.NoChildren
	}
	rest := line[pos:]
	n := &fencedNote{}
	var kind, title string
	switch {
	case bytes.HasPrefix(rest, []byte("///")):
		m := slashBlock.FindSubmatch(rest)
		if m == nil {
			return nil, parser.NoChildren
		}
		n.mark, kind, title = string(m[1]), string(m[2]), string(m[3])
	case bytes.HasPrefix(rest, []byte(":::")):
		m := colonBlock.FindSubmatch(rest)
		if m == nil {
			return nil, parser.NoChildren
		}
		n.mark, kind, title = string(m[1]), string(m[2])+string(m[3]), string(m[4])
	default:
		return nil, parser.NoChildren
	}
	_, known := noteLooks[kind]
	braces := bytes.HasPrefix(bytes.TrimLeft(rest, ":/ "), []byte("{"))
	switch {
	case kind == "details":
		n.fold = true
	case kind == "admonition":
	case known:
	case braces || n.mark[0] == '/':
		n.bare = true // a grid, a card, a caption: the content counts
	default:
		return nil, parser.NoChildren
	}
	if !st.endsLater(n.mark, reader.Source(), seg.Stop) {
		return nil, parser.NoChildren // without its end mark this is text
	}
	n.setWords(kind)
	if title != "" {
		n.hasTitle, n.title, n.titlePos = true, title, seg.Start
	}
	reader.AdvanceToEOL()
	return n, parser.NoChildren
}

// endsLater reports whether a line with nothing but mark follows. What it finds
// is kept, so that all calls for one page read it once.
func (st *state) endsLater(mark string, source []byte, from int) bool {
	if at, ok := st.ends[mark]; ok && (at < 0 || from <= at) {
		return at >= 0
	}
	if st.ends == nil {
		st.ends = map[string]int{}
	}
	for i := from; i < len(source); {
		end := bytes.IndexByte(source[i:], '\n')
		if end < 0 {
			end = len(source) - i
		}
		if string(bytes.Trim(source[i:i+end], " \t>")) == mark {
			st.ends[mark] = i
			return true
		}
		i += end + 1
	}
	st.ends[mark] = -1
	return false
}

func (fencedNoteParser) Continue(node ast.Node, reader text.Reader, _ parser.Context) parser.State {
	n := node.(*fencedNote)
	line, _ := reader.PeekLine()
	if string(bytes.TrimSpace(line)) == n.mark {
		reader.Advance(len(line) - 1)
		if line[len(line)-1] != '\n' {
			reader.Advance(1)
		}
		return parser.Close
	}
	return parser.Continue | parser.HasChildren
}

func (fencedNoteParser) Close(ast.Node, text.Reader, parser.Context) {}
func (fencedNoteParser) CanInterruptParagraph() bool                 { return true }
func (fencedNoteParser) CanAcceptIndentedLine() bool                 { return false }

// A generatedNode is "::: package.Name" of mkdocstrings with its options, for
// which code would have to be run.
type generatedNode struct {
	ast.BaseBlock
	name string
}

var kindGenerated = ast.NewNodeKind("Generated")

func (n *generatedNode) Kind() ast.NodeKind { return kindGenerated }

func (n *generatedNode) IsRaw() bool { return true }

func (n *generatedNode) Dump(source []byte, level int) { ast.DumpHelper(n, source, level, nil, nil) }

var generatedHead = regexp.MustCompile(`^::: *([A-Za-z_][\w\-]*(?:[.:/#]+[\w\-]+)*)[ ]*\n?$`)

type generatedParser struct{}

func (generatedParser) Trigger() []byte { return []byte{':'} }

func (generatedParser) Open(_ ast.Node, reader text.Reader, pc parser.Context) (ast.Node, parser.State) {
	line, _ := reader.PeekLine()
	pos := pc.BlockOffset()
	if pos < 0 || stateOf(pc).ext.CommonMark {
		return nil, parser.NoChildren
	}
	m := generatedHead.FindSubmatch(line[pos:])
	if m == nil {
		return nil, parser.NoChildren
	}
	reader.AdvanceToEOL()
	return &generatedNode{name: string(m[1])}, parser.NoChildren
}

func (generatedParser) Continue(_ ast.Node, reader text.Reader, pc parser.Context) parser.State {
	line, seg := reader.PeekLine()
	if !util.IsBlank(line) {
		if pos, _ := util.IndentPosition(line, reader.LineOffset(), 4); pos < 0 {
			stateOf(pc).noLazy = seg.Start
			return parser.Close
		}
	}
	reader.AdvanceToEOL()
	return parser.Continue | parser.NoChildren
}

func (generatedParser) Close(ast.Node, text.Reader, parser.Context) {}
func (generatedParser) CanInterruptParagraph() bool                 { return true }
func (generatedParser) CanAcceptIndentedLine() bool                 { return false }
