package experiment

import (
	"math"

	"github.com/dmemsys/dmemsys/dmem"
	"github.com/dmemsys/dmemsys/dmem/dram"
	"github.com/dmemsys/dmemsys/dmem/stats"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// ns500 is the index of the first band of [stats.Bands] beyond 500 ns.
const ns500 = 3

// sharePercent returns part of whole in per cent, NaN of nothing.
func sharePercent(part, whole uint64) float64 {
	if whole == 0 {
		return math.NaN()
	}
	return 100 * float64(part) / float64(whole)
}

// over returns the share of the samples at or above the lower limit of a band, in per cent.
func over(h *stats.Hist, band int) float64 {
	var n uint64
	counts := h.BandCounts()
	for _, c := range counts[band:] {
		n += c
	}
	return sharePercent(n, h.Count)
}

// over1000 returns the share of the samples of 1000 ns or more, in per cent.
func over1000(h *stats.Hist) float64 { return sharePercent(h.Over1000ns(), h.Count) }

// poolsOver returns the share of the accesses of the whole run that took the lower limit of a band
// or more in the pools' memory, in per cent.
func poolsOver(r *dmem.Result, band int) float64 {
	var n, all uint64
	for i := range r.Pools {
		for _, h := range []*stats.Hist{&r.Pools[i].Memory.Read, &r.Pools[i].Memory.Write} {
			counts := h.BandCounts()
			for _, c := range counts[band:] {
				n += c
			}
			all += h.Count
		}
	}
	return sharePercent(n, all)
}

// poolMemory returns the times of all accesses in the pools' memory, over the whole run.
func poolMemory(r *dmem.Result) *stats.Hist {
	var h stats.Hist
	for i := range r.Pools {
		h.Merge(r.Pools[i].Memory.All())
	}
	return &h
}

// poolsOver500 is the share of the accesses at the pools that take 500 ns or more, over the
// whole run, in %.
func poolsOver500(r *dmem.Result) float64 { return over(poolMemory(r), ns500) }

// networkMeanNs returns the mean time of a remote access in the network, both ways.
func networkMeanNs(s *dmem.Sample) float64 { return s.RequestMeanNs() + s.ResponseMeanNs() }

// waitsNs returns the mean time that the remote accesses of a sample waited in the network
// and at the pools' memory: what is above the latency of the idle network, and above that of a
// read from the idle memory. Streams find rows open, which a read alone does not; where that
// outweighs all waits, the memory's is 0.
func waitsNs(r *dmem.Result, s *dmem.Sample) (network, memory float64) {
	c := &r.Config
	n := float64(s.Remote.Count())
	idle := float64(s.Remote.Read.Count)*idleNetworkNs(c, false) + float64(s.Remote.Write.Count)*idleNetworkNs(c, true)
	return networkMeanNs(s) - idle/n, max(0, s.PoolMeanNs()-idleReadNs(c))
}

// idleNetworkNs returns what an access takes in the idle network, both ways, in nanoseconds.
func idleNetworkNs(c *dmem.Config, write bool) float64 {
	return (c.Fabric.UnloadedLatency(c.Fabric.Sizes.Request(write)) + c.Fabric.UnloadedLatency(c.Fabric.Sizes.Response(write))).Nanoseconds()
}

// idleReadNs returns what a read alone takes in a pool's memory, in nanoseconds: its row is
// closed.
func idleReadNs(c *dmem.Config) float64 {
	m, err := dram.New(poolDRAM(c))
	if err != nil {
		return math.NaN()
	}
	const at = 100 // cycles after the start, long before the first refresh
	m.Push(at, 0, false, 0)
	for m.Next() != units.NeverCycles {
		m.Advance(m.Next() + 1)
		if done, ok := m.Pop(); ok {
			return m.Clock().At(done.Done - at).Nanoseconds()
		}
	}
	return math.NaN()
}

// partsNs returns how much local memory, network and remote memory add to the mean latency
// of all accesses of a sample, in nanoseconds.
func partsNs(s *dmem.Sample) (local, network, memory float64) {
	n := float64(s.Count())
	remote := float64(s.Remote.Count()) / n
	local = s.LocalStages.Total().Nanoseconds() / n
	if s.Remote.Count() == 0 {
		return local, 0, 0
	}
	return local, remote * networkMeanNs(s), remote * s.PoolMeanNs()
}

// eachActive calls f with the requests that arrived at each pool in each window that lies
// in the time in which all nodes are active.
func eachActive(r *dmem.Result, f func(start units.Time, perPool []uint64)) {
	eachBetween(r, r.Active.From, r.Active.To, f)
}

// eachBetween does so for the windows between two times.
func eachBetween(r *dmem.Result, from, to units.Time, f func(start units.Time, perPool []uint64)) {
	step := r.Config.Window
	perPool := make([]uint64, len(r.Pools))
	for w := int64((from + step - 1) / step); units.Time(w+1)*step <= to; w++ {
		for i := range r.Pools {
			perPool[i] = r.Pools[i].Arrivals.In(w)
		}
		f(units.Time(w)*step, perPool)
	}
}

// spread returns the difference between most and least, and the sum.
func spread(perPool []uint64) (difference, sum uint64) {
	least, most := uint64(math.MaxUint64), uint64(0)
	for _, n := range perPool {
		least, most, sum = min(least, n), max(most, n), sum+n
	}
	return most - least, sum
}

// imbalance returns the mean over the windows, while all nodes are active, of the difference
// between the most and the least accessed pool, in per cent of a pool's mean.
func imbalance(r *dmem.Result) float64 { return imbalanceBetween(r, r.Active.From, r.Active.To) }

// imbalanceBetween does so between two times.
func imbalanceBetween(r *dmem.Result, from, to units.Time) float64 {
	var differences, all uint64
	eachBetween(r, from, to, func(_ units.Time, perPool []uint64) {
		d, sum := spread(perPool)
		differences += d
		all += sum
	})
	return sharePercent(differences*uint64(len(r.Pools)), all)
}

// chunkSpread returns the difference between the most and the least chunks granted by a
// pool, in per cent of the mean.
func chunkSpread(r *dmem.Result) float64 {
	chunks := make([]uint64, len(r.Pools))
	for i := range r.Pools {
		chunks[i] = uint64(r.Pools[i].Chunks)
	}
	d, sum := spread(chunks)
	return sharePercent(d*uint64(len(chunks)), sum)
}
