package fabric

import (
	"cmp"
	"math/bits"
	"slices"
	"sync/atomic"

	"github.com/dmemsys/dmemsys/dmem/units"
)

// Output is the receiving half of the way: an output port of the switch with a virtual
// output queue for each input, its round-robin arbiter, the link to the receiver, and the
// receiver's RMAC up to the unpacked packet.
type Output struct {
	inputs   []input
	eligible []uint64        // bit set over inputs with an arrived packet
	dirty    []atomic.Uint64 // bit set over inputs that pushed packets not yet collected; the senders set the bits
	bell     *atomic.Bool    // see Ring
	turn     int             // the input that is asked first
	arrivals []arrival
	first    int // arrivals before it are done

	link       line
	room       Buffer // the receiver's RMAC buffer
	rmac, prep pipe
	creditTime units.Time

	received uint64

	stale bool       // next is to be found again
	next  units.Time // what Next returned last
}

// input is what an output port knows of an input port: a cache line.
type input struct {
	voq     queue
	known   int32      // packets in the VOQ that have been collected
	arrived int32      // of these, those whose ready time has come
	pending units.Time // ready time of the first packet that is not collected
	credits *Buffer    // the sender's, for the VOQ
}

type arrival struct {
	ready units.Time
	input int
}

// Delivery is a packet that has reached the receiver.
type Delivery struct {
	Packet
	Input   int        // the sender's port
	Out     units.Time // when its transmission to the receiver began
	Arrived units.Time // when its last bit reached the receiver
	At      units.Time // when it is unpacked
}

// NewOutput returns an output port that takes packets from a number of inputs. Its
// configuration is valid.
func NewOutput(c *Config, inputs int) *Output {
	words := (inputs + 63) / 64
	o := &Output{
		inputs:     make([]input, inputs),
		eligible:   make([]uint64, words),
		dirty:      make([]atomic.Uint64, words),
		link:       line{Link: c.SwitchLink},
		room:       newBuffer(c.RMACBuffer),
		rmac:       pipe{Stage: c.RMAC},
		prep:       pipe{Stage: c.PacketPrep},
		creditTime: c.CreditReturn,
		stale:      true,
	}
	return o
}

// push appends a packet to the VOQ of an input. Ready times never decrease an input. It
// touches what belongs to this input only, but for a bit that says so: all senders may push
// at the same time, while the receiver rests.
func (o *Output) push(from int, p Packet) {
	in := &o.inputs[from]
	in.voq.push(p)
	if w, bit := &o.dirty[from>>6], uint64(1)<<(from&63); w.Load()&bit == 0 {
		in.pending = p.Ready
		w.Or(bit)
		if o.bell != nil && !o.bell.Load() {
			o.bell.Store(true)
		}
	}
}

// Ring has the port set a bell whenever a packet may change what [Output.Uncollected] returns,
// so that the receiver need not ask for it all the time.
func (o *Output) Ring(bell *atomic.Bool) { o.bell = bell }

// Uncollected returns the earliest ready time among the packets that have been pushed and
// not collected; [units.Never] without any.
func (o *Output) Uncollected() units.Time {
	t := units.Never
	for w := range o.dirty {
		for set := o.dirty[w].Load(); set != 0; set &= set - 1 {
			t = min(t, o.inputs[w<<6+bits.TrailingZeros64(set)].pending)
		}
	}
	return t
}

// Collect takes note of the packets that become ready before until. Until
// never decreases from call to call, and no packet that is pushed later is ready before it.
func (o *Output) Collect(until units.Time) {
	o.stale = true
	before := len(o.arrivals)
	for w := range o.dirty {
		for set := o.dirty[w].Load(); set != 0; set &= set - 1 {
			from := w<<6 + bits.TrailingZeros64(set)
			in := &o.inputs[from]
			if in.pending >= until {
				continue
			}
			q := &in.voq
			i := int(in.known)
			for i < q.n && q.at(i).Ready < until {
				o.arrivals = append(o.arrivals, arrival{q.at(i).Ready, from})
				i++
			}
			in.known = int32(i)
			if i == q.n {
				o.dirty[w].And(^(uint64(1) << (from & 63)))
			} else {
				in.pending = q.at(i).Ready
			}
		}
	}
	if len(o.arrivals) == before {
		return
	}
	o.arrivals = append(o.arrivals[:0], o.arrivals[o.first:]...)
	o.first = 0
	sortArrivals(o.arrivals)
}

// sortArrivals sorts by ready time and then by input. Mostly there are few, and those of one
// input are in order already.
func sortArrivals(a []arrival) {
	if len(a) > 64 {
		slices.SortFunc(a, func(a, b arrival) int {
			return cmp.Or(cmp.Compare(a.ready, b.ready), cmp.Compare(a.input, b.input))
		})
		return
	}
	for i := 1; i < len(a); i++ {
		x, k := a[i], i
		for ; k > 0 && (x.ready < a[k-1].ready || x.ready == a[k-1].ready && x.input < a[k-1].input); k-- {
			a[k] = a[k-1]
		}
		a[k] = x
	}
}

// Next returns when the port can next begin to transmit, or take note of a packet, as far
// as is known from the last call of Collect on; [units.Never] if nothing is. See
// [Output.Uncollected] for what was pushed since.
func (o *Output) Next() units.Time {
	if o.stale {
		o.next, o.stale = o.find(), false
	}
	return o.next
}

// find finds out what Next returns.
func (o *Output) find() units.Time {
	if from, ok := o.pick(); ok {
		p := o.inputs[from].voq.at(0)
		size := units.Bytes(p.Size)
		t := max(o.link.free, p.Ready)
		if o.room.free >= size {
			return t
		}
		t = min(o.room.Room(t, size), o.Uncollected()) // a packet not collected, or the next
		if o.first < len(o.arrivals) {                 // arrival, may be smaller or in turn before
			t = min(t, o.arrivals[o.first].ready)
		}
		return t
	}
	if o.first < len(o.arrivals) {
		return o.arrivals[o.first].ready
	}
	return o.Uncollected()
}

// Step does what is due at time now, which [Output.Next] returned: it notes packets that
// became ready and, if the link and the receiver allow, begins to transmit one.
func (o *Output) Step(now units.Time) (d Delivery, ok bool) {
	o.stale = true
	for o.first < len(o.arrivals) && o.arrivals[o.first].ready <= now {
		from := o.arrivals[o.first].input
		o.first++
		in := &o.inputs[from]
		if in.arrived++; in.arrived == 1 {
			o.eligible[from>>6] |= 1 << (from & 63)
		}
	}
	from, ok := o.pick()
	if !ok || o.link.free > now {
		return d, false
	}
	in := &o.inputs[from]
	size := units.Bytes(in.voq.at(0).Size)
	if !o.room.Take(now, size) {
		return d, false
	}
	d.Packet, d.Input, d.Out = in.voq.pop(), from, now
	in.known--
	if in.arrived--; in.arrived == 0 {
		o.eligible[from>>6] &^= 1 << (from & 63)
	}
	if o.turn = from + 1; o.turn == len(o.inputs) {
		o.turn = 0
	}
	var left units.Time
	left, d.Arrived = o.link.send(now, size)
	d.At = o.prep.pass(o.rmac.pass(d.Arrived))
	in.credits.Return(left+o.creditTime, size)
	o.received++
	return d, true
}

// pick returns the next input in turn that has an arrived packet.
func (o *Output) pick() (int, bool) {
	w := o.turn >> 6
	if set := o.eligible[w] >> (o.turn & 63); set != 0 {
		return o.turn + bits.TrailingZeros64(set), true
	}
	for i := 1; i <= len(o.eligible); i++ {
		v := w + i
		if v >= len(o.eligible) {
			v -= len(o.eligible)
		}
		if set := o.eligible[v]; set != 0 {
			return v<<6 + bits.TrailingZeros64(set), true
		}
	}
	return 0, false
}

// Release gives room in the receiver's RMAC buffer back at time at: the packet has been
// handed on. Releases come in order of time.
func (o *Output) Release(at units.Time, size units.Bytes) {
	o.room.Return(at+o.creditTime, size)
	o.stale = true
}

// Entered returns how many packets have entered the switch for this output up to and
// including time t, which lies not before what the receiver has been simulated to.
func (o *Output) Entered(t units.Time) uint64 {
	n := o.received
	for i := range o.inputs {
		q := &o.inputs[i].voq
		later := 0
		for later < q.n && q.at(q.n-1-later).Entry > t {
			later++
		}
		n += uint64(q.n - later)
	}
	return n
}

// Busy returns the total time the link to the receiver was transmitting before t.
func (o *Output) Busy(t units.Time) units.Time { return o.link.busyBefore(t) }

// Received returns the number of packets delivered.
func (o *Output) Received() uint64 { return o.received }

// Queued returns the number of packets in the virtual output queues.
func (o *Output) Queued() int {
	n := 0
	for i := range o.inputs {
		n += o.inputs[i].voq.n
	}
	return n
}
