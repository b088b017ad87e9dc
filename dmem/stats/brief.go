package stats

import (
	"math"
	"math/bits"

	"github.com/dmemsys/dmemsys/dmem/units"
)

// Brief is a short summary of latencies. Quantiles are within 1 %, NaN without samples; all
// else is exact.
type Brief struct {
	Mean
	Bands               [len(Bands) + 1]uint64 // samples by latency band, see [Hist.BandCounts]
	P50Ns, P99Ns, MaxNs float64
}

// Samples collects latencies for a [Brief]. It is made for few samples at a time, which it
// keeps as they are: to go through the buckets of a histogram takes longer. Should there be
// many, it counts them in one. The summary is the same. The zero value is empty.
type Samples struct {
	n    int
	few  [1024]units.Time // the newest n
	many Hist             // a coarse one, of those before
}

// Record adds one latency, which is not negative.
func (s *Samples) Record(t units.Time) {
	if s.n == len(s.few) {
		s.count()
	}
	s.few[s.n] = t
	s.n++
}

// count moves the samples into the histogram.
func (s *Samples) count() {
	s.many.coarse = true
	for _, t := range s.few[:s.n] {
		s.many.Record(t)
	}
	s.n = 0
}

// Merge adds the samples of o.
func (s *Samples) Merge(o *Samples) {
	s.many.coarse = true
	s.many.Merge(&o.many)
	for _, t := range o.few[:o.n] {
		s.Record(t)
	}
}

// Reset removes all samples and keeps the memory.
func (s *Samples) Reset() {
	s.n = 0
	if s.many.Count > 0 {
		s.many.Reset()
	}
}

// Brief returns the summary of the samples.
func (s *Samples) Brief() Brief {
	if s.many.Count > 0 {
		s.count()
		h := &s.many
		return Brief{h.Mean, h.bands, h.QuantileNs(0.5), h.QuantileNs(0.99), h.MaxNs()}
	}
	if s.n == 0 {
		return Brief{P50Ns: math.NaN(), P99Ns: math.NaN(), MaxNs: math.NaN()}
	}
	var b Brief
	few := s.few[:s.n]
	least, most := few[0], few[0]
	for _, t := range few {
		b.Add(t)
		b.Bands[band(t)]++
		least, most = min(least, t), max(most, t)
	}
	quantile := func(t units.Time) float64 { return min(max(bucketEnd(t), least), most).Nanoseconds() }
	n := float64(s.n)
	p50, p99 := int(rank(0.5, n))-1, int(rank(0.99, n))-1
	b.P50Ns = quantile(nth(few, p50))
	b.P99Ns = quantile(nth(few[p50:], p99-p50)) // the larger ones stand there now
	b.MaxNs = most.Nanoseconds()
	return b
}

// bucketEnd returns the largest latency in the bucket of a coarse histogram that t lies in.
func bucketEnd(t units.Time) units.Time {
	t = min(t, units.Time(histHighest))
	bucket := max(bits.Len64(uint64(t))-8, 3) // 8 bits are two digits and a bit more; 3 are histLowest
	return t | (1<<bucket - 1)
}

// nth returns the sample at index k of the sorted samples. It sorts them only so far: those
// before k are not larger, those after it not smaller.
func nth(samples []units.Time, k int) units.Time {
	for {
		pivot := samples[len(samples)/2]
		less := partition(samples, pivot)
		if k < less {
			samples = samples[:less]
			continue
		}
		samples, k = samples[less:], k-less
		equal := partition(samples, pivot+1)
		if k < equal {
			return pivot
		}
		samples, k = samples[equal:], k-equal
	}
}

// partition brings the samples below a limit to the front and returns their number. It is
// free of branches, which would be hard to predict.
func partition(samples []units.Time, limit units.Time) int {
	n := 0
	for i, t := range samples {
		samples[i] = samples[n]
		samples[n] = t
		n += int(uint64(t-limit) >> 63) // 1 if t is below
	}
	return n
}
