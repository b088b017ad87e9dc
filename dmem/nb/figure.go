package nb

import (
	"cmp"
	"errors"
	"fmt"
	"image/color"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Figure is a figure of one pair of axes, or of several ([Panels]), made by a constructor of
// this package. Its fields may be changed until it is shown or saved.
type Figure struct {
	Title  string  // above the legend; mostly empty, or "(a)" in a panel
	X, Y   Axis    //
	Z      Axis    // the colours of a heat map
	Wide   bool    // PageWidth instead of ColumnWidth
	Height float64 // in inches; 0 stands for the usual one
	MarkX  []Mark  // vertical lines
	MarkY  []Mark  // horizontal lines

	data   layer
	inner  float64   // height of axes and data in inches; 0: the usual one
	panels []*Figure // instead of data
	cols   int
}

// Axis is an axis of a figure.
type Axis struct {
	Label    string // with the unit: "Mean latency (ns)"; logarithmic latency axes need none
	Kind     Kind
	Min, Max float64 // limits; both zero: fitted to the data
}

// Kind tells how an axis is divided.
type Kind int

// The kinds of axes. Logarithmic axes show positive values only.
const (
	Linear     Kind = iota
	Log             // logarithmic, of plain numbers
	LogNs           // logarithmic, of latencies in nanoseconds: ticks read 100 ns, 1 µs, ...
	categories      // names of groups
)

// Mark is a thin line across a figure.
type Mark struct {
	At    float64 // in the units of the axis
	Label string  // beside the line; may be empty
}

// layer is what is drawn between the axes.
type layer interface {
	check() error                     // of the data, without the name of the figure
	bounds(f *Figure) (x, y span)     // of the finite values
	draw(c draw.Canvas, p *plot.Plot) //
	legend() []entry                  //
	groups() []string                 // names along x, or nil
}

// span is a range of values; empty when lo is above hi.
type span struct{ lo, hi float64 }

func nothing() span { return span{math.Inf(1), math.Inf(-1)} }

// add widens s to hold v. NaN, and what an axis cannot show, is left out.
func (s *span) add(v float64, k Kind) {
	if math.IsNaN(v) || v <= 0 && (k == Log || k == LogNs) {
		return
	}
	s.lo, s.hi = min(s.lo, v), max(s.hi, v)
}

// errNoData reports a figure whose values are all missing.
var errNoData = errors.New("no data")

// name returns what an error message calls the figure.
func (f *Figure) name() string {
	for _, s := range []string{f.Title, f.Y.Label, f.X.Label} {
		if s != "" {
			return s
		}
	}
	return "without a label"
}

// size returns width and height. The usual height leaves the same room to the data whatever
// the title and the legend need.
func (f *Figure) size() (w, h vg.Length) {
	w, h = vg.Length(ColumnWidth)*vg.Inch, vg.Length(f.Height)*vg.Inch
	if f.Wide {
		w = vg.Length(PageWidth) * vg.Inch
	}
	switch {
	case h != 0:
	case f.panels != nil:
		inner := (w - panelGap*vg.Length(f.cols-1)) / vg.Length(f.cols)
		for i := 0; i < len(f.panels); i += f.cols {
			h += f.rowHeight(i, inner) + panelGap
		}
		h -= panelGap
	default:
		h = f.usualHeight(w)
	}
	return w, h
}

const panelGap = 10 // points

// usualHeight returns the height of a figure of one pair of axes and the given width.
func (f *Figure) usualHeight(width vg.Length) vg.Length {
	h := height*vg.Inch + f.head(width)
	if f.inner != 0 {
		h = vg.Length(f.inner)*vg.Inch + f.head(width)
	}
	if f.X.Kind == categories && f.X.Label == "" {
		h -= 10
	}
	if s, ok := f.data.(*schematic); ok && s.Width > 0 {
		h = width*s.shape() + f.head(width)
	}
	return h
}

// rowHeight returns the height of the row of panels that begins with panel i.
func (f *Figure) rowHeight(i int, width vg.Length) vg.Length {
	var h vg.Length
	for _, p := range f.panels[i:min(i+f.cols, len(f.panels))] {
		h = max(h, p.usualHeight(width))
	}
	return h
}

// head returns the space above the data: title and legend.
func (f *Figure) head(width vg.Length) vg.Length {
	h := arrange(f.data.legend(), sans(tickSize, plot.DefaultTextHandler), width-margins).height()
	if f.Title != "" {
		h += titleHeight
	}
	return max(h, 4) // room for half a tick label
}

const (
	titleHeight = labelSize + 6
	margins     = leftMargin + rightMargin
	leftMargin  = 2
	rightMargin = 5
)

// Panels returns a figure of page width that holds the given ones in so many columns, row by
// row. Their own Wide and Height are not used.
func Panels(cols int, figures ...*Figure) *Figure {
	return &Figure{Wide: cols > 1, panels: figures, cols: max(cols, 1)}
}

// check returns what is wrong with the data, all faults at once.
func (f *Figure) check() error {
	if f.cols > 0 {
		if len(f.panels) == 0 {
			return errors.New("nb: a figure without panels")
		}
		var errs []error
		for i, p := range f.panels {
			if p == nil || p.cols > 0 {
				return fmt.Errorf("nb: panel %d is no figure of one pair of axes", i+1)
			}
			errs = append(errs, p.check())
		}
		return errors.Join(errs...)
	}
	if f.data == nil {
		return errors.New("nb: an empty Figure: make it with one of the constructors of this package")
	}
	err := f.data.check()
	for axis, a := range map[string]Axis{"x": f.X, "y": f.Y, "colour": f.Z} {
		if a.Min == 0 && a.Max == 0 {
			continue
		}
		if !(a.Min < a.Max) || math.IsInf(a.Max-a.Min, 0) || a.Kind != Linear && a.Kind != categories && a.Min <= 0 {
			err = errors.Join(err, fmt.Errorf("limits of the %s axis are %v and %v: want rising, finite and, on a logarithmic axis, positive", axis, a.Min, a.Max))
		}
	}
	if err != nil {
		return fmt.Errorf("nb: figure %q: %w", f.name(), err)
	}
	return nil
}

// render draws the figure on c, which check has passed.
func (f *Figure) render(c draw.Canvas) {
	c.SetColor(color.White)
	c.Fill(c.Rectangle.Path())
	if f.panels == nil {
		f.single(c)
		return
	}
	inner := (c.Size().X - panelGap*vg.Length(f.cols-1)) / vg.Length(f.cols)
	var usual vg.Length
	for i := 0; i < len(f.panels); i += f.cols {
		usual += f.rowHeight(i, inner)
	}
	gaps := panelGap * vg.Length((len(f.panels)+f.cols-1)/f.cols-1)
	stretch := (c.Size().Y - gaps) / usual // of the heights, when Height is set
	top := c.Max.Y
	for i, p := range f.panels {
		high := stretch * f.rowHeight(i-i%f.cols, inner)
		left := c.Min.X + vg.Length(i%f.cols)*(inner+panelGap)
		p.single(draw.Canvas{Canvas: c.Canvas, Rectangle: vg.Rectangle{
			Min: vg.Point{X: left, Y: top - high}, Max: vg.Point{X: left + inner, Y: top},
		}})
		if i%f.cols == f.cols-1 {
			top -= high + panelGap
		}
	}
}

// single draws a figure of one pair of axes.
func (f *Figure) single(c draw.Canvas) {
	c = draw.Crop(c, leftMargin, -rightMargin, 2, -2)
	bottom := c.Max.Y - f.head(c.Size().X+margins)
	label := sans(labelSize, plot.DefaultTextHandler)
	label.XAlign = draw.XCenter
	if f.Title != "" {
		c.FillText(label, vg.Point{X: c.Center().X, Y: c.Max.Y - labelSize/2}, f.Title)
		c.Max.Y -= titleHeight
	}
	arrange(f.data.legend(), sans(tickSize, plot.DefaultTextHandler), c.Size().X).draw(c)
	c.Max.Y = bottom

	// The labels of the axes are drawn here: gonum/plot leaves wrong margins for them when
	// an axis is logarithmic.
	xLabel := wrap(f.X.Label, label, c.Size().X-40)
	yLabel := wrap(f.Y.Label, label, c.Size().Y-25)
	inside := draw.Crop(c, textHeight(label, yLabel), 0, textHeight(label, xLabel), 0)
	var scale colourBar
	hot, isHeat := f.data.(*heat)
	if isHeat {
		scale = hot.bar(f.Z, inside.Size().Y)
		inside.Max.X -= scale.width
	}
	p := f.axes(inside.Size().X, inside.Size().Y)
	names := f.turned(p, &inside)
	p.Draw(inside)
	data := p.DataCanvas(inside)
	if isHeat {
		scale.draw(c, data.Rectangle, c.Max.X)
	}
	f.marks(data, p)
	for i, name := range names {
		x, _ := p.Transforms(&data)
		style := p.X.Tick.Label
		style.Rotation, style.XAlign, style.YAlign = turn, draw.XRight, draw.YCenter
		data.FillText(style, vg.Point{X: x(float64(i)) + 2, Y: data.Min.Y - 4}, name)
	}
	if xLabel != "" {
		c.FillText(label, vg.Point{X: data.Center().X, Y: c.Min.Y + textHeight(label, xLabel)/2}, xLabel)
	}
	if yLabel != "" {
		label.Rotation, label.YAlign = math.Pi/2, draw.YBottom
		at := c.Min.X + label.Height(yLabel) - label.FontExtents().Descent
		c.FillText(label, vg.Point{X: at, Y: data.Center().Y}, yLabel)
	}
}

// textHeight returns the room for a label of an axis, zero for none.
func textHeight(style text.Style, s string) vg.Length {
	if s == "" {
		return 0
	}
	return vg.Length(strings.Count(s, "\n")+1)*(labelSize+1) + 3
}

// axes returns an empty plot with the figure's ranges and ticks, and the data in it.
func (f *Figure) axes(width, height vg.Length) *plot.Plot {
	p := plot.New()
	p.BackgroundColor = nil
	xs, ys := f.data.bounds(f)
	dress(&p.X, f.X, xs, int(width/45))
	dress(&p.Y, f.Y, ys, int(height/27))
	if hot, ok := f.data.(*heat); ok {
		p.Add(heated{hot, f.Z})
		p.Y.Tick.Marker = named(hot.rowNames, true)
		p.Y.Tick.Length, p.Y.LineStyle.Width = 0, 0
	} else if s, ok := f.data.(*schematic); ok {
		p.HideAxes()
		p.Add(drawn{s})
	} else {
		p.Add(grid{vertical: f.X.Kind != categories})
		p.Add(drawn{f.data})
	}
	if names := f.data.groups(); names != nil {
		p.X.Tick.Marker = named(names, false)
		p.X.Tick.Length, p.X.Tick.Color = 2.5, color.White // a gap
	}
	return p
}

// named returns a tick a name, at 0, 1, ...; reverse puts the first name at the highest place.
func named(names []string, reverse bool) plot.ConstantTicks {
	ticks := make(plot.ConstantTicks, len(names))
	for i, name := range names {
		ticks[i] = plot.Tick{Value: float64(i), Label: name}
		if reverse {
			ticks[i].Value = float64(len(names) - 1 - i)
		}
		if name == "" {
			ticks[i].Label = " " // an empty label would be a minor tick
		}
	}
	return ticks
}

const turn = math.Pi / 6 // of names of groups that would touch

// turned takes the names of groups off the axis when there is no room for them side by side;
// it returns them, and makes room to draw them turned.
func (f *Figure) turned(p *plot.Plot, c *draw.Canvas) []string {
	names := f.data.groups()
	style := p.X.Tick.Label
	slot := p.DataCanvas(*c).Size().X / vg.Length(max(len(names), 1))
	widest := vg.Length(0)
	for _, name := range names {
		widest = max(widest, style.Width(name))
	}
	if widest < slot-2 {
		return nil
	}
	p.X.Tick.Marker = plot.ConstantTicks(nil)
	c.Min.Y += widest*vg.Length(math.Sin(turn)) + tickSize + 3
	overhang := vg.Length(0)
	data := p.DataCanvas(*c)
	x, _ := p.Transforms(&data)
	for i, name := range names {
		overhang = max(overhang, style.Width(name)*vg.Length(math.Cos(turn))+2-(x(float64(i))-c.Min.X))
	}
	c.Min.X += overhang
	return names
}

// drawn makes a layer a plotter.
type drawn struct{ layer }

func (d drawn) Plot(c draw.Canvas, p *plot.Plot) { d.draw(c, p) }

// dress gives an axis its style, its range and about n labels.
func dress(a *plot.Axis, spec Axis, s span, n int) {
	a.Tick.Label.Font = sans(tickSize, nil).Font
	a.LineStyle, a.Tick.LineStyle = stroke(black, 0.7), stroke(black, 0.7)
	a.Tick.Length = 4
	a.Padding = 0
	a.Min, a.Max = s.lo, s.hi
	if spec.Min != 0 || spec.Max != 0 {
		a.Min, a.Max = spec.Min, spec.Max
	}
	switch spec.Kind {
	case Log, LogNs:
		a.Scale = plot.LogScale{}
		label := plainLabel
		if spec.Kind == LogNs {
			label = timeLabel
		}
		a.Tick.Marker = decades(label)
	default:
		a.Tick.Marker = every(max(n, 2))
	}
}

// wrap breaks a label that is longer than the axis into two lines, near its middle.
func wrap(s string, style text.Style, room vg.Length) string {
	if style.Width(s) <= room || !strings.Contains(s, " ") {
		return s
	}
	best := -1
	for i, r := range s {
		if r == ' ' && (best < 0 || abs(2*i-len(s)) < abs(2*best-len(s))) {
			best = i
		}
	}
	return s[:best] + "\n" + s[best+1:]
}

func abs(i int) int { return max(i, -i) }

// grid draws thin lines at the ticks with a label.
type grid struct{ vertical bool }

func (g grid) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	for _, t := range p.Y.Tick.Marker.Ticks(p.Y.Min, p.Y.Max) {
		if at := y(t.Value); !t.IsMinor() && c.ContainsY(at) && t.Value != p.Y.Min {
			c.StrokeLine2(stroke(light, 0.5), c.Min.X, at, c.Max.X, at)
		}
	}
	if !g.vertical {
		return
	}
	for _, t := range p.X.Tick.Marker.Ticks(p.X.Min, p.X.Max) {
		if at := x(t.Value); !t.IsMinor() && c.ContainsX(at) && t.Value != p.X.Min {
			c.StrokeLine2(stroke(light, 0.5), at, c.Min.Y, at, c.Max.Y)
		}
	}
}

// marks draws the lines of MarkX and MarkY over the data.
func (f *Figure) marks(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	style := sans(noteSize, plot.DefaultTextHandler)
	style.Color = dark
	line := stroke(dark, 0.7, 2, 1.5)
	type placedNote struct {
		at    vg.Point
		label string
	}
	var notes []placedNote
	var rows []vg.Length // right end of the last note in each, from the bottom up
	for _, m := range slices.SortedFunc(slices.Values(f.MarkX), func(a, b Mark) int { return cmp.Compare(a.At, b.At) }) {
		if m.At < p.X.Min || m.At > p.X.Max {
			continue
		}
		at := x(m.At)
		c.StrokeLine2(line, at, c.Min.Y, at, c.Max.Y)
		left, wide := at+3, style.Width(m.Label)
		if left+wide > c.Max.X {
			left = at - 3 - wide
		}
		row := 0
		for row < len(rows) && left < rows[row]+3 {
			row++
		}
		rows = append(rows[:row], append([]vg.Length{left + wide}, rows[min(row+1, len(rows)):]...)...)
		notes = append(notes, placedNote{vg.Point{X: left, Y: c.Min.Y + noteSize + vg.Length(row)*(noteSize+2)}, m.Label})
	}
	for _, n := range notes { // over all lines
		note(&c, style, n.at, n.label)
	}
	for _, m := range f.MarkY {
		if m.At < p.Y.Min || m.At > p.Y.Max {
			continue
		}
		at := y(m.At)
		c.StrokeLine2(line, c.Min.X, at, c.Max.X, at)
		note(&c, style, vg.Point{X: c.Max.X - style.Width(m.Label) - 3, Y: at + noteSize}, m.Label)
	}
}

// note writes a text on a white ground; at is its left edge and the middle of its height.
func note(c *draw.Canvas, style text.Style, at vg.Point, s string) {
	if s == "" {
		return
	}
	r := vg.Rectangle{
		Min: vg.Point{X: at.X - 1, Y: at.Y - noteSize/2},
		Max: vg.Point{X: at.X + style.Width(s) + 1, Y: at.Y + noteSize/2},
	}
	c.SetColor(color.White)
	c.Fill(r.Path())
	c.FillText(style, at, s)
}
