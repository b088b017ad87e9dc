package trace_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/dmemsys/dmemsys/dmem/trace"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// crc appends the CRC-32C of b to it, or to after.
func crc(b []byte) []byte {
	return binary.LittleEndian.AppendUint32(b, crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)))
}

// block builds a block from the layout in the package documentation, without the package.
func block(records uint32, raw []byte) []byte {
	le := binary.LittleEndian
	payload := zstded(raw)
	head := []byte{'B'}
	for _, n := range []uint32{records, uint32(len(raw)), uint32(len(payload))} {
		head = le.AppendUint32(head, n)
	}
	sum := crc(slices.Concat(head, payload))
	return slices.Concat(head, sum[len(sum)-4:], payload)
}

// file builds a file of these blocks, with an end mark that says the rest.
func file(records, first, last uint64, blocks ...[]byte) []byte {
	return fileOf(3, records, first, last, blocks...)
}

func fileOf(version byte, records, first, last uint64, blocks ...[]byte) []byte {
	le := binary.LittleEndian
	head := crc(slices.Concat([]byte("DMEMTRC"), []byte{version}, le.AppendUint64(nil, 1e9), le.AppendUint32(nil, 6), []byte("\x04name\x00")))
	chain := uint32(0)
	for _, b := range blocks {
		chain = chain*0x9e3779b1 + le.Uint32(b[13:])
	}
	end := slices.Concat([]byte{'E'}, le.AppendUint64(nil, records), le.AppendUint64(nil, first), le.AppendUint64(nil, last), le.AppendUint32(nil, chain))
	return slices.Concat(head, slices.Concat(blocks...), crc(end))
}

// TestLayout reads records that were encoded by hand, also those of version 2.
func TestLayout(t *testing.T) {
	raw := []byte{
		0x05, 0x04, // first stamp 5; 2 streams, whose order is not written
		0xff, 0xff, 0x03, 0x01, 1, 2, 1, 0, 1, // process 65535, thread 1: 1 record, 2 bytes of steps, 1 of lines, 1 low
		0, 3, 4, 2, 4, 1, 0, // process 0, thread 3: 4 records, 2 bytes of steps, 4 of lines, 1 of victims
		0x05,                   // store fill, low bits
		0x08, 0x02, 0x08, 0x00, // load fill without a step, write-back, load fill without a step, load fill
		0x82, 0x01, // 5 + 130
		7, 123, // 5, 12, 12, 135
		0,                // line 0
		0x82, 0x01, 3, 1, // line 65; 65 - 2; 63 - 1
		0x7f, // line 65 - 64
		63,   // byte 63
	}
	old := []byte{
		0x05, 0x04,
		0xff, 0xff, 0x03, 0x01, 1, 2, 1, 1, // no victims
		0, 3, 4, 4, 5, 0, // 4 records, 4 bytes of steps, 5 of lines
		0x05,
		0x00, 0x02, 0x00, 0x00, // all with a step
		0x82, 0x01,
		0, 7, 0, 123, // 5, 12, 12, 135
		0,
		0x82, 0x01, 2, 3, 1, // line 65; 1, the first of its kind; 65 - 2; 63 - 1
		63,
	}
	want := []trace.Miss{
		{Cycle: 5, Addr: 65 * 64, Thread: 3},
		{Cycle: 12, Addr: 1 * 64, Thread: 3, Kind: trace.WriteBack},
		{Cycle: 12, Addr: 63 * 64, Thread: 3},
		{Cycle: 135, Addr: 63, Thread: 1, Process: 65535, Kind: trace.StoreFill},
		{Cycle: 135, Addr: 62 * 64, Thread: 3},
	}
	ordered := func(raw []byte, rows int) []byte {
		return slices.Concat(
			[]byte{0x05, 0x05}, raw[2:2+rows], // the order is written, the same streams
			[]byte{1, 1, 1, 1, 0}, // the tie the other way round
			raw[2+rows:],
		)
	}
	other := slices.Concat(want[:3], []trace.Miss{want[4], want[3]})
	for _, c := range []struct {
		name    string
		version byte
		raw     []byte
		want    []trace.Miss
	}{{"by stamps", 3, raw, want}, {"order written", 3, ordered(raw, 16), other}, {"by stamps", 2, old, want}, {"order written", 2, ordered(old, 14), other}} {
		t.Run(fmt.Sprint(c.name, c.version), func(t *testing.T) {
			data := fileOf(c.version, 5, 5, 135, block(5, c.raw))
			got, err := decode(t, data)
			if err != nil {
				t.Fatal(err)
			}
			equal(t, got, c.want)
			if n, err := trace.Count(writeFile(t, "x", data)); n != 5 || err != nil {
				t.Errorf("counted %d, %v", n, err)
			}
		})
	}
	// What the writer makes of the first is the same, byte by byte.
	if written := encode(t, trace.Header{Clock: units.MustClock(units.GHz)}, want, 5); !bytes.Equal(blockOf(t, written), raw) {
		t.Errorf("wrote % x, want % x", blockOf(t, written), raw)
	}
}

// blockOf returns the records of the only block of a file whose header has no texts.
func blockOf(t *testing.T, data []byte) []byte {
	t.Helper()
	z, err := zstd.NewReader(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	const header, head, end = 24, 17, 33
	raw, err := z.DecodeAll(data[header+head:len(data)-end], nil)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// TestBinaryRecordErrors: checksums that fit do not make a wrong record right.
func TestBinaryRecordErrors(t *testing.T) {
	huge := []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01}
	last := []byte{0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f} // trace.MaxStamp
	for _, c := range []struct {
		name    string
		records uint32
		raw     []byte
		want    string
	}{
		{"first stamp", 1, slices.Concat(huge, []byte{2, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0}), "record 0, byte 30: first stamp 18446744073709551615"},
		{"no stream", 1, []byte{0, 0, 0, 0, 0}, "streams of the block 0"},
		{"more streams than records", 1, []byte{0, 4, 0, 0, 1, 1, 1, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0}, "streams of the block 2: want 1 to 1"},
		{"65 streams in no order", 65, slices.Concat([]byte{0, 0x82, 0x01}, bytes.Repeat([]byte{0, 0, 1, 1, 1, 0, 0}, 65), make([]byte, 3*65)), "at most 64"},
		{"table cut", 1, []byte{0, 2, 0}, "too short: want its table"},
		{"process", 1, []byte{0, 2, 0x80, 0x80, 0x04, 0, 1, 1, 1, 0, 0, 0, 0, 0}, "stream of process 65536, thread 0"},
		{"thread", 1, []byte{0, 2, 0, 0x80, 0x80, 0x04, 1, 1, 1, 0, 0, 0, 0, 0}, "stream of process 0, thread 65536"},
		{"stream without records", 1, []byte{0, 2, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0}, "records of a stream 0"},
		{"stream with too many records", 1, []byte{0, 2, 0, 0, 2, 1, 1, 0, 0, 0, 0, 0}, "records of a stream 2: want 1 to 1"},
		{"streams with too few records", 2, []byte{0, 2, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0}, "records of the streams 1: want 2"},
		{"size of steps", 1, slices.Concat([]byte{0, 2, 0, 0, 1}, huge, []byte{1, 0, 0, 0, 0, 0}), "size of a stream"},
		{"sizes beyond the block", 1, []byte{0, 2, 0, 0, 1, 2, 1, 0, 0, 0, 0, 0}, "size of the streams 4: want 3"},
		{"bytes between", 1, []byte{0, 2, 0, 0, 1, 1, 1, 0, 0, 9, 0, 0, 0}, "size of the streams 3: want 4"},
		{"kind", 1, []byte{0, 2, 0, 0, 1, 1, 1, 0, 0, 3, 0, 0}, "kind 3"},
		{"kind beyond", 1, []byte{0, 2, 0, 0, 1, 1, 1, 0, 0, 16, 0, 0}, "kind 16"},
		{"cycle", 2, slices.Concat([]byte{7, 2, 0, 0, 2, 11, 2, 0, 0, 0, 0, 0}, huge, []byte{0, 0}), "record 1, byte 30: cycle 7 + 18446744073709551615"},
		{"cycle beyond the last", 2, slices.Concat(last, []byte{2, 0, 0, 2, 2, 2, 0, 0, 0, 0, 0, 1, 0, 0}), "cycle 9223372036854775806 + 1"},
		{"line", 1, slices.Concat([]byte{0, 2, 0, 0, 1, 1, 10, 0, 0, 0, 0}, huge), "address line"},
		{"line below zero", 2, []byte{0, 2, 0, 0, 2, 2, 2, 0, 0, 0, 0, 0, 0, 0, 1}, "record 1, byte 30: address line 18446744073709551615"},
		{"low bits", 1, []byte{0, 2, 0, 0, 1, 1, 1, 0, 1, 4, 0, 0, 64}, "byte 64"},
		{"low bits missing", 1, []byte{0, 2, 0, 0, 1, 1, 1, 0, 0, 4, 0, 0}, "too short"},
		{"low bits left", 1, []byte{0, 2, 0, 0, 1, 1, 1, 0, 1, 0, 0, 0, 5}, "behind a stream's last record"},
		{"number of more than 64 bits", 1, slices.Concat([]byte{0, 2, 0, 0, 1, 11, 1, 0, 0, 0, 0xff}, huge, []byte{0}), "too short"},
		{"step into the next column", 1, []byte{0, 2, 0, 0, 1, 1, 1, 0, 0, 0, 0x80, 0}, "too short"},
		{"line beyond the end", 1, []byte{0, 2, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0x80}, "too short"},
		{"bytes behind a line", 1, []byte{0, 2, 0, 0, 1, 1, 2, 0, 0, 0, 0, 0, 0}, "behind a stream's last record"},
		{"step without a record", 1, []byte{0, 2, 0, 0, 1, 1, 1, 0, 0, 8, 0, 0}, "behind a stream's last record"},
		{"victim missing", 1, []byte{0, 2, 0, 0, 1, 1, 1, 0, 0, 2, 0, 0}, "too short"},
		{"victim left", 1, []byte{0, 2, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0, 0}, "behind a stream's last record"},
		{"victim below zero", 1, []byte{0, 2, 0, 0, 1, 1, 0, 1, 0, 2, 0, 1}, "address line 18446744073709551615"},
		{"low bits of a victim", 1, []byte{0, 2, 0, 0, 1, 1, 0, 1, 1, 6, 0, 0, 64}, "byte 64"},
		{"order of no stream", 1, []byte{0, 3, 0, 0, 1, 1, 1, 0, 0, 1, 0, 0, 0}, "stream none: want one of 1"},
		{"order of a stream at its end", 2, []byte{0, 5, 0, 0, 1, 1, 1, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, "record 1, byte 30: stream none"},
		{"order against the stamps", 2, []byte{0, 5, 0, 0, 1, 1, 1, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0}, "record 1, byte 30: cycle 0: want 1 or later"},
		{"order too short", 2, []byte{0, 3, 0, 0, 2, 2, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0}, "stream none"},
		{"order too long", 1, []byte{0, 3, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0}, "order of the block of 1 bytes more"},
		{"no record", 0, nil, "records of the block 0"},
		{"too many records", 1 << 20, make([]byte, 5), "records of the block 1048576"},
		{"size", 1, make([]byte, 105), "size of the block 105"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := decode(t, file(uint64(c.records), 0, 0, block(c.records, c.raw))); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

// TestOldRecordErrors: what version 3 added is not in version 2.
func TestOldRecordErrors(t *testing.T) {
	good := []byte{0, 2, 0, 0, 1, 1, 1, 0, 0, 0, 0}
	if _, err := decode(t, fileOf(2, 1, 0, 0, block(1, good))); err != nil {
		t.Error(err)
	}
	for _, c := range []struct {
		raw  []byte
		want string
	}{
		{[]byte{0, 2, 0, 0, 1, 1, 1, 0, 8, 0, 0}, "kind 8"},
		{[]byte{0, 2, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0}, "size of the streams"},
		{[]byte{0, 2, 0, 0, 1, 1, 1, 1, 4, 0, 0, 64}, "byte 64"},
		{[]byte{0, 2, 0, 0, 1, 1, 1, 0, 2, 0, 1}, "address line 18446744073709551615"},
		{[]byte{0, 2, 0, 0, 1, 1, 1, 0, 0, 0x80, 0}, "too short"},
	} {
		if _, err := decode(t, fileOf(2, 1, 0, 0, block(1, c.raw))); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("% x: got %v, want %q", c.raw, err, c.want)
		}
	}
}

// TestBinaryFileErrors: nor does a block that fits make a file right.
func TestBinaryFileErrors(t *testing.T) {
	one := func(cycle byte) []byte { return block(1, []byte{cycle, 2, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0}) }
	a, b := block(2, []byte{7, 2, 0, 0, 2, 2, 2, 0, 0, 0, 0, 0, 2, 0, 0}), one(9) // cycles 7, 9 and 9
	early := one(8)
	if _, err := decode(t, file(3, 7, 9, a, b)); err != nil {
		t.Fatal(err)
	}
	long := slices.Clone(b) // its head says 13 bytes, its data are 12
	long[5]++
	copy(long[13:], crc(slices.Concat(long[:13], long[17:]))[len(long)-4:])
	for _, c := range []struct {
		name string
		data []byte
		want string
		is   error
	}{
		{"blocks out of order", file(3, 7, 8, a, early), fmt.Sprintf("record 2, byte %d: cycle 8: want 9 or later", 30+len(a)), trace.ErrUnsorted},
		{"records", file(4, 7, 9, a, b), "records 4: want the 3 that the file holds", trace.ErrCorrupt},
		{"first stamp", file(3, 6, 9, a, b), "end mark", trace.ErrCorrupt},
		{"last stamp", file(3, 7, 8, a, b), "end mark", trace.ErrCorrupt},
		{"size", file(3, 7, 9, a, long), "compressed block of 12 bytes (<nil>): want 13 bytes", trace.ErrCorrupt},
		{"tag", file(2, 7, 9, a, slices.Concat([]byte{'C'}, b[1:])), `tag "C": want "B" or "E"`, trace.ErrCorrupt},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := decode(t, c.data); !errors.Is(err, c.is) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}
