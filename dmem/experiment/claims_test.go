package experiment

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/dmemsys/dmemsys/dmem"
	"github.com/dmemsys/dmemsys/dmem/mem"
)

func TestVerdicts(t *testing.T) {
	part := func(name string, mean, low, high, least, most float64) Part {
		i := Interval{Mean: mean, Low: low, High: high, N: 5}
		return Part{name, i, i, least, most}
	}
	in, noisy, out := part("in", 5, 4, 6, 3, 10), part("noisy", 5, 2, 8, 3, 10), part("out", 1, 0, 2, 3, inf)
	nan := math.NaN()
	never := part("never", nan, nan, nan, 0, 1)
	for _, c := range []struct {
		parts   []Part
		verdict string
		reason  string
	}{
		{[]Part{in}, Reproduced, ""},
		{[]Part{in, in}, Reproduced, ""},
		{[]Part{noisy}, NotReproduced, "noise"},
		{[]Part{out}, NotReproduced, "3 or more"},
		{[]Part{in, out}, Partly, "out: 1"},
		{[]Part{never}, NotReproduced, "never"},
		{[]Part{never, in}, Reproduced, ""},
		{[]Part{never, out}, NotReproduced, "out: 1"},
	} {
		claim := Claim{Parts: c.parts}
		claim.judge()
		if claim.Verdict != c.verdict || !strings.Contains(claim.Reason, c.reason) || (c.reason == "") != (claim.Reason == "") {
			t.Errorf("%v: %s, %q; want %s, %q", c.parts, claim.Verdict, claim.Reason, c.verdict, c.reason)
		}
		if claim.Whole != claim.Verdict {
			t.Errorf("%v: %s, and %s over the whole run, with the same numbers", c.parts, claim.Verdict, claim.Whole)
		}
	}
	apart := Claim{Parts: []Part{{"apart", out.Measured, in.Measured, 3, inf}}}
	if apart.judge(); apart.Verdict != NotReproduced || apart.Whole != Reproduced {
		t.Errorf("%s, and %s over the whole run", apart.Verdict, apart.Whole)
	}
}

// TestKinds: a ratio and its inverse have inverse intervals, and being 20 % less is being 0.8
// times as much.
func TestKinds(t *testing.T) {
	near := func(a, b float64) bool { return math.Abs(a-b) < 1e-12*math.Abs(b) }
	ratios, inverse, less := []float64{0.5, 0.9, 0.8}, []float64{2, 1 / 0.9, 1.25}, []float64{50, 10, 20}
	a, b, c := ratio.interval(ratios), ratio.interval(inverse), percentLess.interval(less)
	if !near(a.Low, 1/b.High) || !near(a.Mean, 1/b.Mean) || !near(a.High, 1/b.Low) {
		t.Errorf("%v, and %v of the inverse", a, b)
	}
	if !near(c.Low, 100*(1-a.High)) || !near(c.Mean, 100*(1-a.Mean)) || !near(c.High, 100*(1-a.Low)) {
		t.Errorf("%v, and %v %% less", a, c)
	}
	if a.Low <= 0 || c.High >= 100 {
		t.Errorf("%v and %v hold what cannot be", a, c)
	}
}

// TestIdleRead: it is what the simulation of a single access finds.
func TestIdleRead(t *testing.T) {
	lives, err := Anatomy(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	c := dmem.Paper()
	clock := 1.0 // ns, more than a cycle of the memory: the phase at which the access comes
	if got, want := idleReadNs(&c), lives[0].Read[mem.PoolQueue].Nanoseconds()+lives[0].Read[mem.DRAM].Nanoseconds(); math.Abs(got-want) > clock {
		t.Errorf("%v ns, simulated %v ns", got, want)
	}
	if got, want := idleNetworkNs(&c, false)+idleReadNs(&c), lives[0].Read.Total().Nanoseconds(); math.Abs(got-want) > clock {
		t.Errorf("a remote read: %v ns, simulated %v ns", got, want)
	}
}

func TestDecidingPart(t *testing.T) {
	in := Part{Name: "in", Measured: Interval{Mean: 5, Low: 4, High: 6}, Least: 3, Most: 10}
	out := Part{Name: "out", Measured: Interval{Mean: 1, Low: 0, High: 2}, Least: 3, Most: inf}
	if c := (Claim{Parts: []Part{in, out, in}}); c.Deciding() != 1 {
		t.Errorf("part %d decides", c.Deciding())
	}
	if c := (Claim{Parts: []Part{in, in}}); c.Deciding() != 0 {
		t.Errorf("part %d decides", c.Deciding())
	}
}

// TestStatements: each has a name of its own, a section of the paper, and limits.
func TestStatements(t *testing.T) {
	sections := []string{"Abstract", "IV", "IV-A", "IV-B", "V", "VI"}
	seen := map[string]bool{}
	for _, s := range statements() {
		if seen[s.id] || !slices.Contains(sections, s.section) || s.place == "" || s.text == "" || len(s.parts) == 0 {
			t.Errorf("statement %q of %q", s.id, s.section)
		}
		seen[s.id] = true
		for _, p := range s.parts {
			if p.name == "" || p.least > p.most || p.least == -inf && p.most == inf {
				t.Errorf("%s: %q wants %v to %v", s.id, p.name, p.least, p.most)
			}
		}
	}
	if len(seen) < 25 {
		t.Errorf("%d statements", len(seen))
	}
}

func TestClaimsOfTinyRack(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the rack 60 times")
	}
	last, ends := 0, 0
	o := tinyRack(t)
	o.Progress = func(done, total int) {
		if done < last || done > total {
			t.Errorf("progress %d of %d after %d", done, total, last)
		}
		if done == total {
			ends++
		}
		last = done
	}
	claims, err := Claims(t.Context(), o, ClaimSeeds)
	if err != nil {
		t.Fatal(err)
	}
	if ends != 1 || last < 60*100 {
		t.Errorf("progress ended %d times, at %d accesses: want once, with those of 60 runs", ends, last)
	}
	if len(claims) != 2*len(statements()) {
		t.Errorf("%d claims of %d statements", len(claims), len(statements()))
	}
	for _, c := range claims {
		if c.Verdict == "" || (c.Verdict == Reproduced) != (c.Reason == "") {
			t.Errorf("%s: %s, %q", c.ID, c.Verdict, c.Reason)
		}
		for _, p := range c.Parts {
			if p.Measured.N != ClaimSeeds {
				t.Errorf("%s: %d seeds", c.ID, p.Measured.N)
			}
		}
	}
	if n := len(VerdictTable(claims).Rows); n != len(statements()) {
		t.Errorf("%d rows of verdicts", n)
	}
	if n := len(ClaimTable(claims).Rows); n < len(claims) {
		t.Errorf("%d rows", n)
	}
}

func TestCalibratedStretch(t *testing.T) {
	shares := func(percent ...float64) []Interval {
		var all []Interval
		for _, p := range percent {
			all = append(all, Interval{Mean: p})
		}
		return all
	}
	c := Calibration{Stretches: []float64{1, 2, 3}, Percent: shares(8, 4, 1)}
	if got := c.Stretch(); math.Abs(got-2.5) > 1e-12 { // half the logarithm of 4 to 1
		t.Errorf("stretch %v, want 2.5", got)
	}
	for _, p := range [][]Interval{shares(8, 4, 3), shares(1, 0.5, 0.1)} {
		if c.Percent = p; !math.IsNaN(c.Stretch()) {
			t.Errorf("%v: stretch %v", p, c.Stretch())
		}
	}
}

func TestDivisor(t *testing.T) {
	for s, want := range map[string]int{"": 64, "small": 64, "paper": 1, "16": 16, "256": 256} {
		if got, err := Divisor(s); err != nil || got != want {
			t.Errorf("%q: %d, %v", s, got, err)
		}
	}
	for _, s := range []string{"huge", "0", "-4", "2", "8", "1024", "64x"} {
		if _, err := Divisor(s); err == nil || !strings.Contains(err.Error(), "small, paper") {
			t.Errorf("%q: %v", s, err)
		}
	}
}
