package workload

import (
	"math"

	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// FDTD is Yee's method for Maxwell's equations on a 3-D grid, as in SPEC's fotonik3d: six
// arrays of doubles, one for each component of the electric and the magnetic field, and a
// convolutional perfectly matched layer (CPML) at all six faces.
//
// A time step updates the three electric components, then the three magnetic ones, each in
// a loop nest of its own. The update of an element loads it, two elements of each of two
// components of the other field, and stores it: 6 references. In the layer, each of the two
// differences taken across it has a memory of its own, which is loaded and stored, with two
// coefficients loaded: 4 more. The threads share the planes of z and meet after each loop
// nest. The material is uniform, so no other arrays are read; there is no source of waves.
type FDTD struct {
	X       int    `toml:"x" json:"x" comment:"grid points; adjacent in memory"`
	Y       int    `toml:"y" json:"y" comment:"grid points"`
	Z       int    `toml:"z" json:"z" comment:"grid points"`
	Layer   int    `toml:"layer" json:"layer" comment:"thickness of the absorbing layer at each face, in points"`
	Steps   int    `toml:"steps" json:"steps" comment:"time steps"`
	Work    uint32 `toml:"work" json:"work" comment:"instructions of an element's update that make no reference"`
	Threads int    `toml:"threads" json:"threads"`
}

// PaperFDTD returns the fotonik3d of the paper's Table I. The size is fitted: the window is
// most of the first update of the electric field.
func PaperFDTD() FDTD {
	return FDTD{
		X: 210, Y: 210, Z: 264, Layer: 8, // fitted: 0.57 GB of Table I
		Steps:   2,  // the window is less than one
		Work:    27, // fitted: 10^9 instructions in the window
		Threads: 8,  // Table II
	}
}

// Scaled shrinks the footprint by s, in X and Y alike, and the layer with them.
func (c FDTD) Scaled(s float64) FDTD {
	r := math.Sqrt(s)
	c.X, c.Y, c.Layer = scale(c.X, r), scale(c.Y, r), scale(c.Layer, r)
	return c
}

// Name implements [Program].
func (c FDTD) Name() string { return "fotonik3d" }

// NumThreads implements [Program].
func (c FDTD) NumThreads() int { return c.Threads }

// Validate implements [Program].
func (c FDTD) Validate() error {
	var f faults
	f.between("x", c.X, 2, 1<<20)
	f.between("y", c.Y, 2, 1<<20)
	f.between("z", c.Z, 2, 1<<20)
	f.fits("x, y, z", float64(c.X)*float64(c.Y)*float64(c.Z)*3*6*word) // layers at most double each
	f.check(c.Layer >= 0 && 2*c.Layer <= min(c.X, c.Y, c.Z), "layer", c.Layer, "0 to half the smallest of x, y, z")
	f.between("steps", c.Steps, 1, 1<<40)
	f.check(c.Work <= 1<<20, "work", c.Work, "at most 1048576")
	f.between("threads", c.Threads, 1, MaxThreads)
	return f.join()
}

// Allocated implements [Program]: the fields and the memories of the layer.
func (c FDTD) Allocated() units.Bytes { return c.layout().used }

// fdtdLayout is where the arrays lie. A component is 0 to 2 for the electric field along x,
// y, z and 3 to 5 for the magnetic one.
type fdtdLayout struct {
	space
	field  [6]mem.VAddr
	memory [6][3]mem.VAddr // by component and axis of the difference, unless along it
	coeffs [3][2]mem.VAddr // by axis
}

func (c FDTD) layout() *fdtdLayout {
	l := new(fdtdLayout)
	for i := range l.field {
		l.field[i] = l.array(units.Bytes(c.X*c.Y*c.Z) * word)
	}
	for i := range l.memory {
		for axis := range 3 {
			if axis != i%3 {
				n := c.size()
				n[axis] = 2 * c.Layer
				l.memory[i][axis] = l.array(units.Bytes(n[0]*n[1]*n[2]) * word)
			}
		}
	}
	for axis, n := range c.size() {
		l.coeffs[axis] = [2]mem.VAddr{l.array(units.Bytes(n) * word), l.array(units.Bytes(n) * word)}
	}
	return l
}

func (c FDTD) size() [3]int { return [3]int{c.X, c.Y, c.Z} }

// Start implements [Program].
func (c FDTD) Start() func(*Thread) {
	l := c.layout()
	return func(t *Thread) {
		for range c.Steps {
			for component := range 6 {
				c.update(t, l, component)
				t.Barrier()
			}
		}
	}
}

// difference is one of the two differences in the update of a component: of another one,
// along an axis.
type difference struct {
	axis   int
	field  mem.VAddr
	step   int // to the neighbour, in words
	memory mem.VAddr
	coeffs [2]mem.VAddr
}

// update emits this thread's part of the loop nest of one component. The curl along axis a
// takes the component along a+2 across a+1, and the one along a+1 across a+2; the electric
// field looks back, the magnetic one ahead.
func (c FDTD) update(t *Thread, l *fdtdLayout, component int) {
	size, stride := c.size(), [3]int{1, c.X, c.X * c.Y}
	axis, other, back := component%3, 3, -1
	if component >= 3 {
		other, back = 0, 1
	}
	var d [2]difference
	lo, hi := [3]int{}, size
	for i := range d {
		across, along := (axis+1+i)%3, (axis+2-i)%3
		d[i] = difference{across, l.field[other+along], back * stride[across], l.memory[component][across], l.coeffs[across]}
		if back < 0 {
			lo[across] = 1
		} else {
			hi[across]--
		}
	}
	first, last := t.Share(size[2])
	for z := max(lo[2], first); z < min(hi[2], last); z++ {
		for y := lo[1]; y < hi[1]; y++ {
			for x := lo[0]; x < hi[0]; x++ {
				p := [3]int{x, y, z}
				i := x + y*stride[1] + z*stride[2]
				for k := range d {
					d := &d[k]
					t.Load(at(d.field, i))
					t.Load(at(d.field, i+d.step))
					if n := p[d.axis]; n < c.Layer || n >= size[d.axis]-c.Layer {
						c.layer(t, d, p)
					}
				}
				t.Work(c.Work)
				t.Load(at(l.field[component], i))
				t.Store(at(l.field[component], i))
			}
		}
	}
}

// layer emits the update of a difference's memory at p: it decays by one coefficient and
// takes in the difference times another.
func (c FDTD) layer(t *Thread, d *difference, p [3]int) {
	n := p[d.axis]
	t.Load(at(d.coeffs[0], n))
	t.Load(at(d.coeffs[1], n))
	size := c.size()
	if n >= c.Layer {
		n -= size[d.axis] - 2*c.Layer
	}
	size[d.axis], p[d.axis] = 2*c.Layer, n
	a := at(d.memory, p[0]+size[0]*(p[1]+size[1]*p[2]))
	t.Load(a)
	t.Store(a)
}
