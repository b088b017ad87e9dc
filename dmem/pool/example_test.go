package pool_test

import (
	"fmt"

	"github.com/dmemsys/dmemsys/dmem/pool"
	"github.com/dmemsys/dmemsys/dmem/pool/pooltest"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// ShortestQueue takes the pool whose accesses wait least, of those with room.
var ShortestQueue = pool.Policy{Name: "shortest-queue", New: func(pool.Env) pool.Selector {
	return pool.SelectorFunc(func(r pool.Request, v pool.View) pool.ID {
		best := 0
		for i, p := range v.Pools {
			full := v.Pools[best].Free < r.Size
			if p.Free >= r.Size && (full || p.QueueDelay < v.Pools[best].QueueDelay) {
				best = i
			}
		}
		return pool.ID(best)
	})
}}

// A policy of one's own is a value. Give it to a configuration, or as here, ask it.
func Example() {
	s := ShortestQueue.New(pool.Env{NumPools: 3, NumNodes: 1})
	pools := []pool.Stat{
		{Free: 2 * units.GiB, QueueDelay: 80 * units.Nanosecond},
		{Free: 0, QueueDelay: 5 * units.Nanosecond},
		{Free: 1 * units.GiB, QueueDelay: 20 * units.Nanosecond},
	}
	fmt.Println("pool", s.Select(pool.Request{Size: 4 * units.MiB}, pool.View{Pools: pools}))
	fmt.Println("broken rules:", pooltest.Check(ShortestQueue))
	// Output:
	// pool 2
	// broken rules: <nil>
}

func ExampleLookup() {
	p, err := pool.Lookup("smart-idle")
	fmt.Println(p, err)
	// Output: smart-idle <nil>
}
