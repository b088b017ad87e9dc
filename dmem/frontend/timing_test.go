package frontend_test

import (
	"errors"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/dmemsys/dmemsys/dmem/frontend"
	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/trace"
)

// TestComputeTime works the stamps of Table II's node out by hand: 1 an instruction, 4 a
// reference to data, 12 an L1 miss, 41 an L2 miss, 60 a DTLB miss.
func TestComputeTime(t *testing.T) {
	c := frontend.TableII()
	f := mustNew(t, c, []trace.Reference{
		load(0, 0, 3),     // 3 + 4 + 12 + 41 + 60 = 120: fill
		load(0, 8, 2),     // 2 + 4: 126
		store(0, 16, 0),   // 0 + 4: 130
		load(0, 64, 1),    // 1 + 4 + 12 + 41: 188: fill
		store(0, page, 1), // 1 + 4 + 12 + 41 + 60: 306: fill
		{Addr: page - 4, Size: 8, Instructions: 1},                      // two lines, one new: 1 + 4 + 12 + 41, both pages known: 364: fill
		{Addr: 1 << 30, Size: 4, Instructions: 1, Kind: trace.IFetch},   // 1 + 12 + 41 + 60 (ITLB): 478: fill
		{Addr: 1<<30 + 4, Size: 4, Instructions: 1, Kind: trace.IFetch}, // 1: 479
		load(0, 128, 0), // 0 + 4 + 12 + 41: 536: fill
	})
	got := filtered(t, f)
	want := []trace.Miss{
		{Cycle: 120, Addr: 0}, {Cycle: 188, Addr: 64}, {Cycle: 306, Addr: page, Kind: trace.StoreFill},
		{Cycle: 364, Addr: page - 64}, {Cycle: 478, Addr: 1 << 30}, {Cycle: 536, Addr: 128},
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
	s := f.Stats().Total()
	if s.Cycles != 536 || s.Loads != 5 || s.Stores != 2 || s.Fetches != 2 || s.Instructions != 10 {
		t.Errorf("%+v", s)
	}
}

// TestTracer works the stamps of the paper's tool out by hand: an instruction's fetch 10,
// the longer of the TLB (10, 60) and the level (4, 12, 42, memory 0).
func TestTracer(t *testing.T) {
	c := frontend.TableII()
	c.Timing = frontend.Tracer()
	c.L1D.Size, c.L1D.Ways = 64, 1 // one line, so that L2 hits
	f := mustNew(t, c, []trace.Reference{
		load(0, 0, 3),    // 30 + 60: 90: fill
		load(0, 8, 2),    // 20 + 10: 120
		load(0, 64, 1),   // 10 + 10: 140: fill
		load(0, 0, 0),    // L2: 12: 152
		fetch(0, page),   // 60: 212: fill
		fetch(0, page+4), // 10: 222
		load(0, 128, 0),  // 10: 232: fill
	})
	got := filtered(t, f)
	want := []trace.Miss{{Cycle: 90}, {Cycle: 140, Addr: 64}, {Cycle: 212, Addr: page}, {Cycle: 232, Addr: 128}}
	if !slices.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

// TestMerge: the misses come sorted although the threads' clocks run apart, and a core's
// own keep their order.
func TestMerge(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 4))
	var refs []trace.Reference
	for i := range 60_000 {
		thread := mem.ThreadID(rng.IntN(8))
		if i > 20_000 && i < 50_000 { // only one goes on
			thread = 3
		}
		refs = append(refs, load(thread, mem.VAddr(i*64), uint32(thread)*3))
	}
	c := frontend.TableII()
	c.Reorder = 1 << 24
	f := mustNew(t, c, refs)
	free := filtered(t, f)
	if s := f.Stats().Total(); s.Waits != 0 || len(free) != len(refs) {
		t.Errorf("%d waits with room for all, %d misses", s.Waits, len(free))
	}
	for _, reorder := range []int{1, 100, 16384} {
		c.Reorder = reorder
		f := mustNew(t, c, refs)
		got := filtered(t, f) // checks the order
		if len(got) != len(refs) {
			t.Fatalf("reorder %d: %d misses, want %d", reorder, len(got), len(refs))
		}
		last := map[mem.ThreadID]mem.VAddr{}
		for _, m := range got {
			if m.Addr < last[m.Thread] {
				t.Fatalf("reorder %d: thread %d: %#x after %#x", reorder, m.Thread, m.Addr, last[m.Thread])
			}
			last[m.Thread] = m.Addr
		}
		s := f.Stats().Total()
		if s.Waits == 0 || s.Waited == 0 {
			t.Errorf("reorder %d: no core waited, although one ran on alone", reorder)
		}
	}
}

// TestLateThread: a thread that begins when others have run for long begins in the
// present, and does not count as having waited.
func TestLateThread(t *testing.T) {
	var refs []trace.Reference
	for i := range 10 * 4096 {
		refs = append(refs, load(0, mem.VAddr(i*64), 10))
	}
	for i := range 4096 {
		refs = append(refs, load(1, mem.VAddr(1<<40+i*64), 10))
	}
	f := mustNew(t, frontend.TableII(), refs)
	all := filtered(t, f)
	s := f.Stats()
	if s.Cores[1].Waits != 0 || s.Cores[1].Cycles < s.Cores[0].Cycles {
		t.Errorf("core 1: %+v, core 0 at %d", s.Cores[1], s.Cores[0].Cycles)
	}
	if all[len(all)-1].Thread != 1 {
		t.Error("the late thread's misses are not last")
	}
}

func TestTimeOverflow(t *testing.T) {
	c := frontend.TableII()
	c.Timing.Instruction = 1 << 16
	f, err := frontend.New(c, endless{})
	if err != nil {
		t.Fatal(err)
	}
	all, err := drain(t, f)
	if !errors.Is(err, frontend.ErrTime) || len(all) != 1 {
		t.Errorf("%d misses, then %v", len(all), err)
	}
}
