package dmem

import (
	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/trace"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// Access is an access that has been completed. A probe gets a pointer to it that is valid
// during the call.
type Access struct {
	Node    mem.NodeID
	Pool    mem.PoolID // of a remote access
	Thread  mem.ThreadID
	Process mem.ProcessID
	Kind    trace.Kind
	Remote  bool
	Write   bool // what the memory did, whatever the kind
	Addr    mem.VAddr
	Issue   units.Time
	Done    units.Time
	Stages  mem.Breakdown // sums to Done - Issue
}

// flight is an access on its way, a slot of its node's table, two cache lines long. Its
// node writes to it, and the pool once: it notes the stages at the pool when it responds.
type flight struct {
	at     units.Time // when it came to where it is now, as far as that is at the node
	paddr  mem.PAddr  // in the memory that serves it
	thread int32      // the closed loop's thread, an index
	Access
}

// parcel is a remote access on its way to the RMAC.
type parcel struct {
	at     units.Time // when it goes
	note   uint64     // to the pool
	flight uint32
	pool   mem.PoolID
}

// flights is a table of slots that grows to the largest number in use at once.
type flights struct {
	slots []flight
	free  []uint32
	live  int
}

func (f *flights) alloc() uint32 {
	f.live++
	if n := len(f.free); n > 0 {
		i := f.free[n-1]
		f.free = f.free[:n-1]
		return i
	}
	f.slots = append(f.slots, flight{})
	return uint32(len(f.slots) - 1)
}

func (f *flights) release(i uint32) {
	f.live--
	f.free = append(f.free, i)
}

// ring is a queue that grows to its largest length.
type ring[T any] struct {
	items   []T // a power of two long
	head, n int
}

func (r *ring[T]) push(v T) {
	if r.n == len(r.items) {
		grown := make([]T, max(16, 2*len(r.items)))
		for i := range r.n {
			grown[i] = r.items[(r.head+i)&(len(r.items)-1)]
		}
		r.items, r.head = grown, 0
	}
	r.items[(r.head+r.n)&(len(r.items)-1)] = v
	r.n++
}

// first returns the oldest item; the ring must not be empty.
func (r *ring[T]) first() *T { return &r.items[r.head] }

func (r *ring[T]) pop() T {
	v := r.items[r.head]
	r.head = (r.head + 1) & (len(r.items) - 1)
	r.n--
	if r.n == 0 {
		r.head = 0
	}
	return v
}
