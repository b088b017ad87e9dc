package trace

import (
	"fmt"
	"io"
	"os"

	"github.com/dmemsys/dmemsys/dmem/units"
)

// Opener starts a trace from its beginning. A source that is an [io.Closer] is closed by
// whom the opener was given to.
type Opener func() (Source, error)

// FileOpener returns an opener of the file at path; see [Open].
func FileOpener(path string, o Options) Opener {
	return func() (Source, error) {
		f, err := Open(path, o)
		if err != nil {
			return nil, err // not a nil *File in a Source
		}
		return f, nil
	}
}

// Rotated is a trace that begins at a record of its own and wraps; see [Rotate].
type Rotated struct {
	open    Opener
	src     Source
	start   int64        // the record to begin with
	pending bool         // it is in begin and to be delivered
	begin   Miss         // the record to begin with
	first   units.Cycles // stamp of record 0
	last    units.Cycles // stamp read last
	shift   units.Cycles // added to the stamps of this pass
	read    int64        // records of this pass delivered or skipped
	wrapped bool         // this is the second pass
	err     error
}

// Rotate returns a source that replays each record of a trace once, beginning with record
// start (from 0): to the end, and then those before it. Stamps start at 0 and keep their
// differences; the step over the wrap is the trace's mean gap, the time from its first to
// its last stamp over the number of gaps, rounded to the nearest cycle.
//
// The trace is read twice and never held: open is called now and again at the wrap. Rotate
// returns the opener's or the source's error, and an error if the trace has no record
// start. The caller closes what it returns.
func Rotate(open Opener, start int64) (*Rotated, error) {
	if start < 0 {
		return nil, fmt.Errorf("trace: rotate: start record %d: want 0 or more", start)
	}
	src, err := open()
	if err != nil {
		return nil, err
	}
	r := &Rotated{open: open, src: src, start: start}
	if err := r.skip(); err != nil {
		r.Close()
		return nil, err
	}
	return r, nil
}

// skip reads up to and including the record to begin with: the first for its stamp, and then
// what a file cannot pass over.
func (r *Rotated) skip() error {
	if err := r.readTo(1); err != nil {
		return err
	}
	r.first = r.begin.Cycle
	if f, ok := r.src.(*File); ok {
		n, err := f.skip(r.start - 1)
		if err != nil && err != io.EOF {
			return err
		}
		r.read += n
	}
	if err := r.readTo(r.start + 1); err != nil {
		return err
	}
	r.last, r.shift, r.pending = r.begin.Cycle, -r.begin.Cycle, true
	return nil
}

// readTo reads up to record n, which is excluded; begin is the one before it.
func (r *Rotated) readTo(n int64) error {
	buf := make([]Miss, min(4096, max(n-r.read, 0)))
	for r.read < n {
		k, err := r.src.Next(buf[:min(int64(len(buf)), n-r.read)])
		if err == io.EOF {
			return fmt.Errorf("trace: rotate: start record %d: want less than the trace's %d records", r.start, r.read)
		}
		if err != nil {
			return err
		}
		r.read += int64(k)
		r.begin = buf[k-1]
	}
	return nil
}

// Next implements [Source]. A trace that is shorter the second time is [ErrTruncated].
func (r *Rotated) Next(buf []Miss) (int, error) {
	if r.err != nil {
		return 0, r.err
	}
	if len(buf) == 0 {
		return 0, io.ErrShortBuffer
	}
	if r.pending {
		r.pending = false
		buf[0] = r.begin
		buf[0].Cycle = 0
		return 1, nil
	}
	n, err := r.next(buf)
	if err == io.EOF && !r.wrapped {
		if err = r.wrap(); err == nil {
			n, err = r.next(buf)
		}
	}
	if err != nil {
		r.err = err
	}
	return n, err
}

func (r *Rotated) next(buf []Miss) (int, error) {
	if r.wrapped {
		if r.read == r.start {
			return 0, io.EOF
		}
		buf = buf[:min(int64(len(buf)), r.start-r.read)]
	}
	n, err := r.src.Next(buf)
	if err == io.EOF && r.wrapped {
		return 0, fmt.Errorf("trace: rotate: read again, the trace ends after %d records, not %d or more: %w", r.read, r.start, ErrTruncated)
	}
	if err != nil {
		return 0, err
	}
	r.last = buf[n-1].Cycle
	for i := range buf[:n] {
		buf[i].Cycle += r.shift
	}
	r.read += int64(n)
	return n, nil
}

// wrap begins the second pass.
func (r *Rotated) wrap() error {
	err := closeSource(r.src)
	r.src, r.wrapped = nil, true
	if err != nil {
		return err
	}
	span, gap := uint64(r.last-r.first), uint64(0)
	if gaps := uint64(r.read - 1); gaps > 0 {
		gap = (span + gaps/2) / gaps
	}
	if span+gap > uint64(MaxStamp) {
		return fmt.Errorf("trace: rotate: stamps from %d to %d: want room for a gap of %d cycles more", r.first, r.last, gap)
	}
	r.shift += r.last + units.Cycles(gap) - r.first
	r.read = 0
	if r.start == 0 {
		return nil
	}
	r.src, err = r.open()
	return err
}

// Close closes the source, if it can be closed; Next fails after it. It may be called again.
func (r *Rotated) Close() error {
	if r.err == nil {
		r.err = fmt.Errorf("trace: rotate: %w", os.ErrClosed)
	}
	src := r.src
	r.src = nil
	return closeSource(src)
}

func closeSource(src Source) error {
	if c, ok := src.(io.Closer); ok {
		return c.Close()
	}
	return nil
}
