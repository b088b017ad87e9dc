package cache_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/dmemsys/dmemsys/dmem/cache"
	"github.com/dmemsys/dmemsys/dmem/units"
)

func mustNew(t testing.TB, c cache.Config) *cache.Array {
	t.Helper()
	a, err := cache.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// shape is an array of so many sets and ways.
func shape(sets, ways int, r cache.Replacement) cache.Config {
	return cache.Config{Size: units.Bytes(sets*ways) * 64, Line: 64, Ways: ways, Replacement: r, Seed: 7}
}

func storeIf(store bool) cache.Op {
	if store {
		return cache.Store
	}
	return cache.Load
}

// TestDifferential compares the array with the naive one, operation by operation, over
// every policy and many shapes.
func TestDifferential(t *testing.T) {
	seed := uint64(0)
	for _, r := range []cache.Replacement{cache.RoundRobin, cache.LRU, cache.Random} {
		for _, w := range []cache.Writing{cache.WriteBack, cache.WriteThrough} {
			for _, ways := range []int{1, 2, 3, 4, 8, 16} {
				for _, sets := range []int{1, 2, 16} {
					c := shape(sets, ways, r)
					c.Writing = w
					seed++
					c.Seed = seed
					t.Run(fmt.Sprint(r, w, sets, "x", ways), func(t *testing.T) { differ(t, c, 20_000) })
				}
			}
		}
	}
}

func differ(t *testing.T, c cache.Config, steps int) {
	a, n := mustNew(t, c), newNaive(c)
	rng := rand.New(rand.NewPCG(c.Seed, 1))
	span := 3 * c.Lines() // keys in use: hits and misses are both common
	far := cache.Key(rng.Uint64N(1 << 40))
	for i := range steps {
		k := cache.Key(rng.Uint64N(span))
		if rng.IntN(3) == 0 { // skewed towards a few lines
			k %= cache.Key(c.Lines())/2 + 1
		}
		if rng.IntN(50) == 0 {
			k = cache.MaxKey - k
		} else {
			k += far
		}
		var got, want any
		switch op := rng.IntN(20); {
		case op < 14:
			o := cache.Op(op % 3)
			g := o != cache.Own && a.Quick(k, o)
			if g {
				a.Count(uint64(1-o), uint64(o))
			} else {
				g = a.Lookup(k, o)
			}
			got, want = g, n.lookup(k, o)
			if !g && rng.IntN(4) > 0 {
				dirty := o == cache.Store && c.Writing == cache.WriteBack
				got, want = a.Insert(k, dirty), n.insert(k, dirty)
			}
		case op < 16:
			got, want = a.WriteBack(k), n.writeBack(k)
		case op < 17:
			got, want = a.Clean(k), n.clean(k)
		case op < 18:
			gr, gd := a.Drop(k)
			wr, wd := n.drop(k)
			got, want = [2]bool{gr, gd}, [2]bool{wr, wd}
		default:
			gr, gd := a.Contains(k)
			l := n.line(k)
			got, want = [2]bool{gr, gd}, [2]bool{l != nil, l != nil && l.dirty}
		}
		if got != want {
			t.Fatalf("step %d, key %#x: %v, want %v", i, uint64(k), got, want)
		}
		if a.Stats() != n.stats {
			t.Fatalf("step %d: %+v, want %+v", i, a.Stats(), n.stats)
		}
		if i%500 == 0 && a.Resident() != n.resident() {
			t.Fatalf("step %d: %d lines resident, want %d", i, a.Resident(), n.resident())
		}
	}
	s := a.Stats()
	if s.Hits() == 0 || s.Misses() == 0 || s.Evictions == 0 || s.Drops == 0 {
		t.Errorf("the operations missed a case: %+v", s)
	}
}

// TestConservation: what came in and has not left is there.
func TestConservation(t *testing.T) {
	for _, r := range []cache.Replacement{cache.RoundRobin, cache.LRU, cache.Random} {
		for _, m := range []cache.StoreMiss{cache.Allocate, cache.NoAllocate} {
			c := shape(8, 4, r)
			c.StoreMiss = m
			a := mustNew(t, c)
			rng := rand.New(rand.NewPCG(3, uint64(r)))
			for range 50_000 {
				a.Access(cache.Key(rng.Uint64N(100)), storeIf(rng.IntN(3) == 0))
			}
			s := a.Stats()
			if s.Fills-s.Evictions-s.Drops != uint64(a.Resident()) || a.Resident() != 32 {
				t.Errorf("%v: %d resident after %+v", r, a.Resident(), s)
			}
			fills := s.Misses()
			if m == cache.NoAllocate {
				fills = s.LoadMisses
			}
			if s.Lookups() != 50_000 || s.Fills != fills {
				t.Errorf("%v, %v: %+v: want 50000 lookups and %d fills", r, m, s, fills)
			}
			if s.WriteBacks > s.Stores() || s.WriteBacks > s.Evictions || s.WriteBacks == 0 {
				t.Errorf("%v: more write-backs than stores or evictions, or none: %+v", r, s)
			}
		}
	}
}

// TestStackProperty: under LRU a cache with more ways and equal sets holds all that one
// with fewer does, after every access.
func TestStackProperty(t *testing.T) {
	const sets = 4
	var arrays []*cache.Array
	for ways := 1; ways <= 16; ways *= 2 {
		arrays = append(arrays, mustNew(t, shape(sets, ways, cache.LRU)))
	}
	rng := rand.New(rand.NewPCG(5, 5))
	for i := range 20_000 {
		k := cache.Key(rng.ExpFloat64() * 25)
		below := false
		for j, a := range arrays {
			hit, _ := a.Access(k, cache.Load)
			if below && !hit {
				t.Fatalf("access %d: key %d hits with %d ways and misses with %d", i, k, 1<<(j-1), 1<<j)
			}
			below = hit
		}
	}
	for _, a := range arrays[:len(arrays)-1] {
		for k := range cache.Key(400) {
			small, _ := a.Contains(k)
			large, _ := arrays[len(arrays)-1].Contains(k)
			if small && !large {
				t.Errorf("key %d is in a cache of %d ways and not in that of 16", k, a.Config().Ways)
			}
		}
	}
}

// TestFootprintFits: a cache as large as the footprint misses each line once, whatever its
// policy and the order.
func TestFootprintFits(t *testing.T) {
	for _, r := range []cache.Replacement{cache.RoundRobin, cache.LRU, cache.Random} {
		c := shape(16, 4, r)
		a := mustNew(t, c)
		rng := rand.New(rand.NewPCG(9, 9))
		first := cache.Key(1 << 30)
		for range 5000 {
			a.Access(first+cache.Key(rng.Uint64N(c.Lines())), storeIf(rng.IntN(2) == 0))
		}
		if s := a.Stats(); s.Misses() != c.Lines() || s.Evictions != 0 {
			t.Errorf("%v: %d misses and %d evictions, want %d and 0", r, s.Misses(), s.Evictions, c.Lines())
		}
	}
}

// TestRandomIsUniform: each way is the victim about equally often, another seed gives
// another order, the same seed the same.
func TestRandomIsUniform(t *testing.T) {
	victims := func(seed uint64) (order []cache.Key) {
		c := shape(1, 8, cache.Random)
		c.Seed = seed
		a := mustNew(t, c)
		for k := range cache.Key(8008) {
			if v := a.Insert(k, false); v.Valid {
				order = append(order, v.Key)
			}
		}
		return order
	}
	order := victims(1)
	age := 0.0 // in insertions; geometric with mean 8 if uniform
	for i, k := range order {
		age += float64(i+8) - float64(k)
	}
	if mean := age / float64(len(order)); mean < 7.5 || mean > 8.5 {
		t.Errorf("a line lives %.2f insertions, want about 8", mean)
	}
	if fmt.Sprint(victims(1)) != fmt.Sprint(order) {
		t.Error("the same seed gave another order")
	}
	if fmt.Sprint(victims(2)) == fmt.Sprint(order) {
		t.Error("another seed gave the same order")
	}
}
