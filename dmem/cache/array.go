package cache

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"math/rand/v2"
	"slices"
)

// Key is the number of a line, 0 to [MaxKey].
type Key uint64

// MaxKey is the largest key an array can hold.
const MaxKey Key = 1<<63 - 2

// A word is a way's content: the key times two, plus one if the line is dirty. So a way
// holds a key if the two differ in the lowest bit at most.
const emptyWord = ^uint64(0)

// full is the bit of a turn that says that no way of the set is empty.
const full = 1 << 15

// An array of at most maxRemembered lines remembers up to quickSize of them for
// [Array.Quick]; larger ones, which stand behind others, would only fill the host's cache.
const (
	quickSize     = 512
	maxRemembered = 4 * quickSize
)

// Array is a set-associative array of lines. It is not safe for concurrent use.
type Array struct {
	words    []uint64   // set by set; then some that are always empty, as find looks beyond the last way
	marks    [][8]uint8 // of eight ways, set by set, a byte for each: a hash of the key, to find candidates by
	turns    []uint16   // of a set: the way that leaves next, plus full if no way is known to be empty; round robin only
	pastTurn uint16     // after the last way's turn, of a full set
	used     []uint64   // of a way: when it was hit or filled last, 0 if it is empty; LRU only
	latest   []Key      // of a set: the line that was hit or filled last; LRU only
	setMask  uint64
	ways     int
	groups   int       // of marks in a set
	empty    int       // empty ways in all sets
	stored   uint64    // what a store does to a word: 1 in a write-back cache
	hits     [4]uint64 // by Op
	misses   [4]uint64
	stats    Stats // but for hits, misses and evictions
	tick     uint64
	rng      *rand.Rand
	c        Config

	// Words of lines that are resident, a copy, by the lower bits of the key. A
	// load of one of them, or a store if it is dirty, changes nothing: under LRU only lines
	// that were used last in their set are here.
	remember  bool
	observant bool // remembers, or is LRU
	quick     [quickSize]uint64
}

// New returns an empty array. It returns the error of [Config.Validate].
func New(c Config) (*Array, error) {
	if err := c.Validate(); err != nil {
		return nil, fmt.Errorf("cache: %w", err)
	}
	lines := int(c.Lines())
	groups := (c.Ways + 7) / 8
	a := &Array{words: make([]uint64, lines+8), marks: make([][8]uint8, int(c.Sets())*groups), groups: groups, setMask: c.Sets() - 1, ways: c.Ways, empty: lines, c: c}
	for i := range a.words {
		a.words[i] = emptyWord
	}
	for i := range a.quick {
		a.quick[i] = emptyWord
	}
	a.remember = lines <= maxRemembered
	a.observant = a.remember || c.Replacement == LRU
	if c.Writing == WriteBack {
		a.stored = 1
	}
	switch c.Replacement {
	case RoundRobin:
		a.turns, a.pastTurn = make([]uint16, c.Sets()), uint16(c.Ways)|full
	case LRU:
		a.used = make([]uint64, lines)
		a.latest = slices.Repeat([]Key{Key(emptyWord >> 1)}, int(c.Sets()))
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
	s.LoadHits, s.StoreHits = a.hits[Load], a.hits[Store]+a.hits[Own]
	s.LoadMisses, s.StoreMisses = a.misses[Load], a.misses[Store]+a.misses[Own]
	s.Evictions = s.Fills - s.Drops - uint64(a.Resident())
	return s
}

// Resident returns how many lines the array holds.
func (a *Array) Resident() int { return int(a.c.Lines()) - a.empty }

// markOf returns the mark of a key.
func markOf(key Key) uint8 { return uint8(uint64(key) * 0x9e3779b97f4a7c15 >> 56) }

// find returns the way that holds key, in words, or -1. It compares eight marks at a time,
// and then the ways whose marks agree: a miss reads the marks only, as a rule. What a mark
// says beyond the last way of a set, or above one that agrees, may be wrong, and does no
// harm: no other set can hold the key.
func (a *Array) find(key Key) int {
	set, mark := int(uint64(key)&a.setMask), markOf(key)
	first := set * a.groups
	for group := range a.groups {
		for zeros := alike(&a.marks[first+group], mark); zeros != 0; zeros &= zeros - 1 {
			slot := set*a.ways + group*8 + bits.TrailingZeros64(zeros)/8
			if a.words[slot]^uint64(key)<<1 <= 1 {
				return slot
			}
		}
	}
	return -1
}

// alike returns a word in which the top bits of those of eight bytes are set that agree
// with a mark.
func alike(marks *[8]uint8, mark uint8) uint64 {
	const low, high = 0x0101010101010101, 0x8080808080808080
	differ := binary.LittleEndian.Uint64(marks[:]) ^ uint64(mark)*low
	return (differ - low) &^ differ & high
}

// touch notes that the way at slot, which holds key, was hit or filled.
func (a *Array) touch(slot int, key Key) {
	if a.used != nil {
		a.tick++
		a.used[slot] = a.tick
		if before := &a.latest[uint64(key)&a.setMask]; a.remember && *before != key {
			a.forget(*before, emptyWord)
			*before = key
		}
	}
	if a.remember {
		a.quick[key%quickSize] = a.words[slot]
	}
}

// forget notes that a line is not what it was: its word is another now.
func (a *Array) forget(key Key, word uint64) {
	if q := &a.quick[key%quickSize]; Key(*q>>1) == key {
		*q = word
	}
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
	word := uint64(key) << 1
	if dirty {
		word |= 1
	}
	return a.fill(int(uint64(key)&a.setMask), markOf(key), word)
}

// fill puts a word into a set and returns the line it displaced.
func (a *Array) fill(set int, mark uint8, word uint64) Victim {
	var way int
	if turns := a.turns; uint(set) < uint(len(turns)) && turns[set] >= full { // round robin of a full set
		turn := turns[set]
		way = int(turn - full)
		if turn++; turn == a.pastTurn {
			turn = full
		}
		turns[set] = turn
	} else {
		way = a.room(set)
	}
	slot := set*a.ways + way
	words := a.words
	old := words[slot]
	words[slot] = word
	a.marks[set*a.groups+way>>3][way&7] = mark
	a.stats.Fills++
	if a.observant {
		if a.remember {
			a.forget(Key(old>>1), emptyWord)
		}
		a.touch(slot, Key(word>>1))
	}
	if old == emptyWord {
		a.empty--
		return Victim{}
	}
	a.stats.WriteBacks += old & 1
	return Victim{Key: Key(old >> 1), Valid: true, Dirty: old&1 != 0}
}

// room returns the way of a set that a line takes if it is not just its turn: the first
// empty one, or the victim's.
func (a *Array) room(set int) int {
	base := set * a.ways
	if a.used != nil {
		oldest, least := 0, a.used[base]
		for way, used := range a.used[base : base+a.ways] {
			if used < least { // of an empty way it is 0
				oldest, least = way, used
			}
		}
		return oldest
	}
	if a.empty > 0 {
		if way := a.vacant(base); way >= 0 {
			return way
		}
	}
	if a.turns == nil {
		return a.rng.IntN(a.ways)
	}
	way := a.turns[set]
	a.turns[set] = (way+1)%uint16(a.ways) | full
	return int(way)
}

// vacant returns the first empty way of the set that starts at base, or -1.
func (a *Array) vacant(base int) int {
	return slices.Index(a.words[base:base+a.ways], emptyWord)
}

// Clean makes a dirty line clean, as when its data go to another cache, and reports
// whether it was dirty.
func (a *Array) Clean(key Key) (wasDirty bool) {
	slot := a.find(key)
	if slot < 0 || a.words[slot]&1 == 0 {
		return false
	}
	a.words[slot] &^= 1
	a.forget(key, a.words[slot])
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
	a.forget(key, emptyWord)
	switch {
	case a.turns != nil:
		a.turns[uint64(key)&a.setMask] &^= full
	case a.used != nil:
		a.used[slot] = 0
	}
	a.empty++
	a.stats.Drops++
	if dirty {
		a.stats.WriteBacks++
	}
	return true, dirty
}
