package catalog

import (
	"strings"

	"github.com/portolan-dev/portolan/sources/diag"
)

// A Batch is all that one repo declares, read without looking at any other.
type Batch struct {
	Entities    []*Entity
	Files       []string // the descriptor files that were read, by path
	Diagnostics []diag.Diagnostic
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

// A Ref names an entity. Two refs are the same entity if their String is equal.
type Ref struct {
	Kind, Namespace, Name string
}

// String returns the canonical form: kind:namespace/name in lower case.
func (r Ref) String() string {
	return strings.ToLower(r.Kind + ":" + r.Namespace + "/" + r.Name)
}
