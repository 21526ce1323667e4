package kubernetes

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// FindingsJSON returns the contract's findings.json: every finding, claimed by
// an entity or not, worst first.
//
//	[{rule, severity, category, cluster, ref:{kind,namespace,name}, container?, init?, cause?, since?, title, text, says?, commands[], entities:[refs]}]
func (f *Fleet) FindingsJSON() ([]byte, error) { return lines(f.Findings) }

// IncidentsJSON returns the contract's incidents.json: findings grouped by root
// cause over pods and clusters, worst first.
func (f *Fleet) IncidentsJSON() ([]byte, error) { return lines(f.Incidents) }

// JSON returns the contract's JSON of one service over all clusters.
func (s *Service) JSON() ([]byte, error) {
	b, err := json.Marshal(s)
	if err != nil {
		return nil, fmt.Errorf("service %s: %w", s.Ref, err)
	}
	return append(b, '\n'), nil
}

// lines writes a list as JSON with one item a line, so that a change of one
// item changes one line.
func lines[T any](list []T) ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('[')
	for i := range list {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('\n')
		item, err := json.Marshal(&list[i])
		if err != nil {
			return nil, err
		}
		b.Write(item)
	}
	b.WriteString("\n]\n")
	return b.Bytes(), nil
}
