package dmem

import (
	"math"

	"github.com/dmemsys/dmemsys/dmem/units"
)

// activity ends the interval in which all nodes are active when the first of them has
// issued its last access, and reports whether that was just now.
func (r *Rack) activity() bool {
	a := &r.result.Active
	if !r.ended || a.To != units.Never {
		return false
	}
	for i := range r.nodes {
		if n := &r.nodes[i]; n.issuer.ended() {
			a.To = min(a.To, n.last+1)
		}
	}
	return true
}

// boundActivity empties the interval in which all nodes were active if there was none.
func (r *Rack) boundActivity() {
	a := &r.result.Active
	idle := a.To <= a.From
	for i := range r.nodes {
		idle = idle || r.nodes[i].issued == 0
	}
	if idle {
		none := math.NaN()
		*a = Active{Groups: make([]Sample, len(a.Groups)), DRAMUtilization: none, LinkInUtilization: none, LinkOutUtilization: none}
	}
}

// poolLoad is how long the pools' data buses and links have been busy up to a time, summed
// over the pools.
type poolLoad struct {
	at            units.Time
	dram, in, out units.Time
}

func (r *Rack) poolLoad(at units.Time) poolLoad {
	l := poolLoad{at: at}
	for i := range r.pools {
		p := &r.pools[i]
		l.dram += p.dram.busy()
		l.in += p.output.Busy(at)
		l.out += p.egress.Busy(at)
	}
	return l
}

// utilization sets the mean utilisations between two loads.
func (a *Active) utilization(before, after poolLoad, pools int) {
	whole := (after.at - before.at) * units.Time(pools)
	a.DRAMUtilization = share(after.dram-before.dram, whole)
	a.LinkInUtilization = share(after.in-before.in, whole)
	a.LinkOutUtilization = share(after.out-before.out, whole)
}

// share returns busy as a share of whole, NaN if that is nothing.
func share(busy, whole units.Time) float64 {
	if whole <= 0 {
		return math.NaN()
	}
	return float64(busy) / float64(whole)
}

// finish completes the result.
func (r *Rack) finish() {
	end := r.collect.last()
	r.result.Simulated, r.result.Accesses = end, r.collect.all()
	r.collect.close()
	for i := range r.nodes {
		n, res := &r.nodes[i], &r.result.Nodes[i]
		pages := n.mmu.Stats()
		res.Issued, res.First, res.Last, res.End, res.LocalFullAt = n.issued, n.first, n.last, n.end, n.localFullAt
		res.LocalPages, res.RemotePages = pages.LocalPages, pages.RemotePages
		res.Sample.Merge(&n.active)
		r.result.Active.Groups[n.group].Merge(&n.active)
		n.dram.advance(end)
		res.DRAM = n.dram.Stats()
		res.DRAMUtilization = n.dram.utilization(end)
		res.LinkOutUtilization = share(n.egress.Busy(end), end)
		res.LinkInUtilization = share(n.output.Busy(end), end)
		r.result.Groups[res.Group].Merge(&res.Sample)
	}
	for i := range r.result.Groups {
		r.result.Total.Merge(&r.result.Groups[i].Sample)
	}
	r.boundActivity()
	for i := range r.result.Active.Groups {
		r.result.Active.Total.Merge(&r.result.Active.Groups[i])
	}
	r.result.Grants = r.manager.Log()
	for i := range r.pools {
		p, res := &r.pools[i], &r.result.Pools[i]
		p.dram.advance(end)
		res.DRAM = p.dram.Stats()
		res.DRAMUtilization = p.dram.utilization(end)
		res.LinkInUtilization = share(p.output.Busy(end), end)
		res.LinkOutUtilization = share(p.egress.Busy(end), end)
		res.Arrivals = p.arrivals
		res.Free = r.manager.Free(p.id)
	}
	for _, g := range r.result.Grants {
		r.result.Pools[g.Pool].Chunks++
	}
}
