package docs

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Limits of one SVG picture. What is above them is no picture for a page.
const (
	maxSVGBytes = 1 << 20
	maxSVGNodes = 20_000
	maxSVGDepth = 100
	maxSVGDrawn = 200_000 // nodes after every <use> is replaced by what it shows
	maxSVGRules = 2_000
)

// CleanSVG returns a picture with nothing in it but shapes, paint and text:
// it is parsed and written anew from lists of elements and attributes. There
// are no scripts, handlers, links, animations, foreign documents, style sheets
// and references to other files left; simple styles become attributes. An
// error says why a picture cannot be published.
func CleanSVG(src []byte) ([]byte, error) {
	if len(src) > maxSVGBytes {
		return nil, fmt.Errorf("the picture is larger than %d MB", maxSVGBytes>>20)
	}
	root, sheet, err := parseSVG(src)
	if err != nil {
		return nil, err
	}
	sheet.apply(root)
	if err := boundUse(root); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	root.write(&b, true)
	b.WriteByte('\n')
	return b.Bytes(), nil
}

const (
	svgSpace   = "http://www.w3.org/2000/svg"
	xlinkSpace = "http://www.w3.org/1999/xlink"
	xmlSpace   = "http://www.w3.org/XML/1998/namespace"
)

// svgElements are the elements that are kept. Source: SVG 2, element index,
// without those that are live (a, script, animations), that hold or load other
// documents (foreignObject, feImage, iframe, video), and style sheets.
var svgElements = words(`svg g defs symbol use image switch
	path rect circle ellipse line polyline polygon text tspan textPath
	linearGradient radialGradient stop pattern clipPath mask marker view
	filter feBlend feColorMatrix feComponentTransfer feComposite feConvolveMatrix feDiffuseLighting feDisplacementMap feDistantLight
	feDropShadow feFlood feFuncA feFuncB feFuncG feFuncR feGaussianBlur feMerge feMergeNode feMorphology feOffset fePointLight
	feSpecularLighting feSpotLight feTile feTurbulence`)

// svgUnwrapped are left out themselves, and their content is kept.
var svgUnwrapped = words(`a`)

// svgProperties are the properties of paint and text: they are attributes, and
// may come out of styles. Source: SVG 2, presentation attributes.
var svgProperties = words(`alignment-baseline baseline-shift clip-path clip-rule color color-interpolation color-interpolation-filters
	direction display dominant-baseline fill fill-opacity fill-rule filter flood-color flood-opacity font-family font-size font-size-adjust
	font-stretch font-style font-variant font-weight glyph-orientation-horizontal glyph-orientation-vertical image-rendering letter-spacing lighting-color
	marker-end marker-mid marker-start mask mask-type opacity overflow paint-order shape-rendering stop-color stop-opacity stroke
	stroke-dasharray stroke-dashoffset stroke-linecap stroke-linejoin stroke-miterlimit stroke-opacity stroke-width text-anchor
	text-decoration text-rendering transform transform-origin unicode-bidi vector-effect visibility white-space word-spacing writing-mode`)

// svgAttributes are the other attributes that are kept.
var svgAttributes = words(`id class version baseProfile viewBox preserveAspectRatio width height x y x1 y1 x2 y2 cx cy r rx ry fx fy fr d points dx dy rotate
	textLength lengthAdjust startOffset method spacing side pathLength offset spreadMethod gradientUnits gradientTransform
	patternUnits patternContentUnits patternTransform clipPathUnits maskUnits maskContentUnits markerUnits markerWidth markerHeight
	orient refX refY filterUnits primitiveUnits in in2 result mode values type tableValues slope intercept amplitude exponent operator
	k1 k2 k3 k4 order kernelMatrix divisor bias targetX targetY edgeMode preserveAlpha surfaceScale diffuseConstant specularConstant
	specularExponent kernelUnitLength scale xChannelSelector yChannelSelector azimuth elevation stdDeviation radius
	pointsAtX pointsAtY pointsAtZ z limitingConeAngle baseFrequency numOctaves seed stitchTiles
	role aria-label aria-labelledby aria-hidden focusable`)

func words(list string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(list) {
		m[w] = true
	}
	return m
}

type svgNode struct {
	name  string // of an element; empty for text
	text  string
	attrs []svgAttr
	kids  []*svgNode
	style string // as written

	classes []string // while styles are applied
	label   []string // of a switch: the text of the foreign document in it
}

type svgAttr struct{ name, value string }

func (n *svgNode) attr(name string) string {
	for _, a := range n.attrs {
		if a.name == name {
			return a.value
		}
	}
	return ""
}

func (n *svgNode) set(name, value string) {
	for i := range n.attrs {
		if n.attrs[i].name == name {
			n.attrs[i].value = value
			return
		}
	}
	n.attrs = append(n.attrs, svgAttr{name, value})
}

// parseSVG reads the tree of kept elements, and the style sheets.
func parseSVG(src []byte) (*svgNode, sheet, error) {
	d := xml.NewDecoder(bytes.NewReader(src))
	d.CharsetReader = func(charset string, r io.Reader) (io.Reader, error) {
		switch strings.ToLower(charset) {
		case "utf-8", "utf8", "us-ascii", "ascii":
			return r, nil
		case "iso-8859-1", "latin1", "windows-1252":
			return &latin1{r: r}, nil
		}
		return nil, fmt.Errorf("the picture is written in %q, not in UTF-8", charset)
	}
	var root *svgNode
	var stack []*svgNode // the kept elements that are open; nil for unwrapped ones
	var css strings.Builder
	space := ""
	nodes := 0
	bad := func(err error) error { return fmt.Errorf("the picture is no valid SVG: %w", err) }
	for {
		tok, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, nil, bad(err)
		}
		if nodes++; nodes > maxSVGNodes {
			return nil, nil, fmt.Errorf("the picture has more than %d parts", maxSVGNodes)
		}
		switch tok := tok.(type) {
		case xml.Directive:
			if bytes.ContainsAny(tok, "[") {
				return nil, nil, errors.New("the picture declares entities, which are not read; save it as plain SVG")
			}
		case xml.StartElement:
			if root == nil {
				if tok.Name.Local != "svg" || tok.Name.Space != svgSpace && tok.Name.Space != "" {
					return nil, nil, errors.New("the file is no SVG picture")
				}
				space = tok.Name.Space
			}
			if len(stack) >= maxSVGDepth {
				return nil, nil, fmt.Errorf("the picture is nested deeper than %d levels", maxSVGDepth)
			}
			if tok.Name.Space != space {
				if err := d.Skip(); err != nil {
					return nil, nil, bad(err)
				}
				continue
			}
			switch {
			case svgElements[tok.Name.Local]:
				n := &svgNode{name: tok.Name.Local}
				n.keepAttrs(tok.Attr)
				if n.name == "image" && n.attr("href") == "" {
					if err := d.Skip(); err != nil {
						return nil, nil, bad(err)
					}
					continue
				}
				if root == nil {
					root = n
				} else if up := parent(stack); up != nil {
					up.kids = append(up.kids, n)
				} else {
					return nil, nil, errors.New("the file holds more than one picture")
				}
				stack = append(stack, n)
			case svgUnwrapped[tok.Name.Local]:
				stack = append(stack, nil)
			case tok.Name.Local == "foreignObject":
				lines, n, err := labelOf(d, tok)
				if err != nil {
					return nil, nil, bad(err)
				}
				switch up := parent(stack); {
				case up == nil:
				case up.name == "switch":
					up.label = lines // a drawing program has put a short text beside it
				case n != nil:
					up.kids = append(up.kids, n)
				}
			case tok.Name.Local == "style":
				var text struct {
					Text string `xml:",chardata"`
				}
				if err := d.DecodeElement(&text, &tok); err != nil {
					return nil, nil, bad(err)
				}
				css.WriteString(text.Text)
				css.WriteByte('\n')
			default:
				if err := d.Skip(); err != nil {
					return nil, nil, bad(err)
				}
			}
		case xml.EndElement:
			if len(stack) > 0 {
				if n := stack[len(stack)-1]; n != nil && len(n.label) > 0 {
					n.spellOut()
				}
				stack = stack[:len(stack)-1]
			}
		case xml.CharData:
			if up := parent(stack); up != nil && holdsText(up.name) {
				up.kids = append(up.kids, &svgNode{text: string(tok)})
			}
		}
	}
	if root == nil {
		return nil, nil, errors.New("the file is no SVG picture")
	}
	return root, parseSheet(css.String()), nil
}

// Bounds of a label that is made of HTML.
const (
	maxLabelLines = 30
	maxLabelText  = 2_000
	labelSize     = 16.0 // of letters, where the picture does not say
)

// labelOf reads a foreign document, which drawing programs such as Mermaid use
// for the text of a box, and makes a plain text of it: in the middle of its
// area, on as many lines as it had or needs. It returns nil where there is
// nothing to show; lines are those that the document itself had.
func labelOf(d *xml.Decoder, start xml.StartElement) (lines []string, label *svgNode, err error) {
	size := map[string]float64{}
	for _, a := range start.Attr {
		if f, err := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(a.Value), "px"), 64); err == nil && f > -1e6 && f < 1e6 {
			size[a.Name.Local] = f
		}
	}
	var text strings.Builder
	for depth := 1; depth > 0; {
		tok, err := d.Token()
		if err != nil {
			return nil, nil, err
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			switch tok.Name.Local {
			case "script", "style", "svg", "title":
				if err := d.Skip(); err != nil {
					return nil, nil, err
				}
				continue
			case "br", "p", "div", "li", "tr":
				text.WriteByte('\n')
			}
			depth++
		case xml.EndElement:
			if depth--; tok.Name.Local == "p" || tok.Name.Local == "div" {
				text.WriteByte('\n')
			}
		case xml.CharData:
			if text.Len() < maxLabelText {
				text.WriteString(strings.ReplaceAll(string(tok), "\n", " "))
			}
		}
	}
	width, height := size["width"], size["height"]
	var wrapped []string
	for line := range strings.SplitSeq(text.String(), "\n") {
		if line = oneLine(line); line != "" {
			lines = append(lines, line)
			wrapped = append(wrapped, wrap(line, int(width*1.35/(labelSize*0.5)))...)
		}
	}
	if len(wrapped) == 0 || len(wrapped) > maxLabelLines {
		return nil, nil, nil
	}
	if width <= 0 || height <= 0 {
		return lines, nil, nil
	}
	number := func(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }
	n := &svgNode{name: "text", attrs: []svgAttr{{"text-anchor", "middle"}, {"dominant-baseline", "central"}}}
	x := number(size["x"] + width/2)
	const step = labelSize * 1.2
	y := size["y"] + height/2 - step*float64(len(wrapped)-1)/2
	for i, line := range wrapped {
		n.kids = append(n.kids, &svgNode{name: "tspan", attrs: []svgAttr{{"x", x}, {"y", number(y + step*float64(i))}}, kids: []*svgNode{{text: line}}})
	}
	return lines, n, nil
}

// spellOut gives the text beside a foreign document, which draw.io cuts to
// "Knative def...", the words that were in the document.
func (n *svgNode) spellOut() {
	i := slices.IndexFunc(n.kids, func(k *svgNode) bool { return k.name == "text" })
	if i < 0 || len(n.kids[i].kids) != 1 || !strings.HasSuffix(strings.TrimSpace(n.kids[i].kids[0].text), "...") {
		return
	}
	t := n.kids[i]
	x := t.attr("x")
	t.kids = nil
	for i, line := range n.label {
		dy := "1.2em"
		if i == 0 {
			dy = strconv.FormatFloat(-0.6*float64(len(n.label)-1), 'f', 1, 64) + "em"
		}
		t.kids = append(t.kids, &svgNode{name: "tspan", attrs: []svgAttr{{"x", x}, {"dy", dy}}, kids: []*svgNode{{text: line}}})
	}
}

// wrap breaks a line between words so that no part has more letters than width.
func wrap(line string, width int) []string {
	if line == "" {
		return nil
	}
	var out []string
	at := ""
	for w := range strings.FieldsSeq(line) {
		if at != "" && utf8.RuneCountInString(at)+1+utf8.RuneCountInString(w) > max(8, width) {
			out = append(out, at)
			at = ""
		}
		if at != "" {
			at += " "
		}
		at += w
	}
	return append(out, at)
}

// parent returns the innermost kept element that is open.
func parent(stack []*svgNode) *svgNode {
	for _, n := range slices.Backward(stack) {
		if n != nil {
			return n
		}
	}
	return nil
}

func holdsText(name string) bool {
	switch name {
	case "text", "tspan", "textPath":
		return true
	}
	return false
}

// keepAttrs keeps the attributes that are on the lists, with safe values.
func (n *svgNode) keepAttrs(attrs []xml.Attr) {
	for _, a := range attrs {
		name, value := a.Name.Local, strings.TrimSpace(a.Value)
		switch {
		case a.Name.Space == xlinkSpace && name == "href", a.Name.Space == "" && name == "href":
			if ok := strings.HasPrefix(value, "#") && safeID(value[1:]) || n.name == "image" && safeImage(value); ok {
				n.set("href", value)
			}
		case a.Name.Space == xmlSpace && name == "space":
			if value == "preserve" {
				n.set("xml:space", value)
			}
		case a.Name.Space != "":
		case name == "style":
			n.style = value
		case name == "id":
			if safeID(value) {
				n.set(name, value)
			}
		case name == "width" || name == "height":
			// A picture without a size is as large as its viewBox; one with an
			// absurd size would take the page with it.
			if size, err := strconv.ParseFloat(strings.TrimRight(value, "abcdefghijklmnopqrstuvwxyz%"), 64); err == nil && size >= 0 && size <= 20_000 && safeValue(value) {
				n.set(name, value)
			}
		case svgAttributes[name] || svgProperties[name]:
			if safeValue(value) {
				n.set(name, value)
			}
		}
	}
}

// safeID tells whether a name inside the picture is plain.
func safeID(s string) bool {
	return s != "" && len(s) <= 200 && strings.IndexFunc(s, func(r rune) bool {
		return r <= ' ' || r == 0x7f || strings.ContainsRune(`"'<>&()\#;{}`, r) || r == utf8.RuneError
	}) < 0
}

// safeImage tells whether an address is a picture of dots carried along.
func safeImage(s string) bool {
	for _, kind := range []string{"png", "jpeg", "jpg", "gif", "webp"} {
		if data, ok := strings.CutPrefix(s, "data:image/"+kind+";base64,"); ok {
			return strings.IndexFunc(data, func(r rune) bool {
				return !(r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '+' || r == '/' || r == '=' || r == '\n' || r == '\r' || r == ' ' || r == '\t')
			}) < 0
		}
	}
	return false
}

// svgFunctions are the functions that values may use besides url(#id).
var svgFunctions = words(`rgb rgba hsl hsla translate translateX translateY rotate scale scaleX scaleY skewX skewY skew matrix url`)

// safeValue tells whether the value of an attribute can neither load nor run
// anything: functions are from a list, and url() stays in the picture.
func safeValue(v string) bool {
	if len(v) > 256<<10 || strings.ContainsAny(v, "\\@<>{};\x00") {
		return false
	}
	lower := strings.ToLower(v)
	if strings.Contains(lower, "javascript") || strings.Contains(lower, "data:") || strings.Contains(lower, "//") {
		return false
	}
	for rest := v; ; {
		before, after, ok := strings.Cut(rest, "(")
		if !ok {
			return true
		}
		word := before[strings.LastIndexFunc(before, func(r rune) bool {
			return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '-')
		})+1:]
		if !svgFunctions[word] {
			return false
		}
		if word == "url" {
			arg, _, ok := strings.Cut(after, ")")
			arg = strings.Trim(strings.TrimSpace(arg), `"'`)
			if !ok || !strings.HasPrefix(arg, "#") || !safeID(arg[1:]) {
				return false
			}
		}
		rest = after
	}
}

// write writes the element and what is in it.
func (n *svgNode) write(b *bytes.Buffer, top bool) {
	if n.name == "" {
		escape(b, n.text)
		return
	}
	b.WriteByte('<')
	b.WriteString(n.name)
	if top {
		b.WriteString(` xmlns="` + svgSpace + `"`)
	}
	for _, a := range n.attrs {
		if a.name == "class" {
			continue // it has done its work
		}
		b.WriteByte(' ')
		b.WriteString(a.name)
		b.WriteString(`="`)
		escape(b, a.value)
		b.WriteByte('"')
	}
	if len(n.kids) == 0 {
		b.WriteString("/>")
		return
	}
	b.WriteByte('>')
	for _, k := range n.kids {
		k.write(b, false)
	}
	b.WriteString("</")
	b.WriteString(n.name)
	b.WriteByte('>')
}

// escape writes text for XML, without control characters.
func escape(b *bytes.Buffer, s string) {
	for _, r := range s {
		switch {
		case r == '&':
			b.WriteString("&amp;")
		case r == '<':
			b.WriteString("&lt;")
		case r == '>':
			b.WriteString("&gt;")
		case r == '"':
			b.WriteString("&quot;")
		case r < 0x20 && r != '\n' && r != '\t', r >= 0x7f && r < 0xa0, r == utf8.RuneError, r == 0xfffe, r == 0xffff,
			r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069:
		default:
			b.WriteRune(r)
		}
	}
}

// boundUse refuses pictures that grow without bound when every <use>, pattern,
// mask and marker is replaced by what it shows, as browsers do.
func boundUse(root *svgNode) error {
	byID := map[string]*svgNode{}
	var index func(n *svgNode)
	index = func(n *svgNode) {
		if id := n.attr("id"); id != "" && byID[id] == nil {
			byID[id] = n
		}
		for _, k := range n.kids {
			index(k)
		}
	}
	index(root)
	const open = -1
	drawn := map[*svgNode]int{}
	var count func(n *svgNode, depth int) int
	count = func(n *svgNode, depth int) int {
		if c, ok := drawn[n]; ok {
			if c == open {
				return maxSVGDrawn + 1 // shows itself
			}
			return c
		}
		if depth > 4*maxSVGDepth {
			return maxSVGDrawn + 1
		}
		drawn[n] = open
		sum := 1
		for _, a := range n.attrs {
			for _, ref := range shows(n, a) {
				if to := byID[ref]; to != nil && sum <= maxSVGDrawn {
					sum += count(to, depth+1)
				}
			}
		}
		for _, k := range n.kids {
			if sum <= maxSVGDrawn {
				sum += count(k, depth+1)
			}
		}
		drawn[n] = sum
		return sum
	}
	if count(root, 0) > maxSVGDrawn {
		return errors.New("the picture shows itself, or more parts than can be drawn")
	}
	return nil
}

// shows returns the ids of what an attribute draws.
func shows(n *svgNode, a svgAttr) []string {
	if a.name == "href" {
		if ref, ok := strings.CutPrefix(a.value, "#"); ok && (n.name == "use" || n.name == "pattern") {
			return []string{ref}
		}
		return nil
	}
	var out []string
	for rest := a.value; ; {
		_, after, ok := strings.Cut(rest, "url(")
		if !ok {
			return out
		}
		arg, _, _ := strings.Cut(after, ")")
		out = append(out, strings.TrimPrefix(strings.Trim(strings.TrimSpace(arg), `"'`), "#"))
		rest = after
	}
}

// A sheet is the rules of a picture's style sheets, in order.
type sheet []cssRule

// A cssRule is the declarations for one selector: the last part names the
// element, those before it elements around it.
type cssRule struct {
	parts []compound
	decls []svgAttr
}

// A compound names an element by its tag, id and classes. child says that it is
// directly inside of the one before it.
type compound struct {
	tag, id string
	classes []string
	child   bool
}

// weight is the specificity of the rule's selector.
func (r *cssRule) weight() int {
	w := 0
	for _, c := range r.parts {
		if c.tag != "" && c.tag != "*" {
			w++
		}
		w += 100 * len(c.classes)
		if c.id != "" {
			w += 10_000
		}
	}
	return w
}

// parseSheet reads rules of plain selectors: *, tag, .class, #id and what
// follows from joining them, as in "#a .b rect" and "g > path". All others, and
// everything that begins with @, are left out.
func parseSheet(css string) sheet {
	for {
		before, after, ok := strings.Cut(css, "/*")
		if !ok {
			break
		}
		_, after, _ = strings.Cut(after, "*/")
		css = before + " " + after
		if len(css) > maxSVGBytes {
			return nil
		}
	}
	var out sheet
	for len(out) < maxSVGRules {
		selectors, rest, ok := strings.Cut(css, "{")
		if !ok {
			break
		}
		// Statements such as @import end with a semicolon in front of the rule.
		if i := strings.LastIndexByte(selectors, ';'); i >= 0 {
			selectors = selectors[i+1:]
		}
		body, depth, end := rest, 1, len(rest)
		for i := range len(rest) {
			switch rest[i] {
			case '{':
				depth++
			case '}':
				depth--
			}
			if depth == 0 {
				body, end = rest[:i], i+1
				break
			}
		}
		css = rest[min(end, len(rest)):]
		if strings.Contains(selectors, "@") || strings.Contains(body, "{") {
			continue
		}
		decls := declarations(body)
		for sel := range strings.SplitSeq(selectors, ",") {
			if r, ok := selector(strings.TrimSpace(sel)); ok && len(out) < maxSVGRules {
				r.decls = decls
				out = append(out, r)
			}
		}
	}
	slices.SortStableFunc(out, func(a, b cssRule) int { return a.weight() - b.weight() })
	return out
}

func selector(s string) (cssRule, bool) {
	var r cssRule
	if s == "" || len(s) > 500 || strings.ContainsAny(s, "+~:[]()\"'\\") {
		return r, false
	}
	child := false
	for part := range strings.FieldsSeq(strings.ReplaceAll(s, ">", " > ")) {
		if part == ">" {
			child = true
			continue
		}
		c := compound{child: child}
		child = false
		for part != "" {
			kind := part[0]
			if kind == '.' || kind == '#' {
				part = part[1:]
			}
			end := strings.IndexAny(part, ".#")
			if end < 0 {
				end = len(part)
			}
			word := part[:end]
			part = part[end:]
			switch {
			case word == "":
				return r, false
			case kind == '.':
				c.classes = append(c.classes, word)
			case kind == '#':
				c.id = word
			default:
				c.tag = word
			}
		}
		r.parts = append(r.parts, c)
	}
	return r, len(r.parts) > 0 && len(r.parts) <= 8 && !child
}

// is tells whether the compound names the element.
func (c *compound) is(n *svgNode) bool {
	if c.tag != "" && c.tag != "*" && c.tag != n.name || c.id != "" && c.id != n.attr("id") {
		return false
	}
	for _, class := range c.classes {
		if !slices.Contains(n.classes, class) {
			return false
		}
	}
	return true
}

// is tells whether the rule is for an element, given those around it from the
// outside in.
func (r *cssRule) is(n *svgNode, around []*svgNode) bool {
	last := len(r.parts) - 1
	if !r.parts[last].is(n) {
		return false
	}
	for i := last; i > 0; i-- {
		want := &r.parts[i-1]
		if r.parts[i].child {
			if len(around) == 0 || !want.is(around[len(around)-1]) {
				return false
			}
			around = around[:len(around)-1]
			continue
		}
		for {
			if len(around) == 0 {
				return false
			}
			up := around[len(around)-1]
			around = around[:len(around)-1]
			if want.is(up) {
				break
			}
		}
	}
	return true
}

// declarations reads "name: value; ..." and keeps what is an attribute too.
func declarations(s string) []svgAttr {
	var out []svgAttr
	for d := range strings.SplitSeq(s, ";") {
		name, value, ok := strings.Cut(d, ":")
		name = strings.ToLower(strings.TrimSpace(name))
		value = strings.TrimSpace(value)
		if v, found := strings.CutSuffix(value, "!important"); found {
			value = strings.TrimSpace(v)
		}
		if ok && svgProperties[name] && value != "" && safeValue(value) {
			out = append(out, svgAttr{name, value})
		}
	}
	return out
}

// apply turns the styles of the tree into attributes: rules in the order of
// their weight, then the element's own style.
func (s sheet) apply(n *svgNode) {
	byClass, byID, byTag := map[string][]int{}, map[string][]int{}, map[string][]int{}
	for i, r := range s {
		switch c := r.parts[len(r.parts)-1]; {
		case c.id != "":
			byID[c.id] = append(byID[c.id], i)
		case len(c.classes) > 0:
			byClass[c.classes[0]] = append(byClass[c.classes[0]], i)
		case c.tag == "*":
			byTag["*"] = append(byTag["*"], i)
		default:
			byTag[c.tag] = append(byTag[c.tag], i)
		}
	}
	var around []*svgNode
	var walk func(n *svgNode)
	walk = func(n *svgNode) {
		if n.name == "" {
			return
		}
		n.classes = strings.Fields(n.attr("class"))
		hits := append(append(append([]int{}, byTag["*"]...), byTag[n.name]...), byID[n.attr("id")]...)
		for _, c := range n.classes {
			hits = append(hits, byClass[c]...)
		}
		slices.Sort(hits)
		for _, i := range slices.Compact(hits) {
			if r := &s[i]; r.is(n, around) {
				for _, d := range r.decls {
					n.set(d.name, d.value)
				}
			}
		}
		for _, d := range declarations(n.style) {
			n.set(d.name, d.value)
		}
		around = append(around, n)
		for _, k := range n.kids {
			walk(k)
		}
		around = around[:len(around)-1]
	}
	walk(n)
}

// latin1 reads ISO 8859-1 as UTF-8.
type latin1 struct {
	r    io.Reader
	rest []byte
}

func (l *latin1) Read(p []byte) (int, error) {
	if len(l.rest) == 0 {
		var buf [4096]byte
		n, err := l.r.Read(buf[:])
		for _, c := range buf[:n] {
			l.rest = utf8.AppendRune(l.rest, rune(c))
		}
		if n == 0 {
			return 0, err
		}
	}
	n := copy(p, l.rest)
	l.rest = l.rest[n:]
	return n, nil
}
