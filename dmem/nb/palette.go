package nb

import (
	"bytes"
	"cmp"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io"
	"maps"
	"slices"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/vgimg"
)

// frame returns the figure as a PNG file with a palette, for pages with many of them: a third
// of the size. Surfaces keep their colours, but for a heat map's many shades, which change by
// less than can be seen; so do the edges of letters and lines.
func (f *Figure) frame() ([]byte, error) {
	return f.drawOn(func(w, h vg.Length) canvas {
		return palettedCanvas{vgimg.NewWith(vgimg.UseWH(w, h), vgimg.UseDPI(inlineDPI))}
	})
}

type palettedCanvas struct{ *vgimg.Canvas }

func (c palettedCanvas) WriteTo(w io.Writer) (int64, error) {
	var b bytes.Buffer
	e := png.Encoder{}
	drawn := image.NewRGBA(c.Image().Bounds())
	draw.Draw(drawn, drawn.Bounds(), c.Image(), drawn.Bounds().Min, draw.Src)
	if err := e.Encode(&b, paletted(drawn)); err != nil {
		return 0, err
	}
	return b.WriteTo(w)
}

// paletted returns the picture in at most 256 of its colours: of all colours that look alike,
// the most frequent one, and of those again the most frequent. Each other pixel gets the
// nearest of them. Equal pictures give equal results.
func paletted(m *image.RGBA) *image.Paletted {
	count := map[color.RGBA]int{}
	runs(m, func(c color.RGBA, from, to int) { count[c] += to - from })
	colours := slices.SortedFunc(maps.Keys(count), func(a, b color.RGBA) int {
		return cmp.Or(cmp.Compare(count[b], count[a]), cmp.Compare(value(a), value(b)))
	})
	alike := map[uint32]bool{} // colours by the upper bits of their channels
	var palette color.Palette
	for _, c := range colours {
		if like := value(c) & 0xf8f8f8ff; len(palette) < 256 && (!alike[like] || len(colours) <= 256) {
			alike[like] = true
			palette = append(palette, c)
		}
	}
	index := make(map[color.RGBA]uint8, len(colours))
	for _, c := range colours {
		index[c] = uint8(palette.Index(c))
	}
	out := image.NewPaletted(m.Bounds(), palette)
	runs(m, func(c color.RGBA, from, to int) {
		k := index[c]
		for i := from; i < to; i++ {
			out.Pix[i] = k
		}
	})
	return out
}

// runs calls f for each run of equal pixels of a picture, with their numbers in reading order.
func runs(m *image.RGBA, f func(c color.RGBA, from, to int)) {
	at := func(i int) color.RGBA { return color.RGBA{m.Pix[4*i], m.Pix[4*i+1], m.Pix[4*i+2], m.Pix[4*i+3]} }
	from := 0
	for i := range len(m.Pix) / 4 {
		if c := at(from); at(i) != c {
			f(c, from, i)
			from = i
		}
	}
	if len(m.Pix) > 0 {
		f(at(from), from, len(m.Pix)/4)
	}
}

func value(c color.RGBA) uint32 {
	return uint32(c.R)<<24 | uint32(c.G)<<16 | uint32(c.B)<<8 | uint32(c.A)
}
