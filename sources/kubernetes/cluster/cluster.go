// Package cluster reads the state of one live cluster. It is the only package
// that talks to API servers.
//
//	kubeconfig, service account -> connection -> discovery
//	  -> for each type: list, page by page -> Collector.Add -> page dropped
//	  -> Snapshot
//
// The number of requests depends on the number of types and pages alone, never
// on the number of services. Only the verb list is used, and Secrets and
// ConfigMaps are never asked for. What cannot be listed is named in the
// snapshot's coverage, with the permission that is missing; only a cluster from
// which nothing can be had is an error.
package cluster

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"time"

	"golang.org/x/sync/errgroup"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/portolan-dev/portolan/sources/kubernetes"
)

// A Config says which cluster to read, and how. Exactly one of InCluster,
// Server and a kubeconfig (the default) is used.
type Config struct {
	Info kubernetes.ClusterInfo

	InCluster  bool
	Server     *Server
	Kubeconfig string // path; empty: $KUBECONFIG, else ~/.kube/config
	Context    string // empty: the current one

	// Timeout bounds the whole cluster, RequestTimeout one request. The
	// defaults are 120 and 30 seconds.
	Timeout        time.Duration
	RequestTimeout time.Duration

	QPS       float32 // requests a second; the default is 20, bursts are twice that
	PageSize  int64   // objects a page; the default is 500
	NoMetrics bool    // do not read metrics.k8s.io

	// Clock tells the time; nil is the system's.
	Clock func() time.Time
}

// A Server is an API server without a kubeconfig.
type Server struct {
	URL               string
	CAFile            string
	Token             string
	TokenFile         string // read again as it rotates
	CertFile, KeyFile string
	Insecure          bool
}

// concurrent is how many types of one cluster are listed at once.
const concurrent = 4

// Read lists everything that pages and rules need from the cluster. The error
// is safe to show: it holds no address and no credential.
func Read(ctx context.Context, cfg Config) (*kubernetes.Snapshot, error) {
	cfg = cfg.withDefaults()
	ctx, cancel := context.WithTimeout(ctx, cfg.Timeout)
	defer cancel()
	conn, err := connect(cfg)
	if err != nil {
		return nil, err
	}
	start := cfg.Clock()
	r := &reader{cfg: cfg, conn: conn, collector: kubernetes.NewCollector(cfg.Info)}
	if err := r.discover(ctx); err != nil {
		return nil, explain(ctx, err)
	}
	var g errgroup.Group
	g.SetLimit(concurrent)
	types := r.types()
	results := make([]outcome, len(types))
	for i, t := range types {
		g.Go(func() error {
			results[i] = r.list(ctx, t)
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	if err := verdict(ctx, results); err != nil {
		return nil, err
	}
	for _, res := range results {
		r.collector.SetCoverage(res.coverage)
	}
	r.collector.SetTimes(start, cfg.Clock().Sub(start))
	return r.collector.Snapshot(), nil
}

// verdict returns an error when nothing at all was read.
func verdict(ctx context.Context, results []outcome) error {
	var first error
	for _, res := range results {
		switch res.coverage.State {
		case stateOK, statePartial:
			return nil
		case stateAbsent:
		default:
			first = cmp.Or(first, res.err)
		}
	}
	if first == nil {
		return errors.New("the API server offers none of the types that are needed")
	}
	if isForbidden(first) {
		return errors.New("no permission to list anything; name the namespaces that may be read, or add the role that `portolan rbac` prints")
	}
	return explain(ctx, first)
}

func (c Config) withDefaults() Config {
	c.Timeout = cmp.Or(c.Timeout, 120*time.Second)
	c.RequestTimeout = cmp.Or(c.RequestTimeout, 30*time.Second)
	c.QPS = cmp.Or(c.QPS, 20)
	c.PageSize = cmp.Or(c.PageSize, 500)
	if c.Clock == nil {
		c.Clock = time.Now
	}
	return c
}

// A connection is one cluster's API server, by the three ways of reading it.
type connection struct {
	rest      *rest.Config
	http      *http.Client
	discovery *discovery.DiscoveryClient
	metadata  metadata.Interface
	dynamic   dynamic.Interface
}

func connect(cfg Config) (*connection, error) {
	rc, err := restConfig(cfg)
	if err != nil {
		return nil, err
	}
	rc.QPS, rc.Burst = cfg.QPS, int(2*cfg.QPS)
	rc.Timeout = cfg.RequestTimeout
	rc.UserAgent = "portolan"
	rc.WarningHandler = rest.NoWarnings{}
	client, err := rest.HTTPClientFor(rc)
	if err != nil {
		return nil, fmt.Errorf("the credentials of the kubeconfig cannot be used: %w", scrubbed(err))
	}
	// A redirect would carry the credential to wherever the answer says.
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	c := &connection{rest: rc, http: client}
	if c.discovery, err = discovery.NewDiscoveryClientForConfigAndClient(rc, client); err != nil {
		return nil, fmt.Errorf("connect: %w", scrubbed(err))
	}
	meta := metadata.ConfigFor(rc)
	if c.metadata, err = metadata.NewForConfigAndClient(meta, client); err != nil {
		return nil, fmt.Errorf("connect: %w", scrubbed(err))
	}
	if c.dynamic, err = dynamic.NewForConfigAndClient(dynamic.ConfigFor(rc), client); err != nil {
		return nil, fmt.Errorf("connect: %w", scrubbed(err))
	}
	return c, nil
}

func restConfig(cfg Config) (*rest.Config, error) {
	switch {
	case cfg.InCluster:
		rc, err := rest.InClusterConfig()
		if err != nil {
			return nil, errors.New("inCluster is set, but this is no pod with a service account")
		}
		return rc, nil
	case cfg.Server != nil:
		s := cfg.Server
		return &rest.Config{
			Host: s.URL, BearerToken: s.Token, BearerTokenFile: s.TokenFile,
			TLSClientConfig: rest.TLSClientConfig{CAFile: s.CAFile, CertFile: s.CertFile, KeyFile: s.KeyFile, Insecure: s.Insecure},
		}, nil
	}
	rules := clientcmd.NewDefaultClientConfigLoadingRules()
	if cfg.Kubeconfig != "" {
		if _, err := os.Stat(cfg.Kubeconfig); err != nil {
			return nil, fmt.Errorf("the kubeconfig cannot be read: %w", err)
		}
		rules.ExplicitPath = cfg.Kubeconfig
	}
	loaded := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(rules, &clientcmd.ConfigOverrides{CurrentContext: cfg.Context})
	if raw, err := loaded.RawConfig(); err == nil && cfg.Context != "" && raw.Contexts[cfg.Context] == nil {
		return nil, fmt.Errorf("the kubeconfig has no context %q", cfg.Context)
	}
	rc, err := loaded.ClientConfig()
	if err != nil {
		return nil, fmt.Errorf("the kubeconfig cannot be used: %w", scrubbed(err))
	}
	return rc, nil
}
