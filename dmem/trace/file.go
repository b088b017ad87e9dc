package trace

import (
	"bytes"
	"io"
	"math"
	"os"

	"github.com/dmemsys/dmemsys/dmem/units"
)

// Format is the layout of a trace file, whatever its compression.
type Format uint8

// The formats that [Open] reads.
const (
	Binary Format = iota // our own, see the package documentation
	CSV                  // lines of text
	TRC                  // 32-byte records of DRackSim
	numFormats
)

var formatNames = [numFormats]string{"binary", "csv", "trc"}

// String returns "binary", "csv" or "trc".
func (f Format) String() string {
	if f < numFormats {
		return formatNames[f]
	}
	return "unknown"
}

// MarshalText implements [encoding.TextMarshaler].
func (f Format) MarshalText() ([]byte, error) { return marshalName(f, formatNames[:]) }

// UnmarshalText implements [encoding.TextUnmarshaler].
func (f *Format) UnmarshalText(b []byte) error { return unmarshalName(f, b, "format", formatNames[:]) }

// knownFormats is what an unrecognised file could have been.
const knownFormats = `a dmem trace (starts with "` + magic + `"), CSV (first line "` + csvHeader +
	`" and perhaps ",process"), or 32-byte .trc records (process from 1, thread, address, operation, cycle), each plain, gzip or zstd`

// Options says how to read a file. The zero value takes everything from the file.
type Options struct {
	// Clock is what the stamps count, instead of what the file or its format says.
	Clock units.Clock
}

// Header is what a trace tells about itself.
type Header struct {
	Clock  units.Clock // of the stamps
	Name   string      // what was traced; may be empty
	Origin string      // how the trace came about; may be empty
}

// File is a trace being read, a [Source]. It is read once, from the start to the end, in
// memory that does not depend on its length.
type File struct {
	path   string
	format Format
	header Header
	in     *input
	dec    decoder
	err    error
	closer io.Closer
	size   int64 // of the file; 0 if it is not known
}

// decoder reads the records of one format. decode fills buf as far as it can; it may
// return records and the error behind them at once.
type decoder interface {
	decode(buf []Miss) (int, error)
}

// Open opens a trace file; its format and compression are recognised by content, not by
// name. It returns the file system's error, [ErrFormat] with the list of known formats, or
// [ErrCorrupt] (as an [*Error]) if the start is damaged already. The caller closes the file.
func Open(path string, o Options) (*File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	t, err := NewFile(f, path, o)
	if err != nil {
		f.Close()
		return nil, err
	}
	t.closer = f
	if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
		t.size = info.Size()
	}
	return t, nil
}

// NewFile reads a trace from r; name stands for it in errors. It is [Open] for what is no
// file. Close does not close r.
func NewFile(r io.Reader, name string, o Options) (*File, error) {
	f := &File{path: name}
	in, err := newInput(r)
	if err != nil {
		return nil, f.locate(err)
	}
	f.in = in
	if err := f.recognise(); err != nil {
		f.Close()
		return nil, f.locate(err)
	}
	if o.Clock != (units.Clock{}) {
		f.header.Clock = o.Clock
	}
	return f, nil
}

// recognise looks at the first bytes and sets format, header and decoder.
func (f *File) recognise() error {
	head, err := f.in.peek(max(trcSize, len(csvHeader)))
	if err != nil {
		return err
	}
	switch {
	case bytes.HasPrefix(head, []byte(magic)):
		f.format = Binary
		f.header, f.dec, err = newBinaryDecoder(f.in)
	case bytes.HasPrefix(head, []byte(csvHeader)):
		f.format, f.header.Clock = CSV, csvClock
		f.dec, err = newCSVDecoder(f.in)
	case len(head) >= trcSize && trcPlausible(head):
		f.format, f.header.Clock = TRC, trcClock
		f.dec = &trcDecoder{in: f.in}
	default:
		got := quote(head)
		if len(head) == 0 {
			got = "(empty)"
		}
		err = &Error{Field: "start of file", Got: got, Want: knownFormats, Err: ErrFormat}
	}
	return err
}

// Clock returns what the stamps count: the clock of [Options] if that was set, else the
// file's, else its format's.
func (f *File) Clock() units.Clock { return f.header.Clock }

// Format returns the layout that was recognised.
func (f *File) Format() Format { return f.format }

// Header returns what the file tells about itself, with the clock that [File.Clock]
// returns. Only our own format has more than a clock.
func (f *File) Header() Header { return f.header }

// Share returns which part of the file has been read, 0 to 1, by its bytes; NaN if its size
// is not known.
func (f *File) Share() float64 {
	if f.size == 0 {
		return math.NaN()
	}
	return float64(f.in.raw.n) / float64(f.size)
}

// Next implements [Source]. Its errors are [*Error] with one of the sentinels [ErrCorrupt],
// [ErrTruncated] and [ErrUnsorted], or with an error of the file system.
func (f *File) Next(buf []Miss) (int, error) {
	if f.err != nil {
		return 0, f.err
	}
	if len(buf) == 0 {
		return 0, io.ErrShortBuffer
	}
	n, err := f.dec.decode(buf)
	if err != nil {
		f.err = f.locate(err)
		if n == 0 {
			return 0, f.err
		}
	}
	return n, nil
}

// Close ends reading; Next fails after it. It may be called again.
func (f *File) Close() error {
	if f.err == nil {
		f.err = os.ErrClosed
	}
	if f.in != nil && f.in.release != nil {
		f.in.release()
		f.in.release = nil
	}
	if f.closer != nil {
		c := f.closer
		f.closer = nil
		return c.Close()
	}
	return nil
}

// locate adds the file's name to an error.
func (f *File) locate(err error) error {
	if err == io.EOF {
		return err
	}
	e := asError(err)
	e.Path = f.path
	return e
}
