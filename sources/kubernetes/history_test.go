package kubernetes

import (
	"bytes"
	"math"
	"reflect"
	"testing"
	"time"

	"github.com/portolan-dev/portolan/sources"
)

// fleetAt returns a fleet with one cluster, one service and, if broken, one incident.
func fleetAt(at time.Time, broken bool, replicas int, state string, deploys ...time.Time) *Fleet {
	s := &Service{Ref: "component:default/web", Placements: []Placement{{Cluster: "alpha"}}, Workloads: []Workload{{}},
		Autoscalers: []Autoscaler{{Cluster: "alpha", Ref: ObjectRef{"HorizontalPodAutoscaler", "shop", "web"}, Current: replicas, State: state}}}
	for _, d := range deploys {
		s.Deploys = append(s.Deploys, Deploy{At: d, Clusters: []string{"alpha"}})
	}
	f := &Fleet{Now: at, Services: []*Service{s}, Clusters: []*ClusterState{{Name: "alpha", Pods: replicas, Freshness: sources.Freshness{State: sources.Fresh}}}}
	if broken {
		f.Incidents = []Incident{{ID: "i", Service: s.Ref, Clusters: []string{"alpha"}, Line: "web: broken"}}
	}
	return f
}

func TestHistoryOfIncidents(t *testing.T) {
	h := NewHistory()
	at := testNow
	step := func(broken bool) {
		at = at.Add(10 * time.Minute)
		h.Add(fleetAt(at, broken, 1, scaleOK))
	}
	in := &Incident{ID: "i", Clusters: []string{"alpha"}}
	step(true)
	first := at
	step(true)
	step(false) // a gap of one build
	step(true)
	if got := h.FirstSeen(in); !got.Equal(first) {
		t.Errorf("after a gap of one build: first seen %s, want %s", got, first)
	}
	step(false)
	if got := h.Resolved(); len(got) != 0 {
		t.Errorf("after one build without it: resolved %+v", got)
	}
	step(false)
	got := h.Resolved()
	if len(got) != 1 || !got[0].Resolved.Equal(at) || !got[0].First.Equal(first) || got[0].Line != "web: broken" {
		t.Errorf("resolved: got %+v", got)
	}
	step(true)
	if got := h.FirstSeen(in); !got.Equal(at) {
		t.Errorf("it is back: first seen %s, want %s", got, at)
	}
	stale := fleetAt(at.Add(time.Minute), false, 1, scaleOK)
	stale.Clusters[0].Freshness.State = sources.Stale
	for range 3 {
		stale.Now = stale.Now.Add(10 * time.Minute)
		h.Add(stale)
	}
	if got := h.Resolved(); len(got) != 0 {
		t.Errorf("a stale cluster has resolved an incident: %+v", got)
	}
	at = at.Add(time.Hour)
	step(false)
	step(false)
	at = at.Add(25 * time.Hour)
	step(false)
	if len(h.Seen) != 0 {
		t.Errorf("a day after: still there: %+v", h.Seen)
	}
}

func TestHistoryOfScaling(t *testing.T) {
	h := NewHistory()
	ref := ObjectRef{"HorizontalPodAutoscaler", "shop", "web"}
	start := testNow
	for day := range 40 {
		for hour := range 24 {
			state := scaleOK
			if day >= 30 {
				state = scaleMax
			}
			h.Add(fleetAt(start.Add(time.Duration(day*24+hour)*time.Hour), false, 1+hour%12, state))
		}
	}
	s := h.Autoscaler("alpha", ref)
	if len(s.Days) != 30 || len(s.Samples) != 96 || s.Days[29].Max != 12 || !s.Days[29].AtMax || s.Days[0].AtMax {
		t.Errorf("got %d days, %d samples, last day %+v", len(s.Days), len(s.Samples), s.Days[len(s.Days)-1])
	}
	if want := start.Add(30 * 24 * time.Hour); s.PinnedSince == nil || !s.PinnedSince.Equal(want) {
		t.Errorf("pinned since: got %v, want %s", s.PinnedSince, want)
	}
	if len(h.Growth()) != 41 {
		t.Errorf("growth: got %d days, want 41", len(h.Growth()))
	}
	if got := h.Autoscaler("beta", ref); got.PinnedSince != nil || len(got.Days) != 0 {
		t.Errorf("of an unknown one: got %+v", got)
	}
}

func TestHistoryOfDeploys(t *testing.T) {
	h := NewHistory()
	var deploys []time.Time
	for i := range 8 { // two a week for four weeks
		deploys = append(deploys, testNow.Add(-time.Duration(i*84+1)*time.Hour))
	}
	h.Add(fleetAt(testNow, false, 1, scaleOK, deploys...))
	h.Add(fleetAt(testNow.Add(time.Hour), false, 1, scaleOK, append(deploys, deploys[0].Add(30*time.Minute))...))
	rate, weeks := h.DeploysPerWeek([]string{"component:default/web", "component:default/other"}, 4)
	if math.Abs(rate-2) > 0.01 || weeks != 4 {
		t.Errorf("got %.2f a week over %d weeks, want 2 over 4", rate, weeks)
	}
	if rate, weeks := h.DeploysPerWeek([]string{"component:default/other"}, 4); rate != 0 || weeks != 0 {
		t.Errorf("of nothing: got %.2f over %d weeks", rate, weeks)
	}
	if got := h.Deployed("component:default/web"); len(got) != 8 || !got[0].Before(got[7]) {
		t.Errorf("deployed: got %v", got)
	}
}

func TestHistoryFile(t *testing.T) {
	h := NewHistory()
	for i := range 50 {
		h.Add(fleetAt(testNow.Add(time.Duration(i)*time.Hour), i%3 > 0, i, scaleMax, testNow))
	}
	var a, b bytes.Buffer
	if err := WriteHistory(&a, h); err != nil {
		t.Fatal(err)
	}
	back, err := ReadHistory(bytes.NewReader(a.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(h, back) {
		t.Errorf("read back: got %+v, want %+v", back, h)
	}
	if err := WriteHistory(&b, back); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(a.Bytes(), b.Bytes()) {
		t.Error("the same history is written differently")
	}
	last := back.Last
	back.Add(fleetAt(testNow, true, 1, scaleOK))
	if back.Last != last {
		t.Error("an older fleet was added")
	}
	for n := range a.Len() {
		if _, err := ReadHistory(bytes.NewReader(a.Bytes()[:n])); err == nil {
			t.Fatalf("a file cut after %d bytes is read", n)
		}
	}
}
