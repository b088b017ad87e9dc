package trace

import (
	"fmt"
	"io"
	"math"
	"os"
	"strconv"

	"github.com/dmemsys/dmemsys/dmem/units"
)

// Options says how to read a file. The zero value takes everything from the file.
type Options struct {
	// Clock is what the stamps count, instead of what the file or its format says.
	Clock units.Clock
	// Format is the file's layout. Auto, the zero value, takes it from the content.
	Format Format
	// Gap is the time between two records of a format without stamps; 0 stands for 1, as
	// the simulators of these formats replay a record a cycle. Another format refuses it.
	Gap units.Cycles
	// Mapping makes addresses of the address vectors of [RamulatorReadWrite]; another format
	// refuses it.
	Mapping Mapping
	// Commands says what gem5's commands do, of which only two are known without it; another
	// format refuses it.
	Commands Commands
	// MaxRatio is how many times its size a compressed file may grow, beyond its first
	// 64 MiB; 0 stands for [DefaultMaxRatio]. What is no regular file has no size: what has
	// been read of it counts.
	MaxRatio int
}

// DefaultMaxRatio is the growth at which a compressed file is taken for a bomb: real traces
// stay far below it.
const DefaultMaxRatio = 500

// Header is what a trace tells about itself.
type Header struct {
	Clock  units.Clock // of the stamps
	Name   string      // what was traced; may be empty
	Origin string      // how the trace came about; may be empty

	// Processes asks [NewSink] for a column of processes in CSV, without which a process
	// other than 0 is refused.
	Processes bool
}

// decoder reads the records of one format. decode fills buf as far as it can; it may
// return records and the error behind them at once.
type decoder[T any] interface {
	decode(buf []T) (int, error)
}

// opened is what files of misses and of references have in common.
type opened struct {
	path   string
	format Format
	readAs string // Error.ReadAs
	header Header
	in     *input
	err    error
	closer io.Closer
}

// File is a trace of misses being read, a [Source]. It is read once, from the start to the
// end, in memory that does not depend on its length.
type File struct {
	opened
	dec decoder[Miss]
}

// Open opens a file of misses; its compression is recognised by content, not by name, and
// so is its format, unless o tells it, or its content shows none, or one of two that look
// alike, and its name does. It returns
// the file system's error, [ErrFormat] with the list of known formats, [ErrFamily] for a trace
// of references, [ErrOption] if o does not fit the format, or [ErrCorrupt] if the start is
// damaged already, as an [*Error]. The caller closes the file.
func Open(path string, o Options) (*File, error) { return openPath(path, o, NewFile) }

// NewFile reads a trace from r; name stands for it in errors. It is [Open] for what is no
// file. Close does not close r.
func NewFile(r io.Reader, name string, o Options) (*File, error) {
	f := &File{}
	err := f.start(r, name, &o)
	if err == nil {
		if misses := f.format.layout().misses; misses != nil {
			f.dec, err = misses(f.in, &f.header, o)
		} else {
			err = f.family("misses", "references, before any cache, which a front end turns into misses")
		}
	}
	return ready(f, err, o)
}

// openPath opens a file with the function for what is no file.
func openPath[F interface{ file() *opened }](path string, o Options, read func(io.Reader, string, Options) (F, error)) (none F, _ error) {
	f, err := os.Open(path)
	if err != nil {
		return none, err
	}
	t, err := read(f, path, o)
	if err != nil {
		f.Close()
		return none, err
	}
	t.file().closer = f
	return t, nil
}

// ready returns an opened file, or what went wrong with it.
func ready[F interface{ file() *opened }](t F, err error, o Options) (none F, _ error) {
	f := t.file()
	if err != nil {
		f.Close()
		return none, f.locate(err)
	}
	if o.Clock != (units.Clock{}) {
		f.header.Clock = o.Clock
	}
	return t, nil
}

func (f *opened) file() *opened { return f }

// start looks at the first bytes of r, sets the format and completes the options.
func (f *opened) start(r io.Reader, name string, o *Options) (err error) {
	f.path, f.format = name, o.Format
	if f.in, err = newInput(r, o.MaxRatio); err != nil {
		return err
	}
	if f.format == Auto {
		head, err := f.in.peek(recogniseSize)
		if err != nil {
			head = f.in.buf[f.in.pos:f.in.end] // what precedes an error is read
		}
		var known bool
		if f.format, known = recognise(head, err == nil && len(head) < recogniseSize); known {
			if named, ok := formatByName(name); ok && named != f.format && named.looksLike() == f.format {
				f.format, f.readAs = named, named.String()+" by its name"
			} else if !f.format.layout().magic {
				f.readAs = f.format.String() + " by its content"
			}
		} else if f.format, known = formatByName(name); known && len(head) > 0 {
			f.readAs = f.format.String() + " by its name"
		} else {
			if err != nil {
				return err
			}
			got := quote(head)
			if len(head) == 0 {
				got = "(empty)"
			}
			return &Error{Field: "start of file", Got: got, Want: "one of the formats " + names(Format.Recognised) + "; only a name tells " +
				names(func(f Format) bool { return !f.Recognised() }) + ", and dramsim2-misc with data", Err: ErrFormat}
		}
	}
	f.header.Clock = f.format.layout().clock
	switch {
	case f.format >= numFormats:
		return &Error{Field: "format", Got: f.format.String(), Want: names(func(Format) bool { return true }), Err: ErrFormat}
	case o.Gap < 0 || o.Gap > MaxStamp:
		return &Error{Field: "gap", Got: strconv.FormatInt(int64(o.Gap), 10), Want: fmt.Sprintf("0 to %d cycles", MaxStamp), Err: ErrOption}
	case o.Mapping.Valid() && f.format != RamulatorReadWrite:
		return &Error{Field: "address mapping", Got: o.Mapping.String(), Want: "none, as " + f.format.String() + " has addresses: it is for " + RamulatorReadWrite.String(), Err: ErrOption}
	case o.Commands != (Commands{}) && f.format != Gem5:
		return &Error{Field: "commands", Got: o.Commands.String(), Want: "none, as " + f.format.String() + " has no numbers for them: they are for " + Gem5.String(), Err: ErrOption}
	case o.Gap > 0 && !f.format.Paced():
		return &Error{Field: "gap", Got: strconv.FormatInt(int64(o.Gap), 10), Want: "none, as " + f.format.String() + " is not a format of misses without stamps: " + names(Format.Paced), Err: ErrOption}
	}
	if o.Gap == 0 {
		o.Gap = 1
	}
	return nil
}

// family reports that the file holds something else than it was opened for.
func (f *opened) family(want, got string) error {
	return &Error{Field: "format", Got: f.format.String(), Want: "a trace of " + want + ", it is one of " + got, Err: ErrFamily}
}

// Format returns the layout that was told or recognised.
func (f *opened) Format() Format { return f.format }

// Header returns what the file tells about itself. Only our own format has more than a
// clock, and gem5's the name of the traced object as its origin; one of references has not
// even that.
func (f *opened) Header() Header { return f.header }

// Share returns which part of the file has been read, 0 to 1, by its bytes; NaN if its size
// is not known.
func (f *opened) Share() float64 {
	if f.in.size == 0 {
		return math.NaN()
	}
	return float64(f.in.raw.n) / float64(f.in.size)
}

// Close ends reading; Next fails after it. It may be called again.
func (f *opened) Close() error {
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
func (f *opened) locate(err error) error {
	if err == io.EOF {
		return err
	}
	e := asError(err)
	e.Path, e.ReadAs = f.path, f.readAs
	return e
}

// read is Next of both kinds of file.
func read[T any](f *opened, dec decoder[T], buf []T) (int, error) {
	if f.err != nil {
		return 0, f.err
	}
	if len(buf) == 0 {
		return 0, io.ErrShortBuffer
	}
	n, err := dec.decode(buf)
	if err != nil {
		f.err = f.locate(err)
		if n == 0 {
			return 0, f.err
		}
	}
	return n, nil
}

// Clock returns what the stamps count: the clock of [Options] if that was set, else the
// file's, else its format's.
func (f *File) Clock() units.Clock { return f.header.Clock }

// Next implements [Source]. Its errors are [*Error] with one of the sentinels [ErrCorrupt],
// [ErrTruncated], [ErrUnsorted] and [ErrBomb], or with an error of the file system.
func (f *File) Next(buf []Miss) (int, error) { return read(&f.opened, f.dec, buf) }

// skip passes over at most n records, those in whole blocks of our own format, which takes a
// fraction of reading them. It returns how many; the others can be read. Its errors are those
// of [File.Next].
func (f *File) skip(n int64) (int64, error) {
	d, ok := f.dec.(*binaryDecoder)
	if f.err != nil || !ok {
		return 0, f.err
	}
	n, err := d.skip(n)
	if err != nil {
		f.err = f.locate(err)
	}
	return n, f.err
}
