package site

import (
	"crypto/sha256"
	"encoding/hex"
	"html/template"
	"strings"
	"unicode"

	"github.com/portolan-dev/portolan/sources/catalog"
	"github.com/portolan-dev/portolan/sources/kubernetes"
)

// An EntityHead is the top of every page of an entity: name, one sentence,
// actions, facts and tabs. Show it with {{template "head" .Head}}.
type EntityHead struct {
	Ref      string // canonical
	Section  string // item of the bar
	Crumbs   []Link // for the page
	Icon     string
	Title    string
	Name     string // the entity's name, if the title is another
	Tag      string // "deprecated", "experimental"; empty for others
	TagClass string
	Lede     template.HTML
	Team     string // canonical ref, on pages of groups: readers can say that it is theirs
	Actions  []Action
	Facts    []Fact
	Tabs     []HeadTab
}

// An Action is a button of a head that leads somewhere.
type Action struct {
	Text, Icon string
	URL        string // from the root of the site
	External   string // or an absolute address
	Edit       bool   // the key e follows it
}

// A Fact is one labelled value under the head.
type Fact struct {
	Name  string
	Links []Link // shown one after another
	Text  string // instead of Links
	Mono  bool
	Tags  bool // Links are tags
}

// A HeadTab is one page of an entity.
type HeadTab struct {
	Text    string
	URL     string
	Note    string // "24", "2 problems"
	Bad     bool   // the note is bad news
	Current bool
}

// heads makes the tops of pages of entities.
type heads struct{ *maker }

// newHeads returns what makes the tops of the portal's pages of entities.
func newHeads(p *Portal) heads { return heads{newMaker(p)} }

// of returns the top of a page of e. The tab is that of the page: overview,
// kubernetes, apis or dependencies.
func (m heads) of(e *catalog.Entity, tab string) EntityHead { return m.head(e, tab) }

// head returns the top of a page of e.
func (m *maker) head(e *catalog.Entity, tab string) EntityHead {
	h := EntityHead{Ref: e.Ref.String(), Section: sectionOf(e), Icon: KindIcon(e), Title: nameOf(e)}
	if h.Title != e.Ref.Name {
		h.Name = e.Ref.Name
	}
	switch l := strings.ToLower(e.Lifecycle); l {
	case "deprecated", "end-of-life", "retired":
		h.Tag, h.TagClass = e.Lifecycle, "warn"
	case "experimental", "alpha", "beta", "preview":
		h.Tag = e.Lifecycle
	}
	lede, _ := ledeOf(e.Description)
	h.Lede = m.text(lede)
	if strings.EqualFold(e.Ref.Kind, "group") {
		h.Team = h.Ref
	}
	if d := m.docs(e); d != nil {
		if page := runbook(d); page != "" {
			h.Actions = append(h.Actions, Action{Text: "Runbook", Icon: "doc", URL: page})
		} else {
			h.Actions = append(h.Actions, Action{Text: "Docs", Icon: "doc", URL: m.docsStart(e, d)})
		}
	}
	if u := sourceURL(e); u != "" {
		h.Actions = append(h.Actions, Action{Text: "Source", Icon: "code", External: u, Edit: true})
	}
	h.Facts = m.facts(e)
	h.Tabs = m.tabs(e, tab)
	page := ""
	for _, t := range h.Tabs {
		if t.Current && t.Text != "Overview" {
			page = t.Text
		}
	}
	h.Crumbs = m.crumbs(e, page)
	return h
}

// facts returns what stands in the line under the name.
func (m *maker) facts(e *catalog.Entity) []Fact {
	var facts []Fact
	add := func(name string, links ...Link) {
		if len(links) > 0 && links[0].Text != "" {
			facts = append(facts, Fact{Name: name, Links: links})
		}
	}
	add("Owner", m.owner(e))
	kind := strings.ToLower(e.Ref.Kind)
	if s := m.system(e); s.Text != "" {
		s.Icon = ""
		add("System", s)
	}
	if d := m.first(e, catalog.PartOf, "domain"); d.Text != "" {
		d.Icon = ""
		add("Domain", d)
	}
	if e.Lifecycle != "" {
		facts = append(facts, Fact{Name: "Lifecycle", Text: e.Lifecycle})
	}
	if e.Type != "" && kind != "location" {
		facts = append(facts, Fact{Name: "Type", Text: e.Type})
	}
	if len(e.Tags) > 0 {
		var tags []Link
		for _, t := range e.Tags[:min(len(e.Tags), maxTags)] {
			tags = append(tags, Link{Text: t, URL: FacetURL("tag", t)})
		}
		facts = append(facts, Fact{Name: "Tags", Links: tags, Tags: true})
	}
	return facts
}

// tabs returns the pages of e. A tab whose page would be empty leads to the
// place on the overview that says why and what to do about it.
func (m *maker) tabs(e *catalog.Entity, current string) []HeadTab {
	base := EntityURL(e.Ref)
	kind := strings.ToLower(e.Ref.Kind)
	tabs := []HeadTab{{Text: "Overview", URL: base}}
	if s := m.service(e); annotated(e) || s != nil && (runs(s) || len(s.Problems)+len(s.Incidents) > 0) {
		t := HeadTab{Text: "Kubernetes", URL: base + "kubernetes/"}
		if n := problems(s); n > 0 {
			t.Note, t.Bad = Count(n, "problem"), true
		}
		tabs = append(tabs, t)
	} else if m.couldRun(e) {
		tabs = append(tabs, HeadTab{Text: "Kubernetes", URL: base + "#kubernetes"})
	}
	if d := m.docs(e); d != nil {
		tabs = append(tabs, HeadTab{Text: "Docs", URL: m.docsStart(e, d), Note: Num(len(d.Tree.Pages))})
	} else if kind == "component" {
		tabs = append(tabs, HeadTab{Text: "Docs", URL: base + "#docs"})
	}
	if n := len(e.Related(catalog.ProvidesAPI)) + len(e.Related(catalog.ConsumesAPI)); n > 0 {
		tabs = append(tabs, HeadTab{Text: "APIs", URL: base + "#apis", Note: Num(n)})
	}
	if n := len(m.neighbours(e)); n > 0 {
		tabs = append(tabs, HeadTab{Text: "Dependencies", URL: base + "dependencies/", Note: Num(n)})
	}
	if len(tabs) == 1 {
		return nil
	}
	for i := range tabs {
		tabs[i].Current = strings.EqualFold(tabs[i].Text, current)
	}
	return tabs
}

// problems counts what is wrong with a service now: its incidents that are
// neither just good to know nor of a cluster that is out of reach.
func problems(s *kubernetes.Service) int {
	n := 0
	if s == nil {
		return 0
	}
	for _, i := range s.Incidents {
		if i.Severity != kubernetes.Info && !i.LastKnown {
			n++
		}
	}
	return n
}

// What an author may write at any length and stands at the top of pages, in
// characters, and how many tags stand there.
const (
	maxLede = 360
	maxTags = 30
)

// ledeOf returns what stands under the name of an entity, and what its first
// page says besides: everything behind the first paragraph, or all of it if
// that is too long to stand there.
func ledeOf(description string) (lede, more string) {
	first, rest := firstParagraph(description)
	if len(first) > maxLede && len([]rune(first)) > maxLede {
		return clip(strings.Join(strings.Fields(first), " "), maxLede), description
	}
	return first, rest
}

// firstParagraph splits a text at its first empty line.
func firstParagraph(s string) (first, rest string) {
	s = strings.TrimSpace(strings.ReplaceAll(s, "\r\n", "\n"))
	first, rest, _ = strings.Cut(s, "\n\n")
	return first, strings.TrimSpace(rest)
}

// runbook returns the address of the page of d that says what to do in an
// incident, or "".
func runbook(d *Docs) string {
	for _, p := range d.Tree.Pages {
		last := strings.Trim(p.URL, "/")
		last = last[strings.LastIndexByte(last, '/')+1:]
		if strings.Contains(strings.ToLower(last), "runbook") {
			return DocsURL(d.Tree.Entity, p.URL)
		}
	}
	return ""
}

// FacetURL returns the page of all entities that share a value, for the facets
// that have such pages without script: kind, health, lifecycle and tag.
func FacetURL(facet, value string) string {
	return "catalog/" + facet + "/" + slug(value) + "/"
}

// slug makes one part of a path of any words: small letters and digits, with a
// hyphen for all else. Values that become the same share a page.
func slug(words string) string {
	s := strings.Map(func(r rune) rune {
		switch {
		case unicode.IsLetter(r), unicode.IsDigit(r):
			return unicode.ToLower(r)
		case r == '.', r == '_', r == '+', r == '-':
			return r
		default:
			return '-'
		}
	}, words)
	if len(s) > 60 { // file names have limits
		sum := sha256.Sum256([]byte(words))
		s = strings.ToValidUTF8(s[:48], "") + "-" + hex.EncodeToString(sum[:4])
	}
	if strings.Trim(s, ".") == "" {
		return "_" + s
	}
	return s
}
