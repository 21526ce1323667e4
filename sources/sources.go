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
	"cmp"
	"io/fs"
	"net/url"
	"path"
	"strings"
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

	// Host is the kind of that host: "github", "gitlab", "gitea" or
	// "bitbucket". Empty: it is guessed from the host's name.
	Host string

	// Branch and Commit say what was read. Both may be empty for a folder.
	Branch, Commit string

	// Dir is the folder inside the repository at URL that FS shows; empty when
	// FS is the whole repository.
	Dir string

	// Local is the folder on this machine that FS reads, for watching it. It is
	// empty for what was fetched, and never published.
	Local string

	// Descriptors are the patterns of descriptor files in this repo, where its
	// source says so; empty: those of the catalog.
	Descriptors []string

	// FS holds the files. Paths use slashes and have no leading slash.
	FS fs.FS

	// Freshness says whether FS is what the source holds now.
	Freshness Freshness

	// History answers when a file was changed last; nil when that is unknown.
	History History
}

// Pos returns name as diagnostics show it.
func (r *Repo) Pos(name string) string { return path.Join(r.Prefix, name) }

// FileURL returns the page of a file or folder on the repo's host, or "" when
// the host is not known.
func (r *Repo) FileURL(name string) string { return r.hostURL("blob", "src", name) }

// EditURL returns the address at which a file can be edited on the repo's
// host, or "" when the host is not known.
func (r *Repo) EditURL(name string) string { return r.hostURL("edit", "_edit", name) }

// CommitURL returns the page of a commit on the repo's host, or "" when the host
// is not known.
func (r *Repo) CommitURL(commit string) string {
	u, err := url.Parse(r.URL)
	if err != nil || u.Host == "" || commit == "" {
		return ""
	}
	switch host := cmp.Or(r.Host, strings.ToLower(u.Host)); {
	case strings.Contains(host, "gitlab"):
		return r.URL + "/-/commit/" + url.PathEscape(commit)
	case strings.Contains(host, "bitbucket"):
		return r.URL + "/commits/" + url.PathEscape(commit)
	default:
		return r.URL + "/commit/" + url.PathEscape(commit)
	}
}

// hostURL forms the address that the repo's host has for a file.
// Source: GitHub, GitLab, Bitbucket Cloud and Gitea, addresses of their web pages.
func (r *Repo) hostURL(verb, gitea, name string) string {
	u, err := url.Parse(r.URL)
	if err != nil || u.Host == "" {
		return ""
	}
	at := r.Branch
	if at == "" {
		at = cmp.Or(r.Commit, "HEAD")
	}
	ref := (&url.URL{Path: at}).EscapedPath()
	file := ""
	if p := path.Join(r.Dir, name); p != "." && p != "" {
		file = (&url.URL{Path: "/" + p}).EscapedPath()
	}
	host := cmp.Or(r.Host, strings.ToLower(u.Host))
	switch {
	case strings.Contains(host, "gitlab"):
		return r.URL + "/-/" + verb + "/" + ref + file
	case strings.Contains(host, "bitbucket"):
		return r.URL + "/src/" + ref + file
	case strings.Contains(host, "gitea"), strings.Contains(host, "codeberg"), strings.Contains(host, "forgejo"):
		if gitea == "src" {
			gitea = "src/branch"
		}
		return r.URL + "/" + gitea + "/" + ref + file
	default:
		return r.URL + "/" + verb + "/" + ref + file
	}
}

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
