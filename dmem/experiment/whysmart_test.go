package experiment

import (
	"math"
	"testing"

	"github.com/dmemsys/dmemsys/dmem/pool"
)

// TestWhySmart runs two settings of a moment each: what is asked for is near the load, grants
// of round-robin never repeat a pool, and the choice of a pool matters to streams but not to
// uniform accesses.
func TestWhySmart(t *testing.T) {
	if testing.Short() {
		t.Skip("runs half a million accesses")
	}
	base := Setting{Spread: 0.5, Anywhere: true, Load: 0.7, Divisor: 256, Seeds: 1, Random: true}
	uniform, streams := base, base
	uniform.Name, uniform.Mix = "uniform", RandomLines()
	streams.Name, streams.Mix = "streams", Streams()
	w, err := WhySmart(t.Context(), Options{}, []Setting{uniform, streams})
	if err != nil {
		t.Fatal(err)
	}
	imbalance := map[string]float64{}
	for i, s := range w.Settings {
		for j, p := range w.Policies {
			x := w.Samples[i][j][0]
			if math.Abs(x.Load/0.7-1) > 0.05 {
				t.Errorf("%s, %v: load %.3f, want 0.7", s.Name, p, x.Load)
			}
			imbalance[s.Name+" "+p.Name] = x.Imbalance
			if p.Name == pool.RoundRobin.Name && x.SamePool != 0 {
				t.Errorf("%s: round-robin repeats a pool in %v %% of the grants", s.Name, x.SamePool)
			}
			sum := 0.0
			for _, v := range w.Courses[i][j].PerMicros {
				for _, a := range v {
					sum += a / float64(len(v))
				}
			}
			if got := sum / float64(len(w.Courses[i][j].PerMicros)) / w.Courses[i][j].Capacity; math.Abs(got/x.Load-1) > 1e-9 {
				t.Errorf("%s, %v: the pools' courses add up to a load of %v, not %v", s.Name, p, got, x.Load)
			}
		}
	}
	if a, b := imbalance["streams random"], imbalance["streams round-robin"]; a < 1.5*b {
		t.Errorf("streams: imbalance %.1f %% with random pools, %.1f %% with round-robin", a, b)
	}
	if a, b := imbalance["uniform random"], imbalance["streams random"]; a > b/2 {
		t.Errorf("random pools: imbalance %.1f %% of uniform accesses, %.1f %% of streams", a, b)
	}
	if rows := len(w.Table().Rows); rows != 6 {
		t.Errorf("%d rows, want 6", rows)
	}
}

// TestGain holds the paired change to samples made by hand.
func TestGain(t *testing.T) {
	w := Why{Settings: make([]Setting, 1), Policies: WhyPolicies(), Samples: [][][]WhySample{{
		nil, {{MeanNs: 200}, {MeanNs: 400}}, {{MeanNs: 180}, {MeanNs: 320}},
	}}}
	// Ratios 0.9 and 0.8: the root of 0.72; the standard error of their logarithms is 0.05889, and
	// with one degree of freedom the interval has 12.706 of them.
	if g := w.Gain(0, WhyMean); math.Abs(g.Mean+15.147186) > 1e-6 || math.Abs(g.High-79.3261) > 0.001 {
		t.Errorf("change of %v", g)
	}
}

// TestSettings: names are unique within a group, and the same conditions have one name each.
func TestSettings(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range Settings() {
		if id := s.Group + " " + s.Name; seen[id] {
			t.Errorf("%s twice", id)
		} else {
			seen[id] = true
		}
		if s.Seeds < 1 || s.Load <= 0 || s.Load >= 1 {
			t.Errorf("%+v", s)
		}
	}
}
