package docs

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/portolan-dev/portolan/sources"
	"github.com/portolan-dev/portolan/sources/catalog"
)

// BenchmarkRead reads the docs of a real project of 190 pages.
func BenchmarkRead(b *testing.B) {
	r := &sources.Repo{Name: "trivy", Prefix: "trivy", FS: os.DirFS(filepath.Join(shared(b, "corpus", "docs"), "aquasecurity__trivy"))}
	pages := 0
	b.ReportAllocs()
	for b.Loop() {
		t := Read(Place{Repo: r, Root: ".", Entity: catalog.Ref{Kind: "component", Namespace: "default", Name: "trivy"}})
		pages += len(t.Pages)
	}
	b.ReportMetric(float64(pages)/b.Elapsed().Seconds(), "pages/s")
}

// BenchmarkCleanSVG cleans the largest picture of the real projects.
func BenchmarkCleanSVG(b *testing.B) {
	var src []byte
	_ = filepath.WalkDir(shared(b, "corpus"), func(p string, d os.DirEntry, err error) error {
		if err == nil && filepath.Ext(p) == ".svg" {
			if data, err := os.ReadFile(p); err == nil && len(data) > len(src) && len(data) <= maxSVGBytes {
				src = data
			}
		}
		return nil
	})
	b.SetBytes(int64(len(src)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := CleanSVG(src); err != nil {
			b.Fatal(err)
		}
	}
}
