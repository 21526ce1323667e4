// Package config reads portolan.yaml: strictly, so that a misspelt key is
// found at once, and with the position of everything that is wrong.
//
//	bytes -> yamldoc -> ${VAR} filled in -> Config, or diagnostics
//
// The Go types below are the only description of the file: the decoder, the
// error messages and the JSON Schema are all made from them.
package config

import (
	"path/filepath"
	"strings"
	"time"

	"github.com/portolan-dev/portolan/sources/diag"
)

// Config is a whole portolan.yaml. Paths are as written; Path resolves them.
type Config struct {
	Site       Site       `json:"site,omitempty" jsonschema:"description=What the portal is called, where it is published and where it is written to."`
	Content    string     `json:"content,omitempty" jsonschema:"description=Folder with Markdown pages of the portal itself: index.md is shown on the home page."`
	Sources    []Source   `json:"sources,omitempty" jsonschema:"description=Where repos come from. Each entry has exactly one of dir\\, git\\, github\\, gitlab\\, gitea\\, bitbucket or backstage."`
	Catalog    Catalog    `json:"catalog,omitempty" jsonschema:"description=How descriptor files are found and judged."`
	Docs       Docs       `json:"docs,omitempty" jsonschema:"description=How documents are rendered."`
	Kubernetes Kubernetes `json:"kubernetes,omitempty" jsonschema:"description=The clusters whose state is shown."`
	Publish    Publish    `json:"publish,omitempty" jsonschema:"description=Where portolan publish and portolan schedule upload the site to."`
	State      string     `json:"state,omitempty" jsonschema:"description=Folder for caches\\, last good data and history. Safe to delete and never published.,default=.portolan"`

	// File is where the configuration was read from, and Dir the folder that
	// relative paths start from.
	File string `json:"-"`
	Dir  string `json:"-"`

	// Included are the files that were read beside File, and Notes what was not
	// taken over from them.
	Included []string          `json:"-"`
	Notes    []diag.Diagnostic `json:"-"`
}

// Site is the portal as a whole.
type Site struct {
	Title   string   `json:"title,omitempty" jsonschema:"description=Name of the portal\\, shown in the bar and in every title.,default=Developer portal"`
	BaseURL string   `json:"baseURL,omitempty" jsonschema:"description=Absolute address of the published portal. A path prefix such as /portal/ works. Needed for the sitemap and canonical links."`
	Output  string   `json:"output,omitempty" jsonschema:"description=Folder that the site is written to.,default=public"`
	Theme   string   `json:"theme,omitempty" jsonschema:"description=default\\, or a folder whose files override those of the default theme\\, file by file.,default=default"`
	Every   Duration `json:"every,omitempty" jsonschema:"description=How often the portal is rebuilt\\, such as 10m. Pages say so when they are older than twice that."`
}

// Source is one place where repos come from.
type Source struct {
	Dir string `json:"dir,omitempty" jsonschema:"description=A folder\\, or a glob such as ../repos/*: every folder that matches is one repo."`
	Git string `json:"git,omitempty" jsonschema:"description=Address of a git repository: https://\\, file:// or a local path."`
	Ref string `json:"ref,omitempty" jsonschema:"description=Branch or tag to read; the default is the repository's own default branch."`

	GitHub    *Organization `json:"github,omitempty" jsonschema:"description=The repositories of an organization or user on GitHub."`
	GitLab    *Organization `json:"gitlab,omitempty" jsonschema:"description=The projects of a group on GitLab\\, subgroups included."`
	Gitea     *Organization `json:"gitea,omitempty" jsonschema:"description=The repositories of an organization or user on Gitea or Forgejo."`
	Bitbucket *Organization `json:"bitbucket,omitempty" jsonschema:"description=The repositories of a workspace on Bitbucket Cloud."`

	Backstage string `json:"backstage,omitempty" jsonschema:"description=An app-config.yaml of Backstage: its catalog locations\\, providers and rules and its Kubernetes clusters are taken over."`

	Line   int `json:"-"`
	Column int `json:"-"`
}

// Organization is a set of repositories on a code host. Tokens come from the
// environment (GITHUB_TOKEN, GITLAB_TOKEN, GITEA_TOKEN, BITBUCKET_TOKEN, or
// PORTOLAN_TOKEN_ and the name of the host), each for its own host alone.
type Organization struct {
	Host         string  `json:"host,omitempty" jsonschema:"description=Name of the host; the default is the public one."`
	Organization string  `json:"organization,omitempty" jsonschema:"description=Organization or user (GitHub\\, Gitea)."`
	Group        string  `json:"group,omitempty" jsonschema:"description=Group with its path (GitLab)."`
	Workspace    string  `json:"workspace,omitempty" jsonschema:"description=Workspace (Bitbucket)."`
	Repositories Strings `json:"repositories,omitempty" jsonschema:"description=Globs for names; one that begins with ! excludes. The default is all."`
	Topics       Strings `json:"topics,omitempty" jsonschema:"description=Only repositories with one of these topics."`
	Archived     bool    `json:"archived,omitempty" jsonschema:"description=Archived repositories too."`
	Forks        bool    `json:"forks,omitempty" jsonschema:"description=Forks too."`
	Branch       string  `json:"branch,omitempty" jsonschema:"description=Branch to read; the default is each repository's own default branch."`
}

// Name returns what the set is called on its host.
func (o *Organization) Name() string {
	switch {
	case o.Organization != "":
		return o.Organization
	case o.Group != "":
		return o.Group
	default:
		return o.Workspace
	}
}

// Strings is a list of texts; one text alone may stand for a list.
type Strings []string

// Catalog says how descriptor files are found and judged.
type Catalog struct {
	Files []string `json:"files,omitempty" jsonschema:"description=Globs searched in every repo. The default is **/catalog-info.{yaml\\,yml}."`
	Kinds []Kind   `json:"kinds,omitempty" jsonschema:"description=Kinds of your own organisation that are accepted beside Backstage's."`
	Rules []Rule   `json:"rules,omitempty" jsonschema:"description=Which kinds may come from where\\, as in Backstage. Without rules every kind is accepted from everywhere."`

	Hosts map[string]string `json:"hosts,omitempty" jsonschema:"description=Kinds of code hosts whose name does not tell: github\\, gitlab\\, gitea\\, bitbucket\\, azure or other."`

	Placeholders []string `json:"placeholders,omitempty" jsonschema:"description=Further placeholders whose file is filled in as text\\, such as openapi and asyncapi. $text\\, $json and $yaml always work."`
}

// Kind is a kind of an organisation's own.
type Kind struct {
	Name        string   `json:"name" jsonschema:"required,description=The kind as descriptors write it."`
	APIVersions []string `json:"apiVersions,omitempty" jsonschema:"description=What may stand in apiVersion; empty: anything."`
	Required    []string `json:"required,omitempty" jsonschema:"description=Fields of spec that must hold a text."`

	Relations []Relation `json:"relations,omitempty" jsonschema:"description=Fields of spec that hold references\\, beside owner\\, system\\, domain\\, dependsOn\\, dependencyOf\\, providesApis and consumesApis."`
}

// Relation is a field that refers to other entities.
type Relation struct {
	Field   string `json:"field" jsonschema:"required,description=Field of spec; holds one reference or a list."`
	Kind    string `json:"kind,omitempty" jsonschema:"description=The kind of a reference that names none; empty: it must name one."`
	Type    string `json:"type" jsonschema:"required,description=The relation to the entity that is named\\, such as publishedBy."`
	Reverse string `json:"reverse" jsonschema:"required,description=The relation the other way round\\, such as publisherOf."`
}

// Rule allows kinds, everywhere or from some locations.
type Rule struct {
	Allow     []AllowedKind `json:"allow" jsonschema:"required,description=Kinds that are allowed."`
	Locations []Location    `json:"locations,omitempty" jsonschema:"description=Where they may come from; absent: everywhere."`
}

// AllowedKind is a kind, or those of its entities that have one spec.type. The
// name of a kind alone may stand for it.
type AllowedKind struct {
	Kind string `json:"kind" jsonschema:"required,description=The kind; case makes no difference."`
	Type string `json:"type,omitempty" jsonschema:"description=Only entities with this spec.type."`
}

// Location matches the descriptor file that brought an entity in.
type Location struct {
	Type    string `json:"type" jsonschema:"required,enum=url,enum=file,description=url for repos with a remote\\, file for folders."`
	Exact   string `json:"exact,omitempty" jsonschema:"description=The whole target."`
	Pattern string `json:"pattern,omitempty" jsonschema:"description=A glob for the target."`
}

// Docs says how documents are rendered.
type Docs struct {
	Icons     string  `json:"icons,omitempty" jsonschema:"description=The node_modules folder into which npm installed @mdi/svg\\, @primer/octicons\\, @fortawesome/fontawesome-free or simple-icons. Without it icons such as :material-rocket: are shown by their names."`
	Downloads Strings `json:"downloads,omitempty" jsonschema:"description=Endings of further files beside documents that may be published\\, such as pdf and csv. Pictures always are; what a browser would run never is."`
	Twins     *bool   `json:"twins,omitempty" jsonschema:"description=Publish the Markdown of each page beside it\\, for programs that read text. false leaves it out and halves the number of files.,default=true"`
}

// Publish says where the site is uploaded to.
type Publish struct {
	To string `json:"to,omitempty" jsonschema:"description=Address of object storage or of a folder: s3://BUCKET/FOLDER?region=REGION\\, gs://BUCKET\\, azblob://CONTAINER?storage_account=ACCOUNT or file:///FOLDER. Credentials come from the environment\\, as each cloud's own tools find them."`
}

// Kubernetes lists the clusters.
type Kubernetes struct {
	Clusters []Cluster `json:"clusters,omitempty" jsonschema:"description=The clusters\\, in the order in which pages show them."`

	ClusterSelection string     `json:"clusterSelection,omitempty" jsonschema:"enum=all,enum=relations,description=all: every entity is looked for in every cluster. relations: only in clusters it depends on.,default=all"`
	FallbackLabels   []string   `json:"fallbackLabels,omitempty" jsonschema:"description=Labels that stand in for backstage.io/kubernetes-id where nothing carries it\\, such as app.kubernetes.io/name."`
	Thresholds       Thresholds `json:"thresholds,omitempty" jsonschema:"description=From when on something counts as a fault."`
	Publish          Published  `json:"publish,omitempty" jsonschema:"description=What of the clusters may be published."`
	SystemNamespaces []string   `json:"systemNamespaces,omitempty" jsonschema:"description=Patterns of namespaces whose workloads nobody has to claim. The default is kube-*."`
	MaxAge           Duration   `json:"maxAge,omitempty" jsonschema:"description=Age from which the last good data of a cluster counts as unknown.,default=24h"`
}

// Published says what of the clusters may be published.
type Published struct {
	Namespaces   []string `json:"namespaces,omitempty" jsonschema:"description=Patterns of namespaces; objects of others are used for joins and left out of the site. The default is all."`
	HideMessages bool     `json:"hideMessages,omitempty" jsonschema:"description=Leave out what clusters say in their own words; only our explanations are published."`
}

// Thresholds are times and shares; what is left out has the default of the rule.
type Thresholds struct {
	StartGrace    Duration `json:"startGrace,omitempty" jsonschema:"description=How long workloads may take to start.,default=5m"`
	StuckStarting Duration `json:"stuckStarting,omitempty" jsonschema:"description=From when on a pod does not start.,default=10m"`
	StuckDeleting Duration `json:"stuckTerminating,omitempty" jsonschema:"description=From when on a pod cannot be removed.,default=5m"`
	RecentRestart Duration `json:"recentRestart,omitempty" jsonschema:"description=Restarts younger than this are a warning.,default=1h"`
	RestartWindow Duration `json:"restartWindow,omitempty" jsonschema:"description=Restarts older than this are not told.,default=24h"`
	FailedJob     Duration `json:"failedJob,omitempty" jsonschema:"description=How long a failed Job stays an error.,default=168h"`
	LoadBalancer  Duration `json:"loadBalancer,omitempty" jsonschema:"description=How long an external address may take.,default=10m"`
	CronLateness  Duration `json:"cronLateness,omitempty" jsonschema:"description=From when on a run was missed.,default=10m"`
	DriftGrace    Duration `json:"driftGrace,omitempty" jsonschema:"description=How long clusters may differ after a deploy.,default=6h"`
	NearMax       float64  `json:"nearMax,omitempty" jsonschema:"description=Share of an autoscaler's maximum.,default=0.85"`
	QuotaShare    float64  `json:"quota,omitempty" jsonschema:"description=Share of a quota.,default=0.9"`
	MemoryShare   float64  `json:"memory,omitempty" jsonschema:"description=Share of a container's memory limit.,default=0.9"`
}

// Cluster is one cluster and how it is read. Exactly one of Context (with or
// without Kubeconfig), InCluster, Server, Dump and Snapshot is set.
type Cluster struct {
	Name        string            `json:"name" jsonschema:"required,description=Identity of the cluster; used in addresses.,pattern=^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$"`
	Title       string            `json:"title,omitempty" jsonschema:"description=What pages call the cluster; the default is its name."`
	Region      string            `json:"region,omitempty" jsonschema:"description=Region for the roll-up."`
	Environment string            `json:"environment,omitempty" jsonschema:"description=Only clusters of one environment are compared with each other.,default=production"`
	Labels      map[string]string `json:"labels,omitempty" jsonschema:"description=Free labels shown on the cluster's page."`

	Kubeconfig string  `json:"kubeconfig,omitempty" jsonschema:"description=Path of a kubeconfig; the default is $KUBECONFIG or ~/.kube/config."`
	Context    string  `json:"context,omitempty" jsonschema:"description=Context of the kubeconfig; the default is its current one."`
	InCluster  bool    `json:"inCluster,omitempty" jsonschema:"description=Read the cluster that Portolan itself runs in\\, with its service account."`
	Server     *Server `json:"server,omitempty" jsonschema:"description=An API server without a kubeconfig."`
	Dump       string  `json:"dump,omitempty" jsonschema:"description=A folder of objects as kubectl get -o yaml or -o json prints them."`
	Snapshot   string  `json:"snapshot,omitempty" jsonschema:"description=A file that portolan snapshot wrote\\, or the address of one in object storage such as s3://acme-snapshots/edge.json.zst."`

	KubectlContext string   `json:"kubectlContext,omitempty" jsonschema:"description=Context printed in suggested commands; the default is context\\, else the name."`
	Namespaces     []string `json:"namespaces,omitempty" jsonschema:"description=Read only these namespaces; no cluster-wide permission is needed then."`
	Timeout        Duration `json:"timeout,omitempty" jsonschema:"description=Deadline for the whole cluster.,default=120s"`
	QPS            float64  `json:"qps,omitempty" jsonschema:"description=Requests per second at most.,default=20"`
	Metrics        string   `json:"metrics,omitempty" jsonschema:"enum=auto,enum=off,description=Whether metrics.k8s.io is read where present.,default=auto"`

	Line   int `json:"-"`
	Column int `json:"-"`
}

// Server is an API server named directly. Secrets are named, never written.
type Server struct {
	URL       string `json:"url" jsonschema:"required,description=https address of the API server."`
	CAFile    string `json:"caFile,omitempty" jsonschema:"description=File with the certificate authority."`
	TokenFile string `json:"tokenFile,omitempty" jsonschema:"description=File with the bearer token; read again as it rotates."`
	TokenEnv  string `json:"tokenEnv,omitempty" jsonschema:"description=Environment variable with the bearer token."`
	CertFile  string `json:"clientCertFile,omitempty" jsonschema:"description=File with the client certificate."`
	KeyFile   string `json:"clientKeyFile,omitempty" jsonschema:"description=File with the client key."`
	SkipTLS   bool   `json:"skipTLSVerify,omitempty" jsonschema:"description=Do not check the certificate. Pages say so."`
}

// A Duration is a time.Duration written as 90s, 10m or 24h.
type Duration time.Duration

// Path resolves a path of the configuration: ~ is the home folder, and
// relative paths start from the folder of the configuration file.
func (c *Config) Path(p string) string {
	switch {
	case p == "":
		return ""
	case p == "~" || strings.HasPrefix(p, "~/"):
		if home, err := homeDir(); err == nil {
			return filepath.Join(home, strings.TrimPrefix(p[1:], "/"))
		}
		return p
	case filepath.IsAbs(p):
		return filepath.Clean(p)
	default:
		return filepath.Join(c.Dir, filepath.FromSlash(p))
	}
}

// descriptors is the pattern of descriptor files where nothing else is said.
const descriptors = "**/catalog-info.{yaml,yml}"

// withDefaults fills in what the file leaves open.
func (c *Config) withDefaults() {
	def := func(s *string, v string) {
		if *s == "" {
			*s = v
		}
	}
	def(&c.Site.Title, "Developer portal")
	def(&c.Site.Output, "public")
	def(&c.Site.Theme, "default")
	def(&c.State, ".portolan")
	def(&c.Kubernetes.ClusterSelection, "all")
	if len(c.Catalog.Files) == 0 {
		c.Catalog.Files = []string{descriptors}
	}
	if c.Kubernetes.MaxAge == 0 {
		c.Kubernetes.MaxAge = Duration(24 * time.Hour)
	}
	for i := range c.Kubernetes.Clusters {
		cl := &c.Kubernetes.Clusters[i]
		def(&cl.Title, cl.Name)
		def(&cl.Environment, "production")
		def(&cl.Metrics, "auto")
		if cl.KubectlContext == "" {
			cl.KubectlContext = cl.Context
			def(&cl.KubectlContext, cl.Name)
		}
		if cl.Timeout == 0 {
			cl.Timeout = Duration(120 * time.Second)
		}
		if cl.QPS == 0 {
			cl.QPS = 20
		}
	}
}
