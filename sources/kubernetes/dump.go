package kubernetes

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	kjson "sigs.k8s.io/json"
	"sigs.k8s.io/yaml"

	"github.com/portolan-dev/portolan/sources"
)

// The largest file of a dump, and how many files are read at most.
const (
	maxDumpFile  = 512 << 20
	maxDumpFiles = 20_000
)

// dumpNotes is cluster.yaml (or coverage.yaml) of a dump folder: what the
// objects cannot say about themselves. Every field is optional.
//
//	takenAt: 2026-03-02T11:58:00Z     # when the objects were listed; default: the time of the build
//	took: 2.4s
//	version: v1.33.2
//	stale: connection refused         # since takenAt the cluster could not be read, for this reason
//	insecure: true                    # its certificate was not checked
//	coverage:                         # types that were not listed as a whole; all others were
//	- {type: ingresses, state: forbidden, reason: no permission}
//	- {type: pods, state: partial, deniedNamespaces: [vault]}
type dumpNotes struct {
	TakenAt  *time.Time `json:"takenAt"`
	Took     string     `json:"took"`
	Version  string     `json:"version"`
	Stale    string     `json:"stale"`
	Insecure bool       `json:"insecure"`
	Coverage []Coverage `json:"coverage"`
}

// ReadDump reads a folder of objects as kubectl get -o yaml or -o json prints
// them: files (.json, .yaml, .yml) at any depth, each with objects, lists, or
// several documents. Objects of kinds that nobody needs are ignored; Secrets
// and ConfigMaps are dropped without being decoded.
//
// Every type counts as listed, so that an object that is not there does not
// exist, unless cluster.yaml at the root of the folder says otherwise (see
// dumpNotes) or a file of that type is broken. What cannot be read is counted
// in Snapshot.Skipped and named in Snapshot.Problems. An error means that
// there is no snapshot: the folder cannot be listed, or nothing but broken
// files is in it.
func ReadDump(info ClusterInfo, fsys fs.FS, now time.Time) (*Snapshot, error) {
	d := dump{c: NewCollector(info), broken: map[string]string{}}
	notes := dumpNotes{}
	var files []string
	err := fs.WalkDir(fsys, ".", func(name string, e fs.DirEntry, err error) error {
		switch {
		case err != nil && name == ".":
			return err
		case err != nil:
			d.file(name, err)
			return nil
		case e.IsDir():
			if name != "." && strings.HasPrefix(e.Name(), ".") {
				return fs.SkipDir
			}
			return nil
		case len(files) >= maxDumpFiles:
			return fmt.Errorf("it holds more than %d files", maxDumpFiles)
		}
		switch path.Ext(name) {
		case ".json", ".yaml", ".yml":
			files = append(files, name)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the dump of cluster %s: %w", info.Name, err)
	}
	for _, name := range files {
		data, err := readLimited(fsys, name)
		if err != nil {
			d.file(name, err)
			continue
		}
		switch name {
		case "cluster.yaml", "cluster.yml", "coverage.yaml", "coverage.yml":
			if err := yaml.UnmarshalStrict(data, &notes); err == nil {
				continue
			} else if !bytes.Contains(data, []byte("apiVersion:")) {
				return nil, fmt.Errorf("read the dump of cluster %s: %s: %w", info.Name, name, err)
			}
		}
		d.documents(name, data)
	}
	if d.failed != nil && d.good == 0 {
		return nil, fmt.Errorf("read the dump of cluster %s: %w", info.Name, d.failed)
	}
	return d.finish(notes, now)
}

func (d *dump) finish(notes dumpNotes, now time.Time) (*Snapshot, error) {
	taken, took := now, time.Duration(0)
	if notes.TakenAt != nil && notes.TakenAt.Before(now) {
		taken = *notes.TakenAt
	}
	if notes.Took != "" {
		var err error
		if took, err = time.ParseDuration(notes.Took); err != nil || took < 0 {
			return nil, fmt.Errorf("read the dump of cluster %s: cluster.yaml: took: %q is no duration", d.c.info.Name, notes.Took)
		}
	}
	d.c.SetTimes(taken, took)
	d.c.SetVersion(notes.Version)
	states := map[string]Coverage{}
	for _, t := range Types {
		states[t] = Coverage{Type: t, State: CoverageOK}
	}
	for t, reason := range d.broken {
		states[t] = Coverage{Type: t, State: CoverageError, Reason: reason}
	}
	if d.c.seen["pods.metrics.k8s.io"] == 0 {
		states["pods.metrics.k8s.io"] = Coverage{Type: "pods.metrics.k8s.io", State: CoverageAbsent}
	}
	for _, c := range notes.Coverage {
		if c.Type != "" {
			states[c.Type] = c
		}
	}
	for t, c := range states {
		if c.Count == 0 && (c.State == CoverageOK || c.State == CoveragePartial) {
			c.Count = d.c.seen[t]
		}
		d.c.SetCoverage(c)
	}
	s := d.c.Snapshot()
	s.Info.Insecure = s.Info.Insecure || notes.Insecure
	if notes.Stale != "" {
		s.Freshness.State, s.Freshness.Reason = sources.Stale, scrub(notes.Stale)
	}
	return s, nil
}

// dump is one reading of a folder.
type dump struct {
	c      *Collector
	good   int               // documents that were read
	failed error             // the first that was not
	broken map[string]string // types of which a file was not read, with the reason
}

// file notes that a file, or the rest of it, could not be read.
func (d *dump) file(name string, err error) {
	d.c.Skip(fmt.Sprintf("%s: %v", name, err))
	if d.failed == nil {
		d.failed = fmt.Errorf("%s: %w", name, err)
	}
}

func readLimited(fsys fs.FS, name string) ([]byte, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxDumpFile+1))
	if err == nil && len(data) > maxDumpFile {
		err = fmt.Errorf("it is larger than %d MB", maxDumpFile>>20)
	}
	return data, err
}

var kindLine = regexp.MustCompile(`(?m)^\s*[{,]?\s*"?kind"?\s*:\s*"?([A-Za-z]+)|"kind"\s*:\s*"([A-Za-z]+)"`)

// documents reads every document of a file.
func (d *dump) documents(name string, data []byte) {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	fail := func(part []byte, err error) {
		d.file(name, err)
		if m := kindLine.FindSubmatch(part[:min(len(part), 64<<10)]); m != nil {
			kind := string(m[1]) + string(m[2])
			if t := typeOf(strings.TrimSuffix(kind, "List")); t != "" {
				d.broken[t] = fmt.Sprintf("%s could not be read", name)
			}
		}
	}
	trimmed := bytes.TrimLeft(data, " \t\r\n")
	if len(trimmed) == 0 {
		return
	}
	if trimmed[0] == '{' || trimmed[0] == '[' {
		dec := json.NewDecoder(bytes.NewReader(trimmed))
		for {
			var raw json.RawMessage
			start := dec.InputOffset()
			err := dec.Decode(&raw)
			if err == io.EOF {
				return
			}
			if err == nil {
				err = d.value(name, raw, "", 0)
			}
			if err != nil {
				fail(trimmed[start:], err)
				if raw == nil {
					return // the rest of the stream cannot be found
				}
			}
		}
	}
	for i, part := range splitYAML(data) {
		if len(bytes.TrimSpace(part)) == 0 {
			continue
		}
		if k := kindLine.FindSubmatch(part); k != nil && secret(string(k[1])+string(k[2])) && bytes.HasPrefix(bytes.TrimSpace(part), []byte("apiVersion")) && topKind(part) {
			d.good++
			continue
		}
		raw, err := yaml.YAMLToJSON(part)
		if err == nil {
			err = d.value(name, raw, "", 0)
		}
		if err != nil {
			fail(part, fmt.Errorf("document %d: %w", i+1, err))
		}
	}
}

var topLevelSecret = regexp.MustCompile(`(?m)^kind:\s*"?(Secret|ConfigMap)(List)?"?\s*(#.*)?$`)

// topKind reports whether the whole document is a Secret or ConfigMap, which
// need not be parsed at all.
func topKind(part []byte) bool { return topLevelSecret.Match(part) }

func secret(kind string) bool {
	switch strings.TrimSuffix(kind, "List") {
	case "Secret", "ConfigMap":
		return true
	}
	return false
}

// splitYAML splits a stream at the lines that begin with three dashes.
func splitYAML(data []byte) [][]byte {
	var out [][]byte
	start := 0
	for i := 0; i < len(data); {
		end := bytes.IndexByte(data[i:], '\n')
		next := len(data)
		if end >= 0 {
			next = i + end + 1
		}
		if line := data[i:next]; bytes.HasPrefix(line, []byte("---")) && (len(line) == 3 || strings.ContainsRune(" \t\r\n", rune(line[3]))) {
			out = append(out, data[start:i])
			start = next
			if rest := bytes.TrimSpace(line[3:]); len(rest) > 0 && rest[0] != '#' && rest[0] != '%' {
				start = i + 3
			}
		}
		i = next
	}
	return append(out, data[start:])
}

// shape is what is looked at of a value before it is decoded.
type shape struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Metadata   struct {
		Name      string `json:"name"`
		Namespace string `json:"namespace"`
		Continue  string `json:"continue"`
	} `json:"metadata"`
	Items   []json.RawMessage `json:"items"`
	Message string            `json:"message"`
	Reason  string            `json:"reason"`
}

// maxListDepth is how deep lists may hold lists.
const maxListDepth = 3

// value reads an object, a list, or an array of objects.
func (d *dump) value(name string, raw json.RawMessage, kind string, depth int) error {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 || bytes.Equal(raw, []byte("null")) {
		return nil
	}
	if raw[0] == '[' {
		var items []json.RawMessage
		if err := json.Unmarshal(raw, &items); err != nil {
			return err
		}
		return d.items(name, items, "", kind, depth)
	}
	if raw[0] != '{' {
		return errors.New("this is no object of Kubernetes")
	}
	if secret(kind) {
		d.good++
		return nil
	}
	var s shape
	if err := json.Unmarshal(raw, &s); err != nil {
		// An object whose metadata is odd costs itself, not the file.
		var only struct {
			Kind string `json:"kind"`
		}
		if json.Unmarshal(raw, &only) != nil || only.Kind == "" || depth == 0 {
			return err
		}
		d.c.Skip(fmt.Sprintf("%s: %s: %v", name, only.Kind, err))
		return nil
	}
	if s.Kind == "" {
		s.Kind = kind
	}
	switch {
	case secret(s.Kind):
		d.good++
		return nil
	case s.Kind == "Status" && s.Items == nil:
		return fmt.Errorf("the API server answered: %s", cut(scrub(s.Message+" "+s.Reason), 120))
	case strings.HasSuffix(s.Kind, "List") && s.Items != nil:
		of := strings.TrimSuffix(s.Kind, "List")
		if s.Metadata.Continue != "" { // one page of many: half of the facts
			return errors.New("the list is not complete: it ends with a continue token")
		}
		return d.items(name, s.Items, s.APIVersion, of, depth)
	}
	d.good++
	d.object(name, raw, &s)
	return nil
}

func (d *dump) items(name string, items []json.RawMessage, apiVersion, kind string, depth int) error {
	if depth >= maxListDepth {
		return errors.New("lists are nested too deep")
	}
	d.good++
	for _, item := range items {
		if apiVersion != "" && kind != "" {
			// Items of a typed list may leave out what the list has said.
			var s shape
			if err := json.Unmarshal(item, &s); err == nil && s.Kind == "" && len(bytes.TrimSpace(item)) > 0 && bytes.TrimSpace(item)[0] == '{' {
				if !secret(kind) {
					s.Kind, s.APIVersion = kind, apiVersion
					d.object(name, item, &s)
				}
				continue
			}
		}
		if err := d.value(name, item, kind, depth+1); err != nil {
			d.c.Skip(fmt.Sprintf("%s: %v", name, err))
		}
	}
	return nil
}

// object decodes one object into its Go type and gives it to the collector.
func (d *dump) object(name string, raw []byte, s *shape) {
	gv, err := schema.ParseGroupVersion(s.APIVersion)
	if err != nil {
		d.c.Skip(fmt.Sprintf("%s: %s %s/%s: %v", name, s.Kind, s.Metadata.Namespace, s.Metadata.Name, err))
		return
	}
	gvk := gv.WithKind(s.Kind)
	if gvk.Version == "" && gvk.Group == "" {
		return
	}
	var to any
	if t := typed(gvk); t != nil {
		to = t
	} else if customGroup(gvk.Group) {
		to = &map[string]any{}
	} else {
		return
	}
	defer func() {
		if r := recover(); r != nil {
			d.c.Skip(fmt.Sprintf("%s: %s %s/%s: %v", name, s.Kind, s.Metadata.Namespace, s.Metadata.Name, r))
		}
	}()
	if err := kjson.UnmarshalCaseSensitivePreserveInts(raw, to); err != nil {
		d.c.Skip(fmt.Sprintf("%s: %s %s/%s: %v", name, s.Kind, s.Metadata.Namespace, s.Metadata.Name, err))
		return
	}
	switch to := to.(type) {
	case *map[string]any:
		u := &unstructured.Unstructured{Object: *to}
		u.SetGroupVersionKind(gvk)
		d.c.Add(u)
	case runtime.Object:
		d.c.Add(to)
	}
	d.c.note(typeOf(s.Kind))
}

// note counts an object of a type.
func (c *Collector) note(typ string) {
	if typ == "" || typ == "pods" { // pods are counted as they are reduced
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seen[typ]++
}

// typeOf returns the plural of a kind that snapshots hold, or "".
func typeOf(kind string) string {
	if kind == "PodMetrics" {
		return "pods.metrics.k8s.io"
	}
	p := strings.ToLower(kind) + "s"
	if kind == "Ingress" {
		p = "ingresses"
	}
	if slices.Contains(Types, p) {
		return p
	}
	return ""
}
