package trace

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"

	"github.com/klauspost/compress/zstd"
)

// input is a window on the decompressed bytes of a trace. What is unread is
// buf[pos:end]; buf[0] is byte base of the decompressed data.
type input struct {
	buf      []byte
	pos, end int
	base     int64
	r        io.Reader // nil once it has ended
	err      error     // why it ended, io.EOF at best
	raw      *rawReader
	size     int64  // of the file itself; 0 if it is not known
	ratio    int64  // that decompression may reach; 0 if there is none
	release  func() // of the decompressor; may be nil
}

// rawReader counts the bytes of the file itself and remembers an error of it, to tell it
// from one of the decompressor.
type rawReader struct {
	r   io.Reader
	n   int64
	err error
}

func (r *rawReader) Read(p []byte) (int, error) {
	n, err := r.r.Read(p)
	r.n += int64(n)
	if err != nil && err != io.EOF {
		r.err = err
	}
	return n, err
}

const (
	inputSize = 128 << 10
	freeSize  = 64 << 20  // that may come of any file, however small
	maxWindow = 128 << 20 // of zstd, as its command line tool accepts at most by default
)

// newInput starts reading r and decompresses what its first bytes say, up to ratio times the
// size of r or, if r is no regular file, what has been read of it; 0 stands for
// DefaultMaxRatio.
func newInput(r io.Reader, ratio int) (*input, error) {
	if ratio < 0 {
		return nil, &Error{Field: "ratio of decompression", Got: strconv.Itoa(ratio), Want: "1 or more", Err: ErrOption}
	}
	if ratio == 0 {
		ratio = DefaultMaxRatio
	}
	in := &input{buf: make([]byte, inputSize), raw: &rawReader{r: r}}
	in.r = in.raw
	if f, ok := r.(*os.File); ok {
		if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
			in.size = info.Size()
		}
	}
	head, err := in.peek(6)
	if err != nil {
		return nil, err
	}
	rest := io.MultiReader(bytes.NewReader(bytes.Clone(in.buf[:in.end])), in.raw)
	switch {
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b}):
		z, err := newGzip(rest)
		if err != nil {
			return nil, in.classify(err)
		}
		in.r = z
	case isZstd(head):
		z, err := zstd.NewReader(rest, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxWindow))
		if err != nil {
			return nil, in.classify(err)
		}
		in.r, in.release = z, z.Close
	case bytes.HasPrefix(head, []byte(xzMagic)):
		z, err := newXZ(rest)
		if err != nil {
			return nil, in.classify(err)
		}
		in.r = z
	default:
		for _, c := range foreign {
			if bytes.HasPrefix(head, []byte(c.magic)) {
				return nil, &Error{Field: "compression", Got: c.name, Want: "gzip, zstd, xz or none: " + c.remedy, Err: ErrFormat}
			}
		}
		return in, nil
	}
	in.ratio = int64(ratio)
	in.pos, in.end, in.err = 0, 0, nil
	return in, nil
}

// foreign are compressions that are recognised, but not read.
var foreign = []struct{ magic, name, remedy string }{
	{"PK\x03\x04", "zip, an archive", `a file of one trace ("unzip -p" joins the parts of one)`},
	{"BZh", "bzip2", `"bzip2 -dc" decompresses it`},
	{"\x04\x22\x4d\x18", "lz4", `"lz4 -dc" decompresses it`},
	{"7z\xbc\xaf\x27\x1c", "7z, an archive", `"7z x -so" decompresses it`},
}

// isZstd reports whether a zstd frame starts here, or a skippable one before it.
func isZstd(b []byte) bool {
	return bytes.HasPrefix(b, []byte{0x28, 0xb5, 0x2f, 0xfd}) || len(b) >= 4 && b[0]&0xf0 == 0x50 && bytes.Equal(b[1:4], []byte{0x2a, 0x4d, 0x18})
}

// offset returns where the window's unread part starts in the decompressed data.
func (in *input) offset() int64 { return in.base + int64(in.pos) }

// fill reads more behind what is unread; it returns false if there is no more, or no room.
func (in *input) fill() bool {
	if in.pos > 0 {
		in.base += int64(in.pos)
		in.end = copy(in.buf, in.buf[in.pos:in.end])
		in.pos = 0
	}
	for idle := 0; in.r != nil && in.end < len(in.buf); idle++ {
		n, err := in.r.Read(in.buf[in.end:])
		in.end += n
		if err == nil && n == 0 && idle == 100 {
			err = io.ErrNoProgress
		}
		if total := in.base + int64(in.end); err == nil && in.ratio > 0 && total > freeSize {
			err = in.bomb(total)
		}
		if err != nil {
			in.r, in.err = nil, in.classify(err)
		}
		if n > 0 {
			return true
		}
	}
	return false
}

// bomb returns an error if so many decompressed bytes are more than may come of the file.
func (in *input) bomb(total int64) error {
	size, what := in.size, "of the file"
	if size == 0 {
		size, what = in.raw.n, "read so far"
	}
	if total/in.ratio <= size {
		return nil
	}
	return &Error{Field: "decompressed size", Got: strconv.FormatInt(total, 10) + " bytes", Want: fmt.Sprintf("at most %d times the %d bytes %s", in.ratio, size, what), Err: ErrBomb}
}

// peek returns the next n bytes, at most len(in.buf), or fewer at the end; it returns an
// error only if reading failed before n bytes.
func (in *input) peek(n int) ([]byte, error) {
	for in.end-in.pos < n && in.fill() {
	}
	if have := in.end - in.pos; have < n {
		n = have
		if in.err != nil && in.err != io.EOF {
			return nil, in.err
		}
	}
	return in.buf[in.pos : in.pos+n], nil
}

// readFull fills b and returns how many bytes there were.
func (in *input) readFull(b []byte) int {
	n := 0
	for n < len(b) {
		if in.pos == in.end && !in.fill() {
			break
		}
		moved := copy(b[n:], in.buf[in.pos:in.end])
		in.pos += moved
		n += moved
	}
	return n
}

// failure returns why reading ended before the given record was complete: io.EOF if the
// data simply end.
func (in *input) failure(record int64) error {
	if in.err == io.EOF {
		return io.EOF
	}
	e := asError(in.err)
	e.Record, e.Offset = record, in.offset()
	return e
}

// classify names the condition of an error: one of the file as it is, all others mean that
// the compressed data are at fault.
func (in *input) classify(err error) error {
	switch {
	case err == io.EOF:
		return err
	case in.raw.err != nil:
		return in.raw.err
	case errors.Is(err, io.ErrUnexpectedEOF):
		return &Error{Field: "compressed data", Err: ErrTruncated}
	case errors.Is(err, io.ErrNoProgress), errors.Is(err, ErrBomb):
		return err
	}
	return &Error{Field: "compressed data", Got: "(" + err.Error() + ")", Err: ErrCorrupt}
}
