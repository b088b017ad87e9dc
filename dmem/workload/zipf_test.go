package workload

import (
	"math"
	"slices"
	"testing"

	"github.com/dmemsys/dmemsys/dmem/mem"
)

func TestZipf(t *testing.T) {
	for _, exponent := range []float64{0.5, 0.99, 1, 1.5, 3} {
		c := DefaultSynthetic()
		c.Pattern, c.Exponent, c.Footprint, c.Threads, c.References, c.Stores = Zipf, exponent, 20*8, 1, 200_000, 0
		count := map[mem.VAddr]int{}
		for _, r := range run(t, c) {
			count[r.Addr]++
		}
		var got []int
		for _, n := range count {
			got = append(got, n)
		}
		slices.Sort(got)
		slices.Reverse(got)
		sum := 0.0
		for k := 1; k <= 20; k++ {
			sum += math.Pow(float64(k), -exponent)
		}
		for k, n := range got[:5] {
			want := 200_000 * math.Pow(float64(k+1), -exponent) / sum
			if d := math.Abs(float64(n) - want); d > 5*math.Sqrt(want) {
				t.Errorf("exponent %v: rank %d drawn %d times, want about %.0f", exponent, k+1, n, want)
			}
		}
	}
}
