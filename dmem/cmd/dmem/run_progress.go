package main

import (
	"io"
	"math"
	"os"

	"github.com/cheggaaa/pb/v3"

	"github.com/dmemsys/dmemsys/dmem"
)

// runProgress shows on a terminal how far a run has come. The zero value shows nothing.
type runProgress struct {
	bar    *pb.ProgressBar // nil: nowhere to show it
	update func(dmem.Progress)
}

// What is shown when the number of accesses is known, and when it is not.
const (
	knownTotal   = `{{counters . }} accesses {{bar . }} {{percent . }} {{speed . }} {{rtime . "%s left"}}`
	unknownTotal = `{{counters . }} accesses {{speed . }} {{etime . }}`
)

// startProgress begins to show progress on w if it is a terminal.
func startProgress(w io.Writer) *runProgress {
	f, ok := w.(*os.File)
	if !ok {
		return &runProgress{}
	}
	if info, err := f.Stat(); err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return &runProgress{}
	}
	bar := pb.New(0).SetTemplateString(unknownTotal).SetWriter(f).Set(pb.Terminal, true).Set(pb.CleanOnFinish, true).Start()
	return &runProgress{bar, func(p dmem.Progress) {
		if p.Share > 0 && !math.IsInf(p.Share, 0) {
			bar.SetTemplateString(knownTotal)
			bar.SetTotal(int64(float64(p.Accesses) / p.Share))
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
