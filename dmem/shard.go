package dmem

import (
	"runtime"
	"sync/atomic"

	"github.com/dmemsys/dmemsys/dmem/internal/crew"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// The kinds of phases of a round.
const (
	phaseNodes = iota // all nodes
	phasePools        // all pools, and the statistics of the nodes
	numPhases
)

// maxBlocks is how many tasks a worker's nodes make at most: enough to share them evenly,
// few enough that sharing costs little.
const maxBlocks = 8

// limits are the times up to which the parts of the rack are simulated in a round.
type limits struct {
	start   units.Time // nothing happens before, but that nodes receive
	window  units.Time // the end of the window of the lookahead's length that begins there
	credits units.Time // the credits that nodes have before are known
	horizon units.Time // how far nodes go that depend on nothing else
	// Once the nodes have run:
	issued      units.Time // all that nodes issue before has been issued
	pools       units.Time // how far pools go
	poolCredits units.Time // the credits that pools have before are known
}

// block is some neighbouring nodes, one task of a phase, and what they did in it.
type block struct {
	nodes     []node
	glances   []glance
	rung      []atomic.Bool // by node: a packet has come that its glance does not know of
	next      units.Time    // when something happens at one of them
	issued    units.Time    // all that they issue before has been issued
	reached   units.Time    // all that they do before has been done
	ran       int           // nodes that had something to do
	completed []int         // those with completions that the collector has not taken
	stalled   bool          // one needs a chunk
	aside     bool          // one has packets that wait for credit: next may be earlier once the pools have run
	ended     bool          // one has issued its last access in this round
	failed    bool
	_         [64]byte
}

// glance is what a round has to know of a node in which nothing happens. Those of a block stand
// together, so that it costs little to pass such nodes by.
type glance struct {
	in     units.Time // nothing comes from the fabric before
	issued units.Time // all that the node issues before has been issued
	did    units.Time // all that it does before has been done
	look   bool       // that is not all there is to know
}

// defaultWorkers returns how many workers a rack is worth: a round of fewer than eight
// nodes a worker is too short to be shared.
func defaultWorkers(nodes int) int {
	return max(1, min(runtime.GOMAXPROCS(0), nodes/8))
}

// split divides n things among workers; it returns the first of each and, at the end, n.
func split(n, workers int) []int {
	first := make([]int, workers+1)
	for w := range first {
		first[w] = w * n / workers
	}
	return first
}

// newCrew returns the crew that simulates the rack: every worker owns some nodes and some
// pools.
func (r *Rack) newCrew() *crew.Crew {
	workers := max(1, min(r.workers, len(r.nodes)))
	r.blocks = nil
	size := (len(r.nodes) + workers*maxBlocks - 1) / (workers * maxBlocks)
	for i := 0; i < len(r.nodes); i += size {
		end := min(i+size, len(r.nodes))
		b := block{nodes: r.nodes[i:end], rung: r.rung[i:end], glances: make([]glance, end-i)}
		for k := range b.glances {
			b.glances[k].look = true
		}
		r.blocks = append(r.blocks, b)
	}
	r.collect.share(workers)
	blocks, pools := split(len(r.blocks), workers), split(len(r.pools), workers)
	var phases [numPhases]crew.Phase
	for w := range workers {
		b, p := blocks[w+1]-blocks[w], pools[w+1]-pools[w]
		phases[phaseNodes].Tasks = append(phases[phaseNodes].Tasks, b)
		phases[phasePools].Tasks = append(phases[phasePools].Tasks, p+b)
	}
	phases[phaseNodes].Do = func(_, owner, task int) { r.blocks[blocks[owner]+task].run(&r.limits) }
	phases[phasePools].Do = func(worker, owner, task int) {
		if n := pools[owner+1] - pools[owner]; task >= n {
			b := &r.blocks[blocks[owner]+task-n]
			for _, i := range b.completed {
				r.collect.take(worker, &b.nodes[i], r.limits.issued)
				b.glances[i].look = b.nodes[i].peculiar()
			}
		} else {
			r.pools[pools[owner]+task].round(&r.limits)
		}
	}
	return crew.New(workers, phases[:]...)
}

// run simulates the nodes within the limits.
func (b *block) run(l *limits) {
	b.ran = 0
	b.clear(l)
	for i := range b.glances {
		g := &b.glances[i]
		rung := b.rung[i].Load()
		if !rung && !g.look && g.in >= l.window && g.did >= l.horizon {
			b.next = min(b.next, g.in, g.did)
			b.issued = min(b.issued, g.issued)
			b.reached = min(b.reached, g.did)
			continue
		}
		if rung {
			b.rung[i].Store(false)
		}
		n := &b.nodes[i]
		if n.nextIn() < l.window || n.issues(l) || n.sends(l) {
			b.ran++
			n.err = n.run(l)
			if !n.ended && n.issuer.ended() {
				n.ended, b.ended = true, true
			}
		}
		b.note(i, l)
	}
}

// review takes note anew of how far the nodes have come.
func (b *block) review(l *limits) {
	b.clear(l)
	for i := range b.nodes {
		b.note(i, l)
	}
}

func (b *block) clear(l *limits) {
	b.stalled, b.aside, b.failed = false, false, false
	b.next, b.issued, b.reached = units.Never, l.horizon, l.horizon
	b.completed = b.completed[:0]
}

func (b *block) note(i int, l *limits) {
	n := &b.nodes[i]
	b.next = min(b.next, n.next())
	b.issued = min(b.issued, n.issuedTo(l))
	b.reached = min(b.reached, n.reached(l))
	b.failed = b.failed || n.err != nil && n.now < l.window
	b.stalled = b.stalled || n.stalled
	b.aside = b.aside || n.egress.Waiting()
	if len(n.done) > 0 {
		b.completed = append(b.completed, i)
	}
	b.glances[i] = glance{n.nextIn(), n.idleIssue, min(n.idleIssue, n.idleSend), n.peculiar()}
}

// peculiar reports whether the times at which things happen at the node are not all there is to
// know of it.
func (n *node) peculiar() bool {
	return n.stalled || n.err != nil || len(n.done) > 0 || n.egress.Waiting()
}

// round simulates the pool within the limits.
func (p *poolSide) round(l *limits) {
	if p.next() < l.pools {
		p.err = p.run(l)
	}
	p.reached = min(l.pools, p.idle)
	if p.egress.Waiting() {
		p.reached = min(p.reached, l.poolCredits)
	}
	p.upcoming = min(p.next(), p.egress.Earliest())
}

// sharedFrom returns how many nodes must have had something to do in a round for the next to
// be worth sharing. In the closed loop a round is but one window long.
func sharedFrom(l Loop) int {
	if l == Closed {
		return 24
	}
	return 6
}

// quiet reports whether the last round had too little to do to be worth sharing.
func (r *Rack) quiet() bool {
	n := 0
	for i := range r.blocks {
		n += r.blocks[i].ran
	}
	return n < r.sharedFrom
}

// first returns when something happens first.
func (r *Rack) first() units.Time {
	next := units.Never
	for i := range r.nodes {
		next = min(next, r.nodes[i].next())
	}
	return next
}

// next returns when something happens next in the rack, given what the phases of the last
// round have found.
func (r *Rack) next() units.Time {
	next := units.Never
	for i := range r.blocks {
		b := &r.blocks[i]
		next = min(next, b.next)
		if b.aside {
			for k := range b.nodes {
				next = min(next, b.nodes[k].next())
			}
		}
	}
	for i := range r.pools {
		next = min(next, r.pools[i].upcoming)
	}
	return next
}
