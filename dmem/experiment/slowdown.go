package experiment

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/dmemsys/dmemsys/dmem"
	"github.com/dmemsys/dmemsys/dmem/place"
	"github.com/dmemsys/dmemsys/dmem/pool"
	"github.com/dmemsys/dmemsys/dmem/stats"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// Outstanding is how many fills a thread has in flight before it stalls, in [Slowdowns] where
// nothing else is said.
const Outstanding = 4

// Slowdown is how much longer the benchmarks take on a rack than with all memory local.
type Slowdown struct {
	LinkRate    units.BitRate
	Pair        Pair
	Local       units.Bytes // local memory of a node at the paper's size
	Outstanding int
	Groups      []FeltBy // by benchmark
	// Utilisation, 0 to 1, a mean over pools and seeds: of the pools' links to the switch and of
	// their data buses until the first node ends, and of the links over the whole run, in whose
	// last part the longest programs are alone.
	LinkOut, DRAM, WholeLinkOut float64
}

// FeltBy is what one benchmark feels.
type FeltBy struct {
	Name         string
	Slowdown     Interval // over the seeds
	LocalPercent float64  // of its pages that are local, with the first seed
	MeanNs       float64  // latency of all its accesses, with the first seed
	CompletionMs float64  // with the first seed
	// Blocking estimates the slowdown if a thread waited for each of its fills before it went
	// on: both completion times, here and with all memory local, are then compute time and the
	// latencies of the fills by turns. It is NaN if more than one fill may be outstanding, for
	// then their queues are their own making.
	Blocking float64
}

// threads is how many a benchmark has.
const threads = 8

// Slowdowns runs the rack in the closed loop: programs compute between their misses, and a
// thread stalls when so many are outstanding. 20 nodes, 5 a benchmark, share 2 pools: 10 nodes
// a pool, in the paper 10.7. The time of completion of a node is from the issue of its
// first access to the last completion; of a benchmark, the mean over its nodes; the slowdown,
// the ratio to the same rack with so much local memory that nothing is remote.
//
// In this order: three pool policies with alternate pages (seeds seeds each); links of 100,
// 200 and 400 Gb/s by local memories of 256 MB, 1 GB and 2 GB, with local-first pages
// and smart-idle; and 1 and 16 outstanding instead of 4, with links of 100 and 400 Gb/s.
func Slowdowns(ctx context.Context, o Options, seeds int) ([]Slowdown, error) {
	divisor, err := designDivisor(o.Scale)
	if err != nil {
		return nil, err
	}
	all, n := slowdownCases(), max(seeds, 1)
	var runs []Run
	for _, k := range []int{1, Outstanding, 16} {
		s := Slowdown{LinkRate: 100 * units.Gbps, Pair: Pair{place.AllLocal, pool.SmartIdle}, Local: 4 * units.GiB, Outstanding: k}
		runs = append(runs, Run{fmt.Sprintf("slowdown: all local, %d outstanding", k), s.config(divisor, o.seed())})
	}
	baselines := len(runs)
	var first []int // by case: index of its first run
	for i := range all {
		s := &all[i]
		first = append(first, len(runs))
		for k := range s.seeds(n) {
			runs = append(runs, Run{fmt.Sprintf("slowdown: %s, %v, %v local, %d outstanding", s.Pair, s.LinkRate, s.Local, s.Outstanding), s.config(divisor, o.seed()+uint64(k))})
		}
	}
	results, err := runAll(ctx, o, runs)
	if err != nil {
		return nil, wrap("slowdown", err)
	}
	for i := range all {
		s := &all[i]
		base := results[slices.IndexFunc(runs[:baselines], func(r Run) bool { return r.Config.Replay.Outstanding == s.Outstanding })]
		s.measure(results[first[i]:first[i]+s.seeds(n)], base, results[baselines-1])
	}
	return all, nil
}

// slowdownCases returns what [Slowdowns] runs, in its order.
func slowdownCases() []Slowdown {
	paper := dmem.Paper().LocalMemory
	var all []Slowdown
	for _, p := range []pool.Policy{pool.Random, pool.RoundRobin, pool.SmartIdle} {
		all = append(all, Slowdown{LinkRate: 100 * units.Gbps, Pair: Pair{place.Alternate, p}, Local: paper, Outstanding: Outstanding})
	}
	for _, rate := range []units.BitRate{100, 200, 400} {
		for _, times := range []units.Bytes{1, 4, 8} {
			all = append(all, Slowdown{LinkRate: rate * units.Gbps, Pair: Pair{place.LocalFirst, pool.SmartIdle}, Local: times * paper, Outstanding: Outstanding})
		}
	}
	for _, k := range []int{1, 16} {
		for _, rate := range []units.BitRate{100, 400} {
			all = append(all, Slowdown{LinkRate: rate * units.Gbps, Pair: Pair{place.LocalFirst, pool.SmartIdle}, Local: paper, Outstanding: k})
		}
	}
	return all
}

// seeds returns how many of n seeds the case gets: pool policies differ by little, so they
// get all.
func (s *Slowdown) seeds(n int) int {
	if s.Pair.Placement.Name == place.Alternate.Name {
		return n
	}
	return 1
}

func (s *Slowdown) config(divisor int, seed uint64) dmem.Config {
	d := paperDesign(TableII(), 20, 2, 1)
	d.Pair, d.Local = s.Pair, s.Local
	c := d.config(divisor, seed)
	c.Fabric.RMACLink.Rate, c.Fabric.SwitchLink.Rate = s.LinkRate, s.LinkRate
	c.Replay.Loop, c.Replay.Outstanding = dmem.Closed, s.Outstanding
	c.Replay.Stagger = 100 * units.Millisecond / units.Time(divisor) // a quarter of the shortest program's compute time
	for i := range c.Workloads {
		p := *c.Workloads[i].Program
		p.Timing = dmem.TimingCompute
		c.Workloads[i].Program = &p
	}
	return c
}

// measure compares the results of one case, by seed, with all memory local and as many
// outstanding; compute is all local with the most outstanding, which hides latency best.
func (s *Slowdown) measure(results []*dmem.Result, base, compute *dmem.Result) {
	for g := range base.Groups {
		alone := completion(base, g)
		var ratios []float64
		for _, r := range results {
			ratios = append(ratios, completion(r, g)/alone)
		}
		r := results[0]
		f := FeltBy{Name: base.Groups[g].Name, Slowdown: MeanOf(ratios), CompletionMs: 1e3 * completion(r, g), MeanNs: r.Groups[g].Overall().All().Ns()}
		var local, pages uint64
		nodes := 0
		for i := range r.Nodes {
			if n := &r.Nodes[i]; n.Group == g {
				local, pages, nodes = local+n.LocalPages, pages+n.LocalPages+n.RemotePages, nodes+1
			}
		}
		f.LocalPercent = sharePercent(local, pages)
		f.Blocking = math.NaN()
		if s.Outstanding == 1 {
			perThread := float64(r.Groups[g].Count()) / float64(nodes) / threads * 1e-9
			f.Blocking = (completion(compute, g) + perThread*f.MeanNs) / (completion(compute, g) + perThread*base.Groups[g].Overall().All().Ns())
		}
		s.Groups = append(s.Groups, f)
	}
	for _, r := range results {
		s.LinkOut += r.Active.LinkOutUtilization / float64(len(results))
		s.DRAM += r.Active.DRAMUtilization / float64(len(results))
		for i := range r.Pools {
			s.WholeLinkOut += r.Pools[i].LinkOutUtilization / float64(len(r.Pools)) / float64(len(results))
		}
	}
}

// completion returns the time in seconds that a benchmark takes, a mean over its nodes; NaN
// of none.
func completion(r *dmem.Result, group int) float64 {
	var sum units.Time
	n := 0
	for i := range r.Nodes {
		if node := &r.Nodes[i]; node.Group == group && node.Issued > 0 {
			sum += node.End - node.First
			n++
		}
	}
	if n == 0 {
		return math.NaN()
	}
	return sum.Seconds() / float64(n)
}

// SlowdownTable returns a row a case and benchmark. Intervals are over the seeds; with one seed
// low and high are empty.
func SlowdownTable(all []Slowdown) *stats.Table {
	t := stats.NewTable("Slowdown against all memory local",
		stats.Column{Name: "link", Unit: "Gb/s"}, stats.Column{Name: "pool_policy"}, stats.Column{Name: "placement"}, stats.Column{Name: "local_memory", Unit: "MiB"},
		stats.Column{Name: "outstanding"}, stats.Column{Name: "benchmark"}, stats.Column{Name: "seeds"},
		stats.Column{Name: "slowdown"}, stats.Column{Name: "low"}, stats.Column{Name: "high"}, stats.Column{Name: "if_each_fill_blocked"},
		stats.Column{Name: "local_pages", Unit: "%"}, stats.Column{Name: "mean", Unit: "ns"}, stats.Column{Name: "completion", Unit: "ms"},
		stats.Column{Name: "pool_link_out", Unit: "%"}, stats.Column{Name: "pool_dram_bus", Unit: "%"}, stats.Column{Name: "whole_run_link_out", Unit: "%"})
	for i := range all {
		s := &all[i]
		for _, f := range s.Groups {
			low, high := f.Slowdown.Low, f.Slowdown.High
			if f.Slowdown.N == 1 {
				low, high = math.NaN(), math.NaN()
			}
			t.Append(float64(s.LinkRate)/float64(units.Gbps), s.Pair.Pool.Name, s.Pair.Placement.Name, float64(s.Local)/float64(units.MiB),
				s.Outstanding, f.Name, f.Slowdown.N, f.Slowdown.Mean, low, high, f.Blocking,
				f.LocalPercent, f.MeanNs, f.CompletionMs, 100*s.LinkOut, 100*s.DRAM, 100*s.WholeLinkOut)
		}
	}
	return t
}
