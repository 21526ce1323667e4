package diagram

import (
	"cmp"
	"fmt"
	"math"
	"strings"
)

// drawGraph lays a graph out and draws it.
func drawGraph(g *graph, title string) (string, bool) {
	l := &layouter{g: g}
	l.group(g.root, "TB")
	if l.failed {
		return "", false
	}
	w, h := g.root.w+2*margin, g.root.h+2*margin
	if len(l.loops) > 0 {
		w += 70
	}
	top := 0.0
	head := newLabel(title)
	if len(head.lines) > 0 {
		top = head.h + 10
		w = math.Max(w, head.w+2*margin)
	}
	l.place(g.root, w/2, top+h/2)
	var c canvas
	text(&c.front, head, "title", w/2, margin+head.h/2)
	c.groups(g.root)
	for _, r := range l.routes {
		c.route(g, r)
	}
	for _, e := range l.loops {
		n := g.byID[e.from]
		x, y := n.x+n.w/2, n.y
		fmt.Fprintf(&c.lines, `<path class="%s" d="M%s %sC%s %s %s %s %s %s"/>`, edgeClass(e.style), num(x), num(y-6), num(x+44), num(y-26), num(x+44), num(y+26), num(x), num(y+6))
		tip(&c.lines, e.head, x, y+6, -2, -1)
		tag(&c.front, e.text, x+38+e.text.w/2, y)
	}
	for _, n := range g.nodes {
		c.node(n)
	}
	return c.svg(w, top+h, summary(g, title)), true
}

// summary says in words what a drawing shows, for those who do not see it.
func summary(g *graph, title string) string {
	name := func(id string) string {
		if n := g.byID[id]; n != nil {
			switch n.shape {
			case "start", "end":
				return n.shape
			}
			return strings.Join(n.text.lines, " ")
		}
		return strings.Join(g.groups[id].text.lines, " ")
	}
	s := cmp.Or(title, "Diagram") + "."
	for _, e := range g.edges {
		if e.style == "none" {
			continue
		}
		s += " " + name(e.from) + " to " + name(e.to)
		if len(e.text.lines) > 0 {
			s += ": " + strings.Join(e.text.lines, " ")
		}
		s += "."
		if len(s) > 600 {
			return s + ".."
		}
	}
	return s
}

func edgeClass(style string) string { return strings.TrimSpace("e " + style) }

func (c *canvas) groups(s *group) {
	for _, sub := range s.groups {
		fmt.Fprintf(&c.back, `<rect class="box" x="%s" y="%s" width="%s" height="%s" rx="3"/>`, num(sub.x-sub.w/2), num(sub.y-sub.h/2), num(sub.w), num(sub.h))
		text(&c.front, sub.text, "boxt", sub.x, sub.y-sub.h/2+8+sub.text.h/2)
		c.groups(sub)
	}
}

// route draws a line with its ends and its text.
func (c *canvas) route(g *graph, r *route) {
	box := func(id string) (x, y, w, h float64) {
		if n := g.byID[id]; n != nil {
			return n.x, n.y, n.w, n.h
		}
		s := g.groups[id]
		return s.x, s.y, s.w, s.h
	}
	// The side of a box that looks along the layers, or against them.
	side := func(id string, along bool) (x, y float64) {
		x, y, w, h := box(id)
		if r.dir == "BT" || r.dir == "RL" {
			along = !along
		}
		sign := -0.5
		if along {
			sign = 0.5
		}
		if r.dir == "LR" || r.dir == "RL" {
			return x + sign*w, y
		}
		return x, y + sign*h
	}
	x1, y1 := side(r.e.from, r.upper)
	x2, y2 := side(r.e.to, !r.upper)
	points := append([][2]float64{{x1, y1}}, r.points...)
	points = append(points, [2]float64{x2, y2})
	across := r.dir == "LR" || r.dir == "RL"
	if r.parallel != 0 {
		m := [2]float64{(x1+x2)/2 + r.parallel, (y1 + y2) / 2}
		if across {
			m = [2]float64{(x1 + x2) / 2, (y1+y2)/2 + r.parallel}
		}
		points = [][2]float64{points[0], m, points[1]}
	}
	dx, dy := 0.0, y2-points[len(points)-2][1]
	bx, by := 0.0, y1-points[1][1]
	if across {
		dx, dy, bx, by = x2-points[len(points)-2][0], 0, x1-points[1][0], 0
	}
	if r.e.style == "none" {
		return
	}
	var d strings.Builder
	// A filled head covers the end of its line, which must not look out of it.
	last := len(points) - 1
	shown := append([][2]float64(nil), points...)
	if n := math.Hypot(dx, dy); n > 0 && (r.e.head == ">") {
		shown[last][0] -= dx / n * 6
		shown[last][1] -= dy / n * 6
	}
	if n := math.Hypot(bx, by); n > 0 && (r.e.tail == ">") {
		shown[0][0] -= bx / n * 6
		shown[0][1] -= by / n * 6
	}
	d.WriteString("M" + num(shown[0][0]) + " " + num(shown[0][1]))
	for i := 1; i < len(shown); i++ {
		p, q := shown[i-1], shown[i]
		if across {
			m := (p[0] + q[0]) / 2
			fmt.Fprintf(&d, "C%s %s %s %s %s %s", num(m), num(p[1]), num(m), num(q[1]), num(q[0]), num(q[1]))
		} else {
			m := (p[1] + q[1]) / 2
			fmt.Fprintf(&d, "C%s %s %s %s %s %s", num(p[0]), num(m), num(q[0]), num(m), num(q[0]), num(q[1]))
		}
	}
	fmt.Fprintf(&c.lines, `<path class="%s" d="%s"/>`, edgeClass(r.e.style), d.String())
	tip(&c.lines, r.e.head, x2, y2, dx, dy)
	tip(&c.lines, r.e.tail, x1, y1, bx, by)
	// The room for the text is in the first gap in the order of layers.
	a, b := points[0], points[1]
	if !r.upper {
		a, b = points[last], points[last-1]
	}
	if r.parallel != 0 {
		tag(&c.front, r.e.text, points[1][0], points[1][1])
		return
	}
	// Beyond the middle, where lines from one node are further apart.
	t := 0.64
	if across {
		t = 0.54
	}
	along := 1.5*t*(1-t) + t*t*t // of the curve from 0 to 1 with both control points in the middle
	aside := t * t * (3 - 2*t)
	x, y := a[0]+(b[0]-a[0])*aside, a[1]+(b[1]-a[1])*along
	if across {
		x, y = a[0]+(b[0]-a[0])*along, a[1]+(b[1]-a[1])*aside
	}
	tag(&c.front, r.e.text, x, y)
}

func (c *canvas) node(n *node) {
	b := &c.front
	x, y, w, h := n.x-n.w/2, n.y-n.h/2, n.w, n.h
	rect := func(class string, rx float64) {
		fmt.Fprintf(b, `<rect class="%s" x="%s" y="%s" width="%s" height="%s" rx="%s"/>`, class, num(x), num(y), num(w), num(h), num(rx))
	}
	poly := func(points ...float64) {
		b.WriteString(`<path class="n" d="`)
		for i := 0; i < len(points); i += 2 {
			letter := "L"
			if i == 0 {
				letter = "M"
			}
			b.WriteString(letter + num(x+points[i]) + " " + num(y+points[i+1]))
		}
		b.WriteString(`Z"/>`)
	}
	switch n.shape {
	case "start":
		fmt.Fprintf(b, `<circle class="n dot" cx="%s" cy="%s" r="8"/>`, num(n.x), num(n.y))
	case "end":
		fmt.Fprintf(b, `<circle class="n" cx="%s" cy="%s" r="9"/><circle class="n dot" cx="%s" cy="%s" r="5"/>`, num(n.x), num(n.y), num(n.x), num(n.y))
	case "bar":
		rect("n bar", 2)
	case "note":
		rect("note", 0)
	case "(", "soft":
		rect("n soft", 9)
	case "([":
		rect("n soft", h/2)
	case "((":
		fmt.Fprintf(b, `<circle class="n" cx="%s" cy="%s" r="%s"/>`, num(n.x), num(n.y), num(w/2))
	case "(((":
		fmt.Fprintf(b, `<circle class="n" cx="%s" cy="%s" r="%s"/><circle class="n" cx="%s" cy="%s" r="%s"/>`, num(n.x), num(n.y), num(w/2), num(n.x), num(n.y), num(w/2-4))
	case "{":
		poly(w/2, 0, w, h/2, w/2, h, 0, h/2)
	case "{{":
		poly(14, 0, w-14, 0, w, h/2, w-14, h, 14, h, 0, h/2)
	case "[/":
		poly(14, 0, w, 0, w-14, h, 0, h)
	case `[\`:
		poly(0, 0, w-14, 0, w, h, 14, h)
	case ">":
		poly(0, 0, w, 0, w, h, 0, h, 10, h/2)
	case "[[":
		rect("n", 2)
		fmt.Fprintf(b, `<path class="n" d="M%s %sV%sM%s %sV%s"/>`, num(x+7), num(y), num(y+h), num(x+w-7), num(y), num(y+h))
	case "[(":
		fmt.Fprintf(b, `<path class="n" d="M%s %sa%s 7 0 0 1 %s 0v%sa%s 7 0 0 1 %s 0zm0 0a%s 7 0 0 0 %s 0"/>`, num(x), num(y+7), num(w/2), num(w), num(h-14), num(w/2), num(-w), num(w/2), num(w))
		text(b, n.text, "", n.x, n.y+5)
		return
	default:
		rect("n", 3)
	}
	text(b, n.text, "", n.x, n.y)
}
