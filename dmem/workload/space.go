package workload

import (
	"errors"
	"fmt"
	"math"

	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/units"
)

const (
	pageSize  = 4 * units.KiB
	heapBase  = mem.VAddr(0x10_0000_0000)
	stackBase = mem.VAddr(0x7f00_0000_0000)
	stackSize = mem.VAddr(8 * units.MiB)

	// stagger is how much further behind its page an array begins than the one before, so
	// that equal indices of several arrays meet in one set of no cache: an odd number of
	// lines, larger than a page.
	stagger = 139 * mem.LineSize
)

// word is the size of what the kernels compute with: a double, a pointer.
const word = 8

// space hands out virtual addresses.
type space struct {
	arrays int
	next   units.Bytes // behind heapBase
	used   units.Bytes
}

// array returns the address of a new array.
func (s *space) array(size units.Bytes) mem.VAddr {
	base := (s.next+pageSize-1)/pageSize*pageSize + units.Bytes(s.arrays%64)*stagger
	s.arrays++
	s.used += size
	s.next = base + size
	return heapBase + mem.VAddr(base)
}

// stack returns the address of a thread's stack frame.
func stack(thread int) mem.VAddr {
	return stackBase + mem.VAddr(thread)*(stackSize+mem.VAddr(stagger))
}

// at returns the address of element i of an array of words.
func at(base mem.VAddr, i int) mem.VAddr { return base + mem.VAddr(i)*word }

// maxAllocated keeps addresses and counts far from overflow.
const maxAllocated = 16 * units.TiB

// faults collects what is wrong with a configuration.
type faults []error

func (f *faults) check(ok bool, path string, got any, want string) {
	if !ok {
		*f = append(*f, &units.FieldError{Path: path, Got: got, Want: want})
	}
}

// between checks lo <= got <= hi.
func (f *faults) between(path string, got, lo, hi int) {
	f.check(got >= lo && got <= hi, path, got, fmt.Sprintf("%d to %d", lo, hi))
}

// fits checks what the program would allocate, given without overflow.
func (f *faults) fits(path string, size float64) {
	f.check(size <= float64(maxAllocated), path, fmt.Sprintf("%.3g bytes together", size), fmt.Sprintf("at most %v", maxAllocated))
}

func (f *faults) join() error { return errors.Join(*f...) }

// scale shrinks a length to the nearest integer.
func scale(n int, s float64) int {
	v := math.Round(float64(n) * s)
	if !(v >= 0 && v < 1<<40) { // also NaN
		return 0
	}
	return int(v)
}
