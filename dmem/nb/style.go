package nb

import (
	"image/color"

	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Widths of a figure and the usual height of its lower part, in inches.
const (
	ColumnWidth = 3.4
	PageWidth   = 7.0
	height      = 2.2 // of axes and data, without legend and title
)

const (
	labelSize = 9 // points: axis labels
	tickSize  = 8 // points: tick labels and legend
	noteSize  = 7 // points: values at bars, labels of marks
)

var (
	black = color.RGBA{A: 255}
	white = color.RGBA{255, 255, 255, 255}
	dark  = color.RGBA{R: 70, G: 70, B: 70, A: 255}
	light = color.RGBA{R: 218, G: 218, B: 218, A: 255}
)

// series returns colour i of a figure: the set of Okabe and Ito in an order that changes
// between dark and light, so that neighbours differ in grey, with grey in place of black.
func series(i int) color.Color {
	set := [...]color.RGBA{
		{0, 114, 178, 255},   // blue
		{230, 159, 0, 255},   // orange
		{0, 158, 115, 255},   // green
		{204, 121, 167, 255}, // purple
		{213, 94, 0, 255},    // vermilion
		{86, 180, 233, 255},  // sky
		{100, 100, 100, 255}, // grey
		{240, 228, 66, 255},  // yellow
	}
	return set[i%len(set)]
}

// dashes returns the dash pattern of line i: on, off, ... in points. The first is solid.
func dashes(i int) []vg.Length {
	set := [...][]vg.Length{
		nil,
		{5, 2},
		{1.8, 1.8},
		{6, 1.8, 1.8, 1.8},
		{9, 2},
		{6, 1.8, 1.8, 1.8, 1.8, 1.8},
		{3, 1.5},
		{1, 1},
	}
	return set[i%len(set)]
}

// glyph returns the filled mark of line i.
func glyph(i int) draw.GlyphStyle {
	set := [...]struct {
		shape  draw.GlyphDrawer
		radius vg.Length
	}{
		{draw.CircleGlyph{}, 2.6}, {draw.BoxGlyph{}, 2.7}, {draw.PyramidGlyph{}, 2.7},
		{diamond{}, 3.2}, {flipped{}, 2.7},
	}
	g := set[i%len(set)]
	return draw.GlyphStyle{Color: series(i), Radius: g.radius, Shape: g.shape}
}

// diamond is a filled square on its corner.
type diamond struct{}

func (diamond) DrawGlyph(c *draw.Canvas, sty draw.GlyphStyle, at vg.Point) {
	r := sty.Radius
	c.FillPolygon(sty.Color, []vg.Point{{X: at.X, Y: at.Y + r}, {X: at.X + r, Y: at.Y}, {X: at.X, Y: at.Y - r}, {X: at.X - r, Y: at.Y}})
}

// flipped is a filled triangle on its corner.
type flipped struct{}

func (flipped) DrawGlyph(c *draw.Canvas, sty draw.GlyphStyle, at vg.Point) {
	r := 1.25 * sty.Radius
	c.FillPolygon(sty.Color, []vg.Point{{X: at.X - 0.87*r, Y: at.Y + r/2}, {X: at.X + 0.87*r, Y: at.Y + r/2}, {X: at.X, Y: at.Y - r}})
}

// sans returns a text style of the given size in points.
func sans(size float64, handler text.Handler) text.Style {
	return text.Style{
		Color:   black,
		Font:    font.Font{Typeface: "Liberation", Variant: "Sans", Size: vg.Points(size)},
		YAlign:  draw.YCenter,
		Handler: handler,
	}
}

func stroke(c color.Color, width float64, dash ...vg.Length) draw.LineStyle {
	return draw.LineStyle{Color: c, Width: vg.Points(width), Dashes: dash}
}
