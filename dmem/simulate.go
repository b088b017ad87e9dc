package dmem

import (
	"context"
	"fmt"

	"github.com/dmemsys/dmemsys/dmem/manager"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// simulate drives nodes and pools through windows of simulated time. What a pool does in a
// window reaches no node in the same window, so all nodes go first and then all pools.
func (r *Rack) simulate(ctx context.Context) error {
	const windowsPerCheck = 4096
	reached := units.Time(0)
	for windows := 0; ; windows++ {
		if windows%windowsPerCheck == 0 {
			if err := r.check(ctx); err != nil {
				return err
			}
		}
		next := units.Never
		for i := range r.nodes {
			next = min(next, r.nodes[i].next())
		}
		for i := range r.pools {
			next = min(next, r.pools[i].next())
		}
		if next == units.Never {
			return nil
		}
		if err := r.rest(ctx, reached, next); err != nil {
			return err
		}
		until := next - next%r.window + r.window
		reached = until
		if err := r.runNodes(until); err != nil {
			return err
		}
		for i := range r.pools {
			if p := &r.pools[i]; p.next() < until {
				if err := p.run(until); err != nil {
					return fmt.Errorf("dmem: pool %d: %w", i, err)
				}
			}
		}
		r.activity()
		r.collect.passed(until - r.window)
		r.collect.take(r.nodes)
	}
}

// check tells the probe how far the run has come, and returns the error of a cancelled
// context.
func (r *Rack) check(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("dmem: stopped at %v: %w", r.collect.last, err)
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

// runNodes simulates all nodes up to until. A node that needs a chunk stops there, the
// others go on; then the grants are made in the order of time and node, each with the
// counters as of its time.
func (r *Rack) runNodes(until units.Time) error {
	var stalled *node
	for i := range r.nodes {
		n := &r.nodes[i]
		if n.next() >= until {
			continue
		}
		if err := n.run(until); err != nil {
			return fmt.Errorf("dmem: node %d: %w", i, err)
		}
		if n.stalled {
			stalled = n
		}
		r.ended = r.ended || n.issuer.ended()
	}
	for stalled != nil {
		for i := range r.nodes {
			if n := &r.nodes[i]; n.stalled && (n.now < stalled.now || n.now == stalled.now && n.id < stalled.id) {
				stalled = n
			}
		}
		if err := r.grant(stalled); err != nil {
			return err
		}
		if err := stalled.run(until); err != nil {
			return fmt.Errorf("dmem: node %d: %w", stalled.id, err)
		}
		r.ended = r.ended || stalled.issuer.ended()
		stalled = nil
		for i := range r.nodes {
			if r.nodes[i].stalled {
				stalled = &r.nodes[i]
				break
			}
		}
	}
	return nil
}

// grant has the manager give a chunk to the node that stopped for one.
func (r *Rack) grant(n *node) error {
	for i := range r.pools {
		p := &r.pools[i]
		r.traffic[i] = manager.PoolTraffic{Total: p.output.Entered(n.now), InFlight: p.inFlight, QueueDelay: p.wait}
	}
	if n.now > 0 {
		n.frames.SetRate(float64(n.remote) / float64(n.now) * float64(units.Microsecond))
	}
	g, err := r.manager.Grant(n.now, n.id, r.traffic)
	if err != nil {
		return fmt.Errorf("dmem: at %v: %w", n.now, err)
	}
	if f := r.probe.OnGrant; f != nil {
		f(&g)
	}
	return nil
}

// progress tells the probe how far the run has come.
func (r *Rack) progress() {
	if f := r.probe.OnProgress; f != nil {
		f(Progress{Accesses: r.collect.all, Simulated: r.collect.last, Share: r.share()})
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
