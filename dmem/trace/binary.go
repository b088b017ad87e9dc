package trace

import (
	"encoding/binary"
	"fmt"
	"io"
	"strconv"
	"unicode/utf8"

	"github.com/klauspost/compress/zstd"

	"github.com/dmemsys/dmemsys/dmem/units"
)

// binaryDecoder reads our own format.
type binaryDecoder struct {
	in     *input
	z      *zstd.Decoder
	offset int64 // where the current block starts
	head   [blockSize]byte
	stored []byte // the block as it stands in the file, without its head
	raw    []byte // its records
	block  blockDecoder

	first   units.Cycles // stamp of record 0
	record  int64        // of the next one
	records int          // of the block in stored
	chain   uint32
	passed  bool // the record before was passed over, so that its stamp is not known
}

// newBinaryDecoder reads the header.
func newBinaryDecoder(in *input) (Header, decoder[Miss], error) {
	var h Header
	d := &binaryDecoder{in: in}
	head := make([]byte, headSize, headSize+maxMetadata+4)
	if err := d.read(head, "header"); err != nil {
		return h, nil, err
	}
	version := head[len(magic)]
	if version != Version && version != oldVersion {
		return h, nil, &Error{Field: "version", Got: strconv.Itoa(int(version)), Want: fmt.Sprintf("%d or %d", oldVersion, Version), Err: ErrFormat}
	}
	d.block.old = version == oldVersion
	size := binary.LittleEndian.Uint32(head[headSize-4:])
	if size > maxMetadata {
		return h, nil, d.corrupt("metadata size", size, fmt.Sprintf("at most %d", maxMetadata))
	}
	head = head[:headSize+int(size)+4]
	if err := d.read(head[headSize:], "header"); err != nil {
		return h, nil, err
	}
	if got, want := binary.LittleEndian.Uint32(head[len(head)-4:]), checksum(head[:len(head)-4]); got != want {
		return h, nil, d.corrupt("header checksum", got, strconv.FormatUint(uint64(want), 10))
	}
	hz := binary.LittleEndian.Uint64(head[len(magic)+1:])
	clock, err := units.NewClock(hz)
	if err != nil {
		return h, nil, d.corrupt("clock in Hz", hz, "1 to 10^12")
	}
	h.Clock = clock
	if !h.parseMetadata(head[headSize : len(head)-4]) {
		return h, nil, d.corrupt("metadata", quote(head[headSize:len(head)-4]), "pairs of UTF-8 texts, each after its length")
	}
	if d.z, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxMemory(maxOpening+maxRecords*maxRecord)); err != nil {
		return h, nil, err
	}
	outer := in.release
	in.release = func() {
		d.z.Close()
		if outer != nil {
			outer()
		}
	}
	return h, d, nil
}

// parseMetadata reads pairs of key and value; keys it does not know are passed over.
func (h *Header) parseMetadata(b []byte) bool {
	for len(b) > 0 {
		var pair [2]string
		for i := range pair {
			size, n := binary.Uvarint(b)
			if n <= 0 || size > uint64(len(b)-n) || !utf8.Valid(b[n:n+int(size)]) {
				return false
			}
			pair[i] = string(b[n : n+int(size)])
			b = b[n+int(size):]
		}
		switch pair[0] {
		case "name":
			h.Name = pair[1]
		case "origin":
			h.Origin = pair[1]
		}
	}
	return true
}

func (d *binaryDecoder) decode(buf []Miss) (int, error) {
	for n := 0; ; {
		if d.block.left == 0 {
			if err := d.next(); err != nil {
				return n, err
			}
		}
		done, fault := d.block.decode(buf[n:])
		if d.record == 0 && done > 0 {
			d.first = buf[n].Cycle
		}
		n += done
		d.record += int64(done)
		d.passed = d.passed && done == 0
		if fault != nil {
			return n, d.locate(fault)
		}
		if n == len(buf) {
			return n, nil
		}
	}
}

// skip passes over at most n records: what is left of the block, and blocks, of which only the
// checksums are looked at. It stops before a block that holds more, and before record 0, whose
// stamp is needed at the end. It returns how many records it passed over.
func (d *binaryDecoder) skip(n int64) (done int64, err error) {
	for d.record > 0 && int64(d.block.left) <= n-done {
		if d.block.left > 0 {
			done, d.record, d.block.left, d.passed = done+int64(d.block.left), d.record+int64(d.block.left), 0, true
			continue
		}
		if err := d.load(); err != nil {
			return done, err
		}
		if int64(d.records) > n-done {
			return done, d.unpack()
		}
		done, d.record, d.passed = done+int64(d.records), d.record+int64(d.records), true
	}
	return done, nil
}

// next reads a block and begins it, or reads the end.
func (d *binaryDecoder) next() error {
	if err := d.load(); err != nil {
		return err
	}
	return d.unpack()
}

// load reads a block as it stands in the file, or the end.
func (d *binaryDecoder) load() error {
	d.offset = d.in.offset()
	tag, err := d.in.peek(1)
	switch {
	case err != nil:
		return d.in.failure(d.record)
	case len(tag) == 0:
		return &Error{Record: d.record, Offset: d.offset, Field: "end of file", Want: "a block or the end mark", Err: ErrTruncated}
	case tag[0] == endTag:
		return d.end()
	case tag[0] != blockTag:
		return d.corrupt("tag", quote(tag), `"B" or "E"`)
	}
	head := &d.head
	if err := d.read(head[:], "block head"); err != nil {
		return err
	}
	records := int(binary.LittleEndian.Uint32(head[1:]))
	raw := int(binary.LittleEndian.Uint32(head[5:]))
	stored := int(binary.LittleEndian.Uint32(head[9:]))
	sum := binary.LittleEndian.Uint32(head[13:])
	switch {
	case records < 1 || records > maxRecords:
		return d.corrupt("records of the block", records, fmt.Sprintf("1 to %d", maxRecords))
	case raw < records*minRecord || raw > maxOpening+records*maxRecord:
		return d.corrupt("size of the block", raw, fmt.Sprintf("%d to %d", records*minRecord, maxOpening+records*maxRecord))
	case stored < 1 || stored > raw+raw/64+64:
		return d.corrupt("compressed size of the block", stored, fmt.Sprintf("1 to %d", raw+raw/64+64))
	}
	d.stored = grow(d.stored, stored)
	if err := d.read(d.stored, "block"); err != nil {
		return err
	}
	if want := checksum(head[:13], d.stored); sum != want {
		return d.corrupt("block checksum", sum, strconv.FormatUint(uint64(want), 10))
	}
	d.chain = chain(d.chain, sum)
	d.records = records
	return nil
}

// unpack begins the block that was loaded.
func (d *binaryDecoder) unpack() (err error) {
	raw := int(binary.LittleEndian.Uint32(d.head[5:]))
	if d.raw, err = d.z.DecodeAll(d.stored, grow(d.raw, raw+padding)[:0]); err != nil || len(d.raw) != raw {
		return d.corrupt("compressed block", fmt.Sprintf("of %d bytes (%v)", len(d.raw), err), fmt.Sprintf("%d bytes", raw))
	}
	d.raw = append(d.raw, make([]byte, padding)...)
	if fault := d.block.start(d.raw, d.records); fault != nil {
		return d.locate(fault)
	}
	return nil
}

// end reads the end mark, behind which nothing may follow.
func (d *binaryDecoder) end() error {
	var b [endSize]byte
	if err := d.read(b[:], "end mark"); err != nil {
		return err
	}
	e, ok := parseEnd(b[:])
	switch {
	case !ok:
		return d.corrupt("checksum of the end mark", "", "a matching one")
	case e.records != d.record:
		return d.corrupt("records", e.records, fmt.Sprintf("the %d that the file holds", d.record))
	case e.first != d.first || e.last != d.block.cycle && !d.passed || e.chain != d.chain:
		return d.corrupt("end mark", "", "stamps and checksum of the blocks before it")
	}
	if rest, err := d.in.peek(1); err != nil {
		return d.in.failure(d.record)
	} else if len(rest) > 0 {
		d.offset = d.in.offset()
		return d.corrupt("bytes behind the end mark", quote(rest), "none")
	}
	return io.EOF
}

// endMark is what the end of a file tells.
type endMark struct {
	records     int64
	first, last units.Cycles
	chain       uint32
}

func parseEnd(b []byte) (endMark, bool) {
	e := endMark{
		records: int64(binary.LittleEndian.Uint64(b[1:])),
		first:   units.Cycles(binary.LittleEndian.Uint64(b[9:])),
		last:    units.Cycles(binary.LittleEndian.Uint64(b[17:])),
		chain:   binary.LittleEndian.Uint32(b[25:]),
	}
	return e, b[0] == endTag && e.records >= 0 && binary.LittleEndian.Uint32(b[29:]) == checksum(b[:29])
}

// locate adds to a fault of the current block where it is.
func (d *binaryDecoder) locate(fault *Error) *Error {
	fault.Record, fault.Offset = d.record, d.offset
	return fault
}

func (d *binaryDecoder) corrupt(field string, got any, want string) *Error {
	return &Error{Record: d.record, Offset: d.offset, Field: field, Got: fmt.Sprint(got), Want: want, Err: ErrCorrupt}
}

// read fills b with what comes next.
func (d *binaryDecoder) read(b []byte, what string) error {
	n := d.in.readFull(b)
	if n == len(b) {
		return nil
	}
	if err := d.in.failure(d.record); err != io.EOF {
		return err
	}
	return &Error{Record: d.record, Offset: d.offset, Field: what, Got: fmt.Sprintf("%d bytes", n), Want: strconv.Itoa(len(b)), Err: ErrTruncated}
}

// grow returns a slice of size n, b itself if it has room.
func grow(b []byte, n int) []byte {
	if cap(b) < n {
		return make([]byte, n)
	}
	return b[:n]
}

// countAtEnd returns the number of records that an uncompressed file of our own format
// tells at its end; false if it is none, or is damaged.
func countAtEnd(f io.ReaderAt, size int64) (int64, bool) {
	var head [len(magic) + 1]byte
	var end [endSize]byte
	if size < int64(headSize+endSize) {
		return 0, false
	}
	if _, err := f.ReadAt(head[:], 0); err != nil || string(head[:len(magic)]) != magic || head[len(magic)] != Version && head[len(magic)] != oldVersion {
		return 0, false
	}
	if _, err := f.ReadAt(end[:], size-endSize); err != nil {
		return 0, false
	}
	e, ok := parseEnd(end[:])
	return e.records, ok
}
