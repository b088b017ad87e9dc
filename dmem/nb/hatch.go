package nb

import (
	"image/color"
	"math"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// box draws a rectangle with an outline, filled with a colour (nil: white) and hatching i.
func box(c *draw.Canvas, r vg.Rectangle, fill color.Color, i int) {
	if fill == nil {
		fill = color.White
	}
	corners := []vg.Point{r.Min, {X: r.Max.X, Y: r.Min.Y}, r.Max, {X: r.Min.X, Y: r.Max.Y}}
	c.FillPolygon(fill, corners)
	hatch(c, r, i)
	c.StrokeLines(stroke(black, 0.5), append(corners, r.Min, corners[1])) // the corner once more: a closed joint
}

// hatch draws pattern i into a rectangle; pattern 0 is empty. The lines belong to one grid
// for the whole figure, so that they run on from one part of a stack to the next.
func hatch(c *draw.Canvas, r vg.Rectangle, i int) {
	const step = 3.6 // points
	type direction struct{ dx, dy float64 }
	set := [...][]direction{
		nil,
		{{1, 1}},
		{{1, -1}},
		{{1, 1}, {1, -1}},
		{{1, 0}},
		{{0, 1}},
		{{1, 0}, {0, 1}},
	}
	inside := draw.Canvas{Canvas: c.Canvas, Rectangle: r}
	for _, d := range set[i%len(set)] {
		norm := math.Hypot(d.dx, d.dy)
		nx, ny := -d.dy/norm, d.dx/norm // across the lines
		lo, hi := math.Inf(1), math.Inf(-1)
		for _, p := range []vg.Point{r.Min, r.Max, {X: r.Min.X, Y: r.Max.Y}, {X: r.Max.X, Y: r.Min.Y}} {
			k := (float64(p.X)*nx + float64(p.Y)*ny) / step
			lo, hi = min(lo, k), max(hi, k)
		}
		length := float64(r.Size().X + r.Size().Y)
		mid := vg.Point{X: (r.Min.X + r.Max.X) / 2, Y: (r.Min.Y + r.Max.Y) / 2}
		along := (float64(mid.X)*d.dx + float64(mid.Y)*d.dy) / norm
		for k := math.Ceil(lo); k <= hi; k++ {
			x, y := k*step*nx+along*d.dx/norm, k*step*ny+along*d.dy/norm
			line := []vg.Point{
				{X: vg.Length(x - length*d.dx/norm), Y: vg.Length(y - length*d.dy/norm)},
				{X: vg.Length(x + length*d.dx/norm), Y: vg.Length(y + length*d.dy/norm)},
			}
			c.StrokeLines(stroke(black, 0.45), inside.ClipLinesXY(line)...)
		}
	}
}
