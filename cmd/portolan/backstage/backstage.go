// Package backstage turns the configuration of a Backstage app into one of
// Portolan.
//
//	app-config.yaml -> yamldoc -> Convert -> the same keys as portolan.yaml, and notes
//
// Carried over are the locations, rules and discovery providers of the catalog
// and the clusters of the Kubernetes plugin. What cannot be carried over is
// never dropped in silence: a note says where it stands and why.
//
// Sources: https://backstage.io/docs/conf/writing,
// https://backstage.io/docs/features/software-catalog/configuration,
// https://backstage.io/docs/integrations/github/discovery,
// https://backstage.io/docs/integrations/gitlab/discovery,
// https://backstage.io/docs/features/kubernetes/configuration
package backstage

import (
	"cmp"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/portolan-dev/portolan/sources/diag"
	"github.com/portolan-dev/portolan/sources/yamldoc"
)

// A Note says what was not carried over, or not as it was.
type Note struct {
	Line, Column int    // in app-config.yaml
	Key          string // "catalog.providers.ldapOrg"
	Reason       string // why, and what to do instead
}

// Options say where the file is.
type Options struct {
	// Base is the folder of app-config.yaml as seen from the folder of
	// portolan.yaml, with slashes.
	Base string

	// Exists tells whether there is something at a path, written like Base.
	// Backstage starts relative paths where its backend runs, which the file
	// does not say. Without Exists it is the folder of most apps.
	Exists func(name string) bool
}

// A Result is a configuration of Portolan. Root has the keys of portolan.yaml;
// its values stand where those of app-config.yaml stand.
type Result struct {
	Root  *yamldoc.Node
	Notes []Note
}

// Diagnostics returns the notes as warnings about the file.
func (r *Result) Diagnostics(file string) []diag.Diagnostic {
	var out []diag.Diagnostic
	for _, n := range r.Notes {
		out = append(out, diag.Diagnostic{
			Pos: diag.Pos{File: file, Line: n.Line, Column: n.Column}, Severity: diag.Warning,
			Rule: "backstage-left-out", Message: n.Key + ": " + n.Reason,
		})
	}
	return out
}

// Convert converts an app-config.yaml. The error is about its YAML.
func Convert(src []byte, opt Options) (*Result, *yamldoc.Error) {
	app, err := yamldoc.ParseOne(src, yamldoc.Limits{})
	if err != nil {
		return nil, err
	}
	c := &converter{opt: opt}
	root := c.object(app)
	site := c.site(app)
	c.locations(app.Get("catalog", "locations"))
	c.providers(app.Get("catalog", "providers"))
	rules := c.rules(app.Get("catalog", "rules"))
	kubernetes := c.kubernetes(app.Get("kubernetes"))
	c.integrations(app.Get("integrations"))

	set(root, "site", site)
	set(root, "sources", c.list(app, c.sources))
	catalog := c.object(app)
	set(catalog, "files", c.list(app, c.texts(app, c.files)))
	set(catalog, "rules", rules)
	set(root, "catalog", catalog)
	set(root, "kubernetes", kubernetes)
	slices.SortStableFunc(c.notes, func(a, b Note) int { return cmp.Compare(a.Line, b.Line) })
	return &Result{Root: root, Notes: c.notes}, nil
}

type converter struct {
	opt     Options
	notes   []Note
	sources []*yamldoc.Node
	files   []string // patterns of descriptor files
	allowed []*yamldoc.Node
}

func (c *converter) note(n *yamldoc.Node, key, format string, args ...any) {
	note := Note{Key: key, Reason: fmt.Sprintf(format, args...)}
	if n != nil {
		note.Line, note.Column = n.Line, n.Column
	}
	c.notes = append(c.notes, note)
}

// Nodes of the result stand where the node that they come from stands.

func (c *converter) object(at *yamldoc.Node) *yamldoc.Node {
	n := &yamldoc.Node{Kind: yamldoc.Map, Line: 1, Column: 1}
	if at != nil {
		n.Line, n.Column = at.Line, at.Column
	}
	return n
}

func (c *converter) list(at *yamldoc.Node, items []*yamldoc.Node) *yamldoc.Node {
	n := c.object(at)
	n.Kind, n.Items = yamldoc.List, items
	return n
}

func (c *converter) text(at *yamldoc.Node, s string) *yamldoc.Node {
	n := c.object(at)
	n.Kind, n.Text = yamldoc.String, s
	return n
}

func (c *converter) texts(at *yamldoc.Node, list []string) (out []*yamldoc.Node) {
	for _, s := range list {
		out = append(out, c.text(at, s))
	}
	return out
}

func (c *converter) truth(at *yamldoc.Node) *yamldoc.Node {
	n := c.object(at)
	n.Kind, n.Bool, n.Text = yamldoc.Bool, true, "true"
	return n
}

// set adds a key, unless there is nothing to say.
func set(n *yamldoc.Node, key string, v *yamldoc.Node) {
	switch {
	case v == nil,
		v.Kind == yamldoc.String && v.Text == "",
		v.Kind == yamldoc.List && len(v.Items) == 0,
		v.Kind == yamldoc.Map && len(v.Fields) == 0:
		return
	}
	n.Fields = append(n.Fields, yamldoc.Field{Key: key, Line: v.Line, Column: v.Column, Value: v})
}

// value returns a text of the file as portolan.yaml writes it: ${VAR} and
// $${VAR} mean the same there, and {$env: VAR} is ${VAR}. Other dollar signs
// are doubled where they would mean something else.
func value(n *yamldoc.Node) string {
	if n == nil {
		return ""
	}
	if v := n.Get("$env"); v != nil {
		return "${" + v.Str() + "}"
	}
	switch n.Kind {
	case yamldoc.Int, yamldoc.Float, yamldoc.Bool:
		return n.Text
	}
	s := n.Str()
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case strings.HasPrefix(s[i:], "$${"):
			b.WriteString("$${")
			i += 2
		case strings.HasPrefix(s[i:], "$$"):
			b.WriteString("$$$$")
			i++
		default:
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

func isTrue(n *yamldoc.Node) bool { return n != nil && n.Kind == yamldoc.Bool && n.Bool }

func items(n *yamldoc.Node) []*yamldoc.Node {
	if n == nil {
		return nil
	}
	return n.Items
}

func fields(n *yamldoc.Node) []yamldoc.Field {
	if n == nil || n.Kind != yamldoc.Map {
		return nil
	}
	return n.Fields
}

// included notes a part that stands in another file.
func (c *converter) included(n *yamldoc.Node, key string) bool {
	f := n.Get("$include")
	if f == nil {
		f = n.Get("$file")
	}
	if f == nil {
		return false
	}
	c.note(n, key, "stands in another file, %q; convert that one, too, or write it in place", f.Str())
	return true
}

// site takes the title and the address of the app.
func (c *converter) site(app *yamldoc.Node) *yamldoc.Node {
	site := c.object(app.Get("app"))
	title := app.Get("app", "title")
	if title == nil {
		title = app.Get("organization", "name")
	}
	set(site, "title", c.text(title, value(title)))
	base := app.Get("app", "baseUrl")
	switch address := value(base); {
	case address == "":
	case strings.Contains(address, "//localhost") || strings.Contains(address, "//127.0.0.1"):
		c.note(base, "app.baseUrl", "is an address of one machine; write site.baseURL when you know where the portal is published")
	default:
		set(site, "baseURL", c.text(base, address))
	}
	return site
}

// pattern adds a pattern of descriptor files.
func (c *converter) pattern(at *yamldoc.Node, key, p string) {
	if p = strings.TrimPrefix(path.Clean("/"+p), "/"); p == "" || slices.Contains(c.files, p) {
		return
	}
	c.files = append(c.files, p)
	if wildcard(p) >= 0 {
		c.note(at, key, "the pattern %q is searched in every repo, because catalog.files holds for all of them", p)
	}
}

// source adds a source, unless there is the same already.
func (c *converter) source(n *yamldoc.Node) {
	text := string(n.AppendJSON(nil))
	if !slices.ContainsFunc(c.sources, func(s *yamldoc.Node) bool { return string(s.AppendJSON(nil)) == text }) {
		c.sources = append(c.sources, n)
	}
}

func (c *converter) locations(list *yamldoc.Node) {
	if c.included(list, "catalog.locations") {
		return
	}
	for i, l := range items(list) {
		key := fmt.Sprintf("catalog.locations[%d]", i)
		target := l.Get("target")
		var place *yamldoc.Node // how a rule of the catalog names it
		switch typ := l.Get("type").Str(); typ {
		case "file":
			place = c.fileLocation(key, target)
		case "url":
			place = c.urlLocation(key, target)
		default:
			c.note(l, key, "is of type %q; only file and url are read. Name the repositories as github, gitlab, gitea, bitbucket, git or dir", typ)
		}
		rules := l.Get("rules")
		for _, r := range items(rules) {
			if rule := c.allow(r); rule != nil && place != nil {
				set(rule, "locations", c.list(r, []*yamldoc.Node{place}))
				c.allowed = append(c.allowed, rule)
			}
		}
	}
}

// fileLocation makes a folder of a file: everything below it is one repo.
func (c *converter) fileLocation(key string, target *yamldoc.Node) *yamldoc.Node {
	file := strings.ReplaceAll(value(target), `\`, "/")
	if file == "" {
		c.note(target, key, "has no target")
		return nil
	}
	if !path.IsAbs(file) {
		file = c.relative(file)
	}
	// A pattern is searched below the last folder without a wildcard.
	dir, name := path.Split(file)
	if at := wildcard(file); at >= 0 {
		at = strings.LastIndex(file[:at], "/") + 1
		dir, name = file[:at], file[at:]
	}
	dir = path.Clean(cmp.Or(dir, "."))
	if parent := path.Base(dir); wildcard(name) >= 0 && parent != ".." && parent != "." && parent != "/" && path.Dir(dir) != "/" {
		dir, name = path.Dir(dir), parent+"/"+name // patterns are for all repos; this keeps it to one folder
	}
	source := c.object(target)
	set(source, "dir", c.text(target, literal(dir)))
	c.source(source)
	c.pattern(target, key, name)
	place := c.object(target)
	set(place, "type", c.text(target, "file"))
	set(place, "pattern", c.text(target, "**/"+strings.TrimPrefix(path.Join(path.Base(dir), name), "/")))
	return place
}

// literal is the pattern of just this folder.
func literal(dir string) string {
	var b strings.Builder
	for i := range len(dir) {
		if strings.IndexByte(`*?[\`, dir[i]) >= 0 || dir[i] == '{' && (i == 0 || dir[i-1] != '$') {
			b.WriteByte('\\')
		}
		b.WriteByte(dir[i])
	}
	return b.String()
}

// wildcard returns where a pattern begins to be one, or -1; ${VAR} is none.
func wildcard(file string) int {
	for i := range len(file) {
		if strings.IndexByte("*?[", file[i]) >= 0 || file[i] == '{' && (i == 0 || file[i-1] != '$') {
			return i
		}
	}
	return -1
}

// relative finds out what a path starts from. Backstage's backend resolves it
// against its working directory: packages/backend when an app is started with
// yarn, the root of the app in its image.
func (c *converter) relative(file string) string {
	backend, root := path.Join(c.opt.Base, "packages/backend", file), path.Join(c.opt.Base, file)
	if c.opt.Exists != nil {
		for _, p := range []string{backend, root} {
			fixed, _, _ := strings.Cut(p, "*")
			if c.opt.Exists(strings.TrimSuffix(fixed, "/")) {
				return p
			}
		}
	}
	if strings.HasPrefix(file, "../../") {
		return backend
	}
	return root
}

func (c *converter) urlLocation(key string, target *yamldoc.Node) *yamldoc.Node {
	address := value(target)
	f, ok := parseFileURL(address)
	if !ok || wildcard(f.repo) >= 0 || wildcard(f.ref) >= 0 {
		c.note(target, key, "%q is not understood as the address of a file on GitHub, GitLab, Gitea or Bitbucket; name the repository as a source: git: URL", address)
		return nil
	}
	source := c.object(target)
	set(source, "git", c.text(target, f.repo+".git"))
	set(source, "ref", c.text(target, f.ref))
	c.source(source)
	c.pattern(target, key, f.path)
	place := c.object(target)
	set(place, "type", c.text(target, "url"))
	set(place, "pattern", c.text(target, f.repo+"/**/"+f.path))
	return place
}

// A fileURL is the address of a file on a code host, taken apart.
type fileURL struct{ repo, ref, path string }

// Addresses of files as hosts write them; a ref with a slash cannot be told from
// a folder and is taken for one without.
var (
	gitlabFile    = regexp.MustCompile(`^(https?://[^/]+/.+?)/-/(?:blob|tree|raw|edit)/([^/]+)/(.+)$`)
	giteaFile     = regexp.MustCompile(`^(https?://[^/]+/[^/]+/[^/]+)/(?:src|raw)/(?:branch|tag|commit)/([^/]+)/(.+)$`)
	bitbucketFile = regexp.MustCompile(`^(https?://[^/]+/[^/]+/[^/]+)/(?:src|raw)/([^/]+)/(.+)$`)
	githubFile    = regexp.MustCompile(`^(https?://[^/]+/[^/]+/[^/]+)/(?:blob|tree|raw|edit)/([^/]+)/(.+)$`)
	githubRaw     = regexp.MustCompile(`^https://raw\.githubusercontent\.com/([^/]+/[^/]+)/(?:refs/heads/)?([^/]+)/(.+)$`)
)

func parseFileURL(address string) (fileURL, bool) {
	address, _, _ = strings.Cut(address, "#")
	address, _, _ = strings.Cut(address, "?")
	if m := githubRaw.FindStringSubmatch(address); m != nil {
		return fileURL{"https://github.com/" + m[1], m[2], m[3]}, true
	}
	for _, form := range []*regexp.Regexp{gitlabFile, giteaFile, bitbucketFile, githubFile} {
		if m := form.FindStringSubmatch(address); m != nil {
			f := fileURL{m[1], m[2], m[3]}
			if f.ref == "-" || f.ref == "HEAD" {
				f.ref = ""
			}
			return f, true
		}
	}
	return fileURL{}, false
}

// rules returns the rules of the catalog. Those of single locations count only
// beside general ones: without these every kind is allowed here.
func (c *converter) rules(list *yamldoc.Node) *yamldoc.Node {
	if c.included(list, "catalog.rules") {
		return nil
	}
	var out []*yamldoc.Node
	for i, r := range items(list) {
		key := fmt.Sprintf("catalog.rules[%d]", i)
		rule := c.allow(r)
		if rule == nil {
			continue
		}
		var places []*yamldoc.Node
		for _, l := range items(r.Get("locations")) {
			typ := l.Get("type").Str()
			if typ != "url" && typ != "file" {
				c.note(l, key, "names locations of type %q, which do not exist here", typ)
				continue
			}
			place := c.object(l)
			set(place, "type", c.text(l, typ))
			set(place, "exact", c.text(l, value(l.Get("exact"))))
			set(place, "pattern", c.text(l, value(l.Get("pattern"))))
			places = append(places, place)
		}
		if r.Get("locations") != nil && len(places) == 0 {
			continue // allowed nowhere that there is
		}
		set(rule, "locations", c.list(r, places))
		out = append(out, rule)
	}
	if len(out) == 0 {
		if len(c.allowed) > 0 {
			c.note(c.allowed[0], "catalog.locations", "has rules of its own, but the catalog has none: every kind is allowed from everywhere. Backstage would allow Component, API and Location only")
		}
		return nil
	}
	return c.list(list, append(out, c.allowed...))
}

func (c *converter) allow(r *yamldoc.Node) *yamldoc.Node {
	var kinds []*yamldoc.Node
	for _, a := range items(r.Get("allow")) {
		if a.Kind == yamldoc.Map {
			kind := c.object(a)
			set(kind, "kind", c.text(a, value(a.Get("kind"))))
			set(kind, "type", c.text(a, value(a.Get("spec.type"))))
			if a.Get("kind") != nil {
				kinds = append(kinds, kind)
			}
			continue
		}
		if kind := value(a); kind != "" {
			kinds = append(kinds, c.text(a, kind))
		}
	}
	if len(kinds) == 0 {
		return nil
	}
	rule := c.object(r)
	set(rule, "allow", c.list(r.Get("allow"), kinds))
	return rule
}

var notInVariables = regexp.MustCompile(`[^A-Z0-9]`)

// integrations says where tokens come from.
func (c *converter) integrations(n *yamldoc.Node) {
	names := map[string]string{"github": "GITHUB_TOKEN", "gitlab": "GITLAB_TOKEN", "gitea": "GITEA_TOKEN", "bitbucketCloud": "BITBUCKET_TOKEN"}
	hosts := map[string]string{"github": "github.com", "gitlab": "gitlab.com", "gitea": "codeberg.org", "bitbucketCloud": "bitbucket.org"}
	for _, f := range fields(n) {
		for i, in := range items(f.Value) {
			key := fmt.Sprintf("integrations.%s[%d]", f.Key, i)
			host := cmp.Or(value(in.Get("host")), hosts[f.Key])
			variable := names[f.Key]
			if host != hosts[f.Key] {
				variable = "PORTOLAN_TOKEN_" + notInVariables.ReplaceAllString(strings.ToUpper(host), "_")
				if strings.Contains(host, "${") {
					variable = "PORTOLAN_TOKEN_HOST (HOST: its name in capitals, with _ for other signs)"
				}
			}
			switch {
			case in.Get("apps") != nil:
				c.note(in, key, "signs in as a GitHub app; a token is needed here, in the environment variable %s", variable)
			case in.Get("token") == nil || value(in.Get("token")) == "${"+variable+"}":
			default:
				c.note(in, key, "has a token for %s; put it into the environment variable %s", host, variable)
			}
		}
	}
}
