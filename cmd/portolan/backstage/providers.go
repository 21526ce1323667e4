package backstage

import (
	"cmp"
	"fmt"
	"regexp/syntax"
	"strings"

	"github.com/portolan-dev/portolan/sources/yamldoc"
)

// providers turns what finds repositories on code hosts into sources.
func (c *converter) providers(n *yamldoc.Node) {
	if c.included(n, "catalog.providers") {
		return
	}
	for _, f := range fields(n) {
		key := "catalog.providers." + f.Key
		var convert func(string, *yamldoc.Node)
		var name string // the key by which one provider is told from a map of them
		switch f.Key {
		case "github":
			convert, name = c.github, "organization"
		case "gitlab":
			convert, name = c.gitlab, "host"
		case "gitea":
			convert, name = c.gitea, "organization"
		case "bitbucketCloud":
			convert, name = c.bitbucket, "workspace"
		case "githubOrg", "microsoftGraphOrg", "ldapOrg", "keycloakOrg", "okta", "gitlabOrg":
			c.note(f.Value, key, "brings users and groups from a directory; keep them as descriptors in a repo")
			continue
		default:
			c.note(f.Value, key, "finds entities in a way that does not exist here; name the repositories as sources")
			continue
		}
		if c.included(f.Value, key) {
			continue
		}
		if f.Value.Get(name) != nil || f.Value.Get("app") != nil && f.Key == "github" {
			convert(key, f.Value)
			continue
		}
		for _, p := range fields(f.Value) {
			convert(key+"."+p.Key, p.Value)
		}
	}
}

func (c *converter) github(key string, p *yamldoc.Node) {
	org := p.Get("organization")
	if org == nil {
		c.note(p, key, "names no organization; write github: {organization: NAME} as a source")
		return
	}
	out := c.object(p)
	c.host(out, p, "github.com")
	set(out, "organization", c.text(org, value(org)))
	filters := p.Get("filters")
	if r := filters.Get("repository"); r != nil {
		c.repositories(out, key+".filters.repository", r)
	}
	topic := filters.Get("topic")
	set(out, "topics", c.list(topic, c.texts(topic, values(topic.Get("include")))))
	if x := topic.Get("exclude"); len(values(x)) > 0 {
		c.note(x, key+".filters.topic.exclude", "repositories cannot be excluded by topic; exclude them by name: repositories: \"!NAME\"")
	}
	if v := filters.Get("visibility"); v != nil {
		c.note(v, key+".filters.visibility", "is not looked at; a token that sees only the wanted repositories does the same")
	}
	if isTrue(filters.Get("allowArchived")) {
		set(out, "archived", c.truth(filters))
	}
	if f := filters.Get("allowForks"); f == nil || isTrue(f) { // Backstage's default is true
		set(out, "forks", c.truth(p))
	}
	set(out, "branch", c.text(filters, value(filters.Get("branch"))))
	c.hosted("github", p, out)
	c.catalogPath(key+".catalogPath", p.Get("catalogPath"))
}

func (c *converter) gitlab(key string, p *yamldoc.Node) {
	group := p.Get("group")
	if value(group) == "" {
		c.note(p, key, "names no group, so it finds every project of the host; write gitlab: {host: HOST, group: NAME} as a source")
		return
	}
	out := c.object(p)
	c.host(out, p, "gitlab.com")
	set(out, "group", c.text(group, value(group)))
	var names []string
	for _, x := range values(p.Get("excludeRepos")) {
		names = append(names, "!"+strings.TrimPrefix(x, value(group)+"/"))
	}
	set(out, "repositories", c.list(p, c.texts(p, names)))
	if r := p.Get("projectPattern"); r != nil && !matchesAll(value(r)) {
		c.note(r, key+".projectPattern", "is an expression for whole paths; write globs for the paths below the group: repositories: \"service-*\"")
	}
	if topics := p.Get("topics"); topics != nil {
		list := values(topics)
		if topics.Kind == yamldoc.String {
			list = strings.Split(value(topics), ",")
		}
		for i := range list {
			list[i] = strings.TrimSpace(list[i])
		}
		set(out, "topics", c.list(topics, c.texts(topics, list)))
		if len(list) > 1 {
			c.note(topics, key+".topics", "one of the topics is enough here; GitLab asks for all of them")
		}
	}
	if isTrue(p.Get("includeArchivedRepos")) {
		set(out, "archived", c.truth(p))
	}
	if !isTrue(p.Get("skipForkedRepos")) {
		set(out, "forks", c.truth(p))
	}
	set(out, "branch", c.text(p, value(p.Get("branch"))))
	if isTrue(p.Get("orgEnabled")) {
		c.note(p, key+".orgEnabled", "brings users and groups from GitLab; keep them as descriptors in a repo")
	}
	c.hosted("gitlab", p, out)
	c.catalogPath(key+".entityFilename", p.Get("entityFilename"))
}

func (c *converter) gitea(key string, p *yamldoc.Node) {
	org := p.Get("organization")
	if org == nil {
		c.note(p, key, "names no organization")
		return
	}
	out := c.object(p)
	c.host(out, p, "codeberg.org")
	set(out, "organization", c.text(org, value(org)))
	set(out, "branch", c.text(p, value(p.Get("branch"))))
	c.hosted("gitea", p, out)
	c.catalogPath(key+".catalogPath", p.Get("catalogPath"))
}

func (c *converter) bitbucket(key string, p *yamldoc.Node) {
	workspace := p.Get("workspace")
	if workspace == nil {
		c.note(p, key, "names no workspace")
		return
	}
	out := c.object(p)
	set(out, "workspace", c.text(workspace, value(workspace)))
	if r := p.Get("filters", "repoSlug"); r != nil {
		c.repositories(out, key+".filters.repoSlug", r)
	}
	if r := p.Get("filters", "projectKey"); r != nil {
		c.note(r, key+".filters.projectKey", "is not looked at; choose repositories by name: repositories: \"service-*\"")
	}
	c.hosted("bitbucket", p, out)
	c.catalogPath(key+".catalogPath", p.Get("catalogPath"))
}

// host sets the host, unless it is the default.
func (c *converter) host(out, p *yamldoc.Node, public string) {
	if h := p.Get("host"); value(h) != public {
		set(out, "host", c.text(h, value(h)))
	}
}

func (c *converter) hosted(kind string, at, organization *yamldoc.Node) {
	source := c.object(at)
	set(source, kind, organization)
	c.source(source)
}

func (c *converter) catalogPath(key string, n *yamldoc.Node) {
	c.pattern(n, key, cmp.Or(value(n), "catalog-info.yaml"))
}

// repositories turns an expression for names into a glob.
func (c *converter) repositories(out *yamldoc.Node, key string, n *yamldoc.Node) {
	expression := value(n)
	if matchesAll(expression) {
		return
	}
	pattern, ok := glob(expression)
	if !ok {
		c.note(n, key, "the expression %q has no equal glob, so all repositories are read; write repositories: as globs", expression)
		return
	}
	set(out, "repositories", c.text(n, pattern))
}

func matchesAll(expression string) bool {
	switch strings.TrimSuffix(strings.TrimPrefix(expression, "^"), "$") {
	case "", ".*", ".+", `[\s\S]*`:
		return true
	}
	return false
}

// glob returns the glob that matches the same names as a regular expression
// that is anchored at both ends, if there is one.
func glob(expression string) (string, bool) {
	re, err := syntax.Parse(expression, syntax.Perl)
	if err != nil || strings.Contains(expression, "${") {
		return "", false
	}
	var b strings.Builder
	ok := writeGlob(&b, re)
	return b.String(), ok
}

func writeGlob(b *strings.Builder, re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpEmptyMatch, syntax.OpBeginText, syntax.OpEndText, syntax.OpBeginLine, syntax.OpEndLine:
		return true
	case syntax.OpLiteral:
		if re.Flags&syntax.FoldCase != 0 {
			return false
		}
		for _, r := range re.Rune {
			if strings.ContainsRune(`*?[]{},\!`, r) {
				return false // no name of a repository has these
			}
			b.WriteRune(r)
		}
		return true
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		b.WriteByte('?')
		return true
	case syntax.OpStar, syntax.OpPlus:
		if op := re.Sub[0].Op; op != syntax.OpAnyChar && op != syntax.OpAnyCharNotNL {
			return false
		}
		if re.Op == syntax.OpPlus {
			b.WriteByte('?')
		}
		b.WriteByte('*')
		return true
	case syntax.OpCapture:
		return writeGlob(b, re.Sub[0])
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			if !writeGlob(b, sub) {
				return false
			}
		}
		return true
	case syntax.OpAlternate, syntax.OpQuest:
		b.WriteByte('{')
		for i, sub := range re.Sub {
			if i > 0 {
				b.WriteByte(',')
			}
			if !writeGlob(b, sub) {
				return false
			}
		}
		if re.Op == syntax.OpQuest {
			b.WriteByte(',')
		}
		b.WriteByte('}')
		return true
	case syntax.OpCharClass:
		b.WriteByte('[')
		for i := 0; i < len(re.Rune); i += 2 {
			lo, hi := re.Rune[i], re.Rune[i+1]
			if lo == '-' || strings.ContainsRune(`]\^!`, lo) || hi > 'z' {
				return false
			}
			b.WriteRune(lo)
			if hi != lo {
				fmt.Fprintf(b, "-%c", hi)
			}
		}
		b.WriteByte(']')
		return true
	default:
		return false
	}
}

func values(n *yamldoc.Node) (out []string) {
	for _, item := range items(n) {
		if v := value(item); v != "" {
			out = append(out, v)
		}
	}
	return out
}
