package markdown

import (
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/util"
)

// A linkKind says what a target may become.
type linkKind int

const (
	linkUnsafe   linkKind = iota // a scheme that is not allowed: shown as text
	linkExternal                 // http, https or mailto
	linkFragment                 // a place on this page
	linkLocal                    // anything of the same site; Resolve decides
	linkPicture                  // a raster picture in the URL itself
)

var (
	schemeStart = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9+.\-]*):`)
	rasterData  = regexp.MustCompile(`(?i)^data:image/(?:png|jpeg|jpg|gif|webp|avif);base64,[A-Za-z0-9+/=\s]+$`)
)

// classify reads a target as a browser does: white space and control
// characters inside do not count, and a backslash is a slash.
func classify(target string) (linkKind, string) {
	clean := strings.Map(func(r rune) rune {
		if r < 0x20 || unwelcome(r) {
			return -1
		}
		return r
	}, target)
	clean = strings.TrimSpace(clean)
	probe := strings.ReplaceAll(clean, `\`, "/")
	switch {
	case strings.HasPrefix(clean, "#"):
		return linkFragment, clean
	case strings.HasPrefix(probe, "//"):
		return linkExternal, "https:" + probe
	}
	m := schemeStart.FindStringSubmatch(probe)
	if m == nil {
		// A colon before the first slash that is no scheme can still be read as
		// one after decoding; such targets are paths only with "./" before them.
		head, _, _ := strings.Cut(probe, "/")
		head, _, _ = strings.Cut(head, "?")
		head, _, _ = strings.Cut(head, "#")
		if strings.Contains(head, ":") || suspicious(head) {
			return linkUnsafe, clean
		}
		return linkLocal, clean
	}
	switch strings.ToLower(m[1]) {
	case "http", "https":
		rest := strings.TrimLeft(probe[len(m[0]):], "/")
		if rest == "" {
			return linkUnsafe, clean
		}
		return linkExternal, strings.ToLower(m[1]) + "://" + rest
	case "mailto":
		return linkExternal, clean
	case "data":
		if rasterData.MatchString(clean) {
			return linkPicture, clean
		}
	}
	return linkUnsafe, clean
}

// suspicious reports whether a name that has no scheme becomes one when its
// escapes are decoded, as in "javascript%3Aalert(1)" or "%09javascript:".
func suspicious(head string) bool {
	if !strings.Contains(head, "%") {
		return false
	}
	decoded, err := url.PathUnescape(head)
	if err != nil {
		return false
	}
	decoded = strings.Map(func(r rune) rune {
		if r <= 0x20 {
			return -1
		}
		return r
	}, decoded)
	return schemeStart.MatchString(decoded)
}

// note records a link and returns what to publish: the URL, whether it leaves
// the site, and whether it may be shown as a link at all.
func (p *page) resolve(target string, image bool, offset int) (href string, external, ok bool) {
	line, column := p.src.pos(offset)
	record := Link{Target: target, Image: image, Line: line, Column: column}
	kind, clean := classify(target)
	switch kind {
	case linkExternal:
		href, external, ok = escapeURL(clean), true, true
	case linkPicture:
		href, ok = clean, image
	case linkFragment:
		href, ok = escapeURL(clean), !image
	case linkLocal:
		switch {
		case p.short:
		case p.in.Resolve == nil:
			href, ok = escapeURL(clean), true
		default:
			if href, ok = p.in.Resolve(target, image); ok {
				// What comes back is the caller's, but it is checked all the
				// same: a page must not depend on it.
				switch k, c := classify(href); k {
				case linkLocal, linkFragment:
					href = escapeURL(c)
				case linkExternal:
					href, external = escapeURL(c), true
				default:
					href, ok = "", clean == "" && !image
				}
			}
		}
	}
	if image && href == "" {
		ok = false
	}
	if kind == linkUnsafe {
		p.problem(Problem{Rule: "unsafe-link", Message: "the link " + strconv.Quote(short(target)) + " has a scheme that pages may not use",
			Hint: "use http, https, mailto or a path", Line: line, Column: column})
	}
	record.URL, record.External, record.Broken = href, external, !ok
	if !p.short {
		p.doc.Links = append(p.doc.Links, record)
	}
	return href, external, ok
}

func short(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}

// escapeURL makes a URL that is safe in an attribute and means the same.
func escapeURL(s string) string {
	s = strings.TrimSuffix(s, "#")
	return string(util.URLEscape([]byte(strings.ReplaceAll(s, " ", "%20")), false))
}

const externalRel = ` rel="noopener noreferrer nofollow ugc"`

// startLink writes the start tag of a link; if it cannot be one, it writes a
// span. It returns the end tag.
func (p *page) startLink(target, title string, a *attrs, offset int) string {
	if clean := strings.TrimSpace(target); clean == "" || clean == "#" {
		line, column := p.src.pos(offset)
		if clean == "" && !p.short {
			p.problem(Problem{Rule: "empty-link", Message: "the link leads nowhere", Hint: "write its target between the parentheses", Line: line, Column: column})
		}
		return ""
	}
	href, external, ok := p.resolve(target, false, offset)
	if p.link > 0 || ok && href == "" {
		return ""
	}
	if !ok {
		p.broken(target)
		return "</span>"
	}
	p.str(`<a href="`)
	p.text(href)
	p.str(`"`)
	if title != "" {
		p.str(` title="`)
		p.text(title)
		p.str(`"`)
	}
	p.attributes("a", a, "")
	if external {
		p.str(externalRel)
	}
	p.str(">")
	return "</a>"
}

// broken opens the text that stands in place of a link or picture.
func (p *page) broken(target string) {
	kind, _ := classify(target)
	switch {
	case p.short && kind == linkLocal:
		p.str(`<span>`) // descriptions have no place of their own, so no links into the site
		return
	case kind == linkUnsafe || kind == linkPicture:
		p.str(`<span class="broken" title="Pages may not link to `)
	default:
		p.str(`<span class="broken" title="There is no `)
	}
	p.text(short(target))
	p.str(`">`)
}

func (p *page) linkNode(n *ast.Link) {
	end := p.startLink(decodeText(n.Destination), decodeText(n.Title), attrsOf(n), n.Pos())
	p.link++
	p.children(n)
	p.link--
	p.str(end)
}

func (p *page) autoLink(n *ast.AutoLink) {
	target := string(n.URL(p.src.text))
	if n.AutoLinkType == ast.AutoLinkEmail && !strings.HasPrefix(strings.ToLower(target), "mailto:") {
		target = "mailto:" + target
	}
	if kind, _ := classify(target); kind == linkUnsafe {
		p.text(string(n.Label(p.src.text))) // ftp: and the like are only mentioned
		return
	}
	end := p.startLink(target, "", attrsOf(n), n.Pos())
	p.text(string(n.Label(p.src.text)))
	p.str(end)
}

func (p *page) image(n *ast.Image) {
	p.picture(decodeText(n.Destination), p.plain(n), decodeText(n.Title), attrsOf(n), n.Pos())
}

// picture writes an image. One on another host is never loaded: it becomes a
// link with the words that describe it.
func (p *page) picture(target, alt, title string, a *attrs, offset int) {
	class := ""
	path, fragment, _ := strings.Cut(target, "#")
	switch fragment {
	case "only-light", "gh-light-mode-only":
		class, target = "only-light", path
	case "only-dark", "gh-dark-mode-only":
		class, target = "only-dark", path
	}
	src, external, ok := p.resolve(target, true, offset)
	label := alt
	if label == "" {
		label = title
	}
	switch {
	case ok && external:
		if label == "" {
			label = imageName(src)
		}
		if p.link > 0 {
			p.text(label)
			return
		}
		p.str(`<a class="remote" href="`)
		p.text(src)
		p.str(`"` + externalRel + `>`)
		p.text(label)
		p.str("</a>")
	case !ok:
		if label == "" {
			label = short(target)
		}
		p.broken(target)
		p.text(label)
		p.str("</span>")
	default:
		p.str(`<img src="`)
		p.text(src)
		p.str(`" alt="`)
		p.text(alt)
		p.str(`"`)
		if title != "" {
			p.str(` title="`)
			p.text(title)
			p.str(`"`)
		}
		p.attributes("img", a, class)
		if _, set := a.get("loading"); !set {
			p.str(` loading="lazy"`)
		}
		p.str(">")
	}
}

// imageName returns the file name in a URL.
func imageName(u string) string {
	if parsed, err := url.Parse(u); err == nil {
		if i := strings.LastIndexByte(parsed.Path, '/'); i >= 0 && i+1 < len(parsed.Path) {
			return parsed.Path[i+1:]
		}
		if parsed.Host != "" {
			return parsed.Host
		}
	}
	return u
}
