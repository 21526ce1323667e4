package markdown

import (
	"bytes"
	"regexp"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
	"golang.org/x/net/html"
)

// An htmlNode is an element whose content is Markdown, because it has the
// attribute markdown (md_in_html).
type htmlNode struct {
	ast.BaseBlock
	tag    string // as the author wrote it, in lower case
	attrs  *attrs
	span   bool // its content is running text
	closed bool // the end tag was on the last line
	depth  int  // elements of the same name that are open
	indent int  // of the first line of content; -1 before it
	fence  string
}

var kindHTML = ast.NewNodeKind("MarkdownInHTML")

func (n *htmlNode) Kind() ast.NodeKind { return kindHTML }

func (n *htmlNode) Dump(source []byte, level int) {
	ast.DumpHelper(n, source, level, map[string]string{"Tag": n.tag}, nil)
}

// spanTags hold running text only.
var spanTags = map[string]bool{
	"p": true, "h1": true, "h2": true, "h3": true, "h4": true, "h5": true, "h6": true, "span": true, "summary": true, "figcaption": true,
	"td": true, "th": true, "dt": true, "caption": true, "small": true, "strong": true, "em": true, "b": true, "i": true, "a": true,
}

var markdownAttribute = regexp.MustCompile(`(?i)\smarkdown(?:\s*=\s*(?:"[^"]*"|'[^']*'|[\w]+))?[\s/>]`)

// parseStartTag reads the start tag at the beginning of line, which must end
// on it, and returns its length.
func parseStartTag(line []byte) (tag string, a *attrs, length int) {
	z := html.NewTokenizer(bytes.NewReader(line))
	z.SetMaxBuf(1 << 16)
	if z.Next() != html.StartTagToken {
		return "", nil, 0
	}
	length = len(z.Raw())
	name, more := z.TagName()
	tag = string(name)
	a = &attrs{}
	for more {
		var k, v []byte
		k, v, more = z.TagAttr()
		switch string(k) {
		case "id":
			a.id = string(v)
		case "class":
			a.classes = strings.Fields(string(v))
		default:
			a.pairs = append(a.pairs, [2]string{string(k), string(v)})
		}
	}
	return tag, a, length
}

type htmlParser struct{}

func (htmlParser) Trigger() []byte { return []byte{'<'} }

func (htmlParser) Open(parent ast.Node, reader text.Reader, pc parser.Context) (ast.Node, parser.State) {
	line, seg := reader.PeekLine()
	pos := pc.BlockOffset()
	st := stateOf(pc)
	if pos < 0 || st.ext.CommonMark || !markdownAttribute.Match(line[pos:]) {
		return nil, parser.NoChildren
	}
	tag, a, length := parseStartTag(line[pos:])
	mode, ok := a.get("markdown")
	if !ok || mode == "0" || authorElements[tag] == "" || voidElements[tag] {
		return nil, parser.NoChildren
	}
	n := &htmlNode{tag: tag, attrs: a, depth: 1, indent: -1, span: mode == "span" && tag != "figure" && tag != "div" || spanTags[tag]}
	rest := line[pos+length:]
	if util.IsBlank(rest) {
		reader.AdvanceToEOL()
		return n, parser.NoChildren
	}
	if end := closingTag(rest, tag); end >= 0 {
		inner := ast.NewTextBlock()
		start := seg.Start + pos + length - seg.Padding
		inner.Lines().Append(text.NewSegment(start, start+end))
		n.AppendChild(n, inner)
		n.closed = true
		reader.AdvanceToEOL()
		return n, parser.NoChildren
	}
	n.indent = 0
	reader.Advance(pos + length)
	return n, parser.HasChildren
}

// closingTag returns where the end tag of an element stands in line, counting
// elements of the same name inside, or -1.
func closingTag(line []byte, tag string) int {
	depth := 1
	at := -1
	scanTags(line, tag, func(i int, end bool) bool {
		if end {
			depth--
		} else {
			depth++
		}
		if depth == 0 {
			at = i
		}
		return depth > 0
	})
	return at
}

// scanTags calls f for each start and end tag of that name in line until f
// returns false. Code spans are skipped.
func scanTags(line []byte, tag string, f func(at int, end bool) bool) {
	code := false
	for i := 0; i < len(line); i++ {
		switch {
		case line[i] == '`':
			code = !code
		case line[i] == '<' && !code:
			j := i + 1
			end := j < len(line) && line[j] == '/'
			if end {
				j++
			}
			if j+len(tag) > len(line) || !strings.EqualFold(string(line[j:j+len(tag)]), tag) {
				continue
			}
			j += len(tag)
			if j < len(line) && line[j] != '>' && line[j] != ' ' && line[j] != '/' && line[j] != '\t' && line[j] != '\n' {
				continue
			}
			if !f(i, end) {
				return
			}
		}
	}
}

func (htmlParser) Continue(node ast.Node, reader text.Reader, pc parser.Context) parser.State {
	n := node.(*htmlNode)
	if n.closed {
		return parser.Close
	}
	line, seg := reader.PeekLine()
	if util.IsBlank(line) {
		reader.AdvanceToEOL()
		return parser.Continue | parser.HasChildren
	}
	indent, pos := util.IndentWidth(line, reader.LineOffset())
	trimmed := bytes.TrimRight(line[pos:], " \t\n")
	if n.fence != "" {
		if bytes.HasPrefix(trimmed, []byte(n.fence)) && len(bytes.Trim(trimmed, n.fence[:1])) == 0 {
			n.fence = ""
		}
	} else {
		switch {
		case bytes.HasPrefix(trimmed, []byte("```")), bytes.HasPrefix(trimmed, []byte("~~~")):
			k := 3
			for k < len(trimmed) && trimmed[k] == trimmed[0] {
				k++
			}
			if bytes.IndexByte(trimmed[k:], trimmed[0]) < 0 {
				n.fence = string(trimmed[:k])
			}
		default:
			at := -1
			scanTags(line, n.tag, func(i int, end bool) bool {
				if end {
					n.depth--
				} else {
					n.depth++
				}
				if n.depth == 0 {
					at = i
				}
				return n.depth > 0
			})
			if at == pos {
				stop := bytes.IndexByte(line[at:], '>')
				if stop < 0 || util.IsBlank(line[at+stop+1:]) {
					reader.Advance(len(line) - 1)
					if line[len(line)-1] != '\n' {
						reader.Advance(1)
					}
					return parser.Close
				}
				reader.Advance(at + stop + 1)
				stateOf(pc).noLazy = seg.Start + at + stop + 1
				return parser.Close
			}
			if at > pos {
				n.closed = true // the rest of this line is still content
			}
		}
	}
	if n.indent < 0 {
		// Content that is indented as a whole is no code. Less than four
		// columns change nothing, and the lines below may begin further left.
		n.indent = 0
		if indent >= 4 {
			n.indent = indent
		}
	}
	if strip := min(indent, n.indent); strip > 0 {
		p, padding := util.IndentPosition(line, reader.LineOffset(), strip)
		reader.AdvanceAndSetPadding(p, padding)
	}
	return parser.Continue | parser.HasChildren
}

func (htmlParser) Close(ast.Node, text.Reader, parser.Context) {}
func (htmlParser) CanInterruptParagraph() bool                 { return true }
func (htmlParser) CanAcceptIndentedLine() bool                 { return false }

// rawParser is goldmark's parser of HTML blocks. It also notes which elements
// a block leaves open in its parent, for innerHTMLParser.
type rawParser struct{ parser.BlockParser }

// Open leaves a line that goes on behind a comment to the paragraph parser: the
// comment is dropped, and the rest is Markdown.
func (p rawParser) Open(parent ast.Node, reader text.Reader, pc parser.Context) (ast.Node, parser.State) {
	line, _ := reader.PeekLine()
	if rest, ok := bytes.CutPrefix(bytes.TrimLeft(line, " "), []byte("<!--")); ok && !stateOf(pc).ext.CommonMark {
		if end := bytes.Index(rest, []byte("-->")); end >= 0 && !util.IsBlank(rest[end+3:]) {
			return nil, parser.NoChildren
		}
	}
	node, state := p.BlockParser.Open(parent, reader, pc)
	if node != nil {
		stateOf(pc).limits.addBlocks(1)
	}
	return node, state
}

func (p rawParser) Close(node ast.Node, reader text.Reader, pc parser.Context) {
	p.BlockParser.Close(node, reader, pc)
	st := stateOf(pc)
	parent := node.Parent()
	if parent == nil || st.ext.CommonMark {
		return
	}
	lines := node.Lines()
	depth := 0
	for i := 0; i < lines.Len(); i++ {
		l := lines.At(i)
		depth += openedBy(l.Value(reader.Source()))
	}
	if o := st.open[parent]; o != nil {
		o.depth = max(0, o.depth+depth)
	} else if depth > 0 {
		st.open[parent] = &openTags{depth: depth}
	}
}

// nestingElements are the elements whose end tags authors write.
var nestingElements = map[string]bool{
	"div": true, "table": true, "thead": true, "tbody": true, "tr": true, "td": true, "th": true, "ul": true, "ol": true, "li": true, "dl": true,
	"details": true, "section": true, "figure": true, "center": true, "blockquote": true, "picture": true, "a": true, "p": true, "span": true,
}

// openedBy returns how many more elements a line opens than it closes.
func openedBy(line []byte) int {
	depth := 0
	for i := 0; i < len(line); i++ {
		if line[i] != '<' {
			continue
		}
		j := i + 1
		end := j < len(line) && line[j] == '/'
		if end {
			j++
		}
		k := j
		for k < len(line) && (line[k] >= 'a' && line[k] <= 'z' || line[k] >= 'A' && line[k] <= 'Z') {
			k++
		}
		if !nestingElements[strings.ToLower(string(line[j:k]))] {
			continue
		}
		if end {
			depth--
		} else {
			depth++
		}
	}
	return depth
}

// innerHTMLParser keeps indented tags inside an open element HTML, where
// CommonMark would begin a code block after a blank line. Python-Markdown
// reads an element as one block up to its end tag.
type innerHTMLParser struct{ parser.BlockParser }

func (innerHTMLParser) Open(parent ast.Node, reader text.Reader, pc parser.Context) (ast.Node, parser.State) {
	st := stateOf(pc)
	o := st.open[parent]
	if o == nil || o.depth == 0 || pc.BlockIndent() < 4 {
		return nil, parser.NoChildren
	}
	line, segment := reader.PeekLine()
	if rest := line[max(pc.BlockOffset(), 0):]; len(rest) < 2 || rest[1] != '/' && rest[1] != '!' && !isWord(rune(rest[1])) {
		return nil, parser.NoChildren
	}
	node := ast.NewHTMLBlock(ast.HTMLBlockType6)
	node.Lines().Append(segment)
	reader.AdvanceToEOL()
	return node, parser.NoChildren
}

func (p innerHTMLParser) Close(node ast.Node, reader text.Reader, pc parser.Context) {
	rawParser(p).Close(node, reader, pc)
}

func (innerHTMLParser) CanInterruptParagraph() bool { return false }
func (innerHTMLParser) CanAcceptIndentedLine() bool { return true }
