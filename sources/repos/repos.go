// Package repos finds and fetches repositories, and gives each as a confined,
// read-only file system with its origin, commit and history.
//
//	dir: ../repos/*        folders on this machine   -> os.Root
//	git: https://host/x    shallow, partial, cached  -> files below State -> os.Root
//	                                                                         |
//	                                          sources.Repo{FS, URL, Commit, History}
//
// Nothing of a repo is ever run: no hooks, filters, submodules or settings. A
// repo that cannot be reached keeps its last good files, marked stale with
// their age; one that was never seen is marked failed, and the others go on.
package repos

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"path"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/portolan-dev/portolan/sources"
	"github.com/portolan-dev/portolan/sources/diag"
	"golang.org/x/sync/errgroup"
)

// A Spec names where repos come from. Exactly one of Dir, Git and Organization
// is set.
type Spec struct {
	// Dir is a doublestar pattern of folders, relative to Options.Base. Every
	// folder that matches is one repo.
	Dir string

	// Git is the address of one repo: https, http, file, a local path, or with
	// Options.SSH also ssh://host/path and user@host:path.
	Git string

	// Organization is a set of repos on a code host.
	Organization *Organization

	// Ref is the branch, tag or commit to read. The default is the branch that
	// the host calls the default.
	Ref string

	// Name overrides the repo's name. It has no effect on Dir patterns with
	// more than one match.
	Name string

	// Token is sent to the host of Git or Organization, over https only, and to
	// no other. Without it Options.Token is asked.
	// User is the name that goes with it; the default suits GitHub, GitLab and
	// Gitea.
	User  string
	Token Secret

	// Depth is how many commits are fetched. The default of 1 is the fastest;
	// last changes are known only as far as Depth reaches.
	Depth int

	// Pos is where the spec was written, for diagnostics; it may be empty.
	Pos diag.Pos

	pushed      time.Time // the last push, as the host says; zero if it does not
	descriptors []string
	listed      bool // by an organization, not by the operator
	kind        HostKind
}

// A Secret is a text that is never printed.
type Secret string

// String hides the secret.
func (Secret) String() string { return "(secret)" }

// GoString hides the secret.
func (Secret) GoString() string { return "(secret)" }

// MarshalText hides the secret.
func (Secret) MarshalText() ([]byte, error) { return []byte("(secret)"), nil }

// Options are common to all specs.
type Options struct {
	// Base is the folder from which relative patterns and paths start. The
	// default is the working folder.
	Base string

	// State is the folder for what was fetched. Without it, Git specs fail.
	State string

	// Jobs bounds how many repos are read at once. The default is four times
	// the number of CPUs: fetching is waiting.
	Jobs int

	// Offline uses only what is on disk or cached.
	Offline bool

	// Now is the time of the build, for the ages of what was fetched.
	Now time.Time

	// Timeout bounds one exchange with a host. The default is 60 seconds.
	Timeout time.Duration

	// Token returns the token for a host, and the user name that goes with it
	// (empty for the usual one). It may be nil. See EnvTokens.
	Token func(host string) (user string, token Secret)

	// Wait waits when a host asks for it. The default waits; tests do not.
	Wait func(context.Context, time.Duration) error

	// SSH allows addresses that are reached by the ssh program with the
	// operator's own keys.
	SSH bool

	// Progress is told each time a repo has been read: how many of how many,
	// and which. It is called from one goroutine at a time; nil for silence.
	Progress func(done, total int, name string)

	// Log is told what is being done, one line each; nil for silence. It may be
	// called from many goroutines.
	Log func(format string, args ...any)
}

func (o Options) log(format string, args ...any) {
	if o.Log != nil {
		o.Log(format, args...)
	}
}

// Read reads all repos that the specs name, in the order of specs and then of
// names. A repo that cannot be read is still in the result, with the state
// Stale or Failed and, if failed, no files. The error is not nil only when the
// context ended.
func Read(ctx context.Context, specs []Spec, opt Options) ([]*sources.Repo, []diag.Diagnostic, error) {
	if opt.Jobs <= 0 {
		opt.Jobs = 4 * runtime.GOMAXPROCS(0)
	}
	if opt.Timeout <= 0 {
		opt.Timeout = 60 * time.Second
	}
	program, gitErr := findGit()

	specs, ds, err := organizations(ctx, specs, opt)
	if err != nil {
		return nil, nil, err
	}
	var tasks []task
	for _, s := range specs {
		switch {
		case s.Dir != "":
			found, problems := expand(s, opt)
			tasks = append(tasks, found...)
			ds = append(ds, problems...)
		case s.Git != "":
			tasks = append(tasks, gitTask(s, opt, program, gitErr))
		default:
			ds = append(ds, diag.Diagnostic{Pos: s.Pos, Severity: diag.Error, Rule: "source-invalid", Message: "a source names neither a folder nor an address nor an organization", Hint: "write dir:, git:, github:, gitlab:, gitea: or bitbucket:"})
		}
	}
	tasks = name(tasks)

	results := make([]result, len(tasks))
	var mu sync.Mutex
	done := 0
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(opt.Jobs)
	for i, t := range tasks {
		g.Go(func() error {
			if err := gctx.Err(); err != nil {
				return err
			}
			results[i] = t.read(gctx, t, program)
			if opt.Progress != nil {
				mu.Lock()
				done++
				opt.Progress(done, len(tasks), t.name)
				mu.Unlock()
			}
			return gctx.Err()
		})
	}
	if err := g.Wait(); err != nil {
		return nil, nil, fmt.Errorf("read repos: %w", err)
	}
	repos := make([]*sources.Repo, 0, len(tasks))
	for _, r := range results {
		if r.repo != nil {
			repos = append(repos, r.repo)
		}
		ds = append(ds, r.diagnostics...)
	}
	return repos, diag.Sort(ds), nil
}

// organizations puts the repos of each organization in its place.
func organizations(ctx context.Context, specs []Spec, opt Options) ([]Spec, []diag.Diagnostic, error) {
	type answer struct {
		specs []Spec
		ds    []diag.Diagnostic
	}
	answers := make([]answer, len(specs))
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(opt.Jobs)
	for i, s := range specs {
		if s.Organization == nil {
			answers[i].specs = []Spec{s}
			continue
		}
		g.Go(func() error {
			answers[i].specs, answers[i].ds = expandOrganization(gctx, s, opt)
			return gctx.Err()
		})
	}
	if err := g.Wait(); err != nil {
		return nil, nil, fmt.Errorf("list repos: %w", err)
	}
	var out []Spec
	var ds []diag.Diagnostic
	for _, a := range answers {
		out = append(out, a.specs...)
		ds = append(ds, a.ds...)
	}
	return out, ds, nil
}

// A task is one repo to be read.
type task struct {
	key    string   // equal for tasks that would read the same
	parts  []string // of the path or address, for the name
	fixed  string   // the name that the operator gave
	name   string
	prefix string // for diagnostics; empty means name
	spec   Spec
	read   func(context.Context, task, string) result
}

type result struct {
	repo        *sources.Repo
	diagnostics []diag.Diagnostic
}

// name drops what would be read twice and gives each repo the shortest name
// that tells it apart: the last part of its path, or as many as are needed.
func name(tasks []task) []task {
	seen := map[string]bool{}
	out := tasks[:0]
	for _, t := range tasks {
		if !seen[t.key] {
			seen[t.key] = true
			out = append(out, t)
		}
	}
	taken := map[string]bool{}
	for i := range out {
		if f := out[i].fixed; f != "" && !taken[f] {
			out[i].name = f
			taken[f] = true
		}
	}
	// All of one wanted name grow together, so that no name depends on the order.
	pending := map[int]int{}
	for i := range out {
		if out[i].name == "" {
			n := 1
			if out[i].spec.Git != "" {
				n = 2
			}
			pending[i] = min(n, len(out[i].parts))
		}
	}
	short := func(i int) string { return path.Join(out[i].parts[len(out[i].parts)-pending[i]:]...) }
	for range 16 {
		count := map[string]int{}
		for i := range pending {
			count[short(i)]++
		}
		grown := false
		for i := range pending {
			if n := short(i); (count[n] > 1 || taken[n]) && pending[i] < len(out[i].parts) {
				pending[i]++
				grown = true
			}
		}
		if !grown {
			break
		}
	}
	for i := range out {
		if out[i].name != "" {
			continue
		}
		n := short(i)
		for k := 2; taken[n]; k++ {
			n = fmt.Sprintf("%s-%d", short(i), k)
		}
		taken[n] = true
		out[i].name = n
	}
	return out
}

// failed is a repo without files.
func failed(t task, why string) *sources.Repo {
	return &sources.Repo{Name: t.name, Prefix: cmp.Or(t.prefix, t.name), FS: nothing{}, Freshness: sources.Freshness{State: sources.Failed, Reason: why}}
}

// leftOut walks a repo and names what is on its disk and not in its file
// system. Folders of installed packages are not looked at.
func leftOut(ctx context.Context, c *confined, r *sources.Repo) []diag.Diagnostic {
	var ds []diag.Diagnostic
	add := func(name string, sev diag.Severity, rule, message, hint string) {
		if len(ds) < maxLeftOut {
			ds = append(ds, diag.Diagnostic{Pos: diag.Pos{File: r.Pos(name)}, Severity: sev, Rule: rule, Message: message, Hint: hint, Repo: r.Name})
		}
	}
	paths := 0
	var walk func(dir string, depth int)
	walk = func(dir string, depth int) {
		entries, left, err := c.list(dir)
		if err != nil || ctx.Err() != nil {
			return
		}
		for _, l := range left {
			switch l.why {
			case refusedLink:
				add(l.name, diag.Warning, "link-outside", "this link leads out of the repo and is not followed", "copy the file into the repo")
			case refusedDangling:
				add(l.name, diag.Warning, "link-dangling", "this link leads nowhere", "remove it, or mend its target")
			case refusedFolderLink:
				add(l.name, diag.Info, "link-folder", "this link to a folder is followed only where it is named, so that a circle of links has no effect", "")
			case refusedDevice:
				add(l.name, diag.Warning, "not-a-file", "this is neither a file nor a folder, so it is not read", "")
			case refusedName:
				add(l.name, diag.Warning, "name-invalid", "this file is left out: its name is not valid UTF-8", "rename it")
			}
		}
		for _, e := range entries {
			if paths++; paths > maxPaths {
				return
			}
			if e.IsDir() && depth < maxDepth && !slices.Contains(installed, e.Name()) {
				walk(path.Join(dir, e.Name()), depth+1)
			}
		}
	}
	walk(".", 0)
	if paths > maxPaths {
		add(".", diag.Warning, "repo-too-large", fmt.Sprintf("this folder holds more than %d files and folders", maxPaths), "name the folders inside it that matter")
	}
	return ds
}

// Bounds of the walk over one repo.
const (
	maxDepth   = 64
	maxLeftOut = 100
)

// installed are the folders that package managers fill.
var installed = []string{"node_modules", ".venv", "__pycache__"}

// isPattern tells whether a path has meaning beyond its letters.
func isPattern(s string) bool { return strings.ContainsAny(s, `*?[{`) }

var _ fs.FS = nothing{}
