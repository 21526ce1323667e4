package yamldoc

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// A converter turns the library's nodes into ours.
type converter struct {
	limits  Limits
	line    int // lines of the stream before the document
	v11     bool
	restore *strings.Replacer
	src     []byte                         // of the document
	starts  []int                          // offsets of its lines, once one is asked for
	last    struct{ line, column, at int } // the last place that was asked for
	slash   string                         // stands for \/, if not NUL
	// question stands for ? in plain texts, if not NUL.
	question string
	indent   int // column of the block collection around the current value; 0 at the root

	nodes, bytes, aliases int
	anchors               map[*yaml.Node]*anchor
	slab                  []Node
	err                   *Error
}

// An anchor counts like Backstage's YAML library, yaml 2.9: an alias is refused
// when the uses of its anchor, times the most uses of an anchor inside of it,
// pass 100.
type anchor struct {
	node         *Node // nil while it is being converted
	count        int   // 1 + the aliases so far
	inside       int   // 0 until the first alias
	nodes, bytes int
}

const (
	maxAliasCount = 100
	maxTag        = 1000
)

func (c *converter) fail(n *yaml.Node, rule, message, hint string) *Node {
	if c.err == nil {
		c.err = &Error{Line: c.line + n.Line, Column: n.Column, Rule: rule, Message: message, Hint: hint}
	}
	return nil
}

func (c *converter) new(n *yaml.Node, k Kind) *Node {
	if len(c.slab) == 0 {
		c.slab = make([]Node, 32)
	}
	out := &c.slab[0]
	c.slab = c.slab[1:]
	out.Kind, out.Line, out.Column = k, c.line+n.Line, n.Column
	return out
}

func (c *converter) text(s string, style yaml.Style) string {
	c.bytes += len(s)
	if c.slash != "\x00" {
		if style&yaml.DoubleQuotedStyle != 0 {
			s = strings.ReplaceAll(s, c.slash, "/")
		} else {
			s = strings.ReplaceAll(s, c.slash, `\/`)
		}
	}
	if c.question != "\x00" {
		s = strings.ReplaceAll(s, c.question, "?")
	}
	if c.restore != nil {
		return c.restore.Replace(s)
	}
	return s
}

// node converts n. It returns nil after a failure.
func (c *converter) node(n *yaml.Node, depth int) *Node {
	if n.Kind == yaml.AliasNode {
		return c.alias(n)
	}
	c.nodes++
	if c.nodes > c.limits.Nodes {
		return c.fail(n, RuleLimit, fmt.Sprintf("the document holds more than %d values", c.limits.Nodes), "split it")
	}
	if c.bytes > c.limits.Expanded {
		return c.fail(n, RuleLimit, fmt.Sprintf("the document holds more than %d bytes of text once its aliases are filled in", c.limits.Expanded), "split it")
	}
	if depth > c.limits.Depth {
		return c.fail(n, RuleLimit, fmt.Sprintf("more than %d levels of nesting", c.limits.Depth), "make the structure flatter")
	}
	var a *anchor
	nodes, bytes := c.nodes, c.bytes
	if n.Anchor != "" {
		a = &anchor{count: 1}
		if c.anchors == nil {
			c.anchors = map[*yaml.Node]*anchor{}
		}
		c.anchors[n] = a
	}
	var out *Node
	switch n.Kind {
	case yaml.MappingNode:
		outer := c.indent
		if n.Style&yaml.FlowStyle == 0 && len(n.Content) > 0 {
			c.indent = n.Content[0].Column
		}
		out = c.mapping(n, depth)
		c.indent = outer
	case yaml.SequenceNode:
		outer := c.indent
		flow := n.Style&yaml.FlowStyle != 0
		if !flow && n.Anchor == "" && n.Style&yaml.TaggedStyle == 0 {
			c.indent = n.Column
		}
		out = c.new(n, List)
		out.Items = make([]*Node, 0, len(n.Content))
		for _, it := range n.Content {
			if flow && !c.inFlow(n, it) {
				return nil
			}
			v := c.node(it, depth+1)
			if v == nil {
				return nil
			}
			out.Items = append(out.Items, v)
		}
		c.indent = outer
	case yaml.ScalarNode:
		out = c.scalar(n)
	default:
		return c.fail(n, RuleSyntax, "the document cannot be read", "")
	}
	if a != nil && out != nil {
		a.node, a.nodes, a.bytes = out, c.nodes-nodes+1, c.bytes-bytes
	}
	return out
}

func (c *converter) alias(n *yaml.Node) *Node {
	c.aliases++
	if c.aliases > c.limits.Aliases {
		return c.fail(n, RuleLimit, fmt.Sprintf("the document holds more than %d aliases", c.limits.Aliases), "write the values out")
	}
	a := c.anchors[n.Alias]
	if a == nil || a.node == nil {
		return c.fail(n, RuleAlias, fmt.Sprintf("the alias *%s stands inside of the value that it names", n.Value), "write the value out")
	}
	a.count++
	if a.inside == 0 {
		a.inside = c.inside(n.Alias)
	}
	if a.count*a.inside > maxAliasCount {
		return c.fail(n, RuleAlias, fmt.Sprintf("the alias *%s is used too often", n.Value), "write the values out; at most 100 uses are followed, those inside of other aliases multiplied")
	}
	c.nodes += a.nodes
	c.bytes += a.bytes
	if c.nodes > c.limits.Nodes || c.bytes > c.limits.Expanded {
		return c.fail(n, RuleLimit, "the document becomes too large once its aliases are filled in", "write out only what is needed")
	}
	return a.node
}

// inside returns the largest multiplied count of aliases below n.
func (c *converter) inside(n *yaml.Node) int {
	switch n.Kind {
	case yaml.AliasNode:
		if a := c.anchors[n.Alias]; a != nil {
			return a.count * a.inside
		}
		return 0
	case yaml.MappingNode, yaml.SequenceNode:
		most := 0
		for _, it := range n.Content {
			most = max(most, c.inside(it))
		}
		return most
	default:
		return 1
	}
}

func (c *converter) mapping(n *yaml.Node, depth int) *Node {
	out := c.new(n, Map)
	count := len(n.Content) / 2
	if count > c.limits.Keys {
		return c.fail(n, RuleLimit, fmt.Sprintf("a mapping holds %d keys, more than the %d that are read", count, c.limits.Keys), "split it")
	}
	out.Fields = make([]Field, 0, count)
	var seen map[string]int // for large maps: index of the field
	if count > 16 {
		seen = make(map[string]int, count)
	}
	var merges []*Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		k := n.Content[i]
		if n.Style&yaml.FlowStyle != 0 && !c.inFlow(n, k) {
			return nil
		}
		key, ok := c.key(k, depth+1)
		if !ok {
			return nil
		}
		first := -1
		if seen != nil {
			if j, dup := seen[key]; dup {
				first = j
			} else {
				seen[key] = len(out.Fields)
			}
		} else {
			for j := range out.Fields {
				if out.Fields[j].Key == key {
					first = j
					break
				}
			}
		}
		if first >= 0 {
			return c.fail(k, RuleSyntax,
				fmt.Sprintf("the key %q appears twice in this mapping, first in line %d", short(key), out.Fields[first].Line),
				"remove one of them")
		}
		v := c.node(n.Content[i+1], depth+1)
		if v == nil {
			return nil
		}
		if c.v11 && key == "<<" && k.Style == 0 {
			merges = append(merges, v)
			if seen != nil {
				delete(seen, key)
			}
			continue
		}
		out.Fields = append(out.Fields, Field{Key: key, Line: c.line + k.Line, Column: k.Column, Value: v})
	}
	for _, m := range merges {
		if !c.merge(n, out, m) {
			return nil
		}
	}
	return out
}

// merge adds the fields of m, a map or a list of maps, that out lacks
// (YAML 1.1 only).
func (c *converter) merge(n *yaml.Node, out, m *Node) bool {
	sources := []*Node{m}
	if m.Kind == List {
		sources = m.Items
	}
	have := make(map[string]bool, len(out.Fields))
	for _, f := range out.Fields {
		have[f.Key] = true
	}
	for _, s := range sources {
		if s.Kind != Map {
			c.fail(n, RuleSyntax, "a merge key needs a mapping or a list of mappings", "")
			return false
		}
		for _, f := range s.Fields {
			if have[f.Key] {
				continue
			}
			have[f.Key] = true
			if c.nodes++; c.nodes > c.limits.Nodes || len(out.Fields) >= c.limits.Keys {
				c.fail(n, RuleLimit, "the document becomes too large once its merge keys are filled in", "write out only what is needed")
				return false
			}
			out.Fields = append(out.Fields, f)
		}
	}
	return true
}

// key returns the text of a key, as JavaScript writes the value as a property.
func (c *converter) key(k *yaml.Node, depth int) (string, bool) {
	if !c.quoted(k) {
		return "", false
	}
	if k.Kind == yaml.ScalarNode && k.Anchor == "" && k.Style&^(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) == 0 {
		if k.Style != 0 || plainString(k.Value) {
			return c.text(k.Value, k.Style), true
		}
	}
	v := c.node(k, depth)
	if v == nil {
		return "", false
	}
	switch v.Kind {
	case String:
		return v.Text, true
	case Null:
		return "", true
	case List, Map:
		return string(v.appendFlow(nil)), true
	default:
		return string(v.AppendJSON(nil)), true
	}
}

// appendFlow appends a list or a map that is the key of a map as JavaScript's
// YAML library writes it: [ a, b ] or { a: 1, b }.
func (n *Node) appendFlow(dst []byte) []byte {
	switch n.Kind {
	case List:
		if len(n.Items) == 0 {
			return append(dst, "[]"...)
		}
		dst = append(dst, "[ "...)
		for i, it := range n.Items {
			if i > 0 {
				dst = append(dst, ", "...)
			}
			dst = it.appendFlow(dst)
		}
		return append(dst, " ]"...)
	case Map:
		if len(n.Fields) == 0 {
			return append(dst, "{}"...)
		}
		dst = append(dst, "{ "...)
		for i := range n.Fields {
			if i > 0 {
				dst = append(dst, ", "...)
			}
			dst = append(dst, n.Fields[i].Key...)
			if v := n.Fields[i].Value; v.Kind != Null {
				dst = v.appendFlow(append(dst, ": "...))
			}
		}
		return append(dst, " }"...)
	case String:
		return append(dst, n.Text...)
	default:
		return n.AppendJSON(dst)
	}
}

// inFlow checks an entry of a flow collection for what YAML 1.2 forbids and the
// library lets pass: lines that are not indented, and a dash alone.
func (c *converter) inFlow(n, it *yaml.Node) bool {
	if it.Line > n.Line && it.Column <= c.indent {
		c.fail(it, RuleSyntax, "the line must be indented, because it belongs to the brackets above", "indent it by at least one more space")
		return false
	}
	if it.Kind == yaml.ScalarNode && it.Style == 0 && it.Value == "-" {
		c.fail(it, RuleSyntax, "a dash cannot stand alone within brackets", "put it in quotes")
		return false
	}
	return true
}

// quoted checks a quoted or block scalar for what YAML 1.2 forbids and the
// library lets pass: the escape \', lines that are not indented, and comments
// without a space before them.
func (c *converter) quoted(n *yaml.Node) bool {
	if n.Kind != yaml.ScalarNode || n.Style&quotedOrBlock == 0 {
		return true
	}
	at := c.offset(n.Line, n.Column)
	if n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
		for at < len(c.src) && strings.IndexByte("|>+-0123456789", c.src[at]) >= 0 {
			at++
		}
		return c.apart(n, at, n.Line, n.Column)
	}
	quote := byte('"')
	if n.Style&yaml.SingleQuotedStyle != 0 {
		quote = '\''
	}
	if at >= len(c.src) || c.src[at] != quote {
		return true // behind an anchor or a tag
	}
	line, start := n.Line, at-n.Column+1
	for i := at + 1; i < len(c.src); i++ {
		switch b := c.src[i]; {
		case b == quote:
			if quote == '\'' && i+1 < len(c.src) && c.src[i+1] == quote {
				i++
				continue
			}
			return c.apart(n, i+1, line, i-start+2)
		case b == '\\' && quote == '"':
			i++
			if i < len(c.src) && c.src[i] == '\'' {
				c.fail(&yaml.Node{Line: line, Column: i - start}, RuleSyntax, `the escape \' is not known`, "within double quotes a ' needs no backslash")
				return false
			}
			if i < len(c.src) && c.src[i] == '\n' {
				i--
			}
		case b == '\n':
			line++
			start = i + 1
			j := start
			for j < len(c.src) && c.src[j] == ' ' {
				j++
			}
			blank := j
			for blank < len(c.src) && (c.src[blank] == ' ' || c.src[blank] == '\t' || c.src[blank] == '\r') {
				blank++
			}
			if blank < len(c.src) && c.src[blank] != '\n' && j-start < c.indent {
				c.fail(&yaml.Node{Line: line, Column: j - start + 1}, RuleSyntax,
					fmt.Sprintf("the line must be indented, because it belongs to the quoted text of line %d", c.line+n.Line), "indent it, or close the quotes")
				return false
			}
		}
	}
	return true
}

// chomp returns the text of a literal scalar. Where its indentation is given
// by a digit, Backstage's parser takes lines of nothing but blanks at its end
// for empty ones, unless they are indented further than the first line.
func (c *converter) chomp(n *yaml.Node) string {
	s := n.Value
	body := strings.TrimRight(s, " \n")
	if strings.IndexByte(s[len(body):], ' ') < 0 {
		return s
	}
	at := c.offset(n.Line, n.Column)
	header := c.src[min(at, len(c.src)):min(at+3, len(c.src))]
	if len(header) == 0 || header[0] != '|' || bytes.ContainsRune(header, '+') || !bytes.ContainsAny(header, "123456789") {
		return s
	}
	first := strings.TrimLeft(s, "\n")
	indent := len(first) - len(strings.TrimLeft(first, " "))
	rest := s[len(body):]
	for {
		i := strings.LastIndexByte(strings.TrimSuffix(rest, "\n"), '\n')
		if i < 0 || len(strings.TrimSuffix(rest[i+1:], "\n")) > indent {
			break
		}
		if strings.HasSuffix(rest, "\n") {
			rest = rest[:i] + "\n"
		} else {
			rest = rest[:i]
		}
	}
	return body + rest
}

// apart checks that no comment begins right behind a value.
func (c *converter) apart(n *yaml.Node, at, line, column int) bool {
	if at < len(c.src) && c.src[at] == '#' {
		c.fail(&yaml.Node{Line: line, Column: column}, RuleSyntax, "a comment needs a space before its #", "add the space")
		return false
	}
	return true
}

// offset returns where a line and column of the document are in its text.
func (c *converter) offset(line, column int) int {
	if c.starts == nil {
		c.starts = append(c.starts, 0)
		for i, b := range c.src {
			if b == '\n' {
				c.starts = append(c.starts, i+1)
			}
		}
	}
	if line < 1 || line > len(c.starts) {
		return len(c.src)
	}
	at, from := c.starts[line-1], 1
	// A long line is asked about from its begin to its end: going on from the
	// last answer keeps that linear.
	if c.last.line == line && c.last.column <= column {
		at, from = c.last.at, c.last.column
	}
	for ; from < column && at < len(c.src); from++ {
		_, n := utf8.DecodeRune(c.src[at:])
		at += n
	}
	c.last.line, c.last.column, c.last.at = line, from, at
	return at
}

// plainString reports that a plain scalar cannot be anything but a string in
// YAML 1.2 and 1.1, without looking at all of it.
func plainString(s string) bool {
	if s == "" {
		return false
	}
	switch b := s[0]; {
	case b >= '0' && b <= '9', b == '-', b == '+', b == '.', b == '~':
		return false
	case strings.IndexByte("nNtTfFyYoO", b) >= 0:
		return len(s) > 5
	}
	return true
}

const quotedOrBlock = yaml.SingleQuotedStyle | yaml.DoubleQuotedStyle | yaml.LiteralStyle | yaml.FoldedStyle

func (c *converter) scalar(n *yaml.Node) *Node {
	if !c.quoted(n) {
		return nil
	}
	out := c.new(n, String)
	if n.Style&yaml.LiteralStyle != 0 {
		n.Value = c.chomp(n)
	}
	out.Text = c.text(n.Value, n.Style)
	quoted := n.Style&quotedOrBlock != 0
	tag := ""
	if n.Style&yaml.TaggedStyle != 0 {
		tag = n.ShortTag()
		if len(tag) > maxTag {
			return c.fail(n, RuleLimit, fmt.Sprintf("a tag of %d letters", len(tag)), "tags have no meaning here, remove it")
		}
	}
	switch tag {
	case "!!int", "!!float", "!!bool", "!!null":
		resolve(out, c.v11)
		if tag == "!!float" && out.Kind == Int {
			out.Kind, out.Float = Float, float64(out.Int)
		}
	case "":
		if !quoted && !plainString(n.Value) {
			resolve(out, c.v11)
		}
	}
	return out
}

// resolve gives a plain scalar the kind that the core schema gives it (YAML
// 1.2, 10.3.2), or that of YAML 1.1. Infinities and not-a-number are Null,
// because they are in JSON. Text keeps what was written.
func resolve(n *Node, v11 bool) {
	s := n.Text
	switch s {
	case "", "~", "null", "Null", "NULL":
		n.Kind = Null
		return
	case "true", "True", "TRUE":
		n.Kind, n.Bool = Bool, true
		return
	case "false", "False", "FALSE":
		n.Kind = Bool
		return
	}
	if v11 && resolve11(n) {
		return
	}
	body, negative := s, false
	signed := s[0] == '-' || s[0] == '+'
	if signed {
		body, negative = s[1:], s[0] == '-'
	}
	switch body {
	case ".inf", ".Inf", ".INF":
		n.Kind = Null
		return
	case ".nan", ".NaN", ".NAN":
		if !signed {
			n.Kind = Null
		}
		return
	}
	switch {
	case body == "":
	case digits(body, 10):
		setInt(n, body, 10, negative)
	case !signed && strings.HasPrefix(body, "0o") && digits(body[2:], 8):
		setInt(n, body[2:], 8, false)
	case !signed && strings.HasPrefix(body, "0x") && digits(body[2:], 16):
		setInt(n, body[2:], 16, false)
	case isFloat(body):
		f, err := strconv.ParseFloat(s, 64)
		if err != nil && !math.IsInf(f, 0) {
			return
		}
		setFloat(n, f)
	}
}

// resolve11 covers what YAML 1.1 reads otherwise than 1.2.
func resolve11(n *Node) bool {
	s := n.Text
	switch s {
	case "y", "Y", "yes", "Yes", "YES", "on", "On", "ON":
		n.Kind, n.Bool = Bool, true
		return true
	case "n", "N", "no", "No", "NO", "off", "Off", "OFF":
		n.Kind = Bool
		return true
	}
	if t, err := time.Parse(time.DateOnly, s); err == nil {
		n.Text = t.Format("2006-01-02T15:04:05.000Z")
		return true
	}
	if s[0] != '-' && s[0] != '+' && (s[0] < '0' || s[0] > '9') {
		return false
	}
	body, negative := strings.ReplaceAll(s, "_", ""), false
	if body != "" && (body[0] == '-' || body[0] == '+') {
		body, negative = body[1:], body[0] == '-'
	}
	switch {
	case len(body) > 1 && body[0] == '0' && digits(body[1:], 8):
		setInt(n, body[1:], 8, negative)
	case strings.HasPrefix(body, "0b") && digits(body[2:], 2):
		setInt(n, body[2:], 2, negative)
	case strings.HasPrefix(body, "0x") && digits(body[2:], 16):
		setInt(n, body[2:], 16, negative)
	case digits(body, 10):
		setInt(n, body, 10, negative)
	default:
		return false
	}
	return true
}

func digits(s string, base int) bool {
	if s == "" {
		return false
	}
	for i := 0; i < len(s); i++ {
		b := s[i]
		switch {
		case b >= '0' && b <= '9' && int(b-'0') < base:
		case base == 16 && (b >= 'a' && b <= 'f' || b >= 'A' && b <= 'F'):
		default:
			return false
		}
	}
	return true
}

// isFloat matches (\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)? with a dot or
// an exponent.
func isFloat(s string) bool {
	i, whole, frac := 0, 0, 0
	for i < len(s) && s[i] >= '0' && s[i] <= '9' {
		i++
		whole++
	}
	if i < len(s) && s[i] == '.' {
		i++
		for i < len(s) && s[i] >= '0' && s[i] <= '9' {
			i++
			frac++
		}
	}
	if whole+frac == 0 {
		return false
	}
	if i < len(s) && (s[i] == 'e' || s[i] == 'E') {
		i++
		if i < len(s) && (s[i] == '-' || s[i] == '+') {
			i++
		}
		return digits(s[i:], 10)
	}
	return i == len(s)
}

func setInt(n *Node, body string, base int, negative bool) {
	if i, err := strconv.ParseInt(body, base, 64); err == nil {
		if negative {
			i = -i
		}
		n.Kind, n.Int = Int, i
		return
	}
	// JavaScript knows no larger integers either; it keeps the nearest number.
	f := 0.0
	if base == 10 {
		f, _ = strconv.ParseFloat(body, 64)
	} else {
		for i := 0; i < len(body); i++ {
			d, _ := strconv.ParseInt(body[i:i+1], 16, 64)
			f = f*float64(base) + float64(d)
		}
	}
	if negative {
		f = -f
	}
	setFloat(n, f)
}

func setFloat(n *Node, f float64) {
	if math.IsInf(f, 0) || math.IsNaN(f) {
		n.Kind = Null
		return
	}
	n.Kind, n.Float = Float, f
}

// short cuts a text for a message.
func short(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}
