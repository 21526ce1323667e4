package main

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/portolan-dev/portolan/sources/yamldoc"
)

// The hooks that others name in their repositories call commands and flags
// that exist.
func TestPreCommitHooks(t *testing.T) {
	src, err := os.ReadFile(filepath.Join("..", "..", ".pre-commit-hooks.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	list, perr := yamldoc.ParseOne(src, yamldoc.Limits{})
	if perr != nil || list.Kind != yamldoc.List || len(list.Items) == 0 {
		t.Fatalf("this is no list of hooks: %v", perr)
	}
	for _, hook := range list.Items {
		for _, key := range []string{"id", "name", "entry", "language", "files"} {
			if hook.Get(key).Str() == "" {
				t.Errorf("line %d: the hook has no %s", hook.Line, key)
			}
		}
		a := &app{env: os.LookupEnv, stdout: io.Discard, stderr: io.Discard}
		words := strings.Fields(hook.Get("entry").Str())
		cmd, rest, err := a.command().Find(words[1:])
		if err != nil || words[0] != "portolan" {
			t.Errorf("line %d: %q is no command of portolan: %v", hook.Line, words, err)
			continue
		}
		if err := cmd.ParseFlags(rest); err != nil {
			t.Errorf("line %d: %q: %v", hook.Line, words, err)
		}
	}
}
