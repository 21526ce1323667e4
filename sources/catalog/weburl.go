package catalog

import (
	"net/netip"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// A webURL is a URL as the WHATWG's parser reads it, which is the parser that
// decides in Backstage whether a link is valid and where a relative target
// leads. Only what the catalog needs is kept: the host is lower-cased but not
// turned into Punycode.
type webURL struct {
	scheme string // lower case
	opaque bool   // a scheme without hierarchy, such as mailto:; path holds the rest

	auth     string // user information with its @, or ""
	host     string // without the port
	port     string // with its colon, or ""
	hasHost  bool
	path     string // percent-encoded, dot segments removed
	query    string // with its ?, or ""
	fragment string // with its #, or ""
}

// special holds the schemes that always have a host, and their default ports.
var special = map[string]string{"http": "80", "https": "443", "ws": "80", "wss": "443", "ftp": "21", "file": ""}

// ValidURL reports whether the WHATWG's URL parser accepts s, which is the
// test that a link in metadata.links must pass.
func ValidURL(s string) bool {
	_, ok := parseURL(s)
	return ok
}

// parseURL parses an absolute URL.
func parseURL(s string) (webURL, bool) {
	s = strings.TrimFunc(s, func(r rune) bool { return r <= ' ' })
	if strings.ContainsAny(s, "\t\n\r") {
		s = strings.NewReplacer("\t", "", "\n", "", "\r", "").Replace(s)
	}
	i := 0
	for i < len(s) && (isAlnum(s[i]) || i > 0 && (s[i] == '+' || s[i] == '-' || s[i] == '.')) {
		i++
	}
	if i == 0 || i == len(s) || s[i] != ':' || s[0] >= '0' && s[0] <= '9' {
		return webURL{}, false
	}
	u := webURL{scheme: strings.ToLower(s[:i])}
	rest := s[i+1:]
	if rest, u.fragment = cutMark(rest, '#'); u.fragment != "" {
		u.fragment = encode(u.fragment, " \"<>`")
	}
	_, isSpecial := special[u.scheme]
	if !isSpecial {
		return u, u.parseOther(rest)
	}
	rest, u.query = cutMark(rest, '?')
	u.query = encode(u.query, " \"#<>'")
	rest = strings.ReplaceAll(rest, `\`, "/")
	if u.scheme == "file" {
		u.hasHost = true
		if strings.HasPrefix(rest, "//") {
			u.host, rest, _ = strings.Cut(rest[2:], "/")
			if len(u.host) == 2 && u.host[1] == ':' { // a drive
				rest, u.host = u.host+"/"+rest, ""
			}
			if u.host != "" && !u.parseHost() {
				return u, false
			}
		}
		u.path = cleanPath("/" + strings.TrimPrefix(rest, "/"))
		return u, true
	}
	rest = strings.TrimLeft(rest, "/")
	authority, path, _ := strings.Cut(rest, "/")
	if at := strings.LastIndexByte(authority, '@'); at >= 0 {
		u.auth, authority = encode(authority[:at], " \"#<>?`{}/;=@[\\]^|")+"@", authority[at+1:]
	}
	u.host = authority
	colon := strings.LastIndexByte(authority, ':')
	if colon > strings.LastIndexByte(authority, ']') {
		u.host = authority[:colon]
		if port := authority[colon+1:]; port != "" {
			n, err := strconv.ParseUint(port, 10, 16)
			if err != nil || !allDigits(port) {
				return u, false
			}
			if p := strconv.FormatUint(n, 10); p != special[u.scheme] {
				u.port = ":" + p
			}
		}
	}
	u.hasHost = true
	if u.host == "" || !u.parseHost() {
		return u, false
	}
	u.path = cleanPath("/" + path)
	return u, true
}

// parseOther reads what follows a scheme that is not special.
func (u *webURL) parseOther(rest string) bool {
	rest, u.query = cutMark(rest, '?')
	u.query = encode(u.query, " \"#<>")
	switch {
	case strings.HasPrefix(rest, "//"):
		u.hasHost = true
		authority, path, found := strings.Cut(rest[2:], "/")
		if at := strings.LastIndexByte(authority, '@'); at >= 0 {
			u.auth, authority = authority[:at+1], authority[at+1:]
		}
		u.host = authority
		if colon := strings.LastIndexByte(authority, ':'); colon > strings.LastIndexByte(authority, ']') {
			u.host, u.port = authority[:colon], authority[colon:]
			if port := u.port[1:]; port == "" {
				u.port = ""
			} else if n, err := strconv.ParseUint(port, 10, 16); err != nil || !allDigits(port) {
				return false
			} else {
				u.port = ":" + strconv.FormatUint(n, 10)
			}
			if u.host == "" {
				return false
			}
		}
		if strings.HasPrefix(u.host, "[") {
			if !validIPv6(u.host) {
				return false
			}
		} else if strings.ContainsAny(u.host, "\x00\t\n\r #/:<>?@[\\]^|") {
			return false
		}
		if found {
			u.path = cleanPath("/" + path)
		}
	case strings.HasPrefix(rest, "/"):
		u.path = cleanPath(rest)
	default:
		u.opaque = true
		u.path = encode(rest, "")
	}
	return true
}

// parseHost checks and normalises the host of a special scheme.
func (u *webURL) parseHost() bool {
	if strings.HasPrefix(u.host, "[") {
		return validIPv6(u.host)
	}
	h := lower(unescape(u.host))
	if h == "" || !utf8.ValidString(h) {
		return false
	}
	for i := 0; i < len(h); i++ {
		if h[i] <= ' ' || h[i] == 0x7F || strings.IndexByte("#%/:<>?@[\\]^|", h[i]) >= 0 {
			return false
		}
	}
	for label := range strings.SplitSeq(h, ".") {
		if strings.HasPrefix(label, "xn--") {
			if _, err := idna.Lookup.ToUnicode(label); err != nil || label == "xn--" {
				return false
			}
		}
	}
	u.host = h
	return !endsInNumber(h) || validIPv4(h)
}

// endsInNumber reports that the last label looks like a number, so that the
// host must be an IPv4 address.
func endsInNumber(h string) bool {
	labels := strings.Split(strings.TrimSuffix(h, "."), ".")
	last := labels[len(labels)-1]
	if last == "" {
		return false
	}
	_, ok := ipv4Part(last)
	return ok || allDigits(last)
}

func allDigits(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

func ipv4Part(s string) (uint64, bool) {
	base := 10
	switch {
	case len(s) >= 2 && s[0] == '0' && (s[1] == 'x' || s[1] == 'X'):
		s, base = s[2:], 16
	case len(s) >= 2 && s[0] == '0':
		s, base = s[1:], 8
	}
	if s == "" {
		return 0, true
	}
	if strings.ContainsAny(s, "+-_") {
		return 0, false
	}
	n, err := strconv.ParseUint(s, base, 64)
	return n, err == nil
}

func validIPv4(h string) bool {
	parts := strings.Split(strings.TrimSuffix(h, "."), ".")
	if len(parts) > 4 {
		return false
	}
	for i, p := range parts {
		n, ok := ipv4Part(p)
		if !ok || p == "" {
			return false
		}
		most := uint64(255)
		if i == len(parts)-1 {
			most = 1<<(8*(5-uint(len(parts)))) - 1
		}
		if n > most {
			return false
		}
	}
	return true
}

func validIPv6(h string) bool {
	if !strings.HasPrefix(h, "[") || !strings.HasSuffix(h, "]") {
		return false
	}
	a, err := netip.ParseAddr(h[1 : len(h)-1])
	return err == nil && a.Is6() && a.Zone() == ""
}

// String returns the URL in its normal form.
func (u webURL) String() string {
	s := u.scheme + ":"
	if u.hasHost {
		s += "//" + u.auth + u.host + u.port
	}
	return s + u.path + u.query + u.fragment
}

// resolve returns what ref means relative to u, for a ref that is no absolute
// URL itself.
func (u webURL) resolve(ref string) webURL {
	ref = strings.TrimFunc(ref, func(r rune) bool { return r <= ' ' })
	ref = strings.NewReplacer("\t", "", "\n", "", "\r", "").Replace(ref)
	if r := strings.ReplaceAll(ref, `\`, "/"); strings.HasPrefix(r, "//") {
		if other, ok := parseURL(u.scheme + ":" + ref); ok {
			return other
		}
	}
	out := u
	out.query, out.fragment = "", ""
	ref, out.fragment = cutMark(ref, '#')
	out.fragment = encode(out.fragment, " \"<>`")
	ref, out.query = cutMark(ref, '?')
	out.query = encode(out.query, " \"#<>'")
	ref = strings.ReplaceAll(ref, `\`, "/")
	switch {
	case ref == "":
		if out.query == "" {
			out.query = u.query
		}
	case strings.HasPrefix(ref, "/"):
		out.path = cleanPath(ref)
	default:
		out.path = cleanPath(u.path[:strings.LastIndexByte(u.path, '/')+1] + ref)
	}
	return out
}

// cutMark cuts s before the first mark; after keeps the mark and is "" when
// there is none.
func cutMark(s string, mark byte) (before, after string) {
	if i := strings.IndexByte(s, mark); i >= 0 {
		return s[:i], s[i:]
	}
	return s, ""
}

// cleanPath encodes a path that begins with a slash and removes its dot
// segments, spelled with dots or %2e. Empty segments stay.
func cleanPath(p string) string {
	var out []string
	segs := strings.Split(p[1:], "/")
	for i, s := range segs {
		last := i == len(segs)-1
		switch strings.ToLower(strings.ReplaceAll(strings.ReplaceAll(s, "%2e", "."), "%2E", ".")) {
		case ".":
			if last {
				out = append(out, "")
			}
		case "..":
			if len(out) > 0 {
				out = out[:len(out)-1]
			}
			if last {
				out = append(out, "")
			}
		default:
			out = append(out, encode(s, " \"#<>?`{}"))
		}
	}
	return "/" + strings.Join(out, "/")
}

// encode percent-encodes controls, bytes beyond ASCII and those of set.
func encode(s, set string) string {
	const upper = "0123456789ABCDEF"
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < 0x20 || c >= 0x7F || strings.IndexByte(set, c) >= 0 && !(i == 0 && (c == '?' || c == '#')) {
			if b.Len() == 0 {
				b.WriteString(s[:i])
			}
			b.WriteByte('%')
			b.WriteByte(upper[c>>4])
			b.WriteByte(upper[c&15])
		} else if b.Len() > 0 {
			b.WriteByte(c)
		}
	}
	if b.Len() == 0 {
		return s
	}
	return b.String()
}

// unescape decodes percent escapes and leaves broken ones as they are.
func unescape(s string) string {
	if strings.IndexByte(s, '%') < 0 {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			if n, err := strconv.ParseUint(s[i+1:i+3], 16, 8); err == nil {
				b = append(b, byte(n))
				i += 2
				continue
			}
		}
		b = append(b, s[i])
	}
	return string(b)
}
