package trace

import (
	"io"
	"strconv"
)

// Sink takes misses in the order of their stamps. What it wrote is a trace only after
// Close, which does not close the file. An error returns again from then on.
type Sink interface {
	Write([]Miss) error
	Close() error
}

// NewSink returns a writer of a trace in a format that is [Format.Writable]: of any other
// the error, [ErrFormat], lists those that are. Only our own format keeps h and all of a
// miss; CSV does what h says of processes; [Format.Loses] tells what another one does not, and stamps go to it as they are,
// without what they count. A miss that cannot be stored is
// [ErrInvalid] or [ErrUnsorted], as an [*Error] with the record's number.
func NewSink(w io.Writer, f Format, h Header) (Sink, error) {
	if f == Binary {
		return NewWriter(w, h)
	}
	l := f.layout()
	if l.append == nil {
		return nil, notWritten(f)
	}
	if f == CSV && h.Processes {
		wide := *l
		wide.append, wide.first = appendCSVProcess, csvHeader+",process\n"
		l = &wide
	}
	return &recordWriter{w: w, layout: l, buf: append(make([]byte, 0, sinkSize+1024), l.first...)}, nil
}

// sinkSize is how much is written at once.
const sinkSize = 64 << 10

// recordWriter writes records that know nothing of each other but, if the layout has relative
// stamps, the stamp of the one before.
type recordWriter struct {
	w       io.Writer
	layout  *layout
	buf     []byte
	records int64
	offset  int64
	ordered ordered
	since   Miss // a record with a relative stamp
	err     error
}

func (t *recordWriter) Write(ms []Miss) error {
	for i := range ms {
		if t.err != nil {
			return t.err
		}
		m := &ms[i]
		fault := refuse(m, t.ordered.last)
		if fault == nil && m.Process != 0 && t.layout == &layouts[CSV] {
			fault = &Error{Field: "process", Got: strconv.Itoa(int(m.Process)), Want: "0, as this " + t.layout.name + " has no column for it (Header.Processes asks for one)", Err: ErrInvalid}
		}
		if fault != nil {
			fault.Record, fault.Offset = t.records, t.offset+int64(len(t.buf))
			t.err = fault
			return t.err
		}
		if t.layout.relative {
			t.since = *m
			t.since.Cycle -= t.ordered.last
			t.buf = t.layout.append(t.buf, &t.since)
		} else {
			t.buf = t.layout.append(t.buf, m)
		}
		t.ordered.last = m.Cycle
		t.records++
		if len(t.buf) >= sinkSize {
			t.flush()
		}
	}
	return t.err
}

// Close writes what is left. It may be called again.
func (t *recordWriter) Close() error {
	if t.err == nil && len(t.buf) > 0 {
		t.flush()
	}
	return t.err
}

func (t *recordWriter) flush() {
	n, err := t.w.Write(t.buf)
	t.offset += int64(n)
	if err == nil && n < len(t.buf) {
		err = io.ErrShortWrite
	}
	if err != nil {
		t.err = &Error{Record: t.records, Offset: t.offset, Field: "writing", Err: err}
	}
	t.buf = t.buf[:0]
}

// appendHex writes an address as 0x and digits.
func appendHex[A ~uint64](b []byte, addr A) []byte {
	return strconv.AppendUint(append(b, "0x"...), uint64(addr), 16)
}

// readWrite returns the letter of a request to memory.
func readWrite(m *Miss) byte {
	if m.Kind == WriteBack {
		return 'W'
	}
	return 'R'
}

// Copy writes what src holds to dst, without closing either, and returns how many records
// it was.
func Copy(dst Sink, src Source) (int64, error) {
	buf := make([]Miss, 4096)
	for records := int64(0); ; {
		n, err := src.Next(buf)
		if err == io.EOF {
			return records, nil
		}
		if err == nil {
			err = dst.Write(buf[:n])
		}
		if err != nil {
			return records, err
		}
		records += int64(n)
	}
}
