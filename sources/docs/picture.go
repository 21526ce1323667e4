package docs

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	_ "image/gif"  // for the size in a picture's header
	_ "image/jpeg" // for the size in a picture's header
	_ "image/png"  // for the size in a picture's header
	"io"
	"io/fs"
	"path"
	"strings"
)

// maxPixels bounds what a browser has to unpack for one picture.
const maxPixels = 40_000_000

// ReadFile returns a file of Tree.Files as it is to be published: SVG is
// cleaned, everything else is as the author wrote it.
func (t *Tree) ReadFile(name string) ([]byte, error) {
	if data, ok := t.clean[name]; ok {
		return data, nil
	}
	data, err := fs.ReadFile(t.Repo.FS, t.FilePath(name))
	if err != nil {
		return nil, err
	}
	if strings.EqualFold(path.Ext(name), ".svg") {
		return CleanSVG(data)
	}
	return data, nil
}

// picture checks that a picture is what its name says and can be shown.
func (r *reader) picture(rel, name string) error {
	t := r.tree
	ext := strings.ToLower(path.Ext(name))
	if ext == ".svg" {
		src, err := fs.ReadFile(t.Repo.FS, name)
		if err != nil {
			return cause(err)
		}
		out, err := CleanSVG(src)
		if err != nil {
			return err
		}
		if r.kept += len(out); r.kept > maxKeptBytes {
			return nil // it is cleaned again when it is published
		}
		if t.clean == nil {
			t.clean = map[string][]byte{}
		}
		t.clean[rel] = out
		return nil
	}
	f, err := t.Repo.FS.Open(name)
	if err != nil {
		return cause(err)
	}
	defer f.Close()
	head := make([]byte, 512)
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return cause(err)
	}
	head = head[:n]
	if bytes.HasPrefix(head, []byte("version https://git-lfs.github.com/")) {
		return errors.New("it is kept in Git LFS, which is not fetched")
	}
	if kind, ok := signatures[ext]; ok && !kind(head) {
		return fmt.Errorf("its content is not what the ending %s says", ext)
	}
	switch ext {
	case ".png", ".gif", ".jpg", ".jpeg":
		// The header may lie behind other data, so the file is read on; errors
		// of a format that browsers forgive are not ours to judge.
		cfg, _, err := image.DecodeConfig(io.MultiReader(bytes.NewReader(head), f))
		if err == nil && int64(cfg.Width)*int64(cfg.Height) > maxPixels {
			return fmt.Errorf("it has %d x %d dots, which is more than browsers show well", cfg.Width, cfg.Height)
		}
	}
	return nil
}

// signatures tell pictures by their first bytes. Source: WHATWG, MIME sniffing.
var signatures = map[string]func([]byte) bool{
	".png":  anyPicture,
	".jpg":  anyPicture,
	".jpeg": anyPicture,
	".gif":  anyPicture,
	".webp": anyPicture,
	".avif": anyPicture,
	".pdf":  func(b []byte) bool { return bytes.Contains(b, []byte("%PDF-")) },
}

// anyPicture tells whether bytes begin a picture of dots. Browsers show one by
// its content, so a JPEG by the name of PNG is fine, and a page is not.
func anyPicture(b []byte) bool {
	return bytes.HasPrefix(b, []byte("\x89PNG\r\n\x1a\n")) || bytes.HasPrefix(b, []byte("\xff\xd8\xff")) ||
		bytes.HasPrefix(b, []byte("GIF87a")) || bytes.HasPrefix(b, []byte("GIF89a")) ||
		len(b) > 12 && (bytes.Equal(b[:4], []byte("RIFF")) && bytes.Equal(b[8:12], []byte("WEBP")) || bytes.Equal(b[4:8], []byte("ftyp")))
}
