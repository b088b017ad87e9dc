package workload_test

import (
	"math"
	"testing"

	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/trace"
	"github.com/dmemsys/dmemsys/dmem/units"
	"github.com/dmemsys/dmemsys/dmem/workload"
)

// Stream, strided and chase touch each element once before they touch one again.
func TestRounds(t *testing.T) {
	for _, p := range []workload.Pattern{workload.Stream, workload.Strided, workload.Chase} {
		for _, elements := range []int{1, 5, 64, 1000} {
			c := workload.DefaultSynthetic()
			c.Pattern, c.Stride, c.Stores, c.Threads = p, 56, 0, 2
			c.Footprint, c.References = units.Bytes(2*8*elements), uint64(3*elements)
			rounds := [2]map[mem.VAddr]int{{}, {}}
			for _, r := range read(t, start(t, c), 100) {
				m := rounds[r.Thread]
				m[r.Addr]++
				if len(m) < elements && m[r.Addr] > 1 {
					t.Fatalf("%v, %d elements: %#x again after %d others", p, elements, uint64(r.Addr), len(m))
				}
				if len(m) == elements {
					clear(m)
				}
			}
		}
	}
}

func TestOrders(t *testing.T) {
	offsets := func(p workload.Pattern) (all []int) {
		c := workload.DefaultSynthetic()
		c.Pattern, c.Stride, c.Stores, c.Threads, c.Footprint, c.References = p, 32, 0, 1, 80, 12
		for _, r := range read(t, start(t, c), 100) {
			all = append(all, int(r.Addr-0x10_0000_0000)/8)
		}
		return all
	}
	for p, want := range map[workload.Pattern][]int{
		workload.Stream:  {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1},
		workload.Strided: {0, 4, 8, 1, 5, 9, 2, 6, 3, 7, 0, 4},
	} {
		for i, got := range offsets(p) {
			if got != want[i] {
				t.Errorf("%v: reference %d is of element %d, want %d", p, i, got, want[i])
			}
		}
	}
	if order := offsets(workload.Chase); order[0] != order[10] || order[1] != order[11] {
		t.Errorf("chase: the second round of %v differs from the first", order)
	}
}

func TestRandomIsUniform(t *testing.T) {
	c := workload.DefaultSynthetic()
	c.Footprint, c.Threads, c.References = 100*8, 1, 100_000
	count := map[mem.VAddr]int{}
	for _, r := range read(t, start(t, c), 1000) {
		count[r.Addr]++
	}
	for a, n := range count {
		if math.Abs(float64(n)-1000) > 5*math.Sqrt(1000) {
			t.Errorf("%#x touched %d times, want about 1000", uint64(a), n)
		}
	}
	if len(count) != 100 {
		t.Errorf("%d of 100 elements touched", len(count))
	}
}

func TestStoresAndRate(t *testing.T) {
	for _, stores := range []float64{0, 0.25, 1} {
		c := workload.DefaultSynthetic()
		c.Stores, c.Instructions, c.References = stores, 2.75, 40_000
		var refs, written, instructions float64
		for _, r := range read(t, start(t, c), 1000) {
			refs++
			instructions += float64(r.Instructions)
			if r.Kind == trace.Store {
				written++
			}
		}
		if refs != 320_000 || math.Abs(instructions/refs-2.75) > 0.001 {
			t.Errorf("%v references, %v instructions for each, want 320000 and 2.75", refs, instructions/refs)
		}
		if d := math.Abs(written/refs - stores); d > 0.005 || stores == math.Trunc(stores) && d > 0 {
			t.Errorf("%v of the references are stores, want %v", written/refs, stores)
		}
	}
}

func TestBursts(t *testing.T) {
	c := workload.DefaultSynthetic()
	c.Instructions, c.Burst, c.Pause, c.References, c.Threads, c.Footprint = 1, 10, 500, 35, 1, units.KiB
	for i, r := range read(t, start(t, c), 100) {
		want := uint32(1)
		if i == 10 || i == 20 || i == 30 {
			want = 501
		}
		if r.Instructions != want {
			t.Errorf("reference %d: %d instructions, want %d", i, r.Instructions, want)
		}
	}
}

func TestPhases(t *testing.T) {
	a := workload.DefaultSynthetic()
	a.Footprint, a.References, a.Threads = 8*units.KiB, 100, 2
	b := a
	b.Pattern, b.References = workload.Stream, 50
	c := workload.Phases{Parts: []workload.Synthetic{a, b}, Rounds: 2}
	refs := read(t, start(t, c), 64)
	if len(refs) != 2*2*150 {
		t.Fatalf("%d references, want 600", len(refs))
	}
	for i, r := range refs {
		second := r.Addr >= 0x10_0000_0000+mem.VAddr(8*units.KiB)
		if want := i%300 >= 200; second != want {
			t.Fatalf("reference %d at %#x: of the second part %v, want %v", i, uint64(r.Addr), second, want)
		}
	}
	if c.Allocated() != 16*units.KiB || c.NumThreads() != 2 {
		t.Errorf("allocated %v, %d threads", c.Allocated(), c.NumThreads())
	}
}

func TestPatternText(t *testing.T) {
	for p := workload.Stream; p <= workload.Chase; p++ {
		text, err := p.MarshalText()
		var back workload.Pattern
		if err2 := back.UnmarshalText(text); err != nil || err2 != nil || back != p || string(text) != p.String() {
			t.Errorf("%v: text %q, %v; back %v, %v", p, text, err, back, err2)
		}
	}
	if _, err := workload.Pattern(7).MarshalText(); err == nil {
		t.Error("pattern 7 has a text")
	}
	var p workload.Pattern
	if err := p.UnmarshalText([]byte("streams")); err == nil || err.Error() != `workload: unknown pattern "streams": want stream, strided, random, zipf or chase` {
		t.Errorf("unknown pattern: %v", err)
	}
}

func TestScaled(t *testing.T) {
	for _, s := range []float64{1, 0.25, 1. / 16} {
		for _, name := range workload.Names() {
			full, err := workload.Lookup(name, 1)
			if err != nil {
				t.Fatal(err)
			}
			p, err := workload.Lookup(name, s)
			if err != nil {
				t.Fatal(err)
			}
			if ratio := float64(p.Allocated()) / float64(full.Allocated()); math.Abs(ratio/s-1) > 0.04 {
				t.Errorf("%s scaled by %v allocates %v of the whole", name, s, ratio)
			}
		}
	}
}
