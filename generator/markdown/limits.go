package markdown

import "github.com/yuin/goldmark/ast"

// maxPage is how many bytes a page may have, with what it includes.
const maxPage = 2 << 20

// A shape counts, while a page is parsed, what makes pages slow.
type shape struct {
	delimiters int
	maths      int
}

func (s *shape) delimiter() bool { s.delimiters++; return true }
func (s *shape) math() bool      { s.maths++; return true }

func (s *shape) nest(parent ast.Node) bool { return true }
