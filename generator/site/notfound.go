package site

// notFoundPages returns the page that hosts serve for unknown addresses, at any
// depth.
func notFoundPages(*Portal) []Page {
	return []Page{{
		URL: "404.html", Layout: "404", Title: "Not on this chart",
		Description: "There is no page at this address.",
		Style:       "catalog", Script: "notfound", NoIndex: true,
	}}
}
