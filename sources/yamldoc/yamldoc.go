// Package yamldoc reads YAML 1.2 as data: a stream is split into documents,
// each fails alone, scalars follow the core schema, and every value keeps its
// line and column. It is the only package that imports the YAML library.
package yamldoc

// Kind says what a Node is.
type Kind uint8

// The kinds of nodes: those of JSON, with integers apart.
const (
	Null Kind = iota
	Bool
	Int
	Float
	String
	List
	Map
)

// A Node is one value. Exactly the field that belongs to Kind is meaningful.
type Node struct {
	Kind   Kind
	Line   int // from 1, in the file
	Column int // from 1, in code points

	Bool   bool
	Int    int64
	Float  float64
	Text   string // of String: the value; of Bool, Int and Float: as written
	Items  []*Node
	Fields []Field // in the author's order
}

// A Field is one entry of a Map.
type Field struct {
	Key          string
	Line, Column int // of the key
	Value        *Node
}

// Get follows keys through maps and returns the value, or nil where any is absent.
func (n *Node) Get(keys ...string) *Node {
	for _, k := range keys {
		f := n.Field(k)
		if f == nil {
			return nil
		}
		n = f.Value
	}
	return n
}

// Field returns the entry with that key, or nil if n is no map or has no such key.
func (n *Node) Field(key string) *Field {
	if n == nil || n.Kind != Map {
		return nil
	}
	for i := range n.Fields {
		if n.Fields[i].Key == key {
			return &n.Fields[i]
		}
	}
	return nil
}

// Str returns the text of a String node, and "" for every other, nil included.
func (n *Node) Str() string {
	if n == nil || n.Kind != String {
		return ""
	}
	return n.Text
}
