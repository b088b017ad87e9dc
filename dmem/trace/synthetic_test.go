package trace_test

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/trace"
	"github.com/dmemsys/dmemsys/dmem/units"
)

func generate(t testing.TB, c trace.Synthetic) []trace.Miss {
	t.Helper()
	g, err := trace.NewSynthetic(c)
	if err != nil {
		t.Fatal(err)
	}
	if g.Clock() != c.Clock {
		t.Errorf("clock %v, want %v", g.Clock(), c.Clock)
	}
	ms, err := readAll(t, g)
	if err != nil || int64(len(ms)) != c.Records {
		t.Fatalf("%d records, %v; want %d", len(ms), err, c.Records)
	}
	return ms
}

// fills is a single thread's periodic fills over 8 lines.
func fills(p trace.Pattern, records int64) trace.Synthetic {
	c := trace.DefaultSynthetic()
	c.Records, c.Pattern, c.Base, c.Footprint, c.Threads, c.WriteBacks, c.Stores = records, p, 0x1000, 512, 1, 0, 0
	c.Arrivals, c.MeanGap, c.Stride = trace.Periodic, 2.5, 192
	return c
}

func TestSyntheticPatterns(t *testing.T) {
	for _, c := range []struct {
		pattern trace.Pattern
		want    []mem.VAddr // lines
	}{
		{trace.Stream, []mem.VAddr{0, 1, 2, 3, 4, 5, 6, 7, 0, 1}},
		{trace.Strided, []mem.VAddr{0, 3, 6, 1, 4, 7, 2, 5, 0, 3}},
	} {
		ms := generate(t, fills(c.pattern, 10))
		for i, m := range ms {
			// 0, 2.5, 5, 7.5 ... rounded down
			want := trace.Miss{Cycle: units.Cycles(i * 5 / 2), Addr: 0x1000 + 64*c.want[i]}
			if m != want {
				t.Errorf("%v: record %d: got %+v, want %+v", c.pattern, i, m, want)
			}
		}
	}
}

// TestSyntheticWriteBacks: fills and write-backs walk on their own.
func TestSyntheticWriteBacks(t *testing.T) {
	c := fills(trace.Stream, 1000)
	c.Footprint, c.WriteBacks = 64*units.KiB, 0.5
	next := map[bool]mem.VAddr{false: 0x1000, true: 0x1000}
	for i, m := range generate(t, c) {
		back := m.Kind == trace.WriteBack
		if m.Addr != next[back] {
			t.Fatalf("record %d: got %+v, want address %#x", i, m, next[back])
		}
		next[back] += 64
	}
	if next[false] < 0x1000+400*64 || next[true] < 0x1000+400*64 {
		t.Errorf("walked to %#x and %#x", next[false], next[true])
	}
}

// TestSyntheticChase: every line once a round, in the same order each round, and not in
// sequence.
func TestSyntheticChase(t *testing.T) {
	for _, lines := range []int64{1, 2, 3, 100, 4096, 5000} {
		c := fills(trace.Chase, 3*lines)
		c.Footprint = units.Bytes(64 * lines)
		ms := generate(t, c)
		seen := map[mem.VAddr]bool{}
		sequential := int64(0)
		for i, m := range ms[:lines] {
			seen[m.Addr] = true
			if i > 0 && m.Addr == ms[i-1].Addr+64 {
				sequential++
			}
			if m.Addr < c.Base || m.Addr >= c.Base+mem.VAddr(c.Footprint) || m.Addr%64 != 0 {
				t.Fatalf("address %#x outside the footprint", m.Addr)
			}
			if again := ms[int64(i)+lines].Addr; again != m.Addr {
				t.Fatalf("second round, step %d: %#x, want %#x", i, again, m.Addr)
			}
		}
		if int64(len(seen)) != lines || lines >= 100 && sequential > lines/20 {
			t.Errorf("%d lines: %d different ones in a round, %d in sequence", lines, len(seen), sequential)
		}
	}
}

// TestSyntheticStatistics checks shares, gaps and their variance, and uniformity within
// five standard deviations.
func TestSyntheticStatistics(t *testing.T) {
	c := trace.DefaultSynthetic()
	c.Records = 200_000
	ms := generate(t, c)
	n := float64(len(ms))
	near := func(what string, got, want, sd float64) {
		if math.Abs(got-want) > 5*sd {
			t.Errorf("%s: got %v, want %v", what, got, want)
		}
	}
	var kinds [3]float64
	var gaps, squares, low float64
	threads := make([]float64, c.Threads)
	for i, m := range ms {
		kinds[m.Kind]++
		threads[m.Thread]++
		share := c.Footprint / units.Bytes(c.Threads)
		offset := units.Bytes(m.Addr - c.Base)
		if offset/share != units.Bytes(m.Thread) {
			t.Fatalf("record %d: thread %d at offset %v", i, m.Thread, offset)
		}
		if offset%share < share/4 {
			low++
		}
		if i > 0 {
			gap := float64(m.Cycle - ms[i-1].Cycle)
			gaps += gap
			squares += gap * gap
		}
	}
	near("write-backs", kinds[trace.WriteBack]/n, 0.25, math.Sqrt(0.25*0.75/n))
	near("store fills", kinds[trace.StoreFill]/n, 0.75*0.4, math.Sqrt(0.3*0.7/n))
	near("mean gap", gaps/n, 400, 400/math.Sqrt(n))
	near("mean square gap", squares/n, 2*400*400, math.Sqrt(20)*400*400/math.Sqrt(n)) // of an exponential: 2 m^2, variance 20 m^4
	near("lower quarter", low/n, 0.25, math.Sqrt(0.25*0.75/n))
	for thread, count := range threads {
		near("thread "+string(rune('0'+thread)), count/n, 0.25, math.Sqrt(0.25*0.75/n))
	}
}

func TestSyntheticSeed(t *testing.T) {
	for _, p := range []trace.Pattern{trace.Stream, trace.Strided, trace.Random, trace.Chase} {
		c := trace.DefaultSynthetic()
		c.Records, c.Pattern = 5000, p
		a := generate(t, c)
		equal(t, generate(t, c), a)
		c.Seed++
		if b := generate(t, c); b[4999] == a[4999] {
			t.Errorf("%v: another seed gives the same", p)
		}
	}
}

// TestSyntheticExtremes: shares of 0 and 1 mean none and all.
func TestSyntheticExtremes(t *testing.T) {
	for _, want := range []trace.Kind{trace.LoadFill, trace.StoreFill, trace.WriteBack} {
		c := fills(trace.Random, 10_000)
		c.Stores = map[trace.Kind]float64{trace.StoreFill: 1}[want]
		c.WriteBacks = map[trace.Kind]float64{trace.WriteBack: 1}[want]
		for i, m := range generate(t, c) {
			if m.Kind != want {
				t.Fatalf("record %d: got %v, want %v only", i, m.Kind, want)
			}
		}
	}
}

func TestSyntheticValidate(t *testing.T) {
	if err := trace.DefaultSynthetic().Validate(); err != nil {
		t.Fatal(err)
	}
	for path, spoil := range map[string]func(*trace.Synthetic){
		"records":         func(c *trace.Synthetic) { c.Records = -1 },
		"pattern":         func(c *trace.Synthetic) { c.Pattern = 9 },
		"stride":          func(c *trace.Synthetic) { c.Pattern, c.Stride = trace.Strided, 63 },
		"base":            func(c *trace.Synthetic) { c.Base = 1 },
		"footprint":       func(c *trace.Synthetic) { c.Footprint = 64*4 + 64 },
		"threads":         func(c *trace.Synthetic) { c.Threads = 0 },
		"write_backs":     func(c *trace.Synthetic) { c.WriteBacks = 1.1 },
		"stores":          func(c *trace.Synthetic) { c.Stores = math.NaN() },
		"arrivals":        func(c *trace.Synthetic) { c.Arrivals = 2 },
		"mean_gap_cycles": func(c *trace.Synthetic) { c.MeanGap = math.Inf(1) },
		"clock":           func(c *trace.Synthetic) { c.Clock = units.Clock{} },
	} {
		c := trace.DefaultSynthetic()
		spoil(&c)
		_, err := trace.NewSynthetic(c)
		var field *units.FieldError
		if !errors.As(err, &field) || field.Path != path {
			t.Errorf("%s: got %v", path, err)
		}
	}
	err := trace.Synthetic{Records: -1, WriteBacks: -1}.Validate()
	for _, path := range []string{"records", "write_backs", "threads", "footprint", "clock"} {
		if err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("all faults at once: %s not in %v", path, err)
		}
	}
	c := trace.DefaultSynthetic()
	c.Base = 1<<64 - 64
	if c.Validate() == nil {
		t.Error("a footprint beyond the address space: no error")
	}
}

func TestNames(t *testing.T) {
	for _, k := range []trace.Kind{trace.LoadFill, trace.StoreFill, trace.WriteBack} {
		text, err := k.MarshalText()
		var back trace.Kind
		if err != nil || back.UnmarshalText(text) != nil || back != k || string(text) != k.String() {
			t.Errorf("%v: %q, %v, %v", k, text, err, back)
		}
		if k.IsFill() != (k != trace.WriteBack) {
			t.Errorf("%v.IsFill() = %v", k, k.IsFill())
		}
	}
	for _, p := range []trace.Pattern{trace.Stream, trace.Strided, trace.Random, trace.Chase} {
		text, _ := p.MarshalText()
		if back := trace.Pattern(99); back.UnmarshalText(text) != nil || back != p {
			t.Errorf("%v: %q", p, text)
		}
	}
	var a trace.Arrivals
	if err := a.UnmarshalText([]byte("bursty")); err == nil || !strings.Contains(err.Error(), "periodic, poisson") {
		t.Errorf("unknown name: got %v, want the known ones", err)
	}
	if _, err := trace.Kind(3).MarshalText(); err == nil {
		t.Error("kind 3 has a text")
	}
}
