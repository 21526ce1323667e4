package docs

import (
	"io/fs"
	"maps"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/portolan-dev/portolan/sources"
	"github.com/portolan-dev/portolan/sources/diag"
)

// A TargetKind says where a link leads.
type TargetKind int

// The kinds of targets. The zero value is that of a link that leads nowhere.
const (
	ToNothing  TargetKind = iota
	ToPage                // a page of a docs tree
	ToFile                // a picture or other published file of the tree
	ToPortal              // a page of the portal itself, such as /catalog/default/component/x
	ToRepo                // a file of the repo that is not published, on the page of its host
	ToExternal            // another site, or an e-mail address
)

// A Target is what a link in a page means.
type Target struct {
	Kind TargetKind
	Tree *Tree // of a page or file; not always the tree of the link
	Page *Page // of ToPage

	// File is the path of ToFile relative to Tree.Dir, and of ToRepo inside
	// the repo. It is also set where a file exists that cannot be linked.
	File string

	// URL is where to go: for ToPage and ToFile relative to the root of Tree,
	// for ToPortal relative to the root of the site, absolute for the others.
	// Query and fragment are not part of it, except for ToExternal.
	URL      string
	Query    string // as written, without "?"
	Fragment string // decoded, without "#"

	// Hint says how the link should be written: on success because it works
	// here only by leniency, else because something similar exists.
	Hint string
}

// index answers questions about the pages and files of one tree.
type index struct {
	pages map[string]*Page    // by path
	plain map[string]*Page    // by the address that MkDocs gives them, without slashes around
	files map[string]string   // published files by path: their paths inside the repo
	fold  map[string][]string // paths of both, by their lower case
	near  neighbours
}

// neighbours are the paths of pages and files by the last part, and by folder.
type neighbours struct{ name, folder map[string][]string }

func newNeighbours() neighbours { return neighbours{map[string][]string{}, map[string][]string{}} }

func (n neighbours) add(p string) {
	n.name[path.Base(p)] = append(n.name[path.Base(p)], p)
	n.folder[path.Dir(p)] = append(n.folder[path.Dir(p)], p)
}

func (t *Tree) lookup() *index {
	t.once.Do(func() {
		x := &index{pages: map[string]*Page{}, plain: map[string]*Page{}, files: map[string]string{}, fold: map[string][]string{}, near: newNeighbours()}
		add := func(p string) {
			x.fold[strings.ToLower(p)] = append(x.fold[strings.ToLower(p)], p)
			x.near.add(p)
		}
		for _, p := range t.Pages {
			x.pages[p.Path] = p
			if at := plainURL(p.Path); x.plain[at] == nil {
				x.plain[at] = p
			}
			add(p.Path)
		}
		for _, f := range t.Files {
			x.files[f] = path.Join(t.Dir, f)
			if m, ok := t.mounted[f]; ok {
				x.files[f] = m
			}
			add(f)
		}
		t.index = x
	})
	return t.index
}

// plainURL is the address of a page in a site that MkDocs builds, without the
// last slash.
func plainURL(p string) string {
	dir, base := path.Split(p)
	name := strings.TrimSuffix(base, path.Ext(base))
	if l := strings.ToLower(name); l == "index" || l == "readme" {
		return strings.TrimSuffix(dir, "/")
	}
	return dir + name
}

// Page returns the page with that path, or nil.
func (t *Tree) Page(path string) *Page { return t.lookup().pages[path] }

// FilePath returns where a published file of the tree lies inside the repo.
func (t *Tree) FilePath(name string) string {
	if p, ok := t.lookup().files[name]; ok {
		return p
	}
	return path.Join(t.Dir, name)
}

// Resolve finds what a link or picture of a page means, as it is written
// there. It understands paths of files relative to the page, as MkDocs does,
// and also addresses relative to the page's address, which authors use in raw
// HTML. It returns false if the link leads nowhere; then Target.Hint may say
// what was meant, and Target.File names a file of the repo that exists and is
// not published anywhere.
func (t *Tree) Resolve(from *Page, target string) (Target, bool) {
	target = strings.Map(func(r rune) rune {
		if r == '\n' || r == '\r' || r == '\t' {
			return -1
		}
		return r
	}, strings.TrimFunc(target, func(r rune) bool { return r <= ' ' }))
	rest, fragment, _ := strings.Cut(target, "#")
	rest, query, _ := strings.Cut(rest, "?")
	if f, err := url.PathUnescape(fragment); err == nil {
		fragment = f
	}
	out := Target{Query: query, Fragment: fragment}
	if scheme, _, ok := strings.Cut(rest, ":"); ok && isScheme(scheme) {
		u, err := url.Parse(target)
		if err != nil {
			return out, false
		}
		switch strings.ToLower(scheme) {
		case "http", "https":
			if u.Host == "" {
				return out, false
			}
		case "mailto":
		default:
			return out, false
		}
		out.Kind, out.URL = ToExternal, target
		return out, true
	}
	if strings.HasPrefix(rest, "//") || strings.HasPrefix(rest, `\\`) || strings.HasPrefix(rest, `/\`) {
		if u, err := url.Parse("https:" + target); err == nil && u.Host != "" && strings.HasPrefix(rest, "//") {
			out.Kind, out.URL = ToExternal, "https:"+target
			return out, true
		}
		return out, false
	}
	name := rest
	if s, err := url.PathUnescape(rest); err == nil {
		name = s
	}
	if strings.ContainsRune(name, 0) || len(name) > 4096 {
		return out, false
	}
	if strings.Contains(name, `\`) {
		name = strings.ReplaceAll(name, `\`, "/")
		out.Hint = "write / between folders"
	}
	if name == "" {
		if from == nil {
			return out, false
		}
		return t.toPage(out, from), true
	}
	return t.find(out, from, name)
}

func isScheme(s string) bool {
	for i, r := range s {
		if !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || i > 0 && (r >= '0' && r <= '9' || r == '+' || r == '-' || r == '.')) {
			return false
		}
	}
	return s != ""
}

func (t *Tree) toPage(out Target, p *Page) Target {
	out.Kind, out.Tree, out.Page, out.URL = ToPage, t, p, p.URL
	return out
}

// find resolves a path.
func (t *Tree) find(out Target, from *Page, name string) (Target, bool) {
	x := t.lookup()
	dir, at := "", ""
	if from != nil {
		dir, at = path.Dir(from.Path), plainURL(from.Path)
	}
	absolute := strings.HasPrefix(name, "/")
	folder := strings.HasSuffix(name, "/")
	var source, web string // what the name means from the file, and from the address
	if absolute {
		source = path.Clean(strings.TrimLeft(name, "/"))
		web = source
	} else {
		source, web = path.Join(dir, name), path.Join(at, name)
	}
	try := []string{source, web}
	switch {
	case isMarkdown(name):
		try = []string{source} // as a file; an address is asked for at the end
	case path.Ext(name) == "" || folder:
		try = []string{web, source}
	}
	for _, p := range try {
		if got, ok := t.exact(out, x, p); ok {
			return got, true
		}
	}
	if absolute && portalSections[firstPart(name)] && !isMarkdown(name) {
		out.Kind, out.URL = ToPortal, strings.TrimPrefix(name, "/")
		return out, true
	}
	// A slip of case works on some machines, and is what the author meant.
	for _, p := range try {
		if hits := x.fold[strings.ToLower(p)]; len(hits) == 1 {
			if got, ok := t.exact(out, x, hits[0]); ok {
				got.Hint = "write " + t.written(from, hits[0], absolute)
				return got, true
			}
		}
	}
	// Outside of the docs, but in the repo.
	inRepo := path.Join(t.Dir, source)
	if from != nil && from.File != "" && !absolute {
		inRepo = path.Join(path.Dir(from.File), name)
	}
	for _, p := range []string{inRepo, source} {
		if p == ".." || strings.HasPrefix(p, "../") || p != inRepo && !absolute {
			continue
		}
		if st, err := fs.Stat(t.Repo.FS, p); err == nil {
			if st.IsDir() && under(p, t.Dir) {
				break // a folder of the docs without a page of its own
			}
			out.File = p
			if out.URL = t.hostPage(p); out.URL != "" {
				out.Kind = ToRepo
				return out, true
			}
			out.Hint = "this file of the repo is not published, and the address of its repo is not known"
			return out, false
		}
	}
	if isMarkdown(name) {
		if got, ok := t.exact(out, x, web); ok {
			return got, true
		}
	}
	if bareHost.MatchString(name) {
		out.Hint = "write https://" + name
		return out, false
	}
	if s := t.suggest(from, source, absolute); s != "" {
		out.Hint = `did you mean "` + s + `"?`
	}
	return out, false
}

// portalSections are the first parts of the addresses of the portal's own
// pages, which docs may link to from the root of the site.
var portalSections = map[string]bool{
	"catalog": true, "docs": true, "apis": true, "systems": true, "teams": true, "clusters": true, "broken": true, "scaling": true, "search": true, "build": true, "api": true,
}

func firstPart(name string) string {
	first, _, _ := strings.Cut(strings.TrimLeft(name, "/"), "/")
	return first
}

// bareHost matches an address whose author left out the scheme.
var bareHost = regexp.MustCompile(`^(www\.|[a-z0-9-]+(\.[a-z0-9-]+)*\.(com|org|net|io|dev|cloud|app|de|eu|uk|fr|ch|gov|edu|ai|co)/)`)

func under(p, dir string) bool {
	return dir == "." || p == dir || strings.HasPrefix(p, dir+"/")
}

// hostPage returns the page of a file on the host of the repo, which
// mkdocs.yml may name where the repo itself does not know it.
func (t *Tree) hostPage(p string) string {
	if u := t.Repo.FileURL(p); u != "" {
		return u
	}
	if !knownHost(t.RepoURL) {
		return ""
	}
	guess := sources.Repo{URL: strings.TrimSuffix(t.RepoURL, "/"), Branch: t.Repo.Branch, Dir: t.Repo.Dir}
	return guess.FileURL(p)
}

// exact finds the page or file that a path means, letter by letter.
func (t *Tree) exact(out Target, x *index, p string) (Target, bool) {
	if p == ".." || strings.HasPrefix(p, "../") {
		return out, false
	}
	if p == "." {
		p = ""
	}
	if pg := x.pages[p]; pg != nil {
		return t.toPage(out, pg), true
	}
	if to, ok := t.Redirects[p]; ok {
		if pg := x.pages[to]; pg != nil {
			return t.toPage(out, pg), true
		}
		if u := safeURL(to); u != "" {
			out.Kind, out.URL = ToExternal, u
			return out, true
		}
	}
	if _, ok := x.files[p]; ok {
		out.Kind, out.Tree, out.File, out.URL = ToFile, t, p, FileURL(p)
		return out, true
	}
	plain := p
	for _, end := range []string{"/index.html", ".html", "/index.md", "/README.md"} {
		if s, ok := strings.CutSuffix("/"+plain, end); ok {
			plain = strings.TrimPrefix(s, "/")
			break
		}
	}
	if pg := x.plain[plain]; pg != nil && (plain != "" || len(t.Pages) > 0) {
		return t.toPage(out, pg), true
	}
	return out, false
}

// written returns the path of a page or file as a link of from is to name it.
func (t *Tree) written(from *Page, p string, absolute bool) string {
	if absolute {
		return "/" + p
	}
	if from == nil {
		return p
	}
	return relative(path.Dir(from.Path), p)
}

// relative returns the path from a folder to a file, both below one root.
func relative(dir, p string) string {
	var a []string
	if dir != "." && dir != "" {
		a = strings.Split(dir, "/")
	}
	b := strings.Split(p, "/")
	n := 0
	for n < len(a) && n < len(b)-1 && a[n] == b[n] {
		n++
	}
	return strings.Repeat("../", len(a)-n) + strings.Join(b[n:], "/")
}

// Suggest returns how the link of a page that leads nowhere should probably be
// written, or "".
func (t *Tree) Suggest(from *Page, target string) string {
	name, _, _ := strings.Cut(target, "#")
	name, _, _ = strings.Cut(name, "?")
	if s, err := url.PathUnescape(name); err == nil {
		name = s
	}
	if name == "" || strings.Contains(name, ":") {
		return ""
	}
	absolute := strings.HasPrefix(name, "/")
	source := path.Clean(strings.TrimLeft(name, "/"))
	if from != nil && !absolute {
		source = path.Join(path.Dir(from.Path), name)
	}
	return t.suggest(from, source, absolute)
}

func (t *Tree) suggest(from *Page, source string, absolute bool) string {
	x := t.lookup()
	if path.Ext(source) == "" {
		// A folder without a page of its own: its first page.
		for _, p := range t.Pages {
			if strings.HasPrefix(p.Path, source+"/") {
				return t.written(from, p.Path, absolute)
			}
		}
		source += ".md"
	}
	if s := x.near.similar(source); s != "" {
		return t.written(from, s, absolute)
	}
	return ""
}

// similar finds the path that was probably meant: the only one of the same
// name elsewhere, one of almost the same name in the same folder, or one of
// the same name in a folder of almost the same name.
func (n neighbours) similar(want string) string {
	base, dir := path.Base(want), path.Dir(want)
	if hits := n.name[base]; len(hits) == 1 {
		return hits[0]
	}
	stems := map[string]string{}
	var words []string
	for _, p := range n.folder[dir] {
		b := path.Base(p)
		if isMarkdown(b) == isMarkdown(base) && undigited(b) != undigited(base) {
			stem := strings.TrimSuffix(b, path.Ext(b))
			stems[stem] = p
			words = append(words, stem)
		}
	}
	if s := diag.Suggest(strings.TrimSuffix(base, path.Ext(base)), words); s != "" {
		return stems[s]
	}
	var dirs []string
	for _, p := range n.name[base] {
		dirs = append(dirs, path.Dir(p))
	}
	if s := diag.Suggest(dir, dirs); s != "" {
		return path.Join(s, base)
	}
	return ""
}

// undigited is a name without its digits: "shot-1.png" is no slip of "shot-2.png".
func undigited(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return -1
		}
		return r
	}, s)
}

// A Library resolves links from one docs tree into another.
type Library struct {
	byFile   map[string]Target // of pages, by repo and path inside it
	byEntity map[string]*Tree  // by namespace/kind/name, in lower case
}

// NewLibrary returns the library of all trees.
func NewLibrary(trees []*Tree) *Library {
	l := &Library{byFile: map[string]Target{}, byEntity: map[string]*Tree{}}
	for _, t := range trees {
		l.byEntity[strings.ToLower(t.Entity.Namespace+"/"+t.Entity.Kind+"/"+t.Entity.Name)] = t
		for _, p := range t.Pages {
			key := t.Repo.Name + "\x00" + p.File
			if _, ok := l.byFile[key]; !ok && p.File != "" {
				l.byFile[key] = Target{Kind: ToPage, Tree: t, Page: p, URL: p.URL}
			}
		}
	}
	return l
}

// Resolve is Tree.Resolve, and finds pages of other trees where a link leads
// to their source in the same repo, or to their address: /docs/ with namespace,
// kind and name of the entity, as in Backstage.
func (l *Library) Resolve(t *Tree, from *Page, target string) (Target, bool) {
	out, ok := t.Resolve(from, target)
	if rest, found := strings.CutPrefix(out.URL, "docs/"); found && out.Kind == ToPortal && strings.Trim(rest, "/") != "" {
		return l.address(out, strings.Trim(rest, "/"))
	}
	if out.File == "" || out.Kind != ToRepo && ok {
		return out, ok
	}
	for _, p := range []string{out.File, path.Join(out.File, "index.md"), path.Join(out.File, "README.md")} {
		if to, found := l.byFile[t.Repo.Name+"\x00"+p]; found {
			to.Query, to.Fragment = out.Query, out.Fragment
			return to, true
		}
	}
	return out, ok
}

// address finds what namespace/kind/name/page means.
func (l *Library) address(out Target, rest string) (Target, bool) {
	parts := strings.SplitN(rest, "/", 4)
	if len(l.byEntity) < 2 {
		return out, true // a tree that is read alone cannot know of others
	}
	out.Kind, out.URL = ToNothing, ""
	if len(parts) < 3 {
		out.Hint = "write /docs/namespace/kind/name/"
		return out, false
	}
	key := strings.ToLower(strings.Join(parts[:3], "/"))
	t := l.byEntity[key]
	if t == nil {
		near := newNeighbours()
		for _, k := range slices.Sorted(maps.Keys(l.byEntity)) {
			near.add(k)
		}
		if s := near.similar(key); s != "" {
			out.Hint = `did you mean "/docs/` + s + `/"?`
		}
		return out, false
	}
	page := ""
	if len(parts) == 4 {
		page = parts[3]
	}
	if got, ok := t.exact(out, t.lookup(), page); ok {
		return got, true
	}
	for _, p := range t.Pages { // addresses are in lower case, files need not be
		if strings.EqualFold(strings.TrimSuffix(p.URL, "/"), page) {
			return t.toPage(out, p), true
		}
	}
	return out, false
}
