package docs

import (
	"crypto/sha256"
	"encoding/hex"
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

func parseIgnore(text string) ignore {
	var out ignore
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") || len(out) >= maxIgnoreRules {
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
		if strings.Count(line, "*") > 16 || line == "" {
			continue
		}
		if !anchored {
			line = "**/" + line
		}
		if r.glob = line; doublestar.ValidatePattern(line) {
			out = append(out, r)
		}
	}
	return out
}

func (ig ignore) match(rel string, isDir bool) bool {
	hit := false
	for _, r := range ig {
		if r.dirOnly && !isDir {
			continue
		}
		if doublestar.MatchUnvalidated(r.glob, rel) {
			hit = !r.negate
		}
	}
	return hit
}

// hash8 tells apart names that would otherwise be the same.
func hash8(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:4])
}
