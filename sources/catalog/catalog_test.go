package catalog

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/portolan-dev/portolan/sources"
	"github.com/portolan-dev/portolan/sources/diag"
)

// repo makes a repo of files, given as name and content in turn.
func repo(name, url string, files ...string) *sources.Repo {
	m := fstest.MapFS{}
	for i := 0; i+1 < len(files); i += 2 {
		m[files[i]] = &fstest.MapFile{Data: []byte(files[i+1])}
	}
	r := &sources.Repo{Name: name, Prefix: name, URL: url, FS: m}
	if url != "" {
		r.Branch = "main"
	}
	return r
}

// component returns a valid component with more lines in its spec.
func component(name string, spec ...string) string {
	s := "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata:\n  name: " + name + "\nspec:\n  type: service\n  lifecycle: production\n"
	if !slices.ContainsFunc(spec, func(l string) bool { return strings.HasPrefix(l, "owner:") }) {
		spec = append(spec, "owner: team-a")
	}
	for _, l := range spec {
		s += "  " + l + "\n"
	}
	return s
}

func group(name string, spec ...string) string {
	s := "apiVersion: backstage.io/v1alpha1\nkind: Group\nmetadata:\n  name: " + name + "\nspec:\n  type: team\n"
	if !slices.ContainsFunc(spec, func(l string) bool { return strings.HasPrefix(l, "children:") }) {
		spec = append(spec, "children: []")
	}
	for _, l := range spec {
		s += "  " + l + "\n"
	}
	return s
}

func location(name string, targets ...string) string {
	q, _ := json.Marshal(targets)
	return "apiVersion: backstage.io/v1alpha1\nkind: Location\nmetadata:\n  name: " + name + "\nspec:\n  targets: " + string(q) + "\n"
}

func messages(ds []diag.Diagnostic) []string {
	var out []string
	for _, d := range ds {
		out = append(out, d.String())
	}
	return out
}

func refs(es []*Entity) []string {
	var out []string
	for _, e := range es {
		out = append(out, e.ref)
	}
	return out
}

func compare(t *testing.T, what string, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s\n got %s\nwant %s", what, strings.Join(got, "\n     "), strings.Join(want, "\n     "))
	}
}

// TestMessages shows the mistakes that authors make most, as they see them.
func TestMessages(t *testing.T) {
	team := "---\n" + group("team-playback")
	for _, tt := range []struct{ name, src, want string }{
		{"a wrong owner", component("svc", "owner: team-playbak") + team,
			`svc/catalog-info.yaml:8:10: error: spec.owner: group "team-playbak" does not exist; did you mean "team-playback"? [unknown-owner]`},
		{"an owner in another namespace", component("svc", "owner: team-b") + team + "---\n" + strings.Replace(group("team-b"), "name: team-b", "name: team-b\n  namespace: payments", 1),
			`svc/catalog-info.yaml:8:10: error: spec.owner: group "team-b" does not exist; did you mean "payments/team-b"? [unknown-owner]`},
		{"the address of a team", component("svc", "owner: team-playback@example.com") + team,
			`svc/catalog-info.yaml:8:10: error: spec.owner: group "team-playback@example.com" does not exist; did you mean "team-playback"? [unknown-owner]`},
		{"a code owner", component("svc", "owner: '@acme/team-playback'") + team,
			`svc/catalog-info.yaml:8:10: error: spec.owner: group "@acme/team-playback" does not exist; did you mean "team-playback"? [unknown-owner]`},
		{"no groups at all", component("svc"),
			`svc/catalog-info.yaml:8:10: warning: spec.owner: group "team-a" does not exist; no group is in the catalog yet: name the repository that describes them under sources [unknown-owner]`},
		{"a tab", "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata:\n\tname: svc\n",
			`svc/catalog-info.yaml:4:1: error: the line is indented with a tab; YAML is indented with spaces: replace the tab by two of them [yaml-syntax]`},
		{"a misspelt kind", strings.Replace(component("svc"), "Component", "Componnet", 1),
			`svc/catalog-info.yaml:2:7: error: the kind "Componnet" of backstage.io/v1alpha1 is not known; did you mean "Component"? [unknown-kind]`},
		{"a kind in lower case", strings.Replace(component("svc"), "Component", "component", 1),
			`svc/catalog-info.yaml:2:7: error: the kind "component" of backstage.io/v1alpha1 is not known; did you mean "Component"? kinds are compared letter by letter [unknown-kind]`},
		{"a name with a space", component("my service"),
			`svc/catalog-info.yaml:4:9: error: metadata.name cannot be "my service"; did you mean "my-service"? a name has letters, digits, - _ and . with a letter or digit at both ends, at most 63 characters [field-format]`},
		{"no lifecycle", strings.Replace(component("svc"), "  lifecycle: production\n", "", 1),
			`svc/catalog-info.yaml:5:1: error: spec.lifecycle is missing; add the line "lifecycle: production" below spec [kind-schema]`},
		{"a misspelt field", strings.Replace(component("svc"), "lifecycle", "lifecylce", 1),
			`svc/catalog-info.yaml:7:3: error: spec.lifecycle is missing; did you mean "lifecycle" instead of "lifecylce"? [kind-schema]`},
		{"dependsOn without a kind", component("svc", "dependsOn: [orders]"),
			`svc/catalog-info.yaml:8:15: error: spec.dependsOn: "orders" names no kind, as component:orders would; write component:orders or resource:orders [relation-ref]`},
		{"a template", strings.Replace(component("svc"), "name: svc", "name: ${{ values.name }}", 1),
			`svc/catalog-info.yaml:4:9: error: metadata.name cannot be "${{ values.name }}"; this looks like a template that was not filled in; leave the file out of the catalog [field-format]`},
		{"another template", strings.Replace(component("svc"), "name: svc", "name: {{ name }}", 1),
			`svc/catalog-info.yaml:4:9: error: metadata.name must be text, but is a mapping; this looks like a template that was not filled in; put {{ }} in quotes, or leave the file out of the catalog [envelope]`},
		{"a control statement of a template", "{% if x %}\n" + component("svc") + "{% endif %}\n",
			`svc/catalog-info.yaml:1:1: error: this looks like a template that was not filled in; leave the file out of the catalog, or put the text in quotes [yaml-syntax]`},
		{"a field at the top", component("svc") + "tags: [go]\n",
			`svc/catalog-info.yaml:9:1: error: tags is no field that stands here; only apiVersion, kind, metadata, relations, spec, status stand here; move it below metadata or spec [schema]`},
		{"tags as text", strings.Replace(component("svc"), "name: svc", "name: svc\n  tags: go, grpc", 1),
			`svc/catalog-info.yaml:5:9: error: metadata.tags must be a list, but is the text "go, grpc"; write it as a list: [go, grpc] [schema]`},
		{"a tag in upper case", strings.Replace(component("svc"), "name: svc", "name: svc\n  tags: [Spring Boot]", 1),
			`svc/catalog-info.yaml:5:10: error: metadata.tags[0] cannot be "Spring Boot"; did you mean "spring-boot"? a tag has lower-case letters, digits, : + and #, joined by single dashes, at most 63 characters [field-format]`},
		{"a number as name", component("404"),
			`svc/catalog-info.yaml:4:9: error: metadata.name must be text, but is the number 404; put it in quotes: "404" [envelope]`},
		{"a key twice", component("svc", "type: library"),
			`svc/catalog-info.yaml:8:3: error: the key "type" appears twice in this mapping, first in line 6; remove one of them [yaml-syntax]`},
		{"a colon in a text", strings.Replace(component("svc"), "name: svc", "name: svc\n  description: Payments: the service", 1),
			`svc/catalog-info.yaml:5:24: error: a colon with a space after it begins a value within a value; put the text in quotes: "Payments: the service" [yaml-syntax]`},
		{"a link without a scheme", strings.Replace(component("svc"), "name: svc", "name: svc\n  links: [{url: www.example.com}]", 1),
			`svc/catalog-info.yaml:5:17: error: metadata.links[0].url is no URL: "www.example.com"; did you mean "https://www.example.com"? [field-format]`},
		{"a script", strings.Replace(component("svc", "owner: team-playback")+team, "name: svc", "name: svc\n  links: [{url: 'javascript:alert(1)'}]", 1),
			`svc/catalog-info.yaml:5:17: warning: metadata.links[0].url has the scheme "javascript" and is shown without a link; links lead to http, https or mailto [unsafe-link]`},
		{"an object of Kubernetes", "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {}\n",
			`svc/catalog-info.yaml:2:7: warning: the kind "Deployment" of apps/v1 is not known; the document is left out; if it belongs into the catalog, name its kind in the configuration, under catalog.kinds [unknown-kind]`},
		{"a wrong apiVersion", strings.Replace(component("svc"), "v1alpha1", "v1", 1),
			`svc/catalog-info.yaml:1:13: error: Component is not known in the apiVersion "backstage.io/v1"; write backstage.io/v1alpha1 [unknown-kind]`},
		{"a component as owner", component("svc", "owner: component:svc") + team,
			`svc/catalog-info.yaml:8:10: warning: spec.owner: component:default/svc is the owner, but neither a group nor a user; name the team that answers for it [owner-kind]`},
		{"keys that differ in case", strings.Replace(component("svc"), "name: svc", "name: svc\n  labels: {Tier: a, tier: b}", 1),
			`svc/catalog-info.yaml:5:21: error: "tier" differs only in case from another key at the same place; keep one of the two [case-conflict]`},
		{"an annotation out of use", strings.Replace(component("svc", "owner: team-playback")+team, "name: svc", "name: svc\n  annotations: {backstage.io/github-actions-id: a/b}", 1),
			`svc/catalog-info.yaml:5:17: info: the annotation backstage.io/github-actions-id is out of use; use github.com/project-slug [deprecated-annotation]`},
		{"a conflict of a merge", "<<<<<<< HEAD\n" + component("svc"),
			`svc/catalog-info.yaml:1:1: error: the file holds the marks of a merge conflict; resolve the conflict [yaml-syntax]`},
	} {
		c := Link([]*Batch{Read(repo("svc", "", "catalog-info.yaml", tt.src), ReadOptions{})}, LinkOptions{})
		compare(t, tt.name, messages(c.Diagnostics), []string{tt.want})
	}
}

func TestLocations(t *testing.T) {
	for _, tt := range []struct {
		name     string
		repo     *sources.Repo
		want     []string // refs
		messages []string
	}{
		{
			"relative, from the root, nested, and a glob",
			repo("r", "https://github.com/acme/r",
				"catalog-info.yaml", location("all", "./a/info.yaml", "/b/info.yaml", "./c/*/info.yaml"),
				"a/info.yaml", location("nested", "../d.yaml"),
				"b/info.yaml", component("b"), "c/x/info.yaml", component("cx"), "c/y/info.yaml", component("cy"),
				"c/y/z/info.yaml", component("not"), "c/.hidden/info.yaml", component("hidden"), "d.yaml", component("d")),
			[]string{"location:default/all", "location:default/nested", "component:default/b", "component:default/cx", "component:default/cy", "component:default/d"},
			nil,
		},
		{
			"the URL of the repo itself, at any branch",
			repo("r", "https://github.com/acme/r", "catalog-info.yaml", location("all", "https://github.com/acme/r/blob/other/a.yaml"), "a.yaml", component("a")),
			[]string{"location:default/all", "component:default/a"},
			nil,
		},
		{
			"GitLab",
			repo("r", "https://gitlab.com/g/s/r", "x/catalog-info.yaml", location("all", "../a.yaml", "https://gitlab.com/g/s/r/-/blob/main/b.yaml"), "a.yaml", component("a"), "b.yaml", component("b")),
			[]string{"location:default/all", "component:default/a", "component:default/b"},
			nil,
		},
		{
			"a folder without a remote, with the type file and the URL that it was cloned from",
			repo("r", "", "catalog-info.yaml", strings.Replace(location("all", "./a.yaml"), "spec:", "spec:\n  type: file", 1)+"---\n"+location("url", "https://github.com/acme/r/blob/main/b.yaml"),
				"a.yaml", component("a"), "b.yaml", component("b")),
			[]string{"location:default/all", "location:default/url", "component:default/a", "component:default/b"},
			nil,
		},
		{
			"the type file in a repo of a code host",
			repo("r", "https://github.com/acme/r", "catalog-info.yaml", strings.Replace(location("all", "./a.yaml"), "spec:", "spec:\n  type: file", 1), "a.yaml", component("a")),
			nil,
			[]string{`r/catalog-info.yaml:6:9: error: spec.type cannot be "file" in a file that is read as url; remove the type: the target is then read from the same place as this file [location-type]`},
		},
		{
			"missing, optional, outside, folder",
			repo("r", "https://github.com/acme/r", "catalog-info.yaml",
				location("all", "./services/orders/catalog.yaml", "../../x.yaml", "https://example.com/x.yaml", "./a")+"---\n"+
					strings.Replace(location("opt", "./no.yaml", "./no/*.yaml"), "spec:", "spec:\n  presence: optional", 1),
				"service/orders/catalog.yaml", component("o"), "a/x.yaml", component("x")),
			[]string{"location:default/all", "location:default/opt"},
			[]string{
				`r/catalog-info.yaml:6:13: warning: the target "./services/orders/catalog.yaml" does not exist; did you mean "/service/orders/catalog.yaml"? [location-missing]`,
				`r/catalog-info.yaml:6:46: warning: the target "../../x.yaml" leads out of the repository and is not read; name a file of this repository [location-outside]`,
				`r/catalog-info.yaml:6:61: warning: the target "https://example.com/x.yaml" is not part of this build and is not read; only files of the repositories that the configuration names under sources are read [location-outside]`,
				`r/catalog-info.yaml:6:90: warning: the target "./a" is a folder; paths are relative to this file; a leading slash is the root of the repository [location-missing]`,
			},
		},
		{
			"a circle",
			repo("r", "", "catalog-info.yaml", location("a", "./b.yaml"), "b.yaml", location("b", "./catalog-info.yaml")),
			[]string{"location:default/a", "location:default/b"},
			[]string{`r/b.yaml:6:13: warning: catalog-info.yaml is read already, and names this file in turn; remove the target [location-cycle]`},
		},
		{
			"too deep",
			repo("r", "", "catalog-info.yaml", location("l0", "./1.yaml"), "1.yaml", location("l1", "./2.yaml"), "2.yaml", location("l2", "./3.yaml"),
				"3.yaml", location("l3", "./4.yaml"), "4.yaml", location("l4", "./5.yaml"), "5.yaml", location("l5", "./6.yaml"), "6.yaml", component("no")),
			[]string{"location:default/l0", "location:default/l1", "location:default/l2", "location:default/l3", "location:default/l4", "location:default/l5"},
			[]string{`r/5.yaml:6:13: warning: the target "./6.yaml" is left out: Location entities are followed 5 levels deep; name the file in a Location further up [location-limit]`},
		},
	} {
		b := Read(tt.repo, ReadOptions{})
		compare(t, tt.name, refs(b.Entities), tt.want)
		compare(t, tt.name, messages(b.Diagnostics), tt.messages)
	}
}

// TestOtherRepos follows a Location into another repo of the build. Both repos
// lead to the same document, which counts once.
func TestOtherRepos(t *testing.T) {
	a := repo("acme/a", "https://github.com/acme/a", "catalog-info.yaml", location("all", "https://github.com/acme/b/blob/main/catalog-info.yaml", "https://github.com/acme/b/blob/main/extra.yaml"))
	b := repo("acme/b", "https://github.com/acme/b", "catalog-info.yaml", component("b")+"---\napiVersion: v1\nkind: Componnet\nmetadata: {name: x}\n", "extra.yaml", component("extra"))
	opt := ReadOptions{Repos: RepoIndex([]*sources.Repo{a, b})}
	c := Link([]*Batch{Read(a, opt), Read(b, opt)}, LinkOptions{})
	compare(t, "entities", refs(c.Entities), []string{"component:default/b", "component:default/extra", "location:default/all"})
	compare(t, "messages", messages(c.Diagnostics), []string{
		`acme/b/catalog-info.yaml:8:10: warning: spec.owner: group "team-a" does not exist; no group is in the catalog yet: name the repository that describes them under sources [unknown-owner]`,
		`acme/b/catalog-info.yaml:11:7: error: the kind "Componnet" of v1 is not known; did you mean "Component"? [unknown-kind]`,
		`acme/b/extra.yaml:8:10: warning: spec.owner: group "team-a" does not exist; no group is in the catalog yet: name the repository that describes them under sources [unknown-owner]`,
	})
	e := c.Lookup("component:default/extra")
	if e.Origin.Repo != b || e.Origin.Location != "url:https://github.com/acme/b/blob/main/extra.yaml" || e.Origin.Root != "url:https://github.com/acme/a/blob/main/catalog-info.yaml" {
		t.Errorf("origin of extra: %+v", e.Origin)
	}
}

func TestPlaceholders(t *testing.T) {
	api := func(definition string) string {
		return "apiVersion: backstage.io/v1alpha1\nkind: API\nmetadata:\n  name: a\nspec:\n  type: openapi\n  lifecycle: x\n  owner: o\n  definition:\n    " + definition + "\n"
	}
	r := func(definition string) *sources.Repo {
		return repo("r", "https://github.com/acme/r", "svc/catalog-info.yaml", api(definition), "svc/api.yaml", "openapi: 3\n", "svc/text.json", `"text"`, "svc/broken.json", "{", "svc/latin.txt", "caf\xe9")
	}
	for _, tt := range []struct{ definition, want, message string }{
		{"$text: ./api.yaml", "openapi: 3\n", ""},
		{"$text: /svc/api.yaml", "openapi: 3\n", ""},
		{"$text: ../svc/api.yaml", "openapi: 3\n", ""},
		{"$text: https://github.com/acme/r/blob/v1/svc/api.yaml", "openapi: 3\n", ""},
		{"$json: ./text.json", "text", ""},
		{"$text: ./latin.txt", "caf\uFFFD", ""},
		{"$text: ./apis.yaml", "", `r/svc/catalog-info.yaml:10:12: error: $text: "./apis.yaml" does not exist; did you mean "/svc/api.yaml"? [placeholder]`},
		{"$text: 5", "", `r/svc/catalog-info.yaml:10:12: error: $text: needs the path of a file, but is the number 5; write a path such as ./openapi.yaml [placeholder]`},
		{"$json: ./broken.json", "", `r/svc/catalog-info.yaml:10:12: error: $json: svc/broken.json is no JSON: line 1: the text ends too early [placeholder]`},
		{"$text: ../../../../../etc/passwd", "", `r/svc/catalog-info.yaml:10:12: error: $text: "../../../../../etc/passwd" is not a file of this repository; only files of the repository that holds the descriptor are read; copy the file there, or link to it [placeholder]`},
		{"$openapi: ./api.yaml", "", `r/svc/catalog-info.yaml:10:5: error: spec.definition must be text, but is a mapping; $openapi is read only where the configuration allows it (catalog.placeholders); write $text to show the file as it is [kind-schema]`},
	} {
		b := Read(r(tt.definition), ReadOptions{})
		if tt.message != "" {
			compare(t, tt.definition, messages(b.Diagnostics), []string{tt.message})
		} else if len(b.Entities) != 1 || b.Entities[0].Definition != tt.want {
			t.Errorf("%s: got %v, want %q (%v)", tt.definition, b.Entities, tt.want, b.Diagnostics)
		}
	}
	b := Read(r("$openapi: ./api.yaml"), ReadOptions{Placeholders: []string{"openapi"}})
	if len(b.Entities) != 1 || b.Entities[0].Definition != "openapi: 3\n" {
		t.Errorf("$openapi, allowed: got %v", b.Diagnostics)
	}
	many := strings.Replace(api("$text: ./api.yaml"), "spec:\n", "spec:\n  a: {$text: ./api.yaml}\n  b: {$text: ./api.yaml}\n", 1)
	small := Read(repo("r", "", "catalog-info.yaml", many, "api.yaml", "0123456789"), ReadOptions{Limits: Limits{IncludeTotal: 25}})
	compare(t, "too much", messages(small.Diagnostics), []string{
		`r/catalog-info.yaml:12:12: error: $text: the files that this document names hold more than 25 bytes together; split the document [placeholder]`,
	})
	compare(t, "inputs", b.Inputs, []string{"svc/api.yaml", "svc/catalog-info.yaml"})
}

func TestRelations(t *testing.T) {
	src := component("svc", "owner: Team-A", "system: shop", "providesApis: [orders]", "dependsOn: ['resource:db', 'component:svc']") + "---\n" +
		group("team-a", "parent: all", "members: [jane]") + "---\n" + group("all", "children: [team-a]")
	c := Link([]*Batch{Read(repo("r", "", "catalog-info.yaml", src), ReadOptions{})}, LinkOptions{})
	var got []string
	for _, e := range c.Entities {
		for _, r := range e.Relations {
			got = append(got, e.ref+" "+r.Type+" "+r.Target.String())
		}
	}
	compare(t, "relations", got, []string{
		"component:default/svc dependencyOf component:default/svc",
		"component:default/svc dependsOn component:default/svc",
		"component:default/svc dependsOn resource:default/db",
		"component:default/svc ownedBy group:default/team-a",
		"component:default/svc partOf system:default/shop",
		"component:default/svc providesApi api:default/orders",
		"group:default/all parentOf group:default/team-a",
		"group:default/team-a childOf group:default/all",
		"group:default/team-a hasMember user:default/jane",
		"group:default/team-a ownerOf component:default/svc",
	})
	want := `{"apiVersion":"backstage.io/v1alpha1","kind":"Group","metadata":{"name":"all","namespace":"default","annotations":{"backstage.io/managed-by-location":"file:r/catalog-info.yaml","backstage.io/managed-by-origin-location":"file:r/catalog-info.yaml"}},"spec":{"type":"team","children":["team-a"]},"relations":[{"type":"parentOf","targetRef":"group:default/team-a"}]}`
	if got := string(c.Lookup("group:default/all").AppendCatalogJSON(nil)); got != want {
		t.Errorf("JSON\n got %s\nwant %s", got, want)
	}
}

// TestLinkAgain links the same batches twice: nothing of the first time is left.
func TestLinkAgain(t *testing.T) {
	var batches []*Batch
	for _, r := range company(100) {
		batches = append(batches, Read(r, ReadOptions{}))
	}
	show := func() string {
		c := Link(batches, LinkOptions{})
		var b []byte
		for _, e := range c.Entities {
			b = append(e.AppendCatalogJSON(b), '\n')
		}
		return string(b) + strings.Join(messages(c.Diagnostics), "\n")
	}
	if first, second := show(), show(); first != second {
		t.Errorf("linking twice differs:\n%s\n\n%s", first, second)
	}
}

func TestIntegrity(t *testing.T) {
	first := repo("first", "", "catalog-info.yaml", component("svc", "dependsOn: ['component:old', 'component:a']", "consumesApis: [order]"))
	second := repo("second", "", "catalog-info.yaml", component("SVC")+"---\n"+
		strings.Replace(component("old"), "production", "deprecated", 1)+"---\n"+
		component("a", "dependsOn: ['component:b']")+"---\n"+component("b", "dependsOn: ['component:a']")+"---\n"+
		"apiVersion: scaffolder.backstage.io/v1beta3\nkind: Template\nmetadata: {name: new}\nspec: {type: service, steps: []}\n---\n"+
		strings.Replace(component("orders"), "kind: Component", "kind: API", 1)+"  definition: x\n---\n"+group("team-a", "parent: team-b")+"---\n"+group("team-b", "parent: team-a"))
	c := Link([]*Batch{Read(first, ReadOptions{}), Read(second, ReadOptions{})}, LinkOptions{})
	compare(t, "diagnostics", messages(c.Diagnostics), []string{
		`first/catalog-info.yaml:8:15: info: spec.dependsOn: component:default/old is deprecated; move to what replaces it [deprecated-in-use]`,
		`first/catalog-info.yaml:9:18: error: spec.consumesApis: api "order" does not exist; did you mean "orders"? [unknown-ref]`,
		`second/catalog-info.yaml:4:9: error: component:default/svc is taken by first/catalog-info.yaml:4:9, which was read first and stays; this one is left out; names are compared without case, so this is svc as well; give one of them another name [duplicate-ref]`,
		`second/catalog-info.yaml:26:15: info: component:default/a is dependent on itself, through component:default/b; remove one of the references [relation-cycle]`,
		`second/catalog-info.yaml:41:18: info: template:default/new has no owner; add the field owner to spec, so that readers know whom to ask [no-owner]`,
		`second/catalog-info.yaml:60:11: warning: group:default/team-a is child of itself, through group:default/team-b; remove one of the references [relation-cycle]`,
	})
	c = Link([]*Batch{Read(first, ReadOptions{})}, LinkOptions{Known: map[string]bool{
		"group:default/team-a": true, "component:default/old": true, "component:default/a": true, "api:default/order": true}})
	compare(t, "known elsewhere", messages(c.Diagnostics), nil)
	c = Link([]*Batch{Read(repo("r", "", "catalog-info.yaml", component("svc", "owner: team-playbak")), ReadOptions{})}, LinkOptions{Known: map[string]bool{"group:default/team-playback": true}})
	compare(t, "nearly known elsewhere", messages(c.Diagnostics), []string{
		`r/catalog-info.yaml:8:10: error: spec.owner: group "team-playbak" does not exist; did you mean "team-playback"? [unknown-owner]`,
	})
}

// TestOverwritten describes an entity twice in one file: the later one stays.
func TestOverwritten(t *testing.T) {
	src := component("svc", "owner: team-a") + "---\n" + group("team-a") + "---\n" + component("svc", "owner: team-a", "system: late") + "---\n" +
		strings.Replace(component("late", "owner: team-a"), "kind: Component", "kind: System", 1)
	c := Link([]*Batch{Read(repo("r", "", "catalog-info.yaml", src), ReadOptions{})}, LinkOptions{})
	compare(t, "messages", messages(c.Diagnostics), []string{
		`r/catalog-info.yaml:4:9: error: component:default/svc is described again in line 21, and that description stays; this one is left out; remove one of them, or give it another name [overwritten-ref]`,
	})
	if e := c.Lookup("component:default/svc"); e.System != "late" || len(c.Lookup("system:default/late").Related(HasPart)) != 1 || len(c.Lookup("group:default/team-a").Related(OwnerOf)) != 2 {
		t.Errorf("got %+v", e)
	}
}

// TestRejectedTarget refers to a document that is rejected.
func TestRejectedTarget(t *testing.T) {
	src := component("svc", "owner: team-b") + "---\n" + group("team-a") + "---\n" + strings.Replace(group("team-b"), "  children: []\n", "", 1)
	c := Link([]*Batch{Read(repo("r", "", "catalog-info.yaml", src), ReadOptions{})}, LinkOptions{})
	compare(t, "messages", messages(c.Diagnostics), []string{
		`r/catalog-info.yaml:8:10: error: spec.owner: group "team-b" does not exist; it is described in r/catalog-info.yaml:17, but that document is rejected; mend it first [unknown-owner]`,
		`r/catalog-info.yaml:22:1: error: spec.children is missing; add the line "children: []" below spec [kind-schema]`,
	})
}

func TestOwnKinds(t *testing.T) {
	src := "apiVersion: acme.example/v1\nkind: Dataset\nmetadata: {name: clicks}\nspec: {owner: team-a, source: svc, format: parquet}\n---\n" +
		"apiVersion: acme.example/v1\nkind: Dataset\nmetadata: {name: broken}\nspec: {owner: team-a}\n---\n" + component("svc") + "---\n" + group("team-a")
	opt := ReadOptions{Kinds: []Kind{{Name: "Dataset", APIVersions: []string{"acme.example/v1"}, Required: []string{"format"},
		Relations: []RelationField{{Field: "source", Kind: "Component", Type: "derivedFrom", Reverse: "sourceOf"}}}}}
	c := Link([]*Batch{Read(repo("r", "", "catalog-info.yaml", src), opt)}, LinkOptions{})
	compare(t, "entities", refs(c.Entities), []string{"component:default/svc", "dataset:default/clicks", "group:default/team-a"})
	compare(t, "messages", messages(c.Diagnostics), []string{
		`r/catalog-info.yaml:9:1: error: spec.format is missing; add the line "format: …" below spec [kind-schema]`,
	})
	compare(t, "relations", declared(c.Lookup("dataset:default/clicks")), []string{
		"component:default/svc sourceOf dataset:default/clicks", "dataset:default/clicks derivedFrom component:default/svc",
		"dataset:default/clicks ownedBy group:default/team-a", "group:default/team-a ownerOf dataset:default/clicks",
	})
}

func TestPolicy(t *testing.T) {
	r := repo("acme/r", "https://github.com/acme/r", "catalog-info.yaml", component("svc")+"---\n"+group("team-a"))
	b := Read(r, ReadOptions{Policy: BackstagePolicy()})
	compare(t, "messages", messages(b.Diagnostics), []string{
		`acme/r/catalog-info.yaml:11:7: error: the kind Group may not come from https://github.com/acme/r/blob/main/catalog-info.yaml; catalog.rules in the configuration says which kinds may come from where [not-allowed]`,
	})
	compare(t, "entities", refs(b.Entities), []string{"component:default/svc"})
}

// TestRulesAreDocumented finds every rule id that the code reports, and the
// page for it.
func TestRulesAreDocumented(t *testing.T) {
	known := map[string]bool{}
	for _, r := range Rules() {
		if known[r.ID] || r.Title == "" || r.Why == "" || r.Fix == "" {
			t.Errorf("rule %q is incomplete or there twice", r.ID)
		}
		known[r.ID] = true
	}
	for _, c := range []Class{YAMLSyntax, YAMLAlias, YAMLLimit, YAMLEncoding, NotAnObject, Envelope, NotAllowed, BadPlaceholder, BadSchema, RootField,
		FieldFormat, KindSchema, UnknownKind, LocationType, LocationTarget, RelationRef, CaseConflict} {
		if !known[string(c)] {
			t.Errorf("the rule %s is not documented", c)
		}
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	id := regexp.MustCompile(`(?:diag\.(?:Info|Warning|Error), |warn\(|sev, |rule, sev := |rule = |Rule: |k\.sev, )"([a-z-]+)"`)
	for _, f := range files {
		src, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range id.FindAllStringSubmatch(string(src), -1) {
			if !known[m[1]] {
				t.Errorf("%s: the rule %s is not documented", f, m[1])
			}
		}
	}
}

func TestShort(t *testing.T) {
	for _, tt := range []struct {
		ref             Ref
		kind, namespace string
		want            string
	}{
		{Ref{"Group", "default", "a"}, "Group", "", "a"},
		{Ref{"Group", "default", "a"}, "", "", "group:a"},
		{Ref{"Group", "x", "a"}, "Group", "", "x/a"},
		{Ref{"User", "x", "a"}, "Group", "x", "user:a"},
		{Ref{"Group", "default", "a/b"}, "Group", "", "default/a/b"},
		{Ref{"Group", "default", "a:b"}, "Group", "", "group:a:b"},
	} {
		got := tt.ref.Short(tt.kind, tt.namespace)
		if got != tt.want {
			t.Errorf("%+v.Short(%q, %q) = %q, want %q", tt.ref, tt.kind, tt.namespace, got, tt.want)
		}
		if back, err := ParseRef(got, tt.kind, tt.namespace); err != nil || back.String() != tt.ref.String() {
			t.Errorf("ParseRef(%q) = %v, %v, want %v", got, back, err, tt.ref)
		}
	}
}

func TestFileURL(t *testing.T) {
	for _, tt := range []struct {
		url, branch, commit, path, want string
	}{
		{"https://github.com/a/b", "main", "", "x y/c.yaml", "https://github.com/a/b/blob/main/x%20y/c.yaml"},
		{"https://github.com/a/b", "", "", "c.yaml", "https://github.com/a/b/blob/HEAD/c.yaml"},
		{"https://gitlab.com/a/b/c", "main", "", "c.yaml", "https://gitlab.com/a/b/c/-/blob/main/c.yaml"},
		{"https://bitbucket.org/a/b", "main", "", "c.yaml", "https://bitbucket.org/a/b/src/main/c.yaml"},
		{"https://codeberg.org/a/b", "main", "", "c.yaml", "https://codeberg.org/a/b/src/branch/main/c.yaml"},
		{"https://codeberg.org/a/b", "", "abc", "c.yaml", "https://codeberg.org/a/b/src/commit/abc/c.yaml"},
		{"https://dev.azure.com/o/p/_git/r", "main", "", "x/c.yaml", "https://dev.azure.com/o/p/_git/r?path=%2Fx%2Fc.yaml&version=GBmain"},
		{"", "", "", "c.yaml", ""},
	} {
		r := &sources.Repo{URL: tt.url, Branch: tt.branch, Commit: tt.commit}
		if got := FileURL(r, tt.path, nil); got != tt.want {
			t.Errorf("FileURL(%q, %q) = %q, want %q", tt.url, tt.path, got, tt.want)
		}
	}
}

// TestSlashBranch reads a repo whose branch has a slash in its name.
func TestSlashBranch(t *testing.T) {
	r := repo("r", "https://github.com/acme/r", "x/catalog-info.yaml", location("all", "../a.yaml", "/b.yaml", "https://github.com/acme/r/blob/feature/x/c.yaml"),
		"a.yaml", component("a"), "b.yaml", component("b"), "c.yaml", component("c"))
	r.Branch = "feature/x"
	b := Read(r, ReadOptions{})
	compare(t, "entities", refs(b.Entities), []string{"location:default/all", "component:default/a", "component:default/b", "component:default/c"})
	want := []Target{{"url", "https://github.com/acme/r/tree/feature/x/a.yaml", "required"}, {"url", "https://github.com/acme/r/tree/feature/x/b.yaml", "required"}, {"url", "https://github.com/acme/r/tree/feature/x/c.yaml", "required"}}
	if got := b.Documents[0].Targets; !slices.Equal(got, want) {
		t.Errorf("targets\n got %v\nwant %v", got, want)
	}
}

func FuzzParseRef(f *testing.F) {
	for _, s := range []string{"a", "group:a", "x/a", "group:x/a", ":a", "a:/b", "@a/b", "İ", "a:b/c/d"} {
		f.Add(s, "Group", "ns")
	}
	f.Fuzz(func(t *testing.T, s, kind, namespace string) {
		r, err := ParseRef(s, kind, namespace)
		if err != nil {
			return
		}
		if r.Kind == "" || r.Namespace == "" || r.Name == "" {
			t.Errorf("ParseRef(%q, %q, %q) = %+v", s, kind, namespace, r)
		}
	})
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(component("a")))
	f.Add([]byte(group("a", "members: [b]") + "---\n" + location("l", "./*.yaml", "../x")))
	f.Add([]byte("apiVersion: backstage.io/v1alpha1\nkind: API\nmetadata: {name: a, links: [{url: 'https://[::1'}]}\nspec: {definition: {$text: ./x}}\n"))
	f.Fuzz(func(t *testing.T, src []byte) {
		r := &sources.Repo{Name: "r", URL: "https://github.com/o/r", Branch: "main", FS: fstest.MapFS{"catalog-info.yaml": {Data: src}}}
		c := Link([]*Batch{Read(r, ReadOptions{})}, LinkOptions{})
		for _, e := range c.Entities {
			if out := e.AppendCatalogJSON(nil); !json.Valid(out) {
				t.Errorf("no JSON: %s", out)
			}
		}
		for _, d := range c.Diagnostics {
			if d.Message == "" || d.Rule == "" || d.Pos.File == "" {
				t.Errorf("incomplete: %+v", d)
			}
		}
	})
}

func FuzzResolveURL(f *testing.F) {
	f.Add("../b.yaml", "https://github.com/o/r/blob/main/a/b.yaml")
	f.Add("/b.yaml", "https://gitlab.com/o/r/-/blob/main/a/b.yaml")
	f.Fuzz(func(t *testing.T, target, base string) {
		s, err := ResolveURL(target, base, nil)
		if err == nil && s == "" {
			t.Errorf("ResolveURL(%q, %q) is empty", target, base)
		}
		_ = EditURL(s, nil)
		_, _ = parseRepoURL(s)
	})
}

func ExampleParseRef() {
	r, err := ParseRef("payments/orders", "API", "")
	fmt.Println(r, err)
	// Output: api:payments/orders <nil>
}
