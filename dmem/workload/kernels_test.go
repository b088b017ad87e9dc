package workload

import (
	"errors"
	"io"
	"maps"
	"math"
	"slices"
	"testing"

	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/trace"
)

// run returns all references of a program.
func run(t *testing.T, p Program) (all []trace.Reference) {
	t.Helper()
	each(t, p, func(r []trace.Reference) { all = append(all, r...) })
	return all
}

// each calls f with the references of a program.
func each(t *testing.T, p Program, f func([]trace.Reference)) {
	t.Helper()
	src, err := New(p)
	if err != nil {
		t.Fatal(err)
	}
	buf := make([]trace.Reference, 1000)
	for {
		n, err := src.Next(buf)
		f(buf[:n])
		if errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

// split returns the addresses that are loaded and those that are stored, in order.
func split(refs []trace.Reference) (loads, stores []mem.VAddr) {
	for _, r := range refs {
		if r.Kind == trace.Load {
			loads = append(loads, r.Addr)
		} else {
			stores = append(stores, r.Addr)
		}
	}
	return loads, stores
}

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

// element tells which element of a matrix an address is in; false if in none, or in the pad.
func (l *fftLayout) element(matrix, a mem.VAddr) (row, column int, ok bool) {
	if a < matrix {
		return 0, 0, false
	}
	i := int(a-matrix) / complexSize
	row, column = i/l.row, i%l.row
	return row, column, row < l.n && column < l.n
}

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

// fmmTree runs an FMM and returns what its threads shared.
func fmmTree(t *testing.T, c FMM) *fmmRun {
	t.Helper()
	shared, body := c.start()
	each(t, started{c, body}, func([]trace.Reference) {})
	return shared
}

// started is an FMM that was started already, so that a test sees what its threads share.
type started struct {
	FMM
	body func(*Thread)
}

func (s started) Start() func(*Thread) { return s.body }

func walk(b *fmmBox, f func(*fmmBox)) {
	f(b)
	for _, c := range b.child {
		if c != nil {
			walk(c, f)
		}
	}
}

// leaf is where a leaf lies.
type leaf struct{ x, y, half float64 }

// leaves checks that the tree holds each particle once, where it belongs, and returns the
// leaves with their particles.
func (r *fmmRun) leaves(t *testing.T) map[leaf][]int32 {
	t.Helper()
	count, leaves := make([]int, r.Particles), map[leaf][]int32{}
	addresses := map[mem.VAddr]bool{}
	walk(r.root, func(b *fmmBox) {
		if b.locked || addresses[b.addr] {
			t.Fatalf("box at %#x still locked, or there twice", b.addr)
		}
		addresses[b.addr] = true
		if !b.leaf && len(b.particles) > 0 || len(b.particles) > leafMax {
			t.Fatalf("leaf %v with %d particles", b.leaf, len(b.particles))
		}
		for _, p := range b.particles {
			count[p]++
			if math.Abs(r.pos[p][0]-b.x) > b.half+1e-9 || math.Abs(r.pos[p][1]-b.y) > b.half+1e-9 {
				t.Fatalf("particle %d at %v in a box at %v, %v of half-length %v", p, r.pos[p], b.x, b.y, b.half)
			}
		}
		if b.leaf {
			leaves[leaf{b.x, b.y, b.half}] = slices.Sorted(slices.Values(b.particles))
		}
	})
	for p, n := range count {
		if n != 1 {
			t.Fatalf("particle %d is in %d leaves", p, n)
		}
	}
	return leaves
}

// The tree is the same however many threads build it, also if their turns are so short of
// references of the algorithm that they meet in every box.
func TestFMMTree(t *testing.T) {
	for _, places := range []func(i int, pos *[2]float64){
		func(int, *[2]float64) {}, // as they are
		func(i int, pos *[2]float64) { // the upper right quadrant late, in all threads at once
			switch {
			case pos[0] > 0 && i%50 < 25:
				pos[0] *= -1
			case pos[0] > 0:
				pos[1] = math.Abs(pos[1])
			}
		},
	} {
		var want map[leaf][]int32
		for _, c := range []struct {
			threads int
			spills  float64
		}{{1, 0}, {3, 0}, {8, 0}, {8, 100}, {60, 100}} {
			r, body := FMM{Particles: 3000, Terms: 2, Spills: c.spills, Seed: 7, Threads: c.threads}.start()
			for i := range r.pos {
				places(i, &r.pos[i])
			}
			src, err := New(started{r.FMM, body})
			if err != nil {
				t.Fatal(err)
			}
			for buf := make([]trace.Reference, 1000); r.zones == nil; {
				if _, err := src.Next(buf); err != nil {
					t.Fatal(err)
				}
			}
			src.Close()
			got := r.leaves(t)
			if want == nil {
				want = got
			}
			if !maps.EqualFunc(got, want, slices.Equal) {
				t.Errorf("%d threads, %v spills: another tree, of %d leaves; one thread's has %d", c.threads, c.spills, len(got), len(want))
			}
		}
	}
}

// What acts on a leaf are all particles, each once: those of the leaf and of its list U, the
// boxes of W, and for the leaf and all it lies in, the boxes of V and the leaves that have
// it in their W.
func TestFMMListsCoverAllOnce(t *testing.T) {
	r := fmmTree(t, FMM{Particles: 4000, Terms: 2, Seed: 5, Threads: 4})
	outer := map[*fmmBox][]*fmmBox{} // the dual of W
	walk(r.root, func(b *fmmBox) {
		for _, s := range b.w {
			outer[s] = append(outer[s], b)
		}
	})
	leaves, smaller := 0, 0
	touch := func(a, b *fmmBox) bool {
		far := max(math.Abs(a.x-b.x), math.Abs(a.y-b.y)) / (a.half + b.half)
		return far < 1+1e-9
	}
	walk(r.root, func(b *fmmBox) {
		if len(b.colleagues) > colleaguesMax || len(b.v) > vMax {
			t.Fatalf("%d colleagues and %d boxes in V", len(b.colleagues), len(b.v))
		}
		for _, o := range b.colleagues {
			if !touch(b, o) || b.level != o.level {
				t.Fatalf("colleagues that do not touch, or of levels %d and %d", b.level, o.level)
			}
		}
		for _, o := range b.v {
			if touch(b, o) || !touch(b.parent, o.parent) || b.level != o.level {
				t.Fatal("boxes in V that touch, or whose parents do not, or of two levels")
			}
		}
		if !b.leaf {
			return
		}
		for _, o := range b.u {
			if !touch(b, o) || !o.leaf {
				t.Fatal("boxes in U that do not touch, or are no leaves")
			}
		}
		for _, o := range b.w {
			if touch(b, o) || !touch(b, o.parent) || o.level <= b.level {
				t.Fatal("boxes in W that touch, or whose parent does not, or not smaller")
			}
		}
		leaves++
		count := make([]int, 4000)
		add := func(boxes ...*fmmBox) {
			for _, o := range boxes {
				walk(o, func(o *fmmBox) {
					for _, p := range o.particles {
						count[p]++
					}
				})
			}
		}
		add(b)
		add(b.u...)
		add(b.w...)
		smaller += len(b.w)
		for a := b; a != nil; a = a.parent {
			add(a.v...)
			add(outer[a]...)
		}
		for p, n := range count {
			if n != 1 {
				t.Fatalf("particle %d acts %d times on the leaf at %v, %v", p, n, b.x, b.y)
			}
		}
	})
	if leaves < 100 || smaller == 0 {
		t.Errorf("%d leaves, %d boxes in lists W: the tree is no test", leaves, smaller)
	}
}

// Zones share the particles evenly and cover the tree.
func TestFMMZones(t *testing.T) {
	r := fmmTree(t, FMM{Particles: 20_000, Terms: 2, Seed: 2, Threads: 8})
	boxes, seen := 0, map[*fmmBox]bool{}
	walk(r.root, func(*fmmBox) { boxes++ })
	for thread, zone := range r.zones {
		particles := 0
		for _, b := range zone {
			particles += len(b.particles)
			seen[b] = true
		}
		if particles < 2500-leafMax || particles > 2500+leafMax {
			t.Errorf("thread %d has %d particles, want about 2500", thread, particles)
		}
	}
	if len(seen) != boxes {
		t.Errorf("%d of %d boxes in zones", len(seen), boxes)
	}
}

// Spills are references to the stacks, in their share.
func TestFMMSpills(t *testing.T) {
	c := FMM{Particles: 500, Terms: 4, Seed: 1, Threads: 2}
	plain := run(t, c)
	c.Spills = 1.5
	refs := run(t, c)
	spills := 0
	for _, r := range refs {
		if r.Addr >= stackBase {
			spills++
		}
	}
	if others := len(refs) - spills; others < len(plain)*99/100 || others > len(plain)*101/100 {
		t.Errorf("%d references besides spills, without spills %d", others, len(plain))
	}
	if share := float64(spills) / float64(len(refs)-spills); math.Abs(share-1.5) > 0.001 {
		t.Errorf("%v spills for each other reference, want 1.5", share)
	}
}

// Particles in one place cannot be divided; the tree ends all the same.
func TestFMMCoincidentParticles(t *testing.T) {
	c := FMM{Particles: 200, Terms: 2, Seed: 1, Threads: 3}
	shared, body := c.start()
	for i := range shared.pos {
		shared.pos[i] = [2]float64{float64(i % 2), 0.25}
	}
	refs := run(t, started{c, body})
	deepest, held := 0, 0
	walk(shared.root, func(b *fmmBox) {
		deepest, held = max(deepest, b.level), held+len(b.particles)
	})
	if deepest != fmmMaxLevel || held != 200 || len(refs) == 0 {
		t.Errorf("depth %d, %d particles, %d references", deepest, held, len(refs))
	}
}

func TestZipf(t *testing.T) {
	for _, exponent := range []float64{0.5, 0.99, 1, 1.5, 3} {
		c := DefaultSynthetic()
		c.Pattern, c.Exponent, c.Footprint, c.Threads, c.References, c.Stores = Zipf, exponent, 20*8, 1, 200_000, 0
		count := map[mem.VAddr]int{}
		for _, r := range run(t, c) {
			count[r.Addr]++
		}
		var got []int
		for _, n := range count {
			got = append(got, n)
		}
		slices.Sort(got)
		slices.Reverse(got)
		sum := 0.0
		for k := 1; k <= 20; k++ {
			sum += math.Pow(float64(k), -exponent)
		}
		for k, n := range got[:5] {
			want := 200_000 * math.Pow(float64(k+1), -exponent) / sum
			if d := math.Abs(float64(n) - want); d > 5*math.Sqrt(want) {
				t.Errorf("exponent %v: rank %d drawn %d times, want about %.0f", exponent, k+1, n, want)
			}
		}
	}
}
