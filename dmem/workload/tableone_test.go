package workload_test

import (
	"flag"
	"math"
	"testing"
	"time"

	"github.com/dmemsys/dmemsys/dmem/trace"
	"github.com/dmemsys/dmemsys/dmem/units"
	"github.com/dmemsys/dmemsys/dmem/workload"
)

var paperScale = flag.Bool("table1", false, "measure Table I at the paper's size: a minute or two")

// measure runs a row's program through caches divided by d, until the row's fills.
func measure(t *testing.T, row workload.Row, d int) *hierarchy {
	t.Helper()
	src, err := workload.New(row.Program)
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	h := newHierarchy(d)
	buf := make([]trace.Reference, 4096)
	for {
		n, err := src.Next(buf)
		if err != nil {
			t.Fatalf("%v after %d of %d fills", err, h.fills, row.Fills)
		}
		for i := range buf[:n] {
			if h.access(&buf[i]); h.fills == row.Fills {
				return h
			}
		}
	}
}

// check compares a measured row with the table, with tolerances for rate and footprint.
func check(t *testing.T, row workload.Row, h *hierarchy, rate, footprint float64) {
	t.Helper()
	size := h.touched()
	if row.Extent == workload.Allocated {
		size = row.Program.Allocated()
	}
	dr, df := h.missRate()/row.MissRate-1, float64(size)/float64(row.Footprint)-1
	t.Logf("%-9s miss rate %.3f %% (%.2f %%: %+.1f %%), %d fills, %d write-backs, %d references, touched %.4g MB, allocated %.4g MB (%s: %+.1f %%)",
		row.Name, 100*h.missRate(), 100*row.MissRate, 100*dr, h.fills, h.writeBacks, h.references,
		float64(h.touched())/float64(units.MB), float64(row.Program.Allocated())/float64(units.MB), row.Extent, 100*df)
	if math.Abs(dr) > rate {
		t.Errorf("%s: miss rate %+.1f %% off, want at most %.0f %%", row.Name, 100*dr, 100*rate)
	}
	if math.Abs(df) > footprint {
		t.Errorf("%s: footprint %+.1f %% off, want at most %.0f %%", row.Name, 100*df, 100*footprint)
	}
}

// TestTableI holds the programs to the paper's Table I at its size.
func TestTableI(t *testing.T) {
	if !*paperScale {
		t.Skip("runs with -table1")
	}
	for _, row := range workload.TableI(1) {
		start := time.Now()
		check(t, row, measure(t, row, 1), 0.03, 0.08)
		t.Logf("%v", time.Since(start).Round(time.Second))
	}
}

// TestTableISmall holds smaller programs with smaller caches to the same shape. Logarithms
// do not scale: the length of fft's rows and the depth of fmm's tree, which make up part of
// the references. Nor does the size of a line, to which fotonik3d's shorter rows are
// aligned worse.
func TestTableISmall(t *testing.T) {
	for _, c := range []struct {
		divisor int
		rates   [4]float64 // how much the miss rate may be off, by row
	}{
		{64, [4]float64{0.01, 0.11, 0.20, 0.35}},
		{16, [4]float64{0.01, 0.07, 0.12, 0.20}},
	} {
		if testing.Short() && c.divisor < 64 {
			continue
		}
		for i, row := range workload.TableI(1 / float64(c.divisor)) {
			check(t, row, measure(t, row, c.divisor), c.rates[i], 0.03)
		}
	}
}
