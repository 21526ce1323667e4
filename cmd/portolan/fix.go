package main

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/portolan-dev/portolan/generator"
	"github.com/portolan-dev/portolan/sources"
	"github.com/portolan-dev/portolan/sources/diag"
)

// maxFixRounds bounds how often files are read again: an entity shows its next
// fault when the one before it is mended.
const maxFixRounds = 10

// fixAll mends what has one right answer, in the files themselves, until
// nothing of that kind is left. It returns what is left then.
func (a *app) fixAll(ctx context.Context, opt generator.Options) (*generator.Report, error) {
	for round := 1; ; round++ {
		r, err := generator.New(opt).Check(ctx)
		if err != nil || round > maxFixRounds {
			return r, err
		}
		n, err := a.fix(r)
		if err != nil || n == 0 {
			return r, err
		}
	}
}

// fix makes the fixes of a report and returns how many it made. Only folders on
// this machine are written to, never what was fetched.
func (a *app) fix(r *generator.Report) (int, error) {
	type key struct {
		repo *sources.Repo
		file string
	}
	byFile := map[key][]diag.Diagnostic{}
	var order []key
	for _, d := range r.Diagnostics {
		i := slices.IndexFunc(r.Repos, func(repo *sources.Repo) bool { return repo.Name == d.Repo })
		if d.Fix == (diag.Fix{}) || d.Pos.Line == 0 || i < 0 || r.Repos[i].Local == "" {
			continue
		}
		file, ok := strings.CutPrefix(d.Pos.File, r.Repos[i].Prefix+"/")
		if !ok {
			continue
		}
		k := key{r.Repos[i], file}
		if byFile[k] == nil {
			order = append(order, k)
		}
		byFile[k] = append(byFile[k], d)
	}
	made := 0
	for _, k := range order {
		done, err := fixFile(k.repo.Local, k.file, byFile[k])
		if err != nil {
			return made, fmt.Errorf("mend %s: %w", k.repo.Pos(k.file), err)
		}
		for _, d := range done {
			if !a.quiet {
				say(a.stderr, "%s: fixed: %s is now %s [%s]\n", diag.Printable(d.Pos.String()), diag.Printable(d.Fix.Old), diag.Printable(d.Fix.New), d.Rule)
			}
		}
		made += len(done)
	}
	return made, nil
}

// fixFile mends one file below dir and returns what it mended. The file is
// replaced as a whole; what leads out of the folder is not touched.
func fixFile(dir, name string, ds []diag.Diagnostic) (done []diag.Diagnostic, err error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, root.Close()) }()
	info, err := root.Lstat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, nil // a link: the file that it leads to has its own name
	}
	src, err := root.ReadFile(name)
	if err != nil {
		return nil, err
	}
	out, done := fixed(src, ds)
	if len(done) == 0 {
		return nil, nil
	}
	tmp := path.Join(path.Dir(name), "."+path.Base(name)+"."+rand.Text()[:8])
	f, err := root.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, info.Mode().Perm())
	if err != nil {
		return nil, err
	}
	_, err = io.Copy(f, bytes.NewReader(out))
	if err = errors.Join(err, f.Chmod(info.Mode().Perm()), f.Close()); err == nil {
		err = root.Rename(tmp, name)
	}
	if err != nil {
		if e := root.Remove(tmp); e != nil && !errors.Is(e, fs.ErrNotExist) {
			err = errors.Join(err, e)
		}
		return nil, err
	}
	return done, nil
}

// fixed returns src with the fixes that fit it, and their diagnostics. A fix
// whose text is not at its place, as of a value that an alias or another file
// brought in, is left out.
func fixed(src []byte, ds []diag.Diagnostic) ([]byte, []diag.Diagnostic) {
	type edit struct {
		at, end int
		d       diag.Diagnostic
	}
	starts := []int{0}
	for i, b := range src {
		if b == '\n' {
			starts = append(starts, i+1)
		}
	}
	var edits []edit
	for _, d := range ds {
		if d.Pos.Line < 1 || d.Pos.Line > len(starts) {
			continue
		}
		at := starts[d.Pos.Line-1]
		if d.Pos.Line == 1 && bytes.HasPrefix(src, []byte("\ufeff")) {
			at += len("\ufeff")
		}
		for range d.Pos.Column - 1 {
			_, n := utf8.DecodeRune(src[at:])
			at += n
		}
		if at, end, ok := stands(src, at, d.Fix); ok {
			edits = append(edits, edit{at, end, d})
		}
	}
	slices.SortStableFunc(edits, func(a, b edit) int { return cmp.Compare(a.at, b.at) })
	var out []byte
	var done []diag.Diagnostic
	last := 0
	for _, e := range edits {
		if e.at < last {
			continue
		}
		out = append(append(out, src[last:e.at]...), e.d.Fix.New...)
		last = e.end
		done = append(done, e.d)
	}
	return append(out, src[last:]...), done
}

// stands finds the old text of a fix at a place of src: in quotes, if the new
// text needs none of its own, or as a whole word.
func stands(src []byte, at int, f diag.Fix) (from, to int, ok bool) {
	if at >= len(src) || f.Old == "" {
		return 0, 0, false
	}
	quote := src[at]
	if quote == '"' || quote == '\'' {
		at++
		ok = bytes.HasPrefix(src[at:], append([]byte(f.Old), quote)) && !strings.ContainsAny(f.Old, `"'\`) && !strings.ContainsAny(f.New, `"'\[]`)
		return at, at + len(f.Old), ok
	}
	if !bytes.HasPrefix(src[at:], []byte(f.Old)) {
		return 0, 0, false
	}
	end := at + len(f.Old)
	if end < len(src) && !bytes.ContainsRune([]byte(" \t\r\n,:]}"), rune(src[end])) {
		return 0, 0, false
	}
	return at, end, true
}
