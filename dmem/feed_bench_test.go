package dmem

import (
	"runtime"
	"testing"

	"github.com/dmemsys/dmemsys/dmem/mem"
)

// BenchmarkPrograms reads the stored misses of 64 nodes side by side, a few thousand records
// of a node at a time as a rack does: records a second, write-backs included, and what a node
// that is being read holds in memory.
func BenchmarkPrograms(b *testing.B) {
	b.Setenv(CacheVariable, b.TempDir())
	c := Scaled(256)
	if err := Prepare(b.Context(), c, nil); err != nil {
		b.Fatal(err)
	}
	heap := func() float64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return float64(m.HeapAlloc)
	}
	read, held := int64(0), 0.0
	for b.Loop() {
		b.StopTimer()
		before := heap()
		known := counts{}
		feeds := make([]*feed, c.Nodes)
		for i := range feeds {
			var err error
			if feeds[i], err = newFeed(&c, mem.NodeID(i), known); err != nil {
				b.Fatal(err)
			}
		}
		b.StartTimer()
		var r record
		for left, pass := len(feeds), 0; left > 0; pass++ {
			left = 0
			for _, f := range feeds {
				more := true
				for n := 0; n < 4096 && more; n++ {
					var err error
					if more, err = f.record(&r); err != nil {
						b.Fatal(err)
					}
				}
				if more {
					left++
				}
			}
			if pass == 1 {
				b.StopTimer()
				held = heap() - before
				b.StartTimer()
			}
		}
		b.StopTimer()
		for _, f := range feeds {
			read += f.read
			f.close()
		}
		b.StartTimer()
	}
	b.ReportMetric(float64(read)/b.Elapsed().Seconds()/1e6, "Mrecords/s")
	b.ReportMetric(held/float64(c.Nodes)/1e6, "MB/node")
}
