package content_test

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/portolan-dev/portolan/content"
	"github.com/portolan-dev/portolan/generator"
	"github.com/portolan-dev/portolan/sources/catalog"
	"github.com/portolan-dev/portolan/sources/diag"
	"github.com/portolan-dev/portolan/sources/kubernetes"
	"github.com/portolan-dev/portolan/sources/repos"
)

// now is the clock that README.md names.
var now = time.Unix(1772452800, 0).UTC()

// fleet reads the clusters and joins them to the catalog.
func fleet(t *testing.T) ([]*kubernetes.Snapshot, *kubernetes.Fleet) {
	t.Helper()
	found, _, err := repos.Read(t.Context(), []repos.Spec{{Dir: "repos/*"}}, repos.Options{Base: "."})
	if err != nil {
		t.Fatal(err)
	}
	var batches []*catalog.Batch
	for _, r := range found {
		batches = append(batches, catalog.Read(r, catalog.ReadOptions{}))
	}
	var snapshots []*kubernetes.Snapshot
	for _, name := range []string{"eu-1", "eu-2", "us-1", "asia-1"} {
		dir, err := fs.Sub(content.FS, "clusters/"+name)
		if err != nil {
			t.Fatal(err)
		}
		s, err := kubernetes.ReadDump(kubernetes.ClusterInfo{Name: name, Environment: "production"}, dir, now)
		if err != nil {
			t.Fatal(err)
		}
		if s.Skipped > 0 {
			t.Errorf("%s: %d objects were skipped: %v", name, s.Skipped, s.Problems)
		}
		snapshots = append(snapshots, s)
	}
	return snapshots, kubernetes.Join(catalog.Link(batches, catalog.LinkOptions{}), snapshots, kubernetes.JoinOptions{Now: now})
}

// The clusters show the faults that README.md promises.
func TestFleetShowsEveryFault(t *testing.T) {
	_, f := fleet(t)
	got := map[string]bool{}
	for _, x := range f.Findings {
		got[x.Cluster+" "+x.Rule] = true
	}
	for _, want := range []string{
		"eu-1 container-crash-loop", "eu-1 resource-not-ready", "eu-1 rollout-paused", "us-1 route-not-accepted", "us-1 scaledobject-fallback", "eu-1 cronjob-missed", "eu-1 hpa-at-max", "eu-1 hpa-disabled", "eu-1 pdb-blocks-drain",
		"eu-1 scaled-to-zero", "eu-1 service-no-pods", "eu-1 workload-unavailable",
		"eu-2 container-config-error", "eu-2 container-crash-loop", "eu-2 hpa-inactive", "eu-2 image-pull-failed", "eu-2 pod-node-lost",
		"eu-2 pod-not-ready", "eu-2 pod-stuck-terminating", "eu-2 pod-unschedulable", "eu-2 pvc-pending", "eu-2 rollout-stuck",
		"eu-2 service-no-ready-pods", "eu-2 workload-degraded", "eu-2 workload-unavailable",
		"us-1 container-create-error", "us-1 container-oom-killed", "us-1 container-restarts", "us-1 cronjob-last-failed", "us-1 cronjob-overrun",
		"us-1 hpa-at-limit", "us-1 hpa-near-max", "us-1 hpa-target-missing", "us-1 ingress-backend-missing", "us-1 job-failed", "us-1 pod-evicted",
		"us-1 quota-near-limit",
	} {
		if !got[want] {
			t.Errorf("there is no finding %q", want)
		}
	}
	if len(f.Shared) == 0 {
		t.Error("no cause is shared by several services")
	}
	if len(f.Unclaimed) == 0 {
		t.Error("every workload is claimed")
	}
	health := map[string]kubernetes.Health{}
	for _, s := range f.Services {
		health[strings.TrimPrefix(s.Ref, "component:default/")] = s.Health
	}
	for name, want := range map[string]kubernetes.Health{
		"receipt-mailer": kubernetes.Down, "playback-session": kubernetes.Degraded, "web-player": kubernetes.Progressing,
		"concert-embed": kubernetes.Suspended, "device-registry": kubernetes.Healthy, "loudness-probe": kubernetes.Unknown,
	} {
		if health[name] != want {
			t.Errorf("%s is %q, want %q", name, health[name], want)
		}
	}
}

// Where real objects hold secrets the dumps hold canaries: none gets into the
// state or the model.
func TestNoCanary(t *testing.T) {
	dumps := 0
	for _, name := range glob(t, "clusters/*/*.yaml") {
		dumps += bytes.Count(read(t, name), []byte("canary-"))
	}
	if dumps == 0 {
		t.Fatal("the dumps hold no canaries")
	}
	snapshots, f := fleet(t)
	data, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	look := func(what string, data []byte) {
		if i := bytes.Index(data, []byte("canary")); i >= 0 {
			t.Errorf("%s: ...%s...", what, data[max(0, i-60):min(len(data), i+60)])
		}
	}
	look("fleet", data)
	for _, s := range snapshots {
		var buf bytes.Buffer
		if err := kubernetes.WriteSnapshot(&buf, s); err != nil {
			t.Fatal(err)
		}
		back, err := kubernetes.ReadSnapshot(&buf)
		if err != nil {
			t.Fatal(err)
		}
		data, err := json.Marshal(back)
		if err != nil {
			t.Fatal(err)
		}
		look("snapshot of "+s.Info.Name, data)
	}
}

// Everything that check finds in the whole example is what README.md names.
func TestOnlyDeliberateSlips(t *testing.T) {
	pages, err := fs.Sub(content.FS, "pages")
	if err != nil {
		t.Fatal(err)
	}
	r, err := generator.New(generator.Options{
		Title: "Ondavia", State: t.TempDir(), Content: pages, ContentName: "pages",
		Repos: []repos.Spec{{Dir: "repos/*"}}, Base: ".", Clock: func() time.Time { return now },
	}).Check(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, d := range r.Diagnostics {
		// The lists of what is broken exist only in a built portal.
		list := strings.Contains(d.Message, `"/broken/"`) || strings.Contains(d.Message, `"/scaling/"`) || strings.Contains(d.Message, `"/build/`)
		if d.Severity > diag.Info && !list {
			got = append(got, d.Pos.File+" "+d.Rule)
		}
	}
	want := []string{"repos/playback-session/docs/operate/capacity.md broken-link", "repos/royalties/catalog-info.yaml unknown-owner"}
	if !slices.Equal(got, want) {
		t.Errorf("check found %q, want %q", got, want)
	}
}
