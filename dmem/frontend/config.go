package frontend

import (
	"errors"
	"fmt"

	"github.com/dmemsys/dmemsys/dmem/cache"
	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// Limits of a Config.
const (
	maxCores   = 1 << 10
	maxReorder = 1 << 24
	maxDegree  = 64
)

// Config describes the cores and caches of a node. The zero value is invalid; start from
// [TableII].
type Config struct {
	Cores    int          `toml:"cores" json:"cores" comment:"a thread runs on core thread modulo cores"`
	Clock    units.Clock  `toml:"clock" json:"clock" comment:"of the stamps"`
	ITLB     cache.Config `toml:"itlb" json:"itlb"`
	DTLB     cache.Config `toml:"dtlb" json:"dtlb"`
	L1I      cache.Config `toml:"l1i" json:"l1i"`
	L1D      cache.Config `toml:"l1d" json:"l1d"`
	L2       cache.Config `toml:"l2" json:"l2" comment:"of each core"`
	L3       cache.Config `toml:"l3" json:"l3" comment:"of all cores"`
	Timing   Timing       `toml:"timing" json:"timing" comment:"what a reference costs"`
	Coherent bool         `toml:"coherent" json:"coherent" comment:"a store invalidates the line in the other cores"`
	Prefetch Prefetch     `toml:"prefetch" json:"prefetch" comment:"into L2"`
	Reorder  int          `toml:"reorder" json:"reorder" comment:"misses held back at most, to sort the cores' by stamp"`
}

// TableII returns the paper's node.
func TableII() Config {
	return Config{
		Cores:    8,                          // Table II
		Clock:    units.MustClock(1.2e9),     // Table II
		ITLB:     tlb(128, 8),                // Table II
		DTLB:     tlb(64, 4),                 // Table II
		L1I:      level(32*units.KiB, 8, 2),  // Table II; the seed is of random replacement only
		L1D:      level(32*units.KiB, 8, 3),  // Table II
		L2:       level(256*units.KiB, 4, 4), // Table II; private and unified as in DRackSim, Mem_Trace.cpp:223
		L3:       level(16*units.MiB, 16, 5), // Table II; shared as in DRackSim, Mem_Trace.cpp:250
		Timing:   ComputeTime(),
		Prefetch: Prefetch{Degree: 1},
		Reorder:  1 << 14, // a choice of ours: some 40 rounds of 8 threads, 1000 references each, at 5 % misses
	}
}

func level(size units.Bytes, ways int, seed uint64) cache.Config {
	return cache.Config{
		Size: size, Line: mem.LineSize, Ways: ways, // Table II
		Replacement: cache.RoundRobin, Writing: cache.WriteBack, StoreMiss: cache.Allocate, // Table II
		Seed: seed,
	}
}

func tlb(entries, ways int) cache.Config { return cache.TLB(entries, ways, 4*units.KiB) }

// Validate returns all faults, each a [*units.FieldError], joined; nil if there are none.
func (c Config) Validate() error {
	var faults []error
	check := func(ok bool, path string, got any, want string) {
		if !ok {
			faults = append(faults, &units.FieldError{Path: path, Got: got, Want: want})
		}
	}
	check(c.Cores >= 1 && c.Cores <= maxCores, "cores", c.Cores, fmt.Sprintf("1 to %d", maxCores))
	check(c.Clock.Valid(), "clock", c.Clock, "1Hz to 1000GHz")
	for _, a := range []struct {
		name string
		c    cache.Config
	}{{"itlb", c.ITLB}, {"dtlb", c.DTLB}, {"l1i", c.L1I}, {"l1d", c.L1D}, {"l2", c.L2}, {"l3", c.L3}} {
		faults = append(faults, within(a.name, a.c.Validate()))
		if a.name[0] == 'l' {
			check(a.c.Line == mem.LineSize, a.name+".line", a.c.Line, fmt.Sprint(mem.LineSize))
		}
	}
	check(c.DTLB.Line >= mem.LineSize, "dtlb.line", c.DTLB.Line, fmt.Sprintf("%v or more", mem.LineSize))
	check(c.ITLB.Line == c.DTLB.Line, "itlb.line", c.ITLB.Line, fmt.Sprintf("the page size of the DTLB, %v", c.DTLB.Line))
	t := c.Timing
	check(t.Rule < numRules, "timing.rule", t.Rule, "sum or longest")
	for _, cost := range []struct {
		name string
		v    units.Cycles
	}{{"instruction", t.Instruction}, {"tlb_hit", t.TLBHit}, {"tlb_miss", t.TLBMiss}, {"l1", t.L1}, {"l2", t.L2}, {"l3", t.L3}} {
		check(cost.v >= 0 && cost.v <= maxCost, "timing."+cost.name, cost.v, fmt.Sprintf("0 to %d", maxCost))
	}
	check(t.TLBMiss >= t.TLBHit, "timing.tlb_miss", t.TLBMiss, fmt.Sprintf("tlb_hit, %d, or more", t.TLBHit))
	check(c.Prefetch.Kind < numPrefetchers, "prefetch.kind", c.Prefetch.Kind, "none, next-line or stride")
	check(c.Prefetch.Degree >= 1 && c.Prefetch.Degree <= maxDegree, "prefetch.degree", c.Prefetch.Degree, fmt.Sprintf("1 to %d", maxDegree))
	check(c.Reorder >= 1 && c.Reorder <= maxReorder, "reorder", c.Reorder, fmt.Sprintf("1 to %d", maxReorder))
	return errors.Join(faults...)
}

// within puts a part's name before the fields that err, joined faults, complains of.
func within(part string, err error) error {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return err
	}
	var faults []error
	for _, fault := range joined.Unwrap() {
		var field *units.FieldError
		if errors.As(fault, &field) {
			fault = &units.FieldError{Path: part + "." + field.Path, Got: field.Got, Want: field.Want}
		}
		faults = append(faults, fault)
	}
	return errors.Join(faults...)
}
