package render

import (
	"fmt"
	"html/template"
	"math"
	"strings"

	"github.com/portolan-dev/portolan/generator/site"
)

// The measures of a relations drawing, in its own units.
const (
	graphWidth  = 960
	nodeWidth   = 196
	nodeHeight  = 34
	nodeStep    = 52
	hubRadius   = 90
	hubCentre   = graphWidth / 2
	nodeLetters = 23 // that have room in a node
	hubLetters  = 20
)

// graph draws an entity and its neighbours like bearings from a rose.
func graph(g *site.Graph) template.HTML {
	if g == nil {
		return ""
	}
	rows := max(len(g.Left)+min(1, g.MoreLeft), len(g.Right)+min(1, g.MoreRight), 1)
	height := max(264, 48+rows*nodeStep+4)
	cy := float64(height-24)/2 + 24
	var b strings.Builder
	fmt.Fprintf(&b, `<svg class="graph" viewBox="0 0 %d %d" role="group" aria-label="%s">`, graphWidth, height, esc(g.Label))
	if len(g.Left) > 0 {
		fmt.Fprintf(&b, `<text class="col" x="8" y="22">%s</text>`, esc(g.LeftTitle))
	}
	if len(g.Right) > 0 {
		fmt.Fprintf(&b, `<text class="col" x="%d" y="22">%s</text>`, graphWidth-nodeWidth-8, esc(g.RightTitle))
	}
	b.WriteString(`<path class="ray" d="`)
	for i := range 32 {
		a := float64(i) * math.Pi / 16
		length := 16.0
		if i%4 == 0 {
			length = 28
		}
		b.WriteString("M" + polar(hubCentre, cy, hubRadius+6, a) + "L" + polar(hubCentre, cy, hubRadius+6+length, a))
	}
	b.WriteString(`"/>`)
	drawSide(&b, g.Left, g.MoreLeft, g.URL, 8, height, cy, false)
	drawSide(&b, g.Right, g.MoreRight, g.URL, graphWidth-nodeWidth-8, height, cy, true)
	fmt.Fprintf(&b, `<circle class="hub" cx="%d" cy="%s" r="%d"/>`, hubCentre, num(cy), hubRadius)
	fmt.Fprintf(&b, `<svg x="%d" y="%s" width="24" height="24" class="ic"><use href="#i:%s"/></svg>`, hubCentre-12, num(cy-52), esc(g.Icon))
	fmt.Fprintf(&b, `<text class="name" x="%d" y="%s" text-anchor="middle">%s</text>`, hubCentre, num(cy+2), fit(g.Name, hubLetters))
	for i, s := range g.Subs {
		if i < 2 {
			fmt.Fprintf(&b, `<text class="sub" x="%d" y="%s" text-anchor="middle">%s</text>`, hubCentre, num(cy+20+float64(16*i)), fit(s, hubLetters+4))
		}
	}
	b.WriteString("</svg>")
	return template.HTML(b.String())
}

// drawSide draws the lines and nodes on one side, evenly over the height.
func drawSide(b *strings.Builder, nodes []site.GraphNode, more int, url string, x float64, height int, cy float64, right bool) {
	n := len(nodes) + min(1, more)
	if n == 0 {
		return
	}
	top, bottom := 41.0, float64(height-nodeHeight-11)
	y := func(i int) float64 {
		if n == 1 {
			return cy - nodeHeight/2
		}
		step := math.Min((bottom-top)/float64(n-1), 69)
		return cy - nodeHeight/2 + (float64(i)-float64(n-1)/2)*step
	}
	edge := x + nodeWidth
	if right {
		edge = x
	}
	var labels strings.Builder
	for i, node := range nodes {
		ny := y(i) + nodeHeight/2
		// From the node towards the middle of the hub, up to a little before it.
		dx, dy := hubCentre-edge, cy-ny
		length := math.Hypot(dx, dy)
		k := (length - hubRadius - 2) / length
		hx, hy := edge+dx*k, ny+dy*k
		class := strings.TrimSpace("e " + node.Style)
		fmt.Fprintf(b, `<path class="%s" d="M%s %sL%s %s"/>`, esc(class), num(edge), num(ny), num(hx), num(hy))
		if node.Label != "" {
			fmt.Fprintf(&labels, `<text class="lab" x="%s" y="%s" text-anchor="middle">%s</text>`, num((edge+hx)/2), num((ny+hy)/2-3), fit(node.Label, 24))
		}
	}
	b.WriteString(labels.String())
	for i, node := range nodes {
		open, end := `<g class="gone">`, `</g>`
		if node.URL != "" {
			open, end = `<a href="`+esc(string(href(node.URL)))+`">`, `</a>`
		}
		fmt.Fprintf(b, `%s<rect class="node" x="%s" y="%s" width="%d" height="%d" rx="3"/>`, open, num(x), num(y(i)), nodeWidth, nodeHeight)
		room := nodeLetters
		if node.Status != "" && node.Status != site.Off {
			room = nodeLetters - 2
			fmt.Fprintf(b, `<svg x="%s" y="%s" width="14" height="14" class="st %s" role="img" aria-label="%s"><use href="#i:%s"/></svg>`,
				num(x+nodeWidth-22), num(y(i)+10), esc(string(node.Status)), esc(node.Status.Word()), esc(string(node.Status)))
		}
		fmt.Fprintf(b, `<text x="%s" y="%s">%s</text>%s`, num(x+12), num(y(i)+21.5), fit(node.Text, room), end)
	}
	if more > 0 {
		fmt.Fprintf(b, `<a href="%s"><text class="more" x="%s" y="%s">and %d more</text></a>`, esc(string(href(url))), num(x+12), num(y(n-1)+21.5), more)
	}
}

func polar(cx, cy, r, a float64) string {
	return num(cx+r*math.Cos(a)) + " " + num(cy+r*math.Sin(a))
}

// fit escapes a text and cuts it to n letters; the whole is its tooltip then.
func fit(s string, n int) string {
	r := []rune(s)
	if len(r) <= n {
		return esc(s)
	}
	return esc(string(r[:n-1])) + "…<title>" + esc(s) + "</title>"
}
