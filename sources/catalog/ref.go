package catalog

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/language"
)

// DefaultNamespace is the namespace of an entity that names none.
const DefaultNamespace = "default"

// A Ref names an entity. Two refs are the same entity if their String is equal.
type Ref struct {
	Kind, Namespace, Name string
}

// String returns the canonical form: kind:namespace/name in lower case.
func (r Ref) String() string {
	return lower(r.Kind + ":" + r.Namespace + "/" + r.Name)
}

// IsZero reports that the ref names nothing.
func (r Ref) IsZero() bool { return r == Ref{} }

// Short returns the shortest text that ParseRef reads back as r, given these
// defaults: the kind and the namespace are left out where they are the default.
func (r Ref) Short(defaultKind, defaultNamespace string) string {
	if defaultNamespace == "" {
		defaultNamespace = DefaultNamespace
	}
	s := r.Name
	if !strings.EqualFold(r.Namespace, defaultNamespace) || strings.Contains(r.Name, "/") {
		s = r.Namespace + "/" + s
	}
	if !strings.EqualFold(r.Kind, defaultKind) || strings.Contains(s, ":") && !strings.Contains(s, "/") {
		s = strings.ToLower(r.Kind) + ":" + s
	}
	return s
}

// ParseRef reads a reference of the form [<kind>:][<namespace>/]<name>, as
// Backstage's parseEntityRef does: nothing is trimmed, characters are not
// checked, and further colons and slashes belong to the name. A missing kind
// is defaultKind and an error when that is empty; a missing namespace is
// defaultNamespace, or "default".
func ParseRef(s, defaultKind, defaultNamespace string) (Ref, error) {
	if s == "" {
		return Ref{}, errors.New("the reference is empty")
	}
	colon, slash := strings.IndexByte(s, ':'), strings.IndexByte(s, '/')
	if slash >= 0 && slash < colon {
		colon = -1
	}
	if defaultNamespace == "" {
		defaultNamespace = DefaultNamespace
	}
	r := Ref{Kind: defaultKind, Namespace: defaultNamespace, Name: s[max(colon, slash)+1:]}
	if colon >= 0 {
		r.Kind = s[:colon]
	}
	if slash >= 0 {
		r.Namespace = s[colon+1 : slash]
	}
	switch {
	case colon == 0, slash >= 0 && r.Namespace == "", r.Name == "":
		return Ref{}, fmt.Errorf("%q is not of the form [kind:][namespace/]name", s)
	case r.Kind == "":
		return Ref{}, fmt.Errorf("%q names no kind, as component:%s would", s, s)
	}
	return r, nil
}

// lower is JavaScript's String.toLowerCase, by which refs are compared.
func lower(s string) string {
	upper := false
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return cases.Lower(language.Und).String(s)
		}
		upper = upper || s[i] >= 'A' && s[i] <= 'Z'
	}
	if upper {
		return strings.ToLower(s)
	}
	return s
}
