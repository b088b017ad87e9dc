package nb

import (
	"errors"
	"fmt"
	"image/color"
	"math"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Bar is the values of one series of [Bars].
type Bar struct {
	Name   string    // in the legend
	Values []float64 // one a group; NaN: no samples
	Low    []float64 // with High: an interval a group, drawn as a whisker; nil: none
	High   []float64
}

// Bars returns a figure with a group of bars a name along x, one bar a series, its value
// above it where there is room. Series differ in colour and hatching.
func Bars(yLabel string, groups []string, series ...Bar) *Figure {
	d := &bars{names: groups, values: true}
	for i, s := range series {
		d.add(stack{name: s.Name, parts: [][]float64{s.Values}, colour: i, hatch: i, low: s.Low, high: s.High})
	}
	if len(series) > 1 {
		for i, s := range series {
			d.entries = append(d.entries, sample(s.Name, i, i))
		}
	}
	return &Figure{X: Axis{Kind: categories}, Y: Axis{Label: yLabel}, data: d}
}

// Stack is one series of [Stacks], for instance one policy.
type Stack struct {
	Name  string      // in the legend when there are several
	Parts [][]float64 // one list a part, from the bottom up, each with one value a group; NaN: nothing
}

// Stacks returns a figure with a group of stacked bars a name along x, one stack a series.
// Parts differ in colour and series in hatching.
func Stacks(yLabel string, groups, parts []string, series ...Stack) *Figure {
	d := &bars{names: groups, part: parts}
	for i, s := range series {
		d.add(stack{name: s.Name, parts: s.Parts, hatch: i})
	}
	for i, name := range parts {
		d.entries = append(d.entries, sample(name, i, 0))
	}
	if len(series) > 1 {
		for i, s := range series {
			d.entries = append(d.entries, sample(s.Name, -1, i))
		}
	}
	return &Figure{X: Axis{Kind: categories}, Y: Axis{Label: yLabel}, data: d}
}

// bars draws groups of stacks; a plain bar is a stack of one part.
type bars struct {
	names   []string
	part    []string // names of the parts, nil for plain bars
	stacks  []stack
	values  bool // write the value above a bar
	entries []entry
}

type stack struct {
	name   string
	parts  [][]float64
	colour int // of the first part
	hatch  int

	low, high []float64             // interval of the height of each group, or nil
	fill      func(int) color.Color // of each part; nil: the colours of series
}

func (b *bars) add(s stack) { b.stacks = append(b.stacks, s) }

// sample returns a legend entry with a box; colour -1 is white.
func sample(name string, colour, hatch int) entry {
	return entry{name, boxWidth, func(c *draw.Canvas) {
		if colour < 0 {
			box(c, c.Rectangle, nil, hatch)
			return
		}
		box(c, c.Rectangle, series(colour), hatch)
	}}
}

func (b *bars) legend() []entry  { return b.entries }
func (b *bars) groups() []string { return b.names }

func (b *bars) check() error {
	if len(b.names) == 0 || len(b.stacks) == 0 {
		return errNoData
	}
	var errs []error
	some := false
	for _, s := range b.stacks {
		if b.part != nil && len(s.parts) != len(b.part) {
			errs = append(errs, fmt.Errorf("series %q has %d parts, want %d", s.name, len(s.parts), len(b.part)))
		}
		if err := intervals(s.low, s.high, len(b.names)); err != nil {
			errs = append(errs, fmt.Errorf("series %q: %w", s.name, err))
		}
		for _, values := range s.parts {
			if len(values) != len(b.names) {
				errs = append(errs, fmt.Errorf("series %q has %d values for %d groups", s.name, len(values), len(b.names)))
			}
			for i, v := range values {
				some = some || !math.IsNaN(v)
				if (math.IsInf(v, 0) || v < 0) && i < len(b.names) {
					errs = append(errs, fmt.Errorf("series %q, group %q: %v: want a finite value from zero on", s.name, b.names[i], v))
				}
			}
		}
	}
	if len(errs) == 0 && !some {
		return errNoData
	}
	return errors.Join(errs...)
}

// sum returns the height of a stack, NaN when no part has a value.
func (s stack) sum(group int) float64 {
	sum, some := 0.0, false
	for _, values := range s.parts {
		if v := values[group]; !math.IsNaN(v) {
			sum, some = sum+v, true
		}
	}
	if !some {
		return math.NaN()
	}
	return sum
}

func (b *bars) bounds(f *Figure) (x, y span) {
	y = nothing()
	for _, s := range b.stacks {
		for g := range b.names {
			y.add(s.sum(g), f.Y.Kind)
			if s.low != nil {
				y.add(s.high[g], f.Y.Kind)
			}
		}
	}
	x = span{-0.55, float64(len(b.names)) - 0.45}
	switch {
	case y.lo > y.hi: // nothing that a logarithmic axis shows
		y = span{1, 10}
	case f.Y.Kind != Linear:
		y = span{roundDown(y.lo / 1.5), roundUp(y.hi * 1.05)}
	case y.hi == 0:
		y = span{0, 1}
	default:
		y = span{0, y.hi * 1.08}
	}
	return x, y
}

func (b *bars) draw(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	n := float64(len(b.stacks))
	values := b.values && b.fit(float64(c.Size().X)/float64(len(b.names)))
	slot := 0.8 / n
	gap := min(0.07*slot, 0.02)
	if n == 1 {
		slot, gap = 0.6, 0
	}
	for g := range b.names {
		for i, s := range b.stacks {
			left := float64(g) + (float64(i)-n/2)*slot + gap
			r := vg.Rectangle{Min: vg.Point{X: x(left)}, Max: vg.Point{X: x(left + slot - 2*gap)}}
			b.stack(&c, p, y, r, s, g, values)
		}
	}
	c.StrokeLine2(stroke(black, 0.7), c.Min.X, c.Min.Y, c.Max.X, c.Min.Y) // over the feet of the bars
}

// fit reports whether all values are narrow enough for bars in groups of the given width.
func (b *bars) fit(group float64) bool {
	style := sans(noteSize, plot.DefaultTextHandler)
	for _, s := range b.stacks {
		for g := range b.names {
			if float64(style.Width(short(s.sum(g)))) > 0.8*group/float64(len(b.stacks))-1 {
				return false
			}
		}
	}
	return true
}

// stack draws the parts of one stack between the sides of r, and its value above.
func (b *bars) stack(c *draw.Canvas, p *plot.Plot, y func(float64) vg.Length, r vg.Rectangle, s stack, g int, value bool) {
	clamp := func(v float64) vg.Length { return y(min(max(v, p.Y.Min), p.Y.Max)) }
	sum := 0.0
	for i, values := range s.parts {
		v := values[g]
		if math.IsNaN(v) || v == 0 {
			continue
		}
		r.Min.Y, r.Max.Y = clamp(sum), clamp(sum+v)
		sum += v
		if r.Max.Y > r.Min.Y {
			fill := series(s.colour + i)
			if s.fill != nil {
				fill = s.fill(i)
			}
			box(c, r, fill, s.hatch)
		}
	}
	style := sans(noteSize, plot.DefaultTextHandler)
	style.XAlign, style.YAlign = draw.XCenter, draw.YBottom
	mid := (r.Min.X + r.Max.X) / 2
	at := vg.Point{X: mid, Y: clamp(sum) + 1.5}
	if s.low != nil && !math.IsNaN(s.low[g]+s.high[g]) {
		whisker(c, stroke(black, 0.8), mid, clamp(s.low[g]), clamp(s.high[g]), min(3, (r.Max.X-r.Min.X)/4))
		at.Y = max(at.Y, clamp(s.high[g])+1.5)
	}
	switch total := s.sum(g); {
	case math.IsNaN(total):
		c.FillText(style, at, "n/a")
	case value:
		c.FillText(style, at, short(total))
	}
}

// short writes a value with about three digits: "0.42", "3.1", "652", "1204", "12.1k".
func short(v float64) string {
	switch {
	case math.IsNaN(v):
		return "n/a"
	case v >= 10_000 && v < 1e6:
		return trim(strconv.FormatFloat(v/1000, 'f', 1, 64)) + "k"
	case v >= 100:
		return number(v, 0)
	case v >= 10:
		return trim(number(v, 1))
	}
	return trim(number(v, 2))
}
