package cache

import (
	"fmt"
	"math/rand/v2"
)

// Key is the number of a line, 0 to [MaxKey].
type Key uint64

// MaxKey is the largest key an array can hold.
const MaxKey Key = 1<<63 - 2

// A word is a way's content: the key times two, plus one if the line is dirty. So a way
// holds a key if the two differ in the lowest bit at most.
const emptyWord = ^uint64(0)

// memoSize is the number of lines whose ways are remembered.
const memoSize = 512

// Array is a set-associative array of lines. It is not safe for concurrent use.
type Array struct {
	words   []uint64 // set by set; then one word that is always empty, to which an unused memo points
	memo    [memoSize]uint32
	setMask uint64
	ways    int
	empty   int      // empty ways in all sets
	turns   []uint16 // of a set: the way that leaves next; round robin only
	used    []uint64 // of a way: when it was hit or filled last; LRU only
	tick    uint64
	rng     *rand.Rand
	c       Config
	hits    [2]uint64 // of loads and of stores
	stats   Stats     // but for the hits
}

// New returns an empty array. It returns the error of [Config.Validate].
func New(c Config) (*Array, error) {
	if err := c.Validate(); err != nil {
		return nil, fmt.Errorf("cache: %w", err)
	}
	lines := int(c.Lines())
	a := &Array{words: make([]uint64, lines+1), setMask: c.Sets() - 1, ways: c.Ways, empty: lines, c: c}
	for i := range a.words {
		a.words[i] = emptyWord
	}
	for i := range a.memo {
		a.memo[i] = uint32(lines)
	}
	switch c.Replacement {
	case RoundRobin:
		a.turns = make([]uint16, c.Sets())
	case LRU:
		a.used = make([]uint64, lines)
	case Random:
		a.rng = rand.New(rand.NewPCG(c.Seed, 0x6361636865))
	}
	return a, nil
}

// Config returns what the array was made from.
func (a *Array) Config() Config { return a.c }

// Stats returns a copy of the counters.
func (a *Array) Stats() Stats {
	s := a.stats
	s.LoadHits, s.StoreHits = a.hits[Load], a.hits[Store]
	return s
}

// Resident returns how many lines the array holds.
func (a *Array) Resident() int { return len(a.words) - 1 - a.empty }

// find returns the way that holds key, in words, or -1.
func (a *Array) find(key Key) int {
	base := int(uint64(key)&a.setMask) * a.ways
	want := uint64(key) << 1
	for i, w := range a.words[base : base+a.ways] {
		if w^want <= 1 {
			return base + i
		}
	}
	return -1
}

// touch notes that the way at slot, which holds key, was hit or filled.
func (a *Array) touch(slot int, key Key) {
	if a.used != nil {
		a.tick++
		a.used[slot] = a.tick
		return
	}
	a.memo[key%memoSize] = uint32(slot)
}

// Contains reports whether a line is resident, and whether it is dirty. It counts nothing
// and changes nothing.
func (a *Array) Contains(key Key) (resident, dirty bool) {
	slot := a.find(key)
	return slot >= 0, slot >= 0 && a.words[slot]&1 != 0
}

// Victim is the line that a fill displaced.
type Victim struct {
	Key   Key
	Valid bool // there was one; else Key and Dirty mean nothing
	Dirty bool
}

// Insert brings a line in that is not resident and returns the line it displaced.
func (a *Array) Insert(key Key, dirty bool) Victim {
	slot := a.room(key)
	old := a.words[slot]
	a.words[slot] = uint64(key) << 1
	if dirty {
		a.words[slot] |= 1
	}
	a.stats.Fills++
	a.touch(slot, key)
	if old == emptyWord {
		a.empty--
		return Victim{}
	}
	a.stats.Evictions++
	if old&1 != 0 {
		a.stats.WriteBacks++
	}
	return Victim{Key: Key(old >> 1), Valid: true, Dirty: old&1 != 0}
}

// room returns the way in words that a line takes: an empty one, or the victim's.
func (a *Array) room(key Key) int {
	set := int(uint64(key) & a.setMask)
	base := set * a.ways
	if a.empty > 0 {
		for i, w := range a.words[base : base+a.ways] {
			if w == emptyWord {
				return base + i
			}
		}
	}
	switch {
	case a.turns != nil:
		way := a.turns[set]
		if a.turns[set]++; int(a.turns[set]) == a.ways {
			a.turns[set] = 0
		}
		return base + int(way)
	case a.used != nil:
		oldest := base
		for i := base + 1; i < base+a.ways; i++ {
			if a.used[i] < a.used[oldest] {
				oldest = i
			}
		}
		return oldest
	default:
		return base + a.rng.IntN(a.ways)
	}
}

// Clean makes a dirty line clean, as when its data go to another cache, and reports
// whether it was dirty.
func (a *Array) Clean(key Key) (wasDirty bool) {
	slot := a.find(key)
	if slot < 0 || a.words[slot]&1 == 0 {
		return false
	}
	a.words[slot] &^= 1
	a.stats.WriteBacks++
	return true
}

// Drop invalidates a line and reports whether it was resident, and dirty.
func (a *Array) Drop(key Key) (resident, dirty bool) {
	slot := a.find(key)
	if slot < 0 {
		return false, false
	}
	dirty = a.words[slot]&1 != 0
	a.words[slot] = emptyWord
	a.empty++
	a.stats.Drops++
	if dirty {
		a.stats.WriteBacks++
	}
	return true, dirty
}
