package manager_test

import (
	"fmt"

	"github.com/dmemsys/dmemsys/dmem/manager"
	"github.com/dmemsys/dmemsys/dmem/pool"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// Two nodes with 16 MiB of their own share two pools.
func Example() {
	m, err := manager.New(manager.Config{
		Nodes: 2, LocalMemory: 16 * units.MiB,
		Chunk: 4 * units.MiB, PageSize: 4 * units.KiB,
		PoolCapacity: []units.Bytes{8 * units.MiB, 8 * units.MiB},
		Policy:       pool.RoundRobin,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	traffic := make([]manager.PoolTraffic, 2)
	m.Grant(0, 0, traffic)
	traffic[0].Total = 120 // accesses to pool 0 before node 1 asks
	g, _ := m.Grant(3*units.Microsecond, 1, traffic)
	fmt.Printf("node %d got %#x of pool %d after a window of %v\n", g.Node, g.Base, g.Pool, g.Window)

	a, _ := m.Node(1).RemoteFrame()
	p, addr := m.Node(1).Resolve(a + 64)
	fmt.Printf("its address %#x is %#x of pool %d\n", a+64, addr, p)
	fmt.Println(m.CheckConservation())
	// Output:
	// node 1 got 0x0 of pool 1 after a window of [120 0]
	// its address 0x1000040 is 0x40 of pool 1
	// <nil>
}
