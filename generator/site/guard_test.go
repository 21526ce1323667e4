package site

import (
	"bytes"
	"encoding/json"
	"html/template"
	"strings"
	"testing"

	"github.com/portolan-dev/portolan/sources/kubernetes"
)

// fragile is Markup that fails at some texts.
type fragile struct{}

func (fragile) Text(src string) template.HTML {
	if strings.Contains(src, "boom") {
		panic("boom")
	}
	return template.HTML(template.HTMLEscapeString(src))
}

func (fragile) Code([]byte, string) template.HTML { return "" }

// TestFaultCostsOnePage makes pages of which two fail.
func TestFaultCostsOnePage(t *testing.T) {
	p := portalOf(t, `apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: sound, description: fine}
spec: {type: service, lifecycle: production, owner: crew}
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: broken, description: boom}
spec: {type: service, lifecycle: production, owner: crew}
---
apiVersion: backstage.io/v1alpha1
kind: Group
metadata: {name: crew, description: boom}
spec: {type: team, children: []}
`)
	p.Markdown = fragile{}
	failed := map[string]string{}
	pages := Pages(p)
	for _, page := range pages {
		if page.Failed != "" {
			failed[page.URL] = page.Entity + ": " + page.Failed
		}
	}
	want := map[string]string{
		"catalog/default/component/broken/": "component:default/broken: making its content failed: boom",
		"catalog/default/group/crew/":       "group:default/crew: making its content failed: boom",
	}
	for url, text := range want {
		if failed[url] != text {
			t.Errorf("%s: %q, want %q", url, failed[url], text)
		}
		delete(failed, url)
	}
	for url, text := range failed {
		if !strings.HasPrefix(url, "catalog/default/component/broken/") && url != "catalog/" {
			t.Errorf("%s failed, too: %s", url, text)
		}
	}
	for _, url := range []string{"", "catalog/default/component/sound/", "teams/", "systems/", "build/", "404.html"} {
		found := false
		for _, page := range pages {
			found = found || page.URL == url && page.Failed == ""
		}
		if !found {
			t.Errorf("page %q is not there or not whole", url)
		}
	}
}

// TestFaultOfAFamily joins a portal of which everything about clusters fails.
func TestFaultOfAFamily(t *testing.T) {
	p := portalOf(t, `apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: sound}
spec: {type: service, lifecycle: production, owner: crew}
`)
	p.Fleet = &kubernetes.Fleet{Clusters: []*kubernetes.ClusterState{nil}}
	got := map[string]bool{}
	for _, page := range Pages(p) {
		got[page.URL] = page.Failed != ""
	}
	if !got["clusters/"] || !got["broken/"] {
		t.Errorf("clusters/ and broken/ are to say that they failed: %v", got)
	}
	if bad, ok := got["404.html"]; bad || !ok {
		t.Errorf("404.html is lost, too: %v", got)
	}
}

// TestListsAndClusters has clusters that are called like the lists beside them.
func TestListsAndClusters(t *testing.T) {
	p := portalOf(t, "")
	p.Fleet = &kubernetes.Fleet{}
	for _, name := range []string{"absent", "batch", "drift", "page", "unclaimed"} {
		p.Fleet.Clusters = append(p.Fleet.Clusters, &kubernetes.ClusterState{Name: name})
	}
	layouts := map[string]string{}
	for _, page := range Pages(p) {
		layouts[page.URL] = page.Layout
	}
	for url, want := range map[string]string{"clusters/": "clusters", "clusters/batch/": "cluster", "clusters/page/": "cluster", "clusters/-/batch/": "ops-list", "clusters/drift/": "cluster", "clusters/-/drift/": "ops-list"} {
		if layouts[url] != want {
			t.Errorf("%s has the layout %q, want %q", url, layouts[url], want)
		}
	}
}

// TestJSONIsNoHTML looks at the bytes of files that a host may serve as pages.
func TestJSONIsNoHTML(t *testing.T) {
	const text = "<script>hx(1)</script> & <b>"
	p := portalOf(t, `apiVersion: backstage.io/v1alpha1
kind: Component
metadata:
  name: index.html
  description: "`+text+`"
spec: {type: service, lifecycle: production, owner: crew}
`)
	files, err := Files(p)
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, f := range files {
		if !strings.HasPrefix(f.Path, "api/") {
			continue
		}
		if i := bytes.IndexAny(f.Data, "<>&"); i >= 0 {
			t.Errorf("%s has %q", f.Path, f.Data[i:min(len(f.Data), i+20)])
		}
		if strings.HasSuffix(f.Path, "/index.html") {
			seen++
			var e struct{ Metadata struct{ Description string } }
			if err := json.Unmarshal(f.Data, &e); err != nil || e.Metadata.Description != text {
				t.Errorf("%s: the description is %q (%v), want %q", f.Path, e.Metadata.Description, err, text)
			}
		}
	}
	if seen != 1 {
		t.Errorf("%d files are called index.html, want 1", seen)
	}
}
