package yamldoc

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

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
		{"question marks in brackets", "a: {b: s3://x?r=e, c?: [x?y]}\nd: {? e : f}\n", []string{`{"a":{"b":"s3://x?r=e","c?":["x?y"]},"d":{"e":"f"}}`}},
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

func FuzzParse(f *testing.F) {
	for _, s := range []string{"a: 1\n---\nb: [x, {y: z}]\n", "a: &a [*a]", "%YAML 1.1\n---\na: yes\n", "a: |\n  x\n\ty", "\"\\/\\x41\"", "? a\n: b", "{{ x }}: y", "a:\n\t- b", "\ufeffa: \u2028\r"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		for i, d := range Parse(src, Limits{}) {
			switch {
			case d.Index != i || d.Line < 1:
				t.Errorf("document %d: %+v", i, d)
			case (d.Node == nil) == (d.Err == nil):
				t.Errorf("document %d of %q has both or neither", i, src)
			case d.Err != nil:
				if d.Err.Line < 1 || d.Err.Message == "" || d.Err.Rule == "" {
					t.Errorf("%q: %+v", src, d.Err)
				}
			default:
				out := d.Node.AppendJSON(nil)
				if !json.Valid(out) {
					t.Errorf("%q: no JSON: %s", src, out)
				}
			}
		}
	})
}

func FuzzParseJSON(f *testing.F) {
	f.Add([]byte(`{"a":[1,2.5,"x",null,true],"a":{}}`))
	f.Fuzz(func(t *testing.T, src []byte) {
		n, err := ParseJSON(src, Limits{})
		if (n == nil) == (err == nil) {
			t.Fatalf("%q: both or neither", src)
		}
		if err == nil && (!json.Valid(src[len(src)-len(trimBOM(src)):]) || !json.Valid(n.AppendJSON(nil))) {
			t.Errorf("%q is read, but is no JSON", src)
		}
	})
}

func trimBOM(b []byte) []byte { return bytes.TrimPrefix(b, []byte("\xef\xbb\xbf")) }

func TestParseJSON(t *testing.T) {
	tests := []struct{ src, want string }{
		{"{\"b\": 1,\n \"a\": [true, null, 1e3, \"x\\/y\"]}", `{"b":1,"a":[true,null,1000,"x/y"]}`},
		{`{"a":1,"b":2,"a":3}`, `{"a":3,"b":2}`},
		{`{"a":1} x`, ""},
		{`{"a":`, ""},
		{`[1,]`, ""},
		{``, ""},
		{`{a: 1}`, ""},
	}
	for _, tt := range tests {
		n, err := ParseJSON([]byte(tt.src), Limits{})
		got := ""
		if err == nil {
			got = string(n.AppendJSON(nil))
		}
		if got != tt.want {
			t.Errorf("ParseJSON(%q) = %s, %v, want %s", tt.src, got, err, tt.want)
		}
	}
	n, _ := ParseJSON([]byte(tests[0].src), Limits{})
	if f := n.Field("a"); f.Line != 2 || f.Column != 2 || f.Value.Line != 2 || f.Value.Column != 7 {
		t.Errorf("place of a: %+v %+v", f, f.Value)
	}
}

func TestPlaces(t *testing.T) {
	src := "# c\na: 1\n---\nb:\n  - ü: \"x\"\n    c: [d]\n"
	docs := Parse([]byte(src), Limits{})
	if len(docs) != 2 || docs[1].Line != 3 || docs[1].Index != 1 {
		t.Fatalf("Parse(%q) = %+v", src, docs)
	}
	item := docs[1].Node.Get("b").Items[0]
	for _, p := range []struct {
		what         string
		line, column int
		want         [2]int
	}{
		{"b", docs[1].Node.Field("b").Line, docs[1].Node.Field("b").Column, [2]int{4, 1}},
		{"ü", item.Field("ü").Line, item.Field("ü").Column, [2]int{5, 5}},
		{"x", item.Get("ü").Line, item.Get("ü").Column, [2]int{5, 8}},
		{"d", item.Get("c").Items[0].Line, item.Get("c").Items[0].Column, [2]int{6, 9}},
	} {
		if got := [2]int{p.line, p.column}; got != p.want {
			t.Errorf("%s stands at %v, want %v", p.what, got, p.want)
		}
	}
}

// TestExplain shows what authors get to see.
func TestExplain(t *testing.T) {
	for _, tt := range []struct{ src, want string }{
		{"a: @b\n", `1:4: a value cannot begin with @; put it in quotes: "@b"`},
		{"x: 1\na:\n\tb: 1\n", `3:1: the line is indented with a tab; YAML is indented with spaces: replace the tab by two of them`},
		{"a: b: c\n", `1:5: a colon with a space after it begins a value within a value; put the text in quotes: "b: c"`},
		{"a: \"C:\\path\"\n", `1:7: the escape \p is not known within double quotes; use single quotes, or write \\ for a backslash`},
		{"a: \"x\" y\n", `1:7: text follows the closing quote; put the whole value in quotes`},
		{"a: *b*\n", `1:4: a value that begins with * is an alias; put it in quotes: "*b*"`},
		{"a: *b\n", `1:4: *b names an anchor that is not in this document; put the value in quotes if it is meant as text`},
		{"a: 1\n b: 2\n", `2:2: a key stands where none is expected; check the indentation of this line and the one above, and quote texts that hold a colon`},
		{"a:\n  b: 1\n c: 2\n", `3:2: the lines do not line up; give the keys of one mapping the same indentation`},
		{"a: 1\nb\nc: 2\n", `2:1: a line is neither key: value nor an entry of a list; add the colon, with a space after it, or indent the line as part of the text above`},
		{"a: [b\n", `1:1: the list or mapping in brackets is not closed; separate its entries with commas and close the bracket`},
		{"a: {{ b }}: c\n{% x %}\n", `2:1: this looks like a template that was not filled in; leave the file out of the catalog, or put the text in quotes`},
		{"<<<<<<< HEAD\na: 1\n=======\na: 2\n>>>>>>> x\n", `1:1: the file holds the marks of a merge conflict; resolve the conflict`},
		{"a: |\n  @not here\nb: `c`\n", "3:4: a value cannot begin with `; put it in quotes: \"`c`\""},
		{"a: 1\n---\nb: \"x\ny\"\n", `4:1: the line must be indented, because it belongs to the quoted text of line 3; indent it, or close the quotes`},
		{"%FOO\n", `1:1: a directive must be followed by a line ---; add the line, or quote the text if it is no directive`},
	} {
		docs := Parse([]byte(tt.src), Limits{})
		got := ""
		for _, d := range docs {
			if d.Err != nil {
				got = fmt.Sprintf("%d:%d: %s; %s", d.Err.Line, d.Err.Column, d.Err.Message, d.Err.Hint)
			}
		}
		if got != tt.want {
			t.Errorf("%q\n got %s\nwant %s", tt.src, got, tt.want)
		}
	}
}

func TestLimits(t *testing.T) {
	for _, tt := range []struct {
		name, src string
		limits    Limits
		line      int // of the error; 0 means that it fits
	}{
		{"bytes", "a: 123456789\n", Limits{Bytes: 10}, 1},
		{"bytes that fit", "a: 1\n", Limits{Bytes: 10}, 0},
		{"documents", "a: 1\n---\nb: 1\n---\nc: 1\n", Limits{Documents: 2}, 4},
		{"depth", "a:\n  b:\n    c: 1\n", Limits{Depth: 2}, 3},
		{"depth that fits", "a:\n  b:\n    c: 1\n", Limits{Depth: 3}, 0},
		{"aliases", "a: &x 1\nb: *x\nc: *x\n", Limits{Aliases: 1}, 3},
		{"keys", "a: 1\nb: 2\nc: 3\n", Limits{Keys: 2}, 1},
		{"values", "[1, 2, 3]\n", Limits{Nodes: 3}, 1},
		{"values before they are built", "[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]\n", Limits{Nodes: 3}, 1},
		{"values through aliases", "a: &x [1, 2, 3]\nb: *x\nc: *x\n", Limits{Nodes: 12}, 3},
		{"text through aliases", "a: &x 0123456789\nb: *x\nc: *x\n", Limits{Expanded: 30}, 3},
		{"99 aliases", "a: &x 1\nb: [" + strings.Repeat("*x, ", 99) + "]\n", Limits{}, 0},
		{"100 aliases", "a: &x 1\nb: [" + strings.Repeat("*x, ", 100) + "]\n", Limits{}, 2},
	} {
		docs := Parse([]byte(tt.src), tt.limits)
		got := 0
		for _, d := range docs {
			if d.Err != nil {
				got = d.Err.Line
				if d.Err.Rule != RuleLimit && d.Err.Rule != RuleAlias {
					t.Errorf("%s: rule %s", tt.name, d.Err.Rule)
				}
			}
		}
		if got != tt.line {
			t.Errorf("%s: Parse(%q) fails at line %d, want %d", tt.name, tt.src, got, tt.line)
		}
	}
}

func TestParseOne(t *testing.T) {
	for _, tt := range []struct{ src, want string }{
		{"", ""}, {"# c\n", ""}, {"---\n", "null"}, {"a: 1\n", `{"a":1}`},
		{"a: 1\n---\nb: 1\n", "error"}, {"a: [\n", "error"},
	} {
		n, err := ParseOne([]byte(tt.src), Limits{})
		got := ""
		switch {
		case err != nil:
			got = "error"
		case n != nil:
			got = string(n.AppendJSON(nil))
		}
		if got != tt.want {
			t.Errorf("ParseOne(%q) = %s, %v, want %s", tt.src, got, err, tt.want)
		}
	}
}

func BenchmarkParse(b *testing.B) {
	src := []byte(strings.Repeat("apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata:\n  name: svc\n  annotations: {a/b: c}\n  tags: [go, grpc]\nspec:\n  type: service\n  lifecycle: production\n  owner: team-a\n---\n", 100))
	b.SetBytes(int64(len(src)))
	b.ReportAllocs()
	for b.Loop() {
		Parse(src, Limits{})
	}
}
