package search

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// chromium is one browser for all tests; each gets a tab of its own.
var chromium struct {
	once sync.Once
	ctx  context.Context
	err  error
	stop []context.CancelFunc
}

func TestMain(m *testing.M) {
	code := m.Run()
	for i := len(chromium.stop) - 1; i >= 0; i-- {
		chromium.stop[i]()
	}
	os.Exit(code)
}

// browser opens a tab in a headless browser, or skips the test where there is none.
func browser(t testing.TB) context.Context {
	t.Helper()
	name := ""
	for _, n := range []string{"chromium", "chromium-browser", "google-chrome", "chrome"} {
		if p, err := exec.LookPath(n); err == nil {
			name = p
			break
		}
	}
	if name == "" {
		if os.Getenv("CI") != "" {
			t.Fatal("there is no Chromium to run the script of the search in")
		}
		t.Skip("there is no Chromium to run the script of the search in")
	}
	chromium.once.Do(func() {
		opts := append(chromedp.DefaultExecAllocatorOptions[:],
			chromedp.ExecPath(name), chromedp.NoSandbox, chromedp.DisableGPU,
			chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
			chromedp.WindowSize(1440, 900), chromedp.WSURLReadTimeout(90*time.Second),
		)
		ctx, stop := chromedp.NewExecAllocator(context.Background(), opts...)
		chromium.stop = append(chromium.stop, stop)
		chromium.ctx, stop = chromedp.NewContext(ctx)
		chromium.stop = append(chromium.stop, stop)
		chromium.err = chromedp.Do(chromium.ctx, chromedp.Navigate("about:blank"))
	})
	if chromium.err != nil {
		t.Fatalf("start %s: %v", name, chromium.err)
	}
	ctx, cancel := chromedp.NewContext(chromium.ctx)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx, chromedp.Navigate("about:blank")); err != nil {
		t.Fatalf("open a tab: %v", err)
	}
	ctx, cancel = context.WithTimeout(ctx, 4*time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// A portal serves an index, the theme's scripts and pages that say where they
// are, all below a path prefix and with the content security policy of a site.
type portal struct {
	*httptest.Server
	mu     sync.Mutex
	files  map[string][]byte
	loaded []string // files of the index that were asked for
	bytes  int
}

const prefix = "/portal/"

func serve(t testing.TB, files []File) *portal {
	t.Helper()
	p := &portal{files: map[string][]byte{}}
	for _, f := range files {
		p.files[f.Path] = f.Data
	}
	assets := os.DirFS(filepath.Join("..", "..", "themes", "default", "assets"))
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", "default-src 'self'; base-uri 'none'; form-action 'self'; object-src 'none'")
		path, ok := strings.CutPrefix(r.URL.Path, prefix)
		switch {
		case !ok && r.URL.Path == "/favicon.ico":
			w.WriteHeader(http.StatusNoContent)
		case !ok:
			http.NotFound(w, r)
		case strings.HasPrefix(path, "assets/"):
			http.ServeFileFS(w, r, assets, strings.TrimPrefix(path, "assets/"))
		case path == "api/portal.json":
			fmt.Fprint(w, `{"built":"2026-01-01T00:00:00Z"}`)
		case strings.HasSuffix(path, ".json"):
			p.mu.Lock()
			data, ok := p.files[path]
			p.loaded = append(p.loaded, path)
			p.bytes += len(data)
			p.mu.Unlock()
			if !ok {
				http.NotFound(w, r)
				return
			}
			w.Header().Set("Content-Type", "application/json")
			w.Write(data)
		default:
			root := strings.Repeat("../", strings.Count(path, "/"))
			if root == "" {
				root = "./"
			}
			fmt.Fprintf(w, `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>%s</title><link rel="stylesheet" href="%sassets/core.css"><script src="%sassets/boot.js"></script><script type="module" src="%sassets/app.js"></script></head>
<body data-root="%s"><form class="find" role="search" action="%ssearch/"><input id="q" name="q" type="search"></form><main id="main"><h1>Page</h1></main></body></html>`,
				"page", root, root, root, root, root)
		}
	}))
	t.Cleanup(p.Close)
	return p
}

func (p *portal) at(path string) string { return p.URL + prefix + path }

// replace puts other data in the place of a file; nil takes it away.
func (p *portal) replace(path string, data []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if data == nil {
		delete(p.files, path)
	} else {
		p.files[path] = data
	}
}

// eval runs JavaScript that may wait for promises, and decodes what it gives.
func eval(t testing.TB, ctx context.Context, script string, out any) {
	t.Helper()
	got, err := chromedp.Run(ctx, chromedp.Evaluate[string]("(async () => JSON.stringify(await ("+script+")))()", chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatalf("%.500s: %v", script, err)
	}
	if err := json.Unmarshal([]byte(got), out); err != nil {
		t.Fatalf("%.500s: %v in %q", script, err, got)
	}
}

// complain fails the test when a page throws or logs an error; what the
// content security policy forbids is logged as one.
func complain(t testing.TB, ctx context.Context) {
	t.Helper()
	ctx, cancel := context.WithCancel(ctx)
	thrown, logged := chromedp.Events(ctx, runtime.ExceptionThrown), chromedp.Events(ctx, log.EntryAdded)
	var mu sync.Mutex
	var texts []string
	add := func(s string) { mu.Lock(); texts = append(texts, s); mu.Unlock() }
	go func() {
		for ev, err := range thrown {
			if err != nil {
				return
			}
			text := ev.ExceptionDetails.Text
			if o := ev.ExceptionDetails.Exception; o != nil {
				text += " " + o.Description
			}
			add(text)
		}
	}()
	go func() {
		for ev, err := range logged {
			if err != nil {
				return
			}
			if ev.Entry.Level == "error" {
				add(ev.Entry.Text + " " + ev.Entry.URL)
			}
		}
	}()
	t.Cleanup(func() {
		cancel()
		mu.Lock()
		defer mu.Unlock()
		for _, s := range texts {
			t.Errorf("the page complains: %s", s)
		}
	})
}

// ask returns what the script finds: "title" for entities, URLs for docs.
const ask = `(async q => {
  const m = await import(%q), a = await m.search(q);
  return a.list.map(r => r.doc ? String(r.id) + '#' + r.at : r.e.title);
})(%s)`

func find(t testing.TB, ctx context.Context, p *portal, query string) []string {
	t.Helper()
	var got []string
	q, err := json.Marshal(query)
	if err != nil {
		t.Fatal(err)
	}
	eval(t, ctx, fmt.Sprintf(ask, prefix+"assets/search.js", q), &got)
	return got
}

// TestWordsInBrowser compares how script and index cut words.
func TestWordsInBrowser(t *testing.T) {
	ctx := browser(t)
	complain(t, ctx)
	p := serve(t, Build(sample()))
	if err := chromedp.Do(ctx, chromedp.Navigate(p.at(""))); err != nil {
		t.Fatal(err)
	}
	texts := []string{
		"The queue", "getHTTPServer-v3 PlaybackSession iOS a1B2c3", "Größe ÆØ Ångström naïve ŁÓDŹ", "ﬁle ① Ｋａｆｋａ ½", "İstanbul ΣΊΣΥΦΟΣ ıI",
		"検索エンジン サーバー 日 Go言語v2", "검색 엔진 각", "สวัสดีครับ", "नमस्ते दुनिया", "מַזָּל עברית عَرَبِيّ", "emoji 🙂👩‍👩‍👧 a", "__proto__ constructor toString", "ǅungla Ǆ", "e\u0301 が か\u3099",
		strings.Repeat("x", 50), "a_b-c.d/e:f", "ẞ ß ſ K Å Ω", "١٢٣ ⅷ ²",
	}
	texts = append(texts, lines(t, "text/naughty-strings.jsonl", "")...)
	data, err := json.Marshal(texts)
	if err != nil {
		t.Fatal(err)
	}
	var got [][]string
	eval(t, ctx, fmt.Sprintf(`(async ts => { const m = await import(%q); return ts.map(t => m.words(t)) })(%s)`, prefix+"assets/search.js", data), &got)
	if len(got) != len(texts) {
		t.Fatalf("got %d answers for %d texts", len(got), len(texts))
	}
	x := open(t, pagesOf(texts))
	for i, text := range texts {
		for _, w := range got[i] {
			if len(x.places(t, w)) == 0 {
				var have []string
				words(text, func(w string) { have = append(have, w) })
				t.Errorf("the script looks for %q of %q, the index has %q", w, text, have)
			}
		}
	}
}

func pagesOf(texts []string) []File {
	var docs []Doc
	for i, s := range texts {
		docs = append(docs, Doc{URL: fmt.Sprintf("docs/%04d/", i), Kind: "docs", Sections: []Section{{Text: s}}})
	}
	return Build(docs)
}

// lines reads payloads of a hostile collection; none where it is absent.
func lines(t testing.TB, name, kind string) []string {
	t.Helper()
	dir := os.Getenv("PORTOLAN_SHARED")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared")
	}
	f, err := os.Open(filepath.Join(dir, "hostile", name))
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Logf("without %s: %v", name, err)
		return nil
	}
	defer f.Close()
	var out []string
	sc := bufio.NewScanner(f)
	sc.Buffer(nil, 1<<20)
	for sc.Scan() {
		var row struct{ Kind, Payload string }
		if err := json.Unmarshal(sc.Bytes(), &row); err != nil {
			t.Fatal(err)
		}
		if kind == "" || row.Kind == kind {
			out = append(out, row.Payload)
		}
	}
	return out
}

func TestRanking(t *testing.T) {
	ctx := browser(t)
	complain(t, ctx)
	p := serve(t, Build(sample()))
	if err := chromedp.Do(ctx, chromedp.Navigate(p.at("catalog/default/component/x/"))); err != nil {
		t.Fatal(err)
	}
	// Documents have the numbers that testdata/index.txt gives them.
	const lyrics, timing, home, handover, runbook, onboarding = "32", "33", "64", "65", "66", "96"
	for _, c := range []struct{ query, want string }{
		// Names: whole, beginning, inside, with another case or accent, with a slip.
		{"playback-session", "PlaybackSession,playback-session-v3,playback-session-store,…"},
		{"PlaybackSession", "PlaybackSession,playback-session-v3,playback-session-store,…"},
		{"component:default/lyrics-sync", "lyrics-sync,…"},
		{"lyrics", "lyrics-sync," + lyrics + "#0,…"},
		{"replayer", "session-replayer"},
		{"grossenwahn", "größenwahn"},
		{"GRÖSSENWAHN", "größenwahn"},
		{"lyrcis-sync", "lyrics-sync"},
		{"plabyack", "playback,…"},
		{"needle", "needle-drop,…"},
		// A word that other engines drop.
		{"the who", "the-who-is-who,…"},
		{"who is who", "the-who-is-who,…"},
		// Docs, by heading and by text.
		{"claim a session", handover + "#2,playback-session-v3,…"},
		{"runbook", runbook + "#0"},
		{"unreachable region", handover + "#3"},
		{"drift", timing + "#1," + runbook + "#1"},
		{"laptop", onboarding + "#1"},
		{"検索", lyrics + "#1"},
		{"サーバー", lyrics + "#1"},
		// Names and text together.
		{"session handover", handover + "#2,…"},
		// Narrowed.
		{"kind:team", "needle-drop"},
		{"kind:api session", "playback-session-v3"},
		{"kind:service session", "PlaybackSession,playback-session-store,old-player"},
		{"kind:doc drift", timing + "#1," + runbook + "#1"},
		{"owner:royal-tea", "größenwahn,session-replayer"},
		{"owner:group:default/royal-tea", "größenwahn,session-replayer"},
		{"owner:liner-notes drift", timing + "#1"},
		{"is:broken", "PlaybackSession"},
		{"is:degraded", "lyrics-sync"},
		{"is:broken kind:docs", home + "#0," + handover + "#0," + runbook + "#0"},
		{"lifecycle:deprecated", "old-player"},
		{"tag:grpc", "PlaybackSession"},
		{"system:royalties", "größenwahn,session-replayer"},
		{"owner:nobody", ""},
		// Phrases.
		{`"clock drift"`, timing + "#1"},
		{`"drift clock"`, ""},
		{`"the same question"`, ""},
		{`"gives the same answer"`, handover + "#2"},
		{`"claim a session"`, handover + "#2,playback-session-v3"},
		// Nothing has all words: one may be missing.
		{"handover zebra", handover + "#1," + timing + "#1"},
		{"zebra", ""},
		{"", ""},
		{"   ", ""},
		{"owner:", ""},
		{`"`, ""},
		{"<img src=x onerror=alert(1)>", ""},
	} {
		got := find(t, ctx, p, c.query)
		joined := strings.Join(got, ",")
		if head, more := strings.CutSuffix(c.want, ",…"); more {
			if !strings.HasPrefix(joined+",", head+",") {
				t.Errorf("search(%q) = %s, want %s", c.query, joined, c.want)
			}
		} else if joined != c.want {
			t.Errorf("search(%q) = %s, want %s", c.query, joined, c.want)
		}
	}
}

// text returns what the dialog shows, rows apart from each other.
func shown(t testing.TB, ctx context.Context) []string {
	t.Helper()
	var got []string
	eval(t, ctx, `[...document.querySelectorAll('.sd-out a')].map(a => [...a.querySelectorAll('.r1,.r2')].map(x => x.textContent).filter(Boolean).join(' | ') + ' -> ' + (a.getAttribute('href') || '').replace(location.origin + '/portal/', ''))`, &got)
	return got
}

// wait waits until the script returns true.
func wait(t testing.TB, ctx context.Context, script string) {
	t.Helper()
	var ok bool
	eval(t, ctx, `(async () => { for (let i = 0; i < 400; i++) { if (`+script+`) return true; await new Promise(r => setTimeout(r, 25)) } return false })()`, &ok)
	if !ok {
		var html string
		eval(t, ctx, `document.querySelector('.sd')?.innerText || document.body.innerText`, &html)
		t.Fatalf("never true: %s\nshown: %s", script, html)
	}
}

func TestDialog(t *testing.T) {
	ctx := browser(t)
	complain(t, ctx)
	p := serve(t, Build(sample()))
	run := func(actions ...chromedp.Action[chromedp.Void]) {
		t.Helper()
		if err := chromedp.Do(ctx, actions...); err != nil {
			t.Fatal(err)
		}
	}
	run(chromedp.Navigate(p.at("catalog/default/component/x/")), chromedp.KeyEvent("/"), chromedp.WaitVisible(chromedp.CSS(".sd input")))
	wait(t, ctx, `document.querySelector('[data-n]').textContent === '16 pages'`)
	run(chromedp.SendKeys(chromedp.CSS(".sd input"), "claim session"))
	wait(t, ctx, `/results in/.test(document.querySelector('[data-n]').textContent) && document.querySelector('.sd-out mark') && /safe to repeat/.test(document.querySelector('#so').textContent)`)
	got := shown(t, ctx)
	want := "Session handover | Claim a session … call is safe to repeat: the same claim id gives the same answer. -> docs/default/component/playback-session/concepts/handover/#claim-a-session"
	if len(got) != 2 || got[0] != want || !strings.HasSuffix(got[1], "catalog/default/api/playback-session-v3/#claim") {
		t.Errorf("the dialog shows %q, want %q first and the operation second", got, want)
	}
	// Scopes narrow; arrows move; Enter opens.
	run(chromedp.Click(chromedp.CSS(`.sd-scope button[value=APIs]`)))
	wait(t, ctx, `document.querySelectorAll('.sd-out a').length === 1 && document.activeElement === document.querySelector('.sd input')`)
	run(chromedp.Click(chromedp.CSS(`.sd-scope button[value=Entities]`)))
	wait(t, ctx, `document.querySelector('#so').textContent === 'Nothing under Entities matches.'`)
	run(chromedp.Click(chromedp.CSS(`.sd-scope button[value=""]`)), chromedp.KeyEvent(kb.ArrowDown))
	wait(t, ctx, `document.querySelector('.sd input').getAttribute('aria-activedescendant') === 'so1' && document.querySelector('#so1').getAttribute('aria-selected') === 'true'`)
	run(chromedp.KeyEvent(kb.ArrowDown))
	wait(t, ctx, `document.querySelector('#so0').getAttribute('aria-selected') === 'true'`)
	run(chromedp.KeyEvent(kb.Enter))
	wait(t, ctx, `location.pathname === '/portal/docs/default/component/playback-session/concepts/handover/' && location.hash === '#claim-a-session' && document.readyState === 'complete'`)

	// The search page asks its own question, and keeps it in the address.
	run(chromedp.Navigate(p.at("search/?q=is%3Abroken")))
	wait(t, ctx, `document.querySelectorAll('.sd-out a').length === 1`)
	if got := shown(t, ctx); got[0] != "PlaybackSession | needle-drop · playback -> catalog/default/component/playback-session/" {
		t.Errorf("the search page shows %q", got)
	}
	var state string
	eval(t, ctx, `document.querySelector('.sd-out .rr').textContent`, &state)
	if state != "Brokenservice" {
		t.Errorf("the row says %q, want its state and type", state)
	}
	run(chromedp.KeyEvent(kb.End), chromedp.KeyEvent(" kind:api"))
	wait(t, ctx, `/^Nothing matches/.test(document.querySelector('#so').textContent)`)
	run(chromedp.KeyEvent(kb.Escape))
	wait(t, ctx, `!document.querySelector('dialog[open]') && location.search === '?q=is%3Abroken%20kind%3Aapi'`)
}

// TestBrokenIndex opens the dialog on an index that is missing, cut or old.
func TestBrokenIndex(t *testing.T) {
	ctx := browser(t)
	good := Build(sample())
	start := func() []byte {
		for _, f := range good {
			if f.Path == "search/index.json" {
				return f.Data
			}
		}
		return nil
	}()
	for _, c := range []struct {
		name, path string
		data       []byte
		query      string
		want       string // in the dialog
	}{
		{"missing", "search/index.json", nil, "session", "The search index could not be loaded"},
		{"cut", "search/index.json", start[:len(start)/2], "session", "The search index could not be loaded"},
		{"columns of different length", "search/index.json", []byte(strings.Replace(string(start), `"status":"`, `"status":"ooo`, 1)), "session", "The search index could not be loaded"},
		{"not an index", "search/index.json", []byte("null"), "session", "different builds"},
		{"other version", "search/index.json", []byte(strings.Replace(string(start), `"v":1`, `"v":0`, 1)), "session", "different builds"},
		{"words of another build", "search/t_.json", []byte(`{"v":1,"s":"other","w":["session"],"p":[[0,70]]}`), "session", "different builds"},
		{"titles of another build", "search/d0.json", []byte(`{"v":1,"s":"other","d":[]}`), "runbook", "This part of the index could not be loaded"},
		{"words missing", "search/t_.json", nil, "session", "a part of the index could not be loaded"},
		{"words cut", "search/t_.json", []byte(`{"v":1,"w":["session"`), "session", "a part of the index could not be loaded"},
		{"titles missing", "search/d0.json", nil, "runbook", "This part of the index could not be loaded"},
		{"text missing", "search/x0.json", nil, "runbook drift", "Configuration drift between clusters"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := serve(t, good)
			p.replace(c.path, c.data)
			q, err := json.Marshal(c.query)
			if err != nil {
				t.Fatal(err)
			}
			if err := chromedp.Do(ctx, chromedp.Navigate(p.at("search/"))); err != nil {
				t.Fatal(err)
			}
			var done bool
			eval(t, ctx, fmt.Sprintf(`(async q => { const m = await import('/portal/assets/search.js'); await m.open(q); return true })(%s)`, q), &done)
			w, err := json.Marshal(c.want)
			if err != nil {
				t.Fatal(err)
			}
			wait(t, ctx, `document.querySelector('.sd').textContent.includes(`+string(w)+`)`)
			var usable bool
			eval(t, ctx, `document.activeElement === document.querySelector('.sd input')`, &usable)
			if !usable {
				t.Error("the field lost the focus")
			}
			// Mended, the same dialog works.
			for _, f := range good {
				p.replace(f.Path, f.Data)
			}
			eval(t, ctx, `(async () => { const i = document.querySelector('.sd input'); i.value = 'lyrics-sync'; i.dispatchEvent(new Event('input')); return true })()`, &done)
			wait(t, ctx, `document.querySelector('.sd-out .r1')?.textContent === 'lyrics-sync'`)
		})
	}
}

// TestHostileText searches for, and finds, text that would run if it were
// taken for markup.
func TestHostileText(t *testing.T) {
	ctx := browser(t)
	complain(t, ctx)
	payloads := append(lines(t, "xss/own.jsonl", "text"), lines(t, "text/naughty-strings.jsonl", "")...)
	payloads = append(payloads, `<img src=x onerror=hx(1)>`, `</script><script>hx(1)</script>`, `"><svg onload=hx(1)>`, `javascript:hx(1)`, `__proto__`, `constructor`)
	var docs []Doc
	for i, x := range payloads {
		docs = append(docs,
			Doc{URL: fmt.Sprintf("docs/default/component/a/%03d/", i), Title: "findme " + x, Kind: "docs", Ref: "component:default/a", Summary: x, Sections: []Section{{Anchor: x, Title: x, Text: "findme " + x}}},
			Doc{URL: fmt.Sprintf("catalog/default/component/e%03d/", i), Title: x, Kind: "component", Ref: fmt.Sprintf("component:default/e%03d", i), Type: x, Owner: "group:default/" + x, System: x, Lifecycle: x, Tags: []string{x, "findme"}, Status: "bad"})
	}
	p := serve(t, Build(docs))
	if err := chromedp.Do(ctx, chromedp.Navigate(p.at(""))); err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(payloads)
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Ran   int
		Bad   []string
		Shown int
	}
	eval(t, ctx, `(async payloads => {
  let ran = 0; const bad = []; let shown = 0;
  for (const f of ['hx', 'alert', 'prompt', 'confirm', 'print']) window[f] = () => { ran++ };
  const m = await import('/portal/assets/search.js');
  const look = () => {
    for (const e of document.querySelectorAll('.sd *')) {
      if (/^(script|img|iframe|object|embed|style|form|base)$/i.test(e.tagName)) bad.push(e.outerHTML.slice(0, 200));
      for (const a of e.attributes) if (/^on|^style$/.test(a.name) || a.name === 'href' && !/^(https?:|#)|icons\.svg#/.test(a.value)) bad.push(a.name + '=' + a.value.slice(0, 200));
    }
    shown += document.querySelectorAll('.sd-out a').length;
  };
  for (const scope of ['', 'Docs', 'Entities']) {
    await m.open('findme'); await new Promise(r => setTimeout(r, 300)); look();
    document.querySelector('.sd-scope button[value="' + scope + '"]').click(); await new Promise(r => setTimeout(r, 600)); look();
    for (const e of document.querySelectorAll('.sd-out a')) { e.dispatchEvent(new Event('mouseover')); e.focus() }
  }
  document.querySelector('.sd-scope button[value=""]').click();
  for (const q of payloads) { await m.open(q); look() }
  return { Ran: ran, Bad: bad.slice(0, 5), Shown: shown };
})(`+string(data)+`)`, &got)
	if got.Ran > 0 || len(got.Bad) > 0 || got.Shown < 100 {
		t.Errorf("%d scripts ran, %d rows were shown, live markup: %q", got.Ran, got.Shown, got.Bad)
	}
}

// TestLoad counts what a query loads from an index of 10,000 pages.
func TestLoad(t *testing.T) {
	ctx := browser(t)
	complain(t, ctx)
	docs := large(10_000)
	p := serve(t, Build(docs))
	if err := chromedp.Do(ctx, chromedp.Navigate(p.at(""))); err != nil {
		t.Fatal(err)
	}
	find(t, ctx, p, "is:broken")
	p.mu.Lock()
	start := p.bytes
	p.loaded, p.bytes = nil, 0
	p.mu.Unlock()
	var query []string
	words(docs[len(docs)-1].Sections[2].Text, func(w string) {
		if len(w) > 6 && len(query) < 2 {
			query = append(query, w)
		}
	})
	got := find(t, ctx, p, strings.Join(query, " "))
	p.mu.Lock()
	loaded, bytes := p.loaded, p.bytes
	p.mu.Unlock()
	t.Logf("%d pages: start %d kB; the query %q loads %d files, %d kB before compression, and finds %d", len(docs), start/1000, query, len(loaded), bytes/1000, len(got))
	if len(got) == 0 || len(loaded) > 2*len(query) || bytes > 2*len(query)*shardSize {
		t.Errorf("the query %q loads %v, %d bytes, and finds %d pages", query, loaded, bytes, len(got))
	}
	var ms float64
	eval(t, ctx, fmt.Sprintf(`(async () => { const m = await import('/portal/assets/search.js'); let s = 0; for (const q of ['p', 'pa', 'pas', 'team', 'ver', 'len dor', %q]) { await m.search(q); s = Math.max(s, (await m.search(q)).ms) } return s })()`, strings.Join(query, " ")), &ms)
	t.Logf("the slowest of 7 queries with its parts loaded takes %.1f ms", ms)
}
