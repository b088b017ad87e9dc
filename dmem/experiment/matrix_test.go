package experiment

import (
	"context"
	"math"
	"testing"

	"github.com/dmemsys/dmemsys/dmem"
	"github.com/dmemsys/dmemsys/dmem/place"
	"github.com/dmemsys/dmemsys/dmem/pool"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// tinyRack makes runs of the rack small enough for tests: few accesses a node, and so little
// local memory that it is used up.
func tinyRack(t *testing.T) Options {
	return Options{Scale: "256", Runs: t.TempDir(), change: func(c *dmem.Config) {
		for i := range c.Workloads {
			p := *c.Workloads[i].Program
			p.Fills = 1500
			c.Workloads[i].Program = &p
		}
		c.Replay.Stretch = 0.5
		c.Replay.Stagger = 5 * units.Microsecond
		c.LocalMemory = 16 * units.KiB
		c.Window = units.Microsecond
	}}
}

func near(a, b float64) bool { return math.Abs(a-b) <= 1e-9*math.Max(math.Abs(a), math.Abs(b)) }

func TestMatricesOfBothMachines(t *testing.T) {
	matrices, err := runMatrices(t.Context(), tinyRack(t), Machines(), Pairs())
	if err != nil {
		t.Fatal(err)
	}
	if len(matrices) != 2 || len(matrices[0].Results) != 6 {
		t.Fatalf("%d matrices of %d results", len(matrices), len(matrices[0].Results))
	}
	for i := range matrices {
		m := &matrices[i]
		for j, p := range m.Pairs {
			r := m.Result(p.Pool, p.Placement)
			if r != m.Results[j] || r.Config.Pool.Name != p.Pool.Name || r.Config.Placement.Name != p.Placement.Name {
				t.Errorf("%s: the result of %s is another's", m.Machine.Name, p)
			}
			local, network, memory := partsNs(&r.Total)
			if mean := r.Total.Overall().All().Ns(); !near(local+network+memory, mean) {
				t.Errorf("%s, %s: parts %v + %v + %v of a mean of %v", m.Machine.Name, p, local, network, memory, mean)
			}
			if network, memory := waitsNs(r, &r.Total); !(network >= 0 && memory >= 0) {
				t.Errorf("%s, %s: waits %v and %v", m.Machine.Name, p, network, memory)
			}
			checkCourses(t, r)
		}
		if m.Result(pool.MostFree, place.Alternate) != nil {
			t.Error("a result of a pair that was not run")
		}
	}
	if ranks := poolRanks(&matrices[0].Results[0].Config); ranks != 16 {
		t.Errorf("a pool of Table II has %d ranks, want 16", ranks)
	}
	if ranks := poolRanks(&matrices[1].Results[0].Config); ranks != 1 {
		t.Errorf("a pool of the machine whose memory binds has %d ranks, want 1", ranks)
	}
	for _, s := range statements() {
		for _, p := range s.parts {
			for i := range matrices {
				for _, see := range []func(*dmem.Result) view{activeView, wholeView} {
					if v := p.measure(&cells{&matrices[i], see}); math.IsNaN(v) && s.id != "only-remote" { // nothing reaches 1000 ns here
						t.Errorf("%s: %s is NaN on %s", s.id, p.name, matrices[i].Machine.Name)
					}
				}
			}
		}
	}
	rows := LatencyTable("", matrices...).Rows
	if len(rows) != 2*6*5 {
		t.Errorf("%d rows", len(rows))
	}
}

// checkCourses holds the ends of the courses to the means of the whole run.
func checkCourses(t *testing.T, r *dmem.Result) {
	t.Helper()
	for g, c := range Courses(r) {
		n := len(c.TimesMs)
		if got, want := c.MeanNs[n-1], r.Groups[g].Overall().All().Ns(); !near(got, want) {
			t.Errorf("%s: the course ends at a mean of %v, the run's is %v", c.Name, got, want)
		}
		if got, want := c.PoolMeanNs[n-1], r.Groups[g].PoolMeanNs(); !near(got, want) {
			t.Errorf("%s: the course at the pools ends at %v, the run's mean is %v", c.Name, got, want)
		}
		if len(c.LocalFullMs) != 16 || c.LocalFullMs[0] > c.LocalFullMid || c.LocalFullMid > c.LocalFullMs[15] {
			t.Errorf("%s: local memory ends at %v, in the middle at %v", c.Name, c.LocalFullMs, c.LocalFullMid)
		}
	}
	all := AllPools(r)
	if got, want := all.PoolMeanNs[len(all.PoolMeanNs)-1], r.Total.PoolMeanNs(); !near(got, want) {
		t.Errorf("the course at the pools ends at %v, the run's mean is %v", got, want)
	}
}

func TestSpread(t *testing.T) {
	if d, sum := spread([]uint64{7, 3, 5}); d != 4 || sum != 15 {
		t.Errorf("difference %d, sum %d", d, sum)
	}
}

func TestImbalanceOfOnePool(t *testing.T) {
	o := tinyRack(t)
	c := Rack(256, TableII(), Pair{place.Alternate, pool.RoundRobin}, 1)
	o.change(&c)
	c.Pools, c.Replay.Stretch = 1, 4
	r, err := dmem.Run(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	if got := imbalance(r); got != 0 {
		t.Errorf("one pool has an imbalance of %v %%", got)
	}
}

func TestFiguresShareRuns(t *testing.T) {
	if testing.Short() {
		t.Skip("runs all figures")
	}
	o := tinyRack(t)
	f5, err := Figure5(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Figure3(cancelled, o); err == nil {
		t.Error("a cancelled figure has no error")
	}
	for _, f := range []func(context.Context, Options) (*Growth, error){Figure3, Figure4} {
		g, err := f(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		for i, p := range g.Pairs {
			got, want := g.Results[i].Total.Overall().All().Ns(), f5.Result(p.Pool, p.Placement).Total.Overall().All().Ns()
			if got != want {
				t.Errorf("%s: mean %v in one figure, %v in another", p, got, want)
			}
		}
		if n := len(g.CourseTable(5).Rows); n != 2*4*5 {
			t.Errorf("%d rows of courses", n)
		}
	}
	f2, err := Figure2(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := f2.Latency(1).Ns(), f5.Result(pool.Random, place.Alternate).Active.Total.Overall().All().Ns(); got != want {
		t.Errorf("figure 2: mean %v, figure 5 %v", got, want)
	}
	for _, row := range f5.BandTable().Rows {
		sum := int64(0)
		for _, v := range row[3:9] {
			sum += v.(int64)
		}
		if sum != row[2] {
			t.Errorf("%v: bands sum to %d", row, sum)
		}
	}
}

func TestSensitivity(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the rack 21 times")
	}
	o := tinyRack(t)
	change := o.change
	o.change = func(c *dmem.Config) {
		load := c.Replay
		change(c)
		c.Replay.Stretch = load.Stretch * 2 // far from saturation
		c.Replay.Stagger = min(load.Stagger, c.Replay.Stagger)
	}
	table, err := Sensitivity(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if len(table.Rows) != 21 {
		t.Fatalf("%d rows", len(table.Rows))
	}
	for i, row := range table.Rows {
		if mean := row[3].(float64); !(mean > 0) {
			t.Errorf("row %d: %v", i, row)
		}
	}
	// A quarter less load has lower links' utilisation than a tenth more.
	if more, less := table.Rows[3][8].(float64), table.Rows[9][8].(float64); more <= less {
		t.Errorf("links busy for %v %% under more load, %v %% under less", more, less)
	}
}
