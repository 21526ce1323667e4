package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/portolan-dev/portolan/cmd/portolan/config"
	"github.com/portolan-dev/portolan/generator"
	"github.com/portolan-dev/portolan/generator/linkcheck"
	"github.com/portolan-dev/portolan/sources/diag"
	"github.com/portolan-dev/portolan/sources/repos"
)

func (a *app) checkCommand() *cobra.Command {
	var format, against string
	var fix, external bool
	formats := []string{"text", "json", "github", "sarif"}
	cmd := &cobra.Command{
		Use:   "check [PATH...]",
		Short: "Judge descriptors, references, docs, links and configuration, without making a site",
		Long: "Without PATH, check reads the repos of the configuration. With PATH, each path is a folder that\n" +
			"is taken for a repo; no configuration is needed then. With --against, what a repo refers to may\n" +
			"also be in a portal that is published already. With --fix, what has one right answer is mended\n" +
			"in the files, and the rest is judged. With --external, other sites are asked for the pages that are\n" +
			"linked to, politely; answers are kept for a week.\n\n" +
			"It exits with 3 if it found errors; with --strict, also if it found warnings.",
		RunE: func(cmd *cobra.Command, args []string) error {
			if !slices.Contains(formats, format) {
				return usagef("--format is %q, expected text, json, sarif or github", format)
			}
			opt, err := a.checkOptions(args)
			if err != nil {
				return err
			}
			if against != "" {
				if opt.Known, err = published(cmd.Context(), against); err != nil {
					return err
				}
				if opt.BaseURL == "" {
					opt.BaseURL = portalOf(against)
				}
			}
			if external {
				if opt.Offline {
					return usagef("--external asks other sites, and --offline forbids it")
				}
				opt.External = externalLinks(opt)
			}
			judge := generator.New(opt).Check
			if fix {
				judge = func(ctx context.Context) (*generator.Report, error) { return a.fixAll(ctx, opt) }
			}
			r, err := judge(cmd.Context())
			if err != nil {
				return err
			}
			switch format {
			case "json":
				err = a.printCheckJSON(r)
			case "github":
				a.printGitHub(r)
			case "sarif":
				err = a.printSARIF(r, opt.BaseURL)
			default:
				for _, d := range r.Diagnostics {
					if d.Severity > diag.Info || a.verbose {
						say(a.stdout, "%s\n", a.paint(d))
					}
				}
				if !a.quiet {
					a.printCheckSummary(r, opt.BaseURL)
				}
			}
			if err != nil {
				return fmt.Errorf("write the result: %w", err)
			}
			if r.Errors() > 0 || (a.strict && r.Warnings() > 0) {
				return &exitError{code: exitFindings}
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&against, "against", "", "resolve references against the portal published at this `URL or folder` as well")
	cmd.Flags().BoolVar(&external, "external", false, "ask other sites whether the pages that docs and descriptors link to exist")
	cmd.Flags().BoolVar(&fix, "fix", false, "mend what has only one right answer, in the files themselves")
	cmd.Flags().StringVar(&format, "format", "text", "text, json, sarif or github")
	return cmd
}

// printCheckSummary counts what was found, and says what to do about it.
func (a *app) printCheckSummary(r *generator.Report, baseURL string) {
	say(a.stderr, "%d errors and %d warnings in %d entities and %d docs pages\n", r.Errors(), r.Warnings(), r.Entities, r.Docs)
	fixes := 0
	for _, d := range r.Diagnostics {
		if d.Fix != (diag.Fix{}) && (d.Severity > diag.Info || a.verbose) {
			fixes++
		}
	}
	if fixes > 0 {
		say(a.stderr, "portolan check --fix mends %d of them\n", fixes)
	}
	if baseURL != "" && r.Errors()+r.Warnings() > 0 {
		say(a.stderr, "what the rules mean: %sbuild/rules/\n", baseURL)
	}
}

// externalLinks says how other sites are asked. Answers stay in the state folder.
func externalLinks(opt generator.Options) *linkcheck.Options {
	ask := &linkcheck.Options{Client: repos.NewClient(), Now: opt.Clock(), Wait: func(ctx context.Context, d time.Duration) error {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(d):
			return nil
		}
	}}
	if opt.State != "" {
		ask.Cache = filepath.Join(opt.State, "cache", "links.pack")
	}
	return ask
}

// checkOptions are those of the configuration, or of the paths alone.
func (a *app) checkOptions(paths []string) (generator.Options, error) {
	if len(paths) == 0 {
		c, err := a.load()
		if err != nil {
			return generator.Options{}, err
		}
		return a.options(c)
	}
	// What the configuration says of kinds and files holds here too, if there is one.
	c := &config.Config{}
	if _, err := os.Stat(a.configFile); err == nil {
		if c, err = a.load(); err != nil {
			return generator.Options{}, err
		}
	} else {
		c, _ = config.Parse("portolan.yaml", nil, a.env)
	}
	c.Sources, c.Content, c.Kubernetes.Clusters = nil, "", nil
	opt, err := a.options(c)
	if err != nil {
		return opt, err
	}
	opt.Base = "."
	for _, p := range paths {
		info, err := os.Stat(p)
		if err != nil {
			return opt, usagef("%s: %w", p, err)
		}
		if !info.IsDir() {
			p = filepath.Dir(p)
		}
		opt.Repos = append(opt.Repos, repos.Spec{Dir: literal(p)})
	}
	return opt, nil
}
