package markdown

import (
	"bytes"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

// attrs is a list of attributes as attr_list and superfences write them:
// {: #id .class key="value" word }.
type attrs struct {
	id      string
	classes []string
	pairs   [][2]string
	words   int // words without a value; they are also in pairs
}

// get returns the value of a key and whether it is there.
func (a *attrs) get(key string) (string, bool) {
	if a == nil {
		return "", false
	}
	for i := len(a.pairs) - 1; i >= 0; i-- {
		if a.pairs[i][0] == key {
			return a.pairs[i][1], true
		}
	}
	return "", false
}

func (a *attrs) has(class string) bool {
	if a == nil {
		return false
	}
	for _, c := range a.classes {
		if c == class {
			return true
		}
	}
	return false
}

// parseAttrs reads what stands between the braces. It follows the scanner of
// markdown.extensions.attr_list.
func parseAttrs(s string) *attrs {
	a := &attrs{}
	for i := 0; i < len(s); {
		if s[i] == ' ' || s[i] == '\t' || s[i] == '\n' {
			i++
			continue
		}
		j := i
		for j < len(s) && s[j] != ' ' && s[j] != '=' && s[j] != '\t' && s[j] != '\n' {
			j++
		}
		key := s[i:j]
		if j >= len(s) || s[j] != '=' {
			switch {
			case strings.HasPrefix(key, ".") && len(key) > 1:
				a.classes = append(a.classes, key[1:])
			case strings.HasPrefix(key, "#") && len(key) > 1:
				a.id = key[1:]
			case key != "":
				a.pairs = append(a.pairs, [2]string{key, key})
				a.words++
			}
			i = max(j, i+1)
			continue
		}
		j++
		value := ""
		if j < len(s) && (s[j] == '"' || s[j] == '\'') {
			if end := strings.IndexByte(s[j+1:], s[j]); end >= 0 {
				value = s[j+1 : j+1+end]
				j += end + 2
			} else {
				value = s[j+1:]
				j = len(s)
			}
		} else {
			end := strings.IndexAny(s[j:], " \t\n")
			if end < 0 {
				end = len(s) - j
			}
			value = s[j : j+end]
			j += end
		}
		switch key {
		case "":
		case "id":
			a.id = value
		case "class":
			a.classes = append(a.classes, strings.Fields(value)...)
		case ".":
			a.classes = append(a.classes, value)
		default:
			a.pairs = append(a.pairs, [2]string{strings.ToLower(key), value})
		}
		i = j
	}
	return a
}

// maxAttrs is how many bytes an attribute list may have.
const maxAttrs = 1000

// matchAttrs returns the attributes at the start of line and their length.
// A list of bare words only is no list unless it begins with "{:", so that
// "/users/{id}" stays what it is.
func matchAttrs(line []byte) (*attrs, int) {
	if len(line) < 3 || line[0] != '{' {
		return nil, 0
	}
	end := bytes.IndexByte(line[:min(len(line), maxAttrs)], '}')
	if nl := bytes.IndexByte(line, '\n'); end < 0 || nl >= 0 && nl < end {
		return nil, 0
	}
	body := string(line[1:end])
	colon := strings.HasPrefix(body, ":")
	body = strings.TrimPrefix(body, ":")
	switch strings.TrimLeft(body, " ") {
	case "":
		return nil, 0
	}
	switch c := strings.TrimLeft(body, " ")[0]; {
	case c == '{' || c == '%' || c == '+' || c == '-' || c == '~' || c == '>':
		return nil, 0
	case c == '=' && strings.HasPrefix(body, "="):
		return nil, 0
	}
	a := parseAttrs(body)
	if a.id == "" && len(a.classes) == 0 && len(a.pairs) == a.words && !colon {
		for _, p := range a.pairs {
			if !strings.HasPrefix(p[0], "data-") {
				return nil, 0
			}
		}
	}
	for _, p := range a.pairs {
		if strings.ContainsAny(p[0], "{}()[]<>:,\"'`$") {
			return nil, 0
		}
	}
	return a, end + 1
}

// attrNode is an attribute list where it was found among inline nodes, until
// applyAttrs gives it to the node that it belongs to.
type attrNode struct {
	ast.BaseInline
	attrs   *attrs
	segment text.Segment
	place   attrPlace
}

type attrPlace int

const (
	attrAfterInline attrPlace = iota // directly behind an inline element
	attrEndOfLine                    // at the end of a heading, term or cell
	attrOwnLine                      // on a line of its own
)

var kindAttr = ast.NewNodeKind("AttributeList")

func (n *attrNode) Kind() ast.NodeKind { return kindAttr }

func (n *attrNode) Dump(source []byte, level int) { ast.DumpHelper(n, source, level, nil, nil) }

// attrParser finds attribute lists in running text.
type attrParser struct{}

func (attrParser) Trigger() []byte { return []byte{'{'} }

func (attrParser) Parse(parent ast.Node, block text.Reader, pc parser.Context) ast.Node {
	if stateOf(pc).ext.CommonMark {
		return nil
	}
	line, segment := block.PeekLine()
	a, n := matchAttrs(line)
	if a == nil {
		stateOf(pc).limits.add(min(len(line), maxAttrs) / 16)
		return nil
	}
	rest := bytes.TrimRight(line[n:], " \t")
	atEnd := len(rest) == 0 || rest[0] == '\n'
	place := attrAfterInline
	switch last := parent.LastChild(); {
	case last == nil:
		if !atEnd {
			return nil
		}
		place = attrOwnLine
	case last.Kind() != ast.KindText && last.Kind() != ast.KindString && last.Kind() != kindAttr:
	case !atEnd:
		return nil
	default:
		t, ok := last.(*ast.Text)
		switch {
		case ok && (t.SoftLineBreak() || t.HardLineBreak()):
			place = attrOwnLine
		case ok && bytes.HasSuffix(t.Segment.Value(block.Source()), []byte(" ")):
			place = attrEndOfLine
		default:
			return nil
		}
	}
	block.Advance(n)
	node := &attrNode{attrs: a, segment: text.NewSegment(segment.Start, segment.Start+n), place: place}
	node.SetPos(segment.Start)
	return node
}

const attrsName = "portolan:attrs"

// attrsOf returns the attributes that an author gave to a node, or nil.
func attrsOf(n ast.Node) *attrs {
	if n.Attributes() == nil {
		return nil
	}
	if v, ok := n.AttributeString(attrsName); ok {
		return v.(*attrs)
	}
	return nil
}

func addAttrs(n ast.Node, a *attrs) {
	if old := attrsOf(n); old != nil {
		if a.id != "" {
			old.id = a.id
		}
		old.classes = append(old.classes, a.classes...)
		old.pairs = append(old.pairs, a.pairs...)
		return
	}
	n.SetAttributeString(attrsName, a)
}

// applyAttrs moves every attribute list below n to the node that it is about,
// with the rules of attr_list: behind an inline element to that element, at
// the end of a heading, term, cell or list item to that block, on the last
// line of a block to the block, and alone to the block before.
func applyAttrs(doc ast.Node, source []byte) {
	var found []*attrNode
	_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if entering && n.Kind() == kindAttr {
			found = append(found, n.(*attrNode))
		}
		return ast.WalkContinue, nil
	})
	for _, a := range found {
		applyAttr(a, source)
	}
}

func applyAttr(a *attrNode, source []byte) {
	parent, prev := a.Parent(), a.PreviousSibling()
	asText := func() {
		t := ast.NewTextSegment(a.segment)
		t.SetSoftLineBreak(false)
		parent.ReplaceChild(parent, a, t)
	}
	if a.place == attrAfterInline {
		if prev == nil || prev.Kind() == ast.KindText || prev.Kind() == ast.KindString {
			asText()
			return
		}
		addAttrs(prev, a.attrs)
		parent.RemoveChild(parent, a)
		return
	}
	block := parent
	for block != nil && block.Type() == ast.TypeInline {
		block = block.Parent()
	}
	if block == nil || block != parent {
		asText()
		return
	}
	if a.place == attrOwnLine {
		next := a.NextSibling()
		if t, ok := next.(*ast.Text); ok && t.Segment.IsEmpty() {
			next = t.NextSibling()
		}
		if next != nil {
			asText()
			return
		}
	}
	target := block
	if block.Kind() == ast.KindTextBlock && block.Parent() != nil {
		target = block.Parent()
	}
	if prev == nil && block.Kind() == kindCell {
		if table := lastRowOf(block); table != nil {
			addAttrs(table, a.attrs)
			row := block.Parent()
			row.Parent().RemoveChild(row.Parent(), row)
			return
		}
	}
	alone := prev == nil
	if alone && target == block && block.PreviousSibling() != nil {
		target = block.PreviousSibling()
	}
	if a.place == attrEndOfLine {
		switch target.Kind() {
		case ast.KindHeading, ast.KindListItem, kindTerm, kindCell:
		case ast.KindParagraph:
			// attr_list asks for a line of its own; "text { .class }" at the
			// end of a paragraph is common in hand-written pages all the same.
		default:
			asText()
			return
		}
	}
	addAttrs(target, a.attrs)
	if t, ok := prev.(*ast.Text); ok {
		t.Segment = t.Segment.TrimRightSpace(source)
		t.SetSoftLineBreak(false)
		t.SetHardLineBreak(false)
	}
	parent.RemoveChild(parent, a)
	if alone && block.Kind() == ast.KindParagraph && !hasContent(block) && block.Parent() != nil {
		block.Parent().RemoveChild(block.Parent(), block)
	}
}

// lastRowOf returns the table whose last row holds nothing but this cell: a
// line under a table that looks like a row but is its attribute list.
func lastRowOf(cell ast.Node) ast.Node {
	row := cell.Parent()
	if row == nil || row.NextSibling() != nil || cell.PreviousSibling() != nil || row.PreviousSibling() == nil {
		return nil
	}
	for c := cell.NextSibling(); c != nil; c = c.NextSibling() {
		if hasContent(c) {
			return nil
		}
	}
	return row.Parent()
}

func hasContent(n ast.Node) bool {
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		if t, ok := c.(*ast.Text); !ok || !t.Segment.IsEmpty() {
			return true
		}
	}
	return false
}
