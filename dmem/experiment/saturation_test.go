package experiment

import (
	"math"
	"testing"

	"github.com/dmemsys/dmemsys/dmem"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// TestBounds holds the closed forms to arithmetic by hand: 128 B take 10.24 ns at 100 Gb/s;
// four banks of which each opens a row in 48 cycles of 0.833 ns, less 312 of 9364 cycles of
// refresh; and a burst of four cycles.
func TestBounds(t *testing.T) {
	paper := dmem.Paper()
	for _, x := range []struct {
		name      string
		got, want float64
	}{
		{"link", LinkBound(100*units.Gbps, 128), 1000 / 10.24},
		{"one rank", RandomBound(&paper.PoolDRAM, 1), 96.707},
		{"two ranks", RandomBound(&paper.PoolDRAM, 2), 193.413},
		{"data bus", RandomBound(&paper.PoolDRAM, 16), 1000 / (4 * 0.833)},
	} {
		if math.Abs(x.got/x.want-1) > 1e-4 {
			t.Errorf("%s: %v accesses/us, want %v", x.name, x.got, x.want)
		}
	}
}

// TestOf: every machine keeps the pool's size, and 16 ranks at 100 Gb/s are Table II.
func TestOf(t *testing.T) {
	table := dmem.Scaled(64)
	c := table
	Of(100*units.Gbps, 16).Change(&c)
	if c.PoolDRAM != table.PoolDRAM || c.Fabric != table.Fabric {
		t.Error("16 ranks at 100 Gb/s are not the machine of Table II")
	}
	c, d := table, table
	Of(200*units.Gbps, 1).Change(&c)
	MemoryBound().Change(&d)
	if c.PoolDRAM != d.PoolDRAM || c.Fabric != d.Fabric {
		t.Error("1 rank at 200 Gb/s is not the machine whose memory binds")
	}
	if got := Of(200*units.Gbps, 1).Name; got != "200 Gb/s, 1 rank" {
		t.Errorf("named %q", got)
	}
}

// TestCapacity: a closed loop serves what the tightest stage passes, whichever it is.
func TestCapacity(t *testing.T) {
	for _, x := range []struct {
		name string
		m    Machine
		want float64
		off  float64
	}{
		{"link", Of(100*units.Gbps, 16), 1000 / 10.24, 0.01},
		{"RMAC", Machine{Change: func(c *dmem.Config) {
			wide(c)
			c.Fabric.RMAC.Interval = 10 * units.Nanosecond
		}}, 100, 0.01},
	} {
		r, err := dmem.Run(t.Context(), closed(onePool(x.m, RandomLines(), SmallDivisor, 1), 12_000))
		if err != nil {
			t.Fatal(err)
		}
		if got := throughput(r); math.Abs(got/x.want-1) > x.off {
			t.Errorf("%s: %.2f accesses/us, want %.2f", x.name, got, x.want)
		}
	}
}

// TestAtLoad: an open loop asks for what it is told, and where the wait is follows the
// machine: at the links of Table II, at the memory behind fast links.
func TestAtLoad(t *testing.T) {
	point := func(m Machine, accesses float64) SaturationPoint {
		c := onePool(m, RandomLines(), SmallDivisor, 1)
		natural, err := naturalRate(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		var results []*dmem.Result
		for _, a := range []float64{20, accesses} {
			c := atLoad(c, natural, a)
			c.Replay.Until /= 10
			c.Replay.Warmup /= 10
			r, err := dmem.Run(t.Context(), c)
			if err != nil {
				t.Fatal(err)
			}
			results = append(results, r)
		}
		counted := results[1].Config.Replay.Until - results[1].Config.Replay.Warmup
		if got := float64(results[1].Total.Count()) / (counted.Seconds() * 1e6); math.Abs(got/accesses-1) > 0.05 {
			t.Errorf("%s: asked for %.1f accesses/us, want %.1f", m.Name, got, accesses)
		}
		return saturationPoint(results[1], results[0].Active.Total.PoolMeanNs(), accesses)
	}
	if p := point(Of(100*units.Gbps, 16), 92); p.MemoryShare() > 0.2 || p.LinkOut < 0.8 {
		t.Errorf("Table II: the memory has %.2f of the wait, link %.2f busy: %+v", p.MemoryShare(), p.LinkOut, p)
	}
	if p := point(Of(400*units.Gbps, 1), 80); p.MemoryShare() < 0.95 || p.LinkOut > 0.3 {
		t.Errorf("1 rank, 400 Gb/s: the memory has %.2f of the wait, link %.2f busy: %+v", p.MemoryShare(), p.LinkOut, p)
	}
}

// TestKnee reads a knee off points made by hand.
func TestKnee(t *testing.T) {
	s := Saturation{Loads: []float64{0.1, 0.5, 0.9}}
	c := SaturationCell{Points: []SaturationPoint{{MeanNs: 200}, {MeanNs: 300}, {MeanNs: 500}}}
	if got := s.Knee(&c); math.Abs(got-0.7) > 1e-12 {
		t.Errorf("knee at %v, want 0.7", got)
	}
	c.Points[2].MeanNs = 399
	if got := s.Knee(&c); !math.IsNaN(got) {
		t.Errorf("knee at %v beyond the last load, want NaN", got)
	}
	if got := shareOf(-1, 3); got != 0 {
		t.Errorf("a share of %v of less than nothing", got)
	}
	if got := shareOf(0, 0); !math.IsNaN(got) {
		t.Errorf("a share of %v of no wait, want NaN", got)
	}
}

func TestSaturationRefusesScale(t *testing.T) {
	o := Options{Scale: "medium"}
	if _, err := Saturate(t.Context(), o, RandomLines()); err == nil {
		t.Error("Saturate: the scale medium is no error")
	}
	if _, err := SaturateRack(t.Context(), o); err == nil {
		t.Error("SaturateRack: the scale medium is no error")
	}
	if _, err := StageCapacities(t.Context(), o); err == nil {
		t.Error("StageCapacities: the scale medium is no error")
	}
}
