package apis

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"

	"github.com/portolan-dev/portolan/sources/catalog"
	"github.com/portolan-dev/portolan/sources/diag"
	"github.com/portolan-dev/portolan/sources/yamldoc"
)

// Parse reads the definition of an API entity. It never returns nil.
func Parse(e *catalog.Entity) *Definition {
	r := read(e.Type, e.Definition)
	p := newPlacer(e)
	for _, pr := range r.problems {
		d := diag.Diagnostic{
			Pos: p.pos(pr.line, pr.column), Severity: pr.severity, Rule: pr.rule,
			Message: pr.message, Hint: pr.hint, Entity: e.Ref.String(),
		}
		if e.Origin.Repo != nil {
			d.Repo = e.Origin.Repo.Name
		}
		if pr.line > 0 && !p.exact {
			d.Message = fmt.Sprintf("line %d of the definition: %s", pr.line, d.Message)
		}
		r.def.Diagnostics = append(r.def.Diagnostics, d)
	}
	r.def.Diagnostics = diag.Sort(r.def.Diagnostics)
	return r.def
}

// read reads a definition of the given type, which may be wrong or unknown.
func read(kind, text string) *reader {
	r := &reader{def: &Definition{Format: kind, Text: text}, anchors: map[string]int{}}
	defer r.finish()
	// The parsers do not agree on what ends a line.
	text = strings.TrimPrefix(text, "\ufeff")
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
	r.lines = 1 + strings.Count(text, "\n")
	if strings.TrimSpace(text) == "" {
		r.def.Language = language(kind, text)
		r.report(0, 0, diag.Warning, RuleEmpty, "the definition is empty", "")
		return r
	}
	format := detect(kind, text)
	r.def.Language = language(format, text)
	if len(text) > maxBytes {
		r.report(0, 0, diag.Warning, RuleLimit, fmt.Sprintf("the definition is %d bytes long, more than the %d that are read; it is shown as text", len(text), maxBytes), "split the API")
		return r
	}
	switch format {
	case "openapi", "asyncapi":
		r.structured(format, text)
	case "graphql":
		r.graphql(text)
	case "grpc":
		r.protobuf(text)
	}
	known := map[string]string{"openapi": "openapi", "asyncapi": "asyncapi", "graphql": "graphql", "grpc": "grpc"}
	if want := known[strings.ToLower(kind)]; want != "" && want != r.def.Format {
		r.report(0, 0, diag.Warning, RuleType, fmt.Sprintf("spec.type is %s, but the definition is %s", quote(kind), r.def.Format), fmt.Sprintf("set spec.type to %s", r.def.Format))
	}
	return r
}

var (
	openapiKey  = regexp.MustCompile(`(?m)^\s*[{,]?\s*["']?(openapi|swagger)["']?\s*:\s*["']?[0-9]`)
	asyncapiKey = regexp.MustCompile(`(?m)^\s*[{,]?\s*["']?asyncapi["']?\s*:\s*["']?[0-9]`)
)

// detect returns the format of a text. The entity's type decides where it
// names a format that is read; for every other type the text does.
func detect(kind, text string) string {
	head := text[:min(len(text), 4096)]
	switch k := strings.ToLower(kind); k {
	case "openapi", "asyncapi":
		if k == "openapi" && asyncapiKey.MatchString(head) && !openapiKey.MatchString(head) {
			return "asyncapi"
		}
		if k == "asyncapi" && openapiKey.MatchString(head) && !asyncapiKey.MatchString(head) {
			return "openapi"
		}
		return k
	case "graphql", "grpc":
		return k
	case "swagger":
		return "openapi"
	case "protobuf", "proto":
		return "grpc"
	}
	switch {
	case openapiKey.MatchString(head):
		return "openapi"
	case asyncapiKey.MatchString(head):
		return "asyncapi"
	}
	return kind
}

// language names the text's language for a highlighter.
func language(format, text string) string {
	head := strings.TrimSpace(text[:min(len(text), 4096)])
	switch {
	case format == "graphql":
		return "graphql"
	case format == "grpc":
		return "protobuf"
	case format == "trpc":
		return "typescript"
	case strings.HasPrefix(head, "<"):
		return "xml"
	case strings.HasPrefix(head, "{"):
		return "json"
	case format == "openapi" || format == "asyncapi":
		return "yaml"
	case strings.HasPrefix(head, "syntax = \"proto"):
		return "protobuf"
	}
	return ""
}

// structured reads YAML or JSON.
func (r *reader) structured(format, text string) {
	limits := yamldoc.Limits{Bytes: maxBytes, Documents: 1, Depth: maxNesting, Aliases: 10_000, Keys: 200_000, Nodes: maxNodes, Expanded: 4 * maxBytes}
	var root *yamldoc.Node
	if jsonLike.MatchString(text) {
		if root = r.json(text); root == nil {
			// What it still is as YAML is shown.
			defer func(n int) { r.problems = r.problems[:n] }(len(r.problems))
		}
	}
	if root == nil && !r.tooWide(text) {
		var err *yamldoc.Error
		if root, err = yamldoc.ParseOne([]byte(text), limits); err != nil {
			r.report(err.Line, max(err.Column, 1), diag.Error, RuleInvalid, err.Message, err.Hint)
			root = salvage(text, err.Line, limits)
			// What is missing after the cut is no fault of its own.
			defer func(n int) { r.problems = r.problems[:n] }(len(r.problems))
		}
	}
	if root == nil {
		return
	}
	if root.Kind != yamldoc.Map {
		r.report(root.Line, root.Column, diag.Error, RuleInvalid, "the definition is no map, so it cannot be an API", fmt.Sprintf("begin it with %s: and a version", format))
		return
	}
	switch {
	case root.Get("openapi") != nil || root.Get("swagger") != nil:
		r.openapi(root)
	case root.Get("asyncapi") != nil:
		r.asyncapi(root)
	default:
		r.report(root.Line, root.Column, diag.Error, RuleInvalid, fmt.Sprintf("the definition does not say which version of %s it is written in", format), "begin it with openapi:, swagger: or asyncapi: and a version")
	}
}

// salvage reads what stands before the fault of a YAML text. Lines are taken
// away until the rest can be read.
func salvage(text string, line int, limits yamldoc.Limits) *yamldoc.Node {
	if strings.HasPrefix(strings.TrimSpace(text), "{") {
		return nil
	}
	lines := bytes.SplitAfter([]byte(text), []byte("\n"))
	if line < 2 {
		return nil
	}
	end := min(line-1, len(lines))
	for range 6 {
		if end < 1 {
			return nil
		}
		root, err := yamldoc.ParseOne(bytes.Join(lines[:end], nil), limits)
		if err == nil {
			return root
		}
		// The next shorter piece ends before the block that the fault is in.
		at := min(err.Line-1, end-1)
		if at < 1 {
			return nil
		}
		indent := func(l []byte) int { return len(l) - len(bytes.TrimLeft(l, " ")) }
		depth := indent(lines[at-1])
		for at > 1 && (indent(lines[at-1]) >= depth || len(bytes.TrimSpace(lines[at-1])) == 0) {
			at--
		}
		end = at - 1
	}
	return nil
}
