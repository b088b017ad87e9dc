package trace_test

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/dmemsys/dmemsys/dmem/trace"
	"github.com/dmemsys/dmemsys/dmem/units"
)

func sliceOpener(ms []trace.Miss) trace.Opener {
	return func() (trace.Source, error) { return &slice{misses: ms, batch: 7}, nil }
}

func TestRotate(t *testing.T) {
	// Stamps 100, 110, 150, 190: mean gap 30.
	ms := []trace.Miss{{Cycle: 100, Addr: 0}, {Cycle: 110, Addr: 64}, {Cycle: 150, Addr: 128}, {Cycle: 190, Addr: 192}}
	for _, c := range []struct {
		start int64
		want  []trace.Miss
	}{
		{0, []trace.Miss{{Cycle: 0, Addr: 0}, {Cycle: 10, Addr: 64}, {Cycle: 50, Addr: 128}, {Cycle: 90, Addr: 192}}},
		{1, []trace.Miss{{Cycle: 0, Addr: 64}, {Cycle: 40, Addr: 128}, {Cycle: 80, Addr: 192}, {Cycle: 110, Addr: 0}}},
		{3, []trace.Miss{{Cycle: 0, Addr: 192}, {Cycle: 30, Addr: 0}, {Cycle: 40, Addr: 64}, {Cycle: 80, Addr: 128}}},
	} {
		equal(t, rotated(t, ms, c.start), c.want)
	}
	// 5 cycles over 2 gaps: 2.5, rounded to 3.
	equal(t, rotated(t, []trace.Miss{{Cycle: 1}, {Cycle: 2}, {Cycle: 6}}, 2), []trace.Miss{{Cycle: 0}, {Cycle: 3}, {Cycle: 4}})
}

func rotated(t *testing.T, ms []trace.Miss, start int64) []trace.Miss {
	t.Helper()
	r, err := trace.Rotate(sliceOpener(ms), start)
	if err != nil {
		t.Fatal(err)
	}
	got, err := readAll(t, r)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// TestRotateProperty: a rotation is a permutation, and rotating a trace of equal gaps
// changes no stamp.
func TestRotateProperty(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for range 50 {
		n := 1 + rng.IntN(20_000)
		k := rng.IntN(n)
		gap := units.Cycles(rng.IntN(1000))
		ms := make([]trace.Miss, n)
		for i := range ms {
			ms[i] = randomMisses(rng, 1)[0]
			ms[i].Cycle = 5 + gap*units.Cycles(i)
		}
		want := append(append([]trace.Miss(nil), ms[k:]...), ms[:k]...)
		for i := range want {
			want[i].Cycle = gap * units.Cycles(i)
		}
		equal(t, rotated(t, ms, int64(k)), want)
	}
}

func TestRotateFile(t *testing.T) {
	path := realPath(real[0])
	open := trace.FileOpener(path, trace.Options{})
	f, err := open()
	if err != nil {
		t.Fatal(err)
	}
	plain, err := readAll(t, f)
	if err != nil {
		t.Fatal(err)
	}
	r, err := trace.Rotate(open, 100_000)
	if err != nil {
		t.Fatal(err)
	}
	got, err := readAll(t, r)
	if err != nil || len(got) != len(plain) {
		t.Fatalf("%d records, %v", len(got), err)
	}
	for i, m := range got {
		want := plain[(i+100_000)%len(plain)]
		m.Cycle, want.Cycle = 0, 0
		if m != want {
			t.Fatalf("record %d: got %+v, want %+v", i, m, want)
		}
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
}

// TestRotateBlocks: a file of our own format, of which whole blocks are passed over, is rotated
// like the misses it holds, and damage in what is passed over is seen.
func TestRotateBlocks(t *testing.T) {
	const size = trace.BlockRecords
	ms := randomMisses(rand.New(rand.NewPCG(7, 8)), 3*size+5)
	for i := range ms {
		ms[i].Cycle >>= 8 // stamps reach the end of their range, where there is no room for a gap
	}
	data := encode(t, ghz, ms, size)
	path := writeFile(t, "x.dmt", data)
	open := trace.FileOpener(path, trace.Options{})
	for _, start := range []int64{0, 1, size - 1, size, size + 1, 2*size + 77, 3 * size, 3*size + 4} {
		r, err := trace.Rotate(open, start)
		if err != nil {
			t.Fatal(err)
		}
		got, err := readAll(t, r)
		if err != nil {
			t.Fatalf("start %d: %v", start, err)
		}
		equal(t, got, rotated(t, ms, start))
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
	for _, start := range []int64{3*size + 5, 4 * size, 1 << 40} {
		if _, err := trace.Rotate(open, start); err == nil || !strings.Contains(err.Error(), fmt.Sprint("the trace's ", len(ms), " records")) {
			t.Errorf("start %d of %d records: %v", start, len(ms), err)
		}
	}
	data[len(data)/2] ^= 1 // in the second block or the third
	damaged := trace.FileOpener(writeFile(t, "damaged.dmt", data), trace.Options{})
	if _, err := trace.Rotate(damaged, 3*size+1); !errors.Is(err, trace.ErrCorrupt) {
		t.Errorf("damage in a block that is passed over: %v", err)
	}
}

func TestRotateErrors(t *testing.T) {
	ms := []trace.Miss{{Cycle: 1}, {Cycle: 2}, {Cycle: 3}}
	for _, start := range []int64{-1, 3, 1 << 40} {
		if _, err := trace.Rotate(sliceOpener(ms), start); err == nil {
			t.Errorf("start %d of 3 records: no error", start)
		}
	}
	if _, err := trace.Rotate(trace.FileOpener("does-not-exist", trace.Options{}), 0); err == nil {
		t.Error("missing file: no error")
	}
	// The trace shrinks between the passes, or cannot be opened again, or fails half way.
	broken := errors.New("broken")
	for name, second := range map[string]func() (trace.Source, error){
		"shrinks":     func() (trace.Source, error) { return &slice{misses: ms[:1]}, nil },
		"cannot open": func() (trace.Source, error) { return nil, broken },
		"fails":       func() (trace.Source, error) { return &slice{misses: ms[:1], end: broken}, nil },
	} {
		pass := 0
		r, err := trace.Rotate(func() (trace.Source, error) {
			if pass++; pass == 1 {
				return &slice{misses: ms}, nil
			}
			return second()
		}, 2)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := readAll(t, r); !errors.Is(err, broken) && !errors.Is(err, trace.ErrTruncated) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	far := []trace.Miss{{Cycle: 0}, {Cycle: trace.MaxStamp}}
	r, err := trace.Rotate(sliceOpener(far), 1)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := readAll(t, r); err == nil {
		t.Error("stamps beyond the range: no error")
	}
}

func TestLimit(t *testing.T) {
	ms := randomMisses(rand.New(rand.NewPCG(1, 1)), 100)
	for _, n := range []int64{-1, 0, 1, 99, 100, 101} {
		got, err := readAll(t, trace.Limit(&slice{misses: ms, batch: 30}, n))
		if err != nil {
			t.Fatal(err)
		}
		equal(t, got, ms[:max(0, min(n, 100))])
	}
	if n, err := trace.Limit(&slice{}, 5).Next(make([]trace.Miss, 1)); n != 0 || err != io.EOF {
		t.Errorf("empty source: %d, %v", n, err)
	}
}
