package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "rewrite the expected output in scripts")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"portolan": main})
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("HOME", env.WorkDir)
			env.Setenv("SOURCE_DATE_EPOCH", "1772452800")
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"code":  exitsWith,
			"fetch": fetch,
		},
	})
}

// exitsWith runs portolan and checks its exit code: code N args...
func exitsWith(ts *testscript.TestScript, _ bool, args []string) {
	err := ts.Exec("portolan", args[1:]...)
	got := "0"
	if err != nil {
		got = strings.TrimPrefix(err.Error(), "exit status ")
	}
	if got != args[0] {
		ts.Fatalf("portolan %s: exit code %s, want %s", strings.Join(args[1:], " "), got, args[0])
	}
}

// fetch waits until a URL's answer contains a text: fetch URL TEXT
func fetch(ts *testscript.TestScript, neg bool, args []string) {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	var last string
	for ctx.Err() == nil {
		body, err := get(ctx, args[0])
		last = body
		if err == nil && strings.Contains(body, args[1]) != neg {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	ts.Fatalf("%s: want %q (not: %v), last answer:\n%s", args[0], args[1], neg, last)
}

func get(ctx context.Context, url string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return "", err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", err
	}
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	return string(b), err
}

// The exit code of a command that a signal ended is that of the signal, even
// if the error that reached the surface is another.
func TestExitCodes(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	if got := exitCode(ctx, fmt.Errorf("x: %w", &exitError{code: exitFindings})); got != exitFindings {
		t.Errorf("a wrapped exitError: got %d, want %d", got, exitFindings)
	}
	cancel(errSignal{os.Interrupt})
	if got := exitCode(ctx, context.Canceled); got != exitInterrupted {
		t.Errorf("after an interrupt: got %d, want %d", got, exitInterrupted)
	}
}
