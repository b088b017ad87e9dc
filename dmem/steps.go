package dmem

import (
	"container/heap"

	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/trace"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// What a node does.
const (
	resume = iota // packets that waited for credit go on
	leave         // accesses leave the source queue
	post          // an access of the outbox goes to the RMAC, or to the source queue
	serve         // the local DRAM completes an access that the next may wait for
	fault         // a translation that took time is done
	issue         // the next record issues
)

// nextSend returns what the node's sending side does next, and when.
func (n *node) nextSend() (t units.Time, what int) {
	t, what = n.egress.Next(), resume
	if n.waiting.n > 0 && n.room < t {
		t, what = n.room, leave
	}
	if n.outbox.n > 0 && n.outbox.first().at < t {
		t, what = n.outbox.first().at, post
	}
	return t, what
}

// nextIssue returns what the node's issuing side does next, and when, but for its memory.
func (n *node) nextIssue() (t units.Time, what int) {
	t, what = n.issuer.next(), issue
	if len(n.faulting) > 0 && n.faulting[0].ready <= t {
		t, what = n.faulting[0].ready, fault
	}
	return t, what
}

// do does it.
func (n *node) do(what int, now units.Time) error {
	switch what {
	case resume:
		n.egress.Resume(now)
		n.roomFrom(now)
	case leave:
		n.leave(now)
	case post:
		n.post(now)
	case serve:
		n.dram.advance(now)
		n.serve()
	case fault:
		f := heap.Pop(&n.faulting).(faulting)
		n.dispatch(now, f.flight)
	case issue:
		return n.issue(now)
	}
	return nil
}

// issue translates the next record and sends it on its way.
func (n *node) issue(now units.Time) error {
	r, thread := n.issuer.record()
	t, err := n.mmu.Translate(now, r.process, r.addr)
	if err != nil {
		return err
	}
	if n.stalled = t.NeedsChunk; n.stalled {
		n.idleIssue = now
		return nil
	}
	i := n.flights.alloc()
	f := &n.flights.slots[i]
	f.Access = Access{
		Node: n.id, Thread: r.thread, Process: r.process, Kind: r.kind, Addr: r.addr, Remote: t.Remote,
		Write: r.kind == trace.WriteBack || n.stores && r.kind == trace.StoreFill,
		Issue: now,
	}
	f.Stages[mem.Translate] = t.Ready - now
	f.thread, f.paddr = thread, t.Addr
	if n.issued == 0 {
		n.first = now
	}
	if t.Fault && n.localFullAt == units.Never && n.frames.LocalFree() == 0 {
		n.localFullAt = now
	}
	n.issued++
	n.last = now
	if t.Ready > now {
		heap.Push(&n.faulting, faulting{t.Ready, n.issued, i})
	} else {
		n.dispatch(now, i)
	}
	return n.issuer.issued(now)
}

// dispatch sends a translated access to the local DRAM or into the outbox.
func (n *node) dispatch(now units.Time, i uint32) {
	f := &n.flights.slots[i]
	f.at = now
	if !f.Remote {
		n.pending++
		n.dram.Push(n.dram.at(now), f.paddr, f.Write, i)
		return
	}
	n.remote++
	if f.paddr >= n.newest {
		n.fresh++
	}
	pool, addr := n.frames.Resolve(f.paddr)
	f.Pool = pool
	n.outbox.push(parcel{now, note(addr, f.Write), i, pool})
}

// size returns the size of the request.
func (n *node) size(p *parcel) units.Bytes {
	_, write := noted(p.note)
	return n.sizes.Request(write)
}

// post sends the first access of the outbox to the RMAC or, if that is full, to the source
// queue.
func (n *node) post(now units.Time) {
	p := n.outbox.pop()
	if n.waiting.n > 0 || !n.egress.Reserve(now, n.size(&p)) {
		n.waiting.push(p)
		n.roomFrom(now)
		return
	}
	n.egress.Send(now, int(p.pool), p.flight, p.note, n.size(&p))
}

// roomFrom finds out when the first access of the source queue may go to the RMAC.
func (n *node) roomFrom(now units.Time) {
	if n.waiting.n > 0 {
		n.room = n.egress.Room(now, n.size(n.waiting.first()))
	}
}

// leave moves accesses from the source queue to the RMAC.
func (n *node) leave(now units.Time) {
	for n.waiting.n > 0 {
		if !n.egress.Reserve(now, n.size(n.waiting.first())) {
			n.roomFrom(now)
			return
		}
		p := n.waiting.pop()
		f := &n.flights.slots[p.flight]
		f.Stages[mem.Source] = now - f.at
		f.at = now
		n.egress.Send(now, int(p.pool), p.flight, p.note, n.size(&p))
	}
}

// serve takes the completions of the local DRAM.
func (n *node) serve() {
	for {
		c, ok := n.dram.Pop()
		if !ok {
			return
		}
		n.pending--
		f := &n.flights.slots[c.Tag]
		f.Done = n.dram.time(c.Done)
		f.Stages[mem.DRAM] = f.Done - f.at
		n.complete(c.Tag)
	}
}

// receive does what is due at the switch's output at time t, and takes a response if one
// comes of it.
func (n *node) receive(t units.Time) {
	d, ok := n.output.Step(t)
	if !ok {
		return
	}
	n.output.Release(d.At, units.Bytes(d.Size))
	f := &n.flights.slots[d.Flight]
	f.Done = d.At
	f.Stages[mem.RMAC] -= f.at
	f.Stages[mem.Return] += d.At
	n.complete(d.Flight)
}

func (n *node) complete(i uint32) {
	f := &n.flights.slots[i]
	n.issuer.completed(f.thread, f.Kind == trace.WriteBack, f.Done)
	n.done = append(n.done, i)
}

// faulting is a flight whose page or map entry is not there yet.
type faulting struct {
	ready  units.Time
	order  uint64
	flight uint32
}

// faults is a heap of them, by time and then in order of issue.
type faults []faulting

func (h faults) Len() int { return len(h) }
func (h faults) Less(i, j int) bool {
	return h[i].ready < h[j].ready || h[i].ready == h[j].ready && h[i].order < h[j].order
}
func (h faults) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *faults) Push(x any)   { *h = append(*h, x.(faulting)) }
func (h *faults) Pop() any {
	last := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return last
}
