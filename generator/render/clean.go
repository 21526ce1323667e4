package render

import (
	"bytes"
	"unicode/utf8"

	"github.com/portolan-dev/portolan/generator/site"
)

// clean takes what no page may hold out of finished HTML, wherever it came
// from: control characters that a terminal or an editor would act on, direction
// marks that turn round the text behind them, and bytes that are no UTF-8.
// Usually there is nothing to do and html is returned as it is.
func clean(html []byte) []byte {
	if !utf8.Valid(html) {
		html = bytes.ToValidUTF8(html, []byte("\uFFFD"))
	}
	for i, c := range html {
		// All but printable ASCII, line feed and tab is looked at. The runes
		// in question begin with C2 or E2.
		if c >= 0x20 && c < 0x7f || c == '\n' || c == '\t' || c > 0xc2 && c != 0xe2 {
			continue
		}
		if c >= 0x80 && c < 0xc2 {
			continue // inside of a rune
		}
		if r, _ := utf8.DecodeRune(html[i:]); site.Hidden(r) {
			return bytes.Map(func(r rune) rune {
				if site.Hidden(r) {
					return -1
				}
				return r
			}, html)
		}
	}
	return html
}
