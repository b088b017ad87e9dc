package dmem

import (
	"github.com/dmemsys/dmemsys/dmem/fabric"
	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/stats"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// poolSide is the other side of the rack: a memory pool with its RMAC and its DRAM, and the
// switch's output port towards it.
//
// A request is admitted to the memory controller's queue once the RMAC has room for its
// response; until the controller takes it, it occupies the RMAC's buffer.
type poolSide struct {
	id     mem.PoolID
	sizes  *fabric.Sizes
	nodes  []node
	output *fabric.Output // from the nodes
	egress *fabric.Egress // towards the nodes
	dram   memory

	inbox  ring[fabric.Delivery] // unpacked or about to be, in order of time
	admit  units.Time            // when the first of them can go on
	inside []request             // by tag: requests in the memory
	free   []uint32
	done   ring[served]

	now      units.Time
	idle     units.Time
	reached  units.Time   // all that the pool does before has been done
	inFlight uint64       // requests that have arrived and are not served
	wait     units.Time   // the last request's wait for the controller
	arrivals stats.Counts // requests that arrived
	err      error
	upcoming units.Time // when something happens next at this pool or because of it
	_        [64]byte
}

// request is an access in the memory.
type request struct {
	node   uint16
	flight uint32
	size   units.Bytes
	write  bool
	at     units.Time   // of its admission
	cycle  units.Cycles // the first that could have taken it
	taken  units.Time   // by the controller
	done   units.Time   // when its data are on the bus

	rmac           units.Time // in the RMACs, plus the time of its dispatch at the node
	link, inSwitch units.Time
}

// note tells the pool of a request what to do.
func note(a mem.PAddr, write bool) uint64 {
	w := uint64(0)
	if write {
		w = 1
	}
	return uint64(a)<<1 | w
}

// noted is the inverse of note.
func noted(n uint64) (a mem.PAddr, write bool) { return mem.PAddr(n >> 1), n&1 != 0 }

// served is a request whose data are on the bus at time at.
type served struct {
	at  units.Time
	tag uint32
}

// next returns when something happens at this pool; see [node.next].
func (p *poolSide) next() units.Time {
	return min(p.idle, p.output.Uncollected(), p.egress.Next())
}

// run simulates the pool within the limits, or to where it depends on credits that are not
// known yet.
func (p *poolSide) run(l *limits) error {
	p.output.Collect(l.pools)
	memory := p.dram.next()
	for {
		const (
			deliver = iota
			resume
			admit
			respond
			serve
		)
		t, what := p.output.Next(), deliver
		if x := p.egress.Next(); x < t {
			t, what = x, resume
		}
		if p.inbox.n > 0 && p.admit < t {
			t, what = p.admit, admit
		}
		if p.done.n > 0 && p.done.first().at < t {
			t, what = p.done.first().at, respond
		}
		if memory < t {
			t, what = memory, serve
		}
		if t >= l.pools || t >= l.poolCredits && !p.clear(t, what == respond) {
			p.idle = t
			return p.dram.Err()
		}
		t = max(t, p.now)
		p.now = t
		switch what {
		case deliver:
			if d, ok := p.output.Step(t); ok {
				p.inFlight++
				p.arrivals.Add(d.At)
				p.inbox.push(d)
				p.admitFrom(t)
			}
		case resume:
			p.egress.Resume(t)
			p.admitFrom(t)
		case admit:
			p.admitFirst(t)
			memory = p.dram.next()
		case respond:
			p.respond(p.done.pop())
			p.admitFrom(t)
		case serve:
			p.dram.advance(t)
			p.serve()
			memory = p.dram.next()
		}
	}
}

// clear reports whether nothing can keep what the pool sends at time now from the link: if
// it responds, the response, otherwise nothing but what waits aside.
func (p *poolSide) clear(now units.Time, responds bool) bool {
	if !responds {
		return !p.egress.Waiting()
	}
	r := &p.inside[p.done.first().tag]
	return p.egress.ClearTo(int(r.node), now, p.sizes.Response(r.write))
}

// admitFrom finds out when the first request of the inbox can go on, not before now.
func (p *poolSide) admitFrom(now units.Time) {
	if p.inbox.n > 0 {
		d := p.inbox.first()
		_, write := noted(d.Note)
		p.admit = p.egress.Room(max(now, d.At), p.sizes.Response(write))
	}
}

// admitFirst moves a request from the inbox to the memory.
func (p *poolSide) admitFirst(now units.Time) {
	d := p.inbox.first()
	addr, write := noted(d.Note)
	if !p.egress.Reserve(now, p.sizes.Response(write)) {
		p.admitFrom(now)
		return
	}
	var tag uint32
	if n := len(p.free); n > 0 {
		tag = p.free[n-1]
		p.free = p.free[:n-1]
	} else {
		tag = uint32(len(p.inside))
		p.inside = append(p.inside, request{})
	}
	cycle := p.dram.after(now)
	p.inside[tag] = request{
		node: uint16(d.Input), flight: d.Flight, size: units.Bytes(d.Size), write: write, at: now, cycle: cycle,
		rmac: d.Start + now - d.Arrived, link: d.Entry - d.Start + d.Arrived - d.Out, inSwitch: d.Out - d.Entry,
	}
	p.dram.Push(cycle, addr, write, tag)
	p.inbox.pop()
	p.admitFrom(now)
}

// serve takes acceptances and completions from the DRAM.
func (p *poolSide) serve() {
	for {
		at, tag, ok := p.dram.PopAccepted()
		if !ok {
			break
		}
		r := &p.inside[tag]
		p.wait = p.dram.time(at) - r.at
		p.output.Release(p.dram.time(at), r.size)
	}
	for {
		c, ok := p.dram.Pop()
		if !ok {
			return
		}
		r := &p.inside[c.Tag]
		r.taken = r.at
		if c.Accepted > r.cycle {
			r.taken = p.dram.time(c.Accepted)
		}
		r.done = p.dram.time(c.Done)
		p.done.push(served{r.done, c.Tag})
	}
}

// respond sends the response of a request whose data are on the bus.
func (p *poolSide) respond(s served) {
	r := &p.inside[s.tag]
	stages := &p.nodes[r.node].flights.slots[r.flight].Stages
	stages[mem.RMAC], stages[mem.Link], stages[mem.Switch] = r.rmac, r.link, r.inSwitch
	stages[mem.PoolQueue], stages[mem.DRAM] = r.taken-r.at, r.done-r.taken
	stages[mem.Return] = -r.done
	p.egress.Send(s.at, int(r.node), r.flight, 0, p.sizes.Response(r.write))
	p.inFlight--
	p.free = append(p.free, s.tag)
}
