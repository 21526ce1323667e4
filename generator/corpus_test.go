package generator

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/portolan-dev/portolan/generator/site"
	"github.com/portolan-dev/portolan/sources/repos"
)

// corpus returns options to build real repos and docs of others. A machine
// without them skips, except on CI.
func corpus(tb testing.TB) Options {
	tb.Helper()
	shared := os.Getenv("PORTOLAN_SHARED")
	if shared == "" {
		shared = filepath.Join("..", "..", "shared")
	}
	dir, err := filepath.Abs(filepath.Join(shared, "corpus"))
	if err != nil {
		tb.Fatal(err)
	}
	if _, err := os.Stat(dir); err != nil {
		if os.Getenv("CI") != "" {
			tb.Fatalf("there is no corpus: %v", err)
		}
		tb.Skipf("there is no corpus: %v", err)
	}
	out := tb.TempDir()
	return Options{
		Title: "Corpus", Output: filepath.Join(out, "public"), State: filepath.Join(out, "state"), Base: dir,
		Repos: []repos.Spec{{Dir: "repos/*"}, {Dir: "docs/*"}},
	}
}

// Real repos build without an error of ours: every entity and every document
// has its page, and every problem names a file.
func TestCorpus(t *testing.T) {
	opt := corpus(t)
	opt.Clock = clock
	r := build(t, opt)
	if r.Entities < 100 || r.Docs < 1500 || r.DocTrees < 40 {
		t.Errorf("got %d entities and %d docs pages in %d trees; want those of the corpus", r.Entities, r.Docs, r.DocTrees)
	}
	exists := func(url string) {
		if _, err := os.Stat(filepath.Join(opt.Output, filepath.FromSlash(fileOf(url)))); err != nil {
			t.Errorf("no page: %v", err)
		}
	}
	for _, e := range r.Portal.Catalog.Entities {
		exists(site.EntityURL(e.Ref))
	}
	for _, d := range r.Portal.Docs {
		for _, p := range d.Tree.Pages {
			exists(treeURL(d.Tree, p.URL))
		}
		if len(d.Tree.Pages) > 1 && len(d.Tree.Nav) == 0 {
			t.Errorf("%s has %d pages and no nav", d.Tree.Entity, len(d.Tree.Pages))
		}
	}
	for _, diagnostic := range r.Diagnostics {
		if diagnostic.Pos.File == "" {
			t.Errorf("a problem names no file: %s", diagnostic)
		}
		if diagnostic.Rule == "page-failed" || diagnostic.Rule == "page-name" {
			t.Errorf("a page could not be made: %s", diagnostic)
		}
	}
	t.Logf("%d entities, %d docs pages in %d trees, %d pages, %d errors, %d warnings", r.Entities, r.Docs, r.DocTrees, r.Pages, r.Errors(), r.Warnings())
}

func BenchmarkCorpus(b *testing.B) {
	for _, kind := range []string{"cold", "warm"} {
		b.Run(kind, func(b *testing.B) {
			opt := corpus(b)
			opt.Clock = clock
			opt.NoCache = kind == "cold"
			if kind == "warm" {
				if _, err := New(opt).Build(b.Context()); err != nil {
					b.Fatal(err)
				}
			}
			pages, entities := 0, 0
			for b.Loop() {
				r, err := New(opt).Build(b.Context())
				if err != nil {
					b.Fatal(err)
				}
				pages += r.Pages
				entities += r.Entities
			}
			b.ReportMetric(float64(pages)/b.Elapsed().Seconds(), "pages/s")
			b.ReportMetric(float64(entities)/b.Elapsed().Seconds(), "entities/s")
		})
	}
}
