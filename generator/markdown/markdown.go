// Package markdown turns Markdown, in the dialect that MkDocs sites are
// written in, into safe HTML. It knows nothing of the catalog.
//
//	source -> shape limits -> parse -> our transforms -> render -> sanitise -> Document
//
// # The dialect
//
// CommonMark and GitHub's extensions are read by goldmark; around it stand our
// own parsers for what Python-Markdown, pymdownx and Material add, one file
// for each family: block_*.go, inline.go, attr.go, snippet.go. Where the two
// worlds contradict each other, both ways of writing are accepted (lists may
// be indented by their marker or by four) and ids are made as MkDocs makes
// them, so that links from outside still arrive. Constructs whose marks would
// be visible are always read; those that change plain words (smarty,
// smartsymbols, nl2br) only where Extensions says so.
//
// # Safety
//
// Raw HTML is read tag by tag with an allow-list, and closed where the block
// that holds it ends (raw.go); links have http, https, mailto or no scheme
// (link.go); text is written by one function (appendText). The result is
// checked against the allow-list once more as a whole (sanitise.go). Behind
// that only fragments of our own are put in: coloured code, radio buttons of
// tabs, icons, formulas, each made of escaped text in fixed markup (page.trust).
//
// # Time
//
// No page takes long: what can become quadratic is counted while parsing
// (limits.go), and highlighted blocks, which cost more than all the rest, are
// kept by content (code.go).
//
// # Markup
//
// What a theme has to style, beside plain elements:
//
//	heading        <h2 id="slug">Text<a class="an" href="#slug" aria-label="Link to Text">#</a></h2>; h1 has no link
//	admonition     <aside class="note info|ok|warn|bad|unk [side [end]]"><strong><svg class="ic">Title</strong> ... </aside>; a title of the
//	               author's own is in a <span>; without a title there is no <strong>;
//	               "side" is Material's inline: beside the text, at the start or (end) at the end
//	folded one     <details class="note ..." [open]><summary><svg class="ic">Title</summary> ... </details>
//	tabs           <div class="ctabs"> and for each tab <input type="radio" name id [checked]><label for>Title</label><div> ... </div>
//	code           <div class="cb"><header><span>title or language</span><button class="copy js-only" type="button" data-copy>Copy</button></header>
//	               <pre tabindex="0" [class="ln"]><code> and for each line <span class="l [hl]" [data-n="12"]>text and line feed</span>;
//	               with numbers the <pre> has class "ln" and each line its number in data-n
//	colours        <span class="k0|k1|k2|k3">, see HighlightClasses; in running text <code class="hl">
//	annotation     <a class="anno" href="#..." aria-label="Annotation 1">1</a>, explained in <ol class="annos"><li id><div>
//	table          <div class="tw"><table class="t">; cells have class left, right or center
//	task           <li class="task"><span class="box" role="img" aria-label="done|not done">☑|☐</span> text
//	footnotes      <sup class="fn" id="fnref:1"><a href="#fn:1">1</a></sup>, <section class="footnotes"><hr><ol><li id="fn:1"> ... <a class="fnback">↩</a>
//	keys           <span class="keys"><kbd>Ctrl</kbd><span>+</span><kbd>C</kbd></span>
//	marks          <mark>, <ins>, <del>, <sup>, <sub>; an editor's comment is <span class="comment">
//	emoji          <span class="emoji" role="img" aria-label="smile">😄</span>
//	icon           <span class="icon [lg] [middle]"><svg class="ic" viewBox fill="currentColor">; one that is missing: <span class="icon-name">name</span>
//	math           <math> or <math display="block"> inside (aligned cells: mtd.left, mtd.right) <span class="math"> or <span class="math display">; TeX that is not understood: <code class="math [display]">
//	diagram        <div class="drawing" tabindex="0" role="group"><svg>, see Options.Diagram; where it is not drawn <pre class="mermaid" tabindex="0">source</pre>
//	               <p class="undrawn">; and Document.HasDiagram
//	contents       <div class="toc-here"><ul> for [TOC]
//	picture        <img loading="lazy"> with class left, right, center, only-light or only-dark; on another host: <a class="remote">alt</a>
//	broken link    <span class="broken" title="There is no x.md">text</span>
//	figure         <figure><p><img></p><figcaption>
//	cards          <div class="grid cards"><ul><li>, <div class="grid">, class "card"
//	button         <a class="md-button [md-button--primary]">
//	plain page     <aside class="note warn">...</aside><pre class="source" tabindex="0">, for a page that could not be parsed
//
// Ids that begin with "__" are the renderer's own (tabs, annotations), those
// with "fn:" and "fnref:" belong to footnotes. The frame of a page may use
// "main", "q" and what begins with "portolan-"; content never gets those.
package markdown

import (
	"bytes"
	"fmt"
	"html/template"
	"slices"

	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark/parser"
)

// A Document is one rendered Markdown file.
type Document struct {
	HTML     template.HTML // sanitised; goes into the page as it is
	Title    string        // text of the first level-1 heading, or ""
	HasH1    bool          // the first heading of the body is of level 1
	Lead     string        // text of the first paragraph, for descriptions
	Headings []Heading
	Sections []Section // text for the search index, in order
	Links    []Link    // every link and picture, as written
	IDs      []string  // every id that a link can lead to, in order
	Problems []Problem

	HasMath, HasDiagram bool
}

// A Heading is one entry of the table of contents.
type Heading struct {
	Level int // 1 to 6
	ID    string
	Text  string
}

// A Section is the text under one heading; the first one may have none.
type Section struct {
	Heading Heading
	Text    string
}

// A Link is one reference in the source.
type Link struct {
	Target   string // as written
	Image    bool
	Line     int // in the input, from 1
	Column   int
	URL      string // as published; "" if it is shown as text
	External bool   // leaves the site
	Broken   bool   // Resolve said no, or the scheme is not allowed
}

// A Problem is something an author should mend.
type Problem struct {
	Rule    string
	Message string
	Hint    string
	Line    int // in the input, from 1
	Column  int
	Error   bool // otherwise a warning
}

// Options configure one Engine. The zero value works.
type Options struct {
	// Cache keeps highlighted code blocks by content; nil keeps them in memory.
	Cache Cache

	// Diagram draws the source of a diagram, such as "mermaid", as an svg
	// element in which every text is escaped; it goes onto the page as it is.
	// False, and nil, show the source.
	Diagram func(kind, source string) (svg string, ok bool)
}

// A Cache keeps bytes by key. Implementations are safe for concurrent use.
type Cache interface {
	Get(key string) ([]byte, bool)
	Put(key string, value []byte)
}

// Extensions say how a site's dialect differs from the default, in which every
// construct is read whose marks would otherwise stand on the page, and plain
// words are left as they are.
type Extensions struct {
	// CommonMark leaves the dialect out: CommonMark and GitHub's extensions only.
	CommonMark bool

	// Slug is how ids of headings are made.
	Slug SlugStyle

	// HardBreaks makes every line feed a line break (nl2br).
	HardBreaks bool

	// Smarty puts in typographic quotes and dashes (smarty).
	Smarty bool

	// SmartSymbols puts in signs for (c), -->, 1/2 and the like
	// (pymdownx.smartsymbols).
	SmartSymbols bool

	// NoMath reads no TeX.
	NoMath bool

	// Repo is the address of the repo that #12 and @name belong to, such as
	// https://github.com/acme/shop; "" leaves them as text.
	Repo string

	// Append names files that are included at the end of every page
	// (auto_append of pymdownx.snippets).
	Append []string

	// LineNumbers numbers the lines of all code blocks that name a language.
	LineNumbers bool
}

// An Input is one file to render.
type Input struct {
	Source []byte // without front matter
	Path   string // for messages

	// FirstLine is the line of the file on which Source begins, so that
	// positions count the front matter too; 0 is 1.
	FirstLine int

	// Extensions is the dialect of the site that the file belongs to.
	Extensions Extensions

	// Resolve rewrites the target of a link or picture. It returns the URL to
	// publish, or ok false when there is no such page or file: the link is
	// then shown as broken text. nil keeps targets as they are.
	Resolve func(target string, image bool) (url string, ok bool)

	// Snippet returns the file that --8<-- names; nil or false: not available.
	Snippet func(name string) ([]byte, bool)

	// Icon returns an inline SVG's inner markup for names such as
	// material/account; nil or false: shown as text.
	Icon func(name string) (string, bool)
}

// An Engine renders. It is safe for use by many goroutines; one is enough.
type Engine struct {
	parser  parser.Parser
	policy  *bluemonday.Policy
	code    *highlighter
	diagram func(kind, source string) (string, bool)
}

// New returns an Engine.
func New(opt Options) *Engine {
	return &Engine{parser: newParser(), policy: newPolicy(), code: newHighlighter(opt.Cache), diagram: opt.Diagram}
}

// Render returns the document of a file. It never fails: what is wrong with
// the file is in Problems, and a page that cannot be parsed is shown as plain
// text that says so.
func (e *Engine) Render(in Input) *Document {
	doc := e.render(&in, false)
	if d := in.FirstLine - 1; d > 0 {
		for i := range doc.Links {
			doc.Links[i].Line += d
		}
		for i := range doc.Problems {
			doc.Problems[i].Line += d
		}
	}
	return doc
}

// Text returns the HTML of a description: Markdown without headings, pictures
// and links into the site.
func (e *Engine) Text(src string) template.HTML {
	return e.render(&Input{Source: []byte(src)}, true).HTML
}

// Code returns a block of highlighted code, as fences in pages get it.
func (e *Engine) Code(src []byte, lang string) template.HTML {
	return template.HTML(e.code.block(&codeBlock{code: normalise(src), lang: lang})) //nolint:gosec // our own markup around escaped text
}

// render does the work of Render and Text.
func (e *Engine) render(in *Input, short bool) (doc *Document) {
	doc = &Document{}
	defer func() {
		r := recover()
		if r == nil {
			return
		}
		q := Problem{Rule: "markdown-failed", Line: 1, Column: 1, Error: true, Hint: "it is shown as plain text; simplify it, and report this to the operator of the portal",
			Message: fmt.Sprintf("the parser failed on this page (%v)", r)}
		note := "This page could not be read as Markdown, so its source is shown."
		if l, ok := r.(limitError); ok {
			q.Rule, q.Message, q.Hint = "markdown-limit", "the page goes beyond a limit: "+l.what, "it is shown as plain text; split or simplify it"
			note = "This page goes beyond a limit (" + l.what + "), so its source is shown."
		}
		*doc = Document{Problems: []Problem{q}}
		text := normalise(in.Source)
		doc.HTML = plainPage(note, text[:min(len(text), maxPage)])
	}()
	p := e.newPage(in, short)
	p.doc = doc
	p.run()
	doc.HTML = template.HTML(expand(e.sanitise(p.buf), p.trusted)) //nolint:gosec // sanitised
	return doc
}

// newPage returns a page that is ready to run.
func (e *Engine) newPage(in *Input, short bool) *page {
	p := &page{e: e, in: in, ext: &in.Extensions, doc: &Document{}, short: short}
	for _, id := range reservedIDs {
		p.ids.take(id)
	}
	return p
}

// run parses the page and renders it into buf. It panics with a limitError
// when the page goes beyond a limit.
func (p *page) run() {
	text := normalise(p.in.Source)
	checkLines(text)
	for _, name := range p.ext.Append {
		text = append(slices.Clip(bytes.TrimRight(text, "\n")), "\n\n--8<-- \""+name+"\"\n"...)
	}
	text, origin, problems := expandSnippets(text, p.in.Snippet, maxPage)
	p.doc.Problems = problems
	p.src = newSource(text, origin)
	p.st = newState(p.ext)
	tree := p.e.parse(text, p.st)
	p.buf = make([]byte, 0, len(text)*3/2+1024)
	p.children(tree)
	p.collect(tree)
	if bytes.Contains(p.buf, []byte(tocMark)) {
		p.buf = bytes.Replace(p.buf, []byte(tocMark), p.toc(), 1)
		p.buf = bytes.ReplaceAll(p.buf, []byte(tocMark), nil)
	}
}

// problem notes something that the author should mend.
func (p *page) problem(q Problem) { p.doc.Problems = append(p.doc.Problems, q) }

// plainPage is the page of a source that is not parsed.
func plainPage(note string, text []byte) template.HTML {
	out := []byte(`<aside class="note warn"><strong>` + noteIcons["warn"])
	out = appendText(out, note)
	out = append(out, "</strong></aside>\n<pre class=\"source\" tabindex=\"0\">"...)
	out = appendText(out, string(text))
	return template.HTML(append(out, "</pre>\n"...)) //nolint:gosec // escaped
}

// Rules documents the rule ids of problems.
func Rules() []Rule { return slices.Clone(rules) }

// A Rule is the documentation of one kind of problem.
type Rule struct {
	ID, Title, Why, Fix string
}

var rules = []Rule{
	{"unsafe-link", "A link has a scheme that pages may not use", "Only http, https, mailto and paths are safe to click.", "Write the address with https, or as a path."},
	{"empty-link", "A link leads nowhere", "Its target is empty, so it is shown as text.", "Write the target between the parentheses."},
	{"math-unsupported", "A formula cannot be drawn", "It uses TeX that is not understood, so its source is shown.", "Write it with plainer commands."},
	{"snippet-missing", "A file to include is not there", "The page lacks a part that its author meant to show.", "Check the name, and base_path of pymdownx.snippets in mkdocs.yml."},
	{"snippet-loop", "Files include one another in a circle", "The circle was cut, so a part of the page is missing.", "Include each file from one direction only."},
	{"snippet-too-large", "A page includes too much", "The page would become too large to read; the rest was left out.", "Include sections or lines of the files."},
	{"markdown-limit", "A page goes beyond a limit", "Parsing it would take too long, so it is shown as plain text.", "Split the page, or take out what the message names."},
	{"markdown-failed", "A page could not be parsed", "The parser failed on this page; the rest of the site is built.", "Simplify the page; the message names what failed."},
}
