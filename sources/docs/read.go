package docs

import (
	"bytes"
	"cmp"
	"fmt"
	"io/fs"
	"net/url"
	"path"
	"regexp"
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
	maxFolders   = 40        // how deep documents may lie
	maxTreeBytes = 128 << 20 // of all pages together
	maxKeptBytes = 32 << 20  // of cleaned pictures that are kept for publishing
)

// Read reads one tree. It always returns one: what is wrong is in its
// Diagnostics, and a tree that cannot be read at all has no pages.
func Read(p Place) *Tree {
	t := &Tree{Entity: p.Entity, Repo: p.Repo, Root: p.Root, Dir: path.Join(p.Root, cmp.Or(p.Docs, "docs")), Title: p.Title, Snippets: []string{p.Root}}
	r := &reader{
		tree: t, downloads: p.Downloads, exclude: always(),
		home: map[*yamldoc.Node]string{}, said: map[string]bool{}, byPath: map[string]*Page{}, byURL: map[string]string{},
	}
	cfg, ok := r.config()
	if !ok {
		return t
	}
	switch {
	case isFolder(p.Repo.FS, t.Dir) && (cfg != nil || isDocsFolder(p.Repo.FS, t.Dir)):
		r.walk(t.Dir, "", r.exclude)
		r.navigation(cfg)
		r.leftOut()
		r.checkRedirects()
		if len(t.Pages) == 0 {
			r.report(diag.Pos{File: p.Repo.Pos(t.Dir)}, diag.Warning, "docs-empty", "there is no Markdown file in this docs folder", "add an index.md")
		}
	default:
		r.readmeOnly(cfg)
	}
	r.settle()
	r.editLinks(cfg)
	if !p.NoStart {
		r.startPage()
	}
	t.Decisions = decisions(t)
	return t
}

type reader struct {
	tree      *Tree
	downloads []string
	file      string // of the configuration, inside the repo
	exclude   ignore // exclude_docs and draft_docs
	hidden    ignore // not_in_nav
	globs     []string
	regexps   []*regexp.Regexp
	redirect  []redirect
	implicit  bool                     // sections have the index of their folder for a page
	literate  string                   // file that holds the nav of its folder as a list; empty: none
	home      map[*yamldoc.Node]string // the file of a setting that is not from file
	said      map[string]bool
	includes  int
	mounts    map[string]bool // the folders of included sites
	base      string          // where the pages of an included site are mounted
	including []string        // the configurations that are being read
	left      []string        // files that are not published
	bytes     int             // of all pages so far
	kept      int             // bytes of cleaned pictures
	missing   int             // entries of nav without a page
	byPath    map[string]*Page
	byURL     map[string]string // address to the path that has it
}

func (r *reader) report(pos diag.Pos, sev diag.Severity, rule, message, hint string) {
	r.tree.Diagnostics = append(r.tree.Diagnostics, diag.Diagnostic{
		Pos: pos, Severity: sev, Rule: rule, Message: message, Hint: hint,
		Entity: r.tree.Entity.String(), Repo: r.tree.Repo.Name,
	})
}

// once does something once for a tree.
func (r *reader) once(what string, f func()) {
	if !r.said[what] {
		r.said[what] = true
		f()
	}
}

// at is the position of a setting.
func (r *reader) at(n *yamldoc.Node) diag.Pos {
	file := r.file
	if f, ok := r.home[n]; ok {
		file = f
	}
	pos := diag.Pos{File: r.tree.Repo.Pos(file)}
	if n != nil {
		pos.Line, pos.Column = n.Line, n.Column
	}
	return pos
}

// walk finds the documents and the other files below a folder. Their paths
// begin with mount.
func (r *reader) walk(dir, mount string, exclude ignore) {
	t := r.tree
	final := exclude.final()
	tooMany := false
	_ = fs.WalkDir(t.Repo.FS, dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return skip(d)
		}
		rel := strings.TrimPrefix(name, dir+"/")
		if dir == "." {
			rel = name
		}
		if name == dir {
			return nil
		}
		if d.IsDir() {
			base := d.Name()
			if base == "node_modules" || base == ".git" || strings.Count(rel, "/") > maxFolders || final && exclude.match(rel, true) {
				return fs.SkipDir
			}
			return nil
		}
		if exclude.match(rel, false) || r.excludedByPlugin(rel) {
			return nil
		}
		base, to := d.Name(), path.Join(mount, rel)
		switch {
		case isMarkdown(base):
			if len(t.Pages) >= maxPages || r.bytes > maxTreeBytes {
				tooMany = true
				return nil
			}
			r.page(to, name)
		case publishable(base, r.downloads):
			r.asset(to, name, d)
		case dir != t.Root || mount != "":
			r.left = append(r.left, rel)
		}
		return nil
	})
	if tooMany {
		r.report(diag.Pos{File: t.Repo.Pos(dir)}, diag.Warning, "docs-limit", fmt.Sprintf("only the first %d pages of this docs tree are published: it holds more than %d pages or %d MB", len(t.Pages), maxPages, maxTreeBytes>>20), "split it over several entities")
	}
	slices.Sort(t.Files)
}

func (r *reader) excludedByPlugin(rel string) bool {
	return slices.ContainsFunc(r.globs, func(g string) bool { return fnmatch(g, rel) }) ||
		slices.ContainsFunc(r.regexps, func(re *regexp.Regexp) bool { return re.MatchString(rel) })
}

// leftOut names the files that are not published: one line for those that
// would be live in a browser, one for the rest.
func (r *reader) leftOut() {
	var active, other []string
	for _, f := range r.left {
		switch strings.ToLower(path.Ext(f)) {
		case ".html", ".htm", ".xhtml", ".js", ".mjs", ".cjs", ".xml", ".xsl", ".wasm", ".css", ".swf", ".mht", ".shtml", ".php", ".jsp", ".htaccess":
			active = append(active, f)
		case "":
			if strings.HasPrefix(path.Base(f), "_") {
				active = append(active, f)
				continue
			}
			other = append(other, f)
		default:
			other = append(other, f)
		}
	}
	pos := diag.Pos{File: r.tree.Repo.Pos(r.tree.Dir)}
	if len(active) > 0 {
		r.report(pos, diag.Warning, "docs-file-live", fmt.Sprintf("%s not published, because a browser or host would run or follow them", names(active)), "write what they show in Markdown")
	}
	if len(other) > 0 {
		r.report(pos, diag.Info, "docs-file-other", fmt.Sprintf("%s not published: only pages and pictures are", names(other)), "links to them lead to the repo's host, if it is known")
	}
}

// names lists the first of many.
func names(list []string) string {
	const show = 4
	var b strings.Builder
	for i, s := range list[:min(show, len(list))] {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(s)
	}
	if n := len(list) - show; n > 0 {
		fmt.Fprintf(&b, " and %d more", n)
	}
	if len(list) == 1 {
		b.WriteString(" is")
	} else {
		b.WriteString(" are")
	}
	return b.String()
}

// settle leaves out files whose address another file or page has, or that would
// be a file where another needs a folder.
func (r *reader) settle() {
	t := r.tree
	folders := map[string]bool{}
	above := func(address string) {
		for dir := path.Dir(address); dir != "."; dir = path.Dir(dir) {
			folders[dir] = true
		}
	}
	for _, p := range t.Pages {
		if at := strings.TrimSuffix(p.URL, "/"); at != "" {
			folders[at] = true
			above(at)
		}
	}
	for _, f := range t.Files {
		above(FileURL(f))
	}
	first := map[string]string{}
	t.Files = slices.DeleteFunc(t.Files, func(f string) bool {
		at := FileURL(f)
		other, twice := first[at]
		switch {
		case twice:
			r.report(diag.Pos{File: t.Repo.Pos(path.Join(t.Dir, f))}, diag.Warning, "docs-same-address", fmt.Sprintf("%s is left out, because %s has the same address", f, other), "rename one of them")
		case folders[at]:
			r.report(diag.Pos{File: t.Repo.Pos(path.Join(t.Dir, f))}, diag.Warning, "docs-same-address", fmt.Sprintf("%s is left out, because pages or files lie below its address", f), "rename it")
		default:
			first[at] = f
			return false
		}
		return true
	})
}

func isFolder(fsys fs.FS, dir string) bool {
	st, err := fs.Stat(fsys, dir)
	return err == nil && st.IsDir()
}

// startPage makes a page for the root of the tree where the author has none,
// so that the address of the docs leads somewhere.
func (r *reader) startPage() {
	t := r.tree
	if len(t.Pages) == 0 || r.byURL[""] != "" {
		return
	}
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\n", plainText(t.Title))
	if t.Description != "" {
		b.WriteString(plainText(t.Description) + "\n\n")
	}
	n := 0
	for _, p := range t.Pages {
		if !p.InNav || n >= 100 {
			continue
		}
		n++
		title := p.Title
		if title == "" {
			title = firstHeading(p.Body())
		}
		if title == "" {
			title = TitleOf(p)
		}
		fmt.Fprintf(&b, "- [%s](<%s>)\n", plainText(title), (&url.URL{Path: p.Path}).EscapedPath())
	}
	p := &Page{Path: "index.md", Title: t.Title, Source: []byte(b.String()), BodyLine: 1, InNav: true}
	t.Pages = append([]*Page{p}, t.Pages...)
	t.Nav = append([]*NavItem{{Title: "Overview", Page: p}}, t.Nav...)
	r.byPath[p.Path], r.byURL[""] = p, p.Path
	r.report(diag.Pos{File: t.Repo.Pos(t.Dir)}, diag.Info, "docs-no-start", "there is no index.md, so the docs start with a list of their pages", "add an index.md that says what this is")
}

// plainText writes a text so that Markdown shows it letter by letter.
func plainText(s string) string {
	var b strings.Builder
	for _, c := range oneLine(s) {
		if c < 0x80 && (unicode.IsPunct(c) || unicode.IsSymbol(c)) {
			b.WriteByte('\\')
		}
		b.WriteRune(c)
	}
	return b.String()
}

// firstHeading returns the text of the first heading of level 1 near the top.
func firstHeading(body []byte) string {
	n, fenced := 0, false
	for line := range bytes.Lines(body) {
		if n++; n > 50 {
			break
		}
		if t := bytes.TrimSpace(line); bytes.HasPrefix(t, []byte("```")) || bytes.HasPrefix(t, []byte("~~~")) {
			fenced = !fenced
		}
		if fenced {
			continue
		}
		if m := heading.FindSubmatch(bytes.TrimSpace(line)); m != nil && len(m[1]) == 1 {
			return textOf(string(m[2]))
		}
	}
	return ""
}

// asset takes a picture or download among the files to publish.
func (r *reader) asset(rel, name string, d fs.DirEntry) {
	t := r.tree
	lose := func(rule, message, hint string) {
		r.report(diag.Pos{File: t.Repo.Pos(name)}, diag.Warning, rule, message, hint)
	}
	info, err := d.Info()
	if err != nil {
		lose("docs-unreadable", fmt.Sprintf("this file cannot be read: %v", cause(err)), "")
		return
	}
	if info.Size() > maxFileBytes {
		lose("docs-limit", fmt.Sprintf("this file is left out: it is larger than %d MB", maxFileBytes>>20), "make it smaller")
		return
	}
	if err := r.picture(rel, name); err != nil {
		lose("picture-invalid", "this picture is left out: "+err.Error(), "")
		return
	}
	if name != path.Join(t.Dir, rel) {
		if t.mounted == nil {
			t.mounted = map[string]string{}
		}
		t.mounted[rel] = name
	}
	t.Files = append(t.Files, rel)
}

// page reads one document: the file name of the repo, as the page rel.
func (r *reader) page(rel, name string) *Page {
	t := r.tree
	pos := diag.Pos{File: t.Repo.Pos(name)}
	info, err := fs.Stat(t.Repo.FS, name)
	if err == nil && info.Size() > maxPageBytes {
		r.report(pos, diag.Warning, "docs-limit", fmt.Sprintf("this page is left out: it is larger than %d MB", maxPageBytes>>20), "split it")
		return nil
	}
	src, err := fs.ReadFile(t.Repo.FS, name)
	if err != nil {
		r.report(pos, diag.Warning, "docs-unreadable", fmt.Sprintf("this page cannot be read: %v", cause(err)), "")
		return nil
	}
	p := &Page{Path: rel, File: name, URL: PageURL(rel), Source: src}
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
	r.bytes += len(src)
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

// readmeOnly serves a folder without docs folder: its README is the page.
func (r *reader) readmeOnly(cfg *yamldoc.Node) {
	t := r.tree
	missing := t.Dir
	for _, name := range []string{"README.md", "readme.md", "Readme.md", "index.md"} {
		file := path.Join(t.Root, name)
		if st, err := fs.Stat(t.Repo.FS, file); err != nil || st.IsDir() {
			continue
		}
		t.Dir = t.Root
		if p := r.page(name, file); p != nil {
			delete(r.byURL, p.URL)
			p.URL, p.InNav = "", true
			r.byURL[""] = name
			t.Nav = []*NavItem{{Page: p}}
		}
		r.filesBeside()
		if cfg != nil {
			r.report(diag.Pos{File: t.Repo.Pos(missing)}, diag.Warning, "docs-empty", "the docs folder does not exist, so the README is shown in its place", "add docs/index.md")
		}
		return
	}
	if cfg != nil {
		r.report(diag.Pos{File: t.Repo.Pos(r.file)}, diag.Error, "docs-empty", fmt.Sprintf("the docs folder %s does not exist", t.Repo.Pos(missing)), "add docs/index.md")
		return
	}
	r.report(diag.Pos{File: t.Repo.Pos(t.Root)}, diag.Warning, "docs-empty", "there is neither mkdocs.yml nor a docs folder nor a README.md here", "add docs/index.md")
}

// filesBeside publishes the pictures of a README: those in its own folder and
// in the usual folders for pictures.
func (r *reader) filesBeside() {
	t := r.tree
	for _, dir := range []string{".", "images", "img", "assets", "docs", "doc", "media", ".github", "docs/images", "docs/img", "docs/assets"} {
		entries, err := fs.ReadDir(t.Repo.FS, path.Join(t.Root, dir))
		if err != nil {
			continue
		}
		for _, e := range entries {
			if rel := path.Join(dir, e.Name()); !e.IsDir() && publishable(e.Name(), r.downloads) {
				r.asset(rel, path.Join(t.Root, rel), e)
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
		p.plainMeta(src, start)
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
	p.Title = oneLine(scalar(node.Get("title")))
	p.Description = scalar(node.Get("description"))
	p.Status = scalar(node.Get("status"))
	for _, tag := range list(node.Get("tags")) {
		for t := range strings.SplitSeq(scalar(tag), ",") {
			if t = strings.TrimSpace(t); t != "" {
				p.Tags = append(p.Tags, t)
			}
		}
	}
	if n := node.Get("search", "exclude"); n != nil && n.Bool {
		p.HideSearch = true
	}
	for _, h := range list(node.Get("hide")) {
		switch scalar(h) {
		case "toc":
			p.HideTOC = true
		case "navigation":
			p.HideNav = true
		}
	}
}

// scalar returns a single value as its author wrote it: a title may be a
// number. It is "" for lists, maps and nothing.
func scalar(n *yamldoc.Node) string {
	if n == nil {
		return ""
	}
	switch n.Kind {
	case yamldoc.String, yamldoc.Int, yamldoc.Float, yamldoc.Bool:
		return n.Text
	}
	return ""
}

var (
	metaStart = regexp.MustCompile(`^(?i:title|description|summary|author|authors|date|tags|keywords|template):[ \t]*\S`)
	metaLine  = regexp.MustCompile(`^ {0,3}([A-Za-z0-9_-]+):[ \t]*(.*)$`)
)

// plainMeta reads the facts that stand as "Title: text" on the first lines of a
// page, up to an empty line. MkDocs takes any word for a key; here the first
// must be one of the usual ones, so that "Note: text" stays text.
// Source: MkDocs, user guide, MultiMarkdown style meta-data.
func (p *Page) plainMeta(src []byte, start int) {
	if !metaStart.Match(src[:min(len(src), 200)]) {
		return
	}
	facts := map[string]string{}
	key, off, lines := "", 0, 1
	for line := range bytes.Lines(src) {
		text := strings.TrimRight(string(line), " \t\r\n")
		m := metaLine.FindStringSubmatch(text)
		switch {
		case text == "":
		case m != nil:
			key = strings.ToLower(m[1])
			facts[key] = strings.TrimSpace(m[2])
		case strings.HasPrefix(text, "    ") && key != "":
			facts[key] = strings.TrimSpace(facts[key] + " " + strings.TrimSpace(text))
		default:
			return // a paragraph that begins like facts
		}
		off += len(line)
		lines++
		if text == "" {
			break
		}
	}
	p.BodyStart, p.BodyLine = start+off, lines
	p.Title, p.Description = facts["title"], facts["description"]
	for t := range strings.SplitSeq(facts["tags"], ",") {
		if t = strings.TrimSpace(t); t != "" {
			p.Tags = append(p.Tags, t)
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
// It is an allow-list: nothing that a browser would run. Downloads are the
// further endings that the operator asks for; those that are live stay out.
func publishable(name string, downloads []string) bool {
	switch ext := strings.ToLower(path.Ext(name)); ext {
	case ".png", ".jpg", ".jpeg", ".gif", ".webp", ".avif", ".svg":
		return true
	case ".pdf", ".txt", ".csv", ".tsv", ".zip", ".gz", ".tgz", ".json", ".yaml", ".yml", ".toml", ".drawio", ".mp4", ".webm",
		".docx", ".xlsx", ".pptx", ".odt", ".ods", ".odp":
		return slices.ContainsFunc(downloads, func(d string) bool { return strings.EqualFold(strings.TrimPrefix(d, "."), ext[1:]) })
	}
	return false
}

// PageURL returns the address of a document relative to its tree, as MkDocs
// forms it (directory URLs), in lower case.
func PageURL(rel string) string {
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
	if strings.Trim(out, ".") == "" || strings.HasPrefix(out, ".") || out == "index.html" || device(out) {
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
