package frontend

import (
	"errors"
	"fmt"
	"io"
	"math/bits"

	"github.com/dmemsys/dmemsys/dmem/cache"
	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/trace"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// ErrReference is a reference that no program makes; the error that wraps it tells which.
var ErrReference = errors.New("invalid reference")

// ErrTime is a program so long that its stamps would overflow.
var ErrTime = errors.New("stamps overflow")

const (
	batch = 4096 // references that are looked up between two looks at what can be delivered
	piece = 512  // of them that are read at once
)

// Filter turns references into the misses of the last-level cache. It is the
// [trace.Source] of what a node's memory sees.
type Filter struct {
	c         Config
	src       trace.RefSource
	refs      []trace.Reference
	done      int64 // references looked up
	err       error // what ended the source, or this filter
	cores     []*core
	l3        *cache.Array
	through   [inMemory]bool // by level: write-through
	around    [inMemory]bool // by level: a store that misses does not allocate
	common    bool           // all levels write back and allocate
	plain     bool           // so they do, without coherence or prefetches
	pageShift uint           // from the key of a line to that of its page
	data      costs
	code      costs
	asker     asker
	fills     [askers]uint64
	written   uint64 // lines written to memory
	merger    merger
	presence  *presence // of lines in the private caches; if these are coherent
}

// core is one core with what it has to itself.
type core struct {
	id         int
	live       bool // has had a reference
	thread     mem.ThreadID
	who        uint32 // thread and process that run: see whose
	space      uint64 // what the process adds to a key
	clock      units.Cycles
	itlb       *cache.Array
	dtlb, l1d  cache.Array // here, as every reference to data looks at them
	code, data path
	misses     *queue // of the merger
	detector   detector
	stats      CoreStats // but for the caches, loads and stores, which are put in by Stats
	moreLoads  uint64    // lookups of references beyond their first line
	moreStores uint64
}

// path is the caches a reference searches, in order.
type path [inMemory]*cache.Array

// New returns a filter of what src yields; it begins with empty caches. It returns the
// error of [Config.Validate].
func New(c Config, src trace.RefSource) (*Filter, error) {
	if err := c.Validate(); err != nil {
		return nil, fmt.Errorf("frontend: %w", err)
	}
	f := &Filter{
		c: c, src: src, refs: make([]trace.Reference, piece), cores: make([]*core, c.Cores),
		pageShift: uint(bits.TrailingZeros64(uint64(c.DTLB.Line / mem.LineSize))),
		merger:    newMerger(c.Cores),
	}
	f.data, f.code = c.Timing.tables()
	f.common = true
	for i, level := range [inMemory]cache.Config{c.L1D, c.L2, c.L3} {
		f.through[i] = level.Writing == cache.WriteThrough
		f.around[i] = level.StoreMiss == cache.NoAllocate
		f.common = f.common && !f.through[i] && !f.around[i]
	}
	f.plain = f.common && !c.Coherent && c.Prefetch.Kind == NoPrefetch
	if c.Coherent {
		f.presence = newPresence(uint64(c.Cores) * (c.L1I.Lines() + c.L1D.Lines() + c.L2.Lines()))
	}
	var err error
	array := func(c cache.Config, core int) *cache.Array {
		c.Seed += uint64(core) << 32
		a, e := cache.New(c)
		if e != nil {
			err = errors.Join(err, e)
			return new(cache.Array)
		}
		return a
	}
	f.l3 = array(c.L3, 0)
	for i := range f.cores {
		l2 := array(c.L2, i)
		own := &core{id: i, misses: &f.merger.queues[i], itlb: array(c.ITLB, i), dtlb: *array(c.DTLB, i), l1d: *array(c.L1D, i)}
		own.code, own.data = path{array(c.L1I, i), l2, f.l3}, path{&own.l1d, l2, f.l3}
		f.cores[i] = own
	}
	return f, err
}

// Config returns what the filter was made from.
func (f *Filter) Config() Config { return f.c }

// Clock returns what the stamps count.
func (f *Filter) Clock() units.Clock { return f.c.Clock }

// Stats returns a copy of the counters, of the references looked up so far.
func (f *Filter) Stats() Stats {
	s := Stats{
		Cores: make([]CoreStats, len(f.cores)), L3: f.l3.Stats(),
		LoadFills: f.fills[byLoad], StoreFills: f.fills[byStore], FetchFills: f.fills[byFetch], PrefetchFills: f.fills[byPrefetch],
		WriteBacks: f.written,
	}
	for i, c := range f.cores {
		t := c.stats
		t.ITLB, t.DTLB, t.L1I, t.L1D, t.L2 = c.itlb.Stats(), c.dtlb.Stats(), c.code[inL1].Stats(), c.data[inL1].Stats(), c.data[inL2].Stats()
		t.Loads, t.Stores = t.L1D.Loads()-c.moreLoads, t.L1D.Stores()-c.moreStores
		t.Cycles = c.clock
		s.Cores[i] = t
	}
	return s
}

// Next implements [trace.Source]. It returns the source's error, or one that wraps
// [ErrReference] or [ErrTime], after the misses of what preceded it.
func (f *Filter) Next(buf []trace.Miss) (int, error) {
	if len(buf) == 0 && f.err == nil {
		return 0, io.ErrShortBuffer
	}
	for {
		limit := units.NeverCycles
		if f.err == nil {
			limit = f.earliest()
		}
		if n := f.merger.release(buf, limit, f.c.Reorder); n > 0 {
			return n, nil
		}
		if f.err != nil {
			if f.merger.held > 0 {
				return 0, io.ErrShortBuffer
			}
			return 0, f.err
		}
		f.fill()
	}
}

// earliest returns a stamp before which no core can make a miss any more.
func (f *Filter) earliest() units.Cycles {
	first := units.NeverCycles
	for _, c := range f.cores {
		if c.live {
			first = min(first, c.clock)
		}
	}
	return first
}

// fill looks a batch of references up, a piece at a time, which stays in the host's cache.
// Batches are always full, but for the last, so that what is made of them does not depend on
// the source's.
func (f *Filter) fill() {
	for left := batch; left > 0 && f.err == nil; {
		n, end := f.src.Next(f.refs[:min(left, piece)])
		f.err = end
		if err := f.run(f.refs[:n]); err != nil {
			f.err = err
		}
		left -= n
		f.done += int64(n)
	}
	for _, c := range f.cores {
		if c.clock > trace.MaxStamp/2 && (f.err == nil || f.err == io.EOF) {
			f.err = fmt.Errorf("frontend: core %d at cycle %d: %w", c.id, c.clock, ErrTime)
		}
	}
}

// enter returns the core of a reference's thread, set forward to what was delivered already.
func (f *Filter) enter(r *trace.Reference) *core {
	c := f.cores[uint32(r.Thread)%uint32(len(f.cores))]
	c.thread, c.who, c.space = r.Thread, whose(r), uint64(r.Process)<<lineBits
	if behind := f.merger.released - c.clock; behind > 0 {
		if c.live {
			c.stats.Waits++
			c.stats.Waited += behind
		}
		c.clock += behind
	}
	c.live = true
	return c
}
