package site

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
)

// indexRows is how many rows a page of an index has.
const indexRows = 100

// A Pager leads from one part of a long list to the others.
type Pager struct {
	Items []PagerItem
	Prev  string // address, or ""
	Next  string
}

// A PagerItem is one number in a Pager; one without a number is a gap.
type PagerItem struct {
	Number  int
	URL     string
	Current bool
}

// pager returns the links on part n of a list of so many rows; nil if it has
// only one part.
func pager(base string, n, rows, per int) *Pager {
	all := (rows + per - 1) / per
	if all < 2 {
		return nil
	}
	p := &Pager{}
	last := 0
	for i := 1; i <= all; i++ {
		if i > 1 && i < all && (i < n-2 || i > n+2) {
			continue
		}
		if i > last+1 {
			p.Items = append(p.Items, PagerItem{})
		}
		p.Items = append(p.Items, PagerItem{Number: i, URL: partURL(base, i), Current: i == n})
		last = i
	}
	if n > 1 {
		p.Prev = partURL(base, n-1)
	}
	if n < all {
		p.Next = partURL(base, n+1)
	}
	return p
}

// partURL returns the address of part n, from 1, of a list.
func partURL(base string, n int) string {
	if n == 1 {
		return base
	}
	return fmt.Sprintf("%spage/%d/", base, n)
}

func partTitle(title string, n int) string {
	if n == 1 {
		return title
	}
	return fmt.Sprintf("%s, page %d", title, n)
}

// chunks cuts a list into parts of size n; an empty list is one empty part.
func chunks[T any](list []T, n int) [][]T {
	if len(list) == 0 {
		return [][]T{nil}
	}
	return slices.Collect(slices.Chunk(list, n))
}

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K {
	keys := make([]K, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func queryEscape(s string) string { return url.QueryEscape(s) }
