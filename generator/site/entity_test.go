package site

import (
	"testing"
	"time"

	"github.com/portolan-dev/portolan/sources/catalog"
	"github.com/portolan-dev/portolan/sources/kubernetes"
)

// TestSaid writes notes that are the same in each build.
func TestSaid(t *testing.T) {
	since := time.Date(2026, 3, 1, 23, 40, 0, 0, time.UTC)
	e := &catalog.Entity{Ref: catalog.Ref{Kind: "component", Namespace: "default", Name: "cart"}}
	for _, c := range []struct {
		in   kubernetes.Incident
		want string
	}{
		{kubernetes.Incident{
			Line: "cart: crashes · since 1 Mar 23:40 (25 h)", Since: &since, Clusters: []string{"eu-1"}, Pods: kubernetes.PodCount{Affected: 1, Total: 9},
			Workload: kubernetes.ObjectRef{Name: "cart"}, Lead: kubernetes.Finding{Rule: "rollout-stuck", Title: "New version does not come up"},
			Because: []kubernetes.Finding{{Rule: "container-crash-loop", Title: "app crashes again and again"}},
		}, "App crashes again and again · 1 of 9 pods · eu-1 · since 1 Mar, 23:40 UTC"},
		{kubernetes.Incident{Workload: kubernetes.ObjectRef{Name: "sweeper"}, Lead: kubernetes.Finding{Rule: "hpa-at-limit", Title: "At its maximum", Text: "cpu is at 96 %."}, Clusters: []string{"us-1"}}, "sweeper · cpu is at 96 % · us-1"},
		{kubernetes.Incident{Lead: kubernetes.Finding{Rule: "hpa-at-limit", Title: "At its maximum"}}, ""},
	} {
		if got := said(e, &c.in); got != c.want {
			t.Errorf("said(%q) = %q, want %q", c.in.Lead.Title, got, c.want)
		}
	}
}
