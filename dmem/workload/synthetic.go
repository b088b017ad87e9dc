package workload

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/dmemsys/dmemsys/dmem/internal/permute"
	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/trace"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// Pattern is the order in which a thread of a [Synthetic] program touches its elements.
type Pattern uint8

// The patterns.
const (
	Stream  Pattern = iota // one element after the other, from the start again after the last
	Strided                // every Stride bytes; each round begins an element later, so that all are touched
	Random                 // any element with equal probability
	Zipf                   // the k-th most popular element with a probability like k^-Exponent; popularity is scattered
	Chase                  // a fixed shuffled order in which every element occurs once a round, as a linked list has it
	numPatterns
)

var patternNames = [numPatterns]string{"stream", "strided", "random", "zipf", "chase"}

// String returns "stream", "strided", "random", "zipf" or "chase".
func (p Pattern) String() string {
	if p < numPatterns {
		return patternNames[p]
	}
	return fmt.Sprintf("Pattern(%d)", uint8(p))
}

// MarshalText implements [encoding.TextMarshaler]; a pattern that does not exist is an
// error.
func (p Pattern) MarshalText() ([]byte, error) {
	if p >= numPatterns {
		return nil, fmt.Errorf("workload: pattern %d: want 0 to %d", p, numPatterns-1)
	}
	return []byte(patternNames[p]), nil
}

// UnmarshalText implements [encoding.TextUnmarshaler]; an unknown name is an error that
// lists the known ones.
func (p *Pattern) UnmarshalText(b []byte) error {
	for i, name := range patternNames {
		if string(b) == name {
			*p = Pattern(i)
			return nil
		}
	}
	return fmt.Errorf("workload: unknown pattern %q: want stream, strided, random, zipf or chase", b)
}

// Synthetic is a program that touches memory in a simple pattern, at a given rate, with a
// given share of stores, steadily or in bursts. Each thread has an equal part of the
// footprint to itself. A store of a Chase writes the element that it found.
type Synthetic struct {
	Pattern      Pattern     `toml:"pattern" json:"pattern" comment:"stream, strided, random, zipf or chase"`
	Footprint    units.Bytes `toml:"footprint" json:"footprint" comment:"of all threads together"`
	Element      units.Bytes `toml:"element" json:"element" comment:"what a reference touches, 1 to 64 bytes"`
	Stride       units.Bytes `toml:"stride" json:"stride" comment:"of strided, a multiple of element; else not looked at"`
	Exponent     float64     `toml:"exponent" json:"exponent" comment:"of zipf; else not looked at"`
	Stores       float64     `toml:"stores" json:"stores" comment:"share of the references, 0 to 1"`
	Instructions float64     `toml:"instructions" json:"instructions" comment:"for each reference, itself included: the rate is its inverse"`
	Burst        int         `toml:"burst" json:"burst" comment:"references of a burst; 0: no bursts"`
	Pause        uint32      `toml:"pause" json:"pause" comment:"instructions between two bursts"`
	References   uint64      `toml:"references" json:"references" comment:"of each thread"`
	Seed         uint64      `toml:"seed" json:"seed" comment:"of what is drawn at random"`
	Threads      int         `toml:"threads" json:"threads"`
}

// DefaultSynthetic returns a program of 8 threads that touch 64 MiB at random, a word every
// third instruction, and store one time in four. The numbers are a choice of ours.
func DefaultSynthetic() Synthetic {
	return Synthetic{
		Pattern: Random, Footprint: 64 * units.MiB, Element: word, Stride: pageSize, Exponent: 1,
		Stores: 0.25, Instructions: 3, References: 1_000_000, Seed: 1, Threads: 8,
	}
}

// Scaled shrinks the footprint by s, to a whole number of elements for each thread.
func (c Synthetic) Scaled(s float64) Synthetic {
	if each := c.Element * units.Bytes(max(c.Threads, 0)); each > 0 {
		c.Footprint = units.Bytes(scale(int(c.Footprint/each), s)) * each
	}
	return c
}

// Name implements [Program]: the pattern's, or "bursts".
func (c Synthetic) Name() string {
	if c.Burst > 0 {
		return "bursts"
	}
	return c.Pattern.String()
}

// NumThreads implements [Program].
func (c Synthetic) NumThreads() int { return c.Threads }

// Validate implements [Program].
func (c Synthetic) Validate() error {
	var f faults
	f.check(c.Pattern < numPatterns, "pattern", c.Pattern, "stream, strided, random, zipf or chase")
	f.between("threads", c.Threads, 1, MaxThreads)
	f.check(c.Element >= 1 && c.Element <= 64, "element", c.Element, "1B to 64B")
	each := max(c.Element, 1) * units.Bytes(min(max(c.Threads, 1), MaxThreads))
	f.check(c.Footprint >= each && c.Footprint <= maxAllocated && c.Footprint%each == 0, "footprint", c.Footprint,
		fmt.Sprintf("a multiple of %v, an element for each thread, up to %v", each, maxAllocated))
	f.check(c.Pattern != Strided || c.Stride >= max(c.Element, 1) && c.Stride%max(c.Element, 1) == 0 && c.Stride <= maxAllocated, "stride", c.Stride, fmt.Sprintf("a multiple of element, %v, up to %v", c.Element, maxAllocated))
	f.check(c.Pattern != Zipf || c.Exponent > 0 && c.Exponent <= 10, "exponent", c.Exponent, "more than 0, at most 10")
	f.check(c.Stores >= 0 && c.Stores <= 1, "stores", c.Stores, "0 to 1")
	f.check(c.Instructions >= 1 && c.Instructions <= 1<<20, "instructions", c.Instructions, "1 to 1048576")
	f.check(c.Burst >= 0, "burst", c.Burst, "0 or more")
	f.check(c.Pause <= 1<<31, "pause", c.Pause, "at most 2147483648")
	return f.join()
}

// Allocated implements [Program].
func (c Synthetic) Allocated() units.Bytes { return c.Footprint }

// Start implements [Program].
func (c Synthetic) Start() func(*Thread) { return c.start(heapBase) }

func (c Synthetic) start(base mem.VAddr) func(*Thread) {
	part := c.Footprint / units.Bytes(c.Threads)
	n := uint64(part / c.Element)
	return func(t *Thread) {
		rng := rand.New(rand.NewPCG(c.Seed, uint64(t.ID())))
		base := base + mem.VAddr(t.ID())*mem.VAddr(part)
		next := c.walk(n, rng)
		var work float64
		for i := range c.References {
			if c.Burst > 0 && i > 0 && i%uint64(c.Burst) == 0 {
				t.Work(c.Pause)
			}
			work += c.Instructions - 1
			whole := uint32(work)
			work -= float64(whole)
			t.Work(whole)
			kind := trace.Load
			if c.Stores > 0 && rng.Float64() < c.Stores {
				kind = trace.Store
			}
			t.Touch(base+mem.VAddr(next()*uint64(c.Element)), uint8(c.Element), kind)
		}
	}
}

// walk returns a function that yields elements, 0 to n-1, in the order of the pattern.
func (c Synthetic) walk(n uint64, rng *rand.Rand) func() uint64 {
	var i, round uint64
	switch c.Pattern {
	case Random:
		return func() uint64 { return rng.Uint64N(n) }
	case Zipf:
		z, s := newZipf(n, c.Exponent), permute.New(n, rng)
		return func() uint64 { return s.At(z.draw(rng)) }
	case Chase:
		s := permute.New(n, rng)
		return func() uint64 {
			at := s.At(i)
			if i++; i == n {
				i = 0
			}
			return at
		}
	}
	step := uint64(1)
	if c.Pattern == Strided {
		step = uint64(c.Stride / c.Element)
	}
	return func() uint64 {
		at := i
		if i += step; i >= n {
			if round++; round >= min(step, n) {
				round = 0
			}
			i = round
		}
		return at
	}
}

// zipf draws ranks 0 to n-1 with probabilities like (rank+1)^-s, for any s > 0, in constant
// time: rejection-inversion (Hörmann, Derflinger 1996).
type zipf struct {
	n, s             float64
	first, last, cut float64
}

func newZipf(n uint64, s float64) zipf {
	z := zipf{n: float64(n), s: s}
	z.first = z.integral(1.5) - 1
	z.last = z.integral(z.n + 0.5)
	z.cut = 2 - z.inverse(z.integral(2.5)-z.density(2))
	return z
}

func (z *zipf) density(x float64) float64 { return math.Exp(-z.s * math.Log(x)) }

// integral is that of the density, up to a constant: (x^(1-s) - 1) / (1-s), or log x.
func (z *zipf) integral(x float64) float64 {
	l := math.Log(x)
	if t := (1 - z.s) * l; math.Abs(t) > 1e-9 {
		return math.Expm1(t) / t * l
	}
	return l
}

// inverse is that of integral.
func (z *zipf) inverse(y float64) float64 {
	t := max(y*(1-z.s), -1)
	if math.Abs(t) > 1e-9 {
		return math.Exp(math.Log1p(t) / t * y)
	}
	return math.Exp(y)
}

func (z *zipf) draw(rng *rand.Rand) uint64 {
	for {
		u := z.last + rng.Float64()*(z.first-z.last)
		x := z.inverse(u)
		k := min(max(math.Floor(x+0.5), 1), z.n)
		if k-x <= z.cut || u >= z.integral(k+0.5)-z.density(k) {
			return uint64(k) - 1
		}
	}
}

// Phases is a program that is several synthetic ones in turn, round after round. The
// threads meet after each; the parts have memory of their own and equally many threads.
type Phases struct {
	Parts  []Synthetic `toml:"parts" json:"parts"`
	Rounds int         `toml:"rounds" json:"rounds"`
}

// Name implements [Program].
func (c Phases) Name() string { return "phases" }

// NumThreads implements [Program].
func (c Phases) NumThreads() int {
	if len(c.Parts) == 0 {
		return 0
	}
	return c.Parts[0].Threads
}

// Validate implements [Program].
func (c Phases) Validate() error {
	var f faults
	f.check(len(c.Parts) > 0, "parts", len(c.Parts), "1 or more")
	f.between("rounds", c.Rounds, 1, 1<<40)
	for i, p := range c.Parts {
		if err := p.Validate(); err != nil {
			f = append(f, fmt.Errorf("parts[%d]: %w", i, err))
		}
		f.check(p.Threads == c.NumThreads(), fmt.Sprintf("parts[%d].threads", i), p.Threads, fmt.Sprintf("as many as the first part's, %d", c.NumThreads()))
	}
	return f.join()
}

// Allocated implements [Program].
func (c Phases) Allocated() (sum units.Bytes) {
	for _, p := range c.Parts {
		sum += p.Allocated()
	}
	return sum
}

// Start implements [Program].
func (c Phases) Start() func(*Thread) {
	var s space
	var parts []func(*Thread)
	for _, p := range c.Parts {
		parts = append(parts, p.start(s.array(p.Footprint)))
	}
	return func(t *Thread) {
		for range c.Rounds {
			for _, part := range parts {
				part(t)
				t.Barrier()
			}
		}
	}
}
