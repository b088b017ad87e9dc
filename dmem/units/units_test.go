package units_test

import (
	"errors"
	"fmt"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/dmemsys/dmemsys/dmem/units"
)

func ExampleClock_At() {
	cpu := units.MustClock(3600 * units.MHz)
	fmt.Println(cpu, cpu.At(1), cpu.At(3_600_000_000))
	// Output: 3.6GHz 278ps 1s
}

func ExampleParseTime() {
	t, err := units.ParseTime("12.5ns")
	fmt.Println(t, err)
	_, err = units.ParseTime("12.5")
	fmt.Println(err)
	// Output:
	// 12.5ns <nil>
	// units: "12.5" is no time: want a number with a unit, one of s, ms, us, µs, ns, ps
}

func TestText(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"120ns", "120ns"}, {"0.5us", "500ns"}, {"1.25ms", "1.25ms"}, {" 3 s ", "3s"}, {"-2ns", "-2ns"}, {"0ns", "0s"}, {"1.000ps", "1ps"}, {".5ns", "500ps"},
	} {
		if got, err := units.ParseTime(c.in); err != nil || got.String() != c.want {
			t.Errorf("ParseTime(%q) = %v, %v; want %s", c.in, got, err, c.want)
		}
	}
	for _, c := range []struct{ in, want string }{
		{"4MiB", "4MiB"}, {"132MB", "132MB"}, {"1.5KiB", "1536B"}, {"1GB", "1GB"}, {"64B", "64B"}, {"0B", "0B"}, {"0.5GiB", "512MiB"},
	} {
		if got, err := units.ParseBytes(c.in); err != nil || got.String() != c.want {
			t.Errorf("ParseBytes(%q) = %v, %v; want %s", c.in, got, err, c.want)
		}
	}
	for _, c := range []struct{ in, want string }{{"100Gbps", "100Gbps"}, {"12.5Gbps", "12.5Gbps"}, {"400000Mbps", "400Gbps"}} {
		if got, err := units.ParseBitRate(c.in); err != nil || got.String() != c.want {
			t.Errorf("ParseBitRate(%q) = %v, %v; want %s", c.in, got, err, c.want)
		}
	}
	for _, bad := range []string{"", "12", "ns", "1.2.3ns", "1e3ns", "12 parsecs", "0.0001ps", "9999999999999s", "- 1ns", "1,5ns"} {
		if got, err := units.ParseTime(bad); err == nil {
			t.Errorf("ParseTime(%q) = %v, want an error", bad, got)
		}
	}
	for _, bad := range []string{"4", "-4MiB", "0.3B", "1.0000001KiB", "99999999TiB", "4mb"} {
		if got, err := units.ParseBytes(bad); err == nil {
			t.Errorf("ParseBytes(%q) = %v, want an error", bad, got)
		}
	}
	for _, bad := range []string{"0Hz", "-1GHz", "2000GHz", "3.6"} {
		if got, err := units.ParseClock(bad); err == nil {
			t.Errorf("ParseClock(%q) = %v, want an error", bad, got)
		}
	}
}

func TestFailedUnmarshalKeepsValue(t *testing.T) {
	v := 7 * units.Nanosecond
	var perr *units.ParseError
	if err := v.UnmarshalText([]byte("8")); !errors.As(err, &perr) || v != 7*units.Nanosecond {
		t.Errorf("got %v, %v; want 7ns and a ParseError", v, err)
	}
}

func FuzzTimeRoundTrip(f *testing.F) {
	f.Add(int64(12_500), uint64(1_031_250), uint64(100_000_000_000), uint64(1_200_480_185))
	f.Fuzz(func(t *testing.T, ps int64, b, rate, hz uint64) {
		if ps > -1<<62 && ps < 1<<62 {
			if got, err := units.ParseTime(units.Time(ps).String()); err != nil || got != units.Time(ps) {
				t.Errorf("%d ps -> %s -> %d, %v", ps, units.Time(ps), got, err)
			}
		}
		if got, err := units.ParseBytes(units.Bytes(b).String()); err != nil || got != units.Bytes(b) {
			t.Errorf("%d -> %s -> %d, %v", b, units.Bytes(b), got, err)
		}
		if got, err := units.ParseBitRate(units.BitRate(rate).String()); err != nil || got != units.BitRate(rate) {
			t.Errorf("%d -> %s -> %d, %v", rate, units.BitRate(rate), got, err)
		}
		if c, err := units.NewClock(hz); err == nil {
			if got, err := units.ParseClock(c.String()); err != nil || got != c {
				t.Errorf("%d -> %s -> %v, %v", hz, c, got, err)
			}
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"120ns", "4MiB", "100Gbps", "1.2GHz", "0.1", "-.s", "1.5KiB"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if v, err := units.ParseTime(s); err == nil {
			if again, err := units.ParseTime(v.String()); v != units.Never && (err != nil || again != v) {
				t.Errorf("%q -> %v -> %v, %v", s, v, again, err)
			}
		}
		if v, err := units.ParseBytes(s); err == nil {
			if again, err := units.ParseBytes(v.String()); err != nil || again != v {
				t.Errorf("%q -> %v -> %v, %v", s, v, again, err)
			}
		}
	})
}

// TestClock holds the conversions to their definitions, computed with big integers.
func TestClock(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	second := big.NewInt(int64(units.Second))
	for range 20_000 {
		hz := 1 + rng.Uint64N(uint64(units.Second))>>rng.UintN(40)
		if rng.IntN(2) == 0 { // as clocks are: few digits
			hz = (1 + rng.Uint64N(100)) * []uint64{1, units.Hz, units.KHz, units.MHz, 10 * units.MHz, 100 * units.MHz, units.GHz}[rng.IntN(7)]
		}
		c := units.MustClock(hz)
		n := units.Cycles(rng.Int64N(1<<50) >> rng.UintN(50))
		// ceil(n * 10^12 / hz)
		num := new(big.Int).Mul(big.NewInt(int64(n)), second)
		q, r := new(big.Int).QuoRem(num, new(big.Int).SetUint64(hz), new(big.Int))
		if r.Sign() > 0 {
			q.Add(q, big.NewInt(1))
		}
		at := c.At(n)
		if !q.IsInt64() {
			if at != units.Never {
				t.Fatalf("%v.At(%d) = %v, want Never", c, n, at)
			}
			continue
		}
		if int64(at) != q.Int64() {
			t.Fatalf("%v.At(%d) = %d, want %v", c, n, at, q)
		}
		if f, u := c.FloorCycles(at), c.CeilCycles(at); f != n || u != n {
			t.Fatalf("%v: cycle %d starts at %d, and back gives %d and %d", c, n, at, f, u)
		}
		x := units.Time(rng.Int64N(1<<55) >> rng.UintN(50))
		if f := c.FloorCycles(x); c.At(f) > x || c.At(f+1) <= x {
			t.Fatalf("%v.FloorCycles(%d) = %d", c, x, f)
		}
		if u := c.CeilCycles(x); c.At(u) < x || u > 0 && c.At(u-1) >= x {
			t.Fatalf("%v.CeilCycles(%d) = %d", c, x, u)
		}
	}
}

func TestBitRateTime(t *testing.T) {
	for _, c := range []struct {
		rate units.BitRate
		size units.Bytes
		want units.Time
	}{
		{100 * units.Gbps, 64, 5120}, {100 * units.Gbps, 128, 10240}, {400 * units.Gbps, 64, 1280},
		{3 * units.Gbps, 1, 2667}, {0, 1, units.Never}, {units.BitPerSecond, 1 << 40, units.Never},
	} {
		if got := c.rate.Time(c.size); got != c.want {
			t.Errorf("%v.Time(%v) = %d ps, want %d", c.rate, c.size, got, c.want)
		}
	}
}

// TestClockLimits looks at cycles and times about where the conversions divide, and at the
// multiples of a period.
func TestClockLimits(t *testing.T) {
	second := big.NewInt(int64(units.Second))
	for _, hz := range []uint64{1, 2, 3, 7, 999, 1200 * units.MHz, 3600 * units.MHz, 3_599_999_999, units.GHz, 2400 * units.MHz, 999_999_999_999, 1000 * units.GHz} {
		c := units.MustClock(hz)
		big1 := new(big.Int).SetUint64(hz)
		for shift := range 63 {
			for d := range units.Cycles(9) {
				n := units.Cycles(1)<<shift + d - 4
				if n < 0 {
					continue
				}
				num := new(big.Int).Mul(big.NewInt(int64(n)), second)
				q := num.Add(num, new(big.Int).Sub(big1, big.NewInt(1)))
				q.Quo(q, big1)
				if want := q; want.IsInt64() && int64(c.At(n)) != want.Int64() || !want.IsInt64() && c.At(n) != units.Never {
					t.Fatalf("%v.At(%d) = %d, want %v", c, n, c.At(n), want)
				}
				f := new(big.Int).Mul(big.NewInt(int64(n)), big1)
				if f.Quo(f, second); int64(c.FloorCycles(units.Time(n))) != f.Int64() {
					t.Fatalf("%v.FloorCycles(%d) = %d, want %v", c, n, c.FloorCycles(units.Time(n)), f)
				}
				if at := c.At(n); at < units.Never {
					if got := c.FloorCycles(at); got != n {
						t.Fatalf("%v.FloorCycles(At(%d)) = %d", c, n, got)
					}
					if at > 0 && c.FloorCycles(at-1) != n-1 {
						t.Fatalf("%v.FloorCycles(At(%d)-1) = %d", c, n, c.FloorCycles(at-1))
					}
				}
			}
		}
	}
}

func BenchmarkClockAt(b *testing.B) {
	c := units.MustClock(3600 * units.MHz)
	var n units.Cycles
	for b.Loop() {
		n += units.Cycles(c.At(n)) & 1
		n++
	}
}
