package main

import (
	"fmt"
	"io"

	"github.com/cheggaaa/pb/v3"
)

// bar shows on a terminal how far something has come, with the time left if the total is
// known; elsewhere nothing.
type bar struct{ bar *pb.ProgressBar }

// newBar begins to show the progress of so many of what is counted.
func newBar(w io.Writer, what string) bar {
	if !isTerminal(w) {
		return bar{}
	}
	const template = `{{counters . }} %s {{if gt .Total 0}}{{bar . }} {{percent . }} {{rtime . "%%s left" "" ""}}{{else}}{{etime . }}{{end}}`
	return bar{pb.New(0).SetTemplateString(fmt.Sprintf(template, what)).SetWriter(w).Set(pb.Terminal, true).Set(pb.CleanOnFinish, true).Start()}
}

// update tells how much is done of a total, 0 if that is not known.
func (b bar) update(done, total int) {
	if b.bar != nil {
		b.bar.SetTotal(int64(total)).SetCurrent(int64(done))
	}
}

// stop ends the display and clears its line.
func (b bar) stop() {
	if b.bar != nil {
		b.bar.Finish()
	}
}
