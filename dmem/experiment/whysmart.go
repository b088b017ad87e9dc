package experiment

import (
	"context"
	"fmt"
	"math"

	"github.com/dmemsys/dmemsys/dmem"
	"github.com/dmemsys/dmemsys/dmem/place"
	"github.com/dmemsys/dmemsys/dmem/pool"
	"github.com/dmemsys/dmemsys/dmem/stats"
	"github.com/dmemsys/dmemsys/dmem/trace"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// Setting is one of the conditions under which [WhySmart] compares pool policies.
type Setting struct {
	Group, Name string
	Mix         Traffic
	Anywhere    bool    // programs begin somewhere in their run, each node elsewhere, instead of at the beginning
	Spread      float64 // of the nodes' starts, as a share of the time that is looked at
	Load        float64 // asked of the pools, as a share of what they can serve
	Divisor     int     // of the paper's rack; a quarter of it makes the time four times as long
	Seeds       int
	Random      bool // random pools are run too
}

const (
	whySeeds = 5
	whyPools = 3                        // for 32 nodes, as the paper's 6 for 64
	whyTime  = 1200 * units.Microsecond // looked at, at small scale
)

// WhyLoad is the load of all settings of [WhySmart] that do not vary it: the share of what
// the pools can serve.
const WhyLoad = 0.85

// Settings returns the conditions of [WhySmart], by group. The four programs, each node
// anywhere in its own, are what the others are compared with: "anywhere", in the group
// "starts".
func Settings() []Setting {
	base := Setting{Mix: Programs(), Anywhere: true, Spread: 1. / 8, Load: WhyLoad, Divisor: SmallDivisor, Seeds: whySeeds}
	var all []Setting
	add := func(group, name string, change func(*Setting)) {
		s := base
		s.Group, s.Name = group, name
		change(&s)
		all = append(all, s)
	}
	add("starts", "lock step", func(s *Setting) { s.Anywhere, s.Spread, s.Seeds, s.Random = false, 0, 1, true })
	add("starts", "over 19 µs", func(s *Setting) { s.Anywhere, s.Spread = false, 1./64 })
	add("starts", "over 300 µs", func(s *Setting) { s.Anywhere, s.Spread = false, 1./4 })
	add("starts", "anywhere", func(s *Setting) { s.Random = true })
	add("load", "70 %", func(s *Setting) { s.Load = 0.7 })
	add("load", "85 %", func(s *Setting) {})
	add("load", "95 %", func(s *Setting) { s.Load = 0.95 })
	add("chunks", "uniform", func(s *Setting) { s.Mix, s.Spread, s.Random = RandomLines(), 1./2, true })
	add("chunks", "streams", func(s *Setting) { s.Mix, s.Spread, s.Random = Streams(), 1./2, true })
	for i := range 4 {
		add("benchmarks", Program(i).Name, func(s *Setting) { s.Mix = Program(i) })
	}
	add("scale", "S = 256", func(s *Setting) { s.Divisor = 256 })
	add("scale", "S = 64", func(s *Setting) {})
	return all
}

// Streams is each node reading one line after the other, the nodes at random times: a chunk
// gets all that a node asks for while it lasts, and nothing afterwards. [RandomLines] is the
// opposite: a chunk gets as much as any other, always.
func Streams() Traffic {
	return Traffic{"streams", func(c *dmem.Config, divisor int) {
		RandomLines().set(c, divisor)
		s := c.Workloads[0].Synthetic
		s.Pattern, s.Threads, s.Footprint = trace.Stream, 1, 64*units.MiB
		c.Workloads[0].Name = "streams"
	}}
}

// WhyPolicies are the policies that [WhySmart] compares.
func WhyPolicies() []pool.Policy { return []pool.Policy{pool.Random, pool.RoundRobin, pool.SmartIdle} }

// Why is what pool policies do under each of [Settings].
type Why struct {
	Settings []Setting
	Policies []pool.Policy
	Samples  [][][]WhySample // by setting, policy and seed
	Courses  [][]PoolCourse  // by setting and policy: the first seed
}

// WhySample is one run: the accesses issued after the last node has started.
type WhySample struct {
	Load       float64 // remote accesses that arrived, as a share of what the pools can serve
	MeanNs     float64 // of all accesses; all are remote
	P99Ns      float64
	Over500    float64 // accesses of 500 ns and more at the pools, in %
	Imbalance  float64 // most less least accessed pool in a window, in % of a pool's mean
	SamePool   float64 // grants that go to the pool of the grant before, in %
	DRAM, Link float64 // mean utilisation of the pools' data buses and links out over the whole run, in %
	Grants     int
	Accesses   uint64 // of the whole run
}

// PoolCourse is how many accesses arrive at each pool over time.
type PoolCourse struct {
	StartMs   []float64   // of the windows
	PerMicros [][]float64 // by pool and window: arrivals per microsecond
	Capacity  float64     // accesses per microsecond that a pool serves
}

// whyRack returns half of the paper's rack on the machine whose memory binds, with all memory
// remote: what is simulated is what the pools see. Its stamps are not stretched yet.
func whyRack(s Setting, p pool.Policy, seed uint64) dmem.Config {
	c := dmem.Scaled(s.Divisor)
	c.Nodes, c.Pools, c.Seed = 32, whyPools, seed
	c.Placement, c.Pool = place.AllRemote, p
	MemoryBound().Change(&c)
	s.Mix.set(&c, s.Divisor)
	c.Replay.Offset = dmem.OffsetNone
	if s.Anywhere && c.Workloads[0].Program != nil {
		c.Replay.Offset = dmem.OffsetSeeded
	}
	c.Window = s.time() / 75
	return s.stretched(c, 1)
}

// time returns how long a setting is looked at.
func (s *Setting) time() units.Time { return whyTime * SmallDivisor / units.Time(s.Divisor) }

// stretched sets a stretch; for how long the rack is looked at does not depend on it. What
// is issued before the last node starts is warm-up.
func (s *Setting) stretched(c dmem.Config, stretch float64) dmem.Config {
	c.Replay.Stretch = stretch
	c.Replay.Stagger = units.Time(s.Spread * float64(s.time()))
	c.Replay.Until = c.Replay.Stagger + s.time()
	c.Replay.Warmup = c.Replay.Stagger
	return c
}

// asked returns how many accesses per microsecond a run of the setting asked for.
func (s *Setting) asked(r *dmem.Result) float64 {
	return float64(r.Total.Count()) / (s.time().Seconds() * 1e6)
}

// stretches returns the stretch of each setting at which it asks for its load. A pilot run
// of one seed with all memory local shows how much the programs ask for, whatever the pools
// can serve. What programs ask for varies along them, so other seeds are near that load only.
func stretches(ctx context.Context, o Options, settings []Setting, capacity []float64) ([]float64, error) {
	all := make([]float64, len(settings))
	var runs []Run
	for i, s := range settings {
		all[i] = 1.6 / s.Load // near what it comes to
		c := s.stretched(whyRack(s, pool.RoundRobin, o.seed()), all[i])
		c.Placement, c.LocalMemory = place.AllLocal, units.GiB
		runs = append(runs, Run{Name: s.Name + ", pilot", Config: c})
	}
	results, err := runAll(ctx, o, runs)
	if err != nil {
		return nil, err
	}
	for i, s := range settings {
		all[i] *= s.asked(results[i]) / (whyPools * s.Load * capacity[i])
	}
	return all, nil
}

// WhySmart runs the policies under the settings, with the same seeds and so the same load for
// all policies. Random pools are run where they are of interest, with two seeds.
func WhySmart(ctx context.Context, o Options, settings []Setting) (*Why, error) {
	w := &Why{Settings: settings, Policies: WhyPolicies()}
	var runs []Run
	for _, s := range settings {
		runs = append(runs, Run{Name: s.Name + ", closed loop", Config: closed(onePool(MemoryBound(), s.Mix, s.Divisor, o.seed()), 60_000)})
	}
	whole := o.Progress
	o.Progress = nil
	results, err := runAll(ctx, o, runs)
	if err != nil {
		return nil, wrap("smart-idle", err)
	}
	var capacity []float64
	for _, r := range results {
		capacity = append(capacity, throughput(r))
	}
	stretch, err := stretches(ctx, o, settings, capacity)
	if err != nil {
		return nil, wrap("smart-idle", err)
	}
	runs = nil
	type place struct{ setting, policy, seed int }
	var places []place
	for i, s := range settings {
		w.Samples = append(w.Samples, make([][]WhySample, len(w.Policies)))
		w.Courses = append(w.Courses, make([]PoolCourse, len(w.Policies)))
		for j, p := range w.Policies {
			w.Samples[i][j] = make([]WhySample, w.seeds(s, p))
			for k := range w.Samples[i][j] {
				c := s.stretched(whyRack(s, p, o.seed()+uint64(k)), stretch[i])
				runs = append(runs, Run{Name: fmt.Sprintf("%s, %s, seed %d", s.Name, p.Name, c.Seed), Config: c})
				places = append(places, place{i, j, k})
			}
		}
	}
	o.Progress = whole
	err = eachRun(ctx, o, runs, func(i int, r *dmem.Result) error {
		p := places[i]
		if p.seed == 0 {
			w.Courses[p.setting][p.policy] = poolCourse(r, capacity[p.setting])
		}
		w.Samples[p.setting][p.policy][p.seed] = whySample(r, capacity[p.setting])
		return nil
	})
	if err != nil {
		return nil, wrap("smart-idle", err)
	}
	return w, nil
}

// seeds returns how many seeds of a policy are run.
func (w *Why) seeds(s Setting, p pool.Policy) int {
	if p.Name != pool.Random.Name {
		return s.Seeds
	}
	if s.Random {
		return min(2, s.Seeds)
	}
	return 0
}

// eachCounted calls f with the requests that arrived at each pool in each window in which
// all nodes have started and none has ended.
func eachCounted(r *dmem.Result, f func(start units.Time, perPool []uint64)) {
	step := r.Config.Window
	perPool := make([]uint64, len(r.Pools))
	for w := int64((r.Config.Replay.Warmup + step - 1) / step); units.Time(w+1)*step <= r.Config.Replay.Until; w++ {
		for i := range r.Pools {
			perPool[i] = r.Pools[i].Arrivals.In(w)
		}
		f(units.Time(w)*step, perPool)
	}
}

func whySample(r *dmem.Result, capacity float64) WhySample {
	all := r.Total.Overall().All()
	var arrived, differences uint64
	windows := 0
	eachCounted(r, func(_ units.Time, perPool []uint64) {
		d, sum := spread(perPool)
		arrived += sum
		differences += d
		windows++
	})
	same := uint64(0)
	for i := 1; i < len(r.Grants); i++ {
		if r.Grants[i].Pool == r.Grants[i-1].Pool {
			same++
		}
	}
	pools := float64(len(r.Pools))
	s := WhySample{
		Load:   float64(arrived) / (float64(windows) * r.Config.Window.Seconds() * 1e6) / pools / capacity,
		MeanNs: all.Ns(), P99Ns: all.QuantileNs(0.99), Over500: poolsOver(r, ns500),
		Imbalance: sharePercent(differences*uint64(len(r.Pools)), arrived),
		SamePool:  sharePercent(same, uint64(max(len(r.Grants)-1, 0))),
		Grants:    len(r.Grants), Accesses: r.Accesses,
	}
	for i := range r.Pools {
		s.DRAM += 100 * r.Pools[i].DRAMUtilization / pools
		s.Link += 100 * r.Pools[i].LinkOutUtilization / pools
	}
	return s
}

func poolCourse(r *dmem.Result, capacity float64) PoolCourse {
	c := PoolCourse{PerMicros: make([][]float64, len(r.Pools)), Capacity: capacity}
	us := r.Config.Window.Seconds() * 1e6
	eachCounted(r, func(start units.Time, perPool []uint64) {
		c.StartMs = append(c.StartMs, start.Seconds()*1e3)
		for i, n := range perPool {
			c.PerMicros[i] = append(c.PerMicros[i], float64(n)/us)
		}
	})
	return c
}

// Of returns what f reads off the samples of a setting under a policy, by seed.
func (w *Why) Of(setting int, p pool.Policy, f func(*WhySample) float64) []float64 {
	var v []float64
	for j := range w.Policies {
		if w.Policies[j].Name == p.Name {
			for k := range w.Samples[setting][j] {
				v = append(v, f(&w.Samples[setting][j][k]))
			}
		}
	}
	return v
}

// Gain returns by how many per cent smart-idle is above round-robin in what f reads off the
// samples, seed by seed: the geometric mean over the seeds with its interval. Below 0
// smart-idle is better in a latency. With one seed the interval is infinite.
func (w *Why) Gain(setting int, f func(*WhySample) float64) Interval {
	a, b := w.Of(setting, pool.SmartIdle, f), w.Of(setting, pool.RoundRobin, f)
	for i := range a {
		a[i] /= b[i]
	}
	i := MeanRatio(a)
	return Interval{100 * (i.Mean - 1), 100 * (i.Low - 1), 100 * (i.High - 1), i.N}
}

// WhyMean reads the mean latency off a sample, for [Why.Of] and [Why.Gain].
func WhyMean(s *WhySample) float64 { return s.MeanNs }

// WhyP99 reads the 99th percentile of the latency.
func WhyP99(s *WhySample) float64 { return s.P99Ns }

// WhyImbalance reads the imbalance of the pools.
func WhyImbalance(s *WhySample) float64 { return s.Imbalance }

// WhySamePool reads how often a grant goes to the pool of the grant before.
func WhySamePool(s *WhySample) float64 { return s.SamePool }

// Group returns the numbers of the settings of a group, and their names.
func (w *Why) Group(group string) (settings []int, names []string) {
	for i, s := range w.Settings {
		if s.Group == group {
			settings, names = append(settings, i), append(names, s.Name)
		}
	}
	return settings, names
}

// Table returns a row a setting and policy: means over the seeds, for mean latency and p99
// with their 95 % intervals.
func (w *Why) Table() *stats.Table {
	t := stats.NewTable("Pool policies by setting, half of the paper's rack, all memory remote",
		stats.Column{Name: "group"}, stats.Column{Name: "setting"}, stats.Column{Name: "pool_policy"}, stats.Column{Name: "seeds"},
		stats.Column{Name: "load", Unit: "%"}, stats.Column{Name: "pool_dram_bus", Unit: "%"}, stats.Column{Name: "pool_link_out", Unit: "%"},
		stats.Column{Name: "mean", Unit: "ns"}, stats.Column{Name: "mean_low", Unit: "ns"}, stats.Column{Name: "mean_high", Unit: "ns"},
		stats.Column{Name: "p99", Unit: "ns"}, stats.Column{Name: "p99_low", Unit: "ns"}, stats.Column{Name: "p99_high", Unit: "ns"},
		stats.Column{Name: "over_500ns_at_pools", Unit: "%"}, stats.Column{Name: "imbalance", Unit: "%"}, stats.Column{Name: "same_pool_again", Unit: "%"}, stats.Column{Name: "grants"})
	for i, s := range w.Settings {
		for j, p := range w.Policies {
			if len(w.Samples[i][j]) == 0 {
				continue
			}
			of := func(f func(*WhySample) float64) float64 { return MeanOf(w.Of(i, p, f)).Mean }
			mean, p99 := finite(MeanOf(w.Of(i, p, WhyMean))), finite(MeanOf(w.Of(i, p, WhyP99)))
			t.Append(s.Group, s.Name, p.Name, len(w.Samples[i][j]),
				100*of(func(s *WhySample) float64 { return s.Load }), of(func(s *WhySample) float64 { return s.DRAM }), of(func(s *WhySample) float64 { return s.Link }),
				mean.Mean, mean.Low, mean.High, p99.Mean, p99.Low, p99.High,
				of(func(s *WhySample) float64 { return s.Over500 }), of(WhyImbalance), of(WhySamePool), of(func(s *WhySample) float64 { return float64(s.Grants) }))
		}
	}
	return t
}

// GainTable returns a row a setting: smart-idle against round-robin.
func (w *Why) GainTable() *stats.Table {
	columns := []stats.Column{{Name: "group"}, {Name: "setting"}, {Name: "seeds"}}
	quantities := []struct {
		name string
		f    func(*WhySample) float64
	}{{"mean", WhyMean}, {"p99", WhyP99}, {"imbalance", WhyImbalance}}
	for _, q := range quantities {
		columns = append(columns, stats.Column{Name: q.name + "_change", Unit: "%"}, stats.Column{Name: q.name + "_low", Unit: "%"}, stats.Column{Name: q.name + "_high", Unit: "%"})
	}
	t := stats.NewTable("Smart-idle less round-robin, in per cent of round-robin", columns...)
	for i, s := range w.Settings {
		row := []any{s.Group, s.Name, s.Seeds}
		for _, q := range quantities {
			g := finite(w.Gain(i, q.f))
			row = append(row, g.Mean, g.Low, g.High)
		}
		t.Append(row...)
	}
	return t
}

// finite returns the interval with NaN in place of infinite ends, those of a single seed.
func finite(i Interval) Interval {
	if math.IsInf(i.High, 0) {
		i.Low, i.High = math.NaN(), math.NaN()
	}
	return i
}
