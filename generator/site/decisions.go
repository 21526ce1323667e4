package site

import (
	"slices"
	"strings"

	"github.com/portolan-dev/portolan/sources/docs"
)

// A DecisionBox is the newest architecture decisions of an entity.
type DecisionBox struct {
	URL   string // of the log
	Count int
	Rows  []DecisionRow
}

// A DecisionRow is one line of a log of architecture decisions.
type DecisionRow struct {
	Number string // as its author counts: "0007"; may be empty
	Link   Link
	Status string // one word; may be empty
	Class  string // of that word's tag: ok, warn, bad or ""
	Detail string // the author's words, where they say more: "Superseded by 12"
	Date   string // 2026-01-31; may be empty
}

// maxDecisions is how many decisions stand on the page of an entity.
const maxDecisions = 5

// decisionBox returns the newest decisions in docs; nil if there are none.
func decisionBox(d *Docs) *DecisionBox {
	all := d.Tree.Decisions
	if len(all) == 0 {
		return nil
	}
	rows := decisionRows(d)
	slices.Reverse(rows)
	return &DecisionBox{URL: DocsURL(d.Tree.Entity, logURL(d.Tree)), Count: len(rows), Rows: rows[:min(len(rows), maxDecisions)]}
}

func decisionRows(d *Docs) []DecisionRow {
	rows := make([]DecisionRow, 0, len(d.Tree.Decisions))
	for _, x := range d.Tree.Decisions {
		row := DecisionRow{
			Number: x.Number, Link: Link{Text: clip(x.Title, maxName), URL: DocsURL(d.Tree.Entity, x.Page.URL)},
			Status: x.Status, Class: decisionClass(x.Status), Date: x.Date,
		}
		if !strings.EqualFold(strings.Trim(x.Detail, " ."), x.Status) {
			row.Detail = x.Detail
		}
		rows = append(rows, row)
	}
	return rows
}

func decisionClass(status string) string {
	switch status {
	case "accepted":
		return "ok"
	case "deprecated", "superseded":
		return "warn"
	case "rejected":
		return "bad"
	default:
		return ""
	}
}

// logURL returns the address of the log of decisions inside docs: that of their
// folder, or another one where the author wrote a page for the folder.
func logURL(t *docs.Tree) string {
	folder := t.Decisions[0].Page.URL
	folder = folder[:strings.LastIndexByte(strings.TrimSuffix(folder, "/"), '/')+1]
	return freeURL(t, folder, "decision-log/")
}

// freeURL returns the first address inside docs at which there is neither a page
// nor a redirect, of those asked for and then of the last one with a hyphen more.
func freeURL(t *docs.Tree, urls ...string) string {
	taken := map[string]bool{"": true}
	for _, p := range t.Pages {
		taken[strings.ToLower(p.URL)] = true
	}
	for from := range t.Redirects {
		taken[strings.ToLower(docs.PageURL(from))] = true
	}
	for _, url := range urls {
		if !taken[strings.ToLower(url)] {
			return url
		}
	}
	url := urls[len(urls)-1]
	for taken[strings.ToLower(url)] {
		url = strings.TrimSuffix(url, "/") + "-/"
	}
	return url
}
