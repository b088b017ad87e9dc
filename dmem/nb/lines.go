package nb

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/dmemsys/dmemsys/dmem/stats"
)

// Line is one line of [Lines].
type Line struct {
	Name   string    // in the legend when there are several
	X, Y   []float64 // points, by rising X; a Y of NaN is a gap
	Step   bool      // the value holds until the next point, as a count over a window of time does
	Events []float64 // places along X to be marked with a black diamond on the line
	Low    []float64 // with High: an interval a point, as whiskers or, at many points, as a band; nil: none
	High   []float64
	Points bool // marks at all points and no line: a scatter plot
}

// Lines returns a figure of lines with a few marks each. The vertical axis starts at zero
// unless Y.Min and Y.Max say otherwise.
func Lines(xLabel, yLabel string, lines ...Line) *Figure {
	return &Figure{X: Axis{Label: xLabel}, Y: Axis{Label: yLabel}, data: &curves{lines: lines, marks: true}}
}

// Dist is one distribution of [CDF].
type Dist struct {
	Name   string
	Points []stats.Point // rising, as stats.Hist gives them
}

// CDF returns a figure of cumulative distributions over a logarithmic latency axis.
func CDF(xLabel string, dists ...Dist) *Figure {
	d := &curves{cdf: true}
	for _, dist := range dists {
		l := Line{Name: dist.Name, Step: true}
		for _, p := range dist.Points {
			l.X, l.Y = append(l.X, p.Ns), append(l.Y, p.Fraction)
		}
		d.lines = append(d.lines, l)
	}
	return &Figure{X: Axis{Label: xLabel, Kind: LogNs}, Y: Axis{Label: "Share of accesses", Min: 0, Max: 1}, data: d}
}

// curves draws lines.
type curves struct {
	lines []Line
	marks bool
	cdf   bool
	tail  bool // with cdf: one minus it

	area   bool // filled down to zero
	colour int  // of the first line
}

func (d *curves) groups() []string { return nil }

func (d *curves) check() error {
	var errs []error
	some := false
	for _, l := range d.lines {
		if len(l.X) != len(l.Y) {
			errs = append(errs, fmt.Errorf("line %q has %d x for %d y", l.Name, len(l.X), len(l.Y)))
			continue
		}
		if err := intervals(l.Low, l.High, len(l.X)); err != nil {
			errs = append(errs, fmt.Errorf("line %q: %w", l.Name, err))
		}
		for i, x := range l.X {
			some = some || !math.IsNaN(l.Y[i])
			if math.IsNaN(x) || math.IsInf(x, 0) || math.IsInf(l.Y[i], 0) {
				errs = append(errs, fmt.Errorf("line %q, point %d is (%v, %v): want finite values", l.Name, i, x, l.Y[i]))
				break
			}
			if i > 0 && x < l.X[i-1] && !l.Points {
				errs = append(errs, fmt.Errorf("line %q, point %d: x falls from %v to %v", l.Name, i, l.X[i-1], x))
				break
			}
		}
	}
	if len(errs) == 0 && !some {
		return errNoData
	}
	return errors.Join(errs...)
}

func (d *curves) bounds(f *Figure) (x, y span) {
	x, y = nothing(), nothing()
	for _, l := range d.lines {
		for i := range l.X {
			x.add(l.X[i], f.X.Kind)
			y.add(l.Y[i], f.Y.Kind)
			if l.Low != nil {
				y.add(l.Low[i], f.Y.Kind)
				y.add(l.High[i], f.Y.Kind)
			}
		}
		if n := len(l.X); l.Step && !d.cdf && n > 1 {
			x.add(2*l.X[n-1]-l.X[n-2], f.X.Kind)
		}
	}
	if f.Y.Kind == Linear && y.lo <= y.hi {
		y = span{min(0, y.lo*1.05), max(0, y.hi*1.06)}
	}
	return fit(x, f.X.Kind), fit(y, f.Y.Kind)
}

// fit makes a range fit for an axis: not empty, round on a logarithmic axis.
func fit(s span, k Kind) span {
	logarithmic := k == Log || k == LogNs
	switch {
	case s.lo > s.hi && logarithmic:
		return span{1, 10}
	case s.lo > s.hi:
		return span{0, 1}
	case logarithmic:
		s = span{roundDown(s.lo), roundUp(s.hi)}
		if s.lo == s.hi {
			s = span{s.lo / 2, s.hi * 2}
		}
		return s
	case s.lo == s.hi:
		d := max(math.Abs(s.lo)/2, 0.5)
		return span{s.lo - d, s.hi + d}
	}
	return s
}

func (d *curves) legend() []entry {
	if len(d.lines) < 2 {
		return nil
	}
	var out []entry
	for i, l := range d.lines {
		out = append(out, entry{l.Name, lineWidth, func(c *draw.Canvas) {
			if !l.Points {
				c.StrokeLine2(lineStyle(i), c.Min.X, c.Center().Y, c.Max.X, c.Center().Y)
			}
			if d.marked(l) {
				c.DrawGlyph(glyph(i), c.Center())
			}
		}})
	}
	return out
}

// marked reports whether a line has marks: they tell lines apart, or are single points. One line
// beside scattered points needs none; it may be a formula, which nobody measured anywhere.
func (d *curves) marked(l Line) bool {
	lines := 0
	for _, o := range d.lines {
		if !o.Points {
			lines++
		}
	}
	return d.marks && (l.Points || lines > 1 || len(d.lines) == 1 && len(l.X) <= 12)
}

func lineStyle(i int) draw.LineStyle { return stroke(series(i), 1.3, dashes(i)...) }

func (d *curves) draw(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	place := func(px, py float64) vg.Point {
		return vg.Point{X: x(max(px, lowest(p.X))), Y: y(max(py, lowest(p.Y)))}
	}
	for i, l := range d.lines {
		if l.band() {
			ribbon(&c, l, i, place)
		}
	}
	for i, l := range d.lines {
		if l.Points {
			continue
		}
		for _, piece := range d.pieces(l) {
			style := lineStyle(i)
			if d.area {
				style = stroke(series(d.colour), 1)
				fillDown(&c, path(piece, false, place), place(piece.X[0], max(0, p.Y.Min)).Y, pale(series(d.colour)))
			}
			if len(l.X) > 200 && l.Step && !d.cdf {
				style.Width = 0.8 // of many steps each can be seen
			}
			c.StrokeLines(style, c.ClipLinesXY(thin(path(piece, d.cdf && !d.tail, place)))...)
		}
	}
	for i, l := range d.lines { // marks over all lines
		if l.Low != nil && !l.band() {
			for k := range l.X {
				if at := place(l.X[k], l.Y[k]); !math.IsNaN(l.Y[k] + l.Low[k] + l.High[k]) {
					whisker(&c, stroke(series(i), 1), at.X, place(0, l.Low[k]).Y, place(0, l.High[k]).Y, 2.5)
				}
			}
		}
		if d.marked(l) {
			for _, at := range marked(l, i, len(d.lines)) {
				if l.Y[at] >= p.Y.Min { // else there is a line along the edge
					c.DrawGlyph(glyph(i), place(l.X[at], l.Y[at]))
				}
			}
		}
		for _, at := range l.Events {
			if v := l.at(at); !math.IsNaN(v) {
				c.DrawGlyph(draw.GlyphStyle{Color: black, Radius: 3.4, Shape: diamond{}}, place(at, v))
			}
		}
	}
}

// lowest returns the least value that an axis can place: its minimum if it is logarithmic.
func lowest(a plot.Axis) float64 {
	if _, ok := a.Scale.(plot.LogScale); ok {
		return a.Min
	}
	return math.Inf(-1)
}

// pieces cuts a line at its gaps.
func (d *curves) pieces(l Line) []Line {
	var out []Line
	from := 0
	for i := 0; i <= len(l.X); i++ {
		if i == len(l.X) || math.IsNaN(l.Y[i]) {
			if i > from {
				out = append(out, Line{X: l.X[from:i], Y: l.Y[from:i], Step: l.Step})
			}
			from = i + 1
		}
	}
	return out
}

// path returns the drawn corners of an unbroken line. A distribution rises from zero at its
// first point.
func path(l Line, fromZero bool, place func(x, y float64) vg.Point) []vg.Point {
	var out []vg.Point
	if fromZero {
		out = append(out, place(l.X[0], 0))
	}
	for i := range l.X {
		at := place(l.X[i], l.Y[i])
		if l.Step && i > 0 {
			// A distribution of many small steps looks best as a slope.
			if corner := place(l.X[i], l.Y[i-1]); !fromZero || corner.X-out[len(out)-1].X > 5 {
				out = append(out, corner)
			}
		}
		out = append(out, at)
	}
	if l.Step && !fromZero && len(l.X) > 1 { // the last value holds for one more step
		n := len(l.X) - 1
		out = append(out, place(2*l.X[n]-l.X[n-1], l.Y[n]))
	}
	return out
}

// thin leaves out corners closer than half a point to the last one kept: many short steps
// would make dashes ragged and files large.
func thin(points []vg.Point) []vg.Point {
	const near = 0.5
	var out []vg.Point
	for i, p := range points {
		if n := len(out); n == 0 || math.Hypot(float64(p.X-out[n-1].X), float64(p.Y-out[n-1].Y)) >= near {
			out = append(out, p)
		} else if i == len(points)-1 && n > 1 {
			out[n-1] = p
		}
	}
	return out
}

// marked returns the points of line i of n to put a mark on: all of a few, else eight along
// the line, not at the same places as on the other lines.
func marked(l Line, i, n int) []int {
	var with []int
	for at, v := range l.Y {
		if !math.IsNaN(v) {
			with = append(with, at)
		}
	}
	const most = 8
	if len(with) <= most+4 || l.Points || l.Low != nil && !l.band() {
		return with
	}
	first, last := l.X[with[0]], l.X[with[len(with)-1]]
	var out []int
	for k := range most {
		want := first + (last-first)*(float64(k)+(float64(i)+0.5)/float64(n))/most
		at, _ := slices.BinarySearchFunc(with, want, func(j int, x float64) int {
			switch {
			case l.X[j] < x:
				return -1
			case l.X[j] > x:
				return 1
			}
			return 0
		})
		out = append(out, with[min(at, len(with)-1)])
	}
	return slices.Compact(out)
}

// at returns the line's value at x, NaN outside of it.
func (l Line) at(x float64) float64 {
	i, exact := slices.BinarySearch(l.X, x)
	switch {
	case exact:
		return l.Y[i]
	case i == 0 || i == len(l.X):
		return math.NaN()
	case l.Step:
		return l.Y[i-1]
	}
	f := (x - l.X[i-1]) / (l.X[i] - l.X[i-1])
	return l.Y[i-1] + f*(l.Y[i]-l.Y[i-1])
}
