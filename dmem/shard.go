package dmem

import (
	"runtime"

	"github.com/dmemsys/dmemsys/dmem/units"
)

// The kinds of phases of a window.
const (
	phaseNodes = iota // all nodes
	phasePools        // all pools, and the statistics of the nodes
	numPhases
)

// maxBlocks is how many tasks a worker's nodes make at most: enough to share them evenly,
// few enough that sharing costs little.
const maxBlocks = 8

// block is some neighbouring nodes, one task of a phase, and what they did in it.
type block struct {
	nodes   []node
	next    units.Time // when something happens at one of them
	ran     int        // nodes that had something to do
	stalled bool       // one needs a chunk
	aside   bool       // one has packets that wait for credit: next may be earlier once the pools have run
	ended   bool       // one has issued its last access
	failed  bool
	_       [64]byte
}

// defaultWorkers returns how many workers a rack is worth: a window of fewer than eight
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
func (r *Rack) newCrew() *crew {
	workers := max(1, min(r.workers, len(r.nodes)))
	r.blocks = nil
	size := (len(r.nodes) + workers*maxBlocks - 1) / (workers * maxBlocks)
	for i := 0; i < len(r.nodes); i += size {
		r.blocks = append(r.blocks, block{nodes: r.nodes[i:min(i+size, len(r.nodes))]})
	}
	r.collect.share(workers)
	blocks, pools := split(len(r.blocks), workers), split(len(r.pools), workers)
	var phases [numPhases]phase
	for w := range workers {
		b, p := blocks[w+1]-blocks[w], pools[w+1]-pools[w]
		phases[phaseNodes].tasks = append(phases[phaseNodes].tasks, b)
		phases[phasePools].tasks = append(phases[phasePools].tasks, p+b)
	}
	phases[phaseNodes].do = func(_, owner, task int) { r.blocks[blocks[owner]+task].run(r.until) }
	phases[phasePools].do = func(worker, owner, task int) {
		if n := pools[owner+1] - pools[owner]; task >= n {
			r.collect.take(worker, r.blocks[blocks[owner]+task-n].nodes)
		} else {
			r.pools[pools[owner]+task].window(r.until)
		}
	}
	return newCrew(workers, phases[:]...)
}

// run simulates the nodes up to the time until, or to the access that needs a chunk.
func (b *block) run(until units.Time) {
	b.ran, b.stalled, b.aside, b.failed = 0, false, false, false
	b.next = units.Never
	for i := range b.nodes {
		n := &b.nodes[i]
		next := n.next()
		if next < until {
			b.ran++
			n.err = n.run(until)
			b.ended = b.ended || n.issuer.ended()
			if n.stalled {
				b.stalled = true
				continue
			}
			next = n.next()
		}
		b.note(n, next)
	}
}

// note takes note of a node that has reached the end of the window, and of its next time.
func (b *block) note(n *node, next units.Time) {
	b.next = min(b.next, next)
	b.aside = b.aside || n.egress.Waiting()
	b.failed = b.failed || n.err != nil
}

// window simulates the pool up to the time until.
func (p *poolSide) window(until units.Time) {
	if p.next() < until {
		p.err = p.run(until)
	}
	p.upcoming = min(p.next(), p.egress.Earliest())
}

// sharedFrom is how many nodes must have had something to do in a window for the next to
// be worth sharing.
const sharedFrom = 12

// quiet reports whether the last window had too little to do to be worth sharing.
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
// window have found.
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
