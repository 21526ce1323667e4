package markdown

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

// lexed shows the pieces of code that have a class.
func lexed(lang, code string) string {
	var b strings.Builder
	lexerOf(lang)(code, func(class, text string) {
		if class == "" {
			b.WriteString(text)
		} else {
			b.WriteString("⟨" + class[1:] + text + "⟩")
		}
	})
	return b.String()
}

func TestLexers(t *testing.T) {
	for _, tt := range []struct{ lang, code, want string }{
		{"yaml", "# c\na: 1 # d\nb-c: \"x: y\" \n- d: [e, 2, {f: g}]\n- *h\n- &i !t j\nk: |\n  l: m\n\n  n\no: true\n", "⟨0# c\n⟩⟨1a⟩: ⟨21⟩ ⟨0# d\n⟩⟨1b-c⟩: ⟨3\"x: y\"⟩ \n- ⟨1d⟩: [⟨3e⟩, ⟨22⟩, {⟨1f⟩: ⟨3g⟩}]\n- ⟨2*h⟩\n- ⟨2&i⟩ ⟨2!t⟩ ⟨3j⟩\n⟨1k⟩: |\n⟨3  l: m\n⟩⟨3\n⟩⟨3  n\n⟩⟨1o⟩: ⟨2true⟩\n"},
		{"yaml", "url: http://x/#y\ntime: 12:30\n\"q\": 'it''s'\n---\n", "⟨1url⟩: ⟨3http://x/#y⟩\n⟨1time⟩: ⟨312:30⟩\n⟨1\"q\"⟩: ⟨3'it'⟩⟨3's'⟩\n⟨0---\n⟩"},
		{"json", `{"a": ["b", -1.5e3, true], "c" : null}`, `{⟨1"a"⟩: [⟨3"b"⟩, ⟨2-1.5e3⟩, ⟨2true⟩], ⟨1"c"⟩ : ⟨2null⟩}`},
		{"sh", "# c\nexport A=\"$B x\" && kubectl get po -n ${C} # d\necho 'e f' $1", "⟨0# c⟩\n⟨1export⟩ A=⟨3\"$B x\"⟩ && ⟨2kubectl⟩ get po -n ⟨2${C}⟩ ⟨0# d⟩\n⟨2echo⟩ ⟨3'e f'⟩ ⟨2$1⟩"},
		{"console", "$ ls -l\na b\n", "⟨0$ ⟩⟨2ls⟩ -l\na b\n"},
		{"go", "// c\nfunc f(x int) { return `a\nb` + \"c\\\"\" /* d */ }", "⟨0// c⟩\n⟨1func⟩ ⟨2f⟩(x ⟨2int⟩) { ⟨1return⟩ ⟨3`a\nb`⟩ + ⟨3\"c\\\"\"⟩ ⟨0/* d */⟩ }"},
		{"py", "@x\ndef f():\n    '''a\n    b'''\n    return 1.5 # c", "⟨2@x⟩\n⟨1def⟩ ⟨2f⟩():\n    ⟨3'''a\n    b'''⟩\n    ⟨1return⟩ ⟨21.5⟩ ⟨0# c⟩"},
		{"toml", "[a.b]\nc-d = \"e\"\n# f", "⟨1[a.b]⟩\n⟨1c-d⟩ = ⟨3\"e\"⟩\n⟨0# f⟩"},
		{"html", `<!-- c --><a b="c">d</a>`, `⟨0<!-- c -->⟩⟨1<a⟩ ⟨2b⟩=⟨3"c"⟩⟨1>⟩d⟨1</a⟩⟨1>⟩`},
		{"diff", "@@ x\n-a\n+b\n c\n", "⟨1@@ x\n⟩⟨2-a\n⟩⟨3+b\n⟩ c\n"},
		{"make", "all: x\n\techo $(A) # b\n", "⟨1all⟩: x\n\techo $(A) ⟨0# b⟩\n"},
		{"sql", "SELECT a FROM b -- c\nWHERE d = 'e'", "⟨1SELECT⟩ a ⟨1FROM⟩ b ⟨0-- c⟩\n⟨1WHERE⟩ d = ⟨3'e'⟩"},
		{"txt", "if x", "if x"},
	} {
		if got := lexed(tt.lang, tt.code); got != tt.want {
			t.Errorf("%s %q\ngot  %q\nwant %q", tt.lang, tt.code, got, tt.want)
		}
	}
}

// Whatever the code is, the pieces together are the code, and each lexer gets
// through what makes regular expressions slow.
func TestLexersKeepTheCode(t *testing.T) {
	langs := append(slices.Sorted(maps.Keys(languages)), "yaml", "json", "console", "html", "diff", "markdown")
	units := []string{"\"", "'", "(", "[", "{", "<", "a", "a ", "\\", "$", "${", "`", "/*", "//", "#", " #", "<!--", "<a ", "=", "-", "- ", "a: ", "\t", " ", "\n", "a=\"",
		"\"a\" ", "{{", "'''", "\"\"\"", "0", "0x", "1.", "@", "&", "|", "a: |\n", "<<EOF\n", "f(", "\"\\", "é", "--[[", "\\\n", ": ", "]", "}", ",", "a:\n"}
	for _, lang := range langs {
		for _, unit := range units {
			for _, code := range []string{unit, unit + "x", strings.Repeat(unit, 60000/len(unit))} {
				n := 0
				lexerOf(lang)(code, func(_, text string) {
					if !strings.HasPrefix(code[n:], text) {
						t.Fatalf("%s of %.20q: piece %.20q is not what follows", lang, code, text)
					}
					n += len(text)
				})
				if n != len(code) {
					t.Errorf("%s of %.20q: %d of %d bytes", lang, code, n, len(code))
				}
			}
		}
	}
}

func FuzzLexers(f *testing.F) {
	langs := append(slices.Sorted(maps.Keys(languages)), "yaml", "json", "console", "html", "diff", "markdown")
	f.Add(0, "func f() { return `x` } // c\n")
	f.Add(len(langs)-6, "a: [b, \"c\"] # d\n- e: |\n    f\n")
	f.Fuzz(func(t *testing.T, i int, code string) {
		var b strings.Builder
		lang := langs[uint(i)%uint(len(langs))]
		lexerOf(lang)(code, func(_, text string) { b.WriteString(text) })
		if b.String() != code {
			t.Errorf("%s\ngot  %q\nwant %q", lang, b.String(), code)
		}
	})
}
