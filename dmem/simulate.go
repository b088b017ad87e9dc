package dmem

import (
	"context"
	"fmt"

	"github.com/dmemsys/dmemsys/dmem/manager"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// simulate drives nodes and pools through windows of simulated time. What a pool does in a
// window reaches no node in the same window, so all nodes go first and then all pools, each
// side shared among the workers.
func (r *Rack) simulate(ctx context.Context) error {
	const windowsPerCheck = 4096
	crew := r.newCrew()
	defer crew.close()
	alone := r.quiet() // too little happens in a window to share it
	reached := units.Time(0)
	var before poolLoad // when the last node began
	begun := false
	next := r.first()
	for windows := 0; ; windows++ {
		if windows%windowsPerCheck == 0 {
			if err := r.check(ctx); err != nil {
				return err
			}
		}
		if next == units.Never {
			return nil
		}
		if err := r.rest(ctx, reached, next); err != nil {
			return err
		}
		r.until = next - next%r.window + r.window
		reached = r.until
		if !begun && r.until > r.result.Active.From {
			begun, before = true, r.poolLoad(r.until-r.window)
		}
		crew.run(phaseNodes, alone)
		if err := r.grants(); err != nil {
			return err
		}
		ended := r.activity()
		r.collect.passed(r.until - r.window)
		r.collect.tell(r.nodes)
		crew.run(phasePools, alone)
		for i := range r.pools {
			if err := r.pools[i].err; err != nil {
				return fmt.Errorf("dmem: pool %d: %w", i, err)
			}
		}
		if ended {
			r.result.Active.utilization(before, r.poolLoad(r.result.Active.To), len(r.pools))
		}
		alone, next = r.quiet(), r.next()
	}
}

// check tells the probe how far the run has come, and returns the error of a cancelled
// context.
func (r *Rack) check(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("dmem: stopped at %v: %w", r.collect.last(), err)
	}
	r.progress()
	return nil
}

// rest lets the DRAMs catch up over a long time in which nothing happens, in steps between
// which the run can be stopped: they refresh all the while.
func (r *Rack) rest(ctx context.Context, from, to units.Time) error {
	const step = 10 * units.Millisecond
	for t := from + step; t < to; t += step {
		if err := r.check(ctx); err != nil {
			return err
		}
		for i := range r.nodes {
			r.nodes[i].dram.catchUp(t)
		}
		for i := range r.pools {
			r.pools[i].dram.catchUp(t)
		}
	}
	return nil
}

// grants serves the nodes that stopped for a chunk, in the order of time and node, each
// with the counters as of its time, and lets them go on to the end of the window.
func (r *Rack) grants() error {
	failed := false
	for i := range r.blocks {
		b := &r.blocks[i]
		failed = failed || b.failed
		r.ended = r.ended || b.ended
	}
	for !failed {
		n, b := r.stalled()
		if n == nil {
			return nil
		}
		if err := r.grant(n); err != nil {
			return err
		}
		n.err = n.run(r.until)
		b.ended = b.ended || n.issuer.ended()
		r.ended = r.ended || b.ended
		if !n.stalled {
			b.note(n, n.next())
			failed = b.failed
		}
	}
	for i := range r.nodes {
		if err := r.nodes[i].err; err != nil {
			return fmt.Errorf("dmem: node %d: %w", i, err)
		}
	}
	return nil
}

// stalled returns the node to be served first, with its block; nil if there is none.
func (r *Rack) stalled() (first *node, in *block) {
	for i := range r.blocks {
		b := &r.blocks[i]
		if !b.stalled {
			continue
		}
		b.stalled = false
		for k := range b.nodes {
			n := &b.nodes[k]
			if !n.stalled {
				continue
			}
			b.stalled = true
			if first == nil || n.now < first.now { // of one time, the first by number
				first, in = n, b
			}
		}
	}
	return first, in
}

// grant has the manager give a chunk to the node that stopped for one.
func (r *Rack) grant(n *node) error {
	for i := range r.pools {
		p := &r.pools[i]
		r.traffic[i] = manager.PoolTraffic{Total: p.output.Entered(n.now), InFlight: p.inFlight, QueueDelay: p.wait}
	}
	if n.now > 0 {
		n.frames.SetRate(perMicrosecond(n.remote, n.now))
	}
	if n.last > n.granted {
		n.frames.SetNewestRate(perMicrosecond(n.fresh, n.last-n.granted), n.now-n.last)
	}
	g, err := r.manager.Grant(n.now, n.id, r.traffic)
	if err != nil {
		return fmt.Errorf("dmem: at %v: %w", n.now, err)
	}
	n.newest, n.granted, n.fresh = n.frames.Newest(), n.now, 0
	if f := r.probe.OnGrant; f != nil {
		f(&g)
	}
	return nil
}

func perMicrosecond(accesses uint64, in units.Time) float64 {
	return float64(accesses) / float64(in) * float64(units.Microsecond)
}

// progress tells the probe how far the run has come.
func (r *Rack) progress() {
	if f := r.probe.OnProgress; f != nil {
		f(Progress{Accesses: r.collect.all(), Simulated: r.collect.last(), Share: r.share()})
	}
}

// share returns which part of the run is done, as far as is known.
func (r *Rack) share() float64 {
	var sum float64
	for i := range r.nodes {
		sum += r.nodes[i].feed.share()
	}
	return sum / float64(len(r.nodes))
}
