package nb

import "math"

// Multiples returns a panel a line, in so many columns, each an area over the same two axes:
// several pools over time. Lines may be steps.
func Multiples(cols int, xLabel, yLabel string, lines ...Line) *Figure {
	x, y := nothing(), nothing()
	for _, l := range lines {
		one := &curves{lines: []Line{l}}
		if one.check() != nil {
			continue // reported when the panel is drawn
		}
		px, py := one.bounds(&Figure{})
		x.add(px.lo, Linear)
		x.add(px.hi, Linear)
		y.add(py.lo, Linear)
		y.add(py.hi, Linear)
	}
	var panels []*Figure
	for i, l := range lines {
		f := &Figure{Title: l.Name, data: &curves{lines: []Line{l}, area: true, colour: i}, inner: 0.75}
		if i+cols >= len(lines) || cols < 1 {
			f.inner += 0.15 // for the label below
		}
		if x.lo < x.hi {
			f.X.Min, f.X.Max = x.lo, x.hi
		}
		if y.lo < y.hi {
			f.Y.Min, f.Y.Max = y.lo, y.hi
		}
		if i+cols >= len(lines) || cols < 1 {
			f.X.Label = xLabel
		}
		if cols < 1 || i%cols == 0 {
			f.Y.Label = yLabel
		}
		panels = append(panels, f)
	}
	return Panels(cols, panels...)
}

// Tail returns a figure of complementary cumulative distributions, both axes logarithmic: the
// share of accesses that took longer. It shows tails that a [CDF] hides in its upper corner.
func Tail(xLabel string, dists ...Dist) *Figure {
	d := &curves{cdf: true, tail: true}
	least := 1.0
	for _, dist := range dists {
		l := Line{Name: dist.Name, Step: true}
		for i, p := range dist.Points {
			if i == 0 {
				l.X, l.Y = append(l.X, p.Ns), append(l.Y, 1)
			}
			above := 1 - p.Fraction
			if above > 1e-9 { // of the slowest access nothing is left
				least = min(least, above)
			} else {
				above = math.SmallestNonzeroFloat64 // drawn at the lower edge
			}
			l.X, l.Y = append(l.X, p.Ns), append(l.Y, above)
		}
		d.lines = append(d.lines, l)
	}
	floor := math.Pow(10, math.Floor(math.Log10(least)+1e-9))
	return &Figure{X: Axis{Label: xLabel, Kind: LogNs}, Y: Axis{Label: "Share of slower accesses", Kind: Log, Min: min(floor, 0.1), Max: 1}, data: d}
}
