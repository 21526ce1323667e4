// Package render turns pages into HTML with the templates of a theme.
//
//	site.Page -> layout within base -> links made relative -> icons added -> bytes
//
// A theme is a file system with templates/ and assets/. templates/base.html
// defines "base", the frame of every page; templates/partials/*.html may be
// used by all layouts; every other file templates/NAME.html is the layout NAME
// and defines "main". A layout is executed with a Data.
//
// Two things are done on the finished HTML, so that partials and drawings need
// not know which page they are on:
//
//   - {{href "catalog/"}} and {{asset "core.css"}} write links from the root of
//     the site, marked with the scheme root:. They become links relative to the
//     page. No other text can have that scheme: html/template replaces unknown
//     schemes in links.
//   - {{icon "ok"}} writes a reference into the page itself, #i:ok. The symbols
//     that a page refers to are appended to it, so a page shows its icons
//     without another request, also when opened as a file.
package render

import (
	"bytes"
	"fmt"
	"html/template"
	"io/fs"
	"path"
	"strings"
	"sync"

	"github.com/portolan-dev/portolan/generator/site"
)

// Options configure a Renderer. The zero value works.
type Options struct {
	// Overrides is a theme folder whose files take the place of the theme's
	// files of the same name; nil: none.
	Overrides fs.FS

	// Chrome is what the frame shows.
	Chrome site.Chrome
}

// A Renderer renders pages. It is safe for concurrent use.
type Renderer struct {
	chrome  site.Chrome
	layouts map[string]*template.Template
	assets  *assets
	prefix  string    // path of the site on its host, for pages that are served at any depth
	custom  bool      // the theme has a style sheet of its own, custom.css
	frames  *sync.Map // frameKey -> template.HTML
	hoists  *sync.Map // hoistKey -> template.HTML
}

// A frameKey is all that the parts of the frame may depend on.
type frameKey struct {
	part, section string
	live          bool
}

// Data is what templates get as {{.}}: the page with its view, and the frame.
type Data struct {
	*site.Page
	Chrome site.Chrome
	Styles []string // names of the style sheets in order
	Custom bool     // custom.css exists and comes last

	renderer *Renderer
}

// Frame returns a part of the frame, the result of the template of that name.
// It is made once for each section, so the template may depend on nothing of
// the page but Section and Live.
func (d *Data) Frame(part string) (template.HTML, error) {
	r := d.renderer
	key := frameKey{part: part, section: d.Section, live: d.Live}
	if v, ok := r.frames.Load(key); ok {
		return v.(template.HTML), nil
	}
	var buf bytes.Buffer
	data := &Data{Page: &site.Page{Section: d.Section, Live: d.Live}, Chrome: r.chrome, Custom: r.custom, renderer: r}
	if err := r.layouts[d.Layout].ExecuteTemplate(&buf, part, data); err != nil {
		return "", err
	}
	v := template.HTML(buf.String())
	r.frames.Store(key, v)
	return v, nil
}

// New reads the theme: its templates are parsed and its assets get their
// published names. It fails when the theme lacks a file it names or a template
// cannot be parsed.
func New(theme fs.FS, opt Options) (*Renderer, error) {
	files := overlay{opt.Overrides, theme}
	a, err := readAssets(files)
	if err != nil {
		return nil, fmt.Errorf("theme: %w", err)
	}
	r := &Renderer{chrome: opt.Chrome, layouts: map[string]*template.Template{}, assets: a, prefix: prefixOf(opt.Chrome.BaseURL), frames: &sync.Map{}, hoists: &sync.Map{}}
	_, r.custom = a.names["custom.css"]

	common := template.New("").Funcs(r.funcs())
	names, err := files.list("templates")
	if err != nil {
		return nil, fmt.Errorf("theme: %w", err)
	}
	var layouts []string
	for _, name := range names {
		rel := strings.TrimPrefix(name, "templates/")
		switch {
		case path.Ext(rel) != ".html":
		case rel == "base.html", strings.HasPrefix(rel, "partials/"):
			if err := parse(common, files, name); err != nil {
				return nil, err
			}
		case !strings.Contains(rel, "/"):
			layouts = append(layouts, name)
		}
	}
	if common.Lookup("base") == nil {
		return nil, fmt.Errorf(`theme: templates/base.html does not define "base"`)
	}
	for _, name := range layouts {
		t, err := common.Clone()
		if err != nil {
			return nil, fmt.Errorf("theme: %s: %w", name, err)
		}
		if err := parse(t, files, name); err != nil {
			return nil, err
		}
		if t.Lookup("main") == nil {
			return nil, fmt.Errorf(`theme: %s does not define "main"`, name)
		}
		r.layouts[strings.TrimSuffix(path.Base(name), ".html")] = t
	}
	return r, nil
}

func parse(t *template.Template, files overlay, name string) error {
	src, err := files.ReadFile(name)
	if err != nil {
		return fmt.Errorf("theme: %w", err)
	}
	if _, err := t.New(name).Parse(string(src)); err != nil {
		return fmt.Errorf("theme: %w", err)
	}
	return nil
}

// With returns a renderer of the same theme with another frame.
func (r *Renderer) With(c site.Chrome) *Renderer {
	other := *r
	other.chrome, other.prefix, other.frames = c, prefixOf(c.BaseURL), &sync.Map{}
	return &other
}

var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// Page returns the HTML of p. A page whose view could not be made is an error.
func (r *Renderer) Page(p *site.Page) ([]byte, error) {
	if p.Failed != "" {
		return nil, fmt.Errorf("page %s: %s", p.URL, p.Failed)
	}
	t, ok := r.layouts[p.Layout]
	if !ok {
		return nil, fmt.Errorf("page %s: the theme has no layout %q", p.URL, p.Layout)
	}
	buf := buffers.Get().(*bytes.Buffer)
	buf.Reset()
	defer buffers.Put(buf)
	data := &Data{Page: p, Chrome: r.chrome, Styles: strings.Fields(p.Style), Custom: r.custom, renderer: r}
	if err := t.ExecuteTemplate(buf, "base", data); err != nil {
		return nil, fmt.Errorf("page %s: %w", p.URL, err)
	}
	return r.finish(p.URL, buf.Bytes()), nil
}

// Assets returns the files of the theme under their published names, by path.
func (r *Renderer) Assets() []site.File { return r.assets.files }

// Asset returns the published path of an asset, such as
// "assets/core.1f0c2a9b.css", or false if the theme has none of that name.
func (r *Renderer) Asset(name string) (string, bool) {
	p, ok := r.assets.names[name]
	return p, ok
}

// Layout tells whether the theme has a layout of that name.
func (r *Renderer) Layout(name string) bool { return r.layouts[name] != nil }
