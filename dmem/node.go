package dmem

import (
	"github.com/dmemsys/dmemsys/dmem/fabric"
	"github.com/dmemsys/dmemsys/dmem/manager"
	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/mmu"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// node is one side of the rack: a compute node with its memory management unit, its DRAM
// and its RMAC, and the switch's output port towards it.
type node struct {
	// What every round looks at stands together.
	egress    *fabric.Egress // towards the pools
	output    *fabric.Output // from the pools
	idleIn    units.Time     // nothing comes from the fabric before, but for what has been pushed since
	idleIssue units.Time     // nothing is issued before
	idleSend  units.Time     // nothing is sent before, but for what is issued and what credits allow
	now       units.Time     // of what was issued last
	sent      units.Time     // of what was sent last
	err       error          // that stopped it at time now
	stalled   bool           // the record to be issued next, at time now, needs a chunk first
	ended     bool           // it has issued its last access
	done      []uint32       // flights completed that the collector has not taken; it releases them

	id       mem.NodeID
	group    int
	end      units.Time // completion so far
	flights  flights
	outbox   ring[parcel] // to be sent, in order of time
	waiting  ring[parcel] // in the source queue, waiting for room in the RMAC
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
func (n *node) nextOut() units.Time { return min(n.idleIssue, n.idleSend, n.egress.Next()) }

// run simulates the node within the limits. A node in the closed loop goes to the end of the
// window. In the open loop nothing that comes from the fabric changes what the node does,
// but for credits, so that it issues on to the horizon, and sends on as long as it has enough of
// them.
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
	if n.issues(l) {
		n.err = n.runIssue(l.horizon)
	}
	n.runSend(l)
	return n.err
}

// runBoth simulates the node in the closed loop up to the time until, or to the access that
// needs a chunk. At one time, what comes from the fabric precedes what the node does.
func (n *node) runBoth(until units.Time) error {
	for {
		send, what := n.nextSend()
		t, issues := n.nextIssue()
		if n.pending > 0 {
			if x := n.dram.next(); x <= t {
				t, issues = x, serve
			}
		}
		if t < send {
			what = issues
		}
		in := n.output.Next()
		n.idleIn, n.idleSend, n.idleIssue = in, send, t
		t = min(t, send)
		if min(in, t) >= until {
			break
		}
		n.now = max(min(in, t), n.now)
		if in <= t {
			n.receive(n.now)
			continue
		}
		if err := n.do(what, n.now); err != nil || n.stalled {
			return err
		}
	}
	if n.pending > 0 {
		n.settle(until)
		n.idleIssue = max(until, min(n.idleIssue, n.issuer.next()))
	}
	return n.dram.Err()
}

// runIssue simulates in the open loop what the node issues before the time until, or before
// the access that needs a chunk, and its local memory. It depends on nothing else in the rack.
func (n *node) runIssue(until units.Time) error {
	for !n.stalled {
		t, what := n.nextIssue()
		n.idleIssue = t
		if t >= until {
			break
		}
		n.now = max(t, n.now)
		if err := n.do(what, n.now); err != nil {
			n.idleIssue = n.now
			return err
		}
	}
	if n.pending > 0 {
		n.settle(min(n.idleIssue, until))
	}
	return n.dram.Err()
}

// runSend simulates in the open loop what the node sends of what it has issued, up to the
// horizon or to where it depends on credits that are not known yet.
func (n *node) runSend(l *limits) {
	until := min(l.horizon, n.idleIssue)
	for {
		t, what := n.nextSend()
		n.idleSend = t
		if t >= until || t >= l.credits && !n.clear(t) {
			return
		}
		n.sent = max(t, n.sent)
		n.do(what, n.sent)
	}
}

// issues reports whether the node has something to issue within the limits, and neither stopped
// for a chunk nor failed.
func (n *node) issues(l *limits) bool { return n.idleIssue < l.horizon && !n.stalled && n.err == nil }

// sends reports whether the node may have something to send within the limits.
func (n *node) sends(l *limits) bool {
	return min(n.idleSend, n.egress.Next()) < min(l.horizon, n.idleIssue)
}

// issuedTo returns up to when all that the node issues has been issued.
func (n *node) issuedTo(l *limits) units.Time { return min(n.idleIssue, l.horizon) }

// reached returns up to when all that the node does has been done, but for packets that wait
// for credit.
func (n *node) reached(l *limits) units.Time { return min(n.idleSend, n.issuedTo(l)) }

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
		n.idleIssue = min(n.idleIssue, max(t, n.dram.time(n.dram.Next())))
	}
}
