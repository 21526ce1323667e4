package markdown

import (
	"bytes"
	"strconv"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// The list parsers are goldmark's with one difference. CommonMark wants the
// content of an item under its first letter: three columns for "1. x", two for
// "- x". Python-Markdown wants four for both, and pages are written for one or
// the other. Both are read here: an item takes in what is indented by the
// width of its marker or by four, and when it is four, four are taken away, so
// that code blocks inside come out right.

var (
	listSkipKey  = parser.NewContextKey() // the next line begins an item of the open list
	listEmptyKey = parser.NewContextKey() // the last item is empty and a blank line followed
	listWideKey  = parser.NewContextKey() // map[ast.Node]itemWidth
)

// An itemWidth says how the content of an item is indented.
type itemWidth int

const (
	widthOpen   itemWidth = iota // nothing was seen yet
	widthNarrow                  // by its marker, as CommonMark wants
	widthWide                    // by four, as Python-Markdown wants
)

type listKind int

const (
	noList listKind = iota
	bulletList
	orderedList
)

// A listMark is where the parts of an item's first line are.
type listMark struct {
	indent, end int // of the marker
	content     int // -1 if nothing follows
	stop        int
	kind        listKind
}

func parseListMark(line []byte) listMark {
	i, l := 0, len(line)
	for i < l && line[i] == ' ' {
		i++
	}
	m := listMark{indent: i, content: -1, stop: -1}
	if i > 3 || i >= l {
		return m
	}
	switch c := line[i]; {
	case c == '-' || c == '*' || c == '+':
		i++
		m.kind = bulletList
	default:
		for i < l && line[i] >= '0' && line[i] <= '9' {
			i++
		}
		if i == m.indent || i-m.indent > 9 || i >= l || line[i] != '.' && line[i] != ')' {
			return m
		}
		i++
		m.kind = orderedList
	}
	m.end = i
	if i < l && line[i] != '\n' {
		if w, _ := util.IndentWidth(line[i:], 0); w == 0 {
			m.kind = noList
			return m
		}
	}
	if i >= l {
		return m
	}
	m.content, m.stop = i, l
	if line[l-1] == '\n' && line[i] != '\n' {
		m.stop--
	}
	return m
}

func (m listMark) blank(line []byte) bool {
	return m.content < 0 || util.IsBlank(line[m.content:m.stop])
}

// offset returns how far behind the marker the content begins.
func (m listMark) offset(line []byte) int {
	if m.content < 0 || util.IsBlank(line[m.content:]) {
		return 1
	}
	w, _ := util.IndentWidth(line[m.content:], m.content)
	if w > 4 {
		return 1 // an indented code block
	}
	return w
}

// lastOffset returns the indentation that belongs to the last item of a list.
func lastOffset(list ast.Node, st *state) int {
	item, ok := list.LastChild().(*ast.ListItem)
	if !ok {
		return 0
	}
	if !st.ext.CommonMark {
		return min(item.Offset, 4)
	}
	return item.Offset
}

type listParser struct{}

func (listParser) Trigger() []byte { return []byte("-+*0123456789") }

func (listParser) Open(parent ast.Node, reader text.Reader, pc parser.Context) (ast.Node, parser.State) {
	last := pc.LastOpenedBlock().Node
	if _, ok := last.(*ast.List); ok || pc.Get(listSkipKey) != nil {
		pc.Set(listSkipKey, nil)
		return nil, parser.NoChildren
	}
	line, _ := reader.PeekLine()
	m := parseListMark(line)
	if m.kind == noList {
		return nil, parser.NoChildren
	}
	start := -1
	if m.kind == orderedList {
		start, _ = strconv.Atoi(string(line[m.indent : m.end-1]))
	}
	if ast.IsParagraph(last) && last.Parent() == parent {
		if m.kind == orderedList && start != 1 || m.blank(line) {
			return nil, parser.NoChildren
		}
	}
	node := ast.NewList(line[m.end-1])
	if start > -1 {
		node.Start = start
	}
	pc.Set(listEmptyKey, nil)
	return node, parser.HasChildren
}

func (listParser) Continue(node ast.Node, reader text.Reader, pc parser.Context) parser.State {
	list := node.(*ast.List)
	line, _ := reader.PeekLine()
	if util.IsBlank(line) {
		if node.LastChild().ChildCount() == 0 {
			pc.Set(listEmptyKey, true)
		}
		return parser.Continue | parser.HasChildren
	}
	offset := lastOffset(node, stateOf(pc))
	empty := node.LastChild().ChildCount() == 0
	indent, _ := util.IndentWidth(line, reader.LineOffset())
	if indent < offset || empty {
		if indent < 4 {
			if m := parseListMark(line); m.kind != noList && m.indent-offset < 4 {
				mark := line[m.end-1]
				if !list.CanContinue(mark, m.kind == orderedList) {
					return parser.Close
				}
				if thematicBreak(line[m.end-1:]) {
					last := pc.LastOpenedBlock().Node
					if !(ast.IsParagraph(last) && setextLine(line[m.end-1:])) {
						return parser.Close
					}
				}
				return parser.Continue | parser.HasChildren
			}
		}
		if !empty {
			return parser.Close
		}
	}
	if empty && indent < offset || pc.Get(listEmptyKey) != nil {
		return parser.Close
	}
	return parser.Continue | parser.HasChildren
}

// thematicBreak reports whether line is three or more of the same mark.
func thematicBreak(line []byte) bool {
	mark, count := byte(0), 0
	for _, c := range line {
		switch {
		case c == ' ' || c == '\t' || c == '\n':
		case mark == 0 && (c == '*' || c == '-' || c == '_'):
			mark, count = c, 1
		case c == mark && mark != 0:
			count++
		default:
			return false
		}
	}
	return count > 2
}

// setextLine reports whether line underlines a heading with hyphens.
func setextLine(line []byte) bool {
	line = bytes.TrimRight(line, " \t\n")
	return len(line) > 0 && len(bytes.TrimLeft(line, "-")) == 0
}

func (listParser) Close(node ast.Node, _ text.Reader, _ parser.Context) {
	list := node.(*ast.List)
	for c := node.FirstChild(); c != nil && list.IsTight; c = c.NextSibling() {
		if c != node.FirstChild() && c.HasBlankPreviousLines() {
			list.IsTight = false
		}
		if c.FirstChild() == nil {
			continue
		}
		for d := c.FirstChild().NextSibling(); d != nil; d = d.NextSibling() {
			if d.HasBlankPreviousLines() {
				list.IsTight = false
				break
			}
		}
	}
	if !list.IsTight {
		return
	}
	for item := node.FirstChild(); item != nil; item = item.NextSibling() {
		for c := item.FirstChild(); c != nil; {
			next := c.NextSibling()
			if paragraph, ok := c.(*ast.Paragraph); ok {
				block := ast.NewTextBlock()
				block.SetLines(paragraph.Lines())
				item.ReplaceChild(item, paragraph, block)
			}
			c = next
		}
	}
}

func (listParser) CanInterruptParagraph() bool { return true }
func (listParser) CanAcceptIndentedLine() bool { return false }

type listItemParser struct{}

func (listItemParser) Trigger() []byte { return []byte("-+*0123456789") }

func (listItemParser) Open(parent ast.Node, reader text.Reader, pc parser.Context) (ast.Node, parser.State) {
	list, ok := parent.(*ast.List)
	if !ok {
		return nil, parser.NoChildren
	}
	st := stateOf(pc)
	line, _ := reader.PeekLine()
	m := parseListMark(line)
	if m.kind == noList || m.indent-lastOffset(list, st) > 3 {
		return nil, parser.NoChildren
	}
	pc.Set(listEmptyKey, nil)
	offset := m.offset(line)
	node := ast.NewListItem(m.end + offset)
	if m.blank(line) {
		return node, parser.NoChildren
	}
	pos, padding := util.IndentPosition(line[m.content:], m.content, offset)
	reader.AdvanceAndSetPadding(m.end+pos, padding)
	return node, parser.HasChildren
}

func (listItemParser) Continue(node ast.Node, reader text.Reader, pc parser.Context) parser.State {
	line, _ := reader.PeekLine()
	if util.IsBlank(line) {
		reader.AdvanceToEOL()
		return parser.Continue | parser.HasChildren
	}
	st := stateOf(pc)
	offset := lastOffset(node.Parent(), st)
	empty := node.ChildCount() == 0 && pc.Get(listEmptyKey) != nil
	indent, _ := util.IndentWidth(line, reader.LineOffset())
	if (empty || indent < offset) && indent < 4 {
		if parseListMark(line).kind != noList {
			pc.Set(listSkipKey, true)
			return parser.Close
		}
		if !empty {
			return parser.Close
		}
	}
	if !st.ext.CommonMark && offset < 4 {
		offset = itemIndent(node, indent, offset, pc)
	}
	pos, padding := util.IndentPosition(line, reader.LineOffset(), offset)
	reader.AdvanceAndSetPadding(pos, padding)
	return parser.Continue | parser.HasChildren
}

// itemIndent returns how many columns of a line with that indent belong to the
// item. The first line under the marker decides between the two ways, and a
// later one that contradicts it decides anew.
func itemIndent(item ast.Node, indent, offset int, pc parser.Context) int {
	widths, _ := pc.Get(listWideKey).(map[ast.Node]itemWidth)
	if widths == nil {
		widths = map[ast.Node]itemWidth{}
		pc.Set(listWideKey, widths)
	}
	w := widths[item]
	switch {
	case indent < 4:
		w = widthNarrow
	case w == widthOpen && (indent == 4 || indent == 5 || indent >= 8):
		w = widthWide
	case w == widthOpen:
		w = widthNarrow
	}
	widths[item] = w
	if w == widthWide {
		return 4
	}
	return offset
}

func (listItemParser) Close(ast.Node, text.Reader, parser.Context) {}
func (listItemParser) CanInterruptParagraph() bool                 { return true }
func (listItemParser) CanAcceptIndentedLine() bool                 { return false }
