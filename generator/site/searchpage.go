package site

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// SearchView is the page of the search, and the index that works without it.
type SearchView struct {
	Letters []Letter
	Lists   []FacetItem // the lists there are, with an icon as text of their status
	Icons   []string    // of Lists
	Total   int         // entities; on an index page those with its letter
	Letter  string      // of the index page; empty on the search page
	Rows    []IndexRow
	Pager   *Pager
	Owner   string // a name for an example
}

// letterRows is how many names a page of the index has.
const letterRows = 300

// A Letter is one entry of the index; without URL if nothing begins with it.
type Letter struct {
	Text    string
	URL     string
	Current bool
}

// An IndexRow is one name in the index.
type IndexRow struct {
	Link Link
	Kind string
	Sub  string
}

// searchPages returns the search page and one page for each letter of the index.
func searchPages(p *Portal) []Page {
	m := newMaker(p)
	items := m.items()
	byLetter := map[string][]IndexRow{}
	for _, it := range items {
		l := letterOf(it.row.Link.Text)
		byLetter[l] = append(byLetter[l], IndexRow{Link: it.row.Link, Kind: kindName(it.word), Sub: it.row.Sub})
	}
	letters := func(current string) []Letter {
		var out []Letter
		for _, l := range append([]string{"0–9"}, strings.Split("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "")...) {
			row := Letter{Text: l, Current: l == current}
			if len(byLetter[l]) > 0 {
				row.URL = letterURL(l)
			}
			out = append(out, row)
		}
		if len(byLetter[otherLetters]) > 0 {
			out = append(out, Letter{Text: otherLetters, URL: letterURL(otherLetters), Current: current == otherLetters})
		}
		return out
	}
	v := &SearchView{Letters: letters(""), Total: len(items)}
	counts := map[string]int{}
	icons := map[string]string{}
	for _, it := range items {
		counts[it.word]++
		icons[it.word] = it.row.Link.Icon
	}
	words := sortedKeys(counts)
	slices.SortStableFunc(words, func(a, b string) int { return counts[b] - counts[a] })
	for _, w := range words {
		v.Lists = append(v.Lists, FacetItem{Text: capital(Plural(2, kindName(w))), URL: FacetURL("kind", w), Count: counts[w]})
		v.Icons = append(v.Icons, icons[w])
	}
	owners := map[string]int{}
	for _, it := range items {
		if it.owner != nil {
			owners[it.owner.Ref.Name]++
		}
	}
	for _, o := range sortedKeys(owners) {
		if v.Owner == "" || owners[o] > owners[v.Owner] {
			v.Owner = o
		}
	}
	docs := 0
	for _, d := range p.Docs {
		if d.Tree != nil {
			docs += len(d.Tree.Pages)
		}
	}
	if docs > 0 {
		v.Lists = append(v.Lists, FacetItem{Text: "Docs pages", URL: "docs/", Count: docs})
		v.Icons = append(v.Icons, "doc")
	}
	pages := []Page{{
		URL: "search/", Layout: "search", Title: "Search", Description: "Search the portal, or look in the index from A to Z.",
		Style: "catalog", View: v,
	}}
	for _, l := range sortedKeys(byLetter) {
		all := byLetter[l]
		for i, part := range chunks(all, letterRows) {
			pages = append(pages, Page{
				URL: partURL(letterURL(l), i+1), Layout: "index", Title: partTitle("Index, "+l, i+1),
				Description: fmt.Sprintf("%s that begin with %s.", Count(len(all), "entity"), l),
				Crumbs:      []Link{{Text: "Search", URL: "search/"}, {Text: "Index, " + l}},
				Style:       "catalog", NoIndex: true,
				View: &SearchView{Letters: letters(l), Letter: l, Rows: part, Total: len(all), Pager: pager(letterURL(l), i+1, len(all), letterRows)},
			})
		}
	}
	return pages
}

// otherLetters stands for everything that begins with no Latin letter or digit.
const otherLetters = "…"

func letterOf(name string) string {
	r, _ := utf8.DecodeRuneInString(name)
	switch r = unicode.ToUpper(r); {
	case r >= 'A' && r <= 'Z':
		return string(r)
	case r >= '0' && r <= '9':
		return "0–9"
	default:
		return otherLetters
	}
}

func letterURL(l string) string {
	switch l {
	case "0–9":
		return "search/index/0-9/"
	case otherLetters:
		return "search/index/other/"
	default:
		return "search/index/" + strings.ToLower(l) + "/"
	}
}
