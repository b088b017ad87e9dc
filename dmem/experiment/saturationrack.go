package experiment

import (
	"context"

	"github.com/dmemsys/dmemsys/dmem"
	"github.com/dmemsys/dmemsys/dmem/place"
	"github.com/dmemsys/dmemsys/dmem/pool"
	"github.com/dmemsys/dmemsys/dmem/stats"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// SaturatedRack is where remote accesses wait with random pools and alternate pages, the
// setting of the paper's Figure 2, on machines of all [LinkRates] and [RankCounts].
type SaturatedRack struct {
	Demand float64 // remote accesses per microsecond and pool
	Cells  []RackCell
}

// RackCell is one machine.
type RackCell struct {
	Rate                units.BitRate
	Ranks               int
	MeanNs              float64 // of remote accesses
	NetworkNs, MemoryNs float64 // mean wait, see [SaturationPoint]
	Over1000            float64 // of all accesses, those of 1000 ns and more, in %
	Busiest             float64 // remote accesses per microsecond at the pool that had most, of a window's mean
	LinkOut, DRAM       float64 // mean utilisation of the pools, 0 to 1
}

// rackStretch is the stretch at which the paper's rack asks in the mean over a run for what
// [SaturateRack] asks: somewhat more than at the calibrated one of small scale, see
// [Stretch], as the rack itself does once local memories are used up.
const rackStretch = 4.0 / 3

// rackFor is how long [SaturateRack] replays the paper's stamps, before they are stretched
// and divided by the scale: a tenth of a run.
const rackFor = 150 * units.Millisecond

// SaturateRack runs half of the paper's rack, 32 nodes and 3 pools, for a tenth of a run, each
// node from a place of its own in its program. The stamps are stretched so that a pool is
// asked for what the paper's rack asks for at a stretch of 4/3, see [Demand].
func SaturateRack(ctx context.Context, o Options) (*SaturatedRack, error) {
	divisor, err := Divisor(o.Scale)
	if err != nil {
		return nil, err
	}
	demand, err := Demand(ctx, o, rackStretch)
	if err != nil {
		return nil, err
	}
	rack := func(m Machine) dmem.Config {
		c := dmem.Scaled(divisor)
		c.Nodes, c.Pools, c.Seed = 32, 3, o.seed()
		c.Placement, c.Pool = place.Alternate, pool.Random
		c.Replay.Offset = dmem.OffsetSeeded
		m.Change(&c)
		return c
	}
	length := rackFor / units.Time(divisor)
	c := rack(TableII())
	c.Replay.Until = length
	d, err := dmem.MeasureDemand(ctx, c)
	if err != nil {
		return nil, wrap("saturation of the rack", err)
	}
	stretch := float64(d.Remote) / (d.Active.Seconds() * 1e6) / float64(c.Pools) / demand

	all := &SaturatedRack{Demand: demand}
	var runs []Run
	for _, rate := range LinkRates {
		for _, ranks := range RankCounts {
			m := Of(rate, ranks)
			c := rack(m)
			c.Replay.Stretch = stretch
			c.Replay.Until = units.Time(stretch * float64(length))
			c.Replay.Warmup = c.Replay.Until / 10
			all.Cells = append(all.Cells, RackCell{Rate: rate, Ranks: ranks})
			idle := onePool(m, Programs(), divisor, o.seed())
			natural, err := naturalRate(ctx, idle)
			if err != nil {
				return nil, wrap("saturation of the rack", err)
			}
			runs = append(runs, Run{Name: "random, alternate, " + m.Name, Config: c},
				Run{Name: "nearly idle, " + m.Name, Config: atLoad(idle, natural, 10)})
		}
	}
	results, err := runAll(ctx, o, runs)
	if err != nil {
		return nil, wrap("saturation of the rack", err)
	}
	for i := range all.Cells {
		cell, r := &all.Cells[i], results[2*i]
		p := saturationPoint(r, results[2*i+1].Active.Total.PoolMeanNs(), demand)
		cell.MeanNs, cell.NetworkNs, cell.MemoryNs, cell.LinkOut, cell.DRAM = p.MeanNs, p.NetworkNs, p.MemoryNs, p.LinkOut, p.DRAM
		cell.Over1000 = over1000(r.Active.Total.Overall().All())
		windows := 0
		eachActive(r, func(_ units.Time, perPool []uint64) {
			most := uint64(0)
			for _, n := range perPool {
				most = max(most, n)
			}
			windows++
			cell.Busiest += float64(most)
		})
		cell.Busiest /= float64(windows) * r.Config.Window.Seconds() * 1e6
	}
	return all, nil
}

// Grid returns a value of each cell: a row a number of ranks, a column a link rate.
func (s *SaturatedRack) Grid(value func(*RackCell) float64) [][]float64 {
	rows := make([][]float64, len(RankCounts))
	for i := range s.Cells {
		rows[i%len(RankCounts)] = append(rows[i%len(RankCounts)], value(&s.Cells[i]))
	}
	return rows
}

// MemoryShare returns the memory's part of the wait, 0 to 1; NaN if there is none.
func (c *RackCell) MemoryShare() float64 { return shareOf(c.MemoryNs, c.NetworkNs) }

// Table returns a row a machine.
func (s *SaturatedRack) Table() *stats.Table {
	t := stats.NewTable("Random pools, alternate pages",
		stats.Column{Name: "links", Unit: "Gb/s"}, stats.Column{Name: "ranks"}, stats.Column{Name: "remote_mean", Unit: "ns"},
		stats.Column{Name: "network_wait", Unit: "ns"}, stats.Column{Name: "memory_wait", Unit: "ns"}, stats.Column{Name: "memory_share", Unit: "%"},
		stats.Column{Name: "over_1000ns", Unit: "%"}, stats.Column{Name: "demand", Unit: "accesses/us"}, stats.Column{Name: "busiest_pool", Unit: "accesses/us"},
		stats.Column{Name: "pool_link_out", Unit: "%"}, stats.Column{Name: "pool_dram_bus", Unit: "%"})
	for i := range s.Cells {
		c := &s.Cells[i]
		t.Append(float64(c.Rate)/1e9, c.Ranks, c.MeanNs, c.NetworkNs, c.MemoryNs, 100*c.MemoryShare(), c.Over1000, s.Demand, c.Busiest, 100*c.LinkOut, 100*c.DRAM)
	}
	return t
}
