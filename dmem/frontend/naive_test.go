package frontend_test

import (
	"cmp"
	"math/rand/v2"
	"slices"

	"github.com/dmemsys/dmemsys/dmem/cache"
	"github.com/dmemsys/dmemsys/dmem/frontend"
	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/trace"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// The hierarchy said again as plainly as possible: maps and lists, addresses and processes
// instead of keys, no short cuts, time added up from the definition, and all misses sorted
// at the end.

type place struct {
	number  uint64 // address over line size
	process mem.ProcessID
}

type plainLine struct {
	place
	dirty bool
	used  int
}

type plainCache struct {
	c    cache.Config
	sets map[uint64][]*plainLine
	turn map[uint64]int
	rng  *rand.Rand
	now  int
}

func newPlainCache(c cache.Config, core int) *plainCache {
	return &plainCache{c: c, sets: map[uint64][]*plainLine{}, turn: map[uint64]int{}, rng: rand.New(rand.NewPCG(c.Seed+uint64(core)<<32, 0x6361636865))}
}

func (p *plainCache) find(at place) *plainLine {
	for _, l := range p.sets[at.number%p.c.Sets()] {
		if l != nil && l.place == at {
			p.now++
			l.used = p.now
			return l
		}
	}
	return nil
}

func (p *plainCache) put(at place, dirty bool) (out plainLine) {
	id := at.number % p.c.Sets()
	if p.sets[id] == nil {
		p.sets[id] = make([]*plainLine, p.c.Ways)
	}
	set := p.sets[id]
	way := slices.Index(set, nil)
	if way < 0 {
		switch p.c.Replacement {
		case cache.RoundRobin:
			way = p.turn[id] % p.c.Ways
			p.turn[id]++
		case cache.LRU:
			way = slices.Index(set, slices.MinFunc(set, func(a, b *plainLine) int { return cmp.Compare(a.used, b.used) }))
		default:
			way = p.rng.IntN(p.c.Ways)
		}
		out = *set[way]
	}
	p.now++
	set[way] = &plainLine{at, dirty, p.now}
	return out
}

func (p *plainCache) remove(at place) (found, dirty bool) {
	for i, l := range p.sets[at.number%p.c.Sets()] {
		if l != nil && l.place == at {
			p.sets[at.number%p.c.Sets()][i] = nil
			return true, l.dirty
		}
	}
	return false, false
}

type plainCore struct {
	itlb, dtlb, l1i, l1d, l2 *plainCache
	time                     units.Cycles
	pages                    map[place]*[3]int64 // stride prefetcher, by slot: page seen last
	slots                    map[uint64]place
	misses                   []trace.Miss
}

type plain struct {
	c     frontend.Config
	cores []*plainCore
	l3    *plainCache
	now   struct { // the reference being served
		core   *plainCore
		thread mem.ThreadID
		misses []trace.Miss
	}
}

func newPlain(c frontend.Config) *plain {
	p := &plain{c: c, l3: newPlainCache(c.L3, 0)}
	for i := range c.Cores {
		p.cores = append(p.cores, &plainCore{
			itlb: newPlainCache(c.ITLB, i), dtlb: newPlainCache(c.DTLB, i),
			l1i: newPlainCache(c.L1I, i), l1d: newPlainCache(c.L1D, i), l2: newPlainCache(c.L2, i),
			pages: map[place]*[3]int64{}, slots: map[uint64]place{},
		})
	}
	return p
}

// level returns the caches below a core's first level, which is l1.
func (p *plain) below(c *plainCore, of *plainCache) *plainCache {
	switch of {
	case c.l1i, c.l1d:
		return c.l2
	case c.l2:
		return p.l3
	}
	return nil
}

func (p *plain) miss(at place, kind trace.Kind) {
	p.now.misses = append(p.now.misses, trace.Miss{Addr: mem.VAddr(at.number * 64), Process: at.process, Thread: p.now.thread, Kind: kind})
}

func (p *plain) install(c *plainCore, l *plainCache, at place, dirty bool) {
	if out := l.put(at, dirty); out.dirty {
		p.arrive(c, p.below(c, l), out.place)
	}
}

// arrive: a whole dirty line comes down to l.
func (p *plain) arrive(c *plainCore, l *plainCache, at place) {
	if l == nil {
		p.miss(at, trace.WriteBack)
		return
	}
	line := l.find(at)
	if line == nil && l.c.StoreMiss == cache.NoAllocate {
		p.arrive(c, p.below(c, l), at)
		return
	}
	keeps := l.c.Writing == cache.WriteBack
	if line != nil {
		line.dirty = line.dirty || keeps
	} else {
		p.install(c, l, at, keeps)
	}
	if !keeps {
		p.arrive(c, p.below(c, l), at)
	}
}

// others does what coherence asks of the other cores.
func (p *plain) others(c *plainCore, at place, give func(o *plainCore) (dirty bool)) {
	for _, o := range p.cores {
		if p.c.Coherent && o != c && give(o) {
			p.arrive(c, p.l3, at)
		}
	}
}

// read brings a line to l and above; owning marks that a store above wants it. It returns
// how many levels missed.
func (p *plain) read(c *plainCore, l *plainCache, at place, owning bool) int {
	if l == nil {
		kind := trace.LoadFill
		if owning {
			kind = trace.StoreFill
		}
		p.miss(at, kind)
		return 0
	}
	if l == p.l3 {
		p.leave(c, at)
	}
	if l.find(at) != nil {
		return 0
	}
	n := 1 + p.read(c, p.below(c, l), at, owning)
	if !owning || l.c.StoreMiss == cache.Allocate {
		p.install(c, l, at, false)
	}
	return n
}

// leave: a request of c leaves the private caches.
func (p *plain) leave(c *plainCore, at place) {
	p.others(c, at, func(o *plainCore) bool {
		was := false
		for _, l := range []*plainCache{o.l1d, o.l2} {
			for _, line := range l.sets[at.number%l.c.Sets()] {
				if line != nil && line.place == at && line.dirty {
					line.dirty, was = false, true
				}
			}
		}
		return was
	})
}

// write writes part of a line at l.
func (p *plain) write(c *plainCore, l *plainCache, at place) int {
	if l == nil {
		p.miss(at, trace.WriteBack)
		return 0
	}
	if l == p.l3 {
		p.leave(c, at)
	}
	keeps := l.c.Writing == cache.WriteBack
	if line := l.find(at); line != nil {
		line.dirty = line.dirty || keeps
		if !keeps {
			p.write(c, p.below(c, l), at)
		}
		return 0
	}
	if l.c.StoreMiss == cache.NoAllocate {
		return 1 + p.write(c, p.below(c, l), at)
	}
	n := 1 + p.read(c, p.below(c, l), at, true)
	p.install(c, l, at, keeps)
	if !keeps {
		p.write(c, p.below(c, l), at)
	}
	return n
}

func (p *plain) prefetch(c *plainCore, at place) {
	perPage := uint64(p.c.DTLB.Line / 64)
	page := place{at.number / perPage, at.process}
	step := int64(1)
	switch p.c.Prefetch.Kind {
	case frontend.NoPrefetch:
		return
	case frontend.Stride:
		slot := page.number % 64
		seen := c.pages[page]
		if c.slots[slot] != page || seen == nil {
			c.slots[slot] = page
			c.pages[page] = &[3]int64{int64(at.number), 0, 0} // line, step, times the step was repeated
			return
		}
		if d := int64(at.number) - seen[0]; d != 0 {
			if d == seen[1] {
				seen[2]++
			} else {
				seen[2] = 0
			}
			seen[0], seen[1] = int64(at.number), d
		}
		if seen[2] == 0 {
			return
		}
		step = seen[1]
	}
	for i := range p.c.Prefetch.Degree {
		next := place{at.number + uint64(step*int64(i+1)), at.process}
		if next.number/perPage != page.number {
			return
		}
		present := false
		for _, l := range c.l2.sets[next.number%c.l2.c.Sets()] {
			present = present || l != nil && l.place == next
		}
		if !present {
			p.read(c, p.l3, next, false)
			p.install(c, c.l2, next, false)
		}
	}
}

func (p *plain) reference(r trace.Reference) {
	c := p.cores[int(r.Thread)%p.c.Cores]
	p.now.core, p.now.thread, p.now.misses = c, r.Thread, nil
	tlb, l1, data := c.dtlb, c.l1d, true
	if r.Kind == trace.IFetch {
		tlb, l1, data = c.itlb, c.l1i, false
	}
	t := p.c.Timing
	missed := map[int]int{} // by number of levels that missed, lines
	worst, tlbMisses := 0, 0
	pageSize := uint64(p.c.DTLB.Line)
	pages := map[uint64]bool{}
	for offset := range max(uint64(r.Size), 1) { // byte by byte
		b := uint64(r.Addr) + offset
		if offset > 0 && b%64 != 0 {
			continue
		}
		if !pages[b/pageSize] {
			pages[b/pageSize] = true
			if at := (place{b / pageSize, r.Process}); tlb.find(at) == nil {
				tlb.put(at, false)
				tlbMisses++
			}
		}
		at := place{b / 64, r.Process}
		n := 0
		if r.Kind == trace.Store {
			p.others(c, at, func(o *plainCore) bool {
				_, _ = o.l1i.remove(at)
				_, d1 := o.l1d.remove(at)
				_, d2 := o.l2.remove(at)
				return d1 || d2
			})
			n = p.write(c, l1, at)
		} else {
			n = p.read(c, l1, at, false)
		}
		if n > 0 {
			p.prefetch(c, at)
		}
		missed[n]++
		worst = max(worst, n)
	}
	n := units.Cycles(r.Instructions)
	if t.Rule == frontend.Sum {
		c.time += n*t.Instruction + units.Cycles(tlbMisses)*(t.TLBMiss-t.TLBHit) + t.TLBHit
		if data {
			c.time += t.L1
		}
		c.time += units.Cycles(missed[1]+missed[2]+missed[3])*t.L2 + units.Cycles(missed[2]+missed[3])*t.L3
	} else {
		if !data && n > 0 {
			n--
		}
		longest := t.TLBHit
		if tlbMisses > 0 {
			longest = t.TLBMiss
		}
		c.time += n*t.Instruction + max(longest, []units.Cycles{t.L1, t.L2, t.L3, 0}[worst])
	}
	for _, m := range p.now.misses {
		m.Cycle = c.time
		c.misses = append(c.misses, m)
	}
}

// result returns all misses by stamp, then by core.
func (p *plain) result() (all []trace.Miss) {
	for _, c := range p.cores {
		all = append(all, c.misses...)
	}
	slices.SortStableFunc(all, func(a, b trace.Miss) int { return cmp.Compare(a.Cycle, b.Cycle) })
	return all
}
