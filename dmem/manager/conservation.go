package manager

import (
	"errors"
	"fmt"

	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// CheckConservation compares the pools' books, the nodes' maps and the log of grants, and
// returns every contradiction: granted and free memory make up each pool's capacity, each
// chunk is granted once and lies within its pool, each node maps exactly the chunks the
// log says, in order, and no node has handed out more pages than it has. It costs time in
// proportion to the number of grants.
func (m *Manager) CheckConservation() error {
	var errs []error
	fail := func(format string, args ...any) { errs = append(errs, fmt.Errorf("manager: "+format, args...)) }

	type place struct {
		pool mem.PoolID
		base mem.PAddr
	}
	owner := make(map[place]mem.NodeID)
	granted := make([]units.Bytes, len(m.pools))
	seen := make([]int, len(m.nodes)) // entries of the log, by node
	for _, g := range m.log {
		at := place{g.Pool, g.Base}
		if first, twice := owner[at]; twice {
			fail("pool %d, address %#x is granted to node %d and to node %d", g.Pool, g.Base, first, g.Node)
		}
		owner[at] = g.Node
		if uint64(g.Base)%uint64(m.config.Chunk) != 0 || units.Bytes(g.Base)+m.config.Chunk > m.pools[g.Pool].capacity {
			fail("pool %d of %v granted a chunk at %#x", g.Pool, m.pools[g.Pool].capacity, g.Base)
		}
		granted[g.Pool] += m.config.Chunk
		chunks, k := m.nodes[g.Node].chunks, seen[g.Node]
		if k >= len(chunks) || chunks[k] != (chunk{g.Base, g.Pool}) {
			fail("node %d does not map grant %d as its chunk %d", g.Node, g.Seq, k)
		}
		seen[g.Node]++
	}
	for i := range m.pools {
		if p := &m.pools[i]; granted[i]+p.free() != p.capacity {
			fail("pool %d: %v granted and %v free make not %v", i, granted[i], p.free(), p.capacity)
		}
	}
	for i, n := range m.nodes {
		if len(n.chunks) != seen[i] {
			fail("node %d maps %d chunks, the log has %d", i, len(n.chunks), seen[i])
		}
		if n.localUsed > n.local || n.remoteUsed > uint64(n.RemoteGranted()) {
			fail("node %d handed out %v of %v local and %v of %v remote memory",
				i, units.Bytes(n.localUsed), units.Bytes(n.local), units.Bytes(n.remoteUsed), n.RemoteGranted())
		}
	}
	return errors.Join(errs...)
}
