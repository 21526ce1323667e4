package catalog

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/portolan-dev/portolan/sources"
	"github.com/portolan-dev/portolan/sources/diag"
	"github.com/portolan-dev/portolan/sources/yamldoc"
)

// fill replaces the placeholders of an entity. A placeholder is a mapping with
// exactly one key, $text, $json or $yaml, that names a file; a mapping with a
// key in $ and anything else is left as it is, with all that it holds. It
// returns the node itself when there was nothing to fill in.
//
// The annotations are no placeholder themselves, because the catalog has added
// its own keys to them by then.
func (r *reader) fill(it item, n *yamldoc.Node) (*yamldoc.Node, *rejection) {
	return r.fillAt(it, n, 0, "")
}

// fillAt does so for the value of key, which has depth keys above it.
func (r *reader) fillAt(it item, n *yamldoc.Node, depth int, key string) (*yamldoc.Node, *rejection) {
	switch n.Kind {
	case yamldoc.List:
		out := n
		for i, v := range n.Items {
			filled, rej := r.fillAt(it, v, depth+1, "")
			if rej != nil {
				return nil, rej
			}
			if filled == v {
				continue
			}
			if out == n {
				c := *n
				c.Items = slices.Clone(n.Items)
				out = &c
			}
			out.Items[i] = filled
		}
		return out, nil
	case yamldoc.Map:
		for i := range n.Fields {
			if !strings.HasPrefix(n.Fields[i].Key, "$") {
				continue
			}
			if len(n.Fields) != 1 || key == inMetadata || !r.resolves(n.Fields[0].Key[1:]) {
				return n, nil
			}
			v, err := r.include(it, n.Fields[0].Key[1:], n.Fields[0].Value)
			if err != nil {
				f := &n.Fields[0]
				p := at(f.Value, fmt.Sprintf("%s: %v", f.Key, err.err), err.hint)
				if f.Value.Kind == yamldoc.Null {
					p = atKey(f, p.message, p.hint)
				}
				return nil, reject(BadPlaceholder, p)
			}
			return v, nil
		}
		out := n
		for i := range n.Fields {
			k := n.Fields[i].Key
			if depth == 1 && key == "metadata" && k == "annotations" {
				k = inMetadata
			}
			filled, rej := r.fillAt(it, n.Fields[i].Value, depth+1, k)
			if rej != nil {
				return nil, rej
			}
			if filled == n.Fields[i].Value {
				continue
			}
			if out == n {
				out = clone(n)
			}
			out.Fields[i].Value = filled
		}
		return out, nil
	}
	return n, nil
}

// maxYAML bounds a file that $yaml names: YAML costs more memory than text.
const maxYAML = 2 << 20

// inMetadata is how fillAt knows metadata.annotations.
const inMetadata = "metadata.annotations"

func (r *reader) resolves(name string) bool {
	switch name {
	case "text", "json", "yaml":
		return true
	}
	return slices.Contains(r.opt.Placeholders, name)
}

// An includeError says why a placeholder cannot be filled in.
type includeError struct {
	err  error
	hint string
}

// include reads the file that a placeholder names. The result stands where the
// placeholder stood.
func (r *reader) include(it item, name string, value *yamldoc.Node) (*yamldoc.Node, *includeError) {
	if value.Kind != yamldoc.String {
		return nil, &includeError{fmt.Errorf("needs the path of a file, but is %s", describe(value)), "write a path such as ./openapi.yaml"}
	}
	resolved, err := r.resolve(it, value.Text)
	if err != nil {
		return nil, &includeError{fmt.Errorf("%q %w", cut(value.Text), err), "name a file of this repository"}
	}
	repo, file, ok := r.locate(it, value.Text, resolved)
	if !ok || repo != it.repo {
		return nil, &includeError{fmt.Errorf("%q is not a file of this repository", cut(value.Text)), "only files of the repository that holds the descriptor are read; copy the file there, or link to it"}
	}
	limit := r.opt.Limits.IncludeBytes
	if name == "yaml" {
		limit = min(limit, maxYAML)
	}
	data, err := readFile(repo, file, limit)
	if err == nil {
		if r.included += len(data); r.included > r.opt.Limits.IncludeTotal {
			return nil, &includeError{fmt.Errorf("the files that this document names hold more than %d bytes together", r.opt.Limits.IncludeTotal), "split the document"}
		}
	}
	if err != nil {
		return nil, &includeError{fmt.Errorf("%q %w", cut(value.Text), err), r.nearFile(repo, file)}
	}
	r.input(repo, file)
	if repo == r.repo {
		r.includes = append(r.includes, file)
	}
	switch name {
	case "json":
		n, perr := yamldoc.ParseJSON(data, yamldoc.Limits{Bytes: limit})
		if perr != nil {
			return nil, &includeError{fmt.Errorf("%s is no JSON: line %d: %s", file, perr.Line, perr.Message), perr.Hint}
		}
		relocate(n, value)
		return n, nil
	case "yaml":
		docs := yamldoc.Parse(data, yamldoc.Limits{Bytes: limit})
		if len(docs) != 1 {
			return nil, &includeError{fmt.Errorf("%s holds %d documents, where exactly one is expected", file, len(docs)), ""}
		}
		if e := docs[0].Err; e != nil {
			return nil, &includeError{fmt.Errorf("%s is no YAML: line %d: %s", file, e.Line, e.Message), e.Hint}
		}
		relocate(docs[0].Node, value)
		return docs[0].Node, nil
	}
	return &yamldoc.Node{Kind: yamldoc.String, Line: value.Line, Column: value.Column, Text: strings.ToValidUTF8(string(data), "\uFFFD")}, nil
}

// relocate gives all nodes of a file that was filled in the place of its
// placeholder, because that is where the author of the descriptor looks.
func relocate(n, to *yamldoc.Node) {
	n.Line, n.Column = to.Line, to.Column
	for _, it := range n.Items {
		relocate(it, to)
	}
	for i := range n.Fields {
		f := &n.Fields[i]
		f.Line, f.Column = to.Line, to.Column
		relocate(f.Value, to)
	}
}

// nearFile looks for the file that the author may have meant: one of the same
// name nearby, or one whose path is nearly the same.
func (r *reader) nearFile(repo *sources.Repo, name string) string {
	base := path.Base(name)
	var same, all []string
	for _, f := range r.tree(repo) {
		if path.Base(f) == base {
			same = append(same, f)
		}
		if path.Dir(f) == path.Dir(name) {
			all = append(all, f)
		}
	}
	near := diag.Suggest(name, all)
	if near == "" && len(same) == 1 && base != "catalog-info.yaml" {
		near = same[0]
	}
	if near == "" {
		near = diag.Suggest(name, same[:min(len(same), 200)])
	}
	if near != "" {
		return fmt.Sprintf("did you mean %q?", "/"+near)
	}
	return "paths are relative to the descriptor; a leading slash is the root of the repository"
}

var (
	errNotThere = errors.New("does not exist")
	errTooLarge = errors.New("is too large")
	errNoFile   = errors.New("is no regular file")
)

// readFile reads a regular file of at most limit bytes.
func readFile(repo *sources.Repo, name string, limit int) ([]byte, error) {
	if repo.FS == nil || !fs.ValidPath(name) {
		return nil, errNotThere
	}
	f, err := repo.FS.Open(name)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, errNotThere
		}
		return nil, errors.New("cannot be read")
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil:
		return nil, errors.New("cannot be read")
	case info.IsDir():
		return nil, errors.New("is a folder")
	case !info.Mode().IsRegular():
		return nil, errNoFile
	case info.Size() > int64(limit):
		return nil, fmt.Errorf("%w: %d bytes, at most %d are read", errTooLarge, info.Size(), limit)
	}
	data, err := io.ReadAll(io.LimitReader(f, int64(limit)+1))
	switch {
	case err != nil:
		return nil, errors.New("cannot be read")
	case len(data) > limit:
		return nil, fmt.Errorf("%w: at most %d bytes are read", errTooLarge, limit)
	}
	return data, nil
}
