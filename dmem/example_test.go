package dmem_test

import (
	"context"
	"fmt"

	"github.com/dmemsys/dmemsys/dmem"
	"github.com/dmemsys/dmemsys/dmem/pool"
)

func ExampleRun() {
	cfg := dmem.Small()
	cfg.Pool = pool.SmartIdle
	cfg.Replay.Limit = 5_000 // accesses a node

	result, err := dmem.Run(context.Background(), cfg)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(result.Total.Count(), "accesses")
	// Output: 40000 accesses
}

// The way of a remote read through an idle rack, from the configuration alone.
func ExampleConfig_Unloaded() {
	cfg := dmem.Paper()
	way := cfg.Unloaded(false)
	for _, hop := range way.Request {
		fmt.Printf("%-26s %v\n", hop.Name, hop.Time)
	}
	// Output:
	// packet preparation         12.5ns
	// RMAC                       10ns
	// link serialisation         5.12ns
	// propagation                5ns
	// switch                     20ns
	// switch link serialisation  5.12ns
	// propagation                5ns
	// RMAC                       10ns
	// unpacking                  12.5ns
}
