package experiment

import (
	"context"
	"math"
	"slices"

	"github.com/dmemsys/dmemsys/dmem"
	"github.com/dmemsys/dmemsys/dmem/place"
	"github.com/dmemsys/dmemsys/dmem/pool"
	"github.com/dmemsys/dmemsys/dmem/stats"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// Growth is the paper's Figure 3 or 4: how mean latencies grow over a run, with round-robin
// and with smart-idle, under one page placement, on the machine whose memory binds
// [Paper §V].
type Growth struct {
	Placement place.Policy
	Matrix    // its pairs are round-robin and smart-idle
}

// Figure3 runs round-robin and smart-idle with local-first pages.
func Figure3(ctx context.Context, o Options) (*Growth, error) {
	return growth(ctx, o, place.LocalFirst, "figure 3")
}

// Figure4 runs round-robin and smart-idle with alternate pages.
func Figure4(ctx context.Context, o Options) (*Growth, error) {
	return growth(ctx, o, place.Alternate, "figure 4")
}

func growth(ctx context.Context, o Options, p place.Policy, what string) (*Growth, error) {
	m, err := runMatrices(ctx, o, []Machine{MemoryBound()}, []Pair{{p, pool.RoundRobin}, {p, pool.SmartIdle}})
	if err != nil {
		return nil, wrap(what, err)
	}
	return &Growth{p, m[0]}, nil
}

// Course is the course of one benchmark through a run.
type Course struct {
	Name         string
	TimesMs      []float64 // ends of the windows
	MeanNs       []float64 // cumulative mean latency of all accesses completed by then
	PoolMeanNs   []float64 // cumulative mean time of remote accesses in the pools' memory; NaN before the first
	LocalFullMs  []float64 // when the local memory of each node was used up, rising; nodes that never used theirs up are left out
	LocalFullMid float64   // the median of them; NaN if there are none
}

// Courses returns the course of each benchmark through a run.
func Courses(r *dmem.Result) []Course {
	all := make([]Course, len(r.Groups))
	for g := range all {
		c := &all[g]
		c.Name = r.Groups[g].Name
		var total, memory stats.Mean
		for i := range r.Windows {
			w := &r.Windows[i]
			total.Merge(w.Groups[g].All())
			memory.Merge(w.Groups[g].PoolMemory)
			c.TimesMs = append(c.TimesMs, (w.Start+r.Config.Window).Seconds()*1e3)
			c.MeanNs = append(c.MeanNs, total.Ns())
			c.PoolMeanNs = append(c.PoolMeanNs, memory.Ns())
		}
		for i := range r.Nodes {
			if n := &r.Nodes[i]; n.Group == g && n.LocalFullAt != units.Never {
				c.LocalFullMs = append(c.LocalFullMs, n.LocalFullAt.Seconds()*1e3)
			}
		}
		slices.Sort(c.LocalFullMs)
		c.LocalFullMid = math.NaN()
		if n := len(c.LocalFullMs); n > 0 {
			c.LocalFullMid = c.LocalFullMs[n/2]
		}
	}
	return all
}

// AllPools returns the course of all benchmarks together; its mean at the pools is that of
// Figures 3(c) and 4(c).
func AllPools(r *dmem.Result) Course {
	var all Course
	var total, memory stats.Mean
	for i := range r.Windows {
		w := &r.Windows[i]
		for g := range w.Groups {
			total.Merge(w.Groups[g].All())
			memory.Merge(w.Groups[g].PoolMemory)
		}
		all.TimesMs = append(all.TimesMs, (w.Start+r.Config.Window).Seconds()*1e3)
		all.MeanNs = append(all.MeanNs, total.Ns())
		all.PoolMeanNs = append(all.PoolMeanNs, memory.Ns())
	}
	return all
}

// steepest returns the largest rise of the cumulative mean latency of any benchmark within a
// tenth of the run, in nanoseconds. It looks from a tenth of the run on: before, few accesses
// make the mean.
func steepest(r *dmem.Result) float64 {
	most := 0.0
	for _, c := range Courses(r) {
		n := len(c.MeanNs)
		for i := n / 10; i+n/10 < n; i++ {
			most = max(most, c.MeanNs[i+n/10]-c.MeanNs[i])
		}
	}
	return most
}

// Table returns the numbers at the end of the courses; see [LatencyTable].
func (g *Growth) Table() *stats.Table {
	return LatencyTable("Round-robin and smart-idle, "+g.Placement.Name+" pages", g.Matrix)
}

// CourseTable returns the courses at so many points of the run: for each policy and benchmark
// the cumulative means.
func (g *Growth) CourseTable(points int) *stats.Table {
	t := stats.NewTable("Cumulative means over the run, "+g.Placement.Name+" pages",
		stats.Column{Name: "pool_policy"}, stats.Column{Name: "benchmark"},
		stats.Column{Name: "time", Unit: "ms"}, stats.Column{Name: "mean", Unit: "ns"}, stats.Column{Name: "remote_memory_mean", Unit: "ns"},
		stats.Column{Name: "local_memory_ends", Unit: "ms"})
	for i, p := range g.Pairs {
		for _, c := range Courses(g.Results[i]) {
			for k := 1; k <= points; k++ {
				if at := len(c.TimesMs)*k/points - 1; at >= 0 {
					t.Append(p.Pool.Name, c.Name, c.TimesMs[at], c.MeanNs[at], c.PoolMeanNs[at], c.LocalFullMid)
				}
			}
		}
	}
	return t
}
