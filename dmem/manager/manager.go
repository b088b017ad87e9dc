package manager

import (
	"fmt"
	"math/bits"
	"math/rand/v2"
	"slices"

	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/pool"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// Manager is the rack's global memory manager.
type Manager struct {
	config   Config
	selector pool.Selector
	nodes    []*NodeMap
	pools    []poolState
	log      []GrantRecord
	last     units.Time // of the last grant

	// Scratch, rewritten at each grant.
	stats   []pool.Stat
	granted []uint32
	window  []uint64
}

// poolState is the manager's book of one pool.
type poolState struct {
	capacity units.Bytes
	next     units.Bytes // chunks below this address are granted
	total    uint64      // accesses that had entered the switch for the pool at the last grant
}

func (p *poolState) free() units.Bytes { return p.capacity - p.next }

// policyStream keeps the policy's random numbers apart from others of the same seed.
const policyStream = 0x706f6f6c // "pool"

// New returns a manager with all memory free. It returns the faults of the configuration.
func New(c Config) (*Manager, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	c.PoolCapacity = slices.Clone(c.PoolCapacity)
	n := len(c.PoolCapacity)
	m := &Manager{
		config: c,
		selector: c.Policy.New(pool.Env{
			NumPools: n, NumNodes: c.Nodes,
			Rand: rand.New(rand.NewPCG(c.Seed, policyStream)),
		}),
		nodes:   make([]*NodeMap, c.Nodes),
		pools:   make([]poolState, n),
		stats:   make([]pool.Stat, n),
		granted: make([]uint32, n),
		window:  make([]uint64, n),
	}
	if m.selector == nil {
		return nil, fmt.Errorf("manager: policy %q: New returned no selector", c.Policy.Name)
	}
	for i := range m.nodes {
		m.nodes[i] = &NodeMap{
			local: uint64(c.LocalMemory), page: uint64(c.PageSize),
			shift: uint(bits.TrailingZeros64(uint64(c.Chunk))), mask: uint64(c.Chunk) - 1,
			byPool: make([]uint32, n),
		}
	}
	for i, b := range c.PoolCapacity {
		m.pools[i].capacity = b
	}
	return m, nil
}

// Node returns the memory of a node, nil for a node out of range.
func (m *Manager) Node(id mem.NodeID) *NodeMap {
	if int(id) >= len(m.nodes) {
		return nil
	}
	return m.nodes[id]
}

// Free returns the memory of the pool that is not granted, 0 for a pool out of range.
func (m *Manager) Free(id mem.PoolID) units.Bytes {
	if int(id) >= len(m.pools) {
		return 0
	}
	return m.pools[id].free()
}
