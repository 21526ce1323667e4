package apis

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/portolan-dev/portolan/sources/diag"
)

// A reader collects what one definition holds and what is wrong with it.
type reader struct {
	def      *Definition
	lines    int // of the text
	problems []problem
	dropped  int // problems beyond maxProblems
	anchors  map[string]bool
	tooMany  int // operations beyond maxOperations
	count    int // operations
	unfolded int // fields made by unfolding so far
}

// A problem is a diagnostic whose place is in the definition's text.
type problem struct {
	line, column int
	severity     diag.Severity
	rule         string
	message      string
	hint         string
}

func (r *reader) report(line, column int, s diag.Severity, rule, message, hint string) {
	if len(r.problems) >= maxProblems {
		r.dropped++
		return
	}
	// Some parsers name the line after the last one.
	r.problems = append(r.problems, problem{min(line, r.lines), column, s, rule, message, hint})
}

// finish reports what was only counted so far.
func (r *reader) finish() {
	if r.tooMany > 0 {
		r.problems = append(r.problems, problem{0, 0, diag.Warning, RuleLimit,
			fmt.Sprintf("%d operations beyond the first %d are only in the text", r.tooMany, maxOperations), "split the API"})
	}
	if r.dropped > 0 {
		r.problems = append(r.problems, problem{0, 0, diag.Warning, RuleLimit,
			fmt.Sprintf("%d more problems of this definition are not listed", r.dropped), ""})
	}
}

// reserved are ids that the portal's own pages use. An operation may not take
// them, or links inside of the page would lead to it.
var reserved = map[string]bool{
	"main": true, "q": true, "keys": true, "kt": true, "ks": true, "so": true, "intro": true, "auth": true,
	"types": true, "schemas": true, "text": true, "definition": true, "servers": true, "operations": true,
	"authentication": true, "security": true, "about": true, "search": true, "nav": true, "toc": true,
	"introduction": true, "consumers": true, "providers": true, "docs": true, "links": true, "stale": true, "used-by": true,
}

// option is the id of a row in the search dialog.
var option = regexp.MustCompile(`^so[0-9]+$`)

// anchor makes an id that no other part of the definition has from the first
// of the words that has a letter or digit.
func (r *reader) anchor(words ...string) string {
	id := ""
	for _, w := range words {
		if id = slug(w); id != "" {
			break
		}
	}
	if id == "" {
		id = "operation"
	}
	if low := strings.ToLower(id); reserved[low] || option.MatchString(low) {
		id = "operation-" + id
	}
	// Ids are compared without case: some hosts and readers do.
	unique := id
	for n := 2; r.anchors[strings.ToLower(unique)]; n++ {
		unique = id + "-" + strconv.Itoa(n)
	}
	r.anchors[strings.ToLower(unique)] = true
	return unique
}

// slug keeps the letters, digits, dots and underscores of s and joins the rest
// with hyphens. It cuts at 80 letters.
func slug(s string) string {
	var b strings.Builder
	gap, n := false, 0
	for _, c := range s {
		if !unicode.IsLetter(c) && !unicode.IsDigit(c) && c != '_' && c != '.' {
			gap = true
			continue
		}
		if gap && b.Len() > 0 {
			b.WriteByte('-')
		}
		gap = false
		b.WriteRune(c)
		if n++; n == 80 {
			break
		}
	}
	return b.String()
}

// markdown returns a description, cut where it is longer than a page needs.
func (r *reader) markdown(s string, line, column int) string {
	s = strings.TrimSpace(s)
	if len(s) <= maxText {
		return s
	}
	r.report(line, column, diag.Warning, RuleLimit,
		fmt.Sprintf("a description of %d bytes is cut at %d", len(s), maxText), "put long texts into the docs")
	return cut(s, maxText)
}

// add appends an operation, unless there are too many already.
func (r *reader) add(g *Group, op Operation) {
	if r.count >= maxOperations {
		r.tooMany++
		return
	}
	r.count++
	g.Operations = append(g.Operations, op)
}

// cut returns at most n bytes of s, in whole code points, with a mark.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return strings.TrimRight(s[:n], " \t\r\n") + " …"
}

// line returns s as one line of at most n bytes.
func line(s string, n int) string {
	return cut(strings.Join(strings.Fields(s), " "), n)
}

// firstLine returns the first line of a text.
func firstLine(s string) string {
	s = strings.TrimSpace(s)
	if i := strings.IndexAny(s, "\r\n"); i >= 0 {
		s = s[:i]
	}
	return line(s, 200)
}

// quote shows outside text inside a message.
func quote(s string) string { return strconv.Quote(cut(s, 120)) }
