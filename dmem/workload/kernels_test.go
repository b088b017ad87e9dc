package workload

import (
	"errors"
	"io"
	"testing"

	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/trace"
)

// run returns all references of a program.
func run(t *testing.T, p Program) (all []trace.Reference) {
	t.Helper()
	each(t, p, func(r []trace.Reference) { all = append(all, r...) })
	return all
}

// each calls f with the references of a program.
func each(t *testing.T, p Program, f func([]trace.Reference)) {
	t.Helper()
	src, err := New(p)
	if err != nil {
		t.Fatal(err)
	}
	buf := make([]trace.Reference, 1000)
	for {
		n, err := src.Next(buf)
		f(buf[:n])
		if errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

// split returns the addresses that are loaded and those that are stored, in order.
func split(refs []trace.Reference) (loads, stores []mem.VAddr) {
	for _, r := range refs {
		if r.Kind == trace.Load {
			loads = append(loads, r.Addr)
		} else {
			stores = append(stores, r.Addr)
		}
	}
	return loads, stores
}
