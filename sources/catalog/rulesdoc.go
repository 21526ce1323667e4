package catalog

import "github.com/portolan-dev/portolan/sources/diag"

// Rules documents every rule id of this package.
func Rules() []diag.Rule { return nil }
