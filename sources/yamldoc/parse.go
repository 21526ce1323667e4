package yamldoc

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// Limits bound what one stream may cost. A zero field means the default.
// Whatever is past a limit is refused with an Error of the rule "yaml-limit".
type Limits struct {
	Bytes     int // size of the stream; default 1 MiB
	Documents int // documents in the stream; default 5,000
	Depth     int // nesting of lists and maps; default 64
	Aliases   int // aliases in a document; default 1,000
	Keys      int // keys of one map; default 20,000
	Nodes     int // values in a document, with aliases expanded; default 100,000
	Expanded  int // bytes of text in a document, with aliases expanded; default 8 times Bytes
}

func (l Limits) withDefaults() Limits {
	set := func(v *int, def int) {
		if *v <= 0 {
			*v = def
		}
	}
	set(&l.Bytes, 1<<20)
	set(&l.Documents, 5000)
	set(&l.Depth, 64)
	set(&l.Aliases, 1000)
	set(&l.Keys, 20000)
	set(&l.Nodes, 100000)
	set(&l.Expanded, 8*l.Bytes)
	return l
}

// The rules of an Error.
const (
	RuleSyntax   = "yaml-syntax"   // not YAML; also a key that appears twice
	RuleAlias    = "yaml-alias"    // an alias without an anchor, in itself, or used too often
	RuleLimit    = "yaml-limit"    // larger, deeper or longer than Limits allow
	RuleEncoding = "yaml-encoding" // not UTF-8 text
)

// An Error says why a document, or the whole stream, could not be read.
type Error struct {
	Line, Column int    // from 1, in the stream; Column may be 0
	Rule         string // one of the Rule constants
	Message      string // what is wrong, in lower case, without a full stop
	Hint         string // what to do about it; may be empty
}

func (e *Error) Error() string {
	s := fmt.Sprintf("line %d: %s", e.Line, e.Message)
	if e.Hint != "" {
		s += "; " + e.Hint
	}
	return s
}

// A Document is one document of a stream: Node or Err is set, never both.
type Document struct {
	Index int // from 0; documents without content count
	Line  int // of its first line
	Node  *Node
	Err   *Error

	// Source is the text of the document, from its directives or its "---" on:
	// a part of what was parsed. It is nil where the stream failed as a whole.
	Source []byte
}

// Parse reads every document of a stream. Each document fails alone; a stream
// that cannot be read at all (too large, not text) is one failed document. A
// stream without documents, such as an empty file, gives none.
func Parse(src []byte, l Limits) []Document {
	l = l.withDefaults()
	src, err := text(src, l)
	if err != nil {
		return []Document{{Line: 1, Err: err}}
	}
	segs := split(src)
	if len(segs) > l.Documents {
		return []Document{{Line: 1, Err: &Error{
			Line: segs[l.Documents].line, Column: 1, Rule: RuleLimit,
			Message: fmt.Sprintf("the file holds %d documents, more than the %d that are read", len(segs), l.Documents),
			Hint:    "split it into several files",
		}}}
	}
	if len(segs) == 0 {
		return nil
	}
	docs := make([]Document, len(segs))
	for i := range segs {
		d := &docs[i]
		d.Index, d.Line, d.Source = i, segs[i].line, segs[i].src
		d.Node, d.Err = segs[i].parse(l)
	}
	return docs
}

// ParseOne reads a stream that must hold at most one document. It returns nil
// and no error when there is none.
func ParseOne(src []byte, l Limits) (*Node, *Error) {
	docs := Parse(src, l)
	switch {
	case len(docs) == 0:
		return nil, nil
	case docs[0].Err != nil:
		return nil, docs[0].Err
	case len(docs) > 1:
		return nil, &Error{
			Line: docs[1].Line, Column: 1, Rule: RuleSyntax,
			Message: "a second document begins here, where only one is expected",
			Hint:    "remove the line ---",
		}
	}
	return docs[0].Node, nil
}

// text checks that src is text within the limits and drops a leading byte
// order mark.
func text(src []byte, l Limits) ([]byte, *Error) {
	if len(src) > l.Bytes {
		return nil, &Error{Line: 1, Rule: RuleLimit,
			Message: fmt.Sprintf("the file is %d bytes long, more than the %d that are read", len(src), l.Bytes),
			Hint:    "split it into several files",
		}
	}
	if bytes.HasPrefix(src, []byte("\xff\xfe")) || bytes.HasPrefix(src, []byte("\xfe\xff")) {
		return nil, &Error{Line: 1, Column: 1, Rule: RuleEncoding,
			Message: "the file is UTF-16", Hint: "save it as UTF-8"}
	}
	src = bytes.TrimPrefix(src, []byte("\xef\xbb\xbf"))
	if i := bytes.IndexByte(src, 0); i >= 0 {
		line, col := lineColumn(src, i)
		return nil, &Error{Line: line, Column: col, Rule: RuleEncoding,
			Message: "the file holds a NUL byte and is no text", Hint: "save it as UTF-8"}
	}
	if !utf8.Valid(src) {
		i := 0
		for i < len(src) {
			r, n := utf8.DecodeRune(src[i:])
			if r == utf8.RuneError && n == 1 {
				break
			}
			i += n
		}
		line, col := lineColumn(src, i)
		return nil, &Error{Line: line, Column: col, Rule: RuleEncoding,
			Message: fmt.Sprintf("the byte 0x%02X is not UTF-8", src[i]), Hint: "save the file as UTF-8"}
	}
	return src, nil
}

func lineColumn(src []byte, at int) (line, column int) {
	line = 1 + bytes.Count(src[:at], []byte("\n"))
	return line, 1 + utf8.RuneCount(src[bytes.LastIndexByte(src[:at], '\n')+1:at])
}

// A segment is the text of one document.
type segment struct {
	src  []byte // from its directives or its "---" on
	line int    // in the stream, of the first line of src
	v11  bool   // it says %YAML 1.1
	err  *Error
}

var version1 = regexp.MustCompile(`^\d+\.\d+$`)

// split cuts a stream at the lines that begin with "---" or "...", which are
// markers wherever they stand (YAML 1.2, 9.1.2).
func split(src []byte) []segment {
	var segs []segment
	var (
		start, startLine int
		explicit         bool // begun by ---
		content          bool
		directives       int  // line of the first one, or 0
		tags             bool // there is a %TAG
		v11              bool
		version          bool   // there is a %YAML
		wrong            *Error // in the directives
	)
	reset := func(at, line int) {
		start, startLine = at, line
		explicit, content, directives, tags, v11, version, wrong = false, false, 0, false, false, false, nil
	}
	reset(0, 1)
	emit := func(end int) {
		s := segment{src: src[start:end], line: startLine, v11: v11, err: wrong}
		if directives > 0 && !explicit {
			s.err = &Error{Line: directives, Column: 1, Rule: RuleSyntax,
				Message: "a directive must be followed by a line ---",
				Hint:    "add the line, or quote the text if it is no directive"}
		}
		segs = append(segs, s)
	}
	line := 0
	for at := 0; at < len(src); {
		line++
		end := len(src)
		if i := bytes.IndexByte(src[at:], '\n'); i >= 0 {
			end = at + i + 1
		}
		l := src[at:end]
		switch {
		case marker(l, "---"):
			if explicit || content {
				emit(at)
				reset(at, line)
			}
			if !tags {
				start, startLine = at, line
			}
			explicit = true
			content = true
		case marker(l, "..."):
			if explicit || content || directives > 0 {
				emit(at)
				if t := bytes.TrimLeft(l[3:], " \t\r\n"); len(t) > 0 && t[0] != '#' {
					segs[len(segs)-1].err = &Error{Line: line, Column: 5, Rule: RuleSyntax,
						Message: "text follows the end of the document", Hint: "begin a new document with a line ---"}
				}
			}
			reset(end, line+1)
		case content:
		case l[0] == '%':
			if directives == 0 {
				directives = line
				start, startLine = at, line
			}
			f := strings.Fields(string(l[:min(len(l), 64)]))
			if i := slices.IndexFunc(f, func(s string) bool { return s[0] == '#' }); i > 0 {
				f = f[:i]
			}
			tags = tags || f[0] == "%TAG"
			if f[0] == "%YAML" {
				switch {
				case len(f) != 2 || !version1.MatchString(f[1]):
					wrong = &Error{Line: line, Column: 1, Rule: RuleSyntax, Message: "the version of YAML is not known", Hint: "write %YAML 1.2, or remove the line"}
				case version:
					wrong = &Error{Line: line, Column: 1, Rule: RuleSyntax, Message: "the version of YAML is given twice", Hint: "remove the line"}
				default:
					v11 = f[1] == "1.1"
				}
				version = true
			}
		default:
			if t := bytes.TrimLeft(l, " \t\r\n"); len(t) > 0 && t[0] != '#' {
				content = true
			}
		}
		at = end
	}
	if explicit || content || directives > 0 {
		emit(len(src))
	}
	return segs
}

func marker(line []byte, m string) bool {
	return len(line) >= 3 && string(line[:3]) == m &&
		(len(line) == 3 || line[3] == ' ' || line[3] == '\t' || line[3] == '\r' || line[3] == '\n')
}

// parse reads the document.
func (s *segment) parse(l Limits) (*Node, *Error) {
	if s.err != nil {
		return nil, s.err
	}
	if n := separators(s.src); n > 4*l.Nodes {
		// Before the library builds them all.
		return nil, &Error{Line: s.line, Column: 1, Rule: RuleLimit, Message: fmt.Sprintf("the document holds more than %d values", l.Nodes), Hint: "split it"}
	}
	src, restore := shield(s.tagsOnly())
	if n := len(src); n > 0 && src[n-1] != '\n' {
		// The last line of a block scalar ends in a line break even where the
		// file does not; the library would drop it.
		src = append(src[:n:n], '\n')
	}
	root, err := compose(src)
	var slash rune
	if err != nil {
		// The library follows YAML 1.1 where 1.2 allows more. Only what it
		// refuses pays for a second look.
		if t := withoutTabs(src); t != nil {
			if r, e := compose(t); e == nil {
				root, err = r, nil
			}
		}
		if err != nil && strings.Contains(err.Error(), "unknown escape character") {
			var t []byte
			if t, slash = withoutSlashEscapes(src); t != nil {
				if r, e := compose(t); e == nil {
					root, err, src = r, nil, t
				}
			}
		}
	}
	var question rune
	if err != nil {
		var t []byte
		if t, question = withoutQuestionMarks(src); t != nil {
			if r, e := compose(t); e == nil {
				root, err, src = r, nil, t
			}
		}
	}
	if err != nil {
		return nil, s.explain(err)
	}
	if root == nil {
		return &Node{Kind: Null, Line: s.line, Column: 1}, nil
	}
	c := converter{limits: l, line: s.line - 1, v11: s.v11, restore: restore, slash: string(slash), question: string(question), src: src}
	n := c.node(root, 0)
	if c.err != nil {
		return nil, c.err
	}
	return n, nil
}

// separators counts what may stand between two values. There are never more
// values than that, and in what people write not many fewer.
func separators(src []byte) int {
	n := 0
	for i, b := range src {
		switch b {
		case '\n', ',', '[', '{', '?':
			n++
		case '-', ':':
			if i+1 < len(src) && (src[i+1] == ' ' || src[i+1] == '\t') {
				n++
			}
		}
	}
	return n
}

// tagsOnly returns the text with every directive but %TAG made blank: the
// library refuses %YAML 1.2 and those that it does not know.
func (s *segment) tagsOnly() []byte {
	if len(s.src) == 0 || s.src[0] != '%' {
		return s.src
	}
	out := bytes.Clone(s.src)
	for at := 0; at < len(out) && !marker(out[at:], "---"); {
		end := len(out)
		if i := bytes.IndexByte(out[at:], '\n'); i >= 0 {
			end = at + i
		}
		if out[at] == '%' && !bytes.HasPrefix(out[at:end], []byte("%TAG")) {
			for i := at; i < end; i++ {
				out[i] = ' '
			}
		}
		at = end + 1
	}
	return out
}

// compose returns the root of the only document in src, or nil when it has no
// content.
func compose(src []byte) (root *yaml.Node, err error) {
	defer func() {
		if p := recover(); p != nil {
			root, err = nil, fmt.Errorf("yaml: the document cannot be read: %v", p)
		}
	}()
	dec := yaml.NewDecoder(bytes.NewReader(src))
	var doc, rest yaml.Node
	if err := dec.Decode(&doc); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, nil
		}
		return nil, err
	}
	if err := dec.Decode(&rest); err == nil {
		return nil, errors.New("yaml: text follows the end of the document")
	} else if !errors.Is(err, io.EOF) {
		return nil, err
	}
	if doc.Kind != yaml.DocumentNode || len(doc.Content) != 1 {
		return nil, nil
	}
	return doc.Content[0], nil
}

// withoutTabs turns tabs into blanks where they are no indentation in YAML 1.2:
// on a line that is empty or only has a comment, and after a dash. It returns
// nil when there are none.
func withoutTabs(src []byte) []byte {
	var out []byte
	for at := 0; at < len(src); {
		end := len(src)
		if i := bytes.IndexByte(src[at:], '\n'); i >= 0 {
			end = at + i
		}
		l := bytes.TrimRight(src[at:end], "\r")
		blank := len(l) - len(bytes.TrimLeft(l, " \t"))
		if blank < len(l) && l[blank] != '#' {
			// Not empty: only what follows a dash, when a dash comes first.
			blank = 0
			for i := len(l) - len(bytes.TrimLeft(l, " ")); i+1 < len(l) && l[i] == '-' && (l[i+1] == ' ' || l[i+1] == '\t'); {
				dash := i
				for i++; i < len(l) && (l[i] == ' ' || l[i] == '\t'); i++ {
				}
				if bytes.IndexByte(l[dash:i], '\t') >= 0 && (i+1 >= len(l) || l[i] == '-' && (l[i+1] == ' ' || l[i+1] == '\t')) {
					break // there it would be indentation
				}
				blank = i
			}
		}
		if bytes.IndexByte(l[:blank], '\t') >= 0 {
			if out == nil {
				out = bytes.Clone(src)
			}
			for i := at; i < at+blank; i++ {
				if out[i] == '\t' {
					out[i] = ' '
				}
			}
		}
		at = end + 1
	}
	return out
}

// withoutSlashEscapes replaces the escape \/, which YAML 1.2 took over from
// JSON, by a character from the private use area. It returns nil when there
// is none.
func withoutSlashEscapes(src []byte) ([]byte, rune) {
	if !bytes.Contains(src, []byte(`\/`)) {
		return nil, 0
	}
	mark := rune(0xF8FF)
	for bytes.ContainsRune(src, mark) {
		if mark--; mark < 0xE000 {
			return nil, 0
		}
	}
	out := make([]byte, 0, len(src)+64)
	for i := 0; i < len(src); i++ {
		if src[i] == '\\' && i+1 < len(src) {
			if src[i+1] == '/' {
				out = utf8.AppendRune(out, mark)
			} else {
				out = append(out, src[i], src[i+1])
			}
			i++
			continue
		}
		out = append(out, src[i])
	}
	return out, mark
}

// withoutQuestionMarks replaces question marks inside plain texts by a character
// from the private use area: the library ends such a text there within
// brackets, so that it refuses {url: https://a.example?b=c}. A question mark
// that stands for a key follows a space or a bracket and stays. It returns nil
// when there is none.
func withoutQuestionMarks(src []byte) ([]byte, rune) {
	content := func(i int) bool {
		return src[i] == '?' && i > 0 && bytes.IndexByte([]byte(" \t\r\n[]{},"), src[i-1]) < 0
	}
	found := false
	for i := range src {
		found = found || content(i)
	}
	mark := rune(0xF8FE)
	for found && bytes.ContainsRune(src, mark) {
		if mark--; mark < 0xE000 {
			return nil, 0
		}
	}
	if !found {
		return nil, 0
	}
	out := make([]byte, 0, len(src)+64)
	for i := range src {
		if content(i) {
			out = utf8.AppendRune(out, mark)
		} else {
			out = append(out, src[i])
		}
	}
	return out, mark
}

// shield replaces characters that are content in YAML 1.2, but that the
// library refuses or takes for line breaks, by ones from the private use area
// that do not occur in the text. The replacer turns them back; it is nil when
// there is nothing to turn back.
func shield(src []byte) ([]byte, *strings.Replacer) {
	plain := true
	for i, b := range src {
		if b >= 0x7F || b < 0x20 && b != '\n' && b != '\t' && (b != '\r' || loneCR(src, i)) {
			plain = false
			break
		}
	}
	if plain {
		return src, nil
	}
	private := map[rune]bool{}
	special := map[rune]rune{}
	for i, r := range string(src) {
		switch {
		case r >= 0xE000 && r <= 0xF8FF:
			private[r] = true
		case isSpecial(src, i, r):
			special[r] = 0
		}
	}
	if len(special) == 0 {
		return src, nil
	}
	var back []string
	next := rune(0xE000)
	for _, r := range slices.Sorted(maps.Keys(special)) {
		for private[next] {
			next++
		}
		if next > 0xF8FF {
			return src, nil
		}
		special[r] = next
		back = append(back, string(next), string(r))
		next++
	}
	out := make([]byte, 0, len(src)+len(src)/8)
	for i, r := range string(src) {
		if isSpecial(src, i, r) {
			r = special[r]
		}
		out = utf8.AppendRune(out, r)
	}
	return out, strings.NewReplacer(back...)
}

func isSpecial(src []byte, i int, r rune) bool {
	switch {
	case r == '\n', r == '\t':
		return false
	case r == '\r':
		return loneCR(src, i)
	}
	return r < 0x20 || r >= 0x7F && r < 0xA0 || r == 0x2028 || r == 0x2029 || r == 0xFEFF || r == 0xFFFE || r == 0xFFFF
}

// loneCR reports that the carriage return at i does not end a line, which it
// does only before a line feed and at the end of the text.
func loneCR(src []byte, i int) bool {
	return i+1 < len(src) && src[i+1] != '\n'
}
