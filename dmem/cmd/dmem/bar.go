package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/cheggaaa/pb/v3"
)

// bar shows on a terminal how much of something is done, at what rate, and, if the total is
// known, the time left; elsewhere, as its zero value does, nothing.
type bar struct {
	bar  *pb.ProgressBar // nil: nowhere to show it
	what string
	pace pace
	now  func() time.Time
}

// newBar begins to show the progress of what is counted, such as "accesses".
func newBar(w io.Writer, what string) *bar {
	if !isTerminal(w) {
		return &bar{}
	}
	return startBar(w, what)
}

func startBar(w io.Writer, what string) *bar {
	const template = `{{string . "amount"}} {{if gt .Total 0}}{{bar . }} {{percent . }}{{else}}{{etime . }}{{end}} {{string . "pace"}}`
	p := pb.New(0).SetTemplateString(template).SetWriter(w).Set(pb.Terminal, true).Set(pb.CleanOnFinish, true)
	return &bar{bar: p.Set("amount", amount(0, 0, what)).Start(), what: what, now: time.Now}
}

// update tells how much is done of a total, 0 if that is not known.
func (b *bar) update(done, total int) {
	if b.bar != nil {
		b.bar.Set("amount", amount(done, total, b.what)).Set("pace", b.pace.tell(b.now(), done, total, b.what))
		b.bar.SetTotal(int64(total)).SetCurrent(int64(done))
	}
}

// stop ends the display and clears its line.
func (b *bar) stop() {
	if b.bar != nil {
		b.bar.Finish()
	}
}

// amount says how much is done of a total, if that is known: in millions if it is much.
func amount(done, total int, what string) string {
	number, unit := func(n int) string { return fmt.Sprint(n) }, ""
	if max(done, total) >= 1e6 {
		number, unit = func(n int) string { return fmt.Sprintf("%.1f", float64(n)/1e6) }, "M "
	}
	if total > 0 {
		return fmt.Sprintf("%s / %s %s%s", number(done), number(total), unit, what)
	}
	return fmt.Sprintf("%s %s%s", number(done), unit, what)
}

// pace is how fast something goes, on average since it began to.
type pace struct {
	start time.Time
	first int // was done by then
}

// tell returns, at the time now, the rate, in millions a second unless it is low, and, if the
// total is known, the time left; nothing while there is no rate.
func (p *pace) tell(now time.Time, done, total int, what string) string {
	if p.start.IsZero() || done <= p.first { // it has not begun yet
		p.start, p.first = now, done
	}
	seconds := now.Sub(p.start).Seconds()
	if seconds <= 0 {
		return ""
	}
	rate := float64(done-p.first) / seconds
	unit, _, _ := strings.Cut(what, " ") // "fills of programs"
	text := fmt.Sprintf("%.3g M %s/s", rate/1e6, unit)
	if rate < 1e4 {
		text = fmt.Sprintf("%.0f %s/s", rate, unit)
	}
	if left := float64(total-done) / rate; left > 0 && left < 1e6 {
		text += fmt.Sprintf(" %v left", time.Duration(left*1e9).Round(time.Second))
	}
	return text
}
