package site

import (
	"cmp"
	"slices"
	"strings"

	"github.com/portolan-dev/portolan/sources/catalog"
)

// llmsFiles are llms.txt, which says to programs that read text what is where
// in the portal, and one for each tree of docs with its pages.
// Source: llmstxt.org: a title, a quotation that sums up, then sections with
// lists of links.
func llmsFiles(p *Portal) []File {
	m := newMaker(p)
	var b strings.Builder
	title := cmp.Or(p.Title, "Developer portal")
	b.WriteString("# " + plainLine(title, maxName) + "\n\n> The services, APIs, teams and documentation of this organisation, made from the descriptors and documents in its repositories.\n\n")
	b.WriteString("Each entity is a page at catalog/{namespace}/{kind}/{name}/, and JSON at api/catalog/entities/by-name/{kind}/{namespace}/{name}. ")
	b.WriteString("The whole catalog is api/catalog/entities.json, what is wrong in the clusters api/kubernetes/incidents.json.\n")
	var files []File
	if len(p.Docs) > 0 {
		b.WriteString("\n## Docs\n\n")
	}
	for _, ref := range sortedKeys(p.Docs) {
		d := p.Docs[ref]
		if !d.any() {
			continue
		}
		name := cmp.Or(d.Tree.Title, shortRef(d.Tree.Entity))
		about := Count(len(d.Tree.Pages), "page")
		if d.Tree.Description != "" {
			about += "; " + d.Tree.Description
		}
		to := DocsURL(d.Tree.Entity, "")
		if taken := addresses(d.Tree); !taken["llms.txt"] {
			files = append(files, llmsTree(p, d, name))
			to += "llms.txt"
		}
		llmsRow(&b, name, p.BaseURL+escapePath(to), about)
	}
	bySystem := map[string][]*catalog.Entity{} // "" is without a system
	var groups []*catalog.Entity
	for _, e := range m.entities() {
		switch strings.ToLower(e.Ref.Kind) {
		case "component", "api", "resource", "template":
			system := ""
			for _, r := range e.Related(catalog.PartOf) {
				if strings.EqualFold(r.Kind, "system") && m.get(r) != nil {
					system = m.get(r).Ref.String()
					break
				}
			}
			bySystem[system] = append(bySystem[system], e)
		case "system":
			if ref := e.Ref.String(); bySystem[ref] == nil {
				bySystem[ref] = []*catalog.Entity{}
			}
		case "group":
			groups = append(groups, e)
		}
	}
	section := func(name string, list []*catalog.Entity) {
		if len(list) == 0 {
			return
		}
		b.WriteString("\n## " + name + "\n\n")
		for _, e := range list {
			about := kindAndType(e)
			if owner := m.owner(e); owner.Text != "" {
				about += ", of " + owner.Text
			}
			if first, _ := firstParagraph(e.Description); first != "" {
				about += "; " + first
			}
			llmsRow(&b, nameOf(e), p.BaseURL+escapePath(EntityURL(e.Ref)), about)
		}
	}
	for _, ref := range sortedKeys(bySystem) {
		if ref != "" {
			system := m.lookup(ref)
			section("System "+plainLine(nameOf(system), maxName), append([]*catalog.Entity{system}, bySystem[ref]...))
		}
	}
	section("Without a system", bySystem[""])
	section("Teams", groups)
	if slices.ContainsFunc(p.Pages, func(c ContentPage) bool { return strings.HasPrefix(c.URL, "llms.txt/") }) {
		return files // a page of the portal's operator has the address
	}
	return append(files, File{Path: "llms.txt", Data: []byte(b.String())})
}

// llmsTree lists the pages of docs, relative to the file where the portal's
// address is not known.
func llmsTree(p *Portal, d *Docs, name string) File {
	var b strings.Builder
	b.WriteString("# " + plainLine(name, maxName) + "\n\n")
	if d.Tree.Description != "" {
		b.WriteString("> " + plainLine(d.Tree.Description, 300) + "\n\n")
	}
	b.WriteString("## Pages\n\n")
	base := DocsURL(d.Tree.Entity, "")
	twins := Twins(d.Tree)
	for _, page := range d.Tree.Pages {
		to := page.URL
		if twin := twins[page]; twin != "" && !p.NoTwins {
			to = strings.TrimPrefix(twin, base)
		}
		if p.BaseURL != "" {
			to = p.BaseURL + escapePath(base+to)
		} else {
			to = cmp.Or(escapePath(to), "./")
		}
		lead := page.Description
		if doc := d.Rendered[page]; lead == "" && doc != nil {
			lead = doc.Lead
		}
		llmsRow(&b, docTitle(d, page), to, lead)
	}
	return File{Path: base + "llms.txt", Data: []byte(b.String())}
}

func llmsRow(b *strings.Builder, text, url, about string) {
	b.WriteString("- [" + plainLine(text, maxName) + "](" + url + ")")
	if about = plainLine(about, 200); about != "" {
		b.WriteString(": " + about)
	}
	b.WriteByte('\n')
}

var plainMarks = strings.NewReplacer(`\`, `\\`, "[", `\[`, "]", `\]`, "<", `\<`, "`", "\\`")

// plainLine makes of any text one line of Markdown that shows it as it is, of at
// most n characters.
func plainLine(s string, n int) string {
	return plainMarks.Replace(clip(strings.Join(strings.Fields(clean(s)), " "), n))
}
