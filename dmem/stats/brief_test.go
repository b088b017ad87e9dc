package stats_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/dmemsys/dmemsys/dmem/stats"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// briefOf summarizes samples by sorting them, and by the library's histogram of two digits.
func briefOf(samples []units.Time) stats.Brief {
	b := stats.Brief{P50Ns: math.NaN(), P99Ns: math.NaN(), MaxNs: math.NaN()}
	if len(samples) == 0 {
		return b
	}
	h := hdrhistogram.New(8, int64(100*units.Second), 2)
	for _, t := range samples {
		b.Count++
		b.Sum += t
		for i := len(stats.Bands); i >= 0; i-- {
			if i == 0 || t >= stats.Bands[i-1] {
				b.Bands[i]++
				break
			}
		}
		_ = h.RecordValue(min(int64(t), int64(100*units.Second)))
	}
	least, most := slices.Min(samples), slices.Max(samples)
	quantile := func(q float64) float64 {
		n := float64(len(samples))
		t := units.Time(h.ValueAtQuantile(100 * math.Ceil(q*n) / n))
		return min(max(t, least), most).Nanoseconds()
	}
	b.P50Ns, b.P99Ns, b.MaxNs = quantile(0.5), quantile(0.99), most.Nanoseconds()
	return b
}

func same(a, b stats.Brief) bool {
	for _, x := range [][2]*float64{{&a.P50Ns, &b.P50Ns}, {&a.P99Ns, &b.P99Ns}, {&a.MaxNs, &b.MaxNs}} {
		if math.IsNaN(*x[0]) && math.IsNaN(*x[1]) {
			*x[0], *x[1] = 0, 0
		}
	}
	return a == b
}

// TestSamplesAgainstHistogram: few or many, recorded or merged, in new or in used memory, the
// summary is that of a histogram; and its quantiles are those of the sorted samples to within
// 1 %.
func TestSamplesAgainstHistogram(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 12))
	var s, part stats.Samples
	for i := range 400 {
		s.Reset()
		var samples []units.Time
		width := rng.UintN(47) // one magnitude, or up to all of them: 2^47 ps are 140 s
		record := func(to *stats.Samples, n int) {
			for range n {
				x := units.Time(rng.Int64() >> (16 + width + rng.UintN(47-width)))
				samples = append(samples, x)
				to.Record(x)
			}
		}
		size := func() int { return rng.IntN(1 + 1<<rng.UintN(12)) }
		record(&s, size())
		if i%2 == 0 {
			part.Reset()
			record(&part, size())
			s.Merge(&part)
			record(&s, size()/10)
		}
		got, want := s.Brief(), briefOf(samples)
		if !same(got, want) {
			t.Fatalf("%d samples: %+v, want %+v", len(samples), got, want)
		}
		if again := s.Brief(); !same(again, want) {
			t.Fatalf("%d samples, asked again: %+v, want %+v", len(samples), again, want)
		}
		slices.Sort(samples)
		for q, v := range map[float64]float64{0.5: got.P50Ns, 0.99: got.P99Ns} {
			if len(samples) == 0 {
				continue
			}
			if e := exact(samples, q); e > 2 && e < 1e11 && math.Abs(v/e-1) > 0.01 { // below, a bucket is 8 ps wide; above, there is none
				t.Errorf("%d samples: quantile %v is %v ns, want %v within 1 %%", len(samples), q, v, e)
			}
		}
	}
}

// FuzzSamples: two bytes are a sample, with the bits of one shifted by the other.
func FuzzSamples(f *testing.F) {
	f.Add([]byte{}, uint16(0))
	f.Add([]byte{255, 3, 255, 46, 100, 10, 128, 4}, uint16(1))
	f.Add([]byte{200, 39, 201, 39, 250, 30}, uint16(700))
	f.Fuzz(func(t *testing.T, b []byte, times uint16) {
		var s stats.Samples
		var samples []units.Time
		for range times%2000 + 1 {
			for i := 0; i+1 < len(b) && len(samples) < 5000; i += 2 {
				samples = append(samples, units.Time(b[i])<<(b[i+1]%48))
				s.Record(samples[len(samples)-1])
			}
		}
		if got, want := s.Brief(), briefOf(samples); !same(got, want) {
			t.Fatalf("%v: %+v, want %+v", samples, got, want)
		}
	})
}

func TestSamplesAllocateNothing(t *testing.T) {
	var s stats.Samples
	fill := func() {
		s.Reset()
		for i := range 3000 {
			s.Record(units.Time(i) * units.Nanosecond)
		}
		s.Brief()
	}
	fill() // makes the histogram
	if n := testing.AllocsPerRun(10, fill); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// BenchmarkSamples collects and summarizes windows of so many samples.
func BenchmarkSamples(b *testing.B) {
	for _, n := range []int{13, 100, 400, 1000, 1100, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			var s stats.Samples
			x, count := uint64(1), 0
			b.ReportAllocs()
			for b.Loop() {
				x = x*6364136223846793005 + 1442695040888963407
				s.Record(50*units.Nanosecond + units.Time(x>>20%950_000))
				if count++; count == n {
					s.Brief()
					s.Reset()
					count = 0
				}
			}
		})
	}
}
