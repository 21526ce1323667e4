package apis

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/bufbuild/protocompile/ast"
	"github.com/bufbuild/protocompile/parser"
	"github.com/bufbuild/protocompile/reporter"

	"github.com/portolan-dev/portolan/sources/diag"
)

// protobuf reads a .proto file. Each service is a group and each of its
// procedures an operation. Imports are not opened.
//
// The parser recovers from faults and goes on. The other one that was tried
// (emicklei/proto) loops without end where a procedure's brace is never closed.
func (r *reader) protobuf(text string) {
	r.def.Format = "grpc"
	if r.tooDeep(text) {
		return
	}
	defer func() {
		// What the parser makes of a text with faults may lack anything.
		if recover() != nil {
			r.report(0, 0, diag.Error, RuleInvalid, "the definition confuses the parser; what is missing here is only in its text", "")
		}
	}()
	file := r.parseProto(text)
	if file == nil {
		return
	}
	p := &pb{reader: r, file: file, messages: map[string]*protoMessage{}, enums: map[string]*ast.EnumNode{}, cache: map[string][]Field{}}
	p.read()
}

func (r *reader) parseProto(text string) *ast.FileNode {
	faults := 0
	handler := reporter.NewHandler(reporter.NewReporter(func(err reporter.ErrorWithPos) error {
		if faults++; faults > maxRepairs {
			return err
		}
		pos := err.GetPosition()
		r.report(max(pos.Line, 1), max(pos.Col, 1), diag.Error, RuleInvalid, line(err.Unwrap().Error(), 300), "")
		return nil
	}, nil))
	// The error repeats what the handler was told.
	file, _ := parser.Parse("definition", strings.NewReader(text), handler)
	return file
}

type pb struct {
	*reader
	file     *ast.FileNode
	pkg      string
	imports  bool
	messages map[string]*protoMessage // by name inside of the package: "Order.Line"
	enums    map[string]*ast.EnumNode
	order    []string
	cache    map[string][]Field
	unknown  map[string]bool
}

type protoMessage struct {
	node  ast.Node
	decls []ast.MessageElement
}

func (p *pb) read() {
	var services []*ast.ServiceNode
	switch f := p.file; {
	case f.Syntax != nil:
		p.def.Version = line(f.Syntax.Syntax.AsString(), 40)
	case f.Edition != nil:
		p.def.Version = line(f.Edition.Edition.AsString(), 40)
	}
	for _, d := range p.file.Decls {
		switch d := d.(type) {
		case *ast.PackageNode:
			p.pkg = string(d.Name.AsIdentifier())
			p.def.Title = line(p.pkg, 300)
		case *ast.ImportNode:
			p.imports = true
		case *ast.ServiceNode:
			services = append(services, d)
		case *ast.MessageNode:
			p.collect("", d.Name.Val, d, d.Decls, 0)
		case *ast.EnumNode:
			p.enum("", d)
		}
	}
	for _, s := range services {
		g := Group{Name: line(s.Name.Val, 200), Description: p.comment(s)}
		for _, d := range s.Decls {
			if rpc, ok := d.(*ast.RPCNode); ok {
				p.add(&g, p.operation(s, rpc))
			}
		}
		p.def.Groups = append(p.def.Groups, g)
	}
	for i, name := range p.order {
		if len(p.def.Types) >= maxTypes {
			p.report(0, 0, diag.Warning, RuleLimit, fmt.Sprintf("%d types beyond the first %d are only in the text", len(p.order)-i, maxTypes), "")
			break
		}
		p.def.Types = append(p.def.Types, p.named(name))
	}
}

func (p *pb) enum(prefix string, e *ast.EnumNode) {
	name := prefix + e.Name.Val
	if p.enums[name] == nil && p.messages[name] == nil {
		p.enums[name] = e
		p.order = append(p.order, name)
	}
}

func (p *pb) collect(prefix, name string, node ast.Node, decls []ast.MessageElement, depth int) {
	name = prefix + name
	if depth > maxDepth || p.enums[name] != nil || p.messages[name] != nil {
		return
	}
	p.messages[name] = &protoMessage{node, decls}
	p.order = append(p.order, name)
	for _, d := range decls {
		switch d := d.(type) {
		case *ast.MessageNode:
			p.collect(name+".", d.Name.Val, d, d.Decls, depth+1)
		case *ast.EnumNode:
			p.enum(name+".", d)
		case *ast.GroupNode:
			p.collect(name+".", d.Name.Val, d, d.Decls, depth+1)
		}
	}
}

// comment returns the comments right above a declaration and at its end as
// Markdown. Comments that an empty line parts from it belong to the file.
func (p *pb) comment(n ast.Node) string {
	info := p.file.NodeInfo(n)
	above := info.LeadingComments()
	next := info.Start().Line
	from := above.Len()
	for from > 0 && above.Index(from-1).End().Line >= next-1 {
		from--
		next = above.Index(from).Start().Line
	}
	var lines []string
	for i := from; i < above.Len(); i++ {
		lines = append(lines, commentLines(above.Index(i).RawText())...)
	}
	// At the end of a block would be inside of it or after it.
	if after := info.TrailingComments(); after.Len() > 0 && info.Start().Line == info.End().Line {
		lines = append(lines, "")
		for i := range after.Len() {
			if after.Index(i).Start().Line == info.End().Line {
				lines = append(lines, commentLines(after.Index(i).RawText())...)
			}
		}
	}
	return p.markdown(strings.Join(lines, "\n"), info.Start().Line, 1)
}

// commentLines takes the marks of a comment away.
func commentLines(raw string) []string {
	block := strings.HasPrefix(raw, "/*")
	if block {
		raw = strings.TrimSuffix(strings.TrimLeft(raw[1:], "*"), "*/")
	} else {
		raw = strings.TrimLeft(raw, "/")
	}
	var out []string
	for l := range strings.SplitSeq(raw, "\n") {
		l = strings.TrimRight(l, " \t\r")
		if block {
			l = strings.TrimPrefix(strings.TrimLeft(l, " \t"), "*")
		}
		l = strings.TrimPrefix(l, " ")
		if strings.HasPrefix(l, "buf:lint:") || strings.HasPrefix(l, "protolint:") {
			continue
		}
		out = append(out, l)
	}
	return out
}

// lookup resolves a type name as protobuf does: from the innermost scope
// outwards, or from the root if it begins with a dot.
func (p *pb) lookup(name, scope string) string {
	if abs, ok := strings.CutPrefix(name, "."); ok {
		name, scope = abs, ""
	}
	for {
		full := name
		if scope != "" {
			full = scope + "." + name
		}
		if p.messages[full] != nil || p.enums[full] != nil {
			return full
		}
		if scope == "" {
			break
		}
		scope = scope[:max(strings.LastIndexByte(scope, '.'), 0)]
	}
	if short, ok := strings.CutPrefix(name, p.pkg+"."); ok && p.pkg != "" {
		if p.messages[short] != nil || p.enums[short] != nil {
			return short
		}
	}
	return ""
}

var protoScalars = map[string]bool{
	"double": true, "float": true, "int32": true, "int64": true, "uint32": true, "uint64": true, "sint32": true,
	"sint64": true, "fixed32": true, "fixed64": true, "sfixed32": true, "sfixed64": true, "bool": true, "string": true, "bytes": true,
}

// ref resolves a type and complains about one that nothing defines; a file
// that imports others may have it from there.
func (p *pb) ref(name, scope string, at ast.Node) string {
	ref := p.lookup(name, scope)
	if ref != "" || p.imports || protoScalars[name] || p.unknown[name] {
		return ref
	}
	if p.unknown == nil {
		p.unknown = map[string]bool{}
	}
	p.unknown[name] = true
	pos := p.file.NodeInfo(at).Start()
	p.report(pos.Line, max(pos.Col, 1), diag.Warning, RuleRef, fmt.Sprintf("the type %s is not defined", quote(name)), diag.DidYouMean(name, p.order[:min(len(p.order), 2000)]))
	return ""
}

// optionName writes the name of an option: "(validate.rules).repeated.min_items".
func optionName(n *ast.OptionNameNode) string {
	var parts []string
	for _, p := range n.Parts {
		parts = append(parts, p.Value())
	}
	return strings.Join(parts, ".")
}

// options says in words which options a thing has, and whether one of them
// says that it is deprecated.
func options(list []*ast.OptionNode) (notes []string, deprecated bool) {
	for _, o := range list {
		if len(notes) == 10 {
			break
		}
		name := optionName(o.Name)
		v := literal(o.Val, 0)
		switch {
		case name == "deprecated":
			deprecated = deprecated || v == "true"
		case name == "(google.api.http)":
			if m, ok := o.Val.(*ast.MessageLiteralNode); ok {
				for _, f := range m.Elements {
					if verb := f.Name.Value(); verbs[verb] {
						notes = append(notes, line("also "+strings.ToUpper(verb)+" "+strings.Trim(literal(f.Val, 0), `"`), 200))
					}
				}
			}
		default:
			notes = append(notes, line(name+" = "+v, 200))
		}
	}
	return notes, deprecated
}

// within returns the options among the declarations of a block.
func within[T ast.Node](decls []T) []*ast.OptionNode {
	var out []*ast.OptionNode
	for _, d := range decls {
		if o, ok := any(d).(*ast.OptionNode); ok {
			out = append(out, o)
		}
	}
	return out
}

// literal writes the value of an option.
func literal(v ast.ValueNode, depth int) string {
	if depth > 4 {
		return "…"
	}
	switch v := v.(type) {
	case nil:
		return ""
	case *ast.MessageLiteralNode:
		var parts []string
		for i, f := range v.Elements {
			if i == 10 {
				parts = append(parts, "…")
				break
			}
			parts = append(parts, f.Name.Value()+": "+literal(f.Val, depth+1))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case *ast.ArrayLiteralNode:
		var parts []string
		for i, e := range v.Elements {
			if i == 10 {
				parts = append(parts, "…")
				break
			}
			parts = append(parts, literal(e, depth+1))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case ast.StringValueNode:
		return quote(v.AsString())
	case ast.IdentValueNode:
		return cut(string(v.AsIdentifier()), 120)
	}
	return cut(fmt.Sprint(v.Value()), 120)
}

func (p *pb) field(n ast.Node, compact *ast.CompactOptionsNode, name, kind string, tag *ast.UintLiteralNode, scope, prefix string) Field {
	out := Field{Name: line(name, 200), Type: line(kind, 200), Text: p.comment(n)}
	out.Ref = p.ref(kind, scope, n)
	if prefix != "" {
		out.Type = prefix + " " + out.Type
	}
	if e := p.enums[out.Ref]; e != nil {
		out.Notes = append(out.Notes, "one of "+strings.Join(protoValues(e, 30), ", "))
	}
	if tag != nil {
		out.Notes = append(out.Notes, "number "+strconv.FormatUint(tag.Val, 10))
	}
	notes, deprecated := options(compact.GetElements())
	out.Notes, out.Deprecated = append(out.Notes, notes...), deprecated
	return out
}

func protoValues(e *ast.EnumNode, most int) []string {
	var out []string
	for _, d := range e.Decls {
		if v, ok := d.(*ast.EnumValueNode); ok {
			if len(out) == most {
				return append(out, "…")
			}
			out = append(out, v.Name.Val)
		}
	}
	return out
}

// inside returns the fields of a message.
func (p *pb) inside(name string) []Field {
	if fs, ok := p.cache[name]; ok {
		return fs
	}
	m := p.messages[name]
	if m == nil {
		return nil
	}
	var out []Field
	plain := func(n *ast.FieldNode) Field {
		prefix := ""
		switch {
		case n.Label.Repeated:
			prefix = "repeated"
		case n.Label.IsPresent() && !n.Label.Required:
			prefix = "optional"
		}
		f := p.field(n, n.Options, n.Name.Val, string(n.FldType.AsIdentifier()), n.Tag, name, prefix)
		f.Required = n.Label.Required
		return f
	}
	for _, d := range m.decls {
		switch d := d.(type) {
		case *ast.FieldNode:
			out = append(out, plain(d))
		case *ast.MapFieldNode:
			f := p.field(d, d.Options, d.Name.Val, string(d.MapType.ValueType.AsIdentifier()), d.Tag, name, "map of "+line(d.MapType.KeyType.Val, 80)+" to")
			out = append(out, f)
		case *ast.GroupNode:
			out = append(out, Field{Name: line(d.Name.Val, 200), Type: "group", Ref: p.lookup(d.Name.Val, name), Text: p.comment(d)})
		case *ast.OneofNode:
			for _, o := range d.Decls {
				if n, ok := o.(*ast.FieldNode); ok {
					f := plain(n)
					f.Notes = append([]string{"only one of " + line(d.Name.Val, 80)}, f.Notes...)
					out = append(out, f)
				}
			}
		}
	}
	p.cache[name] = out
	return out
}

func (p *pb) body(n *ast.RPCTypeNode) *Body {
	if n == nil || n.MessageType == nil {
		return &Body{}
	}
	name := string(n.MessageType.AsIdentifier())
	f := Field{Type: line(name, 200), Ref: p.ref(name, "", n)}
	p.unfold(&f, p.inside, maxUnfold)
	b := &Body{Schema: &f}
	if n.Stream != nil {
		f.Type = "stream of " + f.Type
	}
	if f.Ref != "" {
		var sb strings.Builder
		p.message(&sb, f.Ref, 0, nil)
		b.Example, b.Language = cut(sb.String(), exampleBytes), "json"
	}
	return b
}

func (p *pb) operation(s *ast.ServiceNode, rpc *ast.RPCNode) Operation {
	op := Operation{Verb: "RPC", Name: line(rpc.Name.Val, 200), Text: p.comment(rpc)}
	op.ID = p.anchor(s.Name.Val + "." + rpc.Name.Val)
	op.Request = p.body(rpc.Input)
	op.Responses = []Body{*p.body(rpc.Output)}
	op.Notes, op.Deprecated = options(within(rpc.Decls))
	method := s.Name.Val + "/" + rpc.Name.Val
	if p.pkg != "" {
		method = p.pkg + "." + method
	}
	if rpc.Input != nil && rpc.Input.Stream == nil {
		op.Call = "grpcurl"
		if op.Request.Example != "" && op.Request.Example != "{}" {
			op.Call += " -d " + shell(op.Request.Example)
		}
		op.Call += ` "$HOST" ` + shell(method)
	}
	return op
}

// message writes an example of a message as protobuf's JSON form has it.
func (p *pb) message(b *strings.Builder, name string, depth int, up []string) {
	fields := p.inside(name)
	fields = fields[:min(len(fields), 200)]
	pad := strings.Repeat("  ", depth+1)
	n := 0
	b.WriteByte('{')
	for _, f := range fields {
		if n == 40 || b.Len() > exampleBytes {
			break
		}
		v := ""
		switch {
		case p.messages[f.Ref] != nil:
			if depth >= 4 || contains(up, f.Ref) || f.Ref == name {
				continue
			}
			var sb strings.Builder
			p.message(&sb, f.Ref, depth+1, append(up, name))
			v = sb.String()
		case p.enums[f.Ref] != nil:
			values := protoValues(p.enums[f.Ref], 2)
			if len(values) == 0 {
				continue
			}
			v = strconv.Quote(values[len(values)-1])
			if values[len(values)-1] == "…" && len(values) > 1 {
				v = strconv.Quote(values[1])
			}
		default:
			v = protoValue(f.Type)
		}
		if strings.HasPrefix(f.Type, "repeated ") {
			v = "[" + v + "]"
		} else if strings.HasPrefix(f.Type, "map of ") {
			v = `{"key": ` + v + "}"
		}
		if n > 0 {
			b.WriteByte(',')
		}
		n++
		b.WriteString("\n" + pad + strconv.Quote(jsonName(f.Name)) + ": " + v)
	}
	if n > 0 {
		b.WriteString("\n" + strings.Repeat("  ", depth))
	}
	b.WriteByte('}')
}

func contains(list []string, s string) bool {
	for _, l := range list {
		if l == s {
			return true
		}
	}
	return false
}

// protoValue returns an example of a scalar, or of a well-known type.
func protoValue(kind string) string {
	kind = kind[strings.LastIndexByte(kind, ' ')+1:]
	switch kind {
	case "string":
		return `"text"`
	case "bool", "google.protobuf.BoolValue":
		return "true"
	case "bytes":
		return `"ZXhhbXBsZQ=="`
	case "double", "float":
		return "1.5"
	case "int64", "uint64", "sint64", "fixed64", "sfixed64":
		return `"1"`
	case "int32", "uint32", "sint32", "fixed32", "sfixed32":
		return "1"
	case "google.protobuf.Timestamp":
		return `"2026-01-31T09:30:00Z"`
	case "google.protobuf.Duration":
		return `"30s"`
	case "google.protobuf.FieldMask":
		return `"name"`
	case "google.protobuf.StringValue":
		return `"text"`
	}
	return "{}"
}

// jsonName is the lowerCamelCase name that protobuf's JSON form uses.
func jsonName(s string) string {
	var b strings.Builder
	up := false
	for _, r := range s {
		if r == '_' {
			up = true
			continue
		}
		if up {
			b.WriteString(strings.ToUpper(string(r)))
		} else {
			b.WriteRune(r)
		}
		up = false
	}
	return b.String()
}

func (p *pb) named(name string) Type {
	t := Type{ID: p.anchor("type-" + name), Name: line(name, 200)}
	if e := p.enums[name]; e != nil {
		t.Kind, t.Text = "enum", p.comment(e)
		t.Notes, t.Deprecated = options(within(e.Decls))
		for _, d := range e.Decls {
			v, ok := d.(*ast.EnumValueNode)
			if !ok || len(t.Values) == maxLevel {
				continue
			}
			t.Values = append(t.Values, v.Name.Val)
			text := p.comment(v)
			if notes, old := options(v.Options.GetElements()); text != "" || old {
				number := "number " + cut(fmt.Sprint(v.Number.Value()), 40)
				t.Fields = append(t.Fields, Field{Name: v.Name.Val, Type: "value", Text: text, Deprecated: old, Notes: append([]string{number}, notes...)})
			}
		}
		return t
	}
	m := p.messages[name]
	t.Kind, t.Text = "message", p.comment(m.node)
	t.Notes, t.Deprecated = options(within(m.decls))
	fields := p.inside(name)
	t.Fields = append(t.Fields, fields[:p.few(len(fields), maxLevel, "fields of "+quote(name), 0, 0)]...)
	return t
}
