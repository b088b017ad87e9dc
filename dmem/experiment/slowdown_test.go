package experiment

import (
	"math"
	"testing"

	"github.com/dmemsys/dmemsys/dmem/place"
	"github.com/dmemsys/dmemsys/dmem/units"
)

func TestSlowdowns(t *testing.T) {
	o := tinyDesigns(t)
	all, err := Slowdowns(t.Context(), o, 2)
	if err != nil {
		t.Fatal(err)
	}
	if want := 3 + 3*3 + 4; len(all) != want || len(SlowdownTable(all).Rows) != 4*want {
		t.Fatalf("%d cases, want %d", len(all), want)
	}
	for i := range all {
		s := &all[i]
		for _, f := range s.Groups {
			if f.Slowdown.N != s.seeds(2) || !(f.Slowdown.Mean > 0.99) || s.Outstanding == 1 && !(f.Blocking > 0.99) || s.Outstanding > 1 && !math.IsNaN(f.Blocking) {
				t.Errorf("%+v: %+v", s, f)
			}
			if f.LocalPercent == 100 && math.Abs(f.Slowdown.Mean-1) > 0.01 {
				t.Errorf("%s has all of its pages local and a slowdown of %v", f.Name, f.Slowdown)
			}
		}
	}
}

// TestAllLocalIsNoSlowdown: with all memory local a rack has a slowdown of 1 against
// itself, exactly.
func TestAllLocalIsNoSlowdown(t *testing.T) {
	o := tinyDesigns(t)
	s := Slowdown{LinkRate: 100 * units.Gbps, Pair: slowdownCases()[0].Pair, Local: 4 * units.GiB, Outstanding: 1}
	s.Pair.Placement = place.AllLocal
	results, err := runAll(t.Context(), o, []Run{{"all local", s.config(DesignDivisor, 1)}})
	if err != nil {
		t.Fatal(err)
	}
	s.measure(results, results[0], results[0])
	for _, f := range s.Groups {
		if f.Slowdown.Mean != 1 || f.Blocking != 1 || f.LocalPercent != 100 {
			t.Errorf("%+v", f)
		}
	}
}
