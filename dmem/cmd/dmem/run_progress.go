package main

import (
	"github.com/dmemsys/dmemsys/dmem"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// runProgress returns what shows in a bar how far a run has come that ends at the time until
// (0: with its traces).
func runProgress(b *bar, until units.Time) func(dmem.Progress) {
	return func(p dmem.Progress) { b.update(int(p.Accesses), int(expected(p, until))) }
}

// expected returns how many accesses the whole run may have, 0 if that cannot be told: by
// the share of the traces that is done, or by the time at which the run ends if it is nearer.
func expected(p dmem.Progress, until units.Time) float64 {
	share := 0.0
	if p.Share > 0 { // it may be NaN
		share = p.Share
	}
	if until > 0 {
		share = max(share, float64(p.Simulated)/float64(until))
	}
	if share == 0 {
		return 0
	}
	return float64(p.Accesses) / min(share, 1)
}
