package trace_test

import (
	"fmt"

	"github.com/dmemsys/dmemsys/dmem/trace"
	"github.com/dmemsys/dmemsys/dmem/units"
)

func Example() {
	f, err := trace.Open("../../data/traces/gnusort_500k_par4.csv.gz", trace.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer f.Close()
	s, err := trace.Scan(f, 4*units.KiB)
	fmt.Println(trace.Name("../../data/traces/gnusort_500k_par4.csv.gz"), f.Format(), f.Clock(), err)
	fmt.Printf("%d fills, %d write-backs, %d threads, %d pages, %d cycles\n", s.Fills(), s.WriteBacks, s.Threads, s.Pages, s.Span())
	// Output:
	// gnusort_500k_par4 csv 1.2GHz <nil>
	// 59758 fills, 60242 write-backs, 4 threads, 1710 pages, 55083781 cycles
}
