package nb

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Values is one series of [Boxes]: the measured values of each group, for instance one a seed.
type Values struct {
	Name   string
	Groups [][]float64 // one list a group, in any order; empty: "n/a"
}

// Boxes returns a figure with a group of box plots a name along x, one box a series: the
// quartiles, whiskers to the least and the largest value, the mean as a white diamond, and
// the values themselves as dots where they are at most 30.
func Boxes(yLabel string, groups []string, series ...Values) *Figure {
	return &Figure{X: Axis{Kind: categories}, Y: Axis{Label: yLabel}, data: &boxes{groups, series}}
}

type boxes struct {
	names  []string
	series []Values
}

func (b *boxes) groups() []string { return b.names }

func (b *boxes) legend() (out []entry) {
	if len(b.series) > 1 {
		for i, s := range b.series {
			out = append(out, sample(s.Name, i, i))
		}
	}
	return out
}

func (b *boxes) check() error {
	if len(b.names) == 0 || len(b.series) == 0 {
		return errNoData
	}
	var errs []error
	some := false
	for _, s := range b.series {
		if len(s.Groups) != len(b.names) {
			errs = append(errs, fmt.Errorf("series %q has %d lists of values for %d groups", s.Name, len(s.Groups), len(b.names)))
			continue
		}
		for g, values := range s.Groups {
			some = some || len(values) > 0
			for _, v := range values {
				if math.IsNaN(v) || math.IsInf(v, 0) {
					errs = append(errs, fmt.Errorf("series %q, group %q: %v: want finite values", s.Name, b.names[g], v))
					break
				}
			}
		}
	}
	if len(errs) == 0 && !some {
		return errNoData
	}
	return errors.Join(errs...)
}

func (b *boxes) bounds(f *Figure) (x, y span) {
	y = nothing()
	for _, s := range b.series {
		for _, values := range s.Groups {
			for _, v := range values {
				y.add(v, f.Y.Kind)
			}
		}
	}
	if f.Y.Kind == Linear && y.lo < y.hi {
		room := 0.08 * (y.hi - y.lo)
		if y.lo >= 0 && y.lo < y.hi/2 {
			y.lo = 0
		} else {
			y.lo -= room
		}
		y.hi += room
	}
	return span{-0.55, float64(len(b.names)) - 0.45}, fit(y, f.Y.Kind)
}

func (b *boxes) draw(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	n := float64(len(b.series))
	slot := min(0.8/n, 0.5)
	place := func(v float64) vg.Length { return y(min(max(v, p.Y.Min), p.Y.Max)) }
	for g := range b.names {
		for i, s := range b.series {
			centre := float64(g) + (float64(i)-(n-1)/2)*slot
			left, mid, right := x(centre-0.38*slot), x(centre), x(centre+0.38*slot)
			values := slices.Sorted(slices.Values(s.Groups[g]))
			if len(values) == 0 {
				style := sans(noteSize, plot.DefaultTextHandler)
				style.XAlign, style.YAlign = draw.XCenter, draw.YBottom
				c.FillText(style, vg.Point{X: mid, Y: c.Min.Y + 2}, "n/a")
				continue
			}
			at := func(q float64) vg.Length { return place(stat.Quantile(q, stat.LinInterp, values, nil)) }
			low, high := place(values[0]), place(values[len(values)-1])
			line := stroke(black, 0.7)
			c.StrokeLine2(line, mid, low, mid, at(0.25))
			c.StrokeLine2(line, mid, at(0.75), mid, high)
			cap := (right - left) / 4
			c.StrokeLine2(line, mid-cap, low, mid+cap, low)
			c.StrokeLine2(line, mid-cap, high, mid+cap, high)
			box(&c, vg.Rectangle{Min: vg.Point{X: left, Y: at(0.25)}, Max: vg.Point{X: right, Y: at(0.75)}}, series(i), i)
			c.StrokeLine2(stroke(black, 1.4), left, at(0.5), right, at(0.5))
			if len(values) <= 30 {
				for k, v := range values {
					dx := (vg.Length(k*7%5)/4 - 0.5) * (right - left) * 0.5 // beside each other
					c.DrawGlyph(draw.GlyphStyle{Color: black, Radius: 1.1, Shape: draw.CircleGlyph{}}, vg.Point{X: mid + dx, Y: place(v)})
				}
			}
			mean := vg.Point{X: mid, Y: place(stat.Mean(values, nil))}
			c.DrawGlyph(draw.GlyphStyle{Color: black, Radius: 3, Shape: diamond{}}, mean)
			c.DrawGlyph(draw.GlyphStyle{Color: white, Radius: 2.1, Shape: diamond{}}, mean)
		}
	}
}
