package lesson_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"

	"github.com/dmemsys/dmemsys/dmem"
	"github.com/dmemsys/dmemsys/dmem/experiment"
	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/nb"
	"github.com/dmemsys/dmemsys/dmem/nb/lesson"
	"github.com/dmemsys/dmemsys/dmem/place"
	"github.com/dmemsys/dmemsys/dmem/pool"
)

// demand is one in which chunks differ and cool down.
var demand = lesson.Demand{Pools: 4, Room: 8, Chunks: 20, Traffic: func(chunk, age int) uint64 {
	if chunk%3 == 0 && age <= 6 {
		return 90
	}
	return 10
}}

// TestFrames draws the first and the last frame of every picture, and with -figures of package
// nb's kind, keeps them.
func TestFrames(t *testing.T) {
	dir := t.TempDir()
	if *figures != "" {
		dir = *figures
	}
	var hours [][]float64
	rng := rand.New(rand.NewPCG(1, 1))
	for range 24 {
		row := make([]float64, 8)
		for i := range row {
			row[i] = 64 * rng.Float64()
		}
		hours = append(hours, row)
	}
	small := dmem.Small()
	small.Replay.Limit = 2000
	race := nb.Of(dmem.Compare(small, pool.Random, pool.RoundRobin))
	var grants []*nb.Figure
	for _, g := range demand.Run(pool.SmartIdle) {
		grants = append(grants, g.Figure())
	}
	for name, c := range map[string]struct {
		frames []*nb.Figure
		want   int
	}{
		"stranded":  {lesson.Stranded(hours, 64), 24},
		"journey":   {lesson.Journey(lesson.Steps(dmem.Paper(), 34_760), 8000), 28},
		"queue":     {lesson.Queue([]float64{0, 3, 5, 30, 31}, 10, 5, 80), 17},
		"placement": {lesson.Placement(8, 24, 34.2, 215.5, place.LocalFirst, place.Alternate), 24},
		"grants":    {grants, 20},
		"race":      {lesson.Race(race, 10), 10},
		"footprint": {lesson.Footprint(filepath.Join("..", "..", "..", "data", "traces", "gnusort_500k_par4.csv.gz"), 12), 12},
	} {
		if len(c.frames) != c.want {
			t.Errorf("%s: %d frames, want %d", name, len(c.frames), c.want)
		}
		for _, k := range []int{0, len(c.frames) / 2, len(c.frames) - 1} {
			if *figures == "" && k != len(c.frames)-1 && testing.Short() {
				continue
			}
			if err := c.frames[k].Save(dir, fmt.Sprintf("%s-%02d", name, k)); err != nil {
				t.Error(err)
			}
		}
	}
}

// TestJourneyIsTheSimulation: the steps of the picture make up what the simulator measures of
// one access alone, to the picosecond.
func TestJourneyIsTheSimulation(t *testing.T) {
	lives, err := experiment.Anatomy(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	read := lives[0].Read
	// The phase of the memory's clock belongs to the stage of the DRAM.
	if got, want := lesson.Total(lesson.Steps(dmem.Paper(), read[mem.PoolQueue]+read[mem.DRAM])), read.Total(); got != want {
		t.Errorf("the steps take %v, the simulated access %v", got, want)
	}
}

// TestWaits compares with queues worked out by hand, and with M/D/1.
func TestWaits(t *testing.T) {
	if got, want := lesson.Waits([]float64{0, 3, 5, 30, 31, 100}, 10), []float64{0, 7, 15, 0, 9, 0}; !slices.Equal(got, want) {
		t.Errorf("waits %v, want %v", got, want)
	}
	rng := rand.New(rand.NewPCG(3, 3))
	arrivals, at := make([]float64, 300_000), 0.0
	const load = 0.7
	for i := range arrivals {
		at += rng.ExpFloat64() / load
		arrivals[i] = at
	}
	sum := 0.0
	for _, w := range lesson.Waits(arrivals, 1) {
		sum += w
	}
	if got, want := sum/float64(len(arrivals)), load/(2*(1-load)); math.Abs(got/want-1) > 0.03 {
		t.Errorf("mean wait %v, want %v within 3 %%", got, want)
	}
}

// TestSmartIdleTakesACandidate: what is shown of smart-idle explains its decision.
func TestSmartIdleTakesACandidate(t *testing.T) {
	for n, g := range demand.Run(pool.SmartIdle) {
		if n < demand.Pools {
			if g.Candidates != nil || g.Chosen != n {
				t.Errorf("grant %d: pool %d of candidates %v, want the round", n, g.Chosen, g.Candidates)
			}
			continue
		}
		want := g.Candidates[0]
		for _, c := range g.Candidates[1:] {
			if g.Free[c] > g.Free[want] {
				want = c
			}
		}
		if len(g.Candidates) != 2 || g.Chosen != want {
			t.Errorf("grant %d: pool %d of candidates %v with %v free, want pool %d", n, g.Chosen, g.Candidates, g.Free, want)
		}
	}
}

// TestDemandCounts follows a demand by hand: two pools in turn, a chunk is used 5 times in each
// of two windows.
func TestDemandCounts(t *testing.T) {
	d := lesson.Demand{Pools: 2, Room: 2, Chunks: 4, Traffic: func(_, age int) uint64 {
		if age <= 2 {
			return 5
		}
		return 0
	}}
	var got []string
	for _, g := range d.Run(pool.RoundRobin) {
		got = append(got, fmt.Sprint(g.Chosen, g.Free, g.Windows[0], g.Windows[1], g.Total))
	}
	want := []string{"0 [2 2] [0 0] [0 0] [0 0]", "1 [1 2] [5 0] [0 0] [5 0]", "0 [1 1] [5 5] [5 0] [10 5]", "1 [0 1] [5 5] [5 5] [15 10]"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if g := d.Run(pool.RoundRobin)[3]; g.MostOverMean() != 1.2 {
		t.Errorf("most over mean %v, want 1.2", g.MostOverMean())
	}
}

func TestBadArguments(t *testing.T) {
	for name, f := range map[string]func(){
		"demand above what is built in": func() { lesson.Stranded([][]float64{{70}}, 64) },
		"hours of different size":       func() { lesson.Stranded([][]float64{{1}, {1, 2}}, 64) },
		"no time":                       func() { lesson.Journey(lesson.Steps(dmem.Paper(), 1), 0) },
		"arrivals out of order":         func() { lesson.Queue([]float64{2, 1}, 1, 1, 1) },
		"local without room":            func() { lesson.Placement(1, 3, 1, 2, place.AllLocal) },
		"no policy":                     func() { lesson.Placement(1, 3, 1, 2) },
		"too many chunks":               func() { lesson.Demand{Pools: 1, Room: 1, Chunks: 2}.Run(pool.Random) },
		"no trace":                      func() { lesson.Footprint("no such file", 3) },
		"no runs":                       func() { lesson.Race(nb.Runs{}, 3) },
	} {
		func() {
			defer func() {
				if err, ok := recover().(error); !ok {
					t.Errorf("%s: no panic with an error (%v)", name, err)
				}
			}()
			f()
		}()
	}
}
