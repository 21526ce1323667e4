package main

import (
	"regexp"

	"github.com/spf13/cobra"

	"github.com/portolan-dev/portolan/sources/kubernetes/cluster"
)

var namespaceName = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)

func (a *app) rbacCommand() *cobra.Command {
	var namespaces []string
	cmd := &cobra.Command{
		Use:   "rbac",
		Short: "Print the smallest role that reading a cluster needs",
		Long: "Without --namespace the role holds for the whole cluster; with it, for those namespaces alone\n" +
			"and with nothing beyond them. Apply it with kubectl apply -f -.",
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			for _, ns := range namespaces {
				if !namespaceName.MatchString(ns) {
					return usagef("--namespace %q is no name of a namespace", ns)
				}
			}
			say(a.stdout, "%s", cluster.Role(namespaces...))
			return nil
		},
	}
	cmd.Flags().StringSliceVarP(&namespaces, "namespace", "n", nil, "only these `namespaces`; may be given several times")
	return cmd
}
