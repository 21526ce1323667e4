package markdown

import "strings"

// ExtensionsOf reads the dialect of a site from its mkdocs.yml. names are the
// entries of markdown_extensions, and "techdocs-core" if that plugin is used.
// option returns an option of an extension as text, or ""; it may be nil. The
// slugify of toc is what stands behind its key, the YAML tag included.
//
// Names that are not mentioned here either are always read (admonition,
// pymdownx.superfences, ...) or change nothing that a reader sees.
func ExtensionsOf(names []string, option func(extension, key string) string) Extensions {
	if option == nil {
		option = func(string, string) string { return "" }
	}
	var e Extensions
	for _, name := range names {
		switch strings.TrimPrefix(name, "markdown.extensions.") {
		case "nl2br":
			e.HardBreaks = true
		case "smarty":
			e.Smarty = true
		case "pymdownx.smartsymbols", "techdocs-core":
			e.SmartSymbols = true
		case "codehilite", "pymdownx.highlight":
			if strings.EqualFold(option(name, "linenums"), "true") {
				e.LineNumbers = true
			}
		case "toc":
			e.Slug = slugStyle(option(name, "slugify"))
		case "pymdownx.magiclink", "mdx_gh_links":
			user, repo := option(name, "user"), option(name, "repo")
			if user != "" && repo != "" && (name == "mdx_gh_links" || strings.EqualFold(option(name, "repo_url_shorthand"), "true")) {
				host := map[string]string{"gitlab": "https://gitlab.com/", "bitbucket": "https://bitbucket.org/"}[strings.ToLower(option(name, "provider"))]
				if host == "" {
					host = "https://github.com/"
				}
				e.Repo = host + user + "/" + repo
			}
		case "pymdownx.snippets":
			e.Append = append(e.Append, strings.Fields(option(name, "auto_append"))...)
		}
	}
	return e
}

// slugStyle reads the function that toc is told to use.
func slugStyle(s string) SlugStyle {
	s = strings.ToLower(s)
	switch {
	case strings.Contains(s, "gfm"):
		return SlugGitHub
	case strings.Contains(s, "slugify_unicode"):
		return SlugPythonUnicode
	case !strings.Contains(s, "pymdownx.slugs"):
		return SlugPython
	case strings.Contains(s, "uslugify_cased"), strings.Contains(s, "slugs.slugify") && !strings.Contains(s, "lower"):
		return SlugUnicodeCase
	}
	return SlugUnicode
}
