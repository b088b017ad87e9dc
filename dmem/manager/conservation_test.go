package manager

import (
	"strings"
	"testing"

	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/pool"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// TestCheckConservation breaks the books one by one and wants each break found.
func TestCheckConservation(t *testing.T) {
	for want, fudge := range map[string]func(*Manager){
		"make not":            func(m *Manager) { m.pools[1].next += m.config.Chunk },
		"and to node 1":       func(m *Manager) { m.log[1].Base, m.log[1].Pool = m.log[0].Base, m.log[0].Pool },
		"granted a chunk at":  func(m *Manager) { m.log[0].Base = 1 << 40 },
		"does not map grant":  func(m *Manager) { m.nodes[1].chunks[0].base++ },
		"maps 2 chunks":       func(m *Manager) { m.nodes[2].chunks = make([]chunk, 2) },
		"of 8KiB local":       func(m *Manager) { m.nodes[0].localUsed = 3 << 12 },
		"node 3 handed out":   func(m *Manager) { m.nodes[3].remoteUsed = 1 << 12 },
		"the log has 1":       func(m *Manager) { m.log = m.log[:1]; m.nodes[0].chunks = append(m.nodes[0].chunks, chunk{}) },
		"grant 1 as its chun": func(m *Manager) { m.nodes[1].chunks = nil },
	} {
		m, err := New(Config{Nodes: 4, LocalMemory: 8 * units.KiB, Chunk: 64 * units.KiB, PageSize: 4 * units.KiB,
			PoolCapacity: []units.Bytes{units.MiB, units.MiB}, Policy: pool.RoundRobin})
		if err != nil {
			t.Fatal(err)
		}
		for n := range mem.NodeID(2) {
			if _, err := m.Grant(0, n, make([]PoolTraffic, 2)); err != nil {
				t.Fatal(err)
			}
		}
		if err := m.CheckConservation(); err != nil {
			t.Fatal(err)
		}
		fudge(m)
		if err := m.CheckConservation(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want it to say %q", err, want)
		}
	}
}
