package dram

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/dmemsys/dmemsys/dmem/units"
)

// nth against sorting.
func TestNth(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for range 2000 {
		v := make([]units.Cycles, 1+rng.IntN(60))
		span := 1 + rng.IntN(80)
		for i := range v {
			v[i] = units.Cycles(rng.IntN(span))
		}
		want := slices.Sorted(slices.Values(v))
		k := rng.IntN(len(v))
		if got := nth(v, k); got != want[k] {
			t.Fatalf("got %d, want %d", got, want[k])
		}
		for i := range v {
			if i < k && v[i] > want[k] || i > k && v[i] < want[k] {
				t.Fatalf("not partitioned at %d: %v", k, v)
			}
		}
	}
}
