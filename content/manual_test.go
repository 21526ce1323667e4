package content_test

import (
	"encoding/json"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/portolan-dev/portolan/cmd/portolan/config"
	"github.com/portolan-dev/portolan/content"
	"github.com/portolan-dev/portolan/sources/kubernetes"
	"github.com/portolan-dev/portolan/sources/yamldoc"
)

const manual = "repos/portolan/docs/"

// Every key that the program reads from portolan.yaml has its place in the manual.
func TestEveryKeyIsInTheManual(t *testing.T) {
	page := string(read(t, manual+"configuration.md"))
	data, err := config.Schema()
	if err != nil {
		t.Fatal(err)
	}
	var root schema
	if err := json.Unmarshal(data, &root); err != nil {
		t.Fatal(err)
	}
	for _, key := range root.keys(root.definitions(), "") {
		name := key[strings.LastIndex(key, ".")+1:]
		if !strings.Contains(page, "`"+name+"`") && !strings.Contains(page, name+":") && !strings.Contains(page, "## "+name) {
			t.Errorf("configuration.md does not speak of %s", key)
		}
	}
}

// A schema is what is looked at of a JSON Schema.
type schema struct {
	Ref         string            `json:"$ref"`
	Properties  map[string]schema `json:"properties"`
	Items       *schema           `json:"items"`
	Definitions map[string]schema `json:"definitions"`
	Defs        map[string]schema `json:"$defs"`
}

func (s schema) definitions() map[string]schema {
	if s.Defs != nil {
		return s.Defs
	}
	return s.Definitions
}

// keys returns the paths of all keys, sorted.
func (s schema) keys(defs map[string]schema, prefix string) []string {
	if s.Ref != "" {
		s = defs[s.Ref[strings.LastIndex(s.Ref, "/")+1:]]
	}
	if s.Items != nil {
		return s.Items.keys(defs, prefix)
	}
	var out []string
	for name, p := range s.Properties {
		out = append(out, prefix+name)
		out = append(out, p.keys(defs, prefix+name+".")...)
	}
	slices.Sort(out)
	return out
}

// Every rule over clusters is in the manual, and the manual knows no others.
func TestEveryRuleIsInTheManual(t *testing.T) {
	page := string(read(t, manual+"kubernetes/rules.md"))
	known := map[string]bool{}
	for _, r := range kubernetes.Rules() {
		known[r.ID] = true
		if !strings.Contains(page, "`"+r.ID+"`") {
			t.Errorf("rules.md does not speak of %s: %s", r.ID, r.Title)
		}
	}
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-z-]+)`").FindAllStringSubmatch(page, -1) {
		if !known[m[1]] {
			t.Errorf("rules.md speaks of %s, which is no rule", m[1])
		}
	}
}

// Examples of the manual that are whole configurations are accepted.
func TestExamplesOfConfigurationAreAccepted(t *testing.T) {
	fence := regexp.MustCompile("(?ms)^```yaml title=\"portolan.yaml\"\n(.*?)^```")
	found := 0
	err := fs.WalkDir(content.FS, strings.TrimSuffix(manual, "/"), func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		for _, m := range fence.FindAllStringSubmatch(string(read(t, name)), -1) {
			found++
			if _, ds := config.Parse(name, []byte(m[1]), func(string) (string, bool) { return "", false }); len(ds) > 0 {
				t.Errorf("%s: %v\n%s", name, ds, m[1])
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if found < 3 {
		t.Errorf("only %d examples were found", found)
	}
}

// YAML in the manual is YAML.
func TestYAMLOfTheManual(t *testing.T) {
	fence := regexp.MustCompile("(?ms)^( *)```yaml[^\n]*\n(.*?)^ *```")
	err := fs.WalkDir(content.FS, strings.TrimSuffix(manual, "/"), func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		for _, m := range fence.FindAllStringSubmatch(string(read(t, name)), -1) {
			text := strings.ReplaceAll("\n"+m[2], "\n"+m[1], "\n")
			for _, d := range yamldoc.Parse([]byte(text), yamldoc.Limits{}) {
				if d.Err != nil {
					t.Errorf("%s: %v in\n%s", name, d.Err, text)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
