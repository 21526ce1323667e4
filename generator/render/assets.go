package render

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/portolan-dev/portolan/generator/site"
)

// overlay is several file systems, the first one that has a file wins. Nil ones
// are skipped.
type overlay []fs.FS

// ReadFile returns the content of the first file of that name.
func (o overlay) ReadFile(name string) ([]byte, error) {
	for _, f := range o {
		if f == nil {
			continue
		}
		data, err := fs.ReadFile(f, name)
		if err == nil {
			return data, nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}

// list returns the paths of all regular files under dir, sorted.
func (o overlay) list(dir string) ([]string, error) {
	var names []string
	for _, f := range o {
		if f == nil {
			continue
		}
		err := fs.WalkDir(f, dir, func(name string, d fs.DirEntry, err error) error {
			switch {
			case errors.Is(err, fs.ErrNotExist) && name == dir:
				return nil
			case err != nil:
				return err
			case d.Type().IsRegular() && !strings.HasPrefix(d.Name(), "."):
				names = append(names, name)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

// assets are the published files of a theme.
type assets struct {
	names   map[string]string // name in the theme -> path in the site
	files   []site.File
	symbols map[string]string // icon -> symbol element
	order   []string          // names of the icons as the sprite lists them
}

var (
	cssURL   = regexp.MustCompile(`url\(\s*(["']?)([^"')]+)["']?\s*\)`)
	jsModule = regexp.MustCompile(`(["'])\./([\w.-]+\.(?:js|svg|css))(["'])`)
	symbol   = regexp.MustCompile(`(?s)<symbol id="([\w-]+)"(.*?)</symbol>`)
)

// plain are the assets that keep their name: people look for them by it.
var plain = map[string]bool{"FONT-LICENSE.txt": true}

// readAssets reads all files under assets/, writes the hash of the content into
// each name and corrects the references between them. Scripts may import each
// other in circles, so all of them share one hash.
func readAssets(files overlay) (*assets, error) {
	list, err := files.list("assets")
	if err != nil {
		return nil, err
	}
	a := &assets{names: map[string]string{}, symbols: map[string]string{}}
	content := map[string][]byte{}
	var scripts, styles, others []string
	for _, p := range list {
		name := strings.TrimPrefix(p, "assets/")
		if content[name], err = files.ReadFile(p); err != nil {
			return nil, err
		}
		switch path.Ext(name) {
		case ".js":
			scripts = append(scripts, name)
		case ".css":
			styles = append(styles, name)
		default:
			others = append(others, name)
		}
	}
	publish := func(name string, data []byte, hash string) {
		p := "assets/" + name
		if !plain[name] {
			ext := path.Ext(name)
			p = "assets/" + strings.TrimSuffix(name, ext) + "." + hash + ext
		}
		a.names[name] = p
		a.files = append(a.files, site.File{Path: p, Data: data})
	}
	for _, name := range others {
		publish(name, content[name], hashOf(content[name]))
	}
	for _, name := range styles {
		data := cssURL.ReplaceAllFunc(content[name], func(m []byte) []byte {
			target := string(cssURL.FindSubmatch(m)[2])
			if p, ok := a.names[strings.TrimPrefix(target, "./")]; ok {
				return fmt.Appendf(nil, "url(%q)", path.Base(p))
			}
			return m
		})
		publish(name, data, hashOf(data))
	}
	all := sha256.New()
	for _, name := range scripts {
		fmt.Fprintf(all, "%s %d\n", name, len(content[name]))
		all.Write(content[name])
	}
	for _, name := range others { // scripts name icons.svg
		fmt.Fprintln(all, a.names[name])
	}
	hash := hex.EncodeToString(all.Sum(nil))[:hashLen]
	for _, name := range scripts {
		a.names[name] = "assets/" + strings.TrimSuffix(name, ".js") + "." + hash + ".js"
	}
	for _, name := range scripts {
		publish(name, jsModule.ReplaceAllFunc(content[name], func(m []byte) []byte {
			part := jsModule.FindSubmatch(m)
			if p, ok := a.names[string(part[2])]; ok {
				return fmt.Appendf(nil, "%s./%s%s", part[1], path.Base(p), part[3])
			}
			return m
		}), hash)
	}
	slices.SortFunc(a.files, func(x, y site.File) int { return cmp.Compare(x.Path, y.Path) })
	for _, m := range symbol.FindAllStringSubmatch(string(content["icons.svg"]), -1) {
		a.symbols[m[1]] = `<symbol id="i:` + m[1] + `"` + m[2] + `</symbol>`
		a.order = append(a.order, m[1])
	}
	return a, nil
}

const hashLen = 10

func hashOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])[:hashLen]
}

// addIcons appends the symbols that a page refers to, in the order of the
// theme's icons, before the end of its body.
func (a *assets) addIcons(html []byte) []byte {
	used := map[string]bool{}
	rest := html
	for {
		i := bytes.Index(rest, []byte(`"#i:`))
		if i < 0 {
			break
		}
		rest = rest[i+4:]
		if end := bytes.IndexByte(rest, '"'); end > 0 && end < 40 {
			used[string(rest[:end])] = true
		}
	}
	if len(used) == 0 {
		return html
	}
	end := bytes.LastIndex(html, []byte("</body>"))
	if end < 0 {
		return html
	}
	tail := string(html[end:])
	out := append(html[:end], `<svg hidden>`...)
	for _, name := range a.order {
		if used[name] {
			out = append(out, a.symbols[name]...)
		}
	}
	out = append(out, "</svg>\n"...)
	return append(out, tail...)
}
