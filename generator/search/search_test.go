package search

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func TestWords(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", ""},
		{"The queue", "the queue"},
		{"the the", "the the"},
		{"getHTTPServer-v3", "gethttpserver get http server v3"},
		{"PlaybackSession", "playbacksession playback session"},
		{"release_wait: 30s", "release wait 30s"},
		{"iOS", "ios i os"},
		{"Größe ÆØ Ångström naïve", "grosse aeo angstrom naive"},
		{"ﬁle ① Ｋａｆｋａ", "file 1 kafka"},
		{"İstanbul ΣΊΣΥΦΟΣ", "istanbul σισυφοσ"},
		{"検索エンジン", "検索 索エ エン ンジ ジン"},
		{"サーバー", "サー ーバ バー"},
		{"日", "日"},
		{"Go言語v2", "go 言語 v2"},
		{"검색 엔진", "검색 엔진"},
		{"नमस्ते", "नमस्ते"},
		{"emoji 🙂 a", "emoji a"},
		{"__proto__ constructor", "proto constructor"},
		{"a\x00b\xffc", "a b c"},
		{strings.Repeat("x", 50), strings.Repeat("x", 40)},
	} {
		var got []string
		words(c.text, func(w string) { got = append(got, w) })
		if strings.Join(got, " ") != c.want {
			t.Errorf("words(%q) = %q, want %q", c.text, strings.Join(got, " "), c.want)
		}
	}
}

func TestPath(t *testing.T) {
	for _, c := range []struct{ word, want string }{
		{"a", "a"},
		{"session", "s/e/s/s/i/o"},
		{"v3", "v/3"},
		{"検索", "-/69/-691c/-7d22"},
		{"naσ", "n/a/-3c3"},
	} {
		if got := strings.Join(path(c.word), "/"); got != c.want {
			t.Errorf("path(%q) = %s, want %s", c.word, got, c.want)
		}
	}
}

// sample is a small portal: what the tests of the script search in.
func sample() []Doc {
	entity := func(kind, name, typ, owner, system, status, summary string, tags ...string) Doc {
		return Doc{
			URL: "catalog/default/" + kind + "/" + name + "/", Title: name, Kind: kind, Ref: kind + ":default/" + name, Type: typ,
			Owner: "group:default/" + owner, System: "system:default/" + system, Lifecycle: "production", Status: status, Summary: summary, Tags: tags,
		}
	}
	docs := []Doc{
		entity("component", "playback-session", "service", "needle-drop", "playback", "bad", "Keeps the state of every listening session.", "go", "grpc"),
		entity("component", "playback-session-store", "service", "needle-drop", "playback", "ok", "Stores sessions.", "go"),
		entity("component", "session-replayer", "pipeline", "royal-tea", "royalties", "", "Replays what was played."),
		entity("component", "lyrics-sync", "service", "liner-notes", "lyrics", "warn", "Shows words in time."),
		entity("component", "the-who-is-who", "website", "liner-notes", "lyrics", "ok", "People of the label."),
		entity("component", "old-player", "service", "needle-drop", "playback", "off", "Replaced by playback-session."),
		entity("component", "größenwahn", "library", "royal-tea", "royalties", "", "Bildgrößen."),
		entity("api", "playback-session-v3", "openapi", "needle-drop", "playback", "", "Start, follow and move sessions."),
		entity("group", "needle-drop", "team", "", "", "", "The people of playback."),
		entity("system", "playback", "", "needle-drop", "", "", "Everything that plays."),
	}
	docs[5].Lifecycle = "deprecated"
	docs[8].Owner, docs[8].System, docs[9].System = "", "", ""
	docs[0].Title = "PlaybackSession"
	docs[7].Sections = []Section{
		{Anchor: "listSessions", Title: "GET /sessions", Text: "List sessions"},
		{Anchor: "claim", Title: "POST /sessions/{id}/claims", Text: "Claim a session"},
	}
	page := func(entity, path, title, summary string, sections ...Section) Doc {
		return Doc{URL: "docs/default/component/" + entity + "/" + path, Title: title, Kind: "docs", Ref: "component:default/" + entity, Summary: summary, Sections: sections}
	}
	docs = append(docs,
		page("playback-session", "", "Home", "What a session is.", Section{Text: "One listener on one device."}),
		page("playback-session", "concepts/handover/", "Session handover", "How a session moves from device to device.",
			Section{Text: "A handover has two steps."},
			Section{Anchor: "claim-a-session", Title: "Claim a session", Text: "Send the epoch you last saw. The call is safe to repeat: the same claim id gives the same answer."},
			Section{Anchor: "when-a-party-fails", Title: "When a party fails", Text: "Each session lives in one region. If the region is unreachable, devices keep playing what they own."},
		),
		page("playback-session", "runbook/", "Runbook", "", Section{Anchor: "drift", Title: "Configuration drift between clusters", Text: "When a session pod exits at start, compare the revision of the clusters."}),
		page("lyrics-sync", "", "Lyrics", "", Section{Anchor: "zeit", Title: "日本語の検索", Text: "サーバーを検索する。 The word is the thing."}),
		page("lyrics-sync", "timing/", "Timing", "", Section{Anchor: "t", Title: "Clock drift", Text: "Clocks drift apart; a handover of clocks is needed."}),
		Doc{URL: "onboarding/", Title: "Welcome aboard", Kind: "page", Summary: "Your first day.", Sections: []Section{{Anchor: "laptop", Title: "Your laptop", Text: "Ask for a laptop."}}},
	)
	return docs
}

func TestBuild(t *testing.T) {
	files := Build(sample())
	var b bytes.Buffer
	for _, f := range files {
		if !json.Valid(f.Data) {
			t.Errorf("%s is no JSON: %s", f.Path, f.Data)
		}
		fmt.Fprintf(&b, "-- %s --\n%s", f.Path, f.Data)
	}
	if *update {
		if err := os.WriteFile("testdata/index.txt", b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("testdata/index.txt")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(b.Bytes(), want) {
		t.Errorf("the index differs from testdata/index.txt; run with -update and look at the difference\ngot\n%s", b.Bytes())
	}
	// The order of the input does not matter.
	docs := sample()
	rand.New(rand.NewPCG(1, 2)).Shuffle(len(docs), func(i, j int) { docs[i], docs[j] = docs[j], docs[i] })
	again := Build(docs)
	for i, f := range again {
		if f.Path != files[i].Path || !bytes.Equal(f.Data, files[i].Data) {
			t.Errorf("%s depends on the order of the pages", f.Path)
		}
	}
}

func TestBuildNothing(t *testing.T) {
	for _, docs := range [][]Doc{nil, {{}}, {{Kind: "docs"}}, {{URL: "a\nb", Ref: "no-ref\n", Kind: "component", Sections: []Section{{}}}}} {
		for _, f := range Build(docs) {
			if !json.Valid(f.Data) {
				t.Errorf("Build(%v): %s is no JSON: %s", docs, f.Path, f.Data)
			}
		}
	}
}

// index reads the parts of an index as the script does.
type index struct {
	files map[string][]byte
	start struct {
		T []string `json:"t"`
	}
}

func open(t testing.TB, files []File) *index {
	t.Helper()
	x := &index{files: map[string][]byte{}}
	for _, f := range files {
		x.files[f.Path] = f.Data
	}
	if err := json.Unmarshal(x.files["search/index.json"], &x.start); err != nil {
		t.Fatal(err)
	}
	return x
}

// places returns where a word is: page and section.
func (x *index) places(t testing.TB, word string) map[[2]int]int {
	t.Helper()
	key, file := "", x.files["search/t"+common+".json"]
	for _, s := range path(word) {
		key += s
		if slices.Contains(x.start.T, key) {
			file = x.files["search/t"+key+".json"]
			break
		}
		if slices.Contains(x.start.T, key+common) {
			file = x.files["search/t"+key+common+".json"]
		}
	}
	if file == nil {
		return nil
	}
	var part struct {
		W []string
		P [][]int
	}
	if err := json.Unmarshal(file, &part); err != nil {
		t.Fatal(err)
	}
	i := slices.Index(part.W, word)
	if i < 0 {
		return nil
	}
	out := map[[2]int]int{}
	id := 0
	for k := 0; k < len(part.P[i]); k += 2 {
		id += part.P[i][k]
		out[[2]int{id, part.P[i][k+1] >> 6}] = part.P[i][k+1] & 63
	}
	return out
}

func TestEveryWordIsFound(t *testing.T) {
	docs := large(400)
	x := open(t, Build(docs))
	seen := map[string]bool{}
	for _, d := range docs {
		for _, s := range d.Sections {
			words(s.Text, func(w string) { seen[w] = true })
		}
	}
	for w := range seen {
		if len(x.places(t, w)) == 0 {
			t.Errorf("the word %q is in a page but not in the index", w)
		}
	}
	for key, data := range x.files {
		if len(data) > shardSize+shardSize/2 && key != "search/index.json" {
			t.Errorf("%s is %d bytes long", key, len(data))
		}
	}
}

// TestStable adds one sentence and counts which files change.
func TestStable(t *testing.T) {
	docs := large(600)
	before := map[string]string{}
	for _, f := range Build(docs) {
		before[f.Path] = string(f.Data)
	}
	docs[len(docs)-1].Sections[1].Text += " A zebra."
	var changed []string
	for _, f := range Build(docs) {
		if before[f.Path] != string(f.Data) {
			changed = append(changed, f.Path)
		}
	}
	// The shards of "a" and "zebra", and the text of the page. The words of the
	// section weigh a little less; few of them change their rounded weight.
	if len(changed) > 15 || !slices.ContainsFunc(changed, func(p string) bool { return strings.HasPrefix(p, "search/t") }) {
		t.Errorf("one more sentence changed %d of %d files: %v", len(changed), len(before), changed)
	}
}

func TestWeights(t *testing.T) {
	docs := []Doc{
		{URL: "docs/1/", Kind: "docs", Title: "Handover"},
		{URL: "docs/2/", Kind: "docs", Title: "B", Tags: []string{"handover"}},
		{URL: "docs/3/", Kind: "docs", Title: "C", Sections: []Section{{Title: "Handover", Text: "x"}}},
		{URL: "docs/4/", Kind: "docs", Title: "D", Summary: "The handover."},
		{URL: "docs/5/", Kind: "docs", Title: "E", Sections: []Section{{Title: "x", Text: "handover handover handover"}}},
		{URL: "docs/6/", Kind: "docs", Title: "F", Sections: []Section{{Title: "x", Text: "handover" + strings.Repeat(" word", 500)}}},
	}
	got := open(t, Build(docs)).places(t, "handover")
	var weights []int
	for _, place := range [][2]int{{0, 0}, {1, 0}, {2, 1}, {3, 0}, {4, 1}, {5, 1}} {
		weights = append(weights, got[place])
	}
	if len(got) != len(docs) || !slices.IsSortedFunc(weights, func(a, b int) int { return b - a }) || weights[5] == 0 || slices.Compact(slices.Clone(weights))[0] != weights[0] {
		t.Errorf("weights of title, tag, heading, summary, text and long text are %v at %v, want them to fall", weights, got)
	}
}

func TestCommonWords(t *testing.T) {
	var docs []Doc
	for i := range maxPostings + 500 {
		docs = append(docs, Doc{URL: fmt.Sprintf("docs/%05d/", i), Kind: "docs", Title: fmt.Sprint(i), Sections: []Section{{Text: "the word"}}})
	}
	docs = append(docs, Doc{URL: "docs/zz/", Kind: "docs", Title: "The"})
	files := Build(docs)
	places := open(t, files).places(t, "the")
	if len(places) != maxPostings {
		t.Errorf("got %d places of a word on every page, want %d", len(places), maxPostings)
	}
	best := 0
	for _, w := range places {
		best = max(best, w)
	}
	if best < inTitle {
		t.Errorf("the title that consists of a common word is lost: best weight %d", best)
	}
	for _, f := range files {
		if strings.HasPrefix(f.Path, "search/t") && bytes.Contains(f.Data, []byte(`"the"`)) && !bytes.Contains(f.Data, []byte(`"c":[`)) {
			t.Errorf("the common word is not marked: %.200s", f.Data)
		}
	}
}

func FuzzBuild(f *testing.F) {
	f.Add("Title", "Text of a page", "tag")
	f.Add("日本", "\xff\x00</script>", "__proto__")
	f.Add("ΣSß", "ー゙", "İ")
	f.Fuzz(func(t *testing.T, title, text, tag string) {
		files := Build([]Doc{
			{URL: "docs/a/", Kind: "docs", Title: title, Tags: []string{tag}, Sections: []Section{{Anchor: tag, Title: title, Text: text}}},
			{URL: "catalog/default/component/a/", Kind: "component", Ref: "component:default/" + title, Title: text, Tags: []string{tag}, Owner: tag},
		})
		x := open(t, files)
		for _, file := range files {
			if !json.Valid(file.Data) {
				t.Errorf("%s is no JSON: %q", file.Path, file.Data)
			}
			if strings.ContainsAny(strings.TrimPrefix(file.Path, "search/"), "/\\ :*?\"<>|") {
				t.Errorf("%q is no name for a file", file.Path)
			}
		}
		words(text, func(w string) {
			if len(x.places(t, w)) == 0 {
				t.Errorf("the word %q of %q is not found", w, text)
			}
		})
	})
}

// large returns a portal of n pages: 7 of 10 are entities, the others documents
// of five sections, with words as frequent as in a natural language.
func large(n int) []Doc {
	r := rand.New(rand.NewPCG(7, 7))
	syllables := strings.Fields("ka to mi ra len dor pas ver sun til ope gra fen lis mon tar rel ova cur bis net pod log set run dat que ind exp art")
	vocabulary := make([]string, 12_000)
	for i := range vocabulary {
		for range 2 + r.IntN(3) {
			vocabulary[i] += syllables[r.IntN(len(syllables))]
		}
	}
	zipf := rand.NewZipf(r, 1.15, 4, uint64(len(vocabulary)-1))
	sentence := func(words int) string {
		var b strings.Builder
		for range words {
			b.WriteString(vocabulary[zipf.Uint64()])
			b.WriteByte(' ')
		}
		return b.String()
	}
	types := []string{"service", "website", "library", "pipeline"}
	status := []string{"ok", "ok", "ok", "warn", "bad", "", "off"}
	var docs []Doc
	for i := range n {
		team := fmt.Sprintf("group:default/team-%s-%d", vocabulary[i%280], i%280)
		if i%10 < 7 {
			name := fmt.Sprintf("%s-%s-%d", vocabulary[r.IntN(800)], vocabulary[r.IntN(3000)], i)
			docs = append(docs, Doc{
				URL: "catalog/default/component/" + name + "/", Title: name, Kind: "component", Ref: "component:default/" + name, Type: types[i%4],
				Owner: team, System: fmt.Sprintf("system:default/sys-%d", i%96), Lifecycle: "production", Status: status[i%7],
				Summary: sentence(10), Tags: []string{types[i%4], vocabulary[i%50]},
			})
			continue
		}
		d := Doc{URL: fmt.Sprintf("docs/default/component/t%d/p%d/", i/100, i), Title: strings.TrimSpace(sentence(3)), Kind: "docs", Ref: fmt.Sprintf("component:default/t%d", i/100), Summary: sentence(12)}
		for s := range 5 {
			d.Sections = append(d.Sections, Section{Anchor: fmt.Sprintf("s%d", s), Title: strings.TrimSpace(sentence(3)), Text: sentence(120)})
		}
		docs = append(docs, d)
	}
	return docs
}

func BenchmarkBuild(b *testing.B) {
	docs := large(10_000)
	b.ReportAllocs()
	var files []File
	for b.Loop() {
		files = Build(docs)
	}
	total, start, largest := 0, 0, 0
	for _, f := range files {
		total += len(f.Data)
		if f.Path == "search/index.json" {
			start = len(f.Data)
		} else {
			largest = max(largest, len(f.Data))
		}
	}
	b.ReportMetric(float64(len(files)), "files")
	b.ReportMetric(float64(total)/1e6, "MB")
	b.ReportMetric(float64(start)/1e3, "start-kB")
	b.ReportMetric(float64(largest)/1e3, "largest-kB")
}
