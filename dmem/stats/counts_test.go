package stats_test

import (
	"math/rand/v2"
	"testing"

	"github.com/dmemsys/dmemsys/dmem/stats"
	"github.com/dmemsys/dmemsys/dmem/units"
)

func TestCountsAgainstMap(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	c := stats.Counts{Step: 100}
	want := map[int64]uint64{}
	at := units.Time(0)
	for range 5000 {
		at += units.Time(rng.Int64N(1 << rng.UintN(12)))
		c.Add(at)
		want[int64(at)/100]++
	}
	if len(c.Windows) != len(want) {
		t.Errorf("%d windows, want %d", len(c.Windows), len(want))
	}
	for w := range int64(at)/100 + 2 {
		if got := c.In(w); got != want[w] {
			t.Fatalf("window %d: %d, want %d", w, got, want[w])
		}
	}
}
