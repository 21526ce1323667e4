package docs

import (
	"fmt"
	"io/fs"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/portolan-dev/portolan/sources/diag"
	"github.com/portolan-dev/portolan/sources/yamldoc"
)

// keys says what becomes of each key of mkdocs.yml.
// Source: MkDocs, user guide, configuration; Backstage techdocs-node,
// stages/generate/helpers (which keys TechDocs keeps).
var keys = map[string]bool{ // true: used here; false: known and without effect in a static portal
	"site_name": true, "site_description": true, "docs_dir": true, "nav": true, "repo_url": true,
	"edit_uri": true, "edit_uri_template": true, "exclude_docs": true, "not_in_nav": true, "markdown_extensions": true, "extra": true,

	"site_url": false, "site_author": false, "repo_name": false, "copyright": false, "use_directory_urls": false,
	"strict": false, "validation": false, "remote_branch": false, "remote_name": false, "draft_docs": false, "theme": false, "dev_addr": false,
}

// harmlessPlugins do what Portolan does by itself.
var harmlessPlugins = map[string]bool{
	"techdocs-core": true, "search": true, "material/search": true, "group": true, "material/group": true,
	"minify": true, "git-revision-date-localized": true, "git-revision-date": true, "tags": true, "material/tags": true,
	"awesome-pages": true, "awesome-nav": true, "literate-nav": true, "autorefs": true, "privacy": true, "material/privacy": true,
	"offline": true, "git-committers": true, "section-index": true,
}

// config reads mkdocs.yml. The node is nil when there is none; ok is false
// when there is one that cannot be used, so that there are no docs.
func (r *reader) config() (cfg *yamldoc.Node, ok bool) {
	t := r.tree
	var data []byte
	for _, name := range []string{"mkdocs.yaml", "mkdocs.yml"} {
		file := path.Join(t.Root, name)
		if b, err := fs.ReadFile(t.Repo.FS, file); err == nil {
			r.file, data = file, b
			break
		}
	}
	if r.file == "" {
		return nil, true
	}
	node, perr := yamldoc.ParseOne(data, yamldoc.Limits{})
	if perr != nil {
		r.report(diag.Pos{File: t.Repo.Pos(r.file), Line: perr.Line, Column: perr.Column}, diag.Error, "mkdocs-invalid", "mkdocs.yml cannot be read: "+perr.Message, perr.Hint)
		return nil, false
	}
	if node == nil || node.Kind == yamldoc.Null {
		return &yamldoc.Node{Kind: yamldoc.Map}, true
	}
	if node.Kind != yamldoc.Map {
		r.report(r.at(node), diag.Error, "mkdocs-invalid", "mkdocs.yml must hold settings such as site_name, not a list or a text", "")
		return nil, false
	}
	r.unusedKeys(node)
	if name := node.Get("site_name").Str(); strings.TrimSpace(name) != "" {
		t.Title = strings.TrimSpace(name)
	}
	t.Description = strings.TrimSpace(node.Get("site_description").Str())
	t.Extra = node.Get("extra")
	t.Extensions = extensions(node.Get("markdown_extensions"))
	r.exclude = parseIgnore(node.Get("exclude_docs").Str())
	return node, r.docsDir(node.Get("docs_dir"))
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
		pos := diag.Pos{File: r.tree.Repo.Pos(r.file), Line: f.Line, Column: f.Column}
		switch {
		case f.Key == "plugins":
			r.plugins(f.Value)
		case f.Key == "hooks" || f.Key == "INHERIT" || strings.HasPrefix(f.Key, "extra_") || f.Key == "custom_dir" || f.Key == "site_dir" || f.Key == "watch" || f.Key == "google_analytics":
			r.report(pos, diag.Info, "mkdocs-key-ignored", fmt.Sprintf("%s is not used: nothing of a repo is run, and nothing outside its docs is read", f.Key), "")
		case f.Key == "theme":
			if d := f.Value.Field("custom_dir"); d != nil {
				r.report(diag.Pos{File: pos.File, Line: d.Line, Column: d.Column}, diag.Info, "mkdocs-key-ignored", "theme.custom_dir is not used: templates of a repo are never run", "")
			}
		default:
			if _, ok := keys[f.Key]; !ok {
				r.report(pos, diag.Info, "mkdocs-key-ignored", fmt.Sprintf("%s is not a setting of MkDocs that is used here", f.Key), diag.DidYouMean(f.Key, known))
			}
		}
	}
}

func (r *reader) plugins(n *yamldoc.Node) {
	if n == nil {
		return
	}
	warn := func(name string, at *yamldoc.Node) {
		if name != "" && !harmlessPlugins[name] {
			r.report(r.at(at), diag.Info, "mkdocs-plugin-ignored", fmt.Sprintf("the plugin %q is not used: plugins are programs, and nothing of a repo is run", name), "")
		}
	}
	for _, it := range n.Items {
		if it.Kind == yamldoc.Map {
			for i := range it.Fields {
				warn(it.Fields[i].Key, it)
			}
			continue
		}
		warn(it.Str(), it)
	}
	for i := range n.Fields {
		warn(n.Fields[i].Key, n.Fields[i].Value)
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
// Source: MkDocs, user guide, repo_url and edit_uri.
func (r *reader) editLinks(cfg *yamldoc.Node) {
	t := r.tree
	t.RepoURL = safeURL(cfg.Get("repo_url").Str())
	if t.RepoURL == "" {
		t.RepoURL = t.Repo.URL
	}
	if n := cfg.Get("edit_uri"); n != nil {
		uri := n.Str()
		switch {
		case uri == "":
			return // the author wants no edit links
		case strings.Contains(uri, "://"):
			t.EditURL = safeURL(uri)
		case t.RepoURL != "" && (strings.HasPrefix(uri, "?") || strings.HasPrefix(uri, "#")):
			t.EditURL = safeURL(t.RepoURL + uri)
		case t.RepoURL != "":
			t.EditURL = safeURL(strings.TrimSuffix(t.RepoURL, "/") + "/" + strings.TrimPrefix(uri, "/"))
		}
		if t.EditURL != "" && !strings.HasSuffix(t.EditURL, "/") && !strings.ContainsAny(t.EditURL, "?#") {
			t.EditURL += "/"
		}
		return
	}
	if t.Repo.URL == "" {
		return
	}
	branch := t.Repo.Branch
	if branch == "" {
		branch = "main"
	}
	u, err := url.Parse(t.Repo.URL)
	if err != nil {
		return
	}
	switch {
	case strings.Contains(u.Host, "gitlab"):
		t.EditURL = t.Repo.URL + "/-/edit/" + branch + "/"
	case strings.Contains(u.Host, "bitbucket"):
		t.EditURL = t.Repo.URL + "/src/" + branch + "/"
	case strings.Contains(u.Host, "gitea"), strings.Contains(u.Host, "codeberg"), strings.Contains(u.Host, "forgejo"):
		t.EditURL = t.Repo.URL + "/_edit/" + branch + "/"
	default:
		t.EditURL = t.Repo.URL + "/edit/" + branch + "/"
	}
	if t.Dir != "." {
		t.EditURL += t.Dir + "/"
	}
}

// EditURLOf returns where a page can be edited, or "".
func (t *Tree) EditURLOf(p *Page) string {
	if t.EditURL == "" {
		return ""
	}
	return t.EditURL + (&url.URL{Path: p.Path}).EscapedPath()
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
