package bucket

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"gocloud.dev/blob/memblob"

	"github.com/portolan-dev/portolan/generator/publish"
	"github.com/portolan-dev/portolan/generator/publish/s3test"
)

// site is a small site; version changes some of its files.
func site(version string) fstest.MapFS {
	out := fstest.MapFS{}
	for name, data := range map[string]string{
		"index.html":         "<p>home",
		"catalog/index.html": "<p>" + version,
		"catalog/default/" + version + "/index.html":   "<p>page",
		"assets/app." + version + ".css":               "p{}",
		"search/index.json":                            "{}",
		publish.Marker:                                 version,
		"api/catalog/entities/by-name/api/default/x y": `{"kind":"API"}`,
	} {
		out[name] = &fstest.MapFile{Data: []byte(data)}
	}
	return out
}

// check publishes twice and looks at what is there; foreign was there before.
func check(t *testing.T, b *Bucket, foreign ...string) {
	t.Helper()
	ctx := t.Context()
	if err := b.Write(ctx, "theirs/note.txt", []byte("not ours"), publish.Headers{ContentType: "text/plain"}); err != nil {
		t.Fatal(err)
	}
	for _, version := range []string{"v1", "v2"} {
		want := site(version)
		if _, err := publish.Upload(ctx, want, b, publish.UploadOptions{Attempts: 1}); err != nil {
			t.Fatalf("%s: %v", version, err)
		}
		there, err := b.List(ctx)
		if err != nil {
			t.Fatal(err)
		}
		names := append(slices.Collect(maps.Keys(want)), publish.Manifest, "theirs/note.txt")
		names = append(names, foreign...)
		slices.Sort(names)
		if got := slices.Sorted(maps.Keys(there)); !slices.Equal(got, names) {
			t.Errorf("%s: got %q, want %q", version, got, names)
		}
		for name, f := range want {
			if data, err := b.Read(ctx, name, 1<<10); err != nil || string(data) != string(f.Data) {
				t.Errorf("%s: %s: got %q, %v", version, name, data, err)
			}
		}
		st, err := publish.Upload(ctx, want, b, publish.UploadOptions{Attempts: 1})
		if err != nil || len(st.Sent)+len(st.Deleted) != 0 {
			t.Errorf("%s again: %+v, %v", version, st, err)
		}
	}
	if _, err := b.Read(ctx, "catalog/index.html", 2); err == nil || !strings.Contains(err.Error(), "limit") {
		t.Errorf("an object over the limit: %v", err)
	}
	if _, err := b.Read(ctx, "nothing", 2); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("an absent object: %v", err)
	}
	if err := b.Delete(ctx, "nothing"); err != nil {
		t.Errorf("delete an absent object: %v", err)
	}
}

func TestMemory(t *testing.T) {
	b := &Bucket{b: memblob.OpenBucket(nil)}
	defer func() { _ = b.Close() }()
	check(t, b)
}

func TestFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "portal")
	// What a killed upload left is removed; what only looks like it is not.
	for _, name := range []string{"index.html.18eb61f873ea37f1.tmp", "theirs.html.18eb61f873ea37f1.tmp"} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	b, err := Open(t.Context(), "file://"+filepath.ToSlash(dir))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = b.Close() }()
	check(t, b, "theirs.html.18eb61f873ea37f1.tmp")
	if _, err := os.Stat(filepath.Join(dir, "catalog", "default", "v1")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the folder of a page that is gone is left: %v", err)
	}
	if info, err := os.Stat(filepath.Join(dir, "index.html")); err != nil || info.Mode().Perm()&0o044 != 0o044 {
		t.Errorf("others cannot read the site: %v, %v", info, err)
	}
}

func TestS3(t *testing.T) {
	store := s3test.New()
	server := httptest.NewServer(store)
	defer server.Close()
	for name, value := range s3test.Environment() {
		t.Setenv(name, value)
	}
	query := "?use_path_style=true&endpoint=" + server.URL
	b, err := Open(t.Context(), "s3://acme-portal/docs"+query)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = b.Close() }()
	check(t, b)
	for name, want := range map[string]string{
		"index.html":        "text/html; charset=utf-8 no-cache",
		"assets/app.v2.css": "text/css; charset=utf-8 public, max-age=31536000, immutable",
		"api/catalog/entities/by-name/api/default/x y": "application/json no-cache",
	} {
		o, _ := store.Object("/acme-portal/docs/" + name)
		h := o.Header
		if got := h.Get("Content-Type") + " " + h.Get("Cache-Control"); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
		if !strings.HasPrefix(h.Get("Authorization"), "AWS4-HMAC-SHA256 Credential=key/") {
			t.Errorf("%s was sent without the credentials of the environment: %q", name, h.Get("Authorization"))
		}
		if got := h.Get("X-Amz-Sdk-Checksum-Algorithm"); got != "" {
			t.Errorf("%s was sent with a checksum that other storage does not know: %s", name, got)
		}
	}

	address := "s3://acme-snapshots/edge/a.json.zst" + query
	if err := WriteObject(t.Context(), address, []byte("state"), publish.Headers{ContentType: "application/zstd"}); err != nil {
		t.Fatal(err)
	}
	if data, err := ReadObject(t.Context(), address, 100); err != nil || string(data) != "state" {
		t.Errorf("got %q, %v", data, err)
	}
	if _, err := ReadObject(t.Context(), address, 3); err == nil {
		t.Error("a snapshot over the limit was read")
	}
	if _, err := ReadObject(t.Context(), "s3://acme-snapshots/none"+query, 3); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("an absent snapshot: %v", err)
	}
	store.Deny(true)
	if _, err := ReadObject(t.Context(), address, 100); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("a refused snapshot: %v", err)
	}
}

func TestObjectInAFolder(t *testing.T) {
	address := "file://" + filepath.ToSlash(filepath.Join(t.TempDir(), "new", "a.snapshot"))
	if _, err := ReadObject(t.Context(), address, 10); err == nil {
		t.Error("an absent file was read")
	}
	if err := WriteObject(t.Context(), address, []byte("state"), publish.Headers{ContentType: "application/zstd"}); err != nil {
		t.Fatal(err)
	}
	if data, err := ReadObject(t.Context(), address, 10); err != nil || string(data) != "state" {
		t.Errorf("got %q, %v", data, err)
	}
}

// Errors are shown on pages; the signature of a request is a credential. Those
// that another attempt will not mend say what would.
func TestErrorsOfTheStorage(t *testing.T) {
	err := meaning(fmt.Errorf(`Get "https://acme.blob.core.windows.net/c/x?se=2026&sig=c2VjcmV0%%3D&sp=r": %w`, io.ErrUnexpectedEOF))
	if want := `Get "https://acme.blob.core.windows.net/c/x?se=2026&sig=...&sp=r": unexpected EOF`; err.Error() != want {
		t.Errorf("got %q, want %q", err, want)
	}
	if err := meaning(errors.New("endpoint rule error, Invalid region")); !strings.Contains(err.Error(), "AWS_REGION") || !errors.Is(err, fs.ErrPermission) {
		t.Errorf("no hint, or worth another attempt: %v", err)
	}
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("the cause of %v is lost", err)
	}
}

func TestAddresses(t *testing.T) {
	for _, address := range []string{
		"", "public", "https://portal.example.com/", "s3://", "s3:///x", "ftp://x", "file://", "file:///x?metadata=skip",
		"s3://acme/../x", "s3://acme/a/../../b", "s3://acme#x", "s3://acme/%zz", "mem://",
	} {
		if _, err := Open(t.Context(), address); !errors.Is(err, ErrAddress) {
			t.Errorf("%q: got %v, want ErrAddress", address, err)
		}
	}
	if _, err := Open(t.Context(), "s3://key:hunter2@acme/"); err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("credentials in an address: %v", err)
	}
	for _, address := range []string{"s3://acme", "s3://acme/folder/", "file://", "file:///folder/"} {
		if _, err := ReadObject(t.Context(), address, 1); err == nil {
			t.Errorf("%q: names no object and was read", address)
		}
	}
	for address, want := range map[string]bool{"s3://a": true, "gs://a": true, "azblob://a": true, "file:///a": false, "a/b": false, `C:\a`: false} {
		if got := IsRemote(address); got != want {
			t.Errorf("IsRemote(%q): got %v, want %v", address, got, want)
		}
	}
}
