package config

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
	"github.com/portolan-dev/portolan/sources/diag"
	"github.com/portolan-dev/portolan/sources/yamldoc"
)

// homeDir is a variable so that tests need no home.
var homeDir = os.UserHomeDir

// Load reads a configuration file. If anything in it is wrong the
// configuration is nil and the diagnostics say what; the error is about the
// file itself (it does not exist, cannot be read).
func Load(file string, getenv func(string) (string, bool)) (*Config, []diag.Diagnostic, error) {
	src, err := os.ReadFile(file)
	if err != nil {
		return nil, nil, fmt.Errorf("read configuration: %w", err)
	}
	c, ds := Parse(filepath.ToSlash(file), src, getenv)
	return c, ds, nil
}

// Parse is Load for bytes. file is what diagnostics call it; its folder is
// where relative paths start from.
func Parse(file string, src []byte, getenv func(string) (string, bool)) (*Config, []diag.Diagnostic) {
	d := &decoder{file: file, getenv: getenv}
	c := &Config{File: file, Dir: filepath.Dir(filepath.FromSlash(file))}
	node, yerr := yamldoc.ParseOne(src, yamldoc.Limits{})
	switch {
	case yerr != nil:
		d.report(yerr.Line, yerr.Column, "config-syntax", yerr.Message, yerr.Hint)
	case node == nil || node.Kind == yamldoc.Null:
		// An empty file is a configuration without sources: everything has a default.
	default:
		d.value(node, reflect.ValueOf(c).Elem(), "")
		d.judge(c, node)
		d.takeOver(c)
	}
	if len(d.diagnostics) > 0 {
		return nil, diag.Sort(d.diagnostics)
	}
	c.withDefaults()
	return c, nil
}

// judge checks what the types alone cannot say.
func (d *decoder) judge(c *Config, root *yamldoc.Node) {
	if c.Site.BaseURL != "" {
		n := root.Get("site", "baseURL")
		u, err := url.Parse(c.Site.BaseURL)
		if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" || u.RawQuery != "" || u.Fragment != "" {
			d.report(n.Line, n.Column, "config-value", fmt.Sprintf("site.baseURL is %q, expected an absolute address", c.Site.BaseURL), "write it like https://portal.example.com/")
		} else if !strings.HasSuffix(c.Site.BaseURL, "/") {
			c.Site.BaseURL += "/"
		}
	}
	for i, s := range c.Sources {
		d.judgeSource(i, s)
		if s.Dir != "" && !doublestar.ValidatePathPattern(filepath.FromSlash(s.Dir)) {
			d.report(s.Line, s.Column, "config-source", fmt.Sprintf("sources[%d].dir is no valid pattern: %q", i, s.Dir), "* matches within a folder name, ** over folders, {a,b} either")
		}
	}
	for i, p := range c.Catalog.Files {
		if !doublestar.ValidatePattern(p) {
			n := root.Get("catalog", "files").Items[i]
			d.report(n.Line, n.Column, "config-value", fmt.Sprintf("catalog.files[%d] is no valid pattern: %q", i, p), "")
		}
	}
	if hosts := root.Get("catalog", "hosts"); len(c.Catalog.Hosts) > 0 {
		for _, f := range hosts.Fields {
			if kind := c.Catalog.Hosts[f.Key]; !slices.Contains(hostKinds, kind) {
				d.report(f.Value.Line, f.Value.Column, "config-value", fmt.Sprintf("catalog.hosts.%s is %q, expected %s", f.Key, kind, strings.Join(hostKinds, ", ")), diag.DidYouMean(kind, hostKinds))
			}
		}
	}
	d.judgeClusters(c.Kubernetes.Clusters)
	if scheme, _, ok := strings.Cut(c.Publish.To, "://"); c.Publish.To != "" && (!ok || !slices.Contains(storage, scheme)) {
		n := root.Get("publish", "to")
		d.report(n.Line, n.Column, "config-value", fmt.Sprintf("publish.to is %q, expected an address that begins with %s://", c.Publish.To, strings.Join(storage, ":// or ")), "write it like s3://acme-portal?region=eu-west-1")
	}
}

// hostKinds are the kinds of code hosts.
var hostKinds = []string{"github", "gitlab", "gitea", "bitbucket", "azure", "other"}

// storage has the schemes of the addresses that a site can be uploaded to.
var storage = []string{"s3", "gs", "azblob", "file"}

var clusterName = regexp.MustCompile(`^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$`)

func (d *decoder) judgeClusters(clusters []Cluster) {
	seen := map[string]int{}
	for i, cl := range clusters {
		where := fmt.Sprintf("kubernetes.clusters[%d]", i)
		if cl.Name != "" && (!clusterName.MatchString(cl.Name) || len(cl.Name) > 63) {
			d.report(cl.Line, cl.Column, "config-value", fmt.Sprintf("%s.name is %q, expected at most 63 small letters, digits, '-' and '.'", where, cl.Name), "use title for a name in words")
		}
		if first, ok := seen[cl.Name]; ok && cl.Name != "" {
			d.report(cl.Line, cl.Column, "config-duplicate", fmt.Sprintf("%s has the same name as kubernetes.clusters[%d]: %q", where, first, cl.Name), "every cluster needs a name of its own")
		} else {
			seen[cl.Name] = i
		}
		var ways []string
		if cl.Kubeconfig != "" || cl.Context != "" {
			ways = append(ways, "kubeconfig/context")
		}
		if cl.InCluster {
			ways = append(ways, "inCluster")
		}
		if cl.Server != nil {
			ways = append(ways, "server")
		}
		if cl.Dump != "" {
			ways = append(ways, "dump")
		}
		if cl.Snapshot != "" {
			ways = append(ways, "snapshot")
		}
		if len(ways) != 1 {
			got := "no way to be read"
			if len(ways) > 1 {
				got = strings.Join(ways, " and ")
			}
			d.report(cl.Line, cl.Column, "config-cluster", fmt.Sprintf("%s has %s, expected exactly one of context, inCluster, server, dump or snapshot", where, got), "")
		}
		if cl.Server != nil && cl.Server.URL != "" {
			if u, err := url.Parse(cl.Server.URL); err != nil || u.Scheme != "https" || u.Host == "" {
				d.report(cl.Line, cl.Column, "config-value", fmt.Sprintf("%s.server.url is %q, expected an https address", where, cl.Server.URL), "")
			}
		}
	}
}

// judgeSource checks that a source is just one place.
func (d *decoder) judgeSource(i int, s Source) {
	var ways []string
	add := func(set bool, way string) {
		if set {
			ways = append(ways, way)
		}
	}
	add(s.Dir != "", "dir")
	add(s.Git != "", "git")
	add(s.Backstage != "", "backstage")
	for _, o := range s.Organizations() {
		ways = append(ways, o.Kind)
		if o.Name() == "" {
			d.report(s.Line, s.Column, "config-source", fmt.Sprintf("sources[%d].%s names no %s", i, o.Kind, o.Field), fmt.Sprintf("write %s: {%s: NAME}", o.Kind, o.Field))
		}
	}
	if len(ways) != 1 {
		got := "none"
		if len(ways) > 1 {
			got = strings.Join(ways, " and ")
		}
		d.report(s.Line, s.Column, "config-source", fmt.Sprintf("sources[%d] has %s, expected exactly one of dir, git, github, gitlab, gitea, bitbucket or backstage", i, got), "")
	}
	if s.Ref != "" && s.Git == "" {
		d.report(s.Line, s.Column, "config-source", fmt.Sprintf("sources[%d] has a ref but no git", i), "a dir is read as it is on disk; organizations have branch")
	}
}

// A HostedSource is an organization with the kind of its host.
type HostedSource struct {
	*Organization
	Kind  string // github, gitlab, gitea, bitbucket
	Field string // the key that names the set there
}

// Organizations returns the organizations of a source: at most one, if the
// configuration is valid.
func (s Source) Organizations() []HostedSource {
	var out []HostedSource
	for _, h := range []HostedSource{{s.GitHub, "github", "organization"}, {s.GitLab, "gitlab", "group"}, {s.Gitea, "gitea", "organization"}, {s.Bitbucket, "bitbucket", "workspace"}} {
		if h.Organization != nil {
			out = append(out, h)
		}
	}
	return out
}
