package site

import (
	"slices"
	"strings"

	"github.com/portolan-dev/portolan/generator/search"
	"github.com/portolan-dev/portolan/sources/catalog"
)

// SearchDocs returns every page that can be found, sorted by URL: entities,
// documents and the portal's own pages.
func SearchDocs(p *Portal) []search.Doc {
	var out []search.Doc
	for _, e := range p.Catalog.Entities {
		out = append(out, entityDoc(p, e))
	}
	for ref, d := range p.Docs {
		owner := p.Catalog.Lookup(ref)
		for _, page := range d.Tree.Pages {
			doc := d.Rendered[page]
			if doc == nil || page.HideSearch {
				continue
			}
			sd := search.Doc{URL: DocsURL(d.Tree.Entity, page.URL), Title: docTitle(d, page), Kind: "docs", Ref: ref, Summary: doc.Lead, Tags: page.Tags}
			if page.Description != "" {
				sd.Summary = page.Description
			}
			if owner != nil {
				sd.Owner, sd.System, sd.Lifecycle = firstTarget(owner, catalog.OwnedBy), firstTarget(owner, catalog.PartOf), owner.Lifecycle
			}
			for _, s := range doc.Sections {
				sd.Sections = append(sd.Sections, search.Section{Anchor: s.Heading.ID, Title: s.Heading.Text, Text: s.Text})
			}
			out = append(out, sd)
		}
	}
	for _, c := range p.Pages {
		sd := search.Doc{URL: c.URL, Title: c.Title, Kind: "page"}
		if c.Document != nil {
			sd.Summary = c.Document.Lead
			for _, s := range c.Document.Sections {
				sd.Sections = append(sd.Sections, search.Section{Anchor: s.Heading.ID, Title: s.Heading.Text, Text: s.Text})
			}
		}
		out = append(out, sd)
	}
	slices.SortFunc(out, func(a, b search.Doc) int { return strings.Compare(a.URL, b.URL) })
	return out
}

func entityDoc(p *Portal, e *catalog.Entity) search.Doc {
	d := search.Doc{
		URL: EntityURL(e.Ref), Title: e.DisplayName(), Kind: strings.ToLower(e.Ref.Kind), Ref: e.Ref.String(), Type: e.Type,
		Owner: firstTarget(e, catalog.OwnedBy), System: firstTarget(e, catalog.PartOf), Lifecycle: e.Lifecycle,
		Summary: e.Description, Tags: e.Tags,
	}
	if s := p.Fleet.Service(d.Ref); s != nil {
		d.Status = string(StatusOf(s.Health))
	}
	if api := p.APIs[d.Ref]; api != nil {
		for _, g := range api.Groups {
			for _, op := range g.Operations {
				d.Sections = append(d.Sections, search.Section{Anchor: op.ID, Title: strings.TrimSpace(op.Verb + " " + op.Name), Text: op.Summary})
			}
		}
	}
	return d
}

// firstTarget returns the first target of a relation, or "".
func firstTarget(e *catalog.Entity, relation string) string {
	for _, r := range e.Relations {
		if r.Type == relation {
			return r.Target.String()
		}
	}
	return ""
}
