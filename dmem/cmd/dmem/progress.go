package main

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/cheggaaa/pb/v3"
)

// progress shows how far a number of jobs is. done may be called by several goroutines.
type progress interface {
	start(total int)
	done(name string, took time.Duration, err error)
	end()
}

// newProgress returns a bar with the time left if w is a terminal, else a line for each job.
func newProgress(w io.Writer) progress {
	if f, ok := w.(*os.File); ok {
		if info, err := f.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 && os.Getenv("TERM") != "dumb" {
			return &bar{w: w}
		}
	}
	return &log{w: w}
}

// bar is progress on a terminal.
type bar struct {
	w  io.Writer
	pb *pb.ProgressBar
}

func (b *bar) start(total int) {
	b.pb = pb.New(total).SetWriter(b.w).SetMaxWidth(90).
		SetTemplateString(`{{counters . }} {{bar . }} {{percent . }} {{rtime . "%s left" "%s" "?"}} {{string . "last"}}`).Start()
}

func (b *bar) done(name string, took time.Duration, err error) {
	b.pb.Set("last", outcome(name, took, err)).Increment()
}

func (b *bar) end() { b.pb.Finish() }

// log is progress as lines.
type log struct {
	w     io.Writer
	mu    sync.Mutex
	total int
	count int
}

func (l *log) start(total int) { l.total = total }

func (l *log) done(name string, took time.Duration, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.count++
	fmt.Fprintf(l.w, "[%d/%d] %s\n", l.count, l.total, outcome(name, took, err))
}

func (l *log) end() {}

func outcome(name string, took time.Duration, err error) string {
	if err != nil {
		return name + " failed"
	}
	return fmt.Sprintf("%s, %.1f s", name, took.Seconds())
}
