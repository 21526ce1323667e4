package generator

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path/filepath"

	"github.com/portolan-dev/portolan/generator/cache"
	"github.com/portolan-dev/portolan/generator/markdown"
	"github.com/portolan-dev/portolan/generator/site"
	"github.com/portolan-dev/portolan/sources/diag"
	"github.com/portolan-dev/portolan/sources/docs"
)

// A rendering is a document as the cache keeps it: with every question that
// rendering asked about the world outside its source, and the answer it got.
// It may be used again as long as the answers are the same.
type rendering struct {
	Document markdown.Document
	Asked    []question
}

// A question is one call of Input.Resolve, Snippet or Icon.
type question struct {
	Kind   byte // 'l' link, 'i' image, 's' snippet, 'c' icon
	Asked  string
	Answer string // a URL, the hash of a snippet, an icon's markup
	OK     bool
}

// renderingVersion is part of every key: raise it when rendering changes.
const renderingVersion = 3

// renderTrees renders all pages of all trees.
func (b *Builder) renderTrees(ctx context.Context, trees []*docs.Tree) (map[string]*site.Docs, []diag.Diagnostic, error) {
	const phase = "docs"
	total := 0
	for _, t := range trees {
		total += len(t.Pages)
	}
	b.progress.Start(phase, total)
	library := docs.NewLibrary(trees)
	drawings := &icons{modules: b.opt.Icons, found: map[string]string{}}
	// Trees differ in size by three orders of magnitude, so the pages of all
	// trees share one pool.
	type job struct {
		tree *docs.Tree
		page *docs.Page
		pack *cache.Pack[rendering]
	}
	var jobs []job
	packs := make([]*cache.Pack[rendering], len(trees))
	for i, t := range trees {
		packs[i] = b.pack(t)
		for _, p := range t.Pages {
			jobs = append(jobs, job{t, p, packs[i]})
		}
	}
	rendered, err := parMap(ctx, b.opt.Jobs, jobs, func(_ context.Context, j job) (*markdown.Document, error) {
		doc := b.renderPage(links{library, drawings, j.tree, j.page}, j.pack)
		b.progress.Step(phase, j.tree.Entity.String())
		return doc, nil
	})
	if err != nil {
		return nil, nil, fmt.Errorf("render docs: %w", err)
	}
	out := map[string]*site.Docs{}
	for _, t := range trees {
		out[t.Entity.String()] = &site.Docs{Tree: t, Rendered: make(map[*docs.Page]*markdown.Document, len(t.Pages))}
	}
	for i, doc := range rendered {
		out[jobs[i].tree.Entity.String()].Rendered[jobs[i].page] = doc
	}
	made := 0
	for i, p := range packs {
		made += p.Made()
		if err := p.Save(); err != nil {
			b.log.Warn("rendered docs cannot be kept for the next build", "entity", trees[i].Entity.String(), "reason", err)
		}
	}
	b.rendered += made
	b.progress.Done(phase, fmt.Sprintf("%d pages in %d sites, %d rendered anew", total, len(trees), made))
	return out, judgePages(library, trees, out), nil
}

// pack returns the cache of one tree. In a running Builder it stays in memory.
func (b *Builder) pack(t *docs.Tree) *cache.Pack[rendering] {
	ref := t.Entity.String()
	if p, ok := b.packs[ref]; ok {
		return p
	}
	file := ""
	if !b.opt.NoCache {
		sum := sha256.Sum256([]byte(ref))
		file = filepath.Join(b.opt.State, "cache", "docs", hex.EncodeToString(sum[:8])+".pack")
	}
	p := cache.Open[rendering](file)
	b.packs[ref] = p
	return p
}

// renderPage renders one page, or finds that nothing it depends on changed.
func (b *Builder) renderPage(l links, pack *cache.Pack[rendering]) *markdown.Document {
	in := l.input()
	key := cache.NewKey("document", renderingVersion).Add([]byte(in.Path)).Add(in.Source).Add(dialectKey(in)).Sum()
	r, ok := pack.Get(key)
	if !ok || !stillTrue(r.Asked, in) {
		var asked []question
		r = rendering{Document: *b.markdown.Render(recording(in, &asked))}
		r.Asked = asked
		pack.Put(key, r)
	}
	return &r.Document
}

// dialectKey is what rendering depends on beside the source: the dialect, and
// where positions start from.
func dialectKey(in markdown.Input) []byte {
	return fmt.Appendf(nil, "%+v %d", in.Extensions, in.FirstLine)
}

// recording returns in with its callbacks writing down what they are asked.
func recording(in markdown.Input, asked *[]question) markdown.Input {
	resolve, snippet, icon := in.Resolve, in.Snippet, in.Icon
	in.Resolve = func(target string, image bool) (string, bool) {
		url, ok := resolve(target, image)
		*asked = append(*asked, question{linkKind(image), target, url, ok})
		return url, ok
	}
	in.Snippet = func(name string) ([]byte, bool) {
		data, ok := snippet(name)
		*asked = append(*asked, question{'s', name, hash(data), ok})
		return data, ok
	}
	in.Icon = func(name string) (string, bool) {
		svg, ok := icon(name)
		*asked = append(*asked, question{'c', name, hash([]byte(svg)), ok})
		return svg, ok
	}
	return in
}

// stillTrue tells whether all questions have the same answers as before.
func stillTrue(asked []question, in markdown.Input) bool {
	for _, q := range asked {
		var answer string
		var ok bool
		switch q.Kind {
		case 's':
			var data []byte
			data, ok = in.Snippet(q.Asked)
			answer = hash(data)
		case 'c':
			var svg string
			svg, ok = in.Icon(q.Asked)
			answer = hash([]byte(svg))
		default:
			answer, ok = in.Resolve(q.Asked, q.Kind == linkKind(true))
		}
		if ok != q.OK || answer != q.Answer {
			return false
		}
	}
	return true
}

func linkKind(image bool) byte {
	if image {
		return 'i'
	}
	return 'l'
}

func hash(data []byte) string {
	sum := sha256.Sum256(data)
	return string(sum[:])
}
