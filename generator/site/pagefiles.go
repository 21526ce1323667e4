package site

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"strings"
	"time"
)

// PageFiles returns the files that belong to the pages: the data of the
// catalog's script, the numbers of the frame, and what search engines ask for.
func PageFiles(p *Portal, pages []Page) ([]File, error) {
	index, err := catalogFile(p)
	if err != nil {
		return nil, err
	}
	frame, err := frameFile(p)
	if err != nil {
		return nil, err
	}
	files := []File{index, frame, robotsFile(p)}
	return append(files, sitemapFiles(p, pages)...), nil
}

// frameFile holds what changes with every build and is shown on every page; see
// Chrome.
func frameFile(p *Portal) (File, error) {
	c := ChromeOf(p)
	data, err := json.Marshal(struct {
		Built    string  `json:"built"`
		Minutes  float64 `json:"everyMinutes,omitempty"`
		Broken   int     `json:"broken"`
		Clusters int     `json:"clusters"`
		Reached  int     `json:"reached"`
	}{c.Built.UTC().Format(time.RFC3339), c.Every.Minutes(), c.Broken, c.Clusters, c.Reached})
	if err != nil {
		return File{}, fmt.Errorf("api/portal.json: %w", err)
	}
	return File{Path: "api/portal.json", Data: append(data, '\n')}, nil
}

func robotsFile(p *Portal) File {
	text := "User-agent: *\nAllow: /\n"
	if p.BaseURL != "" {
		text += "Sitemap: " + p.BaseURL + "sitemap.xml\n"
	}
	return File{Path: "robots.txt", Data: []byte(text)}
}

// sitemapMost is how many addresses a sitemap may have by its definition.
const sitemapMost = 50_000

// sitemapFiles lists the pages for search engines. Without a base URL the
// addresses are those from the root of the host.
func sitemapFiles(p *Portal, pages []Page) []File {
	base := p.BaseURL
	if base == "" {
		base = "/"
	}
	var urls []string
	for i := range pages {
		if !pages[i].NoIndex {
			urls = append(urls, base+escapePath(pages[i].URL))
		}
	}
	const head, space = xml.Header, ` xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"`
	list := func(outer, inner string, urls []string) []byte {
		var b strings.Builder
		b.WriteString(head + "<" + outer + space + ">\n")
		for _, u := range urls {
			b.WriteString("<" + inner + "><loc>")
			_ = xml.EscapeText(&b, []byte(u)) // a strings.Builder never fails
			b.WriteString("</loc></" + inner + ">\n")
		}
		b.WriteString("</" + outer + ">\n")
		return []byte(b.String())
	}
	if len(urls) <= sitemapMost {
		return []File{{Path: "sitemap.xml", Data: list("urlset", "url", urls)}}
	}
	var files []File
	var maps []string
	for i, part := range chunks(urls, sitemapMost) {
		name := fmt.Sprintf("sitemap-%d.xml", i+1)
		files = append(files, File{Path: name, Data: list("urlset", "url", part)})
		maps = append(maps, base+name)
	}
	return append(files, File{Path: "sitemap.xml", Data: list("sitemapindex", "sitemap", maps)})
}
