package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"github.com/portolan-dev/portolan/generator/watch"
)

// A payload is one text that tries to become a script.
type payload struct {
	ID   string `json:"id"`
	Kind string `json:"kind"` // html, markdown, url or text
	Text string `json:"payload"`
}

// payloads reads the hostile texts that are kept beside the repository: all of
// our own, and every tenth of the public lists.
func payloads(t *testing.T) []payload {
	t.Helper()
	shared := os.Getenv("PORTOLAN_SHARED")
	if shared == "" {
		shared = filepath.Join("..", "..", "..", "shared")
	}
	files, err := filepath.Glob(filepath.Join(shared, "hostile", "xss", "*.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		if os.Getenv("CI") != "" {
			t.Fatalf("there are no hostile texts in %s", shared)
		}
		t.Skipf("there are no hostile texts in %s", shared)
	}
	var all []payload
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		own := filepath.Base(file) == "own.jsonl"
		lines := bufio.NewScanner(bytes.NewReader(data))
		lines.Buffer(nil, 1<<20)
		for n := 0; lines.Scan(); n++ {
			if !own && n%10 != 0 {
				continue
			}
			var p payload
			if err := json.Unmarshal(lines.Bytes(), &p); err != nil {
				t.Fatalf("%s:%d: %v", file, n+1, err)
			}
			all = append(all, p)
		}
		if err := lines.Err(); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
	}
	return all
}

// hostileRepo writes a repo whose docs and descriptors consist of the payloads,
// and returns the addresses of the pages to open. Our own texts have a page of
// docs each; of the others, ten share one. Each text and address is in every
// field of an entity, and each tenth of the rest is a description.
func hostileRepo(t *testing.T, dir string, all []payload) []string {
	t.Helper()
	write := func(name, text string) {
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	const docs = "/docs/default/component/docs/"
	urls := []string{docs}
	write("mkdocs.yml", "site_name: Hostile\n")
	write("docs/index.md", "# Docs\n\nThey mean no good.\n")
	type object = map[string]any
	add := func(kind, name string, metadata, spec object) {
		metadata["name"] = name
		data, err := json.Marshal(object{"apiVersion": "backstage.io/v1alpha1", "kind": kind, "metadata": metadata, "spec": spec})
		if err != nil {
			t.Fatal(err)
		}
		write("entities/"+strings.ToLower(kind)+"/"+name+"/catalog-info.yaml", string(data)) // JSON is YAML
		urls = append(urls, "/catalog/default/"+strings.ToLower(kind)+"/"+name+"/")
	}
	service := object{"type": "service", "lifecycle": "production", "owner": "crew"}
	add("Component", "docs", object{"annotations": object{"backstage.io/techdocs-ref": "dir:../../.."}}, service)
	add("Group", "crew", object{}, object{"type": "team", "children": []string{}})
	var shared []string
	for i, p := range all {
		name := fmt.Sprintf("p%04d", i)
		switch p.Kind {
		case "html", "markdown":
			if !strings.HasPrefix(p.ID, "own-") {
				shared = append(shared, p.Text)
				if len(shared) == 10 {
					write("docs/"+name+".md", strings.Join(shared, "\n\n"))
					urls, shared = append(urls, docs+name+"/"), nil
				}
			} else {
				write("docs/"+name+".md", p.Text)
				urls = append(urls, docs+name+"/")
			}
			if i%10 == 0 {
				add("Component", name, object{"description": p.Text}, service)
			}
		default:
			text := p.Text
			// An entity that is refused is quoted in the report.
			write("entities/bad/"+name+"/catalog-info.yaml", `{"apiVersion": "backstage.io/v1alpha1", "kind": "Component", "metadata": {"name": "`+name+`-bad", "tags": [`+quoted(text)+`], `+quoted(text)+`: 1}, "spec": {"type": "service", "owner": `+quoted(text)+`, "dependsOn": [`+quoted(text)+`]}}`)
			write("docs/"+name+".md", fmt.Sprintf("# %s\n\n[a](%s) [b](<%s>) ![c](%s)\n\n<a href=\"%s\">d</a> <img src='%s'>\n\n[e]\n\n[e]: %s\n", text, text, text, text, text, text, text))
			urls = append(urls, docs+name+"/")
			kind := []string{"Component", "System", "Group", "API"}[i%4]
			add(kind, name, object{
				"title": text, "description": text,
				"annotations": object{"backstage.io/source-location": "url:" + text, "backstage.io/techdocs-ref": text, "a": text},
				"links":       []object{{"url": "https://a.example/", "title": text, "icon": text}},
			}, object{"type": text, "lifecycle": text, "owner": "crew", "children": []string{}, "dependsOn": []string{"component:default/docs"},
				"definition": "openapi: 3.0.3\ninfo: {title: " + quoted(text) + ", description: " + quoted(text) + ", version: " + quoted(text) + "}\npaths:\n  /a:\n    get: {summary: " + quoted(text) + ", description: " + quoted(text) + ", tags: [" + quoted(text) + "], responses: {'200': {description: " + quoted(text) + "}}}\n",
				"profile":    object{"displayName": text, "picture": text, "email": text}})
			if u, err := url.Parse(text); err == nil && u.Scheme != "" {
				add("Resource", name, object{"links": []object{{"url": text, "title": text}}}, service)
			}
		}
	}
	write("docs/rest.md", strings.Join(shared, "\n\n"))
	return append(urls, docs+"rest/")
}

// quoted writes a text as a string of YAML.
func quoted(s string) string {
	data, err := json.Marshal(s)
	if err != nil {
		return `""`
	}
	return string(data)
}

// trap notes every call that the payloads make.
const trap = `(() => {
	const ran = window.__ran = [];
	for (const name of ["hx", "alert", "prompt", "confirm", "print", "open"])
		Object.defineProperty(window, name, {value: (...a) => { ran.push(name + "(" + a.map(String).join() + ")") }});
})()`

// inspect moves over everything on the page, clicks it, and returns what ran and
// what should not be there.
const inspect = `(async () => {
	const bad = [], say = (what, e) => bad.push(what + ": " + e.outerHTML.slice(0, 200));
	addEventListener("click", e => e.preventDefault(), true);
	addEventListener("submit", e => e.preventDefault(), true);
	for (const e of document.querySelectorAll("*")) {
		for (const a of e.attributes) if (/^on/i.test(a.name) || a.name === "style" || a.name === "srcdoc" || a.name === "formaction" || a.name === "ping") say("attribute " + a.name, e);
		if (/^(iframe|frame|object|embed|base|applet|portal|foreignobject|animate|set|maction)$/i.test(e.localName)) say("element", e);
		if (e.localName === "script" && new URL(e.src || "about:blank").origin !== location.origin) say("script", e);
		if (e.localName === "link" && new URL(e.href, location).origin !== location.origin && e.rel !== "canonical") say("link", e);
		if (e.localName === "meta" && e.httpEquiv) say("meta", e);
		if (e.localName === "form" && new URL(e.action, location).origin !== location.origin) say("form", e);
		if (e.localName === "a") { // of SVG, too
			const h = e.getAttribute("href") ?? e.getAttribute("xlink:href");
			if (h !== null) try {
				if (!/^(https?|mailto|tel):$/.test(new URL(h, location).protocol)) say("address", e);
			} catch {}
		}
	}
	const ids = {};
	for (const e of document.querySelectorAll("[id]")) if (ids[e.id]++) say("id twice", e); else ids[e.id] = 1;
	if (document.querySelectorAll("body > header.bar").length !== 1 || document.querySelectorAll("body > main").length !== 1 || document.querySelectorAll("body > footer").length !== 1) bad.push("the frame of the page is not whole");
	for (const e of document.querySelectorAll("main, main *")) {
		e.focus?.({preventScroll: true});
		for (const type of ["pointerover", "mouseover", "mouseenter", "mousemove", "pointerdown", "mousedown", "mouseup", "click", "toggle"])
			e.dispatchEvent(new MouseEvent(type, {bubbles: true, cancelable: true}));
	}
	document.querySelectorAll("dialog[open]").forEach(d => d.close());
	await new Promise(done => setTimeout(done, 0));
	return bad.concat(window.__ran.map(x => "ran " + x));
})()`

// TestBrowserHostile builds a portal of hostile texts and opens its pages
// without a content security policy: nothing of them runs, nothing is asked of
// another host, and the frame around them stays whole.
func TestBrowserHostile(t *testing.T) {
	all := payloads(t)
	ctx := browser(t)
	dir := t.TempDir()
	urls := hostileRepo(t, filepath.Join(dir, "repo"), all)
	config := filepath.Join(dir, "portolan.yaml")
	if err := os.WriteFile(config, []byte("sources:\n  - dir: repo\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	public := filepath.Join(dir, "public")
	var out, errs strings.Builder
	if code := run(t.Context(), []string{"build", "-c", config, "-o", public, "--no-cache"}, func(string) (string, bool) { return "", false }, &out, &errs); code != 0 {
		t.Fatalf("build: exit code %d\n%.4000s", code, &errs)
	}
	srv := httptest.NewUnstartedServer(nil)
	srv.Config.Handler = watch.NewServer(public, srv.Listener.Addr().String(), nil)
	srv.Start()
	t.Cleanup(srv.Close)

	w := &watchdog{own: strings.TrimPrefix(srv.URL, "http://")}
	err := chromedp.Listen(ctx, func(ev any) {
		switch e := ev.(type) {
		case *page.EventJavascriptDialogOpening:
			w.note("dialog: " + e.Message)
			go func() { // the page waits for it
				_ = chromedp.Do(ctx, chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
					_, err := chromedp.Call(ctx, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{})
					return err
				}))
			}()
		case *network.EventRequestWillBeSent:
			w.see(ev)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	err = chromedp.Do(ctx, chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: trap})
		return err
	}))
	if err != nil {
		t.Fatal(err)
	}
	visit := func(at string, wait time.Duration) []string {
		ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
		defer cancel()
		if err := chromedp.Do(ctx, chromedp.Navigate(srv.URL+at), chromedp.Sleep(wait)); err != nil {
			t.Fatalf("%s: %v", at, err)
		}
		found, err := chromedp.Run(ctx, chromedp.Evaluate[[]string](inspect, chromedp.EvalAwaitPromise))
		if err != nil {
			t.Fatalf("%s: %v", at, err)
		}
		here, err := chromedp.Run(ctx, chromedp.Location())
		if u, e := url.Parse(here); err != nil || e != nil || u.Host != w.own {
			found = append(found, fmt.Sprintf("the browser is at %s (%v)", here, err))
		}
		return append(found, w.take()...)
	}
	// What would be seen, if a page were not safe.
	if err := os.Mkdir(filepath.Join(public, "unsafe"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(public, "unsafe", "index.html"), []byte("<!doctype html><header class=bar></header><main><b onclick='hx(7)'>x</b><img src=https://evil.example/x></main><footer></footer>"), 0o644); err != nil {
		t.Fatal(err)
	}
	got := strings.Join(visit("/unsafe/", 0), "\n")
	for _, want := range []string{"ran hx(7)", "attribute onclick", "request to another host: https://evil.example/x"} {
		if !strings.Contains(got, want) {
			t.Fatalf("the page that is not safe: want %q in %s", want, got)
		}
	}

	opened := 0
	look := func(at string, wait time.Duration) {
		for _, bad := range visit(at, wait) {
			t.Errorf("%s: %s", at, bad)
		}
		opened++
	}
	for _, at := range urls {
		if _, err := fs.Stat(os.DirFS(public), strings.TrimPrefix(at, "/")+"index.html"); err != nil {
			continue // not a name or a text that a descriptor may have
		}
		look(at, 0)
	}
	if opened < len(urls)*4/5 {
		t.Errorf("%d of %d pages were made", opened, len(urls))
	}
	// What scripts put together: lists, found words, and addresses.
	for _, at := range []string{"/", "/catalog/", "/teams/", "/systems/", "/apis/", "/docs/", "/build/", "/build/errors/", "/build/warnings/", "/search/", "/search/?q=hx", "/search/?q=script", "/search/?q=%3Cimg%20src%3Dx%20onerror%3Dhx(1)%3E", "/%3Cimg%20src=x%20onerror=hx(1)%3E/", "/#%3Cimg%20src=x%20onerror=hx(1)%3E"} {
		look(at, 300*time.Millisecond)
	}
	// The pages that were opened are named on the home page.
	names, err := chromedp.Run(ctx, chromedp.Evaluate[int](`document.querySelectorAll("[data-recent] a").length`))
	if err != nil || names == 0 {
		t.Errorf("%d pages are named as recently viewed (%v)", names, err)
	}
	files := 0
	err = filepath.WalkDir(public, func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && slices.Contains([]string{".html", ".htm", ".svg"}, filepath.Ext(name)) {
			files++
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d payloads; %d of %d pages opened", len(all), opened, files)
}
