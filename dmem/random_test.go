package dmem_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/dmemsys/dmemsys/dmem"
	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/place"
	"github.com/dmemsys/dmemsys/dmem/pool"
	"github.com/dmemsys/dmemsys/dmem/trace"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// ghz counts a stamp a nanosecond.
var ghz = units.MustClock(units.GHz)

// TestRandomRuns runs random traces on random racks, and holds each run to all that must
// be true of it; with the tag "invariants" also to the simulator's own checks.
func TestRandomRuns(t *testing.T) {
	n := uint64(120)
	if testing.Short() {
		n = 40
	}
	for seed := range n {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			randomRun(t, seed)
		})
	}
}

func randomRun(t *testing.T, seed uint64) {
	c, traces := randomRack(t, seed)
	o := observe(t, c)
	o.check(t)
	o.checkReplay(t, traces)
	checkRoundTrip(t, o.Result)
}

// randomRack returns a random configuration and the traces it replays.
func randomRack(t *testing.T, seed uint64) (dmem.Config, [][]trace.Miss) {
	rng := rand.New(rand.NewPCG(seed, 42))
	c := dmem.Small()
	c.Seed = seed
	c.Nodes, c.Pools = 1+rng.IntN(6), 1+rng.IntN(4)
	c.Window = units.Time(10+rng.IntN(40)) * units.Microsecond
	c.Chunk = 16 * units.KiB << rng.IntN(3)
	c.LocalMemory = units.Bytes(rng.IntN(3)) * 256 * units.KiB
	c.PoolMemory = 64 * units.MiB
	c.Pool, _ = pool.Lookup(pool.Names()[rng.IntN(6)])
	c.Placement = []place.Policy{place.Alternate, place.LocalFirst, place.AllRemote}[rng.IntN(3)]
	r := &c.Replay
	r.Loop = dmem.Loop(rng.IntN(2))
	r.Outstanding, r.WriteBuffer = 1+rng.IntN(8), 1+rng.IntN(8)
	r.WriteBacks = rng.IntN(3) > 0
	r.Stores = dmem.Stores(rng.IntN(2))
	r.Stretch = []float64{1, 1, 0.37, 2.5}[rng.IntN(4)]
	if rng.IntN(3) == 0 {
		r.Warmup = units.Time(rng.IntN(20)) * units.Microsecond
	}
	if rng.IntN(3) == 0 {
		r.Until = r.Warmup + units.Time(1+rng.IntN(30))*units.Microsecond
	}
	if rng.IntN(3) == 0 {
		r.Limit = uint64(1 + rng.IntN(800))
	}
	r.Offset = dmem.OffsetNone
	if rng.IntN(3) == 0 {
		c.MMU.PageFault = units.Time(rng.IntN(3000)) * units.Nanosecond
		c.MMU.ChunkGrant = units.Time(rng.IntN(3000)) * units.Nanosecond
		c.MMU.RMACLookup = units.Time(rng.IntN(100)) * units.Nanosecond
	}
	if rng.IntN(3) == 0 { // tiny buffers
		c.Fabric.RMACQueue = units.Bytes(128 + rng.IntN(500))
		c.Fabric.RMACBuffer = units.Bytes(128 + rng.IntN(500))
		c.Fabric.PortBuffer = units.Bytes(128 + rng.IntN(500))
		c.Fabric.CreditReturn = units.Time(1 + rng.IntN(90_000))
	}
	if rng.IntN(4) == 0 {
		c.Fabric.RMAC.Interval = units.Time(rng.IntN(9000))
		c.Fabric.Switch.Interval = units.Time(rng.IntN(9000))
	}
	gap := 3 + 60*rng.Float64()
	traces := make([][]trace.Miss, 1+rng.IntN(c.Nodes))
	for i := range traces {
		traces[i] = misses(rng, 500+rng.IntN(1500), 1+rng.IntN(4), 1+rng.IntN(400), gap)
		c.Workloads = append(c.Workloads[:i:i], dmem.Workload{Name: fmt.Sprint("w", i), Trace: writeTrace(t, ghz, traces[i])})
	}
	return c, traces
}

// checkReplay replays the traces naively against the completion times of the run: in the
// open loop every record issues at its stamp, in the closed loop when its thread's stamps and
// what it has in flight allow.
func (o *observed) checkReplay(t *testing.T, traces [][]trace.Miss) {
	t.Helper()
	c := &o.config
	at := 0
	for node := range c.Nodes {
		var records []trace.Miss
		for _, m := range traces[node%len(traces)] {
			stamp := units.Time(float64(m.Cycle)*1000*c.Replay.Stretch + 0.5)
			if c.Replay.Until > 0 && stamp >= c.Replay.Until || c.Replay.Limit > 0 && uint64(len(records)) == c.Replay.Limit {
				break
			}
			if m.Kind != trace.WriteBack || c.Replay.WriteBacks {
				m.Cycle = units.Cycles(stamp) // in picoseconds from here on
				records = append(records, m)
			}
		}
		mine := o.accesses[at:]
		for i := range mine {
			if int(mine[i].Node) != node {
				mine = mine[:i]
				break
			}
		}
		at += len(mine)
		if len(mine) != len(records) {
			t.Fatalf("node %d: %d accesses, want the %d records", node, len(mine), len(records))
		}
		type thread struct{ process, thread uint16 }
		of := func(process mem.ProcessID, id mem.ThreadID) thread { return thread{uint16(process), uint16(id)} }
		issues, stamps := map[thread][]*dmem.Access{}, map[thread][]trace.Miss{}
		for i := range mine {
			k := of(mine[i].Process, mine[i].Thread)
			issues[k] = append(issues[k], &mine[i])
			stamps[k] = append(stamps[k], trace.Miss{})
		}
		clear(stamps)
		for i := range records {
			k := of(records[i].Process, records[i].Thread)
			stamps[k] = append(stamps[k], records[i])
		}
		for k, ms := range stamps {
			if len(issues[k]) != len(ms) {
				t.Fatalf("node %d, thread %v: %d accesses, want %d", node, k, len(issues[k]), len(ms))
			}
			checkThread(t, c, fmt.Sprintf("node %d, thread %v", node, k), issues[k], ms)
		}
	}
}

func checkThread(t *testing.T, c *dmem.Config, who string, got []*dmem.Access, want []trace.Miss) {
	t.Helper()
	var late units.Time
	for i, m := range want {
		for j := i + 1; j < len(got) && got[j].Issue == got[i].Issue; j++ { // one time, any order
			if got[j].Addr == m.Addr && got[j].Kind == m.Kind && (got[i].Addr != m.Addr || got[i].Kind != m.Kind) {
				got[i], got[j] = got[j], got[i]
			}
		}
		a := got[i]
		write := m.Kind == trace.WriteBack || m.Kind == trace.StoreFill && c.Replay.Stores == dmem.StoresWrite
		if a.Addr != m.Addr || a.Kind != m.Kind || a.Write != write {
			t.Fatalf("%s: access %d is %+v, want %+v", who, i, a, m)
		}
		due := units.Time(m.Cycle)
		if c.Replay.Loop == dmem.Closed {
			due += late
			limit := c.Replay.Outstanding
			if m.Kind == trace.WriteBack {
				limit = c.Replay.WriteBuffer
			}
			for { // until few enough of its kind are in flight
				inFlight, next := 0, units.Never
				for _, b := range got[:i] {
					if (b.Kind == trace.WriteBack) == (m.Kind == trace.WriteBack) && b.Done > due {
						inFlight++
						next = min(next, b.Done)
					}
				}
				if inFlight < limit {
					break
				}
				due = next
			}
			late = due - units.Time(m.Cycle)
		}
		if a.Issue != due {
			t.Fatalf("%s: record %d of stamp %v issues at %v, want %v", who, i, units.Time(m.Cycle), a.Issue, due)
		}
	}
}
