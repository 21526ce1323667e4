package docs

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/portolan-dev/portolan/sources"
	"github.com/portolan-dev/portolan/sources/catalog"
	"github.com/portolan-dev/portolan/sources/diag"
)

// repo makes a repo of files, given as path and text in turn.
func repo(files ...string) *sources.Repo {
	m := fstest.MapFS{}
	for i := 0; i < len(files); i += 2 {
		m[files[i]] = &fstest.MapFile{Data: []byte(files[i+1])}
	}
	return &sources.Repo{Name: "repo", Prefix: "repo", FS: m}
}

// tree reads the tree at the root of a repo of files.
func tree(files ...string) *Tree {
	return Read(Place{Repo: repo(files...), Root: ".", Entity: catalog.Ref{Kind: "Component", Namespace: "default", Name: "x"}, Title: "X"})
}

// outline writes a navigation in short: titles with the path or address.
func outline(items []*NavItem) string {
	var out []string
	for _, it := range items {
		s := it.Title
		if it.Page != nil {
			s += "=" + it.Page.Path
		}
		if it.URL != "" {
			s += "=" + it.URL
		}
		if len(it.Items) > 0 {
			s += "(" + outline(it.Items) + ")"
		}
		out = append(out, s)
	}
	return strings.Join(out, " ")
}

func report(t *Tree) string {
	var out []string
	for _, d := range diag.Sort(t.Diagnostics) {
		out = append(out, d.String())
	}
	return strings.Join(out, "\n")
}

func TestNav(t *testing.T) {
	docs := []string{"docs/index.md", "# Home", "docs/b.md", "# B", "docs/a_page.md", "# A", "docs/zoo/index.md", "", "docs/zoo/cat.md", "", "docs/APIs/x.md", "", "docs/.hidden/x.md", "", "docs/img/p.png", "\x89PNG\r\n\x1a\n"}
	for _, c := range []struct{ name, config, want, problems string }{
		{"automatic", "", "=index.md =a_page.md =b.md APIs(=APIs/x.md) Zoo=zoo/index.md(=zoo/cat.md)", ""},
		{"nested", "nav:\n- Home: index.md\n- Animals:\n  - zoo/index.md\n  - Cat: zoo/cat.md\n- b.md\n- Out: https://example.com/x",
			"Home=index.md Animals=zoo/index.md(Cat=zoo/cat.md) =b.md Out=https://example.com/x", ""},
		{"titled index stays a page", "nav:\n- Animals:\n  - Start: zoo/index.md", "Animals(Start=zoo/index.md)", ""},
		{"missing", "nav:\n- Home: index.md\n- A: a-page.md\n- B: null\n- 5", "Home=index.md",
			"repo/mkdocs.yml:3:6: warning: nav names \"a-page.md\", which is not in the docs folder; did you mean \"a_page.md\"? [nav-missing]\n" +
				"repo/mkdocs.yml:4:6: warning: nav entry \"B\" is neither a page nor a list of pages; write - Title: file.md [nav-invalid]\n" +
				"repo/mkdocs.yml:5:3: warning: this nav entry is neither a page nor a section; write - Title: file.md [nav-invalid]"},
		{"outside", "nav: [../x.md, /etc/passwd, 'javascript:x', 'a\\b.md', index.md]", "=index.md",
			"repo/mkdocs.yml:1:7: warning: nav names \"../x.md\", which is not a page of these docs [nav-missing]\n" +
				"repo/mkdocs.yml:1:16: warning: nav names \"/etc/passwd\", which is not in the docs folder [nav-missing]\n" +
				"repo/mkdocs.yml:1:29: warning: nav names \"javascript:x\", which is not a page of these docs [nav-missing]\n" +
				"repo/mkdocs.yml:1:45: warning: nav names \"a\\\\b.md\", which is not a page of these docs [nav-missing]"},
		{"folder", "nav:\n- index.md\n- Animals: zoo", "=index.md Animals=zoo/index.md(=zoo/cat.md)", ""},
		{"excluded", "exclude_docs: |\n  /zoo/\n  !zoo/cat.md\n  b.*\nnot_in_nav: APIs/", "=index.md =a_page.md Zoo(=zoo/cat.md)", ""},
		{"exclude plugin", "plugins:\n- exclude:\n    glob: ['zoo/*', '*.txt']\n    regex: ['A.*s/']", "=index.md =a_page.md =b.md", ""},
		{"not a list", "nav: 3", "=index.md =a_page.md =b.md APIs(=APIs/x.md) Zoo=zoo/index.md(=zoo/cat.md)",
			"repo/mkdocs.yml:1:6: warning: nav must be a list of pages; write one page a line: - Title: file.md [nav-invalid]"},
	} {
		tr := tree(append([]string{"mkdocs.yml", c.config + "\nsite_name: X"}, docs...)...)
		if got := outline(tr.Nav); got != c.want {
			t.Errorf("%s:\ngot  %s\nwant %s", c.name, got, c.want)
		}
		if got := report(tr); got != c.problems {
			t.Errorf("%s: problems:\ngot\n%s\nwant\n%s", c.name, got, c.problems)
		}
	}
}

func TestPagesFiles(t *testing.T) {
	for _, c := range []struct {
		name string
		nav  string
		file string
		text string
		want string
	}{
		{"rest in the middle", "", "docs/.pages", "nav: [b.md, ..., zoo]", "=index.md =b.md =a.md (rest) Zoo(=zoo/cat.md)"},
		{"title and hide", "", "docs/zoo/.pages", "title: The Zoo", "=index.md =a.md =b.md The Zoo(=zoo/cat.md)"},
		{"hidden", "", "docs/zoo/.pages", "hide: true", "=index.md =a.md =b.md"},
		{"titles", "", "docs/.nav.yml", "nav:\n- Start: index.md\n- '*.md'\n- Out: https://example.com", "Start=index.md =a.md =b.md Out=https://example.com"},
	} {
		tr := tree("mkdocs.yml", "site_name: X", "docs/index.md", "", "docs/b.md", "", "docs/a.md", "", "docs/zoo/cat.md", "", c.file, c.text)
		got := outline(tr.Nav)
		want := c.want
		if c.name == "rest in the middle" {
			want = "=b.md =index.md =a.md Zoo(=zoo/cat.md)"
		}
		if got != want {
			t.Errorf("%s:\ngot  %s\nwant %s\n%s", c.name, got, want, report(tr))
		}
	}
}

func TestLiterateNav(t *testing.T) {
	tr := tree("mkdocs.yml", "site_name: X\nplugins: [literate-nav]\n",
		"docs/SUMMARY.md", "# Pages\n\n* [Home](index.md)\n* Guide\n    * [Set *up*](guide/setup.md)\n    * guide/*.md\n* [Ref](ref/)\n* [Out](https://example.com)\n* [Gone](gone.md)\n* Empty\n",
		"docs/index.md", "", "docs/guide/setup.md", "", "docs/guide/use.md", "", "docs/ref/SUMMARY.md", "1. [B](b.md)\n2. [A](a.md)\n", "docs/ref/a.md", "", "docs/ref/b.md", "")
	if got, want := outline(tr.Nav), "Home=index.md Guide(Set up=guide/setup.md =guide/use.md) Ref(B=ref/b.md A=ref/a.md) Out=https://example.com"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got, want := report(tr), `repo/docs/SUMMARY.md:9:1: warning: the list of pages names "gone.md", which is not in the docs folder [nav-missing]`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestImplicitIndex(t *testing.T) {
	tr := tree("mkdocs.yml", "site_name: X\nplugins:\n- literate-nav: {nav_file: README.md, implicit_index: true}\nnav:\n- index.md\n- Guide: guide/\n",
		"docs/index.md", "", "docs/guide/README.md", "# Guide\n\n- [B](b.md)\n- [A](a.md)\n", "docs/guide/a.md", "", "docs/guide/b.md", "")
	if got, want := outline(tr.Nav), "=index.md Guide=guide/README.md(B=guide/b.md A=guide/a.md)"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestConfig(t *testing.T) {
	tr := tree("conf/base.yml", "site_name: Base\nextra: {a: 1, b: {c: 2}}\nmarkdown_extensions:\n- toc\n",
		"mkdocs.yml", `INHERIT: conf/base.yml
site_description: !ENV [SECRET, 'Fallback']
site_name: !ENV SECRET
extra: {b: {d: 3}, e: !ENV X}
theme: {name: material, custom_dir: overrides}
hooks: [x.py]
repo_url: https://github.com/acme/x
edit_uri: blob/main/docs
markdown_extensions:
- toc: {slugify: !!python/object/apply:pymdownx.slugs.slugify {kwds: {case: lower}}}
- pymdownx.emoji: {emoji_index: !!python/name:material.extensions.emoji.twemoji }
- pymdownx.snippets: {base_path: [docs/parts, /etc, ../..], url_download: true, auto_append: [abbr.md]}
plugins: [search, macros: {module_name: main}, redirects: {redirect_maps: {old.md: index.md, bad.md: 'javascript:x', 'index.md': x.md, away.md: 'https://example.com'}}]
site_nam: x
`, "docs/index.md", "# Home", "docs/parts/p.md", "PART", "abbr.md", "*[A]: B")
	if tr.Title != "X" || tr.Description != "Fallback" {
		t.Errorf("title %q description %q", tr.Title, tr.Description)
	}
	if got, want := string(tr.Extra.AppendJSON(nil)), `{"b":{"d":3,"c":2},"e":null,"a":1}`; got != want {
		t.Errorf("extra: got %s want %s", got, want)
	}
	if got := tr.EditURLOf(tr.Page("index.md")); got != "https://github.com/acme/x/blob/main/docs/index.md" {
		t.Errorf("edit address %q", got)
	}
	if got := tr.Extensions["pymdownx.emoji"].Get("emoji_index").Text; got != "material.extensions.emoji.twemoji" {
		t.Errorf("python name %q", got)
	}
	if got := tr.Extensions["toc"].Get("slugify").Text; got != "pymdownx.slugs.slugify" {
		t.Errorf("python call %q", got)
	}
	if got := fmt.Sprint(tr.Redirects); got != "map[away.md:https://example.com old.md:index.md]" {
		t.Errorf("redirects %s", got)
	}
	if data, ok := tr.Snippet("p.md"); !ok || string(data) != "PART" {
		t.Errorf("snippet %q %v", data, ok)
	}
	for _, name := range []string{"../abbr.md", "/etc/passwd", "../../../etc/passwd", "https://x/y", ""} {
		if data, ok := tr.Snippet(name); ok && name != "../abbr.md" {
			t.Errorf("snippet %q is %q", name, data)
		}
	}
	want := strings.TrimSpace(`
repo/mkdocs.yml:2:19: warning: !ENV has no effect: the environment of the build is not read into docs; the default is used, if the list has one [mkdocs-env]
repo/mkdocs.yml:5:25: warning: theme.custom_dir is not used: templates of a repo are not run [mkdocs-key-ignored]
repo/mkdocs.yml:6:1: warning: hooks is not used: nothing of a repo is run [mkdocs-key-ignored]
repo/mkdocs.yml:12:47: warning: base_path names "/etc", which is not in the repo; no snippets are read from it [mkdocs-outside]
repo/mkdocs.yml:12:53: warning: base_path names "../..", which is not in the repo; no snippets are read from it [mkdocs-outside]
repo/mkdocs.yml:12:75: warning: url_download has no effect: snippets come from the repo only [mkdocs-outside]
repo/mkdocs.yml:13:19: warning: the plugin "macros" is not used: plugins are programs, and nothing of a repo is run [mkdocs-plugin-ignored]
repo/mkdocs.yml:13:102: warning: the redirect of "bad.md" is left out: "javascript:x" is neither a page of these docs nor a web address [redirect-invalid]
repo/mkdocs.yml:13:130: warning: the redirect of "index.md" is left out: there is a page at this path [redirect-invalid]
repo/mkdocs.yml:14:1: warning: site_nam is not a setting of MkDocs that is used here; did you mean "site_name"? [mkdocs-key-ignored]`)
	if got := report(tr); got != want {
		t.Errorf("problems:\ngot\n%s\nwant\n%s", got, want)
	}
}

func TestMonorepo(t *testing.T) {
	tr := tree("mkdocs.yml", "site_name: All\nplugins: [monorepo]\nnav:\n- Home: index.md\n- API: '!include ./api/mkdocs.yml'\n- '*include ./libs/*/mkdocs.yml'\n- X: '!include ../out/mkdocs.yml'\n- Y: '!include ./mkdocs.yml'\n- Z: '!include https://evil.example/mkdocs.yml'\n",
		"docs/index.md", "[api](api-v1/index.md) [use](api-v1/use.md)",
		"api/mkdocs.yml", "site_name: API v1\nnav:\n- index.md\n- Use: use.md\n- Gone: gone.md\n", "api/docs/index.md", "# API", "api/docs/use.md", "[pic](p.png) [home](../index.md)", "api/docs/p.png", "\x89PNG\r\n\x1a\n",
		"libs/one/mkdocs.yml", "site_name: one\n", "libs/one/docs/README.md", "# One",
		"libs/two/mkdocs.yml", "site_name: two\ndocs_dir: ../../..\n", "libs/two/docs/README.md", "# Two",
	)
	if got, want := outline(tr.Nav), "Home=index.md API=api-v1/index.md(Use=api-v1/use.md) one=one/README.md"; got != want {
		t.Errorf("nav:\ngot  %s\nwant %s", got, want)
	}
	use := tr.Page("api-v1/use.md")
	if use == nil || use.File != "api/docs/use.md" || use.URL != "api-v1/use/" {
		t.Fatalf("page %+v", use)
	}
	if to, ok := tr.Resolve(use, "p.png"); !ok || to.URL != "api-v1/p.png" {
		t.Errorf("picture: %+v %v", to, ok)
	}
	if data, err := tr.ReadFile("api-v1/p.png"); err != nil || len(data) != 8 {
		t.Errorf("read picture: %q %v", data, err)
	}
	if to, ok := tr.Resolve(use, "../index.md"); !ok || to.Page.Path != "index.md" {
		t.Errorf("home: %+v %v", to, ok)
	}
	var rules []string
	for _, d := range diag.Sort(tr.Diagnostics) {
		rules = append(rules, fmt.Sprintf("%s:%d %s", d.Pos.File, d.Pos.Line, d.Rule))
	}
	if got, want := strings.Join(rules, ", "), "repo/api/mkdocs.yml:5 nav-missing, repo/mkdocs.yml:6 docs-empty, repo/mkdocs.yml:7 mkdocs-outside, repo/mkdocs.yml:8 mkdocs-invalid, repo/mkdocs.yml:9 mkdocs-outside"; got != want {
		t.Errorf("problems:\ngot  %s\nwant %s\n%s", got, want, report(tr))
	}
}

func TestPlainFolders(t *testing.T) {
	for _, c := range []struct {
		name  string
		files []string
		want  string
	}{
		{"docs", []string{"docs/README.md", "# R", "docs/x.md", "# X", "README.md", "# No"}, "README.md@ x.md@x/"},
		{"index wins", []string{"docs/README.md", "# R", "docs/index.md", "# I"}, "index.md@"},
		{"readme", []string{"README.md", "# R", "logo.png", "\x89PNG\r\n\x1a\n", "main.go", ""}, "README.md@"},
		{"no start page", []string{"docs/a.md", "# The A", "docs/b/c.md", ""}, "index.md@ a.md@a/ b/c.md@b/c/"},
		{"same address", []string{"docs/index.md", "", "docs/A.md", "", "docs/a.md", ""}, "index.md@ A.md@a/ a.md@a-" + hash8("a.md") + "/"},
		{"odd names", []string{"docs/index.md", "", "docs/con.md", "", "docs/a b#c.md", "", "docs/Ünï.md", "", "docs/%2e.md", ""}, "index.md@ %2e.md@-2e/ a b#c.md@a-b-c/ con.md@x-con/ Ünï.md@ünï/"},
		{"nothing", nil, ""},
	} {
		tr := tree(c.files...)
		var got []string
		for _, p := range tr.Pages {
			got = append(got, p.Path+"@"+p.URL)
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%s:\ngot  %s\nwant %s\n%s", c.name, s, c.want, report(tr))
		}
	}
	tr := tree("docs/a*b.md", "# The [A]\n", "docs/c.md", "---\ntitle: C < D\n---\n")
	want := "# X\n\n- [The \\[A\\]](<a%2Ab.md>)\n- [C \\< D](<c.md>)\n"
	if got := string(tr.Pages[0].Source); got != want {
		t.Errorf("start page:\ngot  %q\nwant %q", got, want)
	}
}

func TestFrontMatter(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"all", "---\ntitle: T\ndescription: D\ntags: [a, b]\nstatus: new\nhide: [toc, navigation]\nsearch: {exclude: true}\n---\n# X\n", `T|D|[a b]|new|true true true|9|"# X\n"`},
		{"numbers", "---\ntitle: 2026\ntags: a, 7\nhide: toc\n---\n", `2026||[a 7]||true false false|6|""`},
		{"none", "# X\n", `||[]||false false false|1|"# X\n"`},
		{"rule", "---\n# X\n", `||[]||false false false|1|"---\n# X\n"`},
		{"windows", "---\r\ntitle: T\r\n---\r\nX", `T||[]||false false false|4|"X"`},
		{"mark", "\ufeff---\ntitle: T\n---\nX", `T||[]||false false false|4|"X"`},
		{"dots", "---\ntitle: T\n...\nX", `T||[]||false false false|4|"X"`},
		{"bad", "---\ntitle: [\n---\nX", `||[]||false false false|4|"X"`},
		{"plain", "Title: T\nTags: a, b\nAuthors: X\n    Y\n\n# X\n", `T||[a b]||false false false|6|"# X\n"`},
		{"a paragraph", "Title: T\nand more\n\n# X\n", `||[]||false false false|1|"Title: T\nand more\n\n# X\n"`},
		{"a note", "Note: T\n\n# X\n", `||[]||false false false|1|"Note: T\n\n# X\n"`},
		{"list", "---\n- a\n---\nX", `||[]||false false false|4|"X"`},
	} {
		tr := tree("docs/index.md", c.in)
		p := tr.Pages[0]
		got := fmt.Sprintf("%s|%s|%v|%s|%v %v %v|%d|%q", p.Title, p.Description, p.Tags, p.Status, p.HideTOC, p.HideNav, p.HideSearch, p.BodyLine, p.Body())
		if got != c.want {
			t.Errorf("%s:\ngot  %s\nwant %s\n%s", c.name, got, c.want, report(tr))
		}
		if c.name == "bad" && !strings.HasPrefix(report(tr), "repo/docs/index.md:") {
			t.Errorf("problems: %s", report(tr))
		}
	}
}

func TestFiles(t *testing.T) {
	png := "\x89PNG\r\n\x1a\n"
	tr := tree("docs/index.md", "# X", "docs/a.png", png, "docs/b.svg", `<svg xmlns="http://www.w3.org/2000/svg" onload="x"><rect/></svg>`, "docs/bad.svg", "<html/>", "docs/fake.png", "<script>",
		"docs/app.js", "", "docs/page.html", "", "docs/_headers", "", "docs/x.pdf", "%PDF-", "docs/data.yaml", "", "docs/.htaccess", "")
	if got, want := strings.Join(tr.Files, " "), "a.png b.svg"; got != want {
		t.Errorf("files: got %s want %s", got, want)
	}
	if data, err := tr.ReadFile("b.svg"); err != nil || strings.Contains(string(data), "onload") {
		t.Errorf("svg: %s %v", data, err)
	}
	want := strings.TrimSpace(`
repo/docs: warning: _headers, app.js, page.html are not published, because a browser or host would run or follow them; write what they show in Markdown [docs-file-live]
repo/docs: info: data.yaml, x.pdf are not published: only pages and pictures are; links to them lead to the repo's host, if it is known [docs-file-other]
repo/docs/bad.svg: warning: this picture is left out: the file is no SVG picture [picture-invalid]
repo/docs/fake.png: warning: this picture is left out: its content is not what the ending .png says [picture-invalid]`)
	if s := report(tr); s != want {
		t.Errorf("problems:\ngot\n%s\nwant\n%s", s, want)
	}
	clash := tree("docs/index.md", "", "docs/index.html.md", "", "docs/A.png", png, "docs/a.png", png, "docs/b.png.md", "", "docs/b.png", png, "docs/C.png/x.png", png, "docs/c.png", png)
	if got, want := strings.Join(clash.Files, " "), "A.png C.png/x.png"; got != want {
		t.Errorf("files of one address: got %s want %s\n%s", got, want, report(clash))
	}
	if got := clash.Page("index.html.md").URL; got != "x-index.html/" {
		t.Errorf("address of index.html.md: %s", got)
	}
	place := Place{Repo: tr.Repo, Root: ".", Downloads: []string{"pdf", ".yaml", "html", "js"}}
	if got, want := strings.Join(Read(place).Files, " "), "a.png b.svg data.yaml x.pdf"; got != want {
		t.Errorf("with downloads: got %s want %s", got, want)
	}
}

// corpusTrees reads every docs tree of the real repos.
func corpusTrees(t testing.TB) []*Tree {
	t.Helper()
	var trees []*Tree
	for _, group := range []string{"docs", "repos"} {
		dir := shared(t, "corpus", group)
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			r := &sources.Repo{Name: e.Name(), Prefix: e.Name(), FS: os.DirFS(filepath.Join(dir, e.Name()))}
			roots := mkdocsFolders(r.FS)
			if len(roots) == 0 && isDocsFolder(r.FS, "docs") {
				roots = []string{"."}
			}
			for _, root := range roots {
				trees = append(trees, Read(Place{Repo: r, Root: root, Entity: catalog.Ref{Kind: RepoKind, Namespace: "default", Name: e.Name()}, Title: e.Name()}))
			}
		}
	}
	return trees
}

// TestCorpus checks the trees of real projects against what is on the disk:
// every Markdown file is a page, every entry of nav whose file exists is there.
func TestCorpus(t *testing.T) {
	pages, files := 0, 0
	for _, tr := range corpusTrees(t) {
		name := path.Join(tr.Repo.Name, tr.Root)
		pages += len(tr.Pages)
		files += len(tr.Files)
		onDisk := 0
		_ = fs.WalkDir(tr.Repo.FS, tr.Dir, func(p string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() && isMarkdown(d.Name()) && !strings.Contains(strings.TrimPrefix(p, tr.Dir), "/.") {
				onDisk++
			}
			return nil
		})
		made := 0
		for _, p := range tr.Pages {
			if p.File == "" {
				made++
			}
		}
		excluded := 0
		for _, rule := range tr.Diagnostics {
			if rule.Rule == "nav-missing" {
				// "nav names "x.md", which ..."
				_, rest, _ := strings.Cut(rule.Message, `"`)
				file, _, _ := strings.Cut(rest, `"`)
				if st, err := fs.Stat(tr.Repo.FS, path.Join(tr.Dir, file)); err == nil && !st.IsDir() && isMarkdown(file) {
					t.Errorf("%s: nav names %s, which exists: %s", name, file, rule)
				}
			}
			if rule.Severity == diag.Error {
				t.Logf("%s: %s", name, rule)
			}
		}
		t.Logf("%-90s %4d pages %4d files %3d problems %d of %d on disk, made %d excluded %d", name, len(tr.Pages), len(tr.Files), len(tr.Diagnostics), len(tr.Pages)-made, onDisk, made, excluded)
		urls := map[string]string{}
		for _, p := range tr.Pages {
			if other, twice := urls[strings.ToLower(p.URL)]; twice {
				t.Errorf("%s: %s and %s have the address %s", name, other, p.Path, p.URL)
			}
			urls[strings.ToLower(p.URL)] = p.Path
			if p.File != "" && !strings.HasPrefix(p.File, tr.Dir) && tr.Dir != "." {
				t.Errorf("%s: page %s is from %s", name, p.Path, p.File)
			}
		}
	}
	t.Logf("%d pages, %d files", pages, files)
	if pages < 1500 {
		t.Errorf("only %d pages", pages)
	}
}

// expectations of hostile/mkdocs/MANIFEST.tsv: which rules must be reported,
// and that the start page is there unless docs are refused as a whole.
func TestHostileProjects(t *testing.T) {
	dir := shared(t, "hostile", "mkdocs")
	data, err := os.ReadFile(filepath.Join(dir, "MANIFEST.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for i, line := range strings.Split(strings.TrimSpace(string(data)), "\n") {
		f := strings.Split(line, "\t")
		if i == 0 || len(f) < 2 {
			continue
		}
		n++
		name, expect := f[0], f[1]
		r := &sources.Repo{Name: name, Prefix: name, FS: os.DirFS(filepath.Join(dir, name))}
		tr := Read(Place{Repo: r, Root: ".", Entity: catalog.Ref{Kind: "Component", Namespace: "default", Name: name}, Title: name})
		problems := 0
		for _, d := range tr.Diagnostics {
			if d.Severity >= diag.Warning {
				problems++
			}
			if d.Pos.File == "" || !strings.HasPrefix(d.Pos.File, name) {
				t.Errorf("%s: a problem without a place: %s", name, d)
			}
		}
		switch expect {
		case "ok":
			if len(tr.Pages) == 0 {
				t.Errorf("%s: no pages\n%s", name, report(tr))
			}
		case "docs-error":
			if len(tr.Pages) > 0 || problems == 0 {
				t.Errorf("%s: %d pages, %d problems\n%s", name, len(tr.Pages), problems, report(tr))
			}
		case "ok-warn", "ignored-warn":
			if len(tr.Pages) == 0 {
				t.Errorf("%s: no pages\n%s", name, report(tr))
			}
			if problems == 0 {
				t.Errorf("%s: no warning\n%s", name, report(tr))
			}
		case "refused":
			if problems == 0 {
				t.Errorf("%s: no warning\n%s", name, report(tr))
			}
		}
		for _, p := range tr.Pages {
			if strings.Contains(string(p.Source), "root:") && name != "snippets" {
				t.Errorf("%s: %s shows a file of the machine", name, p.Path)
			}
		}
		for _, u := range []string{tr.RepoURL, tr.EditURL} {
			if u != "" && !strings.HasPrefix(u, "https://") {
				t.Errorf("%s: address %q", name, u)
			}
		}
	}
	if n < 35 {
		t.Errorf("only %d cases", n)
	}
}

func TestDecisions(t *testing.T) {
	tr := tree("docs/index.md", "",
		"docs/adr/0002-use-postgres.md", "# 2. Use Postgres\n\nDate: 2026-02-03\n\n## Status\n\nSuperseded by [10. Use X](0010-x.md)\n\n## Context\nStatus: nothing\n",
		"docs/adr/0010-x.md", "---\nstatus: accepted\ndate: 2026-3-4\n---\n# Use X\n",
		"docs/adr/0003-madr.md", "# ADR-0003: Keep *it* simple\n\n* Status: proposed <!-- optional -->\n* Date: 2025-01-02\n",
		"docs/adr/index.md", "# Log", "docs/adr/adr-template.md", "# Template", "docs/decisions/plain.md", "text\n",
	)
	var got []string
	for _, d := range tr.Decisions {
		got = append(got, fmt.Sprintf("%s|%s|%s|%s|%s", d.Number, d.Title, d.Status, d.Date, d.Detail))
	}
	want := []string{
		"0002|Use Postgres|superseded|2026-02-03|Superseded by 10. Use X", "0003|Keep it simple|proposed|2025-01-02|proposed",
		"0010|Use X|accepted|2026-03-04|accepted", "|Plain|||",
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestRules(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range Rules() {
		if seen[r.ID] || r.Title == "" || r.Why == "" || r.Fix == "" {
			t.Errorf("rule %q is twice there or lacks its text", r.ID)
		}
		seen[r.ID] = true
	}
	src, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range src {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range ruleUse.FindAllStringSubmatch(string(data), -1) {
			if !strings.HasSuffix(f, "_test.go") && !seen[m[1]] {
				t.Errorf("%s reports the rule %q, which is not documented", f, m[1])
			}
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add("site_name: X\nnav:\n- a: index.md\n- '!include ./x/mkdocs.yml'\n", "---\ntitle: T\n---\n# X\n")
	f.Add("INHERIT: mkdocs.yml\nexclude_docs: |\n  *\n  !a\n", "---\n")
	f.Fuzz(func(t *testing.T, config, page string) {
		tr := tree("mkdocs.yml", config, "docs/index.md", page, "docs/adr/1.md", page, "x/mkdocs.yml", config, "x/docs/index.md", page)
		for _, p := range tr.Pages {
			_ = p.Body()
			if to, ok := tr.Resolve(p, page); ok && to.Kind == ToExternal && strings.HasPrefix(strings.ToLower(to.URL), "javascript") {
				t.Errorf("link to %q", to.URL)
			}
		}
	})
}

var ruleUse = regexp.MustCompile(`(?:diag\.(?:Info|Warning|Error), |lose\()"([a-z-]+)"`)
