package experiment

import (
	"github.com/dmemsys/dmemsys/dmem"
	"github.com/dmemsys/dmemsys/dmem/place"
	"github.com/dmemsys/dmemsys/dmem/pool"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// view is a run seen over an interval: while all nodes are active, or whole. The first has an
// even load; the second has all accesses, also those of the phase that most nodes are in when
// the first has ended.
type view struct {
	*dmem.Result
	from, to units.Time
	total    *dmem.Sample
	groups   []*dmem.Sample // by benchmark
}

func activeView(r *dmem.Result) view {
	v := view{Result: r, from: r.Active.From, to: r.Active.To, total: &r.Active.Total}
	for g := range r.Active.Groups {
		v.groups = append(v.groups, &r.Active.Groups[g])
	}
	return v
}

func wholeView(r *dmem.Result) view {
	v := view{Result: r, to: r.Simulated, total: &r.Total}
	for g := range r.Groups {
		v.groups = append(v.groups, &r.Groups[g].Sample)
	}
	return v
}

// cells are the runs of a matrix, seen over one kind of interval.
type cells struct {
	*Matrix
	see func(*dmem.Result) view
}

// number reads one number off the cells.
type number func(c *cells) float64

// at makes a measure of one pair.
func at(po pool.Policy, pl place.Policy, f func(v *view) float64) number {
	return func(c *cells) float64 {
		v := c.see(c.Result(po, pl))
		return f(&v)
	}
}

// less makes a measure of how much less the first is than the second, in per cent of the
// second.
func less(first, second number) number {
	return func(c *cells) float64 { return 100 * (1 - first(c)/second(c)) }
}

// meanNs is the mean latency of all accesses.
func meanNs(v *view) float64 { return v.total.Overall().All().Ns() }

// groupMeanNs is that of one benchmark.
func groupMeanNs(g int) func(v *view) float64 {
	return func(v *view) float64 { return v.groups[g].Overall().All().Ns() }
}

func poolMeanNs(v *view) float64  { return v.total.PoolMeanNs() }
func inNetworkNs(v *view) float64 { return networkMeanNs(v.total) }

// memoryShare is the pools' part of what remote accesses wait, in %.
func memoryShare(v *view) float64 {
	network, memory := waitsNs(v.Result, v.total)
	return 100 * memory / (network + memory)
}

// imbalanceIn is [imbalance] over the view's interval.
func imbalanceIn(v *view) float64 { return imbalanceBetween(v.Result, v.from, v.to) }

// whole makes a measure of the whole run, whatever the view.
func whole(f func(r *dmem.Result) float64) func(v *view) float64 {
	return func(v *view) float64 { return f(v.Result) }
}
