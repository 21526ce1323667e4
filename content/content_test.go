package content_test

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"path"
	"slices"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	metricsv1beta1 "k8s.io/metrics/pkg/apis/metrics/v1beta1"

	"github.com/portolan-dev/portolan/content"
	"github.com/portolan-dev/portolan/sources/apis"
	"github.com/portolan-dev/portolan/sources/catalog"
	"github.com/portolan-dev/portolan/sources/diag"
	"github.com/portolan-dev/portolan/sources/repos"
	"github.com/portolan-dev/portolan/sources/yamldoc"
)

// kinds are the types that dumps may hold, by kind and apiVersion.
var kinds = map[string]func() any{
	"Deployment apps/v1":                     func() any { return &appsv1.Deployment{} },
	"ReplicaSet apps/v1":                     func() any { return &appsv1.ReplicaSet{} },
	"StatefulSet apps/v1":                    func() any { return &appsv1.StatefulSet{} },
	"DaemonSet apps/v1":                      func() any { return &appsv1.DaemonSet{} },
	"Pod v1":                                 func() any { return &corev1.Pod{} },
	"Service v1":                             func() any { return &corev1.Service{} },
	"PersistentVolumeClaim v1":               func() any { return &corev1.PersistentVolumeClaim{} },
	"ResourceQuota v1":                       func() any { return &corev1.ResourceQuota{} },
	"Job batch/v1":                           func() any { return &batchv1.Job{} },
	"CronJob batch/v1":                       func() any { return &batchv1.CronJob{} },
	"HorizontalPodAutoscaler autoscaling/v2": func() any { return &autoscalingv2.HorizontalPodAutoscaler{} },
	"Ingress networking.k8s.io/v1":           func() any { return &networkingv1.Ingress{} },
	"PodDisruptionBudget policy/v1":          func() any { return &policyv1.PodDisruptionBudget{} },
	"PodMetrics metrics.k8s.io/v1beta1":      func() any { return &metricsv1beta1.PodMetrics{} },
}

// custom are the custom resources that dumps hold.
var custom = map[string]bool{
	"Rollout argoproj.io/v1alpha1":           true,
	"Certificate cert-manager.io/v1":         true,
	"HTTPRoute gateway.networking.k8s.io/v1": true,
	"ScaledObject keda.sh/v1alpha1":          true,
}

// Every object of every dump decodes into its type with no field left over.
func TestDumpsAreRealObjects(t *testing.T) {
	seen := map[string]int{}
	for _, name := range glob(t, "clusters/*/*.yaml") {
		if path.Base(name) == "cluster.yaml" {
			continue
		}
		node, yerr := yamldoc.ParseOne(read(t, name), yamldoc.Limits{Bytes: 64 << 20, Nodes: 10_000_000})
		if yerr != nil {
			t.Fatalf("%s: %v", name, yerr)
		}
		if k := node.Get("kind").Str(); k != "List" {
			t.Errorf("%s: kind is %q, want List", name, k)
			continue
		}
		for _, item := range node.Get("items").Items {
			what := item.Get("kind").Str() + " " + item.Get("apiVersion").Str()
			if custom[what] {
				seen[what]++
				continue // there is no type to decode it into
			}
			blank, ok := kinds[what]
			if !ok {
				t.Errorf("%s:%d: a %s is not expected", name, item.Line, what)
				continue
			}
			seen[what]++
			dec := json.NewDecoder(bytes.NewReader(item.AppendJSON(nil)))
			dec.DisallowUnknownFields()
			if err := dec.Decode(blank()); err != nil {
				t.Errorf("%s:%d: %s %s: %v", name, item.Line, what, item.Get("metadata", "name").Str(), err)
			}
		}
	}
	for what := range kinds {
		if seen[what] == 0 {
			t.Errorf("no dump holds a %s", what)
		}
	}
}

// The catalog shows every kind, everything in it is accepted, and what is wrong
// is what README.md says is wrong.
func TestCatalog(t *testing.T) {
	found, ds, err := repos.Read(t.Context(), []repos.Spec{{Dir: "repos/*"}}, repos.Options{Base: "."})
	if err != nil || len(ds) > 0 {
		t.Fatalf("repos: %v, %v", err, ds)
	}
	var batches []*catalog.Batch
	for _, r := range found {
		batches = append(batches, catalog.Read(r, catalog.ReadOptions{}))
	}
	cat := catalog.Link(batches, catalog.LinkOptions{})
	var got []string
	for _, d := range cat.Diagnostics {
		if d.Severity > diag.Info {
			got = append(got, d.Pos.File+" "+d.Rule)
		}
	}
	want := []string{"repos/royalties/catalog-info.yaml unknown-owner"}
	if !slices.Equal(got, want) {
		t.Errorf("diagnostics are %q, want %q", got, want)
	}
	for _, kind := range []string{"Component", "API", "Resource", "System", "Domain", "Group", "User", "Location", "Template"} {
		if len(cat.OfKind(kind)) < 2 {
			t.Errorf("the catalog has %d of kind %s, want at least 2", len(cat.OfKind(kind)), kind)
		}
	}
	formats := map[string]bool{}
	for _, e := range cat.OfKind("API") {
		def := apis.Parse(e)
		formats[def.Format+" "+def.Version] = true
		for _, d := range def.Diagnostics {
			t.Errorf("%s: %v", e.Ref, d)
		}
		if len(def.Groups) == 0 {
			t.Errorf("%s has no operations", e.Ref)
		}
	}
	for _, f := range []string{"openapi 3.1.0", "openapi 3.0.3", "openapi 2.0", "asyncapi 2.6.0", "asyncapi 3.0.0", "graphql ", "grpc proto3"} {
		if !formats[f] {
			t.Errorf("no API is of format %q; there are %v", f, formats)
		}
	}
}

// The example never names a host that could exist, except those of specifications.
func TestNoRealHosts(t *testing.T) {
	allowed := []string{".example", "localhost", "127.0.0.1", "github.com/portolan-dev", "www.w3.org"}
	err := fs.WalkDir(content.FS, "repos", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || strings.HasPrefix(name, "repos/portolan/") {
			return err
		}
		for _, line := range strings.Split(string(read(t, name)), "\n") {
			for _, scheme := range []string{"https://", "http://"} {
				for rest := line; ; {
					_, after, ok := strings.Cut(rest, scheme)
					if !ok {
						break
					}
					host := strings.FieldsFunc(after, func(r rune) bool { return strings.ContainsRune(" /\"'`)>]", r) })
					if first := append(host, "")[0]; !allowedHost(first, after, allowed) {
						t.Errorf("%s: %s%s", name, scheme, first)
					}
					rest = after
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func allowedHost(host, rest string, allowed []string) bool {
	host, _, _ = strings.Cut(host, ":")
	for _, a := range allowed {
		if strings.HasSuffix(host, a) || strings.HasPrefix(rest, a) {
			return true
		}
	}
	return false
}

func glob(t *testing.T, pattern string) []string {
	t.Helper()
	names, err := fs.Glob(content.FS, pattern)
	if err != nil || len(names) == 0 {
		t.Fatalf("%s: %d files, %v", pattern, len(names), err)
	}
	return names
}

func read(t *testing.T, name string) []byte {
	t.Helper()
	data, err := fs.ReadFile(content.FS, name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
