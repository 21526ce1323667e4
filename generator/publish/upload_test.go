package publish

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
)

// A fakeBucket is a bucket in memory that can break off.
type fakeBucket struct {
	mu      sync.Mutex
	objects map[string][]byte
	headers map[string]Headers
	log     []string // "write NAME", "delete NAME"

	requests int
	failFrom int  // requests from this one on fail; 0: none
	failOnce bool // only that one fails
	opaque   bool // the sums shown are not those of the content
	after    func(b *fakeBucket)
}

var errBroken = errors.New("connection reset")

func newFake() *fakeBucket {
	return &fakeBucket{objects: map[string][]byte{}, headers: map[string]Headers{}}
}

// request runs one request under the lock.
func (b *fakeBucket) request(f func() error) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.requests++
	if b.failFrom > 0 && (b.requests == b.failFrom || b.requests > b.failFrom && !b.failOnce) {
		return errBroken
	}
	err := f()
	if b.after != nil {
		b.after(b)
	}
	return err
}

func (b *fakeBucket) List(context.Context) (out map[string]Object, err error) {
	return out, b.request(func() error {
		out = map[string]Object{}
		for name, data := range b.objects {
			sum := md5.Sum(data)
			if b.opaque {
				sum = md5.Sum([]byte("key" + name + string(data)))
			}
			out[name] = Object{Size: int64(len(data)), MD5: sum[:]}
		}
		return nil
	})
}

func (b *fakeBucket) Read(_ context.Context, name string, _ int64) (data []byte, err error) {
	return data, b.request(func() error {
		var ok bool
		if data, ok = b.objects[name]; !ok {
			return fs.ErrNotExist
		}
		return nil
	})
}

func (b *fakeBucket) Write(_ context.Context, name string, data []byte, h Headers) error {
	return b.request(func() error {
		b.objects[name], b.headers[name] = bytes.Clone(data), h
		b.log = append(b.log, "write "+name)
		return nil
	})
}

func (b *fakeBucket) Delete(_ context.Context, name string) error {
	return b.request(func() error {
		delete(b.objects, name)
		b.log = append(b.log, "delete "+name)
		return nil
	})
}

func (b *fakeBucket) clone() *fakeBucket {
	c := newFake()
	maps.Copy(c.objects, b.objects)
	maps.Copy(c.headers, b.headers)
	c.opaque = b.opaque
	return c
}

// holds compares the bucket with a site and a foreign object.
func (b *fakeBucket) holds(t *testing.T, site fstest.MapFS, foreign ...string) {
	t.Helper()
	want := map[string]bool{Manifest: true}
	for name, f := range site {
		want[name] = true
		if !bytes.Equal(b.objects[name], f.Data) {
			t.Errorf("%s: got %q, want %q", name, b.objects[name], f.Data)
		}
		if got, want := b.headers[name], HeadersOf(name, f.Data); got != want {
			t.Errorf("%s: got headers %v, want %v", name, got, want)
		}
	}
	for _, name := range foreign {
		want[name] = true
		if b.objects[name] == nil {
			t.Errorf("%s was not ours and is gone", name)
		}
	}
	for name := range b.objects {
		if !want[name] {
			t.Errorf("%s should not be there", name)
		}
	}
}

var reference = regexp.MustCompile(`(?:src|href)="([^"]+)"`)

// follow reads the home page and everything that it leads to, and returns what
// is missing on the way.
func (b *fakeBucket) follow() (pages int, missing []string) {
	todo, seen := []string{"index.html"}, map[string]bool{"index.html": true}
	for len(todo) > 0 {
		page := todo[0]
		todo = todo[1:]
		data, ok := b.objects[page]
		if !ok {
			if page != "index.html" { // without a home page there is no site yet
				missing = append(missing, page)
			}
			continue
		}
		if path.Ext(page) != ".html" {
			continue
		}
		pages++
		for _, m := range reference.FindAllStringSubmatch(string(data), -1) {
			to := path.Join(path.Dir(page), m[1])
			if strings.HasSuffix(m[1], "/") {
				to = path.Join(to, "index.html")
			}
			if !seen[to] {
				seen[to] = true
				todo = append(todo, to)
			}
		}
	}
	return pages, missing
}

// site makes a site of pages that all link to each other, with a style sheet
// of that version and a picture for each page.
func site(version string, pages ...string) fstest.MapFS {
	out := fstest.MapFS{}
	put := func(name, data string) { out[name] = &fstest.MapFile{Data: []byte(data)} }
	html := func(name string, links []string) {
		up := strings.Repeat("../", strings.Count(name, "/"))
		var b strings.Builder
		fmt.Fprintf(&b, `<link rel="stylesheet" href="%sassets/app.%s.css">`, up, version)
		for _, l := range links {
			fmt.Fprintf(&b, `<a href="%s%s">`, up, l)
		}
		put(name, b.String())
	}
	var links []string
	for _, p := range pages {
		links = append(links, "catalog/default/"+p+"/")
	}
	for _, p := range pages {
		name := "catalog/default/" + p + "/index.html"
		html(name, append([]string{"", "catalog/default/" + p + "/" + p + "." + version + ".png"}, links...))
		put("catalog/default/"+p+"/"+p+"."+version+".png", p)
	}
	html("catalog/index.html", links)
	html("index.html", []string{"catalog/", "search/"})
	html("404.html", []string{"catalog/"})
	html("search/index.html", []string{""})
	put("search/index.json", `["d0"]`)
	put("search/d0.json", strings.Join(pages, " "))
	put("assets/app."+version+".css", "p{}")
	put("api/catalog/entities/by-name/component/default/x", `{"kind":"Component"}`)
	put("robots.txt", "User-agent: *")
	put(Marker, version)
	return out
}

func upload(t *testing.T, s fstest.MapFS, b *fakeBucket) UploadStats {
	t.Helper()
	st, err := Upload(t.Context(), s, b, UploadOptions{Attempts: 1})
	if err != nil {
		t.Fatal(err)
	}
	return st
}

func TestUploadSendsWhatChanged(t *testing.T) {
	v1 := site("1", "a", "b")
	b := newFake()
	b.objects["theirs.txt"] = []byte("not ours")
	if st := upload(t, v1, b); len(st.Sent) != len(v1) || st.Files != len(v1) || st.Unchanged != 0 {
		t.Errorf("first upload: %+v", st)
	}
	b.holds(t, v1, "theirs.txt")

	b.log = nil
	if st := upload(t, v1, b); len(st.Sent) != 0 || st.Unchanged != len(v1) || len(b.log) != 0 {
		t.Errorf("nothing changed: %+v, requests %v", st, b.log)
	}

	v2 := maps.Clone(v1)
	v2["robots.txt"] = &fstest.MapFile{Data: []byte("User-agent: x")} // as long as before
	delete(v2, "catalog/default/b/index.html")
	st := upload(t, v2, b)
	if !slices.Equal(st.Sent, []string{"robots.txt"}) || !slices.Equal(st.Deleted, []string{"catalog/default/b/index.html"}) {
		t.Errorf("one changed, one gone: %+v", st)
	}
	b.holds(t, v2, "theirs.txt")
}

// What somebody else removed or changed in the target is mended.
func TestUploadMendsTheTarget(t *testing.T) {
	v1 := site("1", "a")
	b := newFake()
	upload(t, v1, b)
	delete(b.objects, "robots.txt")
	b.objects["404.html"] = []byte("longer or shorter")
	b.objects["index.html"] = bytes.Repeat([]byte("x"), len(v1["index.html"].Data))
	if st := upload(t, v1, b); !slices.Equal(st.Sent, []string{"404.html", "index.html", "robots.txt"}) {
		t.Errorf("sent %v", st.Sent)
	}
	b.holds(t, v1)
}

// A bucket that encrypts shows sums that are not those of the content. They
// must not make everything look changed.
func TestUploadToABucketWithOtherSums(t *testing.T) {
	v1 := site("1", "a")
	b := newFake()
	b.opaque = true
	upload(t, v1, b)
	if st := upload(t, v1, b); len(st.Sent) != 0 {
		t.Errorf("sent %v", st.Sent)
	}
}

func TestUploadOrder(t *testing.T) {
	b := newFake()
	upload(t, site("1", "a", "b"), b)
	b.log = nil
	upload(t, site("2", "b", "c"), b)
	if b.log[0] != "write "+Manifest || b.log[len(b.log)-1] != "write "+Manifest {
		t.Errorf("the manifest frames an upload: %v", b.log)
	}
	last := -1
	for _, l := range b.log[1 : len(b.log)-1] {
		verb, name, _ := strings.Cut(l, " ")
		at := step(name, name == "catalog/default/c/index.html")
		if verb == "delete" {
			at = steps
			if path.Ext(name) != ".html" {
				at++
			}
		}
		if at < last {
			t.Errorf("%s comes too late in\n%s", l, strings.Join(b.log, "\n"))
		}
		last = at
	}
	if last < steps {
		t.Error("nothing was deleted")
	}
}

// Whenever an upload breaks off, whoever reads the target finds all pages that
// are linked and all assets of these pages; and the next upload, of the same
// site or of the old one, makes the target whole.
func TestUploadMayBreakOffAnywhere(t *testing.T) {
	v1, v2 := site("1", "a", "b", "c"), site("2", "b", "c", "d", "e")
	check := func(b *fakeBucket) {
		if pages, missing := b.follow(); len(missing) > 0 {
			t.Errorf("after request %d: of %d pages and their assets these are missing: %v", b.requests, pages, missing)
		}
	}
	empty := newFake()
	empty.objects["theirs.txt"] = []byte("not ours")
	full := empty.clone()
	upload(t, v1, full)
	opaque := full.clone()
	opaque.opaque = true
	for name, before := range map[string]*fakeBucket{"first": empty, "second": full, "encrypted": opaque} {
		for k := 1; ; k++ {
			b := before.clone()
			b.failFrom, b.after = k, check
			_, err := Upload(t.Context(), v2, b, UploadOptions{Attempts: 1, Workers: 4})
			if err == nil {
				if k < len(v2) {
					t.Errorf("%s: done with %d requests", name, k-1)
				}
				b.holds(t, v2, "theirs.txt")
				break
			}
			if !errors.Is(err, errBroken) {
				t.Fatalf("%s, request %d: %v", name, k, err)
			}
			for _, then := range []fstest.MapFS{v2, v1} {
				again := b.clone()
				upload(t, then, again)
				again.holds(t, then, "theirs.txt")
			}
			if t.Failed() {
				t.Fatalf("%s, request %d", name, k)
			}
		}
	}
}

// An upload that broke off does not send again what has arrived.
func TestUploadGoesOn(t *testing.T) {
	v2 := site("2", "a", "b", "c")
	b := newFake()
	upload(t, site("1", "a", "b", "c"), b)
	b.failFrom = b.requests + 3 + 6 // list, read, manifest, six files
	if _, err := Upload(t.Context(), v2, b, UploadOptions{Attempts: 1, Workers: 1}); !errors.Is(err, errBroken) {
		t.Fatalf("got %v", err)
	}
	b.failFrom = 0
	arrived := len(b.log)
	upload(t, v2, b)
	seen := map[string]bool{}
	for i, l := range b.log[arrived:] {
		if seen[l] && !strings.HasSuffix(l, Manifest) {
			t.Errorf("request %d: %s twice", i, l)
		}
		seen[l] = true
	}
	for _, l := range b.log[arrived-5 : arrived] {
		if seen[l] {
			t.Errorf("%s again", l)
		}
	}
}

func TestUploadTriesAgain(t *testing.T) {
	v1 := site("1", "a")
	for k := 1; k <= len(v1)+4; k++ {
		b := newFake()
		b.failFrom, b.failOnce = k, true
		waits := 0
		_, err := Upload(t.Context(), v1, b, UploadOptions{Wait: func(_ context.Context, failed int) error { waits += failed; return nil }})
		if err != nil || waits != 1 {
			t.Errorf("request %d failed once: %d waits, %v", k, waits, err)
		}
		b.holds(t, v1)
	}
	b := newFake()
	b.failFrom = 1
	waits := 0
	_, err := Upload(t.Context(), v1, b, UploadOptions{Attempts: 3, Wait: func(context.Context, int) error { waits++; return nil }})
	if !errors.Is(err, errBroken) || waits != 2 {
		t.Errorf("always failing: %d waits, %v", waits, err)
	}
}

func TestUploadIsCancelled(t *testing.T) {
	stopped := errors.New("stopped")
	ctx, cancel := context.WithCancelCause(t.Context())
	b := newFake()
	b.after = func(b *fakeBucket) {
		if b.requests == 6 {
			cancel(stopped)
		}
	}
	st, err := Upload(ctx, site("1", "a", "b"), b, UploadOptions{Workers: 1})
	if !errors.Is(err, stopped) || len(st.Sent) == 0 || len(st.Sent) > 4 {
		t.Errorf("got %v after %v", err, st.Sent)
	}
}

func TestUploadRefuses(t *testing.T) {
	if _, err := Upload(t.Context(), fstest.MapFS{"index.html": {}}, newFake(), UploadOptions{}); !errors.Is(err, ErrNoSite) {
		t.Errorf("a folder without a marker: %v", err)
	}
	b := newFake()
	b.objects[Manifest] = []byte(`{"version":99}`)
	if _, err := Upload(t.Context(), site("1"), b, UploadOptions{}); err == nil || !strings.Contains(err.Error(), "newer") {
		t.Errorf("a manifest of a newer version: %v", err)
	}
	// A manifest that leads elsewhere deletes nothing there.
	for _, name := range []string{"../theirs", "/theirs", Manifest, "a/../theirs"} {
		b := newFake()
		b.objects[name] = []byte("x")
		raw, err := json.Marshal(manifest{1, map[string]record{name: {}}})
		if err != nil {
			t.Fatal(err)
		}
		b.objects[Manifest] = raw
		upload(t, site("1"), b)
		if b.objects[name] == nil {
			t.Errorf("%s was deleted", name)
		}
	}
}

func TestUploadDryRun(t *testing.T) {
	b := newFake()
	upload(t, site("1", "a"), b)
	b.log = nil
	st, err := Upload(t.Context(), site("1", "b"), b, UploadOptions{DryRun: true})
	if err != nil || len(b.log) != 0 {
		t.Errorf("requests %v, %v", b.log, err)
	}
	if !slices.Contains(st.Sent, "catalog/default/b/index.html") || !slices.Contains(st.Deleted, "catalog/default/a/index.html") {
		t.Errorf("got %+v", st)
	}
}

func TestHeadersOf(t *testing.T) {
	const immutable, fresh = "public, max-age=31536000, immutable", "no-cache"
	for _, tc := range []struct{ name, data, contentType, cache string }{
		{"index.html", "", "text/html; charset=utf-8", fresh},
		{"assets/app.0123.js", "", "text/javascript; charset=utf-8", immutable},
		{"assets/sans.01.woff2", "", "font/woff2", immutable},
		{"docs/assets/x.svg", "", "image/svg+xml", fresh},
		{"api/build.json", "", "application/json", fresh},
		{"api/catalog/entities/by-name/component/default/x", "{}", "application/json", fresh},
		{"_headers", "/*", "text/plain; charset=utf-8", fresh},
		{"sitemap.xml", "", "application/xml", fresh},
		{"a.png", "\x89PNG\r\n\x1a\n", "image/png", fresh},
	} {
		if got := HeadersOf(tc.name, []byte(tc.data)); got != (Headers{tc.contentType, tc.cache}) {
			t.Errorf("%s: got %v, want %s and %s", tc.name, got, tc.contentType, tc.cache)
		}
	}
}
