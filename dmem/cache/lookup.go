package cache

import "math/bits"

// Op is what a lookup is for.
type Op uint8

// The lookups.
const (
	Load  Op = iota // to read
	Store           // to write: in a write-back cache a hit makes the line dirty
	Own             // to read on behalf of a store that writes in a cache above; counts as a store
	numOps
)

// Quick reports whether a line is among those that are remembered, if that says that there
// is nothing to change: for a load if the line is there, for a store only if it is dirty
// already. False says nothing: [Array.Lookup] tells. The hit is not counted: see
// [Array.Count]. Quick knows [Load] and [Store] and does not branch between them.
func (a *Array) Quick(key Key, op Op) bool {
	return a.quick[key%quickSize]^(uint64(key)<<1|1)+uint64(op) <= 1 // no sum overflows: either word is odd, or empty, or they agree in the bits of the index
}

// Count counts hits that [Array.Quick] told of.
func (a *Array) Count(loads, stores uint64) {
	a.hits[Load] += loads
	a.hits[Store] += stores
}

// Lookup counts a load or store and reports whether the line is resident. A miss brings
// nothing in.
func (a *Array) Lookup(key Key, op Op) bool {
	slot := a.find(key)
	if slot < 0 {
		a.misses[op&3]++
		return false
	}
	a.hit(slot, key, op)
	return true
}

// hit counts a load or store of a line that is at slot.
func (a *Array) hit(slot int, key Key, op Op) {
	a.hits[op&3]++
	if op == Store {
		a.words[slot] |= a.stored
	}
	if a.observant {
		a.touch(slot, key)
	}
}

// WriteBack receives a dirty line from the level above and reports whether it was
// resident, in which case it is dirty in a write-back cache now, as by a store's hit. A
// miss brings nothing in.
func (a *Array) WriteBack(key Key) bool {
	a.stats.Received++
	slot := a.find(key)
	if slot < 0 {
		return false
	}
	a.words[slot] |= a.stored
	if a.observant {
		a.touch(slot, key)
	}
	return true
}

// Access is a lookup and, if it misses, a fill according to the Config. It reports whether
// it hit and which line was displaced: a load or store of a cache that stands alone, or of
// one in a stack in which each level that misses takes the line. Of a write-through cache,
// each store goes on to the level below as well; with [NoAllocate], each store that misses
// does.
func (a *Array) Access(key Key, op Op) (hit bool, v Victim) {
	set, mark, word := int(uint64(key)&a.setMask), markOf(key), uint64(key)<<1
	first := set * a.groups
	for group := range a.groups { // as find
		for zeros := alike(&a.marks[first+group], mark); zeros != 0; zeros &= zeros - 1 {
			slot := set*a.ways + group*8 + bits.TrailingZeros64(zeros)/8
			if a.words[slot]^word <= 1 {
				a.hit(slot, key, op)
				return true, Victim{}
			}
		}
	}
	a.misses[op&3]++
	if op != Load && a.c.StoreMiss == NoAllocate {
		return false, Victim{}
	}
	return false, a.fill(set, mark, word|uint64(op)&a.stored)
}
