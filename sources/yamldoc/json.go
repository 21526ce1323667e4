package yamldoc

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MarshalJSON returns the value as JSON with the keys in the author's order.
func (n *Node) MarshalJSON() ([]byte, error) { return n.AppendJSON(nil), nil }

// AppendJSON appends the value as compact JSON, keys in the author's order, and
// returns the extended buffer. A nil Node is null. Numbers are written as
// JavaScript writes them; control characters and marks that turn the direction
// of text are escaped, so that the output is safe to print.
func (n *Node) AppendJSON(dst []byte) []byte {
	if n == nil {
		return append(dst, "null"...)
	}
	switch n.Kind {
	case Bool:
		return strconv.AppendBool(dst, n.Bool)
	case Int:
		return strconv.AppendInt(dst, n.Int, 10)
	case Float:
		return appendFloat(dst, n.Float)
	case String:
		return AppendString(dst, n.Text)
	case List:
		dst = append(dst, '[')
		for i, it := range n.Items {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = it.AppendJSON(dst)
		}
		return append(dst, ']')
	case Map:
		dst = append(dst, '{')
		for i := range n.Fields {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = AppendString(dst, n.Fields[i].Key)
			dst = append(dst, ':')
			dst = n.Fields[i].Value.AppendJSON(dst)
		}
		return append(dst, '}')
	default:
		return append(dst, "null"...)
	}
}

// appendFloat writes f as ECMAScript's Number::toString does.
func appendFloat(dst []byte, f float64) []byte {
	if math.IsInf(f, 0) || math.IsNaN(f) {
		return append(dst, "null"...)
	}
	if f == 0 {
		return append(dst, '0')
	}
	if abs := math.Abs(f); abs >= 1e-6 && abs < 1e21 {
		return strconv.AppendFloat(dst, f, 'f', -1, 64)
	}
	dst = strconv.AppendFloat(dst, f, 'e', -1, 64)
	// e-09 is written e-9.
	if n := len(dst); n >= 4 && dst[n-4] == 'e' && dst[n-2] == '0' {
		dst[n-2] = dst[n-1]
		dst = dst[:n-1]
	}
	return dst
}

const hex = "0123456789abcdef"

// AppendString appends s as a JSON string, escaped like AppendJSON does.
// Bytes that are not UTF-8 become U+FFFD.
func AppendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); {
		b := s[i]
		if b < utf8.RuneSelf {
			if b >= 0x20 && b != '"' && b != '\\' && b != 0x7F {
				i++
				continue
			}
			dst = append(dst, s[start:i]...)
			switch b {
			case '"', '\\':
				dst = append(dst, '\\', b)
			case '\n':
				dst = append(dst, '\\', 'n')
			case '\r':
				dst = append(dst, '\\', 'r')
			case '\t':
				dst = append(dst, '\\', 't')
			default:
				dst = append(dst, '\\', 'u', '0', '0', hex[b>>4], hex[b&15])
			}
			i++
			start = i
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			dst = append(dst, s[start:i]...)
			dst = append(dst, "\uFFFD"...)
			start = i + n
		case r < 0xA0, r == 0x2028, r == 0x2029, unicode.Is(unicode.Bidi_Control, r):
			dst = append(dst, s[start:i]...)
			dst = append(dst, '\\', 'u', hex[r>>12&15], hex[r>>8&15], hex[r>>4&15], hex[r&15])
			start = i + n
		}
		i += n
	}
	dst = append(dst, s[start:]...)
	return append(dst, '"')
}

// ParseJSON reads one JSON value. Keys keep their order; of a key that appears
// twice the last value stays, at the place of the first, as in JavaScript.
func ParseJSON(src []byte, l Limits) (*Node, *Error) {
	l = l.withDefaults()
	src, err := text(src, l)
	if err != nil {
		return nil, err
	}
	p := jsonReader{dec: json.NewDecoder(bytes.NewReader(src)), src: src, limits: l}
	p.dec.UseNumber()
	n := p.value(0)
	if p.err == nil {
		if _, err := p.dec.Token(); !errors.Is(err, io.EOF) {
			p.fail(RuleSyntax, "text follows the end of the value")
		}
	}
	if p.err != nil {
		return nil, p.err
	}
	return n, nil
}

type jsonReader struct {
	dec    *json.Decoder
	src    []byte
	limits Limits
	nodes  int
	err    *Error

	// The place that was computed last, from which the next one is counted on.
	at, line, lineStart int
}

func (p *jsonReader) fail(rule, message string) *Node {
	if p.err == nil {
		line, col := lineColumn(p.src, min(int(p.dec.InputOffset()), len(p.src)))
		p.err = &Error{Line: line, Column: col, Rule: rule, Message: message}
	}
	return nil
}

func (p *jsonReader) place() (line, column int) {
	at := min(int(p.dec.InputOffset()), len(p.src))
	for at < len(p.src) && strings.IndexByte(" \t\r\n,:", p.src[at]) >= 0 {
		at++
	}
	for ; p.at < at; p.at++ {
		if p.src[p.at] == '\n' {
			p.line++
			p.lineStart = p.at + 1
		}
	}
	return p.line + 1, p.at - p.lineStart + 1
}

func (p *jsonReader) token() json.Token {
	t, err := p.dec.Token()
	if err != nil {
		msg := strings.TrimPrefix(err.Error(), "json: ")
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			msg = "the text ends too early"
		}
		p.fail(RuleSyntax, msg)
		return nil
	}
	return t
}

func (p *jsonReader) value(depth int) *Node {
	line, column := p.place()
	n := &Node{Line: line, Column: column}
	if p.nodes++; p.nodes > p.limits.Nodes {
		return p.fail(RuleLimit, "the document holds too many values")
	}
	if depth > p.limits.Depth {
		return p.fail(RuleLimit, "the document is nested too deeply")
	}
	t := p.token()
	if p.err != nil {
		return nil
	}
	switch t := t.(type) {
	case nil:
	case bool:
		n.Kind, n.Bool, n.Text = Bool, t, strconv.FormatBool(t)
	case json.Number:
		n.Text = t.String()
		resolve(n, false)
	case string:
		n.Kind, n.Text = String, t
	case json.Delim:
		if t == '[' {
			n.Kind = List
			for p.dec.More() {
				v := p.value(depth + 1)
				if v == nil {
					return nil
				}
				n.Items = append(n.Items, v)
			}
		} else {
			n.Kind = Map
			index := map[string]int{}
			for p.dec.More() {
				kl, kc := p.place()
				key, _ := p.token().(string)
				if p.err != nil {
					return nil
				}
				v := p.value(depth + 1)
				if v == nil {
					return nil
				}
				if i, ok := index[key]; ok {
					n.Fields[i].Value = v
					continue
				}
				index[key] = len(n.Fields)
				n.Fields = append(n.Fields, Field{Key: key, Line: kl, Column: kc, Value: v})
			}
		}
		p.token()
		if p.err != nil {
			return nil
		}
	}
	return n
}
