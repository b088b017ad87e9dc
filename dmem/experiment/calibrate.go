package experiment

import (
	"context"
	"fmt"
	"math"

	"github.com/dmemsys/dmemsys/dmem/place"
	"github.com/dmemsys/dmemsys/dmem/pool"
	"github.com/dmemsys/dmemsys/dmem/stats"
)

// TargetPercent is the criterion of the calibration: the share of accesses of 1000 ns or
// more with random pools and alternate pages [Paper §IV-A, Figure 2(c)].
const TargetPercent = 2

// Calibration is how the criterion depends on the stretch, at one scale: means over the seeds.
type Calibration struct {
	Stretches []float64  // rising
	Percent   []Interval // accesses of 1000 ns or more with random pools and alternate pages, while all nodes are active
	Whole     []Interval // the same of all accesses of the runs
	MeanNs    []float64  // latency, while all nodes are active
	DRAM      []float64  // mean utilisation of the pools' data buses in the same runs, in %
	LinkOut   []float64  // and of their links to the switch
}

// Calibrate runs random pools with alternate pages at the given rising stretches, with so many
// seeds from o.Seed on, on the machine whose memory binds.
func Calibrate(ctx context.Context, o Options, stretches []float64, seeds int) (*Calibration, error) {
	divisor, err := Divisor(o.Scale)
	if err != nil {
		return nil, err
	}
	var runs []Run
	for _, x := range stretches {
		for k := range seeds {
			seed := o.seed() + uint64(k)
			c := Stretched(Rack(divisor, MemoryBound(), Pair{place.Alternate, pool.Random}, seed), x, divisor)
			runs = append(runs, Run{Name: fmt.Sprintf("random, alternate, stretch %v, seed %d", x, seed), Config: c})
		}
	}
	results, err := runAll(ctx, o, runs)
	if err != nil {
		return nil, wrap("calibration", err)
	}
	c := &Calibration{Stretches: stretches}
	for ; len(results) > 0; results = results[seeds:] {
		var percent, whole, mean, dram, link []float64
		for _, r := range results[:seeds] {
			all := r.Active.Total.Overall().All()
			percent = append(percent, over1000(all))
			whole = append(whole, over1000(r.Total.Overall().All()))
			mean = append(mean, all.Ns())
			dram = append(dram, 100*r.Active.DRAMUtilization)
			link = append(link, 100*r.Active.LinkOutUtilization)
		}
		c.Percent = append(c.Percent, MeanOf(percent))
		c.Whole = append(c.Whole, MeanOf(whole))
		c.MeanNs = append(c.MeanNs, MeanOf(mean).Mean)
		c.DRAM = append(c.DRAM, MeanOf(dram).Mean)
		c.LinkOut = append(c.LinkOut, MeanOf(link).Mean)
	}
	return c, nil
}

// Stretch returns the stretch that meets the criterion, between two of those that were run
// on a straight line in the logarithm of the share; NaN if it lies outside of them.
func (c *Calibration) Stretch() float64 {
	for i := 1; i < len(c.Percent); i++ {
		a, b := math.Log(c.Percent[i-1].Mean/TargetPercent), math.Log(c.Percent[i].Mean/TargetPercent)
		if a >= 0 && b <= 0 && a > b {
			return c.Stretches[i-1] + (c.Stretches[i]-c.Stretches[i-1])*a/(a-b)
		}
	}
	return math.NaN()
}

// Table returns a row a stretch; there are no intervals with one seed.
func (c *Calibration) Table() *stats.Table {
	t := stats.NewTable("Calibration: random pools, alternate pages, "+MemoryBound().Name,
		stats.Column{Name: "stretch"}, stats.Column{Name: "seeds"}, stats.Column{Name: "over_1000ns", Unit: "%"}, stats.Column{Name: "low", Unit: "%"}, stats.Column{Name: "high", Unit: "%"},
		stats.Column{Name: "whole_run_over_1000ns", Unit: "%"}, stats.Column{Name: "mean", Unit: "ns"},
		stats.Column{Name: "pool_dram_bus", Unit: "%"}, stats.Column{Name: "pool_link_out", Unit: "%"})
	for i, x := range c.Stretches {
		p := c.Percent[i]
		if p.N == 1 {
			p.Low, p.High = math.NaN(), math.NaN()
		}
		t.Append(x, p.N, p.Mean, p.Low, p.High, c.Whole[i].Mean, c.MeanNs[i], c.DRAM[i], c.LinkOut[i])
	}
	return t
}
