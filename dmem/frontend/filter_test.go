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
		for i := range test.refs { // the last one is at fault
			refused := test.want == frontend.ErrReference && i == len(test.refs)-1
			if err := frontend.Check(&test.refs[i]); errors.Is(err, frontend.ErrReference) != refused {
				t.Errorf("%s: reference %d: Check says %v", test.name, i, err)
			}
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
		if err := frontend.Check(&trace.Reference{Addr: addr, Size: 64, Process: 4094}); err != nil {
			t.Errorf("%#x: Check says %v", uint64(addr), err)
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
