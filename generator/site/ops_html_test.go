package site_test

import (
	"fmt"
	"io"
	"net/url"
	"path"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// find returns the elements below n that a simple selector matches: parts of
// tag, .class, #id and [attribute=value], joined by spaces for descendants.
func find(n *html.Node, selector string) []*html.Node {
	out := []*html.Node{n}
	for _, part := range strings.Fields(selector) {
		var next []*html.Node
		seen := map[*html.Node]bool{}
		for _, root := range out {
			var walk func(*html.Node)
			walk = func(n *html.Node) {
				for c := n.FirstChild; c != nil; c = c.NextSibling {
					if c.Type == html.ElementNode && matches(c, part) && !seen[c] {
						seen[c] = true
						next = append(next, c)
					}
					walk(c)
				}
			}
			walk(root)
		}
		out = next
	}
	return out
}

func matches(n *html.Node, part string) bool {
	for part != "" {
		i := strings.IndexAny(part[1:], ".#[") + 1
		if i == 0 {
			i = len(part)
		}
		one := part[:i]
		part = part[i:]
		switch one[0] {
		case '.':
			if !strings.Contains(" "+attr(n, "class")+" ", " "+one[1:]+" ") {
				return false
			}
		case '#':
			if attr(n, "id") != one[1:] {
				return false
			}
		case '[':
			name, value, _ := strings.Cut(strings.Trim(one, "[]"), "=")
			if attr(n, name) != value {
				return false
			}
		default:
			if n.Data != one {
				return false
			}
		}
	}
	return true
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// text returns the text below n with single spaces.
func text(n *html.Node) string {
	var b strings.Builder
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		if n.Type == html.TextNode {
			b.WriteString(n.Data)
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c)
			if c.Type == html.ElementNode {
				b.WriteByte(' ')
			}
		}
	}
	walk(n)
	return strings.Join(strings.Fields(b.String()), " ")
}

func parse(t testing.TB, url, src string) *html.Node {
	t.Helper()
	n, err := html.Parse(strings.NewReader(src))
	if err != nil {
		t.Fatalf("%s: %v", url, err)
	}
	return n
}

// has fails unless the selector matches an element with the text in it.
func has(t *testing.T, page string, n *html.Node, selector, want string) {
	t.Helper()
	var got []string
	for _, e := range find(n, selector) {
		s := text(e)
		if strings.Contains(s, want) {
			return
		}
		got = append(got, s)
	}
	t.Errorf("%s: no %q contains %q; got %q", page, selector, want, got)
}

// hasNot fails if the selector matches an element with the text in it.
func hasNot(t *testing.T, page string, n *html.Node, selector, text_ string) {
	t.Helper()
	for _, e := range find(n, selector) {
		if s := text(e); strings.Contains(s, text_) {
			t.Errorf("%s: %q contains %q: %s", page, selector, text_, s)
		}
	}
}

// checkPages fails for links that lead nowhere, anchors that do not exist,
// doubled ids, headings out of order, pictures without a name, and everything
// that a strict Content-Security-Policy forbids.
func checkPages(t *testing.T, pages map[string]string, assets map[string]bool) {
	t.Helper()
	type target struct{ from, url, fragment string }
	ids := map[string]map[string]bool{}
	var targets []target
	for pageURL, src := range pages {
		tokens := html.NewTokenizer(strings.NewReader(src))
		ids[pageURL] = map[string]bool{}
		level, h1 := 0, 0
		first, _, _ := strings.Cut(pageURL, "/")
		ops := first == "clusters" || first == "broken" || first == "scaling" || first == "build" || first == "teams" || first == "systems" || strings.HasSuffix(pageURL, "/kubernetes/")
		for {
			kind := tokens.Next()
			if kind == html.ErrorToken {
				if err := tokens.Err(); err != io.EOF {
					t.Errorf("%s: %v", pageURL, err)
				}
				break
			}
			if kind != html.StartTagToken && kind != html.SelfClosingTagToken {
				continue
			}
			tag := tokens.Token()
			attrs := map[string]string{}
			for _, a := range tag.Attr {
				attrs[a.Key] = a.Val
			}
			if id, ok := attrs["id"]; ok {
				if ids[pageURL][id] {
					t.Errorf("%s: two elements have the id %q", pageURL, id)
				}
				ids[pageURL][id] = true
			}
			if _, ok := attrs["style"]; ok {
				t.Errorf("%s: <%s> has a style attribute", pageURL, tag.Data)
			}
			for name := range attrs {
				if strings.HasPrefix(name, "on") {
					t.Errorf("%s: <%s> has the attribute %s", pageURL, tag.Data, name)
				}
			}
			switch tag.Data {
			case "style", "iframe", "object", "embed":
				t.Errorf("%s: <%s>", pageURL, tag.Data)
			case "script":
				if attrs["src"] == "" {
					t.Errorf("%s: an inline script", pageURL)
				}
			case "h1", "h2", "h3", "h4":
				if !ops {
					break
				}
				n := int(tag.Data[1] - '0')
				if n == 1 {
					h1++
				}
				if n > level+1 {
					t.Errorf("%s: <%s> after a heading of level %d", pageURL, tag.Data, level)
				}
				level = n
			case "svg":
				if attrs["aria-hidden"] == "" && attrs["aria-label"] == "" && attrs["x"] == "" && attrs["hidden"] == "" {
					if _, ok := attrs["hidden"]; !ok && attrs["width"] != "0" {
						t.Errorf("%s: a picture without a name: %s", pageURL, tag)
					}
				}
			case "a":
				u, err := url.Parse(attrs["href"])
				if err != nil {
					t.Errorf("%s: link %q: %v", pageURL, attrs["href"], err)
					continue
				}
				switch u.Scheme {
				case "http", "https", "mailto":
					continue
				case "":
				default:
					t.Errorf("%s: link %q", pageURL, attrs["href"])
					continue
				}
				to := pageURL
				if u.Path != "" {
					to = path.Join(path.Dir("/"+pageURL+"x"), u.Path)
					if strings.HasSuffix(u.Path, "/") || u.Path == ".." || u.Path == "." {
						to += "/"
					}
					to = strings.TrimPrefix(strings.TrimPrefix(to, "/"), "/")
				}
				targets = append(targets, target{pageURL, to, u.Fragment})
			}
		}
		if ops && h1 != 1 {
			t.Errorf("%s: %d headings of level 1", pageURL, h1)
		}
	}
	bad := map[string]bool{}
	report := func(format string, args ...any) {
		if s := fmt.Sprintf(format, args...); !bad[s] {
			bad[s] = true
			t.Error(s)
		}
	}
	for _, l := range targets {
		if strings.HasPrefix(l.url, "api/") || strings.HasPrefix(l.url, "badges/") || path.Base(l.url) == "feed.atom" || path.Base(l.url) == "feed.json" {
			continue // data files; TestFeedsAreLinked follows the feeds
		}
		if strings.HasSuffix(l.url, "/index.md") {
			continue // made by the build as a whole
		}
		known, ok := ids[l.url]
		switch {
		case !ok && !assets[l.url]:
			report("%s: the link to %q leads nowhere", l.from, l.url)
		case ok && l.fragment != "" && !known[l.fragment]:
			report("%s: the link to %q leads to no #%s", l.from, l.url, l.fragment)
		}
	}
}
