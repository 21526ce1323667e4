package publish

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// swap puts staging in the place of output in one step; afterwards staging is
// the old site, or absent if there was none.
func swap(staging, output string, hadOld bool) error {
	if !hadOld {
		return os.Rename(staging, output)
	}
	err := unix.Renameat2(unix.AT_FDCWD, staging, unix.AT_FDCWD, output, unix.RENAME_EXCHANGE)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, unix.EINVAL), errors.Is(err, unix.ENOSYS), errors.Is(err, unix.ENOTSUP):
		return rename2(staging, output) // this file system cannot exchange
	default:
		return fmt.Errorf("exchange %s with the new site: %w", output, err)
	}
}

// syncDir brings everything below dir to the disk.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	if err := unix.Syncfs(int(d.Fd())); err != nil && !errors.Is(err, unix.ENOSYS) {
		return errors.Join(fmt.Errorf("sync %s: %w", dir, err), d.Close())
	}
	return d.Close()
}
