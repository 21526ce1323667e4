package markdown

import (
	"strings"
	"testing"
)

func TestSmoke(t *testing.T) {
	e := New(Options{})
	d := e.Render(Input{Source: []byte("# Hello *W* {: #x .lg }\n\nLead [a](b.md){ .md-button } <b>x</div>y ![i](http://x/y.png)\n\n!!! tip \"Ti `t`\"\n    in\n\n    ```go title=\"a.go\" hl_lines=\"2\"\n    func f() {} // c\n    x := \"s\"\n    ```\nnot lazy\n\n=== \"A\"\n    aa\n\n=== \"B\"\n    bb\n\n| a | b |\n|---|--:|\n| 1 | [x](javascript:alert(1)) |\n\n- [x] done\n- [ ] not\n\n```mermaid\ngraph\n```\n\ntext[^1]\n\n[^1]: note\n")})
	t.Log(string(d.HTML))
	t.Logf("%+v", d.Links)
	if !strings.Contains(string(d.HTML), `<aside class="note ok">`) {
		t.Fail()
	}
}
