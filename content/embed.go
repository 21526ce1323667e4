// Package content holds the example portal: the configuration, the portal's own
// pages, the repos and cluster dumps of an invented company, and Portolan's own
// manual as the docs of the entity "portolan". `portolan init --example` writes
// it to a folder, and `make site` builds it.
package content

import "embed"

// FS is the example portal; portolan.yaml is at its root.
//
//go:embed portolan.yaml README.md all:pages all:repos clusters/*/*.yaml
var FS embed.FS
