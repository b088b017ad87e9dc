package trace_test

import (
	"io"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/trace"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// TestObserve is worked by hand: line 0 at records 1, 2 and 5, line 1 at 3, that of the
// other process at 4.
func TestObserve(t *testing.T) {
	ms := []trace.Miss{
		{Cycle: 5, Addr: 0}, {Cycle: 5, Addr: 63, Thread: 1}, {Cycle: 6, Addr: 64},
		{Cycle: 26, Addr: 0, Process: 1}, {Cycle: 27, Addr: 8, Kind: trace.WriteBack},
	}
	o := trace.Observe(&slice{misses: ms, batch: 2, end: io.EOF})
	got, err := readAll(t, o)
	if err != nil || !slices.Equal(got, ms) {
		t.Fatalf("passed on %v, %v", got, err)
	}
	r := o.Reuse()
	if r.Lines != 3 || r.Sampling != 0 || !slices.Equal(r.Intervals.Octaves(), []trace.Bucket{{From: 1, To: 1, Count: 1}, {From: 2, To: 3, Count: 1}}) {
		t.Errorf("%d lines, sampling %d, intervals %v", r.Lines, r.Sampling, r.Intervals.Octaves())
	}
	if r.Intervals.Quantile(0.5) != 1 || r.Intervals.Quantile(1) != 3 {
		t.Errorf("median %v, greatest %v; want 1 and 3", r.Intervals.Quantile(0.5), r.Intervals.Quantile(1))
	}
	// Gaps 0, 1, 20, 1; the bucket of 20 ends with 21.
	g := o.Gaps()
	if g.N() != 4 || g.Quantile(0) != 0 || g.Quantile(0.75) != 1 || g.Quantile(1) != 21 {
		t.Errorf("%d gaps: %v", g.N(), g.Octaves())
	}
	empty := trace.Observe(&slice{})
	if !math.IsNaN(empty.Gaps().Quantile(0.5)) || len(empty.Gaps().Octaves()) != 0 || !math.IsNaN(g.Quantile(2)) {
		t.Error("there is a quantile of nothing")
	}
}

// TestObserveRefs counts fetches too: lines 0x400000, 0x7ffd1000, 0x7ffd1040, 0x7ffd2000,
// 0x500000, 0x600000, 0x6000c0; that of 0x400000 four times again.
func TestObserveRefs(t *testing.T) {
	f, err := trace.OpenRefs(samplePath("drmemtrace.trace"), trace.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	o := trace.ObserveRefs(f)
	if got, err := readRefs(t, o); err != nil || len(got) != 11 {
		t.Fatalf("%d, %v", len(got), err)
	}
	if r := o.Reuse(); r.Lines != 7 || r.Intervals.N() != 4 || r.Intervals.Quantile(1) != 2 {
		t.Errorf("%d lines, intervals %v", r.Lines, r.Intervals.Octaves())
	}
}

// TestDistribution holds quantiles to those of the sorted numbers.
func TestDistribution(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	var cycle units.Cycles
	var numbers []float64
	ms := []trace.Miss{{}}
	for range 5000 {
		gap := rng.Uint64() >> (24 + rng.IntN(40))
		cycle += units.Cycles(gap)
		numbers = append(numbers, float64(gap))
		ms = append(ms, trace.Miss{Cycle: cycle})
	}
	slices.Sort(numbers)
	o := trace.Observe(&slice{misses: ms, batch: 100, end: io.EOF})
	if _, err := readAll(t, o); err != nil {
		t.Fatal(err)
	}
	for _, q := range []float64{0.01, 0.1, 0.25, 0.5, 0.9, 0.999, 1} {
		exact := numbers[int(math.Ceil(q*float64(len(numbers))))-1]
		if got := o.Gaps().Quantile(q); got < exact || got > exact*1.125 || exact < 16 && got != exact {
			t.Errorf("quantile %v: %v, exact %v", q, got, exact)
		}
	}
	sum, before := int64(0), uint64(0)
	for i, b := range o.Gaps().Octaves() {
		if sum += b.Count; i > 0 && b.From != before+1 || b.To < b.From {
			t.Errorf("bucket %d: %v behind %d", i, b, before)
		}
		before = b.To
	}
	if sum != 5000 {
		t.Errorf("octaves hold %d of 5000", sum)
	}
}

// TestReuseSampled: with room for fewer lines than there are, the estimates stay near what is
// exact, and no more lines are kept than told.
func TestReuseSampled(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	exact, sampled := trace.NewReuse(1<<20), trace.NewReuse(2000)
	for range 400_000 {
		a := mem.VAddr(rng.Uint64N(40_000) * 64)
		if rng.IntN(4) == 0 {
			a += 1 << 40
		}
		exact.Use(0, a)
		sampled.Use(0, a)
		if sampled.Followed() > 2000 {
			t.Fatalf("follows %d lines", sampled.Followed())
		}
	}
	if exact.Sampling != 0 || sampled.Sampling < 5 {
		t.Fatalf("sampling %d and %d, want 0 and 5 or more", exact.Sampling, sampled.Sampling)
	}
	near := func(what string, got, want float64) {
		if math.Abs(got/want-1) > 0.1 {
			t.Errorf("%s: %v, exact %v", what, got, want)
		}
	}
	near("lines", float64(sampled.Lines), float64(exact.Lines))
	near("reuses", float64(sampled.Intervals.N()), float64(exact.Intervals.N()))
	for _, q := range []float64{0.25, 0.5, 0.9} {
		if got, want := sampled.Intervals.Quantile(q), exact.Intervals.Quantile(q); math.Abs(got/want-1) > 0.15 {
			t.Errorf("quantile %v: %v, exact %v", q, got, want)
		}
	}
}
