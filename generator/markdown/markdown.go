// Package markdown turns Markdown, in the dialect that MkDocs sites are
// written in, into safe HTML. It knows nothing of the catalog.
//
//	source -> shape limits -> parse -> our transforms -> render -> sanitise -> Document
package markdown

import "html/template"

// A Document is one rendered Markdown file.
type Document struct {
	HTML     template.HTML // sanitised; goes into the page as it is
	Title    string        // text of the first level-1 heading, or ""
	HasH1    bool          // the body starts with its own level-1 heading
	Lead     string        // text of the first paragraph, for descriptions
	Headings []Heading
	Sections []Section // text for the search index, in order
	Links    []Link    // every link and picture, as written
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
	Target string // as written
	Image  bool
	Line   int // in the input, from 1
	Column int
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
}

// A Cache keeps bytes by key. Implementations are safe for concurrent use.
type Cache interface {
	Get(key string) ([]byte, bool)
	Put(key string, value []byte)
}

// An Input is one file to render.
type Input struct {
	Source []byte // without front matter
	Path   string // for messages

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
