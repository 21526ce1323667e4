package site

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// A Diagram is a drawing in layers, from those who use to those who are used:
//
//	users outside | node -> node -> node | used outside
//
// Everything is computed here; the template only writes it down. Lengths are
// user units of the SVG, which are CSS pixels at full size.
type Diagram struct {
	Width, Height int
	Wide          bool   // wider than a page: it scrolls instead of shrinking
	Title         string // of the frame: "system playback"
	Label         string // what it shows, in one sentence
	Zone          DiagramBox
	HasUsers      bool // there is a column of users on the left
	HasUsed       bool // there is a column of those who are used on the right
	TitleX        int  // of the title of the frame
	UsersX, UsedX int
	Nodes         []DiagramNode
	Outside       []DiagramNote
	Edges         []DiagramEdge
	Lines         []DiagramLine // the same in words, in the order of the nodes
	APIs          bool          // which sorts of lines there are, for the key
	Events        bool
	Others        bool
}

// A DiagramBox is a rectangle.
type DiagramBox struct{ X, Y, W, H int }

// A DiagramNode is a box with a name that leads to a page.
type DiagramNode struct {
	Box    DiagramBox
	Name   string // shortened to fit
	Full   string // the whole name
	URL    string
	Icon   string
	Status Status // empty: nothing is known to run for it
	IconX  int
	TextX  int
	TextY  string
	IconY  int
	MarkX  int
	MarkY  int
}

// A DiagramNote is text outside of the frame.
type DiagramNote struct {
	X, Y  int
	Name  string
	Sub   string
	SubY  int
	URL   string
	Right bool // the text ends at X
}

// A DiagramEdge is one line, drawn from the user to the used.
type DiagramEdge struct {
	Path string
	Kind string // class: "api", "ev" or ""
}

// A DiagramLine says one edge in words.
type DiagramLine struct {
	From, To Link
	Verb     string
}

// The sorts of edges, by their class in the style sheet.
const (
	edgeAPI   = "api"
	edgeEvent = "ev"
	edgeOther = ""
)

// A graphNode is one input of the layout.
type graphNode struct {
	ID     string // unique
	Name   string
	Sub    string // second line of those outside
	URL    string
	Icon   string
	Status Status
	Side   int // -1: a user outside, 0: inside, 1: used outside
}

// A graphEdge joins two nodes by id.
type graphEdge struct {
	From, To string
	Kind     string
	Verb     string // "calls", "depends on"
}

// maxDiagramNodes is how many boxes a drawing may have before a table is
// easier to read.
const maxDiagramNodes = 40

const (
	nodeWidth   = 182
	nodeHeight  = 36
	columnPitch = 238
	rowPitch    = 50
	dummyPitch  = 18
	sideWidth   = 150
	zonePad     = 20
	zoneTop     = 40
)

// drawGraph lays nodes out in columns. It returns nil if there is nothing to
// draw: no edge, or more nodes than a reader can follow.
func drawGraph(title, label string, nodes []graphNode, edges []graphEdge) *Diagram {
	inside := 0
	for _, n := range nodes {
		if n.Side == 0 {
			inside++
		}
	}
	if inside == 0 || inside > maxDiagramNodes || len(edges) == 0 {
		return nil
	}
	g := newLayered(nodes, edges)
	g.rank()
	g.split()
	g.order()
	g.place()
	return g.draw(title, label)
}

// A vertex is a node, or a point at which a long edge passes a column.
type vertex struct {
	node  int // index in layered.nodes; -1 for a point
	layer int
	at    float64 // place in its column while ordering
	y     float64 // centre
	up    []int   // vertices in the column before that it is joined to
	down  []int   // vertices in the column after
}

// layered holds the state of one layout, after Sugiyama, Tagawa and Toda
// (1981): ranks, points on long edges, order by barycentre, then heights.
type layered struct {
	nodes  []graphNode
	edges  []layeredEdge
	v      []vertex
	layers [][]int // vertices by column, in order
	loose  []int   // nodes without an edge, drawn in rows below
}

type layeredEdge struct {
	from, to int // nodes
	kind     string
	verb     string
	back     bool  // runs against the columns, because it closes a cycle
	chain    []int // vertices from the lower to the higher column
}

func newLayered(nodes []graphNode, edges []graphEdge) *layered {
	g := &layered{nodes: nodes}
	index := make(map[string]int, len(nodes))
	for i, n := range nodes {
		index[n.ID] = i
	}
	type pair struct {
		from, to int
		kind     string
	}
	seen := map[pair]bool{}
	for _, e := range edges {
		from, ok := index[e.From]
		to, ok2 := index[e.To]
		if !ok || !ok2 || from == to || seen[pair{from, to, e.Kind}] {
			continue
		}
		seen[pair{from, to, e.Kind}] = true
		g.edges = append(g.edges, layeredEdge{from: from, to: to, kind: e.Kind, verb: e.Verb})
	}
	slices.SortStableFunc(g.edges, func(a, b layeredEdge) int {
		return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to), cmp.Compare(a.kind, b.kind))
	})
	return g
}

// rank gives every node its column. Edges that close a cycle are turned round
// first. Users outside come first, those used outside last.
func (g *layered) rank() {
	n := len(g.nodes)
	out := make([][]int, n)
	for i, e := range g.edges {
		out[e.from] = append(out[e.from], i)
	}
	state := make([]int8, n) // 0 new, 1 on the path, 2 done
	var visit func(int)
	visit = func(u int) {
		state[u] = 1
		for _, i := range out[u] {
			switch to := g.edges[i].to; state[to] {
			case 0:
				visit(to)
			case 1:
				g.edges[i].back = true
			}
		}
		state[u] = 2
	}
	for u := range n {
		if state[u] == 0 {
			visit(u)
		}
	}

	layer := make([]int, n)
	joined := make([]bool, n)
	first := 0
	for i, node := range g.nodes {
		if node.Side < 0 {
			first = 1
		}
		_ = i
	}
	for i := range g.nodes {
		if g.nodes[i].Side >= 0 {
			layer[i] = first
		}
	}
	// Longest paths; at most n rounds because the turned graph has no cycle.
	for range n + 1 {
		changed := false
		for i := range g.edges {
			u, v := g.ends(i)
			joined[u], joined[v] = true, true
			if layer[v] < layer[u]+1 {
				layer[v], changed = layer[u]+1, true
			}
		}
		if !changed {
			break
		}
	}
	// A node that nobody uses moves next to the first that it uses.
	for u := range n {
		if g.nodes[u].Side != 0 {
			continue
		}
		lowest, used := math.MaxInt, false
		for i := range g.edges {
			a, b := g.ends(i)
			if b == u && g.nodes[a].Side == 0 {
				used = true
			}
			if a == u {
				lowest = min(lowest, layer[b])
			}
		}
		if !used && lowest != math.MaxInt && lowest-1 > layer[u] {
			layer[u] = lowest - 1
		}
	}
	last := first
	for i, node := range g.nodes {
		if node.Side == 0 && joined[i] {
			last = max(last, layer[i])
		}
	}
	for i, node := range g.nodes {
		switch {
		case node.Side > 0:
			layer[i] = last + 1
		case node.Side < 0:
			layer[i] = 0
		}
	}
	g.v = make([]vertex, 0, n)
	for i := range g.nodes {
		g.v = append(g.v, vertex{node: i, layer: layer[i]})
		if !joined[i] {
			g.loose = append(g.loose, i)
		}
	}
}

// ends returns the nodes of edge i in the order of their columns.
func (g *layered) ends(i int) (lower, higher int) {
	e := g.edges[i]
	if e.back {
		return e.to, e.from
	}
	return e.from, e.to
}

// split puts a point into every column that a long edge passes.
func (g *layered) split() {
	loose := map[int]bool{}
	for _, i := range g.loose {
		loose[i] = true
	}
	highest := 0
	for i := range g.edges {
		u, v := g.ends(i)
		chain := []int{u}
		for l := g.v[u].layer + 1; l < g.v[v].layer; l++ {
			g.v = append(g.v, vertex{node: -1, layer: l})
			chain = append(chain, len(g.v)-1)
		}
		chain = append(chain, v)
		for j := 1; j < len(chain); j++ {
			a, b := chain[j-1], chain[j]
			g.v[a].down = append(g.v[a].down, b)
			g.v[b].up = append(g.v[b].up, a)
		}
		g.edges[i].chain = chain
	}
	for i := range g.v {
		highest = max(highest, g.v[i].layer)
	}
	g.layers = make([][]int, highest+1)
	for i := range g.v {
		if i < len(g.nodes) && loose[i] {
			continue
		}
		l := g.v[i].layer
		g.v[i].at = float64(len(g.layers[l]))
		g.layers[l] = append(g.layers[l], i)
	}
}

// order sorts each column by the mean place of the neighbours, to and fro,
// and keeps the order with the fewest crossings.
func (g *layered) order() {
	best, bestCount := g.snapshot(), g.crossings()
	for round := range 12 {
		if round%2 == 0 {
			for l := 1; l < len(g.layers); l++ {
				g.sortLayer(l, func(v *vertex) []int { return v.up })
			}
		} else {
			for l := len(g.layers) - 2; l >= 0; l-- {
				g.sortLayer(l, func(v *vertex) []int { return v.down })
			}
		}
		if c := g.crossings(); c < bestCount {
			best, bestCount = g.snapshot(), c
		}
	}
	g.layers = best
	for _, layer := range g.layers {
		for i, v := range layer {
			g.v[v].at = float64(i)
		}
	}
}

func (g *layered) snapshot() [][]int {
	out := make([][]int, len(g.layers))
	for i, l := range g.layers {
		out[i] = slices.Clone(l)
	}
	return out
}

func (g *layered) sortLayer(l int, neighbours func(*vertex) []int) {
	key := make(map[int]float64, len(g.layers[l]))
	for _, i := range g.layers[l] {
		ns := neighbours(&g.v[i])
		if len(ns) == 0 {
			key[i] = g.v[i].at
			continue
		}
		sum := 0.0
		for _, n := range ns {
			sum += g.v[n].at
		}
		key[i] = sum / float64(len(ns))
	}
	slices.SortStableFunc(g.layers[l], func(a, b int) int { return cmp.Compare(key[a], key[b]) })
	for i, v := range g.layers[l] {
		g.v[v].at = float64(i)
	}
}

func (g *layered) crossings() int {
	n := 0
	for l := 0; l+1 < len(g.layers); l++ {
		var ends [][2]float64
		for _, u := range g.layers[l] {
			for _, v := range g.v[u].down {
				ends = append(ends, [2]float64{g.v[u].at, g.v[v].at})
			}
		}
		for i := range ends {
			for j := i + 1; j < len(ends); j++ {
				if (ends[i][0]-ends[j][0])*(ends[i][1]-ends[j][1]) < 0 {
					n++
				}
			}
		}
	}
	return n
}

// place finds heights: each vertex as near as it can be to the mean of its
// neighbours while the order and the distances in its column are kept.
func (g *layered) place() {
	for _, layer := range g.layers {
		y := 0.0
		for i, v := range layer {
			if i > 0 {
				y += g.gap(layer[i-1], v)
			}
			g.v[v].y = y
		}
	}
	for round := range 8 {
		for k := range g.layers {
			l := k
			if round%2 == 1 {
				l = len(g.layers) - 1 - k
			}
			layer := g.layers[l]
			want := make([]float64, len(layer))
			for i, v := range layer {
				sum, n := 0.0, 0
				for _, u := range slices.Concat(g.v[v].up, g.v[v].down) {
					sum += g.v[u].y
					n++
				}
				want[i] = g.v[v].y
				if n > 0 {
					want[i] = sum / float64(n)
				}
			}
			offsets := make([]float64, len(layer))
			for i := 1; i < len(layer); i++ {
				offsets[i] = offsets[i-1] + g.gap(layer[i-1], layer[i])
			}
			for i := range want {
				want[i] -= offsets[i]
			}
			for i, y := range isotonic(want) {
				g.v[layer[i]].y = y + offsets[i]
			}
		}
	}
	low := math.Inf(1)
	for _, layer := range g.layers {
		for _, v := range layer {
			low = min(low, g.v[v].y)
		}
	}
	for _, layer := range g.layers {
		for _, v := range layer {
			g.v[v].y = math.Round(g.v[v].y - low)
		}
	}
}

func (g *layered) gap(a, b int) float64 {
	if g.v[a].node < 0 && g.v[b].node < 0 {
		return dummyPitch
	}
	if g.v[a].node < 0 || g.v[b].node < 0 {
		return (rowPitch + dummyPitch) / 2
	}
	return rowPitch
}

// isotonic returns the ascending numbers nearest to y by least squares, by
// pooling adjacent violators.
func isotonic(y []float64) []float64 {
	type block struct {
		sum float64
		n   int
	}
	var blocks []block
	for _, v := range y {
		blocks = append(blocks, block{v, 1})
		for len(blocks) > 1 {
			a, b := blocks[len(blocks)-2], blocks[len(blocks)-1]
			if a.sum/float64(a.n) <= b.sum/float64(b.n) {
				break
			}
			blocks = append(blocks[:len(blocks)-2], block{a.sum + b.sum, a.n + b.n})
		}
	}
	out := make([]float64, 0, len(y))
	for _, b := range blocks {
		for range b.n {
			out = append(out, b.sum/float64(b.n))
		}
	}
	return out
}

// draw turns the layout into a Diagram.
func (g *layered) draw(title, label string) *Diagram {
	d := &Diagram{Title: title, Label: label}
	firstInside, lastInside := math.MaxInt, 0
	for i, n := range g.nodes {
		switch {
		case n.Side < 0:
			d.HasUsers = true
		case n.Side > 0:
			d.HasUsed = true
		case !slices.Contains(g.loose, i):
			firstInside, lastInside = min(firstInside, g.v[i].layer), max(lastInside, g.v[i].layer)
		}
	}
	if firstInside == math.MaxInt {
		firstInside, lastInside = 0, 0
	}
	left := 16
	if d.HasUsers {
		left += sideWidth + 44
		d.UsersX = 16 + sideWidth
	}
	x := func(layer int) int { return left + zonePad + (layer-firstInside)*columnPitch }
	columns := lastInside - firstInside + 1
	if perRow := 3; columns < perRow && len(g.loose) > 0 {
		columns = min(perRow, max(columns, len(g.loose)))
	}
	right := left + 2*zonePad + (columns-1)*columnPitch + nodeWidth
	d.UsedX = right + 52

	top := float64(zoneTop + zonePad + nodeHeight/2)
	bottom := top - rowPitch
	for _, layer := range g.layers {
		for _, v := range layer {
			g.v[v].y += top
			bottom = max(bottom, g.v[v].y)
		}
	}
	for i, n := range g.loose {
		row, column := i/columns, i%columns
		g.v[n].layer = firstInside + column
		g.v[n].y = bottom + float64((row+1)*rowPitch)
	}
	if len(g.loose) > 0 {
		bottom += float64(((len(g.loose) + columns - 1) / columns) * rowPitch)
	}
	d.Zone = DiagramBox{X: left, Y: zoneTop, W: right - left, H: int(bottom) + nodeHeight/2 + zonePad - zoneTop}
	d.TitleX = left + 14
	d.Height = d.Zone.Y + d.Zone.H + 14
	d.Width = right + 16
	if d.HasUsed {
		d.Width = d.UsedX + sideWidth + 14
	}
	d.Width = max(d.Width, 900)
	d.Wide = d.Width > 1120

	for i, n := range g.nodes {
		v := g.v[i]
		y := int(v.y)
		switch {
		case n.Side < 0:
			d.Outside = append(d.Outside, DiagramNote{X: d.UsersX, Y: y - 2, Name: shortenEnd(n.Name, 22), Sub: shortenEnd(n.Sub, 26), SubY: y + 13, URL: n.URL, Right: true})
		case n.Side > 0:
			d.Outside = append(d.Outside, DiagramNote{X: d.UsedX, Y: y - 2, Name: shortenEnd(n.Name, 22), Sub: shortenEnd(n.Sub, 26), SubY: y + 13, URL: n.URL})
		default:
			box := DiagramBox{X: x(v.layer), Y: y - nodeHeight/2, W: nodeWidth, H: nodeHeight}
			d.Nodes = append(d.Nodes, DiagramNode{
				Box: box, Name: shorten(n.Name, 18), Full: n.Name, URL: n.URL, Icon: n.Icon, Status: n.Status,
				IconX: box.X + 10, TextX: box.X + 33, TextY: strconv.FormatFloat(float64(y)+4.5, 'f', -1, 64), IconY: y - 8,
				MarkX: box.X + nodeWidth - 22, MarkY: y - 7,
			})
		}
	}
	for _, e := range g.edges {
		d.Edges = append(d.Edges, DiagramEdge{Path: g.path(e, x, d), Kind: e.kind})
		switch e.kind {
		case edgeAPI:
			d.APIs = true
		case edgeEvent:
			d.Events = true
		default:
			d.Others = true
		}
		from, to := g.nodes[e.from], g.nodes[e.to]
		d.Lines = append(d.Lines, DiagramLine{From: Link{Text: from.Name, URL: from.URL}, To: Link{Text: to.Name, URL: to.URL}, Verb: e.verb})
	}
	return d
}

// path draws an edge from the side of its user to the side of the used: a
// slanting line between neighbouring columns, level where it passes one.
func (g *layered) path(e layeredEdge, x func(int) int, d *Diagram) string {
	type point struct{ x, y int }
	side := func(v int, out bool) point {
		p := point{y: int(g.v[v].y)}
		n := g.v[v].node
		switch {
		case n >= 0 && g.nodes[n].Side < 0:
			p.x = d.UsersX + 8
		case n >= 0 && g.nodes[n].Side > 0:
			p.x = d.UsedX - 8
		case out:
			p.x = x(g.v[v].layer) + nodeWidth
		default:
			p.x = x(g.v[v].layer)
		}
		return p
	}
	points := []point{side(e.chain[0], true)}
	for _, v := range e.chain[1 : len(e.chain)-1] {
		points = append(points, side(v, false), side(v, true))
	}
	points = append(points, side(e.chain[len(e.chain)-1], false))
	if e.back {
		slices.Reverse(points)
	}
	var b strings.Builder
	for i, p := range points {
		switch {
		case i == 0:
			fmt.Fprintf(&b, "M%d %d", p.x, p.y)
		case p.y == points[i-1].y:
			fmt.Fprintf(&b, "H%d", p.x)
		default:
			fmt.Fprintf(&b, "L%d %d", p.x, p.y)
		}
	}
	return b.String()
}

// shorten returns s with an ellipsis in the middle if it has more than n letters.
func shorten(s string, n int) string {
	r := []rune(s)
	if len(r) <= n {
		return s
	}
	head := (n - 1) * 2 / 3
	return string(r[:head]) + "…" + string(r[len(r)-(n-1-head):])
}
