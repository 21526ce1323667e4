package markdown

import (
	"bytes"
	"regexp"
	"strings"
	"sync"

	emoji "github.com/yuin/goldmark-emoji/definition"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// A styleNode is text between marks: ==mark==, ^^ins^^, ^sup^, ~sub~.
type styleNode struct {
	ast.BaseInline
	element string
}

var kindStyle = ast.NewNodeKind("Style")

func (n *styleNode) Kind() ast.NodeKind { return kindStyle }

func (n *styleNode) Dump(source []byte, level int) {
	ast.DumpHelper(n, source, level, map[string]string{"Element": n.element}, nil)
}

// A doubleMark reads ==text== or ^^text^^. Like the "smart" modes of pymdownx
// it leaves marks inside words alone, so that a==b stays as it is.
type doubleMark struct {
	char    byte
	element string
}

func (m doubleMark) Trigger() []byte         { return []byte{m.char} }
func (m doubleMark) IsDelimiter(c byte) bool { return c == m.char }

func (m doubleMark) CanOpenCloser(opener, closer *parser.Delimiter) bool {
	return opener.Char == closer.Char && opener.OriginalLength == closer.OriginalLength
}

func (m doubleMark) OnMatch(int) ast.Node { return &styleNode{element: m.element} }

func (m doubleMark) Parse(parent ast.Node, block text.Reader, pc parser.Context) ast.Node {
	st := stateOf(pc)
	if st.ext.CommonMark {
		return nil
	}
	before := block.PrecendingCharacter()
	line, segment := block.PeekLine()
	if len(line) < 2 || line[1] != m.char || before == rune(m.char) || len(line) > 2 && line[2] == m.char {
		return nil
	}
	d := parser.ScanDelimiter(line, before, 2, m)
	if d == nil {
		return nil
	}
	st.limits.delimiter(parent)
	if isWord(before) {
		d.CanOpen = false
	}
	if len(line) > 2 && isWord(util.ToRune(line, 2)) {
		d.CanClose = false
	}
	if !d.CanOpen && !d.CanClose {
		return nil
	}
	d.Segment = segment.WithStop(segment.Start + 2)
	block.Advance(2)
	pc.PushDelimiter(d)
	return d
}

func isWord(r rune) bool {
	return r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= 0x80
}

// A singleMark reads ^sup^ or ~sub~: one word without spaces, as pymdownx.caret
// and pymdownx.tilde do.
type singleMark struct {
	char    byte
	element string
}

func (m singleMark) Trigger() []byte { return []byte{m.char} }

func (m singleMark) Parse(_ ast.Node, block text.Reader, pc parser.Context) ast.Node {
	if stateOf(pc).ext.CommonMark || block.PrecendingCharacter() == rune(m.char) {
		return nil
	}
	line, segment := block.PeekLine()
	for i := 1; i < len(line) && i < 100; i++ {
		switch c := line[i]; {
		case c == m.char:
			if i == 1 || i+1 < len(line) && line[i+1] == m.char {
				return nil
			}
			n := &styleNode{element: m.element}
			n.AppendChild(n, ast.NewTextSegment(text.NewSegment(segment.Start+1, segment.Start+i)))
			block.Advance(i + 1)
			return n
		case util.IsSpace(c), c == '`', c == '[', c == ']', c == '<', c == '|', c == '/':
			return nil
		}
	}
	return nil
}

// strikeParser is GitHub's ~~del~~ and ~del~, after ~sub~ had its turn.
var strikeParser = limited{extension.NewStrikethroughParser(), (*shape).delimiter}

// A keysNode is a combination of keys: ++ctrl+alt+del++.
type keysNode struct {
	ast.BaseInline
	keys []string
}

var kindKeys = ast.NewNodeKind("Keys")

func (n *keysNode) Kind() ast.NodeKind { return kindKeys }

func (n *keysNode) Dump(source []byte, level int) { ast.DumpHelper(n, source, level, nil, nil) }

var keysSyntax = regexp.MustCompile(`^\+\+((?:[A-Za-z0-9_\-]+|"[^"\n]+")(?:\+(?:[A-Za-z0-9_\-]+|"[^"\n]+"))*)\+\+`)

type keysParser struct{}

func (keysParser) Trigger() []byte { return []byte{'+'} }

func (keysParser) Parse(_ ast.Node, block text.Reader, pc parser.Context) ast.Node {
	line, _ := block.PeekLine()
	if stateOf(pc).ext.CommonMark || len(line) < 5 || line[1] != '+' || isWord(block.PrecendingCharacter()) || block.PrecendingCharacter() == '+' {
		return nil
	}
	m := keysSyntax.FindSubmatch(line)
	if m == nil {
		return nil
	}
	n := &keysNode{}
	for _, k := range splitKeys(string(m[1])) {
		n.keys = append(n.keys, keyName(k))
	}
	block.Advance(len(m[0]))
	return n
}

// splitKeys splits at plus signs outside of quotes.
func splitKeys(s string) []string {
	var out []string
	for s != "" {
		var key string
		if s[0] == '"' {
			end := strings.IndexByte(s[1:], '"') + 1
			key, s = s[:end+1], s[end+1:]
		} else {
			end := strings.IndexByte(s, '+')
			if end < 0 {
				end = len(s)
			}
			key, s = s[:end], s[end:]
		}
		out = append(out, key)
		s = strings.TrimPrefix(s, "+")
	}
	return out
}

// keyNames are the names of keys that are more than their word in upper case,
// from the key map of pymdownx.
var keyNames = map[string]string{
	"ctrl": "Ctrl", "control": "Ctrl", "cmd": "Cmd", "command": "Cmd", "alt": "Alt", "option": "Option", "opt": "Option", "shift": "Shift",
	"meta": "Meta", "win": "Win", "windows": "Win", "super": "Super", "fn": "Fn", "function": "Fn", "enter": "Enter", "return": "Return",
	"esc": "Esc", "escape": "Esc", "tab": "Tab", "space": "Space", "spc": "Space", "del": "Del", "delete": "Del", "ins": "Ins", "insert": "Ins",
	"home": "Home", "end": "End", "pg-up": "Page Up", "page-up": "Page Up", "prior": "Page Up", "pg-dn": "Page Down", "page-down": "Page Down",
	"arrow-up": "Up", "up": "Up", "arrow-down": "Down", "down": "Down", "arrow-left": "Left", "left": "Left", "arrow-right": "Right",
	"right": "Right", "backspace": "Backspace", "back": "Backspace", "bksp": "Backspace", "caps-lock": "Caps Lock", "caps": "Caps Lock",
	"plus": "+", "minus": "-", "comma": ",", "period": ".", "dot": ".", "slash": "/", "backslash": "\\", "backtick": "`", "grave": "`",
	"bracket-left": "[", "bracket-right": "]", "brace-left": "{", "brace-right": "}", "semicolon": ";", "colon": ":", "apostrophe": "'",
	"quote": "\"", "equal": "=", "question": "?", "exclam": "!", "asterisk": "*", "underscore": "_", "hash": "#", "at": "@", "tilde": "~",
	"pipe": "|", "print-screen": "Print Screen", "prtsc": "Print Screen", "scroll-lock": "Scroll Lock", "num-lock": "Num Lock",
	"left-button": "Left Button", "right-button": "Right Button", "middle-button": "Middle Button", "context-menu": "Menu", "menu": "Menu",
}

func keyName(k string) string {
	if strings.HasPrefix(k, `"`) {
		return strings.Trim(k, `"`)
	}
	lower := strings.ToLower(k)
	if n, ok := keyNames[strings.ReplaceAll(lower, "_", "-")]; ok {
		return n
	}
	if len(k) <= 3 {
		return strings.ToUpper(k)
	}
	words := strings.FieldsFunc(k, func(r rune) bool { return r == '-' || r == '_' })
	for i, w := range words {
		words[i] = strings.ToUpper(w[:1]) + w[1:]
	}
	return strings.Join(words, " ")
}

// A criticNode is an edit that somebody proposes: {++add++}, {--drop--},
// {~~old~>new~~}, {==mark==}, {>>comment<<}.
type criticNode struct {
	ast.BaseInline
	kind     byte // '+', '-', '~', '=', '>'
	old, new string
	offset   int
}

var kindCritic = ast.NewNodeKind("Critic")

func (n *criticNode) Kind() ast.NodeKind { return kindCritic }

func (n *criticNode) Dump(source []byte, level int) {
	ast.DumpHelper(n, source, level, map[string]string{"Old": n.old, "New": n.new}, nil)
}

type criticParser struct{}

func (criticParser) Trigger() []byte { return []byte{'{'} }

func (criticParser) Parse(parent ast.Node, block text.Reader, pc parser.Context) ast.Node {
	line, segment := block.PeekLine()
	if stateOf(pc).ext.CommonMark || len(line) < 6 || line[1] != line[2] {
		return nil
	}
	closer := ""
	switch line[1] {
	case '+', '-', '~', '=':
		closer = string(line[1:3]) + "}"
	case '>':
		closer = "<<}"
	default:
		return nil
	}
	body, ok := readUntil(parent, block, 3, closer, stateOf(pc))
	if !ok || body == "" {
		return nil
	}
	n := &criticNode{kind: line[1], new: body, offset: segment.Start + 3}
	switch n.kind {
	case '-':
		n.old, n.new = body, ""
	case '~':
		n.old, n.new, ok = strings.Cut(body, "~>")
		if !ok {
			return nil
		}
	}
	return n
}

// maxSpan is how many bytes a construct of running text may reach over.
const maxSpan = 4096

// readUntil returns the text from skip bytes behind the reader to closer,
// which may stand on a later line of the block, and moves the reader behind it.
func readUntil(parent ast.Node, block text.Reader, skip int, closer string, st *state) (string, bool) {
	if st.limits.lacks(parent, closer) {
		return "", false
	}
	l, pos := block.Position()
	var b strings.Builder
	block.Advance(skip)
	for {
		line, _ := block.PeekLine()
		if line == nil || b.Len() > maxSpan {
			if line == nil {
				st.limits.lack(closer)
			}
			st.limits.add(b.Len() / 8)
			block.SetPosition(l, pos)
			return "", false
		}
		if i := bytes.Index(line, []byte(closer)); i >= 0 {
			b.Write(line[:i])
			block.Advance(i + len(closer))
			return b.String(), true
		}
		b.Write(line)
		block.AdvanceLine()
	}
}

// An emojiNode is :smile: or an icon such as :material-account:.
type emojiNode struct {
	ast.BaseInline
	name  string // without colons
	chars string // of an emoji; "" for an icon
}

var kindEmoji = ast.NewNodeKind("Emoji")

func (n *emojiNode) Kind() ast.NodeKind { return kindEmoji }

func (n *emojiNode) Dump(source []byte, level int) {
	ast.DumpHelper(n, source, level, map[string]string{"Name": n.name}, nil)
}

var emojis = sync.OnceValue(func() emoji.Emojis { return emoji.Github() })

type emojiParser struct{}

func (emojiParser) Trigger() []byte { return []byte{':'} }

func (emojiParser) Parse(_ ast.Node, block text.Reader, pc parser.Context) ast.Node {
	line, _ := block.PeekLine()
	if stateOf(pc).ext.CommonMark || len(line) < 3 || isWord(block.PrecendingCharacter()) {
		return nil
	}
	i := 1
	for ; i < len(line) && i < 100; i++ {
		c := line[i]
		if c == ':' {
			break
		}
		if !(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '_' || c == '-' || c == '+') {
			return nil
		}
	}
	if i < 2 || i >= len(line) || line[i] != ':' {
		return nil
	}
	name := string(line[1:i])
	if iconPath(name) != "" {
		block.Advance(i + 1)
		return &emojiNode{name: name}
	}
	chars := emojiChars(name)
	if chars == "" {
		return nil
	}
	block.Advance(i + 1)
	return &emojiNode{name: name, chars: chars}
}

// emojiChars returns the characters of a short name, or "". GitHub's names
// come first; Material's index has people the other way round
// (man_raising_hand for raising_hand_man).
func emojiChars(name string) string {
	names := []string{name}
	for _, who := range []string{"man", "woman"} {
		if rest, ok := strings.CutPrefix(name, who+"_"); ok {
			names = append(names, rest+"_"+who)
		}
	}
	for _, n := range names {
		if e, ok := emojis().Get(n); ok && e.IsUnicode() {
			return string(e.Unicode)
		}
	}
	return ""
}

// iconPath returns the name that Input.Icon knows for an icon's shortcode, or
// "": material-account-circle is material/account-circle, and
// fontawesome-brands-github is fontawesome/brands/github.
func iconPath(name string) string {
	set, rest, ok := strings.Cut(name, "-")
	if !ok || rest == "" {
		return ""
	}
	switch set {
	case "material", "octicons", "simple":
		return set + "/" + rest
	case "fontawesome":
		style, icon, ok := strings.Cut(rest, "-")
		if !ok || style != "brands" && style != "regular" && style != "solid" {
			return ""
		}
		return set + "/" + style + "/" + icon
	}
	return ""
}

// A mathNode is TeX in running text or a block of it.
type mathNode struct {
	ast.BaseInline
	tex     string
	display bool
}

var kindMath = ast.NewNodeKind("Math")

func (n *mathNode) Kind() ast.NodeKind { return kindMath }

func (n *mathNode) Dump(source []byte, level int) {
	ast.DumpHelper(n, source, level, map[string]string{"TeX": n.tex}, nil)
}

// mathParser reads $x$, $$x$$, \(x\) and \[x\] as pymdownx.arithmatex does, and
// GitHub's $`x`$. A dollar sign is one only if it stands like one: nothing is
// taken for math in "it costs $5, or $10".
type mathParser struct{}

func (mathParser) Trigger() []byte { return []byte{'$', '\\'} }

func (mathParser) Parse(parent ast.Node, block text.Reader, pc parser.Context) ast.Node {
	st := stateOf(pc)
	line, _ := block.PeekLine()
	if st.ext.CommonMark || st.ext.NoMath || len(line) < 3 {
		return nil
	}
	display, open, closer := false, 1, "$"
	switch {
	case line[0] == '\\' && line[1] == '(':
		open, closer = 2, `\)`
	case line[0] == '\\' && line[1] == '[':
		display, open, closer = true, 2, `\]`
	case line[0] == '\\':
		return nil
	case line[1] == '$':
		display, open, closer = true, 2, "$$"
	case line[1] == '`':
		open, closer = 2, "`$"
	case isWord(block.PrecendingCharacter()) || util.IsSpace(line[1]):
		return nil
	}
	l, pos := block.Position()
	tex, ok := readUntil(parent, block, open, closer, st)
	if !ok || strings.TrimSpace(tex) == "" || strings.Contains(tex, "\n\n") {
		block.SetPosition(l, pos)
		return nil
	}
	if closer == "$" {
		next := rune(block.Peek())
		last := tex[len(tex)-1]
		if util.IsSpace(last) || last == '\\' || next != rune(text.EOF) && isWord(next) || !looksLikeTeX(tex) {
			block.SetPosition(l, pos)
			return nil
		}
	}
	return &mathNode{tex: trimTeX(tex), display: display}
}

// trimTeX takes away space and GitHub's backticks around a formula.
func trimTeX(s string) string {
	s = strings.TrimSpace(s)
	if len(s) > 2 && s[0] == '`' && s[len(s)-1] == '`' {
		s = strings.TrimSpace(s[1 : len(s)-1])
	}
	return s
}

// looksLikeTeX keeps prices and shell variables out of math.
func looksLikeTeX(s string) bool {
	if len(s) <= 2 {
		return s[0] < '0' || s[0] > '9'
	}
	if strings.ContainsAny(s, "`") {
		return false
	}
	return strings.ContainsAny(s, `\^_=+-*/<>|{}()`) || !strings.ContainsAny(s, " ,.;:")
}

// An abbreviation is a word with what it means: *[API]: ....
type abbreviation struct{ word, title string }

// An abbrNode takes the place of a definition; it shows nothing.
type abbrNode struct{ ast.BaseBlock }

var kindAbbr = ast.NewNodeKind("Abbreviation")

func (n *abbrNode) Kind() ast.NodeKind { return kindAbbr }

func (n *abbrNode) Dump(source []byte, level int) { ast.DumpHelper(n, source, level, nil, nil) }

var abbrSyntax = regexp.MustCompile(`^[*]\[([^\]\n]+)\][ ]?:[ ]*([^\n]*)\n?$`)

// maxAbbreviations bounds the definitions of one page.
const maxAbbreviations = 2000

type abbrParser struct{}

func (abbrParser) Trigger() []byte { return []byte{'*'} }

func (abbrParser) Open(_ ast.Node, reader text.Reader, pc parser.Context) (ast.Node, parser.State) {
	line, _ := reader.PeekLine()
	pos := pc.BlockOffset()
	st := stateOf(pc)
	if pos < 0 || len(line)-pos < 5 || line[pos+1] != '[' || st.ext.CommonMark {
		return nil, parser.NoChildren
	}
	m := abbrSyntax.FindSubmatch(line[pos:])
	if m == nil {
		return nil, parser.NoChildren
	}
	if len(st.abbrs) < maxAbbreviations {
		st.abbrs = append(st.abbrs, abbreviation{strings.TrimSpace(string(m[1])), strings.TrimSpace(string(m[2]))})
	}
	reader.AdvanceToEOL()
	return &abbrNode{}, parser.NoChildren
}

func (abbrParser) Continue(ast.Node, text.Reader, parser.Context) parser.State { return parser.Close }

func (abbrParser) Close(ast.Node, text.Reader, parser.Context) {}

func (abbrParser) CanInterruptParagraph() bool { return true }

func (abbrParser) CanAcceptIndentedLine() bool { return false }

// abbrPattern returns an expression that finds the words of a page's
// abbreviations, longer ones first, and what they mean.
func abbrPattern(list []abbreviation) (*regexp.Regexp, map[string]string) {
	titles := map[string]string{}
	var words []string
	for _, a := range list {
		if a.word == "" {
			continue
		}
		if _, ok := titles[a.word]; !ok {
			words = append(words, a.word)
		}
		titles[a.word] = a.title
	}
	if len(words) == 0 {
		return nil, nil
	}
	sortLongest(words)
	for i, w := range words {
		words[i] = regexp.QuoteMeta(w)
	}
	re, err := regexp.Compile(strings.Join(words, "|"))
	if err != nil {
		return nil, nil
	}
	return re, titles
}
