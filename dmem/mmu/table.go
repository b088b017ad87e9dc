package mmu

import (
	"math/bits"

	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// table is the page table of a process: blocks of neighbouring pages, found in a hash
// table by block number. The block of the last access is remembered. So a program's dense
// regions take 8 bytes a page and its working set of blocks stays in the host's caches,
// while a page far from all others costs one block.
type table struct {
	lastNumber uint64 // of last; noBlock at first
	last       *block
	slots      []slot // open addressing, linear probing; the length is a power of two
	shift      uint   // 64 - log2 len(slots)
	used       int
	spare      []*readyTimes
}

const (
	blockBits  = 6 // 64 pages, half a KiB of frames
	blockPages = 1 << blockBits
	noBlock    = ^uint64(0)
)

type slot struct {
	number uint64
	block  *block // nil: empty
}

type block struct {
	ready  *readyTimes       // nil if the faults of all pages are served
	served units.Time        // when they will be
	frames [blockPages]frame // last: the garbage collector reads no further than the pointer
}

// readyTimes says when the fault of each page of a block is served; what lies in the past
// means nothing.
type readyTimes [blockPages]units.Time

// frame is the physical address of a page with flags in the low bits, which pages aligned
// to a cache line leave free. The zero value is a page not mapped.
type frame uint64

const (
	mapped frame = 1 << iota
	remote
)

const frameFlags = mapped | remote

func newFrame(a mem.PAddr, isRemote bool) frame {
	f := frame(a) | mapped
	if isRemote {
		f |= remote
	}
	return f
}

func (f frame) addr() mem.PAddr { return mem.PAddr(f &^ frameFlags) }

func newTable() *table {
	t := &table{lastNumber: noBlock}
	t.resize(16)
	return t
}

// find returns the block of that number, nil if it has no page mapped.
func (t *table) find(number uint64) *block {
	if number == t.lastNumber {
		return t.last
	}
	return t.probe(number)
}

func (t *table) probe(number uint64) *block {
	s := t.slot(number)
	if s.block != nil {
		t.lastNumber, t.last = number, s.block
	}
	return s.block
}

// slot returns the slot that holds the number, or the empty one where it belongs.
func (t *table) slot(number uint64) *slot {
	const golden = 0x9e3779b97f4a7c15 // 2^64 / golden ratio: Fibonacci hashing spreads neighbours
	mask := uint64(len(t.slots) - 1)
	for i := number * golden >> (t.shift & 63); ; i++ {
		s := &t.slots[i&mask]
		if s.block == nil || s.number == number {
			return s
		}
	}
}

// set maps a page at time now; served is when its fault is served.
func (t *table) set(page mem.PageNo, f frame, now, served units.Time) {
	number, i := uint64(page)>>blockBits, page%blockPages
	b := t.find(number)
	if b == nil {
		b = t.add(number)
	}
	b.frames[i] = f
	if served > now {
		if n := len(t.spare); b.ready == nil && n > 0 {
			b.ready, t.spare = t.spare[n-1], t.spare[:n-1]
		} else if b.ready == nil {
			b.ready = new(readyTimes)
		}
		b.ready[i] = served
		b.served = max(b.served, served)
	}
}

// ready returns when the fault of the i-th page of a block is served, now if it has been.
// Once those of all its pages have been, the block takes 8 bytes a page again.
func (t *table) ready(b *block, i uint64, now units.Time) units.Time {
	if now < b.served {
		return max(now, b.ready[i])
	}
	t.spare = append(t.spare, b.ready)
	b.ready = nil
	return now
}

func (t *table) add(number uint64) *block {
	if t.used++; 2*t.used > len(t.slots) {
		t.resize(2 * len(t.slots))
	}
	b := new(block)
	*t.slot(number) = slot{number, b}
	return b
}

func (t *table) resize(n int) {
	old := t.slots
	t.slots, t.shift = make([]slot, n), uint(64-bits.TrailingZeros(uint(n)))
	for _, s := range old {
		if s.block != nil {
			*t.slot(s.number) = s
		}
	}
}
