package main

import (
	"io"
	"strconv"

	"github.com/dmemsys/dmemsys/dmem"
	"github.com/dmemsys/dmemsys/dmem/mem"
)

// logged calls run with a probe that writes every nth completed access, warm-up included, to
// the CSV file at path. Without a path the probe is nil.
func logged(path string, every uint64, run func(onComplete func(*dmem.Access)) error) error {
	if path == "" {
		return run(nil)
	}
	return output(path, nil, func(w io.Writer) error {
		l := newAccessLog(w, every)
		if err := run(l.record); err != nil {
			return err
		}
		return l.err
	})
}

// accessLog writes accesses as lines of CSV. All times are in picoseconds: they are exact,
// and the stages sum to the latency.
type accessLog struct {
	w     io.Writer
	every uint64
	seen  uint64
	line  []byte
	err   error // the first; nothing is written after it
}

func newAccessLog(w io.Writer, every uint64) *accessLog {
	l := &accessLog{w: w, every: every}
	header := "node,pool,thread,process,kind,op,address,issue_ps,latency_ps"
	for s := range mem.NumStages {
		header += "," + s.String() + "_ps"
	}
	_, l.err = io.WriteString(w, header+"\n")
	return l
}

// record writes every nth access. Nodes and pools count from zero; a local access has no
// pool.
func (l *accessLog) record(a *dmem.Access) {
	l.seen++
	if l.err != nil || l.seen%l.every != 0 {
		return
	}
	b := strconv.AppendUint(l.line[:0], uint64(a.Node), 10)
	b = append(b, ',')
	if a.Remote {
		b = strconv.AppendUint(b, uint64(a.Pool), 10)
	}
	b = strconv.AppendUint(append(b, ','), uint64(a.Thread), 10)
	b = strconv.AppendUint(append(b, ','), uint64(a.Process), 10)
	b = append(append(b, ','), a.Kind.String()...)
	op := ",R,0x"
	if a.Write {
		op = ",W,0x"
	}
	b = strconv.AppendUint(append(b, op...), uint64(a.Addr), 16)
	b = strconv.AppendInt(append(b, ','), int64(a.Issue), 10)
	b = strconv.AppendInt(append(b, ','), int64(a.Done-a.Issue), 10)
	for _, t := range a.Stages {
		b = strconv.AppendInt(append(b, ','), int64(t), 10)
	}
	l.line = append(b, '\n')
	_, l.err = l.w.Write(l.line)
}
