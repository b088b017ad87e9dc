package cache

import "math"

// Stats counts what happened at an array. The zero value is that of a new one.
type Stats struct {
	LoadHits    uint64
	LoadMisses  uint64
	StoreHits   uint64 // with the loads a cache above makes on behalf of a store
	StoreMisses uint64
	Fills       uint64 // lines inserted
	Evictions   uint64 // lines displaced by a fill
	Drops       uint64 // lines invalidated from outside
	WriteBacks  uint64 // dirty lines that left or were cleaned; each goes to the level below
	Received    uint64 // write-backs that arrived from the level above; no lookups
}

// Loads returns the number of loads looked up.
func (s Stats) Loads() uint64 { return s.LoadHits + s.LoadMisses }

// Stores returns the number of stores looked up.
func (s Stats) Stores() uint64 { return s.StoreHits + s.StoreMisses }

// Hits returns the number of lookups that found their line.
func (s Stats) Hits() uint64 { return s.LoadHits + s.StoreHits }

// Misses returns the number of lookups that did not.
func (s Stats) Misses() uint64 { return s.LoadMisses + s.StoreMisses }

// Lookups returns the number of loads and stores.
func (s Stats) Lookups() uint64 { return s.Hits() + s.Misses() }

// HitRate returns the share of lookups that hit, 0 to 1; NaN without lookups.
func (s Stats) HitRate() float64 { return ratio(s.Hits(), s.Lookups()) }

// MissRate returns the share of lookups that missed, 0 to 1; NaN without lookups.
func (s Stats) MissRate() float64 { return ratio(s.Misses(), s.Lookups()) }

// Add returns the counts of both.
func (s Stats) Add(o Stats) Stats {
	return Stats{
		s.LoadHits + o.LoadHits, s.LoadMisses + o.LoadMisses, s.StoreHits + o.StoreHits, s.StoreMisses + o.StoreMisses,
		s.Fills + o.Fills, s.Evictions + o.Evictions, s.Drops + o.Drops, s.WriteBacks + o.WriteBacks, s.Received + o.Received,
	}
}

// Sub returns what was counted since before, an earlier copy.
func (s Stats) Sub(before Stats) Stats {
	return Stats{
		s.LoadHits - before.LoadHits, s.LoadMisses - before.LoadMisses, s.StoreHits - before.StoreHits, s.StoreMisses - before.StoreMisses,
		s.Fills - before.Fills, s.Evictions - before.Evictions, s.Drops - before.Drops, s.WriteBacks - before.WriteBacks, s.Received - before.Received,
	}
}

func ratio(part, whole uint64) float64 {
	if whole == 0 {
		return math.NaN()
	}
	return float64(part) / float64(whole)
}
