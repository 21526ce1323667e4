package apis

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/portolan-dev/portolan/sources/diag"
)

// inside is what unfolding needs from a language whose types all have names:
// the fields of a type, nil if it has none.
type inside func(name string) []Field

// unfold fills f with the fields of the type it refers to, level by level, so
// that what is cut off is always the innermost. A type inside of itself is not
// unfolded again.
func (r *reader) unfold(f *Field, of inside, levels int) {
	type names struct {
		name string
		up   *names
	}
	type step struct {
		f     *Field
		depth int
		up    *names
	}
	queue := []step{{f, 0, nil}}
	budget := maxBody
next:
	for len(queue) > 0 {
		st := queue[0]
		queue = queue[1:]
		if st.f.Ref == "" || st.depth >= levels {
			continue
		}
		for up := st.up; up != nil; up = up.up {
			if up.name == st.f.Ref {
				continue next
			}
		}
		kids := of(st.f.Ref)
		if len(kids) == 0 {
			continue
		}
		kids = kids[:min(len(kids), maxLevel)]
		if st.depth > 0 {
			if len(kids) > budget {
				continue
			}
			budget -= len(kids)
		}
		if !r.spend(len(kids), true) {
			continue
		}
		st.f.Fields = append([]Field(nil), kids...)
		up := &names{st.f.Ref, st.up}
		for i := range st.f.Fields {
			queue = append(queue, step{&st.f.Fields[i], st.depth + 1, up})
		}
	}
}

// tooDeep reports whether the brackets of a text nest deeper than the parsers
// should follow: they are recursive, and a stack that overflows cannot be
// caught. Brackets in strings and comments count too, which real texts
// survive by far.
func (r *reader) tooDeep(text string) bool {
	depth, line := 0, 1
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '\n':
			line++
		case '{', '[', '(', '<':
			if depth++; depth > maxNesting {
				r.report(line, 1, diag.Error, RuleLimit, fmt.Sprintf("brackets are nested deeper than %d levels; the definition is shown as text", maxNesting), "")
				return true
			}
		case '}', ']', ')', '>':
			depth = max(depth-1, 0)
		}
	}
	return false
}

// maxRepairs bounds how many top-level parts may be left out.
const maxRepairs = 20

// repair runs parse until it succeeds. Each time it fails, the top-level part
// around the fault is blanked out, so that the others can be read and keep
// their places. Parts begin at the words that begin matches at the start of a
// line.
//
// parse returns the place of the fault, from 1, and what is wrong. A panic of
// a parser counts as a fault of the text as a whole.
func (r *reader) repair(text string, begin *regexp.Regexp, parse func(text string) (line, column int, fault string)) bool {
	guarded := func(text string) (line, column int, fault string) {
		defer func() {
			if p := recover(); p != nil {
				line, column, fault = 0, 0, "the definition confuses the parser; it is shown as text"
			}
		}()
		return parse(text)
	}
	for range maxRepairs {
		line, column, fault := guarded(text)
		if fault == "" {
			return true
		}
		r.report(line, column, diag.Error, RuleInvalid, fault, "")
		if line < 1 {
			return false
		}
		rest, ok := blank(text, line, begin)
		if !ok {
			return false
		}
		text = rest
	}
	return false
}

// blank replaces the part around a line by spaces.
func blank(text string, line int, begin *regexp.Regexp) (string, bool) {
	at := 0
	for range line - 1 {
		i := strings.IndexByte(text[at:], '\n')
		if i < 0 {
			break
		}
		at += i + 1
	}
	start, end := 0, len(text)
	for _, loc := range begin.FindAllStringIndex(text, -1) {
		if loc[0] <= at {
			start = loc[0]
		} else {
			end = loc[0]
			break
		}
	}
	part := strings.Map(func(r rune) rune {
		if r == '\n' {
			return r
		}
		return ' '
	}, text[start:end])
	if strings.TrimSpace(text[start:end]) == "" {
		// The fault shows where nothing is left: what comes before does not end.
		if start == 0 {
			return "", false
		}
		locs := begin.FindAllStringIndex(text[:start], -1)
		if len(locs) == 0 {
			return "", false
		}
		from := locs[len(locs)-1][0]
		part = strings.Map(func(r rune) rune {
			if r == '\n' {
				return r
			}
			return ' '
		}, text[from:end])
		return text[:from] + part + text[end:], true
	}
	return text[:start] + part + text[end:], true
}
