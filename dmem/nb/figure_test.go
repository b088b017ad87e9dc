package nb

import (
	"bytes"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/recorder"

	"github.com/dmemsys/dmemsys/dmem/stats"
	"github.com/dmemsys/dmemsys/dmem/units"
)

var figureDir = flag.String("figures", "", "write the tests' figures into this folder, to be looked at")

var nan = math.NaN()

// gallery returns one figure or more of each kind, with made-up data.
func gallery() map[string]*Figure {
	rng := rand.New(rand.NewPCG(1, 2))
	groups := []string{"lbm", "fotonik3d", "fft", "fmm"}
	policies := []string{"Random", "Round-robin", "Smart-idle"}
	parts := []string{"Translation", "Source queue", "RMAC", "Links", "Switch", "Pool queue", "DRAM", "Return"}
	stack := func(scale float64) (out [][]float64) {
		for i := range parts {
			out = append(out, []float64{10 + scale*float64(i)*7, 20 + scale*float64(i*i), 33 * scale, 50})
		}
		return out
	}
	var dists []Dist
	for i, name := range groups {
		var h stats.Hist
		for range 20_000 {
			h.Record(units.Time(60_000 + rng.ExpFloat64()*20_000))
			h.Record(units.Time(190_000 + rng.ExpFloat64()*80_000*float64(1+i*i)))
		}
		dists = append(dists, Dist{name, h.CDF(400)})
	}
	var steps, means []Line
	for i, name := range policies {
		l := Line{Name: name, Step: true}
		for k := range 40 {
			l.X, l.Y = append(l.X, 1.5*float64(k)), append(l.Y, 30_000/float64(1+i)*(1+rng.Float64()*.4))
		}
		steps = append(steps, l)
		l, sum := Line{Name: name, Events: []float64{5}}, 0.0
		for k := range 500 {
			sum += 300 + 900/float64(1+i)*rng.ExpFloat64()
			l.X, l.Y = append(l.X, .04*float64(k)), append(l.Y, sum/float64(k+1))
		}
		means = append(means, l)
	}

	cdf := CDF("Access latency", dists...)
	cdf.MarkX = []Mark{{1000, "1000 ns"}}
	logBars := Bars("Mean latency", groups, Bar{Name: "A", Values: []float64{1523, 22_100, 64, 312}}, Bar{Name: "B", Values: []float64{100, 223, 6400, 3120}})
	logBars.Y.Kind = LogNs
	figures := map[string]*Figure{
		"bars":        Bars("Mean latency (ns)", groups, Bar{Name: "Random", Values: []float64{1523, 2210.3, 640, 312}}),
		"bars-groups": Bars("Mean latency (ns)", groups, Bar{Name: policies[0], Values: []float64{1523, 2210, 640, 312}}, Bar{Name: policies[1], Values: []float64{720, 810, 420, nan}}, Bar{Name: policies[2], Values: []float64{420, 510, 320, 210}}),
		"bars-log":    logBars,
		"bars-names":  Bars("Mean latency (ns)", []string{"a_very_long_name", "fotonik3d_s", "wrf_s", "pop2", "imagick", "nab_benchmark"}, Bar{Name: "", Values: []float64{1, 2, 3, 4, 5, 6}}),
		"stacks":      Stacks("Mean latency (ns)", groups, parts, Stack{"Random", stack(1.4)}, Stack{"Smart-idle", stack(.7)}),
		"cdf":         cdf,
		"steps":       Lines("Simulated time (million cycles)", "Difference between the most and the least accessed pool", steps...),
		"means":       Lines("Simulated time (ms)", "Cumulative mean latency (ns)", means...),
		"few":         Lines("Load", "Mean wait (ns)", Line{Name: "M/D/1", X: []float64{0, .3, .6, .8}, Y: []float64{0, 2, 7, 20}}, Line{Name: "simulated", X: []float64{.1, .3, .6, .8}, Y: []float64{.4, 2.1, nan, 20.5}}),
	}
	a, b, d := *figures["bars"], *figures["bars-groups"], *figures["steps"]
	c := *cdf
	a.Title, b.Title, c.Title, d.Title = "(a) Mean latency by benchmark", "(b) The same by policy", "(c) Distribution", "(d) Imbalance of the pools"
	figures["panels"] = Panels(2, &a, &b, &c, &d)
	more(figures, rng, groups, policies, dists)
	wide := *figures["means"]
	wide.Wide = true
	figures["wide"] = &wide
	return figures
}

func TestSaveWritesTheSameBytesTwice(t *testing.T) {
	one, two := t.TempDir(), t.TempDir()
	if *figureDir != "" {
		one = *figureDir
	}
	again := gallery()
	kinds := []string{"cdf", "stacks", "heat", "boxes", "panels", "ribbons", "multiples"}
	for name, f := range gallery() {
		if *figureDir == "" && !slices.Contains(kinds, name) || testing.Short() && name != "cdf" && name != "stacks" {
			continue
		}
		if err := f.Save(one, name); err != nil {
			t.Fatal(err)
		}
		if err := again[name].Save(two, name); err != nil {
			t.Fatal(err)
		}
		for _, ext := range []string{".svg", ".pdf", ".png"} {
			a, err := os.ReadFile(filepath.Join(one, name+ext))
			b, _ := os.ReadFile(filepath.Join(two, name+ext))
			if err != nil || !bytes.Equal(a, b) || len(a) < 1000 {
				t.Errorf("%s%s: %v, %d and %d bytes", name, ext, err, len(a), len(b))
			}
		}
	}
}

func TestFileFormats(t *testing.T) {
	f := gallery()["cdf"]
	svg, err := f.svg()
	if err != nil || !bytes.Contains(svg, []byte("'Liberation Sans',Arial,Helvetica,sans-serif")) || bytes.Contains(svg, []byte("Liberation Sans;")) {
		t.Errorf("SVG without a fallback for its font (%v)", err)
	}
	pdf, err := f.pdf()
	if err != nil || !bytes.Contains(pdf, []byte("/CreationDate (D:20240101000000)")) || regexp.MustCompile(`\(D:20(2[5-9]|[3-9])`).Match(pdf) {
		t.Errorf("PDF dates are not fixed (%v)", err)
	}
}

func TestTextInPDF(t *testing.T) {
	for text, want := range map[string]string{"10 µs": "10 \xb5s", "μ": "\xb5", "a – b…": "a \x96 b\x85", "Ÿ€": "\x9f\x80"} {
		var got []byte
		for _, r := range text {
			code, ok := western(r)
			if !ok {
				t.Errorf("%q: no code for %q", text, r)
			}
			got = append(got, code)
		}
		if string(got) != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
	for _, r := range "λ≥\x00\u0081" {
		if code, ok := western(r); ok {
			t.Errorf("%q has code %x", r, code)
		}
	}
	_, err := Lines("Load λ", "y", Line{X: []float64{0, 1}, Y: []float64{0, 1}}).pdf()
	if err == nil || !strings.Contains(err.Error(), "no 'λ'") {
		t.Errorf("error %v", err)
	}
}

// record draws a figure and returns what was drawn.
func record(t *testing.T, f *Figure) (*recorder.Canvas, vg.Length, vg.Length) {
	t.Helper()
	w, h := f.size()
	var r recorder.Canvas
	f.render(draw.NewCanvas(&r, w, h))
	return &r, w, h
}

func TestLegendIsAboveTheData(t *testing.T) {
	for name, f := range gallery() {
		if f.panels != nil {
			continue
		}
		r, _, _ := record(t, f)
		var entries []string
		for _, e := range f.data.legend() {
			entries = append(entries, e.name)
		}
		lowest, found := vg.Length(math.Inf(1)), 0
		var data []vg.Path
		for _, a := range r.Actions {
			switch a := a.(type) {
			case *recorder.FillString:
				if slices.Contains(entries, a.String) {
					lowest, found = min(lowest, a.Point.Y), found+1
				}
			case *recorder.Stroke:
				if len(a.Path) > 2 && found == len(entries) {
					data = append(data, a.Path)
				}
			case *recorder.Fill: // marks, cells
				if found == len(entries) {
					data = append(data, a.Path)
				}
			}
		}
		if found != len(entries) {
			t.Errorf("%s: %d names in the legend, want %d", name, found, len(entries))
		}
		if len(data) == 0 {
			t.Errorf("%s: no data drawn after the legend", name)
		}
		for _, path := range data {
			for _, p := range path {
				if p.Pos.Y >= lowest {
					t.Fatalf("%s: data at %v, legend down to %v", name, p.Pos.Y, lowest)
				}
			}
		}
	}
}

func TestNoTextIsClipped(t *testing.T) {
	for name, f := range gallery() {
		r, w, h := record(t, f)
		turned := 0
		for _, a := range r.Actions {
			switch a := a.(type) {
			case *recorder.Rotate:
				turned++
			case *recorder.Pop:
				turned--
			case *recorder.FillString:
				if turned > 0 {
					continue // in turned coordinates
				}
				style := sans(float64(a.Size), plot.DefaultTextHandler)
				if right := a.Point.X + style.Width(a.String); a.Point.X < 0 || right > w || a.Point.Y < 0 || a.Point.Y+a.Size*0.8 > h {
					t.Errorf("%s: %q from %v to %v at height %v is outside of %v x %v", name, a.String, a.Point.X, right, a.Point.Y, w, h)
				}
			}
		}
	}
}

func TestBadDataIsAnError(t *testing.T) {
	inf := math.Inf(1)
	limits := CDF("x", Dist{"d", []stats.Point{{Ns: 10, Fraction: 1}}})
	limits.X.Min, limits.X.Max = -1, 10
	for _, c := range []struct {
		name string
		f    *Figure
		want string
	}{
		{"zero value", &Figure{}, "empty Figure"},
		{"no panels", Panels(2), "without panels"},
		{"nested panels", Panels(2, Panels(1, CDF("x"))), "panel 1"},
		{"empty panel", Panels(2, CDF("x")), "no data"},
		{"no groups", Bars("Mean latency (ns)", nil), `"Mean latency (ns)": no data`},
		{"no series", Bars("y", []string{"a"}), "no data"},
		{"only NaN", Bars("y", []string{"a"}, Bar{Name: "s", Values: []float64{nan}}), "no data"},
		{"values missing", Bars("y", []string{"a", "b"}, Bar{Name: "s", Values: []float64{1}}), `series "s" has 1 values for 2 groups`},
		{"infinite bar", Bars("y", []string{"a"}, Bar{Name: "s", Values: []float64{inf}}), `series "s", group "a": +Inf`},
		{"negative bar", Bars("y", []string{"a"}, Bar{Name: "s", Values: []float64{-1}}), "-1"},
		{"parts missing", Stacks("y", []string{"a"}, []string{"p", "q"}, Stack{"s", [][]float64{{1}}}), `series "s" has 1 parts, want 2`},
		{"no distribution", CDF("Latency"), "no data"},
		{"empty distribution", CDF("Latency", Dist{Name: "d"}), "no data"},
		{"lengths differ", Lines("x", "y", Line{Name: "l", X: []float64{1}}), `line "l" has 1 x for 0 y`},
		{"infinite point", Lines("x", "y", Line{Name: "l", X: []float64{1}, Y: []float64{inf}}), "(1, +Inf)"},
		{"falling x", Lines("x", "y", Line{Name: "l", X: []float64{2, 1}, Y: []float64{0, 0}}), "falls from 2 to 1"},
		{"limits of a log axis", limits, "limits of the x axis"},
	} {
		dir := t.TempDir()
		err := c.f.Save(dir, "f")
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "nb: ") {
			t.Errorf("%s: error %v, want one with %q", c.name, err, c.want)
		}
		if files, _ := os.ReadDir(dir); len(files) != 0 {
			t.Errorf("%s: left %v", c.name, files)
		}
	}
	if err := gallery()["cdf"].Save(t.TempDir(), "a/b"); err == nil {
		t.Error("a name with a folder is accepted")
	}
}

// Odd data that are no fault must be drawn.
func TestOddDataIsDrawn(t *testing.T) {
	zero := []stats.Point{{Ns: 0, Fraction: .5}, {Ns: 0, Fraction: 1}}
	logZero := Bars("y", []string{"a"}, Bar{Name: "s", Values: []float64{0}})
	logZero.Y.Kind = LogNs
	tight := Bars("y", []string{"a", "b"}, Bar{Name: "s", Values: []float64{5, 500}})
	tight.Y.Max = 100
	outside := Lines("x", "y", Line{X: []float64{0, 1}, Y: []float64{0, 1}, Events: []float64{-1, .5, 7}})
	outside.MarkX, outside.MarkY = []Mark{{9, "far"}, {1, "at the edge"}}, []Mark{{.5, "half"}}
	many := make([]string, 40)
	for i := range many {
		many[i] = fmt.Sprint("benchmark-", i)
	}
	for name, f := range map[string]*Figure{
		"zero bars":       Bars("y", []string{"a", ""}, Bar{Name: "s", Values: []float64{0, 0}}),
		"zero on a log":   logZero,
		"cut bars":        tight,
		"many groups":     Bars("y", many, Bar{Name: "s", Values: make([]float64, 40)}),
		"no parts":        Stacks("y", []string{"a"}, []string{"p"}, Stack{"s", [][]float64{{0}}}),
		"one point":       CDF("x", Dist{"d", []stats.Point{{Ns: 100, Fraction: 1}}}),
		"zero latency":    CDF("x", Dist{"d", zero}),
		"tiny latency":    CDF("x", Dist{"d", []stats.Point{{Ns: .008, Fraction: 1}}}),
		"wide range":      CDF("x", Dist{"d", []stats.Point{{Ns: .01, Fraction: .5}, {Ns: 1e11, Fraction: 1}}}),
		"one and nothing": CDF("x", Dist{"d", []stats.Point{{Ns: 100, Fraction: 1}}}, Dist{Name: "empty"}),
		"flat":            Lines("x", "y", Line{X: []float64{1, 2}, Y: []float64{0, 0}}),
		"single":          Lines("x", "y", Line{X: []float64{1}, Y: []float64{5}}),
		"step of one":     Lines("x", "y", Line{X: []float64{1}, Y: []float64{5}, Step: true}),
		"negative":        Lines("x", "y", Line{X: []float64{-2, -1}, Y: []float64{-5, 3}}),
		"gaps":            Lines("x", "y", Line{X: []float64{0, 1, 2, 3}, Y: []float64{nan, 1, nan, 2}}),
		"outside":         outside,
	} {
		if _, err := f.svg(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if *figureDir != "" {
			_ = f.Save(filepath.Join(*figureDir, "odd"), name)
		}
	}
}

func TestTicks(t *testing.T) {
	labels := func(ticker plot.Ticker, lo, hi float64) string {
		var out []string
		for _, tick := range ticker.Ticks(lo, hi) {
			if !tick.IsMinor() {
				out = append(out, tick.Label)
			}
		}
		return strings.Join(out, " | ")
	}
	for _, c := range []struct{ got, want string }{
		{labels(every(4), 0, 1), "0 | 0.25 | 0.5 | 0.75 | 1"},
		{labels(every(4), -1, 1), "-1 | -0.5 | 0 | 0.5 | 1"},
		{labels(every(5), 0, 41_000), "0 | 10,000 | 20,000 | 30,000 | 40,000"},
		{labels(every(3), 0, 3.1e6), "0 | 1M | 2M | 3M"},
		{labels(every(3), 0, 1.6e6), "0 | 0.5M | 1M | 1.5M"},
		{labels(every(3), 0, 16_000), "0 | 5,000 | 10,000 | 15,000"},
		{labels(every(3), 0, 9_000), "0 | 2500 | 5000 | 7500"},
		{labels(every(3), 0, 0.0031), "0 | 0.001 | 0.002 | 0.003"},
		{labels(decades(timeLabel), 50, 20_000), "100 ns | 1 µs | 10 µs"},
		{labels(decades(timeLabel), 0.3, 500), "1 ns | 10 ns | 100 ns"},
		{labels(decades(timeLabel), 50, 500), "50 ns | 100 ns | 200 ns | 500 ns"},
		{labels(decades(timeLabel), 1e6, 1e9), "1 ms | 10 ms | 100 ms | 1 s"},
		{labels(decades(plainLabel), 0.01, 10), "0.01 | 0.1 | 1 | 10"},
		{number(-1e-12, 2), "0.00"},
		{short(0.4249), "0.42"},
		{short(12_060), "12.1k"},
		{short(1_204), "1204"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

func TestLegendNeedsFewRows(t *testing.T) {
	style := sans(tickSize, plot.DefaultTextHandler)
	entries := func(names ...string) (out []entry) {
		for _, n := range names {
			out = append(out, sample(n, 0, 0))
		}
		return out
	}
	for _, c := range []struct {
		names []string
		rows  int
	}{
		{nil, 0},
		{[]string{"a", "b", "c"}, 1},
		{[]string{"All local", "LRU paging", "Hotness tiering", "Our policy", "Another one"}, 2},
		{[]string{strings.Repeat("wider than the figure ", 5), "b"}, 2},
	} {
		if l := arrange(entries(c.names...), style, 240); len(l.rows) != c.rows {
			t.Errorf("%v: %d rows, want %d", c.names, len(l.rows), c.rows)
		}
	}
}
