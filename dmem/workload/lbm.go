package workload

import (
	"math"

	"github.com/dmemsys/dmemsys/dmem/units"
)

// LBM is a lattice-Boltzmann fluid: D3Q19, stream and collide in one sweep from one grid to
// the other, cell by cell, as SPEC's lbm does. A cell is 20 doubles: 19 distributions, of
// which each goes to another neighbour, and flags.
//
// A cell makes 40 references: it loads its 20 doubles, and stores 19 to its neighbours and
// the flags. The threads share the rows of a plane and meet after each plane. All cells are
// fluid: there are no obstacles, inlets or outlets, and no halo but a plane at each end,
// so that rows and planes wrap around into the next.
type LBM struct {
	X       int    `toml:"x" json:"x" comment:"cells in a row"`
	Y       int    `toml:"y" json:"y" comment:"rows in a plane"`
	Z       int    `toml:"z" json:"z" comment:"planes"`
	Steps   int    `toml:"steps" json:"steps" comment:"time steps"`
	Work    uint32 `toml:"work" json:"work" comment:"instructions of a cell that make no reference"`
	Threads int    `toml:"threads" json:"threads"`
}

// PaperLBM returns the lbm of the paper's Table I. The size is fitted: one sweep over it
// has the table's fills and footprint, and a plane is small enough to stay in the last
// level cache from one to the next.
func PaperLBM() LBM {
	return LBM{
		X: 112, Y: 112, Z: 725, // fitted: 2.7 of Table I, in GiB
		Steps:   2,  // the window is the first
		Work:    70, // fitted: 10^9 instructions in the window
		Threads: 8,  // Table II
	}
}

// Scaled shrinks the footprint by s, in X and Y about alike: the ratio of a plane to a cache
// that shrinks by s remains, and so do equal parts for the threads, if they are equal.
func (c LBM) Scaled(s float64) LBM {
	rows := float64(c.Y) * math.Sqrt(s)
	area := float64(c.X) * float64(c.Y) * s
	if each := c.Threads; each > 0 && c.Y%each == 0 && rows > 0 {
		rows = max(1, math.Round(rows/float64(each))) * float64(each)
	}
	c.Y = scale(1, rows)
	c.X = scale(1, area/max(1, float64(c.Y)))
	return c
}

// Name implements [Program].
func (c LBM) Name() string { return "lbm" }

// NumThreads implements [Program].
func (c LBM) NumThreads() int { return c.Threads }

// Validate implements [Program].
func (c LBM) Validate() error {
	var f faults
	f.between("x", c.X, 1, 1<<20)
	f.between("y", c.Y, 1, 1<<20)
	f.between("z", c.Z, 1, 1<<20)
	f.fits("x, y, z", float64(c.X)*float64(c.Y)*float64(c.Z)*2*lbmEntries*word)
	f.between("steps", c.Steps, 1, 1<<40)
	f.check(c.Work <= 1<<20, "work", c.Work, "at most 1048576")
	f.between("threads", c.Threads, 1, MaxThreads)
	return f.join()
}

// Allocated implements [Program]: both grids.
func (c LBM) Allocated() units.Bytes { return 2 * c.grid() }

// grid is the size of one grid, with a plane, a row and a cell at each end for what flows
// out.
func (c LBM) grid() units.Bytes {
	return units.Bytes(c.X*c.Y*c.Z+2*c.margin()) * lbmEntries * word
}

func (c LBM) margin() int { return c.X*c.Y + c.X + 1 }

const (
	lbmFlags   = 19 // index of the flags in a cell
	lbmEntries = 20
)

// lbmDirections are the velocities of D3Q19, in the order of a cell's entries.
var lbmDirections = [lbmFlags][3]int{
	{0, 0, 0},
	{0, 1, 0}, {0, -1, 0}, {1, 0, 0}, {-1, 0, 0}, {0, 0, 1}, {0, 0, -1},
	{1, 1, 0}, {-1, 1, 0}, {1, -1, 0}, {-1, -1, 0},
	{0, 1, 1}, {0, 1, -1}, {0, -1, 1}, {0, -1, -1},
	{1, 0, 1}, {1, 0, -1}, {-1, 0, 1}, {-1, 0, -1},
}

// Start implements [Program].
func (c LBM) Start() func(*Thread) {
	var s space
	src, dst := s.array(c.grid()), s.array(c.grid())
	var to [lbmFlags]int // entry i of cell 0 goes here, in words
	for i, d := range lbmDirections {
		to[i] = (d[0]+c.X*(d[1]+c.Y*d[2]))*lbmEntries + i
	}
	return func(t *Thread) {
		src, dst := src, dst
		lo, hi := t.Share(c.Y)
		for range c.Steps {
			for z := range c.Z {
				first, last := c.margin()+c.X*(c.Y*z+lo), c.margin()+c.X*(c.Y*z+hi)
				for cell := first * lbmEntries; cell < last*lbmEntries; cell += lbmEntries {
					t.Load(at(src, cell+lbmFlags))
					for i := range lbmFlags {
						t.Load(at(src, cell+i))
					}
					t.Work(c.Work)
					for i := range to {
						t.Store(at(dst, cell+to[i]))
					}
					t.Store(at(dst, cell+lbmFlags))
				}
				t.Barrier()
			}
			src, dst = dst, src
		}
	}
}
