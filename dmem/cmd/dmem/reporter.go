package main

import (
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/cheggaaa/pb/v3"
)

// reporter shows how far a number of jobs is. done may be called by several goroutines.
type reporter interface {
	start(total int)
	done(name string, took time.Duration, err error)
	end()
}

// newReporter returns a bar with the time left if w is a terminal, else a line for each job.
func newReporter(w io.Writer) reporter {
	if isTerminal(w) {
		return &pbBar{w: w}
	}
	return &lineLog{w: w}
}

// pbBar is a reporter on a terminal.
type pbBar struct {
	w  io.Writer
	pb *pb.ProgressBar
}

func (b *pbBar) start(total int) {
	b.pb = pb.New(total).SetWriter(b.w).SetMaxWidth(90).
		SetTemplateString(`{{counters . }} {{bar . }} {{percent . }} {{rtime . "%s left" "%s" "?"}} {{string . "last"}}`).Start()
}

func (b *pbBar) done(name string, took time.Duration, err error) {
	b.pb.Set("last", outcome(name, took, err)).Increment()
}

func (b *pbBar) end() { b.pb.Finish() }

// lineLog is a reporter as lines.
type lineLog struct {
	w     io.Writer
	mu    sync.Mutex
	total int
	count int
	began time.Time
}

func (l *lineLog) start(total int) { l.total, l.began = total, time.Now() }

func (l *lineLog) done(name string, took time.Duration, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.count++
	left := ""
	if jobs := l.total - l.count; jobs > 0 {
		d := time.Since(l.began) * time.Duration(jobs) / time.Duration(l.count)
		left = fmt.Sprintf(" (about %v left)", d.Round(time.Second))
	}
	fmt.Fprintf(l.w, "[%d/%d] %s%s\n", l.count, l.total, outcome(name, took, err), left)
}

func (l *lineLog) end() {}

func outcome(name string, took time.Duration, err error) string {
	if err != nil {
		return name + " failed"
	}
	return fmt.Sprintf("%s, %.1f s", name, took.Seconds())
}
