package diagram

import (
	"math"
	"slices"
)

// Distances, in pixels.
const (
	between   = 26 // of two neighbours in a layer
	layerGap  = 44 // of two layers
	inset     = 18 // of a group's content from its border
	titleRoom = 20 // of a group's title
	margin    = 8  // around the drawing
	maxDummy  = 4000
)

// An item is what stands in a layer while the content of one group is laid out:
// a node, a group as a whole, or a bend of a line that passes by. Its measures are
// along the layers (u) and across (v).
type item struct {
	n          *node
	g          *group
	du, dv     float64 // size
	room       float64 // across, with what stands on the lines into it
	u, v       float64 // of the middle
	layer      int
	up, down   []*item // neighbours in the layers before and behind
	order      float64
	ins, outs  []*item // without bends
	mark, left int
}

// A route is the way of one line between two items of a group.
type route struct {
	e        *edge
	in       *group
	dir      string
	upper    bool // the line starts in the earlier layer
	bends    []*item
	points   [][2]float64
	parallel float64 // how far it is moved aside, because others have the same ends
}

type layouter struct {
	g      *graph
	routes []*route
	loops  []*edge
	failed bool
	dummy  int
}

// chain returns the groups around a node or group, innermost first, and itself.
func (g *graph) around(id string) (n *node, s *group, in []*group) {
	if s = g.groups[id]; s != nil {
		for x := s.in; x != nil; x = x.in {
			in = append(in, x)
		}
		return nil, s, in
	}
	n = g.byID[id]
	for x := n.in; x != nil; x = x.in {
		in = append(in, x)
	}
	return n, nil, in
}

// group lays out the content of s, whose own place is not known yet: all places
// are relative to its middle.
func (l *layouter) group(s *group, dir string) {
	if s.dir != "" {
		dir = s.dir
	}
	across := dir == "LR" || dir == "RL"
	byNode, byGroup := map[*node]*item{}, map[*group]*item{}
	var items []*item
	add := func(it *item, w, h float64) {
		it.du, it.dv = h, w
		if across {
			it.du, it.dv = w, h
		}
		it.room = it.dv
		items = append(items, it)
	}
	for _, n := range s.nodes {
		n.measure(across)
		it := &item{n: n}
		byNode[n] = it
		add(it, n.w, n.h)
	}
	for _, sub := range s.groups {
		l.group(sub, dir)
		it := &item{g: sub}
		byGroup[sub] = it
		add(it, sub.w, sub.h)
	}
	// The lines whose ends are in different items of this group.
	find := func(id string) *item {
		n, g, in := l.g.around(id)
		if n != nil && n.in == s {
			return byNode[n]
		}
		if g != nil && g.in == s {
			return byGroup[g]
		}
		for _, x := range in {
			if x.in == s {
				return byGroup[x]
			}
		}
		return nil
	}
	type line struct {
		e    *edge
		a, b *item
	}
	var lines []line
	for _, e := range l.g.edges {
		a, b := find(e.from), find(e.to)
		if a == nil || b == nil {
			continue
		}
		if a != b {
			lines = append(lines, line{e, a, b})
			a.outs = append(a.outs, b)
		} else if a.n != nil {
			l.loops = append(l.loops, e)
		} else if e.from == e.to || l.g.groups[e.from] == a.g || l.g.groups[e.to] == a.g {
			l.failed = true // from a group to what is in it
		}
	}
	// Lines that close a circle are turned round.
	back := map[[2]*item]bool{}
	var visit func(*item)
	visit = func(it *item) {
		it.mark = 1
		for _, next := range it.outs {
			if next.mark == 1 {
				back[[2]*item{it, next}] = true
			} else if next.mark == 0 {
				visit(next)
			}
		}
		it.mark = 2
	}
	for _, it := range items {
		if it.mark == 0 {
			visit(it)
		}
	}
	for _, it := range items {
		it.outs = nil
	}
	for i := range lines {
		if back[[2]*item{lines[i].a, lines[i].b}] {
			lines[i].a, lines[i].b = lines[i].b, lines[i].a
		}
		lines[i].a.outs = append(lines[i].a.outs, lines[i].b)
		lines[i].b.ins = append(lines[i].b.ins, lines[i].a)
	}
	// Layers: as early as all that leads there allows.
	length := map[[2]*item]int{}
	for _, x := range lines {
		k := [2]*item{x.a, x.b}
		length[k] = max(length[k], x.e.length)
	}
	var ready []*item
	for _, it := range items {
		if it.left = len(it.ins); it.left == 0 {
			ready = append(ready, it)
		}
	}
	for len(ready) > 0 {
		it := ready[0]
		ready = ready[1:]
		for _, next := range it.outs {
			next.layer = max(next.layer, it.layer+length[[2]*item{it, next}])
			if next.left--; next.left == 0 {
				ready = append(ready, next)
			}
		}
	}
	for _, it := range items { // sources stand close to what they lead to
		if len(it.ins) == 0 && len(it.outs) > 0 {
			nearest := math.MaxInt
			for _, next := range it.outs {
				nearest = min(nearest, next.layer-length[[2]*item{it, next}])
			}
			it.layer = max(it.layer, nearest)
		}
	}
	deepest := 0
	for _, it := range items {
		deepest = max(deepest, it.layer)
	}
	layers := make([][]*item, deepest+1)
	for _, it := range items {
		layers[it.layer] = append(layers[it.layer], it)
	}
	gaps := make([]float64, deepest+1) // before each layer
	for i := range gaps {
		gaps[i] = layerGap
	}
	same := map[[2]*item][]*route{}
	for _, x := range lines {
		r := &route{e: x.e, in: s, dir: dir, upper: find(x.e.from) == x.a}
		last := x.a
		for i := x.a.layer + 1; i < x.b.layer; i++ {
			if l.dummy++; l.dummy > maxDummy {
				l.failed = true
				return
			}
			d := &item{layer: i, dv: 4, room: 4}
			layers[i] = append(layers[i], d)
			r.bends = append(r.bends, d)
			last.down, d.up = append(last.down, d), append(d.up, last)
			last = d
		}
		last.down, x.b.up = append(last.down, x.b), append(x.b.up, last)
		if len(x.e.text.lines) > 0 {
			along, beside := x.e.text.h, x.e.text.w
			if across {
				along, beside = beside, along
			}
			first := x.a.layer + 1
			gaps[first] = math.Max(gaps[first], along+46)
			target := x.b
			if len(r.bends) > 0 {
				target = r.bends[0]
			}
			target.room = math.Max(target.room, beside+12)
		}
		k := [2]*item{x.a, x.b}
		same[k] = append(same[k], r)
		l.routes = append(l.routes, r)
	}
	for _, x := range lines {
		list := same[[2]*item{x.a, x.b}]
		if len(list) < 2 || len(list[0].bends) > 0 {
			continue
		}
		step, total := 26.0, 0.0
		for _, r := range list {
			w := r.e.text.w
			if across {
				w = r.e.text.h
			}
			step = math.Max(step, w+14)
		}
		for i, r := range list {
			r.parallel = (float64(i) - float64(len(list)-1)/2) * step
		}
		total = step * float64(len(list))
		x.b.room = math.Max(x.b.room, total)
	}
	orderLayers(layers)
	placeLayers(layers)
	// Along the layers.
	u := 0.0
	for i, row := range layers {
		deep := 0.0
		for _, it := range row {
			deep = math.Max(deep, it.du)
		}
		if i > 0 {
			u += gaps[i]
		}
		for _, it := range row {
			it.u = u + deep/2
		}
		u += deep
	}
	low, high := 0.0, 0.0
	for _, row := range layers {
		for _, it := range row {
			low, high = math.Min(low, it.v-it.room/2), math.Max(high, it.v+it.room/2)
		}
	}
	at := func(it *item) (x, y float64) {
		a, b := it.u-u/2, it.v-(low+high)/2
		switch dir {
		case "BT":
			return b, -a
		case "LR":
			return a, b
		case "RL":
			return -a, b
		}
		return b, a
	}
	s.w, s.h = high-low, u
	if across {
		s.w, s.h = s.h, s.w
	}
	dy := 0.0
	if s.in != nil {
		s.w = math.Max(s.w, s.text.w) + 2*inset
		s.h += 2*inset + titleRoom*math.Min(1, float64(len(s.text.lines))) + math.Max(0, s.text.h-lineHeight)
		dy = (titleRoom*math.Min(1, float64(len(s.text.lines))) + math.Max(0, s.text.h-lineHeight)) / 2
	}
	for _, it := range items {
		x, y := at(it)
		if it.n != nil {
			it.n.x, it.n.y = x, y+dy
		} else {
			it.g.x, it.g.y = x, y+dy
		}
	}
	for _, r := range l.routes {
		if r.in != s {
			continue
		}
		for _, b := range r.bends {
			x, y := at(b)
			r.points = append(r.points, [2]float64{x, y + dy})
		}
		if !r.upper {
			slices.Reverse(r.points)
		}
	}
}

// orderLayers brings the items of each layer into an order with few crossings:
// each to the middle of its neighbours, back and forth.
// Source: Sugiyama, Tagawa, Toda: Methods for Visual Understanding of
// Hierarchical System Structures (1981).
func orderLayers(layers [][]*item) {
	number := func(row []*item) {
		for i, it := range row {
			it.order = float64(i)
		}
	}
	for _, row := range layers {
		number(row)
	}
	sweep := func(row []*item, near func(*item) []*item) {
		key := make(map[*item]float64, len(row))
		for _, it := range row {
			key[it] = it.order
			if list := near(it); len(list) > 0 {
				sum := 0.0
				for _, x := range list {
					sum += x.order
				}
				key[it] = sum / float64(len(list))
			}
		}
		slices.SortStableFunc(row, func(a, b *item) int {
			switch d := key[a] - key[b]; {
			case d < 0:
				return -1
			case d > 0:
				return 1
			}
			return 0
		})
		number(row)
	}
	for range 6 {
		for _, row := range layers[1:] {
			sweep(row, func(it *item) []*item { return it.up })
		}
		for i := len(layers) - 2; i >= 0; i-- {
			sweep(layers[i], func(it *item) []*item { return it.down })
		}
	}
	for _, row := range layers[1:] {
		sweep(row, func(it *item) []*item { return it.up })
	}
}

// placeLayers finds places across: each item as near to the middle of its
// neighbours as the others of its layer allow.
func placeLayers(layers [][]*item) {
	distance := func(a, b *item) float64 {
		gap := float64(between)
		if a.n == nil && a.g == nil || b.n == nil && b.g == nil {
			gap = between / 2
		}
		return (a.room+b.room)/2 + gap
	}
	for _, row := range layers {
		v := 0.0
		for i, it := range row {
			if i > 0 {
				v += distance(row[i-1], it)
			}
			it.v = v
		}
		for _, it := range row {
			it.v -= v / 2
		}
	}
	settle := func(row []*item, near func(*item) []*item) {
		n := len(row)
		want := make([]float64, n)
		for i, it := range row {
			want[i] = it.v
			if list := near(it); len(list) > 0 {
				sum := 0.0
				for _, x := range list {
					sum += x.v
				}
				want[i] = sum / float64(len(list))
			}
		}
		right, left := slices.Clone(want), slices.Clone(want)
		for i := 1; i < n; i++ {
			right[i] = math.Max(right[i], right[i-1]+distance(row[i-1], row[i]))
		}
		for i := n - 2; i >= 0; i-- {
			left[i] = math.Min(left[i], left[i+1]-distance(row[i], row[i+1]))
		}
		for i, it := range row {
			it.v = (right[i] + left[i]) / 2
		}
	}
	up, down := func(it *item) []*item { return it.up }, func(it *item) []*item { return it.down }
	for range 6 {
		for i := range layers {
			settle(layers[i], up)
		}
		for i := len(layers) - 1; i >= 0; i-- {
			settle(layers[i], down)
		}
	}
	for i := range layers {
		settle(layers[i], up)
	}
}

// place turns places relative to the groups into those of the drawing.
func (l *layouter) place(s *group, x, y float64) {
	s.x, s.y = x, y
	for _, n := range s.nodes {
		n.x, n.y = n.x+x, n.y+y
	}
	for _, r := range l.routes {
		if r.in == s {
			for i := range r.points {
				r.points[i][0] += x
				r.points[i][1] += y
			}
		}
	}
	for _, sub := range s.groups {
		l.place(sub, sub.x+x, sub.y+y)
	}
}

// measure gives a node its size; across tells that layers go from left to right.
func (n *node) measure(across bool) {
	w, h := n.text.w, n.text.h
	switch n.shape {
	case "start", "end":
		n.w, n.h = 18, 18
	case "bar":
		n.w, n.h = 70, 6
		if across {
			n.w, n.h = 6, 50
		}
	case "{":
		n.w, n.h = w*1.3+44, h*1.5+30
	case "((", "(((":
		d := math.Hypot(w, h) + 18
		if n.shape == "(((" {
			d += 10
		}
		n.w, n.h = d, d
	case "([", "{{":
		n.w, n.h = w+44, h+18
	case "[/", `[\`:
		n.w, n.h = w+52, h+18
	case "[(":
		n.w, n.h = w+30, h+32
	case "[[":
		n.w, n.h = w+42, h+18
	default:
		n.w, n.h = w+28, h+18
	}
	n.w, n.h = math.Max(n.w, 6), math.Max(n.h, 6)
}
