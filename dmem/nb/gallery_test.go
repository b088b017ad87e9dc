package nb

import (
	"fmt"
	"math/rand/v2"

	"github.com/dmemsys/dmemsys/dmem/stats"
)

// more adds the kinds of figures of the later files to the gallery.
func more(figures map[string]*Figure, rng *rand.Rand, groups, policies []string, dists []Dist) {
	var pools []string
	var edges []float64
	var load [][]float64
	for p := range 6 {
		pools = append(pools, fmt.Sprint("pool ", p))
		var row []float64
		for range 60 {
			row = append(row, float64(3+p*p)*(0.7+0.6*rng.Float64()))
		}
		if p == 2 {
			row[7] = nan
		}
		load = append(load, row)
	}
	for i := range 61 {
		edges = append(edges, 0.5*float64(i))
	}
	figures["heat-time"] = HeatOver("Simulated time (ms)", "Accesses per µs", edges, pools, load)
	figures["heat"] = Heat("Mean latency", groups, policies, [][]float64{{1523, 2210, 640, 312}, {720, 810, nan, 290}, {420, 510, 320, 210}})
	figures["heat"].Z.Kind = LogNs

	var banded []Banded
	for i, name := range policies {
		banded = append(banded, Banded{name, [len(stats.Bands) + 1]uint64{500, uint64(300 + 200*i), 250, 120, uint64(200 - 50*i), uint64(300 - 140*i)}})
	}
	figures["bands"] = Bands(banded...)
	figures["band-stacks"] = BandStacks(banded...)

	var seeds []Values
	for i, name := range policies {
		v := Values{Name: name}
		for range groups {
			var group []float64
			for range 8 {
				group = append(group, 900-200*float64(i)+60*rng.NormFloat64())
			}
			v.Groups = append(v.Groups, group)
		}
		seeds = append(seeds, v)
	}
	seeds[2].Groups[1] = nil
	figures["boxes"] = Boxes("Mean latency (ns)", groups, seeds...)

	figures["tail"] = Tail("Access latency", dists...)
	figures["tail"].MarkX = []Mark{{1000, "1 µs"}}

	bars := Bar{Name: "Random", Values: []float64{1523, 2210, 640, 312}, Low: []float64{1400, 2100, 600, 290}, High: []float64{1640, 2300, 690, 330}}
	other := Bar{Name: "Smart-idle", Values: []float64{720, 810, 420, nan}, Low: []float64{700, 740, 400, nan}, High: []float64{740, 880, 440, nan}}
	figures["bars-intervals"] = Bars("Mean latency (ns)", groups, bars, other)

	var sweep, bands, scatter []Line
	for i, name := range policies {
		l, b, s := Line{Name: name}, Line{Name: name}, Line{Name: name, Points: true}
		for k := 1; k <= 9; k++ {
			load := float64(k) / 10
			v := 300 + 60*load/(1-load)*float64(3-i)
			l.X, l.Y = append(l.X, load), append(l.Y, v)
			l.Low, l.High = append(l.Low, v*0.93), append(l.High, v*1.07)
		}
		for k := range 100 {
			v := 400 + 200*float64(3-i) + 20*rng.NormFloat64()
			b.X, b.Y = append(b.X, 0.2*float64(k)), append(b.Y, v)
			b.Low, b.High = append(b.Low, v-50), append(b.High, v+50)
			s.X, s.Y = append(s.X, 100*rng.Float64()), append(s.Y, v)
		}
		sweep, bands, scatter = append(sweep, l), append(bands, b), append(scatter, s)
	}
	figures["intervals"] = Lines("Load", "Mean latency (ns)", sweep...)
	figures["ribbons"] = Lines("Simulated time (ms)", "Mean latency (ns)", bands...)
	figures["ribbons"].MarkX = []Mark{{4, "local memory of node 0 ends"}, {4.4, "local memory of node 1 ends"}, {19, "first chunk refused"}}
	figures["scatter"] = Lines("Remote share (%)", "Mean latency (ns)", scatter...)

	var areas []Line
	for p := range 6 {
		l := Line{Name: fmt.Sprint("Pool ", p), Step: true}
		for k := range 60 {
			l.X, l.Y = append(l.X, 0.5*float64(k)), append(l.Y, float64(10+4*p)*rng.Float64())
		}
		areas = append(areas, l)
	}
	figures["multiples"] = Multiples(3, "Simulated time (ms)", "Accesses/µs", areas...)

	figures["schematic"] = Schematic(Drawing{Width: 14, Height: 4,
		Links: []Link{{X1: 2, Y1: 2, X2: 12, Y2: 2}, {X1: 7, Y1: 0.9, X2: 11.5, Y2: 0.9, Strong: true}},
		Boxes: []Box{
			{X: 0.5, Y: 1, W: 2, H: 2, Name: "Node"}, {X: 6, Y: 1.3, W: 2, H: 1.4, Name: "Switch\n20 ns", Colour: Orange, Level: 1, Strong: true},
			{X: 11.5, Y: 0.5, W: 2, H: 3, Name: "Pool 1", Top: true, Colour: Blue, Level: 0.4},
		},
		Dots:  []Dot{{X: 4, Y: 2, Name: "17", Colour: Blue}, {X: 9.5, Y: 2, Colour: Yellow}},
		Texts: []Text{{X: 0.5, Y: 3.7, Text: "215.5 ns"}, {X: 7, Y: 0.4, Text: "chosen", Centre: true, Small: true}},
	})
}
