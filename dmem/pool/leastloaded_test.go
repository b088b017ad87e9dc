package pool_test

import (
	"testing"

	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/pool"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// TestLeastLoadedInTurn: nodes that start together get their chunks in turn, and a full pool
// is passed over.
func TestLeastLoadedInTurn(t *testing.T) {
	for _, p := range []pool.Policy{pool.LeastLoaded, pool.RoundRobinSkip} {
		s := newSelector(p, 3)
		for k, want := range []pool.ID{0, 1, 2, 0, 1, 2, 0} {
			if got := s.Select(pool.Request{Node: mem.NodeID(k), Size: chunk}, view([]uint64{0, 0, 0}, []int{9, 9, 9})); got != want {
				t.Errorf("%s: grant %d: got pool %d, want %d", p.Name, k, got, want)
			}
		}
		if got := s.Select(pool.Request{Node: 7, Size: chunk}, view([]uint64{0, 0, 0}, []int{9, 0, 9})); got != 2 {
			t.Errorf("%s: got pool %d, want 2, the least loaded with room", p.Name, got)
		}
	}
}

// TestLeastLoadedBooks: of four nodes with rates of 8, 1, 1 and 1 on two pools, the fast one
// ends alone, also when all ask at one time: each grant is booked at once.
func TestLeastLoadedBooks(t *testing.T) {
	s := newSelector(pool.LeastLoaded, 2)
	rates := []float64{8, 1, 1, 1}
	at := make([]pool.ID, 4)
	for round := range 30 {
		v := view([]uint64{0, 0}, []int{900, 900})
		v.Now = units.Time(round) * 10 * units.Microsecond
		for n := range rates {
			r := pool.Request{Node: mem.NodeID(n), Size: chunk}
			if round > 0 {
				r.NewestRate = rates[n]
			}
			if n == 0 && round > 0 {
				for i, pool := range at {
					v.Pools[pool].Window += uint64(10 * rates[i])
				}
			}
			at[n] = s.Select(r, v)
			v.Pools[0].Window, v.Pools[1].Window = 0, 0
		}
	}
	for n := 1; n < 4; n++ {
		if at[n] == at[0] {
			t.Errorf("after 30 rounds the nodes are at pools %v: want the first alone", at)
		}
	}
}

// TestLeastLoadedStays: a node whose traffic makes the difference between the pools stays
// where it is, instead of moving to and fro.
func TestLeastLoadedStays(t *testing.T) {
	s := newSelector(pool.LeastLoaded, 2)
	v := view([]uint64{0, 0}, []int{900, 900})
	first := s.Select(pool.Request{Size: chunk}, v)
	s.Select(pool.Request{Node: 1, Size: chunk}, v)
	for k := 1; k < 20; k++ {
		v.Now = units.Time(k) * units.Microsecond
		v.Pools[first].Window, v.Pools[1-first].Window = 20, 18
		if got := s.Select(pool.Request{Size: chunk, NewestRate: 20}, v); got != first {
			t.Fatalf("grant %d: pool %d, want %d again", k, got, first)
		}
	}
}
