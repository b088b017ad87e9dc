package fabric

import (
	"math/rand/v2"
	"testing"

	"github.com/dmemsys/dmemsys/dmem/units"
)

// naiveBuffer keeps every return for ever.
type naiveBuffer struct {
	capacity, taken units.Bytes
	returns         []credit
}

func (b *naiveBuffer) free(now units.Time) units.Bytes {
	free := b.capacity - b.taken
	for _, c := range b.returns {
		if c.at <= now {
			free += c.size
		}
	}
	return free
}

func TestBufferAgainstNaiveModel(t *testing.T) {
	for seed := range uint64(200) {
		rng := rand.New(rand.NewPCG(seed, 1))
		capacity := units.Bytes(1 + rng.IntN(2000))
		b, naive := newBuffer(capacity), naiveBuffer{capacity: capacity}
		var now, last units.Time
		var out []units.Bytes // taken and not returned
		for op := range 2000 {
			now += units.Time(rng.IntN(40))
			size := units.Bytes(1 + rng.IntN(300))
			switch rng.IntN(4) {
			case 0, 1:
				want := naive.free(now) >= size
				if got := b.Take(now, size); got != want {
					t.Fatalf("seed %d, operation %d: Take(%d, %d) = %v, want %v", seed, op, now, size, got, want)
				}
				if want {
					naive.taken += size
					out = append(out, size)
				}
			case 2:
				if len(out) > 0 {
					last = max(last, now+units.Time(rng.IntN(500)))
					b.Return(last, out[0])
					naive.returns = append(naive.returns, credit{last, out[0]})
					out = out[1:]
				}
			case 3:
				want := units.Never
				for at := now; at <= max(now, last); at++ {
					if naive.free(at) >= size {
						want = at
						break
					}
				}
				if got := b.Room(now, size); got != want {
					t.Fatalf("seed %d, operation %d: Room(%d, %d) = %d, want %d", seed, op, now, size, got, want)
				}
			}
			var used units.Bytes
			for _, s := range out {
				used += s
			}
			if got := b.Used(); got != used {
				t.Fatalf("seed %d, operation %d: Used() = %d, want %d", seed, op, got, used)
			}
		}
	}
}

// TestEntered compares the count of packets that entered the switch up to a time with one
// made at the end of the run from all packets.
func TestEntered(t *testing.T) {
	const inputs, outputs = 70, 3
	for seed := range uint64(5) {
		rng := rand.New(rand.NewPCG(seed, 2))
		c := Default()
		c.PortBuffer = units.Bytes(300 + rng.IntN(3000))
		c.CreditReturn = units.Time(1 + rng.IntN(60_000))
		r := newRig(c, inputs, outputs)
		for i := range inputs {
			next := poisson(seed*100+uint64(i), 200, 15_000*inputs/outputs, 0)
			r.feed(i, func() (load, bool) {
				l, ok := next()
				l.dst, l.size = rng.IntN(outputs), 64<<rng.IntN(2)
				return l, ok
			})
		}
		type query struct {
			at  units.Time
			dst int
			got uint64
		}
		var queries []query
		entries := make([][]units.Time, outputs)
		r.window = func(start, until units.Time) {
			// Somewhere in the window, at its start, and at an entry if one is known.
			ask := []units.Time{start, start + units.Time(rng.Int64N(int64(until-start))), until - 1}
			for dst, o := range r.outputs {
				for input := range o.inputs {
					if q := &o.inputs[input].voq; q.n > 0 && q.at(q.n-1).Entry >= start && q.at(q.n-1).Entry < until {
						ask = append(ask, q.at(q.n-1).Entry)
						break
					}
				}
				for _, at := range ask {
					queries = append(queries, query{at, dst, o.Entered(at)})
				}
			}
		}
		r.deliver = func(dst int, d *Delivery) { entries[dst] = append(entries[dst], d.Entry) }
		r.run(units.Never)
		counted := uint64(0)
		for _, q := range queries {
			var want uint64
			for _, e := range entries[q.dst] {
				if e <= q.at {
					want++
				}
			}
			if q.got != want {
				t.Fatalf("seed %d: %d packets had entered for output %d at %v, want %d", seed, q.got, q.dst, q.at, want)
			}
			counted = max(counted, want)
		}
		if counted < 1000 {
			t.Errorf("seed %d: no query counts more than %d packets: the test sees too little", seed, counted)
		}
	}
}

// TestDeterminism runs one load twice and compares every time of every packet.
func TestDeterminism(t *testing.T) {
	run := func(seed uint64) []Delivery {
		c := Default()
		c.PortBuffer, c.RMACBuffer = 2000, 1000
		r := newRig(c, 20, 4)
		for i := range r.senders {
			rng := rand.New(rand.NewPCG(seed, uint64(i)))
			next := poisson(seed+uint64(i), 500, 30_000, 0)
			r.feed(i, func() (load, bool) {
				l, ok := next()
				l.dst, l.size = rng.IntN(4), 64<<rng.IntN(2)
				return l, ok
			})
		}
		var all []Delivery
		r.deliver = func(_ int, d *Delivery) { all = append(all, *d) }
		r.run(units.Never)
		return all
	}
	a, b, other := run(1), run(1), run(2)
	differs := 0
	for i := range a {
		if a[i] != b[i] {
			t.Fatalf("packet %d: %+v, and again %+v", i, a[i], b[i])
		}
		if a[i] != other[i] {
			differs++
		}
	}
	if differs == 0 {
		t.Error("another seed gives the same packets")
	}
}

// saturated returns a rig in which all inputs send to all outputs for ever.
func saturated(c Config, inputs, outputs int) *rig {
	r := newRig(c, inputs, outputs)
	for i := range inputs {
		n := i
		r.feed(i, func() (load, bool) {
			n++
			return load{dst: n % outputs, size: 64 << (n & 1)}, true
		})
	}
	return r
}

func TestSteadyStateAllocatesNothing(t *testing.T) {
	for _, c := range []struct {
		name string
		set  func(*Config)
	}{
		{"default", func(*Config) {}},
		{"tiny buffers", func(c *Config) { c.PortBuffer, c.RMACBuffer, c.RMACQueue = 1024, 1024, 1024 }},
	} {
		t.Run(c.name, func(t *testing.T) {
			config := Default()
			c.set(&config)
			r := saturated(config, 64, 6)
			end := 200 * units.Microsecond // all buffers have filled
			r.run(end)
			before := r.outputs[0].Received()
			got := testing.AllocsPerRun(10, func() {
				end += 10 * units.Microsecond
				r.run(end)
			})
			if got != 0 {
				t.Errorf("%v allocations in 10 us, want 0", got)
			}
			if n := r.outputs[0].Received() - before; n < 10_000 {
				t.Errorf("%d packets, want 10000 or more: the test sees too little", n)
			}
		})
	}
}

func BenchmarkPacket(b *testing.B) {
	for _, bench := range []struct {
		name            string
		inputs, outputs int
		set             func(*Config)
	}{
		{"64to6", 64, 6, func(*Config) {}},
		{"6to64", 6, 64, func(*Config) {}},
		{"64to6/tiny", 64, 6, func(c *Config) { c.PortBuffer, c.RMACBuffer = 4096, 4096 }},
	} {
		b.Run(bench.name, func(b *testing.B) {
			c := Default()
			bench.set(&c)
			r := saturated(c, bench.inputs, bench.outputs)
			n := 0
			r.deliver = func(int, *Delivery) { n++ }
			end := 100 * units.Microsecond
			r.run(end)
			n = 0
			b.ReportAllocs()
			for b.Loop() {
				end += units.Microsecond
				r.run(end)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n), "ns/packet")
		})
	}
}
