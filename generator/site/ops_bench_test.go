package site_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/portolan-dev/portolan/generator/render"
	"github.com/portolan-dev/portolan/generator/site"
	"github.com/portolan-dev/portolan/themes"
)

// largePortal has n services in fourteen clusters, in systems of 17.
func largePortal(t testing.TB, n int) *site.Portal {
	t.Helper()
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteString("---\n")
		}
		fmt.Fprintf(&b, "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: s%04d, annotations: {backstage.io/kubernetes-id: s%04d}}\nspec: {type: service, lifecycle: production, owner: team-%d, system: system-%d, dependsOn: [component:s%04d]}\n", i, i, i%280, i/17, (i+1)%n)
	}
	for i := range n/17 + 1 {
		fmt.Fprintf(&b, "---\napiVersion: backstage.io/v1alpha1\nkind: System\nmetadata: {name: system-%d}\nspec: {owner: team-%d}\n", i, i%280)
	}
	for i := range 280 {
		fmt.Fprintf(&b, "---\napiVersion: backstage.io/v1alpha1\nkind: Group\nmetadata: {name: team-%d}\nspec: {type: team, children: []}\n", i)
	}
	repo := repoOf("large", "catalog-info.yaml", b.String())
	p := fullPortal(t)
	p.Catalog = catalogOf(t, repo)
	for i := range n {
		p.Fleet.Services = append(p.Fleet.Services, service(fmt.Sprintf("component:default/s%04d", i), "healthy", clusterNames, 6))
	}
	return p
}

func BenchmarkPages(b *testing.B) {
	p := largePortal(b, 1600)
	b.ReportAllocs()
	pages := 0
	for b.Loop() {
		pages = len(site.Pages(p))
	}
	b.ReportMetric(float64(pages), "pages")
}

func BenchmarkKubernetesPage(b *testing.B) {
	p := fullPortal(b)
	r, err := render.New(themes.Default(), render.Options{Chrome: site.ChromeOf(p)})
	if err != nil {
		b.Fatal(err)
	}
	for _, page := range site.Pages(p) {
		if page.URL != "catalog/default/component/playback-session/kubernetes/" {
			continue
		}
		size := 0
		for b.Loop() {
			html, err := r.Page(&page)
			if err != nil {
				b.Fatal(err)
			}
			size = len(html)
		}
		b.ReportMetric(float64(size), "bytes/page")
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "pages/s")
	}
}
