package apis

import (
	"io"
	"path"
	"strings"

	"github.com/portolan-dev/portolan/sources/catalog"
	"github.com/portolan-dev/portolan/sources/diag"
	"github.com/portolan-dev/portolan/sources/yamldoc"
)

// A placer turns places in a definition's text into places in a file. The text
// is a block in the descriptor, or a file that the descriptor names. Where
// neither can be proved, everything is placed at spec.definition.
type placer struct {
	base  diag.Pos // of spec.definition, or of the entity
	exact bool     // lines of the text are known in base.File

	line   int // added to a line
	indent int // added to a column
}

// newPlacer finds out where the text comes from by comparing it with what is
// there.
func newPlacer(e *catalog.Entity) *placer {
	p := &placer{base: e.Origin.Pos}
	if e.Origin.Repo == nil {
		return p
	}
	if p.base.File == "" {
		p.base.File = e.Origin.Repo.Pos(e.Origin.Path)
	}
	node := e.Object.Get("spec", "definition")
	if node == nil || node.Line == 0 {
		return p
	}
	p.base.Line, p.base.Column = node.Line, node.Column
	file, ok := slurp(e, e.Origin.Path)
	if !ok {
		return p
	}
	lines := strings.Split(file, "\n")
	if p.block(lines, node, e.Definition) {
		return p
	}
	p.named(lines, node, e)
	return p
}

// slurp reads a file of the entity's repo. Parse has no error to give: without
// the file a place is only less exact.
func slurp(e *catalog.Entity, name string) (string, bool) {
	f, err := e.Origin.Repo.FS.Open(name)
	if err != nil {
		return "", false
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxBytes+1))
	if err != nil || len(b) > maxBytes {
		return "", false
	}
	return strings.ReplaceAll(string(b), "\r\n", "\n"), true
}

// block recognises a literal block: its lines follow the indicator, each
// indented by the same number of spaces.
func (p *placer) block(lines []string, node *yamldoc.Node, text string) bool {
	want := strings.Split(strings.TrimRight(text, "\n"), "\n")
	first := node.Line // index of the line after the one of the indicator
	if first < 1 || first+len(want) > len(lines) || !strings.ContainsAny(lines[first-1], "|>") {
		return false
	}
	indent := -1
	for i, w := range want {
		if strings.TrimSpace(w) == "" {
			continue
		}
		got := strings.TrimRight(lines[first+i], "\r")
		if indent < 0 {
			indent = len(got) - len(w)
			if indent < 0 || strings.Trim(got[:indent], " ") != "" {
				return false
			}
		}
		if len(got) < indent || got[indent:] != w {
			return false
		}
	}
	p.exact, p.line, p.indent = true, first, max(indent, 0)
	return true
}

// named recognises "$text: ./openapi.yaml" and its kin near the place of the
// definition.
func (p *placer) named(lines []string, node *yamldoc.Node, e *catalog.Entity) {
	for i := max(node.Line-2, 0); i < min(node.Line+1, len(lines)); i++ {
		_, after, ok := strings.Cut(lines[i], "$")
		if !ok {
			continue
		}
		name, target, ok := strings.Cut(after, ":")
		name = strings.Trim(name, `"' `)
		if !ok || name != "text" && name != "openapi" && name != "asyncapi" && name != "graphql" && name != "grpc" {
			continue
		}
		target, _, _ = strings.Cut(target, " #")
		target = strings.Trim(target, `"'{} `)
		if target == "" || strings.Contains(target, "://") || strings.HasPrefix(target, "/") {
			continue
		}
		full := path.Join(path.Dir(e.Origin.Path), target)
		text, ok := slurp(e, full)
		if !ok || strings.TrimSpace(text) != strings.TrimSpace(strings.ReplaceAll(e.Definition, "\r\n", "\n")) {
			continue
		}
		p.base = diag.Pos{File: e.Origin.Repo.Pos(full)}
		p.exact = true
		return
	}
}

func (p *placer) pos(line, column int) diag.Pos {
	if line == 0 || !p.exact {
		return p.base
	}
	return diag.Pos{File: p.base.File, Line: line + p.line, Column: column + p.indent}
}
