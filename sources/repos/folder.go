package repos

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
	"github.com/portolan-dev/portolan/sources"
	"github.com/portolan-dev/portolan/sources/diag"
)

// expand finds the folders that a Dir pattern means.
func expand(s Spec, opt Options) ([]task, []diag.Diagnostic) {
	fail := func(rule, message, hint string) []diag.Diagnostic {
		return []diag.Diagnostic{{Pos: s.Pos, Severity: diag.Error, Rule: rule, Message: message, Hint: hint}}
	}
	pattern := filepath.ToSlash(s.Dir)
	if rest, ok := strings.CutPrefix(pattern, "~/"); ok {
		home, err := os.UserHomeDir()
		if err != nil {
			return nil, fail("source-missing", fmt.Sprintf("dir %q: the home folder is not known", s.Dir), "")
		}
		pattern = path.Join(filepath.ToSlash(home), rest)
	}
	pattern = path.Clean(pattern)
	if !doublestar.ValidatePattern(pattern) {
		return nil, fail("source-invalid", fmt.Sprintf("dir %q is not a valid pattern", s.Dir), "a [ or { needs its partner; write \\[ for the letter itself")
	}
	// above is how the folder before the first pattern is written, abs where it is.
	above, rest := doublestar.SplitPattern(pattern)
	if !isPattern(pattern) {
		above, rest = pattern, "."
	}
	abs := filepath.FromSlash(above)
	if !filepath.IsAbs(abs) {
		abs = filepath.Join(opt.Base, abs)
	}
	abs, err := filepath.Abs(abs)
	if err != nil {
		return nil, fail("source-missing", fmt.Sprintf("dir %q: %v", s.Dir, err), "")
	}
	make := func(rel string) task {
		dir := filepath.Join(abs, filepath.FromSlash(rel))
		t := task{
			key: "dir\x00" + dir, parts: split(filepath.ToSlash(dir)), spec: s,
			prefix: path.Join(above, rel),
			read: func(ctx context.Context, t task, program string) result {
				return readFolder(ctx, t, dir, program, opt)
			},
		}
		if isBare(dir) {
			// A folder that holds no files but a repository: read what it stores.
			a := address{scheme: "file", url: dir, show: t.prefix}
			t.parts[len(t.parts)-1] = strings.TrimSuffix(t.parts[len(t.parts)-1], ".git")
			t.read = func(ctx context.Context, t task, program string) result {
				_, gitErr := findGit()
				return readGit(ctx, t, a, opt, program, gitErr)
			}
		}
		return t
	}
	if rest == "." {
		t := make(".")
		t.fixed = s.Name
		if info, err := os.Stat(abs); err != nil || !info.IsDir() {
			message := fmt.Sprintf("the folder %s does not exist", above)
			if err == nil {
				message = fmt.Sprintf("%s is not a folder", above)
			} else if errors.Is(err, fs.ErrPermission) {
				message = fmt.Sprintf("the folder %s may not be read", above)
			}
			t.read = func(_ context.Context, t task, _ string) result {
				return result{repo: failed(t, message), diagnostics: []diag.Diagnostic{{Pos: s.Pos, Severity: diag.Error, Rule: "source-missing", Message: message, Hint: neighbour(abs), Repo: t.name}}}
			}
		}
		return []task{t}, nil
	}
	root, err := os.OpenRoot(abs)
	if err != nil {
		return nil, fail("source-missing", fmt.Sprintf("no folder matches dir %q: %s does not exist", s.Dir, above), neighbour(abs))
	}
	defer root.Close()
	var matches []string
	err = doublestar.GlobWalk(root.FS(), rest, func(p string, d fs.DirEntry) error {
		if len(matches) >= maxRepos {
			return errEnough
		}
		if strings.HasPrefix(path.Base(p), ".") && !strings.HasPrefix(path.Base(rest), ".") || gitPath(p) {
			return nil
		}
		if d.IsDir() {
			matches = append(matches, p)
		} else if d.Type()&fs.ModeSymlink != 0 {
			// A link that the operator put among his repos may lead anywhere.
			if info, err := os.Stat(filepath.Join(abs, filepath.FromSlash(p))); err == nil && info.IsDir() {
				matches = append(matches, p)
			}
		}
		return nil
	}, doublestar.WithNoFollow())
	if err != nil && !errors.Is(err, errEnough) {
		return nil, fail("source-missing", fmt.Sprintf("dir %q cannot be searched: %v", s.Dir, reason(err)), "")
	}
	if len(matches) == 0 {
		return nil, fail("source-missing", fmt.Sprintf("no folder matches dir %q", s.Dir), fmt.Sprintf("the pattern is searched from %s", above))
	}
	slices.Sort(matches)
	tasks := []task{}
	for _, m := range slices.Compact(matches) {
		tasks = append(tasks, make(m))
	}
	if len(tasks) == 1 {
		tasks[0].fixed = s.Name
	}
	return tasks, nil
}

// maxRepos bounds the matches of one pattern.
const maxRepos = 100_000

// isBare tells whether a folder is a git repository without files of its own.
func isBare(dir string) bool {
	for _, name := range []string{"objects", "refs"} {
		if info, err := os.Lstat(filepath.Join(dir, name)); err != nil || !info.IsDir() {
			return false
		}
	}
	head := readLine(filepath.Join(dir, "HEAD"))
	return strings.HasPrefix(head, "ref: refs/") || hexID(head)
}

// neighbour suggests a folder beside one that is missing.
func neighbour(abs string) string {
	entries, err := os.ReadDir(filepath.Dir(abs))
	if err != nil {
		return ""
	}
	var names []string
	for _, e := range entries {
		if e.IsDir() {
			names = append(names, e.Name())
		}
	}
	return diag.DidYouMean(filepath.Base(abs), names)
}

// split returns the parts of a path that can be part of a name.
func split(p string) []string {
	var out []string
	for _, s := range strings.Split(p, "/") {
		if s = strings.TrimSuffix(s, ":"); s != "" && s != "." && s != ".." {
			out = append(out, s)
		}
	}
	if len(out) == 0 {
		out = []string{"root"}
	}
	return out
}

// readFolder reads a folder of this machine.
func readFolder(ctx context.Context, t task, dir, program string, opt Options) result {
	fsys := openFolder(dir)
	r := &sources.Repo{
		Name: t.name, Prefix: cmp.Or(t.prefix, t.name), FS: fsys, Local: dir,
		Freshness: sources.Freshness{State: sources.Fresh, ObservedAt: opt.Now},
	}
	if _, err := fsys.ReadDir("."); err != nil {
		message := fmt.Sprintf("the folder %s cannot be read: %v", r.Prefix, reason(err))
		return result{repo: failed(t, message), diagnostics: []diag.Diagnostic{{Pos: t.spec.Pos, Severity: diag.Error, Rule: "source-missing", Message: message, Repo: t.name}}}
	}
	if w, ok := findWorktree(ctx, program, dir); ok {
		r.URL, r.Branch, r.Commit, r.Dir = w.url, w.branch, w.objects.head, w.objects.prefix
		r.History = w.objects.remembered(opt.State)
	}
	return result{repo: r, diagnostics: leftOut(ctx, fsys, r)}
}
