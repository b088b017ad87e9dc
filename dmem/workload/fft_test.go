package workload

import (
	"maps"
	"slices"
	"testing"

	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/trace"
)

// A transposition moves each element once, to its mirror image.
func TestFFTTranspose(t *testing.T) {
	for _, threads := range []int{1, 3, 8} {
		c := FFT{M: 8, Pad: 3, Skip: 4, Threads: threads}
		l := c.layout()
		refs := run(t, c)[:4*256]
		seen := map[[2]int]bool{}
		for i := 0; i < len(refs); i += 4 {
			row, column, ok := l.element(l.points, refs[i].Addr)
			row2, column2, ok2 := l.element(l.scratch, refs[i+2].Addr)
			if !ok || !ok2 || row != column2 || column != row2 {
				t.Fatalf("%d threads: element %d,%d goes to %d,%d", threads, row, column, row2, column2)
			}
			if refs[i+1].Addr != refs[i].Addr+8 || refs[i+3].Addr != refs[i+2].Addr+8 || refs[i+1].Kind != trace.Load || refs[i+2].Kind != trace.Store {
				t.Fatalf("%d threads: %v is no move of a complex number", threads, refs[i:i+4])
			}
			seen[[2]int{row, column}] = true
		}
		if len(seen) != 256 {
			t.Errorf("%d threads: %d of 256 elements moved", threads, len(seen))
		}
	}
}

// Each phase works on the matrices it should, and a thread begins to transpose with the
// rows of the next one.
func TestFFTPhases(t *testing.T) {
	points, scratch, result := "points", "scratch", "result"
	for phase, want := range [fftPhases][2]string{
		{points, scratch}, {scratch, scratch}, {scratch, points}, {points, points}, {points, scratch},
		{scratch, result}, {result, result}, {result, scratch}, {scratch, scratch}, {scratch, result},
	} {
		c := FFT{M: 8, Pad: 4, Skip: float64(phase), Threads: 4}
		l := c.layout()
		in := func(a mem.VAddr) (name string, row int) {
			for name, base := range map[string]mem.VAddr{points: l.points, scratch: l.scratch, result: l.result} {
				if row, _, ok := l.element(base, a); ok {
					return name, row
				}
			}
			return "", 0
		}
		loads, stores := split(run(t, c)[:100])
		from, row := in(loads[0])
		to, _ := in(stores[0])
		if from != want[0] || to != want[1] {
			t.Errorf("phase %d: from %s to %s, want %s and %s", phase, from, to, want[0], want[1])
		}
		if first := 4; from != to && row != first || from == to && row != 0 {
			t.Errorf("phase %d: thread 0 begins with row %d", phase, row)
		}
	}
}

// A part of a phase left out are the first of each thread's rows.
func TestFFTSkipsRows(t *testing.T) {
	c := FFT{M: 8, Pad: 4, Skip: 3.75, Threads: 2}
	l := c.layout()
	rows := map[int]bool{}
	for _, r := range run(t, c) {
		if row, _, ok := l.element(l.points, r.Addr); ok && r.Kind == trace.Store {
			rows[row] = true
		}
	}
	if want := []int{6, 7, 14, 15}; !slices.Equal(slices.Sorted(maps.Keys(rows)), want) {
		t.Errorf("rows %v transformed, want %v", slices.Sorted(maps.Keys(rows)), want)
	}
}

// The transform of a row touches each element once in each stage, together with the one
// whose index differs in the stage's bit, and once more if the bits of its index reversed
// are another's.
func TestFFTRows(t *testing.T) {
	const n = 16 // rows of 2^4
	c := FFT{M: 8, Pad: 4, Skip: 3, Threads: 1}
	l := c.layout()
	refs := run(t, c)
	perRow := 8*(n-4)/2 + 10*4*n/2 // 4 of 16 indices are palindromes
	for row := range n {
		refs := refs[row*perRow:][:perRow]
		stores, roots := [n]int{}, [n]int{}
		var pairs []int
		for _, r := range refs {
			got, column, ok := l.element(l.points, r.Addr)
			if !ok {
				if r.Addr < l.rowRoots || r.Addr >= l.rowRoots+n*complexSize || r.Kind != trace.Load {
					t.Fatalf("%v at %#x, neither in the row nor a root", r.Kind, uint64(r.Addr))
				}
				roots[(r.Addr-l.rowRoots)/complexSize]++
				continue
			}
			if got != row {
				t.Fatalf("row %d touched in the transform of row %d", got, row)
			}
			if r.Kind == trace.Store && r.Addr%complexSize == l.points%complexSize {
				stores[column]++
				pairs = append(pairs, column)
			}
		}
		if want := [n]int{16, 8, 8, 4, 4, 4, 4, 2, 2, 2, 2, 2, 2, 2, 2}; roots != want { // stages of 1, 2, 4 and 8 roots
			t.Errorf("row %d: words of the roots loaded %v times, want %v", row, roots, want)
		}
		for i, got := range stores {
			want := 4
			if reversed := i&1<<3 | i&2<<1 | i&4>>1 | i&8>>3; reversed != i {
				want++
			}
			if got != want {
				t.Errorf("row %d, element %d stored %d times, want %d", row, i, got, want)
			}
		}
		for i, j := 0, n-4; j < len(pairs); i, j = i+1, j+2 {
			if stage := i / (n / 2); pairs[j]^pairs[j+1] != 1<<stage {
				t.Fatalf("stage %d: butterfly of %d and %d", stage, pairs[j], pairs[j+1])
			}
		}
	}
}

// element tells which element of a matrix an address is in; false if in none, or in the pad.
func (l *fftLayout) element(matrix, a mem.VAddr) (row, column int, ok bool) {
	if a < matrix {
		return 0, 0, false
	}
	i := int(a-matrix) / complexSize
	row, column = i/l.row, i%l.row
	return row, column, row < l.n && column < l.n
}
