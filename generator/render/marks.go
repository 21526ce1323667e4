package render

import (
	"fmt"
	"html/template"
	"math"
	"strconv"
	"strings"

	"github.com/portolan-dev/portolan/generator/site"
)

// The drawings of the design, section 4 of its brief. All text in them is
// escaped here; numbers are written with at most two decimals.

// Past so many clusters a hoist has one mark for each region with a count, and
// past the second number it is words.
const (
	hoistMarks   = 24
	hoistRegions = 40
)

// shape returns the path of one mark at x.
func shape(s site.Status, x float64) string {
	switch s {
	case site.OK:
		return "M" + num(x) + " 3.5h7v7h-7z"
	case site.Warn:
		return "M" + num(x) + " 13l3.5-12 3.5 12z"
	case site.Bad:
		return "M" + num(x) + " 0h7l-2.4 7 2.4 7h-7l2.4-7z"
	case site.Run:
		return "M" + num(x) + " 2h2.5v10h-2.5zm4.5 0h2.5v10h-2.5z"
	case site.Unk:
		return "M" + num(x+.6) + " 4.1h5.8v5.8h-5.8zl5.8 5.8"
	default:
		return "M" + num(x+2.7) + " 6.2h1.6v1.6h-1.6z"
	}
}

// markOrder is the order of the paths: the worst is drawn last, on top.
var markOrder = []site.Status{site.Off, site.OK, site.Run, site.Unk, site.Warn, site.Bad}

// A hoistKey is all that a hoist depends on. Most services of a portal look
// the same, so few hoists are drawn.
type hoistKey struct {
	fleet  *site.FleetNames
	states string
}

func (r *Renderer) hoist(h site.Hoist) template.HTML {
	if h.Empty() {
		return ""
	}
	key := hoistKey{h.Fleet, h.States}
	if v, ok := r.hoists.Load(key); ok {
		return v.(template.HTML)
	}
	v := hoist(h)
	r.hoists.Store(key, v)
	return v
}

// hoist draws one mark for each cluster, at most one path for each status.
func hoist(h site.Hoist) template.HTML {
	if h.Empty() {
		return ""
	}
	states, regions := h.States, h.Fleet.Regions
	n := min(len(states), len(regions))
	if n > hoistRegions {
		return template.HTML(`<span class="s">` + esc(h.Label()) + `</span>`)
	}
	type cell struct {
		status site.Status
		x      float64
		count  int
	}
	var cells []cell
	width := 0.0
	if n <= hoistMarks {
		gaps := 0
		for i := range n {
			if i > 0 && regions[i] != regions[i-1] {
				gaps++
			}
			x := float64(9*i + 5*gaps)
			cells = append(cells, cell{status: site.LetterState(states[i]), x: x})
			width = x + 8
		}
	} else {
		for i := 0; i < n; {
			j := i
			for j < n && regions[j] == regions[i] {
				j++
			}
			worst := site.Hoist{States: states[i:j]}.Worst()
			count := strings.Count(states[i:j], string(site.StateLetter(worst)))
			cells = append(cells, cell{status: worst, x: width, count: count})
			width += 30
			i = j
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg class="hoist" width="%s" height="14" role="img" aria-label="%s">`, num(width), esc(h.Label()))
	for _, s := range markOrder {
		d := ""
		for _, c := range cells {
			if c.status == s {
				d += shape(s, c.x)
			}
		}
		if d != "" {
			fmt.Fprintf(&b, `<path class="%s" d="%s"/>`, s, d)
		}
	}
	for _, c := range cells {
		if c.count > 0 {
			fmt.Fprintf(&b, `<text x="%s" y="11">%d</text>`, num(c.x+10), c.count)
		}
	}
	b.WriteString("</svg>")
	return template.HTML(b.String())
}

// legend says what the marks of hoists mean and in which order they stand.
func legend(n *site.FleetNames) template.HTML {
	var b strings.Builder
	b.WriteString(`<p class="legend">`)
	if o := n.Order(); o != "" {
		fmt.Fprintf(&b, `<span class="d">One mark per cluster, always in this order: %s.</span>`, esc(o))
	}
	for _, s := range []site.Status{site.OK, site.Warn, site.Bad, site.Run, site.Unk, site.Off} {
		word := strings.ToLower(s.Word())
		if s == site.Unk {
			word = "unreachable or unknown"
		}
		fmt.Fprintf(&b, `<span class="hoist"><svg aria-hidden="true"><path class="%s" d="%s"/></svg>%s</span>`, s, shape(s, 1), word)
	}
	b.WriteString("</p>")
	return template.HTML(b.String())
}

// bullet draws how many there are between which limits, and how many are wanted.
func bullet(v site.Bullet) template.HTML {
	const width = 200
	scale := v.Scale
	if scale <= 0 {
		scale = math.Max(v.Max, math.Max(v.Now, v.Wanted)) * 1.1
	}
	if scale <= 0 || math.IsNaN(scale) || math.IsInf(scale, 0) {
		return ""
	}
	x := func(n float64) float64 {
		return math.Max(0, math.Min(width, n/scale*width))
	}
	fill := "b-fill"
	switch {
	case v.Max > 0 && v.Now >= v.Max:
		fill = "b-bad"
	case v.Max > 0 && v.Now >= .8*v.Max:
		fill = "b-warn"
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg class="bullet" width="%d" height="16" viewBox="0 0 %d 16" preserveAspectRatio="none" role="img" aria-label="%s">`, width, width, esc(v.Label))
	fmt.Fprintf(&b, `<rect class="b-track" y="7" width="%s" height="2"/>`, num(x(v.Max)))
	if v.Max > v.Min {
		fmt.Fprintf(&b, `<rect class="b-lo" x="%s" y="2" width="%s" height="12"/>`, num(x(v.Min)), num(x(v.Max)-x(v.Min)))
	}
	fmt.Fprintf(&b, `<rect class="%s" y="5" width="%s" height="6"/>`, fill, num(x(v.Now)))
	if v.Wanted > 0 {
		fmt.Fprintf(&b, `<path class="b-tick" d="M%s 1.5v13"/>`, num(x(v.Wanted)))
	}
	if v.Max > 0 {
		fmt.Fprintf(&b, `<path class="b-cap" d="M%s 0v16"/>`, num(x(v.Max)))
	}
	b.WriteString("</svg>")
	return template.HTML(b.String())
}

// spark draws values over time; nothing if there are fewer than two.
func spark(v site.Spark) template.HTML {
	const width, height = 72, 16
	if len(v.Values) < 2 {
		return ""
	}
	lo, hi := v.Values[0], v.Values[0]
	for _, y := range v.Values {
		lo, hi = math.Min(lo, y), math.Max(hi, y)
	}
	if v.Limit > 0 {
		lo, hi = math.Min(lo, 0), math.Max(hi, v.Limit) // how near the limit is can be seen
	}
	if hi == lo {
		hi = lo + 1
	}
	y := func(n float64) string { return num(height - 1 - (n-lo)/(hi-lo)*(height-2.5)) }
	var b strings.Builder
	fmt.Fprintf(&b, `<svg class="spark" width="%d" height="%d" viewBox="0 0 %d %d" role="img" aria-label="%s">`, width, height, width, height, esc(v.Label))
	if v.Limit > 0 {
		fmt.Fprintf(&b, `<path class="lim" d="M0 %sH%d"/>`, y(v.Limit), width)
	}
	b.WriteString(`<path d="`)
	for i, n := range v.Values {
		op := "L"
		if i == 0 {
			op = "M"
		}
		b.WriteString(op + num(float64(i)*width/float64(len(v.Values)-1)) + " " + y(n))
	}
	fmt.Fprintf(&b, `"/><circle cx="%d" cy="%s" r="2"/></svg>`, width, y(v.Values[len(v.Values)-1]))
	return template.HTML(b.String())
}

// num writes a coordinate with at most two decimals.
func num(f float64) string {
	return strconv.FormatFloat(math.Round(f*100)/100, 'f', -1, 64)
}
