package nb

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"testing"
)

// TestFrameLooksTheSame compares frames with the pictures they stand for: colours that
// cannot be told apart in all but a few pixels, and a file that is much smaller.
func TestFrameLooksTheSame(t *testing.T) {
	for _, name := range []string{"schematic", "heat-time", "cdf"} {
		f := gallery()[name]
		want, err := f.png(inlineDPI)
		if err != nil {
			t.Fatal(err)
		}
		got, err := f.frame()
		if err != nil {
			t.Fatal(err)
		}
		a, _ := png.Decode(bytes.NewReader(want))
		b, err := png.Decode(bytes.NewReader(got))
		if err != nil || a.Bounds() != b.Bounds() {
			t.Fatalf("%s: %v, %v instead of %v", name, err, b.Bounds(), a.Bounds())
		}
		off := 0
		r := a.Bounds()
		for y := r.Min.Y; y < r.Max.Y; y++ {
			for x := r.Min.X; x < r.Max.X; x++ {
				p, q := color.RGBAModel.Convert(a.At(x, y)).(color.RGBA), color.RGBAModel.Convert(b.At(x, y)).(color.RGBA)
				if max(abs(int(p.R)-int(q.R)), abs(int(p.G)-int(q.G)), abs(int(p.B)-int(q.B))) > 12 {
					off++
				}
			}
		}
		if share := float64(off) / float64(r.Dx()*r.Dy()); share > 0.005 {
			t.Errorf("%s: %.2f %% of the pixels are off by more than 12 of 255", name, 100*share)
		} else {
			t.Logf("%s: %.2f %% of the pixels are off by more than 12 of 255", name, 100*share)
		}
		if len(got) > len(want)*2/3 {
			t.Errorf("%s: %d bytes instead of %d", name, len(got), len(want))
		}
		t.Logf("%s: %d bytes instead of %d", name, len(got), len(want))
	}
}

func TestPalettedKeepsFewColours(t *testing.T) {
	m := image.NewRGBA(image.Rect(0, 0, 16, 16))
	for i := range 256 {
		m.SetRGBA(i%16, i/16, color.RGBA{uint8(i), uint8(255 - i), 7, 255})
	}
	p := paletted(m)
	for i := range 256 {
		if got := color.RGBAModel.Convert(p.At(i%16, i/16)); got != m.RGBAAt(i%16, i/16) {
			t.Fatalf("pixel %d is %v, want %v", i, got, m.RGBAAt(i%16, i/16))
		}
	}
}
