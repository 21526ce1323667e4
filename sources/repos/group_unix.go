//go:build unix

package repos

import (
	"os/exec"
	"syscall"
)

// group makes the end of git the end of its helpers too.
func group(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}
