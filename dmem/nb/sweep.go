package nb

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/janpfeifer/gonb/gonbui"
	"github.com/janpfeifer/gonb/gonbui/protocol"
)

// Limits of a [Sweep]: what is more makes a notebook slow to load.
const (
	sweepFrames = 500
	sweepBytes  = 6 << 20 // of HTML
)

// Sweep draws a figure for each setting of the controls and shows them under sliders and
// lists, with a button that plays the first control through. It works without a kernel, in an
// exported page too, as all frames are in the page; where scripts do not run (GitHub, a
// notebook that is not trusted) the figure of the first setting is seen.
//
//	nb.Sweep(func(at nb.At) *nb.Figure { return waiting(at.Value("load")) }, nb.Slider("load", nb.Range(0.1, 0.9, 0.1)...))
//
// Give all frames the same limits of the axes, or the eye sees the axes move. Sweep panics, so
// that the cell fails, on controls without settings, on a figure that cannot be drawn, and on
// more than 500 frames or 6 MiB in all: a frame takes 10 to 30 KiB.
func Sweep(draw func(At) *Figure, controls ...Control) {
	if err := sweep(draw, controls); err != nil {
		panic(fmt.Errorf("nb.Sweep: %w", err))
	}
}

// Animate shows figures one after the other, under a slider with a button to play them. It
// begins with the last one, which is what pages without scripts show: mostly the one with the
// whole story. All that is said of [Sweep] holds.
func Animate(name string, figures ...*Figure) {
	steps := make([]float64, len(figures))
	for i := range steps {
		steps[i] = float64(i + 1)
	}
	slider := Slider(name, steps...)
	slider.Start = max(len(figures)-1, 0)
	err := sweep(func(at At) *Figure { return figures[at.Index(name)] }, []Control{slider})
	if err != nil {
		panic(fmt.Errorf("nb.Animate: %w", err))
	}
}

// frames draws the figure at each setting; the last control turns fastest.
func frames(draw func(At) *Figure, controls []Control) (pngs [][]byte, first int, w, h float64, err error) {
	if err := checkControls(controls); err != nil {
		return nil, 0, 0, 0, err
	}
	n := 1
	for _, c := range controls {
		n *= len(c.options)
		first = first*len(c.options) + c.Start
		if n > sweepFrames {
			return nil, 0, 0, 0, fmt.Errorf("more than %d frames: give the controls fewer settings", sweepFrames)
		}
	}
	progress := Progress("frames")
	size := 0
	for i := range n {
		at := At{controls, make([]int, len(controls))}
		rest := i
		for c := len(controls) - 1; c >= 0; c-- {
			at.index[c] = rest % len(controls[c].options)
			rest /= len(controls[c].options)
		}
		f := draw(at)
		if f == nil {
			return nil, 0, 0, 0, fmt.Errorf("%s: a nil *Figure", at)
		}
		png, err := f.frame()
		if err != nil {
			return nil, 0, 0, 0, fmt.Errorf("%s: %w", at, err)
		}
		fw, fh := f.size()
		w, h = max(w, fw.Points()), max(h, fh.Points())
		if size += len(png) * 4 / 3; size > sweepBytes {
			return nil, 0, 0, 0, fmt.Errorf("%d of %d frames take more than %d MiB: give the controls fewer settings or make the figure smaller", i+1, n, sweepBytes>>20)
		}
		pngs = append(pngs, png)
		progress(i+1, n)
	}
	return pngs, first, w, h, nil
}

// String returns the setting as an error message names it: "load 0.9, policy random".
func (a At) String() string {
	var parts []string
	for i, c := range a.controls {
		parts = append(parts, c.Name+" "+c.options[a.index[i]])
	}
	return strings.Join(parts, ", ")
}

//go:embed sweep.js
var sweepScript string

//go:embed controls.js
var controlsScript string

func sweep(draw func(At) *Figure, controls []Control) error {
	pngs, first, w, h, err := frames(draw, controls)
	if err != nil {
		return err
	}
	page, err := sweepHTML(pngs, first, w, h, controls)
	if err != nil || !gonbui.IsNotebook {
		return err
	}
	// The picture stands in an output of its own: it stays where the script does not run,
	// and the script hides it.
	sendPNG(pngs[first], w, h, "")
	gonbui.SendData(&protocol.DisplayData{Data: map[protocol.MIMEType]any{protocol.MIMETextHTML: page}})
	if err := gonbui.Error(); err != nil {
		return err
	}
	return flush()
}

// sweepHTML returns the sliders and the frames as HTML with a script. Equal input gives equal
// text; several of them, equal ones too, can stand in one page.
func sweepHTML(pngs [][]byte, first int, w, h float64, controls []Control) (string, error) {
	if len(pngs) == 0 {
		return "", errors.New("no frames")
	}
	data, err := json.Marshal(struct {
		Controls []controlJSON `json:"controls"`
		Frames   [][]byte      `json:"frames"` // in base64
		First    int           `json:"first"`
		Width    int           `json:"width"`
		Height   int           `json:"height"`
	}{controlsJSON(controls), pngs, first, pixels(w), pixels(h)})
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(data)
	id := "dmem-sweep-" + hex.EncodeToString(sum[:6])
	return script(id, sweepScript, data), nil
}

// script returns an empty element and the script that fills it, with its data.
func script(id, body string, data []byte) string {
	return fmt.Sprintf("<div class=\"%s\"></div>\n<script>\n(function () {\n\"use strict\";\nconst id = %q, data = %s;\n%s\n%s\n})();\n</script>", id, id, data, controlsScript, body)
}

// pixels returns a length in points as pixels of a screen.
func pixels(points float64) int { return int(math.Round(points * 96 / 72)) }

// sendPNG displays a picture of the given size in points; with an id it replaces what the
// same id showed before.
func sendPNG(png []byte, w, h float64, id string) {
	gonbui.SendData(&protocol.DisplayData{
		Data: map[protocol.MIMEType]any{protocol.MIMEImagePNG: png},
		// Of this exact type: the channel to the kernel knows no other.
		Metadata:  map[string]any{string(protocol.MIMEImagePNG): map[string]int{"width": pixels(w), "height": pixels(h)}},
		DisplayID: id,
	})
}
