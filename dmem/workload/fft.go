package workload

import (
	"math"
	"math/bits"

	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// FFT is a 1-D Fourier transform of 2^M complex points and back, by the six-step method of
// SPLASH's FFT: the points are a square matrix, of which rows are transformed and which is
// transposed between. The threads share the rows and meet after each phase:
//
//	0 transpose   1 rows, roots of unity   2 transpose   3 rows          4 transpose
//	5 transpose   6 rows, roots of unity   7 transpose   8 rows, scale   9 transpose
//
// Phases 5 to 9 are the inverse. A butterfly makes 10 references: a root, two points
// loaded, two stored. A transposition moves an element with 4, square by square: what a
// thread fetches from another's rows at a time.
//
// There are four matrices: the points, a scratch matrix, the result of the inverse (so that
// it can be compared with the points), and the roots. Rows are padded against conflicts in
// the caches.
type FFT struct {
	M       int     `toml:"m" json:"m" comment:"2^m complex points; even"`
	Pad     int     `toml:"pad" json:"pad" comment:"unused complex elements at the end of a row"`
	Skip    float64 `toml:"skip" json:"skip" comment:"phases left out at the start; of a phase in part, the first rows"`
	Work    uint32  `toml:"work" json:"work" comment:"instructions of a butterfly that make no reference"`
	Threads int     `toml:"threads" json:"threads"`
}

// PaperFFT returns the fft of the paper's Table I. Size and window are fitted: the window
// begins with the last quarter of the rows of phase 3 and ends in phase 5.
func PaperFFT() FFT {
	return FFT{
		M:       24, // fitted: 1.06 GB of Table I, allocated
		Pad:     4,  // a line of the cache, as in SPLASH
		Skip:    3.75,
		Work:    19, // fitted: 10^9 instructions in the window; 10 are of arithmetic
		Threads: 8,  // Table II
	}
}

// Scaled shrinks the footprint by s, or by the power of four nearest to it.
func (c FFT) Scaled(s float64) FFT {
	if c.M += 2 * int(math.Round(math.Log2(s)/2)); !(s > 0) || math.IsInf(s, 1) {
		c.M = 0
	}
	return c
}

// Name implements [Program].
func (c FFT) Name() string { return "fft" }

// NumThreads implements [Program].
func (c FFT) NumThreads() int { return c.Threads }

// fftPhases is the number of phases of a transform and its inverse.
const fftPhases = 10

// Validate implements [Program].
func (c FFT) Validate() error {
	var f faults
	f.check(c.M >= 2 && c.M <= 36 && c.M%2 == 0, "m", c.M, "2 to 36, even")
	f.between("pad", c.Pad, 0, 1<<20)
	f.fits("m, pad", 4*16*(math.Exp2(float64(c.M))+math.Exp2(float64(c.M)/2)*float64(c.Pad)))
	f.check(c.Skip >= 0 && c.Skip < fftPhases, "skip", c.Skip, "0 or more, less than 10")
	f.check(c.Work <= 1<<20, "work", c.Work, "at most 1048576")
	f.between("threads", c.Threads, 1, MaxThreads)
	return f.join()
}

// Allocated implements [Program]: the matrices and the roots of a row's transform.
func (c FFT) Allocated() units.Bytes { return c.layout().used }

// complexSize is the size of a complex number, real part first.
const complexSize = 2 * word

// fftLayout is where the matrices lie. A matrix has rows of n elements and the pad.
type fftLayout struct {
	space
	n, row                         int // elements of a row; with the pad
	points, scratch, result, roots mem.VAddr
	rowRoots                       mem.VAddr // of the transforms of rows: for each stage its own, one after the other
}

func (c FFT) layout() *fftLayout {
	n := 1 << (c.M / 2)
	l := &fftLayout{n: n, row: n + c.Pad}
	size := units.Bytes(n*l.row) * complexSize
	l.points, l.scratch, l.result, l.roots = l.array(size), l.array(size), l.array(size), l.array(size)
	l.rowRoots = l.array(units.Bytes(n) * complexSize)
	return l
}

// at returns the address of an element of a matrix.
func (l *fftLayout) at(matrix mem.VAddr, row, column int) mem.VAddr {
	return matrix + mem.VAddr(row*l.row+column)*complexSize
}

// Start implements [Program].
func (c FFT) Start() func(*Thread) {
	l := c.layout()
	return func(t *Thread) {
		for phase := range fftPhases {
			skip := c.Skip - float64(phase)
			if skip >= 1 {
				continue
			}
			skip = max(skip, 0)
			switch phase {
			case 0:
				c.transpose(t, l, l.points, l.scratch, skip)
			case 1:
				c.rows(t, l, l.scratch, true, false, skip)
			case 2:
				c.transpose(t, l, l.scratch, l.points, skip)
			case 3:
				c.rows(t, l, l.points, false, false, skip)
			case 4:
				c.transpose(t, l, l.points, l.scratch, skip)
			case 5:
				c.transpose(t, l, l.scratch, l.result, skip)
			case 6:
				c.rows(t, l, l.result, true, false, skip)
			case 7:
				c.transpose(t, l, l.result, l.scratch, skip)
			case 8:
				c.rows(t, l, l.scratch, false, true, skip)
			case 9:
				c.transpose(t, l, l.scratch, l.result, skip)
			}
			t.Barrier()
		}
	}
}

// rows emits the transforms of this thread's rows, each followed by the multiplication with
// the matrix of roots or with a number, if wanted.
func (c FFT) rows(t *Thread, l *fftLayout, matrix mem.VAddr, roots, scaled bool, skip float64) {
	lo, hi := t.Share(l.n)
	for i := lo + int(skip*float64(hi-lo)); i < hi; i++ {
		row := l.at(matrix, i, 0)
		c.transform(t, l, row)
		for j := 0; j < l.n && (roots || scaled); j++ {
			if roots {
				load2(t, l.at(l.roots, i, j))
			}
			load2(t, row+mem.VAddr(j)*complexSize)
			t.Work(c.Work / 2)
			store2(t, row+mem.VAddr(j)*complexSize)
		}
	}
}

// transform emits the transform of one row in place: bits of the indices reversed, then
// log2(n) stages of n/2 butterflies.
func (c FFT) transform(t *Thread, l *fftLayout, row mem.VAddr) {
	shift := bits.UintSize - c.M/2
	for i := range l.n {
		j := int(bits.Reverse(uint(i)) >> shift)
		t.Work(2)
		if j > i {
			a, b := row+mem.VAddr(i)*complexSize, row+mem.VAddr(j)*complexSize
			load2(t, a)
			load2(t, b)
			store2(t, a)
			store2(t, b)
		}
	}
	for half := 1; half < l.n; half *= 2 {
		roots := l.rowRoots + mem.VAddr(half-1)*complexSize
		for group := 0; group < l.n; group += 2 * half {
			for j := range half {
				a := row + mem.VAddr(group+j)*complexSize
				b := a + mem.VAddr(half)*complexSize
				load2(t, roots+mem.VAddr(j)*complexSize)
				load2(t, b)
				load2(t, a)
				t.Work(c.Work)
				store2(t, b)
				store2(t, a)
			}
		}
	}
}

// transpose emits this thread's part of a transposition: its rows of the target, from the
// rows of each thread, beginning with the next one so that not all read the same.
func (c FFT) transpose(t *Thread, l *fftLayout, from, to mem.VAddr, skip float64) {
	lo, hi := t.Share(l.n)
	for k := range c.Threads {
		first, last := share(l.n, (t.ID()+1+k)%c.Threads, c.Threads)
		for i := first + int(skip*float64(last-first)); i < last; i++ {
			for j := lo; j < hi; j++ {
				load2(t, l.at(from, i, j))
				t.Work(4)
				store2(t, l.at(to, j, i))
			}
		}
	}
}

// load2 and store2 move a complex number.
func load2(t *Thread, a mem.VAddr) {
	t.Load(a)
	t.Load(a + word)
}

func store2(t *Thread, a mem.VAddr) {
	t.Store(a)
	t.Store(a + word)
}
