package docs

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"path"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"

	"github.com/portolan-dev/portolan/sources"
	"github.com/portolan-dev/portolan/sources/diag"
	"github.com/portolan-dev/portolan/sources/yamldoc"
)

// keys says what becomes of each key of mkdocs.yml.
// Source: MkDocs, user guide, configuration; Backstage techdocs-node,
// stages/generate/helpers (which keys TechDocs keeps).
var keys = map[string]bool{ // true: used here; false: known and without effect in a static portal
	"site_name": true, "site_description": true, "docs_dir": true, "nav": true, "repo_url": true, "INHERIT": true, "plugins": true, "theme": true,
	"edit_uri": true, "edit_uri_template": true, "exclude_docs": true, "not_in_nav": true, "draft_docs": true, "markdown_extensions": true, "extra": true,

	"site_url": false, "site_author": false, "repo_name": false, "copyright": false, "use_directory_urls": false,
	"strict": false, "validation": false, "remote_branch": false, "remote_name": false, "dev_addr": false, "watch": false, "site_dir": false,
}

// liveKeys are the keys that would run or load something, or reach outside of the
// docs, if they were used.
var liveKeys = map[string]string{
	"hooks":            "nothing of a repo is run",
	"extra_javascript": "scripts of a repo are not published",
	"extra_css":        "styles of a repo are not published",
	"extra_templates":  "templates of a repo are not run",
	"google_analytics": "the portal loads nothing from other hosts",
	"mdx_configs":      "write the options at markdown_extensions",
	"site_dir":         "the portal has one output folder",
	"watch":            "the portal watches the sources of its own configuration",
}

// usedPlugins do what Portolan does by itself, or what it reads.
var usedPlugins = map[string]bool{
	"techdocs-core": true, "search": true, "material/search": true, "group": true, "material/group": true, "redirects": true, "exclude": true,
	"minify": true, "git-revision-date-localized": true, "git-revision-date": true, "tags": true, "material/tags": true, "monorepo": true,
	"awesome-pages": true, "awesome-nav": true, "autorefs": true, "privacy": true, "material/privacy": true, "gh-admonitions": true,
	"offline": true, "material/offline": true, "git-committers": true, "git-authors": true, "section-index": true, "callouts": true,
}

// config reads mkdocs.yml. The node is nil when there is none; ok is false
// when there is one that cannot be used, so that there are no docs.
func (r *reader) config() (cfg *yamldoc.Node, ok bool) {
	t := r.tree
	var found []string
	for _, name := range []string{"mkdocs.yaml", "mkdocs.yml"} {
		if _, err := fs.Stat(t.Repo.FS, path.Join(t.Root, name)); err == nil {
			found = append(found, path.Join(t.Root, name))
		}
	}
	if len(found) == 0 {
		return nil, true
	}
	r.file = found[0]
	if len(found) > 1 {
		r.report(diag.Pos{File: t.Repo.Pos(found[1])}, diag.Warning, "mkdocs-twice", "mkdocs.yml is not read, because mkdocs.yaml is beside it", "keep one of the two")
	}
	node, ok := r.parse(r.file)
	if !ok {
		return nil, false
	}
	r.inherit(node)
	r.unusedKeys(node)
	if name := oneLine(scalar(node.Get("site_name"))); name != "" {
		t.Title = name
	} else if node.Field("site_name") == nil {
		r.report(diag.Pos{File: t.Repo.Pos(r.file)}, diag.Warning, "mkdocs-no-name", "there is no site_name, so the docs are called "+t.Title, "add site_name")
	}
	t.Description = oneLine(scalar(node.Get("site_description")))
	t.Extra = node.Get("extra")
	t.Extensions = extensions(node.Get("markdown_extensions"))
	r.snippets()
	r.exclude = slices.Concat(r.exclude, r.patterns(node.Get("exclude_docs")), r.patterns(node.Get("draft_docs")))
	r.hidden = r.patterns(node.Get("not_in_nav"))
	return node, r.docsDir(node.Get("docs_dir"))
}

// maxSettingsDepth is how deep settings may be nested. A nav that is deeper
// than maxNavDepth is cut, so it must be readable first.
const maxSettingsDepth = 1000

// alwaysExcluded is what MkDocs leaves out unless exclude_docs says otherwise.
const alwaysExcluded = ".*\n/templates/\n"

// always is alwaysExcluded, read.
func always() ignore {
	ig, _ := parseIgnore(alwaysExcluded)
	return ig
}

// patterns reads a setting that lists patterns.
func (r *reader) patterns(n *yamldoc.Node) ignore {
	ig, bad := parseIgnore(n.Str())
	for _, b := range bad[:min(5, len(bad))] {
		r.report(r.at(n), diag.Warning, "mkdocs-pattern", fmt.Sprintf("the pattern %q cannot be used", clipWords(b, 60)), "write it as in .gitignore, with few *")
	}
	return ig
}

// oneLine makes one line of a text, without spaces around it.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// parse reads a file of the form of mkdocs.yml. The result is a map; what is
// wrong has been reported when ok is false.
func (r *reader) parse(file string) (node *yamldoc.Node, ok bool) {
	pos := diag.Pos{File: r.tree.Repo.Pos(file)}
	data, err := fs.ReadFile(r.tree.Repo.FS, file)
	if err != nil {
		r.report(pos, diag.Error, "mkdocs-invalid", fmt.Sprintf("%s cannot be read: %v", path.Base(file), cause(err)), "")
		return nil, false
	}
	node, perr := yamldoc.ParseOne(data, yamldoc.Limits{Depth: maxSettingsDepth})
	if perr != nil {
		pos.Line, pos.Column = perr.Line, perr.Column
		r.report(pos, diag.Error, "mkdocs-invalid", path.Base(file)+" cannot be read: "+perr.Message, perr.Hint)
		return nil, false
	}
	if node == nil || node.Kind == yamldoc.Null {
		return &yamldoc.Node{Kind: yamldoc.Map}, true
	}
	if node.Kind != yamldoc.Map {
		pos.Line, pos.Column = node.Line, node.Column
		r.report(pos, diag.Error, "mkdocs-invalid", path.Base(file)+" must hold settings such as site_name, not a list or a text", "")
		return nil, false
	}
	r.tags(node, file, strings.Split(string(data), "\n"))
	return node, true
}

// cause strips the path of a file system's error, which is known already.
func cause(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}

// tags gives the tags of a file their meaning. A value that names a variable of
// the environment becomes its own default or nothing: the environment of a
// build is never published. A name of Python is read as text.
func (r *reader) tags(n *yamldoc.Node, file string, lines []string) {
	if file != r.file {
		r.home[n] = file
	}
	switch tag := tagAt(lines, n); {
	case tag == "!ENV":
		r.once("mkdocs-env", func() {
			r.report(r.at(n), diag.Warning, "mkdocs-env", "!ENV has no effect: the environment of the build is not read into docs", "the default is used, if the list has one")
		})
		var value yamldoc.Node
		if n.Kind == yamldoc.List && len(n.Items) > 1 {
			value = *n.Items[len(n.Items)-1]
		}
		value.Line, value.Column = n.Line, n.Column
		*n = value
	case strings.HasPrefix(tag, "!!python/"):
		_, name, _ := strings.Cut(tag, ":")
		n.Text = name
		if !knownPython.MatchString(name) {
			r.report(r.at(n), diag.Warning, "mkdocs-python", fmt.Sprintf("%s is read as a text: nothing of Python is run", clipWords(name, 80)), "")
		}
	case tag == "!include" || tag == "*include":
		n.Text = tag + " " + n.Text
	}
	for _, it := range n.Items {
		r.tags(it, file, lines)
	}
	for i := range n.Fields {
		r.tags(n.Fields[i].Value, file, lines)
	}
}

// knownPython are the names that the docs of MkDocs extensions tell authors to
// write, and which stand for what Portolan does anyway.
var knownPython = regexp.MustCompile(`^(materialx?(\.extensions)?\.emoji\.(twemoji|to_svg)|pymdownx\.(superfences\.(fence_(code|div)(_format)?|highlight_validator)|slugs\.\w+|emoji\.\w+|arithmatex\.\w+)|mermaid2\.fence_mermaid\w*|markdown\.extensions\.toc\.slugify\w*)$`)

// tagAt returns the tag with which a value is written, or "".
func tagAt(lines []string, n *yamldoc.Node) string {
	if n.Line < 1 || n.Line > len(lines) {
		return ""
	}
	rest := []rune(lines[n.Line-1])
	if n.Column < 1 || n.Column > len(rest) || rest[n.Column-1] != '!' {
		return ""
	}
	tag := string(rest[n.Column-1:])
	if i := strings.IndexAny(tag, " \t\r{[,]}"); i >= 0 {
		tag = tag[:i]
	}
	return tag
}

// maxInherit is how long a chain of INHERIT may be.
const maxInherit = 8

// inherit merges the settings of the files that INHERIT names, which must be
// in the same repo, into node. Maps are merged, everything else is replaced.
// Source: MkDocs, user guide, configuration inheritance.
func (r *reader) inherit(node *yamldoc.Node) {
	seen := map[string]bool{r.file: true}
	at, file := node, r.file
	for range maxInherit {
		n := at.Get("INHERIT")
		if n == nil {
			return
		}
		next, ok := r.inRepo(path.Dir(file), n.Str())
		switch {
		case !ok:
			r.report(r.at(n), diag.Warning, "mkdocs-outside", fmt.Sprintf("INHERIT names %q, which is not in the repo; it is not read", n.Str()), "keep the file in the repo")
			return
		case seen[next]:
			r.report(r.at(n), diag.Warning, "mkdocs-invalid", "INHERIT leads back to a file that is being read", "remove it")
			return
		}
		if _, err := fs.Stat(r.tree.Repo.FS, next); err != nil {
			r.report(r.at(n), diag.Warning, "mkdocs-invalid", fmt.Sprintf("INHERIT names %q, which does not exist; its settings are missing", n.Str()), "")
			return
		}
		seen[next] = true
		above, ok := r.parse(next)
		if !ok {
			return
		}
		merge(node, above)
		at, file = above, next
	}
	r.report(r.at(node.Get("INHERIT")), diag.Warning, "mkdocs-invalid", fmt.Sprintf("INHERIT is followed for %d files only", maxInherit), "")
}

// merge adds what node does not say itself.
func merge(node, above *yamldoc.Node) {
	for i := range above.Fields {
		f := above.Fields[i]
		own := node.Field(f.Key)
		switch {
		case own == nil:
			node.Fields = append(node.Fields, f)
		case own.Value.Kind == yamldoc.Map && f.Value.Kind == yamldoc.Map:
			merge(own.Value, f.Value)
		}
	}
}

// inRepo returns the path inside the repo that a path relative to a folder of
// the repo means.
func (r *reader) inRepo(dir, name string) (string, bool) {
	if name == "" || strings.HasPrefix(name, "/") || strings.ContainsAny(name, "\x00\\") || strings.Contains(name, "://") {
		return "", false
	}
	p := path.Join(dir, name)
	return p, p != ".." && !strings.HasPrefix(p, "../") && fs.ValidPath(p)
}

// snippets reads where snippets are, and refuses places outside of the repo.
// Source: pymdownx.snippets, options.
func (r *reader) snippets() {
	t := r.tree
	t.Snippets = nil
	opts := t.Extensions["pymdownx.snippets"]
	for _, n := range list(opts.Get("base_path")) {
		dir, ok := r.inRepo(t.Root, n.Str())
		if n.Str() == "$config_dir" || n.Text == "$config_dir" {
			dir, ok = t.Root, true
		}
		if !ok {
			r.report(r.at(n), diag.Warning, "mkdocs-outside", fmt.Sprintf("base_path names %q, which is not in the repo; no snippets are read from it", n.Text), "")
			continue
		}
		t.Snippets = append(t.Snippets, dir)
	}
	if len(t.Snippets) == 0 {
		t.Snippets = []string{t.Root}
	}
	for _, n := range list(opts.Get("auto_append")) {
		if _, ok := r.inRepo(t.Root, n.Str()); !ok {
			r.report(r.at(n), diag.Warning, "mkdocs-outside", fmt.Sprintf("auto_append names %q, which is not in the repo", n.Text), "")
			continue
		}
		t.AutoAppend = append(t.AutoAppend, n.Str())
	}
	if n := opts.Get("url_download"); n != nil && n.Bool {
		r.report(r.at(n), diag.Warning, "mkdocs-outside", "url_download has no effect: snippets come from the repo only", "")
	}
	for _, name := range []string{"plantuml_markdown", "markdown_inline_graphviz"} {
		for _, key := range []string{"plantuml_cmd", "server", "priority", "plantuml_path"} {
			if f := t.Extensions[name].Field(key); f != nil {
				r.report(r.atKey(f), diag.Warning, "mkdocs-key-ignored", fmt.Sprintf("%s of %s is not used: nothing is run, and no server is asked", key, name), "")
			}
		}
	}
}

// list returns the items of a list, or the one value that stands for a list.
func list(n *yamldoc.Node) []*yamldoc.Node {
	switch {
	case n == nil || n.Kind == yamldoc.Null:
		return nil
	case n.Kind == yamldoc.List:
		return n.Items
	default:
		return []*yamldoc.Node{n}
	}
}

// Snippet returns the text that a snippet's name means, which is looked up in
// the folders that mkdocs.yml names and never outside of the repo.
func (t *Tree) Snippet(name string) ([]byte, bool) {
	if name == "" || strings.HasPrefix(name, "/") || strings.ContainsAny(name, "\x00\\") || strings.Contains(name, "://") {
		return nil, false
	}
	dirs := t.Snippets
	if len(dirs) == 0 {
		dirs = []string{t.Root}
	}
	for _, dir := range dirs {
		p := path.Join(dir, name)
		if !fs.ValidPath(p) || p == ".." || strings.HasPrefix(p, "../") {
			continue
		}
		if st, err := fs.Stat(t.Repo.FS, p); err != nil || st.IsDir() || st.Size() > maxPageBytes {
			continue
		}
		if data, err := fs.ReadFile(t.Repo.FS, p); err == nil {
			return data, true
		}
	}
	return nil, false
}

// docsDir applies docs_dir, which must stay below the folder of mkdocs.yml.
func (r *reader) docsDir(n *yamldoc.Node) bool {
	if n == nil || n.Kind == yamldoc.Null {
		return true
	}
	dir := n.Str()
	switch {
	case n.Kind != yamldoc.String:
		r.report(r.at(n), diag.Error, "mkdocs-invalid", "docs_dir must be the name of a folder", "write docs_dir: docs")
		return false
	case strings.HasPrefix(dir, "/"), strings.Contains(dir, `\`), strings.Contains(dir, "\x00"), strings.Contains(dir, ":"):
		r.report(r.at(n), diag.Error, "docs-dir-outside", fmt.Sprintf("docs_dir %q is not a folder inside the repo", dir), "write it relative to mkdocs.yml, such as docs")
		return false
	}
	clean := path.Join(r.tree.Root, dir)
	below := path.Clean(dir)
	if below == ".." || strings.HasPrefix(below, "../") {
		r.report(r.at(n), diag.Error, "docs-dir-outside", fmt.Sprintf("docs_dir %q leads out of the folder of mkdocs.yml", dir), "keep the docs below mkdocs.yml")
		return false
	}
	if slices.Contains(strings.Split(below, "/"), ".git") {
		r.report(r.at(n), diag.Error, "docs-dir-outside", "docs_dir names git's own folder, which is never published", "")
		return false
	}
	if below == "." {
		r.report(r.at(n), diag.Warning, "docs-dir-whole", "docs_dir is the folder of mkdocs.yml itself, so every Markdown file in it becomes a page", "keep the docs in a folder of their own")
	}
	r.tree.Dir = clean
	if st, err := fs.Stat(r.tree.Repo.FS, clean); err != nil || !st.IsDir() {
		r.report(r.at(n), diag.Error, "docs-empty", fmt.Sprintf("the docs folder %s does not exist", r.tree.Repo.Pos(clean)), "")
		return false
	}
	return true
}

// unusedKeys warns once for each setting that has no effect here.
func (r *reader) unusedKeys(node *yamldoc.Node) {
	known := make([]string, 0, len(keys))
	for k := range keys {
		known = append(known, k)
	}
	slices.Sort(known)
	for i := range node.Fields {
		f := &node.Fields[i]
		used, isKnown := keys[f.Key]
		switch why := liveKeys[f.Key]; {
		case f.Key == "plugins":
			r.plugins(f.Value)
		case why != "":
			r.report(r.atKey(f), diag.Warning, "mkdocs-key-ignored", fmt.Sprintf("%s is not used: %s", f.Key, why), "")
		case f.Key == "theme":
			if d := f.Value.Field("custom_dir"); d != nil {
				r.report(r.atKey(d), diag.Warning, "mkdocs-key-ignored", "theme.custom_dir is not used: templates of a repo are not run", "")
			} else {
				r.report(r.atKey(f), diag.Info, "mkdocs-key-ignored", "theme has no effect here: the portal has a look of its own", "")
			}
		case used:
		case isKnown:
			r.report(r.atKey(f), diag.Info, "mkdocs-key-ignored", fmt.Sprintf("%s has no effect here", f.Key), "")
		default:
			r.report(r.atKey(f), diag.Warning, "mkdocs-key-ignored", fmt.Sprintf("%s is not a setting of MkDocs that is used here", f.Key), diag.DidYouMean(f.Key, known))
		}
	}
}

// atKey is the position of a key in the configuration.
func (r *reader) atKey(f *yamldoc.Field) diag.Pos {
	pos := r.at(f.Value)
	if pos.Line = f.Line; pos.Line > 0 {
		pos.Column = f.Column
	}
	return pos
}

// plugins reads what the known plugins are told, and names the others.
func (r *reader) plugins(n *yamldoc.Node) {
	each := func(name string, opts, at *yamldoc.Node) {
		switch {
		case name == "":
		case name == "redirects":
			r.redirects(opts.Get("redirect_maps"))
		case name == "literate-nav":
			r.literateOption(opts)
		case name == "exclude":
			r.excludePlugin(opts)
		case !usedPlugins[name]:
			r.report(r.at(at), diag.Warning, "mkdocs-plugin-ignored", fmt.Sprintf("the plugin %q is not used: plugins are programs, and nothing of a repo is run", name), "")
		}
	}
	if n == nil {
		return
	}
	for _, it := range n.Items {
		if it.Kind == yamldoc.Map {
			for i := range it.Fields {
				each(it.Fields[i].Key, it.Fields[i].Value, it)
			}
			continue
		}
		each(it.Str(), nil, it)
	}
	for i := range n.Fields {
		each(n.Fields[i].Key, n.Fields[i].Value, n.Fields[i].Value)
	}
}

// redirects reads the former addresses of pages. Their targets are checked
// when the pages are known.
// Source: mkdocs-redirects, README.
func (r *reader) redirects(n *yamldoc.Node) {
	if n == nil || n.Kind != yamldoc.Map {
		return
	}
	for i := range n.Fields {
		f := &n.Fields[i]
		from, ok := r.inRepo(".", f.Key)
		if !ok || !isMarkdown(from) {
			r.report(r.atKey(f), diag.Warning, "redirect-invalid", fmt.Sprintf("the redirect of %q is left out: it is no path of a page", f.Key), "write the former path, such as guide/old.md")
			continue
		}
		r.redirect = append(r.redirect, redirect{from: from, to: f.Value})
	}
}

type redirect struct {
	from string
	to   *yamldoc.Node
}

// checkRedirects keeps the redirects that lead somewhere.
func (r *reader) checkRedirects() {
	for _, d := range r.redirect {
		to, _, _ := strings.Cut(strings.TrimSpace(d.to.Str()), "#") // pages are addressed as a whole
		switch p, ok := r.inRepo(".", to); {
		case r.byPath[d.from] != nil:
			r.report(r.at(d.to), diag.Warning, "redirect-invalid", fmt.Sprintf("the redirect of %q is left out: there is a page at this path", d.from), "")
		case safeURL(to) != "":
			r.addRedirect(d.from, d.to.Str())
		case ok && r.byPath[p] != nil:
			r.addRedirect(d.from, p)
		default:
			r.report(r.at(d.to), diag.Warning, "redirect-invalid", fmt.Sprintf("the redirect of %q is left out: %q is neither a page of these docs nor a web address", d.from, d.to.Text), "")
		}
	}
}

func (r *reader) addRedirect(from, to string) {
	if r.tree.Redirects == nil {
		r.tree.Redirects = map[string]string{}
	}
	r.tree.Redirects[from] = to
}

// excludePlugin reads the patterns of mkdocs-exclude.
// Source: mkdocs-exclude, README: globs as Python's fnmatch has them, and
// regular expressions that match from the start of a path.
func (r *reader) excludePlugin(opts *yamldoc.Node) {
	for _, n := range list(opts.Get("glob")) {
		if s := n.Str(); s != "" && len(r.globs) < maxIgnoreRules {
			r.globs = append(r.globs, s)
		}
	}
	for _, n := range list(opts.Get("regex")) {
		re, err := regexp.Compile(`^(?:` + n.Str() + `)`)
		if err != nil || len(n.Text) > 1000 || n.Str() == "" || nested(n.Text) {
			r.report(r.at(n), diag.Warning, "mkdocs-pattern", fmt.Sprintf("the pattern %q cannot be used", clipWords(n.Text, 60)), "look-around, back references and repetitions of repetitions are not supported")
			continue
		}
		if len(r.regexps) < maxIgnoreRules {
			r.regexps = append(r.regexps, re)
		}
	}
}

// extensions reads markdown_extensions: names, or names with options.
func extensions(n *yamldoc.Node) map[string]*yamldoc.Node {
	if n == nil {
		return nil
	}
	out := map[string]*yamldoc.Node{}
	add := func(m *yamldoc.Node) {
		for i := range m.Fields {
			out[m.Fields[i].Key] = m.Fields[i].Value
		}
	}
	for _, it := range n.Items {
		if it.Kind == yamldoc.Map {
			add(it)
		} else if s := it.Str(); s != "" {
			out[s] = nil
		}
	}
	add(n)
	return out
}

// editLinks decides where a page can be edited.
// Source: MkDocs, user guide, repo_url, edit_uri and edit_uri_template.
func (r *reader) editLinks(cfg *yamldoc.Node) {
	t := r.tree
	if n := cfg.Get("repo_url"); n != nil && n.Text != "" {
		if t.RepoURL = safeURL(n.Str()); t.RepoURL == "" {
			r.report(r.at(n), diag.Warning, "mkdocs-url", "repo_url is not used: it is no web address", "write https://host/owner/name")
		}
	}
	if t.RepoURL == "" {
		t.RepoURL = t.Repo.URL
	}
	if n := cfg.Get("edit_uri_template"); n.Str() != "" {
		if t.editTemplate = r.editAddress(n); strings.ContainsAny(t.editTemplate, "{") {
			return
		}
		t.editTemplate = ""
	}
	if n := cfg.Get("edit_uri"); n != nil {
		if n.Str() == "" {
			return // the author wants no edit links
		}
		t.EditURL = r.editAddress(n)
		if t.EditURL != "" && !strings.HasSuffix(t.EditURL, "/") && !strings.ContainsAny(t.EditURL, "?#") {
			t.EditURL += "/"
		}
		return
	}
	if t.Repo.URL != "" {
		// The host is asked for the folder; "x" stands for a page.
		if at, ok := strings.CutSuffix(t.Repo.EditURL(path.Join(t.Dir, "x")), "x"); ok {
			t.EditURL = at
		}
		return
	}
	if knownHost(t.RepoURL) {
		guess := sources.Repo{URL: strings.TrimSuffix(t.RepoURL, "/"), Branch: cmp.Or(t.Repo.Branch, "main"), Dir: t.Repo.Dir}
		t.EditURL = strings.TrimSuffix(guess.EditURL(path.Join(t.Dir, "x")), "x")
	}
}

// editAddress makes an absolute address of one that may be relative to
// repo_url.
func (r *reader) editAddress(n *yamldoc.Node) string {
	uri, base := n.Str(), r.tree.RepoURL
	out := ""
	switch {
	case strings.Contains(uri, ":"):
		out = safeURL(uri)
	case base != "" && (strings.HasPrefix(uri, "?") || strings.HasPrefix(uri, "#")):
		out = safeURL(base + uri)
	case base != "":
		out = safeURL(strings.TrimSuffix(base, "/") + "/" + strings.TrimPrefix(uri, "/"))
	}
	if out == "" && (base != "" || strings.Contains(uri, ":")) {
		r.report(r.at(n), diag.Warning, "mkdocs-url", "the edit links are left out: this is no web address", "write edit/main/docs/")
	}
	return out
}

// knownHost tells whether an address is on a host whose addresses of files are
// known, as MkDocs judges it.
func knownHost(s string) bool {
	u, err := url.Parse(s)
	if err != nil {
		return false
	}
	host := strings.ToLower(u.Host)
	return strings.Contains(host, "github") || strings.Contains(host, "gitlab") || strings.Contains(host, "bitbucket")
}

// EditURLOf returns where a page can be edited, or "".
func (t *Tree) EditURLOf(p *Page) string {
	switch {
	case p.File == "":
		return "" // made here, not by an author
	case p.File != path.Join(t.Dir, p.Path):
		return t.Repo.EditURL(p.File) // from another folder of the repo
	case t.editTemplate != "":
		noext := strings.TrimSuffix(p.Path, path.Ext(p.Path))
		return strings.NewReplacer(
			"{path}", (&url.URL{Path: p.Path}).EscapedPath(), "{path!q}", url.QueryEscape(p.Path),
			"{path_noext}", (&url.URL{Path: noext}).EscapedPath(), "{path_noext!q}", url.QueryEscape(noext),
		).Replace(t.editTemplate)
	case t.EditURL == "":
		return ""
	}
	return t.EditURL + (&url.URL{Path: p.Path}).EscapedPath()
}

// LastChange returns the newest commit that touched a page.
func (t *Tree) LastChange(p *Page) (sources.Change, bool) {
	if t.Repo == nil || t.Repo.History == nil || p.File == "" {
		return sources.Change{}, false
	}
	return t.Repo.History.LastChange(p.File)
}

// safeURL returns an absolute web address as it is, and "" for all others.
func safeURL(s string) string {
	s = strings.TrimSpace(s)
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") || u.User != nil {
		return ""
	}
	return s
}

// nested tells whether a pattern repeats what repeats. Such patterns take for
// ever in other programs and hardly ever mean what they say.
func nested(pattern string) bool {
	re, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return false
	}
	var walk func(re *syntax.Regexp, inside bool) bool
	walk = func(re *syntax.Regexp, inside bool) bool {
		repeats := re.Op == syntax.OpStar || re.Op == syntax.OpPlus || re.Op == syntax.OpRepeat && re.Max != re.Min
		if repeats && inside {
			return true
		}
		return slices.ContainsFunc(re.Sub, func(sub *syntax.Regexp) bool { return walk(sub, inside || repeats) })
	}
	return walk(re, false)
}
