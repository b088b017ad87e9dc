package experiment

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"github.com/dmemsys/dmemsys/dmem"
)

// Seeds returns a run of the configuration for each of n seeds from its own on, in this order.
func Seeds(name string, c dmem.Config, n int) []Run {
	runs := make([]Run, n)
	for i := range runs {
		runs[i] = Run{fmt.Sprintf("%s, seed %d", name, c.Seed), c}
		c.Seed++
	}
	return runs
}

// Interval is a mean over seeds with its confidence interval: were the experiment repeated
// with other seeds, 95 % of such intervals would hold the true mean, if what is measured
// is normally distributed over the seeds.
type Interval struct {
	Mean, Low, High float64
	N               int // seeds
}

// MeanOf returns the mean of what was measured, a value a seed, with its 95 % interval after
// Student: with n values of mean m and sample standard deviation s (divisor n-1),
//
//	m ± t(0.975, n-1) · s / √n
//
// where t is the quantile of Student's distribution. One value has an infinite interval; no
// value, or a NaN among them, gives NaN.
func MeanOf(values []float64) Interval {
	n := float64(len(values))
	if len(values) < 2 {
		m := stat.Mean(values, nil) // NaN without a value
		return Interval{m, m - math.Inf(1), m + math.Inf(1), len(values)}
	}
	m, s := stat.MeanStdDev(values, nil)
	half := distuv.StudentsT{Sigma: 1, Nu: n - 1}.Quantile(0.975) * s / math.Sqrt(n)
	return Interval{m, m - half, m + half, len(values)}
}

// MeanRatio returns the geometric mean of ratios, a value a seed, with its 95 % interval: that of
// [MeanOf] on their logarithms.
func MeanRatio(values []float64) Interval {
	logs := make([]float64, len(values))
	for i, v := range values {
		logs[i] = math.Log(v)
	}
	i := MeanOf(logs)
	return Interval{math.Exp(i.Mean), math.Exp(i.Low), math.Exp(i.High), i.N}
}

// MeanDifference returns the mean of a - b, seed by seed, with its 95 % interval. Pairs of
// one seed have the same load, so that what a seed adds to both cancels. It is an error if
// the numbers of values differ.
func MeanDifference(a, b []float64) (Interval, error) {
	if len(a) != len(b) {
		return Interval{}, fmt.Errorf("experiment: difference of %d values and %d: want a pair a seed", len(a), len(b))
	}
	d := make([]float64, len(a))
	for i := range d {
		d[i] = a[i] - b[i]
	}
	return MeanOf(d), nil
}

// Excludes reports whether x lies outside of the interval. A difference whose interval does
// not exclude 0 is inside the noise: it is no result.
func (i Interval) Excludes(x float64) bool { return x < i.Low || x > i.High }

// String returns the interval as "12.3 [11.9, 12.7]".
func (i Interval) String() string { return fmt.Sprintf("%.4g [%.4g, %.4g]", i.Mean, i.Low, i.High) }
