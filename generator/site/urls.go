package site

import (
	"path"
	"strings"

	"github.com/portolan-dev/portolan/sources/catalog"
	"github.com/portolan-dev/portolan/sources/docs"
)

// EntityURL returns the address of an entity's page. It is Backstage's address
// in lower case, so that links survive a move.
func EntityURL(r catalog.Ref) string {
	return "catalog/" + refPath(r)
}

// DocsURL returns the address of a page of an entity's docs. The start page has
// the empty path.
func DocsURL(r catalog.Ref, page string) string {
	return "docs/" + refPath(r) + page
}

// Twins returns the addresses of the Markdown of the pages of docs, from the
// root of the site. A page is not in it if something else has the address.
func Twins(t *docs.Tree) map[*docs.Page]string {
	taken := addresses(t)
	out := make(map[*docs.Page]string, len(t.Pages))
	for _, p := range t.Pages {
		if twin := p.URL + "index.md"; !taken[twin] {
			out[p] = DocsURL(t.Entity, twin)
		}
	}
	return out
}

// addresses returns the addresses inside docs that pages and files take, with
// all folders that they are in, without slashes at the end.
func addresses(t *docs.Tree) map[string]bool {
	taken := map[string]bool{}
	add := func(url string) {
		for url = strings.TrimSuffix(strings.ToLower(url), "/"); url != "" && url != "." && !taken[url]; url = path.Dir(url) {
			taken[url] = true
		}
	}
	for _, p := range t.Pages {
		add(p.URL)
	}
	for _, f := range t.Files {
		add(docs.FileURL(f))
	}
	for from := range t.Redirects {
		add(docs.PageURL(from))
	}
	return taken
}

// ClusterURL returns the address of a cluster's page.
func ClusterURL(name string) string { return "clusters/" + Segment(name) + "/" }

func refPath(r catalog.Ref) string {
	return Segment(r.Namespace) + "/" + Segment(r.Kind) + "/" + Segment(r.Name) + "/"
}

// Segment makes one part of a path of a name: in lower case, without anything
// that could leave the folder it is in. Names of entities are already
// restricted to what stays as it is.
func Segment(name string) string {
	name = strings.ToLower(name)
	if name == "" || strings.Trim(name, ".") == "" {
		return "_" + name
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r == '/', r == '\\', r == '?', r == '#', r == '%', r == ':', r == '*', r == '"', r == '<', r == '>', r == '|', r < ' ', r == 0x7f:
			return '-'
		default:
			return r
		}
	}, name)
}
