package config

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/portolan-dev/portolan/sources/diag"
	"github.com/portolan-dev/portolan/sources/yamldoc"
)

// A decoder fills Go values from YAML nodes and collects what is wrong.
type decoder struct {
	file        string
	getenv      func(string) (string, bool)
	diagnostics []diag.Diagnostic
}

func (d *decoder) report(line, column int, rule, message, hint string) {
	d.diagnostics = append(d.diagnostics, diag.Diagnostic{
		Pos: diag.Pos{File: d.file, Line: line, Column: column}, Severity: diag.Error,
		Rule: rule, Message: message, Hint: hint,
	})
}

var (
	durationType = reflect.TypeFor[Duration]()
	allowedType  = reflect.TypeFor[AllowedKind]()
)

// value decodes n into v. path names the place for messages: "site.title".
func (d *decoder) value(n *yamldoc.Node, v reflect.Value, path string) {
	if n.Kind == yamldoc.Null {
		return // an empty key is as good as an absent one
	}
	if v.Type() == durationType {
		d.duration(n, v, path)
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		d.value(n, v.Elem(), path)
	case reflect.Struct:
		if v.Type() == allowedType && n.Kind == yamldoc.String {
			v.Field(0).SetString(d.expand(n, path))
			return
		}
		d.fields(n, v, path)
	case reflect.Map:
		d.stringMap(n, v, path)
	case reflect.Slice:
		d.list(n, v, path)
	case reflect.Bool:
		if n.Kind != yamldoc.Bool {
			d.wrongType(n, path, "true or false")
			return
		}
		v.SetBool(n.Bool)
	case reflect.Float64:
		switch n.Kind {
		case yamldoc.Int:
			v.SetFloat(float64(n.Int))
		case yamldoc.Float:
			v.SetFloat(n.Float)
		default:
			d.wrongType(n, path, "a number")
		}
	default: // a string; other kinds do not occur in Config
		switch n.Kind {
		case yamldoc.String:
			v.SetString(d.expand(n, path))
		case yamldoc.Int, yamldoc.Float, yamldoc.Bool:
			v.SetString(n.Text) // `ref: 1.10` and `namespace: 007` are meant as written
		default:
			d.wrongType(n, path, "text")
		}
	}
}

func (d *decoder) fields(n *yamldoc.Node, v reflect.Value, path string) {
	if n.Kind != yamldoc.Map {
		d.wrongType(n, path, "a map with the keys "+strings.Join(keysOf(v.Type()), ", "))
		return
	}
	if f := v.FieldByName("Line"); f.IsValid() {
		f.SetInt(int64(n.Line))
		v.FieldByName("Column").SetInt(int64(n.Column))
	}
	known := keysOf(v.Type())
	for _, f := range n.Fields {
		i, ok := fieldByKey(v.Type(), f.Key)
		if !ok {
			hint := diag.DidYouMean(f.Key, known)
			if hint == "" {
				hint = "the keys here are " + strings.Join(known, ", ")
			}
			d.report(f.Line, f.Column, "config-unknown-key", fmt.Sprintf("unknown key %q%s", f.Key, in(path)), hint)
			continue
		}
		d.value(f.Value, v.Field(i), join(path, f.Key))
	}
	for i := range v.NumField() {
		tag := v.Type().Field(i).Tag
		if key := keyOf(tag); key != "" && strings.HasPrefix(tag.Get("jsonschema"), "required") && n.Field(key) == nil {
			d.report(n.Line, n.Column, "config-missing-key", fmt.Sprintf("%q is missing%s", key, in(path)), "")
		}
		if options := enumOf(tag); len(options) > 0 && v.Field(i).Kind() == reflect.String {
			if got := v.Field(i).String(); got != "" && !slices.Contains(options, got) {
				val := n.Get(keyOf(tag))
				d.report(val.Line, val.Column, "config-value", fmt.Sprintf("%s is %q, expected %s", join(path, keyOf(tag)), got, strings.Join(options, " or ")), diag.DidYouMean(got, options))
			}
		}
	}
}

func (d *decoder) stringMap(n *yamldoc.Node, v reflect.Value, path string) {
	if n.Kind != yamldoc.Map {
		d.wrongType(n, path, "a map")
		return
	}
	v.Set(reflect.MakeMap(v.Type()))
	for _, f := range n.Fields {
		item := reflect.New(v.Type().Elem()).Elem()
		d.value(f.Value, item, join(path, f.Key))
		v.SetMapIndex(reflect.ValueOf(f.Key), item)
	}
}

func (d *decoder) list(n *yamldoc.Node, v reflect.Value, path string) {
	if n.Kind == yamldoc.String && v.Type().Elem().Kind() == reflect.String {
		v.Set(reflect.MakeSlice(v.Type(), 1, 1)) // one text alone is a list of one
		d.value(n, v.Index(0), path)
		return
	}
	if n.Kind != yamldoc.List {
		d.wrongType(n, path, "a list")
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), len(n.Items), len(n.Items)))
	for i, item := range n.Items {
		d.value(item, v.Index(i), fmt.Sprintf("%s[%d]", path, i))
	}
}

func (d *decoder) duration(n *yamldoc.Node, v reflect.Value, path string) {
	text := n.Text
	if n.Kind == yamldoc.String {
		text = d.expand(n, path)
	}
	t, err := time.ParseDuration(text)
	if err != nil || t < 0 {
		d.wrongType(n, path, "a duration such as 90s, 10m or 24h")
		return
	}
	v.SetInt(int64(t))
}

func (d *decoder) wrongType(n *yamldoc.Node, path, want string) {
	d.report(n.Line, n.Column, "config-type", fmt.Sprintf("%s is %s, expected %s", path, describe(n), want), "")
}

// expand replaces ${VAR} and ${VAR:-default}; $$ is a dollar sign.
func (d *decoder) expand(n *yamldoc.Node, path string) string {
	s := n.Text
	if !strings.Contains(s, "$") {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		switch {
		case strings.HasPrefix(s[i:], "$$"):
			b.WriteByte('$')
			i += 2
		case strings.HasPrefix(s[i:], "${"):
			end := strings.IndexByte(s[i:], '}')
			if end < 0 {
				d.report(n.Line, n.Column, "config-variable", fmt.Sprintf("%s has a ${ without its }", path), "write ${NAME}, or $$ for a dollar sign")
				return s
			}
			name, fallback, hasFallback := strings.Cut(s[i+2:i+end], ":-")
			val, ok := d.getenv(name)
			switch {
			case ok && (val != "" || !hasFallback):
			case hasFallback:
				val = fallback
			default:
				d.report(n.Line, n.Column, "config-variable", fmt.Sprintf("%s needs the environment variable %s, which is not set", path, name), fmt.Sprintf("set it, or write ${%s:-default}", name))
			}
			b.WriteString(val)
			i += end + 1
		default:
			b.WriteByte(s[i])
			i++
		}
	}
	return b.String()
}

// describe says what a node is, for messages.
func describe(n *yamldoc.Node) string {
	switch n.Kind {
	case yamldoc.Map:
		return "a map"
	case yamldoc.List:
		return "a list"
	case yamldoc.String:
		return fmt.Sprintf("the text %q", n.Text)
	case yamldoc.Null:
		return "empty"
	default:
		return n.Text
	}
}

func keyOf(tag reflect.StructTag) string {
	name, _, _ := strings.Cut(tag.Get("json"), ",")
	if name == "-" {
		return ""
	}
	return name
}

// enumOf returns the values that a field's schema tag allows.
func enumOf(tag reflect.StructTag) []string {
	var out []string
	for part := range strings.SplitSeq(tag.Get("jsonschema"), ",") {
		if v, ok := strings.CutPrefix(part, "enum="); ok {
			out = append(out, v)
		}
	}
	return out
}

func keysOf(t reflect.Type) []string {
	var out []string
	for i := range t.NumField() {
		if k := keyOf(t.Field(i).Tag); k != "" {
			out = append(out, k)
		}
	}
	return out
}

func fieldByKey(t reflect.Type, key string) (int, bool) {
	for i := range t.NumField() {
		if keyOf(t.Field(i).Tag) == key && key != "" {
			return i, true
		}
	}
	return 0, false
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

func in(path string) string {
	if path == "" {
		return ""
	}
	return " in " + path
}
