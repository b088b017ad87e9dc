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
	for i := 0; i < len(refs); i++ {
		if c == nil || refs[i].Thread != c.thread {
			c = f.enter(refs[i].Thread)
		}
		i += f.hits(c, refs[i:])
		if i == len(refs) || refs[i].Thread != c.thread {
			i--
			continue
		}
		if err := f.look(c, i, &refs[i]); err != nil {
			return err
		}
	}
	return nil
}

// hits looks references up as long as they are plain ones of the core's thread that hit TLB
// and L1 where these look first, and returns how many. This loop is where the time goes: it
// has no call, and all that it changes are sums.
func (f *Filter) hits(c *core, refs []trace.Reference) int {
	tlb, l1, shift, thread := c.dtlb, c.data[inL1], f.pageShift&63, c.thread
	n, stores, instructions := 0, uint64(0), uint64(0)
	for ; n < len(refs); n++ {
		r := &refs[n]
		if r.Thread != thread || !plain(r) {
			break
		}
		key := cache.Key(uint64(r.Addr)>>lineShift | uint64(r.Process)<<lineBits)
		if !tlb.Quick(key>>shift, cache.Load) || !l1.Quick(key, opOf(r.Kind)) {
			break
		}
		stores += uint64(r.Kind)
		instructions += uint64(r.Instructions)
	}
	c.stats.Instructions += instructions
	c.clock += units.Cycles(instructions)*f.c.Timing.Instruction + units.Cycles(n)*f.data[0][inL1]
	tlb.Count(uint64(n), 0)
	l1.Count(uint64(n)-stores, stores)
	return n
}

// plain reports whether a reference is a load or store within a line of the lower half of
// the addresses, as nearly all are.
func plain(r *trace.Reference) bool {
	const line = uint64(mem.LineSize)
	beyond := (uint64(r.Addr)%line + uint64(r.Size) + line - 1) / (2 * line) // 0 within a line
	return uint64(r.Addr)>>(addressBits-1)|uint64(r.Kind&^trace.Store)|beyond == 0 && r.Process <= maxProcess
}

// look looks any reference up, or returns what is wrong with it.
func (f *Filter) look(c *core, i int, r *trace.Reference) error {
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
	if key := keyOf(uint64(r.Addr)>>lineShift, r.Process); r.Kind == trace.IFetch {
		c.stats.Fetches++
		f.narrow(c, key, r, c.itlb, c.code[inL1], &f.code)
	} else {
		f.narrow(c, key, r, c.dtlb, c.data[inL1], &f.data)
	}
	return nil
}

// narrow looks a reference within a line up.
func (f *Filter) narrow(c *core, key cache.Key, r *trace.Reference, tlb, l1 *cache.Array, table *costs) {
	miss := 0
	if page := key >> f.pageShift; tlb.Quick(page, cache.Load) {
		tlb.Count(1, 0)
	} else if !translate(tlb, page) {
		miss = 1
	}
	c.clock += units.Cycles(f.unfetched(r)) * f.c.Timing.Instruction
	if op := opOf(r.Kind & trace.Store); l1.Quick(key, op) {
		l1.Count(uint64(1-op), uint64(op))
		c.clock += table[miss][inL1]
		return
	}
	mark := f.merger.mark(c.id)
	depth := f.search(c, key, r.Kind)
	c.clock += table[miss][depth]
	f.merger.settle(c.id, mark, c.clock)
}

// opOf returns what a load or store looks up, without a branch.
func opOf(kind trace.RefKind) cache.Op { return cache.Op(kind) }

// These do not compile unless trace and cache count loads and stores alike.
const (
	_ = -uint(trace.Load ^ trace.RefKind(cache.Load))
	_ = -uint(trace.Store ^ trace.RefKind(cache.Store))
)

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
