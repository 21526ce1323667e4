package publish

import (
	"fmt"
	"path"

	"github.com/tdewolff/minify/v2"
	"github.com/tdewolff/minify/v2/css"
	"github.com/tdewolff/minify/v2/html"
	"github.com/tdewolff/minify/v2/js"
	"github.com/tdewolff/minify/v2/svg"
)

// A Minifier makes files smaller without changing what they mean. It is safe
// for concurrent use.
type Minifier struct{ m *minify.M }

// NewMinifier returns a Minifier for HTML, CSS, scripts and SVG.
func NewMinifier() *Minifier {
	m := minify.New()
	// Tags and quotes that HTML allows to leave out stay: pages are also read
	// by tools that are less forgiving than browsers.
	m.Add("text/html", &html.Minifier{KeepDocumentTags: true, KeepEndTags: true, KeepQuotes: true})
	m.AddFunc("text/css", css.Minify)
	m.AddFunc("text/javascript", js.Minify)
	m.AddFunc("image/svg+xml", svg.Minify)
	return &Minifier{m}
}

// Minify returns the file smaller, or as it is if it is of another type. On an
// error it is to be published as it is, too.
func (m *Minifier) Minify(name string, data []byte) ([]byte, error) {
	var media string
	switch path.Ext(name) {
	case ".html":
		media = "text/html"
	case ".css":
		media = "text/css"
	case ".js":
		media = "text/javascript"
	case ".svg":
		media = "image/svg+xml"
	default:
		return data, nil
	}
	out, err := m.m.Bytes(media, data)
	if err != nil {
		return data, fmt.Errorf("minify %s: %w", name, err)
	}
	return out, nil
}
