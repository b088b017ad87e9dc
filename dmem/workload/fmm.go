package workload

import (
	"math"
	"math/rand/v2"

	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// FMM is one time step of an adaptive 2-D fast multipole method (Carrier, Greengard,
// Rokhlin 1988) in the manner of SPLASH's FMM, with its data structures: particles of 104
// bytes in random order in space, and boxes of 3352 bytes that hold up to 40 particles,
// four lists of boxes and three expansions. The particles are two Plummer clusters.
//
// The phases, between which the threads meet:
//
//   - bounds: each thread scans its particles
//   - tree: each thread inserts its particles into the shared tree, under locks; a box of
//     more than 40 particles is divided in four
//   - partition: the boxes in the order of the tree, cut into zones of about as many
//     particles for each thread
//   - lists: level by level the neighbours of a box; then the lists of what is near (U),
//     well separated (V), and near but smaller (W)
//   - upward: multipole expansions, from the leaves to the root, level by level
//   - interactions: between particles in U, expansions in V, particles and expansions in W
//   - downward: local expansions, from the root to the leaves
//   - move: acceleration, velocity and position of each particle
//
// The tree and the lists are really built, for addresses depend on them; expansions and
// forces are not computed. The order of the insertions is simpler than SPLASH's, where each
// thread builds a tree and merges it, and so is the partition.
//
// A compiler keeps part of what a loop computes with on the stack. How much is not known,
// so Spills is fitted.
type FMM struct {
	Particles int     `toml:"particles" json:"particles"`
	Terms     int     `toml:"terms" json:"terms" comment:"of an expansion"`
	Spills    float64 `toml:"spills" json:"spills" comment:"references to the stack for each other one"`
	Work      float64 `toml:"work" json:"work" comment:"instructions without a reference for each one with"`
	Seed      uint64  `toml:"seed" json:"seed" comment:"of the particles' places"`
	Threads   int     `toml:"threads" json:"threads"`
}

// PaperFMM returns the fmm of the paper's Table I. The number of particles is fitted to the
// footprint, the spills to the miss rate.
func PaperFMM() FMM {
	return FMM{
		Particles: 1_480_000, // fitted: 3.20 GB of Table I, allocated
		Terms:     23,        // a precision of 1e-6, SPLASH's default
		Spills:    1.515,     // fitted: 3.42 % of Table I
		Work:      1.74,      // fitted: 10^9 instructions in the window
		Seed:      1,
		Threads:   8, // Table II
	}
}

// Scaled shrinks the footprint by s: the number of particles.
func (c FMM) Scaled(s float64) FMM {
	c.Particles = scale(c.Particles, s)
	return c
}

// Name implements [Program].
func (c FMM) Name() string { return "fmm" }

// NumThreads implements [Program].
func (c FMM) NumThreads() int { return c.Threads }

// Validate implements [Program].
func (c FMM) Validate() error {
	var f faults
	f.between("particles", c.Particles, 1, 1<<27)
	f.between("terms", c.Terms, 1, fmmMaxTerms)
	f.check(c.Spills >= 0 && c.Spills <= 1000, "spills", c.Spills, "0 to 1000")
	f.check(c.Work >= 0 && c.Work <= 1000, "work", c.Work, "0 to 1000")
	f.between("threads", c.Threads, 1, MaxThreads)
	return f.join()
}

// Allocated implements [Program]: particles, lists of particles, boxes, tables, locks.
func (c FMM) Allocated() units.Bytes { return c.layout().used }

// Offsets in a particle.
const (
	particleCharge = 8
	particleMass   = 16
	particlePos    = 24
	particleAcc    = 40
	particleVel    = 56
	particleField  = 72
	particleSize   = 104
)

// Offsets in a box, and how long its lists can be.
const (
	boxX            = 8
	boxY            = 16
	boxLength       = 24
	boxLevel        = 32
	boxType         = 40
	boxParticles    = 48
	boxNumParticles = 376
	boxParent       = 384
	boxChildNum     = 392
	boxShadow       = 400
	boxChildren     = 432
	boxNumChildren  = 464
	boxSiblings     = 472
	boxColleagues   = 504
	boxU            = 576
	boxV            = 744
	boxW            = 968
	boxMultipole    = 1216
	boxLocal        = 1856
	boxOuter        = 2496 // expansion of what W's dual brings in
	boxProc         = 3264
	boxCost         = 3272
	boxSubtreeCost  = 3312
	boxNext         = 3320
	boxPrev         = 3328
	boxSize         = 3352

	leafMax       = 40
	colleaguesMax = 8
	uMax          = 20
	vMax          = 27
	wMax          = 30
	fmmMaxTerms   = 40
)

const (
	fmmLocks    = 2048
	fmmLockSize = 40 // a mutex
	fmmStack    = 64 // words of a stack frame

	// boxesPerParticle is how many boxes SPLASH allocates for 8 threads: 4/3 for the inner
	// boxes over 0.375 of 40 particles in a leaf, half as many again, and 4 times what a
	// thread needs for all threads but the first.
	boxesPerParticle = 4. / 3 / (0.375 * leafMax) * 1.5 * (1 + 7*4./8)
	boxesExtra       = 64 // of each thread, for small runs
)

// fmmLayout is where things lie.
type fmmLayout struct {
	space
	particles mem.VAddr
	list      mem.VAddr   // all particles; the threads have shares of it
	heaps     []mem.VAddr // of boxes, by thread
	boxes     int         // of a heap
	binomials mem.VAddr   // a table of 2*fmmMaxTerms squared
	locks     mem.VAddr
	bounds    mem.VAddr // four numbers for each thread, a line apart
}

func (c FMM) layout() *fmmLayout {
	l := &fmmLayout{boxes: int(math.Ceil(boxesPerParticle*float64(c.Particles)/float64(c.Threads))) + boxesExtra}
	l.particles = l.array(units.Bytes(c.Particles) * particleSize)
	l.list = l.array(units.Bytes(c.Particles) * word)
	for range c.Threads {
		l.heaps = append(l.heaps, l.array(units.Bytes(l.boxes)*boxSize))
	}
	l.binomials = l.array(4 * fmmMaxTerms * fmmMaxTerms * word)
	l.locks = l.array(fmmLocks * fmmLockSize)
	l.bounds = l.array(units.Bytes(c.Threads) * mem.LineSize)
	return l
}

// fmmRun is what the threads share.
type fmmRun struct {
	FMM
	*fmmLayout
	pos    [][2]float64 // by particle
	made   []int        // boxes taken from each heap
	bound  [2][2]float64
	root   *fmmBox
	zones  [][]*fmmBox // by thread, in the order of the tree
	levels int
}

// fmmThread makes references with their share of spills and other instructions.
type fmmThread struct {
	*Thread
	*fmmRun
	stack mem.VAddr
	slot  int
	owed  float64 // spills
	work  float64 // instructions
	zone  []*fmmBox
}

// Start implements [Program].
func (c FMM) Start() func(*Thread) {
	_, body := c.start()
	return body
}

func (c FMM) start() (*fmmRun, func(*Thread)) {
	r := &fmmRun{FMM: c, fmmLayout: c.layout(), made: make([]int, c.Threads)}
	r.pos = plummer(c.Particles, c.Seed)
	r.bound = [2][2]float64{{math.Inf(1), math.Inf(-1)}, {math.Inf(1), math.Inf(-1)}}
	return r, func(t *Thread) {
		w := &fmmThread{Thread: t, fmmRun: r, stack: stack(t.ID())}
		for _, phase := range []func(*fmmThread){
			(*fmmThread).scanBounds, (*fmmThread).buildTree, (*fmmThread).partition, (*fmmThread).findColleagues,
			(*fmmThread).findLists, (*fmmThread).upward, (*fmmThread).interact, (*fmmThread).downward, (*fmmThread).move,
		} {
			phase(w)
			w.Barrier()
		}
	}
}

// plummer places n particles in two clusters of Plummer's model, the second a copy of the
// first, in SPLASH's units. Radii are at most 9.
func plummer(n int, seed uint64) [][2]float64 {
	rng := rand.New(rand.NewPCG(seed, 0x666d6d))
	pos := make([][2]float64, n)
	half := n - n/2
	for i := range half {
		radius := math.Inf(1)
		for radius > 9 {
			radius = 1 / math.Sqrt(math.Pow(0.999*(1-rng.Float64()), -2./3)-1)
		}
		sin, cos := math.Sincos(2 * math.Pi * rng.Float64())
		radius *= 3 * math.Pi / 16
		pos[i] = [2]float64{radius * cos, radius * sin}
		if half+i < n {
			pos[half+i] = [2]float64{pos[i][0] + 2, pos[i][1] + 2}
		}
	}
	return pos
}

// load and store make a reference of the algorithm, and what goes with it.
func (w *fmmThread) load(a mem.VAddr) {
	w.Load(a)
	w.spill()
}

func (w *fmmThread) store(a mem.VAddr) {
	w.Store(a)
	w.spill()
}

// spill makes the references to the stack that are due: two loads to a store.
func (w *fmmThread) spill() {
	for w.owed += w.Spills; w.owed >= 1; w.owed-- {
		w.compute()
		a := w.stack + mem.VAddr(w.slot%fmmStack)*word
		if w.slot%3 == 0 {
			w.Store(a)
		} else {
			w.Load(a)
		}
		w.slot++
	}
	w.compute()
}

// compute executes the instructions between two references.
func (w *fmmThread) compute() {
	w.work += w.FMM.Work
	n := uint32(w.work)
	w.work -= float64(n)
	w.Thread.Work(n)
}

func (l *fmmLayout) particle(i int32) mem.VAddr { return l.particles + mem.VAddr(i)*particleSize }

// complexes loads n complex numbers, or stores them.
func (w *fmmThread) complexes(n int, a mem.VAddr, touch func(*fmmThread, mem.VAddr)) {
	for i := range 2 * n {
		touch(w, at(a, i))
	}
}

// add adds to n complex numbers in place.
func (w *fmmThread) add(n int, a mem.VAddr) {
	for i := range 2 * n {
		w.load(at(a, i))
		w.store(at(a, i))
	}
}

// scanBounds finds the extent of this thread's particles; after the barrier each thread
// reads what the others found.
func (w *fmmThread) scanBounds() {
	lo, hi := w.Share(w.Particles)
	for i := lo; i < hi; i++ {
		w.load(at(w.list, i))
		for d := range 2 {
			w.load(at(w.particle(int32(i))+particlePos, d))
			w.bound[d][0] = min(w.bound[d][0], w.pos[i][d])
			w.bound[d][1] = max(w.bound[d][1], w.pos[i][d])
		}
	}
	for i := range 4 {
		w.store(at(w.bounds+mem.VAddr(w.ID())*mem.VAddr(mem.LineSize), i))
	}
	w.Barrier()
	for other := range w.Threads {
		for i := range 4 {
			w.load(at(w.bounds+mem.VAddr(other)*mem.VAddr(mem.LineSize), i))
		}
	}
}

// upward makes the multipole expansions of this thread's boxes, the deepest first: a leaf's
// from its particles, another's from its children's.
func (w *fmmThread) upward() {
	for level := w.levels - 1; level >= 0; level-- {
		for _, b := range w.zone {
			if b.level != level {
				continue
			}
			for _, e := range []mem.VAddr{boxMultipole, boxLocal, boxOuter} {
				w.complexes(w.Terms, b.addr+e, (*fmmThread).store)
			}
			w.load(b.addr + boxType)
			w.load(b.addr + boxX)
			w.load(b.addr + boxY)
			if b.leaf {
				w.eachParticle(b, func(p mem.VAddr) { w.load(p + particleCharge) })
				w.complexes(w.Terms, b.addr+boxMultipole, (*fmmThread).store)
				continue
			}
			for _, c := range b.child {
				if c != nil {
					w.shift(c.addr, boxMultipole, b.addr)
				}
			}
		}
		w.Barrier()
	}
}

// shift adds one box's expansion to another's, about that one's centre.
func (w *fmmThread) shift(from, expansion, to mem.VAddr) {
	w.load(from + boxX)
	w.load(from + boxY)
	for i := 1; i < w.Terms; i++ {
		w.complexes(1, from+expansion+mem.VAddr(i)*complexSize, (*fmmThread).load)
		for j := 1; j <= i; j++ {
			w.load(w.binomial(i-1, j-1))
		}
	}
	w.add(w.Terms, to+expansion)
}

func (l *fmmLayout) binomial(n, k int) mem.VAddr { return at(l.binomials, 2*fmmMaxTerms*n+k) }

// eachParticle loads the places of a box's particles.
func (w *fmmThread) eachParticle(b *fmmBox, more func(mem.VAddr)) {
	w.load(b.addr + boxNumParticles)
	for i, p := range b.particles {
		w.load(b.slot(i))
		a := w.particle(p)
		w.load(a + particlePos)
		w.load(a + particlePos + word)
		more(a)
	}
}

// interact computes what acts on this thread's boxes.
func (w *fmmThread) interact() {
	for _, b := range w.zone {
		w.store(b.addr + boxCost)
		w.load(b.addr + boxType)
		if b.leaf {
			w.pairs(b, b)
			for i, u := range b.u {
				w.load(at(b.addr+boxU, min(i, uMax-1)))
				w.pairs(u, b)
			}
			for i, s := range b.w {
				w.load(at(b.addr+boxW, min(i, wMax-1)))
				w.mixed(s, b)
			}
		}
		for i, v := range b.v {
			w.load(at(b.addr+boxV, min(i, vMax-1)))
			w.translate(v, b)
		}
	}
}

// pairs computes the forces of one leaf's particles on another's.
func (w *fmmThread) pairs(source, target *fmmBox) {
	w.eachParticle(target, func(p mem.VAddr) {
		w.eachParticle(source, func(q mem.VAddr) {
			if p != q {
				w.load(q + particleCharge)
			}
		})
		w.add(1, p+particleField)
	})
}

// translate turns a multipole expansion into a local one of a box far away.
func (w *fmmThread) translate(source, target *fmmBox) {
	w.load(source.addr + boxX)
	w.load(source.addr + boxY)
	w.complexes(w.Terms, source.addr+boxMultipole, (*fmmThread).load)
	for i := range w.Terms {
		for j := 1; j < w.Terms; j++ {
			w.load(w.binomial(i+j-1, j-1))
		}
		w.add(1, target.addr+boxLocal+mem.VAddr(i)*complexSize)
	}
}

// mixed evaluates the multipole expansion of a small box at the particles of a leaf, and
// adds these to that box's outer expansion.
func (w *fmmThread) mixed(small, leaf *fmmBox) {
	w.load(small.addr + boxX)
	w.load(small.addr + boxY)
	w.eachParticle(leaf, func(p mem.VAddr) {
		w.complexes(w.Terms, small.addr+boxMultipole, (*fmmThread).load)
		w.load(p + particleCharge)
		w.add(1, p+particleField)
	})
	w.lock(small)
	w.add(w.Terms, small.addr+boxOuter)
	w.unlock(small)
}

// downward hands local expansions down, and evaluates those of the leaves.
func (w *fmmThread) downward() {
	for level := range w.levels {
		for _, b := range w.zone {
			if b.level != level {
				continue
			}
			w.load(b.addr + boxParent)
			if b.parent != nil {
				w.shift(b.parent.addr, boxLocal, b.addr)
			}
			w.load(b.addr + boxType)
			if b.leaf {
				w.eachParticle(b, func(p mem.VAddr) {
					w.complexes(w.Terms, b.addr+boxLocal, (*fmmThread).load)
					w.complexes(w.Terms, b.addr+boxOuter, (*fmmThread).load)
					w.add(1, p+particleField)
				})
			}
		}
		w.Barrier()
	}
}

// move moves the particles of this thread's leaves.
func (w *fmmThread) move() {
	for _, b := range w.zone {
		for i, p := range b.particles {
			w.load(b.slot(i))
			a := w.particle(p)
			w.complexes(1, a+particleField, (*fmmThread).load)
			w.load(a + particleCharge)
			w.load(a + particleMass)
			w.complexes(1, a+particleAcc, (*fmmThread).store)
			w.add(1, a+particleVel)
			w.add(1, a+particlePos)
		}
	}
}
