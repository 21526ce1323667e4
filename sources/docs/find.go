package docs

import (
	"context"
	"fmt"
	"io/fs"
	"net/url"
	"path"
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
	EntityAnnotation = "backstage.io/techdocs-entity"
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
// the only component that is described in that folder, else it is published
// under the name of its repo.
func Find(repos []*sources.Repo, cat *catalog.Catalog) ([]Place, []diag.Diagnostic) {
	f := finder{repos: repos, claimed: map[*sources.Repo]map[string]bool{}}
	for _, e := range cat.Entities {
		f.entity(e)
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
	switch kind {
	case "dir":
		base := path.Dir(e.Origin.Path)
		if strings.HasPrefix(target, "/") {
			base = "."
		}
		root = path.Join(base, strings.TrimLeft(target, "/"))
		if root == ".." || strings.HasPrefix(root, "../") {
			report(fmt.Sprintf("%s leads out of the repo: %q", RefAnnotation, ref), "name a folder inside the repo")
			return
		}
	case "url":
		repo, root = f.locate(target, e.Origin.Repo)
		if repo == nil {
			report(fmt.Sprintf("the docs at %s are in none of the repos that are read", target), "add that repo to sources, or use dir:")
			return
		}
	default:
		report(fmt.Sprintf("%s has the unknown type %q, expected dir or url", RefAnnotation, kind), "write dir:. for docs beside this file")
		return
	}
	if st, err := fs.Stat(repo.FS, root); err != nil || !st.IsDir() {
		report(fmt.Sprintf("the docs folder %s does not exist", repo.Pos(root)), "")
		return
	}
	f.add(Place{Repo: repo, Root: root, Entity: e.Ref, Title: e.DisplayName()})
}

func (f *finder) add(p Place) {
	f.places = append(f.places, p)
	if f.claimed[p.Repo] == nil {
		f.claimed[p.Repo] = map[string]bool{}
	}
	f.claimed[p.Repo][p.Root] = true
}

// locate finds the repo and the folder that a browser address of a code host
// means: https://host/owner/name/tree/branch/folder and its kin.
func (f *finder) locate(target string, own *sources.Repo) (*sources.Repo, string) {
	u, err := url.Parse(target)
	if err != nil || u.Host == "" {
		return nil, ""
	}
	full := strings.TrimSuffix(u.Host+u.Path, "/")
	match := func(r *sources.Repo) (string, bool) {
		if r.URL == "" {
			return "", false
		}
		_, base, _ := strings.Cut(r.URL, "://")
		if strings.EqualFold(full, base) {
			return ".", true
		}
		if len(full) <= len(base) || !strings.EqualFold(full[:len(base)], base) || full[len(base)] != '/' {
			return "", false
		}
		rest := strings.TrimPrefix(full[len(base)+1:], "-/")
		for _, verb := range []string{"tree/", "blob/", "src/branch/", "src/"} {
			if tail, ok := strings.CutPrefix(rest, verb); ok {
				if r.Branch != "" && (tail == r.Branch || strings.HasPrefix(tail, r.Branch+"/")) {
					return path.Join(".", strings.TrimPrefix(tail, r.Branch)), true
				}
				_, folder, _ := strings.Cut(tail, "/")
				return path.Join(".", folder), true
			}
		}
		return "", false
	}
	if root, ok := match(own); ok {
		return own, strings.TrimPrefix(root, "/")
	}
	for _, r := range f.repos {
		if root, ok := match(r); ok {
			return r, strings.TrimPrefix(root, "/")
		}
	}
	return nil, ""
}

// unclaimed adds the docs of a repo that no annotation names.
func (f *finder) unclaimed(r *sources.Repo, beside map[string]*catalog.Entity) {
	roots := mkdocsFolders(r.FS)
	if len(roots) == 0 && isDocsFolder(r.FS, "docs") && !f.claimed[r]["."] {
		roots = []string{"."}
	}
	for _, root := range roots {
		if f.claimed[r][root] {
			continue
		}
		if e := beside[r.Name+"\x00"+root]; e != nil && e.Annotations[RefAnnotation] == "" && e.Annotations[EntityAnnotation] == "" {
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

// besideDescriptors maps repo and folder to the component described there,
// where there is just one.
func besideDescriptors(cat *catalog.Catalog) map[string]*catalog.Entity {
	out := map[string]*catalog.Entity{}
	for _, e := range cat.Entities {
		if e.Origin.Repo == nil || !strings.EqualFold(e.Ref.Kind, "component") {
			continue
		}
		key := e.Origin.Repo.Name + "\x00" + path.Dir(e.Origin.Path)
		if _, twice := out[key]; twice {
			out[key] = nil
			continue
		}
		out[key] = e
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
			case base == "node_modules", base == "vendor", base == "testdata", base == ".git":
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

// skip passes over what cannot be read.
func skip(d fs.DirEntry) error {
	if d != nil && d.IsDir() {
		return fs.SkipDir
	}
	return nil
}

// isDocsFolder tells whether a folder holds at least one document at its top.
func isDocsFolder(fsys fs.FS, dir string) bool {
	entries, err := fs.ReadDir(fsys, dir)
	if err != nil {
		return false
	}
	return slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return !e.IsDir() && isMarkdown(e.Name()) })
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
