package yamldoc

import (
	"fmt"
	"strings"
	"testing"
)

// One long line costs no more than many short ones.
func BenchmarkLongLine(b *testing.B) {
	for _, n := range []int{1_000, 10_000} {
		src := []byte("{" + strings.Repeat(`"some key": "a value", `, n) + `"last": 1}`)
		for i := range n { // keys must differ
			copy(src[1+i*23+1:], []byte{byte('a' + i%26), byte('a' + i/26%26), byte('a' + i/676%26), byte('a' + i/17576)})
		}
		b.Run(fmt.Sprintf("%dkB", len(src)/1000), func(b *testing.B) {
			b.SetBytes(int64(len(src)))
			for b.Loop() {
				if _, err := ParseOne(src, Limits{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
