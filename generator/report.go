package generator

import (
	"encoding/json"
	"fmt"
	"html"
	"slices"
	"time"

	"github.com/portolan-dev/portolan/generator/markdown"
	"github.com/portolan-dev/portolan/generator/site"
	"github.com/portolan-dev/portolan/sources"
	"github.com/portolan-dev/portolan/sources/apis"
	"github.com/portolan-dev/portolan/sources/catalog"
	"github.com/portolan-dev/portolan/sources/diag"
	"github.com/portolan-dev/portolan/sources/docs"
	"github.com/portolan-dev/portolan/sources/repos"
)

// Rules documents every rule id that a diagnostic of a build can have.
func Rules() []diag.Rule {
	rules := []diag.Rule{
		{ID: "page-failed", Severity: diag.Error, Title: "A page could not be made", Why: "A fault of the theme or of Portolan; the address shows what happened, and all other pages are whole.", Fix: "Mend the template that is named, or report it with the message."},
		{ID: "page-name", Severity: diag.Error, Title: "A page or file has a name that cannot be published", Why: "Some hosts and file systems cannot hold such a name, or take two names for one.", Fix: "Rename what it was made from."},
		{ID: "docs-file", Severity: diag.Warning, Title: "A file of the docs is left out", Why: "It cannot be read, or it is a drawing that would run something.", Fix: "Save it again without scripts, or remove it."},
		{ID: "broken-link", Severity: diag.Warning, Title: "A link leads nowhere", Why: "Readers end on a page that does not exist.", Fix: "Correct the target; it is relative to the file that it stands in.", Example: "bad:  [setup](guide/setup.html)\ngood: [setup](guide/setup.md)"},
		{ID: "broken-anchor", Severity: diag.Warning, Title: "A link leads to a heading that does not exist", Why: "Readers end at the top of the page.", Fix: "Correct what stands behind the #."},
		{ID: "broken-image", Severity: diag.Warning, Title: "A picture does not exist", Why: "Readers see its words instead.", Fix: "Correct the path, or add the picture."},
		{ID: "external-link", Severity: diag.Warning, Title: "A link to another site leads nowhere", Why: "The site says that there is no such page, or there is no such site. Only check --external asks.", Fix: "Correct the address, or leave the link out."},
		{ID: "external-link-unsure", Severity: diag.Info, Title: "A link to another site could not be checked", Why: "The site did not answer, or not to us. It is asked again some hours later.", Fix: "Nothing, unless it stays so."},
		{ID: "content-unreadable", Severity: diag.Error, Title: "A page of the portal itself cannot be read", Why: "It is not published.", Fix: "Check that it exists and may be read."},
	}
	rules = append(rules, repos.Rules()...)
	rules = append(rules, catalog.Rules()...)
	rules = append(rules, docs.Rules()...)
	rules = append(rules, markdownRules()...)
	rules = append(rules, apis.Rules()...)
	// A rule that holds for descriptors and for documents is one rule.
	seen := map[string]bool{}
	return slices.DeleteFunc(rules, func(r diag.Rule) bool {
		twice := seen[r.ID]
		seen[r.ID] = true
		return twice
	})
}

// markdownRules are those of the Markdown engine, which knows no diagnostics.
func markdownRules() []diag.Rule {
	var rules []diag.Rule
	for _, r := range markdown.Rules() {
		rules = append(rules, diag.Rule{ID: r.ID, Severity: diag.Warning, Title: r.Title, Why: r.Why, Fix: r.Fix})
	}
	return rules
}

// buildFile is api/build.json: this build, for machines.
type buildFile struct {
	Generator string         `json:"generator"`
	Version   string         `json:"version"`
	Started   time.Time      `json:"started"`
	Phases    []buildPhase   `json:"phases"`
	Counts    map[string]int `json:"counts"`
	Sources   []buildSource  `json:"sources"`
	Clusters  []buildSource  `json:"clusters"`
	// Diagnostics counts them by rule; Severities by severity.
	Diagnostics map[string]int `json:"diagnostics"`
	Severities  map[string]int `json:"severities"`
}

type buildPhase struct {
	Name    string  `json:"name"`
	Seconds float64 `json:"seconds"`
}

type buildSource struct {
	Name   string `json:"name"`
	URL    string `json:"url,omitempty"`
	Commit string `json:"commit,omitempty"`
	sources.Freshness
}

func buildJSON(r *Report) ([]byte, error) {
	f := buildFile{
		Generator: "portolan", Version: r.Portal.Version, Started: r.Started,
		Phases: []buildPhase{}, Sources: []buildSource{}, Clusters: []buildSource{},
		Counts: map[string]int{
			"entities": r.Entities, "docs": r.Docs, "docTrees": r.DocTrees, "apis": r.APIs, "pages": r.Pages,
			"repos": len(r.Repos), "clusters": len(r.Clusters), "findings": r.Findings, "broken": r.Broken,
		},
		Diagnostics: map[string]int{}, Severities: map[string]int{"error": 0, "warning": 0, "info": 0},
	}
	for _, p := range r.Phases {
		f.Phases = append(f.Phases, buildPhase{p.Name, p.Took.Round(time.Millisecond).Seconds()})
	}
	for _, repo := range r.Repos {
		f.Sources = append(f.Sources, buildSource{Name: repo.Name, URL: repo.URL, Commit: repo.Commit, Freshness: repo.Freshness})
	}
	for _, c := range r.Clusters {
		f.Clusters = append(f.Clusters, buildSource{Name: c.Name, Freshness: c.Freshness})
	}
	for _, d := range r.Diagnostics {
		f.Diagnostics[d.Rule]++
		f.Severities[d.Severity.String()]++
	}
	data, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write the build report: %w", err)
	}
	return append(data, '\n'), nil
}

// failedPage stands at the address of a page that could not be made. It needs
// no template: one of them may be what is broken.
func failedPage(page *site.Page, err error) []byte {
	return fmt.Appendf(nil, `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>%s</title></head>
<body><main><h1>%s</h1><p>This page could not be made in this build. All other pages are whole.</p><pre>%s</pre></main></body></html>
`, html.EscapeString(page.Title), html.EscapeString(page.Title), html.EscapeString(err.Error()))
}
