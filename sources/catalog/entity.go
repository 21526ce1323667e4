// Package catalog is the software catalog: entities, their references and
// relations, read from Backstage's descriptor files by Backstage's rules.
//
//	bytes -> documents -> entities -> Batch (one repo)
//	all batches -> Link -> Catalog (all entities, relations in both directions)
package catalog

import (
	"slices"
	"time"

	"github.com/portolan-dev/portolan/sources"
	"github.com/portolan-dev/portolan/sources/diag"
	"github.com/portolan-dev/portolan/sources/yamldoc"
)

// An Entity is one thing of the catalog, valid by Backstage's rules and
// immutable once it is in a Catalog.
type Entity struct {
	Ref        Ref // as written; the namespace is filled in
	APIVersion string

	Title       string // metadata.title
	Description string
	Labels      map[string]string
	Annotations map[string]string
	Tags        []string
	Links       []WebLink

	// Fields of spec that more than one place needs. Empty when absent.
	// References are as the author wrote them; use Relations to follow them.
	Type       string
	Lifecycle  string
	Owner      string
	System     string
	Domain     string
	Definition string // of an API, placeholders filled in
	Profile    Profile

	// Relations holds both what this entity declares and what others declare
	// about it, sorted by type and target. Targets need not exist.
	Relations []Relation

	// Object is the whole entity in the author's order of keys, after defaults
	// and placeholders, without relations. It is what the JSON files publish.
	Object *yamldoc.Node

	Origin Origin

	// Stale is set when the entity cannot be read now and is shown as it was
	// read last; see AsStale.
	Stale *Stale

	ref   string // Ref.String()
	edges []edge // what it declares itself
}

// Stale says why an entity is shown as it was.
type Stale struct {
	Since  time.Time // when it was first found that it cannot be read
	Reason string    // what is wrong with its file, in words
}

// AsStale returns e, which was read from an older state of a file, as the last
// good state of what the file holds now. Places in the older state mean nothing
// any more: everything that is said about e is said about pos.
func (e *Entity) AsStale(repo *sources.Repo, pos diag.Pos, s Stale) *Entity {
	c := *e
	c.Origin.Repo, c.Origin.Pos, c.Stale = repo, pos, &s
	c.edges = slices.Clone(e.edges)
	for i := range c.edges {
		c.edges[i].line, c.edges[i].column = 0, 0
	}
	return &c
}

// Origin is where an entity was written.
type Origin struct {
	Repo *sources.Repo
	Path string   // inside the repo
	Doc  int      // index of the document in the file, from 0
	Pos  diag.Pos // of its name

	URL      string // of the file on the repo's host; empty for a folder without a remote
	Location string // <type>:<target> of the file, as managed-by-location says it
	Root     string // the same of the file that was found first, as managed-by-origin-location says it

	hosts map[string]Host
}

// The annotations that the catalog writes itself.
const (
	AnnotationLocation       = "backstage.io/managed-by-location"
	AnnotationOriginLocation = "backstage.io/managed-by-origin-location"
	AnnotationViewURL        = "backstage.io/view-url"
	AnnotationEditURL        = "backstage.io/edit-url"
	AnnotationSourceLocation = "backstage.io/source-location"
)

// A WebLink is one item of metadata.links.
type WebLink struct {
	URL, Title, Icon, Type string
}

// A Profile is spec.profile of a Group or User.
type Profile struct {
	DisplayName, Email, Picture string
}

// A Relation is a typed edge to another entity, such as ownedBy.
type Relation struct {
	Type   string
	Target Ref
}

// The types of relations, in pairs: each is the reverse of its neighbour.
const (
	OwnedBy       = "ownedBy"
	OwnerOf       = "ownerOf"
	PartOf        = "partOf"
	HasPart       = "hasPart"
	ProvidesAPI   = "providesApi"
	APIProvidedBy = "apiProvidedBy"
	ConsumesAPI   = "consumesApi"
	APIConsumedBy = "apiConsumedBy"
	DependsOn     = "dependsOn"
	DependencyOf  = "dependencyOf"
	ChildOf       = "childOf"
	ParentOf      = "parentOf"
	HasMember     = "hasMember"
	MemberOf      = "memberOf"
)

// DisplayName returns what to call the entity on a page: its profile's display
// name, else its title, else its name.
func (e *Entity) DisplayName() string {
	switch {
	case e.Profile.DisplayName != "":
		return e.Profile.DisplayName
	case e.Title != "":
		return e.Title
	default:
		return e.Ref.Name
	}
}

// Related returns the targets of the relations of one type, in order.
func (e *Entity) Related(relation string) []Ref {
	var out []Ref
	for _, r := range e.Relations {
		if r.Type == relation {
			out = append(out, r.Target)
		}
	}
	return out
}
