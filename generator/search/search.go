// Package search makes the index that a browser loads in parts.
package search

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
)

// A Doc is one page that can be found.
type Doc struct {
	URL       string // from the root of the site
	Title     string
	Kind      string // of the entity in lower case: component, api, group, ...; "docs" for documents
	Ref       string // canonical ref of the entity that it is, or belongs to
	Type      string // spec.type: service, website, openapi, ...
	Owner     string // canonical ref of the owner
	System    string
	Lifecycle string
	Status    string // ok, warn, bad, run, unk, off; empty if nothing runs
	Summary   string // one sentence
	Tags      []string
	Sections  []Section
}

// A Section is the text below one heading of a page.
type Section struct {
	Anchor string // id of the heading; empty for what stands before the first
	Title  string
	Text   string
}

// A File is one file of the index.
type File struct {
	Path string // from the root of the site
	Data []byte
}

// Build makes the index of docs.
func Build(docs []Doc) []File {
	docs = slices.Clone(docs)
	slices.SortFunc(docs, func(a, b Doc) int { return strings.Compare(a.URL, b.URL) })
	type entry struct {
		URL   string `json:"u"`
		Title string `json:"t"`
		Kind  string `json:"k"`
		Text  string `json:"x,omitempty"`
	}
	all := make([]entry, 0, len(docs))
	for _, d := range docs {
		all = append(all, entry{d.URL, d.Title, d.Kind, d.Summary})
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(all); err != nil {
		return nil // plain strings always encode
	}
	return []File{{Path: "search/index.json", Data: b.Bytes()}}
}
