package apis

import (
	"bytes"
	"encoding/json"
	"math"
	"net/url"
	"strconv"
	"strings"

	"github.com/portolan-dev/portolan/sources/yamldoc"
)

// Limits of one made-up example.
const (
	exampleDepth = 8
	exampleNodes = 200
	exampleBytes = 20_000
)

// appendJSON is AppendJSON for values that may be cut by limits.
func appendJSON(dst []byte, n *yamldoc.Node) []byte {
	if n == nil {
		return append(dst, "null"...)
	}
	return n.AppendJSON(dst)
}

// example returns an example of the schema n, written in the media type, with
// the language of the text. Every value is the author's where there is one and
// else follows from type, format and limits: the same schema always gives the
// same example.
//
// What only answers hold is left out of a request, and what only requests hold
// is left out of an answer.
func (t *tree) example(n *yamldoc.Node, media string, request bool) (text, language string) {
	if n == nil {
		return "", ""
	}
	key := exampleKey{t.schema(n), media, request}
	if e, ok := t.examples[key]; ok {
		return e.text, e.language
	}
	e := exampler{t: t, left: exampleNodes, skip: "writeOnly"}
	if request {
		e.skip = "readOnly"
	}
	if v := e.value(key.s, 0, nil); v != nil {
		text, language = write(v, media, t.nameOf(n))
	}
	t.examples[key] = written{text, language}
	return text, language
}

type exampleKey struct {
	s       *schema
	media   string
	request bool
}

type written struct{ text, language string }

// nameOf returns what the root element of an XML example is called.
func (t *tree) nameOf(n *yamldoc.Node) string {
	s := t.schema(n)
	if name := word(s.keys["xml"].Get("name")); name != "" {
		return name
	}
	if s.ref != "" {
		return s.ref
	}
	return "root"
}

type exampler struct {
	t    *tree
	left int    // nodes that may still be made
	skip string // properties with this keyword are left out
}

// value returns nil where no example can be made: in recursion.
func (e *exampler) value(s *schema, depth int, up *trail) *yamldoc.Node {
	if e.left <= 0 || depth > exampleDepth || s.node != nil && up.has(s.node) {
		return nil
	}
	e.left--
	if v, ok := given(s.keys); ok {
		return v
	}
	if s.node != nil {
		up = &trail{s.node, up}
	}
	if len(s.options) > 0 && len(s.props) == 0 {
		for _, o := range s.options {
			if v := e.value(e.t.schema(o), depth+1, up); v != nil {
				return v
			}
		}
		return nil
	}
	switch {
	case s.away != "" || s.lost != "" || s.none:
		return nil
	case s.isArray():
		out := &yamldoc.Node{Kind: yamldoc.List}
		if s.items != nil {
			if v := e.value(e.t.schema(s.items), depth+1, up); v != nil {
				out.Items = append(out.Items, v)
			}
		} else {
			for _, i := range s.tuple[:min(len(s.tuple), 20)] {
				if v := e.value(e.t.schema(i), depth+1, up); v != nil {
					out.Items = append(out.Items, v)
				}
			}
		}
		return out
	case len(s.props) > 0:
		out := &yamldoc.Node{Kind: yamldoc.Map}
		for _, p := range s.props {
			ps := e.t.schema(p.node)
			if e.skip != "" && isTrue(ps.keys[e.skip]) {
				continue
			}
			if v := e.value(ps, depth+1, up); v != nil {
				out.Fields = append(out.Fields, yamldoc.Field{Key: p.name, Value: v})
			}
		}
		// Options beside properties add theirs, the first one does.
		if len(s.options) > 0 {
			if v := e.value(e.t.schema(s.options[0]), depth+1, up); v != nil {
				for _, f := range fields(v) {
					if out.Field(f.Key) == nil {
						out.Fields = append(out.Fields, f)
					}
				}
			}
		}
		return out
	case s.isMap():
		out := &yamldoc.Node{Kind: yamldoc.Map}
		if v := e.value(e.t.schema(s.extra), depth+1, up); v != nil {
			out.Fields = append(out.Fields, yamldoc.Field{Key: "key", Value: v})
		}
		return out
	}
	kind := ""
	if len(s.types) > 0 {
		kind = s.types[0]
	}
	switch kind {
	case "object":
		return &yamldoc.Node{Kind: yamldoc.Map}
	case "boolean":
		return &yamldoc.Node{Kind: yamldoc.Bool, Bool: true, Text: "true"}
	case "integer", "number":
		return number(s.keys)
	case "string":
		return text(s.keys)
	case "file":
		return textNode("(file)")
	}
	switch {
	case s.keys["format"] != nil || s.keys["pattern"] != nil || s.keys["minLength"] != nil || s.keys["maxLength"] != nil:
		return text(s.keys)
	case s.keys["minimum"] != nil || s.keys["maximum"] != nil:
		return number(s.keys)
	case s.null:
		return &yamldoc.Node{Kind: yamldoc.Null}
	case s.node == nil || s.any || len(s.types) == 0:
		return &yamldoc.Node{Kind: yamldoc.Map}
	}
	return textNode(kind)
}

// given returns the author's own example.
func given(keys map[string]*yamldoc.Node) (*yamldoc.Node, bool) {
	for _, k := range [...]string{"example", "x-example"} {
		if v, ok := keys[k]; ok {
			return v, true
		}
	}
	if v := items(keys["examples"]); len(v) > 0 {
		return v[0], true
	}
	for _, k := range [...]string{"default", "const"} {
		if v, ok := keys[k]; ok {
			return v, true
		}
	}
	if v := items(keys["enum"]); len(v) > 0 {
		return v[0], true
	}
	return nil, false
}

func textNode(s string) *yamldoc.Node { return &yamldoc.Node{Kind: yamldoc.String, Text: s} }

// formats holds an example for the formats of JSON Schema and OpenAPI. The
// addresses are those kept for documentation (RFC 2606, 5737, 3849).
var formats = map[string]string{
	"date-time":    "2026-01-31T09:30:00Z",
	"date":         "2026-01-31",
	"time":         "09:30:00Z",
	"duration":     "PT30S",
	"uuid":         "3f1d5c1e-7c0a-4b58-9d5e-0c6a52f2b1d4",
	"email":        "someone@example.com",
	"idn-email":    "someone@example.com",
	"uri":          "https://example.com/",
	"url":          "https://example.com/",
	"iri":          "https://example.com/",
	"uri-template": "https://example.com/{id}",
	"hostname":     "host.example.com",
	"ipv4":         "192.0.2.1",
	"ipv6":         "2001:db8::1",
	"byte":         "ZXhhbXBsZQ==",
	"binary":       "(bytes)",
	"password":     "secret",
	"json-pointer": "/name",
	"int64":        "1",
	"int32":        "1",
	"decimal":      "1.5",
}

func text(keys map[string]*yamldoc.Node) *yamldoc.Node {
	s, ok := formats[word(keys["format"])]
	if ok {
		return textNode(s)
	}
	s = "text"
	if n, err := strconv.Atoi(word(keys["minLength"])); err == nil && n > len(s) {
		s = strings.Repeat("text", min(n, 100)/4+1)[:min(n, 100)]
	}
	if n, err := strconv.Atoi(word(keys["maxLength"])); err == nil && n >= 0 && n < len(s) {
		s = s[:n]
	}
	return textNode(s)
}

// number returns a number within the limits, 1 if they allow it.
func number(keys map[string]*yamldoc.Node) *yamldoc.Node {
	limit := func(key string) (float64, bool) {
		f, err := strconv.ParseFloat(word(keys[key]), 64)
		return f, err == nil && math.Abs(f) < 1e15
	}
	v := 1.0
	lo, hasLo := limit("minimum")
	if x, ok := limit("exclusiveMinimum"); ok {
		lo, hasLo = x+1, true
	} else if hasLo && isTrue(keys["exclusiveMinimum"]) {
		lo++
	}
	hi, hasHi := limit("maximum")
	if x, ok := limit("exclusiveMaximum"); ok {
		hi, hasHi = x-1, true
	} else if hasHi && isTrue(keys["exclusiveMaximum"]) {
		hi--
	}
	if hasLo && v < lo {
		v = lo
	}
	if hasHi && v > hi {
		v = hi
	}
	if m, ok := limit("multipleOf"); ok && m > 0 {
		if up := math.Ceil(v/m) * m; (!hasHi || up <= hi) && !math.IsInf(up, 0) {
			v = up
		}
	}
	if v == math.Trunc(v) {
		return &yamldoc.Node{Kind: yamldoc.Int, Int: int64(v), Text: strconv.FormatInt(int64(v), 10)}
	}
	return &yamldoc.Node{Kind: yamldoc.Float, Float: v, Text: strconv.FormatFloat(v, 'g', -1, 64)}
}

// write shows a value in a media type.
func write(v *yamldoc.Node, media, name string) (text, language string) {
	kind := strings.ToLower(strings.TrimSpace(media))
	if i := strings.IndexByte(kind, ';'); i >= 0 {
		kind = strings.TrimSpace(kind[:i])
	}
	switch {
	case v.Kind == yamldoc.String && kind != "" && kind != "*/*" && !isJSON(kind):
		// Text, or an example that the author wrote out.
		language = ""
		if strings.HasSuffix(kind, "xml") {
			language = "xml"
		} else if strings.HasSuffix(kind, "yaml") {
			language = "yaml"
		}
		return cut(v.Text, exampleBytes), language
	case kind == "application/xml" || kind == "text/xml" || strings.HasSuffix(kind, "+xml"):
		var b bytes.Buffer
		writeXML(&b, v, elementName(name), 0)
		return cut(strings.TrimSpace(b.String()), exampleBytes), "xml"
	case kind == "application/x-www-form-urlencoded" && v.Kind == yamldoc.Map:
		var parts []string
		for _, f := range v.Fields {
			parts = append(parts, url.QueryEscape(f.Key)+"="+url.QueryEscape(flat(f.Value)))
		}
		return cut(strings.Join(parts, "&"), exampleBytes), ""
	case strings.HasPrefix(kind, "multipart/") && v.Kind == yamldoc.Map:
		var parts []string
		for _, f := range v.Fields {
			parts = append(parts, f.Key+": "+flat(f.Value))
		}
		return cut(strings.Join(parts, "\n"), exampleBytes), ""
	}
	var b bytes.Buffer
	if json.Indent(&b, appendJSON(nil, v), "", "  ") != nil {
		return "", ""
	}
	return cut(b.String(), exampleBytes), "json"
}

func isJSON(kind string) bool {
	return strings.HasSuffix(kind, "/json") || strings.HasSuffix(kind, "+json") || strings.Contains(kind, "json")
}

func flat(n *yamldoc.Node) string {
	if n == nil || n.Kind == yamldoc.List || n.Kind == yamldoc.Map {
		return string(appendJSON(nil, n))
	}
	return word(n)
}

var xmlEscape = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// elementName makes a name that XML allows.
func elementName(s string) string {
	s = slug(s)
	if s == "" || s[0] >= '0' && s[0] <= '9' || s[0] == '.' || s[0] == '-' {
		s = "_" + s
	}
	return s
}

func writeXML(b *bytes.Buffer, v *yamldoc.Node, name string, depth int) {
	if depth > 2*exampleDepth || b.Len() > exampleBytes {
		return
	}
	indent := strings.Repeat("  ", depth)
	if v != nil && v.Kind == yamldoc.Map && len(v.Fields) > 0 {
		b.WriteString(indent + "<" + name + ">\n")
		for _, f := range v.Fields {
			if f.Value != nil && f.Value.Kind == yamldoc.List {
				for _, item := range f.Value.Items {
					writeXML(b, item, elementName(f.Key), depth+1)
				}
				continue
			}
			writeXML(b, f.Value, elementName(f.Key), depth+1)
		}
		b.WriteString(indent + "</" + name + ">\n")
		return
	}
	if v != nil && v.Kind == yamldoc.List {
		b.WriteString(indent + "<" + name + ">\n")
		for _, item := range v.Items {
			writeXML(b, item, "item", depth+1)
		}
		b.WriteString(indent + "</" + name + ">\n")
		return
	}
	b.WriteString(indent + "<" + name + ">" + xmlEscape.Replace(word(v)) + "</" + name + ">\n")
}
