package apis

import (
	"net/url"
	"strings"
)

// call returns a command line that sends the operation's example.
func (t *tree) call(op *Operation) string {
	path := op.Name
	var query, more []string
	for i := range op.Parameters {
		p := &op.Parameters[i]
		switch p.In {
		case "path":
			path = strings.ReplaceAll(path, "{"+p.Name+"}", url.PathEscape(sample(p)))
		case "query":
			if p.Required {
				query = append(query, url.QueryEscape(p.Name)+"="+url.QueryEscape(sample(p)))
			}
		case "header":
			if p.Required {
				more = append(more, "-H "+shell(p.Name+": "+sample(p)))
			}
		}
	}
	if len(query) > 0 {
		path += "?" + strings.Join(query, "&")
	}
	words := []string{"curl"}
	if op.Verb != "GET" {
		words = append(words, "-X "+shell(op.Verb))
	}
	words = append(words, `"$BASE"`+shell(path))
	if b := op.Request; b != nil && b.Example != "" {
		if b.Media != "" {
			more = append(more, "-H "+shell("Content-Type: "+b.Media))
		}
		if strings.HasPrefix(b.Media, "multipart/") {
			for part := range strings.SplitSeq(b.Example, "\n") {
				if k, v, ok := strings.Cut(part, ": "); ok {
					more = append(more, "-F "+shell(k+"="+v))
				}
			}
		} else {
			more = append(more, "-d "+shell(b.Example))
		}
	}
	s := strings.Join(words, " ")
	for _, m := range more {
		s += " \\\n  " + m
	}
	if len(s) > 4000 {
		return ""
	}
	return s
}

// sample returns a value for a parameter: what its notes give as an example, a
// default or a choice, else its name as a placeholder.
func sample(f *Field) string {
	for _, lead := range [...]string{"for example ", "default ", "always "} {
		for _, n := range f.Notes {
			if v, ok := strings.CutPrefix(n, lead); ok {
				return v
			}
		}
	}
	for _, n := range f.Notes {
		if v, ok := strings.CutPrefix(n, "one of "); ok {
			v, _, _ = strings.Cut(v, ", ")
			return v
		}
	}
	switch {
	case f.Type == "integer" || f.Type == "number" || strings.HasPrefix(f.Type, "integer ("):
		return "1"
	case f.Type == "boolean":
		return "true"
	}
	return strings.ToUpper(f.Name)
}

// shell quotes a word for a POSIX shell where it needs to be.
func shell(s string) string {
	if s != "" && strings.IndexFunc(s, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./:=,@%+", r))
	}) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
