//go:build unix

package markdown

import (
	"bytes"
	"syscall"
	"testing"

	chromahtml "github.com/alecthomas/chroma/v2/formatters/html"
	"github.com/alecthomas/chroma/v2/lexers"
	"github.com/alecthomas/chroma/v2/styles"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/util"
)

// bareCode highlights fences as a goldmark extension would: chroma's own
// formatter with classes.
type bareCode struct {
	formatter *chromahtml.Formatter
	lexers    *highlighter // finds lexers once; nothing else of it is used
}

func (b bareCode) RegisterFuncs(r renderer.NodeRendererFuncRegisterer) {
	r.Register(ast.KindFencedCodeBlock, func(w util.BufWriter, source []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		lang := string(n.(*ast.FencedCodeBlock).Language(source))
		lexer := b.lexers.lexer(lang)
		if lexer == nil {
			lexer = lexers.Fallback
		}
		it, err := lexer.Tokenise(nil, string(n.Lines().Value(source)))
		if err != nil {
			return ast.WalkStop, err
		}
		return ast.WalkSkipChildren, b.formatter.Format(w, styles.Fallback, it)
	})
}

// busy returns the CPU seconds that this process has used. Unlike wall time
// they do not grow when other programs run.
func busy() float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}

func report(b *testing.B, pages []realPage, start float64) {
	b.ReportMetric((busy()-start)/float64(b.N), "cpu-s/op")
	size := 0
	for _, p := range pages {
		size += len(p.source)
	}
	b.SetBytes(int64(size))
	b.ReportMetric(float64(b.N*len(pages))/b.Elapsed().Seconds(), "pages/s")
}

// BenchmarkGoldmark is the measure for the two below: goldmark with GitHub's
// extensions and the same highlighter, unsafe output, nothing else.
func BenchmarkGoldmark(b *testing.B) {
	pages := corpus(b)
	md := goldmark.New(goldmark.WithExtensions(extension.GFM, extension.Footnote, extension.DefinitionList),
		goldmark.WithRendererOptions(renderer.WithNodeRenderers(util.Prioritized(bareCode{chromahtml.New(chromahtml.WithClasses(true)), newHighlighter(nil)}, 100))))
	start := busy()
	for b.Loop() {
		for _, p := range pages {
			var out bytes.Buffer
			if err := md.Convert(p.source, &out); err != nil {
				b.Fatal(p.path, err)
			}
		}
	}
	report(b, pages, start)
}

func BenchmarkCold(b *testing.B) {
	pages := corpus(b)
	start := busy()
	for b.Loop() {
		e := New(Options{})
		for _, p := range pages {
			e.Render(p.input())
		}
	}
	report(b, pages, start)
}

func BenchmarkWarm(b *testing.B) {
	pages := corpus(b)
	e := New(Options{})
	for _, p := range pages {
		e.Render(p.input())
	}
	start := busy()
	for b.Loop() {
		for _, p := range pages {
			e.Render(p.input())
		}
	}
	report(b, pages, start)
}

// BenchmarkShapes reports how long the slowest pathological page takes.
func BenchmarkShapes(b *testing.B) {
	all := shapesBelowLimits()
	e := New(Options{})
	var slowest float64
	for b.Loop() {
		for name, s := range all {
			start := busy()
			e.Render(Input{Source: []byte(s)})
			d := busy() - start
			slowest = max(slowest, d)
			if d > 0.1 {
				b.Logf("%s: %.0f ms", name, 1000*d)
			}
		}
	}
	b.ReportMetric(slowest*1000, "slowest-cpu-ms")
}
