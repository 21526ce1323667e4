package markdown

import (
	"fmt"
	"strings"
	"sync"
	"testing"
)

// The wants are what Python gives: markdown.extensions.toc and pymdownx.slugs.
func TestSlug(t *testing.T) {
	for _, tt := range []struct {
		style      SlugStyle
		text, want string
	}{
		{SlugPython, "Hello, World!", "hello-world"},
		{SlugPython, "  A  --  b_c ", "a-b_c"},
		{SlugPython, "Über Größe", "uber-groe"},
		{SlugPython, "日本語", ""},
		{SlugPython, "½ cup – x", "12-cup-x"},
		{SlugPython, "v1.2.3 & more", "v123-more"},
		{SlugPython, "-", "-"},
		{SlugPythonUnicode, "日本 語", "日本-語"},
		{SlugUnicode, "Über  Größe!", "über--größe"},
		{SlugUnicode, "A & B", "a--b"},
		{SlugUnicodeCase, "Über Uns", "Über-Uns"},
		{SlugGitHub, "Foo: Bar - Baz", "foo-bar---baz"},
	} {
		if got := tt.style.slug(tt.text); got != tt.want {
			t.Errorf("style %d: slug(%q) = %q, want %q", tt.style, tt.text, got, tt.want)
		}
	}
}

func TestUniqueIDs(t *testing.T) {
	for _, tt := range []struct {
		style    SlugStyle
		in, want string
	}{
		{SlugPython, "a a a a_1", "a a_1 a_2 a_3"},
		{SlugPython, "a_1 a a a", "a_1 a a_2 a_3"},
		{SlugPython, "a_9 a_9", "a_9 a_10"},
		{SlugGitHub, "a a a a-1", "a a-1 a-2 a-1-1"},
	} {
		var ids idSet
		var got []string
		for _, id := range strings.Fields(tt.in) {
			got = append(got, ids.unique(id, tt.style))
		}
		if s := strings.Join(got, " "); s != tt.want {
			t.Errorf("ids of %q are %q, want %q", tt.in, s, tt.want)
		}
	}
	var ids idSet
	if a, b := ids.unique("", SlugPython), ids.unique("", SlugPython); a != "_1" || b != "_2" {
		t.Errorf("ids without text are %q and %q, want _1 and _2", a, b)
	}
}

func TestClassify(t *testing.T) {
	for _, tt := range []struct {
		target string
		kind   linkKind
		clean  string
	}{
		{"a/b.md", linkLocal, "a/b.md"},
		{"../x?y=a:b", linkLocal, "../x?y=a:b"},
		{"./a:b", linkLocal, "./a:b"},
		{"#x:y", linkFragment, "#x:y"},
		{"", linkLocal, ""},
		{"https://x.example/", linkExternal, "https://x.example/"},
		{"HTTP:\\\\x.example", linkExternal, "http://x.example"},
		{"//x.example/y", linkExternal, "https://x.example/y"},
		{`\\x.example`, linkExternal, "https://x.example"},
		{"/\t/x.example", linkExternal, "https://x.example"},
		{"mailto:a@b.example", linkExternal, "mailto:a@b.example"},
		{"javascript:alert(1)", linkUnsafe, "javascript:alert(1)"},
		{" java\nscript:alert(1)", linkUnsafe, "javascript:alert(1)"},
		{"\x01javascript:x", linkUnsafe, "javascript:x"},
		{"javascript%3Aalert(1)", linkUnsafe, "javascript%3Aalert(1)"},
		{"%09javascript:x", linkUnsafe, "%09javascript:x"},
		{"jar:https://x", linkUnsafe, "jar:https://x"},
		{"file:///etc/passwd", linkUnsafe, "file:///etc/passwd"},
		{"data:image/png;base64,AAAA", linkPicture, "data:image/png;base64,AAAA"},
		{"data:image/svg+xml;base64,AAAA", linkUnsafe, "data:image/svg+xml;base64,AAAA"},
		{"data:text/html,x", linkUnsafe, "data:text/html,x"},
	} {
		kind, clean := classify(tt.target)
		if kind != tt.kind || clean != tt.clean {
			t.Errorf("classify(%q) = %d, %q, want %d, %q", tt.target, kind, clean, tt.kind, tt.clean)
		}
	}
}

func TestAttributes(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{`{: #id .a .b k="v w" l='x' m=y word }`, `9.id [a b] [[k v w] [l x] [m y] [word word]]`},
		{`{ .md-button }`, `14. [md-button] []`},
		{`{.a}`, `4. [a] []`},
		{`{id}`, `none`},
		{`{{ x }}`, `none`},
		{`{% x %}`, `none`},
		{`{ data-x }`, `10. [] [[data-x data-x]]`},
		{`{"a": .b}`, `none`},
		{`{}`, `none`},
		{`{ }`, `none`},
		{`{:}`, `none`},
		{`{ .a`, `none`},
	} {
		got := "none"
		if a, n := matchAttrs([]byte(tt.in)); a != nil {
			got = fmt.Sprintf("%d.%s %v %v", n, a.id, a.classes, a.pairs)
			if strings.HasPrefix(tt.want, "9.") {
				got = "9" + got[strings.IndexByte(got, '.'):]
			}
		}
		if got != tt.want {
			t.Errorf("matchAttrs(%q) = %s, want %s", tt.in, got, tt.want)
		}
	}
}

func TestConforms(t *testing.T) {
	for s, want := range map[string]bool{
		`<p>x</p>`:                         true,
		`<p class="a b" id="x">x<br>y</p>`: true,
		`<a href="https://x/" rel="noopener noreferrer nofollow ugc">x</a>`: true,
		`<a href="a/b?c:d">x</a>`:             true,
		`<img src="a.png" alt="&lt;">`:        true,
		`text &lt; text`:                      true,
		`<p>x`:                                false,
		`x</p>`:                               false,
		`<b><i>x</b></i>`:                     false,
		`<script>x</script>`:                  false,
		`<p onclick="x">x</p>`:                false,
		`<p style="x">x</p>`:                  false,
		`<p class='x'>x</p>`:                  false,
		`<P>x</P>`:                            false,
		`<p class="a" class="b">x</p>`:        false,
		`<a href="javascript:x">x</a>`:        false,
		`<a href="javascript&#58;x">x</a>`:    false,
		`<a href="//x.example">x</a>`:         false,
		`<img src="https://x.example/a.png">`: false,
		`<input type="radio">`:                false,
		`<!-- x -->`:                          false,
		`<p id="a b">x</p>`:                   false,
		`<p`:                                  false,
		`a < b`:                               false,
	} {
		if got := conforms([]byte(s)); got != want {
			t.Errorf("conforms(%q) = %t, want %t", s, got, want)
		}
	}
}

// What conforms is what bluemonday leaves alone, so that publishing it as it
// is, is the same as sanitising it.
func TestConformingIsSanitised(t *testing.T) {
	e := New(Options{})
	for _, p := range corpus(t)[:400] {
		in := p.input()
		html := rendered(t, e, &in)
		if !conforms(html) {
			t.Errorf("%s: what was rendered does not conform", p.path)
			continue
		}
		if got := string(e.policy.SanitizeBytes(html)); got != string(html) {
			i := 0
			for i < len(got) && i < len(html) && got[i] == html[i] {
				i++
			}
			t.Errorf("%s: bluemonday changes\n%q\nto\n%q", p.path, cutAt(string(html), i), cutAt(got, i))
		}
	}
}

// rendered returns what the renderer wrote, before the sanitiser.
func rendered(t testing.TB, e *Engine, in *Input) []byte {
	t.Helper()
	var seen []byte
	p := e.newPage(in, false)
	p.run()
	seen = p.buf
	return seen
}

type countingCache struct {
	memory
	gets, hits, puts int
}

func (c *countingCache) Get(key string) ([]byte, bool) {
	v, ok := c.memory.Get(key)
	c.gets++
	if ok {
		c.hits++
	}
	return v, ok
}

func (c *countingCache) Put(key string, v []byte) { c.puts++; c.memory.Put(key, v) }

func TestCodeIsHighlightedOnce(t *testing.T) {
	c := &countingCache{memory: memory{values: map[string][]byte{}}}
	src := "```go\nx := 1\n```\n\n```go\nx := 1\n```\n\n```go title=\"t\"\nx := 1\n```\n\n```js\nx := 1\n```\n"
	first := New(Options{Cache: c}).Render(Input{Source: []byte(src)})
	if c.puts != 3 || c.hits != 1 {
		t.Errorf("%d blocks highlighted and %d found, want 3 and 1", c.puts, c.hits)
	}
	second := New(Options{Cache: c}).Render(Input{Source: []byte(src)})
	if c.puts != 3 || c.hits != 5 || first.HTML != second.HTML {
		t.Errorf("with a warm cache: %d highlighted, %d found, equal %t; want 3, 5, true", c.puts, c.hits, first.HTML == second.HTML)
	}
}

func TestText(t *testing.T) {
	e := New(Options{})
	for in, want := range map[string]string{
		"Plain *text* with `code`.":                  "<p>Plain <em>text</em> with <code>code</code>.</p>\n",
		"# Heading\n\nText":                          "<p><strong>Heading</strong></p>\n<p>Text</p>\n",
		"[out](https://x.example) [in](a.md)":        `<p><a href="https://x.example"` + externalRel + `>out</a> <span>in</span></p>` + "\n",
		"![p](a.png) <script>x</script><b>b</b>":     "<p><span>p</span> <b>b</b></p>\n",
		"a\n\n```mermaid\nx\n```":                    "<p>a</p>\n<pre><code>x\n</code></pre>\n",
		"x[^1]\n\n[^1]: note":                        "<p>x<sup>1</sup></p>\n",
		"=== \"A\"\n    b":                           "<p><strong>A</strong></p>\n<p>b</p>\n",
		"<b id='x'>y</b>":                            "<p><b>y</b></p>\n",
		"[TOC]":                                      "<p>[TOC]</p>\n",
		"<a id='x' href='javascript:x'>y</a> &lt;b>": `<p><span class="broken" title="Pages may not link to javascript:x">y</span> &lt;b&gt;</p>` + "\n",
	} {
		if got := string(e.Text(in)); got != want {
			t.Errorf("Text(%q)\ngot  %q\nwant %q", in, got, want)
		}
	}
}

func TestTitles(t *testing.T) {
	e := New(Options{})
	for in, want := range map[string]string{
		"# A\n\n# B":  `"A" true`,
		"text\n\n# A": `"A" true`,
		"## A\n\n# B": `"B" false`,
		"text":        `"" false`,
		"<div align=\"center\">\n<h1>A <img src=x.png alt=y> &amp; <b>B</b></h1>\n</div>\n\n# C": `"A & B" true`,
		"## A\n\n<h1>B</h1>": `"" false`,
	} {
		d := e.Render(Input{Source: []byte(in)})
		if got := fmt.Sprintf("%q %t", d.Title, d.HasH1); got != want {
			t.Errorf("title of %q is %s, want %s", in, got, want)
		}
	}
}

func TestCode(t *testing.T) {
	e := New(Options{})
	got := string(e.Code([]byte("a: <1> # \"c\"\n"), "yaml"))
	want := `<div class="cb"><header><span>yaml</span><button class="copy js-only" type="button" data-copy>Copy</button></header><pre tabindex="0"><code>` +
		`<span class="l"><span class="k1">a</span>: <span class="k3">&lt;1&gt; </span><span class="k0"># &#34;c&#34;</span>` + "\n</span></code></pre></div>"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestFirstLine(t *testing.T) {
	d := New(Options{}).Render(Input{Source: []byte("x\n\n[a](javascript:b)"), FirstLine: 5})
	if len(d.Links) != 1 || d.Links[0].Line != 7 || len(d.Problems) != 1 || d.Problems[0].Line != 7 {
		t.Errorf("links %+v problems %+v, want line 7", d.Links, d.Problems)
	}
}

func TestExtensionsOf(t *testing.T) {
	option := func(extension, key string) string {
		return map[string]string{
			"toc slugify": "!!python/object/apply:pymdownx.slugs.slugify {kwds: {case: lower}}", "pymdownx.highlight linenums": "true",
			"pymdownx.snippets auto_append": "includes/abbr.md",
		}[extension+" "+key]
	}
	got := fmt.Sprintf("%+v", ExtensionsOf([]string{"toc", "markdown.extensions.nl2br", "pymdownx.highlight", "pymdownx.snippets", "admonition", "smarty"}, option))
	want := fmt.Sprintf("%+v", Extensions{Slug: SlugUnicode, HardBreaks: true, LineNumbers: true, Append: []string{"includes/abbr.md"}, Smarty: true})
	if got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := ExtensionsOf([]string{"techdocs-core"}, nil); !got.SmartSymbols {
		t.Errorf("techdocs-core gives %+v", got)
	}
}

func TestShorthand(t *testing.T) {
	e := New(Options{})
	ext := ExtensionsOf([]string{"pymdownx.magiclink"}, func(_, key string) string {
		return map[string]string{"repo_url_shorthand": "true", "user": "acme", "repo": "shop"}[key]
	})
	if ext.Repo != "https://github.com/acme/shop" {
		t.Fatalf("repo %q", ext.Repo)
	}
	d := e.Render(Input{Source: []byte("See #12, @ann-b. a#1 #x #1a @ m@x.example `#3` [#4](x.md) (#5)"), Extensions: ext})
	got := ""
	for _, l := range d.Links {
		got += l.Target + " "
	}
	want := "https://github.com/acme/shop/issues/12 https://github.com/ann-b mailto:m@x.example x.md https://github.com/acme/shop/issues/5 "
	if got != want {
		t.Errorf("links %q, want %q in %s", got, want, d.HTML)
	}
	if d := e.Render(Input{Source: []byte("See #12 and @ann")}); len(d.Links) != 0 {
		t.Errorf("without a repo: %+v", d.Links)
	}
}

func TestAppendLeavesTheSourceAlone(t *testing.T) {
	backing := []byte("text *[X]: y and more that must stay")
	src := backing[:4]
	d := New(Options{}).Render(Input{Source: src, Extensions: Extensions{Append: []string{"a.md"}},
		Snippet: func(string) ([]byte, bool) { return []byte("*[text]: words"), true }})
	if want := `<p><abbr title="words">text</abbr></p>` + "\n"; string(d.HTML) != want {
		t.Errorf("got %q, want %q", d.HTML, want)
	}
	if string(backing) != "text *[X]: y and more that must stay" {
		t.Errorf("the source became %q", backing)
	}
}

// One engine serves many goroutines, and the same input gives the same bytes.
func TestManyGoroutines(t *testing.T) {
	e := New(Options{})
	src := []byte("# A\n\n!!! note\n    *x* :smile: $x$\n\n```go\nfunc f() {}\n```\n\nx[^1]\n\n[^1]: y\n")
	want := e.Render(Input{Source: src}).HTML
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 20 {
				if got := e.Render(Input{Source: src}).HTML; got != want {
					t.Errorf("got %q, want %q", got, want)
					return
				}
			}
		})
	}
	wg.Wait()
}

func TestRules(t *testing.T) {
	known := map[string]bool{}
	for _, r := range Rules() {
		if r.ID == "" || r.Title == "" || r.Why == "" || r.Fix == "" || known[r.ID] {
			t.Errorf("incomplete or double rule %+v", r)
		}
		known[r.ID] = true
	}
	e := New(Options{})
	for name, s := range shapes() {
		for _, p := range e.Render(Input{Source: []byte(s)}).Problems {
			if !known[p.Rule] {
				t.Errorf("%s: rule %q is not documented", name, p.Rule)
			}
		}
	}
}

func FuzzRender(f *testing.F) {
	for _, s := range []string{"# x", "!!! note \"a\"\n    b", "=== \"a\"\n    b", "<div markdown>\n*x*\n</div>", "| a |\n|-|\n| b |\n{: .c }", "- a\n    - b\n\n      c",
		"`#!go x` ++a+b++ {++x++} $x$ :smile: ^a^ ~b~ ==c==", "> [!NOTE]\n> x", "$$\nx\n$$", "[^1]\n\n[^1]: x", "a\n: b", "*[a]: b\n\na", "```py hl_lines=\"1\"\n# (1)!\n```\n\n1. x",
		"/// note | t\nx\n///", "[a](javascript:b) ![c](d)", "<b><i>x</b></p>", "--8<-- \"x\"", "[TOC]\n\n# a {#b}"} {
		f.Add(s)
	}
	e := New(Options{})
	f.Fuzz(func(t *testing.T, s string) {
		in := Input{Source: []byte(s), Resolve: func(target string, _ bool) (string, bool) { return target, !strings.Contains(target, "no") }}
		doc := e.Render(in)
		for _, p := range doc.Problems {
			if p.Rule == "markdown-failed" {
				t.Fatalf("input %q: %v", s, p)
			}
		}
		if faults := pageFaults(string(doc.HTML)); len(faults) > 0 {
			t.Fatalf("input %q\ngot %s\nfaults %q", s, doc.HTML, faults)
		}
		if len(doc.Problems) == 0 {
			html := rendered(t, e, &in)
			if !conforms(html) {
				t.Fatalf("input %q\nrendered %s\ndoes not conform", s, html)
			}
			if again := e.policy.SanitizeBytes(html); string(again) != string(html) {
				t.Fatalf("input %q\nrendered %s\nbluemonday makes it %s", s, html, again)
			}
		}
		if again := e.Render(in); again.HTML != doc.HTML {
			t.Fatalf("input %q gives two results", s)
		}
	})
}

// What draws diagrams is asked for each one; what it does not draw is shown as
// its source, with a word about it.
func TestDiagrams(t *testing.T) {
	e := New(Options{Diagram: func(kind, source string) (string, bool) {
		return "<svg><text>" + kind + "</text></svg>", strings.HasPrefix(source, "graph")
	}})
	doc := e.Render(Input{Source: []byte("```mermaid\ngraph LR\n```\n\n```mermaid\npie <b>\n```\n"), Path: "a.md", FirstLine: 1})
	got := string(doc.HTML)
	for _, want := range []string{`<div class="drawing" tabindex="0" role="group" aria-label="Diagram"><svg><text>mermaid</text></svg></div>`, `<pre class="mermaid" tabindex="0">pie &lt;b&gt;`, `<p class="undrawn">`} {
		if !strings.Contains(got, want) {
			t.Errorf("got %s\nwant in it %s", got, want)
		}
	}
	if strings.Count(got, "undrawn") != 1 || !doc.HasDiagram {
		t.Errorf("got %s", got)
	}
}
