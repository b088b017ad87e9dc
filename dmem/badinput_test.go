package dmem_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/dmemsys/dmemsys/dmem"
	"github.com/dmemsys/dmemsys/dmem/manager"
	"github.com/dmemsys/dmemsys/dmem/place"
	"github.com/dmemsys/dmemsys/dmem/pool"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// A policy that names a pool which does not exist ends the run with an error that names it,
// its answer and the pools there are.
func TestPolicyOutOfRange(t *testing.T) {
	for _, answer := range []pool.ID{2, 65535} {
		c := quick()
		c.Pool = pool.Policy{Name: "astray", New: func(pool.Env) pool.Selector {
			return pool.SelectorFunc(func(pool.Request, pool.View) pool.ID { return answer })
		}}
		_, err := dmem.Run(context.Background(), c)
		var fault *pool.SelectError
		if !errors.As(err, &fault) || fault.Policy != "astray" || fault.Got != answer || fault.NumPools != 2 {
			t.Errorf("%v; want a SelectError with policy astray, pool %d of 2", err, answer)
		}
	}
}

// Pools that are used up end the run with an error that says who asked for how much and what
// each pool has; the result so far comes with it.
func TestPoolsExhausted(t *testing.T) {
	c := quick()
	c.Placement = place.AllRemote
	c.PoolMemory = units.MiB
	r, err := dmem.Run(context.Background(), c)
	if !errors.Is(err, manager.ErrNoSpace) {
		t.Fatalf("%v; want %v", err, manager.ErrNoSpace)
	}
	for _, want := range []string{"asks 256KiB", "pool 0 has 0B free of 1MiB", "pool 1 has 0B free of 1MiB"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%v; want %q in it", err, want)
		}
	}
	if r == nil || len(r.Grants) != 8 {
		t.Errorf("the result so far: %+v; want one with 8 grants", r)
	}
}

// A memory of size zero is refused.
func TestPoolWithoutMemory(t *testing.T) {
	c := quick()
	c.PoolMemory = 0
	_, err := dmem.Run(context.Background(), c)
	var fault *units.FieldError
	if !errors.As(err, &fault) || !strings.Contains(err.Error(), "pool_memory = 0B") {
		t.Errorf("%v; want a FieldError of pool_memory", err)
	}
}

// Sizes beyond all bounds are refused like any other.
func TestMemoryTooLarge(t *testing.T) {
	c := quick()
	c.LocalMemory, c.PoolMemory = 1<<63+units.MiB, 1<<63+units.GiB
	err := c.Validate()
	if err == nil || !strings.Contains(err.Error(), "local_memory = ") || !strings.Contains(err.Error(), "pool_memory = ") {
		t.Errorf("%v; want faults of local_memory and pool_memory", err)
	}
}

// A cancelled run returns what it has, with the context's error.
func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	seen := 0
	rack, err := dmem.New(dmem.Small(), dmem.Probe{OnComplete: func(*dmem.Access) {
		if seen++; seen == 1000 {
			cancel()
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer rack.Close()
	r, err := rack.Run(ctx)
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("%v; want %v", err, context.Canceled)
	}
	if r == nil || r.Accesses < 1000 || r.Accesses > 300_000 || r.Accesses != uint64(seen) {
		t.Errorf("%d accesses in the result, %d seen", r.Accesses, seen)
	}
	if _, err := r.Report(); err != nil {
		t.Error(err)
	}
}
