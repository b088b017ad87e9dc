package fabric

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/dmemsys/dmemsys/dmem/units"
)

// TestFairShares saturates one output from many inputs: at any time since all of them have
// a packet waiting, no two differ by more than one packet.
func TestFairShares(t *testing.T) {
	for _, inputs := range []int{2, 3, 63, 64, 65, 130, 200} {
		t.Run(fmt.Sprint(inputs), func(t *testing.T) {
			r := newRig(Default(), inputs, 1)
			const each = 300
			for i := range inputs {
				r.feed(i, repeat(each, 0, 64))
			}
			got := make([]int, inputs)
			order := []int{}
			r.deliver = func(_ int, d *Delivery) {
				got[d.Input]++
				order = append(order, d.Input)
				if n := got[d.Input]; n < each && slices.Max(got)-slices.Min(got) > 1 {
					t.Fatalf("after %d packets the inputs had %v", len(order), got)
				}
			}
			r.run(units.Never)
			if len(order) != inputs*each {
				t.Fatalf("%d packets arrive, want %d", len(order), inputs*each)
			}
			for i, input := range order {
				if input != i%inputs {
					t.Fatalf("packet %d comes from input %d, want the turn of %d", i, input, i%inputs)
				}
			}
		})
	}
}

// TestGreedyInput lets one input saturate the output: another, that sends a packet now and
// then, waits no longer than one packet for its turn.
func TestGreedyInput(t *testing.T) {
	const inputs, modest = 70, 67
	c := Default()
	r := newRig(c, inputs, 1)
	r.feed(3, repeat(20_000, 0, 128))
	var ps []load
	for i := range 500 {
		ps = append(ps, load{at: units.Time(i)*200*units.Nanosecond + units.Time(i*137), size: 64})
	}
	r.feed(modest, packets(ps...))
	n := 0
	r.deliver = func(_ int, d *Delivery) {
		if d.Input == modest {
			n++
			if wait := d.Out - d.Ready; wait > 10_240 { // 128 B at 100 Gbps
				t.Errorf("packet %d waits %v, want at most a packet of the greedy input, 10.24ns", n, wait)
			}
		}
	}
	r.run(units.Never)
	if n != 500 {
		t.Errorf("%d packets arrive, want 500", n)
	}
}

// TestNoHeadOfLineBlocking blocks one output for good. An input whose packets to it wait
// still reaches another output at the full rate.
func TestNoHeadOfLineBlocking(t *testing.T) {
	r := newRig(Default(), 1, 2)
	r.outputs[0].room.free = 0 // nobody releases it
	const blocked, free = 10_000, 20_000
	i := 0
	r.feed(0, func() (load, bool) { // two in three to the free output
		i++
		dst := 1
		if i%3 == 0 && i <= 3*blocked {
			dst = 0
		}
		return load{dst: dst, size: 64}, i <= blocked+free
	})
	var at []units.Time
	r.deliver = func(dst int, d *Delivery) {
		if dst != 1 {
			t.Fatalf("a packet arrives at the blocked output %d", dst)
		}
		at = append(at, d.At)
	}
	r.run(units.Never)
	if len(at) != free {
		t.Fatalf("%d packets reach the free output, want %d", len(at), free)
	}
	// The VOQ of the blocked output takes 8056 packets (half of the port's 1.03 MB), each a slot
	// of the link, and the others wait in the RMAC, which has room for 16384. After that every
	// slot of 5.12 ns carries a packet to the free output.
	tail := at[len(at)-1000:]
	if got, want := tail[999]-tail[0], units.Time(999*5_120); got != want {
		t.Errorf("999 packets take %v, want %v", got, want)
	}
}

// naiveOutput is an output port with plenty of room, told in the simplest way: whenever the
// link is free, the next input in turn that has a packet sends it.
func naiveOutput(inputs int, packets []Delivery, serialise func(units.Bytes) units.Time) (out []units.Time) {
	out = make([]units.Time, len(packets))
	queues := make([][]int, inputs)
	for i := range packets {
		queues[packets[i].Input] = append(queues[packets[i].Input], i)
	}
	var free units.Time
	turn := 0
	for range packets {
		first := units.Never // when some packet is ready
		for _, q := range queues {
			if len(q) > 0 {
				first = min(first, packets[q[0]].Ready)
			}
		}
		now := max(free, first)
		for k := range inputs {
			input := (turn + k) % inputs
			if q := queues[input]; len(q) > 0 && packets[q[0]].Ready <= now {
				out[q[0]] = now
				free = now + serialise(units.Bytes(packets[q[0]].Size))
				queues[input] = q[1:]
				turn = input + 1
				break
			}
		}
	}
	return out
}

// TestOutputAgainstNaiveModel compares the times at which packets leave with the naive port.
func TestOutputAgainstNaiveModel(t *testing.T) {
	for seed := range uint64(30) {
		rng := rand.New(rand.NewPCG(seed, 11))
		inputs := 1 + rng.IntN(150)
		c := Default()
		c.SwitchLink.Gap = units.Time(rng.IntN(3000))
		c.RMACQueue, c.PortBuffer, c.RMACBuffer = units.GiB, units.GiB, units.GiB
		r := newRig(c, inputs, 1)
		mean := (7_680 + float64(c.SwitchLink.Gap)) / (0.5 + rng.Float64()) * float64(inputs) // 50 to 150 % load
		for i := range inputs {
			next := poisson(seed<<8+uint64(i), 2000/inputs+5, mean, 0)
			r.feed(i, func() (load, bool) {
				l, ok := next()
				l.at -= l.at % 2560 // so that packets of several inputs come at one time
				l.size = 64 << rng.IntN(2)
				return l, ok
			})
		}
		var got []Delivery
		r.deliver = func(_ int, d *Delivery) { got = append(got, *d) }
		r.run(units.Never)
		want := naiveOutput(inputs, got, func(size units.Bytes) units.Time { return units.Time(size)*80 + c.SwitchLink.Gap })
		for i := range got {
			if got[i].Out != want[i] {
				t.Fatalf("seed %d, %d inputs: packet %d, %+v, leaves at %d, want %d", seed, inputs, i, got[i].Packet, got[i].Out, want[i])
			}
		}
	}
}

// TestRandomTraffic runs random loads through random small buffers and checks from the
// packets' times that nothing is lost or overtaken, that no buffer ever holds more than its
// capacity, and that no link carries two packets at once.
func TestRandomTraffic(t *testing.T) {
	for seed := range uint64(60) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) { randomTraffic(t, seed) })
	}
}

func randomTraffic(t *testing.T, seed uint64) {
	rng := rand.New(rand.NewPCG(seed, 3))
	inputs, outputs := 1+rng.IntN(10), 1+rng.IntN(5)
	if seed%10 == 0 {
		inputs = 60 + rng.IntN(80)
	}
	c := Default()
	c.Sizes = Sizes{64, 128, 128, 64}
	c.RMACQueue = units.Bytes(128 + rng.IntN(2000))
	c.RMACBuffer = units.Bytes(128 + rng.IntN(2000))
	c.PortBuffer = units.Bytes(128 + rng.IntN(4000))
	c.RMACLink.Gap, c.SwitchLink.Gap = units.Time(rng.IntN(2)*rng.IntN(5000)), units.Time(rng.IntN(2)*rng.IntN(5000))
	c.Switch.Interval, c.RMAC.Interval = units.Time(rng.IntN(2)*rng.IntN(9000)), units.Time(rng.IntN(2)*rng.IntN(9000))
	c.CreditReturn = units.Time(1 + rng.IntN(100_000))
	if err := c.Validate(); err != nil {
		t.Fatal(err)
	}
	r := newRig(c, inputs, outputs)
	r.record = true
	r.hold = units.Time(rng.IntN(3)) * 30_000
	const each = 400
	for i := range inputs {
		next := poisson(seed*1000+uint64(i), each, 10_000*rng.ExpFloat64(), 0)
		only := -1
		if rng.IntN(4) == 0 {
			only = rng.IntN(outputs)
		}
		r.feed(i, func() (load, bool) {
			l, ok := next()
			l.size = 64 << rng.IntN(2)
			if l.dst = rng.IntN(outputs); only >= 0 {
				l.dst = only
			}
			return l, ok
		})
	}
	got := make([]*Delivery, inputs*each)
	n := 0
	lastOf := map[[2]int]uint32{} // flight of a flow
	r.deliver = func(dst int, d *Delivery) {
		n++
		sent := r.handed[d.Flight]
		if got[d.Flight] != nil || sent.input != d.Input || sent.dst != dst || sent.size != units.Bytes(d.Size) {
			t.Fatalf("packet %+v arrives as %+v at output %d", sent, d, dst)
		}
		got[d.Flight] = &Delivery{}
		*got[d.Flight] = *d
		flow := [2]int{d.Input, dst}
		if last, ok := lastOf[flow]; ok && last > d.Flight {
			t.Fatalf("packet %d overtakes packet %d of its flow", last, d.Flight)
		}
		lastOf[flow] = d.Flight
		if least := sent.at + c.UnloadedLatency(sent.size); d.At < least {
			t.Fatalf("packet %+v arrives at %d, want %d or later", sent, d.At, least)
		}
	}
	r.run(units.Never)
	if n != inputs*each {
		t.Fatalf("%d packets arrive, want %d", n, inputs*each)
	}

	voq := map[[2]int][]span{} // as the sender sees it, until the credit is back
	queue, up := make([][]span, inputs), make([][]span, inputs)
	room, down := make([][]span, outputs), make([][]span, outputs)
	for i, sent := range r.handed {
		d := got[i]
		left, out := d.Entry-c.RMACLink.Propagation, d.Arrived-c.SwitchLink.Propagation
		flow := [2]int{sent.input, sent.dst}
		voq[flow] = append(voq[flow], span{d.Start, out + c.CreditReturn, sent.size})
		queue[sent.input] = append(queue[sent.input], span{sent.at, left, sent.size})
		room[sent.dst] = append(room[sent.dst], span{d.Out, d.At + r.hold + c.CreditReturn, sent.size})
		up[sent.input] = append(up[sent.input], span{d.Start, left + c.RMACLink.Gap, 1})
		down[sent.dst] = append(down[sent.dst], span{d.Out, out + c.SwitchLink.Gap, 1})
	}
	share := max(c.PortBuffer/units.Bytes(outputs), 128)
	for flow, s := range voq {
		if p := peak(s); p > share {
			t.Errorf("the VOQ %v holds %v, want at most %v", flow, p, share)
		}
	}
	for i := range inputs {
		if p := peak(queue[i]); p > c.RMACQueue {
			t.Errorf("the queue of RMAC %d holds %v, want at most %v", i, p, c.RMACQueue)
		}
		if p := peak(up[i]); p > 1 {
			t.Errorf("the link from RMAC %d carries %d packets at once", i, p)
		}
	}
	for i := range outputs {
		if p := peak(room[i]); p > c.RMACBuffer {
			t.Errorf("the buffer of receiver %d holds %v, want at most %v", i, p, c.RMACBuffer)
		}
		if p := peak(down[i]); p > 1 {
			t.Errorf("the link to receiver %d carries %d packets at once", i, p)
		}
		if o := r.outputs[i]; o.Queued() != 0 || int(o.Received()) != len(down[i]) || o.room.capacity-o.room.free < o.room.Used() || o.room.Used() != 0 {
			t.Errorf("output %d: %d queued, %d received, %v of room used; want 0, %d, 0B", i, o.Queued(), o.Received(), o.room.Used(), len(down[i]))
		}
	}
	for i := range r.senders {
		e := r.senders[i].e
		if e.Sent() != each || e.queue.Used() != 0 || e.Next() != units.Never {
			t.Errorf("sender %d: %d sent, %v of its queue used, next at %v; want %d, 0B, never", i, e.Sent(), e.queue.Used(), e.Next(), each)
		}
	}
}

// TestIdleLinkServesReadyPacket checks that a packet that is ready and gets its credit is
// sent at once when the link is idle, although another packet that will be ready later has
// been handed over meanwhile.
func TestIdleLinkServesReadyPacket(t *testing.T) {
	c := Default()
	c.PortBuffer = 2 * 128 // one packet a VOQ
	r := newRig(c, 1, 2)
	r.record = true
	got := map[uint32]Delivery{}
	r.deliver = func(_ int, d *Delivery) { got[d.Flight] = *d }
	// Packet 0 takes the only credit of output 0 and uses the link from 22.5 to 32.74 ns, enters
	// the switch at 37.74, is transmitted from 57.74 to 67.98, and the credit is back at 112.98 ns
	// for packet 1. Packet 2 is handed over at 100 ns and ready at 122.5 ns.
	r.feed(0, packets(load{0, 0, 0, 128}, load{1000, 0, 0, 128}, load{100_000, 0, 1, 128}))
	r.run(units.Never)
	if got, want := got[1].Start, units.Time(112_980); got != want {
		t.Errorf("packet 1 starts at %d ps, want %d", got, want)
	}
	// At 122.5 ns packet 1 is still being transmitted, until 123.22 ns.
	if got, want := got[2].Start, units.Time(123_220); got != want {
		t.Errorf("packet 2 starts at %d ps, want %d", got, want)
	}
}

// TestIdleLinkServesSecondReadyPacket is the same with two packets that wait for credits:
// when the first gets its own, the link is not promised beyond the time of the second's.
func TestIdleLinkServesSecondReadyPacket(t *testing.T) {
	c := Default()
	c.PortBuffer = 3 * 128 // one packet a VOQ
	r := newRig(c, 1, 3)
	r.record = true
	got := map[uint32]Delivery{}
	r.deliver = func(_ int, d *Delivery) { got[d.Flight] = *d }
	// Packets 0 and 1 use the link from 22.5 ns and from 32.74 ns on; their credits are back at
	// 112.98 and 123.22 ns, for packets 2 and 3. Packet 4 is handed over at 110 ns and ready
	// at 132.5 ns, when packet 3 still has the link.
	r.feed(0, packets(load{0, 0, 0, 128}, load{0, 0, 1, 128}, load{1000, 0, 0, 128}, load{1000, 0, 1, 128}, load{110_000, 0, 2, 128}))
	r.run(units.Never)
	for i, want := range []units.Time{22_500, 32_740, 112_980, 123_220, 133_460} {
		if got := got[uint32(i)].Start; got != want {
			t.Errorf("packet %d starts at %d ps, want %d", i, got, want)
		}
	}
}
