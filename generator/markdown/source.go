package markdown

import (
	"bytes"
	"sort"
	"strings"
	"unicode/utf8"
)

// Two noncharacters frame the number of a trusted fragment in rendered text.
// No author can write them: normalise and appendText replace them.
const (
	trustedOpen  = '\uFDD0'
	trustedClose = '\uFDD1'
)

// A source is the text that is parsed, with the way back to the file that the
// author wrote.
type source struct {
	text   []byte
	starts []int // offset of each line in text, ascending; the first is 0
	origin []int // line in the author's file for each line, from 1; nil if they are equal

	// The place that was asked for last: places come in order, and lines can
	// be long.
	offset, line, column int
}

// newSource indexes the lines of text. origin may be nil.
func newSource(text []byte, origin []int) *source {
	s := &source{text: text, origin: origin, starts: make([]int, 1, 1+bytes.Count(text, []byte{'\n'}))}
	for at := 0; ; {
		i := bytes.IndexByte(text[at:], '\n')
		if i < 0 {
			return s
		}
		at += i + 1
		s.starts = append(s.starts, at)
	}
}

// pos returns line and column, from 1, of an offset; the column counts
// characters.
func (s *source) pos(offset int) (line, column int) {
	if offset < 0 {
		offset = 0
	}
	if offset > len(s.text) {
		offset = len(s.text)
	}
	i := sort.SearchInts(s.starts, offset+1) - 1
	column = 1
	from := s.starts[i]
	if i == s.line && s.column > 0 && s.offset <= offset {
		column, from = s.column, s.offset
	}
	column += utf8.RuneCount(s.text[from:offset])
	s.offset, s.line, s.column = offset, i, column
	if s.origin != nil && i < len(s.origin) {
		return s.origin[i], column
	}
	return i + 1, column
}

// normalise makes valid UTF-8 with line feeds only, without a byte order mark
// and without the characters that would break the page or our own marks.
func normalise(src []byte) []byte {
	src = bytes.TrimPrefix(src, []byte("\uFEFF"))
	clean := utf8.Valid(src)
	if clean {
		for _, c := range src {
			if c < 0x20 && c != '\n' && c != '\t' || c == 0x7f {
				clean = false
				break
			}
		}
	}
	if clean && !bytes.Contains(src, []byte("\uFDD0")[:2]) {
		return src
	}
	text := strings.ToValidUTF8(string(src), "\uFFFD")
	text = strings.ReplaceAll(text, "\r\n", "\n")
	return []byte(strings.Map(func(r rune) rune {
		switch {
		case r == '\r':
			return '\n'
		case r == trustedOpen, r == trustedClose, r == 0:
			return utf8.RuneError
		case r == '\f', r == '\v':
			return ' '
		case unwelcome(r):
			return -1
		}
		return r
	}, text))
}

// unwelcome reports whether a character never belongs on a page: control
// characters, and the direction marks that can make text read as something
// that it is not.
func unwelcome(r rune) bool {
	switch {
	case r < 0x20:
		return r != '\n' && r != '\t'
	case r >= 0x7f && r <= 0x9f:
		return true
	case r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069:
		return true
	case r >= 0xfdd0 && r <= 0xfdef:
		return true
	}
	return false
}

// plainASCII reports whether s holds nothing but printable ASCII.
func plainASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < ' ' || s[i] >= 0x7f {
			return false
		}
	}
	return true
}

// appendText appends s as HTML text or attribute value, in the spelling that
// the sanitiser uses too, so that sanitising twice changes nothing.
func appendText(dst []byte, s string) []byte {
	last := 0
	for i := 0; i < len(s); {
		c := s[i]
		var esc string
		size := 1
		switch {
		case c == '&':
			esc = "&amp;"
		case c == '<':
			esc = "&lt;"
		case c == '>':
			esc = "&gt;"
		case c == '"':
			esc = "&#34;"
		case c == '\'':
			esc = "&#39;"
		case c < 0x20 && c != '\n' && c != '\t' || c == 0x7f:
			// dropped
		case c >= utf8.RuneSelf:
			r, n := utf8.DecodeRuneInString(s[i:])
			size = n
			if r == utf8.RuneError && n == 1 {
				esc = "\uFFFD"
			} else if !unwelcome(r) {
				i += n
				continue
			}
		default:
			i++
			continue
		}
		dst = append(dst, s[last:i]...)
		dst = append(dst, esc...)
		i += size
		last = i
	}
	return append(dst, s[last:]...)
}
