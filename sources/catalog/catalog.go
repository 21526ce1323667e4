package catalog

import (
	"strings"

	"github.com/portolan-dev/portolan/sources"
	"github.com/portolan-dev/portolan/sources/diag"
)

// A Batch is all that one repo declares, read without looking at any other.
type Batch struct {
	Repo        *sources.Repo
	Entities    []*Entity
	Documents   []Document // every document of every file, in order
	Files       []string   // the descriptor files of the repo that were read, by path
	Inputs      []string   // Files and all files that placeholders named: what the batch depends on
	Diagnostics []diag.Diagnostic
}

// A Document is one YAML document of a descriptor file, and what became of it.
type Document struct {
	File    string // as diagnostics show it
	Path    string // inside the repo
	Index   int    // in the file, from 0; empty documents count
	Line    int    // of its first line
	Verdict Verdict
	Class   Class   // why it was not accepted
	Ref     string  // canonical, where it could be told
	Entity  *Entity // if it was accepted
	Targets []Target

	// Severity is how bad it is that the document was rejected. A document of
	// another system that nobody meant for the catalog is a warning.
	Severity diag.Severity

	// Source is the text of the document, and Includes are the files of the
	// repo that its placeholders brought in: what the entity was made from.
	Source   []byte
	Includes []string
}

// A Target is a place that a Location entity names, resolved.
type Target struct {
	Type     string // "url" or "file"
	Target   string
	Presence string // "required" or "optional"
}

// A Catalog is every entity of every repo, linked. It is immutable.
type Catalog struct {
	// Entities is sorted by canonical ref.
	Entities []*Entity

	// Diagnostics holds those of the batches and those that only show when
	// everything is seen together: dangling references, duplicates, cycles.
	Diagnostics []diag.Diagnostic

	byRef map[string]*Entity
}

// Get returns the entity with that ref, compared without case, or nil.
func (c *Catalog) Get(r Ref) *Entity { return c.byRef[r.String()] }

// Lookup returns the entity with that canonical ref, or nil.
func (c *Catalog) Lookup(ref string) *Entity { return c.byRef[ref] }

// OfKind returns the entities of a kind, compared without case, in order.
func (c *Catalog) OfKind(kind string) []*Entity {
	var out []*Entity
	for _, e := range c.Entities {
		if strings.EqualFold(e.Ref.Kind, kind) {
			out = append(out, e)
		}
	}
	return out
}
