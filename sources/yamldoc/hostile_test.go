package yamldoc

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

// shared returns the folder of third-party inputs, or skips.
func shared(t *testing.T, elem ...string) string {
	t.Helper()
	dir := os.Getenv("PORTOLAN_SHARED")
	if dir == "" {
		root, err := filepath.Abs(".")
		if err != nil {
			t.Fatal(err)
		}
		for {
			if _, err := os.Stat(filepath.Join(root, "go.mod")); err == nil {
				break
			}
			if root == filepath.Dir(root) {
				t.Fatal("no go.mod above this package")
			}
			root = filepath.Dir(root)
		}
		dir = filepath.Join(root, "..", "shared")
	}
	path := filepath.Join(append([]string{dir}, elem...)...)
	if _, err := os.Stat(path); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("the shared inputs are missing: %v", err)
		}
		t.Skipf("the shared inputs are missing: %v", err)
	}
	return path
}

func TestStress(t *testing.T) {
	dir := shared(t, "hostile", "yaml-stress")
	manifest, err := os.ReadFile(filepath.Join(dir, "MANIFEST.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(strings.TrimSpace(string(manifest)), "\n")[1:] {
		f := strings.Split(line, "\t")
		src, err := os.ReadFile(filepath.Join(dir, f[0]))
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		docs := Parse(src, Limits{})
		took := time.Since(start)
		failed := false
		why := ""
		for _, d := range docs {
			if d.Err != nil {
				failed = true
				why = d.Err.Error()
			}
		}
		t.Logf("%-22s %-20s %8s failed=%v %s", f[0], f[1], took.Round(time.Microsecond*10), failed, why)
		if f[1] == "file-error" && !failed || strings.HasPrefix(f[1], "ok") && !strings.Contains(f[1], "file-error") && failed {
			t.Errorf("%s: failed=%v, want %s", f[0], failed, f[1])
		}
	}
}

func TestSuite(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(shared(t, "hostile", "yaml"), "yaml-test-suite.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	wrong := 0
	for _, line := range bytes.Split(bytes.TrimSpace(data), []byte("\n")) {
		var c struct {
			ID, Name, YAML string
			Fail           bool
			JSON           *string
		}
		if err := json.Unmarshal(line, &c); err != nil {
			t.Fatal(err)
		}
		docs := Parse([]byte(c.YAML), Limits{})
		failed := false
		var got []any
		why := ""
		for _, d := range docs {
			if d.Err != nil {
				failed = true
				why = d.Err.Error()
				continue
			}
			var v any
			if err := json.Unmarshal(d.Node.AppendJSON(nil), &v); err != nil {
				t.Errorf("%s: JSON: %v", c.ID, err)
			}
			got = append(got, v)
		}
		if c.Fail && c.JSON != nil {
			continue // the suite contradicts itself
		}
		if failed != c.Fail {
			wrong++
			t.Logf("%s %s: failed=%v want %v %s\n%s", c.ID, c.Name, failed, c.Fail, why, c.YAML)
			continue
		}
		if c.JSON != nil && !failed {
			dec := json.NewDecoder(strings.NewReader(*c.JSON))
			var want []any
			for dec.More() {
				var v any
				if err := dec.Decode(&v); err != nil {
					t.Fatal(err)
				}
				want = append(want, v)
			}
			if !reflect.DeepEqual(got, want) {
				wrong++
				t.Logf("%s %s: got %v want %v\n%s", c.ID, c.Name, got, want, c.YAML)
			}
		}
	}
	// What is left is written down in few catalogs: keys without a name, tabs
	// after blanks, anchors with punctuation, and colons and question marks at
	// odd places within brackets, where the library follows YAML 1.1.
	if wrong > 65 {
		t.Errorf("%d of the cases are read differently, want at most 65", wrong)
	}
}
