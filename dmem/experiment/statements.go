package experiment

import (
	"fmt"
	"math"

	"github.com/dmemsys/dmemsys/dmem"
	"github.com/dmemsys/dmemsys/dmem/place"
	"github.com/dmemsys/dmemsys/dmem/pool"
	"github.com/dmemsys/dmemsys/dmem/stats"
)

// Limits that numbers must keep to: none, and anything above 0.
var inf = math.Inf(1)

const above0 = math.SmallestNonzeroFloat64

func limits(least, most float64) string {
	switch {
	case least == above0:
		return "above 0"
	case most == inf:
		return fmt.Sprintf("%.4g or more", least)
	case least == -inf:
		return fmt.Sprintf("%.4g or less", most)
	}
	return fmt.Sprintf("%.4g to %.4g", least, most)
}

// at makes a measure of one pair.
func at(po pool.Policy, pl place.Policy, f func(r *dmem.Result) float64) func(*Matrix) float64 {
	return func(m *Matrix) float64 { return f(m.Result(po, pl)) }
}

// less makes a measure of how much less the first is than the second, in per cent of the
// second.
func less(first, second func(*Matrix) float64) func(*Matrix) float64 {
	return func(m *Matrix) float64 { return 100 * (1 - first(m)/second(m)) }
}

// meanNs is the mean latency of all accesses while all nodes are active.
func meanNs(r *dmem.Result) float64 { return r.Active.Total.Overall().All().Ns() }

// groupMeanNs is that of one benchmark.
func groupMeanNs(g int) func(r *dmem.Result) float64 {
	return func(r *dmem.Result) float64 { return r.Active.Groups[g].Overall().All().Ns() }
}

func poolMeanNs(r *dmem.Result) float64    { return r.Active.Total.PoolMeanNs() }
func activeNetwork(r *dmem.Result) float64 { return networkMeanNs(&r.Active.Total) }

// poolsOver500 is the share of the accesses at the pools that take 500 ns or more, in %.
func poolsOver500(r *dmem.Result) float64 { return over(poolMemory(r), ns500) }

// memoryShare is the pools' part of what remote accesses wait, in %.
func memoryShare(r *dmem.Result) float64 {
	network, memory := waitsNs(r, &r.Active.Total)
	return 100 * memory / (network + memory)
}

// benchmarks are the names of the groups.
var benchmarks = [...]string{"lbm", "fotonik3d", "fft", "fmm"}

// each makes a part for each benchmark.
func each(name string, f func(g int) func(*Matrix) float64, least, most float64) []part {
	var parts []part
	for g, b := range benchmarks {
		parts = append(parts, part{b + ": " + name, f(g), least, most})
	}
	return parts
}

// rank returns the place of a benchmark's value among the four, 1 for the highest.
func rank(g int, value func(g int) float64) float64 {
	place := 1.0
	for other := range benchmarks {
		if other != g && value(other) > value(g) {
			place++
		}
	}
	return place
}

// tailShare returns how much of the sum of all latencies the accesses of 1000 ns and more
// make, at least, in %.
func tailShare(r *dmem.Result) float64 {
	all := r.Active.Total.Overall().All()
	below := 0.0 // at most: each access at the top of its bucket
	last := 0.0
	for _, p := range all.CDF(4000) {
		if p.Ns >= 1000 {
			break
		}
		below += (p.Fraction - last) * float64(all.Count) * p.Ns
		last = p.Fraction
	}
	return 100 * (1 - below/(all.Ns()*float64(all.Count)))
}

// afterLocal returns the mean latency of the windows after a benchmark's local memory has
// ended at the median node, over that before.
func afterLocal(g int) func(r *dmem.Result) float64 {
	return func(r *dmem.Result) float64 {
		full := Courses(r)[g].LocalFullMid
		var before, after stats.Mean
		for i := range r.Windows {
			w := &r.Windows[i]
			m := w.Groups[g].All()
			if (w.Start+r.Config.Window).Seconds()*1e3 <= full {
				before.Merge(m)
			} else if w.Start.Seconds()*1e3 >= full {
				after.Merge(m)
			}
		}
		return after.Ns() / before.Ns()
	}
}

// remoteShare is the share of a benchmark's accesses in all remote accesses, in %.
func remoteShare(g int) func(r *dmem.Result) float64 {
	return func(r *dmem.Result) float64 {
		return sharePercent(r.Active.Groups[g].Remote.Count(), r.Active.Total.Remote.Count())
	}
}

// statements returns the paper's statements in the order of its text.
func statements() []statement {
	ra, rr, si := pool.Random, pool.RoundRobin, pool.SmartIdle
	lf, al := place.LocalFirst, place.Alternate
	mean := func(po pool.Policy, pl place.Policy) func(*Matrix) float64 { return at(po, pl, meanNs) }
	return []statement{
		{"sudden-slowdown", "IV", "first paragraph", "with local-first pages an application slows down suddenly once the local memory is exhausted; with alternate pages the latency before is close to that after",
			append(each("round-robin, local-first: mean latency after local memory ends, over that before; the limit is ours", func(g int) func(*Matrix) float64 { return at(rr, lf, afterLocal(g)) }, 1.5, inf),
				each("the same ratio with alternate pages, over that with local-first", func(g int) func(*Matrix) float64 {
					return func(m *Matrix) float64 {
						return at(rr, al, afterLocal(g))(m) / at(rr, lf, afterLocal(g))(m)
					}
				}, -inf, 1)...)},
		{"pool-selection-matters", "IV", "first paragraph", "the pool-selection policy significantly changes the mean access time at the remote pools",
			[]part{
				{"local-first: the worst policy's mean time at the pools over the best's; the limit is ours", poolRatio(lf), 1.1, inf},
				{"alternate: the same", poolRatio(al), 1.1, inf},
			}},
		{"random-microseconds", "IV-A", "Figure 2(a)", "with random pools and alternate pages the mean latency of every benchmark exceeds a microsecond",
			each("mean latency in ns", func(g int) func(*Matrix) float64 { return at(ra, al, groupMeanNs(g)) }, 1000, inf)},
		{"memory-queues-only", "IV-A", "Figure 2(b)", "the only significant factor for it is contention in the remote memory queues",
			[]part{{"the pools' memory's part of what remote accesses wait, in %; the limit is ours", at(ra, al, memoryShare), 80, 100}}},
		{"two-percent", "IV-A", "Figure 2(c)", "2 % of the accesses take 1000 ns or more",
			[]part{{"share of accesses of 1000 ns or more, in %; the load was calibrated to it", at(ra, al, func(r *dmem.Result) float64 { return over1000(r.Active.Total.Overall().All()) }), 1, 4}}},
		{"tail-makes-mean", "IV-A", "Figure 2(c)", "these accesses lead to the high mean latency",
			[]part{{"their part of the sum of all latencies, in %; the limit is ours", at(ra, al, tailShare), 50, 100}}},
		{"only-remote", "IV-A", "Figure 2(c)", "only remote accesses take 1000 ns or more",
			[]part{{"local accesses among them, in %", at(ra, al, func(r *dmem.Result) float64 {
				return sharePercent(r.Active.Total.Local.All().Over1000ns(), r.Active.Total.Overall().All().Over1000ns())
			}), 0, 0}}},
		{"random-imbalance", "IV-A", "Figure 2(d)", "the number of accesses varies widely between the pools",
			[]part{{"most less least accessed pool, a window, in % of the mean; the limit is ours", at(ra, al, imbalance), 50, inf}}},
		{"even-chunks", "IV-B", "last paragraph", "smart-idle distributes the chunks evenly over the pools",
			[]part{
				{"local-first: most less least chunks in % of the mean; the limit is ours", at(si, lf, chunkSpread), 0, 10},
				{"alternate: the same", at(si, al, chunkSpread), 0, 10},
			}},
		{"round-robin-beats-random", "V", "Figure 3(a)", "round-robin has substantially lower latencies than random",
			[]part{
				{"local-first: mean latency, less than with random in %; the limit is ours", less(mean(rr, lf), mean(ra, lf)), 20, 100},
				{"alternate: the same", less(mean(rr, al), mean(ra, al)), 20, 100},
			}},
		{"lbm-fotonik-highest", "V", "Figure 3(a)", "with round-robin and local-first pages lbm and fotonik3d have the highest latencies",
			[]part{
				{"lbm: place among the four, 1 for the highest", func(m *Matrix) float64 {
					return rank(0, func(g int) float64 { return at(rr, lf, groupMeanNs(g))(m) })
				}, 1, 2},
				{"fotonik3d: the same", func(m *Matrix) float64 {
					return rank(1, func(g int) float64 { return at(rr, lf, groupMeanNs(g))(m) })
				}, 1, 2},
			}},
		{"lbm-fotonik-most-remote", "V", "Figure 3(a)", "for these two send the most accesses to remote memory",
			[]part{
				{"lbm: place by remote accesses, 1 for the most", func(m *Matrix) float64 {
					return rank(0, func(g int) float64 { return at(rr, lf, remoteShare(g))(m) })
				}, 1, 2},
				{"fotonik3d: the same", func(m *Matrix) float64 {
					return rank(1, func(g int) float64 { return at(rr, lf, remoteShare(g))(m) })
				}, 1, 2},
			}},
		{"smart-idle-better-local-first", "V", "Figure 3(b)", "with local-first pages smart-idle improves the mean latency significantly over round-robin",
			append([]part{{"all: mean latency, less than with round-robin in %; the limit is ours", less(mean(si, lf), mean(rr, lf)), 5, 100}},
				each("the same", func(g int) func(*Matrix) float64 { return less(at(si, lf, groupMeanNs(g)), at(rr, lf, groupMeanNs(g))) }, above0, 100)...)},
		{"smart-idle-no-contention", "V", "Figure 3(b)", "with smart-idle and local-first pages no benchmark faces serious contention at the remote memory queues",
			[]part{{"mean time at the pools over the least; the limit is ours", at(si, lf, func(r *dmem.Result) float64 { return poolMeanNs(r) / poolMemory(r).MinNs() }), 1, 3}}},
		{"smart-idle-gradual", "V", "Figure 3(b)", "with smart-idle and local-first pages latency grows only gradually",
			[]part{{"steepest rise of a cumulative mean within a tenth of the run, less than with round-robin in %", less(at(si, lf, steepest), at(rr, lf, steepest)), above0, 100}}},
		{"pools-in-sync", "V", "Figure 3(c)", "the latencies at the pools, without the network, are in sync with those of all accesses",
			[]part{{"mean time at the pools with smart-idle, less than with round-robin in %; of the same sign as for all accesses", less(at(si, lf, poolMeanNs), at(rr, lf, poolMeanNs)), above0, 100}}},
		{"smart-idle-equal-pools", "V", "Figure 3(c)", "with local-first pages smart-idle divides the accesses over the pools more equally than round-robin",
			[]part{{"most less least accessed pool a window, less than with round-robin in %", less(at(si, lf, imbalance), at(rr, lf, imbalance)), above0, 100}}},
		{"alternate-gradual", "V", "Figure 4", "with alternate pages latency grows gradually: no sudden burst",
			[]part{
				{"round-robin: steepest rise of a cumulative mean within a tenth of the run, less than with local-first in %", less(at(rr, al, steepest), at(rr, lf, steepest)), above0, 100},
				{"smart-idle: the same", less(at(si, al, steepest), at(si, lf, steepest)), above0, 100},
			}},
		{"alternate-better", "V", "Figure 4", "both policies do better with alternate than with local-first pages",
			[]part{
				{"round-robin: mean latency, less than with local-first in %", less(mean(rr, al), mean(rr, lf)), above0, 100},
				{"smart-idle: the same", less(mean(si, al), mean(si, lf)), above0, 100},
			}},
		{"smart-idle-better-alternate", "V", "Figure 4", "with alternate pages, too, smart-idle does better than round-robin",
			[]part{{"mean latency, less than with round-robin in %", less(mean(si, al), mean(rr, al)), above0, 100}}},
		{"difference-smaller", "V", "Figure 4", "the difference between the two is smaller with alternate pages",
			[]part{{"difference in mean latency with local-first less that with alternate, in ns", func(m *Matrix) float64 {
				return mean(rr, lf)(m) - mean(si, lf)(m) - (mean(rr, al)(m) - mean(si, al)(m))
			}, above0, inf}}},
		{"best-pair", "V", "Figure 4(b)", "the mean latency is least with alternate pages and smart-idle",
			[]part{{"least mean of the three other pairs of round-robin and smart-idle, less that of this one, in ns", func(m *Matrix) float64 {
				return min(mean(rr, lf)(m), mean(rr, al)(m), mean(si, lf)(m)) - mean(si, al)(m)
			}, above0, inf}}},
		{"pools-random-worst", "V", "Figure 5(a)", "at the pools latency is highest with random selection, and round-robin brings it down",
			[]part{
				{"local-first: mean time at the pools with round-robin, less than with random in %", less(at(rr, lf, poolMeanNs), at(ra, lf, poolMeanNs)), above0, 100},
				{"alternate: the same", less(at(rr, al, poolMeanNs), at(ra, al, poolMeanNs)), above0, 100},
			}},
		{"round-robin-tail", "V", "Figure 5(a)", "with round-robin a large number of requests takes over 500 ns at the pools",
			[]part{
				{"local-first: share of 500 ns or more at the pools in %; the limit is ours", at(rr, lf, poolsOver500), 1, 100},
				{"alternate: the same", at(rr, al, poolsOver500), 1, 100},
			}},
		{"smart-idle-alternate-tail", "V", "Figure 5(a)", "smart-idle with alternate pages has a lighter tail than round-robin",
			[]part{{"share of 500 ns or more at the pools, less than with round-robin in percentage points", func(m *Matrix) float64 {
				return at(rr, al, poolsOver500)(m) - at(si, al, poolsOver500)(m)
			}, above0, 100}}},
		{"few-over-500", "V", "Figure 5(a)", "with smart-idle and alternate pages very few accesses take more than 500 ns",
			[]part{{"share of 500 ns or more at the pools in %; the limit is ours", at(si, al, poolsOver500), 0, 1}}},
		{"lower-network-delay", "V", "Figure 5(b)", "smart-idle has lower network delays than round-robin",
			[]part{
				{"local-first: mean time in the network, less than with round-robin in %", less(at(si, lf, activeNetwork), at(rr, lf, activeNetwork)), above0, 100},
				{"alternate: the same", less(at(si, al, activeNetwork), at(rr, al, activeNetwork)), above0, 100},
			}},
		{"big-variation", "V", "Figure 5(b)", "the mean remote access time of every benchmark varies much between policies",
			each("highest over lowest mean remote latency of the six pairs; the limit is ours", func(g int) func(*Matrix) float64 {
				return func(m *Matrix) float64 {
					least, most := inf, 0.0
					for _, r := range m.Results {
						v := r.Active.Groups[g].Remote.All().Ns()
						least, most = min(least, v), max(most, v)
					}
					return most / least
				}
			}, 1.5, inf)},
		{"queues-dominate", "VI", "first paragraph", "with the conventional policies contention in the remote memory queues dominates in most cases",
			[]part{
				{"random, local-first: the pools' memory's part of the wait in %", at(ra, lf, memoryShare), 50, 100},
				{"random, alternate: the same", at(ra, al, memoryShare), 50, 100},
				{"round-robin, local-first: the same", at(rr, lf, memoryShare), 50, 100},
				{"round-robin, alternate: the same", at(rr, al, memoryShare), 50, 100},
			}},
		{"more-balanced-means", "VI", "first paragraph", "smart-idle gives much more balanced mean latencies of local and remote memory together",
			[]part{
				{"local-first: highest less lowest mean of the benchmarks, less than with round-robin in %", less(at(si, lf, benchmarkSpread), at(rr, lf, benchmarkSpread)), above0, 100},
				{"alternate: the same", less(at(si, al, benchmarkSpread), at(rr, al, benchmarkSpread)), above0, 100},
			}},
		{"acceptable", "Abstract", "last sentence", "the mean access latency is acceptable",
			[]part{{"smart-idle, alternate: mean latency over that of an idle rack's remote read; the limit is ours", at(si, al, func(r *dmem.Result) float64 {
				return meanNs(r) / r.Active.Total.Remote.All().MinNs()
			}), 0, 2}}},
	}
}

// benchmarkSpread returns the difference between the highest and the lowest mean latency of
// the benchmarks.
func benchmarkSpread(r *dmem.Result) float64 {
	least, most := inf, 0.0
	for g := range r.Active.Groups {
		v := groupMeanNs(g)(r)
		least, most = min(least, v), max(most, v)
	}
	return most - least
}

// poolRatio returns the highest over the lowest mean time at the pools of the three policies.
func poolRatio(pl place.Policy) func(*Matrix) float64 {
	return func(m *Matrix) float64 {
		least, most := inf, 0.0
		for _, po := range []pool.Policy{pool.Random, pool.RoundRobin, pool.SmartIdle} {
			v := at(po, pl, poolMeanNs)(m)
			least, most = min(least, v), max(most, v)
		}
		return most / least
	}
}
