package docs

import (
	"bytes"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"
)

// A Decision is one architecture decision record.
type Decision struct {
	Page   *Page
	Number string // as the file name has it, "0007"; empty without one
	Title  string // without the number
	Status string // proposed, accepted, rejected, deprecated, superseded, or a word of the author's own; empty if not said
	Detail string // the whole text of the status, such as "Superseded by 12"
	Date   string // 2026-01-31; empty if not said
}

// decisionFolders are the names of folders that hold decision records.
// Source: MADR (docs/decisions), adr-tools (doc/adr), log4brains (docs/adr),
// Backstage's ADR plugin (docs/adrs).
var decisionFolders = map[string]bool{
	"adr": true, "adrs": true, "decisions": true, "architecture-decisions": true, "architecture_decisions": true,
	"decision-records": true, "architecture-decision-records": true, "architectural-decisions": true,
}

// decisions finds the decision records of a tree, in order of their numbers.
func decisions(t *Tree) []*Decision {
	var out []*Decision
	for _, p := range t.Pages {
		if !slices.ContainsFunc(strings.Split(path.Dir(p.File), "/"), func(s string) bool { return decisionFolders[strings.ToLower(s)] }) {
			continue
		}
		if d := decision(p); d != nil {
			out = append(out, d)
		}
	}
	slices.SortStableFunc(out, func(a, b *Decision) int {
		if c := strings.Compare(path.Dir(a.Page.Path), path.Dir(b.Page.Path)); c != 0 {
			return c
		}
		an, bn := strings.TrimLeft(a.Number, "0"), strings.TrimLeft(b.Number, "0")
		if c := len(an) - len(bn); c != 0 && an != "" && bn != "" {
			return c
		}
		if c := strings.Compare(an, bn); c != 0 {
			return c
		}
		return strings.Compare(a.Page.Path, b.Page.Path)
	})
	return out
}

var (
	numbered   = regexp.MustCompile(`^(?i:adr[-_ ]?)?(\d{1,8})(?:[-_. ]+|$)`)
	heading    = regexp.MustCompile(`^(#{1,6})[ \t]+(.*?)[ \t]*#*[ \t]*$`)
	fact       = regexp.MustCompile(`^(?:[-*][ \t]+)?(?:\*\*|__)?([A-Za-z ]{4,20}?)(?:\*\*|__)?[ \t]*:(?:\*\*|__)?[ \t]*(.+)$`)
	day        = regexp.MustCompile(`\b(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})\b`)
	markup     = regexp.MustCompile("<!--.*?-->|<[^>]*>|!?\\[([^\\]]*)\\]\\([^)]*\\)|[*_`]{1,3}|\\{[:.#][^}]*\\}")
	titleStart = regexp.MustCompile(`^(?i:adr[-_ ]*)?#?\d{1,8}[.:)]?[ \t]*[-–—:.]?[ \t]+|^(?i:adr)[-_ ]?\d+[ \t]*[-–—:]?[ \t]*`)
)

// decision reads the facts of a record: those in its front matter, those of
// the first lines ("Status: accepted", "Date: 2026-01-31"), and the section
// Status. It is nil for pages that are about the log.
// Source: Nygard's template, MADR 2 to 4, adr-tools.
func decision(p *Page) *Decision {
	name := strings.TrimSuffix(path.Base(p.Path), path.Ext(p.Path))
	if l := strings.ToLower(name); l == "index" || l == "readme" || strings.Contains(l, "template") || l == "summary" || l == "about" {
		return nil
	}
	d := &Decision{Page: p, Title: p.Title, Status: textOf(p.Status)}
	if m := numbered.FindStringSubmatch(name); m != nil {
		d.Number = m[1]
	}
	date := scalar(p.Front.Get("date"))
	under, fenced, seen := "", false, false
	for i, raw := range bytes.Split(head(p.Body(), 64<<10), []byte("\n")) {
		if i > 400 {
			break
		}
		line := strings.TrimSpace(string(raw))
		if strings.HasPrefix(line, "```") || strings.HasPrefix(line, "~~~") {
			fenced = !fenced
		}
		if fenced || line == "" {
			continue
		}
		if m := heading.FindStringSubmatch(line); m != nil {
			text := textOf(m[2])
			if len(m[1]) == 1 && !seen {
				seen = true
				if d.Title == "" {
					d.Title = text
				}
			}
			under = strings.ToLower(strings.TrimSuffix(text, ":"))
			continue
		}
		if m := fact.FindStringSubmatch(line); m != nil && under != "context" {
			switch strings.ToLower(strings.TrimSpace(m[1])) {
			case "status":
				if d.Status == "" {
					d.Status = textOf(m[2])
				}
			case "date", "decision date", "decided", "last updated":
				if date == "" {
					date = m[2]
				}
			}
			if under != "status" {
				continue
			}
		}
		switch under {
		case "status":
			if d.Status == "" {
				d.Status = textOf(strings.TrimLeft(line, "-*>+ "))
			}
		case "date":
			if date == "" {
				date = line
			}
		}
	}
	d.Detail = clipWords(d.Status, 200)
	d.Status = statusWord(d.Status)
	d.Title = strings.TrimSpace(titleStart.ReplaceAllString(d.Title, ""))
	if d.Title == "" {
		d.Title = titleOfName(strings.TrimLeft(numbered.ReplaceAllString(name, ""), "-_ "))
	}
	if m := day.FindStringSubmatch(date); m != nil {
		if at, err := time.Parse("2006-1-2", m[1]+"-"+m[2]+"-"+m[3]); err == nil {
			d.Date = at.Format(time.DateOnly)
		}
	}
	return d
}

func head(b []byte, n int) []byte { return b[:min(n, len(b))] }

// textOf strips the marks of Markdown and HTML from one line.
func textOf(s string) string {
	return strings.Join(strings.Fields(markup.ReplaceAllString(s, "$1")), " ")
}

// statusWord makes one of the usual words of a status, if it is one.
func statusWord(s string) string {
	s = strings.ToLower(strings.Trim(s, " .:!✅❌🟢🔴🟡"))
	for _, w := range []struct{ starts, word string }{
		{"propos", "proposed"}, {"draft", "proposed"}, {"accept", "accepted"}, {"approv", "accepted"}, {"decided", "accepted"},
		{"reject", "rejected"}, {"deprecat", "deprecated"}, {"supersed", "superseded"}, {"supercede", "superseded"}, {"replaced", "superseded"},
	} {
		if strings.HasPrefix(s, w.starts) || strings.Contains(s, " "+w.starts) && w.word == "superseded" {
			return w.word
		}
	}
	first, _, _ := strings.Cut(s, " ")
	if len(first) > 24 {
		return ""
	}
	return strings.Trim(first, ",;.")
}

func clipWords(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n]) + "…"
	}
	return s
}
