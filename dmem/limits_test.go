package dmem_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dmemsys/dmemsys/dmem"
	"github.com/dmemsys/dmemsys/dmem/dram"
	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/place"
	"github.com/dmemsys/dmemsys/dmem/pool"
	"github.com/dmemsys/dmemsys/dmem/trace"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// oneTrace returns the small rack with n nodes that replay the records "cycle,hexaddr,rw,thread".
func oneTrace(t *testing.T, n int, records ...string) dmem.Config {
	t.Helper()
	path := filepath.Join(t.TempDir(), "trace.csv")
	text := "cycle,hexaddr,rw,thread\n" + strings.Join(records, "\n") + "\n"
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	c := dmem.Small()
	c.Nodes = n
	c.Workloads = []dmem.Workload{{Name: "trace", Trace: path}}
	return c
}

// TestTimesBeyondTheEnd: an access that would issue too late is an error, never dropped.
func TestTimesBeyondTheEnd(t *testing.T) {
	for _, c := range []struct {
		stamp   string
		stretch float64
	}{{"4611686018427387904", 1}, {"9000000000000000", 1}, {"10000000000", 1e9}} {
		cfg := oneTrace(t, 2, "0,10,R,0", c.stamp+",50,R,0")
		cfg.Replay.Stretch = c.stretch
		_, err := dmem.Run(t.Context(), cfg)
		if err == nil || !strings.Contains(err.Error(), "record 2") || !strings.Contains(err.Error(), c.stamp) {
			t.Errorf("stamp %s stretched by %v: got %v, want an error that names record and stamp", c.stamp, c.stretch, err)
		}
	}
	// With -until set, what issues later is left out on purpose.
	cfg := oneTrace(t, 1, "0,10,R,0", "4611686018427387904,50,R,0")
	cfg.Replay.Until = units.Millisecond
	if r, err := dmem.Run(t.Context(), cfg); err != nil || r.Total.Count() != 1 {
		t.Errorf("with until: %v", err)
	}
}

// TestUntilIsExclusive: a record exactly at the end does not issue.
func TestUntilIsExclusive(t *testing.T) {
	cfg := oneTrace(t, 1, "0,10,R,0", "1200,50,R,0", "1201,90,R,0") // 1200 cycles of 1.2 GHz: 1 us
	for until, want := range map[units.Time]uint64{units.Microsecond: 1, units.Microsecond + 1: 2} {
		cfg.Replay.Until = until
		r, err := dmem.Run(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		if got := r.Total.Count(); got != want {
			t.Errorf("until %v: %d accesses, want %d", until, got, want)
		}
	}
}

// TestIdleTimeCanBeStopped: ten simulated minutes of nothing but refresh end soon after the
// context does.
func TestIdleTimeCanBeStopped(t *testing.T) {
	cfg := oneTrace(t, 1, "0,10,R,0", "720000000000,50,R,0")
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	done := make(chan error)
	go func() {
		r, err := dmem.Run(ctx, cfg)
		if err == nil {
			err = fmt.Errorf("the run ended with %d accesses", r.Total.Count())
		}
		done <- err
	}()
	select {
	case err := <-done:
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want the context's error", err)
		}
	case <-time.After(30 * time.Second):
		t.Error("the run did not stop")
	}
}

// TestNodesThatAreNeverAllActive: with an idle node there is no interval to measure.
func TestNodesThatAreNeverAllActive(t *testing.T) {
	cfg := oneTrace(t, 2, "0,10,R,0", "1200,50,R,0")
	empty := oneTrace(t, 1)
	os.WriteFile(empty.Workloads[0].Trace, []byte("cycle,hexaddr,rw,thread\n"), 0o666)
	cfg.Workloads = append(cfg.Workloads, dmem.Workload{Name: "empty", Trace: empty.Workloads[0].Trace})
	r, err := dmem.Run(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if r.Total.Count() != 2 || r.Active.Total.Count() != 0 || r.Active.To != 0 || !math.IsNaN(r.Active.LinkInUtilization) {
		t.Errorf("%d accesses, of the active interval %d to %v at %v", r.Total.Count(), r.Active.Total.Count(), r.Active.To, r.Active.LinkInUtilization)
	}
	if d, err := dmem.MeasureDemand(t.Context(), cfg); err != nil || !math.IsNaN(d.LinkLoad(&cfg)) {
		t.Errorf("demand %+v loads the links to %v, %v; want NaN", d, d.LinkLoad(&cfg), err)
	}
}

// TestFullController: requests wait for a controller of two transactions in an RMAC buffer of
// three packets. They are taken in cycles of the memory, and hold back those in the switch.
func TestFullController(t *testing.T) {
	c := dmem.Small()
	c.Pools, c.Nodes, c.Placement = 1, 6, place.AllRemote
	c.PoolDRAM.System.TransQueueDepth, c.PoolDRAM.System.CmdQueueDepth = 2, 2
	c.Fabric.RMACBuffer = 3 * c.Fabric.Sizes.WriteRequest
	c.Replay.WriteBacks, c.Replay.Limit, c.Replay.Stretch = true, 2_000, 0.05
	var accesses []dmem.Access
	r, err := dmem.New(c, dmem.Probe{OnComplete: func(a *dmem.Access) { accesses = append(accesses, *a) }})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	result, err := r.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	arrival := func(a *dmem.Access) units.Time {
		s := &a.Stages
		return a.Issue + s[mem.Translate] + s[mem.Source] + s[mem.RMAC] + s[mem.Link] + s[mem.Switch]
	}
	var waited, held int
	var sum units.Time
	clock := dram.DDR4_2400().Device.Clock
	release := make([]units.Time, 0, len(accesses)) // when each request, by arrival, left the buffer
	byArrival := map[units.Time]*dmem.Access{}
	var order []units.Time
	for i := range accesses {
		at := arrival(&accesses[i])
		byArrival[at] = &accesses[i]
		order = append(order, at)
	}
	slices.Sort(order)
	for i, at := range order {
		a := byArrival[at]
		if a.Stages[mem.PoolQueue] > 0 {
			waited++
			taken := at + a.Stages[mem.PoolQueue]
			if n := clock.CeilCycles(taken); clock.At(n) != taken {
				t.Fatalf("access at %v is taken at %v, which is no cycle of the memory", at, taken)
			}
		}
		sum += a.Stages[mem.PoolQueue]
		release = append(release, at+a.Stages[mem.PoolQueue]+c.Fabric.CreditReturn)
		// Three large packets fill the buffer: a fourth leaves the switch only once the
		// first has left the buffer and its credit has come back.
		if i >= 6 {
			size := c.Fabric.Sizes.Request(a.Write)
			out := at - c.Fabric.PacketPrep.Delay - c.Fabric.RMAC.Delay - c.Fabric.SwitchLink.Propagation - c.Fabric.SwitchLink.Rate.Time(size)
			inside := units.Bytes(0)
			for j := i - 1; j >= 0 && j >= i-7; j-- {
				if release[j] > out {
					inside += c.Fabric.Sizes.Request(byArrival[order[j]].Write)
				}
			}
			if inside+size > c.Fabric.RMACBuffer {
				t.Fatalf("access %d leaves the switch at %v with %v in a buffer of %v", i, out, inside, c.Fabric.RMACBuffer)
			}
			if inside+c.Fabric.Sizes.WriteRequest > c.Fabric.RMACBuffer-c.Fabric.Sizes.WriteRequest {
				held++
			}
		}
	}
	if waited < len(accesses)/10 || held < len(accesses)/4 {
		t.Errorf("of %d accesses %d waited for the controller and %d found the buffer full: the test is too easy", len(accesses), waited, held)
	}
	if got := result.Pools[0].Queue; got.Sum != sum || got.Count != uint64(len(accesses)) {
		t.Errorf("queue of the pool: %v over %d, want %v over %d", got.Sum, got.Count, sum, len(accesses))
	}
}

// TestWhatPoliciesSee records the requests and views of a run.
func TestWhatPoliciesSee(t *testing.T) {
	type seen struct {
		node mem.NodeID
		rate float64
		now  units.Time
		wait []units.Time
		in   []uint64
	}
	var log []seen
	spy := pool.Policy{Name: "spy", New: func(e pool.Env) pool.Selector {
		next := 0
		return pool.SelectorFunc(func(r pool.Request, v pool.View) pool.ID {
			s := seen{node: r.Node, rate: r.Rate, now: v.Now}
			for _, p := range v.Pools {
				s.wait, s.in = append(s.wait, p.QueueDelay), append(s.in, p.InFlight)
			}
			log = append(log, s)
			next++
			return pool.ID(next % e.NumPools)
		})
	}}
	c := dmem.Small()
	c.Pool, c.Placement = spy, place.Alternate
	c.PoolDRAM.System.TransQueueDepth, c.PoolDRAM.System.CmdQueueDepth = 2, 2
	c.Replay.Limit, c.Replay.Stretch = 4_000, 0.3
	c.Workloads = []dmem.Workload{c.Workloads[2]} // random lines
	c.Workloads[0].Synthetic.Arrivals = trace.Periodic
	issued := make([][]units.Time, c.Nodes) // remote accesses
	r, err := dmem.New(c, dmem.Probe{OnComplete: func(a *dmem.Access) {
		if a.Remote {
			issued[a.Node] = append(issued[a.Node], a.Issue)
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, err := r.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	var inFlight, waits int
	for _, s := range log {
		n := 0
		for _, at := range issued[s.node] {
			if at < s.now {
				n++
			}
		}
		if s.now > 0 {
			want := float64(n) / (s.now.Seconds() * 1e6)
			if math.Abs(s.rate-want) > 1e-9*want {
				t.Fatalf("node %d at %v: rate %v, want %v", s.node, s.now, s.rate, want)
			}
		}
		for i := range s.in {
			if s.in[i] > 0 {
				inFlight++
			}
			if s.wait[i] > 10*units.Nanosecond {
				waits++
			}
		}
	}
	if inFlight == 0 || waits == 0 {
		t.Errorf("of %d views %d pools had accesses in flight and %d a wait: the policies are told nothing", len(log), inFlight, waits)
	}
}
