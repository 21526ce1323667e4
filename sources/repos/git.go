package repos

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// git runs the system's git, the only program that Portolan starts. Nothing of
// the machine's or of a source's configuration is read: the environment is
// fixed, hooks, filters, submodules, pagers and credential helpers are off, and
// only the protocols of the caller may be used.
type git struct {
	program string   // absolute path
	dir     string   // the git directory, always one of our own
	allow   string   // protocols for GIT_ALLOW_PROTOCOL; "none" for none at all
	env     []string // more environment, such as GIT_OBJECT_DIRECTORY
	config  [][2]string
}

// settings are given to every git, after which a repo's own settings do not count.
var settings = [][2]string{
	{"core.hooksPath", os.DevNull},
	{"core.fsmonitor", "false"},
	{"core.attributesFile", os.DevNull},
	{"core.askPass", ""},
	{"core.bigFileThreshold", "8m"}, // larger files pass through and are never whole in memory
	{"core.pager", "cat"},
	{"core.protectHFS", "true"},
	{"core.protectNTFS", "true"},
	{"credential.helper", ""},
	{"fetch.recurseSubmodules", "false"},
	{"submodule.recurse", "false"},
	{"fetch.unpackLimit", "1"},
	{"fetch.writeCommitGraph", "false"},
	{"gc.auto", "0"},
	{"maintenance.auto", "false"},
	{"http.followRedirects", "false"},
	{"http.lowSpeedLimit", "1000"},
	{"http.lowSpeedTime", "20"},
	{"i18n.logOutputEncoding", "UTF-8"},
	{"log.mailmap", "false"},
	{"log.showSignature", "false"},
	{"protocol.version", "2"},
	{"safe.bareRepository", "all"},
	{"safe.directory", "*"},
	{"transfer.credentialsInUrl", "die"},
}

// passed are the variables of the machine that git may see: how to find
// programs, and how to reach the network.
var passed = []string{
	"PATH", "SystemRoot", "TMPDIR", "TEMP", "TMP",
	"HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy",
	"SSL_CERT_FILE", "SSL_CERT_DIR", "GIT_SSL_CAINFO", "CURL_CA_BUNDLE",
}

// findGit returns the absolute path of git.
func findGit() (string, error) {
	p, err := exec.LookPath("git")
	if err != nil {
		return "", errors.New("git is not installed on this machine")
	}
	return filepath.Abs(p)
}

func (g *git) command(ctx context.Context, args ...string) *exec.Cmd {
	full := []string{"--git-dir=" + g.dir, "--no-pager", "--no-optional-locks"}
	full = append(full, args...)
	cmd := exec.CommandContext(ctx, g.program, full...)
	cmd.Dir = g.dir
	env := []string{
		"HOME=" + g.dir, "XDG_CONFIG_HOME=" + g.dir, "LC_ALL=C", "TZ=UTC",
		"GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_SYSTEM=" + os.DevNull, "GIT_CONFIG_GLOBAL=" + os.DevNull,
		"GIT_ATTR_NOSYSTEM=1", "GIT_TERMINAL_PROMPT=0", "GIT_ASKPASS=", "SSH_ASKPASS=",
		"GIT_NO_REPLACE_OBJECTS=1", "GIT_GRAFT_FILE=" + os.DevNull, "GIT_OPTIONAL_LOCKS=0", "GIT_LFS_SKIP_SMUDGE=1",
		"GIT_ALLOW_PROTOCOL=" + g.allow, "GIT_PROTOCOL_FROM_USER=0",
		// Neither the command nor its arguments hold a secret: those travel here,
		// where other users of the machine cannot see them.
		fmt.Sprintf("GIT_CONFIG_COUNT=%d", len(settings)+len(g.config)),
	}
	for i, kv := range append(settings[:len(settings):len(settings)], g.config...) {
		env = append(env, fmt.Sprintf("GIT_CONFIG_KEY_%d=%s", i, kv[0]), fmt.Sprintf("GIT_CONFIG_VALUE_%d=%s", i, kv[1]))
	}
	for _, name := range passed {
		if v, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+v)
		}
	}
	cmd.Env = append(env, g.env...)
	group(cmd)
	cmd.WaitDelay = 3 * time.Second
	return cmd
}

// run runs git to its end and returns what it printed, at most limit bytes.
func (g *git) run(ctx context.Context, stdin io.Reader, limit int64, args ...string) ([]byte, error) {
	var out bytes.Buffer
	err := g.stream(ctx, stdin, func(r io.Reader) error {
		n, err := io.Copy(&out, io.LimitReader(r, limit+1))
		if err == nil && n > limit {
			return fmt.Errorf("git %s: the answer is larger than %d bytes", args[0], limit)
		}
		return err
	}, args...)
	return out.Bytes(), err
}

// errEnough ends a stream early without being an error.
var errEnough = errors.New("enough")

// stream runs git and hands its output to read while it runs. When read
// returns, git is ended. The error is read's own, or git's with its message.
func (g *git) stream(ctx context.Context, stdin io.Reader, read func(io.Reader) error, args ...string) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	cmd := g.command(ctx, args...)
	cmd.Stdin = stdin
	var said tail
	cmd.Stderr = &said
	out, err := cmd.StdoutPipe()
	if err != nil {
		return fmt.Errorf("git %s: %w", args[0], err)
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("git %s: %w", args[0], err)
	}
	rerr := read(out)
	if rerr != nil {
		cancel()
	}
	werr := cmd.Wait()
	switch {
	case errors.Is(rerr, errEnough):
		return nil
	case rerr != nil:
		return rerr
	case ctx.Err() != nil:
		return ctx.Err()
	case werr != nil:
		if msg := said.message(); msg != "" {
			return fmt.Errorf("git %s: %s", args[0], msg)
		}
		return fmt.Errorf("git %s: %w", args[0], werr)
	}
	return nil
}

// tail keeps the first part of what git says on stderr.
type tail struct{ b []byte }

func (t *tail) Write(p []byte) (int, error) {
	if room := 8192 - len(t.b); room > 0 {
		t.b = append(t.b, p[:min(room, len(p))]...)
	}
	return len(p), nil
}

// message returns the line that says what went wrong.
func (t *tail) message() string {
	var last string
	for line := range strings.Lines(string(t.b)) {
		line = strings.TrimSpace(line)
		for _, prefix := range []string{"fatal: ", "error: ", "remote: "} {
			if rest, ok := strings.CutPrefix(line, prefix); ok && rest != "" {
				if prefix == "fatal: " {
					return plain(rest)
				}
				if last == "" {
					last = rest
				}
			}
		}
		if last == "" && line != "" && !strings.HasPrefix(line, "warning:") && !strings.HasPrefix(line, "hint:") {
			last = line
		}
	}
	return plain(last)
}

// plain makes one short line of text from outside: no control characters, no
// broken UTF-8, at most 300 letters.
func plain(s string) string {
	s = strings.ToValidUTF8(s, "\ufffd")
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\n', r == '\t', r == '\r':
			return ' '
		case r < 0x20, r >= 0x7f && r < 0xa0:
			return -1
		case r >= 0x200e && r <= 0x200f, r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069, r == 0x061c, r == 0x2028, r == 0x2029:
			return -1
		}
		return r
	}, s)
	if r := []rune(s); len(r) > 300 {
		s = string(r[:300]) + "..."
	}
	return strings.TrimSpace(s)
}
