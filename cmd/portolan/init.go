package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"

	"github.com/spf13/cobra"

	"github.com/portolan-dev/portolan/cmd/portolan/backstage"
	"github.com/portolan-dev/portolan/cmd/portolan/config"
	"github.com/portolan-dev/portolan/content"
	"github.com/portolan-dev/portolan/sources/diag"
)

const schemaName = "portolan.schema.json"

// schemaLine tells editors what the file may hold.
const schemaLine = "# yaml-language-server: $schema=./" + schemaName + "\n"

const firstConfig = schemaLine + `# The configuration of this portal. Only what differs from the default is needed.

site:
  title: Developer portal
  # baseURL: https://portal.example.com/    # where it will be published; a path prefix works
  # output: public                          # folder that the site is written to
  # theme: default                          # or a folder whose files override the default theme's
  # every: 10m                              # how often you rebuild; pages say when they are older than twice that

# Markdown pages of the portal itself: content/index.md is shown on the home page.
# content: content

# Where repos come from. Patterns are globs; every folder that matches is one repo.
sources:
  - dir: .
  # - dir: ../repos/*
  # - git: https://git.example.com/payments/api.git
  #   ref: main
  # - backstage: app-config.yaml            # what a Backstage reads

# catalog:
#   files: ["**/catalog-info.{yaml,yml}"]   # searched in every repo
#   kinds: [Dataset]                        # kinds of your own, beside Backstage's

# The clusters whose state is shown, in the order of the pages.
# kubernetes:
#   clusters:
#     - {name: prod-eu1, region: europe-west1, kubeconfig: ~/.kube/config, context: prod-eu1}
#     - {name: prod-us1, region: us-east1, context: prod-us1, namespaces: [playback, payments]}
#     - {name: in-here, inCluster: true}
#     - {name: lab, dump: dumps/lab}         # a folder with what kubectl get ... -o yaml printed

# publish:
#   to: s3://acme-portal?region=eu-west-1   # where portolan publish uploads to

# state: .portolan                          # caches and last good data; safe to delete, keep it out of git
`

func (a *app) initCommand() *cobra.Command {
	var example bool
	var appConfig string
	cmd := &cobra.Command{
		Use:   "init [DIR]",
		Short: "Write a commented portolan.yaml, or with --example a whole example portal",
		Long: "With --from-backstage, the locations, rules and providers of a Backstage catalog and its Kubernetes clusters\n" +
			"are carried over; what cannot be is listed with the reason, here and in comments of the file.",
		Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			dir := "."
			if len(args) == 1 {
				dir = args[0]
			}
			switch {
			case example && appConfig != "":
				return usagef("--example and --from-backstage write the same file; choose one")
			case example:
				return a.initExample(dir)
			case appConfig != "":
				return a.initFromBackstage(dir, appConfig)
			}
			return a.initConfig(dir, []byte(firstConfig))
		},
	}
	cmd.Flags().BoolVar(&example, "example", false, "write the example company: repos, cluster dumps, pages")
	cmd.Flags().StringVar(&appConfig, "from-backstage", "", "carry over an app-config.yaml, this `file`")
	return cmd
}

// initFromBackstage writes what can be carried over and lists the rest.
func (a *app) initFromBackstage(dir, file string) error {
	src, err := os.ReadFile(file)
	if err != nil {
		return usagef("--from-backstage: %w", err)
	}
	base, err := filepath.Rel(dir, filepath.Dir(file))
	if err != nil { // one of them is absolute
		if base, err = filepath.Abs(filepath.Dir(file)); err != nil {
			return fmt.Errorf("init: %w", err)
		}
	}
	result, yerr := backstage.Convert(src, backstage.Options{
		Base: filepath.ToSlash(base),
		Exists: func(name string) bool {
			if !filepath.IsAbs(name) {
				name = filepath.Join(dir, name)
			}
			_, err := os.Stat(name)
			return err == nil
		},
	})
	if yerr != nil {
		a.printDiagnostics([]diag.Diagnostic{{
			Pos: diag.Pos{File: filepath.ToSlash(file), Line: yerr.Line, Column: yerr.Column}, Severity: diag.Error,
			Rule: "config-syntax", Message: yerr.Message, Hint: yerr.Hint,
		}})
		return &exitError{code: exitUsage}
	}
	if err := a.initConfig(dir, append([]byte(schemaLine), result.YAML(filepath.Base(file))...)); err != nil {
		return err
	}
	a.printDiagnostics(result.Diagnostics(filepath.ToSlash(file)))
	return nil
}

func (a *app) initConfig(dir string, data []byte) error {
	schema, err := config.Schema()
	if err != nil {
		return err
	}
	if err := create(filepath.Join(dir, "portolan.yaml"), data); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, schemaName), schema, 0o644); err != nil {
		return err
	}
	say(a.stderr, "wrote %s; next: portolan serve\n", filepath.Join(dir, "portolan.yaml"))
	return nil
}

// exampleNow is the moment at which the example's clusters were seen, in seconds
// since 1970.
const exampleNow = 1772452800

func (a *app) initExample(dir string) error {
	files := 0
	err := fs.WalkDir(content.FS, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(name, ".go") {
			return err
		}
		data, err := fs.ReadFile(content.FS, name)
		if err != nil {
			return err
		}
		files++
		return create(filepath.Join(dir, filepath.FromSlash(name)), data)
	})
	if err != nil {
		return err
	}
	say(a.stderr, "wrote the example portal, %d files, to %s\n"+
		"next: SOURCE_DATE_EPOCH=%d portolan serve --config %s\n"+
		"(its clusters were seen on 2 March 2026; without that clock they are long out of date)\n",
		files, dir, exampleNow, filepath.Join(dir, "portolan.yaml"))
	return nil
}

// create writes a file that does not exist yet.
func create(name string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return usagef("%s exists already; nothing was overwritten", name)
	}
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  cobra.NoArgs,
		Run:   func(*cobra.Command, []string) { say(a.stdout, "portolan %s\n", version) },
	}
}

// same tells whether two configurations say the same.
func same(a, b *config.Config) bool { return reflect.DeepEqual(a, b) }

// literal is the source of one folder, whatever characters its name has.
func literal(dir string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`, "{", `\{`).Replace(filepath.ToSlash(dir))
}
