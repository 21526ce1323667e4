package cluster

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/portolan-dev/portolan/sources/kubernetes"
)

// A fakeServer answers like an API server with the given lists, and records
// what it was asked.
type fakeServer struct {
	*httptest.Server
	mu       sync.Mutex
	requests []string
	answers  map[string]http.HandlerFunc // by path, before the lists
	lists    map[string][]map[string]any // by path: "/api/v1/pods"
	kinds    map[string]string
	pageSize int
}

func newFakeServer(t *testing.T) *fakeServer {
	f := &fakeServer{answers: map[string]http.HandlerFunc{}, lists: map[string][]map[string]any{}, pageSize: 2, kinds: map[string]string{
		"/api/v1/pods": "Pod", "/api/v1/services": "Service", "/apis/apps/v1/deployments": "Deployment", "/apis/apps/v1/replicasets": "ReplicaSet",
	}}
	f.Server = httptest.NewServer(http.HandlerFunc(f.serve))
	t.Cleanup(f.Close)
	return f
}

func (f *fakeServer) serve(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	f.requests = append(f.requests, r.Method+" "+r.URL.Path)
	f.mu.Unlock()
	if h, ok := f.answers[r.URL.Path]; ok {
		h(w, r)
		return
	}
	resource := func(name, kind string) map[string]any {
		return map[string]any{"name": name, "kind": kind, "namespaced": true, "verbs": []string{"list"}}
	}
	switch r.URL.Path {
	case "/version":
		reply(w, 200, map[string]any{"gitVersion": "v1.37.2"})
	case "/api":
		reply(w, 200, map[string]any{"kind": "APIVersions", "versions": []string{"v1"}})
	case "/apis":
		reply(w, 200, map[string]any{"kind": "APIGroupList", "groups": []any{map[string]any{"name": "apps", "versions": []any{map[string]any{"groupVersion": "apps/v1", "version": "v1"}}, "preferredVersion": map[string]any{"groupVersion": "apps/v1", "version": "v1"}}}})
	case "/api/v1":
		reply(w, 200, map[string]any{"kind": "APIResourceList", "groupVersion": "v1", "resources": []any{resource("pods", "Pod"), resource("services", "Service")}})
	case "/apis/apps/v1":
		reply(w, 200, map[string]any{"kind": "APIResourceList", "groupVersion": "apps/v1", "resources": []any{resource("deployments", "Deployment"), resource("replicasets", "ReplicaSet")}})
	default:
		f.list(w, r)
	}
}

func (f *fakeServer) list(w http.ResponseWriter, r *http.Request) {
	kind, ok := f.kinds[r.URL.Path]
	if !ok {
		reply(w, 404, status(404, "NotFound", "the server could not find the requested resource"))
		return
	}
	start := 0
	if c := r.URL.Query().Get("continue"); c != "" {
		if _, err := fmt.Sscanf(c, "at-%d", &start); err != nil {
			start = 0
		}
	}
	items := f.lists[r.URL.Path]
	end := min(len(items), start+f.pageSize)
	meta := map[string]any{"resourceVersion": "1"}
	if end < len(items) {
		meta["continue"] = fmt.Sprintf("at-%d", end)
	}
	version := "v1"
	if strings.HasPrefix(r.URL.Path, "/apis/apps/") {
		version = "apps/v1"
	}
	list := map[string]any{"kind": kind + "List", "apiVersion": version, "metadata": meta, "items": items[start:end]}
	if strings.Contains(r.Header.Get("Accept"), "PartialObjectMetadataList") {
		list["kind"], list["apiVersion"] = "PartialObjectMetadataList", "meta.k8s.io/v1"
	}
	reply(w, 200, list)
}

func reply(w http.ResponseWriter, code int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(v)
}

func status(code int, reason, message string) map[string]any {
	return map[string]any{"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code, "reason": reason, "message": message}
}

func refuse(code int, reason string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { reply(w, code, status(code, reason, reason)) }
}

func pods(n int) []map[string]any {
	var out []map[string]any
	for i := range n {
		out = append(out, map[string]any{"metadata": map[string]any{"name": fmt.Sprintf("p-%d", i), "namespace": "shop"}, "status": map[string]any{"phase": "Running"}})
	}
	return out
}

func (f *fakeServer) read(t *testing.T, info kubernetes.ClusterInfo) (*kubernetes.Snapshot, error) {
	t.Helper()
	info.Name = "alpha"
	return Read(t.Context(), Config{Info: info, Server: &Server{URL: f.URL}, QPS: 1000, Timeout: 20 * time.Second, Clock: func() time.Time { return time.Unix(1_700_000_000, 0) }})
}

func coverage(s *kubernetes.Snapshot, typ string) kubernetes.Coverage {
	i := slices.IndexFunc(s.Coverage, func(c kubernetes.Coverage) bool { return c.Type == typ })
	if i < 0 {
		return kubernetes.Coverage{}
	}
	return s.Coverage[i]
}

func TestRead(t *testing.T) {
	f := newFakeServer(t)
	f.lists["/api/v1/pods"] = pods(5)
	s, err := f.read(t, kubernetes.ClusterInfo{})
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Pods) != 5 || s.Version != "v1.37.2" {
		t.Errorf("got %d pods of %s, want 5 of v1.37.2", len(s.Pods), s.Version)
	}
	if c := coverage(s, "pods"); c.State != stateOK || c.Pages != 3 || c.Count != 5 {
		t.Errorf("coverage of pods = %+v, want 5 in 3 pages", c)
	}
	if c := coverage(s, "ingresses"); c.State != stateAbsent {
		t.Errorf("coverage of ingresses = %+v, want absent: discovery does not name them", c)
	}
	for _, r := range f.requests {
		if !strings.HasPrefix(r, "GET ") || strings.Contains(r, "secrets") || strings.Contains(r, "configmaps") {
			t.Errorf("the API server was asked %s", r)
		}
	}
}

func TestForbiddenTypeIsNamed(t *testing.T) {
	f := newFakeServer(t)
	f.lists["/api/v1/pods"] = pods(1)
	f.answers["/apis/apps/v1/deployments"] = refuse(403, "Forbidden")
	s, err := f.read(t, kubernetes.ClusterInfo{})
	if err != nil {
		t.Fatal(err)
	}
	c := coverage(s, "deployments")
	if c.State != stateForbidden || c.Rule != `- {apiGroups: ["apps"], resources: [deployments], verbs: [list]}` {
		t.Errorf("coverage of deployments = %+v", c)
	}
	if len(s.Pods) != 1 {
		t.Errorf("got %d pods, want 1", len(s.Pods))
	}
}

func TestNamespaces(t *testing.T) {
	f := newFakeServer(t)
	f.kinds["/api/v1/namespaces/a/pods"] = "Pod"
	f.lists["/api/v1/namespaces/a/pods"] = pods(1)
	f.answers["/api/v1/namespaces/b/pods"] = refuse(403, "Forbidden")
	s, err := f.read(t, kubernetes.ClusterInfo{Include: []string{"a", "b"}})
	if err != nil {
		t.Fatal(err)
	}
	if c := coverage(s, "pods"); c.State != statePartial || !slices.Equal(c.DeniedNamespaces, []string{"b"}) || c.Count != 1 {
		t.Errorf("coverage of pods = %+v, want partial without b", c)
	}
	if slices.Contains(f.requests, "GET /api/v1/pods") {
		t.Error("the whole cluster was listed although namespaces are named")
	}
}

func TestErrors(t *testing.T) {
	for name, tt := range map[string]struct {
		answer http.HandlerFunc
		want   string
	}{
		"401": {refuse(401, "Unauthorized"), "auth-failed: the API server does not accept the credential (401)"},
		"403": {refuse(403, "Forbidden"), "no permission to list anything; name the namespaces that may be read, or add the role that `portolan rbac` prints"},
		"redirects": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://127.0.0.1:1/x", http.StatusFound)
		}, ""},
		"login": {func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>sign in</html>")) }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFakeServer(t)
			for _, p := range []string{"/version", "/api", "/apis", "/api/v1", "/apis/apps/v1", "/api/v1/pods", "/api/v1/services", "/apis/apps/v1/deployments", "/apis/apps/v1/replicasets"} {
				f.answers[p] = tt.answer
			}
			if name == "403" {
				for p := range f.kinds {
					f.answers[p] = tt.answer
				}
				for _, typ := range listTypes {
					f.answers["/apis/"+typ.group+"/"+typ.versions[0].name+"/"+typ.resource] = tt.answer
					f.answers["/api/v1/"+typ.resource] = tt.answer
				}
			}
			_, err := f.read(t, kubernetes.ClusterInfo{})
			if err == nil {
				t.Fatal("no error")
			}
			if tt.want != "" && err.Error() != tt.want {
				t.Errorf("got %q, want %q", err, tt.want)
			}
			if strings.Contains(err.Error(), "127.0.0.1") {
				t.Errorf("the error names an address: %q", err)
			}
		})
	}
}

func TestUnreachable(t *testing.T) {
	_, err := Read(t.Context(), Config{Info: kubernetes.ClusterInfo{Name: "a"}, Server: &Server{URL: "https://127.0.0.1:1"}})
	if err == nil || err.Error() != "unreachable: connection refused" {
		t.Errorf("got %v", err)
	}
}

func TestTimeout(t *testing.T) {
	f := newFakeServer(t)
	block := make(chan struct{})
	t.Cleanup(func() { close(block) })
	f.answers["/api/v1/pods"] = func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-block:
		case <-r.Context().Done():
		}
	}
	start := time.Now()
	s, err := Read(context.Background(), Config{Info: kubernetes.ClusterInfo{Name: "a"}, Server: &Server{URL: f.URL}, Timeout: 700 * time.Millisecond, QPS: 1000})
	if err != nil {
		t.Fatalf("the other types were read, so there is a snapshot; got %v", err)
	}
	if c := coverage(s, "pods"); c.State != stateError || !strings.HasPrefix(c.Reason, "timeout:") {
		t.Errorf("coverage of pods = %+v", c)
	}
	if took := time.Since(start); took > 15*time.Second {
		t.Errorf("Read took %v", took)
	}
}

// A list that grew too old goes on with the token of the answer, and a server
// that gives the same token for ever does not hold the build.
func TestExpiredAndEndless(t *testing.T) {
	f := newFakeServer(t)
	calls := 0
	f.answers["/api/v1/pods"] = func(w http.ResponseWriter, r *http.Request) {
		calls++
		switch {
		case calls == 1:
			reply(w, 200, map[string]any{"kind": "PodList", "apiVersion": "v1", "metadata": map[string]any{"continue": "old"}, "items": pods(1)})
		case r.URL.Query().Get("continue") == "old":
			s := status(410, "Expired", "too old")
			s["metadata"] = map[string]any{"continue": "inconsistent"}
			reply(w, 410, s)
		default:
			reply(w, 200, map[string]any{"kind": "PodList", "apiVersion": "v1", "metadata": map[string]any{}, "items": pods(2)[1:]})
		}
	}
	f.answers["/api/v1/services"] = func(w http.ResponseWriter, _ *http.Request) {
		reply(w, 200, map[string]any{"kind": "ServiceList", "apiVersion": "v1", "metadata": map[string]any{"continue": "again"}, "items": []any{}})
	}
	s, err := f.read(t, kubernetes.ClusterInfo{})
	if err != nil {
		t.Fatal(err)
	}
	if c := coverage(s, "pods"); c.State != stateOK || c.Count != 2 || c.Reason == "" {
		t.Errorf("coverage of pods = %+v, want 2 and a note", c)
	}
	if c := coverage(s, "services"); c.State != stateError {
		t.Errorf("coverage of services = %+v, want an error", c)
	}
}

func TestServerErrorsAreTriedAgain(t *testing.T) {
	f := newFakeServer(t)
	f.lists["/api/v1/pods"] = pods(1)
	calls := 0
	f.answers["/api/v1/pods"] = func(w http.ResponseWriter, r *http.Request) {
		if calls++; calls < 3 {
			reply(w, 500, status(500, "InternalError", "etcd is busy"))
			return
		}
		f.list(w, r)
	}
	s, err := f.read(t, kubernetes.ClusterInfo{})
	if err != nil {
		t.Fatal(err)
	}
	if c := coverage(s, "pods"); c.State != stateOK || c.Count != 1 {
		t.Errorf("coverage of pods = %+v after two failures, want 1", c)
	}
}

func TestErrorsHoldNoSecrets(t *testing.T) {
	for in, bad := range map[string]string{
		`Get "https://10.0.0.1:6443/api?x=y": boom`:                            "10.0.0.1",
		`dial tcp [fe80::1]:6443: boom`:                                        "fe80",
		`token eyJhbGciOiJSUzI1NiIsImtpZCI6IjEyMzQ1Njc4OTAifQ.eyJpc3MiOiJr.x9`: "eyJ",
	} {
		if got := scrubbed(fmt.Errorf("%s", in)).Error(); strings.Contains(got, bad) {
			t.Errorf("scrubbed(%q) = %q still holds %q", in, got, bad)
		}
	}
}

func TestRole(t *testing.T) {
	for name, got := range map[string]string{"cluster": Role(), "namespaces": Role("a", "b")} {
		body := got[strings.Index(got, "\n")+1:] // the first line says what is not in it
		for _, bad := range []string{"secrets", "configmaps", "*"} {
			if strings.Contains(body, bad) {
				t.Errorf("%s: the role holds %q:\n%s", name, bad, got)
			}
		}
		if strings.Count(body, "verbs:") != strings.Count(body, "verbs: [list]") {
			t.Errorf("%s: the role has a verb other than list:\n%s", name, got)
		}
	}
	if got := Role("a", "b"); strings.Contains(got, "ClusterRole") {
		t.Errorf("with namespaces there is a ClusterRole:\n%s", got)
	}
}
