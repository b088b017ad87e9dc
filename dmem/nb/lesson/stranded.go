package lesson

import (
	"fmt"

	"github.com/dmemsys/dmemsys/dmem/nb"
)

// Stranded returns a frame for each hour: servers as vessels, filled to the memory that their
// programs need, demand[hour][server] in GB, of the memory that is built into each. Below it
// counts what a pool would have needed so far, the largest sum of one hour.
//
// It panics if a demand is negative or more than what is built in, and if hours have different
// numbers of servers.
func Stranded(demand [][]float64, built float64) []*nb.Figure {
	var frames []*nb.Figure
	most, mostOfOne := 0.0, 0.0
	for hour, row := range demand {
		if len(row) == 0 || len(row) != len(demand[0]) {
			panic(fmt.Errorf("lesson.Stranded: hour %d has %d servers: want at least one, and as many as in hour 0", hour, len(row)))
		}
		n := float64(len(row))
		d := nb.Drawing{Width: 14, Height: 4.6}
		sum := 0.0
		step := 13.4 / n
		for i, v := range row {
			if !(v >= 0 && v <= built) {
				panic(fmt.Errorf("lesson.Stranded: hour %d, server %d needs %v GB: want 0 to %v", hour, i, v, built))
			}
			sum += v
			mostOfOne = max(mostOfOne, v)
			d.Boxes = append(d.Boxes, nb.Box{X: 0.3 + step*float64(i), Y: 1.95, W: 0.8 * step, H: 1.9,
				Colour: nb.Blue, Level: v / built})
			d.Texts = append(d.Texts, nb.Text{X: 0.3 + step*(float64(i)+0.4), Y: 1.7, Text: fmt.Sprintf("server %d", i+1), Centre: true, Small: true},
				nb.Text{X: 0.3 + step*(float64(i)+0.4), Y: 1.4, Text: fmt.Sprintf("%.0f GB", v), Centre: true, Small: true})
		}
		most = max(most, sum)
		all := n * built
		d.Texts = append(d.Texts, nb.Text{X: 0.3, Y: 4.25, Text: fmt.Sprintf("Hour %d: %.0f of %.0f GB are in use, %.0f %%. Blue is used, white is stranded.", hour, sum, all, 100*sum/all)})
		bar := func(y, v float64, c nb.Colour, text string) {
			d.Boxes = append(d.Boxes, nb.Box{X: 0.3, Y: y, W: 8 * v / all, H: 0.38, Colour: c, Level: 1})
			d.Texts = append(d.Texts, nb.Text{X: 0.45 + 8*v/all, Y: y + 0.19, Text: text, Small: true})
		}
		bar(0.65, all, nb.Grey, fmt.Sprintf("built into the servers: %.0f GB", all))
		bar(0.15, most, nb.Green, fmt.Sprintf("one pool for all would have needed so far: %.0f GB", most))
		frames = append(frames, nb.Schematic(d))
	}
	return frames
}
