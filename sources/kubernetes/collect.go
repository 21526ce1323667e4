package kubernetes

import (
	"fmt"
	"hash/maphash"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/portolan-dev/portolan/sources"
)

// A Collector reduces the objects of one cluster to a Snapshot as they arrive.
// It keeps no object that it is given, and copies only the fields that the
// Snapshot has, so its memory does not grow with the size of the objects. It is
// safe for concurrent use. The zero value does not work; use NewCollector.
type Collector struct {
	info ClusterInfo

	mu      sync.Mutex
	snap    Snapshot
	strings map[string]string
	labels  map[uint64][]Labels
	specs   map[uint64][]*ContainerSpec
	hash    maphash.Hash
	seen    map[string]int // objects by type
}

// maxProblems bounds what is told about objects that could not be read; all of
// them are counted.
const maxProblems = 50

// maxPods is how many pods of one cluster are kept.
const maxPods = 200_000

// NewCollector returns a Collector for the cluster.
func NewCollector(info ClusterInfo) *Collector {
	c := &Collector{
		info:    info,
		strings: map[string]string{},
		labels:  map[uint64][]Labels{},
		specs:   map[uint64][]*ContainerSpec{},
		seen:    map[string]int{},
	}
	c.snap.Info = info
	return c
}

// Add reduces an object and forgets it. It takes pointers to the types of
// k8s.io/api and k8s.io/metrics, *metav1.PartialObjectMetadata (for
// ReplicaSets), *unstructured.Unstructured (for custom resources), and lists of
// them. Secrets, ConfigMaps and what it does not know are dropped. An object
// that cannot be reduced is counted in Snapshot.Skipped.
func (c *Collector) Add(obj any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	defer func() {
		if r := recover(); r != nil {
			c.skip(fmt.Sprintf("%T: %v", obj, r))
		}
	}()
	c.add(obj)
}

// Skip counts an object that could not even be decoded; problem says which and
// why, and is shown on the page of the cluster.
func (c *Collector) Skip(problem string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.skip(problem)
}

func (c *Collector) skip(problem string) {
	c.snap.Skipped++
	c.problem(problem)
}

func (c *Collector) problem(problem string) {
	if len(c.snap.Problems) < maxProblems {
		c.snap.Problems = append(c.snap.Problems, scrub(problem))
	}
}

// SetCoverage says what could be listed of one type; the last word on a type
// counts. Once it has been called, a type without coverage counts as skipped.
func (c *Collector) SetCoverage(cov Coverage) {
	c.mu.Lock()
	defer c.mu.Unlock()
	cov.Reason = scrub(cov.Reason)
	for i := range c.snap.Coverage {
		if c.snap.Coverage[i].Type == cov.Type {
			c.snap.Coverage[i] = cov
			return
		}
	}
	c.snap.Coverage = append(c.snap.Coverage, cov)
}

// SetVersion says which version of Kubernetes the cluster runs.
func (c *Collector) SetVersion(version string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.snap.Version = cut(plain(version), 64)
}

// SetTimes says when the reading began and how long it took.
func (c *Collector) SetTimes(at time.Time, took time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.snap.TakenAt, c.snap.Took = at.UTC().Truncate(time.Second), took
	c.snap.Freshness = sources.Freshness{State: sources.Fresh, ObservedAt: c.snap.TakenAt}
}

// Snapshot returns what was collected. The Collector must not be used after.
func (c *Collector) Snapshot() *Snapshot {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.snap
	c.snap = Snapshot{Info: c.info}
	c.strings, c.labels, c.specs = map[string]string{}, map[uint64][]Labels{}, map[uint64][]*ContainerSpec{}
	slices.Sort(s.Problems)
	s.sort()
	return &s
}

// str returns s without control characters, at most maxName long, sharing the
// memory of equal strings.
func (c *Collector) str(s string) string {
	if s == "" {
		return ""
	}
	if have, ok := c.strings[s]; ok {
		return have
	}
	clean := strings.Clone(cut(plain(s), maxName))
	c.strings[clean] = clean
	return clean
}

func (c *Collector) strs(list []string) []string {
	if len(list) == 0 {
		return nil
	}
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = c.str(s)
	}
	return out
}

// set interns a set of labels. Keys and values that Kubernetes would refuse
// for their length are left out.
func (c *Collector) set(m map[string]string) Labels {
	if len(m) == 0 {
		return nil
	}
	keys := make([]string, 0, len(m))
	for k, v := range m {
		if len(k) <= maxName && len(v) <= 63 {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	c.hash.Reset()
	for _, k := range keys {
		c.hash.WriteString(k)
		c.hash.WriteByte(0)
		c.hash.WriteString(m[k])
		c.hash.WriteByte(0)
	}
	h := c.hash.Sum64()
	for _, have := range c.labels[h] {
		if len(have) == 2*len(keys) && sameLabels(have, keys, m) {
			return have
		}
	}
	l := make(Labels, 0, 2*len(keys))
	for _, k := range keys {
		l = append(l, c.str(k), c.str(m[k]))
	}
	c.labels[h] = append(c.labels[h], l)
	return l
}

func sameLabels(l Labels, keys []string, m map[string]string) bool {
	for i, k := range keys {
		if l[2*i] != k || l[2*i+1] != m[k] {
			return false
		}
	}
	return true
}

// relabel interns labels that are already in their final form.
func (c *Collector) relabel(l Labels) Labels {
	if len(l) == 0 {
		return nil
	}
	c.hash.Reset()
	for _, s := range l {
		c.hash.WriteString(s)
		c.hash.WriteByte(0)
	}
	h := c.hash.Sum64()
	for _, have := range c.labels[h] {
		if slices.Equal(have, l) {
			return have
		}
	}
	for i := range l {
		l[i] = c.str(l[i])
	}
	c.labels[h] = append(c.labels[h], l)
	return l
}

// spec interns a container's spec.
func (c *Collector) spec(s *ContainerSpec) *ContainerSpec {
	c.hash.Reset()
	c.hash.WriteString(s.Name)
	c.hash.WriteByte(0)
	c.hash.WriteString(s.Image)
	h := c.hash.Sum64()
	for _, have := range c.specs[h] {
		if sameSpec(have, s) {
			return have
		}
	}
	s.Name, s.Image, s.Ports = c.str(s.Name), c.str(s.Image), c.strs(s.Ports)
	c.specs[h] = append(c.specs[h], s)
	return s
}

func sameSpec(a, b *ContainerSpec) bool {
	return a.Name == b.Name && a.Image == b.Image &&
		a.CPURequest == b.CPURequest && a.CPULimit == b.CPULimit &&
		a.MemRequest == b.MemRequest && a.MemLimit == b.MemLimit &&
		sameProbe(a.Readiness, b.Readiness) && sameProbe(a.Startup, b.Startup) &&
		a.Liveness == b.Liveness && a.Sidecar == b.Sidecar && slices.Equal(a.Ports, b.Ports)
}

func sameProbe(a, b *Probe) bool {
	return a == b || a != nil && b != nil && *a == *b
}
