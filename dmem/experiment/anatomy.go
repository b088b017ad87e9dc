package experiment

import (
	"context"
	"math"
	"strings"

	"github.com/dmemsys/dmemsys/dmem"
	"github.com/dmemsys/dmemsys/dmem/dram"
	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/place"
	"github.com/dmemsys/dmemsys/dmem/pool"
	"github.com/dmemsys/dmemsys/dmem/stats"
	"github.com/dmemsys/dmemsys/dmem/trace"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// Variant is another reading of what Table II leaves open.
type Variant struct {
	Question string // that the table leaves open
	Answer   string
	change   func(*dmem.Config)
}

// Variants returns the readings of Table II that [dmem.Paper] assumes, as the first, and
// their alternatives.
func Variants() []Variant {
	return []Variant{
		{"as assumed", "", func(*dmem.Config) {}},
		{"packet preparation of 25 ns", "at each end of a packet, not both ends together", func(c *dmem.Config) { c.Fabric.PacketPrep.Delay = 25 * units.Nanosecond }},
		{"RMAC delay of 10 ns", "at the sender only", func(c *dmem.Config) { c.Fabric.RMAC.Delay /= 2 }},
		{"propagation", "none", func(c *dmem.Config) { c.Fabric.RMACLink.Propagation, c.Fabric.SwitchLink.Propagation = 1, 1 }},
		{"propagation", "10 ns a link: cables of 2 m", func(c *dmem.Config) {
			c.Fabric.RMACLink.Propagation, c.Fabric.SwitchLink.Propagation = 10*units.Nanosecond, 10*units.Nanosecond
		}},
		{"stages of the RMAC", "one packet at a time, as the peer simulator's every 13 cycles of 3.6 GHz", func(c *dmem.Config) { c.Fabric.RMAC.Interval = 3611 * units.Picosecond }},
		{"DRAM part", "DDR3-1333, DRAMSim2's example", func(c *dmem.Config) { c.PoolDRAM.Device = dram.DDR3_1333_x16().Device }},
		{"link rate", "200 Gb/s", func(c *dmem.Config) {
			c.Fabric.RMACLink.Rate, c.Fabric.SwitchLink.Rate = 200*units.Gbps, 200*units.Gbps
		}},
		{"link rate", "400 Gb/s", func(c *dmem.Config) {
			c.Fabric.RMACLink.Rate, c.Fabric.SwitchLink.Rate = 400*units.Gbps, 400*units.Gbps
		}},
		{"page fault", "costs 1 µs, at the first access to a page", func(c *dmem.Config) { c.MMU.PageFault = units.Microsecond }},
	}
}

// Life is one access alone on a rack, stage by stage.
type Life struct {
	Variant
	Read, Write, Local mem.Breakdown // a remote read, a remote write, a local read
}

// Anatomy simulates single accesses on an idle rack, for each of [Variants].
func Anatomy(ctx context.Context) ([]Life, error) {
	var all []Life
	for _, v := range Variants() {
		l := Life{Variant: v}
		for _, kind := range []struct {
			to     *mem.Breakdown
			place  place.Policy
			stores dmem.Stores
		}{{&l.Read, place.AllRemote, dmem.StoresRead}, {&l.Write, place.AllRemote, dmem.StoresWrite}, {&l.Local, place.AllLocal, dmem.StoresRead}} {
			s := trace.DefaultSynthetic()
			s.Records, s.WriteBacks, s.Stores = 1, 0, 1
			c := alone(s)
			c.Placement, c.Replay.Stores = kind.place, kind.stores
			v.change(&c)
			r, err := dmem.Run(ctx, c)
			if err != nil {
				return nil, wrap("anatomy", err)
			}
			*kind.to = r.Total.RemoteStages
			for i, t := range r.Total.LocalStages {
				kind.to[i] += t
			}
		}
		all = append(all, l)
	}
	return all, nil
}

// alone returns a rack of one node and one pool with one synthetic workload.
func alone(s trace.Synthetic) dmem.Config {
	c := dmem.Paper()
	c.Nodes, c.Pools = 1, 1
	c.Placement, c.Pool = place.AllRemote, pool.RoundRobin
	c.Workloads = []dmem.Workload{{Name: "one access", Synthetic: &s}}
	return c
}

// AnatomyTable returns the variants, with the latency of a single remote read and write and
// the difference to the first.
func AnatomyTable(lives []Life) *stats.Table {
	t := stats.NewTable("What Table II leaves open: one access on an idle rack",
		stats.Column{Name: "question"}, stats.Column{Name: "answer"},
		stats.Column{Name: "remote_read", Unit: "ns"}, stats.Column{Name: "more_than_assumed", Unit: "ns"},
		stats.Column{Name: "remote_write", Unit: "ns"}, stats.Column{Name: "local_read", Unit: "ns"})
	first := lives[0].Read.Total()
	for i := range lives {
		l := &lives[i]
		t.Append(l.Question, l.Answer, l.Read.Total().Nanoseconds(), (l.Read.Total() - first).Nanoseconds(), l.Write.Total().Nanoseconds(), l.Local.Total().Nanoseconds())
	}
	return t
}

// Loaded is what remote accesses take, stage by stage, as the load on the pools grows.
type Loaded struct {
	Machine  Machine
	Capacity float64 // accesses per microsecond and pool that the machine serves at most, measured
	Points   []LoadPoint
}

// LoadPoint is one load.
type LoadPoint struct {
	Load                      float64                // offered, as a share of the capacity
	StagesNs                  [mem.NumStages]float64 // mean time of a remote access
	P99Ns                     float64
	LinkOut, LinkIn, DRAMUsed float64 // utilisation of the pools' links and data buses, 0 to 1
}

// Loads are the loads of [UnderLoad], as shares of the capacity.
var loads = []float64{0.1, 0.3, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95}

// UnderLoad sends random reads from 16 nodes to 2 pools, at loads from a tenth of what the
// machine can serve to nearly all, on both machines. The capacity is measured first, in a
// closed loop with far more accesses outstanding than the pools need.
func UnderLoad(ctx context.Context, o Options) ([]Loaded, error) {
	const nodes, pools = 16, 2
	records := int64(20_000)
	config := func(m Machine) dmem.Config {
		s := trace.DefaultSynthetic()
		s.WriteBacks, s.Stores, s.Records = 0, 0, records
		s.Footprint = 64 * units.MiB
		c := alone(s)
		c.Nodes, c.Pools, c.Seed = nodes, pools, o.seed()
		c.Workloads[0].Name = "random reads"
		c.Chunk = 256 * units.KiB
		m.Change(&c)
		return c
	}
	var all []Loaded
	var runs []Run
	for _, m := range Machines() {
		c := config(m)
		c.Replay.Loop, c.Replay.Outstanding = dmem.Closed, 64
		c.Workloads[0].Synthetic.MeanGap = 1
		runs = append(runs, Run{Name: m.Name + ", closed loop", Config: c})
		all = append(all, Loaded{Machine: m})
	}
	o.Progress = nil
	results, err := runAll(ctx, o, runs)
	if err != nil {
		return nil, wrap("anatomy", err)
	}
	runs = nil
	for i := range all {
		r := results[i]
		all[i].Capacity = float64(r.Active.Total.Count()) / (r.Active.To - r.Active.From).Seconds() / 1e6 / pools
		for _, load := range loads {
			c := config(all[i].Machine)
			c.Workloads[0].Synthetic.MeanGap = 1.2e3 * nodes / (load * all[i].Capacity * pools)
			runs = append(runs, Run{Name: all[i].Machine.Name, Config: c})
		}
	}
	if results, err = runAll(ctx, o, runs); err != nil {
		return nil, wrap("anatomy", err)
	}
	for i := range all {
		for j, load := range loads {
			r := results[i*len(loads)+j]
			p := LoadPoint{Load: load, P99Ns: r.Active.Total.Remote.All().QuantileNs(0.99),
				LinkOut: r.Active.LinkOutUtilization, LinkIn: r.Active.LinkInUtilization, DRAMUsed: r.Active.DRAMUtilization}
			n := float64(r.Active.Total.Remote.Count())
			for s, t := range r.Active.Total.RemoteStages {
				p.StagesNs[s] = t.Nanoseconds() / math.Max(n, 1)
			}
			all[i].Points = append(all[i].Points, p)
		}
	}
	return all, nil
}

// LoadedTable returns a row a machine and load.
func LoadedTable(all []Loaded) *stats.Table {
	columns := []stats.Column{{Name: "machine"}, {Name: "load", Unit: "%"}}
	for s := range mem.NumStages {
		columns = append(columns, stats.Column{Name: s.String(), Unit: "ns"})
	}
	columns = append(columns, stats.Column{Name: "p99", Unit: "ns"}, stats.Column{Name: "pool_link_out", Unit: "%"}, stats.Column{Name: "pool_dram_bus", Unit: "%"})
	t := stats.NewTable("A remote read under load, mean time in each stage", columns...)
	for _, l := range all {
		for _, p := range l.Points {
			row := []any{l.Machine.Name, 100 * p.Load}
			for _, v := range p.StagesNs {
				row = append(row, v)
			}
			t.Append(append(row, p.P99Ns, 100*p.LinkOut, 100*p.DRAMUsed)...)
		}
	}
	return t
}

// StageParts returns the stages in which any of the breakdowns has time, and of each the
// times in nanoseconds, a value a breakdown.
func StageParts(all ...mem.Breakdown) (names []string, ns [][]float64) {
	for s := range mem.NumStages {
		some := false
		var row []float64
		for i := range all {
			some = some || all[i][s] > 0
			row = append(row, all[i][s].Nanoseconds())
		}
		if some {
			names, ns = append(names, stageTitle(s)), append(ns, row)
		}
	}
	return names, ns
}

// Lines returns the loads in per cent and, by stage, the mean times at them. Stages that take no
// time on any rack of this kind are left out; where one takes none at a load, it is NaN.
func (l *Loaded) Lines() (loads []float64, names []string, ns [][]float64) {
	for _, p := range l.Points {
		loads = append(loads, 100*p.Load)
	}
	for _, s := range []mem.Stage{mem.RMAC, mem.Link, mem.Switch, mem.PoolQueue, mem.DRAM, mem.Return} {
		var row []float64
		for _, p := range l.Points {
			t := p.StagesNs[s]
			if t == 0 {
				t = math.NaN()
			}
			row = append(row, t)
		}
		names, ns = append(names, stageTitle(s)), append(ns, row)
	}
	return loads, names, ns
}

// stageTitle returns a stage's name as a legend has it.
func stageTitle(s mem.Stage) string {
	switch s {
	case mem.RMAC, mem.DRAM:
		return strings.ToUpper(s.String())
	}
	return strings.ReplaceAll(s.String(), "_", " ")
}
