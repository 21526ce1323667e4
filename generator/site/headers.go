package site

import (
	"net/url"
	"slices"
	"strings"
)

// ContentSecurityPolicy allows a page to load what its own site holds and
// nothing else: no inline script or style, no other host, no frame around it.
const ContentSecurityPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
	"connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// Headers are sent with every answer of the site, by hosts that read _headers
// and by the preview.
func Headers() map[string]string {
	return map[string]string{
		"Content-Security-Policy":      ContentSecurityPolicy,
		"Cross-Origin-Opener-Policy":   "same-origin",
		"Cross-Origin-Resource-Policy": "same-origin",
		"Permissions-Policy":           "camera=(), geolocation=(), microphone=()",
		"Referrer-Policy":              "same-origin",
		"X-Content-Type-Options":       "nosniff",
	}
}

// headersFile is _headers as Netlify, Cloudflare Pages and others read it.
func headersFile() File {
	var b strings.Builder
	rule := func(path string, headers map[string]string) {
		b.WriteString(path + "\n")
		names := make([]string, 0, len(headers))
		for name := range headers {
			names = append(names, name)
		}
		slices.Sort(names)
		for _, name := range names {
			b.WriteString("  " + name + ": " + headers[name] + "\n")
		}
	}
	rule("/*", Headers())
	// Theme assets have the hash of their content in the name; everything else
	// is asked for again and answered with 304 while it is the same.
	rule("/assets/*", map[string]string{"Cache-Control": "public, max-age=31536000, immutable"})
	rule("/api/*", map[string]string{"Cache-Control": "no-cache"})
	// Badges are made for READMEs on other sites. Hosts join the values of one
	// header, and browsers pass over a value that is none.
	rule("/badges/*", map[string]string{"Cache-Control": "no-cache", "Cross-Origin-Resource-Policy": "cross-origin"})
	rule("/api/catalog/entities/*", map[string]string{"Content-Type": "application/json"})
	return File{Path: "_headers", Data: []byte(b.String())}
}

// redirectsFile is _redirects as Netlify, Cloudflare Pages and others read it.
// Backstage's server takes names of entities in any case; a static host has one
// file for each, so its clients' spellings lead there.
//
// Former addresses of pages of docs lead to the new ones.
func redirectsFile(p *Portal) File {
	const byName = "/api/catalog/entities/by-name/"
	var kinds, names []string
	for _, e := range p.Catalog.Entities {
		kind, lower := e.Ref.Kind, strings.ToLower(e.Ref.Kind)
		if kind != lower {
			kinds = append(kinds, byName+kind+"/* "+byName+lower+"/:splat 200\n")
		}
		if at := e.Ref.Namespace + "/" + e.Ref.Name; at != strings.ToLower(at) {
			names = append(names, byName+lower+"/"+at+" "+byName+lower+"/"+strings.ToLower(at)+" 200\n")
		}
	}
	var moved []string
	for _, ref := range sortedKeys(p.Docs) {
		t := p.Docs[ref].Tree
		if t == nil {
			continue
		}
		for _, r := range redirects(t) {
			to := r.to
			if !r.external {
				to = "/" + escapePath(to)
			} else if u, err := url.Parse(to); err == nil {
				to = u.String() // no spaces
			}
			moved = append(moved, "/"+escapePath(r.from)+" "+to+" 301\n")
		}
	}
	slices.Sort(kinds)
	slices.Sort(names)
	// The exact ones first: of several that match, hosts take the first.
	return File{Path: "_redirects", Data: []byte(strings.Join(slices.Concat(moved, slices.Compact(names), slices.Compact(kinds)), ""))}
}
