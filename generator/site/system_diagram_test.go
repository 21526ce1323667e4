package site

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
)

func TestIsotonic(t *testing.T) {
	for _, c := range []struct{ in, want []float64 }{
		{nil, []float64{}},
		{[]float64{1, 2, 3}, []float64{1, 2, 3}},
		{[]float64{3, 1}, []float64{2, 2}},
		{[]float64{1, 5, 3, 10}, []float64{1, 4, 4, 10}},
		{[]float64{9, 6, 3}, []float64{6, 6, 6}},
	} {
		if got := isotonic(c.in); !slices.Equal(got, c.want) {
			t.Errorf("isotonic(%v) = %v, want %v", c.in, got, c.want)
		}
	}
}

func TestFit(t *testing.T) {
	for _, c := range []struct {
		names []string
		room  int
		want  string
	}{
		{nil, 10, ""},
		{[]string{"ads"}, 10, "ads"},
		{[]string{"ads", "queue"}, 10, "ads, queue"},
		{[]string{"ads", "queue", "royalties"}, 17, "ads, 2 more"},
		{[]string{"ads", "queue", "royalties"}, 20, "ads, queue, 1 more"},
		{[]string{"recommendation", "queue"}, 14, "recom…, 1 more"},
	} {
		if got := fit(c.names, c.room); got != c.want {
			t.Errorf("fit(%q, %d) = %q, want %q", c.names, c.room, got, c.want)
		}
	}
}

// Whatever the graph, boxes do not touch, stay in the frame, every edge is
// drawn once, and the same graph gives the same drawing.
func TestDrawGraph(t *testing.T) {
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 1))
		var nodes []graphNode
		for i := range 2 + r.IntN(maxDiagramNodes-2) {
			nodes = append(nodes, graphNode{ID: fmt.Sprint("n", i), Name: fmt.Sprintf("component-number-%d", i), URL: "x/"})
		}
		inside := len(nodes)
		for i := range r.IntN(4) {
			nodes = append(nodes, graphNode{ID: fmt.Sprint("u", i), Name: "user", Side: -1}, graphNode{ID: fmt.Sprint("d", i), Name: "used", Side: 1})
		}
		var edges []graphEdge
		pairs := map[[2]string]bool{}
		add := func(from, to string) {
			if from != to {
				pairs[[2]string{from, to}] = true
			}
			edges = append(edges, graphEdge{From: from, To: to, Kind: edgeAPI})
		}
		add("n0", "n1")
		for range r.IntN(2 * inside) {
			add(fmt.Sprint("n", r.IntN(inside)), fmt.Sprint("n", r.IntN(inside))) // circles and loops included
		}
		for _, n := range nodes[inside:] {
			if n.Side < 0 {
				add(n.ID, fmt.Sprint("n", r.IntN(inside)))
			} else {
				add(fmt.Sprint("n", r.IntN(inside)), n.ID)
			}
		}
		d := drawGraph("system", "label", nodes, edges)
		if d == nil {
			t.Fatalf("seed %d: no drawing of %d boxes and %d lines", seed, inside, len(edges))
		}
		if len(d.Nodes) != inside || len(d.Edges) != len(pairs) || len(d.Outside) != len(nodes)-inside {
			t.Errorf("seed %d: %d boxes, %d lines, %d notes; want %d, %d, %d", seed, len(d.Nodes), len(d.Edges), len(d.Outside), inside, len(pairs), len(nodes)-inside)
		}
		for i, a := range d.Nodes {
			if a.Box.X < d.Zone.X || a.Box.X+a.Box.W > d.Zone.X+d.Zone.W || a.Box.Y < d.Zone.Y || a.Box.Y+a.Box.H > d.Zone.Y+d.Zone.H {
				t.Errorf("seed %d: box %s %v leaves the frame %v", seed, a.Full, a.Box, d.Zone)
			}
			for _, b := range d.Nodes[i+1:] {
				if a.Box.X < b.Box.X+b.Box.W && b.Box.X < a.Box.X+a.Box.W && a.Box.Y < b.Box.Y+b.Box.H && b.Box.Y < a.Box.Y+a.Box.H {
					t.Errorf("seed %d: boxes %s %v and %s %v overlap", seed, a.Full, a.Box, b.Full, b.Box)
				}
			}
		}
		if again := drawGraph("system", "label", nodes, edges); !reflect.DeepEqual(d, again) {
			t.Errorf("seed %d: a second drawing differs", seed)
		}
	}
}

func TestDrawGraphLimits(t *testing.T) {
	var nodes []graphNode
	for i := range maxDiagramNodes + 1 {
		nodes = append(nodes, graphNode{ID: fmt.Sprint(i)})
	}
	edges := []graphEdge{{From: "0", To: "1"}}
	if drawGraph("", "", nodes, edges) != nil {
		t.Errorf("%d boxes are drawn, want a list", len(nodes))
	}
	if drawGraph("", "", nodes[:2], nil) != nil {
		t.Error("boxes without a line are drawn")
	}
	if drawGraph("", "", nil, edges) != nil {
		t.Error("nothing is drawn")
	}
	d := drawGraph("", "", nodes[:2], []graphEdge{{From: "0", To: "1"}, {From: "1", To: "0"}, {From: "0", To: "gone"}})
	if d == nil || len(d.Edges) != 2 {
		t.Errorf("a circle of two is drawn as %+v", d)
	}
}
