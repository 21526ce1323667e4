package markdown

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
)

func sortLongest(words []string) {
	slices.SortStableFunc(words, func(a, b string) int { return len(b) - len(a) })
}

// prose writes running text: abbreviations get their meaning, and symbols are
// put in where the site asks for them.
func (p *page) prose(s string) {
	if p.annotes != "" {
		if m := annotation.FindStringSubmatchIndex(s); m != nil {
			if n, _ := strconv.Atoi(s[m[2]:m[3]]); n >= 1 && n <= p.annoMax && p.link == 0 {
				p.words(s[:m[0]])
				p.buf = appendAnnotation(p.buf, p.annotes, n)
				p.prose(s[m[1]:])
				return
			}
		}
	}
	if p.ext.Repo != "" && p.link == 0 && strings.ContainsAny(s, "#@") {
		p.shorthands(s)
		return
	}
	p.words(s)
}

var shorthand = regexp.MustCompile(`#[0-9]{1,10}|@[A-Za-z0-9][A-Za-z0-9-]{0,38}`)

// shorthands writes running text in which #12 and @name are links to the
// site's own repo and its host (pymdownx.magiclink with repo_url_shorthand,
// mdx_gh_links).
func (p *page) shorthands(s string) {
	repo := strings.TrimSuffix(p.ext.Repo, "/")
	last := 0
	for _, m := range shorthand.FindAllStringIndex(s, -1) {
		before, _ := utf8.DecodeLastRuneInString(s[:m[0]])
		after, _ := utf8.DecodeRuneInString(s[m[1]:])
		if m[0] > 0 && (isWord(before) || strings.ContainsRune("/@#.&-", before)) || m[1] < len(s) && (isWord(after) || after == '/') {
			continue
		}
		target := repo + "/issues/" + s[m[0]+1:m[1]]
		if s[m[0]] == '@' {
			host := repo
			for range 2 { // without owner and name
				host = host[:max(0, strings.LastIndexByte(host, '/'))]
			}
			target = host + "/" + s[m[0]+1:m[1]]
		}
		p.words(s[last:m[0]])
		end := p.startLink(target, "", nil, p.textAt+m[0])
		p.text(s[m[0]:m[1]])
		p.str(end)
		last = m[1]
	}
	p.words(s[last:])
}

// words writes running text without annotations.
func (p *page) words(s string) {
	if p.ext.SmartSymbols {
		s = smartSymbols(s)
	}
	if p.ext.Smarty {
		s = smarten(s)
	}
	if len(p.st.abbrs) == 0 {
		p.text(s)
		return
	}
	if p.abbrs == nil {
		p.abbrs, p.abbrTitles = abbrPattern(p.st.abbrs)
		if p.abbrs == nil {
			p.st.abbrs = nil
			p.text(s)
			return
		}
	}
	last := 0
	for _, m := range p.abbrs.FindAllStringIndex(s, -1) {
		before, _ := utf8.DecodeLastRuneInString(s[:m[0]])
		after, _ := utf8.DecodeRuneInString(s[m[1]:])
		if m[0] > 0 && isWord(before) || m[1] < len(s) && isWord(after) {
			continue
		}
		p.text(s[last:m[0]])
		word := s[m[0]:m[1]]
		p.str(`<abbr title="`)
		p.text(p.abbrTitles[word])
		p.str(`">`)
		p.text(word)
		p.str("</abbr>")
		last = m[1]
	}
	p.text(s[last:])
}

// symbols are those of pymdownx.smartsymbols.
var symbols = strings.NewReplacer(
	"(tm)", "™", "(TM)", "™", "(c)", "©", "(C)", "©", "(r)", "®", "(R)", "®", "c/o", "℅", "+/-", "±",
	"<-->", "↔", "-->", "→", "<--", "←", "=/=", "≠",
)

var fractions = regexp.MustCompile(`(?:^|[^\w/])(1/4|1/2|3/4|1/3|2/3|1/5|2/5|3/5|4/5|1/6|5/6|1/8|3/8|5/8|7/8)(?:[^\w/]|$)`)

var fractionSigns = map[string]string{
	"1/4": "¼", "1/2": "½", "3/4": "¾", "1/3": "⅓", "2/3": "⅔", "1/5": "⅕", "2/5": "⅖", "3/5": "⅗", "4/5": "⅘",
	"1/6": "⅙", "5/6": "⅚", "1/8": "⅛", "3/8": "⅜", "5/8": "⅝", "7/8": "⅞",
}

func smartSymbols(s string) string {
	if !strings.ContainsAny(s, "(/-<=") {
		return s
	}
	s = symbols.Replace(s)
	for range 2 { // neighbours share the space between them
		s = fractions.ReplaceAllStringFunc(s, func(m string) string {
			f := fractions.FindStringSubmatch(m)[1]
			return strings.Replace(m, f, fractionSigns[f], 1)
		})
	}
	return s
}

// smarten puts in the quotation marks, dashes and dots of typographers
// (markdown.extensions.smarty).
func smarten(s string) string {
	if !strings.ContainsAny(s, "\"'-.") {
		return s
	}
	s = strings.ReplaceAll(s, "...", "…")
	s = strings.ReplaceAll(s, "---", "—")
	s = strings.ReplaceAll(s, "--", "–")
	var b strings.Builder
	before := ' '
	for _, r := range s {
		opening := strings.ContainsRune(" \t\n([{-–—", before)
		switch {
		case r == '"' && opening:
			b.WriteRune('“')
		case r == '"':
			b.WriteRune('”')
		case r == '\'' && opening:
			b.WriteRune('‘')
		case r == '\'':
			b.WriteRune('’')
		default:
			b.WriteRune(r)
		}
		before = r
	}
	return b.String()
}

func (p *page) keys(n *keysNode) {
	p.str(`<span class="keys">`)
	for i, k := range n.keys {
		if i > 0 {
			p.str("<span>+</span>")
		}
		p.str("<kbd>")
		p.text(k)
		p.str("</kbd>")
	}
	p.str("</span>")
}

func (p *page) critic(n *criticNode) {
	part := func(element, s string, offset int) {
		if s == "" {
			return
		}
		p.str("<" + element + ">")
		p.inlineMarkdown(s, offset)
		p.str("</" + element + ">")
	}
	switch n.kind {
	case '+':
		part("ins", n.new, n.offset)
	case '-':
		part("del", n.old, n.offset)
	case '~':
		part("del", n.old, n.offset)
		part("ins", n.new, n.offset+len(n.old)+2)
	case '=':
		part("mark", n.new, n.offset)
	case '>':
		p.str(`<span class="comment">`)
		p.inlineMarkdown(strings.TrimSpace(n.new), n.offset)
		p.str("</span>")
	}
}

// emoji writes an emoji as a character and an icon as an inline SVG that has
// the size of a letter. An icon that is not there is shown by its name.
func (p *page) emoji(n *emojiNode) {
	if n.chars != "" {
		p.str(`<span class="emoji" role="img" aria-label="`)
		p.text(strings.ReplaceAll(n.name, "_", " "))
		p.str(`">`)
		p.text(n.chars)
		p.str("</span>")
		return
	}
	path := iconPath(n.name)
	if p.in.Icon != nil {
		if markup, ok := p.in.Icon(path); ok {
			if svg := iconSVG(path, markup); svg != nil {
				p.str("<span")
				p.attributes("span", attrsOf(n), "icon")
				p.str(">")
				p.trust(svg)
				p.str("</span>")
				return
			}
		}
	}
	p.str(`<span class="icon-name">`)
	p.text(iconWord(path))
	p.str("</span>")
}

// iconWord is what is shown for an icon that is not available.
func iconWord(path string) string {
	name := path[strings.LastIndexByte(path, '/')+1:]
	for _, size := range []string{"-12", "-16", "-24"} {
		name = strings.TrimSuffix(name, size)
	}
	switch name {
	case "check", "check-circle", "check-bold", "check-all":
		return "✓"
	case "close", "close-circle", "x", "close-thick":
		return "✗"
	case "arrow-right":
		return "→"
	case "arrow-left":
		return "←"
	}
	return strings.ReplaceAll(name, "-", " ")
}

// svgParts are the elements and attributes that an icon may hold.
var svgParts = map[string]map[string]bool{
	"path": {"d": true}, "g": {}, "circle": {"cx": true, "cy": true, "r": true}, "ellipse": {"cx": true, "cy": true, "rx": true, "ry": true},
	"rect":    {"x": true, "y": true, "width": true, "height": true, "rx": true, "ry": true},
	"polygon": {"points": true}, "polyline": {"points": true}, "line": {"x1": true, "x2": true, "y1": true, "y2": true},
}

var (
	svgPaint  = map[string]bool{"fill": true, "stroke": true, "stroke-width": true, "fill-rule": true, "clip-rule": true, "stroke-linecap": true, "stroke-linejoin": true, "opacity": true, "transform": true}
	svgNumber = regexp.MustCompile(`^[\w\s.,+\-()#%]+$`)
	viewBox   = regexp.MustCompile(`^[0-9. \-]{1,60}$`)
)

// iconSVG returns an inline SVG made of the parts of markup that draw, or nil
// if there are none. markup is what an icon file holds, with or without its
// <svg>.
func iconSVG(path, markup string) []byte {
	if len(markup) > 64<<10 {
		return nil
	}
	box := "0 0 24 24"
	if strings.HasPrefix(path, "octicons/") && strings.HasSuffix(path, "-16") {
		box = "0 0 16 16"
	}
	var body []byte
	var open []string
	drawn := false
	z := html.NewTokenizer(strings.NewReader(markup))
	for {
		tt := z.Next()
		if tt == html.ErrorToken {
			break
		}
		t := z.Token()
		switch tt {
		case html.EndTagToken:
			if len(open) > 0 && open[len(open)-1] == t.Data {
				body = append(body, "</"+t.Data+">"...)
				open = open[:len(open)-1]
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			if t.Data == "svg" {
				for _, a := range t.Attr {
					if a.Key == "viewbox" && viewBox.MatchString(a.Val) {
						box = a.Val
					}
				}
				continue
			}
			own, ok := svgParts[t.Data]
			if !ok {
				continue
			}
			body = append(body, "<"+t.Data...)
			for _, a := range t.Attr {
				if (own[a.Key] || svgPaint[a.Key]) && svgNumber.MatchString(a.Val) && !strings.Contains(strings.ToLower(a.Val), "url") {
					body = append(body, " "+a.Key+`="`...)
					body = appendText(body, a.Val)
					body = append(body, '"')
				}
			}
			drawn = drawn || t.Data != "g"
			if tt == html.SelfClosingTagToken {
				body = append(body, "/>"...)
			} else {
				body = append(body, '>')
				open = append(open, t.Data)
			}
		}
	}
	if !drawn {
		return nil
	}
	for i := len(open) - 1; i >= 0; i-- {
		body = append(body, "</"+open[i]+">"...)
	}
	return append(append([]byte(`<svg class="ic" viewBox="`+box+`" fill="currentColor" aria-hidden="true">`), body...), "</svg>"...)
}

// inlineCode writes a code span of a language: `#!python x = 1`.
func (p *page) inlineCode(code, lang string) {
	p.trust(p.e.code.inline(code, lang))
}

// inline returns coloured code without lines.
func (h *highlighter) inline(code, lang string) []byte {
	const open = `<code class="hl">`
	dst := []byte(open)
	emit := func(class, text string) {
		if class == "" || strings.TrimSpace(text) == "" {
			dst = appendText(dst, text)
			return
		}
		dst = append(dst, `<span class="`+class+`">`...)
		dst = appendText(dst, text)
		dst = append(dst, "</span>"...)
	}
	lang = strings.ToLower(lang)
	if own := lexerOf(lang); own != nil && len(code) < maxChroma {
		own(code, emit)
	} else if !h.chroma(code, lang, emit) {
		dst = appendText(dst[:len(open)], code)
	}
	return append(dst, "</code>"...)
}
