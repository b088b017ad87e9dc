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

// Calibration is how the criterion depends on the stretch, at one scale.
type Calibration struct {
	Stretches []float64 // rising
	Percent   []float64 // accesses of 1000 ns or more with random pools and alternate pages
	MeanNs    []float64 // of the same runs
	DRAM      []float64 // mean utilisation of the pools' data buses in the same runs, in %
	LinkOut   []float64 // and of their links to the switch
}

// Calibrate runs random pools with alternate pages at the given rising stretches, on the
// machine whose memory binds.
func Calibrate(ctx context.Context, o Options, stretches []float64) (*Calibration, error) {
	divisor, err := Divisor(o.Scale)
	if err != nil {
		return nil, err
	}
	var runs []Run
	for _, x := range stretches {
		c := Stretched(Rack(divisor, MemoryBound(), Pair{place.Alternate, pool.Random}, o.seed()), x, divisor)
		runs = append(runs, Run{Name: fmt.Sprintf("random, alternate, stretch %v", x), Config: c})
	}
	results, err := runAll(ctx, o, runs)
	if err != nil {
		return nil, wrap("calibration", err)
	}
	c := &Calibration{Stretches: stretches}
	for _, r := range results {
		all := r.Active.Total.Overall().All()
		c.Percent = append(c.Percent, over1000(all))
		c.MeanNs = append(c.MeanNs, all.Ns())
		c.DRAM = append(c.DRAM, 100*r.Active.DRAMUtilization)
		c.LinkOut = append(c.LinkOut, 100*r.Active.LinkOutUtilization)
	}
	return c, nil
}

// Stretch returns the stretch that meets the criterion, between two of those that were run
// on a straight line in the logarithm of the share; NaN if it lies outside of them.
func (c *Calibration) Stretch() float64 {
	for i := 1; i < len(c.Percent); i++ {
		a, b := math.Log(c.Percent[i-1]/TargetPercent), math.Log(c.Percent[i]/TargetPercent)
		if a >= 0 && b <= 0 && a > b {
			return c.Stretches[i-1] + (c.Stretches[i]-c.Stretches[i-1])*a/(a-b)
		}
	}
	return math.NaN()
}

// Table returns a row a stretch.
func (c *Calibration) Table() *stats.Table {
	t := stats.NewTable("Calibration: random pools, alternate pages, "+MemoryBound().Name,
		stats.Column{Name: "stretch"}, stats.Column{Name: "over_1000ns", Unit: "%"}, stats.Column{Name: "mean", Unit: "ns"},
		stats.Column{Name: "pool_dram_bus", Unit: "%"}, stats.Column{Name: "pool_link_out", Unit: "%"})
	for i, x := range c.Stretches {
		t.Append(x, c.Percent[i], c.MeanNs[i], c.DRAM[i], c.LinkOut[i])
	}
	return t
}
