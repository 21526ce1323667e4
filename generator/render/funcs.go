package render

import (
	"fmt"
	"html/template"
	"strings"
	"time"

	"github.com/portolan-dev/portolan/generator/site"
)

// funcs are what templates can call.
//
//	{{href "catalog/"}}         link to a page of the site, from its root
//	{{asset "core.css"}}        link to a file of the theme
//	{{icon "team"}}             a decoration; words stand beside it
//	{{iconc "k bad" "bad"}}     the same with classes of its own instead of "ic"
//	{{status .Status}}          shape, word and colour
//	{{statusw .Status "2 of 9"}} the same with other words
//	{{mark .Status}}            the shape alone, with the word as its label; {{markc "k" .Status}} with classes
//	{{markw .Status "Unreachable"}} the same with another word and no class
//	{{hoist .Hoist}}            one mark for each cluster
//	{{legend .Fleet}}           what the marks mean
//	{{bullet .Bullet}}          a bar with limits
//	{{graph .Graph}}            an entity and its neighbours
//	{{spark .Spark}}            a line over time
//	{{time .Since}}             23 Nov 2026, 14:32 UTC; a script makes it relative
//	{{clock .Since}}            the same, written 14:32 UTC
//	{{date .Changed}}           the same, written 23 Nov 2026
//	{{num 7009}}                7,009
//	{{count 3 "service"}}       3 services
//	{{plural 3 "service"}}      services
//	{{lower .}} {{join . ", "}} {{words .}}
//	{{dict "Name" .X "URL" .Y}} several values for one partial
//
// Partials that every layout can use are in partials/parts.html: crumbs, link,
// plain, mast, empty, cmd, head, note, pager, about, entities.
//
// Times may be time.Time or *time.Time; zero and nil print nothing.
func (r *Renderer) funcs() template.FuncMap {
	return template.FuncMap{
		"href":    href,
		"asset":   r.asset,
		"icon":    func(name string) template.HTML { return icon("ic", name) },
		"iconc":   func(class string, name any) template.HTML { return icon(class, fmt.Sprint(name)) },
		"status":  func(s site.Status) template.HTML { return status(s, s.Word()) },
		"statusw": status,
		"mark":    func(s site.Status) template.HTML { return mark(string(s), s, s.Word()) },
		"markc": func(class string, s site.Status) template.HTML {
			return mark(strings.TrimSpace(class+" "+string(s)), s, s.Word())
		},
		"markw":  func(s site.Status, word string) template.HTML { return mark("", s, word) },
		"hoist":  r.hoist,
		"legend": legend,
		"bullet": bullet,
		"graph":  graph,
		"spark":  spark,
		"time":   func(t any) template.HTML { return timeElement(t, "2 Jan 2006, 15:04 UTC") },
		"clock":  func(t any) template.HTML { return timeElement(t, "15:04 UTC") },
		"date":   func(t any) template.HTML { return timeElement(t, "2 Jan 2006") },
		"num":    site.Num,
		"count":  site.Count,
		"plural": site.Plural,
		"lower":  strings.ToLower,
		"join":   strings.Join,
		"words":  site.Words,
		"dict":   dict,
	}
}

// href marks a link from the root of the site; see Renderer.finish.
func href(u string) template.URL { return template.URL("root:" + u) }

func (r *Renderer) asset(name string) (template.URL, error) {
	p, ok := r.assets.names[name]
	if !ok {
		return "", fmt.Errorf("the theme has no file assets/%s", name)
	}
	return href(p), nil
}

// esc escapes text for HTML and quoted attributes.
func esc(s string) string { return template.HTMLEscapeString(s) }

func icon(class, name string) template.HTML {
	if class != "" {
		class = ` class="` + esc(class) + `"`
	}
	return template.HTML(`<svg` + class + ` aria-hidden="true"><use href="#i:` + esc(name) + `"/></svg>`)
}

func status(s site.Status, words string) template.HTML {
	return template.HTML(`<span class="st ` + esc(string(s)) + `"><svg aria-hidden="true"><use href="#i:` + esc(string(s)) + `"/></svg>` + esc(words) + `</span>`)
}

func mark(class string, s site.Status, word string) template.HTML {
	if class != "" {
		class = ` class="` + esc(class) + `"`
	}
	return template.HTML(`<svg` + class + ` role="img" aria-label="` + esc(word) + `"><use href="#i:` + esc(string(s)) + `"/></svg>`)
}

func timeElement(v any, layout string) template.HTML {
	var t time.Time
	switch x := v.(type) {
	case time.Time:
		t = x
	case *time.Time:
		if x != nil {
			t = *x
		}
	}
	if t.IsZero() {
		return ""
	}
	t = t.UTC()
	title := ""
	if full := t.Format("2 Jan 2006, 15:04 UTC"); layout != "2 Jan 2006, 15:04 UTC" {
		title = ` title="` + full + `"`
	}
	return template.HTML(`<time datetime="` + t.Format(time.RFC3339) + `"` + title + ` data-rel>` + t.Format(layout) + `</time>`)
}

// dict makes a map of alternating keys and values.
func dict(pairs ...any) (map[string]any, error) {
	if len(pairs)%2 != 0 {
		return nil, fmt.Errorf("dict needs a value for each key")
	}
	m := make(map[string]any, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		key, ok := pairs[i].(string)
		if !ok {
			return nil, fmt.Errorf("dict: key %v is no string", pairs[i])
		}
		m[key] = pairs[i+1]
	}
	return m, nil
}
