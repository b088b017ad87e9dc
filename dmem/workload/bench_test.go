package workload_test

import (
	"io"
	"syscall"
	"testing"
	"time"

	"github.com/dmemsys/dmemsys/dmem/trace"
	"github.com/dmemsys/dmemsys/dmem/workload"
)

// processorTime returns what the process has used, over all threads: on a busy machine the
// clock on the wall says little.
func processorTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkNext measures the generation of references alone, from each program's start.
func BenchmarkNext(b *testing.B) {
	for _, name := range workload.Names() {
		b.Run(name, func(b *testing.B) {
			p, err := workload.Lookup(name, 1./16)
			if err != nil {
				b.Fatal(err)
			}
			buf := make([]trace.Reference, 4096)
			var src *workload.Source
			var n int
			b.ReportAllocs()
			before := processorTime()
			for b.Loop() {
				if src == nil {
					if src, err = workload.New(p); err != nil {
						b.Fatal(err)
					}
				}
				k, err := src.Next(buf)
				if n += k; err == io.EOF {
					src = nil
				}
			}
			b.ReportMetric(float64(n)/(processorTime()-before).Seconds()/1e6, "Mref/cpu-s")
		})
	}
}
