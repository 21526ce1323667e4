package site

import (
	"testing"
	"time"

	"github.com/portolan-dev/portolan/sources/kubernetes"
)

// TestDated writes lines that are the same in each build.
func TestDated(t *testing.T) {
	since := time.Date(2026, 3, 1, 23, 40, 0, 0, time.UTC)
	for _, c := range []struct {
		in   kubernetes.Incident
		want string
	}{
		{kubernetes.Incident{Line: "cart: crashes · 1 of 9 pods · eu-1 · since 1 Mar 23:40 (25 h)", Since: &since}, "cart: crashes · 1 of 9 pods · eu-1 · since 1 Mar, 23:40 UTC"},
		{kubernetes.Incident{Line: "cart: crashes · eu-1"}, "cart: crashes · eu-1"},
	} {
		if got := dated(&c.in); got != c.want {
			t.Errorf("dated(%q) = %q, want %q", c.in.Line, got, c.want)
		}
	}
}
