package permute_test

import (
	"math/rand/v2"
	"testing"

	"github.com/dmemsys/dmemsys/dmem/internal/permute"
)

func TestEveryPlaceOnce(t *testing.T) {
	for _, n := range []uint64{1, 2, 3, 7, 8, 9, 1000, 1 << 12, 1<<12 + 1} {
		p := permute.New(n, rand.New(rand.NewPCG(n, 1)))
		seen := make([]bool, n)
		fixed := 0
		for x := range n {
			at := p.At(x)
			if at >= n || seen[at] {
				t.Fatalf("n %d: %d goes to %d, out of range or taken", n, x, at)
			}
			seen[at] = true
			if at == x {
				fixed++
			}
		}
		if n >= 1000 && fixed > 20 {
			t.Errorf("n %d: %d places unchanged: that is no shuffle", n, fixed)
		}
	}
}
