package site

import (
	"bytes"
	"cmp"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/portolan-dev/portolan/sources/catalog"
	"github.com/portolan-dev/portolan/sources/kubernetes"
)

// maxFeedItems is how many incidents a feed holds, newest first.
const maxFeedItems = 100

// Feeds returns what other programs follow: the open incidents of the fleet and
// of each team that runs something, as Atom (RFC 4287) and JSON Feed 1.1, and a
// badge with the state of each service.
//
//	broken/feed.atom                          all open incidents
//	broken/feed.json
//	catalog/default/group/cart/feed.atom      those of one team
//	catalog/default/group/cart/feed.json
//	badges/default/component/cart.svg         the state of one service
//
// Nothing in them changes unless an incident or a state does.
func Feeds(p *Portal) ([]File, error) {
	o := opsOf(p)
	if len(o.clusters) == 0 {
		return nil, nil
	}
	broken, degraded, _ := o.open()
	open := slices.Concat(broken, degraded)
	slices.SortStableFunc(open, func(a, b kubernetes.Incident) int {
		return cmp.Or(moment(b.Since).Compare(moment(a.Since)), cmp.Compare(a.ID, b.ID))
	})
	var files []File
	add := func(base, page, title string, list []kubernetes.Incident) error {
		f := o.feed(base, page, title, list)
		for name, write := range map[string]func(feed) ([]byte, error){"feed.atom": atom, "feed.json": jsonFeed} {
			data, err := write(f)
			if err != nil {
				return fmt.Errorf("%s%s: %w", base, name, err)
			}
			files = append(files, File{Path: base + name, Data: data})
		}
		return nil
	}
	if err := add("broken/", "broken/", ChromeOf(p).Title+": broken now", open); err != nil {
		return nil, err
	}
	byOwner := map[string][]kubernetes.Incident{}
	for _, inc := range open {
		seen := map[string]bool{}
		for _, ref := range inc.Entities {
			if owner := o.owner(ref); owner != "" && !seen[owner] {
				seen[owner] = true
				byOwner[owner] = append(byOwner[owner], inc)
			}
		}
	}
	for _, s := range o.fleet().Services {
		e := o.entities[s.Ref]
		if e == nil || !runs(s) {
			continue
		}
		files = append(files, File{Path: badgeURL(e.Ref), Data: badge(e, s)})
	}
	for _, ref := range slices.Sorted(mapKeys(o.feedOwners())) {
		e := o.entities[ref]
		if e == nil {
			continue
		}
		if err := add(EntityURL(e.Ref), EntityURL(e.Ref), e.DisplayName()+": broken now", byOwner[ref]); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(files, func(a, b File) int { return cmp.Compare(a.Path, b.Path) })
	return files, nil
}

// feedOwners returns who has a feed, by canonical ref: the owners of what runs.
func (o *ops) feedOwners() map[string]bool {
	owners := map[string]bool{}
	for _, s := range o.fleet().Services {
		if e := o.entities[s.Ref]; e != nil && runs(s) {
			owners[o.owner(s.Ref)] = true
		}
	}
	return owners
}

// A Badge is the picture of a service's state, for a README.
type Badge struct {
	URL     string // of the picture
	Snippet string // Markdown that shows it and leads to the service
}

// badgeOf returns the badge of e, or nil if nothing runs for it. Only a portal
// that knows its own address can be shown elsewhere.
func (m *maker) badgeOf(e *catalog.Entity) *Badge {
	if m.p.BaseURL == "" || m.p.Fleet == nil || len(m.p.Fleet.Clusters) == 0 || !runs(m.service(e)) {
		return nil
	}
	b := &Badge{URL: badgeURL(e.Ref)}
	b.Snippet = fmt.Sprintf("[![%s](%s)](%s)", e.Ref.Name, m.p.BaseURL+escapePath(b.URL), m.p.BaseURL+escapePath(EntityURL(e.Ref)))
	return b
}

// badgeURL returns the address of a badge. All are in one folder, because other
// sites may show them; see headersFile.
func badgeURL(r catalog.Ref) string { return "badges/" + strings.TrimSuffix(refPath(r), "/") + ".svg" }

// A feed is a list of incidents before it is written.
type feed struct {
	id      string // an absolute IRI, the same in each build
	title   string
	self    string // address without the name of the file
	page    string // address of the page that shows the same
	updated time.Time
	items   []feedItem
}

type feedItem struct {
	id, url, title, text string
	since                time.Time
	tags                 []string
}

func (o *ops) feed(base, page, title string, list []kubernetes.Incident) feed {
	// Without a base URL addresses are relative to the file, as both formats allow.
	root := cmp.Or(o.p.BaseURL, strings.Repeat("../", strings.Count(base, "/")))
	f := feed{id: cmp.Or(o.p.BaseURL, "urn:portolan:feed:") + escapePath(page), title: title, self: root + escapePath(base), page: root + escapePath(page), updated: time.Unix(0, 0).UTC()}
	list, _ = cut(list, maxFeedItems)
	for _, inc := range list {
		item := feedItem{id: "urn:portolan:incident:" + inc.ID, text: inc.Lead.Text, since: moment(inc.Since).UTC(), url: f.page}
		who := cmp.Or(inc.Workload.Name, inc.Lead.Ref.Name)
		if ref := cmp.Or(inc.Service, first(inc.Entities)); ref != "" {
			l := o.serviceLink(ref)
			who = l.Text
			if l.URL != "" {
				item.url = root + escapePath(l.URL) + "#" + inc.ID
			}
		}
		item.title = strings.TrimPrefix(who+": "+o.incidentWords(inc), ": ")
		if inc.Lead.Says != "" {
			item.text = strings.TrimSpace(item.text + " " + inc.Lead.Says)
		}
		item.tags = append([]string{string(inc.Severity), rootCause(inc).Rule}, o.titles(inc.Clusters)...)
		if item.since.After(f.updated) {
			f.updated = item.since
		}
		f.items = append(f.items, item)
	}
	return f
}

func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}

// atom writes a feed by RFC 4287.
func atom(f feed) ([]byte, error) {
	type link struct {
		Rel  string `xml:"rel,attr"`
		Href string `xml:"href,attr"`
	}
	type category struct {
		Term string `xml:"term,attr"`
	}
	type entry struct {
		ID         string     `xml:"id"`
		Title      string     `xml:"title"`
		Updated    string     `xml:"updated"`
		Link       link       `xml:"link"`
		Summary    string     `xml:"summary,omitempty"`
		Categories []category `xml:"category"`
	}
	type document struct {
		XMLName xml.Name `xml:"http://www.w3.org/2005/Atom feed"`
		ID      string   `xml:"id"`
		Title   string   `xml:"title"`
		Updated string   `xml:"updated"`
		Author  string   `xml:"author>name"`
		Links   []link   `xml:"link"`
		Entries []entry  `xml:"entry"`
	}
	d := document{
		ID: f.id, Title: f.title, Updated: f.updated.Format(time.RFC3339), Author: "Portolan",
		Links: []link{{"self", f.self + "feed.atom"}, {"alternate", f.page}},
	}
	for _, i := range f.items {
		updated := i.since
		if updated.IsZero() { // RFC 4287 wants a time, and the time of the build would be another each time
			updated = time.Unix(0, 0).UTC()
		}
		e := entry{ID: i.id, Title: i.title, Updated: updated.Format(time.RFC3339), Link: link{"alternate", i.url}, Summary: i.text}
		for _, t := range i.tags {
			e.Categories = append(e.Categories, category{t})
		}
		d.Entries = append(d.Entries, e)
	}
	b := bytes.NewBufferString(xml.Header)
	enc := xml.NewEncoder(b)
	enc.Indent("", " ")
	if err := enc.Encode(d); err != nil {
		return nil, err
	}
	b.WriteByte('\n')
	return b.Bytes(), nil
}

// jsonFeed writes a feed by jsonfeed.org's version 1.1.
func jsonFeed(f feed) ([]byte, error) {
	type item struct {
		ID        string   `json:"id"`
		URL       string   `json:"url"`
		Title     string   `json:"title"`
		Text      string   `json:"content_text"`
		Published string   `json:"date_published,omitempty"`
		Tags      []string `json:"tags,omitempty"`
	}
	d := struct {
		Version string `json:"version"`
		Title   string `json:"title"`
		Page    string `json:"home_page_url"`
		Feed    string `json:"feed_url"`
		Items   []item `json:"items"`
	}{"https://jsonfeed.org/version/1.1", f.title, f.page, f.self + "feed.json", []item{}}
	for _, i := range f.items {
		out := item{ID: i.id, URL: i.url, Title: i.title, Text: cmp.Or(i.text, i.title), Tags: i.tags}
		if !i.since.IsZero() {
			out.Published = i.since.Format(time.RFC3339)
		}
		d.Items = append(d.Items, out)
	}
	data, err := json.MarshalIndent(d, "", " ")
	return append(data, '\n'), err
}

// badge draws the state of a service for a README: its name and, behind it, the
// word for its state with the pods that are ready.
func badge(e *catalog.Entity, s *kubernetes.Service) []byte {
	name, words := shortenEnd(e.Ref.Name, 40), strings.ToLower(StatusOf(s.Health).Word())
	if s.Want > 0 {
		words += fmt.Sprintf(" %s/%s", Num(s.Ready), Num(s.Want))
	}
	colour := map[Status]string{OK: "#187f7b", Warn: "#a35a00", Bad: "#c4203b", Run: "#3a64b8", Unk: "#68717c", Off: "#68717c"}[StatusOf(s.Health)]
	width := func(text string) int { return 7*utf8.RuneCountInString(text) + 14 } // a little more than Verdana at 11 px needs
	a, b := width(name), width(words)
	var w bytes.Buffer
	esc := func(text string) string {
		var b bytes.Buffer
		_ = xml.EscapeText(&b, []byte(text)) // a buffer takes everything
		return b.String()
	}
	fmt.Fprintf(&w, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="20" role="img" aria-label="%s: %s"><title>%s: %s</title>`, a+b, esc(name), esc(words), esc(name), esc(words))
	fmt.Fprintf(&w, `<rect width="%d" height="20" rx="3" fill="%s"/><path d="M3 0h%dv20H3a3 3 0 0 1-3-3V3a3 3 0 0 1 3-3z" fill="#2b333d"/>`, a+b, colour, a-3)
	fmt.Fprintf(&w, `<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11" text-anchor="middle"><text x="%d" y="14" textLength="%d">%s</text><text x="%d" y="14" textLength="%d">%s</text></g></svg>`+"\n",
		a/2, a-14, esc(name), a+b/2, b-14, esc(words))
	return w.Bytes()
}
