package nb

import (
	"errors"
	"fmt"
	"image/color"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Heat returns a heat map of names by names: values[r][c] is the colour of rows[r], the first
// on top, and columns[c]. NaN is drawn as a hatched cell. The value stands in each cell where
// there is room. The field Z of the figure is the colour axis: its label, kind and limits.
func Heat(zLabel string, columns, rows []string, values [][]float64) *Figure {
	d := &heat{columns: columns, rowNames: rows, values: values}
	return &Figure{X: Axis{Kind: categories}, Y: Axis{Kind: categories}, Z: Axis{Label: zLabel}, data: d}
}

// HeatOver returns a heat map over a numeric axis, mostly time: values[r][c] is the colour of
// rows[r], the first on top, from x[c] to x[c+1]; x rises and has one value more than a row.
func HeatOver(xLabel, zLabel string, x []float64, rows []string, values [][]float64) *Figure {
	d := &heat{x: x, over: true, rowNames: rows, values: values}
	return &Figure{X: Axis{Label: xLabel}, Y: Axis{Kind: categories}, Z: Axis{Label: zLabel}, data: d}
}

type heat struct {
	columns  []string
	x        []float64 // edges, instead of columns
	over     bool
	rowNames []string
	values   [][]float64
}

func (d *heat) legend() []entry  { return nil }
func (d *heat) groups() []string { return d.columns }

func (d *heat) check() error {
	n := len(d.columns)
	if d.over {
		n = len(d.x) - 1
	}
	if n < 1 || len(d.rowNames) == 0 {
		return errNoData
	}
	var errs []error
	if len(d.values) != len(d.rowNames) {
		errs = append(errs, fmt.Errorf("%d rows of values for %d names", len(d.values), len(d.rowNames)))
	}
	some := false
	for r, row := range d.values {
		if len(row) != n {
			errs = append(errs, fmt.Errorf("row %d has %d values, want %d", r, len(row), n))
		}
		for c, v := range row {
			some = some || !math.IsNaN(v)
			if math.IsInf(v, 0) {
				errs = append(errs, fmt.Errorf("row %d, column %d: %v: want a finite value", r, c, v))
			}
		}
	}
	for i, x := range d.x {
		if math.IsNaN(x) || math.IsInf(x, 0) || i > 0 && x <= d.x[i-1] {
			errs = append(errs, fmt.Errorf("edge %d is %v: want finite, rising edges", i, x))
			break
		}
	}
	if len(errs) == 0 && !some {
		return errNoData
	}
	return errors.Join(errs...)
}

func (d *heat) bounds(*Figure) (x, y span) {
	x = span{-0.5, float64(len(d.columns)) - 0.5}
	if d.over {
		x = span{d.x[0], d.x[len(d.x)-1]}
	}
	return x, span{-0.5, float64(len(d.rowNames)) - 0.5}
}

// shades returns the range of the colours.
func (d *heat) shades(z Axis) span {
	if z.Min != 0 || z.Max != 0 {
		return span{z.Min, z.Max}
	}
	s := nothing()
	for _, row := range d.values {
		for _, v := range row {
			s.add(v, z.Kind)
		}
	}
	if z.Kind == Linear && s.lo <= s.hi && s.lo > 0 && s.lo < s.hi/2 {
		s.lo = 0 // a scale from zero on, unless that hides the differences
	}
	return fit(s, z.Kind)
}

// share returns where v lies between the ends of a colour axis, 0 to 1.
func (s span) share(v float64, k Kind) float64 {
	lo, hi := s.lo, s.hi
	if k == Log || k == LogNs {
		v, lo, hi = math.Log(max(v, lo)), math.Log(lo), math.Log(hi)
	}
	return min(max((v-lo)/(hi-lo), 0), 1)
}

// shade returns a colour of the sequential map: from almost white over blue to almost black,
// its lightness falling evenly, so that a grey print keeps the order.
func shade(share float64) color.RGBA {
	stops := [...][3]float64{{246, 250, 253}, {166, 209, 236}, {76, 150, 203}, {0, 88, 150}, {4, 28, 66}}
	at := share * float64(len(stops)-1)
	i := min(int(at), len(stops)-2)
	f := at - float64(i)
	mix := func(k int) uint8 { return uint8(math.Round(stops[i][k]*(1-f) + stops[i+1][k]*f)) }
	return color.RGBA{mix(0), mix(1), mix(2), 255}
}

func (d *heat) draw(c draw.Canvas, p *plot.Plot) { d.cells(c, p, Axis{}) }

// heated makes a heat map with its colour axis a plotter.
type heated struct {
	*heat
	z Axis
}

func (h heated) Plot(c draw.Canvas, p *plot.Plot) { h.cells(c, p, h.z) }

// cells draws the cells with the figure's colour axis.
func (d *heat) cells(c draw.Canvas, p *plot.Plot, z Axis) {
	x, y := p.Transforms(&c)
	s := d.shades(z)
	style := sans(noteSize, plot.DefaultTextHandler)
	style.XAlign = draw.XCenter
	edge := func(i int) float64 {
		if d.over {
			return d.x[i]
		}
		return float64(i) - 0.5
	}
	texts := !d.over
	for _, row := range d.values {
		for i, v := range row {
			texts = texts && style.Width(short(v))+4 < x(edge(i+1))-x(edge(i))
		}
	}
	high := y(1) - y(0)
	texts = texts && high > noteSize+2
	n := len(d.values)
	for r, row := range d.values {
		for i, v := range row {
			cell := vg.Rectangle{
				Min: vg.Point{X: max(x(edge(i)), c.Min.X), Y: y(float64(n-1-r) - 0.5)},
				Max: vg.Point{X: min(x(edge(i+1)), c.Max.X), Y: y(float64(n-1-r) + 0.5)},
			}
			if cell.Max.X <= cell.Min.X {
				continue
			}
			if math.IsNaN(v) {
				hatch(&c, cell, 1)
				continue
			}
			share := s.share(v, z.Kind)
			c.SetColor(shade(share))
			c.Fill(grown(cell).Path())
			if texts {
				style.Color = black
				if share > 0.5 {
					style.Color = color.White
				}
				c.FillText(style, vg.Point{X: (cell.Min.X + cell.Max.X) / 2, Y: (cell.Min.Y + cell.Max.Y) / 2}, short(v))
			}
		}
	}
	for r := 1; r < n; r++ {
		c.StrokeLine2(stroke(color.White, 0.8), c.Min.X, y(float64(r)-0.5), c.Max.X, y(float64(r)-0.5))
	}
	box := []vg.Point{c.Min, {X: c.Max.X, Y: c.Min.Y}, c.Max, {X: c.Min.X, Y: c.Max.Y}, c.Min}
	c.StrokeLines(stroke(black, 0.7), box)
}

// grown returns a cell a trifle larger, so that viewers show no seam to the next.
func grown(r vg.Rectangle) vg.Rectangle {
	r.Max.X += 0.15
	r.Max.Y += 0.15
	return r
}

// Measures of the colour bar in points.
const (
	barGap   = 8
	barWidth = 9
)

// colourBar is the scale beside a heat map.
type colourBar struct {
	axis  Axis
	s     span
	ticks []plot.Tick
	width vg.Length // with its labels
}

func (d *heat) bar(z Axis, height vg.Length) colourBar {
	b := colourBar{axis: z, s: d.shades(z)}
	var a plot.Axis
	a.Tick.Label = sans(tickSize, plot.DefaultTextHandler)
	dress(&a, z, b.s, int(height/27))
	style := sans(tickSize, plot.DefaultTextHandler)
	widest := vg.Length(0)
	for _, t := range a.Tick.Marker.Ticks(b.s.lo, b.s.hi) {
		if !t.IsMinor() {
			b.ticks = append(b.ticks, t)
			widest = max(widest, style.Width(t.Label))
		}
	}
	b.width = barGap + barWidth + 5 + widest
	if z.Label != "" {
		b.width += labelSize + 4
	}
	return b
}

// draw draws the scale right of the data.
func (b colourBar) draw(c draw.Canvas, data vg.Rectangle, right vg.Length) {
	left := data.Max.X + barGap
	const steps = 64
	for i := range steps {
		lo := data.Min.Y + data.Size().Y*vg.Length(i)/steps
		c.SetColor(shade((float64(i) + 0.5) / steps))
		c.Fill(grown(vg.Rectangle{Min: vg.Point{X: left, Y: lo}, Max: vg.Point{X: left + barWidth - 0.15, Y: lo + data.Size().Y/steps - 0.15}}).Path())
	}
	r := vg.Rectangle{Min: vg.Point{X: left, Y: data.Min.Y}, Max: vg.Point{X: left + barWidth, Y: data.Max.Y}}
	c.StrokeLines(stroke(black, 0.5), []vg.Point{r.Min, {X: r.Max.X, Y: r.Min.Y}, r.Max, {X: r.Min.X, Y: r.Max.Y}, r.Min})
	style := sans(tickSize, plot.DefaultTextHandler)
	for _, t := range b.ticks {
		at := data.Min.Y + data.Size().Y*vg.Length(b.s.share(t.Value, b.axis.Kind))
		c.StrokeLine2(stroke(black, 0.5), r.Max.X, at, r.Max.X+2.5, at)
		c.FillText(style, vg.Point{X: r.Max.X + 5, Y: at}, t.Label)
	}
	if b.axis.Label != "" {
		label := sans(labelSize, plot.DefaultTextHandler)
		label.Rotation, label.XAlign, label.YAlign = math.Pi/2, draw.XCenter, draw.YBottom
		c.FillText(label, vg.Point{X: right - label.FontExtents().Descent, Y: (data.Min.Y + data.Max.Y) / 2}, b.axis.Label)
	}
}
