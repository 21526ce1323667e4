package diag

import "testing"

func TestSuggest(t *testing.T) {
	teams := []string{"team-playback", "team-payments", "team-search", "one-platform-analytics-service", "a"}
	for _, tt := range []struct{ word, want string }{
		{"team-playbak", "team-playback"},
		{"Team-Playback", "team-playback"},
		{"team-paymnets", "team-payments"},
		{"team-serach", "team-search"},
		{"one-platform-api-catalog-service", ""}, // eight letters away: another word
		{"b", ""},
		{"", ""},
		{"gruop", ""},
	} {
		if got := Suggest(tt.word, teams); got != tt.want {
			t.Errorf("Suggest(%q) = %q, want %q", tt.word, got, tt.want)
		}
	}
	if got := DidYouMean("groups", []string{"group", "gropus"}); got != `did you mean "group"?` {
		t.Errorf("DidYouMean: got %s", got)
	}
}

func TestPrintable(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"plain ü 日本", "plain ü 日本"},
		{"a\x1b[31mb\x00", `a\u001b[31mb\u0000`},
		{"\u202Eevil\u2028", `\u202eevil\u2028`},
	} {
		if got := Printable(tt.in); got != tt.want {
			t.Errorf("Printable(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

func TestSort(t *testing.T) {
	a := Diagnostic{Pos: Pos{"a", 1, 2}, Severity: Error, Rule: "r", Message: "m", Hint: "h"}
	b := Diagnostic{Pos: Pos{"a", 1, 1}, Severity: Info, Rule: "r", Message: "m"}
	got := Sort([]Diagnostic{a, b, a})
	if len(got) != 2 || got[0] != b || got[1] != a {
		t.Errorf("Sort: got %v", got)
	}
	if s := a.String(); s != "a:1:2: error: m; h [r]" {
		t.Errorf("String: got %s", s)
	}
	if Count(got, Error) != 1 || Count(got, Warning) != 0 {
		t.Errorf("Count: got %d and %d", Count(got, Error), Count(got, Warning))
	}
}
