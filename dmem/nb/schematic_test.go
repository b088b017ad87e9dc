package nb

import (
	"math"
	"strings"
	"testing"
)

func TestSchematicKeepsItsShape(t *testing.T) {
	f := Schematic(Drawing{Width: 14, Height: 4, Boxes: []Box{{X: 1, Y: 1, W: 2, H: 2}}})
	for _, width := range []float64{PageWidth, ColumnWidth} {
		f.Wide = width == PageWidth
		w, h := f.size()
		if w.Points() != 72*width || math.Abs(h.Points()-72*width*4/14) > 5 {
			t.Errorf("%v x %v points, want a width of %v and four fourteenths of it", w.Points(), h.Points(), 72*width)
		}
	}
}

func TestBadSchematics(t *testing.T) {
	for want, d := range map[string]Drawing{
		"0 by 0":                   {},
		"NaN by 1":                 {Width: nan, Height: 1},
		`box "b" at (2, 1) lies`:   {Width: 1.5, Height: 1, Boxes: []Box{{Name: "b", X: 1, W: 1, H: 1}}},
		`box "b" is -0.5 by 1`:     {Width: 2, Height: 1, Boxes: []Box{{Name: "b", X: 1, W: -0.5, H: 1}}},
		"filled to 1.5: want 0":    {Width: 2, Height: 1, Boxes: []Box{{Level: 1.5}}},
		"filled to NaN":            {Width: 2, Height: 1, Boxes: []Box{{Level: nan}}},
		"colour 9: want 0 to 8":    {Width: 2, Height: 1, Dots: []Dot{{Colour: 9}}},
		`dot "7" at (NaN, 0) lies`: {Width: 2, Height: 1, Dots: []Dot{{X: nan, Name: "7"}}},
		`text "t" at (0, -1) lies`: {Width: 2, Height: 1, Texts: []Text{{Y: -1, Text: "t"}}},
		`link "0" at (3, 0) lies`:  {Width: 2, Height: 1, Links: []Link{{X2: 3}}},
	} {
		if _, err := Schematic(d).png(inlineDPI); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
}
