package stats_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/dmemsys/dmemsys/dmem/stats"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// TestHistAgainstHdrHistogram holds quantiles and distributions to those of the library:
// equal but for the library's ends of the first and the last bucket.
func TestHistAgainstHdrHistogram(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 9))
	highest := int64(100 * units.Second)
	draws := map[string]func() units.Time{
		"zero and small": func() units.Time { return units.Time(rng.IntN(40)) },
		"first octaves":  func() units.Time { return units.Time(rng.IntN(70_000)) },
		"latencies":      func() units.Time { return units.Time(40_000 + rng.ExpFloat64()*300_000) },
		"all magnitudes": func() units.Time { return units.Time(rng.Int64() >> rng.IntN(63)) },
		"powers of two": func() units.Time {
			return max(0, units.Time(int64(1)<<rng.IntN(47)+int64(rng.IntN(3)-1)))
		},
		"the top": func() units.Time { return 100*units.Second - 1 + units.Time(rng.IntN(3)) },
	}
	for name, draw := range draws {
		t.Run(name, func(t *testing.T) {
			var h stats.Hist
			lib := hdrhistogram.New(8, highest, 3)
			least, most := units.Never, units.Time(0)
			for n := range 20_000 {
				v := draw()
				least, most = min(least, v), max(most, v)
				h.Record(v)
				if err := lib.RecordValue(min(int64(v), highest)); err != nil {
					t.Fatal(err)
				}
				if n > 100 && n%1500 != 0 {
					continue
				}
				for _, q := range []float64{0, 0.001, 0.25, 0.5, 0.9, 0.99, 0.9999, 1} {
					rank := max(math.Ceil(q*float64(n+1)), 1)
					want := units.Time(lib.ValueAtQuantile(100 * rank / float64(n+1)))
					want = min(max(want, least), most)
					if got := h.QuantileNs(q); got != want.Nanoseconds() {
						t.Fatalf("%d samples: quantile %v is %v, want %v", n+1, q, got, want.Nanoseconds())
					}
				}
			}
			at := map[float64]bool{}
			for _, b := range lib.Distribution() {
				if b.Count > 0 {
					at[min(max(units.Time(b.To), least), most).Nanoseconds()] = true
				}
			}
			for _, p := range h.CDF(1000)[1:] {
				if !at[p.Ns] {
					t.Errorf("the distribution has a point at %v ns, where the library has no bucket's end", p.Ns)
				}
			}
		})
	}
}
