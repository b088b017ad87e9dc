package experiment_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/dmemsys/dmemsys/dmem/experiment"
)

func TestSeeds(t *testing.T) {
	c := tiny(77)
	runs := experiment.Seeds("x", c, 3)
	for i, r := range runs {
		want := c
		want.Seed = c.Seed + uint64(i)
		if key(t, &r.Config) != key(t, &want) {
			t.Errorf("run %d differs in more than its seed, which is %d", i, r.Config.Seed)
		}
	}
	if runs[2].Name != "x, seed 79" || len(runs) != 3 {
		t.Errorf("%d runs, the last named %q", len(runs), runs[2].Name)
	}
}

// TestMeanOf holds intervals to Student's quantiles as tables print them: 12.706, 4.303,
// 2.776 and 2.262 for 1, 2, 4 and 9 degrees of freedom.
func TestMeanOf(t *testing.T) {
	for _, c := range []struct {
		values         []float64
		mean, half     float64
		tolerance      float64
		excludes, hold float64
	}{
		{[]float64{1, 3}, 2, 12.706 * math.Sqrt2 / math.Sqrt2, 0.001, 15, -10},
		{[]float64{1, 2, 3}, 2, 4.303 / math.Sqrt(3), 0.001, -0.5, 0},
		{[]float64{2, 4, 4, 5, 5}, 4, 2.776 * math.Sqrt(1.5) / math.Sqrt(5), 0.001, 2.4, 2.5},
		{[]float64{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, 4.5, 2.262 * math.Sqrt(82.5/9) / math.Sqrt(10), 0.001, 7, 6.5},
		{[]float64{7, 7, 7}, 7, 0, 0, 7.001, 7},
	} {
		i := experiment.MeanOf(c.values)
		if i.Mean != c.mean || math.Abs(i.High-i.Mean-c.half) > c.tolerance || math.Abs(i.Mean-i.Low-c.half) > c.tolerance || i.N != len(c.values) {
			t.Errorf("%v: got %v of %d, want %v ± %v", c.values, i, i.N, c.mean, c.half)
		}
		if !i.Excludes(c.excludes) || i.Excludes(c.hold) {
			t.Errorf("%v: excludes %v: %v, %v: %v", i, c.excludes, i.Excludes(c.excludes), c.hold, i.Excludes(c.hold))
		}
	}
	if i := experiment.MeanOf([]float64{5}); i.Mean != 5 || !math.IsInf(i.Low, -1) || !math.IsInf(i.High, 1) || i.Excludes(1e300) {
		t.Errorf("one value: %v", i)
	}
	for _, values := range [][]float64{nil, {math.NaN()}, {1, math.NaN(), 2}} {
		if i := experiment.MeanOf(values); !math.IsNaN(i.Mean) || i.Excludes(0) {
			t.Errorf("%v: %v, want NaN that excludes nothing", values, i)
		}
	}
}

// TestIntervalCoverage draws samples from a normal distribution: 95 % of the intervals
// hold its mean.
func TestIntervalCoverage(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 9))
	const n = 20_000
	for _, seeds := range []int{2, 5} {
		hold := 0
		for range n {
			v := make([]float64, seeds)
			for i := range v {
				v[i] = 100 + 7*rng.NormFloat64()
			}
			if !experiment.MeanOf(v).Excludes(100) {
				hold++
			}
		}
		// The standard deviation of the share is 0.15 %.
		if share := float64(hold) / n; math.Abs(share-0.95) > 0.006 {
			t.Errorf("%d seeds: %.2f %% of the intervals hold the mean", seeds, 100*share)
		}
	}
}

// TestMeanDifference: what a seed adds to both cancels.
func TestMeanDifference(t *testing.T) {
	a, b := []float64{101, 202, 303, 404}, []float64{100, 200, 300, 400}
	i, err := experiment.MeanDifference(a, b)
	if err != nil || i != experiment.MeanOf([]float64{1, 2, 3, 4}) || i.N != 4 || !i.Excludes(0) {
		t.Errorf("got %v, %v", i, err)
	}
	if _, err := experiment.MeanDifference(a, b[:3]); err == nil {
		t.Error("a difference of four values and three is accepted")
	}
}
