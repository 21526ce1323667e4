// Package generator runs a build: it reads all sources, joins them into one
// portal, and turns that into a site.
//
//	repos ── catalog ─┬─ docs ── rendered ─┐
//	                  └─ apis ─────────────┤
//	clusters ── snapshots ─────────────────┴─ join ── Portal ── pages, files ── publish
//
// Clusters are read beside the repos; within a stage everything is done by at
// most Options.Jobs at once, and results keep the order of the input. A source
// that fails costs only itself: it contributes its last good data, or nothing,
// and says so. Only a failure of Portolan's own (a disk, a broken theme) ends a
// build, and then the old site stays as it is.
package generator

import (
	"context"
	"io/fs"
	"log/slog"
	"time"

	"github.com/portolan-dev/portolan/generator/linkcheck"
	"github.com/portolan-dev/portolan/generator/site"
	"github.com/portolan-dev/portolan/sources"
	"github.com/portolan-dev/portolan/sources/catalog"
	"github.com/portolan-dev/portolan/sources/diag"
	"github.com/portolan-dev/portolan/sources/docs"
	"github.com/portolan-dev/portolan/sources/kubernetes"
	"github.com/portolan-dev/portolan/sources/repos"
)

// Options say what to build from and where to. Everything that is not a
// function of the sources comes in here: the clock, folders, credentials
// (inside Clusters).
type Options struct {
	Title   string
	BaseURL string        // absolute, with a trailing slash; may be empty
	Every   time.Duration // how often the portal is rebuilt; 0 if unknown
	Version string        // of Portolan

	Output string // folder of the site
	State  string // folder of caches and last good data
	Theme  fs.FS  // files that override the default theme's; nil: none

	// Icons is the folder into which npm installed the sets of icons that docs
	// may name (@mdi/svg, @primer/octicons, @fortawesome/fontawesome-free,
	// simple-icons); nil: icons are shown by their names.
	Icons fs.FS

	// Downloads are the endings of further files beside documents that may be
	// published, such as "pdf"; pictures always are.
	Downloads []string

	// NoTwins leaves out the Markdown of each page of docs beside it.
	NoTwins bool

	// Content holds the portal's own Markdown pages; nil: none. ContentName is
	// what diagnostics call the folder.
	Content     fs.FS
	ContentName string

	Repos    []repos.Spec
	Base     string                                              // folder that relative paths of Repos start from
	Token    func(host string) (user string, token repos.Secret) // for the hosts of Repos; may be nil
	Catalog  catalog.ReadOptions
	Schema   []byte          // JSON Schema of the configuration, for editors; nil: it is not published
	Known    map[string]bool // canonical refs of entities that exist elsewhere; may be nil
	Clusters []Cluster
	Join     kubernetes.JoinOptions // Now is filled in by the build

	// External says how Check asks other sites for the pages that are linked
	// to; nil: it does not.
	External *linkcheck.Options

	// Clock tells the time. The moment a build starts is the moment its ages
	// and rules are reckoned from.
	Clock func() time.Time

	Jobs    int  // how much is done at once; the default is the number of CPUs
	NoCache bool // do not use what an earlier build kept
	Offline bool // use only what is on disk

	Progress Progress     // gets what is going on; nil: nobody
	Log      *slog.Logger // nil: silence
}

// A Cluster is a cluster and the way to read it.
type Cluster interface {
	Info() kubernetes.ClusterInfo
	// Local says that reading needs no network, so that it is done offline too.
	Local() bool
	// Read returns the cluster's state now. An error means that there is none;
	// a type that could not be listed is in the snapshot's coverage instead.
	Read(ctx context.Context) (*kubernetes.Snapshot, error)
}

// Progress is told what a build does. Its methods may be called by many
// goroutines at once.
type Progress interface {
	// Start begins a phase of total steps; 0: not known.
	Start(phase string, total int)
	// Step says that one step is done; what names it.
	Step(phase, what string)
	// Done ends a phase, with its result in a few words.
	Done(phase, result string)
}

type noProgress struct{}

func (noProgress) Start(string, int)   {}
func (noProgress) Step(string, string) {}
func (noProgress) Done(string, string) {}

// A Report says what a build did.
type Report struct {
	Started time.Time
	Phases  []Phase

	Diagnostics []diag.Diagnostic // sorted
	Repos       []*sources.Repo
	Clusters    []*kubernetes.ClusterState

	Entities int
	Docs     int // documentation pages
	DocTrees int
	APIs     int
	Findings int
	Broken   int // services that are down
	Pages    int
	Files    int
	Bytes    int64
	Written  int // files that are new or changed
	Removed  int
	Rendered int // documents that did not come from the cache

	Output string
	Portal *site.Portal

	content *docs.Tree // of the portal's own pages; nil if there are none
}

// A Phase is one stage of a build.
type Phase struct {
	Name string
	Took time.Duration
}

// Errors returns how many diagnostics are errors.
func (r *Report) Errors() int { return diag.Count(r.Diagnostics, diag.Error) }

// Warnings returns how many diagnostics are warnings.
func (r *Report) Warnings() int { return diag.Count(r.Diagnostics, diag.Warning) }

// Stale returns the sources that are not fresh, in words.
func (r *Report) Stale() []string {
	var out []string
	for _, repo := range r.Repos {
		if repo.Freshness.State != sources.Fresh {
			out = append(out, "repo "+repo.Name+": "+string(repo.Freshness.State)+": "+repo.Freshness.Reason)
		}
	}
	for _, c := range r.Clusters {
		if c.Freshness.State != sources.Fresh {
			out = append(out, "cluster "+c.Name+": "+string(c.Freshness.State)+": "+c.Freshness.Reason)
		}
	}
	return out
}
