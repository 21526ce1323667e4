package site

import (
	"cmp"
	"fmt"

	"github.com/portolan-dev/portolan/sources/catalog"
)

// attempt returns the page that make returns. If making it panics, the page
// instead has its place and says what happened: a fault costs one page.
func attempt(instead Page, make func() Page) (page Page) {
	defer func() {
		if v := recover(); v != nil {
			page = failed(instead, v)
		}
	}()
	return make()
}

// attemptAll is attempt for a family of pages; instead is its first one.
func attemptAll(instead Page, make func() []Page) (pages []Page) {
	defer func() {
		if v := recover(); v != nil {
			pages = []Page{failed(instead, v)}
		}
	}()
	return make()
}

func failed(p Page, v any) Page {
	p.Title = cmp.Or(p.Title, p.URL)
	p.Failed, p.NoIndex = fmt.Sprintf("making its content failed: %v", v), true
	return p
}

// pageFor is what stands in the place of a page of e that cannot be made.
func pageFor(e *catalog.Entity, url string) Page {
	return Page{URL: url, Title: nameOf(e), Section: sectionOf(e), Entity: e.Ref.String()}
}
