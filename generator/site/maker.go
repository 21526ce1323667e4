package site

import (
	"fmt"
	"html/template"
	"net/url"
	"strings"

	"github.com/portolan-dev/portolan/sources/catalog"
	"github.com/portolan-dev/portolan/sources/diag"
	"github.com/portolan-dev/portolan/sources/docs"
	"github.com/portolan-dev/portolan/sources/kubernetes"
)

// A maker makes the values that pages of several families share. It only reads
// the portal, and nothing changes it: families use it side by side.
type maker struct {
	p        *Portal
	names    *FleetNames
	services map[string]*kubernetes.Service // by canonical ref
	errors   map[string]int                 // diagnostics that are errors, by canonical ref
	edges    map[string][]Edge              // neighbours, by canonical ref
}

func newMaker(p *Portal) *maker {
	if p.shared != nil {
		return p.shared
	}
	m := &maker{p: p, names: FleetNamesOf(p), services: map[string]*kubernetes.Service{}, errors: map[string]int{}}
	for i := range p.Diagnostics {
		if d := &p.Diagnostics[i]; d.Severity == diag.Error && d.Entity != "" {
			m.errors[d.Entity]++
		}
	}
	if p.Fleet != nil {
		for _, s := range p.Fleet.Services {
			m.services[s.Ref] = s
		}
	}
	m.edges = make(map[string][]Edge, len(m.entities()))
	for _, e := range m.entities() {
		if list := m.findNeighbours(e); len(list) > 0 {
			m.edges[e.Ref.String()] = list
		}
	}
	return m
}

// entities returns all entities in the order of their refs.
func (m *maker) entities() []*catalog.Entity {
	if m.p.Catalog == nil {
		return nil
	}
	return m.p.Catalog.Entities
}

// get returns the entity with that ref, or nil.
func (m *maker) get(r catalog.Ref) *catalog.Entity {
	if m.p.Catalog == nil {
		return nil
	}
	return m.p.Catalog.Get(r)
}

// lookup returns the entity with that canonical ref, or nil.
func (m *maker) lookup(ref string) *catalog.Entity {
	if m.p.Catalog == nil {
		return nil
	}
	return m.p.Catalog.Lookup(ref)
}

// link returns the link to an entity; without a URL if there is none of that ref.
func (m *maker) link(r catalog.Ref) Link {
	e := m.get(r)
	if e == nil {
		return Link{Text: shortRef(r), Icon: kindIcon(r.Kind, "")}
	}
	return linkTo(e)
}

// linkTo returns the link to an entity's page.
func linkTo(e *catalog.Entity) Link {
	return Link{Text: nameOf(e), URL: EntityURL(e.Ref), Icon: KindIcon(e)}
}

// maxName bounds what an entity is called on pages, in characters: names are
// short, titles may be of any length.
const maxName = 120

// nameOf returns what to call an entity on a page.
func nameOf(e *catalog.Entity) string { return clip(e.DisplayName(), maxName) }

// links returns the links to all targets of the relations of one type.
func (m *maker) links(e *catalog.Entity, relation string) []Link {
	var out []Link
	for _, r := range e.Related(relation) {
		out = append(out, m.link(r))
	}
	return out
}

// first returns the link to the first target of the relations of one type;
// empty if there is none.
func (m *maker) first(e *catalog.Entity, relation, kind string) Link {
	for _, r := range e.Related(relation) {
		if kind == "" || strings.EqualFold(r.Kind, kind) {
			return m.link(r)
		}
	}
	return Link{}
}

// owner returns the link to the group or user that answers for e, or an empty link.
func (m *maker) owner(e *catalog.Entity) Link { return m.first(e, catalog.OwnedBy, "") }

// system returns the link to the system that e is part of, or an empty link.
func (m *maker) system(e *catalog.Entity) Link { return m.first(e, catalog.PartOf, "system") }

// service returns what runs for e, or nil.
func (m *maker) service(e *catalog.Entity) *kubernetes.Service {
	return m.services[e.Ref.String()]
}

// hoist returns the marks of e.
func (m *maker) hoist(e *catalog.Entity) Hoist { return HoistOf(m.names, m.service(e)) }

// docs returns the docs that e shows: those of the entity that its annotation
// names, or its own; nil if there are none or they have no page.
func (m *maker) docs(e *catalog.Entity) *Docs {
	if from, ok := docs.Of(e); ok {
		if d := m.p.Docs[from.Entity.String()]; d.any() {
			return d
		}
	}
	if d := m.p.Docs[e.Ref.String()]; d.any() {
		return d
	}
	return nil
}

// docsStart returns where e's part of the docs d begins: at the page that its
// annotation names, if there is one, else at their start.
func (m *maker) docsStart(e *catalog.Entity, d *Docs) string {
	if from, ok := docs.Of(e); ok && from.Path != "" && from.Entity.String() == d.Tree.Entity.String() {
		for _, p := range d.Tree.Pages {
			if strings.EqualFold(strings.Trim(p.URL, "/"), from.Path) {
				return DocsURL(d.Tree.Entity, p.URL)
			}
		}
	}
	return DocsURL(d.Tree.Entity, "")
}

// any tells whether there is a page.
func (d *Docs) any() bool { return d != nil && d.Tree != nil && len(d.Tree.Pages) > 0 }

// text turns a short Markdown text into safe HTML.
func (m *maker) text(src string) template.HTML {
	if strings.TrimSpace(src) == "" {
		return ""
	}
	if m.p.Markdown == nil {
		return template.HTML("<p>" + template.HTMLEscapeString(src) + "</p>")
	}
	return m.p.Markdown.Text(src)
}

// code turns source text into a highlighted block.
func (m *maker) code(src, language string) template.HTML {
	if m.p.Markdown == nil {
		return template.HTML("<pre><code>" + template.HTMLEscapeString(src) + "</code></pre>")
	}
	return m.p.Markdown.Code([]byte(src), language)
}

// shortRef writes a ref as briefly as it can be understood: without the default
// namespace.
func shortRef(r catalog.Ref) string {
	if strings.EqualFold(r.Namespace, "default") || r.Namespace == "" {
		return r.Name
	}
	return r.Namespace + "/" + r.Name
}

// KindIcon returns the name of the icon of an entity.
func KindIcon(e *catalog.Entity) string { return kindIcon(e.Ref.Kind, e.Type) }

func kindIcon(kind, typ string) string {
	switch strings.ToLower(kind) {
	case "component":
		switch t := strings.ToLower(typ); {
		case t == "website", t == "frontend", t == "webapp", t == "ui":
			return "website"
		case t == "library", t == "package", t == "sdk", t == "module":
			return "library"
		case strings.Contains(t, "pipeline"), t == "job", t == "cronjob", t == "workflow", t == "batch":
			return "pipeline"
		case strings.Contains(t, "mobile"), t == "feature", t == "app":
			return "feature"
		case t == "documentation", t == "docs":
			return "doc"
		}
		return "service"
	case "api", "resource", "system", "domain", "user", "template", "location":
		return strings.ToLower(kind)
	case "group":
		return "team"
	case repoKind:
		return "doc"
	default:
		return "other"
	}
}

// repoKind is the kind of docs that belong to a repo and to no entity.
const repoKind = docs.RepoKind

// KindWord returns what people call the entity: a component by its type, any
// other by its kind, in lower case.
func KindWord(e *catalog.Entity) string {
	kind := strings.ToLower(e.Ref.Kind)
	if kind == "component" && e.Type != "" {
		return strings.ToLower(e.Type)
	}
	return kind
}

// sectionOf returns the item of the bar that an entity's pages belong to.
func sectionOf(e *catalog.Entity) string {
	switch strings.ToLower(e.Ref.Kind) {
	case "api":
		return "apis"
	case "system", "domain":
		return "systems"
	case "group", "user":
		return "teams"
	default:
		return "catalog"
	}
}

// crumbs returns the way to a page of e: its section, its domain and system, the
// entity, and the page's own name if it is not the entity's first page.
func (m *maker) crumbs(e *catalog.Entity, page string) []Link {
	way := []Link{sectionLink(sectionOf(e))}
	switch strings.ToLower(e.Ref.Kind) {
	case "system", "domain":
		if d := m.first(e, catalog.PartOf, "domain"); d.URL != "" {
			way = append(way, Link{Text: d.Text, URL: d.URL})
		}
	case "group":
		if g := m.first(e, catalog.ChildOf, ""); g.URL != "" {
			way = append(way, Link{Text: g.Text, URL: g.URL})
		}
	case "user":
		if g := m.first(e, catalog.MemberOf, ""); g.URL != "" {
			way = append(way, Link{Text: g.Text, URL: g.URL})
		}
	default:
		for _, r := range e.Related(catalog.PartOf) {
			s := m.get(r)
			if s == nil || !strings.EqualFold(r.Kind, "system") {
				continue
			}
			if d := m.first(s, catalog.PartOf, "domain"); d.URL != "" {
				way = append(way, Link{Text: d.Text, URL: d.URL})
			}
			way = append(way, Link{Text: nameOf(s), URL: EntityURL(s.Ref)})
			break
		}
	}
	if page == "" {
		return append(way, Link{Text: nameOf(e)})
	}
	return append(way, Link{Text: nameOf(e), URL: EntityURL(e.Ref)}, Link{Text: page})
}

// sectionLink returns an item of the bar.
func sectionLink(section string) Link {
	text := map[string]string{
		"catalog": "Catalog", "docs": "Docs", "apis": "APIs", "systems": "Systems",
		"teams": "Teams", "clusters": "Clusters", "scaling": "Scaling", "broken": "Broken",
	}[section]
	return Link{Text: text, URL: section + "/"}
}

// safeURL returns u if a reader may follow it: an absolute http(s) address, or
// one for mail or the telephone. Everything else is "".
func safeURL(u string) string {
	u = strings.TrimSpace(u)
	parsed, err := url.Parse(u)
	if err != nil {
		return ""
	}
	switch strings.ToLower(parsed.Scheme) {
	case "http", "https":
		if parsed.Host == "" {
			return ""
		}
		return u
	case "mailto", "tel":
		return u
	default:
		return ""
	}
}

// sourceURL returns the address where the descriptor of e can be read, or "".
func sourceURL(e *catalog.Entity) string {
	r := e.Origin.Repo
	if r == nil || r.URL == "" || safeURL(r.URL) == "" {
		return ""
	}
	at := r.Branch
	if at == "" {
		at = r.Commit
	}
	if at == "" {
		return ""
	}
	u := r.URL + blobPath(r.URL) + escapePath(at) + "/" + escapePath(e.Origin.Path)
	if e.Origin.Pos.Line > 0 {
		u += fmt.Sprintf("#L%d", e.Origin.Pos.Line)
	}
	return u
}

// blobPath returns what stands between a repo and a branch in the address of a
// file on the known code hosts.
func blobPath(repo string) string {
	u, err := url.Parse(repo)
	if err != nil {
		return "/blob/"
	}
	switch host := u.Hostname(); {
	case host == "github.com" || strings.HasPrefix(host, "github."):
		return "/blob/"
	case strings.HasPrefix(host, "gitlab."):
		return "/-/blob/"
	case strings.HasPrefix(host, "gitea."), strings.HasPrefix(host, "codeberg."), strings.HasPrefix(host, "forgejo."):
		return "/src/branch/"
	default:
		return "/blob/"
	}
}

func escapePath(p string) string {
	return (&url.URL{Path: p}).EscapedPath()
}
