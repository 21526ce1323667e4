// Package diagram draws Mermaid's commonest diagrams as SVG while the site is
// built: flowcharts, sequences and states. Nothing of them runs in a browser,
// so they need no exception from the content security policy.
//
//	source -> parse -> graph or sequence -> layout -> SVG
//
// The grammar is read as far as people use it; what is only about looks (classDef,
// style, themes) is left out, because a diagram has the colours of the site. Of
// everything else that is not understood, the source is shown instead: a drawing
// never leaves out what its author wrote.
//
// # Markup
//
//	<svg class="diagram" role="img" aria-label viewBox width height>
//	  .n      a node; .n.soft its rounded form, .n.dot start and end of states, .n.bar a fork
//	  .box    a group around nodes, .boxt its title
//	  .e      a line, .e.dash, .e.thick; .tip an arrow head, filled, .tip.open a hollow one
//	  .lab    a text on a line, .labb the ground behind it
//	  .note   a note's ground, .life a life line, .act an activation
//
// There are no ids, no style attributes and no links in it; every text is escaped.
package diagram

import (
	"fmt"
	"html"
	"math"
	"regexp"
	"strings"
	"unicode"
)

// Bounds of what is drawn. Beyond them a diagram cannot be read anyway.
const (
	maxSource = 32 << 10 // bytes
	maxNodes  = 250
	maxEdges  = 500
	maxText   = 400 // characters of one label
	maxDepth  = 8   // of groups in groups
)

// Render draws the source of a Mermaid diagram. It is false for kinds and
// sources that are not understood as a whole.
func Render(source string) (svg string, ok bool) {
	if len(source) > maxSource {
		return "", false
	}
	title, lines := statements(source)
	if len(lines) == 0 {
		return "", false
	}
	switch kind, rest, _ := strings.Cut(lines[0], " "); kind {
	case "graph", "flowchart", "flowchart-elk":
		g, ok := parseFlow(strings.TrimSpace(rest), lines[1:])
		if !ok {
			return "", false
		}
		return drawGraph(g, title)
	case "stateDiagram", "stateDiagram-v2":
		g, ok := parseStates(lines[1:])
		if !ok {
			return "", false
		}
		return drawGraph(g, title)
	case "sequenceDiagram":
		s, ok := parseSequence(lines[1:])
		if !ok {
			return "", false
		}
		if s.title == "" {
			s.title = title
		}
		return s.draw(), true
	}
	return "", false
}

// statements returns the lines of a source without comments, empty lines,
// directives and front matter, of which only the title is kept.
func statements(source string) (title string, lines []string) {
	all := strings.Split(strings.ReplaceAll(source, "\r\n", "\n"), "\n")
	for len(all) > 0 && strings.TrimSpace(all[0]) == "" {
		all = all[1:]
	}
	if len(all) > 0 && strings.TrimSpace(all[0]) == "---" {
		for i := 1; i < len(all); i++ {
			line := strings.TrimSpace(all[i])
			if t, ok := strings.CutPrefix(line, "title:"); ok {
				title = strings.Trim(strings.TrimSpace(t), `"'`)
			}
			if line == "---" {
				all = all[i+1:]
				break
			}
		}
	}
	directive := false
	for _, line := range all {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "%%{") {
			directive = true
		}
		if directive {
			directive = !strings.Contains(line, "}%%")
			continue
		}
		if line == "" || strings.HasPrefix(line, "%%") {
			continue
		}
		line = strings.Join(strings.Fields(line), " ")
		if n := len(lines); n > 1 && len(lines[n-1]) < 4*maxText && (strings.HasPrefix(lines[0], "graph") || strings.HasPrefix(lines[0], "flowchart")) && strings.Count(lines[n-1], `"`)%2 == 1 {
			lines[n-1] += "<br>" + line // of a flowchart: a text in quotes goes over several lines
			continue
		}
		lines = append(lines, line)
	}
	if len(lines) > 0 {
		// "graph TD; A-->B" in one line
		if head, rest, ok := strings.Cut(lines[0], ";"); ok {
			lines = append([]string{strings.TrimSpace(head), strings.TrimSpace(rest)}, lines[1:]...)
			if lines[1] == "" {
				lines = append(lines[:1], lines[2:]...)
			}
		}
	}
	return title, lines
}

// Measures of text, in pixels. The letters of the theme's font are about so wide;
// a little more room hides where they are not.
const (
	fontSize   = 13
	lineHeight = 17
	letter     = 7.1
	wideLetter = 13.5
	wrapAt     = 34 // letters of a line that is not broken by its author
)

func width(s string) float64 {
	w := 0.0
	for _, r := range s {
		switch {
		case r >= 0x1100 && (unicode.Is(unicode.Han, r) || unicode.Is(unicode.Hangul, r) || unicode.Is(unicode.Hiragana, r) || unicode.Is(unicode.Katakana, r) || r >= 0x1f000):
			w += wideLetter
		case strings.ContainsRune("iljtfr.,:;'|!()[] ", r):
			w += letter * .62
		case r == 'm' || r == 'w' || r == '@' || unicode.IsUpper(r):
			w += letter * 1.24
		default:
			w += letter
		}
	}
	return w
}

// A label is a text in lines.
type label struct {
	lines []string
	w, h  float64
}

var breaks = strings.NewReplacer("<br>", "\n", "<br/>", "\n", "<br />", "\n", "<BR>", "\n", `\n`, "\n")

// iconName is an icon of Font Awesome, which Mermaid shows where its style sheet
// is loaded.
var iconName = regexp.MustCompile(`\bfa[bsrl]?:fa-[a-z0-9-]+ ?`)

// newLabel breaks a text into lines where its author did, and where a line is
// long. Marks of Markdown and HTML in it are not shown.
func newLabel(s string) label {
	if s = strings.TrimSpace(s); len(s) > 20*maxText {
		s = s[:20*maxText] // more than what will be shown, however it is written
	}
	if len(s) >= 2 && s[0] == '"' && s[len(s)-1] == '"' {
		s = s[1 : len(s)-1]
	}
	if len(s) >= 2 && s[0] == '`' && s[len(s)-1] == '`' {
		s = strings.NewReplacer("**", "", "*", "").Replace(s[1 : len(s)-1])
	}
	s = strings.ReplaceAll(s, "**", "")
	s = iconName.ReplaceAllString(breaks.Replace(s), "")
	s = withoutTags(s)
	s = html.UnescapeString(entityCode(s))
	if r := []rune(s); len(r) > maxText {
		s = string(r[:maxText-1]) + "…"
	}
	var l label
	for _, line := range strings.Split(s, "\n") {
		row := ""
		for _, word := range strings.Fields(line) {
			if row != "" && len([]rune(row))+1+len([]rune(word)) > wrapAt {
				l.lines = append(l.lines, row)
				row = ""
			}
			row = strings.TrimSpace(row + " " + word)
		}
		if row != "" {
			l.lines = append(l.lines, row)
		}
	}
	for _, row := range l.lines {
		l.w = math.Max(l.w, width(row))
	}
	l.h = float64(len(l.lines)) * lineHeight
	return l
}

// entityCode reads Mermaid's own form of characters: #quot; and #35;.
func entityCode(s string) string {
	for at := 0; ; {
		i := strings.IndexByte(s[at:], '#')
		if i < 0 {
			return s
		}
		i += at
		end := strings.IndexByte(s[i:], ';')
		if end < 2 || end > 10 || (i > 0 && s[i-1] == '&') || strings.ContainsAny(s[i:i+end], " \n") {
			at = i + 1
			continue
		}
		name := s[i+1 : i+end]
		if name[0] >= '0' && name[0] <= '9' {
			name = "#" + name
		}
		s = s[:i] + "&" + name + s[i+end:]
		at = i + len(name) + 1
	}
}

func withoutTags(s string) string {
	var b strings.Builder
	for {
		i := strings.IndexByte(s, '<')
		if i < 0 || i+1 >= len(s) {
			break
		}
		end := strings.IndexByte(s[i:], '>')
		c := s[i+1]
		if end < 0 || c != '/' && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') {
			b.WriteString(s[:i+1])
			s = s[i+1:]
			continue
		}
		b.WriteString(s[:i])
		s = s[i+end+1:]
	}
	return b.String() + s
}

// A canvas collects the parts of a drawing: what lies behind the rest first.
type canvas struct{ back, lines, front strings.Builder }

func esc(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < 0x20 || r >= 0x7f && r <= 0x9f || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r == 0xfffe || r == 0xffff {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	return html.EscapeString(s)
}

// num writes a measure with at most one decimal.
func num(f float64) string {
	s := fmt.Sprintf("%.1f", f)
	return strings.TrimSuffix(s, ".0")
}

// text writes lines around a middle.
func text(b *strings.Builder, l label, class string, x, y float64) {
	if len(l.lines) == 0 {
		return
	}
	top := y - l.h/2 + lineHeight*.74
	at := ""
	if class != "" {
		at = ` class="` + class + `"`
	}
	for i, line := range l.lines {
		fmt.Fprintf(b, `<text%s x="%s" y="%s" text-anchor="middle">%s</text>`, at, num(x), num(top+float64(i)*lineHeight), esc(line))
	}
}

// tag writes a text on a line, with a ground that makes it readable.
func tag(b *strings.Builder, l label, x, y float64) {
	if len(l.lines) == 0 {
		return
	}
	fmt.Fprintf(b, `<rect class="labb" x="%s" y="%s" width="%s" height="%s" rx="2"/>`, num(x-l.w/2-4), num(y-l.h/2-1), num(l.w+8), num(l.h+2))
	text(b, l, "lab", x, y)
}

// tip draws the end of a line that arrives at x, y from the direction dx, dy.
func tip(b *strings.Builder, kind string, x, y, dx, dy float64) {
	n := math.Hypot(dx, dy)
	if n == 0 || kind == "" {
		return
	}
	dx, dy = dx/n, dy/n
	at := func(back, side float64) string {
		return num(x-dx*back-dy*side) + " " + num(y-dy*back+dx*side)
	}
	switch kind {
	case ">":
		fmt.Fprintf(b, `<path class="tip" d="M%sL%sL%sZ"/>`, at(0, 0), at(9, 4.5), at(9, -4.5))
	case ")":
		fmt.Fprintf(b, `<path class="tip open" d="M%sL%sL%s"/>`, at(9, 5), at(0, 0), at(9, -5))
	case "x":
		fmt.Fprintf(b, `<path class="tip open" d="M%sL%sM%sL%s"/>`, at(10, 5), at(0, -5), at(10, -5), at(0, 5))
	case "o":
		fmt.Fprintf(b, `<circle class="tip open" cx="%s" cy="%s" r="4"/>`, num(x-dx*4), num(y-dy*4))
	}
}

// svg puts the parts together.
func (c *canvas) svg(w, h float64, name string) string {
	return fmt.Sprintf(`<svg class="diagram" role="img" aria-label="%s" viewBox="0 0 %s %s" width="%s" height="%s">`, esc(name), num(w), num(h), num(math.Ceil(w)), num(math.Ceil(h))) +
		c.back.String() + c.lines.String() + c.front.String() + "</svg>"
}
