package nb

import (
	"fmt"
	"regexp"

	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/vgpdf"
)

var pdfDate = regexp.MustCompile(`/(CreationDate|ModDate) \(D:\d{14}\)`)

// pdf returns the figure as PDF. A text with a character that PDF's Western code page has
// not, such as a Greek letter, is an error.
func (f *Figure) pdf() ([]byte, error) {
	var c *westernPDF
	data, err := f.drawOn(func(w, h vg.Length) canvas {
		c = &westernPDF{Canvas: vgpdf.New(w, h)}
		return c
	})
	if err != nil {
		return nil, err
	}
	if c.lacks != 0 {
		return nil, fmt.Errorf("nb: figure %q: there is no %q in the font of a PDF file: want Latin letters", f.name(), c.lacks)
	}
	// A fixed date of the same length: the offsets in the file stay right.
	return pdfDate.ReplaceAll(data, []byte("/$1 (D:20240101000000)")), nil
}

// westernPDF is a PDF canvas that takes texts in UTF-8. Its fonts are encoded in code page
// 1252, and vgpdf hands the bytes on as they are.
type westernPDF struct {
	*vgpdf.Canvas
	lacks rune // the last character that has no code
}

// FillString implements [vg.Canvas].
func (c *westernPDF) FillString(f font.Face, at vg.Point, text string) {
	b := make([]byte, 0, len(text))
	for _, r := range text {
		code, ok := western(r)
		if !ok {
			c.lacks = r
		}
		b = append(b, code)
	}
	c.Canvas.FillString(f, at, string(b))
}

// western returns a character's code in code page 1252.
func western(r rune) (code byte, ok bool) {
	switch {
	case r >= ' ' && r <= '~', r >= 0xa0 && r <= 0xff:
		return byte(r), true
	case r == 'μ': // Greek mu for the sign of micro
		return 0xb5, true
	}
	const from80 = "€\x00‚ƒ„…†‡ˆ‰Š‹Œ\x00Ž\x00\x00‘’“”•–—˜™š›œ\x00žŸ"
	code = 0x80
	for _, c := range from80 {
		if c == r && r != 0 {
			return code, true
		}
		code++
	}
	return '?', false
}
