package apis

import (
	"fmt"
	"slices"
	"strings"

	"github.com/portolan-dev/portolan/sources/diag"
	"github.com/portolan-dev/portolan/sources/yamldoc"
)

// openapi reads OpenAPI 3.0 to 3.2 and Swagger 2.0.
//
// It reads the tree itself. The library that was measured for it
// (pb33f/libopenapi) follows nothing outside and is quick, but gives no model
// at all when one reference leads nowhere, and such definitions are many.
func (r *reader) openapi(root *yamldoc.Node) {
	o := &oas{definition: r.def}
	if v := root.Get("swagger"); v != nil && root.Get("openapi") == nil {
		o.v2 = true
		o.tree = newTree(r, root, "#/definitions/")
	} else {
		o.tree = newTree(r, root, "#/components/schemas/")
	}
	r.def.Format = "openapi"
	o.version()
	o.info()
	o.servers()
	o.auth()
	o.operations()
	if o.v2 {
		o.namedTypes(root.Get("definitions"))
	} else {
		o.namedTypes(root.Get("components", "schemas"))
	}
	o.examine()
}

type oas struct {
	*tree
	definition *Definition
	v2         bool
	security   *yamldoc.Node // of the whole API
	ids        map[string]bool
}

func (o *oas) version() {
	key, known := "openapi", []string{"3.0", "3.1", "3.2"}
	if o.v2 {
		key, known = "swagger", []string{"2.0"}
	}
	f := o.root.Field(key)
	v := line(word(f.Value), 40)
	o.def.Version = v
	for _, k := range known {
		if v == k || strings.HasPrefix(v, k+".") || v == strings.TrimSuffix(k, ".0") {
			return
		}
	}
	o.report(f.Line, f.Column, diag.Warning, RuleVersion,
		fmt.Sprintf("%s %s is not a version that is known", key, quote(v)), "known are 2.0, 3.0, 3.1 and 3.2")
}

// info reads what OpenAPI and AsyncAPI say about themselves in the same words.
func (t *tree) info() {
	info := t.root.Field("info")
	if info == nil || info.Value == nil || info.Value.Kind != yamldoc.Map {
		t.report(1, 1, diag.Warning, RuleShape, "the definition has no info", "add info with title and version")
		return
	}
	i := info.Value
	t.def.Title = line(word(i.Get("title")), 300)
	t.def.Release = line(word(i.Get("version")), 80)
	text := word(i.Get("description"))
	if s := word(i.Get("summary")); s != "" && text != "" {
		text = s + "\n\n" + text
	} else if s != "" {
		text = s
	}
	line, column := info.Line, info.Column
	if f := i.Field("description"); f != nil {
		line, column = f.Line, f.Column
	}
	t.def.Summary = t.markdown(text, line, column)
}

// maxServers bounds how many addresses are shown.
const maxServers = 50

func (o *oas) servers() {
	if !o.v2 {
		for _, s := range items(o.root.Get("servers")) {
			if len(o.def.Servers) == maxServers {
				break
			}
			o.def.Servers = append(o.def.Servers, o.server(s, word(s.Get("url"))))
		}
		return
	}
	host, base := word(o.root.Get("host")), word(o.root.Get("basePath"))
	if host == "" && base == "" {
		return
	}
	schemes := items(o.root.Get("schemes"))
	for _, s := range schemes[:min(len(schemes), maxServers)] {
		o.def.Servers = append(o.def.Servers, Server{URL: line(word(s)+"://"+host+base, 500)})
	}
	if len(schemes) == 0 {
		if host != "" {
			host = "https://" + host
		}
		o.def.Servers = append(o.def.Servers, Server{URL: line(host+base, 500)})
	}
}

// server fills the variables of an address with their defaults.
func (t *tree) server(s *yamldoc.Node, address string) Server {
	out := Server{Description: t.markdown(word(s.Get("description")), s.Line, s.Column)}
	for i, v := range fields(s.Get("variables")) {
		if i == 20 {
			break
		}
		def := word(v.Value.Get("default"))
		if def != "" {
			address = strings.ReplaceAll(address, "{"+v.Key+"}", def)
		}
		if values := items(v.Value.Get("enum")); len(values) > 0 {
			choice := line(v.Key, 80) + " is one of " + list(values)
			if out.Description != "" {
				choice = out.Description + "; " + choice
			}
			out.Description = choice
		}
	}
	out.URL = line(address, 500)
	return out
}

func (o *oas) auth() {
	o.security = o.root.Get("security")
	schemes := o.root.Get("components", "securitySchemes")
	if o.v2 {
		schemes = o.root.Get("securityDefinitions")
	}
	o.schemes(schemes)
}

func (t *tree) schemes(m *yamldoc.Node) {
	for i, f := range fields(m) {
		if i == maxLevel {
			break
		}
		n, _ := t.resolve(f.Value)
		if n == nil {
			continue
		}
		t.def.Auth = append(t.def.Auth, Scheme{
			Name: line(f.Key, 120), Kind: schemeKind(n), Text: t.markdown(word(n.Get("description")), f.Line, f.Column),
		})
	}
}

func schemeKind(n *yamldoc.Node) string {
	name := line(word(n.Get("name")), 80)
	switch kind := line(word(n.Get("type")), 40); kind {
	case "apiKey", "httpApiKey":
		if name == "" {
			return "API key"
		}
		return fmt.Sprintf("API key in the %s %s", line(word(n.Get("in")), 40), name)
	case "http":
		s := "HTTP " + line(word(n.Get("scheme")), 40)
		if f := line(word(n.Get("bearerFormat")), 40); f != "" {
			s += " (" + f + ")"
		}
		return s
	case "basic":
		return "HTTP basic"
	case "oauth2":
		var flows []string
		for _, f := range fields(n.Get("flows")) {
			flows = append(flows, line(f.Key, 40))
			if len(flows) == 6 {
				break
			}
		}
		if f := word(n.Get("flow")); f != "" {
			flows = append(flows, line(f, 40))
		}
		if len(flows) == 0 {
			return "OAuth 2"
		}
		return "OAuth 2 (" + strings.Join(flows, ", ") + ")"
	case "openIdConnect":
		return "OpenID Connect"
	case "mutualTLS", "X509":
		return "client certificate"
	default:
		return kind
	}
}

// needs says who may call, from a list of alternatives.
func needs(security *yamldoc.Node) string {
	var ways []string
	for i, alt := range items(security) {
		if i == 8 {
			break
		}
		var all []string
		for j, f := range fields(alt) {
			if j == 8 {
				break
			}
			s := line(f.Key, 80)
			var scopes []string
			for _, scope := range items(f.Value) {
				if len(scopes) == 12 {
					break
				}
				scopes = append(scopes, line(word(scope), 80))
			}
			if len(scopes) > 0 {
				s += " (" + strings.Join(scopes, ", ") + ")"
			}
			all = append(all, s)
		}
		if len(all) == 0 {
			all = []string{"nothing"}
		}
		ways = append(ways, join(all, "and"))
	}
	if len(ways) == 0 {
		return ""
	}
	if len(ways) == 1 && ways[0] == "nothing" {
		return "needs no authentication"
	}
	return "needs " + join(ways, "or")
}

// verbs are the keys of a path item that are operations.
var verbs = map[string]bool{
	"get": true, "put": true, "post": true, "delete": true, "options": true,
	"head": true, "patch": true, "trace": true, "query": true,
}

// A grouper keeps groups in the order in which they are wanted.
type grouper struct {
	groups []*Group
	byName map[string]*Group
}

func (g *grouper) get(name string) *Group {
	if gr := g.byName[name]; gr != nil {
		return gr
	}
	if g.byName == nil {
		g.byName = map[string]*Group{}
	}
	gr := &Group{Name: name}
	g.byName[name] = gr
	g.groups = append(g.groups, gr)
	return gr
}

// list returns the groups that have operations. Those without a tag come last
// and get a name that says so.
func (g *grouper) list() []Group {
	var out []Group
	var rest *Group
	for _, gr := range g.groups {
		switch {
		case len(gr.Operations) == 0 && gr.Description == "":
		case gr.Name == "":
			rest = gr
		case len(gr.Operations) > 0:
			out = append(out, *gr)
		}
	}
	if rest != nil {
		rest.Name = "Operations"
		if len(out) > 0 {
			rest.Name = "Other operations"
		}
		out = append(out, *rest)
	}
	return out
}

func (o *oas) operations() {
	o.ids = map[string]bool{}
	var g grouper
	for _, t := range items(o.root.Get("tags")) {
		if name := line(word(t.Get("name")), 120); name != "" && len(g.groups) < maxLevel {
			gr := g.get(name)
			gr.Description = o.markdown(word(t.Get("description")), t.Line, t.Column)
		}
	}
	paths := o.root.Field("paths")
	if paths != nil && paths.Value != nil && paths.Value.Kind != yamldoc.Map && paths.Value.Kind != yamldoc.Null {
		o.report(paths.Line, paths.Column, diag.Warning, RuleShape, "paths has to be a map", "write each path as a key that begins with a slash")
	}
	if paths != nil {
		for _, f := range fields(paths.Value) {
			if strings.HasPrefix(f.Key, "x-") {
				continue
			}
			o.item(&g, "", f, 0)
		}
	}
	for _, f := range fields(o.root.Get("webhooks")) {
		o.item(&g, "Webhooks", f, 0)
	}
	o.def.Groups = g.list()
}

// item reads a path item. A group of "" means that the tags decide.
func (o *oas) item(g *grouper, group string, f yamldoc.Field, depth int) {
	n, _ := o.resolve(f.Value)
	if n == nil {
		return
	}
	if n.Kind != yamldoc.Map {
		if n.Kind != yamldoc.Null {
			o.report(f.Line, f.Column, diag.Warning, RuleShape, fmt.Sprintf("the path %s has to be a map of operations", quote(f.Key)), "")
		}
		return
	}
	for _, m := range n.Fields {
		if verbs[strings.ToLower(m.Key)] {
			o.operation(g, group, f.Key, m, n, depth)
		}
	}
	for _, m := range fields(n.Get("additionalOperations")) { // OpenAPI 3.2
		o.operation(g, group, f.Key, m, n, depth)
	}
}

func (o *oas) operation(g *grouper, group, path string, m yamldoc.Field, item *yamldoc.Node, depth int) {
	n := m.Value
	if n == nil || n.Kind != yamldoc.Map {
		o.report(m.Line, m.Column, diag.Warning, RuleShape, fmt.Sprintf("%s %s has to be a map", strings.ToUpper(line(m.Key, 20)), quote(path)), "")
		return
	}
	if o.count >= maxOperations {
		o.tooMany++
		return
	}
	op := Operation{
		Verb:       strings.ToUpper(line(m.Key, 20)),
		Name:       line(path, 500),
		Summary:    line(word(n.Get("summary")), 300),
		Deprecated: isTrue(n.Get("deprecated")),
	}
	text := n.Get("description")
	if text == nil {
		text = item.Get("description")
	}
	if text != nil {
		op.Text = o.markdown(word(text), text.Line, text.Column)
	}
	id := word(n.Get("operationId"))
	if id != "" && o.ids[id] {
		f := n.Field("operationId")
		o.report(f.Line, f.Column, diag.Warning, RuleDuplicate, fmt.Sprintf("another operation has the id %s already", quote(id)), "give every operation an id of its own")
	}
	o.ids[id] = true
	op.ID = o.anchor(id, strings.ToLower(m.Key)+"-"+path)

	security := n.Get("security")
	if security == nil {
		security = o.security
	} else if security.Kind == yamldoc.List && len(security.Items) == 0 {
		op.Notes = append(op.Notes, "needs no authentication")
	}
	if s := needs(security); s != "" {
		op.Notes = append(op.Notes, s)
	}
	o.parameters(&op, n, item)
	if !o.v2 {
		op.Request = o.request(n.Get("requestBody"))
	}
	o.responses(&op, n)
	if group == "" { // webhooks and callbacks are called by the API, at addresses it is told
		op.Call = o.call(&op)
	}
	if group == "" {
		if tags := items(n.Get("tags")); len(tags) > 0 {
			group = line(word(tags[0]), 120)
		}
	}
	o.add(g.get(group), op)
	if depth == 0 {
		for _, c := range fields(n.Get("callbacks")) {
			cb, _ := o.resolve(c.Value)
			for _, p := range fields(cb) {
				o.item(g, "Callbacks", p, depth+1)
			}
		}
	}
}

// parameters reads those of the operation and those of its path that the
// operation does not replace.
func (o *oas) parameters(op *Operation, n, item *yamldoc.Node) {
	seen := map[string]bool{}
	var form []*yamldoc.Node
	for _, list := range []*yamldoc.Node{n.Get("parameters"), item.Get("parameters")} {
		all := items(list)
		if len(all) > maxParameters {
			o.complain(fmt.Sprint("parameters", list.Line, ":", list.Column), list, 0, 0, diag.Warning, RuleLimit, fmt.Sprintf("%d parameters beyond the first %d are only in the text", len(all)-maxParameters, maxParameters), "")
		}
		for _, ref := range all {
			if len(op.Parameters)+len(form) >= maxParameters || !o.spend(1, false) {
				break
			}
			p, _ := o.resolve(ref)
			if p == nil || p.Kind != yamldoc.Map {
				continue
			}
			in, name := line(word(p.Get("in")), 40), word(p.Get("name"))
			if seen[in+"\x00"+name] {
				continue
			}
			seen[in+"\x00"+name] = true
			if o.v2 && in == "body" {
				op.Request = &Body{Description: o.markdown(word(p.Get("description")), p.Line, p.Column)}
				o.fill(op.Request, p.Get("schema"), o.media("consumes", n), true)
				continue
			}
			if o.v2 && in == "formData" {
				form = append(form, p)
				continue
			}
			op.Parameters = append(op.Parameters, o.parameter(p, name, in))
		}
	}
	if len(form) > 0 {
		o.form(op, n, form)
	}
	// By place, so that a page can put a heading over each; the author's order
	// stays inside.
	slices.SortStableFunc(op.Parameters, func(a, b Field) int { return place(a.In) - place(b.In) })
}

func place(in string) int {
	switch in {
	case "path":
		return 0
	case "query", "querystring":
		return 1
	case "header":
		return 2
	case "cookie":
		return 3
	}
	return 4
}

// parameter reads a parameter or a header.
func (o *oas) parameter(p *yamldoc.Node, name, in string) Field {
	schema := p.Get("schema")
	if schema == nil {
		for _, m := range fields(p.Get("content")) {
			schema = m.Value.Get("schema")
			break
		}
	}
	if schema == nil && o.v2 {
		schema = p // version 2 writes the schema's keywords beside the parameter's
	}
	f := o.field(name, schema, isTrue(p.Get("required")), true)
	f.In = in
	f.Deprecated = f.Deprecated || isTrue(p.Get("deprecated"))
	if text := p.Get("description"); text != nil {
		f.Text = o.markdown(word(text), text.Line, text.Column)
	}
	if e, ok := paramExample(p); ok {
		f.Notes = append(f.Notes, "for example "+short(e))
	} else if schema != nil && schema != p {
		if e, ok := paramExample(schema); ok {
			f.Notes = append(f.Notes, "for example "+short(e))
		}
	}
	return f
}

func paramExample(p *yamldoc.Node) (*yamldoc.Node, bool) {
	if f := p.Field("example"); f != nil {
		return f.Value, true
	}
	switch e := p.Get("examples"); {
	case len(items(e)) > 0:
		return e.Items[0], true
	case len(fields(e)) > 0:
		if f := e.Fields[0].Value.Field("value"); f != nil {
			return f.Value, true
		}
	}
	return nil, false
}

// media returns the first of the media types that version 2 names, and the rest.
func (o *oas) media(key string, n *yamldoc.Node) []string {
	list := n.Get(key)
	if list == nil {
		list = o.root.Get(key)
	}
	var out []string
	for _, m := range items(list) {
		out = append(out, line(word(m), 120))
		if len(out) == 20 {
			break
		}
	}
	if len(out) == 0 {
		out = []string{"application/json"}
	}
	sortMedia(out)
	return out
}

// sortMedia puts JSON first: it is what examples are read in.
func sortMedia(m []string) {
	slices.SortStableFunc(m, func(a, b string) int { return mediaRank(a) - mediaRank(b) })
}

func mediaRank(m string) int {
	switch {
	case strings.HasPrefix(m, "application/json"):
		return 0
	case isJSON(m):
		return 1
	}
	return 2
}

func (o *oas) form(op *Operation, n *yamldoc.Node, form []*yamldoc.Node) {
	media := "application/x-www-form-urlencoded"
	root := Field{Type: "form"}
	e := exampler{t: o.tree, left: exampleNodes}
	values := &yamldoc.Node{Kind: yamldoc.Map}
	for _, p := range form {
		name := word(p.Get("name"))
		f := o.parameter(p, name, "form")
		root.Fields = append(root.Fields, f)
		s := o.schema(p)
		if s.is("file") {
			media = "multipart/form-data"
		}
		if v := e.value(s, 0, nil); v != nil {
			values.Fields = append(values.Fields, yamldoc.Field{Key: name, Value: v})
		}
	}
	for _, m := range items(n.Get("consumes")) {
		if strings.HasPrefix(word(m), "multipart/") {
			media = "multipart/form-data"
		}
	}
	op.Request = &Body{Media: media, Schema: &root}
	op.Request.Example, op.Request.Language = write(values, media, "form")
}

// fill sets schema and example of a body that has one schema for all media types.
func (o *oas) fill(b *Body, schema *yamldoc.Node, media []string, request bool) {
	if schema == nil {
		return
	}
	b.Media, b.Also = media[0], media[1:]
	if len(b.Also) == 0 {
		b.Also = nil
	}
	f := o.field("", schema, false, true)
	b.Schema = &f
	b.Example, b.Language = o.example(schema, b.Media, request)
}

func (o *oas) request(ref *yamldoc.Node) *Body {
	if ref == nil {
		return nil
	}
	n, _ := o.resolve(ref)
	if n == nil || n.Kind != yamldoc.Map {
		return nil
	}
	b := &Body{Description: o.markdown(word(n.Get("description")), n.Line, n.Column)}
	o.content(b, n.Get("content"), true)
	if b.Schema != nil {
		b.Schema.Required = isTrue(n.Get("required"))
	}
	return b
}

// content reads a map of media types: the one that reads best, and the names
// of the others.
func (o *oas) content(b *Body, content *yamldoc.Node, request bool) {
	all := fields(content)
	if len(all) == 0 {
		return
	}
	best := 0
	for i := range all {
		if mediaRank(all[i].Key) < mediaRank(all[best].Key) {
			best = i
		}
	}
	b.Media = line(all[best].Key, 120)
	for i := range all {
		if i != best && len(b.Also) < 20 {
			b.Also = append(b.Also, line(all[i].Key, 120))
		}
	}
	m, _ := o.resolve(all[best].Value)
	if m == nil {
		return
	}
	schema := m.Get("schema")
	if schema == nil {
		schema = m.Get("itemSchema") // OpenAPI 3.2: a stream of these
	}
	if schema != nil {
		f := o.field("", schema, false, true)
		b.Schema = &f
	}
	if e, ok := o.mediaExample(m); ok {
		b.Example, b.Language = write(e, b.Media, "root")
		return
	}
	b.Example, b.Language = o.example(schema, b.Media, request)
}

func (o *oas) mediaExample(m *yamldoc.Node) (*yamldoc.Node, bool) {
	if f := m.Field("example"); f != nil && f.Value != nil {
		return f.Value, true
	}
	for _, f := range fields(m.Get("examples")) {
		e, _ := o.resolve(f.Value)
		for _, key := range [...]string{"value", "dataValue"} {
			if v := e.Field(key); v != nil && v.Value != nil {
				return v.Value, true
			}
		}
	}
	return nil, false
}

func (o *oas) responses(op *Operation, n *yamldoc.Node) {
	rs := n.Field("responses")
	if rs == nil {
		return
	}
	for i, f := range fields(rs.Value) {
		if i == maxResponses || !o.spend(1, false) {
			break
		}
		if strings.HasPrefix(f.Key, "x-") {
			continue
		}
		b := Body{Status: line(f.Key, 40)}
		r, _ := o.resolve(f.Value)
		if r == nil || r.Kind != yamldoc.Map {
			op.Responses = append(op.Responses, b)
			continue
		}
		b.Description = o.markdown(word(r.Get("description")), f.Line, f.Column)
		for j, h := range fields(r.Get("headers")) {
			if j == 100 || !o.spend(1, false) {
				break
			}
			if hn, _ := o.resolve(h.Value); hn != nil {
				b.Headers = append(b.Headers, o.parameter(hn, h.Key, "header"))
			}
		}
		if o.v2 {
			media := o.media("produces", n)
			o.fill(&b, r.Get("schema"), media, false)
			for _, e := range fields(r.Get("examples")) {
				if e.Value != nil && (e.Key == b.Media || b.Example == "") {
					b.Example, b.Language = write(e.Value, e.Key, "root")
				}
			}
		} else {
			o.content(&b, r.Get("content"), false)
		}
		op.Responses = append(op.Responses, b)
	}
}
