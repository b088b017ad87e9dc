package main

import (
	"io"

	"github.com/cheggaaa/pb/v3"

	"github.com/dmemsys/dmemsys/dmem"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// runProgress shows on a terminal how far a run has come. The zero value shows nothing.
type runProgress struct {
	bar    *pb.ProgressBar // nil: nowhere to show it
	update func(dmem.Progress)
}

// What is shown when the number of accesses is known, and when it is not.
const (
	knownTotal   = `{{counters . }} accesses {{bar . }} {{percent . }} {{speed . "%s accesses/s" ""}} {{rtime . "%s left" "" ""}}`
	unknownTotal = `{{counters . }} accesses {{etime . }} {{speed . "%s accesses/s" ""}}`
)

// startProgress begins to show the progress of a run that ends at the time until (0: with
// its traces) on w, if that is a terminal.
func startProgress(w io.Writer, until units.Time) *runProgress {
	if !isTerminal(w) {
		return &runProgress{}
	}
	bar := pb.New(0).SetTemplateString(unknownTotal).SetWriter(w).Set(pb.Terminal, true).Set(pb.CleanOnFinish, true).Start()
	return &runProgress{bar: bar, update: func(p dmem.Progress) {
		if total := expected(p, until); total > 0 {
			bar.SetTemplateString(knownTotal).SetTotal(int64(total))
		}
		bar.SetCurrent(int64(p.Accesses))
	}}
}

// stop ends the display and clears its line.
func (p *runProgress) stop() {
	if p.bar != nil {
		p.bar.Finish()
	}
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
