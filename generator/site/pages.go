package site

import (
	"slices"
	"sync"
)

// Pages returns every HTML page of the portal, by URL. Where two families want
// the same address the first one has it: systems and teams have pages of their
// own shape instead of those of ordinary entities, and no page of the portal's
// operator takes the place of a page that others link to.
func Pages(p *Portal) []Page {
	with := *p
	with.shared = newMaker(p)
	families := []func(*Portal) []Page{
		homePages,
		notFoundPages,
		clusterPages,
		brokenPages,
		scalingPages,
		buildPages,
		teamPages,
		systemPages,
		kubernetesPages,
		apiPages,
		entityPages,
		dependencyPages,
		catalogPages,
		docsIndexPages,
		docsPages,
		apiIndexPages,
		searchPages,
		contentPages,
	}
	made := make([][]Page, len(families))
	var wait sync.WaitGroup
	for i, family := range families {
		wait.Go(func() { made[i] = family(&with) })
	}
	wait.Wait()
	return sorted(slices.Concat(made...))
}
