package docs

import (
	"crypto/sha256"
	"encoding/hex"
	"path"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

// ignore is a list of patterns in the form of .gitignore, which mkdocs.yml
// uses for exclude_docs and not_in_nav. The last pattern that matches decides.
type ignore []ignoreRule

type ignoreRule struct {
	glob    string
	negate  bool
	dirOnly bool
}

// maxIgnoreRules bounds the work for one file.
const maxIgnoreRules = 500

// parseIgnore reads a list and names the patterns that cannot be used.
func parseIgnore(text string) (out ignore, bad []string) {
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		written := line
		if len(out) >= maxIgnoreRules || strings.Count(line, "*") > 16 || len(line) > 1000 {
			bad = append(bad, written)
			continue
		}
		var r ignoreRule
		line, r.negate = strings.CutPrefix(line, "!")
		line, r.dirOnly = strings.CutSuffix(line, "/")
		anchored := strings.Contains(line, "/")
		line = strings.TrimPrefix(line, "/")
		// Braces mean nothing in .gitignore; many stars in a row cost time and
		// mean no more than two.
		line = strings.NewReplacer("{", `\{`, "}", `\}`).Replace(line)
		for strings.Contains(line, "***") {
			line = strings.ReplaceAll(line, "***", "**")
		}
		if line == "" {
			continue
		}
		if !anchored {
			line = "**/" + line
		}
		if r.glob = line; !doublestar.ValidatePattern(line) {
			bad = append(bad, written)
			continue
		}
		out = append(out, r)
	}
	return out, bad
}

// match tells whether a file or folder is named by the list, by itself or by a
// folder above it.
func (ig ignore) match(rel string, isDir bool) bool {
	hit := false
	for _, r := range ig {
		if r.negate == hit && r.matches(rel, isDir) {
			hit = !r.negate
		}
	}
	return hit
}

func (r *ignoreRule) matches(rel string, isDir bool) bool {
	if (!r.dirOnly || isDir) && doublestar.MatchUnvalidated(r.glob, rel) {
		return true
	}
	for dir := path.Dir(rel); dir != "."; dir = path.Dir(dir) {
		if doublestar.MatchUnvalidated(r.glob, dir) {
			return true
		}
	}
	return false
}

// final tells whether what is in an ignored folder is ignored for certain.
func (ig ignore) final() bool {
	return !slices.ContainsFunc(ig, func(r ignoreRule) bool { return r.negate })
}

// fnmatch matches a path as Python's fnmatch does: * stands for any letters,
// slashes included.
func fnmatch(pattern, name string) bool {
	p, n := []rune(pattern), []rune(name)
	star, mark := -1, 0
	i, j := 0, 0
	for j < len(n) {
		switch {
		case i < len(p) && p[i] == '*':
			star, mark = i, j
			i++
		case i < len(p) && (p[i] == '?' || p[i] == n[j]):
			i++
			j++
		case star >= 0:
			mark++
			i, j = star+1, mark
		default:
			return false
		}
	}
	for i < len(p) && p[i] == '*' {
		i++
	}
	return i == len(p)
}

// hash8 tells apart names that would otherwise be the same.
func hash8(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:4])
}
