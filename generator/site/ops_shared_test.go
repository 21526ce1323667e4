package site

import (
	"slices"
	"testing"
	"time"

	"github.com/portolan-dev/portolan/sources/kubernetes"
)

func TestTally(t *testing.T) {
	for _, c := range []struct {
		statuses []Status
		words    string
		worst    Status
	}{
		{nil, "", Off},
		{[]Status{OK, OK}, "2 healthy", OK},
		{[]Status{Off}, "not running", Off},
		{[]Status{OK, Unk}, "1 unknown", Unk},
		{[]Status{OK, Warn, Unk, Run}, "1 degraded, 1 unknown, 1 rolling out", Warn},
		{[]Status{Bad, Warn, Warn}, "1 broken, 2 degraded", Bad},
	} {
		var tally Tally
		for _, s := range c.statuses {
			tally.add(s)
		}
		if tally.Words() != c.words || tally.Status() != c.worst || tally.Total() != len(c.statuses) {
			t.Errorf("tally of %v: %q, %q, %d; want %q, %q, %d", c.statuses, tally.Words(), tally.Status(), tally.Total(), c.words, c.worst, len(c.statuses))
		}
	}
}

func TestUse(t *testing.T) {
	for _, c := range []struct {
		now, target int
		fill, class string
		over        bool
	}{
		{0, 0, "0", "b-fill", false},
		{50, 0, "42", "b-fill", false},
		{120, 0, "67.2", "b-warn", false},
		{400, 0, "84", "b-warn", false},
		{58, 65, "32.5", "b-fill", false},
		{66, 65, "37", "b-warn", false},
		{96, 65, "53.8", "b-bad", true},
	} {
		u := useOf("CPU", c.now, c.target)
		if u.Fill != c.fill || u.Class != c.class || u.Over != c.over {
			t.Errorf("useOf(%d, %d) = %+v, want %+v", c.now, c.target, *u, c)
		}
	}
}

func TestHeadroom(t *testing.T) {
	for _, c := range []struct {
		a        kubernetes.Autoscaler
		headroom string
		replicas string
		over     bool
	}{
		{kubernetes.Autoscaler{Min: 12, Max: 40, Current: 40, Projected: 60, State: "limit"}, "none, wants +20", "wants 60", true},
		{kubernetes.Autoscaler{Min: 12, Max: 40, Current: 40, Projected: 40, State: "max"}, "none", "40 of 40", false},
		{kubernetes.Autoscaler{Min: 2, Max: 30, Current: 27, Projected: 27, Headroom: 3, State: "near"}, "10 %", "27 of 30", false},
		{kubernetes.Autoscaler{Min: 4, Max: 4, Current: 4, Projected: 9, State: "fixed"}, "fixed size", "wants 9", true},
		{kubernetes.Autoscaler{Min: 1, Max: 3, State: "off"}, "off", "0 of 3", false},
		{kubernetes.Autoscaler{Min: 1, Max: 3, Current: 2, State: "blind"}, "metric unknown", "2 of 3", false},
		{kubernetes.Autoscaler{}, "none", "0 of 0", false},
	} {
		words, over := replicasOf(c.a)
		if got := headroomWords(c.a); got != c.headroom || words != c.replicas || over != c.over {
			t.Errorf("%+v: %q, %q, %t; want %q, %q, %t", c.a, got, words, over, c.headroom, c.replicas, c.over)
		}
		bulletOf(c.a, 0)
	}
}

func TestRootCause(t *testing.T) {
	f := func(rule string, s kubernetes.Severity) kubernetes.Finding {
		return kubernetes.Finding{Rule: rule, Severity: s}
	}
	for _, c := range []struct {
		lead    kubernetes.Finding
		because []kubernetes.Finding
		want    string
	}{
		{f("workload-unavailable", kubernetes.Critical), []kubernetes.Finding{f("rollout-stuck", kubernetes.Error), f("container-config-error", kubernetes.Error)}, "container-config-error"},
		{f("workload-degraded", kubernetes.Error), []kubernetes.Finding{f("container-restarts", kubernetes.Warning), f("pod-unschedulable", kubernetes.Error)}, "pod-unschedulable"},
		{f("rollout-stuck", kubernetes.Error), []kubernetes.Finding{f("pdb-exhausted", kubernetes.Info)}, "rollout-stuck"},
		{f("hpa-at-limit", kubernetes.Error), []kubernetes.Finding{f("container-crash-loop", kubernetes.Error)}, "hpa-at-limit"},
	} {
		if got := rootCause(kubernetes.Incident{Lead: c.lead, Because: c.because}).Rule; got != c.want {
			t.Errorf("cause of %s because of %v: %s, want %s", c.lead.Rule, c.because, got, c.want)
		}
	}
}

func TestYAMLString(t *testing.T) {
	for in, want := range map[string]string{
		"cart": "cart", "on": `"on"`, "": `""`, "8080": `"8080"`, "a: b": `"a: b"`, "app=lyrics": "app=lyrics", `a"b`: `"a\"b"`, "app.kubernetes.io/name=x": "app.kubernetes.io/name=x",
	} {
		if got := yamlString(in); got != want {
			t.Errorf("yamlString(%q) = %s, want %s", in, got, want)
		}
	}
}

func TestShellQuote(t *testing.T) {
	for in, want := range map[string]string{"eu-1": "eu-1", "": "''", "a b": "'a b'", "it's": `'it'\''s'`, "arn:aws:eks:eu/x": "arn:aws:eks:eu/x", "$(x)": "'$(x)'"} {
		if got := shellQuote(in); got != want {
			t.Errorf("shellQuote(%q) = %s, want %s", in, got, want)
		}
	}
}

func TestPager(t *testing.T) {
	if p := pagerOf("x/", 1, 1); p != nil {
		t.Errorf("one part has the pager %+v", p)
	}
	p := pagerOf("x/", 6, 25)
	var got []string
	for _, t := range p.Pages {
		got = append(got, t.Text)
	}
	if want := []string{"1", "2", "…", "5", "6", "7", "…", "25"}; !slices.Equal(got, want) {
		t.Errorf("pages %q, want %q", got, want)
	}
	if p.Prev != "x/page/5/" || p.Next != "x/page/7/" || pageURL("x/", 1) != "x/" {
		t.Errorf("previous %q, next %q", p.Prev, p.Next)
	}
}

func TestWordsOfTime(t *testing.T) {
	o := opsOf(&Portal{Built: time.Date(2026, 11, 23, 14, 32, 0, 0, time.UTC)})
	for _, c := range []struct {
		t           time.Time
		clock, age_ string
	}{
		{time.Date(2026, 11, 23, 14, 9, 0, 0, time.UTC), "14:09", "23 min"},
		{time.Date(2026, 11, 23, 11, 5, 0, 0, time.FixedZone("", 3600)), "10:05", "4 h"},
		{time.Date(2026, 11, 2, 14, 9, 0, 0, time.UTC), "2 Nov", "21 d"},
		{time.Date(2025, 11, 2, 14, 9, 0, 0, time.UTC), "2 Nov 2025", "386 d"},
		{time.Time{}, "–", "–"},
	} {
		if got := o.clock(c.t); got != c.clock {
			t.Errorf("clock(%v) = %q, want %q", c.t, got, c.clock)
		}
		if got := o.age(c.t); got != c.age_ {
			t.Errorf("age(%v) = %q, want %q", c.t, got, c.age_)
		}
	}
}
