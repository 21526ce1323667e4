package markdown

import (
	"bytes"
	"regexp"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"
)

// looseLink is a link or picture whose target holds spaces. CommonMark wants
// them in angle brackets or escaped; Python-Markdown takes them as they are.
var looseLink = regexp.MustCompile(`(!?)\[([^\[\]\n]*)\]\([ ]*([^()<>"'\s][^()<>"'\n]* [^()<>"'\n]*[^()<>"'\s])[ ]*\)`)

// linkLoosely makes links of what goldmark left as text because of a space in
// the target. "[x](a b)" with words that are no path stays text.
func linkLoosely(doc ast.Node, source []byte) {
	if !looseLink.Match(source) {
		return
	}
	var found []*ast.Text
	_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n.Kind() {
		case ast.KindCodeSpan, ast.KindLink, ast.KindImage:
			return ast.WalkSkipChildren, nil
		case ast.KindText:
			if t := n.(*ast.Text); !t.IsRaw() && bytes.IndexByte(t.Segment.Value(source), '[') >= 0 {
				found = append(found, t)
			}
		}
		return ast.WalkContinue, nil
	})
	for _, t := range found {
		if t.Parent() != nil {
			splitLoose(t, source)
		}
	}
}

// splitLoose looks for links in t and the text that follows it directly.
func splitLoose(t *ast.Text, source []byte) {
	parent := t.Parent()
	for !t.SoftLineBreak() && !t.HardLineBreak() {
		next, ok := t.NextSibling().(*ast.Text)
		if !ok || next.IsRaw() || next.Segment.Start != t.Segment.Stop || next.Segment.Padding > 0 {
			break
		}
		t.Segment = t.Segment.WithStop(next.Segment.Stop)
		t.SetSoftLineBreak(next.SoftLineBreak())
		t.SetHardLineBreak(next.HardLineBreak())
		parent.RemoveChild(parent, next)
	}
	m := looseLink.FindSubmatchIndex(t.Segment.Value(source))
	if m == nil || t.Segment.Padding > 0 {
		return
	}
	start := t.Segment.Start
	target := source[start+m[6] : start+m[7]]
	if !bytes.ContainsAny(target, "./#") {
		return
	}
	link := ast.NewLink()
	link.Destination = bytes.ReplaceAll(target, []byte(" "), []byte("%20"))
	link.AppendChild(link, ast.NewTextSegment(text.NewSegment(start+m[4], start+m[5])))
	var n ast.Node = link
	if m[2] < m[3] {
		image := ast.NewImage(link)
		image.SetPos(start + m[0])
		n = image
	} else {
		link.SetPos(start + m[0])
	}
	rest := ast.NewTextSegment(text.NewSegment(start+m[1], t.Segment.Stop))
	rest.SetSoftLineBreak(t.SoftLineBreak())
	rest.SetHardLineBreak(t.HardLineBreak())
	t.Segment = t.Segment.WithStop(start + m[0])
	t.SetSoftLineBreak(false)
	t.SetHardLineBreak(false)
	parent.InsertAfter(parent, t, n)
	parent.InsertAfter(parent, n, rest)
	splitLoose(rest, source)
}
