// Package cache keeps results by the content they were made from.
//
// A Pack is one file of results that belong together, such as the rendered
// pages of one docs tree: it is read whole, looked up while a build runs, and
// written whole with only what that build used. A key names everything that
// matters for the result, and never a time. A pack that is damaged, cut, or of
// another version is as good as absent, so a cache can make a build faster but
// never wrong: its file starts with a checksum of all that follows.
package cache

import (
	"bytes"
	"crypto/sha256"
	"encoding/gob"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"github.com/klauspost/compress/zstd"
)

// A Key identifies a result by what it was made from.
type Key [sha256.Size]byte

// NewKey starts a key for one kind of result; raise the version whenever the
// code that makes it changes what it makes.
//
//	cache.NewKey("markdown", 3).Add(source).Add(options).Sum()
func NewKey(kind string, version int) *KeyBuilder {
	b := &KeyBuilder{}
	return b.Add([]byte(fmt.Sprintf("%s/%d", kind, version)))
}

// A KeyBuilder collects the parts of a key.
type KeyBuilder struct{ parts []byte }

// Add adds one part. Parts are told apart: Add("ab") and Add("a").Add("b")
// give different keys.
func (b *KeyBuilder) Add(part []byte) *KeyBuilder {
	sum := sha256.Sum256(part)
	b.parts = append(b.parts, sum[:]...)
	return b
}

// Sum returns the key.
func (b *KeyBuilder) Sum() Key { return sha256.Sum256(b.parts) }

// A Pack is one file of results of type T. It is safe for concurrent use.
type Pack[T any] struct {
	file string

	mu   sync.Mutex
	old  map[Key]T // what the file held
	used map[Key]T // what this build asked for or made
	made int
}

const magic = "portolan-pack-1\n"

// Open reads the pack in file. Whatever is wrong with the file, the result is
// a usable pack, at worst an empty one. An empty name gives a pack in memory.
func Open[T any](file string) *Pack[T] {
	p := &Pack[T]{file: file, old: map[Key]T{}, used: map[Key]T{}}
	if file == "" {
		return p
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return p
	}
	if entries, err := decode[T](data); err == nil {
		p.old = entries
	}
	return p
}

// Get returns the result with that key.
func (p *Pack[T]) Get(k Key) (T, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if v, ok := p.used[k]; ok {
		return v, true
	}
	v, ok := p.old[k]
	if ok {
		p.used[k] = v
	}
	return v, ok
}

// Put keeps a result.
func (p *Pack[T]) Put(k Key, v T) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.used[k] = v
	p.made++
}

// Made returns how many results were put since the pack was opened or saved:
// how often the work was really done.
func (p *Pack[T]) Made() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.made
}

// Save writes what was used since the last Save, and forgets the rest. A pack
// in which nothing changed is not written.
func (p *Pack[T]) Save() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	unchanged := p.made == 0 && len(p.used) == len(p.old)
	p.old, p.used, p.made = p.used, map[Key]T{}, 0
	if p.file == "" || unchanged {
		return nil
	}
	if len(p.old) == 0 {
		if err := os.Remove(p.file); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("save cache: %w", err)
		}
		return nil
	}
	data, err := encode(p.old)
	if err != nil {
		return fmt.Errorf("save cache %s: %w", filepath.Base(p.file), err)
	}
	return writeFile(p.file, data)
}

// Both are made once: a fresh one costs more than most packs. EncodeAll and
// DecodeAll may be called by many at once.
var (
	encoder = sync.OnceValues(func() (*zstd.Encoder, error) {
		return zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest))
	})
	decoder = sync.OnceValues(func() (*zstd.Decoder, error) { return zstd.NewReader(nil) })
)

func encode[T any](entries map[Key]T) ([]byte, error) {
	z, err := encoder()
	if err != nil {
		return nil, err
	}
	var plain bytes.Buffer
	if err := gob.NewEncoder(&plain).Encode(entries); err != nil {
		return nil, err
	}
	body := z.EncodeAll(plain.Bytes(), nil)
	sum := sha256.Sum256(body)
	out := make([]byte, 0, len(magic)+2*len(sum)+1+len(body))
	out = append(out, magic...)
	out = append(out, hex.EncodeToString(sum[:])...)
	out = append(out, '\n')
	return append(out, body...), nil
}

func decode[T any](data []byte) (map[Key]T, error) {
	rest, ok := bytes.CutPrefix(data, []byte(magic))
	if !ok {
		return nil, errors.New("not a pack of this version")
	}
	sum, body, ok := bytes.Cut(rest, []byte("\n"))
	if !ok {
		return nil, errors.New("cut short")
	}
	want := sha256.Sum256(body)
	if string(sum) != hex.EncodeToString(want[:]) {
		return nil, errors.New("damaged")
	}
	z, err := decoder()
	if err != nil {
		return nil, err
	}
	plain, err := z.DecodeAll(body, nil)
	if err != nil {
		return nil, err
	}
	entries := map[Key]T{}
	if err := gob.NewDecoder(bytes.NewReader(plain)).Decode(&entries); err != nil {
		return nil, err
	}
	return entries, nil
}

// writeFile replaces a file as a whole: a reader sees the old or the new one.
func writeFile(name string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return fmt.Errorf("save cache: %w", err)
	}
	tmp, err := os.CreateTemp(filepath.Dir(name), ".new-*")
	if err != nil {
		return fmt.Errorf("save cache: %w", err)
	}
	_, err = tmp.Write(data)
	err = errors.Join(err, tmp.Close())
	if err == nil {
		err = os.Rename(tmp.Name(), name)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("save cache: %w", err), os.Remove(tmp.Name()))
	}
	return nil
}
