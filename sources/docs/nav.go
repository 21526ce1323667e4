package docs

import (
	"cmp"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/portolan-dev/portolan/sources/diag"
	"github.com/portolan-dev/portolan/sources/yamldoc"
)

// maxNavDepth bounds how deep sections may be nested; deeper ones are laid flat.
const maxNavDepth = 12

// maxMissing is how many missing pages of one nav are named.
const maxMissing = 50

// navigation builds the nav that mkdocs.yml gives, or one from the files, and
// puts the pages into its order. Pages outside of it come last.
func (r *reader) navigation(cfg *yamldoc.Node) {
	t := r.tree
	slices.SortFunc(t.Pages, func(a, b *Page) int { return comparePaths(a.Path, b.Path) })
	nav := cfg.Get("nav")
	r.including = []string{r.file}
	switch {
	case nav == nil || nav.Kind == yamldoc.Null:
		if t.Nav = r.literateNav(".", 0); len(t.Nav) == 0 {
			t.Nav = r.autoNav("")
		}
	case nav.Kind != yamldoc.List:
		r.report(r.at(nav), diag.Warning, "nav-invalid", "nav must be a list of pages", "write one page a line: - Title: file.md")
		t.Nav = r.autoNav("")
	default:
		t.Nav = r.navItems(nav, 0)
		if len(t.Nav) == 0 {
			t.Nav = r.autoNav("")
		}
		if r.missing > maxMissing {
			r.report(r.at(nav), diag.Warning, "nav-missing", fmt.Sprintf("%d more entries of nav name no page of these docs", r.missing-maxMissing), "")
		}
	}
	if nav != nil && nav.Kind == yamldoc.List {
		r.listedTwice(nav)
	}
	rank := map[*Page]int{}
	var order func([]*NavItem)
	order = func(items []*NavItem) {
		for _, it := range items {
			if it.Page != nil {
				if _, ok := rank[it.Page]; !ok {
					rank[it.Page] = len(rank)
					it.Page.InNav = true
				}
			}
			order(it.Items)
		}
	}
	order(t.Nav)
	slices.SortStableFunc(t.Pages, func(a, b *Page) int {
		ra, oka := rank[a]
		rb, okb := rank[b]
		switch {
		case oka && okb:
			return ra - rb
		case oka:
			return -1
		case okb:
			return 1
		default:
			return comparePaths(a.Path, b.Path)
		}
	})
	r.titlesFromNav(t.Nav)
}

// listedTwice names the page that a nav lists most often, if that is more than
// twice: such a nav is made by a program or by mistake.
func (r *reader) listedTwice(nav *yamldoc.Node) {
	count := map[*Page]int{}
	var most *Page
	var walk func([]*NavItem)
	walk = func(items []*NavItem) {
		for _, it := range items {
			if it.Page != nil {
				if count[it.Page]++; most == nil || count[it.Page] > count[most] {
					most = it.Page
				}
			}
			walk(it.Items)
		}
	}
	walk(r.tree.Nav)
	if most != nil && count[most] > 2 {
		r.report(r.at(nav), diag.Warning, "nav-repeated", fmt.Sprintf("nav lists %s %d times", most.Path, count[most]), "list each page once")
	}
}

// navItems reads one level of nav.
// Source: MkDocs, user guide, nav: a file, {title: file}, {title: [...]}, or
// {title: URL}.
func (r *reader) navItems(list *yamldoc.Node, depth int) []*NavItem {
	var out []*NavItem
	for _, n := range list.Items {
		switch n.Kind {
		case yamldoc.String:
			out = append(out, r.navTarget("", n)...)
		case yamldoc.Map:
			for i := range n.Fields {
				f := &n.Fields[i]
				switch {
				case f.Value.Kind == yamldoc.String:
					out = append(out, r.navTarget(f.Key, f.Value)...)
				case f.Value.Kind == yamldoc.List && depth < maxNavDepth:
					section := &NavItem{Title: f.Key, Items: r.navItems(f.Value, depth+1)}
					r.sectionIndex(section)
					if len(section.Items) > 0 || section.Page != nil {
						out = append(out, section)
					}
				case f.Value.Kind == yamldoc.List:
					r.report(r.at(f.Value), diag.Warning, "nav-invalid", fmt.Sprintf("nav is nested deeper than %d levels; this section is left out", maxNavDepth), "")
				default:
					r.report(r.at(f.Value), diag.Warning, "nav-invalid", fmt.Sprintf("nav entry %q is neither a page nor a list of pages", f.Key), "write - Title: file.md")
				}
			}
		default:
			r.report(r.at(n), diag.Warning, "nav-invalid", "this nav entry is neither a page nor a section", "write - Title: file.md")
		}
	}
	return out
}

// sectionIndex makes the first page of a section its own page when it is
// listed without a title and is an index, as Material's navigation.indexes does.
func (r *reader) sectionIndex(s *NavItem) {
	if s.Page != nil || len(s.Items) == 0 {
		return
	}
	first := s.Items[0]
	if first.Title != "" || first.Page == nil || len(first.Items) > 0 {
		return
	}
	if name := strings.ToLower(path.Base(first.Page.Path)); name == "index.md" || name == "readme.md" {
		s.Page = first.Page
		s.Items = s.Items[1:]
	}
}

// navTarget resolves one entry: a page, a folder, or a link to another site.
func (r *reader) navTarget(title string, n *yamldoc.Node) []*NavItem {
	target := strings.TrimSpace(n.Text)
	if file, ok := strings.CutPrefix(target, "!include "); ok {
		return r.include(title, strings.TrimSpace(file), n)
	}
	if pattern, ok := strings.CutPrefix(target, "*include "); ok {
		return r.includeAll(title, strings.TrimSpace(pattern), n)
	}
	if u := safeURL(target); u != "" {
		if title == "" {
			title = u
		}
		return []*NavItem{{Title: title, URL: u}}
	}
	if strings.HasPrefix(target, "mailto:") && !strings.ContainsAny(target, " <>\"'") {
		return []*NavItem{{Title: cmp.Or(title, target), URL: target}}
	}
	clean := path.Clean(strings.TrimPrefix(target, "/"))
	if target == "" || strings.Contains(target, "\x00") || strings.Contains(target, `\`) || strings.Contains(target, ":") || clean == ".." || strings.HasPrefix(clean, "../") {
		r.navMissing(n, fmt.Sprintf("nav names %q, which is not a page of these docs", target), "")
		return nil
	}
	inside := path.Join(r.base, clean)
	if p := r.byPath[inside]; p != nil {
		return []*NavItem{{Title: title, Page: p}}
	}
	switch {
	case isMarkdown(clean):
		// README.md gives way to index.md in the same folder.
		if p := r.byPath[path.Join(path.Dir(inside), "index.md")]; p != nil && strings.EqualFold(path.Base(clean), "readme.md") {
			return []*NavItem{{Title: title, Page: p}}
		}
	case slices.Contains(r.tree.Files, inside):
		return []*NavItem{{Title: cmp.Or(title, path.Base(clean)), URL: FileURL(inside)}}
	default:
		items := r.literateNav(inside, 1)
		if len(items) == 0 {
			items = r.autoNav(inside)
		}
		if len(items) > 0 {
			if title == "" {
				return items
			}
			s := &NavItem{Title: title, Items: items}
			r.sectionIndex(s)
			r.implicitIndex(s, inside)
			return []*NavItem{s}
		}
	}
	if file := path.Join(r.tree.Dir, inside); !isMarkdown(clean) {
		if st, err := fs.Stat(r.tree.Repo.FS, file); err == nil && !st.IsDir() {
			if u := r.tree.Repo.FileURL(file); u != "" {
				return []*NavItem{{Title: cmp.Or(title, path.Base(clean)), URL: u}}
			}
			r.navMissing(n, fmt.Sprintf("nav names %q, which is neither a page nor a picture, so it is not published", target), "show its content on a page")
			return nil
		}
	}
	hint := ""
	if r.missing < maxMissing {
		near := newNeighbours()
		for _, p := range r.tree.Pages {
			near.add(p.Path)
		}
		if s := near.similar(inside); s != "" {
			if r.base != "" {
				s = strings.TrimPrefix(s, r.base+"/")
			}
			hint = fmt.Sprintf("did you mean %q?", s)
		}
	}
	r.navMissing(n, fmt.Sprintf("nav names %q, which is not in the docs folder", target), hint)
	return nil
}

func (r *reader) navMissing(n *yamldoc.Node, message, hint string) {
	if r.missing++; r.missing <= maxMissing {
		r.report(r.at(n), diag.Warning, "nav-missing", message, hint)
	}
}

// autoNav makes a navigation of the files below dir, as MkDocs does: the index
// first, then pages and folders by name.
func (r *reader) autoNav(dir string) []*NavItem {
	root := &NavItem{}
	sections := map[string]*NavItem{".": root}
	var section func(d string) *NavItem
	section = func(d string) *NavItem {
		if s := sections[d]; s != nil {
			return s
		}
		parent := section(path.Dir(d))
		s := &NavItem{Title: titleOfName(path.Base(d))}
		parent.Items = append(parent.Items, s)
		sections[d] = s
		return s
	}
	for _, p := range r.tree.Pages {
		rel := p.Path
		if dir != "" {
			var ok bool
			if rel, ok = strings.CutPrefix(rel, dir+"/"); !ok {
				continue
			}
		}
		if strings.Count(rel, "/") > maxNavDepth || r.hidden.match(p.Path, false) {
			continue
		}
		s := section(path.Dir(rel))
		s.Items = append(s.Items, &NavItem{Page: p})
	}
	if r.tree.Repo != nil {
		r.arrange(sections, dir)
	}
	for _, s := range sections {
		if s != root {
			r.sectionIndex(s)
		}
	}
	return root.Items
}

// titlesFromNav gives pages the title that the nav has for them.
func (r *reader) titlesFromNav(items []*NavItem) {
	for _, it := range items {
		if it.Page != nil && it.Page.Title == "" && it.Title != "" && len(it.Items) == 0 {
			it.Page.Title = it.Title
		}
		r.titlesFromNav(it.Items)
	}
}

// titleOfName makes words of a file or folder name, as MkDocs does.
func titleOfName(name string) string {
	name = strings.NewReplacer("-", " ", "_", " ").Replace(name)
	if name != strings.ToLower(name) {
		return name
	}
	first, size := utf8.DecodeRuneInString(name)
	return string(unicode.ToUpper(first)) + name[size:]
}

// TitleOf returns what a page without title and heading is called: words made
// of its file's name.
func TitleOf(p *Page) string {
	name := strings.TrimSuffix(path.Base(p.Path), path.Ext(p.Path))
	if l := strings.ToLower(name); l == "index" || l == "readme" {
		if dir := path.Dir(p.Path); dir != "." {
			name = path.Base(dir)
		} else {
			return "Home"
		}
	}
	return titleOfName(name)
}

// comparePaths orders files as MkDocs does: within a folder the index first,
// then files, then folders, by name.
func comparePaths(a, b string) int {
	pa, pb := strings.Split(a, "/"), strings.Split(b, "/")
	for i := 0; i < len(pa) && i < len(pb); i++ {
		lastA, lastB := i == len(pa)-1, i == len(pb)-1
		if lastA != lastB {
			if lastA {
				return -1
			}
			return 1
		}
		if pa[i] == pb[i] {
			continue
		}
		if lastA {
			ia, ib := isIndex(pa[i]), isIndex(pb[i])
			if ia != ib {
				if ia {
					return -1
				}
				return 1
			}
		}
		return strings.Compare(pa[i], pb[i])
	}
	return len(pa) - len(pb)
}

func isIndex(name string) bool {
	l := strings.ToLower(name)
	return l == "index.md" || l == "readme.md"
}
