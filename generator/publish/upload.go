package publish

import (
	"bytes"
	"cmp"
	"context"
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

// Manifest is the object in which an upload keeps what it has put into a
// bucket. What is not named there is not ours and is never deleted.
const Manifest = ".portolan-manifest.json"

// ErrNoSite says that the folder to upload holds no finished site.
var ErrNoSite = errors.New("there is no finished site")

// ErrChanging says that the site was replaced while it was uploaded.
var ErrChanging = errors.New("the site was built anew during the upload; publish again")

// A Bucket is what an upload asks of the place it goes to. Names are
// slash-separated paths. All methods are safe for concurrent use.
type Bucket interface {
	// List returns all objects by name, whoever put them there.
	List(ctx context.Context) (map[string]Object, error)

	// Read returns an object. It is an error if it has more than limit bytes,
	// and fs.ErrNotExist if there is none.
	Read(ctx context.Context, name string, limit int64) ([]byte, error)

	// Write puts an object there or replaces it, as a whole or not at all.
	Write(ctx context.Context, name string, data []byte, h Headers) error

	// Delete removes an object. One that is not there is no error.
	Delete(ctx context.Context, name string) error
}

// An Object is what a bucket tells about an object without sending it.
type Object struct {
	Size int64
	MD5  []byte // of the content, or what the bucket takes for it; may be nil

	// Unfinished is the name of another object, if this one is what is left of
	// a write of that one which was killed.
	Unfinished string
}

// UploadOptions configure an Upload. The zero value works.
type UploadOptions struct {
	// Workers bounds how many requests are under way at once. The default is 16.
	Workers int

	// Attempts is how often one request is tried. The default is 4.
	Attempts int

	// Timeout bounds one attempt of one request. The default is two minutes.
	Timeout time.Duration

	// Wait waits before another attempt; failed counts those that failed. The
	// default waits longer each time, with a random part, from half a second on.
	Wait func(ctx context.Context, failed int) error

	// DryRun only finds out what there is to do.
	DryRun bool

	// Progress is told how many files of how many have been sent.
	Progress func(done, total int)
}

func (o UploadOptions) withDefaults() UploadOptions {
	o.Workers = cmp.Or(o.Workers, 16)
	o.Attempts = cmp.Or(o.Attempts, 4)
	o.Timeout = cmp.Or(o.Timeout, 2*time.Minute)
	if o.Wait == nil {
		o.Wait = backOff
	}
	if o.Progress == nil {
		o.Progress = func(int, int) {}
	}
	return o
}

func backOff(ctx context.Context, failed int) error {
	d := 500 * time.Millisecond << min(failed-1, 5)
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(d + rand.N(d)):
		return nil
	}
}

// UploadStats says what an upload did, or how far it came.
type UploadStats struct {
	Files     int      // of the site
	Unchanged int      // of them
	Sent      []string // new or changed files, sorted; in a dry run those that would be sent
	SentBytes int64
	Deleted   []string // files of an earlier upload that the site no longer has
}

// The order in which files are sent. Whoever reads the target at any moment
// finds for every page the assets and data that it needs, and for every link on
// a page that can be reached from the home page the page that it leads to:
// pages that are new come before those that link to them, lists of pages after
// the pages, and what is gone goes last.
const (
	stepAssets = iota // the theme's files, named by their content
	stepData          // pictures, JSON
	stepNew           // pages that the target does not have yet
	stepPages         // pages that changed
	stepIndex         // lists of pages, the search index
	stepEntry         // where readers and tools begin: the home page, the map of the site
	steps
)

func step(name string, isNew bool) int {
	switch {
	case isAsset(name):
		return stepAssets
	case !strings.Contains(name, "/"), name == "search/index.json", name == "api/portal.json", name == Marker:
		return stepEntry
	case strings.HasPrefix(name, "search/"):
		return stepIndex
	case path.Ext(name) != ".html":
		return stepData
	case isNew:
		return stepNew
	case path.Base(name) == "index.html" && strings.Count(name, "/") == 1:
		return stepIndex
	default:
		return stepPages
	}
}

// A record is what the manifest tells about one file.
type record struct {
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
	Headers

	// Pending marks a file that an upload has begun to send or to delete. Only
	// an upload that did not end leaves such records.
	Pending bool `json:"pending,omitempty"`
}

type manifest struct {
	Version int               `json:"version"`
	Files   map[string]record `json:"files"`
}

const manifestVersion = 1

// maxManifest is the size of the manifest of some 500,000 files.
const maxManifest = 128 << 20

// A localFile is a file of the site with what is known about it.
type localFile struct {
	name string
	record
	md5 [md5.Size]byte
}

type uploader struct {
	site   fs.FS
	target Bucket
	opt    UploadOptions

	mu    sync.Mutex
	stats UploadStats
	total int
}

// Upload makes the target equal to the site: it sends what changed since the
// last upload and deletes what that upload brought and the site no longer has.
// Objects that no upload brought stay, unless the site has a file of their name.
//
// An upload that fails or is cancelled at any point leaves a target in which
// every page works, and the next one goes on from there: before the first
// change a manifest is written that marks what will change, and after the last
// one a manifest without marks. Two uploads to one target must not run at once.
func Upload(ctx context.Context, site fs.FS, target Bucket, opt UploadOptions) (UploadStats, error) {
	u := &uploader{site: site, target: target, opt: opt.withDefaults()}
	err := u.run(ctx)
	slices.Sort(u.stats.Sent)
	slices.Sort(u.stats.Deleted)
	return u.stats, err
}

func (u *uploader) run(ctx context.Context) error {
	local, err := u.read(ctx)
	if err != nil {
		return err
	}
	u.stats.Files = len(local)
	there, err := u.list(ctx)
	if err != nil {
		return err
	}
	old, raw, err := u.manifest(ctx)
	if err != nil {
		return err
	}
	// A bucket that encrypts may show something else than the content's MD5.
	// The manifest, which was just read, tells whether this one does.
	trusted := false
	if sum := md5.Sum(raw); raw != nil {
		trusted = bytes.Equal(there[Manifest].MD5, sum[:])
	}

	var send [steps][]localFile
	next := manifest{Version: manifestVersion, Files: map[string]record{}}
	journal := manifest{Version: manifestVersion, Files: map[string]record{}}
	for _, f := range local {
		next.Files[f.name] = f.record
		object, exists := there[f.name]
		sameContent := exists && object.Size == f.Size && (!trusted || object.MD5 == nil || bytes.Equal(object.MD5, f.md5[:]))
		before, known := old.Files[f.name]
		resumed := known && before.Pending && trusted && object.MD5 != nil && before.Headers == f.Headers
		if sameContent && (before == f.record || resumed) {
			u.stats.Unchanged++
			journal.Files[f.name] = f.record
			continue
		}
		s := step(f.name, !exists)
		send[s] = append(send[s], f)
		u.total++
		pending := f.record
		pending.Pending = true
		if sameContent {
			pending.Headers = Headers{} // the content alone will not show whether it was sent
		}
		journal.Files[f.name] = pending
	}
	var pages, others []string
	for _, name := range slices.Sorted(maps.Keys(old.Files)) {
		if _, stays := next.Files[name]; stays || !fs.ValidPath(name) || name == Manifest {
			continue
		}
		if _, exists := there[name]; !exists {
			continue
		}
		gone := old.Files[name]
		gone.Pending = true
		journal.Files[name] = gone
		if path.Ext(name) == ".html" {
			pages = append(pages, name)
		} else {
			others = append(others, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(there)) {
		_, stays := next.Files[name]
		if _, ours := journal.Files[there[name].Unfinished]; ours && !stays {
			others = append(others, name)
		}
	}
	if u.opt.DryRun {
		for _, files := range send {
			for _, f := range files {
				u.sent(f)
			}
		}
		u.stats.Deleted = append(pages, others...)
		return nil
	}
	if u.total+len(pages)+len(others) > 0 {
		if err := u.writeManifest(ctx, journal, raw); err != nil {
			return err
		}
		raw = nil
	}
	for _, files := range send {
		if err := each(ctx, u.opt.Workers, files, u.send); err != nil {
			return err
		}
	}
	for _, names := range [][]string{pages, others} {
		if err := each(ctx, u.opt.Workers, names, u.delete); err != nil {
			return err
		}
	}
	return u.writeManifest(ctx, next, raw)
}

// read finds all files of the site and what they hold.
func (u *uploader) read(ctx context.Context) ([]localFile, error) {
	var names []string
	err := fs.WalkDir(u.site, ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() && name != Manifest {
			names = append(names, name)
		}
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("upload: %w", err)
	}
	if !slices.Contains(names, Marker) {
		return nil, ErrNoSite
	}
	out := make([]localFile, len(names))
	err = each(ctx, u.opt.Workers, indexes(len(names)), func(_ context.Context, i int) error {
		f, _, err := u.load(names[i])
		out[i] = f
		return err
	})
	return out, err
}

func (u *uploader) load(name string) (localFile, []byte, error) {
	data, err := fs.ReadFile(u.site, name)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			err = ErrChanging
		}
		return localFile{}, nil, fmt.Errorf("upload %s: %w", name, err)
	}
	sum := sha256.Sum256(data)
	return localFile{
		name:   name,
		record: record{Size: int64(len(data)), SHA256: hex.EncodeToString(sum[:]), Headers: HeadersOf(name, data)},
		md5:    md5.Sum(data),
	}, data, nil
}

func (u *uploader) list(ctx context.Context) (there map[string]Object, err error) {
	err = u.try(ctx, "list the target", func(ctx context.Context) (err error) {
		there, err = u.target.List(ctx)
		return err
	})
	return there, err
}

// manifest reads what earlier uploads brought, and its bytes. One that cannot
// be understood counts as absent: then everything is sent, and nothing deleted.
func (u *uploader) manifest(ctx context.Context) (m manifest, raw []byte, err error) {
	err = u.try(ctx, "read the manifest of the target", func(ctx context.Context) (err error) {
		raw, err = u.target.Read(ctx, Manifest, maxManifest)
		return err
	})
	if errors.Is(err, fs.ErrNotExist) {
		return manifest{}, nil, nil
	}
	if err != nil {
		return manifest{}, nil, err
	}
	if json.Unmarshal(raw, &m) != nil {
		return manifest{}, raw, nil
	}
	if m.Version > manifestVersion {
		return manifest{}, nil, fmt.Errorf("the target was uploaded by a newer version of Portolan (its manifest has version %d)", m.Version)
	}
	return m, raw, nil
}

// writeManifest replaces the manifest, unless it holds these bytes already.
func (u *uploader) writeManifest(ctx context.Context, m manifest, old []byte) error {
	data, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("write the manifest: %w", err)
	}
	if bytes.Equal(data, old) {
		return nil
	}
	return u.try(ctx, "write the manifest of the target", func(ctx context.Context) error {
		return u.target.Write(ctx, Manifest, data, Headers{ContentType: "application/json", CacheControl: "no-store"})
	})
}

func (u *uploader) send(ctx context.Context, f localFile) error {
	now, data, err := u.load(f.name)
	if err != nil {
		return err
	}
	if now != f {
		return fmt.Errorf("upload %s: %w", f.name, ErrChanging)
	}
	err = u.try(ctx, "upload "+f.name, func(ctx context.Context) error {
		return u.target.Write(ctx, f.name, data, f.Headers)
	})
	if err == nil {
		u.sent(f)
	}
	return err
}

func (u *uploader) sent(f localFile) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.stats.Sent = append(u.stats.Sent, f.name)
	u.stats.SentBytes += f.Size
	u.opt.Progress(len(u.stats.Sent), u.total)
}

func (u *uploader) delete(ctx context.Context, name string) error {
	err := u.try(ctx, "delete "+name, func(ctx context.Context) error { return u.target.Delete(ctx, name) })
	if err != nil {
		return err
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	u.stats.Deleted = append(u.stats.Deleted, name)
	return nil
}

// try makes one request, again if that may help.
func (u *uploader) try(ctx context.Context, what string, request func(context.Context) error) error {
	for failed := 1; ; failed++ {
		attempt, cancel := context.WithTimeout(ctx, u.opt.Timeout)
		err := request(attempt)
		cancel()
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil:
			return fmt.Errorf("%s: %w", what, context.Cause(ctx))
		case failed >= u.opt.Attempts, errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrPermission):
			return fmt.Errorf("%s: %w", what, err)
		}
		if err := u.opt.Wait(ctx, failed); err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
	}
}

// each calls f for all items, so many at once, until the first error.
func each[T any](ctx context.Context, workers int, items []T, f func(context.Context, T) error) error {
	g, inner := errgroup.WithContext(ctx)
	g.SetLimit(workers)
	for _, item := range items {
		if inner.Err() != nil {
			break
		}
		g.Go(func() error {
			if inner.Err() != nil {
				return context.Cause(inner)
			}
			return f(inner, item)
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	return context.Cause(ctx)
}

func indexes(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}
