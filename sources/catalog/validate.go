package catalog

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"github.com/portolan-dev/portolan/sources/diag"
	"github.com/portolan-dev/portolan/sources/yamldoc"
)

// A Verdict says what became of a document.
type Verdict string

// The verdicts.
const (
	Accepted Verdict = "accepted"
	Rejected Verdict = "rejected"
	Skipped  Verdict = "skipped" // an empty document
)

// A Class says why a document was rejected. It is also the rule id of the
// diagnostics. The checks run in this order, as Backstage's do, and only the
// first one that fails is reported.
type Class string

// The classes.
const (
	YAMLSyntax     Class = yamldoc.RuleSyntax
	YAMLAlias      Class = yamldoc.RuleAlias
	YAMLLimit      Class = yamldoc.RuleLimit
	YAMLEncoding   Class = yamldoc.RuleEncoding
	Empty          Class = "empty" // of a skipped document
	NotAnObject    Class = "not-an-object"
	Envelope       Class = "envelope"
	NotAllowed     Class = "not-allowed"
	BadPlaceholder Class = "placeholder"
	BadSchema      Class = "schema"
	RootField      Class = "root-field"
	FieldFormat    Class = "field-format"
	KindSchema     Class = "kind-schema"
	UnknownKind    Class = "unknown-kind"
	LocationType   Class = "location-type"
	LocationTarget Class = "location-target"
	RelationRef    Class = "relation-ref"
	CaseConflict   Class = "case-conflict"
)

// A rejection is why a document is no entity.
type rejection struct {
	class    Class
	severity diag.Severity
	problems []problem
}

func reject(class Class, problems ...problem) *rejection {
	return &rejection{class: class, severity: diag.Error, problems: problems}
}

func at(n *yamldoc.Node, message, hint string) problem {
	return problem{line: n.Line, column: n.Column, message: message, hint: hint}
}

func atKey(f *yamldoc.Field, message, hint string) problem {
	return problem{line: f.Line, column: f.Column, message: message, hint: hint}
}

// checkEnvelope makes sure that a document can be named.
func checkEnvelope(n *yamldoc.Node) *rejection {
	if n.Kind != yamldoc.Map {
		return reject(NotAnObject, notAnObject(n))
	}
	var c checker
	c.check(n, envelopeShape, "", n.Line, n.Column)
	if len(c.problems) > 0 {
		return reject(Envelope, c.problems...)
	}
	if f := n.Field("metadata").Value.Field("annotations"); f != nil && !falsy(f.Value) && f.Value.Kind != yamldoc.Map {
		return reject(Envelope, at(f.Value, "metadata.annotations must be a mapping, but is "+describe(f.Value),
			repair(f.Value, &shape{kind: mapping})))
	}
	return nil
}

func notAnObject(n *yamldoc.Node) problem {
	hint := "an entity begins with apiVersion, kind and metadata"
	text := n.Str()
	switch {
	case strings.HasPrefix(text, "version https://git-lfs"):
		return at(n, "the file is a Git LFS pointer, not the file itself", "fetch the repository with Git LFS, or store the file without it")
	case strings.HasPrefix(strings.ToLower(text), "<!doctype") || strings.HasPrefix(text, "<html"):
		return at(n, "the file is a web page, not a descriptor", "look whether the page asks for a login")
	case n.Kind == yamldoc.List:
		hint = "write one document for each entity and separate them with ---"
	}
	return at(n, "the document must be a mapping, but is "+describe(n), hint)
}

// falsy reports what JavaScript takes for false.
func falsy(n *yamldoc.Node) bool {
	switch n.Kind {
	case yamldoc.Null:
		return true
	case yamldoc.Bool:
		return !n.Bool
	case yamldoc.Int:
		return n.Int == 0
	case yamldoc.Float:
		return n.Float == 0
	case yamldoc.String:
		return n.Text == ""
	}
	return false
}

// checkEntity runs the checks that need nothing but the document.
func checkEntity(n *yamldoc.Node, kinds map[string]*kindRule) *rejection {
	var c checker
	c.check(n, entityShape, "", n.Line, n.Column)
	if len(c.problems) > 0 {
		return reject(BadSchema, c.problems...)
	}
	for _, key := range []string{"relations", "status"} {
		if f := n.Field(key); f != nil {
			return reject(RootField, atKey(f, "the field "+key+" is filled in by the catalog", "remove it"))
		}
	}
	checkFormats(&c, n)
	if len(c.problems) > 0 {
		return reject(FieldFormat, c.problems...)
	}
	return checkKind(&c, n, kinds)
}

const (
	nameWanted      = "a name has letters, digits, - _ and . with a letter or digit at both ends, at most 63 characters"
	namespaceWanted = "a namespace has lower-case letters, digits and inner dashes, at most 63 characters"
	keyWanted       = "a key is name or prefix/name: the prefix a lower-case domain name, the name with letters, digits, - _ and ., at most 63 characters"
	tagWanted       = "a tag has lower-case letters, digits, : + and #, joined by single dashes, at most 63 characters"
)

// checkFormats is Backstage's FieldFormatEntityPolicy.
func checkFormats(c *checker, n *yamldoc.Node) {
	if v := n.Get("apiVersion"); !validAPIVersion(v.Text) {
		c.add(v.Line, v.Column, fmt.Sprintf("apiVersion cannot be %q", cut(v.Text)), hintOr(diag.DidYouMean(v.Text, append(templateVersions, coreVersions...)), "it is backstage.io/v1alpha1 for most kinds"))
		c.mend(v.Text, diag.Slip(v.Text, append(templateVersions, coreVersions...)))
	}
	if v := n.Get("kind"); !validKind(v.Text) {
		c.add(v.Line, v.Column, fmt.Sprintf("kind cannot be %q", cut(v.Text)), hintOr(diag.DidYouMean(v.Text, kindNames), "use letters and digits, with a letter in front, at most 63 characters"))
		c.mend(v.Text, diag.Slip(v.Text, kindNames))
	}
	meta := n.Get("metadata")
	if v := meta.Get("name"); !validName(v.Text) {
		c.add(v.Line, v.Column, fmt.Sprintf("metadata.name cannot be %q", cut(v.Text)), nameHint(v.Text, nameWanted, validName, sanitizeName))
	}
	if v := meta.Get("namespace"); v != nil && !validNamespace(v.Text) {
		c.add(v.Line, v.Column, fmt.Sprintf("metadata.namespace cannot be %q", cut(v.Text)), nameHint(v.Text, namespaceWanted, validNamespace, sanitizeNamespace))
		if low := strings.ToLower(v.Text); validNamespace(low) {
			c.mend(v.Text, low)
		}
	}
	if m := meta.Get("labels"); m != nil {
		for i := range m.Fields {
			f := &m.Fields[i]
			if !validKey(f.Key) {
				c.add(f.Line, f.Column, fmt.Sprintf("%q cannot be the key of a label", cut(f.Key)), keyWanted)
			}
			if !validLabelValue(f.Value.Text) {
				c.add(f.Value.Line, f.Value.Column, fmt.Sprintf("the label %s cannot be %q", cut(f.Key), cut(f.Value.Text)), "the value of a label is like a name; anything else fits an annotation")
			}
		}
	}
	if m := meta.Get("annotations"); m != nil {
		for i := range m.Fields {
			if f := &m.Fields[i]; !validKey(f.Key) {
				c.add(f.Line, f.Column, fmt.Sprintf("%q cannot be the key of an annotation", cut(f.Key)), keyWanted)
			}
		}
	}
	if l := meta.Get("tags"); l != nil {
		for i, v := range l.Items {
			if !validTag(v.Text) {
				c.add(v.Line, v.Column, fmt.Sprintf("metadata.tags[%d] cannot be %q", i, cut(v.Text)), nameHint(v.Text, tagWanted, validTag, sanitizeTag))
				if low := strings.ToLower(v.Text); validTag(low) {
					c.mend(v.Text, low)
				}
			}
		}
	}
	if l := meta.Get("links"); l != nil {
		for i, link := range l.Items {
			if v := link.Get("url"); !ValidURL(v.Text) {
				hint := "write the whole address, such as https://example.com/page"
				if ValidURL("https://"+v.Text) && strings.Contains(v.Text, ".") && !strings.HasPrefix(v.Text, ".") {
					hint = fmt.Sprintf("did you mean %q?", "https://"+strings.TrimLeft(v.Text, "/"))
				}
				c.add(v.Line, v.Column, fmt.Sprintf("metadata.links[%d].url is no URL: %q", i, cut(v.Text)), hint)
			}
			for _, key := range []string{"title", "icon"} {
				if v := link.Get(key); v != nil && !validText(v.Text) {
					c.add(v.Line, v.Column, fmt.Sprintf("metadata.links[%d].%s is blank", i, key), "give it a text or remove the line")
				}
			}
		}
	}
}

func hintOr(hint, otherwise string) string {
	if hint != "" {
		return hint
	}
	return otherwise
}

// nameHint proposes a name that is allowed, where one is near.
func nameHint(s, wanted string, valid func(string) bool, sanitize func(string) string) string {
	if strings.Contains(s, "${{") || strings.Contains(s, "{{") {
		return "this looks like a template that was not filled in; leave the file out of the catalog"
	}
	if t := sanitize(s); t != s && valid(t) {
		return fmt.Sprintf("did you mean %q? %s", t, wanted)
	}
	return wanted
}

// sanitizeName returns s with what a name cannot hold turned into dashes. A
// text with letters of other scripts stays, because nobody can tell how its
// author would write it.
func sanitizeName(s string) string {
	var b strings.Builder
	for _, r := range strings.TrimSpace(s) {
		switch {
		case r < 0x80 && (isAlnum(byte(r)) || r == '-' || r == '_' || r == '.'):
			b.WriteRune(r)
		case r >= 0x80 && (unicode.IsLetter(r) || unicode.IsMark(r)):
			return s
		case unicode.Is(unicode.Cf, r): // invisible
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	return strings.Trim(b.String(), "-_.")
}

func sanitizeNamespace(s string) string {
	return strings.Trim(strings.Map(func(r rune) rune {
		if r == '_' || r == '.' {
			return '-'
		}
		return r
	}, strings.ToLower(sanitizeName(s))), "-")
}

func sanitizeTag(s string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(strings.TrimSpace(s)) {
		switch {
		case r < 0x80 && (isLowerAlnum(byte(r)) || r == ':' || r == '+' || r == '#'):
			b.WriteRune(r)
		case strings.ContainsRune(" _-./", r) && b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	return strings.TrimRight(b.String(), "-")
}

var kindNames = []string{"Component", "API", "Resource", "System", "Domain", "Group", "User", "Location", "Template"}

// checkKind finds the kind and compares spec with what it asks for. Kinds are
// compared exactly; of a kind that is known under another apiVersion nothing
// else is checked, as nobody could say what it means.
func checkKind(c *checker, n *yamldoc.Node, kinds map[string]*kindRule) *rejection {
	kind, version := n.Get("kind"), n.Get("apiVersion")
	k := kinds[kind.Text]
	switch {
	case k == nil:
		r := reject(UnknownKind, at(kind, fmt.Sprintf("the kind %q of %s is not known", cut(kind.Text), cut(version.Text)), ""))
		hint := diag.DidYouMean(kind.Text, kindNames)
		switch {
		case hint != "":
			if strings.EqualFold(hint[len(`did you mean "`):len(hint)-2], kind.Text) {
				hint += " kinds are compared letter by letter"
			}
		case strings.HasPrefix(version.Text, "backstage.io/"):
			hint = "known are " + strings.Join(kindNames, ", ") + "; an own kind is named in the configuration, under catalog.kinds"
			r.severity = diag.Warning
		default:
			hint = "the document is left out; if it belongs into the catalog, name its kind in the configuration, under catalog.kinds"
			r.severity = diag.Warning
		}
		r.problems[0].hint = hint
		r.problems[0] = r.problems[0].mended(kind.Text, diag.Slip(kind.Text, slices.Sorted(maps.Keys(kinds))))
		return r
	case !k.accepts(version.Text):
		r := reject(UnknownKind, at(version, fmt.Sprintf("%s is not known in the apiVersion %q", k.name, cut(version.Text)), ""))
		r.problems[0].hint = "write " + k.apiVersions[0]
		r.problems[0] = r.problems[0].mended(version.Text, diag.Slip(version.Text, k.apiVersions))
		if group, _, _ := strings.Cut(version.Text, "/"); !strings.HasSuffix(group, "backstage.io") && diag.Suggest(version.Text, k.apiVersions) == "" {
			r.severity = diag.Warning
			r.problems[0].hint += ", or name the kind in the configuration, under catalog.kinds"
		}
		return r
	}
	spec := n.Field("spec")
	if spec == nil {
		if k.specNeeded {
			return reject(KindSchema, atKey(n.Field("kind"), k.name+" needs a spec", specHint(k)))
		}
		return nil
	}
	c.check(spec.Value, k.spec, "spec", spec.Line, spec.Column)
	if len(c.problems) > 0 {
		return reject(KindSchema, c.problems...)
	}
	return nil
}

func specHint(k *kindRule) string {
	if len(k.spec.required) == 0 {
		return "add the field spec"
	}
	return "add the field spec with " + strings.Join(k.spec.required, ", ")
}

// sorted lists the fields of spec that Backstage sorts.
var sorted = []string{"providesApis", "consumesApis", "dependsOn", "dependencyOf", "memberOf", "children", "members"}

// sortLists returns n with these fields in order, where all items are texts.
func sortLists(n *yamldoc.Node) *yamldoc.Node {
	spec := n.Field("spec")
	if spec == nil || spec.Value.Kind != yamldoc.Map {
		return n
	}
	out := n
	for i := range spec.Value.Fields {
		f := &spec.Value.Fields[i]
		if f.Value.Kind != yamldoc.List || !slices.Contains(sorted, f.Key) || inOrder(f.Value.Items) {
			continue
		}
		items := slices.Clone(f.Value.Items)
		slices.SortStableFunc(items, func(a, b *yamldoc.Node) int { return compareUTF16(a.Text, b.Text) })
		if out == n {
			out = withField(n, "spec", clone(spec.Value))
			spec = out.Field("spec")
		}
		l := *f.Value
		l.Items = items
		spec.Value.Fields[i].Value = &l
	}
	return out
}

// inOrder reports that nothing has to be sorted, also because an item is no text.
func inOrder(items []*yamldoc.Node) bool {
	order := true
	for i, it := range items {
		if it.Kind != yamldoc.String {
			return true
		}
		order = order && (i == 0 || compareUTF16(items[i-1].Text, it.Text) <= 0)
	}
	return order
}

// clone returns a map that shares its values with n.
func clone(n *yamldoc.Node) *yamldoc.Node {
	c := *n
	c.Fields = slices.Clone(n.Fields)
	return &c
}

// withField returns n with another value at key, which must exist.
func withField(n *yamldoc.Node, key string, v *yamldoc.Node) *yamldoc.Node {
	c := clone(n)
	c.Field(key).Value = v
	return c
}

// without returns n without some of its keys.
func without(n *yamldoc.Node, keys ...string) *yamldoc.Node {
	c := *n
	c.Fields = slices.DeleteFunc(slices.Clone(n.Fields), func(f yamldoc.Field) bool { return slices.Contains(keys, f.Key) })
	return &c
}

// FNV-1a, by which paths are compared without being built.
const (
	fnvStart uint64 = 14695981039346656037
	fnvPrime uint64 = 1099511628211
)

func fnv(h uint64, s string) uint64 {
	for i := 0; i < len(s); i++ {
		h = (h ^ uint64(s[i])) * fnvPrime
	}
	return h
}

// A caseChecker makes sure that no two paths of an entity differ only in case:
// Backstage cannot store such an entity (buildEntitySearch). The paths of a
// list's items are that of the list, and text items add themselves to it once.
// Paths are compared by their hashes.
type caseChecker struct {
	seen         map[uint64]uint64 // hash of the path in lower case -> hash of the path
	items        map[uint64]bool   // of the paths that texts in lists added
	key          string
	line, column int
}

func (k *caseChecker) check(n *yamldoc.Node) *rejection {
	if k.seen == nil {
		k.seen, k.items = make(map[uint64]uint64, 64), make(map[uint64]bool, 16)
	}
	clear(k.seen)
	clear(k.items)
	// These are not visited, but their names are taken.
	for _, key := range []string{"metadata.name", "metadata.namespace", "metadata.uid"} {
		h := fnv(fnvStart, key)
		k.seen[h] = h
	}
	if k.visit(n, "", fnvStart, fnvStart, nil, 0) {
		return nil
	}
	return reject(CaseConflict, problem{line: k.line, column: k.column,
		message: fmt.Sprintf("%q differs only in case from another key at the same place", cut(k.key)), hint: "keep one of the two"})
}

func (k *caseChecker) note(raw, low uint64, key string, line, column int) bool {
	if have, ok := k.seen[low]; ok && have != raw {
		k.key, k.line, k.column = key, line, column
		return false
	}
	k.seen[low] = raw
	return true
}

// visit returns false at the first conflict. depth counts the keys of the path.
func (k *caseChecker) visit(n *yamldoc.Node, key string, raw, low uint64, at *yamldoc.Field, depth int) bool {
	switch n.Kind {
	case yamldoc.Map:
		for i := range n.Fields {
			f := &n.Fields[i]
			if depth == 0 && (f.Key == "attachments" || f.Key == "relations" || f.Key == "status") ||
				depth == 1 && key == "metadata" && (f.Key == "name" || f.Key == "namespace" || f.Key == "uid" || f.Key == "etag") {
				continue
			}
			r, l := raw, low
			if depth > 0 {
				r, l = fnv(r, "."), fnv(l, ".")
			}
			if !k.visit(f.Value, f.Key, fnv(r, f.Key), fnv(l, lower(f.Key)), f, depth+1) {
				return false
			}
		}
		return true
	case yamldoc.List:
		for _, it := range n.Items {
			if !k.visit(it, key, raw, low, at, depth) {
				return false
			}
			if it.Kind != yamldoc.String {
				continue
			}
			l := fnv(fnv(low, "."), lower(it.Text))
			if k.items[l] {
				continue
			}
			k.items[l] = true
			if !k.note(fnv(fnv(raw, "."), it.Text), l, it.Text, it.Line, it.Column) {
				return false
			}
		}
		return true
	}
	if at == nil {
		return true
	}
	return k.note(raw, low, key, at.Line, at.Column)
}
