package fabric

import (
	"testing"

	"github.com/dmemsys/dmemsys/dmem/units"
)

// uneven has a different number in every place, and rates that do not divide.
func uneven() Config {
	c := Default()
	c.PacketPrep = Stage{Delay: 11_003, Interval: 17}
	c.RMAC = Stage{Delay: 7_001, Interval: 3_611}
	c.RMACLink = Link{Rate: 30 * units.Gbps, Gap: 277, Propagation: 4_999}
	c.Switch = Stage{Delay: 19_997, Interval: 5}
	c.SwitchLink = Link{Rate: 70 * units.Gbps, Gap: 101, Propagation: 6_007}
	c.Sizes = Sizes{ReadRequest: 48, ReadResponse: 130, WriteRequest: 150, WriteAck: 40}
	return c
}

// TestUnloadedLatency sends lone packets. The wanted times are sums made by hand of the
// delays of Table II, 64 B being 5120 ps at 100 Gbps:
// 12500+10000+5120+5000+20000+5120+5000+10000+12500 = 85240.
func TestUnloadedLatency(t *testing.T) {
	for _, c := range []struct {
		name   string
		config Config
		size   units.Bytes
		want   units.Time
	}{
		{"read request", Default(), 64, 85_240},
		{"read response", Default(), 128, 95_480},
		{"write request", Default(), 128, 95_480},
		{"write acknowledgement", Default(), 64, 85_240},
		// 2*(11003+7001) + 4999 + 19997 + 6007 = 67011, and the two serialisations, rounded
		// up: 48 B 12800 + 5486 (5485.7), 130 B 34667 + 14858, 150 B 40000 + 17143, 40 B 10667 + 4572.
		{"uneven read request", uneven(), 48, 85_297},
		{"uneven read response", uneven(), 130, 116_536},
		{"uneven write request", uneven(), 150, 124_154},
		{"uneven write acknowledgement", uneven(), 40, 82_250},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := c.config.Validate(); err != nil {
				t.Fatal(err)
			}
			if got := c.config.UnloadedLatency(c.size); got != c.want {
				t.Errorf("closed form: %d ps, want %d", got, c.want)
			}
			// From any input to any output, at times in all places of a window.
			const inputs, outputs = 3, 2
			r := newRig(c.config, inputs, outputs)
			r.record = true
			var n int
			r.deliver = func(dst int, d *Delivery) {
				n++
				sent := r.handed[d.Flight]
				if dst != sent.dst || d.Input != sent.input || units.Bytes(d.Size) != sent.size {
					t.Errorf("packet %+v arrives as %+v at output %d", sent, d, dst)
				}
				if got := d.At - sent.at; got != c.want {
					t.Errorf("sent at %d: %d ps, want %d", sent.at, got, c.want)
				}
			}
			const count = 200
			for i := range inputs {
				var ps []load
				for k := range count {
					at := units.Time(k*inputs+i)*400*units.Nanosecond + units.Time(k)*1_009 + units.Time(i)*7_919
					ps = append(ps, load{at: at, dst: k % outputs, size: c.size})
				}
				r.feed(i, packets(ps...))
			}
			r.run(units.Never)
			if n != inputs*count {
				t.Errorf("%d packets arrive, want %d", n, inputs*count)
			}
		})
	}
}

// TestStagesAddUp checks that the closed form names all stages and that a delivery's times
// are those of the stages.
func TestStagesAddUp(t *testing.T) {
	c := uneven()
	r := newRig(c, 1, 1)
	var got Delivery
	r.deliver = func(_ int, d *Delivery) { got = *d }
	r.feed(0, packets(load{at: 1000, size: 130}))
	r.run(units.Never)
	// 1000 + 11003 + 7001; + 34667 + 4999; + 19997; out at once; + 14858 + 6007; + 7001 + 11003.
	want := Delivery{Packet: Packet{Start: 19_004, Entry: 58_670, Ready: 78_667, Size: 130}, Out: 78_667, Arrived: 99_532, At: 117_536}
	if got != want {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

// TestInterval checks that stages keep their least time between packets: a burst leaves an
// RMAC of delay 12 and interval 13 cycles one packet every 13 cycles, also behind faster
// stages, and the interval delays no lone packet.
func TestInterval(t *testing.T) {
	const cycle = 277
	for _, c := range []struct {
		name string
		set  func(*Config)
		gap  units.Time // between packets of a burst
	}{
		{"no interval", func(*Config) {}, 5_120}, // the link: 64 B at 100 Gbps
		{"RMAC", func(c *Config) { c.RMAC = Stage{Delay: 12 * cycle, Interval: 13 * 5 * cycle} }, 13 * 5 * cycle},
		{"RMAC below the link", func(c *Config) { c.RMAC = Stage{Delay: 12 * cycle, Interval: 13 * cycle} }, 5_120},
		{"packet preparation", func(c *Config) { c.PacketPrep.Interval = 20_001 }, 20_001},
		{"switch", func(c *Config) { c.Switch.Interval = 20_003 }, 20_003},
		{"gap of the link to the switch", func(c *Config) { c.RMACLink.Gap = 13 }, 5_133},
		{"gap of the link from the switch", func(c *Config) { c.SwitchLink.Gap = 17 }, 5_137},
	} {
		t.Run(c.name, func(t *testing.T) {
			config := Default()
			c.set(&config)
			r := newRig(config, 1, 1)
			var at []units.Time
			r.deliver = func(_ int, d *Delivery) { at = append(at, d.At) }
			r.feed(0, repeat(50, 0, 64))
			r.run(units.Never)
			if len(at) != 50 || at[0] != config.UnloadedLatency(64) {
				t.Fatalf("%d packets, the first at %v; want 50 and %v", len(at), at[0], config.UnloadedLatency(64))
			}
			for i := 1; i < len(at); i++ {
				if at[i]-at[i-1] != c.gap {
					t.Fatalf("packet %d comes %d ps after the one before, want %d", i, at[i]-at[i-1], c.gap)
				}
			}
		})
	}
}
