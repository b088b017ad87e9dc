package trace

import (
	"cmp"
	"container/heap"
	"errors"
	"io"
	"os"
	"slices"

	"github.com/dmemsys/dmemsys/dmem/units"
)

// sorter delivers the misses of a decoder whose stamps decrease in the order of their
// stamps; equal ones keep theirs. It reads all of them first: what exceeds a run goes to
// temporary files, which are merged, so that memory stays bounded.
type sorter struct {
	src    decoder[Miss]
	size   int // records of a run
	run    []Miss
	files  []*os.File
	merge  mergeHeap
	err    error // that ended src
	loaded bool
}

// sortRun is how many records are sorted in memory: 24 MiB of them.
var sortRun = 1 << 20 // a variable for the tests

// newSorter has its temporary files removed with in.
func newSorter(in *input, src decoder[Miss]) *sorter {
	s := &sorter{src: src, size: sortRun}
	outer := in.release
	in.release = func() {
		s.remove()
		if outer != nil {
			outer()
		}
	}
	return s
}

func (s *sorter) decode(buf []Miss) (int, error) {
	if !s.loaded {
		s.loaded = true
		if err := s.load(); err != nil {
			s.merge, s.run = nil, nil
			return 0, err
		}
	}
	n := 0
	for ; n < len(buf) && len(s.merge) > 0; n++ {
		r := s.merge[0]
		buf[n] = r.left[0]
		if err := r.advance(); err == io.EOF {
			heap.Pop(&s.merge)
		} else if err != nil {
			return n + 1, err
		} else {
			heap.Fix(&s.merge, 0)
		}
	}
	if n < len(buf) {
		return n, s.err
	}
	return n, nil
}

// load reads all of src into runs.
func (s *sorter) load() error {
	s.run = make([]Miss, 0, 4096)
	for s.err == nil {
		if len(s.run) == cap(s.run) && len(s.run) < s.size {
			s.run = slices.Grow(s.run, min(len(s.run), s.size-len(s.run)))
		}
		free := s.run[len(s.run):min(cap(s.run), s.size)]
		n, err := s.src.decode(free)
		s.run, s.err = s.run[:len(s.run)+n], err
		if len(s.run) == s.size && err == nil {
			if err := s.spill(); err != nil {
				return err
			}
		}
	}
	if len(s.run) > 0 {
		s.sort()
		s.merge = append(s.merge, &sortedRun{left: s.run, order: len(s.files)})
	}
	for i, f := range s.files {
		if _, err := f.Seek(0, io.SeekStart); err != nil {
			return err
		}
		t, err := NewFile(f, f.Name(), Options{Format: Binary})
		if err != nil {
			return err
		}
		r := &sortedRun{file: t, buf: make([]Miss, 1024), order: i}
		if err := r.fill(); err != nil {
			return err
		}
		s.merge = append(s.merge, r)
	}
	heap.Init(&s.merge)
	return nil
}

func (s *sorter) sort() {
	slices.SortStableFunc(s.run, func(a, b Miss) int { return cmp.Compare(a.Cycle, b.Cycle) })
}

// spill writes the run to a file and empties it.
func (s *sorter) spill() error {
	s.sort()
	f, err := os.CreateTemp("", "dmem-trace-*"+Extension)
	if err != nil {
		return err
	}
	s.files = append(s.files, f)
	w, err := NewWriter(f, Header{Clock: units.MustClock(units.GHz)})
	if err == nil {
		err = errors.Join(w.Write(s.run), w.Close())
	}
	s.run = s.run[:0]
	return err
}

func (s *sorter) remove() {
	for _, r := range s.merge {
		if r.file != nil {
			r.file.Close()
		}
	}
	for _, f := range s.files {
		f.Close()
		os.Remove(f.Name())
	}
	s.merge, s.files = nil, nil
}

// sortedRun is a run being merged: left is never empty.
type sortedRun struct {
	left  []Miss
	buf   []Miss
	file  *File // nil: what is left is all
	order int
}

func (r *sortedRun) advance() error {
	if r.left = r.left[1:]; len(r.left) > 0 {
		return nil
	}
	return r.fill()
}

func (r *sortedRun) fill() error {
	if r.file == nil {
		return io.EOF
	}
	n, err := r.file.Next(r.buf)
	r.left = r.buf[:n]
	return err
}

// mergeHeap has the run with the earliest record first.
type mergeHeap []*sortedRun

func (h mergeHeap) Len() int { return len(h) }
func (h mergeHeap) Less(i, j int) bool {
	return cmp.Or(cmp.Compare(h[i].left[0].Cycle, h[j].left[0].Cycle), cmp.Compare(h[i].order, h[j].order)) < 0
}
func (h mergeHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *mergeHeap) Push(x any)   { *h = append(*h, x.(*sortedRun)) }
func (h *mergeHeap) Pop() any {
	old := *h
	last := old[len(old)-1]
	*h = old[:len(old)-1]
	return last
}
