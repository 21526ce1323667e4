// Package diag holds what authors get to see: a position in a file that
// somebody wrote, what is wrong there, and what to do about it.
//
// A Diagnostic is about somebody's file. A failure of Portolan itself, or of a
// disk or a network, is an error; a fault of a running service is a
// kubernetes.Finding.
package diag

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Severity says how bad a diagnostic is. The zero value is Info.
type Severity int

// The three severities, in ascending order.
const (
	Info Severity = iota
	Warning
	Error
)

// String returns "info", "warning" or "error".
func (s Severity) String() string {
	switch s {
	case Error:
		return "error"
	case Warning:
		return "warning"
	default:
		return "info"
	}
}

// MarshalText makes a Severity a JSON string.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText is the inverse of MarshalText; an unknown word is Info.
func (s *Severity) UnmarshalText(b []byte) error {
	switch string(b) {
	case "error":
		*s = Error
	case "warning":
		*s = Warning
	default:
		*s = Info
	}
	return nil
}

// Pos is a place in a file. Line and Column count from 1; a zero Line means
// that the diagnostic is about the file, repo or cluster as a whole.
type Pos struct {
	File   string `json:"file"` // as the reader would open it: the repo's prefix and the path inside it
	Line   int    `json:"line"`
	Column int    `json:"column"` // in Unicode code points
}

// String returns file:line:column and leaves out what is not known.
func (p Pos) String() string {
	switch {
	case p.Line == 0:
		return p.File
	case p.Column == 0:
		return fmt.Sprintf("%s:%d", p.File, p.Line)
	default:
		return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
	}
}

// A Diagnostic is one problem at one place.
type Diagnostic struct {
	Pos      Pos
	Severity Severity
	Rule     string // stable and documented, such as "unknown-owner"
	Message  string // what is wrong, in lower case, without a full stop
	Hint     string // what to do about it, such as `did you mean "team-playback"?`; may be empty
	Entity   string // canonical ref of the entity it concerns, where known
	Repo     string // name of the repo it was found in, where known
	Fix      Fix    // set where there is only one right answer
}

// A Fix is what the text at a diagnostic's Pos is to be replaced by. It is given
// only where there is one right answer, which changes nothing else of what the
// author said.
type Fix struct {
	Old string // what stands there now, without the quotes that may surround it
	New string
}

// String returns the diagnostic as one line:
//
//	payments/catalog-info.yaml:7:12: error: group "team-playbak" does not exist; did you mean "team-playback"? [unknown-owner]
//
// Control characters of the inputs are shown as escapes, so the line is safe
// to print on a terminal.
func (d Diagnostic) String() string {
	var b strings.Builder
	if pos := d.Pos.String(); pos != "" {
		b.WriteString(Printable(pos))
		b.WriteString(": ")
	}
	b.WriteString(d.Severity.String())
	b.WriteString(": ")
	b.WriteString(Printable(d.Text()))
	if d.Rule != "" {
		b.WriteString(" [")
		b.WriteString(d.Rule)
		b.WriteString("]")
	}
	return b.String()
}

// Text returns the message with its hint.
func (d Diagnostic) Text() string {
	if d.Hint == "" {
		return d.Message
	}
	return d.Message + "; " + d.Hint
}

// Sort puts diagnostics into the order in which they are shown: by file, line,
// column, rule and message. Equal ones are merged.
func Sort(ds []Diagnostic) []Diagnostic {
	slices.SortFunc(ds, func(a, b Diagnostic) int {
		return cmp.Or(
			cmp.Compare(a.Pos.File, b.Pos.File),
			cmp.Compare(a.Pos.Line, b.Pos.Line),
			cmp.Compare(a.Pos.Column, b.Pos.Column),
			cmp.Compare(a.Rule, b.Rule),
			cmp.Compare(a.Message, b.Message),
			cmp.Compare(a.Hint, b.Hint),
			cmp.Compare(a.Entity, b.Entity),
			cmp.Compare(b.Severity, a.Severity),
		)
	})
	return slices.Compact(ds)
}

// Count returns how many diagnostics have the severity s.
func Count(ds []Diagnostic, s Severity) int {
	n := 0
	for _, d := range ds {
		if d.Severity == s {
			n++
		}
	}
	return n
}

// A Rule documents one rule id. The text becomes a page of the portal's manual.
type Rule struct {
	ID       string
	Severity Severity // the usual one
	Title    string   // one sentence: what is wrong
	Why      string   // why it matters, or what happens because of it
	Fix      string   // how to mend it
	Example  string   // a bad input and the good one, as text; may be empty
}
