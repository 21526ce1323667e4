package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/portolan-dev/portolan/sources/catalog"
	"github.com/portolan-dev/portolan/sources/repos"
)

// published returns the refs of all entities of a portal that is published
// already: at a URL, in a folder, or as the entities.json itself. A single repo
// can be checked against the whole catalog with it.
func published(ctx context.Context, place string) (map[string]bool, error) {
	data, err := entitiesJSON(ctx, place)
	if err != nil {
		return nil, err
	}
	var entities []struct {
		Kind     string `json:"kind"`
		Metadata struct {
			Name      string `json:"name"`
			Namespace string `json:"namespace"`
		} `json:"metadata"`
	}
	if err := json.Unmarshal(data, &entities); err != nil {
		return nil, fmt.Errorf("--against %s: this is no list of entities: %w", place, err)
	}
	known := make(map[string]bool, len(entities))
	for _, e := range entities {
		ref := catalog.Ref{Kind: e.Kind, Namespace: e.Metadata.Namespace, Name: e.Metadata.Name}
		if ref.Namespace == "" {
			ref.Namespace = "default"
		}
		if ref.Kind != "" && ref.Name != "" {
			known[ref.String()] = true
		}
	}
	return known, nil
}

const (
	entitiesPath = "api/catalog/entities.json"
	maxEntities  = 1 << 30 // bytes
)

func entitiesJSON(ctx context.Context, place string) ([]byte, error) {
	if !strings.HasPrefix(place, "https://") && !strings.HasPrefix(place, "http://") {
		if isDir(place) {
			place = filepath.Join(place, filepath.FromSlash(entitiesPath))
		}
		data, err := os.ReadFile(place)
		if err != nil {
			return nil, usagef("--against: %w", err)
		}
		return data, nil
	}
	u, err := url.Parse(place)
	if err != nil || u.Host == "" {
		return nil, usagef("--against %q is neither an address nor a folder", place)
	}
	if !strings.HasSuffix(u.Path, ".json") {
		u = u.JoinPath(entitiesPath)
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, usagef("--against: %w", err)
	}
	res, err := repos.NewClient(u.Hostname()).Do(req)
	if err != nil {
		return nil, fmt.Errorf("--against: %w", err)
	}
	defer func() { _ = res.Body.Close() }() // only read
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("--against %s: the host answers %s", u.Redacted(), res.Status)
	}
	data, err := io.ReadAll(io.LimitReader(res.Body, maxEntities))
	if err != nil {
		return nil, fmt.Errorf("--against %s: %w", u.Redacted(), err)
	}
	return data, nil
}

// portalOf returns the address of the portal that is published at a place, with
// a trailing slash, or "" for a folder.
func portalOf(place string) string {
	u, err := url.Parse(place)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" {
		return ""
	}
	u.RawQuery, u.Fragment, u.User = "", "", nil
	u.Path = strings.TrimSuffix(strings.TrimSuffix(u.Path, entitiesPath), "/") + "/"
	return u.String()
}
