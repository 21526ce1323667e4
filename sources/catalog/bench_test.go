package catalog

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/portolan-dev/portolan/sources"
	"github.com/portolan-dev/portolan/sources/yamldoc"
)

// company makes repos with five entities each, as a company has them: a
// component with its API and database, and now and then a team and a system.
func company(entities int) []*sources.Repo {
	repos := make([]*sources.Repo, 0, entities/5)
	teams := max(1, entities/50)
	for i := range entities / 5 {
		var b strings.Builder
		fmt.Fprintf(&b, `apiVersion: backstage.io/v1alpha1
kind: Component
metadata:
  name: service-%[1]d
  title: Service %[1]d
  description: Takes orders and passes them on to the systems that deliver.
  labels: {tier: gold, example.com/cost-center: cc-%[2]d}
  annotations:
    backstage.io/techdocs-ref: dir:.
    backstage.io/kubernetes-id: service-%[1]d
    github.com/project-slug: acme/service-%[1]d
  tags: [go, grpc, orders]
  links:
    - url: https://dashboards.example.com/d/service-%[1]d
      title: Dashboard
      icon: dashboard
spec:
  type: service
  lifecycle: production
  owner: team-%[2]d
  system: system-%[3]d
  providesApis: [api-%[1]d]
  consumesApis: [api-%[4]d, api-%[5]d]
  dependsOn: [resource:db-%[1]d, component:service-%[4]d]
---
apiVersion: backstage.io/v1alpha1
kind: API
metadata:
  name: api-%[1]d
spec:
  type: openapi
  lifecycle: production
  owner: team-%[2]d
  definition: |
    openapi: 3.0.0
    info: {title: API %[1]d, version: 1.0.0}
    paths: {}
---
apiVersion: backstage.io/v1alpha1
kind: Resource
metadata:
  name: db-%[1]d
spec:
  type: database
  owner: team-%[2]d
---
apiVersion: backstage.io/v1alpha1
kind: System
metadata:
  name: system-%[1]d
spec:
  owner: team-%[2]d
---
apiVersion: backstage.io/v1alpha1
kind: Group
metadata:
  name: team-%[1]d
spec:
  type: team
  children: []
`, i, i%teams, i/3, (i*7+1)%(entities/5), (i*13+2)%(entities/5))
		repos = append(repos, &sources.Repo{
			Name: fmt.Sprintf("acme/service-%d", i), Prefix: fmt.Sprintf("acme/service-%d", i),
			URL: fmt.Sprintf("https://github.com/acme/service-%d", i), Branch: "main",
			FS: fstest.MapFS{"catalog-info.yaml": {Data: []byte(b.String())}},
		})
	}
	return repos
}

// BenchmarkRead reads 2,000 entities of 400 repos: files, YAML, validation and
// references.
func BenchmarkRead(b *testing.B) {
	repos := company(2000)
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		for _, r := range repos {
			n += len(Read(r, ReadOptions{}).Entities)
		}
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "entities/s")
}

// BenchmarkValidate does what is left when the YAML is parsed: envelope,
// placeholders, schemas, formats, relations and conflicts.
func BenchmarkValidate(b *testing.B) {
	repo := company(5)[0]
	data := repo.FS.(fstest.MapFS)["catalog-info.yaml"].Data
	docs := yamldoc.Parse(data, yamldoc.Limits{})
	r := &reader{repo: repo, now: repo, opt: ReadOptions{Limits: Limits{}.withDefaults()}, kinds: coreTable, b: &Batch{}}
	it := item{repo: repo, name: "catalog-info.yaml", url: FileURL(repo, "catalog-info.yaml", nil)}
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		r.b.Entities, r.b.Documents = r.b.Entities[:0], r.b.Documents[:0]
		for _, d := range docs {
			r.document(it, d)
			n++
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n), "ns/entity")
}

func BenchmarkLink(b *testing.B) {
	for _, entities := range []int{1000, 10000, 100000} {
		b.Run(fmt.Sprint(entities), func(b *testing.B) {
			var batches []*Batch
			for _, r := range company(entities) {
				batches = append(batches, Read(r, ReadOptions{}))
			}
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				n += len(Link(batches, LinkOptions{}).Entities)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n), "ns/entity")
		})
	}
}

// BenchmarkLinkDangling links a catalog in which every reference dangles.
func BenchmarkLinkDangling(b *testing.B) {
	var batches []*Batch
	for _, r := range company(20000) {
		f := r.FS.(fstest.MapFS)["catalog-info.yaml"]
		f.Data = []byte(strings.NewReplacer("owner: team-", "owner: taem-", "resource:db-", "resource:bd-", "[api-", "[aip-").Replace(string(f.Data)))
		batches = append(batches, Read(r, ReadOptions{}))
	}
	n := 0
	for b.Loop() {
		n += len(Link(batches, LinkOptions{}).Entities)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n), "ns/entity")
}

func BenchmarkJSON(b *testing.B) {
	e := Read(company(5)[0], ReadOptions{}).Entities[0]
	var buf []byte
	b.ReportAllocs()
	for b.Loop() {
		buf = e.AppendCatalogJSON(buf[:0])
	}
	b.SetBytes(int64(len(buf)))
}
