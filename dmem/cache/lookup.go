package cache

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
	return a.quick[key&a.quickMask%quickSize]^(uint64(key)<<1|1) <= uint64(op^Store)
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
		a.misses[op]++
		return false
	}
	a.hits[op]++
	if op == Store {
		a.words[slot] |= a.stored
	}
	a.touch(slot, key)
	return true
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
	a.touch(slot, key)
	return true
}

// Access is a load or store of a cache that stands alone: a lookup and, if it misses, a
// fill according to the Config. It reports whether it hit and which line was displaced.
// Of a write-through cache, each store goes on to the level below as well; with
// [NoAllocate], each store that misses does.
func (a *Array) Access(key Key, store bool) (hit bool, v Victim) {
	op := Load
	if store {
		op = Store
	}
	if a.Lookup(key, op) {
		return true, Victim{}
	}
	if store && a.c.StoreMiss == NoAllocate {
		return false, Victim{}
	}
	return false, a.Insert(key, store && a.c.Writing == WriteBack)
}
