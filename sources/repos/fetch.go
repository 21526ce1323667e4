package repos

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/portolan-dev/portolan/sources"
	"github.com/portolan-dev/portolan/sources/diag"
)

// Bounds of one fetched repo.
const (
	maxFetched   = 2 << 30
	maxBlob      = 20 << 20
	cacheVersion = 1
)

// A cached is what is remembered of a fetched repo, in the file info.json.
type cached struct {
	Version int       `json:"version"`
	URL     string    `json:"url"`
	Branch  string    `json:"branch,omitempty"`
	Commit  string    `json:"commit"`
	Files   int       `json:"files"`
	Sum     string    `json:"sum"`             // of the files, as sumOfTree makes it
	Seen    time.Time `json:"seen"`            // when the host last said that this is its state
	Pushed  time.Time `json:"pushed,omitzero"` // the last push that this state holds
	Left    []left    `json:"left,omitempty"`
}

// A left is one path of the repo that is not among the files, for a reason.
type left struct {
	Path    string `json:"path"`
	Message string `json:"message"`
}

func gitTask(s Spec, opt Options, program string, gitErr error) task {
	a, err := parseAddress(s, opt)
	t := task{key: "git\x00" + s.Git + "\x00" + s.Ref, fixed: s.Name, spec: s}
	if err != nil {
		t.parts = split(strings.TrimSuffix(plain(s.Git), ".git"))
		err = fmt.Errorf("git %q: %w", hideUser(s.Git), err)
		t.read = func(_ context.Context, t task, _ string) result {
			return result{repo: failed(t, err.Error()), diagnostics: []diag.Diagnostic{{Pos: s.Pos, Severity: diag.Error, Rule: "source-invalid", Message: err.Error(), Repo: t.name}}}
		}
		return t
	}
	if a.token == "" && a.scheme == "https" && opt.Token != nil {
		host := a.host
		if a.port != "" {
			host += ":" + a.port
		}
		a.user, a.token = opt.Token(host)
	}
	t.key = "git\x00" + a.url + "\x00" + s.Ref
	t.parts = split(a.path)
	if a.host != "" {
		t.parts = append([]string{a.host}, t.parts...)
	}
	t.read = func(ctx context.Context, t task, _ string) result {
		return readGit(ctx, t, a, opt, program, gitErr)
	}
	return t
}

// hideUser removes user names and passwords of an address for a message.
func hideUser(s string) string {
	scheme, rest, ok := strings.Cut(s, "://")
	if !ok {
		return s
	}
	host, p, _ := strings.Cut(rest, "/")
	if i := strings.LastIndex(host, "@"); i >= 0 {
		host = host[i+1:]
	}
	return scheme + "://" + host + "/" + p
}

// A clone is the cache folder of one address and ref.
type clone struct {
	task task
	addr address
	opt  Options
	dir  string
	git  *git
	info cached // the last good state; no Commit when there is none
	head string // what the host says now
	now  string // the address to which the host redirected; usually empty
}

// redirected tells whether git was answered with a redirect, which it does not
// follow: it could lead anywhere.
func redirected(err error) bool {
	return err != nil && strings.Contains(err.Error(), "returned error: 30")
}

func readGit(ctx context.Context, t task, a address, opt Options, program string, gitErr error) result {
	c := &clone{task: t, addr: a, opt: opt}
	if opt.State != "" {
		sum := sha256.Sum256([]byte(a.url + "\x00" + t.spec.Ref))
		c.dir = filepath.Join(opt.State, "repos", hex.EncodeToString(sum[:12]))
		if abs, err := filepath.Abs(c.dir); err == nil {
			c.dir = abs
		}
		c.load()
	}
	r, warn, err := c.read(ctx, program, gitErr)
	if err == nil {
		return result{repo: r, diagnostics: warn}
	}
	why := plain(strings.ReplaceAll(err.Error(), c.dir, "the cache"))
	if a.token != "" {
		why = strings.ReplaceAll(why, string(a.token), "(secret)")
	}
	if errors.Is(err, errNoRef) && t.spec.listed && c.info.Commit == "" {
		// Not every repo of an organization has the branch that is asked for.
		return result{diagnostics: []diag.Diagnostic{{Pos: t.spec.Pos, Severity: diag.Info, Rule: "source-no-branch", Repo: t.name, Message: fmt.Sprintf("the repo %s is left out: %s", a.show, why)}}}
	}
	if c.info.Commit == "" {
		return result{repo: failed(t, why), diagnostics: []diag.Diagnostic{{
			Pos: t.spec.Pos, Severity: diag.Error, Rule: "source-unreachable", Repo: t.name,
			Message: fmt.Sprintf("the repo %s cannot be read: %s", a.show, why), Hint: "there are no files of an earlier build",
		}}}
	}
	r = c.repo(sources.Freshness{State: sources.Stale, ObservedAt: c.info.Seen, Reason: why})
	message := fmt.Sprintf("the repo %s cannot be read: %s", a.show, why)
	rule := "source-stale"
	if opt.Offline {
		message = fmt.Sprintf("the repo %s was not asked, because this build is offline", a.show)
	}
	return result{repo: r, diagnostics: append(c.warnings(r), diag.Diagnostic{
		Pos: t.spec.Pos, Severity: diag.Warning, Rule: rule, Repo: t.name, Message: message,
		Hint: fmt.Sprintf("its files of %s are used", c.info.Seen.UTC().Format("2006-01-02 15:04 MST")),
	})}
}

func (c *clone) read(ctx context.Context, program string, gitErr error) (*sources.Repo, []diag.Diagnostic, error) {
	switch {
	case c.dir == "":
		return nil, nil, errors.New("there is no state folder to keep it in")
	case c.addr.scheme != "file" && c.opt.Offline:
		return nil, nil, errors.New("this build is offline")
	case gitErr != nil:
		return nil, nil, gitErr
	}
	if err := os.MkdirAll(filepath.Join(c.dir, "git"), 0o700); err != nil {
		return nil, nil, fmt.Errorf("make the cache: %w", reason(err))
	}
	if c.addr.scheme == "file" {
		return c.readLocal(ctx, program)
	}
	c.git = &git{program: program, dir: filepath.Join(c.dir, "git"), allow: c.addr.scheme}
	if p := c.task.spec.pushed; !p.IsZero() && p.Equal(c.info.Pushed) && c.info.Commit != "" {
		// The list of the organization says that nothing was pushed.
		c.info.Seen = c.opt.Now
		if err := c.save(); err != nil {
			return nil, nil, err
		}
		r := c.repo(sources.Freshness{State: sources.Fresh, ObservedAt: c.opt.Now})
		return r, c.warnings(r), nil
	}
	if err := c.connect(ctx); err != nil {
		return nil, nil, err
	}
	branch, err := c.ask(ctx)
	if err != nil && redirected(err) && c.addr.scheme != "ssh" {
		mctx, cancel := context.WithTimeout(ctx, c.opt.Timeout)
		to, merr := moved(mctx, c.addr)
		cancel()
		if merr != nil {
			return nil, nil, merr
		}
		c.git.config[0][1] = to
		c.now = to
		branch, err = c.ask(ctx)
	}
	if err != nil {
		return nil, nil, err
	}
	if c.head == "" { // a repo without commits
		if c.addr.scheme != "ssh" && !answersAsGit(ctx, c.addr, cmp.Or(c.now, c.addr.url)) {
			return nil, nil, errors.New("the host answered with a page instead of a repo; it may ask to sign in")
		}
		return c.empty()
	}
	if !c.current() {
		c.opt.log("fetch %s", c.addr.show)
		fctx, cancel := context.WithTimeout(ctx, 2*c.opt.Timeout)
		defer cancel()
		err := c.bring(fctx, branch)
		if err != nil && fctx.Err() == nil {
			// What was fetched earlier may be damaged: once more from nothing.
			if cerr := c.renew(); cerr != nil {
				return nil, nil, cerr
			}
			err = c.bring(fctx, branch)
		}
		if errors.Is(fctx.Err(), context.DeadlineExceeded) {
			err = fmt.Errorf("the host took longer than %v", 2*c.opt.Timeout)
		}
		if err != nil {
			return nil, nil, err
		}
	}
	c.info.Branch, c.info.Seen, c.info.Pushed = branch, c.opt.Now, c.task.spec.pushed
	if err := c.save(); err != nil {
		return nil, nil, err
	}
	r := c.repo(sources.Freshness{State: sources.Fresh, ObservedAt: c.opt.Now})
	return r, c.warnings(r), nil
}

// bring fetches head and writes its files.
func (c *clone) bring(ctx context.Context, branch string) error {
	if err := c.fetch(ctx); err != nil {
		return err
	}
	return c.keep(ctx, c.git, branch, wanted)
}

// renew makes an empty git directory.
func (c *clone) renew() error {
	if err := os.RemoveAll(c.git.dir); err != nil {
		return fmt.Errorf("clear the cache: %w", reason(err))
	}
	if err := emptyGitDir(c.git.dir, len(c.head) == 64); err != nil {
		return fmt.Errorf("make the cache: %w", reason(err))
	}
	return nil
}

// readLocal reads a repository on this machine from its objects alone.
func (c *clone) readLocal(ctx context.Context, program string) (*sources.Repo, []diag.Diagnostic, error) {
	gitDir, common, ok := gitDirOf(c.addr.url)
	if !ok {
		gitDir, common = c.addr.url, c.addr.url
	}
	if info, err := os.Stat(filepath.Join(common, "objects")); err != nil || !info.IsDir() {
		if _, err := os.Stat(c.addr.url); err != nil {
			return nil, nil, errors.New("the folder does not exist")
		}
		return nil, nil, errors.New("there is no git repository in this folder")
	}
	w := worktree{objects: objects{dir: filepath.Join(common, "objects"), shallow: filepath.Join(common, "shallow")}}
	switch ref := c.task.spec.Ref; {
	case ref == "":
		var ok bool
		if w, ok = readGitDir(gitDir, common); !ok {
			if noRefs(common) {
				return c.empty()
			}
			return nil, nil, errors.New("its HEAD names no commit")
		}
	case hexID(ref):
		w.objects.head = ref
	default:
		if err := checkRef(ref); err != nil {
			return nil, nil, err
		}
		for _, kind := range []string{"refs/heads/", "refs/tags/"} {
			id := cmp.Or(readLine(filepath.Join(common, filepath.FromSlash(kind+ref))), packedRef(filepath.Join(common, "packed-refs"), kind+ref))
			if hexID(id) {
				w.objects.head = id
				if kind == "refs/heads/" {
					w.branch = ref
				}
				break
			}
		}
		if w.objects.head == "" {
			return nil, nil, fmt.Errorf("it has no branch or tag %q", ref)
		}
	}
	w.objects.program = program
	err := w.objects.bare(func(g *git) error {
		id, err := g.run(ctx, nil, 1000, "rev-parse", "--verify", "--quiet", "--end-of-options", w.objects.head+"^{commit}")
		if err != nil {
			return errors.New("the commit it names is damaged or missing")
		}
		c.head = strings.TrimSpace(string(id))
		w.objects.head = c.head
		if c.current() {
			return nil
		}
		return c.keep(ctx, g, w.branch, func(string) bool { return true })
	})
	if err != nil {
		return nil, nil, err
	}
	c.info.Branch, c.info.Seen = w.branch, c.opt.Now
	if err := c.save(); err != nil {
		return nil, nil, err
	}
	r := c.repo(sources.Freshness{State: sources.Fresh, ObservedAt: c.opt.Now})
	r.URL = w.url
	r.History = w.objects.remembered(c.opt.State)
	return r, c.warnings(r), nil
}

// noRefs tells whether a repository has no branch at all.
func noRefs(common string) bool {
	entries, err := os.ReadDir(filepath.Join(common, "refs", "heads"))
	return err == nil && len(entries) == 0 && !strings.Contains(readText(filepath.Join(common, "packed-refs")), " refs/heads/")
}

// empty is the answer for a repo without commits. If there was something
// before, its host is doubted rather than believed.
func (c *clone) empty() (*sources.Repo, []diag.Diagnostic, error) {
	if c.info.Commit != "" {
		return nil, nil, errors.New("it is empty now, although it held files before")
	}
	r := failed(c.task, "")
	r.Freshness = sources.Freshness{State: sources.Fresh, ObservedAt: c.opt.Now}
	return r, []diag.Diagnostic{{Pos: c.task.spec.Pos, Severity: diag.Warning, Rule: "source-empty", Repo: r.Name, Message: fmt.Sprintf("the repo %s has no commits", c.addr.show)}}, nil
}

// connect looks up the host, pins the connection to the addresses that were
// checked, and prepares the token.
func (c *clone) connect(ctx context.Context) error {
	a := c.addr
	port := cmp.Or(a.port, map[string]string{"https": "443", "http": "80", "ssh": "22"}[a.scheme])
	ctx, cancel := context.WithTimeout(ctx, c.opt.Timeout)
	defer cancel()
	ips, err := lookup(ctx, a.host, true)
	if err != nil && !proxied() {
		return err
	}
	c.git.config = [][2]string{
		{"remote.origin.url", a.url},
		{"remote.origin.promisor", "true"},
		{"remote.origin.partialclonefilter", "blob:none"},
	}
	if _, err := netip.ParseAddr(a.host); err != nil && len(ips) > 0 && a.scheme != "ssh" {
		list := make([]string, len(ips))
		for i, ip := range ips {
			list[i] = ip.String()
		}
		c.git.config = append(c.git.config, [2]string{"http.curloptResolve", a.host + ":" + port + ":" + strings.Join(list, ",")})
	}
	if a.token != "" && a.scheme == "https" {
		basic := base64.StdEncoding.EncodeToString([]byte(cmp.Or(a.user, defaultUser) + ":" + string(a.token)))
		c.git.config = append(c.git.config, [2]string{"http.https://" + a.host + cond(a.port != "", ":"+a.port, "") + "/.extraHeader", "Authorization: Basic " + basic})
	}
	if a.scheme == "ssh" {
		c.git.env = append(c.git.env, "GIT_SSH_COMMAND=ssh -o BatchMode=yes -o StrictHostKeyChecking=yes -o ConnectTimeout=20 -o ClearAllForwardings=yes", "GIT_SSH_VARIANT=ssh")
		for _, name := range []string{"SSH_AUTH_SOCK", "HOME"} {
			if v, ok := os.LookupEnv(name); ok {
				c.git.env = append(c.git.env, name+"="+v)
			}
		}
	}
	if _, err := os.Stat(filepath.Join(c.git.dir, "HEAD")); err != nil || c.worn() {
		return c.renew()
	}
	return nil
}

func cond(b bool, yes, no string) string {
	if b {
		return yes
	}
	return no
}

func proxied() bool {
	for _, name := range []string{"HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"} {
		if os.Getenv(name) != "" {
			return true
		}
	}
	return false
}

// worn tells whether so many fetches have been added that a fresh start costs
// less than going on.
func (c *clone) worn() bool {
	packs, err := filepath.Glob(filepath.Join(c.git.dir, "objects", "pack", "*.pack"))
	return err == nil && len(packs) > 40
}

// ask learns from the host which commit the ref is now. It sets head, and
// returns the branch.
func (c *clone) ask(ctx context.Context) (branch string, err error) {
	ref := c.task.spec.Ref
	if hexID(ref) {
		c.head = ref
		return "", nil
	}
	patterns := []string{"HEAD"}
	if ref != "" {
		if err := checkRef(ref); err != nil {
			return "", err
		}
		patterns = []string{"refs/heads/" + ref, "refs/tags/" + ref, "refs/tags/" + ref + "^{}"}
	}
	ctx, cancel := context.WithTimeout(ctx, c.opt.Timeout)
	defer cancel()
	out, err := c.git.run(ctx, nil, 1<<20, append([]string{"ls-remote", "--symref", "--quiet", "--end-of-options", "origin"}, patterns...)...)
	if err != nil {
		if errors.Is(err, context.DeadlineExceeded) {
			err = fmt.Errorf("the host did not answer within %v", c.opt.Timeout)
		}
		return "", err
	}
	found := map[string]string{}
	for line := range strings.Lines(string(out)) {
		id, name, ok := strings.Cut(strings.TrimSpace(line), "\t")
		if !ok {
			continue
		}
		if target, ok := strings.CutPrefix(id, "ref: "); ok {
			if name == "HEAD" {
				branch = strings.TrimPrefix(target, "refs/heads/")
			}
		} else if hexID(id) {
			found[name] = id
		}
	}
	if ref == "" {
		c.head = found["HEAD"]
		if c.head == "" {
			heads, err := c.git.run(ctx, nil, 1<<20, "ls-remote", "--heads", "--quiet", "--end-of-options", "origin")
			if err != nil {
				return "", err
			}
			if len(heads) > 0 {
				return "", errors.New("its HEAD names no branch; write ref: with the branch to read")
			}
		}
		return branch, nil
	}
	if id := found["refs/heads/"+ref]; id != "" {
		c.head = id
		return ref, nil
	}
	if id := cmp.Or(found["refs/tags/"+ref+"^{}"], found["refs/tags/"+ref]); id != "" {
		c.head = id
		return "", nil
	}
	hint := ""
	if heads, err := c.git.run(ctx, nil, 4<<20, "ls-remote", "--heads", "--tags", "--refs", "--quiet", "--end-of-options", "origin"); err == nil {
		var names []string
		for line := range strings.Lines(string(heads)) {
			if _, name, ok := strings.Cut(strings.TrimSpace(line), "\t"); ok {
				names = append(names, strings.TrimPrefix(strings.TrimPrefix(name, "refs/heads/"), "refs/tags/"))
			}
		}
		if s := diag.DidYouMean(ref, names); s != "" {
			hint = "; " + s
		}
	}
	return "", fmt.Errorf("%w %q%s", errNoRef, ref, hint)
}

// errNoRef says that a repo lacks the branch to read.
var errNoRef = errors.New("it has no branch or tag")

// checkRef refuses names that no branch or tag can have.
// Source: git-check-ref-format(1).
func checkRef(ref string) error {
	bad := ref == "" || len(ref) > 250 || strings.HasPrefix(ref, "-") || strings.HasPrefix(ref, "/") || strings.HasSuffix(ref, "/") ||
		strings.HasSuffix(ref, ".") || strings.Contains(ref, "..") || strings.Contains(ref, "//") || strings.Contains(ref, "@{") ||
		strings.ContainsAny(ref, " ~^:?*[\\\x7f") || strings.IndexFunc(ref, func(r rune) bool { return r < 0x20 }) >= 0
	for _, part := range strings.Split(ref, "/") {
		bad = bad || strings.HasPrefix(part, ".") || strings.HasSuffix(part, ".lock")
	}
	if bad {
		return fmt.Errorf("%q cannot be a branch or tag", plain(ref))
	}
	return nil
}

// current tells whether the files of head are here already.
func (c *clone) current() bool {
	if c.info.Commit != c.head {
		return false
	}
	info, err := os.Stat(c.tree(c.head))
	return err == nil && info.IsDir()
}

func (c *clone) tree(commit string) string { return filepath.Join(c.dir, "tree-"+commit) }

// fetch brings the commit, its trees, and those of its files that readers of
// documentation and descriptors look at.
func (c *clone) fetch(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	tooLarge := make(chan bool, 1)
	go func() {
		defer close(tooLarge)
		for {
			select {
			case <-ctx.Done():
				return
			case <-time.After(300 * time.Millisecond):
				if folderSize(filepath.Join(c.git.dir, "objects")) > maxFetched {
					tooLarge <- true
					cancel()
					return
				}
			}
		}
	}()
	err := c.fetchAll(ctx)
	cancel()
	if <-tooLarge {
		_ = os.RemoveAll(c.git.dir)
		return fmt.Errorf("it is larger than %d GB", maxFetched>>30)
	}
	return err
}

func (c *clone) fetchAll(ctx context.Context) error {
	depth := max(1, c.task.spec.Depth)
	common := []string{"fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules", "--no-auto-maintenance", "--force", "--filter=blob:none"}
	if _, err := c.git.run(ctx, nil, 1<<20, append(common, "--depth="+strconv.Itoa(depth), "--end-of-options", "origin", "+"+c.head+":refs/portolan/head")...); err != nil {
		return err
	}
	ids, err := c.missing(ctx)
	if err != nil || len(ids) == 0 {
		return err
	}
	_, err = c.git.run(ctx, strings.NewReader(strings.Join(ids, "\n")+"\n"), 1<<20,
		"-c", "fetch.negotiationAlgorithm=noop", "fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules", "--no-auto-maintenance", "--filter=blob:none", "--stdin", "--end-of-options", "origin")
	return err
}

// missing returns the ids of the wanted files that are not here yet.
func (c *clone) missing(ctx context.Context) ([]string, error) {
	absent := map[string]bool{}
	err := c.git.stream(ctx, nil, func(r io.Reader) error {
		return lines(r, func(line string) error {
			if id, ok := strings.CutPrefix(line, "?"); ok && hexID(id) {
				absent[id] = true
			}
			return nil
		})
	}, "rev-list", "--objects", "--missing=print", "--no-walk", "--end-of-options", c.head)
	if err != nil {
		return nil, err
	}
	var ids []string
	err = c.git.stream(ctx, nil, func(r io.Reader) error {
		n := 0
		return records(r, func(rec string) error {
			if n++; n > maxPaths {
				return fmt.Errorf("it has more than %d files", maxPaths)
			}
			if e, ok := parseEntry(rec); ok && e.kind == "blob" && absent[e.id] && wanted(e.path) {
				ids = append(ids, e.id)
				delete(absent, e.id)
			}
			return nil
		})
	}, "ls-tree", "-r", "-z", "--full-tree", c.head)
	return ids, err
}

func folderSize(dir string) int64 {
	var n int64
	_ = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			if info, err := d.Info(); err == nil {
				n += info.Size()
			}
		}
		return nil
	})
	return n
}

// repo makes the repo of the state in info.
func (c *clone) repo(f sources.Freshness) *sources.Repo {
	r := &sources.Repo{
		Name: c.task.name, Prefix: cmp.Or(c.task.prefix, c.task.name), Branch: c.info.Branch, Commit: c.info.Commit,
		FS: openFolder(c.tree(c.info.Commit)), Freshness: f, Descriptors: c.task.spec.descriptors, Host: string(c.task.spec.kind),
	}
	if c.addr.scheme != "file" {
		r.URL = webURL(c.addr.url)
	}
	if c.task.spec.Depth > 1 && c.git != nil {
		o := objects{program: c.git.program, dir: filepath.Join(c.git.dir, "objects"), shallow: filepath.Join(c.git.dir, "shallow"), head: c.info.Commit}
		r.History = o.remembered(c.opt.State)
	}
	return r
}

func (c *clone) warnings(r *sources.Repo) []diag.Diagnostic {
	var ds []diag.Diagnostic
	if c.now != "" {
		ds = append(ds, diag.Diagnostic{
			Pos: c.task.spec.Pos, Severity: diag.Info, Rule: "source-moved", Repo: r.Name,
			Message: fmt.Sprintf("the repo %s has moved", c.addr.show), Hint: "write " + c.now,
		})
	}
	for _, l := range c.info.Left {
		ds = append(ds, diag.Diagnostic{Pos: diag.Pos{File: r.Prefix}, Severity: diag.Warning, Rule: "name-invalid", Message: fmt.Sprintf("%q is left out: %s", l.Path, l.Message), Repo: r.Name})
	}
	if fsys, ok := r.FS.(*confined); ok {
		ds = append(ds, leftOut(context.Background(), fsys, r)...)
	}
	return ds
}

// load reads the last good state. What cannot be read, or was changed since, is
// no state.
func (c *clone) load() {
	var info cached
	if !readSealed(filepath.Join(c.dir, "info.json"), &info) || info.Version != cacheVersion || info.URL != c.addr.url || !hexID(info.Commit) {
		return
	}
	if sum, err := sumOfTree(c.tree(info.Commit)); err != nil || sum != info.Sum {
		return
	}
	c.info = info
}

// save writes the state whole or not at all, and removes files of states
// before the last.
func (c *clone) save() error {
	c.info.Version, c.info.URL = cacheVersion, c.addr.url
	if err := writeSealed(filepath.Join(c.dir, "info.json"), c.info); err != nil {
		return fmt.Errorf("write the cache: %w", err)
	}
	trees, _ := filepath.Glob(filepath.Join(c.dir, "tree-*"))
	slices.Sort(trees)
	for _, t := range trees {
		if t != c.tree(c.info.Commit) {
			_ = os.RemoveAll(t)
		}
	}
	return nil
}
