package main

import (
	"cmp"
	"encoding/json"
	"net/url"
	"strings"

	"github.com/portolan-dev/portolan/generator"
	"github.com/portolan-dev/portolan/generator/site"
	"github.com/portolan-dev/portolan/sources/diag"
)

// The part of SARIF 2.1.0 that code hosts read.
// Source: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool       sarifTool     `json:"tool"`
		ColumnKind string        `json:"columnKind"`
		Results    []sarifResult `json:"results"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name    string      `json:"name"`
		Version string      `json:"version"`
		Rules   []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID     string    `json:"id"`
		Short  sarifText `json:"shortDescription"`
		Full   sarifText `json:"fullDescription"`
		Help   sarifText `json:"help"`
		URI    string    `json:"helpUri,omitempty"`
		Config struct {
			Level string `json:"level"`
		} `json:"defaultConfiguration"`
	}
	sarifText struct {
		Text string `json:"text"`
	}
	sarifResult struct {
		RuleID    string          `json:"ruleId"`
		RuleIndex int             `json:"ruleIndex"`
		Level     string          `json:"level"`
		Message   sarifText       `json:"message"`
		Locations []sarifLocation `json:"locations,omitempty"`
	}
	sarifLocation struct {
		Physical struct {
			Artifact struct {
				URI string `json:"uri"`
			} `json:"artifactLocation"`
			Region *sarifRegion `json:"region,omitempty"`
		} `json:"physicalLocation"`
	}
	sarifRegion struct {
		Line   int `json:"startLine"`
		Column int `json:"startColumn,omitempty"`
	}
)

func sarifLevel(s diag.Severity) string {
	switch s {
	case diag.Error:
		return "error"
	case diag.Warning:
		return "warning"
	default:
		return "note"
	}
}

// sarifURI returns a path as a URI reference.
// Source: SARIF 2.1.0, 3.4.3 and 3.10; RFC 3986, 4.2.
func sarifURI(file string) string {
	u := url.URL{Path: file}
	if strings.HasPrefix(file, "/") {
		u.Scheme = "file"
	}
	return u.String()
}

// ruleURL is where a portal documents a rule; "" if its address is not known.
func ruleURL(baseURL, id string) string {
	if baseURL == "" {
		return ""
	}
	return baseURL + "build/rule/" + url.PathEscape(site.Segment(id)) + "/"
}

// printSARIF writes a report for tools that collect those of many checkers.
func (a *app) printSARIF(r *generator.Report, baseURL string) error {
	run := sarifRun{ColumnKind: "unicodeCodePoints", Results: []sarifResult{}}
	run.Tool.Driver = sarifDriver{Name: "portolan", Version: version, Rules: []sarifRule{}}
	index := map[string]int{}
	rule := func(id string, sev diag.Severity, title, why, fix string) int {
		i, ok := index[id]
		if !ok {
			i = len(run.Tool.Driver.Rules)
			index[id] = i
			sr := sarifRule{ID: id, Short: sarifText{title}, Full: sarifText{cmp.Or(why, title)}, Help: sarifText{cmp.Or(fix, title)}, URI: ruleURL(baseURL, id)}
			sr.Config.Level = sarifLevel(sev)
			run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, sr)
		}
		return i
	}
	for _, d := range generator.Rules() {
		rule(d.ID, d.Severity, d.Title, d.Why, d.Fix)
	}
	for _, d := range r.Diagnostics {
		res := sarifResult{RuleID: d.Rule, RuleIndex: rule(d.Rule, d.Severity, d.Rule, "", ""), Level: sarifLevel(d.Severity), Message: sarifText{diag.Printable(d.Text())}}
		if d.Pos.File != "" {
			var l sarifLocation
			l.Physical.Artifact.URI = sarifURI(d.Pos.File)
			if d.Pos.Line > 0 {
				l.Physical.Region = &sarifRegion{d.Pos.Line, d.Pos.Column}
			}
			res.Locations = []sarifLocation{l}
		}
		run.Results = append(run.Results, res)
	}
	enc := json.NewEncoder(a.stdout)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(sarifLog{
		Schema: "https://json.schemastore.org/sarif-2.1.0.json", Version: "2.1.0", Runs: []sarifRun{run},
	})
}
