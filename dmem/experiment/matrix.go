package experiment

import (
	"context"
	"fmt"

	"github.com/dmemsys/dmemsys/dmem"
	"github.com/dmemsys/dmemsys/dmem/place"
	"github.com/dmemsys/dmemsys/dmem/pool"
	"github.com/dmemsys/dmemsys/dmem/stats"
)

// Matrix is the results of some pairs of policies on one machine, all with the same seed and
// load.
type Matrix struct {
	Machine Machine
	Pairs   []Pair
	Results []*dmem.Result // by pair
}

// runMatrices runs the pairs on each of the machines.
func runMatrices(ctx context.Context, o Options, machines []Machine, pairs []Pair) ([]Matrix, error) {
	divisor, err := Divisor(o.Scale)
	if err != nil {
		return nil, err
	}
	var runs []Run
	for _, m := range machines {
		for _, p := range pairs {
			runs = append(runs, Run{Name: m.Name + ", " + p.String(), Config: Rack(divisor, m, p, o.seed())})
		}
	}
	results, err := runAll(ctx, o, runs)
	if err != nil {
		return nil, err
	}
	var all []Matrix
	for i, m := range machines {
		all = append(all, Matrix{m, pairs, results[i*len(pairs) : (i+1)*len(pairs)]})
	}
	return all, nil
}

// runAll makes the runs with all processors.
func runAll(ctx context.Context, o Options, runs []Run) ([]*dmem.Result, error) {
	results := make([]*dmem.Result, len(runs))
	err := eachRun(ctx, o, runs, func(i int, r *dmem.Result) error {
		results[i] = r
		return nil
	})
	return results, err
}

// eachRun is runAll that calls f with each result and holds none; see [Sweep.Each].
func eachRun(ctx context.Context, o Options, runs []Run, f func(i int, r *dmem.Result) error) error {
	if o.change != nil {
		for i := range runs {
			o.change(&runs[i].Config)
		}
	}
	s := Sweep{Runs: runs, Dir: o.Runs, Progress: o.watch}
	if o.watch == nil {
		s.Progress = counted(o.Progress)
	}
	return s.Each(ctx, f)
}

// Result returns the result of a pair, nil if it was not run.
func (m *Matrix) Result(po pool.Policy, pl place.Policy) *dmem.Result {
	for i, p := range m.Pairs {
		if p.Pool.Name == po.Name && p.Placement.Name == pl.Name {
			return m.Results[i]
		}
	}
	return nil
}

// Groups returns the names of the benchmarks.
func (m *Matrix) Groups() []string {
	var names []string
	for _, g := range m.Results[0].Groups {
		names = append(names, g.Name)
	}
	return names
}

// LatencyTable returns the numbers behind the figures: for each machine, pair and benchmark
// the latencies of the accesses issued while all nodes were active, and in the last columns
// of the whole run. Beside them stands the load: mean utilisations of the pools, the same in
// all rows of a run.
func LatencyTable(title string, matrices ...Matrix) *stats.Table {
	t := stats.NewTable(title,
		stats.Column{Name: "machine"}, stats.Column{Name: "pool_policy"}, stats.Column{Name: "placement"}, stats.Column{Name: "benchmark"},
		stats.Column{Name: "accesses"}, stats.Column{Name: "remote", Unit: "%"},
		stats.Column{Name: "mean", Unit: "ns"}, stats.Column{Name: "p50", Unit: "ns"}, stats.Column{Name: "p99", Unit: "ns"}, stats.Column{Name: "over_1000ns", Unit: "%"},
		stats.Column{Name: "local_part", Unit: "ns"}, stats.Column{Name: "network_part", Unit: "ns"}, stats.Column{Name: "remote_memory_part", Unit: "ns"},
		stats.Column{Name: "remote_mean", Unit: "ns"}, stats.Column{Name: "remote_network_mean", Unit: "ns"}, stats.Column{Name: "remote_memory_mean", Unit: "ns"},
		stats.Column{Name: "pool_link_in", Unit: "%"}, stats.Column{Name: "pool_link_out", Unit: "%"}, stats.Column{Name: "pool_dram_bus", Unit: "%"},
		stats.Column{Name: "whole_run_accesses"}, stats.Column{Name: "whole_run_mean", Unit: "ns"},
	)
	for i := range matrices {
		m := &matrices[i]
		for j, p := range m.Pairs {
			r := m.Results[j]
			add := func(name string, active, whole *dmem.Sample) {
				all, every := active.Overall().All(), whole.Overall().All()
				local, network, memory := partsNs(active)
				t.Append(m.Machine.Name, p.Pool.Name, p.Placement.Name, name,
					all.Count, sharePercent(active.Remote.Count(), all.Count),
					all.Ns(), all.QuantileNs(0.5), all.QuantileNs(0.99), over1000(all),
					local, network, memory,
					active.Remote.All().Ns(), networkMeanNs(active), active.PoolMeanNs(),
					100*r.Active.LinkInUtilization, 100*r.Active.LinkOutUtilization, 100*r.Active.DRAMUtilization,
					every.Count, every.Ns())
			}
			for g := range r.Groups {
				add(r.Groups[g].Name, &r.Active.Groups[g], &r.Groups[g].Sample)
			}
			add("all", &r.Active.Total, &r.Total)
		}
	}
	return t
}

// wrap names the experiment in an error.
func wrap(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("experiment: %s: %w", what, err)
}
