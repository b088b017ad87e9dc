package fabric

import (
	"cmp"
	"fmt"
	"slices"
	"testing"

	"github.com/dmemsys/dmemsys/dmem/units"
)

// A rig drives senders and receivers through windows of the lookahead, as a rack does: all
// senders first, then all receivers.
type rig struct {
	c       Config
	senders []sender
	outputs []*Output
	hold    units.Time // from a packet's delivery until its room in the receiver is released
	deliver func(dst int, d *Delivery)
	window  func(start, until units.Time) // after the senders' part of a window; may be nil
	handed  []load                        // by flight, with the time it was sent; kept if record is set
	record  bool
	last    Delivery
}

// load is a packet to be sent at a time or later.
type load struct {
	at    units.Time
	input int
	dst   int
	size  units.Bytes
}

type sender struct {
	e    *Egress
	next func() (load, bool) // the packets in order of time; false: no more
	head load
	more bool
	room units.Time
	now  units.Time
}

func newRig(c Config, inputs, outputs int) *rig {
	r := &rig{c: c, senders: make([]sender, inputs), deliver: func(int, *Delivery) {}}
	for range outputs {
		r.outputs = append(r.outputs, NewOutput(&c, inputs))
	}
	for i := range r.senders {
		r.senders[i].e = NewEgress(&c, i, r.outputs)
	}
	return r
}

// feed gives input its packets.
func (r *rig) feed(input int, next func() (load, bool)) {
	s := &r.senders[input]
	s.next = next
	s.head, s.more = next()
}

// run simulates until nothing happens any more, or up to the end if that is earlier.
func (r *rig) run(end units.Time) {
	window := r.c.Lookahead()
	for {
		next := units.Never
		for i := range r.senders {
			next = min(next, r.senders[i].due())
		}
		for _, o := range r.outputs {
			next = min(next, o.Next(), o.Uncollected())
		}
		if next >= end {
			return
		}
		start := next - next%window
		until := start + window
		for i := range r.senders {
			r.send(i, start, until)
		}
		if r.window != nil {
			r.window(start, until)
		}
		for i := range r.outputs {
			r.receive(i, start, until)
		}
	}
}

// belated fails: what was to happen in an earlier window was not told in time.
func (r *rig) belated(t, start units.Time) {
	panic(fmt.Sprintf("the event at %d ps is told in the window that starts at %d ps", t, start))
}

func (s *sender) due() units.Time {
	t := s.e.Next()
	if s.more {
		t = min(t, max(s.head.at, s.room, s.now))
	}
	return t
}

func (r *rig) send(input int, start, until units.Time) {
	s := &r.senders[input]
	for {
		t := s.due()
		if t >= until {
			return
		}
		if t < start {
			r.belated(t, start)
		}
		s.now = max(s.now, t)
		if s.e.Next() <= s.now {
			s.e.Resume(s.now)
			s.room = 0
			continue
		}
		if !s.e.Reserve(s.now, s.head.size) {
			s.room = s.e.Room(s.now, s.head.size)
			continue
		}
		flight := uint32(0)
		if r.record {
			flight = uint32(len(r.handed))
			r.handed = append(r.handed, load{s.now, input, s.head.dst, s.head.size})
		}
		s.e.Send(s.now, s.head.dst, flight, 0, s.head.size)
		s.head, s.more = s.next()
	}
}

func (r *rig) receive(i int, start, until units.Time) {
	o := r.outputs[i]
	o.Collect(until)
	for {
		t := o.Next()
		if t >= until {
			return
		}
		if t < start {
			r.belated(t, start)
		}
		if d, ok := o.Step(t); ok {
			o.Release(d.At+r.hold, units.Bytes(d.Size))
			r.last = d
			r.deliver(i, &r.last)
		}
	}
}

// packets returns a feed of given packets.
func packets(ps ...load) func() (load, bool) {
	return func() (load, bool) {
		if len(ps) == 0 {
			return load{}, false
		}
		p := ps[0]
		ps = ps[1:]
		return p, true
	}
}

// repeat returns a feed of n packets as early as possible.
func repeat(n, dst int, size units.Bytes) func() (load, bool) {
	return func() (load, bool) {
		n--
		return load{dst: dst, size: size}, n >= 0
	}
}

// span is room in use for a time.
type span struct {
	from, to units.Time
	size     units.Bytes
}

// peak returns the most room in use at once. Room that is freed is free at that very time.
func peak(spans []span) units.Bytes {
	type change struct {
		at   units.Time
		size int64
	}
	var all []change
	for _, s := range spans {
		all = append(all, change{s.from, int64(s.size)}, change{s.to, -int64(s.size)})
	}
	slices.SortFunc(all, func(a, b change) int {
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.size, b.size))
	})
	var used, most int64
	for _, c := range all {
		used += c.size
		most = max(most, used)
	}
	return units.Bytes(most)
}

func TestPeak(t *testing.T) {
	got := peak([]span{{0, 10, 5}, {10, 20, 6}, {19, 21, 7}})
	if got != 13 {
		t.Errorf("peak %d, want 13", got)
	}
}
