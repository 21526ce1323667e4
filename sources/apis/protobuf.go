package apis

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/emicklei/proto"

	"github.com/portolan-dev/portolan/sources/diag"
)

var (
	protoBegin = regexp.MustCompile(`(?m)^(message|enum|service|extend|import|option|package|syntax|edition)\b`)
	protoFault = regexp.MustCompile(`^(?:[^:\n]*:)?(\d+):(\d+): `)
)

// protobuf reads a .proto file. Each service is a group and each of its
// procedures an operation.
func (r *reader) protobuf(text string) {
	r.def.Format = "grpc"
	if r.tooDeep(text) {
		return
	}
	var file *proto.Proto
	ok := r.repair(text, protoBegin, func(text string) (int, int, string) {
		p := proto.NewParser(strings.NewReader(text))
		f, err := p.Parse()
		if err == nil {
			file = f
			return 0, 0, ""
		}
		s := strings.TrimPrefix(err.Error(), "<input>:")
		if m := protoFault.FindStringSubmatch(s); m != nil {
			line1, _ := strconv.Atoi(m[1])
			column, _ := strconv.Atoi(m[2])
			return line1, max(column, 1), line(s[len(m[0]):], 300)
		}
		return 0, 0, line(s, 300)
	})
	if !ok || file == nil {
		return
	}
	p := &pb{reader: r, messages: map[string]*proto.Message{}, enums: map[string]*proto.Enum{}, cache: map[string][]Field{}}
	p.read(file)
}

type pb struct {
	*reader
	pkg      string
	imports  bool
	messages map[string]*proto.Message // by name inside of the package: "Order.Line"
	enums    map[string]*proto.Enum
	order    []string
	cache    map[string][]Field
	unknown  map[string]bool
}

func (p *pb) read(file *proto.Proto) {
	var services []*proto.Service
	for _, e := range file.Elements {
		switch e := e.(type) {
		case *proto.Syntax:
			p.def.Version = line(e.Value, 40)
		case *proto.Edition:
			p.def.Version = line(e.Value, 40)
		case *proto.Package:
			p.pkg = e.Name
			p.def.Title = line(e.Name, 300)
		case *proto.Import:
			p.imports = true
		case *proto.Service:
			services = append(services, e)
		case *proto.Message:
			p.collect("", e, 0)
		case *proto.Enum:
			p.enum("", e)
		}
	}
	for _, s := range services {
		g := Group{Name: line(s.Name, 200), Description: p.comment(s.Comment, nil)}
		for _, e := range s.Elements {
			if rpc, ok := e.(*proto.RPC); ok {
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

func (p *pb) enum(prefix string, e *proto.Enum) {
	name := prefix + e.Name
	if p.enums[name] == nil && p.messages[name] == nil {
		p.enums[name] = e
		p.order = append(p.order, name)
	}
}

func (p *pb) collect(prefix string, m *proto.Message, depth int) {
	name := prefix + m.Name
	if m.IsExtend || depth > maxDepth || p.enums[name] != nil || p.messages[name] != nil {
		return
	}
	p.messages[name] = m
	p.order = append(p.order, name)
	for _, e := range m.Elements {
		switch e := e.(type) {
		case *proto.Message:
			p.collect(name+".", e, depth+1)
		case *proto.Enum:
			p.enum(name+".", e)
		case *proto.Group:
			p.collect(name+".", &proto.Message{Name: e.Name, Comment: e.Comment, Elements: e.Elements}, depth+1)
		}
	}
}

// comment joins the comments of a declaration to Markdown.
func (p *pb) comment(c, inline *proto.Comment) string {
	var parts []string
	for _, c := range []*proto.Comment{c, inline} {
		if c == nil {
			continue
		}
		var lines []string
		for _, l := range c.Lines {
			// One space after the slashes, or a star, is no indentation.
			l = strings.TrimRight(l, " \t\r")
			if c.Cstyle {
				l = strings.TrimPrefix(strings.TrimLeft(l, " \t"), "*")
			}
			l = strings.TrimPrefix(l, " ")
			if strings.HasPrefix(l, "buf:lint:") || strings.HasPrefix(l, "protolint:") {
				continue
			}
			lines = append(lines, l)
		}
		if s := strings.TrimSpace(strings.Join(lines, "\n")); s != "" {
			parts = append(parts, s)
		}
	}
	line := 0
	if c != nil {
		line = c.Position.Line
	}
	return p.markdown(strings.Join(parts, "\n\n"), line, 1)
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
func (p *pb) ref(name, scope string, line, column int) string {
	ref := p.lookup(name, scope)
	if ref != "" || p.imports || protoScalars[name] || p.unknown[name] {
		return ref
	}
	if p.unknown == nil {
		p.unknown = map[string]bool{}
	}
	p.unknown[name] = true
	p.report(line, max(column, 1), diag.Warning, RuleRef, fmt.Sprintf("the type %s is not defined", quote(name)), diag.DidYouMean(name, p.order[:min(len(p.order), 2000)]))
	return ""
}

func isDeprecated(options []*proto.Option) bool {
	for _, o := range options {
		if o.Name == "deprecated" && o.Constant.Source == "true" {
			return true
		}
	}
	return false
}

func (p *pb) field(f *proto.Field, scope, kind string) Field {
	out := Field{Name: f.Name, Type: line(f.Type, 200), Text: p.comment(f.Comment, f.InlineComment), Deprecated: isDeprecated(f.Options)}
	out.Ref = p.ref(f.Type, scope, f.Position.Line, f.Position.Column)
	if kind != "" {
		out.Type = kind + " " + out.Type
	}
	if e := p.enums[out.Ref]; e != nil {
		out.Notes = append(out.Notes, "one of "+strings.Join(protoValues(e, 30), ", "))
	}
	out.Notes = append(out.Notes, "number "+strconv.Itoa(f.Sequence))
	for i, o := range f.Options {
		if i == 10 {
			break
		}
		if o.Name == "deprecated" {
			continue
		}
		out.Notes = append(out.Notes, line(o.Name+" = "+literal(&o.Constant, 0), 200))
	}
	return out
}

// literal writes the value of an option.
func literal(l *proto.Literal, depth int) string {
	switch {
	case depth > 4:
		return "…"
	case len(l.OrderedMap) > 0:
		var parts []string
		for i, n := range l.OrderedMap {
			if i == 10 {
				parts = append(parts, "…")
				break
			}
			if n.Literal != nil {
				parts = append(parts, n.Name+": "+literal(n.Literal, depth+1))
			}
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case len(l.Array) > 0:
		var parts []string
		for i, n := range l.Array {
			if i == 10 {
				parts = append(parts, "…")
				break
			}
			parts = append(parts, literal(n, depth+1))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	}
	return cut(l.Source, 120)
}

func protoValues(e *proto.Enum, most int) []string {
	var out []string
	for _, el := range e.Elements {
		if f, ok := el.(*proto.EnumField); ok {
			if len(out) == most {
				return append(out, "…")
			}
			out = append(out, f.Name)
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
	for _, e := range m.Elements {
		switch e := e.(type) {
		case *proto.NormalField:
			kind := ""
			switch {
			case e.Repeated:
				kind = "repeated"
			case e.Optional:
				kind = "optional"
			}
			f := p.field(e.Field, name, kind)
			f.Required = e.Required
			out = append(out, f)
		case *proto.MapField:
			f := p.field(e.Field, name, "")
			f.Type = line("map of "+e.KeyType+" to "+f.Type, 200)
			out = append(out, f)
		case *proto.Group:
			out = append(out, Field{Name: e.Name, Type: "group", Ref: p.lookup(e.Name, name), Text: p.comment(e.Comment, nil)})
		case *proto.Oneof:
			for _, o := range e.Elements {
				if of, ok := o.(*proto.OneOfField); ok {
					f := p.field(of.Field, name, "")
					f.Notes = append([]string{"only one of " + line(e.Name, 80)}, f.Notes...)
					out = append(out, f)
				}
			}
		}
	}
	p.cache[name] = out
	return out
}

func (p *pb) body(name, scope string, stream bool, at *proto.RPC) *Body {
	f := Field{Type: line(name, 200), Ref: p.ref(name, scope, at.Position.Line, at.Position.Column)}
	p.unfold(&f, p.inside, maxUnfold)
	b := &Body{Schema: &f}
	if stream {
		f.Type = "stream of " + f.Type
	}
	if f.Ref != "" {
		var sb strings.Builder
		p.message(&sb, f.Ref, 0, nil)
		b.Example, b.Language = cut(sb.String(), exampleBytes), "json"
	}
	return b
}

func (p *pb) operation(s *proto.Service, rpc *proto.RPC) Operation {
	op := Operation{Verb: "RPC", Name: line(rpc.Name, 200), Text: p.comment(rpc.Comment, rpc.InlineComment)}
	op.ID = p.anchor(s.Name + "." + rpc.Name)
	op.Request = p.body(rpc.RequestType, "", rpc.StreamsRequest, rpc)
	op.Responses = []Body{*p.body(rpc.ReturnsType, "", rpc.StreamsReturns, rpc)}
	for _, e := range rpc.Elements {
		o, ok := e.(*proto.Option)
		if !ok || len(op.Notes) > 8 {
			continue
		}
		switch o.Name {
		case "deprecated":
			op.Deprecated = o.Constant.Source == "true"
		case "(google.api.http)":
			for _, n := range o.Constant.OrderedMap {
				if verbs[n.Name] && n.Literal != nil {
					op.Notes = append(op.Notes, line("also "+strings.ToUpper(n.Name)+" "+n.Source, 200))
				}
			}
		default:
			op.Notes = append(op.Notes, line(o.Name+" = "+literal(&o.Constant, 0), 200))
		}
	}
	method := s.Name + "/" + rpc.Name
	if p.pkg != "" {
		method = p.pkg + "." + method
	}
	if !rpc.StreamsRequest {
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
		t.Kind, t.Text = "enum", p.comment(e.Comment, nil)
		for _, el := range e.Elements {
			f, ok := el.(*proto.EnumField)
			if !ok || len(t.Values) == maxLevel {
				continue
			}
			t.Values = append(t.Values, f.Name)
			text, old := p.comment(f.Comment, f.InlineComment), false
			for _, o := range f.Elements {
				if o, ok := o.(*proto.Option); ok && o.Name == "deprecated" {
					old = o.Constant.Source == "true"
				}
			}
			if text != "" || old {
				t.Fields = append(t.Fields, Field{Name: f.Name, Type: "value", Text: text, Deprecated: old, Notes: []string{"number " + strconv.Itoa(f.Integer)}})
			}
		}
		return t
	}
	m := p.messages[name]
	t.Kind, t.Text = "message", p.comment(m.Comment, nil)
	for _, e := range m.Elements {
		if o, ok := e.(*proto.Option); ok && o.Name == "deprecated" {
			t.Deprecated = o.Constant.Source == "true"
		}
	}
	fields := p.inside(name)
	t.Fields = append(t.Fields, fields[:min(len(fields), maxLevel)]...)
	return t
}
