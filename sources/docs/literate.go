package docs

import (
	"bytes"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
	"github.com/portolan-dev/portolan/sources/diag"
	"github.com/portolan-dev/portolan/sources/yamldoc"
)

// literateOption reads which file holds the navigation as a Markdown list.
// Source: mkdocs-literate-nav, README.
func (r *reader) literateOption(opts *yamldoc.Node) {
	r.literate = "SUMMARY.md"
	if s := opts.Get("nav_file").Str(); s != "" && !strings.ContainsAny(s, `/\`) {
		r.literate = s
	}
	if n := opts.Get("implicit_index"); n != nil {
		r.implicit = n.Bool
	}
}

// implicitIndex gives a section of a folder the folder's index for a page of
// its own, if the site asks for that.
func (r *reader) implicitIndex(s *NavItem, dir string) {
	if !r.implicit || s.Page != nil {
		return
	}
	for _, name := range []string{"index.md", "README.md"} {
		if p := r.byPath[path.Join(dir, name)]; p != nil {
			s.Page = p
			return
		}
	}
}

var (
	listLine = regexp.MustCompile(`^([ \t]*)(?:[-*+]|\d+[.)])[ \t]+(.+?)[ \t]*$`)
	listLink = regexp.MustCompile(`^\[((?:[^\]\\]|\\.)*)\]\(<?([^)>\s]+)>?(?:[ \t]+"[^"]*")?\)$`)
)

// literateNav reads the list of pages of a folder, or returns nil where the
// folder has none.
func (r *reader) literateNav(dir string, depth int) []*NavItem {
	if r.literate == "" || depth > maxNavDepth {
		return nil
	}
	p := r.byPath[path.Join(dir, r.literate)]
	if p == nil {
		return nil
	}
	type level struct {
		indent int
		item   *NavItem
	}
	root := &NavItem{}
	stack := []level{{-1, root}}
	named := map[*Page]bool{p: true}
	var wild []*NavItem // entries such as *.md, filled in at the end
	line := p.BodyLine - 1
	for raw := range bytes.Lines(p.Body()) {
		line++
		m := listLine.FindStringSubmatch(strings.TrimRight(string(raw), "\r\n"))
		if m == nil {
			continue
		}
		indent := len(strings.ReplaceAll(m[1], "\t", "    "))
		for len(stack) > 1 && stack[len(stack)-1].indent >= indent {
			stack = stack[:len(stack)-1]
		}
		up := stack[len(stack)-1].item
		items := r.literateItem(dir, m[2], line, p, depth)
		for _, it := range items {
			if it.Page != nil {
				named[it.Page] = true
			}
			if it.URL != "" && strings.HasPrefix(it.URL, wildPrefix) {
				wild = append(wild, it)
			}
		}
		up.Items = append(up.Items, items...)
		if len(items) == 1 {
			stack = append(stack, level{indent, items[0]})
		}
		if len(stack) > maxNavDepth {
			stack = stack[:maxNavDepth]
		}
	}
	r.fillWild(root, dir, named, wild)
	return root.Items
}

// wildPrefix marks an entry that stands for the pages a pattern names.
const wildPrefix = "pattern:"

// literateItem reads one line of the list.
func (r *reader) literateItem(dir, text string, line int, p *Page, depth int) []*NavItem {
	link := listLink.FindStringSubmatch(text)
	if link == nil {
		if strings.ContainsAny(text, "*") && !strings.Contains(text, " ") && doublestar.ValidatePattern(text) {
			return []*NavItem{{URL: wildPrefix + text}}
		}
		return []*NavItem{{Title: textOf(text)}} // a section
	}
	title, target := textOf(link[1]), link[2]
	if u := safeURL(target); u != "" {
		return []*NavItem{{Title: title, URL: u}}
	}
	inside := path.Join(dir, strings.TrimSuffix(strings.SplitN(target, "#", 2)[0], "/"))
	if pg := r.byPath[inside]; pg != nil {
		return []*NavItem{{Title: title, Page: pg}}
	}
	if strings.HasSuffix(target, "/") && inside != dir && !strings.HasPrefix(inside, "..") {
		s := &NavItem{Title: title, Items: r.literateNav(inside, depth+1)}
		if len(s.Items) == 0 {
			s.Items = r.autoNav(inside)
		}
		r.sectionIndex(s)
		r.implicitIndex(s, inside)
		if len(s.Items) > 0 || s.Page != nil {
			return []*NavItem{s}
		}
	}
	if r.missing++; r.missing <= maxMissing {
		r.report(diag.Pos{File: r.tree.Repo.Pos(p.File), Line: line, Column: 1}, diag.Warning, "nav-missing", fmt.Sprintf("the list of pages names %q, which is not in the docs folder", target), "")
	}
	return nil
}

// fillWild puts the pages that patterns name, and nothing else does, in their
// place, and drops sections without pages.
func (r *reader) fillWild(s *NavItem, dir string, named map[*Page]bool, wild []*NavItem) {
	var out []*NavItem
	for _, it := range s.Items {
		if slices.Contains(wild, it) {
			pattern := strings.TrimPrefix(it.URL, wildPrefix)
			for _, p := range r.tree.Pages {
				rel, ok := strings.CutPrefix(p.Path, dir+"/")
				if dir == "." || dir == "" {
					rel, ok = p.Path, true
				}
				if ok && !named[p] && doublestar.MatchUnvalidated(pattern, rel) {
					named[p] = true
					out = append(out, &NavItem{Page: p})
				}
			}
			continue
		}
		r.fillWild(it, dir, named, wild)
		if it.Page != nil || it.URL != "" || len(it.Items) > 0 {
			r.sectionIndex(it)
			out = append(out, it)
		}
	}
	s.Items = out
}
