package repos

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/portolan-dev/portolan/sources"
)

// Bounds of one history. Files that are older than what was looked at have no
// known last change, which is better than a wrong one.
const (
	maxCommits  = 50_000
	historyTime = 30 * time.Second
	maxPaths    = 200_000
)

// history answers last changes from one pass over git's log, which is made
// when the first question comes.
type history struct {
	once sync.Once
	load func() map[string]sources.Change
	last map[string]sources.Change
}

var _ sources.History = (*history)(nil)

// LastChange returns the newest commit that touched the file.
func (h *history) LastChange(name string) (sources.Change, bool) {
	h.once.Do(func() { h.last = h.load() })
	c, ok := h.last[name]
	return c, ok
}

// objects is where the commits of a repo are, and from which one to start.
type objects struct {
	program string
	dir     string // the folder "objects"
	shallow string // the file that names the commits whose parents are missing; may not exist
	head    string // hexadecimal id of a commit
	prefix  string // folder inside the repo, "" for its root
}

// bare calls f with a git that sees the objects and nothing else: none of the
// settings, hooks or refs beside them. No protocol is allowed, so nothing that
// is missing is fetched.
func (o objects) bare(f func(g *git) error) error {
	dir, err := os.MkdirTemp("", "portolan-git-")
	if err != nil {
		return fmt.Errorf("read history: %w", err)
	}
	defer os.RemoveAll(dir)
	if err := emptyGitDir(dir, len(o.head) == 64); err != nil {
		return fmt.Errorf("read history: %w", err)
	}
	env := []string{"GIT_OBJECT_DIRECTORY=" + o.dir}
	if _, err := os.Stat(o.shallow); err == nil {
		env = append(env, "GIT_SHALLOW_FILE="+o.shallow)
	}
	return f(&git{program: o.program, dir: dir, allow: "none", env: env})
}

// emptyGitDir makes the least that git takes for a repository.
func emptyGitDir(dir string, sha256 bool) error {
	config := "[core]\n\trepositoryformatversion = 0\n\tbare = true\n"
	if sha256 {
		config = "[core]\n\trepositoryformatversion = 1\n\tbare = true\n[extensions]\n\tobjectFormat = sha256\n"
	}
	return errors.Join(
		os.MkdirAll(filepath.Join(dir, "objects"), 0o700),
		os.MkdirAll(filepath.Join(dir, "refs"), 0o700),
		os.WriteFile(filepath.Join(dir, "HEAD"), []byte("ref: refs/heads/none\n"), 0o600),
		os.WriteFile(filepath.Join(dir, "config"), []byte(config), 0o600),
	)
}

// within limits a command of git to the folder prefix.
func (o objects) within(args ...string) []string {
	if o.prefix == "" {
		return args
	}
	return append(args, "--", o.prefix)
}

// tracked tells whether the commit holds the folder prefix.
func (o objects) tracked(ctx context.Context) bool {
	found := false
	err := o.bare(func(g *git) error {
		out, err := g.run(ctx, nil, 1<<20, o.within("--literal-pathspecs", "ls-tree", "-z", "--full-tree", "--name-only", o.head)...)
		found = err == nil && (o.prefix == "" || len(out) > 0)
		return err
	})
	return err == nil && found
}

// history reads the last change of every file that the commit holds. With an
// error, some may be missing.
func (o objects) history() (map[string]sources.Change, error) {
	ctx, cancel := context.WithTimeout(context.Background(), historyTime)
	defer cancel()
	last := map[string]sources.Change{}
	inside := func(name string) (string, bool) {
		if o.prefix == "" {
			return name, true
		}
		return strings.CutPrefix(name, o.prefix+"/")
	}
	err := o.bare(func(g *git) error {
		wanted := map[string]bool{}
		err := g.stream(ctx, nil, func(r io.Reader) error {
			return records(r, func(name string) error {
				if name, ok := inside(name); ok {
					wanted[name] = true
				}
				if len(wanted) >= maxPaths {
					return errEnough
				}
				return nil
			})
		}, o.within("--literal-pathspecs", "ls-tree", "-r", "-z", "--full-tree", "--name-only", o.head)...)
		if err != nil {
			return err
		}
		boundary := o.boundary()
		var commit sources.Change
		skip := true
		return g.stream(ctx, nil, func(r io.Reader) error {
			return records(r, func(rec string) error {
				rec = strings.TrimPrefix(rec, "\n")
				if head, ok := strings.CutPrefix(rec, "\x01"); ok {
					if c, ok := parseCommit(head); ok {
						commit, skip = c, boundary[c.Commit]
						return nil
					}
				}
				name, ok := inside(rec)
				if !ok || skip || !wanted[name] {
					return nil
				}
				delete(wanted, name)
				last[name] = commit
				if len(wanted) == 0 {
					return errEnough
				}
				return nil
			})
		}, o.within("--literal-pathspecs", "log", "-z", "--no-color", "--no-renames", "--no-ext-diff", "--no-textconv", "--name-only",
			"--max-count="+strconv.Itoa(maxCommits), "--format=tformat:%x01%H %at %an", o.head)...)
	})
	return last, err
}

// remembered returns the history of the files, which is read from git once for
// each commit and kept below state. An empty state keeps nothing.
func (o objects) remembered(state string) *history {
	if state == "" {
		return &history{load: func() map[string]sources.Change { last, _ := o.history(); return last }}
	}
	sum := sha256.Sum256([]byte(o.dir + "\x00" + o.prefix))
	file := filepath.Join(state, "history", hex.EncodeToString(sum[:12])+".json")
	return &history{load: func() map[string]sources.Change {
		if last, ok := loadHistory(file, o.head); ok {
			return last
		}
		last, err := o.history()
		if err == nil { // half a history is better than none today, and asked for again tomorrow
			saveHistory(file, o.head, last)
		}
		return last
	}}
}

// A kept is the form of a history on the disk: each commit once.
type kept struct {
	Version int              `json:"version"`
	Head    string           `json:"head"`
	Commits []sources.Change `json:"commits"`
	Files   map[string]int   `json:"files"`
}

func loadHistory(file, head string) (map[string]sources.Change, bool) {
	var k kept
	if !readSealed(file, &k) || k.Version != cacheVersion || k.Head != head {
		return nil, false
	}
	last := make(map[string]sources.Change, len(k.Files))
	for name, i := range k.Files {
		if i < 0 || i >= len(k.Commits) {
			return nil, false
		}
		last[name] = k.Commits[i]
	}
	return last, true
}

// saveHistory keeps a history; without it the next build asks git again.
func saveHistory(file, head string, last map[string]sources.Change) {
	k := kept{Version: cacheVersion, Head: head, Files: make(map[string]int, len(last))}
	at := map[string]int{}
	for name, c := range last {
		i, ok := at[c.Commit]
		if !ok {
			i = len(k.Commits)
			at[c.Commit] = i
			k.Commits = append(k.Commits, c)
		}
		k.Files[name] = i
	}
	_ = writeSealed(file, k)
}

// boundary returns the commits at which a shallow history was cut. All files
// look new there, so they say nothing of last changes.
func (o objects) boundary() map[string]bool {
	out := map[string]bool{}
	data, err := os.ReadFile(o.shallow)
	if err != nil {
		return out
	}
	for line := range bytes.Lines(data) {
		out[string(bytes.TrimSpace(line))] = true
	}
	return out
}

// parseCommit reads "<id> <seconds> <author>".
func parseCommit(s string) (sources.Change, bool) {
	id, rest, ok := strings.Cut(s, " ")
	if !ok || !hexID(id) {
		return sources.Change{}, false
	}
	seconds, author, ok := strings.Cut(rest, " ")
	if !ok {
		return sources.Change{}, false
	}
	t, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil {
		return sources.Change{}, false
	}
	c := sources.Change{Commit: id, Author: plain(author)}
	// A date before git existed, or beyond what calendars write, is none.
	if t > 0 && t < 253402300800 {
		c.Time = time.Unix(t, 0).UTC()
	}
	return c, true
}

// hexID tells whether s is the id of a git object.
func hexID(s string) bool {
	if len(s) != 40 && len(s) != 64 {
		return false
	}
	return strings.Trim(s, "0123456789abcdef") == ""
}

// records calls f for each NUL-terminated record.
func records(r io.Reader, f func(string) error) error {
	sc := bufio.NewScanner(r)
	sc.Buffer(make([]byte, 0, 64<<10), 1<<20)
	sc.Split(func(data []byte, atEOF bool) (int, []byte, error) {
		if i := bytes.IndexByte(data, 0); i >= 0 {
			return i + 1, data[:i], nil
		}
		if atEOF && len(data) > 0 {
			return len(data), data, nil
		}
		return 0, nil, nil
	})
	for sc.Scan() {
		if err := f(sc.Text()); err != nil {
			return err
		}
	}
	return sc.Err()
}
