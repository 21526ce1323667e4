package site

import (
	"strings"

	"github.com/portolan-dev/portolan/sources/catalog"
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

// TwinURL returns the address of the Markdown of a page of docs.
func TwinURL(page string) string { return page + "index.md" }

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
