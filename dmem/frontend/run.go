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
//
// This loop is where the time goes. It treats in place what hits TLB and L1 where these look
// first; all else is a call.
func (f *Filter) run(refs []trace.Reference) error {
	var c *core
	var tlb, l1 *cache.Array
	shift, instruction, hit := f.pageShift&63, f.c.Timing.Instruction, f.data[0][inL1]
	for i := range refs {
		r := &refs[i]
		if c == nil || r.Thread != c.thread {
			c = f.enter(r.Thread)
			tlb, l1 = c.dtlb, c.data[inL1]
		}
		beyond := (uint64(r.Addr)%uint64(mem.LineSize) + uint64(r.Size) + uint64(mem.LineSize) - 1) / (2 * uint64(mem.LineSize)) // 0 within a line
		if uint64(r.Addr)>>(addressBits-1)|uint64(r.Kind&^trace.Store)|beyond != 0 || r.Process > maxProcess {
			if err := f.unusual(c, i, r); err != nil {
				return err
			}
			continue
		}
		c.stats.Instructions += uint64(r.Instructions)
		c.clock += units.Cycles(r.Instructions) * instruction
		key := cache.Key(uint64(r.Addr)>>lineShift | uint64(r.Process)<<lineBits)
		if !tlb.Quick(key>>shift, cache.Load) {
			f.slow(c, key, r.Kind, translate(tlb, key>>shift))
		} else if l1.Quick(key, opOf(r.Kind)) {
			c.clock += hit
		} else {
			f.slow(c, key, r.Kind, true)
		}
	}
	return nil
}

// unusual looks a reference up that is none of the load or store of a line in the lower half
// of the addresses, or returns what is wrong with it.
func (f *Filter) unusual(c *core, i int, r *trace.Reference) error {
	if !canonical(r.Addr) || r.Process > maxProcess || r.Kind > trace.IFetch {
		return f.fault(i, r)
	}
	if uint64(r.Addr)%uint64(mem.LineSize)+uint64(r.Size) > uint64(mem.LineSize) {
		if last := r.Addr + mem.VAddr(r.Size) - 1; !canonical(last) || last < r.Addr {
			return f.fault(i, r)
		}
		c.stats.Instructions += uint64(r.Instructions)
		f.wide(c, r)
		return nil
	}
	c.stats.Instructions += uint64(r.Instructions)
	key := keyOf(uint64(r.Addr)>>lineShift, r.Process)
	if r.Kind == trace.IFetch {
		f.fetch(c, r, key)
		return nil
	}
	c.clock += units.Cycles(r.Instructions) * f.c.Timing.Instruction
	f.slow(c, key, r.Kind, translate(c.dtlb, key>>f.pageShift))
	return nil
}

// slow looks a load or store up that did not hit where TLB and L1 look first. It is told
// whether the TLB had the page.
func (f *Filter) slow(c *core, key cache.Key, kind trace.RefKind, translated bool) {
	miss := 1
	if translated {
		miss = 0
	}
	if c.data[inL1].Quick(key, opOf(kind)) {
		c.clock += f.data[miss][inL1]
		return
	}
	mark := f.merger.mark(c.id)
	depth := f.search(c, key, kind)
	c.clock += f.data[miss][depth]
	f.merger.settle(c.id, mark, c.clock)
}

// opOf returns what a load or store looks up, without a branch.
func opOf(kind trace.RefKind) cache.Op { return cache.Op(kind) }

// These do not compile unless trace and cache count loads and stores alike.
const (
	_ = -uint(trace.Load ^ trace.RefKind(cache.Load))
	_ = -uint(trace.Store ^ trace.RefKind(cache.Store))
)

// fetch looks an instruction fetch within a line up.
func (f *Filter) fetch(c *core, r *trace.Reference, key cache.Key) {
	c.stats.Fetches++
	miss := 0
	if page := key >> f.pageShift; !c.itlb.Quick(page, cache.Load) && !translate(c.itlb, page) {
		miss = 1
	}
	c.clock += units.Cycles(f.unfetched(r)) * f.c.Timing.Instruction
	if c.code[inL1].Quick(key, cache.Load) {
		c.clock += f.code[miss][inL1]
		return
	}
	mark := f.merger.mark(c.id)
	depth := f.search(c, key, trace.IFetch)
	c.clock += f.code[miss][depth]
	f.merger.settle(c.id, mark, c.clock)
}

// unfetched returns how many of a reference's instructions are charged by number: by the
// longest rule, all but the one of which the reference is the fetch.
func (f *Filter) unfetched(r *trace.Reference) uint32 {
	if f.c.Timing.Rule == Longest && r.Kind == trace.IFetch && r.Instructions > 0 {
		return r.Instructions - 1
	}
	return r.Instructions
}

// wide looks a reference over several lines up, line by line.
func (f *Filter) wide(c *core, r *trace.Reference) {
	tlb, table := c.dtlb, &f.data
	if r.Kind == trace.IFetch {
		c.stats.Fetches++
		tlb, table = c.itlb, &f.code
	}
	mark := f.merger.mark(c.id)
	first, last := uint64(r.Addr)>>lineShift, (uint64(r.Addr)+uint64(r.Size)-1)>>lineShift
	sum, anyMiss, deepest := table[0][inL1], 0, inL1
	for line := first; line <= last; line++ {
		key := keyOf(line, r.Process)
		miss := 0
		if page := key >> f.pageShift; line == first || page != keyOf(line-1, r.Process)>>f.pageShift {
			if !translate(tlb, page) {
				miss = 1
			}
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
	c.clock += units.Cycles(f.unfetched(r)) * f.c.Timing.Instruction
	if f.c.Timing.Rule == Sum {
		c.clock += sum
	} else {
		c.clock += table[anyMiss][deepest]
	}
	f.merger.settle(c.id, mark, c.clock)
}

// translate looks a page up in a TLB, into which a miss brings it, and reports a hit.
func translate(tlb *cache.Array, page cache.Key) bool {
	hit, _ := tlb.Access(page, false)
	return hit
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
