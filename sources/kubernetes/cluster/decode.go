package cluster

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	goruntime "runtime"
	"sync"

	"github.com/klauspost/compress/gzip"
	"k8s.io/apimachinery/pkg/runtime"
)

// decoding bounds how many pages of all clusters are unpacked at a time. A page
// on the way is small, since API servers pack what is large; an unpacked one
// with its objects is twenty times that.
var decoding = make(chan struct{}, goruntime.GOMAXPROCS(0))

// maxPage is the size of the largest page, unpacked, that is believed.
const maxPage = 256 << 20

var (
	buffers   = sync.Pool{New: func() any { return new(bytes.Buffer) }}
	unpackers = sync.Pool{New: func() any { return new(gzip.Reader) }}
	decoder   = codecs.UniversalDeserializer()
)

// receive reads an answer as it came over the wire.
func receive(body io.ReadCloser) ([]byte, error) {
	var packed bytes.Buffer
	_, err := packed.ReadFrom(io.LimitReader(body, maxPage))
	if err = errors.Join(err, body.Close()); err != nil {
		return nil, fmt.Errorf("read the answer: %w", err)
	}
	return packed.Bytes(), nil
}

// decode unpacks an answer, if it is packed, and decodes it into list. Decoding
// copies everything, so the unpacked bytes are used again for the next page.
func decode(answer []byte, list runtime.Object) error {
	if bytes.HasPrefix(answer, []byte{0x1f, 0x8b}) {
		plain := buffers.Get().(*bytes.Buffer)
		plain.Reset()
		defer buffers.Put(plain)
		z := unpackers.Get().(*gzip.Reader)
		defer unpackers.Put(z)
		if err := z.Reset(bytes.NewReader(answer)); err != nil {
			return err
		}
		if _, err := plain.ReadFrom(io.LimitReader(z, maxPage)); err != nil {
			return err
		}
		answer = plain.Bytes()
	}
	_, _, err := decoder.Decode(answer, nil, list)
	return err
}
