package repos

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/bmatcuk/doublestar/v4"
	"github.com/portolan-dev/portolan/sources/diag"
)

// A HostKind says which API a code host has.
type HostKind string

// The kinds of hosts.
const (
	GitHub    HostKind = "github"
	GitLab    HostKind = "gitlab"
	Gitea     HostKind = "gitea" // and Forgejo
	Bitbucket HostKind = "bitbucket"
)

// An Organization is a set of repos on a code host.
type Organization struct {
	Kind HostKind

	// Host is the host's name, with a port if needed. The default is
	// github.com, gitlab.com, codeberg.org or bitbucket.org. A host without TLS
	// is written with http:// in front of it.
	Host string

	// Name is the organization or user of GitHub and Gitea, the group of GitLab
	// with its path (subgroups are read too), the workspace of Bitbucket.
	Name string

	// Repositories are patterns for the names of repos: "service-*". One that
	// begins with "!" excludes. For GitLab the name is the path below the
	// group. The default is all.
	Repositories []string

	// Topics keeps repos with at least one of these topics. The default is all.
	Topics []string

	// Archived and Forks include those repos too.
	Archived, Forks bool

	// Descriptors are the patterns of descriptor files in these repos, where
	// they differ from those of the catalog.
	Descriptors []string
}

// A listing is what an organization holds.
type listing struct {
	Version int       `json:"version"`
	Seen    time.Time `json:"seen"`
	Repos   []listed  `json:"repos"`

	// Doubted is when an answer first came that lacks most repos.
	Doubted time.Time `json:"doubted,omitzero"`
}

// A listed is one repo as its host describes it.
type listed struct {
	Name     string    `json:"name"` // below the organization
	Clone    string    `json:"clone"`
	Branch   string    `json:"branch,omitempty"`
	Topics   []string  `json:"topics,omitempty"`
	Archived bool      `json:"archived,omitempty"`
	Fork     bool      `json:"fork,omitempty"`
	Empty    bool      `json:"empty,omitempty"`
	Pushed   time.Time `json:"pushed,omitzero"` // of the last push, where the host says so reliably
}

// Bounds of one organization.
const (
	maxListed   = 100_000
	doubtFor    = 24 * time.Hour
	listingTime = 5 * time.Minute
)

// base returns the scheme and host of an organization.
func (o Organization) base() (scheme, host string, err error) {
	host = o.Host
	scheme = "https"
	if h, ok := strings.CutPrefix(host, "http://"); ok {
		scheme, host = "http", h
	}
	host = strings.TrimSuffix(strings.TrimPrefix(host, "https://"), "/")
	if host == "" {
		host = map[HostKind]string{GitHub: "github.com", GitLab: "gitlab.com", Gitea: "codeberg.org", Bitbucket: "bitbucket.org"}[o.Kind]
	}
	u, err := url.Parse(scheme + "://" + host)
	if err != nil || u.Host != host || u.Path != "" {
		return "", "", fmt.Errorf("%q is not the name of a host", plain(o.Host))
	}
	return scheme, host, checkName(u.Hostname())
}

// expandOrganization lists the repos of an organization, asks its host only for
// what changed, and uses the last good list where the host cannot be asked.
func expandOrganization(ctx context.Context, s Spec, opt Options) ([]Spec, []diag.Diagnostic) {
	o := *s.Organization
	label := string(o.Kind) + " " + cmp.Or(o.Host, "") + "/" + o.Name
	label = strings.Replace(label, " /", " ", 1)
	report := func(sev diag.Severity, rule, message, hint string) []diag.Diagnostic {
		return []diag.Diagnostic{{Pos: s.Pos, Severity: sev, Rule: rule, Message: message, Hint: hint}}
	}
	scheme, host, err := o.base()
	if err == nil && (o.Name == "" || strings.ContainsAny(o.Name, "?#%\\ \x00") || slices.Contains(strings.Split(o.Name, "/"), "..")) {
		err = fmt.Errorf("%q is not the name of an organization", plain(o.Name))
	}
	for _, p := range o.Repositories {
		if !doublestar.ValidatePattern(strings.TrimPrefix(p, "!")) {
			err = cmp.Or(err, fmt.Errorf("%q is not a valid pattern", p))
		}
	}
	if err != nil {
		return nil, report(diag.Error, "source-invalid", fmt.Sprintf("%s: %v", label, err), "")
	}
	if s.Token == "" && opt.Token != nil {
		s.User, s.Token = opt.Token(host)
	}
	file := ""
	if opt.State != "" {
		sum := sha256.Sum256([]byte(string(o.Kind) + "\x00" + scheme + "\x00" + host + "\x00" + o.Name + "\x00" + string(s.Token)))
		file = filepath.Join(opt.State, "hosts", hex.EncodeToString(sum[:12])+".json")
	}
	last := loadListing(file)
	var ds []diag.Diagnostic
	now, err := listing{Version: cacheVersion, Seen: opt.Now}, errors.New("this build is offline")
	if !opt.Offline {
		opt.log("list the repos of %s", label)
		lctx, cancel := context.WithTimeout(ctx, listingTime)
		now.Repos, err = list(lctx, o, scheme, host, s.Token, opt)
		cancel()
	}
	switch {
	case err == nil && len(now.Repos)*2 < len(last.Repos) && len(last.Repos) >= 2 && !doubtedEnough(&last, opt.Now):
		// An answer that lacks most of what was there is rather an error of the
		// host than a deletion.
		saveListing(file, last)
		ds = report(diag.Warning, "source-stale", fmt.Sprintf("%s lists %d repos, where there were %d; the former list is used", label, len(now.Repos), len(last.Repos)), fmt.Sprintf("if they were deleted, the new list counts after %v", doubtFor))
		now = last
	case err == nil:
		saveListing(file, now)
	case len(last.Repos) > 0:
		why := hideToken(plain(err.Error()), s.Token)
		ds = report(diag.Warning, "source-stale", fmt.Sprintf("the repos of %s cannot be listed: %s", label, why), fmt.Sprintf("the list of %s is used", last.Seen.UTC().Format("2006-01-02 15:04 MST")))
		now = last
	default:
		why := hideToken(plain(err.Error()), s.Token)
		return nil, report(diag.Error, "source-unreachable", fmt.Sprintf("the repos of %s cannot be listed: %s", label, why), "there is no list of an earlier build")
	}
	var specs []Spec
	for _, r := range now.Repos {
		if !o.keeps(r) {
			continue
		}
		u, err := url.Parse(r.Clone)
		if err != nil || !strings.EqualFold(u.Host, host) || u.Scheme != scheme && u.Scheme != "https" || u.User != nil {
			// A host that names another one could make us send requests there.
			ds = append(ds, report(diag.Warning, "source-invalid", fmt.Sprintf("%s: the repo %q is left out, because its address is on another host", label, plain(r.Name)), "")...)
			continue
		}
		specs = append(specs, Spec{
			Git: r.Clone, Ref: s.Ref, User: gitUser(o.Kind, s.User), Token: s.Token, Depth: s.Depth, Pos: s.Pos,
			pushed: r.Pushed, descriptors: o.Descriptors, listed: true, kind: o.Kind,
		})
	}
	if len(specs) == 0 && len(ds) == 0 {
		ds = report(diag.Warning, "source-empty", fmt.Sprintf("no repo of %s is left by the filters", label), fmt.Sprintf("it lists %d", len(now.Repos)))
	}
	opt.log("%s: %d repos of %d", label, len(specs), len(now.Repos))
	return specs, ds
}

// keeps tells whether a repo passes the filters.
func (o Organization) keeps(r listed) bool {
	if r.Archived && !o.Archived || r.Fork && !o.Forks || r.Empty {
		return false
	}
	if len(o.Topics) > 0 && !slices.ContainsFunc(o.Topics, func(t string) bool { return slices.Contains(r.Topics, t) }) {
		return false
	}
	in, only := false, false
	for _, p := range o.Repositories {
		p, negate := strings.CutPrefix(p, "!")
		only = only || !negate
		if doublestar.MatchUnvalidated(p, r.Name) || doublestar.MatchUnvalidated(p, path.Base(r.Name)) {
			if negate {
				return false
			}
			in = true
		}
	}
	return in || !only
}

// gitUser is the user name that goes with a token where git asks for both.
// Source: the documentation of each host.
func gitUser(kind HostKind, user string) string {
	switch {
	case user != "":
		return user
	case kind == GitLab:
		return "oauth2"
	case kind == Bitbucket:
		return "x-token-auth"
	}
	return defaultUser
}

func list(ctx context.Context, o Organization, scheme, host string, token Secret, opt Options) ([]listed, error) {
	if token != "" && scheme != "https" && !loopback(host) {
		return nil, errors.New("a token is sent over https only")
	}
	name := host
	if u, err := url.Parse(scheme + "://" + host); err == nil {
		name = u.Hostname()
	}
	client := NewClient(name, "api."+name)
	client.Transport = &polite{next: client.Transport, dir: opt.cacheDir("http"), token: token, log: opt.log, wait: opt.wait()}
	client.Timeout = listingTime
	var repos []listed
	var err error
	switch o.Kind {
	case GitHub:
		repos, err = listGitHub(ctx, client, scheme, host, o.Name, token)
	case GitLab:
		repos, err = listGitLab(ctx, client, scheme, host, o.Name, token)
	case Gitea:
		repos, err = listGitea(ctx, client, scheme, host, o.Name, token)
	case Bitbucket:
		repos, err = listBitbucket(ctx, client, scheme, host, o.Name, token)
	default:
		return nil, fmt.Errorf("hosts of the kind %q are not known", o.Kind)
	}
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(repos, func(a, b listed) int { return strings.Compare(a.Name, b.Name) })
	return slices.CompactFunc(repos, func(a, b listed) bool { return a.Name == b.Name }), nil
}

func loopback(host string) bool {
	u, err := url.Parse("http://" + host)
	return err == nil && (u.Hostname() == "127.0.0.1" || u.Hostname() == "::1" || u.Hostname() == "localhost")
}

func (o Options) cacheDir(name string) string {
	if o.State == "" {
		return ""
	}
	return filepath.Join(o.State, name)
}

func (o Options) wait() func(context.Context, time.Duration) error {
	if o.Wait != nil {
		return o.Wait
	}
	return func(ctx context.Context, d time.Duration) error {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(d):
			return nil
		}
	}
}

// doubtedEnough tells whether a list that lacks most repos has come for so long
// that it is to be believed. It notes when that began.
func doubtedEnough(last *listing, now time.Time) bool {
	if last.Doubted.IsZero() {
		last.Doubted = now
		return false
	}
	return now.Sub(last.Doubted) >= doubtFor
}

func loadListing(file string) listing {
	var l listing
	if file == "" || !readSealed(file, &l) || l.Version != cacheVersion {
		return listing{}
	}
	return l
}

// saveListing keeps a list; without it the next build has none to fall back on.
func saveListing(file string, l listing) {
	if file != "" {
		_ = writeSealed(file, l)
	}
}

// hideToken removes a token from a message.
func hideToken(s string, token Secret) string {
	if token == "" {
		return s
	}
	return strings.ReplaceAll(s, string(token), "(secret)")
}

// EnvTokens returns an Options.Token that looks into the environment. Each
// variable belongs to one host and is never sent to another:
//
//	GITHUB_TOKEN, GH_TOKEN   github.com, or the host of GITHUB_SERVER_URL
//	GITLAB_TOKEN             gitlab.com, or CI_SERVER_HOST
//	GITEA_TOKEN              codeberg.org, or the host of GITEA_SERVER_URL
//	BITBUCKET_TOKEN          bitbucket.org
//	PORTOLAN_TOKEN_HOST      any host; HOST is its name in capitals with _ for
//	                         everything but letters and digits
//
// PORTOLAN_TOKEN_HOST_FILE names a file that holds the token instead.
func EnvTokens(getenv func(string) string) func(host string) (user string, token Secret) {
	return func(host string) (string, Secret) {
		host = strings.ToLower(host)
		key := "PORTOLAN_TOKEN_" + strings.ToUpper(strings.Map(func(r rune) rune {
			if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
				return r
			}
			return '_'
		}, host))
		if t := getenv(key); t != "" {
			return "", Secret(strings.TrimSpace(t))
		}
		if f := getenv(key + "_FILE"); f != "" {
			if t := readLine(f); t != "" {
				return "", Secret(t)
			}
		}
		serverHost := func(name, def string) string {
			if u, err := url.Parse(getenv(name)); err == nil && u.Host != "" {
				return strings.ToLower(u.Host)
			}
			return def
		}
		switch host {
		case serverHost("GITHUB_SERVER_URL", "github.com"):
			return "", Secret(cmp.Or(getenv("GITHUB_TOKEN"), getenv("GH_TOKEN")))
		case strings.ToLower(cmp.Or(getenv("CI_SERVER_HOST"), "gitlab.com")):
			return "oauth2", Secret(getenv("GITLAB_TOKEN"))
		case serverHost("GITEA_SERVER_URL", "codeberg.org"):
			return "", Secret(getenv("GITEA_TOKEN"))
		case "bitbucket.org":
			return "x-token-auth", Secret(getenv("BITBUCKET_TOKEN"))
		}
		return "", ""
	}
}

// apiError makes a short error of an answer that is none.
func apiError(host string, status int) error {
	switch status {
	case http.StatusUnauthorized:
		return fmt.Errorf("%s does not accept the token, or wants one", host)
	case http.StatusForbidden:
		return fmt.Errorf("%s refuses: the token may not list these repos, or too many requests were made", host)
	case http.StatusNotFound:
		return fmt.Errorf("%s knows no such organization, or hides it without a token", host)
	case http.StatusTooManyRequests:
		return fmt.Errorf("%s says that too many requests were made", host)
	}
	return fmt.Errorf("%s answered with status %d", host, status)
}
