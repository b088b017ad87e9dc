// Package mem is the vocabulary of the simulator: who (nodes, pools, threads, processes),
// where (virtual and physical addresses, pages, lines) and what became of it (the stages
// of an access and the time each took).
//
// Addresses are byte addresses. A [VAddr] belongs to a process of a node; a [PAddr] to a
// node's own physical address space, in which local memory comes first and granted remote
// chunks follow, or to one memory (a node's DRAM, a pool's DRAM), as the context says.
package mem

import "github.com/dmemsys/dmemsys/dmem/units"

// LineSize is the size of a cache line, and so of every access to memory [Paper Table II].
const LineSize = 64 * units.Byte

// Identifiers; all count from zero. A node's name in text is its number plus one where the
// source counts so ("node01").
type (
	NodeID    uint16
	PoolID    uint16
	ThreadID  uint16
	ProcessID uint16
)

// VAddr is a virtual byte address of one process.
type VAddr uint64

// PAddr is a physical byte address.
type PAddr uint64

// PageNo is the number of a virtual page: the address divided by the page size.
type PageNo uint64

// Page returns the number of the page that holds the address. The page size is a power of
// two.
func (a VAddr) Page(size units.Bytes) PageNo { return PageNo(uint64(a) / uint64(size)) }

// Offset returns the address within its page. The page size is a power of two.
func (a VAddr) Offset(size units.Bytes) units.Bytes { return units.Bytes(uint64(a)) & (size - 1) }

// Line returns the address of the cache line that holds the address.
func (a VAddr) Line() VAddr { return a &^ VAddr(LineSize-1) }

// Stage is a part of an access's way; together the stages make its whole latency.
type Stage uint8

// The stages in the order in which an access passes them. A local access passes Translate
// and DRAM only.
const (
	Translate Stage = iota // page walk, page fault, chunk grant, lookup at the RMAC
	Source                 // waiting in the node for room in the RMAC's queue
	RMAC                   // packet preparation and processing at both ends of the request, and queueing: for the link at the node, for room for the response at the pool
	Link                   // serialisation and propagation of the request on both links
	Switch                 // processing and queueing of the request in the switch
	PoolQueue              // waiting at the pool until the memory controller takes the request
	DRAM                   // in the memory controller and the DRAM
	Return                 // the whole way of the response
	NumStages
)

var stageNames = [NumStages]string{"translate", "source", "rmac", "link", "switch", "pool_queue", "dram", "return"}

// String returns the stage's name in snake case, as in result files.
func (s Stage) String() string {
	if s < NumStages {
		return stageNames[s]
	}
	return "unknown"
}

// Breakdown is the time an access spent in each stage.
type Breakdown [NumStages]units.Time

// Total returns the access's latency, the sum over the stages.
func (b *Breakdown) Total() units.Time {
	var sum units.Time
	for _, t := range b {
		sum += t
	}
	return sum
}
