package manager_test

import (
	"errors"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/dmemsys/dmemsys/dmem/manager"
	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/pool"
	"github.com/dmemsys/dmemsys/dmem/units"
)

const (
	page  = 4 * units.KiB
	chunk = 4 * units.MiB
)

func config(p pool.Policy, pools ...units.Bytes) manager.Config {
	return manager.Config{Nodes: 4, LocalMemory: 16 * units.MiB, Chunk: chunk, PageSize: page, PoolCapacity: pools, Policy: p, Seed: 1}
}

func newManager(t testing.TB, c manager.Config) *manager.Manager {
	t.Helper()
	m, err := manager.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// always is a policy that names one pool.
func always(id pool.ID) pool.Policy {
	return pool.Policy{Name: "always", AllowFull: true, New: func(pool.Env) pool.Selector {
		return pool.SelectorFunc(func(pool.Request, pool.View) pool.ID { return id })
	}}
}

func TestNodeMap(t *testing.T) {
	c := config(pool.RoundRobin, 8*units.MiB, 8*units.MiB)
	c.LocalMemory = 2 * page
	m := newManager(t, c)
	n := m.Node(2)
	for _, want := range []mem.PAddr{0, 0x1000} {
		if a, ok := n.LocalFrame(); !ok || a != want || n.Remote(a) {
			t.Errorf("got %#x, %v, want %#x", a, ok, want)
		}
	}
	if _, ok := n.LocalFrame(); ok || n.LocalFree() != 0 || n.LocalCapacity() != 2*page {
		t.Errorf("local memory: %v free of %v", n.LocalFree(), n.LocalCapacity())
	}
	if _, ok := n.RemoteFrame(); ok {
		t.Error("a remote frame without a chunk")
	}
	traffic := make([]manager.PoolTraffic, 2)
	for _, node := range []mem.NodeID{0, 2, 1, 2} { // node 2 gets pool 1 at 0 and pool 1 at 4 MiB
		if _, err := m.Grant(0, node, traffic); err != nil {
			t.Fatal(err)
		}
	}
	if n.RemoteGranted() != 2*chunk || n.RemoteFree() != 2*chunk || n.Chunks(1) != 2 || n.Chunks(0) != 0 || n.Chunks(9) != 0 {
		t.Errorf("granted %v, free %v", n.RemoteGranted(), n.RemoteFree())
	}
	for i := range uint64(2 * chunk / page) {
		a, ok := n.RemoteFrame()
		if !ok || a != mem.PAddr(0x2000+i*0x1000) || !n.Remote(a) {
			t.Fatalf("remote frame %d: got %#x, %v", i, a, ok)
		}
	}
	if _, ok := n.RemoteFrame(); ok || n.RemoteFree() != 0 {
		t.Error("more remote frames than granted")
	}
	for _, c := range []struct{ a, want mem.PAddr }{{0x2000, 0}, {0x2040, 0x40}, {0x401fff, 0x3fffff}, {0x402000, 0x400000}, {0x801fff, 0x7fffff}} {
		if p, a := n.Resolve(c.a); p != 1 || a != c.want {
			t.Errorf("Resolve(%#x) = %d, %#x, want 1, %#x", c.a, p, a, c.want)
		}
	}
	if m.Node(4) != nil || m.Free(2) != 0 || m.Free(0) != 0 || m.Free(1) != 0 {
		t.Error("nodes and pools out of range, or free memory")
	}
	if err := m.CheckConservation(); err != nil {
		t.Error(err)
	}
}

// TestWindow: a window is the accesses since the last grant of any node, and the policy
// sees the whole rack.
func TestWindow(t *testing.T) {
	var views []pool.View
	var requests []pool.Request
	spy := pool.Policy{Name: "spy", New: func(e pool.Env) pool.Selector {
		if e.NumPools != 2 || e.NumNodes != 4 || e.Rand == nil {
			t.Errorf("got %+v", e)
		}
		return pool.SelectorFunc(func(r pool.Request, v pool.View) pool.ID {
			views = append(views, pool.View{Now: v.Now, Pools: slices.Clone(v.Pools)})
			kept := r
			kept.Granted = slices.Clone(r.Granted)
			requests = append(requests, kept)
			for i := range v.Pools { // a scratch copy: no effect
				v.Pools[i] = pool.Stat{}
				r.Granted[i] = 99
			}
			return 1
		})
	}}
	m := newManager(t, config(spy, 8*units.MiB, 16*units.MiB))
	m.Node(3).SetRate(2.5)
	m.Node(3).SetNewestRate(1.5, 7)
	for _, g := range []struct {
		now    units.Time
		node   mem.NodeID
		totals [2]uint64
		want   []uint64
	}{
		{10, 0, [2]uint64{5, 7}, []uint64{5, 7}},
		{20, 3, [2]uint64{5, 9}, []uint64{0, 2}},
		{20, 3, [2]uint64{105, 9}, []uint64{100, 0}},
	} {
		got, err := m.Grant(g.now, g.node, []manager.PoolTraffic{{Total: g.totals[0], InFlight: 3, QueueDelay: 8}, {Total: g.totals[1]}})
		if err != nil || !slices.Equal(got.Window, g.want) || got.At != g.now || got.Node != g.node {
			t.Errorf("got %+v, %v, want window %v", got, err, g.want)
		}
	}
	wantView := pool.View{Now: 20, Pools: []pool.Stat{
		{Capacity: 8 * units.MiB, Free: 8 * units.MiB, InFlight: 3, Window: 100, Total: 105, QueueDelay: 8},
		{Capacity: 16 * units.MiB, Free: 8 * units.MiB, Window: 0, Total: 9},
	}}
	if !reflect.DeepEqual(views[2], wantView) {
		t.Errorf("got %+v, want %+v", views[2], wantView)
	}
	wantRequest := pool.Request{Node: 3, Size: chunk, Granted: []uint32{0, 1}, Rate: 2.5, NewestRate: 1.5, Idle: 7}
	if !reflect.DeepEqual(requests[2], wantRequest) {
		t.Errorf("got %+v, want %+v", requests[2], wantRequest)
	}
	log := m.Log()
	for k, want := range [][]uint64{{5, 7}, {0, 2}, {100, 0}} {
		if log[k].Seq != k || !slices.Equal(log[k].Window, want) || log[k].Base != mem.PAddr(k)*mem.PAddr(chunk) {
			t.Errorf("log entry %d: %+v, want window %v", k, log[k], want)
		}
	}
	log[0].Window[0] = 99
	log[1].Pool = 0
	if again := m.Log(); again[0].Window[0] != 5 || again[1].Pool != 1 {
		t.Error("the log is not a copy")
	}
}

// TestSmartIdle walks one grant of smart-idle through the manager's counters: two pools,
// so m = 1 and the pool of least access factor is taken.
func TestSmartIdle(t *testing.T) {
	m := newManager(t, config(pool.SmartIdle, units.GiB, units.GiB))
	for k, g := range []struct {
		totals [2]uint64
		want   mem.PoolID
	}{
		{[2]uint64{0, 0}, 0},
		{[2]uint64{90, 0}, 1},
		{[2]uint64{90, 40}, 0},  // 0+90/3 = 30 against 40
		{[2]uint64{110, 40}, 1}, // 20+90/3 = 50 against 0+40/3 = 13.3
	} {
		got, err := m.Grant(units.Time(k), 0, []manager.PoolTraffic{{Total: g.totals[0]}, {Total: g.totals[1]}})
		if err != nil || got.Pool != g.want || got.Chosen != g.want {
			t.Errorf("grant %d: got %+v, %v, want pool %d", k, got, err, g.want)
		}
	}
}

func TestFallThrough(t *testing.T) {
	m := newManager(t, config(always(2), chunk, 2*chunk, chunk))
	traffic := make([]manager.PoolTraffic, 3)
	for k, want := range []mem.PoolID{2, 0, 1, 1} {
		g, err := m.Grant(0, 3, traffic)
		if err != nil || g.Pool != want || g.Chosen != 2 {
			t.Errorf("grant %d: got %+v, %v, want pool %d", k, g, err, want)
		}
	}
	_, err := m.Grant(0, 3, traffic)
	const want = "manager: node 3 asks 4MiB, pool 0 has 0B free of 4MiB, pool 1 has 0B free of 8MiB, pool 2 has 0B free of 4MiB: no space"
	if !errors.Is(err, manager.ErrNoSpace) || err.Error() != want {
		t.Errorf("got %v\nwant %s", err, want)
	}
	if len(m.Log()) != 4 {
		t.Errorf("%d grants in the log, want 4", len(m.Log()))
	}
	if err := m.CheckConservation(); err != nil {
		t.Error(err)
	}
}

func TestGrantErrors(t *testing.T) {
	traffic := make([]manager.PoolTraffic, 2)
	_, err := newManager(t, config(always(2), chunk, chunk)).Grant(0, 0, traffic)
	var bad *pool.SelectError
	if !errors.As(err, &bad) || *bad != (pool.SelectError{Policy: "always", Got: 2, NumPools: 2}) {
		t.Errorf("got %v", err)
	}

	m := newManager(t, config(pool.RoundRobin, 8*chunk, 8*chunk))
	if _, err := m.Grant(100, 0, []manager.PoolTraffic{{Total: 5}, {Total: 6}}); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		now     units.Time
		node    mem.NodeID
		traffic []manager.PoolTraffic
		want    string
	}{
		{100, 4, []manager.PoolTraffic{{Total: 5}, {Total: 6}}, "node 4"},
		{100, 0, []manager.PoolTraffic{{Total: 5}}, "want 2"},
		{99, 0, []manager.PoolTraffic{{Total: 5}, {Total: 6}}, "100ps"},
		{100, 0, []manager.PoolTraffic{{Total: 5}, {Total: 5}}, "pool 1"},
	} {
		if _, err := m.Grant(c.now, c.node, c.traffic); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want an error that says %s", err, c.want)
		}
	}
	if len(m.Log()) != 1 || m.Free(0) != 7*chunk {
		t.Error("a refused grant left its mark")
	}
	none := pool.Policy{Name: "none", New: func(pool.Env) pool.Selector { return nil }}
	if _, err := manager.New(config(none, chunk)); err == nil || !strings.Contains(err.Error(), `"none"`) {
		t.Errorf("got %v", err)
	}
}

func TestValidate(t *testing.T) {
	c := manager.Config{Nodes: 0, LocalMemory: 100, Chunk: 6 * units.MiB, PageSize: page, PoolCapacity: []units.Bytes{chunk, 0}}
	_, err := manager.New(c)
	for _, part := range []string{"manager.nodes", "manager.local_memory", "manager.chunk", "manager.pool_capacity[1]", "manager.policy", "4KiB"} {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("got %v, want it to say %s", err, part)
		}
	}
	var field *units.FieldError
	if !errors.As(err, &field) {
		t.Errorf("%T holds no FieldError", err)
	}
	for what, change := range map[string]func(*manager.Config){
		"manager.page_size":                  func(c *manager.Config) { c.PageSize = 0 },
		"manager.chunk":                      func(c *manager.Config) { c.Chunk = 2 * units.KiB },
		"manager.pool_capacity = 0 pools":    func(c *manager.Config) { c.PoolCapacity = nil },
		"multiple of the chunk (4MiB)":       func(c *manager.Config) { c.PoolCapacity = []units.Bytes{5 * units.MiB} },
		"manager.local_memory = 9000000TiB":  func(c *manager.Config) { c.LocalMemory = 9_000_000 * units.TiB },
		"manager.pool_capacity[0] = 2048TiB": func(c *manager.Config) { c.PoolCapacity[0] = 2048 * units.TiB },
		"manager.nodes = 70000":              func(c *manager.Config) { c.Nodes = 70000 },
	} {
		c := config(pool.Random, chunk)
		change(&c)
		if err := c.Validate(); err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("got %v, want %s", err, what)
		}
	}
	if err := config(pool.Random, chunk).Validate(); err != nil {
		t.Error(err)
	}
}

// TestRandomOperations grants and hands out pages at random until every pool is full, and
// compares Resolve with the grants. No two pages of the rack share a place in a pool.
func TestRandomOperations(t *testing.T) {
	type at struct {
		pool mem.PoolID
		addr mem.PAddr
	}
	for _, p := range []pool.Policy{pool.Random, pool.RoundRobin, pool.PerNodeRoundRobin, pool.SmartIdle, pool.SmartIdleReleased, pool.MostFree} {
		rng := rand.New(rand.NewPCG(11, 11))
		c := manager.Config{
			Nodes: 5, LocalMemory: 9 * page, Chunk: 16 * page, PageSize: page,
			PoolCapacity: []units.Bytes{64 * page, 160 * page, 320 * page, 16 * page}, Policy: p, Seed: 5,
		}
		m := newManager(t, c)
		traffic := make([]manager.PoolTraffic, 4)
		var now units.Time
		taken := make(map[at]mem.NodeID)
		for {
			node := mem.NodeID(rng.IntN(5))
			n := m.Node(node)
			now += units.Time(rng.IntN(9))
			traffic[rng.IntN(4)].Total += rng.Uint64N(50)
			n.LocalFrame()
			a, ok := n.RemoteFrame()
			if !ok {
				g, err := m.Grant(now, node, traffic)
				if errors.Is(err, manager.ErrNoSpace) {
					break
				}
				if err != nil || g.Pool != g.Chosen {
					t.Fatalf("%s: got %+v, %v", p.Name, g, err)
				}
				if a, ok = n.RemoteFrame(); !ok {
					t.Fatalf("%s: no frame in a new chunk", p.Name)
				}
				if q, b := n.Resolve(a); q != g.Pool || b != g.Base {
					t.Fatalf("%s: first page of the chunk resolves to pool %d, %#x, want %d, %#x", p.Name, q, b, g.Pool, g.Base)
				}
			}
			q, b := n.Resolve(a)
			if q2, b2 := n.Resolve(a + mem.PAddr(page) - 1); q2 != q || b2 != b+mem.PAddr(page)-1 {
				t.Fatalf("%s: a page is torn", p.Name)
			}
			if other, twice := taken[at{q, b}]; twice {
				t.Fatalf("%s: pool %d, %#x belongs to nodes %d and %d", p.Name, q, b, other, node)
			}
			taken[at{q, b}] = node
			if err := m.CheckConservation(); err != nil {
				t.Fatalf("%s: %v", p.Name, err)
			}
		}
		if len(m.Log()) != 35 { // (64+160+320+16)/16
			t.Errorf("%s: %d grants, want 35", p.Name, len(m.Log()))
		}
	}
}

// grants plays a fixed demand and returns the log.
func grants(t *testing.T, c manager.Config, label func(mem.NodeID) mem.NodeID) []manager.GrantRecord {
	t.Helper()
	m := newManager(t, c)
	rng := rand.New(rand.NewPCG(2, 2))
	traffic := make([]manager.PoolTraffic, len(c.PoolCapacity))
	for k := range 40 {
		for i := range traffic {
			traffic[i].Total += rng.Uint64N(1000)
		}
		if _, err := m.Grant(units.Time(k), label(mem.NodeID(rng.IntN(c.Nodes))), traffic); err != nil {
			t.Fatal(err)
		}
	}
	return m.Log()
}

func itself(n mem.NodeID) mem.NodeID { return n }

// TestOnePool: with one pool all policies give identical grants.
func TestOnePool(t *testing.T) {
	want := grants(t, config(pool.Random, units.GiB), itself)
	for _, p := range []pool.Policy{pool.RoundRobin, pool.PerNodeRoundRobin, pool.SmartIdle, pool.SmartIdleReleased, pool.MostFree} {
		if got := grants(t, config(p, units.GiB), itself); !reflect.DeepEqual(got, want) {
			t.Errorf("%s differs from random", p.Name)
		}
	}
}

// TestRelabelNodes: other numbers for the nodes give the same grants to the other numbers.
func TestRelabelNodes(t *testing.T) {
	rotate := func(n mem.NodeID) mem.NodeID { return (n + 1) % 4 }
	for _, p := range []pool.Policy{pool.Random, pool.RoundRobin, pool.PerNodeRoundRobin, pool.SmartIdle, pool.SmartIdleReleased, pool.MostFree} {
		c := config(p, units.GiB, units.GiB, units.GiB)
		want, got := grants(t, c, itself), grants(t, c, rotate)
		for k := range want {
			want[k].Node = rotate(want[k].Node)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s depends on the numbers of the nodes", p.Name)
		}
	}
}

// TestSeed: the same seed gives the same grants, another seed others.
func TestSeed(t *testing.T) {
	c := config(pool.Random, units.GiB, units.GiB, units.GiB)
	a, b := grants(t, c, itself), grants(t, c, itself)
	c.Seed = 2
	other := grants(t, c, itself)
	if !reflect.DeepEqual(a, b) || reflect.DeepEqual(a, other) {
		t.Errorf("same seed same grants: %v; another seed same grants: %v", reflect.DeepEqual(a, b), reflect.DeepEqual(a, other))
	}
}
