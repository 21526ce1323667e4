package markdown

import (
	"regexp"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// A noteNode is an admonition ("!!!"), a foldable one ("???"), or a GitHub
// alert ("> [!NOTE]").
type noteNode struct {
	ast.BaseBlock
	kind     string // "note", "warning", ...
	title    string // Markdown; only if hasTitle
	hasTitle bool   // a title was written; an empty one means none is shown
	titlePos int    // offset of the title in the source
	fold     bool
	open     bool
	side     string // "", "inline" or "inline end"
	annotate bool   // the list behind it explains marks in it
}

var kindNote = ast.NewNodeKind("Note")

func (n *noteNode) Kind() ast.NodeKind { return kindNote }

func (n *noteNode) Dump(source []byte, level int) {
	ast.DumpHelper(n, source, level, map[string]string{"Kind": n.kind, "Title": n.title}, nil)
}

// The heads of both forms, as markdown.extensions.admonition and
// pymdownx.details read them.
var (
	noteHead = regexp.MustCompile(`^!!![ ]?([\w\-]+(?:[ ]+[\w\-]+)*)(?:[ ]+"(.*?)")?[ ]*\n?$`)
	foldHead = regexp.MustCompile(`^\?\?\?(\+)?[ ]?(?:([\w\-]+(?:[ ]+[\w\-]+)*?)?(?:[ ]+"(.*?)")|([\w\-]+(?:[ ]+[\w\-]+)*?))[ ]*\n?$`)
)

// admonitionParser reads "!!! kind "title"" and "??? kind "title"" with what
// is indented by four below them.
type admonitionParser struct{}

func (admonitionParser) Trigger() []byte { return []byte{'!', '?'} }

func (admonitionParser) Open(parent ast.Node, reader text.Reader, pc parser.Context) (ast.Node, parser.State) {
	line, seg := reader.PeekLine()
	pos := pc.BlockOffset()
	if pos < 0 || len(line)-pos < 4 || stateOf(pc).ext.CommonMark {
		return nil, parser.NoChildren
	}
	rest := line[pos:]
	n := &noteNode{}
	var words string
	switch {
	case rest[0] == '!' && rest[1] == '!' && rest[2] == '!':
		m := noteHead.FindSubmatchIndex(rest)
		if m == nil {
			return nil, parser.NoChildren
		}
		words = string(rest[m[2]:m[3]])
		if m[4] >= 0 {
			n.hasTitle, n.title, n.titlePos = true, string(rest[m[4]:m[5]]), seg.Start+pos-seg.Padding+m[4]
		}
	case rest[0] == '?' && rest[1] == '?' && rest[2] == '?':
		m := foldHead.FindSubmatchIndex(rest)
		if m == nil {
			return nil, parser.NoChildren
		}
		n.fold, n.open = true, m[2] >= 0
		switch {
		case m[8] >= 0:
			words = string(rest[m[8]:m[9]])
		case m[4] >= 0:
			words = string(rest[m[4]:m[5]])
		}
		if m[6] >= 0 {
			n.hasTitle, n.title, n.titlePos = true, string(rest[m[6]:m[7]]), seg.Start+pos-seg.Padding+m[6]
		}
	default:
		return nil, parser.NoChildren
	}
	n.setWords(words)
	reader.AdvanceToEOL()
	return n, parser.NoChildren
}

// setWords reads the kind and the modifiers behind the marker.
func (n *noteNode) setWords(words string) {
	for i, w := range strings.Fields(strings.ToLower(words)) {
		switch {
		case w == "annotate" && i > 0:
			n.annotate = true
		case w == "inline" && i > 0:
			n.side = "inline"
		case w == "end" && n.side != "":
			n.side = "inline end"
		case i == 0:
			n.kind = w
		}
	}
}

func (admonitionParser) Continue(node ast.Node, reader text.Reader, pc parser.Context) parser.State {
	return continueIndented(node, reader, pc)
}

func (admonitionParser) Close(ast.Node, text.Reader, parser.Context) {}

func (admonitionParser) CanInterruptParagraph() bool { return true }

func (admonitionParser) CanAcceptIndentedLine() bool { return false }

// continueIndented keeps a block open over blank lines and lines that are
// indented by four, and takes the indentation away.
func continueIndented(node ast.Node, reader text.Reader, pc parser.Context) parser.State {
	line, seg := reader.PeekLine()
	if util.IsBlank(line) {
		reader.AdvanceToEOL()
		return parser.Continue | parser.HasChildren
	}
	pos, padding := util.IndentPosition(line, reader.LineOffset(), 4)
	if pos < 0 {
		stateOf(pc).noLazy = seg.Start
		return parser.Close
	}
	reader.AdvanceAndSetPadding(pos, padding)
	return parser.Continue | parser.HasChildren
}

// A tabNode is one tab of a set. Tabs that follow one another are one set.
type tabNode struct {
	ast.BaseBlock
	title    string // Markdown
	titlePos int
	first    bool // begins a new set even behind another tab
	selected bool
}

var kindTab = ast.NewNodeKind("Tab")

func (n *tabNode) Kind() ast.NodeKind { return kindTab }

func (n *tabNode) Dump(source []byte, level int) {
	ast.DumpHelper(n, source, level, map[string]string{"Title": n.title}, nil)
}

// tabHead is the head of a tab as pymdownx.tabbed reads it.
var tabHead = regexp.MustCompile(`^===(\+|\+!|!\+|!)?[ ]+"(.*?)"[ ]*\n?$`)

// tabParser reads === "title" with what is indented by four below it.
type tabParser struct{}

func (tabParser) Trigger() []byte { return []byte{'='} }

func (tabParser) Open(parent ast.Node, reader text.Reader, pc parser.Context) (ast.Node, parser.State) {
	line, seg := reader.PeekLine()
	pos := pc.BlockOffset()
	if pos < 0 || len(line)-pos < 5 || stateOf(pc).ext.CommonMark {
		return nil, parser.NoChildren
	}
	m := tabHead.FindSubmatchIndex(line[pos:])
	if m == nil {
		return nil, parser.NoChildren
	}
	n := &tabNode{title: string(line[pos+m[4] : pos+m[5]]), titlePos: seg.Start + pos - seg.Padding + m[4]}
	if m[2] >= 0 {
		mods := string(line[pos+m[2] : pos+m[3]])
		n.first = strings.Contains(mods, "!")
		n.selected = strings.Contains(mods, "+")
	}
	reader.AdvanceToEOL()
	return n, parser.NoChildren
}

func (tabParser) Continue(node ast.Node, reader text.Reader, pc parser.Context) parser.State {
	return continueIndented(node, reader, pc)
}

func (tabParser) Close(ast.Node, text.Reader, parser.Context) {}

func (tabParser) CanInterruptParagraph() bool { return true }

func (tabParser) CanAcceptIndentedLine() bool { return false }
