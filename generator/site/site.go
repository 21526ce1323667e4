// Package site decides which pages exist, at which URL, and with which view.
// Everything in it is a pure function of a Portal: the same Portal gives the
// same pages.
//
//	Portal -> []Page (path, layout, view) and []File (JSON, sitemap, ...)
//
// A view is a struct of plain values made for one layout: no template looks
// anything up. URLs in views are relative to the root of the site, without a
// leading slash ("catalog/default/component/cart/"); templates turn them into
// links relative to the page with {{href .URL}}.
package site

import (
	"html/template"
	"time"

	"github.com/portolan-dev/portolan/generator/markdown"
	"github.com/portolan-dev/portolan/sources"
	"github.com/portolan-dev/portolan/sources/apis"
	"github.com/portolan-dev/portolan/sources/catalog"
	"github.com/portolan-dev/portolan/sources/diag"
	"github.com/portolan-dev/portolan/sources/docs"
	"github.com/portolan-dev/portolan/sources/kubernetes"
)

// A Portal is everything that was read, joined once. Nothing changes it.
type Portal struct {
	Title   string // of the portal: "Acme Engineering"
	BaseURL string // absolute, with a trailing slash; may be empty
	Version string // of Portolan
	Built   time.Time
	Every   time.Duration // how often the portal is rebuilt; 0 if unknown

	Catalog *catalog.Catalog
	Docs    map[string]*Docs            // by canonical ref of the entity
	APIs    map[string]*apis.Definition // by canonical ref of the API entity
	Fleet   *kubernetes.Fleet           // nil if no cluster is configured
	History *kubernetes.History         // of the fleet over earlier builds; nil like Fleet

	Home  *markdown.Document // of content/index.md; nil if there is none
	Pages []ContentPage      // the portal's own other pages

	NoTwins bool // pages of docs have no Markdown beside them

	Markdown Markup // for short texts and code, a *markdown.Engine; nil shows them as plain text

	Repos       []*sources.Repo // by name
	Diagnostics []diag.Diagnostic
	Rules       []diag.Rule // documentation of every rule id

	shared *maker // what all families of pages need, made once by Pages
}

// Markup turns short texts and code into safe HTML, as *markdown.Engine does.
type Markup interface {
	Text(src string) template.HTML
	Code(src []byte, language string) template.HTML
}

// Docs is a tree with its rendered pages.
type Docs struct {
	Tree     *docs.Tree
	Rendered map[*docs.Page]*markdown.Document
}

// A ContentPage is a page of the portal itself, written by its operator.
type ContentPage struct {
	URL      string // "onboarding/"
	Title    string
	Document *markdown.Document
}

// A Page is one HTML file.
type Page struct {
	URL         string // "catalog/default/component/cart/"; "404.html" for a page that is a file of its own
	Layout      string // name of the theme's template without .html: "entity"
	Title       string // for <title>; the portal's name is added
	Description string // one sentence, for search results
	Section     string // which item of the bar is the current one: catalog, docs, apis, systems, teams, clusters, scaling, broken; or ""
	Crumbs      []Link // breadcrumb, the page itself last with an empty URL
	Style       string // names of the extra style sheets beside core, separated by spaces: "catalog", "ops", "docs"; or ""
	Script      string // name of an extra script module: "catalog"; or ""
	Edit        string // absolute URL where the page's source can be edited; or ""
	Feed        string // URL of the folder whose feed.atom and feed.json follow the page; or ""
	Twin        string // address of the same as Markdown, from the root of the site; or ""
	Entity      string // canonical ref of the entity it belongs to; or ""
	View        any
	NoIndex     bool   // keep it out of the sitemap
	Failed      string // why View could not be made, for Renderer.Page to say; or ""
	Live        bool   // changes with every build anyway, so the frame may carry the numbers of the build; see Chrome
}

// A File is one published file that is no HTML page.
type File struct {
	Path string // "api/catalog/entities.json"
	Data []byte
}

// A Link is a word to click. An empty URL is plain text.
type Link struct {
	Text string
	URL  string
	Icon string // name in icons.svg; may be empty
}

// Status is one of the six words of the design, with the same name for its
// icon, its class and its mark: ok, warn, bad, run, unk, off.
type Status string

// The statuses.
const (
	OK   Status = "ok"
	Warn Status = "warn"
	Bad  Status = "bad"
	Run  Status = "run"
	Unk  Status = "unk"
	Off  Status = "off"
)

// Word returns the status as it is written on pages.
func (s Status) Word() string {
	switch s {
	case OK:
		return "Healthy"
	case Warn:
		return "Degraded"
	case Bad:
		return "Broken"
	case Run:
		return "Rolling out"
	case Unk:
		return "Unknown"
	default:
		return "Not deployed"
	}
}

// StatusOf returns how a health is shown.
func StatusOf(h kubernetes.Health) Status {
	switch h {
	case kubernetes.Down:
		return Bad
	case kubernetes.Degraded:
		return Warn
	case kubernetes.Unknown:
		return Unk
	case kubernetes.Progressing:
		return Run
	case kubernetes.Healthy:
		return OK
	default:
		return Off
	}
}
