package repos

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

// confined is a folder as a read-only file system that cannot be left. It
// holds regular files and folders only. A link to a file inside is that file;
// a link to a folder inside can be opened by its name but is not listed, so
// that walks end. Links that leave the folder, devices, pipes, sockets and
// git's own folder are not there.
//
// No handle is kept between two calls: thousands of repos may be open at once.
type confined struct {
	dir string // absolute

	mu   sync.Mutex
	real map[string]string // folder as asked for -> the folder it is, links followed
}

var (
	_ fs.ReadDirFS  = (*confined)(nil)
	_ fs.ReadFileFS = (*confined)(nil)
	_ fs.StatFS     = (*confined)(nil)
)

// openFolder returns the folder dir as a file system.
func openFolder(dir string) *confined {
	return &confined{dir: dir, real: map[string]string{}}
}

// maxLinks is how many links one path may go through.
const maxLinks = 32

func notThere(op, name string) error { return &fs.PathError{Op: op, Path: name, Err: fs.ErrNotExist} }

// Open opens a file or folder.
func (c *confined) Open(name string) (fs.File, error) {
	f, info, err := c.open("open", name)
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		_ = f.Close()
		return &folder{fsys: c, name: name, info: named{info, path.Base(name)}}, nil
	}
	return &file{f: f, info: named{info, path.Base(name)}}, nil
}

// Stat describes a file or folder.
func (c *confined) Stat(name string) (fs.FileInfo, error) {
	f, info, err := c.open("stat", name)
	if err != nil {
		return nil, err
	}
	_ = f.Close()
	return named{info, path.Base(name)}, nil
}

// ReadFile returns the content of a file.
func (c *confined) ReadFile(name string) ([]byte, error) {
	f, info, err := c.open("read", name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if info.IsDir() {
		return nil, &fs.PathError{Op: "read", Path: name, Err: errors.New("is a folder")}
	}
	if info.Size() > maxFile {
		return nil, &fs.PathError{Op: "read", Path: name, Err: errTooLarge}
	}
	// One byte more than promised shows that the file grew meanwhile.
	data := make([]byte, 0, info.Size()+1)
	for {
		n, err := f.Read(data[len(data):cap(data)])
		data = data[:len(data)+n]
		if err == io.EOF {
			return data, nil
		}
		if err != nil {
			return nil, err
		}
		if len(data) > maxFile {
			return nil, &fs.PathError{Op: "read", Path: name, Err: errTooLarge}
		}
		if len(data) == cap(data) {
			data = slices.Grow(data, max(512, len(data)))
		}
	}
}

// maxFile bounds a single read. Readers have narrower limits of their own.
const maxFile = 256 << 20

var errTooLarge = errors.New("the file is larger than 256 MB")

// ReadDir lists a folder by name, without what is not there.
func (c *confined) ReadDir(name string) ([]fs.DirEntry, error) {
	entries, _, err := c.list(name)
	return entries, err
}

// list lists a folder and says what was left out.
func (c *confined) list(name string) ([]fs.DirEntry, []refusal, error) {
	f, info, err := c.open("readdir", name)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	if !info.IsDir() {
		return nil, nil, &fs.PathError{Op: "readdir", Path: name, Err: errors.New("not a folder")}
	}
	all, err := f.ReadDir(-1)
	if err != nil {
		return nil, nil, err
	}
	slices.SortFunc(all, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	out := all[:0]
	var left []refusal
	for _, e := range all {
		full := path.Join(name, e.Name())
		switch {
		case gitName(e.Name()):
		case !utf8.ValidString(e.Name()):
			left = append(left, refusal{full, refusedName})
		case e.Type().IsRegular(), e.IsDir():
			out = append(out, e)
		case e.Type()&fs.ModeSymlink != 0:
			st, err := c.Stat(full)
			switch {
			case err != nil:
				left = append(left, refusal{full, c.whyLink(full)})
			case st.IsDir():
				left = append(left, refusal{full, refusedFolderLink})
			default:
				out = append(out, fs.FileInfoToDirEntry(st))
			}
		default:
			left = append(left, refusal{full, refusedDevice})
		}
	}
	return out, left, nil
}

// A refusal is one name that is on the disk and not in the file system.
type refusal struct {
	name string
	why  refusalReason
}

type refusalReason int

const (
	refusedLink       refusalReason = iota // leads out of the folder
	refusedDangling                        // leads nowhere, or in a circle
	refusedFolderLink                      // to a folder inside: readable by name, not listed
	refusedDevice
	refusedName
)

// whyLink tells apart links to nothing and links that leave.
func (c *confined) whyLink(name string) refusalReason {
	root, err := os.OpenRoot(c.dir)
	if err != nil {
		return refusedLink
	}
	defer root.Close()
	if real, err := resolve(root, name); err == nil && !slices.ContainsFunc(strings.Split(real, "/"), gitName) {
		if _, err := root.Lstat(real); errors.Is(err, fs.ErrNotExist) {
			return refusedDangling
		}
		return refusedDevice
	} else if errors.Is(err, errLoop) || errors.Is(err, fs.ErrNotExist) {
		return refusedDangling
	}
	return refusedLink
}

// open opens what name means and makes sure that it is a file or a folder.
func (c *confined) open(op, name string) (*os.File, fs.FileInfo, error) {
	if !fs.ValidPath(name) {
		return nil, nil, &fs.PathError{Op: op, Path: name, Err: fs.ErrInvalid}
	}
	root, err := os.OpenRoot(c.dir)
	if err != nil {
		return nil, nil, &fs.PathError{Op: op, Path: name, Err: reason(err)}
	}
	defer root.Close()
	real, err := c.follow(root, name)
	if err != nil {
		if errors.Is(err, fs.ErrPermission) {
			return nil, nil, &fs.PathError{Op: op, Path: name, Err: fs.ErrPermission}
		}
		return nil, nil, notThere(op, name)
	}
	// Non-blocking: opening a pipe must not wait for a writer.
	f, err := root.OpenFile(real, os.O_RDONLY|nonblock, 0)
	if err != nil {
		return nil, nil, &fs.PathError{Op: op, Path: name, Err: reason(err)}
	}
	info, err := f.Stat()
	if err != nil || !(info.Mode().IsRegular() || info.IsDir()) {
		_ = f.Close()
		return nil, nil, notThere(op, name)
	}
	if info.Mode().Perm()&0o444 == 0 {
		// Its owner wants nobody to read it; that an administrator could is no
		// reason to publish it.
		_ = f.Close()
		return nil, nil, &fs.PathError{Op: op, Path: name, Err: fs.ErrPermission}
	}
	return f, info, nil
}

// reason strips the machine's own paths from an error.
func reason(err error) error {
	var pe *fs.PathError
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fs.ErrNotExist
	case errors.Is(err, fs.ErrPermission):
		return fs.ErrPermission
	case errors.As(err, &pe):
		return pe.Err
	}
	return err
}

// follow is resolve with the folders remembered, so that a walk over a deep
// tree does not start from the top for each name.
func (c *confined) follow(root *os.Root, name string) (string, error) {
	if name == "." {
		return ".", nil
	}
	dir := path.Dir(name)
	real, err := c.folder(root, dir)
	if err != nil {
		return "", err
	}
	return resolveFrom(root, real, path.Base(name))
}

// folder returns the folder that dir is, links followed.
func (c *confined) folder(root *os.Root, dir string) (string, error) {
	if dir == "." {
		return ".", nil
	}
	c.mu.Lock()
	real, ok := c.real[dir]
	c.mu.Unlock()
	if ok {
		return real, nil
	}
	up, err := c.folder(root, path.Dir(dir))
	if err != nil {
		return "", err
	}
	if real, err = resolveFrom(root, up, path.Base(dir)); err != nil {
		return "", err
	}
	c.mu.Lock()
	if len(c.real) < maxPaths {
		c.real[dir] = real
	}
	c.mu.Unlock()
	return real, nil
}

var (
	errOutside = errors.New("leads out of the folder")
	errLoop    = errors.New("goes through too many links")
)

// resolve follows the links of a path inside root, name by name, and refuses
// what leaves it or enters git's own folder. Reading goes through the same
// root afterwards, so a link that is swapped meanwhile cannot leave either.
func resolve(root *os.Root, name string) (string, error) {
	return resolveFrom(root, ".", name)
}

// resolveFrom is resolve for a name in a folder that is free of links.
func resolveFrom(root *os.Root, dir, name string) (string, error) {
	if gitPath(name) {
		return "", errOutside
	}
	done, rest := dir, strings.Split(name, "/")
	if dir == "." {
		done = ""
	}
	for links := 0; len(rest) > 0; {
		part := rest[0]
		rest = rest[1:]
		switch part {
		case "", ".":
			continue
		case "..":
			if done == "" {
				return "", errOutside
			}
			if done = path.Dir(done); done == "." {
				done = ""
			}
			continue
		}
		if gitName(part) {
			return "", errOutside
		}
		next := path.Join(done, part)
		info, err := root.Lstat(next)
		if err != nil {
			return "", err
		}
		if info.Mode()&fs.ModeSymlink == 0 {
			done = next
			continue
		}
		if links++; links > maxLinks {
			return "", errLoop
		}
		target, err := root.Readlink(next)
		if err != nil {
			return "", err
		}
		if target == "" || path.IsAbs(target) || strings.Contains(target, `\`) {
			return "", errOutside
		}
		rest = append(strings.Split(target, "/"), rest...)
		if len(rest) > 4096 {
			return "", errLoop
		}
	}
	if done == "" {
		return ".", nil
	}
	return done, nil
}

// gitPath tells whether a part of a path is git's own folder.
func gitPath(name string) bool { return slices.ContainsFunc(strings.Split(name, "/"), gitName) }

// gitName tells whether a file system somewhere takes this name for ".git".
// Source: git, path.c, is_ntfs_dotgit and utf8.c, is_hfs_dotgit.
func gitName(part string) bool {
	if len(part) > 64 || len(part) < 4 {
		return false
	}
	s := strings.ToLower(strings.Map(func(r rune) rune {
		switch {
		case r >= 0x200c && r <= 0x200f, r >= 0x202a && r <= 0x202e, r >= 0x206a && r <= 0x206f, r == 0xfeff:
			return -1
		}
		return r
	}, part))
	s, _, _ = strings.Cut(s, ":")
	s = strings.TrimRight(s, " .")
	return s == ".git" || s == "git~1"
}

// named is a file's description under the name by which it was asked for.
type named struct {
	fs.FileInfo
	name string
}

func (n named) Name() string { return n.name }

// Sys hides the machine's own facts.
func (n named) Sys() any { return nil }

type file struct {
	f    *os.File
	info named
}

func (f *file) Stat() (fs.FileInfo, error) { return f.info, nil }
func (f *file) Read(p []byte) (int, error) { return f.f.Read(p) }
func (f *file) Close() error               { return f.f.Close() }

type folder struct {
	fsys   *confined
	name   string
	info   named
	rest   []fs.DirEntry
	listed bool
}

func (d *folder) Stat() (fs.FileInfo, error) { return d.info, nil }
func (d *folder) Close() error               { return nil }
func (d *folder) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: d.name, Err: errors.New("is a folder")}
}

func (d *folder) ReadDir(n int) ([]fs.DirEntry, error) {
	if !d.listed {
		var err error
		if d.rest, err = d.fsys.ReadDir(d.name); err != nil {
			return nil, err
		}
		d.listed = true
	}
	if n <= 0 {
		out := d.rest
		d.rest = nil
		return out, nil
	}
	if len(d.rest) == 0 {
		return nil, io.EOF
	}
	n = min(n, len(d.rest))
	out := d.rest[:n:n]
	d.rest = d.rest[n:]
	return out, nil
}

// nothing is the file system of a source that could not be read.
type nothing struct{}

func (nothing) Open(name string) (fs.File, error) {
	if name == "." {
		return &folder{name: ".", listed: true, info: named{name: ".", FileInfo: emptyInfo{}}}, nil
	}
	return nil, notThere("open", name)
}

type emptyInfo struct{}

func (emptyInfo) Name() string       { return "." }
func (emptyInfo) Size() int64        { return 0 }
func (emptyInfo) Mode() fs.FileMode  { return fs.ModeDir | 0o555 }
func (emptyInfo) ModTime() time.Time { return time.Time{} }
func (emptyInfo) IsDir() bool        { return true }
func (emptyInfo) Sys() any           { return nil }
