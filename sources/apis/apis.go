// Package apis reads API definitions of all formats into one model of
// operations, messages and schemas that a page can show.
//
//	OpenAPI 2.0 to 3.2, AsyncAPI 2 and 3    YAML or JSON -> tree -> \
//	GraphQL schemas                         gqlparser            ->  Definition
//	protobuf services                       protocompile         -> /
//	everything else                         shown as text
//
// Reading never fails: a definition with faults gives what could be read, its
// text, and diagnostics that say where the faults are. Nothing outside of a
// definition is ever opened, and what it costs is bounded whatever it says.
// Names, addresses and texts are the author's: none of them is safe to show or
// to link without escaping and checking.
package apis

import "github.com/portolan-dev/portolan/sources/diag"

// A Definition is what an API entity defines.
type Definition struct {
	Format  string // "openapi", "asyncapi", "graphql", "grpc", or the entity's type when it is shown as text only
	Version string // of the format: "3.1.0"
	Title   string
	Release string // the API's own version (info.version)
	Summary string // Markdown
	Servers []Server
	Auth    []Scheme // how callers prove who they are

	// Groups holds the operations: by tag, channel, service or root type.
	Groups []Group
	// Types holds the named schemas, messages, enums.
	Types []Type

	Text        string // the definition as written
	Language    string // of Text, for the highlighter: yaml, json, graphql, protobuf
	Diagnostics []diag.Diagnostic
}

// A Server is one address of an API.
type Server struct{ URL, Description string }

// A Scheme is one way to prove who calls.
type Scheme struct {
	Name string // as operations refer to it
	Kind string // "API key in the header X-Key", "HTTP bearer (JWT)", "OAuth 2", ...
	Text string // Markdown
}

// A Group is a named list of operations.
type Group struct {
	Name        string
	Description string // Markdown
	Operations  []Operation
}

// An Operation is one call, message exchange, query or procedure.
type Operation struct {
	ID         string // unique in the definition and stable: operationId, else made from verb and path; usable as an anchor
	Verb       string // GET, POST, SEND, RECEIVE, QUERY, MUTATION, RPC, ...
	Name       string // path, channel, field or method
	Summary    string // one line
	Text       string // Markdown
	Deprecated bool
	Notes      []string // who may call, other addresses: "needs bearerAuth"
	Parameters []Field
	Request    *Body  // what the caller sends
	Responses  []Body // what the caller gets
	Call       string // a command that calls it, for a shell; may be empty
}

// A Body is a request or one response.
type Body struct {
	Status      string   // "200", "default"; a message's name; empty for requests
	Description string   // Markdown
	Media       string   // application/json
	Also        []string // other media types of the same body
	Headers     []Field
	Schema      *Field // nil if there is none
	Example     string // formatted; may be empty
	Language    string // of Example
}

// A Field is a parameter or a property, with what is inside it. Recursive
// types are cut off: Ref names the type and Fields is empty. The elements of
// arrays and maps stand directly in Fields; the alternatives of a oneOf are
// Fields that are In "option".
type Field struct {
	Name       string
	In         string // path, query, header, cookie, form, argument, channel, option; empty for properties
	Type       string // "string", "array of Track", ...
	Ref        string // name of the type in Types, if it is one
	Required   bool
	Deprecated bool
	Text       string   // Markdown
	Notes      []string // limits: "at most 64 characters", "default 20", "one of a, b"
	Fields     []Field
}

// A Type is a named schema.
type Type struct {
	ID         string // unique in the definition, usable as an anchor
	Name       string
	Kind       string // object, enum, union, input, message, ...
	Text       string // Markdown
	Deprecated bool
	Notes      []string
	Fields     []Field
	Values     []string // of an enum
	Example    string   // formatted; may be empty
}

// TypeID returns the anchor of the type with that name, or "".
func (d *Definition) TypeID(name string) string {
	for i := range d.Types {
		if d.Types[i].Name == name {
			return d.Types[i].ID
		}
	}
	return ""
}
