package site

// Pages returns every HTML page of the portal, by URL.
func Pages(p *Portal) []Page {
	var pages []Page
	for _, family := range []func(*Portal) []Page{
		notFoundPages,
		clusterPages,
		brokenPages,
		scalingPages,
		buildPages,
		teamPages,
		systemPages,
		kubernetesPages,
	} {
		pages = append(pages, family(p)...)
	}
	return sorted(pages)
}
