package generator

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/portolan-dev/portolan/generator/linkcheck"
	"github.com/portolan-dev/portolan/generator/markdown"
	"github.com/portolan-dev/portolan/generator/site"
	"github.com/portolan-dev/portolan/sources/catalog"
	"github.com/portolan-dev/portolan/sources/diag"
	"github.com/portolan-dev/portolan/sources/docs"
)

// judgeExternal asks other sites for what docs and descriptors link to.
func (b *Builder) judgeExternal(ctx context.Context, r *Report) ([]diag.Diagnostic, error) {
	const phase = "links"
	type use struct {
		url string
		say func(severity diag.Severity, rule, message, hint string) diag.Diagnostic
	}
	var uses []use
	fromDocs := func(t *docs.Tree, page *docs.Page, doc *markdown.Document) {
		if doc == nil {
			return
		}
		for _, link := range doc.Links {
			url := cmp.Or(link.URL, link.Target)
			if !strings.HasPrefix(url, "http://") && !strings.HasPrefix(url, "https://") {
				continue
			}
			uses = append(uses, use{url, func(severity diag.Severity, rule, message, hint string) diag.Diagnostic {
				j := judge{links: links{tree: t, page: page}}
				j.add(link.Line, link.Column, severity, rule, message, hint)
				return j.found[0]
			}})
		}
	}
	p := r.Portal
	for _, d := range p.Docs {
		for _, page := range d.Tree.Pages {
			fromDocs(d.Tree, page, d.Rendered[page])
		}
	}
	if r.content != nil {
		written := contentDocuments(p)
		for _, page := range r.content.Pages {
			fromDocs(r.content, page, written[page.URL])
		}
	}
	for _, e := range p.Catalog.Entities {
		for i, l := range e.Links {
			uses = append(uses, use{l.URL, func(severity diag.Severity, rule, message, hint string) diag.Diagnostic {
				return diag.Diagnostic{Pos: linkPos(e, i), Severity: severity, Rule: rule, Message: message, Hint: hint, Entity: e.Ref.String(), Repo: repoName(e)}
			}})
		}
	}
	urls := make([]string, 0, len(uses))
	for _, u := range uses {
		urls = append(urls, u.url)
	}
	slices.Sort(urls)
	urls = slices.Compact(urls)
	b.progress.Start(phase, len(urls))
	answers, err := linkcheck.Check(ctx, urls, *b.opt.External)
	if err != nil {
		return nil, err
	}
	b.progress.Done(phase, fmt.Sprintf("%d asked for or known", len(answers)))
	var ds []diag.Diagnostic
	for _, u := range uses {
		switch a, known := answers[u.url]; {
		case !known || a.Good():
		case a.Gone:
			ds = append(ds, u.say(diag.Warning, "external-link", fmt.Sprintf("nothing is found at %s: %s", u.url, a.Reason), "correct the address, or leave the link out"))
		default:
			ds = append(ds, u.say(diag.Info, "external-link-unsure", fmt.Sprintf("%s could not be checked: %s", u.url, a.Reason), ""))
		}
	}
	return ds, nil
}

// contentDocuments returns the portal's own rendered pages by address.
func contentDocuments(p *site.Portal) map[string]*markdown.Document {
	out := map[string]*markdown.Document{"": p.Home}
	for _, c := range p.Pages {
		out[c.URL] = c.Document
	}
	return out
}

// linkPos returns where the link i of an entity is written.
func linkPos(e *catalog.Entity, i int) diag.Pos {
	pos := e.Origin.Pos
	if e.Object == nil {
		return pos
	}
	if n := e.Object.Get("metadata", "links"); n != nil && i < len(n.Items) {
		if u := n.Items[i].Get("url"); u != nil && u.Line > 0 {
			pos.Line, pos.Column = u.Line, u.Column
		}
	}
	return pos
}

func repoName(e *catalog.Entity) string {
	if e.Origin.Repo == nil {
		return ""
	}
	return e.Origin.Repo.Name
}
