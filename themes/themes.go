// Package themes holds the default theme: templates, styles, scripts, icons and
// fonts, embedded into the program.
//
//	default/assets/       published under assets/, with the hash of their content in the name
//	default/templates/    base.html, one file for each layout, and partials/
//
// A theme of one's own is a folder of the same shape; each of its files takes
// the place of the default's file of the same name.
package themes

import (
	"embed"
	"io/fs"
)

// FS holds every theme by name; "default" is the only one.
//
//go:embed all:default
var FS embed.FS

// Default returns the default theme with assets and templates at its root.
func Default() fs.FS {
	sub, err := fs.Sub(FS, "default")
	if err != nil { // "default" is a valid path, so this is never reached
		return FS
	}
	return sub
}
