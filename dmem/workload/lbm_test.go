package workload

import (
	"testing"

	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/trace"
)

// TestLBMCell checks the first cell of a grid of rows of 5 and planes of 4 rows by hand.
func TestLBMCell(t *testing.T) {
	c := LBM{X: 5, Y: 4, Z: 3, Steps: 1, Work: 7, Threads: 1}
	refs := run(t, c)
	if want := 40 * 5 * 4 * 3; len(refs) != want {
		t.Fatalf("%d references, want 40 a cell, %d", len(refs), want)
	}
	loads, stores := split(refs[:40])
	if len(loads) != 20 || len(stores) != 20 {
		t.Fatalf("%d loads and %d stores a cell, want 20 of each", len(loads), len(stores))
	}
	cell := heapBase + (20+5+1)*160 // behind a plane, a row and a cell
	if loads[0] != cell+19*8 {
		t.Errorf("flags at %#x, want %#x", loads[0], cell+19*8)
	}
	for i, a := range loads[1:] {
		if a != cell+mem.VAddr(i*8) {
			t.Errorf("distribution %d at %#x, want %#x", i, a, cell+mem.VAddr(i*8))
		}
	}
	// Both grids have 60 cells and twice 26; the second begins on the page behind, and is
	// staggered by 139 lines.
	second := heapBase + (112*160+4095)/4096*4096 + 139*64
	for i, cells := range []int{0, 5, -5, 1, -1, 20, -20, 6, 4, -4, -6, 25, -15, 15, -25, 21, -19, 19, -21} {
		if want := second + mem.VAddr((26+cells)*160+i*8); stores[i] != want {
			t.Errorf("distribution %d goes to %#x, want %#x", i, stores[i], want)
		}
	}
	if want := second + 26*160 + 19*8; stores[19] != want {
		t.Errorf("flags go to %#x, want %#x", stores[19], want)
	}
	if refs[20].Instructions != 8 || refs[19].Instructions != 1 {
		t.Errorf("instructions %d and %d, want 1, and 8 at the first store", refs[19].Instructions, refs[20].Instructions)
	}
}

// Each distribution is read once and written once in a step, and what one step writes the
// next one reads.
func TestLBMStreams(t *testing.T) {
	c := LBM{X: 6, Y: 7, Z: 4, Steps: 2, Threads: 3}
	refs := run(t, c)
	count := map[trace.Reference]int{}
	for _, r := range refs {
		count[trace.Reference{Addr: r.Addr, Kind: r.Kind}]++
	}
	loads, stores := 0, 0
	for r, n := range count {
		if n != 1 {
			t.Fatalf("%v at %#x %d times in two steps, want once", r.Kind, uint64(r.Addr), n)
		}
		if r.Kind == trace.Load {
			loads++
		} else {
			stores++
		}
	}
	if want := 2 * 20 * 6 * 7 * 4; loads != want || stores != want {
		t.Errorf("%d loads and %d stores, want %d of each", loads, stores, want)
	}
	reach := map[[3]int]bool{}
	for _, d := range lbmDirections {
		reach[d] = true
		if s := d[0]*d[0] + d[1]*d[1] + d[2]*d[2]; s > 2 {
			t.Errorf("%v is no velocity of D3Q19", d)
		}
	}
	if len(reach) != 19 {
		t.Errorf("%d different velocities, want 19", len(reach))
	}
}
