package dmem_test

import (
	"math"
	"testing"

	"github.com/dmemsys/dmemsys/dmem"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// TestActiveUtilizationIsTheDemand: at low load the pools' links carry what the traces ask
// for while all nodes are active, wherever that interval lies in the run. What is under way
// at its ends makes the difference.
func TestActiveUtilizationIsTheDemand(t *testing.T) {
	for _, stagger := range []units.Time{0, 100 * units.Microsecond} {
		c := dmem.Small()
		for i := range c.Workloads {
			s := *c.Workloads[i].Synthetic
			s.Records, s.MeanGap = 10_000, 120
			c.Workloads[i].Synthetic = &s
		}
		c.Replay.Stagger = stagger
		d, err := dmem.MeasureDemand(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		r, err := dmem.Run(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		got, want := r.Active.LinkOutUtilization, d.LinkLoad(&c)
		if math.Abs(got/want-1) > 0.01 {
			t.Errorf("stagger %v: the links are busy for %v of the time, the demand is %v", stagger, got, want)
		}
		if stagger > 0 && r.Active.From < stagger/2 {
			t.Errorf("the last node begins at %v, with a stagger of %v", r.Active.From, stagger)
		}
	}
}
