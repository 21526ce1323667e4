package kubernetes

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/portolan-dev/portolan/sources"
)

// historyFormat is written at the head of a history file.
const historyFormat = 1

// How much is remembered.
const (
	historyDays      = 400 // of the fleet as a whole
	scaleDays        = 30  // of each autoscaler
	scaleSamples     = 96  // of each autoscaler, at most one in a quarter of an hour
	sampleEvery      = 15 * time.Minute
	resolvedFor      = 24 * time.Hour // how long a resolved incident is listed
	deploysFor       = 400 * 24 * time.Hour
	maxServiceEvents = 1000      // deploys of one service
	maxSeen          = 50_000    // incidents
	maxHistoryBytes  = 512 << 20 // unpacked
)

// A History is what builds remember of the fleet beyond the last snapshot:
// when an incident was first seen, deploys, the size of autoscalers over days.
// Stale clusters add nothing to it. It is not safe for concurrent use while Add
// runs; use NewHistory or ReadHistory to make one.
type History struct {
	Format   int                      `json:"format"`
	Last     Time                     `json:"last"` // time of the newest build
	Seen     map[string]*seen         `json:"seen"`
	Deploys  map[string][]Time        `json:"deploys"`  // by canonical ref, oldest first
	Scalers  map[string]*scaleHistory `json:"scalers"`  // by cluster/namespace/name
	Restarts map[string][]dayCount    `json:"restarts"` // by canonical ref: the sum of restart counters at the end of each day
	Days     []FleetDay               `json:"days"`     // oldest first
}

// seen is one incident in one cluster.
type seen struct {
	First    Time   `json:"first"`
	Last     Time   `json:"last"`
	Missed   int    `json:"missed,omitempty"` // builds in a row without it
	Resolved Time   `json:"resolved,omitempty"`
	Service  string `json:"service,omitempty"`
	Line     string `json:"line,omitempty"`
	Cluster  string `json:"cluster"`
	ID       string `json:"id"`
}

type scaleHistory struct {
	Pinned  Time     `json:"pinned,omitempty"` // since when it has been at its maximum
	Days    []dayMax `json:"days,omitempty"`
	Samples []sample `json:"samples,omitempty"`
}

type dayMax struct {
	Day  int32 `json:"d"` // days since 1970
	Max  int32 `json:"m"` // most replicas
	AtMx bool  `json:"a,omitempty"`
}

type dayCount struct {
	Day   int32 `json:"d"`
	Count int64 `json:"n"`
}

type sample struct {
	At       Time  `json:"t"`
	Replicas int32 `json:"n"`
}

// A FleetDay is the size of the fleet at the end of one day.
type FleetDay struct {
	Day       time.Time `json:"day"` // midnight UTC
	Clusters  int       `json:"clusters"`
	Services  int       `json:"services"` // entities that run somewhere
	Workloads int       `json:"workloads"`
	Pods      int       `json:"pods"`
	Incidents int       `json:"incidents"`
}

// A ResolvedIncident is one that is gone from a cluster since a short while.
type ResolvedIncident struct {
	ID       string    `json:"id"`
	Service  string    `json:"service,omitempty"`
	Cluster  string    `json:"cluster"`
	Line     string    `json:"line"`
	First    time.Time `json:"first"`
	Resolved time.Time `json:"resolved"`
}

// ScaleHistory is what is remembered of one autoscaler.
type ScaleHistory struct {
	PinnedSince *time.Time  `json:"pinnedSince,omitempty"` // at its maximum without a break since then
	Days        []ScaleDay  `json:"days"`                  // oldest first, at most 30
	Samples     []ScaleSize `json:"samples"`               // oldest first, at most 96
}

// A ScaleDay is one day of an autoscaler.
type ScaleDay struct {
	Day   time.Time `json:"day"`
	Max   int       `json:"max"`   // most replicas of that day
	AtMax bool      `json:"atMax"` // its maximum was reached
}

// A ScaleSize is the replicas at one moment.
type ScaleSize struct {
	At       time.Time `json:"at"`
	Replicas int       `json:"replicas"`
}

// NewHistory returns an empty history: a cold start.
func NewHistory() *History {
	return &History{Format: historyFormat, Seen: map[string]*seen{}, Deploys: map[string][]Time{}, Scalers: map[string]*scaleHistory{}, Restarts: map[string][]dayCount{}}
}

func dayOf(t Time) int32 { return int32(t / 86400) }

// Add remembers a fleet. A fleet that is not newer than the last one is left
// out, so that a build that is repeated changes nothing.
func (h *History) Add(f *Fleet) {
	if f == nil || moment(f.Now) <= h.Last {
		return
	}
	now := moment(f.Now)
	h.Last = now
	fresh := map[string]bool{}
	day := FleetDay{Day: time.Unix(int64(dayOf(now))*86400, 0).UTC(), Incidents: len(f.Incidents)}
	for _, c := range f.Clusters {
		day.Clusters++
		day.Workloads += c.Workloads
		day.Pods += c.Pods
		fresh[c.Name] = c.Freshness.State == sources.Fresh
	}
	h.incidents(f, now, fresh)
	for _, s := range f.Services {
		if len(s.Placements) > 0 {
			day.Services++
		}
		h.service(s, now)
	}
	if n := len(h.Days); n > 0 && h.Days[n-1].Day.Equal(day.Day) {
		h.Days[n-1] = day
	} else {
		h.Days = append(h.Days, day)
	}
	h.Days = h.Days[max(0, len(h.Days)-historyDays):]
}

func (h *History) incidents(f *Fleet, now Time, fresh map[string]bool) {
	present := map[string]bool{}
	for i := range f.Incidents {
		in := &f.Incidents[i]
		for _, c := range in.Clusters {
			key := in.ID + "/" + c
			present[key] = true
			if !fresh[c] {
				continue // the last known one; nothing new is derived from it
			}
			s := h.Seen[key]
			if s == nil || s.Resolved > 0 {
				if len(h.Seen) >= maxSeen && s == nil {
					continue
				}
				s = &seen{First: now, ID: in.ID, Cluster: c}
				h.Seen[key] = s
			}
			s.Last, s.Missed, s.Service, s.Line = now, 0, in.Service, in.Line
		}
	}
	for key, s := range h.Seen {
		switch {
		case present[key] || !fresh[s.Cluster]:
		case s.Resolved > 0:
			if now-s.Resolved > Time(resolvedFor/time.Second) {
				delete(h.Seen, key)
			}
		default: // a gap of one build is forgiven
			if s.Missed++; s.Missed > 1 {
				s.Resolved = now
			}
		}
	}
}

func (h *History) service(s *Service, now Time) {
	list := h.Deploys[s.Ref]
	for _, d := range s.Deploys {
		at := moment(d.At)
		// What the clusters tell later of a deploy may move its beginning a little.
		if i := slices.IndexFunc(list, func(t Time) bool { return abs(t-at) <= Time(deployWindow/time.Second)/2 }); i >= 0 {
			list[i] = min(list[i], at)
			continue
		}
		list = append(list, at)
	}
	slices.Sort(list)
	list = slices.DeleteFunc(list, func(t Time) bool { return now-t > Time(deploysFor/time.Second) })
	if list = list[max(0, len(list)-maxServiceEvents):]; len(list) > 0 {
		h.Deploys[s.Ref] = list
	} else {
		delete(h.Deploys, s.Ref)
	}
	if len(s.Workloads) > 0 && !s.Stale {
		r := h.Restarts[s.Ref]
		d := dayCount{dayOf(now), int64(s.Restarts)}
		if n := len(r); n > 0 && r[n-1].Day == d.Day {
			r[n-1] = d
		} else {
			r = append(r, d)
		}
		h.Restarts[s.Ref] = r[max(0, len(r)-scaleDays):]
	}
	for i := range s.Autoscalers {
		if a := &s.Autoscalers[i]; !a.Stale {
			h.scaler(a, now)
		}
	}
}

func abs(t Time) Time { return max(t, -t) }

func scalerKey(cluster string, r ObjectRef) string {
	return cluster + "/" + r.Namespace + "/" + r.Name
}

func (h *History) scaler(a *Autoscaler, now Time) {
	key := scalerKey(a.Cluster, a.Ref)
	s := h.Scalers[key]
	if s == nil {
		s = &scaleHistory{}
		h.Scalers[key] = s
	}
	full := a.State == scaleMax || a.State == scaleLimit
	switch {
	case !full:
		s.Pinned = 0
	case s.Pinned == 0:
		s.Pinned = now
	}
	d := dayMax{Day: dayOf(now), Max: int32(a.Current), AtMx: full}
	if n := len(s.Days); n > 0 && s.Days[n-1].Day == d.Day {
		s.Days[n-1].Max = max(s.Days[n-1].Max, d.Max)
		s.Days[n-1].AtMx = s.Days[n-1].AtMx || full
	} else {
		s.Days = append(s.Days, d)
	}
	s.Days = s.Days[max(0, len(s.Days)-scaleDays):]
	if n := len(s.Samples); n == 0 || now-s.Samples[n-1].At >= Time(sampleEvery/time.Second) {
		s.Samples = append(s.Samples, sample{now, int32(a.Current)})
	}
	s.Samples = s.Samples[max(0, len(s.Samples)-scaleSamples):]
}

// FirstSeen returns when an incident was first seen in any of its clusters by
// a build; the time of the newest build if it is not known.
func (h *History) FirstSeen(in *Incident) time.Time {
	first := h.Last
	for _, c := range in.Clusters {
		if s := h.Seen[in.ID+"/"+c]; s != nil && s.Resolved == 0 {
			first = min(first, s.First)
		}
	}
	return first.time()
}

// Resolved returns the incidents that went away within the last day, newest first.
func (h *History) Resolved() []ResolvedIncident {
	out := []ResolvedIncident{}
	for _, s := range h.Seen {
		if s.Resolved > 0 && h.Last-s.Resolved <= Time(resolvedFor/time.Second) {
			out = append(out, ResolvedIncident{ID: s.ID, Service: s.Service, Cluster: s.Cluster, Line: s.Line, First: s.First.time(), Resolved: s.Resolved.time()})
		}
	}
	slices.SortFunc(out, func(a, b ResolvedIncident) int {
		return cmp.Or(b.Resolved.Compare(a.Resolved), cmp.Compare(a.ID, b.ID), cmp.Compare(a.Cluster, b.Cluster))
	})
	return out
}

// DeploysPerWeek returns how many deploys the entities had in the last weeks,
// for each week, and over how many weeks anything is known of them (at most
// weeks; 0 if nothing is).
func (h *History) DeploysPerWeek(refs []string, weeks int) (rate float64, known int) {
	const week = 7 * 86400
	from := h.Last - Time(weeks*week)
	oldest, n := h.Last, 0
	for _, r := range refs {
		for _, t := range h.Deploys[r] {
			if t > from && t <= h.Last {
				n++
			}
			oldest = min(oldest, t)
		}
	}
	if oldest == h.Last {
		return 0, 0
	}
	known = min(weeks, int((h.Last-oldest+week-1)/week))
	return float64(n) / float64(max(known, 1)), known
}

// Deployed returns the deploys of an entity that are remembered, oldest first.
func (h *History) Deployed(ref string) []time.Time {
	out := make([]time.Time, 0, len(h.Deploys[ref]))
	for _, t := range h.Deploys[ref] {
		out = append(out, t.time())
	}
	return out
}

// RestartsPerDay returns how many restarts were counted on each of the last
// days, oldest first. Counters that fell, because pods were replaced, count
// from zero.
func (h *History) RestartsPerDay(ref string) []int {
	list := h.Restarts[ref]
	out := []int{}
	for i := 1; i < len(list); i++ {
		d := list[i].Count - list[i-1].Count
		if d < 0 {
			d = list[i].Count
		}
		out = append(out, int(d))
	}
	return out
}

// Autoscaler returns what is remembered of an autoscaler in a cluster.
func (h *History) Autoscaler(cluster string, ref ObjectRef) ScaleHistory {
	out := ScaleHistory{Days: []ScaleDay{}, Samples: []ScaleSize{}}
	s := h.Scalers[scalerKey(cluster, ref)]
	if s == nil {
		return out
	}
	out.PinnedSince = s.Pinned.pointer()
	for _, d := range s.Days {
		out.Days = append(out.Days, ScaleDay{Day: time.Unix(int64(d.Day)*86400, 0).UTC(), Max: int(d.Max), AtMax: d.AtMx})
	}
	for _, x := range s.Samples {
		out.Samples = append(out.Samples, ScaleSize{At: x.At.time(), Replicas: int(x.Replicas)})
	}
	return out
}

// Growth returns the size of the fleet by day, oldest first.
func (h *History) Growth() []FleetDay { return slices.Clone(h.Days) }

// WriteHistory writes h as a compressed file. The same history gives the same bytes.
func WriteHistory(w io.Writer, h *History) error {
	zw, err := zstd.NewWriter(w, zstd.WithEncoderConcurrency(1))
	if err != nil {
		return fmt.Errorf("write history: %w", err)
	}
	enc := json.NewEncoder(zw)
	enc.SetEscapeHTML(false)
	if err := errors.Join(enc.Encode(h), zw.Close()); err != nil {
		return fmt.Errorf("write history: %w", err)
	}
	return nil
}

// ReadHistory reads what WriteHistory wrote. A caller that cannot read it
// begins anew with NewHistory.
func ReadHistory(r io.Reader) (*History, error) {
	zr, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(256<<20), zstd.WithDecoderMaxWindow(64<<20))
	if err != nil {
		return nil, fmt.Errorf("read history: %w", err)
	}
	defer zr.Close()
	h := NewHistory()
	h.Format = 0
	if err := json.NewDecoder(io.LimitReader(zr, maxHistoryBytes)).Decode(h); err != nil {
		return nil, fmt.Errorf("read history: %w", err)
	}
	if h.Format < 1 || h.Format > historyFormat {
		return nil, fmt.Errorf("read history: it has format %d; this version of Portolan knows %d", h.Format, historyFormat)
	}
	// A file may say null where there should be something.
	n := NewHistory()
	if h.Seen == nil {
		h.Seen = n.Seen
	}
	if h.Deploys == nil {
		h.Deploys = n.Deploys
	}
	if h.Scalers == nil {
		h.Scalers = n.Scalers
	}
	if h.Restarts == nil {
		h.Restarts = n.Restarts
	}
	for k, s := range h.Seen {
		if s == nil {
			delete(h.Seen, k)
			continue
		}
		s.Line = cut(plain(s.Line), 2*maxMessage)
	}
	for k, s := range h.Scalers {
		if s == nil {
			delete(h.Scalers, k)
		}
	}
	return h, nil
}
