package main

import (
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"github.com/portolan-dev/portolan/generator"
	"github.com/portolan-dev/portolan/sources/diag"
)

// progress returns what fits the terminal: bars, lines, or nothing. stop must
// be called before anything else is printed.
func (a *app) progress() (p generator.Progress, stop func()) {
	switch {
	case a.quiet || a.logFormat == "json":
		return nil, func() {}
	case a.terminal():
		b := &bars{box: mpb.New(mpb.WithOutput(a.stderr), mpb.WithWidth(32), mpb.WithRefreshRate(100*time.Millisecond)), open: map[string]*bar{}}
		return b, b.stop
	default:
		return lines{a.stderr}, func() {}
	}
}

// lines prints one line a phase.
type lines struct{ w io.Writer }

func (lines) Start(string, int)           {}
func (lines) Step(string, string)         {}
func (l lines) Done(phase, result string) { say(l.w, "%-9s %s\n", phase, diag.Printable(result)) }

// bars shows a bar for each phase, with what was done last beside it.
type bars struct {
	box  *mpb.Progress
	mu   sync.Mutex
	open map[string]*bar
}

type bar struct {
	*mpb.Bar
	mu   sync.Mutex
	last string
}

func (b *bars) Start(phase string, total int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	it := &bar{}
	it.Bar = b.box.AddBar(int64(total),
		mpb.PrependDecorators(decor.Name(fmt.Sprintf("%-9s", phase))),
		mpb.AppendDecorators(decor.CountersNoUnit("%d of %d "), decor.Any(func(decor.Statistics) string {
			it.mu.Lock()
			defer it.mu.Unlock()
			return it.last
		})))
	b.open[phase] = it
}

func (b *bars) Step(phase, what string) {
	b.mu.Lock()
	it := b.open[phase]
	b.mu.Unlock()
	if it == nil {
		return
	}
	if r := []rune(diag.Printable(what)); len(r) > 40 {
		what = "..." + string(r[len(r)-37:])
	}
	it.mu.Lock()
	it.last = diag.Printable(what)
	it.mu.Unlock()
	it.Increment()
}

func (b *bars) Done(phase, result string) {
	b.mu.Lock()
	it := b.open[phase]
	delete(b.open, phase)
	b.mu.Unlock()
	if it == nil {
		return
	}
	it.mu.Lock()
	it.last = diag.Printable(result)
	it.mu.Unlock()
	it.SetTotal(-1, true)
}

// stop ends all bars, also those of phases that an error cut off.
func (b *bars) stop() {
	b.mu.Lock()
	for _, it := range b.open {
		it.Abort(false)
	}
	b.open = map[string]*bar{}
	b.mu.Unlock()
	b.box.Wait()
}
