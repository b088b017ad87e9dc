package nb

import (
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/dmemsys/dmemsys/dmem"
	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/stats"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// Runs is results with the names that figures give them. Its methods are the usual figures,
// each one line in a notebook:
//
//	runs := nb.Of(dmem.Compare(cfg, pool.Random, pool.SmartIdle))
//	nb.Show(runs.CDF(), runs.Breakdown())
type Runs struct {
	Names   []string // one a result, in legends; may be changed
	Results []*dmem.Result
}

// Of returns the results among its arguments, which are of type *dmem.Result, []*dmem.Result,
// *dmem.Comparison or error, as functions return them. A run is named by what differs: its
// pool policy, its placement, both, or else its number. Of panics on an error that is not nil
// and on anything else, so that the cell fails.
func Of(args ...any) Runs {
	var r Runs
	for i, arg := range args {
		switch v := arg.(type) {
		case nil: // an error that did not happen
		case error:
			panic(fmt.Errorf("nb.Of, argument %d: %w", i+1, v))
		case *dmem.Result:
			r.Results = append(r.Results, v)
		case []*dmem.Result:
			r.Results = append(r.Results, v...)
		case *dmem.Comparison:
			if v == nil {
				panic(fmt.Errorf("nb.Of, argument %d: a nil *dmem.Comparison", i+1))
			}
			r.Results = append(r.Results, v.Results...)
		default:
			panic(fmt.Errorf("nb.Of, argument %d: a %T is no result: want *dmem.Result, []*dmem.Result, *dmem.Comparison or error", i+1, arg))
		}
	}
	for i, res := range r.Results {
		if res == nil {
			panic(fmt.Errorf("nb.Of: result %d is nil", i+1))
		}
	}
	r.Names = names(r.Results)
	return r
}

// names tells results apart.
func names(results []*dmem.Result) []string {
	var out []string
	for _, by := range []func(i int, c *dmem.Config) string{
		func(_ int, c *dmem.Config) string { return c.Pool.Name },
		func(_ int, c *dmem.Config) string { return c.Placement.Name },
		func(_ int, c *dmem.Config) string { return c.Placement.Name + ", " + c.Pool.Name },
		func(i int, _ *dmem.Config) string { return fmt.Sprint("run ", i+1) },
	} {
		out = nil
		seen := map[string]bool{}
		for i, res := range results {
			name := by(i, &res.Config)
			seen[name] = true
			out = append(out, name)
		}
		if len(seen) == len(results) {
			break
		}
	}
	return out
}

// distPoints is how many points a distribution is drawn with, more than can be seen.
const distPoints = 400

func (r Runs) dists() (out []Dist) {
	for i, res := range r.Results {
		out = append(out, Dist{Name: r.Names[i], Points: res.Total.Overall().All().CDF(distPoints)})
	}
	return out
}

// CDF returns the distributions of all latencies, a line a run.
func (r Runs) CDF() *Figure { return CDF("Access latency", r.dists()...) }

// Tail returns the shares of slower accesses, a line a run.
func (r Runs) Tail() *Figure { return Tail("Access latency", r.dists()...) }

func (r Runs) banded() (out []Banded) {
	for i, res := range r.Results {
		out = append(out, Banded{Name: r.Names[i], Counts: res.Total.Overall().All().BandCounts()})
	}
	return out
}

// Bands returns the latency bands, a bar a band and run.
func (r Runs) Bands() *Figure { return Bands(r.banded()...) }

// BandStacks returns the latency bands, a bar a run.
func (r Runs) BandStacks() *Figure { return BandStacks(r.banded()...) }

// groups returns the names of the workloads, which all runs must share.
func (r Runs) groups() ([]string, error) {
	var out []string
	for i, res := range r.Results {
		var names []string
		for g := range res.Groups {
			names = append(names, res.Groups[g].Name)
		}
		if i > 0 && strings.Join(names, "\x00") != strings.Join(out, "\x00") {
			return nil, fmt.Errorf("run %q replays %v, run %q %v: want the same workloads", r.Names[0], out, r.Names[i], names)
		}
		out = names
	}
	return out, nil
}

// Means returns the mean latencies by workload, a bar a run.
func (r Runs) Means() *Figure {
	groups, err := r.groups()
	var bars []Bar
	for i, res := range r.Results {
		b := Bar{Name: r.Names[i]}
		for g := range res.Groups {
			b.Values = append(b.Values, res.Groups[g].Overall().All().Ns())
		}
		bars = append(bars, b)
	}
	return failing(err, Bars("Mean latency (ns)", groups, bars...))
}

// Breakdown returns where remote accesses spend their time, by workload, a stack a run.
// Stages that take no time in any run are left out.
func (r Runs) Breakdown() *Figure {
	groups, err := r.groups()
	var parts []string
	stacks := make([]Stack, len(r.Results))
	for s := range mem.NumStages {
		some := false
		means := make([][]float64, len(r.Results))
		for i, res := range r.Results {
			for g := range res.Groups {
				group := &res.Groups[g]
				v := math.NaN()
				if n := group.Remote.Count(); n > 0 {
					v = group.RemoteStages[s].Nanoseconds() / float64(n)
				}
				some = some || v > 0
				means[i] = append(means[i], v)
			}
		}
		if !some {
			continue
		}
		parts = append(parts, stageLabel(s))
		for i := range stacks {
			stacks[i].Name = r.Names[i]
			stacks[i].Parts = append(stacks[i].Parts, means[i])
		}
	}
	return failing(err, Stacks("Mean remote latency (ns)", groups, parts, stacks...))
}

// stageLabel returns a stage's name as a legend has it.
func stageLabel(s mem.Stage) string {
	switch name := s.String(); name {
	case "rmac", "dram":
		return strings.ToUpper(name)
	default:
		return strings.ToUpper(name[:1]) + strings.ReplaceAll(name[1:], "_", " ")
	}
}

// OverTime returns the mean latency of the accesses that completed in each window of time, a
// line a run. Where the runs agree on it, marks tell when the first node's local memory was
// used up and when the last one's was.
func (r Runs) OverTime() *Figure {
	var lines []Line
	for i, res := range r.Results {
		l := Line{Name: r.Names[i]}
		for w := range res.Windows {
			var m stats.Mean
			for g := range res.Windows[w].Groups {
				m.Merge(res.Windows[w].Groups[g].All())
			}
			l.X, l.Y = append(l.X, millis(res.Windows[w].Start)), append(l.Y, m.Ns())
		}
		lines = append(lines, l)
	}
	f := Lines("Simulated time (ms)", "Mean latency (ns)", lines...)
	f.MarkX = r.localEnds()
	return f
}

func millis(t units.Time) float64 { return t.Nanoseconds() / 1e6 }

// localEnds returns marks at the times when local memory ends.
func (r Runs) localEnds() []Mark {
	var first, last units.Time
	for i, res := range r.Results {
		lo, hi := units.Never, units.Time(-1)
		for n := range res.Nodes {
			if at := res.Nodes[n].LocalFullAt; at != units.Never {
				lo, hi = min(lo, at), max(hi, at)
			}
		}
		if i > 0 && (lo != first || hi != last) || hi < 0 {
			return nil // runs differ, or it never ends
		}
		first, last = lo, hi
	}
	switch {
	case len(r.Results) == 0:
		return nil
	case first == last:
		return []Mark{{millis(first), "local memory ends"}}
	}
	return []Mark{{millis(first), "first local memory ends"}, {millis(last), "last ends"}}
}

// Pools returns how many accesses arrived at each pool over time, a panel a pool. It shows one
// run: give others a figure each.
func (r Runs) Pools() *Figure {
	if len(r.Results) != 1 {
		return failing(fmt.Errorf("the pools of one run can be shown, not of %d", len(r.Results)), &Figure{Title: "Pools"})
	}
	edges, values := poolLoad(r.Results[0])
	var lines []Line
	for p, row := range values {
		lines = append(lines, Line{Name: fmt.Sprint("Pool ", p), X: edges[:len(edges)-1], Y: row, Step: true})
	}
	return Multiples(min(3, max(len(lines), 1)), "Simulated time (ms)", "Accesses/µs", lines...)
}

// PoolHeat returns the same as [Runs.Pools] as a heat map, a row a pool.
func (r Runs) PoolHeat() *Figure {
	if len(r.Results) != 1 {
		return failing(fmt.Errorf("the pools of one run can be shown, not of %d", len(r.Results)), &Figure{Title: "Pools"})
	}
	edges, values := poolLoad(r.Results[0])
	var names []string
	for p := range values {
		names = append(names, fmt.Sprint("pool ", p))
	}
	return HeatOver("Simulated time (ms)", "Accesses per µs", edges, names, values)
}

// poolLoad returns the arrivals at each pool in accesses a microsecond, over at most 120
// windows of which the last ends with the run, and the windows' edges in milliseconds.
func poolLoad(res *dmem.Result) (edges []float64, values [][]float64) {
	var step units.Time
	last := int64(-1)
	for p := range res.Pools {
		a := &res.Pools[p].Arrivals
		step = a.Step
		if n := len(a.Windows); n > 0 {
			last = max(last, a.Windows[n-1].Window)
		}
	}
	join := last/120 + 1 // windows in one
	n := last/join + 1
	for i := range n + 1 {
		edges = append(edges, millis(min(units.Time(i*join)*step, res.Simulated)))
	}
	for p := range res.Pools {
		row := make([]float64, n)
		for _, w := range res.Pools[p].Arrivals.Windows {
			i := w.Window / join
			row[i] += float64(w.Events) / (1000 * (edges[i+1] - edges[i]))
		}
		values = append(values, row)
	}
	return edges, values
}

// failing returns a figure that reports err when it is drawn, or f without one.
func failing(err error, f *Figure) *Figure {
	if err == nil {
		return f
	}
	return &Figure{Title: f.Title, X: f.X, Y: f.Y, data: &faulty{err: err}}
}

// faulty is data that cannot be drawn.
type faulty struct {
	err error
	bars
}

func (f *faulty) check() error { return errors.Join(f.err) }
