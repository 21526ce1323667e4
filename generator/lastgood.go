package generator

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/portolan-dev/portolan/generator/cache"
	"github.com/portolan-dev/portolan/sources"
	"github.com/portolan-dev/portolan/sources/catalog"
	"github.com/portolan-dev/portolan/sources/diag"
)

// A goodRepo is what the descriptors of a repo were when they could be read
// last. It holds sources, not results: what is shown of them is judged by the
// rules of today.
type goodRepo struct{ Files []goodFile } // by path

type goodFile struct {
	Path string
	Docs []goodDoc // by position in the file
}

// A goodDoc is a document that was an entity.
type goodDoc struct {
	Ref      string // canonical
	Source   []byte
	Includes []goodInclude
	Since    time.Time // when it was first found that it cannot be read; zero: it can
}

// A goodInclude is a file that a placeholder of the document named; an empty
// one is not kept.
type goodInclude struct {
	Path string
	Data []byte
}

// goodVersion is part of the key: raise it when goodRepo changes.
const goodVersion = 1

// keepGood adds to the batch of a repo the entities that earlier builds read
// from files that cannot be read now, each marked as stale, and remembers what
// could be read for the builds to come.
//
// An entity stays while a document of its file is rejected that may be it: one
// of the same name, or one whose name cannot be told. It goes with its file,
// and when its file holds no error and no longer describes it.
func keepGood(state string, repo *sources.Repo, opt catalog.ReadOptions, batch *catalog.Batch, now time.Time) (*catalog.Batch, error) {
	if repo.FS == nil {
		return batch, nil
	}
	sum := sha256.Sum256([]byte(repo.Name))
	pack := cache.Open[goodRepo](filepath.Join(state, "lastgood", "catalog", hex.EncodeToString(sum[:8])+".pack"))
	key := cache.NewKey("catalog", goodVersion).Add([]byte(repo.Name)).Sum()
	old, _ := pack.Get(key)
	k := keeper{repo: repo, now: now, batch: batch, old: map[string]goodFile{}, judged: map[string]bool{}, lost: map[string][]goodDoc{}}
	for _, f := range old.Files {
		k.old[f.Path] = f
	}
	k.revive(opt)
	if good := k.remember(); !reflect.DeepEqual(good, old) {
		pack.Put(key, good)
	}
	return k.batch, pack.Save()
}

// A keeper does the work of keepGood for one repo.
type keeper struct {
	repo   *sources.Repo
	now    time.Time
	batch  *catalog.Batch // what is there now, and then also what was
	old    map[string]goodFile
	judged map[string]bool      // files of which is known what is lost
	lost   map[string][]goodDoc // by path: what was an entity and cannot be read now
}

// revive reads what is lost from the state in which it was good. An old
// Location may bring in files of which something is lost as well, so this is
// repeated until nothing more turns up.
func (k *keeper) revive(opt catalog.ReadOptions) {
	if len(k.old) == 0 {
		return
	}
	before := overlay{FS: k.repo.FS, files: map[string][]byte{}}
	for k.findLost(before) {
		past := *k.repo
		past.FS = before
		then := opt
		for _, name := range sortedKeys(k.lost) {
			if k.hidden(name) && !strings.ContainsAny(name, "*?[{\\") {
				if len(then.Files) == 0 {
					then.Files = catalog.DefaultFiles
				}
				then.Files = append(slices.Clone(then.Files), name)
			}
		}
		seen := catalog.Read(&past, then)
		for _, e := range seen.Entities {
			if e.Origin.Repo == &past {
				e.Origin.Repo = k.repo
			}
		}
		k.batch = k.merge(seen)
	}
}

// findLost looks for lost entities in the files that were not judged yet, puts
// their old state into the overlay, and tells whether there were any.
func (k *keeper) findLost(before overlay) bool {
	there := map[string]bool{}
	for _, e := range k.batch.Entities {
		there[e.Ref.String()] = true
	}
	files := map[string]bool{}
	for _, name := range k.batch.Files {
		files[name] = true
	}
	found := false
	for _, name := range sortedKeys(k.old) {
		if k.judged[name] || !files[name] && !k.hidden(name) {
			continue
		}
		k.judged[name] = true
		missing := slices.DeleteFunc(slices.Clone(k.old[name].Docs), func(d goodDoc) bool { return there[d.Ref] })
		if len(missing) == 0 {
			continue
		}
		lost := lostDocs(missing, documents(k.batch, name))
		if len(lost) == 0 {
			continue
		}
		k.lost[name], found = lost, true
		before.files[name] = joined(lost)
		for _, d := range lost {
			for _, in := range d.Includes {
				if _, taken := before.files[in.Path]; !taken {
					before.files[in.Path] = in.Data
				}
			}
		}
	}
	return found
}

// hidden tells that a file lies in a folder that cannot be read.
func (k *keeper) hidden(name string) bool {
	for _, d := range k.batch.Diagnostics {
		if d.Rule != "unreadable-file" {
			continue
		}
		for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
			if d.Pos.File == k.repo.Pos(dir) {
				return true
			}
		}
	}
	return false
}

// documents returns the documents of one file of the batch's own repo.
func documents(b *catalog.Batch, name string) []catalog.Document {
	var out []catalog.Document
	for _, d := range b.Documents {
		if d.Path == name && d.File == b.Repo.Pos(name) {
			out = append(out, d)
		}
	}
	return out
}

// lostDocs returns those of the missing documents that cannot be read now, given
// what their file holds now. The others were removed.
func lostDocs(missing []goodDoc, now []catalog.Document) []goodDoc {
	if len(now) == 0 {
		return missing // a file without documents could not be read
	}
	broken := map[string]bool{}
	for _, d := range now {
		if d.Verdict != catalog.Rejected || d.Severity != diag.Error {
			continue
		}
		if !slices.ContainsFunc(missing, func(m goodDoc) bool { return m.Ref == d.Ref }) {
			return missing // any of them may be the one
		}
		broken[d.Ref] = true
	}
	return slices.DeleteFunc(missing, func(m goodDoc) bool { return !broken[m.Ref] })
}

// joined makes one file of documents.
func joined(docs []goodDoc) []byte {
	var b bytes.Buffer
	for _, d := range docs {
		switch {
		case bytes.HasPrefix(d.Source, []byte("%")):
			b.WriteString("...\n")
		case !bytes.HasPrefix(d.Source, []byte("---")):
			b.WriteString("---\n")
		}
		b.Write(d.Source)
		if !bytes.HasSuffix(d.Source, []byte("\n")) {
			b.WriteByte('\n')
		}
	}
	return b.Bytes()
}

// merge returns the batch with the lost entities, and with what an old Location
// leads to. The latter is read as it is now.
func (k *keeper) merge(seen *catalog.Batch) *catalog.Batch {
	out := *k.batch
	out.Entities, out.Documents, out.Diagnostics = slices.Clone(out.Entities), slices.Clone(out.Documents), slices.Clone(out.Diagnostics)
	have := map[string]bool{}
	for _, e := range out.Entities {
		have[e.Ref.String()] = true
	}
	reached := map[string]bool{} // as diagnostics show them
	for _, name := range seen.Files {
		if k.lost[name] == nil && !slices.Contains(k.batch.Files, name) {
			reached[k.repo.Pos(name)] = true
			out.Files = append(slices.Clone(out.Files), name)
			out.Inputs = append(slices.Clone(out.Inputs), name)
		}
	}
	for _, e := range seen.Entities {
		ref := e.Ref.String()
		if have[ref] {
			continue
		}
		if e.Origin.Repo != k.repo || k.lost[e.Origin.Path] == nil {
			if e.Origin.Repo != k.repo || reached[k.repo.Pos(e.Origin.Path)] {
				have[ref] = true
				out.Entities = append(out.Entities, e)
			}
			continue
		}
		i := slices.IndexFunc(k.lost[e.Origin.Path], func(d goodDoc) bool { return d.Ref == ref })
		if i < 0 {
			continue
		}
		d := &k.lost[e.Origin.Path][i]
		if d.Since.IsZero() {
			d.Since = k.now.UTC().Truncate(time.Second)
		}
		pos, reason := k.why(e.Origin.Path, ref)
		have[ref] = true
		out.Entities = append(out.Entities, e.AsStale(k.repo, pos, catalog.Stale{Since: d.Since, Reason: reason}))
	}
	for _, d := range seen.Documents {
		if reached[d.File] {
			out.Documents = append(out.Documents, d)
		}
	}
	for _, d := range seen.Diagnostics {
		if reached[d.Pos.File] {
			out.Diagnostics = append(out.Diagnostics, d)
		}
	}
	return &out
}

// why tells what is wrong with the file of a lost entity, and where.
func (k *keeper) why(name, ref string) (diag.Pos, string) {
	pos := diag.Pos{File: k.repo.Pos(name)}
	var best *diag.Diagnostic
	for i := range k.batch.Diagnostics {
		d := &k.batch.Diagnostics[i]
		if d.Pos.File != pos.File || d.Severity != diag.Error {
			continue
		}
		if best == nil || best.Entity != ref && d.Entity == ref {
			best = d
		}
	}
	switch {
	case best == nil:
		return pos, "the file cannot be read"
	case best.Pos.Line == 0:
		return pos, diag.Printable(best.Message)
	}
	pos.Line, pos.Column = best.Pos.Line, best.Pos.Column
	return pos, fmt.Sprintf("line %d: %s", pos.Line, diag.Printable(best.Message))
}

// remember returns what the next build may need.
func (k *keeper) remember() goodRepo {
	files := map[string][]goodDoc{}
	for _, d := range k.batch.Documents {
		if d.Verdict != catalog.Accepted || d.File != k.repo.Pos(d.Path) || len(d.Source) == 0 {
			continue
		}
		g := goodDoc{Ref: d.Ref, Source: bytes.Clone(d.Source)}
		for _, name := range d.Includes {
			if data, err := fs.ReadFile(k.repo.FS, name); err == nil && len(data) > 0 {
				g.Includes = append(g.Includes, goodInclude{name, data})
			}
		}
		files[d.Path] = append(files[d.Path], g)
	}
	for name, docs := range k.lost {
		files[name] = append(files[name], docs...)
	}
	var out goodRepo
	for _, name := range sortedKeys(files) {
		out.Files = append(out.Files, goodFile{name, files[name]})
	}
	return out
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// An overlay is a file system in which some files have another content.
type overlay struct {
	fs.FS
	files map[string][]byte
}

func (o overlay) Open(name string) (fs.File, error) {
	data, ok := o.files[name]
	if !ok {
		return o.FS.Open(name)
	}
	return &memFile{Reader: bytes.NewReader(data), name: path.Base(name)}, nil
}

// A memFile is a file of an overlay, and its own description.
type memFile struct {
	*bytes.Reader
	name string
}

var _ interface {
	fs.File
	fs.FileInfo
} = (*memFile)(nil)

func (f *memFile) Stat() (fs.FileInfo, error) { return f, nil }
func (f *memFile) Close() error               { return nil }
func (f *memFile) Name() string               { return f.name }
func (f *memFile) Mode() fs.FileMode          { return 0o444 }
func (f *memFile) ModTime() time.Time         { return time.Time{} }
func (f *memFile) IsDir() bool                { return false }
func (f *memFile) Sys() any                   { return nil }
