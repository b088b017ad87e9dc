package workload_test

import (
	"io"
	"math/rand/v2"
	"testing"

	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/trace"
	"github.com/dmemsys/dmemsys/dmem/units"
	"github.com/dmemsys/dmemsys/dmem/workload"
)

// references is a source of what it holds.
type references []trace.Reference

func (r *references) Next(buf []trace.Reference) (int, error) {
	n := copy(buf, *r)
	if *r = (*r)[n:]; n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

func drain(t *testing.T, src trace.RefSource) {
	t.Helper()
	buf := make([]trace.Reference, 1000)
	for {
		if _, err := src.Next(buf); err == io.EOF {
			return
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

func TestMeter(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var refs references
	type page struct {
		number  uint64
		process mem.ProcessID
	}
	pages := map[page]bool{}
	for range 100_000 {
		r := trace.Reference{Addr: mem.VAddr(rng.Uint64N(64 << 20)), Process: mem.ProcessID(rng.IntN(2)), Size: uint8(rng.IntN(65))}
		if rng.IntN(2) == 0 {
			r.Addr += 1 << 47
		}
		refs = append(refs, r)
		for b := range max(uint64(r.Size), 1) {
			pages[page{(uint64(r.Addr) + b) >> 12, r.Process}] = true
		}
	}
	m := workload.NewMeter(&refs)
	drain(t, m)
	if got, want := m.Touched(), units.Bytes(len(pages))*4*units.KiB; got != want {
		t.Errorf("touched %v, want %v", got, want)
	}
}

func TestMeterOfNothing(t *testing.T) {
	m := workload.NewMeter(new(references))
	drain(t, m)
	if m.Touched() != 0 {
		t.Errorf("touched %v without a reference", m.Touched())
	}
}

// The last page of the address space has a neighbour at neither side.
func TestMeterAtTheEnds(t *testing.T) {
	m := workload.NewMeter(&references{{Addr: 0, Size: 8}, {Addr: 1<<64 - 8, Size: 8}, {Addr: 1<<64 - 1}, {Addr: 4095, Size: 2}})
	drain(t, m)
	if want := 3 * 4 * units.KiB; m.Touched() != want {
		t.Errorf("touched %v, want %v", m.Touched(), want)
	}
}
