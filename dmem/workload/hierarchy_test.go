package workload_test

import (
	"github.com/dmemsys/dmemsys/dmem/trace"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// hierarchy is Table II's data caches for 8 threads, without TLBs and time: an L1 and an L2
// for each thread, a shared L3, round robin, write-back, write-allocate. It is written for
// these tests and shares no code with the simulator's caches.
type hierarchy struct {
	cores             [8][2]*level
	l3                *level
	references        uint64
	fills, writeBacks uint64 // at memory
	pages             map[uint64]struct{}
	lastPage          uint64
}

// newHierarchy returns empty caches, the sizes of Table II divided by d, a power of two.
func newHierarchy(d int) *hierarchy {
	h := &hierarchy{l3: newLevel(16<<20/d, 16), pages: map[uint64]struct{}{}}
	for i := range h.cores {
		h.cores[i] = [2]*level{newLevel(32<<10/d, 8), newLevel(256<<10/d, 4)}
	}
	return h
}

func (h *hierarchy) touched() units.Bytes { return units.Bytes(len(h.pages)) * 4 * units.KiB }

func (h *hierarchy) missRate() float64 { return float64(h.fills) / float64(h.references) }

func (h *hierarchy) access(r *trace.Reference) {
	h.references++
	line, store := uint64(r.Addr)>>6, r.Kind == trace.Store
	c := &h.cores[r.Thread%8]
	if c[0].find(line, store) {
		return
	}
	if page := line >> 6; page != h.lastPage {
		h.pages[page] = struct{}{}
		h.lastPage = page
	}
	if !c[1].find(line, false) {
		if !h.l3.find(line, false) {
			h.fills++
			h.put(c, 2, line, false)
		}
		h.put(c, 1, line, false)
	}
	h.put(c, 0, line, store)
}

// put brings a line into a level; a dirty victim goes to the level below.
func (h *hierarchy) put(c *[2]*level, i int, line uint64, dirty bool) {
	if i == 2 {
		if _, dirty := h.l3.put(line, dirty); dirty {
			h.writeBacks++
		}
		return
	}
	victim, dirty := c[i].put(line, dirty)
	if !dirty {
		return
	}
	below := h.l3
	if i == 0 {
		below = c[1]
	}
	if !below.find(victim, true) {
		h.put(c, i+1, victim, true)
	}
}

// level is an array of lines, each shifted left by one, plus 1 if dirty.
type level struct {
	ways, sets int
	lines      []uint64
	next       []int // of a set: the way to replace
}

func newLevel(size, ways int) *level {
	sets := size / 64 / ways
	l := &level{ways: ways, sets: sets, lines: make([]uint64, sets*ways), next: make([]int, sets)}
	return l
}

func (l *level) find(line uint64, dirty bool) bool {
	set := int(line) & (l.sets - 1) * l.ways
	for i, w := range l.lines[set : set+l.ways] {
		if w>>1 == line {
			if dirty {
				l.lines[set+i] |= 1
			}
			return true
		}
	}
	return false
}

func (l *level) put(line uint64, dirty bool) (victim uint64, victimDirty bool) {
	set := int(line) & (l.sets - 1)
	slot := &l.lines[set*l.ways+l.next[set]]
	l.next[set] = (l.next[set] + 1) % l.ways
	victim, victimDirty = *slot>>1, *slot&1 != 0
	*slot = line << 1
	if dirty {
		*slot |= 1
	}
	return victim, victimDirty
}
