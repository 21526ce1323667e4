package search

import (
	"slices"
	"strings"
)

// A start is search/index.json: every entity in columns, and which other files
// there are. Numbers in columns point into the list of the same name; -1 is
// none.
type start struct {
	V     int    `json:"v"`
	Stamp string `json:"s"`
	N     int    `json:"n"` // pages, entities included

	Shards []string `json:"t"` // keys of the words' files
	Heads  []int    `json:"d"` // first page of each file of headings
	Texts  []int    `json:"x"` // first page of each file of texts

	// Trees says to which entity pages belong: the first page's number and the
	// entity's, for each tree.
	Trees [][2]int `json:"tree"`

	Kinds      []string `json:"kinds"`
	Namespaces []string `json:"namespaces"`
	Types      []string `json:"types"`
	Owners     []string `json:"owners"` // refs
	Systems    []string `json:"systems"`
	Lifecycles []string `json:"lifecycles"`
	Tags       []string `json:"tags"`

	Name      string         `json:"name"` // names, one a line; a name has no line break
	Kind      []int          `json:"kind"`
	Namespace []int          `json:"ns"`
	Type      []int          `json:"type"`
	Owner     []int          `json:"owner"`
	System    []int          `json:"system"`
	Lifecycle []int          `json:"life"`
	Status    string         `json:"status"` // a letter each: o ok, w warn, b bad, p rolling out, u unknown, - not deployed
	Tag       map[int][]int  `json:"tag"`    // by number of the entity
	Title     map[int]string `json:"title"`  // where it is not the name
	URL       map[int]string `json:"url"`    // where it is not catalog/namespace/kind/name/
}

// A dict numbers words in the order of how often they are used, so that the
// frequent ones have short numbers.
type dict struct {
	words []string
	at    map[string]int
}

func newDict(docs []*Doc, get func(*Doc) []string) *dict {
	n := map[string]int{}
	for _, d := range docs {
		for _, w := range get(d) {
			if w != "" {
				n[w]++
			}
		}
	}
	t := &dict{words: []string{}, at: map[string]int{}}
	for w := range n {
		t.words = append(t.words, w)
	}
	slices.SortFunc(t.words, func(a, b string) int {
		if n[a] != n[b] {
			return n[b] - n[a]
		}
		return strings.Compare(a, b)
	})
	for i, w := range t.words {
		t.at[w] = i
	}
	return t
}

func (t *dict) of(w string) int {
	if i, ok := t.at[w]; ok {
		return i
	}
	return -1
}

var letters = map[string]byte{"ok": 'o', "warn": 'w', "bad": 'b', "run": 'p', "unk": 'u', "off": '-'}

func (b *builder) start(keys []string, heads, texts []int) File {
	es := b.entities
	one := func(get func(*Doc) string) *dict {
		return newDict(es, func(d *Doc) []string { return []string{get(d)} })
	}
	name := func(d *Doc) (namespace, name string) {
		_, rest, _ := strings.Cut(d.Ref, ":")
		if ns, n, ok := strings.Cut(rest, "/"); ok {
			return ns, n
		}
		return "", rest
	}
	kinds := one(func(d *Doc) string { return d.Kind })
	spaces := one(func(d *Doc) string { ns, _ := name(d); return ns })
	types := one(func(d *Doc) string { return strings.ToLower(d.Type) })
	owners := one(func(d *Doc) string { return d.Owner })
	systems := one(func(d *Doc) string { return d.System })
	lifecycles := one(func(d *Doc) string { return strings.ToLower(d.Lifecycle) })
	tags := newDict(es, func(d *Doc) []string { return d.Tags })
	s := &start{
		V: version, Stamp: b.stamp, N: len(es), Shards: keys, Heads: heads, Texts: texts,
		Kinds: kinds.words, Namespaces: spaces.words, Types: types.words, Owners: owners.words,
		Systems: systems.words, Lifecycles: lifecycles.words, Tags: tags.words,
		Tag: map[int][]int{}, Title: map[int]string{}, URL: map[int]string{},
		Kind: []int{}, Namespace: []int{}, Type: []int{}, Owner: []int{}, System: []int{}, Lifecycle: []int{},
	}
	number := map[string]int{}
	for i, d := range es {
		number[d.Ref] = i
	}
	s.Trees = [][2]int{}
	tree := ""
	for _, p := range b.pages {
		if p.doc.page() == 0 {
			continue
		}
		s.N++
		if p.doc.Ref != tree || len(s.Trees) == 0 {
			e, ok := number[p.doc.Ref]
			if !ok {
				e = -1
			}
			s.Trees = append(s.Trees, [2]int{p.id, e})
			tree = p.doc.Ref
		}
	}
	if s.Shards == nil {
		s.Shards = []string{}
	}
	if s.Heads == nil {
		s.Heads = []int{}
	}
	if s.Texts == nil {
		s.Texts = []int{}
	}
	var names []string
	var status []byte
	for i, d := range es {
		ns, n := name(d)
		n = strings.ReplaceAll(n, "\n", " ")
		names = append(names, n)
		s.Kind = append(s.Kind, kinds.of(d.Kind))
		s.Namespace = append(s.Namespace, spaces.of(ns))
		s.Type = append(s.Type, types.of(strings.ToLower(d.Type)))
		s.Owner = append(s.Owner, owners.of(d.Owner))
		s.System = append(s.System, systems.of(d.System))
		s.Lifecycle = append(s.Lifecycle, lifecycles.of(strings.ToLower(d.Lifecycle)))
		l, ok := letters[d.Status]
		if !ok {
			l = ' '
		}
		status = append(status, l)
		for _, t := range d.Tags[:min(len(d.Tags), 20)] {
			s.Tag[i] = append(s.Tag[i], tags.of(t))
		}
		if d.Title != n && d.Title != "" {
			s.Title[i] = cut(d.Title, maxTitle)
		}
		if u := "catalog/" + ns + "/" + d.Kind + "/" + n + "/"; d.URL != u {
			s.URL[i] = d.URL
		}
	}
	s.Name, s.Status = strings.Join(names, "\n"), string(status)
	return File{Path: "search/index.json", Data: append(plain(s), '\n')}
}
