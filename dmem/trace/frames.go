package trace

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"strconv"
)

// frames cuts a file into pieces, each of which is parsed by itself: lines, pieces of one
// size, messages that tell their length.
type frames interface {
	// next returns the next piece, valid until the next call; [io.EOF] behind the last one.
	next() ([]byte, error)
	// locate sets where the piece of the last call starts.
	locate(*Error)
}

// parser reads the records of a piece. A piece may hold none, or up to mostRecords.
type parser[T any] interface {
	// parse writes the records to out, which has room for mostRecords.
	parse(piece []byte, out []T) (int, *Error)
	// end returns what is missing if the file ends here, or nil.
	end() *Error
}

// mostRecords is how many records a piece may hold: 4 KiB that start within a line.
const mostRecords = maxRequest/64 + 1

// openEnd is the end of a format that may end anywhere.
type openEnd struct{}

func (openEnd) end() *Error { return nil }

// framed is a decoder that reads piece by piece.
type framed[T any] struct {
	frames frames
	parser parser[T]
	test   func(*T) error // that each record has to pass; nil: none
	record int64
	spill  [mostRecords]T // records of a piece that found no room
	held   []T            // those of them not yet delivered
}

func (d *framed[T]) decode(buf []T) (int, error) {
	n := copy(buf, d.held)
	d.held = d.held[n:]
	for n < len(buf) {
		piece, err := d.frames.next()
		if err != nil {
			return n, d.ended(err)
		}
		out := buf[n:]
		if len(out) < mostRecords {
			out = d.spill[:]
		}
		records, fault := d.parser.parse(piece, out)
		if fault != nil {
			fault.Record = d.record
			d.frames.locate(fault)
			return n, fault
		}
		if d.test != nil {
			if fault := d.tested(out[:records]); fault != nil {
				return n, fault
			}
		}
		d.record += int64(records)
		if len(buf)-n < mostRecords {
			moved := copy(buf[n:], out[:records])
			d.held = out[moved:records]
			records = moved
		}
		n += records
	}
	return n, nil
}

// tested returns an error if one of a piece's records does not pass the test. Then none of
// them is delivered.
func (d *framed[T]) tested(records []T) error {
	for i := range records {
		if err := d.test(&records[i]); err != nil {
			fault := &Error{Record: d.record + int64(i), Err: err}
			d.frames.locate(fault)
			return fault
		}
	}
	return nil
}

// ended returns why there are no more pieces.
func (d *framed[T]) ended(err error) error {
	if err == io.EOF {
		fault := d.parser.end()
		if fault == nil {
			return err
		}
		d.frames.locate(fault)
		err = fault
	}
	e := asError(err)
	e.Record = d.record
	return e
}

// lines are the pieces of a text; each ends in a newline, with or without a carriage return
// before it.
type lines struct {
	in      *input
	started int64 // where the line starts
	number  int64 // of the line, from 1
	blank   bool  // lines of white space are left out
}

func (l *lines) next() ([]byte, error) {
	for {
		line, err := l.line()
		if err != nil || !l.blank || len(bytes.TrimSpace(line)) > 0 {
			return line, err
		}
	}
}

// line returns the next line without its end.
func (l *lines) line() ([]byte, error) {
	in := l.in
	l.started = in.offset()
	l.number++
	for seen := 0; ; {
		window := in.buf[in.pos:in.end]
		if n := bytes.IndexByte(window[seen:], '\n'); n >= 0 {
			n += seen
			in.pos += n + 1
			if n > 0 && window[n-1] == '\r' {
				n--
			}
			return window[:n], nil
		}
		if seen = len(window); in.fill() {
			continue
		}
		rest := in.buf[in.pos:in.end]
		switch {
		case in.r != nil: // no room
			return nil, l.fault(&Error{Field: "line", Got: quote(rest), Want: fmt.Sprintf("at most %d bytes", len(in.buf)), Err: ErrCorrupt})
		case in.err == io.EOF && len(rest) > 0:
			return nil, l.fault(&Error{Field: "last line", Got: quote(rest), Want: "a newline at its end", Err: ErrTruncated})
		case in.err == io.EOF:
			return nil, io.EOF
		}
		return nil, l.fault(asError(in.err))
	}
}

func (l *lines) fault(e *Error) *Error {
	l.locate(e)
	return e
}

func (l *lines) locate(e *Error) { e.Offset, e.Line = l.started, l.number }

// fixed are pieces of one size.
type fixed struct {
	in      *input
	size    int
	started int64
}

func (f *fixed) next() ([]byte, error) {
	in := f.in
	f.started = in.offset()
	if in.end-in.pos < f.size {
		b, err := in.peek(f.size)
		switch {
		case err != nil:
			e := asError(err)
			f.locate(e)
			return nil, e
		case len(b) == 0:
			return nil, io.EOF
		case len(b) < f.size:
			return nil, &Error{Offset: f.started, Field: "last record", Got: fmt.Sprintf("%d bytes", len(b)), Want: strconv.Itoa(f.size), Err: ErrTruncated}
		}
	}
	b := in.buf[in.pos : in.pos+f.size]
	in.pos += f.size
	return b, nil
}

func (f *fixed) locate(e *Error) { e.Offset = f.started }

// maxMessage is the longest message that is read; longer ones are a sign of damage.
const maxMessage = 64 << 10

// messages are pieces with their length before each, as a varint.
type messages struct {
	in      *input
	started int64
}

func (m *messages) next() ([]byte, error) {
	in := m.in
	m.started = in.offset()
	head, err := in.peek(binary.MaxVarintLen64)
	if err != nil {
		return nil, m.fault(asError(err))
	}
	if len(head) == 0 {
		return nil, io.EOF
	}
	size, n := binary.Uvarint(head)
	switch {
	case n == 0:
		return nil, m.fault(&Error{Field: "length of the last message", Got: fmt.Sprintf("% x", head), Want: "a varint", Err: ErrTruncated})
	case n < 0 || size > maxMessage:
		return nil, m.fault(&Error{Field: "length of the message", Got: fmt.Sprintf("% x", head), Want: fmt.Sprintf("a varint of at most %d", maxMessage), Err: ErrCorrupt})
	}
	b, err := in.peek(n + int(size))
	switch {
	case err != nil:
		return nil, m.fault(asError(err))
	case len(b) < n+int(size):
		return nil, m.fault(&Error{Field: "last message", Got: fmt.Sprintf("%d bytes", len(b)-n), Want: strconv.FormatUint(size, 10), Err: ErrTruncated})
	}
	in.pos += n + int(size)
	return b[n:], nil
}

func (m *messages) fault(e *Error) *Error {
	m.locate(e)
	return e
}

func (m *messages) locate(e *Error) { e.Offset = m.started }
