package markdown

import (
	"bytes"
	"html"
	"regexp"
	"strconv"
	"strings"

	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/util"
)

// A page is one rendering. It writes the tree of a document as HTML whose
// every start tag has its end tag, whatever raw HTML the author wrote, and
// collects what the Document says about it.
type page struct {
	e   *Engine
	in  *Input
	ext *Extensions
	src *source
	st  *state
	doc *Document

	buf     []byte
	trusted [][]byte // fragments of our own that are put in after the sanitiser
	ids     idSet
	tags    []openTag // author's open elements
	base    int       // of tags, for the block or inline that is being written
	link    int       // depth of links
	textAt  int       // offset of the text that is being written
	short   bool      // a description: no ids, no anchors
	tabSets int

	titled      bool // the author's own <h1> came before any heading
	highlighted int  // bytes of code so far
	formulas    int  // bytes of TeX so far
	annoSets    int
	annotes     string // prefix of the ids that marks in the text lead to; "" for none
	annoMax     int
	annoList    map[*ast.List]string // lists that explain marks, with the prefix of their ids

	abbrs      *regexp.Regexp // finds the page's abbreviations
	abbrTitles map[string]string
}

func (p *page) str(s string)  { p.buf = append(p.buf, s...) }
func (p *page) text(s string) { p.buf = appendText(p.buf, s) }

// trust puts a fragment of our own markup in place. It goes around the
// sanitiser, so it must hold nothing but escaped text in our own elements.
func (p *page) trust(fragment []byte) {
	p.buf = append(p.buf, string(trustedOpen)...)
	p.buf = strconv.AppendInt(p.buf, int64(len(p.trusted)), 10)
	p.buf = append(p.buf, string(trustedClose)...)
	p.trusted = append(p.trusted, fragment)
}

// expand puts the fragments of trust into sanitised HTML.
func expand(sanitised []byte, trusted [][]byte) string {
	if len(trusted) == 0 {
		return string(sanitised)
	}
	open, end := []byte(string(trustedOpen)), []byte(string(trustedClose))
	size := len(sanitised)
	for _, f := range trusted {
		size += len(f)
	}
	var out strings.Builder
	out.Grow(size)
	for {
		i := bytes.Index(sanitised, open)
		if i < 0 {
			out.Write(sanitised)
			return out.String()
		}
		out.Write(sanitised[:i])
		sanitised = sanitised[i+len(open):]
		j := bytes.Index(sanitised, end)
		if j < 0 {
			return out.String()
		}
		if n, err := strconv.Atoi(string(sanitised[:j])); err == nil && n < len(trusted) {
			out.Write(trusted[n])
		}
		sanitised = sanitised[j+len(end):]
	}
}

// children writes what is in n. Elements that the author opens in it are
// closed at its end, and none of those around it can be closed in it.
func (p *page) children(n ast.Node) {
	old := p.base
	p.base = len(p.tags)
	for c := n.FirstChild(); c != nil; {
		next := c.NextSibling()
		switch c := c.(type) {
		case *tabNode:
			next = p.tabs(c)
		case *ast.RawHTML:
			if end := p.silentUntil(c); end != nil {
				next = end.NextSibling()
			} else {
				p.rawInline(c)
			}
		default:
			p.node(c)
		}
		c = next
	}
	p.closeTags(p.base)
	p.base = old
}

func (p *page) node(n ast.Node) {
	switch n := n.(type) {
	case *ast.Text:
		p.textNode(n)
	case *ast.Paragraph:
		p.paragraph(n)
	case *ast.TextBlock:
		p.children(n)
		if n.NextSibling() != nil && n.FirstChild() != nil {
			p.str("\n")
		}
	case *ast.CodeSpan:
		p.codeSpan(n)
	case *ast.Emphasis:
		if n.Level == 2 {
			p.inline("strong", n)
		} else {
			p.inline("em", n)
		}
	case *ast.Link:
		p.linkNode(n)
	case *ast.Image:
		p.image(n)
	case *ast.AutoLink:
		p.autoLink(n)
	case *ast.String:
		p.text(string(n.Value))
	case *ast.Heading:
		p.heading(n)
	case *ast.Blockquote:
		p.quote(n)
	case *ast.CodeBlock:
		p.code(&codeBlock{code: n.Lines().Value(p.src.text)})
	case *ast.FencedCodeBlock:
		p.fence(n)
	case *ast.HTMLBlock:
		p.rawBlock(n)
	case *ast.List:
		p.list(n)
	case *ast.ListItem:
		p.item(n)
	case *ast.ThematicBreak:
		p.breakParagraph()
		p.open("hr", n)
		p.str("\n")
	case *extast.Table:
		p.table(n)
	case *extast.Strikethrough:
		p.inline("del", n)
	case *extast.TaskCheckBox:
		if n.IsChecked {
			p.str(`<span class="box" role="img" aria-label="done">☑</span>`)
		} else {
			p.str(`<span class="box" role="img" aria-label="not done">☐</span>`)
		}
		p.str(" ")
	case *extast.DefinitionList:
		p.blockElement("dl", n)
	case *extast.DefinitionTerm:
		start := len(p.buf)
		p.open("dt", n)
		content := len(p.buf)
		p.children(n)
		if len(bytes.TrimSpace(p.buf[content:])) == 0 {
			p.buf = p.buf[:start] // a comment
		} else {
			p.str("</dt>\n")
		}
	case *extast.DefinitionDescription:
		p.open("dd", n)
		p.children(n)
		p.str("</dd>\n")
	case *extast.FootnoteLink:
		p.footnoteLink(n)
	case *extast.FootnoteBacklink:
		p.footnoteBacklink(n)
	case *extast.FootnoteList:
		p.footnotes(n)
	case *noteNode:
		p.note(n)
	case *styleNode:
		p.inline(n.element, n)
	case *keysNode:
		p.keys(n)
	case *criticNode:
		p.critic(n)
	case *emojiNode:
		p.emoji(n)
	case *mathNode:
		p.mathNode(n)
	case *mathBlock:
		p.mathBlock(n)
	case *htmlNode:
		p.htmlNode(n)
	case *generatedNode:
		p.breakParagraph()
		p.str(`<aside class="note unk"><strong>Generated reference</strong><p>The documentation of <code>`)
		p.text(n.name)
		p.str("</code> is generated from source code, which is not read here.</p></aside>\n")
	case *fencedNote:
		if n.bare {
			if n.hasTitle {
				p.str("<p><strong>")
				p.inlineMarkdown(n.title, n.titlePos)
				p.str("</strong></p>\n")
			}
			p.children(n)
		} else {
			p.note(&n.noteNode)
		}
	case *abbrNode:
	case *attrNode:
		p.text(string(n.segment.Value(p.src.text)))
	case *ast.LinkReferenceDefinition:
	default:
		p.children(n)
	}
}

// open writes the start tag of an element with the attributes that the author
// gave to n.
func (p *page) open(name string, n ast.Node) {
	p.str("<" + name)
	p.attributes(name, attrsOf(n), "")
	p.str(">")
}

// attributes writes the attributes of a that elements may have. class is our
// own class or "".
func (p *page) attributes(name string, a *attrs, class string) {
	classes := class
	if a != nil {
		for _, c := range a.classes {
			if allowedClasses[c] {
				classes = strings.TrimPrefix(classes+" "+c, " ")
			}
		}
		for _, kv := range a.pairs {
			if kv[0] == "align" {
				if c := alignClasses[strings.ToLower(kv[1])]; c != "" {
					classes = strings.TrimPrefix(classes+" "+c, " ")
				}
			}
		}
	}
	if classes != "" {
		p.str(` class="`)
		p.text(classes)
		p.str(`"`)
	}
	if a == nil {
		return
	}
	if a.id != "" && !p.short && name[0] != 'h' {
		p.anchor(a.id)
	}
	for i, kv := range a.pairs {
		seen := false
		for _, earlier := range a.pairs[:i] {
			seen = seen || earlier[0] == kv[0]
		}
		if check := allowedAttributes[kv[0]]; !seen && check != nil && check(name, kv[1]) {
			p.str(" " + kv[0] + `="`)
			p.text(kv[1])
			p.str(`"`)
		}
	}
}

// anchor writes an id that the author chose, if it is still free.
func (p *page) anchor(id string) {
	if p.short || !validID(id) || p.ids.has(id) {
		return
	}
	p.ids.take(id)
	p.doc.IDs = append(p.doc.IDs, id)
	p.str(` id="`)
	p.text(id)
	p.str(`"`)
}

func (p *page) inline(name string, n ast.Node) {
	p.open(name, n)
	p.children(n)
	p.str("</" + name + ">")
}

func (p *page) blockElement(name string, n ast.Node) {
	p.breakParagraph()
	p.open(name, n)
	p.str("\n")
	p.children(n)
	p.str("</" + name + ">\n")
}

func (p *page) paragraph(n *ast.Paragraph) {
	if n.FirstChild() == nil {
		return
	}
	if p.isTOC(n) {
		p.str(tocMark)
		return
	}
	if parent, ok := n.Parent().(*htmlNode); ok && parent.span {
		p.children(n)
		if n.NextSibling() != nil {
			p.str("<br>\n")
		}
		return
	}
	p.breakParagraph()
	done := p.annotate(n, attrsOf(n))
	start := len(p.buf)
	p.open("p", n)
	content := len(p.buf)
	p.children(n)
	if len(bytes.TrimSpace(p.buf[content:])) == 0 {
		p.buf = p.buf[:start] // it held only what pages may not hold
	} else {
		p.str("</p>\n")
	}
	done()
}

func (p *page) textNode(n *ast.Text) {
	segment := n.Segment
	value := segment.Value(p.src.text)
	if n.IsRaw() {
		p.text(string(value))
	} else {
		p.textAt = segment.Start
		p.prose(decodeText(value))
	}
	switch {
	case n.HardLineBreak() || n.SoftLineBreak() && p.ext.HardBreaks:
		p.str("<br>\n")
	case n.SoftLineBreak():
		p.str("\n")
	}
}

// decodeText resolves backslash escapes and character references.
func decodeText(b []byte) string {
	if bytes.IndexByte(b, '\\') < 0 && bytes.IndexByte(b, '&') < 0 {
		return string(b)
	}
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case c == '\\' && i+1 < len(b) && util.IsPunct(b[i+1]):
			i++
			out = append(out, b[i])
		case c == '&':
			n := referenceLength(b[i:])
			if n == 0 {
				out = append(out, c)
				continue
			}
			ref := string(b[i : i+n])
			value := html.UnescapeString(ref)
			if ref == "&#0;" || value == "\x00" {
				value = "\uFFFD"
			}
			out = append(out, value...)
			i += n - 1
		default:
			out = append(out, c)
		}
	}
	return string(out)
}

// referenceLength returns the length of the character reference at the start
// of b, or 0.
func referenceLength(b []byte) int {
	for i := 1; i < len(b) && i < 34; i++ {
		c := b[i]
		switch {
		case c == ';':
			if i < 2 || i == 2 && b[1] == '#' {
				return 0
			}
			return i + 1
		case c == '#' && i == 1:
		case c >= '0' && c <= '9', c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z':
		default:
			return 0
		}
	}
	return 0
}

// inlineMarkdown writes the Markdown of a title, which stands in one line.
func (p *page) inlineMarkdown(src string, offset int) {
	if !strings.ContainsAny(src, "*_`[<&\\:!~^=+{$(") {
		p.text(src)
		return
	}
	st := newState(p.ext)
	st.limits = p.st.limits
	doc := p.e.parse([]byte(src), st)
	line, column := p.src.pos(offset)
	sub := &source{text: []byte(src), starts: []int{0}, origin: []int{line}}
	old := p.src
	p.src = sub
	first := len(p.doc.Links)
	block := doc.FirstChild()
	if block != nil && block.NextSibling() == nil && block.Kind() == ast.KindParagraph {
		p.children(block)
	} else {
		p.text(src)
	}
	for i := first; i < len(p.doc.Links); i++ {
		p.doc.Links[i].Column += column - 1
	}
	p.src = old
}

// plain returns the text of inline nodes, as the toc extension sees it.
func (p *page) plain(n ast.Node) string {
	var b strings.Builder
	p.plainTo(&b, n)
	s := strings.TrimSpace(b.String())
	if !plainASCII(s) && strings.IndexFunc(s, unwelcome) >= 0 {
		s = strings.Map(func(r rune) rune {
			if unwelcome(r) {
				return -1
			}
			return r
		}, s)
	}
	return s
}

func (p *page) plainTo(b *strings.Builder, n ast.Node) {
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		switch c := c.(type) {
		case *ast.Text:
			value := c.Segment.Value(p.src.text)
			if c.IsRaw() {
				b.Write(value)
			} else {
				b.WriteString(decodeText(value))
			}
			if c.SoftLineBreak() || c.HardLineBreak() {
				b.WriteByte(' ')
			}
		case *ast.String:
			b.Write(c.Value)
		case *ast.AutoLink:
			b.Write(c.Label(p.src.text))
		case *keysNode:
			b.WriteString(strings.Join(c.keys, "+"))
		case *criticNode:
			if c.kind != '>' {
				b.WriteString(c.new)
			}
		case *mathNode:
			b.WriteString(c.tex)
		case *ast.CodeSpan:
			code := p.codeText(c)
			if m := inlineLanguage.FindString(code); m != "" {
				code = code[len(m):]
			}
			b.WriteString(code)
		case *emojiNode, *attrNode, *mathBlock, *ast.Image, *ast.RawHTML, *extast.FootnoteLink, *extast.FootnoteBacklink:
		default:
			p.plainTo(b, c)
		}
	}
}
