package dram_test

import (
	"fmt"

	"github.com/dmemsys/dmemsys/dmem/dram"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// Three reads: two of one row, and one of another row of the same bank, which has to wait
// until the first is closed.
func Example() {
	cfg := dram.DDR4_2400()
	cfg.Capacity = 4 * units.GiB
	m, err := dram.New(cfg)
	if err != nil {
		fmt.Println(err)
		return
	}
	m.Push(0, 0x0000, false, 1)
	m.Push(0, 0x0200, false, 2)
	m.Push(0, 0x10000, false, 3)
	m.Advance(200)
	for c, ok := m.Pop(); ok; c, ok = m.Pop() {
		fmt.Printf("request %d: accepted in cycle %d, done in cycle %d, %v\n", c.Tag, c.Accepted, c.Done, m.Clock().At(c.Done))
	}
	s := m.Stats()
	fmt.Printf("row-hit rate %.2f, bus busy %d cycles\n", s.RowHitRate(), s.BusyBusCycles)
	// Output:
	// request 1: accepted in cycle 0, done in cycle 38, 31.667ns
	// request 2: accepted in cycle 0, done in cycle 42, 35ns
	// request 3: accepted in cycle 0, done in cycle 86, 71.667ns
	// row-hit rate 0.33, bus busy 12 cycles
}
