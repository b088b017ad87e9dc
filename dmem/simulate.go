package dmem

import (
	"context"
	"fmt"

	"github.com/dmemsys/dmemsys/dmem/manager"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// windowsAhead is how many windows a part of the rack goes ahead of the others at most, where
// it depends on nothing that they do. More saves changes from part to part, and costs room in
// the processor's caches for what has been sent and not yet received.
const windowsAhead = 16

// simulate drives nodes and pools through rounds of simulated time, first all nodes and then
// all pools, each side shared among the workers. A round has one window of the length of the
// fabric's lookahead: what a pool does in it reaches no node in the same window. In the open
// loop, as far as nothing but credits ties one part to another and they suffice, parts go
// further.
func (r *Rack) simulate(ctx context.Context) error {
	const roundsPerCheck = 512
	crew := r.newCrew()
	defer crew.Close()
	alone := r.quiet() // too little happens in a round to share it
	next := r.first()
	for rounds := 0; ; rounds++ {
		if rounds%roundsPerCheck == 0 {
			if err := r.check(ctx); err != nil {
				return err
			}
		}
		if next == units.Never {
			r.active.observe(r, units.Never)
			return nil
		}
		if err := r.rest(ctx, r.limits.pools, next); err != nil {
			return err
		}
		r.limits = r.nodeLimits(next)
		r.active.observe(r, r.limits.start)
		crew.Run(phaseNodes, alone)
		if err := r.grants(); err != nil {
			return err
		}
		r.active.end(r)
		r.limitPools()
		r.collect.passed(next)
		r.collect.tell(r.nodes, r.limits.issued)
		crew.Run(phasePools, alone)
		for i := range r.pools {
			if err := r.pools[i].err; err != nil {
				return fmt.Errorf("dmem: pool %d: %w", i, err)
			}
		}
		alone, next = r.quiet(), r.next()
	}
}

// nodeLimits returns the limits of the nodes in a round in which something happens first at
// time next.
func (r *Rack) nodeLimits(next units.Time) limits {
	start := units.Never
	for i := range r.pools {
		start = min(start, r.pools[i].reached)
	}
	start = r.windowStart(max(start, next))
	l := limits{start: start, window: start + r.window, credits: start + r.config.Fabric.CreditReturn}
	l.horizon = l.window
	if r.config.Replay.Loop == Open {
		// All nodes go to one horizon, and on only from there: many steps at once of a node
		// that has been away from the processor's caches.
		if l.horizon = r.limits.horizon; l.horizon < l.window {
			l.horizon = start + r.ahead*r.window
		}
	}
	return l
}

// limitPools sets the limits of the pools once the nodes have run: as far as all requests are
// known, but not past what is to be seen of the pools at its time.
func (r *Rack) limitPools() {
	l := &r.limits
	known := l.horizon
	l.issued = l.horizon
	aside := false
	for i := range r.blocks {
		b := &r.blocks[i]
		known = min(known, b.reached)
		l.issued = min(l.issued, b.issued)
		aside = aside || b.aside
	}
	if aside {
		known = min(known, l.credits)
	}
	l.pools = max(l.window, min(r.windowStart(known), r.active.pause))
	l.poolCredits = l.window + r.config.Fabric.CreditReturn
}

// windowStart returns the start of the window that t lies in.
func (r *Rack) windowStart(t units.Time) units.Time { return t - t%r.window }

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

// grants serves the nodes that stopped for a chunk in the window, in the order of time and
// node, each with the counters as of its time, and lets them go on. Nodes that stopped
// beyond the window wait until the pools have come as far, and so do errors.
func (r *Rack) grants() error {
	failed := false
	for i := range r.blocks {
		b := &r.blocks[i]
		failed = failed || b.failed
		if b.ended {
			b.ended = false
			r.ends()
		}
	}
	for !failed {
		n, b := r.stalled()
		if n == nil {
			break
		}
		if err := r.grant(n); err != nil {
			return err
		}
		n.stalled = false
		n.err = n.run(&r.limits)
		if !n.ended && n.issuer.ended() {
			n.ended = true
			r.ends()
		}
		b.review(&r.limits)
		failed = b.failed
	}
	if failed {
		for i := range r.nodes {
			if n := &r.nodes[i]; n.err != nil && n.now < r.limits.window {
				return fmt.Errorf("dmem: node %d: %w", i, n.err)
			}
		}
	}
	return nil
}

// ends takes note that a node has issued its last access.
func (r *Rack) ends() { r.ended, r.active.stale = true, true }

// stalled returns the node to be served first, with its block; nil if there is none.
func (r *Rack) stalled() (first *node, in *block) {
	for i := range r.blocks {
		b := &r.blocks[i]
		if !b.stalled {
			continue
		}
		for k := range b.nodes {
			n := &b.nodes[k]
			if n.stalled && n.now < r.limits.window && (first == nil || n.now < first.now) { // of one time, the first by number
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
