package generator

import (
	"io/fs"
	"path"
	"strings"
	"sync"
)

// icons finds the drawings of shortcodes such as :material-account: in the
// folder into which npm installed the sets. Only what pages use is read.
type icons struct {
	modules fs.FS // node_modules; nil: there are no sets

	mu    sync.Mutex
	found map[string]string // by name; "" for what is not there
}

// maxIcon is the size of the largest drawing that is an icon.
const maxIcon = 64 << 10

// markup returns the SVG of an icon by the name that the Markdown engine gives
// it, such as material/account.
func (i *icons) markup(name string) (string, bool) {
	if i == nil || i.modules == nil {
		return "", false
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	svg, known := i.found[name]
	if !known {
		svg = i.read(name)
		i.found[name] = svg
	}
	return svg, svg != ""
}

func (i *icons) read(name string) string {
	file := iconFile(name)
	if file == "" || !fs.ValidPath(file) {
		return ""
	}
	info, err := fs.Stat(i.modules, file)
	if err != nil || !info.Mode().IsRegular() || info.Size() > maxIcon {
		return ""
	}
	data, err := fs.ReadFile(i.modules, file)
	if err != nil {
		return ""
	}
	return string(data)
}

// iconFile returns where the npm package of a set keeps an icon.
func iconFile(name string) string {
	set, rest, ok := strings.Cut(name, "/")
	if !ok {
		return ""
	}
	switch set {
	case "material":
		return path.Join("@mdi/svg/svg", rest+".svg")
	case "octicons":
		return path.Join("@primer/octicons/build/svg", rest+".svg")
	case "fontawesome":
		return path.Join("@fortawesome/fontawesome-free/svgs", rest+".svg")
	case "simple":
		return path.Join("simple-icons/icons", rest+".svg")
	}
	return ""
}
