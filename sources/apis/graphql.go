package apis

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/parser"

	"github.com/portolan-dev/portolan/sources/diag"
)

// maxTokens bounds what the GraphQL parser reads.
const maxTokens = 2_000_000

var graphqlBegin = regexp.MustCompile(`(?m)^(type|input|enum|interface|union|scalar|directive|extend|schema)\b`)

// graphql reads a schema in GraphQL's definition language. The fields of the
// root types are the operations.
func (r *reader) graphql(text string) {
	r.def.Format = "graphql"
	if r.tooDeep(text) {
		return
	}
	var doc *ast.SchemaDocument
	ok := r.repair(text, graphqlBegin, func(text string) (int, int, string) {
		d, err := parser.ParseSchemaWithLimit(&ast.Source{Name: "schema", Input: text}, maxTokens)
		if err == nil {
			doc = d
			return 0, 0, ""
		}
		var e *gqlerror.Error
		if errors.As(err, &e) && len(e.Locations) > 0 {
			return e.Locations[0].Line, max(e.Locations[0].Column, 1), line(e.Message, 300)
		}
		return 0, 0, line(err.Error(), 300)
	})
	if !ok || doc == nil {
		return
	}
	g := &gql{reader: r, types: map[string]*ast.Definition{}, extended: map[string][]*ast.Definition{}, lists: map[string]ast.FieldList{}, cache: map[string][]Field{}}
	g.read(doc)
}

type gql struct {
	*reader
	types    map[string]*ast.Definition
	extended map[string][]*ast.Definition
	order    []string
	lists    map[string]ast.FieldList
	cache    map[string][]Field
}

func (g *gql) read(doc *ast.SchemaDocument) {
	for _, d := range doc.Definitions {
		if g.types[d.Name] != nil {
			g.report(d.Position.Line, max(d.Position.Column, 1), diag.Warning, RuleShape, fmt.Sprintf("the type %s is defined twice; the first one is shown", quote(d.Name)), "")
			continue
		}
		g.types[d.Name] = d
		g.order = append(g.order, d.Name)
	}
	for _, d := range doc.Extensions {
		if g.types[d.Name] == nil && len(g.extended[d.Name]) == 0 {
			g.order = append(g.order, d.Name)
		}
		g.extended[d.Name] = append(g.extended[d.Name], d)
	}
	roots := map[ast.Operation]string{ast.Query: "Query", ast.Mutation: "Mutation", ast.Subscription: "Subscription"}
	for _, list := range []ast.SchemaDefinitionList{doc.Schema, doc.SchemaExtension} {
		for _, s := range list {
			if g.def.Summary == "" {
				g.def.Summary = g.markdown(s.Description, s.Position.Line, 1)
			}
			for _, o := range s.OperationTypes {
				roots[o.Operation] = o.Type
			}
		}
	}
	isRoot := map[string]bool{}
	for _, op := range []struct {
		kind  ast.Operation
		group string
	}{{ast.Query, "Queries"}, {ast.Mutation, "Mutations"}, {ast.Subscription, "Subscriptions"}} {
		name := roots[op.kind]
		isRoot[name] = true
		group := Group{Name: op.group}
		if d := g.types[name]; d != nil {
			group.Description = g.markdown(d.Description, d.Position.Line, 1)
		}
		for _, f := range g.fields(name) {
			if strings.HasPrefix(f.Name, "__") {
				continue
			}
			g.add(&group, g.operation(op.kind, f))
		}
		if len(group.Operations) > 0 {
			g.def.Groups = append(g.def.Groups, group)
		}
	}
	for i, name := range g.order {
		if isRoot[name] {
			continue
		}
		if len(g.def.Types) >= maxTypes {
			g.report(0, 0, diag.Warning, RuleLimit, fmt.Sprintf("%d types beyond the first %d are only in the text", len(g.order)-i, maxTypes), "")
			break
		}
		g.def.Types = append(g.def.Types, g.named(name))
	}
	g.unknown()
}

// fields returns the fields of a type and its extensions.
func (g *gql) fields(name string) ast.FieldList {
	if fs, ok := g.lists[name]; ok {
		return fs
	}
	var out ast.FieldList
	if d := g.types[name]; d != nil {
		out = append(out, d.Fields...)
	}
	for _, d := range g.extended[name] {
		out = append(out, d.Fields...)
	}
	g.lists[name] = out
	return out
}

func (g *gql) defined(name string) bool { return g.types[name] != nil || len(g.extended[name]) > 0 }

// deprecated returns whether it is, and the reason.
func deprecated(ds ast.DirectiveList) (bool, string) {
	d := ds.ForName("deprecated")
	if d == nil {
		return false, ""
	}
	if a := d.Arguments.ForName("reason"); a != nil && a.Value != nil {
		return true, line(a.Value.Raw, 300)
	}
	return true, ""
}

// directives says in words which directives a thing has.
func directives(ds ast.DirectiveList) []string {
	var out []string
	for _, d := range ds {
		switch d.Name {
		case "deprecated":
			if _, why := deprecated(ds); why != "" {
				out = append(out, "deprecated: "+why)
			}
		case "specifiedBy":
			if a := d.Arguments.ForName("url"); a != nil && a.Value != nil {
				out = append(out, "specified by "+line(a.Value.Raw, 200))
			}
		default:
			s := "@" + d.Name
			var args []string
			for _, a := range d.Arguments {
				args = append(args, a.Name+": "+value(a.Value))
			}
			if len(args) > 0 {
				s += "(" + strings.Join(args, ", ") + ")"
			}
			out = append(out, line(s, 200))
		}
		if len(out) == 10 {
			break
		}
	}
	return out
}

// value writes a GraphQL value; the text is not read by anything again.
func value(v *ast.Value) string {
	if v == nil {
		return "null"
	}
	return line(v.String(), 200)
}

func (g *gql) typed(name string, t *ast.Type) Field {
	f := Field{Name: name, Type: cut(t.String(), 300), Required: t.NonNull}
	if base := t.Name(); g.defined(base) {
		f.Ref = base
		if d := g.types[base]; d != nil && d.Kind == ast.Enum {
			f.Notes = append(f.Notes, "one of "+enumNames(d))
		}
	}
	return f
}

func enumNames(d *ast.Definition) string {
	var names []string
	for i, v := range d.EnumValues {
		if i == 30 {
			names = append(names, fmt.Sprintf("%d more", len(d.EnumValues)-i))
			break
		}
		names = append(names, v.Name)
	}
	return strings.Join(names, ", ")
}

func (g *gql) field(f *ast.FieldDefinition) Field {
	out := g.typed(f.Name, f.Type)
	out.Text = g.markdown(f.Description, f.Position.Line, 1)
	out.Deprecated, _ = deprecated(f.Directives)
	if f.DefaultValue != nil {
		out.Required = false
		out.Notes = append(out.Notes, "default "+value(f.DefaultValue))
	}
	var args []string
	for _, a := range f.Arguments {
		args = append(args, a.Name+": "+a.Type.String())
	}
	if len(args) > 0 {
		out.Notes = append(out.Notes, line("takes "+strings.Join(args, ", "), 300))
	}
	out.Notes = append(out.Notes, directives(f.Directives)...)
	return out
}

// inside returns the fields of an object, an interface or an input.
func (g *gql) inside(name string) []Field {
	if fs, ok := g.cache[name]; ok {
		return fs
	}
	var out []Field
	for _, f := range g.fields(name) {
		out = append(out, g.field(f))
	}
	for _, d := range append([]*ast.Definition{g.types[name]}, g.extended[name]...) {
		if d == nil {
			continue
		}
		for _, m := range d.Types { // of a union
			f := Field{Name: m, In: "option", Type: m}
			if g.defined(m) {
				f.Ref = m
			}
			out = append(out, f)
		}
	}
	g.cache[name] = out
	return out
}

func (g *gql) operation(kind ast.Operation, f *ast.FieldDefinition) Operation {
	op := Operation{
		Verb: strings.ToUpper(string(kind)),
		Name: f.Name,
		Text: g.markdown(f.Description, f.Position.Line, 1),
	}
	op.ID = g.anchor(string(kind) + "-" + f.Name)
	op.Deprecated, _ = deprecated(f.Directives)
	op.Notes = directives(f.Directives)
	for _, a := range f.Arguments {
		p := g.typed(a.Name, a.Type)
		p.In = "argument"
		p.Text = g.markdown(a.Description, a.Position.Line, 1)
		p.Deprecated, _ = deprecated(a.Directives)
		if a.DefaultValue != nil {
			p.Required = false
			p.Notes = append(p.Notes, "default "+value(a.DefaultValue))
		}
		p.Notes = append(p.Notes, directives(a.Directives)...)
		g.unfold(&p, g.inside, maxUnfold)
		op.Parameters = append(op.Parameters, p)
	}
	result := g.typed("", f.Type)
	// A graph has no natural end: two levels show what can be asked for.
	g.unfold(&result, g.inside, 2)
	op.Responses = []Body{{Schema: &result}}
	op.Request = &Body{Example: g.query(kind, f), Language: "graphql"}
	return op
}

// query writes a request for one field with its required arguments as
// variables and the plain fields of the result.
func (g *gql) query(kind ast.Operation, f *ast.FieldDefinition) string {
	var vars, args []string
	for _, a := range f.Arguments {
		if a.Type.NonNull && a.DefaultValue == nil {
			vars = append(vars, "$"+a.Name+": "+a.Type.String())
			args = append(args, a.Name+": $"+a.Name)
		}
	}
	var b strings.Builder
	b.WriteString(string(kind))
	if len(vars) > 0 {
		b.WriteString(" (" + strings.Join(vars, ", ") + ")")
	}
	b.WriteString(" {\n  " + f.Name)
	if len(args) > 0 {
		b.WriteString("(" + strings.Join(args, ", ") + ")")
	}
	g.selection(&b, f.Type.Name(), 1)
	b.WriteString("\n}")
	return cut(b.String(), exampleBytes)
}

// selection writes the fields of a type that need no arguments, two levels of
// them.
func (g *gql) selection(b *strings.Builder, name string, depth int) {
	d := g.types[name]
	composite := d != nil && (d.Kind == ast.Object || d.Kind == ast.Interface || d.Kind == ast.Union)
	if !composite && len(g.extended[name]) == 0 {
		return
	}
	pad := strings.Repeat("  ", depth+1)
	b.WriteString(" {\n")
	n := 0
	for i, f := range g.fields(name) {
		if n >= 30 || i >= 200 {
			break
		}
		inner := g.types[f.Type.Name()]
		nested := inner != nil && (inner.Kind == ast.Object || inner.Kind == ast.Interface || inner.Kind == ast.Union)
		if nested && depth >= 2 || needsArguments(f) {
			continue
		}
		if old, _ := deprecated(f.Directives); old {
			continue
		}
		b.WriteString(pad + f.Name)
		if nested {
			g.selection(b, f.Type.Name(), depth+1)
		}
		b.WriteString("\n")
		n++
	}
	if d != nil && d.Kind == ast.Union && depth < 3 {
		for _, m := range d.Types[:min(len(d.Types), 10)] {
			b.WriteString(pad + "... on " + m)
			g.selection(b, m, depth+1)
			b.WriteString("\n")
			n++
		}
	}
	if n == 0 {
		b.WriteString(pad + "__typename\n")
	}
	b.WriteString(strings.Repeat("  ", depth) + "}")
}

func needsArguments(f *ast.FieldDefinition) bool {
	for _, a := range f.Arguments {
		if a.Type.NonNull && a.DefaultValue == nil {
			return true
		}
	}
	return false
}

var graphqlKinds = map[ast.DefinitionKind]string{
	ast.Object: "object", ast.Interface: "interface", ast.InputObject: "input",
	ast.Enum: "enum", ast.Union: "union", ast.Scalar: "scalar",
}

func (g *gql) named(name string) Type {
	t := Type{ID: g.anchor("type-" + name), Name: name, Kind: "extension"}
	parts := g.extended[name]
	if d := g.types[name]; d != nil {
		t.Kind = graphqlKinds[d.Kind]
		t.Text = g.markdown(d.Description, d.Position.Line, 1)
		t.Deprecated, _ = deprecated(d.Directives)
		parts = append([]*ast.Definition{d}, parts...)
	}
	for _, d := range parts {
		if len(d.Interfaces) > 0 {
			t.Notes = append(t.Notes, line("implements "+strings.Join(d.Interfaces, ", "), 300))
		}
		t.Notes = append(t.Notes, directives(d.Directives)...)
		for _, v := range d.EnumValues {
			if len(t.Values) == maxLevel {
				break
			}
			t.Values = append(t.Values, v.Name)
			// Values that say something get a line of their own.
			if old, _ := deprecated(v.Directives); old || v.Description != "" {
				t.Fields = append(t.Fields, Field{Name: v.Name, Type: "value", Text: g.markdown(v.Description, v.Position.Line, 1), Deprecated: old, Notes: directives(v.Directives)})
			}
		}
	}
	t.Fields = append(t.Fields, g.inside(name)...)
	t.Fields = t.Fields[:g.few(len(t.Fields), maxLevel, "fields of "+quote(name), 0, 0)]
	return t
}

var graphqlScalars = map[string]bool{"Int": true, "Float": true, "String": true, "Boolean": true, "ID": true}

// unknown complains about types that nothing defines.
func (g *gql) unknown() {
	said := map[string]bool{}
	check := func(t *ast.Type) {
		name := t.Name()
		if said[name] || graphqlScalars[name] || g.defined(name) {
			return
		}
		said[name] = true
		line, column := 0, 0
		if t.Position != nil {
			line, column = t.Position.Line, max(t.Position.Column, 1)
		}
		g.report(line, column, diag.Warning, RuleRef, fmt.Sprintf("the type %s is not defined", quote(name)), diag.DidYouMean(name, g.order[:min(len(g.order), 2000)]))
	}
	for _, name := range g.order {
		for _, f := range g.fields(name) {
			check(f.Type)
			for _, a := range f.Arguments {
				check(a.Type)
			}
		}
	}
}
