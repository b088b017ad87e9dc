package manager

import (
	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// NodeMap is the memory of one node: the frames it hands out and the map of its remote
// addresses, as its RMAC holds it. It implements mmu.FrameSource.
type NodeMap struct {
	local      uint64 // bytes of local memory, and so the address of the first chunk
	chunks     []chunk
	shift      uint   // log2 of the chunk size
	mask       uint64 // chunk size - 1
	page       uint64 // page size
	localUsed  uint64 // bytes of local memory handed out
	remoteUsed uint64 // bytes of the chunks handed out
	byPool     []uint32
	rate       float64
	newestRate float64
	idle       units.Time
}

// chunk is a granted piece of a pool.
type chunk struct {
	base mem.PAddr // in the pool
	pool mem.PoolID
}

// LocalFrame hands out the next page of local memory, and false if it is used up.
func (n *NodeMap) LocalFrame() (mem.PAddr, bool) {
	a := n.localUsed
	if a >= n.local {
		return 0, false
	}
	n.localUsed += n.page
	return mem.PAddr(a), true
}

// RemoteFrame hands out the next page of the granted chunks, in their order, and false if
// they are used up.
func (n *NodeMap) RemoteFrame() (mem.PAddr, bool) {
	a := n.remoteUsed
	if a >= uint64(n.RemoteGranted()) {
		return 0, false
	}
	n.remoteUsed += n.page
	return mem.PAddr(n.local + a), true
}

// LocalFree returns the local memory not handed out yet.
func (n *NodeMap) LocalFree() units.Bytes { return units.Bytes(n.local - n.localUsed) }

// LocalCapacity returns the size of the local memory.
func (n *NodeMap) LocalCapacity() units.Bytes { return units.Bytes(n.local) }

// RemoteGranted returns the size of all chunks granted to the node.
func (n *NodeMap) RemoteGranted() units.Bytes { return units.Bytes(len(n.chunks)) << n.shift }

// RemoteFree returns the part of the granted chunks not handed out yet.
func (n *NodeMap) RemoteFree() units.Bytes { return n.RemoteGranted() - units.Bytes(n.remoteUsed) }

// Chunks returns how many chunks of the pool the node holds, 0 for a pool out of range.
func (n *NodeMap) Chunks(p mem.PoolID) uint32 {
	if int(p) >= len(n.byPool) {
		return 0
	}
	return n.byPool[p]
}

// SetRate tells the node's remote accesses per microsecond, which policies see as
// pool.Request.Rate at the node's next grants. It is 0 until set.
func (n *NodeMap) SetRate(perMicrosecond float64) { n.rate = perMicrosecond }

// SetNewestRate tells the rate of accesses to the newest chunk up to the node's last access,
// and how long ago that was: pool.Request.NewestRate and Idle. They are 0 until set.
func (n *NodeMap) SetNewestRate(perMicrosecond float64, idle units.Time) {
	n.newestRate, n.idle = perMicrosecond, idle
}

// Newest returns the node's physical address of the chunk granted last; without one, that of
// the first to come.
func (n *NodeMap) Newest() mem.PAddr {
	return mem.PAddr(n.local + uint64(max(len(n.chunks), 1)-1)<<n.shift)
}

// Remote reports whether the node's physical address lies in a pool.
func (n *NodeMap) Remote(a mem.PAddr) bool { return uint64(a) >= n.local }

// Resolve returns the pool that holds a remote address of the node and the address in that
// pool's memory. The address must lie in a granted chunk: anything else is a broken
// invariant of the caller and panics. It costs a shift and a read of an array.
func (n *NodeMap) Resolve(a mem.PAddr) (mem.PoolID, mem.PAddr) {
	off := uint64(a) - n.local
	c := &n.chunks[off>>(n.shift&63)]
	return c.pool, c.base + mem.PAddr(off&n.mask)
}
