package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// The dumps in the repository are what the program writes.
func TestDumpsAreUpToDate(t *testing.T) {
	for _, c := range world() {
		files, err := c.files()
		if err != nil {
			t.Fatal(err)
		}
		dir := filepath.Join("..", c.name)
		onDisk, err := filepath.Glob(filepath.Join(dir, "*"))
		if err != nil {
			t.Fatal(err)
		}
		if len(onDisk) != len(files) {
			t.Errorf("%s holds %d files, want %d", dir, len(onDisk), len(files))
		}
		for name, want := range files {
			got, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil {
				t.Error(err)
			} else if !bytes.Equal(got, want) {
				t.Errorf("%s/%s is not what the program writes: run go run ./content/clusters/generate", dir, name)
			}
		}
	}
}

func TestScalars(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"plain-text", "plain-text"},
		{"registry.ondavia.example/ads/decider:1.92.0", "registry.ondavia.example/ads/decider:1.92.0"},
		{"500m", "500m"},
		{"1.92.0", "1.92.0"},
		{"4", `"4"`},
		{"1.5", `"1.5"`},
		{"1e3", `"1e3"`},
		{"true", `"true"`},
		{"no", `"no"`},
		{"", `""`},
		{"2026-03-02T12:00:00Z", `"2026-03-02T12:00:00Z"`},
		{"a: b", `"a: b"`},
		{"*/10 * * * *", `"*/10 * * * *"`},
		{"say \"no\"", `"say \"no\""`},
	} {
		if got := scalar(tt.in); got != tt.want {
			t.Errorf("scalar(%q) = %s, want %s", tt.in, got, tt.want)
		}
	}
}
