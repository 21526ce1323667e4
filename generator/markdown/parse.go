package markdown

import (
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

var (
	kindTerm = extast.KindDefinitionTerm
	kindCell = extast.KindTableCell
)

// A state is what our parsers share while one page is parsed.
type state struct {
	ext    *Extensions
	limits *shape
	open   map[ast.Node]*openTags // author's open elements, by the block that holds them
	abbrs  []abbreviation
	ends   map[string]int // where the next end mark of a fenced note is; -1 if there is none
	notes  int            // footnotes so far
	noLazy int            // offset of the line on which a paragraph must not be continued lazily; -1 if none
}

func newState(ext *Extensions) *state {
	return &state{ext: ext, limits: &shape{}, open: map[ast.Node]*openTags{}, noLazy: -1}
}

var stateKey = parser.NewContextKey()

func stateOf(pc parser.Context) *state { return pc.Get(stateKey).(*state) }

// newParser returns the one parser that all pages share. What differs between
// pages is in their state.
func newParser() parser.Parser {
	return parser.NewParser(
		parser.WithBlockParsers(
			util.Prioritized(nesting{admonitionParser{}}, 90),
			util.Prioritized(nesting{tabParser{}}, 91),
			util.Prioritized(abbrParser{}, 92),
			util.Prioritized(mathBlockParser{}, 93),
			util.Prioritized(nesting{fencedNoteParser{}}, 94),
			util.Prioritized(generatedParser{}, 95),
			util.Prioritized(parser.NewSetextHeadingParser(), 100),
			util.Prioritized(nesting{definitionParser{extension.NewDefinitionListParser()}}, 101),
			util.Prioritized(extension.NewDefinitionDescriptionParser(), 102),
			util.Prioritized(parser.NewThematicBreakParser(), 200),
			util.Prioritized(nesting{listParser{}}, 300),
			util.Prioritized(nesting{listItemParser{}}, 400),
			util.Prioritized(innerHTMLParser{parser.NewHTMLBlockParser()}, 490),
			util.Prioritized(parser.NewCodeBlockParser(), 500),
			util.Prioritized(headingParser{parser.NewATXHeadingParser()}, 600),
			util.Prioritized(parser.NewFencedCodeBlockParser(), 700),
			util.Prioritized(nesting{parser.NewBlockquoteParser()}, 800),
			util.Prioritized(nesting{htmlParser{}}, 890),
			util.Prioritized(rawParser{parser.NewHTMLBlockParser()}, 900),
			util.Prioritized(nesting{extension.NewFootnoteBlockParser()}, 998),
			util.Prioritized(freshParagraphParser{parser.NewParagraphParser()}, 999),
			util.Prioritized(parser.NewParagraphParser(), 1000),
		),
		parser.WithInlineParsers(
			util.Prioritized(extension.NewTaskCheckBoxParser(), 0),
			util.Prioritized(scanning{parser.NewCodeSpanParser()}, 100),
			util.Prioritized(footnoteParser{extension.NewFootnoteParser()}, 101),
			util.Prioritized(criticParser{}, 140),
			util.Prioritized(attrParser{}, 150),
			util.Prioritized(mathParser{}, 160),
			util.Prioritized(emojiParser{}, 170),
			util.Prioritized(keysParser{}, 171),
			util.Prioritized(linkParser{limited{parser.NewLinkParser(), (*shape).bracket}}, 200),
			util.Prioritized(scanning{parser.NewAutoLinkParser()}, 300),
			util.Prioritized(scanning{parser.NewRawHTMLParser()}, 400),
			util.Prioritized(singleMark{'^', "sup"}, 490),
			util.Prioritized(singleMark{'~', "sub"}, 491),
			util.Prioritized(doubleMark{'^', "ins"}, 492),
			util.Prioritized(doubleMark{'=', "mark"}, 493),
			util.Prioritized(limited{parser.NewEmphasisParser(), (*shape).delimiter}, 500),
			util.Prioritized(strikeParser, 500),
			util.Prioritized(linkifyParser{extension.NewLinkifyParser()}, 999),
		),
		parser.WithParagraphTransformers(
			util.Prioritized(boundedTransformer{}, 50),
			util.Prioritized(parser.LinkReferenceParagraphTransformer, 100),
			util.Prioritized(extension.NewTableParagraphTransformer(), 200),
		),
		parser.WithASTTransformers(
			util.Prioritized(extension.NewTableASTTransformer(), 0),
			util.Prioritized(extension.NewFootnoteASTTransformer(), 999),
		),
	)
}

// parse returns the tree of a page.
func (e *Engine) parse(src []byte, st *state) ast.Node {
	pc := parser.NewContext()
	pc.Set(stateKey, st)
	doc := e.parser.Parse(text.NewReader(src), parser.WithContext(pc))
	if !st.ext.CommonMark {
		linkLoosely(doc, src)
		applyAttrs(doc, src)
	}
	return doc
}

// definitionParser also takes a comment for a term: pages use comments that a
// plugin turns into one, and the definition behind it is to be read all the
// same.
type definitionParser struct{ parser.BlockParser }

func (p definitionParser) Open(parent ast.Node, reader text.Reader, pc parser.Context) (ast.Node, parser.State) {
	h, ok := parent.LastChild().(*ast.HTMLBlock)
	if ok && h.HTMLBlockType == ast.HTMLBlockType2 && h.Lines().Len() == 1 && !stateOf(pc).ext.CommonMark {
		term := ast.NewParagraph()
		term.SetLines(h.Lines())
		parent.ReplaceChild(parent, h, term)
		node, state := p.BlockParser.Open(parent, reader, pc)
		if node == nil {
			parent.ReplaceChild(parent, term, h)
		} else {
			state &^= parser.RequireParagraph // the term is closed already
		}
		return node, state
	}
	return p.BlockParser.Open(parent, reader, pc)
}

// maxAddress is how many bytes may stand before the @ of a bare address.
const maxAddress = 200

// linkifyParser asks goldmark's, which is called at every space, only where a
// bare address may begin.
type linkifyParser struct{ parser.InlineParser }

func (p linkifyParser) Parse(parent ast.Node, block text.Reader, pc parser.Context) ast.Node {
	line, _ := block.PeekLine()
	for i := 1; i < min(len(line), maxAddress); i++ {
		switch c := line[i]; {
		case c == '@' || c == ':' || c == '.' && i <= 4:
			return p.InlineParser.Parse(parent, block, pc)
		case c <= ' ':
			return nil
		}
	}
	return nil
}

func (p linkifyParser) CloseBlock(parent ast.Node, block text.Reader, pc parser.Context) {
	if c, ok := p.InlineParser.(parser.CloseBlocker); ok {
		c.CloseBlock(parent, block, pc)
	}
}

// footnoteParser counts the search for a footnote's text, which goldmark does
// from the first one on for every reference.
type footnoteParser struct{ parser.InlineParser }

func (p footnoteParser) Parse(parent ast.Node, block text.Reader, pc parser.Context) ast.Node {
	n := p.InlineParser.Parse(parent, block, pc)
	if f, ok := n.(*extast.FootnoteLink); ok {
		st := stateOf(pc)
		st.notes = max(st.notes, f.Index)
		st.limits.add(4 * st.notes)
	}
	return n
}

// freshParagraphParser opens a new paragraph on a line that may not continue
// the paragraph before it, because one of our indented blocks ended there.
// Python-Markdown knows no lazy continuation of those.
type freshParagraphParser struct{ parser.BlockParser }

func (p freshParagraphParser) Open(parent ast.Node, reader text.Reader, pc parser.Context) (ast.Node, parser.State) {
	st := stateOf(pc)
	if _, seg := reader.PeekLine(); st.noLazy < 0 || seg.Start < st.noLazy {
		return nil, parser.NoChildren
	} else if seg.Start-st.noLazy > 3 {
		st.noLazy = -1
		return nil, parser.NoChildren
	}
	st.noLazy = -1
	return p.BlockParser.Open(parent, reader, pc)
}

func (freshParagraphParser) CanInterruptParagraph() bool { return true }
