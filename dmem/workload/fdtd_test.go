package workload

import (
	"testing"

	"github.com/dmemsys/dmemsys/dmem/mem"
)

// TestFDTDStencils checks by hand the first updates of each component on a grid of 3 points
// a side, where a row is 3 and a plane 9 elements.
func TestFDTDStencils(t *testing.T) {
	const x, y, z, ex, ey, ez, hx, hy, hz = 1, 3, 9, 0, 1, 2, 3, 4, 5
	c := FDTD{X: 3, Y: 3, Z: 3, Steps: 1, Threads: 1}
	l := c.layout()
	refs := run(t, c)
	if want := 6 * 12 * 6; len(refs) != want { // 3 * 2 * 2 elements of each of 6 components
		t.Fatalf("%d references, want %d", len(refs), want)
	}
	type element struct{ field, index int }
	for component, want := range [6][5]element{
		// Ex(0,1,1) from Hz - Hz(y-1) and Hy - Hy(z-1), and cyclically
		{{hz, y + z}, {hz, z}, {hy, y + z}, {hy, y}, {ex, y + z}},
		{{hx, x + z}, {hx, x}, {hz, x + z}, {hz, z}, {ey, x + z}},
		{{hy, x + y}, {hy, y}, {hx, x + y}, {hx, x}, {ez, x + y}},
		// Hx(0,0,0) from Ez(y+1) - Ez and Ey(z+1) - Ey, and cyclically
		{{ez, 0}, {ez, y}, {ey, 0}, {ey, z}, {hx, 0}},
		{{ex, 0}, {ex, z}, {ez, 0}, {ez, x}, {hy, 0}},
		{{ey, 0}, {ey, x}, {ex, 0}, {ex, y}, {hz, 0}},
	} {
		loads, stores := split(refs[component*72:][:6])
		for i, e := range want {
			if a := at(l.field[e.field], e.index); loads[i] != a {
				t.Errorf("component %d: load %d is %#x, want element %d of %d at %#x", component, i, loads[i], e.index, e.field, a)
			}
		}
		if a := at(l.field[want[4].field], want[4].index); len(loads) != 5 || stores[0] != a {
			t.Errorf("component %d: %d loads, store at %#x, want 5 and %#x", component, len(loads), stores[0], a)
		}
	}
}

// Each memory of the layer is updated once a step, and lies in nobody else's array.
func TestFDTDLayer(t *testing.T) {
	c := FDTD{X: 7, Y: 6, Z: 5, Layer: 2, Steps: 1, Threads: 2}
	l := c.layout()
	loads, stores := split(run(t, c))
	count := map[mem.VAddr]int{}
	for _, a := range stores {
		count[a]++
	}
	loaded := map[mem.VAddr]int{}
	for _, a := range loads {
		loaded[a]++
	}
	total := 0
	for component := range 6 {
		for axis := range 3 {
			if axis == component%3 {
				continue
			}
			n := c.size()
			n[axis] = 2 * c.Layer
			// Of each axis but the component's own, the first or last plane is no part of
			// the update.
			updated := 1
			for a := range 3 {
				switch {
				case a == component%3:
					updated *= n[a]
				default:
					updated *= n[a] - 1
				}
			}
			got := 0
			for i := range n[0] * n[1] * n[2] {
				a := at(l.memory[component][axis], i)
				if count[a] != loaded[a] || count[a] > 1 {
					t.Fatalf("component %d, axis %d, element %d: %d loads, %d stores", component, axis, i, loaded[a], count[a])
				}
				got += count[a]
			}
			if got != updated {
				t.Errorf("component %d, axis %d: %d memories updated, want %d", component, axis, got, updated)
			}
			total += got
		}
	}
	if want := len(stores) - total; want != 2*(7*5*4+6*6*4+5*6*5) {
		t.Errorf("%d updates of fields, want %d", want, 2*(7*5*4+6*6*4+5*6*5))
	}
	if len(loads) != 5*(len(stores)-total)+3*total {
		t.Errorf("%d loads, want 5 for each of %d updates and 3 for each of %d memories", len(loads), len(stores)-total, total)
	}
}
