package portolan_test

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path"
	"strings"
	"testing"
)

const module = "github.com/portolan-dev/portolan/"

// layers says who may import whom: a package may import what its line names,
// and what stands below a name that ends in "/...". Packages that are not
// named may import nothing of ours. Data flows one way:
// sources -> catalog -> site -> pages -> files.
var layers = map[string][]string{
	"sources/diag":               {},
	"sources/yamldoc":            {},
	"sources":                    {"sources/diag"},
	"sources/repos":              {"sources", "sources/diag"},
	"sources/catalog":            {"sources", "sources/diag", "sources/yamldoc"},
	"sources/docs":               {"sources", "sources/catalog", "sources/diag", "sources/yamldoc"},
	"sources/apis":               {"sources/catalog", "sources/diag", "sources/yamldoc"},
	"sources/kubernetes":         {"sources", "sources/catalog", "sources/diag"},
	"sources/kubernetes/cluster": {"sources", "sources/kubernetes", "sources/diag"},
	"generator/cache":            {},
	"generator/diagram":          {},
	"generator/linkcheck":        {"generator/cache", "sources/repos"},
	"generator/markdown":         {},
	"generator/publish":          {},
	"generator/publish/bucket":   {"generator/publish"},
	"generator/publish/s3test":   {},
	"generator/watch":            {"generator/publish"},
	"generator/search":           {},
	"generator/site":             {"sources/...", "generator/markdown", "generator/search"},
	"generator/render":           {"generator/site"},
	"generator":                  {"sources/...", "generator/...", "themes"},
	"themes":                     {},
	"content":                    {},
	"content/clusters/generate":  {},
	"cmd/portolan":               {"cmd/portolan/...", "sources/...", "generator/...", "themes", "content", "generator", "sources"},
	"cmd/portolan/backstage":     {"sources/diag", "sources/yamldoc"},
	"cmd/portolan/config":        {"cmd/portolan/backstage", "sources/diag", "sources/yamldoc"},
}

// soleImporters names the one package that may import a library.
var soleImporters = map[string]string{
	"k8s.io/client-go":                   "sources/kubernetes/cluster",
	"github.com/yuin/goldmark":           "generator/markdown",
	"github.com/alecthomas/chroma/v2":    "generator/markdown",
	"github.com/microcosm-cc/bluemonday": "generator/markdown",
	"github.com/tdewolff/minify/v2":      "generator/publish",
	"gocloud.dev":                        "generator/publish/bucket",
	"github.com/fsnotify/fsnotify":       "generator/watch",
	"go.yaml.in/yaml/v3":                 "sources/yamldoc",
	"github.com/spf13/cobra":             "cmd/portolan",
}

func TestLayers(t *testing.T) {
	for _, p := range packages(t) {
		name := strings.TrimPrefix(p.ImportPath, module)
		allowed, known := layers[name]
		if !known {
			t.Errorf("%s has no line in the table of layers: add one, it is a design decision", name)
			continue
		}
		for _, imp := range p.Imports {
			if ours, ok := strings.CutPrefix(imp, module); ok && !allows(allowed, ours) {
				t.Errorf("%s imports %s; it may import only %v", name, ours, allowed)
			}
			for lib, sole := range soleImporters {
				if (imp == lib || strings.HasPrefix(imp, lib+"/")) && name != sole {
					t.Errorf("%s imports %s; only %s may", name, imp, sole)
				}
			}
		}
	}
}

func TestEveryPackageIsExplained(t *testing.T) {
	for _, p := range packages(t) {
		if p.Doc == "" {
			t.Errorf("%s has no package comment", p.ImportPath)
		}
	}
}

// Every direct dependency has a line in ARCHITECTURE.md that says what it is for.
func TestEveryDependencyIsExplained(t *testing.T) {
	page, err := os.ReadFile("ARCHITECTURE.md")
	if err != nil {
		t.Fatal(err)
	}
	mod, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	direct, _, ok := strings.Cut(string(mod), "\n)")
	if !ok {
		t.Fatal("go.mod has no list of requirements")
	}
	for line := range strings.Lines(direct) {
		name, version, ok := strings.Cut(strings.TrimSpace(line), " ")
		if !ok || !strings.HasPrefix(version, "v") || strings.HasPrefix(name, "golang.org/x/") {
			continue
		}
		if base := path.Base(name); len(base) > 1 && base[0] == 'v' && base[1] >= '0' && base[1] <= '9' {
			name = path.Dir(name)
		}
		if !strings.Contains(string(page), path.Base(name)) {
			t.Errorf("ARCHITECTURE.md does not say what %s is for, and why this one", name)
		}
	}
}

func allows(allowed []string, name string) bool {
	for _, a := range allowed {
		if tree, ok := strings.CutSuffix(a, "/..."); ok && (name == tree || strings.HasPrefix(name, tree+"/")) {
			return true
		}
		if a == name {
			return true
		}
	}
	return false
}

type pkg struct {
	ImportPath, Doc string
	Imports         []string
}

// packages asks the go command for all packages of the module.
func packages(t *testing.T) []pkg {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports,Doc", module+"...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []pkg
	dec := json.NewDecoder(strings.NewReader(string(out)))
	for {
		var p pkg
		err := dec.Decode(&p)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if path.Clean(p.ImportPath) != strings.TrimSuffix(module, "/") {
			all = append(all, p)
		}
	}
	if len(all) < 5 {
		t.Fatalf("go list found only %d packages", len(all))
	}
	return all
}
