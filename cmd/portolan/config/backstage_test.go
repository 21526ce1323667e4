package config

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

const appConfig = "../backstage/testdata/app-config.yaml"

var appVariables = map[string]string{
	"STAGE": "prod", "GITLAB_HOST": "gitlab.ondavia.example", "GHE_ORG": "ondavia", "US1_HOST": "us1.ondavia.example",
}

// What `portolan init --from-backstage` writes is a configuration.
func TestWrittenConfigurationLoads(t *testing.T) {
	c, ds, err := Load("../backstage/testdata/portolan.yaml", env(appVariables))
	if err != nil || len(ds) > 0 {
		t.Fatalf("%v, %v", ds, err)
	}
	if len(c.Sources) < 10 || len(c.Kubernetes.Clusters) < 6 || len(c.Catalog.Rules) < 4 {
		t.Errorf("%d sources, %d clusters, %d rules", len(c.Sources), len(c.Kubernetes.Clusters), len(c.Catalog.Rules))
	}
	if got := c.Kubernetes.Clusters[1].Server.URL; got != "https://us1.ondavia.example:6443" {
		t.Errorf("a variable in an address: %q", got)
	}
}

// A backstage source has the same sources and clusters as the written file.
func TestBackstageSource(t *testing.T) {
	dir := t.TempDir()
	src, err := os.ReadFile(appConfig)
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "backstage", "app-config.yaml"), string(src))
	write(t, filepath.Join(dir, "backstage", "catalog", "x", "y.yaml"), "")
	write(t, filepath.Join(dir, "backstage", "certs", "eu1.crt"), "")
	write(t, filepath.Join(dir, "portolan.yaml"), "sources:\n  - dir: mine\n  - backstage: backstage/app-config.yaml\nkubernetes:\n  clusters:\n    - {name: local, context: other}\n")
	got, ds, err := Load(filepath.Join(dir, "portolan.yaml"), env(appVariables))
	if err != nil || len(ds) > 0 {
		t.Fatalf("%v, %v", ds, err)
	}
	want, ds, err := Load("../backstage/testdata/portolan.yaml", env(appVariables))
	if err != nil || len(ds) > 0 {
		t.Fatalf("%v, %v", ds, err)
	}
	if len(got.Sources) != len(want.Sources)+1 || got.Sources[0].Dir != "mine" {
		t.Fatalf("got sources %+v", got.Sources)
	}
	for i, s := range got.Sources[1:] {
		if s.Line != 3 {
			t.Errorf("%+v: from line %d, want that of portolan.yaml", s, s.Line)
		}
		s.Line, s.Column = want.Sources[i].Line, want.Sources[i].Column
		if !reflect.DeepEqual(s, want.Sources[i]) {
			t.Errorf("source %d: got %+v, want %+v", i, s, want.Sources[i])
		}
	}
	if cl := got.Kubernetes.Clusters; len(cl) != len(want.Kubernetes.Clusters) || cl[0].Name != "local" || cl[0].Context != "other" || cl[1].Server.TokenEnv != "K8S_EU1_TOKEN" {
		t.Errorf("got clusters %+v", cl)
	}
	if got.Site.Title != "Developer portal" || got.Kubernetes.ClusterSelection != "relations" {
		t.Errorf("got %+v, %+v", got.Site, got.Kubernetes.ClusterSelection)
	}
	if got.Catalog.Files[0] != descriptors || strings.Join(got.Catalog.Files, " ") == descriptors {
		t.Errorf("got patterns %q", got.Catalog.Files)
	}
	if len(got.Notes) < 10 || got.Notes[0].Pos.Line == 0 || !strings.HasSuffix(got.Notes[0].Pos.File, "backstage/app-config.yaml") {
		t.Errorf("got notes %v", got.Notes)
	}
	if len(got.Included) != 1 || !strings.HasSuffix(got.Included[0], "app-config.yaml") {
		t.Errorf("got included files %q", got.Included)
	}
}

// What is wrong in an app-config.yaml is reported where it stands.
func TestBackstageSourceIsWrong(t *testing.T) {
	for _, tc := range []struct{ name, app, want string }{
		{"no YAML", "catalog: [", "app-config.yaml:1:"},
		{"a variable that is not set", "catalog:\n  locations:\n    - {type: url, target: 'https://${NONE}/a/b/blob/main/c.yaml'}\n", "app-config.yaml:3:27: error: sources[0].git needs the environment variable NONE"},
		{"a cluster without TLS", "kubernetes:\n  clusterLocatorMethods:\n    - type: config\n      clusters:\n        - {name: a, url: '${URL}'}\n", "expected an https address"},
	} {
		dir := t.TempDir()
		write(t, filepath.Join(dir, "app-config.yaml"), tc.app)
		write(t, filepath.Join(dir, "portolan.yaml"), "sources: [{backstage: app-config.yaml}]\n")
		_, ds, err := Load(filepath.Join(dir, "portolan.yaml"), env(map[string]string{"URL": "http://127.0.0.1"}))
		if err != nil || len(ds) == 0 || !strings.Contains(ds[0].String(), tc.want) {
			t.Errorf("%s: got %v, %v, want %q", tc.name, ds, err, tc.want)
		}
	}
	_, ds := Parse("conf/portolan.yaml", []byte("sources:\n  - backstage: none.yaml\n"), env(nil))
	if len(ds) != 1 || ds[0].Pos.Line != 2 || !strings.Contains(ds[0].Message, "there is no such file") {
		t.Errorf("no file: got %v", ds)
	}
}

func write(t *testing.T, name, data string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(data), 0o644); err != nil {
		t.Fatal(err)
	}
}
