package generator

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gofrs/flock"
	"github.com/portolan-dev/portolan/generator/cache"
	"github.com/portolan-dev/portolan/generator/diagram"
	"github.com/portolan-dev/portolan/generator/markdown"
	"github.com/portolan-dev/portolan/generator/publish"
	"github.com/portolan-dev/portolan/generator/render"
	"github.com/portolan-dev/portolan/generator/search"
	"github.com/portolan-dev/portolan/generator/site"
	"github.com/portolan-dev/portolan/sources"
	"github.com/portolan-dev/portolan/sources/apis"
	"github.com/portolan-dev/portolan/sources/catalog"
	"github.com/portolan-dev/portolan/sources/diag"
	"github.com/portolan-dev/portolan/sources/docs"
	"github.com/portolan-dev/portolan/sources/kubernetes"
	"github.com/portolan-dev/portolan/sources/repos"
	"github.com/portolan-dev/portolan/themes"
)

// ErrLocked says that another build holds the lock of the state folder.
var ErrLocked = errors.New("another build is running")

// A Builder runs builds with the same options and keeps in memory what the next
// one can use again. Its methods must not be called at the same time.
type Builder struct {
	opt      Options
	progress Progress
	log      *slog.Logger

	markdown *markdown.Engine
	minifier *publish.Minifier
	packs    map[string]*cache.Pack[rendering] // by canonical ref
	rendered int                               // documents of the last build that did not come from the cache
}

// New returns a Builder.
func New(opt Options) *Builder {
	if opt.Jobs < 1 {
		opt.Jobs = runtime.GOMAXPROCS(0)
	}
	if opt.Clock == nil {
		opt.Clock = time.Now
	}
	b := &Builder{opt: opt, progress: opt.Progress, log: opt.Log, packs: map[string]*cache.Pack[rendering]{}}
	if b.progress == nil {
		b.progress = noProgress{}
	}
	if b.log == nil {
		b.log = slog.New(slog.DiscardHandler)
	}
	b.markdown = markdown.New(markdown.Options{Diagram: func(kind, source string) (string, bool) {
		if kind != "mermaid" {
			return "", false
		}
		return diagram.Render(source)
	}})
	b.minifier = publish.NewMinifier()
	return b
}

// Build reads everything and replaces the site. On an error nothing was
// published and the old site is untouched. The report is never nil.
func (b *Builder) Build(ctx context.Context) (*Report, error) {
	r := &Report{Output: b.opt.Output}
	if err := publish.Check(b.opt.Output); err != nil {
		return r, err
	}
	unlock, err := b.lock()
	if err != nil {
		return r, err
	}
	defer unlock()
	if err := b.read(ctx, r); err != nil {
		return r, err
	}
	return r, b.write(ctx, r)
}

// Check reads everything that authors write and judges it. It makes no site
// and asks no cluster.
func (b *Builder) Check(ctx context.Context) (*Report, error) {
	r := &Report{}
	checker := *b
	checker.opt.Clusters = nil
	checker.opt.NoCache = true
	checker.packs = map[string]*cache.Pack[rendering]{}
	if err := checker.read(ctx, r); err != nil {
		return r, err
	}
	if links := portalLinks(r); len(links) > 0 {
		r.Diagnostics = diag.Sort(append(r.Diagnostics, judgePortalLinks(links, site.Pages(r.Portal), false)...))
	}
	if b.opt.External != nil {
		found, err := b.judgeExternal(ctx, r)
		if err != nil {
			return r, err
		}
		r.Diagnostics = diag.Sort(append(r.Diagnostics, found...))
	}
	return r, nil
}

// lock makes sure that no two builds use one state folder at once. The kernel
// holds the lock, so that of a dead process is free.
func (b *Builder) lock() (unlock func(), err error) {
	if err := os.MkdirAll(b.opt.State, 0o755); err != nil {
		return nil, fmt.Errorf("state folder: %w", err)
	}
	l := flock.New(filepath.Join(b.opt.State, "lock"))
	ok, err := l.TryLock()
	if err != nil {
		return nil, fmt.Errorf("lock %s: %w", l.Path(), err)
	}
	if !ok {
		return nil, fmt.Errorf("%w: it holds %s", ErrLocked, l.Path())
	}
	return func() {
		if err := l.Unlock(); err != nil {
			b.log.Warn("the lock cannot be given back", "reason", err)
		}
	}, nil
}

// phase runs f and notes how long it took.
func (b *Builder) phase(r *Report, name string, f func() error) error {
	start := b.opt.Clock()
	err := f()
	r.Phases = append(r.Phases, Phase{Name: name, Took: b.opt.Clock().Sub(start)})
	return err
}

// read fills the report's Portal from all sources.
func (b *Builder) read(ctx context.Context, r *Report) error {
	r.Started, b.rendered = b.opt.Clock().UTC(), 0
	p := &site.Portal{
		Title: b.opt.Title, BaseURL: b.opt.BaseURL, Version: b.opt.Version, Built: r.Started, Every: b.opt.Every,
		Rules: Rules(), Markdown: b.markdown, NoTwins: b.opt.NoTwins,
	}
	r.Portal = p

	// Clusters are far away and slow: they are asked while the repos are read.
	var snapshots, previous []*kubernetes.Snapshot
	var clusterErr error
	var clusters sync.WaitGroup
	clusterCtx, cancel := context.WithCancel(ctx)
	defer cancel()
	clusters.Go(func() { snapshots, previous, clusterErr = b.readClusters(clusterCtx) })
	defer clusters.Wait()

	var ds []diag.Diagnostic
	err := b.phase(r, "repos", func() (err error) {
		var found []diag.Diagnostic
		p.Repos, found, err = b.readRepos(ctx)
		ds = append(ds, found...)
		return err
	})
	if err != nil {
		return err
	}
	err = b.phase(r, "catalog", func() (err error) {
		p.Catalog, err = b.readCatalog(ctx, p.Repos)
		return err
	})
	if err != nil {
		return err
	}
	ds = append(ds, p.Catalog.Diagnostics...)

	err = b.phase(r, "docs", func() error {
		places, found := docs.Find(p.Repos, p.Catalog)
		ds = append(ds, found...)
		for i := range places {
			places[i].Downloads = b.opt.Downloads
		}
		trees, err := docs.ReadAll(ctx, places, b.opt.Jobs)
		if err != nil {
			return err
		}
		for _, t := range trees {
			ds = append(ds, t.Diagnostics...)
		}
		p.Docs, found, err = b.renderTrees(ctx, trees)
		ds = append(ds, found...)
		return err
	})
	if err != nil {
		return err
	}
	err = b.phase(r, "apis", func() error {
		found, err := b.readAPIs(ctx, p)
		ds = append(ds, found...)
		return err
	})
	if err != nil {
		return err
	}
	var found []diag.Diagnostic
	if r.content, found, err = b.readContent(ctx, p); err != nil {
		return err
	}
	ds = append(ds, found...)

	err = b.phase(r, "clusters", func() error {
		clusters.Wait()
		return clusterErr
	})
	if err != nil {
		return err
	}
	if len(b.opt.Clusters) > 0 {
		err = b.phase(r, "join", func() error {
			join := b.opt.Join
			join.Now, join.Previous, join.Workers = r.Started, previous, b.opt.Jobs
			p.Fleet = kubernetes.Join(p.Catalog, snapshots, join)
			p.History = b.remember(p.Fleet)
			return nil
		})
		if err != nil {
			return err
		}
	}
	r.Diagnostics, r.Repos = diag.Sort(ds), p.Repos
	p.Repos, p.Diagnostics = published(p.Repos, r.Diagnostics)
	b.count(r)
	return nil
}

// published returns repos and diagnostics as pages show them: where a source is
// an absolute path, files go by the name of their repo instead, so that the site
// tells nothing of the machine it was built on and is the same on every one.
func published(found []*sources.Repo, ds []diag.Diagnostic) ([]*sources.Repo, []diag.Diagnostic) {
	found, ds = slices.Clone(found), slices.Clone(ds)
	for i, repo := range found {
		if !filepath.IsAbs(repo.Prefix) {
			continue
		}
		named := *repo
		named.Prefix = repo.Name
		found[i] = &named
		for j := range ds {
			if inside, ok := strings.CutPrefix(ds[j].Pos.File, repo.Prefix); ok && (inside == "" || inside[0] == '/') {
				ds[j].Pos.File = repo.Name + inside
			}
			// Messages name other files, such as the one that has a name already.
			ds[j].Message = strings.ReplaceAll(ds[j].Message, repo.Prefix+"/", repo.Name+"/")
		}
	}
	return found, diag.Sort(ds)
}

func (b *Builder) count(r *Report) {
	p := r.Portal
	r.Entities, r.APIs, r.DocTrees = len(p.Catalog.Entities), len(p.APIs), len(p.Docs)
	for _, d := range p.Docs {
		r.Docs += len(d.Tree.Pages)
	}
	r.Rendered = b.rendered
	if p.Fleet != nil {
		r.Clusters = p.Fleet.Clusters
		r.Findings = len(p.Fleet.Findings)
	}
	r.Broken = site.BrokenCount(p)
}

func (b *Builder) readRepos(ctx context.Context) ([]*sources.Repo, []diag.Diagnostic, error) {
	const phase = "repos"
	b.progress.Start(phase, 0)
	found, ds, err := repos.Read(ctx, b.opt.Repos, repos.Options{
		Base: b.opt.Base, State: b.opt.State, Jobs: b.opt.Jobs, Offline: b.opt.Offline, Now: b.opt.Clock(), Token: b.opt.Token,
		Log: func(format string, args ...any) { b.log.Debug(fmt.Sprintf(format, args...)) },
	})
	if err != nil {
		return nil, nil, err
	}
	nameHosts(found, b.opt.Catalog.Hosts)
	b.progress.Done(phase, plural(len(found), "repo"))
	return found, ds, nil
}

// nameHosts gives repos the kind of their host where the configuration says it
// and their source does not, so that links to their files have its form.
func nameHosts(found []*sources.Repo, hosts map[string]catalog.Host) {
	for _, repo := range found {
		u, err := url.Parse(repo.URL)
		if err != nil || repo.Host != "" {
			continue
		}
		repo.Host = string(hosts[strings.ToLower(u.Hostname())])
	}
}

func (b *Builder) readCatalog(ctx context.Context, found []*sources.Repo) (*catalog.Catalog, error) {
	const phase = "catalog"
	b.progress.Start(phase, len(found))
	opt := b.opt.Catalog
	opt.Repos = catalog.RepoIndex(found)
	batches, err := parMap(ctx, b.opt.Jobs, found, func(_ context.Context, repo *sources.Repo) (*catalog.Batch, error) {
		opt := opt
		if len(repo.Descriptors) > 0 {
			opt.Files = repo.Descriptors
		}
		batch := catalog.Read(repo, opt)
		if !b.opt.NoCache {
			var err error
			if batch, err = keepGood(b.opt.State, repo, opt, batch, b.opt.Clock()); err != nil {
				b.log.Warn("the last good state of descriptors cannot be kept", "repo", repo.Name, "reason", err)
			}
		}
		b.progress.Step(phase, repo.Name)
		return batch, nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the catalog: %w", err)
	}
	c := catalog.Link(batches, catalog.LinkOptions{Known: b.opt.Known})
	b.progress.Done(phase, entities(len(c.Entities)))
	return c, nil
}

func (b *Builder) readAPIs(ctx context.Context, p *site.Portal) ([]diag.Diagnostic, error) {
	const phase = "apis"
	var defined []*catalog.Entity
	for _, e := range p.Catalog.OfKind("API") {
		if e.Definition != "" {
			defined = append(defined, e)
		}
	}
	b.progress.Start(phase, len(defined))
	parsed, err := parMap(ctx, b.opt.Jobs, defined, func(_ context.Context, e *catalog.Entity) (*apis.Definition, error) {
		d := apis.Parse(e)
		b.progress.Step(phase, e.Ref.String())
		return d, nil
	})
	if err != nil {
		return nil, fmt.Errorf("read API definitions: %w", err)
	}
	p.APIs = make(map[string]*apis.Definition, len(defined))
	var ds []diag.Diagnostic
	for i, d := range parsed {
		p.APIs[defined[i].Ref.String()] = d
		ds = append(ds, d.Diagnostics...)
	}
	b.progress.Done(phase, plural(len(defined), "definition"))
	return ds, nil
}

// write renders the portal and swaps the site in.
func (b *Builder) write(ctx context.Context, r *Report) (err error) {
	out, err := publish.Begin(b.opt.Output)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, out.Abort())
		}
	}()
	p := r.Portal
	renderer, err := render.New(themes.Default(), render.Options{Overrides: b.opt.Theme, Chrome: site.ChromeOf(p)})
	if err != nil {
		return err
	}
	err = b.phase(r, "pages", func() error { return b.writePages(ctx, r, renderer, out) })
	if err != nil {
		return err
	}
	err = b.phase(r, "search", func() error {
		for _, f := range search.Build(site.SearchDocs(p)) {
			if err := out.Write(f.Path, f.Data); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	start := b.opt.Clock()
	r.Pages = countPages(out.Paths())
	r.Phases = append(r.Phases, Phase{Name: "publish", Took: b.opt.Clock().Sub(start)})
	report, err := buildJSON(r)
	if err != nil {
		return err
	}
	if err := out.Write(publish.Marker, report); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	st, err := out.Commit()
	if err != nil {
		return err
	}
	r.Files, r.Bytes, r.Written, r.Removed = st.Files, st.Bytes, st.Written, st.Removed
	b.progress.Done("publish", fmt.Sprintf("%s, %d changed, %d removed", plural(st.Files, "file"), st.Written, st.Removed))
	return nil
}

// writePages writes pages, assets, files beside pages and pictures of docs.
func (b *Builder) writePages(ctx context.Context, r *Report, renderer *render.Renderer, out *publish.Site) error {
	const phase = "pages"
	p := r.Portal
	for _, f := range renderer.Assets() {
		data := f.Data
		if small, err := b.minifier.Minify(f.Path, data); err == nil {
			data = small
		}
		if err := out.Write(f.Path, data); err != nil {
			return err
		}
	}
	pages := site.Pages(p)
	if links := portalLinks(r); len(links) > 0 {
		if found := judgePortalLinks(links, pages, true); len(found) > 0 {
			// The build report and the pages of teams show these, too.
			r.Diagnostics = diag.Sort(append(r.Diagnostics, found...))
			_, p.Diagnostics = published(r.Repos, r.Diagnostics)
			pages = site.Pages(p)
		}
	}
	b.progress.Start(phase, len(pages))
	var mu sync.Mutex
	var bad []diag.Diagnostic
	lose := func(d diag.Diagnostic) {
		mu.Lock()
		defer mu.Unlock()
		bad = append(bad, d)
	}
	_, err := parMap(ctx, b.opt.Jobs, pages, func(_ context.Context, page site.Page) (struct{}, error) {
		defer b.progress.Step(phase, page.URL)
		html, err := renderPage(renderer, &page)
		if err != nil {
			lose(diag.Diagnostic{Severity: diag.Error, Rule: "page-failed", Entity: page.Entity, Message: err.Error(), Hint: "the page says so instead of its content; the rest of the site is whole"})
			html = failedPage(&page, err)
		}
		if small, err := b.minifier.Minify("page.html", html); err == nil {
			html = small
		}
		return struct{}{}, b.put(out, fileOf(page.URL), html, page.Entity, lose)
	})
	if err != nil {
		return err
	}
	files, err := site.Files(p)
	if err != nil {
		return err
	}
	beside, err := site.PageFiles(p, pages)
	if err != nil {
		return err
	}
	files = append(files, schemaFiles(b.opt)...)
	for _, f := range append(files, beside...) {
		if err := b.put(out, f.Path, f.Data, "", lose); err != nil {
			return err
		}
	}
	if err := b.writeDocFiles(ctx, r, out, lose); err != nil {
		return err
	}
	if !p.NoTwins {
		if err := b.writeTwins(ctx, p, out, lose); err != nil {
			return err
		}
	}
	r.Diagnostics = diag.Sort(append(r.Diagnostics, bad...))
	b.progress.Done(phase, plural(len(pages), "page"))
	return nil
}

// put writes a file. A name that cannot be published costs only this file.
func (b *Builder) put(out *publish.Site, name string, data []byte, entity string, lose func(diag.Diagnostic)) error {
	err := out.Write(name, data)
	if errors.Is(err, publish.ErrName) {
		lose(diag.Diagnostic{Severity: diag.Error, Rule: "page-name", Entity: entity, Message: err.Error(), Hint: "rename what it was made from"})
		return nil
	}
	return err
}

// writeDocFiles publishes the pictures and other files of the docs and of the
// portal's own pages.
func (b *Builder) writeDocFiles(ctx context.Context, r *Report, out *publish.Site, lose func(diag.Diagnostic)) error {
	refs := make([]string, 0, len(r.Portal.Docs))
	for ref := range r.Portal.Docs {
		refs = append(refs, ref)
	}
	slices.Sort(refs)
	var trees []*docs.Tree
	for _, ref := range refs {
		trees = append(trees, r.Portal.Docs[ref].Tree)
	}
	if r.content != nil {
		trees = append(trees, r.content)
	}
	_, err := parMap(ctx, b.opt.Jobs, trees, func(ctx context.Context, t *docs.Tree) (struct{}, error) {
		entity := t.Entity.String()
		for _, name := range t.Files {
			if err := ctx.Err(); err != nil {
				return struct{}{}, err
			}
			data, err := docFile(t, name)
			if err != nil {
				lose(diag.Diagnostic{
					Pos: diag.Pos{File: t.Repo.Pos(t.FilePath(name))}, Severity: diag.Warning, Rule: "docs-file", Entity: entity, Repo: t.Repo.Name,
					Message: "this file is left out: " + err.Error(),
				})
				continue
			}
			if err := b.put(out, treeURL(t, docs.FileURL(name)), data, entity, lose); err != nil {
				return struct{}{}, err
			}
		}
		return struct{}{}, nil
	})
	return err
}

// docFile returns a file of a docs tree as it may be published.
func docFile(t *docs.Tree, name string) ([]byte, error) {
	data, err := fs.ReadFile(t.Repo.FS, t.FilePath(name))
	if err != nil {
		return nil, err
	}
	if strings.EqualFold(path.Ext(name), ".svg") {
		return docs.CleanSVG(data)
	}
	return data, nil
}

// renderPage renders one page; a panic costs only this page.
func renderPage(r *render.Renderer, page *site.Page) (html []byte, err error) {
	defer func() {
		if v := recover(); v != nil {
			html, err = nil, fmt.Errorf("page %s: %v", page.URL, v)
		}
	}()
	return r.Page(page)
}

// fileOf returns the file that a page's URL is served from.
func fileOf(url string) string {
	if url == "" || strings.HasSuffix(url, "/") {
		return url + "index.html"
	}
	return url
}

func countPages(paths []string) int {
	n := 0
	for _, p := range paths {
		if strings.HasSuffix(p, ".html") {
			n++
		}
	}
	return n
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

func entities(n int) string {
	if n == 1 {
		return "1 entity"
	}
	return fmt.Sprintf("%d entities", n)
}
