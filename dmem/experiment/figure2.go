package experiment

import (
	"context"
	"fmt"

	"github.com/dmemsys/dmemsys/dmem"
	"github.com/dmemsys/dmemsys/dmem/place"
	"github.com/dmemsys/dmemsys/dmem/pool"
	"github.com/dmemsys/dmemsys/dmem/stats"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// Fig2 is the paper's Figure 2: random pool selection with alternate pages [Paper §IV-A].
type Fig2 struct {
	Calibration Calibration
	Machines    []Fig2Machine
}

// Fig2Machine is Figure 2 on one machine.
type Fig2Machine struct {
	Name   string
	Ranks  int // of a pool
	Result *dmem.Result
}

// Figure2 runs the rack of [SmallRack] with random pools and alternate pages on the machine
// of Table II and on the one whose memory binds, both under the same demand.
func Figure2(ctx context.Context, o Options) (*Fig2, error) {
	if err := o.validate(); err != nil {
		return nil, err
	}
	c := SmallRack(o.Data, o.Seed)
	c.Pool, c.Placement = pool.Random, place.Alternate
	cal, err := Calibrate(ctx, &c)
	if err != nil {
		return nil, fmt.Errorf("experiment: figure 2: %w", err)
	}
	f := &Fig2{Calibration: cal}
	var runs []Run
	for _, m := range []Machine{TableII(), MemoryBound()} {
		v := c
		m.Change(&v)
		runs = append(runs, Run{"figure 2 on " + m.Name, v})
		f.Machines = append(f.Machines, Fig2Machine{Name: m.Name, Ranks: ranks(&v)})
	}
	sweep := Sweep{Runs: runs, Progress: counted(o.Progress)}
	results, err := sweep.Do(ctx)
	if err != nil {
		return nil, fmt.Errorf("experiment: figure 2: %w", err)
	}
	for i, r := range results {
		f.Machines[i].Result = r
	}
	return f, nil
}

// Groups returns the names of the benchmarks.
func (f *Fig2) Groups() []string {
	var names []string
	for _, g := range f.Machines[0].Result.Groups {
		names = append(names, g.Name)
	}
	return names
}

// MeanNs returns the mean latency of all accesses by benchmark: Figure 2(a).
func (m *Fig2Machine) MeanNs() []float64 {
	var v []float64
	for i := range m.Result.Groups {
		v = append(v, m.Result.Groups[i].Overall().All().Ns())
	}
	return v
}

// PoolMeanNs returns the mean latency of remote accesses in the pools' memory, without the
// network, by benchmark: Figure 2(b).
func (m *Fig2Machine) PoolMeanNs() []float64 {
	var v []float64
	for i := range m.Result.Groups {
		v = append(v, m.Result.Groups[i].PoolMeanNs())
	}
	return v
}

// NetworkMeanNs returns the mean time of remote accesses in the network, both ways, by
// benchmark.
func (m *Fig2Machine) NetworkMeanNs() []float64 {
	var v []float64
	for i := range m.Result.Groups {
		g := &m.Result.Groups[i]
		v = append(v, g.RequestMeanNs()+g.ResponseMeanNs())
	}
	return v
}

// Latency returns the latencies of all accesses: Figure 2(c).
func (m *Fig2Machine) Latency() *stats.Hist { return m.Result.Total.Overall().All() }

// Variation returns, for each window of time, the difference between the accesses of the
// most and of the least accessed pool: Figure 2(d). Times are the windows' starts in
// microseconds. A window in which the run ends is left out.
func (m *Fig2Machine) Variation() (timesUs, accesses []float64) {
	step := m.Result.Config.Window
	for w := 0; units.Time(w+1)*step <= m.Result.Config.Replay.Until; w++ {
		least, most := uint64(1<<63), uint64(0)
		for i := range m.Result.Pools {
			n := m.Result.Pools[i].Arrivals.In(int64(w))
			least, most = min(least, n), max(most, n)
		}
		timesUs = append(timesUs, (units.Time(w)*step).Seconds()*1e6)
		accesses = append(accesses, float64(most-least))
	}
	return timesUs, accesses
}

// Table returns the numbers of Figure 2(a), (b) and (c): a row for each machine and
// benchmark, and one for all benchmarks together.
func (f *Fig2) Table() *stats.Table {
	t := stats.NewTable("Figure 2: random pools, alternate pages",
		stats.Column{Name: "machine"}, stats.Column{Name: "benchmark"},
		stats.Column{Name: "accesses"}, stats.Column{Name: "remote", Unit: "%"},
		stats.Column{Name: "mean", Unit: "ns"},
		stats.Column{Name: "remote_mean", Unit: "ns"},
		stats.Column{Name: "remote_network_mean", Unit: "ns"},
		stats.Column{Name: "remote_memory_mean", Unit: "ns"},
		stats.Column{Name: "p99", Unit: "ns"},
		stats.Column{Name: "over_1000ns", Unit: "%"},
	)
	for _, m := range f.Machines {
		add := func(name string, s *dmem.Sample) {
			all := s.Overall().All()
			n := float64(all.Count)
			t.Append(m.Name, name, all.Count, 100*float64(s.Remote.Count())/n, all.Ns(), s.Remote.All().Ns(),
				s.RequestMeanNs()+s.ResponseMeanNs(), s.PoolMeanNs(), all.QuantileNs(0.99), 100*float64(all.Over1000ns())/n)
		}
		for i := range m.Result.Groups {
			add(m.Result.Groups[i].Name, &m.Result.Groups[i].Sample)
		}
		add("all", &m.Result.Total)
	}
	return t
}

// LoadTable returns under which load the figure was measured: a row a machine.
func (f *Fig2) LoadTable() *stats.Table {
	t := stats.NewTable("Load while all nodes are active",
		stats.Column{Name: "machine"}, stats.Column{Name: "ranks_per_pool"},
		stats.Column{Name: "pool_link_in", Unit: "%"}, stats.Column{Name: "pool_link_out", Unit: "%"},
		stats.Column{Name: "pool_dram_bus", Unit: "%"}, stats.Column{Name: "local_dram_bus", Unit: "%"},
	)
	for _, m := range f.Machines {
		var in, out, bus, local float64
		for i := range m.Result.Pools {
			p := &m.Result.Pools[i]
			n := float64(len(m.Result.Pools))
			in += p.LinkInUtilization / n
			out += p.LinkOutUtilization / n
			bus += p.DRAMUtilization / n
		}
		for i := range m.Result.Nodes {
			local += m.Result.Nodes[i].DRAMUtilization / float64(len(m.Result.Nodes))
		}
		t.Append(m.Name, m.Ranks, 100*in, 100*out, 100*bus, 100*local)
	}
	return t
}

// CalibrationTable returns how the load was set.
func (f *Fig2) CalibrationTable() *stats.Table {
	c := f.Calibration
	t := stats.NewTable("Calibration",
		stats.Column{Name: "stretch"}, stats.Column{Name: "target_link_load", Unit: "%"}, stats.Column{Name: "remote", Unit: "%"},
		stats.Column{Name: "demand_per_pool", Unit: "GB/s"}, stats.Column{Name: "all_active", Unit: "ms"})
	t.Append(c.Stretch, 100*c.Load, 100*c.Remote, float64(c.Rate)/float64(units.GB), c.Active.Seconds()*1e3)
	return t
}
