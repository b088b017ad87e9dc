package experiment_test

import (
	"math"
	"testing"
	"time"

	"github.com/dmemsys/dmemsys/dmem"
	"github.com/dmemsys/dmemsys/dmem/experiment"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// TestSweepProgress follows a sweep of four runs, worked by hand: one of 2 nodes is taken,
// one of 2 nodes tells its share, one of 4 nodes its time, one of 8 nodes has not begun.
func TestSweepProgress(t *testing.T) {
	runs := tinyRuns(4)
	runs[2].Config.Nodes, runs[3].Config.Nodes = 4, 8
	runs[2].Config.Replay.Until = 10 * units.Millisecond
	var got experiment.SweepProgress
	clock := time.Unix(1000, 0)
	s := experiment.Sweep{Runs: runs, Progress: func(p experiment.SweepProgress) { got = p }}
	update, finish := experiment.ProgressOf(&s, func() time.Time { return clock })
	check := func(what string, want experiment.SweepProgress) {
		t.Helper()
		if math.Abs(got.Share-want.Share) > 1e-12 {
			t.Errorf("%s: share %v, want %v", what, got.Share, want.Share)
		}
		got.Share = want.Share
		if got != want {
			t.Errorf("%s:\n got %+v\nwant %+v", what, got, want)
		}
	}
	update(1, dmem.Progress{Accesses: 0, Share: math.NaN()})
	check("nothing known", experiment.SweepProgress{Runs: 4})

	finish(0, &dmem.Result{Accesses: 1000}, true)
	// 500 accesses a node, all runs 8000: rate 0, so no time left.
	check("one taken", experiment.SweepProgress{Runs: 4, Finished: 1, Taken: 1, Kept: 1000, Total: 8000, Share: 1000. / 8000})

	clock = clock.Add(10 * time.Second)
	update(1, dmem.Progress{Accesses: 200, Share: 0.25}) // 800 in all: 450 a node
	total := 1800. / 4 * 16
	check("one under way", experiment.SweepProgress{
		Runs: 4, Finished: 1, Taken: 1, Accesses: 200, Kept: 1000, Total: 7200, Rate: 20, Share: 1200 / total, Left: time.Duration((total - 1200) / 20 * 1e9), Known: true})

	update(2, dmem.Progress{Accesses: 600, Simulated: 5 * units.Millisecond, Share: 0.1}) // ends by its time: 1200
	total = (1000 + 800 + 1200) / 8. * 16
	check("two under way", experiment.SweepProgress{
		Runs: 4, Finished: 1, Taken: 1, Accesses: 800, Kept: 1000, Total: 6000, Rate: 80, Share: 1800 / total, Left: time.Duration((total - 1800) / 80 * 1e9), Known: true})

	finish(1, &dmem.Result{Accesses: 900}, false)
	finish(2, &dmem.Result{Accesses: 1100}, false)
	finish(3, &dmem.Result{Accesses: 4000}, false)
	check("all finished", experiment.SweepProgress{Runs: 4, Finished: 4, Taken: 1, Accesses: 6000, Kept: 1000, Total: 7000, Rate: 600, Share: 1, Known: true})
}
