package search

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// shardSize is how large a part of the index should be at most, in bytes
// before compression. A part with a single word may be larger.
const shardSize = 40_000

// maxPostings bounds the places that are kept of one word, the heaviest first.
// A word beyond it is marked, so that other words decide.
const maxPostings = 2000

// A posting is a place of a word: the page, the section of it (0 is the page
// itself) and how much it says, from 1 to 63.
type posting struct {
	doc     int
	section int
	weight  int
}

// A termList is one word with all its places, by page and section.
type termList struct {
	word   string
	places []posting
	common bool // places were left out
	data   []byte
}

// path returns the steps from the root to the shard of a word. Words that
// begin with a Latin letter or a digit are told apart by their letters; others
// first by blocks of 256 code points, so that a page in Chinese does not make
// a file for each letter.
func path(word string) []string {
	var steps []string
	for i, r := range word {
		if i == 0 && (r >= 'a' && r <= 'z' || r >= '0' && r <= '9') {
			steps = append(steps, string(r))
			continue
		}
		if i == 0 {
			steps = append(steps, "-"+strconv.FormatInt(int64(r)>>8, 16))
		}
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			steps = append(steps, string(r))
		} else {
			steps = append(steps, "-"+strconv.FormatInt(int64(r), 16))
		}
		if len(steps) == maxPath {
			break
		}
	}
	return steps
}

// maxPath is how many steps tell shards apart.
const maxPath = 5

// endOfPath names the shard of the words that end where others go on.
const endOfPath = "_"

// A shard is the words below one path.
type shard struct {
	key   string // path without separators, unique
	terms []*termList
}

// split divides words, which are sorted, into shards. A shard depends only on
// the words in it and its size, so that a change in one word moves no other
// word's shard, unless a shard grows over its size.
func split(terms []*termList) []shard {
	var out []shard
	var divide func(key string, depth int, terms []*termList)
	divide = func(key string, depth int, terms []*termList) {
		size := 0
		for _, t := range terms {
			size += len(t.data) + len(t.word) + 4
		}
		if depth > 0 && (size <= shardSize || len(terms) == 1 || depth == maxPath) {
			out = append(out, shard{key, terms})
			return
		}
		children := map[string][]*termList{}
		for _, t := range terms {
			step := endOfPath
			if p := path(t.word); len(p) > depth {
				step = p[depth]
			}
			children[step] = append(children[step], t)
		}
		steps := make([]string, 0, len(children))
		for s := range children {
			steps = append(steps, s)
		}
		slices.Sort(steps)
		for _, s := range steps {
			if s == endOfPath {
				out = append(out, shard{key + s, children[s]})
				continue
			}
			divide(key+s, depth+1, children[s])
		}
	}
	if len(terms) > 0 {
		divide("", 0, terms)
	}
	slices.SortFunc(out, func(a, b shard) int { return strings.Compare(a.key, b.key) })
	return out
}

// encode writes the places of a word: the step to the next page, and section
// and weight in one number.
func (t *termList) encode() {
	slices.SortFunc(t.places, func(a, b posting) int {
		if a.doc != b.doc {
			return a.doc - b.doc
		}
		return a.section - b.section
	})
	if len(t.places) > maxPostings {
		t.common = true
		slices.SortStableFunc(t.places, func(a, b posting) int { return b.weight - a.weight })
		t.places = t.places[:maxPostings]
		slices.SortFunc(t.places, func(a, b posting) int {
			if a.doc != b.doc {
				return a.doc - b.doc
			}
			return a.section - b.section
		})
	}
	b := []byte{'['}
	last := 0
	for i, p := range t.places {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(b, int64(p.doc-last), 10)
		b = append(b, ',')
		b = strconv.AppendInt(b, int64(p.section<<6|p.weight), 10)
		last = p.doc
	}
	t.data = append(b, ']')
}

// write returns the file of a shard:
//
//	{"v":1,"w":["word",...],"p":[[step,section<<6|weight,...],...],"c":[index of a common word,...]}
func (s *shard) write() File {
	var b bytes.Buffer
	fmt.Fprintf(&b, `{"v":%d,"w":[`, version)
	var common []int
	for i, t := range s.terms {
		if i > 0 {
			b.WriteByte(',')
		}
		b.Write(quote(t.word))
		if t.common {
			common = append(common, i)
		}
	}
	b.WriteString(`],"p":[`)
	for i, t := range s.terms {
		if i > 0 {
			b.WriteByte(',')
		}
		b.Write(t.data)
	}
	b.WriteByte(']')
	if common != nil {
		fmt.Fprintf(&b, `,"c":%s`, plain(common))
	}
	b.WriteString("}\n")
	return File{Path: "search/t" + s.key + ".json", Data: b.Bytes()}
}

// quote returns s as a JSON string. What is not UTF-8 becomes U+FFFD.
func quote(s string) []byte { return plain(s) }

// plain returns v as JSON without the escapes that only HTML needs.
func plain(v any) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return []byte("null") // strings and numbers always encode
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}
