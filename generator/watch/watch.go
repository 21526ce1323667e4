// Package watch tells when something that a site is made from has changed,
// and serves the site to its author while that goes on.
//
//	files -> events (hints) -> one signal when it is quiet -> build -> Server.Reload -> browser
//
// An event only says that something may have changed: the build finds out
// what, by content. So a missed name or a storm of ten thousand events costs
// no more than one build.
package watch

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/fsnotify/fsnotify"
)

// Options configure a Watcher. The zero value works.
type Options struct {
	// Quiet is how long nothing must have happened before a signal is sent,
	// so that an editor's save or a branch switch is one signal. The default
	// is 60 ms.
	Quiet time.Duration

	// Longest bounds how long a storm of events can hold a signal back. The
	// default is 1 s.
	Longest time.Duration

	// Scan is how often folders are looked through where events are not to be
	// had. The default is 1 s.
	Scan time.Duration

	// Ignore are folders below the watched ones whose changes do not count:
	// the site itself, caches.
	Ignore []string

	// Log gets what is worth knowing once; nil is silence.
	Log *slog.Logger
}

// Changes watches folders and files until ctx ends. It sends one value on the
// channel after each burst of changes; changes during a build are kept for the
// next receive. Paths that do not exist yet are noticed when they appear in a
// folder that does.
func Changes(ctx context.Context, paths []string, opt Options) (<-chan struct{}, error) {
	if opt.Quiet == 0 {
		opt.Quiet = 60 * time.Millisecond
	}
	if opt.Longest == 0 {
		opt.Longest = time.Second
	}
	if opt.Scan == 0 {
		opt.Scan = time.Second
	}
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	w := &watcher{opt: opt, roots: absolute(paths), ignored: absolute(opt.Ignore), out: make(chan struct{}, 1)}
	var err error
	if w.events, err = fsnotify.NewWatcher(); err != nil {
		opt.Log.Warn("the system gives no file events; looking through the folders instead", "reason", err)
		go w.scan(ctx)
		return w.out, nil
	}
	for _, root := range w.roots {
		if err := w.add(root); err != nil {
			opt.Log.Warn("not every folder can be watched by events; looking through them as well", "reason", err)
			go w.scan(ctx)
			break
		}
	}
	go w.run(ctx)
	return w.out, nil
}

type watcher struct {
	opt     Options
	roots   []string
	ignored []string
	events  *fsnotify.Watcher
	out     chan struct{}
}

func absolute(paths []string) []string {
	var out []string
	for _, p := range paths {
		if a, err := filepath.Abs(p); err == nil {
			out = append(out, a)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// add watches a folder with all below it, or the folder of a file: editors
// replace files, and a watch on the file itself would go with the old one.
func (w *watcher) add(name string) error {
	info, err := os.Stat(name)
	if err != nil {
		name, info = filepath.Dir(name), nil // it may appear later
	} else if !info.IsDir() {
		name, info = filepath.Dir(name), nil
	}
	if info == nil {
		if err := w.events.Add(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("watch %s: %w", name, err)
		}
		return nil
	}
	return filepath.WalkDir(name, func(dir string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return nil // gone again, or unreadable: the build will say so
		}
		if w.skips(dir) {
			return fs.SkipDir
		}
		if err := w.events.Add(dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("watch %s: %w", dir, err)
		}
		return nil
	})
}

// skips tells whether changes at or below name do not count.
func (w *watcher) skips(name string) bool {
	for _, dir := range w.ignored {
		if name == dir || strings.HasPrefix(name, dir+string(filepath.Separator)) {
			return true
		}
	}
	switch base := filepath.Base(name); {
	case base == ".git", base == "node_modules":
		return true
	case strings.HasSuffix(base, "~"), strings.HasPrefix(base, ".#"), strings.HasSuffix(base, ".swp"), strings.HasSuffix(base, ".swx"), base == "4913":
		return true // what editors leave beside the file that is meant
	}
	return false
}

// run turns events into signals.
func (w *watcher) run(ctx context.Context) {
	defer func() {
		if err := w.events.Close(); err != nil {
			w.opt.Log.Debug("close the watcher", "reason", err)
		}
	}()
	var quiet <-chan time.Time
	var first time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case e, ok := <-w.events.Events:
			if !ok {
				return
			}
			if w.skips(e.Name) || e.Op == fsnotify.Chmod {
				continue
			}
			if e.Op.Has(fsnotify.Create) {
				// A new folder may already have files in it: they count as part
				// of this change, and what comes later is seen.
				if err := w.add(e.Name); err != nil {
					w.opt.Log.Warn("a new folder cannot be watched", "reason", err)
				}
			}
			if first.IsZero() {
				first = time.Now()
			}
			wait := min(w.opt.Quiet, max(0, w.opt.Longest-time.Since(first)))
			quiet = time.After(wait)
		case err, ok := <-w.events.Errors:
			if !ok {
				return
			}
			// The queue ran over: anything may have changed, folders included.
			w.opt.Log.Debug("file events were lost; everything is looked at again", "reason", err)
			for _, root := range w.roots {
				if err := w.add(root); err != nil {
					w.opt.Log.Warn("a folder cannot be watched", "reason", err)
				}
			}
			quiet = time.After(w.opt.Quiet)
		case <-quiet:
			quiet, first = nil, time.Time{}
			w.signal()
		}
	}
}

func (w *watcher) signal() {
	select {
	case w.out <- struct{}{}:
	default: // one is waiting already
	}
}

// scan looks through the folders again and again.
func (w *watcher) scan(ctx context.Context) {
	last := w.fingerprint()
	tick := time.NewTicker(w.opt.Scan)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if now := w.fingerprint(); !slices.Equal(now, last) {
				last = now
				w.signal()
			}
		}
	}
}

// fingerprint lists name, size and time of every file. Here a time is a hint
// to look, like an event; what is built depends on content alone.
func (w *watcher) fingerprint() []string {
	var out []string
	for _, root := range w.roots {
		_ = filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
			if err != nil {
				return nil
			}
			if w.skips(name) {
				if d.IsDir() {
					return fs.SkipDir
				}
				return nil
			}
			if info, err := d.Info(); err == nil && !d.IsDir() {
				out = append(out, fmt.Sprintf("%s\x00%d\x00%d", name, info.Size(), info.ModTime().UnixNano()))
			}
			return nil
		})
	}
	return out
}
