// Package permute makes pseudo-random permutations that need no memory, whatever their
// length: the shuffled order in which a pointer chase visits its lines.
package permute

import (
	"math/bits"
	"math/rand/v2"
)

// Permutation is a permutation of 0 to n-1: rounds of multiplication and shift, each of
// which is a bijection of k-bit numbers with 2^k >= n, repeated until the result is below n
// again. The zero value is invalid.
type Permutation struct {
	n, mask uint64
	shift   int
	factor  [3]uint64 // odd
	add     [3]uint64
}

// New draws a permutation of 0 to n-1 from rng; n is at least 1.
func New(n uint64, rng *rand.Rand) Permutation {
	k := bits.Len64(n - 1)
	p := Permutation{n: n, mask: 1<<k - 1, shift: k/2 + 1}
	for i := range p.factor {
		p.factor[i], p.add[i] = rng.Uint64()|1, rng.Uint64()
	}
	return p
}

// At returns the place of x, which is below n.
func (p *Permutation) At(x uint64) uint64 {
	for {
		for i := range p.factor {
			x = (x*p.factor[i] + p.add[i]) & p.mask
			x ^= x >> p.shift
		}
		if x < p.n {
			return x
		}
	}
}
