package fabric

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/dmemsys/dmemsys/dmem/units"
)

// TestPoissonWait holds the mean wait for a link to that of an M/D/1 queue,
// rho*s / (2*(1-rho)) (Pollaczek and Khinchine), within 2 %.
func TestPoissonWait(t *testing.T) {
	const size = 128
	service := 10_240.0 // ps: 128 B at 100 Gbps
	n := 3_000_000
	if testing.Short() {
		n = 500_000
	}
	for _, where := range []string{"link to the switch", "link from the switch"} {
		for _, load := range []float64{0.3, 0.6, 0.8} {
			t.Run(fmt.Sprintf("%s/%.0f%%", where, 100*load), func(t *testing.T) {
				t.Parallel()
				c := Default()
				inputs := 1
				if where == "link from the switch" {
					inputs = 4
					c.RMACLink.Rate = 1000 * units.Tbps // leaves Poisson arrivals Poisson
				}
				c.RMACQueue, c.RMACBuffer, c.PortBuffer = units.GiB, units.GiB, units.GiB
				r := newRig(c, inputs, 1)
				for i := range inputs {
					r.feed(i, poisson(uint64(100*load)+uint64(i), n/inputs, service/load*float64(inputs), size))
				}
				var sum float64
				var count int
				r.record = inputs == 1
				r.deliver = func(_ int, d *Delivery) {
					count++
					if inputs == 1 {
						sum += float64(d.Start - r.handed[d.Flight].at - 22_500) // 22.5 ns of preparation
					} else {
						sum += float64(d.Out - d.Ready)
					}
				}
				r.run(units.Never)
				got := sum / float64(count)
				want := load * service / (2 * (1 - load))
				if count != n/inputs*inputs || math.Abs(got/want-1) > 0.02 {
					t.Errorf("mean wait of %d packets %.1f ps, want %.1f within 2 %%", count, got, want)
				}
				t.Logf("mean wait %.1f ps, M/D/1 %.1f: %+.2f %%", got, want, 100*(got/want-1))
			})
		}
	}
}

// poisson returns a feed of n packets whose gaps are exponential with the given mean.
func poisson(seed uint64, n int, mean float64, size units.Bytes) func() (load, bool) {
	rng := rand.New(rand.NewPCG(seed, 7))
	var at float64
	return func() (load, bool) {
		n--
		at += mean * rng.ExpFloat64()
		return load{at: units.Time(at), size: size}, n >= 0
	}
}

// TestSaturation holds the throughput of a saturated link to its rate within 0.1 %, and
// where credits bind, to their number a round trip.
func TestSaturation(t *testing.T) {
	// A sender that waits for credits uses each again after serialisation (5.12 ns),
	// propagation (5), switch (20), serialisation (5.12) and the credit's return (45):
	// 80.24 ns, 15.7 packets of 64 B at 100 Gbps. A receiver's room is in use during
	// serialisation, propagation (5), RMAC and unpacking (22.5) and the return: 77.62 ns.
	const loop, receiver = 80_240, 77_620
	for _, c := range []struct {
		name   string
		inputs int
		set    func(*Config)
		size   units.Bytes
		want   float64 // bit/s
	}{
		{"both links", 1, func(*Config) {}, 64, 100e9},
		{"link to the switch", 1, func(c *Config) { c.SwitchLink.Rate = 400 * units.Gbps }, 128, 100e9},
		{"link from the switch", 1, func(c *Config) { c.RMACLink.Rate = 400 * units.Gbps }, 128, 100e9},
		{"link from the switch, 8 inputs", 8, func(*Config) {}, 64, 100e9},
		{"odd rate", 1, func(c *Config) { c.RMACLink.Rate = 37 * units.Gbps }, 128, 37e9},
		{"VOQ of the loop", 1, func(c *Config) { c.PortBuffer = 16 * 64 }, 64, 100e9},
		{"VOQ below the loop", 1, func(c *Config) { c.PortBuffer = 15 * 64 }, 64, 15 * 64 * 8 / (loop * 1e-12)},
		{"VOQ of 4 packets", 1, func(c *Config) { c.PortBuffer = 4 * 64 }, 64, 4 * 64 * 8 / (loop * 1e-12)},
		{"VOQ of 4 packets, 4 inputs", 4, func(c *Config) { c.PortBuffer = 4 * 64 }, 64, 100e9},
		{"receiver of the loop", 1, func(c *Config) { c.RMACBuffer = 16 * 64 }, 64, 100e9},
		{"receiver of 8 packets", 1, func(c *Config) { c.RMACBuffer = 8 * 64 }, 64, 8 * 64 * 8 / (receiver * 1e-12)},
		// Room in the queue comes back when the last bit has left: the sender's own loop is
		// preparation and RMAC (22.5 ns) and the serialisation, 27.62 ns, 5.4 packets.
		{"queue of the loop", 1, func(c *Config) { c.RMACQueue = 6 * 64 }, 64, 100e9},
		{"queue of 2 packets", 1, func(c *Config) { c.RMACQueue = 2 * 64 }, 64, 2 * 64 * 8 / 27_620e-12},
		{"gap", 1, func(c *Config) { c.SwitchLink.Gap = 5120 }, 64, 50e9},
	} {
		t.Run(c.name, func(t *testing.T) {
			config := Default()
			config.Sizes = Sizes{c.size, c.size, c.size, c.size}
			c.set(&config)
			if err := config.Validate(); err != nil {
				t.Fatal(err)
			}
			r := newRig(config, c.inputs, 1)
			const count = 30_000
			for i := range c.inputs {
				r.feed(i, repeat(count/c.inputs, 0, c.size))
			}
			var n int
			var first, last units.Time
			r.deliver = func(_ int, d *Delivery) {
				if n++; n == 1000 { // past the filling of the pipeline
					first = d.At
				}
				last = d.At
			}
			r.run(units.Never)
			if n != count/c.inputs*c.inputs {
				t.Fatalf("%d packets arrive, want %d", n, count)
			}
			got := float64(n-1000) * float64(c.size) * 8 / (last - first).Seconds()
			if math.Abs(got/c.want-1) > 0.001 {
				t.Errorf("%.4g bit/s, want %.4g within 0.1 %%", got, c.want)
			}
			t.Logf("%.6g bit/s, %+.4f %%", got, 100*(got/c.want-1))
			if busy, want := float64(r.outputs[0].Busy(units.Never)), float64(n)*float64(config.SwitchLink.Rate.Time(c.size)+config.SwitchLink.Gap); busy != want {
				t.Errorf("the link was busy for %g ps, want %g", busy, want)
			}
		})
	}
}

// TestMoreBufferNeverSlower compares the end of one load for growing buffers.
func TestMoreBufferNeverSlower(t *testing.T) {
	for _, buffer := range []struct {
		name string
		set  func(c *Config, size units.Bytes)
	}{
		{"queue", func(c *Config, size units.Bytes) { c.RMACQueue = size }},
		{"receiver", func(c *Config, size units.Bytes) { c.RMACBuffer = size }},
		{"port", func(c *Config, size units.Bytes) { c.PortBuffer = size }},
	} {
		t.Run(buffer.name, func(t *testing.T) {
			last := units.Never
			for _, packets := range []units.Bytes{3, 6, 12, 24, 48, 96, 192, 1024} {
				c := Default()
				buffer.set(&c, packets*128)
				r := newRig(c, 6, 3)
				for i := range r.senders {
					rng := rand.New(rand.NewPCG(5, uint64(i)))
					n := 3000
					r.feed(i, func() (load, bool) {
						n--
						return load{dst: rng.IntN(3), size: 64 << rng.IntN(2)}, n >= 0
					})
				}
				var end units.Time
				r.deliver = func(_ int, d *Delivery) { end = max(end, d.At) }
				r.run(units.Never)
				if end > last {
					t.Errorf("room for %d packets: the load ends at %v, with less room at %v", packets, end, last)
				}
				last = end
			}
		})
	}
}

// TestBusy checks that a link is busy for no longer than time has passed, also when more
// packets have been handed over than it can have sent.
func TestBusy(t *testing.T) {
	c := Default()
	r := newRig(c, 1, 1)
	r.feed(0, repeat(1000, 0, 64))
	r.run(units.Nanosecond) // all are handed over, for 22.5 ns to 5142.5 ns
	for _, x := range []struct{ at, want units.Time }{
		{27_620, 5_120}, {22_500 + 500*5_120, 500 * 5_120}, {22_500 + 1000*5_120, 1000 * 5_120}, {units.Never, 1000 * 5_120},
	} {
		if got := r.senders[0].e.Busy(x.at); got != x.want {
			t.Errorf("busy for %v before %v, want %v", got, x.at, x.want)
		}
	}
}
