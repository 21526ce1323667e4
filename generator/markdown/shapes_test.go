package markdown

import (
	"fmt"
	"strings"
)

// shapes are pages that make parsers slow, by name. Most are those that
// CommonMark's own implementations test, at sizes where a quadratic parser
// takes seconds.
func shapes() map[string]string {
	r := strings.Repeat
	lines := func(n int, f func(i int) string) string {
		var b strings.Builder
		for i := range n {
			b.WriteString(f(i))
			b.WriteByte('\n')
		}
		return b.String()
	}
	return map[string]string{
		"emphasis opened":             r("_a*", 20000),
		"emphasis nested":             r("*a **a ", 20000) + r("** a*", 20000),
		"emphasis of both marks":      "a**b" + r("c* ", 20000),
		"emphasis closers":            r("a_ ", 30000),
		"emphasis openers":            r("_a ", 30000),
		"emphasis mismatched":         r("*a_ ", 20000),
		"emphasis alternating":        r("**x [a*b**c*](d)", 5000),
		"emphasis run":                r("*", 100000),
		"strong run":                  r("**a", 30000),
		"underscores in one word":     r("a_b", 50000),
		"tildes":                      r("~a~~b ", 20000),
		"tilde run":                   r("~~x", 40000),
		"carets":                      r("^a^^b ", 20000),
		"equals":                      r("==a ", 30000),
		"list on one line":            r("- ", 20000) + "x",
		"ordered list on one line":    r("1. ", 20000) + "x",
		"lists indented":              lines(700, func(i int) string { return r("  ", i) + "- x" }),
		"lists by four":               lines(500, func(i int) string { return r("    ", i) + "- x" }),
		"quotes on one line":          r("> ", 20000) + "x",
		"quotes growing":              lines(500, func(i int) string { return r("> ", i) + "x" }),
		"quotes and lists":            r("> - ", 10000) + "x",
		"list items":                  lines(50000, func(int) string { return "- x" }),
		"empty list items":            lines(50000, func(int) string { return "-" }),
		"brackets opened":             r("[", 50000),
		"brackets closed":             r("]", 50000),
		"brackets nested":             r("[", 25000) + "a" + r("]", 25000),
		"links nested":                r("[a](", 25000),
		"links with pointy":           r("[a](<b", 25000),
		"links opened":                r("[a", 30000),
		"images opened":               r("![", 30000),
		"links of references":         r("[a][b]", 20000),
		"images nested":               r("![a", 10000) + r("](b)", 10000),
		"reference definitions":       lines(20000, func(i int) string { return fmt.Sprintf("[r%d]: /x", i) }),
		"one reference defined again": lines(20000, func(int) string { return "[r]: /x" }),
		"references used":             "[r]: /x\n\n" + r("[r] ", 40000),
		"reference without end":       r("[a]: u\n", 20000),
		"footnote definitions":        lines(10000, func(i int) string { return fmt.Sprintf("[^f%d]: x", i) }) + r("[^f1]", 10000),
		"footnotes of all":            lines(5000, func(i int) string { return fmt.Sprintf("a[^f%d]\n\n[^f%d]: x\n", i, i) }),
		"footnote nested":             "[^1]\n\n" + lines(300, func(i int) string { return r("    ", i) + "[^1]: [^1]" }),
		"backticks of all lengths": func() string {
			s := ""
			for i := 1; i < 400; i++ {
				s += "e" + r("`", i)
			}
			return s
		}(),
		"backticks":               r("`a", 50001),
		"backtick run":            r("`", 100000),
		"double backticks":        r("``a`b", 20000),
		"autolinks opened":        r("<http:a", 20000),
		"tags opened":             r("<a ", 30000),
		"tag attributes":          "<a" + r(" b=\"c\"", 20000),
		"comments opened":         r("<!-- a ", 20000),
		"instructions opened":     r("a <? b ", 20000),
		"declarations opened":     r("<!A ", 20000),
		"cdata opened":            r("a <![CDATA[ ", 20000),
		"divs opened":             lines(20000, func(int) string { return "<div>\n" }),
		"divs on one line":        r("<div>", 50000),
		"spans opened":            r("a<span>", 30000),
		"spans closed":            r("a</span>", 30000),
		"markdown divs nested":    lines(1000, func(int) string { return "<div markdown>" }),
		"entities":                r("&amp", 50000) + r("&#x1F600", 20000),
		"entities without end":    "&" + r("a", 100000),
		"table with many columns": "|" + r("a|", 2000) + "\n|" + r("-|", 2000) + "\n" + r("|a\n", 2000),
		"table with many rows":    "|a|b|\n|-|-|\n" + r("|1|2|\n", 30000),
		"table delimiters":        r("|a|\n|-|\n", 10000),
		"table of escapes":        "|a|\n|-|\n|`" + r(`\|`, 30000) + "`|",
		"tables in a paragraph":   r("a|b\n", 20000) + "-|-\n",
		"hard breaks":             r("a  \n", 50000),
		"backslashes":             r(`\`, 100000),
		"thematic breaks":         r("* * *\n", 30000),
		"almost thematic break":   r("* ", 30000) + "a",
		"almost setext":           lines(20000, func(int) string { return "a\n= " }),
		"headings of one name":    lines(20000, func(int) string { return "# a" }),
		"heading hashes":          "# " + r("# ", 50000),
		"admonitions nested":      lines(300, func(i int) string { return r("    ", i) + "!!! note" }),
		"admonitions in a row":    lines(10000, func(int) string { return "!!! note\n    x\n" }),
		"tabs in a row":           lines(5000, func(i int) string { return fmt.Sprintf("=== \"t%d\"\n    x\n", i) }),
		"tabs nested":             lines(300, func(i int) string { return r("    ", i) + "=== \"t\"" }),
		"attribute lists":         r("*a*{.b}", 20000),
		"braces opened":           r("{", 50000),
		"edits opened":            r("{++a ", 20000),
		"keys":                    r("++a", 40000),
		"emojis opened":           r(":a", 50000),
		"dollars":                 r("$a ", 30000),
		"double dollars":          r("$$a ", 20000),
		"tex opened":              r(`\(a `, 20000),
		"tex blocks opened":       lines(5000, func(int) string { return "$$\na\n" }),
		"tex begin":               r("\\begin{x}\n", 10000),
		"abbreviations":           lines(5000, func(i int) string { return fmt.Sprintf("*[w%d]: x", i) }) + "\n" + r("w1 w2 w3 ", 10000),
		"definitions":             lines(10000, func(int) string { return "a\n: b\n" }),
		"definitions nested":      "a\n" + r(":   ", 5000) + "b",
		"bare links":              r("http://a.b ", 20000),
		"bare link long":          "http://" + r("a.", 50000),
		"bare link brackets":      "http://a.b/" + r("(", 30000),
		"www":                     r("www.", 30000),
		"mails":                   r("a@", 40000),
		"mail long":               r("a", 50000) + "@" + r("a.", 20000),
		"one long line":           r("word ", 200000),
		"many short lines":        r("a\n", 100000),
		"blank lines":             r("\n", 200000) + "x",
		"fences":                  r("```\n", 20000),
		"fence without end":       "```\n" + r("a\n", 100000),
		"code of one line":        "```python\n" + r("a", 200000) + "\n```",
		"code with quotes":        "```python\n" + r("\"", 50000) + "\n```",
		"code with brackets":      "```json\n" + r("[", 50000) + "\n```",
		"code in yaml":            "```yaml\n" + r("a: &a [*a]\n", 10000) + "```",
		"code of shells":          "```bash\n" + r("$(", 20000) + "\n```",
		"code of markdown":        "```markdown\n" + r("*a _b ", 10000) + "\n```",
		"nul bytes":               r("\x00", 100000),
		"bad utf-8":               r("\xff\xfe", 50000),
		"combining marks":         "a" + r("\u0301", 50000),
		"brackets with parens":    r("[ (](", 20000),
		"bang brackets":           r("![[]()", 20000),
		"snippets":                lines(5000, func(int) string { return `--8<-- "x"` }),
		"quotes in tables":        r("> |a|\n> |-|\n", 5000),
		"contents":                r("[TOC]\n\n# a\n\n", 2000),
		"mixed nesting":           r("> 1. - ", 5000) + "x",
		"html in lists":           r("- <div>\n", 10000),
		"loose links":             r("[a](b c.d)", 9000),
		"loose links opened":      r("[a](b c.d ", 9000),
		"spaced references":       "[r]: /x\n\n" + r("[a] [r] ", 1500),
		"loose pictures":          lines(9000, func(int) string { return "![a](b c.d)" }),
		"smart lists":             r("- a\n\n  b\n", 10000),
	}
}
