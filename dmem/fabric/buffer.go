package fabric

import "github.com/dmemsys/dmemsys/dmem/units"

// Buffer accounts for the room in a finite buffer as its user sees it: room is taken at
// once and comes back at a time that is known beforehand (a credit on its way). Returns come
// in order of time.
type Buffer struct {
	free     units.Bytes
	capacity units.Bytes
	returns  []credit // ring, a power of two long; short, for there is a buffer for each pair of node and pool
	head, n  int
}

type credit struct {
	at   units.Time
	size units.Bytes
}

func newBuffer(capacity units.Bytes) Buffer {
	return Buffer{free: capacity, capacity: capacity, returns: make([]credit, 2)}
}

// Take takes room at time now; false when there is not enough.
func (b *Buffer) Take(now units.Time, size units.Bytes) bool {
	for b.n > 0 && b.returns[b.head].at <= now {
		b.free += b.returns[b.head].size
		b.head = (b.head + 1) & (len(b.returns) - 1)
		b.n--
	}
	if b.n == 0 {
		b.head = 0 // stay in the warm part of the ring
	}
	if b.free < size {
		return false
	}
	b.free -= size
	return true
}

// holds reports whether size is free at time now as far as is known.
func (b *Buffer) holds(now units.Time, size units.Bytes) bool {
	return b.free >= size || b.Room(now, size) == now
}

// Return gives room back at a time not before that of the last return.
func (b *Buffer) Return(at units.Time, size units.Bytes) {
	if b.n == len(b.returns) {
		grown := make([]credit, 2*len(b.returns))
		for i := range b.n {
			grown[i] = b.returns[(b.head+i)&(len(b.returns)-1)]
		}
		b.returns, b.head = grown, 0
	}
	b.returns[(b.head+b.n)&(len(b.returns)-1)] = credit{at, size}
	b.n++
}

// Room returns the earliest time at which size is free as far as is known now, at least
// now; [units.Never] when the returns known do not suffice.
func (b *Buffer) Room(now units.Time, size units.Bytes) units.Time {
	free := b.free
	for i := 0; free < size; i++ {
		if i == b.n {
			return units.Never
		}
		c := b.returns[(b.head+i)&(len(b.returns)-1)]
		free += c.size
		now = max(now, c.at)
	}
	return now
}

// Used returns the room taken and not yet on its way back.
func (b *Buffer) Used() units.Bytes {
	used := b.capacity - b.free
	for i := range b.n {
		used -= b.returns[(b.head+i)&(len(b.returns)-1)].size
	}
	return used
}
