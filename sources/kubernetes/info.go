package kubernetes

import "cmp"

// ClusterInfo is what the configuration says about a cluster.
type ClusterInfo struct {
	// Name is the cluster's identity: unique, used in URLs and annotations.
	Name string `json:"name"`

	Title       string            `json:"title,omitempty"`       // what to call it; the name if empty
	Region      string            `json:"region,omitempty"`      // for roll-ups by region
	Environment string            `json:"environment,omitempty"` // clusters are compared only inside one environment
	Labels      map[string]string `json:"labels,omitempty"`

	// Context is the kubectl context that suggested commands name. The default is Name.
	Context string `json:"context,omitempty"`

	// Include and Exclude limit the namespaces that are kept. Patterns may
	// contain *. An empty Include means all.
	Include []string `json:"include,omitempty"`
	Exclude []string `json:"exclude,omitempty"`

	// Insecure says that the certificate of the API server is not checked.
	Insecure bool `json:"insecure,omitempty"`
}

func (i ClusterInfo) title() string { return cmp.Or(i.Title, i.Name) }

func (i ClusterInfo) context() string { return cmp.Or(i.Context, i.Name) }

// production reports whether the cluster counts for headlines: its environment
// is production by name, or no environment is given.
func production(environment string) bool {
	switch environment {
	case "", "production", "prod", "live":
		return true
	}
	return false
}

// keeps reports whether objects of the namespace belong to the snapshot.
func (i ClusterInfo) keeps(namespace string) bool {
	for _, p := range i.Exclude {
		if wildcard(p, namespace) {
			return false
		}
	}
	return len(i.Include) == 0 || matchesAny(i.Include, namespace)
}

func matchesAny(patterns []string, name string) bool {
	for _, p := range patterns {
		if wildcard(p, name) {
			return true
		}
	}
	return false
}

// wildcard reports whether name matches the pattern, in which * stands for any
// characters and everything else for itself. It takes linear space and at most
// len(pattern)*len(name) steps.
func wildcard(pattern, name string) bool {
	p, n, star, mark := 0, 0, -1, 0
	for n < len(name) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, n
			p++
		case p < len(pattern) && pattern[p] == name[n]:
			p++
			n++
		case star >= 0:
			mark++
			p, n = star+1, mark
		default:
			return false
		}
	}
	for p < len(pattern) && pattern[p] == '*' {
		p++
	}
	return p == len(pattern)
}
