package yamldoc

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

var atLine = regexp.MustCompile(`^line (\d+): `)

// explain turns the library's error into one that an author can act on. The
// library names a line at best, and often that of the place where it gave up;
// a look at the text finds the usual causes and where they are.
func (s *segment) explain(err error) *Error {
	msg := strings.TrimPrefix(err.Error(), "yaml: ")
	e := &Error{Line: s.line, Rule: RuleSyntax, Message: msg}
	if m := atLine.FindStringSubmatch(msg); m != nil {
		n, _ := strconv.Atoi(m[1])
		e.Line = s.line + max(n, 1) - 1
		e.Message = msg[len(m[0]):]
	}
	if name, ok := strings.CutPrefix(e.Message, "unknown anchor '"); ok {
		name = strings.TrimSuffix(name, "' referenced")
		e.Rule = RuleAlias
		e.Message = fmt.Sprintf("*%s names an anchor that is not in this document", short(name))
		e.Hint = `put the value in quotes if it is meant as text`
		for i, l := range s.lines() {
			if at := bytes.Index(l, []byte("*"+name)); at >= 0 {
				e.Line, e.Column = s.line+i, 1+utf8.RuneCount(l[:at])
				break
			}
		}
		return e
	}
	s.find(e)
	if e.Hint != "" {
		return e
	}
	lines := s.lines()
	if strings.Contains(e.Message, "unexpected end of stream") {
		if e.Line >= s.line+len(lines)-1 {
			e.Line = s.line // the library knows no better place than the end
		}
	} else if i := s.failing(e.Message, lines); i >= 0 {
		e.Line = s.line + i
	}
	if i := e.Line - s.line; i >= 0 && i < len(lines) {
		l := lines[i]
		e.Column = 1 + len(l) - len(bytes.TrimLeft(l, " "))
	}
	e.Message, e.Hint = reword(e.Message)
	return e
}

// failing returns the index of the line at which the document stops being
// YAML, or -1: the last line of the shortest beginning that the library
// refuses for the same reason.
func (s *segment) failing(msg string, lines [][]byte) int {
	if len(s.src) > 64<<10 {
		return -1
	}
	src := s.tagsOnly()
	ends := make([]int, 0, len(lines))
	for i, b := range src {
		if b == '\n' || i == len(src)-1 {
			ends = append(ends, i+1)
		}
	}
	i, _ := slices.BinarySearchFunc(ends, true, func(end int, _ bool) int {
		if _, err := compose(src[:end]); err != nil && strings.HasSuffix(err.Error(), msg) {
			return 0
		}
		return -1
	})
	if i == len(ends) {
		return -1
	}
	return i
}

// lines returns the lines of the document without their ends.
func (s *segment) lines() [][]byte {
	lines := bytes.Split(s.src, []byte("\n"))
	for i := range lines {
		lines[i] = bytes.TrimRight(lines[i], "\r")
	}
	return lines
}

// find looks for a known cause and moves the error there.
func (s *segment) find(e *Error) {
	set := func(line, at int, l []byte, message, hint string) {
		e.Line, e.Column = s.line+line, 1+utf8.RuneCount(l[:min(at, len(l))])
		e.Message, e.Hint = message, hint
	}
	block := -1 // indentation of the key whose block scalar we are in
	for i, l := range s.lines() {
		text := bytes.TrimLeft(l, " \t")
		indent := len(l) - len(text)
		if len(text) == 0 {
			continue
		}
		switch {
		case bytes.HasPrefix(l, []byte("<<<<<<<")), bytes.HasPrefix(l, []byte(">>>>>>>")), string(l) == "=======":
			set(i, 0, l, "the file holds the marks of a merge conflict", "resolve the conflict")
			return
		}
		if block >= 0 {
			if indent > block && bytes.IndexByte(l[:indent], '\t') < 0 {
				continue
			}
			if tab := bytes.IndexByte(l[:indent], '\t'); tab > block {
				continue
			}
			block = -1
		}
		if tab := bytes.IndexByte(l[:indent], '\t'); tab >= 0 && text[0] != '#' {
			set(i, tab, l, "the line is indented with a tab", "YAML is indented with spaces: replace the tab by two of them")
			return
		}
		switch {
		case text[0] == '#':
			continue
		case bytes.HasPrefix(text, []byte("{%")), bytes.HasPrefix(text, []byte("{{")):
			set(i, indent, l, "this looks like a template that was not filled in", "leave the file out of the catalog, or put the text in quotes")
			return
		}
		// The value of the line, behind dashes and a key.
		at := indent
		for at+1 < len(l) && l[at] == '-' && l[at+1] == ' ' {
			at += 2
			for at < len(l) && l[at] == ' ' {
				at++
			}
		}
		keyAt := at
		if k := keyEnd(l[at:]); k > 0 && l[at] != '[' && l[at] != '{' {
			at += k
			for at < len(l) && (l[at] == ' ' || l[at] == '\t') {
				at++
			}
		}
		if at >= len(l) {
			continue
		}
		v := l[at:]
		switch v[0] {
		case '|', '>':
			block = keyAt
			if keyAt > indent { // behind a dash
				block = indent
			}
		case '@', '`':
			set(i, at, l, fmt.Sprintf("a value cannot begin with %c", v[0]), fmt.Sprintf("put it in quotes: %s", quote(v)))
			return
		case '%':
			set(i, at, l, "a value cannot begin with %", fmt.Sprintf("put it in quotes: %s", quote(v)))
			return
		case '*':
			name := bytes.TrimRight(v[1:], " ")
			if spaced := len(name) == 0 || bytes.IndexByte(name, ' ') >= 0; spaced || bytes.ContainsAny(name, "*.!,") {
				set(i, at, l, "a value that begins with * is an alias", fmt.Sprintf("put it in quotes: %s", quote(v)))
				if !spaced {
					e.Rule = RuleAlias // an anchor of that name, which nobody can set
				}
				return
			}
		case '"':
			if bad := badEscape(v); bad > 0 {
				set(i, at+bad, l, fmt.Sprintf("the escape %s is not known within double quotes", short(string(v[bad:min(bad+2, len(v))]))),
					`use single quotes, or write \\ for a backslash`)
				return
			}
			if end := closing(v); end > 0 && trailing(v[end:]) {
				set(i, at+end, l, "text follows the closing quote", "put the whole value in quotes")
				return
			}
		case '\'':
			if end := closing(v); end > 0 && trailing(v[end:]) {
				set(i, at+end, l, "text follows the closing quote", "put the whole value in quotes; a ' within single quotes is written twice")
				return
			}
		case '[', '{', '&', '!':
		default:
			if at == keyAt {
				continue
			}
			if c := bytes.Index(v, []byte(": ")); c > 0 && (!bytes.Contains(v, []byte(" #")) || bytes.Index(v, []byte(" #")) > c) {
				set(i, at+c, l, "a colon with a space after it begins a value within a value", fmt.Sprintf("put the text in quotes: %s", quote(v)))
				return
			}
		}
	}
}

// keyEnd returns the length of "key:" at the start of a line, or 0.
func keyEnd(l []byte) int {
	if len(l) > 0 && (l[0] == '"' || l[0] == '\'') {
		end := closing(l)
		for end > 0 && end < len(l) && l[end] == ' ' {
			end++
		}
		if end > 0 && end < len(l) && l[end] == ':' {
			return end + 1
		}
		return 0
	}
	for i, b := range l {
		if b == '#' && i > 0 && l[i-1] == ' ' {
			return 0
		}
		if b == ':' && (i+1 == len(l) || l[i+1] == ' ' || l[i+1] == '\t') {
			return i + 1
		}
	}
	return 0
}

// closing returns the place behind the quote that closes the one at the
// start, or 0 when it is not on this line.
func closing(v []byte) int {
	q := v[0]
	for i := 1; i < len(v); i++ {
		switch {
		case v[i] == '\\' && q == '"':
			i++
		case v[i] == q:
			if q == '\'' && i+1 < len(v) && v[i+1] == q {
				i++
				continue
			}
			return i + 1
		}
	}
	return 0
}

// trailing reports that something stands after a closed value.
func trailing(rest []byte) bool {
	rest = bytes.TrimLeft(rest, " \t")
	return len(rest) > 0 && rest[0] != '#' && rest[0] != ':' && rest[0] != ','
}

// badEscape returns the place of an escape that double quotes do not know.
func badEscape(v []byte) int {
	for i := 1; i < len(v) && v[i] != '"'; i++ {
		if v[i] == '\\' {
			if i+1 < len(v) && bytes.IndexByte([]byte("0abtnvfre \"/\\N_LPxuU\t"), v[i+1]) < 0 {
				return i
			}
			i++
		}
	}
	return 0
}

// quote returns a value in quotes, without the comment behind it.
func quote(v []byte) string {
	if i := bytes.Index(v, []byte(" #")); i > 0 {
		v = v[:i]
	}
	t := short(strings.TrimRight(string(v), " "))
	if strings.ContainsAny(t, `"\`) {
		return "'" + strings.ReplaceAll(t, "'", "''") + "'"
	}
	return `"` + t + `"`
}

// reword says the library's messages in plain words.
func reword(msg string) (message, hint string) {
	switch {
	case strings.Contains(msg, "mapping values are not allowed"):
		return "a key stands where none is expected", "check the indentation of this line and the one above, and quote texts that hold a colon"
	case strings.Contains(msg, "did not find expected key"):
		return "the lines do not line up", "give the keys of one mapping the same indentation"
	case strings.Contains(msg, "did not find expected '-' indicator"):
		return "the entries of the list do not line up", "begin each entry with a dash at the same indentation"
	case strings.Contains(msg, "could not find expected ':'"):
		return "a line is neither key: value nor an entry of a list", "add the colon, with a space after it, or indent the line as part of the text above"
	case strings.Contains(msg, "unexpected end of stream"):
		return "a quote or a bracket is opened here and never closed", "close it"
	case strings.Contains(msg, "expected ',' or ']'"), strings.Contains(msg, "expected ',' or '}'"):
		return "the list or mapping in brackets is not closed", "separate its entries with commas and close the bracket"
	case strings.Contains(msg, "document start"), strings.Contains(msg, "text follows"):
		return "text follows the end of the document", "check the indentation, or begin a new document with a line ---"
	case strings.Contains(msg, "unknown escape"), strings.Contains(msg, "escape code"):
		return "an escape within double quotes is not known", `use single quotes, or write \\ for a backslash`
	case strings.Contains(msg, "tab"):
		return "a tab is used for indentation", "YAML is indented with spaces"
	case strings.Contains(msg, "cannot start any token"):
		return "a value begins with a character that YAML reserves", "put the value in quotes"
	case strings.Contains(msg, "undefined tag handle"):
		return "a tag with a name that is not declared", "put the value in quotes if it is meant as text"
	}
	return msg, ""
}
