package markdown

import "strings"

// The theme has three hues and a grey for code, so what has to be found in it
// is little: comments, strings, keywords, names and numbers. The lexers below
// find that in one pass for the languages that documentation is full of, about
// a hundred times faster than chroma's, whose regular expressions also need
// minutes for some 32 kB blocks that somebody may write on purpose (a YAML
// block of quotes). Other languages go through chroma, in smaller blocks.

// A lexer splits code into pieces with their classes. The pieces together are
// the code.
type lexer func(code string, emit func(class, text string))

// lexerOf returns the lexer of a language in lower case, or nil.
func lexerOf(lang string) lexer {
	switch lang {
	case "yaml", "yml", "helm-values", "kubernetes":
		return lexYAML
	case "json", "jsonc", "json5", "jsonl", "geojson":
		return lexJSON
	case "console", "shell-session", "shellsession", "sh-session", "bash-session":
		return lexConsole
	case "html", "xml", "xhtml", "svg", "vue", "pom", "xsd", "xslt":
		return lexMarkup
	case "diff", "patch", "udiff":
		return lexDiff
	case "markdown", "md":
		return lexMarkdown
	}
	if name, ok := languageNames[lang]; ok {
		return languages[name].lex
	}
	if l, ok := languages[lang]; ok {
		return l.lex
	}
	return nil
}

// A language says what its comments, strings and words look like.
type language struct {
	line     []string    // begin a comment that ends with the line
	block    [][2]string // begin and end a comment
	quotes   string      // begin and end a string on one line, with backslash escapes
	raw      string      // begin and end a string over lines, without escapes
	multi    string      // begin and end a string over lines, with escapes
	triple   bool        // three quotes begin and end a string over lines
	keywords map[string]bool
	values   map[string]bool // constants and built-in names
	fold     bool            // keywords in any case
	vars     bool            // $name and ${name}
	at       bool            // @name
	dash     bool            // names may hold hyphens
	keys     bool            // "name =" and "[name]" at the start of a line
	targets  bool            // "name:" at the start of a line
	pre      bool            // # begins a line for the preprocessor
}

func words(s string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(s) {
		m[w] = true
	}
	return m
}

const cWords = "if else for while do switch case default break continue return goto struct union enum typedef const static extern void int long short char float double signed unsigned sizeof volatile inline "
const jsWords = "break case catch class const continue debugger default delete do else export extends finally for from function if import in instanceof let new of return static super switch this throw try typeof var void while with yield async await get set "
const javaWords = "abstract assert boolean break byte case catch char class const continue default do double else enum extends final finally float for if implements import instanceof int interface long native new package private protected public return short static super switch synchronized this throw throws transient try void volatile while var record sealed "

var slashes = [][2]string{{"/*", "*/"}}

// languages are the ones that differ only in such things.
var languages = map[string]*language{
	"go": {line: []string{"//"}, block: slashes, quotes: `"'`, raw: "`", keywords: words("break case chan const continue default defer else fallthrough for func go goto if import interface map package range return select struct switch type var"),
		values: words("true false nil iota append cap clear close copy delete len make max min new panic print println recover any bool byte error float32 float64 int int8 int16 int32 int64 rune string uint uint8 uint16 uint32 uint64 uintptr")},
	"python": {line: []string{"#"}, quotes: `"'`, triple: true, at: true, keywords: words("and as assert async await break class continue def del elif else except finally for from global if import in is lambda match case nonlocal not or pass raise return try while with yield"),
		values: words("True False None self cls print len range str int float list dict set tuple bool open super isinstance type")},
	"javascript": {line: []string{"//"}, block: slashes, quotes: `"'`, multi: "`", at: true, keywords: words(jsWords), values: words("true false null undefined NaN Infinity console require module exports window document Promise")},
	"typescript": {line: []string{"//"}, block: slashes, quotes: `"'`, multi: "`", at: true, keywords: words(jsWords + "abstract as declare enum implements interface is keyof namespace private protected public readonly type unique infer satisfies"),
		values: words("true false null undefined any boolean never number object string symbol unknown void console Promise")},
	"java":   {line: []string{"//"}, block: slashes, quotes: `"'`, triple: true, at: true, keywords: words(javaWords), values: words("true false null String Integer Boolean List Map Object System")},
	"kotlin": {line: []string{"//"}, block: slashes, quotes: `"'`, triple: true, at: true, keywords: words("abstract as break by catch class companion constructor continue data do else enum finally for fun if import in init inline interface internal is lateinit object open operator out override package private protected public return sealed super suspend this throw try typealias val var vararg when where while"), values: words("true false null String Int Boolean List Map Unit")},
	"scala":  {line: []string{"//"}, block: slashes, quotes: `"`, triple: true, at: true, keywords: words("abstract case catch class def do else extends final finally for forSome if implicit import lazy match new object override package private protected return sealed super this throw trait try type val var while with yield given using enum then"), values: words("true false null String Int Boolean Unit Option Some None List Map Seq")},
	"groovy": {line: []string{"//"}, block: slashes, quotes: `"'`, triple: true, at: true, keywords: words(javaWords + "def in as trait pipeline agent stages stage steps environment post"), values: words("true false null")},
	"c":      {line: []string{"//"}, block: slashes, quotes: `"'`, pre: true, keywords: words(cWords), values: words("NULL true false size_t bool uint8_t uint32_t uint64_t int32_t int64_t")},
	"cpp":    {line: []string{"//"}, block: slashes, quotes: `"'`, pre: true, keywords: words(cWords + "alignas alignof auto bool catch class concept constexpr const_cast co_await co_return decltype delete dynamic_cast explicit export final friend mutable namespace new noexcept operator override private protected public reinterpret_cast requires static_assert static_cast template this throw try typename using virtual"), values: words("nullptr true false std string vector")},
	"csharp": {line: []string{"//"}, block: slashes, quotes: `"'`, pre: true, keywords: words("abstract as async await base break case catch class const continue default delegate do else enum event explicit extern finally fixed for foreach get if implicit in interface internal is lock namespace new operator out override params partial private protected public readonly record ref return sealed set static struct switch this throw try typeof using var virtual void volatile while yield"), values: words("true false null string int bool object decimal double float long")},
	"rust":   {line: []string{"//"}, block: slashes, quotes: `"`, keywords: words("as async await break const continue crate dyn else enum extern fn for if impl in let loop match mod move mut pub ref return self Self static struct super trait type unsafe use where while"), values: words("true false None Some Ok Err String Vec Option Result bool char f32 f64 i8 i16 i32 i64 isize str u8 u16 u32 u64 usize println")},
	"swift":  {line: []string{"//"}, block: slashes, quotes: `"`, triple: true, at: true, keywords: words("as associatedtype async await break case catch class continue default defer deinit do else enum extension fallthrough fileprivate final for func guard if import in init inout internal is lazy let mutating nonisolated open operator override private protocol public repeat rethrows return self Self static struct subscript super switch throw throws try typealias var weak where while"), values: words("true false nil String Int Bool Double Array")},
	"dart":   {line: []string{"//"}, block: slashes, quotes: `"'`, triple: true, at: true, keywords: words(jsWords + "abstract as dynamic enum extension factory final implements is late library mixin required sealed show"), values: words("true false null String int bool double List Map Future void")},
	"php":    {line: []string{"//", "#"}, block: slashes, quotes: `"'`, vars: true, keywords: words("abstract and array as break case catch class clone const continue declare default do echo else elseif enum extends final finally fn for foreach function global if implements include instanceof interface match namespace new or print private protected public readonly require return static switch throw trait try use var while yield"), values: words("true false null self parent string int bool")},
	"ruby":   {line: []string{"#"}, quotes: `"'`, at: true, keywords: words("alias and begin break case class def do else elsif end ensure for if in module next not or redo require require_relative rescue retry return self super then undef unless until when while yield attr_accessor attr_reader include extend"), values: words("true false nil puts")},
	"lua":    {line: []string{"--"}, block: [][2]string{{"--[[", "]]"}}, quotes: `"'`, keywords: words("and break do else elseif end for function goto if in local not or repeat return then until while"), values: words("true false nil")},
	"sql":    {line: []string{"--"}, block: slashes, raw: `'`, quotes: `"`, fold: true, keywords: words("select from where and or not in is null insert into values update set delete create table alter drop index view primary key foreign references join inner left right outer full on group by order having limit offset union all distinct as case when then else end begin commit rollback grant revoke to with exists between like if database schema user role default unique constraint add column returning explain analyze function returns language trigger use show describe"), values: words("true false count sum avg min max now int integer bigint text varchar char boolean timestamp date numeric serial uuid jsonb")},
	"bash": {line: []string{"#"}, raw: `'`, multi: `"`, vars: true, dash: true, keywords: words("if then else elif fi for while until do done case esac in function select return break continue export local readonly declare set unset source alias trap exit shift eval exec time"),
		values: words("echo cd printf read test pwd true false sudo cat grep sed awk curl wget tar mkdir rm cp mv ls chmod chown kubectl helm docker git npm npx yarn pnpm pip python go make apt apt-get brew")},
	"powershell": {line: []string{"#"}, block: [][2]string{{"<#", "#>"}}, quotes: `"`, raw: `'`, vars: true, dash: true, fold: true, keywords: words("begin break catch class continue data do dynamicparam else elseif end enum exit filter finally for foreach from function if in param process return switch throw trap try until using while")},
	"batch":      {line: []string{"REM ", "rem ", "::"}, quotes: `"`, fold: true, keywords: words("if else for in do set echo call goto exit setlocal endlocal pause cd")},
	"dockerfile": {line: []string{"#"}, quotes: `"'`, vars: true, dash: true, keywords: words("FROM RUN CMD LABEL MAINTAINER EXPOSE ENV ADD COPY ENTRYPOINT VOLUME USER WORKDIR ARG ONBUILD STOPSIGNAL HEALTHCHECK SHELL AS")},
	"makefile":   {line: []string{"#"}, quotes: `"'`, vars: true, dash: true, targets: true, keywords: words("ifeq ifneq ifdef ifndef else endif include define endef export override")},
	"hcl":        {line: []string{"#", "//"}, block: slashes, quotes: `"`, keys: true, dash: true, keywords: words("resource data variable output module provider terraform locals for_each for in if dynamic"), values: words("true false null string number bool list map object any")},
	"toml":       {line: []string{"#"}, quotes: `"`, raw: `'`, triple: true, keys: true, dash: true, values: words("true false")},
	"ini":        {line: []string{"#", ";"}, quotes: `"`, keys: true, dash: true, values: words("true false yes no on off")},
	"proto":      {line: []string{"//"}, block: slashes, quotes: `"'`, keywords: words("syntax package import option message enum service rpc returns stream repeated optional required oneof map reserved extend public"), values: words("true false double float int32 int64 uint32 uint64 sint32 sint64 fixed32 fixed64 bool string bytes")},
	"graphql":    {line: []string{"#"}, quotes: `"`, triple: true, vars: true, at: true, keywords: words("query mutation subscription fragment on type input enum interface union scalar schema directive extend implements repeatable"), values: words("true false null String Int Float Boolean ID")},
	"nginx":      {line: []string{"#"}, quotes: `"'`, vars: true, dash: true, keywords: words("server location upstream http events if map return rewrite proxy_pass listen root index include set add_header proxy_set_header server_name try_files access_log error_log"), values: words("on off default_server")},
	"css":        {block: slashes, quotes: `"'`, at: true, dash: true, targets: true, keywords: words("important from to")},
	"rego":       {line: []string{"#"}, quotes: `"`, raw: "`", keywords: words("package import default not with as some in every if contains else"), values: words("true false null input data")},
	"promql":     {line: []string{"#"}, quotes: `"'`, keywords: words("by without on ignoring group_left group_right offset and or unless bool"), values: words("sum avg min max count rate irate increase histogram_quantile topk bottomk quantile stddev delta absent label_replace time vector")},
	"r":          {line: []string{"#"}, quotes: `"'`, keywords: words("if else for while repeat function return next break in library"), values: words("TRUE FALSE NULL NA")},
	"perl":       {line: []string{"#"}, quotes: `"'`, vars: true, keywords: words("my our local sub if elsif else unless while until for foreach return use package require last next")},
	"elixir":     {line: []string{"#"}, quotes: `"'`, triple: true, at: true, keywords: words("def defp defmodule do end if else unless case cond fn for with import alias require use when and or not in receive after rescue raise"), values: words("true false nil")},
	"haskell":    {line: []string{"--"}, block: [][2]string{{"{-", "-}"}}, quotes: `"`, keywords: words("case class data deriving do else if import in infix instance let module newtype of then type where")},
	"jsonnet":    {line: []string{"//", "#"}, block: slashes, quotes: `"'`, keywords: words("assert else error for function if import importstr in local self super tailstrict then"), values: words("true false null std")},
	"cue":        {line: []string{"//"}, quotes: `"'`, triple: true, keywords: words("package import for in if let"), values: words("true false null string int bool number bytes")},
	"text":       {},
}

// languageNames are other names of them.
var languageNames = map[string]string{
	"golang": "go", "py": "python", "python3": "python", "py3": "python", "starlark": "python", "bzl": "python", "tilt": "python", "js": "javascript",
	"jsx": "javascript", "mjs": "javascript", "node": "javascript", "react": "javascript", "ts": "typescript", "tsx": "typescript", "kt": "kotlin",
	"kts": "kotlin", "gradle": "groovy", "jenkinsfile": "groovy", "h": "c", "c++": "cpp", "cc": "cpp", "hpp": "cpp", "objc": "c", "cs": "csharp", "c#": "csharp",
	"rs": "rust", "rb": "ruby", "sh": "bash", "shell": "bash", "zsh": "bash", "ksh": "bash", "fish": "bash", "env": "bash", "dotenv": "bash", "ps1": "powershell",
	"pwsh": "powershell", "posh": "powershell", "bat": "batch", "cmd": "batch", "docker": "dockerfile", "containerfile": "dockerfile", "make": "makefile",
	"mk": "makefile", "terraform": "hcl", "tf": "hcl", "hcl2": "hcl", "nomad": "hcl", "cfg": "ini", "conf": "ini", "properties": "ini", "editorconfig": "ini",
	"gitignore": "ini", "systemd": "ini", "protobuf": "proto", "proto3": "proto", "gql": "graphql", "scss": "css", "less": "css", "sass": "css", "postgres": "sql",
	"postgresql": "sql", "mysql": "sql", "plsql": "sql", "psql": "sql", "pl": "perl", "ex": "elixir", "exs": "elixir", "hs": "haskell", "libsonnet": "jsonnet",
	"txt": "text", "plain": "text", "plaintext": "text", "none": "text", "output": "text", "log": "text", "logs": "text", "": "text", "ascii": "text",
	"tree": "text", "csv": "text", "no-highlight": "text", "nohighlight": "text", "raw": "text", "plantuml": "text", "puml": "text",
}

func wordByte(c byte) bool {
	return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c >= 0x80
}

// lex splits code. Every step consumes what it looked at, so the time is
// linear in the length.
func (l *language) lex(code string, emit func(class, text string)) {
	if len(l.keywords)+len(l.values)+len(l.line)+len(l.block)+len(l.quotes) == 0 {
		emit("", code)
		return
	}
	plain := 0 // where text without a class began
	i := 0
	put := func(class string, end int) {
		if plain < i {
			emit("", code[plain:i])
		}
		emit(class, code[i:end])
		i, plain = end, end
	}
	starts := firstBytes(l)
	lineStart := true
	for i < len(code) {
		c := code[i]
		if c == '\n' {
			lineStart = true
			i++
			continue
		}
		if lineStart && c != ' ' && c != '\t' {
			lineStart = false
			if end, class := l.head(code, i); end > i {
				put(class, end)
				continue
			}
		}
		if starts[c] {
			if end := l.comment(code, i); end > i {
				put("k0", end)
				continue
			}
			if end := l.text(code, i); end > i {
				put("k3", end)
				continue
			}
		}
		switch {
		case c == '$' && l.vars:
			if end := variable(code, i); end > i+1 {
				put("k2", end)
				continue
			}
		case c == '@' && l.at && i+1 < len(code) && wordByte(code[i+1]):
			put("k2", wordEnd(code, i+1, l.dash))
			continue
		case c >= '0' && c <= '9':
			end := wordEnd(code, i, false)
			for end+1 < len(code) && code[end] == '.' && code[end+1] >= '0' && code[end+1] <= '9' {
				end = wordEnd(code, end+1, false)
			}
			put("k2", end)
			continue
		case wordByte(c):
			end := wordEnd(code, i, l.dash)
			word := code[i:end]
			if l.fold {
				word = strings.ToLower(word)
			}
			switch {
			case l.keywords[word]:
				put("k1", end)
			case l.values[word], end < len(code) && code[end] == '(':
				put("k2", end)
			default:
				i = end
			}
			continue
		}
		i++
	}
	if plain < len(code) {
		emit("", code[plain:])
	}
}

// firstBytes are the bytes that comments and strings begin with.
func firstBytes(l *language) *[256]bool {
	var b [256]bool
	for _, s := range l.line {
		b[s[0]] = true
	}
	for _, s := range l.block {
		b[s[0][0]] = true
	}
	for _, c := range []byte(l.quotes + l.raw + l.multi) {
		b[c] = true
	}
	return &b
}

func wordEnd(code string, i int, dash bool) int {
	for i < len(code) && (wordByte(code[i]) || dash && code[i] == '-') {
		i++
	}
	return i
}

func lineEnd(code string, i int) int {
	if n := strings.IndexByte(code[i:], '\n'); n >= 0 {
		return i + n
	}
	return len(code)
}

// head reads what may begin a line: a key, a section, a target, or a line for
// the preprocessor.
func (l *language) head(code string, i int) (int, string) {
	switch c := code[i]; {
	case l.pre && c == '#':
		return wordEnd(code, i+1, false), "k1"
	case l.keys && c == '[':
		return lineEnd(code, i), "k1"
	case l.keys && (wordByte(c) || c == '-' || c == '.'):
		end := i
		for end < len(code) && (wordByte(code[end]) || code[end] == '-' || code[end] == '.') {
			end++
		}
		rest := strings.TrimLeft(code[end:min(len(code), end+8)], " \t")
		if strings.HasPrefix(rest, "=") || strings.HasPrefix(rest, ":") {
			return end, "k1"
		}
	case l.targets && (wordByte(c) || c == '.' || c == '-'):
		end := i
		for end < len(code) && (wordByte(code[end]) || strings.IndexByte("-./%", code[end]) >= 0) {
			end++
		}
		if end < len(code) && code[end] == ':' {
			return end, "k1"
		}
	}
	return i, ""
}

// comment returns where a comment that begins at i ends, or i.
func (l *language) comment(code string, i int) int {
	for _, b := range l.block {
		if strings.HasPrefix(code[i:], b[0]) {
			if n := strings.Index(code[i+len(b[0]):], b[1]); n >= 0 {
				return i + len(b[0]) + n + len(b[1])
			}
			return len(code)
		}
	}
	for _, s := range l.line {
		if strings.HasPrefix(code[i:], s) && (s != "#" || i == 0 || strings.IndexByte(" \t\n;({[,", code[i-1]) >= 0) {
			return lineEnd(code, i)
		}
	}
	return i
}

// text returns where a string that begins at i ends, or i. One on a line that
// has no end is no string.
func (l *language) text(code string, i int) int {
	c := code[i]
	if l.triple && i+2 < len(code) && code[i+1] == c && code[i+2] == c && strings.IndexByte(l.quotes+l.raw, c) >= 0 {
		if n := strings.Index(code[i+3:], code[i:i+3]); n >= 0 {
			return i + 3 + n + 3
		}
		return len(code)
	}
	switch {
	case strings.IndexByte(l.raw, c) >= 0:
		if n := strings.IndexByte(code[i+1:], c); n >= 0 {
			return i + n + 2
		}
		return len(code)
	case strings.IndexByte(l.multi, c) >= 0, strings.IndexByte(l.quotes, c) >= 0:
		multi := strings.IndexByte(l.multi, c) >= 0
		for j := i + 1; j < len(code); j++ {
			switch code[j] {
			case '\\':
				j++
			case '\n':
				if !multi {
					return j // an apostrophe, or a mistake: the line is one string
				}
			case c:
				return j + 1
			}
		}
		return len(code)
	}
	return i
}

// variable returns where $name, ${name} or $(name) ends.
func variable(code string, i int) int {
	j := i + 1
	if j >= len(code) {
		return j
	}
	switch code[j] {
	case '{':
		end := lineEnd(code, j)
		if n := strings.IndexByte(code[j:end], '}'); n >= 0 {
			return j + n + 1
		}
		return end
	case '(':
		return j // its content is code again
	case '@', '#', '?', '!', '*', '$':
		return j + 1
	}
	return wordEnd(code, j, false)
}

// eachLine calls f for every line, with its line feed.
func eachLine(code string, f func(line string)) {
	for code != "" {
		end := strings.IndexByte(code, '\n') + 1
		if end == 0 {
			end = len(code)
		}
		f(code[:end])
		code = code[end:]
	}
}

// indentOf returns the number of spaces before a line.
func indentOf(line string) int { return len(line) - len(strings.TrimLeft(line, " ")) }

// lexYAML reads line by line; the lines of a block scalar are one string.
func lexYAML(code string, emit func(class, text string)) {
	scalar := -1 // indentation of the key of the open block scalar
	eachLine(code, func(line string) {
		trimmed := strings.TrimSpace(line)
		if scalar >= 0 {
			if trimmed == "" || indentOf(line) > scalar {
				emit("k3", line)
				return
			}
			scalar = -1
		}
		switch {
		case trimmed == "":
			emit("", line)
			return
		case trimmed[0] == '#':
			emit("k0", line)
			return
		case strings.HasPrefix(trimmed, "---"), strings.HasPrefix(trimmed, "..."):
			emit("k0", line)
			return
		}
		i := indentOf(line)
		for strings.HasPrefix(line[i:], "- ") || strings.TrimSpace(line[i:]) == "-" {
			i++
			for i < len(line) && line[i] == ' ' {
				i++
			}
		}
		emit("", line[:i])
		if end := yamlKey(line, i); end > i {
			emit("k1", line[i:end])
			i = end
		}
		rest := strings.TrimSpace(line[i:])
		rest = strings.TrimSpace(strings.TrimPrefix(rest, ":"))
		if rest != "" && (rest[0] == '|' || rest[0] == '>') && len(strings.Fields(rest)[0]) < 4 {
			scalar = indentOf(line)
		}
		yamlValue(line, i, emit)
	})
}

// yamlKey returns where the key at i ends, or i if there is none.
func yamlKey(line string, i int) int {
	if i >= len(line) {
		return i
	}
	if q := line[i]; q == '"' || q == '\'' {
		n := strings.IndexByte(line[i+1:], q)
		if n >= 0 && strings.HasPrefix(strings.TrimLeft(line[i+n+2:], " "), ":") {
			return i + n + 2
		}
		return i
	}
	for j := i; j < len(line); j++ {
		switch line[j] {
		case ':':
			if j+1 >= len(line) || line[j+1] == ' ' || line[j+1] == '\n' {
				return j
			}
		case '{', '[', ',', '#', '"', '\'', '&', '*', '!', '|', '>', '`':
			if j == i || line[j] == '#' && line[j-1] == ' ' {
				return i
			}
		}
	}
	return i
}

// yamlValue reads what stands behind a key: values, or a flow of them.
func yamlValue(line string, i int, emit func(class, text string)) {
	flow := 0
	for i < len(line) {
		c := line[i]
		switch {
		case c == ' ' || c == '\n' || c == ':' || c == ',' || c == '\t':
			emit("", line[i:i+1])
			i++
			continue
		case c == '[' || c == '{':
			flow++
			emit("", line[i:i+1])
			i++
			continue
		case c == ']' || c == '}':
			flow = max(0, flow-1)
			emit("", line[i:i+1])
			i++
			continue
		case c == '#' && (i == 0 || line[i-1] == ' '):
			emit("k0", line[i:])
			return
		case c == '"' || c == '\'':
			end := i + 1
			for end < len(line) && line[end] != c && line[end] != '\n' {
				if c == '"' && line[end] == '\\' {
					end++
				}
				end++
			}
			end = min(len(line), end+1)
			if end > i+1 && line[end-1] == '\n' {
				end--
			}
			emit("k3", line[i:end])
			i = end
			continue
		case c == '&' || c == '*' || c == '!':
			end := i + 1
			for end < len(line) && line[end] != ' ' && line[end] != '\n' && line[end] != ',' && line[end] != ']' {
				end++
			}
			emit("k2", line[i:end])
			i = end
			continue
		}
		end := i
		for end < len(line) && line[end] != '\n' && !(line[end] == '#' && line[end-1] == ' ') &&
			!(flow > 0 && (line[end] == ',' || line[end] == ']' || line[end] == '}' || line[end] == ':' && end+1 < len(line) && line[end+1] == ' ')) {
			end++
		}
		value := strings.TrimRight(line[i:end], " ")
		if value == "" {
			value = line[i:end]
		}
		class := "k3"
		switch {
		case flow > 0 && end < len(line) && line[end] == ':':
			class = "k1"
		case yamlConstant(value):
			class = "k2"
		case value == "|" || value == ">" || value == "|-" || value == ">-" || value == "|+" || value == "-":
			class = ""
		}
		emit(class, value)
		i += len(value)
	}
}

func yamlConstant(v string) bool {
	switch v {
	case "true", "false", "null", "~", "yes", "no", "on", "off", "True", "False":
		return true
	}
	for i := 0; i < len(v); i++ {
		if c := v[i]; !(c >= '0' && c <= '9' || c == '.' && i > 0 || i == 0 && (c == '-' || c == '+') && len(v) > 1) {
			return false
		}
	}
	return v != ""
}

func lexJSON(code string, emit func(class, text string)) {
	plain, i := 0, 0
	put := func(class string, end int) {
		if plain < i {
			emit("", code[plain:i])
		}
		emit(class, code[i:end])
		i, plain = end, end
	}
	for i < len(code) {
		switch c := code[i]; {
		case c == '"' || c == '\'':
			end := i + 1
			for end < len(code) && code[end] != c && code[end] != '\n' {
				if code[end] == '\\' {
					end++
				}
				end++
			}
			end = min(len(code), end+1)
			if end > i+1 && code[end-1] == '\n' {
				end--
			}
			class := "k3"
			if strings.HasPrefix(strings.TrimLeft(code[end:min(len(code), end+16)], " \t\n"), ":") {
				class = "k1"
			}
			put(class, end)
		case strings.HasPrefix(code[i:], "//"), c == '#':
			put("k0", lineEnd(code, i))
		case strings.HasPrefix(code[i:], "/*"):
			end := len(code)
			if n := strings.Index(code[i:], "*/"); n >= 0 {
				end = i + n + 2
			}
			put("k0", end)
		case wordByte(c) || c == '-':
			end := i + 1
			for end < len(code) && (wordByte(code[end]) || code[end] == '.' || code[end] == '+' || code[end] == '-') {
				end++
			}
			put("k2", end)
		default:
			i++
		}
	}
	if plain < len(code) {
		emit("", code[plain:])
	}
}

// lexConsole shows prompts and output in grey-less text and commands as shell.
func lexConsole(code string, emit func(class, text string)) {
	shell := languages["bash"]
	eachLine(code, func(line string) {
		for _, prompt := range []string{"$ ", "# ", "> ", "% "} {
			if rest, ok := strings.CutPrefix(strings.TrimLeft(line, " "), prompt); ok {
				emit("k0", line[:len(line)-len(rest)])
				shell.lex(rest, emit)
				return
			}
		}
		emit("", line)
	})
}

func lexDiff(code string, emit func(class, text string)) {
	eachLine(code, func(line string) {
		class := ""
		switch {
		case strings.HasPrefix(line, "+++"), strings.HasPrefix(line, "---"), strings.HasPrefix(line, "@@"), strings.HasPrefix(line, "diff "), strings.HasPrefix(line, "index "):
			class = "k1"
		case strings.HasPrefix(line, "+"):
			class = "k3"
		case strings.HasPrefix(line, "-"):
			class = "k2"
		}
		emit(class, line)
	})
}

// lexMarkup reads tags of HTML and XML.
func lexMarkup(code string, emit func(class, text string)) {
	for i := 0; i < len(code); {
		next := strings.IndexByte(code[i:], '<')
		if next < 0 {
			emit("", code[i:])
			return
		}
		if next > 0 {
			emit("", code[i:i+next])
			i += next
		}
		if strings.HasPrefix(code[i:], "<!--") {
			end := len(code)
			if n := strings.Index(code[i:], "-->"); n >= 0 {
				end = i + n + 3
			}
			emit("k0", code[i:end])
			i = end
			continue
		}
		j := i + 1
		for j < len(code) && (wordByte(code[j]) || strings.IndexByte("/!?:-.", code[j]) >= 0) {
			j++
		}
		emit("k1", code[i:j])
		i = j
		for i < len(code) && code[i] != '>' && code[i] != '<' {
			switch c := code[i]; {
			case c == '"' || c == '\'':
				end := len(code)
				if n := strings.IndexByte(code[i+1:], c); n >= 0 {
					end = i + n + 2
				}
				emit("k3", code[i:end])
				i = end
			case wordByte(c) || c == ':' || c == '@':
				end := i + 1
				for end < len(code) && (wordByte(code[end]) || strings.IndexByte(":-.@", code[end]) >= 0) {
					end++
				}
				emit("k2", code[i:end])
				i = end
			default:
				emit("", code[i:i+1])
				i++
			}
		}
		if i < len(code) && code[i] == '>' {
			emit("k1", ">")
			i++
		}
	}
}

// lexMarkdown marks headings, fences, blocks of the dialect and inline code.
func lexMarkdown(code string, emit func(class, text string)) {
	fence := ""
	eachLine(code, func(line string) {
		trimmed := strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(trimmed, "```"), strings.HasPrefix(trimmed, "~~~"):
			if fence == "" {
				fence = trimmed[:3]
			} else if strings.HasPrefix(trimmed, fence) {
				fence = ""
			}
			emit("k3", line)
			return
		case fence != "":
			emit("", line)
			return
		case strings.HasPrefix(trimmed, "#"), strings.HasPrefix(trimmed, "!!! "), strings.HasPrefix(trimmed, "??? "), strings.HasPrefix(trimmed, "???+ "), strings.HasPrefix(trimmed, "=== "):
			emit("k1", line)
			return
		case strings.HasPrefix(trimmed, "<!--"):
			emit("k0", line)
			return
		}
		for line != "" {
			a := strings.IndexByte(line, '`')
			if a < 0 {
				break
			}
			b := strings.IndexByte(line[a+1:], '`')
			if b < 0 {
				break
			}
			emit("", line[:a])
			emit("k3", line[a:a+b+2])
			line = line[a+b+2:]
		}
		emit("", line)
	})
}
