package experiment

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/dmemsys/dmemsys/dmem"
	"github.com/dmemsys/dmemsys/dmem/pool"
	"github.com/dmemsys/dmemsys/dmem/stats"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// starts are how the nodes start in the [Leaderboard].
var starts = []string{"synchronised", "staggered"}

// jitter is within which time nodes start that start together.
const jitter = units.Microsecond

// Board is the pool policies on six mixes, each with synchronised and with staggered starts.
type Board struct {
	Policies []pool.Policy
	Cases    []Case
	Seeds    int
}

// Case is one mix with one kind of start.
type Case struct {
	Mix      Mix
	Start    string    // "synchronised" or "staggered"
	Stretch  float64   // of the stamps, by the demand
	Capacity float64   // accesses per microsecond that a pool can serve, measured
	Scores   [][]Score // by policy of the board and seed
}

// Score is what was measured in one run, while all nodes were active.
type Score struct {
	MeanNs, P99Ns float64 // of all accesses
	Over500       float64 // accesses that took 500 ns or more in the pools' memory, in %
	Imbalance     float64 // load of the most loaded pool over the mean, averaged over windows of a tenth of a chunk's time
	DRAM          float64 // mean utilisation of the pools' data buses, in %
	LinkIn        float64 // and of their links, in %
	LinkOut       float64
}

// LeaderboardSeeds is the number of seeds a case.
const LeaderboardSeeds = 5

// Leaderboard runs the policies on all [Mixes], or all built-in policies if none is given;
// smart-idle is added if it is missing, for it is what others are compared with.
//
// The machine is [MemoryBound] with 16 nodes and 4 pools; chunks are those of the paper,
// divided. The load is set by demand alone, and this is calibration: a pool's capacity is
// measured on a rack of one pool, where policies do not exist, and the stamps of the mix are
// stretched so that its mean demand is [Mix].Load of the pools' capacity. Nodes start within
// a microsecond (synchronised), or at times drawn over a quarter of the run (staggered).
// Capacity and demand are measured with seed 1, whatever the seeds that are compared.
//
// At small scale, the divisor 64, a run has about 100,000 accesses, of WL-Mix twice as many.
func Leaderboard(ctx context.Context, o Options, policies ...pool.Policy) (*Board, error) {
	divisor, err := Divisor(o.Scale)
	if err != nil {
		return nil, err
	}
	b, err := leaderboard(ctx, o, divisor, LeaderboardSeeds, Mixes(), policies)
	return b, wrap("leaderboard", err)
}

func leaderboard(ctx context.Context, o Options, divisor, seeds int, mixes []Mix, policies []pool.Policy) (*Board, error) {
	if len(policies) == 0 {
		policies = pool.Builtins()
	}
	if !slices.ContainsFunc(policies, func(p pool.Policy) bool { return p.Name == pool.SmartIdle.Name }) {
		policies = append(slices.Clip(policies), pool.SmartIdle)
	}
	b := &Board{Policies: policies, Seeds: seeds}
	configs, err := b.load(ctx, o, divisor, mixes)
	if err != nil {
		return nil, err
	}
	type place struct{ at, policy, seed int }
	var runs []Run
	var places []place
	for i := range b.Cases {
		b.Cases[i].Scores = make([][]Score, len(policies))
		for k, p := range policies {
			b.Cases[i].Scores[k] = make([]Score, seeds)
			c := configs[i]
			c.Pool, c.Seed = p, o.seed()
			for s, r := range Seeds(b.Cases[i].Name()+", "+p.Name, c, seeds) {
				runs, places = append(runs, r), append(places, place{i, k, s})
			}
		}
	}
	sweep := Sweep{Runs: runs, Dir: o.Runs, Progress: counted(o.Progress)}
	err = sweep.Each(ctx, func(i int, r *dmem.Result) error {
		p := places[i]
		b.Cases[p.at].Scores[p.policy][p.seed] = score(r)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return b, nil
}

// load makes the cases and their configurations, without policy and seed, under the load of
// each mix.
func (b *Board) load(ctx context.Context, o Options, divisor int, mixes []Mix) ([]dmem.Config, error) {
	var runs []Run
	for i := range mixes {
		runs = append(runs, Run{mixes[i].Name + ", one pool, saturated", saturated(mixes[i].config(divisor))})
	}
	full, err := (&Sweep{Runs: runs, Dir: o.Runs}).Do(ctx)
	if err != nil {
		return nil, err
	}
	var configs []dmem.Config
	for i := range mixes {
		m := &mixes[i]
		c := m.config(divisor)
		wanted, lasts, err := demand(ctx, c)
		if err != nil {
			return nil, err
		}
		capacity := float64(full[i].Total.Remote.Count()) / full[i].Simulated.Seconds()
		if c, err = loaded(c, m.Load, wanted, capacity); err != nil {
			return nil, fmt.Errorf("%s: %w", m.Name, err)
		}
		run := float64(lasts) * c.Replay.Stretch
		c.Window = max(units.Time(run/(10*chunksANode)), units.Microsecond)
		for _, start := range starts {
			c.Replay.Stagger = jitter
			if start == "staggered" {
				c.Replay.Stagger = units.Time(StaggerShare * run)
			}
			b.Cases = append(b.Cases, Case{Mix: *m, Start: start, Stretch: c.Replay.Stretch, Capacity: capacity / 1e6})
			configs = append(configs, c)
		}
	}
	return configs, nil
}

func score(r *dmem.Result) Score {
	all := r.Active.Total.Overall().All()
	return Score{
		MeanNs: all.Ns(), P99Ns: all.QuantileNs(0.99),
		Over500:   poolsOver(r, ns500),
		Imbalance: maxOverMean(r),
		DRAM:      100 * r.Active.DRAMUtilization,
		LinkIn:    100 * r.Active.LinkInUtilization, LinkOut: 100 * r.Active.LinkOutUtilization,
	}
}

// maxOverMean returns the load of the most loaded pool over the mean of all, averaged over
// the windows in which all nodes are active, each with the weight of its accesses.
func maxOverMean(r *dmem.Result) float64 {
	var most, sum uint64
	eachActive(r, func(_ units.Time, perPool []uint64) {
		most += slices.Max(perPool)
		for _, n := range perPool {
			sum += n
		}
	})
	if sum == 0 {
		return math.NaN()
	}
	return float64(most) * float64(len(r.Pools)) / float64(sum)
}

// Name returns the mix and the start.
func (c *Case) Name() string { return c.Mix.Name + ", " + c.Start }

// Metric takes a number of a score.
type Metric func(*Score) float64

// MeanNs returns the mean latency.
func MeanNs(s *Score) float64 { return s.MeanNs }

// P99Ns returns the 99th percentile.
func P99Ns(s *Score) float64 { return s.P99Ns }

// values returns the metric by seed.
func values(scores []Score, m Metric) []float64 {
	v := make([]float64, len(scores))
	for i := range scores {
		v[i] = m(&scores[i])
	}
	return v
}

// Of returns the metric of a policy in a case, over the seeds.
func (b *Board) Of(c *Case, policy int, m Metric) Interval {
	return MeanOf(values(c.Scores[policy], m))
}

// Ratio returns the metric of a policy in a case over that of smart-idle: the geometric mean
// over the seeds of ratios seed by seed, with the 95 % interval of their logarithms. Below 1
// the policy is better.
func (b *Board) Ratio(c *Case, policy int, m Metric) Interval {
	x, ref := values(c.Scores[policy], m), values(c.Scores[b.reference()], m)
	for i := range x {
		x[i] /= ref[i]
	}
	return MeanRatio(x)
}

func (b *Board) reference() int {
	return slices.IndexFunc(b.Policies, func(p pool.Policy) bool { return p.Name == pool.SmartIdle.Name })
}

// Standing is the place of a policy in the ranking.
type Standing struct {
	Policy        string
	Mean, P99     Interval // over smart-idle's, geometric mean over all cases; the interval is over the seeds
	MeanWins      int      // cases in which the mean is lower than smart-idle's, beyond the noise
	MeanLosses    int      // and higher
	P99Wins       int
	P99Losses     int
	Over500       float64 // mean over the cases, in %
	Imbalance     float64
	WorstMean     float64 // highest ratio of means of all cases
	WorstMeanCase string
}

// Ranking returns the policies, the one of least mean over all cases first.
func (b *Board) Ranking() []Standing {
	var all []Standing
	for k, p := range b.Policies {
		s := Standing{Policy: p.Name, Mean: b.overall(k, MeanNs), P99: b.overall(k, P99Ns)}
		for i := range b.Cases {
			c := &b.Cases[i]
			count(b.Ratio(c, k, MeanNs), &s.MeanWins, &s.MeanLosses)
			count(b.Ratio(c, k, P99Ns), &s.P99Wins, &s.P99Losses)
			if r := b.Ratio(c, k, MeanNs).Mean; r > s.WorstMean {
				s.WorstMean, s.WorstMeanCase = r, c.Name()
			}
			n := float64(len(b.Cases))
			s.Over500 += b.Of(c, k, func(s *Score) float64 { return s.Over500 }).Mean / n
			s.Imbalance += b.Of(c, k, func(s *Score) float64 { return s.Imbalance }).Mean / n
		}
		all = append(all, s)
	}
	slices.SortStableFunc(all, func(a, b Standing) int { return cmp.Compare(a.Mean.Mean, b.Mean.Mean) })
	return all
}

// overall returns the ratio to smart-idle over all cases: a value a seed, then their interval.
func (b *Board) overall(policy int, m Metric) Interval {
	logs := make([]float64, b.Seeds)
	for i := range b.Cases {
		c := &b.Cases[i]
		x, ref := values(c.Scores[policy], m), values(c.Scores[b.reference()], m)
		for s := range x {
			logs[s] += math.Log(x[s]/ref[s]) / float64(len(b.Cases))
		}
	}
	i := MeanOf(logs)
	return Interval{math.Exp(i.Mean), math.Exp(i.Low), math.Exp(i.High), i.N}
}

// count counts an interval of a ratio as a win, a loss or, with 1 in it, neither.
func count(ratio Interval, wins, losses *int) {
	switch {
	case ratio.High < 1:
		*wins++
	case ratio.Low > 1:
		*losses++
	}
}

// RankingTable returns the ranking.
func (b *Board) RankingTable() *stats.Table {
	t := stats.NewTable(fmt.Sprintf("Ranking: latency over smart-idle's, %d cases, %d seeds", len(b.Cases), b.Seeds),
		stats.Column{Name: "policy"},
		stats.Column{Name: "mean_ratio"}, stats.Column{Name: "mean_low"}, stats.Column{Name: "mean_high"}, stats.Column{Name: "mean_better"}, stats.Column{Name: "mean_worse"},
		stats.Column{Name: "p99_ratio"}, stats.Column{Name: "p99_low"}, stats.Column{Name: "p99_high"}, stats.Column{Name: "p99_better"}, stats.Column{Name: "p99_worse"},
		stats.Column{Name: "pool_over_500ns", Unit: "%"}, stats.Column{Name: "max_over_mean_load"},
		stats.Column{Name: "worst_mean_ratio"}, stats.Column{Name: "worst_case"})
	for _, s := range b.Ranking() {
		t.Append(s.Policy, s.Mean.Mean, s.Mean.Low, s.Mean.High, s.MeanWins, s.MeanLosses,
			s.P99.Mean, s.P99.Low, s.P99.High, s.P99Wins, s.P99Losses, s.Over500, s.Imbalance, s.WorstMean, s.WorstMeanCase)
	}
	return t
}

// Table returns a row a case and policy: means over the seeds, and the ratios to smart-idle
// with their intervals.
func (b *Board) Table() *stats.Table {
	t := stats.NewTable("Pool policies by mix",
		stats.Column{Name: "mix"}, stats.Column{Name: "start"}, stats.Column{Name: "load", Unit: "%"}, stats.Column{Name: "pool_policy"},
		stats.Column{Name: "mean", Unit: "ns"}, stats.Column{Name: "mean_ratio"}, stats.Column{Name: "mean_low"}, stats.Column{Name: "mean_high"},
		stats.Column{Name: "p99", Unit: "ns"}, stats.Column{Name: "p99_ratio"}, stats.Column{Name: "p99_low"}, stats.Column{Name: "p99_high"},
		stats.Column{Name: "pool_over_500ns", Unit: "%"}, stats.Column{Name: "max_over_mean_load"},
		stats.Column{Name: "pool_dram_bus", Unit: "%"}, stats.Column{Name: "pool_link_in", Unit: "%"}, stats.Column{Name: "pool_link_out", Unit: "%"})
	for i := range b.Cases {
		c := &b.Cases[i]
		for k, p := range b.Policies {
			of := func(m Metric) float64 { return b.Of(c, k, m).Mean }
			mean, p99 := b.Ratio(c, k, MeanNs), b.Ratio(c, k, P99Ns)
			t.Append(c.Mix.Name, c.Start, 100*c.Mix.Load, p.Name,
				of(MeanNs), mean.Mean, mean.Low, mean.High, of(P99Ns), p99.Mean, p99.Low, p99.High,
				of(func(s *Score) float64 { return s.Over500 }), of(func(s *Score) float64 { return s.Imbalance }),
				of(func(s *Score) float64 { return s.DRAM }), of(func(s *Score) float64 { return s.LinkIn }), of(func(s *Score) float64 { return s.LinkOut }))
		}
	}
	return t
}

// Ratios returns the means of [Board.Ratio] for a map: the names of the cases, the policies in
// the order of the ranking, and a row a policy.
func (b *Board) Ratios(m Metric) (cases, policies []string, ratios [][]float64) {
	for i := range b.Cases {
		cases = append(cases, b.Cases[i].Name())
	}
	for _, s := range b.Ranking() {
		row, _, _ := b.Row(s.Policy, m)
		policies, ratios = append(policies, s.Policy), append(ratios, row)
	}
	return cases, policies, ratios
}

// Row returns the ratios of a policy to smart-idle, a value a case, and their intervals; nil
// for a policy that is not on the board.
func (b *Board) Row(policy string, m Metric) (ratio, low, high []float64) {
	k := slices.IndexFunc(b.Policies, func(p pool.Policy) bool { return p.Name == policy })
	for i := range b.Cases {
		if k < 0 {
			break
		}
		r := b.Ratio(&b.Cases[i], k, m)
		ratio, low, high = append(ratio, r.Mean), append(low, r.Low), append(high, r.High)
	}
	return ratio, low, high
}
