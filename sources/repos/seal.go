package repos

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// What is kept between builds carries its own checksum, so that a file that was
// cut, changed or put there by somebody else counts as absent. It keeps out
// damage and chance; against other users of the machine the folder's
// permissions stand.

// readSealed reads a file that writeSealed wrote.
func readSealed(file string, v any) bool {
	data, err := os.ReadFile(file)
	if err != nil {
		return false
	}
	sum, body, ok := bytes.Cut(data, []byte("\n"))
	if !ok || string(sum) != sumOf(body) {
		return false
	}
	return json.Unmarshal(body, v) == nil
}

// writeSealed writes a file whole or not at all.
func writeSealed(file string, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return reason(err)
	}
	tmp := file + ".tmp"
	if err := os.WriteFile(tmp, append([]byte(sumOf(body)+"\n"), body...), 0o600); err != nil {
		return reason(err)
	}
	return reason(os.Rename(tmp, file))
}

func sumOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// sumOfTree returns the checksum of all files and links below a folder: their
// paths and what is in them.
func sumOfTree(dir string) (string, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return "", err
	}
	defer root.Close()
	var lines []string
	err = fs.WalkDir(root.FS(), ".", func(p string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir():
			return nil
		case d.Type()&fs.ModeSymlink != 0:
			target, err := root.Readlink(p)
			lines = append(lines, treeLine(p, "link", target))
			return err
		case !d.Type().IsRegular():
			return errors.New("neither a file nor a link")
		}
		f, err := root.Open(p)
		if err != nil {
			return err
		}
		defer f.Close()
		h := sha256.New()
		if _, err := io.Copy(h, f); err != nil {
			return err
		}
		lines = append(lines, treeLine(p, "file", hex.EncodeToString(h.Sum(nil))))
		return nil
	})
	if err != nil {
		return "", err
	}
	return sumOfLines(lines), nil
}

func treeLine(p, kind, content string) string { return fmt.Sprintf("%q %s %q", p, kind, content) }

func sumOfLines(lines []string) string {
	slices.Sort(lines)
	return sumOf([]byte(strings.Join(lines, "\n")))
}
