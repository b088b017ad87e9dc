package workload

import (
	"maps"
	"math"
	"slices"
	"testing"

	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/trace"
)

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
