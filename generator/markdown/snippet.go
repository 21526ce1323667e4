package markdown

import (
	"bytes"
	"regexp"
	"strconv"
	"strings"
)

// Bounds of what a page may include.
const (
	maxSnippetDepth = 10
	maxSnippetFiles = 500
)

// The forms in which pages include files: pymdownx.snippets with a file on the
// same line or as a list, markdown_include, and the include-markdown plugin.
var (
	snippetLine    = regexp.MustCompile(`^([ \t]*)(;*)(-+8<-+[ \t]+)(?:"((?:\\"|[^"])+)"|'((?:\\'|[^'])+)')[ \t]*$`)
	snippetBlock   = regexp.MustCompile(`^([ \t]*)(;*)-+8<-+[ \t]*$`)
	snippetSection = regexp.MustCompile(`^.*?(;*)-+8<-+[ \t]+\[[ \t]*(start|end)[ \t]*:[ \t]*([A-Za-z][-_0-9A-Za-z]*)[ \t]*\].*$`)
	includeLine    = regexp.MustCompile(`^([ \t]*)\{!\s*([^\s!]+)\s*.*?!\}[ \t]*$`)
	includePlugin  = regexp.MustCompile(`^([ \t]*)\{%-?\s*include(?:-markdown)?\s+["']([^"'\n]+)["'].*?-?%\}[ \t]*$`)
)

// A snippets expands the includes of one page.
type snippets struct {
	load     func(string) ([]byte, bool)
	out      []byte
	origin   []int
	problems []Problem
	files    int
	changed  bool
	max      int // bytes that may come out
	full     bool
}

// expandSnippets returns text with the files that it includes in place, and
// for each line the line of text that it comes from, or nil if nothing was
// included.
func expandSnippets(text []byte, load func(string) ([]byte, bool), maxSize int) ([]byte, []int, []Problem) {
	if !bytes.Contains(text, []byte("8<-")) && !bytes.Contains(text, []byte("{!")) &&
		!(bytes.Contains(text, []byte("{%")) && bytes.Contains(text, []byte("include"))) {
		return text, nil, nil
	}
	s := &snippets{load: load, max: maxSize}
	s.lines(text, "", 0, nil)
	if !s.changed {
		return text, nil, nil
	}
	return s.out, s.origin, s.problems
}

func (s *snippets) emit(indent, line string, origin int) {
	if s.full {
		return
	}
	if len(s.out)+len(line) > s.max {
		s.full = true
		s.problems = append(s.problems, Problem{Rule: "snippet-too-large", Message: "the files that the page includes are too large together",
			Hint: "include sections or lines of them", Line: origin, Column: 1})
		return
	}
	if line != "" {
		s.out = append(s.out, indent...)
	}
	s.out = append(s.out, line...)
	s.out = append(s.out, '\n')
	s.origin = append(s.origin, origin)
}

// lines writes text with indent before each line. origin is the line of the
// page on which the outermost include stands; 0 for the page itself.
func (s *snippets) lines(text []byte, indent string, origin int, stack []string) {
	inBlock, blockIndent := false, ""
	lines := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	for i, line := range lines {
		at := origin
		if at == 0 {
			at = i + 1
		}
		if inBlock {
			if m := snippetBlock.FindStringSubmatch(line); m != nil && m[2] == "" {
				inBlock = false
				continue
			}
			name := strings.TrimSpace(line)
			if name != "" && !strings.HasPrefix(name, ";") {
				s.include(strings.Trim(name, `"'`), indent+blockIndent, at, stack, line)
			}
			continue
		}
		if strings.Contains(line, "8<-") {
			if m := snippetLine.FindStringSubmatch(line); m != nil {
				s.changed = true
				if m[2] != "" {
					s.emit(indent, m[1]+line[len(m[1])+1:], at)
					continue
				}
				name := m[4] + m[5]
				if strings.HasPrefix(strings.TrimSpace(name), ";") {
					continue
				}
				s.include(name, indent+m[1], at, stack, line)
				continue
			}
			if m := snippetBlock.FindStringSubmatch(line); m != nil && closesLater(lines[i+1:]) {
				s.changed = true
				if m[2] != "" {
					s.emit(indent, m[1]+line[len(m[1])+1:], at)
					continue
				}
				inBlock, blockIndent = true, m[1]
				continue
			}
			if m := snippetSection.FindStringSubmatch(line); m != nil && len(stack) > 0 && m[1] == "" {
				continue
			}
		}
		if s.load != nil && (strings.Contains(line, "{!") || strings.Contains(line, "{%")) {
			m := includeLine.FindStringSubmatch(line)
			if m == nil {
				m = includePlugin.FindStringSubmatch(line)
			}
			if m != nil {
				s.changed = true
				s.include(m[2], indent+m[1], at, stack, line)
				continue
			}
		}
		s.emit(indent, line, at)
	}
}

// closesLater reports whether a block of file names that begins here ends.
func closesLater(lines []string) bool {
	for i, l := range lines {
		if i > 200 {
			return false
		}
		if snippetBlock.MatchString(l) {
			return true
		}
	}
	return false
}

// include writes the file, section or lines that spec names.
func (s *snippets) include(spec, indent string, at int, stack []string, line string) {
	column := len(line) - len(strings.TrimLeft(line, " \t")) + 1
	report := func(rule, message, hint string) {
		s.problems = append(s.problems, Problem{Rule: rule, Message: message, Hint: hint, Line: at, Column: column})
	}
	spec = strings.TrimSpace(spec)
	if s.files++; s.files > maxSnippetFiles {
		if s.files == maxSnippetFiles+1 {
			report("snippet-too-large", "the page includes more than "+strconv.Itoa(maxSnippetFiles)+" files", "include fewer files")
		}
		return
	}
	if len(stack) >= maxSnippetDepth {
		report("snippet-loop", "files include one another more than "+strconv.Itoa(maxSnippetDepth)+" times in a row", "break the chain")
		return
	}
	for _, open := range stack {
		if open == spec {
			report("snippet-loop", "the file "+strconv.Quote(spec)+" includes itself", "break the circle")
			return
		}
	}
	var data []byte
	var ok bool
	name, part := spec, ""
	if s.load != nil {
		if data, ok = s.load(spec); !ok {
			name, part = splitSnippet(spec)
			if part != "" {
				data, ok = s.load(name)
			}
		}
	}
	if !ok {
		report("snippet-missing", "there is no file "+strconv.Quote(name)+" to include", "snippets are read from base_path of pymdownx.snippets, inside the repo")
		return
	}
	data = normalise(data)
	if part != "" {
		if data, ok = selectPart(data, part); !ok {
			report("snippet-missing", "the file "+strconv.Quote(name)+" has no section "+strconv.Quote(part), "mark it with --8<-- [start:"+part+"] and [end:"+part+"]")
			return
		}
	} else if strings.HasSuffix(name, ".md") {
		data = dropFrontMatter(data)
	}
	s.lines(data, indent, at, append(stack[:len(stack):len(stack)], spec))
}

// snippetPart is a section name or a range of lines behind a file's name.
var snippetPart = regexp.MustCompile(`^(.*?):((?:-?[0-9]*:-?[0-9]*(?:,-?[0-9]*:-?[0-9]*)*)|[0-9]+|[A-Za-z][-_0-9A-Za-z]*)$`)

func splitSnippet(spec string) (name, part string) {
	if m := snippetPart.FindStringSubmatch(spec); m != nil {
		return m[1], m[2]
	}
	return spec, ""
}

// selectPart returns the lines "start:end" or the section of a file. Like
// pymdownx it takes the indentation that all lines of a section share away.
func selectPart(data []byte, part string) ([]byte, bool) {
	lines := strings.Split(strings.TrimSuffix(string(data), "\n"), "\n")
	if c := part[0]; c == ':' || c == '-' || c >= '0' && c <= '9' {
		var out []string
		for _, r := range strings.Split(part, ",") {
			from, to, ranged := strings.Cut(r, ":")
			a, b := lineNumber(from, 1, len(lines)), lineNumber(to, len(lines), len(lines))
			if !ranged {
				b = len(lines)
			}
			for i := max(a, 1); i <= b && i <= len(lines); i++ {
				out = append(out, lines[i-1])
			}
		}
		return []byte(strings.Join(out, "\n")), true
	}
	var out []string
	found, open := false, false
	for _, l := range lines {
		m := snippetSection.FindStringSubmatch(l)
		if m != nil && m[1] == "" {
			if m[3] == part {
				found = true
				open = m[2] == "start"
			}
			continue
		}
		if open {
			out = append(out, l)
		}
	}
	return []byte(strings.Join(out, "\n")), found
}

func lineNumber(s string, fallback, count int) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return fallback
	}
	if n < 0 {
		n += count + 1
	}
	return n
}

// dropFrontMatter removes the metadata of an included page.
func dropFrontMatter(data []byte) []byte {
	if !bytes.HasPrefix(data, []byte("---\n")) {
		return data
	}
	if end := bytes.Index(data[4:], []byte("\n---\n")); end >= 0 {
		return data[4+end+5:]
	}
	return data
}
