package apis

import (
	"fmt"
	"strings"

	"github.com/portolan-dev/portolan/sources/diag"
	"github.com/portolan-dev/portolan/sources/yamldoc"
)

// asyncapi reads AsyncAPI 2 and 3. Each channel becomes a group.
//
// The two say opposite things with similar words. In version 2, "subscribe" is
// what a user of the API may do: messages come from the application. In
// version 3, "send" is what the application does. The verbs are shown as they
// are written; what the caller sends is always in Request, what the caller
// gets always in Responses.
func (r *reader) asyncapi(root *yamldoc.Node) {
	a := &async{tree: newTree(r, root, "#/components/schemas/", "#/components/messages/")}
	r.def.Format = "asyncapi"
	a.version()
	a.info()
	a.servers()
	a.schemes(root.Get("components", "securitySchemes"))
	a.media = line(word(root.Get("defaultContentType")), 120)
	if strings.HasPrefix(r.def.Version, "3") {
		a.operations3()
	} else {
		a.channels2()
	}
	a.namedMessages()
	a.namedTypes(root.Get("components", "schemas"))
	a.examine()
}

type async struct {
	*tree
	media string // of messages that say none
	ids   map[string]bool
}

func (a *async) version() {
	f := a.root.Field("asyncapi")
	v := line(word(f.Value), 40)
	a.def.Version = v
	if !strings.HasPrefix(v, "2.") && !strings.HasPrefix(v, "3.") && v != "2" && v != "3" {
		a.report(f.Line, f.Column, diag.Warning, RuleVersion, fmt.Sprintf("asyncapi %s is not a version that is known", quote(v)), "known are 2.0 to 2.6, 3.0 and 3.1")
	}
}

func (a *async) servers() {
	for i, f := range fields(a.root.Get("servers")) {
		if i == maxServers {
			break
		}
		s, _ := a.resolve(f.Value)
		if s == nil || s.Kind != yamldoc.Map {
			continue
		}
		address := word(s.Get("url"))
		protocol := word(s.Get("protocol"))
		if address == "" { // version 3
			address = word(s.Get("host")) + word(s.Get("pathname"))
			if protocol != "" {
				address = protocol + "://" + address
			}
		}
		out := a.server(s, address)
		lead := line(f.Key, 80)
		if protocol != "" {
			lead += " (" + line(protocol, 40) + ")"
		}
		if out.Description != "" {
			lead += ": " + out.Description
		}
		out.Description = lead
		a.def.Servers = append(a.def.Servers, out)
	}
}

// channel reads what both versions say about a channel.
func (a *async) channel(name string, n *yamldoc.Node) (Group, []Field) {
	text := word(n.Get("description"))
	if s := word(n.Get("summary")); text == "" {
		text = s
	}
	g := Group{Name: line(name, 300), Description: a.markdown(text, n.Line, n.Column)}
	var params []Field
	for i, f := range fields(n.Get("parameters")) {
		if i == 100 {
			break
		}
		p, _ := a.resolve(f.Value)
		if p == nil || p.Kind != yamldoc.Map {
			continue
		}
		schema := p.Get("schema")
		if schema == nil { // version 3 has enum, default and examples here
			schema = p
		}
		field := a.field(f.Key, schema, true, true)
		if field.Type == "any" || field.Type == "enum" {
			field.Type = "string"
		}
		field.In = "channel"
		if t := p.Get("description"); t != nil {
			field.Text = a.markdown(word(t), t.Line, t.Column)
		}
		params = append(params, field)
	}
	return g, params
}

func (a *async) channels2() {
	channels := a.root.Field("channels")
	if channels != nil && channels.Value != nil && channels.Value.Kind != yamldoc.Map && channels.Value.Kind != yamldoc.Null {
		a.report(channels.Line, channels.Column, diag.Warning, RuleShape, "channels has to be a map", "write each channel as a key")
	}
	if channels == nil {
		return
	}
	for _, f := range fields(channels.Value) {
		n, _ := a.resolve(f.Value)
		if n == nil || n.Kind != yamldoc.Map {
			continue
		}
		g, params := a.channel(f.Key, n)
		for _, verb := range [...]string{"publish", "subscribe"} {
			m := n.Field(verb)
			if m == nil {
				continue
			}
			if m.Value == nil || m.Value.Kind != yamldoc.Map {
				a.report(m.Line, m.Column, diag.Warning, RuleShape, fmt.Sprintf("%s of the channel %s has to be a map", verb, quote(f.Key)), "")
				continue
			}
			op := a.operation(verb, f.Key, m.Value, "")
			op.Parameters = params
			var messages []*yamldoc.Node
			message := m.Value.Get("message")
			if all := items(message.Get("oneOf")); all != nil {
				messages = all
			} else if message != nil {
				messages = []*yamldoc.Node{message}
			}
			a.exchange(&op, anonymous(messages), verb == "publish")
			a.add(&g, op)
		}
		if len(g.Operations) > 0 || g.Description != "" {
			a.def.Groups = append(a.def.Groups, g)
		}
	}
}

func (a *async) operation(verb, channel string, n *yamldoc.Node, key string) Operation {
	op := Operation{
		Verb:    strings.ToUpper(line(verb, 20)),
		Name:    line(channel, 500),
		Summary: line(word(n.Get("summary")), 300),
	}
	if op.Summary == "" {
		op.Summary = line(word(n.Get("title")), 300)
	}
	if t := n.Get("description"); t != nil {
		op.Text = a.markdown(word(t), t.Line, t.Column)
	}
	op.Deprecated = isTrue(n.Get("deprecated")) || isTrue(n.Get("x-deprecated"))
	id := word(n.Get("operationId"))
	if id == "" {
		id = key
	}
	if a.ids == nil {
		a.ids = map[string]bool{}
	}
	if id != "" && a.ids[id] {
		a.report(n.Line, n.Column, diag.Warning, RuleDuplicate, fmt.Sprintf("another operation has the id %s already", quote(id)), "give every operation an id of its own")
	}
	a.ids[id] = true
	op.ID = a.anchor(id, strings.ToLower(verb)+"-"+channel)
	if s := a.needs(n.Get("security")); s != "" {
		op.Notes = append(op.Notes, s)
	}
	for i, f := range fields(n.Get("bindings")) {
		if i == 4 {
			break
		}
		op.Notes = append(op.Notes, line(f.Key, 40)+": "+line(string(appendJSON(nil, f.Value)), 200))
	}
	return op
}

// needs says who may call. Version 2 names schemes as OpenAPI does; version 3
// lists the schemes themselves, or references to them.
func (a *async) needs(security *yamldoc.Node) string {
	var ways []string
	for i, s := range items(security) {
		if i == 8 {
			break
		}
		switch {
		case s.Field("$ref") != nil:
			ways = append(ways, line(lastStep(word(s.Get("$ref"))), 80))
		case s.Get("type") != nil:
			ways = append(ways, schemeKind(s))
		default:
			return needs(security)
		}
	}
	if len(ways) == 0 {
		return ""
	}
	return "needs " + join(ways, "or")
}

// maxMessages bounds the messages of one operation.
const maxMessages = 100

// exchange puts messages where they belong: what the caller sends is the
// request, what the caller gets are responses.
func (a *async) exchange(op *Operation, messages []yamldoc.Field, callerSends bool) {
	messages = messages[:min(len(messages), maxMessages)]
	if !callerSends {
		for _, m := range messages {
			if !a.spend(1, false) {
				return
			}
			if b := a.message(m.Key, m.Value); b != nil {
				op.Responses = append(op.Responses, *b)
			}
		}
		return
	}
	switch len(messages) {
	case 0:
	case 1:
		if op.Request = a.message(messages[0].Key, messages[0].Value); op.Request != nil {
			op.Request.Status = ""
		}
	default:
		root := Field{}
		all := &Body{Schema: &root}
		var names []string
		for _, m := range messages {
			b := a.message(m.Key, m.Value)
			if b == nil {
				continue
			}
			f := Field{Type: "any"}
			if b.Schema != nil {
				f = *b.Schema
			}
			f.Name, f.In = b.Status, "option"
			if b.Description != "" {
				f.Text = b.Description
			}
			root.Fields = append(root.Fields, f)
			names = append(names, b.Status)
			if all.Example == "" {
				all.Example, all.Language, all.Media = b.Example, b.Language, b.Media
			}
		}
		if len(names) > 5 {
			names = append(names[:5], fmt.Sprintf("%d more", len(root.Fields)-5))
		}
		root.Type = join(names, "or")
		op.Request = all
	}
}

// anonymous makes a list of messages look like a map of them.
func anonymous(list []*yamldoc.Node) []yamldoc.Field {
	var out []yamldoc.Field
	for _, n := range list {
		out = append(out, yamldoc.Field{Value: n})
	}
	return out
}

// message reads one message as a body whose Status is the message's name. The
// key is what a map calls it, or "".
func (a *async) message(key string, ref *yamldoc.Node) *Body {
	n, name := a.resolve(ref)
	if n == nil || n.Kind != yamldoc.Map {
		if f := ref.Field("$ref"); f != nil && f.Value.Str() != "" {
			return &Body{Status: line(lastStep(f.Value.Str()), 80), Description: "Defined elsewhere: `" + strings.ReplaceAll(line(f.Value.Str(), 200), "`", "'") + "`"}
		}
		return nil
	}
	for _, w := range [...]string{word(n.Get("name")), word(n.Get("title")), word(n.Get("messageId")), key} {
		if name == "" {
			name = w
		}
	}
	if name == "" {
		if f := ref.Field("$ref"); f != nil {
			name = lastStep(f.Value.Str())
		}
	}
	if name == "" {
		name = "message"
	}
	b := &Body{Status: line(name, 120), Media: line(word(n.Get("contentType")), 120)}
	if b.Media == "" {
		b.Media = a.media
	}
	summary, text := word(n.Get("summary")), word(n.Get("description"))
	if summary == "" {
		summary = word(n.Get("title"))
	}
	b.Description = a.markdown(strings.TrimSpace(summary+"\n\n"+text), n.Line, n.Column)
	if h := n.Get("headers"); h != nil {
		b.Headers = a.field("", h, false, true).Fields
		for i := range b.Headers {
			b.Headers[i].In = "header"
		}
	}
	// Traits are merged below the message: what the message says itself wins.
	for i, tr := range items(n.Get("traits")) {
		if i == 16 {
			break
		}
		t, _ := a.resolve(tr)
		if b.Headers == nil && t.Get("headers") != nil {
			b.Headers = a.field("", t.Get("headers"), false, true).Fields
		}
		if b.Media == "" {
			b.Media = line(word(t.Get("contentType")), 120)
		}
		if b.Description == "" {
			b.Description = a.markdown(word(t.Get("description")), n.Line, n.Column)
		}
	}
	payload := n.Get("payload")
	format := word(n.Get("schemaFormat"))
	if f := word(payload.Get("schemaFormat")); f != "" && payload.Get("schema") != nil { // version 3
		format, payload = f, payload.Get("schema")
	}
	switch {
	case payload == nil:
	case foreign(format):
		// Avro, protobuf, RAML: shown as written.
		if payload.Kind == yamldoc.String {
			b.Example = cut(payload.Text, exampleBytes)
		} else {
			b.Example, b.Language = write(payload, "application/json", "")
		}
		b.Description = strings.TrimSpace(b.Description + "\n\nThe payload is described in `" + strings.ReplaceAll(line(format, 120), "`", "'") + "`.")
		return b
	default:
		f := a.field("", payload, true, true)
		b.Schema = &f
	}
	for _, e := range items(n.Get("examples")) {
		if p := e.Get("payload"); p != nil {
			b.Example, b.Language = write(p, b.Media, "message")
			return b
		}
	}
	b.Example, b.Language = a.example(payload, b.Media, false)
	return b
}

// foreign reports whether a schema format is not JSON Schema.
func foreign(format string) bool {
	f := strings.ToLower(format)
	return f != "" && !strings.Contains(f, "asyncapi") && !strings.Contains(f, "schema+") && !strings.Contains(f, "openapi")
}

// lastStep returns the end of a reference.
func lastStep(ref string) string { return ref[strings.LastIndexByte(ref, '/')+1:] }

func (a *async) operations3() {
	type place struct {
		group  int
		params []Field
	}
	places := map[*yamldoc.Node]place{}
	channels := a.root.Get("channels")
	var groups []Group
	open := func(name string, n *yamldoc.Node) place {
		if p, ok := places[n]; ok {
			return p
		}
		if v := n.Get("address"); v != nil && word(v) != "" {
			name = word(v)
		}
		g, params := a.channel(name, n)
		if t := word(n.Get("title")); t != "" && g.Description == "" {
			g.Description = a.markdown(t, n.Line, n.Column)
		}
		groups = append(groups, g)
		p := place{len(groups) - 1, params}
		places[n] = p
		return p
	}
	for _, f := range fields(channels) {
		if n, _ := a.resolve(f.Value); n != nil && n.Kind == yamldoc.Map {
			open(f.Key, n)
		}
	}
	for _, f := range fields(a.root.Get("operations")) {
		n, _ := a.resolve(f.Value)
		if n == nil || n.Kind != yamldoc.Map {
			continue
		}
		channel, _ := a.resolve(n.Get("channel"))
		if channel == nil || channel.Kind != yamldoc.Map {
			a.report(f.Line, f.Column, diag.Warning, RuleShape, fmt.Sprintf("the operation %s has no channel", quote(f.Key)), `write channel: {$ref: "#/channels/NAME"}`)
			continue
		}
		p := open(f.Key, channel)
		g := &groups[p.group]
		action := word(n.Get("action"))
		op := a.operation(action, g.Name, n, f.Key)
		op.Parameters = p.params
		messages := anonymous(items(n.Get("messages")))
		if n.Get("messages") == nil { // all of the channel
			messages = fields(channel.Get("messages"))
		}
		a.exchange(&op, messages, action == "receive")
		if reply, _ := a.resolve(n.Get("reply")); reply != nil {
			answers := anonymous(items(reply.Get("messages")))
			if back, _ := a.resolve(reply.Get("channel")); back != nil {
				if reply.Get("messages") == nil {
					answers = fields(back.Get("messages"))
				}
				if address := word(back.Get("address")); address != "" {
					op.Notes = append(op.Notes, "answers on "+line(address, 200))
				}
			}
			// The answer goes the other way.
			a.exchange(&op, answers, action != "receive")
		}
		a.add(g, op)
	}
	for _, g := range groups {
		if len(g.Operations) > 0 || g.Description != "" {
			a.def.Groups = append(a.def.Groups, g)
		}
	}
}

// namedMessages lists components.messages as types.
func (a *async) namedMessages() {
	for _, f := range fields(a.root.Get("components", "messages")) {
		if len(a.def.Types) >= maxTypes {
			return
		}
		b := a.message(f.Key, f.Value)
		if b == nil {
			continue
		}
		t := Type{ID: a.anchor("type-" + f.Key), Name: f.Key, Kind: "message", Text: b.Description, Example: b.Example}
		for _, h := range b.Headers {
			h.Fields = nil
			t.Fields = append(t.Fields, h)
		}
		if n, _ := a.resolve(f.Value); n.Get("payload") != nil && b.Schema != nil {
			payload := n.Get("payload")
			if s := payload.Get("schema"); s != nil && payload.Get("schemaFormat") != nil {
				payload = s
			}
			p := a.field("payload", payload, true, false)
			t.Fields = append(t.Fields, p)
		}
		a.def.Types = append(a.def.Types, t)
	}
}
