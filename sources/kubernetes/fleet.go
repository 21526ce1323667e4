// Package kubernetes is the state of every workload in every cluster: the
// compact model of a cluster's objects, their conversion, the rules that find
// what is wrong, the grouping of findings into incidents, and the health of
// each service over all clusters. It never connects to anything: package
// cluster does.
//
//	objects -> Snapshot (one cluster) -> Fleet (all clusters, joined to the catalog)
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
	ID        string              `json:"id"` // fingerprint, usable as an anchor
	Service   string              `json:"service,omitempty"`
	Workload  ObjectRef           `json:"workload"`
	Lead      Finding             `json:"lead"`
	Because   []Finding           `json:"because"` // one of each fingerprint
	Severity  Severity            `json:"severity"`
	Clusters  []string            `json:"clusters"`
	Pods      PodCount            `json:"pods"`
	ByCluster map[string]PodCount `json:"byCluster,omitempty"`
	Since     *time.Time          `json:"since,omitempty"`
	Line      string              `json:"line"` // the incident in one line of words
	Entities  []string            `json:"entities"`
	LastKnown bool                `json:"lastKnown,omitempty"`
}

// A PodCount is how many pods of how many are affected.
type PodCount struct {
	Affected int `json:"affected"`
	Total    int `json:"total"`
}

// A Fleet is all clusters, joined to the catalog. It is immutable.
type Fleet struct {
	Clusters  []*ClusterState // in the order of the configuration
	Services  []*Service      // by canonical ref
	Findings  []Finding       // all, claimed or not, worst first
	Incidents []Incident      // over everything, worst first
	Shared    []SharedCause   // one cause behind several services
	Unclaimed []Workload      // workloads that no entity claims

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
	Name, Title, Region, Environment string

	Freshness sources.Freshness
	TakenAt   time.Time
	Took      time.Duration
	Version   string // of Kubernetes
	Coverage  []Coverage
	Insecure  bool // its certificate was not checked
	Skipped   int  // objects that could not be read

	Pods, PodsReady, Workloads, Services int
	ByHealth                             map[Health]int // services
	Findings                             []Finding
	Incidents                            []Incident
	AtLimit                              int // autoscalers
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
}

// A Service is everything that runs for one entity in all clusters.
type Service struct {
	Ref    string `json:"ref"` // canonical ref of the entity
	Health Health `json:"health"`
	Line   string `json:"line"`             // the headline: state in one sentence
	Detail string `json:"detail,omitempty"` // a second sentence

	Ready, Want int // pods over all fresh clusters
	Restarts    int
	Versions    []VersionShare
	LastDeploy  *time.Time

	Placements  []Placement // one for each cluster it runs in, in configuration order
	Workloads   []Workload
	Autoscalers []Autoscaler
	Findings    []Finding
	Incidents   []Incident
	Addresses   []Address
	CronJobs    []CronJob
	Resources   []Resource // services, budgets, claims, ... laid side by side
	Pods        []Pod      // not ready first; capped
	PodsTotal   int
	NotChecked  []NotChecked
	Problems    []MatchProblem
	Searched    Selector // what was looked for, to explain an empty result
}

// A Placement is one service in one cluster.
type Placement struct {
	Cluster, Region, Environment string
	Health                       Health
	Stale                        bool
	ObservedAt                   time.Time
	Ready, Want, Updated         int
	Version                      string
	Drifts                       bool // differs from the majority
	Restarts                     int
	LastDeploy                   *time.Time
	Autoscaler                   *Autoscaler // the one with the least headroom; nil if none
	CPUUse, CPURequest           int64       // millicores; use is 0 with UsageKnown false
	MemUse, MemRequest           int64       // bytes
	UsageKnown                   bool
}

// A Workload is one controller with its pods in one cluster.
type Workload struct {
	Cluster string    `json:"cluster"`
	Ref     ObjectRef `json:"ref"`
	Health  Health    `json:"health"`

	Want, Ready, Updated, Available int
	Version                         string
	Images                          []string
	Restarts                        int
	LastDeploy                      *time.Time
	Created                         time.Time
	Labels                          map[string]string // the few that help to claim it
	CPURequest, MemRequest          int64
	Entities                        []string
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
	Entities  []string  `json:"entities,omitempty"`
}

// A Metric is what an autoscaler watches.
type Metric struct {
	Name    string  `json:"name"` // "cpu", "requests_per_second"
	Unit    string  `json:"unit"` // "%" for utilisation, "" for a plain number
	Current float64 `json:"current"`
	Target  float64 `json:"target"`
	Ratio   float64 `json:"ratio"`
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
