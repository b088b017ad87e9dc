package trace_test

import (
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dmemsys/dmemsys/dmem/trace"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// trcRecord is written out by hand: the layout is DRackSim's, not ours.
func trcRecord(process, thread int32, addr uint64, op byte, cycle uint64) []byte {
	b := make([]byte, 0, 32)
	b = binary.LittleEndian.AppendUint32(b, uint32(process))
	b = binary.LittleEndian.AppendUint32(b, uint32(thread))
	b = binary.LittleEndian.AppendUint64(b, addr)
	b = append(b, op, 1, 2, 3, 4, 5, 6, 7) // the padding holds what was on the stack
	return binary.LittleEndian.AppendUint64(b, cycle)
}

func TestTRC(t *testing.T) {
	var data []byte
	data = append(data, trcRecord(1, 0, 0x1000, 'R', 53)...)
	data = append(data, trcRecord(2, 3, 0x2040, 'W', 53)...)
	data = append(data, trcRecord(65536, 65535, 1<<64-1, 'F', 54)...)
	want := []trace.Miss{
		{Cycle: 53, Addr: 0x1000, Kind: trace.LoadFill},
		{Cycle: 53, Addr: 0x2040, Thread: 3, Process: 1, Kind: trace.StoreFill},
		{Cycle: 54, Addr: 1<<64 - 1, Thread: 65535, Process: 65535, Kind: trace.LoadFill},
	}
	for _, form := range [][]byte{data, gzipped(data), zstded(data)} {
		got, err := decode(t, form)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, got, want)
	}
}

// TestTRCReal reads the traces of the reference racks: 2000 and 8000 records a node.
func TestTRCReal(t *testing.T) {
	for dir, records := range map[string]int64{"8n2p_alternate_roundrobin_low": 2000, "8n2p_alternate_roundrobin_medium": 8000} {
		files, err := trace.Directory(filepath.Join("../testdata/rack", dir))
		if err != nil || len(files) != 8 {
			t.Fatalf("%d files, %v", len(files), err)
		}
		for _, path := range files {
			f, err := trace.Open(path, trace.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			s, err := trace.Scan(f, 4*units.KiB)
			if err != nil || s.Records != records || s.StoreFills == 0 || s.WriteBacks != 0 || s.Threads != 1 || f.Format() != trace.DRackSim || f.Clock() != units.MustClock(3600*units.MHz) {
				t.Errorf("%s: %+v, %v, %v at %v", path, s, err, f.Format(), f.Clock())
			}
		}
	}
}

func TestTRCErrors(t *testing.T) {
	good := trcRecord(1, 0, 64, 'R', 100)
	for _, c := range []struct {
		name string
		data []byte
		want string
		is   error
	}{
		{"truncated", good[:31], "record 1, byte 32: last record 31 bytes: want 32", trace.ErrTruncated},
		{"process 0", trcRecord(0, 0, 64, 'R', 100), "record 1, byte 32: process 0: want 1 to 65536", trace.ErrCorrupt},
		{"process negative", trcRecord(-4, 0, 64, 'R', 100), "process -4", trace.ErrCorrupt},
		{"process beyond the range", trcRecord(65537, 0, 64, 'R', 100), "process 65537", trace.ErrCorrupt},
		{"thread negative", trcRecord(1, -1, 64, 'R', 100), "thread -1", trace.ErrCorrupt},
		{"thread beyond the range", trcRecord(1, 65536, 64, 'R', 100), "thread 65536: want 0 to 65535", trace.ErrCorrupt},
		{"no letter", trcRecord(1, 0, 64, 0, 100), `operation "\x00"`, trace.ErrCorrupt},
		{"cycle beyond the range", trcRecord(1, 0, 64, 'R', 1<<63), "cycle 9223372036854775808", trace.ErrCorrupt},
		{"unsorted", trcRecord(1, 0, 64, 'R', 99), "record 1, byte 32: cycle 99: want 100 or later", trace.ErrUnsorted},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := decode(t, append(append([]byte(nil), good...), c.data...))
			var e *trace.Error
			if !errors.As(err, &e) || e.Record != 1 || e.Offset != 32 || !errors.Is(err, c.is) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

// TestUnknown: what is no trace is told so, with what would be one.
func TestUnknown(t *testing.T) {
	random := make([]byte, 64_000)
	rng := rand.New(rand.NewPCG(7, 8))
	for i := range random {
		random[i] = byte(rng.Uint32())
	}
	for name, data := range map[string][]byte{
		"empty":         nil,
		"empty gzip":    gzipped(nil),
		"empty zstd":    zstded(nil),
		"zeros":         make([]byte, 64),
		"random":        random,
		"text":          []byte("0x1000 R 17\n0x2000 W 18\n and more of this kind\n"),
		"short":         []byte("cyc"),
		"gzip twice":    gzipped(gzipped([]byte(header))),
		"part of a trc": trcRecord(1, 0, 64, 'R', 100)[:31],
		"sentinel trc":  trcRecord(-1, 0, 64, 'R', 100),
		"an ELF file":   []byte("\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x03\x00\x3e\x00\x01\x00\x00\x00\x60\x10\x00\x00\x00\x00\x00\x00"),
	} {
		_, err := decode(t, data)
		if !errors.Is(err, trace.ErrFormat) || !strings.Contains(err.Error(), "csv, dracksim") || !strings.Contains(err.Error(), "dramsim2-mase") {
			t.Errorf("%s: got %v, want ErrFormat and the known formats", name, err)
		}
	}
	if _, err := trace.Open("../../data/traces", trace.Options{}); err == nil {
		t.Error("a directory: no error")
	}
}

// TestCompressed: damage to the compressed form is seen wherever it is.
func TestCompressed(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 10))
	var trc []byte
	for i := range 2000 {
		trc = append(trc, trcRecord(1, 0, rng.Uint64N(1<<32), 'R', uint64(i))...)
	}
	want, err := decode(t, trc)
	if err != nil {
		t.Fatal(err)
	}
	for name, z := range map[string][]byte{"gzip": gzipped(trc), "zstd": zstded(trc)} {
		if got, err := decode(t, z); err != nil || len(got) != 2000 {
			t.Fatalf("%s: %d records, %v", name, len(got), err)
		}
		for cut := 2; cut < len(z); cut += 1 + min(cut/10, len(z)/200) {
			if _, err := decode(t, z[:cut]); err == nil {
				t.Errorf("%s cut to %d of %d bytes: no error", name, cut, len(z))
			} else if cut > 4 && !errors.Is(err, trace.ErrTruncated) {
				t.Errorf("%s cut to %d of %d bytes: got %v, want ErrTruncated", name, cut, len(z), err)
			}
			damaged := append([]byte(nil), z...)
			damaged[cut] ^= 1 << rng.IntN(8)
			// A reference may be damaged so that it points at equal bytes elsewhere.
			if got, err := decode(t, damaged); err == nil && !slices.Equal(got, want) {
				t.Errorf("%s with byte %d damaged: other records and no error", name, cut)
			}
		}
		for _, garbage := range []string{"x", "\x00", "garbage that is longer than any header would be"} {
			if _, err := decode(t, append(append([]byte(nil), z...), garbage...)); !errors.Is(err, trace.ErrCorrupt) {
				t.Errorf("%s followed by %q: got %v, want ErrCorrupt", name, garbage, err)
			}
		}
	}
}
