package markdown

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
)

// Bounds of formulas: of one in depth, and of all on a page in bytes. Beyond
// them the TeX itself is shown.
const (
	maxMathDepth = 40
	maxPageMath  = 128 << 10
)

// mathNode writes TeX as MathML, which browsers draw without script. TeX that
// is not understood is shown as it is.
func (p *page) mathNode(n *mathNode) {
	p.doc.HasMath = true
	p.formulas += len(n.tex)
	if p.formulas <= maxPageMath {
		markup, err := mathML(n.tex, n.display)
		if err == nil {
			if n.display {
				p.str(`<span class="math display">`)
			} else {
				p.str(`<span class="math">`)
			}
			p.trust(markup)
			p.str("</span>")
			return
		}
		line, column := p.src.pos(max(n.Pos(), 0))
		p.problem(Problem{Rule: "math-unsupported", Message: "a formula cannot be drawn: " + err.Error(), Hint: "its TeX is shown as code", Line: line, Column: column})
	}
	if n.display {
		p.str(`<code class="math display">`)
	} else {
		p.str(`<code class="math">`)
	}
	p.text(n.tex)
	p.str("</code>")
}

// mathBlock writes TeX that stands alone.
func (p *page) mathBlock(n *mathBlock) {
	p.breakParagraph()
	p.str("<p>")
	m := &mathNode{tex: n.tex(p.src.text), display: true}
	m.SetPos(n.Pos())
	p.mathNode(m)
	p.str("</p>\n")
}

// mathML converts a formula. It knows the commands that documentation uses;
// an unknown one is an error, because half a formula is worse than its source.
func mathML(tex string, display bool) ([]byte, error) {
	c := &mathConverter{in: []rune(tex)}
	body, err := c.row(0, func() bool { return false })
	if err != nil {
		return nil, err
	}
	if c.pos < len(c.in) {
		return nil, fmt.Errorf("%q has no beginning", string(c.in[c.pos:min(len(c.in), c.pos+10)]))
	}
	open := "<math>"
	if display {
		open = `<math display="block">`
	}
	return []byte(open + "<mrow>" + body + "</mrow></math>"), nil
}

type mathConverter struct {
	in  []rune
	pos int
}

var errMathEnd = errors.New("it ends too early")

func (c *mathConverter) space() {
	for c.pos < len(c.in) {
		switch {
		case unicode.IsSpace(c.in[c.pos]):
			c.pos++
		case c.in[c.pos] == '%':
			for c.pos < len(c.in) && c.in[c.pos] != '\n' {
				c.pos++
			}
		default:
			return
		}
	}
}

func (c *mathConverter) peek() rune {
	if c.pos < len(c.in) {
		return c.in[c.pos]
	}
	return 0
}

// command returns the name at a backslash, without moving.
func (c *mathConverter) command() string {
	if c.peek() != '\\' || c.pos+1 >= len(c.in) {
		return ""
	}
	i := c.pos + 1
	for i < len(c.in) && (c.in[i] >= 'a' && c.in[i] <= 'z' || c.in[i] >= 'A' && c.in[i] <= 'Z') {
		i++
	}
	if i == c.pos+1 {
		i++
	}
	return string(c.in[c.pos+1 : i])
}

func (c *mathConverter) take(name string) bool {
	if c.command() != name {
		return false
	}
	c.pos += 1 + len([]rune(name))
	return true
}

// row reads terms until stop says so, a closing brace, a cell's end, or the
// end of the input.
func (c *mathConverter) row(depth int, stop func() bool) (string, error) {
	if depth > maxMathDepth {
		return "", errors.New("it is nested too deeply")
	}
	var b strings.Builder
	for {
		c.space()
		if c.pos >= len(c.in) || c.peek() == '}' || c.peek() == '&' || stop() {
			return b.String(), nil
		}
		switch c.command() {
		case "\\", "end", "right", "cr":
			return b.String(), nil
		case "over", "choose", "atop":
			name := c.command()
			c.take(name)
			below, err := c.row(depth+1, stop)
			if err != nil {
				return "", err
			}
			open, end := "<mfrac>", "</mfrac>"
			switch name {
			case "choose":
				open, end = `<mo>(</mo><mfrac linethickness="0">`, "</mfrac><mo>)</mo>"
			case "atop":
				open = `<mfrac linethickness="0">`
			}
			return open + "<mrow>" + b.String() + "</mrow><mrow>" + below + "</mrow>" + end, nil
		}
		term, err := c.term(depth)
		if err != nil {
			return "", err
		}
		b.WriteString(term)
	}
}

// term reads an atom with what stands above and below it.
func (c *mathConverter) term(depth int) (string, error) {
	base, kind := "<mrow></mrow>", atomPlain
	if r := c.peek(); r != '^' && r != '_' && r != '\'' {
		var err error
		if base, kind, err = c.atom(depth); err != nil {
			return "", err
		}
	}
	var sub, sup string
	for {
		c.space()
		switch {
		case c.take("limits"):
			kind = atomLimits
		case c.take("nolimits"):
			kind = atomPlain
		case c.peek() == '\'':
			primes := ""
			for c.peek() == '\'' {
				primes += "′"
				c.pos++
			}
			sup += "<mo>" + primes + "</mo>"
		case c.peek() == '^' || c.peek() == '_':
			mark := c.peek()
			c.pos++
			arg, err := c.argument(depth)
			if err != nil {
				return "", err
			}
			if mark == '_' {
				if sub != "" {
					return "", errors.New("two subscripts follow one another")
				}
				sub = arg
			} else {
				sup += arg
			}
		default:
			if sup != "" {
				sup = "<mrow>" + sup + "</mrow>"
			}
			return scripts(base, sub, sup, kind), nil
		}
	}
}

func scripts(base, sub, sup string, kind atomKind) string {
	tags := [3]string{"msub", "msup", "msubsup"}
	if kind == atomLimits {
		tags = [3]string{"munder", "mover", "munderover"}
	}
	switch {
	case sub != "" && sup != "":
		return "<" + tags[2] + ">" + base + sub + sup + "</" + tags[2] + ">"
	case sub != "":
		return "<" + tags[0] + ">" + base + sub + "</" + tags[0] + ">"
	case sup != "":
		return "<" + tags[1] + ">" + base + sup + "</" + tags[1] + ">"
	}
	return base
}

// argument reads a group in braces or one atom, as one element.
func (c *mathConverter) argument(depth int) (string, error) {
	c.space()
	if c.pos >= len(c.in) {
		return "", errMathEnd
	}
	if depth > maxMathDepth {
		return "", errors.New("it is nested too deeply")
	}
	switch r := c.peek(); {
	case r == '{':
		return c.group(depth)
	case r >= '0' && r <= '9': // only one, as in \frac12
		c.pos++
		return element("mn", string(r)), nil
	}
	s, _, err := c.atom(depth + 1)
	return s, err
}

func (c *mathConverter) group(depth int) (string, error) {
	c.pos++
	body, err := c.row(depth+1, func() bool { return false })
	if err != nil {
		return "", err
	}
	if c.peek() != '}' {
		return "", errors.New("a brace is not closed")
	}
	c.pos++
	return "<mrow>" + body + "</mrow>", nil
}

// raw returns the text of a group in braces, such as the name of an
// environment.
func (c *mathConverter) raw() (string, error) {
	c.space()
	if c.peek() != '{' {
		return "", errors.New("an argument in braces is missing")
	}
	level, start := 0, c.pos+1
	for ; c.pos < len(c.in); c.pos++ {
		switch c.in[c.pos] {
		case '\\':
			c.pos++
		case '{':
			level++
		case '}':
			if level--; level == 0 {
				s := string(c.in[start:c.pos])
				c.pos++
				return s, nil
			}
		}
	}
	return "", errors.New("a brace is not closed")
}

type atomKind int

const (
	atomPlain  atomKind = iota
	atomLimits          // scripts stand under and over it
)

func element(tag, text string) string {
	return string(appendText([]byte("<"+tag+">"), text)) + "</" + tag + ">"
}

// atom reads one thing: a letter, a number, a sign, a group or a command.
func (c *mathConverter) atom(depth int) (string, atomKind, error) {
	if depth > maxMathDepth {
		return "", 0, errors.New("it is nested too deeply")
	}
	r := c.peek()
	switch {
	case r == 0:
		return "", 0, errMathEnd
	case r == '{':
		s, err := c.group(depth)
		return s, atomPlain, err
	case r == '}':
		return "", 0, errors.New("a brace is closed that was not opened")
	case r == '\\':
		return c.commandAtom(depth)
	case r >= '0' && r <= '9' || r == '.' && c.pos+1 < len(c.in) && unicode.IsDigit(c.in[c.pos+1]):
		start := c.pos
		for c.pos < len(c.in) && (unicode.IsDigit(c.in[c.pos]) || c.in[c.pos] == '.' && c.pos+1 < len(c.in) && unicode.IsDigit(c.in[c.pos+1])) {
			c.pos++
		}
		return element("mn", string(c.in[start:c.pos])), atomPlain, nil
	}
	c.pos++
	switch {
	case unicode.IsLetter(r):
		return element("mi", string(r)), atomPlain, nil
	case r == '-':
		return "<mo>−</mo>", atomPlain, nil
	case r == '*':
		return "<mo>∗</mo>", atomPlain, nil
	case r == '~':
		return "<mtext>\u00a0</mtext>", atomPlain, nil
	case r == '(' || r == ')' || r == '[' || r == ']' || r == '|' || r == '/':
		return `<mo stretchy="false">` + string(r) + "</mo>", atomPlain, nil
	}
	return element("mo", string(r)), atomPlain, nil
}

// commandAtom reads a command with its arguments.
func (c *mathConverter) commandAtom(depth int) (string, atomKind, error) {
	name := c.command()
	if name == "" {
		return "", 0, errMathEnd
	}
	c.pos += 1 + len([]rune(name))
	if s, ok := mathLetters[name]; ok {
		return element("mi", s), atomPlain, nil
	}
	if s, ok := mathOperators[name]; ok {
		return element("mo", s), atomPlain, nil
	}
	if s, ok := mathBig[name]; ok {
		return element("mo", s), atomLimits, nil
	}
	if s, ok := mathSpaces[name]; ok {
		return `<mspace width="` + s + `"></mspace>`, atomPlain, nil
	}
	if mathFunctions[name] {
		return element("mi", name), atomPlain, nil
	}
	if mathLimits[name] {
		s := name
		switch name {
		case "limsup":
			s = "lim sup"
		case "liminf":
			s = "lim inf"
		}
		return string(appendText([]byte(`<mo movablelimits="true">`), s)) + "</mo>", atomLimits, nil
	}
	if s, ok := mathAccents[name]; ok {
		arg, err := c.argument(depth)
		return `<mover accent="true">` + arg + "<mo>" + s + "</mo></mover>", atomPlain, err
	}
	if f, ok := mathFonts[name]; ok {
		return c.font(depth, f)
	}
	switch name {
	case "frac", "dfrac", "tfrac", "cfrac":
		return c.two(depth, "<mfrac>", "</mfrac>")
	case "binom", "dbinom", "tbinom":
		return c.two(depth, `<mrow><mo>(</mo><mfrac linethickness="0">`, "</mfrac><mo>)</mo></mrow>")
	case "sqrt":
		return c.root(depth)
	case "text", "textrm", "textnormal", "mbox", "hbox", "textbf", "textit", "texttt", "textsf":
		s, err := c.raw()
		return element("mtext", strings.NewReplacer(" ", "\u00a0", `\`, "").Replace(s)), atomPlain, err
	case "operatorname":
		if c.peek() == '*' {
			c.pos++
		}
		s, err := c.raw()
		return element("mi", strings.NewReplacer(`\`, "", "{", "", "}", "").Replace(s)), atomPlain, err
	case "overline", "underline", "overrightarrow", "overleftarrow":
		sign := map[string]string{"overline": "‾", "underline": "_", "overrightarrow": "→", "overleftarrow": "←"}[name]
		tag := "mover"
		if name == "underline" {
			tag = "munder"
		}
		arg, err := c.argument(depth)
		return "<" + tag + ">" + arg + `<mo stretchy="true">` + sign + "</mo></" + tag + ">", atomPlain, err
	case "overbrace":
		arg, err := c.argument(depth)
		return "<mover>" + arg + `<mo stretchy="true">⏞</mo></mover>`, atomLimits, err
	case "underbrace":
		arg, err := c.argument(depth)
		return "<munder>" + arg + `<mo stretchy="true">⏟</mo></munder>`, atomLimits, err
	case "overset", "stackrel":
		return c.stacked(depth, "mover")
	case "underset":
		return c.stacked(depth, "munder")
	case "left":
		return c.fenced(depth)
	case "big", "Big", "bigg", "Bigg", "bigl", "bigr", "Bigl", "Bigr", "biggl", "biggr", "Biggl", "Biggr", "middle":
		s, err := c.delimiter()
		return element("mo", s), atomPlain, err
	case "begin":
		return c.environment(depth)
	case "pmod":
		arg, err := c.argument(depth)
		return `<mrow><mspace width="1em"></mspace><mo>(</mo><mi>mod</mi><mspace width="0.333em"></mspace>` + arg + "<mo>)</mo></mrow>", atomPlain, err
	case "bmod", "mod":
		return `<mrow><mspace width="0.222em"></mspace><mi>mod</mi><mspace width="0.222em"></mspace></mrow>`, atomPlain, nil
	case "not":
		s, _, err := c.atom(depth + 1)
		if i := strings.LastIndex(s, "</mo>"); err == nil && i > 0 {
			return s[:i] + "\u0338" + s[i:], atomPlain, nil
		}
		return s, atomPlain, err
	case "boxed":
		arg, err := c.argument(depth)
		return `<mrow class="boxed">` + arg + "</mrow>", atomPlain, err
	case "phantom":
		arg, err := c.argument(depth)
		return "<mphantom>" + arg + "</mphantom>", atomPlain, err
	case "tag":
		s, err := c.raw()
		return `<mspace width="2em"></mspace>` + element("mtext", "("+s+")"), atomPlain, err
	case "label":
		_, err := c.raw()
		return "", atomPlain, err
	case "displaystyle", "textstyle", "scriptstyle", "hline", "nonumber", "notag", "centering":
		return "", atomPlain, nil
	}
	return "", 0, fmt.Errorf("the command %q is not known", `\`+name)
}

func (c *mathConverter) two(depth int, open, end string) (string, atomKind, error) {
	a, err := c.argument(depth + 1)
	if err != nil {
		return "", 0, err
	}
	b, err := c.argument(depth + 1)
	return open + a + b + end, atomPlain, err
}

func (c *mathConverter) stacked(depth int, tag string) (string, atomKind, error) {
	over, err := c.argument(depth + 1)
	if err != nil {
		return "", 0, err
	}
	base, err := c.argument(depth + 1)
	return "<" + tag + ">" + base + over + "</" + tag + ">", atomPlain, err
}

func (c *mathConverter) root(depth int) (string, atomKind, error) {
	c.space()
	index := ""
	if c.peek() == '[' {
		c.pos++
		var err error
		if index, err = c.row(depth+1, func() bool { return c.peek() == ']' }); err != nil {
			return "", 0, err
		}
		if c.peek() != ']' {
			return "", 0, errMathEnd
		}
		c.pos++
	}
	arg, err := c.argument(depth + 1)
	if index != "" {
		return "<mroot>" + arg + "<mrow>" + index + "</mrow></mroot>", atomPlain, err
	}
	return "<msqrt>" + arg + "</msqrt>", atomPlain, err
}

// delimiter reads what stands behind \left and the like.
func (c *mathConverter) delimiter() (string, error) {
	c.space()
	switch r := c.peek(); {
	case r == 0:
		return "", errMathEnd
	case r == '.':
		c.pos++
		return "", nil
	case r == '\\':
		name := c.command()
		c.pos += 1 + len([]rune(name))
		if s, ok := mathOperators[name]; ok {
			return s, nil
		}
		return "", fmt.Errorf("%q is no delimiter", `\`+name)
	default:
		c.pos++
		if r == '<' {
			return "⟨", nil
		}
		if r == '>' {
			return "⟩", nil
		}
		return string(r), nil
	}
}

func (c *mathConverter) fenced(depth int) (string, atomKind, error) {
	left, err := c.delimiter()
	if err != nil {
		return "", 0, err
	}
	body, err := c.row(depth+1, func() bool { return false })
	if err != nil {
		return "", 0, err
	}
	if !c.take("right") {
		return "", 0, errors.New(`\left has no \right`)
	}
	right, err := c.delimiter()
	if err != nil {
		return "", 0, err
	}
	return "<mrow>" + fence(left) + body + fence(right) + "</mrow>", atomPlain, nil
}

func fence(s string) string {
	if s == "" {
		return ""
	}
	return string(appendText([]byte(`<mo stretchy="true">`), s)) + "</mo>"
}

// environment reads \begin{x} to \end{x}: matrices, cases and aligned lines.
func (c *mathConverter) environment(depth int) (string, atomKind, error) {
	name, err := c.raw()
	if err != nil {
		return "", 0, err
	}
	fences, ok := mathEnvironments[strings.TrimSuffix(name, "*")]
	if !ok {
		return "", 0, fmt.Errorf("the environment %q is not known", name)
	}
	if name == "array" || name == "alignedat" || name == "alignat" {
		if _, err := c.raw(); err != nil {
			return "", 0, err
		}
	}
	aligned := fences[2] == "aligned"
	var rows strings.Builder
	cells, column := "", 0
	for {
		cell, err := c.row(depth+1, func() bool { return false })
		if err != nil {
			return "", 0, err
		}
		class := ""
		switch {
		case aligned && column%2 == 0:
			class = ` class="right"`
		case aligned, fences[2] == "left":
			class = ` class="left"`
		}
		cells += "<mtd" + class + "><mrow>" + cell + "</mrow></mtd>"
		column++
		switch {
		case c.peek() == '&':
			c.pos++
			continue
		case c.take(`\`), c.take("cr"):
			c.space()
			if c.peek() == '[' { // extra space between lines
				for c.pos < len(c.in) && c.in[c.pos] != ']' {
					c.pos++
				}
				c.pos++
			}
			rows.WriteString("<mtr>" + cells + "</mtr>")
			cells, column = "", 0
			continue
		case c.take("end"):
			end, err := c.raw()
			if err != nil {
				return "", 0, err
			}
			if end != name {
				return "", 0, fmt.Errorf("%q is ended as %q", name, end)
			}
			if !(column == 1 && cell == "") {
				rows.WriteString("<mtr>" + cells + "</mtr>")
			}
			open := "<mtable>"
			if aligned {
				open = `<mtable displaystyle="true">`
			}
			return "<mrow>" + fence(fences[0]) + open + rows.String() + "</mtable>" + fence(fences[1]) + "</mrow>", atomPlain, nil
		}
		return "", 0, fmt.Errorf("the environment %q is not ended", name)
	}
}

// font reads the argument of \mathbb and the like: its letters become those of
// the mathematical alphabets.
func (c *mathConverter) font(depth int, f mathFont) (string, atomKind, error) {
	c.space()
	start := c.pos
	if c.peek() == '{' {
		if s, err := c.raw(); err == nil && !strings.ContainsAny(s, `\{}^_&`) {
			return f.letters(s), atomPlain, nil
		}
		c.pos = start
	} else if r := c.peek(); r != '\\' && r != 0 {
		c.pos++
		return f.letters(string(r)), atomPlain, nil
	}
	arg, err := c.argument(depth)
	return arg, atomPlain, err
}

// A mathFont is where an alphabet begins in Unicode; 0 keeps letters upright.
type mathFont struct {
	upper, lower, digit rune
	holes               map[rune]rune
}

// letters returns s as one identifier.
func (f mathFont) letters(s string) string {
	if f.upper == 0 && len([]rune(s)) == 1 {
		// A single letter is slanted unless this says otherwise.
		return string(appendText([]byte(`<mi mathvariant="normal">`), s)) + "</mi>"
	}
	return element("mi", f.convert(s))
}

func (f mathFont) convert(s string) string {
	return strings.Map(func(r rune) rune {
		if h, ok := f.holes[r]; ok {
			return h
		}
		switch {
		case r >= 'A' && r <= 'Z' && f.upper != 0:
			return f.upper + r - 'A'
		case r >= 'a' && r <= 'z' && f.lower != 0:
			return f.lower + r - 'a'
		case r >= '0' && r <= '9' && f.digit != 0:
			return f.digit + r - '0'
		}
		return r
	}, s)
}
