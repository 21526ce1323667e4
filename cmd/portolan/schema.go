package main

import (
	"errors"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"github.com/portolan-dev/portolan/cmd/portolan/config"
	"github.com/portolan-dev/portolan/sources/catalog"
)

func (a *app) schemaCommand() *cobra.Command {
	var descriptor bool
	cmd := &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of portolan.yaml, or of descriptor files",
		Long: "Editors complete and check a file by its schema. With --descriptor, it is that of catalog-info.yaml,\n" +
			"with your own kinds if there is a configuration. Both are also published with every portal, below\n" +
			"api/schema/.",
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			schema, err := config.Schema()
			if descriptor {
				schema, err = a.descriptorSchema()
			}
			if err != nil {
				return err
			}
			_, err = a.stdout.Write(schema)
			return err
		},
	}
	cmd.Flags().BoolVar(&descriptor, "descriptor", false, "the schema of descriptor files")
	return cmd
}

// descriptorSchema knows the kinds of the configuration, if there is one.
func (a *app) descriptorSchema() ([]byte, error) {
	if _, err := os.Stat(a.configFile); errors.Is(err, fs.ErrNotExist) {
		return catalog.Schema(nil), nil
	}
	c, err := a.load()
	if err != nil {
		return nil, err
	}
	return catalog.Schema(catalogOptions(c.Catalog).Kinds), nil
}
