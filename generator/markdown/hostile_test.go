package markdown

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/net/html"
)

// neverElements may not be on a page, whatever an author writes.
var neverElements = map[string]bool{
	"script": true, "iframe": true, "frame": true, "frameset": true, "object": true, "embed": true, "applet": true, "base": true, "portal": true,
	"fencedframe": true, "plaintext": true, "xmp": true, "animate": true, "animatetransform": true, "animatemotion": true, "set": true,
	"foreignobject": true, "handler": true, "meta": true, "link": true, "style": true, "form": true, "template": true, "use": true, "image": true,
	"feimage": true, "textarea": true, "select": true, "video": true, "audio": true, "dialog": true, "noscript": true, "slot": true,
}

// pageFaults returns what is wrong with the HTML of a document: the rules for
// published pages, and that nothing in it reaches out of the element that the
// theme puts it in.
func pageFaults(fragment string) []string {
	const before = `<!doctype html><html><head><title>t</title></head><body><header id="frame-header"></header><main id="main"><article id="frame-box">`
	const after = `</article><aside id="frame-toc"></aside></main><footer id="frame-footer"></footer></body></html>`
	var faults []string
	fault := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	doc, err := html.Parse(strings.NewReader(before + fragment + after))
	if err != nil {
		return []string{err.Error()}
	}
	ids := map[string]bool{}
	paths := map[string]string{}
	var walk func(n *html.Node, path string, inside bool)
	walk = func(n *html.Node, path string, inside bool) {
		if n.Type == html.CommentNode && inside {
			fault("comment %q", n.Data)
		}
		if n.Type == html.TextNode && inside {
			checkText(fault, "text", n.Data)
		}
		if n.Type == html.ElementNode {
			path += "/" + n.Data
			external := false
			for _, a := range n.Attr {
				if a.Key == "href" && (strings.HasPrefix(a.Val, "http://") || strings.HasPrefix(a.Val, "https://") || strings.HasPrefix(a.Val, "mailto:")) {
					external = true
				}
				if a.Key == "id" {
					if ids[a.Val] {
						fault("id %q twice", a.Val)
					}
					ids[a.Val] = true
					if strings.HasPrefix(a.Val, "frame-") || a.Val == "main" {
						if _, ok := paths[a.Val]; !ok {
							paths[a.Val] = path
						}
					}
				}
			}
			if inside {
				if neverElements[n.Data] {
					fault("element %s", n.Data)
				}
				checkAttributes(fault, n, external)
			}
			for _, a := range n.Attr {
				if a.Key == "id" && a.Val == "frame-box" {
					inside = true
				}
			}
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c, path, inside)
		}
	}
	walk(doc, "", false)
	var main func(n *html.Node)
	main = func(n *html.Node) {
		if n.Type == html.ElementNode && (n.Data == "main" || n.Data == "body") {
			names := ""
			for c := n.FirstChild; c != nil; c = c.NextSibling {
				names += " " + c.Data
			}
			if names != " article aside" && names != " header main footer" {
				fault("%s holds%s", n.Data, names)
			}
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			main(c)
		}
	}
	main(doc)
	for id, want := range map[string]string{
		"frame-header": "/html/body/header", "main": "/html/body/main", "frame-box": "/html/body/main/article",
		"frame-toc": "/html/body/main/aside", "frame-footer": "/html/body/footer",
	} {
		if paths[id] != want {
			fault("%s is at %q, want %q", id, paths[id], want)
		}
	}
	return faults
}

func checkText(fault func(string, ...any), where, s string) {
	if !utf8.ValidString(s) {
		fault("%s: invalid UTF-8", where)
	}
	for _, r := range s {
		if unwelcome(r) {
			fault("%s: character %U", where, r)
			return
		}
	}
}

func checkAttributes(fault func(string, ...any), n *html.Node, external bool) {
	rel := ""
	for _, a := range n.Attr {
		key := strings.ToLower(a.Key)
		checkText(fault, key, a.Val)
		switch {
		case strings.HasPrefix(key, "on"), key == "style", key == "srcdoc", key == "formaction", key == "ping", key == "is", key == "background",
			key == "attributionsrc", key == "http-equiv", key == "action", key == "xlink:href", key == "data", key == "poster", key == "target":
			fault("attribute %s on %s", key, n.Data)
		case key == "rel":
			rel = a.Val
		case key == "href":
			if !schemeAllowed(a.Val) {
				fault("href %q", a.Val)
			}
		case key == "src":
			if k, _ := classify(a.Val); k != linkLocal && k != linkPicture {
				fault("src %q", a.Val)
			}
		case key == "srcset":
			for _, c := range strings.Split(a.Val, ",") {
				if k, _ := classify(strings.Fields(c + " x")[0]); k != linkLocal {
					fault("srcset %q", a.Val)
				}
			}
		case key == "class":
			for _, c := range strings.Fields(a.Val) {
				if c == "bar" || c == "nav" || c == "find" || c == "foot" || c == "wrap" {
					fault("class of the portal: %q", a.Val)
				}
			}
		}
	}
	if external && rel != "noopener noreferrer nofollow ugc" {
		fault("external link with rel %q", rel)
	}
}

// schemeAllowed reads a URL as a browser does. It does not use classify.
func schemeAllowed(v string) bool {
	v = strings.Map(func(r rune) rune {
		if r == '\t' || r == '\n' || r == '\r' {
			return -1
		}
		return r
	}, v)
	v = strings.TrimLeft(v, " \x00\x01\x02\x03\x04\x05\x06\x07\x08\x0b\x0c\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f")
	v = strings.ReplaceAll(v, `\`, "/")
	if strings.HasPrefix(v, "//") {
		return false // would leave the site without the marks of an external link
	}
	head, _, _ := strings.Cut(v, "/")
	head, _, _ = strings.Cut(head, "?")
	head, _, _ = strings.Cut(head, "#")
	scheme, _, found := strings.Cut(head, ":")
	if !found {
		if u, err := url.PathUnescape(head); err == nil && strings.Contains(strings.ToLower(u), "script:") {
			return false
		}
		return true
	}
	switch strings.ToLower(scheme) {
	case "http", "https", "mailto":
		return true
	}
	return false
}

type payload struct{ ID, Kind, Payload string }

func payloads(t testing.TB) []payload {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(shared(t, "hostile/xss"), "*.jsonl"))
	if err != nil || len(files) == 0 {
		t.Fatal("no payloads", err)
	}
	var out []payload
	for _, f := range files {
		r, err := os.Open(f)
		if err != nil {
			t.Fatal(err)
		}
		s := bufio.NewScanner(r)
		s.Buffer(nil, 16<<20)
		for s.Scan() {
			var p payload
			if err := json.Unmarshal(s.Bytes(), &p); err != nil {
				t.Fatal(f, err)
			}
			out = append(out, p)
		}
		_ = r.Close()
	}
	return out
}

// Every payload is put where an author could write it. None may break the
// rules for pages.
func TestHostilePayloads(t *testing.T) {
	e := New(Options{})
	count := 0
	for _, p := range payloads(t) {
		var sources []string
		switch p.Kind {
		case "html", "markdown", "text":
			sources = []string{
				p.Payload, "text " + p.Payload + " text\n\nmore", "- item\n\n    " + p.Payload + "\n", "!!! note \"" + p.Payload + "\"\n    " + p.Payload,
				"=== \"" + p.Payload + "\"\n    x", "<div markdown>\n" + p.Payload + "\n</div>", "# " + p.Payload, "| a |\n|---|\n| " + p.Payload + " |",
				"<details>\n<summary>" + p.Payload + "</summary>\n\n" + p.Payload, "```" + p.Payload + "\n" + p.Payload + "\n```", "*[HTML]: " + p.Payload + "\n\nHTML",
				"text{ " + p.Payload + " }", "**text**{: " + p.Payload + " }", "$" + p.Payload + "$", ":" + p.Payload + ":", "x[^1]\n\n[^1]: " + p.Payload,
			}
		case "url":
			sources = []string{
				"[x](" + p.Payload + ")", "[x](<" + p.Payload + ">)", "![x](" + p.Payload + ")", "<" + p.Payload + ">", p.Payload,
				"[x]\n\n[x]: " + p.Payload, `<a href="` + p.Payload + `">x</a>`, "<a href=" + p.Payload + ">x</a>", `<img src="` + p.Payload + `">`,
				`<picture><source srcset="` + p.Payload + ` 2x"></picture>`, `<iframe src="` + p.Payload + `"></iframe>`, "[x](y){: href=\"" + p.Payload + "\" }",
			}
		}
		for _, src := range sources {
			doc := e.Render(Input{Source: []byte(src), Resolve: func(target string, _ bool) (string, bool) { return target, len(target)%7 > 0 }})
			count++
			for _, f := range pageFaults(string(doc.HTML)) {
				t.Errorf("%s\ninput %q\ngot   %s\nfault %s", p.ID, src, doc.HTML, f)
			}
			for _, f := range pageFaults(string(e.Text(src))) {
				t.Errorf("%s as description\ninput %q\ngot   %s\nfault %s", p.ID, src, e.Text(src), f)
			}
		}
	}
	t.Logf("%d pages", count)
}

// Strings that break layout and encodings are text like any other.
func TestNaughtyStrings(t *testing.T) {
	b, err := os.ReadFile(filepath.Join(shared(t, "hostile/text"), "naughty-strings.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	e := New(Options{})
	for _, line := range strings.Split(strings.TrimSpace(string(b)), "\n") {
		var p payload
		if err := json.Unmarshal([]byte(line), &p); err != nil {
			var s string
			if err := json.Unmarshal([]byte(line), &s); err != nil {
				t.Fatal(err)
			}
			p.Payload = s
		}
		for _, src := range []string{p.Payload, "# " + p.Payload, "!!! note \"" + p.Payload + "\"\n    x", "```\n" + p.Payload + "\n```"} {
			doc := e.Render(Input{Source: []byte(src)})
			for _, f := range pageFaults(string(doc.HTML)) {
				t.Errorf("input %q\ngot %s\nfault %s", src, doc.HTML, f)
			}
			for _, s := range []string{doc.Title, doc.Lead} {
				checkText(t.Errorf, "title or lead", s)
			}
		}
	}
}

// No project that is made to hurt breaks a page.
func TestHostileProjects(t *testing.T) {
	e := New(Options{})
	count := 0
	err := filepath.WalkDir(shared(t, "hostile/mkdocs"), func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".md") {
			return err
		}
		src, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		count++
		doc := e.Render(Input{Source: src, Path: path, Snippet: func(string) ([]byte, bool) { return nil, false }})
		for _, f := range pageFaults(string(doc.HTML)) {
			t.Errorf("%s: %s", path, f)
		}
		if strings.Contains(string(doc.HTML), "CANARY") {
			t.Errorf("%s: a canary is on the page", path)
		}
		return nil
	})
	if err != nil || count == 0 {
		t.Fatal(count, err)
	}
}

// The same rules hold for all real pages.
func TestCorpusRules(t *testing.T) {
	e := New(Options{})
	for _, p := range corpus(t) {
		doc := e.Render(p.input())
		for _, f := range pageFaults(string(doc.HTML)) {
			t.Errorf("%s: %s", p.path, f)
		}
		for _, q := range doc.Problems {
			if q.Rule == "markdown-limit" || q.Rule == "markdown-failed" {
				t.Errorf("%s: %v", p.path, q)
			}
		}
	}
}

// The judge itself must see what it judges.
func TestPageFaults(t *testing.T) {
	for _, bad := range []string{
		"<script>x</script>", `<a href="javascript:x">`, `<a href="jav&#x09;ascript:x">x</a>`, `<p onclick="x">`, `<p style="x">`, "</article>x", "</main><p>x",
		`<img src="https://evil.example/x.png">`, `<a href="https://evil.example/">x</a>`, `<p id="a"></p><p id="a"></p>`, `<p id="main">x</p>`, "<plaintext>",
		"<p>\u202e</p>", "<svg><use href='#x'/></svg>", `<a href="//evil.example">x</a>`, `<div class="bar">`, "<!-- x -->", `<img src="data:image/svg+xml,x">`,
	} {
		if len(pageFaults(bad)) == 0 {
			t.Errorf("no fault found in %q", bad)
		}
	}
	if f := pageFaults(`<p id="x">good <a href="a/b">link</a></p>`); len(f) > 0 {
		t.Errorf("faults in a good page: %q", f)
	}
}
