package cache

import (
	"os"
	"path/filepath"
	"testing"
)

func key(s string) Key { return NewKey("test", 1).Add([]byte(s)).Sum() }

func TestPackKeepsWhatWasUsed(t *testing.T) {
	file := filepath.Join(t.TempDir(), "sub", "pack")
	p := Open[string](file)
	p.Put(key("a"), "A")
	p.Put(key("b"), "B")
	if err := p.Save(); err != nil {
		t.Fatal(err)
	}

	p = Open[string](file)
	if v, ok := p.Get(key("a")); !ok || v != "A" {
		t.Fatalf("Get(a) = %q, %v; want A from the file", v, ok)
	}
	if p.Made() != 0 {
		t.Errorf("Made() = %d after a hit, want 0", p.Made())
	}
	if err := p.Save(); err != nil {
		t.Fatal(err)
	}

	p = Open[string](file)
	if _, ok := p.Get(key("b")); ok {
		t.Error("Get(b) finds what the last build did not use")
	}
	if _, ok := p.Get(key("a")); !ok {
		t.Error("Get(a) finds nothing, although the last build used it")
	}
}

// Whatever happens to the file, the pack never returns something that was not put.
func TestDamagedPackIsEmpty(t *testing.T) {
	file := filepath.Join(t.TempDir(), "pack")
	p := Open[string](file)
	p.Put(key("a"), "A")
	if err := p.Save(); err != nil {
		t.Fatal(err)
	}
	good, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for i := range good {
		flipped := append([]byte(nil), good...)
		flipped[i] ^= 0x20
		for name, data := range map[string][]byte{"flipped": flipped, "cut": good[:i]} {
			if err := os.WriteFile(file, data, 0o644); err != nil {
				t.Fatal(err)
			}
			if v, ok := Open[string](file).Get(key("a")); ok {
				t.Fatalf("%s at %d: Get(a) = %q, want nothing", name, i, v)
			}
		}
	}
	// A pack of another type of result is no use either.
	if err := os.WriteFile(file, good, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, ok := Open[int](file).Get(key("a")); ok {
		t.Error("a pack of strings was read as one of numbers")
	}
}

func TestKeysTellPartsApart(t *testing.T) {
	a := NewKey("k", 1).Add([]byte("ab")).Sum()
	b := NewKey("k", 1).Add([]byte("a")).Add([]byte("b")).Sum()
	c := NewKey("k", 2).Add([]byte("ab")).Sum()
	if a == b || a == c {
		t.Errorf("different parts or versions give the same key: %x %x %x", a, b, c)
	}
}
