package catalog

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/portolan-dev/portolan/sources"
	"github.com/portolan-dev/portolan/sources/diag"
	"github.com/portolan-dev/portolan/sources/yamldoc"
)

// DefaultFiles are the patterns of descriptor files when none are configured.
var DefaultFiles = []string{"**/catalog-info.{yaml,yml}"}

// ReadOptions say how the descriptors of a repo are read. The zero value works.
type ReadOptions struct {
	// Files are doublestar patterns for the descriptor files of a repo. The
	// default is DefaultFiles. Folders named .git and node_modules are not
	// looked into.
	Files []string

	// Kinds are the organisation's own kinds.
	Kinds []Kind

	// Policy says which kinds may come from where. The default is that every
	// kind may come from everywhere; Backstage's default is BackstagePolicy.
	Policy *Policy

	// Placeholders names further placeholders, such as "openapi" for $openapi,
	// whose file is filled in as text. Backstage needs an extra module for
	// them, and rejects entities that use them without it, as is done here by
	// default.
	Placeholders []string

	// Hosts says what kind of code host a name is, for those whose name does
	// not tell.
	Hosts map[string]Host

	// Repos finds another repo of the same build by the URL of its page, so
	// that Location entities can name its files. See RepoIndex. The default
	// knows no other repo; nothing is ever fetched.
	Repos func(url string) *sources.Repo

	Limits Limits
}

// Limits bound what the descriptors of one repo may cost. A zero field means
// the default.
type Limits struct {
	YAML          yamldoc.Limits // of one descriptor file
	Files         int            // descriptor files of a repo; default 10,000
	LocationDepth int            // Location entities that name files with Location entities; default 5
	Patterns      int            // globs in Location entities; default 100
	IncludeBytes  int            // size of a file that a placeholder names; default 10 MiB, and 2 MiB for $yaml
	IncludeTotal  int            // size of all files that one document names by placeholders; default 32 MiB
}

func (l Limits) withDefaults() Limits {
	set := func(v *int, def int) {
		if *v <= 0 {
			*v = def
		}
	}
	set(&l.YAML.Bytes, 1<<20)
	set(&l.Files, 10000)
	set(&l.LocationDepth, 5)
	set(&l.Patterns, 100)
	set(&l.IncludeBytes, 10<<20)
	set(&l.IncludeTotal, 32<<20)
	return l
}

// RepoIndex returns a function that finds a repo by the URL of its page, for
// ReadOptions.Repos.
func RepoIndex(repos []*sources.Repo) func(url string) *sources.Repo {
	byURL := make(map[string]*sources.Repo, len(repos))
	for _, r := range repos {
		if r.URL != "" {
			if key := pageKey(r.URL); byURL[key] == nil {
				byURL[key] = r
			}
		}
	}
	return func(url string) *sources.Repo { return byURL[pageKey(url)] }
}

func pageKey(url string) string {
	url = strings.ToLower(strings.TrimSuffix(strings.TrimRight(url, "/"), ".git"))
	if _, rest, ok := strings.Cut(url, "://"); ok {
		return rest
	}
	return url
}

// A reader reads one repo.
type reader struct {
	repo  *sources.Repo
	now   *sources.Repo // of the file that is read now: repo, or one that a Location entity led to
	opt   ReadOptions
	kinds map[string]*kindRule
	b     *Batch

	queue    []item
	queued   map[fileKey]bool
	inputs   map[fileKey]bool
	trees    map[*sources.Repo][]string
	patterns int
	full     bool // the limit of files was reported
	cases    caseChecker
	included int      // bytes that the placeholders of the current document brought in
	includes []string // and their files, of this repo
}

type fileKey struct {
	repo *sources.Repo
	name string
}

// An item is a descriptor file to read.
type item struct {
	repo   *sources.Repo
	name   string
	parent *item // the file whose Location entity named it; nil for those found by pattern
	depth  int
	url    string // of the file on the repo's host, or ""
}

// root returns the file at the root of the chain of Location entities.
func (it item) root() item {
	for it.parent != nil {
		it = *it.parent
	}
	return it
}

// Read reads every descriptor of a repo: the files that match the patterns,
// and those that their Location entities name. Every document fails alone and
// is reported. Read may be called for many repos at once.
func Read(repo *sources.Repo, opt ReadOptions) *Batch {
	opt.Limits = opt.Limits.withDefaults()
	if len(opt.Files) == 0 {
		opt.Files = DefaultFiles
	}
	r := &reader{
		repo: repo, now: repo, opt: opt, kinds: kindTable(opt.Kinds), b: &Batch{Repo: repo},
		queued: map[fileKey]bool{}, inputs: map[fileKey]bool{}, trees: map[*sources.Repo][]string{},
	}
	if repo.FS == nil {
		return r.b
	}
	for _, name := range r.find() {
		r.push(item{repo: repo, name: name}, nil)
	}
	for len(r.queue) > 0 {
		it := r.queue[0]
		r.queue = r.queue[1:]
		r.file(it)
	}
	slices.Sort(r.b.Inputs)
	r.b.Diagnostics = diag.Sort(r.b.Diagnostics)
	return r.b
}

var coreTable = func() map[string]*kindRule {
	m := make(map[string]*kindRule, len(coreKinds))
	for _, k := range coreKinds {
		m[k.name] = k
	}
	return m
}()

// kindTable returns the rules of all kinds. The core kinds cannot be replaced.
func kindTable(own []Kind) map[string]*kindRule {
	if len(own) == 0 {
		return coreTable
	}
	m := make(map[string]*kindRule, len(coreTable)+len(own))
	for _, k := range own {
		m[k.Name] = ownKind(k)
	}
	for name, k := range coreTable {
		m[name] = k
	}
	return m
}

// find returns the descriptor files that match the patterns, in order.
func (r *reader) find() []string {
	var names []string
	walk := false
	for _, p := range r.opt.Files {
		if strings.ContainsAny(p, "*?[{\\") {
			walk = true
		} else if info, err := fs.Stat(r.repo.FS, path.Clean(p)); err == nil && info.Mode().IsRegular() {
			names = append(names, path.Clean(p))
		}
	}
	if walk {
		for _, name := range r.tree(r.repo) {
			for _, p := range r.opt.Files {
				if doublestar.MatchUnvalidated(strings.TrimPrefix(p, "./"), name) {
					names = append(names, name)
					break
				}
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// tree returns the names of all files of a repo, in order.
func (r *reader) tree(repo *sources.Repo) []string {
	if names, ok := r.trees[repo]; ok {
		return names
	}
	var names []string
	_ = fs.WalkDir(repo.FS, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			if d != nil && d.IsDir() {
				r.report(diag.Pos{File: repo.Pos(name)}, diag.Warning, "unreadable-file", "the folder cannot be read", "", "")
				return fs.SkipDir
			}
		case d.IsDir():
			if b := d.Name(); name != "." && (b == ".git" || b == "node_modules") {
				return fs.SkipDir
			}
		case d.Type().IsRegular() || d.Type()&fs.ModeSymlink != 0:
			names = append(names, name)
		}
		return nil
	})
	slices.Sort(names)
	r.trees[repo] = names
	return names
}

// push queues a file once.
func (r *reader) push(it item, from *yamldoc.Node) {
	key := fileKey{it.repo, it.name}
	if r.queued[key] {
		for p := it.parent; p != nil && from != nil; p = p.parent {
			if p.repo == it.repo && p.name == it.name {
				r.report(r.pos(*it.parent, from.Line, from.Column), diag.Warning, "location-cycle",
					fmt.Sprintf("%s is read already, and names this file in turn", it.name), "remove the target", "")
				return
			}
		}
		return
	}
	if len(r.queued) >= r.opt.Limits.Files {
		if !r.full {
			r.full = true
			r.report(diag.Pos{File: r.repo.Pos(it.name)}, diag.Warning, "location-limit",
				fmt.Sprintf("the repository names more than %d descriptor files; this one and all further ones are left out", r.opt.Limits.Files),
				"make the patterns narrower", "")
		}
		return
	}
	r.queued[key] = true
	it.url = FileURL(it.repo, it.name, r.opt.Hosts)
	r.queue = append(r.queue, it)
}

// input notes that the batch depends on a file.
func (r *reader) input(repo *sources.Repo, name string) {
	if key := (fileKey{repo, name}); repo == r.repo && !r.inputs[key] {
		r.inputs[key] = true
		r.b.Inputs = append(r.b.Inputs, name)
	}
}

func (r *reader) pos(it item, line, column int) diag.Pos {
	return diag.Pos{File: it.repo.Pos(it.name), Line: line, Column: column}
}

func (r *reader) report(pos diag.Pos, sev diag.Severity, rule, message, hint, entity string) {
	r.b.Diagnostics = append(r.b.Diagnostics, diag.Diagnostic{
		Pos: pos, Severity: sev, Rule: rule, Message: message, Hint: hint, Entity: entity, Repo: r.now.Name,
	})
}

// file reads one descriptor file.
func (r *reader) file(it item) {
	r.now = it.repo
	r.input(it.repo, it.name)
	if it.repo == r.repo {
		r.b.Files = append(r.b.Files, it.name)
	}
	data, err := readFile(it.repo, it.name, r.opt.Limits.YAML.Bytes)
	if err != nil {
		if errors.Is(err, errTooLarge) {
			r.rejected(it, yamldoc.Document{Line: 1}, "", reject(YAMLLimit, problem{message: "the file " + err.Error(), hint: "split it into several files"}))
			return
		}
		r.report(r.pos(it, 0, 0), diag.Error, "unreadable-file", "the file "+err.Error(), "", "")
		return
	}
	docs := yamldoc.Parse(data, r.opt.Limits.YAML)
	if len(docs) == 0 {
		docs = []yamldoc.Document{{Line: 1, Node: &yamldoc.Node{Line: 1, Column: 1}}}
	}
	found := false
	for _, d := range docs {
		found = found || d.Err != nil || d.Node.Kind != yamldoc.Null
		r.document(it, d)
	}
	if !found {
		r.report(r.pos(it, 1, 1), diag.Warning, "empty-file", "the file holds no entity", "remove it, or describe a component in it", "")
	}
}

// rejected records a document that is no entity.
func (r *reader) rejected(it item, d yamldoc.Document, ref string, rej *rejection) {
	r.b.Documents = append(r.b.Documents, Document{
		File: it.repo.Pos(it.name), Path: it.name, Index: d.Index, Line: d.Line, Verdict: Rejected, Class: rej.class, Ref: ref,
		Severity: rej.severity, Source: d.Source,
	})
	for _, p := range rej.problems {
		r.report(r.pos(it, p.line, p.column), rej.severity, string(rej.class), p.message, p.hint, ref)
		r.b.Diagnostics[len(r.b.Diagnostics)-1].Fix = p.fix
	}
}

// document reads one document, in the order of Backstage's pipeline.
func (r *reader) document(it item, d yamldoc.Document) {
	if d.Err != nil {
		r.rejected(it, d, "", reject(Class(d.Err.Rule), problem{line: d.Err.Line, column: d.Err.Column, message: d.Err.Message, hint: d.Err.Hint}))
		return
	}
	n := d.Node
	if n.Kind == yamldoc.Null {
		r.b.Documents = append(r.b.Documents, Document{
			File: it.repo.Pos(it.name), Path: it.name, Index: d.Index, Line: d.Line, Verdict: Skipped, Class: Empty,
		})
		return
	}
	if rej := checkEnvelope(n); rej != nil {
		r.rejected(it, d, "", rej)
		return
	}
	ref := Ref{Kind: n.Get("kind").Text, Namespace: DefaultNamespace, Name: n.Get("metadata", "name").Text}
	if ns := n.Get("metadata", "namespace"); ns != nil {
		ref.Namespace = ns.Text
	}
	key := ref.String()
	n = ownAnnotations(n)
	if r.opt.Policy != nil {
		typ, target := it.root().location()
		specType := n.Get("spec", "type").Str()
		if !r.opt.Policy.Allowed(ref.Kind, specType, typ, target) {
			r.rejected(it, d, key, reject(NotAllowed, at(n.Get("kind"),
				fmt.Sprintf("the kind %s may not come from %s", cut(ref.Kind), target), "catalog.rules in the configuration says which kinds may come from where")))
			return
		}
	}
	r.included, r.includes = 0, nil
	n, rej := r.fill(it, n)
	if rej != nil {
		r.rejected(it, d, key, rej)
		return
	}
	n = sortLists(n)
	if rej := checkEntity(n, r.kinds); rej != nil {
		r.rejected(it, d, key, rej)
		return
	}
	n = withNamespace(n)
	var targets []Target
	var follow func()
	if ref.Kind == "Location" {
		if targets, follow, rej = r.targets(it, n, key); rej != nil {
			r.rejected(it, d, key, rej)
			return
		}
	}
	edges, rej := relations(n, ref, r.kinds[ref.Kind])
	if rej == nil {
		rej = r.cases.check(n)
	}
	if rej != nil {
		r.rejected(it, d, key, rej)
		return
	}
	e := newEntity(n, ref, key, edges)
	e.Origin = Origin{Repo: it.repo, Path: it.name, Doc: d.Index, Pos: r.pos(it, n.Get("metadata", "name").Line, n.Get("metadata", "name").Column)}
	e.Origin.URL = it.url
	typ, target := it.location()
	e.Origin.Location = typ + ":" + target
	e.Origin.Root = e.Origin.Location
	if it.parent != nil {
		typ, target = it.root().location()
		e.Origin.Root = typ + ":" + target
	}
	e.Origin.hosts = r.opt.Hosts
	r.b.Entities = append(r.b.Entities, e)
	r.b.Documents = append(r.b.Documents, Document{
		File: it.repo.Pos(it.name), Path: it.name, Index: d.Index, Line: d.Line, Verdict: Accepted, Ref: key, Entity: e, Targets: targets,
		Source: d.Source, Includes: r.includes,
	})
	r.remarks(it, e)
	if follow != nil {
		follow()
	}
}

// location returns the type and target of the file as a location. That of a
// folder without a remote is its name and the path inside: where the folder is
// on this machine is nobody's business.
func (it item) location() (typ, target string) {
	if it.url != "" {
		return "url", it.url
	}
	return "file", path.Join(it.repo.Name, it.name)
}

// ownAnnotations removes annotations that count as absent, and those that the
// catalog writes itself whatever the author says.
func ownAnnotations(n *yamldoc.Node) *yamldoc.Node {
	meta := n.Field("metadata").Value
	f := meta.Field("annotations")
	if f == nil {
		return n
	}
	if f.Value.Kind != yamldoc.Map {
		return withField(n, "metadata", without(meta, "annotations"))
	}
	if f.Value.Field(AnnotationLocation) == nil && f.Value.Field(AnnotationOriginLocation) == nil && len(f.Value.Fields) > 0 {
		return n
	}
	rest := without(f.Value, AnnotationLocation, AnnotationOriginLocation)
	if len(rest.Fields) == 0 {
		return withField(n, "metadata", without(meta, "annotations"))
	}
	return withField(n, "metadata", withField(meta, "annotations", rest))
}

// withNamespace writes the default namespace into an entity that has none.
func withNamespace(n *yamldoc.Node) *yamldoc.Node {
	meta := n.Field("metadata")
	if meta.Value.Field("namespace") != nil {
		return n
	}
	m := clone(meta.Value)
	m.Fields = append(m.Fields, yamldoc.Field{
		Key: "namespace", Line: meta.Line, Column: meta.Column,
		Value: &yamldoc.Node{Kind: yamldoc.String, Text: DefaultNamespace, Line: meta.Line, Column: meta.Column},
	})
	return withField(n, "metadata", m)
}

// newEntity fills in an entity from its checked node.
func newEntity(n *yamldoc.Node, ref Ref, key string, edges []edge) *Entity {
	meta, spec := n.Get("metadata"), n.Get("spec")
	e := &Entity{
		Ref: ref, APIVersion: n.Get("apiVersion").Text, Object: n, ref: key, edges: edges,
		Title: meta.Get("title").Str(), Description: meta.Get("description").Str(),
		Labels: texts(meta.Get("labels")), Annotations: texts(meta.Get("annotations")),
		Type: spec.Get("type").Str(), Lifecycle: spec.Get("lifecycle").Str(), Owner: spec.Get("owner").Str(),
		System: spec.Get("system").Str(), Domain: spec.Get("domain").Str(), Definition: spec.Get("definition").Str(),
	}
	if l := meta.Get("tags"); l != nil {
		e.Tags = make([]string, 0, len(l.Items))
		for _, t := range l.Items {
			e.Tags = append(e.Tags, t.Text)
		}
	}
	if l := meta.Get("links"); l != nil {
		e.Links = make([]WebLink, 0, len(l.Items))
		for _, t := range l.Items {
			e.Links = append(e.Links, WebLink{URL: t.Get("url").Str(), Title: t.Get("title").Str(), Icon: t.Get("icon").Str(), Type: t.Get("type").Str()})
		}
	}
	if p := spec.Get("profile"); p != nil && (ref.Kind == "User" || ref.Kind == "Group") {
		e.Profile = Profile{DisplayName: p.Get("displayName").Str(), Email: p.Get("email").Str(), Picture: p.Get("picture").Str()}
	}
	return e
}

func texts(n *yamldoc.Node) map[string]string {
	if n == nil || len(n.Fields) == 0 {
		return nil
	}
	m := make(map[string]string, len(n.Fields))
	for i := range n.Fields {
		m[n.Fields[i].Key] = n.Fields[i].Value.Text
	}
	return m
}

// An edge is a relation that an entity declares.
type edge struct {
	RelationField
	target       Ref
	key          string // canonical form of target
	text         string // as written; empty for a reference that is a mapping
	line, column int
}

// relations reads the references of an entity. One that cannot be read costs
// the whole entity.
func relations(n *yamldoc.Node, self Ref, k *kindRule) ([]edge, *rejection) {
	spec := n.Get("spec")
	if spec == nil {
		return nil, nil
	}
	var edges []edge
	var problems []problem
	for _, f := range k.relations {
		v := spec.Get(f.Field)
		if v == nil || falsy(v) {
			continue
		}
		items := []*yamldoc.Node{v}
		if v.Kind == yamldoc.List {
			items = v.Items
		}
		for _, it := range items {
			ref, err := nodeRef(it, f.Kind, self.Namespace)
			if err != nil {
				if len(problems) < maxProblems {
					problems = append(problems, refProblem(it, f, err))
				}
				continue
			}
			edges = append(edges, edge{RelationField: f, target: ref, key: ref.String(), text: it.Str(), line: it.Line, column: it.Column})
		}
	}
	if problems != nil {
		return nil, reject(RelationRef, problems...)
	}
	return edges, nil
}

// nodeRef reads a reference in its text form, or as {kind, namespace, name}.
func nodeRef(n *yamldoc.Node, kind, namespace string) (Ref, error) {
	switch n.Kind {
	case yamldoc.String:
		return ParseRef(n.Text, kind, namespace)
	case yamldoc.Map:
		r := Ref{Kind: kind, Namespace: namespace}
		for _, p := range []struct {
			key string
			to  *string
		}{{"kind", &r.Kind}, {"namespace", &r.Namespace}, {"name", &r.Name}} {
			if v := n.Get(p.key); v != nil && v.Kind != yamldoc.Null {
				if v.Kind != yamldoc.String {
					return Ref{}, fmt.Errorf("%s must be text, but is %s", p.key, describe(v))
				}
				*p.to = v.Text
			}
		}
		if r.Kind == "" || r.Namespace == "" || r.Name == "" {
			return Ref{}, errors.New("a reference needs kind, namespace and name")
		}
		return r, nil
	}
	return Ref{}, fmt.Errorf("%s is no reference", describe(n))
}

func refProblem(n *yamldoc.Node, f RelationField, err error) problem {
	hint := "write it as kind:namespace/name"
	if s := n.Str(); f.Kind == "" && s != "" && !strings.ContainsAny(s, ":/ ") {
		hint = fmt.Sprintf("write component:%s or resource:%s", cut(s), cut(s))
	} else if f.Kind != "" {
		hint = fmt.Sprintf("write the name of a %s, or kind:namespace/name", f.Kind)
	}
	return at(n, fmt.Sprintf("spec.%s: %v", f.Field, err), hint)
}

const (
	manyLinks, manyTags = 100, 100
	longDescription     = 10000
)

// oldAnnotations are those that nothing reads any more, with what took over.
var oldAnnotations = map[string]string{
	"backstage.io/github-actions-id":      "github.com/project-slug",
	"backstage.io/definition-at-location": "$text in spec.definition",
	"jenkins.io/github-folder":            "jenkins.io/job-full-name",
}

// remarks reports what Backstage takes silently, but what the author would
// want to know.
func (r *reader) remarks(it item, e *Entity) {
	meta := e.Object.Get("metadata")
	for i, l := range e.Links[:min(len(e.Links), manyLinks)] {
		u, _ := parseURL(l.URL)
		switch u.scheme {
		case "http", "https", "mailto":
			continue
		}
		n := meta.Get("links").Items[i].Get("url")
		r.report(r.pos(it, n.Line, n.Column), diag.Warning, "unsafe-link",
			fmt.Sprintf("metadata.links[%d].url has the scheme %q and is shown without a link", i, cut(u.scheme)), "links lead to http, https or mailto", e.ref)
	}
	if len(e.Annotations) > 0 {
		annotations := meta.Get("annotations")
		for i := range annotations.Fields {
			f := &annotations.Fields[i]
			if instead, old := oldAnnotations[f.Key]; old {
				r.report(r.pos(it, f.Line, f.Column), diag.Info, "deprecated-annotation", fmt.Sprintf("the annotation %s is out of use", f.Key), "use "+instead, e.ref)
				if !strings.HasPrefix(instead, "$") && annotations.Field(instead) == nil {
					r.b.Diagnostics[len(r.b.Diagnostics)-1].Fix = diag.Fix{Old: f.Key, New: instead}
				}
			}
		}
	}
	for _, m := range []struct {
		field string
		count int
		most  int
	}{{"links", len(e.Links), manyLinks}, {"tags", len(e.Tags), manyTags}} {
		if m.count > m.most {
			f := meta.Field(m.field)
			r.report(r.pos(it, f.Line, f.Column), diag.Warning, "too-many",
				fmt.Sprintf("metadata.%s has %d entries; the page shows the first %d", m.field, m.count, m.most), "keep those that readers need", e.ref)
		}
	}
	if len(e.Description) > longDescription {
		f := meta.Field("description")
		r.report(r.pos(it, f.Line, f.Column), diag.Warning, "too-long",
			fmt.Sprintf("metadata.description is %d bytes long; the search index keeps the beginning", len(e.Description)), "move the text into the docs", e.ref)
	}
}
