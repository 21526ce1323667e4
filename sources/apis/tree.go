package apis

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/portolan-dev/portolan/sources/diag"
	"github.com/portolan-dev/portolan/sources/yamldoc"
)

// Limits of one definition. What is beyond them is left out of the model and
// counted in a diagnostic; the text is shown whole in any case.
const (
	maxBytes      = 10 << 20 // of the text
	maxNesting    = 1000     // brackets the parsers may follow into each other
	maxDepth      = 100      // levels that are read; more is a warning
	maxNodes      = 2_000_000
	maxOperations = 5000
	maxTypes      = 5000
	maxUnfold     = 8         // levels of types shown inside each other
	maxBody       = 400       // fields shown below one body, the outermost level apart
	maxUnfolded   = 100_000   // fields in the whole definition until named types are only named
	maxShown      = 400_000   // fields in the whole definition
	maxJoined     = 1_000_000 // properties copied by joining schemas
	maxParameters = 200       // of one operation
	maxResponses  = 100       // of one operation
	maxLevel      = 1000      // fields on one level
	maxParts      = 256       // schemas that allOf may join to one
	maxHops       = 32        // references that lead to references
	maxText       = 100_000   // bytes of one description
	maxProblems   = 200       // diagnostics of one definition
)

// A tree reads a definition that is written in YAML or JSON: what OpenAPI and
// AsyncAPI have in common, references and schemas.
type tree struct {
	*reader
	root *yamldoc.Node

	keys     map[*yamldoc.Node]map[string]*yamldoc.Node // index of maps with many keys
	refs     map[string]*yamldoc.Node                   // what a local reference leads to; nil if it leads nowhere
	reported map[string]bool                            // references already complained about
	schemas  map[*yamldoc.Node]*schema                  // by the node that was flattened
	joined   int                                        // properties copied so far
	byRef    map[string]*schema                         // by a reference that stands alone
	examples map[exampleKey]written
	types    map[string]bool // names of Types
	typesAt  []string        // pointers to the maps of named types: "#/components/schemas/"
}

func newTree(r *reader, root *yamldoc.Node, typesAt ...string) *tree {
	t := &tree{
		reader: r, root: root, typesAt: typesAt,
		keys:     map[*yamldoc.Node]map[string]*yamldoc.Node{},
		refs:     map[string]*yamldoc.Node{},
		reported: map[string]bool{},
		schemas:  map[*yamldoc.Node]*schema{},
		byRef:    map[string]*schema{},
		examples: map[exampleKey]written{},
		types:    map[string]bool{},
	}
	for _, p := range typesAt {
		m, _ := t.pointer(strings.TrimSuffix(p, "/"))
		for _, f := range fields(m) {
			t.types[f.Key] = true
		}
	}
	return t
}

// fields returns the entries of a map, and none for everything else.
func fields(n *yamldoc.Node) []yamldoc.Field {
	if n == nil || n.Kind != yamldoc.Map {
		return nil
	}
	return n.Fields
}

// items returns the entries of a list, and none for everything else.
func items(n *yamldoc.Node) []*yamldoc.Node {
	if n == nil || n.Kind != yamldoc.List {
		return nil
	}
	return n.Items
}

// word returns a scalar as written, and "" for lists, maps and null.
func word(n *yamldoc.Node) string {
	if n == nil {
		return ""
	}
	switch n.Kind {
	case yamldoc.Bool, yamldoc.Int, yamldoc.Float, yamldoc.String:
		return n.Text
	}
	return ""
}

func isTrue(n *yamldoc.Node) bool { return n != nil && n.Kind == yamldoc.Bool && n.Bool }

// get is Node.Get for one key, quick for maps with many keys.
func (t *tree) get(n *yamldoc.Node, key string) *yamldoc.Node {
	if n == nil || n.Kind != yamldoc.Map {
		return nil
	}
	if len(n.Fields) < 16 {
		return n.Get(key)
	}
	m, ok := t.keys[n]
	if !ok {
		m = make(map[string]*yamldoc.Node, len(n.Fields))
		for _, f := range n.Fields {
			if _, twice := m[f.Key]; !twice {
				m[f.Key] = f.Value
			}
		}
		t.keys[n] = m
	}
	return m[key]
}

// pointer follows "#/a/b" from the root. The second result names the step that
// failed together with the names that exist there.
func (t *tree) pointer(ref string) (*yamldoc.Node, *missing) {
	path := strings.TrimPrefix(ref, "#")
	if path == "" {
		return t.root, nil
	}
	if path[0] != '/' {
		return nil, &missing{step: path}
	}
	n := t.root
	for step := range strings.SplitSeq(path[1:], "/") {
		if s, err := url.PathUnescape(step); err == nil {
			step = s
		}
		// RFC 6901: ~1 is a slash and ~0 a tilde, in this order.
		step = strings.ReplaceAll(strings.ReplaceAll(step, "~1", "/"), "~0", "~")
		var next *yamldoc.Node
		if n.Kind == yamldoc.List {
			var i int
			if _, err := fmt.Sscanf(step, "%d", &i); err == nil && i >= 0 && i < len(n.Items) {
				next = n.Items[i]
			}
		} else {
			next = t.get(n, step)
		}
		if next == nil {
			return nil, &missing{step: step, in: n}
		}
		n = next
	}
	return n, nil
}

type missing struct {
	step string
	in   *yamldoc.Node
}

func (m *missing) hint() string {
	var names []string
	for _, f := range fields(m.in) {
		names = append(names, f.Key)
		if len(names) == 2000 {
			break
		}
	}
	return diag.DidYouMean(m.step, names)
}

// resolve follows the reference of n, and those it leads to. It returns what
// is there at last, nil if a reference cannot be followed, and the name of the
// type that the first of them names.
//
// Only references into the definition itself are followed. A build must not
// let an author make it read files or send requests.
func (t *tree) resolve(n *yamldoc.Node) (target *yamldoc.Node, name string) {
	for hop := 0; ; hop++ {
		f := n.Field("$ref")
		if f == nil {
			return n, name
		}
		if f.Value == nil || f.Value.Kind != yamldoc.String {
			t.complain("shape", f.Value, f.Line, f.Column, diag.Warning, RuleRef,
				"$ref is no text", `write it as {"$ref": "#/components/schemas/Name"}`)
			return nil, name
		}
		ref := f.Value.Text
		if hop == 0 {
			name = t.typeName(ref)
		}
		if hop == maxHops {
			t.complain("circle "+ref, f.Value, 0, 0, diag.Warning, RuleRef,
				fmt.Sprintf("the reference %s leads in a circle", quote(ref)), "one of the types it passes has to be more than a reference")
			return nil, name
		}
		next, ok := t.refs[ref]
		if !ok {
			next = t.follow(ref, f.Value)
			t.refs[ref] = next
		}
		if next == nil {
			return nil, name
		}
		n = next
	}
}

// follow finds what ref names, and complains where it names nothing.
func (t *tree) follow(ref string, at *yamldoc.Node) *yamldoc.Node {
	if !strings.HasPrefix(ref, "#") {
		t.complain(ref, at, 0, 0, diag.Warning, RuleRemoteRef,
			fmt.Sprintf("the reference %s leads out of the definition and is not followed", quote(ref)),
			"put what it names under components, for example with a bundler")
		return nil
	}
	n, m := t.pointer(ref)
	if m != nil {
		t.complain(ref, at, 0, 0, diag.Warning, RuleRef,
			fmt.Sprintf("the reference %s leads nowhere", quote(ref)), m.hint())
	}
	return n
}

// complain reports once for every id.
func (t *tree) complain(id string, at *yamldoc.Node, line, column int, s diag.Severity, rule, message, hint string) {
	if t.reported[rule+id] {
		return
	}
	t.reported[rule+id] = true
	if line == 0 && at != nil {
		line, column = at.Line, at.Column
	}
	t.report(line, column, s, rule, message, hint)
}

// over counts one more of something that is bounded, and says once if there are
// too many.
func (t *tree) over(count *int, limit int) bool {
	if *count++; *count <= limit {
		return false
	}
	t.complain("joined", nil, 0, 0, diag.Warning, RuleLimit, "schemas are joined in too many places; the rest is only in the text", "")
	return true
}

// typeName returns the name of the type that ref names, or "".
func (t *tree) typeName(ref string) string {
	for _, p := range t.typesAt {
		rest, ok := strings.CutPrefix(ref, p)
		if !ok || strings.Contains(rest, "/") {
			continue
		}
		if s, err := url.PathUnescape(rest); err == nil {
			rest = s
		}
		rest = strings.ReplaceAll(strings.ReplaceAll(rest, "~1", "/"), "~0", "~")
		if t.types[rest] {
			return rest
		}
	}
	return ""
}

// examine walks the whole definition once and complains about what the model
// would not show: nesting without end, references that lead nowhere in parts
// that nothing uses, and numbers that JSON cannot hold.
func (t *tree) examine() {
	t.walk(t.root, 0)
}

func (t *tree) walk(n *yamldoc.Node, depth int) {
	if n == nil {
		return
	}
	if depth == maxDepth {
		t.complain("depth", n, 0, 0, diag.Warning, RuleLimit,
			fmt.Sprintf("the definition is nested deeper than %d levels; what is below is only in its text", maxDepth), "give the inner types names and refer to them")
		return
	}
	switch n.Kind {
	case yamldoc.Int, yamldoc.Float:
		if !isNumber(n) {
			t.complain("number", n, 0, 0, diag.Error, RuleInvalid,
				fmt.Sprintf("%s is a number that JSON cannot hold", quote(n.Text)), "")
		}
	case yamldoc.List:
		for _, item := range n.Items {
			t.walk(item, depth+1)
		}
	case yamldoc.Map:
		if f := n.Field("$ref"); f != nil && (f.Value == nil || f.Value.Kind != yamldoc.Map) {
			t.resolve(n)
		}
		for _, f := range n.Fields {
			switch f.Key {
			case "example", "examples", "default", "enum", "const", "value":
				continue // data of the API's users, where $ref is a word like any other
			}
			t.walk(f.Value, depth+1)
		}
	}
}
