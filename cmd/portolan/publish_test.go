package main

import (
	"bytes"
	"context"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/portolan-dev/portolan/generator/publish"
	"github.com/portolan-dev/portolan/generator/publish/s3test"
)

// A buffer may be written and read at once.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// runs runs the program and returns its exit code and what it said.
func runs(ctx context.Context, args ...string) (int, string) {
	var out buffer
	code := run(ctx, args, os.LookupEnv, &out, &out)
	return code, out.String()
}

// A job with credentials for a cluster writes a snapshot into object storage;
// a build without them reads it there and publishes the portal beside it.
func TestObjectStorage(t *testing.T) {
	store := s3test.New()
	server := httptest.NewServer(store)
	defer server.Close()
	for name, value := range s3test.Environment() {
		t.Setenv(name, value)
	}
	t.Setenv("SOURCE_DATE_EPOCH", "1772452800")
	t.Chdir(t.TempDir())
	query := "?use_path_style=true&endpoint=" + server.URL
	files := map[string]string{
		"dump/pods.yaml":               "apiVersion: v1\nkind: Pod\nmetadata: {name: web-1, namespace: shop}\nstatus: {phase: Running}\n",
		"dump/cluster.yaml":            "takenAt: 2026-03-02T11:58:00Z\n",
		"repos/shop/catalog-info.yaml": "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: web}\nspec: {type: service, lifecycle: production, owner: shop}\n",
		"inside.yaml":                  "kubernetes: {clusters: [{name: lab, dump: dump}, {name: lab2, dump: dump}]}\n",
		"portolan.yaml":                "sources: [{dir: repos/*}]\nkubernetes:\n  clusters:\n    - {name: edge, snapshot: \"s3://acme-snapshots/edge.json.zst" + query + "\"}\n    - {name: edge2, snapshot: \"s3://acme-snapshots/all/lab2.snapshot" + query + "\"}\npublish: {to: \"s3://acme-portal/docs" + query + "\"}\n",
	}
	for name, data := range files {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(data), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, args := range [][]string{
		{"snapshot", "-c", "inside.yaml", "--cluster", "lab", "--output", "s3://acme-snapshots/edge.json.zst" + query},
		{"snapshot", "-c", "inside.yaml", "--output", "s3://acme-snapshots/all/" + query},
		{"build"},
		{"publish"},
	} {
		if code, said := runs(t.Context(), args...); code != exitOK {
			t.Fatalf("%v: exit code %d: %s", args, code, said)
		}
	}
	for name, want := range map[string]string{
		"/acme-snapshots/edge.json.zst":                  "",
		"/acme-snapshots/all/lab.snapshot":               "",
		"/acme-snapshots/all/lab2.snapshot":              "",
		"/acme-portal/docs/clusters/edge/index.html":     "edge",
		"/acme-portal/docs/clusters/edge2/index.html":    "edge2",
		"/acme-portal/docs/" + publish.Manifest:          `"index.html"`,
		"/acme-portal/docs/api/kubernetes/findings.json": "[",
	} {
		if o, ok := store.Object(name); !ok || !bytes.Contains(o.Data, []byte(want)) {
			t.Errorf("%s: there %v, without %q", name, ok, want)
		}
	}

	// Storage that refuses costs nothing but freshness, and publishing says why.
	store.Deny(true)
	if code, said := runs(t.Context(), "build", "--strict"); code != exitFindings {
		t.Errorf("a snapshot that cannot be read: exit code %d: %s", code, said)
	}
	if page, err := os.ReadFile("public/clusters/edge/index.html"); err != nil || !bytes.Contains(page, []byte("AccessDenied")) {
		t.Errorf("the page of the cluster does not say why it is stale: %v\n%s", err, page)
	}
	code, said := runs(t.Context(), "publish")
	if code != exitFailed || !strings.Contains(said, "AccessDenied") || strings.Contains(said, "secret") {
		t.Errorf("publish to storage that refuses: exit code %d: %s", code, said)
	}
}

// schedule publishes after a build, and only after a good one.
func TestSchedulePublishes(t *testing.T) {
	store := s3test.New()
	t.Setenv("SOURCE_DATE_EPOCH", "1772452800")
	for name, value := range s3test.Environment() {
		t.Setenv(name, value)
	}
	for _, tc := range []struct {
		name, descriptor string
		strict           bool
		want             bool
	}{
		{"good", "apiVersion: backstage.io/v1alpha1\nkind: Group\nmetadata: {name: shop}\nspec: {type: team, children: []}\n", true, true},
		{"errors", "kind: [", true, false},
		{"tolerated", "kind: [", false, true},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		server := httptest.NewServer(store)
		defer server.Close()
		dir := t.TempDir()
		t.Chdir(dir)
		for name, data := range map[string]string{
			"shop/catalog-info.yaml": tc.descriptor,
			"portolan.yaml":          "sources: [{dir: shop}]\npublish: {to: \"s3://" + tc.name + "?use_path_style=true&endpoint=" + server.URL + "\"}\n",
		} {
			if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(name, []byte(data), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		said := &stopper{at: "next build at", stop: cancel}
		args := []string{"schedule", "--cron", "0 0 1 1 *"}
		if tc.strict {
			args = append(args, "--strict")
		}
		run(ctx, args, os.LookupEnv, said, said)
		if _, ok := store.Object("/" + tc.name + "/index.html"); ok != tc.want {
			t.Errorf("%s: published %v, want %v\n%s", tc.name, ok, tc.want, said.String())
		}
	}
}

// A stopper is a buffer that calls stop when a text has been written.
type stopper struct {
	buffer
	at   string
	stop func()
}

func (s *stopper) Write(p []byte) (int, error) {
	n, err := s.buffer.Write(p)
	if strings.Contains(s.String(), s.at) {
		s.stop()
	}
	return n, err
}
