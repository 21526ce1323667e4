// Command portolan turns repos and Kubernetes clusters into a developer portal
// of plain files.
//
// It reads flags and configuration, holds credentials, shows progress and picks
// the exit code; the packages below generator and sources do the rest.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/portolan-dev/portolan/generator"
	"github.com/portolan-dev/portolan/generator/publish"
)

// version is set by the linker.
var version = "dev"

// The exit codes, as the product promises them.
const (
	exitOK          = 0
	exitFailed      = 1   // nothing was published, the old site is untouched
	exitUsage       = 2   // usage or configuration error
	exitFindings    = 3   // check found errors, or --strict and an error or a stale source
	exitLocked      = 4   // another build holds the lock
	exitInterrupted = 130 // by SIGINT
	exitTerminated  = 143 // by SIGTERM
)

// An exitError ends the program with a code. Its message may be empty when
// everything was said already.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit status %d", e.code)
	}
	return e.err.Error()
}

func (e *exitError) Unwrap() error { return e.err }

// usagef is an error of whoever typed the command or wrote the configuration.
func usagef(format string, args ...any) error {
	return &exitError{exitUsage, fmt.Errorf(format, args...)}
}

// errSignal is the cause of a context that a signal ended.
type errSignal struct{ sig os.Signal }

func (e errSignal) Error() string {
	return "stopped by a signal (" + e.sig.String() + "); what was published before is as it was"
}

func main() {
	ctx, cancel := context.WithCancelCause(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		cancel(errSignal{<-signals})
		<-signals // whoever insists gets what they want
		os.Exit(exitInterrupted)
	}()
	os.Exit(run(ctx, os.Args[1:], os.LookupEnv, os.Stdout, os.Stderr))
}

// run is the whole program: main only adds the process.
func run(ctx context.Context, args []string, env func(string) (string, bool), stdout, stderr io.Writer) int {
	a := &app{env: env, stdout: stdout, stderr: stderr}
	root := a.command()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	code := exitCode(ctx, err)
	var known *exitError
	switch {
	case err == nil:
	case code == exitInterrupted || code == exitTerminated:
		a.complain(context.Cause(ctx))
	case !errors.As(err, &known) || known.err != nil:
		a.complain(err)
	}
	return code
}

func exitCode(ctx context.Context, err error) int {
	var known *exitError
	var sig errSignal
	switch {
	case err == nil:
		return exitOK
	case errors.As(context.Cause(ctx), &sig):
		if sig.sig == syscall.SIGTERM {
			return exitTerminated
		}
		return exitInterrupted
	case errors.As(err, &known):
		return known.code
	case errors.Is(err, generator.ErrLocked):
		return exitLocked
	case errors.Is(err, publish.ErrForeign):
		return exitUsage
	default:
		return exitFailed
	}
}
