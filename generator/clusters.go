package generator

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/portolan-dev/portolan/sources"
	"github.com/portolan-dev/portolan/sources/kubernetes"
)

// readClusters reads all clusters side by side. A cluster that cannot be read
// contributes its last good snapshot, marked stale with the reason, or an empty
// one marked failed; it never ends the build, unless ctx ends. previous holds
// the snapshots that an earlier build kept, for rules that compare two samples.
func (b *Builder) readClusters(ctx context.Context) (snapshots, previous []*kubernetes.Snapshot, err error) {
	const phase = "clusters"
	if len(b.opt.Clusters) == 0 {
		return nil, nil, nil
	}
	b.progress.Start(phase, len(b.opt.Clusters))
	// Clusters are waited for, not computed: all of them at once.
	type samples struct{ now, before *kubernetes.Snapshot }
	read, err := parMap(ctx, len(b.opt.Clusters), b.opt.Clusters, func(ctx context.Context, c Cluster) (samples, error) {
		last := b.lastGood(c.Info())
		s := b.readCluster(ctx, c, last)
		b.progress.Step(phase, s.Info.Name)
		return samples{s, last}, ctx.Err()
	})
	if err != nil {
		return nil, nil, fmt.Errorf("read clusters: %w", err)
	}
	fresh := 0
	for _, s := range read {
		snapshots = append(snapshots, s.now)
		if s.now.Freshness.State == sources.Fresh {
			fresh++
		}
		// A sample of the same moment says nothing new.
		if s.before != nil && s.before.TakenAt.Before(s.now.TakenAt) {
			previous = append(previous, s.before)
		}
	}
	b.progress.Done(phase, fmt.Sprintf("%d of %d read", fresh, len(read)))
	return snapshots, previous, nil
}

// lastGood returns the state of a cluster that an earlier build kept, or nil.
func (b *Builder) lastGood(info kubernetes.ClusterInfo) *kubernetes.Snapshot {
	last, err := loadSnapshot(b.snapshotFile(info.Name))
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			b.log.Warn("the last good state of a cluster cannot be used", "cluster", info.Name, "reason", err)
		}
		return nil
	}
	// The configuration may have changed its words for the cluster since.
	last.Info = info
	return last
}

func (b *Builder) readCluster(ctx context.Context, c Cluster, last *kubernetes.Snapshot) *kubernetes.Snapshot {
	info := c.Info()
	var err error
	if b.opt.Offline && !c.Local() {
		err = errors.New("not asked: this build is offline")
	} else {
		var s *kubernetes.Snapshot
		if s, err = c.Read(ctx); err == nil {
			if last != nil {
				// A type that could not be listed this time keeps what it had.
				s = s.CarryOver(last)
			}
			if serr := saveSnapshot(b.snapshotFile(info.Name), s); serr != nil {
				b.log.Warn("the state of a cluster cannot be kept for later", "cluster", info.Name, "reason", serr)
			}
			return s
		}
	}
	reason := err.Error()
	b.log.Warn("a cluster cannot be read", "cluster", info.Name, "reason", reason)
	if last == nil {
		return &kubernetes.Snapshot{Info: info, Freshness: sources.Freshness{State: sources.Failed, Reason: reason}}
	}
	stale := *last
	stale.Freshness = sources.Freshness{State: sources.Stale, ObservedAt: last.TakenAt, Reason: reason}
	return &stale
}

// remember adds the fleet to the history of earlier builds and returns it. A
// history that cannot be read or kept costs only what it would have told.
func (b *Builder) remember(f *kubernetes.Fleet) *kubernetes.History {
	file := filepath.Join(b.opt.State, "history")
	h := kubernetes.NewHistory()
	if old, err := os.Open(file); err == nil {
		read, err := kubernetes.ReadHistory(old)
		if err = errors.Join(err, old.Close()); err != nil {
			b.log.Warn("the history of earlier builds cannot be used", "reason", err)
		} else {
			h = read
		}
	}
	h.Add(f)
	var buf bytes.Buffer
	err := kubernetes.WriteHistory(&buf, h)
	if err == nil {
		err = replaceFile(file, buf.Bytes())
	}
	if err != nil {
		b.log.Warn("the history cannot be kept", "reason", err)
	}
	return h
}

func (b *Builder) snapshotFile(cluster string) string {
	return filepath.Join(b.opt.State, "clusters", cluster+".snapshot")
}

func saveSnapshot(file string, s *kubernetes.Snapshot) error {
	var buf bytes.Buffer
	if err := kubernetes.WriteSnapshot(&buf, s); err != nil {
		return err
	}
	if old, err := os.ReadFile(file); err == nil && bytes.Equal(old, buf.Bytes()) {
		return nil
	}
	return replaceFile(file, buf.Bytes())
}

func loadSnapshot(file string) (*kubernetes.Snapshot, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // only read
	return kubernetes.ReadSnapshot(f)
}

// replaceFile writes a file as a whole: after a crash it is the old or the new one.
func replaceFile(name string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(name), ".new-*")
	if err != nil {
		return err
	}
	_, err = tmp.Write(data)
	err = errors.Join(err, tmp.Sync(), tmp.Close())
	if err == nil {
		err = os.Rename(tmp.Name(), name)
	}
	if err != nil {
		return errors.Join(err, os.Remove(tmp.Name()))
	}
	return nil
}
