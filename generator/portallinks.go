package generator

import (
	"fmt"
	"strings"

	"github.com/portolan-dev/portolan/generator/markdown"
	"github.com/portolan-dev/portolan/generator/site"
	"github.com/portolan-dev/portolan/sources/diag"
	"github.com/portolan-dev/portolan/sources/docs"
)

// A portalLink is a link of a document to a page that the portal makes, such as
// /catalog/default/component/cart/. Only when all pages are made it is known
// whether it leads somewhere.
type portalLink struct {
	judge judge
	link  markdown.Link
	url   string // from the root of the site
}

// portalLinks returns the links of all documents to pages of the portal.
func portalLinks(r *Report) []portalLink {
	p := r.Portal
	var trees []*docs.Tree
	for _, d := range p.Docs {
		trees = append(trees, d.Tree)
	}
	var out []portalLink
	var library *docs.Library // made for the first link that needs it
	add := func(t *docs.Tree, page *docs.Page, doc *markdown.Document) {
		if doc == nil {
			return
		}
		for _, link := range doc.Links {
			if !strings.HasPrefix(link.Target, "/") || strings.HasPrefix(link.Target, "//") {
				continue
			}
			if library == nil {
				library = docs.NewLibrary(trees)
			}
			if to, ok := library.Resolve(t, page, link.Target); ok && to.Kind == docs.ToPortal {
				out = append(out, portalLink{judge{links: links{library: library, tree: t, page: page}}, link, to.URL})
			}
		}
	}
	for _, d := range p.Docs {
		for _, page := range d.Tree.Pages {
			add(d.Tree, page, d.Rendered[page])
		}
	}
	if r.content != nil {
		written := contentDocuments(p)
		for _, page := range r.content.Pages {
			add(r.content, page, written[page.URL])
		}
	}
	return out
}

// judgePortalLinks says which links lead to a page that the portal does not
// have. With clusters left out, as Check does, pages about clusters are not
// judged. Files for machines, below /api/, are never.
func judgePortalLinks(found []portalLink, pages []site.Page, clusters bool) []diag.Diagnostic {
	have := map[string]bool{}
	sections := map[string][]string{} // addresses by their first part
	for i := range pages {
		url := strings.Trim(pages[i].URL, "/")
		have[url] = true
		first, _, _ := strings.Cut(url, "/")
		sections[first] = append(sections[first], "/"+url)
	}
	var ds []diag.Diagnostic
	for _, l := range found {
		url := strings.Trim(l.url, "/")
		first, _, _ := strings.Cut(url, "/")
		operations := first == "clusters" || first == "scaling" || first == "broken" || strings.HasSuffix(url, "/kubernetes")
		if have[url] || first == "api" || operations && !clusters {
			continue
		}
		hint := ""
		if lower := strings.ToLower(url); have[lower] {
			hint = fmt.Sprintf("write it in lower case: %q", "/"+lower+"/")
		} else {
			hint = diag.DidYouMean("/"+url, sections[first])
		}
		j := l.judge
		j.add(l.link.Line, l.link.Column, diag.Warning, "broken-link", fmt.Sprintf("the link %q leads to a page that the portal does not have", l.link.Target), hint)
		ds = append(ds, j.found...)
	}
	return ds
}
