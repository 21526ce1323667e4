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
// share the step "-" and then go by blocks of 256 code points, so that a page
// in Chinese does not make a file for each letter.
func path(word string) []string {
	var steps []string
	for i, r := range word {
		if i == 0 && (r >= 'a' && r <= 'z' || r >= '0' && r <= '9') {
			steps = append(steps, string(r))
			continue
		}
		if i == 0 {
			steps = append(steps, "-", strconv.FormatInt(int64(r)>>8, 16))
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
const maxPath = 6

// common names the shard at a fork that holds the words that end there and
// those of all branches that are too small for a file of their own.
const common = "_"

// smallShard is how large a branch has to be to get a file of its own.
const smallShard = 4000

// A shard is the words below one path.
type shard struct {
	key   string // path without separators, unique
	terms []*termList
}

// split divides words, which are sorted, into shards. A shard depends only on
// the words below the same fork and their sizes, so that a change in one word
// seldom moves another.
func split(terms []*termList) []shard {
	var out []shard
	size := func(terms []*termList) (n int) {
		for _, t := range terms {
			n += len(t.data) + len(t.word) + 4
		}
		return n
	}
	var divide func(key string, depth int, terms []*termList)
	divide = func(key string, depth int, terms []*termList) {
		if depth > 0 && (size(terms) <= shardSize || len(terms) == 1 || depth == maxPath) {
			out = append(out, shard{key, terms})
			return
		}
		var here []*termList
		branches := map[string][]*termList{}
		var steps []string
		for _, t := range terms {
			p := path(t.word)
			if len(p) <= depth {
				here = append(here, t)
				continue
			}
			if branches[p[depth]] == nil {
				steps = append(steps, p[depth])
			}
			branches[p[depth]] = append(branches[p[depth]], t)
		}
		slices.Sort(steps)
		total := size(here)
		for _, s := range steps {
			n := size(branches[s])
			if n < smallShard && total+n <= shardSize {
				here, total = append(here, branches[s]...), total+n
				continue
			}
			divide(key+s, depth+1, branches[s])
		}
		if len(here) > 0 {
			slices.SortFunc(here, func(a, b *termList) int { return strings.Compare(a.word, b.word) })
			out = append(out, shard{key + common, here})
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
//	{"v":1,"s":"stamp","w":["word",...],"p":[[step,section<<6|weight,...],...],"c":[index of a common word,...]}
func (s *shard) write(stamp string) File {
	var b bytes.Buffer
	fmt.Fprintf(&b, `{"v":%d,"s":%q,"w":[`, version, stamp)
	var frequent []int
	for i, t := range s.terms {
		if i > 0 {
			b.WriteByte(',')
		}
		b.Write(quote(t.word))
		if t.common {
			frequent = append(frequent, i)
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
	if frequent != nil {
		fmt.Fprintf(&b, `,"c":%s`, plain(frequent))
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
