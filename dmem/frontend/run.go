package frontend

import (
	"fmt"

	"github.com/dmemsys/dmemsys/dmem/cache"
	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/trace"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// A key is the number of a line, of lineBits, and a process above it. Addresses are
// canonical, sign-extended from 57 bits (x86-64 with five levels of page tables), so the
// lower bits of a line's number tell all of it.
const (
	addressBits = 57
	lineShift   = 6 // of mem.LineSize
	lineBits    = addressBits - lineShift
	maxProcess  = 1<<(63-lineBits) - 2 // so that no key is above cache.MaxKey
)

func keyOf(line uint64, p mem.ProcessID) cache.Key {
	return cache.Key(line&(1<<lineBits-1) | uint64(p)<<lineBits)
}

// address returns the line and process of a key.
func address(key cache.Key) (mem.VAddr, mem.ProcessID) {
	const above = 64 - addressBits
	return mem.VAddr(int64(key<<(lineShift+above)) >> above), mem.ProcessID(key >> lineBits)
}

// canonical reports whether the bits above the 57th repeat it.
func canonical(a mem.VAddr) bool {
	const above = 64 - addressBits
	return mem.VAddr(int64(a<<above)>>above) == a
}

// run looks references up. It stops before the first that is at fault.
func (f *Filter) run(refs []trace.Reference) error {
	var c *core
	for i := 0; i < len(refs); {
		if r := &refs[i]; c == nil || whose(r) != c.who {
			if r.Process > maxProcess {
				return f.fault(i, r)
			}
			c = f.enter(r)
		}
		i = f.hits(c, refs, i)
		if i < len(refs) && whose(&refs[i]) == c.who {
			if err := f.look(c, i, &refs[i]); err != nil {
				return err
			}
			i++
		}
	}
	return nil
}

// hits looks references up, from the first on, until one is not a plain hit, and returns
// where that is.
func (f *Filter) hits(c *core, refs []trace.Reference, first int) int {
	n, stores, instructions := c.plainHits(refs, first, f.pageShift)
	c.stats.Instructions += instructions
	c.clock += units.Cycles(instructions)*f.c.Timing.Instruction + units.Cycles(n-first)*f.data[0][inL1]
	c.dtlb.Count(uint64(n-first), 0)
	c.l1d.Count(uint64(n-first)-stores, stores)
	return n
}

// plainHits returns where the plain hits end that begin at first, and how many stores and
// instructions are among them. They are loads and stores of the core's thread and process,
// within a line of the lower half of the addresses, that hit TLB and L1 where these look
// first, as nearly all do. This loop is where the time goes: it has no call and writes
// nothing to memory.
func (c *core) plainHits(refs []trace.Reference, first int, pageShift uint) (n int, stores, instructions uint64) {
	const line = uint64(mem.LineSize)
	for n = first; n < len(refs); n++ {
		r := &refs[n]
		addr := uint64(r.Addr)
		if whose(r) != c.who || addr>>(addressBits-1) != 0 || addr%line+uint64(r.Size) > line || r.Kind > trace.Store {
			break
		}
		key := cache.Key(addr>>lineShift | c.space)
		if !c.l1d.Quick(key, opOf(r.Kind)) || !c.dtlb.Quick(key>>(pageShift&63), cache.Load) {
			break
		}
		stores += uint64(r.Kind)
		instructions += uint64(r.Instructions)
	}
	return n, stores, instructions
}

// whose returns the thread and process of a reference, together for one comparison.
func whose(r *trace.Reference) uint32 { return uint32(r.Thread) | uint32(r.Process)<<16 }

// look looks any reference up, or returns what is wrong with it.
func (f *Filter) look(c *core, i int, r *trace.Reference) error {
	if !canonical(r.Addr) || r.Kind > trace.IFetch {
		return f.fault(i, r)
	}
	if uint64(r.Addr)%uint64(mem.LineSize)+uint64(r.Size) > uint64(mem.LineSize) {
		if last := r.Addr + mem.VAddr(r.Size) - 1; !canonical(last) || last < r.Addr {
			return f.fault(i, r)
		}
		f.wide(c, r)
		return nil
	}
	tlb, table := &c.dtlb, &f.data
	if r.Kind == trace.IFetch {
		tlb, table = c.itlb, &f.code
	}
	key := keyOf(uint64(r.Addr)>>lineShift, r.Process)
	miss := f.translate(tlb, key)
	depth := f.search(c, key, r.Kind)
	f.charge(c, r, table[miss&1][depth])
	return nil
}

// charge counts a reference and its cost, and stamps its misses.
func (f *Filter) charge(c *core, r *trace.Reference, cost units.Cycles) {
	n := r.Instructions
	c.stats.Instructions += uint64(n)
	if r.Kind == trace.IFetch {
		c.stats.Fetches++
		if f.c.Timing.Rule == Longest && n > 0 {
			n-- // that of which the reference is the fetch is not charged by number
		}
	}
	c.clock += units.Cycles(n)*f.c.Timing.Instruction + cost
	if c.misses.fresh() {
		f.merger.settle(c.id, c.clock)
	}
}

// opOf returns what a load or store looks up, without a branch.
func opOf(kind trace.RefKind) cache.Op { return cache.Op(kind) }

// These do not compile unless trace and cache count loads and stores alike.
const (
	_ = -uint(trace.Load ^ trace.RefKind(cache.Load))
	_ = -uint(trace.Store ^ trace.RefKind(cache.Store))
)

// wide looks a reference over several lines up, line by line.
func (f *Filter) wide(c *core, r *trace.Reference) {
	tlb, table := &c.dtlb, &f.data
	if r.Kind == trace.IFetch {
		tlb, table = c.itlb, &f.code
	}
	first, last := uint64(r.Addr)>>lineShift, (uint64(r.Addr)+uint64(r.Size)-1)>>lineShift
	sum, anyMiss, deepest := table[0][inL1], 0, inL1
	for line := first; line <= last; line++ {
		key := keyOf(line, r.Process)
		miss := 0
		if line == first || key>>f.pageShift != keyOf(line-1, r.Process)>>f.pageShift {
			miss = f.translate(tlb, key)
		}
		depth := f.search(c, key, r.Kind)
		sum += table[miss][depth] - table[0][inL1]
		anyMiss, deepest = max(anyMiss, miss), max(deepest, depth)
	}
	switch r.Kind {
	case trace.Load:
		c.moreLoads += last - first
	case trace.Store:
		c.moreStores += last - first
	}
	if f.c.Timing.Rule == Longest {
		sum = table[anyMiss][deepest]
	}
	f.charge(c, r, sum)
}

// translate looks a line's page up in a TLB, into which a miss brings it, and returns the
// number of misses, 0 or 1.
func (f *Filter) translate(tlb *cache.Array, key cache.Key) int {
	page := key >> (f.pageShift & 63)
	if tlb.Quick(page, cache.Load) {
		tlb.Count(1, 0)
		return 0
	}
	if hit, _ := tlb.Access(page, false); hit {
		return 0
	}
	return 1
}

// fault says what is wrong with reference i of a batch.
func (f *Filter) fault(i int, r *trace.Reference) error {
	what := fmt.Sprintf("%d bytes at %#x: want a canonical address of %d bits", r.Size, uint64(r.Addr), addressBits)
	switch {
	case r.Process > maxProcess:
		what = fmt.Sprintf("process %d: want 0 to %d", r.Process, maxProcess)
	case r.Kind > trace.IFetch:
		what = fmt.Sprintf("%v: want load, store or ifetch", r.Kind)
	}
	return fmt.Errorf("frontend: reference %d: %s: %w", f.done+int64(i), what, ErrReference)
}
