package docs

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/portolan-dev/portolan/sources"
	"github.com/portolan-dev/portolan/sources/catalog"
	"github.com/portolan-dev/portolan/sources/diag"
	"golang.org/x/sync/errgroup"
)

// The annotations that say where the docs of an entity are.
const (
	RefAnnotation    = "backstage.io/techdocs-ref"
	EntityAnnotation = "backstage.io/techdocs-entity"      // show the docs of this entity
	PathAnnotation   = "backstage.io/techdocs-entity-path" // and begin at this page of them

	sourceAnnotation = "backstage.io/source-location"
)

// A Place is where the documentation of an entity is kept.
type Place struct {
	Repo   *sources.Repo
	Root   string // folder of mkdocs.yml inside the repo; "." is the repo's root
	Entity catalog.Ref
	Title  string // what the tree is called when mkdocs.yml does not say

	// Docs is the folder of the documents inside Root where no mkdocs.yml says
	// so. The default is "docs".
	Docs string

	// NoStart leaves the root of the tree without a page where the author has
	// written none.
	NoStart bool

	// Downloads are the endings of further files that may be published, such
	// as "pdf". Without it only pictures are.
	Downloads []string
}

// RepoKind is the kind in the address of docs that belong to no entity:
// /docs/default/repo/{name}/.
const RepoKind = "repo"

// Find returns the places of all documentation in the repos, and what is wrong
// with the annotations that name them.
//
// An entity names its docs with the annotation backstage.io/techdocs-ref,
// "dir:" relative to the folder of its descriptor file or "url:" of a folder in
// one of the repos. A folder with an mkdocs.yml that nobody names belongs to
// the only component that is described in that folder, or the only entity, else
// it is published under the name of its repo.
func Find(repos []*sources.Repo, cat *catalog.Catalog) ([]Place, []diag.Diagnostic) {
	f := finder{repos: repos, claimed: map[*sources.Repo]map[string]bool{}, taken: map[string]bool{}}
	for _, e := range cat.Entities {
		f.entity(e)
		f.borrowed(e, cat)
	}
	beside := besideDescriptors(cat)
	for _, r := range repos {
		f.unclaimed(r, beside)
	}
	slices.SortFunc(f.places, func(a, b Place) int { return strings.Compare(a.Entity.String(), b.Entity.String()) })
	return f.places, f.diagnostics
}

// ReadAll reads the trees of all places, at most jobs at once, in the order of
// places.
func ReadAll(ctx context.Context, places []Place, jobs int) ([]*Tree, error) {
	trees := make([]*Tree, len(places))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(max(1, jobs))
	for i, p := range places {
		g.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			trees[i] = Read(p)
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return nil, fmt.Errorf("read docs: %w", err)
	}
	return trees, nil
}

type finder struct {
	repos       []*sources.Repo
	claimed     map[*sources.Repo]map[string]bool
	taken       map[string]bool // entities that have docs
	places      []Place
	diagnostics []diag.Diagnostic
}

func (f *finder) entity(e *catalog.Entity) {
	ref, ok := e.Annotations[RefAnnotation]
	if !ok || e.Origin.Repo == nil {
		return
	}
	report := func(message, hint string) {
		f.diagnostics = append(f.diagnostics, diag.Diagnostic{
			Pos: annotationPos(e, RefAnnotation), Severity: diag.Warning, Rule: "techdocs-ref-invalid",
			Message: message, Hint: hint, Entity: e.Ref.String(), Repo: e.Origin.Repo.Name,
		})
	}
	kind, target, ok := strings.Cut(ref, ":")
	if !ok {
		report(fmt.Sprintf("%s is %q, expected dir:PATH or url:ADDRESS", RefAnnotation, ref), fmt.Sprintf("write dir:./%s", strings.TrimPrefix(ref, "./")))
		return
	}
	repo, root := e.Origin.Repo, ""
	target = strings.TrimSpace(target)
	switch kind {
	case "dir":
		base := path.Dir(e.Origin.Path)
		// "dir:" counts from where the entity's source is, if it says so.
		if at, ok := strings.CutPrefix(e.Annotations[sourceAnnotation], "url:"); ok {
			if r, folder := f.locate(strings.TrimSpace(at), e); r != nil {
				if isFolder(r.FS, folder) {
					repo, base = r, folder
				}
			}
		}
		if strings.HasPrefix(target, "/") {
			base = "."
		}
		root = path.Join(base, strings.TrimLeft(target, "/"))
		if root == ".." || strings.HasPrefix(root, "../") || strings.ContainsAny(target, "\\\x00") {
			report(fmt.Sprintf("%s leads out of the repo: %q", RefAnnotation, ref), "name a folder inside the repo")
			return
		}
	case "url":
		repo, root = f.locate(target, e)
		if repo == nil {
			report(fmt.Sprintf("the docs at %s are in none of the repos that are read", target), "add that repo to sources, or use dir:")
			return
		}
	case "http", "https":
		report(fmt.Sprintf("%s is %q, which lacks its type", RefAnnotation, ref), "write url:"+ref)
		return
	default:
		report(fmt.Sprintf("%s has the unknown type %q, expected dir or url", RefAnnotation, kind), "write dir:. for docs beside this file")
		return
	}
	if st, err := fs.Stat(repo.FS, root); err != nil || !st.IsDir() {
		report(fmt.Sprintf("the docs folder %s does not exist", repo.Pos(root)), f.folderHint(repo, root))
		return
	}
	place := Place{Repo: repo, Root: root, Entity: e.Ref, Title: e.DisplayName()}
	if !hasConfig(repo.FS, root) {
		// Many name the folder of the documents, not the one of mkdocs.yml.
		switch site := siteAbove(repo.FS, root); {
		case site != "":
			place.Root = site
		case !isFolder(repo.FS, path.Join(root, "docs")) && path.Base(root) == "docs":
			place.Docs = "."
		}
	}
	f.add(place)
}

func hasConfig(fsys fs.FS, root string) bool {
	for _, name := range []string{"mkdocs.yaml", "mkdocs.yml"} {
		if st, err := fs.Stat(fsys, path.Join(root, name)); err == nil && !st.IsDir() {
			return true
		}
	}
	return false
}

// siteAbove returns the folder above root whose mkdocs.yml says that its
// documents are in root, or "".
func siteAbove(fsys fs.FS, root string) string {
	for up, n := root, 0; up != "." && n < 4; n++ {
		up = path.Dir(up)
		for _, name := range []string{"mkdocs.yaml", "mkdocs.yml"} {
			data, err := fs.ReadFile(fsys, path.Join(up, name))
			if err != nil {
				continue
			}
			dir := "docs"
			if m := docsDirLine.FindSubmatch(data); m != nil {
				dir = strings.TrimSpace(string(m[1]))
			}
			if path.Join(up, dir) == root {
				return up
			}
		}
	}
	return ""
}

var docsDirLine = regexp.MustCompile(`(?m)^docs_dir:[ \t]*['"]?([^'"#\r\n]+)`)

// folderHint suggests a folder beside one that does not exist.
func (f *finder) folderHint(repo *sources.Repo, root string) string {
	entries, err := fs.ReadDir(repo.FS, path.Dir(root))
	if err != nil {
		return ""
	}
	var names []string
	for _, e := range entries {
		if e.IsDir() {
			names = append(names, e.Name())
		}
	}
	return diag.DidYouMean(path.Base(root), names)
}

// A Source says which docs an entity shows.
type Source struct {
	Entity catalog.Ref // whose docs they are
	Path   string      // where to begin in them, without slashes around; usually empty
}

// Of returns which docs an entity shows, by its annotations: those of another
// entity, or its own. It is false for an entity that says nothing of docs.
// Source: Backstage, plugin techdocs, techdocs-entity.
func Of(e *catalog.Entity) (Source, bool) {
	if s := strings.TrimSpace(e.Annotations[EntityAnnotation]); s != "" {
		if ref, ok := fullRef(s); ok {
			return Source{Entity: ref, Path: strings.Trim(path.Clean("/"+e.Annotations[PathAnnotation]), "/")}, true
		}
	}
	if e.Annotations[RefAnnotation] != "" {
		return Source{Entity: e.Ref}, true
	}
	return Source{}, false
}

// fullRef reads kind:namespace/name, of which only the namespace has a default.
func fullRef(s string) (catalog.Ref, bool) {
	ref, err := catalog.ParseRef(s, "", "")
	return ref, err == nil && !strings.ContainsAny(s, " \t")
}

// borrowed checks the annotation that names another entity's docs.
func (f *finder) borrowed(e *catalog.Entity, cat *catalog.Catalog) {
	s, ok := e.Annotations[EntityAnnotation]
	if !ok || e.Origin.Repo == nil {
		return
	}
	report := func(message, hint string) {
		f.diagnostics = append(f.diagnostics, diag.Diagnostic{
			Pos: annotationPos(e, EntityAnnotation), Severity: diag.Warning, Rule: "techdocs-entity-invalid",
			Message: message, Hint: hint, Entity: e.Ref.String(), Repo: e.Origin.Repo.Name,
		})
	}
	ref, ok := fullRef(strings.TrimSpace(s))
	if !ok {
		report(fmt.Sprintf("%s is %q, which is no reference of an entity", EntityAnnotation, s), "write kind:namespace/name, such as component:default/api")
		return
	}
	other := cat.Get(ref)
	switch {
	case other == nil:
		refs := make([]string, 0, len(cat.Entities))
		for _, x := range cat.Entities {
			refs = append(refs, x.Ref.String())
		}
		report(fmt.Sprintf("%s names %s, which is not in the catalog", EntityAnnotation, ref), diag.DidYouMean(ref.String(), refs))
	case other.Annotations[RefAnnotation] == "" && other.Annotations[EntityAnnotation] == "":
		report(fmt.Sprintf("%s names %s, which says nothing of docs", EntityAnnotation, ref), "add "+RefAnnotation+" to that entity")
	}
}

func (f *finder) add(p Place) {
	if f.taken[p.Entity.String()] {
		p.Entity.Name += "-" + hash8(p.Repo.Name+"\x00"+p.Root)
	}
	f.taken[p.Entity.String()] = true
	f.places = append(f.places, p)
	if f.claimed[p.Repo] == nil {
		f.claimed[p.Repo] = map[string]bool{}
	}
	f.claimed[p.Repo][p.Root] = true
}

// locate finds the repo and the folder that a browser address of a code host
// means: https://host/owner/name/tree/branch/folder and its kin. Where repos
// are folders without an origin, the entity's own repo is taken if its name is
// that of the address.
func (f *finder) locate(target string, e *catalog.Entity) (*sources.Repo, string) {
	u, err := url.Parse(target)
	if err != nil || u.Host == "" {
		return nil, ""
	}
	full := strings.TrimSuffix(strings.TrimSuffix(u.Host+u.Path, "/"), ".git")
	match := func(r *sources.Repo, base string) (string, bool) {
		if strings.EqualFold(full, base) {
			return ".", true
		}
		if len(full) <= len(base) || !strings.EqualFold(full[:len(base)], base) || full[len(base)] != '/' {
			return "", false
		}
		rest := strings.TrimPrefix(full[len(base)+1:], "-/")
		for _, verb := range []string{"tree/", "blob/", "edit/", "raw/", "src/branch/", "src/commit/", "src/tag/", "src/", "browse/"} {
			tail, ok := strings.CutPrefix(rest, verb)
			if !ok {
				continue
			}
			folder := ""
			if r.Branch != "" && (tail == r.Branch || strings.HasPrefix(tail, r.Branch+"/")) {
				folder = strings.TrimPrefix(tail, r.Branch)
			} else {
				// A branch may hold slashes: the first rest that is a folder counts.
				for more := true; more; {
					_, tail, more = strings.Cut(tail, "/")
					if folder = tail; isFolder(r.FS, path.Join(".", folder)) {
						break
					}
				}
			}
			folder = path.Join(".", strings.Trim(folder, "/"))
			if r.Dir != "" {
				// Only a folder of the repository is read.
				if folder != r.Dir && !strings.HasPrefix(folder, r.Dir+"/") {
					return "", false
				}
				folder = path.Join(".", strings.Trim(strings.TrimPrefix(folder, r.Dir), "/"))
			}
			return folder, true
		}
		return "", false
	}
	own := e.Origin.Repo
	for _, r := range append([]*sources.Repo{own}, f.repos...) {
		if r.URL == "" {
			continue
		}
		_, base, _ := strings.Cut(r.URL, "://")
		if root, ok := match(r, base); ok {
			return r, root
		}
	}
	if parts := strings.Split(full, "/"); own.URL == "" && len(parts) >= 3 && sameName(own.Name, parts[2], parts[1]) {
		if root, ok := match(own, strings.Join(parts[:3], "/")); ok && isFolder(own.FS, root) {
			return own, root
		}
	}
	return nil, ""
}

// sameName tells whether a folder is called like a repository: "api",
// "acme/api", "acme-api" or "acme__api" for the repository api of acme.
func sameName(folder, name, owner string) bool {
	l := strings.ToLower(path.Base(folder))
	name, owner = strings.ToLower(name), strings.ToLower(owner)
	if l == name {
		return true
	}
	rest, ok := strings.CutPrefix(l, owner)
	return ok && strings.TrimLeft(rest, "_-.") == name
}

// unclaimed adds the docs of a repo that no annotation names.
func (f *finder) unclaimed(r *sources.Repo, beside map[string]*catalog.Entity) {
	roots := mkdocsFolders(r.FS)
	part := map[string]bool{} // of another site, which includes it
	for _, root := range roots {
		for _, name := range []string{"mkdocs.yaml", "mkdocs.yml"} {
			for _, dir := range included(r.FS, path.Join(root, name)) {
				part[dir] = true
			}
		}
	}
	if len(roots) == 0 && isDocsFolder(r.FS, "docs") && !f.claimed[r]["."] && !f.claimed[r]["docs"] {
		roots = []string{"."}
	}
	for _, root := range roots {
		if f.claimed[r][root] || part[root] || isTemplate(r.FS, root) {
			continue
		}
		if e := beside[r.Name+"\x00"+root]; e != nil && !f.taken[e.Ref.String()] && e.Annotations[RefAnnotation] == "" && e.Annotations[EntityAnnotation] == "" {
			f.add(Place{Repo: r, Root: root, Entity: e.Ref, Title: e.DisplayName()})
			continue
		}
		name := r.Name
		if root != "." {
			name += "-" + strings.ReplaceAll(root, "/", "-")
		}
		f.add(Place{Repo: r, Root: root, Entity: catalog.Ref{Kind: RepoKind, Namespace: "default", Name: slugPart(name)}, Title: path.Base(r.Name)})
	}
}

// besideDescriptors maps repo and folder to the entity that docs in this folder
// belong to: the only component described there, else the only entity.
func besideDescriptors(cat *catalog.Catalog) map[string]*catalog.Entity {
	type found struct {
		component, any   *catalog.Entity
		components, many int
	}
	folders := map[string]*found{}
	for _, e := range cat.Entities {
		if e.Origin.Repo == nil {
			continue
		}
		key := e.Origin.Repo.Name + "\x00" + path.Dir(e.Origin.Path)
		f := folders[key]
		if f == nil {
			f = &found{}
			folders[key] = f
		}
		switch strings.ToLower(e.Ref.Kind) {
		case "component":
			f.component = e
			f.components++
		case "location", "user", "group", "template":
			continue
		}
		f.any = e
		f.many++
	}
	out := map[string]*catalog.Entity{}
	for key, f := range folders {
		switch {
		case f.components == 1:
			out[key] = f.component
		case f.components == 0 && f.many == 1:
			out[key] = f.any
		}
	}
	return out
}

// mkdocsFolders returns the folders with an mkdocs.yml, in order.
func mkdocsFolders(fsys fs.FS) []string {
	var out []string
	_ = fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return skip(d)
		}
		if d.IsDir() {
			switch base := d.Name(); {
			case base == "node_modules", base == "vendor", base == "testdata", base == "skeleton", base == ".git":
				return fs.SkipDir
			case strings.Count(name, "/") > 8:
				return fs.SkipDir
			}
			return nil
		}
		if b := d.Name(); b == "mkdocs.yml" || b == "mkdocs.yaml" {
			if dir := path.Dir(name); len(out) == 0 || out[len(out)-1] != dir {
				out = append(out, dir)
			}
		}
		return nil
	})
	slices.Sort(out)
	return slices.Compact(out)
}

// isTemplate tells whether a site is still to be made out of a template.
func isTemplate(fsys fs.FS, root string) bool {
	for _, name := range []string{"mkdocs.yaml", "mkdocs.yml"} {
		if data, err := fs.ReadFile(fsys, path.Join(root, name)); err == nil && (bytes.Contains(data, []byte("${{")) || bytes.Contains(data, []byte("{{cookiecutter"))) {
			return true
		}
	}
	return false
}

// skip passes over what cannot be read.
func skip(d fs.DirEntry) error {
	if d != nil && d.IsDir() {
		return fs.SkipDir
	}
	return nil
}

// isDocsFolder tells whether there is a document in a folder or a few levels
// below it.
func isDocsFolder(fsys fs.FS, dir string) bool {
	var look func(dir string, depth int) bool
	look = func(dir string, depth int) bool {
		entries, err := fs.ReadDir(fsys, dir)
		if err != nil {
			return false
		}
		if slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return !e.IsDir() && isMarkdown(e.Name()) }) {
			return true
		}
		return depth > 0 && slices.ContainsFunc(entries, func(e fs.DirEntry) bool {
			return e.IsDir() && !strings.HasPrefix(e.Name(), ".") && e.Name() != "node_modules" && look(path.Join(dir, e.Name()), depth-1)
		})
	}
	return look(dir, 3)
}

// annotationPos returns where an annotation is written, as well as it is known.
func annotationPos(e *catalog.Entity, key string) diag.Pos {
	pos := e.Origin.Pos
	if m := e.Object.Get("metadata", "annotations"); m != nil {
		if f := m.Field(key); f != nil && f.Value != nil && f.Value.Line > 0 {
			pos.Line, pos.Column = f.Value.Line, f.Value.Column
		}
	}
	return pos
}
