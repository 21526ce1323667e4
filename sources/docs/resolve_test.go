package docs

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/portolan-dev/portolan/sources/catalog"
)

func TestResolve(t *testing.T) {
	png := "\x89PNG\r\n\x1a\n"
	r := repo("mkdocs.yml", "site_name: X\nplugins: [redirects: {redirect_maps: {old.md: guide/setup.md}}]",
		"docs/index.md", "", "docs/guide/README.md", "", "docs/guide/setup.md", "", "docs/guide/Name with space.md", "", "docs/api/v1.md", "", "docs/img/a b.png", png, "docs/data.yaml", "", "docs/empty/x.md", "",
		"src/main.go", "package main", "README.md", "", "other/mkdocs.yml", "site_name: O", "other/docs/index.md", "", "other/docs/page.md", "")
	r.URL, r.Branch = "https://github.com/acme/x", "main"
	place := func(root, name string) Place {
		return Place{Repo: r, Root: root, Entity: catalog.Ref{Kind: "Component", Namespace: "default", Name: name}, Title: name}
	}
	tr, other := Read(place(".", "x")), Read(place("other", "o"))
	lib := NewLibrary([]*Tree{tr, other})
	for _, c := range []struct{ from, target, want string }{
		{"index.md", "guide/setup.md", "page guide/setup/"},
		{"index.md", "./guide/setup.md#a%20b", "page guide/setup/ #a b"},
		{"guide/setup.md", "../index.md?x=1#y", "page  ?x=1 #y"},
		{"guide/setup.md", "README.md", "page guide/"},
		{"guide/setup.md", "#here", "page guide/setup/ #here"},
		{"guide/setup.md", "", "page guide/setup/"},
		{"guide/setup.md", "../", "page guide/"},
		{"guide/README.md", "../", "page "},
		{"guide/setup.md", "../../api/v1/", "page api/v1/"},
		{"guide/setup.md", "../api/v1", "page api/v1/"},
		{"guide/setup.md", "../api/v1.html", "page api/v1/"},
		{"index.md", "guide/setup/index.html", "page guide/setup/"},
		{"index.md", "guide", "page guide/"},
		{"index.md", "guide/index.md", "page guide/"},
		{"guide/setup.md", "/api/v1.md", "page api/v1/"},
		{"guide/setup.md", "/api/v1/", "page api/v1/"},
		{"guide/setup.md", "/", "page "},
		{"index.md", "guide/Name%20with%20space.md", "page guide/name-with-space/"},
		{"index.md", "guide/Name with space.md", "page guide/name-with-space/"},
		{"index.md", "old.md", "page guide/setup/"},
		{"guide/setup.md", "../img/a%20b.png", "file img/a-b.png"},
		{"guide/setup.md", "../../img/a b.png", "file img/a-b.png"}, // relative to the address, as in raw HTML
		{"guide/setup.md", "/img/a b.png", "file img/a-b.png"},
		{"index.md", "Guide/SETUP.md", "page guide/setup/ (write guide/setup.md)"},
		{"index.md", `guide\setup.md`, "page guide/setup/ (write / between folders)"},
		{"index.md", "data.yaml", "repo https://github.com/acme/x/blob/main/docs/data.yaml"},
		{"index.md", "../src/main.go#L3", "repo https://github.com/acme/x/blob/main/src/main.go #L3"},
		{"guide/setup.md", "../../README.md", "repo https://github.com/acme/x/blob/main/README.md"},
		{"index.md", "../src/", "repo https://github.com/acme/x/blob/main/src"},
		{"index.md", "../other/docs/page.md#z", "page o:page/ #z"},
		{"index.md", "../other/docs/", "page o:"},
		{"index.md", "/catalog/default/component/x", "portal catalog/default/component/x"},
		{"index.md", "/docs/default/component/o/", "page o:"},
		{"index.md", "/docs/default/Component/o/page/#z", "page o:page/ #z"},
		{"index.md", "/docs/default/component/x/Guide/setup", "page guide/setup/"},
		{"index.md", "/docs/default/component/nope/", "-"},
		{"index.md", "/docs/default/componet/o/", `- (did you mean "/docs/default/component/o/"?)`},
		{"index.md", "/docs/default/component/o/nope", "-"},
		{"index.md", "/docs/x", "- (write /docs/namespace/kind/name/)"},
		{"index.md", "/docs/", "portal docs/"},
		{"index.md", "/broken/", "portal broken/"},
		{"index.md", "/scaling", "portal scaling"},
		{"index.md", "/api/build.json", "portal api/build.json"},
		{"index.md", "https://example.com/a?b#c", "external https://example.com/a?b#c"},
		{"index.md", "//example.com/a", "external https://example.com/a"},
		{"index.md", "mailto:a@example.com", "external mailto:a@example.com"},
		{"index.md", "javascript:alert(1)", "-"},
		{"index.md", "java\nscript:alert(1)", "-"},
		{"index.md", "data:text/html,x", "-"},
		{"index.md", "http:", "-"},
		{"index.md", "../../../../etc/passwd", "-"},
		{"index.md", "..%2f..%2f..%2fetc/passwd", "-"},
		{"index.md", `\\evil.example\x`, "-"},
		{"index.md", "a%00.md", "-"},
		{"index.md", "setup.md", `- (did you mean "guide/setup.md"?)`},
		{"api/v1.md", "../guide/setpu.md", `- (did you mean "../guide/setup.md"?)`},
		{"index.md", "empty/", `- (did you mean "empty/x.md"?)`},
		{"index.md", "/nowhere.md", "-"},
		{"index.md", "github.com/acme/x", "- (write https://github.com/acme/x)"},
	} {
		to, ok := lib.Resolve(tr, tr.Page(c.from), c.target)
		got := "-"
		if ok {
			got = []string{"nothing", "page", "file", "portal", "repo", "external"}[to.Kind] + " "
			if to.Tree != nil && to.Tree != tr {
				got += to.Tree.Entity.Name + ":"
			}
			got += to.URL
			if to.Query != "" && to.Kind != ToExternal {
				got += " ?" + to.Query
			}
			if to.Fragment != "" && to.Kind != ToExternal {
				got += " #" + to.Fragment
			}
		}
		if to.Hint != "" {
			got += " (" + to.Hint + ")"
		}
		if got != c.want {
			t.Errorf("%s: %q\ngot  %s\nwant %s", c.from, c.target, got, c.want)
		}
	}
	r2 := *r
	r2.URL = ""
	tr2 := Read(Place{Repo: &r2, Root: "."})
	if to, ok := tr2.Resolve(tr2.Page("index.md"), "../src/main.go"); ok || to.File != "src/main.go" || to.Hint == "" {
		t.Errorf("without an address of the repo: %+v %v", to, ok)
	}
	named := repo("mkdocs.yml", "site_name: X\nrepo_url: https://gitlab.com/acme/x\n", "docs/index.md", "", "src/main.go", "")
	tr3 := Read(Place{Repo: named, Root: "."})
	if to, ok := tr3.Resolve(tr3.Page("index.md"), "../src/main.go"); !ok || to.URL != "https://gitlab.com/acme/x/-/blob/HEAD/src/main.go" {
		t.Errorf("by repo_url: %+v %v", to, ok)
	}
	if got := tr.Suggest(tr.Page("api/v1.md"), "setup.md#x"); got != "../guide/setup.md" {
		t.Errorf("suggestion %q", got)
	}
}

var link = regexp.MustCompile(`\]\(([^)\s]+)[^)]*\)`)

// TestCorpusLinks resolves the links of real docs. What is broken is broken in
// the corpus, which lacks many files.
func TestCorpusLinks(t *testing.T) {
	kinds := map[string]int{}
	trees := corpusTrees(t)
	lib := NewLibrary(trees)
	broken := map[string]int{}
	for _, tr := range trees {
		for _, p := range tr.Pages {
			fenced := false
			for line := range strings.Lines(string(p.Body())) {
				if s := strings.TrimSpace(line); strings.HasPrefix(s, "```") || strings.HasPrefix(s, "~~~") {
					fenced = !fenced
				}
				if fenced {
					continue
				}
				for _, m := range link.FindAllStringSubmatch(line, -1) {
					to, ok := lib.Resolve(tr, p, strings.Trim(m[1], "<>"))
					switch {
					case !ok && to.File != "":
						kinds["in the repo, not published"]++
					case !ok:
						kinds["broken"]++
						broken[tr.Repo.Name]++
						if to.Hint != "" {
							kinds["broken, with a suggestion"]++
						}
					default:
						kinds[[]string{"nothing", "page", "file", "portal", "repo", "external"}[to.Kind]]++
						if to.Hint != "" {
							kinds["slip"]++
						}
					}
				}
			}
		}
	}
	t.Log(kinds)
	t.Log(fmt.Sprint(broken))
	if kinds["page"] < 3000 || kinds["broken"]*4 > kinds["page"] {
		t.Errorf("links by kind: %v", kinds)
	}
}

func BenchmarkResolve(b *testing.B) {
	var files []string
	for i := range 2000 {
		files = append(files, fmt.Sprintf("docs/section%d/page%d.md", i%50, i), "# Page\n")
	}
	tr := Read(Place{Repo: repo(files...), Root: ".", Title: "X"})
	from := tr.Pages[1000]
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := tr.Resolve(from, "../section7/page1507.md#x"); !ok {
			b.Fatal("not found")
		}
	}
}
