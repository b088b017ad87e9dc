package frontend

import (
	"math"

	"github.com/dmemsys/dmemsys/dmem/cache"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// CoreStats counts what one core did. The zero value is that of one that did nothing.
type CoreStats struct {
	Instructions uint64
	Loads        uint64 // references, however many lines each touched
	Stores       uint64
	Fetches      uint64 // of instructions, as far as they were references

	ITLB, DTLB, L1I, L1D, L2 cache.Stats // lookups: one a line or page, so at L1 at least as many as references

	Prefetches    uint64 // lines that the prefetcher brought into L2
	Invalidations uint64 // lines lost to the stores of other cores, over L1I, L1D and L2

	Cycles units.Cycles // the core's clock
	Waits  uint64       // times the core was behind what had been delivered, and was set forward
	Waited units.Cycles // by how much in all; part of Cycles
}

// DataReferences returns the number of loads and stores.
func (s CoreStats) DataReferences() uint64 { return s.Loads + s.Stores }

// Add returns the counts of both; Cycles is the later clock.
func (s CoreStats) Add(o CoreStats) CoreStats {
	return CoreStats{
		Instructions: s.Instructions + o.Instructions, Loads: s.Loads + o.Loads, Stores: s.Stores + o.Stores, Fetches: s.Fetches + o.Fetches,
		ITLB: s.ITLB.Add(o.ITLB), DTLB: s.DTLB.Add(o.DTLB), L1I: s.L1I.Add(o.L1I), L1D: s.L1D.Add(o.L1D), L2: s.L2.Add(o.L2),
		Prefetches: s.Prefetches + o.Prefetches, Invalidations: s.Invalidations + o.Invalidations,
		Cycles: max(s.Cycles, o.Cycles), Waits: s.Waits + o.Waits, Waited: s.Waited + o.Waited,
	}
}

// Sub returns what was counted since before, an earlier copy; Cycles is the time between.
func (s CoreStats) Sub(before CoreStats) CoreStats {
	return CoreStats{
		Instructions: s.Instructions - before.Instructions, Loads: s.Loads - before.Loads, Stores: s.Stores - before.Stores, Fetches: s.Fetches - before.Fetches,
		ITLB: s.ITLB.Sub(before.ITLB), DTLB: s.DTLB.Sub(before.DTLB), L1I: s.L1I.Sub(before.L1I), L1D: s.L1D.Sub(before.L1D), L2: s.L2.Sub(before.L2),
		Prefetches: s.Prefetches - before.Prefetches, Invalidations: s.Invalidations - before.Invalidations,
		Cycles: s.Cycles - before.Cycles, Waits: s.Waits - before.Waits, Waited: s.Waited - before.Waited,
	}
}

// Stats counts what happened in a node. What was made of the references looked up so far
// is in it, also misses that are still held back.
type Stats struct {
	Cores []CoreStats // by core
	L3    cache.Stats // with prefetches, as loads

	// What L3 asked of memory; each is a trace.Miss.
	LoadFills     uint64 // lines for loads
	StoreFills    uint64 // lines for stores
	FetchFills    uint64 // lines for instruction fetches; load fills in the trace
	PrefetchFills uint64 // lines for the prefetcher; load fills in the trace
	WriteBacks    uint64 // lines written, by eviction or through
}

// Total returns the sum over the cores.
func (s Stats) Total() (sum CoreStats) {
	for _, c := range s.Cores {
		sum = sum.Add(c)
	}
	return sum
}

// DataFills returns the number of lines filled into the last level for loads and stores.
func (s Stats) DataFills() uint64 { return s.LoadFills + s.StoreFills }

// Fills returns the number of all lines filled into the last level from memory.
func (s Stats) Fills() uint64 { return s.DataFills() + s.FetchFills + s.PrefetchFills }

// Misses returns the number of records of the trace: fills and write-backs.
func (s Stats) Misses() uint64 { return s.Fills() + s.WriteBacks }

// MissRate returns data fills over data references, 0 to 1 (a reference over two lines can
// lift it above); NaN without references [Paper Table I].
func (s Stats) MissRate() float64 {
	t := s.Total()
	if t.DataReferences() == 0 {
		return math.NaN()
	}
	return float64(s.DataFills()) / float64(t.DataReferences())
}

// Sub returns what was counted since before, an earlier copy of the same node.
func (s Stats) Sub(before Stats) Stats {
	d := Stats{
		Cores: make([]CoreStats, len(s.Cores)), L3: s.L3.Sub(before.L3),
		LoadFills: s.LoadFills - before.LoadFills, StoreFills: s.StoreFills - before.StoreFills,
		FetchFills: s.FetchFills - before.FetchFills, PrefetchFills: s.PrefetchFills - before.PrefetchFills,
		WriteBacks: s.WriteBacks - before.WriteBacks,
	}
	for i, c := range s.Cores {
		if i < len(before.Cores) {
			c = c.Sub(before.Cores[i])
		}
		d.Cores[i] = c
	}
	return d
}
