package trace_test

import (
	"encoding/binary"
	"encoding/hex"
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

// file builds a file of one block from the layout in the package documentation, without
// the package: raw is what the block holds.
func file(records uint32, raw []byte, last uint64) []byte {
	le := binary.LittleEndian
	f := crc(slices.Concat([]byte("DMEMTRC\x01"), le.AppendUint64(nil, 1e9), le.AppendUint32(nil, 6), []byte("\x04name\x00")))
	payload := zstded(raw)
	head := []byte{'B'}
	for _, n := range []uint32{records, uint32(len(raw)), uint32(len(payload))} {
		head = le.AppendUint32(head, n)
	}
	sum := crc(slices.Concat(head, payload))
	sum = sum[len(sum)-4:]
	end := slices.Concat([]byte{'E'}, le.AppendUint64(nil, uint64(records)), le.AppendUint64(nil, 0), le.AppendUint64(nil, last), sum)
	return slices.Concat(f, head, sum, payload, crc(end))
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
	got, err := decode(t, file(5, raw, 135))
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
		{"last stamp", 1, []byte{0, 0, 0, 5, 0}, "end mark"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := decode(t, file(c.records, c.raw, 0)); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}
