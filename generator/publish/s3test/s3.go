// Package s3test has a server for tests that speaks the protocol of S3.
package s3test

import (
	"cmp"
	"crypto/md5"
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
)

// A Store is as much of Amazon S3 as an upload needs, with path-style addresses.
// It is an http.Handler.
// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations.html
type Store struct {
	mu      sync.Mutex
	objects map[string]Object // by /bucket/key
	deny    bool
}

// An Object is what was put there, with the headers of the request.
type Object struct {
	Data   []byte
	Header http.Header
}

// New returns an empty store that has every bucket.
func New() *Store { return &Store{objects: map[string]Object{}} }

// Deny says whether every request is refused from now on.
func (s *Store) Deny(deny bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.deny = deny
}

// Object returns the object at /bucket/key.
func (s *Store) Object(path string) (Object, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o, ok := s.objects[path]
	return o, ok
}

// Environment returns the variables by which the SDK of AWS finds credentials,
// and nothing of the machine.
func Environment() map[string]string {
	return map[string]string{
		"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "eu-west-1",
		"AWS_CONFIG_FILE": os.DevNull, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull, "AWS_EC2_METADATA_DISABLED": "true",
	}
}

// ServeHTTP answers one request.
func (s *Store) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	fail := func(status int, code string) {
		w.WriteHeader(status)
		_, _ = fmt.Fprintf(w, "<Error><Code>%s</Code></Error>", code)
	}
	if s.deny {
		fail(http.StatusForbidden, "AccessDenied")
		return
	}
	object, found := s.objects[r.URL.Path]
	switch r.Method {
	case http.MethodPut:
		data, err := io.ReadAll(r.Body)
		if err != nil {
			fail(http.StatusBadRequest, "IncompleteBody")
			return
		}
		s.objects[r.URL.Path] = Object{data, r.Header.Clone()}
		w.Header().Set("ETag", etag(data))
	case http.MethodDelete:
		delete(s.objects, r.URL.Path)
		w.WriteHeader(http.StatusNoContent)
	case http.MethodGet, http.MethodHead:
		if r.URL.Query().Get("list-type") == "2" {
			s.list(w, strings.TrimSuffix(r.URL.Path, "/")+"/", r.URL.Query().Get("prefix"), r.URL.Query().Get("continuation-token"))
			return
		}
		if !found {
			fail(http.StatusNotFound, "NoSuchKey")
			return
		}
		w.Header().Set("ETag", etag(object.Data))
		w.Header().Set("Content-Length", fmt.Sprint(len(object.Data)))
		_, _ = w.Write(object.Data)
	default:
		fail(http.StatusMethodNotAllowed, "MethodNotAllowed")
	}
}

// list answers three objects at a time, so that paging is seen.
func (s *Store) list(w http.ResponseWriter, bucket, prefix, after string) {
	type content struct {
		Key          string
		Size         int
		ETag         string
		LastModified string
	}
	out := struct {
		XMLName               xml.Name `xml:"ListBucketResult"`
		IsTruncated           bool
		NextContinuationToken string `xml:",omitempty"`
		Contents              []content
	}{}
	for _, name := range slices.SortedFunc(maps.Keys(s.objects), cmp.Compare[string]) {
		key, ok := strings.CutPrefix(name, bucket)
		if !ok || !strings.HasPrefix(key, prefix) || key <= after {
			continue
		}
		if len(out.Contents) == 3 {
			out.IsTruncated, out.NextContinuationToken = true, out.Contents[2].Key
			break
		}
		data := s.objects[name].Data
		out.Contents = append(out.Contents, content{key, len(data), etag(data), "2026-01-02T03:04:05.000Z"})
	}
	_ = xml.NewEncoder(w).Encode(out)
}

func etag(data []byte) string {
	sum := md5.Sum(data)
	return `"` + hex.EncodeToString(sum[:]) + `"`
}
