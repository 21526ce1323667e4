package generator

import (
	"bytes"
	"cmp"
	"context"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/portolan-dev/portolan/generator/markdown"
	"github.com/portolan-dev/portolan/generator/publish"
	"github.com/portolan-dev/portolan/generator/render"
	"github.com/portolan-dev/portolan/generator/site"
	"github.com/portolan-dev/portolan/sources/diag"
	"github.com/portolan-dev/portolan/sources/docs"
)

// writeTwins publishes beside each page of docs its Markdown, for programs that
// read it more easily than HTML.
func (b *Builder) writeTwins(ctx context.Context, p *site.Portal, out *publish.Site, lose func(diag.Diagnostic)) error {
	type job struct {
		docs *site.Docs
		page *docs.Page
		name string
	}
	var jobs []job
	var trees []*docs.Tree
	twins := twinNames{}
	for _, d := range p.Docs {
		trees = append(trees, d.Tree)
		twins[d.Tree] = site.Twins(d.Tree)
		for _, page := range d.Tree.Pages {
			if name := twins[d.Tree][page]; name != "" {
				jobs = append(jobs, job{d, page, name})
			}
		}
	}
	library := docs.NewLibrary(trees)
	_, err := parMap(ctx, b.opt.Jobs, jobs, func(_ context.Context, j job) (struct{}, error) {
		l := links{library: library, tree: j.docs.Tree, page: j.page}
		return struct{}{}, b.put(out, j.name, twin(l, twins, j.docs.Rendered[j.page]), j.docs.Tree.Entity.String(), lose)
	})
	return err
}

// twinNames are the addresses of twins, from the root of the site.
type twinNames map[*docs.Tree]map[*docs.Page]string

// definition is a link reference definition, up to and with its target.
// Source: CommonMark 0.31, 4.7.
var definition = regexp.MustCompile(`(?m)^ {0,3}\[[^\]\n]+\]:[ \t]*<?([^\s>]+)`)

// twin returns the Markdown of a page as its author wrote it, without front
// matter, with its title, and with links that lead to other twins and to what is
// published. Characters that are not seen are left out.
func twin(l links, twins twinNames, doc *markdown.Document) []byte {
	src := l.page.Body()
	var edits []edit
	if doc != nil {
		edits = l.edits(src, twins, doc.Links)
	}
	var out bytes.Buffer
	out.Grow(len(src) + 256)
	if doc == nil || !doc.HasH1 {
		title := l.page.Title
		if title == "" && doc != nil {
			title = doc.Title
		}
		out.WriteString("# " + strings.Join(strings.Fields(cmp.Or(title, docs.TitleOf(l.page))), " ") + "\n\n")
	}
	at := 0
	for _, e := range edits {
		if e.at < at {
			continue // one target inside of another
		}
		out.Write(src[at:e.at])
		out.WriteString(e.text)
		at = e.at + e.size
	}
	out.Write(src[at:])
	return append(bytes.Trim(visible(out.Bytes()), "\n"), '\n')
}

// visible returns a text without characters that are not seen, and with line
// feeds alone. Usually there is nothing to do.
func visible(text []byte) []byte {
	if !utf8.Valid(text) {
		text = bytes.ToValidUTF8(text, []byte("\uFFFD"))
	}
	plain := true
	for i, c := range text {
		if c >= 0x20 && c < 0x7f || c == '\n' || c == '\t' || c >= 0x80 && c < 0xc2 || c > 0xc2 && c != 0xe2 {
			continue
		}
		if r, _ := utf8.DecodeRune(text[i:]); site.Hidden(r) {
			plain = false
			break
		}
	}
	if plain {
		return text
	}
	return bytes.Map(func(r rune) rune {
		if site.Hidden(r) {
			return -1
		}
		return r
	}, bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")))
}

// An edit puts text in the place of size bytes.
type edit struct {
	at, size int
	text     string
}

// edits returns where in the source of a page other targets of links have to
// stand, in order.
func (l links) edits(src []byte, twins twinNames, found []markdown.Link) []edit {
	starts := []int{0} // of lines
	for i, c := range src {
		if c == '\n' {
			starts = append(starts, i+1)
		}
	}
	targets := map[string]string{}
	var edits []edit
	for _, link := range found {
		to, known := targets[link.Target]
		if !known {
			to = l.twinTarget(twins, link.Target)
			targets[link.Target] = to
		}
		line := link.Line - l.page.BodyLine
		if to == link.Target || line < 0 || line >= len(starts) {
			continue
		}
		end := len(src)
		if line+1 < len(starts) {
			end = starts[line+1]
		}
		from := min(starts[line]+max(0, link.Column-1), end)
		if i := indexTarget(src[from:end], link.Target); i >= 0 {
			edits = append(edits, edit{from + i, len(link.Target), to})
		}
	}
	var defined [][]int
	if bytes.Contains(src, []byte("]:")) {
		defined = definition.FindAllSubmatchIndex(src, -1)
	}
	for _, m := range defined {
		target := string(src[m[2]:m[3]])
		if to, used := targets[target]; used && to != target {
			edits = append(edits, edit{m[2], len(target), to})
		}
	}
	slices.SortFunc(edits, func(a, b edit) int { return a.at - b.at })
	return slices.CompactFunc(edits, func(a, b edit) bool { return a.at == b.at })
}

// indexTarget returns where in a line a target stands as the target of a link, or -1.
func indexTarget(line []byte, target string) int {
	if target == "" {
		return -1
	}
	for at := 0; ; {
		i := bytes.Index(line[at:], []byte(target))
		if i < 0 {
			return -1
		}
		start, end := at+i, at+i+len(target)
		if start > 0 && strings.IndexByte("(<\"'= \t", line[start-1]) >= 0 && (end == len(line) || strings.IndexByte(")>\"' \t\r\n", line[end]) >= 0) {
			return start
		}
		at = start + 1
	}
}

// twinTarget returns how a link is written in a twin: relative to it where it
// leads to another twin or a file, and as it is where it leads nowhere.
func (l links) twinTarget(twins twinNames, target string) string {
	if strings.HasPrefix(target, "#") {
		return target
	}
	t, ok := l.library.Resolve(l.tree, l.page, target)
	if !ok {
		return target
	}
	here := treeURL(l.tree, l.page.URL)
	switch t.Kind {
	case docs.ToPage:
		return render.Relative(here, withTail(escapeURL(cmp.Or(twins[t.Tree][t.Page], treeURL(t.Tree, t.URL))), t))
	case docs.ToFile:
		return render.Relative(here, withTail(escapeURL(treeURL(t.Tree, t.URL)), t))
	case docs.ToPortal:
		return render.Relative(here, withTail(escapeURL(t.URL), t))
	case docs.ToRepo:
		return withTail(t.URL, t)
	default:
		return target
	}
}
