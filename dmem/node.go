package dmem

import (
	"container/heap"

	"github.com/dmemsys/dmemsys/dmem/fabric"
	"github.com/dmemsys/dmemsys/dmem/manager"
	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/mmu"
	"github.com/dmemsys/dmemsys/dmem/trace"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// node is one side of the rack: a compute node with its memory management unit, its DRAM
// and its RMAC, and the switch's output port towards it.
type node struct {
	// What every round looks at stands together.
	egress  *fabric.Egress // towards the pools
	output  *fabric.Output // from the pools
	idleIn  units.Time     // nothing comes from the fabric before, but for what has been pushed since
	idleOut units.Time     // the node does nothing before, but for what credits allow
	now     units.Time     // of what the node did last
	err     error          // that stopped it at time now
	stalled bool           // the record to be issued next, at time now, needs a chunk first
	done    []uint32       // flights completed that the collector has not taken; it releases them

	id       mem.NodeID
	group    int
	end      units.Time // completion so far
	flights  flights
	waiting  ring[uint32] // flights in the source queue, waiting for room in the RMAC
	room     units.Time   // when the first of them may go
	faulting faults       // flights whose translation takes time
	pending  int          // accesses in the DRAM

	sizes  *fabric.Sizes
	stores bool // a store's fill is a write
	issuer issuer
	feed   *feed
	mmu    *mmu.MMU
	frames *manager.NodeMap
	dram   memory

	issued      uint64
	remote      uint64
	newest      mem.PAddr  // of the chunk granted last
	granted     units.Time // when that was
	fresh       uint64     // remote accesses to it
	first       units.Time // of the first access
	last        units.Time // of the last access so far
	localFullAt units.Time // when the local memory was used up

	active Sample // accesses issued while all nodes were active; the others are in the result
}

// issuer decides when the node's records issue.
type issuer interface {
	// next returns when the next record issues, [units.Never] if none is known to.
	next() units.Time
	// record returns it and its thread's index.
	record() (*record, int32)
	// issued takes note that the record issued at time now.
	issued(now units.Time) error
	// completed takes note that an access of a thread is known to complete at time at.
	completed(thread int32, write bool, at units.Time)
	// ended reports whether all records have issued.
	ended() bool
	// feedback reports whether completions decide when records issue.
	feedback() bool
}

// next returns when something happens at this node: what it knew when it ran last, what has
// been pushed since, and what credits have come.
func (n *node) next() units.Time {
	return min(n.nextIn(), n.nextOut())
}

// nextIn is next for what comes from the fabric.
func (n *node) nextIn() units.Time { return min(n.idleIn, n.output.Uncollected()) }

// nextOut is next for what the node itself does.
func (n *node) nextOut() units.Time { return min(n.idleOut, n.egress.Next()) }

// run simulates the node within the limits. A node in the closed loop goes to the end of the
// window. In the open loop nothing that comes from the fabric changes what the node does,
// but for credits, so that it goes on to the horizon as long as it has enough of them.
func (n *node) run(l *limits) error {
	n.output.Collect(l.window)
	if n.issuer.feedback() {
		return n.runBoth(l.window)
	}
	t := n.output.Next()
	for t < l.window {
		n.receive(t)
		t = n.output.Next()
	}
	n.idleIn = t
	if !n.goes() {
		return n.err
	}
	return n.runOut(l)
}

// runBoth simulates the node in the closed loop up to the time until, or to the access that
// needs a chunk. At one time, what comes from the fabric precedes what the node does.
func (n *node) runBoth(until units.Time) error {
	for {
		t, what := n.upcoming()
		in := n.output.Next()
		n.idleIn, n.idleOut = in, t
		if min(in, t) >= until {
			break
		}
		if in <= t {
			n.now = max(in, n.now)
			n.receive(n.now)
			continue
		}
		if err := n.do(what, t); err != nil || n.stalled {
			return err
		}
	}
	if n.pending > 0 {
		n.settle(until)
		n.idleOut = max(until, min(n.idleOut, n.issuer.next()))
	}
	return n.dram.Err()
}

// runOut simulates what the node does in the open loop up to the horizon, or to the access
// that needs a chunk, or to where it depends on credits that are not known yet.
func (n *node) runOut(l *limits) error {
	for !n.stalled {
		t, what := n.upcoming()
		if t >= l.horizon || t >= l.credits && !n.clear(t) {
			n.idleOut = t
			break
		}
		if err := n.do(what, t); err != nil {
			n.idleOut = n.now
			return err
		}
	}
	if n.pending > 0 {
		n.settle(n.reached(l))
	}
	return n.dram.Err()
}

// goes reports whether the node can go on: it neither stopped for a chunk nor failed.
func (n *node) goes() bool { return !n.stalled && n.err == nil }

// reached returns up to when all that the node does has been done, but for packets that wait
// for credit.
func (n *node) reached(l *limits) units.Time { return min(n.idleOut, l.horizon) }

// clear reports whether nothing can keep a packet that the node sends at time now from the
// link.
func (n *node) clear(now units.Time) bool {
	return n.waiting.n == 0 && n.egress.Clear(now, n.sizes.LargestRequest())
}

// settle has the local DRAM simulate all before t. If no more is to come, it simulates just
// what is pending: the DRAM's statistics then end where the run does, and not with a round.
func (n *node) settle(t units.Time) {
	if n.issuer.ended() && len(n.faulting) == 0 {
		for n.pending > 0 && n.dram.Err() == nil {
			n.dram.Advance(n.dram.Next() + 1)
			n.serve()
		}
		return
	}
	n.dram.advance(t)
	n.serve()
	if n.pending > 0 {
		n.idleOut = min(n.idleOut, max(t, n.dram.time(n.dram.Next())))
	}
}

// What a node does.
const (
	resume = iota // packets that waited for credit go on
	leave         // accesses leave the source queue
	serve         // the local DRAM completes an access that the next may wait for
	fault         // a translation that took time is done
	issue         // the next record issues
)

// upcoming returns what the node does next, and when.
func (n *node) upcoming() (t units.Time, what int) {
	t, what = n.egress.Next(), resume
	if n.waiting.n > 0 && n.room < t {
		t, what = n.room, leave
	}
	if n.pending > 0 && n.issuer.feedback() {
		if x := n.dram.next(); x < t {
			t, what = x, serve
		}
	}
	if len(n.faulting) > 0 && n.faulting[0].ready < t {
		t, what = n.faulting[0].ready, fault
	}
	if x := n.issuer.next(); x < t {
		t, what = x, issue
	}
	return t, what
}

// do does it.
func (n *node) do(what int, t units.Time) error {
	t = max(t, n.now)
	n.now = t
	switch what {
	case resume:
		n.egress.Resume(t)
		n.roomFrom(t)
	case leave:
		n.leave(t)
	case serve:
		n.dram.advance(t)
		n.serve()
	case fault:
		f := heap.Pop(&n.faulting).(faulting)
		n.dispatch(t, f.flight)
	case issue:
		return n.issue(t)
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
		n.idleOut = now
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

// dispatch sends a translated access to the local DRAM or to the RMAC.
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
	f.Pool, f.paddr = n.frames.Resolve(f.paddr)
	size := n.sizes.Request(f.Write)
	if n.waiting.n > 0 || !n.egress.Reserve(now, size) {
		n.waiting.push(i)
		n.roomFrom(now)
		return
	}
	n.egress.Send(now, int(f.Pool), i, note(f.paddr, f.Write), size)
}

// roomFrom finds out when the first access of the source queue may go to the RMAC.
func (n *node) roomFrom(now units.Time) {
	if n.waiting.n > 0 {
		n.room = n.egress.Room(now, n.sizes.Request(n.flights.slots[*n.waiting.first()].Write))
	}
}

// leave moves accesses from the source queue to the RMAC.
func (n *node) leave(now units.Time) {
	for n.waiting.n > 0 {
		i := *n.waiting.first()
		f := &n.flights.slots[i]
		size := n.sizes.Request(f.Write)
		if !n.egress.Reserve(now, size) {
			n.roomFrom(now)
			return
		}
		n.waiting.pop()
		f.Stages[mem.Source] = now - f.at
		f.at = now
		n.egress.Send(now, int(f.Pool), i, note(f.paddr, f.Write), size)
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
