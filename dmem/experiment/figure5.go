package experiment

import (
	"context"

	"github.com/dmemsys/dmemsys/dmem/stats"
)

// Fig5 is the paper's Figure 5: completion times at the pools, and the breakdown of the mean
// latency, for all six pairs of policies on the machine whose memory binds [Paper §V].
type Fig5 struct{ Matrix }

// Figure5 runs the six pairs.
func Figure5(ctx context.Context, o Options) (*Fig5, error) {
	m, err := runMatrices(ctx, o, []Machine{MemoryBound()}, Pairs())
	if err != nil {
		return nil, wrap("figure 5", err)
	}
	return &Fig5{m[0]}, nil
}

// PoolTimes returns how long the accesses of a run stood in the pools' memory, over the
// whole run.
func (m *Matrix) PoolTimes(pair int) *stats.Hist { return poolMemory(m.Results[pair]) }

// Parts returns how much local memory, network and remote memory add to the mean latency of
// each benchmark in a run, in nanoseconds, while all nodes were active: Figure 5(b).
func (m *Matrix) Parts(pair int) (local, network, memory []float64) {
	for i := range m.Results[pair].Active.Groups {
		l, n, r := partsNs(&m.Results[pair].Active.Groups[i])
		local, network, memory = append(local, l), append(network, n), append(memory, r)
	}
	return local, network, memory
}

// BandTable returns the numbers of Figure 5(a): accesses completed at the pools by latency
// band, over the whole run.
func (f *Fig5) BandTable() *stats.Table {
	columns := []stats.Column{{Name: "pool_policy"}, {Name: "placement"}, {Name: "accesses"}}
	for _, n := range []string{"under_100ns", "100_300ns", "300_500ns", "500_700ns", "700_1000ns", "over_1000ns"} {
		columns = append(columns, stats.Column{Name: n})
	}
	columns = append(columns, stats.Column{Name: "over_500ns", Unit: "%"}, stats.Column{Name: "p99", Unit: "ns"})
	t := stats.NewTable("Accesses at the pools by time in memory", columns...)
	for i, p := range f.Pairs {
		h := f.PoolTimes(i)
		row := []any{p.Pool.Name, p.Placement.Name, h.Count}
		for _, n := range h.BandCounts() {
			row = append(row, n)
		}
		t.Append(append(row, over(h, ns500), h.QuantileNs(0.99))...)
	}
	return t
}

// Table returns latencies and breakdown by benchmark and policies: Figure 5(b); see
// [LatencyTable].
func (f *Fig5) Table() *stats.Table {
	return LatencyTable("Latency breakdown by benchmark and policies", f.Matrix)
}
