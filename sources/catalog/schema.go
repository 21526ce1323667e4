package catalog

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/portolan-dev/portolan/sources/diag"
	"github.com/portolan-dev/portolan/sources/yamldoc"
)

// A shape is the part of JSON Schema that Backstage's descriptor schemas use.
// The zero shape accepts everything, null included.
type shape struct {
	kind     shapeKind
	min      bool              // text must not be empty
	enum     []string          // the only texts that are allowed
	required []string          // keys that must be there
	fields   map[string]*shape // what is known of a map; other keys are as rest says
	rest     *shape            // of the keys that fields does not name; nil is anything
	named    bool              // rest is not about the empty key
	closed   bool              // no other keys than those of fields
	items    *shape            // of a list
	example  string            // a value, for the hint of a missing field
}

type shapeKind uint8

const (
	anything shapeKind = iota
	text
	textOrBool
	list
	mapping
	mapOrMaps // a map, or a list of maps
)

func (k shapeKind) String() string {
	switch k {
	case text:
		return "text"
	case textOrBool:
		return "text, true or false"
	case list:
		return "a list"
	case mapping:
		return "a mapping"
	case mapOrMaps:
		return "a mapping or a list of mappings"
	}
	return "anything"
}

// A problem is one reason to reject a document.
type problem struct {
	line, column  int
	message, hint string
	fix           diag.Fix
}

// mended returns the problem with a fix, unless there is none.
func (p problem) mended(old, by string) problem {
	if by != "" && by != old {
		p.fix = diag.Fix{Old: old, New: by}
	}
	return p
}

// maxProblems bounds how many reasons one document gets.
const maxProblems = 20

// A checker collects what is wrong with one document.
type checker struct {
	problems []problem
}

func (c *checker) add(line, column int, message, hint string) {
	if len(c.problems) < maxProblems {
		c.problems = append(c.problems, problem{line: line, column: column, message: message, hint: hint})
	}
}

// mend gives the problem that was added last a fix.
func (c *checker) mend(old, by string) {
	if n := len(c.problems); n > 0 && n < maxProblems {
		c.problems[n-1] = c.problems[n-1].mended(old, by)
	}
}

// check compares n, which has the name path and whose key stands at the given
// place, with s.
func (c *checker) check(n *yamldoc.Node, s *shape, path string, line, column int) {
	if s == nil || s.kind == anything {
		return
	}
	if n.Kind == yamldoc.Null {
		c.add(line, column, path+" has no value", "give it "+s.wanted()+", or remove the line")
		return
	}
	ok := false
	switch s.kind {
	case text:
		ok = n.Kind == yamldoc.String
	case textOrBool:
		ok = n.Kind == yamldoc.String || n.Kind == yamldoc.Bool
	case list:
		ok = n.Kind == yamldoc.List
	case mapping:
		ok = n.Kind == yamldoc.Map
	case mapOrMaps:
		ok = n.Kind == yamldoc.Map || n.Kind == yamldoc.List
	}
	if !ok {
		c.add(n.Line, n.Column, fmt.Sprintf("%s must be %s, but is %s", path, s.kind, describe(n)), repair(n, s))
		c.mend(n.Text, quotedOrListed(n, s))
		return
	}
	switch n.Kind {
	case yamldoc.String:
		switch {
		case s.min && n.Text == "":
			c.add(n.Line, n.Column, path+" is empty", "give it "+s.wanted()+", or remove the line")
		case s.enum != nil && !slices.Contains(s.enum, n.Text):
			hint := diag.DidYouMean(n.Text, s.enum)
			if hint == "" {
				hint = "it is one of " + strings.Join(s.enum, ", ")
			}
			c.add(n.Line, n.Column, fmt.Sprintf("%s cannot be %q", path, cut(n.Text)), hint)
			c.mend(n.Text, diag.Slip(n.Text, s.enum))
		}
	case yamldoc.List:
		items := s.items
		if items == nil {
			return
		}
		for i, it := range n.Items {
			if len(c.problems) >= maxProblems {
				return
			}
			if items.kind == text && it.Kind == yamldoc.String && (it.Text != "" || !items.min) {
				continue // by far the most common case, without a name for it
			}
			c.check(it, items, fmt.Sprintf("%s[%d]", path, i), it.Line, it.Column)
		}
	case yamldoc.Map:
		c.fields(n, s, path, line, column)
	}
}

func (c *checker) fields(n *yamldoc.Node, s *shape, path string, line, column int) {
	for _, key := range s.required {
		if n.Field(key) == nil {
			c.missing(n, s, path, key, line, column)
		}
	}
	for i := range n.Fields {
		f := &n.Fields[i]
		sub, known := s.fields[f.Key]
		if !known {
			if s.closed {
				hint := diag.DidYouMean(f.Key, s.keys())
				if hint == "" {
					hint = fmt.Sprintf("only %s stand here; move it below metadata or spec", strings.Join(s.keys(), ", "))
				}
				c.add(f.Line, f.Column, fmt.Sprintf("%s is no field that stands here", join(path, f.Key)), hint)
				if near := diag.Slip(f.Key, s.keys()); n.Field(near) == nil {
					c.mend(f.Key, near)
				}
				continue
			}
			sub = s.rest
			if f.Key == "" && s.named {
				continue
			}
		}
		if sub == nil || sub.kind == anything ||
			sub.kind == text && f.Value.Kind == yamldoc.String && sub.enum == nil && (f.Value.Text != "" || !sub.min) {
			continue
		}
		c.check(f.Value, sub, join(path, f.Key), f.Line, f.Column)
	}
}

// missing says that key is not in n, and where the author may have misspelt it.
func (c *checker) missing(n *yamldoc.Node, s *shape, path, key string, line, column int) {
	var unknown []string
	for i := range n.Fields {
		if _, ok := s.fields[n.Fields[i].Key]; !ok {
			unknown = append(unknown, n.Fields[i].Key)
		}
	}
	if near := diag.Suggest(key, unknown); near != "" {
		f := n.Field(near)
		c.add(f.Line, f.Column, join(path, key)+" is missing", fmt.Sprintf("did you mean %q instead of %q?", key, near))
		if diag.Slip(key, unknown) == near {
			c.mend(near, key)
		}
		return
	}
	where := "at the top of the document"
	if path != "" {
		where = "below " + path
	}
	example := ""
	if sub := s.fields[key]; sub != nil {
		example = sub.example
	}
	hint := fmt.Sprintf("add the line %q %s", key+": "+example, where)
	if example == "" {
		hint = fmt.Sprintf("add the field %q %s", key, where)
	}
	c.add(line, column, join(path, key)+" is missing", hint)
}

func (s *shape) keys() []string {
	var out []string
	for k := range s.fields {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// wanted says in words what a value of the shape is.
func (s *shape) wanted() string {
	if s.example != "" {
		return "a value such as " + s.example
	}
	switch s.kind {
	case list:
		return "a list such as []"
	case mapping, mapOrMaps:
		return "a mapping such as {}"
	}
	return "a value"
}

func join(path, key string) string {
	if path == "" {
		return cut(key)
	}
	return path + "." + cut(key)
}

// describe says what a value is, for "must be text, but is ...".
func describe(n *yamldoc.Node) string {
	switch n.Kind {
	case yamldoc.Null:
		return "empty"
	case yamldoc.Bool:
		return "the truth value " + cut(n.Text)
	case yamldoc.Int, yamldoc.Float:
		return "the number " + cut(n.Text)
	case yamldoc.String:
		return fmt.Sprintf("the text %q", cut(n.Text))
	case yamldoc.List:
		return "a list"
	default:
		return "a mapping"
	}
}

// repair says how to turn n into what s asks for.
func repair(n *yamldoc.Node, s *shape) string {
	wantText := s.kind == text || s.kind == textOrBool
	switch {
	case wantText && (n.Kind == yamldoc.Int || n.Kind == yamldoc.Float || n.Kind == yamldoc.Bool):
		return fmt.Sprintf("put it in quotes: %q", n.Text)
	case wantText && n.Kind == yamldoc.Map && len(n.Fields) > 0 && strings.HasPrefix(n.Fields[0].Key, "{"):
		return "this looks like a template that was not filled in; put {{ }} in quotes, or leave the file out of the catalog"
	case wantText && n.Kind == yamldoc.Map && len(n.Fields) == 1 && strings.HasPrefix(n.Fields[0].Key, "$"):
		switch key := n.Fields[0].Key; key {
		case "$openapi", "$asyncapi":
			return fmt.Sprintf("%s is read only where the configuration allows it (catalog.placeholders); write $text to show the file as it is", key)
		default:
			return fmt.Sprintf("the placeholder %s is not known; known are $text, $json and $yaml", cut(key))
		}
	case wantText && n.Kind == yamldoc.Map:
		return "quote the value if the colon in it belongs to the text"
	case wantText && n.Kind == yamldoc.List && len(n.Items) == 1 && n.Items[0].Kind == yamldoc.String:
		return fmt.Sprintf("write the one value without the dash or the brackets: %s", cut(n.Items[0].Text))
	case s.kind == list && n.Kind == yamldoc.String:
		if parts := strings.FieldsFunc(n.Text, func(r rune) bool { return r == ',' || r == ' ' }); len(parts) > 1 {
			return fmt.Sprintf("write it as a list: [%s]", cut(strings.Join(parts, ", ")))
		}
		return fmt.Sprintf("write it as a list: [%s]", cut(n.Text))
	case s.kind == list && n.Kind == yamldoc.Map:
		return "begin each entry with a dash"
	case s.kind == mapping && n.Kind == yamldoc.List:
		return "write it as key: value, without dashes"
	case s.kind == mapping && n.Kind == yamldoc.String:
		return "write it as key: value lines below, with a space after each colon"
	}
	return ""
}

// quotedOrListed returns how a value is written as what s asks for, where there
// is one way: a number as text has quotes, and one word as a list has brackets.
func quotedOrListed(n *yamldoc.Node, s *shape) string {
	switch {
	case (s.kind == text || s.kind == textOrBool) && (n.Kind == yamldoc.Int || n.Kind == yamldoc.Float || n.Kind == yamldoc.Bool):
		return `"` + n.Text + `"`
	case s.kind == list && n.Kind == yamldoc.String && plainWord.MatchString(n.Text):
		return "[" + n.Text + "]"
	}
	return ""
}

// plainWord matches a word that means the same with and without quotes, and in
// brackets.
var plainWord = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9._/-]*$`)

// cut shortens a text for a message.
func cut(s string) string {
	const most = 80
	n := 0
	for i := range s {
		if n == most {
			return s[:i] + "…"
		}
		n++
	}
	return s
}
