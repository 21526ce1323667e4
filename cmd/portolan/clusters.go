package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/portolan-dev/portolan/cmd/portolan/config"
	"github.com/portolan-dev/portolan/generator"
	"github.com/portolan-dev/portolan/generator/publish/bucket"
	"github.com/portolan-dev/portolan/sources"
	"github.com/portolan-dev/portolan/sources/kubernetes"
	"github.com/portolan-dev/portolan/sources/kubernetes/cluster"
)

// clusters turns the clusters of the configuration into what a build reads.
func clusters(c *config.Config, env func(string) (string, bool), clock func() time.Time) ([]generator.Cluster, error) {
	var out []generator.Cluster
	for _, cl := range c.Kubernetes.Clusters {
		info := kubernetes.ClusterInfo{
			Name: cl.Name, Title: cl.Title, Region: cl.Region, Environment: cl.Environment, Labels: cl.Labels,
			Context: cl.KubectlContext, Include: cl.Namespaces,
		}
		switch {
		case cl.Dump != "":
			out = append(out, dump{info, c.Path(cl.Dump), clock})
		case cl.Snapshot != "":
			if bucket.IsRemote(cl.Snapshot) {
				out = append(out, snapshotObject{info, cl.Snapshot, time.Duration(cl.Timeout)})
				continue
			}
			if strings.Contains(cl.Snapshot, "://") && !strings.HasPrefix(cl.Snapshot, "file://") {
				return nil, usagef("%s:%d:%d: the snapshot of cluster %s is %q, expected a file or an address that begins with s3://, gs:// or azblob://", c.File, cl.Line, cl.Column, cl.Name, cl.Snapshot)
			}
			out = append(out, snapshotFile{info, c.Path(strings.TrimPrefix(cl.Snapshot, "file://"))})
		default:
			cfg := cluster.Config{
				Info: info, InCluster: cl.InCluster, Kubeconfig: c.Path(cl.Kubeconfig), Context: cl.Context,
				Timeout: time.Duration(cl.Timeout), QPS: float32(cl.QPS), NoMetrics: cl.Metrics == "off", Clock: clock,
			}
			if s := cl.Server; s != nil {
				cfg.Server = &cluster.Server{
					URL: s.URL, CAFile: c.Path(s.CAFile), TokenFile: c.Path(s.TokenFile),
					CertFile: c.Path(s.CertFile), KeyFile: c.Path(s.KeyFile), Insecure: s.SkipTLS,
				}
				if s.TokenEnv != "" {
					token, ok := env(s.TokenEnv)
					if !ok || token == "" {
						return nil, usagef("%s:%d:%d: cluster %s needs the environment variable %s, which is not set", c.File, cl.Line, cl.Column, cl.Name, s.TokenEnv)
					}
					cfg.Server.Token = token
				}
			}
			out = append(out, live{cfg})
		}
	}
	return out, nil
}

// live is a cluster that is asked itself.
type live struct{ cfg cluster.Config }

func (l live) Info() kubernetes.ClusterInfo { return l.cfg.Info }
func (live) Local() bool                    { return false }
func (l live) Read(ctx context.Context) (*kubernetes.Snapshot, error) {
	return cluster.Read(ctx, l.cfg)
}

// dump is a folder of objects that kubectl printed.
type dump struct {
	info  kubernetes.ClusterInfo
	dir   string
	clock func() time.Time
}

func (d dump) Info() kubernetes.ClusterInfo { return d.info }
func (dump) Local() bool                    { return true }
func (d dump) Read(context.Context) (*kubernetes.Snapshot, error) {
	root, err := os.OpenRoot(d.dir)
	if err != nil {
		return nil, fmt.Errorf("open the dump: %w", err)
	}
	defer func() { _ = root.Close() }() // only read
	return kubernetes.ReadDump(d.info, root.FS(), d.clock().UTC())
}

// snapshotFile is a file that `portolan snapshot` wrote, here or elsewhere.
type snapshotFile struct {
	info kubernetes.ClusterInfo
	file string
}

func (s snapshotFile) Info() kubernetes.ClusterInfo { return s.info }
func (snapshotFile) Local() bool                    { return true }
func (s snapshotFile) Read(context.Context) (*kubernetes.Snapshot, error) {
	f, err := os.Open(s.file)
	if err != nil {
		return nil, fmt.Errorf("open the snapshot: %w", err)
	}
	defer func() { _ = f.Close() }() // only read
	snap, err := kubernetes.ReadSnapshot(f)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", filepath.Base(s.file), err)
	}
	return adopt(snap, s.info), nil
}

// snapshotObject is such a file in object storage.
type snapshotObject struct {
	info    kubernetes.ClusterInfo
	address string
	timeout time.Duration
}

// maxSnapshot bounds what is read of an object; kubernetes.ReadSnapshot bounds
// what it unpacks to.
const maxSnapshot = 128 << 20

func (s snapshotObject) Info() kubernetes.ClusterInfo { return s.info }
func (snapshotObject) Local() bool                    { return false }
func (s snapshotObject) Read(ctx context.Context) (*kubernetes.Snapshot, error) {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	data, err := bucket.ReadObject(ctx, s.address, maxSnapshot)
	if err != nil {
		return nil, fmt.Errorf("fetch %s: %w", publicAddress(s.address), err)
	}
	snap, err := kubernetes.ReadSnapshot(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", publicAddress(s.address), err)
	}
	return adopt(snap, s.info), nil
}

// adopt gives a snapshot the name that the configuration has for it: the one
// who reads it decides what the cluster is called here.
func adopt(snap *kubernetes.Snapshot, info kubernetes.ClusterInfo) *kubernetes.Snapshot {
	snap.Info = info
	if snap.Freshness.State == "" {
		snap.Freshness = sources.Freshness{State: sources.Fresh, ObservedAt: snap.TakenAt}
	}
	return snap
}
