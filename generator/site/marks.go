package site

import (
	"fmt"
	"strings"

	"github.com/portolan-dev/portolan/sources/kubernetes"
)

// The values behind the small drawings of the design. Package render draws
// them: {{hoist .Hoist}}, {{mast .Mast}}, {{bullet .Bullet}}, {{spark .Spark}}.
// Words and labels are made here, in one place each, so that no two pages can
// say different things of the same state.

// A Hoist is the state of something in every cluster: one mark for each, always
// in the order of the configuration.
type Hoist struct {
	Fleet  *FleetNames
	States string // one letter for each cluster, see StateLetter; empty: nothing to show
}

// FleetNames are the names of the clusters and where a new region begins. All
// hoists of a portal share one.
type FleetNames struct {
	Clusters []string
	Regions  []string // of each cluster
	Titles   []string // of each cluster, what people call it
}

// StateLetter is how one status is written in Hoist.States and catalog.json.
func StateLetter(s Status) byte {
	switch s {
	case OK:
		return 'o'
	case Warn:
		return 'w'
	case Bad:
		return 'b'
	case Run:
		return 'p'
	case Unk:
		return 'u'
	default:
		return '-'
	}
}

// LetterState is the reverse of StateLetter.
func LetterState(c byte) Status {
	switch c {
	case 'o':
		return OK
	case 'w':
		return Warn
	case 'b':
		return Bad
	case 'p':
		return Run
	case 'u':
		return Unk
	default:
		return Off
	}
}

// FleetNamesOf returns the clusters of the portal in their order.
func FleetNamesOf(p *Portal) *FleetNames {
	n := &FleetNames{}
	if p.Fleet == nil {
		return n
	}
	for _, c := range p.Fleet.Clusters {
		title := c.Title
		if title == "" {
			title = c.Name
		}
		n.Clusters = append(n.Clusters, c.Name)
		n.Regions = append(n.Regions, c.Region)
		n.Titles = append(n.Titles, title)
	}
	return n
}

// HoistOf returns the marks of one service; no marks if it runs nowhere.
func HoistOf(names *FleetNames, s *kubernetes.Service) Hoist {
	h := Hoist{Fleet: names}
	if s == nil || len(s.Placements) == 0 || len(names.Clusters) == 0 {
		return h
	}
	states := []byte(strings.Repeat("-", len(names.Clusters)))
	for _, p := range s.Placements {
		for i, c := range names.Clusters {
			if c == p.Cluster {
				states[i] = StateLetter(PlacementStatus(p))
			}
		}
	}
	h.States = string(states)
	return h
}

// PlacementStatus returns how a placement is shown. What was last seen before
// its cluster was lost is unknown now.
func PlacementStatus(p kubernetes.Placement) Status {
	if p.Stale {
		return Unk
	}
	return StatusOf(p.Health)
}

// Empty says that there is nothing to draw.
func (h Hoist) Empty() bool { return h.Fleet == nil || strings.Trim(h.States, "-") == "" }

// Label says the marks in words: "1 broken (us-2), 2 degraded (us-1, ap-4), 9
// healthy". Healthy clusters are counted, not named.
func (h Hoist) Label() string {
	var parts []string
	for _, s := range []Status{Bad, Warn, Run, Unk, OK} {
		var names []string
		n := 0
		for i := range len(h.States) {
			if LetterState(h.States[i]) != s {
				continue
			}
			n++
			if h.Fleet != nil && i < len(h.Fleet.Clusters) {
				names = append(names, h.Fleet.Clusters[i])
			}
		}
		switch {
		case n == 0:
		case s == OK || len(names) > 6 || len(names) == 0:
			parts = append(parts, fmt.Sprintf("%d %s", n, strings.ToLower(s.Word())))
		default:
			parts = append(parts, fmt.Sprintf("%d %s (%s)", n, strings.ToLower(s.Word()), strings.Join(names, ", ")))
		}
	}
	if len(parts) == 0 {
		return "not deployed"
	}
	return strings.Join(parts, ", ")
}

// Worst returns the worst status of the marks.
func (h Hoist) Worst() Status {
	for _, s := range []Status{Bad, Warn, Unk, Run, OK} {
		if strings.IndexByte(h.States, StateLetter(s)) >= 0 {
			return s
		}
	}
	return Off
}

// Order says in words which mark is which cluster: "eu-1–5, us-1–5, ap-1–4".
func (n *FleetNames) Order() string {
	if n == nil {
		return ""
	}
	var parts []string
	for i := 0; i < len(n.Clusters); {
		j := i + 1
		for j < len(n.Clusters) && n.Regions[j] == n.Regions[i] {
			j++
		}
		parts = append(parts, span(n.Clusters[i:j]))
		i = j
	}
	return strings.Join(parts, ", ")
}

// span shortens names that only count up: eu-1, eu-2, eu-3 is "eu-1–3".
func span(names []string) string {
	if len(names) < 3 {
		return strings.Join(names, ", ")
	}
	stem := strings.TrimRight(names[0], "0123456789")
	first := strings.TrimPrefix(names[0], stem)
	for i, name := range names {
		var at int
		if _, err := fmt.Sscanf(first, "%d", &at); err != nil || name != fmt.Sprintf("%s%d", stem, at+i) {
			return strings.Join(names, ", ")
		}
	}
	last := names[len(names)-1]
	return names[0] + "–" + strings.TrimPrefix(last, stem)
}

// A Mast is a hoist with words: the state of one service in each cluster.
type Mast struct {
	Regions []MastRegion
}

// A MastRegion is a group of clusters.
type MastRegion struct {
	Name  string
	Cells []MastCell
}

// A MastCell is one cluster.
type MastCell struct {
	Cluster string
	Status  Status
	Word    string // of the status; "Unreachable" where the cluster is lost
	Text    string // "24/24", "not here"
	URL     string // empty: no link
}

// MastOf returns the state of a service in each cluster; base is the URL of the
// page that has one row, with the cluster's name as anchor, for each of them.
func MastOf(names *FleetNames, s *kubernetes.Service, base string) Mast {
	var m Mast
	for i, c := range names.Clusters {
		if i == 0 || names.Regions[i] != names.Regions[i-1] {
			m.Regions = append(m.Regions, MastRegion{Name: names.Regions[i]})
		}
		cell := MastCell{Cluster: names.Titles[i], Status: Off, Word: Off.Word(), Text: "not here"}
		if s != nil {
			for _, p := range s.Placements {
				if p.Cluster != c {
					continue
				}
				cell.Status = PlacementStatus(p)
				cell.Word = cell.Status.Word()
				if p.Stale {
					cell.Word = "Unreachable"
				}
				cell.Text = fmt.Sprintf("%d/%d", p.Ready, p.Want)
				cell.URL = base + "#" + c
			}
		}
		r := &m.Regions[len(m.Regions)-1]
		r.Cells = append(r.Cells, cell)
	}
	return m
}

// A Bullet is a bar with limits: how many there are, how many are wanted, and
// between which limits that may move.
type Bullet struct {
	Now, Wanted float64
	Min, Max    float64
	Scale       float64 // the value at the right end; 0: a little more than the largest of the others
	Label       string  // the sentence for those who do not see it
}

// A Spark is a line over time with an optional limit.
type Spark struct {
	Values []float64
	Limit  float64 // 0: none
	Label  string
}
