package pool

import "math/bits"

// SmartIdle takes, among the idlest pools, the one with the most free memory [Paper §IV-B].
//
// A window is the interval between two grants anywhere in the rack. At a grant, with
// MemAccCount(i, 0) the accesses to pool i in the window that ends now and MemAccCount(i, k)
// those in the k-th window before it, the access factor of pool i of n is
//
//	past(i) = (MemAccCount(i, 1) + MemAccCount(i, 2) + MemAccCount(i, 3)) / 3
//	Af(i)   = MemAccCount(i, 0) + past(i)
//	m       = max(1, ceil(log2 n))
//
// The first n grants go round-robin. After that the candidates are the m pools of least Af
// (ties: the lower number), and the one with the most free memory is taken (ties: the
// lower Af, then the lower number). Windows before the start of the run count as 0. The
// mean is compared exactly, not rounded.
//
// The published text of the paper has lost its equations; these are the ones its authors'
// code computes. Of our own is only what happens when no candidate has room, of which the
// paper does not speak: the pool of least Af that has room is taken.
var SmartIdle = Policy{Name: "smart-idle", New: newSmartIdle}

func newSmartIdle(e Env) Selector {
	s := newIdleness(e.NumPools)
	return SelectorFunc(func(r Request, v View) ID {
		s.observe(v)
		if s.grants <= e.NumPools {
			return s.start.next(r, v)
		}
		pick := s.order[0]
		for _, c := range s.order[1:s.candidates] {
			if v.Pools[c].Free > v.Pools[pick].Free {
				pick = c
			}
		}
		return s.orWithRoom(pick, r, v)
	})
}

// idleness ranks the pools by access factor; both variants of smart-idle use it.
type idleness struct {
	start      turn       // of the first grants
	grants     int        // seen so far
	candidates int        // m
	windows    [][]uint64 // [k][i]: accesses to pool i in the k-th window before, k < 4
	factor3    []uint64   // three times the access factor, by pool
	order      []ID       // the pools by increasing factor, ties by number
}

func newIdleness(numPools int) *idleness {
	s := &idleness{
		candidates: max(1, bits.Len(uint(numPools-1))), // Len(n-1) is ceil(log2 n) for n >= 1
		windows:    make([][]uint64, 4),
		factor3:    make([]uint64, numPools),
		order:      make([]ID, numPools),
	}
	for k := range s.windows {
		s.windows[k] = make([]uint64, numPools)
	}
	return s
}

// observe counts the grant, takes in the window that ends with it and ranks the pools.
func (s *idleness) observe(v View) {
	s.grants++
	w := s.windows
	w[0], w[1], w[2], w[3] = w[3], w[0], w[1], w[2]
	for i := range v.Pools {
		w[0][i] = v.Pools[i].Window
		s.factor3[i] = 3*w[0][i] + w[1][i] + w[2][i] + w[3][i]
		// Insertion sort: pools are few, and it keeps ties in the order of their numbers.
		j := i
		for ; j > 0 && s.factor3[s.order[j-1]] > s.factor3[i]; j-- {
			s.order[j] = s.order[j-1]
		}
		s.order[j] = ID(i)
	}
}

// orWithRoom returns pick, or if it has no room the idlest pool that has.
func (s *idleness) orWithRoom(pick ID, r Request, v View) ID {
	if v.Pools[pick].hasRoom(&r) {
		return pick
	}
	for _, c := range s.order {
		if v.Pools[c].hasRoom(&r) {
			return c
		}
	}
	return pick
}
