// Package sources says what a source of facts is: a repo, as files, and the
// freshness of what was read.
//
// The packages below translate the outside world into plain values and decide
// nothing about pages:
//
//	repos       find and fetch repos         -> sources.Repo
//	catalog     descriptors                  -> catalog.Catalog
//	docs        mkdocs.yml and Markdown      -> docs.Tree
//	apis        OpenAPI, AsyncAPI, ...       -> apis.Definition
//	kubernetes  objects of many clusters     -> kubernetes.Fleet
package sources

import (
	"io/fs"
	"path"
	"time"
)

// A Repo is one repository as a confined, read-only file system. Nothing
// outside of it can be reached through FS: links that leave it, devices,
// pipes and .git are not there.
type Repo struct {
	// Name is unique among the repos of a build and stable over builds:
	// "payments-api" for a folder, "acme/payments-api" for a git URL.
	Name string

	// Prefix is what comes before a path of this repo in diagnostics, so that
	// a reader can open the file: "../repos/payments-api" or "acme/payments-api".
	Prefix string

	// URL is the repo's page on its host without a trailing slash, such as
	// https://github.com/acme/payments-api. Empty for a folder without a remote.
	URL string

	// Branch and Commit say what was read. Both may be empty for a folder.
	Branch, Commit string

	// FS holds the files. Paths use slashes and have no leading slash.
	FS fs.FS

	// Freshness says whether FS is what the source holds now.
	Freshness Freshness

	// History answers when a file was changed last; nil when that is unknown.
	History History
}

// Pos returns name as diagnostics show it.
func (r *Repo) Pos(name string) string { return path.Join(r.Prefix, name) }

// History tells a file's last change. Implementations are safe for
// concurrent use.
type History interface {
	// LastChange returns the newest commit that touched the file.
	LastChange(name string) (Change, bool)
}

// A Change is one commit as far as readers care.
type Change struct {
	Commit string
	Author string // the name, never the address
	Time   time.Time
}

// State says how far something read can be trusted to be so now.
type State string

// The states of a source.
const (
	Fresh  State = "fresh"  // read in this build
	Stale  State = "stale"  // could not be read in this build; the last good data is used
	Failed State = "failed" // could not be read, and there is no last good data
)

// Freshness is the age of facts, and why they are not newer.
type Freshness struct {
	State      State     `json:"state"`
	ObservedAt time.Time `json:"observedAt,omitzero"` // when the data was read; zero if never
	Reason     string    `json:"reason,omitempty"`    // why it is not fresh, in words
}
