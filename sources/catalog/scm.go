package catalog

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/portolan-dev/portolan/sources"
)

// A Host says how a code host writes the addresses of files.
type Host string

// The hosts that are known.
const (
	GitHub    Host = "github"
	GitLab    Host = "gitlab"
	Bitbucket Host = "bitbucket" // bitbucket.org
	Gitea     Host = "gitea"     // and Forgejo
	Azure     Host = "azure"     // dev.azure.com
	OtherHost Host = "other"
)

// HostOf guesses the kind of host from its name. hosts, from the
// configuration, has the last word and may be nil.
func HostOf(name string, hosts map[string]Host) Host {
	name = strings.ToLower(name)
	if h, ok := hosts[name]; ok {
		return h
	}
	switch first, _, _ := strings.Cut(name, "."); {
	case strings.Contains(name, "gitlab"):
		return GitLab
	case strings.Contains(name, "github"), first == "ghe":
		return GitHub
	case name == "bitbucket.org":
		return Bitbucket
	case name == "dev.azure.com", strings.HasSuffix(name, ".visualstudio.com"):
		return Azure
	case strings.Contains(name, "gitea"), strings.Contains(name, "forgejo"), name == "codeberg.org":
		return Gitea
	}
	return OtherHost
}

// A repoURL is the address of a file in a repository, taken apart as the
// package git-url-parse does, which Backstage uses.
type repoURL struct {
	host  string
	owner string // with its sub groups
	name  string
	ref   string
	path  string // of the file, percent escapes decoded
}

func (r repoURL) same(o repoURL) bool {
	return r.host == o.host && strings.EqualFold(r.owner, o.owner) && strings.EqualFold(r.name, o.name)
}

// parseRepoURL takes a URL apart. It fails for what is no URL at all and for
// paths with dot segments, however often they are escaped.
func parseRepoURL(s string) (repoURL, error) {
	u, ok := parseURL(s)
	if !ok {
		return repoURL{}, errors.New("is no URL")
	}
	out := repoURL{host: u.host + u.port}
	if HostOf(out.host, nil) == Azure {
		return azureURL(u)
	}
	p := unescape(strings.Trim(u.path, "/"))
	if strings.HasSuffix(u.path, "/") && p != "" {
		p += "/"
	}
	splits := strings.Split(strings.TrimSuffix(p, ".git"), "/")
	index := func(word string) int {
		for i := 2; i < len(splits); i++ {
			if splits[i] == word {
				return i
			}
		}
		return -1
	}
	name := len(splits) - 1
	if name >= 1 && splits[name] == "" {
		name--
	}
	dash, blob, tree := index("-"), index("blob"), index("tree")
	switch {
	case dash > 0:
		name = dash - 1
	case blob > 0 && tree > 0:
		name = min(blob, tree) - 1
	case blob > 0:
		name = blob - 1
	case tree > 0:
		name = tree - 1
	default:
		for _, word := range []string{"commit", "src", "raw", "edit"} {
			if i := index(word); i > 0 {
				name = i - 1
				break
			}
		}
	}
	if name < 1 {
		return out, nil
	}
	out.owner, out.name = strings.Join(splits[:name], "/"), splits[name]
	at := name + 1
	if at < len(splits) && splits[at] == "-" {
		at++
	}
	if at+1 < len(splits) {
		switch splits[at] {
		case "raw", "src", "blob", "tree", "edit":
			if at+2 < len(splits) && splits[at] == "src" && splits[at+1] == "branch" && len(splits) > at+3 { // Gitea
				at++
			}
			out.ref = splits[at+1]
			out.path = strings.Join(splits[min(at+2, len(splits)):], "/")
		}
	}
	return out, checkPath(out.path)
}

// azureURL takes https://dev.azure.com/org/project/_git/repo?path=%2Ffile apart.
func azureURL(u webURL) (repoURL, error) {
	out := repoURL{host: u.host + u.port}
	segs := strings.Split(strings.Trim(unescape(u.path), "/"), "/")
	i := slices.Index(segs, "_git")
	if i < 1 || i+1 >= len(segs) {
		return out, nil
	}
	out.owner, out.name = strings.Join(segs[:i], "/"), segs[i+1]
	out.path = strings.TrimPrefix(queryParam(u.query, "path"), "/")
	out.ref = strings.TrimPrefix(queryParam(u.query, "version"), "GB")
	return out, checkPath(out.path)
}

// checkPath refuses dot segments, however often they are escaped.
func checkPath(path string) error {
	decoded := path
	for range 8 {
		next := unescape(decoded)
		if next == decoded {
			break
		}
		decoded = next
	}
	for seg := range strings.SplitSeq(decoded, "/") {
		if seg == "." || seg == ".." {
			return errors.New("leaves the repository")
		}
	}
	return nil
}

// queryParam returns a parameter of a query, decoded, or "".
func queryParam(query, key string) string {
	for pair := range strings.SplitSeq(strings.TrimPrefix(query, "?"), "&") {
		if k, v, _ := strings.Cut(pair, "="); unescape(k) == key {
			return unescape(strings.ReplaceAll(v, "+", " "))
		}
	}
	return ""
}

// setQueryParam returns the query with another value for a parameter, as
// URLSearchParams writes it.
func setQueryParam(query, key, value string) string {
	set := key + "=" + formEscape(value)
	var out []string
	found := false
	for pair := range strings.SplitSeq(strings.TrimPrefix(query, "?"), "&") {
		if k, _, _ := strings.Cut(pair, "="); pair == "" || unescape(k) == key {
			if pair != "" && !found {
				out, found = append(out, set), true
			}
			continue
		}
		out = append(out, pair)
	}
	if !found {
		out = append(out, set)
	}
	return "?" + strings.Join(out, "&")
}

func formEscape(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case isAlnum(c), c == '*', c == '-', c == '.', c == '_':
			b.WriteByte(c)
		case c == ' ':
			b.WriteByte('+')
		default:
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

var gitHubType = regexp.MustCompile(`//([^/]+)/([^/]+)/([^/]+)/(blob|tree|edit)/`)

func gitHubURL(s, typ string) string {
	m := gitHubType.FindStringSubmatchIndex(s)
	if m == nil {
		return s
	}
	return s[:m[8]] + typ + s[m[9]:]
}

// ResolveURL returns what a target, as written in a descriptor, means in the
// file at base: an absolute URL stays, a leading slash is the root of the
// repository, everything else is relative to the file. It returns an error
// when there is no such URL.
func ResolveURL(target, base string, hosts map[string]Host) (string, error) {
	b, ok := parseURL(base)
	if !ok {
		return "", errors.New("the file has no URL")
	}
	out := target
	if _, absolute := parseURL(target); !absolute {
		var u webURL
		if HostOf(b.host+b.port, hosts) == Azure && strings.Contains(b.path, "/_git/") {
			file, _ := parseURL("https://a.invalid/" + strings.TrimPrefix(queryParam(b.query, "path"), "/"))
			b.query = setQueryParam(b.query, "path", file.resolve(target).path)
			return b.String(), nil
		}
		if strings.HasPrefix(target, "/") {
			r, err := parseRepoURL(base)
			if err != nil {
				return "", err
			}
			u = b
			root := strings.TrimRight(u.path[:max(0, len(u.path)-len(r.path))], "/")
			target = strings.ReplaceAll(target, `\`, "/")
			u.path = cleanPath(root + strings.ReplaceAll(strings.ReplaceAll(target, "?", "%3F"), "#", "%23"))
		} else {
			u = b.resolve(target)
		}
		u.query = b.query
		out = u.String()
	}
	if HostOf(b.host+b.port, hosts) == GitHub {
		out = gitHubURL(out, "tree")
	}
	return out, nil
}

// EditURL returns the page on which the file at a URL can be edited.
func EditURL(file string, hosts map[string]Host) string {
	u, ok := parseURL(file)
	if !ok {
		return file
	}
	switch HostOf(u.host+u.port, hosts) {
	case GitHub:
		return gitHubURL(file, "edit")
	case GitLab:
		for _, t := range []string{"blob", "tree"} {
			if strings.Contains(file, "/-/"+t+"/") {
				return strings.Replace(file, "/-/"+t+"/", "/-/edit/", 1)
			}
		}
	case Bitbucket:
		r, err := parseRepoURL(file)
		if err != nil {
			return file
		}
		u.query = "?mode=edit&at=" + encode(r.ref, " /&?#=+%")
		return u.String()
	case Gitea:
		return strings.Replace(file, "/src/branch/", "/_edit/", 1)
	}
	return file
}

// SourceURL returns the page of the folder that holds the file at a URL, with
// a trailing slash.
func SourceURL(file string, hosts map[string]Host) string {
	s, err := ResolveURL("./", file, hosts)
	if err != nil {
		return ""
	}
	return s
}

// FileURL returns the page of a file on the repo's host, or "" for a folder
// without a remote.
func FileURL(repo *sources.Repo, path string, hosts map[string]Host) string {
	if repo.URL == "" {
		return ""
	}
	u, ok := parseURL(repo.URL)
	if !ok {
		return ""
	}
	ref := repo.Branch
	if ref == "" {
		ref = repo.Commit
	}
	if ref == "" {
		ref = "HEAD"
	}
	ref = encode(ref, " \"#<>?`{}^%")
	rawPath := path
	path = encode(path, " \"#<>?`{}^%")
	base := strings.TrimRight(repo.URL, "/")
	switch HostOf(u.host+u.port, hosts) {
	case GitLab:
		return base + "/-/blob/" + ref + "/" + path
	case Bitbucket:
		return base + "/src/" + ref + "/" + path
	case Azure:
		if repo.Branch == "" {
			return base + "?path=" + formEscape("/"+rawPath)
		}
		return base + "?path=" + formEscape("/"+rawPath) + "&version=GB" + formEscape(repo.Branch)
	case Gitea:
		if repo.Branch == "" {
			return base + "/src/commit/" + ref + "/" + path
		}
		return base + "/src/branch/" + ref + "/" + path
	default:
		return base + "/blob/" + ref + "/" + path
	}
}

var scriptScheme = regexp.MustCompile(`(?i)^[\x00-\x1f ]*j[\r\n\t]*a[\r\n\t]*v[\r\n\t]*a[\r\n\t]*s[\r\n\t]*c[\r\n\t]*r[\r\n\t]*i[\r\n\t]*p[\r\n\t]*t[\r\n\t]*:`)

// ParseLocation reads a location reference of the form <type>:<target>, such
// as dir:. or url:https://example.com/x.yaml.
func ParseLocation(s string) (typ, target string, err error) {
	typ, target, found := strings.Cut(s, ":")
	typ, target = trimJS(typ), trimJS(target)
	switch {
	case !found, typ == "", target == "":
		return "", "", errors.New("is not of the form <type>:<target>, as in url:https://host/path")
	case typ == "http", typ == "https":
		return "", "", errors.New("needs url: in front of the address")
	case scriptScheme.MatchString(target):
		return "", "", errors.New("is a javascript: URL")
	}
	return typ, target, nil
}

func trimJS(s string) string {
	return strings.Trim(s, " \t\n\r\v\f\u00a0\ufeff\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000")
}
