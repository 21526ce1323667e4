package site

import (
	"slices"
	"strings"
	"time"

	"github.com/portolan-dev/portolan/sources"
)

// Chrome is what the frame around every page needs to know of the portal.
//
// The time of the build and the number of broken services change with each
// build. If they stood in every page, every page would change with each build,
// and an upload of one corrected sentence would be an upload of everything. So
// only pages that are Live carry them; on the others a script reads them from
// api/portal.json, and without script the bar leads to the build report.
type Chrome struct {
	Title   string
	BaseURL string // absolute with a trailing slash, or empty
	Version string // of Portolan
	Built   time.Time
	Every   time.Duration

	Broken   int // services that are down
	Clusters int // configured
	Reached  int // of those, read in this build
}

// ChromeOf returns the frame of the portal's pages.
func ChromeOf(p *Portal) Chrome {
	c := Chrome{Title: p.Title, BaseURL: p.BaseURL, Version: p.Version, Built: p.Built, Every: p.Every}
	if c.Title == "" {
		c.Title = "Portolan"
	}
	c.Broken = BrokenCount(p)
	if p.Fleet != nil {
		for _, cl := range p.Fleet.Clusters {
			c.Clusters++
			if cl.Freshness.State == sources.Fresh {
				c.Reached++
			}
		}
	}
	return c
}

// sorted brings pages into the order of their URLs. Where two families made the
// same address, the first one stays.
func sorted(pages []Page) []Page {
	slices.SortStableFunc(pages, func(a, b Page) int { return strings.Compare(a.URL, b.URL) })
	return slices.CompactFunc(pages, func(a, b Page) bool { return a.URL == b.URL })
}

// BrokenCount returns how many services are down, the number in the bar, on the
// home page and on the page of what is broken.
func BrokenCount(p *Portal) int {
	n := 0
	if p.Fleet != nil {
		for _, s := range p.Fleet.Services {
			if StatusOf(s.Health) == Bad {
				n++
			}
		}
	}
	return n
}

// Empty is what is shown where there is nothing: what is the case, why, and what
// to do. It is shown with {{template "empty" .Empty}}.
type Empty struct {
	Icon    string
	Title   string
	Text    string
	Command string // a line to copy; may be empty
	Links   []Link // to pages of the site
}
