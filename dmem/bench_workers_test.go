package dmem_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/dmemsys/dmemsys/dmem"
)

// BenchmarkRack runs racks of the paper's kind at several scales, with the links of the
// pools near 80 %, on one and on two workers. Without two idle cores the latter say little.
func BenchmarkRack(b *testing.B) {
	for _, size := range []struct{ nodes, pools int }{{4, 1}, {16, 2}, {64, 6}, {256, 24}} {
		for _, loop := range []dmem.Loop{dmem.Open, dmem.Closed} {
			for _, workers := range []int{1, 2} {
				b.Run(fmt.Sprintf("%d/%d/%v/workers=%d", size.nodes, size.pools, loop, workers), func(b *testing.B) {
					c := paperRack(loop, 1_280_000/int64(size.nodes))
					c.Nodes, c.Pools = size.nodes, size.pools
					var accesses uint64
					for b.Loop() {
						r, err := dmem.New(c, dmem.Probe{})
						if err != nil {
							b.Fatal(err)
						}
						r.SetWorkers(workers)
						res, err := r.Run(context.Background())
						if err != nil {
							b.Fatal(err)
						}
						accesses += res.Accesses
					}
					b.ReportMetric(float64(accesses)/b.Elapsed().Seconds()/1e6, "Maccess/s")
				})
			}
		}
	}
}
