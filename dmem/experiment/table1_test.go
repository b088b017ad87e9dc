package experiment

import (
	"context"
	"errors"
	"math"
	"testing"

	"github.com/dmemsys/dmemsys/dmem/workload"
)

// tiny divides Table I far enough for a test of half a second.
const tiny = 64

// TestTableI holds a small Table I to the paper's fills and footprints, to how far miss
// rates drift at this size, and its counts to each other.
func TestTableI(t *testing.T) {
	last := 0
	got, err := tableI(t.Context(), tiny, func(done, total int) {
		if done < last || done > total {
			t.Errorf("progress %d of %d after %d", done, total, last)
		}
		last = done
	})
	if err != nil {
		t.Fatal(err)
	}
	drift := map[string]float64{"lbm": 0.01, "fotonik3d": 0.11, "fft": 0.20, "fmm": 0.35}
	if len(got.Rows) != 4 || len(drift) != 4 {
		t.Fatalf("%d rows, want 4", len(got.Rows))
	}
	for i := range got.Rows {
		r := &got.Rows[i]
		name := r.Paper.Name
		if off := r.MissRate()/r.Paper.MissRate - 1; math.Abs(off) > drift[name] {
			t.Errorf("%s: miss rate %+.1f %% off", name, 100*off)
		}
		if off := float64(r.Footprint())/float64(r.Paper.Footprint) - 1; math.Abs(off) > 0.03 {
			t.Errorf("%s: footprint %+.1f %% off", name, 100*off)
		}
		if r.Fills != r.Paper.Fills || r.WriteBacks == 0 || r.WriteBacks > r.Fills || r.References <= r.Fills {
			t.Errorf("%s: %d fills (%d), %d write-backs, %d references", name, r.Fills, r.Paper.Fills, r.WriteBacks, r.References)
		}
		if r.Touched > r.Allocated+1<<20 {
			t.Errorf("%s: touched %v of %v", name, r.Touched, r.Allocated)
		}
	}
	table := got.Table()
	if len(table.Rows) != 4 || table.Rows[0][0] != "lbm" || len(got.Notes().Rows) != 6 {
		t.Errorf("table %v", table)
	}
}

// TestTableIAgain: a second run counts the same.
func TestTableIAgain(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the four workloads twice")
	}
	var runs [2][]Tab1Row
	for i := range runs {
		table, err := tableI(t.Context(), tiny, nil)
		if err != nil {
			t.Fatal(err)
		}
		runs[i] = table.Rows
	}
	for i := range runs[0] {
		a, b := runs[0][i], runs[1][i]
		a.Paper, b.Paper = workload.Row{}, workload.Row{}
		if a != b {
			t.Errorf("%+v, then %+v", a, b)
		}
	}
}

func TestTableICancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	_, err := TableI(ctx, Options{Progress: func(int, int) { cancel() }})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if _, err := TableI(t.Context(), Options{Scale: "medium"}); err == nil {
		t.Error("the scale medium is no error")
	}
}
