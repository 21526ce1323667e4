package catalog

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// The formats below are those of Backstage's KubernetesValidatorFunctions and
// CommonValidatorFunctions. Lengths are counted as JavaScript counts them, but
// every format that limits a length is ASCII anyway.

func isAlnum(b byte) bool {
	return b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9'
}

func isLowerAlnum(b byte) bool { return b >= 'a' && b <= 'z' || b >= '0' && b <= '9' }

// validName: letters, digits, - _ and . with a letter or digit at both ends.
func validName(s string) bool {
	if len(s) < 1 || len(s) > 63 || !isAlnum(s[0]) || !isAlnum(s[len(s)-1]) {
		return false
	}
	for i := 1; i < len(s)-1; i++ {
		if b := s[i]; !isAlnum(b) && b != '-' && b != '_' && b != '.' {
			return false
		}
	}
	return true
}

// validNamespace is a DNS label: lower-case letters, digits and inner dashes.
func validNamespace(s string) bool {
	if len(s) < 1 || len(s) > 63 || s[0] == '-' || s[len(s)-1] == '-' {
		return false
	}
	for i := 0; i < len(s); i++ {
		if !isLowerAlnum(s[i]) && s[i] != '-' {
			return false
		}
	}
	return true
}

func validSubdomain(s string) bool {
	if len(s) < 1 || len(s) > 253 {
		return false
	}
	for part := range strings.SplitSeq(s, ".") {
		if !validNamespace(part) {
			return false
		}
	}
	return true
}

func validKind(s string) bool {
	if len(s) < 1 || len(s) > 63 || s[0] >= '0' && s[0] <= '9' {
		return false
	}
	for i := 0; i < len(s); i++ {
		if !isAlnum(s[i]) {
			return false
		}
	}
	return true
}

func validAPIVersion(s string) bool {
	prefix, suffix, found := strings.Cut(s, "/")
	if !found {
		suffix = s
	} else if !validSubdomain(prefix) {
		return false
	}
	if len(suffix) < 1 || len(suffix) > 63 {
		return false
	}
	for i := 0; i < len(suffix); i++ {
		if !isAlnum(suffix[i]) {
			return false
		}
	}
	return true
}

// validKey is the format of label and annotation keys: [prefix/]name.
func validKey(s string) bool {
	prefix, name, found := strings.Cut(s, "/")
	if !found {
		return validName(s)
	}
	return validSubdomain(prefix) && validName(name)
}

func validLabelValue(s string) bool { return s == "" || validName(s) }

// validTag: runs of a-z 0-9 : + # joined by single dashes.
func validTag(s string) bool {
	if len(s) < 1 || len(s) > 63 {
		return false
	}
	dash := true
	for i := 0; i < len(s); i++ {
		switch b := s[i]; {
		case isLowerAlnum(b), b == ':', b == '+', b == '#':
			dash = false
		case b == '-' && !dash:
			dash = true
		default:
			return false
		}
	}
	return !dash
}

// validText reports that s is more than white space, as JavaScript trims it.
func validText(s string) bool {
	return strings.Trim(s, " \t\n\r\v\f\u00a0\ufeff\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000") != ""
}

// compareUTF16 orders strings as JavaScript's Array.sort does.
func compareUTF16(a, b string) int {
	for a != "" && b != "" {
		x, n := utf8.DecodeRuneInString(a)
		y, m := utf8.DecodeRuneInString(b)
		if x != y {
			return int(firstUnit(x)) - int(firstUnit(y)) + cmpSurrogate(x, y)
		}
		a, b = a[n:], b[m:]
	}
	return len(a) - len(b)
}

func firstUnit(r rune) rune {
	if hi, _ := utf16.EncodeRune(r); r > 0xFFFF {
		return hi
	}
	return r
}

// cmpSurrogate orders two runes beyond the basic plane that share their first
// unit, and is 0 for all others.
func cmpSurrogate(x, y rune) int {
	if x > 0xFFFF && y > 0xFFFF && firstUnit(x) == firstUnit(y) {
		return int(x - y)
	}
	return 0
}
