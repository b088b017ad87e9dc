package nb

import (
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// entry is one name in the legend; sample draws what it stands for into a small canvas.
type entry struct {
	name   string
	width  vg.Length // of the sample
	sample func(c *draw.Canvas)
}

// Measures of the legend, in points.
const (
	boxWidth     = 13
	lineWidth    = 21
	sampleHeight = 8
	sampleGap    = 4
	entryGap     = 10
	rowHeight    = 12
	legendGap    = 5 // to the data below
)

// legend is the rows of entries above the data of a figure.
type legend struct {
	style text.Style
	rows  [][]placed
}

// placed is an entry and where it begins, from the left edge of the figure.
type placed struct {
	entry
	x vg.Length
}

// arrange puts the entries into aligned columns, or one after the other where that needs
// fewer rows, centred in the width.
func arrange(entries []entry, style text.Style, width vg.Length) legend {
	l := legend{style: style}
	if len(entries) == 0 {
		return l
	}
	flow := flowing(entries, style, width)
	for n := (len(entries) + len(flow) - 1) / len(flow); n <= len(entries); n++ {
		if rows, ok := aligned(entries, style, width, n); ok && len(rows) <= len(flow) {
			l.rows = rows
			return l
		}
	}
	l.rows = flow
	return l
}

func (e entry) room(style text.Style) vg.Length { return e.width + sampleGap + style.Width(e.name) }

// flowing fills row after row.
func flowing(entries []entry, style text.Style, width vg.Length) [][]placed {
	var rows [][]placed
	var row []placed
	var x, widest vg.Length
	for _, e := range entries {
		if w := e.room(style); len(row) > 0 && x+w > width {
			rows, row, x = append(rows, row), nil, 0
		}
		row = append(row, placed{e, x})
		x += e.room(style) + entryGap
		widest = max(widest, x-entryGap)
	}
	return centre(append(rows, row), widest, width)
}

// aligned fills n columns; it reports false if they do not fit.
func aligned(entries []entry, style text.Style, width vg.Length, n int) ([][]placed, bool) {
	columns := make([]vg.Length, n)
	for i, e := range entries {
		columns[i%n] = max(columns[i%n], e.room(style))
	}
	rows := make([][]placed, (len(entries)+n-1)/n)
	var x vg.Length
	for i, w := range columns {
		for r := range rows {
			if at := r*n + i; at < len(entries) {
				rows[r] = append(rows[r], placed{entries[at], x})
			}
		}
		x += w + entryGap
	}
	return centre(rows, x-entryGap, width), x-entryGap <= width
}

func centre(rows [][]placed, used, width vg.Length) [][]placed {
	for _, row := range rows {
		for i := range row {
			row[i].x += max(0, (width-used)/2)
		}
	}
	return rows
}

// height returns the space the legend needs above the data, zero without entries.
func (l legend) height() vg.Length {
	if len(l.rows) == 0 {
		return 0
	}
	return vg.Length(len(l.rows))*rowHeight + legendGap
}

// draw draws the legend at the top of c.
func (l legend) draw(c draw.Canvas) {
	for r, row := range l.rows {
		mid := c.Max.Y - rowHeight*(vg.Length(r)+0.5)
		for _, e := range row {
			x := c.Min.X + e.x
			sample := draw.Canvas{Canvas: c.Canvas, Rectangle: vg.Rectangle{
				Min: vg.Point{X: x, Y: mid - sampleHeight/2},
				Max: vg.Point{X: x + e.width, Y: mid + sampleHeight/2},
			}}
			e.sample(&sample)
			c.FillText(l.style, vg.Point{X: x + e.width + sampleGap, Y: mid}, e.name)
		}
	}
}
