package manager_test

import (
	"testing"

	"github.com/dmemsys/dmemsys/dmem/manager"
	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/pool"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// NodeMap is what mmu.New asks for; the packages do not import each other.
var _ interface {
	LocalFrame() (mem.PAddr, bool)
	RemoteFrame() (mem.PAddr, bool)
	LocalFree() units.Bytes
	LocalCapacity() units.Bytes
	RemoteGranted() units.Bytes
} = (*manager.NodeMap)(nil)

func TestResolveAllocatesNothing(t *testing.T) {
	m := newManager(t, config(pool.RoundRobin, units.GiB, units.GiB))
	for range 100 {
		if _, err := m.Grant(0, 0, make([]manager.PoolTraffic, 2)); err != nil {
			t.Fatal(err)
		}
	}
	n, a := m.Node(0), mem.PAddr(16*units.MiB)
	if got := testing.AllocsPerRun(1000, func() {
		if n.Remote(a) {
			n.Resolve(a)
		}
		a += 0x1040
	}); got != 0 {
		t.Errorf("%v allocations", got)
	}
}

func BenchmarkResolve(b *testing.B) {
	m := newManager(b, config(pool.RoundRobin, 2*units.GiB, 2*units.GiB))
	for range 1000 {
		if _, err := m.Grant(0, 0, make([]manager.PoolTraffic, 2)); err != nil {
			b.Fatal(err)
		}
	}
	n, base := m.Node(0), mem.PAddr(16*units.MiB)
	var off, sum mem.PAddr
	b.ReportAllocs()
	for b.Loop() {
		off = (off*5 + 0x1234567) & (1<<31 - 1)
		_, a := n.Resolve(base + off)
		sum += a
	}
	_ = sum
}

func BenchmarkGrant(b *testing.B) {
	traffic := make([]manager.PoolTraffic, 6)
	pools := make([]units.Bytes, 6)
	for i := range pools {
		pools[i] = 64 * units.TiB
	}
	m := newManager(b, config(pool.SmartIdle, pools...))
	b.ReportAllocs()
	for b.Loop() {
		traffic[3].Total += 100
		if _, err := m.Grant(0, 0, traffic); err != nil {
			b.Fatal(err)
		}
	}
}
