package markdown

import (
	"bytes"
	"html"
	"regexp"
	"strconv"
	"strings"

	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
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

func (p *page) codeSpan(n *ast.CodeSpan) {
	code := p.codeText(n)
	if strings.HasPrefix(code, "#!") || strings.HasPrefix(code, ":::") {
		if m := inlineLanguage.FindStringSubmatch(code); m != nil && p.e.code.knows(strings.ToLower(m[1])) {
			p.inlineCode(code[len(m[0]):], m[1])
			return
		}
	}
	p.open("code", n)
	p.text(code)
	p.str("</code>")
}

// inlineLanguage is how a code span names its language (pymdownx.inlinehilite).
var inlineLanguage = regexp.MustCompile(`^(?:#!|:::)([\w#.+-]+)[ ]+`)

// codeText returns what a code span holds, its lines joined.
func (p *page) codeText(n *ast.CodeSpan) string {
	var b strings.Builder
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		t, ok := c.(*ast.Text)
		if !ok {
			continue
		}
		value := t.Segment.Value(p.src.text)
		if bytes.HasSuffix(value, []byte("\n")) {
			b.Write(value[:len(value)-1])
			b.WriteByte(' ')
		} else {
			b.Write(value)
		}
	}
	return b.String()
}

func (p *page) heading(n *ast.Heading) {
	p.breakParagraph()
	level := n.Level
	if p.short {
		p.str("<p><strong>")
		p.children(n)
		p.str("</strong></p>\n")
		return
	}
	plain := p.plain(n)
	a := attrsOf(n)
	if label, ok := a.get("data-toc-label"); ok && label != "" {
		plain = strings.TrimSpace(label)
	}
	var id string
	if a != nil && validID(a.id) && !p.ids.has(a.id) {
		id = a.id
		p.ids.take(id)
	} else {
		id = p.ids.unique(p.ext.Slug.slug(p.slugText(n)), p.ext.Slug)
	}
	p.doc.IDs = append(p.doc.IDs, id)
	tag := "h" + strconv.Itoa(level)
	p.str("<" + tag)
	p.attributes(tag, a, "")
	p.str(` id="`)
	p.text(id)
	p.str(`">`)
	p.children(n)
	if level > 1 {
		p.str(`<a class="an" href="#`)
		p.text(id)
		p.str(`" aria-label="Link to `)
		p.text(plain)
		p.str(`">#</a>`)
	}
	p.str("</" + tag + ">\n")
	p.doc.Headings = append(p.doc.Headings, Heading{Level: level, ID: id, Text: plain})
}

// slugText is the text of a heading that its id is made from: the toc
// extension sees the numbers of footnotes too.
func (p *page) slugText(n *ast.Heading) string {
	s := p.plain(n)
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		if f, ok := c.(*extast.FootnoteLink); ok {
			s += strconv.Itoa(f.Index)
		}
	}
	return s
}

// alertHead is the first line of a GitHub alert.
var alertHead = regexp.MustCompile(`(?i)^\[!(note|tip|important|warning|caution|info|danger|example|quote|abstract|success|question|failure|bug)\][+-]?[ \t]*(.*)$`)

// quote writes a block quote, or the alert that it is (> [!NOTE]).
func (p *page) quote(n *ast.Blockquote) {
	first, ok := n.FirstChild().(*ast.Paragraph)
	if !ok || first.Lines().Len() == 0 || p.short {
		p.blockElement("blockquote", n)
		return
	}
	line := first.Lines().At(0)
	m := alertHead.FindStringSubmatch(strings.TrimRight(string(line.Value(p.src.text)), " \n"))
	if m == nil {
		p.blockElement("blockquote", n)
		return
	}
	// The marker is the first line; what it holds was parsed as text.
	for c := first.FirstChild(); c != nil; {
		next := c.NextSibling()
		t, ok := c.(*ast.Text)
		first.RemoveChild(first, c)
		if ok && (t.SoftLineBreak() || t.HardLineBreak()) {
			break
		}
		c = next
	}
	note := &noteNode{kind: strings.ToLower(m[1]), hasTitle: m[2] != "", title: m[2], titlePos: line.Start + len(m[0]) - len(m[2])}
	for c := n.FirstChild(); c != nil; {
		next := c.NextSibling()
		note.AppendChild(note, c)
		c = next
	}
	p.note(note)
	// The tree is walked once more for the search index.
	for c := note.FirstChild(); c != nil; {
		next := c.NextSibling()
		n.AppendChild(n, c)
		c = next
	}
}

// tocMark stands where [TOC] was until all headings are known.
const tocMark = "<!--toc-->"

// isTOC reports whether a paragraph is nothing but [TOC].
func (p *page) isTOC(n *ast.Paragraph) bool {
	if p.ext.CommonMark || p.short || n.Lines().Len() != 1 {
		return false
	}
	line := n.Lines().At(0)
	switch strings.TrimSpace(string(line.Value(p.src.text))) {
	case "[TOC]", "[[_TOC_]]":
		return true
	}
	return false
}

// toc returns the headings of the page as a nested list.
func (p *page) toc() []byte {
	out := []byte(`<div class="toc-here"><ul>`)
	var levels []int
	for _, h := range p.doc.Headings {
		for len(levels) > 0 && h.Level < levels[len(levels)-1] && len(levels) > 1 {
			out = append(out, "</li></ul>"...)
			levels = levels[:len(levels)-1]
		}
		switch {
		case len(levels) == 0:
			levels = append(levels, h.Level)
		case h.Level > levels[len(levels)-1]:
			out = append(out, "<ul>"...)
			levels = append(levels, h.Level)
		default:
			out = append(out, "</li>"...)
			levels[len(levels)-1] = h.Level
		}
		out = append(out, `<li><a href="#`...)
		out = appendText(out, h.ID)
		out = append(out, `">`...)
		out = appendText(out, h.Text)
		out = append(out, "</a>"...)
	}
	for range levels {
		out = append(out, "</li></ul>"...)
	}
	if len(levels) == 0 {
		out = append(out, "</ul>"...)
	}
	return append(out, "</div>\n"...)
}

// htmlNode writes an element whose content is Markdown.
func (p *page) htmlNode(n *htmlNode) {
	tag := authorElements[n.tag]
	if !spanTags[n.tag] || n.tag == "p" {
		p.breakParagraph()
	}
	if n.tag == "a" {
		p.startTag("a", n.attrs, n.Pos())
		depth := len(p.tags)
		p.children(n)
		p.closeTags(depth - 1)
		p.str("\n")
		return
	}
	class := ""
	if n.tag == "center" {
		class = "center"
	}
	p.str("<" + tag)
	p.attributes(tag, n.attrs, class)
	if len(tag) == 2 && tag[0] == 'h' && n.attrs.id != "" {
		p.anchor(n.attrs.id)
	}
	p.str(">")
	if !n.span {
		p.str("\n")
	}
	done := p.annotate(n, n.attrs)
	p.children(n)
	done()
	p.str("</" + tag + ">\n")
}

func (p *page) list(n *ast.List) {
	p.breakParagraph()
	if prefix := p.annoList[n]; prefix != "" {
		p.annotations(n, prefix)
		return
	}
	defer p.annotate(n, attrsOf(n))()
	if n.IsOrdered() {
		p.str("<ol")
		if n.Start != 1 {
			p.str(` start="` + strconv.Itoa(n.Start) + `"`)
		}
		p.attributes("ol", attrsOf(n), "")
		p.str(">\n")
		p.children(n)
		p.str("</ol>\n")
		return
	}
	p.blockElement("ul", n)
}

// annotations writes the list that explains marks in code or text.
func (p *page) annotations(n *ast.List, prefix string) {
	old := p.annotes
	p.annotes = ""
	p.str(`<ol class="annos">` + "\n")
	i := 0
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		i++
		p.str("<li")
		p.anchor(prefix + strconv.Itoa(i))
		p.str("><div>")
		p.children(c)
		p.str("</div></li>\n")
	}
	p.str("</ol>\n")
	p.annotes = old
}

func (p *page) item(n *ast.ListItem) {
	class := ""
	if first := n.FirstChild(); first != nil && first.FirstChild() != nil && first.FirstChild().Kind() == extast.KindTaskCheckBox {
		class = "task"
	}
	p.str("<li")
	p.attributes("li", attrsOf(n), class)
	p.str(">")
	if first := n.FirstChild(); first != nil && first.Kind() != ast.KindTextBlock {
		p.str("\n")
	}
	p.children(n)
	p.str("</li>\n")
}

func (p *page) table(n *extast.Table) {
	p.breakParagraph()
	defer p.annotate(n, attrsOf(n))()
	p.str(`<div class="tw"><table`)
	p.attributes("table", attrsOf(n), "t")
	p.str(">\n")
	body := false
	for row := n.FirstChild(); row != nil; row = row.NextSibling() {
		cell := "td"
		if row.Kind() == extast.KindTableHeader {
			cell = "th"
			p.str("<thead>\n")
		} else if !body {
			body = true
			p.str("<tbody>\n")
		}
		p.str("<tr>\n")
		for c := row.FirstChild(); c != nil; c = c.NextSibling() {
			class := ""
			if tc, ok := c.(*extast.TableCell); ok {
				class = cellClasses[tc.Alignment]
			}
			p.str("<" + cell)
			p.attributes(cell, attrsOf(c), class)
			p.str(">")
			p.children(c)
			p.str("</" + cell + ">\n")
		}
		p.str("</tr>\n")
		if cell == "th" {
			p.str("</thead>\n")
		}
	}
	if body {
		p.str("</tbody>\n")
	}
	p.str("</table></div>\n")
}

var cellClasses = map[extast.Alignment]string{
	extast.AlignLeft: "left", extast.AlignRight: "right", extast.AlignCenter: "center",
}

func (p *page) footnoteLink(n *extast.FootnoteLink) {
	id := strconv.Itoa(n.Index)
	if p.short {
		p.str("<sup>" + id + "</sup>")
		return
	}
	ref := "fnref:" + id
	if n.RefIndex > 0 {
		ref += ":" + strconv.Itoa(n.RefIndex)
	}
	p.str(`<sup class="fn"`)
	p.anchor(ref)
	p.str(`><a href="#fn:` + id + `" aria-label="Footnote ` + id + `">` + id + `</a></sup>`)
}

func (p *page) footnoteBacklink(n *extast.FootnoteBacklink) {
	ref := "fnref:" + strconv.Itoa(n.Index)
	if n.RefIndex > 0 {
		ref += ":" + strconv.Itoa(n.RefIndex)
	}
	p.str(` <a class="fnback" href="#` + ref + `" aria-label="Back to the text">↩</a>`)
}

func (p *page) footnotes(n *extast.FootnoteList) {
	if p.short {
		return
	}
	p.breakParagraph()
	p.str("<section class=\"footnotes\" aria-label=\"Footnotes\">\n<hr>\n<ol>\n")
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		fn, ok := c.(*extast.Footnote)
		if !ok {
			continue
		}
		p.str("<li")
		p.anchor("fn:" + strconv.Itoa(fn.Index))
		p.str(">\n")
		p.children(fn)
		p.str("</li>\n")
	}
	p.str("</ol>\n</section>\n")
}

// code writes a block of code.
func (p *page) code(b *codeBlock) {
	p.breakParagraph()
	if p.short {
		p.str("<pre><code>")
		p.text(string(b.code))
		p.str("</code></pre>\n")
		return
	}
	if p.highlighted += len(b.code); p.highlighted > maxPageHighlight {
		b.plain = true
	}
	p.trust(p.e.code.block(b))
	if b.slow {
		p.highlighted = maxPageHighlight
	}
	p.str("\n")
}

func (p *page) fence(n *ast.FencedCodeBlock) {
	b := &codeBlock{code: n.Lines().Value(p.src.text)}
	info := ""
	if n.Info != nil {
		info = string(n.Info.Segment.Value(p.src.text))
	}
	opts := parseFence(info)
	b.lang = opts.lang
	if lower := strings.ToLower(b.lang); lower == "mermaid" && !p.short {
		p.doc.HasDiagram = true
		p.breakParagraph()
		p.str(`<pre class="mermaid" tabindex="0">`)
		p.text(string(b.code))
		p.str("</pre>\n")
		return
	}
	b.title = opts.title
	b.start = opts.start
	if b.start == 0 && p.ext.LineNumbers && opts.lang != "" {
		b.start = 1
	}
	b.lines = opts.lines
	if list, ok := n.NextSibling().(*ast.List); ok && list.IsOrdered() && annotation.Match(b.code) {
		b.annotes, b.count = p.annotated(list), list.ChildCount()
	}
	p.code(b)
}

// annotated makes list the explanation of marks and returns the prefix of its
// ids.
func (p *page) annotated(list *ast.List) string {
	p.annoSets++
	prefix := "__anno_" + strconv.Itoa(p.annoSets) + "_"
	if p.annoList == nil {
		p.annoList = map[*ast.List]string{}
	}
	p.annoList[list] = prefix
	return prefix
}

// annotate finds the list that explains the marks in a block with the class
// "annotate": the one behind it, or the last one in it.
func (p *page) annotate(n ast.Node, a *attrs) func() {
	if !a.has("annotate") || p.short {
		return func() {}
	}
	list, ok := n.NextSibling().(*ast.List)
	if h, inside := n.(*htmlNode); inside && (!ok || !list.IsOrdered()) {
		list, ok = h.LastChild().(*ast.List)
	}
	if !ok || !list.IsOrdered() {
		return func() {}
	}
	prefix, count := p.annotes, p.annoMax
	p.annotes, p.annoMax = p.annotated(list), list.ChildCount()
	return func() { p.annotes, p.annoMax = prefix, count }
}

// A fenceInfo is what the line that opens a fence says.
type fenceInfo struct {
	lang, title string
	start       int
	lines       map[int]bool
	attrs       *attrs
}

// parseFence reads the words behind the backticks: a language and options, or
// an attribute list in braces, as pymdownx.superfences and Hugo write them.
func parseFence(info string) fenceInfo {
	info = strings.TrimSpace(info)
	var f fenceInfo
	lang, rest := info, ""
	if i := strings.IndexAny(info, " \t{"); i >= 0 {
		lang, rest = info[:i], strings.TrimSpace(info[i:])
	}
	if strings.Contains(lang, "=") {
		lang, rest = "", info // options without a language
	}
	braces := false
	if strings.HasPrefix(rest, "{") {
		braces = true
		rest = strings.TrimPrefix(rest, "{")
		if i := strings.LastIndexByte(rest, '}'); i >= 0 {
			rest = rest[:i]
		}
		rest = strings.TrimPrefix(rest, ":")
	}
	f.attrs = parseAttrs(rest)
	if lang == "" && braces {
		if len(f.attrs.classes) > 0 {
			lang = f.attrs.classes[0]
		} else if f.attrs.words > 0 {
			lang = f.attrs.pairs[0][0]
		}
	}
	f.lang = strings.Trim(strings.TrimPrefix(lang, "."), ",:")
	if i := strings.IndexByte(f.lang, ':'); i > 0 {
		f.title, f.lang = f.lang[i+1:], f.lang[:i]
	}
	if v, ok := f.attrs.get("title"); ok {
		f.title = v
	}
	if v, ok := f.attrs.get("linenums"); ok {
		f.start = 1
		if n, err := strconv.Atoi(strings.Fields(v + " 1")[0]); err == nil && n > 0 {
			f.start = n
		}
		if v == "False" || v == "false" {
			f.start = 0
		}
	}
	for _, key := range []string{"hl_lines", "hl_Lines"} {
		if v, ok := f.attrs.get(key); ok {
			f.lines = lineSet(v)
		}
	}
	return f
}

// lineSet reads "2 3-5" and "2,3-5".
func lineSet(s string) map[int]bool {
	set := map[int]bool{}
	for _, w := range strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == ',' || r == '[' || r == ']' || r == '"' || r == '\'' }) {
		from, to, ok := strings.Cut(w, "-")
		a, err := strconv.Atoi(from)
		if err != nil {
			continue
		}
		b := a
		if ok {
			if b, err = strconv.Atoi(to); err != nil {
				continue
			}
		}
		for i := a; i <= b && i < a+10000; i++ {
			set[i] = true
		}
	}
	return set
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

// note writes an admonition.
func (p *page) note(n *noteNode) {
	p.breakParagraph()
	look := noteLooks[n.kind]
	if look == "" {
		look = "info"
	}
	class := "note " + look
	if n.side != "" {
		class += " side"
		if n.side == "inline end" {
			class += " end"
		}
	}
	tag, title := "aside", "strong"
	if n.fold {
		tag, title = "details", "summary"
	}
	if n.annotate {
		defer p.annotate(n, &attrs{classes: []string{"annotate"}})()
	}
	p.str("<" + tag)
	p.attributes(tag, attrsOf(n), class)
	if n.open {
		p.str(` open=""`)
	}
	p.str(">")
	if !n.hasTitle || n.title != "" || n.fold {
		p.str("<" + title + ">")
		p.trust([]byte(noteIcons[look]))
		if n.hasTitle && n.title != "" {
			p.str("<span>") // one item beside the icon, whatever is in it
			p.inlineMarkdown(n.title, n.titlePos)
			p.str("</span>")
		} else {
			p.text(capital(n.kind))
		}
		p.str("</" + title + ">")
	}
	p.str("\n")
	p.children(n)
	p.str("</" + tag + ">\n")
}

func capital(s string) string {
	if s == "" {
		return "Note"
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// noteLooks maps the kinds of Material and GitHub to the theme's washes.
var noteLooks = map[string]string{
	"note": "info", "seealso": "info", "info": "info", "todo": "info", "question": "info", "help": "info", "faq": "info",
	"abstract": "info", "summary": "info", "tldr": "info",
	"tip": "ok", "hint": "ok", "important": "ok", "success": "ok", "check": "ok", "done": "ok",
	"warning": "warn", "caution": "warn", "attention": "warn", "deprecated": "warn",
	"failure": "bad", "fail": "bad", "missing": "bad", "danger": "bad", "error": "bad", "bug": "bad",
	"example": "unk", "quote": "unk", "cite": "unk",
}

// noteIcons are the theme's own signs for the washes, from its icons.svg.
var noteIcons = map[string]string{
	"info": `<svg class="ic" viewBox="0 0 14 14" aria-hidden="true"><circle cx="7" cy="7" r="6.5" fill="currentColor"/><path d="M7 6.2v4.300M7 3.400v1.500" stroke="var(--surface,#fff)" stroke-width="1.6"/></svg>`,
	"ok":   `<svg class="ic" viewBox="0 0 14 14" aria-hidden="true"><circle cx="7" cy="7" r="6.5" fill="currentColor"/><path d="m4 7.2 2.2 2.200L10.2 5" fill="none" stroke="var(--surface,#fff)" stroke-width="1.6"/></svg>`,
	"warn": `<svg class="ic" viewBox="0 0 14 14" aria-hidden="true"><path d="M7 .6 13.7 13H.3z" fill="currentColor"/><path d="M7 5v4M7 10.300v1.2" stroke="var(--surface,#fff)" stroke-width="1.6"/></svg>`,
	"bad":  `<svg class="ic" viewBox="0 0 14 14" aria-hidden="true"><path d="M4.3.5h5.400l3.8 3.800v5.400l-3.8 3.800H4.300L.5 9.700V4.300z" fill="currentColor"/><path d="m4.5 4.5 5 5M9.5 4.500l-5 5" stroke="var(--surface,#fff)" stroke-width="1.6"/></svg>`,
	"unk":  `<svg class="ic" viewBox="0 0 14 14" aria-hidden="true"><path d="M2 3.500h10M2 7h10M2 10.500h6" fill="none" stroke="currentColor" stroke-width="1.6"/></svg>`,
}

// tabs writes the set of tabs that begins with first and returns what follows
// it. The inputs are radio buttons, so that tabs work without script.
func (p *page) tabs(first ast.Node) ast.Node {
	p.breakParagraph()
	set := []*tabNode{first.(*tabNode)}
	selected := 0
	next := first.NextSibling()
	for ; next != nil; next = next.NextSibling() {
		t, ok := next.(*tabNode)
		if !ok || t.first {
			break
		}
		set = append(set, t)
	}
	for i, t := range set {
		if t.selected {
			selected = i
		}
	}
	if p.short {
		for _, t := range set {
			p.str("<p><strong>")
			p.inlineMarkdown(t.title, t.titlePos)
			p.str("</strong></p>\n")
			p.children(t)
		}
		return next
	}
	p.tabSets++
	name := "__tabs_" + strconv.Itoa(p.tabSets)
	p.str(`<div class="ctabs">`)
	for i, t := range set {
		id := p.ids.unique(name+"_"+strconv.Itoa(i+1), SlugPython)
		input := `<input type="radio" name="` + name + `" id="` + id + `"`
		if i == selected {
			input += " checked"
		}
		p.trust([]byte(input + ">"))
		p.str(`<label for="` + id + `">`)
		p.link++
		p.inlineMarkdown(t.title, t.titlePos)
		p.link--
		p.str("</label><div>\n")
		p.children(t)
		p.str("</div>")
	}
	p.str("</div>\n")
	return next
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

var _ parser.BlockParser = admonitionParser{}
