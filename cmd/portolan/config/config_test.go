package config

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

var update = flag.Bool("update", false, "rewrite golden files")

func env(vars map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		v, ok := vars[name]
		return v, ok
	}
}

func TestParse(t *testing.T) {
	c, ds := Parse("conf/portolan.yaml", []byte(`
site:
  title: Acme ${TEAM} $$5
  baseURL: https://portal.acme.example/x
  every: 10m
sources:
  - dir: ../repos/*
  - git: https://git.example.com/payments/api.git
    ref: 1.10
catalog:
  hosts: {Git.Example.com: gitea}
  kinds:
    - name: Dataset
      relations: [{field: madeBy, kind: Component, type: madeBy, reverse: makerOf}]
  rules:
    - allow: [API, {kind: Template, type: "${KIND:-service}"}]
kubernetes:
  clusters:
    - {name: prod-eu1, region: europe-west1, context: prod-eu1, namespaces: [a, b]}
    - name: lab
      dump: ${DUMPS:-dumps}/lab
`), env(map[string]string{"TEAM": "Engineering"}))
	if len(ds) > 0 {
		t.Fatalf("diagnostics: %v", ds)
	}
	for _, tt := range []struct{ name, got, want string }{
		{"title with a variable and a dollar sign", c.Site.Title, "Acme Engineering $5"},
		{"base URL gets its slash", c.Site.BaseURL, "https://portal.acme.example/x/"},
		{"ref as written", c.Sources[1].Ref, "1.10"},
		{"default of a variable", c.Kubernetes.Clusters[1].Dump, "dumps/lab"},
		{"path relative to the file", filepath.ToSlash(c.Path(c.Sources[0].Dir)), "repos/*"},
		{"default of output", c.Site.Output, "public"},
		{"kind of a host", c.Catalog.Hosts["Git.Example.com"], "gitea"},
		{"relation of an own kind", fmt.Sprint(c.Catalog.Kinds[0].Relations), "[{madeBy Component madeBy makerOf}]"},
		{"allowed kinds", fmt.Sprint(c.Catalog.Rules[0].Allow), "[{API } {Template service}]"},
		{"environment", c.Kubernetes.Clusters[0].Environment, "production"},
		{"context for commands", c.Kubernetes.Clusters[1].KubectlContext, "lab"},
	} {
		if tt.got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, tt.got, tt.want)
		}
	}
	if got := time.Duration(c.Site.Every); got != 10*time.Minute {
		t.Errorf("every = %v, want 10m", got)
	}
}

func TestProblems(t *testing.T) {
	for name, tt := range map[string]struct{ in, want string }{
		"misspelt key":        {"site:\n  titel: x\n", `c.yaml:2:3: error: unknown key "titel" in site; did you mean "title"? [config-unknown-key]`},
		"misspelt top key":    {"sorces: []\n", `c.yaml:1:1: error: unknown key "sorces"; did you mean "sources"? [config-unknown-key]`},
		"wrong type":          {"site: [a]\n", `c.yaml:1:7: error: site is a list, expected a map with the keys title, baseURL, output, theme, every [config-type]`},
		"missing variable":    {"site: {title: \"${NOPE}\"}\n", `c.yaml:1:15: error: site.title needs the environment variable NOPE, which is not set; set it, or write ${NOPE:-default} [config-variable]`},
		"two ways":            {"sources:\n  - {dir: a, git: b}\n", `c.yaml:2:5: error: sources[0] has dir and git, expected exactly one of dir, git, github, gitlab, gitea, bitbucket or backstage [config-source]`},
		"organization":        {"sources: [{gitlab: {organization: x, repositories: a}}, {github: {}}]\n", `c.yaml:1:57: error: sources[1].github names no organization; write github: {organization: NAME} [config-source]`},
		"relative address":    {"site: {baseURL: /portal/}\n", `c.yaml:1:17: error: site.baseURL is "/portal/", expected an absolute address; write it like https://portal.example.com/ [config-value]`},
		"cluster without way": {"kubernetes: {clusters: [{name: a}]}\n", `c.yaml:1:25: error: kubernetes.clusters[0] has no way to be read, expected exactly one of context, inCluster, server, dump or snapshot [config-cluster]`},
		"cluster twice":       {"kubernetes:\n  clusters:\n    - {name: a, dump: x}\n    - {name: a, dump: y}\n", `c.yaml:4:7: error: kubernetes.clusters[1] has the same name as kubernetes.clusters[0]: "a"; every cluster needs a name of its own [config-duplicate]`},
		"cluster no name":     {"kubernetes: {clusters: [{dump: x}]}\n", `c.yaml:1:25: error: "name" is missing in kubernetes.clusters[0] [config-missing-key]`},
		"bad enum":            {"kubernetes: {clusterSelection: al}\n", `c.yaml:1:32: error: kubernetes.clusterSelection is "al", expected all or relations; did you mean "all"? [config-value]`},
		"kind of host":        {"catalog:\n  hosts:\n    git.example.com: gitlub\n", `c.yaml:3:22: error: catalog.hosts.git.example.com is "gitlub", expected github, gitlab, gitea, bitbucket, azure, other; did you mean "github"? [config-value]`},
		"half a relation":     {"catalog: {kinds: [{name: A, relations: [{field: x, type: y}]}]}\n", `c.yaml:1:41: error: "reverse" is missing in catalog.kinds[0].relations[0] [config-missing-key]`},
		"kind without name":   {"catalog: {rules: [{allow: [{type: x}]}]}\n", `c.yaml:1:28: error: "kind" is missing in catalog.rules[0].allow[0] [config-missing-key]`},
		"bad duration":        {"site: {every: often}\n", `c.yaml:1:15: error: site.every is the text "often", expected a duration such as 90s, 10m or 24h [config-type]`},
	} {
		t.Run(name, func(t *testing.T) {
			c, ds := Parse("c.yaml", []byte(tt.in), env(nil))
			if c != nil || len(ds) != 1 {
				t.Fatalf("got %v and %d diagnostics %v, want one diagnostic", c, len(ds), ds)
			}
			if got := ds[0].String(); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

// All problems of a file are reported in one run.
func TestAllProblemsAtOnce(t *testing.T) {
	_, ds := Parse("c.yaml", []byte("a: 1\nb: 2\nsite: {c: 3}\n"), env(nil))
	if len(ds) != 3 {
		t.Errorf("got %d diagnostics, want 3: %v", len(ds), ds)
	}
}

func TestSchemaAcceptsWhatParseAccepts(t *testing.T) {
	schema, err := Schema()
	if err != nil {
		t.Fatal(err)
	}
	golden := filepath.Join("testdata", "portolan.schema.json")
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(golden, schema, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if string(schema) != string(want) {
		t.Errorf("the schema changed; run go test -update and read the difference")
	}
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(string(schema)))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("portolan.json", doc); err != nil {
		t.Fatal(err)
	}
	sch, err := c.Compile("portolan.json")
	if err != nil {
		t.Fatal(err)
	}
	for in, ok := range map[string]bool{
		`{"site":{"title":"x","every":"10m"},"sources":[{"dir":"a"}]}`:                                                                       true,
		`{"kubernetes":{"clusters":[{"name":"a","dump":"x"}]}}`:                                                                              true,
		`{"catalog":{"rules":[{"allow":["API",{"kind":"Template","type":"service"}]}],"hosts":{"git.example.com":"gitlab"}}}`:                true,
		`{"catalog":{"kinds":[{"name":"Dataset","relations":[{"field":"madeBy","kind":"Component","type":"madeBy","reverse":"makerOf"}]}]}}`: true,
		`{"catalog":{"kinds":[{"name":"Dataset","relations":[{"field":"madeBy"}]}]}}`:                                                        false,
		`{"catalog":{"rules":[{"allow":[{"type":"service"}]}]}}`:                                                                             false,
		`{"site":{"titel":"x"}}`:                     false,
		`{"kubernetes":{"clusters":[{"dump":"x"}]}}`: false,
		`{"site":{"every":"often"}}`:                 false,
	} {
		v, err := jsonschema.UnmarshalJSON(strings.NewReader(in))
		if err != nil {
			t.Fatal(err)
		}
		if err := sch.Validate(v); (err == nil) != ok {
			t.Errorf("%s: schema says %v, want valid %v", in, err, ok)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("site: {title: x}\n")
	f.Add("kubernetes: {clusters: [{name: a, server: {url: https://x}}]}\n")
	f.Add("sources: [{dir: '${A}'}]\n")
	f.Fuzz(func(t *testing.T, src string) {
		c, ds := Parse("c.yaml", []byte(src), env(nil))
		if (c == nil) == (len(ds) == 0) {
			t.Errorf("got configuration %v and diagnostics %v, want exactly one of them", c, ds)
		}
	})
}
