// Package publish makes a folder equal to a finished site.
//
//	Begin -> Write, Write, ... (beside the old site) -> Commit (one swap)
//
// Until Commit the old site is untouched; Commit exchanges the two folders in
// one step, so that a reader, a crash or a full disk never sees half a site.
// Files whose bytes did not change are linked, not written: they keep their
// time stamps, so an upload of the folder sends only what changed.
package publish

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"golang.org/x/text/unicode/norm"
)

// Marker is the file by which a folder is known as a site of ours: Begin
// refuses to replace a folder with other things in it.
const Marker = "api/build.json"

// ErrForeign says that the output folder holds something that Portolan did
// not write.
var ErrForeign = errors.New("the output folder holds files that Portolan did not write")

// ErrName says that a file has a name that cannot be published; only this file
// is lost.
var ErrName = errors.New("the name cannot be published")

// Stats says what a Commit did.
type Stats struct {
	Files     int   // of the new site
	Bytes     int64 // of the new site
	Written   int   // files that are new or changed
	Unchanged int
	Removed   int // files of the old site that are gone
}

// A Site is a site being written. Write is safe for concurrent use.
type Site struct {
	output  string // the folder that readers see
	staging string // beside it
	hadOld  bool

	mu     sync.Mutex
	folded map[string]string       // folded path to the path that has it
	dirs   map[string]func() error // what makes a folder, once
	stats  Stats
}

// Begin prepares writing a site that will replace the folder output. What an
// interrupted build left behind is removed. The caller makes sure that no two
// builds write the same folder at once.
func Begin(output string) (*Site, error) {
	output, err := filepath.Abs(output)
	if err != nil {
		return nil, fmt.Errorf("publish: %w", err)
	}
	// A link is followed, so that `public -> /srv/www` replaces what readers see.
	if real, err := filepath.EvalSymlinks(output); err == nil {
		output = real
	}
	s := &Site{output: output, folded: map[string]string{}, dirs: map[string]func() error{}}
	s.staging = filepath.Join(filepath.Dir(output), "."+filepath.Base(output)+".new")
	if s.hadOld, err = ours(output); err != nil {
		return nil, err
	}
	if err := os.RemoveAll(s.staging); err != nil {
		return nil, fmt.Errorf("publish: remove what an interrupted build left: %w", err)
	}
	if err := os.MkdirAll(s.staging, 0o755); err != nil {
		return nil, fmt.Errorf("publish: %w", err)
	}
	return s, nil
}

// Check tells early whether Begin would refuse the folder.
func Check(output string) error {
	_, err := ours(output)
	return err
}

// ours tells whether there is an old site, and refuses foreign folders.
func ours(output string) (bool, error) {
	entries, err := os.ReadDir(output)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("publish: %w", err)
	case len(entries) == 0:
		return true, nil
	}
	if _, err := os.Stat(filepath.Join(output, filepath.FromSlash(Marker))); err != nil {
		return false, fmt.Errorf("publish %s: %w; empty it, or choose another folder", output, ErrForeign)
	}
	return true, nil
}

// Write adds one file. The name is a slash-separated path below the site's
// root. A name that is no file everywhere, or that some file systems take for
// one already written, is an ErrName.
func (s *Site) Write(name string, data []byte) error {
	if err := checkPath(name); err != nil {
		return err
	}
	if err := s.claim(name, len(data)); err != nil {
		return err
	}
	to := filepath.Join(s.staging, filepath.FromSlash(name))
	if s.hadOld {
		from := filepath.Join(s.output, filepath.FromSlash(name))
		if same(from, data) && os.Link(from, to) == nil {
			s.count(func(st *Stats) { st.Unchanged++ })
			return nil
		}
	}
	if err := os.WriteFile(to, data, 0o644); err != nil {
		return fmt.Errorf("publish %s: %w", name, err)
	}
	s.count(func(st *Stats) { st.Written++ })
	return nil
}

// claim reserves a path and makes its folder.
func (s *Site) claim(name string, size int) error {
	folder, err := s.reserve(name, size)
	if err != nil {
		return err
	}
	if err := folder(); err != nil {
		return fmt.Errorf("publish %s: %w", name, err)
	}
	return nil
}

// reserve returns what makes the folder of a path: it works once, and everyone
// with a file in the folder waits for it, but for no other.
func (s *Site) reserve(name string, size int) (folder func() error, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := norm.NFC.String(strings.ToLower(name))
	if first, taken := s.folded[key]; taken {
		return nil, fmt.Errorf("%w: two files for one address: %s and %s", ErrName, first, name)
	}
	s.folded[key] = name
	s.stats.Files++
	s.stats.Bytes += int64(size)
	dir := path.Dir(name)
	if s.dirs[dir] == nil {
		s.dirs[dir] = sync.OnceValue(func() error { return os.MkdirAll(filepath.Join(s.staging, filepath.FromSlash(dir)), 0o755) })
	}
	return s.dirs[dir], nil
}

func (s *Site) count(f func(*Stats)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f(&s.stats)
}

// Has tells whether a file was already written.
func (s *Site) Has(name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, ok := s.folded[norm.NFC.String(strings.ToLower(name))]
	return ok
}

// Paths returns what was written so far, sorted.
func (s *Site) Paths() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]string, 0, len(s.folded))
	for _, name := range s.folded {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

// Commit puts the new site in the place of the old one.
func (s *Site) Commit() (Stats, error) {
	if s.hadOld {
		s.stats.Removed = s.removed()
	}
	if err := syncDir(s.staging); err != nil {
		return Stats{}, errors.Join(fmt.Errorf("publish: %w", err), s.Abort())
	}
	if err := swap(s.staging, s.output, s.hadOld); err != nil {
		return Stats{}, errors.Join(fmt.Errorf("publish: %w", err), s.Abort())
	}
	// From here on the new site is the one that readers see; what stands in
	// the staging folder is the old one.
	if err := os.RemoveAll(s.staging); err != nil {
		return s.stats, fmt.Errorf("publish: remove the old site: %w", err)
	}
	return s.stats, nil
}

// Abort removes what was written. The old site stays as it is.
func (s *Site) Abort() error {
	if err := os.RemoveAll(s.staging); err != nil {
		return fmt.Errorf("publish: clean up: %w", err)
	}
	return nil
}

func (s *Site) removed() int {
	n := 0
	_ = filepath.WalkDir(s.output, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return nil
		}
		rel, err := filepath.Rel(s.output, name)
		if err == nil && !s.Has(filepath.ToSlash(rel)) {
			n++
		}
		return nil
	})
	return n
}

// same tells whether the file holds just these bytes.
func same(name string, data []byte) bool {
	info, err := os.Lstat(name)
	if err != nil || !info.Mode().IsRegular() || info.Size() != int64(len(data)) {
		return false
	}
	old, err := os.ReadFile(name)
	return err == nil && bytes.Equal(old, data)
}

// checkPath refuses names that are no file on some host or file system.
func checkPath(name string) error {
	if !fs.ValidPath(name) || name == "." {
		return fmt.Errorf("%w: %q is no path inside the site", ErrName, name)
	}
	for part := range strings.SplitSeq(name, "/") {
		switch {
		case len(part) > 255:
			return fmt.Errorf("%w: a part of %.80q... is longer than 255 bytes", ErrName, name)
		case strings.HasSuffix(part, "."), strings.HasSuffix(part, " "), strings.ContainsAny(part, "\\<>:\"|?*\x00"):
			return fmt.Errorf("%w: %q cannot be a file on every system", ErrName, name)
		}
	}
	return nil
}

// rename2 is the swap for systems that cannot exchange two folders: the site
// is absent for the moment between the two calls.
func rename2(staging, output string) error {
	old := staging + ".old"
	if err := os.RemoveAll(old); err != nil {
		return err
	}
	if err := os.Rename(output, old); err != nil {
		return err
	}
	if err := os.Rename(staging, output); err != nil {
		return errors.Join(err, os.Rename(old, output))
	}
	return os.RemoveAll(old)
}
