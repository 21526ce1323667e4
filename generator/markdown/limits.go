package markdown

import (
	"bytes"
	"fmt"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

// The limits below keep every page to a fraction of a second. goldmark, like
// most parsers of Markdown, is quadratic on some shapes, and a parser that has
// started cannot be stopped from outside; so what can become quadratic is
// counted while the page is parsed, and parsing ends when a count is too high.
// No page of the 1,667 real ones that the tests read comes near.
const (
	maxPage   = 2 << 20 // bytes of a page, with what it includes
	maxLine   = 100_000 // bytes of one line
	maxDepth  = 100     // blocks open inside one another; a list and its item are two
	maxTags   = 200     // author's elements open inside one another
	maxCells  = 30_000  // cells of one table, those that a short row lacks included
	maxDefs   = 4_000   // link definitions in one paragraph
	maxInner  = 4_000   // marks or brackets in one paragraph
	maxWork   = 12_000_000
	maxBlocks = 30_000 // paragraphs, items, headings, cells and pieces of HTML of a page
)

// A limitError ends the parsing of a page. It is thrown and caught inside the
// package only.
type limitError struct{ name, what string }

func exceed(name, format string, args ...any) {
	panic(limitError{name, fmt.Sprintf(format, args...)})
}

// A shape counts, while a page is parsed, what makes pages slow.
type shape struct {
	block    ast.Node // whose running text is being parsed
	marks    int      // delimiters in it
	brackets int
	blocks   int
	work     int             // estimate of the quadratic part, in steps
	missing  map[string]bool // closing marks that the rest of the block lacks
}

// enter begins to count anew when another block's text begins.
func (s *shape) enter(parent ast.Node) {
	if s.block != parent {
		s.block, s.marks, s.brackets = parent, 0, 0
		clear(s.missing)
	}
}

func (s *shape) add(steps int) {
	if s.work += steps; s.work > maxWork {
		exceed("work", "too many marks that open or close nothing")
	}
}

// delimiter counts a mark of emphasis.
func (s *shape) delimiter(parent ast.Node) {
	s.enter(parent)
	if s.marks++; s.marks > maxInner {
		exceed("marks", "more than %d marks of emphasis in one paragraph", maxInner)
	}
	s.add(s.marks)
}

// bracket counts a bracket of a link.
func (s *shape) bracket(parent ast.Node) {
	s.enter(parent)
	if s.brackets++; s.brackets > maxInner {
		exceed("brackets", "more than %d brackets in one paragraph", maxInner)
	}
	s.add(s.brackets)
}

// lacks reports whether it is known that closer does not follow in this block.
func (s *shape) lacks(parent ast.Node, closer string) bool {
	s.enter(parent)
	return s.missing[closer]
}

// lack notes that closer does not follow in this block.
func (s *shape) lack(closer string) {
	if s.missing == nil {
		s.missing = map[string]bool{}
	}
	s.missing[closer] = true
}

// addBlocks counts blocks.
func (s *shape) addBlocks(n int) {
	if s.blocks += n; s.blocks > maxBlocks {
		exceed("blocks", "more than %d paragraphs, items and cells", maxBlocks)
	}
}

// nest counts the blocks that are open.
func (s *shape) nest(pc parser.Context) {
	if len(pc.OpenedBlocks()) > maxDepth {
		exceed("depth", "lists, quotes or notes are more than %d levels deep", maxDepth/2)
	}
}

// checkLines looks at what can be seen without parsing.
func checkLines(src []byte) {
	if len(src) > maxPage {
		exceed("size", "the page has more than %d bytes", maxPage)
	}
	for len(src) > maxLine {
		i := bytes.IndexByte(src, '\n')
		if i < 0 {
			i = len(src)
		}
		if i > maxLine {
			exceed("line", "a line has more than %d bytes", maxLine)
		}
		src = src[min(i+1, len(src)):]
	}
}

// limited counts what a parser of goldmark's is called for.
type limited struct {
	parser.InlineParser
	count func(*shape, ast.Node)
}

func (p limited) Parse(parent ast.Node, block text.Reader, pc parser.Context) ast.Node {
	p.count(stateOf(pc).limits, parent)
	return p.InlineParser.Parse(parent, block, pc)
}

// CloseBlock hands on what link and emphasis parsers do at the end of a block.
func (p limited) CloseBlock(parent ast.Node, block text.Reader, pc parser.Context) {
	if c, ok := p.InlineParser.(parser.CloseBlocker); ok {
		c.CloseBlock(parent, block, pc)
	}
}

// linkParser counts the brackets of goldmark's link parser, and the rest of
// the line that it reads when a target has no end.
type linkParser struct{ limited }

func (p linkParser) Parse(parent ast.Node, block text.Reader, pc parser.Context) ast.Node {
	line, _ := block.PeekLine()
	n := p.limited.Parse(parent, block, pc)
	if n == nil && len(line) > 1 && line[0] == ']' && (line[1] == '(' || line[1] == '[') {
		stateOf(pc).limits.add(len(line) / 4)
	}
	return n
}

// scanning counts a parser that may read to the end of its block in vain.
type scanning struct{ parser.InlineParser }

func (p scanning) Parse(parent ast.Node, block text.Reader, pc parser.Context) ast.Node {
	n := p.InlineParser.Parse(parent, block, pc)
	if n != nil {
		stateOf(pc).limits.add(100) // many of them add up, too
	} else {
		_, seg := block.Position()
		if lines := parent.Lines(); parent.Type() == ast.TypeBlock && lines.Len() > 0 {
			stateOf(pc).limits.add(max(0, lines.At(lines.Len()-1).Stop-seg.Start) / 8)
		}
	}
	return n
}

func (p scanning) CloseBlock(parent ast.Node, block text.Reader, pc parser.Context) {
	if c, ok := p.InlineParser.(parser.CloseBlocker); ok {
		c.CloseBlock(parent, block, pc)
	}
}

// nesting counts how deep the blocks of a parser are.
type nesting struct{ parser.BlockParser }

func (p nesting) Open(parent ast.Node, reader text.Reader, pc parser.Context) (ast.Node, parser.State) {
	n, state := p.BlockParser.Open(parent, reader, pc)
	if n != nil {
		stateOf(pc).limits.nest(pc)
		stateOf(pc).limits.addBlocks(1)
	}
	return n, state
}

// boundedTransformer looks at a paragraph before goldmark makes definitions or
// a table of it: both take time that is quadratic in its lines.
type boundedTransformer struct{}

func (boundedTransformer) Transform(node *ast.Paragraph, reader text.Reader, pc parser.Context) {
	stateOf(pc).limits.addBlocks(1)
	lines := node.Lines()
	definitions, columns := 0, 0
	for i := 0; i < lines.Len(); i++ {
		l := lines.At(i)
		line := bytes.TrimLeft(l.Value(reader.Source()), " \t")
		switch {
		case len(line) > 0 && line[0] == '[':
			definitions++
		case i > 0 && len(line) > 0 && (line[0] == '|' || line[0] == '-' || line[0] == ':'):
			if len(bytes.Trim(line, "|-: \t\n")) == 0 {
				columns = max(columns, bytes.Count(line, []byte{'|'})+1)
			}
		}
	}
	if definitions > maxDefs {
		exceed("definitions", "more than %d link definitions in one paragraph", maxDefs)
	}
	if columns*lines.Len() > maxCells {
		exceed("cells", "a table has more than %d cells", maxCells)
	}
	stateOf(pc).limits.addBlocks(columns * lines.Len())
}
