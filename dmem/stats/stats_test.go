package stats_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"github.com/dmemsys/dmemsys/dmem/stats"
	"github.com/dmemsys/dmemsys/dmem/units"
)

func ExampleTable_WriteCSV() {
	t := stats.NewTable("latency", stats.Column{Name: "policy"}, stats.Column{Name: "mean", Unit: "ns"})
	t.Append("random", 432.1)
	t.Append("idle", math.NaN())
	_ = t.WriteCSV(os.Stdout)
	// Output:
	// policy,mean_ns
	// random,432.1
	// idle,
}

// exact returns the smallest sample that at least a share q of the samples does not exceed.
func exact(sorted []units.Time, q float64) float64 {
	i := int(math.Ceil(q*float64(len(sorted)))) - 1
	return sorted[max(i, 0)].Nanoseconds()
}

func TestHistAgainstSortedSamples(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	var parts [3]stats.Hist
	var whole stats.Hist
	var samples []units.Time
	for i := range 60_000 {
		v := units.Time(30_000 * math.Exp(rng.NormFloat64()*2+1))
		if v < 8*units.Nanosecond {
			continue
		}
		samples = append(samples, v)
		parts[i%3].Record(v)
		whole.Record(v)
	}
	var merged stats.Hist
	for i := range parts {
		merged.Merge(&parts[i])
	}
	slices.Sort(samples)
	var sum units.Time
	var over uint64
	for _, s := range samples {
		sum += s
		if s >= units.Microsecond {
			over++
		}
	}
	for name, h := range map[string]*stats.Hist{"whole": &whole, "merged": &merged} {
		if h.Count != uint64(len(samples)) || h.Sum != sum || h.Over1000ns() != over {
			t.Errorf("%s: count %d sum %d over %d, want %d %d %d", name, h.Count, h.Sum, h.Over1000ns(), len(samples), sum, over)
		}
		if h.MinNs() != samples[0].Nanoseconds() || h.MaxNs() != samples[len(samples)-1].Nanoseconds() {
			t.Errorf("%s: min %v max %v", name, h.MinNs(), h.MaxNs())
		}
		for _, q := range []float64{0.001, 0.01, 0.1, 0.25, 0.5, 0.9, 0.99, 0.999, 1} {
			got, want := h.QuantileNs(q), exact(samples, q)
			if math.Abs(got-want) > 0.001*want {
				t.Errorf("%s: quantile %v = %v, want %v within 0.1 %%", name, q, got, want)
			}
		}
	}
}

func TestEmptyIsNaN(t *testing.T) {
	var h stats.Hist
	for _, v := range []float64{h.Ns(), h.MinNs(), h.MaxNs(), h.QuantileNs(0.5)} {
		if !math.IsNaN(v) {
			t.Errorf("got %v, want NaN", v)
		}
	}
	if h.CDF(100) != nil {
		t.Error("CDF of nothing is not nil")
	}
	h.Record(5)
	h.Reset()
	if !math.IsNaN(h.MaxNs()) || h.Count != 0 {
		t.Error("Reset left samples")
	}
}

func TestBandLimitsBelongAbove(t *testing.T) {
	var h stats.Hist
	for _, ns := range []units.Time{99, 100, 299, 300, 500, 700, 999, 1000, 5000} {
		h.Record(ns * units.Nanosecond)
	}
	if got, want := fmt.Sprint(h.BandCounts()), "[1 2 1 1 2 2]"; got != want {
		t.Errorf("bands %s, want %s", got, want)
	}
}

func TestCDFRises(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	var h stats.Hist
	for range 100_000 {
		h.Record(units.Time(40_000 + rng.ExpFloat64()*100_000))
	}
	points := h.CDF(400)
	if len(points) > 450 || len(points) < 50 {
		t.Errorf("%d points", len(points))
	}
	for i := 1; i < len(points); i++ {
		if points[i].Ns < points[i-1].Ns || points[i].Fraction <= points[i-1].Fraction {
			t.Fatalf("point %d falls: %v after %v", i, points[i], points[i-1])
		}
	}
	if last := points[len(points)-1]; last.Fraction != 1 || last.Ns != h.MaxNs() {
		t.Errorf("ends at %v", last)
	}
}

func TestSeries(t *testing.T) {
	s := stats.Series{Step: 10}
	s.Add(5, 2*units.Nanosecond)
	s.Add(25, 4*units.Nanosecond)
	if got := s.Cumulative(); len(got) != 3 || got[0] != 2 || got[1] != 2 || got[2] != 3 {
		t.Errorf("cumulative %v, want [2 2 3]", got)
	}
}

func BenchmarkHistRecord(b *testing.B) {
	var h stats.Hist
	x := units.Time(12345)
	b.ReportAllocs()
	for b.Loop() {
		x = x*1103515245 + 12345
		h.Record(40_000 + x&0xfffff)
	}
}

// TestRangeGrows: a histogram that has to grow is like one that was large from the start.
func TestRangeGrows(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 7))
	var late, early, merged stats.Hist
	late.Record(20 * units.Second) // whole range at once
	for range 2000 {
		x := units.Time(math.Exp(rng.Float64() * math.Log(float64(20*units.Second))))
		late.Record(x)
		early.Record(x)
	}
	early.Record(20 * units.Second)
	merged.Merge(&early)
	for q := 0.0; q <= 1; q += 0.01 {
		if late.QuantileNs(q) != early.QuantileNs(q) || merged.QuantileNs(q) != early.QuantileNs(q) {
			t.Errorf("quantile %v: %v when large from the start, %v when grown, %v when merged", q, late.QuantileNs(q), early.QuantileNs(q), merged.QuantileNs(q))
		}
	}
}
