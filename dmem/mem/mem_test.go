package mem_test

import (
	"fmt"
	"testing"

	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/units"
)

func ExampleVAddr_Page() {
	a := mem.VAddr(0x4003846e95)
	fmt.Printf("page %#x, offset %v, line %#x\n", uint64(a.Page(4*units.KiB)), a.Offset(4*units.KiB), uint64(a.Line()))
	// Output: page 0x4003846, offset 3733B, line 0x4003846e80
}

func TestBreakdownTotal(t *testing.T) {
	var b mem.Breakdown
	for s := range mem.NumStages {
		b[s] = units.Time(1) << (4 * s)
	}
	if got, want := b.Total(), units.Time(0x11111111); got != want {
		t.Errorf("total %#x, want %#x", got, want)
	}
}

func TestStageNames(t *testing.T) {
	want := "[translate source rmac link switch pool_queue dram return] unknown"
	var names []mem.Stage
	for s := range mem.NumStages {
		names = append(names, s)
	}
	if got := fmt.Sprint(names, " ", mem.NumStages); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
