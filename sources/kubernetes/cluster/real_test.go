package cluster

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/portolan-dev/portolan/sources/kubernetes"
)

// bench starts real API servers, filled with a small deterministic world, and
// returns the folder with the kubeconfigs. The first start on a machine builds
// them, which takes minutes: a machine that has not built them yet skips,
// except on CI.
func bench(t *testing.T) string {
	t.Helper()
	shared := os.Getenv("PORTOLAN_SHARED")
	if shared == "" {
		shared = filepath.Join("..", "..", "..", "..", "shared")
	}
	tool, err := filepath.Abs(filepath.Join(shared, "kubebench"))
	if err != nil {
		t.Fatal(err)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	built := filepath.Join(cache, "kubebench", "bin")
	onCI := os.Getenv("CI") != ""
	if _, err := os.Stat(filepath.Join(tool, "up.sh")); err != nil {
		if onCI {
			t.Fatalf("no real API servers: %v", err)
		}
		t.Skipf("no real API servers: %v", err)
	}
	if _, err := os.Stat(filepath.Join(built, "controlplane")); err != nil && !onCI {
		t.Skip("real API servers were not built on this machine yet; kubebench/build.sh does it, in some minutes")
	}
	if testing.Short() && !onCI {
		t.Skip("real API servers are not started in short mode")
	}
	home := t.TempDir()
	env := append(os.Environ(), "KUBEBENCH_HOME="+home)
	if err := os.MkdirAll(filepath.Join(home), 0o755); err != nil {
		t.Fatal(err)
	}
	run := func(name string, args ...string) {
		cmd := exec.CommandContext(t.Context(), filepath.Join(tool, name), args...)
		cmd.Env = env
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s %v: %v\n%s", name, args, err, out)
		}
	}
	// The programs are built once in the user's cache and used from there.
	build := exec.CommandContext(t.Context(), filepath.Join(tool, "build.sh"))
	build.Env = slices.DeleteFunc(os.Environ(), func(s string) bool { return strings.HasPrefix(s, "KUBEBENCH_HOME=") })
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build the API servers: %v\n%s", err, out)
	}
	if err := os.Symlink(built, filepath.Join(home, "bin")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		down := exec.Command(filepath.Join(tool, "down.sh"), "--wipe")
		down.Env = env
		if out, err := down.CombinedOutput(); err != nil {
			t.Logf("stop the API servers: %v\n%s", err, out)
		}
	})
	run("up.sh", "2", "-load", "-services", "40", "-pods", "900", "-seed", "1", "-truth", filepath.Join(home, "truth.json"))
	return home
}

func real(t *testing.T, home, file, context string, namespaces ...string) (*kubernetes.Snapshot, error) {
	t.Helper()
	return Read(t.Context(), Config{
		Info: kubernetes.ClusterInfo{Name: context, Include: namespaces}, Kubeconfig: filepath.Join(home, file), Context: context,
		QPS: 200, PageSize: 100, Timeout: 60 * time.Second,
	})
}

func TestRealAPIServers(t *testing.T) {
	home := bench(t)

	t.Run("reader", func(t *testing.T) {
		total := 0
		for _, name := range []string{"eu-1", "us-1"} {
			s, err := real(t, home, "kubeconfig.reader", name)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			total += len(s.Pods)
			if s.Version == "" || len(s.Workloads) == 0 || len(s.ReplicaSets) == 0 || len(s.Scalers) == 0 || len(s.CronJobs) == 0 {
				t.Errorf("%s: got version %q, %d workloads, %d ReplicaSets, %d autoscalers, %d CronJobs", name, s.Version, len(s.Workloads), len(s.ReplicaSets), len(s.Scalers), len(s.CronJobs))
			}
			for _, c := range s.Coverage {
				// The reader account may not list claims, which is how a missing
				// permission looks beside everything else that is there.
				want := stateOK
				if c.Type == "persistentvolumeclaims" {
					want = stateForbidden
				}
				if c.State != want && c.State != stateAbsent {
					t.Errorf("%s: coverage %+v", name, c)
				}
			}
			if c := coverage(s, "pods"); c.Pages < 2 {
				t.Errorf("%s: %d pods came in %d pages of 100", name, c.Count, c.Pages)
			}
		}
		if total < 900 {
			t.Errorf("got %d pods in both clusters, want the 900 of the services at least", total)
		}
	})

	t.Run("three namespaces", func(t *testing.T) {
		if _, err := real(t, home, "kubeconfig.three-namespaces", "eu-1"); err == nil || !strings.Contains(err.Error(), "portolan rbac") {
			t.Errorf("listing the whole cluster: got %v, want the hint to the role", err)
		}
		s, err := real(t, home, "kubeconfig.three-namespaces", "eu-1", "team-001", "team-002", "team-003", "team-004")
		if err != nil {
			t.Fatal(err)
		}
		if c := coverage(s, "pods"); c.State != statePartial || !slices.Equal(c.DeniedNamespaces, []string{"team-004"}) {
			t.Errorf("coverage of pods = %+v, want partial without team-004", c)
		}
		for _, p := range s.Pods {
			if !strings.HasPrefix(p.Namespace, "team-00") {
				t.Errorf("a pod of namespace %s was read", p.Namespace)
			}
		}
	})

	t.Run("no autoscalers", func(t *testing.T) {
		s, err := real(t, home, "kubeconfig.no-hpa", "eu-1")
		if err != nil {
			t.Fatal(err)
		}
		if c := coverage(s, "horizontalpodautoscalers"); c.State != stateForbidden || c.Rule == "" {
			t.Errorf("coverage of autoscalers = %+v, want forbidden with the rule to add", c)
		}
		if len(s.Pods) == 0 {
			t.Error("no pods were read")
		}
	})

	t.Run("broken", func(t *testing.T) {
		for context, want := range map[string]string{
			"connection-refused": "unreachable: connection refused",
			"unknown-host":       "unreachable: the name of the API server cannot be found",
			"wrong-ca":           "tls: the certificate of the API server cannot be trusted",
			"bad-token":          "auth-failed: the API server does not accept the credential (401)",
			"forbidden":          "no permission to list anything; name the namespaces that may be read, or add the role that `portolan rbac` prints",
		} {
			_, err := real(t, home, "kubeconfig.broken", context)
			if err == nil || err.Error() != want {
				t.Errorf("%s: got %v, want %s", context, err, want)
			}
		}
	})
}
