package manager

import (
	"fmt"
	"slices"

	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/pool"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// PoolTraffic is what the rack knows of the traffic to a pool at the time of a grant.
type PoolTraffic struct {
	Total      uint64     // accesses that entered the switch for this pool up to now
	InFlight   uint64     // accesses at the pool, as it reports them
	QueueDelay units.Time // wait before the pool's memory controller, as the pool reports it
}

// Grant is a chunk given to a node.
type Grant struct {
	At     units.Time
	Node   mem.NodeID
	Pool   mem.PoolID // that granted the chunk
	Chosen mem.PoolID // by the policy; differs from Pool if it had no room
	Base   mem.PAddr  // of the chunk in the pool's memory
	Seq    int        // number of the grant in the rack, from 0
	Window []uint64   // by pool: accesses since the last grant; valid until the next Grant
}

// GrantRecord is an entry of the log of grants. Its Window is its own.
type GrantRecord struct{ Grant }

// Grant gives the node a chunk from the pool the policy chooses, or if that one has no
// room, from the next by number that has. Traffic holds one entry per pool.
//
// The error is a [pool.SelectError] if the policy names a pool that does not exist, and
// wraps [ErrNoSpace] if no pool has room. A time before the last grant's, a Total below the
// last grant's, a wrong number of entries and a node out of range are errors too. After an
// error nothing is granted, though the policy may have been asked.
func (m *Manager) Grant(now units.Time, node mem.NodeID, traffic []PoolTraffic) (Grant, error) {
	if err := m.checkDemand(now, node, traffic); err != nil {
		return Grant{}, err
	}
	n := m.nodes[node]
	chosen := m.choose(now, node, traffic)
	if int(chosen) >= len(m.pools) {
		return Grant{}, &pool.SelectError{Policy: m.config.Policy.Name, Got: chosen, NumPools: len(m.pools)}
	}
	id, ok := m.withRoom(chosen)
	if !ok {
		return Grant{}, m.noSpace(node)
	}
	p := &m.pools[id]
	g := Grant{At: now, Node: node, Pool: id, Chosen: chosen, Base: mem.PAddr(p.next), Seq: len(m.log), Window: m.window}
	p.next += m.config.Chunk
	n.chunks = append(n.chunks, chunk{g.Base, id})
	n.byPool[id]++
	m.last = now
	for i := range m.pools {
		m.pools[i].total = traffic[i].Total
	}
	record := GrantRecord{g}
	record.Window = slices.Clone(g.Window)
	m.log = append(m.log, record)
	return g, nil
}

// Log returns a copy of all grants so far, in their order.
func (m *Manager) Log() []GrantRecord {
	log := slices.Clone(m.log)
	for i := range log {
		log[i].Window = slices.Clone(log[i].Window)
	}
	return log
}

func (m *Manager) checkDemand(now units.Time, node mem.NodeID, traffic []PoolTraffic) error {
	if int(node) >= len(m.nodes) {
		return fmt.Errorf("manager: node %d asks %v: want a node from 0 to %d", node, m.config.Chunk, len(m.nodes)-1)
	}
	if len(traffic) != len(m.pools) {
		return fmt.Errorf("manager: node %d asks %v: the traffic of %d pools is told: want %d", node, m.config.Chunk, len(traffic), len(m.pools))
	}
	if now < m.last {
		return fmt.Errorf("manager: node %d asks %v at %v: want no time before the last grant's, %v", node, m.config.Chunk, now, m.last)
	}
	for i := range traffic {
		if traffic[i].Total < m.pools[i].total {
			return fmt.Errorf("manager: node %d asks %v: %d accesses to pool %d are told: want at least the %d of the last grant",
				node, m.config.Chunk, traffic[i].Total, i, m.pools[i].total)
		}
	}
	return nil
}

// choose computes the windows and asks the policy, which gets copies only.
func (m *Manager) choose(now units.Time, node mem.NodeID, traffic []PoolTraffic) mem.PoolID {
	for i := range m.pools {
		p, t := &m.pools[i], &traffic[i]
		m.window[i] = t.Total - p.total
		m.stats[i] = pool.Stat{
			Capacity: p.capacity, Free: p.free(),
			InFlight: t.InFlight, Window: m.window[i], Total: t.Total, QueueDelay: t.QueueDelay,
		}
	}
	n := m.nodes[node]
	copy(m.granted, n.byPool)
	return m.selector.Select(
		pool.Request{Node: node, Size: m.config.Chunk, Granted: m.granted, Rate: n.rate, NewestRate: n.newestRate, Idle: n.idle},
		pool.View{Now: now, Pools: m.stats},
	)
}

// withRoom returns the first pool with room from id on, cyclically, and false if none has.
func (m *Manager) withRoom(id mem.PoolID) (mem.PoolID, bool) {
	for k := range m.pools {
		i := (int(id) + k) % len(m.pools)
		if m.pools[i].free() >= m.config.Chunk {
			return mem.PoolID(i), true
		}
	}
	return 0, false
}
