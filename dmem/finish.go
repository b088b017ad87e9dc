package dmem

import (
	"math"

	"github.com/dmemsys/dmemsys/dmem/units"
)

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
	r.result.Active.emptyIfNone(r)
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
