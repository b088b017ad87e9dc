package pool

import (
	"math/rand/v2"

	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// ID is the number of a pool, from zero.
type ID = mem.PoolID

// Selector chooses the pool of each chunk. It is called once per grant anywhere in the
// rack, in the order of the grants, and may keep state between calls.
type Selector interface {
	// Select returns the pool to take the chunk from, below len(v.Pools). The slices in
	// r and v are valid during the call only.
	Select(r Request, v View) ID
}

// SelectorFunc makes a function a [Selector].
type SelectorFunc func(Request, View) ID

// Select calls f.
func (f SelectorFunc) Select(r Request, v View) ID { return f(r, v) }

// Policy is a named way to choose pools. It is copied by value and holds no state; its
// text form is its name. The zero value is invalid.
type Policy struct {
	Name string             // lower case, words joined by hyphens
	New  func(Env) Selector // makes a fresh selector for one run
	// AllowFull says that the policy may name a pool without room although another has
	// some; the manager then takes the next pool that has.
	AllowFull bool
}

// Env is what a selector may know before the run starts.
type Env struct {
	NumPools int        // at least 1
	NumNodes int        // at least 1
	Rand     *rand.Rand // a stream of this selector's own, seeded from the run's seed
}

// Request is a node's demand for one chunk.
type Request struct {
	Node    mem.NodeID
	Size    units.Bytes // of the chunk
	Granted []uint32    // chunks this node holds, by pool
	Rate    float64     // remote accesses of this node per microsecond; 0 if not measured

	// NewestRate is the rate, per microsecond, at which the node accessed the chunk granted to
	// it last, from that grant until it issued its last access, which is Idle ago. It is 0
	// without such a chunk, and if not measured.
	NewestRate float64
	Idle       units.Time
}

// View is the rack as the manager sees it at a grant. It is a scratch copy: writing to it
// has no effect.
type View struct {
	Now   units.Time
	Pools []Stat // by pool; len is Env.NumPools
}

// Stat is the state of one pool.
type Stat struct {
	Capacity   units.Bytes
	Free       units.Bytes // not granted yet
	InFlight   uint64      // accesses at the pool now, as it reports them
	Window     uint64      // accesses that entered the switch for the pool since the last grant in the rack
	Total      uint64      // the same since the run's start
	QueueDelay units.Time  // wait of an access before the pool's memory controller, as the pool reports it
}

// hasRoom reports whether the pool can grant the request.
func (s *Stat) hasRoom(r *Request) bool { return s.Free >= r.Size }
