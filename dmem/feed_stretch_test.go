package dmem

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/dmemsys/dmemsys/dmem/units"
)

// TestStretched compares with the function of the library.
func TestStretched(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 100_000 {
		at, factor := units.Time(rng.Uint64()>>(1+rng.IntN(63))), math.Exp(8*rng.NormFloat64())
		if rng.IntN(2) == 0 {
			factor = float64(rng.IntN(1000)) / 8
		}
		want := min(units.Time(math.Round(min(float64(at)*factor, float64(units.Never/2)))), units.Never/2)
		if got := stretched(at, factor); got != want {
			t.Fatalf("%d times %v: got %d, want %d", at, factor, got, want)
		}
	}
}
