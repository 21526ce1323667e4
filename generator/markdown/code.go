package markdown

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/alecthomas/chroma/v2"
	"github.com/alecthomas/chroma/v2/lexers"
)

// highlightVersion is part of every cache key: a change of the markup below,
// or of chroma, must change it.
const highlightVersion = "2/chroma-2.27.0"

// How many bytes of one block are coloured: by our own lexers, which are
// linear, and by chroma's, which are regular expressions with backtracking. A
// longer block is shown plain.
const (
	maxHighlight = 256 << 10
	maxChroma    = 4 << 10
)

// maxChromaTime ends chroma's work on a block, and on the page. No block that somebody wrote to
// be read takes a hundredth of it, so that the same input gives the same page.
const maxChromaTime = time.Second

// maxPageHighlight is how many bytes of all blocks of a page are coloured.
const maxPageHighlight = 512 << 10

// A codeBlock is one block of code with what its fence says about it.
type codeBlock struct {
	code    []byte
	lang    string
	title   string
	start   int          // number of the first line; 0 for none
	lines   map[int]bool // highlighted lines, from 1
	plain   bool         // not coloured, because the page has too much code
	slow    bool         // set if colouring was given up
	annotes string       // prefix of the ids of the annotations; "" for none
	count   int          // annotations that exist
}

// A highlighter colours code and keeps what it did.
type highlighter struct {
	cache  Cache
	mu     sync.Mutex
	lexers map[string]chroma.Lexer
}

func newHighlighter(c Cache) *highlighter {
	if c == nil {
		c = &memory{values: map[string][]byte{}}
	}
	return &highlighter{cache: c, lexers: map[string]chroma.Lexer{}}
}

// A memory is a cache that lasts as long as its engine.
type memory struct {
	mu     sync.RWMutex
	values map[string][]byte
	size   int
}

// maxMemory is when a memory starts anew, in bytes.
const maxMemory = 64 << 20

func (m *memory) Get(key string) ([]byte, bool) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	v, ok := m.values[key]
	return v, ok
}

func (m *memory) Put(key string, value []byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.size += len(value) + len(key); m.size > maxMemory {
		m.values, m.size = map[string][]byte{}, len(value)+len(key)
	}
	m.values[key] = value
}

// lexer returns the lexer of a language, or nil.
func (h *highlighter) lexer(lang string) chroma.Lexer {
	if lang == "" || len(lang) > 40 {
		return nil
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	l, ok := h.lexers[lang]
	if !ok {
		if alias := languageAliases[lang]; alias != "" {
			l = lexers.Get(alias)
		} else {
			l = lexers.Get(lang)
		}
		if l != nil {
			l = chroma.Coalesce(l)
		}
		if len(h.lexers) > 2000 {
			h.lexers = map[string]chroma.Lexer{}
		}
		h.lexers[lang] = l
	}
	return l
}

// knows reports whether a language can be coloured.
func (h *highlighter) knows(lang string) bool { return lexerOf(lang) != nil || h.lexer(lang) != nil }

// languageAliases are names that authors use and chroma does not know.
var languageAliases = map[string]string{
	"shell-session": "console", "shellsession": "console", "sh-session": "console", "pycon": "python", "jsonc": "json",
	"json5": "json", "text": "plaintext", "txt": "plaintext", "none": "plaintext", "plain": "plaintext", "output": "plaintext",
	"cfg": "ini", "conf": "ini", "jsx": "react", "hcl2": "hcl", "tf": "terraform", "helm": "go-text-template", "gotmpl": "go-text-template",
	"yml": "yaml", "make": "makefile", "proto3": "proto", "env": "bash", "dotenv": "bash",
}

// block returns the HTML of a block, from the cache if it is there.
func (h *highlighter) block(b *codeBlock) []byte {
	sum := sha256.New()
	for _, s := range []string{highlightVersion, b.lang, b.title, strconv.Itoa(b.start), b.annotes, strconv.Itoa(b.count), strconv.FormatBool(b.plain)} {
		sum.Write([]byte(s))
		sum.Write([]byte{0})
	}
	for i, n := 1, len(b.lines); n > 0 && i <= bytes.Count(b.code, []byte{'\n'})+1; i++ {
		if b.lines[i] {
			sum.Write([]byte(strconv.Itoa(i)))
			sum.Write([]byte{','})
			n--
		}
	}
	sum.Write([]byte{0})
	sum.Write(b.code)
	key := "highlight:" + hex.EncodeToString(sum.Sum(nil))
	if v, ok := h.cache.Get(key); ok {
		return v
	}
	v := h.render(b)
	h.cache.Put(key, v)
	return v
}

// render writes the whole block. Everything in it is our own markup around
// escaped text.
func (h *highlighter) render(b *codeBlock) []byte {
	dst := make([]byte, 0, 2*len(b.code)+256)
	dst = append(dst, `<div class="cb"><header><span>`...)
	if b.title != "" {
		dst = appendText(dst, b.title)
	} else {
		dst = appendText(dst, b.lang)
	}
	dst = append(dst, `</span><button class="copy js-only" type="button" data-copy>Copy</button></header><pre tabindex="0"`...)
	if b.start > 0 {
		dst = append(dst, ` class="ln"`...)
	}
	dst = append(dst, `><code>`...)
	dst = h.lines(dst, b)
	return append(dst, "</code></pre></div>"...)
}

// A lineWriter writes coloured text as one <span class="l"> for each line, its
// line feed inside, so that the block copies and reads right without styles.
type lineWriter struct {
	block  *codeBlock
	dst    []byte
	number int    // of the open line, from 1
	inLine bool   // a line is open
	class  string // of the open span; "" for none
}

func (w *lineWriter) open() {
	w.number++
	w.inLine = true
	w.dst = append(w.dst, `<span class="l`...)
	if w.block.lines[w.number] {
		w.dst = append(w.dst, " hl"...)
	}
	w.dst = append(w.dst, '"')
	if w.block.start > 0 {
		w.dst = append(w.dst, ` data-n="`...)
		w.dst = strconv.AppendInt(w.dst, int64(w.block.start+w.number-1), 10)
		w.dst = append(w.dst, '"')
	}
	w.dst = append(w.dst, '>')
}

func (w *lineWriter) setClass(class string) {
	if class == w.class {
		return
	}
	if w.class != "" {
		w.dst = append(w.dst, "</span>"...)
	}
	if class != "" {
		w.dst = append(w.dst, `<span class="`...)
		w.dst = append(w.dst, class...)
		w.dst = append(w.dst, `">`...)
	}
	w.class = class
}

func (w *lineWriter) write(class, s string) {
	for s != "" {
		if !w.inLine {
			w.open()
		}
		line, rest, found := strings.Cut(s, "\n")
		if line != "" {
			if strings.TrimSpace(line) != "" {
				w.setClass(class)
			}
			if class == "k0" && w.block.count > 0 {
				w.dst = w.block.appendAnnotated(w.dst, line)
			} else {
				w.dst = appendText(w.dst, line)
			}
		}
		if found {
			w.setClass("")
			w.dst = append(w.dst, "\n</span>"...)
			w.inLine = false
		}
		s = rest
	}
}

// lines appends the lines of a block.
func (h *highlighter) lines(dst []byte, b *codeBlock) []byte {
	code := strings.TrimRight(string(b.code), "\n") + "\n"
	w := &lineWriter{block: b, dst: dst}
	lang := strings.ToLower(b.lang)
	if b.plain || len(code) > maxHighlight {
		w.write("", code)
		return w.dst
	}
	if own := lexerOf(lang); own != nil {
		own(code, w.write)
		return w.dst
	}
	start := time.Now()
	if !h.chroma(code, lang, w.write) {
		// The lexer lost or changed text, or took too long. The author's words
		// count.
		b.slow = time.Since(start) > maxChromaTime
		w = &lineWriter{block: b, dst: w.dst[:len(dst)]}
		w.write("", code)
	}
	return w.dst
}

// chroma splits code with the lexer of a language that is not one of our own.
// It returns false if there is none or if it did not get through.
func (h *highlighter) chroma(code, lang string, emit func(class, text string)) bool {
	lexer := h.lexer(lang)
	if lexer == nil || len(code) > maxChroma {
		return false
	}
	iterator, err := lexer.Tokenise(nil, code)
	if err != nil {
		return false
	}
	start := time.Now()
	written := 0
	for t := iterator(); t != chroma.EOF; t = iterator() {
		if !strings.HasPrefix(code[written:], t.Value) || time.Since(start) > maxChromaTime {
			return false
		}
		emit(tokenClass(t.Type), t.Value)
		written += len(t.Value)
	}
	return written == len(code)
}

// HighlightClasses are the classes of coloured code with what they mean: three
// hues and the grey of comments. Everything else keeps the colour of text.
var HighlightClasses = map[string]string{
	"k0": "comments",
	"k1": "keywords, tags, keys of maps, and headings",
	"k2": "names of functions and variables, numbers, constants, attributes",
	"k3": "strings and other literals",
}

// tokenClass maps chroma's many kinds to the four that the theme has.
func tokenClass(t chroma.TokenType) string {
	switch {
	case t.InCategory(chroma.Comment):
		if t == chroma.CommentPreproc || t == chroma.CommentPreprocFile {
			return "k1"
		}
		return "k0"
	case t.InCategory(chroma.Keyword):
		if t == chroma.KeywordConstant {
			return "k2"
		}
		return "k1"
	case t == chroma.NameTag, t == chroma.OperatorWord, t == chroma.GenericHeading, t == chroma.GenericSubheading:
		return "k1"
	case t.InSubCategory(chroma.LiteralNumber):
		return "k2"
	case t == chroma.NameFunction, t == chroma.NameFunctionMagic, t == chroma.NameAttribute, t == chroma.NameConstant,
		t == chroma.NameDecorator, t == chroma.NameBuiltin, t == chroma.NameClass, t.InSubCategory(chroma.NameVariable), t == chroma.NameEntity:
		return "k2"
	case t == chroma.GenericInserted:
		return "k3"
	case t == chroma.GenericDeleted:
		return "k2"
	case t == chroma.GenericPrompt, t == chroma.GenericOutput:
		return "k0"
	case t.InCategory(chroma.Literal):
		return "k3"
	}
	return ""
}

// annotation is a mark in a comment: (1), or (1)! for one that takes the place
// of its comment.
var annotation = regexp.MustCompile(`\(([0-9]{1,3})\)(!?)`)

// appendAnnotated writes the text of a comment with its annotations, such as
// "# (1)!", as links to the list that explains them.
func (b *codeBlock) appendAnnotated(dst []byte, text string) []byte {
	found := annotation.FindAllStringSubmatchIndex(text, -1)
	strip := len(found) > 0
	last := 0
	for _, m := range found {
		strip = strip && m[4] < m[5] && strings.Trim(text[last:m[0]], " \t#/*-<!;%{") == ""
		last = m[1]
	}
	strip = strip && strings.Trim(text[last:], " \t*/->#}") == ""
	last = 0
	for _, m := range found {
		n, _ := strconv.Atoi(text[m[2]:m[3]])
		if n < 1 || n > b.count {
			continue
		}
		if !strip {
			dst = appendText(dst, text[last:m[0]])
		}
		dst = appendAnnotation(dst, b.annotes, n)
		last = m[1]
	}
	if strip && last > 0 {
		return dst
	}
	return appendText(dst, text[last:])
}

// appendAnnotation writes the link from a mark to its explanation.
func appendAnnotation(dst []byte, prefix string, n int) []byte {
	number := strconv.Itoa(n)
	return append(dst, `<a class="anno" href="#`+prefix+number+`" aria-label="Annotation `+number+`">`+number+`</a>`...)
}
