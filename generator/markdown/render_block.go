package markdown

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
)

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
