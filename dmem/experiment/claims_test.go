package experiment

import (
	"math"
	"slices"
	"strings"
	"testing"
)

func TestVerdicts(t *testing.T) {
	in := Part{"in", Interval{Mean: 5, Low: 4, High: 6}, 3, 10}
	noisy := Part{"noisy", Interval{Mean: 5, Low: 2, High: 8}, 3, 10}
	out := Part{"out", Interval{Mean: 1, Low: 0, High: 2}, 3, inf}
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
		{[]Part{{"nothing", Interval{math.NaN(), math.NaN(), math.NaN(), 5}, 0, 1}}, NotReproduced, "nothing"},
	} {
		claim := Claim{Parts: c.parts}
		claim.judge()
		if claim.Verdict != c.verdict || !strings.Contains(claim.Reason, c.reason) || (c.reason == "") != (claim.Reason == "") {
			t.Errorf("%v: %s, %q; want %s, %q", c.parts, claim.Verdict, claim.Reason, c.verdict, c.reason)
		}
	}
}

func TestDecidingPart(t *testing.T) {
	in := Part{"in", Interval{Mean: 5, Low: 4, High: 6}, 3, 10}
	out := Part{"out", Interval{Mean: 1, Low: 0, High: 2}, 3, inf}
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
	last := 0
	o := tinyRack(t)
	o.Progress = func(done, total int) {
		if done < last || done > total {
			t.Errorf("progress %d of %d after %d", done, total, last)
		}
		last = done
	}
	claims, err := Claims(t.Context(), o, ClaimSeeds)
	if err != nil {
		t.Fatal(err)
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
	c := Calibration{Stretches: []float64{1, 2, 3}, Percent: []float64{8, 4, 1}}
	if got := c.Stretch(); math.Abs(got-2.5) > 1e-12 { // half the logarithm of 4 to 1
		t.Errorf("stretch %v, want 2.5", got)
	}
	for _, p := range [][]float64{{8, 4, 3}, {1, 0.5, 0.1}} {
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
