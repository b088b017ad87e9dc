package nb

import (
	"fmt"
	"image/color"
	"math"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// intervals checks the limits of n intervals: both lists or none, NaN where there is none.
func intervals(low, high []float64, n int) error {
	if low == nil && high == nil {
		return nil
	}
	if len(low) != n || len(high) != n {
		return fmt.Errorf("%d lower and %d upper limits of intervals for %d values", len(low), len(high), n)
	}
	for i := range low {
		if low[i] > high[i] || math.IsInf(low[i], 0) || math.IsInf(high[i], 0) {
			return fmt.Errorf("interval %d is [%v, %v]: want rising, finite limits", i, low[i], high[i])
		}
	}
	return nil
}

// whisker draws an upright interval with end caps of half the given width.
func whisker(c *draw.Canvas, style draw.LineStyle, x, low, high, half vg.Length) {
	in := func(y vg.Length) vg.Length { return min(max(y, c.Min.Y), c.Max.Y) }
	if low > c.Max.Y || high < c.Min.Y {
		return
	}
	c.StrokeLine2(style, x, in(low), x, in(high))
	for _, y := range []vg.Length{low, high} {
		if c.ContainsY(y) {
			c.StrokeLine2(style, x-half, y, x+half, y)
		}
	}
}

// band reports whether the intervals of the line are drawn as a band: whiskers would touch.
func (l Line) band() bool { return l.Low != nil && len(l.X) > 24 && !l.Points }

// ribbon draws the band of line i, cut where a limit is missing.
func ribbon(c *draw.Canvas, l Line, i int, place func(x, y float64) vg.Point) {
	for from := 0; from < len(l.X); from++ {
		var upper, lower []vg.Point
		for ; from < len(l.X) && !math.IsNaN(l.Low[from]+l.High[from]); from++ {
			upper = append(upper, place(l.X[from], l.High[from]))
			lower = append(lower, place(l.X[from], l.Low[from]))
		}
		for k := len(lower) - 1; k >= 0; k-- {
			upper = append(upper, lower[k])
		}
		if len(upper) > 4 {
			c.FillPolygon(pale(series(i)), c.ClipPolygonXY(upper))
		}
	}
}

// fillDown fills the area between a path and a height.
func fillDown(c *draw.Canvas, points []vg.Point, base vg.Length, fill color.Color) {
	if len(points) < 2 {
		return
	}
	area := append([]vg.Point{{X: points[0].X, Y: base}}, points...)
	area = append(area, vg.Point{X: points[len(points)-1].X, Y: base})
	c.FillPolygon(fill, c.ClipPolygonXY(area))
}

// pale returns a light tone of a colour. It is opaque: not all formats know transparency.
func pale(c color.Color) color.Color {
	r, g, b, _ := c.RGBA()
	mix := func(v uint32) uint8 { return uint8(255 - (255-v>>8)*2/5) }
	return color.RGBA{mix(r), mix(g), mix(b), 255}
}
