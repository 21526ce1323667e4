package site

import (
	"fmt"
	"html/template"
	"slices"
	"strings"

	"github.com/portolan-dev/portolan/sources/apis"
	"github.com/portolan-dev/portolan/sources/catalog"
	"github.com/portolan-dev/portolan/sources/diag"
)

// APIView is the page of an API: what it offers, readable.
type APIView struct {
	Head  EntityHead
	Lede  string // "OpenAPI 3.1, version 3.8.0, 14 operations"
	Notes []Note
	Facts []Fact

	Intro      template.HTML // the definition's own summary
	More       template.HTML // the rest of the entity's description
	Servers    []apis.Server
	Groups     []APIGroup
	Types      []APIType
	Definition template.HTML // as written, where it has no operations to show
	Lines      int           // of the definition, if only its beginning is shown
	Raw        string        // URL of all of it

	MoreOperations, MoreTypes int // those that only the definition has

	Source string // page of the definition as written, where it has
	None   *Empty // there is no definition

	Consumers EntityList
	Providers EntityList
	Docs      *DocsBox
	Links     []ExternalLink
	About     []AboutRow
	Graph     *Graph
	JSON      string
}

// An APIGroup is a titled list of operations.
type APIGroup struct {
	Name       string
	Text       template.HTML
	Operations []APIOperation
}

// An APIOperation is one call, message or query.
type APIOperation struct {
	ID         string // anchor
	Verb       string // GET
	VerbShort  string // GET, DEL
	VerbClass  string // get, post, put, patch, delete or ""
	Title      string
	Path       string
	Text       template.HTML
	Deprecated bool
	Brief      bool // the page has no room for the rest
	Notes      []string
	Parameters []APIParameters
	Request    *APIBody
	Responses  []APIBody
	Examples   []template.HTML
}

// APIParameters are those of one place.
type APIParameters struct {
	Title  string // "Path", "Query", ...
	Fields []APIField
}

// An APIBody is a request or an answer.
type APIBody struct {
	Status  string
	Type    string
	Media   string
	Text    template.HTML
	Fields  []APIField
	Headers []APIField
}

// An APIField is a parameter or property.
type APIField struct {
	Name       string
	Type       string
	TypeURL    string // anchor of the type on the page; or ""
	Notes      string
	Required   bool
	Deprecated bool
	Text       template.HTML
	Fields     []APIField
	Count      string // "2 fields"
}

// An APIType is a named schema.
type APIType struct {
	ID     string
	Name   string
	Kind   string
	Text   template.HTML
	Fields []APIField
	Values []string
}

// apiPages returns the pages of API entities: the reader, and the definition as
// written where that is a page of its own.
func apiPages(p *Portal) []Page {
	m := newMaker(p)
	var pages []Page
	for _, e := range m.entities() {
		if !strings.EqualFold(e.Ref.Kind, "api") {
			continue
		}
		source := ""
		pages = append(pages, attempt(pageFor(e, EntityURL(e.Ref)), func() Page {
			v := m.apiView(e)
			source = v.Source
			return Page{
				URL: EntityURL(e.Ref), Layout: "api", Title: nameOf(e), Description: describe(e),
				Section: "apis", Crumbs: v.Head.Crumbs, Style: "catalog docs api", Entity: e.Ref.String(), Edit: sourceURL(e), View: v,
			}
		}))
		if source == "" {
			continue
		}
		pages = append(pages, attempt(pageFor(e, source), func() Page {
			d := p.APIs[e.Ref.String()]
			return Page{
				URL: source, Layout: "definition", Title: "Definition of " + nameOf(e),
				Description: "The " + formatWord(d.Format, "") + " definition of " + nameOf(e) + " as written.",
				Section:     "apis", Crumbs: m.crumbs(e, "Definition"), Style: "docs", Entity: e.Ref.String(), NoIndex: true,
				View: m.definitionView(e, d),
			}
		}))
	}
	return pages
}

// DefinitionView is the page of a definition as written.
type DefinitionView struct {
	Head       EntityHead
	Definition template.HTML
	Lines      int    // of the definition, if the page has only its beginning
	Raw        string // URL of all of it
}

// maxShownDefinition is how much of a definition is shown on a page, in bytes.
const maxShownDefinition = 64 << 10

// definitionView shows a definition as written. Of a long one the page has the
// beginning, and a file beside it has all.
func (m *maker) definitionView(e *catalog.Entity, d *apis.Definition) *DefinitionView {
	v := &DefinitionView{Head: m.head(e, "definition")}
	text := d.Text
	if len(text) > maxShownDefinition {
		v.Lines, v.Raw = strings.Count(text, "\n")+1, rawDefinition(e)
		text = text[:maxShownDefinition]
		if i := strings.LastIndexByte(text, '\n'); i > 0 {
			text = text[:i+1]
		} else {
			text = strings.ToValidUTF8(text, "")
		}
	}
	v.Definition = m.code(text, d.Language)
	return v
}

// rawDefinition returns the address of a definition as a file. It ends in .txt,
// whatever it is: a host serves no page or picture from it.
func rawDefinition(e *catalog.Entity) string { return EntityURL(e.Ref) + "definition/definition.txt" }

// definitionFiles are the definitions that are too long for a page.
func definitionFiles(p *Portal) []File {
	var files []File
	for _, ref := range sortedKeys(p.APIs) {
		d := p.APIs[ref]
		if e := p.Catalog.Lookup(ref); e != nil && d != nil && len(d.Text) > maxShownDefinition {
			files = append(files, File{Path: rawDefinition(e), Data: []byte(d.Text)})
		}
	}
	return files
}

// The fields of one operation that are written out: a schema may be deep and
// wide, a page may not.
const (
	maxFieldDepth = 4
	maxFields     = 400 // of one operation or type
	maxOperations = 300
	maxTypes      = 300
	maxValues     = 100  // of an enumeration
	maxPageFields = 1500 // of all together; the rest is in the definition
)

func (m *maker) apiView(e *catalog.Entity) *APIView {
	v := &APIView{Head: m.head(e, "overview"), Notes: m.notes(e)}
	lede, more := ledeOf(e.Description)
	v.More = m.text(clip(more, maxMore))
	v.Providers = m.list(e, catalog.APIProvidedBy, "")
	v.Providers.ID, v.Providers.Title = "providers", "Provided by"
	v.Consumers = m.list(e, catalog.APIConsumedBy, "")
	v.Consumers.ID, v.Consumers.Title = "consumers", "Used by"
	v.About = m.about(e)
	v.JSON = "api/catalog/entities/by-name/" + strings.ToLower(e.Ref.Kind+"/"+e.Ref.Namespace+"/"+e.Ref.Name)
	if d := m.docs(e); d != nil {
		v.Docs = m.docsBox(e, d)
	}
	v.Links = outLinks(e)
	d := m.p.APIs[e.Ref.String()]
	if d == nil && e.Definition != "" {
		d = &apis.Definition{Format: e.Type, Text: e.Definition}
	}
	v.Facts = m.apiFacts(e, d)
	if d == nil || d.Text == "" && len(d.Groups) == 0 && len(d.Types) == 0 {
		v.None = &Empty{
			Icon: "api", Title: "No definition",
			Text:    "The entity has no spec.definition that could be read. Name the file of the definition; it is read with the next build.",
			Command: "definition: {$text: ./openapi.yaml}",
		}
		return v
	}
	v.Lede = apiLede(d)
	v.Servers = d.Servers
	intro := d.Summary
	if first, rest := firstParagraph(intro); first == lede { // it stands below the title
		intro = rest
	}
	v.Intro = m.text(intro)
	if n, first := countErrors(d.Diagnostics); n > 0 {
		v.Notes = append(v.Notes, Note{
			Class: "bad", Icon: "bad", Title: "The definition is not valid",
			Text: "The page shows what could be read. " + first.Pos.String() + ": " + first.Message, Link: Link{Text: "Build report", URL: "build/"},
		})
	}
	ids := map[string]bool{}
	types, moreTypes := cut(d.Types, maxTypes)
	for _, t := range types {
		ids["type-"+anchor(t.Name)] = true
	}
	v.MoreTypes = moreTypes
	left, room := maxPageFields, maxOperations
	for _, g := range d.Groups {
		list, more := cut(g.Operations, room)
		room -= len(list)
		v.MoreOperations += more
		group := APIGroup{Name: g.Name, Text: m.text(g.Description)}
		for i := range list {
			group.Operations = append(group.Operations, m.operation(&list[i], ids, &left))
		}
		if len(list) > 0 || more == 0 {
			v.Groups = append(v.Groups, group)
		}
	}
	for _, t := range types {
		budget := min(maxFields, left)
		had := budget
		values, more := cut(t.Values, maxValues)
		if more > 0 {
			values = append(slices.Clip(values), "and "+Num(more)+" more")
		}
		v.Types = append(v.Types, APIType{
			ID: "type-" + anchor(t.Name), Name: t.Name, Kind: t.Kind, Text: m.text(t.Text),
			Fields: m.fields(t.Fields, ids, 1, &budget), Values: values,
		})
		left -= had - budget
	}
	if len(d.Groups) == 0 && len(d.Types) == 0 {
		shown := m.definitionView(e, d)
		v.Definition, v.Raw, v.Lines = shown.Definition, shown.Raw, shown.Lines
	} else if d.Text != "" {
		v.Source = EntityURL(e.Ref) + "definition/"
		v.Head.Actions = append([]Action{{Text: "Definition", Icon: "code", URL: v.Source}}, v.Head.Actions...)
	}
	return v
}

// apiFacts are the facts under the name of an API.
func (m *maker) apiFacts(e *catalog.Entity, d *apis.Definition) []Fact {
	var facts []Fact
	if l := m.links(e, catalog.APIProvidedBy); len(l) > 0 {
		if len(l) > 3 {
			l = l[:3]
		}
		facts = append(facts, Fact{Name: "Provided by", Links: l})
	}
	for _, f := range m.facts(e) {
		if f.Name != "Type" {
			facts = append(facts, f)
		}
	}
	if n := len(e.Related(catalog.APIConsumedBy)); n > 0 {
		facts = append(facts, Fact{Name: "Used by", Text: Count(n, "component")})
	}
	if d != nil {
		if len(d.Servers) > 0 {
			facts = append(facts, Fact{Name: "Base", Text: d.Servers[0].URL, Mono: true})
		}
	}
	return facts
}

// apiLede says what a definition is.
func apiLede(d *apis.Definition) string {
	if len(d.Groups) == 0 && len(d.Types) == 0 && d.Version == "" {
		return ""
	}
	parts := []string{formatWord(d.Format, d.Version)}
	if d.Release != "" {
		parts = append(parts, "version "+d.Release)
	}
	if n := operations(d); n > 0 {
		parts = append(parts, Count(n, "operation"))
	}
	return strings.Join(parts, ", ")
}

func operations(d *apis.Definition) int {
	n := 0
	for _, g := range d.Groups {
		n += len(g.Operations)
	}
	return n
}

// formatWord returns the name of a format as people write it, with the version
// up to the second number.
func formatWord(format, version string) string {
	word := map[string]string{
		"openapi": "OpenAPI", "asyncapi": "AsyncAPI", "graphql": "GraphQL", "grpc": "gRPC", "trpc": "tRPC", "": "API",
	}[strings.ToLower(format)]
	if word == "" {
		word = format
	}
	if parts := strings.SplitN(version, ".", 3); version != "" && len(parts) > 1 {
		version = parts[0] + "." + parts[1]
	}
	return strings.TrimSpace(word + " " + version)
}

// format returns how an API is defined and how many operations it has.
func (m *maker) format(e *catalog.Entity) (string, int) {
	if d := m.p.APIs[e.Ref.String()]; d != nil {
		return formatWord(d.Format, d.Version), operations(d)
	}
	return formatWord(e.Type, ""), 0
}

func countErrors(ds []diag.Diagnostic) (n int, first diag.Diagnostic) {
	for _, d := range ds {
		if d.Severity == diag.Error {
			if n == 0 {
				first = d
			}
			n++
		}
	}
	return n, first
}

// placed are the places of parameters that have a title of their own.
var placed = map[string]bool{"path": true, "query": true, "header": true, "cookie": true, "argument": true}

// operation takes what it shows from the fields that are left to the page. When
// there are none, it shows what the operation is and no more.
func (m *maker) operation(o *apis.Operation, ids map[string]bool, left *int) APIOperation {
	budget := min(maxFields, *left)
	had := budget
	defer func() { *left -= had - budget + 1 }() // an operation counts as one, too
	op := APIOperation{
		ID: o.ID, Verb: o.Verb, VerbShort: shortVerb(o.Verb), VerbClass: verbClass(o.Verb),
		Title: o.Summary, Path: o.Name, Text: m.text(o.Text), Deprecated: o.Deprecated, Notes: o.Notes,
	}
	if op.Title == "" {
		op.Title = o.Name
	}
	if budget <= 0 {
		op.Brief = true
		return op
	}
	for _, in := range []struct{ key, title string }{{"path", "Path"}, {"query", "Query"}, {"header", "Headers"}, {"cookie", "Cookies"}, {"argument", "Arguments"}, {"", "Parameters"}} {
		var list []apis.Field
		for _, f := range o.Parameters {
			if f.In == in.key || in.key == "" && !placed[f.In] {
				list = append(list, f)
			}
		}
		if len(list) > 0 {
			op.Parameters = append(op.Parameters, APIParameters{Title: in.title, Fields: m.fields(list, ids, 1, &budget)})
		}
	}
	if o.Request != nil {
		if b := m.apiBody(o.Request, ids, &budget); b.Type != "" || b.Media != "" || b.Text != "" || len(b.Fields) > 0 {
			op.Request = &b
		}
	}
	if o.Call != "" {
		op.Examples = append(op.Examples, m.codeTitled(o.Call, "bash", "Request"))
	} else if o.Request != nil && o.Request.Example != "" {
		op.Examples = append(op.Examples, m.codeTitled(o.Request.Example, o.Request.Language, "Request"))
	}
	shown := 0
	for i := range o.Responses {
		r := &o.Responses[i]
		op.Responses = append(op.Responses, m.apiBody(r, ids, &budget))
		if r.Example != "" && shown < 2 {
			shown++
			title := strings.TrimSpace(r.Status + " " + bodyType(r))
			if title == "" {
				title = "Answer"
			}
			op.Examples = append(op.Examples, m.codeTitled(r.Example, r.Language, title))
		}
	}
	return op
}

func (m *maker) apiBody(b *apis.Body, ids map[string]bool, budget *int) APIBody {
	out := APIBody{Status: b.Status, Media: strings.Join(append([]string{b.Media}, b.Also...), ", "), Type: bodyType(b), Text: m.text(b.Description)}
	if len(b.Headers) > 0 {
		out.Headers = m.fields(b.Headers, ids, 1, budget)
	}
	if b.Schema != nil {
		out.Fields = m.fields(b.Schema.Fields, ids, 1, budget)
	}
	return out
}

func bodyType(b *apis.Body) string {
	if b.Schema == nil {
		return ""
	}
	if b.Schema.Ref != "" && b.Schema.Type == "" {
		return b.Schema.Ref
	}
	return b.Schema.Type
}

// fields turns fields into what the page shows, until the budget of the
// operation is used up.
func (m *maker) fields(list []apis.Field, ids map[string]bool, depth int, budget *int) []APIField {
	var out []APIField
	for i := range list {
		if *budget <= 0 {
			break
		}
		*budget--
		f := &list[i]
		field := APIField{
			Name: f.Name, Type: f.Type, Notes: strings.Join(f.Notes, ", "),
			Required: f.Required, Deprecated: f.Deprecated, Text: m.text(f.Text),
		}
		if field.Type == "" {
			field.Type = f.Ref
		}
		if id := "type-" + anchor(f.Ref); f.Ref != "" && ids[id] {
			field.TypeURL = "#" + id
		}
		if depth < maxFieldDepth && len(f.Fields) > 0 {
			field.Fields = m.fields(f.Fields, ids, depth+1, budget)
			field.Count = Count(len(f.Fields), "field")
		}
		out = append(out, field)
	}
	return out
}

// verbClass returns the colour of a verb.
func verbClass(v string) string {
	switch v := strings.ToLower(v); v {
	case "get", "post", "put", "patch", "delete":
		return v
	case "query", "receive", "sub", "subscribe", "subscription", "head", "options":
		return "get"
	case "mutation", "send", "pub", "publish", "rpc":
		return "post"
	default:
		return ""
	}
}

// shortVerb returns a verb in at most five letters.
func shortVerb(v string) string {
	v = strings.ToUpper(v)
	if s := map[string]string{
		"DELETE": "DEL", "OPTIONS": "OPT", "SUBSCRIBE": "SUB", "PUBLISH": "PUB", "RECEIVE": "RECV",
		"SUBSCRIPTION": "SUB", "MUTATION": "MUT",
	}[v]; s != "" {
		return s
	}
	if r := []rune(v); len(r) > 5 {
		return string(r[:5])
	}
	return v
}

// anchor makes an id of a name.
func anchor(name string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '-', r == '_', r == '.':
			return r
		case r > 0x7f:
			return r
		default:
			return '-'
		}
	}, name)
}

// codeTitled is code with its own title in the head of the block.
func (m *maker) codeTitled(src, language, title string) template.HTML {
	html := string(m.code(src, language))
	if head, rest, ok := strings.Cut(html, "<header><span>"); ok && len(head) < 40 {
		if _, tail, ok := strings.Cut(rest, "</span>"); ok {
			html = head + "<header><span>" + template.HTMLEscapeString(title) + "</span>" + tail
		}
	}
	return template.HTML(html)
}

// apiIndexPages returns the lists of all APIs.
func apiIndexPages(p *Portal) []Page {
	m := newMaker(p)
	var rows []APIIndexRow
	for _, e := range m.entities() {
		if !strings.EqualFold(e.Ref.Kind, "api") {
			continue
		}
		row := APIIndexRow{Link: linkTo(e), Owner: m.owner(e), System: m.system(e), Lifecycle: e.Lifecycle, Consumers: len(e.Related(catalog.APIConsumedBy))}
		row.Old = strings.EqualFold(e.Lifecycle, "deprecated")
		row.Format, row.Operations = m.format(e)
		first, _ := firstParagraph(e.Description)
		row.Text = clip(strings.Join(strings.Fields(first), " "), 100)
		if d := p.APIs[e.Ref.String()]; d != nil {
			row.Errors, _ = countErrors(d.Diagnostics)
		}
		rows = append(rows, row)
	}
	slices.SortStableFunc(rows, func(a, b APIIndexRow) int {
		return strings.Compare(strings.ToLower(a.Link.Text), strings.ToLower(b.Link.Text))
	})
	formats := map[string]int{}
	for _, r := range rows {
		word, _, _ := strings.Cut(r.Format, " ")
		formats[word]++
	}
	var kinds []string
	for _, f := range sortedKeys(formats) {
		kinds = append(kinds, fmt.Sprintf("%s %s", Num(formats[f]), f))
	}
	var pages []Page
	for i, part := range chunks(rows, indexRows) {
		v := &APIIndexView{Rows: part, Total: len(rows), Kinds: strings.Join(kinds, ", "), Pager: pager("apis/", i+1, len(rows), indexRows)}
		if len(rows) == 0 {
			v.Empty = &Empty{Icon: "api", Title: "No APIs yet", Text: "An entity of kind API with a definition becomes a page here.", Command: "kind: API", Links: []Link{{Text: "Catalog", URL: "catalog/"}}}
		}
		pages = append(pages, Page{
			URL: partURL("apis/", i+1), Layout: "apis", Title: partTitle("APIs", i+1), Description: "All APIs: " + v.Kinds,
			Section: "apis", Style: "catalog", View: v,
		})
	}
	return pages
}

// APIIndexView is the list of all APIs.
type APIIndexView struct {
	Total int
	Kinds string // "31 OpenAPI, 4 gRPC"
	Rows  []APIIndexRow
	Pager *Pager
	Empty *Empty
}

// An APIIndexRow is one API of the list.
type APIIndexRow struct {
	Link, Owner, System   Link
	Text                  string
	Format                string
	Operations, Consumers int
	Lifecycle             string
	Old                   bool
	Errors                int
}
