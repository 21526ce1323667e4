package docs

import (
	"bytes"
	"encoding/xml"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// shared returns the folder of third-party test data.
func shared(t testing.TB, parts ...string) string {
	t.Helper()
	dir := os.Getenv("PORTOLAN_SHARED")
	if dir == "" {
		at, err := os.Getwd()
		if err != nil {
			t.Fatal(err)
		}
		for {
			if _, err := os.Stat(filepath.Join(at, "go.mod")); err == nil {
				break
			}
			at = filepath.Dir(at)
		}
		dir = filepath.Join(at, "..", "shared")
	}
	p := filepath.Join(append([]string{dir}, parts...)...)
	if _, err := os.Stat(p); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("the test data is absent: %v", err)
		}
		t.Skipf("the test data is absent: %v", err)
	}
	return p
}

// live matches what a clean picture has none of.
var live = regexp.MustCompile(`(?i)<script|<style|<a[\s>]|<foreignObject|<animate|<set|<handler|<meta|<iframe|<feImage|<!|<\?|\son[a-z]+=|\sstyle=|javascript:|https?://[^w]|//evil|@import|data:text|svg\+xml`)

func TestCleanSVG(t *testing.T) {
	const head = `<svg xmlns="http://www.w3.org/2000/svg">`
	for _, c := range []struct{ name, in, want string }{
		{"shapes", head + `<g fill="red"><path d="M0 0L1 1"/></g></svg>`, head + `<g fill="red"><path d="M0 0L1 1"/></g></svg>`},
		{"prefix", `<s:svg xmlns:s="http://www.w3.org/2000/svg"><s:rect/><s:script>x</s:script></s:svg>`, head + `<rect/></svg>`},
		{"no namespace", `<svg><rect/></svg>`, head + `<rect/></svg>`},
		{"handlers", head + `<rect onclick="x" onload="y" width="3"/></svg>`, head + `<rect width="3"/></svg>`},
		{"link", head + `<a href="javascript:x"><text>Hi &amp; bye</text></a></svg>`, head + `<text>Hi &amp; bye</text></svg>`},
		{"foreign", head + `<switch><foreignObject><div xmlns="http://www.w3.org/1999/xhtml">x</div></foreignObject><text>x</text></switch></svg>`, head + `<switch><text>x</text></switch></svg>`},
		{"use", head + `<use xmlns:xlink="http://www.w3.org/1999/xlink" xlink:href="#a"/><use href="x.svg#a"/></svg>`, head + `<use href="#a"/><use/></svg>`},
		{"image", head + `<image href="data:image/png;base64,AAAA"/><image href="http://x/y.png"/></svg>`, head + `<image href="data:image/png;base64,AAAA"/></svg>`},
		{"style attribute", head + `<rect fill="red" style="fill: blue; stroke:url(http://x); position:fixed"/></svg>`, head + `<rect fill="blue"/></svg>`},
		{"style sheet", head + `<style>/* c */ @import url(x); .a{fill:#fff} rect{fill:red;stroke:blue} #i{fill:green} .a .b{fill:black} @media print{rect{fill:gold}}</style><rect class="a"/><rect id="i" class="a"/></svg>`,
			head + `<rect fill="#fff" stroke="blue"/><rect id="i" fill="green" stroke="blue"/></svg>`},
		{"style of parts", `<svg xmlns="http://www.w3.org/2000/svg" id="d"><style>#d .n rect,#d > .n > .x{fill:red} g .n .y{fill:blue} .n.big rect{stroke:gold}</style><g class="n big"><rect/><path class="x"/><path class="y"/></g></svg>`,
			`<svg xmlns="http://www.w3.org/2000/svg" id="d"><g><rect stroke="gold" fill="red"/><path fill="red"/><path/></g></svg>`},
		{"label", head + `<g><foreignObject width="200" height="48"><div xmlns="http://www.w3.org/1999/xhtml" onclick="x"><p>One &amp; two<br/>three</p><script>no</script></div></foreignObject></g></svg>`,
			head + `<g><text text-anchor="middle" dominant-baseline="central"><tspan x="100" y="14.4">One &amp; two</tspan><tspan x="100" y="33.6">three</tspan></text></g></svg>`},
		{"label of draw.io", head + `<switch><foreignObject><div xmlns="http://www.w3.org/1999/xhtml">Knative defined<br/>probe</div></foreignObject><text x="9" y="4">Knative def...</text></switch></svg>`,
			head + `<switch><text x="9" y="4"><tspan x="9" dy="-0.6em">Knative defined</tspan><tspan x="9" dy="1.2em">probe</tspan></text></switch></svg>`},
		{"paint", head + `<rect fill="url(#g)" mask="url(x#m)"/></svg>`, head + `<rect fill="url(#g)"/></svg>`},
		{"size", `<svg xmlns="http://www.w3.org/2000/svg" width="9999999" height="-3" viewBox="0 0 1 1"/>`, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"/>`},
		{"latin", "<?xml version='1.0' encoding='iso-8859-1'?>" + head + "<text>\xe9</text></svg>", head + `<text>é</text></svg>`},
		{"entities", `<!DOCTYPE svg [<!ENTITY a "b">]>` + head + `</svg>`, "error: the picture declares entities, which are not read; save it as plain SVG"},
		{"doctype", `<!DOCTYPE svg PUBLIC "a" "http://b">` + head + `</svg>`, head[:len(head)-1] + "/>"},
		{"itself", head + `<g id="a"><use href="#a"/></g></svg>`, "error: the picture shows itself, or more parts than can be drawn"},
		{"html", `<html><body/></html>`, "error: the file is no SVG picture"},
		{"empty", ``, "error: the file is no SVG picture"},
	} {
		out, err := CleanSVG([]byte(c.in))
		got := strings.TrimSuffix(string(out), "\n")
		if err != nil {
			got = "error: " + err.Error()
		}
		if got != c.want {
			t.Errorf("%s:\nin   %s\ngot  %s\nwant %s", c.name, c.in, got, c.want)
		}
	}
}

func TestHostileSVG(t *testing.T) {
	files, err := filepath.Glob(shared(t, "hostile", "svg") + "/*.svg")
	if err != nil || len(files) < 30 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, f := range files {
		src, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		out, err := CleanSVG(src)
		if err == nil {
			checkClean(t, filepath.Base(f), out)
		}
	}
}

// checkClean checks that a picture is well formed, holds nothing live, and is
// its own clean form.
func checkClean(t *testing.T, name string, out []byte) {
	t.Helper()
	if m := live.Find(bytes.ReplaceAll(out, []byte(svgSpace), nil)); m != nil {
		t.Errorf("%s: %q is left in\n%.500s", name, m, out)
	}
	d := xml.NewDecoder(bytes.NewReader(out))
	for {
		if _, err := d.Token(); err == io.EOF {
			break
		} else if err != nil {
			t.Errorf("%s: not well formed: %v\n%.500s", name, err, out)
			return
		}
	}
	again, err := CleanSVG(out)
	if err != nil || !bytes.Equal(again, out) {
		t.Errorf("%s: cleaning twice differs (%v):\n%.300s\n%.300s", name, err, out, again)
	}
}

// TestRealSVG cleans the pictures of real projects and names those that are lost.
func TestRealSVG(t *testing.T) {
	total, lost := 0, 0
	err := filepath.WalkDir(shared(t, "corpus"), func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.EqualFold(filepath.Ext(p), ".svg") {
			return err
		}
		src, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		total++
		out, err := CleanSVG(src)
		if err != nil {
			lost++
			t.Logf("%s: %v", p, err)
			return nil
		}
		checkClean(t, p, out)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d pictures, %d left out", total, lost)
	if lost*20 > total {
		t.Errorf("%d of %d pictures are left out", lost, total)
	}
}

func FuzzCleanSVG(f *testing.F) {
	f.Add([]byte(`<svg xmlns="http://www.w3.org/2000/svg"><style>.a{fill:red}</style><rect class="a" style="fill:url(#x)"/><text>a&amp;b</text></svg>`))
	f.Fuzz(func(t *testing.T, src []byte) {
		if out, err := CleanSVG(src); err == nil {
			checkClean(t, "fuzz", out)
		}
	})
}
