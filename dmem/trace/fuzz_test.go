package trace_test

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/dmemsys/dmemsys/dmem/trace"
)

// known fails unless err is nil or one of those that a trace may give.
func known(t *testing.T, err error) {
	t.Helper()
	var e *trace.Error
	if err != nil && (!errors.As(err, &e) || !errors.Is(err, trace.ErrCorrupt) && !errors.Is(err, trace.ErrFormat) && !errors.Is(err, trace.ErrFamily) && !errors.Is(err, trace.ErrOption)) {
		t.Fatalf("unexpected error %v", err)
	}
}

// rewritten fails unless the misses survive our own format.
func rewritten(t *testing.T, ms []trace.Miss) {
	t.Helper()
	again, err := decode(t, encode(t, ghz, ms, 1000))
	if err != nil {
		t.Fatal(err)
	}
	equal(t, again, ms)
}

func FuzzCSV(f *testing.F) {
	for _, text := range []string{"", "0,40,R,0\n", "0,4003846e80,R,3\r\n18,ffffffffffffffff,W,65535\n", "5,40,R,0\n4,40,R,0\n", "5,40,R\n", "9223372036854775807,0,R,0\n", "1,2,W,3,4\n", "1,2,W,3"} {
		f.Add(false, text)
		f.Add(true, text)
	}
	f.Fuzz(func(t *testing.T, process bool, body string) {
		first := header
		if process {
			first = "cycle,hexaddr,rw,thread,process\n"
		}
		ms, err := decode(t, []byte(first+body))
		known(t, err)
		if lines := strings.Count(body, "\n"); err == nil && len(ms) != lines || len(ms) > lines {
			t.Fatalf("%d records of %d lines, %v", len(ms), lines, err)
		}
		again, err := decode(t, []byte(csvText(ms)))
		if err != nil {
			t.Fatal(err)
		}
		equal(t, again, ms)
	})
}

func FuzzTRC(f *testing.F) {
	good := trcRecord(1, 0, 0x1000, 'R', 53)
	f.Add(good)
	f.Add(slices.Concat(good, trcRecord(65536, 65535, 1<<64-1, 'W', 1<<63-2)))
	f.Add(slices.Concat(good, trcRecord(1, 0, 0, 'F', 52)))
	f.Add(slices.Concat(good, trcRecord(0, -1, 0, 0, 1<<63)))
	f.Add(good[:31])
	f.Fuzz(func(t *testing.T, data []byte) {
		data = slices.Concat(good, data)
		ms, err := decodeAs(t, data, trace.Options{Format: trace.DRackSim})
		known(t, err)
		if err == nil && len(ms)*32 != len(data) {
			t.Fatalf("%d records of %d bytes", len(ms), len(data))
		}
		for i, m := range ms {
			want := slices.Clone(data[32*i : 32*i+32])
			got := trcRecord(int32(m.Process)+1, int32(m.Thread), uint64(m.Addr), want[16], uint64(m.Cycle))
			copy(got[17:24], want[17:24])
			if !bytes.Equal(got, want) || (m.Kind == trace.StoreFill) != (want[16] == 'W') || m.Kind == trace.WriteBack {
				t.Fatalf("record %d: % x read as %+v", i, want, m)
			}
		}
	})
}

// FuzzBinary gives the decoder the records of a block as they are before zstd, of either
// version, and what comes out to the encoder and the decoder again.
func FuzzBinary(f *testing.F) {
	f.Add(false, uint32(0), []byte{0, 2, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0})
	f.Add(false, uint32(4), []byte{
		0x05, 0x04, 0xff, 0xff, 0x03, 0x01, 1, 2, 1, 0, 1, 0, 3, 4, 2, 4, 1, 0,
		0x05, 0x08, 0x02, 0x08, 0x00, 0x82, 0x01, 7, 123, 0, 0x82, 0x01, 3, 1, 0x7f, 63,
	})
	f.Add(true, uint32(4), []byte{
		0x05, 0x04, 0xff, 0xff, 0x03, 0x01, 1, 2, 1, 1, 0, 3, 4, 4, 5, 0,
		0x05, 0x00, 0x02, 0x00, 0x00, 0x82, 0x01, 0, 7, 0, 123, 0, 0x82, 0x01, 2, 3, 1, 63,
	})
	f.Add(false, uint32(1), []byte{0, 5, 0, 0, 1, 1, 1, 0, 0, 0, 1, 1, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0})
	f.Add(true, uint32(1), []byte{0, 3, 9, 0, 2, 11, 2, 2, 0, 0, 6, 4, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01, 1, 0, 3, 63, 1})
	rng := rand.New(rand.NewPCG(3, 4))
	for _, n := range []int{1, 10, 300} {
		f.Add(false, uint32(n-1), trace.EncodeBlock(randomMisses(rng, n)))
	}
	f.Fuzz(func(t *testing.T, old bool, less uint32, raw []byte) { // records, less one
		records := less%trace.BlockRecords + 1
		ms, err := trace.DecodeBlock(raw, int(records), old)
		known(t, err)
		if len(ms) > int(records) || err == nil && len(ms) < int(records) {
			t.Fatalf("%d records of %d, %v", len(ms), records, err)
		}
		if len(ms) == 0 {
			return
		}
		again, err := trace.DecodeBlock(trace.EncodeBlock(ms), len(ms), false)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, again, ms)
	})
}

// FuzzCommands gives any text for what gem5's commands do; what is taken is written and read
// the same again.
func FuzzCommands(f *testing.F) {
	for _, text := range []string{"", "7=write-back", "25=load-fill,22=store-fill,7=write-back,10=skip", "1=skip,4=skip", "64=skip", "7=skip,7=skip", "7=read,"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var c, again trace.Commands
		if c.UnmarshalText([]byte(text)) != nil {
			return
		}
		if err := again.UnmarshalText([]byte(c.String())); err != nil || again != c {
			t.Fatalf("%q is %v, and that %v, %v", text, c, again, err)
		}
	})
}

// FuzzOpen gives Open anything at all.
func FuzzOpen(f *testing.F) {
	ms := randomMisses(rand.New(rand.NewPCG(1, 2)), 50)
	for i := range ms {
		ms[i].Kind = trace.LoadFill
	}
	trc := trcRecord(1, 0, 0x1000, 'R', 53)
	for _, data := range [][]byte{nil, encode(f, trace.Header{Clock: ghz.Clock, Name: "name", Origin: "origin"}, ms, 7), []byte(csvText(ms[:5])), slices.Concat(trc, trc)} {
		f.Add(data)
		f.Add(gzipped(data))
		f.Add(zstded(data))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := trace.NewFile(bytes.NewReader(data), "fuzz", trace.Options{})
		known(t, err)
		if err != nil {
			return
		}
		defer file.Close()
		if !file.Clock().Valid() {
			t.Fatalf("clock %v", file.Clock())
		}
		ms, err := readAll(t, trace.Limit(file, 50_000)) // a few bytes can be a great many after decompression
		known(t, err)
		rewritten(t, ms)
	})
}
