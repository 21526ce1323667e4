package markdown

// mathNode writes TeX.
func (p *page) mathNode(n *mathNode) {
	p.doc.HasMath = true
	if n.display {
		p.str(`<code class="math display">`)
	} else {
		p.str(`<code class="math">`)
	}
	p.text(n.tex)
	p.str("</code>")
}

// mathBlock writes TeX that stands alone.
func (p *page) mathBlock(n *mathBlock) {
	p.breakParagraph()
	p.str("<p>")
	p.mathNode(&mathNode{tex: n.tex(p.src.text), display: true})
	p.str("</p>\n")
}
