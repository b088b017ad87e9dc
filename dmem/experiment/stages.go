package experiment

import (
	"context"
	"math"

	"github.com/dmemsys/dmemsys/dmem"
	"github.com/dmemsys/dmemsys/dmem/dram"
	"github.com/dmemsys/dmemsys/dmem/stats"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// StageCapacity is what one stage of the way of a read passes at most, in accesses per
// microsecond and pool of the paper's rack.
type StageCapacity struct {
	Stage, Setting string
	Mix            string
	Closed         float64 // in closed form; NaN if there is none
	Measured       float64 // in a closed loop, every other stage made far wider
	RowHits        float64 // share of the reads that found their row open, 0 to 1
}

// peerRMAC is how often the peer simulator's network interface takes a packet: every 13
// cycles of 3.6 GHz. The one of Table II is assumed to be pipelined and never the limit.
const peerRMAC = 3611 * units.Picosecond

// wide makes every stage of a machine so wide that none is near the limit: links of 3.2 Tb/s,
// and a memory of eight channels that take turns from line to line.
func wide(c *dmem.Config) {
	c.Fabric.RMACLink.Rate, c.Fabric.SwitchLink.Rate = 3200*units.Gbps, 3200*units.Gbps
	c.PoolDRAM.System.NumChans, c.PoolDRAM.System.AddressMapping = 8, dram.Scheme7
}

// StageCapacities measures each stage by itself: the pools' link out, at all [LinkRates];
// their memory, at all [RankCounts], for random lines, for the four programs and for each of
// them; the RMAC as the peer simulator has it; and the nodes' links. It compares with the
// closed forms [LinkBound] and [RandomBound].
func StageCapacities(ctx context.Context, o Options) ([]StageCapacity, error) {
	divisor, err := Divisor(o.Scale)
	if err != nil {
		return nil, err
	}
	var all []StageCapacity
	var runs []Run
	var perPool []float64 // by run: pools of the paper's rack for each of its own
	add := func(stage, setting string, mix Traffic, form, factor float64, change func(*dmem.Config)) {
		c := onePool(Machine{Change: change}, mix, divisor, o.seed())
		all = append(all, StageCapacity{Stage: stage, Setting: setting, Mix: mix.Name, Closed: form})
		perPool = append(perPool, factor)
		runs = append(runs, Run{Name: stage + ", " + setting + ", " + mix.Name, Config: closed(c, 60_000)})
	}
	sizes := dmem.Paper().Fabric.Sizes
	for i, rate := range LinkRates {
		add("pool link out", RateNames()[i], RandomLines(), LinkBound(rate, sizes.ReadResponse), 1, func(c *dmem.Config) {
			wide(c)
			c.Fabric.RMACLink.Rate = rate
		})
	}
	const pools = 4 // more than enough for one node
	rack := dmem.Paper()
	nodesPerPool := float64(rack.Nodes) / float64(rack.Pools)
	for i, rate := range LinkRates {
		add("node link in", RateNames()[i], RandomLines(), nodesPerPool*LinkBound(rate, sizes.ReadResponse), nodesPerPool, func(c *dmem.Config) {
			wide(c)
			c.Nodes, c.Pools = 1, pools
			c.Fabric.SwitchLink.Rate = rate
		})
	}
	add("RMAC", "a packet every 13 cycles", RandomLines(), 1/(peerRMAC.Seconds()*1e6), 1, func(c *dmem.Config) {
		wide(c)
		c.Fabric.RMAC.Interval = peerRMAC
	})
	for i, ranks := range RankCounts {
		for k, mix := range []Traffic{RandomLines(), Programs(), Program(0), Program(1), Program(2), Program(3)} {
			bound := math.NaN()
			if k == 0 {
				bound = RandomBound(&rack.PoolDRAM, ranks)
			}
			add("pool memory", RankNames()[i], mix, bound, 1, func(c *dmem.Config) {
				one := c.PoolDRAM.System
				wide(c)
				c.PoolDRAM.System = one
				c.PoolDRAM.Device.NumRows *= 16 / ranks
			})
		}
	}
	results, err := runAll(ctx, o, runs)
	if err != nil {
		return nil, wrap("stages", err)
	}
	for i := range all {
		all[i].Measured = throughput(results[i]) * perPool[i]
		d := &results[i].Pools[0].DRAM
		all[i].RowHits = float64(d.RowHits) / float64(d.Reads)
	}
	return all, nil
}

// LinkBound returns how many packets of a size a link passes in a microsecond.
func LinkBound(rate units.BitRate, size units.Bytes) float64 {
	return 1 / (rate.Time(size).Seconds() * 1e6)
}

// RandomBound returns an upper limit on the reads per microsecond that a memory of one
// channel and so many ranks serves when each opens a row: the least of
//
//	ranks · banks / tRC   a bank opens a row once in tRC
//	ranks · 4 / tFAW      a rank opens four rows in tFAW
//
// less the share tRFC / tREFI of the time in which a rank refreshes, and of what the data bus
// carries, one burst after the other. Reads that find their row open go beyond the first two;
// how near a controller comes is measured.
func RandomBound(m *dmem.Memory, ranks int) float64 {
	d := &m.Device
	cycle := float64(d.TCKNs) / 1e3 // in microseconds
	refresh := float64(d.TRFC) * float64(d.TCKNs) / float64(d.RefreshPeriodNs)
	rows := min(float64(d.NumBanks)/float64(d.TRC), 4/float64(d.TFAW)) * (1 - refresh)
	bus := 2 / float64(d.BL) // two transfers a cycle
	return min(float64(ranks)*rows, bus) / cycle
}

// StageTable returns a row a stage, setting and mix.
func StageTable(all []StageCapacity) *stats.Table {
	t := stats.NewTable("What each stage passes at most, a pool",
		stats.Column{Name: "stage"}, stats.Column{Name: "setting"}, stats.Column{Name: "mix"},
		stats.Column{Name: "closed_form", Unit: "accesses/us"}, stats.Column{Name: "measured", Unit: "accesses/us"}, stats.Column{Name: "of_closed_form", Unit: "%"}, stats.Column{Name: "row_hits", Unit: "%"})
	for _, s := range all {
		t.Append(s.Stage, s.Setting, s.Mix, s.Closed, s.Measured, 100*s.Measured/s.Closed, 100*s.RowHits)
	}
	return t
}

// Demand returns the remote accesses per microsecond and pool that the paper's rack with
// alternate pages asks for at a stretch, in the mean over the time in which all nodes are
// active. It depends little on the scale.
func Demand(ctx context.Context, o Options, stretch float64) (float64, error) {
	divisor, err := Divisor(o.Scale)
	if err != nil {
		return 0, err
	}
	c := dmem.Scaled(divisor)
	nodes, pools := c.Nodes, c.Pools
	c.Nodes, c.Pools = len(c.Workloads), 1 // one node of each: in the open loop they do not touch
	d, err := dmem.MeasureDemand(ctx, c)
	if err != nil {
		return 0, wrap("demand", err)
	}
	perNode := float64(d.Remote) / float64(c.Nodes) / (d.Active.Seconds() * 1e6)
	return perNode * float64(nodes) / float64(pools) / stretch, nil
}
