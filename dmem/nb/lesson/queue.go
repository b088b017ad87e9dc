package lesson

import (
	"fmt"
	"slices"

	"github.com/dmemsys/dmemsys/dmem/nb"
)

// Waits returns how long each packet waits for a link that sends one at a time, in the order
// of their arrivals, each in the same service time: the recursion of Lindley. All times have
// one unit; arrivals rise.
func Waits(arrivals []float64, service float64) []float64 {
	waits := make([]float64, len(arrivals))
	free := 0.0 // when the link has sent what came before
	for i, at := range arrivals {
		waits[i] = max(0, free-at)
		free = at + waits[i] + service
	}
	return waits
}

// Queue returns a frame every so many ns of packets that arrive at a link, wait and are sent,
// until the last has left or, if that is later than limit, until then. Times are in ns. At
// most 12 packets that wait are drawn.
func Queue(arrivals []float64, service, every, limit float64) []*nb.Figure {
	if !(service > 0 && every > 0 && limit > 0) || !slices.IsSorted(arrivals) {
		panic(fmt.Errorf("lesson.Queue: service %v, a frame every %v ns until %v: want positive times and arrivals that rise", service, every, limit))
	}
	waits := Waits(arrivals, service)
	var frames []*nb.Figure
	for k := 0; float64(k)*every <= limit; k++ {
		now := float64(k) * every
		d := nb.Drawing{Width: 14, Height: 3.4}
		const y, mouth, out = 1.5, 9.4, 11.2
		d.Links = []nb.Link{{X1: 0.2, Y1: y, X2: mouth, Y2: y}, {X1: out, Y1: y, X2: 13.8, Y2: y}}
		link := nb.Box{X: mouth, Y: y - 0.55, W: out - mouth, H: 1.1, Name: "link", Top: true, Colour: nb.Purple}
		waiting, sent, busy, sum := 0, 0, 0.0, 0.0
		for i, at := range arrivals {
			dot := nb.Dot{Y: y, Name: fmt.Sprint(i + 1), Colour: nb.Sky}
			start := at + waits[i]
			if now >= start {
				sent++
				sum += waits[i]
				busy += min(now-start, service)
			}
			switch {
			case now < at-3*service || now > start+1.9*service:
				continue // not to be seen yet, or gone
			case now < at: // on its way to the queue's end
				dot.X = max(0.3, 3.3-(at-now)/service)
			case now < start:
				if waiting++; waiting > 12 {
					continue
				}
				dot.X, dot.Colour = mouth-0.48*float64(waiting), nb.Orange
			case now < start+service:
				dot.X, dot.Y, dot.Colour = (mouth+out)/2, y-0.18, nb.Purple
				link.Strong, link.Level = true, (now-start)/service
			default:
				dot.X, dot.Colour = out+0.3+2.2*(now-start-service)/service, nb.Green
			}
			d.Dots = append(d.Dots, dot)
		}
		d.Boxes = []nb.Box{link}
		mean := 0.0
		if sent > 0 {
			mean = sum / float64(sent)
		}
		used := 0.0
		if now > 0 {
			used = 100 * busy / now
		}
		d.Texts = []nb.Text{
			{X: 0.2, Y: 3.0, Text: fmt.Sprintf("%.0f ns: %d waiting, %d sent or being sent", now, waiting, sent)},
			{X: 0.2, Y: 2.5, Text: fmt.Sprintf("mean wait so far %.1f ns; the link was busy %.0f %% of the time", mean, used)},
			{X: 1.2, Y: 0.5, Text: "arriving", Centre: true, Small: true},
			{X: 6.6, Y: 0.5, Text: "waiting", Centre: true, Small: true},
			{X: (mouth + out) / 2, Y: 0.5, Text: fmt.Sprintf("%.1f ns each", service), Centre: true, Small: true},
			{X: 12.6, Y: 0.5, Text: "sent", Centre: true, Small: true},
		}
		frames = append(frames, nb.Schematic(d))
	}
	return frames
}
