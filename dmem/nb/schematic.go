package nb

import (
	"errors"
	"fmt"
	"image/color"
	"math"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Drawing is what a [Schematic] shows, in units of its own: (0, 0) is the lower left corner,
// (Width, Height) the upper right one, and both units are of equal length. Links lie below
// boxes, dots and texts above them.
type Drawing struct {
	Width, Height float64
	Links         []Link
	Boxes         []Box
	Dots          []Dot
	Texts         []Text
}

// Box is a rectangle of a [Drawing]. It may be filled from below like a vessel.
type Box struct {
	X, Y, W, H float64 // lower left corner and size
	Name       string  // in its middle, or with Top at its upper edge; may have line feeds
	Top        bool
	Small      bool    // the name in the size of notes
	Colour     Colour  // of the filling
	Level      float64 // share that is filled, 0 to 1
	Strong     bool    // a thick outline
}

// Link is a straight line of a [Drawing]. A strong one is thick and has an arrow head at its
// second end.
type Link struct {
	X1, Y1, X2, Y2 float64
	Strong         bool
}

// Dot is a round mark of a [Drawing] with a short name in it, for instance a packet.
type Dot struct {
	X, Y   float64
	Name   string
	Colour Colour
}

// Text is a line of text in a [Drawing], X and Y the middle of its left edge.
type Text struct {
	X, Y   float64
	Text   string
	Centre bool // X is its middle
	Small  bool // in the size of notes
}

// Colour is a colour of the project's palette.
type Colour int

// The colours. The zero value is white.
const (
	White Colour = iota
	Blue
	Orange
	Green
	Purple
	Vermilion
	Sky
	Grey
	Yellow
)

// full returns the colour itself; tint a light one of it, on which black can be read.
func (c Colour) full() color.RGBA {
	if c == White {
		return white
	}
	return series(int(c) - 1).(color.RGBA)
}

func (c Colour) tint() color.RGBA {
	full := c.full()
	mix := func(v uint8) uint8 { return uint8((11*int(v) + 9*255) / 20) }
	return color.RGBA{mix(full.R), mix(full.G), mix(full.B), 255}
}

// Schematic returns a picture of boxes, links and dots without axes: parts of a machine and
// what moves between them. It has page width, and the height that the drawing's shape gives.
// A box, link, dot or text that begins outside of the drawing is an error when it is drawn.
func Schematic(d Drawing) *Figure {
	return &Figure{Wide: true, data: &schematic{d}}
}

type schematic struct{ Drawing }

func (s *schematic) legend() []entry  { return nil }
func (s *schematic) groups() []string { return nil }

// shape returns the height of the drawing by its width.
func (s *schematic) shape() vg.Length { return vg.Length(s.Height / s.Width) }

func (s *schematic) bounds(*Figure) (x, y span) { return span{0, s.Width}, span{0, s.Height} }

func (s *schematic) check() error {
	if !(s.Width > 0 && s.Height > 0) || math.IsInf(s.Width, 0) || math.IsInf(s.Height, 0) {
		return fmt.Errorf("a drawing of %v by %v: want a positive, finite width and height", s.Width, s.Height)
	}
	var errs []error
	inside := func(what, name string, points ...float64) {
		for i := 0; i < len(points); i += 2 {
			x, y := points[i], points[i+1]
			if !(x >= 0 && x <= s.Width && y >= 0 && y <= s.Height) {
				errs = append(errs, fmt.Errorf("%s %q at (%v, %v) lies outside of %v by %v", what, name, x, y, s.Width, s.Height))
				return
			}
		}
	}
	for i, l := range s.Links {
		inside("link", fmt.Sprint(i), l.X1, l.Y1, l.X2, l.Y2)
	}
	for _, b := range s.Boxes {
		inside("box", b.Name, b.X, b.Y, b.X+b.W, b.Y+b.H)
		if !(b.W >= 0 && b.H >= 0) {
			errs = append(errs, fmt.Errorf("box %q is %v by %v: want no negative size", b.Name, b.W, b.H))
		}
		if !(b.Level >= 0 && b.Level <= 1) {
			errs = append(errs, fmt.Errorf("box %q is filled to %v: want 0 to 1", b.Name, b.Level))
		}
		errs = append(errs, b.Colour.check())
	}
	for _, d := range s.Dots {
		inside("dot", d.Name, d.X, d.Y)
		errs = append(errs, d.Colour.check())
	}
	for _, t := range s.Texts {
		inside("text", t.Text, t.X, t.Y)
	}
	return errors.Join(errs...)
}

func (c Colour) check() error {
	if c < White || c > Yellow {
		return fmt.Errorf("colour %d: want %d to %d", c, White, Yellow)
	}
	return nil
}

func (s *schematic) draw(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	at := func(px, py float64) vg.Point { return vg.Point{X: x(px), Y: y(py)} }
	for _, l := range s.Links {
		from, to := at(l.X1, l.Y1), at(l.X2, l.Y2)
		if !l.Strong {
			c.StrokeLine2(stroke(color.RGBA{150, 150, 150, 255}, 1.6), from.X, from.Y, to.X, to.Y)
			continue
		}
		arrow(&c, from, to)
	}
	for _, b := range s.Boxes {
		s.box(&c, b, vg.Rectangle{Min: at(b.X, b.Y), Max: at(b.X+b.W, b.Y+b.H)})
	}
	for _, d := range s.Dots {
		style := sans(noteSize, plot.DefaultTextHandler)
		style.XAlign = draw.XCenter
		r := max(style.Width(d.Name)/2+2, 4.5)
		full, middle := d.Colour.full(), at(d.X, d.Y)
		if 2*int(full.R)+5*int(full.G)+int(full.B) < 8*140 {
			style.Color = white
		}
		c.DrawGlyph(draw.GlyphStyle{Color: black, Radius: r, Shape: draw.CircleGlyph{}}, middle)
		c.DrawGlyph(draw.GlyphStyle{Color: full, Radius: r - 0.7, Shape: draw.CircleGlyph{}}, middle)
		c.FillText(style, middle, d.Name)
	}
	for _, t := range s.Texts {
		style := sans(labelSize, plot.DefaultTextHandler)
		if t.Small {
			style = sans(noteSize, plot.DefaultTextHandler)
		}
		if t.Centre {
			style.XAlign = draw.XCenter
		}
		c.FillText(style, at(t.X, t.Y), t.Text)
	}
}

func (s *schematic) box(c *draw.Canvas, b Box, r vg.Rectangle) {
	corners := func(r vg.Rectangle) []vg.Point {
		return []vg.Point{r.Min, {X: r.Max.X, Y: r.Min.Y}, r.Max, {X: r.Min.X, Y: r.Max.Y}}
	}
	c.FillPolygon(white, corners(r))
	filled := r
	filled.Max.Y = r.Min.Y + vg.Length(b.Level)*r.Size().Y
	if b.Level > 0 {
		c.FillPolygon(b.Colour.tint(), corners(filled))
	}
	width := 0.7
	if b.Strong {
		width = 2.2
	}
	outline := corners(r)
	c.StrokeLines(stroke(black, width), append(outline, r.Min, outline[1])) // the corner once more: a closed joint
	size := vg.Length(tickSize)
	if b.Small {
		size = noteSize
	}
	style := sans(float64(size), plot.DefaultTextHandler)
	style.XAlign = draw.XCenter
	lines := strings.Split(b.Name, "\n")
	middle := vg.Point{X: (r.Min.X + r.Max.X) / 2, Y: (r.Min.Y + r.Max.Y) / 2}
	top := middle.Y + (size+1.5)*vg.Length(len(lines)-1)/2
	if b.Top {
		top = r.Max.Y - size/2 - 3
	}
	for i, line := range lines {
		c.FillText(style, vg.Point{X: middle.X, Y: top - (size+1.5)*vg.Length(i)}, line)
	}
}

// arrow draws a thick line with a head at its second end.
func arrow(c *draw.Canvas, from, to vg.Point) {
	const head = 7 // points
	length := vg.Length(math.Hypot(float64(to.X-from.X), float64(to.Y-from.Y)))
	if length == 0 {
		return
	}
	dx, dy := (to.X-from.X)/length, (to.Y-from.Y)/length
	neck := vg.Point{X: to.X - head*dx, Y: to.Y - head*dy}
	c.StrokeLine2(stroke(black, 2), from.X, from.Y, neck.X, neck.Y)
	c.FillPolygon(black, []vg.Point{to, {X: neck.X - head/2*dy, Y: neck.Y + head/2*dx}, {X: neck.X + head/2*dy, Y: neck.Y - head/2*dx}})
}
