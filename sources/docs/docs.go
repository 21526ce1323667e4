// Package docs reads one tree of docs-as-code: which documents there are, what
// mkdocs.yml says about them, and the navigation. It does not render Markdown.
package docs

import (
	"sync"

	"github.com/portolan-dev/portolan/sources"
	"github.com/portolan-dev/portolan/sources/catalog"
	"github.com/portolan-dev/portolan/sources/diag"
	"github.com/portolan-dev/portolan/sources/yamldoc"
)

// A Tree is the documentation of one entity.
type Tree struct {
	Entity catalog.Ref // whose docs these are
	Repo   *sources.Repo
	Root   string // folder of mkdocs.yml inside the repo; base of snippets
	Dir    string // folder of the documents inside the repo (docs_dir)

	Title       string // site_name, else the entity's title or name
	Description string

	Pages []*Page // in navigation order, those outside the nav last, by path
	Nav   []*NavItem
	Files []string // other publishable files (pictures, ...), paths relative to Dir, sorted

	// RepoURL and EditURL as mkdocs.yml says or the repo's host implies.
	// EditURL is a prefix to which a page's path is added; empty if unknown.
	RepoURL, EditURL string

	// Extensions holds markdown_extensions by name with their options (nil if none).
	Extensions map[string]*yamldoc.Node
	// Extra holds mkdocs.yml's extra, or nil.
	Extra *yamldoc.Node

	// Redirects are the former paths of pages, relative to Dir, with the path
	// of the page or the web address that took their place.
	Redirects map[string]string

	// Snippets are the folders inside the repo in which snippets are looked up,
	// in order. AutoAppend are the snippets that end every page.
	Snippets, AutoAppend []string

	// Decisions are the architecture decision records among the pages.
	Decisions []*Decision

	Diagnostics []diag.Diagnostic

	editTemplate string // of edit_uri_template

	mounted map[string]string // files of other folders: path relative to Dir -> path inside the repo
	clean   map[string][]byte // pictures that are published in another form than they are written
	once    sync.Once
	index   *index
}

// A Page is one document of a tree.
type Page struct {
	Path string // relative to Tree.Dir: "guide/setup.md"
	File string // inside the repo: "docs/guide/setup.md"
	URL  string // relative to the tree's root, "" for the start page, else with a trailing slash: "guide/setup/"

	Title       string // from the nav or the front matter; empty: the first heading decides
	Description string
	Tags        []string
	Status      string
	HideTOC     bool
	HideNav     bool
	HideSearch  bool // the author asked that it is not found by searching

	Front     *yamldoc.Node // all front matter, or nil
	BodyStart int           // offset of the Markdown behind the front matter, in bytes
	BodyLine  int           // line on which it starts, from 1
	InNav     bool
	Source    []byte // the whole file
}

// Body returns the Markdown without the front matter.
func (p *Page) Body() []byte { return p.Source[p.BodyStart:] }

// A NavItem is one line of the navigation: a page, a section, or a link elsewhere.
type NavItem struct {
	Title string // empty: that of the page
	Page  *Page  // of a page, or of a section's own index page; nil otherwise
	URL   string // of a link to another site
	Items []*NavItem
}
