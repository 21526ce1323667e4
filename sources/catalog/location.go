package catalog

import (
	"fmt"
	"path"
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/portolan-dev/portolan/sources"
	"github.com/portolan-dev/portolan/sources/diag"
	"github.com/portolan-dev/portolan/sources/yamldoc"
)

// A folder without a remote has no URLs. Its targets are resolved against this
// address, which no host can have (RFC 6761) and which is never shown.
const folderURL = "https://folder.invalid/repo/repo"

// base returns the URL against which the targets in a file are resolved. The
// name of the branch is written without slashes, so that the path after it can
// be told.
func (r *reader) base(it item) string {
	repo := *it.repo
	if repo.URL == "" {
		repo.URL, repo.Branch = folderURL, "main"
	}
	repo.Branch = strings.ReplaceAll(repo.Branch, "/", "~")
	return FileURL(&repo, it.name, r.opt.Hosts)
}

// resolve returns the URL of a target in a file.
func (r *reader) resolve(it item, target string) (string, error) {
	if b := it.repo.Branch; strings.Contains(b, "/") {
		target = strings.Replace(target, "/"+b+"/", "/"+strings.ReplaceAll(b, "/", "~")+"/", 1)
	}
	return ResolveURL(target, r.base(it), r.opt.Hosts)
}

// public turns what resolve returned into what may be shown.
func (r *reader) public(it item, resolved string) string {
	if rest, ok := strings.CutPrefix(resolved, folderURL+"/blob/main/"); ok {
		return path.Join(it.repo.Name, unescape(rest))
	}
	if b := it.repo.Branch; strings.Contains(b, "/") {
		resolved = strings.Replace(resolved, "/"+strings.ReplaceAll(b, "/", "~")+"/", "/"+b+"/", 1)
	}
	return resolved
}

// locate returns the repo and the path that a target means, given the URL that
// it was resolved to. It is false for what lies outside of the repos of the
// build, and for a relative target that climbs out of its own.
func (r *reader) locate(it item, target, resolved string) (*sources.Repo, string, bool) {
	u, err := parseRepoURL(resolved)
	if err != nil || u.path == "" {
		return nil, "", false
	}
	own, err := parseRepoURL(r.base(it))
	if err != nil {
		return nil, "", false
	}
	if u.same(own) {
		// Above the root of the repository comes the name of the branch.
		_, absolute := parseURL(target)
		return it.repo, u.path, absolute || u.ref == own.ref
	}
	if u.owner == "" {
		return nil, "", false
	}
	if r.opt.Repos != nil {
		if other := r.opt.Repos(u.host + "/" + u.owner + "/" + u.name); other != nil && other.FS != nil {
			return other, u.path, true
		}
	}
	if it.repo.URL == "" && namedAfter(it.repo.Name, u.name) {
		return it.repo, u.path, true
	}
	return nil, "", false
}

// namedAfter reports that a folder without a remote has the name of a
// repository, as clones have, so that URLs of that repository mean its files.
func namedAfter(folder, name string) bool {
	folder = strings.ToLower(path.Base(folder))
	if _, last, ok := strings.Cut(folder, "__"); ok {
		folder = last
	}
	return name != "" && folder == strings.ToLower(name)
}

// targets resolves the targets of a Location entity. The function that it
// returns queues the files, once the entity is known to be accepted.
func (r *reader) targets(it item, n *yamldoc.Node, key string) ([]Target, func(), *rejection) {
	spec := n.Get("spec")
	own, _ := it.location()
	typ, presence := own, "required"
	file := false // the author said so
	if t := spec.Get("type"); t != nil {
		typ = t.Text
		file = typ == "file"
		if typ != own && typ != "url" {
			hint := "remove the type: the target is then read from the same place as this file"
			return nil, nil, reject(LocationType, at(t, fmt.Sprintf("spec.type cannot be %q in a file that is read as %s", cut(typ), own), hint))
		}
	}
	if p := spec.Get("presence"); p != nil {
		presence = p.Text
	}
	var nodes []*yamldoc.Node
	if t := spec.Get("target"); t != nil {
		nodes = append(nodes, t)
	}
	if l := spec.Get("targets"); l != nil {
		nodes = append(nodes, l.Items...)
	}
	var out []Target
	var resolved []string
	for _, t := range nodes {
		if file && strings.HasSuffix(t.Text, "/") {
			return nil, nil, reject(LocationTarget, at(t, fmt.Sprintf("the target %q is a folder", cut(t.Text)), "name the file in it, such as catalog-info.yaml"))
		}
		u, err := r.resolve(it, t.Text)
		if err != nil {
			u = t.Text
		}
		resolved = append(resolved, u)
		out = append(out, Target{Type: typ, Target: r.public(it, u), Presence: presence})
	}
	return out, func() {
		for i, t := range nodes {
			r.follow(it, t, resolved[i], presence == "optional", key)
		}
	}, nil
}

// follow queues the files that a target names.
func (r *reader) follow(it item, t *yamldoc.Node, resolved string, optional bool, key string) {
	warn := func(rule, message, hint string) {
		r.report(r.pos(it, t.Line, t.Column), diag.Warning, rule, message, hint, key)
	}
	name := cut(t.Text)
	repo, file, ok := r.locate(it, t.Text, resolved)
	if !ok {
		if _, absolute := parseURL(t.Text); absolute {
			warn("location-outside", fmt.Sprintf("the target %q is not part of this build and is not read", name), "only files of the repositories that the configuration names under sources are read")
		} else {
			warn("location-outside", fmt.Sprintf("the target %q leads out of the repository and is not read", name), "name a file of this repository")
		}
		return
	}
	if it.depth >= r.opt.Limits.LocationDepth {
		warn("location-limit", fmt.Sprintf("the target %q is left out: Location entities are followed %d levels deep", name, r.opt.Limits.LocationDepth), "name the file in a Location further up")
		return
	}
	next := item{repo: repo, parent: &it, depth: it.depth + 1}
	if !strings.ContainsAny(file, "*?") {
		if info, err := statFile(repo, file); err != nil {
			if !optional {
				hint := "paths are relative to this file; a leading slash is the root of the repository"
				if err == errNotThere {
					hint = r.nearFile(repo, file)
				}
				warn("location-missing", fmt.Sprintf("the target %q %v", name, err), hint)
			}
			return
		} else {
			next.name = info
		}
		r.push(next, t)
		return
	}
	if r.patterns++; r.patterns > r.opt.Limits.Patterns {
		warn("location-limit", fmt.Sprintf("the pattern %q is left out: at most %d are followed in a repository", name, r.opt.Limits.Patterns), "name the files, or use one wider pattern")
		return
	}
	if why := wildPattern(file); why != "" {
		warn("location-glob", fmt.Sprintf("the pattern %q %s and is not followed", name, why), "name the files that are meant, such as ./**/catalog-info.yaml")
		return
	}
	found := false
	for _, f := range r.tree(repo) {
		if !descriptorName(f) || !dotsMatch(file, f) || !doublestar.MatchUnvalidated(file, f) {
			continue
		}
		found = true
		next.name = f
		r.push(next, nil)
	}
	if !found && !optional {
		warn("location-glob", fmt.Sprintf("the pattern %q matches no file", name), "* matches within one folder, ** any number of folders")
	}
}

// statFile returns the clean name of a regular file.
func statFile(repo *sources.Repo, name string) (string, error) {
	name = strings.TrimSuffix(name, "/")
	f, err := repo.FS.Open(name)
	if err != nil {
		return "", errNotThere
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil:
		return "", errNotThere
	case info.IsDir():
		return "", fmt.Errorf("is a folder")
	case !info.Mode().IsRegular():
		return "", errNoFile
	}
	return name, nil
}

// wildPattern says why a pattern is not followed, or "".
func wildPattern(p string) string {
	last := path.Base(p)
	switch {
	case len(p) > 512:
		return "is too long"
	case strings.Count(p, "**") > 4, strings.Count(p, "{") > 4:
		return "is too complex"
	case strings.Contains(p, "**") && strings.Trim(last, "*?.") == "":
		return "names every file"
	case !doublestar.ValidatePattern(p):
		return "is no glob"
	}
	return ""
}

func descriptorName(name string) bool {
	switch strings.ToLower(path.Ext(name)) {
	case ".yaml", ".yml", ".json":
		return true
	}
	return false
}

// dotsMatch reports that names with a leading dot are wanted: like minimatch,
// a wildcard stands for one only where the pattern spells the dot.
func dotsMatch(pattern, name string) bool {
	if !strings.Contains("/"+name, "/.") {
		return true
	}
	return strings.Contains("/"+pattern, "/.")
}
