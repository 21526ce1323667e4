package catalog

import (
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

// A Policy says which kinds may come from where, like Backstage's
// catalog.rules: an entity is allowed if one rule allows it. A nil Policy
// allows everything.
type Policy struct {
	Rules []PolicyRule
}

// BackstagePolicy is what Backstage allows when nothing is configured.
func BackstagePolicy() *Policy {
	return &Policy{Rules: []PolicyRule{{Allow: []AllowedKind{{Kind: "Component"}, {Kind: "API"}, {Kind: "Location"}}}}}
}

// A PolicyRule allows kinds, everywhere or from some locations.
type PolicyRule struct {
	Allow     []AllowedKind
	Locations []PolicyLocation // nil means everywhere; empty but not nil means nowhere
}

// An AllowedKind is compared without case. Type, if set, is that of spec.type.
type AllowedKind struct {
	Kind, Type string
}

// A PolicyLocation matches the location that brought an entity in, that is the
// file at the root of a chain of Location entities.
type PolicyLocation struct {
	Type    string // "url", or "file" for a folder without a remote
	Exact   string // the target: the file's URL, or the folder's name and the path in it; or
	Pattern string // a glob for it, compared without case
}

// Allowed reports whether an entity of a kind and a spec.type may come from a
// location.
func (p *Policy) Allowed(kind, specType, locationType, locationTarget string) bool {
	if p == nil {
		return true
	}
	return slices.ContainsFunc(p.Rules, func(r PolicyRule) bool {
		if r.Locations != nil && !slices.ContainsFunc(r.Locations, func(l PolicyLocation) bool {
			return l.matches(locationType, locationTarget)
		}) {
			return false
		}
		return slices.ContainsFunc(r.Allow, func(a AllowedKind) bool {
			return lower(a.Kind) == lower(kind) && (a.Type == "" || lower(a.Type) == lower(specType))
		})
	})
}

func (l PolicyLocation) matches(typ, target string) bool {
	switch {
	case l.Type != typ:
		return false
	case l.Exact != "" && l.Exact != target:
		return false
	case l.Pattern != "":
		return matchTarget(strings.ToLower(l.Pattern), strings.ToLower(target))
	}
	return true
}

// matchTarget matches like minimatch: a leading ! turns the pattern round, and
// a closing /** needs the slash.
func matchTarget(pattern, target string) bool {
	if p, not := strings.CutPrefix(pattern, "!"); not {
		return !matchTarget(p, target)
	}
	if p, ok := strings.CutSuffix(pattern, "/**"); ok && !strings.HasPrefix(target, p+"/") && !strings.ContainsAny(p, "*?[{\\") {
		return false
	}
	ok, err := doublestar.Match(pattern, target)
	return err == nil && ok
}
