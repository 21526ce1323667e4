package markdown

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"
)

var rawPats = map[string]*regexp.Regexp{
	"note":    regexp.MustCompile(`(?m)^\s*(!!!|\?\?\?\+?)\s?\w`),
	"tab":     regexp.MustCompile(`(?m)^\s*===[+!]* "`),
	"snippet": regexp.MustCompile(`8<--`),
	"attr":    regexp.MustCompile(`\{:|\{ ?[.#][\w-]+[^}]*\}`),
	"icon":    regexp.MustCompile(`:(material|octicons|fontawesome|simple)-`),
	"keys":    regexp.MustCompile(`\+\+\w+(\+\w+)*\+\+`),
	"mark":    regexp.MustCompile(`==[^=\s]+==|\^\^\w+\^\^`),
	"foot":    regexp.MustCompile(`\[\^[\w-]+\]`),
	"abbr":    regexp.MustCompile(`(?m)^\*\[\w+\]:`),
	"toc":     regexp.MustCompile(`\[TOC\]`),
	"critic":  regexp.MustCompile(`\{(\+\+|--|~~|==|>>)`),
	"tag":     regexp.MustCompile(`</?(div|p|span|table|td|details|summary|a|img|br|figure|code)\b`),
	"fence":   regexp.MustCompile("(?m)^\\s*(```|~~~)"),
	"md":      regexp.MustCompile(`\]\([^)\s]+\)|(?m)^\s*#{1,6} \w|\*\*\w+\*\*`),
	"alert":   regexp.MustCompile(`\[!(NOTE|TIP|WARNING|IMPORTANT|CAUTION)\]`),
	"math":    regexp.MustCompile(`\$\$|\\\(`),
	"colon":   regexp.MustCompile(`:::`),
}

func visible(n *html.Node, b *strings.Builder) {
	if n.Type == html.ElementNode && (n.Data == "code" || n.Data == "pre" || n.Data == "svg") {
		return
	}
	if n.Type == html.TextNode {
		b.WriteString(n.Data)
	}
	if n.Type == html.ElementNode && (n.Data == "p" || n.Data == "li" || n.Data == "td" || n.Data == "br") {
		b.WriteString("\n")
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		visible(c, b)
	}
}

func TestProbe(t *testing.T) {
	e := New(Options{})
	var n, bytes int
	var worst time.Duration
	wf := ""
	counts := map[string]int{}
	var total time.Duration
	filepath.WalkDir("/work/shared/corpus", func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".md") {
			return nil
		}
		src, _ := os.ReadFile(path)
		s := time.Now()
		doc := e.Render(Input{Source: src, Path: path})
		x := time.Since(s)
		total += x
		if x > worst {
			worst, wf = x, path
		}
		for _, p := range doc.Problems {
			if p.Error {
				t.Log(path, p)
			}
		}
		n++
		bytes += len(src)
		rel, _ := filepath.Rel("/work/shared/corpus", path)
		if out := os.Getenv("OUT"); out != "" {
			os.MkdirAll(filepath.Dir(filepath.Join(out, rel)), 0o755)
			os.WriteFile(filepath.Join(out, rel+".html"), []byte(doc.HTML), 0o644)
		}
		tree, _ := html.Parse(strings.NewReader(string(doc.HTML)))
		var b strings.Builder
		visible(tree, &b)
		text := b.String()
		for k, re := range rawPats {
			for _, m := range re.FindAllStringIndex(text, -1) {
				counts[k]++
				if os.Getenv("SHOW") == k {
					t.Logf("%s: %q", rel, text[max(0, m[0]-60):min(len(text), m[1]+60)])
				}
			}
		}
		return nil
	})
	t.Log(n, bytes, total, worst, wf)
	t.Log(counts)
}
