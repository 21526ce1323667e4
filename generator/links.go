package generator

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/portolan-dev/portolan/generator/markdown"
	"github.com/portolan-dev/portolan/generator/render"
	"github.com/portolan-dev/portolan/generator/site"
	"github.com/portolan-dev/portolan/sources/diag"
	"github.com/portolan-dev/portolan/sources/docs"
	"github.com/portolan-dev/portolan/sources/yamldoc"
)

// links answers what rendering one page asks about the world outside of it.
type links struct {
	library *docs.Library
	icons   *icons
	tree    *docs.Tree
	page    *docs.Page
}

// input is what the Markdown engine gets for the page.
func (l links) input() markdown.Input {
	return markdown.Input{
		Source: l.page.Body(), FirstLine: l.page.BodyLine, Path: l.page.Path, Extensions: dialect(l.tree),
		Resolve: l.resolve, Snippet: l.tree.Snippet,
		Icon: l.icons.markup,
	}
}

// resolve returns where a link or picture leads: an absolute address, or one
// relative to the page.
func (l links) resolve(target string, image bool) (string, bool) {
	t, ok := l.library.Resolve(l.tree, l.page, target)
	if !ok {
		return "", false
	}
	to := t.URL
	switch t.Kind {
	case docs.ToExternal:
		return t.URL, true
	case docs.ToRepo:
		if image {
			return "", false // the picture is on another host
		}
		return withTail(t.URL, t), true
	case docs.ToPage, docs.ToFile:
		to = treeURL(t.Tree, t.URL)
	}
	return render.Relative(treeURL(l.tree, l.page.URL), withTail(escapeURL(to), t)), true
}

func escapeURL(path string) string { return (&url.URL{Path: path}).EscapedPath() }

func withTail(to string, t docs.Target) string {
	if t.Query != "" {
		to += "?" + t.Query
	}
	if t.Fragment != "" {
		to += "#" + (&url.URL{Fragment: t.Fragment}).EscapedFragment()
	}
	return to
}

// treeURL is the address of a page or file, from its address inside its tree.
func treeURL(t *docs.Tree, inside string) string {
	if t.Entity == contentRef {
		return inside
	}
	return site.DocsURL(t.Entity, inside)
}

// dialect is what mkdocs.yml says about Markdown.
func dialect(t *docs.Tree) markdown.Extensions {
	names := slices.Sorted(maps.Keys(t.Extensions))
	return markdown.ExtensionsOf(names, func(extension, key string) string {
		return optionText(t.Extensions[extension].Get(key))
	})
}

// optionText is an option of an extension as one text: the items of a list with
// blanks between them, and of a function its name and arguments.
func optionText(n *yamldoc.Node) string {
	switch {
	case n == nil:
		return ""
	case n.Kind == yamldoc.List:
		var items []string
		for _, item := range n.Items {
			items = append(items, optionText(item))
		}
		return strings.Join(items, " ")
	case n.Kind == yamldoc.Map:
		return n.Text + " " + string(n.AppendJSON(nil))
	default:
		return n.Text
	}
}

// judgePages says what is wrong with rendered pages: what the Markdown engine
// found, and links, pictures and headings that do not exist. It runs when all
// pages are rendered, because only then all headings are known.
func judgePages(library *docs.Library, trees []*docs.Tree, rendered map[string]*site.Docs) []diag.Diagnostic {
	var ds []diag.Diagnostic
	for _, t := range trees {
		for _, p := range t.Pages {
			j := judge{links: links{library: library, tree: t, page: p}, rendered: rendered}
			j.page(rendered[t.Entity.String()].Rendered[p])
			ds = append(ds, j.found...)
		}
	}
	return ds
}

type judge struct {
	links
	rendered map[string]*site.Docs
	found    []diag.Diagnostic
}

func (j *judge) add(line, column int, severity diag.Severity, rule, message, hint string) {
	file := j.tree.Repo.Pos(j.links.page.File)
	j.found = append(j.found, diag.Diagnostic{
		Pos: diag.Pos{File: file, Line: line, Column: column}, Severity: severity, Rule: rule, Message: message, Hint: hint,
		Entity: j.tree.Entity.String(), Repo: j.tree.Repo.Name,
	})
}

func (j *judge) page(doc *markdown.Document) {
	for _, p := range doc.Problems {
		severity := diag.Warning
		if p.Error {
			severity = diag.Error
		}
		j.add(p.Line, p.Column, severity, p.Rule, p.Message, p.Hint)
	}
	for _, link := range doc.Links {
		t, ok := j.library.Resolve(j.tree, j.links.page, link.Target)
		switch {
		case !ok && link.Image:
			j.add(link.Line, link.Column, diag.Warning, "broken-image", fmt.Sprintf("the picture %q does not exist", link.Target), j.suggest(t, link.Target))
		case !ok:
			j.add(link.Line, link.Column, diag.Warning, "broken-link", fmt.Sprintf("the link %q leads nowhere", link.Target), j.suggest(t, link.Target))
		case t.Kind == docs.ToPage && t.Fragment != "":
			j.anchor(link, t)
		}
	}
}

// anchor judges a link to a heading.
func (j *judge) anchor(link markdown.Link, t docs.Target) {
	d := j.rendered[t.Tree.Entity.String()]
	if d == nil || d.Rendered[t.Page] == nil {
		return
	}
	if ids := d.Rendered[t.Page].IDs; !slices.Contains(ids, t.Fragment) {
		j.add(link.Line, link.Column, diag.Warning, "broken-anchor", fmt.Sprintf("the link %q leads to a heading that does not exist", link.Target), diag.DidYouMean(t.Fragment, ids))
	}
}

func (j *judge) suggest(t docs.Target, target string) string {
	if t.Hint != "" {
		return t.Hint
	}
	if s := j.tree.Suggest(j.links.page, target); s != "" {
		return fmt.Sprintf("did you mean %q?", s)
	}
	return ""
}
