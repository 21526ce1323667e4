package diagram

import (
	"cmp"
	"fmt"
	"math"
	"regexp"
	"strings"
)

// A sequence is who takes part, and what happens from top to bottom.
type sequence struct {
	title  string
	actors []*actor
	byID   map[string]int
	events []event
	number bool // messages are counted
}

type actor struct {
	id     string
	text   label
	person bool
	x      float64
}

type event struct {
	kind     string // message, note, open, else, close, on, off
	from, to int
	text     label
	dash     bool
	head     string
	tail     string
	word     string // of a frame: loop, alt, ...
	on, off  bool   // the message starts the receiver, ends the sender
	side     string // of a note: left, right or over
}

var (
	seqActor   = regexp.MustCompile(`^(?:create )?(participant|actor) (.+?)(?: as (.+))?$`)
	seqMessage = regexp.MustCompile(`^(.+?) ?(<<-->>|<<->>|-->>|->>|--x|-x|--\)|-\)|-->|->) ?([+-]?) ?([^:]+?) ?(?:: ?(.*))?$`)
	seqNote    = regexp.MustCompile(`^(?i:note) (?i:(left of|right of|over)) ([^:]+?) ?: ?(.*)$`)
	seqFrame   = regexp.MustCompile(`^(loop|alt|opt|par|critical|break|rect)(?: (.*))?$`)
	seqElse    = regexp.MustCompile(`^(else|and|option)(?: (.*))?$`)
	seqActive  = regexp.MustCompile(`^(activate|deactivate) (.+)$`)
	seqSkip    = regexp.MustCompile(`^(?:links?|properties|details|destroy|accTitle|accDescr)\b`)
)

// parseSequence reads a sequence diagram.
// Source: Mermaid, Sequence diagrams.
func parseSequence(lines []string) (*sequence, bool) {
	s := &sequence{byID: map[string]int{}}
	var open []string
	for _, line := range lines {
		line = strings.TrimSuffix(line, ";")
		switch {
		case line == "autonumber" || strings.HasPrefix(line, "autonumber "):
			s.number = true
		case strings.HasPrefix(line, "title"):
			s.title = strings.TrimLeft(strings.TrimPrefix(line, "title"), ": ")
		case seqSkip.MatchString(line):
		case seqActor.MatchString(line):
			m := seqActor.FindStringSubmatch(line)
			id, _, _ := strings.Cut(m[2], "@{")
			i := s.actor(strings.TrimSpace(id))
			s.actors[i].person = m[1] == "actor"
			if m[3] != "" {
				s.actors[i].text = newLabel(m[3])
			}
		case line == "box" || strings.HasPrefix(line, "box "):
			open = append(open, "box")
		case seqFrame.MatchString(line):
			m := seqFrame.FindStringSubmatch(line)
			open = append(open, m[1])
			if m[1] == "rect" {
				m[2] = "" // a colour
			}
			s.events = append(s.events, event{kind: "open", word: m[1], text: newLabel(m[2])})
		case seqElse.MatchString(line):
			if len(open) == 0 || open[len(open)-1] == "box" {
				return nil, false
			}
			m := seqElse.FindStringSubmatch(line)
			s.events = append(s.events, event{kind: "else", text: newLabel(m[2])})
		case line == "end":
			if len(open) == 0 {
				return nil, false
			}
			if open[len(open)-1] != "box" {
				s.events = append(s.events, event{kind: "close"})
			}
			open = open[:len(open)-1]
		case seqActive.MatchString(line):
			m := seqActive.FindStringSubmatch(line)
			kind := "on"
			if m[1] == "deactivate" {
				kind = "off"
			}
			s.events = append(s.events, event{kind: kind, from: s.actor(m[2])})
		case seqNote.MatchString(line):
			m := seqNote.FindStringSubmatch(line)
			a, b, two := strings.Cut(m[2], ",")
			e := event{kind: "note", side: strings.ToLower(strings.Fields(m[1])[0]), text: newLabel(m[3]), from: s.actor(strings.TrimSpace(a))}
			e.to = e.from
			if two {
				e.to = s.actor(strings.TrimSpace(b))
			}
			if e.to < e.from {
				e.from, e.to = e.to, e.from
			}
			s.events = append(s.events, e)
		case seqMessage.MatchString(line):
			m := seqMessage.FindStringSubmatch(line)
			e := event{kind: "message", text: newLabel(m[5]), dash: strings.Contains(m[2], "--"), on: m[3] == "+", off: m[3] == "-"}
			switch last := m[2][len(m[2])-1]; {
			case strings.HasSuffix(m[2], ">>"):
				e.head = ">"
			case last == 'x':
				e.head = "x"
			case last == ')':
				e.head = ")"
			}
			if strings.HasPrefix(m[2], "<<") {
				e.tail = ">"
			}
			e.from = s.actor(strings.TrimSpace(m[1]))
			e.to = s.actor(strings.TrimSpace(m[4]))
			s.events = append(s.events, e)
		default:
			return nil, false
		}
		if len(s.actors) > 40 || len(s.events) > maxEdges || len(open) > 12 {
			return nil, false
		}
	}
	return s, len(s.actors) > 0 && len(open) == 0
}

func (s *sequence) actor(id string) int {
	if i, ok := s.byID[id]; ok {
		return i
	}
	s.byID[id] = len(s.actors)
	s.actors = append(s.actors, &actor{id: id, text: newLabel(id)})
	return len(s.actors) - 1
}

// Distances in a sequence, in pixels.
const (
	actorPad  = 26
	minColumn = 120
	loopWidth = 34 // of a message to oneself
)

func (s *sequence) draw() string {
	// Columns are as far apart as the texts between them need.
	gaps := make([]float64, len(s.actors)) // behind each
	left := 0.0
	for i, a := range s.actors {
		gaps[i] = minColumn
		if i+1 < len(s.actors) {
			gaps[i] = math.Max(gaps[i], (a.text.w+s.actors[i+1].text.w)/2+2*actorPad)
		}
	}
	need := func(from, to int, w float64) {
		if from == to {
			return
		}
		have := 0.0
		for i := from; i < to; i++ {
			have += gaps[i]
		}
		if have < w {
			gaps[to-1] += w - have
		}
	}
	right := 0.0 // beyond the last column
	for _, e := range s.events {
		w := e.text.w
		switch {
		case e.kind == "message" && e.from == e.to:
			if w += loopWidth + 16; e.from+1 < len(s.actors) {
				need(e.from, e.from+1, w)
			} else {
				right = math.Max(right, w)
			}
		case e.kind == "message":
			need(min(e.from, e.to), max(e.from, e.to), w+40)
		case e.kind == "note" && e.side == "over" && e.from != e.to:
			need(e.from, e.to, w-20)
		case e.kind == "note" && e.side == "over":
			half := w/2 + 14
			if e.from == 0 {
				left = math.Max(left, half)
			} else {
				need(e.from-1, e.from, half+20)
			}
			if e.from+1 < len(s.actors) {
				need(e.from, e.from+1, half+20)
			} else {
				right = math.Max(right, half)
			}
		case e.kind == "note" && e.side == "right":
			if e.from+1 < len(s.actors) {
				need(e.from, e.from+1, w+44)
			} else {
				right = math.Max(right, w+38)
			}
		case e.kind == "note":
			if e.from > 0 {
				need(e.from-1, e.from, w+44)
			} else {
				left = math.Max(left, w+38)
			}
		}
	}
	first, last := s.actors[0], s.actors[len(s.actors)-1]
	depth, deepest, textual := 0, 0, 0.0
	for _, e := range s.events {
		switch e.kind {
		case "open":
			depth++
			deepest = max(deepest, depth)
			textual = math.Max(textual, e.text.w+110)
		case "close":
			depth--
		case "else":
			textual = math.Max(textual, e.text.w+40)
		}
	}
	x := margin + math.Max(left, first.text.w/2+actorPad/2+8) + 10*float64(deepest)
	for i, a := range s.actors {
		a.x = x
		x += gaps[i]
	}
	edge := last.x + math.Max(right, last.text.w/2+actorPad/2+8) + 10*float64(deepest)
	edge = math.Max(edge, textual+2*margin)
	w := edge + margin

	var c canvas
	y := float64(margin)
	if t := newLabel(s.title); len(t.lines) > 0 {
		w = math.Max(w, t.w+2*margin)
		text(&c.front, t, "title", w/2, y+t.h/2)
		y += t.h + 10
	}
	headHeight := 0.0
	for _, a := range s.actors {
		headHeight = math.Max(headHeight, a.text.h+16)
		if a.person {
			headHeight = math.Max(headHeight, a.text.h+40)
		}
	}
	top := y
	y += headHeight + 12

	type frame struct {
		y     float64
		depth int
		e     event
	}
	var frames []frame
	active := make([][]float64, len(s.actors))
	bar := func(i int, from, to float64) {
		off := float64(len(active[i])) * 5
		fmt.Fprintf(&c.lines, `<rect class="act" x="%s" y="%s" width="10" height="%s"/>`, num(s.actors[i].x-5+off), num(from), num(math.Max(4, to-from)))
	}
	start := func(i int, at float64) { active[i] = append(active[i], at) }
	stop := func(i int, at float64) {
		if n := len(active[i]); n > 0 {
			from := active[i][n-1]
			active[i] = active[i][:n-1]
			bar(i, from, at)
		}
	}
	count := 0
	for _, e := range s.events {
		switch e.kind {
		case "message":
			count++
			y = s.message(&c, e, y, count, len(active[e.from]), len(active[e.to]))
			if e.on {
				start(e.to, y-10)
			}
			if e.off {
				stop(e.from, y-10)
			}
		case "on":
			start(e.from, y-10)
		case "off":
			stop(e.from, y-10)
		case "note":
			y += 4
			nw := e.text.w + 20
			nx := s.actors[e.from].x - nw/2
			switch {
			case e.side == "right":
				nx = s.actors[e.from].x + 14
			case e.side == "left":
				nx = s.actors[e.from].x - 14 - nw
			case e.from != e.to:
				span := s.actors[e.to].x - s.actors[e.from].x + 40
				nw = math.Max(nw, span)
				nx = (s.actors[e.from].x+s.actors[e.to].x)/2 - nw/2
			}
			fmt.Fprintf(&c.front, `<rect class="note" x="%s" y="%s" width="%s" height="%s"/>`, num(nx), num(y), num(nw), num(e.text.h+12))
			text(&c.front, e.text, "", nx+nw/2, y+6+e.text.h/2)
			y += e.text.h + 12 + 16
		case "open":
			y += 4
			frames = append(frames, frame{y, len(frames), e})
			fx := margin + 5*float64(len(frames)-1)
			if e.word != "rect" {
				lw := width(e.word) + 16
				fmt.Fprintf(&c.front, `<path class="tabn" d="M%s %sh%sv12l-7 7h%sZ"/>`, num(fx), num(y), num(lw), num(-(lw - 7)))
				text(&c.front, label{lines: []string{e.word}, w: lw, h: lineHeight}, "boxt", fx+lw/2, y+9)
				if len(e.text.lines) > 0 {
					text(&c.front, e.text, "lab", fx+lw+10+e.text.w/2, y+2+e.text.h/2)
				}
			}
			y += math.Max(24, e.text.h+10) + 6
		case "else":
			f := frames[max(0, len(frames)-1)]
			fx := margin + 5*float64(f.depth)
			fmt.Fprintf(&c.lines, `<path class="life" d="M%s %sH%s"/>`, num(fx), num(y), num(w-fx))
			text(&c.front, e.text, "lab", fx+12+e.text.w/2, y+6+e.text.h/2)
			y += math.Max(12, e.text.h+10) + 10
		case "close":
			f := frames[len(frames)-1]
			frames = frames[:len(frames)-1]
			fx := margin + 5*float64(f.depth)
			fmt.Fprintf(&c.back, `<rect class="box" x="%s" y="%s" width="%s" height="%s" rx="2"/>`, num(fx), num(f.y), num(w-2*fx), num(y-f.y))
			y += 14
		}
	}
	for i := range active {
		for len(active[i]) > 0 {
			stop(i, y)
		}
	}
	y += 6
	var life strings.Builder
	for _, a := range s.actors {
		fmt.Fprintf(&life, `<path class="life" d="M%s %sV%s"/>`, num(a.x), num(top+headHeight), num(y))
		s.head(&c, a, top, headHeight)
	}
	behind := c.back.String()
	c.back.Reset()
	c.back.WriteString(behind + life.String())
	return c.svg(w, y+margin, s.summary())
}

// head draws a participant: a box with the name, under a figure for a person.
func (s *sequence) head(c *canvas, a *actor, top, height float64) {
	if a.person {
		fmt.Fprintf(&c.front, `<circle class="n" cx="%s" cy="%s" r="6"/><path class="e" d="M%s %sv9m-9 -6h18m-9 6l-7 8m7 -8l7 8"/>`, num(a.x), num(top+8), num(a.x), num(top+14))
		text(&c.front, a.text, "", a.x, top+height-a.text.h/2-2)
		return
	}
	w := a.text.w + actorPad
	fmt.Fprintf(&c.front, `<rect class="n" x="%s" y="%s" width="%s" height="%s" rx="3"/>`, num(a.x-w/2), num(top), num(w), num(height))
	text(&c.front, a.text, "", a.x, top+height/2)
}

// message draws one arrow and returns where the next event begins.
func (s *sequence) message(c *canvas, e event, y float64, count, fromBars, toBars int) float64 {
	x1, x2 := s.actors[e.from].x, s.actors[e.to].x
	class := "e"
	if e.dash {
		class = "e dash"
	}
	number := func(at float64) {
		if s.number {
			fmt.Fprintf(&c.front, `<circle class="n dot" cx="%s" cy="%s" r="8"/><text class="no" x="%s" y="%s" text-anchor="middle">%d</text>`, num(x1), num(at), num(x1), num(at+3.6), count)
		}
	}
	if e.from == e.to {
		if toBars > 0 || e.on {
			x1 += 5
		}
		text(&c.front, e.text, "lab", x1+12+loopWidth+e.text.w/2, y+12+e.text.h/4)
		h := math.Max(22, e.text.h)
		fmt.Fprintf(&c.lines, `<path class="%s" d="M%s %sh%sv%sh%s"/>`, class, num(x1), num(y+4), num(loopWidth), num(h), num(-(loopWidth - 6)))
		tip(&c.lines, e.head, x1, y+4+h, -1, 0)
		number(y + 4)
		return y + h + 22
	}
	sign := 1.0
	if x2 < x1 {
		sign = -1
	}
	if fromBars > 0 {
		x1 += sign * 5
	}
	if toBars > 0 || e.on {
		x2 -= sign * 5
	}
	y += e.text.h + 4
	text(&c.front, e.text, "lab", (x1+x2)/2, y-4-e.text.h/2)
	end, begin := x2, x1
	if e.head == ">" {
		end -= sign * 6
	}
	if e.tail == ">" {
		begin += sign * 6
	}
	fmt.Fprintf(&c.lines, `<path class="%s" d="M%s %sH%s"/>`, class, num(begin), num(y), num(end))
	tip(&c.lines, e.head, x2, y, sign, 0)
	tip(&c.lines, e.tail, x1, y, -sign, 0)
	number(y)
	return y + 18
}

func (s *sequence) summary() string {
	out := cmp.Or(s.title, "Sequence") + "."
	name := func(i int) string { return strings.Join(s.actors[i].text.lines, " ") }
	for _, e := range s.events {
		if e.kind != "message" {
			continue
		}
		out += " " + name(e.from) + " to " + name(e.to)
		if len(e.text.lines) > 0 {
			out += ": " + strings.Join(e.text.lines, " ")
		}
		out += "."
		if len(out) > 600 {
			return out + ".."
		}
	}
	return out
}
