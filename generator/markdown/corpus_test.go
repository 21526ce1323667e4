package markdown

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"golang.org/x/net/html"
)

// rawSyntax are marks of the dialect that no reader should see.
var rawSyntax = map[string]*regexp.Regexp{
	"admonition":   regexp.MustCompile(`(?m)^\s*(?:!!!|\?\?\?\+?)[ ]?[\w"]`),
	"tab":          regexp.MustCompile(`(?m)^\s*===[+!]* "`),
	"snippet":      regexp.MustCompile(`-8<-`),
	"attributes":   regexp.MustCompile(`\{:|(?:^|[^{])\{ ?[.#][\w-]+[^}]*\}`),
	"icon":         regexp.MustCompile(`:(?:material|octicons|fontawesome|simple)-[\w-]+:`),
	"keys":         regexp.MustCompile(`\+\+\w+(?:\+\w+)*\+\+`),
	"mark":         regexp.MustCompile(`(?:^|\s)==[^=\s][^=]*==(?:\s|$)|\^\^\w+\^\^`),
	"abbreviation": regexp.MustCompile(`(?m)^\*\[\w+\]:`),
	"contents":     regexp.MustCompile(`\[TOC\]`),
	"edit":         regexp.MustCompile(`\{(?:\+\+|--|~~|==|>>)`),
	"fence":        regexp.MustCompile("(?m)^\\s*(?:```|~~~)"),
	"alert":        regexp.MustCompile(`\[!(?:NOTE|TIP|WARNING|IMPORTANT|CAUTION)\]`),
	"math":         regexp.MustCompile(`\$\$|\\\(`),
	"markdown":     regexp.MustCompile(`<[^>]* markdown[ >="]`),
}

// wantRaw are the marks that pages of the corpus show because their authors
// wrote something else than the construct, with the reason.
var wantRaw = map[string]string{
	"docs/squidfunk__mkdocs-material/docs/reference/icons-emojis.md icon": "an icon inside raw HTML, which is no Markdown",
}

// visible writes the text of a page outside of code.
func visible(n *html.Node, b *strings.Builder) {
	if n.Type == html.ElementNode {
		switch n.Data {
		case "code", "pre", "svg":
			return
		case "p", "li", "td", "br", "div", "h1", "h2", "h3":
			b.WriteString("\n")
		}
	}
	if n.Type == html.TextNode {
		b.WriteString(n.Data)
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		visible(c, b)
	}
}

func TestCorpusHasNoRawSyntax(t *testing.T) {
	e := New(Options{})
	pages := corpus(t)
	for _, p := range pages {
		doc := e.Render(p.input())
		tree, err := html.Parse(strings.NewReader(string(doc.HTML)))
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		visible(tree, &b)
		text := b.String()
		for name, re := range rawSyntax {
			for _, m := range re.FindAllStringIndex(text, -1) {
				if wantRaw[p.path+" "+name] == "" {
					t.Errorf("%s shows %s: %q", p.path, name, text[max(0, m[0]-40):min(len(text), m[1]+40)])
				}
			}
		}
	}
	t.Logf("%d pages", len(pages))
}

// With the dialect off, our parser gives the same HTML as goldmark's own, which
// passes CommonMark's and GitHub's suites. Every real page is a case.
func TestCommonMarkIsGoldmarks(t *testing.T) {
	e := New(Options{})
	md := goldmark.New(goldmark.WithExtensions(extension.GFM, extension.Footnote, extension.DefinitionList))
	sources := shapesSmall()
	for _, p := range corpus(t) {
		sources[p.path] = string(p.source)
	}
	for name, s := range sources {
		src := []byte(s)
		var want, got bytes.Buffer
		if err := md.Convert(src, &want); err != nil {
			t.Fatal(err)
		}
		pc := parser.NewContext()
		pc.Set(stateKey, newState(&Extensions{CommonMark: true}))
		tree := e.parser.Parse(text.NewReader(src), parser.WithContext(pc))
		if err := md.Renderer().Render(&got, src, tree); err != nil {
			t.Fatal(err)
		}
		if want.String() != got.String() {
			i := 0
			for i < want.Len() && i < got.Len() && want.Bytes()[i] == got.Bytes()[i] {
				i++
			}
			t.Errorf("%s differs\ngot  %q\nwant %q", name, cutAt(got.String(), i), cutAt(want.String(), i))
		}
	}
	t.Logf("%d sources", len(sources))
}

func cutAt(s string, i int) string { return s[max(0, i-80):min(len(s), i+120)] }

// shapesSmall are the shapes at a size that no limit forbids, and examples of
// the CommonMark and GitHub specifications in our own words.
func shapesSmall() map[string]string {
	out := map[string]string{}
	for name, s := range shapes() {
		if len(s) > 120 {
			s = strings.ToValidUTF8(s[:120], "")
		}
		out["shape "+name] = s
	}
	for _, s := range []string{
		"\tcode\n", "  - foo\n\n\tbar\n", "- foo\n\n\t\tbar\n", ">\t\tfoo\n", "-\t\tfoo\n", "- `one\n- two`\n", "***\n---\n___\n", "+++\n", "Foo\n***\nbar\n",
		"# foo\n## foo\n####### foo\n", "#5 bolt\n\n#hashtag\n", "\\## foo\n", "### foo ###     \n", "Foo *bar*\n=========\n", "Foo\n    bar\n===\n", "- Foo\n---\n",
		"    a simple\n      indented\n", "```\naaa\n~~~\n```\n", "````\naaa\n```\n``````\n", "```\n\n  \n```\n", "   ```\n   aaa\n    aaa\n  aaa\n   ```\n",
		"<table><tr><td>\n<pre>\n**Hello**,\n\n_world_.\n</pre>\n</td></tr></table>\n", "<div>\n*hello*\n         <foo><a>\n", "</div>\n*foo*\n", "<!-- Foo\n\nbar -->\nokay\n",
		"[foo]: /url \"title\"\n\n[foo]\n", "[foo]:\n\n[foo]\n", "[FOO]: /url\n\n[Foo]\n", "Foo\n[bar]: /baz\n\n[bar]\n", "[foo]: <bar>(baz)\n\n[foo]\n",
		"> # Foo\n> bar\n> baz\n", "> bar\nbaz\n> foo\n", "> - foo\n- bar\n", ">     foo\n    bar\n", "> foo\n---\n", ">\n> foo\n>\n",
		"- one\n\n two\n", "- one\n\n  two\n", " -    one\n\n     two\n", "-one\n\n2.two\n", "1.  A paragraph\n    with two lines.\n\n        indented code\n\n    > A quote.\n",
		"123456789. ok\n\n1234567890. not ok\n", "-\n  foo\n-\n  ```\n  bar\n  ```\n", "- foo\n-\n- bar\n", "* a\n *\n* b\n", "- foo\n  - bar\n    - baz\n      - boo\n", "10) foo\n    - bar\n",
		"- - foo\n", "1. - 2. foo\n", "- foo\n- bar\n+ baz\n", "The number\n14.  x\n", "- a\n - b\n  - c\n   - d\n    - e\n", "1. a\n\n  2. b\n\n    3. c\n", "- a\n- ```\n  b\n\n\n  ```\n- c\n",
		"* foo\n  * bar\n\n  baz\n", "*foo*bar*baz*\n", "**foo bar **\n", "foo__bar__\n", "*(**foo**)*\n", "***foo***\n", "**foo*bar**\n", "_foo_bar_baz_\n", "*foo [bar](/url)*\n",
		"[link](/uri \"title\")\n", "[link](</my uri>)\n", "[link](foo\\)\\:)\n", "[link [foo [bar]]](/uri)\n", "[foo *bar](baz*)\n", "![foo](/url \"title\")\n", "![foo *bar*]\n\n[foo *bar*]: t.jpg\n",
		"<http://foo.bar.baz>\n", "<made-up-scheme://foo,bar>\n", "<a><bab><c2c>\n", "foo <!-- this is -- not a comment -->\n", "foo  \nbaz\nfoo\\\nbaz\n", "&nbsp; &amp; &copy; &#35; &#0; &x;\n",
		"| abc | def |\n| --- | :-: |\n| bar | baz |\n> bar\n", "| a |\n| --- |\n| b `\\|` az |\n", "- [ ] foo\n- [x] bar\n", "~~Hi~~ ~there~ ~~~x~~~\n", "www.commonmark.org/a.b. (www.google.com)\n",
	} {
		out["example "+s] = s
	}
	return out
}

// shapesBelowLimits are the shapes, and those with a line that is too long once
// more with the longest line that is not.
func shapesBelowLimits() map[string]string {
	out := shapes()
	for name, s := range shapes() {
		if i := strings.IndexByte(s, '\n'); len(s) > maxLine && (i < 0 || i > maxLine) {
			out[name+", cut"] = strings.ToValidUTF8(s[:maxLine-10], "")
		}
	}
	return out
}

// Pages that make parsers slow end by themselves, inside the rules, and what
// goes too far is named. BenchmarkShapes says how long the slowest one takes.
func TestShapes(t *testing.T) {
	e := New(Options{})
	limited := 0
	for name, s := range shapesBelowLimits() {
		doc := e.Render(Input{Source: []byte(s)})
		for _, f := range pageFaults(string(doc.HTML)) {
			t.Errorf("%s: %s", name, f)
		}
		for _, p := range doc.Problems {
			switch p.Rule {
			case "markdown-limit":
				limited++
				t.Logf("%s: %s", name, p.Message)
			case "markdown-failed":
				t.Errorf("%s: %v", name, p)
			}
		}
	}
	t.Logf("%d of %d shapes go beyond a limit", limited, len(shapesBelowLimits()))
}
