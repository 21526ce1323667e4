package diag

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/agnivade/levenshtein"
)

// Suggest returns the candidate nearest to word, or "" when none is near
// enough to be what the author meant: one slip in three letters, three at most.
// Case does not count. Ties go to the first candidate.
func Suggest(word string, candidates []string) string {
	word = strings.ToLower(word)
	n := len([]rune(word))
	if n < 2 || n > 128 {
		return ""
	}
	// Two swapped letters are a distance of two; more than three slips make
	// another word.
	best, bestAt := "", 1+min(max(1, min(2, n/2), n/3), 3)
	for _, c := range candidates {
		l := strings.ToLower(c)
		if d := len([]rune(l)) - n; d >= bestAt || -d >= bestAt {
			continue
		}
		if d := levenshtein.ComputeDistance(word, l); d < bestAt {
			best, bestAt = c, d
		}
	}
	return best
}

// DidYouMean returns the hint `did you mean "x"?` for the nearest candidate,
// or "" when there is none.
func DidYouMean(word string, candidates []string) string {
	if s := Suggest(word, candidates); s != "" {
		return fmt.Sprintf("did you mean %q?", s)
	}
	return ""
}

// Slip returns the candidate that word is a slip of: the only one that differs
// from it in case alone, or else in one letter, be it wrong, missing, too much
// or swapped with its neighbour. It returns "" when there is none, or when there
// are several: then nobody can tell which one was meant.
func Slip(word string, candidates []string) string {
	if n := len(word); n < 3 || n > 128 {
		return ""
	}
	found := ""
	for _, near := range []func(a, b string) bool{strings.EqualFold, oneSlip} {
		for _, c := range candidates {
			if c == word || !near(word, c) || c == found {
				continue
			}
			if found != "" {
				return ""
			}
			found = c
		}
		if found != "" {
			return found
		}
	}
	return ""
}

func oneSlip(a, b string) bool {
	x, y := []rune(strings.ToLower(a)), []rune(strings.ToLower(b))
	if len(x) != len(y) {
		return len(x)-len(y) <= 1 && len(y)-len(x) <= 1 && levenshtein.ComputeDistance(string(x), string(y)) <= 1
	}
	i, j := 0, len(x)
	for i < j && x[i] == y[i] {
		i++
	}
	for j > i && x[j-1] == y[j-1] {
		j--
	}
	return j-i <= 1 || j-i == 2 && x[i] == y[i+1] && x[i+1] == y[i]
}

// Printable returns s with control characters, and the marks that turn the
// direction of text, written as escapes. What it returns cannot move a
// terminal's cursor or disguise the order of letters.
func Printable(s string) string {
	if strings.IndexFunc(s, unprintable) < 0 {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if unprintable(r) {
			fmt.Fprintf(&b, `\u%04x`, r)
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

func unprintable(r rune) bool {
	return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029'
}
