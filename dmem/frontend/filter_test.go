package frontend_test

import (
	"errors"
	"io"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/dmemsys/dmemsys/dmem/cache"
	"github.com/dmemsys/dmemsys/dmem/frontend"
	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/trace"
	"github.com/dmemsys/dmemsys/dmem/units"
)

const page = 4096

func load(thread mem.ThreadID, addr mem.VAddr, instructions uint32) trace.Reference {
	return trace.Reference{Addr: addr, Instructions: instructions, Thread: thread, Size: 8, Kind: trace.Load}
}

func store(thread mem.ThreadID, addr mem.VAddr, instructions uint32) trace.Reference {
	return trace.Reference{Addr: addr, Instructions: instructions, Thread: thread, Size: 8, Kind: trace.Store}
}

func fetch(thread mem.ThreadID, addr mem.VAddr) trace.Reference {
	return trace.Reference{Addr: addr, Instructions: 1, Thread: thread, Size: 4, Kind: trace.IFetch}
}

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

// tiny has one core and direct-mapped caches of 1, 2 and 4 lines.
func tiny() frontend.Config {
	c := frontend.TableII()
	c.Cores = 1
	for i, a := range []*cache.Config{&c.L1I, &c.L1D, &c.L2, &c.L3} {
		a.Ways, a.Size = 1, mem.LineSize<<max(i-1, 0)
	}
	return c
}

// TestWriteBackByHand follows a dirty line down: lines 0, 4 and 8 share their set at every
// level.
func TestWriteBackByHand(t *testing.T) {
	f := mustNew(t, tiny(), []trace.Reference{
		store(0, 0, 0),   // fills line 0; dirty in L1
		load(0, 4*64, 0), // displaces clean copies in L3 and L2; then L1's dirty one comes to L2 and displaces line 4, and stays there
		load(0, 8*64, 0), // L2's dirty line 0 comes to L3, displaces line 8 there
		load(0, 12*64, 0),
	})
	want := []trace.Miss{
		{Addr: 0, Kind: trace.StoreFill},
		{Addr: 4 * 64},
		{Addr: 8 * 64},
		{Addr: 12 * 64}, {Addr: 0, Kind: trace.WriteBack},
	}
	got := filtered(t, f)
	for i := range got {
		got[i].Cycle = 0
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

// TestRates has the miss rate at its ends and where it is not defined.
func TestRates(t *testing.T) {
	c := frontend.TableII()
	if s := mustNew(t, c, nil).Stats(); !math.IsNaN(s.MissRate()) || !math.IsNaN(s.L3.HitRate()) {
		t.Errorf("rates of nothing: %v, %v, want NaN", s.MissRate(), s.L3.HitRate())
	}
	var refs []trace.Reference
	for i := range 1000 {
		refs = append(refs, load(mem.ThreadID(i/125), mem.VAddr(i*64), 1))
	}
	again := slices.Concat(refs, refs)
	f := mustNew(t, c, refs)
	filtered(t, f)
	before := f.Stats()
	if before.MissRate() != 1 || before.L3.HitRate() != 0 {
		t.Errorf("new lines only: miss rate %v, L3 hit rate %v", before.MissRate(), before.L3.HitRate())
	}
	f = mustNew(t, c, again)
	filtered(t, f)
	d := f.Stats().Sub(before)
	if d.MissRate() != 0 || d.Total().L1D.HitRate() != 1 || d.Total().DTLB.HitRate() != 1 || d.Total().DataReferences() != 1000 {
		t.Errorf("known lines only: miss rate %v, L1 hit rate %v, %+v", d.MissRate(), d.Total().L1D.HitRate(), d)
	}
	var other []trace.Reference // the same lines by other cores: shared L3 hits, private caches miss
	for i := range 1000 {
		other = append(other, load(mem.ThreadID((i/125+1)%8), mem.VAddr(i*64), 1))
	}
	f = mustNew(t, c, slices.Concat(refs, other))
	filtered(t, f)
	d = f.Stats().Sub(before)
	if d.L3.HitRate() != 1 || d.Total().L2.HitRate() != 0 || d.Total().L1D.HitRate() != 0 {
		t.Errorf("lines of other cores: hit rates %v, %v, %v, want 1, 0, 0", d.L3.HitRate(), d.Total().L2.HitRate(), d.Total().L1D.HitRate())
	}
	var code []trace.Reference
	for i := range 200 {
		code = append(code, fetch(0, mem.VAddr(i*4)))
	}
	f = mustNew(t, c, code)
	filtered(t, f)
	if s := f.Stats(); !math.IsNaN(s.MissRate()) || s.FetchFills != 13 || s.Total().L1I.Lookups() != 200 || s.Total().ITLB.LoadMisses != 1 {
		t.Errorf("fetches only: miss rate %v, %+v", s.MissRate(), s)
	}
}

// TestPrefetch: a stream that is prefetched misses L2 once a page, and memory sees the
// same lines; a stride too large for its page changes nothing.
func TestPrefetch(t *testing.T) {
	var stream, backward, strided, wide []trace.Reference
	for i := range 1024 {
		stream = append(stream, load(0, mem.VAddr(i*64), 1))
		backward = append(backward, load(0, mem.VAddr((1023-i)*64), 1))
		strided = append(strided, load(0, mem.VAddr(i*256), 1))
		wide = append(wide, load(0, mem.VAddr(i*page), 1))
	}
	for _, test := range []struct {
		name             string
		refs             []trace.Reference
		kind             frontend.Prefetcher
		misses, prefetch uint64 // of L2; lines
	}{
		{"none", stream, frontend.NoPrefetch, 1024, 0},
		{"next line, stream", stream, frontend.NextLine, 16, 16 * 63},
		{"next line, strided", strided, frontend.NextLine, 1024, 1024},
		{"stride, stream", stream, frontend.Stride, 16 * 3, 16 * 61},
		{"stride, backward", backward, frontend.Stride, 16 * 3, 16 * 61},
		{"stride, strided", strided, frontend.Stride, 64 * 3, 64 * 13},
		{"stride, a page", wide, frontend.Stride, 1024, 0},
	} {
		c := frontend.TableII()
		c.Prefetch.Kind = test.kind
		f := mustNew(t, c, test.refs)
		n := len(filtered(t, f))
		s := f.Stats()
		if got := s.Total(); got.L2.Misses() != test.misses || got.Prefetches != test.prefetch || s.PrefetchFills != test.prefetch {
			t.Errorf("%s: %d L2 misses, %d prefetches, want %d, %d", test.name, got.L2.Misses(), got.Prefetches, test.misses, test.prefetch)
		}
		if want := int(test.misses + test.prefetch); n != want {
			t.Errorf("%s: %d misses in the trace, want %d", test.name, n, want)
		}
	}
}

// TestCoherence: two cores write one line in turn. Without invalidation each hits its own
// copy; with it each store finds the line in L3.
func TestCoherence(t *testing.T) {
	var refs []trace.Reference
	for i := range 100 {
		refs = append(refs, store(mem.ThreadID(i%2), 0, 1))
	}
	c := frontend.TableII()
	f := mustNew(t, c, refs)
	filtered(t, f)
	if s := f.Stats(); s.Total().L1D.StoreHits != 98 || s.Total().Invalidations != 0 {
		t.Errorf("incoherent: %+v", s.Total())
	}
	c.Coherent = true
	f = mustNew(t, c, refs)
	misses := filtered(t, f)
	s := f.Stats()
	// Each store but the first takes the line from L1D and L2 of the other.
	if s.Total().L1D.StoreHits != 0 || s.Total().Invalidations != 2*99 || s.L3.Received != 99 || s.L3.StoreHits != 99 || len(misses) != 1 {
		t.Errorf("coherent: %+v, L3 %+v, %d misses", s.Total(), s.L3, len(misses))
	}
	// A load leaves the writer a clean copy: its next load hits, its next store takes the
	// line back.
	f = mustNew(t, c, []trace.Reference{store(0, 0, 1), load(1, 0, 1), load(0, 0, 1), store(0, 0, 1), load(1, 0, 1)})
	filtered(t, f)
	s = f.Stats()
	if s.Cores[0].L1D.Hits() != 2 || s.Cores[1].L1D.Hits() != 0 || s.Cores[1].Invalidations != 2 || s.L3.Received != 2 {
		t.Errorf("load after store: %+v, L3 %+v", s.Cores[:2], s.L3)
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

// TestDeterminism: the misses depend on neither the source's batches nor the caller's.
func TestDeterminism(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 8))
	c := small(rng)
	c.Reorder = 64
	refs := program(rng, 30_000, 5)
	want := filtered(t, mustNew(t, c, refs))
	for _, batch := range []int{1, 7, 5000} {
		f, err := frontend.New(c, &slice{refs: refs, batch: batch})
		if err != nil {
			t.Fatal(err)
		}
		var got []trace.Miss
		buf := make([]trace.Miss, batch)
		for n, err := f.Next(buf); err == nil; n, err = f.Next(buf) {
			got = append(got, buf[:n]...)
		}
		if !slices.Equal(got, want) {
			t.Errorf("batches of %d give other misses", batch)
		}
	}
}

// TestFootprintFits: each line of a footprint that fits L3 is filled once, and nothing is
// written back, for nothing is displaced.
func TestFootprintFits(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 2))
	c := frontend.TableII()
	lines := map[mem.VAddr]bool{}
	var refs []trace.Reference
	for range 200_000 {
		r := load(mem.ThreadID(rng.IntN(8)), mem.VAddr(rng.Uint64N(2<<20)&^7), 1)
		r.Kind = trace.RefKind(rng.IntN(2))
		refs = append(refs, r)
		lines[r.Addr.Line()] = true
	}
	f := mustNew(t, c, refs)
	all := filtered(t, f)
	if s := f.Stats(); len(all) != len(lines) || s.DataFills() != uint64(len(lines)) || s.L3.Evictions != 0 {
		t.Errorf("%d misses for %d lines, %+v", len(all), len(lines), s.L3)
	}
}

// TestInclusionOfCounters: of a write-back hierarchy, what one level misses the next looks
// up, and what one writes back the next receives.
func TestInclusionOfCounters(t *testing.T) {
	rng := rand.New(rand.NewPCG(6, 6))
	c := tiny()
	c.Cores = 4
	c.L1D.Size, c.L1I.Size, c.L2.Size, c.L3.Size = 256, 256, 1024, 4096
	refs := program(rng, 50_000, 4)
	f := mustNew(t, c, refs)
	all := filtered(t, f)
	s := f.Stats()
	check(t, s, refs, all)
	sum := s.Total()
	for _, v := range []struct {
		name      string
		got, want uint64
	}{
		{"L2 lookups", sum.L2.Lookups(), sum.L1D.Misses() + sum.L1I.Misses()},
		{"L2 stores", sum.L2.Stores(), sum.L1D.StoreMisses},
		{"L3 lookups", s.L3.Lookups(), sum.L2.Misses()},
		{"fills from memory", s.Fills(), s.L3.Misses()},
		{"L2 received", sum.L2.Received, sum.L1D.WriteBacks},
		{"L3 received", s.L3.Received, sum.L2.WriteBacks},
		{"write-backs", s.WriteBacks, s.L3.WriteBacks},
	} {
		if v.got != v.want || v.got == 0 {
			t.Errorf("%s: %d, want %d and not 0", v.name, v.got, v.want)
		}
	}
	if sum.L1D.WriteBacks > sum.L1D.Stores() || s.WriteBacks > sum.Stores+uint64(len(refs)) {
		t.Errorf("more write-backs than stores: %+v", sum.L1D)
	}
}

func TestFaults(t *testing.T) {
	boom := errors.New("disk on fire")
	good := load(0, 0, 1)
	with := func(change func(*trace.Reference)) trace.Reference {
		r := good
		change(&r)
		return r
	}
	for _, test := range []struct {
		name string
		refs []trace.Reference
		end  error
		want error
		text string
	}{
		{"source", []trace.Reference{good}, boom, boom, "disk on fire"},
		{"address", []trace.Reference{good, with(func(r *trace.Reference) { r.Addr = 1 << 57 })}, nil, frontend.ErrReference, "reference 1: 8 bytes at 0x200000000000000"},
		{"end", []trace.Reference{good, with(func(r *trace.Reference) { r.Addr = 1<<56 - 4 })}, nil, frontend.ErrReference, "reference 1"},
		{"wrap", []trace.Reference{good, with(func(r *trace.Reference) { r.Addr = ^mem.VAddr(3) })}, nil, frontend.ErrReference, "reference 1"},
		{"process", []trace.Reference{good, with(func(r *trace.Reference) { r.Process = 4095 })}, nil, frontend.ErrReference, "process 4095: want 0 to 4094"},
		{"kind", []trace.Reference{good, with(func(r *trace.Reference) { r.Kind = 3 })}, nil, frontend.ErrReference, "RefKind(3)"},
		{"kind, wide", []trace.Reference{good, with(func(r *trace.Reference) { r.Kind, r.Addr = 9, 60 })}, nil, frontend.ErrReference, "RefKind(9)"},
	} {
		f, err := frontend.New(frontend.TableII(), &slice{refs: test.refs, end: test.end})
		if err != nil {
			t.Fatal(err)
		}
		all, err := drain(t, f)
		if !errors.Is(err, test.want) || !strings.Contains(err.Error(), test.text) || len(all) != 1 {
			t.Errorf("%s: %d misses, then %v, want 1 and %q", test.name, len(all), err, test.text)
		}
	}
	f := mustNew(t, frontend.TableII(), nil)
	if n, err := f.Next(nil); n != 0 || err != io.ErrShortBuffer {
		t.Errorf("Next(nil) = %d, %v", n, err)
	}
	for _, addr := range []mem.VAddr{1<<56 - 64, ^mem.VAddr(63), 0xff00_0000_0000_0000} { // the ends of what is canonical
		f := mustNew(t, frontend.TableII(), []trace.Reference{{Addr: addr, Size: 8, Process: 4094}})
		if all := filtered(t, f); len(all) != 1 || all[0].Addr != addr || all[0].Process != 4094 {
			t.Errorf("%#x: %v", uint64(addr), all)
		}
	}
}

// endless computes as long as a reference can say, and never ends.
type endless struct{}

func (endless) Next(buf []trace.Reference) (int, error) {
	for i := range buf {
		buf[i] = trace.Reference{Instructions: math.MaxUint32, Size: 1}
	}
	return len(buf), nil
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

func TestAllocs(t *testing.T) {
	for _, coherent := range []bool{false, true} {
		c := frontend.TableII()
		c.Coherent = coherent
		c.Prefetch.Kind = frontend.Stride
		src := newLaps(generate(mix{stream: 0.3, stride: 0.1, random: 0.1, threads: 8, quantum: 100}, 1<<17))
		f, err := frontend.New(c, src)
		if err != nil {
			t.Fatal(err)
		}
		buf := make([]trace.Miss, 1000)
		next := func() {
			if _, err := f.Next(buf); err != nil {
				t.Fatal(err)
			}
		}
		for src.given < 1<<21 {
			next()
		}
		if n := testing.AllocsPerRun(500, next); n != 0 {
			t.Errorf("coherent %v: %v allocations a call", coherent, n)
		}
	}
}

func TestValidate(t *testing.T) {
	if err := frontend.TableII().Validate(); err != nil {
		t.Error(err)
	}
	c := frontend.Config{}
	c.L2.Line = 128
	c.Prefetch.Kind = 9
	c.Timing = frontend.Timing{Rule: 7, Instruction: -1, TLBHit: 5, L1: 1 << 40}
	_, err := frontend.New(c, &slice{})
	for _, field := range []string{"cores", "clock", "itlb.ways", "dtlb.line", "l1i.ways", "l1d.line", "l2.ways", "l3.line", "timing.rule", "timing.instruction", "timing.l1", "timing.tlb_miss", "prefetch.kind", "prefetch.degree", "reorder"} {
		if err == nil || !strings.Contains(err.Error(), field+" = ") {
			t.Errorf("does not name %s:\n%v", field, err)
		}
	}
	c = frontend.TableII()
	c.L2 = cache.Config{Size: 1 << 20, Line: 128, Ways: 4}
	c.ITLB = cache.TLB(128, 8, 2*units.MiB)
	err = c.Validate()
	for _, field := range []string{"l2.line", "itlb.line"} {
		if err == nil || !strings.Contains(err.Error(), field) {
			t.Errorf("does not name %s: %v", field, err)
		}
	}
}

// TestTableII holds the preset against the paper's table.
func TestTableII(t *testing.T) {
	c := frontend.TableII()
	for _, v := range []struct {
		name  string
		c     cache.Config
		lines uint64
		ways  int
	}{
		{"ITLB", c.ITLB, 128, 8}, {"DTLB", c.DTLB, 64, 4},
		{"L1I", c.L1I, 32 << 10 / 64, 8}, {"L1D", c.L1D, 32 << 10 / 64, 8}, {"L2", c.L2, 256 << 10 / 64, 4}, {"L3", c.L3, 16 << 20 / 64, 16},
	} {
		if v.c.Lines() != v.lines || v.c.Ways != v.ways || v.c.Replacement != cache.RoundRobin || v.c.Writing != cache.WriteBack || v.c.StoreMiss != cache.Allocate {
			t.Errorf("%s: %+v", v.name, v.c)
		}
	}
	if c.Cores != 8 || c.Clock.Hz() != 1_200_000_000 || c.Coherent || c.Prefetch.Kind != frontend.NoPrefetch {
		t.Errorf("%+v", c)
	}
}

func TestNames(t *testing.T) {
	for r, name := range map[frontend.Rule]string{frontend.Sum: "sum", frontend.Longest: "longest"} {
		text, err := r.MarshalText()
		var back frontend.Rule
		if err != nil || string(text) != name || r.String() != name || back.UnmarshalText(text) != nil || back != r {
			t.Errorf("%v: %q, %v, %v", r, text, err, back)
		}
	}
	for p, name := range map[frontend.Prefetcher]string{frontend.NoPrefetch: "none", frontend.NextLine: "next-line", frontend.Stride: "stride"} {
		text, err := p.MarshalText()
		var back frontend.Prefetcher
		if err != nil || string(text) != name || p.String() != name || back.UnmarshalText(text) != nil || back != p {
			t.Errorf("%v: %q, %v, %v", p, text, err, back)
		}
	}
	var p frontend.Prefetcher
	var r frontend.Rule
	if p.UnmarshalText([]byte("ghb")) == nil || r.UnmarshalText([]byte("max")) == nil {
		t.Error("unknown names are read")
	}
	if _, err := frontend.Rule(9).MarshalText(); err == nil || frontend.Rule(9).String() != "Rule(9)" {
		t.Error("a rule that does not exist has a name")
	}
	if _, err := frontend.Prefetcher(9).MarshalText(); err == nil || frontend.Prefetcher(9).String() != "Prefetcher(9)" {
		t.Error("a prefetcher that does not exist has a name")
	}
}
