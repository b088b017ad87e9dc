package workload_test

import (
	"fmt"
	"io"

	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/trace"
	"github.com/dmemsys/dmemsys/dmem/units"
	"github.com/dmemsys/dmemsys/dmem/workload"
)

// sum adds up two arrays into a third.
type sum struct{ n, threads int }

func (s sum) Name() string           { return "sum" }
func (s sum) Validate() error        { return nil }
func (s sum) NumThreads() int        { return s.threads }
func (s sum) Allocated() units.Bytes { return units.Bytes(3 * 8 * s.n) }

func (s sum) Start() func(*workload.Thread) {
	a := mem.VAddr(0x1000)
	b, c := a+mem.VAddr(8*s.n), a+mem.VAddr(16*s.n)
	return func(t *workload.Thread) {
		lo, hi := t.Share(s.n)
		for i := lo; i < hi; i++ {
			t.Load(a + mem.VAddr(8*i))
			t.Load(b + mem.VAddr(8*i))
			t.Work(1)
			t.Store(c + mem.VAddr(8*i))
		}
	}
}

// A program of one's own is a loop nest on addresses.
func ExampleNew() {
	src, err := workload.New(sum{n: 2, threads: 2})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer src.Close()
	buf := make([]trace.Reference, 64)
	for {
		n, err := src.Next(buf)
		if err == io.EOF {
			return
		}
		for _, r := range buf[:n] {
			fmt.Printf("thread %d, %d instructions: %v at %#x\n", r.Thread, r.Instructions, r.Kind, uint64(r.Addr))
		}
	}
	// Output:
	// thread 0, 1 instructions: load at 0x1000
	// thread 0, 1 instructions: load at 0x1010
	// thread 0, 2 instructions: store at 0x1020
	// thread 1, 1 instructions: load at 0x1008
	// thread 1, 1 instructions: load at 0x1018
	// thread 1, 2 instructions: store at 0x1028
}

func ExampleTableI() {
	for _, row := range workload.TableI(1) {
		fmt.Printf("%-9s %5.2f %%  %5.2f M fills  %d threads\n", row.Name, 100*row.MissRate, float64(row.Fills)/1e6, row.Program.NumThreads())
	}
	// Output:
	// lbm       12.49 %  45.47 M fills  8 threads
	// fotonik3d  5.96 %  11.92 M fills  8 threads
	// fft        4.16 %  15.81 M fills  8 threads
	// fmm        3.42 %  12.50 M fills  8 threads
}
