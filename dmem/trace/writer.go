package trace

import (
	"encoding/binary"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/klauspost/compress/zstd"

	"github.com/dmemsys/dmemsys/dmem/units"
)

// Writer writes a trace in our own format, in memory that does not depend on its length.
// What it wrote is a trace only after [Writer.Close].
type Writer struct {
	w      io.Writer
	block  blockEncoder
	z      *zstd.Encoder
	stored []byte // a block as it goes to w

	offset  int64 // bytes written
	raw     int64 // bytes of blocks before compression
	records int64
	first   units.Cycles
	chain   uint32
	err     error
}

// NewWriter writes the header to w and returns a writer of the records. The header's clock
// is what the stamps count; it must be valid. Name and Origin are UTF-8 text of together
// less than 64 KiB. NewWriter does not compress the file as a whole: its blocks are.
func NewWriter(w io.Writer, h Header) (*Writer, error) {
	if !h.Clock.Valid() {
		return nil, &units.FieldError{Path: "trace.header.clock", Got: h.Clock, Want: "1Hz to 1000GHz"}
	}
	var meta []byte
	for _, pair := range [][2]string{{"name", h.Name}, {"origin", h.Origin}} {
		if pair[1] == "" {
			continue
		}
		if !utf8.ValidString(pair[1]) || len(pair[1]) > maxMetadata {
			return nil, &units.FieldError{Path: "trace.header." + pair[0], Got: quote([]byte(pair[1])), Want: "UTF-8 of at most 64 KiB"}
		}
		for _, s := range pair {
			meta = binary.AppendUvarint(meta, uint64(len(s)))
			meta = append(meta, s...)
		}
	}
	if len(meta) > maxMetadata {
		return nil, &units.FieldError{Path: "trace.header", Got: fmt.Sprintf("%d bytes", len(meta)), Want: "name and origin of together less than 64 KiB"}
	}
	z, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderCRC(false), zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithLowerEncoderMem(true))
	if err != nil {
		return nil, fmt.Errorf("trace: %w", err)
	}
	b := append([]byte(magic), Version)
	b = binary.LittleEndian.AppendUint64(b, h.Clock.Hz())
	b = binary.LittleEndian.AppendUint32(b, uint32(len(meta)))
	b = append(b, meta...)
	b = binary.LittleEndian.AppendUint32(b, checksum(b))
	t := &Writer{w: w, z: z}
	if err := t.put(b); err != nil {
		return nil, err
	}
	return t, nil
}

// Write appends the misses. It returns [ErrUnsorted] or [ErrInvalid], as an [*Error] with
// the record's number, for a miss that a trace cannot hold, or the error of the file; it
// and Close return that error from then on, and the file stays recognisably incomplete.
func (t *Writer) Write(ms []Miss) error {
	for len(ms) > 0 && t.err == nil {
		batch := ms[:min(len(ms), blockRecords-t.block.records)]
		ms = ms[len(batch):]
		if t.records == 0 {
			t.first = batch[0].Cycle
		}
		n, err := t.block.append(batch)
		t.records += int64(n)
		if err != nil {
			err.Record, err.Offset = t.records, t.offset
			t.err = err
		} else if t.block.records == blockRecords {
			t.err = t.flush()
		}
	}
	return t.err
}

// Close writes what is left and the end of the file. It does not close the file. It may be
// called again.
func (t *Writer) Close() error {
	if t.z == nil {
		return t.err
	}
	if t.err == nil && t.block.records > 0 {
		t.err = t.flush()
	}
	if t.err == nil {
		b := append(t.stored[:0], endTag)
		b = binary.LittleEndian.AppendUint64(b, uint64(t.records))
		b = binary.LittleEndian.AppendUint64(b, uint64(t.first))
		b = binary.LittleEndian.AppendUint64(b, uint64(t.block.last))
		b = binary.LittleEndian.AppendUint32(b, t.chain)
		t.err = t.put(binary.LittleEndian.AppendUint32(b, checksum(b)))
	}
	t.z.Close()
	t.z = nil
	return t.err
}

// Size returns the bytes of the records so far as they are before and after zstd, with the
// heads of the blocks; what is not in a finished block does not count yet.
func (t *Writer) Size() (raw, stored int64) { return t.raw, t.offset }

// flush writes the block that has been collected.
func (t *Writer) flush() error {
	records := t.block.records
	raw := t.block.encode()
	b := t.z.EncodeAll(raw, grow(t.stored, blockSize))
	head := b[:blockSize]
	head[0] = blockTag
	binary.LittleEndian.PutUint32(head[1:], uint32(records))
	binary.LittleEndian.PutUint32(head[5:], uint32(len(raw)))
	binary.LittleEndian.PutUint32(head[9:], uint32(len(b)-blockSize))
	sum := checksum(head[:13], b[blockSize:])
	binary.LittleEndian.PutUint32(head[13:], sum)
	t.chain = chain(t.chain, sum)
	t.stored = b
	t.raw += int64(blockSize + len(raw))
	return t.put(b)
}

func (t *Writer) put(b []byte) error {
	n, err := t.w.Write(b)
	t.offset += int64(n)
	if err == nil && n < len(b) {
		err = io.ErrShortWrite
	}
	if err != nil {
		return &Error{Record: t.records, Offset: t.offset, Field: "writing", Err: err}
	}
	return nil
}
