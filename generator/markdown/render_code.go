package markdown

import (
	"bytes"
	"regexp"
	"strconv"
	"strings"

	"github.com/yuin/goldmark/ast"
)

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
		if p.e.diagram != nil {
			if svg, ok := p.e.diagram(lower, string(b.code)); ok {
				p.trust([]byte(`<div class="drawing" tabindex="0" role="group" aria-label="Diagram">` + svg + "</div>\n"))
				return
			}
		}
		p.str(`<pre class="mermaid" tabindex="0">`)
		p.text(string(b.code))
		p.str("</pre>\n")
		if p.e.diagram != nil {
			p.trust([]byte(`<p class="undrawn">A Mermaid diagram of a kind that is not drawn, shown as its source.</p>` + "\n"))
		}
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
