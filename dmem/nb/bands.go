package nb

import (
	"image/color"
	"math"

	"gonum.org/v1/plot/vg/draw"

	"github.com/dmemsys/dmemsys/dmem/stats"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// Banded is one series of [Bands] and [BandStacks]: accesses by latency band.
type Banded struct {
	Name   string
	Counts [len(stats.Bands) + 1]uint64 // as of stats.Hist.BandCounts
}

// percent returns the shares of the bands, NaN without accesses.
func (b Banded) percent() []float64 {
	var sum uint64
	for _, n := range b.Counts {
		sum += n
	}
	out := make([]float64, len(b.Counts))
	for i, n := range b.Counts {
		out[i] = math.NaN()
		if sum > 0 {
			out[i] = 100 * float64(n) / float64(sum)
		}
	}
	return out
}

// bandNames returns the names of the latency bands, in nanoseconds.
func bandNames() []string {
	ns := func(t units.Time) string { return plainLabel(t.Nanoseconds()) }
	last := len(stats.Bands) - 1
	out := []string{"< " + ns(stats.Bands[0])}
	for i := 1; i <= last; i++ {
		out = append(out, ns(stats.Bands[i-1])+"–"+ns(stats.Bands[i]))
	}
	return append(out, ns(stats.Bands[last])+"+")
}

// Bands returns a histogram over the latency bands of stats.Bands: a group of bars a band, one
// bar a series, in per cent of the series' accesses.
func Bands(series ...Banded) *Figure {
	var bars []Bar
	for _, s := range series {
		bars = append(bars, Bar{Name: s.Name, Values: s.percent()})
	}
	f := Bars("Accesses (%)", bandNames(), bars...)
	f.X.Label = "Latency (ns)"
	return f
}

// BandStacks returns a bar a series, divided by latency bands from light (fast) to dark (slow),
// in per cent of the series' accesses.
func BandStacks(series ...Banded) *Figure {
	bands := bandNames()
	var names []string
	parts := make([][]float64, len(bands))
	for _, s := range series {
		names = append(names, s.Name)
		for i, v := range s.percent() {
			parts[i] = append(parts[i], v)
		}
	}
	d := &bars{names: names, part: bands}
	d.add(stack{parts: parts, fill: bandShade})
	for i, name := range bands {
		d.entries = append(d.entries, entry{name + " ns", boxWidth, func(c *draw.Canvas) { box(c, c.Rectangle, bandShade(i), 0) }})
	}
	return &Figure{X: Axis{Kind: categories}, Y: Axis{Label: "Accesses (%)", Max: 100}, data: d}
}

func bandShade(i int) color.Color { return shade(0.05 + 0.9*float64(i)/float64(len(stats.Bands))) }
