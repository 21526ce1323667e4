package markdown

import (
	"strings"
	"testing"

	"golang.org/x/net/html"
)

func TestMathML(t *testing.T) {
	for _, tt := range []struct{ tex, want string }{
		{`x`, `<mi>x</mi>`},
		{`12.5x`, `<mn>12.5</mn><mi>x</mi>`},
		{`a_1^2`, `<msubsup><mi>a</mi><mn>1</mn><mrow><mn>2</mn></mrow></msubsup>`},
		{`f''`, `<msup><mi>f</mi><mrow><mo>′′</mo></mrow></msup>`},
		{`\frac12x^10`, `<mfrac><mn>1</mn><mn>2</mn></mfrac><msup><mi>x</mi><mrow><mn>1</mn></mrow></msup><mn>0</mn>`},
		{`\frac{a}{b}`, `<mfrac><mrow><mi>a</mi></mrow><mrow><mi>b</mi></mrow></mfrac>`},
		{`\sum_{i}^n`, `<munderover><mo>∑</mo><mrow><mi>i</mi></mrow><mrow><mi>n</mi></mrow></munderover>`},
		{`\sum\nolimits_i`, `<msub><mo>∑</mo><mi>i</mi></msub>`},
		{`{a \over b}`, `<mrow><mfrac><mrow><mi>a</mi></mrow><mrow><mi>b</mi></mrow></mfrac></mrow>`},
		{`\mathbb{R}\mathrm{d}\mathrm{kg}`, `<mi>ℝ</mi><mi mathvariant="normal">d</mi><mi>kg</mi>`},
		{`\text{a < b}`, "<mtext>a\u00a0&lt;\u00a0b</mtext>"},
		{`a<b`, `<mi>a</mi><mo>&lt;</mo><mi>b</mi>`},
		{`\left\{ x \right.`, `<mrow><mo stretchy="true">{</mo><mi>x</mi></mrow>`},
		{`\begin{matrix} 1 & 2 \\[2pt] 3 \\ \end{matrix}`, `<mtable><mtr><mtd><mrow><mn>1</mn></mrow></mtd><mtd><mrow><mn>2</mn></mrow></mtd></mtr><mtr><mtd><mrow><mn>3</mn></mrow></mtd></mtr></mtable>`},
		{`a % comment`, `<mi>a</mi>`},
	} {
		got, err := mathML(tt.tex, false)
		if want := "<math><mrow>" + tt.want + "</mrow></math>"; err != nil || strings.ReplaceAll(string(got), "<mrow><mrow>"+tt.want+"</mrow></mrow>", "<mrow>"+tt.want+"</mrow>") != want {
			t.Errorf("mathML(%q)\ngot  %s, %v\nwant %s", tt.tex, got, err, want)
		}
	}
	for _, bad := range []string{`\nosuch`, `\frac{a}`, `x^`, `{x`, `x}`, `\left( x`, `\begin{matrix} 1`, `\begin{x}\end{x}`, `\`, `x_1_2`, `\begin{matrix}\end{cases}`,
		strings.Repeat("{", 100), strings.Repeat(`\frac`, 100), strings.Repeat(`x^{`, 100), strings.Repeat(`\left(`, 100), `\begin{matrix}\\[`, `\text`, `\mathbb`} {
		if got, err := mathML(bad, true); err == nil {
			t.Errorf("mathML(%q) = %s, want an error", bad, got)
		}
	}
}

func FuzzMath(f *testing.F) {
	for _, s := range []string{`\frac{a}{b}^2_{i}`, `\begin{cases} a & b \\ c \end{cases}`, `\left( x \right)`, `\mathbb{R} \text{x} \sqrt[3]{y}`, `a \over b`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, tex string) {
		got, err := mathML(tex, true)
		if err != nil {
			return
		}
		// What comes out is balanced and holds nothing but MathML.
		var open []string
		z := html.NewTokenizer(strings.NewReader(string(got)))
		for {
			switch z.Next() {
			case html.ErrorToken:
				if len(open) > 0 {
					t.Fatalf("input %q\ngot %s\nopen %q", tex, got, open)
				}
				return
			case html.StartTagToken:
				name, _ := z.TagName()
				if n := string(name); n != "math" && n[0] != 'm' {
					t.Fatalf("input %q\ngot %s\nelement %q", tex, got, n)
				}
				open = append(open, string(name))
			case html.EndTagToken:
				name, _ := z.TagName()
				if len(open) == 0 || open[len(open)-1] != string(name) {
					t.Fatalf("input %q\ngot %s\nend of %q in %q", tex, got, name, open)
				}
				open = open[:len(open)-1]
			case html.CommentToken, html.SelfClosingTagToken, html.DoctypeToken:
				t.Fatalf("input %q\ngot %s", tex, got)
			}
		}
	})
}
