// Package kubernetes is the state of every workload in every cluster: the
// compact model of a cluster's objects, their conversion, the rules that find
// what is wrong, the grouping of findings into incidents, and the health of
// each service over all clusters. It never connects to anything: package
// cluster does.
//
//	objects ──Collector, ReadDump──► Snapshot (one cluster) ──Write/ReadSnapshot──► file
//	                                     │
//	snapshots ──Join──► views: joins inside a cluster ──rules──► findings
//	entities  ────┘         └─labels, owners, selectors──► objects of each entity
//	                                     │
//	                     services ──► incidents, health, drift, addresses ──► Fleet ──► History
//
// Where things are: what is kept of objects in model.go and convert.go, each
// rule with its condition and words in rules_*.go, matching in match.go and
// view.go, one service in service.go, roll-ups in health.go, incidents in
// group.go, what must never get out in scrub.go.
package kubernetes

import (
	"time"

	"github.com/portolan-dev/portolan/sources"
)

// Health is the state of a pod, workload, service, system or team.
type Health string

// The states, worst first: the order in which lists are sorted.
const (
	Down        Health = "down"
	Degraded    Health = "degraded"
	Unknown     Health = "unknown"
	Progressing Health = "progressing"
	Suspended   Health = "suspended"
	Healthy     Health = "healthy"
)

// Severity says how bad a finding is.
type Severity string

// The severities of findings, worst first.
const (
	Critical Severity = "critical" // nothing serves
	Error    Severity = "error"    // broken, does not heal by itself
	Warning  Severity = "warning"  // at risk or degraded
	Info     Severity = "info"     // worth knowing; never changes health
)

// Category says what sort of finding it is.
type Category string

// The categories.
const (
	Fault    Category = "fault"
	Capacity Category = "capacity"
	State    Category = "state"
	Advice   Category = "advice"
)

// An ObjectRef names one object in a cluster.
type ObjectRef struct {
	Kind      string `json:"kind"`
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
}

// A Finding is something wrong with one running object.
type Finding struct {
	Rule      string     `json:"rule"`
	Severity  Severity   `json:"severity"`
	Category  Category   `json:"category"`
	Cluster   string     `json:"cluster"`
	Ref       ObjectRef  `json:"ref"`
	Container string     `json:"container,omitempty"`
	Init      bool       `json:"init,omitempty"`
	Cause     string     `json:"cause,omitempty"`
	Since     *time.Time `json:"since,omitempty"`
	Title     string     `json:"title"`
	Text      string     `json:"text"`
	Says      string     `json:"says,omitempty"` // the cluster's own words, scrubbed
	Commands  []string   `json:"commands"`
	Docs      string     `json:"docs,omitempty"`
	Entities  []string   `json:"entities"` // canonical refs of those that claim the object
	LastKnown bool       `json:"lastKnown,omitempty"`

	Workload ObjectRef `json:"workload,omitzero"` // the role it belongs to, where there is one
}

// An Incident is a group of findings with one root cause over pods and clusters.
type Incident struct {
	ID          string              `json:"id"`                // fingerprint, usable as an anchor
	Service     string              `json:"service,omitempty"` // canonical ref
	Environment string              `json:"environment,omitempty"`
	Workload    ObjectRef           `json:"workload"`
	Lead        Finding             `json:"lead"`
	Because     []Finding           `json:"because"` // one of each fingerprint
	Severity    Severity            `json:"severity"`
	Clusters    []string            `json:"clusters"`
	Pods        PodCount            `json:"pods"`
	ByCluster   map[string]PodCount `json:"byCluster"`
	Since       *time.Time          `json:"since,omitempty"`
	Line        string              `json:"line"` // the incident in one line of words
	Entities    []string            `json:"entities"`
	LastKnown   bool                `json:"lastKnown,omitempty"`
}

// A PodCount is how many pods of how many are affected.
type PodCount struct {
	Affected int `json:"affected"`
	Total    int `json:"total"`
}

// A Fleet is all clusters, joined to the catalog. It is immutable.
type Fleet struct {
	Now       time.Time       `json:"now"`
	Clusters  []*ClusterState `json:"clusters"`  // in the order of the configuration
	Services  []*Service      `json:"services"`  // by canonical ref
	Findings  []Finding       `json:"findings"`  // all, claimed or not, worst first
	Incidents []Incident      `json:"incidents"` // over everything, worst first
	Shared    []SharedCause   `json:"shared"`    // one cause behind several services
	Unclaimed []Workload      `json:"unclaimed"` // workloads that no entity claims

	byRef map[string]*Service
}

// Service returns what runs for the entity with that canonical ref, or nil.
func (f *Fleet) Service(ref string) *Service {
	if f == nil {
		return nil
	}
	return f.byRef[ref]
}

// ClusterState is one cluster as far as it could be read.
type ClusterState struct {
	Name        string `json:"name"`
	Title       string `json:"title"`
	Region      string `json:"region,omitempty"`
	Environment string `json:"environment,omitempty"`

	Freshness sources.Freshness `json:"freshness"`
	TakenAt   time.Time         `json:"takenAt,omitzero"`
	Took      time.Duration     `json:"took,omitempty"`
	Version   string            `json:"version,omitempty"` // of Kubernetes
	Coverage  []Coverage        `json:"coverage"`
	Insecure  bool              `json:"insecure,omitempty"` // its certificate was not checked
	Skipped   int               `json:"skipped,omitempty"`  // objects that could not be read
	Problems  []string          `json:"problems"`           // what was skipped, in words
	Expired   bool              `json:"expired,omitempty"`  // too old to say anything about health

	Pods      int            `json:"pods"`
	PodsReady int            `json:"podsReady"`
	Workloads int            `json:"workloads"`
	Services  int            `json:"services"`
	ByHealth  map[Health]int `json:"byHealth"` // services
	Findings  []Finding      `json:"findings"`
	Incidents []Incident     `json:"incidents"`
	AtLimit   int            `json:"atLimit"` // autoscalers
}

// Coverage says what could be listed of one type.
type Coverage struct {
	Type             string   `json:"type"`  // plural, such as "pods"
	State            string   `json:"state"` // ok, partial, forbidden, absent, error, skipped
	Scope            string   `json:"scope,omitempty"`
	DeniedNamespaces []string `json:"deniedNamespaces,omitempty"`
	Count            int      `json:"count"`
	Pages            int      `json:"pages,omitempty"`
	Reason           string   `json:"reason,omitempty"`
	Rule             string   `json:"rule,omitempty"` // the RBAC rule to add when forbidden

	// ObservedAt says how old the objects of the type are when they are those of
	// an earlier snapshot; zero otherwise.
	ObservedAt time.Time `json:"observedAt,omitzero"`
}

// A Service is everything that runs for one entity in all clusters.
type Service struct {
	Ref    string `json:"ref"` // canonical ref of the entity
	Health Health `json:"health"`
	Line   string `json:"line"`             // the headline: state in one sentence
	Detail string `json:"detail,omitempty"` // a second sentence

	Ready      int            `json:"ready"` // pods over all fresh clusters
	Want       int            `json:"want"`
	Restarts   int            `json:"restarts"`
	Versions   []VersionShare `json:"versions"`
	LastDeploy *time.Time     `json:"lastDeploy,omitempty"`
	Partial    bool           `json:"partial,omitempty"` // something was not checked
	Stale      bool           `json:"stale,omitempty"`   // a cluster is not fresh

	// Environments holds the health of each environment, by name, when there
	// is more than one; Health is that of production.
	Environments []EnvironmentHealth `json:"environments,omitempty"`

	// Deploys holds the deploys that the clusters still know of, newest first.
	Deploys []Deploy `json:"deploys"`

	Placements  []Placement    `json:"placements"` // one for each cluster it runs in, in configuration order
	Workloads   []Workload     `json:"workloads"`
	Autoscalers []Autoscaler   `json:"autoscalers"`
	Scaling     []Scaling      `json:"scaling"`  // totals over clusters, by target
	Findings    []Finding      `json:"findings"` // without advice
	Across      []Across       `json:"across"`   // what only shows when clusters are laid side by side
	Advice      []Finding      `json:"advice"`
	Ignored     []Finding      `json:"ignored"` // by annotation
	Incidents   []Incident     `json:"incidents"`
	Addresses   []Address      `json:"addresses"`
	CronJobs    []CronJob      `json:"cronJobs"`
	Resources   []Resource     `json:"resources"` // services, budgets, claims, ... laid side by side
	Pods        []Pod          `json:"pods"`      // not ready first; capped
	PodsTotal   int            `json:"podsTotal"`
	NotChecked  []NotChecked   `json:"notChecked"`
	Problems    []MatchProblem `json:"problems"`
	Searched    Selector       `json:"searched"` // what was looked for, to explain an empty result

	// Objects names everything that is attached to the entity:
	// cluster/Kind/namespace/name, sorted; capped.
	Objects []string `json:"objects"`
}

// A Deploy is one version of one workload coming to one or more clusters: what
// reaches another cluster within four hours is the same deploy.
type Deploy struct {
	Workload ObjectRef `json:"workload"`
	At       time.Time `json:"at"` // when it reached the first cluster
	Clusters []string  `json:"clusters"`
}

// EnvironmentHealth is the health of a service in one environment.
type EnvironmentHealth struct {
	Name   string `json:"name"`
	Health Health `json:"health"`
}

// Across is a finding on a service as a whole.
type Across struct {
	Rule      string            `json:"rule"`
	Severity  Severity          `json:"severity"`
	Workload  ObjectRef         `json:"workload"`
	Container string            `json:"container,omitempty"`
	Majority  string            `json:"majority,omitempty"` // of version-drift: what most clusters run
	Outliers  map[string]string `json:"outliers,omitempty"` // of version-drift: what others run, by cluster
	Clusters  []string          `json:"clusters,omitempty"`
	Title     string            `json:"title"`
	Text      string            `json:"text"`
}

// Scaling is the autoscalers of one target over all fresh clusters of one environment.
type Scaling struct {
	Target      ObjectRef `json:"target"`
	Environment string    `json:"environment,omitempty"`
	Clusters    int       `json:"clusters"`
	Current     int       `json:"current"`
	Max         int       `json:"max"`
	Headroom    int       `json:"headroom"`

	// Failover says whether the other clusters can carry the largest one: yes,
	// no or partly. Empty if there is only one.
	Failover string  `json:"failover,omitempty"`
	Largest  string  `json:"largest,omitempty"` // the cluster with the most replicas
	Share    float64 `json:"share,omitempty"`   // of the largest cluster's replicas that fits elsewhere, 0 to 1
}

// A Placement is one service in one cluster.
type Placement struct {
	Cluster      string      `json:"cluster"`
	Region       string      `json:"region,omitempty"`
	Environment  string      `json:"environment,omitempty"`
	Namespaces   []string    `json:"namespaces"`
	Health       Health      `json:"health"`               // unknown if the cluster is not fresh
	LastHealth   Health      `json:"lastHealth,omitempty"` // the last known one of a cluster that is not fresh
	Stale        bool        `json:"stale,omitempty"`
	Expired      bool        `json:"expired,omitempty"` // stale for so long that its numbers say nothing
	Partial      bool        `json:"partial,omitempty"` // something was not checked
	ObservedAt   time.Time   `json:"observedAt"`
	Ready        int         `json:"ready"`
	Want         int         `json:"want"`
	Updated      int         `json:"updated"`
	Version      string      `json:"version,omitempty"`
	Drifts       bool        `json:"drifts,omitempty"` // differs from the majority
	Restarts     int         `json:"restarts"`
	LastDeploy   *time.Time  `json:"lastDeploy,omitempty"`
	Autoscaler   *Autoscaler `json:"autoscaler,omitempty"` // the one with the least headroom; nil if none
	CPUUse       int64       `json:"cpuUse"`               // millicores; use is 0 with UsageKnown false
	CPURequest   int64       `json:"cpuRequest"`
	MemUse       int64       `json:"memUse"` // bytes
	MemRequest   int64       `json:"memRequest"`
	UsageKnown   bool        `json:"usageKnown"`
	NoRequest    int         `json:"noRequest,omitempty"` // containers without a CPU request
	RecentStarts int         `json:"recentRestarts"`      // containers that were restarted within 24 h
}

// A Workload is one controller with its pods in one cluster.
type Workload struct {
	Cluster string    `json:"cluster"`
	Ref     ObjectRef `json:"ref"`
	Health  Health    `json:"health"`

	Want       int               `json:"want"`
	Ready      int               `json:"ready"`
	Updated    int               `json:"updated"`
	Available  int               `json:"available"`
	Version    string            `json:"version,omitempty"`
	Images     []string          `json:"images"`
	Restarts   int               `json:"restarts"`
	LastDeploy *time.Time        `json:"lastDeploy,omitempty"`
	Restarted  bool              `json:"restarted,omitempty"` // LastDeploy was a restart of the same version
	Created    time.Time         `json:"created,omitzero"`
	Labels     map[string]string `json:"labels,omitempty"` // the few that help to claim it
	CPURequest int64             `json:"cpuRequest"`
	MemRequest int64             `json:"memRequest"`
	Stale      bool              `json:"stale,omitempty"`
	Entities   []string          `json:"entities"`
	Likely     []string          `json:"likely,omitempty"` // of an unclaimed one: entities that it may belong to
}

// An Autoscaler is one HorizontalPodAutoscaler with its headroom.
type Autoscaler struct {
	Cluster   string    `json:"cluster"`
	Ref       ObjectRef `json:"ref"`
	Target    ObjectRef `json:"target"`
	Min       int       `json:"min"`
	Max       int       `json:"max"`
	Current   int       `json:"current"`
	Desired   int       `json:"desired"`
	Projected int       `json:"projected"` // what the metric asks for, not cut off at Max
	Headroom  int       `json:"headroom"`
	State     string    `json:"state"`            // ok, near, max, limit, fixed, floor, blind, off
	Metric    *Metric   `json:"metric,omitempty"` // the driving one
	Metrics   []Metric  `json:"metrics,omitempty"`
	Stale     bool      `json:"stale,omitempty"`
	Entities  []string  `json:"entities"`

	Environment string `json:"environment,omitempty"`
	Region      string `json:"region,omitempty"`
}

// A Metric is what an autoscaler watches.
type Metric struct {
	Name    string  `json:"name"` // "cpu", "requests_per_second"
	Unit    string  `json:"unit"` // "%" for utilisation, "" for a plain number
	Current float64 `json:"current"`
	Target  float64 `json:"target"`
	Ratio   float64 `json:"ratio"`
	Known   bool    `json:"known"` // Current was reported
}

// A VersionShare is how much runs of one version.
type VersionShare struct {
	Version  string   `json:"version"`
	Pods     int      `json:"pods"`
	Clusters []string `json:"clusters"`
	Majority bool     `json:"majority"`
}

// An Address is where a service can be reached.
type Address struct {
	URL      string   `json:"url"`
	Kind     string   `json:"kind"` // Ingress, HTTPRoute, LoadBalancer, ExternalName
	Clusters []string `json:"clusters"`
}

// A CronJob is one schedule in one cluster.
type CronJob struct {
	Cluster      string     `json:"cluster"`
	Ref          ObjectRef  `json:"ref"`
	Schedule     string     `json:"schedule"`
	Zone         string     `json:"zone,omitempty"`
	Words        string     `json:"words"` // the schedule in words
	Suspended    bool       `json:"suspended,omitempty"`
	LastSchedule *time.Time `json:"lastSchedule,omitempty"`
	LastSuccess  *time.Time `json:"lastSuccess,omitempty"`
	LastFailed   bool       `json:"lastFailed,omitempty"`
	Health       Health     `json:"health"`
	Version      string     `json:"version,omitempty"`
	Running      bool       `json:"running,omitempty"`
	Stale        bool       `json:"stale,omitempty"`
}

// A Resource is an object other than workloads and autoscalers, by name over clusters.
type Resource struct {
	Ref      ObjectRef `json:"ref"`
	Clusters []string  `json:"clusters"`
	Health   Health    `json:"health"`
	State    string    `json:"state"` // in words
}

// A Pod is one pod as a page lists it.
type Pod struct {
	Cluster  string    `json:"cluster"`
	Ref      ObjectRef `json:"ref"`
	Health   Health    `json:"health"`
	State    string    `json:"state"` // Running, CrashLoopBackOff, ...
	Reason   string    `json:"reason,omitempty"`
	Ready    bool      `json:"ready"`
	Restarts int       `json:"restarts"`
	Started  time.Time `json:"started,omitzero"`
	Version  string    `json:"version,omitempty"`
	Workload ObjectRef `json:"workload"`
	Stale    bool      `json:"stale,omitempty"`
}

// NotChecked is something that could not be looked at, and what to do about it.
type NotChecked struct {
	Cluster string `json:"cluster"`
	What    string `json:"what"`
	Why     string `json:"why"`
	Rule    string `json:"rule,omitempty"` // the RBAC rule to add
}

// A MatchProblem is something wrong with how an entity names its workloads.
type MatchProblem struct {
	Code string `json:"code"` // invalid-selector, unknown-cluster, matches-nothing, ...
	Text string `json:"text"`
	Hint string `json:"hint,omitempty"`
}

// A Selector is what was looked for on behalf of an entity.
type Selector struct {
	Labels     string   `json:"labels"`
	Namespaces []string `json:"namespaces,omitempty"` // empty: all
	Clusters   []string `json:"clusters,omitempty"`   // empty: all
	Near       []string `json:"near,omitempty"`       // near misses, in words
}

// A SharedCause is one cause behind findings of several services.
type SharedCause struct {
	Rule     string     `json:"rule"`
	Cause    string     `json:"cause"`
	Factor   string     `json:"factor"` // what they share: "cluster us-2", "registry ghcr.io"
	Line     string     `json:"line"`
	Services []string   `json:"services"`
	Clusters []string   `json:"clusters"`
	Since    *time.Time `json:"since,omitempty"`
}
