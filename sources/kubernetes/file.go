package kubernetes

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"
)

// snapshotFormat is written at the head of a snapshot file. A reader refuses a
// higher number; what is added without changing what is there keeps it.
const snapshotFormat = 1

// What a snapshot file may hold at most. The largest allowed cluster, with
// 200,000 pods, stays below half of them.
const (
	maxSnapshotBytes   = 1 << 30 // unpacked
	maxSnapshotObjects = 2_000_000
)

// header is the first value of a snapshot file.
type header struct {
	Format string `json:"format"` // "portolan-snapshot"
	Number int    `json:"number"` // snapshotFormat
	Total  int    `json:"total"`  // how many objects follow
	*Snapshot
}

// record is one value of a snapshot file after the header: exactly one field
// is set. The names are part of the format.
type record struct {
	Pod        *PodState      `json:"pod,omitempty"`
	Workload   *WorkloadState `json:"workload,omitempty"`
	ReplicaSet *ReplicaSet    `json:"replicaSet,omitempty"`
	Job        *Job           `json:"job,omitempty"`
	CronJob    *CronJobState  `json:"cronJob,omitempty"`
	Scaler     *Scaler        `json:"scaler,omitempty"`
	Service    *ServiceState  `json:"service,omitempty"`
	Route      *Route         `json:"route,omitempty"`
	Budget     *Budget        `json:"budget,omitempty"`
	Claim      *Claim         `json:"claim,omitempty"`
	Quota      *Quota         `json:"quota,omitempty"`
	Custom     *Custom        `json:"custom,omitempty"`
	Usage      *Usage         `json:"usage,omitempty"`
}

// WriteSnapshot writes s as a compressed file: zstd over lines of JSON, the
// first of which says what it is, each other one object. The same snapshot
// gives the same bytes. Memory does not grow with the snapshot.
func WriteSnapshot(w io.Writer, s *Snapshot) error {
	zw, err := zstd.NewWriter(w, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedDefault),
		zstd.WithWindowSize(1<<20), zstd.WithLowerEncoderMem(true)) // many clusters are written at once
	if err != nil {
		return fmt.Errorf("write snapshot of %s: %w", s.Info.Name, err)
	}
	buf := bufio.NewWriterSize(zw, 64<<10)
	enc := json.NewEncoder(buf)
	enc.SetEscapeHTML(false)
	err = writeRecords(enc, s)
	err = errors.Join(err, buf.Flush(), zw.Close())
	if err != nil {
		return fmt.Errorf("write snapshot of %s: %w", s.Info.Name, err)
	}
	return nil
}

func writeRecords(enc *json.Encoder, s *Snapshot) error {
	err := enc.Encode(header{Format: "portolan-snapshot", Number: snapshotFormat, Total: s.objects(), Snapshot: s})
	put := func(r record) {
		if err == nil {
			err = enc.Encode(r)
		}
	}
	for i := range s.Pods {
		put(record{Pod: &s.Pods[i]})
	}
	for i := range s.Workloads {
		put(record{Workload: &s.Workloads[i]})
	}
	for i := range s.ReplicaSets {
		put(record{ReplicaSet: &s.ReplicaSets[i]})
	}
	for i := range s.Jobs {
		put(record{Job: &s.Jobs[i]})
	}
	for i := range s.CronJobs {
		put(record{CronJob: &s.CronJobs[i]})
	}
	for i := range s.Scalers {
		put(record{Scaler: &s.Scalers[i]})
	}
	for i := range s.Services {
		put(record{Service: &s.Services[i]})
	}
	for i := range s.Routes {
		put(record{Route: &s.Routes[i]})
	}
	for i := range s.Budgets {
		put(record{Budget: &s.Budgets[i]})
	}
	for i := range s.Claims {
		put(record{Claim: &s.Claims[i]})
	}
	for i := range s.Quotas {
		put(record{Quota: &s.Quotas[i]})
	}
	for i := range s.Customs {
		put(record{Custom: &s.Customs[i]})
	}
	for i := range s.Usage {
		put(record{Usage: &s.Usage[i]})
	}
	return err
}

// objects is how many objects the snapshot holds.
func (s *Snapshot) objects() int {
	return len(s.Pods) + len(s.Workloads) + len(s.ReplicaSets) + len(s.Jobs) + len(s.CronJobs) + len(s.Scalers) +
		len(s.Services) + len(s.Routes) + len(s.Budgets) + len(s.Claims) + len(s.Quotas) + len(s.Customs) + len(s.Usage)
}

// ReadSnapshot reads what WriteSnapshot wrote. A file that is cut, too large,
// of a later format or no snapshot at all is an error; nothing in it is
// trusted: names and messages are cleaned again.
func ReadSnapshot(r io.Reader) (*Snapshot, error) {
	zr, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(256<<20), zstd.WithDecoderMaxWindow(64<<20))
	if err != nil {
		return nil, fmt.Errorf("read snapshot: %w", err)
	}
	defer zr.Close()
	limited := &io.LimitedReader{R: zr, N: maxSnapshotBytes}
	dec := json.NewDecoder(bufio.NewReaderSize(limited, 64<<10))
	s := &Snapshot{}
	h := header{Snapshot: s}
	if err := dec.Decode(&h); err != nil {
		return nil, fmt.Errorf("read snapshot: %w", err)
	}
	switch {
	case h.Format != "portolan-snapshot":
		return nil, errors.New("read snapshot: this is no snapshot of Portolan")
	case h.Number > snapshotFormat:
		return nil, fmt.Errorf("read snapshot: it has format %d; this version of Portolan knows up to %d", h.Number, snapshotFormat)
	case h.Total < 0 || h.Total > maxSnapshotObjects:
		return nil, fmt.Errorf("read snapshot: it says that it holds %d objects; at most %d are read", h.Total, maxSnapshotObjects)
	case h.Snapshot != s: // the header said null
		return nil, errors.New("read snapshot: the header is empty")
	}
	c := NewCollector(s.Info)
	c.snap = *s
	for n := 0; ; n++ {
		var rec record
		err := dec.Decode(&rec)
		if err == io.EOF {
			if n != h.Total {
				return nil, fmt.Errorf("read snapshot of %s: %d of %d objects are there", s.Info.Name, n, h.Total)
			}
			break
		}
		if err != nil {
			return nil, fmt.Errorf("read snapshot of %s: object %d: %w", s.Info.Name, n+1, err)
		}
		if n >= h.Total {
			return nil, fmt.Errorf("read snapshot of %s: it holds more than the %d objects that it says", s.Info.Name, h.Total)
		}
		c.take(&rec)
	}
	c.tidy()
	return c.Snapshot(), nil
}

// take adds a record, sharing memory as Add does.
func (c *Collector) take(r *record) {
	s := &c.snap
	switch {
	case r.Pod != nil:
		c.remeta(&r.Pod.Meta)
		c.intern(&r.Pod.Phase, &r.Pod.Reason, &r.Pod.Restart)
		c.internAll(r.Pod.Claims, r.Pod.Gates)
		r.Pod.Message = c.message(r.Pod.Message)
		c.reconditions(r.Pod.Conditions)
		c.recontainers(r.Pod.Inits)
		c.recontainers(r.Pod.Containers)
		s.Pods = append(s.Pods, *r.Pod)
	case r.Workload != nil:
		w := r.Workload
		c.remeta(&w.Meta)
		c.intern(&w.Kind, &w.Strategy, &w.OldRevision, &w.NewRevision, &w.Phase)
		w.Message = c.message(w.Message)
		c.reconditions(w.Conditions)
		c.retemplate(&w.Template)
		c.reselect(w.Selector)
		s.Workloads = append(s.Workloads, *w)
	case r.ReplicaSet != nil:
		c.remeta(&r.ReplicaSet.Meta)
		c.reconditions(r.ReplicaSet.Conditions)
		s.ReplicaSets = append(s.ReplicaSets, *r.ReplicaSet)
	case r.Job != nil:
		c.remeta(&r.Job.Meta)
		c.reconditions(r.Job.Conditions)
		c.retemplate(&r.Job.Template)
		s.Jobs = append(s.Jobs, *r.Job)
	case r.CronJob != nil:
		c.remeta(&r.CronJob.Meta)
		c.intern(&r.CronJob.Schedule, &r.CronJob.Zone, &r.CronJob.Policy)
		c.internAll(r.CronJob.Active)
		c.retemplate(&r.CronJob.Template)
		s.CronJobs = append(s.CronJobs, *r.CronJob)
	case r.Scaler != nil:
		c.remeta(&r.Scaler.Meta)
		c.intern(&r.Scaler.Target.Kind, &r.Scaler.Target.Name)
		for i := range r.Scaler.Metrics {
			c.intern(&r.Scaler.Metrics[i].Type, &r.Scaler.Metrics[i].Name)
		}
		c.reconditions(r.Scaler.Conditions)
		s.Scalers = append(s.Scalers, *r.Scaler)
	case r.Service != nil:
		c.remeta(&r.Service.Meta)
		c.intern(&r.Service.Type, &r.Service.Host, &r.Service.External)
		for i := range r.Service.Ports {
			c.intern(&r.Service.Ports[i].Name, &r.Service.Ports[i].TargetName)
		}
		r.Service.Selector = c.relabel(r.Service.Selector)
		s.Services = append(s.Services, *r.Service)
	case r.Route != nil:
		c.remeta(&r.Route.Meta)
		c.intern(&r.Route.Kind, &r.Route.Class)
		for i := range r.Route.Rules {
			k := &r.Route.Rules[i]
			c.intern(&k.Host, &k.Path, &k.Service, &k.Namespace, &k.PortName)
		}
		for i := range r.Route.Parents {
			c.intern(&r.Route.Parents[i].Name)
			c.reconditions(r.Route.Parents[i].Conditions)
		}
		s.Routes = append(s.Routes, *r.Route)
	case r.Budget != nil:
		c.remeta(&r.Budget.Meta)
		c.reselect(r.Budget.Selector)
		c.reconditions(r.Budget.Conditions)
		s.Budgets = append(s.Budgets, *r.Budget)
	case r.Claim != nil:
		c.remeta(&r.Claim.Meta)
		c.intern(&r.Claim.Phase, &r.Claim.Class)
		s.Claims = append(s.Claims, *r.Claim)
	case r.Quota != nil:
		c.remeta(&r.Quota.Meta)
		for i := range r.Quota.Items {
			c.intern(&r.Quota.Items[i].Resource)
		}
		s.Quotas = append(s.Quotas, *r.Quota)
	case r.Custom != nil:
		c.remeta(&r.Custom.Meta)
		c.intern(&r.Custom.Kind, &r.Custom.Group, &r.Custom.Phase, &r.Custom.Target.Kind, &r.Custom.Target.Name)
		c.reconditions(r.Custom.Conditions)
		s.Customs = append(s.Customs, *r.Custom)
	case r.Usage != nil:
		c.intern(&r.Usage.Namespace, &r.Usage.Name)
		for i := range r.Usage.Containers {
			c.intern(&r.Usage.Containers[i].Name)
		}
		s.Usage = append(s.Usage, *r.Usage)
	}
}

func (c *Collector) intern(list ...*string) {
	for _, s := range list {
		*s = c.str(*s)
	}
}

func (c *Collector) internAll(lists ...[]string) {
	for _, l := range lists {
		for i := range l {
			l[i] = c.str(l[i])
		}
	}
}

func (c *Collector) remeta(m *Meta) {
	c.intern(&m.Namespace, &m.Name, &m.Owner.Kind, &m.Owner.Name)
	m.Labels = c.relabel(m.Labels)
}

func (c *Collector) reconditions(list []Condition) {
	for i := range list {
		k := &list[i]
		c.intern(&k.Type, &k.Status, &k.Reason)
		k.Message = c.message(k.Message)
	}
}

func (c *Collector) recontainers(list []Container) {
	for i := range list {
		k := &list[i]
		if k.Spec == nil {
			k.Spec = &ContainerSpec{}
		}
		k.Spec = c.spec(k.Spec)
		k.Restarts = count(k.Restarts)
		c.intern(&k.Digest, &k.State.Kind, &k.State.Reason)
		k.State.Message = c.message(k.State.Message)
		if k.Last != nil {
			c.intern(&k.Last.Kind, &k.Last.Reason)
			k.Last.Message = ""
		}
	}
}

func (c *Collector) retemplate(t *Template) {
	t.Labels = c.relabel(t.Labels)
	out := t.Containers[:0]
	for _, s := range t.Containers {
		if s != nil {
			out = append(out, c.spec(s))
		}
	}
	t.Containers = out
	c.internAll(t.Claims)
}

func (c *Collector) reselect(s *Selection) {
	if s == nil {
		return
	}
	for i := range s.Requirements {
		c.intern(&s.Requirements[i].Key, &s.Requirements[i].Op)
		c.internAll(s.Requirements[i].Values)
	}
}

// tidy cleans the texts of the header, which come from the file.
func (c *Collector) tidy() {
	s := &c.snap
	c.intern(&s.Info.Name, &s.Info.Title, &s.Info.Region, &s.Info.Environment, &s.Info.Context, &s.Version)
	s.Freshness.Reason = scrub(s.Freshness.Reason)
	if len(s.Problems) > maxProblems {
		s.Problems = s.Problems[:maxProblems]
	}
	for i := range s.Problems {
		s.Problems[i] = scrub(s.Problems[i])
	}
	for i := range s.Coverage {
		k := &s.Coverage[i]
		c.intern(&k.Type, &k.State, &k.Scope)
		c.internAll(k.DeniedNamespaces)
		k.Reason, k.Rule = scrub(k.Reason), scrub(k.Rule)
	}
}
