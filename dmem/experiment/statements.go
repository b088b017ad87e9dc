package experiment

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"

	"github.com/dmemsys/dmemsys/dmem"
	"github.com/dmemsys/dmemsys/dmem/place"
	"github.com/dmemsys/dmemsys/dmem/pool"
	"github.com/dmemsys/dmemsys/dmem/stats"
)

// Limits that numbers must keep to: none, anything above 0, and for what is to be less, in per
// cent, what is no matter of taste. The last is ours.
var inf = math.Inf(1)

const (
	above0   = math.SmallestNonzeroFloat64
	material = 1.0
)

// calibrated is the statement that the load was calibrated to.
const calibrated = "two-percent"

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

// benchmarks are the names of the groups.
var benchmarks = [...]string{"lbm", "fotonik3d", "fft", "fmm"}

// each makes a part for each benchmark.
func each(name string, f func(g int) number, of kind, least, most float64) []part {
	var parts []part
	for g, b := range benchmarks {
		parts = append(parts, part{b + ": " + name, f(g), of, least, most})
	}
	return parts
}

// amongTwo measures whether a benchmark is one of two with the highest value: its value in
// multiples of the second highest of the others.
func amongTwo(g int, value func(g int) number) number {
	return func(c *cells) float64 {
		var others []float64
		for other := range benchmarks {
			if other != g {
				others = append(others, value(other)(c))
			}
		}
		slices.Sort(others)
		return value(g)(c) / others[len(others)-2]
	}
}

// tailShare returns how much of the sum of all latencies the accesses of 1000 ns and more
// make, at least, in %.
func tailShare(v *view) float64 {
	all := v.total.Overall().All()
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

// tailAtPools returns how many of the accesses of 1000 ns and more spend as much in the pools'
// memory alone, in %. The others need the network as well, or do not get there at all.
func tailAtPools(r *dmem.Result) float64 {
	return sharePercent(poolMemory(r).Over1000ns(), r.Total.Overall().All().Over1000ns())
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

// remoteAccesses is how many a benchmark makes in the whole run.
func remoteAccesses(g int) func(r *dmem.Result) float64 {
	return func(r *dmem.Result) float64 { return float64(r.Groups[g].Remote.Count()) }
}

// longerBetter is the part of a run, in %, in which the cumulative mean of all accesses is lower
// than in another run at the same time.
func longerBetter(r, other *dmem.Result) float64 {
	a, b := AllPools(r).MeanNs, AllPools(other).MeanNs
	n, lower := min(len(a), len(b)), 0
	for i := range n {
		if a[i] < b[i] {
			lower++
		}
	}
	return sharePercent(uint64(lower), uint64(n))
}

// inSync is the correlation of two courses through a run: the cumulative mean of all accesses,
// and that of remote accesses at the pools. It looks from a tenth of the run on: before, few
// accesses make the mean.
func inSync(r *dmem.Result) float64 {
	c := AllPools(r)
	n := len(c.MeanNs) / 10
	return stat.Correlation(c.MeanNs[n:], c.PoolMeanNs[n:], nil)
}

// statements returns the paper's statements in the order of its text.
func statements() []statement {
	ra, rr, si := pool.Random, pool.RoundRobin, pool.SmartIdle
	lf, al := place.LocalFirst, place.Alternate
	slowest := func(g int) number { return at(rr, lf, groupMeanNs(g)) }
	mostRemote := func(g int) number { return at(rr, lf, whole(remoteAccesses(g))) }
	mean := func(po pool.Policy, pl place.Policy) number { return at(po, pl, meanNs) }
	return []statement{
		{"sudden-slowdown", "IV", "first paragraph", "with local-first pages an application slows down suddenly once the local memory is exhausted; alternate pages allow a better mean latency for an extended period",
			append(each("round-robin, local-first: mean latency after local memory ends, over that before; the limit is ours", func(g int) number { return at(rr, lf, whole(afterLocal(g))) }, ratio, 1.5, inf),
				part{"round-robin: part of the run in which the cumulative mean is lower with alternate than with local-first pages, in %; the limit is ours", func(c *cells) float64 {
					return longerBetter(c.Result(rr, al), c.Result(rr, lf))
				}, amount, 50, inf})},
		{"pool-selection-matters", "IV", "first paragraph", "the pool-selection policy significantly changes the mean access time at the remote pools",
			[]part{
				{"local-first: the worst policy's mean time at the pools over the best's; the limit is ours", poolRatio(lf), ratio, 1.1, inf},
				{"alternate: the same", poolRatio(al), ratio, 1.1, inf},
			}},
		{"random-microseconds", "IV-A", "Figure 2(a)", "with random pools and alternate pages the mean latency of every benchmark exceeds a microsecond",
			each("mean latency in ns", func(g int) number { return at(ra, al, groupMeanNs(g)) }, ratio, 1000, inf)},
		{"memory-queues-only", "IV-A", "Figure 2(b)", "the only significant factor for it is contention in the remote memory queues",
			[]part{{"the pools' memory's part of what remote accesses wait, in %; the limit is ours", at(ra, al, memoryShare), amount, 80, inf}}},
		{calibrated, "IV-A", "Figure 2(c)", "2 % of the accesses take 1000 ns or more",
			[]part{{"share of accesses of 1000 ns or more, in %; the load was calibrated to it", at(ra, al, func(v *view) float64 { return over1000(v.total.Overall().All()) }), ratio, 1, 4}}},
		{"tail-makes-mean", "IV-A", "Figure 2(c)", "these accesses lead to the high mean latency",
			[]part{{"their part of the sum of all latencies, in %; the limit is ours", at(ra, al, tailShare), amount, 50, inf}}},
		{"tail-at-pools", "IV-A", "Figure 2(c)", "contention at the pools makes the accesses of 1000 ns or more, not the network",
			[]part{{"those of them that spend 1000 ns or more in the pools' memory alone, in %, over the whole run; the limit is ours", at(ra, al, whole(tailAtPools)), amount, 50, 100}}},
		{"only-remote", "IV-A", "Figure 2(c)", "only remote accesses take 1000 ns or more",
			[]part{{"local accesses among them, in %", at(ra, al, func(v *view) float64 {
				return sharePercent(v.total.Local.All().Over1000ns(), v.total.Overall().All().Over1000ns())
			}), amount, 0, 0}}},
		{"random-imbalance", "IV-A", "Figure 2(d)", "the number of accesses varies widely between the pools",
			[]part{{"most less least accessed pool, a window, in % of the mean; the limit is ours", at(ra, al, imbalanceIn), ratio, 50, inf}}},
		{"even-chunks", "IV-B", "last paragraph", "smart-idle distributes the chunks evenly over the pools",
			[]part{
				{"local-first: most less least chunks in % of the mean; the limit is ours", at(si, lf, whole(chunkSpread)), amount, 0, 10},
				{"alternate: the same", at(si, al, whole(chunkSpread)), amount, 0, 10},
			}},
		{"round-robin-beats-random", "V", "Figure 3(a)", "round-robin has substantially lower latencies than random",
			[]part{
				{"local-first: mean latency, less than with random in %; the limit is ours", less(mean(rr, lf), mean(ra, lf)), percentLess, 20, 100},
				{"alternate: the same", less(mean(rr, al), mean(ra, al)), percentLess, 20, 100},
			}},
		{"lbm-fotonik-highest", "V", "Figure 3(a)", "with round-robin and local-first pages lbm and fotonik3d have the highest latencies",
			[]part{
				{"lbm: mean latency over the second highest of the others", amongTwo(0, slowest), ratio, 1, inf},
				{"fotonik3d: the same", amongTwo(1, slowest), ratio, 1, inf},
			}},
		{"lbm-fotonik-most-remote", "V", "Figure 3(a)", "for these two send the most accesses to remote memory",
			[]part{
				{"lbm: remote accesses over the second most of the others, in the whole run", amongTwo(0, mostRemote), ratio, 1, inf},
				{"fotonik3d: the same", amongTwo(1, mostRemote), ratio, 1, inf},
			}},
		{"smart-idle-better-local-first", "V", "Figure 3(b)", "with local-first pages smart-idle improves the mean latency significantly over round-robin",
			append([]part{{"all: mean latency, less than with round-robin in %; the limit is ours", less(mean(si, lf), mean(rr, lf)), percentLess, 5, 100}},
				each("the same", func(g int) number { return less(at(si, lf, groupMeanNs(g)), at(rr, lf, groupMeanNs(g))) }, percentLess, material, 100)...)},
		{"smart-idle-no-contention", "V", "Figure 3(b)", "with smart-idle and local-first pages no benchmark faces serious contention at the remote memory queues",
			each("mean time at the pools over that of a read alone; the limit is ours", func(g int) number {
				return at(si, lf, func(v *view) float64 { return v.groups[g].PoolMeanNs() / idleReadNs(&v.Config) })
			}, ratio, 0, 3)},
		{"smart-idle-gradual", "V", "Figure 3(b)", "with smart-idle and local-first pages latency grows only gradually",
			[]part{{"steepest rise of a cumulative mean within a tenth of the run, less than with round-robin in %", less(at(si, lf, whole(steepest)), at(rr, lf, whole(steepest))), percentLess, material, 100}}},
		{"pools-in-sync", "V", "Figure 3(c)", "the latencies at the pools, without the network, are in sync with those of all accesses",
			[]part{
				{"round-robin, local-first: correlation of the two cumulative means over the run; the limit is ours", at(rr, lf, whole(inSync)), amount, 0.8, inf},
				{"smart-idle, local-first: the same", at(si, lf, whole(inSync)), amount, 0.8, inf},
			}},
		{"smart-idle-equal-pools", "V", "Figure 3(c)", "with local-first pages smart-idle divides the accesses over the pools more equally than round-robin",
			[]part{{"most less least accessed pool a window, less than with round-robin in %", less(at(si, lf, imbalanceIn), at(rr, lf, imbalanceIn)), percentLess, material, 100}}},
		{"alternate-gradual", "V", "Figure 4", "with alternate pages latency grows gradually: no sudden burst",
			[]part{
				{"round-robin: steepest rise of a cumulative mean within a tenth of the run, less than with local-first in %", less(at(rr, al, whole(steepest)), at(rr, lf, whole(steepest))), percentLess, material, 100},
				{"smart-idle: the same", less(at(si, al, whole(steepest)), at(si, lf, whole(steepest))), percentLess, material, 100},
			}},
		{"alternate-better", "V", "Figure 4", "both policies do better with alternate than with local-first pages",
			[]part{
				{"round-robin: mean latency, less than with local-first in %", less(mean(rr, al), mean(rr, lf)), percentLess, material, 100},
				{"smart-idle: the same", less(mean(si, al), mean(si, lf)), percentLess, material, 100},
			}},
		{"smart-idle-better-alternate", "V", "Figure 4", "with alternate pages, too, smart-idle does better than round-robin",
			[]part{{"mean latency, less than with round-robin in %", less(mean(si, al), mean(rr, al)), percentLess, material, 100}}},
		{"difference-smaller", "V", "Figure 4", "the difference between the two is smaller with alternate pages",
			[]part{{"difference in mean latency with local-first less that with alternate, in ns", func(c *cells) float64 {
				return mean(rr, lf)(c) - mean(si, lf)(c) - (mean(rr, al)(c) - mean(si, al)(c))
			}, amount, above0, inf}}},
		{"best-pair", "V", "Figure 4(b)", "the mean latency is least with alternate pages and smart-idle",
			[]part{{"mean latency, less than the least of the three other pairs of round-robin and smart-idle in %", func(c *cells) float64 {
				return 100 * (1 - mean(si, al)(c)/min(mean(rr, lf)(c), mean(rr, al)(c), mean(si, lf)(c)))
			}, percentLess, material, 100}}},
		{"pools-random-worst", "V", "Figure 5(a)", "at the pools latency is highest with random selection, and round-robin brings it down",
			[]part{
				{"local-first: mean time at the pools with round-robin, less than with random in %; the limit is ours", less(at(rr, lf, poolMeanNs), at(ra, lf, poolMeanNs)), percentLess, 5, 100},
				{"alternate: the same", less(at(rr, al, poolMeanNs), at(ra, al, poolMeanNs)), percentLess, 5, 100},
			}},
		{"round-robin-tail", "V", "Figure 5(a)", "with round-robin a large number of requests takes over 500 ns at the pools",
			[]part{
				{"local-first: share of 500 ns or more at the pools in %, over the whole run; the limit is ours", at(rr, lf, whole(poolsOver500)), amount, 1, inf},
				{"alternate: the same", at(rr, al, whole(poolsOver500)), amount, 1, inf},
			}},
		{"smart-idle-alternate-tail", "V", "Figure 5(a)", "smart-idle with alternate pages has a lighter tail than round-robin",
			[]part{{"share of 500 ns or more at the pools over the whole run, less than with round-robin in percentage points", func(c *cells) float64 {
				return poolsOver500(c.Result(rr, al)) - poolsOver500(c.Result(si, al))
			}, amount, above0, inf}}},
		{"few-over-500", "V", "Figure 5(a)", "with smart-idle and alternate pages very few accesses take more than 500 ns",
			[]part{{"share of 500 ns or more at the pools in %, over the whole run; the limit is ours", at(si, al, whole(poolsOver500)), amount, 0, 1}}},
		{"lower-network-delay", "V", "Figure 5(b)", "smart-idle has lower network delays than round-robin",
			[]part{
				{"local-first: mean time in the network, less than with round-robin in %", less(at(si, lf, inNetworkNs), at(rr, lf, inNetworkNs)), percentLess, material, 100},
				{"alternate: the same", less(at(si, al, inNetworkNs), at(rr, al, inNetworkNs)), percentLess, material, 100},
			}},
		{"big-variation", "V", "Figure 5(b)", "the mean remote access time of every benchmark varies much between policies",
			each("highest over lowest mean remote latency of the six pairs; the limit is ours", func(g int) number {
				return func(c *cells) float64 {
					least, most := inf, 0.0
					for _, r := range c.Results {
						v := c.see(r).groups[g].Remote.All().Ns()
						least, most = min(least, v), max(most, v)
					}
					return most / least
				}
			}, ratio, 1.5, inf)},
		{"queues-dominate", "VI", "first paragraph", "with the conventional policies contention in the remote memory queues dominates in most cases",
			[]part{
				{"random, local-first: the pools' memory's part of the wait in %", at(ra, lf, memoryShare), amount, 50, inf},
				{"random, alternate: the same", at(ra, al, memoryShare), amount, 50, inf},
				{"round-robin, local-first: the same", at(rr, lf, memoryShare), amount, 50, inf},
				{"round-robin, alternate: the same", at(rr, al, memoryShare), amount, 50, inf},
			}},
		{"more-balanced-means", "VI", "first paragraph", "smart-idle gives much more balanced mean latencies of local and remote memory together",
			[]part{
				{"local-first: highest less lowest mean of the benchmarks, less than with round-robin in %", less(at(si, lf, benchmarkSpread), at(rr, lf, benchmarkSpread)), percentLess, material, 100},
				{"alternate: the same", less(at(si, al, benchmarkSpread), at(rr, al, benchmarkSpread)), percentLess, material, 100},
			}},
		{"acceptable", "Abstract", "last sentence", "the mean access latency is acceptable",
			[]part{{"smart-idle, alternate: mean latency over that of a remote read alone; the limit is ours", at(si, al, func(v *view) float64 {
				return meanNs(v) / (idleNetworkNs(&v.Config, false) + idleReadNs(&v.Config))
			}), ratio, 0, 2}}},
	}
}

// benchmarkSpread returns the difference between the highest and the lowest mean latency of
// the benchmarks.
func benchmarkSpread(v *view) float64 {
	least, most := inf, 0.0
	for g := range v.groups {
		ns := groupMeanNs(g)(v)
		least, most = min(least, ns), max(most, ns)
	}
	return most - least
}

// poolRatio returns the highest over the lowest mean time at the pools of the three policies.
func poolRatio(pl place.Policy) number {
	return func(c *cells) float64 {
		least, most := inf, 0.0
		for _, po := range []pool.Policy{pool.Random, pool.RoundRobin, pool.SmartIdle} {
			v := at(po, pl, poolMeanNs)(c)
			least, most = min(least, v), max(most, v)
		}
		return most / least
	}
}
