package main

import (
	"context"
	"fmt"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/portolan-dev/portolan/generator/site"
	"github.com/portolan-dev/portolan/generator/watch"
)

// step is what the tests below are made of.
type step = chromedp.Action[chromedp.Void]

// css is an element found by its selector.
type css = chromedp.CSS

// browser starts Chromium. A machine without it skips, except on CI.
func browser(t *testing.T) context.Context {
	t.Helper()
	var program string
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if p, err := exec.LookPath(name); err == nil {
			program = p
			break
		}
	}
	if program == "" {
		if os.Getenv("CI") != "" {
			t.Fatal("there is no Chromium")
		}
		t.Skip("there is no Chromium on this machine")
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(program), chromedp.NoSandbox,
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-sync", true), chromedp.WSURLReadTimeout(90*time.Second))
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), opts...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx, chromedp.Navigate("about:blank")); err != nil {
		t.Fatalf("start %s: %v", program, err)
	}
	return ctx
}

// examplePortal builds the example and serves it with the headers of the
// published site.
func examplePortal(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	env := func(name string) (string, bool) {
		if name == "SOURCE_DATE_EPOCH" {
			return "1772452800", true
		}
		return "", false
	}
	var out, errs strings.Builder
	if code := run(t.Context(), []string{"init", "--example", filepath.Join(dir, "example")}, env, &out, &errs); code != 0 {
		t.Fatalf("init --example: exit code %d\n%s", code, &errs)
	}
	public := filepath.Join(dir, "public")
	if code := run(t.Context(), []string{"build", "-c", filepath.Join(dir, "example", "portolan.yaml"), "-o", public}, env, &out, &errs); code != 0 {
		t.Fatalf("build: exit code %d\n%s", code, &errs)
	}
	srv := httptest.NewUnstartedServer(nil)
	srv.Config.Handler = watch.NewServer(public, srv.Listener.Addr().String(), site.Headers())
	srv.Start()
	t.Cleanup(srv.Close)
	return srv.URL
}

// A watchdog notes what must not happen while a page is open.
type watchdog struct {
	mu    sync.Mutex
	own   string // host of the portal
	found []string
}

// guard watches the browser's tab.
func guard(t *testing.T, ctx context.Context, base string) *watchdog {
	t.Helper()
	w := &watchdog{own: strings.TrimPrefix(base, "http://")}
	if err := chromedp.Listen(ctx, w.see); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *watchdog) see(ev any) {
	switch e := ev.(type) {
	case *runtime.EventExceptionThrown:
		text := e.ExceptionDetails.Text
		if e.ExceptionDetails.Exception != nil {
			text += " " + e.ExceptionDetails.Exception.Description
		}
		w.note("exception: " + text)
	case *runtime.EventConsoleAPICalled:
		if e.Type == "error" || e.Type == "warning" {
			w.note(fmt.Sprintf("console: %v", e.Args))
		}
	case *log.EventEntryAdded: // violations of the content security policy, failed loads
		if e.Entry.Level == "error" || e.Entry.Level == "warning" {
			w.note(fmt.Sprintf("log: %s %s", e.Entry.Text, e.Entry.URL))
		}
	case *network.EventRequestWillBeSent:
		if u, err := url.Parse(e.Request.URL); err != nil || (u.Host != w.own && u.Scheme != "data" && u.Scheme != "about") {
			w.note("request to another host: " + e.Request.URL)
		}
	}
}

func (w *watchdog) note(text string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.found = append(w.found, text)
}

func (w *watchdog) take() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := w.found
	w.found = nil
	return out
}

// view sets the width of the window and the reader's colour scheme. Motion is
// reduced: while two pages fade into each other, clicks go nowhere.
func view(width int64, scheme string) step {
	return chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		if _, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}},
		}); err != nil {
			return err
		}
		return chromedp.Do(ctx, chromedp.EmulateViewport(width, 900))
	})
}

// script switches scripts on or off.
func script(on bool) step {
	return chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !on})
		return err
	})
}

// arrived waits until the page of the address is there.
func arrived(base, path string) step {
	return chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		at := ""
		for range 300 {
			var err error
			if at, err = chromedp.Run(ctx, chromedp.Location()); err == nil {
				if u, err := url.Parse(at); err == nil && u.Path == path {
					return chromedp.Do(ctx, chromedp.WaitVisible(css("h1")))
				}
			}
			if err := ctx.Err(); err != nil {
				return fmt.Errorf("expected %s%s, but the browser is at %s: %w", base, path, at, err)
			}
			time.Sleep(30 * time.Millisecond)
		}
		return fmt.Errorf("expected %s%s, but the browser is at %s", base, path, at)
	})
}

// follow clicks the first visible link to an address with the mouse.
func follow(path string) step {
	return chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		// The link is marked by script, and clicked where a person would click it.
		found, err := chromedp.Run(ctx, chromedp.Evaluate[bool](fmt.Sprintf(`(() => {
			for (const a of document.querySelectorAll("a[href]")) {
				const box = a.getBoundingClientRect();
				if (new URL(a.href).pathname === %q && !new URL(a.href).hash && box.width > 0 && box.height > 0) {
					a.id ||= "follow-me";
					a.scrollIntoView({block: "center"});
					window.followed = a.id;
					return true;
				}
			}
			return false;
		})()`, path)))
		if err != nil {
			return err
		}
		if !found {
			at, _ := chromedp.Run(ctx, chromedp.Location())
			return fmt.Errorf("%s has no visible link to %s", at, path)
		}
		id, err := chromedp.Run(ctx, chromedp.Evaluate[string](`window.followed`))
		if err != nil {
			return err
		}
		return chromedp.Do(ctx, chromedp.Click(css(fmt.Sprintf("[id=%q]", id))))
	})
}

const (
	service    = "/catalog/default/component/playback-session/"
	onClusters = service + "kubernetes/"
	docsStart  = "/docs/default/component/playback-session/"
	team       = "/catalog/default/group/needle-drop/"
)

// The way of an engineer on call: home, the service, its clusters, its docs,
// search, the team; by mouse, on a wide and a narrow screen, in light and dark.
func TestBrowserByMouse(t *testing.T) {
	ctx := browser(t)
	base := examplePortal(t)
	w := guard(t, ctx, base)
	for _, width := range []int64{1440, 390} {
		for _, scheme := range []string{"light", "dark"} {
			t.Run(fmt.Sprintf("%d %s", width, scheme), func(t *testing.T) {
				ctx, cancel := context.WithTimeout(ctx, 45*time.Second)
				defer cancel()
				err := chromedp.Do(ctx,
					view(width, scheme), chromedp.Navigate(base+"/"), arrived(base, "/"), fits(t, "home"), ground(t, scheme),
					follow(service), arrived(base, service), fits(t, "service"),
					follow(onClusters), arrived(base, onClusters), fits(t, "Kubernetes"),
					follow(docsStart), arrived(base, docsStart), fits(t, "docs"),
					chromedp.Navigate(base+"/search/?q=handover"), arrived(base, "/search/"),
					chromedp.WaitVisible(css(`dialog[open] a[href*="handover"]`)), fits(t, "search"),
					chromedp.Navigate(base+service), arrived(base, service),
					follow(team), arrived(base, team), fits(t, "team"),
				)
				if err != nil {
					t.Error(err)
				}
				for _, bad := range w.take() {
					t.Error(bad)
				}
			})
		}
	}
}

// fits checks that the page does not scroll sideways and has one first heading.
func fits(t *testing.T, name string) step {
	return chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		over, err := chromedp.Run(ctx, chromedp.Evaluate[int](`document.documentElement.scrollWidth - document.documentElement.clientWidth`))
		if err != nil {
			return err
		}
		t.Logf("%s is there", name)
		headings, err := chromedp.Run(ctx, chromedp.Evaluate[int](`document.querySelectorAll("h1").length`))
		if over > 0 {
			t.Errorf("%s is %d pixels wider than the window", name, over)
		}
		if headings != 1 {
			t.Errorf("%s has %d first headings, want 1", name, headings)
		}
		return err
	})
}

// ground checks that the page follows the reader's colour scheme.
func ground(t *testing.T, scheme string) step {
	return chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		// The lightness of the ground, from what a canvas makes of its colour.
		light, err := chromedp.Run(ctx, chromedp.Evaluate[int](`(() => {
			const c = document.createElement("canvas").getContext("2d");
			c.fillStyle = getComputedStyle(document.body).backgroundColor;
			c.fillRect(0, 0, 1, 1);
			return c.getImageData(0, 0, 1, 1).data[1];
		})()`))
		if (scheme == "dark") != (light < 128) {
			t.Errorf("in %s the ground has the lightness %d of 255", scheme, light)
		}
		return err
	})
}

// The same by keyboard alone.
func TestBrowserByKeyboard(t *testing.T) {
	ctx := browser(t)
	base := examplePortal(t)
	w := guard(t, ctx, base)
	ctx, cancel := context.WithTimeout(ctx, 120*time.Second)
	defer cancel()
	err := chromedp.Do(ctx,
		view(1440, "light"), chromedp.Navigate(base+"/"), arrived(base, "/"),
		chromedp.KeyEvent("/"), chromedp.WaitVisible(css(`dialog[open] input`)),
		chromedp.SendKeys(css(`dialog[open] input`), "playback-session"),
		chromedp.WaitVisible(css(`dialog[open] a[href*="component/playback-session/"]`)),
		chromedp.KeyEvent(kb.Enter), arrived(base, service),
		chromedp.KeyEvent("]"), arrived(base, onClusters),
		chromedp.KeyEvent("g"), chromedp.KeyEvent("t"), arrived(base, "/teams/"),
		chromedp.KeyEvent("g"), chromedp.KeyEvent("d"), arrived(base, "/docs/"),
		chromedp.KeyEvent("g"), chromedp.KeyEvent("b"), arrived(base, "/broken/"),
		chromedp.KeyEvent("t"), chromedp.WaitReady(css(`html[data-theme]`)),
		// The first stop of the tab key is the link that skips the bar.
		chromedp.Navigate(base+service), arrived(base, service), chromedp.KeyEvent(kb.Tab), focused(t, "#"),
	)
	if err != nil {
		t.Error(err)
	}
	for _, bad := range w.take() {
		t.Error(bad)
	}
}

func focused(t *testing.T, want string) step {
	return chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		href, err := chromedp.Run(ctx, chromedp.Evaluate[string](`document.activeElement.getAttribute("href") || document.activeElement.tagName`))
		if !strings.HasPrefix(href, want) {
			t.Errorf("the focus is on %q, want a link that starts with %q", href, want)
		}
		return err
	})
}

// Every kind of page of the example loads without an error, with and without script.
func TestBrowserEveryKindOfPage(t *testing.T) {
	ctx := browser(t)
	base := examplePortal(t)
	w := guard(t, ctx, base)
	pages := []string{
		"/", "/catalog/", "/catalog/kind/service/", "/docs/", "/apis/", "/systems/", "/teams/", "/clusters/", "/clusters/eu-1/", "/broken/",
		"/scaling/", "/search/", "/build/", "/404.html", service, onClusters, docsStart, team,
		"/catalog/default/system/playback/", "/catalog/default/domain/listening/", "/catalog/default/api/playback-session-v3/", "/docs/default/component/portolan/",
	}
	for _, on := range []bool{true, false} {
		for _, p := range pages {
			ctx, cancel := context.WithTimeout(ctx, 60*time.Second)
			err := chromedp.Do(ctx, script(on), view(1440, "light"), chromedp.Navigate(base+p), chromedp.WaitVisible(css("h1")))
			var text string
			if err == nil {
				text, err = chromedp.Run(ctx, chromedp.Text(css("main")))
			}
			cancel()
			if err != nil {
				t.Errorf("%s (script %v): %v", p, on, err)
			}
			if len(strings.TrimSpace(text)) < 40 {
				t.Errorf("%s (script %v) says only %q", p, on, text)
			}
			for _, bad := range w.take() {
				t.Errorf("%s (script %v): %s", p, on, bad)
			}
		}
	}
}

// A saved Markdown file is on the screen without a reload by hand, and an error
// in a file is shown over the page.
func TestBrowserLiveReload(t *testing.T) {
	ctx := browser(t)
	dir := t.TempDir()
	put := func(name, text string) {
		t.Helper()
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	const descriptor = `apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: cart, annotations: {backstage.io/techdocs-ref: "dir:."}}
spec: {type: service, lifecycle: production, owner: shop}
---
apiVersion: backstage.io/v1alpha1
kind: Group
metadata: {name: shop}
spec: {type: team, children: []}
`
	put("portolan.yaml", "sources: [{dir: repo}]\n")
	put("repo/catalog-info.yaml", descriptor)
	put("repo/docs/index.md", "# Cart\n\nfirst words\n")

	serve, stop := context.WithCancel(t.Context())
	var said syncBuilder
	done := make(chan int, 1)
	go func() {
		done <- run(serve, []string{"serve", "-c", filepath.Join(dir, "portolan.yaml"), "--port", "18474"}, func(string) (string, bool) { return "", false }, &said, &said)
	}()
	t.Cleanup(func() { stop(); <-done })
	base := "http://127.0.0.1:18474"
	for range 400 {
		if body, err := get(t.Context(), base+"/"); err == nil && strings.Contains(body, "<h1") {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}

	ctx, cancel := context.WithTimeout(ctx, 90*time.Second)
	defer cancel()
	err := chromedp.Do(ctx,
		chromedp.Navigate(base+"/docs/default/component/cart/"), shows("first words", true),
		chromedp.Func(func(context.Context, *chromedp.Target) error {
			put("repo/docs/index.md", "# Cart\n\nsecond words\n")
			return nil
		}),
		shows("second words", true),
		chromedp.Func(func(context.Context, *chromedp.Target) error {
			put("repo/catalog-info.yaml", strings.Replace(descriptor, "owner: shop", "owner: shopp", 1))
			return nil
		}),
		shows("unknown-owner", true),
		chromedp.Func(func(context.Context, *chromedp.Target) error { put("repo/catalog-info.yaml", descriptor); return nil }),
		shows("unknown-owner", false),
	)
	if err != nil {
		t.Errorf("%v\n%s", err, said.String())
	}
}

// shows waits until the page has, or no longer has, a text.
func shows(text string, want bool) step {
	return chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		last := ""
		for range 400 {
			body, err := chromedp.Run(ctx, chromedp.Evaluate[string](`document.body ? document.body.innerText : ""`))
			if err == nil && strings.Contains(body, text) == want {
				return nil
			}
			last = body // while a page is replaced by the next one there is an error
			if err := ctx.Err(); err != nil {
				return err
			}
			time.Sleep(50 * time.Millisecond)
		}
		return fmt.Errorf("the page should show %q: %v; it shows %q", text, want, last)
	})
}

// A syncBuilder is a strings.Builder for two goroutines.
type syncBuilder struct {
	mu sync.Mutex
	b  strings.Builder
}

func (s *syncBuilder) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuilder) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}
