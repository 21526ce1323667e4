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
	if bytes.Contains(source, []byte("] [")) || bytes.Contains(source, []byte("]\n[")) {
		spacedReferences(doc, source)
	}
	if !mayBeLoose(source) {
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

// mayBeLoose reports whether source may match looseLink, at a fraction of the
// cost: nearly all pages do not.
func mayBeLoose(source []byte) bool {
	for {
		i := bytes.Index(source, []byte("]("))
		if i < 0 {
			return false
		}
		source = source[i+2:]
		if end := bytes.IndexAny(source[:min(len(source), 2000)], "()<>\"'\n"); end > 0 && source[end] == ')' && bytes.IndexByte(source[:end], ' ') >= 0 {
			return true
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

// spacedLabel is the text of a link at the end of a line of text.
var spacedLabel = regexp.MustCompile(`\[([^\[\]\n]+)\][ ]?$`)

// spacedReferences makes one link of "[text] [name]": Python-Markdown allows a
// space between the two, CommonMark makes text and a link of them.
func spacedReferences(doc ast.Node, source []byte) {
	var found []*ast.Link
	_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		l, ok := n.(*ast.Link)
		if entering && ok && l.Reference != nil && l.Reference.Type == ast.ReferenceLinkShortcut {
			found = append(found, l)
		}
		return ast.WalkContinue, nil
	})
	for _, l := range found {
		t, ok := l.PreviousSibling().(*ast.Text)
		if !ok || t.IsRaw() || t.Segment.Padding > 0 {
			continue
		}
		for { // the pieces that goldmark left
			p, ok := t.PreviousSibling().(*ast.Text)
			if !ok || p.IsRaw() || p.Segment.Stop != t.Segment.Start || p.Segment.Padding > 0 || p.SoftLineBreak() || p.HardLineBreak() {
				break
			}
			t.Segment = t.Segment.WithStart(p.Segment.Start)
			p.Parent().RemoveChild(p.Parent(), p)
		}
		value := t.Segment.Value(source)
		if !t.SoftLineBreak() && !bytes.HasSuffix(value, []byte("] ")) || t.SoftLineBreak() && !bytes.HasSuffix(value, []byte("]")) {
			continue
		}
		m := spacedLabel.FindSubmatchIndex(value)
		if m == nil || m[0] > 0 && value[m[0]-1] == '\\' {
			continue
		}
		start := t.Segment.Start
		l.RemoveChildren(l)
		l.AppendChild(l, ast.NewTextSegment(text.NewSegment(start+m[2], start+m[3])))
		l.SetPos(start + m[0])
		t.Segment = t.Segment.WithStop(start + m[0])
		t.SetSoftLineBreak(false)
	}
}
