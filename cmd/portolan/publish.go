package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/portolan-dev/portolan/cmd/portolan/config"
	"github.com/portolan-dev/portolan/generator/publish"
	"github.com/portolan-dev/portolan/generator/publish/bucket"
	"github.com/portolan-dev/portolan/sources/diag"
)

func (a *app) publishCommand() *cobra.Command {
	var to string
	var dryRun bool
	cmd := &cobra.Command{
		Use:   "publish [--to URL]",
		Short: "Upload what changed of the site to object storage or a folder",
		Long: "The target is s3://BUCKET/FOLDER?region=REGION, gs://BUCKET/FOLDER, azblob://CONTAINER?storage_account=ACCOUNT\n" +
			"or file:///FOLDER. Credentials are found as the tools of each cloud find them.\n\n" +
			"Assets go first, pages after them, lists of pages last; what is gone is deleted at the end, so that every\n" +
			"page works at every moment. Only what an earlier upload brought is ever deleted.",
		Example: "  portolan build && portolan publish --to s3://acme-portal?region=eu-west-1",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			dir := a.output
			if to == "" || dir == "" {
				c, err := a.load()
				if err != nil {
					return err
				}
				if dir == "" {
					dir = c.Path(c.Site.Output)
				}
				if to == "" {
					to = publishTarget(c)
				}
			}
			if to == "" {
				return usagef("nothing says where to: give --to URL, or write publish: {to: URL} into %s", a.configFile)
			}
			return a.publish(cmd.Context(), dir, to, dryRun)
		},
	}
	cmd.Flags().StringVar(&to, "to", "", "upload to this `URL` instead of publish.to")
	cmd.Flags().StringVarP(&a.output, "output", "o", "", "upload this `folder` instead of site.output")
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "only list what would be sent and deleted")
	return cmd
}

// publishTarget returns publish.to; folders start where the configuration is.
func publishTarget(c *config.Config) string {
	if dir, ok := strings.CutPrefix(c.Publish.To, "file://"); ok {
		return "file://" + filepath.ToSlash(c.Path(dir))
	}
	return c.Publish.To
}

// publish uploads the site in dir.
func (a *app) publish(ctx context.Context, dir, to string, dryRun bool) (err error) {
	if target, ok := strings.CutPrefix(to, "file://"); ok && within(target, dir) {
		return usagef("%s is the site itself; publish to another folder", to)
	}
	// The folder is held open: a build that swaps it cannot mix two sites.
	root, err := os.OpenRoot(dir)
	if errors.Is(err, os.ErrNotExist) {
		return usagef("there is no site in %s; run portolan build first", dir)
	}
	if err != nil {
		return fmt.Errorf("publish: %w", err)
	}
	defer func() { _ = root.Close() }() // only read
	b, err := bucket.Open(ctx, to)
	if errors.Is(err, bucket.ErrAddress) {
		return &exitError{exitUsage, err}
	}
	if err != nil {
		return fmt.Errorf("publish: %w", err)
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	opt := publish.UploadOptions{DryRun: dryRun}
	if term, _ := a.env("TERM"); a.terminal() && !a.quiet && !dryRun && a.logFormat == "text" && term != "dumb" {
		opt.Progress = func(done, total int) {
			say(a.stderr, "\rpublish: %d of %d files sent", done, total)
			if done == total {
				say(a.stderr, "\r%60s\r", "")
			}
		}
	}
	st, err := publish.Upload(ctx, root.FS(), b, opt)
	where := publicAddress(to)
	switch {
	case errors.Is(err, publish.ErrNoSite):
		return usagef("there is no site in %s; run portolan build first", dir)
	case err != nil:
		if opt.Progress != nil {
			say(a.stderr, "\n")
		}
		return fmt.Errorf("publish to %s: %w (%d files were sent; the next publish goes on from there)", where, err, len(st.Sent))
	case dryRun:
		for _, name := range st.Sent {
			say(a.stdout, "send %s\n", diag.Printable(name))
		}
		for _, name := range st.Deleted {
			say(a.stdout, "delete %s\n", diag.Printable(name))
		}
	}
	if !a.quiet {
		say(a.stderr, "publish: %d of %d files sent (%d kB), %d unchanged, %d deleted: %s%s\n",
			len(st.Sent), st.Files, (st.SentBytes+999)/1000, st.Unchanged, len(st.Deleted), where, map[bool]string{true: " (dry run)"}[dryRun])
	}
	return nil
}

// publicAddress is an address without what stands after its ?.
func publicAddress(to string) string {
	to, _, _ = strings.Cut(to, "?")
	return to
}

// within tells whether one folder is the other, or lies in it.
func within(dir, other string) bool {
	abs := func(p string) string {
		p, err := filepath.Abs(filepath.FromSlash(p))
		if err != nil {
			return ""
		}
		if real, err := filepath.EvalSymlinks(p); err == nil {
			return real
		}
		return p
	}
	d, o := abs(dir), abs(other)
	return d == o || strings.HasPrefix(d, o+string(filepath.Separator))
}
