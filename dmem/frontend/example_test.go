package frontend_test

import (
	"errors"
	"fmt"
	"io"

	"github.com/dmemsys/dmemsys/dmem/frontend"
	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/trace"
)

// sum is a program: a thread adds the 8-byte numbers of an array to a variable, three
// instructions a number.
type sum struct{ left, at int }

func (s *sum) Next(buf []trace.Reference) (int, error) {
	for i := range buf {
		if s.left == 0 {
			if i == 0 {
				return 0, io.EOF
			}
			return i, nil
		}
		buf[i] = trace.Reference{Addr: mem.VAddr(1<<20 + 8*s.at), Size: 8, Instructions: 3, Kind: trace.Load}
		s.at++
		s.left--
	}
	return len(buf), nil
}

func Example() {
	f, err := frontend.New(frontend.TableII(), &sum{left: 100_000})
	if err != nil {
		fmt.Println(err)
		return
	}
	buf := make([]trace.Miss, 1000)
	var misses []trace.Miss
	for {
		n, err := f.Next(buf)
		misses = append(misses, buf[:n]...)
		if errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			fmt.Println(err)
			return
		}
	}
	for _, m := range misses[:3] {
		fmt.Printf("cycle %d: %v of %#x\n", m.Cycle, m.Kind, uint64(m.Addr))
	}
	s := f.Stats()
	fmt.Printf("%d misses, miss rate %.2f %%, L1 %.2f %%, DTLB %.2f %%\n", len(misses), 100*s.MissRate(), 100*s.Cores[0].L1D.MissRate(), 100*s.Cores[0].DTLB.MissRate())
	// Output:
	// cycle 120: load-fill of 0x100000
	// cycle 229: load-fill of 0x100040
	// cycle 338: load-fill of 0x100080
	// 12500 misses, miss rate 12.50 %, L1 12.50 %, DTLB 0.20 %
}
