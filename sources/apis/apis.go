// Package apis reads API definitions of all formats into one model of
// operations, messages and schemas that a page can show.
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
	Parameters []Field
	Request    *Body
	Responses  []Body
}

// A Body is a request or one response.
type Body struct {
	Status      string // "200", "default"; empty for requests
	Description string // Markdown
	Media       string // application/json
	Schema      *Field // nil if there is none
	Example     string // formatted; may be empty
	Language    string // of Example
}

// A Field is a parameter or a property, with what is inside it. Recursive
// types are cut off: Ref names the type and Fields is empty.
type Field struct {
	Name       string
	In         string // path, query, header, cookie; empty for properties
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
	Name   string
	Kind   string // object, enum, union, input, message, ...
	Text   string // Markdown
	Fields []Field
	Values []string // of an enum
}
