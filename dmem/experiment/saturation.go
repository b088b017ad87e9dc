package experiment

import (
	"context"
	"fmt"
	"math"

	"github.com/dmemsys/dmemsys/dmem"
	"github.com/dmemsys/dmemsys/dmem/place"
	"github.com/dmemsys/dmemsys/dmem/pool"
	"github.com/dmemsys/dmemsys/dmem/stats"
	"github.com/dmemsys/dmemsys/dmem/trace"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// LinkRates and RankCounts span the machines of [Saturate]: the rate of all links, and the
// ranks that make up a pool.
var (
	LinkRates  = []units.BitRate{100 * units.Gbps, 200 * units.Gbps, 400 * units.Gbps}
	RankCounts = []int{1, 2, 4, 16}
)

// Of returns the machine with links of a rate and pools of so many ranks, 1 to 16 and a power
// of two. Fewer ranks than Table II's 16 are larger ones, so that the pool keeps its size.
func Of(rate units.BitRate, ranks int) Machine {
	name := fmt.Sprintf("%.0f Gb/s, %d ranks", float64(rate)/1e9, ranks)
	if ranks == 1 {
		name = name[:len(name)-1]
	}
	return Machine{name, fmt.Sprintf("%.0fg%dr", float64(rate)/1e9, ranks), func(c *dmem.Config) {
		c.PoolDRAM.Device.NumRows *= 16 / ranks
		c.Fabric.RMACLink.Rate, c.Fabric.SwitchLink.Rate = rate, rate
	}}
}

// Traffic is what the nodes of [Saturate] replay.
type Traffic struct {
	Name string
	set  func(c *dmem.Config, divisor int)
}

// Programs is the four workloads of the paper, each node somewhere in its run.
func Programs() Traffic {
	return Traffic{"four programs", func(c *dmem.Config, divisor int) {
		c.Workloads = dmem.Scaled(divisor).Workloads
		c.Replay.Offset = dmem.OffsetSeeded
	}}
}

// Program is one of them on all nodes: 0 to 3, in the order of Table I.
func Program(i int) Traffic {
	name := dmem.Scaled(SmallDivisor).Workloads[i].Name
	return Traffic{name, func(c *dmem.Config, divisor int) {
		Programs().set(c, divisor)
		c.Workloads = c.Workloads[i : i+1]
	}}
}

// RandomLines is reads of random lines, at the times of a Poisson process: what textbooks
// assume. Each node has 8 MiB, few enough that all pages are soon in use.
func RandomLines() Traffic {
	return Traffic{"random lines", func(c *dmem.Config, divisor int) {
		s := trace.DefaultSynthetic()
		s.WriteBacks, s.Stores, s.Records, s.Footprint = 0, 0, 1_000_000, 8*units.MiB
		s.MeanGap = 80 // cycles of 1.2 GHz: 15 accesses/us, near the programs' mean
		c.Workloads = []dmem.Workload{{Name: "random lines", Synthetic: &s}}
	}}
}

// onePool returns one pool with 12 nodes, near the paper's 10.7 a pool: a policy has
// nothing to choose there, and all memory is remote.
func onePool(m Machine, mix Traffic, divisor int, seed uint64) dmem.Config {
	c := dmem.Scaled(divisor)
	c.Nodes, c.Pools, c.Seed = 12, 1, seed
	c.Placement, c.Pool = place.AllRemote, pool.RoundRobin
	m.Change(&c)
	mix.set(&c, divisor)
	return c
}

// closed makes a closed loop of c: no compute time, and so many accesses outstanding that
// the tightest stage always has work.
func closed(c dmem.Config, accesses uint64) dmem.Config {
	c.Replay.Loop, c.Replay.Outstanding, c.Replay.Stretch = dmem.Closed, max(16, 192/c.Nodes), 1e-6
	c.Replay.Limit = accesses / uint64(c.Nodes)
	c.Window = 20 * units.Microsecond
	return c
}

// throughput returns the accesses per microsecond that arrived at the pools in a closed
// loop, all pools together, from a fifth of the time in which all nodes were active on: what
// is outstanding has settled by then, and what arrives is what is served. NaN if that time
// is shorter than a window.
func throughput(r *dmem.Result) float64 {
	var arrived uint64
	windows := 0
	eachActive(r, func(start units.Time, perPool []uint64) {
		if start < r.Active.To/5 {
			return
		}
		windows++
		for _, n := range perPool {
			arrived += n
		}
	})
	return float64(arrived) / (float64(windows) * r.Config.Window.Seconds() * 1e6)
}

// loadedFor is how long [atLoad] replays the stamps, before they are stretched.
const loadedFor = 600 * units.Microsecond

// atLoad sets the stretch of c so that it asks for a number of accesses per microsecond, of
// which it asks for natural without a stretch. The first tenth of the run is warm-up.
func atLoad(c dmem.Config, natural, accesses float64) dmem.Config {
	c.Replay.Stretch = natural / accesses
	c.Replay.Until = units.Time(float64(loadedFor) * c.Replay.Stretch)
	c.Replay.Warmup = c.Replay.Until / 10
	return c
}

// naturalRate returns how many remote accesses per microsecond c asks for without a stretch.
func naturalRate(ctx context.Context, c dmem.Config) (float64, error) {
	c.Replay.Stretch, c.Replay.Until = 1, loadedFor
	d, err := dmem.MeasureDemand(ctx, c)
	return float64(d.Remote) / (d.Active.Seconds() * 1e6), err
}

// Saturation is what one pool does under load, on machines of all [LinkRates] and
// [RankCounts].
type Saturation struct {
	Loads []float64 // shares of the capacity; the first is the nearly idle pool that waits are counted from
	Cells []SaturationCell
}

// SaturationCell is one machine under one mix.
type SaturationCell struct {
	Mix      string
	Rate     units.BitRate
	Ranks    int
	Capacity float64 // accesses per microsecond, measured in a closed loop
	Points   []SaturationPoint
}

// SaturationPoint is a cell under one load.
type SaturationPoint struct {
	Offered               float64 // accesses per microsecond
	MeanNs, P99Ns         float64 // of remote reads
	NetworkNs, MemoryNs   float64 // mean wait: beyond an idle network, and beyond a nearly idle memory
	LinkIn, LinkOut, DRAM float64 // utilisation of the pool's links and data bus, 0 to 1
}

// MemoryShare returns the memory's part of the wait, 0 to 1; NaN if there is none.
func (p *SaturationPoint) MemoryShare() float64 { return shareOf(p.MemoryNs, p.NetworkNs) }

// shareOf returns a's part of a + b, of which noise may have made one slightly negative.
func shareOf(a, b float64) float64 {
	a, b = max(a, 0), max(b, 0)
	if a+b == 0 {
		return math.NaN()
	}
	return a / (a + b)
}

// saturationLoads are the loads of [Saturate].
var saturationLoads = []float64{0.1, 0.5, 0.7, 0.8, 0.9, 0.95}

// Saturate loads one pool of 12 nodes, all of whose memory is remote, on each machine: first
// a closed loop measures the capacity, then open loops ask for shares of it. All loads of a
// mix replay the same accesses, further or less apart. The capacity is that of equal shares
// of all nodes; in the open loop each has its own rate.
func Saturate(ctx context.Context, o Options, mixes ...Traffic) (*Saturation, error) {
	divisor, err := Divisor(o.Scale)
	if err != nil {
		return nil, err
	}
	s := &Saturation{Loads: saturationLoads}
	var runs []Run
	var configs []dmem.Config
	for _, mix := range mixes {
		for _, rate := range LinkRates {
			for _, ranks := range RankCounts {
				m := Of(rate, ranks)
				c := onePool(m, mix, divisor, o.seed())
				configs = append(configs, c)
				runs = append(runs, Run{Name: mix.Name + ", " + m.Name + ", closed loop", Config: closed(c, 60_000)})
				s.Cells = append(s.Cells, SaturationCell{Mix: mix.Name, Rate: rate, Ranks: ranks})
			}
		}
	}
	sweeps := series{progress: o.Progress}
	o.watch = sweeps.next(9) // a guess at how much more the loads are
	results, err := runAll(ctx, o, runs)
	if err != nil {
		return nil, wrap("saturation", err)
	}
	runs = nil
	natural := map[string]float64{}
	for i := range s.Cells {
		cell := &s.Cells[i]
		cell.Capacity = throughput(results[i])
		if _, ok := natural[cell.Mix]; !ok {
			if natural[cell.Mix], err = naturalRate(ctx, configs[i]); err != nil {
				return nil, wrap("saturation", err)
			}
		}
		for _, load := range s.Loads {
			runs = append(runs, Run{
				Name:   fmt.Sprintf("%s, %.0f %% load", runName(cell), 100*load),
				Config: atLoad(configs[i], natural[cell.Mix], load*cell.Capacity),
			})
		}
	}
	for i := range s.Cells {
		s.Cells[i].Points = make([]SaturationPoint, len(s.Loads))
	}
	o.watch = sweeps.next(0)
	err = eachRun(ctx, o, runs, func(i int, r *dmem.Result) error {
		cell, j := &s.Cells[i/len(s.Loads)], i%len(s.Loads)
		cell.Points[j] = saturationPoint(r, 0, s.Loads[j]*cell.Capacity) // the idle one may come last
		return nil
	})
	if err != nil {
		return nil, wrap("saturation", err)
	}
	for i := range s.Cells {
		points := s.Cells[i].Points
		idle := points[0].MemoryNs
		for j := range points {
			points[j].MemoryNs -= idle
		}
	}
	return s, nil
}

func runName(c *SaturationCell) string { return c.Mix + ", " + Of(c.Rate, c.Ranks).Name }

// saturationPoint reads a point off a result; idleNs is the time in a nearly idle memory.
func saturationPoint(r *dmem.Result, idleNs, offered float64) SaturationPoint {
	a := &r.Active
	remote := a.Total.Remote.All()
	network, _ := waitsNs(r, &a.Total)
	return SaturationPoint{
		Offered: offered, MeanNs: remote.Ns(), P99Ns: remote.QuantileNs(0.99),
		NetworkNs: network, MemoryNs: a.Total.PoolMeanNs() - idleNs,
		LinkIn: a.LinkInUtilization, LinkOut: a.LinkOutUtilization, DRAM: a.DRAMUtilization,
	}
}

// Of returns the cells of a mix, by link rate and then ranks.
func (s *Saturation) Of(mix Traffic) []SaturationCell {
	var cells []SaturationCell
	for _, c := range s.Cells {
		if c.Mix == mix.Name {
			cells = append(cells, c)
		}
	}
	return cells
}

// Grid returns a value of each cell of a mix: a row a number of ranks, a column a link rate.
func (s *Saturation) Grid(mix Traffic, value func(*SaturationCell) float64) [][]float64 {
	rows := make([][]float64, len(RankCounts))
	for i, c := range s.Of(mix) {
		rows[i%len(RankCounts)] = append(rows[i%len(RankCounts)], value(&c))
	}
	return rows
}

// At returns the point of a load, which must be one of [Saturation].Loads.
func (s *Saturation) At(c *SaturationCell, load float64) *SaturationPoint {
	for i, l := range s.Loads {
		if l == load {
			return &c.Points[i]
		}
	}
	panic(fmt.Sprintf("experiment: no load %v in %v", load, s.Loads))
}

// Knee returns the share of the capacity at which the mean latency is twice that of the
// nearly idle pool, on a straight line between the two loads beside it; NaN if it lies
// beyond the last.
func (s *Saturation) Knee(c *SaturationCell) float64 {
	limit := 2 * c.Points[0].MeanNs
	for i := 1; i < len(c.Points); i++ {
		if a, b := c.Points[i-1].MeanNs, c.Points[i].MeanNs; b >= limit {
			return s.Loads[i-1] + (s.Loads[i]-s.Loads[i-1])*(limit-a)/(b-a)
		}
	}
	return math.NaN()
}

// RateNames and RankNames name the columns and rows of [Saturation.Grid].
func RateNames() []string {
	var names []string
	for _, r := range LinkRates {
		names = append(names, fmt.Sprintf("%.0f Gb/s", float64(r)/1e9))
	}
	return names
}

// RankNames: see [RateNames].
func RankNames() []string {
	var names []string
	for _, n := range RankCounts {
		names = append(names, fmt.Sprintf("%d ranks", n))
	}
	names[0] = "1 rank"
	return names
}

// Table returns a row a mix, machine and load.
func (s *Saturation) Table() *stats.Table {
	t := stats.NewTable("One pool under load",
		stats.Column{Name: "mix"}, stats.Column{Name: "links", Unit: "Gb/s"}, stats.Column{Name: "ranks"},
		stats.Column{Name: "capacity", Unit: "accesses/us"}, stats.Column{Name: "load", Unit: "%"}, stats.Column{Name: "offered", Unit: "accesses/us"},
		stats.Column{Name: "mean", Unit: "ns"}, stats.Column{Name: "p99", Unit: "ns"},
		stats.Column{Name: "network_wait", Unit: "ns"}, stats.Column{Name: "memory_wait", Unit: "ns"}, stats.Column{Name: "memory_share", Unit: "%"},
		stats.Column{Name: "pool_link_in", Unit: "%"}, stats.Column{Name: "pool_link_out", Unit: "%"}, stats.Column{Name: "pool_dram_bus", Unit: "%"})
	for i := range s.Cells {
		c := &s.Cells[i]
		for j, load := range s.Loads {
			p := &c.Points[j]
			t.Append(c.Mix, float64(c.Rate)/1e9, c.Ranks, c.Capacity, 100*load, p.Offered, p.MeanNs, p.P99Ns,
				p.NetworkNs, p.MemoryNs, 100*p.MemoryShare(), 100*p.LinkIn, 100*p.LinkOut, 100*p.DRAM)
		}
	}
	return t
}

// MachineTable returns a row a mix and machine: capacity, knee, and the memory's part of the
// wait at some loads.
func (s *Saturation) MachineTable() *stats.Table {
	t := stats.NewTable("One pool on each machine",
		stats.Column{Name: "mix"}, stats.Column{Name: "links", Unit: "Gb/s"}, stats.Column{Name: "ranks"},
		stats.Column{Name: "capacity", Unit: "accesses/us"}, stats.Column{Name: "knee", Unit: "%"},
		stats.Column{Name: "memory_share_at_50", Unit: "%"}, stats.Column{Name: "memory_share_at_80", Unit: "%"}, stats.Column{Name: "memory_share_at_95", Unit: "%"},
		stats.Column{Name: "pool_link_out_at_95", Unit: "%"}, stats.Column{Name: "pool_dram_bus_at_95", Unit: "%"})
	for i := range s.Cells {
		c := &s.Cells[i]
		share := func(load float64) float64 { return 100 * s.At(c, load).MemoryShare() }
		last := s.At(c, 0.95)
		t.Append(c.Mix, float64(c.Rate)/1e9, c.Ranks, c.Capacity, 100*s.Knee(c), share(0.5), share(0.8), share(0.95), 100*last.LinkOut, 100*last.DRAM)
	}
	return t
}
