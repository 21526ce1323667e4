package main

import (
	"context"
	"errors"
	"time"

	"github.com/adhocore/gronx"
	"github.com/spf13/cobra"

	"github.com/portolan-dev/portolan/generator"
)

func (a *app) scheduleCommand() *cobra.Command {
	var cron string
	cmd := &cobra.Command{
		Use:   "schedule --cron EXPRESSION",
		Short: "Build and publish again and again until stopped; one bad round never ends the loop",
		Long: "After each build, the site is uploaded if the configuration says publish: {to: URL}.\n" +
			"With --strict only builds without errors and without stale sources are.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if cron == "" {
				return usagef(`--cron is missing; write it like --cron "*/10 * * * *"`)
			}
			if !gronx.IsValid(cron) {
				return usagef("--cron %q is no cron expression; it has five fields: minute, hour, day, month, weekday", cron)
			}
			return a.schedule(cmd.Context(), cron)
		},
	}
	cmd.Flags().StringVar(&cron, "cron", "", "when to build, in UTC")
	a.siteFlags(cmd)
	return cmd
}

func (a *app) schedule(ctx context.Context, cron string) error {
	for {
		if err := a.scheduled(ctx); err != nil && ctx.Err() == nil {
			a.complain(err)
		}
		next, err := gronx.NextTickAfter(cron, time.Now().UTC(), false)
		if err != nil {
			return usagef("--cron %q: %w", cron, err)
		}
		if !a.quiet {
			say(a.stderr, "next build at %s\n", next.Format("2006-01-02 15:04 UTC"))
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(time.Until(next)):
		}
	}
}

// scheduled is one round. The configuration is read each time, so that a change
// of it needs no restart.
func (a *app) scheduled(ctx context.Context) error {
	c, err := a.load()
	if err != nil {
		return err
	}
	opt, err := a.options(c)
	if err != nil {
		return err
	}
	var stop func()
	opt.Progress, stop = a.progress()
	r, err := generator.New(opt).Build(ctx)
	stop()
	if err != nil {
		return err
	}
	a.printReport(r)
	var known *exitError
	if err := a.verdict(r); errors.As(err, &known) {
		return known.err
	}
	if c.Publish.To == "" {
		return nil
	}
	return a.publish(ctx, opt.Output, publishTarget(c), false)
}
