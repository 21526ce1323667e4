package watch

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func changes(t *testing.T, dir string, opt Options) <-chan struct{} {
	t.Helper()
	c, err := Changes(t.Context(), []string{dir}, opt)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func wait(t *testing.T, c <-chan struct{}, what string) {
	t.Helper()
	select {
	case <-c:
	case <-time.After(10 * time.Second):
		t.Fatalf("no signal after: %s", what)
	}
}

func silent(t *testing.T, c <-chan struct{}, what string) {
	t.Helper()
	select {
	case <-c:
		t.Fatalf("a signal after: %s", what)
	case <-time.After(300 * time.Millisecond):
	}
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestChanges(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "a/x.md"), "1")
	c := changes(t, dir, Options{Ignore: []string{filepath.Join(dir, "public")}})

	write(t, filepath.Join(dir, "a/x.md"), "2")
	wait(t, c, "a write")
	write(t, filepath.Join(dir, "b/c/d/new.md"), "1")
	wait(t, c, "new folders with a file")
	write(t, filepath.Join(dir, "b/c/d/new.md"), "2")
	wait(t, c, "a write in a new folder")
	write(t, filepath.Join(dir, "a/.x.tmp"), "3")
	if err := os.Rename(filepath.Join(dir, "a/.x.tmp"), filepath.Join(dir, "a/x.md")); err != nil {
		t.Fatal(err)
	}
	wait(t, c, "a file moved over another")
	if err := os.RemoveAll(filepath.Join(dir, "b")); err != nil {
		t.Fatal(err)
	}
	wait(t, c, "a removed folder")

	write(t, filepath.Join(dir, "public/index.html"), "site")
	write(t, filepath.Join(dir, "a/x.md~"), "backup")
	for len(c) > 0 {
		<-c
	}
	silent(t, c, "changes in what is ignored")
}

func TestStormIsOneSignal(t *testing.T) {
	dir := t.TempDir()
	c := changes(t, dir, Options{Quiet: 200 * time.Millisecond, Longest: time.Minute})
	for i := range 2000 {
		write(t, filepath.Join(dir, fmt.Sprintf("f%d", i)), "x")
	}
	wait(t, c, "2,000 files")
	silent(t, c, "the storm was over")
}

func TestScanSeesWhatEventsWould(t *testing.T) {
	dir := t.TempDir()
	w := &watcher{opt: Options{Scan: 10 * time.Millisecond}, roots: []string{dir}, out: make(chan struct{}, 1)}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go w.scan(ctx)
	time.Sleep(50 * time.Millisecond)
	write(t, filepath.Join(dir, "sub/x.md"), "1")
	wait(t, w.out, "a new file")
}

func site(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "index.html"), "<html><head><title>home</title></head><body></body></html>")
	write(t, filepath.Join(dir, "docs/a/index.html"), "<html><head></head>a</html>")
	write(t, filepath.Join(dir, "404.html"), "<html><head></head>nothing here</html>")
	write(t, filepath.Join(dir, "api/catalog/entities/by-name/component/default/cart"), `{"kind":"Component"}`)
	return dir
}

func TestServer(t *testing.T) {
	dir := site(t)
	write(t, filepath.Join(filepath.Dir(dir), "secret.txt"), "secret")
	s := NewServer(dir, "127.0.0.1:8000", map[string]string{"Content-Security-Policy": "default-src 'self'"})
	for _, tt := range []struct {
		method, host, target string
		status               int
		want                 string
	}{
		{"GET", "127.0.0.1:8000", "/", 200, "<title>home</title>"},
		{"GET", "localhost:8000", "/", 200, scriptPath},
		{"GET", "127.0.0.1:8000", "/docs/a/", 200, "a</html>"},
		{"GET", "127.0.0.1:8000", "/docs/a", 301, ""},
		{"GET", "127.0.0.1:8000", "/docs/", 404, "nothing here"},
		{"GET", "127.0.0.1:8000", "/nope/", 404, "nothing here"},
		{"GET", "127.0.0.1:8000", "/../secret.txt", 404, "nothing here"},
		{"GET", "127.0.0.1:8000", "/%2e%2e/secret.txt", 404, "nothing here"},
		{"GET", "127.0.0.1:8000", "/..%2fsecret.txt", 404, "nothing here"},
		{"GET", "127.0.0.1:8000", "/..%5csecret.txt", 404, "nothing here"},
		{"GET", "127.0.0.1:8000", "/api/catalog/entities/by-name/component/default/cart", 200, `"Component"`},
		{"GET", "127.0.0.1:8000", "/api/catalog/entities/by-name/Component/default/Cart", 200, `"Component"`},
		{"GET", "evil.example", "/", 403, ""},
		{"POST", "127.0.0.1:8000", "/", 405, ""},
	} {
		r := httptest.NewRequest(tt.method, "http://127.0.0.1:8000"+tt.target, nil)
		r.Host = tt.host
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Code != tt.status || !strings.Contains(w.Body.String(), tt.want) {
			t.Errorf("%s %s %s: got %d %q, want %d with %q", tt.method, tt.host, tt.target, w.Code, w.Body, tt.status, tt.want)
		}
		if tt.status == 200 && w.Header().Get("Content-Security-Policy") == "" {
			t.Errorf("%s: no content security policy", tt.target)
		}
	}
	r := httptest.NewRequest("GET", "http://127.0.0.1:8000/api/catalog/entities/by-name/component/default/cart", nil)
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	if got := w.Header().Get("Content-Type"); got != "application/json" {
		t.Errorf("an entity is served as %q, want application/json", got)
	}
}

func TestEvents(t *testing.T) {
	srv := httptest.NewUnstartedServer(nil)
	s := NewServer(site(t), srv.Listener.Addr().String(), nil)
	srv.Config.Handler = s
	srv.Start()
	defer srv.Close()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, srv.URL+eventsPath, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := srv.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	lines := bufio.NewScanner(res.Body)
	next := func() string {
		for lines.Scan() {
			if text, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
				return text
			}
		}
		t.Fatalf("the stream ended: %v", lines.Err())
		return ""
	}
	if got := next(); got != `{"build":0}` {
		t.Errorf("first event %s", got)
	}
	s.Reload(nil)
	if got := next(); got != `{"build":1}` {
		t.Errorf("after a build %s", got)
	}
	s.Fail([]string{"a.yaml:1:1: error: no"})
	if got := next(); got != `{"build":1,"problems":["a.yaml:1:1: error: no"],"failed":true}` {
		t.Errorf("after a failure %s", got)
	}
}
