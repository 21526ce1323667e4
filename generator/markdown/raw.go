package markdown

import (
	"bytes"
	"slices"
	"strings"
	"unicode"

	"github.com/yuin/goldmark/ast"
	"golang.org/x/net/html"
)

// An openTag is an element that the author's raw HTML has opened.
type openTag struct {
	name string // as published
	end  string // what closes it
	link bool
	at   int // where its content begins in the page's buffer
}

// openTags counts what one block's raw HTML left open.
type openTags struct{ depth int }

// authorElements are the elements of raw HTML that pages may hold, with the
// element that is published. "" keeps the content and drops the tags.
var authorElements = map[string]string{
	"a": "a", "abbr": "abbr", "acronym": "abbr", "b": "b", "bdi": "bdi", "bdo": "bdo", "big": "span", "blockquote": "blockquote", "br": "br",
	"caption": "caption", "center": "div", "cite": "cite", "code": "code", "col": "col", "colgroup": "colgroup", "dd": "dd", "del": "del",
	"details": "details", "dfn": "dfn", "div": "div", "dl": "dl", "dt": "dt", "em": "em", "figcaption": "figcaption", "figure": "figure",
	"font": "span", "h1": "h1", "h2": "h2", "h3": "h3", "h4": "h4", "h5": "h5", "h6": "h6", "hr": "hr", "i": "i", "img": "img", "ins": "ins",
	"kbd": "kbd", "li": "li", "mark": "mark", "ol": "ol", "p": "p", "picture": "picture", "pre": "pre", "q": "q", "rp": "rp", "rt": "rt",
	"ruby": "ruby", "s": "s", "samp": "samp", "section": "section", "small": "small", "source": "source", "span": "span", "strike": "s",
	"strong": "strong", "sub": "sub", "summary": "summary", "sup": "sup", "table": "table", "tbody": "tbody", "td": "td", "tfoot": "tfoot",
	"th": "th", "thead": "thead", "time": "time", "tr": "tr", "tt": "code", "u": "u", "ul": "ul", "var": "var", "wbr": "wbr",
}

// silentElements are dropped with all that they hold.
var silentElements = map[string]bool{
	"script": true, "style": true, "template": true, "svg": true, "math": true, "object": true, "applet": true, "title": true,
	"head": true, "noembed": true, "noframes": true, "textarea": true, "select": true, "xmp": true, "plaintext": true, "noscript": true,
}

// embedElements load something; they become a link to it.
var embedElements = map[string]bool{"iframe": true, "embed": true, "video": true, "audio": true, "frame": true}

var voidElements = map[string]bool{
	"br": true, "hr": true, "img": true, "col": true, "source": true, "wbr": true, "embed": true, "input": true, "link": true, "meta": true, "frame": true,
}

// blockElements end an open paragraph of the author.
var blockElements = map[string]bool{
	"blockquote": true, "details": true, "div": true, "dl": true, "figure": true, "h1": true, "h2": true, "h3": true, "h4": true, "h5": true,
	"h6": true, "hr": true, "ol": true, "p": true, "pre": true, "section": true, "table": true, "ul": true, "figcaption": true, "summary": true,
}

// impliedEnds are the elements whose start tag ends an open one, within the
// nearest container of the third list.
var impliedEnds = map[string]struct{ ends, within []string }{
	"li":    {[]string{"li"}, []string{"ul", "ol"}},
	"dt":    {[]string{"dt", "dd"}, []string{"dl"}},
	"dd":    {[]string{"dt", "dd"}, []string{"dl"}},
	"tr":    {[]string{"tr", "td", "th"}, []string{"table", "tbody", "thead", "tfoot"}},
	"td":    {[]string{"td", "th"}, []string{"table", "tr"}},
	"th":    {[]string{"td", "th"}, []string{"table", "tr"}},
	"tbody": {[]string{"tbody", "thead", "tfoot", "tr", "td", "th"}, []string{"table"}},
	"thead": {[]string{"tbody", "thead", "tfoot", "tr", "td", "th"}, []string{"table"}},
	"tfoot": {[]string{"tbody", "thead", "tfoot", "tr", "td", "th"}, []string{"table"}},
	"a":     {[]string{"a"}, nil},
}

// closeTags writes the end tags of the author's elements above n.
func (p *page) closeTags(n int) {
	for len(p.tags) > n {
		t := p.tags[len(p.tags)-1]
		p.tags = p.tags[:len(p.tags)-1]
		if t.name == "h1" {
			p.rawTitle(p.buf[min(t.at, len(p.buf)):])
		}
		p.str(t.end)
		if t.link {
			p.link--
		}
	}
}

// rawTitle takes the content of an author's <h1> for the title of the page, if
// no heading came before it. READMEs begin so.
func (p *page) rawTitle(content []byte) {
	if p.short || p.titled || len(p.doc.Headings) > 0 {
		return
	}
	p.titled = true
	var b strings.Builder
	z := html.NewTokenizer(bytes.NewReader(content))
	for {
		switch z.Next() {
		case html.ErrorToken:
			p.doc.Title = strings.Join(strings.FieldsFunc(b.String(), func(r rune) bool { return unicode.IsSpace(r) || unwelcome(r) }), " ")
			return
		case html.TextToken:
			b.Write(z.Text())
		}
	}
}

// breakParagraph ends a paragraph that the author opened with <p>, as browsers
// do when a block follows.
func (p *page) breakParagraph() {
	for i := len(p.tags) - 1; i >= p.base; i-- {
		if p.tags[i].name == "p" {
			p.closeTags(i)
			return
		}
	}
}

// implyEnds closes what the start tag of name ends.
func (p *page) implyEnds(name string) {
	if blockElements[name] {
		p.breakParagraph()
	}
	rule, ok := impliedEnds[name]
	if !ok {
		return
	}
	cut := -1
	for i := len(p.tags) - 1; i >= p.base; i-- {
		if slices.Contains(rule.ends, p.tags[i].name) {
			cut = i
		}
		if slices.Contains(rule.within, p.tags[i].name) {
			break
		}
	}
	if cut >= 0 {
		p.closeTags(cut)
	}
}

// endTag closes the author's nearest open element of that name, if there is
// one in this block.
func (p *page) endTag(name string) {
	for i := len(p.tags) - 1; i >= p.base; i-- {
		if p.tags[i].name == name {
			p.closeTags(i)
			return
		}
	}
}

func (p *page) rawBlock(n *ast.HTMLBlock) {
	lines := n.Lines()
	var fragment []byte
	starts := make([]int, 0, lines.Len()+1)
	offsets := make([]int, 0, lines.Len()+1)
	add := func(start int, value []byte) {
		starts = append(starts, len(fragment))
		offsets = append(offsets, start)
		fragment = append(fragment, value...)
	}
	for i := 0; i < lines.Len(); i++ {
		l := lines.At(i)
		add(l.Start-l.Padding, l.Value(p.src.text))
	}
	if n.HasClosure() {
		add(n.ClosureLine.Start, n.ClosureLine.Value(p.src.text))
	}
	p.rawFragment(fragment, func(i int) int {
		k := len(starts) - 1
		for k > 0 && starts[k] > i {
			k--
		}
		return offsets[k] + i - starts[k]
	})
	if n := len(p.buf); n > 0 && p.buf[n-1] != '\n' {
		p.str("\n")
	}
}

// silentUntil returns the end tag of an inline element that is dropped with
// all that it holds, such as <script>, if n is its start tag and it has one.
func (p *page) silentUntil(n *ast.RawHTML) ast.Node {
	name := p.rawName(n)
	if !silentElements[name] {
		return nil
	}
	for c := n.NextSibling(); c != nil; c = c.NextSibling() {
		if raw, ok := c.(*ast.RawHTML); ok && p.rawName(raw) == "/"+name {
			return c
		}
	}
	return nil
}

// rawName returns the name in an inline tag, in lower case, with a slash
// before it for an end tag.
func (p *page) rawName(n *ast.RawHTML) string {
	if n.Segments.Len() == 0 {
		return ""
	}
	first := n.Segments.At(0)
	tag := bytes.TrimPrefix(first.Value(p.src.text), []byte("<"))
	i := 0
	for i < len(tag) && (tag[i] == '/' && i == 0 || tag[i] >= 'a' && tag[i] <= 'z' || tag[i] >= 'A' && tag[i] <= 'Z') {
		i++
	}
	return strings.ToLower(string(tag[:i]))
}

func (p *page) rawInline(n *ast.RawHTML) {
	segments := n.Segments
	var fragment []byte
	for i := 0; i < segments.Len(); i++ {
		s := segments.At(i)
		fragment = append(fragment, s.Value(p.src.text)...)
	}
	start := 0
	if segments.Len() > 0 {
		start = segments.At(0).Start
	}
	p.rawFragment(fragment, func(i int) int { return start + i })
}

// rawFragment writes a piece of the author's HTML: allowed elements with
// allowed attributes, and text. at maps an offset in it to the source.
func (p *page) rawFragment(fragment []byte, at func(int) int) {
	z := html.NewTokenizer(bytes.NewReader(fragment))
	offset := 0
	silent := ""
	depth := 0
	for {
		tt := z.Next()
		raw := len(z.Raw())
		pos := offset
		offset += raw
		if tt == html.ErrorToken {
			return
		}
		if silent != "" {
			name, _ := z.TagName()
			if string(name) == silent {
				switch tt {
				case html.StartTagToken:
					depth++
				case html.EndTagToken:
					if depth--; depth == 0 {
						silent = ""
					}
				}
			}
			continue
		}
		switch tt {
		case html.TextToken:
			p.text(string(z.Text()))
		case html.EndTagToken:
			name, _ := z.TagName()
			if published := authorElements[string(name)]; published != "" {
				p.endTag(published)
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			nameBytes, more := z.TagName()
			name := string(nameBytes)
			a := &attrs{}
			for n := 0; more && n < 50; n++ {
				var key, value []byte
				key, value, more = z.TagAttr()
				switch k := string(key); k {
				case "id":
					a.id = string(value)
				case "name":
					if a.id == "" && name == "a" {
						a.id = string(value)
					}
				case "class":
					a.classes = strings.Fields(string(value))
				default:
					a.pairs = append(a.pairs, [2]string{k, string(value)})
				}
			}
			switch {
			case silentElements[name]:
				if tt == html.StartTagToken {
					silent, depth = name, 1
				}
			case embedElements[name]:
				p.embed(name, a, at(pos))
				if tt == html.StartTagToken && !voidElements[name] {
					silent, depth = name, 1
				}
			default:
				p.startTag(name, a, at(pos))
			}
		}
	}
}

// startTag writes the start tag of an element of the author's.
func (p *page) startTag(name string, a *attrs, offset int) {
	published := authorElements[name]
	if published == "" {
		return
	}
	if p.short && (blockElements[published] || published == "img" || strings.HasPrefix(published, "t")) {
		return
	}
	p.implyEnds(published)
	if len(p.tags) >= maxTags && !voidElements[published] {
		return
	}
	class := ""
	if name == "center" {
		class = "center"
	}
	switch published {
	case "img":
		src, _ := a.get("src")
		alt, _ := a.get("alt")
		title, _ := a.get("title")
		b := *a
		b.pairs = nil
		for _, kv := range a.pairs {
			if kv[0] != "src" && kv[0] != "alt" && kv[0] != "title" {
				b.pairs = append(b.pairs, kv)
			}
		}
		if src != "" {
			p.picture(src, alt, title, &b, offset)
		} else {
			p.text(alt)
		}
		return
	case "source":
		p.sourceTag(a, offset)
		return
	case "a":
		href, ok := a.get("href")
		if !ok {
			p.str("<span")
			p.attributes("span", a, class)
			p.str(">")
			p.tags = append(p.tags, openTag{name: "a", end: "</span>"})
			return
		}
		b := *a
		b.pairs = nil
		title := ""
		for _, kv := range a.pairs {
			switch kv[0] {
			case "href":
			case "title":
				title = kv[1]
			default:
				b.pairs = append(b.pairs, kv)
			}
		}
		end := p.startLink(href, title, &b, offset)
		p.tags = append(p.tags, openTag{name: "a", end: end, link: true})
		p.link++
		return
	}
	p.str("<" + published)
	p.attributes(published, a, class)
	if len(published) == 2 && published[0] == 'h' && published != "hr" && a.id != "" {
		p.anchor(a.id)
	}
	p.str(">")
	if !voidElements[published] {
		p.tags = append(p.tags, openTag{name: published, end: "</" + published + ">", at: len(p.buf)})
	}
}

// sourceTag writes a <source> of a <picture> whose files are all our own.
func (p *page) sourceTag(a *attrs, offset int) {
	set, _ := a.get("srcset")
	var out []string
	for _, candidate := range strings.Split(set, ",") {
		fields := strings.Fields(candidate)
		if len(fields) == 0 {
			continue
		}
		url, external, ok := p.resolve(fields[0], true, offset)
		if !ok || external {
			return
		}
		fields[0] = url
		out = append(out, strings.Join(fields, " "))
	}
	if len(out) == 0 {
		return
	}
	p.str(`<source srcset="`)
	p.text(strings.Join(out, ", "))
	p.str(`"`)
	if media, ok := a.get("media"); ok && mediaQuery.MatchString(media) {
		p.str(` media="`)
		p.text(media)
		p.str(`"`)
	}
	p.str(">")
}

// embed writes a link in place of something that a page may not load.
func (p *page) embed(name string, a *attrs, offset int) {
	src, ok := a.get("src")
	if !ok || src == "" {
		return
	}
	label, _ := a.get("title")
	if label == "" {
		label = imageName(src)
	}
	end := p.startLink(src, "", nil, offset)
	p.text(label)
	p.str(end)
}
