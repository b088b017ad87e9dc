package pool_test

import (
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/dmemsys/dmemsys/dmem/pool"
	"github.com/dmemsys/dmemsys/dmem/units"
)

const chunk = 4 * units.MiB

func newSelector(p pool.Policy, pools int) pool.Selector {
	return p.New(pool.Env{NumPools: pools, NumNodes: 8, Rand: rand.New(rand.NewPCG(1, 1))})
}

// view makes a view of the windows; free is in chunks.
func view(windows []uint64, free []int) pool.View {
	v := pool.View{Pools: make([]pool.Stat, len(windows))}
	for i := range windows {
		v.Pools[i] = pool.Stat{Capacity: 10 * chunk, Free: units.Bytes(free[i]) * chunk, Window: windows[i]}
	}
	return v
}

type grant struct {
	windows []uint64
	free    []int
	want    pool.ID
}

func follow(t *testing.T, p pool.Policy, grants []grant) {
	t.Helper()
	s := newSelector(p, len(grants[0].windows))
	for k, g := range grants {
		if got := s.Select(pool.Request{Size: chunk}, view(g.windows, g.free)); got != g.want {
			t.Fatalf("%s: grant %d: got pool %d, want %d", p.Name, k+1, got, g.want)
		}
	}
}

// TestSmartIdleByHand works the definition through for four pools, so m = log2 4 = 2.
func TestSmartIdleByHand(t *testing.T) {
	follow(t, pool.SmartIdle, []grant{
		// The first four grants go round-robin, whatever the traffic.
		{[]uint64{0, 0, 0, 0}, []int{10, 10, 10, 10}, 0},
		{[]uint64{30, 0, 0, 0}, []int{9, 10, 10, 10}, 1},
		{[]uint64{30, 60, 0, 0}, []int{9, 9, 10, 10}, 2},
		{[]uint64{0, 0, 90, 0}, []int{9, 9, 9, 10}, 3},
		// Af: 12+(0+30+30)/3 = 32, 9+(0+60+0)/3 = 29, 0+(90+0+0)/3 = 30, 30+0 = 30.
		// Candidates 1 and 2 (2 before 3: tie, lower number); equally free: 1 has the lower Af.
		{[]uint64{12, 9, 0, 30}, []int{9, 9, 9, 9}, 1},
		// Af: (12+0+30)/3 = 14, (9+0+60)/3 = 23, (0+90+0)/3 = 30, (30+0+0)/3 = 10.
		// Candidates 3 and 0; equally free: 3 has the lower Af.
		{[]uint64{0, 0, 0, 0}, []int{9, 8, 9, 9}, 3},
		// Af: 5+12/3 = 9, 5+9/3 = 8, 5+90/3 = 35, 5+30/3 = 15.
		// Candidates 1 and 0; 0 has more free memory.
		{[]uint64{5, 5, 5, 5}, []int{9, 8, 9, 8}, 0},
		// Af: (5+0+12)/3 = 5.67, (5+0+9)/3 = 4.67, 51.67, 61.67. Candidates 1 and 0, equally free.
		{[]uint64{0, 0, 50, 50}, []int{8, 8, 9, 8}, 1},
	})
}

// TestSmartIdleReleasedByHand sends the same traffic to the released variant. Access
// factors and candidates are those of TestSmartIdleByHand.
func TestSmartIdleReleasedByHand(t *testing.T) {
	follow(t, pool.SmartIdleReleased, []grant{
		{[]uint64{0, 0, 0, 0}, []int{10, 10, 10, 10}, 0},
		{[]uint64{30, 0, 0, 0}, []int{9, 10, 10, 10}, 1},
		{[]uint64{30, 60, 0, 0}, []int{9, 9, 10, 10}, 2},
		{[]uint64{0, 0, 90, 0}, []int{9, 9, 9, 10}, 3},
		{[]uint64{12, 9, 0, 30}, []int{9, 9, 9, 9}, 2}, // candidates 1, 2; equally free: the later
		{[]uint64{0, 0, 0, 0}, []int{9, 9, 8, 9}, 0},   // candidates 3, 0; equally free: the later
		{[]uint64{5, 5, 5, 5}, []int{8, 9, 8, 9}, 1},   // candidates 1, 0; 1 is the freer
		{[]uint64{0, 0, 50, 50}, []int{8, 8, 8, 9}, 0}, // candidates 1, 0; 1 was taken last
	})
}

func TestSmartIdleReleasedLast(t *testing.T) {
	start := []grant{
		{[]uint64{0, 0, 0, 0}, []int{9, 9, 9, 9}, 0},
		{[]uint64{0, 0, 0, 0}, []int{9, 9, 9, 9}, 1},
		{[]uint64{0, 0, 0, 0}, []int{9, 9, 9, 9}, 2},
		{[]uint64{0, 0, 0, 0}, []int{9, 9, 9, 9}, 3},
	}
	// Pool 3 was taken last. It is the idlest and no other candidate is as free: kept.
	follow(t, pool.SmartIdleReleased, append(slices.Clone(start), grant{[]uint64{9, 9, 1, 0}, []int{9, 9, 5, 6}, 3}))
	// The other candidate is as free: taken instead.
	follow(t, pool.SmartIdleReleased, append(slices.Clone(start), grant{[]uint64{9, 9, 1, 0}, []int{9, 9, 6, 6}, 2}))
	// Pool 3 is not the idlest candidate but much the freest: skipped by the variant only.
	follow(t, pool.SmartIdleReleased, append(slices.Clone(start), grant{[]uint64{9, 9, 0, 1}, []int{9, 9, 2, 8}, 2}))
	follow(t, pool.SmartIdle, append(slices.Clone(start), grant{[]uint64{9, 9, 0, 1}, []int{9, 9, 2, 8}, 3}))
	// Two pools: m = 1, so the idlest is taken again and again.
	follow(t, pool.SmartIdleReleased, []grant{
		{[]uint64{0, 0}, []int{9, 9}, 0}, {[]uint64{0, 0}, []int{9, 9}, 1},
		{[]uint64{7, 0}, []int{9, 9}, 1}, {[]uint64{7, 0}, []int{9, 9}, 1}, {[]uint64{7, 0}, []int{9, 9}, 1},
	})
}

// TestSmartIdleMemory: a burst counts fully in its own window, a third in the next three,
// and then not at all. Two pools, m = 1.
func TestSmartIdleMemory(t *testing.T) {
	for _, p := range []pool.Policy{pool.SmartIdle, pool.SmartIdleReleased} {
		follow(t, p, []grant{
			{[]uint64{0, 0}, []int{9, 9}, 0},
			{[]uint64{0, 0}, []int{9, 9}, 1},
			{[]uint64{300, 299}, []int{9, 9}, 1}, // 300 against 299
			{[]uint64{0, 1}, []int{9, 9}, 0},     // 100 against 1+99.67
			{[]uint64{0, 1}, []int{9, 9}, 0},     // 100 against 1+(1+0+299)/3 = 101
			{[]uint64{0, 0}, []int{9, 9}, 0},     // 100 against (1+1+299)/3 = 100.33
			{[]uint64{1, 0}, []int{9, 9}, 1},     // forgotten: 1 against (0+1+1)/3 = 0.67
		})
	}
}

// TestSmartIdleExactMean: thirds are compared exactly. 5+2/3 against 5+1/3.
func TestSmartIdleExactMean(t *testing.T) {
	follow(t, pool.SmartIdle, []grant{
		{[]uint64{0, 0}, []int{9, 9}, 0}, {[]uint64{2, 1}, []int{9, 9}, 1}, {[]uint64{5, 5}, []int{9, 9}, 1},
	})
}

// TestSmartIdleCandidates finds m from outside: with traffic and free memory both growing
// with the number, the last candidate is taken.
func TestSmartIdleCandidates(t *testing.T) {
	for n, m := range map[int]pool.ID{1: 1, 2: 1, 3: 2, 4: 2, 5: 3, 6: 3, 8: 3, 9: 4, 16: 4, 17: 5, 64: 6} {
		s := newSelector(pool.SmartIdle, n)
		windows, free := make([]uint64, n), make([]int, n)
		for i := range n {
			windows[i], free[i] = uint64(i), i+1
		}
		for range n {
			s.Select(pool.Request{Size: chunk}, view(windows, free))
		}
		if got := s.Select(pool.Request{Size: chunk}, view(windows, free)); got != m-1 {
			t.Errorf("%d pools: got pool %d, want %d", n, got, m-1)
		}
	}
}

// TestSmartIdleFull: candidates without room give way to the idlest pool with room.
func TestSmartIdleFull(t *testing.T) {
	for _, p := range []pool.Policy{pool.SmartIdle, pool.SmartIdleReleased} {
		follow(t, p, []grant{
			{[]uint64{0, 0, 0, 0}, []int{0, 9, 9, 9}, 1}, // round-robin skips, too
			{[]uint64{0, 0, 0, 0}, []int{0, 9, 9, 9}, 2},
			{[]uint64{0, 0, 0, 0}, []int{0, 9, 9, 9}, 3},
			{[]uint64{0, 0, 0, 0}, []int{0, 9, 9, 9}, 1},
			{[]uint64{0, 1, 3, 2}, []int{0, 0, 9, 4}, 3},
			{[]uint64{0, 1, 3, 2}, []int{0, 0, 1, 0}, 2},
		})
	}
}

// TestSmartIdleDefinition compares with the definition, written down with fractions and a
// stable sort, on random traffic.
func TestSmartIdleDefinition(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 7))
	for range 300 {
		n := 1 + rng.IntN(16)
		m := 1
		for 1<<m < n {
			m++
		}
		s := newSelector(pool.SmartIdle, n)
		var history [][]uint64 // latest first
		for k := range 40 {
			windows, free := make([]uint64, n), make([]int, n)
			for i := range n {
				windows[i], free[i] = rng.Uint64N(6), 1+rng.IntN(3) // small numbers: many ties
			}
			history = append([][]uint64{windows}, history...)
			want := k
			if k >= n {
				af := make([]*big.Rat, n)
				order := make([]int, n)
				for i := range n {
					var past int64
					for _, w := range history[1:min(4, len(history))] {
						past += int64(w[i])
					}
					af[i] = new(big.Rat).Add(big.NewRat(int64(windows[i]), 1), big.NewRat(past, 3))
					order[i] = i
				}
				slices.SortStableFunc(order, func(a, b int) int { return af[a].Cmp(af[b]) })
				want = slices.MaxFunc(order[:m], func(a, b int) int { return free[a] - free[b] })
			}
			if got := s.Select(pool.Request{Size: chunk}, view(windows, free)); int(got) != want {
				t.Fatalf("%d pools, grant %d: got pool %d, want %d", n, k+1, got, want)
			}
		}
	}
}
