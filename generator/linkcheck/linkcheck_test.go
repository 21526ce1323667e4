package linkcheck

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/portolan-dev/portolan/sources/repos"
)

var now = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// site is another site that writes down what it is asked.
type site struct {
	*httptest.Server
	mu    sync.Mutex
	asked []string
}

func newSite(t *testing.T, answer func(w http.ResponseWriter, r *http.Request)) *site {
	t.Helper()
	s := &site{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.asked = append(s.asked, r.Method+" "+r.URL.Path)
		s.mu.Unlock()
		answer(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *site) host() string { return strings.TrimPrefix(s.URL, "http://") }

// options ask the sites of a test, and count pauses instead of making them.
func options(pauses *int, sites ...*site) Options {
	var mu sync.Mutex
	opt := Options{Client: repos.NewClient("127.0.0.1"), Now: now, Wait: func(ctx context.Context, _ time.Duration) error {
		mu.Lock()
		defer mu.Unlock()
		*pauses++
		return ctx.Err()
	}}
	for _, s := range sites {
		opt.Inner = append(opt.Inner, s.host())
	}
	return opt
}

func TestCheck(t *testing.T) {
	s := newSite(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/good", "/moved-to":
		case "/moved":
			http.Redirect(w, r, "/moved-to", http.StatusMovedPermanently)
		case "/only-get":
			if r.Method != http.MethodGet {
				w.WriteHeader(http.StatusNotFound)
			}
		case "/private":
			w.WriteHeader(http.StatusForbidden)
		case "/ill":
			w.WriteHeader(http.StatusBadGateway)
		default:
			w.WriteHeader(http.StatusNotFound)
		}
	})
	pauses := 0
	var urls []string
	for _, p := range []string{"/good", "/good#a", "/good#b", "/moved", "/only-get", "/private", "/ill", "/gone"} {
		urls = append(urls, s.URL+p)
	}
	urls = append(urls, "https://example.com/x", "http://localhost:3000/", "http://10.0.0.1/", "mailto:a@b.c", "https://host/x", "https://x.svc/", "https://api.internal/", "https://u:p@a.io/", "https://{host}.io/")
	got, err := Check(t.Context(), urls, options(&pauses, s))
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for u, r := range got {
		lines = append(lines, fmt.Sprintf("%s %d %t %q", strings.TrimPrefix(u, s.URL), r.Status, r.Gone, r.Reason))
	}
	slices.Sort(lines)
	want := []string{
		`/gone 404 true "its site answers 404 Not Found"`, `/good 200 false ""`, `/good#a 200 false ""`, `/good#b 200 false ""`,
		`/ill 502 false "its site answers 502 Bad Gateway"`, `/moved 200 false ""`, `/only-get 200 false ""`, `/private 403 false ""`,
	}
	if !slices.Equal(lines, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(lines, "\n"), strings.Join(want, "\n"))
	}
	if n := len(slices.DeleteFunc(slices.Clone(s.asked), func(a string) bool { return !strings.HasSuffix(a, " /good") })); n != 1 {
		t.Errorf("one page was asked for %d times: %v", n, s.asked)
	}
	if pauses == 0 || pauses < len(s.asked)-2 {
		t.Errorf("%d pauses between %d requests", pauses, len(s.asked))
	}
}

// Good answers are kept for a week, bad ones for some hours.
func TestAnswersAreKept(t *testing.T) {
	s := newSite(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/gone" {
			w.WriteHeader(http.StatusGone)
		}
	})
	pauses := 0
	opt := options(&pauses, s)
	opt.Cache = filepath.Join(t.TempDir(), "links.pack")
	for _, c := range []struct {
		after time.Duration
		want  []string
	}{
		{0, []string{"HEAD /good", "HEAD /gone", "GET /gone"}}, {time.Hour, nil}, {20 * time.Hour, []string{"HEAD /gone", "GET /gone"}},
		{8 * 24 * time.Hour, []string{"HEAD /good", "HEAD /gone", "GET /gone"}},
	} {
		s.asked = nil
		opt.Now = now.Add(c.after)
		got, err := Check(t.Context(), []string{s.URL + "/good", s.URL + "/gone"}, opt)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(s.asked, c.want) {
			t.Errorf("after %v: asked %v, want %v", c.after, s.asked, c.want)
		}
		if !got[s.URL+"/good"].Good() || !got[s.URL+"/gone"].Gone {
			t.Errorf("after %v: %v", c.after, got)
		}
	}
}

// A site that says it is too much is left alone.
func TestTooMuch(t *testing.T) {
	s := newSite(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTooManyRequests) })
	pauses := 0
	got, err := Check(t.Context(), []string{s.URL + "/a", s.URL + "/b", s.URL + "/c"}, options(&pauses, s))
	if err != nil {
		t.Fatal(err)
	}
	if len(s.asked) != 1 || len(got) != 3 {
		t.Errorf("asked %v, %d answers", s.asked, len(got))
	}
	for u, r := range got {
		if r.Good() || r.Gone {
			t.Errorf("%s: %+v", u, r)
		}
	}
}

// Loopback is not reached, even where a name or a redirect leads there.
func TestInnerNetworks(t *testing.T) {
	inner := newSite(t, func(http.ResponseWriter, *http.Request) {})
	outer := newSite(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, strings.Replace(inner.URL, "127.0.0.1", "127.0.0.2", 1), http.StatusFound)
	})
	pauses := 0
	got, err := Check(t.Context(), []string{outer.URL + "/"}, options(&pauses, outer))
	if err != nil {
		t.Fatal(err)
	}
	if r := got[outer.URL+"/"]; r.Good() || r.Gone || len(inner.asked) > 0 {
		t.Errorf("got %+v, the inner host was asked %v", r, inner.asked)
	}
}

func TestParallelAndEnd(t *testing.T) {
	var mu sync.Mutex
	busy, most := 0, 0
	var sites []*site
	var urls []string
	for range 6 {
		s := newSite(t, func(http.ResponseWriter, *http.Request) {
			mu.Lock()
			busy++
			most = max(most, busy)
			mu.Unlock()
			mu.Lock()
			busy--
			mu.Unlock()
		})
		sites = append(sites, s)
		urls = append(urls, s.URL+"/a", s.URL+"/b")
	}
	pauses := 0
	opt := options(&pauses, sites...)
	opt.Parallel = 2
	if got, err := Check(t.Context(), urls, opt); err != nil || len(got) != len(urls) {
		t.Errorf("%d answers, %v", len(got), err)
	}
	if most > 2 {
		t.Errorf("%d requests at once, want at most 2", most)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Check(ctx, urls, opt); !errors.Is(err, context.Canceled) {
		t.Errorf("after the end: %v", err)
	}
}

// Where no site at all can be reached, nothing is said about their pages and
// nothing is kept.
func TestNoNetwork(t *testing.T) {
	s := newSite(t, func(http.ResponseWriter, *http.Request) {})
	pauses := 0
	opt := options(&pauses, s)
	opt.Client = &http.Client{Transport: noNetwork{}}
	opt.Cache = filepath.Join(t.TempDir(), "links.pack")
	got, err := Check(t.Context(), []string{s.URL + "/a"}, opt)
	if err != nil {
		t.Fatal(err)
	}
	if r := got[s.URL+"/a"]; r.Gone || r.Good() {
		t.Errorf("without network: %+v", r)
	}
	opt.Client = repos.NewClient("127.0.0.1")
	if got, err := Check(t.Context(), []string{s.URL + "/a"}, opt); err != nil || !got[s.URL+"/a"].Good() {
		t.Errorf("with network again: %v, %v", got, err)
	}
}

type noNetwork struct{}

func (noNetwork) RoundTrip(r *http.Request) (*http.Response, error) {
	return nil, &repos.NoHostError{Host: r.URL.Host}
}
