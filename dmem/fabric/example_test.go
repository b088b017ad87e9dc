package fabric_test

import (
	"fmt"

	"github.com/dmemsys/dmemsys/dmem/fabric"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// Two nodes send a packet to one pool at the same time; the second waits in the switch for
// the link.
func Example() {
	c := fabric.Default()
	pool := fabric.NewOutput(&c, 2)
	for node := range 2 {
		e := fabric.NewEgress(&c, node, []*fabric.Output{pool})
		if e.Reserve(0, c.Sizes.ReadRequest) {
			e.Send(0, 0, 0, 0, c.Sizes.ReadRequest)
		}
	}
	const end = units.Microsecond
	pool.Collect(end)
	for pool.Next() < end {
		if d, ok := pool.Step(pool.Next()); ok {
			fmt.Printf("from node %d: waits %v, arrives at %v\n", d.Input, d.Out-d.Ready, d.At)
			pool.Release(d.At, c.Sizes.ReadRequest)
		}
	}
	// Output:
	// from node 0: waits 0s, arrives at 85.24ns
	// from node 1: waits 5.12ns, arrives at 90.36ns
}

func ExampleConfig_Unloaded() {
	c := fabric.Default()
	for _, h := range c.Unloaded(c.Sizes.ReadResponse) {
		fmt.Printf("%-26s %v\n", h.Name, h.Time)
	}
	fmt.Println("together", c.UnloadedLatency(c.Sizes.ReadResponse))
	// Output:
	// packet preparation         12.5ns
	// RMAC                       10ns
	// link serialisation         10.24ns
	// propagation                5ns
	// switch                     20ns
	// switch link serialisation  10.24ns
	// propagation                5ns
	// RMAC                       10ns
	// unpacking                  12.5ns
	// together 95.48ns
}
