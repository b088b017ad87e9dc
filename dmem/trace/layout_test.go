package trace_test

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"slices"
	"strings"
	"testing"

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
	le := binary.LittleEndian
	head := crc(slices.Concat([]byte("DMEMTRC\x01"), le.AppendUint64(nil, 1e9), le.AppendUint32(nil, 6), []byte("\x04name\x00")))
	chain := uint32(0)
	for _, b := range blocks {
		chain = chain*0x9e3779b1 + le.Uint32(b[13:])
	}
	end := slices.Concat([]byte{'E'}, le.AppendUint64(nil, records), le.AppendUint64(nil, first), le.AppendUint64(nil, last), le.AppendUint32(nil, chain))
	return slices.Concat(head, slices.Concat(blocks...), crc(end))
}

// TestLayout reads records that were encoded by hand.
func TestLayout(t *testing.T) {
	raw := []byte{
		0x00, 0, 3, 0, 0x82, 0x01, // stream 0 is new: process 0, thread 3; cycle 0; line +65
		0x02, 0x07, 0x02, // stream 0, write-back; cycle +7; line +1, from 0
		0x00, 0x00, 0x03, // stream 0, load fill; same cycle; line -2, from 65
		0x0d, 0xff, 0xff, 0x03, 0x01, 0x80, 0x01, 0x00, 0x3f, // stream 1, store fill, low bits: process 65535, thread 1; cycle +128; line 0; byte 63
		0xf8, 0x00, 0x00, 0x01, // stream 31 escaped: 0; same cycle; line -1, from 63
	}
	got, err := decode(t, file(5, 0, 135, block(5, raw)))
	if err != nil {
		t.Fatal(err)
	}
	equal(t, got, []trace.Miss{
		{Cycle: 0, Addr: 65 * 64, Thread: 3},
		{Cycle: 7, Addr: 1 * 64, Thread: 3, Kind: trace.WriteBack},
		{Cycle: 7, Addr: 63 * 64, Thread: 3},
		{Cycle: 135, Addr: 63, Thread: 1, Process: 65535, Kind: trace.StoreFill},
		{Cycle: 135, Addr: 62 * 64, Thread: 3},
	})
	// What the writer makes of the first four is the same, byte by byte; zstd stores so few
	// bytes as they are.
	written := encode(t, trace.Header{Clock: units.MustClock(units.GHz)}, got[:4], 4)
	if !strings.Contains(hex.EncodeToString(written), hex.EncodeToString(raw[:21])) {
		t.Errorf("records % x not in % x", raw[:21], written)
	}
}

// TestBinaryRecordErrors: checksums that fit do not make a wrong record right.
func TestBinaryRecordErrors(t *testing.T) {
	fresh := []byte{0, 0, 0, 0, 0} // the first record of a stream: kind, process, thread, cycle, line
	huge := []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01}
	for _, c := range []struct {
		name    string
		records uint32
		raw     []byte
		want    string
	}{
		{"kind", 2, slices.Concat(fresh, []byte{3, 0, 0}), "record 1, byte 30: kind Kind(3)"},
		{"stream not yet known", 2, slices.Concat(fresh, []byte{2 << 3, 0, 0, 0, 0}), "stream 2: want at most 1"},
		{"escaped stream not yet known", 2, slices.Concat(fresh, []byte{31 << 3, 9, 0, 0, 0, 0}), "record 1, byte 30: stream"},
		{"process", 1, []byte{0, 0x80, 0x80, 0x04, 0, 0, 0}, "numbers below 65536"},
		{"thread", 1, []byte{0, 0, 0x80, 0x80, 0x04, 0, 0}, "numbers below 65536"},
		{"cycle", 2, slices.Concat(fresh, []byte{0}, huge, []byte{0}), "cycle 0 + 18446744073709551615"},
		{"cycle beyond the last", 2, slices.Concat([]byte{0, 0, 0, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, 0}, []byte{0, 1, 0}), "cycle 9223372036854775806 + 1"},
		{"line", 2, slices.Concat(fresh, []byte{0, 0}, huge), "address line"},
		{"line below zero", 2, slices.Concat(fresh, []byte{0, 0, 1}), "address line 18446744073709551615"},
		{"low bits", 1, []byte{4, 0, 0, 0, 0, 64}, "byte 64"},
		{"number of more than 64 bits", 1, slices.Concat([]byte{0, 0, 0, 0xff}, huge, []byte{0}), "too short"},
		{"too few bytes", 2, slices.Concat(fresh, []byte{0, 0x80, 0x80}), "too short"},
		{"low bits missing", 1, []byte{4, 0, 0, 0, 0}, "too short"},
		{"too many bytes", 1, slices.Concat(fresh, []byte{0}), "1 bytes behind its last record"},
		{"no record", 0, nil, "records of the block 0"},
		{"too many records", 1 << 20, fresh, "records of the block 1048576"},
		{"size", 1, slices.Concat(fresh, make([]byte, 100)), "size of the block 105"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := decode(t, file(uint64(c.records), 0, 0, block(c.records, c.raw))); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

// TestBinaryFileErrors: nor does a block that fits make a file right.
func TestBinaryFileErrors(t *testing.T) {
	a, b := block(2, []byte{0, 0, 0, 7, 0, 0, 2, 0}), block(1, []byte{0, 0, 0, 9, 0}) // cycles 7, 9 and 9
	early := block(1, []byte{0, 0, 0, 8, 0})
	if _, err := decode(t, file(3, 7, 9, a, b)); err != nil {
		t.Fatal(err)
	}
	long := slices.Clone(b) // its head says 6 bytes, its data are 5
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
		{"size", file(3, 7, 9, a, long), "compressed block of 5 bytes (<nil>): want 6 bytes", trace.ErrCorrupt},
		{"tag", file(2, 7, 9, a, slices.Concat([]byte{'C'}, b[1:])), `tag "C": want "B" or "E"`, trace.ErrCorrupt},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := decode(t, c.data); !errors.Is(err, c.is) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}
