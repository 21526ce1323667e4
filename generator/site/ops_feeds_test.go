package site_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"io"
	"strings"
	"testing"

	"github.com/portolan-dev/portolan/generator/site"
)

func feeds(t *testing.T, p *site.Portal) map[string][]byte {
	t.Helper()
	files, err := site.Feeds(p)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]byte{}
	for _, f := range files {
		if out[f.Path] != nil {
			t.Errorf("two files are called %s", f.Path)
		}
		out[f.Path] = f.Data
	}
	return out
}

func wellFormed(t *testing.T, name string, data []byte) {
	t.Helper()
	d := xml.NewDecoder(bytes.NewReader(data))
	for {
		if _, err := d.Token(); err == io.EOF {
			return
		} else if err != nil {
			t.Errorf("%s is no XML: %v\n%s", name, err, data)
			return
		}
	}
}

func TestFeeds(t *testing.T) {
	files := feeds(t, fullPortal(t))
	var got struct {
		Version string
		Items   []struct{ ID, URL, Title, Date_published string }
	}
	if err := json.Unmarshal(files["broken/feed.json"], &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Items) != 7 || got.Version != "https://jsonfeed.org/version/1.1" {
		t.Fatalf("the feed of everything has %d items of version %s, want 7 of 1.1", len(got.Items), got.Version)
	}
	first := got.Items[0]
	if first.Title != "playback-session: New version does not come up: app crashes again and again, in us-2" ||
		first.URL != "https://portal.ondavia.example/catalog/default/component/playback-session/kubernetes/#crash" || first.Date_published != "2026-11-23T14:09:00Z" {
		t.Errorf("the newest item is %+v", first)
	}
	for name, want := range map[string]string{
		"broken/feed.atom": "<updated>2026-11-23T14:09:00Z</updated>",
		"catalog/default/group/needle-drop/feed.atom":     "New version does not come up",
		"catalog/default/group/open-signal/feed.json":     "queue-store",
		"badges/default/component/playback-session.svg":   "broken 199/216",
		"badges/default/component/playback-telemetry.svg": "healthy 210/210",
	} {
		if !strings.Contains(string(files[name]), want) {
			t.Errorf("%s lacks %q:\n%s", name, want, files[name])
		}
		if !strings.HasSuffix(name, ".json") {
			wellFormed(t, name, files[name])
		}
	}
	if len(feeds(t, emptyPortal(t))) != 0 {
		t.Error("a portal without clusters has feeds")
	}
}

func TestFeedsHostile(t *testing.T) {
	p := fullPortal(t)
	const evil = "\"><script>alert(1)</script>\x00\u202e&"
	for i := range p.Fleet.Incidents {
		inc := &p.Fleet.Incidents[i]
		inc.Lead.Title, inc.Lead.Text, inc.Lead.Says, inc.ID = evil, evil, evil, evil
	}
	for name, data := range feeds(t, p) {
		if strings.HasSuffix(name, ".json") {
			if !json.Valid(data) {
				t.Errorf("%s is no JSON: %s", name, data)
			}
			continue
		}
		wellFormed(t, name, data)
		if strings.Contains(string(data), "<script") {
			t.Errorf("%s has a script: %s", name, data)
		}
	}
}

// TestFeedsAreLinked follows the links of pages to their feeds and badges.
func TestFeedsAreLinked(t *testing.T) {
	p := fullPortal(t)
	files, linked := feeds(t, p), 0
	for _, page := range site.Pages(p) {
		if page.Feed != "" {
			linked++
			for _, name := range []string{"feed.atom", "feed.json"} {
				if files[page.Feed+name] == nil {
					t.Errorf("%s links %s%s, which is not there", page.URL, page.Feed, name)
				}
			}
		}
		if v, ok := page.View.(*site.EntityView); ok && v.Badge != nil {
			linked++
			if files[v.Badge.URL] == nil {
				t.Errorf("%s links %s, which is not there", page.URL, v.Badge.URL)
			}
			if want := "](https://portal.ondavia.example/" + page.URL + ")"; !strings.HasSuffix(v.Badge.Snippet, want) {
				t.Errorf("the snippet of %s is %s, want it to end in %s", page.URL, v.Badge.Snippet, want)
			}
		}
	}
	if linked < 6 {
		t.Errorf("%d feeds and badges are linked, want those of the fleet, of teams and of services", linked)
	}
	p.BaseURL = ""
	if data := feeds(t, p)["broken/feed.json"]; !bytes.Contains(data, []byte(`"home_page_url": "../broken/"`)) {
		t.Errorf("without a base URL the feed is not relative to itself: %s", data)
	}
}
