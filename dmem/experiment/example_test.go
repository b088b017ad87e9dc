package experiment_test

import (
	"context"
	"fmt"

	"github.com/dmemsys/dmemsys/dmem"
	"github.com/dmemsys/dmemsys/dmem/experiment"
	"github.com/dmemsys/dmemsys/dmem/pool"
)

// A sweep makes runs side by side. Without Fresh it keeps them, and takes them the next time.
func ExampleSweep() {
	var runs []experiment.Run
	for _, p := range []pool.Policy{pool.RoundRobin, pool.SmartIdle} {
		c := dmem.Small()
		c.Pool = p
		c.Replay.Limit = 300 // accesses a node
		runs = append(runs, experiment.Run{Name: p.Name, Config: c})
	}
	sweep := experiment.Sweep{Runs: runs, Fresh: true}
	results, err := sweep.Do(context.Background())
	if err != nil {
		fmt.Println(err)
		return
	}
	for i, r := range results {
		fmt.Printf("%s: %d nodes, %d accesses\n", runs[i].Name, len(r.Nodes), r.Accesses)
	}
	// Output:
	// round-robin: 8 nodes, 2400 accesses
	// smart-idle: 8 nodes, 2400 accesses
}

// Three seeds leave much uncertain: a mean with its interval of 95 %.
func ExampleMeanOf() {
	fmt.Println(experiment.MeanOf([]float64{181, 186, 184}))
	// Output: 183.7 [177.4, 189.9]
}
