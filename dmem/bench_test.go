package dmem_test

import (
	"context"
	"runtime"
	"testing"

	"github.com/dmemsys/dmemsys/dmem"
	"github.com/dmemsys/dmemsys/dmem/trace"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// paperRack is the paper's rack with random and streaming nodes. Half of the accesses are
// remote. A node makes one in 60 ns, three in four of them reads: the 64 nodes load the six
// links from the pools, 10.24 ns a read and 5.12 ns a write, to
// 64 * 0.5 / 60 ns * (0.75*10.24 + 0.25*5.12) ns / 6 = 80 %.
func paperRack(loop dmem.Loop, records int64) dmem.Config {
	c := dmem.Paper()
	c.LocalMemory, c.Chunk = 16*units.MiB, units.MiB
	c.Replay.Loop, c.Replay.WriteBacks = loop, true
	for i, p := range []trace.Pattern{trace.Random, trace.Stream} {
		s := trace.DefaultSynthetic()
		s.Pattern, s.Records, s.Footprint, s.Seed = p, records, 8*units.MiB, uint64(i+1)
		s.MeanGap = 72 // cycles of 1.2 GHz: 60 ns
		c.Workloads = append(c.Workloads, dmem.Workload{Name: p.String(), Synthetic: &s})
	}
	return c
}

// BenchmarkPaperRack runs 64 nodes and 6 pools with the links of the pools near 80 %.
func BenchmarkPaperRack(b *testing.B) {
	for _, loop := range []dmem.Loop{dmem.Open, dmem.Closed} {
		b.Run(loop.String(), func(b *testing.B) {
			c := paperRack(loop, 20_000)
			var accesses uint64
			var load float64
			b.ReportAllocs()
			for b.Loop() {
				r, err := dmem.Run(context.Background(), c)
				if err != nil {
					b.Fatal(err)
				}
				accesses += r.Accesses
				load = r.Active.LinkOutUtilization
			}
			b.ReportMetric(float64(accesses)/b.Elapsed().Seconds(), "accesses/s")
			b.ReportMetric(100*load, "%link")
		})
	}
}

// TestSteadyStateAllocatesNothing compares a run with one twice as long over the same
// pages: what grows is the log of grants and the time series, not with the accesses.
func TestSteadyStateAllocatesNothing(t *testing.T) {
	for _, loop := range []dmem.Loop{dmem.Open, dmem.Closed} {
		mallocs := func(workers int, records int64) (n, accesses uint64) {
			c := paperRack(loop, records)
			c.Nodes, c.Pools = 8, 1
			for i := range c.Workloads {
				s := *c.Workloads[i].Synthetic
				s.Footprint = units.MiB
				c.Workloads[i].Synthetic = &s
			}
			r, err := dmem.New(c, dmem.Probe{})
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			r.SetWorkers(workers)
			r.ShareAll()
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			res, err := r.Run(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			runtime.ReadMemStats(&after)
			return after.Mallocs - before.Mallocs, res.Accesses
		}
		for _, workers := range []int{1, 2} {
			short, n := mallocs(workers, 10_000)
			long, m := mallocs(workers, 20_000)
			if more := float64(int64(long-short)) / float64(m-n); more > 0.001 {
				t.Errorf("%v, %d workers: %d allocations for %d accesses, %d for %d: %.4f for each more, want none", loop, workers, short, n, long, m, more)
			}
		}
	}
}
