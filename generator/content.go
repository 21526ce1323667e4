package generator

import (
	"context"
	"path"
	"strings"

	"github.com/portolan-dev/portolan/generator/site"
	"github.com/portolan-dev/portolan/sources"
	"github.com/portolan-dev/portolan/sources/catalog"
	"github.com/portolan-dev/portolan/sources/diag"
	"github.com/portolan-dev/portolan/sources/docs"
)

// contentRef stands for the portal itself where a tree needs an owner.
var contentRef = catalog.Ref{Kind: "portal", Namespace: "default", Name: "content"}

// readContent renders the portal's own pages: index.md goes onto the home page,
// every other file becomes a page at its path.
//
// It also returns the tree, whose other files are published beside the pages.
func (b *Builder) readContent(ctx context.Context, p *site.Portal) (*docs.Tree, []diag.Diagnostic, error) {
	if b.opt.Content == nil {
		return nil, nil, nil
	}
	repo := &sources.Repo{Name: "content", Prefix: b.opt.ContentName, FS: b.opt.Content, Freshness: sources.Freshness{State: sources.Fresh, ObservedAt: p.Built}}
	tree := docs.Read(docs.Place{Repo: repo, Root: ".", Entity: contentRef, Title: b.opt.Title, Docs: ".", NoStart: true, Downloads: b.opt.Downloads})
	rendered, ds, err := b.renderTrees(ctx, []*docs.Tree{tree})
	if err != nil {
		return nil, nil, err
	}
	ds = append(ds, tree.Diagnostics...)
	own := rendered[contentRef.String()]
	for _, page := range tree.Pages {
		doc := own.Rendered[page]
		if page.URL == "" {
			p.Home = doc
			continue
		}
		title := page.Title
		if title == "" {
			title = doc.Title
		}
		if title == "" {
			title = strings.TrimSuffix(path.Base(page.Path), path.Ext(page.Path))
		}
		p.Pages = append(p.Pages, site.ContentPage{URL: page.URL, Title: title, Document: doc})
	}
	return tree, ds, nil
}
