package frontend_test

import (
	"fmt"
	"io"
	"math/rand/v2"
	"testing"

	"github.com/dmemsys/dmemsys/dmem/cache"
	"github.com/dmemsys/dmemsys/dmem/frontend"
	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/trace"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// slice is the plainest source: the references it holds, in batches of at most batch.
type slice struct {
	refs  []trace.Reference
	batch int
	end   error // io.EOF if nil
}

func (s *slice) Next(buf []trace.Reference) (int, error) {
	if len(s.refs) == 0 {
		if s.end != nil {
			return 0, s.end
		}
		return 0, io.EOF
	}
	if s.batch > 0 {
		buf = buf[:min(len(buf), s.batch)]
	}
	n := copy(buf, s.refs)
	s.refs = s.refs[n:]
	return n, nil
}

func mustNew(t testing.TB, c frontend.Config, refs []trace.Reference) *frontend.Filter {
	t.Helper()
	f, err := frontend.New(c, &slice{refs: refs})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// drain reads a source to its end, in batches of changing size, and checks what a source
// promises.
func drain(t testing.TB, src trace.Source) (all []trace.Miss, err error) {
	t.Helper()
	last := units.Cycles(0)
	buf := make([]trace.Miss, 300)
	for size := 1; ; size = size%len(buf) + 1 {
		n, err := src.Next(buf[:size])
		if n > 0 == (err != nil) || n < 0 || n > size {
			t.Fatalf("Next(%d) = %d, %v: want records or an error", size, n, err)
		}
		if err != nil {
			if n, again := src.Next(buf); n != 0 || again != err {
				t.Fatalf("Next after %v: %d, %v", err, n, again)
			}
			return all, err
		}
		for _, m := range buf[:n] {
			if m.Cycle < last {
				t.Fatalf("miss %d: stamp %d after %d", len(all), m.Cycle, last)
			}
			last = m.Cycle
			all = append(all, m)
		}
	}
}

func filtered(t testing.TB, f *frontend.Filter) []trace.Miss {
	t.Helper()
	all, err := drain(t, f)
	if err != io.EOF {
		t.Fatalf("the filter ended with %v", err)
	}
	return all
}

// small returns a configuration drawn at random in which everything happens often.
func small(rng *rand.Rand) frontend.Config {
	c := frontend.TableII()
	c.Cores = 1 + rng.IntN(4)
	page := units.Bytes(256) << rng.IntN(3)
	array := func(line units.Bytes, sets int, stores bool) cache.Config {
		ways := 1 + rng.IntN(4)
		a := cache.Config{
			Size: line * units.Bytes(ways) << rng.IntN(sets+1), Line: line, Ways: ways,
			Replacement: []cache.Replacement{cache.RoundRobin, cache.RoundRobin, cache.LRU, cache.Random}[rng.IntN(4)], Seed: rng.Uint64(),
		}
		if stores && rng.IntN(3) == 0 {
			a.Writing = cache.WriteThrough
		}
		if stores && rng.IntN(3) == 0 {
			a.StoreMiss = cache.NoAllocate
		}
		return a
	}
	c.ITLB, c.DTLB = array(page, 1, false), array(page, 1, false)
	c.L1I, c.L1D = array(64, 2, false), array(64, 2, true)
	c.L2, c.L3 = array(64, 3, true), array(64, 4, true)
	c.Coherent = rng.IntN(2) == 0
	c.Prefetch = frontend.Prefetch{Kind: frontend.Prefetcher(rng.IntN(3)), Degree: 1 + rng.IntN(4)}
	if rng.IntN(2) == 0 {
		c.Timing = frontend.Tracer()
	}
	if rng.IntN(4) == 0 {
		c.Timing = frontend.Timing{
			Rule: frontend.Rule(rng.IntN(2)), Instruction: units.Cycles(rng.IntN(4)), TLBHit: units.Cycles(rng.IntN(4)), TLBMiss: 4 + units.Cycles(rng.IntN(90)),
			L1: units.Cycles(rng.IntN(9)), L2: units.Cycles(rng.IntN(30)), L3: units.Cycles(rng.IntN(99)),
		}
	}
	if rng.IntN(8) == 0 { // all at once: the order of cores alone decides
		c.Timing = frontend.Timing{Rule: c.Timing.Rule, L3: units.Cycles(rng.IntN(2))}
	}
	c.Reorder = 1 << 20
	return c
}

// program returns references of several threads and processes: walks in both directions,
// random and repeated addresses, and some over several lines and pages.
func program(rng *rand.Rand, n, threads int) []trace.Reference {
	refs := make([]trace.Reference, n)
	at := make([]uint64, threads)
	bases := []uint64{0, 1 << 20, 1<<47 - 1024, 0xffff_8000_0000_0000, ^uint64(0) - 4095}
	span := 64 << rng.IntN(8)
	for i := range refs {
		t := rng.IntN(threads)
		switch rng.IntN(8) {
		case 0:
			at[t] = bases[rng.IntN(len(bases))] + rng.Uint64N(uint64(span))
		case 1, 2:
			at[t] += 64
		case 3:
			at[t] -= 128
		case 4:
			at[t] += 8
		}
		r := trace.Reference{
			Addr: mem.VAddr(at[t]), Thread: mem.ThreadID(t), Process: mem.ProcessID(t & 1 * 4094), Instructions: uint32(rng.IntN(5)),
			Size: uint8(1 << rng.IntN(5)), Kind: trace.RefKind(rng.IntN(3)),
		}
		if rng.IntN(100) == 0 {
			r.Size = uint8(rng.IntN(256))
		}
		end := at[t] + uint64(r.Size)
		if end < at[t] || int64(end<<7)>>7 != int64(end) || int64(at[t]<<7)>>7 != int64(at[t]) {
			at[t], r.Addr, r.Size = 0, 0, 8
		}
		refs[i] = r
	}
	return refs
}

// TestDifferential compares the filter with the plain model, miss by miss, over many
// small configurations.
func TestDifferential(t *testing.T) {
	cases := 400
	if testing.Short() {
		cases = 100
	}
	total := 0
	for seed := range cases {
		rng := rand.New(rand.NewPCG(uint64(seed), 11))
		c, threads := small(rng), 1+rng.IntN(6)
		if seed%10 == 9 { // more cores than presence tells apart
			c.Cores, c.Coherent, threads = 11, true, 22
		}
		n := 4000
		if seed%8 == 0 {
			n = 15_000 // over several of the filter's batches
		}
		refs := program(rng, n, threads)
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			p := newPlain(c)
			for _, r := range refs {
				p.reference(r)
			}
			want := p.result()
			f := mustNew(t, c, refs)
			got := filtered(t, f)
			total += len(got)
			for i := range min(len(got), len(want)) {
				if got[i] != want[i] {
					t.Fatalf("miss %d: %+v, want %+v\n%+v", i, got[i], want[i], c)
				}
			}
			if len(got) != len(want) {
				t.Fatalf("%d misses, want %d", len(got), len(want))
			}
			check(t, f.Stats(), refs, got)
		})
	}
	if total < 100*cases {
		t.Errorf("only %d misses in all", total)
	}
}

// check holds the counters against the references, the misses and each other.
func check(t *testing.T, s frontend.Stats, refs []trace.Reference, misses []trace.Miss) {
	t.Helper()
	var kinds [3]uint64
	var instructions uint64
	for _, r := range refs {
		kinds[r.Kind]++
		instructions += uint64(r.Instructions)
	}
	sum := s.Total()
	if sum.Loads != kinds[trace.Load] || sum.Stores != kinds[trace.Store] || sum.Fetches != kinds[trace.IFetch] || sum.Instructions != instructions {
		t.Errorf("%d loads, %d stores, %d fetches, %d instructions, want %v and %d", sum.Loads, sum.Stores, sum.Fetches, sum.Instructions, kinds, instructions)
	}
	var records [3]uint64
	for _, m := range misses {
		records[m.Kind]++
	}
	if s.LoadFills+s.FetchFills+s.PrefetchFills != records[trace.LoadFill] || s.StoreFills != records[trace.StoreFill] || s.WriteBacks != records[trace.WriteBack] || s.Misses() != uint64(len(misses)) {
		t.Errorf("%+v: the trace has %v", s, records)
	}
}
