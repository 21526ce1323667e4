package search

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// maxWord is how many code points of a word count.
const maxWord = 40

// fold makes letters comparable: compatibility forms become plain ones, accents
// go, capitals become small. The browser's script does the same, step by step.
func fold(s string) string {
	ascii := true
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			ascii = false
			break
		}
	}
	if ascii {
		return strings.ToLower(s)
	}
	s = strings.Map(func(r rune) rune {
		if r >= 0x300 && r <= 0x36f { // combining diacritical marks
			return -1
		}
		return r
	}, norm.NFKD.String(s))
	// Hangul was taken apart above and is put together again.
	return special.Replace(strings.ToLower(norm.NFC.String(s)))
}

// special holds letters that do not decompose, and what they are typed as.
var special = strings.NewReplacer("ß", "ss", "æ", "ae", "œ", "oe", "ø", "o", "ł", "l", "đ", "d", "ð", "d", "þ", "th", "ı", "i", "ς", "σ")

// dense reports whether a script is written without spaces between words, so
// that pairs of letters take the place of words.
func dense(r rune) bool {
	if r < 0xe00 {
		return false
	}
	return r == 'ー' || unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
}

func isWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsMark(r) }

// A kind of letter, to find the words inside of camelCase.
const (
	other = iota
	lower
	upper
)

func caseOf(r rune) int {
	switch {
	case unicode.IsUpper(r):
		return upper
	case unicode.IsLower(r):
		return lower
	default:
		return other
	}
}

// words calls f for every word of text, folded: "getHTTPServer-v3" gives
// gethttpserver, get, http, server and v3. No word is left out for being
// frequent: a name may consist of such words.
func words(text string, f func(word string)) {
	start := -1
	emit := func(end int) {
		if start >= 0 {
			run(text[start:end], f)
		}
		start = -1
	}
	thick := false
	for i, r := range text {
		if !isWord(r) {
			emit(i)
			continue
		}
		d := dense(r)
		if start >= 0 && d != thick && !unicode.IsMark(r) {
			emit(i)
		}
		if start < 0 {
			start, thick = i, d
		}
	}
	emit(len(text))
}

// run splits what stands between two spaces.
func run(s string, f func(word string)) {
	if r, _ := utf8.DecodeRuneInString(s); dense(r) {
		pairs([]rune(fold(s)), f)
		return
	}
	send := func(w string) {
		if w = clip(fold(w)); w != "" {
			f(w)
		}
	}
	send(s)
	parts := camel(s)
	if len(parts) > 1 {
		for _, p := range parts {
			send(p)
		}
	}
}

func pairs(rs []rune, f func(word string)) {
	if len(rs) == 1 {
		f(string(rs))
	}
	for i := 0; i+1 < len(rs); i++ {
		f(string(rs[i : i+2]))
	}
}

// camel splits a word where a capital follows a small letter, and before the
// last of several capitals that a small letter follows. It may return nil for a
// word of one part.
func camel(s string) []string {
	if strings.IndexFunc(s[1:], unicode.IsUpper) < 0 {
		return nil // most words
	}
	var parts []string
	rs := []rune(s)
	start := 0
	for i := 1; i < len(rs); i++ {
		a, b := caseOf(rs[i-1]), caseOf(rs[i])
		if a != upper && b == upper || a == upper && b == upper && i+1 < len(rs) && caseOf(rs[i+1]) == lower {
			parts = append(parts, string(rs[start:i]))
			start = i
		}
	}
	return append(parts, string(rs[start:]))
}

func clip(s string) string {
	n := 0
	for i := range s {
		if n++; n > maxWord {
			return s[:i]
		}
	}
	return s
}
