package workload

import (
	"math"
	"slices"

	"github.com/dmemsys/dmemsys/dmem/mem"
)

// fmmMaxLevel is where boxes are no longer divided, however many particles they hold.
const fmmMaxLevel = 48

// fmmBox is a box of the adaptive tree: a leaf with particles, or a parent with children.
type fmmBox struct {
	addr       mem.VAddr
	x, y, half float64 // centre, half the length of a side
	level      int
	leaf       bool
	locked     bool
	parent     *fmmBox
	child      [4]*fmmBox
	particles  []int32
	colleagues []*fmmBox // of the same size, adjacent
	u, v, w    []*fmmBox
}

// slot returns where the box's i-th particle is noted.
func (b *fmmBox) slot(i int) mem.VAddr { return at(b.addr+boxParticles, min(i, leafMax)) }

// quadrant returns in which child a place lies: 0 to 3, the upper right first, then
// counterclockwise.
func (b *fmmBox) quadrant(p [2]float64) int {
	switch {
	case p[1] > b.y && p[0] > b.x:
		return 0
	case p[1] > b.y:
		return 1
	case p[0] > b.x:
		return 3
	}
	return 2
}

// adjacent reports whether two boxes touch, or one lies in the other.
func (b *fmmBox) adjacent(o *fmmBox) bool {
	reach := (b.half + o.half) * (1 + 1e-12)
	return math.Abs(b.x-o.x) <= reach && math.Abs(b.y-o.y) <= reach
}

// lock waits until a box is free and takes it. Boxes share locks, as in SPLASH, but do not
// wait for each other.
func (w *fmmThread) lock(b *fmmBox) {
	for w.load(w.lockOf(b)); b.locked; w.load(w.lockOf(b)) {
		w.Pass()
	}
	b.locked = true
	w.store(w.lockOf(b))
}

func (w *fmmThread) unlock(b *fmmBox) {
	b.locked = false
	w.store(w.lockOf(b))
}

func (w *fmmThread) lockOf(b *fmmBox) mem.VAddr {
	return w.locks + b.addr/boxSize%fmmLocks*fmmLockSize
}

// newBox takes a box from this thread's heap; if that is used up, from the next one's. Should
// all be used up, it lies behind the last.
func (w *fmmThread) newBox(x, y, half float64, parent *fmmBox) *fmmBox {
	heap := w.ID()
	for i := 0; w.made[heap] >= w.boxes && i < w.Threads; i++ {
		heap = (w.ID() + 1 + i) % w.Threads
	}
	if w.made[heap] >= w.boxes {
		heap = w.Threads - 1
	}
	b := &fmmBox{addr: w.heaps[heap] + mem.VAddr(w.made[heap])*boxSize, x: x, y: y, half: half, parent: parent, leaf: true}
	b.particles = make([]int32, 0, leafMax+1)
	w.made[heap]++
	if parent != nil {
		b.level = parent.level + 1
	}
	for _, field := range [...]mem.VAddr{boxX, boxY, boxLength, boxParent, boxLevel, boxChildNum} {
		w.store(b.addr + field)
	}
	return b
}

// newChild divides off the part of a box in a quadrant. The box is locked.
func (w *fmmThread) newChild(b *fmmBox, q int) *fmmBox {
	for _, field := range [...]mem.VAddr{boxLength, boxX, boxY} {
		w.load(b.addr + field)
	}
	half := b.half / 2
	x, y := b.x+half, b.y+half
	if q == 1 || q == 2 {
		x = b.x - half
	}
	if q >= 2 {
		y = b.y - half
	}
	c := w.newBox(x, y, half, b)
	w.store(at(b.addr+boxShadow, q))
	w.load(b.addr + boxNumChildren)
	w.store(b.addr + boxNumChildren)
	w.store(at(b.addr+boxChildren, q))
	b.child[q] = c
	return c
}

// buildTree inserts this thread's particles.
func (w *fmmThread) buildTree() {
	if w.ID() == 0 {
		x, y := w.bound[0], w.bound[1]
		half := max(x[1]-x[0], y[1]-y[0]) / 2
		if half == 0 {
			half = 1 // all particles in one place
		}
		w.root = w.newBox((x[0]+x[1])/2, (y[0]+y[1])/2, half, nil)
	}
	w.Barrier()
	lo, hi := w.Share(w.Particles)
	for i := lo; i < hi; i++ {
		w.load(at(w.list, i))
		w.insert(int32(i))
	}
}

// insert puts a particle into the leaf where it lies.
func (w *fmmThread) insert(p int32) {
	w.load(w.particle(p) + particlePos)
	w.load(w.particle(p) + particlePos + word)
	b := w.root
	for {
		w.load(b.addr + boxType)
		if !b.leaf {
			b = w.descend(b, p)
			continue
		}
		w.lock(b)
		if b.leaf {
			break
		}
		w.unlock(b)
	}
	w.append(b, p)
	for len(b.particles) > leafMax && b.level < fmmMaxLevel {
		over := w.divide(b)
		w.unlock(b)
		if over == nil {
			return
		}
		b = over
	}
	w.unlock(b)
}

// append notes a particle in a leaf.
func (w *fmmThread) append(b *fmmBox, p int32) {
	b.particles = append(b.particles, p)
	w.load(b.addr + boxNumParticles)
	w.store(b.slot(len(b.particles) - 1))
	w.store(b.addr + boxNumParticles)
}

// childFor finds the child of a box in which a particle lies; nil if there is none yet.
func (w *fmmThread) childFor(b *fmmBox, p int32) (q int, c *fmmBox) {
	w.load(b.addr + boxY)
	w.load(b.addr + boxX)
	q = b.quadrant(w.pos[p])
	w.load(at(b.addr+boxChildren, q))
	return q, b.child[q]
}

// descend goes to the child of a parent in which a particle lies.
func (w *fmmThread) descend(b *fmmBox, p int32) *fmmBox {
	q, c := w.childFor(b, p)
	if c == nil {
		w.lock(b)
		if c = b.child[q]; c == nil { // nor has another thread made it meanwhile
			c = w.newChild(b, q)
		}
		w.unlock(b)
	}
	return c
}

// divide turns a locked leaf into a parent. If a child holds all its particles, it returns
// that child, locked.
func (w *fmmThread) divide(b *fmmBox) (over *fmmBox) {
	for i, p := range b.particles {
		w.load(b.slot(i))
		w.load(w.particle(p) + particlePos)
		w.load(w.particle(p) + particlePos + word)
		q, c := w.childFor(b, p)
		if c == nil {
			c = w.newChild(b, q)
		}
		w.append(c, p)
		w.store(b.slot(i))
	}
	w.store(b.addr + boxNumParticles)
	w.store(b.addr + boxType)
	for _, c := range b.child {
		if c != nil && len(c.particles) > leafMax {
			c.locked = true
			over = c
		}
	}
	b.particles, b.leaf = nil, false
	return over
}

// partition gives each thread a zone of the tree: boxes adjacent in the tree's order, with
// about as many particles as another's.
func (w *fmmThread) partition() {
	if w.zones == nil {
		w.zones = make([][]*fmmBox, w.Threads)
		seen := 0
		var walk func(*fmmBox)
		walk = func(b *fmmBox) {
			thread := min(seen*w.Threads/w.Particles, w.Threads-1)
			w.zones[thread] = append(w.zones[thread], b)
			w.levels = max(w.levels, b.level+1)
			seen += len(b.particles)
			for _, c := range b.child {
				if c != nil {
					walk(c)
				}
			}
		}
		walk(w.root)
	}
	w.zone = w.zones[w.ID()]
	for _, b := range w.zone {
		w.load(b.addr + boxType)
		w.load(b.addr + boxNumParticles)
		w.store(b.addr + boxCost)
		w.store(b.addr + boxSubtreeCost)
		w.store(b.addr + boxProc)
		w.store(b.addr + boxNext)
		w.store(b.addr + boxPrev)
	}
}

// look loads where a box lies, and tells whether it is adjacent.
func (w *fmmThread) look(b, o *fmmBox) bool {
	w.load(o.addr + boxX)
	w.load(o.addr + boxY)
	w.load(o.addr + boxLength)
	return b.adjacent(o)
}

// children calls f with each child of a box.
func (w *fmmThread) children(b *fmmBox, f func(*fmmBox)) {
	for q, c := range b.child {
		w.load(at(b.addr+boxChildren, q))
		if c != nil {
			f(c)
		}
	}
}

// findColleagues finds, level by level, the neighbours of this thread's boxes of the same
// size, among the children of their parents' neighbours, and with them the list V of those
// that are no neighbours.
func (w *fmmThread) findColleagues() {
	var near, far []*fmmBox
	for level := 1; level < w.levels; level++ {
		for _, b := range w.zone {
			if b.level != level {
				continue
			}
			near, far = near[:0], far[:0]
			w.load(b.addr + boxParent)
			siblings := 0
			w.children(b.parent, func(c *fmmBox) {
				if c != b {
					w.store(at(b.addr+boxSiblings, siblings))
					siblings++
					near = append(near, c)
				}
			})
			for i, pc := range b.parent.colleagues {
				w.load(at(b.parent.addr+boxColleagues, min(i, colleaguesMax-1)))
				w.load(pc.addr + boxType)
				if pc.leaf {
					continue
				}
				w.children(pc, func(c *fmmBox) {
					if w.look(b, c) {
						near = append(near, c)
					} else {
						far = append(far, c)
					}
				})
			}
			b.colleagues = w.storeList(b, boxColleagues, colleaguesMax, near)
			b.v = w.storeList(b, boxV, vMax, far)
		}
		w.Barrier()
	}
}

// storeList stores a list of boxes and its length, and returns a copy.
func (w *fmmThread) storeList(b *fmmBox, offset mem.VAddr, most int, list []*fmmBox) []*fmmBox {
	for i := range list {
		w.store(at(b.addr+offset, min(i, most-1)))
	}
	w.store(at(b.addr+offset, most))
	return slices.Clone(list)
}

// findLists finds the lists U and W of this thread's leaves: of the boxes in which its
// neighbours are divided, the adjacent leaves are in U, and in W what is not adjacent
// although its parent is. Adjacent leaves that are larger are in U, too.
func (w *fmmThread) findLists() {
	var near, small []*fmmBox
	for _, b := range w.zone {
		w.load(b.addr + boxType)
		if !b.leaf {
			continue
		}
		near, small = near[:0], small[:0]
		var enter func(*fmmBox)
		enter = func(c *fmmBox) {
			w.load(c.addr + boxType)
			if c.leaf {
				near = append(near, c)
				return
			}
			w.children(c, func(c *fmmBox) {
				if w.look(b, c) {
					enter(c)
				} else {
					small = append(small, c)
				}
			})
		}
		for i, c := range b.colleagues {
			w.load(at(b.addr+boxColleagues, min(i, colleaguesMax-1)))
			enter(c)
		}
		for up := b.parent; up != nil; up = up.parent {
			w.load(up.addr + boxParent)
			for i, c := range up.colleagues {
				w.load(at(up.addr+boxColleagues, min(i, colleaguesMax-1)))
				w.load(c.addr + boxType)
				if c.leaf && w.look(b, c) {
					near = append(near, c)
				}
			}
		}
		b.u = w.storeList(b, boxU, uMax, near)
		b.w = w.storeList(b, boxW, wMax, small)
	}
}
