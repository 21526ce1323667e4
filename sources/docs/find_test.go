package docs

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/portolan-dev/portolan/sources"
	"github.com/portolan-dev/portolan/sources/catalog"
	"github.com/portolan-dev/portolan/sources/diag"
)

// link reads the descriptors of repos.
func linked(repos ...*sources.Repo) *catalog.Catalog {
	var batches []*catalog.Batch
	for _, r := range repos {
		batches = append(batches, catalog.Read(r, catalog.ReadOptions{}))
	}
	return catalog.Link(batches, catalog.LinkOptions{})
}

// component writes a descriptor with annotations, "key: value" each.
func component(name string, annotations ...string) string {
	s := "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata:\n  name: " + name + "\n"
	if len(annotations) > 0 {
		s += "  annotations:\n"
		for _, a := range annotations {
			s += "    " + a + "\n"
		}
	}
	return s + "spec: {type: service, lifecycle: production, owner: x}\n"
}

func places(list []Place) string {
	var out []string
	for _, p := range list {
		out = append(out, p.Entity.String()+"="+p.Repo.Name+"/"+p.Root)
	}
	return strings.Join(out, " ")
}

func TestFind(t *testing.T) {
	const ref = "backstage.io/techdocs-ref: "
	withURL := func(r *sources.Repo, name, url, branch, dir string) *sources.Repo {
		r.Name, r.Prefix, r.URL, r.Branch, r.Dir = name, name, url, branch, dir
		return r
	}
	for _, c := range []struct {
		name  string
		repos []*sources.Repo
		want  string
		rules string
	}{
		{"beside", []*sources.Repo{repo("catalog-info.yaml", component("a", ref+"dir:."), "mkdocs.yml", "", "docs/index.md", "")}, "component:default/a=repo/.", ""},
		{"folder", []*sources.Repo{repo("svc/catalog-info.yaml", component("a", ref+"dir:./sub"), "svc/sub/docs/index.md", "")}, "component:default/a=repo/svc/sub", ""},
		{"root", []*sources.Repo{repo("svc/catalog-info.yaml", component("a", ref+"dir:/site"), "site/docs/index.md", "")}, "component:default/a=repo/site", ""},
		{"above", []*sources.Repo{repo("svc/catalog-info.yaml", component("a", ref+"dir:../site"), "site/docs/index.md", "")}, "component:default/a=repo/site", ""},
		{"the docs folder itself", []*sources.Repo{repo("catalog-info.yaml", component("a", ref+"dir:./src"), "mkdocs.yml", "docs_dir: src\n", "src/index.md", "")}, "component:default/a=repo/.", ""},
		{"the docs folder itself, no config", []*sources.Repo{repo("catalog-info.yaml", component("a", ref+"dir:./docs"), "docs/index.md", "")}, "component:default/a=repo/docs", ""},
		{"outside", []*sources.Repo{repo("catalog-info.yaml", component("a", ref+"dir:../../etc"))}, "", "techdocs-ref-invalid"},
		{"missing", []*sources.Repo{repo("catalog-info.yaml", component("a", ref+"dir:./dcos"), "docs/x.txt", "")}, "", `techdocs-ref-invalid did you mean "docs"?`},
		{"bare", []*sources.Repo{repo("catalog-info.yaml", component("a", ref+"docs"))}, "", "techdocs-ref-invalid write dir:./docs"},
		{"no type", []*sources.Repo{repo("catalog-info.yaml", component("a", ref+"https://github.com/acme/x"))}, "", "techdocs-ref-invalid write url:https://github.com/acme/x"},
		{"unknown type", []*sources.Repo{repo("catalog-info.yaml", component("a", ref+"github:acme/x"))}, "", "techdocs-ref-invalid write dir:. for docs beside this file"},
		{"by address", []*sources.Repo{
			withURL(repo("catalog-info.yaml", component("a", ref+"url:https://github.com/Acme/Docs/tree/feature/x/site/")), "a", "", "", ""),
			withURL(repo("site/docs/index.md", ""), "docs", "https://github.com/acme/docs", "feature/x", ""),
		}, "component:default/a=docs/site", ""},
		{"by address, unknown branch", []*sources.Repo{withURL(repo("catalog-info.yaml", component("a", ref+"url:https://gitlab.com/g/s/p/-/tree/a/b/site"), "site/docs/index.md", ""), "p", "https://gitlab.com/g/s/p", "", "")}, "component:default/a=p/site", ""},
		{"by address, folder of a repository", []*sources.Repo{withURL(repo("catalog-info.yaml", component("a", ref+"url:https://github.com/acme/mono/tree/main/svc/site"), "site/docs/index.md", ""), "svc", "https://github.com/acme/mono", "main", "svc")}, "component:default/a=svc/site", ""},
		{"by name", []*sources.Repo{withURL(repo("x/catalog-info.yaml", component("a", ref+"url:https://github.com/acme/api/tree/main/x"), "x/mkdocs.yml", "", "x/docs/index.md", ""), "acme__api", "", "", "")}, "component:default/a=acme__api/x", ""},
		{"address of another repo", []*sources.Repo{repo("catalog-info.yaml", component("a", ref+"url:https://github.com/acme/x"))}, "", "techdocs-ref-invalid add that repo to sources, or use dir:"},
		{"source location", []*sources.Repo{withURL(repo("meta/catalog-info.yaml", component("a", ref+"dir:.", "backstage.io/source-location: url:https://github.com/acme/x/tree/main/code/"), "code/docs/index.md", ""), "x", "https://github.com/acme/x", "main", "")}, "component:default/a=x/code", ""},
		{"unclaimed, one component", []*sources.Repo{repo("catalog-info.yaml", component("a"), "docs/index.md", "")}, "component:default/a=repo/.", ""},
		{"unclaimed, two components", []*sources.Repo{repo("catalog-info.yaml", component("a")+"---\n"+component("b"), "docs/index.md", "")}, "repo:default/repo=repo/.", ""},
		{"unclaimed, no component", []*sources.Repo{repo("mkdocs.yml", "", "docs/index.md", "", "sub/x/mkdocs.yml", "", "node_modules/y/mkdocs.yml", "", "skeleton/mkdocs.yml", "", "t/mkdocs.yml", "site_name: ${{ values.name }}")}, "repo:default/repo=repo/. repo:default/repo-sub-x=repo/sub/x", ""},
		{"included", []*sources.Repo{repo("mkdocs.yml", "nav:\n- A: '!include ./a/mkdocs.yml'\n- '*include ./libs/*/mkdocs.yml'\n", "docs/index.md", "", "a/mkdocs.yml", "", "libs/b/mkdocs.yml", "", "c/mkdocs.yml", "")}, "repo:default/repo=repo/. repo:default/repo-c=repo/c", ""},
		{"borrowed", []*sources.Repo{repo("catalog-info.yaml", component("a", ref+"dir:.")+"---\n"+component("b", "backstage.io/techdocs-entity: component:default/a"), "docs/index.md", "")}, "component:default/a=repo/.", ""},
		{"borrowed from nobody", []*sources.Repo{repo("catalog-info.yaml", component("b", "backstage.io/techdocs-entity: component:default/bb"))}, "", `techdocs-entity-invalid did you mean "component:default/b"?`},
		{"borrowed without kind", []*sources.Repo{repo("catalog-info.yaml", component("b", "backstage.io/techdocs-entity: bb"))}, "", "techdocs-entity-invalid write kind:namespace/name, such as component:default/api"},
	} {
		got, ds := Find(c.repos, linked(c.repos...))
		if s := places(got); s != c.want {
			t.Errorf("%s: places\ngot  %s\nwant %s\n%v", c.name, s, c.want, ds)
		}
		var rules []string
		for _, d := range ds {
			if d.Pos.Line == 0 || d.Entity == "" {
				t.Errorf("%s: %s has no place or entity", c.name, d)
			}
			rules = append(rules, strings.TrimSpace(d.Rule+" "+d.Hint))
		}
		if s := strings.Join(rules, ", "); s != c.rules && !(c.name == "outside" && strings.HasPrefix(s, c.rules)) {
			t.Errorf("%s: problems\ngot  %s\nwant %s", c.name, s, c.rules)
		}
	}
}

func TestOf(t *testing.T) {
	for _, c := range []struct{ annotations, want string }{
		{"", "none"},
		{"backstage.io/techdocs-ref: dir:.", "component:default/x "},
		{"backstage.io/techdocs-entity: system:default/y", "system:default/y "},
		{"backstage.io/techdocs-entity: system:y|backstage.io/techdocs-entity-path: guide/setup", "system:default/y guide/setup"},
		{"backstage.io/techdocs-entity: system:y|backstage.io/techdocs-entity-path: /../../x/", "system:default/y x"},
		{"backstage.io/techdocs-entity: y|backstage.io/techdocs-ref: dir:.", "component:default/x "},
	} {
		e := &catalog.Entity{Ref: catalog.Ref{Kind: "Component", Namespace: "default", Name: "x"}, Annotations: map[string]string{}}
		for a := range strings.SplitSeq(c.annotations, "|") {
			if k, v, ok := strings.Cut(a, ": "); ok {
				e.Annotations[k] = v
			}
		}
		got := "none"
		if s, ok := Of(e); ok {
			got = s.Entity.String() + " " + s.Path
		}
		if got != c.want {
			t.Errorf("%q: got %q want %q", c.annotations, got, c.want)
		}
	}
}

// TestFindCorpus finds the docs of all real repos at once.
func TestFindCorpus(t *testing.T) {
	var repos []*sources.Repo
	for _, group := range []string{"docs", "repos"} {
		dir := shared(t, "corpus", group)
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			repos = append(repos, &sources.Repo{Name: e.Name(), Prefix: e.Name(), FS: os.DirFS(filepath.Join(dir, e.Name()))})
		}
	}
	found, ds := Find(repos, linked(repos...))
	trees, err := ReadAll(context.Background(), found, 4)
	if err != nil {
		t.Fatal(err)
	}
	pages := 0
	refs := map[string]bool{}
	for _, tr := range trees {
		pages += len(tr.Pages)
		if ref := tr.Entity.String(); refs[ref] {
			t.Errorf("two trees for %s", ref)
		} else {
			refs[ref] = true
		}
	}
	for _, d := range ds {
		t.Log(d)
	}
	t.Logf("%d places, %d pages", len(found), pages)
	if len(found) < 45 || pages < 1550 {
		t.Errorf("%d places, %d pages", len(found), pages)
	}
	t.Log(fmt.Sprint(len(diag.Sort(ds))), "problems")
}
