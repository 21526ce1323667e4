package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/portolan-dev/portolan/generator"
	"github.com/portolan-dev/portolan/generator/publish"
	"github.com/portolan-dev/portolan/generator/publish/bucket"
	"github.com/portolan-dev/portolan/sources/diag"
	"github.com/portolan-dev/portolan/sources/kubernetes"
)

func (a *app) snapshotCommand() *cobra.Command {
	var names []string
	var output string
	cmd := &cobra.Command{
		Use:   "snapshot",
		Short: "Read clusters and write their state to files that a later build reads",
		Long: "Each snapshot is one compressed file without secrets. With one cluster, --output is that file;\n" +
			"with several, it is a folder. A build reads it as a cluster of type snapshot. Both may be in object\n" +
			"storage: s3://BUCKET/FILE?region=REGION, gs://BUCKET/FILE, azblob://CONTAINER/FILE?storage_account=ACCOUNT.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.load()
			if err != nil {
				return err
			}
			opt, err := a.options(c)
			if err != nil {
				return err
			}
			// Memory is what a job in a cluster pays for: a third less of it for an
			// eighth more of processor time.
			if _, set := a.env("GOGC"); !set {
				debug.SetGCPercent(60)
			}
			chosen, err := choose(opt.Clusters, names)
			if err != nil {
				return err
			}
			if output == "" {
				output = filepath.Join(opt.State, "snapshots")
			}
			output = strings.TrimPrefix(output, "file://")
			single := len(chosen) == 1 && len(names) == 1 && !isDir(output) && !strings.HasSuffix(publicAddress(output), "/")
			var g errgroup.Group
			failed := make([]error, len(chosen))
			for i, cl := range chosen {
				g.Go(func() error {
					file := output
					if !single {
						file = below(output, cl.Info().Name+".snapshot")
					}
					s, err := cl.Read(cmd.Context())
					if err == nil {
						err = writeSnapshot(cmd.Context(), file, s)
					}
					if err != nil {
						failed[i] = fmt.Errorf("cluster %s: %w", cl.Info().Name, err)
						return nil
					}
					a.printCoverage(s, publicAddress(file))
					return nil
				})
			}
			if err := g.Wait(); err != nil {
				return err
			}
			return errors.Join(failed...)
		},
	}
	cmd.Flags().StringArrayVar(&names, "cluster", nil, "only the cluster of this `name`; may be given several times")
	cmd.Flags().StringVarP(&output, "output", "o", "", "`file` (one --cluster) or folder to write to, or its address in object storage")
	return cmd
}

// snapshotUpload bounds how long a snapshot may take on its way.
const snapshotUpload = 5 * time.Minute

// choose returns the clusters of those names, or all.
func choose(all []generator.Cluster, names []string) ([]generator.Cluster, error) {
	if len(all) == 0 {
		return nil, usagef("the configuration names no clusters")
	}
	if len(names) == 0 {
		return all, nil
	}
	byName := map[string]generator.Cluster{}
	var known []string
	for _, c := range all {
		byName[c.Info().Name] = c
		known = append(known, c.Info().Name)
	}
	var out []generator.Cluster
	for _, n := range names {
		c, ok := byName[n]
		if !ok {
			hint := diag.DidYouMean(n, known)
			if hint == "" {
				hint = "there are " + strings.Join(known, ", ")
			}
			return nil, usagef("the configuration has no cluster %q; %s", n, hint)
		}
		out = append(out, c)
	}
	return out, nil
}

// below returns a file in a folder, which may be one in object storage.
func below(dir, name string) string {
	if !bucket.IsRemote(dir) {
		return filepath.Join(dir, name)
	}
	address, query, found := strings.Cut(dir, "?")
	address = strings.TrimSuffix(address, "/") + "/" + name
	if found {
		address += "?" + query
	}
	return address
}

// writeSnapshot writes a file as a whole or not at all.
func writeSnapshot(ctx context.Context, file string, s *kubernetes.Snapshot) (err error) {
	if bucket.IsRemote(file) {
		var buf bytes.Buffer
		if err := kubernetes.WriteSnapshot(&buf, s); err != nil {
			return err
		}
		ctx, cancel := context.WithTimeout(ctx, snapshotUpload)
		defer cancel()
		return bucket.WriteObject(ctx, file, buf.Bytes(), publish.Headers{ContentType: "application/zstd", CacheControl: "no-cache"})
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(file), ".new-*")
	if err != nil {
		return err
	}
	// A snapshot holds no secret: whoever builds may read it.
	if err := tmp.Chmod(0o644); err != nil {
		return errors.Join(err, tmp.Close(), os.Remove(tmp.Name()))
	}
	err = errors.Join(kubernetes.WriteSnapshot(tmp, s), tmp.Close())
	if err == nil {
		err = os.Rename(tmp.Name(), file)
	}
	if err != nil {
		return errors.Join(err, os.Remove(tmp.Name()))
	}
	return nil
}

// printCoverage says what was read and what was not.
func (a *app) printCoverage(s *kubernetes.Snapshot, file string) {
	if a.quiet {
		return
	}
	objects, gaps := 0, []string{}
	for _, c := range s.Coverage {
		objects += c.Count
		if c.State != "ok" && c.State != "absent" {
			gaps = append(gaps, c.Type+" "+c.State)
		}
	}
	line := fmt.Sprintf("%s: %d pods and %d workloads of %d objects in %s", s.Info.Name, len(s.Pods), len(s.Workloads), objects, file)
	if len(gaps) > 0 {
		line += "; not read: " + strings.Join(gaps, ", ")
	}
	say(a.stderr, "%s\n", diag.Printable(line))
}

func isDir(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.IsDir()
}
