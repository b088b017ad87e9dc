package experiment

import (
	"slices"
	"testing"
)

// TestSeries follows three sweeps, worked by hand: one of which some runs had been kept, one of
// which all had been, and one that begins anew.
func TestSeries(t *testing.T) {
	var got [][2]int
	s := series{progress: func(done, total int) { got = append(got, [2]int{done, total}) }}
	check := func(what string, want ...[2]int) {
		t.Helper()
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", what, got, want)
		}
		got = nil
	}
	first := s.next(2)
	first(SweepProgress{Generated: 5, Generate: 10})
	first(SweepProgress{Kept: 100, Total: 400, Taken: 1})
	check("nothing simulated")
	first(SweepProgress{Accesses: 50, Kept: 100, Total: 400})
	first(SweepProgress{Accesses: 310, Kept: 100, Total: 410})
	check("the first", [2]int{50, 300 + 2*400}, [2]int{310, 310 + 2*410})

	second := s.next(1)
	second(SweepProgress{Kept: 200, Total: 400})
	second(SweepProgress{Kept: 400, Total: 400})
	check("all kept", [2]int{310, 310 + 200 + 400}, [2]int{310, 310 + 400})

	third := s.next(0)
	third(SweepProgress{})
	third(SweepProgress{Accesses: 10, Total: 420})
	third(SweepProgress{Accesses: 430, Total: 430})
	check("the last", [2]int{320, 310 + 420}, [2]int{740, 740})

	if f := (&series{}).next(0); f != nil {
		t.Error("a function for nobody")
	}
}
