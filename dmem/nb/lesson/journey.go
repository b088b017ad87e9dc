package lesson

import (
	"fmt"
	"strings"

	"github.com/dmemsys/dmemsys/dmem"
	"github.com/dmemsys/dmemsys/dmem/nb"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// Step is a part of the way of an access on an idle rack.
type Step struct {
	Name   string
	Time   units.Time
	colour nb.Colour
	x1, x2 float64 // where the packet is
	back   bool
}

// Where things stand in the drawing of a journey.
const (
	coreX, nodeX, switchX, poolX, memoryX = 1.2, 3.6, 7.0, 10.4, 12.8
	half                                  = 0.7 // of a box's width
)

// Steps returns the way of one remote read through a rack that does nothing else: the network
// from the configuration, in closed form, and in between the given time in the pool's memory.
func Steps(c dmem.Config, memory units.Time) []Step {
	u := c.Unloaded(false)
	// The hops of a way: in the sender's RMAC, on the link, in the switch, on the link, and in
	// the receiver's RMAC. Serialisation happens at the end of a link, propagation along it.
	places := [][2]float64{
		{nodeX, nodeX}, {nodeX, nodeX}, {nodeX + half, nodeX + half}, {nodeX + half, switchX - half},
		{switchX, switchX}, {switchX + half, switchX + half}, {switchX + half, poolX - half}, {poolX, poolX}, {poolX, poolX},
	}
	var steps []Step
	for i, h := range u.Request {
		steps = append(steps, Step{h.Name, h.Time, hopColour(h.Name), places[i][0], places[i][1], false})
	}
	steps = append(steps, Step{"memory", memory, nb.Blue, memoryX, memoryX, false})
	for i, h := range u.Response {
		mirror := func(x float64) float64 { return 2*switchX - x }
		steps = append(steps, Step{h.Name, h.Time, hopColour(h.Name), mirror(places[i][0]), mirror(places[i][1]), true})
	}
	return steps
}

func hopColour(name string) nb.Colour {
	switch {
	case strings.HasSuffix(name, "serialisation"):
		return nb.Purple
	case name == "propagation":
		return nb.Yellow
	case name == "switch":
		return nb.Green
	case name == "RMAC":
		return nb.Orange
	}
	return nb.Sky // packing and unpacking
}

// Total returns the time of all steps.
func Total(steps []Step) (sum units.Time) {
	for _, s := range steps {
		sum += s.Time
	}
	return sum
}

// Journey returns a frame every so many picoseconds of the way of an access, and one at its
// end: where the packet is, the clock, and how the time was spent so far.
func Journey(steps []Step, every units.Time) []*nb.Figure {
	if every <= 0 || len(steps) == 0 {
		panic(fmt.Errorf("lesson.Journey: %d steps, a frame every %v: want a step and a positive time", len(steps), every))
	}
	var frames []*nb.Figure
	end := Total(steps)
	for at := units.Time(0); at < end; at += every {
		frames = append(frames, onTheWay(steps, at))
	}
	return append(frames, onTheWay(steps, end))
}

func onTheWay(steps []Step, now units.Time) *nb.Figure {
	d := nb.Drawing{Width: 14, Height: 5.2}
	const y, high = 2.9, 1.3
	d.Links = []nb.Link{{X1: coreX, Y1: y, X2: memoryX, Y2: y}}
	machine := func(x float64, name string, c nb.Colour) *nb.Box {
		d.Boxes = append(d.Boxes, nb.Box{X: x - half, Y: y - high/2, W: 2 * half, H: high, Name: name, Top: true, Colour: c})
		return &d.Boxes[len(d.Boxes)-1]
	}
	machine(coreX, "cores", nb.White)
	machine(nodeX, "RMAC", nb.Orange)
	machine(switchX, "switch", nb.Green)
	machine(poolX, "RMAC", nb.Orange)
	machine(memoryX, "memory", nb.Blue)
	d.Texts = append(d.Texts, nb.Text{X: (coreX + nodeX) / 2, Y: 1.9, Text: "a compute node", Centre: true, Small: true},
		nb.Text{X: (poolX + memoryX) / 2, Y: 1.9, Text: "a memory pool", Centre: true, Small: true},
		nb.Text{X: (nodeX + switchX) / 2, Y: 3.25, Text: "link", Centre: true, Small: true},
		nb.Text{X: (poolX + switchX) / 2, Y: 3.25, Text: "link", Centre: true, Small: true})

	const left, width = 0.4, 13.2 // of the bar of time
	end := Total(steps)
	var before units.Time
	place, what := coreX, "The data are back: the core goes on."
	back := true
	for _, s := range steps {
		spent := min(max(now-before, 0), s.Time)
		if spent > 0 {
			x := left + width*float64(before)/float64(end)
			d.Boxes = append(d.Boxes, nb.Box{X: x, Y: 0.55, W: width * float64(spent) / float64(end), H: 0.55, Colour: s.colour, Level: 1})
		}
		if now >= before && now < before+s.Time {
			place = s.x1 + (s.x2-s.x1)*float64(spent)/float64(s.Time)
			what, back = fmt.Sprintf("%s: %.1f ns", s.Name, s.Time.Nanoseconds()), s.back
		}
		before += s.Time
	}
	if place != coreX && back {
		what = "response to the node – " + what
	} else if place != coreX {
		what = "request to the pool – " + what
	}
	for i := range d.Boxes[:5] {
		if b := &d.Boxes[i]; place >= b.X && place <= b.X+b.W {
			b.Strong, b.Level = true, 1
		}
	}
	dot := nb.Dot{X: place, Y: y - 0.15, Name: "?", Colour: nb.Vermilion}
	if back {
		dot.Name, dot.Colour = "64 B", nb.Blue
	}
	d.Dots = []nb.Dot{dot}
	for i, key := range []struct {
		name   string
		colour nb.Colour
	}{{"packing", nb.Sky}, {"RMAC", nb.Orange}, {"serialisation", nb.Purple}, {"propagation", nb.Yellow}, {"switch", nb.Green}, {"memory", nb.Blue}} {
		x := left + 1.2 + 1.8*float64(i)
		d.Boxes = append(d.Boxes, nb.Box{X: x, Y: 0.15, W: 0.25, H: 0.2, Colour: key.colour, Level: 1})
		d.Texts = append(d.Texts, nb.Text{X: x + 0.35, Y: 0.25, Text: key.name, Small: true})
	}
	d.Texts = append(d.Texts, nb.Text{X: left, Y: 4.8, Text: fmt.Sprintf("%.0f ns since the miss", now.Nanoseconds())},
		nb.Text{X: left, Y: 4.3, Text: what},
		nb.Text{X: left, Y: 0.25, Text: "0 ns", Small: true},
		nb.Text{X: left + width - 0.9, Y: 0.25, Text: fmt.Sprintf("%.1f ns", end.Nanoseconds()), Small: true})
	return nb.Schematic(d)
}
