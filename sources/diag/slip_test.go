package diag

import "testing"

func TestSlip(t *testing.T) {
	kinds := []string{"API", "Component", "Group", "User", "Resource"}
	for _, c := range []struct {
		word       string
		candidates []string
		want       string
	}{
		{"component", kinds, "Component"},
		{"Compnent", kinds, "Component"},
		{"Componentt", kinds, "Component"},
		{"Conponent", kinds, "Component"},
		{"Gruop", kinds, "Group"}, // swapped
		{"Api", kinds, "API"},
		{"Component", kinds, ""}, // no slip at all
		{"Componet", []string{"Component", "Compone"}, ""},
		{"cart-v3", []string{"cart-v1", "cart-v2"}, ""}, // either may be meant
		{"Cart", []string{"cart", "CART"}, ""},
		{"Cart", []string{"cart", "cart"}, "cart"},
		{"Cmponnt", kinds, ""}, // two slips
		{"AP", kinds, ""},      // too short to tell
		{"", kinds, ""},
		{"größe", []string{"Größe", "grosse"}, "Größe"},
	} {
		if got := Slip(c.word, c.candidates); got != c.want {
			t.Errorf("Slip(%q, %q) = %q, want %q", c.word, c.candidates, got, c.want)
		}
	}
}
