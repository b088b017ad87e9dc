package nb

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"

	"github.com/dmemsys/dmemsys/dmem/internal/wholefile"
)

// Resolution of PNG files, and of the pictures in a notebook: twice the nominal 96.
const (
	fileDPI   = 300
	inlineDPI = 192
)

// Save writes the figure as dir/name.svg, .pdf and .png, each whole or not at all, and makes
// dir if it is missing. It returns an error for data that cannot be drawn; then no file is
// touched.
func (f *Figure) Save(dir, name string) error {
	if name == "" || name != filepath.Base(name) {
		return fmt.Errorf("nb: %q is no name for a figure: want a file name without a folder", name)
	}
	type file struct {
		ext  string
		data []byte
	}
	var files []file
	for _, format := range []struct {
		ext  string
		draw func() ([]byte, error)
	}{{"svg", f.svg}, {"pdf", f.pdf}, {"png", func() ([]byte, error) { return f.png(fileDPI) }}} {
		data, err := format.draw()
		if err != nil {
			return err
		}
		files = append(files, file{format.ext, data})
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return fmt.Errorf("nb: %w", err)
	}
	for _, file := range files {
		err := wholefile.Write(filepath.Join(dir, name+"."+file.ext), func(w io.Writer) error {
			_, err := w.Write(file.data)
			return err
		})
		if err != nil {
			return fmt.Errorf("nb: figure %s: %w", name, err)
		}
	}
	return nil
}

func (f *Figure) png(dpi int) ([]byte, error) {
	return f.drawOn(func(w, h vg.Length) canvas {
		return vgimg.PngCanvas{Canvas: vgimg.NewWith(vgimg.UseWH(w, h), vgimg.UseDPI(dpi))}
	})
}

// svg returns an SVG text that may stand in a page of its own or inside HTML.
func (f *Figure) svg() ([]byte, error) {
	data, err := f.drawOn(func(w, h vg.Length) canvas { return vgsvg.New(w, h) })
	if err != nil {
		return nil, err
	}
	// Fonts are not embedded: where Liberation Sans is missing, fonts of the same measures.
	return []byte(strings.ReplaceAll(string(data), "font-family:Liberation Sans",
		"font-family:'Liberation Sans',Arial,Helvetica,sans-serif")), nil
}

// canvas is a canvas of one of gonum/plot's formats.
type canvas interface {
	vg.CanvasSizer
	io.WriterTo
}

// drawOn draws the figure, after a look at its data, on a canvas of its size and returns
// what the canvas writes.
func (f *Figure) drawOn(newCanvas func(w, h vg.Length) canvas) ([]byte, error) {
	if err := f.check(); err != nil {
		return nil, err
	}
	c := newCanvas(f.size())
	f.render(draw.New(c))
	var b bytes.Buffer
	if _, err := c.WriteTo(&b); err != nil {
		return nil, fmt.Errorf("nb: %w", err)
	}
	return b.Bytes(), nil
}
