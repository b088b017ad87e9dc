package lesson

import (
	"fmt"
	"math/rand/v2"

	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/nb"
	"github.com/dmemsys/dmemsys/dmem/place"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// Placement returns a frame for each new page of a program that touches so many: where the
// policies put it on a node with room for local pages, and the mean latency of an access if
// all pages so far are used equally often. It asks the policies themselves.
func Placement(local, pages int, localNs, remoteNs float64, policies ...place.Policy) []*nb.Figure {
	if local < 1 || pages < 1 || pages > 40 || local > pages || len(policies) == 0 {
		panic(fmt.Errorf("lesson.Placement: %d local pages, %d pages, %d policies: want 1 to 40 pages, no more local ones, and a policy", local, pages, len(policies)))
	}
	const page = 4 * units.KiB
	type state struct {
		placer place.Placer
		where  []place.Where
		free   int
	}
	states := make([]state, len(policies))
	for i, p := range policies {
		states[i] = state{placer: p.New(place.Env{NumNodes: 1, Rand: rand.New(rand.NewPCG(1, 1))}), free: local}
	}
	var frames []*nb.Figure
	for n := 1; n <= pages; n++ {
		d := nb.Drawing{Width: 14, Height: 0.9 + 1.9*float64(len(policies))}
		d.Texts = []nb.Text{{X: 0.2, Y: d.Height - 0.4, Text: fmt.Sprintf("Page %d is touched for the first time.", n)}}
		for i := range states {
			s := &states[i]
			where := s.placer.Place(place.Request{Page: mem.PageNo(n - 1), Fault: uint64(n - 1)}, place.View{
				LocalFree: units.Bytes(s.free) * page, LocalCapacity: units.Bytes(local) * page, RemoteGranted: units.Bytes(pages) * page,
			})
			if where == place.Local {
				if s.free == 0 {
					panic(fmt.Errorf("lesson.Placement: %s puts page %d into a local memory that is full", policies[i].Name, n))
				}
				s.free--
			}
			s.where = append(s.where, where)

			top := d.Height - 1.0 - 1.9*float64(i)
			d.Texts = append(d.Texts, nb.Text{X: 0.2, Y: top - 0.75, Text: policies[i].Name})
			cell := func(k int, y float64, page int, c nb.Colour) {
				b := nb.Box{X: 3.0 + 0.44*float64(k), Y: y, W: 0.44, H: 0.6, Colour: c}
				if page >= 0 {
					b.Name, b.Small, b.Level, b.Strong = fmt.Sprint(page+1), true, 1, page == n-1
				}
				d.Boxes = append(d.Boxes, b)
			}
			var inside, outside []int
			for page, w := range s.where {
				if w == place.Local {
					inside = append(inside, page)
				} else {
					outside = append(outside, page)
				}
			}
			for k := range local {
				page := -1
				if k < len(inside) {
					page = inside[k]
				}
				cell(k, top-0.65, page, nb.Blue)
			}
			for k, page := range outside {
				cell(k, top-1.45, page, nb.Vermilion)
			}
			d.Texts = append(d.Texts, nb.Text{X: 2.9 - 0.85, Y: top - 0.35, Text: "local", Small: true}, nb.Text{X: 2.9 - 0.85, Y: top - 1.15, Text: "remote", Small: true})
			mean := (float64(len(inside))*localNs + float64(len(outside))*remoteNs) / float64(n)
			d.Texts = append(d.Texts, nb.Text{X: 3.3 + 0.44*float64(local), Y: top - 0.35, Text: fmt.Sprintf("mean %.0f ns", mean)})
		}
		frames = append(frames, nb.Schematic(d))
	}
	return frames
}
