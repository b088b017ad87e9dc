package place

import (
	"math/rand/v2"
	"strconv"

	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// Where is the kind of memory a page goes to.
type Where uint8

// The two kinds of memory.
const (
	Local Where = iota
	Remote
)

// String returns "local" or "remote".
func (w Where) String() string {
	switch w {
	case Local:
		return "local"
	case Remote:
		return "remote"
	}
	return "place.Where(" + strconv.Itoa(int(w)) + ")"
}

// Placer places the pages of one node. It is called once per page fault, in the order of
// the faults, and may keep state between calls.
type Placer interface {
	Place(Request, View) Where
}

// PlacerFunc makes a function a [Placer].
type PlacerFunc func(Request, View) Where

// Place calls f.
func (f PlacerFunc) Place(r Request, v View) Where { return f(r, v) }

// Policy is a named way to place pages. It is copied by value and holds no state; its text
// form is its name. The zero value is invalid.
type Policy struct {
	Name string           // lower case, words joined by hyphens
	New  func(Env) Placer // makes a fresh placer for one node of one run
	// AllowFull says that the policy may answer Local with no local memory left, which
	// ends the run with an error.
	AllowFull bool
}

// Env is what a placer may know before the run starts.
type Env struct {
	Node     mem.NodeID // whose pages it places
	NumNodes int        // at least 1
	Rand     *rand.Rand // a stream of this placer's own, seeded from the run's seed
}

// Request is a page fault.
type Request struct {
	Node    mem.NodeID
	Process mem.ProcessID
	Page    mem.PageNo // virtual, of the process
	Fault   uint64     // page faults of this node before this one
}

// View is the node's memory at the fault.
type View struct {
	Now           units.Time
	LocalFree     units.Bytes // whole pages
	LocalCapacity units.Bytes
	RemoteGranted units.Bytes // in the chunks the node holds, used or not
}
