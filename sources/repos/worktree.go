package repos

import (
	"context"
	"io"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// A worktree is what git knows of a folder on this machine.
type worktree struct {
	objects objects
	url     string // web address of the repository, or ""
	branch  string
}

// findWorktree finds the repository that a folder belongs to: its own, or one
// further up that tracks it. A folder that merely lies inside of another
// repository belongs to none. Nothing is run in the folder, and its settings
// are read as text only.
func findWorktree(ctx context.Context, program, dir string) (worktree, bool) {
	dir, err := filepath.EvalSymlinks(dir)
	if err != nil || program == "" {
		return worktree{}, false
	}
	for at := dir; ; {
		if gitDir, common, ok := gitDirOf(at); ok {
			w, ok := readGitDir(gitDir, common)
			if !ok {
				return worktree{}, false
			}
			w.objects.program = program
			prefix, err := filepath.Rel(at, dir)
			if err != nil {
				return worktree{}, false
			}
			if prefix = filepath.ToSlash(prefix); prefix != "." {
				w.objects.prefix = prefix
			}
			if w.objects.prefix != "" && !w.objects.tracked(ctx) {
				return worktree{}, false
			}
			return w, true
		}
		up := filepath.Dir(at)
		if up == at {
			return worktree{}, false
		}
		at = up
	}
}

// gitDirOf returns the git directory of the work tree whose top is dir, and
// the one that holds its objects: they differ in an additional work tree.
func gitDirOf(dir string) (gitDir, common string, ok bool) {
	dot := filepath.Join(dir, ".git")
	info, err := os.Lstat(dot)
	if err != nil {
		return "", "", false
	}
	if info.IsDir() {
		return dot, dot, true
	}
	if !info.Mode().IsRegular() {
		return "", "", false
	}
	target, ok := strings.CutPrefix(readLine(dot), "gitdir: ")
	if !ok {
		return "", "", false
	}
	if !filepath.IsAbs(target) {
		target = filepath.Join(dir, target)
	}
	// The way back must lead here, else the file could name any repository.
	back := readLine(filepath.Join(target, "gitdir"))
	if a, err := os.Stat(back); err != nil || back == "" || !os.SameFile(a, info) {
		return "", "", false
	}
	common = readLine(filepath.Join(target, "commondir"))
	if common == "" {
		return "", "", false
	}
	if !filepath.IsAbs(common) {
		common = filepath.Join(target, common)
	}
	return target, common, true
}

// readGitDir reads HEAD, the commit it names, and the address of origin.
func readGitDir(gitDir, common string) (worktree, bool) {
	w := worktree{objects: objects{dir: filepath.Join(common, "objects"), shallow: filepath.Join(common, "shallow")}}
	head := readLine(filepath.Join(gitDir, "HEAD"))
	if ref, ok := strings.CutPrefix(head, "ref: "); ok {
		if !strings.HasPrefix(ref, "refs/heads/") || path.Clean(ref) != ref || strings.ContainsAny(ref, `\:`) {
			return w, false
		}
		w.branch = strings.TrimPrefix(ref, "refs/heads/")
		if head = readLine(filepath.Join(common, filepath.FromSlash(ref))); head == "" {
			head = packedRef(filepath.Join(common, "packed-refs"), ref)
		}
	}
	if !hexID(head) {
		return w, false
	}
	w.objects.head = head
	if ref := readLine(filepath.Join(common, "refs/remotes/origin/HEAD")); w.branch == "" && ref != "" {
		w.branch = strings.TrimPrefix(ref, "ref: refs/remotes/origin/")
	}
	w.url = webURL(originOf(readText(filepath.Join(common, "config"))))
	return w, true
}

// packedRef finds a ref in a file of packed refs.
func packedRef(file, ref string) string {
	for line := range strings.Lines(readText(file)) {
		if id, name, ok := strings.Cut(strings.TrimSpace(line), " "); ok && name == ref {
			return id
		}
	}
	return ""
}

// originOf reads remote.origin.url from the text of a git configuration.
func originOf(text string) string {
	inside := false
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "[") {
			inside = strings.HasPrefix(strings.ToLower(line), `[remote "origin"]`)
			continue
		}
		key, value, ok := strings.Cut(line, "=")
		if inside && ok && strings.EqualFold(strings.TrimSpace(key), "url") {
			return strings.Trim(strings.TrimSpace(value), `"`)
		}
	}
	return ""
}

// webURL turns the address of a clone into that of the repo's page on its
// host, without user names or tokens; "" for addresses that have no page.
func webURL(clone string) string {
	if host, p, ok := strings.Cut(clone, ":"); ok && !strings.Contains(host, "/") && !strings.HasPrefix(p, "//") {
		// git@host:owner/name.git
		if _, h, ok := strings.Cut(host, "@"); ok {
			clone = "ssh://" + h + "/" + strings.TrimPrefix(p, "/")
		}
	}
	u, err := url.Parse(clone)
	if err != nil || u.Hostname() == "" {
		return ""
	}
	out := url.URL{Scheme: u.Scheme, Host: u.Host, Path: strings.TrimSuffix(strings.TrimRight(u.Path, "/"), ".git")}
	switch u.Scheme {
	case "https", "http":
	case "ssh", "git", "git+ssh":
		out.Scheme, out.Host = "https", u.Hostname()
	default:
		return ""
	}
	if strings.ContainsAny(out.Host+out.Path, "\x00\n\r\t \"<>\\") {
		return ""
	}
	return out.String()
}

// readLine returns the first line of a small file, "" if there is none.
func readLine(file string) string {
	line, _, _ := strings.Cut(readText(file), "\n")
	return strings.TrimSpace(line)
}

// readText returns the text of a file of at most 8 MB, "" if there is none.
func readText(file string) string {
	f, err := os.OpenFile(file, os.O_RDONLY|nonblock, 0)
	if err != nil {
		return ""
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return ""
	}
	data, err := io.ReadAll(io.LimitReader(f, 8<<20))
	if err != nil {
		return ""
	}
	return string(data)
}
