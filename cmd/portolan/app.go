package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/lmittmann/tint"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/portolan-dev/portolan/cmd/portolan/config"
	"github.com/portolan-dev/portolan/generator"
	"github.com/portolan-dev/portolan/sources/catalog"
	"github.com/portolan-dev/portolan/sources/diag"
	"github.com/portolan-dev/portolan/sources/kubernetes"
	"github.com/portolan-dev/portolan/sources/repos"
)

// An app is one run of the program: its surroundings and the common flags.
type app struct {
	env            func(string) (string, bool)
	stdout, stderr io.Writer

	configFile string
	output     string
	baseURL    string
	quiet      bool
	verbose    bool
	logFormat  string
	noColor    bool
	jobs       int
	noCache    bool
	strict     bool
	offline    bool
}

// command returns the command tree.
func (a *app) command() *cobra.Command {
	root := &cobra.Command{
		Use:   "portolan",
		Short: "Turns many repos and many Kubernetes clusters into one searchable developer portal of plain files",
		Long: "Portolan reads catalog-info.yaml files, docs-as-code and API definitions from repos, takes the\n" +
			"state of every workload from all Kubernetes clusters, and writes one portal of plain files\n" +
			"that any static host can serve.",
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          cobra.NoArgs,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	flags := root.PersistentFlags()
	flags.StringVarP(&a.configFile, "config", "c", "portolan.yaml", "configuration `file`")
	flags.BoolVarP(&a.quiet, "quiet", "q", false, "say nothing but errors")
	flags.BoolVarP(&a.verbose, "verbose", "v", false, "say more")
	flags.StringVar(&a.logFormat, "log-format", "text", "text or json")
	flags.BoolVar(&a.noColor, "no-color", false, "no colours (also by NO_COLOR)")
	flags.IntVar(&a.jobs, "jobs", runtime.GOMAXPROCS(0), "how much is done at once")
	flags.BoolVar(&a.noCache, "no-cache", false, "do not use what earlier builds kept")
	flags.BoolVar(&a.strict, "strict", false, "exit with 3 on an error in a file or a stale source")
	flags.BoolVar(&a.offline, "offline", false, "use only what is on disk or cached")
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return &exitError{exitUsage, err} })
	root.PersistentPreRunE = func(cmd *cobra.Command, _ []string) error {
		if a.logFormat != "text" && a.logFormat != "json" {
			return usagef("--log-format is %q, expected text or json", a.logFormat)
		}
		if a.jobs < 1 {
			return usagef("--jobs is %d, expected at least 1", a.jobs)
		}
		return nil
	}
	root.AddCommand(a.buildCommand(), a.serveCommand(), a.checkCommand(), a.snapshotCommand(), a.rbacCommand(), a.scheduleCommand(), a.publishCommand(),
		a.initCommand(), a.schemaCommand(), a.versionCommand())
	usageErrors(root)
	return root
}

// usageErrors makes wrong arguments and unknown commands usage errors.
func usageErrors(cmd *cobra.Command) {
	check := cmd.Args
	if check == nil {
		check = cobra.ArbitraryArgs
	}
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		if err := check(cmd, args); err != nil {
			if cmd.HasSubCommands() && len(args) > 0 {
				var names []string
				for _, c := range cmd.Commands() {
					names = append(names, c.Name())
				}
				hint := diag.DidYouMean(args[0], names)
				if hint == "" {
					hint = "see portolan help"
				}
				return usagef("unknown command %q; %s", args[0], hint)
			}
			return &exitError{exitUsage, err}
		}
		return nil
	}
	for _, c := range cmd.Commands() {
		usageErrors(c)
	}
}

// siteFlags are those of the commands that write a site.
func (a *app) siteFlags(cmd *cobra.Command) {
	cmd.Flags().StringVarP(&a.output, "output", "o", "", "write the site to this `folder` instead of site.output")
	cmd.Flags().StringVar(&a.baseURL, "base-url", "", "publish under this `address` instead of site.baseURL")
}

// load reads the configuration and prints what is wrong with it.
func (a *app) load() (*config.Config, error) {
	c, ds, err := config.Load(a.configFile, a.env)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, usagef("there is no %s here; `portolan init` writes one, --config names another", a.configFile)
		}
		return nil, &exitError{exitUsage, err}
	}
	if len(ds) > 0 {
		a.printDiagnostics(ds)
		return nil, &exitError{code: exitUsage}
	}
	if !a.quiet {
		a.printDiagnostics(c.Notes)
	}
	if a.baseURL != "" {
		c.Site.BaseURL = strings.TrimSuffix(a.baseURL, "/") + "/"
	}
	return c, nil
}

// options turns the configuration and the flags into those of a build.
func (a *app) options(c *config.Config) (generator.Options, error) {
	clock, err := a.clock()
	if err != nil {
		return generator.Options{}, err
	}
	opt := generator.Options{
		Title: c.Site.Title, BaseURL: c.Site.BaseURL, Every: time.Duration(c.Site.Every), Version: version,
		Output: c.Path(c.Site.Output), State: c.Path(c.State), Base: c.Dir,
		Catalog: catalogOptions(c.Catalog),
		Join: kubernetes.JoinOptions{FallbackLabels: c.Kubernetes.FallbackLabels, Relations: c.Kubernetes.ClusterSelection == "relations", MaxAge: time.Duration(c.Kubernetes.MaxAge), SystemNamespaces: c.Kubernetes.SystemNamespaces,
			Namespaces: c.Kubernetes.Publish.Namespaces, HideMessages: c.Kubernetes.Publish.HideMessages, Thresholds: thresholds(c.Kubernetes.Thresholds)},
		Clock: clock,
		Jobs:  a.jobs, NoCache: a.noCache, Offline: a.offline,
		Log: a.logger(),
	}
	if opt.Schema, err = config.Schema(); err != nil {
		return generator.Options{}, err
	}
	if a.output != "" {
		opt.Output = a.output
	}
	for _, s := range c.Sources {
		opt.Repos = append(opt.Repos, repoSpec(c, s))
	}
	opt.Token = repos.EnvTokens(func(name string) string {
		v, _ := a.env(name)
		return v
	})
	if opt.Clusters, err = clusters(c, a.env, clock); err != nil {
		return generator.Options{}, err
	}
	if c.Site.Theme != "default" {
		dir := c.Path(c.Site.Theme)
		if !isDir(dir) {
			return generator.Options{}, usagef("%s: site.theme is %q, which is no folder", c.File, c.Site.Theme)
		}
		opt.Theme = os.DirFS(dir)
	}
	if c.Docs.Icons != "" {
		dir := c.Path(c.Docs.Icons)
		if !isDir(dir) {
			return generator.Options{}, usagef("%s: docs.icons is %q, which is no folder; npm install @mdi/svg makes node_modules", c.File, c.Docs.Icons)
		}
		opt.Icons = os.DirFS(dir)
	}
	opt.Downloads = c.Docs.Downloads
	opt.NoTwins = c.Docs.Twins != nil && !*c.Docs.Twins
	if c.Content != "" {
		dir := c.Path(c.Content)
		if !isDir(dir) {
			return generator.Options{}, usagef("%s: content is %q, which is no folder", c.File, c.Content)
		}
		opt.Content, opt.ContentName = os.DirFS(dir), filepath.ToSlash(dir)
	}
	return opt, a.separate(opt, c)
}

// separate refuses an output folder whose replacement would take something
// else with it.
func (a *app) separate(opt generator.Options, c *config.Config) error {
	out, err := filepath.Abs(opt.Output)
	if err != nil {
		return usagef("the output folder %s: %w", opt.Output, err)
	}
	for _, other := range []struct{ what, dir string }{
		{"the configuration", c.Dir}, {"the state folder", opt.State}, {"the content folder", c.Path(c.Content)}, {"the theme", c.Path(c.Site.Theme)},
	} {
		if other.dir == "" {
			continue
		}
		abs, err := filepath.Abs(other.dir)
		if err != nil {
			return usagef("%s: %w", other.dir, err)
		}
		if abs == out || strings.HasPrefix(abs, out+string(filepath.Separator)) {
			return usagef("the output folder %s would replace %s in it; choose another", opt.Output, other.what)
		}
	}
	return nil
}

// clock returns the time now, or that of SOURCE_DATE_EPOCH for ever, so that
// the same input gives the same bytes.
// Source: https://reproducible-builds.org/specs/source-date-epoch/
func (a *app) clock() (func() time.Time, error) {
	v, ok := a.env("SOURCE_DATE_EPOCH")
	if !ok || v == "" {
		return time.Now, nil
	}
	sec, err := strconv.ParseInt(v, 10, 64)
	if err != nil {
		return nil, usagef("SOURCE_DATE_EPOCH is %q, expected seconds since 1970", v)
	}
	fixed := time.Unix(sec, 0).UTC()
	return func() time.Time { return fixed }, nil
}

// repoSpec turns a source of the configuration into what is read.
func repoSpec(c *config.Config, s config.Source) repos.Spec {
	spec := repos.Spec{Dir: s.Dir, Git: s.Git, Ref: s.Ref, Pos: diag.Pos{File: c.File, Line: s.Line, Column: s.Column}}
	for _, o := range s.Organizations() {
		spec.Ref = o.Branch
		spec.Organization = &repos.Organization{
			Kind: repos.HostKind(o.Kind), Host: o.Host, Name: o.Name(), Repositories: o.Repositories,
			Topics: o.Topics, Archived: o.Archived, Forks: o.Forks,
		}
	}
	return spec
}

func thresholds(t config.Thresholds) kubernetes.Thresholds {
	return kubernetes.Thresholds{
		StartGrace: time.Duration(t.StartGrace), StuckStarting: time.Duration(t.StuckStarting), StuckDeleting: time.Duration(t.StuckDeleting),
		RecentRestart: time.Duration(t.RecentRestart), RestartWindow: time.Duration(t.RestartWindow), FailedJob: time.Duration(t.FailedJob),
		LoadBalancer: time.Duration(t.LoadBalancer), CronLateness: time.Duration(t.CronLateness), DriftGrace: time.Duration(t.DriftGrace),
		NearMax: t.NearMax, QuotaShare: t.QuotaShare, MemoryShare: t.MemoryShare,
	}
}

func catalogOptions(c config.Catalog) catalog.ReadOptions {
	opt := catalog.ReadOptions{Files: c.Files, Placeholders: c.Placeholders}
	for _, k := range c.Kinds {
		kind := catalog.Kind{Name: k.Name, APIVersions: k.APIVersions, Required: k.Required}
		for _, r := range k.Relations {
			kind.Relations = append(kind.Relations, catalog.RelationField{Field: r.Field, Kind: r.Kind, Type: r.Type, Reverse: r.Reverse})
		}
		opt.Kinds = append(opt.Kinds, kind)
	}
	for name, kind := range c.Hosts {
		if opt.Hosts == nil {
			opt.Hosts = map[string]catalog.Host{}
		}
		opt.Hosts[strings.ToLower(name)] = catalog.Host(kind)
	}
	if len(c.Rules) == 0 {
		return opt
	}
	opt.Policy = &catalog.Policy{}
	for _, r := range c.Rules {
		rule := catalog.PolicyRule{}
		for _, k := range r.Allow {
			rule.Allow = append(rule.Allow, catalog.AllowedKind{Kind: k.Kind, Type: k.Type})
		}
		for _, l := range r.Locations {
			rule.Locations = append(rule.Locations, catalog.PolicyLocation{Type: l.Type, Exact: l.Exact, Pattern: l.Pattern})
		}
		opt.Policy.Rules = append(opt.Policy.Rules, rule)
	}
	return opt
}

// colours tells whether stderr is a terminal that wants colours.
func (a *app) colours() bool {
	if v, ok := a.env("NO_COLOR"); (ok && v != "") || a.noColor {
		return false
	}
	if v, _ := a.env("TERM"); v == "dumb" {
		return false
	}
	return a.terminal()
}

func (a *app) terminal() bool {
	f, ok := a.stderr.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// logger writes to stderr what happens beside the phases.
func (a *app) logger() *slog.Logger {
	level := slog.LevelWarn
	switch {
	case a.quiet:
		level = slog.LevelError
	case a.verbose:
		level = slog.LevelDebug
	}
	if a.logFormat == "json" {
		return slog.New(slog.NewJSONHandler(a.stderr, &slog.HandlerOptions{Level: level}))
	}
	return slog.New(tint.NewTextHandler(a.stderr, &tint.Options{Level: level, TimeFormat: time.TimeOnly, NoColor: !a.colours()}))
}

// complain prints the error that ends the program.
func (a *app) complain(err error) {
	if a.logFormat == "json" {
		a.logger().Error(diag.Printable(err.Error()))
		return
	}
	for line := range strings.SplitSeq(err.Error(), "\n") { // several errors are joined by line feeds
		say(a.stderr, "portolan: %s\n", diag.Printable(line))
	}
}

// say prints to the terminal; there is nothing to be done if that fails.
func say(w io.Writer, format string, args ...any) { _, _ = fmt.Fprintf(w, format, args...) }
