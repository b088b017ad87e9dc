package dmem_test

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"github.com/dmemsys/dmemsys/dmem"
	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/place"
	"github.com/dmemsys/dmemsys/dmem/pool"
	"github.com/dmemsys/dmemsys/dmem/trace"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// TestUnloadedAccess sends lone accesses through a whole run. Request and response take what
// the delays of Table II sum to by hand; the DRAM takes, from the first memory cycle after
// the request's arrival, 41 cycles for a read (power-up 4, tRCD 16, tCMD 1, CL 16, burst 4)
// and 39 for a write (4, 16, WL 15, 4).
func TestUnloadedAccess(t *testing.T) {
	for _, x := range []struct {
		kind              trace.Kind
		request, response units.Time
		cycles            units.Cycles
	}{
		{trace.LoadFill, 85_240, 95_480, 41},
		{trace.StoreFill, 85_240, 95_480, 41},
		{trace.WriteBack, 95_480, 85_240, 39},
	} {
		for _, loop := range []dmem.Loop{dmem.Open, dmem.Closed} {
			for _, where := range []place.Policy{place.AllRemote, place.AllLocal} {
				t.Run(fmt.Sprintf("%v/%v/%v", x.kind, loop, where), func(t *testing.T) {
					rng := rand.New(rand.NewPCG(3, 4))
					var ms []trace.Miss
					for i := range 300 {
						// A refresh is due every 7.8025 us, 9363 cycles, and takes 312: stay clear of it.
						at := int64(i+1)*7_802_500 + 800_000 + rng.Int64N(6_500_000)
						ms = append(ms, trace.Miss{Cycle: units.Cycles(at), Addr: mem.VAddr(rng.IntN(1 << 22)).Line(), Kind: x.kind})
					}
					c := dmem.Small()
					c.Nodes, c.Pools, c.PoolMemory = 1, 1, 2*units.GiB
					c.Placement, c.Replay.Loop, c.Replay.WriteBacks = where, loop, true
					c.Workloads = []dmem.Workload{{Name: "lone", Trace: writeTrace(t, units.MustClock(1000*units.GHz), ms)}}
					o := observe(t, c)
					o.check(t)
					clock := units.MustClock(1200 * units.MHz)
					for i, a := range o.accesses {
						var want mem.Breakdown
						if where.Name == place.AllRemote.Name {
							arrival := a.Issue + x.request
							want[mem.DRAM] = clock.At(clock.FloorCycles(arrival)+1+x.cycles) - arrival
							want[mem.Return] = x.response
							if got := a.Stages[mem.RMAC] + a.Stages[mem.Link] + a.Stages[mem.Switch]; got != x.request {
								t.Fatalf("access %d: request %v, want %v", i, got, x.request)
							}
							want[mem.RMAC], want[mem.Link], want[mem.Switch] = a.Stages[mem.RMAC], a.Stages[mem.Link], a.Stages[mem.Switch]
						} else {
							want[mem.DRAM] = clock.At(clock.CeilCycles(a.Issue)+x.cycles) - a.Issue
						}
						if a.Issue != units.Time(ms[i].Cycle) || a.Stages != want {
							t.Fatalf("access %d at %v: stages %v, want %v", i, a.Issue, a.Stages, want)
						}
					}
					if len(o.accesses) != 300 {
						t.Errorf("%d accesses, want 300", len(o.accesses))
					}
				})
			}
		}
	}
}

// TestIdleDRAMAwake sends a second access 20 cycles after the first, to another bank: its
// rank is awake, and it takes 38 cycles (1, tRCD 16, tCMD 1, CL 16, burst 4), 1 for the split.
func TestIdleDRAMAwake(t *testing.T) {
	c := dmem.Small()
	c.Nodes, c.Pools, c.PoolMemory = 1, 1, 2*units.GiB
	c.Placement = place.AllLocal
	cpu := units.MustClock(1200 * units.MHz)
	c.Workloads = []dmem.Workload{{Name: "pair", Trace: writeTrace(t, cpu, []trace.Miss{{Cycle: 1000, Addr: 0}, {Cycle: 1020, Addr: 64}})}}
	o := observe(t, c)
	for i, want := range []units.Cycles{1041, 1058} {
		if got := o.accesses[i].Done; got != cpu.At(want) {
			t.Errorf("access %d is done at %v, want cycle %d, %v", i, got, want, cpu.At(want))
		}
	}
}

// TestClosedLoopByHand follows a thread with one fill in flight through local memory.
func TestClosedLoopByHand(t *testing.T) {
	cpu := units.MustClock(1200 * units.MHz)
	c := dmem.Small()
	c.Nodes, c.Pools, c.PoolMemory = 1, 1, 2*units.GiB
	c.Placement = place.AllLocal
	c.Replay.Loop, c.Replay.Outstanding, c.Replay.WriteBuffer, c.Replay.WriteBacks = dmem.Closed, 1, 1, true
	// Four banks: each access finds its own idle. The rank sleeps before the first (41
	// cycles) and is awake for the next (38), while the bank before it is open. The fourth
	// comes 102 cycles of computing, 85 ns, after the third; that one's row was closed 32 cycles
	// after its ACT, and the bank idle 16 later: the rank sleeps again.
	c.Workloads = []dmem.Workload{{Name: "hand", Trace: writeTrace(t, cpu, []trace.Miss{
		{Cycle: 1000, Addr: 0}, {Cycle: 1010, Addr: 64}, {Cycle: 1020, Addr: 128}, {Cycle: 1122, Addr: 192},
	})}}
	o := observe(t, c)
	o.check(t)
	for i, want := range [][2]units.Cycles{{1000, 1041}, {1041, 1079}, {1079, 1117}, {1181, 1222}} {
		if a := o.accesses[i]; a.Issue != cpu.At(want[0]) || a.Done != cpu.At(want[1]) {
			t.Errorf("access %d from %v to %v, want cycles %d to %d", i, a.Issue, a.Done, want[0], want[1])
		}
	}
}

// TestSourceQueue fills an RMAC with room for two requests. Each leaves it when its last bit
// is on the link, 22.5 ns of preparation and 5.12 ns of transmission later; local accesses
// do not wait behind those that queue for it.
func TestSourceQueue(t *testing.T) {
	c := dmem.Small()
	c.Nodes, c.Pools, c.PoolMemory = 1, 1, 2*units.GiB
	c.Placement = place.Alternate
	c.Fabric.RMACQueue = 128
	var ms []trace.Miss
	for i := range 8 { // even pages are local, odd ones remote
		ms = append(ms, trace.Miss{Cycle: 1000, Addr: mem.VAddr(i * 4096)})
	}
	c.Workloads = []dmem.Workload{{Name: "burst", Trace: writeTrace(t, ghz, ms)}}
	o := observe(t, c)
	o.check(t)
	want := map[mem.VAddr]units.Time{1: 0, 3: 0, 5: 27_620, 7: 32_740}
	for _, a := range o.accesses {
		page := a.Addr / 4096
		if a.Issue != units.Microsecond || a.Remote != (page%2 == 1) || a.Stages[mem.Source] != want[page] {
			t.Errorf("page %d: %+v, want issue at 1us and %v in the source queue", page, a, want[page])
		}
		if !a.Remote && a.Done-a.Issue > 100*units.Nanosecond {
			t.Errorf("page %d: a local access takes %v", page, a.Done-a.Issue)
		}
	}
}

// TestSameSeedSameResult compares all of the result, histograms included.
func TestSameSeedSameResult(t *testing.T) {
	run := func(seed uint64, loop dmem.Loop) uint64 {
		c := dmem.Small()
		c.Seed = seed
		c.Replay.Loop, c.Replay.WriteBacks, c.Replay.Limit = loop, true, 3000
		return outcome(observe(t, c).Result)
	}
	for _, loop := range []dmem.Loop{dmem.Open, dmem.Closed} {
		want := run(1, loop)
		if got := run(1, loop); got != want {
			t.Errorf("%v: %x, and again %x", loop, want, got)
		}
		before := runtime.GOMAXPROCS(1)
		one := run(1, loop)
		runtime.GOMAXPROCS(2)
		two := run(1, loop)
		runtime.GOMAXPROCS(before)
		if one != want || two != want {
			t.Errorf("%v: %x, with GOMAXPROCS 1 and 2 %x and %x", loop, want, one, two)
		}
		if run(2, loop) == want {
			t.Errorf("%v: another seed has the same result", loop)
		}
	}
}

// TestOnePoolLeavesNoChoice gives all pool policies one pool.
func TestOnePoolLeavesNoChoice(t *testing.T) {
	var first uint64
	for i, name := range pool.Names() {
		c := dmem.Small()
		c.Pools, c.Replay.Limit = 1, 2000
		c.Pool, _ = pool.Lookup(name)
		got := outcome(observe(t, c).Result)
		if i == 0 {
			first = got
		}
		if got != first {
			t.Errorf("%s: result %x, with %s %x", name, got, pool.Names()[0], first)
		}
	}
}

// TestRelabelling gives the nodes' traces to other nodes. The traces take turns in time, so
// that no tie is broken by a node's number.
func TestRelabelling(t *testing.T) {
	const nodes = 5
	rng := rand.New(rand.NewPCG(8, 8))
	var workloads []dmem.Workload
	for i := range nodes {
		var ms []trace.Miss
		for k := range 300 {
			at := units.Cycles(k*nodes+i)*2000 + units.Cycles(rng.IntN(500))
			ms = append(ms, trace.Miss{Cycle: at, Addr: mem.VAddr(rng.IntN(200) * 4096), Kind: trace.Kind(rng.IntN(3))})
		}
		workloads = append(workloads, dmem.Workload{Name: fmt.Sprint(i), Trace: writeTrace(t, ghz, ms)})
	}
	run := func(order []int) [][]dmem.Access {
		c := dmem.Small()
		c.Nodes, c.Pools, c.Chunk, c.Replay.WriteBacks = nodes, 3, 64*units.KiB, true
		c.Pool = pool.RoundRobin
		c.Workloads = nil
		for _, i := range order {
			c.Workloads = append(c.Workloads, workloads[i])
		}
		o := observe(t, c)
		o.check(t)
		byWorkload := make([][]dmem.Access, nodes)
		for _, a := range o.accesses {
			w := order[a.Node]
			a.Node = 0
			byWorkload[w] = append(byWorkload[w], a)
		}
		return byWorkload
	}
	want := run([]int{0, 1, 2, 3, 4})
	for _, order := range [][]int{{4, 3, 2, 1, 0}, {2, 0, 4, 1, 3}} {
		got := run(order)
		for w := range want {
			if !slices.Equal(got[w], want[w]) {
				t.Errorf("order %v: workload %d fares differently", order, w)
			}
		}
	}
}

// TestTwiceAsFast doubles every clock and rate and halves every time of a configuration
// whose times are even: all times of the run halve.
func TestTwiceAsFast(t *testing.T) {
	for _, loop := range []dmem.Loop{dmem.Open, dmem.Closed} {
		ms := misses(rand.New(rand.NewPCG(5, 6)), 5000, 3, 150, 12)
		run := func(speed units.Time) *observed {
			c := dmem.Small()
			c.Nodes, c.Pools, c.Chunk = 4, 2, 64*units.KiB
			c.Replay.Loop, c.Replay.WriteBacks = loop, true
			clock := units.MustClock(uint64(speed) * units.GHz)
			for _, m := range []*dmem.Memory{&c.LocalDRAM, &c.PoolDRAM} {
				m.Device.Clock, m.Device.TCKNs, m.Device.RefreshPeriodNs = clock, 1/float32(speed), 7800/int(speed)
			}
			c.MMU.PageFault, c.MMU.ChunkGrant, c.MMU.RMACLookup = 2000/speed, 4000/speed, 600/speed
			f := &c.Fabric
			f.RMACLink.Rate *= units.BitRate(speed)
			f.SwitchLink.Rate *= units.BitRate(speed)
			for _, x := range []*units.Time{
				&f.PacketPrep.Delay, &f.RMAC.Delay, &f.Switch.Delay, &f.RMACLink.Propagation, &f.SwitchLink.Propagation, &f.CreditReturn, &c.Window,
			} {
				*x /= speed
			}
			f.PortBuffer, f.RMACBuffer, f.RMACQueue = 4096, 2048, 2048
			c.Workloads = []dmem.Workload{{Name: "w", Trace: writeTrace(t, clock, ms)}}
			return observe(t, c)
		}
		slow, fast := run(1), run(2)
		slow.check(t)
		if len(slow.accesses) != len(fast.accesses) || slow.Total.Remote.Count() == 0 {
			t.Fatalf("%v: %d and %d accesses, %d of them remote", loop, len(slow.accesses), len(fast.accesses), slow.Total.Remote.Count())
		}
		for i, want := range slow.accesses {
			got := fast.accesses[i]
			got.Issue, got.Done = 2*got.Issue, 2*got.Done
			for s := range got.Stages {
				got.Stages[s] *= 2
			}
			if got != want {
				t.Fatalf("%v: access %d at twice the speed, times doubled:\n%+v, want\n%+v", loop, i, got, want)
			}
		}
	}
}

// TestAllLocalAllRemote checks both ends of what share of accesses is remote.
func TestAllLocalAllRemote(t *testing.T) {
	for _, x := range []struct {
		placement place.Policy
		remote    bool
	}{{place.AllLocal, false}, {place.AllRemote, true}} {
		c := dmem.Small()
		c.Placement, c.Replay.Limit, c.LocalMemory = x.placement, 2000, 64*units.MiB
		o := observe(t, c)
		o.check(t)
		for _, a := range o.accesses {
			if a.Remote != x.remote {
				t.Fatalf("%v: %+v", x.placement, a)
			}
		}
		if (len(o.grants) > 0) != x.remote || o.Nodes[0].LocalPages > 0 == x.remote || o.Nodes[0].RemotePages > 0 != x.remote {
			t.Errorf("%v: %d grants, %d local and %d remote pages of node 0", x.placement, len(o.grants), o.Nodes[0].LocalPages, o.Nodes[0].RemotePages)
		}
	}
}

// TestMoreOutstandingFaster runs one closed loop with growing numbers of fills in flight.
func TestMoreOutstandingFaster(t *testing.T) {
	last := units.Never
	for _, k := range []int{1, 2, 4, 8} {
		c := dmem.Small()
		c.Nodes, c.Pools, c.Placement = 4, 4, place.AllRemote
		c.Replay.Loop, c.Replay.Outstanding, c.Replay.Limit, c.Replay.Stretch = dmem.Closed, k, 4000, 0.01
		end := observe(t, c).Simulated
		if float64(end) > 0.9*float64(last) {
			t.Errorf("%d fills in flight: the run takes %v, with half as many %v", k, end, last)
		}
		last = end
	}
}

// TestTiesGoByNode lets all nodes need a chunk at one time.
func TestTiesGoByNode(t *testing.T) {
	var ms []trace.Miss
	for i := range 40 {
		ms = append(ms, trace.Miss{Cycle: units.Cycles(1000 * (i/4 + 1)), Addr: mem.VAddr(i * 4096)}) // four at one time
	}
	c := dmem.Small()
	c.Nodes, c.Pools, c.Chunk, c.Placement, c.Pool = 7, 3, 8*units.KiB, place.AllRemote, pool.RoundRobin
	c.Workloads = []dmem.Workload{{Name: "same", Trace: writeTrace(t, ghz, ms)}}
	o := observe(t, c)
	o.check(t)
	// Two chunks a node every microsecond, the nodes one after the other, the pools in turn.
	if len(o.grants) != 7*20 {
		t.Fatalf("%d grants, want 140", len(o.grants))
	}
	for i, g := range o.grants {
		at, node := units.Time(1+i/14)*units.Microsecond, mem.NodeID(i%14/2)
		if g.At != at || g.Node != node || g.Pool != mem.PoolID(i%3) {
			t.Errorf("grant %d: to node %d at %v from pool %d, want %d, %v, %d", i, g.Node, g.At, g.Pool, node, at, i%3)
		}
	}
}

// TestSmartIdleByDefinition recomputes the choices of smart-idle from the logged windows.
func TestSmartIdleByDefinition(t *testing.T) {
	for _, pools := range []int{2, 3, 5, 6} {
		c := dmem.Small()
		c.Pools, c.Pool, c.Chunk, c.Replay.Limit = pools, pool.SmartIdle, 64*units.KiB, 4000
		c.Replay.Stretch = 3
		o := observe(t, c)
		o.check(t)
		free := make([]int, pools) // in chunks
		for i := range free {
			free[i] = int(c.PoolMemory / c.Chunk)
		}
		m := map[int]int{2: 1, 3: 2, 5: 3, 6: 3}[pools] // ceil(log2 n)
		for i, g := range o.grants {
			want := i
			if i >= pools { // the first n in turn
				factor, order := make([]uint64, pools), make([]int, pools)
				for p := range pools {
					factor[p] = 3 * o.grants[i].Window[p]
					for k := 1; k <= 3 && k <= i; k++ {
						factor[p] += o.grants[i-k].Window[p]
					}
					order[p] = p
				}
				slices.SortStableFunc(order, func(a, b int) int { return int(factor[a]) - int(factor[b]) })
				want = order[0]
				for _, p := range order[:m] {
					if free[p] > free[want] {
						want = p
					}
				}
			}
			if int(g.Chosen) != want || g.Pool != g.Chosen {
				t.Fatalf("%d pools, grant %d: chosen %d, granted by %d, want %d", pools, i, g.Chosen, g.Pool, want)
			}
			free[want]--
		}
		if len(o.grants) < 20*pools {
			t.Errorf("%d pools: only %d grants", pools, len(o.grants))
		}
	}
}

// TestFullPoolFallsThrough has a policy that always names pool 1 of 3.
func TestFullPoolFallsThrough(t *testing.T) {
	c := dmem.Small()
	c.Nodes, c.Pools, c.PoolMemory, c.Placement = 2, 3, 4*c.Chunk, place.AllRemote
	c.Pool = pool.Policy{Name: "one", AllowFull: true, New: func(pool.Env) pool.Selector {
		return pool.SelectorFunc(func(pool.Request, pool.View) pool.ID { return 1 })
	}}
	var ms []trace.Miss
	for i := range 5 * 64 { // five chunks of 64 pages a node
		ms = append(ms, trace.Miss{Cycle: units.Cycles(20_000 + 100*i), Addr: mem.VAddr(1<<30 + i*4096)})
	}
	c.Workloads = []dmem.Workload{{Name: "w", Trace: writeTrace(t, ghz, ms)}}
	o := observe(t, c)
	o.check(t)
	var got []mem.PoolID
	for _, g := range o.grants {
		got = append(got, g.Pool)
		if g.Chosen != 1 {
			t.Errorf("grant %d: chosen %d, want 1", g.Seq, g.Chosen)
		}
	}
	if want := []mem.PoolID{1, 1, 1, 1, 2, 2, 2, 2, 0, 0}; !slices.Equal(got, want) {
		t.Errorf("granted by %v, want %v", got, want)
	}
}

// TestSeededOffset checks that every node replays every record once, from a place of its own.
func TestSeededOffset(t *testing.T) {
	var ms []trace.Miss
	for i := range 1000 {
		ms = append(ms, trace.Miss{Cycle: units.Cycles(100 * i), Addr: mem.VAddr(i * 64)})
	}
	c := dmem.Small()
	c.Nodes, c.Replay.Offset = 6, dmem.OffsetSeeded
	c.Workloads = []dmem.Workload{{Name: "w", Trace: writeTrace(t, ghz, ms)}}
	o := observe(t, c)
	o.check(t)
	starts := map[mem.VAddr]bool{}
	for node := range c.Nodes {
		mine := o.accesses[1000*node : 1000*(node+1)]
		start := mine[0].Addr / 64
		starts[start] = true
		for i, a := range mine {
			if int(a.Node) != node || a.Addr/64 != (start+mem.VAddr(i))%1000 {
				t.Fatalf("node %d: access %d is %+v, want record %d", node, i, a, (start+mem.VAddr(i))%1000)
			}
		}
	}
	if len(starts) < 4 {
		t.Errorf("6 nodes start in %d places", len(starts))
	}
}
