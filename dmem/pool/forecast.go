package pool

import (
	"math"

	"github.com/dmemsys/dmemsys/dmem/units"
)

// tauGrants is a compromise: a shorter memory forgets nodes that pause, a longer one holds on to
// what has ended.
const tauGrants = 2

// forecast tells the load that each pool is about to have, in accesses per microsecond: the
// load that was measured, corrected for what grants have just moved.
//
// The measured load is the mean over the recent past, weighted by exp(-age/tau). It learns of
// a grant late: the node's traffic goes on into its new chunk at once. So at a grant to a node
// that accesses its newest chunk at a rate r, r is added to the pool that grants and taken from
// the pool of that newest chunk, and both corrections decay with the same tau as the measured
// load catches up. Their sum with it is right all the while, if the rate stays. What is taken
// away has decayed already for as long as the node was idle.
//
// tau is the time in which the rack makes tauGrants grants a pool, on average since the start
// of the run. So it has no unit to be set, and scales with chunks and load.
type forecast struct {
	grants int
	last   units.Time // when time moved on
	since  []float64  // accesses since then, by pool
	load   []float64  // measured, by pool
	moved  []float64  // corrections for grants, by pool
	sum    []float64  // scratch
	newest []ID       // pool of the newest chunk, by node
	rate   []float64  // last known rate into it, by node; 0: not known
	known  bool       // the rate of any node
}

func newForecast(e Env) *forecast {
	f := &forecast{newest: make([]ID, e.NumNodes), rate: make([]float64, e.NumNodes)}
	for _, s := range []*[]float64{&f.since, &f.load, &f.moved, &f.sum} {
		*s = make([]float64, e.NumPools)
	}
	return f
}

// observe takes in what happened since the last grant, and returns the loads to come if the
// node got nothing: its traffic is taken from the pool of its newest chunk. The slice is valid
// until the next call. They are all 0 until a node gets its second chunk: the first accesses of
// nodes that start together tell no load.
func (f *forecast) observe(r Request, v View) []float64 {
	f.grants++
	for i := range v.Pools {
		f.since[i] += float64(v.Pools[i].Window)
	}
	tau := tauGrants * float64(len(v.Pools)) * float64(v.Now) / float64(f.grants)
	if span := float64(v.Now - f.last); span > 0 {
		keep := math.Exp(-span / tau)
		for i := range f.load {
			f.load[i] = keep*f.load[i] + (1-keep)*f.since[i]/span*float64(units.Microsecond)
			f.moved[i] *= keep
			f.since[i] = 0
		}
		f.last = v.Now
	}
	if r.NewestRate > 0 {
		f.known = true
		f.rate[r.Node] = r.NewestRate
		f.moved[f.newest[r.Node]] -= r.NewestRate * math.Exp(-float64(r.Idle)/max(tau, 1))
	}
	for i := range f.sum {
		f.sum[i] = 0
		if f.known {
			f.sum[i] = f.load[i] + f.moved[i]
		}
	}
	return f.sum
}

// granted takes in that the node gets its chunk from the pool.
func (f *forecast) granted(r Request, id ID) {
	f.moved[id] += f.expected(r)
	f.newest[r.Node] = id
}

// expected returns the rate at which the node will access its new chunk: as the one before. A
// node whose rate is not known yet is expected to be like the mean of the others; the first of
// all count 1.
func (f *forecast) expected(r Request) float64 {
	if rate := f.rate[r.Node]; rate > 0 {
		return rate
	}
	sum, n := 0.0, 0
	for _, r := range f.rate {
		if r > 0 {
			sum += r
			n++
		}
	}
	if n == 0 {
		return 1
	}
	return sum / float64(n)
}

// mean returns the mean of the loads.
func mean(loads []float64) float64 {
	sum := 0.0
	for _, l := range loads {
		sum += l
	}
	return sum / float64(len(loads))
}

// leastWithRoom returns the pool of least load among those with room; of equal ones the first
// from the given turn on. With no room anywhere it returns the turn's pool.
func leastWithRoom(from turn, loads []float64, r Request, v View) ID {
	best := ID(from)
	for k := range loads {
		i := (int(from) + k) % len(loads)
		if v.Pools[i].hasRoom(&r) && (!v.Pools[best].hasRoom(&r) || loads[i] < loads[best]) {
			best = ID(i)
		}
	}
	return best
}
