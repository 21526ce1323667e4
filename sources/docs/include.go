package docs

import (
	"cmp"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
	"github.com/portolan-dev/portolan/sources/diag"
	"github.com/portolan-dev/portolan/sources/yamldoc"
)

// Bounds of the sites that one nav includes.
const (
	maxIncludes     = 200
	maxIncludeDepth = 4
)

// include reads the site of another mkdocs.yml of the repo into this one. Its
// pages lie in a folder by the name of the site.
// Source: mkdocs-monorepo-plugin, README.
func (r *reader) include(title, name string, n *yamldoc.Node) []*NavItem {
	t := r.tree
	owner := r.including[len(r.including)-1]
	file, ok := r.inRepo(path.Dir(owner), name)
	if ext := path.Ext(file); !ok || ext != ".yml" && ext != ".yaml" {
		r.report(r.at(n), diag.Warning, "mkdocs-outside", fmt.Sprintf("!include names %q, which is no mkdocs.yml of this repo; it is not read", name), "write a path relative to this file, such as ./api/mkdocs.yml")
		return nil
	}
	if slices.Contains(r.including, file) {
		r.report(r.at(n), diag.Warning, "mkdocs-invalid", fmt.Sprintf("!include of %q leads back to a file that is being read", name), "remove it")
		return nil
	}
	if _, err := fs.Stat(t.Repo.FS, file); err != nil {
		r.report(r.at(n), diag.Warning, "nav-missing", fmt.Sprintf("!include names %q, which does not exist", name), "")
		return nil
	}
	if r.includes++; r.includes > maxIncludes || len(r.including) > maxIncludeDepth {
		r.report(r.at(n), diag.Warning, "docs-limit", fmt.Sprintf("%q is not included: at most %d sites are, %d levels deep", name, maxIncludes, maxIncludeDepth), "")
		return nil
	}
	cfg, ok := r.parse(file)
	if !ok {
		return nil
	}
	site := oneLine(scalar(cfg.Get("site_name")))
	if site == "" {
		site = path.Base(path.Dir(file))
	}
	dir, ok := r.inRepo(path.Dir(file), cmp.Or(cfg.Get("docs_dir").Str(), "docs"))
	if !ok || !isFolder(t.Repo.FS, dir) {
		r.report(r.at(n), diag.Warning, "docs-empty", fmt.Sprintf("the docs of the included %q are in no folder of the repo", name), "")
		return nil
	}
	mount := path.Join(r.base, alias(site))
	for k := 2; r.mounts[mount]; k++ {
		mount = path.Join(r.base, fmt.Sprintf("%s-%d", alias(site), k))
	}
	if r.mounts == nil {
		r.mounts = map[string]bool{}
	}
	r.mounts[mount] = true
	first := len(t.Pages)
	r.walk(dir, mount, slices.Concat(always(), r.patterns(cfg.Get("exclude_docs"))))
	slices.SortFunc(t.Pages[first:], func(a, b *Page) int { return comparePaths(a.Path, b.Path) })

	base := r.base
	r.base = mount
	r.including = append(r.including, file)
	defer func() { r.base, r.including = base, r.including[:len(r.including)-1] }()
	s := &NavItem{Title: cmp.Or(title, site)}
	if nav := cfg.Get("nav"); nav != nil && nav.Kind == yamldoc.List {
		s.Items = r.navItems(nav, len(r.including))
	} else {
		s.Items = r.autoNav(mount)
	}
	r.sectionIndex(s)
	if len(s.Items) == 0 && s.Page == nil {
		return nil
	}
	return []*NavItem{s}
}

// includeAll includes every file that a pattern names.
func (r *reader) includeAll(title, pattern string, n *yamldoc.Node) []*NavItem {
	owner := r.including[len(r.including)-1]
	full, ok := r.inRepo(path.Dir(owner), pattern)
	if !ok || strings.Count(full, "*") > 8 || !doublestar.ValidatePattern(full) {
		r.report(r.at(n), diag.Warning, "mkdocs-outside", fmt.Sprintf("*include names %q, which is not in this repo", pattern), "")
		return nil
	}
	var files []string
	_ = doublestar.GlobWalk(r.tree.Repo.FS, full, func(p string, d fs.DirEntry) error {
		if !d.IsDir() && len(files) < maxIncludes && !slices.Contains(strings.Split(p, "/"), "node_modules") {
			files = append(files, p)
		}
		return nil
	})
	slices.Sort(files)
	var out []*NavItem
	for _, f := range files {
		if !slices.Contains(r.including, f) {
			out = append(out, r.include("", "./"+relative(path.Dir(owner), f), n)...)
		}
	}
	if title != "" && len(out) > 0 {
		return []*NavItem{{Title: title, Items: out}}
	}
	return out
}

var unsafeAlias = regexp.MustCompile(`[^a-zA-Z0-9_\-/]+`)

// alias is the folder in which an included site appears.
func alias(site string) string {
	a := unsafeAlias.ReplaceAllString(strings.ToLower(site), "-")
	return cmp.Or(strings.Trim(path.Clean("/"+a), "/-"), "site")
}

// included returns the configurations that a nav names, so that their folders
// are not taken for sites of their own.
func included(fsys fs.FS, file string) []string {
	data, err := fs.ReadFile(fsys, file)
	if err != nil || len(data) > maxPageBytes {
		return nil
	}
	var out []string
	for _, m := range includeLine.FindAllSubmatch(data, maxIncludes) {
		p := path.Join(path.Dir(file), string(m[2]))
		if string(m[1]) == "!" {
			out = append(out, path.Dir(p))
			continue
		}
		if doublestar.ValidatePattern(p) && strings.Count(p, "*") <= 8 {
			if hits, err := doublestar.Glob(fsys, p); err == nil {
				for _, h := range hits {
					out = append(out, path.Dir(h))
				}
			}
		}
	}
	return out
}

var includeLine = regexp.MustCompile(`(?m)([!*])include[ \t]+([^\s"',}\]]+\.ya?ml)`)

// arrange applies the files .pages and .nav.yml that order the pages and
// folders beside them.
// Source: mkdocs-awesome-pages-plugin and mkdocs-awesome-nav, README.
func (r *reader) arrange(sections map[string]*NavItem, dir string) {
	dirs := make([]string, 0, len(sections))
	for d := range sections {
		dirs = append(dirs, d)
	}
	slices.Sort(dirs)
	for _, d := range dirs {
		folder := path.Join(dir, d)
		for _, name := range []string{".nav.yml", ".nav.yaml", ".pages"} {
			file := path.Join(r.tree.Dir, folder, name)
			if r.mounts[r.base] {
				file = path.Join(r.mountedAt(folder), name)
			}
			if st, err := fs.Stat(r.tree.Repo.FS, file); err != nil || st.IsDir() {
				continue
			}
			if cfg, ok := r.parse(file); ok {
				r.arrangeFolder(sections, d, dir, cfg)
			}
			break
		}
	}
}

// mountedAt returns the folder of the repo whose pages appear in folder.
func (r *reader) mountedAt(folder string) string {
	for _, p := range r.tree.Pages {
		if rest, ok := strings.CutPrefix(p.Path, folder+"/"); ok {
			return strings.TrimSuffix(strings.TrimSuffix(p.File, rest), "/")
		}
	}
	return path.Join(r.tree.Dir, folder)
}

func (r *reader) arrangeFolder(sections map[string]*NavItem, d, dir string, cfg *yamldoc.Node) {
	s := sections[d]
	if t := oneLine(scalar(cfg.Get("title"))); t != "" && d != "." {
		s.Title = t
	}
	if cfg.Get("order").Str() == "desc" {
		slices.Reverse(s.Items)
	}
	if n := cfg.Get("hide"); n != nil && n.Bool && d != "." {
		if up := sections[path.Dir(d)]; up != nil {
			up.Items = slices.DeleteFunc(up.Items, func(it *NavItem) bool { return it == s })
		}
	}
	nav := cfg.Get("nav")
	if nav == nil {
		nav = cfg.Get("arrange")
	}
	if nav == nil || nav.Kind != yamldoc.List {
		return
	}
	rest := slices.Clone(s.Items)
	take := func(name string) []*NavItem {
		var out []*NavItem
		pattern := strings.TrimSuffix(name, "/")
		rest = slices.DeleteFunc(rest, func(it *NavItem) bool {
			own := r.itemName(it, sections, d)
			if own == pattern || own == pattern+".md" || strings.ContainsAny(pattern, "*?") && doublestar.ValidatePattern(pattern) && doublestar.MatchUnvalidated(pattern, own) {
				out = append(out, it)
				return true
			}
			return false
		})
		return out
	}
	var build func(list *yamldoc.Node, depth int) []*NavItem
	build = func(list *yamldoc.Node, depth int) []*NavItem {
		var out []*NavItem
		for _, n := range list.Items {
			switch {
			case n.Kind == yamldoc.String && (n.Text == "..." || strings.HasPrefix(n.Text, "... ")):
				out = append(out, &NavItem{Title: "..."})
			case n.Kind == yamldoc.String:
				hits := take(n.Text)
				if len(hits) == 0 && !strings.ContainsAny(n.Text, "*?") {
					hits = r.namedElsewhere("", n, dir, d)
				}
				out = append(out, hits...)
			case n.Kind == yamldoc.Map && len(n.Fields) > 0:
				f := &n.Fields[0]
				switch {
				case f.Value.Kind == yamldoc.List && depth < maxNavDepth:
					out = append(out, &NavItem{Title: f.Key, Items: build(f.Value, depth+1)})
				case f.Value.Kind == yamldoc.String:
					hits := take(f.Value.Text)
					if len(hits) == 0 {
						hits = r.namedElsewhere(f.Key, f.Value, dir, d)
					}
					for _, h := range hits {
						h.Title = f.Key
					}
					out = append(out, hits...)
				}
			}
		}
		return out
	}
	built := build(nav, 0)
	s.Items = fillRest(built, rest)
}

// fillRest puts what was not named where "..." stands.
func fillRest(items, rest []*NavItem) []*NavItem {
	var out []*NavItem
	for _, it := range items {
		switch {
		case it.Title == "..." && it.Page == nil && it.URL == "" && len(it.Items) == 0:
			out = append(out, rest...)
			rest = nil
		default:
			if it.Page == nil && len(it.Items) > 0 {
				for i, k := range it.Items {
					if k.Title == "..." && k.Page == nil && k.URL == "" && len(k.Items) == 0 {
						it.Items = slices.Concat(it.Items[:i:i], rest, it.Items[i+1:])
						rest = nil
						break
					}
				}
			}
			out = append(out, it)
		}
	}
	return out
}

// itemName is the name by which the files .pages know an item of a folder.
func (r *reader) itemName(it *NavItem, sections map[string]*NavItem, d string) string {
	if it.Page != nil && len(it.Items) == 0 {
		return path.Base(it.Page.Path)
	}
	for name, s := range sections {
		if s == it && path.Dir(name) == d {
			return path.Base(name)
		}
	}
	return ""
}

// namedElsewhere resolves an entry that is not in the folder itself.
func (r *reader) namedElsewhere(title string, n *yamldoc.Node, dir, d string) []*NavItem {
	if u := safeURL(n.Text); u != "" {
		return []*NavItem{{Title: cmp.Or(title, u), URL: u}}
	}
	if p := r.byPath[path.Join(dir, d, n.Text)]; p != nil {
		return []*NavItem{{Title: title, Page: p}}
	}
	r.navMissing(n, fmt.Sprintf("the order of these pages names %q, which is not here", n.Text), "")
	return nil
}
