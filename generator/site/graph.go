package site

import (
	"strings"

	"github.com/portolan-dev/portolan/sources/catalog"
)

// A Graph is an entity in the middle of its neighbours: who uses it on the left,
// what it uses on the right. Package render draws it.
type Graph struct {
	Name  string // of the entity
	Icon  string
	Subs  []string // small lines under the name
	Left  []GraphNode
	Right []GraphNode

	LeftTitle, RightTitle string // "Used by 5"
	MoreLeft, MoreRight   int    // neighbours that are not drawn
	URL                   string // of the page that lists all
	Label                 string // the drawing in one sentence
	Direct                int
}

// A GraphNode is one neighbour.
type GraphNode struct {
	Text   string
	URL    string // empty: not in the catalog
	Style  string // "api", "ev" or ""
	Label  string
	Status Status // empty: unknown
}

// maxSide bounds the neighbours that are drawn on one side.
const maxSide = 8

// graph returns the drawing of e's neighbours; nil if it has none.
func (m *maker) graph(e *catalog.Entity) *Graph {
	edges := m.neighbours(e)
	if len(edges) == 0 {
		return nil
	}
	g := &Graph{Name: nameOf(e), Icon: KindIcon(e), URL: EntityURL(e.Ref) + "dependencies/"}
	if s := m.system(e); s.Text != "" {
		g.Subs = append(g.Subs, "system "+s.Text)
	}
	if o := m.owner(e); o.Text != "" {
		g.Subs = append(g.Subs, "owner "+o.Text)
	}
	left, right := joinEdges(edges, false), joinEdges(edges, true)
	g.Direct = len(left) + len(right)
	g.LeftTitle, g.RightTitle = "Used by "+Num(len(left)), "Depends on "+Num(len(right))
	if strings.EqualFold(e.Ref.Kind, "api") {
		g.RightTitle = "Provided by " + Num(len(right))
	}
	g.Label = "Relations of " + g.Name + "."
	if len(left) > 0 {
		g.Label += " Used by " + nodeWords(left) + "."
	}
	if len(right) > 0 {
		g.Label += strings.TrimRight(" "+g.RightTitle, " 0123456789,") + " " + nodeWords(right) + "."
	}
	g.Left, g.MoreLeft = side(left)
	g.Right, g.MoreRight = side(right)
	return g
}

// side returns the nodes that are drawn and how many are not: the broken ones
// come first when not all have room.
func side(nodes []GraphNode) ([]GraphNode, int) {
	if len(nodes) <= maxSide {
		return nodes, 0
	}
	var out []GraphNode
	for _, bad := range []bool{true, false} {
		for _, n := range nodes {
			if len(out) < maxSide-1 && (n.Status == Bad || n.Status == Warn) == bad {
				out = append(out, n)
			}
		}
	}
	return out, len(nodes) - len(out)
}

// joinEdges makes one node of all edges to the same entity.
func joinEdges(edges []Edge, out bool) []GraphNode {
	var nodes []GraphNode
	at := map[string]int{}
	for _, e := range edges {
		if e.Out != out {
			continue
		}
		if i, ok := at[e.Ref]; ok {
			n := &nodes[i]
			if e.Label != "" && n.Label == "" {
				n.Label, n.Style = e.Label, e.Style
			} else if e.Label != "" && e.Label != n.Label && !strings.HasSuffix(n.Label, " …") {
				n.Label += " …"
			}
			continue
		}
		at[e.Ref] = len(nodes)
		nodes = append(nodes, GraphNode{Text: e.Link.Text, URL: e.Link.URL, Style: e.Style, Label: e.Label, Status: e.Status})
	}
	return nodes
}

// nodeWords names nodes, with their state where it is bad, at most ten.
func nodeWords(nodes []GraphNode) string {
	var words []string
	for i, n := range nodes {
		if i == 10 {
			words = append(words, Num(len(nodes)-i)+" more")
			break
		}
		w := n.Text
		if n.Status == Bad || n.Status == Warn {
			w += " (" + strings.ToLower(n.Status.Word()) + ")"
		}
		words = append(words, w)
	}
	return Words(words)
}
