//go:build !linux

package publish

import "os"

// swap puts staging in the place of output.
func swap(staging, output string, hadOld bool) error {
	if !hadOld {
		return os.Rename(staging, output)
	}
	return rename2(staging, output)
}

// syncDir is left to the system here.
func syncDir(string) error { return nil }
