package yamldoc

import "testing"

func TestParse(t *testing.T) {
	tests := []struct {
		name, src string
		want      []string // JSON, or the rule of the error
	}{
		{"empty", "", nil},
		{"comments", "# a\n\n# b\n", nil},
		{"separators", "---\n---\n---\n", []string{"null", "null", "null"}},
		{"leading separator", "---\na: 1\n", []string{`{"a":1}`}},
		{"trailing separator", "a: 1\n---\n", []string{`{"a":1}`, "null"}},
		{"one broken document", "a: 1\n---\na: \"\n---\nb: 2\n", []string{`{"a":1}`, RuleSyntax, `{"b":2}`}},
		{"end marker", "a: 1\n...\nb: 2\n", []string{`{"a":1}`, `{"b":2}`}},
		{"words of YAML 1.1", "[yes, no, on, off, y, n, True, FALSE, ~, Null]", []string{`["yes","no","on","off","y","n",true,false,null,null]`}},
		{"dates", "[2020-01-01, 2020-01-01T00:00:00Z, 12:30:45]", []string{`["2020-01-01","2020-01-01T00:00:00Z","12:30:45"]`}},
		{"integers", "[007, 0o17, 0x1F, -0x1F, 0b11, 1_000, -5, +5, 9223372036854775808]", []string{`[7,15,31,"-0x1F","0b11","1_000",-5,5,9223372036854776000]`}},
		{"floats", "[1., .5, 1e3, +1.5E-3, .inf, -.INF, .nan, 1e400, 1e-7, .]", []string{`[1,0.5,1000,0.0015,null,null,null,null,1e-7,"."]`}},
		{"merge key is a key", "a: &x {b: 1}\nc: {<<: *x}\n", []string{`{"a":{"b":1},"c":{"<<":{"b":1}}}`}},
		{"YAML 1.1", "%YAML 1.1\n---\na: &x {b: yes}\nc: {<<: *x, d: 010}\n", []string{`{"a":{"b":true},"c":{"d":8,"b":true}}`}},
		{"YAML 1.2", "%YAML 1.2\n%FOO bar\n---\na: yes\n", []string{`{"a":"yes"}`}},
		{"twice", "a: 1\na: 2\n", []string{RuleSyntax}},
		{"no anchor", "a: *b\n", []string{RuleAlias}},
		{"anchors stay in their document", "a: &b 1\n---\na: *b\n", []string{`{"a":1}`, RuleAlias}},
		{"circle", "&a [*a]", []string{RuleAlias}},
		{"keys", "1: a\ntrue: b\n~: c\n0x1F: d\n", []string{`{"1":"a","true":"b","":"c","31":"d"}`}},
		{"tags", "[!foo bar, !!str 123, !!float 1]", []string{`["bar","123",1]`}},
		{"tab in an empty line", "a:\n  b: 1\n\t\n  c: 2\n", []string{`{"a":{"b":1,"c":2}}`}},
		{"tab as indentation", "a:\n\tb: 1\n", []string{RuleSyntax}},
		{"byte order mark", "\ufeffa: 1\n", []string{`{"a":1}`}},
		{"byte order mark later", "a: 1\n---\n\ufeffb: 1\n", []string{`{"a":1}`, "{\"\ufeffb\":1}"}},
		{"Windows", "a: 1\r\n---\r\nb: |\r\n  x\r\n", []string{`{"a":1}`, `{"b":"x\n"}`}},
		{"other line breaks", "a: x\u0085y\u2028z\n", []string{`{"a":"x\u0085y\u2028z"}`}},
		{"escapes", "a: \"\\e\\0\\u202E\"\n", []string{`{"a":"\u001b\u0000\u202e"}`}},
		{"Latin-1", "a: caf\xe9\n", []string{RuleEncoding}},
		{"UTF-16", "\xff\xfea\x00", []string{RuleEncoding}},
		{"directive without document", "%A\n%B\n", []string{RuleSyntax}},
	}
	for _, tt := range tests {
		docs := Parse([]byte(tt.src), Limits{})
		var got []string
		for _, d := range docs {
			if d.Err != nil {
				got = append(got, d.Err.Rule)
				continue
			}
			got = append(got, string(d.Node.AppendJSON(nil)))
		}
		if len(got) != len(tt.want) {
			t.Errorf("%s: Parse(%q) = %q, want %q", tt.name, tt.src, got, tt.want)
			continue
		}
		for i := range got {
			if got[i] != tt.want[i] {
				t.Errorf("%s: Parse(%q)[%d] = %s, want %s (%v)", tt.name, tt.src, i, got[i], tt.want[i], docs[i].Err)
			}
		}
	}
}
