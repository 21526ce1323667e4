package site

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/portolan-dev/portolan/sources/catalog"
	"github.com/portolan-dev/portolan/sources/kubernetes"
)

// Files returns the published files that are no pages, except those that only
// the build as a whole can make (api/build.json, the search index, assets).
func Files(p *Portal) ([]File, error) {
	files := []File{headersFile(), redirectsFile(p)}
	files = append(files, catalogFiles(p.Catalog)...)
	files = append(files, llmsFiles(p)...)
	k8s, err := fleetFiles(p.Fleet)
	if err != nil {
		return nil, err
	}
	feeds, err := Feeds(p)
	if err != nil {
		return nil, err
	}
	files = slices.Concat(files, k8s, feeds, definitionFiles(p))
	for i := range files {
		if strings.HasPrefix(files[i].Path, "api/") {
			files[i].Data = inert(files[i].Data)
		}
	}
	return files, nil
}

// inert writes <, > and & in JSON as escapes, which changes no value. Some of
// its files have no ending or that of their entity, which may be .html, and a
// host may serve them as pages.
func inert(data []byte) []byte {
	var b bytes.Buffer
	b.Grow(len(data) + len(data)/16)
	json.HTMLEscape(&b, data)
	return b.Bytes()
}

// catalogFiles are the entities in the shape and at the paths of Backstage's
// catalog REST API, so that its client can read a static host.
func catalogFiles(c *catalog.Catalog) []File {
	var all bytes.Buffer
	all.WriteByte('[')
	var files []File
	for i, e := range c.Entities {
		data := e.AppendJSON(nil, true)
		if i > 0 {
			all.WriteByte(',')
		}
		all.WriteByte('\n')
		all.Write(data)
		name := strings.ToLower(path.Join(e.Ref.Kind, e.Ref.Namespace, e.Ref.Name))
		files = append(files, File{Path: "api/catalog/entities/by-name/" + name, Data: append(data, '\n')})
	}
	all.WriteString("\n]\n")
	return append(files, File{Path: "api/catalog/entities.json", Data: all.Bytes()})
}

// serviceFile returns where the state of the service of that canonical ref is.
func serviceFile(ref string) string {
	kind, rest, _ := strings.Cut(ref, ":")
	namespace, name, _ := strings.Cut(rest, "/")
	return "api/kubernetes/services/" + path.Join(namespace, kind, name) + ".json"
}

// fleetFiles are the state of the clusters for machines. Without clusters the
// lists are there and empty.
func fleetFiles(f *kubernetes.Fleet) ([]File, error) {
	if f == nil {
		f = &kubernetes.Fleet{}
	}
	var files []File
	add := func(name string, data []byte, err error) error {
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		files = append(files, File{Path: name, Data: data})
		return nil
	}
	findings, err := f.FindingsJSON()
	if err := add("api/kubernetes/findings.json", findings, err); err != nil {
		return nil, err
	}
	incidents, err := f.IncidentsJSON()
	if err := add("api/kubernetes/incidents.json", incidents, err); err != nil {
		return nil, err
	}
	for _, s := range f.Services {
		data, err := s.JSON()
		if err := add(serviceFile(s.Ref), data, err); err != nil {
			return nil, err
		}
	}
	return files, nil
}
