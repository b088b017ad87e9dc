package lesson

import (
	"fmt"
	"math"

	"github.com/dmemsys/dmemsys/dmem"
	"github.com/dmemsys/dmemsys/dmem/nb"
	"github.com/dmemsys/dmemsys/dmem/stats"
)

// Race returns so many frames of runs side by side: the mean latency of all accesses that had
// completed by then, a line a run, growing with simulated time. All frames have one pair of
// axes. Runs are compared at the same simulated times.
func Race(runs nb.Runs, frames int) []*nb.Figure {
	var lines []nb.Line
	end, top := 0.0, 0.0
	for i, r := range runs.Results {
		l := course(r)
		l.Name = runs.Names[i]
		for k := range l.X {
			end = max(end, l.X[k])
			if !math.IsNaN(l.Y[k]) {
				top = max(top, l.Y[k])
			}
		}
		lines = append(lines, l)
	}
	if frames < 1 || len(lines) == 0 || top == 0 {
		panic(fmt.Errorf("lesson.Race: %d frames of %d runs with a mean of at most %v ns: want a frame, a run and accesses", frames, len(lines), top))
	}
	var out []*nb.Figure
	for k := 1; k <= frames; k++ {
		until := end * float64(k) / float64(frames)
		var now []nb.Line
		for _, l := range lines {
			part := nb.Line{Name: l.Name}
			for j := range l.X {
				if l.X[j] <= until+1e-9 || j == 0 {
					part.X, part.Y = append(part.X, l.X[j]), append(part.Y, l.Y[j])
				}
			}
			now = append(now, part)
		}
		f := nb.Lines("Simulated time (ms)", "Mean latency so far (ns)", now...)
		f.Wide = true
		f.X.Max, f.Y.Max = end, 1.05*top
		out = append(out, f)
	}
	return out
}

// course returns the mean latency of the accesses completed by the end of each window.
func course(r *dmem.Result) (l nb.Line) {
	var sum stats.Mean
	for i := range r.Windows {
		w := &r.Windows[i]
		for g := range w.Groups {
			sum.Merge(w.Groups[g].All())
		}
		ends := min(w.Start+r.Config.Window, r.Simulated)
		l.X, l.Y = append(l.X, ends.Nanoseconds()/1e6), append(l.Y, sum.Ns())
	}
	return l
}
