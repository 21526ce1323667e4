package publish

import (
	"bytes"
	"net/http"
	"path"
	"strings"
)

// Headers are what a server has to say about one file of the site.
type Headers struct {
	ContentType  string `json:"type"`
	CacheControl string `json:"cache"`
}

// HeadersOf returns the headers of a file. Names below assets/ hold the hash of
// their content, so they may be kept for ever; everything else is asked for
// anew each time, and is answered with 304 as long as it is the same.
func HeadersOf(name string, data []byte) Headers {
	h := Headers{ContentType: ContentType(name, data), CacheControl: "no-cache"}
	if isAsset(name) {
		h.CacheControl = "public, max-age=31536000, immutable"
	}
	return h
}

func isAsset(name string) bool { return strings.HasPrefix(name, "assets/") }

// ContentType returns the type of a file of the site. Files without an ending
// that hold an object are JSON: they stand at the paths of Backstage's REST API.
func ContentType(name string, data []byte) string {
	switch path.Ext(name) {
	case ".html":
		return "text/html; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".json":
		return "application/json"
	case ".svg":
		return "image/svg+xml"
	case ".woff2":
		return "font/woff2"
	case ".xml":
		return "application/xml"
	case ".txt", ".md":
		return "text/plain; charset=utf-8"
	case "":
		if bytes.HasPrefix(bytes.TrimSpace(data), []byte("{")) {
			return "application/json"
		}
		return "text/plain; charset=utf-8"
	default:
		return http.DetectContentType(data)
	}
}
