package mmu_test

import (
	"fmt"

	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/mmu"
	"github.com/dmemsys/dmemsys/dmem/place"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// A node with one local page: the first page is local, the second needs a chunk.
func Example() {
	c := mmu.Default()
	c.PageFault = 2 * units.Microsecond
	memory := &frames{local: 4 * units.KiB} // in a rack: manager.NodeMap
	m, err := mmu.New(c, 0, memory, place.LocalFirst.New(place.Env{NumNodes: 1}))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, a := range []mem.VAddr{0x7f00_0040, 0x7f00_1080, 0x7f00_0080} {
		t, err := m.Translate(0, 0, a)
		if t.NeedsChunk {
			memory.grant(1024) // in a rack: manager.Manager.Grant
			t, err = m.Translate(0, 0, a)
		}
		fmt.Printf("%#x -> %#x, remote %v, ready at %v, %v\n", a, t.Addr, t.Remote, t.Ready, err)
	}
	// Output:
	// 0x7f000040 -> 0x40, remote false, ready at 2us, <nil>
	// 0x7f001080 -> 0x1080, remote true, ready at 2us, <nil>
	// 0x7f000080 -> 0x80, remote false, ready at 2us, <nil>
}
