package dmem_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/dmemsys/dmemsys/dmem"
	"github.com/dmemsys/dmemsys/dmem/manager"
	"github.com/dmemsys/dmemsys/dmem/place"
	"github.com/dmemsys/dmemsys/dmem/pool"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// shared runs a configuration on some workers that share every round. It returns hashes of
// the result, of all completions in the order told, and of all grants.
func shared(t *testing.T, c dmem.Config, workers int) [3]uint64 {
	t.Helper()
	var told [2]uint64
	r, err := dmem.New(c, dmem.Probe{
		OnComplete: func(a *dmem.Access) { told[0] = told[0]*1099511628211 + digest(a) },
		OnGrant:    func(g *manager.Grant) { told[1] = told[1]*1099511628211 + digest(g) },
	})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	r.SetWorkers(workers)
	r.ShareAll()
	res, err := r.Run(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if res.Accesses == 0 {
		t.Fatal("no access")
	}
	return [3]uint64{outcome(res), told[0], told[1]}
}

// sameOnAll runs a configuration on several numbers of workers and processors.
func sameOnAll(t *testing.T, c dmem.Config) {
	t.Helper()
	want := shared(t, c, 1)
	on := []struct{ workers, procs int }{{2, 4}, {3, 1}, {8, 4}, {2, 1}, {3, 4}, {8, 1}}
	if testing.Short() {
		on = on[:2]
	}
	for _, x := range on {
		before := runtime.GOMAXPROCS(x.procs)
		got := shared(t, c, x.workers)
		runtime.GOMAXPROCS(before)
		if got != want {
			t.Errorf("%d workers, GOMAXPROCS %d: result, completions, grants %x, want those of one worker, %x", x.workers, x.procs, got, want)
		}
	}
}

// TestWorkersDoNotChangeTheResult compares all of the result, histograms, windows and grants
// included, and the order of what the probe is told.
func TestWorkersDoNotChangeTheResult(t *testing.T) {
	for _, loop := range []dmem.Loop{dmem.Open, dmem.Closed} {
		c := paperRack(loop, 300)
		c.Nodes, c.Pools = 12, 3
		c.Pool, c.Placement = pool.SmartIdle, place.Alternate
		c.Chunk, c.LocalMemory = 16*units.KiB, 4*units.MiB
		t.Run(loop.String(), func(t *testing.T) { sameOnAll(t, c) })
		c.Fabric.RMACQueue, c.Fabric.RMACBuffer, c.Fabric.PortBuffer = 256, 256, 1024
		c.Replay.Limit = 100
		t.Run(loop.String()+", small buffers", func(t *testing.T) { sameOnAll(t, c) })
	}
	n := uint64(20)
	if testing.Short() {
		n = 3
	}
	for seed := range n {
		t.Run(fmt.Sprint("random ", seed), func(t *testing.T) {
			c, _ := randomRack(t, 1000+seed)
			sameOnAll(t, c)
		})
	}
}

// TestWorkersEnd checks that no goroutine outlives a run, whatever its end.
func TestWorkersEnd(t *testing.T) {
	before := runtime.NumGoroutine()
	run := func(ctx context.Context, c dmem.Config) error {
		r, err := dmem.New(c, dmem.Probe{})
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		r.SetWorkers(4)
		r.ShareAll()
		_, err = r.Run(ctx)
		if n, more := dmem.GoroutinesAbove(before); more {
			t.Errorf("%d goroutines after the run, %d before", n, before)
		}
		return err
	}
	c := dmem.Small()
	c.Replay.Limit = 500
	if err := run(context.Background(), c); err != nil {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := run(ctx, c); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: error %v", err)
	}
	c.PoolMemory, c.Chunk = units.MiB, units.MiB
	if err := run(context.Background(), c); !errors.Is(err, manager.ErrNoSpace) {
		t.Errorf("pools without space: error %v", err)
	}
	c = dmem.Small()
	c.Placement = place.AllLocal
	c.LocalMemory = 64 * units.KiB
	if err := run(context.Background(), c); err == nil || !strings.Contains(err.Error(), "node") {
		t.Errorf("no local memory left: error %v", err)
	}
}

// TestWorkersErrorIsTheFirst checks that of several errors the one told does not depend on
// the workers.
func TestWorkersErrorIsTheFirst(t *testing.T) {
	var want string
	for _, workers := range []int{1, 2, 3, 8} {
		c := dmem.Small()
		c.Placement = place.AllLocal
		c.LocalMemory = 64 * units.KiB
		r, err := dmem.New(c, dmem.Probe{})
		if err != nil {
			t.Fatal(err)
		}
		r.SetWorkers(workers)
		r.ShareAll()
		res, err := r.Run(context.Background())
		r.Close()
		if err == nil {
			t.Fatal("no error")
		}
		got := fmt.Sprint(err, " ", outcome(res))
		if want == "" {
			want = got
		}
		if got != want {
			t.Errorf("%d workers: %s, want %s", workers, got, want)
		}
	}
}

// TestGoingAheadDoesNotChangeTheResult: parts of the rack that go ahead of the others where
// they may come to the same result as parts that keep step.
func TestGoingAheadDoesNotChangeTheResult(t *testing.T) {
	same := func(name string, c dmem.Config) {
		t.Run(name, func(t *testing.T) {
			var want uint64
			for _, windows := range []int{1, 2, 16, 300} {
				var grants uint64
				r, err := dmem.New(c, dmem.Probe{OnGrant: func(g *manager.Grant) { grants = grants*1099511628211 + digest(g) }})
				if err != nil {
					t.Fatal(err)
				}
				r.SetWorkers(1)
				if windows == 16 {
					r.SetWorkers(3)
					r.ShareAll()
				}
				r.GoAhead(windows)
				res, err := r.Run(t.Context())
				r.Close()
				if err != nil {
					t.Fatal(err)
				}
				got := outcome(res) ^ grants
				if windows == 1 {
					want = got
				}
				if got != want {
					t.Errorf("%d windows ahead: result and grants %x, in step %x", windows, got, want)
				}
			}
		})
	}
	c := paperRack(dmem.Open, 500)
	c.Nodes, c.Pools = 12, 3
	c.Chunk, c.LocalMemory = 16*units.KiB, 4*units.MiB
	c.Replay.Stagger = 5 * units.Microsecond
	for _, p := range []pool.Policy{pool.SmartIdle, pool.LeastLoaded} {
		c.Pool, c.Placement = p, place.LocalFirst
		same(p.Name, c)
	}
	c.Placement = place.Alternate
	c.Fabric.PortBuffer = 3 * units.KiB // now and then a packet waits for credit
	same("few credits", c)
	c.Fabric.RMACQueue, c.Fabric.RMACBuffer, c.Fabric.PortBuffer = 256, 256, 1024
	same("small buffers", c)
	n := uint64(60)
	if testing.Short() {
		n = 6
	}
	for seed := range n {
		c, _ := randomRack(t, 2000+seed)
		c.Replay.Loop = dmem.Open
		same(fmt.Sprint("random ", seed), c)
	}
}

// TestGoingAheadDoesNotChangeTheError: an error comes to light in the order of time, and with
// the same number of accesses issued by the node that fails.
func TestGoingAheadDoesNotChangeTheError(t *testing.T) {
	for seed := range uint64(12) {
		c := dmem.Small()
		c.Seed = seed
		c.Placement, c.LocalMemory = place.AllLocal, 256*units.KiB
		c.Replay.Stagger = 2 * units.Microsecond
		want := ""
		for _, windows := range []int{1, 16, 300} {
			r, err := dmem.New(c, dmem.Probe{})
			if err != nil {
				t.Fatal(err)
			}
			r.SetWorkers(1)
			r.GoAhead(windows)
			_, err = r.Run(t.Context())
			r.Close()
			if err == nil {
				t.Fatal("no error")
			}
			if want == "" {
				want = err.Error()
			}
			if err.Error() != want {
				t.Errorf("seed %d, %d windows ahead: %v, in step: %s", seed, windows, err, want)
			}
		}
	}
}
