package fabric

import (
	"math/bits"

	"github.com/dmemsys/dmemsys/dmem/units"
)

// Egress is the sending half of the way: packet preparation, RMAC processing, the RMAC's
// queue, the link to the switch and the processing at its input port.
//
// Packets are sent in the order in which they are ready. A packet without credit for its
// virtual output queue waits aside, and those behind it to the same output wait with it;
// packets to other outputs pass. When none waits for a credit a packet's time on the link is
// decided as soon as it is handed over; while one does, not before the packet is ready, so
// that the idle link is not promised to a packet still in preparation.
type Egress struct {
	prep, rmac, port pipe
	link             line
	queue            Buffer
	out              []*Output
	input            int      // this sender's input port
	credits          []Buffer // per output: room in the VOQ
	aside            []queue  // per output: packets without credit, and packets handed over while others wait
	waiting          []uint64 // bit set over outputs with packets aside
	numAside         int
	sent             uint64
	earliest         units.Time // see Earliest
}

// NewEgress returns the sending side at input port number input, connected to outputs.
// Its configuration is valid. Every VOQ gets an equal share of the port's buffer, at least
// one of the largest packets.
func NewEgress(c *Config, input int, outputs []*Output) *Egress {
	e := &Egress{
		prep:    pipe{Stage: c.PacketPrep},
		rmac:    pipe{Stage: c.RMAC},
		port:    pipe{Stage: c.Switch},
		link:    line{Link: c.RMACLink},
		queue:   newBuffer(c.RMACQueue),
		out:     outputs,
		input:   input,
		credits: make([]Buffer, len(outputs)),
		aside:   make([]queue, len(outputs)),
		waiting: make([]uint64, (len(outputs)+63)/64),

		earliest: units.Never,
	}
	largest := max(c.Sizes.ReadRequest, c.Sizes.ReadResponse, c.Sizes.WriteRequest, c.Sizes.WriteAck)
	share := max(c.PortBuffer/units.Bytes(len(outputs)), largest)
	for d, o := range outputs {
		e.credits[d] = newBuffer(share)
		o.inputs[input].credits = &e.credits[d]
	}
	return e
}

// Reserve takes room in the RMAC's queue; false when there is not enough. Each reserved
// packet is then handed over by [Egress.Send].
func (e *Egress) Reserve(now units.Time, size units.Bytes) bool { return e.queue.Take(now, size) }

// Room returns when size is free in the RMAC's queue, as far as is known.
func (e *Egress) Room(now units.Time, size units.Bytes) units.Time { return e.queue.Room(now, size) }

// Send hands over a packet for output dst at time now, not before the previous one. Its
// room has been reserved. Flight and note are for the receiver.
func (e *Egress) Send(now units.Time, dst int, flight uint32, note uint64, size units.Bytes) {
	p := Packet{Flight: flight, Note: note, Size: uint32(size), Ready: e.rmac.pass(e.prep.pass(now))}
	e.sent++
	if e.numAside == 0 && e.credits[dst].Take(now, size) {
		e.transmit(dst, p)
		return
	}
	e.aside[dst].push(p)
	e.waiting[dst>>6] |= 1 << (dst & 63)
	e.numAside++
}

// Clear reports whether no packet waits aside, and each virtual output queue has room for size
// at time now, as far as is known: more room may have come.
func (e *Egress) Clear(now units.Time, size units.Bytes) bool {
	if e.numAside > 0 {
		return false
	}
	for i := range e.credits {
		if !e.credits[i].holds(now, size) {
			return false
		}
	}
	return true
}

// ClearTo is Clear for packets to output dst, whose room in the RMAC's queue is reserved.
func (e *Egress) ClearTo(dst int, now units.Time, size units.Bytes) bool {
	return e.numAside == 0 && e.credits[dst].holds(now, size)
}

func (e *Egress) transmit(dst int, p Packet) {
	size := units.Bytes(p.Size)
	p.Start = max(p.Ready, e.link.free)
	left, arrived := e.link.send(p.Start, size)
	e.queue.Return(left, size)
	p.Entry = arrived
	p.Ready = e.port.pass(arrived)
	e.earliest = min(e.earliest, p.Ready)
	e.out[dst].push(e.input, p)
}

// Next returns the time at which [Egress.Resume] should be called: when a packet aside is
// ready and has a credit, as far as is known; [units.Never] if there is none.
func (e *Egress) Next() units.Time {
	next := units.Never
	if e.numAside == 0 {
		return next
	}
	for w, set := range e.waiting {
		for ; set != 0; set &= set - 1 {
			d := w<<6 + bits.TrailingZeros64(set)
			p := e.aside[d].at(0)
			next = min(next, e.credits[d].Room(p.Ready, units.Bytes(p.Size)))
		}
	}
	return next
}

// Resume sends the packets aside that are ready and have credit by time now, in the order
// in which they were ready. Once none waits for a credit, it sends all others too.
func (e *Egress) Resume(now units.Time) {
	for e.numAside > 0 {
		dst, ready, starved := -1, units.Never, false
		for w, set := range e.waiting {
			for ; set != 0; set &= set - 1 {
				d := w<<6 + bits.TrailingZeros64(set)
				p := e.aside[d].at(0)
				if room := e.credits[d].Room(now, units.Bytes(p.Size)); room > now {
					starved = true
				} else if p.Ready < ready {
					dst, ready = d, p.Ready
				}
			}
		}
		if dst < 0 || starved && ready > now {
			return
		}
		p := e.aside[dst].pop()
		if e.numAside--; e.aside[dst].n == 0 {
			e.waiting[dst>>6] &^= 1 << (dst & 63)
		}
		e.credits[dst].Take(now, units.Bytes(p.Size))
		p.Ready = max(p.Ready, now)
		e.transmit(dst, p)
	}
}

// Earliest returns when the first of the packets transmitted since the last call is ready in
// its virtual output queue; [units.Never] if there was none.
func (e *Egress) Earliest() units.Time {
	t := e.earliest
	e.earliest = units.Never
	return t
}

// Waiting reports whether packets wait aside for credit.
func (e *Egress) Waiting() bool { return e.numAside > 0 }

// Busy returns the total time the link to the switch was transmitting before t. Where t is
// not the end of all traffic, it is exact to the time a packet spends in the RMAC.
func (e *Egress) Busy(t units.Time) units.Time { return e.link.busyBefore(t) }

// Sent returns the number of packets handed over.
func (e *Egress) Sent() uint64 { return e.sent }
