//go:build unix

package repos

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"

	"github.com/portolan-dev/portolan/sources"
)

func link(t *testing.T, target, name string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(target, name); err != nil {
		t.Fatal(err)
	}
}

// TestConfined shows what is there and what is not.
func TestConfined(t *testing.T) {
	base := t.TempDir()
	dir := filepath.Join(base, "repo")
	write(t, base, "outside/secret.md", "SECRET", "repo/docs/index.md", "# Home", "repo/docs/real/page.md", "# Page",
		"repo/.git/config", "url = https://user:SECRET@example.com", "repo/.GIT/x", "SECRET", "repo/git~1/x", "SECRET")
	link(t, "index.md", filepath.Join(dir, "docs/also.md"))
	link(t, "real", filepath.Join(dir, "docs/alias"))
	link(t, ".", filepath.Join(dir, "docs/self"))
	link(t, "..", filepath.Join(dir, "docs/up"))
	link(t, "b", filepath.Join(dir, "docs/a"))
	link(t, "a", filepath.Join(dir, "docs/b"))
	link(t, "nope.md", filepath.Join(dir, "docs/dangling.md"))
	link(t, "/etc/passwd", filepath.Join(dir, "docs/passwd.md"))
	link(t, "../../outside/secret.md", filepath.Join(dir, "docs/secret.md"))
	link(t, "../../outside", filepath.Join(dir, "docs/out"))
	link(t, "../.git/config", filepath.Join(dir, "docs/config.md"))
	link(t, "../.git", filepath.Join(dir, "docs/store"))
	link(t, "/dev/zero", filepath.Join(dir, "docs/zero.md"))
	if err := syscall.Mkfifo(filepath.Join(dir, "docs/pipe.md"), 0o644); err != nil {
		t.Fatal(err)
	}
	fsys := openFolder(dir)

	var seen []string
	if err := fs.WalkDir(fsys, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			t.Errorf("walk %s: %v", p, err)
		}
		if !d.IsDir() {
			seen = append(seen, p)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if got, want := strings.Join(seen, " "), "docs/also.md docs/index.md docs/real/page.md"; got != want {
		t.Errorf("walk: got %s want %s", got, want)
	}
	for name, want := range map[string]string{"docs/also.md": "# Home", "docs/alias/page.md": "# Page", "docs/self/self/index.md": "# Home", "docs/up/docs/index.md": "# Home"} {
		if data, err := fs.ReadFile(fsys, name); err != nil || string(data) != want {
			t.Errorf("%s: got %q, %v; want %q", name, data, err, want)
		}
	}
	for _, name := range []string{
		"docs/a", "docs/dangling.md", "docs/passwd.md", "docs/secret.md", "docs/out", "docs/out/secret.md", "docs/config.md", "docs/store", "docs/store/config",
		"docs/zero.md", "docs/pipe.md", ".git", ".git/config", ".GIT/x", "git~1/x", "docs/up/.git/config",
	} {
		if _, err := fs.ReadFile(fsys, name); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("read %s: %v, want that it does not exist", name, err)
		}
		if _, err := fs.Stat(fsys, name); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("stat %s: %v, want that it does not exist", name, err)
		}
	}
	write(t, base, "locked/docs/index.md", "# Home", "locked/docs/secret.md", "SECRET")
	if err := os.Chmod(filepath.Join(base, "locked/docs/secret.md"), 0); err != nil {
		t.Fatal(err)
	}
	if data, err := fs.ReadFile(openFolder(filepath.Join(base, "locked")), "docs/secret.md"); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("a file that nobody may read: %q, %v", data, err)
	}
	for _, name := range []string{"/etc/passwd", "../outside/secret.md", "docs/../docs/index.md", "docs//index.md", "", "docs/"} {
		if _, err := fs.ReadFile(fsys, name); err == nil {
			t.Errorf("read %q: no error", name)
		}
	}
	if err := fstest.TestFS(fsys, "docs/index.md", "docs/real/page.md"); err != nil {
		t.Error(err)
	}
	_, ds := read(t, Options{Base: base}, Spec{Dir: "repo"})
	var got []string
	for _, d := range ds {
		got = append(got, strings.TrimPrefix(d.Pos.File, "repo/docs/")+" "+d.Rule)
	}
	if got, want := strings.Join(got, ", "), "a link-dangling, alias link-folder, b link-dangling, config.md link-outside, dangling.md link-dangling, "+
		"out link-outside, passwd.md link-outside, pipe.md not-a-file, secret.md link-outside, self link-folder, store link-outside, up link-folder, zero.md link-outside"; got != want {
		t.Errorf("diagnostics:\ngot  %s\nwant %s", got, want)
	}
}

// TestSwappedLinks reads a file while it is exchanged for a link that leaves.
func TestSwappedLinks(t *testing.T) {
	base := t.TempDir()
	write(t, base, "outside/page.md", "SECRET", "repo/real/page.md", "good")
	dir := filepath.Join(base, "repo")
	fsys := openFolder(dir)
	stop := make(chan struct{})
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			tmp := filepath.Join(dir, fmt.Sprintf("tmp%d", i%2))
			_ = os.Remove(tmp)
			_ = os.Symlink([]string{"real", "../outside"}[i%2], tmp)
			_ = os.Rename(tmp, filepath.Join(dir, "docs"))
		}
	}()
	for range 3000 {
		if data, err := fs.ReadFile(fsys, "docs/page.md"); err == nil && string(data) != "good" {
			t.Errorf("read %q", data)
			break
		}
	}
	close(stop)
	<-done
}

// TestHostileRepositories reads repositories that name commands wherever git
// would run one, from the folder and from git.
func TestHostileRepositories(t *testing.T) {
	base, state := t.TempDir(), t.TempDir()
	dir := filepath.Join(base, "evil")
	ran := filepath.Join(base, "RAN")
	write(t, dir, "catalog-info.yaml", "ok", ".gitattributes", "* filter=x diff=x merge=x ident\n*.md filter=lfs\n", "docs/index.md", "# Home\n",
		".gitmodules", "[submodule \"a\"]\n\tpath = a\n\turl = ext::sh -c touch% "+ran+"\n")
	commit(t, dir, "2026-01-01T00:00:00Z")
	for _, h := range []string{"post-checkout", "reference-transaction", "post-index-change", "pre-auto-gc", "fsmonitor-watchman"} {
		write(t, dir, ".git/hooks/"+h, "#!/bin/sh\ntouch "+ran+"\n")
		if err := os.Chmod(filepath.Join(dir, ".git/hooks", h), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	f, err := os.OpenFile(filepath.Join(dir, ".git/config"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := strings.NewReader(strings.ReplaceAll(`
[core]
	fsmonitor = touch RAN
	sshCommand = touch RAN
	pager = touch RAN
	alternateRefsCommand = touch RAN
	hooksPath = hooks
[log]
	showSignature = true
[gpg]
	program = touch RAN
[diff]
	external = touch RAN
[filter "x"]
	smudge = touch RAN
	clean = touch RAN
[diff "x"]
	textconv = touch RAN
	command = touch RAN
[uploadpack]
	packObjectsHook = touch RAN
[remote "origin"]
	url = ext::sh -c touch% RAN
	uploadpack = touch RAN
	promisor = true
[extensions]
	partialClone = origin
`, "RAN", ran)).WriteTo(f); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	srv := serve(t, base)
	repos, _ := read(t, Options{Base: base, State: state}, Spec{Dir: "evil"}, Spec{Git: "evil", Name: "local"}, Spec{Git: srv.URL + "/evil/.git", Name: "remote", Depth: 10})
	for _, r := range repos {
		if r.Freshness.State != sources.Fresh {
			t.Errorf("%s: %+v", r.Name, r.Freshness)
			continue
		}
		if got := text(t, r, "catalog-info.yaml"); got != "ok" {
			t.Errorf("%s: read %q", r.Name, got)
		}
		if _, ok := r.History.LastChange("docs/index.md"); !ok && r.Name != "remote" {
			t.Errorf("%s: no history", r.Name)
		}
		if r.Name == "evil" && r.URL != "" {
			t.Errorf("a page address was made of %q", r.URL)
		}
	}
	if _, err := os.Stat(ran); err == nil {
		t.Error("a command of the repository ran")
	}
}

func TestAddresses(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"https://Git.Example.com/acme/api.git", "https git.example.com acme/api"},
		{"https://git.example.com:8443/acme/api", "https git.example.com acme/api"},
		{"http://127.0.0.1:3000/acme/api", "http 127.0.0.1 acme/api"},
		{"https://me:pw@git.example.com/a/b", "https git.example.com a/b"},
		{"ssh://git@git.example.com/a/b.git", "ssh git.example.com a/b"},
		{"git@git.example.com:a/b.git", "ssh git.example.com a/b"},
		{"./a/b", "file  /base/a/b"}, {"file:///srv/x.git", "file  /srv/x"}, {"file://localhost/srv/x", "file  /srv/x"},
		{"ext::sh -c id", ""}, {"ext::id", ""}, {"ssh://-oProxyCommand=id/x", ""}, {"-oProxyCommand=id:x", ""}, {"--upload-pack=id", ""}, {"-v", ""},
		{"git://evil.example/x", ""}, {"gopher://x/y", ""}, {"ftp://x/y", ""}, {"data:text/plain,x", "ssh data text/plain,x"},
		{"http://2130706433/x", ""}, {"http://0x7f000001/x", ""}, {"http://127.1/x", ""}, {"http://0177.0.0.1/x", ""}, {"http://0/x", ""},
		{"http://\u2460\u2461\u2466.0.0.1/x", ""}, {"http://127\u30020\u30020\u30021/x", ""}, {"http://ok.example:99999/x", ""}, {"http://ok.example:-1/x", ""},
		{"http:///x", ""}, {"http://", ""}, {"", ""}, {"  ", ""}, {"http://ok.example\r\nHost: evil/x", ""}, {"https://ok.example/", ""}, {"https://ok.example/a?b=c", ""},
		{"file://evil.example/x", ""}, {"http://[::1/x", ""},
	} {
		a, err := parseAddress(Spec{Git: c.in}, Options{Base: "/base", SSH: true})
		got := ""
		if err == nil {
			got = a.scheme + " " + a.host + " " + strings.TrimPrefix(a.path, "")
		}
		if got != c.want {
			t.Errorf("%q: got %q (%v), want %q", c.in, got, err, c.want)
		}
		if err == nil && strings.Contains(a.url+a.show, "pw") {
			t.Errorf("%q: the password is part of the address %s", c.in, a.show)
		}
	}
	if _, err := parseAddress(Spec{Git: "git@git.example.com:a/b.git"}, Options{}); err == nil {
		t.Error("ssh without being switched on is accepted")
	}
}

// TestDenied asks for every address that no request may go to as if a file of
// a repo, not the operator, had named it.
func TestDenied(t *testing.T) {
	data, err := os.ReadFile(shared(t, "hostile", "urls", "deny.txt"))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for line := range strings.Lines(string(data)) {
		var u string
		if _, err := fmt.Sscanf(line, "%q", &u); err != nil {
			u = strings.Trim(strings.TrimSpace(line), `"`)
		}
		n++
		if err := checkFound(t, u); err == nil {
			t.Errorf("%s is allowed", line)
		}
	}
	if n < 60 {
		t.Errorf("only %d addresses", n)
	}
	for _, u := range []string{"http://169.254.169.254/x", "http://metadata.google.internal/x", "http://[fd00:ec2::254]/x", "http://0.0.0.0/x", "http://100.100.100.200/x"} {
		a, err := parseAddress(Spec{Git: u}, Options{})
		if err == nil {
			_, err = lookup(t.Context(), a.host, true)
		}
		if err == nil {
			t.Errorf("%s is allowed to the operator", u)
		}
	}
}

// checkFound returns why an address that was found in a repo is not contacted.
func checkFound(t *testing.T, u string) error {
	a, err := parseAddress(Spec{Git: u}, Options{})
	if err != nil {
		return err
	}
	if a.scheme == "file" {
		return errors.New("a path of this machine")
	}
	_, err = lookup(t.Context(), a.host, false)
	return err
}
