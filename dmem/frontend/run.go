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
		n, stores, instructions := c.plainHits(c.who, f.pageShift, refs[i:])
		c.stats.Instructions += instructions
		c.clock += units.Cycles(instructions)*f.c.Timing.Instruction + units.Cycles(n)*f.data[0][inL1]
		c.dtlb.Count(n, 0)
		c.l1d.Count(n-stores, stores)
		i += int(n)
		if i < len(refs) && whose(&refs[i]) == c.who {
			if err := f.look(c, i, &refs[i]); err != nil {
				return err
			}
			i++
		}
	}
	return nil
}

// plainHits returns how many references come before the first that is no plain hit, and
// how many stores and instructions are among them. Plain hits are loads and stores of the
// core's thread and process, within a line of the lower half of the addresses, that hit TLB
// and L1 where these look first, as nearly all do. This loop is where the time goes: it has
// no call and writes nothing to memory.
func (c *core) plainHits(who uint32, pageShift uint, refs []trace.Reference) (n, stores, instructions uint64) {
	const line = uint64(mem.LineSize)
	const above = 48 // of a sum: stores; below, instructions
	space, sum := c.space, uint64(0)
	for i := range refs {
		r := &refs[i]
		addr, form := uint64(r.Addr), uint32(r.Size)|uint32(r.Kind)<<8 // one read of the host
		kind := uint64(form >> 8)
		if whose(r) != who || addr>>(addressBits-1)|kind>>1 != 0 || addr%line+uint64(uint8(form)) > line {
			return uint64(i), sum >> above, sum & (1<<above - 1)
		}
		key := cache.Key(addr>>lineShift | space)
		if !c.dtlb.Quick(key>>(pageShift&63), cache.Load) || !c.l1d.Quick(key, cache.Op(kind)) {
			return uint64(i), sum >> above, sum & (1<<above - 1)
		}
		sum += kind<<above + uint64(r.Instructions)
	}
	return uint64(len(refs)), sum >> above, sum & (1<<above - 1)
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
	tlb, table, p, op := &c.dtlb, &f.data, &c.data, cache.Op(r.Kind)
	if r.Kind == trace.IFetch {
		tlb, table, p, op = c.itlb, &f.code, &c.code, cache.Load
	}
	key := keyOf(uint64(r.Addr)>>lineShift, r.Process)
	miss := f.translate(tlb, key)
	depth := f.search(c, p, key, op, asker(r.Kind))
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

// These do not compile unless trace and cache count loads and stores alike.
const (
	_ = -uint(trace.Load ^ trace.RefKind(cache.Load))
	_ = -uint(trace.Store ^ trace.RefKind(cache.Store))
)

// wide looks a reference over several lines up, line by line.
func (f *Filter) wide(c *core, r *trace.Reference) {
	tlb, table, p, op := &c.dtlb, &f.data, &c.data, cache.Op(r.Kind)
	if r.Kind == trace.IFetch {
		tlb, table, p, op = c.itlb, &f.code, &c.code, cache.Load
	}
	first, last := uint64(r.Addr)>>lineShift, (uint64(r.Addr)+uint64(r.Size)-1)>>lineShift
	sum, anyMiss, deepest := table[0][inL1], 0, inL1
	for line := first; line <= last; line++ {
		key := keyOf(line, r.Process)
		miss := 0
		if line == first || key>>f.pageShift != keyOf(line-1, r.Process)>>f.pageShift {
			miss = f.translate(tlb, key)
		}
		depth := f.search(c, p, key, op, asker(r.Kind))
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
	if hit, _ := tlb.Access(page, cache.Load); hit {
		return 0
	}
	return 1
}

// Check returns what is wrong with a reference that no program makes, as an error that wraps
// [ErrReference]: an address that is not canonical, a process or a kind out of range. It is nil
// for any other. [Filter.Next] refuses the same references, but knows only their numbers: a
// [trace.RefFile] that checks them tells where in the file they stand.
func Check(r *trace.Reference) error {
	if last := r.Addr + mem.VAddr(max(r.Size, 1)) - 1; r.Process > maxProcess || r.Kind > trace.IFetch || !canonical(r.Addr) || !canonical(last) || last < r.Addr {
		return fmt.Errorf("frontend: %s: %w", wrong(r), ErrReference)
	}
	return nil
}

// wrong says what is wrong with a reference.
func wrong(r *trace.Reference) string {
	switch {
	case r.Process > maxProcess:
		return fmt.Sprintf("process %d: want 0 to %d", r.Process, maxProcess)
	case r.Kind > trace.IFetch:
		return fmt.Sprintf("%v: want load, store or ifetch", r.Kind)
	}
	return fmt.Sprintf("%d bytes at %#x: want a canonical address of %d bits", r.Size, uint64(r.Addr), addressBits)
}

// fault says what is wrong with reference i of a batch.
func (f *Filter) fault(i int, r *trace.Reference) error {
	return fmt.Errorf("frontend: reference %d: %s: %w", f.done+int64(i), wrong(r), ErrReference)
}
