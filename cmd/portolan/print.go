package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"

	"github.com/portolan-dev/portolan/generator"
	"github.com/portolan-dev/portolan/sources/diag"
)

// printDiagnostics writes diagnostics to stderr, one a line.
func (a *app) printDiagnostics(ds []diag.Diagnostic) {
	if a.logFormat == "json" {
		log := a.logger()
		for _, d := range ds {
			log.Log(context.Background(), slogLevel(d.Severity), d.Text(), "rule", d.Rule, "file", d.Pos.File, "line", d.Pos.Line, "column", d.Pos.Column, "entity", d.Entity)
		}
		return
	}
	for _, d := range ds {
		say(a.stderr, "%s\n", a.paint(d))
	}
}

func slogLevel(s diag.Severity) slog.Level {
	switch s {
	case diag.Error:
		return slog.LevelError
	case diag.Warning:
		return slog.LevelWarn
	default:
		return slog.LevelInfo
	}
}

// paint returns the line of a diagnostic with its severity in colour.
func (a *app) paint(d diag.Diagnostic) string {
	line := d.String()
	if !a.colours() {
		return line
	}
	word := d.Severity.String() + ":"
	colour := map[diag.Severity]string{diag.Error: "\x1b[1;31m", diag.Warning: "\x1b[1;33m", diag.Info: "\x1b[36m"}[d.Severity]
	return strings.Replace(line, word, colour+word+"\x1b[0m", 1)
}

// most is how many diagnostics a build prints; all are in the build report.
const most = 20

// printReport says what a build did, and where to look.
func (a *app) printReport(r *generator.Report) {
	var shown []diag.Diagnostic
	for _, d := range r.Diagnostics {
		if d.Severity == diag.Error || (d.Severity == diag.Warning && a.verbose) {
			shown = append(shown, d)
		}
	}
	rest := 0
	if len(shown) > most && !a.verbose {
		shown, rest = shown[:most], len(shown)-most
	}
	a.printDiagnostics(shown)
	if a.quiet || a.logFormat == "json" {
		return
	}
	if rest > 0 {
		say(a.stderr, "... and %d more errors: see the build report\n", rest)
	}
	for _, s := range r.Stale() {
		say(a.stderr, "not fresh: %s\n", diag.Printable(s))
	}
	say(a.stderr, "%d entities, %d docs pages, %d APIs, %d repos, %d clusters; %d findings, %d services broken\n",
		r.Entities, r.Docs, r.APIs, len(r.Repos), len(r.Clusters), r.Findings, r.Broken)
	say(a.stderr, "%d errors and %d warnings in what was read; %d files written to %s (%d changed, %.1f MB)\n",
		r.Errors(), r.Warnings(), r.Files, r.Output, r.Written, float64(r.Bytes)/1e6)
	say(a.stderr, "build report: %s/build/index.html\n", strings.TrimSuffix(r.Output, "/"))
}

// verdict turns a report into an exit code under --strict.
func (a *app) verdict(r *generator.Report) error {
	if !a.strict {
		return nil
	}
	if n := r.Errors(); n > 0 {
		return &exitError{exitFindings, fmt.Errorf("--strict: %d errors in what was read", n)}
	}
	if stale := r.Stale(); len(stale) > 0 {
		return &exitError{exitFindings, fmt.Errorf("--strict: %s", strings.Join(stale, "; "))}
	}
	return nil
}

// checkJSON is the form of `check --format json`.
type checkJSON struct {
	Diagnostics []diagnosticJSON `json:"diagnostics"`
	Summary     summaryJSON      `json:"summary"`
}

type diagnosticJSON struct {
	Severity diag.Severity `json:"severity"`
	Rule     string        `json:"rule"`
	Message  string        `json:"message"`
	File     string        `json:"file"`
	Line     int           `json:"line"`
	Column   int           `json:"column"`
	Entity   string        `json:"entity"`
}

type summaryJSON struct {
	Errors   int `json:"errors"`
	Warnings int `json:"warnings"`
	Entities int `json:"entities"`
	Docs     int `json:"docs"`
}

func (a *app) printCheckJSON(r *generator.Report) error {
	out := checkJSON{Diagnostics: []diagnosticJSON{}, Summary: summaryJSON{r.Errors(), r.Warnings(), r.Entities, r.Docs}}
	for _, d := range r.Diagnostics {
		out.Diagnostics = append(out.Diagnostics, diagnosticJSON{d.Severity, d.Rule, diag.Printable(d.Text()), d.Pos.File, d.Pos.Line, d.Pos.Column, d.Entity})
	}
	enc := json.NewEncoder(a.stdout)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(out)
}

// printGitHub writes annotations for GitHub's workflow log.
// Source: https://docs.github.com/actions/reference/workflow-commands-for-github-actions
func (a *app) printGitHub(r *generator.Report) {
	data := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	property := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
	for _, d := range r.Diagnostics {
		level := map[diag.Severity]string{diag.Error: "error", diag.Warning: "warning", diag.Info: "notice"}[d.Severity]
		say(a.stdout, "::%s file=%s,line=%d,col=%d,title=%s::%s\n", level, property.Replace(d.Pos.File), max(1, d.Pos.Line), max(1, d.Pos.Column), property.Replace(d.Rule), data.Replace(diag.Printable(d.Text())))
	}
}
