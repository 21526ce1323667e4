package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/portolan-dev/portolan/cmd/portolan/backstage"
	"github.com/portolan-dev/portolan/sources/yamldoc"
)

// maxAppConfig bounds what is read of an app-config.yaml.
const maxAppConfig = 1 << 20

// takeOver puts into the place of each backstage source what its app-config.yaml
// says. What is wrong there is reported there; what cannot be taken over is
// noted and no error.
func (d *decoder) takeOver(c *Config) {
	var sources []Source
	for _, s := range c.Sources {
		if s.Backstage == "" {
			sources = append(sources, s)
			continue
		}
		part := d.appConfig(c, s)
		if part == nil {
			continue
		}
		for _, p := range part.Sources {
			p.Line, p.Column = s.Line, s.Column // what comes of it is shown in portolan.yaml
			sources = append(sources, p)
		}
		if len(part.Catalog.Files) > 0 && len(c.Catalog.Files) == 0 {
			c.Catalog.Files = []string{descriptors} // what the other sources are searched for
		}
		for _, p := range part.Catalog.Files {
			if !slices.ContainsFunc(c.Catalog.Files, func(known string) bool { return known == p || doublestar.MatchUnvalidated(known, p) }) {
				c.Catalog.Files = append(c.Catalog.Files, p)
			}
		}
		c.Catalog.Rules = append(c.Catalog.Rules, part.Catalog.Rules...)
		if c.Kubernetes.ClusterSelection == "" {
			c.Kubernetes.ClusterSelection = part.Kubernetes.ClusterSelection
		}
		for _, cl := range part.Kubernetes.Clusters {
			if slices.ContainsFunc(c.Kubernetes.Clusters, func(k Cluster) bool { return k.Name == cl.Name }) {
				continue // what portolan.yaml says of a cluster counts
			}
			c.Kubernetes.Clusters = append(c.Kubernetes.Clusters, cl)
		}
	}
	c.Sources = sources
}

// appConfig reads one app-config.yaml as a part of the configuration.
func (d *decoder) appConfig(c *Config, s Source) *Config {
	name := c.Path(s.Backstage)
	src, err := readAppConfig(name)
	if err != nil {
		reason := err.Error()
		if errors.Is(err, fs.ErrNotExist) {
			reason = "there is no such file"
		}
		d.report(s.Line, s.Column, "config-source", fmt.Sprintf("backstage: %s cannot be read: %s", s.Backstage, reason), "")
		return nil
	}
	c.Included = append(c.Included, name)
	base, err := filepath.Rel(c.Dir, filepath.Dir(name))
	if err != nil {
		base = filepath.Dir(name)
	}
	sub := &decoder{file: filepath.ToSlash(name), getenv: d.getenv}
	defer func() { d.diagnostics = append(d.diagnostics, sub.diagnostics...) }()
	result, yerr := backstage.Convert(src, backstage.Options{
		Base:   filepath.ToSlash(base),
		Exists: func(p string) bool { _, err := os.Stat(c.Path(p)); return err == nil },
	})
	if yerr != nil {
		sub.report(yerr.Line, yerr.Column, "config-syntax", yerr.Message, yerr.Hint)
		return nil
	}
	c.Notes = append(c.Notes, result.Diagnostics(sub.file)...)
	// Title and address are those of portolan.yaml.
	root := *result.Root
	root.Fields = slices.DeleteFunc(slices.Clone(root.Fields), func(f yamldoc.Field) bool { return f.Key == "site" })
	part := &Config{}
	sub.value(&root, reflect.ValueOf(part).Elem(), "")
	sub.judge(part, &root)
	return part
}

func readAppConfig(name string) (_ []byte, err error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	src, err := io.ReadAll(io.LimitReader(f, maxAppConfig+1))
	if err == nil && len(src) > maxAppConfig {
		err = fmt.Errorf("it has more than %d bytes", maxAppConfig)
	}
	return src, err
}
