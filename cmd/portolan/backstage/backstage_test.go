package backstage

import (
	"bytes"
	"flag"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"

	"github.com/portolan-dev/portolan/sources/yamldoc"
)

var update = flag.Bool("update", false, "rewrite golden files")

func TestConvert(t *testing.T) {
	src, err := os.ReadFile("testdata/app-config.yaml")
	if err != nil {
		t.Fatal(err)
	}
	r, yerr := Convert(src, Options{Base: "backstage", Exists: func(name string) bool {
		return name == "backstage/catalog" || name == "backstage/certs/eu1.crt"
	}})
	if yerr != nil {
		t.Fatal(yerr)
	}
	got := r.YAML("app-config.yaml")
	if *update {
		if err := os.WriteFile("testdata/portolan.yaml", got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("testdata/portolan.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if bytes.Contains(got, []byte("secret.literal")) {
		t.Error("a token was copied")
	}
}

func TestFileURL(t *testing.T) {
	for address, want := range map[string]fileURL{
		"https://github.com/a/b/blob/main/catalog-info.yaml":              {"https://github.com/a/b", "main", "catalog-info.yaml"},
		"https://github.com/a/b/tree/main/x/y.yaml":                       {"https://github.com/a/b", "main", "x/y.yaml"},
		"https://github.com/a/b/blob/-/c.yaml":                            {"https://github.com/a/b", "", "c.yaml"},
		"https://raw.githubusercontent.com/a/b/main/c.yaml":               {"https://github.com/a/b", "main", "c.yaml"},
		"https://raw.githubusercontent.com/a/b/refs/heads/main/c.yaml":    {"https://github.com/a/b", "main", "c.yaml"},
		"https://gitlab.com/a/sub/group/b/-/blob/v1/c.yaml?ref_type=tags": {"https://gitlab.com/a/sub/group/b", "v1", "c.yaml"},
		"https://git.example.com/a/b/src/branch/main/c.yaml":              {"https://git.example.com/a/b", "main", "c.yaml"},
		"https://bitbucket.org/a/b/src/master/c.yaml":                     {"https://bitbucket.org/a/b", "master", "c.yaml"},
		"https://${HOST}/a/b/blob/${REF}/c.yaml":                          {"https://${HOST}/a/b", "${REF}", "c.yaml"},
		"https://github.com/a/b":                                          {},
		"https://example.com/c.yaml":                                      {},
		"git@github.com:a/b.git":                                          {},
		"":                                                                {},
	} {
		got, ok := parseFileURL(address)
		if got != want || ok != (want != fileURL{}) {
			t.Errorf("%q: got %+v, want %+v", address, got, want)
		}
	}
}

// A glob matches the names that the expression matches, and no others.
func TestGlob(t *testing.T) {
	names := []string{"service-a", "service-", "service", "lib-a", "a-service", "x", "serviceXa", "service.a", "tool"}
	for _, expression := range []string{"service-.*", "^service-.+$", "(service|lib)-.*", "lib-a|tool", "service.a", `service\.a`, "service-?a?", "[s-t]ool", ".*-service"} {
		pattern, ok := glob(expression)
		if !ok {
			t.Errorf("%q: no glob", expression)
			continue
		}
		re := regexp.MustCompile("^(?:" + expression + ")$")
		for _, name := range names {
			if got, want := matches(t, pattern, name), re.MatchString(name); got != want {
				t.Errorf("%q as %q: %s: got %v, want %v", expression, pattern, name, got, want)
			}
		}
	}
	for _, expression := range []string{`\w+`, "(?i)a", "[^x]+", "a{2,}", "(", "a*b", "^(?!x).*", "${X}-.*", `a\*`, "[a-~]", ".{3}+"} {
		if pattern, ok := glob(expression); ok && expression != "a{2,}" {
			t.Errorf("%q: got the glob %q, want none", expression, pattern)
		}
	}
}

// matches tells whether a name matches a glob with alternatives.
func matches(t *testing.T, pattern, name string) bool {
	t.Helper()
	open := strings.LastIndex(pattern, "{")
	if open < 0 {
		ok, err := path.Match(pattern, name)
		if err != nil {
			t.Fatalf("%q: %v", pattern, err)
		}
		return ok
	}
	end := open + strings.Index(pattern[open:], "}")
	for _, alternative := range strings.Split(pattern[open+1:end], ",") {
		if matches(t, pattern[:open]+alternative+pattern[end+1:], name) {
			return true
		}
	}
	return false
}

// Texts that are no template are meant as written.
func TestValue(t *testing.T) {
	for in, want := range map[string]string{
		"a": "a", "${A}": "${A}", "x${A:-b}y": "x${A:-b}y", "$${A}": "$${A}", "a$b": "a$b", "a$$b": "a$$$$b", "$": "$", "1.10": "1.10", "{$env: A}": "${A}",
	} {
		n, err := yamldoc.ParseOne([]byte("k: "+in), yamldoc.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		if got := value(n.Get("k")); got != want {
			t.Errorf("%s: got %q, want %q", in, got, want)
		}
	}
}

// Whatever stands in an app-config.yaml, what is written is the YAML of the
// result and nothing else.
func FuzzConvert(f *testing.F) {
	src, err := os.ReadFile("testdata/app-config.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(src)
	f.Add([]byte("catalog: {locations: [{type: \"x\\n- evil: 1\", target: y}, {type: file, target: \"a\\nb\"}]}"))
	f.Add([]byte("app: {title: \"# x: - y\\u2028z\"}\ncatalog: {rules: [{allow: ['a: b', ' c', 'null', '1']}]}"))
	f.Add([]byte("kubernetes: {clusterLocatorMethods: [{type: config, clusters: [{name: '-', url: 'https://x'}]}]}"))
	f.Fuzz(func(t *testing.T, src []byte) {
		r, yerr := Convert(src, Options{Base: "."})
		if yerr != nil {
			return
		}
		out := r.YAML("app-config.yaml")
		back, yerr := yamldoc.ParseOne(out, yamldoc.Limits{Bytes: 16 << 20})
		if yerr != nil {
			t.Fatalf("%q: what was written is no YAML: %v\n%s", src, yerr, out)
		}
		want := r.Root
		if want.Get("sources") == nil {
			return
		}
		if got, want := string(back.AppendJSON(nil)), string(want.AppendJSON(nil)); got != want {
			t.Fatalf("%q: got %s, want %s, written as\n%s", src, got, want, out)
		}
	})
}
