package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/portolan-dev/portolan/cmd/portolan/config"
	"github.com/portolan-dev/portolan/generator"
	"github.com/portolan-dev/portolan/generator/site"
	"github.com/portolan-dev/portolan/generator/watch"
	"github.com/portolan-dev/portolan/sources/diag"
)

func (a *app) serveCommand() *cobra.Command {
	var port int
	var host string
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Build, serve on this machine, and rebuild and reload on every change",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.serve(cmd.Context(), net.JoinHostPort(host, strconv.Itoa(port)))
		},
	}
	cmd.Flags().IntVarP(&port, "port", "p", 8000, "port to listen on; 0: any that is free")
	cmd.Flags().StringVar(&host, "host", "127.0.0.1", "address to listen on")
	a.siteFlags(cmd)
	return cmd
}

func (a *app) serve(ctx context.Context, addr string) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	c, err := a.load()
	if err != nil {
		return err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if err != nil {
		return fmt.Errorf("serve: %w", err)
	}
	addr = listener.Addr().String()
	home := "http://" + addr + "/"
	a.baseURL = home

	opt, err := a.options(c)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	opt.BaseURL = home
	preview := watch.NewServer(opt.Output, addr, site.Headers())
	server := &http.Server{Handler: preview, ReadHeaderTimeout: 10 * time.Second, BaseContext: func(net.Listener) context.Context { return ctx }}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()

	signals, stopWatching, err := a.watch(ctx, c, opt)
	if err != nil {
		return errors.Join(err, server.Close())
	}
	builder := generator.New(opt)
	a.round(ctx, builder, preview, home)
	for {
		select {
		case <-ctx.Done():
			stopWatching()
			return errors.Join(context.Cause(ctx), server.Close())
		case err := <-served:
			return fmt.Errorf("serve: %w", err)
		case <-signals:
			if next, changed, err := a.reload(c); err != nil {
				preview.Fail([]string{err.Error()})
				continue
			} else if changed {
				// Another configuration is another portal: start anew with it.
				fresh, err := a.options(next)
				if err != nil {
					preview.Fail([]string{err.Error()})
					continue
				}
				fresh.BaseURL, fresh.Output = home, opt.Output
				c, opt = next, fresh
				builder = generator.New(opt)
				stopWatching()
				if signals, stopWatching, err = a.watch(ctx, c, opt); err != nil {
					return errors.Join(err, server.Close())
				}
			}
			a.round(ctx, builder, preview, home)
		}
	}
}

// round builds once and tells terminal and browsers how it went. A bad round
// never ends the loop: the last good site stays.
func (a *app) round(ctx context.Context, b *generator.Builder, preview *watch.Server, home string) {
	start := time.Now()
	r, err := b.Build(ctx)
	if ctx.Err() != nil {
		return
	}
	if err != nil {
		a.complain(err)
		preview.Fail([]string{err.Error()})
		return
	}
	var problems []string
	for _, d := range r.Diagnostics {
		if d.Severity == diag.Error {
			problems = append(problems, d.String())
		}
	}
	preview.Reload(problems)
	a.printDiagnostics(errorsOf(r.Diagnostics))
	if !a.quiet {
		say(a.stderr, "built %d pages in %d ms (%d files changed, %d documents rendered, %d errors): %s\n",
			r.Pages, time.Since(start).Milliseconds(), r.Written, r.Rendered, len(problems), home)
	}
}

func errorsOf(ds []diag.Diagnostic) []diag.Diagnostic {
	var out []diag.Diagnostic
	for _, d := range ds {
		if d.Severity == diag.Error {
			out = append(out, d)
		}
	}
	return out
}

// watch watches everything local that the site is made from.
func (a *app) watch(ctx context.Context, c *config.Config, opt generator.Options) (<-chan struct{}, func(), error) {
	ctx, cancel := context.WithCancel(ctx)
	paths := append([]string{a.configFile}, c.Included...)
	for _, s := range c.Sources {
		if s.Dir != "" {
			paths = append(paths, watchable(c.Path(s.Dir)))
		}
	}
	for _, cl := range c.Kubernetes.Clusters {
		if cl.Dump != "" {
			paths = append(paths, c.Path(cl.Dump))
		}
		if cl.Snapshot != "" {
			paths = append(paths, c.Path(strings.TrimPrefix(cl.Snapshot, "file://")))
		}
	}
	if c.Content != "" {
		paths = append(paths, c.Path(c.Content))
	}
	if c.Site.Theme != "default" {
		paths = append(paths, c.Path(c.Site.Theme))
	}
	changes, err := watch.Changes(ctx, paths, watch.Options{
		Ignore: []string{opt.Output, filepath.Join(filepath.Dir(opt.Output), "."+filepath.Base(opt.Output)+".new"), opt.State},
		Log:    a.logger(),
	})
	if err != nil {
		cancel()
		return nil, nil, err
	}
	return changes, cancel, nil
}

// watchable returns the part of a pattern before its first wildcard: the
// folder below which all matches lie, also those that are yet to come.
func watchable(pattern string) string {
	i := strings.IndexAny(pattern, "*?[{\\")
	if i < 0 {
		return pattern
	}
	return filepath.Dir(pattern[:i] + "x")
}

// reload reads the configuration again, if it changed.
func (a *app) reload(old *config.Config) (*config.Config, bool, error) {
	src, err := os.ReadFile(a.configFile)
	if err != nil {
		return nil, false, err
	}
	next, ds := config.Parse(filepath.ToSlash(a.configFile), src, a.env)
	if len(ds) > 0 {
		a.printDiagnostics(ds)
		return nil, false, errors.New(ds[0].String())
	}
	next.Site.BaseURL = old.Site.BaseURL // the preview has an address of its own
	return next, !same(old, next), nil
}
