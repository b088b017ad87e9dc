package trace_test

import (
	"bytes"
	"io"
	"runtime"
	"testing"

	"github.com/dmemsys/dmemsys/dmem/trace"
)

// TestAllocs: reading and writing allocate nothing once they run.
func TestAllocs(t *testing.T) {
	ms := repeated(t, real[0], 3)
	var trc []byte
	for _, m := range ms {
		trc = append(trc, trcRecord(1, int32(m.Thread), uint64(m.Addr), 'R', uint64(m.Cycle))...)
	}
	open := func(data []byte) trace.Source {
		f, err := trace.NewFile(bytes.NewReader(data), "", trace.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { f.Close() })
		return f
	}
	c := trace.DefaultSynthetic()
	c.Records = int64(len(ms))
	synthetic, err := trace.NewSynthetic(c)
	if err != nil {
		t.Fatal(err)
	}
	binary, csv := encode(t, ghz, ms, 4096), []byte(csvText(ms))
	rotated, err := trace.Rotate(func() (trace.Source, error) { return open(binary), nil }, 100)
	if err != nil {
		t.Fatal(err)
	}
	for name, src := range map[string]trace.Source{
		"binary": open(binary), "csv": open(csv), "trc": open(trc), "synthetic": synthetic, "rotated": rotated,
		"limited": trace.Limit(open(csv), 1<<40), "csv.zst": open(zstded(csv)),
	} {
		buf := make([]trace.Miss, 1024)
		read := func() {
			if _, err := src.Next(buf); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
		for range 100 { // 6 blocks
			read()
		}
		if n := testing.AllocsPerRun(200, read); n != 0 {
			t.Errorf("%s: %v allocations in 1024 records, want 0", name, n)
		}
	}
	w, err := trace.NewWriter(io.Discard, ghz)
	if err != nil {
		t.Fatal(err)
	}
	rest := ms
	write := func() {
		if err := w.Write(rest[:1024]); err != nil {
			t.Fatal(err)
		}
		rest = rest[1024:]
	}
	for range 100 {
		write()
	}
	if n := testing.AllocsPerRun(200, write); n != 0 {
		t.Errorf("writing: %v allocations in 1024 records, want 0", n)
	}
}

// TestMemory: what is held does not grow with the trace.
func TestMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("reads 17 M records")
	}
	c := trace.DefaultSynthetic()
	peak := func(records int64) uint64 {
		c.Records = records
		g, err := trace.NewSynthetic(c)
		if err != nil {
			t.Fatal(err)
		}
		r, w := io.Pipe()
		go func() {
			out, err := trace.NewWriter(w, ghz)
			if err == nil {
				_, err = trace.Copy(out, g)
			}
			if err == nil {
				err = out.Close()
			}
			w.CloseWithError(err)
		}()
		f, err := trace.NewFile(r, "", trace.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		buf := make([]trace.Miss, 4096)
		var most uint64
		for i := 0; ; i++ {
			if _, err := f.Next(buf); err == io.EOF {
				return most
			} else if err != nil {
				t.Fatal(err)
			}
			if i%1000 == 50 {
				var m runtime.MemStats
				runtime.GC()
				runtime.ReadMemStats(&m)
				most = max(most, m.HeapAlloc)
			}
		}
	}
	short, long := peak(1_000_000), peak(16_000_000)
	if long > short+1<<20 {
		t.Errorf("heap of %d bytes with 1 M records, %d with 16 M", short, long)
	}
}
