package kubernetes

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	maxMessage = 300 // characters of a message that is kept
	maxName    = 317 // the longest label key: a DNS name, a slash and a name
	removed    = "[removed]"
)

var (
	quotedCommand = regexp.MustCompile(`(?i)\b(exec:?\s*|command:?\s*|entrypoint:?\s*|args:?\s*)(\\?["'` + "`" + `])([^"'` + "`" + `]*)(\\?["'` + "`" + `])?`)
	webAddress    = regexp.MustCompile(`[A-Za-z][A-Za-z0-9+.-]*://[^\s"'<>]+`)
	userInfo      = regexp.MustCompile(`([\w.%+-]+):([^\s@/'"]+)@(\w+)`)
	secretPair    = regexp.MustCompile(`(?i)("?[\w.-]*(?:pass|pwd|secret|token|key|credential|auth|bearer|session|cookie)[\w.-]*"?)(\s*[=:]\s*|\s+)("[^"]*"?|'[^']*'?|(?:(?:bearer|basic|digest|negotiate)\s+)?[^\s,;&]+)`)
	bearer        = regexp.MustCompile(`(?i)\b(bearer|basic)\s+[A-Za-z0-9+/=._~-]{6,}`)
	jwt           = regexp.MustCompile(`\beyJ[A-Za-z0-9_-]*\.[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]*)?`)
	pem           = regexp.MustCompile(`(?s)-----BEGIN [A-Z0-9 ]+-----.*?(-----END [A-Z0-9 ]+-----|$)`)
	cloudKey      = regexp.MustCompile(`\b(AKIA|ASIA|AROA|AIDA|ABIA|ACCA)[A-Z0-9]{8,}\b|\bgh[pousr]_[A-Za-z0-9]{16,}|\bxox[abprs]-[A-Za-z0-9-]{8,}|\bAIza[A-Za-z0-9_-]{20,}|\bglpat-[A-Za-z0-9_-]{10,}`)
	imageDigest   = regexp.MustCompile(`\bsha256:([0-9a-f]{12})[0-9a-f]{20,}`)
	longRun       = regexp.MustCompile(`[A-Za-z0-9+/_=-]{32,}`)
)

// scrub makes a message of a cluster fit to be kept: it may repeat a command
// line with credentials. Control characters go; of a quoted command the first
// word stays; URLs lose user, query and fragment; values of telling keys and
// everything that looks like a key or token is replaced; 300 characters stay.
func scrub(s string) string {
	if s == "" {
		return ""
	}
	if len(s) > 16<<10 { // enough to find what must go from the part that is kept
		s = strings.ToValidUTF8(s[:16<<10], "")
	}
	s = plain(s)
	s = pem.ReplaceAllString(s, removed)
	var arguments []string
	s = quotedCommand.ReplaceAllStringFunc(s, func(m string) string {
		p := quotedCommand.FindStringSubmatch(m)
		word, rest, _ := strings.Cut(strings.TrimSpace(p[3]), " ")
		if rest != "" {
			word += " …"
			arguments = append(arguments, strings.TrimRight(rest, `\`))
		}
		return p[1] + p[2] + word + p[4]
	})
	for _, a := range arguments { // runtimes repeat the command without quotes
		if len(a) > 1 {
			s = strings.ReplaceAll(s, a, "…")
		}
	}
	s = webAddress.ReplaceAllStringFunc(s, cleanAddress)
	s = userInfo.ReplaceAllStringFunc(s, func(m string) string {
		p := userInfo.FindStringSubmatch(m)
		if p[3] == "sha256" { // a tag and a digest
			return m
		}
		return removed + "@" + p[3]
	})
	s = jwt.ReplaceAllString(s, removed)
	s = bearer.ReplaceAllString(s, "$1 "+removed)
	s = secretPair.ReplaceAllStringFunc(s, scrubPair)
	s = cloudKey.ReplaceAllString(s, removed)
	s = imageDigest.ReplaceAllString(s, "sha256:$1")
	s = longRun.ReplaceAllStringFunc(s, func(m string) string {
		if strings.ContainsAny(m, "0123456789") && strings.ContainsFunc(m, unicode.IsLetter) && !wordy(m) {
			return removed
		}
		return m
	})
	return cut(s, maxMessage)
}

// scrubPair removes the value of a pair whose key tells of a secret. A key
// followed by blank and word is a pair only when it is a flag: in running text
// such as "secret db not found" the word is a name.
func scrubPair(m string) string {
	p := secretPair.FindStringSubmatch(m)
	key, sep, value := p[1], p[2], p[3]
	if strings.TrimSpace(sep) == "" && !strings.HasPrefix(key, "-") {
		return m
	}
	if strings.TrimSpace(sep) == ":" && strings.HasSuffix(sep, " ") && sentenceAfter(key, value) {
		return m
	}
	return key + sep + quoteLike(value)
}

// sentenceAfter reports whether "key: value" reads as an error in words, such
// as "secret: not found", in which nothing is secret.
func sentenceAfter(key, value string) bool {
	switch strings.ToLower(strings.Trim(key, `"`)) {
	case "unauthorized", "authorization failed":
		return true
	}
	switch strings.ToLower(strings.Trim(value, `".`)) {
	case "not", "no", "failed", "access", "denied", "missing", "forbidden", "unauthorized", "unauthenticated", "authentication", "server":
		return true
	}
	return false
}

func quoteLike(value string) string {
	if strings.HasPrefix(value, `"`) {
		return `"` + removed + `"`
	}
	return removed
}

// wordy reports whether a long run is a name made of words, such as that of a
// pod or a path, rather than a key.
func wordy(s string) bool {
	longest, n := 0, 0
	for _, r := range s {
		if r == '-' || r == '/' || r == '_' {
			n = 0
			continue
		}
		if n++; n > longest {
			longest = n
		}
	}
	return longest < 20 && strings.ContainsAny(s, "-/_") && s == strings.ToLower(s) && !strings.ContainsAny(s, "+=")
}

// cleanAddress drops user info, query and fragment of a URL.
func cleanAddress(s string) string {
	tail := ""
	if trimmed := strings.TrimRight(s, `.,;:)]}\`); trimmed != s {
		s, tail = trimmed, s[len(trimmed):]
	}
	scheme, rest, _ := strings.Cut(s, "://")
	// A password may hold slashes and question marks that nobody escaped; a
	// digest is none.
	if i := strings.LastIndexByte(rest, '@'); i >= 0 && !strings.HasPrefix(rest[i+1:], "sha256:") {
		rest = rest[i+1:]
	}
	if i := strings.IndexAny(rest, "?#"); i >= 0 {
		rest = rest[:i]
	}
	return scheme + "://" + rest + tail
}

// plain drops control and direction characters, turns line breaks into blanks
// and mends broken UTF-8.
func plain(s string) string {
	clean := true
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < 0x20 || c >= 0x7f {
			clean = false
			break
		}
	}
	if clean {
		return s
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t' || r == '\r' || r == '\u2028' || r == '\u2029':
			return ' '
		case r == utf8.RuneError || unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Co, r) || unicode.Is(unicode.Cs, r):
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
}

// cut shortens s to at most n characters, the last being an ellipsis if it had more.
func cut(s string, n int) string {
	if len(s) <= n || utf8.RuneCountInString(s) <= n {
		return s
	}
	i, count := 0, 0
	for i = range s {
		if count == n-1 {
			break
		}
		count++
	}
	return s[:i] + "…"
}

// What differs between messages about the same thing.
var (
	anyUID      = regexp.MustCompile(`\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b`)
	anyAddress  = regexp.MustCompile(`\b\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}(:\d+)?\b`)
	anyDuration = regexp.MustCompile(`\b\d+(\.\d+)?(ms|s|m|h)(\d+(\.\d+)?(ms|s|m))*\b`)
)
