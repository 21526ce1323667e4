// Command generate writes the cluster dumps of the example portal:
//
//	go run ./content/clusters/generate
//
// It describes a small fleet (world.go), builds the objects that an API server
// would return for it (build.go, state.go), and writes one folder for each
// cluster with one file for each type, as `kubectl get <type> -A -o yaml`
// prints them (yaml.go). Nothing is random: names, identities and digests are
// hashes of what they name, and all times relate to one fixed clock, so that a
// second run writes the same bytes.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	out := flag.String("out", "content/clusters", "folder to write the clusters to")
	flag.Parse()
	for _, c := range world() {
		if err := write(filepath.Join(*out, c.name), c); err != nil {
			fmt.Fprintln(os.Stderr, "generate:", err)
			os.Exit(1)
		}
	}
}

// write replaces the files of one cluster.
func write(dir string, c *cluster) error {
	files, err := c.files()
	if err != nil {
		return fmt.Errorf("cluster %s: %w", c.name, err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	old, err := filepath.Glob(filepath.Join(dir, "*.yaml"))
	if err != nil {
		return err
	}
	for _, p := range old {
		if _, ok := files[filepath.Base(p)]; !ok {
			if err := os.Remove(p); err != nil {
				return err
			}
		}
	}
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			return err
		}
	}
	return nil
}
