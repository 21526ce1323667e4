package watch

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"

	"github.com/portolan-dev/portolan/generator/publish"
)

// A Server shows a site folder to its author: read-only, without listings, to
// browsers on this machine only, with the same security headers as the
// published site. Pages get a script that reloads them after a build and shows
// what is wrong with the last one. It is an http.Handler.
type Server struct {
	dir     string
	headers map[string]string
	hosts   map[string]bool // Host headers that are answered

	mu      sync.Mutex
	clients map[chan event]bool
	last    event // the state of the last build, told to new clients
}

// An event is what browsers are told. It is sent as JSON.
type event struct {
	Build    int      `json:"build"`              // counts up with each build that changed the site
	Problems []string `json:"problems,omitempty"` // of the last build, if it failed or found errors
	Failed   bool     `json:"failed,omitempty"`   // the site shown is that of an earlier build
}

// entityPath is where Backstage's REST API has single entities, whose names it
// takes in any case.
const entityPath = "api/catalog/entities/by-name/"

const (
	eventsPath = "/_portolan/events"
	scriptPath = "/_portolan/live.js"
	stylePath  = "/_portolan/live.css"
)

//go:embed live.js
var liveScript []byte

//go:embed live.css
var liveStyle []byte

// NewServer returns a server for the site in dir. addr is what it will listen
// on: only requests that name this host are answered, so that no other site in
// the same browser can read the portal through a name of its own. headers are
// sent with every answer.
func NewServer(dir, addr string, headers map[string]string) *Server {
	s := &Server{dir: dir, headers: headers, hosts: map[string]bool{}, clients: map[chan event]bool{}}
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		host, port = addr, ""
	}
	for _, h := range []string{host, "localhost", "127.0.0.1", "::1"} {
		s.hosts[net.JoinHostPort(h, port)] = true
		if port == "80" || port == "" {
			s.hosts[h] = true
		}
	}
	return s
}

// Reload tells all browsers that the site was built anew. problems are shown
// over the page, if there are any.
func (s *Server) Reload(problems []string) { s.tell(true, problems, false) }

// Fail tells all browsers that a build failed and what they show is old.
func (s *Server) Fail(problems []string) { s.tell(false, problems, true) }

func (s *Server) tell(changed bool, problems []string, failed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if changed {
		s.last.Build++
	}
	s.last.Problems, s.last.Failed = problems, failed
	for c := range s.clients {
		select {
		case <-c: // an event that nobody took yet is out of date
		default:
		}
		c <- s.last
	}
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !s.hosts[r.Host] {
		http.Error(w, "this preview answers only under its own address", http.StatusForbidden)
		return
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "read only", http.StatusMethodNotAllowed)
		return
	}
	for k, v := range s.headers {
		w.Header().Set(k, v)
	}
	w.Header().Set("Cache-Control", "no-store")
	switch r.URL.Path {
	case eventsPath:
		s.events(w, r)
	case scriptPath:
		w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
		_, _ = w.Write(liveScript)
	case stylePath:
		w.Header().Set("Content-Type", "text/css; charset=utf-8")
		_, _ = w.Write(liveStyle)
	default:
		s.file(w, r)
	}
}

// file serves one file of the site, or its 404 page.
func (s *Server) file(w http.ResponseWriter, r *http.Request) {
	// The folder is opened anew for every request: a build swaps it.
	root, err := os.OpenRoot(s.dir)
	if err != nil {
		http.Error(w, "the first build is not ready yet; this page appears when it is", http.StatusServiceUnavailable)
		return
	}
	defer func() { _ = root.Close() }()

	name := strings.TrimPrefix(path.Clean("/"+r.URL.Path), "/")
	if name == "" {
		name = "."
	}
	if strings.HasPrefix(name, entityPath) {
		name = strings.ToLower(name) // as _redirects says to hosts
	}
	info, err := root.Stat(name)
	if err == nil && info.IsDir() {
		if !strings.HasSuffix(r.URL.Path, "/") {
			http.Redirect(w, r, path.Base(r.URL.Path)+"/", http.StatusMovedPermanently)
			return
		}
		name = path.Join(name, "index.html")
	}
	status := http.StatusOK
	data, err := root.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) || err != nil {
		status, name = http.StatusNotFound, "404.html"
		if data, err = root.ReadFile(name); err != nil {
			http.Error(w, "not found", http.StatusNotFound)
			return
		}
	}
	w.Header().Set("Content-Type", publish.ContentType(name, data))
	if filepath.Ext(name) == ".html" {
		data = inject(data)
	}
	w.WriteHeader(status)
	if r.Method == http.MethodGet {
		_, _ = w.Write(data)
	}
}

// inject adds the reload script to a page.
func inject(page []byte) []byte {
	tag := []byte(`<link rel="stylesheet" href="` + stylePath + `"><script src="` + scriptPath + `" defer></script>`)
	i := bytes.Index(page, []byte("</head>"))
	if i < 0 {
		return append(page[:len(page):len(page)], tag...)
	}
	out := make([]byte, 0, len(page)+len(tag))
	out = append(out, page[:i]...)
	out = append(out, tag...)
	return append(out, page[i:]...)
}

// events keeps a connection open and sends what happens (server-sent events).
func (s *Server) events(w http.ResponseWriter, r *http.Request) {
	flusher, ok := w.(http.Flusher)
	if !ok {
		http.Error(w, "this connection cannot be kept open", http.StatusNotImplemented)
		return
	}
	c := make(chan event, 1)
	s.mu.Lock()
	s.clients[c] = true
	c <- s.last
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		delete(s.clients, c)
		s.mu.Unlock()
	}()
	w.Header().Set("Content-Type", "text/event-stream")
	w.WriteHeader(http.StatusOK)
	for {
		select {
		case <-r.Context().Done():
			return
		case e := <-c:
			data, err := json.Marshal(e)
			if err != nil {
				return
			}
			if _, err := fmt.Fprintf(w, "data: %s\n\n", data); err != nil {
				return
			}
			flusher.Flush()
		}
	}
}
