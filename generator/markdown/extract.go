package markdown

import (
	"bytes"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
)

// maxLead is how many characters of the first paragraph are kept.
const maxLead = 300

// collect fills what the document says about its text: the title, the lead and
// the sections for the search index. Code is left out of sections.
func (p *page) collect(tree ast.Node) {
	if p.short {
		return
	}
	for _, h := range p.doc.Headings {
		if h.Level == 1 && p.doc.Title == "" {
			p.doc.Title = h.Text
		}
	}
	p.doc.HasH1 = p.titled || len(p.doc.Headings) > 0 && p.doc.Headings[0].Level == 1
	c := &collector{page: p}
	c.walk(tree)
	c.flush()
}

type collector struct {
	page    *page
	heading Heading
	next    int    // index of the next heading
	text    []byte // of the section, white space collapsed
}

func (c *collector) flush() {
	text := string(bytes.TrimRight(c.text, " "))
	c.text = c.text[:0]
	if text != "" || c.heading.ID != "" {
		c.page.doc.Sections = append(c.page.doc.Sections, Section{Heading: c.heading, Text: text})
	}
}

func (c *collector) walk(n ast.Node) {
	for child := n.FirstChild(); child != nil; child = child.NextSibling() {
		switch child := child.(type) {
		case *ast.Heading:
			c.flush()
			if c.next < len(c.page.doc.Headings) {
				c.heading = c.page.doc.Headings[c.next]
				c.next++
			}
		case *ast.Paragraph:
			if c.page.isTOC(child) {
				continue
			}
			text := c.page.plain(child)
			if c.page.doc.Lead == "" && hasLetter(text) && child.Parent().Kind() == ast.KindDocument {
				c.page.doc.Lead = cut(text, maxLead)
			}
			c.add(text)
		case *ast.TextBlock, *extast.DefinitionTerm, *extast.TableCell:
			c.add(c.page.plain(child))
		case *ast.FencedCodeBlock, *ast.CodeBlock, *ast.HTMLBlock, *ast.LinkReferenceDefinition:
		case *fencedNote:
			c.add(plainTitle(child.title))
			c.walk(child)
		case *noteNode:
			if child.hasTitle {
				c.add(plainTitle(child.title))
			}
			c.walk(child)
		case *tabNode:
			c.add(plainTitle(child.title))
			c.walk(child)
		default:
			c.walk(child)
		}
	}
}

func hasLetter(s string) bool { return strings.IndexFunc(s, unicode.IsLetter) >= 0 }

var titleLink = regexp.MustCompile(`!?\[([^\]]*)\]\([^)]*\)`)

// plainTitle takes the marks out of a title of one line.
func plainTitle(s string) string {
	s = titleLink.ReplaceAllString(s, "$1")
	return strings.Map(func(r rune) rune {
		if r == '*' || r == '`' {
			return -1
		}
		return r
	}, s)
}

// add appends words with one space between them.
func (c *collector) add(s string) {
	if plainASCII(s) && !strings.Contains(s, "  ") {
		c.text = append(c.text, strings.TrimLeft(s, " ")...)
		c.space()
		return
	}
	for i := 0; i < len(s); {
		switch ch := s[i]; {
		case ch == ' ' || ch == '\n' || ch == '\t':
			c.space()
			i++
		case ch < utf8.RuneSelf:
			c.text = append(c.text, ch)
			i++
		default:
			r, n := utf8.DecodeRuneInString(s[i:])
			switch {
			case unicode.IsSpace(r):
				c.space()
			case !unwelcome(r):
				c.text = append(c.text, s[i:i+n]...)
			}
			i += n
		}
	}
	c.space()
}

func (c *collector) space() {
	if n := len(c.text); n > 0 && c.text[n-1] != ' ' {
		c.text = append(c.text, ' ')
	}
}

// cut shortens s at a space.
func cut(s string, n int) string {
	r := []rune(s)
	if len(r) <= n {
		return s
	}
	s = string(r[:n])
	if i := strings.LastIndexByte(s, ' '); i > n/2 {
		s = s[:i]
	}
	return strings.TrimRight(s, " ,;:.") + "…"
}
