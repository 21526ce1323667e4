package markdown

import (
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

// newPolicy returns the allow-list that every page passes after it is
// rendered. The renderer writes nothing that is not in it; it is the second
// net below the author's raw HTML.
func newPolicy() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	for _, e := range authorElements {
		p.AllowElements(e)
	}
	p.AllowElements("aside", "label")
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
