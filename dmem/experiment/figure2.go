package experiment

import (
	"context"

	"github.com/dmemsys/dmemsys/dmem/place"
	"github.com/dmemsys/dmemsys/dmem/pool"
	"github.com/dmemsys/dmemsys/dmem/stats"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// Fig2 is the paper's Figure 2: random pools, alternate pages [Paper §IV-A]. Each matrix is
// one machine with that pair.
type Fig2 struct {
	Matrices []Matrix
}

// Figure2 runs random pools with alternate pages on both machines.
func Figure2(ctx context.Context, o Options) (*Fig2, error) {
	m, err := runMatrices(ctx, o, Machines(), []Pair{{place.Alternate, pool.Random}})
	if err != nil {
		return nil, wrap("figure 2", err)
	}
	return &Fig2{m}, nil
}

// Groups returns the names of the benchmarks.
func (f *Fig2) Groups() []string { return f.Matrices[0].Groups() }

// MeanNs returns the mean latency of all accesses by benchmark on a machine: Figure 2(a).
func (f *Fig2) MeanNs(machine int) []float64 {
	var v []float64
	r := f.Matrices[machine].Results[0]
	for i := range r.Active.Groups {
		v = append(v, r.Active.Groups[i].Overall().All().Ns())
	}
	return v
}

// PoolMeanNs returns the mean latency of remote accesses in the pools' memory, without the
// network, by benchmark: Figure 2(b).
func (f *Fig2) PoolMeanNs(machine int) []float64 {
	var v []float64
	r := f.Matrices[machine].Results[0]
	for i := range r.Active.Groups {
		v = append(v, r.Active.Groups[i].PoolMeanNs())
	}
	return v
}

// Latency returns the latencies of all accesses: Figure 2(c).
func (f *Fig2) Latency(machine int) *stats.Hist {
	return f.Matrices[machine].Results[0].Active.Total.Overall().All()
}

// Variation returns, for each window of time in which all nodes are active, the difference
// between the accesses of the most and of the least accessed pool: Figure 2(d). Times are the
// windows' starts in milliseconds.
func (f *Fig2) Variation(machine int) (timesMs, accesses []float64) {
	eachActive(f.Matrices[machine].Results[0], func(start units.Time, perPool []uint64) {
		d, _ := spread(perPool)
		timesMs = append(timesMs, start.Seconds()*1e3)
		accesses = append(accesses, float64(d))
	})
	return timesMs, accesses
}

// Table returns the numbers of Figure 2(a), (b) and (c); see [LatencyTable].
func (f *Fig2) Table() *stats.Table {
	return LatencyTable("Figure 2: random pools, alternate pages", f.Matrices...)
}
