package pool_test

import (
	"math/rand/v2"
	"testing"

	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/pool"
	"github.com/dmemsys/dmemsys/dmem/pool/pooltest"
)

var builtins = []pool.Policy{
	pool.Random, pool.RoundRobin, pool.PerNodeRoundRobin,
	pool.SmartIdle, pool.SmartIdleReleased, pool.MostFree,
	pool.LeastLoaded, pool.RoundRobinSkip,
}

func TestConformance(t *testing.T) {
	for _, p := range builtins {
		t.Run(p.Name, func(t *testing.T) { pooltest.Run(t, p) })
	}
}

func TestRoundRobin(t *testing.T) {
	s, plenty := newSelector(pool.RoundRobin, 3), []int{9, 9, 9}
	for k, free := range [][]int{plenty, plenty, plenty, plenty, {9, 0, 9}, plenty, {0, 9, 0}, {0, 0, 0}, plenty} {
		want := []pool.ID{0, 1, 2, 0, 2, 0, 1, 2, 0}[k]
		r := pool.Request{Node: mem.NodeID(k % 2), Size: chunk}
		if got := s.Select(r, view([]uint64{0, 0, 0}, free)); got != want {
			t.Errorf("grant %d, free %v: got pool %d, want %d", k, free, got, want)
		}
	}
}

func TestPerNodeRoundRobin(t *testing.T) {
	s := newSelector(pool.PerNodeRoundRobin, 3)
	for k, node := range []mem.NodeID{0, 0, 5, 0, 5, 0, 7} {
		want := []pool.ID{0, 1, 0, 2, 1, 0, 0}[k]
		if got := s.Select(pool.Request{Node: node, Size: chunk}, view([]uint64{0, 0, 0}, []int{9, 9, 9})); got != want {
			t.Errorf("grant %d to node %d: got pool %d, want %d", k, node, got, want)
		}
	}
}

func TestMostFree(t *testing.T) {
	s := newSelector(pool.MostFree, 4)
	for _, c := range []struct {
		free []int
		want pool.ID
	}{{[]int{1, 2, 3, 4}, 3}, {[]int{5, 2, 5, 4}, 0}, {[]int{0, 0, 0, 0}, 0}, {[]int{1, 7, 7, 7}, 1}} {
		if got := s.Select(pool.Request{Size: chunk}, view([]uint64{9, 0, 0, 0}, c.free)); got != c.want {
			t.Errorf("free %v: got pool %d, want %d", c.free, got, c.want)
		}
	}
}

// TestRandomUniform: each pool with room gets its share within five standard deviations,
// those without get nothing.
func TestRandomUniform(t *testing.T) {
	const draws = 60_000
	for _, free := range [][]int{{1, 1, 1, 1, 1, 1}, {1, 0, 9, 0, 1, 0}} {
		s := newSelector(pool.Random, len(free))
		var count [6]float64
		v := view(make([]uint64, len(free)), free)
		for range draws {
			count[s.Select(pool.Request{Size: chunk}, v)]++
		}
		with := 0
		for _, f := range free {
			with += min(f, 1)
		}
		for i, got := range count {
			want := float64(draws/with) * float64(min(free[i], 1))
			if got < 0.95*want || got > 1.05*want {
				t.Errorf("free %v: pool %d got %v of %d draws, want about %v", free, i, got, draws, want)
			}
		}
	}
}

// TestOnePool: with one pool all policies are the same.
func TestOnePool(t *testing.T) {
	for _, p := range builtins {
		s := newSelector(p, 1)
		for k := range 20 {
			r := pool.Request{Node: mem.NodeID(k % 3), Size: chunk}
			if got := s.Select(r, view([]uint64{uint64(k)}, []int{20 - k})); got != 0 {
				t.Errorf("%s: got pool %d of one", p.Name, got)
			}
		}
	}
}

// TestRelabelPools: where nothing is tied, giving the pools other numbers gives the answer
// the other number.
func TestRelabelPools(t *testing.T) {
	const n = 7
	for _, p := range []pool.Policy{pool.SmartIdle, pool.SmartIdleReleased, pool.MostFree} {
		rng := rand.New(rand.NewPCG(3, 3))
		for range 100 {
			label := rng.Perm(n)
			a, b := newSelector(p, n), newSelector(p, n)
			for k := range n { // the round-robin start; pool n-1 taken last must keep its number
				if label[k] == n-1 {
					label[k], label[n-1] = label[n-1], n-1
				}
			}
			for k := range 30 {
				windows, free := make([]uint64, n), rng.Perm(n)
				windows2, free2 := make([]uint64, n), make([]int, n)
				for i := range n {
					windows[i], free[i] = rng.Uint64N(1<<40), free[i]+1
					windows2[label[i]], free2[label[i]] = windows[i], free[i]
				}
				x := a.Select(pool.Request{Size: chunk}, view(windows, free))
				y := b.Select(pool.Request{Size: chunk}, view(windows2, free2))
				if (k >= n || p.Name == pool.MostFree.Name) && label[x] != int(y) {
					t.Fatalf("%s: grant %d: pool %d, and relabelled %d: want %d", p.Name, k, x, y, label[x])
				}
			}
		}
	}
}

// TestRelabelNodes: no policy depends on the numbers of the nodes.
func TestRelabelNodes(t *testing.T) {
	for _, p := range builtins {
		rng := rand.New(rand.NewPCG(4, 4))
		label := rng.Perm(8)
		a, b := newSelector(p, 5), newSelector(p, 5)
		for k := range 200 {
			windows, free := make([]uint64, 5), make([]int, 5)
			for i := range free {
				windows[i], free[i] = rng.Uint64N(9), 1+rng.IntN(9)
			}
			node := rng.IntN(8)
			x := a.Select(pool.Request{Node: mem.NodeID(node), Size: chunk}, view(windows, free))
			y := b.Select(pool.Request{Node: mem.NodeID(label[node]), Size: chunk}, view(windows, free))
			if x != y {
				t.Fatalf("%s: grant %d: pool %d, and with nodes relabelled %d", p.Name, k, x, y)
			}
		}
	}
}

func BenchmarkSelect(b *testing.B) {
	for _, p := range builtins {
		b.Run(p.Name, func(b *testing.B) {
			s := newSelector(p, 6)
			v := view([]uint64{5, 3, 8, 1, 9, 2}, []int{9, 8, 9, 8, 9, 8})
			b.ReportAllocs()
			for b.Loop() {
				v.Pools[3].Window++
				s.Select(pool.Request{Size: chunk}, v)
			}
		})
	}
}
