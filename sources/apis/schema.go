package apis

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/portolan-dev/portolan/sources/diag"
	"github.com/portolan-dev/portolan/sources/yamldoc"
)

// A schema is a JSON Schema with its references followed and its allOf joined.
//
// It reads what OpenAPI 2.0 to 3.2, AsyncAPI and JSON Schema drafts 4 to
// 2020-12 have in common; a keyword that a draft does not know does no harm.
type schema struct {
	node *yamldoc.Node // where it is written, after references; nil if it cannot be read
	ref  string        // name of the type that was referred to
	away string        // a reference that is not followed
	lost string        // a reference that leads nowhere

	any, none  bool // the schemas true and false
	types      []string
	null       bool
	text       string // of the place that refers, else of the type
	ownText    bool   // text stands beside the reference
	deprecated bool

	props    []prop
	byName   map[string]int // index in props
	required map[string]bool
	extra    *yamldoc.Node // what every further property is
	items    *yamldoc.Node
	tuple    []*yamldoc.Node
	options  []*yamldoc.Node // of oneOf or anyOf
	anyOf    bool

	keys  map[string]*yamldoc.Node // every other keyword, the first wins
	parts int
	seen  map[*yamldoc.Node]bool
}

type prop struct {
	name string
	node *yamldoc.Node
}

// schema flattens n. It never returns nil.
func (t *tree) schema(n *yamldoc.Node) *schema {
	if s := t.schemas[n]; s != nil {
		return s
	}
	if n != nil && len(n.Fields) == 1 && n.Fields[0].Key == "$ref" {
		if ref := n.Fields[0].Value.Str(); ref != "" {
			s := t.referred(ref, n)
			t.schemas[n] = s
			return s
		}
	}
	s := t.flatten(n)
	t.schemas[n] = s
	return s
}

// referred returns the schema behind a reference that stands alone. All such
// references share one, so that a type is flattened once however often it is
// used.
func (t *tree) referred(ref string, n *yamldoc.Node) *schema {
	if s := t.byRef[ref]; s != nil {
		return s
	}
	var s *schema
	if target, name := t.resolve(n); target == nil {
		s = t.flatten(n)
	} else {
		shared := *t.schema(target)
		shared.ref, shared.ownText = name, false
		s = &shared
	}
	t.byRef[ref] = s
	return s
}

func (t *tree) flatten(n *yamldoc.Node) *schema {
	s := &schema{required: map[string]bool{}, keys: map[string]*yamldoc.Node{}, byName: map[string]int{}, seen: map[*yamldoc.Node]bool{}}
	t.collect(s, n, 0)
	s.seen = nil
	return s
}

// collect adds the schema n to s. What is there already stays: a description
// beside a reference is nearer to the reader than that of the type.
func (t *tree) collect(s *schema, n *yamldoc.Node, depth int) {
	if n == nil || s.seen[n] {
		return
	}
	if s.parts++; s.parts > maxParts || depth > maxDepth {
		t.complain("parts", n, 0, 0, diag.Warning, RuleLimit, "a schema is joined from too many others; the rest is only in the text", "")
		return
	}
	s.seen[n] = true
	if n.Kind == yamldoc.Bool {
		if n.Bool {
			s.any = true
		} else {
			s.none = true
		}
		if s.node == nil {
			s.node = n
		}
		return
	}
	if n.Kind != yamldoc.Map {
		t.complain(fmt.Sprint("schema", n.Line, ":", n.Column), n, 0, 0, diag.Warning, RuleShape, "a schema has to be a map of keywords", "")
		return
	}
	if f := n.Field("$ref"); f != nil {
		t.keywords(s, n, depth, depth == 0) // newer drafts allow keywords beside the reference
		target, name := t.resolve(n)
		if depth == 0 {
			s.ref = name
			if target == nil && f.Value.Str() != "" {
				if strings.HasPrefix(f.Value.Text, "#") {
					s.lost = lastStep(f.Value.Text)
				} else {
					s.away = f.Value.Text
				}
			}
		}
		if target != nil && !s.seen[target] {
			if s.node == nil {
				s.node = target
			}
			// Not one level deeper: the type takes the place of the reference.
			s.seen[target] = true
			t.keywords(s, target, depth, false)
		}
		return
	}
	if s.node == nil {
		s.node = n
	}
	t.keywords(s, n, depth, true)
}

func (t *tree) keywords(s *schema, n *yamldoc.Node, depth int, own bool) {
	if n.Kind != yamldoc.Map {
		if n.Kind == yamldoc.Bool {
			s.any, s.none = n.Bool, !n.Bool
		}
		return
	}
	for i := range n.Fields {
		f := &n.Fields[i]
		v := f.Value
		switch f.Key {
		case "$ref":
		case "type":
			names := items(v)
			if names == nil {
				names = []*yamldoc.Node{v}
			}
			var types []string
			for _, w := range names {
				switch k := word(w); {
				case k == "null" || (w != nil && w.Kind == yamldoc.Null):
					s.null = true
				case k != "":
					types = append(types, line(k, 40))
				}
			}
			if s.types == nil {
				s.types = types
			}
		case "nullable", "x-nullable":
			s.null = s.null || isTrue(v)
		case "description":
			if s.text == "" {
				s.text, s.ownText = t.markdown(word(v), f.Line, f.Column), own
			}
		case "deprecated", "x-deprecated":
			s.deprecated = s.deprecated || isTrue(v)
		case "properties":
			for _, p := range fields(v)[:t.few(len(fields(v)), maxLevel, "properties", f.Line, f.Column)] {
				if len(s.props) > maxLevel || t.over(&t.joined, maxJoined) {
					break
				}
				if at, twice := s.byName[p.Key]; twice {
					// A second part narrows the first; the one that says more is shown.
					if len(fields(s.props[at].node)) < len(fields(p.Value)) {
						s.props[at].node = p.Value
					}
					continue
				}
				s.byName[p.Key] = len(s.props)
				s.props = append(s.props, prop{p.Key, p.Value})
			}
		case "required":
			for _, w := range items(v) {
				s.required[word(w)] = true
			}
		case "additionalProperties", "unevaluatedProperties":
			if s.extra == nil && v != nil && (v.Kind == yamldoc.Map || isTrue(v)) {
				s.extra = v
			} else if v != nil && v.Kind == yamldoc.Bool && !v.Bool {
				s.keys["closed"] = v
			}
		case "patternProperties":
			for _, p := range fields(v) {
				if s.extra == nil {
					s.extra = p.Value
				}
			}
		case "items":
			if list := items(v); list != nil {
				s.tuple = list
			} else if s.items == nil {
				s.items = v
			}
		case "prefixItems":
			s.tuple = items(v)
		case "oneOf", "anyOf":
			if s.options == nil {
				s.anyOf = f.Key == "anyOf"
			}
			for _, o := range items(v)[:t.few(len(items(v)), maxLevel, "options", f.Line, f.Column)] {
				if isNull(o) {
					s.null = true
				} else {
					s.options = append(s.options, o)
				}
			}
		case "allOf":
		default:
			if _, ok := s.keys[f.Key]; !ok {
				s.keys[f.Key] = v
			}
		}
	}
	for _, part := range items(n.Get("allOf")) {
		t.collect(s, part, depth+1)
	}
	// "X or null" is X that may be null, and one option is no choice.
	if len(s.options) == 1 && s.props == nil {
		only := s.options[0]
		s.options = nil
		if f := only.Field("$ref"); f != nil && s.ref == "" && f.Value != nil {
			s.ref = t.typeName(f.Value.Str())
		}
		t.collect(s, only, depth+1)
	}
}

// isNull reports whether n is the schema of null alone.
func isNull(n *yamldoc.Node) bool {
	v := n.Get("type")
	return v != nil && len(fields(n)) == 1 && (v.Kind == yamldoc.Null || v.Str() == "null")
}

func (s *schema) is(name string) bool {
	for _, w := range s.types {
		if w == name {
			return true
		}
	}
	return false
}

func (s *schema) isArray() bool {
	return s.is("array") || len(s.types) == 0 && (s.items != nil || s.tuple != nil)
}

// isMap reports whether s has keys that are data rather than names.
func (s *schema) isMap() bool {
	return len(s.props) == 0 && s.extra != nil && (len(s.types) == 0 || s.is("object"))
}

// typeOf returns the type in words: "array of Track", "string (uuid)".
func (t *tree) typeOf(s *schema, depth int) string {
	if s.ref != "" {
		return s.ref
	}
	if s.away != "" {
		return "defined elsewhere"
	}
	if s.lost != "" {
		return line(s.lost, 80) + " (missing)"
	}
	if depth > 4 {
		return "…"
	}
	if len(s.options) > 0 {
		var names []string
		for _, o := range s.options {
			if len(names) == 5 {
				names = append(names, fmt.Sprintf("%d more", len(s.options)-5))
				break
			}
			names = append(names, t.typeOf(t.schema(o), depth+1))
		}
		return join(names, "or")
	}
	if s.isArray() {
		switch {
		case s.items != nil:
			return "array of " + t.typeOf(t.schema(s.items), depth+1)
		case s.tuple != nil:
			var names []string
			for _, o := range s.tuple[:min(len(s.tuple), 6)] {
				names = append(names, t.typeOf(t.schema(o), depth+1))
			}
			return "list of " + strings.Join(names, ", ")
		}
		return "array"
	}
	if s.isMap() {
		if e := t.schema(s.extra); !e.any {
			return "map of " + t.typeOf(e, depth+1)
		}
		return "map"
	}
	switch {
	case len(s.types) > 0:
		name := join(s.types, "or")
		if f := word(s.keys["format"]); f != "" && len(s.types) == 1 {
			name += " (" + line(f, 40) + ")"
		}
		return name
	case len(s.props) > 0:
		return "object"
	case s.none:
		return "nothing"
	case s.keys["enum"] != nil:
		return "enum"
	case s.keys["const"] != nil:
		return "constant"
	case s.null:
		return "null"
	}
	return "any"
}

// refOf returns the name of the type that s is, is an array of or a map of.
func (t *tree) refOf(s *schema) string {
	for range 5 {
		switch {
		case s.ref != "":
			return s.ref
		case s.isArray() && s.items != nil:
			s = t.schema(s.items)
		case s.isMap():
			s = t.schema(s.extra)
		default:
			return ""
		}
	}
	return ""
}

// core returns what holds the fields: the element of arrays and maps.
func (t *tree) core(s *schema) *schema {
	for range 5 {
		switch {
		case s.isArray() && s.items != nil:
			s = t.schema(s.items)
		case s.isMap():
			s = t.schema(s.extra)
		default:
			return s
		}
	}
	return s
}

// notes says in words what limits a value.
func (t *tree) notes(s *schema) []string {
	var out []string
	add := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	if s.away != "" {
		add("see %s", line(s.away, 200))
	}
	if s.null {
		add("may be null")
	}
	k := s.keys
	if v := k["const"]; v != nil {
		add("always %s", short(v))
	}
	if values := items(k["enum"]); len(values) == 1 {
		add("always %s", short(values[0]))
	} else if len(values) > 1 {
		add("one of %s", list(values))
	}
	length := func(lo, hi, one, many string) {
		if s := span(word(k[lo]), word(k[hi]), one, many); s != "" {
			out = append(out, s)
		}
	}
	length("minLength", "maxLength", "character", "characters")
	length("minItems", "maxItems", "item", "items")
	length("minProperties", "maxProperties", "entry", "entries")
	// Drafts up to 4 say exclusiveMinimum: true beside the minimum, later ones give the number.
	lo, hi := word(k["minimum"]), word(k["maximum"])
	above, below := word(k["exclusiveMinimum"]), word(k["exclusiveMaximum"])
	if above == "true" {
		lo, above = "", lo
	}
	if below == "true" {
		hi, below = "", hi
	}
	switch {
	case lo != "" && hi != "":
		add("%s to %s", line(lo, 40), line(hi, 40))
	case lo != "":
		add("%s or more", line(lo, 40))
	case hi != "":
		add("at most %s", line(hi, 40))
	}
	if above != "" && above != "false" {
		add("more than %s", line(above, 40))
	}
	if below != "" && below != "false" {
		add("less than %s", line(below, 40))
	}
	if v := word(k["multipleOf"]); v != "" {
		add("a multiple of %s", line(v, 40))
	}
	if isTrue(k["uniqueItems"]) {
		add("no item twice")
	}
	if v := word(k["pattern"]); v != "" {
		add("matches %s", line(v, 200))
	}
	if v := word(k["contentMediaType"]); v != "" {
		add("holds %s", line(v, 80))
	}
	if v, ok := k["default"]; ok {
		add("default %s", short(v))
	}
	if isTrue(k["readOnly"]) {
		add("read only")
	}
	if isTrue(k["writeOnly"]) {
		add("write only")
	}
	if v := word(k["discriminator"].Get("propertyName")); v != "" {
		add("told apart by %s", line(v, 80))
	} else if v := word(k["discriminator"]); v != "" {
		add("told apart by %s", line(v, 80))
	}
	if k["closed"] != nil && len(s.props) > 0 {
		add("no other properties")
	}
	if s.isArray() && s.items != nil {
		if e := t.schema(s.items); e.ref == "" && !e.isArray() {
			for _, n := range t.notes(e) {
				out = append(out, "each "+n)
			}
		}
	}
	return out
}

// span says how many of something there may be.
func span(lo, hi, one, many string) string {
	if _, err := strconv.ParseFloat(lo, 64); err != nil || lo == "0" {
		lo = ""
	}
	if _, err := strconv.ParseFloat(hi, 64); err != nil {
		hi = ""
	}
	unit := func(n string) string {
		if n == "1" {
			return one
		}
		return many
	}
	lo, hi = line(lo, 40), line(hi, 40)
	switch {
	case lo != "" && lo == hi:
		return "exactly " + lo + " " + unit(lo)
	case lo != "" && hi != "":
		return lo + " to " + hi + " " + many
	case lo != "":
		return "at least " + lo + " " + unit(lo)
	case hi != "":
		return "at most " + hi + " " + unit(hi)
	}
	return ""
}

// short shows a value in a note.
func short(n *yamldoc.Node) string {
	if n == nil {
		return "null"
	}
	switch n.Kind {
	case yamldoc.Null:
		return "null"
	case yamldoc.List, yamldoc.Map:
		return line(string(appendJSON(nil, n)), 80)
	}
	if n.Kind == yamldoc.String && strings.TrimSpace(n.Text) == "" {
		return strconv.Quote(cut(n.Text, 20))
	}
	return line(n.Text, 80)
}

func list(values []*yamldoc.Node) string {
	var words []string
	for i, v := range values {
		if i == 30 {
			words = append(words, fmt.Sprintf("%d more", len(values)-i))
			break
		}
		words = append(words, short(v))
	}
	return strings.Join(words, ", ")
}

// join writes "a, b or c".
func join(words []string, last string) string {
	switch len(words) {
	case 0:
		return ""
	case 1:
		return words[0]
	}
	n := len(words) - 1
	return strings.Join(words[:n], ", ") + " " + last + " " + words[n]
}

// isNumber reports whether JSON can hold the number.
func isNumber(n *yamldoc.Node) bool {
	if n.Kind == yamldoc.Int {
		return true
	}
	return !math.IsInf(n.Float, 0) && !math.IsNaN(n.Float)
}

// describe returns the field of a schema without what is inside.
func (t *tree) describe(name string, s *schema, required bool) Field {
	f := Field{
		Name:       line(name, 200),
		Type:       t.typeOf(s, 0),
		Ref:        t.refOf(s),
		Required:   required,
		Deprecated: s.deprecated,
		Text:       s.text,
		Notes:      t.notes(s),
	}
	if s.ref != "" && !s.ownText {
		f.Text = firstLine(s.text) // the whole text stands at the type
	}
	return f
}

// A trail remembers the schemas around one, to find recursion.
type trail struct {
	node *yamldoc.Node
	up   *trail
}

func (t *trail) has(n *yamldoc.Node) bool {
	for ; t != nil; t = t.up {
		if t.node == n {
			return true
		}
	}
	return false
}

// field returns the field of the schema n with what is inside it: level by
// level, so that what is cut off is always the innermost.
//
// With follow, named types are unfolded in place as long as the body stays
// readable; without, only what has no name is.
func (t *tree) field(name string, n *yamldoc.Node, required, follow bool) Field {
	type step struct {
		f     *Field
		s     *schema
		depth int
		up    *trail
	}
	s := t.schema(n)
	root := t.describe(name, s, required)
	queue := []step{{&root, s, 0, nil}}
	budget := maxBody
	for len(queue) > 0 {
		st := queue[0]
		queue = queue[1:]
		c := t.core(st.s)
		if c.node != nil && st.up.has(c.node) {
			continue // a recursive type: Ref says which
		}
		kids := len(c.props) + len(c.options)
		if c.isArray() {
			kids += len(c.tuple)
		}
		if kids == 0 || st.depth >= maxUnfold {
			continue
		}
		kids = min(kids, maxLevel)
		if st.depth > 0 {
			if st.f.Ref != "" && !follow || kids > budget {
				continue
			}
			budget -= kids
		}
		if !t.spend(kids, st.f.Ref != "") {
			continue
		}
		up := &trail{c.node, st.up}
		out := make([]Field, 0, kids)
		inner := make([]*schema, 0, kids)
		push := func(f Field, s *schema) {
			if len(out) < kids {
				out, inner = append(out, f), append(inner, s)
			}
		}
		for _, p := range c.props[:min(len(c.props), kids)] {
			ps := t.schema(p.node)
			push(t.describe(p.name, ps, c.required[p.name]), ps)
		}
		for i, o := range c.options[:min(len(c.options), kids)] {
			os := t.schema(o)
			name := os.ref
			if name == "" {
				if name = line(word(os.keys["title"]), 80); name == "" {
					name = "option " + strconv.Itoa(i+1)
				}
			}
			f := t.describe(name, os, false)
			f.In = "option"
			push(f, os)
		}
		if c.isArray() {
			for i, o := range c.tuple[:min(len(c.tuple), kids)] {
				os := t.schema(o)
				push(t.describe(strconv.Itoa(i), os, false), os)
			}
		}
		st.f.Fields = out
		for i := range out {
			queue = append(queue, step{&out[i], inner[i], st.depth + 1, up})
		}
	}
	return root
}

// namedTypes reads a map of schemas into Types.
func (t *tree) namedTypes(m *yamldoc.Node) {
	if m != nil && m.Kind != yamldoc.Map && m.Kind != yamldoc.Null {
		t.complain("types", m, 0, 0, diag.Warning, RuleShape, "the schemas have to be a map of names", "")
	}
	all := fields(m)
	for i, f := range all {
		if len(t.def.Types) >= maxTypes {
			t.report(f.Line, f.Column, diag.Warning, RuleLimit, fmt.Sprintf("%d types beyond the first %d are only in the text", len(all)-i, maxTypes), "")
			return
		}
		t.def.Types = append(t.def.Types, t.named(f.Key, f.Value))
	}
}

func (t *tree) named(name string, n *yamldoc.Node) Type {
	s := t.schema(n)
	ty := Type{ID: t.anchor("type-" + name), Name: name, Text: s.text, Deprecated: s.deprecated, Notes: t.notes(s)}
	values := items(s.keys["enum"])
	switch {
	case len(values) > 0:
		ty.Kind = "enum"
		for i, v := range values {
			if i == maxLevel {
				break
			}
			ty.Values = append(ty.Values, short(v))
		}
		ty.Notes = nil
		for _, note := range t.notes(s) {
			if !strings.HasPrefix(note, "one of ") {
				ty.Notes = append(ty.Notes, note)
			}
		}
	case len(s.options) > 0:
		ty.Kind = "one of"
		if s.anyOf {
			ty.Kind = "any of"
		}
	case s.ref != "":
		ty.Kind = s.ref
	default:
		ty.Kind = t.typeOf(s, 0)
	}
	ty.Fields = t.field(name, n, false, false).Fields
	return ty
}
