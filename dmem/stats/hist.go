package stats

import (
	"math"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/dmemsys/dmemsys/dmem/units"
)

// Range and resolution of a histogram. Three significant digits make a bucket at most
// 1/1024 of its value wide; below 8 ns the resolution is 8 ps. Few latencies are so long
// that a histogram needs its whole range; until it does it is a third of the size.
const (
	histLowest   = 8                // ps
	histFirst    = int64(1<<24 - 1) // ps: 16 µs
	histHighest  = int64(100 * units.Second)
	histDigits   = 3
	coarseDigits = 2
)

// Bands are the limits of the latency bands of the paper's Figure 5(a): under 100 ns,
// 100 ns up to 300 ns, ..., 1000 ns and more.
var Bands = [...]units.Time{
	100 * units.Nanosecond, 300 * units.Nanosecond, 500 * units.Nanosecond, 700 * units.Nanosecond, 1000 * units.Nanosecond,
}

// Hist is a mergeable histogram of latencies. Count, mean, minimum, maximum and the bands
// are exact; quantiles are within 0.1 % from 8 ns to 100 s (a latency above counts as 100 s
// there). The zero value is empty and takes no memory until the first sample.
type Hist struct {
	Mean
	min, max units.Time
	h        *hdrhistogram.Histogram
	bands    [len(Bands) + 1]uint64
	coarse   bool // quantiles are within 1 %, in an eighth of the size: for Samples, which are not encoded
}

// Record counts one latency, which is not negative.
func (h *Hist) Record(t units.Time) {
	if h.h == nil {
		h.start()
	}
	h.Add(t)
	h.min, h.max = min(h.min, t), max(h.max, t)
	h.bands[band(t)]++
	v := min(int64(t), histHighest)
	if h.h.RecordValue(v) != nil {
		h.grow()
		_ = h.h.RecordValue(v) // cannot fail: the value is in range
	}
}

func (h *Hist) start() {
	h.h, h.min = h.empty(histFirst), units.Never
}

// grow gives the histogram its whole range.
func (h *Hist) grow() {
	if h.h.HighestTrackableValue() < histHighest {
		whole := h.empty(histHighest)
		h.each(func(v, n int64) { _ = whole.RecordValues(v, n) }) // cannot fail
		h.h = whole
	}
}

func (h *Hist) empty(highest int64) *hdrhistogram.Histogram {
	if h.coarse {
		return hdrhistogram.New(histLowest, highest, coarseDigits)
	}
	return hdrhistogram.New(histLowest, highest, histDigits)
}

// bandStep divides the limits of the bands; bandOf holds the band of the latencies from each
// multiple of it to the next, and from the last on.
const bandStep = 100 * units.Nanosecond

var bandOf = func() (bands [11]uint8) {
	for i := range bands {
		for _, limit := range Bands {
			if units.Time(i)*bandStep >= limit {
				bands[i]++
			}
		}
	}
	return bands
}()

// band returns the band of a latency, without branches, which would be hard to predict.
func band(t units.Time) uint8 {
	return bandOf[min(uint64(t)/uint64(bandStep), uint64(len(bandOf)-1))]
}

// Merge adds the samples of o.
func (h *Hist) Merge(o *Hist) {
	if o.h == nil {
		return
	}
	if h.h == nil {
		h.start()
	}
	if int64(o.max) > h.h.HighestTrackableValue() {
		h.grow()
	}
	h.Mean.Merge(o.Mean)
	h.min, h.max = min(h.min, o.min), max(h.max, o.max)
	for i, n := range o.bands {
		h.bands[i] += n
	}
	o.each(func(v, n int64) { _ = h.h.RecordValues(v, n) }) // cannot fail: the values are in range
}

// each calls f for the buckets that are not empty, in order, with the least latency that lies in
// the bucket and the number of samples. The library's iterators take ten times as long.
func (h *Hist) each(f func(least, n int64)) {
	for i, n := range h.h.Export().Counts {
		if n > 0 {
			f(h.least(i), n)
		}
	}
}

// least returns the least latency that lies in a bucket: for each doubling of the latency there
// are as many buckets, and once more as many before the first.
func (h *Hist) least(bucket int) int64 {
	doubling := 10
	if h.coarse {
		doubling = 7
	}
	doublings := max(bucket>>doubling-1, 0)
	return int64(bucket-doublings<<doubling) * histLowest << doublings
}

// Reset empties the histogram and keeps its memory.
func (h *Hist) Reset() {
	keep := h.h
	*h = Hist{coarse: h.coarse}
	if keep != nil {
		if keep.TotalCount() > 0 {
			keep.Reset()
		}
		h.h, h.min = keep, units.Never
	}
}

// MinNs returns the least latency in nanoseconds, NaN without samples.
func (h *Hist) MinNs() float64 { return h.orNaN(h.min) }

// MaxNs returns the largest latency in nanoseconds, NaN without samples.
func (h *Hist) MaxNs() float64 { return h.orNaN(h.max) }

// QuantileNs returns the least latency in nanoseconds that at least a share q of the samples
// (0 to 1) does not exceed, NaN without samples.
func (h *Hist) QuantileNs(q float64) float64 {
	if h.Count == 0 {
		return math.NaN()
	}
	n := float64(h.Count)
	t := units.Time(h.h.ValueAtQuantile(100 * rank(q, n) / n)) // the library rounds q*n to the nearest rank
	return min(max(t, h.min), h.max).Nanoseconds()
}

// rank returns which of n sorted samples is a quantile, from 1.
func rank(q, n float64) float64 { return max(math.Ceil(q*n), 1) }

func (h *Hist) orNaN(t units.Time) float64 {
	if h.Count == 0 {
		return math.NaN()
	}
	return t.Nanoseconds()
}

// BandCounts returns how many samples lie in each band: [0] under Bands[0], the last at or
// above the last limit.
func (h *Hist) BandCounts() [len(Bands) + 1]uint64 { return h.bands }

// Over1000ns returns the number of samples of 1000 ns or more.
func (h *Hist) Over1000ns() uint64 { return h.bands[len(Bands)] }

// Point is a point of a cumulative distribution.
type Point struct {
	Ns       float64 // latency in nanoseconds
	Fraction float64 // share of the samples that do not exceed it, 0 to 1
}

// CDF returns the cumulative distribution, at most n points (at least 2), rising in both
// coordinates; nil without samples. Tail quantiles up to 1 - 1e-6 are kept.
func (h *Hist) CDF(n int) []Point {
	if h.Count == 0 {
		return nil
	}
	var all []Point
	var seen int64
	for _, b := range h.h.Distribution() {
		if b.Count == 0 {
			continue
		}
		seen += b.Count
		top := min(max(units.Time(b.To), h.min), h.max)
		all = append(all, Point{top.Nanoseconds(), float64(seen) / float64(h.Count)})
	}
	points := []Point{{h.MinNs(), 0}}
	step := 2 / float64(n)
	for i, p := range all {
		last := points[len(points)-1].Fraction
		// Even steps in the body, and steps that halve the rest in the tail.
		if p.Fraction-last >= min(step, (1-last)/8) || i == len(all)-1 {
			points = append(points, p)
		}
	}
	return points
}
