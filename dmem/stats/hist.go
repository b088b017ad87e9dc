package stats

import (
	"math"
	"math/bits"

	"github.com/dmemsys/dmemsys/dmem/units"
)

// Range and resolution of a histogram, those of an HDR histogram of three significant
// digits: below 16 ns a bucket is 8 ps wide, above at most 1/1024 of its value.
const (
	histHighest = 100 * units.Second
	octaveBits  = 10 // log2 of the buckets in an octave
	unitBits    = 3  // log2 of the width of the narrowest bucket
	numOctaves  = 35 // the last holds histHighest
)

// Bands are the limits of the latency bands of the paper's Figure 5(a): under 100 ns,
// 100 ns up to 300 ns, ..., 1000 ns and more.
var Bands = [...]units.Time{
	100 * units.Nanosecond, 300 * units.Nanosecond, 500 * units.Nanosecond, 700 * units.Nanosecond, 1000 * units.Nanosecond,
}

// Hist is a mergeable histogram of latencies. Count, mean, minimum, maximum and the bands
// are exact; quantiles are within 0.1 % from 8 ns to 100 s (a latency above counts as 100 s
// there). The zero value is empty and takes no memory until the first sample, and then 8 KiB
// for each power of two in which there is one.
type Hist struct {
	Mean
	min, max units.Time
	bands    [len(Bands) + 1]uint64
	octaves  *[numOctaves]*octave // nil before the first sample
}

// octave counts the samples of one power of two, the first octave those from zero on.
type octave [1 << octaveBits]uint64

// bucket returns the octave and the place in it of a latency.
func bucket(t units.Time) (o, i uint) {
	v := uint64(min(t, histHighest))
	o = uint(bits.Len64(v|(1<<(octaveBits+unitBits)-1))) - (octaveBits + unitBits)
	return o, uint(v>>(width(o)&63)) & (1<<octaveBits - 1)
}

// width returns log2 of the width of an octave's buckets.
func width(o uint) uint { return unitBits + o - (o+63)>>6 } // the first two octaves have the same

// top returns the largest latency that a bucket counts.
func top(o, i uint) units.Time {
	if o > 0 {
		i |= 1 << octaveBits
	}
	return units.Time((i+1)<<width(o)) - 1
}

// Record counts one latency, which is not negative.
func (h *Hist) Record(t units.Time) {
	o, i := bucket(t)
	if h.octaves == nil || h.octaves[o] == nil {
		h.grow(o)
	}
	h.octaves[o][i]++
	h.Add(t)
	h.min, h.max = min(h.min, t), max(h.max, t)
	h.bands[band(t)]++
}

// grow makes room for the samples of an octave.
func (h *Hist) grow(o uint) {
	if h.octaves == nil {
		h.octaves = new([numOctaves]*octave)
		h.min = units.Never
	}
	if h.octaves[o] == nil {
		h.octaves[o] = new(octave)
	}
}

// band returns the band of a latency, without branches, which would be hard to predict.
func band(t units.Time) int {
	b := 0
	for _, limit := range Bands {
		b += 1 + int((t-limit)>>63)
	}
	return b
}

// Merge adds the samples of o.
func (h *Hist) Merge(o *Hist) {
	if o.Count == 0 {
		return
	}
	if h.octaves == nil {
		h.octaves = new([numOctaves]*octave)
		h.min = units.Never
	}
	h.Mean.Merge(o.Mean)
	h.min, h.max = min(h.min, o.min), max(h.max, o.max)
	for i, n := range o.bands {
		h.bands[i] += n
	}
	for k, from := range o.octaves {
		if from == nil {
			continue
		}
		if h.octaves[k] == nil {
			h.octaves[k] = new(octave)
		}
		for i, n := range from {
			h.octaves[k][i] += n
		}
	}
}

// Reset empties the histogram and keeps its memory.
func (h *Hist) Reset() {
	keep, used := h.octaves, h.Count > 0
	*h = Hist{octaves: keep}
	if keep == nil {
		return
	}
	h.min = units.Never
	if used {
		for _, o := range keep {
			if o != nil {
				clear(o[:])
			}
		}
	}
}

// each calls f with the largest latency and the number of samples of every bucket that is
// not empty, from the least latency on, until f returns false.
func (h *Hist) each(f func(top units.Time, n uint64) bool) {
	if h.octaves == nil {
		return
	}
	for k, o := range h.octaves {
		if o == nil {
			continue
		}
		for i, n := range o {
			if n > 0 && !f(min(max(top(uint(k), uint(i)), h.min), h.max), n) {
				return
			}
		}
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
	rank := uint64(min(max(math.Ceil(q*float64(h.Count)), 1), float64(h.Count)))
	var seen uint64
	at := h.max
	h.each(func(top units.Time, n uint64) bool {
		if seen += n; seen >= rank {
			at = top
			return false
		}
		return true
	})
	return at.Nanoseconds()
}

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
	points := []Point{{h.MinNs(), 0}}
	step := 2 / float64(n)
	var seen uint64
	h.each(func(top units.Time, count uint64) bool {
		seen += count
		last := points[len(points)-1].Fraction
		p := Point{top.Nanoseconds(), float64(seen) / float64(h.Count)}
		// Even steps in the body, and steps that halve the rest in the tail.
		if p.Fraction-last >= min(step, (1-last)/8) || seen == h.Count {
			points = append(points, p)
		}
		return true
	})
	return points
}
