package generator

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/portolan-dev/portolan/generator/linkcheck"
	"github.com/portolan-dev/portolan/sources"
	"github.com/portolan-dev/portolan/sources/kubernetes"
	"github.com/portolan-dev/portolan/sources/repos"
)

var now = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func clock() time.Time { return now }

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// company writes two small repos below dir and returns options to build them.
func company(t *testing.T) (string, Options) {
	t.Helper()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "repos/cart/catalog-info.yaml"), `apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: cart, annotations: {backstage.io/techdocs-ref: "dir:.", backstage.io/kubernetes-id: cart}}
spec: {type: service, lifecycle: production, owner: shop}
`)
	write(t, filepath.Join(dir, "repos/cart/docs/index.md"), "# Cart\n\nSee [setup](setup.md#install), [gone](gone.md) and [nowhere](setup.md#nowhere).\n")
	write(t, filepath.Join(dir, "repos/cart/docs/setup.md"), "# Set up\n\n## Install\n\n```go\nfunc main() {}\n```\n")
	write(t, filepath.Join(dir, "repos/org/catalog-info.yaml"), "apiVersion: backstage.io/v1alpha1\nkind: Group\nmetadata: {name: shop}\nspec: {type: team, children: []}\n")
	return dir, Options{
		Title: "Acme", Version: "test", Output: filepath.Join(dir, "public"), State: filepath.Join(dir, "state"),
		Base: dir, Repos: []repos.Spec{{Dir: "repos/*"}}, Clock: clock, Jobs: 2,
	}
}

func build(t *testing.T, opt Options) *Report {
	t.Helper()
	r, err := New(opt).Build(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func page(t *testing.T, opt Options, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(opt.Output, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func lines(r *Report) string {
	var out []string
	for _, d := range r.Diagnostics {
		out = append(out, d.String())
	}
	return strings.Join(out, "\n")
}

func TestBuild(t *testing.T) {
	_, opt := company(t)
	r := build(t, opt)
	if r.Entities != 2 || r.Docs != 2 || r.DocTrees != 1 {
		t.Errorf("got %d entities, %d docs pages in %d trees; want 2, 2, 1", r.Entities, r.Docs, r.DocTrees)
	}
	html := page(t, opt, "docs/default/component/cart/index.html")
	if !strings.Contains(html, `href="setup/#install"`) {
		t.Errorf("the link to setup.md is not that of its page:\n%s", html)
	}
	for _, want := range []string{
		`repos/cart/docs/index.md:3:32: warning: the link "gone.md" leads nowhere`,
		`repos/cart/docs/index.md:3:52: warning: the link "setup.md#nowhere" leads to a heading that does not exist`,
	} {
		if !strings.Contains(lines(r), want) {
			t.Errorf("no diagnostic %q in\n%s", want, lines(r))
		}
	}
	var report struct {
		Counts  map[string]int
		Sources []struct{ Name, State string }
	}
	if err := json.Unmarshal([]byte(page(t, opt, "api/build.json")), &report); err != nil {
		t.Fatal(err)
	}
	if report.Counts["entities"] != 2 || len(report.Sources) != 2 || report.Sources[0].State != "fresh" {
		t.Errorf("api/build.json = %+v", report)
	}
}

// Where the sources are on this machine is nobody's business.
func TestNoAbsolutePathIsPublished(t *testing.T) {
	dir, opt := company(t)
	opt.Repos = []repos.Spec{{Dir: filepath.ToSlash(filepath.Join(dir, "repos")) + "/*"}}
	write(t, filepath.Join(dir, "repos/twin/catalog-info.yaml"), "apiVersion: backstage.io/v1alpha1\nkind: Group\nmetadata: {name: shop}\nspec: {type: team, children: []}\n")
	r := build(t, opt)
	if want := dir + "/repos/cart/docs/index.md:3:32: warning:"; !strings.Contains(lines(r), want) {
		t.Errorf("the report does not say where the file is: no %q in\n%s", want, lines(r))
	}
	for _, f := range tree(t, opt.Output) {
		if name, text, _ := strings.Cut(f, "\x00"); strings.Contains(text, dir) {
			t.Errorf("%s holds the path of the sources", name)
		}
	}
}

func TestSameInputSameBytes(t *testing.T) {
	_, opt := company(t)
	build(t, opt)
	first := tree(t, opt.Output)
	for _, jobs := range []int{1, 7} {
		again := opt
		again.Jobs, again.Output, again.NoCache = jobs, opt.Output+"-again", true
		build(t, again)
		if got := tree(t, again.Output); !slices.Equal(got, first) {
			t.Errorf("with %d jobs the site differs", jobs)
		}
	}
}

func tree(t *testing.T, dir string) []string {
	t.Helper()
	var out []string
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(filepath.Join(dir, name))
		out = append(out, name+"\x00"+string(b))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// A document is rendered again when it, or something that it asks about,
// changed; and not otherwise.
func TestCache(t *testing.T) {
	dir, opt := company(t)
	if r := build(t, opt); r.Rendered != 2 {
		t.Fatalf("the first build rendered %d documents, want 2", r.Rendered)
	}
	if r := build(t, opt); r.Rendered != 0 || r.Written != 0 {
		t.Errorf("nothing changed, but %d documents were rendered and %d files written", r.Rendered, r.Written)
	}
	write(t, filepath.Join(dir, "repos/cart/docs/gone.md"), "# Here again\n")
	r := build(t, opt)
	if r.Rendered != 2 { // the new page, and the one that links to it
		t.Errorf("a page that index.md links to appeared: %d documents were rendered, want 2", r.Rendered)
	}
	if html := page(t, opt, "docs/default/component/cart/index.html"); !strings.Contains(html, `href="gone/"`) {
		t.Errorf("the link to the new page is still broken:\n%s", html)
	}
	clean := opt
	clean.Output, clean.NoCache = opt.Output+"-clean", true
	build(t, clean)
	if !slices.Equal(tree(t, opt.Output), tree(t, clean.Output)) {
		t.Error("a build with caches differs from one without")
	}
}

// The dialect of a site is what its mkdocs.yml says.
func TestDialect(t *testing.T) {
	dir, opt := company(t)
	write(t, filepath.Join(dir, "repos/cart/mkdocs.yml"), `site_name: Cart
markdown_extensions:
  - toc:
      slugify: !!python/object/apply:pymdownx.slugs.slugify {kwds: {case: lower}}
  - pymdownx.snippets:
      auto_append: [words.md]
`)
	write(t, filepath.Join(dir, "repos/cart/words.md"), "*[SLO]: service level objective\n")
	write(t, filepath.Join(dir, "repos/cart/docs/setup.md"), "# Set up\n\n## Übersicht: SLO\n\nOur SLO.\n")
	build(t, opt)
	html := page(t, opt, "docs/default/component/cart/setup/index.html")
	for _, want := range []string{`id="übersicht-slo"`, `title="service level objective"`} {
		if !strings.Contains(html, want) {
			t.Errorf("no %s in\n%s", want, html)
		}
	}
}

func TestIcons(t *testing.T) {
	dir, opt := company(t)
	write(t, filepath.Join(dir, "repos/cart/docs/icons.md"), "# Icons\n\n:material-rocket: and :material-nothing:\n")
	opt.Icons = fstest.MapFS{"@mdi/svg/svg/rocket.svg": {Data: []byte(`<svg viewBox="0 0 24 24"><path d="M1 2h3z"/></svg>`)}}
	build(t, opt)
	html := page(t, opt, "docs/default/component/cart/icons/index.html")
	if !strings.Contains(html, "M1 2h3z") || !strings.Contains(html, "nothing") {
		t.Errorf("want the drawing of the rocket, and the name of what is not there:\n%s", html)
	}
	opt.Icons = nil
	if r := build(t, opt); r.Rendered != 1 {
		t.Errorf("the icons are gone: %d documents were rendered again, want the one that shows them", r.Rendered)
	}
}

// One template that fails costs the pages that use it, and no other.
func TestOnePageFailsAlone(t *testing.T) {
	_, opt := company(t)
	opt.Theme = fstest.MapFS{"templates/docs.html": {Data: []byte(`{{define "main"}}{{index .View.NoSuchField 3}}{{end}}`)}}
	r := build(t, opt)
	if !strings.Contains(lines(r), "[page-failed]") {
		t.Errorf("no diagnostic names the page:\n%s", lines(r))
	}
	if html := page(t, opt, "docs/default/component/cart/index.html"); !strings.Contains(html, "could not be made") {
		t.Errorf("the page does not say so:\n%s", html)
	}
	if html := page(t, opt, "catalog/default/component/cart/index.html"); strings.Contains(html, "could not be made") {
		t.Error("another page failed too")
	}
}

// A theme that cannot be parsed ends the build and leaves the old site.
func TestBrokenThemeLeavesTheOldSite(t *testing.T) {
	_, opt := company(t)
	build(t, opt)
	before := tree(t, opt.Output)
	opt.Theme = fstest.MapFS{"templates/base.html": {Data: []byte(`{{define "base"}}{{`)}}
	if _, err := New(opt).Build(t.Context()); err == nil {
		t.Fatal("no error")
	}
	if !slices.Equal(tree(t, opt.Output), before) {
		t.Error("the old site changed")
	}
	if _, err := os.Stat(filepath.Join(filepath.Dir(opt.Output), ".public.new")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("something is left beside the site: %v", err)
	}
}

func TestInterruptedBuildLeavesTheOldSite(t *testing.T) {
	_, opt := company(t)
	build(t, opt)
	before := tree(t, opt.Output)
	ctx, cancel := context.WithCancel(t.Context())
	opt.Progress = stopAt{"pages", cancel}
	if _, err := New(opt).Build(ctx); !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v, want context.Canceled", err)
	}
	if !slices.Equal(tree(t, opt.Output), before) {
		t.Error("the old site changed")
	}
}

// stopAt cancels a build when a phase starts.
type stopAt struct {
	phase  string
	cancel func()
}

func (s stopAt) Start(phase string, _ int) {
	if phase == s.phase {
		s.cancel()
	}
}
func (stopAt) Step(string, string) {}
func (stopAt) Done(string, string) {}

func TestTwoBuildsAtOnce(t *testing.T) {
	_, opt := company(t)
	unlock, err := New(opt).lock()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := New(opt).Build(t.Context()); !errors.Is(err, ErrLocked) {
		t.Errorf("got %v, want ErrLocked", err)
	}
	unlock()
	build(t, opt)
}

// A fakeCluster has one pod, or fails.
type fakeCluster struct {
	name string
	err  error
	at   time.Time
}

func (f fakeCluster) Info() kubernetes.ClusterInfo { return kubernetes.ClusterInfo{Name: f.name} }
func (fakeCluster) Local() bool                    { return false }
func (f fakeCluster) Read(context.Context) (*kubernetes.Snapshot, error) {
	if f.err != nil {
		return nil, f.err
	}
	c := kubernetes.NewCollector(f.Info())
	c.SetTimes(f.at, time.Second)
	return c.Snapshot(), nil
}

func TestClusters(t *testing.T) {
	_, opt := company(t)
	fresh := func(r *Report, name string) sources.Freshness {
		for _, c := range r.Clusters {
			if c.Name == name {
				return c.Freshness
			}
		}
		t.Fatalf("no cluster %s in the report", name)
		return sources.Freshness{}
	}
	opt.Clusters = []Cluster{fakeCluster{name: "a", at: now}, fakeCluster{name: "b", err: errors.New("unreachable")}}
	r := build(t, opt)
	if f := fresh(r, "a"); f.State != sources.Fresh {
		t.Errorf("a = %+v, want fresh", f)
	}
	if f := fresh(r, "b"); f.State != sources.Failed || f.Reason != "unreachable" {
		t.Errorf("b = %+v, want failed with the reason", f)
	}
	if got := r.Stale(); !slices.Equal(got, []string{"cluster b: failed: unreachable"}) {
		t.Errorf("Stale() = %q", got)
	}

	later := now.Add(time.Hour)
	opt.Clock = func() time.Time { return later }
	opt.Clusters = []Cluster{fakeCluster{name: "a", err: errors.New("timeout")}, fakeCluster{name: "b", at: later}}
	r = build(t, opt)
	if f := fresh(r, "a"); f.State != sources.Stale || !f.ObservedAt.Equal(now) || f.Reason != "timeout" {
		t.Errorf("a = %+v, want stale since %v", f, now)
	}
	if f := fresh(r, "b"); f.State != sources.Fresh {
		t.Errorf("b = %+v, want fresh", f)
	}

	opt.Offline = true
	r = build(t, opt)
	if f := fresh(r, "b"); f.State != sources.Stale {
		t.Errorf("offline: b = %+v, want stale", f)
	}
}

func BenchmarkBuild(b *testing.B) {
	dir := b.TempDir()
	text := strings.Repeat("Some words about what it does, with `code` and [a link](index.md).\n\n", 20)
	for i := range 200 {
		name := "svc-" + string(rune('a'+i%26)) + "-" + strings.Repeat("x", 1+i/26)
		files := map[string]string{
			"catalog-info.yaml": "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: " + name + ", annotations: {backstage.io/techdocs-ref: \"dir:.\"}}\nspec: {type: service, lifecycle: production, owner: shop}\n",
			"docs/index.md":     "# " + name + "\n\n" + text,
			"docs/run.md":       "# Run\n\n" + text,
		}
		for f, s := range files {
			p := filepath.Join(dir, "repos", name, f)
			if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
				b.Fatal(err)
			}
			if err := os.WriteFile(p, []byte(s), 0o644); err != nil {
				b.Fatal(err)
			}
		}
	}
	opt := Options{Title: "Bench", Output: filepath.Join(dir, "public"), State: filepath.Join(dir, "state"), Base: dir, Repos: []repos.Spec{{Dir: "repos/*"}}}
	for _, kind := range []string{"cold", "warm"} {
		b.Run(kind, func(b *testing.B) {
			pages := 0
			for b.Loop() {
				o := opt
				o.NoCache = kind == "cold"
				r, err := New(o).Build(b.Context())
				if err != nil {
					b.Fatal(err)
				}
				pages += r.Pages
			}
			b.ReportMetric(float64(pages)/b.Elapsed().Seconds(), "pages/s")
		})
	}
}

// Links of docs and of the portal's own pages to pages that the portal makes are
// judged against the pages there are, in a build and by Check.
func TestPortalLinks(t *testing.T) {
	dir, opt := company(t)
	write(t, filepath.Join(dir, "repos/cart/docs/setup.md"), "# Set up\n\n[a](/catalog/default/component/cart) [b](/catalog/default/component/card/) [c](/catalog/default/Component/Cart/) [d](/broken/) [e](/api/build.json) [f](/teams/)\n")
	opt.Content, opt.ContentName = fstest.MapFS{"index.md": {Data: []byte("[x](/systems/nothing/)\n")}}, "content"
	r := build(t, opt)
	checked, err := New(opt).Check(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for name, r := range map[string]*Report{"build": r, "check": checked} {
		got := lines(r)
		for _, want := range []string{
			`cart/docs/setup.md:3:38: warning: the link "/catalog/default/component/card/" leads to a page that the portal does not have`, `did you mean "/catalog/default/component/cart"?`,
			`"/catalog/default/Component/Cart/" leads to a page that the portal does not have`, `write it in lower case: "/catalog/default/component/cart/"`,
			`content/index.md:1:1: warning: the link "/systems/nothing/" leads`,
		} {
			if !strings.Contains(got, want) {
				t.Errorf("%s: diagnostics are\n%s\nwant %s", name, got, want)
			}
		}
		if n := strings.Count(got, "that the portal does not have"); n != 3 {
			t.Errorf("%s: %d links lead to no page, want 3:\n%s", name, n, got)
		}
	}
	if !strings.Contains(page(t, opt, "build/index.html"), "component/card/") {
		t.Error("the build report does not show the link")
	}
}

// Beside each page of docs lies its Markdown, whose links lead to that of others.
func TestTwins(t *testing.T) {
	dir, opt := company(t)
	write(t, filepath.Join(dir, "repos/cart/docs/guide/a.md"), "---\ntitle: A \"quoted\" title\ntags: [x]\n---\nSee setup.md: [set up](../setup.md#install \"title\"), <a href=\"../index.md\">home</a>,\n"+
		"![p](../p%20q.svg), [ref][r], [portal](/catalog/default/component/cart/), [gone](../gone.md),\n[out](https://out.example/x) and `[code](../setup.md)`.\x07\u202e\n\n[r]: ../setup.md\n")
	write(t, filepath.Join(dir, "repos/cart/docs/p q.svg"), "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 1 1\"><path d=\"M0 0h1\"/></svg>")
	build(t, opt)
	const want = "# A \"quoted\" title\n\nSee setup.md: [set up](../../setup/index.md#install \"title\"), <a href=\"../../index.md\">home</a>,\n" +
		"![p](../../p-q.svg), [ref][r], [portal](../../../../../../catalog/default/component/cart/), [gone](../gone.md),\n[out](https://out.example/x) and `[code](../setup.md)`.\n\n[r]: ../../setup/index.md\n"
	if got := page(t, opt, "docs/default/component/cart/guide/a/index.md"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got := page(t, opt, "docs/default/component/cart/setup/index.md"); !strings.HasPrefix(got, "# Set up\n") || strings.Count(got, "# Set up") != 1 {
		t.Errorf("a page with a title of its own has the twin\n%s", got)
	}
	html := page(t, opt, "docs/default/component/cart/setup/index.html")
	if strings.Count(html, "text/markdown") != 2 || !strings.Contains(html, "index.md") {
		t.Error("the page does not lead to its Markdown")
	}
	for name, want := range map[string]string{
		"llms.txt":                             "- [cart](docs/default/component/cart/llms.txt): 3 pages\n",
		"docs/default/component/cart/llms.txt": "- [Set up](setup/index.md)\n",
	} {
		if got := page(t, opt, name); !strings.Contains(got, want) || !strings.HasPrefix(got, "# ") {
			t.Errorf("%s is\n%s\nwant in it\n%s", name, got, want)
		}
	}
	if got := page(t, opt, "llms.txt"); !strings.Contains(got, "\n## Without a system\n\n- [cart](catalog/default/component/cart/): Component, service, of shop\n") {
		t.Errorf("llms.txt is\n%s", got)
	}
	opt.NoTwins = true
	build(t, opt)
	if _, err := os.Stat(filepath.Join(opt.Output, "docs/default/component/cart/setup/index.md")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("without twins: %v", err)
	}
	if got := page(t, opt, "docs/default/component/cart/llms.txt"); !strings.Contains(got, "- [Set up](setup/)\n") {
		t.Errorf("without twins llms.txt is\n%s", got)
	}
}

// Other sites are asked for what docs and descriptors link to; what is not found
// there is reported where it is written.
func TestExternalLinks(t *testing.T) {
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/good" {
			w.WriteHeader(http.StatusNotFound)
		}
	}))
	defer other.Close()
	dir, opt := company(t)
	write(t, filepath.Join(dir, "repos/cart/docs/setup.md"), "# Set up\n\n[good]("+other.URL+"/good) and [bad]("+other.URL+"/bad#x), https://example.com/never\n")
	write(t, filepath.Join(dir, "repos/org/catalog-info.yaml"), "apiVersion: backstage.io/v1alpha1\nkind: Group\nmetadata:\n  name: shop\n  links:\n    - url: "+other.URL+"/gone\nspec: {type: team, children: []}\n")
	opt.External = &linkcheck.Options{Client: repos.NewClient("127.0.0.1"), Now: now, Inner: []string{"127.0.0.1"}, Wait: func(context.Context, time.Duration) error { return nil }}
	r, err := New(opt).Check(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, d := range r.Diagnostics {
		if d.Rule == "external-link" {
			got = append(got, fmt.Sprintf("%s:%d:%d %s %s", d.Pos.File, d.Pos.Line, d.Pos.Column, d.Entity, strings.ReplaceAll(d.Message, other.URL, "")))
		}
	}
	want := []string{
		"repos/cart/docs/setup.md:3:43 component:default/cart nothing is found at /bad#x: its site answers 404 Not Found",
		"repos/org/catalog-info.yaml:6:12 group:default/shop nothing is found at /gone: its site answers 404 Not Found",
	}
	if len(got) > 0 {
		got[0] = regexp.MustCompile(`3:\d+`).ReplaceAllString(got[0], "3:43") // the port has no fixed length
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// Pages whose names are those of files that Portolan adds keep their addresses.
func TestTakenNames(t *testing.T) {
	dir, opt := company(t)
	for _, name := range []string{"index.md.md", "llms.txt.md", "setup/index.md.md", "contents.md"} {
		write(t, filepath.Join(dir, "repos/cart/docs", name), "# Page "+name+"\n")
	}
	opt.Content, opt.ContentName = fstest.MapFS{"llms.txt.md": {Data: []byte("# Mine\n")}, "index.md": {Data: []byte("# Hi\n")}}, "content"
	r := build(t, opt)
	for _, d := range r.Diagnostics {
		if d.Rule == "page-name" {
			t.Errorf("%s", d)
		}
	}
	const base = "docs/default/component/cart/"
	for name, want := range map[string]string{
		base + "index.md/index.html": "Page index.md.md", base + "llms.txt/index.html": "Page llms.txt.md", base + "setup/index.md/index.html": "Page setup/index.md.md",
		base + "contents/index.md": "# Page contents.md", "llms.txt/index.html": "Mine",
	} {
		if !strings.Contains(page(t, opt, name), want) {
			t.Errorf("%s does not hold %q", name, want)
		}
	}
}

// Files that are no pictures are published where the operator names their ending.
func TestDownloads(t *testing.T) {
	dir, opt := company(t)
	write(t, filepath.Join(dir, "repos/cart/docs/a.pdf"), "%PDF-1.7")
	write(t, filepath.Join(dir, "repos/cart/docs/a.csv"), "a,b")
	write(t, filepath.Join(dir, "repos/cart/docs/a.html"), "<script>")
	opt.Downloads = []string{"pdf", "html"}
	build(t, opt)
	for name, want := range map[string]bool{"a.pdf": true, "a.csv": false, "a.html": false} {
		_, err := os.Stat(filepath.Join(opt.Output, "docs/default/component/cart", name))
		if (err == nil) != want {
			t.Errorf("%s: %v, want it published: %t", name, err, want)
		}
	}
}

// The HTML of docs grows with the number of pages in a folder and not with its
// square.
func TestDocsGrowLinearly(t *testing.T) {
	size := func(pages int) int64 {
		dir, opt := company(t)
		for i := range pages {
			write(t, filepath.Join(dir, fmt.Sprintf("repos/cart/docs/flat/page-%04d.md", i)), "# Page\n")
		}
		build(t, opt)
		total := int64(0)
		err := filepath.WalkDir(filepath.Join(opt.Output, "docs"), func(name string, e fs.DirEntry, err error) error {
			if err != nil || filepath.Ext(name) != ".html" {
				return err
			}
			info, err := e.Info()
			if err == nil {
				total += info.Size()
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return total
	}
	if small, large := size(100), size(400); large > 4*small+small/5 { // pages at the ends list fewer neighbours
		t.Errorf("100 pages are %d bytes, 400 are %d: much more than four times as much", small, large)
	}
}
