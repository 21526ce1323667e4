package repos

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand"
	"net/http"
	"net/http/cgi"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/portolan-dev/portolan/sources"
	"github.com/portolan-dev/portolan/sources/diag"
)

var now = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// shared returns the folder of third-party test data.
func shared(t *testing.T, parts ...string) string {
	t.Helper()
	dir := os.Getenv("PORTOLAN_SHARED")
	if dir == "" {
		at, err := os.Getwd()
		if err != nil {
			t.Fatal(err)
		}
		for {
			if _, err := os.Stat(filepath.Join(at, "go.mod")); err == nil {
				break
			}
			at = filepath.Dir(at)
		}
		dir = filepath.Join(at, "..", "shared")
	}
	p := filepath.Join(append([]string{dir}, parts...)...)
	if _, err := os.Stat(p); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("the test data is absent: %v", err)
		}
		t.Skipf("the test data is absent: %v", err)
	}
	return p
}

// write writes files, given as path and text in turn.
func write(t *testing.T, dir string, files ...string) {
	t.Helper()
	for i := 0; i < len(files); i += 2 {
		p := filepath.Join(dir, filepath.FromSlash(files[i]))
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(files[i+1]), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func runGit(t *testing.T, dir string, args ...string) string {
	t.Helper()
	cmd := exec.Command("git", append([]string{"-C", dir}, args...)...)
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null",
		"GIT_AUTHOR_NAME=Ann Author", "GIT_AUTHOR_EMAIL=ann@example.com", "GIT_COMMITTER_NAME=C", "GIT_COMMITTER_EMAIL=c@example.com",
		"GIT_AUTHOR_DATE=" + cmp.Or(os.Getenv("TEST_DATE"), "2026-01-01T00:00:00Z"), "GIT_COMMITTER_DATE=2026-01-01T00:00:00Z",
	}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("git %v: %v\n%s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

// commit records everything in dir and returns the id.
func commit(t *testing.T, dir, date string) string {
	t.Helper()
	t.Setenv("TEST_DATE", date)
	if _, err := os.Stat(filepath.Join(dir, ".git")); err != nil {
		runGit(t, dir, "init", "-q", "-b", "main")
	}
	runGit(t, dir, "add", "-A")
	runGit(t, dir, "commit", "-q", "-m", "change")
	return runGit(t, dir, "rev-parse", "HEAD")
}

// serve serves the repositories below dir with git's own http backend.
func serve(t *testing.T, dir string) *httptest.Server {
	t.Helper()
	out, err := exec.Command("git", "--exec-path").Output()
	if err != nil {
		t.Fatal(err)
	}
	h := &cgi.Handler{
		Stderr: io.Discard,
		Path:   filepath.Join(strings.TrimSpace(string(out)), "git-http-backend"),
		Env: []string{
			"GIT_PROJECT_ROOT=" + dir, "GIT_HTTP_EXPORT_ALL=1", "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null",
			"GIT_CONFIG_COUNT=2", "GIT_CONFIG_KEY_0=uploadpack.allowFilter", "GIT_CONFIG_VALUE_0=true",
			"GIT_CONFIG_KEY_1=safe.directory", "GIT_CONFIG_VALUE_1=*",
		},
	}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if v := r.Header.Get("Git-Protocol"); v != "" {
			h := *h
			h.Env = append(h.Env[:len(h.Env):len(h.Env)], "GIT_PROTOCOL="+v)
			h.ServeHTTP(w, r)
			return
		}
		h.ServeHTTP(w, r)
	}))
	t.Cleanup(srv.Close)
	return srv
}

func read(t *testing.T, opt Options, specs ...Spec) ([]*sources.Repo, []diag.Diagnostic) {
	t.Helper()
	if opt.Now.IsZero() {
		opt.Now = now
	}
	repos, ds, err := Read(context.Background(), specs, opt)
	if err != nil {
		t.Fatal(err)
	}
	return repos, ds
}

func text(t *testing.T, r *sources.Repo, name string) string {
	t.Helper()
	data, err := fs.ReadFile(r.FS, name)
	if err != nil {
		t.Fatalf("%s: read %s: %v", r.Name, name, err)
	}
	return string(data)
}

func rules(ds []diag.Diagnostic) []string {
	var out []string
	for _, d := range ds {
		out = append(out, d.Rule)
	}
	return out
}

func TestFolders(t *testing.T) {
	base := t.TempDir()
	write(t, base, "conf/x", "", "repos/payments/catalog-info.yaml", "a: b\n", "repos/billing/docs/index.md", "# B\n", "other/payments/README.md", "# P\n", "repos/.hidden/x", "", "repos/file", "")
	repos, ds := read(t, Options{Base: filepath.Join(base, "conf")},
		Spec{Dir: "../repos/*"}, Spec{Dir: "../other/payments"}, Spec{Dir: "../repos/billing"})
	if len(ds) > 0 {
		t.Errorf("diagnostics: %v", ds)
	}
	var got []string
	for _, r := range repos {
		got = append(got, r.Name+" at "+r.Prefix+" "+string(r.Freshness.State))
	}
	want := "billing at ../repos/billing fresh, repos/payments at ../repos/payments fresh, other/payments at ../other/payments fresh"
	if s := strings.Join(got, ", "); s != want {
		t.Errorf("got  %s\nwant %s", s, want)
	}
	if p := repos[1].Pos("catalog-info.yaml"); p != "../repos/payments/catalog-info.yaml" {
		t.Errorf("position %q", p)
	}
	if s := text(t, repos[1], "catalog-info.yaml"); s != "a: b\n" {
		t.Errorf("read %q", s)
	}
}

func TestMissingFolder(t *testing.T) {
	base := t.TempDir()
	write(t, base, "repositories/a/x", "", "good/README.md", "")
	for _, c := range []struct{ dir, want string }{
		{"./repositoris", `portolan.yaml:3:5: error: the folder repositoris does not exist; did you mean "repositories"? [source-missing]`},
		{"nowhere/*", `portolan.yaml:3:5: error: no folder matches dir "nowhere/*": nowhere does not exist [source-missing]`},
		{"repositories/x*", `portolan.yaml:3:5: error: no folder matches dir "repositories/x*"; the pattern is searched from repositories [source-missing]`},
		{"repositories/[", `portolan.yaml:3:5: error: dir "repositories/[" is not a valid pattern; a [ or { needs its partner; write \[ for the letter itself [source-invalid]`},
		{"good/README.md", `portolan.yaml:3:5: error: good/README.md is not a folder [source-missing]`},
	} {
		repos, ds := read(t, Options{Base: base}, Spec{Dir: c.dir, Pos: diag.Pos{File: "portolan.yaml", Line: 3, Column: 5}}, Spec{Dir: "good"})
		if len(ds) != 1 || ds[0].String() != c.want {
			t.Errorf("%s:\ngot  %v\nwant %s", c.dir, ds, c.want)
		}
		last := repos[len(repos)-1]
		if last.Name != "good" || last.Freshness.State != sources.Fresh {
			t.Errorf("%s: the healthy folder is %s, %s", c.dir, last.Name, last.Freshness.State)
		}
	}
}

func TestHistoryOfWorkTree(t *testing.T) {
	base := t.TempDir()
	top := filepath.Join(base, "mono")
	write(t, top, "svc/a.md", "1", "svc/b.md", "1", "root.md", "1")
	commit(t, top, "2026-01-01T10:00:00Z")
	write(t, top, "svc/b.md", "2")
	second := commit(t, top, "2026-02-01T10:00:00Z")
	runGit(t, top, "remote", "add", "origin", "git@github.com:acme/mono.git")
	write(t, top, "stray/x.md", "not tracked")

	repos, ds := read(t, Options{Base: base}, Spec{Dir: "mono"}, Spec{Dir: "mono/svc"}, Spec{Dir: "mono/stray"})
	if len(ds) > 0 {
		t.Fatalf("diagnostics: %v", ds)
	}
	whole, svc, stray := repos[0], repos[1], repos[2]
	for _, r := range []*sources.Repo{whole, svc} {
		if r.URL != "https://github.com/acme/mono" || r.Branch != "main" || r.Commit != second {
			t.Errorf("%s: origin %q, branch %q, commit %q", r.Name, r.URL, r.Branch, r.Commit)
		}
	}
	if stray.History != nil || stray.Commit != "" {
		t.Errorf("a folder that is not tracked has commit %q", stray.Commit)
	}
	for _, c := range []struct {
		r    *sources.Repo
		file string
		want string
	}{
		{whole, "svc/a.md", "2026-01-01 Ann Author"}, {whole, "svc/b.md", "2026-02-01 Ann Author"}, {whole, "root.md", "2026-01-01 Ann Author"},
		{svc, "a.md", "2026-01-01 Ann Author"}, {svc, "b.md", "2026-02-01 Ann Author"}, {svc, "root.md", ""}, {whole, "stray/x.md", ""},
	} {
		got := ""
		if ch, ok := c.r.History.LastChange(c.file); ok {
			got = ch.Time.Format(time.DateOnly) + " " + ch.Author
		}
		if got != c.want {
			t.Errorf("%s: last change of %s: got %q, want %q", c.r.Name, c.file, got, c.want)
		}
	}
	state := t.TempDir()
	for range 2 { // from git, and from what was kept
		repos, _ := read(t, Options{Base: base, State: state}, Spec{Dir: "mono/svc"})
		if ch, ok := repos[0].History.LastChange("b.md"); !ok || ch.Commit != second || ch.Author != "Ann Author" {
			t.Errorf("kept history: %+v %v", ch, ok)
		}
	}
	if got, want := svc.EditURL("b c.md"), "https://github.com/acme/mono/edit/main/svc/b%20c.md"; got != want {
		t.Errorf("edit address %q, want %q", got, want)
	}
	// A shallow clone knows nothing of changes at its edge.
	runGit(t, base, "clone", "-q", "--depth=1", "file://"+top, "shallow")
	repos, _ = read(t, Options{Base: base}, Spec{Dir: "shallow"})
	if _, ok := repos[0].History.LastChange("svc/a.md"); ok {
		t.Error("a shallow clone claims to know the last change")
	}
	// An additional work tree has its files' history too.
	runGit(t, top, "worktree", "add", "-q", "../tree2", "-b", "side")
	repos, _ = read(t, Options{Base: base}, Spec{Dir: "tree2"})
	if repos[0].Branch != "side" || repos[0].Commit != second {
		t.Errorf("work tree: branch %q commit %q", repos[0].Branch, repos[0].Commit)
	}
}

func TestFetch(t *testing.T) {
	base, state := t.TempDir(), t.TempDir()
	dir := filepath.Join(base, "acme", "api")
	write(t, dir, "catalog-info.yaml", "v1", "docs/index.md", "# One\n", "bin/tool.exe", "MZ", "sub/deep/x.json", "{}")
	noise := make([]byte, 3<<20)
	_, _ = rand.New(rand.NewSource(1)).Read(noise)
	write(t, dir, "bin/large.exe", string(noise), "docs/old.md", "# Gone later\n")
	if err := os.Symlink("docs/index.md", filepath.Join(dir, "README.md")); err != nil {
		t.Fatal(err)
	}
	first := commit(t, dir, "2026-01-01T00:00:00Z")
	srv := serve(t, base)
	spec := Spec{Git: srv.URL + "/acme/api/.git"}
	opt := Options{State: state, Base: base}
	var log []string
	opt.Log = func(f string, a ...any) { log = append(log, f) }

	repos, ds := read(t, opt, spec)
	if len(ds) > 0 {
		t.Fatalf("diagnostics: %v", ds)
	}
	r := repos[0]
	if r.Commit != first || r.Branch != "main" || r.Freshness.State != sources.Fresh || r.Local != "" {
		t.Errorf("commit %q branch %q %+v", r.Commit, r.Branch, r.Freshness)
	}
	if s := text(t, r, "README.md"); s != "# One\n" {
		t.Errorf("through the link: %q", s)
	}
	if _, err := fs.Stat(r.FS, "bin/tool.exe"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a program was fetched: %v", err)
	}

	if size := folderSize(state); size > 1<<20 {
		t.Errorf("%d bytes were fetched for a few small files", size)
	}
	log = nil
	read(t, opt, spec)
	if len(log) > 0 {
		t.Errorf("fetched again although nothing moved: %v", log)
	}

	write(t, dir, "catalog-info.yaml", "v2")
	second := commit(t, dir, "2026-02-01T00:00:00Z")
	repos, _ = read(t, opt, spec)
	if repos[0].Commit != second || text(t, repos[0], "catalog-info.yaml") != "v2" {
		t.Errorf("after a push: commit %s", repos[0].Commit)
	}
	repos, ds = read(t, opt, Spec{Git: spec.Git, Ref: first})
	if len(ds) > 0 || text(t, repos[0], "catalog-info.yaml") != "v1" {
		t.Errorf("by commit: %v", ds)
	}
	_, ds = read(t, opt, Spec{Git: spec.Git, Ref: "mian"})
	if len(ds) != 1 || !strings.Contains(ds[0].Message, `no branch or tag "mian"; did you mean "main"?`) {
		t.Errorf("missing branch: %v", ds)
	}

	srv.Close()
	later := opt
	later.Now = now.Add(48 * time.Hour)
	repos, ds = read(t, later, spec, Spec{Git: srv.URL + "/acme/never"})
	if r := repos[0]; r.Freshness.State != sources.Stale || !r.Freshness.ObservedAt.Equal(now) || r.Freshness.Reason == "" || text(t, r, "catalog-info.yaml") != "v2" {
		t.Errorf("unreachable: %+v", r.Freshness)
	}
	if r := repos[1]; r.Freshness.State != sources.Failed {
		t.Errorf("never seen: %+v", r.Freshness)
	}
	if got := strings.Join(rules(ds), " "); got != "source-stale source-unreachable" && got != "source-unreachable source-stale" {
		t.Errorf("rules %s: %v", got, ds)
	}
	later.Offline = true
	repos, _ = read(t, later, spec)
	if repos[0].Freshness.State != sources.Stale || text(t, repos[0], "catalog-info.yaml") != "v2" {
		t.Errorf("offline: %+v", repos[0].Freshness)
	}
}

func TestFetchLocal(t *testing.T) {
	base, state := t.TempDir(), t.TempDir()
	dir := filepath.Join(base, "api")
	write(t, dir, "catalog-info.yaml", "v1")
	commit(t, dir, "2026-01-01T00:00:00Z")
	runGit(t, dir, "tag", "v1")
	write(t, dir, "catalog-info.yaml", "v2")
	head := commit(t, dir, "2026-02-01T00:00:00Z")
	runGit(t, base, "clone", "-q", "--bare", "file://"+dir, "bare.git")
	if repos, ds := read(t, Options{Base: base, State: state}, Spec{Dir: "bare*"}); len(ds) > 0 || repos[0].Name != "bare" || text(t, repos[0], "catalog-info.yaml") != "v2" || repos[0].Pos("x") != "bare.git/x" {
		t.Errorf("a bare repository among folders: %s %v", repos[0].Name, ds)
	}
	for _, c := range []struct{ git, ref, want string }{
		{"api", "", "v2"}, {"file://" + dir, "", "v2"}, {dir + "/.git", "main", "v2"}, {"./bare.git", "", "v2"}, {"bare.git", "v1", "v1"}, {"api", head, "v2"},
	} {
		repos, ds := read(t, Options{Base: base, State: state}, Spec{Git: c.git, Ref: c.ref})
		if len(ds) > 0 {
			t.Errorf("%s at %q: %v", c.git, c.ref, ds)
			continue
		}
		if got := text(t, repos[0], "catalog-info.yaml"); got != c.want {
			t.Errorf("%s at %q: got %s want %s", c.git, c.ref, got, c.want)
		}
		if _, ok := repos[0].History.LastChange("catalog-info.yaml"); !ok {
			t.Errorf("%s: no last change", c.git)
		}
	}
}

// TestRedirect renames a repo on its host, and moves one to another host.
func TestRedirect(t *testing.T) {
	base, state := t.TempDir(), t.TempDir()
	dir := filepath.Join(base, "new")
	write(t, dir, "a.md", "A")
	commit(t, dir, "2026-01-01T00:00:00Z")
	srv := serve(t, base)
	inner := srv.Config.Handler
	asked := map[string]int{}
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { asked[r.URL.Path]++ }))
	defer other.Close()
	srv.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasPrefix(r.URL.Path, "/old/"):
			http.Redirect(w, r, strings.Replace(r.URL.String(), "/old/", "/new/.git/", 1), http.StatusMovedPermanently)
		case strings.HasPrefix(r.URL.Path, "/away/"):
			http.Redirect(w, r, other.URL+r.URL.String(), http.StatusFound)
		case strings.HasPrefix(r.URL.Path, "/loop/"):
			http.Redirect(w, r, r.URL.String(), http.StatusFound)
		default:
			inner.ServeHTTP(w, r)
		}
	})
	repos, ds := read(t, Options{State: state}, Spec{Git: srv.URL + "/old", Name: "old"}, Spec{Git: srv.URL + "/away", Name: "away"}, Spec{Git: srv.URL + "/loop", Name: "loop"})
	if got := text(t, repos[0], "a.md"); got != "A" {
		t.Errorf("renamed repo: %q", got)
	}
	for _, r := range repos[1:] {
		if r.Freshness.State != sources.Failed {
			t.Errorf("%s: %+v", r.Name, r.Freshness)
		}
	}
	if len(asked) > 0 {
		t.Errorf("another host was asked: %v", asked)
	}
	if len(ds) != 3 || !strings.Contains(fmt.Sprint(ds), "write its new address") || !strings.Contains(fmt.Sprint(ds), "more than 5 redirects") {
		t.Errorf("diagnostics: %v", ds)
	}
}

// TestSlowHost asks a host that accepts connections and says nothing.
func TestSlowHost(t *testing.T) {
	stop := make(chan struct{})
	srv := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-stop }))
	defer srv.Close()
	defer close(stop)
	repos, ds := read(t, Options{State: t.TempDir(), Timeout: 300 * time.Millisecond}, Spec{Git: srv.URL + "/a/b"})
	if repos[0].Freshness.State != sources.Failed || !strings.Contains(repos[0].Freshness.Reason, "did not answer") {
		t.Errorf("%+v\n%v", repos[0].Freshness, ds)
	}
}

// TestBadAnswers asks hosts that answer with something else than a repo.
func TestBadAnswers(t *testing.T) {
	for _, status := range []int{200, 401, 403, 404, 429, 500, 503} {
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			_, _ = w.Write([]byte("<html>Sign in</html>"))
		}))
		repos, ds := read(t, Options{State: t.TempDir()}, Spec{Git: srv.URL + "/a/b", Token: "hush", User: "me"})
		srv.Close()
		if repos[0].Freshness.State != sources.Failed || len(ds) != 1 || strings.Contains(fmt.Sprint(ds), "hush") {
			t.Errorf("%d: %+v %v", status, repos[0].Freshness, ds)
		}
	}
}

// TestEmptied keeps the last good files of a repo that lost all of its own.
func TestEmptied(t *testing.T) {
	base, state := t.TempDir(), t.TempDir()
	dir := filepath.Join(base, "x")
	write(t, dir, "a.md", "A")
	commit(t, dir, "2026-01-01T00:00:00Z")
	read(t, Options{State: state, Base: base}, Spec{Git: "x"})
	if err := os.Remove(filepath.Join(dir, "a.md")); err != nil {
		t.Fatal(err)
	}
	commit(t, dir, "2026-01-02T00:00:00Z")
	repos, ds := read(t, Options{State: state, Base: base}, Spec{Git: "x"})
	if repos[0].Freshness.State != sources.Stale || text(t, repos[0], "a.md") != "A" || len(ds) != 1 || ds[0].Rule != "source-stale" {
		t.Errorf("%+v %v", repos[0].Freshness, ds)
	}
}

func TestRules(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range Rules() {
		if seen[r.ID] || r.Title == "" || r.Why == "" || r.Fix == "" {
			t.Errorf("rule %q is twice there or lacks its text", r.ID)
		}
		seen[r.ID] = true
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	use := regexp.MustCompile(`(?:Rule: |diag\.(?:Info|Warning|Error), |fail\(|rule := )"([a-z-]+)"`)
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range use.FindAllStringSubmatch(string(data), -1) {
			if !strings.HasSuffix(f, "_test.go") && !seen[m[1]] {
				t.Errorf("%s reports the rule %q, which is not documented", f, m[1])
			}
		}
	}
}

func TestClient(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/meta" {
			http.Redirect(w, r, "http://169.254.169.254/latest", http.StatusFound)
			return
		}
		_, _ = w.Write([]byte("ok"))
	}))
	defer srv.Close()
	if resp, err := NewClient().Get(srv.URL); err == nil {
		_ = resp.Body.Close()
		t.Error("an inner address is asked although no operator wrote it")
	}
	resp, err := NewClient("127.0.0.1").Get(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp, err := NewClient("127.0.0.1").Get(srv.URL + "/meta"); err == nil {
		_ = resp.Body.Close()
		t.Error("a redirect to the cloud's own address is followed")
	}
}

// TestDamagedCache changes, cuts and plants files of the cache: what is read
// must be what the host has.
func TestDamagedCache(t *testing.T) {
	base, state := t.TempDir(), t.TempDir()
	dir := filepath.Join(base, "x")
	write(t, dir, "catalog-info.yaml", "good", "docs/index.md", "# Good\n")
	if err := os.Symlink("index.md", filepath.Join(dir, "docs", "also.md")); err != nil {
		t.Fatal(err)
	}
	commit(t, dir, "2026-01-01T00:00:00Z")
	srv := serve(t, base)
	spec := Spec{Git: srv.URL + "/x/.git"}
	var files []string
	list := func() {
		files = nil
		_ = filepath.WalkDir(state, func(p string, d fs.DirEntry, err error) error {
			if err == nil && d.Type().IsRegular() {
				files = append(files, p)
			}
			return err
		})
	}
	check := func(what string) {
		t.Helper()
		repos, ds := read(t, Options{State: state}, spec)
		if len(ds) > 0 || repos[0].Freshness.State != sources.Fresh {
			t.Errorf("%s: %+v %v", what, repos[0].Freshness, ds)
			return
		}
		got := ""
		_ = fs.WalkDir(repos[0].FS, ".", func(p string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				got += p + "=" + text(t, repos[0], p) + ";"
			}
			return err
		})
		if want := "catalog-info.yaml=good;docs/also.md=# Good\n;docs/index.md=# Good\n;"; got != want {
			t.Errorf("%s: got %q want %q", what, got, want)
		}
	}
	check("fresh")
	list()
	n := len(files)
	for i := range n {
		for _, how := range []string{"flip", "cut", "remove"} {
			list()
			if i >= len(files) {
				break
			}
			f := files[i]
			if how != "flip" && strings.Contains(f, string(filepath.Separator)+"git"+string(filepath.Separator)) {
				continue // as git sees it, all damage is alike
			}
			data, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			_ = os.Chmod(f, 0o600)
			switch {
			case how == "remove":
				err = os.Remove(f)
			case len(data) == 0:
				continue
			case how == "flip":
				data[len(data)/2] ^= 1
				err = os.WriteFile(f, data, 0o600)
			default:
				err = os.WriteFile(f, data[:len(data)/2], 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
			check(how + " " + strings.TrimPrefix(f, state))
		}
	}
	trees, err := filepath.Glob(filepath.Join(state, "repos", "*", "tree-*"))
	if err != nil || len(trees) != 1 {
		t.Fatalf("%v %v", trees, err)
	}
	write(t, trees[0], "planted.md", "# Planted")
	check("planted file")
}

// TestRedirects is the table of hostile/urls/redirects.tsv for requests that
// are not git's.
func TestRedirects(t *testing.T) {
	request := func(u string) *http.Request {
		r, err := http.NewRequest(http.MethodGet, u, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer s3cret")
		r.Header.Set("Private-Token", "s3cret")
		return r
	}
	for _, c := range []struct {
		first, then string
		times       int
		want        string
	}{
		{"https://ok.example/a", "http://169.254.169.254/", 1, "kind"},
		{"https://ok.example/b", "file:///etc/passwd", 1, "kind"},
		{"https://ok.example/c", "https://ok.example/c", 6, "more than 5"},
		{"https://ok.example/d", "https://other.example/", 1, "without token"},
		{"https://ok.example/e", "http://ok.example/", 1, "kind"},
		{"https://ok.example/f", "https://ok.example/g", 1, ""},
		{"http://ok.example/f", "https://ok.example/g", 1, ""},
	} {
		next := request(c.then)
		var via []*http.Request
		for range c.times {
			via = append(via, request(c.first))
		}
		err := checkRedirect(next, via)
		got := ""
		switch {
		case err != nil:
			got = err.Error()
		case next.Header.Get("Authorization") == "" && next.Header.Get("Private-Token") == "":
			got = "without token"
		}
		if !strings.Contains(got, c.want) || c.want == "" && got != "" {
			t.Errorf("%s -> %s: got %q want %q", c.first, c.then, got, c.want)
		}
	}
}
