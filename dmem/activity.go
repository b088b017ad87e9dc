package dmem

import (
	"math"

	"github.com/dmemsys/dmemsys/dmem/units"
)

// activity measures the interval in which all nodes are active while the rack runs. The pools
// do not pass its ends before their load at that time has been noted.
type activity struct {
	pause  units.Time // pools do not pass it: the end of the interval that comes next, to within a window, or Never
	before poolLoad   // at its start
	begun  bool
	stale  bool // the end of the interval is to be found anew
	done   bool
}

// observe notes the load at an end of the interval when the next round starts at a time from
// which on nothing has happened yet; [units.Never] at the end of the run.
func (a *activity) observe(r *Rack, start units.Time) {
	if !a.begun && start != units.Never && start >= a.pause {
		a.begun, a.before, a.pause = true, r.poolLoad(a.pause), units.Never
		a.stale = r.ended
	}
	if a.begun && !a.done && start >= a.pause && r.ended {
		to := &r.result.Active
		to.utilization(a.before, r.poolLoad(to.To), len(r.pools))
		a.done, a.pause = true, units.Never
	}
}

// end ends the interval when the first node has issued its last access.
func (a *activity) end(r *Rack) {
	if !a.stale || a.done {
		return
	}
	a.stale = false
	to := &r.result.Active.To
	for i := range r.nodes {
		if n := &r.nodes[i]; n.issuer.ended() {
			*to = min(*to, n.last+1)
		}
	}
	if a.begun {
		a.pause = r.windowStart(*to-1) + r.window
	}
}

// emptyIfNone empties the interval if there was none.
func (a *Active) emptyIfNone(r *Rack) {
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
