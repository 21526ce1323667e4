package main

import (
	"github.com/spf13/cobra"

	"github.com/portolan-dev/portolan/generator"
)

func (a *app) buildCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "build",
		Short: "Read all sources and write the site",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
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
			r, err := generator.New(opt).Build(cmd.Context())
			stop()
			if err != nil {
				return err
			}
			a.printReport(r)
			return a.verdict(r)
		},
	}
	a.siteFlags(cmd)
	return cmd
}
