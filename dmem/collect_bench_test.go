package dmem

import (
	"testing"

	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/trace"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// BenchmarkCollect records completions of 64 nodes, half of them remote, with latencies from
// 50 ns to 1 us.
func BenchmarkCollect(b *testing.B) {
	c := Paper()
	s := trace.DefaultSynthetic()
	c.Workloads = []Workload{{Name: "any", Synthetic: &s}}
	res := &Result{Config: c, Nodes: make([]NodeResult, c.Nodes), Pools: make([]PoolResult, c.Pools)}
	res.Active.To = units.Never
	k := newCollector(&c, res, &Probe{})
	nodes := make([]node, c.Nodes)
	for i := range nodes {
		nodes[i].id = mem.NodeID(i)
	}
	x, now := uint64(1), units.Time(0)
	b.ReportAllocs()
	for b.Loop() {
		x = x*6364136223846793005 + 1442695040888963407
		n := &nodes[x>>58]
		now += units.Nanosecond
		latency := 50*units.Nanosecond + units.Time(x>>20%950_000)
		i := n.flights.alloc()
		n.flights.slots[i].Access = Access{Node: n.id, Pool: mem.PoolID(x >> 40 % uint64(c.Pools)), Remote: x>>50&1 != 0, Issue: now, Done: now + latency}
		n.flights.slots[i].Stages[mem.DRAM] = latency
		n.done = append(n.done, i)
		k.take(0, n, units.Never)
		k.passed(now)
	}
}
