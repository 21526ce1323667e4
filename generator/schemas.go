package generator

import (
	"github.com/portolan-dev/portolan/generator/site"
	"github.com/portolan-dev/portolan/sources/catalog"
)

// schemaFiles are what editors complete and check files by: descriptors, with
// the organisation's own kinds, and the configuration.
func schemaFiles(opt Options) []site.File {
	files := []site.File{{Path: "api/schema/catalog-info.json", Data: catalog.Schema(opt.Catalog.Kinds)}}
	if len(opt.Schema) > 0 {
		files = append(files, site.File{Path: "api/schema/portolan.json", Data: opt.Schema})
	}
	return files
}
