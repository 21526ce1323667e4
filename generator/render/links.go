package render

import (
	"bytes"
	"net/url"
	"strings"
)

// rootMark stands at the start of an attribute whose value is a link from the
// root of the site.
const rootMark = `"root:`

// finish makes the marked links of a page relative to it and appends the
// symbols of the icons it shows.
func (r *Renderer) finish(page string, html []byte) []byte {
	html = clean(html)
	absolute := page == "404.html"
	out := make([]byte, 0, len(html)+len(html)/8+2048)
	rest := html
	for {
		i := bytes.Index(rest, []byte(rootMark))
		if i < 0 {
			break
		}
		out = append(out, rest[:i+1]...)
		rest = rest[i+len(rootMark):]
		end := bytes.IndexByte(rest, '"')
		if end < 0 {
			break
		}
		if absolute {
			out = append(out, r.prefix...)
			out = append(out, rest[:end]...)
		} else {
			out = append(out, Relative(page, string(rest[:end]))...)
		}
		rest = rest[end:]
	}
	out = append(out, rest...)
	return r.assets.addIcons(out)
}

// Relative returns the link that leads from one page of the site to a target,
// both from the root of the site: from "docs/a/" to "docs/b/" it is "../b/".
// The target may have a query or fragment.
func Relative(page, target string) string {
	dir := page[:strings.LastIndexByte(page, '/')+1]
	file, tail := target, ""
	if i := strings.IndexAny(target, "?#"); i >= 0 {
		file, tail = target[:i], target[i:]
	}
	if file == page && strings.HasPrefix(tail, "#") {
		return tail
	}
	// Take off the folders that both have.
	common := 0
	for {
		i := strings.IndexByte(dir[common:], '/')
		if i < 0 || !strings.HasPrefix(file[common:], dir[common:common+i+1]) {
			break
		}
		common += i + 1
	}
	up := strings.Count(dir[common:], "/")
	rel := strings.Repeat("../", up) + file[common:]
	if rel == "" {
		rel = "./"
	}
	if first, _, _ := strings.Cut(rel, "/"); strings.Contains(first, ":") {
		rel = "./" + rel // else the colon would end a scheme
	}
	return rel + tail
}

// prefixOf returns the path of a base URL, with slashes at both ends.
func prefixOf(base string) string {
	u, err := url.Parse(base)
	if err != nil {
		return "/"
	}
	p := u.EscapedPath()
	if !strings.HasPrefix(p, "/") {
		p = "/" + p
	}
	if !strings.HasSuffix(p, "/") {
		p += "/"
	}
	return p
}
