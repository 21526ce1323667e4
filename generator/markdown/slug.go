package markdown

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// A SlugStyle says how the id of a heading is made from its text.
type SlugStyle int

// The styles that MkDocs sites use.
const (
	// SlugPython is the toc extension's own: ASCII only, "Über uns" gives
	// "uber-uns", and a heading without any ASCII letter gives "_1".
	SlugPython SlugStyle = iota

	// SlugPythonUnicode is SlugPython that keeps letters of all scripts, as
	// markdown.extensions.toc.slugify_unicode does.
	SlugPythonUnicode

	// SlugUnicode keeps letters of all scripts in lower case, as
	// pymdownx.slugs.slugify(case="lower") does.
	SlugUnicode

	// SlugUnicodeCase is SlugUnicode that keeps upper case.
	SlugUnicodeCase

	// SlugGitHub is what GitHub does: every space becomes its own hyphen.
	SlugGitHub
)

// slug returns the id for a heading's text, before it is made unique.
// SlugPython follows markdown.extensions.toc.slugify, the others
// pymdownx.slugs.
func (s SlugStyle) slug(text string) string {
	collapse := s == SlugPython || s == SlugPythonUnicode
	if s == SlugPython {
		ascii := true
		for i := 0; i < len(text); i++ {
			if text[i] >= 0x80 {
				ascii = false
				break
			}
		}
		if !ascii {
			text = norm.NFKD.String(text)
		}
	} else if s == SlugPythonUnicode {
		text = norm.NFKD.String(text)
	} else {
		text = norm.NFC.String(text)
	}
	var b strings.Builder
	for _, r := range text {
		switch {
		case r >= 0x80 && s == SlugPython:
		case r == '_', r == '-', unicode.IsSpace(r), unicode.IsLetter(r), unicode.IsNumber(r):
			b.WriteRune(r)
		case s == SlugGitHub && unicode.IsMark(r):
			b.WriteRune(r)
		}
	}
	text = strings.TrimSpace(b.String())
	if s != SlugUnicodeCase {
		text = strings.ToLower(text)
	}
	b.Reset()
	gap := false
	for _, r := range text {
		if unicode.IsSpace(r) || r == '-' && collapse {
			if !gap || !collapse {
				b.WriteByte('-')
			}
			gap = true
			continue
		}
		gap = false
		b.WriteRune(r)
	}
	return b.String()
}

var slugCount = regexp.MustCompile(`^(.*)_([0-9]+)$`)

// An idSet holds the ids of a page.
type idSet struct {
	used map[string]bool
	next map[string]int // the number that is tried next behind a base
}

// has reports whether an id is taken.
func (s *idSet) has(id string) bool { return s.used[id] }

// take marks an id as used.
func (s *idSet) take(id string) {
	if s.used == nil {
		s.used, s.next = map[string]bool{}, map[string]int{}
	}
	s.used[id] = true
}

// unique returns id, or id with the next free number behind it, and takes it.
// It gives what markdown.extensions.toc.unique gives: after "a" and "a_1"
// comes "a_2". GitHub writes a hyphen and counts on from the plain name.
func (s *idSet) unique(id string, style SlugStyle) string {
	if id != "" && !s.used[id] {
		s.take(id)
		return id
	}
	base, sep, n := id, "_", 0
	if style == SlugGitHub {
		sep = "-"
	} else if m := slugCount.FindStringSubmatch(id); m != nil {
		if v, err := strconv.Atoi(m[2]); err == nil && v < 1<<30 {
			base, n = m[1], v
		}
	}
	n = max(n, s.next[base+sep])
	for {
		n++
		next := base + sep + strconv.Itoa(n)
		if !s.used[next] {
			s.take(next)
			s.next[base+sep] = n
			return next
		}
	}
}
