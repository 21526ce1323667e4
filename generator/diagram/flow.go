package diagram

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A graph is nodes, lines between them and groups around them.
type graph struct {
	nodes  []*node
	byID   map[string]*node
	edges  []*edge
	root   *group
	groups map[string]*group
}

type node struct {
	id     string
	text   label
	shape  string // as the brackets are written: "[", "(", "([", "{", ...; or "start", "end", "bar", "note"
	in     *group
	x, y   float64 // of the middle
	w, h   float64
	quoted bool // has a text of its own
}

type edge struct {
	from, to   string // ids of nodes or groups
	text       label
	style      string // "", "dash", "thick" or "none"
	tail, head string // kinds of tip
	length     int    // in layers, at least 1
}

type group struct {
	id     string
	text   label
	dir    string // TB, BT, LR or RL; "" as around it
	in     *group
	nodes  []*node
	groups []*group
	x, y   float64 // of the middle
	w, h   float64
}

func newGraph() *graph {
	root := &group{dir: "TB"}
	return &graph{byID: map[string]*node{}, root: root, groups: map[string]*group{}}
}

func (g *graph) node(id string, in *group) *node {
	if n := g.byID[id]; n != nil {
		return n
	}
	n := &node{id: id, text: newLabel(id), shape: "[", in: in}
	g.byID[id] = n
	g.nodes = append(g.nodes, n)
	in.nodes = append(in.nodes, n)
	return n
}

func (g *graph) group(id string, in *group) *group {
	s := &group{id: id, text: newLabel(id), in: in}
	g.groups[id] = s
	in.groups = append(in.groups, s)
	return s
}

// settle makes ids that turned out to be those of groups no longer nodes, and
// tells whether the graph has a size that can be drawn.
func (g *graph) settle() bool {
	for id := range g.groups {
		n := g.byID[id]
		if n == nil {
			continue
		}
		n.in.nodes = slices.DeleteFunc(n.in.nodes, func(x *node) bool { return x == n })
		g.nodes = slices.DeleteFunc(g.nodes, func(x *node) bool { return x == n })
		delete(g.byID, id)
	}
	return len(g.nodes) > 0 && len(g.nodes) <= maxNodes && len(g.edges) <= maxEdges && g.root.depth() <= maxDepth
}

func (s *group) depth() int {
	d := 0
	for _, sub := range s.groups {
		d = max(d, 1+sub.depth())
	}
	return d
}

func direction(s string) string {
	switch s = strings.ToUpper(s); s {
	case "TD", "TB", "":
		return "TB"
	case "BT", "LR", "RL":
		return s
	case ">":
		return "LR"
	}
	return ""
}

// shapes are the brackets around texts, the longest first.
var shapes = []struct{ open, close string }{
	{"(((", ")))"}, {"((", "))"}, {"([", "])"}, {"[[", "]]"}, {"[(", ")]"}, {"{{", "}}"},
	{"[/", "/]"}, {"[/", `\]`}, {`[\`, `\]`}, {`[\`, "/]"}, {"[", "]"}, {"(", ")"}, {"{", "}"}, {">", "]"},
}

var (
	plainLink = regexp.MustCompile(`^\s*(?:\w+@)?([<xo]?)(?:(--+)([->xo])|(==+)([=>xo])|-(\.+)-([>xo]?)|(~~~+))\s*(?:\|([^|]*)\|)?\s*`)
	textLink  = regexp.MustCompile(`^\s*([<xo]?)(--|==|-\.)\s*("[^"]*"|[^|]+?)\s*(?:(--+)([->xo])|(==+)([=>xo])|(\.+)-([>xo]?))\s*`)
	styleLine = regexp.MustCompile(`^(?:classDef|class|style|linkStyle|click|accTitle|accDescr|title)\b`)
	groupLine = regexp.MustCompile(`^subgraph(?: (.*))?$`)
	groupID   = regexp.MustCompile(`^([^\s\[("]+)\s*[\[(](.*)[\])]$`)
)

// parseFlow reads a flowchart.
// Source: Mermaid, Flowcharts: nodes, links, subgraphs.
func parseFlow(dir string, lines []string) (*graph, bool) {
	g := newGraph()
	if g.root.dir = direction(strings.TrimSuffix(dir, ";")); g.root.dir == "" {
		return nil, false
	}
	in := g.root
	for _, line := range lines {
		for _, s := range split(line) {
			switch {
			case styleLine.MatchString(s):
			case strings.HasPrefix(s, "direction "):
				in.dir = direction(strings.TrimPrefix(s, "direction "))
			case s == "end":
				if in.in == nil {
					return nil, false
				}
				in = in.in
			case groupLine.MatchString(s):
				name := groupLine.FindStringSubmatch(s)[1]
				id, text := name, name
				if m := groupID.FindStringSubmatch(name); m != nil {
					id, text = m[1], m[2]
				}
				if id == "" {
					id = "\x00" + string(rune('a'+len(g.groups)))
				}
				if g.groups[id] != nil {
					return nil, false
				}
				in = g.group(strings.Trim(id, `"`), in)
				in.text = newLabel(text)
			default:
				if !g.chain(s, in) {
					return nil, false
				}
			}
		}
	}
	return g, in == g.root && g.settle()
}

// split parts a line at semicolons outside of quotes, bars and brackets.
func split(line string) []string {
	var out []string
	depth, quoted, piped, start := 0, false, false, 0
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '|':
			piped = !piped
		case piped:
		case c == '[' || c == '(' || c == '{':
			depth++
		case c == ']' || c == ')' || c == '}':
			depth--
		case c == ';' && depth <= 0:
			out = append(out, line[start:i])
			start = i + 1
		}
	}
	out = append(out, line[start:])
	kept := out[:0]
	for _, s := range out {
		if s = strings.TrimSpace(s); s != "" {
			kept = append(kept, s)
		}
	}
	return kept
}

// chain reads "A & B --> C -- text --> D".
func (g *graph) chain(s string, in *group) bool {
	from, s, ok := g.nodeList(s, in)
	if !ok {
		return false
	}
	for strings.TrimSpace(s) != "" {
		e, rest, ok := link(s)
		if !ok {
			return false
		}
		var to []string
		if to, s, ok = g.nodeList(rest, in); !ok {
			return false
		}
		for _, a := range from {
			for _, b := range to {
				one := *e
				one.from, one.to = a, b
				g.edges = append(g.edges, &one)
			}
		}
		if len(g.edges) > maxEdges {
			return false
		}
		from = to
	}
	return true
}

func link(s string) (e *edge, rest string, ok bool) {
	e = &edge{length: 1}
	tipOf := func(c string) string {
		if c == "-" || c == "=" {
			return ""
		}
		return c
	}
	if m := plainLink.FindStringSubmatch(s); m != nil {
		e.tail = strings.Replace(m[1], "<", ">", 1)
		switch {
		case m[2] != "":
			e.head, e.length = tipOf(m[3]), len(m[2])-1
		case m[4] != "":
			e.style, e.head, e.length = "thick", tipOf(m[5]), len(m[4])-1
		case m[6] != "":
			e.style, e.head, e.length = "dash", m[7], len(m[6])
		default:
			e.style = "none"
		}
		if m[2]+m[4] != "" && e.head == "" {
			e.length = max(1, e.length)
		}
		e.length = min(max(1, e.length), 6)
		e.text = newLabel(m[9])
		return e, s[len(m[0]):], true
	}
	if m := textLink.FindStringSubmatch(s); m != nil {
		e.tail = strings.Replace(m[1], "<", ">", 1)
		switch {
		case m[2] == "--" && m[4] != "":
			e.head = tipOf(m[5])
		case m[2] == "==" && m[6] != "":
			e.style, e.head = "thick", tipOf(m[7])
		case m[2] == "-." && m[8] != "":
			e.style, e.head = "dash", m[9]
		default:
			return nil, "", false
		}
		e.text = newLabel(m[3])
		return e, s[len(m[0]):], true
	}
	return nil, "", false
}

func (g *graph) nodeList(s string, in *group) (ids []string, rest string, ok bool) {
	for {
		id, r, ok := g.parseNode(strings.TrimLeft(s, " "), in)
		if !ok {
			return nil, "", false
		}
		ids = append(ids, id)
		s = r
		next, more := strings.CutPrefix(strings.TrimLeft(s, " "), "&")
		if !more {
			return ids, s, true
		}
		s = next
	}
}

// parseNode reads an id with what may follow it: a text in brackets, a class.
func (g *graph) parseNode(s string, in *group) (id, rest string, ok bool) {
	id = s[:idEnd(s)]
	if id == "" || len(g.nodes) > maxNodes {
		return "", "", false
	}
	s = s[len(id):]
	n := g.byID[id]
	if n == nil {
		n = g.node(id, in)
	} else if in != g.root && n.in == g.root && g.groups[id] == nil {
		// Named before its group was: it belongs to the group.
		n.in.nodes = slices.DeleteFunc(n.in.nodes, func(x *node) bool { return x == n })
		n.in = in
		in.nodes = append(in.nodes, n)
	}
	if strings.HasPrefix(s, "@{") {
		end := strings.IndexByte(s, '}')
		if end < 0 {
			return "", "", false
		}
		if _, after, ok := strings.Cut(s[:end], "label:"); ok {
			if q := strings.SplitN(after, `"`, 3); len(q) == 3 {
				n.text = newLabel(q[1])
			}
		}
		s = s[end+1:]
	}
	for _, b := range shapes {
		if !strings.HasPrefix(s, b.open) {
			continue
		}
		if text, after, ok := bracketed(s[len(b.open):], b.close); ok {
			n.text, n.shape, n.quoted = newLabel(text), b.open, true
			s = after
			break
		}
	}
	if class, ok := strings.CutPrefix(s, ":::"); ok {
		s = class[idEnd(class):]
	}
	return id, s, true
}

func bracketed(s, end string) (text, rest string, ok bool) {
	from := 0
	if t := strings.TrimLeft(s, " "); strings.HasPrefix(t, `"`) {
		lead := len(s) - len(t)
		q := strings.IndexByte(t[1:], '"')
		if q < 0 {
			return "", "", false
		}
		from = lead + q + 2
	}
	i := strings.Index(s[from:], end)
	if i < 0 {
		return "", "", false
	}
	if from == 0 && end != "]" && end != ")" && end != "}" {
		return s[:i], s[i+len(end):], true
	}
	// "(text)" must not end inside of a bracket that it opened itself.
	inner := s[:from+i]
	if from == 0 && strings.ContainsAny(inner, "[({") {
		return "", "", false
	}
	return inner, s[from+i+len(end):], true
}

// idEnd returns the length of the id that s begins with.
func idEnd(s string) int {
	for i, r := range s {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_' || r == '*' || r == '\'' || r == '/' || r == ':' && !strings.HasPrefix(s[i:], ":::") {
			continue
		}
		if r == '-' || r == '.' {
			next, _ := utf8.DecodeRuneInString(s[i+1:])
			if i > 0 && (unicode.IsLetter(next) || unicode.IsDigit(next) || next == '_') {
				continue
			}
		}
		return i
	}
	return len(s)
}

var (
	stateEdge  = regexp.MustCompile(`^(\S+) ?--> ?([^\s:]+) ?(?:: ?(.*))?$`)
	stateAlias = regexp.MustCompile(`^state "([^"]*)" as (\S+?)( ?\{)?$`)
	stateOpen  = regexp.MustCompile(`^state (\S+) ?\{$`)
	stateKind  = regexp.MustCompile(`^state (\S+) <<(fork|join|choice)>>$`)
	stateText  = regexp.MustCompile(`^([^\s:]+) ?: ?(.+)$`)
	stateNote  = regexp.MustCompile(`^note (?:left|right) of (\S+?)(?: ?: ?(.*))?$`)
	stateName  = regexp.MustCompile(`^(?:state )?([\p{L}\p{N}_.-]+)(?::::\S+)?$`)
)

// parseStates reads a state diagram as a graph.
// Source: Mermaid, State diagrams.
func parseStates(lines []string) (*graph, bool) {
	g := newGraph()
	in := g.root
	ends := 0
	place := func(id string, first bool) string {
		id, _, _ = strings.Cut(id, ":::")
		if id != "[*]" {
			if g.groups[id] == nil {
				g.node(id, in)
				if !g.byID[id].quoted && g.byID[id].shape == "[" {
					g.byID[id].shape = "("
				}
			}
			return id
		}
		shape := "end"
		if first {
			shape = "start"
		}
		key := "\x00" + shape + in.id
		if g.byID[key] == nil {
			n := g.node(key, in)
			n.shape, n.text = shape, label{}
		}
		return key
	}
	for i := 0; i < len(lines); i++ {
		s := strings.TrimSuffix(lines[i], ";")
		switch {
		case styleLine.MatchString(s), s == "--", s == "hide empty description":
		case strings.HasPrefix(s, "direction "):
			in.dir = direction(strings.TrimPrefix(s, "direction "))
		case s == "}":
			if in.in == nil {
				return nil, false
			}
			in = in.in
		case stateAlias.MatchString(s):
			m := stateAlias.FindStringSubmatch(s)
			if m[3] != "" {
				if g.groups[m[2]] != nil {
					return nil, false
				}
				in = g.group(m[2], in)
				in.text = newLabel(m[1])
				continue
			}
			n := g.node(m[2], in)
			n.text, n.shape, n.quoted = newLabel(m[1]), "(", true
		case stateOpen.MatchString(s):
			id := stateOpen.FindStringSubmatch(s)[1]
			if g.groups[id] != nil {
				return nil, false
			}
			in = g.group(id, in)
		case stateKind.MatchString(s):
			m := stateKind.FindStringSubmatch(s)
			n := g.node(m[1], in)
			n.shape, n.text, n.quoted = "bar", label{}, true
			if m[2] == "choice" {
				n.shape = "{"
			}
		case stateNote.MatchString(s):
			m := stateNote.FindStringSubmatch(s)
			text := m[2]
			if text == "" {
				var parts []string
				for i++; i < len(lines) && lines[i] != "end note"; i++ {
					parts = append(parts, lines[i])
				}
				if i == len(lines) {
					return nil, false
				}
				text = strings.Join(parts, "\n")
			}
			ends++
			n := g.node("\x00note"+strings.Repeat("i", ends), in)
			n.text, n.shape = newLabel(text), "note"
			g.edges = append(g.edges, &edge{from: place(m[1], false), to: n.id, style: "dash", length: 1})
		case stateEdge.MatchString(s):
			m := stateEdge.FindStringSubmatch(s)
			e := &edge{head: ">", length: 1, text: newLabel(m[3])}
			e.from = place(m[1], true)
			e.to = place(m[2], false)
			g.edges = append(g.edges, e)
		case stateText.MatchString(s):
			m := stateText.FindStringSubmatch(s)
			id := place(m[1], true)
			if n := g.byID[id]; n != nil {
				if len(n.text.lines) > 20 {
					return nil, false
				}
				if n.quoted {
					n.text = newLabel(strings.Join(n.text.lines, "\n") + "\n" + m[2])
				} else {
					n.text, n.quoted = newLabel(m[2]), true
				}
			} else if s := g.groups[id]; s != nil {
				s.text = newLabel(m[2])
			}
		case stateName.MatchString(s):
			place(stateName.FindStringSubmatch(s)[1], true)
		default:
			return nil, false
		}
		if len(g.nodes) > maxNodes || len(g.edges) > maxEdges {
			return nil, false
		}
	}
	return g, in == g.root && g.settle()
}
