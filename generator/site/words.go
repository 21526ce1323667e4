package site

import (
	"strconv"
	"strings"
)

// Num writes a whole number with commas: 7,009.
func Num(n int) string {
	s := strconv.Itoa(n)
	neg := strings.HasPrefix(s, "-")
	s = strings.TrimPrefix(s, "-")
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	if neg {
		return "−" + s
	}
	return s
}

// Count writes a number with its noun: "1 service", "1,612 services", "3 entities".
func Count(n int, noun string) string {
	return Num(n) + " " + Plural(n, noun)
}

// Plural returns the noun as it follows the number n.
func Plural(n int, noun string) string {
	switch {
	case n == 1, uncounted[noun]:
		return noun
	case strings.HasSuffix(noun, "y") && len(noun) > 1 && !strings.ContainsAny(noun[len(noun)-2:len(noun)-1], "aeiou"):
		return noun[:len(noun)-1] + "ies"
	case strings.HasSuffix(noun, "s"), strings.HasSuffix(noun, "ch"), strings.HasSuffix(noun, "x"):
		return noun + "es"
	default:
		return noun + "s"
	}
}

// uncounted are nouns without a plural that occur as kinds.
var uncounted = map[string]bool{"documentation": true, "docs": true, "software": true, "infrastructure": true, "data": true}

// Words joins words as a sentence does: "a", "a and b", "a, b and c".
func Words(words []string) string {
	switch len(words) {
	case 0:
		return ""
	case 1:
		return words[0]
	default:
		return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
	}
}

// Hidden tells whether a rune must not be published: a control character, or a
// direction mark that turns round what stands behind it.
func Hidden(r rune) bool {
	switch {
	case r == '\n', r == '\t':
		return false
	case r < 0x20, r >= 0x7f && r <= 0x9f:
		return true
	default:
		return r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069
	}
}

// clean returns s without hidden runes.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if Hidden(r) {
			return -1
		}
		return r
	}, s)
}
