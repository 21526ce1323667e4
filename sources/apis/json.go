package apis

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/portolan-dev/portolan/sources/diag"
	"github.com/portolan-dev/portolan/sources/yamldoc"
)

// jsonLike recognises a text that is meant as JSON.
var jsonLike = regexp.MustCompile(`^\s*\{\s*("|\}\s*$)`)

// errDeep stops reading a text that is nested too deeply.
var errDeep = errors.New("too deep")

// json reads a definition that is written as JSON, nil if it is none. Most JSON
// is YAML too, but is written by machines, on one line of megabytes: reading it
// for what it is takes a fraction of the time.
func (r *reader) json(text string) *yamldoc.Node {
	j := &jsonReader{reader: r, text: text, line: 1, column: 1, dec: json.NewDecoder(strings.NewReader(text))}
	j.dec.UseNumber()
	n, err := j.value(0)
	if err == nil {
		if _, end := j.dec.Token(); end == io.EOF {
			return n
		}
		err = errors.New("there is more text after its end")
	}
	at := j.dec.InputOffset()
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		at = syntax.Offset - 1
	}
	j.move(int(min(max(at, 0), int64(len(text)))))
	switch {
	case errors.Is(err, errDeep):
		r.report(j.line, j.column, diag.Error, RuleInvalid, fmt.Sprintf("the definition is nested deeper than %d levels", maxNesting), "")
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		r.report(r.lines, 1, diag.Error, RuleInvalid, "the definition begins like JSON, but ends too early", "")
	default:
		r.report(j.line, j.column, diag.Error, RuleInvalid, "the definition begins like JSON, but is not: "+strings.TrimPrefix(err.Error(), "json: "), "")
	}
	return nil
}

type jsonReader struct {
	*reader
	text string
	dec  *json.Decoder

	at, line, column int // how far places were counted
}

// move counts lines and columns up to an offset. Offsets only grow, so that the
// text is walked once.
func (j *jsonReader) move(to int) {
	for j.at < to {
		c, n := utf8.DecodeRuneInString(j.text[j.at:])
		j.at += n
		if c == '\n' {
			j.line, j.column = j.line+1, 1
		} else {
			j.column++
		}
	}
}

// token reads the next token and moves to its beginning.
func (j *jsonReader) token() (json.Token, error) {
	from := int(j.dec.InputOffset())
	t, err := j.dec.Token()
	if err != nil {
		return nil, err
	}
	for from < len(j.text) && strings.IndexByte(" \t\r\n,:", j.text[from]) >= 0 {
		from++
	}
	j.move(from)
	return t, nil
}

func (j *jsonReader) value(depth int) (*yamldoc.Node, error) {
	t, err := j.token()
	if err != nil {
		return nil, err
	}
	return j.node(t, depth)
}

func (j *jsonReader) node(t json.Token, depth int) (*yamldoc.Node, error) {
	n := &yamldoc.Node{Line: j.line, Column: j.column}
	switch t := t.(type) {
	case nil:
		n.Kind, n.Text = yamldoc.Null, "null"
	case bool:
		n.Kind, n.Bool, n.Text = yamldoc.Bool, t, strconv.FormatBool(t)
	case string:
		n.Kind, n.Text = yamldoc.String, t
	case json.Number:
		n.Text = t.String()
		if i, err := strconv.ParseInt(n.Text, 10, 64); err == nil {
			n.Kind, n.Int = yamldoc.Int, i
			break
		}
		n.Kind = yamldoc.Float
		n.Float, _ = strconv.ParseFloat(n.Text, 64) // infinite if it is too large, which examine reports
	case json.Delim:
		if depth == maxNesting {
			return nil, errDeep
		}
		if t == '[' {
			n.Kind = yamldoc.List
			for j.dec.More() {
				item, err := j.value(depth + 1)
				if err != nil {
					return nil, err
				}
				n.Items = append(n.Items, item)
			}
		} else {
			n.Kind = yamldoc.Map
			if err := j.fields(n, depth); err != nil {
				return nil, err
			}
		}
		if _, err := j.dec.Token(); err != nil { // the closing bracket
			return nil, err
		}
	}
	return n, nil
}

func (j *jsonReader) fields(n *yamldoc.Node, depth int) error {
	var seen map[string]bool
	for j.dec.More() {
		t, err := j.token()
		if err != nil {
			return err
		}
		key, ok := t.(string)
		if !ok {
			return fmt.Errorf("a key has to be text")
		}
		f := yamldoc.Field{Key: key, Line: j.line, Column: j.column}
		if f.Value, err = j.value(depth + 1); err != nil {
			return err
		}
		twice := false
		if seen == nil && len(n.Fields) < 16 {
			twice = n.Field(key) != nil
		} else {
			if seen == nil {
				seen = make(map[string]bool, 2*len(n.Fields))
				for i := range n.Fields {
					seen[n.Fields[i].Key] = true
				}
			}
			twice = seen[key]
			seen[key] = true
		}
		if twice {
			j.report(f.Line, f.Column, diag.Error, RuleInvalid, fmt.Sprintf("the key %s appears twice; the first one is shown", quote(key)), "remove one of them")
			continue
		}
		n.Fields = append(n.Fields, f)
	}
	return nil
}

// maxLines bounds the sum of the squares of the lengths of lines of YAML, which
// is what finding the places in them may cost.
const maxLines = 40_000_000_000

// tooWide refuses YAML with very long lines.
func (r *reader) tooWide(text string) bool {
	sum, number := 0, 0
	for l := range strings.SplitSeq(text, "\n") {
		number++
		if sum += len(l) * len(l); sum > maxLines {
			r.report(number, 1, diag.Error, RuleLimit, "the definition has very long lines of YAML; it is shown as text", "break the lines, or write it as JSON")
			return true
		}
	}
	return false
}
