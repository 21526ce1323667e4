package site

import (
	"slices"
	"sync"
)

// Pages returns every HTML page of the portal, by URL. Where two families want
// the same address the first one has it: systems and teams have pages of their
// own shape instead of those of ordinary entities, and no page of the portal's
// operator takes the place of a page that others link to.
//
// A fault while a page or a family of pages is made costs only these: a page
// with Failed stands in their place.
func Pages(p *Portal) []Page {
	with := *p
	var families = []struct {
		first Page // the page that says so if the family cannot be made
		make  func(*Portal) []Page
	}{
		{Page{Title: p.Title}, homePages},
		{Page{URL: "404.html", Title: "Not found"}, notFoundPages},
		{Page{URL: "clusters/", Title: "Clusters"}, clusterPages},
		{Page{URL: "broken/", Title: "Broken now"}, brokenPages},
		{Page{URL: "scaling/", Title: "Scaling"}, scalingPages},
		{Page{URL: "build/", Title: "Build"}, buildPages},
		{Page{URL: "teams/", Title: "Teams"}, teamPages},
		{Page{URL: "systems/", Title: "Systems"}, systemPages},
		{Page{URL: "catalog/", Title: "Kubernetes pages"}, kubernetesPages},
		{Page{URL: "apis/", Title: "API pages"}, apiPages},
		{Page{URL: "catalog/", Title: "Catalog"}, entityPages},
		{Page{URL: "catalog/", Title: "Dependencies"}, dependencyPages},
		{Page{URL: "catalog/", Title: "Catalog"}, catalogPages},
		{Page{URL: "docs/", Title: "Docs"}, docsIndexPages},
		{Page{URL: "docs/", Title: "Docs"}, docsPages},
		{Page{URL: "apis/", Title: "APIs"}, apiIndexPages},
		{Page{URL: "search/", Title: "Search"}, searchPages},
		{Page{Title: p.Title}, contentPages},
	}
	made := make([][]Page, len(families))
	shared := attemptAll(Page{}, func() []Page {
		with.shared = newMaker(p)
		return nil
	})
	if len(shared) > 0 { // each family tells it for itself
		with.shared = nil
	}
	var wait sync.WaitGroup
	for i, family := range families {
		wait.Go(func() { made[i] = attemptAll(family.first, func() []Page { return family.make(&with) }) })
	}
	wait.Wait()
	return sorted(slices.Concat(made...))
}
