package docs

import (
	"bytes"
	"cmp"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"unicode"

	"github.com/portolan-dev/portolan/sources/diag"
	"github.com/portolan-dev/portolan/sources/yamldoc"
	"golang.org/x/text/unicode/norm"
)

// Limits of one tree. What is above them is left out and named.
const (
	maxPageBytes = 2 << 20
	maxFileBytes = 5 << 20
	maxPages     = 20_000
)

// Read reads one tree. It always returns one: what is wrong is in its
// Diagnostics, and a tree that cannot be read at all has no pages.
func Read(p Place) *Tree {
	t := &Tree{Entity: p.Entity, Repo: p.Repo, Root: p.Root, Dir: path.Join(p.Root, cmp.Or(p.Docs, "docs")), Title: p.Title}
	r := &reader{tree: t, byPath: map[string]*Page{}, byURL: map[string]string{}}
	cfg, ok := r.config()
	if !ok {
		return t
	}
	if cfg == nil && !isDocsFolder(p.Repo.FS, t.Dir) {
		r.readmeOnly()
		return t
	}
	r.walk()
	r.navigation(cfg)
	r.editLinks(cfg)
	if len(t.Pages) == 0 {
		r.report(diag.Pos{File: p.Repo.Pos(t.Dir)}, diag.Warning, "docs-empty", "there is no Markdown file in this docs folder", "add an index.md")
	}
	return t
}

type reader struct {
	tree    *Tree
	file    string // of the configuration, inside the repo
	exclude ignore
	byPath  map[string]*Page
	byURL   map[string]string // folded URL to the path that has it
}

func (r *reader) report(pos diag.Pos, sev diag.Severity, rule, message, hint string) {
	r.tree.Diagnostics = append(r.tree.Diagnostics, diag.Diagnostic{
		Pos: pos, Severity: sev, Rule: rule, Message: message, Hint: hint,
		Entity: r.tree.Entity.String(), Repo: r.tree.Repo.Name,
	})
}

// at is a position in the configuration.
func (r *reader) at(n *yamldoc.Node) diag.Pos {
	pos := diag.Pos{File: r.tree.Repo.Pos(r.file)}
	if n != nil {
		pos.Line, pos.Column = n.Line, n.Column
	}
	return pos
}

// walk finds the documents and the other files below the docs folder.
func (r *reader) walk() {
	t := r.tree
	tooMany := false
	_ = fs.WalkDir(t.Repo.FS, t.Dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return skip(d)
		}
		rel := strings.TrimPrefix(strings.TrimPrefix(name, t.Dir), "/")
		if t.Dir == "." {
			rel = name
		}
		if rel == "" || rel == "." {
			return nil
		}
		base := path.Base(rel)
		if strings.HasPrefix(base, ".") || r.exclude.match(rel, d.IsDir()) {
			return skip(d)
		}
		if d.IsDir() {
			if base == "node_modules" || (t.Dir == "." && base == "templates") {
				return fs.SkipDir
			}
			return nil
		}
		switch {
		case isMarkdown(base):
			if len(t.Pages) >= maxPages {
				tooMany = true
				return nil
			}
			r.page(rel)
		case publishable(base):
			r.asset(rel, d)
		}
		return nil
	})
	if tooMany {
		r.report(diag.Pos{File: t.Repo.Pos(t.Dir)}, diag.Warning, "docs-limit", fmt.Sprintf("only the first %d pages of this docs tree are published", maxPages), "split it over several entities")
	}
	slices.Sort(t.Files)
}

func (r *reader) asset(rel string, d fs.DirEntry) {
	if info, err := d.Info(); err != nil || info.Size() > maxFileBytes {
		r.report(diag.Pos{File: r.tree.Repo.Pos(path.Join(r.tree.Dir, rel))}, diag.Warning, "docs-limit", fmt.Sprintf("this picture is left out: it is larger than %d MB", maxFileBytes>>20), "make it smaller")
		return
	}
	r.tree.Files = append(r.tree.Files, rel)
}

// page reads one document.
func (r *reader) page(rel string) *Page {
	t := r.tree
	name := path.Join(t.Dir, rel)
	pos := diag.Pos{File: t.Repo.Pos(name)}
	info, err := fs.Stat(t.Repo.FS, name)
	if err == nil && info.Size() > maxPageBytes {
		r.report(pos, diag.Warning, "docs-limit", fmt.Sprintf("this page is left out: it is larger than %d MB", maxPageBytes>>20), "split it")
		return nil
	}
	src, err := fs.ReadFile(t.Repo.FS, name)
	if err != nil {
		r.report(pos, diag.Warning, "docs-unreadable", fmt.Sprintf("this page cannot be read: %v", err), "")
		return nil
	}
	p := &Page{Path: rel, URL: pageURL(rel), Source: src}
	if first, taken := r.byURL[p.URL]; taken {
		// As in MkDocs, index.md wins over README.md in the same folder.
		base := strings.ToLower(path.Base(rel))
		other := strings.ToLower(path.Base(first))
		switch {
		case base == "index.md" && other == "readme.md":
			r.drop(first)
		case base == "readme.md" && other == "index.md":
			return nil
		default:
			p.URL = strings.TrimSuffix(p.URL, "/") + "-" + hash8(rel) + "/"
			r.report(pos, diag.Warning, "docs-same-address", fmt.Sprintf("%s and %s would have the same address", rel, first), "rename one of them")
		}
	}
	r.byURL[p.URL] = rel
	r.frontMatter(p, pos)
	r.byPath[rel] = p
	t.Pages = append(t.Pages, p)
	return p
}

func (r *reader) drop(rel string) {
	delete(r.byPath, rel)
	r.tree.Pages = slices.DeleteFunc(r.tree.Pages, func(p *Page) bool { return p.Path == rel })
}

// readmeOnly serves a folder that has neither mkdocs.yml nor docs/.
func (r *reader) readmeOnly() {
	t := r.tree
	for _, name := range []string{"README.md", "readme.md", "Readme.md", "index.md"} {
		if _, err := fs.Stat(t.Repo.FS, path.Join(t.Root, name)); err == nil {
			t.Dir = t.Root
			if p := r.page(name); p != nil {
				p.URL, p.InNav = "", true
				t.Nav = []*NavItem{{Page: p}}
			}
			r.filesBeside()
			r.editLinks(nil)
			return
		}
	}
	r.report(diag.Pos{File: t.Repo.Pos(t.Root)}, diag.Warning, "docs-empty", "there is neither mkdocs.yml nor a docs folder nor a README.md here", "add docs/index.md")
}

// filesBeside publishes the pictures of a README: those in its own folder and
// in the usual folders for pictures.
func (r *reader) filesBeside() {
	t := r.tree
	for _, dir := range []string{".", "images", "img", "assets", "docs", "doc"} {
		entries, err := fs.ReadDir(t.Repo.FS, path.Join(t.Root, dir))
		if err != nil {
			continue
		}
		for _, e := range entries {
			if !e.IsDir() && publishable(e.Name()) {
				r.asset(path.Join(dir, e.Name()), e)
			}
		}
	}
	slices.Sort(t.Files)
}

// frontMatter reads the YAML block at the top of a document.
func (r *reader) frontMatter(p *Page, pos diag.Pos) {
	p.BodyLine = 1
	src := bytes.TrimPrefix(p.Source, []byte("\xef\xbb\xbf"))
	start := len(p.Source) - len(src)
	p.BodyStart = start
	if !bytes.HasPrefix(src, []byte("---\n")) && !bytes.HasPrefix(src, []byte("---\r\n")) {
		return
	}
	body, lines := 0, 1
	for off := bytes.IndexByte(src, '\n') + 1; off < len(src); {
		end := bytes.IndexByte(src[off:], '\n')
		next := off + end + 1
		if end < 0 {
			end, next = len(src)-off, len(src)
		}
		lines++
		if line := strings.TrimRight(string(src[off:off+end]), " \t\r"); line == "---" || line == "..." {
			body = next
			src = src[:off]
			break
		}
		off = next
	}
	if body == 0 {
		return // a rule at the top of the page, not front matter
	}
	p.BodyStart, p.BodyLine = start+body, lines+1
	// The block is parsed with its first line blanked, so that positions are those of the file.
	block := append([]byte("\n"), src[bytes.IndexByte(src, '\n')+1:]...)
	node, perr := yamldoc.ParseOne(block, yamldoc.Limits{})
	if perr != nil {
		r.report(diag.Pos{File: pos.File, Line: perr.Line, Column: perr.Column}, diag.Warning, "front-matter-invalid", "the front matter cannot be read: "+perr.Message, perr.Hint)
		return
	}
	if node == nil || node.Kind != yamldoc.Map {
		return
	}
	p.Front = node
	p.Title = node.Get("title").Str()
	p.Description = node.Get("description").Str()
	p.Status = node.Get("status").Str()
	if tags := node.Get("tags"); tags != nil {
		for _, tag := range tags.Items {
			if tag.Text != "" {
				p.Tags = append(p.Tags, tag.Text)
			}
		}
	}
	if hide := node.Get("hide"); hide != nil {
		for _, h := range hide.Items {
			switch h.Str() {
			case "toc":
				p.HideTOC = true
			case "navigation":
				p.HideNav = true
			}
		}
	}
}

func isMarkdown(name string) bool {
	switch strings.ToLower(path.Ext(name)) {
	case ".md", ".markdown", ".mdown", ".mkd", ".mkdn":
		return true
	}
	return false
}

// publishable tells whether a file beside the documents may be published.
// It is an allow-list: nothing that a browser would run.
func publishable(name string) bool {
	switch strings.ToLower(path.Ext(name)) {
	case ".png", ".jpg", ".jpeg", ".gif", ".webp", ".avif", ".svg":
		return true
	}
	return false
}

// pageURL returns the address of a document relative to its tree, as MkDocs
// forms it (directory URLs), in lower case.
func pageURL(rel string) string {
	dir, base := path.Split(rel)
	name := strings.TrimSuffix(base, path.Ext(base))
	parts := []string{}
	if dir != "" {
		parts = strings.Split(strings.TrimSuffix(dir, "/"), "/")
	}
	if l := strings.ToLower(name); l != "index" && l != "readme" {
		parts = append(parts, name)
	}
	for i, p := range parts {
		parts[i] = slugPart(p)
	}
	if len(parts) == 0 {
		return ""
	}
	return strings.Join(parts, "/") + "/"
}

// FileURL returns the address of another file relative to its tree.
func FileURL(rel string) string {
	parts := strings.Split(rel, "/")
	for i, p := range parts {
		parts[i] = slugPart(p)
	}
	return strings.Join(parts, "/")
}

// slugPart makes one part of an address: NFC, lower case, letters, digits,
// '.', '_' and '-'; everything else becomes '-'. Names that hosts or file
// systems treat specially get a prefix, long ones are cut and told apart by a
// hash.
func slugPart(s string) string {
	folded := strings.ToLower(norm.NFC.String(s))
	var b strings.Builder
	for _, c := range folded {
		switch {
		case unicode.IsLetter(c), unicode.IsDigit(c), unicode.Is(unicode.Mn, c), c == '.', c == '_', c == '-':
			b.WriteRune(c)
		default:
			b.WriteByte('-')
		}
	}
	out := b.String()
	if strings.Trim(out, ".") == "" || strings.HasPrefix(out, ".") || device(out) {
		out = "x-" + out
	}
	if len(out) > 100 {
		cut := out[:80]
		for !utf8Boundary(out, len(cut)) {
			cut = cut[:len(cut)-1]
		}
		out = cut + "-" + hash8(s)
	}
	return strings.TrimRight(out, ".")
}

func utf8Boundary(s string, i int) bool { return i >= len(s) || s[i]&0xC0 != 0x80 }

// device tells whether Windows takes a name for a device.
func device(s string) bool {
	stem, _, _ := strings.Cut(s, ".")
	switch stem {
	case "con", "prn", "aux", "nul":
		return true
	}
	return len(stem) == 4 && (strings.HasPrefix(stem, "com") || strings.HasPrefix(stem, "lpt")) && stem[3] >= '0' && stem[3] <= '9'
}
