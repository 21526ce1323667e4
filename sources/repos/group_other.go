//go:build !unix

package repos

import "os/exec"

// group has no meaning where processes have no groups.
func group(*exec.Cmd) {}
