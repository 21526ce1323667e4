package repos

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strconv"
	"strings"
	"unicode/utf8"
)

// An entry is one line of git ls-tree.
type entry struct {
	mode, kind, id, path string
}

// parseEntry reads "<mode> <kind> <id>\t<path>".
func parseEntry(rec string) (entry, bool) {
	meta, name, ok := strings.Cut(rec, "\t")
	f := strings.Fields(meta)
	if !ok || len(f) != 3 || !hexID(f[2]) {
		return entry{}, false
	}
	return entry{f[0], f[1], f[2], name}, true
}

// badPath says why a path of a tree is not written, or "".
func badPath(p string) string {
	if !utf8.ValidString(p) {
		return "its name is not valid UTF-8"
	}
	if len(p) > 4096 || strings.Count(p, "/") > 100 {
		return "its path is too long"
	}
	for _, part := range strings.Split(p, "/") {
		switch {
		case part == "" || part == "." || part == "..":
			return "its path leads out of the repo"
		case gitName(part):
			return "it lies in a folder that git keeps for itself"
		case strings.ContainsAny(part, "\\\x00"):
			return `its name holds a \`
		case len(part) > 255:
			return "its name is too long"
		}
	}
	return ""
}

// wanted tells whether a file is fetched. Everything that documentation,
// descriptors and API definitions are made of is; programs and data are not.
func wanted(p string) bool {
	base := strings.ToLower(path.Base(p))
	switch base {
	case "codeowners", "owners", "license", "licence", "readme", "makefile", "dockerfile", ".pages", ".nav.yml", "changelog":
		return true
	}
	return kinds[path.Ext(base)]
}

// kinds are the endings of the files that are fetched.
var kinds = func() map[string]bool {
	m := map[string]bool{}
	for _, e := range strings.Fields(`
		.md .markdown .mdown .mkd .mkdn .mdx .txt .rst .adoc
		.yaml .yml .json .jsonc .json5 .toml .ini .cfg .conf .env .properties .xml .wsdl .xsd .csv .tsv
		.graphql .gql .graphqls .proto .avsc .avdl .raml .thrift .smithy .tsp
		.png .jpg .jpeg .gif .webp .avif .svg .ico .pdf
		.puml .plantuml .mmd .mermaid .dot .drawio .d2 .dsl
		.html .htm .css .sh .sql .tf .hcl .rego .cue .jsonnet .libsonnet .tpl .j2
		.go .py .js .ts .jsx .tsx .java .kt .rs .rb .c .h .cpp .hpp .cs .swift .scala .php .lua`) {
		m[e] = true
	}
	return m
}()

// keep writes the files of head that are wanted to its folder.
func (c *clone) keep(ctx context.Context, g *git, branch string, want func(string) bool) error {
	var files, links []entry
	var out []left
	seen := map[string]bool{}
	total := 0
	note := func(p, message string) {
		if len(out) < maxLeftOut {
			out = append(out, left{plain(strings.ToValidUTF8(p, "\ufffd")), message})
		}
	}
	err := g.stream(ctx, nil, func(r io.Reader) error {
		return records(r, func(rec string) error {
			if total++; total > maxPaths {
				return fmt.Errorf("it has more than %d files", maxPaths)
			}
			e, ok := parseEntry(rec)
			if !ok {
				return errors.New("its list of files cannot be read")
			}
			if why := badPath(e.path); why != "" {
				note(e.path, why)
				return nil
			}
			if seen[e.path] {
				note(e.path, "the repo holds this name twice")
				return nil
			}
			seen[e.path] = true
			switch {
			case e.kind == "commit":
				note(e.path, "submodules are not fetched")
			case e.mode == "120000":
				links = append(links, e)
			case e.kind == "blob" && want(e.path):
				files = append(files, e)
			}
			return nil
		})
	}, "ls-tree", "-r", "-z", "--full-tree", c.head)
	if err != nil {
		return err
	}
	if total == 0 && c.info.Files > 0 {
		return errors.New("it holds no files now, although it did before")
	}
	dest := c.tree(c.head)
	tmp := dest + ".tmp"
	for _, d := range []string{tmp, dest} {
		if err := os.RemoveAll(d); err != nil {
			return fmt.Errorf("write the cache: %w", reason(err))
		}
	}
	if err := os.MkdirAll(tmp, 0o700); err != nil {
		return fmt.Errorf("write the cache: %w", reason(err))
	}
	root, err := os.OpenRoot(tmp)
	if err != nil {
		return fmt.Errorf("write the cache: %w", reason(err))
	}
	defer root.Close()
	var sum int64
	var written []string
	err = blobs(ctx, g, append(files, links...), func(e entry, size int64, r io.Reader) error {
		if e.mode == "120000" {
			if size > 4096 {
				note(e.path, "its target is too long")
				return nil
			}
			target, err := io.ReadAll(r)
			if err != nil {
				return err
			}
			if err := errors.Join(makeParent(root, e.path), root.Symlink(string(target), e.path)); err != nil {
				note(e.path, "it cannot be written here")
				return nil
			}
			written = append(written, treeLine(e.path, "link", string(target)))
			return nil
		}
		if size > maxBlob {
			if ext := strings.ToLower(path.Ext(e.path)); ext == ".yaml" || ext == ".yml" {
				// A descriptor of this size is an attack or an accident; half of
				// a repo would be shown as if it were all.
				return fmt.Errorf("%s is larger than %d MB", e.path, maxBlob>>20)
			}
			note(e.path, fmt.Sprintf("it is larger than %d MB", maxBlob>>20))
			return nil
		}
		if sum += size; sum > maxFetched {
			return fmt.Errorf("its files are larger than %d GB", maxFetched>>30)
		}
		if err := makeParent(root, e.path); err != nil {
			note(e.path, "its folder cannot be made here")
			return nil
		}
		f, err := root.OpenFile(e.path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			note(e.path, "it cannot be written here")
			return nil
		}
		h := sha256.New()
		if _, err := io.Copy(io.MultiWriter(f, h), r); err != nil {
			_ = f.Close()
			return fmt.Errorf("write the cache: %w", reason(err))
		}
		written = append(written, treeLine(e.path, "file", hex.EncodeToString(h.Sum(nil))))
		return f.Close()
	})
	if err != nil {
		_ = os.RemoveAll(tmp)
		return err
	}
	if err := os.Rename(tmp, dest); err != nil {
		return fmt.Errorf("write the cache: %w", reason(err))
	}
	c.info = cached{Branch: branch, Commit: c.head, Files: total, Sum: sumOfLines(written), Left: out}
	return nil
}

func makeParent(root *os.Root, p string) error {
	if dir := path.Dir(p); dir != "." {
		return root.MkdirAll(dir, 0o700)
	}
	return nil
}

// blobs hands the content of each entry to f, in order. f need not read it all.
func blobs(ctx context.Context, g *git, entries []entry, f func(e entry, size int64, r io.Reader) error) error {
	if len(entries) == 0 {
		return nil
	}
	var ids strings.Builder
	for _, e := range entries {
		ids.WriteString(e.id)
		ids.WriteByte('\n')
	}
	return g.stream(ctx, strings.NewReader(ids.String()), func(r io.Reader) error {
		br := bufio.NewReaderSize(r, 256<<10)
		for _, e := range entries {
			head, err := br.ReadString('\n')
			if err != nil {
				return fmt.Errorf("%s is damaged or missing", plain(e.path))
			}
			part := strings.Fields(head)
			if len(part) != 3 || part[0] != e.id || part[1] != "blob" {
				return fmt.Errorf("%s is damaged or missing", plain(e.path))
			}
			size, err := strconv.ParseInt(part[2], 10, 64)
			if err != nil || size < 0 {
				return fmt.Errorf("%s is damaged or missing", plain(e.path))
			}
			body := io.LimitReader(br, size)
			if err := f(e, size, body); err != nil {
				return err
			}
			if _, err := io.Copy(io.Discard, body); err != nil {
				return err
			}
			if _, err := br.Discard(1); err != nil {
				return fmt.Errorf("%s is damaged or missing", plain(e.path))
			}
		}
		return nil
	}, "cat-file", "--batch", "--buffer")
}

// lines calls f for each line.
func lines(r io.Reader, f func(string) error) error {
	sc := bufio.NewScanner(r)
	sc.Buffer(make([]byte, 0, 64<<10), 1<<20)
	for sc.Scan() {
		if err := f(sc.Text()); err != nil {
			return err
		}
	}
	return sc.Err()
}
