// Package search makes the index that a browser loads in parts, so that a
// static site can be searched without a server:
//
//	[]Doc -> search/index.json       every entity with name, kind, owner, status; loaded first
//	      -> search/t*.json          the words of all pages, by their first letters; what is typed decides which are loaded
//	      -> search/d*.json          titles and headings of pages, for those that are shown
//	      -> search/x*.json          their text, for excerpts and "exact words"
//
// How words are cut and folded, and what each place of a word weighs, is
// decided here; the script of the theme (search.js) only adds up. Index and
// script must agree on what stands in version.
//
// The parts are made of words and pages as they are, without counts over all
// pages, so that one added sentence changes few of them. All of them carry the
// stamp of the pages' numbers: a browser that has parts of two builds in its
// cache can tell.
package search

import (
	"bytes"
	"fmt"
	"hash/fnv"
	"slices"
	"strconv"
	"strings"
)

// version is raised whenever a file of the index changes its form.
const version = 1

// A Doc is one page that can be found.
type Doc struct {
	URL       string // from the root of the site
	Title     string
	Kind      string // of the entity in lower case: component, api, group, ...; "docs" for documents, "page" for the portal's own
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

// Limits of one page in the index.
const (
	maxSections = 500
	maxIndexed  = 100_000 // bytes of text that are indexed of one section
	maxExcerpt  = 2000    // bytes of text that are kept of one section
	maxTitle    = 300     // bytes
)

// What a word weighs where it stands, before the length of a text counts.
// Weights of one place add up.
const (
	inTitle   = 48
	inTags    = 24
	inHeading = 20
	inSummary = 10
	inText    = 4 // times 1 to 2.2, as often as it stands there (BM25 with k1 1.2 and b 0.5)
)

// averageLength is what BM25 compares the length of a section with, in words.
// It is fixed, so that a new page does not change the weights of all others.
const averageLength = 120

// Build makes the index of docs. The order of docs does not matter.
func Build(docs []Doc) []File {
	docs = slices.Clone(docs)
	slices.SortStableFunc(docs, func(a, b Doc) int {
		if x, y := a.page(), b.page(); x != y {
			return x - y
		}
		return strings.Compare(a.URL, b.URL)
	})
	b := &builder{terms: map[string]*termList{}}
	for i := range docs {
		b.add(&docs[i])
	}
	return b.files()
}

// page is 1 for documents, which follow the entities.
func (d *Doc) page() int {
	if d.Kind == "docs" || d.Kind == "page" {
		return 1
	}
	return 0
}

type builder struct {
	entities []*Doc
	pages    []numbered // all, in the order of their numbers
	terms    map[string]*termList
	next     int
	tree     string
	stamp    string // of the numbers that the pages have
}

type numbered struct {
	id  int
	doc *Doc
}

// align leaves room between the pages of two trees, so that one new page does
// not renumber those of every other tree.
const align = 16

func (b *builder) add(d *Doc) {
	entity := d.page() == 0
	if !entity && d.Ref != b.tree {
		b.next = (b.next + 2*align - 1) / align * align
		b.tree = d.Ref
	}
	id := b.next
	b.next++
	if entity {
		b.entities = append(b.entities, d)
	}
	b.pages = append(b.pages, numbered{id, d})
	b.index(id, d)
}

// index adds the words of a page. Names of entities are in index.json and are
// matched there, with prefixes and slips of the keyboard.
func (b *builder) index(id int, d *Doc) {
	place := map[string]float64{}
	put := func(text string, weight float64) {
		words(text, func(w string) {
			if place[w] < weight {
				place[w] = weight
			} else {
				place[w]++ // it stands there twice
			}
		})
	}
	put(d.Summary, inSummary)
	for _, t := range d.Tags {
		put(t, inTags)
	}
	put(d.Title, inTitle)
	b.flush(id, 0, place)
	for i, s := range d.Sections[:min(len(d.Sections), maxSections)] {
		clear(place)
		counts := map[string]int{}
		n := 0
		words(cut(s.Text, maxIndexed), func(w string) { counts[w]++; n++ })
		length := 0.5 + 0.5*float64(n)/averageLength
		for w, tf := range counts {
			place[w] = inText * float64(tf) * 2.2 / (float64(tf) + 1.2*length)
		}
		words(s.Title, func(w string) { place[w] += inHeading })
		b.flush(id, i+1, place)
	}
}

// maxSectionsOfWord is how many sections of a page are kept for one word.
const maxSectionsOfWord = 3

func (b *builder) flush(id, section int, place map[string]float64) {
	for w, weight := range place {
		t := b.terms[w]
		if t == nil {
			t = &termList{word: w}
			b.terms[w] = t
		}
		p := posting{id, section, max(1, min(63, int(weight+0.5)))}
		// Only the best sections of a page stay; the page itself always does.
		n := len(t.places)
		first := n
		for first > 0 && t.places[first-1].doc == id {
			first--
		}
		if own := n - first; section > 0 && own >= maxSectionsOfWord {
			worst := -1
			for i := first; i < n; i++ {
				if t.places[i].section > 0 && (worst < 0 || t.places[i].weight < t.places[worst].weight) {
					worst = i
				}
			}
			if worst < 0 || t.places[worst].weight >= p.weight {
				continue
			}
			t.places = slices.Delete(t.places, worst, worst+1)
		}
		t.places = append(t.places, p)
	}
}

func (b *builder) files() []File {
	h := fnv.New64a()
	for _, p := range b.pages {
		fmt.Fprintf(h, "%d %s\n", p.id, p.doc.URL)
	}
	b.stamp = strconv.FormatUint(h.Sum64(), 36)
	list := make([]*termList, 0, len(b.terms))
	for _, t := range b.terms {
		t.encode()
		list = append(list, t)
	}
	slices.SortFunc(list, func(a, b *termList) int { return strings.Compare(a.word, b.word) })
	var files []File
	var keys []string
	for _, s := range split(list) {
		keys = append(keys, s.key)
		files = append(files, s.write(b.stamp))
	}
	heads, texts := b.parts(&files)
	files = append(files, b.start(keys, heads, texts))
	slices.SortFunc(files, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	return files
}

// parts writes what pages show, in files of consecutive pages, and returns the
// number of the first page of each file.
//
//	d: {"v":1,"s":"stamp","d":[[id,url,title,summary,[anchor,title,...]],...]}, url and title empty for entities, which index.json has
//	x: {"v":1,"s":"stamp","d":[[id,[text of section 1,...]],...]}
func (b *builder) parts(files *[]File) (heads, texts []int) {
	part := func(letter string, row func(numbered) []byte) (starts []int) {
		var buf bytes.Buffer
		first := 0
		flush := func() {
			if buf.Len() == 0 {
				return
			}
			data := fmt.Sprintf(`{"v":%d,"s":%q,"d":[%s]}`+"\n", version, b.stamp, buf.Bytes())
			*files = append(*files, File{Path: fmt.Sprintf("search/%s%d.json", letter, first), Data: []byte(data)})
			starts = append(starts, first)
			buf.Reset()
		}
		for _, p := range b.pages {
			r := row(p)
			if r == nil {
				continue
			}
			if buf.Len() > 0 && buf.Len()+len(r) > shardSize {
				flush()
			}
			if buf.Len() == 0 {
				first = p.id
			} else {
				buf.WriteByte(',')
			}
			buf.Write(r)
		}
		flush()
		return starts
	}
	heads = part("d", func(p numbered) []byte {
		d := p.doc
		sections := []string{}
		for _, s := range d.Sections[:min(len(d.Sections), maxSections)] {
			sections = append(sections, s.Anchor, cut(s.Title, maxTitle))
		}
		url, title := d.URL, cut(d.Title, maxTitle)
		if d.page() == 0 {
			url, title = "", ""
		}
		return plain([]any{p.id, url, title, cut(d.Summary, maxTitle), sections})
	})
	texts = part("x", func(p numbered) []byte {
		list := []string{}
		some := false
		for _, s := range p.doc.Sections[:min(len(p.doc.Sections), maxSections)] {
			list = append(list, cut(strings.Join(strings.Fields(s.Text), " "), maxExcerpt))
			some = some || list[len(list)-1] != ""
		}
		if !some {
			return nil
		}
		return plain([]any{p.id, list})
	})
	return heads, texts
}

// cut returns at most n bytes of s, in whole code points, with a mark.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && s[n]&0xc0 == 0x80 {
		n--
	}
	return s[:n] + "…"
}
