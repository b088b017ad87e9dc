package mmu_test

import (
	"math/rand/v2"
	"testing"

	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/mmu"
	"github.com/dmemsys/dmemsys/dmem/place"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// BenchmarkTranslate measures hits: one node's pattern at a time, and 64 nodes in turn,
// which compete for the host's caches as in a rack.
func BenchmarkTranslate(b *testing.B) {
	const accesses = 1 << 16
	for _, p := range []struct {
		name string
		next func(rng *rand.Rand, i int) mem.VAddr
	}{
		{"stream", func(_ *rand.Rand, i int) mem.VAddr { return mem.VAddr(i * 64) }},
		{"19streams", func(_ *rand.Rand, i int) mem.VAddr { return mem.VAddr(i%19<<23 + i/19*64) }}, // as lattice Boltzmann
		{"random8MiB", func(rng *rand.Rand, _ int) mem.VAddr { return mem.VAddr(rng.Uint64N(8<<20) &^ 63) }},
		{"random256MiB", func(rng *rand.Rand, _ int) mem.VAddr { return mem.VAddr(rng.Uint64N(256<<20) &^ 63) }},
		{"sparse", func(rng *rand.Rand, _ int) mem.VAddr { return mem.VAddr(rng.Uint64N(1<<12) << 32) }},
	} {
		rng := rand.New(rand.NewPCG(1, 1))
		addrs := make([]mem.VAddr, accesses)
		for i := range addrs {
			addrs[i] = p.next(rng, i)
		}
		for _, nodes := range []int{1, 64} {
			name := p.name
			if nodes > 1 {
				name += "/64nodes"
			}
			b.Run(name, func(b *testing.B) {
				ms := make([]*mmu.MMU, nodes)
				for n := range ms {
					f := &frames{local: units.GiB}
					ms[n] = newMMU(b, mmu.Default(), f, place.Alternate)
					for _, a := range addrs {
						touch(b, ms[n], f, 0, 0, a)
					}
				}
				b.ReportAllocs()
				i, n := 0, 0
				for b.Loop() {
					if _, err := ms[n].Translate(0, 0, addrs[i]); err != nil {
						b.Fatal(err)
					}
					if n++; n == nodes {
						n, i = 0, (i+1)%accesses
					}
				}
			})
		}
	}
}

// BenchmarkFault measures first touches, page by page.
func BenchmarkFault(b *testing.B) {
	f := &frames{local: 1 << 60}
	m := newMMU(b, mmu.Default(), f, place.LocalFirst)
	b.ReportAllocs()
	var a mem.VAddr
	for b.Loop() {
		if _, err := m.Translate(0, 0, a); err != nil {
			b.Fatal(err)
		}
		a += mem.VAddr(page)
	}
}
