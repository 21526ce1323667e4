package yamldoc

import (
	"regexp"
	"strconv"
	"strings"
)

var atLine = regexp.MustCompile(`^line (\d+): `)

// explain turns the library's error into one that an author can act on.
func (s *segment) explain(err error) *Error {
	msg := strings.TrimPrefix(err.Error(), "yaml: ")
	e := &Error{Line: s.line, Rule: RuleSyntax, Message: msg}
	if m := atLine.FindStringSubmatch(msg); m != nil {
		n, _ := strconv.Atoi(m[1])
		e.Line = s.line + n - 1
		e.Message = msg[len(m[0]):]
	}
	if strings.HasPrefix(e.Message, "unknown anchor") {
		e.Rule = RuleAlias
	}
	return e
}
