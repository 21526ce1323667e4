package markdown

import (
	"bytes"
	"regexp"
	"strings"

	"github.com/microcosm-cc/bluemonday"
)

// allowedClasses are the classes that authors may use: those that MkDocs
// themes give a meaning. All others are dropped, because a class of the portal
// on foreign markup could cover the portal's own parts.
var allowedClasses = map[string]bool{
	"md-button": true, "md-button--primary": true, "grid": true, "cards": true, "card": true, "annotate": true,
	"center": true, "left": true, "right": true, "only-light": true, "only-dark": true, "lg": true, "middle": true,
}

// alignClasses stand for the align attribute, which is style.
var alignClasses = map[string]string{"left": "left", "right": "right", "center": "center", "middle": "center"}

var (
	lengthValue = regexp.MustCompile(`^[0-9]{1,5}(?:\.[0-9]{1,3})?(?:%|px)?$`)
	numberValue = regexp.MustCompile(`^-?[0-9]{1,6}$`)
	wordValue   = regexp.MustCompile(`^[A-Za-z0-9-]{1,35}$`)
	mediaQuery  = regexp.MustCompile(`^[a-z0-9:() .\-]{1,80}$`)
	idValue     = regexp.MustCompile(`^[^\s"'<>&` + "`" + `]{1,200}$`)
)

// allowedAttributes are the attributes that authors may set, on any element
// unless the function says otherwise. class, id, href, src, alt, title of
// links and pictures have their own ways.
var allowedAttributes = map[string]func(element, value string) bool{
	"title": func(_, v string) bool { return true },
	"lang":  func(_, v string) bool { return wordValue.MatchString(v) },
	"dir":   func(_, v string) bool { return v == "ltr" || v == "rtl" || v == "auto" },
	"width": func(e, v string) bool {
		return (e == "img" || e == "td" || e == "th" || e == "col" || e == "table") && lengthValue.MatchString(v)
	},
	"height":   func(e, v string) bool { return e == "img" && lengthValue.MatchString(v) },
	"loading":  func(e, v string) bool { return e == "img" && (v == "lazy" || v == "eager") },
	"start":    func(e, v string) bool { return e == "ol" && numberValue.MatchString(v) },
	"value":    func(e, v string) bool { return e == "li" && numberValue.MatchString(v) },
	"reversed": func(e, v string) bool { return e == "ol" && (v == "" || v == "reversed") },
	"type":     func(e, v string) bool { return e == "ol" && len(v) == 1 && strings.Contains("1aAiI", v) },
	"colspan":  func(e, v string) bool { return (e == "td" || e == "th") && numberValue.MatchString(v) },
	"rowspan":  func(e, v string) bool { return (e == "td" || e == "th") && numberValue.MatchString(v) },
	"scope": func(e, v string) bool {
		return e == "th" && (v == "row" || v == "col" || v == "rowgroup" || v == "colgroup")
	},
	"span":     func(e, v string) bool { return (e == "col" || e == "colgroup") && numberValue.MatchString(v) },
	"datetime": func(e, v string) bool { return (e == "time" || e == "del" || e == "ins") && len(v) < 40 },
	"open":     func(e, v string) bool { return e == "details" && (v == "" || v == "open" || v == "true") },
	"aria-label": func(e, v string) bool {
		return e == "a" || e == "table" || e == "section"
	},
}

// reservedIDs are the ids that the frame of a docs page uses itself. Content
// with such an id gets the next number behind it, as if it were taken. Other
// ids of the portal begin with "portolan-", which content may not use.
var reservedIDs = []string{"main", "q"}

// validID reports whether an author may use an id. "portolan-" is the
// portal's own prefix.
func validID(id string) bool {
	return idValue.MatchString(id) && !strings.HasPrefix(id, "portolan-")
}

// sanitise returns the HTML that may be published of what was rendered.
//
// The renderer writes nothing that is not in the allow-list, in one spelling:
// lower case, quoted attributes, every start tag with its end tag. conforms
// checks exactly that, tag by tag, and what conforms is published as it is;
// parsing it and writing it again, as a sanitiser does, would give the same
// bytes at ten times the cost. Anything else goes through bluemonday.
func (e *Engine) sanitise(rendered []byte) []byte {
	if conforms(rendered) {
		return rendered
	}
	return e.policy.SanitizeBytes(rendered)
}

// A check says whether a value of an attribute is allowed.
type check func(value []byte) bool

func anyValue([]byte) bool { return true }

func oneOf(values ...string) check {
	return func(v []byte) bool {
		for _, w := range values {
			if string(v) == w {
				return true
			}
		}
		return false
	}
}

func matching(re *regexp.Regexp) check { return re.Match }

// plainWords are class names.
func plainWords(v []byte) bool {
	for _, c := range v {
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_' || c == ' ') {
			return false
		}
	}
	return len(v) > 0
}

// plainID is an id without white space; quotes and brackets are excluded by
// the syntax already.
func plainID(v []byte) bool {
	for _, c := range v {
		if c <= ' ' {
			return false
		}
	}
	return len(v) > 0
}

// safeHref is the target of a link: http, https, mailto, or without a scheme.
func safeHref(v []byte) bool {
	for i, c := range v {
		switch {
		case c < ' ' || c == '\\' || c == '&' && !bytes.HasPrefix(v[i:], []byte("&amp;")) && !bytes.HasPrefix(v[i:], []byte("&#39;")):
			return false
		case c == ':':
			s := strings.ToLower(string(v[:i]))
			return s == "http" || s == "https" || s == "mailto"
		case c == '/' || c == '?' || c == '#':
			return !(i == 0 && len(v) > 1 && c == '/' && v[1] == '/')
		}
	}
	return true
}

// ownSource is a picture of the site, or a raster picture in the URL itself.
func ownSource(v []byte) bool {
	if rasterData.Match(v) {
		return true
	}
	for i, c := range v {
		switch {
		case c < ' ' || c == '\\' || c == ':':
			return false
		case c == '/' || c == '?' || c == '#':
			return !(i == 0 && len(v) > 1 && c == '/' && v[1] == '/')
		}
	}
	return len(v) > 0
}

// ownSources is a list of such pictures with their widths.
func ownSources(v []byte) bool {
	for _, candidate := range bytes.Split(v, []byte{','}) {
		f := bytes.Fields(candidate)
		if len(f) == 0 || len(f) > 2 || !ownSource(f[0]) {
			return false
		}
	}
	return true
}

// published are the elements that rendered pages hold, each with the
// attributes that only it may have. Form controls and drawings are not among
// them: those are the renderer's own and are put in behind the sanitiser.
var published = func() map[string]map[string]check {
	number, length := matching(numberValue), matching(lengthValue)
	special := map[string]map[string]check{
		"a":        {"href": safeHref, "rel": oneOf("noopener noreferrer nofollow ugc")},
		"img":      {"src": ownSource, "alt": anyValue, "loading": oneOf("lazy", "eager"), "width": length, "height": length},
		"source":   {"srcset": ownSources, "media": matching(mediaQuery)},
		"ol":       {"start": number, "type": oneOf("1", "a", "A", "i", "I"), "reversed": oneOf("", "reversed")},
		"li":       {"value": number},
		"td":       {"colspan": number, "rowspan": number, "width": length},
		"th":       {"colspan": number, "rowspan": number, "width": length, "scope": oneOf("row", "col", "rowgroup", "colgroup")},
		"col":      {"span": number, "width": length},
		"colgroup": {"span": number},
		"table":    {"width": length},
		"time":     {"datetime": anyValue},
		"del":      {"datetime": anyValue},
		"ins":      {"datetime": anyValue},
		"details":  {"open": oneOf("", "open", "true")},
		"label":    {"for": plainID},
		"pre":      {"tabindex": oneOf("0")},
		"span":     {"role": oneOf("img")},
		"aside":    {},
	}
	all := map[string]map[string]check{}
	for _, e := range authorElements {
		all[e] = special[e]
	}
	for e, attributes := range special {
		all[e] = attributes
	}
	return all
}()

// everywhere are the attributes that all elements may have.
var everywhere = map[string]check{
	"class": plainWords, "id": plainID, "title": anyValue, "aria-label": anyValue, "lang": matching(wordValue), "dir": oneOf("ltr", "rtl", "auto"),
}

// conforms reports whether b is balanced HTML of published elements with
// allowed attributes only.
func conforms(b []byte) bool {
	var open []string
	for {
		i := bytes.IndexByte(b, '<')
		if i < 0 {
			return len(open) == 0
		}
		b = b[i+1:]
		end := bytes.IndexByte(b, '>')
		if end < 0 {
			return false
		}
		tag := b[:end]
		b = b[end+1:]
		if len(tag) > 1 && tag[0] == '/' {
			if len(open) == 0 || open[len(open)-1] != string(tag[1:]) {
				return false
			}
			open = open[:len(open)-1]
			continue
		}
		n := 0
		for n < len(tag) && tag[n] != ' ' {
			n++
		}
		attributes, ok := published[string(tag[:n])]
		if !ok || !conformAttributes(tag[n:], attributes) {
			return false
		}
		if !voidElements[string(tag[:n])] {
			open = append(open, string(tag[:n]))
		}
	}
}

// conformAttributes checks what stands in a tag behind its name.
func conformAttributes(rest []byte, own map[string]check) bool {
	var seen [12]string
	count := 0
	for len(rest) > 0 {
		if rest[0] != ' ' {
			return false
		}
		eq := bytes.Index(rest, []byte(`="`))
		if eq < 0 {
			return false
		}
		name := rest[1:eq]
		rest = rest[eq+2:]
		quote := bytes.IndexByte(rest, '"')
		if quote < 0 {
			return false
		}
		value := rest[:quote]
		rest = rest[quote+1:]
		allowed := own[string(name)]
		if allowed == nil {
			if allowed = everywhere[string(name)]; allowed == nil {
				return false
			}
		}
		if bytes.IndexByte(value, '<') >= 0 || !allowed(value) || count == len(seen) {
			return false
		}
		seen[count] = string(name)
		for _, s := range seen[:count] {
			if s == seen[count] {
				return false
			}
		}
		count++
	}
	return true
}

// newPolicy returns the same allow-list for bluemonday.
func newPolicy() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	for _, e := range authorElements {
		p.AllowElements(e)
	}
	p.AllowElements("aside", "label") // ours
	p.AllowNoAttrs().OnElements("a", "span", "img", "label", "source", "picture")
	words := regexp.MustCompile(`^[\w\- ]+$`)
	p.AllowAttrs("class").Matching(words).Globally()
	p.AllowAttrs("id").Matching(idValue).Globally()
	p.AllowAttrs("title", "aria-label").Globally()
	p.AllowAttrs("lang").Matching(wordValue).Globally()
	p.AllowAttrs("dir").Matching(regexp.MustCompile(`^(?:ltr|rtl|auto)$`)).Globally()
	p.AllowAttrs("role").Matching(regexp.MustCompile(`^(?:img|region|note)$`)).Globally()
	p.AllowAttrs("tabindex").Matching(regexp.MustCompile(`^0$`)).Globally()
	p.AllowAttrs("href").OnElements("a")
	p.AllowAttrs("rel").Matching(regexp.MustCompile(`^noopener noreferrer nofollow ugc$`)).OnElements("a")
	p.AllowAttrs("src", "alt").OnElements("img")
	p.AllowAttrs("loading").Matching(regexp.MustCompile(`^(?:lazy|eager)$`)).OnElements("img")
	p.AllowAttrs("width", "height").Matching(lengthValue).OnElements("img", "td", "th", "col", "table")
	p.AllowAttrs("srcset", "media").OnElements("source")
	p.AllowAttrs("for").Matching(idValue).OnElements("label")
	p.AllowAttrs("start", "value").Matching(numberValue).OnElements("ol", "li")
	p.AllowAttrs("reversed", "open").OnElements("ol", "details")
	p.AllowAttrs("type").Matching(regexp.MustCompile(`^[1aAiI]$`)).OnElements("ol")
	p.AllowAttrs("colspan", "rowspan", "span").Matching(numberValue).OnElements("td", "th", "col", "colgroup")
	p.AllowAttrs("scope").OnElements("th")
	p.AllowAttrs("datetime").OnElements("time", "del", "ins")
	p.AllowURLSchemes("http", "https", "mailto")
	p.AllowDataURIImages()
	p.AllowRelativeURLs(true)
	p.RequireParseableURLs(true)
	p.RequireNoFollowOnLinks(false)
	return p
}
