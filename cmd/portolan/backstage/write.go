package backstage

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"github.com/portolan-dev/portolan/sources/yamldoc"
)

// YAML returns the result as a portolan.yaml. from is what its comments call
// the file that it was made from.
func (r *Result) YAML(from string) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "# Made from %s of a Backstage app.\n", comment(from))
	if len(r.Notes) > 0 {
		b.WriteString("#\n# What was not carried over as it was:\n")
		for _, n := range r.Notes {
			fmt.Fprintf(&b, "#   line %d, %s: %s\n", n.Line, comment(n.Key), comment(n.Reason))
		}
	}
	for _, f := range r.Root.Fields {
		b.WriteByte('\n')
		writeField(&b, f, 0)
	}
	if r.Root.Get("sources") == nil {
		b.WriteString("\n# Where repos come from: nothing of that could be carried over.\nsources:\n  - dir: .\n")
	}
	return b.Bytes()
}

// comment keeps a text inside its line.
func comment(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' || r == '\ufeff' {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\ufffd"))
}

func writeField(b *bytes.Buffer, f yamldoc.Field, indent int) {
	b.WriteString(f.Key) // a key of ours: never in need of quotes
	b.WriteByte(':')
	writeValue(b, f.Value, indent)
}

// writeValue writes what follows "key:" or "-", with the end of the line.
func writeValue(b *bytes.Buffer, n *yamldoc.Node, indent int) {
	pad := strings.Repeat("  ", indent+1)
	switch n.Kind {
	case yamldoc.Map:
		for _, f := range n.Fields {
			b.WriteString("\n" + pad)
			line := b.Len()
			writeField(b, f, indent+1)
			trimEnd(b, line)
		}
		b.WriteByte('\n')
	case yamldoc.List:
		for _, item := range n.Items {
			b.WriteString("\n" + pad + "-")
			line := b.Len()
			writeItem(b, item, indent+1)
			trimEnd(b, line)
		}
		b.WriteByte('\n')
	default:
		b.WriteByte(' ')
		b.WriteString(scalar(n))
		b.WriteByte('\n')
	}
}

// writeItem writes an entry of a list: the first key stands behind the dash.
func writeItem(b *bytes.Buffer, n *yamldoc.Node, indent int) {
	if n.Kind != yamldoc.Map {
		writeValue(b, n, indent)
		return
	}
	pad := strings.Repeat("  ", indent+1)
	for i, f := range n.Fields {
		if i == 0 {
			b.WriteByte(' ')
		} else {
			b.WriteString("\n" + pad)
		}
		line := b.Len()
		writeField(b, f, indent+1)
		trimEnd(b, line)
	}
	b.WriteByte('\n')
}

// trimEnd takes the end of the line back.
func trimEnd(b *bytes.Buffer, from int) {
	for b.Len() > from && b.Bytes()[b.Len()-1] == '\n' {
		b.Truncate(b.Len() - 1)
	}
}

var plain = regexp.MustCompile(`^[A-Za-z/][A-Za-z0-9_./:@?=&%+-]*[A-Za-z0-9_./]$`)

func scalar(n *yamldoc.Node) string {
	if n.Kind != yamldoc.String {
		return n.Text
	}
	switch strings.ToLower(n.Text) {
	case "true", "false", "null", "yes", "no", "on", "off":
	default:
		if plain.MatchString(n.Text) {
			return n.Text
		}
	}
	return string(yamldoc.AppendString(nil, n.Text))
}
