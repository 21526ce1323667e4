package repos

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/portolan-dev/portolan/sources"
)

// A fakeHost replays the documented answers of a code host, and hands
// everything else to git.
type fakeHost struct {
	*httptest.Server
	mu    sync.Mutex
	asked []string
	repos []map[string]any
	fail  int         // status of the next answers of the API, if not 0
	head  http.Header // of the failing answers
	times int         // how often to fail; 0 means always
	token string      // demanded, if not empty
	git   http.Handler
}

func (h *fakeHost) log() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	out := h.asked
	h.asked = nil
	return out
}

func newFakeHost(t *testing.T, kind HostKind, dir string) *fakeHost {
	h := &fakeHost{}
	gitServer := serve(t, dir)
	h.git = gitServer.Config.Handler
	h.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		api := map[HostKind]string{
			GitHub: "/api/v3/orgs/acme/repos", GitLab: "/api/v4/groups/acme/projects", Gitea: "/api/v1/orgs/acme/repos", Bitbucket: "/2.0/repositories/acme",
		}[kind]
		user := map[HostKind]string{GitHub: "/api/v3/users/acme/repos", Gitea: "/api/v1/users/acme/repos"}[kind]
		h.mu.Lock()
		h.asked = append(h.asked, r.Method+" "+r.URL.Path)
		fail := h.fail
		if fail != 0 && h.times > 0 {
			if h.times--; h.times == 0 {
				h.fail = 0
			}
		}
		h.mu.Unlock()
		w.Header().Set("Date", "Fri, 02 Jan 2026 03:04:05 GMT")
		switch {
		case strings.HasPrefix(r.URL.Path, "/git/"):
			r.URL.Path = strings.TrimPrefix(r.URL.Path, "/git")
			h.git.ServeHTTP(w, r)
			return
		case fail != 0:
			for k, v := range h.head {
				w.Header()[k] = v
			}
			w.WriteHeader(fail)
			_, _ = w.Write([]byte(`{"message":"no"}`))
			return
		case r.URL.Path != api && r.URL.Path != user:
			w.WriteHeader(http.StatusNotFound)
			_, _ = w.Write([]byte(`{"message":"Not Found"}`))
			return
		case h.token != "" && !strings.Contains(fmt.Sprint(r.Header["Authorization"], r.Header["Private-Token"]), h.token):
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = w.Write([]byte(`{"message":"Bad credentials"}`))
			return
		}
		page := 1
		if _, err := fmt.Sscan(r.URL.Query().Get("page"), &page); err != nil {
			page = 1
		}
		const size = 2
		from, to := min((page-1)*size, len(h.repos)), min(page*size, len(h.repos))
		next := ""
		if to < len(h.repos) {
			q := r.URL.Query()
			q.Set("page", fmt.Sprint(page+1))
			next = h.URL + r.URL.Path + "?" + q.Encode()
			w.Header().Set("Link", fmt.Sprintf(`<%s>; rel="next"`, next))
			w.Header().Set("X-Next-Page", fmt.Sprint(page+1))
		}
		var body any = h.repos[from:to]
		if kind == Bitbucket {
			body = map[string]any{"values": h.repos[from:to], "next": next}
		}
		data, err := json.Marshal(body)
		if err != nil {
			t.Error(err)
		}
		tag := fmt.Sprintf(`"%x"`, len(data))
		w.Header().Set("ETag", tag)
		w.Header().Set("X-Ratelimit-Limit", "60")
		w.Header().Set("X-Ratelimit-Remaining", "40")
		if r.Header.Get("If-None-Match") == tag {
			h.mu.Lock()
			h.asked[len(h.asked)-1] += " unchanged"
			h.mu.Unlock()
			w.WriteHeader(http.StatusNotModified)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(data)
	}))
	t.Cleanup(h.Close)
	return h
}

// describe describes a repo in the words of its host.
func (h *fakeHost) describe(kind HostKind, name string, archived, fork bool, topics ...string) map[string]any {
	clone := h.URL + "/git/" + name + "/.git"
	switch kind {
	case GitLab:
		m := map[string]any{"id": len(h.repos) + 1, "path_with_namespace": "acme/" + name, "http_url_to_repo": clone, "default_branch": "main", "archived": archived, "topics": topics, "empty_repo": false}
		if fork {
			m["forked_from_project"] = map[string]any{"id": 9}
		}
		return m
	case Bitbucket:
		m := map[string]any{"slug": name, "mainbranch": map[string]any{"name": "main"}, "links": map[string]any{"clone": []any{
			map[string]any{"name": "https", "href": strings.Replace(clone, "http://", "http://somebody@", 1)}, map[string]any{"name": "ssh", "href": "git@bitbucket.org:acme/x.git"},
		}}}
		if fork {
			m["parent"] = map[string]any{"slug": "x"}
		}
		return m
	}
	return map[string]any{
		"id": len(h.repos) + 1, "name": name, "full_name": "acme/" + name, "clone_url": clone, "default_branch": "main", "archived": archived, "fork": fork,
		"topics": topics, "size": 3, "pushed_at": "2026-01-01T00:00:00Z", "empty": false,
	}
}

func repoNames(repos []*sources.Repo) string {
	var out []string
	for _, r := range repos {
		out = append(out, r.Name[strings.LastIndex(strings.TrimSuffix(r.Name, "/.git"), "/")+1:]+" "+string(r.Freshness.State))
	}
	return strings.Join(out, ", ")
}

func TestOrganizations(t *testing.T) {
	for _, kind := range []HostKind{GitHub, GitLab, Gitea, Bitbucket} {
		t.Run(string(kind), func(t *testing.T) {
			dir, state := t.TempDir(), t.TempDir()
			for _, name := range []string{"service-a", "service-b", "service-old", "fork", "web"} {
				write(t, filepath.Join(dir, name), "catalog-info.yaml", "name: "+name)
				commit(t, filepath.Join(dir, name), "2026-01-01T00:00:00Z")
			}
			h := newFakeHost(t, kind, dir)
			h.token = "s3cret"
			h.repos = []map[string]any{
				h.describe(kind, "service-a", false, false, "go", "payments"), h.describe(kind, "web", false, false), h.describe(kind, "fork", false, true),
				h.describe(kind, "service-b", false, false, "java"), h.describe(kind, "service-old", true, false),
			}
			org := Organization{Kind: kind, Host: h.URL, Name: "acme", Repositories: []string{"service-*", "!*-b"}, Descriptors: []string{"x.yaml"}}
			var lines []string
			opt := Options{State: state, Log: func(f string, a ...any) { lines = append(lines, fmt.Sprintf(f, a...)) }, Jobs: 1}
			spec := Spec{Organization: &org, Token: "s3cret"}

			repos, ds := read(t, opt, spec)
			want := "service-a fresh"
			if kind == Bitbucket { // which knows no archived repos
				want = "service-a fresh, service-old fresh"
			}
			if got := repoNames(repos); got != want || len(ds) > 0 {
				t.Fatalf("got %s want %s\n%v\n%s", got, want, ds, strings.Join(h.log(), "\n"))
			}
			if repos[0].Branch != "main" || text(t, repos[0], "catalog-info.yaml") != "name: service-a" || fmt.Sprint(repos[0].Descriptors) != "[x.yaml]" {
				t.Errorf("repo %+v", repos[0])
			}
			edit := map[HostKind]string{GitHub: "/edit/main/a.md", GitLab: "/-/edit/main/a.md", Gitea: "/_edit/main/a.md", Bitbucket: "/src/main/a.md"}[kind]
			if got := repos[0].EditURL("a.md"); !strings.HasSuffix(got, edit) {
				t.Errorf("edit address %q, want one that ends in %s", got, edit)
			}
			h.log()
			repos, _ = read(t, opt, spec)
			asked := h.log()
			unchanged := 0
			for _, a := range asked {
				if strings.HasSuffix(a, "unchanged") {
					unchanged++
				}
			}
			if unchanged != 3 {
				t.Errorf("second time: %d of 3 pages with their tag\n%s", unchanged, strings.Join(asked, "\n"))
			}
			if kind == GitHub && len(asked) != 3 {
				t.Errorf("a repo without a push was asked\n%s", strings.Join(asked, "\n"))
			}
			if got := repoNames(repos); got != want {
				t.Errorf("second time: got %s want %s", got, want)
			}
			all, _ := read(t, opt, Spec{Organization: &Organization{Kind: kind, Host: h.URL, Name: "acme", Archived: true, Forks: true}, Token: "s3cret"})
			if len(all) != 5 {
				t.Errorf("all: %s", repoNames(all))
			}
			if kind != Bitbucket {
				some, _ := read(t, opt, Spec{Organization: &Organization{Kind: kind, Host: h.URL, Name: "acme", Topics: []string{"payments", "java"}}, Token: "s3cret"})
				if got := repoNames(some); got != "service-a fresh, service-b fresh" {
					t.Errorf("by topic: %s", got)
				}
			}

			one, ds := read(t, opt, Spec{Organization: &Organization{Kind: kind, Host: h.URL, Name: "acme", Repositories: []string{"web"}}, Ref: "next", Token: "s3cret"})
			if len(one) != 0 || len(ds) != 1 || ds[0].Rule != "source-no-branch" {
				t.Errorf("without the branch: %s %v", repoNames(one), ds)
			}

			// The token is wrong; the last good list and the repos' last good files are used.
			h.token = "other"
			repos, ds = read(t, opt, spec)
			if got := repoNames(repos); got != want || len(ds) != 1 || ds[0].Rule != "source-stale" || !strings.Contains(ds[0].Message, "does not accept the token") {
				t.Errorf("wrong token: %s\n%v", got, ds)
			}
			_, ds = read(t, Options{State: t.TempDir()}, spec)
			if len(ds) != 1 || ds[0].Rule != "source-unreachable" || strings.Contains(fmt.Sprint(ds, lines), "s3cret") {
				t.Errorf("never seen: %v", ds)
			}
			checkNoToken(t, state)
			h.token = ""

			// Offline, and an answer without most repos.
			off := opt
			off.Offline = true
			repos, _ = read(t, off, spec)
			if got := strings.ReplaceAll(repoNames(repos), "stale", "fresh"); got != want {
				t.Errorf("offline: %s", got)
			}
			kept := h.repos
			h.repos = nil
			repos, ds = read(t, opt, spec)
			if got := repoNames(repos); got != want || len(ds) != 1 || !strings.Contains(ds[0].Message, "lists 0 repos, where there were 5") {
				t.Errorf("empty answer: %s\n%v", got, ds)
			}
			later := opt
			later.Now = now.Add(25 * time.Hour)
			repos, ds = read(t, later, spec)
			if len(repos) != 0 || len(ds) != 1 || ds[0].Rule != "source-empty" {
				t.Errorf("empty for a day: %s\n%v", repoNames(repos), ds)
			}
			h.repos = kept
		})
	}
}

// checkNoToken looks for the token in everything that was kept.
func checkNoToken(t *testing.T, dir string) {
	t.Helper()
	_ = filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if data, err := os.ReadFile(p); err == nil && strings.Contains(string(data), "s3cret") {
			t.Errorf("the token is in %s", p)
		}
		return nil
	})
}

func TestRateLimits(t *testing.T) {
	for _, c := range []struct {
		name   string
		status int
		head   http.Header
		times  int
		waits  string
		ok     bool
	}{
		{"retry-after", 429, http.Header{"Retry-After": {"7"}}, 1, "[7s]", true},
		{"a date", 429, http.Header{"Retry-After": {"Fri, 02 Jan 2026 03:04:35 GMT"}}, 1, "[30s]", true},
		{"reset", 403, http.Header{"X-Ratelimit-Remaining": {"0"}, "X-Ratelimit-Limit": {"60"}, "X-Ratelimit-Reset": {fmt.Sprint(time.Date(2026, 1, 2, 3, 4, 45, 0, time.UTC).Unix())}}, 1, "[41s]", true},
		{"overload", 503, nil, 2, "[5s 5s]", true},
		{"for years", 429, http.Header{"Retry-After": {"99999999"}}, 1, "[]", false},
		{"negative", 429, http.Header{"Retry-After": {"-5"}}, 1, "[0s]", true},
		{"again and again", 429, http.Header{"Retry-After": {"1"}}, 0, "[1s 1s 1s]", false},
		{"forbidden", 403, nil, 0, "[]", false},
	} {
		h := newFakeHost(t, GitHub, t.TempDir())
		h.fail, h.head, h.times = c.status, c.head, c.times
		h.repos = []map[string]any{h.describe(GitHub, "a", false, false)}
		waits := []time.Duration{}
		opt := Options{State: t.TempDir(), Wait: func(_ context.Context, d time.Duration) error { waits = append(waits, d); return nil }}
		_, ds := read(t, opt, Spec{Organization: &Organization{Kind: GitHub, Host: h.URL, Name: "acme"}})
		listed := !strings.Contains(fmt.Sprint(ds), "cannot be listed")
		if fmt.Sprint(waits) != c.waits || listed != c.ok {
			t.Errorf("%s: waited %v, want %s; listed %v, want %v\n%v", c.name, waits, c.waits, listed, c.ok, ds)
		}
	}
}

// TestUserRepos lists the repos of a user where there is no organization.
func TestUserRepos(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "a"), "a.md", "A")
	commit(t, filepath.Join(dir, "a"), "2026-01-01T00:00:00Z")
	for _, kind := range []HostKind{GitHub, Gitea} {
		h := newFakeHost(t, kind, dir)
		h.repos = []map[string]any{h.describe(kind, "a", false, false)}
		inner := h.Config.Handler
		h.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.Contains(r.URL.Path, "/orgs/") {
				w.WriteHeader(http.StatusNotFound)
				return
			}
			inner.ServeHTTP(w, r)
		})
		repos, ds := read(t, Options{State: t.TempDir()}, Spec{Organization: &Organization{Kind: kind, Host: h.URL, Name: "acme"}})
		if len(repos) != 1 || len(ds) > 0 {
			t.Errorf("%s: %s %v", kind, repoNames(repos), ds)
		}
	}
}

// TestForeignAddresses lists repos whose addresses lie on other hosts.
func TestForeignAddresses(t *testing.T) {
	h := newFakeHost(t, GitHub, t.TempDir())
	for _, clone := range []string{"http://169.254.169.254/a", "https://evil.example/a", "file:///etc", "ext::sh -c id", "https://x:y@" + strings.TrimPrefix(h.URL, "http://") + "/a", ""} {
		m := h.describe(GitHub, "r"+fmt.Sprint(len(h.repos)), false, false)
		m["clone_url"] = clone
		h.repos = append(h.repos, m)
	}
	repos, ds := read(t, Options{State: t.TempDir()}, Spec{Organization: &Organization{Kind: GitHub, Host: h.URL, Name: "acme"}})
	if len(repos) != 0 || len(ds) != len(h.repos) {
		t.Errorf("%s\n%v", repoNames(repos), ds)
	}
}

func TestBadOrganizations(t *testing.T) {
	for _, o := range []Organization{
		{Kind: GitHub, Name: ""}, {Kind: GitHub, Name: "a?b"}, {Kind: GitLab, Name: "a/../b"}, {Kind: GitHub, Host: "a b", Name: "x"}, {Kind: GitHub, Host: "x/y", Name: "x"},
		{Kind: GitHub, Host: "2130706433", Name: "x"}, {Kind: "svn", Host: "127.0.0.1:1", Name: "x"}, {Kind: GitHub, Host: "http://127.0.0.1:1", Name: "x", Repositories: []string{"["}},
	} {
		repos, ds := read(t, Options{State: t.TempDir()}, Spec{Organization: &o})
		if len(repos) != 0 || len(ds) != 1 {
			t.Errorf("%+v: %v", o, ds)
		}
	}
}

func TestEnvTokens(t *testing.T) {
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte("from-file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	env := map[string]string{
		"GITHUB_TOKEN": "gh", "GITLAB_TOKEN": "gl", "CI_SERVER_HOST": "gitlab.example.com", "PORTOLAN_TOKEN_GIT_EXAMPLE_COM_3000": "port", "PORTOLAN_TOKEN_FILES_EXAMPLE_COM_FILE": file,
	}
	get := EnvTokens(func(k string) string { return env[k] })
	for host, want := range map[string]string{
		"github.com": "gh", "GitHub.com": "gh", "evil.example": "", "gitlab.example.com": "gl", "gitlab.com": "", "git.example.com:3000": "port", "git.example.com": "", "files.example.com": "from-file", "bitbucket.org": "",
	} {
		if _, got := get(host); string(got) != want {
			t.Errorf("%s: got %q want %q", host, string(got), want)
		}
	}
	if s := fmt.Sprintf("%v %+v %#v %s", Secret("x"), Spec{Token: "x"}, Secret("x"), Secret("x")); strings.Contains(s, "x ") || strings.Contains(s, `"x"`) || strings.Contains(s, ":x") {
		t.Errorf("a secret is printed: %s", s)
	}
}
