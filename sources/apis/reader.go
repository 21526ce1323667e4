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
	dropped  int            // problems beyond maxProblems
	anchors  map[string]int // ids in lower case that are taken, with the last number that was added to them
	tooMany  int            // operations beyond maxOperations
	count    int            // operations
	unfolded int            // fields shown so far
	spent    bool           // it was said that there are too many
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

// spend says whether n more fields, or bodies, may be shown. Named types, which
// have a place of their own, are the first to be shown only there.
func (r *reader) spend(n int, named bool) bool {
	limit := maxShown
	if named {
		limit = maxUnfolded
	}
	if r.unfolded+n > limit {
		if !named && !r.spent {
			r.spent = true
			r.report(0, 0, diag.Warning, RuleLimit, fmt.Sprintf("the definition repeats its parts in too many places; what is beyond %d fields is only in its text", maxShown), "")
		}
		return false
	}
	r.unfolded += n
	return true
}

// few cuts the number of things of one kind at one place, and reports it.
func (r *reader) few(have, most int, what string, line, column int) int {
	if have > most {
		r.report(line, column, diag.Warning, RuleLimit, fmt.Sprintf("%d %s beyond the first %d are only in the text", have-most, what, most), "")
	}
	return min(have, most)
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
	unique, low := id, strings.ToLower(id)
	for n := r.anchors[low]; n > 0; n++ {
		unique = id + "-" + strconv.Itoa(n+1)
		if r.anchors[strings.ToLower(unique)] == 0 {
			r.anchors[low] = n + 1
			break
		}
	}
	r.anchors[strings.ToLower(unique)]++
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
